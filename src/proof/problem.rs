//! A proof attempt as a search problem.

use super::action::Action;
use super::equational::Equational;
use super::lemma::Cuts;
use super::names::scope_names;
use super::normal::NormalForms;
use super::open::Given;
use super::rules::{EquationRule, Rule, Rules};
use super::saturate::Saturations;
use super::state::{InScope, Item, State};
use prover_logic::{KernelError, Sort, Term, TermId};
use prover_search::{Deadline, Outcome, Problem};
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::beta_normal;
use prover_theory::terms::rewriting::{Place, closed_subterms, tree_size};
use prover_theory::terms::typed::{Fact, Typed};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// Steps (as the kernel counts them) that enumerating the actions of one state may take.
pub(super) const STEPS_PER_STATE: u64 = 600_000;

/// A goal may be [`GROWTH`] times as large as the statement and [`SLACK`] more, and no larger than [`MAX_SIZE`].
const GROWTH: u32 = 2;
const SLACK: u32 = 40;
pub(super) const MAX_SIZE: u32 = 20_000;

/// An equation that a rule gives for certain objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// The equation with its proof.
    pub equation: Equation,
    /// The proposition that it is.
    pub proposition: TermId,
    /// The function.
    pub function: TermId,
    /// Whether the rule may make terms grow (see [`EquationRule::invents`]).
    pub invents: bool,
}

/// A hypothesis as a rule.
#[derive(Debug)]
pub(super) struct LocalRule {
    pub rule: Rule,
    pub equation: Option<EquationRule>,
}

/// Bounds on the actions of a state, and whether a bound was reached.
#[derive(Debug)]
pub(super) struct Caps {
    /// The factor by which every maximum is multiplied.
    pub factor: usize,
    /// Whether something was left out because of its number.
    pub is_capped: bool,
    /// Whether something was left out because of its size.
    pub is_bounded: bool,
}

/// Proving one statement in a theory.
#[derive(Debug)]
pub struct ProofProblem {
    pub(super) theory: RefCell<Theory>,
    pub(super) rules: Arc<Rules>,
    root: State,
    /// The part of the root's scope that has names of its own.
    pub(super) given: Given,
    /// Goals of this size (as trees) and above are not offered by rewriting, which can make them grow without end;
    /// those that a rule leaves may be somewhat larger.
    pub(super) size_limit: u32,
    /// The bounds on the actions of a state.
    pub(super) caps: Caps,
    /// Objects that occur in a proposition, with their types.
    pub(super) objects: FxHashMap<TermId, Arc<[Typed]>>,
    /// Equations that the theory's rules give for the objects of a proposition.
    pub(super) instances: FxHashMap<TermId, Arc<[Instance]>>,
    /// The instances, by object, of those of the theory's rules that [look at one
    /// object](EquationRule::looks_at_one_object), each with the number of its rule.
    pub(super) by_object: FxHashMap<TermId, Arc<[(u32, Instance)]>>,
    /// Actions that depend on the goal alone.
    pub(super) by_goal: FxHashMap<TermId, Arc<[Action]>>,
    /// Rewrites of a goal by a fact, by goal and proof of the fact.
    pub(super) by_fact: FxHashMap<(TermId, TermId), Arc<[Action]>>,
    /// Facts that are arrows, as rules, by proof.
    pub(super) local_rules: FxHashMap<TermId, Arc<LocalRule>>,
    /// Terms that are tried as witnesses, by scope and goal.
    pub(super) witnesses: FxHashMap<(u128, TermId), Arc<[Typed]>>,
    /// Equality saturation on goals, with its limits and results; `None` if it is not tried.
    pub(super) saturation: Option<Saturations>,
    /// Completion, with its limits and results; `None` if it is not tried.
    pub(super) equational: Option<Equational>,
    /// The lemmas offered where saturation leaves a goal open; `None` if none are offered.
    pub(super) cuts: Option<Cuts>,
    /// The known normal forms; `None` if states are not brought to their normal forms.
    pub(super) normal_forms: Option<NormalForms>,
    /// Whether goals are only introduced and closed, by one step each.
    pub(super) statement_only: bool,
}

impl ProofProblem {
    /// The problem of proving `statement` in a theory laid out by `rules`, whose terms must be of the theory's store or
    /// of one that it was forked from. The goal has the definitions of the rules unfolded.
    ///
    /// # Errors
    ///
    /// The statement is not of the theory's store.
    pub fn new(mut theory: Theory, rules: Arc<Rules>, statement: TermId) -> Result<Self, KernelError> {
        let goal = rules.unfolding.unfold(&mut theory.environment, statement)?;
        Ok(Self::from_state(theory, rules, State::new(goal), Given::default()))
    }

