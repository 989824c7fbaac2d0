//! Goal sets: each goal by itself, several at a time, or one after the other with those proved as lemmas.

use super::attempt::{Budget, ExploredGraph};
use super::discovery::Discovered;
use super::lemmas::{Lemmas, Statement, Theorem, World, WorldError};
use super::strategy::{Means, Stage, Strategy};
use prover_network::Evaluator;
use prover_search::Deadline;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Result for a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalReport {
    /// Its index among the goals.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its statement.
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
    /// The number of lemmas that it needs and that were found for it, or for a goal before it.
    pub lemmas: usize,
    /// The counterexample, where the goal fails in a model of the theory; it was not searched for then.
    pub refuted: Option<String>,
    /// The stages of the attempt, in order.
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

/// The theory and the lemmas available for a goal.
#[derive(Clone)]
pub(super) struct Known {
    pub lemmas: Lemmas,
    /// The theory with the lemmas.
    pub world: World,
    /// The sizes of the proof terms of lemmas found, by name.
    pub sizes: FxHashMap<String, usize>,
}

impl Known {
    /// The theory with lemmas; `world` is the theory with these, laid out.
    pub fn new(lemmas: Lemmas, world: World) -> Self {
        Self { lemmas, world, sizes: FxHashMap::default() }
    }

    fn add(&mut self, theorem: Theorem) -> Result<(), WorldError> {
        self.world.add(&theorem, Deadline::NEVER)?;
        self.lemmas.push(theorem);
        Ok(())
    }

    /// Takes over the lemmas, by name, that a goal's proof needs.
    fn learn(&mut self, names: &[String], found: Known) {
        for name in names {
            let Some(lemma) = found.lemmas.find(name) else { continue };
            let known = self.lemmas.theorems();
            // What another goal found meanwhile is not taken twice, nor what rests on a lemma that was not taken.
            let is_known = known.iter().any(|known| known.name == *name || known.text == lemma.text);
            let is_based =
                |used: &String| known.iter().any(|known| known.name == *used) || found.lemmas.find(used).is_none();
            if !is_known && lemma.uses.iter().all(is_based) {
                match self.add(lemma.clone()) {
                    Ok(()) => self.sizes.extend(found.sizes.get(name).map(|&size| (name.clone(), size))),
                    Err(error) => tracing::error!("{error}"),
                }
            }
        }
    }
}

/// Goals to prove, with the means and limits for them.
pub struct GoalRun<'a> {
    /// The goals.
    pub statements: &'a [Statement],
    /// The policy and value function of the search.
    pub evaluator: &'a dyn Evaluator,
    /// The means of proof.
    pub means: Means,
    /// The limits for each goal.
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

    /// Tries to prove a goal that is not refuted, with two threads if `beside`; the outcome, and the known lemmas
    /// afterwards.
    fn discover(&self, known: Known, index: usize, beside: bool) -> (Discovered, Known) {
        if self.refutation(index).is_some() {
            return (Discovered::default(), known);
        }
        let Known { lemmas, world, sizes } = known;
        let mut strategy = Strategy::new(lemmas, world, self.evaluator, self.means, self.budget, self.seed);
        (strategy.sizes, strategy.graph) = (sizes, self.graph);
        strategy.beside = beside;
        let discovered = strategy.prove(&self.statements[index]);
        let Strategy { lemmas, world, sizes, .. } = strategy;
        (discovered, Known { lemmas, world, sizes })
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
    pub fn in_order(&self, lemmas: Lemmas, found: &mut dyn FnMut(GoalReport)) -> Result<(), WorldError> {
        // The texts of all goals make one file: what stands in it already is not written again.
        let mut written: Option<FxHashSet<String>> = None;
        let world = lemmas.world()?;
        let mut known = Known::new(lemmas, world);
        for index in 0..self.statements.len() {
            let discovered;
            (discovered, known) = self.discover(known, index, rayon::current_num_threads() > 1);
            let mut proof = None;
            if let Some(theorem) = &discovered.theorem {
                let mut items = Vec::new();
                let written = written.get_or_insert_with(|| {
                    items.push(known.lemmas.import_line());
                    FxHashSet::default()
                });
                for needed in known.lemmas.needed(theorem).into_iter().chain([theorem]) {
                    if written.insert(needed.name.clone()) {
                        items.push(needed.item());
                    }
                }
                known.add(theorem.clone())?;
                proof = Some(items.join("\n"));
            }
            found(self.report(index, &discovered, proof));
        }
        Ok(())
    }

    /// One goal, from the lemmas known when it begins; the lemmas that its proof needs are known afterwards.
    pub(super) fn alone(&self, known: &Mutex<Known>, index: usize) -> GoalReport {
        // Whoever panicked while holding it left it whole, or without the last lemma.
        let locked = || known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = locked().clone();
        let beside = rayon::current_num_threads() > self.statements.len();
        let (discovered, after) = self.discover(before, index, beside);
        let proof = discovered.theorem.as_ref().map(|theorem| after.lemmas.file(theorem));
        if discovered.theorem.is_some() {
            locked().learn(&discovered.lemmas, after);
        }
        self.report(index, &discovered, proof)
    }

    /// Each goal from the theory and the lemmas found for goals that have ended, several at a time; `found` is called
    /// in the order of the goals, for each as soon as those before it have ended. With one thread that is the order in
    /// which they are tried, and all repeats exactly; with several, when goals end decides which lemmas others have.
    pub fn each_alone(&self, lemmas: &Lemmas, world: &World, found: &mut dyn FnMut(GoalReport)) {
        let known = Mutex::new(Known::new(lemmas.clone(), world.clone()));
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // The sender ends with this thread, which ends the loop below.
                let sender = sender;
                (0..self.statements.len()).into_par_iter().for_each_with(sender, |sender, index| {
                    // The receiver outlives this thread.
                    let _ = sender.send(self.alone(&known, index));
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
