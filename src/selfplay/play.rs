//! The loop of self-play: attempt the problems of a subject, learn from the attempts, measure.
//!
//! A [`Subject`] defines the problems, how they are attempted, and the examples to learn from; [`Play`] does the work
//! common to all subjects: parallel attempts with shared batches, training, the gate, figures.

use super::learner::{Learner, LearningSettings, generator};
use super::metrics::Metrics;
use super::watcher::Watcher;
use super::workforce::{Assignment, Done, Enough, InProcess, Workforce, WorkforceError};
use crate::evaluation::Paired;
use crate::learn::{Example, TrainReport, Trainer};
use crate::network::batcher::BatchStatistics;
use crate::network::device::Selector;
use crate::network::{Evaluator, Network, Task};
use crate::prove::lemmas::{Statement, Theorem};
use crate::prove::library::Source;
use crate::search::export::ExportedNode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
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
    type Problem: Clone + Send + Sync;
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

    /// The settings of the training on the results of an iteration, as far as the memory after it tells them: for a run
    /// that was cut off before that training.
    fn lesson(&self, iteration: u32) -> Lesson;

    /// Notes the problems whose attempts are still being made at the end of an iteration. A run that goes on in another
    /// process attempts them again.
    fn postpone(&mut self, _late: Vec<Self::Problem>) {}

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
    /// The iterations of the run.
    pub iterations: u32,
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
    /// The threads of a training cannot be started.
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
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
    /// How many networks old a result may be when it is learned from.
    staleness: u32,
    /// The training on the results of the previous iteration, where results may be old.
    pending: Option<Training>,
}

impl<S: Subject> Play<S> {
    /// A run that begins, with an untrained network or the one that the settings name.
    pub fn new(subject: S, network: Network, settings: PlaySettings) -> Self {
        let is_trained = settings.learning.network.is_some();
        let learner = Learner::new(network, settings.learning.clone());
        let workforce = Box::new(InProcess);
        Self { subject, settings, learner, workforce, is_trained, staleness: 0, pending: None }
    }

    /// Goes on after an iteration from the state of an earlier process: its memory, its network and the examples that
    /// are still learned from, oldest first.
    ///
    /// # Errors
    ///
    /// The memory is not of this subject.
    pub fn resume(
        &mut self,
        iteration: u32,
        memory: S::Memory,
        trainer: Trainer,
        mut examples: Vec<Vec<Example>>,
    ) -> Result<(), PlayError<S::Error>> {
        self.subject.restore(memory).map_err(PlayError::Subject)?;
        if self.staleness > 0 {
            // The last ones were to be learned from next.
            self.pending =
                examples.pop().map(|examples| Training { iteration, examples, lesson: self.subject.lesson(iteration) });
        }
        self.is_trained |= !examples.is_empty();
        self.learner.resume(trainer, examples);
        Ok(())
    }

    /// Evaluates and trains on a device; see [`Network::set_device`].
    pub fn set_device(&mut self, device: Selector) {
        self.learner.set_device(device);
    }

    /// Has others carry out the attempts than this process. A result may be `staleness` networks old when it is learned
    /// from: with 0 every attempt is awaited before the next wave and before training; above, training goes on beside
    /// the attempts of the next iteration, and above 1 some of them may end in a later iteration than they began.
    pub fn set_workforce(&mut self, workforce: Box<dyn Workforce<S>>, staleness: u32) {
        self.workforce = workforce;
        self.staleness = staleness;
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
        if self.staleness == 0 {
            let Self { subject, settings, learner, workforce, is_trained, .. } = self;
            let (network, threads) = (&learner.trainer.network, workforce.threads());
            let at = Moment { iteration, network, is_trained: *is_trained, threads, watcher };
            let mut attempts = Attempts { subject, settings, workforce: &mut **workforce, staleness: 0, is_last: true };
            let lesson = attempts.carry_out(&at, &mut round, &mut shared)?;
            let training = Training { iteration, examples: std::mem::take(&mut round.examples), lesson };
            self.learn(&training, watcher, &mut round)?;
            round.examples = training.examples;
        } else {
            self.overlapped(iteration, watcher, &mut round, &mut shared)?;
        }
        let Self { subject, learner, workforce, is_trained, .. } = self;
        let (network, threads) = (&learner.trainer.network, workforce.threads());
        subject.test(&Moment { iteration, network, is_trained: *is_trained, threads, watcher }, &mut round);
        let metrics = &mut round.metrics;
        metrics.worked(workforce.figures());
        metrics.seconds = start.elapsed().as_secs_f64();
        metrics.evaluated(network.statistics().since(&before), shared);
        metrics.archive = learner.archived() as u64;
        metrics.examples = round.examples.len() as u64;
        metrics.complete();
        Ok(round)
    }

