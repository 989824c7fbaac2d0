//! Held-out statements, which are never trained on: for the decision whether to keep a network, and for measuring it.
//!
//! They are a goal set, or drawn once from the grammar; every other one is for validation, which decides whether a
//! network replaces the one before it, and the others are for the test, which decides nothing. They are neither
//! conjectured nor learned from, nor are statements that differ from them by names, order of premises and sides alone.

use super::{ProofSelfplayError, ProofSettings};
use crate::evaluation::{Contest, Contestant, Draw, Limit, Trials, drawn, untrained_like};
use crate::network::{Evaluator, Network, Uniform};
use crate::prove::lemmas::{Lemmas, Statement};
use crate::prove::library::{Library, Offer};
use serde::{Deserialize, Serialize};

/// Budgets of nodes of the test.
const NODES: [u64; 3] = [10, 30, 100];

/// Measurements on statements that a run never trains on.
pub struct HeldOut {
    validation: Vec<Statement>,
    test: Vec<Statement>,
    /// The network at the start of the run.
    untrained: Network,
    seed: u64,
}

/// The test of one iteration: the share of the statements that each contestant solved within each budget of nodes, with
/// the same lemmas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TestFigures {
    /// Statements.
    pub statements: usize,
    /// Budgets of nodes.
    pub nodes: Vec<u64>,
    /// Equal priors.
    pub uniform: Vec<f64>,
    /// The network that the run began with.
    pub untrained: Vec<f64>,
    /// The network of the iteration.
    pub network: Vec<f64>,
}

impl HeldOut {
    /// Statements of the goal set that `given` names, or drawn ones if `given` is a number; goals are excluded.
    ///
    /// # Errors
    ///
    /// There is no such goal set, or that number of statements cannot be drawn.
    pub fn new(
        settings: &ProofSettings,
        given: &str,
        goals: &[Statement],
        network: &Network,
    ) -> Result<Self, ProofSelfplayError> {
        let seed = settings.seed;
        let lemmas = Lemmas::new(&settings.theory);
        let mut statements = match given.parse::<usize>() {
            Ok(count) => {
                let texts: Vec<String> = goals.iter().map(|goal| goal.text.clone()).collect();
                let draw = Draw { exclude: &texts, easy_nodes: settings.easy_nodes, ..Draw::new(count, seed) };
                drawn::drawn(&lemmas.world()?, draw, &|| {})?
            }
            Err(_) => lemmas.goals(given)?,
        };
        statements.retain(|statement| !goals.iter().any(|goal| goal.text == statement.text));
        let size = network.model().config().size().unwrap_or_default();
        let untrained = untrained_like(network.tokenizer().clone(), size, seed)?;
        let (mut validation, mut test) = (Vec::new(), Vec::new());
        for (place, statement) in statements.into_iter().enumerate() {
            if place % 2 == 0 { test.push(statement) } else { validation.push(statement) }
        }
        Ok(Self { validation, test, untrained, seed })
    }

    /// All of them.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.validation.iter().chain(&self.test)
    }

    fn contest<'a>(&self, statements: &'a [Statement], library: &'a Library, offer: &'a Offer) -> Contest<'a> {
        let contest = Contest::new(offer.world(), library.lemmas(), statements);
        Contest {
            nodes: NODES.to_vec(),
            seed: self.seed,
            offered: Some((library, offer)),
            threads: rayon::current_num_threads(),
            ..contest
        }
    }

    /// The test, with the lemmas of a library as they are; `advance` is called for each attempt.
    pub fn test(
        &self,
        (library, offer): (&Library, &Offer),
        network: &Network,
        advance: &(dyn Fn() + Sync),
    ) -> TestFigures {
        let contest = self.contest(&self.test, library, offer);
        let shares = |name: &str, evaluator: &dyn Evaluator| {
            let trials = contest.trials(&Contestant { name: name.into(), evaluator }, &|_| advance());
            NODES.iter().map(|&nodes| share(&trials, nodes)).collect()
        };
        TestFigures {
            statements: self.test.len(),
            nodes: NODES.to_vec(),
            uniform: shares("uniform", &Uniform),
            untrained: shares("untrained", &self.untrained),
            network: shares("network", network),
        }
    }

    /// The number of attempts of a test.
    pub fn attempts(&self) -> usize {
        3 * self.test.len()
    }

    /// The validation statements that a network solves.
    pub fn validated(&self, (library, offer): (&Library, &Offer), network: &Network) -> Vec<bool> {
        let contest = self.contest(&self.validation, library, offer);
        let trials = contest.trials(&Contestant { name: "network".into(), evaluator: network }, &|_| {});
        trials.solved(Limit::Nodes(NODES[1]))
    }
}

/// The share of the statements that were solved within a number of nodes.
fn share(trials: &Trials, nodes: u64) -> f64 {
    let solved = trials.solved(Limit::Nodes(nodes));
    solved.iter().filter(|&&is_solved| is_solved).count() as f64 / solved.len().max(1) as f64
}
