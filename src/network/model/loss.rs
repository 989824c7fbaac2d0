//! Weighted cross-entropy over chosen places of packed sequences, and its gradient.

use super::backward::Gradients;
use super::elementwise::{add, softmax};
use super::float::{Float, Matrix, Write, product};
use super::forward::{Workspace, resize};
use super::packed::{Packed, ROWS, Sequence};
use super::{Config, Model};
use prover_system::memory::{self, Reserved};
use rayon::prelude::*;

/// Number of groups that losses are summed by.
pub const GROUPS: usize = 4;

/// Targets whose logits are computed together.
const BLOCK: usize = 256;

/// Tokens that are worth a shard of their own, and the most shards: each holds a gradient.
const SHARD_TOKENS: usize = 512;
const MAX_SHARDS: usize = 16;

/// The objective that is minimised in place of `-ln p` where a choice was drawn from the policy itself: the clipped
/// objective of the policy gradient (J. Schulman et al., *Proximal Policy Optimization*, 2017) with the estimate
/// `q / p - ln(q / p) - 1` of the divergence from the policy `q` that drew (Z. Shao et al., *DeepSeekMath*, 2024):
/// `-min(r A, clip(r, 1 - 0.2, 1 + 0.2) A) + leash (q / p - ln(q / p) - 1)` with `r = p / q`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surrogate {
    /// The advantage `A` of the choice over the others of its group, in standard deviations of the group.
    pub advantage: f32,
    /// `ln q`, the logarithm of the choice's probability when it was drawn, in nats.
    pub before: f32,
    /// Weight of the divergence.
    pub leash: f32,
}

/// The most that the ratio of probabilities may differ from 1 before it is clipped.
const CLIP: f64 = 0.2;

impl Surrogate {
    /// The objective at `ln p`, and its negative slope.
    fn at(&self, log_probability: f64) -> (f64, f64) {
        let (advantage, leash) = (f64::from(self.advantage), f64::from(self.leash));
        // A ratio that overflows would turn all weights into NaN.
        let moved = (log_probability - f64::from(self.before)).clamp(-30.0, 30.0);
        let ratio = moved.exp();
        let clipped = ratio.clamp(1.0 - CLIP, 1.0 + CLIP);
        let gain = (ratio * advantage).min(clipped * advantage);
        let slope = if ratio * advantage <= clipped * advantage { ratio * advantage } else { 0.0 };
        ((-gain) + leash * divergence(moved), slope - leash * (1.0 - (-moved).exp()))
    }
}

/// An estimate of the Kullback-Leibler divergence from samples of `q`, never negative, from `ln p - ln q`, in nats (J.
/// Schulman, *Approximating KL Divergence*, 2020).
pub fn divergence(moved: f64) -> f64 {
    (-moved).exp() + moved - 1.0
}

/// One term `-weight ln p(token | what the row saw)` of the loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The branch of the row that predicts, or none for the prefix.
    pub branch: Option<usize>,
    /// The row's index in its branch or prefix.
    pub index: usize,
    /// The token to predict.
    pub token: u32,
    /// If given, the softmax goes over these tokens only (they must contain `token`); else over the whole vocabulary.
    pub candidates: Option<Vec<u32>>,
    /// Weight of the term.
    pub weight: f32,
    /// Index of the sum in which it is reported, below [`GROUPS`].
    pub group: usize,
    /// The objective to minimise in place of `-ln p`, if there is one.
    pub surrogate: Option<Surrogate>,
}

/// A sequence with its targets. Targets at places that the sequence does not have are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The tokens.
    pub sequence: Sequence,
    /// The terms of the loss.
    pub targets: Vec<Target>,
}

impl Sample {
    /// Multiplies all weights.
    pub fn scale(&mut self, factor: f32) {
        self.targets.iter_mut().for_each(|t| t.weight *= factor);
    }

    /// Sum of the weights.
    pub fn weight(&self) -> f64 {
        self.targets.iter().map(|t| t.weight as f64).sum()
    }
}

