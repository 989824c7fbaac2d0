//! One batch for the states of several searches.

use super::evaluator::{Evaluation, Evaluator, Request};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Statistics of a [`Batcher`] so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatchStatistics {
    /// Batches judged.
    pub batches: u64,
    /// States in them.
    pub states: u64,
    /// Time that searches waited for a batch to fill, in seconds, summed over the searches.
    pub wait_seconds: f64,
}

impl std::ops::AddAssign for BatchStatistics {
    fn add_assign(&mut self, other: Self) {
        self.batches += other.batches;
        self.states += other.states;
        self.wait_seconds += other.wait_seconds;
    }
}

/// Collects the states that searches on several threads submit and has them judged together: as soon as there are
/// enough of them, or the first has waited long enough, or every thread waits, so that no more can come. A search alone
/// never waits, so its results repeat exactly.
///
/// The thread that finds a batch ready judges it, the others sleep: this pays where a larger batch is judged faster
/// than its parts side by side.
pub struct Batcher<'e, E: ?Sized> {
    inner: &'e E,
    /// States that make a batch.
    size: usize,
    /// The longest wait.
    wait: Duration,
    /// Searches that can submit at one time.
    searches: usize,
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// The jobs that wait for their judgement.
#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    states: usize,
    /// Jobs taken from the queue whose judgement is under way.
    under_way: usize,
    statistics: BatchStatistics,
}

/// The states of one search.
struct Job {
    requests: Vec<Request>,
    submitted: Instant,
    slot: Arc<Slot>,
}

/// The place of a job's evaluations; changed only while the queue is locked.
#[derive(Default)]
struct Slot(Mutex<Progress>);

