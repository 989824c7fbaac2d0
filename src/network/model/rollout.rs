//! Attention rollout: the shares of a text that its last token depends on.

use super::Model;
use super::elementwise::{dot, softmax};
use super::float::Float;
use super::forward::Workspace;
use super::packed::{Packed, Sequence};

impl<F: Float> Model<F> {
    /// How much of each token reaches the final hidden state of the last one: shares that sum to 1, by attention
    /// rollout (S. Abnar and W. Zuidema, *Quantifying Attention Flow in Transformers*, 2020). In each block half of a
    /// row is its own input, through the residual connection, and half what it attends to, in the mean over the heads.
    ///
    /// Runs on this thread, in f32's products whatever the [precision](Model::set_precision); the work of a block grows
    /// with the square of the number of tokens.
    pub fn rollout(&self, tokens: &[u32]) -> Vec<f64> {
        let packed = Packed::new([&Sequence { prefix: tokens.to_vec(), branches: Vec::new() }]);
        let mut workspace = Workspace::default();
        self.run(&packed, &mut workspace, true);
        let mut flow = vec![0.0; tokens.len()];
        let Some(last) = flow.last_mut() else { return flow };
        *last = 1.0;
        let mut scores = Vec::new();
        for block in workspace.layers.iter().rev() {
            let mut before: Vec<f64> = flow.iter().map(|share| share / 2.0).collect();
            for (row, share) in flow.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                for head in 0..self.config.heads {
                    self.attention_of(&block.qkv, row, head, &mut scores);
                    let part = share / 2.0 / self.config.heads as f64;
                    before.iter_mut().zip(&scores).for_each(|(sum, weight)| *sum += part * weight.to_f64());
                }
            }
            flow = before;
        }
        flow
    }

    /// The attention of a row of `qkv` `[rows, 3 width]` to itself and the rows before it, in one head.
    fn attention_of(&self, qkv: &[F], row: usize, head: usize, scores: &mut Vec<F>) {
        let width = self.config.width;
        let size = width / self.config.heads;
        let scale = F::from_f64(1.0 / (size as f64).sqrt());
        let part = |row: usize, part: usize| &qkv[(3 * row + part) * width + head * size..][..size];
        scores.clear();
        scores.extend((0..=row).map(|other| scale * dot(part(row, 0), part(other, 1))));
        softmax(scores);
    }
}
