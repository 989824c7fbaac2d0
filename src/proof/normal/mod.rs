//! Normal forms of states: a goal is rewritten by the theory's equations and those in scope until nothing is left to
//! rewrite, and only then becomes a node of the search.
//!
//! Equations are used in the direction in which they make terms smaller
//! ([`PathOrder`](prover_theory::terms::order::PathOrder)), so this ends. States that rewriting makes the same have the
//! same key, and share a node. Nothing is trusted: the rewriting is part of the solution, step by step, as if search
//! had chosen it ([`Settled::steps`]), in the proof term and in the script.
//!
//! The theory's rules are a [`RewriteSystem`](prover_theory::terms::system::RewriteSystem), which defines the equations
//! that may be used without harm.
//!
//! - `scope`: the facts in scope as rewrite rules.
//! - `statement`: normal forms of statements.

mod premises;
mod scope;
mod statement;

pub use statement::NormalStatement;

use super::action::Action;
use super::problem::ProofProblem;
use super::state::State;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Term, TermId};
use prover_theory::terms::application::{Application, Argument};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::replace;
use prover_theory::terms::order::Compared;
use prover_theory::terms::rewriting::{Context, Place, closed_subterms, motive_is_typed, tree_size};
use prover_theory::terms::system::{Redex, RewriteSystem};
use prover_theory::terms::typed::Fact;
use rustc_hash::{FxHashMap, FxHashSet};
use scope::ScopeRules;
use std::sync::Arc;

type Result<T> = std::result::Result<T, KernelError>;

/// Rewrites of one proposition, at most.
const REWRITES: usize = 64;
/// No proposition is rewritten to one of this size (as a tree) or above.
const SIZE: u32 = 2_000;
/// Objects and states that are remembered; beyond this number all are forgotten.
const REMEMBERED: usize = 1 << 18;

/// A step of normalising.
struct Rewritten {
    redex: Redex,
    /// The proposition afterwards.
    result: TermId,
}

/// Rewriting in one theory.
#[derive(Debug)]
struct Engine {
    rewriting: Arc<RewriteSystem>,
    equality: Equality,
    compared: Compared,
    /// The redex that the theory's rules find in an object, by object.
    redexes: FxHashMap<TermId, Option<Redex>>,
    /// The normal form of an object by the theory's rules, by object.
    values: FxHashMap<TermId, TermId>,
}

impl Engine {
    fn new(rewriting: Arc<RewriteSystem>, equality: Equality) -> Self {
        Self {
            rewriting,
            equality,
            compared: Compared::default(),
            redexes: FxHashMap::default(),
            values: FxHashMap::default(),
        }
    }

    /// Rewrites a proposition without loose indices to its normal form, outermost objects first.
    fn normalise(
        &mut self,
        environment: &mut Environment,
        mut proposition: TermId,
        scope: &ScopeRules,
    ) -> Result<Vec<Rewritten>> {
        let mut steps = Vec::new();
        while !(self.rewriting.is_empty() && scope.is_empty())
            && steps.len() < REWRITES
            && let Some((redex, result)) = self.step(environment, proposition, scope)?
        {
            environment.spend(1)?;
            proposition = result;
            steps.push(Rewritten { redex, result });
        }
        Ok(steps)
    }

    /// An object's normal form by the theory's rules alone.
    fn value(&mut self, environment: &mut Environment, object: TermId) -> Result<TermId> {
        if let Some(&known) = self.values.get(&object) {
            return Ok(known);
        }
        let steps = self.normalise(environment, object, &ScopeRules::default())?;
        let value = steps.last().map_or(object, |last| last.result);
        if self.values.len() >= REMEMBERED {
            self.values.clear();
        }
        self.values.insert(object, value);
        Ok(value)
    }

    fn step(
        &mut self,
        environment: &mut Environment,
        proposition: TermId,
        scope: &ScopeRules,
    ) -> Result<Option<(Redex, TermId)>> {
        for object in closed_subterms(&environment.store, proposition) {
            if matches!(environment.store.term(object), Term::Sort(_) | Term::Pi(..) | Term::Lambda(..)) {
                continue;
            }
            let Some(redex) = self.redex(environment, object, scope)? else { continue };
            let result = replace(&mut environment.store, proposition, redex.from(), redex.to());
            let is_typed = !self.rewriting.has_dependent_types || self.is_typed(environment, proposition, &redex)?;
            if is_typed && tree_size(&environment.store, result, SIZE) < SIZE {
                return Ok(Some((redex, result)));
            }
        }
        Ok(None)
    }

