//! The attempts of a run, carried out by the workers at a broker.

use super::acceptance::{accept_answer, accept_proof};
use super::bundles::{LibraryBundle, TheoryError, TheoryText, network_bundle};
use super::desk::{Desk, Ended, Ending};
use super::messages::{Job, Report, Work};
use super::program;
use crate::answer::attempt::QuestionAttempt;
use crate::graph::Question;
use crate::network::batcher::BatchStatistics;
use crate::network::checkpoint::CheckpointError;
use crate::prove::Source;
use crate::prove::attempt::ProofAttempt;
use crate::selfplay::proofs::attempts::{Attempted, Attempts};
use crate::selfplay::proofs::drafts::Candidate;
use crate::selfplay::questions::{self, Drawn};
use crate::selfplay::workforce::{Assignment, Counter, Done, Enough, WorkerFigures, Workforce, WorkforceError};
use crate::selfplay::{Moment, Proofs, Questions, Subject};
use prover_broker::{Broker, BrokerError, Digest};
use rayon::prelude::*;
use std::path::PathBuf;

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

/// Translation of the attempts of a subject into work that travels, and of its results back.
pub trait Courier<S: Subject>: Send + Sync {
    /// Sends what the attempts of a wave have in common.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    fn begin(&mut self, subject: &S, at: &Moment<'_>, desk: &mut Desk<S::Problem>) -> Result<(), RemoteError>;

    /// The work of an attempt, and whether the network guides it; `None` if only this process can make it.
    fn work(&self, subject: &S, at: &Moment<'_>, problem: &S::Problem) -> Option<(Work, bool)>;

    /// The accepted content of a report.
    ///
    /// # Errors
    ///
    /// The reason why it is of no use.
    fn accept(&self, subject: &S, at: &Moment<'_>, problem: &S::Problem, report: Report) -> Result<S::Outcome, String>;

    /// The outcome of an attempt that ended its process each time.
    fn fault(&self, problem: &S::Problem, reason: String) -> S::Outcome;
}

/// The workers at a broker, as the workforce of a run.
pub struct Remote<S: Subject, C> {
    desk: Desk<S::Problem>,
    courier: C,
    threads: usize,
    /// The folder in which networks are packed.
    folder: PathBuf,
    /// The iteration of the network that was sent last.
    network: Option<(u32, Digest)>,
}

impl<S: Subject, C: Courier<S>> Remote<S, C> {
    /// The workers at a broker for a run, which is named so that no other has the name; as if they had this many
    /// threads together. `folder` is for files of a moment.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn new(broker: Broker, run: &str, courier: C, threads: usize, folder: PathBuf) -> Result<Self, BrokerError> {
        Ok(Self { desk: Desk::new(broker, run)?, courier, threads, folder, network: None })
    }

    /// The digest of the network of an iteration, which is sent once.
    fn network(&mut self, at: &Moment<'_>) -> Result<Digest, RemoteError> {
        if let Some((iteration, digest)) = &self.network
            && *iteration == at.iteration
        {
            return Ok(digest.clone());
        }
        let bytes = network_bundle(at.network, at.network.model().precision(), &self.folder)?;
        let digest = self.desk.send(bytes, Some(at.iteration))?;
        self.network = Some((at.iteration, digest.clone()));
        Ok(digest)
    }

    fn carry_out(
        &mut self,
        subject: &S,
        mut assignment: Assignment<'_, S::Problem>,
        enough: Enough,
    ) -> Result<Vec<Done<S>>, RemoteError> {
        let at = assignment.at;
        self.desk.begin(at.iteration)?;
        self.courier.begin(subject, at, &mut self.desk)?;
        let (mut jobs, mut here) = (Vec::new(), Vec::new());
        for (place, problem) in std::mem::take(&mut assignment.problems).into_iter().enumerate() {
            let (number, seed) = (self.desk.number(), assignment.seed(place));
            let Some((work, is_guided)) = self.courier.work(subject, at, &problem) else {
                here.push((number, seed, problem));
                continue;
            };
            let network = if is_guided { Some(self.network(at)?) } else { None };
            jobs.push((number, problem, Job { version: program(), work, seed, network }));
        }
        self.desk.give_out(jobs)?;
        let counter = Counter::default();
        let finish = |outcome: &S::Outcome, living: usize| {
            let message = counter.message(subject.succeeded(outcome));
            let workers = if living == 1 { "1 worker".into() } else { format!("{living} workers") };
            at.watcher.advance(1, if message.is_empty() { workers } else { format!("{message}, {workers}") });
        };
        let living = self.desk.living();
        let attempt = |(number, seed, problem): (u64, u64, S::Problem)| {
            let outcome = subject.attempt(&problem, at.network, seed, at);
            finish(&outcome, living);
            (number, Done { problem, outcome, iteration: at.iteration })
        };
        let mut done: Vec<(u64, Done<S>)> = here.into_par_iter().map(attempt).collect();
        while !enough.is_met(self.desk.rounds()) {
            // Somebody may have asked to stop.
            at.watcher.advance(0, String::new());
            let (courier, living) = (&self.courier, self.desk.living());
            let judge = |problem: &S::Problem, report: Report| {
                let accepted = courier.accept(subject, at, problem, report);
                accepted.iter().for_each(|outcome| finish(outcome, living));
                accepted
            };
            let ended = self.desk.take(judge)?;
            for Ended { problem, number, seed, round: iteration, ending } in ended {
                let outcome = match ending {
                    Ending::Accepted(outcome) => outcome,
                    Ending::Fatal(fault) => {
                        tracing::warn!("an attempt is given up: {fault}");
                        let outcome = self.courier.fault(&problem, fault);
                        finish(&outcome, living);
                        outcome
                    }
                    Ending::Here => {
                        done.push(attempt((number, seed, problem)));
                        continue;
                    }
                };
                done.push((number, Done { problem, outcome, iteration }));
            }
        }
        done.sort_unstable_by_key(|(number, _)| *number);
        Ok(done.into_iter().map(|(_, done)| done).collect())
    }
}

impl<S: Subject, C: Courier<S>> Workforce<S> for Remote<S, C> {
    fn threads(&self) -> usize {
        self.threads
    }

