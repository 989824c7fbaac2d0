//! Counts of the graphs that answer the questions of a kind, so that lucky graphs are distinguished from right ones.
//!
//! Many graphs give the answer of one question: `is_prime(neg(f0))` says False of a composite number, as `is_prime(f0)`
//! does. But one [shape](crate::answer::shape::shape) answers all questions of a [kind](crate::answer::shape::kind),
//! the other about half of them. So shapes are counted: with `r` questions of the kind that a shape answered among `t`
//! that it was tried on, its rate is `(r + 1) / (t + 2)` (Laplace's rule of succession).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Shapes that are kept of a kind.
const MOST_SHAPES: usize = 32;

/// Counts of the questions of each kind that shapes answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Consistency {
    kinds: BTreeMap<String, Kind>,
}

/// The counts of one kind of question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kind {
    /// Questions for which all small graphs were tried: a shape that did not give the answer failed.
    searched: u32,
    shapes: BTreeMap<String, Record>,
}

/// The counts of one shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    right: u32,
    /// Questions on which it was tried by itself.
    tried: u32,
}

impl Consistency {
    /// Empty counts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes the shapes that gave the answer of a question, and those that gave another one. `is_exhaustive` means that
    /// all small graphs were tried, so that shapes without a graph failed, too. A shape that never was right is not
    /// counted.
    pub fn note<'s>(
        &mut self,
        kind: &str,
        is_exhaustive: bool,
        right: impl IntoIterator<Item = &'s str>,
        wrong: impl IntoIterator<Item = &'s str>,
    ) {
        let entry = self.kinds.entry(kind.to_owned()).or_default();
        // Counts read from a file may be as large as can be.
        entry.searched = entry.searched.saturating_add(u32::from(is_exhaustive));
        let tried = u32::from(!is_exhaustive);
        for shape in right {
            let record = entry.shapes.entry(shape.to_owned()).or_default();
            record.right = record.right.saturating_add(1);
            record.tried = record.tried.saturating_add(tried);
        }
        for shape in wrong {
            if let Some(record) = entry.shapes.get_mut(shape) {
                record.tried = record.tried.saturating_add(tried);
            }
        }
        entry.prune();
    }

    /// The estimated share of the questions of a kind that a shape answers; one half for unknown shapes.
    pub fn rate(&self, kind: &str, shape: &str) -> f64 {
        let entry = self.kinds.get(kind);
        let record = entry.and_then(|entry| entry.shapes.get(shape)).copied().unwrap_or_default();
        let tried = record.tried.saturating_add(entry.map_or(0, |entry| entry.searched));
        (f64::from(record.right) + 1.0) / (f64::from(tried.max(record.right)) + 2.0)
    }

    /// The number of kinds that were met.
    pub fn kinds(&self) -> usize {
        self.kinds.len()
    }
}

impl Kind {
    /// Forgets the shapes that were right least often.
    fn prune(&mut self) {
        if self.shapes.len() > 2 * MOST_SHAPES {
            let mut shapes: Vec<(String, Record)> = std::mem::take(&mut self.shapes).into_iter().collect();
            // Stable: of equally good ones the first by name stay.
            shapes.sort_by_key(|(_, record)| std::cmp::Reverse(record.right));
            self.shapes = shapes.into_iter().take(MOST_SHAPES).collect();
        }
    }
}
