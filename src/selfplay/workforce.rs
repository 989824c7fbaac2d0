//! Workforces, which carry out the attempts: this process, or workers elsewhere.

use super::play::{Moment, PlaySettings, Subject};
use crate::network::Evaluator;
use crate::network::batcher::{BatchStatistics, Batcher};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The error of a workforce that cannot carry out the attempts of a wave.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WorkforceError(pub Box<dyn std::error::Error + Send + Sync>);

/// Problems that are given out together.
pub struct Assignment<'a, P> {
    /// The settings of the run.
    pub settings: &'a PlaySettings,
    /// The state of the run.
    pub at: &'a Moment<'a>,
    /// Name of the wave in progress reports.
    pub name: &'static str,
    /// The problems; there may be none, where the attempts of earlier waves are awaited.
    pub problems: Vec<P>,
    /// Number of the wave in its iteration, from 0.
    pub number: u64,
}

impl<P> Assignment<'_, P> {
    /// The seed of the attempt at a problem, by its place.
    pub fn seed(&self, place: usize) -> u64 {
        self.settings.seed ^ (u64::from(self.at.iteration) << 40) ^ (self.number << 28) ^ ((place as u64) << 8)
    }
}

/// Condition under which the run goes on although attempts are still being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enough {
    /// The most attempts that may still be made.
    pub open: usize,
    /// The earliest iteration of such an attempt.
    pub since: u32,
}

impl Enough {
    /// No attempt is still being made.
    pub const ALL: Self = Self { open: 0, since: u32::MAX };

    /// Whether the run may go on while attempts of these iterations are being made.
    pub fn is_met(self, iterations: impl Iterator<Item = u32>) -> bool {
        let (count, oldest) = iterations.fold((0, u32::MAX), |(count, oldest), next| (count + 1, oldest.min(next)));
        count == 0 || count <= self.open && oldest >= self.since
    }
}

/// An attempt that ended.
pub struct Done<S: Subject> {
    /// The problem.
    pub problem: S::Problem,
    /// The outcome.
    pub outcome: S::Outcome,
    /// The iteration in which it was given out, and whose network guided it.
    pub iteration: u32,
}

/// Figures of the workers of an iteration; all 0 where this process makes the attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkerFigures {
    /// Workers whose answers came.
    pub workers: u64,
    /// Seconds that the attempts took them, summed.
    pub seconds: f64,
    /// Answers that were of no use.
    pub refused: u64,
    /// Workers that were excluded.
    pub left_out: u64,
}

/// Carries out attempts.
pub trait Workforce<S: Subject>: Send {
    /// Attempts that are made at the same time, or are to be reckoned with.
    fn threads(&self) -> usize;

    /// Gives out the problems of a wave, and waits until enough attempts of this wave and of earlier ones have ended;
    /// those that have ended, in the order in which they were given out.
    ///
    /// # Errors
    ///
    /// No worker is left to make them. Failed attempts are not errors.
    fn attempt(
        &mut self,
        subject: &S,
        assignment: Assignment<'_, S::Problem>,
        enough: Enough,
        shared: &mut BatchStatistics,
    ) -> Result<Vec<Done<S>>, WorkforceError>;

    /// The problems whose attempts are still being made.
    fn open(&self) -> Vec<S::Problem> {
        Vec::new()
    }

    /// The figures of the workers since they were last asked for.
    fn figures(&mut self) -> WorkerFigures {
        WorkerFigures::default()
    }
}

/// The threads of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl<S: Subject> Workforce<S> for InProcess {
    fn threads(&self) -> usize {
        rayon::current_num_threads()
    }

    fn attempt(
        &mut self,
        subject: &S,
        mut assignment: Assignment<'_, S::Problem>,
        _: Enough,
        shared: &mut BatchStatistics,
    ) -> Result<Vec<Done<S>>, WorkforceError> {
        let problems = std::mem::take(&mut assignment.problems);
        let Assignment { settings, at, name, .. } = assignment;
        at.watcher.begin(name, problems.len() as u64);
        let threads = rayon::current_num_threads();
        let batcher =
            (!settings.wait.is_zero()).then(|| Batcher::new(at.network, settings.batch, settings.wait, threads));
        let evaluator: &dyn Evaluator = match &batcher {
            Some(batcher) => batcher,
            None => at.network,
        };
        let counter = Counter::default();
        let done = problems.into_par_iter().enumerate().map(|(place, problem)| {
            let outcome = subject.attempt(&problem, evaluator, assignment.seed(place), at);
            at.watcher.advance(1, counter.message(subject.succeeded(&outcome)));
            Done { problem, outcome, iteration: at.iteration }
        });
        let done = done.collect();
        at.watcher.end();
        if let Some(batcher) = &batcher {
            *shared += batcher.statistics();
        }
        Ok(done)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_on_when_few_and_new_attempts_are_left() {
        let enough = Enough { open: 2, since: 4 };
        for (iterations, expected) in
            [(&[][..], true), (&[4, 5], true), (&[5], true), (&[3], false), (&[4, 4, 5], false)]
        {
            assert_eq!(enough.is_met(iterations.iter().copied()), expected, "{iterations:?}");
            assert_eq!(Enough::ALL.is_met(iterations.iter().copied()), iterations.is_empty());
        }
    }
}
