//! The loop for proofs: draft, test in models, attempt, keep as lemmas, learn.
//!
//! - [`drafts`]: conjectures worth an attempt.
//! - [`held_out`]: statements that are never trained on.
//! - [`attempts`]: by what means a statement is attempted.
//!
//! What an iteration does, in order: the open goals are attempted; their stuck subgoals, the theorems and the goals seed
//! variants, which are drafted with statements of the grammar and the network; survivors are attempted, small ones
//! first, a wave at a time, each wave with what those before it proved; theorems met on the way are attempted as
//! statements, so that they have proofs of their own; and the goals again, as long as some fall.

pub mod attempts;
pub mod drafts;
pub mod held_out;

use self::attempts::{Attempted, Effort, attempt};
use self::drafts::{Candidate, Drafts, Fate, Fates, Seed, Shares, Sources, count};
use self::held_out::{HeldOut, TestFigures};
use super::author::ModelAuthor;
use super::learner::{Learner, LearningSettings, generator};
use super::watcher::Watcher;
use crate::conjecture::{ConjectureError, FilterOptions, Treatments};
use crate::evaluation::{DrawError, UntrainedError, untrained};
use crate::learn::{Example, Schedule, TrainReport, Trainer};
use crate::network::batcher::{BatchStatistics, Batcher};
use crate::network::device::Selector;
use crate::network::model::Sampling;
use crate::network::network::Statistics;
use crate::network::{Difficulty, Evaluator};
use crate::prove::attempt::Hindsight;
use crate::prove::lemmas::{Lemmas, Statement, Theorem, WorldError};
use crate::prove::library::{Library, Offer, Source, theorems_of};
use crate::prove::models::Tester;
use crate::theory::FrozenTheory;
use crate::theory::print::{Names, print};
use prover_logic::{DeclarationKind, Sort, Term};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Statements of a wave for each thread, so that what a wave proved helps the next.
const WAVE: usize = 16;
/// An open conjecture is attempted so often, in one iteration each, as the library grows.
const TRIES: u32 = 4;
/// A proof that took no more nodes is trivial; one within this part of its budget is easy.
const TRIVIAL_NODES: u64 = 3;
const EASY: u64 = 8;
/// Rounds over open conjectures, and over the goals, in one iteration.
const RETRIES: usize = 2;
const ROUNDS: usize = 4;
/// Stuck subgoals that are remembered as seeds, and theorems that are seeds.
const STUCK: usize = 200;
const SEEDS: usize = 200;
/// The weights of the seeds of variants, all of a kind together.
const GOAL_SEEDS: f64 = 0.3;
const STUCK_SEEDS: f64 = 0.3;
const THEOREM_SEEDS: f64 = 0.25;
const AXIOM_SEEDS: f64 = 0.15;

/// What a run is set to; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ProofSettings {
    pub theory: String,
    pub goals: String,
    pub iterations: u32,
    pub conjectures: usize,
    pub effort: Effort,
    pub lemmas: bool,
    /// Files of theorems that are lemmas from the beginning.
    pub library: Vec<PathBuf>,
    /// Lemmas that an attempt is offered.
    pub offered: usize,
    /// Whether conjectures are tested in models.
    pub tests: bool,
    /// Whether theorems met on the way are learned from and kept.
    pub hindsight: bool,
    pub sources: Shares,
    /// Drafts for each conjecture that is attempted, of which the network picks.
    pub ranked: usize,
    pub modulo: Treatments,
    pub learning: LearningSettings,
    pub eval_wait: std::time::Duration,
    pub held_out: Option<String>,
    /// Whether a network that is worse on the validation set does not replace the old one.
    pub gate: bool,
    pub alpha: f64,
    pub alpha_schedule: Schedule,
    pub temperature: f64,
    pub top_k: usize,
    pub seed: u64,
}

