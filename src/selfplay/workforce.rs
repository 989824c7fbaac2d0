//! Workforces, which carry out the attempts: this process, or workers elsewhere.

use super::play::{Moment, PlaySettings, Subject, Wave};
use crate::network::Evaluator;
use crate::network::batcher::{BatchStatistics, Batcher};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The error of a workforce that cannot carry out the attempts of a wave.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WorkforceError(pub Box<dyn std::error::Error + Send + Sync>);

/// A wave that is to be attempted.
pub struct Assignment<'a, P> {
    /// The settings of the run.
    pub settings: &'a PlaySettings,
    /// The state of the run.
    pub at: &'a Moment<'a>,
    /// The problems.
    pub wave: &'a Wave<P>,
    /// Number of the wave in its iteration, from 0.
    pub number: u64,
}

impl<P> Assignment<'_, P> {
    /// The seed of the attempt at a problem, by its place.
    pub fn seed(&self, place: usize) -> u64 {
        self.settings.seed ^ (u64::from(self.at.iteration) << 40) ^ (self.number << 28) ^ ((place as u64) << 8)
    }
}

/// Carries out attempts.
pub trait Workforce<S: Subject>: Send {
    /// Attempts that are made at the same time, or are to be reckoned with.
    fn threads(&self) -> usize;

    /// Attempts the problems of a wave; the results, in their order.
    ///
    /// # Errors
    ///
    /// No worker is left to make them. Failed attempts are not errors.
    fn attempt_all(
        &mut self,
        subject: &S,
        assignment: &Assignment<'_, S::Problem>,
        shared: &mut BatchStatistics,
    ) -> Result<Vec<S::Outcome>, WorkforceError>;
}

/// The threads of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl<S: Subject> Workforce<S> for InProcess {
    fn threads(&self) -> usize {
        rayon::current_num_threads()
    }

    fn attempt_all(
        &mut self,
        subject: &S,
        assignment: &Assignment<'_, S::Problem>,
        shared: &mut BatchStatistics,
    ) -> Result<Vec<S::Outcome>, WorkforceError> {
        let Assignment { settings, at, wave, .. } = *assignment;
        at.watcher.begin(wave.name, wave.problems.len() as u64);
        let threads = rayon::current_num_threads();
        let batcher =
            (!settings.wait.is_zero()).then(|| Batcher::new(at.network, settings.batch, settings.wait, threads));
        let evaluator: &dyn Evaluator = match &batcher {
            Some(batcher) => batcher,
            None => at.network,
        };
        let counter = Counter::default();
        let outcomes = wave.problems.par_iter().enumerate().map(|(place, problem)| {
            let outcome = subject.attempt(problem, evaluator, assignment.seed(place), at);
            at.watcher.advance(1, counter.message(subject.succeeded(&outcome)));
            outcome
        });
        let outcomes = outcomes.collect();
        at.watcher.end();
        if let Some(batcher) = &batcher {
            *shared += batcher.statistics();
        }
        Ok(outcomes)
    }
}

/// Counts the attempts of a wave that succeeded.
#[derive(Debug, Default)]
pub struct Counter {
    counted: AtomicUsize,
    succeeded: AtomicUsize,
}

impl Counter {
    /// Counts an attempt, and says how many succeeded. `None` does not count: the attempt says nothing of what was
    /// learned.
    pub fn message(&self, success: Option<bool>) -> String {
        let add = |counter: &AtomicUsize, flag: bool| counter.fetch_add(flag.into(), Relaxed) + usize::from(flag);
        let (counted, succeeded) = (add(&self.counted, success.is_some()), add(&self.succeeded, success == Some(true)));
        if counted > 0 { format!("{succeeded} of {counted} succeeded") } else { String::new() }
    }
}
