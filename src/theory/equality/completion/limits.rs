//! The limits of a completion.

/// Limits of a completion, the same on every machine. It also ends at the deadline of its environment, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Terms and places looked at in rewriting and overlapping: about ten million a second.
    pub work: u64,
    /// Pairs that wait, those that were taken included.
    pub pairs: usize,
    /// The symbols and variables of a term beyond which no pair is made of it.
    pub weight: u32,
}

impl Limits {
    /// The limits of an action of search at first: some ten milliseconds.
    pub const ACTION: Self = Self { work: 200_000, pairs: 1_000_000, weight: 200 };

    /// The limits with `factor` times as much work.
    pub fn times(self, factor: u64) -> Self {
        Self { work: self.work.saturating_mul(factor), ..self }
    }
}