impl ProofSettings {
    /// Lemmas that an attempt is offered.
    fn offered(&self) -> usize {
        if self.lemmas { self.offered } else { 0 }
    }
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ProofSelfplayError {
    /// The theory, the goals or a lemma.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The theory has nothing to state.
    #[error("no conjectures can be made: {0}")]
    Conjecture(#[from] ConjectureError),
    /// A library cannot be read.
    #[error("cannot read the library {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Statements for the test cannot be drawn.
    #[error("held_out: {0}")]
    Draw(#[from] DrawError),
    /// The untrained network cannot be made.
    #[error(transparent)]
    Untrained(#[from] UntrainedError),
    /// Training went wrong.
    #[error(
        "training diverged: {skipped} of {steps} steps had a loss or gradient that is not finite; go on from an earlier \
         checkpoint with a smaller learning_rate"
    )]
    Diverged {
        /// Steps that were left out.
        skipped: usize,
        /// Steps of the round.
        steps: usize,
    },
}

/// What a run must remember from one iteration to the next, apart from the network and the examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofMemory {
    /// Proved statements that later proofs may use, and the theory that they are proved in.
    #[serde(alias = "lemmas")]
    pub library: Library,
    /// Statements that were proved, so that they are not stated again.
    pub known: Vec<String>,
    /// Conjectures that are open and will be attempted again.
    #[serde(default)]
    pub open: Vec<Candidate>,
    /// Subgoals in which proofs were stuck last.
    #[serde(default)]
    pub stuck: Vec<String>,
    /// Statements proved of those attempted in the iteration before.
    pub ratio_before: Option<f64>,
}

/// The figures of one iteration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProofIteration {
    /// What training reported.
    pub training: TrainReport,
    /// Weight of the progress loss.
    pub alpha: f64,
    /// Conjectures attempted.
    pub attempted: usize,
    /// Conjectures proved.
    pub proved: usize,
    /// Of the conjectures attempted, those with two variables or more.
    pub with_variables: usize,
    /// Goals proved in this iteration.
    pub goals: Vec<Theorem>,
    /// Theorems that became lemmas in this iteration, goals included.
    pub lemmas: Vec<(Theorem, Source)>,
    /// Files to keep: name without extension, and a text that `prover check` accepts.
    pub proofs: Vec<(String, String)>,
    /// What was learned from.
    pub examples: Vec<Example>,
    /// Theorems met on the way that were new.
    pub hindsight: usize,
    /// Nodes expanded.
    pub nodes: u64,
    /// Wall-clock seconds of drafting and testing.
    pub draft_seconds: f64,
    /// Wall-clock seconds of the attempts together.
    pub attempt_seconds: f64,
    /// Attempts that ended in a fault.
    pub faults: usize,
    /// What became of the drafts.
    pub fates: Fates,
    /// The test on statements that were held out, if there are any.
    pub test: Option<TestFigures>,
    /// Whether the network was worse on the validation set than the one before it, which was kept.
    pub is_refused: bool,
    /// Of the drafts, how many were recognised up to equations: as [equal to another, an instance, proved by
    /// saturation](crate::conjecture::Refusal::MODULO).
    pub recognised: [usize; 3],
    /// What the network was asked in this iteration.
    pub network: Statistics,
    /// The batches that attempts shared.
    pub batching: BatchStatistics,
}

/// The state of a run.
pub struct ProofSelfplay {
    settings: ProofSettings,
    goals: Vec<Statement>,
    memory: ProofMemory,
    /// The library, laid out.
    offer: Offer,
    tester: Option<Tester>,
    /// Axioms that variants are made of.
    axioms: Vec<String>,
    learner: Learner,
    held_out: Option<HeldOut>,
    /// Whether the network was trained.
    is_trained: bool,
    /// What an iteration that was broken off had proved.
    recovered: Vec<(Theorem, Source)>,
}

