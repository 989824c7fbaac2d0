//! The attempts of a run, carried out by the workers at a broker.

use super::acceptance::accept;
use super::bundles::{LibraryBundle, TheoryError, TheoryText, network_bundle};
use super::messages::{Answer, Job};
use super::program;
use crate::network::batcher::BatchStatistics;
use crate::network::checkpoint::CheckpointError;
use crate::prove::attempt::ProofAttempt;
use crate::selfplay::proofs::attempts::{Attempted, Attempts};
use crate::selfplay::workforce::{Assignment, Counter, Workforce, WorkforceError};
use crate::selfplay::{Proofs, Subject};
use prover_broker::queue::Answer as Received;
use prover_broker::registry::{self, LearnerInfo};
use prover_broker::{Answers, Blobs, Broker, BrokerError, Digest, Enqueued, Jobs};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Time for which answers are awaited at a time.
const WAIT: Duration = Duration::from_millis(250);
/// Interval between checks that the broker still has its jobs and blobs.
const LOOK: Duration = Duration::from_secs(2);
/// Time after which a learner without a sign of life is considered dead.
const LIFE: Duration = Duration::from_secs(20);
/// Answers to jobs that were not asked yet that are kept, at most.
const EARLY: usize = 20_000;
/// The time without a worker after which this is reported.
const LONELY: Duration = Duration::from_secs(10);
/// Answers of a worker that are of no use until it is left out, and answers to a job until it is done here.
const REFUSED: u32 = 3;

/// Errors of a run with a broker.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The broker cannot be used.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The theory cannot travel.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// The network cannot be packed.
    #[error("the network cannot be packed for the workers: {0}")]
    Network(#[from] CheckpointError),
}

impl From<RemoteError> for WorkforceError {
    fn from(error: RemoteError) -> Self {
        Self(Box::new(error))
    }
}

/// A job that is waited for.
struct Open {
    /// The place of its problem in the wave.
    place: usize,
    job: Vec<u8>,
    refused: u32,
}

/// The workers at a broker, as the workforce of a run of proofs.
pub struct Remote {
    broker: Broker,
    answers: Answers,
    run: String,
    threads: usize,
    /// The folder in which networks are packed.
    folder: PathBuf,
    theory: TheoryText,
    /// The bundles of the library, the last of which is the newest, and the steps in them.
    library: Vec<(Digest, Vec<u8>)>,
    steps: usize,
    /// The network of an iteration.
    network: Option<(u32, Digest, Vec<u8>)>,
    /// The iteration, its jobs and answers so far, which the broker keeps until the next begins: a learner that goes on
    /// after a kill finds them.
    iteration: u32,
    keys: Vec<String>,
    taken: Vec<String>,
    /// Answers to jobs that were not asked yet in this process.
    early: FxHashMap<String, Received>,
    /// Answers of each worker that were of no use.
    refused: FxHashMap<String, u32>,
    looked: Option<Instant>,
    lonely: Option<Instant>,
}

impl Remote {
    /// The workers at a broker for a run, which is named so that no other has the name; as if they had this many
    /// threads together. `folder` is for files of a moment.
    ///
    /// # Errors
    ///
    /// The theory cannot travel, or the broker cannot be used.
    pub fn new(
        mut broker: Broker,
        run: &str,
        theory: &str,
        threads: usize,
        folder: PathBuf,
    ) -> Result<Self, RemoteError> {
        let theory = TheoryText::of(theory)?;
        Jobs::clear_up(&mut broker, &program())?;
        let answers = Answers::new(&program(), run);
        let mut remote = Self {
            broker,
            answers,
            run: run.to_owned(),
            threads,
            folder,
            theory,
            library: Vec::new(),
            steps: 0,
            network: None,
            iteration: 0,
            keys: Vec::new(),
            taken: Vec::new(),
            early: FxHashMap::default(),
            refused: FxHashMap::default(),
            looked: None,
            lonely: None,
        };
        remote.show_life(0)?;
        Ok(remote)
    }

