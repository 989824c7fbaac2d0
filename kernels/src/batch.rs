//! Prefix trees as rows of matrices, and the tables by which the attention kernels find what a row sees.

use crate::context::{Buffer, Context, Parcel, Part, Sent};
use crate::embedding::{Scatter, ScatterPlan};
use crate::error::Error;
use cubecl::prelude::*;

/// Cubes that every WebGPU device allows in a dimension.
pub(crate) const MAX_TILES: usize = 65_535;

/// A batch of sequences, each a prefix and branches that continue it: of each the prefix, then its branches in order. A
/// row sees the rows of its own span (prefix or branch) up to itself, and if it stands in a branch, the whole prefix of
/// its sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    tokens: Vec<u32>,
    positions: Vec<u32>,
    /// For each row the first row of its span.
    own: Vec<u32>,
    /// For each row the end of its span.
    own_end: Vec<u32>,
    sequences: Vec<[u32; 3]>,
}

impl Batch {
    /// Adds a sequence behind the others.
    pub fn push<'a>(&mut self, prefix: &[u32], branches: impl IntoIterator<Item = &'a [u32]>) {
        let start = self.rows();
        self.push_span(prefix, 0);
        let end = self.rows();
        for branch in branches {
            self.push_span(branch, prefix.len());
        }
        self.sequences.push([start as u32, end as u32, self.rows() as u32]);
    }

    fn push_span(&mut self, tokens: &[u32], position: usize) {
        let (start, length) = (self.rows() as u32, tokens.len());
        self.tokens.extend_from_slice(tokens);
        self.positions.extend((position..position + length).map(|p| p as u32));
        self.own.extend(std::iter::repeat_n(start, length));
        self.own_end.extend(std::iter::repeat_n(start + length as u32, length));
    }

    /// Number of rows: tokens of all sequences.
    pub fn rows(&self) -> usize {
        self.tokens.len()
    }

    /// Whether a row sees another, from the definition.
    #[cfg(test)]
    pub(crate) fn sees(&self, query: usize, key: usize) -> bool {
        let (query, key) = (query as u32, key as u32);
        let in_prefix = |s: &&[u32; 3]| (s[0]..s[2]).contains(&query) && query >= s[1] && (s[0]..s[1]).contains(&key);
        (self.own[query as usize]..=query).contains(&key) || self.sequences.iter().find(in_prefix).is_some()
    }

    /// Tokens and positions of the rows.
    #[cfg(test)]
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.tokens.iter().zip(&self.positions).map(|(&t, &p)| (t as usize, p as usize))
    }

    /// Pairs of rows of which the first sees the second: the work of attention, a head.
    pub fn pairs(&self) -> u64 {
        let mut pairs = 0;
        for [start, branches, end] in &self.sequences {
            for row in *start..*end {
                let own = row - self.own[row as usize] + 1;
                let prefix = if row < *branches { 0 } else { branches - start };
                pairs += u64::from(own + prefix);
            }
        }
        pairs
    }

    /// For every tile of at most `tile` neighbouring rows of a prefix or of a sequence's branches: first row, end; keys
    /// that all of its rows see, from, to; keys of which a row sees those in its own span up to itself, from, to.
    pub(crate) fn query_tiles(&self, tile: usize) -> Vec<[u32; 6]> {
        let mut tiles = Vec::new();
        for &[start, branches, end] in &self.sequences {
            for first in (start..branches).step_by(tile) {
                let last = branches.min(first + tile as u32);
                tiles.push([first, last, start, first, first, last]);
            }
            for first in (branches..end).step_by(tile) {
                let last = end.min(first + tile as u32);
                tiles.push([first, last, start, branches, self.own[first as usize], last]);
            }
        }
        tiles
    }

    /// The same from the keys' side: first row, end; queries that see all of its rows, from, to; queries that see those
    /// in their own span up to themselves.
    pub(crate) fn key_tiles(&self, tile: usize) -> Vec<[u32; 6]> {
        let mut tiles = Vec::new();
        for &[start, branches, end] in &self.sequences {
            for first in (start..branches).step_by(tile) {
                let last = branches.min(first + tile as u32);
                tiles.push([first, last, branches, end, first, branches]);
            }
            for first in (branches..end).step_by(tile) {
                let last = end.min(first + tile as u32);
                tiles.push([first, last, 0, 0, first, self.own_end[last as usize - 1]]);
            }
        }
        tiles
    }

    /// Packs tables for attention with this tile; tokens and positions beyond the model's last are taken as the last.
    /// Rows that nobody asked for follow, up to a multiple of `bounds.multiple`.
    pub(crate) fn pack(&self, parcel: &mut Parcel, tile: usize, bounds: Bounds) -> Result<PackedTables, Error> {
        if self.rows() == 0 {
            return Err(Error::Shape("a batch without rows".to_owned()));
        }
        let clamp = |values: &[u32], end: usize| -> Vec<u32> {
            values.iter().map(|&v| v.min(end.saturating_sub(1) as u32)).collect()
        };
        let (tokens, positions) = (clamp(&self.tokens, bounds.vocabulary), clamp(&self.positions, bounds.context));
        let queries = self.query_tiles(tile);
        let keys = if bounds.training { self.key_tiles(tile) } else { Vec::new() };
        if queries.len().max(keys.len()) > MAX_TILES {
            // A smaller batch helps, as it does where memory is short.
            return Err(Error::OutOfMemory(format!("{} rows are too many for one pass", self.rows())));
        }
        let bound = |values: &[u32]| values.iter().max().map_or(0, |&v| v as usize + 1);
        let scatter = bounds.training.then(|| {
            let by_token = ScatterPlan::new(parcel, &tokens, None);
            [by_token, ScatterPlan::new(parcel, &positions, Some(bounds.context))]
        });
        let padded = self.rows().next_multiple_of(bounds.multiple.max(1));
        let pairs = tokens.iter().zip(&positions).flat_map(|(&t, &p)| [t, p]);
        Ok(PackedTables {
            rows: self.rows(),
            padded,
            own: parcel.put(self.own.iter().copied()),
            query_tiles: parcel.put(queries.into_iter().flatten()),
            key_tiles: parcel.put(keys.into_iter().flatten()),
            pairs: parcel.put(pairs.chain(std::iter::repeat_n(0, 2 * (padded - self.rows())))),
            bounds: [bound(&tokens), bound(&positions)],
            scatter,
        })
    }

    /// The tables on the device, alone.
    pub(crate) fn upload<R: Runtime>(
        &self,
        context: &Context<R>,
        tile: usize,
        bounds: Bounds,
    ) -> Result<Tables, Error> {
        let mut parcel = Parcel::default();
        let packed = self.pack(&mut parcel, tile, bounds)?;
        Ok(packed.sent(&parcel.send(context)))
    }
}

