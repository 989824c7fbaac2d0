//! The loop: draw questions, attempt them, see which graphs are consistent, train.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::answer::attempt::{Effort, QuestionAttempt, attempt};
use crate::answer::consistency::Consistency;
use crate::answer::data::{Curriculum, DataError, Pair, Selection, Set, Split, Test, Train};
use crate::answer::examples::{best, examples};
use crate::answer::trained::TrainedOn;
use crate::answer::{marked, showing};
use crate::graph::{Question, language::operators};
use crate::learn::{Example, TrainReport, Trainer};
use crate::network::device::Selector;
use crate::network::network::{NetworkError, Statistics};
use crate::network::tokenizer::{Tokenizer, TokenizerError};
use crate::network::{Evaluator, Network, Task};
use crate::selfplay::Watcher;
use crate::selfplay::learner::{Learner, LearningSettings, generator, scale};

/// Tokens of the tokenizer's vocabulary.
const VOCABULARY: usize = 1024;
/// Questions that the tokenizer learns from, at most.
const TOKENIZER_QUESTIONS: usize = 3_000;
/// The step size at the end of a run, as a share of that at its start.
const LAST_RATE: f64 = 0.05;

/// What a run is set to; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct QuestionSettings {
    pub math: PathBuf,
    pub modules: Vec<String>,
    pub iterations: u32,
    pub questions: usize,
    pub effort: Effort,
    pub hindsight: f64,
    pub learning: LearningSettings,
    pub seed: u64,
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum QuestionSelfplayError {
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The tokenizer could not be made.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The network could not be made.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What a run must remember from one iteration to the next, apart from the network and the examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionMemory {
    /// Which shapes answer which kinds of questions.
    pub consistency: Consistency,
    /// How often the questions of each module were answered.
    pub curriculum: Curriculum,
    /// The questions drawn of each module.
    pub drawn: BTreeMap<String, usize>,
    /// Whether there was an iteration: the network knows something.
    pub is_trained: bool,
}

/// The figures of one iteration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuestionIteration {
    /// What training reported.
    pub training: TrainReport,
    /// Questions attempted.
    pub attempted: usize,
    /// Those for which some graph gave the answer.
    pub solved: usize,
    /// Those that the network was asked without the answer, and those of them that it answered.
    pub asked: usize,
    /// See [`asked`](Self::asked).
    pub answered: usize,
    /// Sum over the solved questions of the rate of the graph that is learned.
    pub rates: f64,
    /// By module, questions asked and answered.
    pub modules: BTreeMap<String, (usize, usize)>,
    /// What was learned from.
    pub examples: Vec<Example>,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds that the attempts took together, on the clock of the wall.
    pub attempt_seconds: f64,
    /// What the network was asked in this iteration.
    pub network: Statistics,
}

/// The state of a run.
pub struct QuestionSelfplay {
    settings: QuestionSettings,
    /// The questions of each module.
    questions: BTreeMap<String, Vec<Pair>>,
    memory: QuestionMemory,
    trained_on: TrainedOn,
    learner: Learner,
}

impl QuestionSelfplay {
    /// Loads the training splits of the data, without the questions that a test split has too, and makes an untrained
    /// network.
    ///
    /// # Errors
    ///
    /// [`QuestionSelfplayError`] when the data cannot be read or has no such modules.
    pub fn new(settings: QuestionSettings) -> Result<Self, QuestionSelfplayError> {
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        let questions = questions(&settings, &mut rng)?;
        let texts = corpus(&questions, &mut rng);
        let tokenizer = Tokenizer::train(texts.iter().map(String::as_str), VOCABULARY)?;
        let mut network = Network::untrained(settings.learning.model, tokenizer, &mut rng)?;
        network.set_task(Some(Task::Questions));
        let learner = Learner::new(network, settings.learning.clone());
        let curriculum = Curriculum::new(questions.keys().map(String::as_str));
        let memory =
            QuestionMemory { consistency: Consistency::new(), curriculum, drawn: BTreeMap::new(), is_trained: false };
        let trained_on = TrainedOn::default();
        Ok(Self { settings, questions, memory, trained_on, learner })
    }