    /// Whether the proposition makes sense with anything in the place: not where a type depends on it.
    fn is_typed(&mut self, environment: &mut Environment, proposition: TermId, redex: &Redex) -> Result<bool> {
        let context = Context::all(&mut environment.store, proposition, redex.from(), redex.equation.ty);
        context.map_or(Ok(false), |context| motive_is_typed(environment, context.motive))
    }

    fn redex(&mut self, environment: &mut Environment, object: TermId, scope: &ScopeRules) -> Result<Option<Redex>> {
        // What is in scope was put there for this goal; the theory's rules could destroy what it applies to.
        if let Some(redex) = scope.redex(environment, self, object)? {
            return Ok(Some(redex));
        }
        if let Some(known) = self.redexes.get(&object) {
            return Ok(*known);
        }
        let found = self.rewriting.redex(environment, object)?;
        if self.redexes.len() >= REMEMBERED {
            self.redexes.clear();
        }
        self.redexes.insert(object, found);
        Ok(found)
    }
}

/// The normal form of a state.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The actions that lead from the state to its normal form, one after the other, as raw steps.
    pub steps: Vec<Action>,
    /// The goal that is left; `None` where the last action, or a fact in scope after it, closes the goal.
    pub goal: Option<TermId>,
}

/// The normal forms of the states of one problem.
#[derive(Debug)]
pub(super) struct NormalForms {
    engine: Engine,
    /// By the hash of the scope.
    scopes: FxHashMap<u128, Arc<ScopeRules>>,
    /// By the state's key.
    settled: FxHashMap<u128, Arc<Settled>>,
}

impl ProofProblem {
    /// The problem with states in normal form by the theory's equations as rewrite rules. In a theory without equality
    /// nothing changes.
    pub fn with_normal_forms(mut self) -> Self {
        let rewriting = self.rules.rewriting().clone();
        self.normal_forms = self.theory.get_mut().equality.map(|equality| NormalForms {
            engine: Engine::new(rewriting, equality),
            scopes: FxHashMap::default(),
            settled: FxHashMap::default(),
        });
        self
    }

    /// The normal form of a state that a step led to, or nothing if it is closed on the way. Without normal
    /// forms it is left as it is.
    ///
    /// # Errors
    ///
    /// If the state's goal cannot be judged within the kernel's budget.
    pub fn settle(&mut self, state: &State) -> Result<Arc<Settled>> {
        if self.closing_fact(state).is_some() {
            return Ok(Arc::default());
        }
        let open = || Arc::new(Settled { steps: Vec::new(), goal: Some(state.goal) });
        let is_arrow = matches!(self.theory.get_mut().environment.store.term(state.goal), Term::Pi(..));
        let Some(forms) = self.normal_forms.as_ref().filter(|_| !is_arrow) else { return Ok(open()) };
        if let Some(known) = forms.settled.get(&state.key()) {
            return Ok(known.clone());
        }
        let settled = match self.rewrite_goal_to_normal_form(state) {
            Ok(settled) => Arc::new(settled),
            // A state too large to be normalised is left as it is.
            Err(KernelError::BudgetExhausted | KernelError::TooDeep) => open(),
            Err(error) => return Err(error),
        };
        if let Some(forms) = &mut self.normal_forms {
            if forms.settled.len() >= REMEMBERED {
                forms.settled.clear();
            }
            forms.settled.insert(state.key(), settled.clone());
        }
        Ok(settled)
    }

    fn rewrite_goal_to_normal_form(&mut self, state: &State) -> Result<Settled> {
        let scope = self.scope_rules(state)?;
        let Some(forms) = &mut self.normal_forms else { return Ok(Settled::default()) };
        let environment = &mut self.theory.get_mut().environment;
        let equality = forms.engine.equality;
        let rewritten = forms.engine.normalise(environment, state.goal, &scope)?;
        let mut steps = Chain::default();
        let mut goal = state.goal;
        for Rewritten { redex: Redex { equation, reversed, by, fact }, result } in rewritten {
            if let Some(fact) = fact {
                steps.derive(&scope, fact);
            }
            steps.actions.push(Action::Rewrite { equation, by, reversed, place: Place::All, subgoal: result });
            goal = result;
            if self.closing_fact(&state.with_goal(goal)).is_some() {
                return Ok(Settled { steps: steps.actions, goal: None });
            }
        }
        let store = &mut self.theory.get_mut().environment.store;
        if let Some((ty, left, right)) = Equation::sides(store, &equality, goal)
            && left == right
        {
            let arguments = [ty, left].map(Argument::Term).into();
            let function = store.constant(equality.refl);
            let application = Arc::new(Application { arguments });
            steps.actions.push(Action::Apply { function, application, ambiguous: false });
            return Ok(Settled { steps: steps.actions, goal: None });
        }
        let fact = scope.others.iter().copied().find(|&fact| scope.derived[fact].proposition == goal);
        if let Some(fact) = fact {
            steps.derive(&scope, fact);
        }
        Ok(Settled { steps: steps.actions, goal: fact.is_none().then_some(goal) })
    }