impl ProofSelfplay {
    /// Loads theory and goals and makes an untrained network.
    ///
    /// # Errors
    ///
    /// [`ProofSelfplayError`] when theory or goals are wrong.
    pub fn new(settings: ProofSettings) -> Result<Self, ProofSelfplayError> {
        let lemmas = Lemmas::new(&settings.theory);
        let goals = lemmas.goals(&settings.goals)?;
        let network = untrained(&settings.theory, &goals, settings.learning.model, settings.seed)?;
        let learner = Learner::new(network, settings.learning.clone());
        let mut library = Library::new(&settings.theory);
        let mut offer = Offer::new(&library, settings.offered())?;
        for path in &settings.library {
            let file = path.display().to_string();
            let text = crate::input::read_text(path, crate::input::TEXT)
                .map_err(|source| ProofSelfplayError::Unreadable { path: path.clone(), source })?;
            for theorem in theorems_of(&settings.theory, &file, &text)? {
                offer.add(&theorem)?;
                library.push(theorem, Source::File, 0);
            }
        }
        let tester = if settings.tests { drafts::tester(&settings.theory)? } else { None };
        let axioms = axioms(&offer.world().theory);
        let network = &learner.trainer.network;
        let held_out = settings
            .held_out
            .as_ref()
            .map(|given| HeldOut::new(&settings.theory, given, &goals, network, settings.seed))
            .transpose()?;
        let memory = ProofMemory { library, known: vec![], open: vec![], stuck: vec![], ratio_before: None };
        Ok(Self {
            settings,
            goals,
            memory,
            offer,
            tester,
            axioms,
            learner,
            held_out,
            is_trained: false,
            recovered: Vec::new(),
        })
    }

    /// Goes on from what an earlier process left: its memory, its network and the examples of its iterations, oldest
    /// first. The memory was read from a file: its lemmas are checked, also if no iteration follows that uses them.
    ///
    /// # Errors
    ///
    /// [`ProofSelfplayError::World`] when the lemmas are not theorems of the run's theory.
    pub fn resume(
        &mut self,
        memory: ProofMemory,
        trainer: Trainer,
        examples: Vec<Vec<Example>>,
    ) -> Result<(), ProofSelfplayError> {
        memory.library.lemmas().belong_to(&self.settings.theory)?;
        self.offer = Offer::new(&memory.library, self.settings.offered())?;
        self.memory = memory;
        self.is_trained = !examples.is_empty();
        self.learner.resume(trainer, examples);
        Ok(())
    }

    /// Takes up what an iteration that was broken off had proved: the next iteration checks and keeps it, unless it proves
    /// the same again, as it does with one thread.
    pub fn recover(&mut self, found: Vec<(Theorem, Source)>) {
        self.recovered = found;
    }

    /// Evaluates and trains on a device; see [`Network::set_device`](crate::network::Network::set_device).
    pub fn set_device(&mut self, device: Selector) {
        self.learner.set_device(device);
    }

    /// The goals.
    pub fn goals(&self) -> &[Statement] {
        &self.goals
    }

    /// What is remembered.
    pub fn memory(&self) -> &ProofMemory {
        &self.memory
    }

    /// The network and its optimiser.
    pub fn trainer(&self) -> &Trainer {
        &self.learner.trainer
    }

    /// The number of states in the archive of choices.
    pub fn archived(&self) -> usize {
        self.learner.archived()
    }

    /// The number of goals proved.
    pub fn goals_proved(&self) -> usize {
        self.goals.iter().filter(|goal| self.is_proved(goal)).count()
    }

    fn is_proved(&self, goal: &Statement) -> bool {
        let theorems = self.memory.library.lemmas().theorems();
        theorems.iter().any(|theorem| theorem.name == goal.name && theorem.text == goal.text)
    }

