//! Counts of the graphs that answer the questions of a kind, so that lucky graphs are distinguished from right ones.
//!
//! Many graphs give the answer of one question: `is_prime(neg(f0))` says False of a composite number, as `is_prime(f0)`
//! does. But one [shape](crate::answer::shape::shape) answers all questions of a [kind](crate::answer::shape::kind),
//! the other about half of them. So several questions of a kind are asked together, each shape that answers one is
//! tried on the others, and the outcomes are counted: with `r` questions that a shape answered
//! among `t` that it was tried on, its rate is `(r + 1) / (t + 2)` (Laplace's rule of succession).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shape;

/// Shapes that are kept of a kind.
const MOST_SHAPES: usize = 32;

/// Shapes of a kind that are tried on a question, at most.
const MOST_TRIED: usize = 8;

/// Penalty of each operator of a graph, as a share of the questions answered: of graphs that answer the same questions
/// the smallest is learned.
const COST_OF_AN_OPERATOR: f64 = 0.01;

/// Counts of the questions of each kind that shapes answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Consistency {
    kinds: BTreeMap<String, Kind>,
}

/// The counts of one kind of question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kind {
    shapes: BTreeMap<String, Record>,
}

/// The counts of one shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    right: u32,
    /// Questions on which it was tried.
    tried: u32,
}

impl Record {
    fn rate(self) -> f64 {
        (f64::from(self.right) + 1.0) / (f64::from(self.tried.max(self.right)) + 2.0)
    }
}

impl Consistency {
    /// Empty counts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes the shapes that gave the answer of a question.
    pub fn note_right<'s>(&mut self, kind: &str, shapes: impl IntoIterator<Item = &'s str>) {
        let entry = self.kinds.entry(kind.to_owned()).or_default();
        for shape in shapes {
            let record = entry.shapes.entry(shape.to_owned()).or_default();
            // Counts read from a file may be as large as can be.
            record.right = record.right.saturating_add(1);
            record.tried = record.tried.saturating_add(1);
        }
        entry.prune();
    }

    /// Notes the shapes that were tried on a question in vain. A shape that never was right is not counted.
    pub fn note_wrong<'s>(&mut self, kind: &str, shapes: impl IntoIterator<Item = &'s str>) {
        let Some(entry) = self.kinds.get_mut(kind) else { return };
        for shape in shapes {
            if let Some(record) = entry.shapes.get_mut(shape) {
                record.tried = record.tried.saturating_add(1);
            }
        }
    }

    /// The estimated share of the questions of a kind that a shape answers; one half for unknown shapes.
    pub fn rate(&self, kind: &str, shape: &str) -> f64 {
        let record = self.kinds.get(kind).and_then(|entry| entry.shapes.get(shape));
        record.copied().unwrap_or_default().rate()
    }

    /// The worth of a shape as the graph to learn for a kind: its rate, less a little for each operator.
    pub fn score(&self, kind: &str, shape: &str) -> f64 {
        self.rate(kind, shape) - cost(shape)
    }

    /// The shapes of a kind with a score above a bound, the best first; at most so many as are worth trying.
    pub fn best(&self, kind: &str, above: f64) -> Vec<&str> {
        let shapes = self.kinds.get(kind).into_iter().flat_map(|entry| &entry.shapes);
        let scored = shapes.map(|(shape, record)| (record.rate() - cost(shape), shape.as_str()));
        let mut scored: Vec<(f64, &str)> = scored.filter(|(score, _)| *score > above).collect();
        // Stable: of equally good ones the first by name comes first.
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(MOST_TRIED).map(|(_, shape)| shape).collect()
    }

    /// The number of kinds that were met.
    pub fn kinds(&self) -> usize {
        self.kinds.len()
    }
}

fn cost(shape: &str) -> f64 {
    COST_OF_AN_OPERATOR * shape::size(shape) as f64
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
