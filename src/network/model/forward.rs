//! The forward pass.

use super::Model;
use super::attention::{self, Heads};
use super::config::Affine;
use super::elementwise::{copy_add_rows, fill_rows, gelu, layer_norm};
use super::float::{Float, Matrix, Write, product};
use super::half::{HalfBlock, HalfMatrix};
use super::packed::Packed;

/// GPT-2's epsilon of layer normalisation.
pub(super) const EPSILON: f64 = 1e-5;

/// Activations of one block, of shape `[rows, ...]` each.
#[derive(Clone, Debug, Default)]
pub(super) struct Activations<F> {
    /// Residual stream at the start of the block `[width]`.
    pub input: Vec<F>,
    pub norm1: Normed<F>,
    /// Queries, keys, values `[3 width]`.
    pub qkv: Vec<F>,
    /// Attention's output before its projection `[width]`.
    pub attended: Vec<F>,
    /// Logarithms of the softmax normalisers `[heads]`.
    pub log_sum: Vec<F>,
    /// Residual stream after attention `[width]`.
    pub middle: Vec<F>,
    pub norm2: Normed<F>,
    /// Before GELU `[4 width]`.
    pub expanded: Vec<F>,
    /// After GELU `[4 width]`.
    pub activated: Vec<F>,
    /// Scratch of products in bfloat16.
    pub halves: Vec<u16>,
}

impl<F> Activations<F> {
    /// Numbers that its buffers have room for, without scratch.
    fn numbers(&self) -> usize {
        let Self { input, norm1, qkv, attended, log_sum, middle, norm2, expanded, activated, halves: _ } = self;
        let own = [input, qkv, attended, log_sum, middle, expanded, activated];
        own.into_iter().map(Vec::capacity).sum::<usize>() + norm1.numbers() + norm2.numbers()
    }
}

impl<F> Normed<F> {
    fn numbers(&self) -> usize {
        self.out.capacity() + self.mean.capacity() + self.rstd.capacity()
    }
}

/// A normalised stream and the values its gradient needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Normed<F> {
    pub out: Vec<F>,
    pub mean: Vec<F>,
    pub rstd: Vec<F>,
}

/// Buffers of a forward pass, to be used again: once grown, a pass allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Workspace<F> {
    pub(super) layers: Vec<Activations<F>>,
    /// Residual stream after the last block.
    pub(super) last: Vec<F>,
    pub(super) normed: Normed<F>,
    pub(super) buffer: Vec<F>,
    pub(super) rows: usize,
    pub(super) width: usize,
}

impl<F> Workspace<F> {
    /// Numbers that its buffers have room for.
    pub(super) fn numbers(&self) -> usize {
        let layers: usize = self.layers.iter().map(Activations::numbers).sum();
        layers + self.last.capacity() + self.normed.numbers() + self.buffer.capacity()
    }
}

impl<F: Float> Workspace<F> {
    /// The final hidden state `[width]` of a row of the last pass.
    ///
    /// # Panics
    /// If the last pass did not have the row.
    pub fn output(&self, row: usize) -> &[F] {
        assert!(row < self.rows);
        &self.normed.out[row * self.width..][..self.width]
    }

    /// The final hidden states of all rows of the last pass `[rows, width]`.
    pub fn outputs(&self) -> &[F] {
        &self.normed.out[..self.rows * self.width]
    }
}

/// Sets a buffer's length without caring for its content.
pub(super) fn resize<F: Float>(buffer: &mut Vec<F>, length: usize) -> &mut [F] {
    buffer.resize(length, F::ZERO);
    buffer
}

impl<F: Float> Model<F> {
    pub(super) fn heads(&self) -> Heads {
        Heads { count: self.config.heads, width: self.config.width }
    }

    /// Runs the model over a packed batch on this thread; [`Workspace::output`] then gives the final hidden states.
    /// Positions beyond the context are taken as the last one (callers cut their sequences before).
    pub fn forward(&self, packed: &Packed, workspace: &mut Workspace<F>) {
        self.run(packed, workspace, false);
    }

    /// The forward pass; with `keep`, every block's activations stay for the backward pass.
    pub(super) fn run(&self, packed: &Packed, workspace: &mut Workspace<F>, keep: bool) {
        let rows = packed.rows();
        let kept = if keep { self.config.layers } else { 1 };
        workspace.layers.resize_with(kept.max(workspace.layers.len()), Activations::default);
        (workspace.rows, workspace.width) = (rows, self.config.width);
        let Workspace { layers, last, normed, buffer, .. } = workspace;
        self.embed(&packed.tokens, &packed.positions, last);
        for l in 0..self.config.layers {
            let act = &mut layers[if keep { l } else { 0 }];
            std::mem::swap(&mut act.input, last);
            self.queries_keys_values(l, rows, None, act);
            let log_sum = keep.then(|| resize(&mut act.log_sum, rows * self.config.heads));
            let attended = resize(&mut act.attended, rows * self.config.width);
            attention::forward(packed, self.heads(), &act.qkv, attended, log_sum, buffer);
            self.after_attention(l, rows, None, act, last);
        }
        self.norm(&self.layout.final_norm, last, normed);
    }

