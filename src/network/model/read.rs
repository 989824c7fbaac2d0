//! The forward pass of inference: known blocks of a prefix are not computed again, and of the last block only the rows
//! that are read.

use super::attention::{self, Context};
use super::elementwise::fill_rows;
use super::float::{Float, Matrix, Write, product};
use super::forward::{Activations, Normed, resize};
use super::packed::{Packed, ROWS, Sequence};
use super::{Config, Model};
use std::sync::Arc;

/// Tokens of a [`Block`]. The tokens of a prefix after its last whole block are always computed again.
pub const BLOCK_TOKENS: usize = 8;

/// Keys and values of `BLOCK_TOKENS` neighbouring tokens of a prefix in all layers: `[layers, BLOCK_TOKENS, 2 width]`,
/// of each token the key and then the value. They depend on the tokens before them and on the model's weights.
pub type Block<F> = Arc<Vec<F>>;

/// A sequence to read hidden states of.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a, F> {
    /// The tokens.
    pub sequence: &'a Sequence,
    /// The known blocks at the start of the prefix, from an earlier pass of the same model over the same tokens.
    pub known: &'a [Block<F>],
    /// The places whose final hidden states are wanted: a branch and an index in it.
    pub places: &'a [(usize, usize)],
}

/// Buffers of [`Model::read`], to be used again: once grown, a pass allocates nothing but the blocks that it hands out.
#[derive(Clone, Debug, Default)]
pub struct ReadWorkspace<F> {
    /// The activations of all rows.
    act: Activations<F>,
    stream: Vec<F>,
    /// The activations of the rows that are read, in the last block.
    read: Activations<F>,
    normed: Normed<F>,
    /// Keys and values of one sequence's whole prefix `[prefix, 2 width]`.
    gathered: Vec<F>,
    buffer: Vec<F>,
    /// The rows that are read.
    rows: Vec<usize>,
    width: usize,
}

impl<F: Float> ReadWorkspace<F> {
    /// The final hidden state `[width]` of the `index`-th place of the last pass, counted over all readings.
    ///
    /// # Panics
    /// If the last pass did not have the place.
    pub fn output(&self, index: usize) -> &[F] {
        &self.normed.out[index * self.width..][..self.width]
    }
}

