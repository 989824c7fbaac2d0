//! The backward pass: from the gradient of the final residual stream to that of all parameters.

use super::Model;
use super::attention::{self, Saved};
use super::config::{Affine, LayerLayout};
use super::elementwise::{add_row_sums, gelu_backward, layer_norm_backward};
use super::float::{Float, Matrix, Write, product};
use super::forward::{Activations, Normed, Workspace, resize};
use super::packed::Packed;
use std::ops::Range;

/// Buffers of a backward pass, to be used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Gradients<F> {
    /// Gradient of the final hidden states `[rows, width]`, filled by the loss.
    pub output: Vec<F>,
    /// Gradient of the residual stream `[rows, width]`.
    stream: Vec<F>,
    wide: Vec<F>,
    narrow: Vec<F>,
    scratch: [Vec<F>; 2],
}

impl<F> Gradients<F> {
    /// Numbers that its buffers have room for.
    pub fn numbers(&self) -> usize {
        let [first, second] = &self.scratch;
        [&self.output, &self.stream, &self.wide, &self.narrow, first, second].into_iter().map(Vec::capacity).sum()
    }
}

/// Two ranges of one vector, the first before the second.
fn two<'a, F>(data: &'a mut [F], first: &Range<usize>, second: &Range<usize>) -> (&'a mut [F], &'a mut [F]) {
    let (left, right) = data.split_at_mut(second.start);
    (&mut left[first.clone()], &mut right[..second.len()])
}

impl<F: Float> Model<F> {
    /// Adds the gradient of the parameters to `gradient`, given the gradient of the final hidden states in
    /// `gradients.output` and the activations that [`Model::run`] kept.
    pub(super) fn backward(
        &self,
        packed: &Packed,
        workspace: &Workspace<F>,
        gradients: &mut Gradients<F>,
        gradient: &mut [F],
    ) {
        let (rows, width) = (packed.rows(), self.config.width);
        let mut stream = std::mem::take(&mut gradients.stream);
        stream.clear();
        stream.resize(rows * width, F::ZERO);
        let output = std::mem::take(&mut gradients.output);
        let normed = &workspace.normed;
        self.norm_backward(&self.layout.final_norm, &output, &workspace.last, normed, &mut stream, gradient);
        gradients.output = output;
        for (layer, act) in self.layout.layers.iter().zip(&workspace.layers).rev() {
            self.feed_forward_backward(layer, rows, act, gradients, &mut stream, gradient);
            self.attention_backward(layer, packed, act, gradients, &mut stream, gradient);
        }
        for ((d, &token), &position) in stream.chunks_exact(width).zip(&packed.tokens).zip(&packed.positions) {
            let token = (token as usize).min(self.config.vocabulary - 1);
            let position = (position as usize).min(self.config.context - 1);
            let token_row = &mut gradient[self.layout.token_embedding.start + token * width..][..width];
            token_row.iter_mut().zip(d).for_each(|(g, &d)| *g += d);
            let position_row = &mut gradient[self.layout.position_embedding.start + position * width..][..width];
            position_row.iter_mut().zip(d).for_each(|(g, &d)| *g += d);
        }
        gradients.stream = stream;
    }

    fn norm_backward(
        &self,
        affine: &Affine,
        dout: &[F],
        x: &[F],
        normed: &Normed<F>,
        dx: &mut [F],
        gradient: &mut [F],
    ) {
        let (dgain, dbias) = two(gradient, &affine.weight, &affine.bias);
        let gain = self.view(&affine.weight);
        layer_norm_backward(dout, x, gain, &normed.mean, &normed.rstd, dx, dgain, dbias);
    }

    /// Gradient of `y = x W + b`: adds those of `W` and `b`, overwrites `dx`.
    fn linear_backward(&self, affine: &Affine, x: &[F], dy: &[F], dx: &mut [F], gradient: &mut [F]) {
        let outputs = affine.bias.len();
        let inputs = affine.weight.len() / outputs;
        let rows = dy.len() / outputs;
        let (dweight, dbias) = two(gradient, &affine.weight, &affine.bias);
        let dy_matrix = Matrix::new(dy, rows, outputs, outputs);
        let x = Matrix::new(x, rows, inputs, inputs);
        product(dweight, outputs, Write::Add, x.transposed(), dy_matrix, F::ONE);
        add_row_sums(dy, dbias);
        product(dx, inputs, Write::Set, dy_matrix, self.weight(affine).transposed(), F::ONE);
    }

    fn feed_forward_backward(
        &self,
        layer: &LayerLayout,
        rows: usize,
        act: &Activations<F>,
        buffers: &mut Gradients<F>,
        stream: &mut [F],
        gradient: &mut [F],
    ) {
        let width = self.config.width;
        let wide = resize(&mut buffers.wide, rows * 4 * width);
        self.linear_backward(&layer.contract, &act.activated, stream, wide, gradient);
        gelu_backward(&act.expanded, wide);
        let narrow = resize(&mut buffers.narrow, rows * width);
        self.linear_backward(&layer.expand, &act.norm2.out, wide, narrow, gradient);
        self.norm_backward(&layer.norm2, narrow, &act.middle, &act.norm2, stream, gradient);
    }

    fn attention_backward(
        &self,
        layer: &LayerLayout,
        packed: &Packed,
        act: &Activations<F>,
        buffers: &mut Gradients<F>,
        stream: &mut [F],
        gradient: &mut [F],
    ) {
        let (rows, width) = (packed.rows(), self.config.width);
        let narrow = resize(&mut buffers.narrow, rows * width);
        self.linear_backward(&layer.attention_out, &act.attended, stream, narrow, gradient);
        let saved = Saved { qkv: &act.qkv, out: &act.attended, log_sum: &act.log_sum, dout: narrow };
        let dqkv = resize(&mut buffers.wide, rows * 3 * width);
        attention::backward(packed, self.heads(), &saved, dqkv, &mut buffers.scratch);
        self.linear_backward(&layer.attention, &act.norm1.out, dqkv, narrow, gradient);
        self.norm_backward(&layer.norm1, narrow, &act.input, &act.norm1, stream, gradient);
    }
}