/// Buffers of [`Model::loss_and_gradient`], to be used again.
#[derive(Clone, Debug, Default)]
pub struct TrainingWorkspace<F> {
    shards: Vec<Shard<F>>,
    /// The fewest tokens of a batch that was halved: there was no memory for it.
    pub(super) too_many: Option<usize>,
}

#[derive(Clone, Debug, Default)]
struct Shard<F> {
    workspace: Workspace<F>,
    gradients: Gradients<F>,
    gradient: Vec<F>,
    losses: [f64; GROUPS],
    hidden: Vec<F>,
    logits: Vec<F>,
    dhidden: Vec<F>,
    picked: Vec<F>,
    /// `ln p` of each target; 0 where there is no such place.
    log_probabilities: Vec<F>,
}

impl<F> TrainingWorkspace<F> {
    /// Bytes of its buffers.
    pub(super) fn bytes(&self) -> u64 {
        self.shards.iter().map(Shard::bytes).sum()
    }
}

impl<F> Shard<F> {
    /// Bytes of its buffers.
    fn bytes(&self) -> u64 {
        let own = [&self.gradient, &self.hidden, &self.logits, &self.dhidden, &self.picked, &self.log_probabilities];
        let own: usize = own.into_iter().map(Vec::capacity).sum();
        ((own + self.workspace.numbers() + self.gradients.numbers()) * size_of::<F>()) as u64
    }
}

/// Shards of a batch of so many tokens.
fn shards(tokens: usize) -> usize {
    tokens.div_ceil(SHARD_TOKENS).clamp(1, MAX_SHARDS)
}

fn add_losses(sums: &mut [f64; GROUPS], losses: [f64; GROUPS]) {
    sums.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss);
}

/// The recipient of the losses and the shards of a part of a batch.
type PartDone<'a, F> = &'a mut dyn FnMut([f64; GROUPS], &[Shard<F>]);

/// A target with its row in the packed batch.
struct Place<'a> {
    row: usize,
    /// The target's number in its shard.
    number: usize,
    target: &'a Target,
}

impl<F: Float> Model<F> {
    /// The weighted sum of the losses by group.
    pub fn loss(&self, samples: &[Sample], workspace: &mut TrainingWorkspace<F>) -> [f64; GROUPS] {
        let mut sums = [0.0; GROUPS];
        self.in_parts(samples, workspace, false, &mut |losses, _| add_losses(&mut sums, losses));
        sums
    }

    /// The weighted sum of the losses by group; `gradient` `[parameters]` is overwritten by the gradient of the total.
    /// A batch for which there is not enough [memory] is halved until there is.
    ///
    /// # Panics
    /// If `gradient` does not have the length of the parameters.
    pub fn loss_and_gradient(
        &self,
        samples: &[Sample],
        gradient: &mut [F],
        workspace: &mut TrainingWorkspace<F>,
    ) -> [f64; GROUPS] {
        assert_eq!(gradient.len(), self.parameters.len());
        gradient.fill(F::ZERO);
        let mut sums = [0.0; GROUPS];
        self.in_parts(samples, workspace, true, &mut |losses, shards| {
            add_losses(&mut sums, losses);
            const PIECE: usize = 1 << 14;
            gradient.par_chunks_mut(PIECE).enumerate().for_each(|(i, piece)| {
                for shard in shards.iter().filter(|shard| !shard.gradient.is_empty()) {
                    let from = &shard.gradient[i * PIECE..][..piece.len()];
                    add(piece, from);
                }
            });
        });
        sums
    }

    /// `ln p` of every target, sample by sample in order; 0 where a target's place does not exist.
    pub fn log_probabilities(&self, samples: &[Sample], workspace: &mut TrainingWorkspace<F>) -> Vec<f32> {
        let mut found = Vec::new();
        self.in_parts(samples, workspace, false, &mut |_, shards| {
            let values = shards.iter().flat_map(|shard| &shard.log_probabilities);
            found.extend(values.map(|value| value.to_f64() as f32));
        });
        found
    }