    fn attempt(
        &mut self,
        subject: &S,
        assignment: Assignment<'_, S::Problem>,
        enough: Enough,
        _shared: &mut BatchStatistics,
    ) -> Result<Vec<Done<S>>, WorkforceError> {
        let (at, open) = (assignment.at, self.desk.rounds().count());
        at.watcher.begin(assignment.name, (open + assignment.problems.len()) as u64);
        let done = self.carry_out(subject, assignment, enough)?;
        at.watcher.end();
        Ok(done)
    }

    fn open(&self) -> Vec<S::Problem> {
        self.desk.problems().into_iter().cloned().collect()
    }

    fn figures(&mut self) -> WorkerFigures {
        self.desk.figures()
    }
}

/// The courier of proofs: a library travels as the steps of its history.
pub struct ProofCourier {
    theory: TheoryText,
    /// The newest library, and the steps in it.
    library: Option<(Digest, usize)>,
}

impl ProofCourier {
    /// A courier for a theory.
    ///
    /// # Errors
    ///
    /// The theory cannot travel.
    pub fn new(theory: &str) -> Result<Self, TheoryError> {
        Ok(Self { theory: TheoryText::of(theory)?, library: None })
    }
}

impl Courier<Proofs> for ProofCourier {
    fn begin(&mut self, subject: &Proofs, _: &Moment<'_>, desk: &mut Desk<Candidate>) -> Result<(), RemoteError> {
        // It was asked to keep one before the run began.
        let Some(history) = subject.history() else {
            unreachable!("a run with a broker keeps the history of its library")
        };
        let (before, steps) = match self.library.take() {
            Some(known) => known,
            None => {
                let settings = subject.settings();
                let offered = settings.offered();
                let (theory, library) = (self.theory.clone(), history.base.clone());
                (desk.send(LibraryBundle::Base { offered, theory, library }.encode(), None)?, 0)
            }
        };
        let newest = if history.changes.len() == steps {
            before
        } else {
            let changes = history.changes[steps..].to_vec();
            desk.send(LibraryBundle::Steps { before, changes }.encode(), None)?
        };
        self.library = Some((newest, history.changes.len()));
        Ok(())
    }