    /// The attempts of an iteration, while the network is trained on the results of the one before. Attempts may still
    /// be made when it ends, unless it is the last one, which is learned from at once.
    fn overlapped(
        &mut self,
        iteration: u32,
        watcher: &dyn Watcher,
        round: &mut Round<S::Figures>,
        shared: &mut BatchStatistics,
    ) -> Result<(), PlayError<S::Error>> {
        let is_last = iteration >= self.settings.iterations;
        let acting = self.learner.trainer.network.twin();
        let pending = self.pending.take();
        let gate = pending.as_ref().and_then(|_| Gate::new(&self.subject, &self.learner.trainer.network));
        // The attempts hold a thread of this pool while they wait.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build()?;
        let Self { subject, settings, learner, workforce, is_trained, staleness, .. } = self;
        let at = Moment { iteration, network: &acting, is_trained: *is_trained, threads: workforce.threads(), watcher };
        let steps = Steps::default();
        let (report, lesson) = std::thread::scope(|scope| {
            let (seed, steps, pool) = (settings.seed, &steps, &pool);
            let training = pending
                .as_ref()
                .map(|training| scope.spawn(move || pool.install(|| training.carry_out(&mut *learner, seed, steps))));
            let mut attempts =
                Attempts { subject, settings, workforce: &mut **workforce, staleness: *staleness, is_last };
            let lesson = attempts.carry_out(&at, round, shared);
            // A panic is a fault of the program, and is told as such.
            let report = training.map(|training| {
                steps.watch(watcher, || training.is_finished());
                training.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            (report, lesson)
        });
        if let (Some(report), Some(training)) = (report, &pending) {
            self.learned(training, &report, gate, round)?;
        }
        let training = Training { iteration, examples: round.examples.clone(), lesson: lesson? };
        if is_last {
            self.learn(&training, watcher, round)?;
        } else {
            self.pending = Some(training);
        }
        self.subject.postpone(self.workforce.open());
        Ok(())
    }

    /// Trains on the results of an iteration.
    fn learn(
        &mut self,
        training: &Training,
        watcher: &dyn Watcher,
        round: &mut Round<S::Figures>,
    ) -> Result<(), PlayError<S::Error>> {
        let gate = Gate::new(&self.subject, &self.learner.trainer.network);
        let report = training.carry_out(&mut self.learner, self.settings.seed, watcher);
        self.learned(training, &report, gate, round)
    }

    /// Notes that the network was trained, and has the one before back where it is worse.
    fn learned(
        &mut self,
        training: &Training,
        report: &TrainReport,
        gate: Option<Gate>,
        round: &mut Round<S::Figures>,
    ) -> Result<(), PlayError<S::Error>> {
        round.metrics.alpha = training.lesson.alpha;
        round.metrics.trained(report);
        if let Some(Gate { solved, parameters }) = gate
            && let Some(after) = self.subject.validated(&self.learner.trainer.network)
            && is_worse(&solved, &after)
        {
            round.metrics.network_refused = true;
            self.learner.trainer.network.model_mut().parameters_mut().copy_from_slice(&parameters);
        }
        let TrainReport { skipped, steps, .. } = *report;
        self.is_trained |= steps > 0;
        if skipped > steps {
            return Err(PlayError::Diverged { skipped, steps: skipped + steps });
        }
        Ok(())
    }
}

/// The attempts of an iteration.
struct Attempts<'a, S: Subject> {
    subject: &'a mut S,
    settings: &'a PlaySettings,
    workforce: &'a mut dyn Workforce<S>,
    staleness: u32,
    is_last: bool,
}

impl<S: Subject> Attempts<'_, S> {
    fn carry_out(
        &mut self,
        at: &Moment<'_>,
        round: &mut Round<S::Figures>,
        shared: &mut BatchStatistics,
    ) -> Result<Lesson, PlayError<S::Error>> {
        let mut turn = self.subject.begin(at).map_err(PlayError::Subject)?;
        // Where results may be old a wave follows when every worker still has something to do, but no more.
        let enough = if self.staleness == 0 { Enough::ALL } else { Enough { open: at.threads, since: 0 } };
        let (mut waves, mut ages) = (0, Ages::default());
        while let Some(Wave { name, problems }) = self.subject.next(&mut turn, at, round).map_err(PlayError::Subject)? {
            if problems.is_empty() {
                continue;
            }
            let assignment = Assignment { settings: self.settings, at, name, problems, number: waves };
            self.wave(&mut turn, assignment, enough, &mut ages, round, shared)?;
            waves += 1;
        }
        if self.staleness > 0 {
            // Results are learned from in the next iteration, in which they are one network older.
            let since = (at.iteration + 2).saturating_sub(self.staleness);
            let enough = if self.is_last { Enough::ALL } else { Enough { open: usize::MAX, since } };
            let (name, problems) = ("stragglers", Vec::new());
            let assignment = Assignment { settings: self.settings, at, name, problems, number: waves };
            self.wave(&mut turn, assignment, enough, &mut ages, round, shared)?;
        }
        ages.note(&mut round.metrics);
        round.metrics.late = self.workforce.open().len() as u64;
        self.subject.end(turn, at, round).map_err(PlayError::Subject)
    }