    /// Carries out iteration number `iteration`, from 1.
    ///
    /// # Errors
    ///
    /// [`ProofSelfplayError`] when the theory cannot be used; failed attempts are no errors.
    pub fn iterate(&mut self, iteration: u32, watcher: &dyn Watcher) -> Result<ProofIteration, ProofSelfplayError> {
        let before = self.learner.trainer.network.statistics();
        let mut result = ProofIteration::default();
        let ratio_before = self.memory.ratio_before;
        let filters = FilterOptions { modulo: Some(self.settings.modulo), ..FilterOptions::default() };
        let rng = generator(self.settings.seed, iteration, 1);
        let mut drafts = Drafts::new(&self.offer.world().theory, filters, self.tester.clone(), rng)?;
        self.memory.known.iter().for_each(|text| drafts.add_known(text));
        self.goals.iter().for_each(|goal| drafts.remember(&goal.text));
        self.held_out.iter().flat_map(HeldOut::statements).for_each(|statement| drafts.remember(&statement.text));
        let mut round = UnderWay {
            iteration,
            drafts,
            result: &mut result,
            efforts: vec![],
            hindsight: vec![],
            stuck: vec![],
            watcher,
            waves: 0,
            pursued: 0,
            tried: 0,
            succeeded: 0,
        };
        let goals_first = self.goals_wave();
        self.attempt_all(&mut round, goals_first)?;
        let mut candidates = self.draft(&mut round);
        let wave = WAVE * rayon::current_num_threads();
        while !candidates.is_empty() {
            candidates.sort_by_key(|candidate| candidate.statement.text.len());
            let rest = candidates.split_off(wave.min(candidates.len()));
            let before = round.stuck.len();
            self.attempt_all(&mut round, candidates)?;
            candidates = rest;
            candidates.extend(self.pursue(&mut round, before, wave / 4));
        }
        self.attempt_hindsight(&mut round)?;
        self.retry(&mut round, wave)?;
        for _ in 0..ROUNDS {
            let before = self.goals_proved();
            let goals = self.goals_wave();
            self.attempt_all(&mut round, goals)?;
            if self.goals_proved() == before {
                break;
            }
        }
        self.keep_recovered(&mut round);
        self.digest(round);
        self.learn(iteration, ratio_before, watcher, &mut result)?;
        self.test(watcher, &mut result);
        result.network = self.learner.trainer.network.statistics().since(&before);
        Ok(result)
    }

    /// The goals that are open.
    fn goals_wave(&self) -> Vec<Candidate> {
        let open = self.goals.iter().filter(|goal| !self.is_proved(goal));
        open.map(|goal| Candidate { statement: goal.clone(), source: Source::Goal, tries: 0 }).collect()
    }

    /// Conjectures to attempt: open ones of earlier iterations, and new ones.
    fn draft(&mut self, round: &mut UnderWay<'_>) -> Vec<Candidate> {
        let wanted = self.settings.conjectures;
        if wanted == 0 {
            return Vec::new();
        }
        let start = std::time::Instant::now();
        let Self { settings, memory, learner, is_trained, .. } = self;
        let mut candidates = std::mem::take(&mut memory.open);
        candidates.iter().for_each(|open| round.drafts.remember(&open.statement.text));
        // What is new comes first to be drafted, so that not all is old.
        candidates.sort_by_key(|open| open.tries);
        candidates.truncate(wanted / 2);
        let new = wanted - candidates.len();
        round.watcher.begin("conjecturing", new as u64);
        let network = &learner.trainer.network;
        let sampling = Sampling { temperature: settings.temperature, top_k: settings.top_k };
        let rng = generator(settings.seed, round.iteration, 3);
        let mut author = is_trained.then(|| ModelAuthor::new(network, Difficulty::Hard, sampling, rng));
        let seeds = seeds(&self.goals, memory, &self.axioms);
        let author = author.as_mut().map(|author| author as &mut dyn crate::conjecture::Author);
        let sources = Sources { network: author, seeds: &seeds, shares: settings.sources };
        let ranking = (*is_trained && settings.ranked > 1).then_some((network, settings.ranked));
        let advance = || round.watcher.advance(1, String::new());
        let drawn = round.drafts.draw(new, sources, ranking, &advance);
        let theory = self.offer.world().theory.fork();
        for (number, (text, source)) in drawn.into_iter().enumerate() {
            let mut name = format!("conjecture_{}_{}", round.iteration, number + 1);
            while theory.environment.find(&name).is_some() || self.goals.iter().any(|goal| goal.name == name) {
                name.push('_');
            }
            candidates.push(Candidate { statement: Statement { name, text }, source, tries: 0 });
        }
        round.watcher.end();
        round.result.draft_seconds = start.elapsed().as_secs_f64();
        candidates
    }

