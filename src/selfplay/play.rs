//! The loop of self-play: attempt the problems of a subject, learn from the attempts, measure.
//!
//! A [`Subject`] defines the problems, how they are attempted, and the examples to learn from; [`Play`] does the work
//! common to all subjects: parallel attempts with shared batches, training, the gate, figures.

use super::learner::{Learner, LearningSettings, generator};
use super::metrics::Metrics;
use super::watcher::Watcher;
use super::workforce::{Assignment, InProcess, Workforce, WorkforceError};
use crate::evaluation::Paired;
use crate::learn::{Example, TrainReport, Trainer};
use crate::network::batcher::BatchStatistics;
use crate::network::device::Selector;
use crate::network::{Evaluator, Network, Task};
use crate::prove::lemmas::{Statement, Theorem};
use crate::prove::library::Source;
use crate::search::export::ExportedNode;
use std::time::{Duration, Instant};

/// The random numbers of training, among those of an iteration; a subject's own purposes are others.
const TRAINING: u64 = 3;
/// A network is worse on the validation set if it solves less, and so much less could be chance with less than this
/// probability.
const SIGNIFICANT: f64 = 0.05;

/// The subject of a run: theorems of a theory, or the answers to questions.
pub trait Subject: Send + Sync {
    /// The task of a network that has learned the subject.
    const TASK: Task;
    /// A problem to attempt.
    type Problem: Send + Sync;
    /// Outcome of an attempt.
    type Outcome: Send;
    /// The figures specific to the subject.
    type Figures: Default + Send;
    /// The state kept from one iteration to the next, apart from the network and the examples.
    type Memory: serde::Serialize + serde::de::DeserializeOwned;
    /// An iteration under way.
    type Turn;
    /// The error that ends a run.
    type Error: Send;

    /// The state to keep.
    fn memory(&self) -> &Self::Memory;

    /// Goes on from the state that an earlier process kept in a file.
    ///
    /// # Errors
    ///
    /// It is not of this subject.
    fn restore(&mut self, memory: Self::Memory) -> Result<(), Self::Error>;

    /// Begins an iteration.
    ///
    /// # Errors
    ///
    /// The examples learned from cannot be used; so for the following.
    fn begin(&mut self, at: &Moment<'_>) -> Result<Self::Turn, Self::Error>;

    /// The problems that are attempted next, side by side; none when the iteration has no more.
    ///
    /// # Errors
    ///
    /// See [`begin`](Self::begin).
    fn next(
        &mut self,
        turn: &mut Self::Turn,
        at: &Moment<'_>,
        round: &mut Round<Self::Figures>,
    ) -> Result<Option<Wave<Self::Problem>>, Self::Error>;

    /// Attempts a problem; called from several threads at the same time.
    fn attempt(&self, problem: &Self::Problem, evaluator: &dyn Evaluator, seed: u64, at: &Moment<'_>) -> Self::Outcome;

    /// Whether an attempt succeeded; `None` if that says nothing of the network.
    fn succeeded(&self, outcome: &Self::Outcome) -> Option<bool>;

    /// Records the outcome of an attempt.
    ///
    /// # Errors
    ///
    /// See [`begin`](Self::begin).
    fn keep(
        &mut self,
        turn: &mut Self::Turn,
        problem: Self::Problem,
        outcome: Self::Outcome,
        round: &mut Round<Self::Figures>,
    ) -> Result<(), Self::Error>;

    /// Ends the attempts of an iteration: labels the examples to learn from.
    ///
    /// # Errors
    ///
    /// See [`begin`](Self::begin).
    fn end(
        &mut self,
        turn: Self::Turn,
        at: &Moment<'_>,
        round: &mut Round<Self::Figures>,
    ) -> Result<Lesson, Self::Error>;

    /// For each statement of a validation set, whether a network solves it; `None` if a new network replaces the
    /// previous one without a test. A new network that is worse on them does not replace it.
    fn validated(&self, _network: &Network) -> Option<Vec<bool>> {
        None
    }

    /// Measures the network on problems on which it was not trained.
    fn test(&self, _at: &Moment<'_>, _round: &mut Round<Self::Figures>) {}
}

/// The state of a run at an iteration.
pub struct Moment<'a> {
    /// The iteration, from 1.
    pub iteration: u32,
    /// The network.
    pub network: &'a Network,
    /// Whether the network was trained.
    pub is_trained: bool,
    /// The number of attempts made at the same time.
    pub threads: usize,
    /// The watcher of the run.
    pub watcher: &'a dyn Watcher,
}

/// Problems attempted side by side.
pub struct Wave<P> {
    /// Its name in progress reports.
    pub name: &'static str,
    /// The problems.
    pub problems: Vec<P>,
}

/// Settings of the training in an iteration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// Statements whose likelihood as hard conjectures is the progress loss.
    pub goals: Vec<String>,
    /// Weight of the progress loss.
    pub alpha: f64,
    /// The step size, if it is not that of the run.
    pub learning_rate: Option<f64>,
}

/// Results of an iteration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round<F> {
    /// Its figures.
    pub metrics: Metrics<F>,
    /// The theorems that were proved and kept, in the order of their proofs, with their origins.
    pub theorems: Vec<(Theorem, Source)>,
    /// Names (without extension) and texts of the proofs; each text checks by itself.
    pub proofs: Vec<(String, String)>,
    /// The training examples.
    pub examples: Vec<Example>,
    /// Trees of searches that are kept.
    pub trees: Vec<SearchTree>,
}

