//! Contests: the same statements, attempted by each contestant with the same budgets.

use super::in_parallel;
use super::outcome::{Limit, Outcome, outcomes};
use super::quality::{Quality, Targets, qualities};
use crate::network::{Evaluation, Evaluator, Request};
use crate::prove::attempt::Collect;
use crate::prove::{Budget, Lemmas, Library, Offer, Prover, Statement, Theorem, World};
use crate::threads;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// States judged together where seconds are the limit.
const BATCH: usize = 8;

/// A contestant: the policy and value function that guides its searches, with a name.
#[derive(Clone)]
pub struct Contestant<'a> {
    /// Its name in reports.
    pub name: String,
    /// The policy and value function.
    pub evaluator: &'a dyn Evaluator,
}

/// Statements to attempt, and the conditions under which all contestants attempt them.
#[derive(Clone, Debug)]
pub struct Contest<'a> {
    /// The theory with its lemmas, laid out for search.
    pub world: &'a World,
    /// The same lemmas as texts, which proofs are checked with.
    pub lemmas: &'a Lemmas,
    /// A library of which each statement is offered the lemmas that fit it, for every contestant, instead of all of the
    /// world.
    pub offered: Option<(&'a Library, &'a Offer)>,
    /// The statements to prove.
    pub statements: &'a [Statement],
    /// Node budgets, rising. Each statement is attempted once with the last; it counts as solved within a smaller
    /// budget if its proof was found within that number of nodes. States are judged one at a time, so that the result
    /// is that of an attempt with that budget.
    pub nodes: Vec<u64>,
    /// Seconds for another attempt without a limit of nodes, in which eight states are judged together.
    pub seconds: Option<f64>,
    /// The seed of all randomness.
    pub seed: u64,
    /// Attempts at the same time; 0 takes all cores.
    pub threads: usize,
}

/// Outcome of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Whether it ended in a theorem.
    pub is_solved: bool,
    /// Whether it ended without a theorem because the search was exhausted within the bounds on the actions of states,
    /// which no policy could have changed.
    pub is_exhausted: bool,
    /// Nodes expanded.
    pub nodes: u64,
    /// States that the evaluator was asked about as texts, among them those whose judgement it remembered.
    pub judged: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// A fault of the program, if there was one: the statement is not solved.
    pub fault: Option<String>,
}

/// Outcomes of a contestant's attempts, statement by statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trials {
    /// The contestant's name.
    pub contestant: String,
    /// Attempts with the greatest budget of nodes.
    pub by_nodes: Vec<Trial>,
    /// Attempts within the seconds, if there is such a limit.
    pub by_seconds: Option<Vec<Trial>>,
}

/// Results of a contest.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The attempts, contestant by contestant.
    pub trials: Vec<Trials>,
    /// The number of statements solved by each contestant within each limit, with statistics; contestant by contestant.
    pub outcomes: Vec<Outcome>,
    /// The quality of the contestants' networks as judges of states.
    pub qualities: Vec<Quality>,
}

/// An evaluator that counts the requests with texts.
struct Counting<'a> {
    inner: &'a dyn Evaluator,
    judged: AtomicU64,
}

impl Evaluator for Counting<'_> {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        if self.inner.needs_text() {
            self.judged.fetch_add(requests.len() as u64, Ordering::Relaxed);
        }
        self.inner.evaluate(requests)
    }

    fn needs_text(&self) -> bool {
        self.inner.needs_text()
    }
}

impl<'a> Contest<'a> {
    /// The default budgets of nodes.
    pub const NODES: [u64; 4] = [10, 30, 100, 300];

    /// A contest with these budgets, no seconds, seed 0, on all cores.
    pub fn new(world: &'a World, lemmas: &'a Lemmas, statements: &'a [Statement]) -> Self {
        Self {
            world,
            lemmas,
            offered: None,
            statements,
            nodes: Self::NODES.to_vec(),
            seconds: None,
            seed: 0,
            threads: 0,
        }
    }

    /// The limits, in the order in which outcomes have them.
    pub fn limits(&self) -> Vec<Limit> {
        let nodes = self.nodes.iter().map(|&nodes| Limit::Nodes(nodes));
        nodes.chain(self.seconds.map(Limit::Seconds)).collect()
    }

    /// The attempts that this many contestants make.
    pub fn attempts(&self, contestants: usize) -> usize {
        contestants * self.statements.len() * (1 + usize::from(self.seconds.is_some()))
    }

