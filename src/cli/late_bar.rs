//! A progress bar for work that is mostly short, shown only once it takes long.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::run::{Phase, Progress};

/// The time after which work shows how far it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// A progress bar on a terminal, for work that takes long only.
pub(super) struct LateBar<'a> {
    progress: &'a Progress,
    unit: &'static str,
    total: usize,
    done: AtomicUsize,
    started: Instant,
    phase: OnceLock<Phase>,
}

impl<'a> LateBar<'a> {
    /// A bar for so much, counted in `unit`.
    pub fn new(progress: &'a Progress, unit: &'static str, total: usize) -> Self {
        Self { progress, unit, total, done: AtomicUsize::new(0), started: Instant::now(), phase: OnceLock::new() }
    }

    /// So much more has been done.
    pub fn add(&self, more: usize) {
        let before = self.done.fetch_add(more, Ordering::Relaxed);
        if !self.progress.has_bars() || self.started.elapsed() < PATIENCE {
            return;
        }
        match self.phase.get() {
            Some(phase) => phase.inc(more as u64),
            None => {
                self.phase.get_or_init(|| self.progress.phase(self.unit, self.total as u64)).inc((before + more) as u64)
            }
        }
    }
}