    fn show_life(&mut self, waiting: usize) -> Result<(), BrokerError> {
        let info = LearnerInfo {
            run: self.run.clone(),
            version: program(),
            iteration: self.iteration,
            waiting: waiting as u64,
        };
        registry::learner_lives(&mut self.broker, &info, LIFE)
    }

    /// Sends the library as it is now.
    fn send_library(&mut self, subject: &Proofs) -> Result<Digest, BrokerError> {
        // It was asked to keep one before the run began.
        let Some(history) = subject.history() else {
            unreachable!("a run with a broker keeps the history of its library")
        };
        let mut bundles = Vec::new();
        if self.library.is_empty() {
            let settings = subject.settings();
            let offered = settings.offered();
            bundles.push(LibraryBundle::Base { offered, theory: self.theory.clone(), library: history.base.clone() });
        }
        for bundle in bundles {
            let bytes = bundle.encode();
            self.library.push((Blobs::send(&mut self.broker, &bytes)?, bytes));
        }
        let before = self.library[self.library.len() - 1].0.clone();
        if history.changes.len() == self.steps {
            return Ok(before);
        }
        let bytes = LibraryBundle::Steps { before, changes: history.changes[self.steps..].to_vec() }.encode();
        let digest = Blobs::send(&mut self.broker, &bytes)?;
        self.steps = history.changes.len();
        self.library.push((digest.clone(), bytes));
        Ok(digest)
    }

    /// Forgets the jobs and answers of the iteration before.
    fn begin(&mut self, iteration: u32) -> Result<(), BrokerError> {
        if self.iteration != iteration {
            if self.iteration > 0 {
                self.taken.extend(self.early.drain().map(|(_, answer)| answer.id));
                self.answers.forget(&mut self.broker, &self.keys, &self.taken)?;
            }
            self.keys.clear();
            self.taken.clear();
            if let Some((_, digest, _)) = self.network.take() {
                Blobs::forget(&mut self.broker, &[digest])?;
            }
            self.iteration = iteration;
        }
        Ok(())
    }

