//! The loop: conjecture, attempt, label, relabel in hindsight, train.

use super::author::ModelAuthor;
use super::difficulty::difficulties;
use super::learner::{Learner, generator};
use super::watcher::Watcher;
use crate::conjecture::{
    Admission, Completer, ConjectureError, ConjectureOptions, ConjectureSampler, FilterOptions, Filters, Refusal,
    Treatments,
};
use crate::learn::{Example, Schedule, TrainReport, Trainer, trainer::Plan};
use crate::network::batcher::{BatchStatistics, Batcher};
use crate::network::device::Selector;
use crate::network::model::{Precision, Sampling, Size};
use crate::network::network::{NetworkError, Statistics};
use crate::network::tokenizer::{Tokenizer, TokenizerError};
use crate::network::{Difficulty, Evaluator, Network, Task};
use crate::prove::attempt::{Budget, Collect, Found, Hindsight, ProofAttempt};
use crate::prove::lemmas::{Lemmas, Statement, Theorem, World, WorldError, corpus};
use crate::prove::prover::Prover;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Tokens of the tokenizer's vocabulary.
const VOCABULARY: usize = 512;
/// Drafts of a conjecture for each one wanted, at most.
const DRAFTS: usize = 30;

/// What a run is set to; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ProofSettings {
    pub theory: String,
    pub goals: String,
    pub iterations: u32,
    pub conjectures: usize,
    pub budget: Budget,
    pub lemmas: bool,
    pub normal_forms: bool,
    pub modulo: Treatments,
    pub model: Size,
    /// How it rounds when it judges and conjectures on the processor.
    pub precision: Precision,
    pub train_steps: usize,
    pub batch_tokens: usize,
    pub eval_wait: std::time::Duration,
    pub learning_rate: f64,
    pub replay: usize,
    pub alpha: f64,
    pub alpha_schedule: Schedule,
    pub temperature: f64,
    pub top_k: usize,
    pub difficulty: [f64; 3],
    pub seed: u64,
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
    /// The tokenizer could not be made.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The network could not be made.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What a run must remember from one iteration to the next, apart from the network and the examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofMemory {
    /// Proved goals, and the theory that they are proved in.
    pub lemmas: Lemmas,
    /// Statements that were proved as conjectures or in hindsight, so that they are not stated again.
    pub known: Vec<String>,
    /// The share of conjectures proved in the iteration before.
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
    /// Goals proved in this iteration.
    pub goals: Vec<Theorem>,
    /// Files to keep: name without extension, and a text that `prover check` accepts.
    pub proofs: Vec<(String, String)>,
    /// What was learned from.
    pub examples: Vec<Example>,
    /// Theorems met on the way that were new.
    pub hindsight: usize,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds that the attempts took together, on the clock of the wall.
    pub attempt_seconds: f64,
    /// Attempts that ended in a fault.
    pub faults: usize,
    /// Drafts of conjectures.
    pub drafts: usize,
    /// Of these, how many were recognised up to equations: as [equal to another, an instance, proved by
    /// saturation](Refusal::MODULO).
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
    learner: Learner,
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
        let corpus = corpus(&settings.theory, &goals)?;
        let tokenizer = Tokenizer::train(corpus.iter().map(String::as_str), VOCABULARY)?;
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        let mut network = Network::untrained(settings.model, tokenizer, &mut rng)?;
        network.set_task(Some(Task::Proofs));
        let learner = Learner::new(network, settings.learning_rate, settings.precision, settings.replay);
        let memory = ProofMemory { lemmas, known: Vec::new(), ratio_before: None };
        Ok(Self { settings, goals, memory, learner })
    }

    /// Goes on from what an earlier process left: its memory, its network and its last iterations' examples, oldest
    /// first. The memory was read from a file: its lemmas are checked, also if no iteration follows that uses them.
    ///
    /// # Errors
    ///
    /// [`ProofSelfplayError::World`] when the lemmas are not theorems of the run's theory.
    pub fn resume(
        &mut self,
        memory: ProofMemory,
        trainer: Trainer,
        replay: Vec<Vec<Example>>,
    ) -> Result<(), ProofSelfplayError> {
        memory.lemmas.verify(&self.settings.theory)?;
        self.memory = memory;
        self.learner.resume(trainer, replay);
        Ok(())
    }

    /// Evaluates and trains on a device; see [`Network::set_device`].
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

    /// The number of goals proved.
    pub fn goals_proved(&self) -> usize {
        self.goals.iter().filter(|goal| self.is_proved(goal)).count()
    }

    fn is_proved(&self, goal: &Statement) -> bool {
        self.memory.lemmas.theorems().iter().any(|theorem| theorem.name == goal.name && theorem.text == goal.text)
    }

    /// Carries out iteration number `iteration`, from 1.
    ///
    /// # Errors
    ///
    /// [`ProofSelfplayError`] when the theory cannot be used; failed attempts are no errors.
    pub fn iterate(&mut self, iteration: u32, watcher: &dyn Watcher) -> Result<ProofIteration, ProofSelfplayError> {
        let lemmas = if self.settings.lemmas { self.memory.lemmas.clone() } else { Lemmas::new(&self.settings.theory) };
        let mut world = lemmas.world()?;
        world.tactics.normal_forms = self.settings.normal_forms;
        let mut result = ProofIteration::default();
        let before = self.learner.trainer.network.statistics();
        let conjectures = self.conjecture(iteration, watcher, &mut result)?;
        let open = self.goals.iter().filter(|goal| !self.is_proved(goal)).cloned();
        let mut statements: Vec<Statement> = open.collect();
        let goals = statements.len();
        statements.extend(conjectures);
        let start = std::time::Instant::now();
        let (attempts, batching) = self.attempt_all(iteration, &world, &lemmas, &statements, watcher);
        result.batching = batching;
        result.attempt_seconds = start.elapsed().as_secs_f64();
        let ratio_before = self.memory.ratio_before;
        self.digest(iteration, (statements, goals), attempts, &mut result)?;
        self.learn(iteration, ratio_before, watcher, &mut result);
        result.network = self.learner.trainer.network.statistics().since(&before);
        Ok(result)
    }

    fn filters(&self) -> FilterOptions {
        FilterOptions { modulo: Some(self.settings.modulo), ..FilterOptions::default() }
    }

    fn conjecture(
        &self,
        iteration: u32,
        watcher: &dyn Watcher,
        result: &mut ProofIteration,
    ) -> Result<Vec<Statement>, ProofSelfplayError> {
        let wanted = self.settings.conjectures;
        if wanted == 0 {
            return Ok(Vec::new());
        }
        watcher.begin("conjecturing", wanted as u64);
        let mut theory = self.memory.lemmas.theory()?;
        let completer = Completer::new(&mut theory, &ConjectureOptions::default())?;
        let mut sampler = ConjectureSampler::new(&mut theory, completer, self.filters());
        for text in self.memory.known.iter().chain(self.goals.iter().map(|goal| &goal.text)) {
            if let Ok(statement) = theory.statement(text) {
                sampler.add_known(&mut theory, statement);
            }
        }
        let rng = generator(self.settings.seed, iteration, 1);
        let network = &self.learner.trainer.network;
        let sampling = Sampling { temperature: self.settings.temperature, top_k: self.settings.top_k };
        let mut author = ModelAuthor::new(network, Difficulty::Hard, sampling, rng);
        let mut statements = Vec::new();
        // One at a time, so that a person sees the rate.
        while statements.len() < wanted && sampler.statistics().tried < wanted * DRAFTS {
            for conjecture in sampler.sample(&mut theory, &mut author, 1, DRAFTS) {
                let mut name = format!("conjecture_{iteration}_{}", statements.len() + 1);
                while theory.environment.find(&name).is_some() || self.goals.iter().any(|goal| goal.name == name) {
                    name.push('_');
                }
                statements.push(Statement { name, text: conjecture.text });
                watcher.advance(1, String::new());
            }
        }
        result.drafts = sampler.statistics().tried;
        result.recognised = Refusal::MODULO.map(|class| sampler.statistics().recognised.get(class));
        let trivial = sampler.trivial().iter().take(wanted);
        result.examples.extend(trivial.map(|conjecture| Example::Conjecture {
            difficulty: Difficulty::Trivial,
            statement: conjecture.text.clone(),
        }));
        watcher.end();
        Ok(statements)
    }

    fn attempt_all(
        &self,
        iteration: u32,
        world: &World,
        lemmas: &Lemmas,
        statements: &[Statement],
        watcher: &dyn Watcher,
    ) -> (Vec<ProofAttempt>, BatchStatistics) {
        watcher.begin("proving", statements.len() as u64);
        let network = &self.learner.trainer.network;
        let (size, wait) = (self.settings.budget.batch, self.settings.eval_wait);
        let batcher = (!wait.is_zero()).then(|| Batcher::new(network, size, wait, rayon::current_num_threads()));
        let evaluator: &dyn Evaluator = match &batcher {
            Some(batcher) => batcher,
            None => network,
        };
        let proved = std::sync::atomic::AtomicUsize::new(0);
        let attempts = statements.par_iter().enumerate().map(|(index, statement)| {
            let seed = self.settings.seed ^ (u64::from(iteration) << 40) ^ ((index as u64) << 8);
            let allowance = self.settings.budget.begin();
            let prover = Prover::new(world, evaluator, seed);
            let (_, attempt) = prover.prove_within(lemmas, statement, allowance, Collect::EXAMPLES);
            use std::sync::atomic::Ordering::Relaxed;
            let proved = match attempt.found {
                Some(_) => proved.fetch_add(1, Relaxed) + 1,
                None => proved.load(Relaxed),
            };
            watcher.advance(1, format!("{proved} proved"));
            attempt
        });
        let attempts = attempts.collect();
        watcher.end();
        (attempts, batcher.map_or(BatchStatistics::default(), |batcher| batcher.statistics()))
    }

    /// Labels what was attempted and met on the way, and turns it into examples, lemmas and files. The first `goals`
    /// statements are goals, the others conjectures.
    fn digest(
        &mut self,
        iteration: u32,
        (statements, goals): (Vec<Statement>, usize),
        attempts: Vec<ProofAttempt>,
        result: &mut ProofIteration,
    ) -> Result<(), ProofSelfplayError> {
        let mut labelled: Vec<(String, Option<f64>)> = Vec::new();
        let mut hindsight: Vec<Hindsight> = Vec::new();
        let mut theorems = Vec::new();
        for (index, (statement, attempt)) in statements.into_iter().zip(attempts).enumerate() {
            result.nodes += attempt.nodes;
            result.faults += usize::from(attempt.fault.is_some());
            result.examples.extend(attempt.examples);
            hindsight.extend(attempt.hindsight);
            let goal = index < goals;
            result.attempted += usize::from(!goal);
            result.proved += usize::from(!goal && attempt.found.is_some());
            let log_prior = attempt.found.as_ref().map(|found| found.log_prior);
            // A goal that is still open is no failed conjecture: nobody stated it.
            if !goal || log_prior.is_some() {
                labelled.push((statement.text.clone(), log_prior));
            }
            if let Some(Found { script, uses, .. }) = attempt.found {
                let theorem = Theorem { name: statement.name, text: statement.text, script, uses };
                theorems.push((goal, theorem));
            }
        }
        let proved = labelled.iter().filter(|(_, log_prior)| log_prior.is_some()).map(|(text, _)| text);
        let new = self.relabel(proved, hindsight)?;
        result.hindsight = new.len();
        labelled.extend(new.into_iter().map(|found| (found.text, Some(found.log_prior))));
        let log_priors: Vec<Option<f64>> = labelled.iter().map(|(_, log_prior)| *log_prior).collect();
        let labels = difficulties(&log_priors, self.settings.difficulty);
        for ((statement, log_prior), difficulty) in labelled.into_iter().zip(labels) {
            if log_prior.is_some() {
                self.memory.known.push(statement.clone());
            }
            result.examples.push(Example::Conjecture { difficulty, statement });
        }
        for (goal, theorem) in theorems {
            let lemmas = &self.memory.lemmas;
            result.proofs.push((lemmas.file_name(&theorem), lemmas.file(&theorem)));
            if goal {
                self.memory.lemmas.push(theorem.clone());
                result.goals.push(theorem);
            }
        }
        let ratio = (result.attempted > 0).then(|| result.proved as f64 / result.attempted as f64);
        self.memory.ratio_before = ratio.or(self.memory.ratio_before);
        tracing::debug!("iteration {iteration}: {} examples", result.examples.len());
        Ok(())
    }

    /// The theorems met on the way that are new and worth stating; `proved` are the statements proved as such in the
    /// same iteration.
    fn relabel<'a>(
        &'a self,
        proved: impl Iterator<Item = &'a String>,
        hindsight: Vec<Hindsight>,
    ) -> Result<Vec<Hindsight>, ProofSelfplayError> {
        let mut theory = self.memory.lemmas.theory()?;
        let mut filters = Filters::new(&mut theory, self.filters());
        for text in self.memory.known.iter().chain(proved) {
            if let Ok(statement) = theory.statement(text) {
                filters.add_known(&mut theory, statement);
            }
        }
        let mut new = Vec::new();
        for found in hindsight {
            if let Ok(statement) = theory.statement(&found.text)
                && let Ok(Admission::Attempt(_)) = filters.admit(&mut theory, statement)
            {
                new.push(found);
            }
        }
        Ok(new)
    }

    /// Trains on the examples of the last iterations; `ratio_before` is the share of conjectures proved in the
    /// iteration before this one.
    fn learn(&mut self, iteration: u32, ratio_before: Option<f64>, watcher: &dyn Watcher, result: &mut ProofIteration) {
        let Self { settings, learner, goals, .. } = self;
        let last = settings.iterations.max(iteration) as usize;
        result.alpha = settings.alpha_schedule.alpha(settings.alpha, iteration as usize, last, ratio_before);
        let texts: Vec<String> = goals.iter().map(|goal| goal.text.clone()).collect();
        let plan = Plan { alpha: result.alpha, steps: settings.train_steps, batch_tokens: settings.batch_tokens };
        let mut rng = generator(settings.seed, iteration, 2);
        result.training = learner.learn(&result.examples, &texts, &plan, &mut rng, watcher);
    }
}

#[cfg(test)]
mod tests;