    /// Goes on from what an earlier process left: its memory, its network, the questions it was trained on and its last
    /// iterations' examples, oldest first.
    pub fn resume(
        &mut self,
        memory: QuestionMemory,
        trainer: Trainer,
        trained_on: TrainedOn,
        replay: Vec<Vec<Example>>,
    ) {
        self.memory = memory;
        self.trained_on = trained_on;
        self.learner.resume(trainer, replay);
    }

    /// Evaluates and trains on a device; see [`Network::set_device`].
    pub fn set_device(&mut self, device: Selector) {
        self.learner.set_device(device);
    }

    /// What is remembered.
    pub fn memory(&self) -> &QuestionMemory {
        &self.memory
    }

    /// The questions that were trained on.
    pub fn trained_on(&self) -> &TrainedOn {
        &self.trained_on
    }

    /// The network and its optimiser.
    pub fn trainer(&self) -> &Trainer {
        &self.learner.trainer
    }

    /// The number of modules, and of questions.
    pub fn size(&self) -> (usize, usize) {
        (self.questions.len(), self.questions.values().map(Vec::len).sum())
    }

    /// Carries out iteration number `iteration`, from 1.
    pub fn iterate(&mut self, iteration: u32, watcher: &dyn Watcher) -> QuestionIteration {
        let mut result = QuestionIteration::default();
        let before = self.learner.trainer.network.statistics();
        let drawn = self.draw(iteration);
        let start = std::time::Instant::now();
        let attempts = self.attempt_all(iteration, &drawn, watcher);
        result.attempt_seconds = start.elapsed().as_secs_f64();
        self.digest(iteration, &drawn, &attempts, &mut result);
        self.learn(iteration, watcher, &mut result);
        self.memory.is_trained = true;
        result.network = self.learner.trainer.network.statistics().since(&before);
        result
    }

    /// The questions of an iteration: modules by the curriculum; of each module every question once before any comes
    /// again.
    fn draw(&mut self, iteration: u32) -> Vec<(String, Pair)> {
        let mut rng = generator(self.settings.seed, iteration, 1);
        let mut orders: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
        let mut drawn = Vec::with_capacity(self.settings.questions);
        while drawn.len() < self.settings.questions {
            let Some(module) = self.memory.curriculum.sample(&mut rng).map(str::to_owned) else { break };
            let Some(pairs) = self.questions.get(&module) else { break };
            let next = self.memory.drawn.entry(module.clone()).or_default();
            let (round, position) = (*next / pairs.len(), *next % pairs.len());
            *next += 1;
            let seed = self.settings.seed;
            let order =
                orders.entry((module.clone(), round)).or_insert_with(|| order(pairs.len(), seed, &module, round));
            drawn.push((module, pairs[order[position]].clone()));
        }
        drawn
    }