    /// Runs samples in as many parts as it takes for each to fit into memory, in order; `done` is given the losses and
    /// the shards of each.
    fn in_parts(&self, samples: &[Sample], workspace: &mut TrainingWorkspace<F>, grad: bool, done: PartDone<'_, F>) {
        let tokens: usize = samples.iter().map(|s| s.sequence.tokens()).sum();
        let Some(_reserved) = self.reserved(samples.len(), tokens, workspace, grad) else {
            let (left, right) = samples.split_at(samples.len() / 2);
            self.in_parts(left, workspace, grad, done);
            return self.in_parts(right, workspace, grad, done);
        };
        let losses = self.sharded(samples, workspace, grad);
        done(losses, &workspace.shards);
    }

    /// The memory of a pass over samples; none if there is not enough, so that they are to be halved. A single sample
    /// gets what it takes.
    fn reserved(
        &self,
        samples: usize,
        tokens: usize,
        workspace: &mut TrainingWorkspace<F>,
        grad: bool,
    ) -> Option<Reserved> {
        let bytes = self.pass_bytes(tokens, grad);
        if samples < 2 {
            return Some(memory::insist(bytes));
        }
        if grad && workspace.too_many.is_some_and(|limit| tokens >= limit) {
            return None;
        }
        let exceeded = match memory::reserve(bytes, workspace.bytes()) {
            Ok(reserved) => return Some(reserved),
            Err(exceeded) => exceeded,
        };
        if grad {
            // Said once; later batches of this size are halved at once.
            tracing::warn!("{exceeded}: the {tokens} tokens of a batch are halved");
            workspace.too_many = Some(tokens);
        } else {
            tracing::debug!("{exceeded}: {tokens} tokens are halved");
        }
        None
    }

    /// Bytes that a pass over so many tokens takes beside the model, with or without a gradient.
    pub fn pass_bytes(&self, tokens: usize, grad: bool) -> u64 {
        let Config { layers, heads, width, vocabulary, context, .. } = self.config;
        let shards = shards(tokens);
        let kept = if grad { layers } else { 1 };
        // Of a row in a block: its input, two norms, queries, keys, values, the mixed values, the middle, the inner
        // layer before and after its bend; four numbers of the norms, and those of the heads.
        let block = 16 * width + 4 + heads;
        // Behind the blocks: the stream, the last norm; with a gradient those of output and stream, a wide and a narrow
        // buffer.
        let behind = 2 * width + 2 + if grad { 7 * width } else { 0 };
        // Of a shard: hidden states and logits of a block of targets, scores of attention, the gradient.
        let apart =
            BLOCK * (vocabulary + 2 * width) + 4 * ROWS * context + if grad { self.parameters.len() } else { 0 };
        (tokens * (kept * block + behind) + shards * apart) as u64 * size_of::<F>() as u64
    }

    /// Runs all shards in parallel; a shard without samples has an empty gradient.
    fn sharded(&self, samples: &[Sample], workspace: &mut TrainingWorkspace<F>, grad: bool) -> [f64; GROUPS] {
        let tokens: usize = samples.iter().map(|s| s.sequence.tokens()).sum();
        let count = shards(tokens);
        if workspace.shards.len() != count {
            workspace.shards.resize_with(count, Shard::default);
        }
        // Neighbouring samples make a shard, cut where the running sum of tokens crosses a multiple of the share.
        let (mut done, mut rest, mut parts) = (0, samples, Vec::with_capacity(count));
        for shard in 1..=count {
            let mut length = 0;
            while length < rest.len() && (shard == count || done * count < tokens * shard) {
                done += rest[length].sequence.tokens();
                length += 1;
            }
            let (part, after) = rest.split_at(length);
            parts.push(part);
            rest = after;
        }
        workspace.shards.par_iter_mut().zip(parts).for_each(|(shard, part)| self.run_shard(part, shard, grad));
        let mut losses = [0.0; GROUPS];
        workspace.shards.iter().for_each(|shard| add_losses(&mut losses, shard.losses));
        losses
    }