/// Limits that a batch must fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub vocabulary: usize,
    pub context: usize,
    /// Whether the gradient is wanted.
    pub training: bool,
    /// Number of which the number of rows is made a multiple.
    pub multiple: usize,
}

/// A batch packed for the device.
#[derive(Clone, Debug)]
pub(crate) struct PackedTables {
    rows: usize,
    padded: usize,
    own: Part,
    query_tiles: Part,
    key_tiles: Part,
    pairs: Part,
    bounds: [usize; 2],
    scatter: Option<[ScatterPlan; 2]>,
}

impl PackedTables {
    /// The batch on the device.
    pub fn sent(&self, sent: &Sent) -> Tables {
        let [tokens, positions] = self.bounds;
        Tables {
            rows: self.rows,
            padded: self.padded,
            own: sent.table(&self.own),
            query_tiles: sent.table(&self.query_tiles),
            key_tiles: sent.table(&self.key_tiles),
            places: Places { pairs: sent.table(&self.pairs), tokens, positions },
            scatter: self.scatter.as_ref().map(|plans| [plans[0].sent(sent), plans[1].sent(sent)]),
        }
    }
}

/// Token and position of each row, with one more than the largest of either.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub pairs: Buffer<u32>,
    pub tokens: usize,
    pub positions: usize,
}

/// A batch on the device.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub rows: usize,
    /// Rows with those that nobody asked for.
    pub padded: usize,
    pub own: Buffer<u32>,
    pub query_tiles: Buffer<u32>,
    /// For the gradient only.
    pub key_tiles: Buffer<u32>,
    pub places: Places,
    /// Sums of rows, for the gradient: added by token, and all positions' anew.
    pub scatter: Option<[Scatter; 2]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::default();
        batch.push(&[1; 50], [&[2; 13][..], &[], &[3; 40], &[4; 1]]);
        batch.push(&[], [&[5; 3][..], &[6; 2]]);
        batch.push(&[7; 2], []);
        batch.push(&[], []);
        batch
    }

    #[test]
    fn tiles_cover_what_rows_see_once() {
        let batch = batch();
        assert_eq!(batch.rows(), 104 + 5 + 2);
        let rows = batch.rows() as u32;
        let masked = |query: u32, key: u32| batch.own[query as usize] <= key && key <= query;
        for tile in [1, 7, 16, 32, 200] {
            let mut seen = vec![[0; 2]; (rows * rows) as usize];
            for [q0, q1, whole0, whole1, own0, own1] in batch.query_tiles(tile) {
                for query in q0..q1 {
                    (whole0..whole1).for_each(|key| seen[(query * rows + key) as usize][0] += 1);
                    let own = (own0..own1).filter(|&key| masked(query, key));
                    own.for_each(|key| seen[(query * rows + key) as usize][0] += 1);
                }
            }
            for [k0, k1, whole0, whole1, own0, own1] in batch.key_tiles(tile) {
                for key in k0..k1 {
                    (whole0..whole1).for_each(|query| seen[(query * rows + key) as usize][1] += 1);
                    let own = (own0..own1).filter(|&query| masked(query, key));
                    own.for_each(|query| seen[(query * rows + key) as usize][1] += 1);
                }
            }
            for query in 0..rows {
                for key in 0..rows {
                    let expected = u32::from(batch.sees(query as usize, key as usize));
                    assert_eq!(seen[(query * rows + key) as usize], [expected; 2], "tile {tile}: {query} sees {key}");
                }
            }
        }
        let pairs =
            (0..rows).flat_map(|q| (0..rows).map(move |k| (q, k))).filter(|&(q, k)| batch.sees(q as usize, k as usize));
        assert_eq!(batch.pairs(), pairs.count() as u64);
    }
}
