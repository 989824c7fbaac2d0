//! The number of threads that a command starts.

use std::sync::Once;

/// Threads for each core, at most. More only wait for each other, and thousands of them stall the machine.
pub const PER_CORE: usize = 4;

/// The environment variable that sets rayon's default number of threads.
pub const RAYON: &str = "RAYON_NUM_THREADS";

/// The number of cores that this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The number of threads to start if `asked` are asked for: 0 means one for each core, or the number in [`RAYON`]; at
/// most [`PER_CORE`] for each core, with one warning if more were asked for.
pub fn count(asked: usize) -> usize {
    static SAID: Once = Once::new();
    let set = || std::env::var(RAYON).ok()?.parse().ok().filter(|&count: &usize| count > 0);
    let asked = if asked == 0 { set().unwrap_or_else(cores) } else { asked };
    let (count, cores) = (within(asked, cores()), cores());
    if count < asked {
        let plural = if cores == 1 { "" } else { "s" };
        SAID.call_once(|| tracing::warn!("{asked} threads are too many for {cores} core{plural}: {count} are started"));
    }
    count
}

/// The number of threads to start on `cores` cores if `asked` are asked for.
fn within(asked: usize, cores: usize) -> usize {
    asked.min(cores.saturating_mul(PER_CORE)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_a_few_threads_for_each_core_at_most() {
        assert_eq!([1, 2, 8, 9, 5000, usize::MAX].map(|asked| within(asked, 2)), [1, 2, 8, 8, 8, 8]);
        assert_eq!(within(usize::MAX, usize::MAX), usize::MAX);
        assert_eq!((count(1), count(usize::MAX)), (1, PER_CORE * cores()));
        assert!((1..=PER_CORE * cores()).contains(&count(0)));
    }
}