    /// The problem of proving a state's goal from the facts in its scope.
    pub(super) fn from_state(theory: Theory, rules: Arc<Rules>, root: State, given: Given) -> Self {
        let size = tree_size(&theory.environment.store, root.goal, MAX_SIZE);
        Self {
            theory: RefCell::new(theory),
            rules,
            root,
            given,
            size_limit: (GROWTH * size + SLACK).min(MAX_SIZE),
            caps: Caps { factor: 1, is_capped: false, is_bounded: false },
            objects: FxHashMap::default(),
            instances: FxHashMap::default(),
            by_object: FxHashMap::default(),
            by_goal: FxHashMap::default(),
            by_fact: FxHashMap::default(),
            local_rules: FxHashMap::default(),
            witnesses: FxHashMap::default(),
            saturation: None,
            equational: None,
            cuts: None,
            normal_forms: None,
            statement_only: false,
        }
    }

    /// The problem with nothing tried but introductions and single steps that close a goal.
    pub fn with_statement_only(mut self) -> Self {
        self.statement_only = true;
        self
    }

    /// The problem with `factor` times as many actions of a kind offered at a state, where a state offers only the most
    /// relevant.
    pub fn with_effort(mut self, factor: usize) -> Self {
        self.caps.factor = factor;
        self
    }

    /// Whether some state had more actions than were offered, so that more might come of a greater
    /// [effort](Self::with_effort).
    pub fn was_capped(&self) -> bool {
        self.caps.is_capped
    }

    /// Whether something was left out because it was too large: the actions tried are not all that there are, whatever
    /// the effort.
    pub fn was_bounded(&self) -> bool {
        self.caps.is_bounded
    }

    /// The most of something that may be offered, given how many there are; notes where that is fewer.
    pub(super) fn capped(&mut self, most: usize, there: usize) -> usize {
        let most = most.saturating_mul(self.caps.factor);
        self.caps.is_capped |= there > most;
        most
    }

    /// The statement to prove: the goal of the root.
    pub fn statement(&self) -> TermId {
        self.root.goal
    }

    /// The theory with all terms that the search made.
    pub fn theory(&mut self) -> &mut Theory {
        self.theory.get_mut()
    }

    /// Sets a time at which everything ends: actions that are not listed by then are not offered, and steps that are
    /// not taken lead nowhere. A search for which that matters ends by [the same deadline](prover_search::Stop::until).
    pub fn set_deadline(&mut self, deadline: Deadline) {
        self.theory().environment.set_deadline(deadline.instant());
    }

    /// Gives the theory back.
    pub fn into_theory(self) -> Theory {
        self.theory.into_inner()
    }

    /// The state after an intro; `None` when the goal is not an arrow.
    pub(super) fn introduce(&mut self, state: &State) -> Result<Option<(State, TermId)>, KernelError> {
        let environment = &mut self.theory.get_mut().environment;
        let goal = environment.whnf(state.goal)?;
        let Term::Pi(domain, body) = environment.store.term(goal) else { return Ok(None) };
        let is_proof = environment.sort_of(domain)? == Sort::Prop;
        let local = environment.store.local(state.next_local(), domain);
        let goal = environment.store.instantiate(body, &[local]);
        let goal = beta_normal(environment, goal)?;
        let next = state.with(Item::Local { local, ty: domain, is_proof }).with_goal(goal);
        Ok(Some((next, local)))
    }

    /// A fact in scope that proves the state's goal, if there is one.
    pub(super) fn closing_fact(&self, state: &State) -> Option<TermId> {
        use prover_theory::terms::application::Facts;
        InScope { state, globals: &self.rules.facts }.exact(state.goal)
    }

    /// The states that an action leads to, those that are closed by a fact in scope included; `None` when the action
    /// fails.
    pub(super) fn successors(&mut self, state: &State, action: &Action) -> Result<Option<Vec<State>>, KernelError> {
        Ok(Some(match action {
            Action::Intro => match self.introduce(state)? {
                Some((next, _)) => vec![next],
                None => return Ok(None),
            },
            Action::Apply { application, .. } => application.subgoals().map(|goal| state.with_goal(goal)).collect(),
            Action::Rewrite { subgoal, .. } => vec![state.with_goal(*subgoal)],
            &Action::Show { proposition, proof, with, .. } => {
                let state = match with {
                    Some(fact) => state.with(Item::Fact(fact)),
                    None => state.clone(),
                };
                vec![state.with(Item::Fact(Fact { proposition, proof }))]
            }
            Action::Saturate { .. } | Action::Algebra { .. } | Action::Complete { .. } => Vec::new(),
            &Action::Have { lemma } => vec![Self::lemma_state(state, lemma), self.with_lemma(state, lemma).0],
            &Action::Construct { value, ty, .. } => vec![state.with(Item::Object(Typed { term: value, ty }))],
        }))
    }

    /// The states that an action leads to, in their normal forms, without those that are closed; `None` when the action
    /// fails.
    pub(super) fn open_successors(
        &mut self,
        state: &State,
        action: &Action,
    ) -> Result<Option<Vec<State>>, KernelError> {
        let Some(successors) = self.successors(state, action)? else { return Ok(None) };
        let mut open = Vec::with_capacity(successors.len());
        for successor in successors {
            if let Some(goal) = self.settle(&successor)?.goal {
                open.push(if goal == successor.goal { successor } else { successor.with_goal(goal) });
            }
        }
        Ok(Some(open))
    }

