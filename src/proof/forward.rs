//! Listing the forward steps of a state: results of functions in scope that are new.

use super::action::Action;
use super::enumerate::{APPLICATIONS, Actions};
use super::problem::{Instance, ProofProblem};
use super::rules::ForwardRule;
use super::state::{InScope, Item, State};
use prover_logic::{KernelError, Term, TermId};
use prover_theory::terms::application::{Facts, Means, Premises, forward_applications};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::rewriting::Context;
use prover_theory::terms::typed::{Fact, Typed};
use rustc_hash::FxHashSet;
use std::sync::Arc;

type Result<T> = std::result::Result<T, KernelError>;

/// The greatest height of a fact that forward steps make; without a bound they would grow without end.
const FACT_HEIGHT: u32 = 40;

impl ProofProblem {
    /// Forward steps: every result that is new in scope.
    pub(super) fn step_forward(&mut self, state: &State, actions: &mut Actions) -> Result<()> {
        let rules = self.rules.clone();
        let mut scope_objects: Option<Arc<[Typed]>> = None;
        let environment = &self.theory.get_mut().environment;
        // An arrow is a premise of no such rule.
        let is_headed = |&proposition: &TermId| {
            matches!(environment.store.term(environment.store.head(proposition)), Term::Const(_))
        };
        let facts = state.items().filter_map(Item::fact).map(|fact| fact.proposition).filter(is_headed);
        for rule in rules.forward.fitting(environment, facts) {
            let objects = match &scope_objects {
                Some(objects) => objects.clone(),
                None => self.objects_in(state)?,
            };
            scope_objects = Some(objects.clone());
            self.forward_by(state, rule, &objects, actions)?;
        }
        for (function, rule) in self.hypotheses(state)? {
            let signature = &rule.rule.signature;
            let has_premise = signature.parameters.iter().any(|p| p.is_premise);
            if has_premise && rule.equation.is_none() {
                let signature = Arc::new(signature.clone());
                let forward = ForwardRule { function, signature, patterns: Arc::new([]), constructs: false };
                self.forward_by(state, &forward, &[], actions)?;
            }
        }
        self.rewrite_facts(state, actions)
    }

    /// The objects of the goal and of everything in scope.
    pub(super) fn objects_in(&mut self, state: &State) -> Result<Arc<[Typed]>> {
        let mut all = self.objects_of(state.goal)?.to_vec();
        let mut seen: FxHashSet<TermId> = all.iter().map(|object| object.term).collect();
        for item in state.items() {
            match (item.fact(), item.object()) {
                (Some(fact), _) => {
                    for &object in self.objects_of(fact.proposition)?.iter() {
                        if seen.insert(object.term) {
                            all.push(object);
                        }
                    }
                }
                (_, Some(object)) if seen.insert(object.term) => all.push(object),
                _ => {}
            }
        }
        Ok(all.into())
    }

    fn forward_by(
        &mut self,
        state: &State,
        rule: &ForwardRule,
        objects: &[Typed],
        actions: &mut Actions,
    ) -> Result<()> {
        let given = Substitution::new(rule.signature.len());
        // A pattern that is a bare variable speaks of a proof; the premise that it stands for is met from facts anyway.
        let environment = &mut self.theory.get_mut().environment;
        let patterns = rule.patterns.iter();
        let patterns: Vec<_> =
            patterns.filter(|p| !matches!(environment.store.term(p.pattern), Term::Bound(_))).cloned().collect();
        let mut starts = Vec::new();
        self.match_patterns(&rule.signature, &patterns, objects, given, &mut starts)?;
        let most = APPLICATIONS.saturating_mul(self.caps.factor);
        for start in starts {
            let facts = InScope { state, globals: &self.rules.facts };
            let environment = &mut self.theory.get_mut().environment;
            let means = Means { facts: &facts, premises: Premises::FromFacts, limit: most };
            let found = forward_applications(environment, &rule.signature, &start, objects, means)?;
            self.caps.is_capped |= found.len() >= most;
            for (application, ty) in found {
                let environment = &mut self.theory.get_mut().environment;
                let Some(term) = application.proof(&mut environment.store, rule.function, &[]) else { continue };
                if environment.store.height(ty) > FACT_HEIGHT {
                    self.caps.is_bounded = true;
                    continue;
                }
                if rule.constructs {
                    let known = state.items().filter_map(Item::object).any(|object| object.term == term);
                    if !known && environment.store.height(term) <= FACT_HEIGHT && actions.facts.insert(term) {
                        actions.list.push(Action::Construct { value: term, ty, by: rule.function });
                    }
                } else if (InScope { state, globals: &self.rules.facts }).exact(ty).is_none()
                    && actions.facts.insert(ty)
                {
                    let by = Some(rule.function);
                    actions.list.push(Action::Show { proposition: ty, proof: term, by, with: None });
                }
            }
        }
        Ok(())
    }

    /// Rewriting facts by the equations in scope and by the theory's equations for their objects. Facts that are
    /// equations are left as they are: rewriting the goal gives the results of rewriting them from the other end.
    fn rewrite_facts(&mut self, state: &State, actions: &mut Actions) -> Result<()> {
        let Some(equality) = self.theory.get_mut().equality else { return Ok(()) };
        let facts: Vec<Fact> = state.items().filter_map(Item::fact).collect();
        for &fact in &facts {
            let proposition = fact.proposition;
            let store = &self.theory.get_mut().environment.store;
            let is_equation = Equation::sides(store, &equality, proposition).is_some();
            if is_equation || matches!(store.term(proposition), Term::Pi(..)) {
                continue;
            }
            let mut equations: Vec<(Equation, Option<Instance>)> = Vec::new();
            for other in &facts {
                if other.proposition != proposition
                    && let Some(equation) = Equation::new(store, &equality, other.proposition, other.proof)
                {
                    equations.push((equation, None));
                }
            }
            for instance in self.instances_of(proposition)?.iter() {
                equations.push((instance.equation, Some(*instance)));
            }
            for (equation, instance) in equations {
                self.rewrite_fact(state, fact, equation, instance, actions);
            }
        }
        Ok(())
    }

    fn rewrite_fact(
        &mut self,
        state: &State,
        Fact { proposition, proof }: Fact,
        equation: Equation,
        instance: Option<Instance>,
        actions: &mut Actions,
    ) {
        let theory = self.theory.get_mut();
        let Some(equality) = theory.equality else { return };
        let store = &mut theory.environment.store;
        // Left to right only: the other direction is open to the goal.
        let Some((context, result)) = Context::in_one_line(store, proposition, &equation) else { return };
        let trivial = Equation::sides(store, &equality, result).is_some_and(|(_, left, right)| left == right);
        let known = InScope { state, globals: &self.rules.facts }.exact(result).is_some();
        if trivial || known || store.height(result) > FACT_HEIGHT || !actions.facts.insert(result) {
            return;
        }
        let proof = equation.transport(store, &equality, context.motive, proof);
        let with = instance.map(|i| Fact { proposition: i.proposition, proof: i.equation.proof });
        let in_scope = InScope { state, globals: &self.rules.facts };
        let with = with.filter(|fact| in_scope.exact(fact.proposition).is_none());
        actions.list.push(Action::Show { proposition: result, proof, by: None, with });
    }
}