    /// Attempts the smallest open conjectures again, as long as what was proved since helps with one of them.
    fn retry(&mut self, round: &mut UnderWay<'_>, most: usize) -> Result<(), ProofSelfplayError> {
        for _ in 0..RETRIES {
            let mut again = std::mem::take(&mut self.memory.open);
            again.sort_by_key(|open| open.statement.text.len());
            let rest = again.split_off(most.min(again.len()));
            let (before, count) = (round.succeeded, again.len());
            // It is one attempt with what the iteration has proved.
            again.iter_mut().for_each(|open| open.tries = open.tries.saturating_sub(1).max(1));
            self.attempt_all(round, again)?;
            self.memory.open.extend(rest);
            if count == 0 || round.succeeded == before {
                break;
            }
        }
        Ok(())
    }

    /// The smallest subgoals in which a wave was stuck, as conjectures: `round.stuck` from a place on.
    fn pursue(&self, round: &mut UnderWay<'_>, before: usize, most: usize) -> Vec<Candidate> {
        let mut stuck = round.stuck[before..].to_vec();
        stuck.sort_by_key(String::len);
        let mut candidates = Vec::new();
        for text in stuck {
            if candidates.len() >= most || round.pursued >= self.settings.conjectures / 2 {
                break;
            }
            for text in round.drafts.take_stuck(&text) {
                round.pursued += 1;
                let name = format!("stuck_{}_{}", round.iteration, round.pursued);
                candidates.push(Candidate { statement: Statement { name, text }, source: Source::Variant, tries: 0 });
            }
        }
        candidates
    }

    /// Attempts statements side by side, and keeps what is proved.
    fn attempt_all(&mut self, round: &mut UnderWay<'_>, candidates: Vec<Candidate>) -> Result<(), ProofSelfplayError> {
        if candidates.is_empty() {
            return Ok(());
        }
        let start = std::time::Instant::now();
        let UnderWay { iteration, watcher, .. } = *round;
        round.waves += 1;
        let are_goals = candidates.iter().all(|candidate| candidate.source == Source::Goal);
        watcher.begin(if are_goals { "goals" } else { "proving" }, candidates.len() as u64);
        let network = &self.learner.trainer.network;
        let (size, wait) = (self.settings.effort.budget.batch, self.settings.eval_wait);
        let batcher = (!wait.is_zero()).then(|| Batcher::new(network, size, wait, rayon::current_num_threads()));
        let evaluator: &dyn Evaluator = match &batcher {
            Some(batcher) => batcher,
            None => network,
        };
        let library = &self.memory.library;
        let proved = std::sync::atomic::AtomicUsize::new(0);
        let seed = self.settings.seed ^ (u64::from(iteration) << 40) ^ (round.waves << 28);
        let attempts = candidates.par_iter().enumerate().map(|(index, candidate)| {
            let seed = seed ^ ((index as u64) << 8);
            let mut effort = self.settings.effort;
            match candidate.source {
                // Goals are few, and what the run is for.
                Source::Goal if effort.guided > 0 => effort.guided = effort.guided.max(effort.budget.nodes),
                Source::Goal => {}
                _ => effort.all_seconds *= CONJECTURE_SECONDS,
            }
            // What was met on the way was found without guidance, and what was tried before was tried with it.
            if candidate.source == Source::Hindsight || candidate.tries > 0 {
                effort.guided = 0;
            }
            let attempted = attempt(candidate, (library, &self.offer), evaluator, effort, seed);
            use std::sync::atomic::Ordering::Relaxed;
            let count = usize::from(attempted.theorem.is_some());
            attempted.lemmas.iter().for_each(|lemma| watcher.proved(lemma, Source::Discovery));
            attempted.theorem.iter().for_each(|theorem| watcher.proved(theorem, candidate.source));
            watcher.advance(1, format!("{} proved", proved.fetch_add(count, Relaxed) + count));
            attempted
        });
        let attempts: Vec<Attempted> = attempts.collect();
        watcher.end();
        if let Some(batcher) = &batcher {
            round.result.batching += batcher.statistics();
        }
        round.result.attempt_seconds += start.elapsed().as_secs_f64();
        for (candidate, attempted) in candidates.into_iter().zip(attempts) {
            self.keep(round, candidate, attempted)?;
        }
        Ok(())
    }