    fn run_shard(&self, samples: &[Sample], shard: &mut Shard<F>, grad: bool) {
        shard.losses = [0.0; GROUPS];
        shard.gradient.clear();
        shard.log_probabilities.clear();
        if samples.is_empty() {
            return;
        }
        let packed = Packed::new(samples.iter().map(|s| &s.sequence));
        self.run(&packed, &mut shard.workspace, grad);
        let (mut places, mut count) = (Vec::new(), 0);
        for (s, sample) in samples.iter().enumerate() {
            places.extend(sample.targets.iter().enumerate().filter_map(|(number, target)| {
                let row = packed.row(s, target.branch, target.index)?;
                Some(Place { row, number: count + number, target })
            }));
            count += sample.targets.len();
        }
        shard.log_probabilities.resize(count, F::ZERO);
        if grad {
            shard.gradient.resize(self.parameters.len(), F::ZERO);
            shard.gradients.output.clear();
            shard.gradients.output.resize(packed.rows() * self.config.width, F::ZERO);
        }
        for block in places.chunks(BLOCK) {
            self.output_loss(block, shard, grad);
        }
        if grad {
            self.backward(&packed, &shard.workspace, &mut shard.gradients, &mut shard.gradient);
        }
    }

    /// Losses of some targets; with `grad` adds to the gradients of the embedding and of the hidden states.
    fn output_loss(&self, places: &[Place<'_>], shard: &mut Shard<F>, grad: bool) {
        let (vocabulary, width) = (self.config.vocabulary, self.config.width);
        let count = places.len();
        let hidden = resize(&mut shard.hidden, count * width);
        for (out, place) in hidden.chunks_exact_mut(width).zip(places) {
            out.copy_from_slice(shard.workspace.output(place.row));
        }
        let logits = resize(&mut shard.logits, count * vocabulary);
        let embedding = Matrix::new(self.view(&self.layout.token_embedding), vocabulary, width, width);
        let hidden = Matrix::new(hidden, count, width, width);
        product(logits, vocabulary, Write::Set, hidden, embedding.transposed(), F::ONE);
        for (row, place) in logits.chunks_exact_mut(vocabulary).zip(places) {
            let target = place.target;
            let (loss, log_probability) = cross_entropy(row, target, &mut shard.picked);
            shard.log_probabilities[place.number] = log_probability;
            if let Some(sum) = shard.losses.get_mut(target.group) {
                *sum += target.weight as f64 * loss.to_f64();
            }
        }
        if !grad {
            return;
        }
        let dlogits = Matrix::new(logits, count, vocabulary, vocabulary);
        let dhidden = resize(&mut shard.dhidden, count * width);
        product(dhidden, width, Write::Set, dlogits, embedding, F::ONE);
        let dembedding = &mut shard.gradient[self.layout.token_embedding.clone()];
        product(dembedding, width, Write::Add, dlogits.transposed(), hidden, F::ONE);
        for (d, place) in dhidden.chunks_exact(width).zip(places) {
            add(&mut shard.gradients.output[place.row * width..][..width], d);
        }
    }
}

/// The loss of a row of logits and `ln p(token)`, in nats. The row is replaced by the gradient times the weight.
fn cross_entropy<F: Float>(row: &mut [F], target: &Target, picked: &mut Vec<F>) -> (F, F) {
    let last = row.len() - 1;
    let token = (target.token as usize).min(last);
    let logit = row[token];
    let log_sum = match &target.candidates {
        None => softmax(row),
        Some(candidates) => {
            picked.clear();
            picked.extend(candidates.iter().map(|&c| row[(c as usize).min(last)]));
            softmax(picked)
        }
    };
    let log_probability = logit - log_sum;
    let (loss, slope) = match target.surrogate {
        None => (-log_probability, F::ONE),
        Some(surrogate) => {
            let (value, slope) = surrogate.at(log_probability.to_f64());
            (F::from_f64(value), F::from_f64(slope))
        }
    };
    let weight = F::from_f64(target.weight as f64) * slope;
    match &target.candidates {
        None => row.iter_mut().for_each(|v| *v *= weight),
        Some(candidates) => {
            row.fill(F::ZERO);
            for (&c, &p) in candidates.iter().zip(picked.iter()) {
                row[(c as usize).min(last)] += weight * p;
            }
        }
    }
    row[token] -= weight;
    (loss, log_probability)
}