impl<F: Float> Model<F> {
    /// Runs the model on this thread over the tokens that the readings do not know; [`ReadWorkspace::output`] then
    /// gives the hidden states. Gives the blocks of each reading's prefix that follow the known ones. In exact
    /// arithmetic the hidden states are those of [`forward`](Self::forward).
    ///
    /// # Panics
    /// If a reading knows more than its prefix or asks for a place that its sequence does not have: a fault of the
    /// caller.
    pub fn read(&self, readings: &[Reading<'_, F>], workspace: &mut ReadWorkspace<F>) -> Vec<Vec<Block<F>>> {
        let mut packed = Packed::default();
        workspace.rows.clear();
        for (index, reading) in readings.iter().enumerate() {
            let known = reading.known.len() * BLOCK_TOKENS;
            assert!(known <= reading.sequence.prefix.len(), "blocks beyond the prefix");
            packed.push_after(reading.sequence, known);
            workspace.rows.extend(reading.places.iter().map(|&(branch, at)| {
                let row = packed.row(index, Some(branch), at);
                row.expect("a place of the sequence (stated in the documentation)")
            }));
        }
        workspace.width = self.config.width;
        let mut fresh: Vec<Vec<Vec<F>>> = readings.iter().map(|r| self.empty_blocks(r)).collect();
        self.embed(&packed.tokens, &packed.positions, &mut workspace.stream);
        for l in 0..self.config.layers {
            std::mem::swap(&mut workspace.act.input, &mut workspace.stream);
            if l + 1 < self.config.layers {
                self.queries_keys_values(l, packed.rows(), self.half(l), &mut workspace.act);
                self.attend_known(l, readings, &packed, workspace);
                self.after_attention(l, packed.rows(), self.half(l), &mut workspace.act, &mut workspace.stream);
            } else {
                self.last_block(l, readings, &packed, workspace);
            }
            self.keep_blocks(&packed, &workspace.act.qkv, &mut fresh);
        }
        self.norm(&self.layout.final_norm, &workspace.stream, &mut workspace.normed);
        fresh.into_iter().map(|blocks| blocks.into_iter().map(Arc::new).collect()).collect()
    }

    /// Bytes that [`read`](Self::read) takes for so many tokens of one pass beside the model, the blocks that it hands
    /// out among them.
    pub fn read_bytes(&self, tokens: usize) -> u64 {
        let Config { layers, heads, width, context, .. } = self.config;
        // Of a row: the activations of a block, those of the last one where all rows are read, the stream, the last
        // norm, keys and values of all blocks.
        let row = 2 * (16 * width + 4 + heads) + 2 * width + 2 + 2 * layers * width;
        // Scores of attention, and keys and values of one prefix.
        let apart = ROWS * context + 2 * context * width;
        (tokens * row + apart) as u64 * size_of::<F>() as u64
    }

    /// Room for the whole blocks of a prefix that are not known.
    fn empty_blocks(&self, reading: &Reading<'_, F>) -> Vec<Vec<F>> {
        let size = self.config.layers * BLOCK_TOKENS * 2 * self.config.width;
        let count = reading.sequence.prefix.len() / BLOCK_TOKENS - reading.known.len();
        (0..count).map(|_| Vec::with_capacity(size)).collect()
    }

    /// Adds a layer's keys and values of the prefixes' rows to the new blocks.
    fn keep_blocks(&self, packed: &Packed, qkv: &[F], fresh: &mut [Vec<Vec<F>>]) {
        let width = self.config.width;
        for (sequence, blocks) in fresh.iter_mut().enumerate() {
            let start = packed.prefix(sequence).0.start;
            for (row, block) in (start..).step_by(BLOCK_TOKENS).zip(blocks) {
                for row in row..row + BLOCK_TOKENS {
                    block.extend_from_slice(&qkv[(3 * row + 1) * width..][..2 * width]);
                }
            }
        }
    }

    /// Puts the keys and values of a sequence's whole prefix together `[prefix, 2 width]`: known blocks, then computed
    /// rows.
    fn gather(&self, l: usize, sequence: usize, known: &[Block<F>], packed: &Packed, qkv: &[F], out: &mut Vec<F>) {
        let width = self.config.width;
        out.clear();
        for block in known {
            out.extend_from_slice(&block[l * BLOCK_TOKENS * 2 * width..][..BLOCK_TOKENS * 2 * width]);
        }
        let rows = packed.prefix(sequence).0;
        for row in rows.start..rows.start + rows.length {
            out.extend_from_slice(&qkv[(3 * row + 1) * width..][..2 * width]);
        }
    }

    /// Attention of all rows.
    fn attend_known(&self, l: usize, readings: &[Reading<'_, F>], packed: &Packed, workspace: &mut ReadWorkspace<F>) {
        let ReadWorkspace { act, gathered, buffer, .. } = workspace;
        let attended = resize(&mut act.attended, packed.rows() * self.config.width);
        let mut present = None;
        packed.for_each_group(|group| {
            let known = readings[group.sequence].known;
            if present != Some(group.sequence) {
                self.gather(l, group.sequence, known, packed, &act.qkv, gathered);
                present = Some(group.sequence);
            }
            let length = known.len() * BLOCK_TOKENS + group.context.length;
            let context = Context::gathered(gathered, length, self.heads());
            attention::attend_group(&act.qkv, self.heads(), (&group, context), (attended, 0), None, buffer);
        });
    }

    /// The last block: keys and values of all rows, everything else of the rows that are read.
    fn last_block(&self, l: usize, readings: &[Reading<'_, F>], packed: &Packed, workspace: &mut ReadWorkspace<F>) {
        let (layer, width) = (&self.layout.layers[l], self.config.width);
        let ReadWorkspace { act, stream, read, gathered, buffer, rows, .. } = workspace;
        self.norm(&layer.norm1, &act.input, &mut act.norm1);
        let (weight, bias) = (self.view(&layer.attention.weight), self.view(&layer.attention.bias));
        let qkv = resize(&mut act.qkv, packed.rows() * 3 * width);
        fill_rows(qkv, bias);
        let half = self.half(l);
        if let Some(half) = half
            && packed.rows() > 0
        {
            half.keys_and_values.add_product(&act.norm1.out, &mut qkv[width..], 3 * width, &mut act.halves);
        } else if packed.rows() > 0 {
            let normed = Matrix::new(&act.norm1.out, packed.rows(), width, width);
            let keys_and_values = Matrix::new(&weight[width..], width, 2 * width, 3 * width);
            product(&mut qkv[width..], 3 * width, Write::Add, normed, keys_and_values, F::ONE);
        }
        let pick = |from: &[F], to: &mut Vec<F>| {
            to.clear();
            rows.iter().for_each(|&row| to.extend_from_slice(&from[row * width..][..width]));
        };
        pick(&act.input, &mut read.input);
        pick(&act.norm1.out, &mut read.norm1.out);
        let queries = resize(&mut read.qkv, rows.len() * width);
        fill_rows(queries, &bias[..width]);
        match half {
            Some(half) => half.queries.add_product(&read.norm1.out, queries, width, &mut read.halves),
            None => {
                let normed = Matrix::new(&read.norm1.out, rows.len(), width, width);
                product(queries, width, Write::Add, normed, Matrix::new(weight, width, width, 3 * width), F::ONE);
            }
        }

        let attended = resize(&mut read.attended, rows.len() * width);
        let mut first = 0;
        for (sequence, reading) in readings.iter().enumerate() {
            self.gather(l, sequence, reading.known, packed, &act.qkv, gathered);
            let context = Context::gathered(gathered, reading.sequence.prefix.len(), self.heads());
            let own = reading.places.iter().zip(&rows[first..]).map(|(&(_, at), &row)| (row - at, at + 1));
            let range = first * width..(first + reading.places.len()) * width;
            let (queries, out) = (&read.qkv[range.clone()], &mut attended[range]);
            attention::attend_places(self.heads(), &act.qkv, context, queries, own, out, buffer);
            first += reading.places.len();
        }
        self.after_attention(l, rows.len(), half, read, stream);
    }
}