    /// Attempts all statements with each contestant, one contestant after the other; compares all of them with the
    /// first, and networks by their judgements. `hear` is called with each attempt.
    pub fn hold(&self, contestants: &[Contestant<'_>], hear: &(dyn Fn(&Trial) + Sync)) -> Report {
        let trials = contestants.iter().map(|contestant| self.trials(contestant, hear)).collect();
        self.report(contestants, trials)
    }

    /// The results of attempts that were made, contestant by contestant.
    pub fn report(&self, contestants: &[Contestant<'_>], trials: Vec<Trials>) -> Report {
        let qualities = match contestants.iter().any(|contestant| contestant.evaluator.needs_text()) {
            true => qualities(contestants, &self.targets(contestants, &trials), self.threads()),
            false => Vec::new(),
        };
        Report { outcomes: outcomes(&self.limits(), &trials), trials, qualities }
    }

    /// The attempts of one contestant. Its caches are cleared before each round of attempts, so that times are those of
    /// states seen for the first time.
    pub fn trials(&self, contestant: &Contestant<'_>, hear: &(dyn Fn(&Trial) + Sync)) -> Trials {
        let round = |budget: Budget| {
            contestant.evaluator.forget();
            in_parallel(self.threads(), self.statements.len(), |index| {
                let trial = self.trial(contestant, index, budget);
                hear(&trial);
                trial
            })
        };
        let (by_nodes, by_seconds) = self.budgets();
        Trials { contestant: contestant.name.clone(), by_nodes: round(by_nodes), by_seconds: by_seconds.map(round) }
    }

    /// The budgets of the attempts: that of nodes, and that of seconds, if there is such a limit.
    pub fn budgets(&self) -> (Budget, Option<Budget>) {
        let by_seconds = |seconds| Budget { nodes: u64::MAX, seconds: Some(seconds), batch: BATCH };
        (self.budget(), self.seconds.map(by_seconds))
    }

    /// The states on which networks are compared: for each statement those of the search of the first contestant that
    /// proved it, or of the first contestant if none did. Those searches are repeated, since texts cost time.
    pub fn targets(&self, contestants: &[Contestant<'_>], trials: &[Trials]) -> Targets {
        let of_statement = |index: usize| {
            let solves = |(_, trials): &(&Contestant<'_>, &Trials)| trials.by_nodes[index].is_solved;
            let solver = contestants.iter().zip(trials).find(solves).map(|(contestant, _)| contestant);
            let mut targets = Targets::default();
            if let Some(contestant) = solver.or(contestants.first()) {
                let world = self.world_of(index, contestant.evaluator);
                let prover = Prover::new(&world, contestant.evaluator, self.seed_of(index));
                let collect = Collect { graph: true, ..Collect::NOTHING };
                let attempt = prover.attempt(&self.statements[index], self.budget(), collect);
                attempt.graph.iter().for_each(|graph| targets.add(graph));
            }
            targets
        };
        let mut all = Targets::default();
        in_parallel(self.threads(), self.statements.len(), of_statement)
            .into_iter()
            .for_each(|targets| all.extend(targets));
        all
    }

    fn threads(&self) -> usize {
        threads::count(self.threads)
    }

    /// The budget of the attempts that nodes limit.
    fn budget(&self) -> Budget {
        Budget { nodes: self.nodes.iter().copied().max().unwrap_or(0), seconds: None, batch: 1 }
    }

    /// The seed of the attempts at a statement, the same for all contestants.
    pub fn seed_of(&self, index: usize) -> u64 {
        self.seed ^ ((index as u64) << 16)
    }

    /// The world in which a statement is attempted: with the lemmas that a library offers it, if there is a library.
    fn world_of(&self, index: usize, evaluator: &dyn Evaluator) -> World {
        let statement = &self.statements[index];
        let offered = self.offered.and_then(|(library, offer)| offer.for_statement(library, statement, evaluator).ok());
        offered.map_or_else(|| self.world.clone(), |offered| offered.world)
    }

    fn trial(&self, contestant: &Contestant<'_>, index: usize, budget: Budget) -> Trial {
        let (world, statement, seed) =
            (self.world_of(index, contestant.evaluator), &self.statements[index], self.seed_of(index));
        attempt(&world, self.lemmas, statement, contestant.evaluator, (budget, seed)).1
    }
}

/// Attempts a statement once, with a budget and a seed.
pub fn attempt(
    world: &World,
    lemmas: &Lemmas,
    statement: &Statement,
    evaluator: &dyn Evaluator,
    (budget, seed): (Budget, u64),
) -> (Option<Theorem>, Trial) {
    let counting = Counting { inner: evaluator, judged: AtomicU64::new(0) };
    let (theorem, attempt) = Prover::new(world, &counting, seed).prove(lemmas, statement, budget);
    let trial = Trial {
        is_solved: theorem.is_some(),
        is_exhausted: theorem.is_none() && attempt.is_exhausted(),
        nodes: attempt.nodes,
        judged: counting.judged.into_inner(),
        seconds: attempt.seconds,
        fault: attempt.fault,
    };
    (theorem, trial)
}