    /// Checks every few seconds whether the broker still has all its jobs, and sends missing ones again. A broker
    /// without persistence that was restarted has nothing.
    fn look(&mut self, open: &FxHashMap<String, Open>) -> Result<(), BrokerError> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(());
        }
        self.show_life(open.len())?;
        let mut blobs: Vec<(&Digest, &[u8])> =
            self.library.iter().map(|(digest, bytes)| (digest, &bytes[..])).collect();
        blobs.extend(self.network.iter().map(|(_, digest, bytes)| (digest, &bytes[..])));
        let digests: Vec<Digest> = blobs.iter().map(|(digest, _)| (*digest).clone()).collect();
        let kept = Blobs::keep(&mut self.broker, &digests)?;
        let mut lost = 0;
        for ((_, bytes), _) in blobs.iter().zip(kept).filter(|(_, kept)| !kept) {
            Blobs::send(&mut self.broker, bytes)?;
            lost += 1;
        }
        let jobs: Vec<(&str, &[u8])> = open.iter().map(|(key, open)| (key.as_str(), &open.job[..])).collect();
        let states = self.answers.enqueue(&mut self.broker, jobs)?;
        let new = states.iter().filter(|state| **state == Enqueued::New).count();
        if new + lost > 0 {
            tracing::warn!("the broker lost {new} jobs and {lost} blobs; they are there again");
        }
        if new > 0 || states.contains(&Enqueued::Answered) {
            // It may count its answers anew, or an answer was lost with a connection.
            self.answers.read_again();
        }
        self.see_workers()?;
        self.looked = Some(Instant::now());
        Ok(())
    }

    fn see_workers(&mut self) -> Result<(), BrokerError> {
        let workers = registry::workers(&mut self.broker)?;
        let own = program();
        if workers.iter().any(|worker| worker.version == own) {
            self.lonely = None;
            return Ok(());
        }
        let since = *self.lonely.get_or_insert_with(Instant::now);
        if since.elapsed() > LONELY {
            self.lonely = Some(Instant::now() + 5 * LONELY);
            match workers.first() {
                Some(other) => tracing::warn!(
                    "the workers at the broker are of prover {}, this is prover {own}: start workers of the same program",
                    other.version
                ),
                None => tracing::warn!(
                    "no worker is at the broker; start some by: prover worker --broker {}",
                    self.broker.address()
                ),
            }
        }
        Ok(())
    }

    /// Counts an answer that was of no use; whether the job is to be done here.
    fn refuse(&mut self, answer: &Received, reason: &str, open: &mut Open) -> Result<bool, BrokerError> {
        let count = self.refused.entry(answer.worker.clone()).or_default();
        *count += 1;
        tracing::warn!("an answer of the worker {} is not taken: {reason}", answer.worker);
        if *count == REFUSED {
            tracing::warn!("the worker {} is left out from now on", answer.worker);
            registry::leave_out(&mut self.broker, &answer.worker, reason)?;
        }
        open.refused += 1;
        if open.refused >= REFUSED {
            return Ok(true);
        }
        self.answers.refuse(&mut self.broker, answer, &open.job)?;
        Ok(false)
    }

    fn carry_out(
        &mut self,
        subject: &Proofs,
        assignment: &Assignment<'_, <Proofs as Subject>::Problem>,
    ) -> Result<Vec<Attempted>, RemoteError> {
        let Assignment { at, wave, .. } = *assignment;
        self.begin(at.iteration)?;
        let library = self.send_library(subject)?;
        let mut outcomes: Vec<Option<Attempted>> = wave.problems.iter().map(|_| None).collect();
        let (mut open, mut here) = (FxHashMap::default(), Vec::new());
        for (place, candidate) in wave.problems.iter().enumerate() {
            let Some(effort) = subject.effort(candidate) else {
                here.push(place);
                continue;
            };
            let is_guided = effort.guided > 0 || effort.attempts == Attempts::All;
            if is_guided && self.network.is_none() {
                let bytes = network_bundle(at.network, subject.settings().learning.precision, &self.folder)?;
                let digest = Blobs::send(&mut self.broker, &bytes)?;
                self.network = Some((at.iteration, digest, bytes));
            }
            let network = self.network.as_ref().filter(|_| is_guided).map(|(_, digest, _)| digest.clone());
            let (candidate, seed, library) = (candidate.clone(), assignment.seed(place), library.clone());
            let (key, job) = Job { version: program(), candidate, effort, seed, library, network }.encode();
            open.insert(key, Open { place, job, refused: 0 });
        }
        let jobs: Vec<(&str, &[u8])> = open.iter().map(|(key, open)| (key.as_str(), &open.job[..])).collect();
        let mut jobs = jobs;
        jobs.sort_unstable_by_key(|(key, _)| open[*key].place);
        self.answers.enqueue(&mut self.broker, jobs.iter().copied())?;
        self.keys.extend(open.keys().cloned());
        let counter = Counter::default();
        let finish = |outcome: &Attempted| {
            at.watcher.advance(1, counter.message(subject.succeeded(outcome)));
        };
        let attempt = |place: usize| {
            let outcome = subject.attempt(&wave.problems[place], at.network, assignment.seed(place), at);
            finish(&outcome);
            (place, outcome)
        };
        let mut done: Vec<(usize, Attempted)> = here.into_par_iter().map(attempt).collect();
        let (world, known) = (subject.laid_out().world(), subject.memory().library.lemmas());
        loop {
            done.drain(..).for_each(|(place, outcome)| outcomes[place] = Some(outcome));
            if open.is_empty() {
                break;
            }
            let early: Vec<String> = self.early.keys().filter(|key| open.contains_key(*key)).cloned().collect();
            let mut received: Vec<Received> = early.iter().filter_map(|key| self.early.remove(key)).collect();
            if received.is_empty() {
                // Somebody may have asked to stop.
                at.watcher.advance(0, String::new());
                self.look(&open)?;
                received = self.answers.read(&mut self.broker, WAIT)?;
            }
            let mut asked = Vec::new();
            for answer in received {
                match open.remove(&answer.key) {
                    Some(job) => asked.push((answer, job)),
                    None if self.keys.contains(&answer.key) => {}
                    None if self.early.len() < EARLY => {
                        self.early.insert(answer.key.clone(), answer);
                    }
                    None => {}
                }
            }
            let judge = |(answer, open): (Received, Open)| {
                let judged = judge(&answer, &wave.problems[open.place].statement, world, known);
                if let Ok(Ok(outcome)) = &judged {
                    let source = wave.problems[open.place].source;
                    outcome.lemmas.iter().for_each(|lemma| at.watcher.proved(lemma, crate::prove::Source::Discovery));
                    outcome.theorem.iter().for_each(|theorem| at.watcher.proved(theorem, source));
                    finish(outcome);
                }
                (answer, open, judged)
            };
            let judged: Vec<_> = asked.into_par_iter().map(judge).collect();
            for (answer, mut job, judged) in judged {
                match judged {
                    Ok(Ok(outcome)) => {
                        self.taken.push(answer.id);
                        done.push((job.place, outcome));
                    }
                    Ok(Err(fault)) => {
                        self.taken.push(answer.id);
                        tracing::warn!("an attempt is given up: {fault}");
                        let attempt = ProofAttempt { fault: Some(fault), ..ProofAttempt::default() };
                        let outcome = Attempted { theorem: None, lemmas: Vec::new(), attempt };
                        finish(&outcome);
                        done.push((job.place, outcome));
                    }
                    Err(reason) => {
                        if self.refuse(&answer, &reason, &mut job)? {
                            tracing::warn!("an attempt is made here, since no worker can");
                            self.taken.push(answer.id);
                            done.push(attempt(job.place));
                        } else {
                            open.insert(answer.key, job);
                        }
                    }
                }
            }
        }
        // Each was put there when its answer was.
        Ok(outcomes.into_iter().flatten().collect())
    }
}

