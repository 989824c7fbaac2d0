//! Goal sets: each goal by itself, several at a time, or one after the other with those proved as lemmas.

use super::attempt::Budget;
use super::discovery::{Discovered, Discovery};
use super::lemmas::{Lemmas, Statement, World, WorldError};
use super::prover::Prover;
use prover_network::Evaluator;
use prover_theory::equality::{Limits, completion};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// How goals are proved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// What each goal may cost.
    pub budget: Budget,
    /// The seed of all randomness.
    pub seed: u64,
    /// Whether states are brought to their normal forms; has no effect with saturation, which does what they do, and
    /// more.
    pub normal_forms: bool,
    /// Whether equality saturation is tried on each goal, and completion on the statement.
    pub saturation: bool,
    /// Whether lemmas are looked for where search gets stuck.
    pub lemmas: bool,
}

impl Means {
    /// What goals are proved in, with the lemmas so far.
    ///
    /// # Errors
    ///
    /// As [`Lemmas::world`].
    pub fn world(&self, lemmas: &Lemmas) -> Result<World, WorldError> {
        let saturation = self.saturation.then_some(Limits::ACTION);
        let completion = self.saturation.then_some(completion::Limits::ACTION);
        Ok(World { normal_forms: self.normal_forms, saturation, completion, ..lemmas.world()? })
    }
}

/// What became of a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalReport {
    /// Its place among the goals.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The checked script, with everything that `prover check` needs to accept it as a file (of goals in order, all of
    /// them together).
    pub proof: Option<String>,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// The number of distinct terms of which the proof and those of its lemmas consist.
    pub size: usize,
    /// The number of lemmas that were found for it.
    pub lemmas: usize,
    /// The counterexample, where the goal fails in a model of the theory; it was not searched for then.
    pub refuted: Option<String>,
}

/// Goals to be proved, and how.
pub struct GoalRun<'a> {
    /// The goals.
    pub statements: &'a [Statement],
    /// What guides the search.
    pub evaluator: &'a dyn Evaluator,
    /// How they are proved.
    pub means: Means,
    /// For each goal the counterexample, where it is refuted; goals beyond the end are not.
    pub refuted: &'a [Option<String>],
    /// Called whenever a goal has ended, in whatever order they do.
    pub ended: &'a (dyn Fn() + Sync),
}

impl GoalRun<'_> {
    /// The counterexample to a goal, if it is refuted.
    fn refutation(&self, index: usize) -> Option<&String> {
        self.refuted.get(index).and_then(Option::as_ref)
    }

    /// Tries to prove a goal that is not refuted; what became of it, with the lemmas that there are afterwards.
    fn discover(&self, lemmas: &Lemmas, world: &World, index: usize) -> (Discovered, Lemmas) {
        let Means { budget, seed, .. } = self.means;
        let (lemmas, statement) = (lemmas.clone(), &self.statements[index]);
        if self.refutation(index).is_some() {
            return (Discovered::default(), lemmas);
        }
        if self.means.saturation && self.means.lemmas {
            let mut discovery = Discovery::new(lemmas, world.clone(), self.evaluator, budget, seed);
            let discovered = discovery.prove(statement);
            return (discovered, discovery.lemmas);
        }
        let (theorem, attempt) = Prover::new(world, self.evaluator, seed).prove(&lemmas, statement, budget);
        let size = attempt.found.map_or(0, |found| found.size);
        let (nodes, seconds, fault) = (attempt.nodes, attempt.seconds, attempt.fault);
        (Discovered { theorem, lemmas: Vec::new(), size, nodes, seconds, fault }, lemmas)
    }

    fn report(&self, index: usize, discovered: &Discovered, proof: Option<String>) -> GoalReport {
        (self.ended)();
        GoalReport {
            index,
            name: self.statements[index].name.clone(),
            proof,
            nodes: discovered.nodes,
            seconds: discovered.seconds,
            size: discovered.size,
            lemmas: discovered.lemmas.len(),
            refuted: self.refutation(index).cloned(),
        }
    }

    /// One goal after the other, those proved, and the lemmas found, being lemmas for those after them.
    ///
    /// # Errors
    ///
    /// The theory does not take a lemma.
    pub fn in_order(&self, mut lemmas: Lemmas, found: &mut dyn FnMut(GoalReport)) -> Result<(), WorldError> {
        // The texts of all goals make one file: what stands in it already is not written again.
        let mut written: Option<FxHashSet<String>> = None;
        for index in 0..self.statements.len() {
            let world = self.means.world(&lemmas)?;
            let (discovered, with_found) = self.discover(&lemmas, &world, index);
            lemmas = with_found;
            let proof = discovered.theorem.clone().map(|theorem| {
                let mut items = Vec::new();
                let written = written.get_or_insert_with(|| {
                    items.push(lemmas.import_line());
                    FxHashSet::default()
                });
                for needed in lemmas.needed(&theorem).into_iter().chain([&theorem]) {
                    if written.insert(needed.name.clone()) {
                        items.push(needed.item());
                    }
                }
                lemmas.push(theorem);
                items.join("\n")
            });
            found(self.report(index, &discovered, proof));
        }
        Ok(())
    }

    /// Each goal from the theory alone, several at a time; `found` is called in the order of the goals, for each as
    /// soon as those before it have ended.
    pub fn each_alone(&self, lemmas: &Lemmas, world: &World, found: &mut dyn FnMut(GoalReport)) {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // The sender ends with this thread, which ends the loop below.
                let sender = sender;
                (0..self.statements.len()).into_par_iter().for_each_with(sender, |sender, index| {
                    let (discovered, lemmas) = self.discover(lemmas, world, index);
                    let proof = discovered.theorem.as_ref().map(|theorem| lemmas.file(theorem));
                    // The receiver outlives this thread.
                    let _ = sender.send(self.report(index, &discovered, proof));
                });
            });
            let mut early = BTreeMap::new();
            let mut next = 0;
            for report in receiver {
                early.insert(report.index, report);
                while let Some(report) = early.remove(&next) {
                    found(report);
                    next += 1;
                }
            }
        });
    }
}
