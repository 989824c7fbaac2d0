//! Attempts at statements: their limits, means and outcomes.

use super::demonstrations::Demonstrations;
use super::drafts::Candidate;
use crate::network::{Evaluator, Uniform};
use crate::prove::attempt::{Budget, Collect, ProofAttempt};
use crate::prove::lemmas::{Theorem, World};
use crate::prove::library::{Library, Offer, Offered, Source};
use crate::prove::prover::Prover;
use crate::prove::{Means, Strategy};
use crate::search::Targets;
use serde::{Deserialize, Serialize};

/// Means of attempts at statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Attempts {
    /// Search by single steps, so that the effect of learning can be measured.
    #[default]
    Search,
    /// All means of `prover prove`: saturation, completion and lemma discovery too.
    All,
}

/// Limits and means of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// The means.
    pub attempts: Attempts,
    /// The budget of the unguided search.
    pub budget: Budget,
    /// Nodes of the search guided by the network, where the unguided one finds nothing: a node costs twenty times as
    /// much.
    pub guided: u64,
    /// Wall-clock seconds of an attempt by all means.
    pub all_seconds: f64,
    /// The policy's training targets from guided searches, and `lambda` of [`Targets::Improved`]; other searches teach
    /// their proofs.
    pub targets: (Targets, f64),
    /// Whether states are brought to their normal forms.
    pub normal_forms: bool,
    /// Whether the tree of the last search is kept.
    pub tree: bool,
}

/// Outcome of an attempt at a statement.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// The theorem, if it was proved.
    pub theorem: Option<Theorem>,
    /// Lemmas that its proof needs and that were found on the way, in the order of their proofs.
    pub lemmas: Vec<Theorem>,
    /// The search, with the examples from it.
    pub attempt: ProofAttempt,
}

/// Attempts a statement with the lemmas that fit it. A proof also teaches which of these it used.
pub fn attempt(
    candidate: &Candidate,
    (library, offer): (&Library, &Offer),
    evaluator: &dyn Evaluator,
    effort: Effort,
    seed: u64,
) -> Attempted {
    match offer.for_statement(library, &candidate.statement, evaluator) {
        Ok(Offered { world, premises }) => {
            let mut attempted = attempt_in(world, candidate, library, evaluator, effort, seed);
            let theorem = attempted.theorem.as_ref().filter(|_| offer.is_by_network());
            attempted.attempt.examples.extend(theorem.and_then(|theorem| premises.example(theorem)));
            attempted
        }
        Err(error) => {
            let attempt = ProofAttempt { fault: Some(error.to_string()), ..Default::default() };
            Attempted { theorem: None, lemmas: Vec::new(), attempt }
        }
    }
}

fn attempt_in(
    mut world: World,
    candidate: &Candidate,
    library: &Library,
    evaluator: &dyn Evaluator,
    effort: Effort,
    seed: u64,
) -> Attempted {
    world.tactics.normal_forms = effort.normal_forms;
    // What is stuck within its bounds is tried again, in a later iteration, with more lemmas rather than with more
    // actions at each state.
    world.tactics.is_patient = candidate.source == Source::Goal;
    let collect = Collect { graph: effort.tree, ..Collect::EXAMPLES };
    let (theorem, mut attempt) = search(&world, &Uniform, library, candidate, (effort.budget, collect), seed);
    // Where everything was tried the network could only try the same.
    if theorem.is_some() || (attempt.is_exhausted() && !attempt.is_bounded && effort.attempts == Attempts::Search) {
        return Attempted { theorem, lemmas: Vec::new(), attempt };
    }
    match effort.attempts {
        Attempts::Search => {
            let guided = Budget { nodes: effort.guided, ..effort.budget };
            let collect = Collect { targets: effort.targets, ..collect };
            let (theorem, guided) = search(&world, evaluator, library, candidate, (guided, collect), seed);
            attempt.take(guided);
            Attempted { theorem, lemmas: Vec::new(), attempt }
        }
        Attempts::All => {
            let budget = Budget { seconds: Some(effort.all_seconds), ..effort.budget };
            let mut strategy = Strategy::new(library.lemmas().clone(), world, evaluator, Means::ALL, budget, seed);
            let discovered = strategy.prove(&candidate.statement);
            attempt.nodes += discovered.nodes;
            attempt.seconds += discovered.seconds;
            attempt.fault = attempt.fault.or(discovered.fault);
            let found = strategy.into_lemmas();
            let is_needed = |lemma: &&Theorem| discovered.lemmas.contains(&lemma.name);
            let lemmas = found.theorems().iter().filter(is_needed).cloned().collect();
            Attempted { theorem: discovered.theorem, lemmas, attempt }
        }
    }
}

/// Attempts a theorem that people proved by following their proof; a proof found is checked, and learned from.
pub fn demonstrate(candidate: &Candidate, demonstrations: &Demonstrations, effort: Effort, seed: u64) -> Attempted {
    let (library, offer) = demonstrations.lemmas();
    let statement = &candidate.statement;
    let (theorem, attempt) = match offer.for_statement(library, statement, &Uniform) {
        Ok(Offered { mut world, .. }) => {
            world.tactics.normal_forms = effort.normal_forms;
            let guide = demonstrations.guide(&statement.name);
            let within = (effort.budget, Collect::EXAMPLES);
            let (theorem, mut attempt) = search(&world, &guide, library, candidate, within, seed);
            if theorem.is_some() {
                (theorem, attempt)
            } else {
                // A script with steps of its own leads astray.
                let (theorem, unguided) = search(&world, &Uniform, library, candidate, within, seed);
                attempt.take(unguided);
                (theorem, attempt)
            }
        }
        Err(error) => (None, ProofAttempt { fault: Some(error.to_string()), ..ProofAttempt::default() }),
    };
    Attempted { theorem, lemmas: Vec::new(), attempt }
}

fn search(
    world: &World,
    evaluator: &dyn Evaluator,
    library: &Library,
    candidate: &Candidate,
    (budget, collect): (Budget, Collect),
    seed: u64,
) -> (Option<Theorem>, ProofAttempt) {
    let prover = Prover::new(world, evaluator, seed);
    prover.prove_within(library.lemmas(), &candidate.statement, budget.begin(), collect)
}
