//! The threads that check a long file.

use crate::limits::HELD;
use crate::script::AcceptedProof;
use prover_logic::Environment;
use prover_system::threads;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The options of [`Theory::check_into`](crate::Theory::check_into).
#[derive(Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// The number of threads; 0 for one a core.
    pub threads: usize,
    /// Checks short files in the way of long ones too, in pieces as small as can be. For tests.
    pub eager: bool,
    /// Called with the number of bytes of the requested file checked since the last call, from any thread.
    pub progress: Option<&'a (dyn Fn(usize) + Sync)>,
    /// Called with each accepted proof that the theory will lack, from any thread. If something before it is refused,
    /// the constant may become another one, whose proof is reported later or which the theory has.
    pub accepted: Option<&'a Accept<'a>>,
}

/// Called with a theorem, and the environment in which the kernel has accepted its proof.
pub type Accept<'a> = dyn Fn(&Environment, AcceptedProof) + Sync + 'a;

/// The sizes of the pieces into which a long file is cut.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// A file of that many bytes is long.
    pub long: usize,
    /// The bytes of a batch, which bound the part of a file in memory besides its text and its statements.
    pub batch: usize,
    /// The bytes of a stretch that is parsed in one go.
    pub stretch: usize,
    /// The most items of a batch that are looked at together.
    pub window: usize,
    /// Fewer proofs than this are not worth the start of the threads.
    pub few: usize,
    /// The work after which the memory that items have left behind is given back.
    pub held: u64,
}

/// The sizes that pay.
const USUAL: Sizes = Sizes { long: 64 << 10, batch: 4 << 20, stretch: 32 << 10, window: 8192, few: 16, held: HELD };

/// Sizes that make many pieces of a short file.
const EAGER: Sizes = Sizes { long: 0, batch: 1 << 12, stretch: 1 << 8, window: 32, few: 1, held: 500 };

/// The threads that check long files.
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

    /// The sizes of the pieces of work.
    pub fn sizes(&self) -> Sizes {
        if self.options.eager { EAGER } else { USUAL }
    }

    /// The listener for the number of bytes checked.
    pub fn progress(&self) -> Option<&'a (dyn Fn(usize) + Sync)> {
        self.options.progress
    }

    /// The receiver of accepted proofs.
    pub fn accepted(&self) -> Option<&'a Accept<'a>> {
        self.options.accepted
    }

    /// The results of `work` for the numbers below `count`, which the threads take in their order.
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

    /// The results of `work` for the numbers below `count`, which the threads take when they have nothing else to do
    /// while this thread does `here`.
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