    /// The statement with all that can be introduced introduced.
    pub(super) fn opened(&mut self) -> Result<State, KernelError> {
        let mut state = self.root.clone();
        while let Some((next, _)) = self.introduce(&state)? {
            state = next;
        }
        Ok(state)
    }

    /// The objects that occur in a term, with their types: closed subterms whose type is a type or `prop` and that are
    /// not functions.
    pub(super) fn objects_of(&mut self, term: TermId) -> Result<Arc<[Typed]>, KernelError> {
        if let Some(known) = self.objects.get(&term) {
            return Ok(known.clone());
        }
        let environment = &mut self.theory.get_mut().environment;
        let mut objects = Vec::new();
        for part in closed_subterms(&environment.store, term) {
            if matches!(environment.store.term(part), Term::Sort(_) | Term::Pi(..) | Term::Lambda(..)) {
                continue;
            }
            let ty = environment.infer(part)?;
            if matches!(environment.store.term(ty), Term::Sort(Sort::Type | Sort::Kind) | Term::Pi(..)) {
                continue;
            }
            if environment.sort_of(ty)? == Sort::Type {
                objects.push(Typed { term: part, ty });
            }
        }
        let objects: Arc<[Typed]> = objects.into();
        self.objects.insert(term, objects.clone());
        Ok(objects)
    }

    /// An action as one line, with names that were given for some of the state's locals.
    pub(super) fn action_line(&self, given: &Names, state: &State, action: &Action) -> String {
        let mut theory = self.theory.borrow_mut();
        let environment = &mut theory.environment;
        environment.set_budget(STEPS_PER_STATE);
        let names = scope_names(environment, given, state);
        let mut text = |term| print(environment, &names, term);
        match action {
            Action::Intro => "intro.".into(),
            Action::Apply { function, application, ambiguous } => {
                let mut line = format!("apply {}", text(*function));
                if *ambiguous {
                    for subgoal in application.subgoals() {
                        line.push(' ');
                        line.push_str(&text(subgoal));
                    }
                }
                line.push('.');
                line
            }
            Action::Rewrite { equation, by, reversed, place, .. } => {
                let by = by.map_or(String::new(), |function| format!(" by {}", text(function)));
                // One occurrence, counted from 1; without it the model could not tell this action from rewriting all.
                let place = match place {
                    Place::All => String::new(),
                    Place::Nth(n) => format!(" at {}", u32::from(*n) + 1),
                };
                let (from, to) =
                    if *reversed { (equation.right, equation.left) } else { (equation.left, equation.right) };
                format!("rewrite {} {}{by}{place}.", text(from), text(to))
            }
            Action::Show { proposition, by, .. } => {
                let by = by.map_or("rewrite".into(), &mut text);
                format!("show {} by {by}.", text(*proposition))
            }
            Action::Saturate { .. } => "eqsat.".into(),
            Action::Algebra { .. } => "algebra.".into(),
            Action::Complete { .. } => "complete.".into(),
            Action::Have { lemma } => format!("have {}.", text(*lemma)),
            Action::Construct { value, by, .. } => format!("construct {} by {}.", text(*value), text(*by)),
        }
    }
}

impl Problem for ProofProblem {
    type State = State;
    type Action = Action;

    fn root(&mut self) -> State {
        self.root.clone()
    }

    fn actions(&mut self, state: &State) -> Vec<Action> {
        self.theory.get_mut().environment.set_budget(STEPS_PER_STATE);
        // A state too large to be looked through is a dead end for this attempt, never a wrong proof.
        self.enumerate(state).unwrap_or_default()
    }

    fn step(&mut self, state: &State, action: &Action) -> Outcome<State> {
        self.theory.get_mut().environment.set_budget(STEPS_PER_STATE);
        match self.open_successors(state, action) {
            Ok(Some(subgoals)) => Outcome::Subgoals(subgoals),
            Ok(None) | Err(_) => Outcome::Dead,
        }
    }

    fn key(&self, state: &State) -> u128 {
        state.key()
    }

    fn state_text(&self, state: &State) -> String {
        let mut theory = self.theory.borrow_mut();
        let environment = &mut theory.environment;
        environment.set_budget(STEPS_PER_STATE);
        let names = scope_names(environment, &Names::new(), state);
        let mut entries: Vec<String> = Vec::new();
        for item in state.items() {
            entries.push(match *item {
                Item::Local { local, ty, .. } => {
                    format!("{} : {}", names.get(local).unwrap_or("?"), print(environment, &names, ty))
                }
                Item::Fact(fact) => print(environment, &names, fact.proposition),
                Item::Object(object) => print(environment, &names, object.term),
            });
        }
        entries.reverse();
        format!("{{ {} }} {}", entries.join(", "), print(environment, &names, state.goal))
    }

    fn action_text(&self, state: &State, action: &Action) -> String {
        self.action_line(&Names::new(), state, action)
    }
}