    /// Takes up what an attempt left.
    fn keep(
        &mut self,
        round: &mut UnderWay<'_>,
        mut candidate: Candidate,
        attempted: Attempted,
    ) -> Result<(), ProofSelfplayError> {
        let Attempted { theorem, lemmas, mut attempt } = attempted;
        let result = &mut *round.result;
        result.nodes += attempt.nodes;
        result.faults += usize::from(attempt.fault.is_some());
        if theorem.is_none() {
            // What survives its tests may well be true: that it was not proved says nothing of its states.
            attempt.examples.retain(|example| !matches!(example, Example::Value { solved: false, .. }));
        }
        result.examples.append(&mut attempt.examples);
        round.hindsight.append(&mut attempt.hindsight);
        let is_conjecture = !matches!(candidate.source, Source::Goal | Source::Hindsight);
        if candidate.source != Source::Hindsight {
            round.tried += usize::from(candidate.tries == 0);
            round.succeeded += usize::from(theorem.is_some());
        }
        if is_conjecture && candidate.tries == 0 {
            result.attempted += 1;
            result.with_variables += usize::from(candidate.statement.text.contains("'a1 :"));
            result.proved += usize::from(theorem.is_some());
        }
        let Some(theorem) = theorem else {
            if candidate.source == Source::Goal || candidate.tries == 0 {
                round.stuck.append(&mut attempt.stuck);
            }
            if is_conjecture {
                if candidate.tries == 0 {
                    count(&mut round.drafts.fates, candidate.source, Fate::Open);
                }
                candidate.tries += 1;
                if candidate.tries < TRIES {
                    self.memory.open.push(candidate);
                }
            }
            return Ok(());
        };
        for lemma in lemmas {
            // The proof names it, so that it stays, whether it says much or not.
            self.offer.add(&lemma)?;
            self.add(round, lemma, Source::Discovery);
        }
        round.efforts.push(Proved { text: theorem.text.clone(), nodes: attempt.nodes, candidate });
        let candidate = &round.efforts[round.efforts.len() - 1].candidate;
        let (source, is_goal) = (candidate.source, candidate.source == Source::Goal);
        let result = &mut *round.result;
        let lemmas = self.memory.library.lemmas();
        result.proofs.push((lemmas.file_name(&theorem), lemmas.file(&theorem)));
        if is_goal {
            result.goals.push(theorem.clone());
        }
        let is_new = self.offer.add(&theorem)?;
        if is_goal || is_new {
            self.add(round, theorem, source);
        } else {
            self.memory.library.credit(&theorem.uses);
            self.memory.known.push(theorem.text);
        }
        Ok(())
    }

    /// Adds a theorem that was laid out to the library.
    fn add(&mut self, round: &mut UnderWay<'_>, theorem: Theorem, source: Source) {
        round.drafts.add_known(&theorem.text);
        self.memory.known.push(theorem.text.clone());
        round.result.lemmas.push((theorem.clone(), source));
        self.memory.library.push(theorem, source, round.iteration);
    }

    /// Keeps what a broken iteration proved and this one did not.
    fn keep_recovered(&mut self, round: &mut UnderWay<'_>) {
        for (mut theorem, source) in std::mem::take(&mut self.recovered) {
            let library = &self.memory.library;
            let is_known = |name: &String| library.lemmas().theorems().iter().any(|lemma| lemma.name == *name);
            // What rests on a lemma that has another name now is found again, or not.
            if self.memory.known.contains(&theorem.text) || !theorem.uses.iter().all(is_known) {
                continue;
            }
            if source != Source::Goal {
                theorem.name = format!("recovered_{}_{}", round.iteration, library.lemmas().theorems().len() + 1);
            }
            match self.offer.add(&theorem) {
                Ok(_) => {
                    let lemmas = self.memory.library.lemmas();
                    round.result.proofs.push((lemmas.file_name(&theorem), lemmas.file(&theorem)));
                    if source == Source::Goal {
                        round.result.goals.push(theorem.clone());
                    }
                    self.add(round, theorem, source);
                }
                Err(error) => tracing::warn!("a proof of the journal is refused: {error}"),
            }
        }
    }