/// The accepted content of an answer: an outcome, or the reason why there will be none. An error is the reason why the
/// answer is of no use.
fn judge(
    answer: &Received,
    asked: &crate::prove::Statement,
    world: &crate::prove::World,
    known: &crate::prove::Lemmas,
) -> Result<Result<Attempted, String>, String> {
    match Answer::decode(&answer.answer).map_err(|error| error.to_string())? {
        Answer::Attempted(report) => accept(*report, asked, world, known).map(Ok).map_err(|error| error.to_string()),
        Answer::Fatal(reason) => Ok(Err(reason.chars().take(500).collect())),
        Answer::Unable(reason) => Err(reason.chars().take(500).collect()),
    }
}

impl Workforce<Proofs> for Remote {
    fn threads(&self) -> usize {
        self.threads
    }

    fn attempt_all(
        &mut self,
        subject: &Proofs,
        assignment: &Assignment<'_, <Proofs as Subject>::Problem>,
        _shared: &mut BatchStatistics,
    ) -> Result<Vec<Attempted>, WorkforceError> {
        let Assignment { at, wave, .. } = *assignment;
        at.watcher.begin(wave.name, wave.problems.len() as u64);
        let outcomes = self.carry_out(subject, assignment)?;
        at.watcher.end();
        Ok(outcomes)
    }
}

impl Drop for Remote {
    /// Leaves nothing at the broker, if that is there.
    fn drop(&mut self) {
        let mut digests: Vec<Digest> = self.library.iter().map(|(digest, _)| digest.clone()).collect();
        digests.extend(self.network.take().map(|(_, digest, _)| digest));
        self.taken.extend(self.early.drain().map(|(_, answer)| answer.id));
        let left = self
            .answers
            .forget(&mut self.broker, &self.keys, &self.taken)
            .and_then(|()| Blobs::forget(&mut self.broker, &digests))
            .and_then(|()| registry::learner_leaves(&mut self.broker, &self.run));
        if let Err(error) = left {
            tracing::debug!("the broker keeps what it has of this run for a week: {error}");
        }
    }
}
