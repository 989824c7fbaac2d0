//! Sequences as prefix and branches, and the memory layout of a batch of them.

use std::ops::Range;

/// A prefix and the branches that continue it. Each branch sees the whole prefix and itself, causally; branches do not
/// see each other. Positions of a branch go on after the prefix. Scoring a state's actions this way computes the state
/// once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Tokens common to all branches.
    pub prefix: Vec<u32>,
    /// The continuations; an empty one takes no room.
    pub branches: Vec<Vec<u32>>,
}

impl Sequence {
    /// Number of tokens that a pass computes.
    pub fn tokens(&self) -> usize {
        self.prefix.len() + self.branches.iter().map(Vec::len).sum::<usize>()
    }

    /// Number of positions that the longest path needs.
    pub fn longest(&self) -> usize {
        self.prefix.len() + self.branches.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// Rows `start..start + length` of a packed batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub length: usize,
}

/// The rows of one sequence.
#[derive(Clone, Debug)]
struct Placement {
    /// Rows of the prefix, those of its first `known` tokens left out.
    prefix: Span,
    known: usize,
    branches: Range<usize>,
}

/// A batch of sequences as rows of matrices: of each sequence the prefix, then its branches in order.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    pub(super) tokens: Vec<u32>,
    pub(super) positions: Vec<u32>,
    placements: Vec<Placement>,
    branches: Vec<Span>,
}

/// Rows of the query side that are computed together: a block of a prefix, or some neighbouring branches.
pub(super) struct Group<'a> {
    /// Index of their sequence in the batch.
    pub sequence: usize,
    /// Rows that all members see entirely.
    pub context: Span,
    /// Neighbouring spans, each of which sees the context and, causally, itself.
    pub members: &'a [Span],
}

impl Group<'_> {
    /// All rows of the members.
    pub fn rows(&self) -> Span {
        let start = self.members.first().map_or(0, |s| s.start);
        Span { start, length: self.members.iter().map(|s| s.length).sum() }
    }

    /// Length of the longest member.
    pub fn longest(&self) -> usize {
        self.members.iter().map(|s| s.length).max().unwrap_or(0)
    }
}

/// Rows of a group where there is a choice: scores of a block stay in the first-level or second-level cache.
pub(super) const ROWS: usize = 64;

impl Packed {
    /// Lays sequences out.
    pub fn new<'a>(sequences: impl IntoIterator<Item = &'a Sequence>) -> Self {
        let mut packed = Self::default();
        for sequence in sequences {
            packed.push(sequence);
        }
        packed
    }

    /// Adds a sequence behind the others.
    pub fn push(&mut self, sequence: &Sequence) {
        self.push_after(sequence, 0);
    }

    /// Adds a sequence behind the others, without rows for the first `known` tokens of its prefix.
    pub(super) fn push_after(&mut self, sequence: &Sequence, known: usize) {
        let known = known.min(sequence.prefix.len());
        let prefix = self.push_span(&sequence.prefix[known..], known);
        let first = self.branches.len();
        for branch in &sequence.branches {
            let span = self.push_span(branch, sequence.prefix.len());
            self.branches.push(span);
        }
        self.placements.push(Placement { prefix, known, branches: first..self.branches.len() });
    }

    fn push_span(&mut self, tokens: &[u32], position: usize) -> Span {
        let start = self.tokens.len();
        self.tokens.extend_from_slice(tokens);
        self.positions.extend((position..position + tokens.len()).map(|p| p as u32));
        Span { start, length: tokens.len() }
    }

    /// Number of rows: tokens of all sequences.
    pub fn rows(&self) -> usize {
        self.tokens.len()
    }

    /// The row of the `index`-th token of a sequence's prefix (`branch` none) or branch, if there is one.
    pub fn row(&self, sequence: usize, branch: Option<usize>, index: usize) -> Option<usize> {
        let placement = self.placements.get(sequence)?;
        let (span, index) = match branch {
            None => (placement.prefix, index.checked_sub(placement.known)?),
            Some(b) => (*self.branches[placement.branches.clone()].get(b)?, index),
        };
        (index < span.length).then_some(span.start + index)
    }

    /// The rows of a sequence's prefix, and how many tokens before them have none.
    pub(super) fn prefix(&self, sequence: usize) -> (Span, usize) {
        let placement = &self.placements[sequence];
        (placement.prefix, placement.known)
    }

    /// Calls `visit` for every group of query rows; together they cover each row once.
    pub(super) fn for_each_group(&self, mut visit: impl FnMut(Group<'_>)) {
        for (sequence, placement) in self.placements.iter().enumerate() {
            let prefix = placement.prefix;
            for offset in (0..prefix.length).step_by(ROWS) {
                let block = Span { start: prefix.start + offset, length: ROWS.min(prefix.length - offset) };
                let context = Span { start: prefix.start, length: offset };
                visit(Group { sequence, context, members: &[block] });
            }
            let mut rest = &self.branches[placement.branches.clone()];
            while !rest.is_empty() {
                let (mut count, mut rows) = (0, 0);
                while count < rest.len() && (count == 0 || rows + rest[count].length <= ROWS) {
                    rows += rest[count].length;
                    count += 1;
                }
                if rows > 0 {
                    visit(Group { sequence, context: prefix, members: &rest[..count] });
                }
                rest = &rest[count..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_cover_each_row_once() {
        let sequences = [
            Sequence { prefix: vec![1; 150], branches: vec![vec![2; 40], vec![], vec![3; 40], vec![4; 100]] },
            Sequence { prefix: vec![], branches: vec![vec![5; 3]] },
            Sequence { prefix: vec![6; 2], branches: vec![] },
            Sequence::default(),
        ];
        let packed = Packed::new(&sequences);
        assert_eq!(packed.rows(), 150 + 180 + 3 + 2);
        let mut seen = vec![0; packed.rows()];
        packed.for_each_group(|group| {
            for member in group.members {
                (member.start..member.start + member.length).for_each(|row| seen[row] += 1);
            }
            assert_eq!(group.rows().length, group.members.iter().map(|m| m.length).sum::<usize>());
        });
        assert!(seen.iter().all(|&n| n == 1));
        assert_eq!(packed.row(0, Some(2), 5), Some(150 + 40 + 5));
        assert_eq!(packed.row(0, Some(1), 0), None);
        assert_eq!(packed.row(1, Some(0), 2), Some(332));
        assert_eq!(packed.row(9, None, 0), None);
        assert_eq!(packed.positions[150 + 40], 150);
    }
}