    /// Theorems that were met on the way get proofs of their own, small ones first.
    fn attempt_hindsight(&mut self, round: &mut UnderWay<'_>) -> Result<(), ProofSelfplayError> {
        let mut met = std::mem::take(&mut round.hindsight);
        if !self.settings.hindsight {
            return Ok(());
        }
        met.sort_by(|a, b| (a.text.len(), &a.text).cmp(&(b.text.len(), &b.text)));
        met.dedup_by(|a, b| a.text == b.text);
        let mut candidates = Vec::new();
        for Hindsight { text, .. } in met {
            if candidates.len() >= HINDSIGHT {
                break;
            }
            if let Some(text) = round.drafts.take(&text, Source::Hindsight) {
                let name = format!("met_{}_{}", round.iteration, candidates.len() + 1);
                candidates.push(Candidate { statement: Statement { name, text }, source: Source::Hindsight, tries: 0 });
            }
        }
        round.result.hindsight = candidates.len();
        self.attempt_all(round, candidates)
    }

    /// Labels what was drafted and proved.
    fn digest(&mut self, round: UnderWay<'_>) {
        let UnderWay { iteration, mut drafts, result, efforts, stuck, tried, succeeded, .. } = round;
        let mut nodes: Vec<u64> = efforts.iter().map(|proved| proved.nodes).collect();
        nodes.sort_unstable();
        let median = nodes.get(nodes.len() / 2).copied().unwrap_or(0);
        let easy = (self.settings.effort.budget.nodes / EASY).min(median);
        let mut fates = std::mem::take(&mut drafts.fates);
        for Proved { text, nodes, candidate } in efforts {
            let difficulty = match nodes {
                _ if nodes <= TRIVIAL_NODES => Difficulty::Trivial,
                _ if nodes <= easy => Difficulty::Easy,
                _ => Difficulty::Hard,
            };
            if !matches!(candidate.source, Source::Goal | Source::Hindsight) && candidate.tries == 0 {
                let fate = if difficulty == Difficulty::Hard { Fate::Hard } else { Fate::Easy };
                count(&mut fates, candidate.source, fate);
            }
            result.examples.push(Example::Conjecture { difficulty, statement: text });
        }
        result.fates = fates;
        result.recognised = drafts.recognised;
        let most = self.settings.conjectures / 2;
        result.examples.extend(drafts::lessons(&drafts, most));
        let refuted = drafts.refuted.iter().take(most);
        result.examples.extend(refuted.map(|text| Example::Value { state: format!("{{  }} {text}"), solved: false }));
        // The newest come first, and those of the goals before those of conjectures.
        let mut seen = FxHashSet::default();
        let all = stuck.into_iter().chain(std::mem::take(&mut self.memory.stuck));
        self.memory.stuck = all.filter(|text| seen.insert(text.clone())).take(STUCK).collect();
        let ratio = (tried > 0).then(|| succeeded as f64 / tried as f64);
        self.memory.ratio_before = ratio.or(self.memory.ratio_before);
        tracing::debug!("iteration {iteration}: {} examples", result.examples.len());
    }

    /// Trains on what was found; `ratio_before` is the share of statements proved in the iteration before this one.
    fn learn(
        &mut self,
        iteration: u32,
        ratio_before: Option<f64>,
        watcher: &dyn Watcher,
        result: &mut ProofIteration,
    ) -> Result<(), ProofSelfplayError> {
        let Self { settings, learner, goals, held_out, memory, offer, .. } = &mut *self;
        let last = settings.iterations.max(iteration) as usize;
        result.alpha = settings.alpha_schedule.alpha(settings.alpha, iteration as usize, last, ratio_before);
        let texts: Vec<String> = goals.iter().map(|goal| goal.text.clone()).collect();
        let mut rng = generator(settings.seed, iteration, 2);
        let gate = held_out.as_ref().filter(|_| settings.gate);
        let with = (&memory.library, &*offer);
        let before = gate.map(|held_out| {
            let network = &learner.trainer.network;
            (held_out.validated(with, network), network.model().parameters().to_vec())
        });
        result.training = learner.learn(&result.examples, &texts, result.alpha, &mut rng, watcher);
        let TrainReport { skipped, steps, .. } = result.training;
        if let (Some(held_out), Some((solved, parameters))) = (gate, before)
            && HeldOut::is_worse(&solved, &held_out.validated(with, &learner.trainer.network))
        {
            result.is_refused = true;
            learner.trainer.network.model_mut().parameters_mut().copy_from_slice(&parameters);
        }
        self.is_trained |= steps > 0;
        if skipped > steps {
            return Err(ProofSelfplayError::Diverged { skipped, steps: skipped + steps });
        }
        Ok(())
    }
}

