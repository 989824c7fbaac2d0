//! The threads that check a long file.

use super::super::{Accept, CheckOptions};
use super::{EAGER, Sizes, USUAL};
use prover_system::threads;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who checks long files.
#[derive(Clone)]
pub(in super::super) struct Crew<'a> {
    options: CheckOptions<'a>,
    /// Started when it is needed first; `None` if the threads cannot be started.
    pool: Rc<OnceCell<Option<rayon::ThreadPool>>>,
}

impl<'a> Crew<'a> {
    pub fn new(options: CheckOptions<'a>) -> Self {
        Self { options, pool: Rc::default() }
    }

    /// How large the pieces of work are.
    pub fn sizes(&self) -> Sizes {
        if self.options.eager { EAGER } else { USUAL }
    }

    /// Who is told how many bytes have been checked.
    pub fn progress(&self) -> Option<&'a (dyn Fn(usize) + Sync)> {
        self.options.progress
    }

    /// Who is told of accepted proofs.
    pub fn accepted(&self) -> Option<&'a Accept<'a>> {
        self.options.accepted
    }

    /// What `work` makes of the numbers below `count`, which the threads take in their order.
    pub fn map<R: Send + Sync>(&self, count: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let results: Vec<OnceLock<R>> = (0..count).map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let take = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(result) = results.get(index) else { return };
                // Every number is taken once.
                let _ = result.set(work(index));
            }
        };
        match self.pool() {
            Some(pool) => {
                pool.broadcast(|_| take());
            }
            None => take(),
        }
        collected(results)
    }

    /// What `work` makes of the numbers below `count`, which the threads take when they have nothing else to do while this thread
    /// does `here`.
    pub fn beside<R: Send + Sync, T>(
        &self,
        count: usize,
        work: impl Fn(usize) -> R + Sync,
        here: impl FnOnce() -> T,
    ) -> (Vec<R>, T) {
        let Some(pool) = self.pool() else { return ((0..count).map(work).collect(), here()) };
        let results: Vec<OnceLock<R>> = (0..count).map(|_| OnceLock::new()).collect();
        let work = &work;
        let value = pool.in_place_scope(|scope| {
            for (index, result) in results.iter().enumerate() {
                scope.spawn(move |_| {
                    let _ = result.set(work(index));
                });
            }
            here()
        });
        (collected(results), value)
    }

    fn pool(&self) -> Option<&rayon::ThreadPool> {
        let start = || rayon::ThreadPoolBuilder::new().num_threads(threads::count(self.options.threads)).build().ok();
        self.pool.get_or_init(start).as_ref()
    }
}

/// The results of work that has been done to the end.
fn collected<R>(results: Vec<OnceLock<R>>) -> Vec<R> {
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crew_is_no_larger_than_a_few_for_each_core() {
        let options = CheckOptions { threads: 100_000, ..CheckOptions::default() };
        let crew = Crew::new(options);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(crew.pool().unwrap().current_num_threads(), cores * threads::PER_CORE);
    }
}