    /// Gives out a wave, and keeps the outcomes that come.
    fn wave(
        &mut self,
        turn: &mut S::Turn,
        assignment: Assignment<'_, S::Problem>,
        enough: Enough,
        ages: &mut Ages,
        round: &mut Round<S::Figures>,
        shared: &mut BatchStatistics,
    ) -> Result<(), PlayError<S::Error>> {
        let (start, iteration) = (Instant::now(), assignment.at.iteration);
        let done = self.workforce.attempt(&*self.subject, assignment, enough, shared)?;
        round.metrics.attempt_seconds += start.elapsed().as_secs_f64();
        for Done { problem, outcome, iteration: begun } in done {
            ages.count(if self.staleness == 0 { 0 } else { 1 + iteration.saturating_sub(begun) });
            self.subject.keep(turn, problem, outcome, round).map_err(PlayError::Subject)?;
        }
        Ok(())
    }
}

/// Ages of results: the number of networks that are newer when they are learned from.
#[derive(Default)]
struct Ages {
    count: u64,
    sum: u64,
    most: u32,
}

impl Ages {
    fn count(&mut self, age: u32) {
        self.count += 1;
        self.sum += u64::from(age);
        self.most = self.most.max(age);
    }

    fn note<F>(&self, metrics: &mut Metrics<F>) {
        metrics.staleness = super::metrics::ratio(self.sum, self.count);
        metrics.staleness_max = u64::from(self.most);
    }
}

/// A training that is to be carried out.
struct Training {
    /// The iteration whose results it is on.
    iteration: u32,
    examples: Vec<Example>,
    lesson: Lesson,
}

impl Training {
    fn carry_out(&self, learner: &mut Learner, seed: u64, watcher: &dyn Watcher) -> TrainReport {
        let Lesson { goals, alpha, learning_rate } = &self.lesson;
        if let Some(rate) = learning_rate {
            learner.trainer.optimizer.settings.learning_rate = *rate;
        }
        let mut rng = generator(seed, self.iteration, TRAINING);
        learner.learn(&self.examples, goals, *alpha, &mut rng, watcher)
    }
}

/// Watches a training that goes on while something else is shown, and shows the rest of it later.
#[derive(Default)]
struct Steps {
    total: AtomicU64,
    done: AtomicU64,
    last: Mutex<String>,
}

impl Steps {
    /// Shows the steps that are left until the training is over.
    fn watch(&self, watcher: &dyn Watcher, is_over: impl Fn() -> bool) {
        if is_over() {
            return;
        }
        let mut shown = self.done.load(Relaxed);
        watcher.begin("training", self.total.load(Relaxed).saturating_sub(shown));
        while !is_over() {
            std::thread::sleep(Duration::from_millis(50));
            let done = self.done.load(Relaxed);
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            watcher.advance(done - shown, last);
            shown = done;
        }
        watcher.end();
    }
}

impl Watcher for Steps {
    fn begin(&self, _: &str, total: u64) {
        self.total.store(total, Relaxed);
    }

    fn advance(&self, steps: u64, message: String) {
        self.done.fetch_add(steps, Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = message;
    }

    fn end(&self) {}
}

/// The network before a training, and what it solves of the validation set.
struct Gate {
    solved: Vec<bool>,
    parameters: Vec<f32>,
}

impl Gate {
    /// The gate of a run that has one.
    fn new<S: Subject>(subject: &S, network: &Network) -> Option<Self> {
        let solved = subject.validated(network)?;
        Some(Self { solved, parameters: network.model().parameters().to_vec() })
    }
}

/// Whether a network is worse than the one before it, judged by the problems of the validation set that each solved.
fn is_worse(before: &[bool], after: &[bool]) -> bool {
    let paired = Paired::new(before.iter().copied().zip(after.iter().copied()));
    paired.difference() < 0.0 && paired.p_value() < SIGNIFICANT
}
