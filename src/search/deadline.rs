//! Deadlines of work: a time that is set once and handed down, so that all parts of the work end together.

use std::time::{Duration, Instant};

/// A time at which work ends with what it has, or never.
///
/// ```
/// use prover_search::Deadline;
/// let whole = Deadline::after(10.0);
/// let part = whole.earlier(Deadline::after(1.5));
/// assert!(!part.has_passed() && part.remaining() <= Some(1.5));
/// assert!(Deadline::after(0.0).has_passed() && !Deadline::NEVER.has_passed());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No end.
    pub const NEVER: Self = Self(None);

    /// The deadline this many seconds from now. A number that is not a length of time (negative, not a number) counts
    /// as 0, one too large for a time as no end.
    pub fn after(seconds: f64) -> Self {
        Self(Instant::now().checked_add(duration(seconds)))
    }

    /// The deadline this many seconds from now, or never.
    pub fn within(seconds: Option<f64>) -> Self {
        seconds.map_or(Self::NEVER, Self::after)
    }

    /// The earlier one of two.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(own), Some(other)) => Self(Some(own.min(other))),
            (own, other) => Self(own.or(other)),
        }
    }

    /// The deadline extended by some seconds.
    #[must_use]
    pub fn extended(self, seconds: f64) -> Self {
        Self(self.0.and_then(|time| time.checked_add(duration(seconds))))
    }

    /// Whether it has come.
    pub fn has_passed(self) -> bool {
        self.0.is_some_and(|time| Instant::now() >= time)
    }

    /// The seconds until it comes, 0 once it has; `None` for never.
    pub fn remaining(self) -> Option<f64> {
        self.0.map(|time| time.saturating_duration_since(Instant::now()).as_secs_f64())
    }

    /// The time itself; `None` for never.
    pub fn instant(self) -> Option<Instant> {
        self.0
    }
}

/// A length of time as [`Deadline::after`] reads it.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(if seconds > 0.0 { Duration::MAX } else { Duration::ZERO })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_as_early_as_the_earliest_and_odd_lengths_are_none_or_no_end() {
        for none in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert!(Deadline::after(none).has_passed(), "{none}");
            assert_eq!(Deadline::after(none).remaining(), Some(0.0), "{none}");
        }
        for endless in [f64::INFINITY, f64::MAX] {
            assert_eq!(Deadline::after(endless), Deadline::NEVER, "{endless}");
        }
        let (soon, late) = (Deadline::after(100.0), Deadline::after(1000.0));
        for (a, b) in [(soon, late), (late, soon), (soon, Deadline::NEVER), (Deadline::NEVER, soon), (soon, soon)] {
            assert_eq!(a.earlier(b), soon);
        }
        assert_eq!(Deadline::NEVER.earlier(Deadline::NEVER), Deadline::NEVER);
        assert_eq!(Deadline::within(None).remaining(), None);
        assert!(soon.extended(100.0).remaining() > Some(150.0) && Deadline::NEVER.extended(1.0) == Deadline::NEVER);
        assert_eq!(soon.extended(f64::INFINITY), Deadline::NEVER);
    }
}