impl ProofSelfplay {
    /// Measures what the network learned on statements that it was not trained on.
    fn test(&self, watcher: &dyn Watcher, result: &mut ProofIteration) {
        let Some(held_out) = &self.held_out else { return };
        watcher.begin("testing", held_out.attempts() as u64);
        let network = &self.learner.trainer.network;
        let advance = || watcher.advance(1, String::new());
        result.test = Some(held_out.test((&self.memory.library, &self.offer), network, &advance));
        watcher.end();
    }
}

/// Seconds of an attempt at a conjecture by all means, as a part of those at a goal.
const CONJECTURE_SECONDS: f64 = 0.1;
/// Theorems met on the way that get proofs of their own in an iteration, at most.
const HINDSIGHT: usize = 48;

/// A statement proved in an iteration.
struct Proved {
    text: String,
    nodes: u64,
    candidate: Candidate,
}

/// An iteration under way.
struct UnderWay<'a> {
    iteration: u32,
    drafts: Drafts,
    result: &'a mut ProofIteration,
    efforts: Vec<Proved>,
    hindsight: Vec<Hindsight>,
    stuck: Vec<String>,
    watcher: &'a dyn Watcher,
    /// Waves of attempts so far.
    waves: u64,
    /// Stuck subgoals that became conjectures.
    pursued: usize,
    /// Attempts at what may be false, and those that proved it.
    tried: usize,
    succeeded: usize,
}

/// What variants are made of: goals, the newest and the most used theorems, stuck subgoals, axioms.
fn seeds(goals: &[Statement], memory: &ProofMemory, axioms: &[String]) -> Vec<Seed> {
    let theorems = memory.library.lemmas().theorems();
    let mut by_use: Vec<(u32, usize)> = theorems
        .iter()
        .enumerate()
        .map(|(place, theorem)| (memory.library.record(&theorem.name).uses, place))
        .collect();
    by_use.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    by_use.truncate(SEEDS);
    let theorems: Vec<&String> = by_use.into_iter().map(|(_, place)| &theorems[place].text).collect();
    let mut seeds = Vec::new();
    let mut add = |texts: Vec<&String>, weight: f64, is_draft: bool| {
        let weight = weight / texts.len().max(1) as f64;
        seeds.extend(texts.into_iter().map(|text| Seed { text: text.clone(), weight, is_draft }));
    };
    add(goals.iter().map(|goal| &goal.text).collect(), GOAL_SEEDS, false);
    add(memory.stuck.iter().collect(), STUCK_SEEDS, true);
    add(theorems, THEOREM_SEEDS, false);
    add(axioms.iter().collect(), AXIOM_SEEDS, false);
    seeds
}

/// The axioms of a theory that quantify over no functions and predicates.
fn axioms(theory: &FrozenTheory) -> Vec<String> {
    let mut theory = theory.fork();
    let all: Vec<_> = theory.environment.declarations().map(|(_, d)| (d.kind, d.ty)).collect();
    let mut axioms = Vec::new();
    for (kind, ty) in all {
        if kind != DeclarationKind::Axiom || theory.environment.sort_of(ty) != Ok(Sort::Prop) {
            continue;
        }
        let mut rest = ty;
        let mut is_first_order = true;
        while let Term::Pi(domain, body) = theory.environment.store.term(rest) {
            let is_arrow = matches!(theory.environment.store.term(domain), Term::Pi(..));
            let closed = theory.environment.store.loose(domain) == 0;
            is_first_order &= !(is_arrow && closed && theory.environment.sort_of(domain) != Ok(Sort::Prop));
            rest = body;
        }
        if is_first_order {
            axioms.push(print(&mut theory.environment, &Names::new(), ty));
        }
    }
    axioms
}

#[cfg(test)]
mod tests;