#[derive(Default)]
enum Progress {
    #[default]
    Queued,
    Taken,
    Done(Vec<Evaluation>),
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done while a lock is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'e, E: Evaluator + ?Sized> Batcher<'e, E> {
    /// A batcher of `size` states or a wait of `wait`, whichever is first, for at most `searches` searches at a time.
    pub fn new(inner: &'e E, size: usize, wait: Duration, searches: usize) -> Self {
        Self { inner, size, wait, searches, queue: Mutex::default(), changed: Condvar::new() }
    }

    /// The statistics so far.
    pub fn statistics(&self) -> BatchStatistics {
        locked(&self.queue).statistics
    }

    /// Waits until the job is done, or until it is this thread's turn to judge the whole queue, which it then takes.
    fn wait_for(&self, slot: &Slot, mut queue: MutexGuard<'_, Queue>) -> Result<Vec<Evaluation>, Vec<Job>> {
        let start = Instant::now();
        loop {
            let left = self.wait.saturating_sub(start.elapsed());
            match &mut *locked(&slot.0) {
                Progress::Done(evaluations) => return Ok(std::mem::take(evaluations)),
                Progress::Taken => {}
                Progress::Queued => {
                    let all_wait = queue.jobs.len() + queue.under_way >= self.searches;
                    if queue.states >= self.size || all_wait || left.is_zero() {
                        return Err(queue.take(slot));
                    }
                }
            }
            // Whoever judges this job wakes this thread; there is no need to look more often than this.
            let pause = if left.is_zero() { Duration::from_secs(1) } else { left };
            queue = self.changed.wait_timeout(queue, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Queue {
    /// Takes all jobs, for the thread whose own slot is given.
    fn take(&mut self, own: &Slot) -> Vec<Job> {
        let jobs = std::mem::take(&mut self.jobs);
        for job in jobs.iter().filter(|job| !std::ptr::eq(&*job.slot, own)) {
            *locked(&job.slot.0) = Progress::Taken;
        }
        self.under_way += jobs.len();
        self.statistics.batches += 1;
        self.statistics.states += self.states as u64;
        self.statistics.wait_seconds += jobs.iter().map(|job| job.submitted.elapsed().as_secs_f64()).sum::<f64>();
        self.states = 0;
        jobs
    }
}

/// Jobs that one thread judges. When it goes, even by a panic of the evaluator, the searches that wait go on: without
/// evaluations where there are none.
struct Judgement<'b, 'e, E: ?Sized> {
    batcher: &'b Batcher<'e, E>,
    /// The slots, each with the number of its states.
    slots: Vec<(Arc<Slot>, usize)>,
    evaluations: Vec<Evaluation>,
}

impl<E: ?Sized> Drop for Judgement<'_, '_, E> {
    fn drop(&mut self) {
        let mut queue = locked(&self.batcher.queue);
        queue.under_way -= self.slots.len();
        let mut evaluations = std::mem::take(&mut self.evaluations).into_iter();
        for (slot, count) in &self.slots {
            *locked(&slot.0) = Progress::Done(evaluations.by_ref().take(*count).collect());
        }
        drop(queue);
        self.batcher.changed.notify_all();
    }
}

impl<E: Evaluator + ?Sized> Evaluator for Batcher<'_, E> {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let slot = Arc::new(Slot::default());
        let mut queue = locked(&self.queue);
        queue.states += requests.len();
        queue.jobs.push(Job { requests: requests.to_vec(), submitted: Instant::now(), slot: Arc::clone(&slot) });
        if queue.jobs.len() > 1 {
            // The batch may be full now.
            self.changed.notify_all();
        }
        let jobs = match self.wait_for(&slot, queue) {
            Ok(evaluations) => return evaluations,
            Err(jobs) => jobs,
        };
        let slots = jobs.iter().map(|job| (Arc::clone(&job.slot), job.requests.len())).collect();
        let requests: Vec<Request> = jobs.into_iter().flat_map(|job| job.requests).collect();
        let mut judgement = Judgement { batcher: self, slots, evaluations: Vec::new() };
        judgement.evaluations = self.inner.evaluate(&requests);
        drop(judgement);
        match &mut *locked(&slot.0) {
            Progress::Done(evaluations) => std::mem::take(evaluations),
            // Its own job was among those that it judged.
            Progress::Queued | Progress::Taken => Vec::new(),
        }
    }

    fn needs_text(&self) -> bool {
        self.inner.needs_text()
    }

    fn forget(&self) {
        self.inner.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells each state's length, and remembers the sizes of its batches.
    #[derive(Default)]
    struct Lengths(Mutex<Vec<usize>>);

    impl Evaluator for Lengths {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            self.0.lock().unwrap().push(requests.len());
            assert!(requests.iter().all(|request| request.state != "panic"));
            requests.iter().map(|r| Evaluation { priors: vec![], value: r.state.len() as f32 }).collect()
        }
    }

    fn requests(lengths: &[usize]) -> Vec<Request> {
        lengths.iter().map(|&length| Request { state: "x".repeat(length), actions: vec![] }).collect()
    }

    fn values(evaluations: &[Evaluation]) -> Vec<usize> {
        evaluations.iter().map(|evaluation| evaluation.value as usize).collect()
    }

    #[test]
    fn searches_share_batches_and_each_gets_its_own() {
        let inner = Lengths::default();
        let batcher = Batcher::new(&inner, 1000, Duration::from_secs(60), 4);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let batcher = &batcher;
                scope.spawn(move || {
                    for round in 0..50 {
                        let lengths: Vec<usize> = (0..=thread).map(|i| 100 * thread + 10 * i + round % 10).collect();
                        assert_eq!(values(&batcher.evaluate(&requests(&lengths))), lengths);
                    }
                });
            }
        });
        // Every thread waits, or all would wait for a minute: each round of the four is one batch.
        assert_eq!(*inner.0.lock().unwrap(), vec![10; 50]);
        let statistics = batcher.statistics();
        assert_eq!((statistics.batches, statistics.states), (50, 500));
    }

    #[test]
    fn size_or_time_ends_the_wait() {
        let inner = Lengths::default();
        let full = Batcher::new(&inner, 2, Duration::from_secs(60), 9);
        assert_eq!(values(&full.evaluate(&requests(&[3, 4]))), [3, 4]);
        let timed = Batcher::new(&inner, 99, Duration::from_millis(5), 9);
        assert_eq!(values(&timed.evaluate(&requests(&[7]))), [7]);
        assert!(timed.statistics().wait_seconds >= 0.005);
        let alone = Batcher::new(&inner, 99, Duration::from_secs(60), 1);
        assert_eq!(values(&alone.evaluate(&requests(&[1]))), [1]);
        assert!(alone.evaluate(&[]).is_empty());
    }

    #[test]
    fn panic_of_the_evaluator_leaves_nobody_waiting() {
        let inner = Lengths::default();
        let batcher = Batcher::new(&inner, 99, Duration::from_secs(60), 2);
        let outcomes: Vec<bool> = std::thread::scope(|scope| {
            let spawn = |state: &str| {
                let request = Request { state: state.to_owned(), actions: vec![] };
                let batcher = &batcher;
                scope.spawn(move || batcher.evaluate(&[request]).is_empty())
            };
            let threads = [spawn("panic"), spawn("x")];
            threads.map(|thread| thread.join().is_ok_and(|empty| empty)).to_vec()
        });
        // One of the two judged the batch and panicked.
        assert_eq!(outcomes.iter().filter(|&&went_on| went_on).count(), 1);
    }
}