    fn work(&self, subject: &Proofs, _: &Moment<'_>, candidate: &Candidate) -> Option<(Work, bool)> {
        let effort = subject.effort(candidate)?;
        let is_guided = effort.guided > 0 || effort.attempts == Attempts::All;
        let (library, _) = self.library.clone()?;
        Some((Work::Statement { candidate: candidate.clone(), effort, library }, is_guided))
    }

    fn accept(
        &self,
        subject: &Proofs,
        at: &Moment<'_>,
        candidate: &Candidate,
        report: Report,
    ) -> Result<Attempted, String> {
        let Report::Statement(report) = report else { return Err("it answers another question".into()) };
        let (world, known) = (subject.laid_out().world(), subject.memory().library.lemmas());
        let outcome = accept_proof(report, &candidate.statement, world, known).map_err(|error| error.to_string())?;
        outcome.lemmas.iter().for_each(|lemma| at.watcher.proved(lemma, Source::Discovery));
        outcome.theorem.iter().for_each(|theorem| at.watcher.proved(theorem, candidate.source));
        Ok(outcome)
    }

    fn fault(&self, _: &Candidate, reason: String) -> Attempted {
        let attempt = ProofAttempt { fault: Some(reason), ..ProofAttempt::default() };
        Attempted { theorem: None, lemmas: Vec::new(), attempt }
    }
}

/// The courier of questions: they travel with the counts of the graphs that answer such questions.
#[derive(Debug, Default)]
pub struct QuestionCourier {
    consistency: Option<(u32, Digest)>,
}

impl Courier<Questions> for QuestionCourier {
    fn begin(
        &mut self,
        subject: &Questions,
        at: &Moment<'_>,
        desk: &mut Desk<questions::Work>,
    ) -> Result<(), RemoteError> {
        if self.consistency.as_ref().is_none_or(|(iteration, _)| *iteration != at.iteration) {
            // Texts and numbers: there is nothing that could be refused.
            let counts = serde_json::to_vec(&subject.memory().consistency).unwrap_or_default();
            self.consistency = Some((at.iteration, desk.send(counts, Some(at.iteration))?));
        }
        Ok(())
    }

    fn work(&self, subject: &Questions, at: &Moment<'_>, work: &questions::Work) -> Option<(Work, bool)> {
        // Graphs are compared where all attempts are known.
        let questions::Work::Ask(Drawn { pair, is_alone, .. }) = work else { return None };
        // One that cannot be read takes no time.
        Question::new(&pair.question).ok()?;
        let (_, consistency) = self.consistency.clone()?;
        let (pair, is_alone, effort) = (pair.clone(), *is_alone, subject.effort());
        Some((Work::Question { pair, is_alone, effort, consistency }, at.is_trained))
    }

    fn accept(
        &self,
        _: &Questions,
        at: &Moment<'_>,
        work: &questions::Work,
        report: Report,
    ) -> Result<Vec<QuestionAttempt>, String> {
        let (Report::Question(report), questions::Work::Ask(drawn)) = (report, work) else {
            return Err("it answers another question".into());
        };
        if report.answered.is_some() && !at.is_trained {
            return Err("it says what the network answered, which was not asked".into());
        }
        accept_answer(report, &drawn.pair).map(|attempt| vec![attempt]).map_err(|error| error.to_string())
    }

    fn fault(&self, work: &questions::Work, reason: String) -> Vec<QuestionAttempt> {
        if let questions::Work::Ask(drawn) = work {
            tracing::warn!("the question that has no outcome: {}: {reason}", drawn.pair.question);
        }
        vec![QuestionAttempt::default()]
    }
}
