//! Lemmas inside of a proof: `have L`, where equality saturation leaves a goal open.
//!
//! A lemma is a closed statement, so that its proof is one state, whichever goal it is for. It is offered if saturation
//! closes the goal with it. Only cheap candidates are considered: generalisations of the goal, the goal under premises,
//! and equal terms of its graph; nothing is enumerated. The proof of a lemma may take further ones, to a depth.

use super::explore::Explorer;
use super::ground::Sampler;
use super::propose::{Candidate, Origin, STEPS};
use super::stuck::{OpenGoal, Reader, Readings};
use crate::action::Action;
use crate::problem::{ProofProblem, STEPS_PER_STATE};
use crate::state::{Item, State};
use prover_logic::{KernelError, TermId};
use prover_theory::equality::{Limits, Principle};
use prover_theory::terms::equation::Equation;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashMap;

/// States of one search that are looked at, but with greater effort.
const STATES: usize = 12;
/// Lemmas that one state offers.
const OFFERED: usize = 5;
/// Lemmas within proofs of lemmas, so often at most.
const DEPTH: u32 = 2;
/// The locals of a lemma's own proof have numbers that are so much greater than those of the goal that it is for, so
/// that no local is both.
const LOCALS: u32 = 1 << 20;

/// The lemmas offered inside of a proof.
#[derive(Debug)]
pub(crate) struct Cuts {
    /// The seed of the instances on which lemmas are tested.
    seed: u64,
    /// The lemmas that a state offers, by its key.
    known: FxHashMap<u128, Vec<TermId>>,
    /// The number of states examined.
    looked_at: usize,
}

impl ProofProblem {
    /// The problem with lemmas offered where saturation leaves a goal open, which must be
    /// [tried](Self::with_saturation); the seed is that of the instances on which they are tested.
    pub fn with_cuts(mut self, seed: u64) -> Self {
        self.cuts = Some(Cuts { seed, known: FxHashMap::default(), looked_at: 0 });
        self
    }

    /// The state in which a lemma for another one is proved: it has nothing in scope.
    pub(crate) fn lemma_state(state: &State, lemma: TermId) -> State {
        State::apart(lemma, (state.next_local() / LOCALS + 1) * LOCALS)
    }

    /// The state with a lemma in scope, and the local that stands for its proof.
    pub(crate) fn with_lemma(&mut self, state: &State, lemma: TermId) -> (State, TermId) {
        let local = self.theory().environment.store.local(state.next_local(), lemma);
        (state.with(Item::Local { local, ty: lemma, is_proof: true }), local)
    }

    /// The lemmas that a state offers.
    pub(crate) fn cuts_of(&mut self, state: &State) -> Result<Vec<Action>, KernelError> {
        let Some(Cuts { known, looked_at, .. }) = &self.cuts else { return Ok(Vec::new()) };
        let limits = match &self.saturation {
            Some(saturation) if state.next_local() / LOCALS < DEPTH => saturation.limits(),
            _ => return Ok(Vec::new()),
        };
        let lemmas = match known.get(&state.key()) {
            Some(lemmas) => lemmas.clone(),
            None => {
                let looked_at = *looked_at;
                if looked_at >= self.capped(STATES, looked_at + 1) {
                    return Ok(Vec::new());
                }
                let found = self.closing_lemmas(state, limits);
                self.theory().environment.set_budget(STEPS_PER_STATE);
                // A goal that is too large is left to the other actions.
                let found = found.unwrap_or_default();
                if let Some(cuts) = &mut self.cuts {
                    cuts.known.insert(state.key(), found.clone());
                    cuts.looked_at += 1;
                }
                found
            }
        };
        Ok(lemmas.into_iter().map(|lemma| Action::Have { lemma }).collect())
    }

    fn closing_lemmas(&mut self, state: &State, limits: Limits) -> Result<Vec<TermId>, KernelError> {
        let rules = self.rules.clone();
        let theory = self.theory();
        let Some(equality) = theory.equality else { return Ok(Vec::new()) };
        if Equation::sides(&theory.environment.store, &equality, state.goal).is_none() {
            return Ok(Vec::new());
        }
        let seed = self.cuts.as_ref().map_or(0, |cuts| cuts.seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let theory = self.theory();
        let environment = &mut theory.environment;
        environment.set_budget(STEPS);
        let enumerations = Principle::enumerations(environment, &rules.propositions)?;
        let reader = Reader { equality, enumerations: &enumerations, limits };
        let mut found = Readings::default();
        let goal = OpenGoal::new(&environment.store, state, &rules.propositions);
        let terms = reader.look(environment, goal.clone(), &mut found)?;
        let mut sampler = Sampler::new(theory, &rules.propositions, &mut rng)?;
        if let Some(mut explorer) = Explorer::new(&mut sampler, goal.locals.clone())? {
            for (ty, term, size) in terms {
                explorer.look(ty, term, size);
            }
            found.candidates.extend(explorer.equations.drain(..).map(|equation| Candidate {
                equation,
                premises: Vec::new(),
                origin: Origin::Classes,
                variables: goal.locals.clone(),
            }));
        }
        let proposals = self.tested(found, equality, &mut rng)?;
        let mut lemmas = Vec::with_capacity(OFFERED);
        for proposal in proposals.iter().filter(|proposal| proposal.closes == proposal.stuck).take(OFFERED) {
            let Ok(lemma) = self.theory().statement(&proposal.text) else { continue };
            lemmas.push(rules.unfolding.unfold(&mut self.theory().environment, lemma)?);
        }
        Ok(lemmas)
    }
}