    /// The rules of a state's scope.
    fn scope_rules(&mut self, state: &State) -> Result<Arc<ScopeRules>> {
        let Some(forms) = &mut self.normal_forms else { return Ok(Arc::default()) };
        if let Some(known) = forms.scopes.get(&state.scope_key()) {
            return Ok(known.clone());
        }
        // Mostly all but the newest entry is known.
        let (mut rules, mut facts, mut rest) = (ScopeRules::default(), Vec::new(), state.clone());
        while let Some((item, older)) = rest.newest() {
            facts.extend(item.fact());
            rest = older;
            if let Some(known) = forms.scopes.get(&rest.scope_key()) {
                rules = (**known).clone();
                break;
            }
        }
        let environment = &mut self.theory.get_mut().environment;
        for Fact { proposition, proof } in facts.into_iter().rev() {
            rules.assume(environment, &mut forms.engine, proposition, proof)?;
        }
        let rules = Arc::new(rules);
        if forms.scopes.len() >= REMEMBERED {
            forms.scopes.clear();
        }
        forms.scopes.insert(state.scope_key(), rules.clone());
        Ok(rules)
    }

    /// Leaves out actions that lead to the state itself, to where an action before leads, or to a fact that is known,
    /// all up to normal forms. An action that closes the goal is enough.
    pub(super) fn distinct_up_to_normal_forms(&mut self, state: &State, actions: Vec<Action>) -> Result<Vec<Action>> {
        if self.normal_forms.is_none() || actions.is_empty() {
            return Ok(actions);
        }
        let own = state.key();
        let mut seen: FxHashSet<Vec<u128>> = FxHashSet::default();
        let mut kept = Vec::new();
        for action in actions {
            // Each may take what a step may take.
            self.theory.get_mut().environment.set_budget(super::problem::STEPS_PER_STATE);
            if let Action::Show { proposition, .. } = action {
                match self.normal_fact(state, proposition)? {
                    Some(normal) if seen.insert(vec![normal.index() as u128]) => {}
                    _ => continue,
                }
            }
            let Some(successors) = self.successors(state, &action)? else { continue };
            let mut keys = Vec::new();
            for successor in successors {
                if let Some(goal) = self.settle(&successor)?.goal {
                    keys.push(successor.with_goal(goal).key());
                }
            }
            if keys.is_empty() {
                return Ok(vec![action]);
            }
            keys.sort_unstable();
            if !keys.contains(&own) && seen.insert(keys) {
                kept.push(action);
            }
        }
        Ok(kept)
    }

    /// The normal form of a proposition in a state's scope, unless it is known there or says that something is itself.
    fn normal_fact(&mut self, state: &State, proposition: TermId) -> Result<Option<TermId>> {
        let is_arrow = matches!(self.theory.get_mut().environment.store.term(proposition), Term::Pi(..));
        if is_arrow {
            return Ok(Some(proposition));
        }
        let settled = self.settle(&state.with_goal(proposition))?;
        Ok(settled.goal)
    }
}

/// Steps in the making.
#[derive(Default)]
struct Chain {
    actions: Vec<Action>,
    shown: FxHashSet<usize>,
}

impl Chain {
    /// Shows a fact, with all that it is derived from.
    fn derive(&mut self, scope: &ScopeRules, fact: usize) {
        for fact in scope.derivation(fact) {
            if self.shown.insert(fact) {
                let derived = &scope.derived[fact];
                let (proposition, proof, with) = (derived.proposition, derived.proof, derived.with);
                self.actions.push(Action::Show { proposition, proof, by: None, with });
            }
        }
    }
}
