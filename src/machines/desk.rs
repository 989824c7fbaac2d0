//! The desk from which jobs are given out to the workers at a broker, and at which their answers are judged.

use super::messages::{Answer, Job, Report};
use super::program;
use crate::selfplay::workforce::WorkerFigures;
use prover_broker::queue::Answer as Received;
use prover_broker::registry::{self, LearnerInfo};
use prover_broker::{Answers, Blobs, Broker, BrokerError, Digest, Enqueued, Jobs};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
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
/// Answers of a worker that are of no use until it is left out, if they are not rare; and answers to a job until it is done
/// here.
const REFUSED: u32 = 3;
/// Useless answers are rare if for each of them there are so many useful ones.
const RARE: u32 = 20;
/// The longest reason of a worker that is repeated, in characters.
const REASON: usize = 500;

/// A job that is waited for.
#[derive(Debug)]
struct Open<P> {
    problem: P,
    number: u64,
    seed: u64,
    round: u32,
    job: Vec<u8>,
    refused: u32,
}

/// A blob at the broker, which is sent again if that loses it.
#[derive(Debug)]
struct Kept {
    digest: Digest,
    bytes: Vec<u8>,
    /// The round whose jobs need it; `None` if all may.
    round: Option<u32>,
}

/// End of a job.
#[derive(Debug)]
pub enum Ending<O> {
    /// A worker's answer was accepted.
    Accepted(O),
    /// It was begun several times and ended the process each time; the reason.
    Fatal(String),
    /// No worker gave a useful answer: it is to be done in this process.
    Here,
}

/// A job that ended.
#[derive(Debug)]
pub struct Ended<P, O> {
    /// The problem.
    pub problem: P,
    /// Its number in the order in which problems were given out.
    pub number: u64,
    /// The seed of the attempt.
    pub seed: u64,
    /// The round in which it was given out.
    pub round: u32,
    /// Its end.
    pub ending: Ending<O>,
}

/// The desk of one learner, for problems of one type. Jobs are given out in rounds: the iterations of a run.
#[derive(Debug)]
pub struct Desk<P> {
    broker: Broker,
    answers: Answers,
    run: String,
    round: u32,
    open: FxHashMap<String, Open<P>>,
    next: u64,
    blobs: Vec<Kept>,
    /// The keys and answers of jobs that ended, which the broker keeps until the next round begins: a learner that goes
    /// on after a kill finds them.
    keys: FxHashSet<String>,
    taken: Vec<String>,
    /// Answers to jobs that were not asked yet in this process.
    early: FxHashMap<String, Received>,
    /// Answers of each worker that were of no use, and those that were.
    judged: FxHashMap<String, (u32, u32)>,
    /// Workers that were left out.
    left_out: FxHashSet<String>,
    looked: Option<Instant>,
    lonely: Option<Instant>,
    /// Workers of this program that live.
    living: usize,
    heard: FxHashSet<String>,
    figures: WorkerFigures,
}