    fn attempt_all(&self, iteration: u32, drawn: &[(String, Pair)], watcher: &dyn Watcher) -> Vec<QuestionAttempt> {
        watcher.begin("answering", drawn.len() as u64);
        let network = self.memory.is_trained.then_some(&self.learner.trainer.network as &dyn Evaluator);
        let (asked, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let attempts = drawn.par_iter().enumerate().map(|(index, (_, pair))| {
            let seed = self.settings.seed ^ (u64::from(iteration) << 40) ^ ((index as u64) << 8);
            let attempt = attempt(pair, network, &self.memory.consistency, self.settings.effort, seed);
            let counts =
                |flag: bool, counter: &AtomicUsize| counter.fetch_add(flag.into(), Relaxed) + usize::from(flag);
            let asked = counts(attempt.answered.is_some(), &asked);
            let answered = counts(attempt.answered == Some(true), &answered);
            let message = if asked > 0 { format!("{answered} of {asked} answered") } else { String::new() };
            watcher.advance(1, message);
            attempt
        });
        let attempts = attempts.collect();
        watcher.end();
        attempts
    }

    /// Counts what was found, and turns it into examples.
    fn digest(
        &mut self,
        iteration: u32,
        drawn: &[(String, Pair)],
        attempts: &[QuestionAttempt],
        result: &mut QuestionIteration,
    ) {
        for ((module, pair), attempt) in drawn.iter().zip(attempts) {
            self.trained_on.insert(&pair.question);
            let right = attempt.right.iter().map(|trace| trace.shape.as_str());
            let wrong = attempt.wrong_shapes.iter().map(String::as_str);
            self.memory.consistency.note(&attempt.kind, attempt.is_exhaustive, right, wrong);
            result.attempted += 1;
            result.solved += usize::from(!attempt.right.is_empty());
            result.nodes += attempt.nodes;
            if let Some(is_right) = attempt.answered {
                self.memory.curriculum.record(module, is_right);
                let (asked, answered) = result.modules.entry(module.clone()).or_default();
                *asked += 1;
                *answered += usize::from(is_right);
            }
        }
        result.asked = result.modules.values().map(|counts| counts.0).sum();
        result.answered = result.modules.values().map(|counts| counts.1).sum();
        // When all are counted, it is known which graphs are consistent.
        let mut rng = generator(self.settings.seed, iteration, 2);
        for attempt in attempts {
            let hindsight = rng.random_bool(self.settings.hindsight.clamp(0.0, 1.0));
            result.rates += best(attempt, &self.memory.consistency).map_or(0.0, |(_, rate)| rate);
            result.examples.extend(examples(attempt, &self.memory.consistency, hindsight));
        }
    }

    /// Trains on the examples of the last iterations.
    fn learn(&mut self, iteration: u32, watcher: &dyn Watcher, result: &mut QuestionIteration) {
        let Self { settings, learner, .. } = self;
        learner.trainer.optimizer.settings.learning_rate = learning_rate(settings, iteration);
        let mut rng = generator(settings.seed, iteration, 3);
        result.training = learner.learn(&result.examples, &[], 0.0, &mut rng, watcher);
    }
}

/// The step size of an iteration: half a period of the cosine, from the one that was set down to a small share of it
/// (Loshchilov and Hutter, *SGDR*, 2017).
fn learning_rate(settings: &QuestionSettings, iteration: u32) -> f64 {
    let passed = f64::from(iteration - 1) / f64::from(settings.iterations.max(iteration));
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * passed).cos());
    settings.learning.learning_rate * scale(settings.learning.model) * (LAST_RATE + (1.0 - LAST_RATE) * cosine)
}

/// The order of a module's questions in a round through them.
fn order(count: usize, seed: u64, module: &str, round: usize) -> Vec<usize> {
    // A stream of its own for each module and round.
    let name = module.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ name);
    rng.set_stream(round as u64);
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut rng);
    order
}

/// The questions of the training splits by module, without those that are in a test split of the same data, too.
fn questions(
    settings: &QuestionSettings,
    rng: &mut ChaCha8Rng,
) -> Result<BTreeMap<String, Vec<Pair>>, QuestionSelfplayError> {
    let folder = &settings.math;
    let selection = Selection { modules: settings.modules.clone(), most: None };
    let mut set = Set::<Train>::load(folder, Train::ALL, &selection, rng)?;
    let tested = match Set::load(folder, &Test::of(folder), &Selection::default(), rng) {
        Err(DataError::Nothing { .. }) => Vec::new(),
        test => test?.into_parts(),
    };
    let tested: FxHashSet<u64> =
        tested.iter().flat_map(|part| &part.pairs).map(|pair| TrainedOn::key(&pair.question)).collect();
    set.retain(|pair| !tested.contains(&TrainedOn::key(&pair.question)));
    let mut questions: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
    for part in set.parts() {
        questions.entry(part.module.clone()).or_default().extend(part.pairs.iter().cloned());
    }
    Ok(questions)
}

/// What the tokenizer learns from: questions as states show them, and the language of actions.
fn corpus(questions: &BTreeMap<String, Vec<Pair>>, rng: &mut impl Rng) -> Vec<String> {
    let mut all: Vec<&Pair> = questions.values().flatten().collect();
    all.shuffle(rng);
    let marked = all.iter().take(TOKENIZER_QUESTIONS).filter_map(|pair| {
        let question = Question::new(&pair.question).ok()?;
        Some(showing(&marked(&question), &pair.answer))
    });
    let mut corpus: Vec<String> = marked.collect();
    for operator in operators::all() {
        for signature in operator.signatures {
            let kinds: Vec<&str> = signature.parameters.iter().map(|kind| kind.name()).collect();
            // As often as a frequent word, so that a name is one token.
            let text =
                format!("\n{}(<{}>, _)\n{}({})", operator.name, signature.result, operator.name, kinds.join(", "));
            corpus.extend(std::iter::repeat_n(text, 20));
        }
    }
    corpus
}