    /// Token plus position embedding of each row.
    pub(super) fn embed(&self, tokens: &[u32], positions: &[u32], out: &mut Vec<F>) {
        let width = self.config.width;
        let table = self.view(&self.layout.position_embedding);
        resize(out, tokens.len() * width);
        for ((row, &token), &position) in out.chunks_exact_mut(width).zip(tokens).zip(positions) {
            let position = (position as usize).min(self.config.context - 1);
            let at = &table[position * width..][..width];
            for ((x, &t), &p) in row.iter_mut().zip(self.embedding(token)).zip(at) {
                *x = t + p;
            }
        }
    }

    pub(super) fn norm(&self, affine: &Affine, x: &[F], out: &mut Normed<F>) {
        let rows = x.len() / self.config.width;
        layer_norm(
            x,
            self.view(&affine.weight),
            self.view(&affine.bias),
            F::from_f64(EPSILON),
            resize(&mut out.out, x.len()),
            resize(&mut out.mean, rows),
            resize(&mut out.rstd, rows),
        );
    }

    /// The matrix of a linear map.
    pub(super) fn weight(&self, affine: &Affine) -> Matrix<'_, F> {
        let (inputs, outputs) = (affine.weight.len() / affine.bias.len(), affine.bias.len());
        Matrix::new(self.view(&affine.weight), inputs, outputs, outputs)
    }

    /// First part of a block: `qkv = norm(input) W + b`. With `half`, that block's weights are taken from there.
    pub(super) fn queries_keys_values(
        &self,
        l: usize,
        rows: usize,
        half: Option<&HalfBlock>,
        act: &mut Activations<F>,
    ) {
        let (layer, width) = (&self.layout.layers[l], self.config.width);
        self.norm(&layer.norm1, &act.input, &mut act.norm1);
        let qkv = resize(&mut act.qkv, rows * 3 * width);
        fill_rows(qkv, self.view(&layer.attention.bias));
        let Some(half) = half else {
            let normed = Matrix::new(&act.norm1.out, rows, width, width);
            return product(qkv, 3 * width, Write::Add, normed, self.weight(&layer.attention), F::ONE);
        };
        if rows > 0 {
            half.queries.round(&act.norm1.out, &mut act.halves);
            half.queries.add_rounded(rows, &act.halves, qkv, 3 * width);
            half.keys_and_values.add_rounded(rows, &act.halves, &mut qkv[width..], 3 * width);
        }
    }

    /// Second part of a block: projection of `attended`, residual, feed-forward, residual, into `output`. With `half`,
    /// that block's weights are taken from there.
    pub(super) fn after_attention(
        &self,
        l: usize,
        rows: usize,
        half: Option<&HalfBlock>,
        act: &mut Activations<F>,
        output: &mut Vec<F>,
    ) {
        let (layer, width) = (&self.layout.layers[l], self.config.width);
        let halves = &mut act.halves;
        let mut add_product = |input: &[F], affine: &Affine, half: Option<&HalfMatrix>, out: &mut [F]| {
            let (inputs, outputs) = (affine.weight.len() / affine.bias.len(), affine.bias.len());
            match half {
                Some(half) => half.add_product(input, out, outputs, halves),
                None => {
                    let input = Matrix::new(input, rows, inputs, inputs);
                    product(out, outputs, Write::Add, input, self.weight(affine), F::ONE);
                }
            }
        };
        let middle = resize(&mut act.middle, rows * width);
        copy_add_rows(middle, &act.input, self.view(&layer.attention_out.bias));
        add_product(&act.attended, &layer.attention_out, half.map(|h| &h.attention_out), middle);

        self.norm(&layer.norm2, &act.middle, &mut act.norm2);
        let expanded = resize(&mut act.expanded, rows * 4 * width);
        fill_rows(expanded, self.view(&layer.expand.bias));
        add_product(&act.norm2.out, &layer.expand, half.map(|h| &h.expand), expanded);
        gelu(expanded, resize(&mut act.activated, rows * 4 * width));

        let output = resize(output, rows * width);
        copy_add_rows(output, &act.middle, self.view(&layer.contract.bias));
        add_product(&act.activated, &layer.contract, half.map(|h| &h.contract), output);
    }

    /// The sequence's demands against the context.
    pub fn fits(&self, sequence: &super::Sequence) -> bool {
        sequence.longest() <= self.config.context
    }
}