impl<P: Send> Desk<P> {
    /// The desk of a run, which is named so that no other has the name.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn new(mut broker: Broker, run: &str) -> Result<Self, BrokerError> {
        Jobs::clear_up(&mut broker, &program())?;
        let mut desk = Self {
            broker,
            answers: Answers::new(&program(), run),
            run: run.to_owned(),
            round: 0,
            open: FxHashMap::default(),
            next: 0,
            blobs: Vec::new(),
            keys: FxHashSet::default(),
            taken: Vec::new(),
            early: FxHashMap::default(),
            judged: FxHashMap::default(),
            left_out: FxHashSet::default(),
            looked: None,
            lonely: None,
            living: 0,
            heard: FxHashSet::default(),
            figures: WorkerFigures::default(),
        };
        desk.show_life()?;
        Ok(desk)
    }

    fn show_life(&mut self) -> Result<(), BrokerError> {
        let info = LearnerInfo {
            run: self.run.clone(),
            version: program(),
            iteration: self.round,
            waiting: self.open.len() as u64,
        };
        registry::learner_lives(&mut self.broker, &info, LIFE)
    }

    /// Sends what jobs name by its digest: those of a round, or all.
    ///
    /// # Errors
    ///
    /// It is too large, or the broker cannot be used.
    pub fn send(&mut self, bytes: Vec<u8>, round: Option<u32>) -> Result<Digest, BrokerError> {
        let digest = Blobs::send(&mut self.broker, &bytes)?;
        self.blobs.push(Kept { digest: digest.clone(), bytes, round });
        Ok(digest)
    }

    /// Begins a round: jobs and answers of earlier ones, except those that are still being done, and the blobs that no
    /// job needs any more are forgotten.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn begin(&mut self, round: u32) -> Result<(), BrokerError> {
        if self.round == round {
            return Ok(());
        }
        if self.round > 0 {
            self.taken.extend(self.early.drain().map(|(_, answer)| answer.id));
            let keys: Vec<String> = self.keys.drain().collect();
            self.answers.forget(&mut self.broker, &keys, &self.taken)?;
            self.taken.clear();
            let oldest = self.rounds().min().unwrap_or(round);
            let (kept, old) = std::mem::take(&mut self.blobs)
                .into_iter()
                .partition(|blob: &Kept| blob.round.is_none_or(|of| of >= oldest));
            self.blobs = kept;
            let old: Vec<Digest> = old.into_iter().map(|blob: Kept| blob.digest).collect();
            Blobs::forget(&mut self.broker, &old)?;
        }
        self.round = round;
        Ok(())
    }

    /// The rounds of the jobs that are waited for.
    pub fn rounds(&self) -> impl Iterator<Item = u32> {
        self.open.values().map(|open| open.round)
    }

    /// The problems of those jobs, in the order in which they were given out.
    pub fn problems(&self) -> Vec<&P> {
        let mut open: Vec<&Open<P>> = self.open.values().collect();
        open.sort_unstable_by_key(|open| open.number);
        open.into_iter().map(|open| &open.problem).collect()
    }

    /// The number of the next problem: for one that is done in this process.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The workers of this program that live.
    pub fn living(&self) -> usize {
        self.living
    }

    /// The figures of the workers since they were last asked for.
    pub fn figures(&mut self) -> WorkerFigures {
        let figures = WorkerFigures { workers: self.heard.len() as u64, ..self.figures };
        self.heard.clear();
        self.figures = WorkerFigures::default();
        figures
    }

    /// Gives out jobs, each with its [number](Self::number).
    ///
    /// # Errors
    ///
    /// One is too large, or the broker cannot be used.
    pub fn give_out(&mut self, jobs: impl IntoIterator<Item = (u64, P, Job)>) -> Result<(), BrokerError> {
        let mut given = Vec::new();
        for (number, problem, job) in jobs {
            let (seed, round) = (job.seed, self.round);
            let (key, job) = job.encode();
            given.push(key.clone());
            self.open.insert(key, Open { problem, number, seed, round, job, refused: 0 });
        }
        tracing::debug!("{} jobs are given out", given.len());
        let jobs = given.iter().filter_map(|key| Some((key.as_str(), &self.open.get(key)?.job[..])));
        self.answers.enqueue(&mut self.broker, jobs)?;
        Ok(())
    }

    /// Waits a moment for answers, and has them judged; the jobs that ended. An error of `judge` is the reason why an
    /// answer is of no use; such a job is given out again.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn take<O: Send>(
        &mut self,
        judge: impl Fn(&P, Report) -> Result<O, String> + Sync,
    ) -> Result<Vec<Ended<P, O>>, BrokerError> {
        let early: Vec<String> = self.early.keys().filter(|key| self.open.contains_key(*key)).cloned().collect();
        let mut received: Vec<Received> = early.iter().filter_map(|key| self.early.remove(key)).collect();
        if received.is_empty() && !self.open.is_empty() {
            self.look()?;
            received = self.answers.read(&mut self.broker, WAIT)?;
        }
        let mut asked = Vec::new();
        for answer in received {
            match self.open.remove(&answer.key) {
                Some(open) => asked.push((answer, open)),
                None if self.keys.contains(&answer.key) => {}
                None if self.early.len() < EARLY => {
                    self.early.insert(answer.key.clone(), answer);
                }
                None => {}
            }
        }
        let read = |(answer, open): (Received, Open<P>)| {
            let judged = match Answer::decode(&answer.answer) {
                Ok(Answer::Done(report)) => {
                    let (seconds, start) = (report.seconds(), Instant::now());
                    let judged = judge(&open.problem, *report);
                    let judging = start.elapsed().as_secs_f64();
                    tracing::debug!("an answer of {}: made in {seconds:.6} s, judged in {judging:.6} s", answer.worker);
                    judged.map(|outcome| (Ending::Accepted(outcome), seconds))
                }
                Ok(Answer::Fatal(reason)) => Ok((Ending::Fatal(reason.chars().take(REASON).collect()), 0.0)),
                Ok(Answer::Unable(reason)) => Err(reason.chars().take(REASON).collect()),
                Err(error) => Err(error.to_string()),
            };
            (answer, open, judged)
        };
        let judged: Vec<_> = asked.into_par_iter().map(read).collect();
        let mut ended = Vec::new();
        for (answer, mut open, judged) in judged {
            let ending = match judged {
                Ok((ending, seconds)) => {
                    self.judged.entry(answer.worker.clone()).or_default().1 += 1;
                    self.heard.insert(answer.worker);
                    self.figures.seconds += seconds;
                    ending
                }
                Err(reason) => {
                    if !self.refuse(&answer, &reason, &mut open)? {
                        self.open.insert(answer.key, open);
                        continue;
                    }
                    Ending::Here
                }
            };
            self.taken.push(answer.id);
            self.keys.insert(answer.key);
            let Open { problem, number, seed, round, .. } = open;
            ended.push(Ended { problem, number, seed, round, ending });
        }
        Ok(ended)
    }

    /// Gives out jobs, and waits until all have ended; their outcomes, in their order. `here` does what no worker could,
    /// `fault` says what becomes of a job that ended its process each time. `look` is called again and again, and ends
    /// the waiting by `true`: then the outcomes are those so far.
    ///
    /// # Errors
    ///
    /// One is too large, or the broker cannot be used.
    pub fn carry_out<O: Send>(
        &mut self,
        jobs: impl IntoIterator<Item = (P, Job)>,
        judge: impl Fn(&P, Report) -> Result<O, String> + Sync,
        here: impl Fn(&P, u64) -> O,
        fault: impl Fn(&P, String) -> O,
        look: impl Fn() -> bool,
    ) -> Result<Vec<(P, O)>, BrokerError> {
        let numbered: Vec<_> = jobs.into_iter().map(|(problem, job)| (self.number(), problem, job)).collect();
        self.give_out(numbered)?;
        let mut done = Vec::new();
        while !self.open.is_empty() && !look() {
            for Ended { problem, number, seed, ending, .. } in self.take(&judge)? {
                let outcome = match ending {
                    Ending::Accepted(outcome) => outcome,
                    Ending::Fatal(reason) => fault(&problem, reason),
                    Ending::Here => here(&problem, seed),
                };
                done.push((number, problem, outcome));
            }
        }
        done.sort_by_key(|(number, ..)| *number);
        Ok(done.into_iter().map(|(_, problem, outcome)| (problem, outcome)).collect())
    }

    /// Another connection to the broker.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn connection(&self) -> Result<Broker, BrokerError> {
        self.broker.another()
    }

    /// Counts an answer that was of no use; whether the job is to be done here.
    fn refuse(&mut self, answer: &Received, reason: &str, open: &mut Open<P>) -> Result<bool, BrokerError> {
        let (useless, useful) = self.judged.entry(answer.worker.clone()).or_default();
        *useless += 1;
        let is_often = *useless >= REFUSED && *useless * RARE > *useful;
        self.figures.refused += 1;
        tracing::warn!("an answer of the worker {} is not taken: {reason}", answer.worker);
        if is_often && self.left_out.insert(answer.worker.clone()) {
            tracing::warn!("the worker {} is left out from now on", answer.worker);
            self.figures.left_out += 1;
            registry::leave_out(&mut self.broker, &answer.worker, reason)?;
        }
        open.refused += 1;
        if open.refused >= REFUSED {
            tracing::warn!("an attempt is made here, since no worker can");
            return Ok(true);
        }
        self.answers.refuse(&mut self.broker, answer, &open.job)?;
        Ok(false)
    }

    /// Checks every few seconds whether the broker still has all its jobs, and sends missing ones again. A broker
    /// without persistence that was restarted has nothing.
    fn look(&mut self) -> Result<(), BrokerError> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(());
        }
        self.show_life()?;
        let digests: Vec<Digest> = self.blobs.iter().map(|blob| blob.digest.clone()).collect();
        let kept = Blobs::keep(&mut self.broker, &digests)?;
        let mut lost = 0;
        for (blob, _) in self.blobs.iter().zip(kept).filter(|(_, kept)| !kept) {
            Blobs::send(&mut self.broker, &blob.bytes)?;
            lost += 1;
        }
        let jobs: Vec<(&str, &[u8])> = self.open.iter().map(|(key, open)| (key.as_str(), &open.job[..])).collect();
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
        self.living = workers.iter().filter(|worker| worker.version == own).count();
        if self.living > 0 {
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
}

impl<P> Drop for Desk<P> {
    /// Leaves nothing at the broker, if that is there.
    fn drop(&mut self) {
        let digests: Vec<Digest> = self.blobs.iter().map(|blob| blob.digest.clone()).collect();
        self.taken.extend(self.early.drain().map(|(_, answer)| answer.id));
        self.keys.extend(self.open.drain().map(|(key, _)| key));
        let keys: Vec<String> = self.keys.drain().collect();
        let left = self
            .answers
            .forget(&mut self.broker, &keys, &self.taken)
            .and_then(|()| Blobs::forget(&mut self.broker, &digests))
            .and_then(|()| registry::learner_leaves(&mut self.broker, &self.run));
        if let Err(error) = left {
            tracing::debug!("the broker keeps what it has of this run for a week: {error}");
        }
    }
}
