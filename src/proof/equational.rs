//! Completion, and normal forms by laws, as actions: they close a goal or have no effect.
//!
//! Neither makes inductions, and both cost most where they find nothing. So they are tried on one state: the statement
//! with its variables and premises introduced.

use super::action::Action;
use super::problem::{ProofProblem, STEPS_PER_STATE};
use super::state::{Item, State};
use prover_logic::equality::Equality;
use prover_logic::{KernelError, Term};
use prover_theory::equality::End;
use prover_theory::equality::completion::{self, Limits, Scope, Verdict, algebra};
use prover_theory::terms::typed::Fact;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Steps, as the kernel counts them, that laying out the facts and making a proof may take.
const STEPS: u64 = 6_000_000;

/// The states on which completion and laws have been tried.
#[derive(Debug)]
pub(super) struct Equational {
    limits: Limits,
    /// The action that closes a state, by its key.
    known: FxHashMap<u128, Option<Action>>,
    /// The key of the state on which they are tried.
    place: Option<u128>,
    /// Goals that were reached without a proof that stands.
    faults: usize,
    /// Whether completion ended at a limit.
    limited: bool,
}

impl ProofProblem {
    /// The problem with completion, and normal forms by laws, tried on the statement itself.
    pub fn with_completion(mut self, limits: Limits) -> Self {
        let (known, place) = (FxHashMap::default(), None);
        self.equational = Some(Equational { limits, known, place, faults: 0, limited: false });
        self
    }

    /// The number of goals that completion or laws reached without a proof that stands; each is a fault of the
    /// program.
    pub fn completion_faults(&self) -> usize {
        self.equational.as_ref().map_or(0, |equational| equational.faults)
    }

    /// Whether completion ended at a limit, so that more might come of a greater one.
    pub fn completion_was_limited(&self) -> bool {
        self.equational.as_ref().is_some_and(|equational| equational.limited)
    }

    /// The action that closes the state's goal by laws or completion; `None` where neither does, or they are not asked
    /// to.
    pub(super) fn equational(&mut self, state: &State) -> Result<Option<Action>, KernelError> {
        let Some(equality) = self.theory.get_mut().equality else { return Ok(None) };
        if self.equational.is_none() || !self.is_statement(state)? {
            return Ok(None);
        }
        let Some(equational) = &self.equational else { return Ok(None) };
        if let Some(known) = equational.known.get(&state.key()) {
            return Ok(known.clone());
        }
        let limits = equational.limits;
        self.theory.get_mut().environment.set_budget(STEPS.saturating_add(limits.work));
        let found = self.tried(state, equality, limits);
        self.theory.get_mut().environment.set_budget(STEPS_PER_STATE);
        // A goal that is too large is left to the other actions.
        let found = found.unwrap_or_default();
        if let Some(equational) = &mut self.equational {
            equational.known.insert(state.key(), found.clone());
        }
        Ok(found)
    }

    /// Whether a state is the statement with all that can be introduced introduced.
    fn is_statement(&mut self, state: &State) -> Result<bool, KernelError> {
        let known = self.equational.as_ref().and_then(|equational| equational.place);
        if let Some(place) = known {
            return Ok(place == state.key());
        }
        let opened = self.opened()?;
        if let Some(equational) = &mut self.equational {
            equational.place = Some(opened.key());
        }
        Ok(opened.key() == state.key())
    }

    fn tried(&mut self, state: &State, equality: Equality, limits: Limits) -> Result<Option<Action>, KernelError> {
        let facts = self.equations_in_scope(state);
        let environment = &mut self.theory.get_mut().environment;
        let Some(equational) = &mut self.equational else { return Ok(None) };
        match algebra::prove(environment, equality, &facts, state.goal, algebra::STEPS)? {
            algebra::Verdict::Proved(proof) => return Ok(Some(Action::Algebra { proof })),
            algebra::Verdict::Fault(_) => equational.faults += 1,
            algebra::Verdict::Different | algebra::Verdict::Outside | algebra::Verdict::TooLarge => {}
        }
        let locals = state.items().filter_map(|item| match *item {
            Item::Local { local, is_proof: false, .. } => Some(local),
            _ => None,
        });
        let scope = Scope { facts: &facts, objects: &locals.collect::<Vec<_>>() };
        match completion::prove(environment, equality, scope, state.goal, limits)?.verdict {
            Verdict::Proved(proof) => return Ok(Some(Action::Complete { proof: Arc::new(proof) })),
            Verdict::Fault(_) => equational.faults += 1,
            Verdict::Open(End::Saturated) | Verdict::Outside => {}
            Verdict::Open(_) => equational.limited = true,
        }
        Ok(None)
    }

    /// The facts that a script can use: those of the scope, the newest last, after the theory's.
    fn equations_in_scope(&mut self, state: &State) -> Vec<Fact> {
        let store = &self.theory.get_mut().environment.store;
        let is_usable =
            |fact: &Fact| !(matches!(store.term(fact.proposition), Term::Pi(..)) && self.given.is_nameless(fact.proof));
        let mut facts = state.facts_after(&self.rules.propositions);
        facts.retain(is_usable);
        facts
    }
}
