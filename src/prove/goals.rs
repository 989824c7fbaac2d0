//! Goal sets: each goal by itself, several at a time, or one after the other with those proved as lemmas.

use super::attempt::{Budget, ExploredGraph};
use super::discovery::Discovered;
use super::lemmas::{Lemmas, Statement, World, WorldError};
use super::strategy::{Means, Stage, Strategy};
use prover_network::Evaluator;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What became of a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalReport {
    /// Its place among the goals.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// What it states.
    pub statement: String,
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
    /// What was tried, in order.
    pub stages: Vec<Stage>,
    /// The graph of the last search, if it was asked for.
    pub graph: Option<ExploredGraph>,
}

impl GoalReport {
    /// `proved`, `refuted` or `open`.
    pub fn verdict(&self) -> &'static str {
        match () {
            () if self.proof.is_some() => "proved",
            () if self.refuted.is_some() => "refuted",
            () => "open",
        }
    }
}

/// Goals to be proved, and how.
pub struct GoalRun<'a> {
    /// The goals.
    pub statements: &'a [Statement],
    /// What guides the search.
    pub evaluator: &'a dyn Evaluator,
    /// By what means they are proved.
    pub means: Means,
    /// What each goal may cost.
    pub budget: Budget,
    /// The seed of all randomness.
    pub seed: u64,
    /// Whether the graphs of searches are kept.
    pub graph: bool,
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
        if self.refutation(index).is_some() {
            return (Discovered::default(), lemmas.clone());
        }
        let (lemmas, world) = (lemmas.clone(), world.clone());
        let mut strategy = Strategy::new(lemmas, world, self.evaluator, self.means, self.budget, self.seed);
        strategy = strategy.with_graph(self.graph);
        let discovered = strategy.prove(&self.statements[index]);
        (discovered, strategy.into_lemmas())
    }

    fn report(&self, index: usize, discovered: &Discovered, proof: Option<String>) -> GoalReport {
        (self.ended)();
        GoalReport {
            index,
            name: self.statements[index].name.clone(),
            statement: self.statements[index].text.clone(),
            proof,
            nodes: discovered.nodes,
            seconds: discovered.seconds,
            size: discovered.size,
            lemmas: discovered.lemmas.len(),
            refuted: self.refutation(index).cloned(),
            stages: discovered.stages.clone(),
            graph: discovered.graph.clone(),
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
            let world = lemmas.world()?;
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
