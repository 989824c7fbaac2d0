//! Equality saturation as an action: it closes a goal or has no effect.

use super::action::Action;
use super::problem::ProofProblem;
use super::state::State;
use prover_logic::{KernelError, TermId};
use prover_theory::equality::{End, Limits, Task, Verdict, prove};
use prover_theory::terms::equation::Equation;
use rustc_hash::FxHashMap;

/// Steps, as the kernel counts them, that one saturation may take.
const STEPS: u64 = 6_000_000;

/// The states on which saturation has been tried.
#[derive(Debug)]
pub(super) struct Saturations {
    limits: Limits,
    /// The proof of a state's goal, by the state's key.
    known: FxHashMap<u128, Option<TermId>>,
    /// Goals that saturation reached without a proof that stands.
    faults: usize,
    /// Whether any ended at a limit.
    limited: bool,
}

impl Saturations {
    /// The limits of saturation.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }
}

impl ProofProblem {
    /// The problem with equality saturation tried on each goal first, within some limits.
    pub fn with_saturation(mut self, limits: Limits) -> Self {
        self.saturation = Some(Saturations { limits, known: FxHashMap::default(), faults: 0, limited: false });
        self
    }

    /// The number of goals that saturation reached without a proof that stands; each is a fault of the program.
    pub fn saturation_faults(&self) -> usize {
        self.saturation.as_ref().map_or(0, |saturation| saturation.faults)
    }

    /// Whether any saturation ended at a limit, so that more might come of a greater one.
    pub fn saturation_was_limited(&self) -> bool {
        self.saturation.as_ref().is_some_and(|saturation| saturation.limited)
    }

    /// A proof of the state's goal by saturation from the theory's facts and those in scope; `None` where it finds
    /// none, or is not asked to.
    pub(super) fn saturated(&mut self, state: &State) -> Result<Option<TermId>, KernelError> {
        let Some(saturation) = &mut self.saturation else { return Ok(None) };
        if let Some(&known) = saturation.known.get(&state.key()) {
            return Ok(known);
        }
        let theory = self.theory.get_mut();
        let Some(equality) = theory.equality else { return Ok(None) };
        let facts = state.facts_after(&self.rules.propositions);
        let environment = &mut theory.environment;
        environment.set_budget(STEPS);
        let report = prove(environment, Task { equality, facts: &facts, goal: state.goal, limits: saturation.limits });
        environment.set_budget(super::problem::STEPS_PER_STATE);
        // A goal that is too large for saturation is left to the other actions.
        let proof = match report.map(|report| report.verdict) {
            Ok(Verdict::Proved(proof)) => Some(proof),
            Ok(Verdict::Fault(_)) => {
                saturation.faults += 1;
                None
            }
            Ok(Verdict::Open(End::Saturated)) => None,
            Ok(Verdict::Open(_)) | Err(_) => {
                saturation.limited = true;
                None
            }
        };
        saturation.known.insert(state.key(), proof);
        Ok(proof)
    }

    /// Whether an action is left to saturation: where that is tried, an action that rewrites the goal or shows an
    /// equation would only repeat it, one step at a time.
    pub(super) fn leaves_to_saturation(&mut self, action: &Action) -> bool {
        let theory = self.theory.get_mut();
        let (Some(_), Some(equality)) = (&self.saturation, theory.equality) else { return false };
        match *action {
            Action::Rewrite { .. } => true,
            Action::Show { proposition, .. } => {
                Equation::sides(&theory.environment.store, &equality, proposition).is_some()
            }
            _ => false,
        }
    }
}