/// The tree of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchTree {
    /// The statement that it is about.
    pub statement: Statement,
    /// Whether it was proved.
    pub is_proved: bool,
    /// The states, in the order in which they were met.
    pub nodes: Vec<ExportedNode>,
}

/// Settings of a run that are common to all subjects.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaySettings {
    /// The settings of learning.
    pub learning: LearningSettings,
    /// States that are judged together, at most.
    pub batch: usize,
    /// Time for which an attempt waits for others to fill a batch; 0 shares no batches.
    pub wait: Duration,
    /// Seed of all randomness.
    pub seed: u64,
}

/// Errors that end a run early.
#[derive(Debug, thiserror::Error)]
pub enum PlayError<E> {
    /// The subject cannot go on.
    #[error("{0}")]
    Subject(E),
    /// Nobody carries out the attempts.
    #[error(transparent)]
    Workforce(#[from] WorkforceError),
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

/// A run: a subject, and the network that learns it.
pub struct Play<S> {
    subject: S,
    settings: PlaySettings,
    learner: Learner,
    /// The workforce that carries out the attempts.
    workforce: Box<dyn Workforce<S>>,
    /// Whether the network was trained.
    is_trained: bool,
}

impl<S: Subject> Play<S> {
    /// A run that begins, with an untrained network or the one that the settings name.
    pub fn new(subject: S, network: Network, settings: PlaySettings) -> Self {
        let is_trained = settings.learning.network.is_some();
        let learner = Learner::new(network, settings.learning.clone());
        Self { subject, settings, learner, workforce: Box::new(InProcess), is_trained }
    }

    /// Goes on from the state of an earlier process: its memory, its network and the examples that are still learned
    /// from, oldest first.
    ///
    /// # Errors
    ///
    /// The memory is not of this subject.
    pub fn resume(
        &mut self,
        memory: S::Memory,
        trainer: Trainer,
        examples: Vec<Vec<Example>>,
    ) -> Result<(), PlayError<S::Error>> {
        self.subject.restore(memory).map_err(PlayError::Subject)?;
        self.is_trained |= !examples.is_empty();
        self.learner.resume(trainer, examples);
        Ok(())
    }

    /// Evaluates and trains on a device; see [`Network::set_device`].
    pub fn set_device(&mut self, device: Selector) {
        self.learner.set_device(device);
    }

    /// Has others carry out the attempts than this process.
    pub fn set_workforce(&mut self, workforce: Box<dyn Workforce<S>>) {
        self.workforce = workforce;
    }

    /// The settings of the run.
    pub fn settings(&self) -> &PlaySettings {
        &self.settings
    }

    /// The subject.
    pub fn subject(&self) -> &S {
        &self.subject
    }

    /// The subject.
    pub fn subject_mut(&mut self) -> &mut S {
        &mut self.subject
    }

    /// The network and its optimiser.
    pub fn trainer(&self) -> &Trainer {
        &self.learner.trainer
    }

    /// Carries out iteration number `iteration`, from 1.
    ///
    /// # Errors
    ///
    /// The examples learned from cannot be used, or training diverged; failed attempts are not errors.
    pub fn iterate(&mut self, iteration: u32, watcher: &dyn Watcher) -> Result<Round<S::Figures>, PlayError<S::Error>> {
        let start = Instant::now();
        let mut round = Round { metrics: Metrics { iteration, ..Metrics::default() }, ..Round::default() };
        let before = self.learner.trainer.network.statistics();
        let mut shared = BatchStatistics::default();
        let lesson = self.attempts(iteration, watcher, &mut round, &mut shared)?;
        self.learn(&lesson, watcher, &mut round)?;
        let Self { subject, learner, workforce, is_trained, .. } = self;
        let (network, threads) = (&learner.trainer.network, workforce.threads());
        subject.test(&Moment { iteration, network, is_trained: *is_trained, threads, watcher }, &mut round);
        let metrics = &mut round.metrics;
        metrics.evaluated(network.statistics().since(&before), shared);
        metrics.archive = learner.archived() as u64;
        metrics.examples = round.examples.len() as u64;
        metrics.seconds = start.elapsed().as_secs_f64();
        metrics.complete();
        Ok(round)
    }

    /// All attempts of an iteration.
    fn attempts(
        &mut self,
        iteration: u32,
        watcher: &dyn Watcher,
        round: &mut Round<S::Figures>,
        shared: &mut BatchStatistics,
    ) -> Result<Lesson, PlayError<S::Error>> {
        let Self { subject, settings, learner, workforce, is_trained } = self;
        let (network, threads) = (&learner.trainer.network, workforce.threads());
        let at = Moment { iteration, network, is_trained: *is_trained, threads, watcher };
        let mut turn = subject.begin(&at).map_err(PlayError::Subject)?;
        let mut waves = 0;
        while let Some(wave) = subject.next(&mut turn, &at, round).map_err(PlayError::Subject)? {
            if wave.problems.is_empty() {
                continue;
            }
            let start = Instant::now();
            let assignment = Assignment { settings, at: &at, wave: &wave, number: waves };
            let outcomes = workforce.attempt_all(&*subject, &assignment, shared)?;
            waves += 1;
            round.metrics.attempt_seconds += start.elapsed().as_secs_f64();
            for (problem, outcome) in wave.problems.into_iter().zip(outcomes) {
                subject.keep(&mut turn, problem, outcome, round).map_err(PlayError::Subject)?;
            }
        }
        subject.end(turn, &at, round).map_err(PlayError::Subject)
    }

    /// Trains on the results of the iteration.
    fn learn(
        &mut self,
        lesson: &Lesson,
        watcher: &dyn Watcher,
        round: &mut Round<S::Figures>,
    ) -> Result<(), PlayError<S::Error>> {
        let Self { subject, learner, settings, is_trained, .. } = self;
        if let Some(rate) = lesson.learning_rate {
            learner.trainer.optimizer.settings.learning_rate = rate;
        }
        let solved = subject.validated(&learner.trainer.network);
        let before = solved.map(|solved| (solved, learner.trainer.network.model().parameters().to_vec()));
        let mut rng = generator(settings.seed, round.metrics.iteration, TRAINING);
        let report = learner.learn(&round.examples, &lesson.goals, lesson.alpha, &mut rng, watcher);
        round.metrics.alpha = lesson.alpha;
        round.metrics.trained(&report);
        if let Some((solved, parameters)) = before
            && let Some(after) = subject.validated(&learner.trainer.network)
            && is_worse(&solved, &after)
        {
            round.metrics.network_refused = true;
            learner.trainer.network.model_mut().parameters_mut().copy_from_slice(&parameters);
        }
        let TrainReport { skipped, steps, .. } = report;
        *is_trained |= steps > 0;
        if skipped > steps {
            return Err(PlayError::Diverged { skipped, steps: skipped + steps });
        }
        Ok(())
    }
}

/// Whether a network is worse than the one before it, judged by the problems of the validation set that each solved.
fn is_worse(before: &[bool], after: &[bool]) -> bool {
    let paired = Paired::new(before.iter().copied().zip(after.iter().copied()));
    paired.difference() < 0.0 && paired.p_value() < SIGNIFICANT
}
