//! Decoding with a cache of keys and values.

use super::attention::{Context, attend_group};
use super::forward::{Activations, Normed};
use super::packed::{Group, Span};
use super::{Float, Model};
use crate::policy::trie;
use rand::{Rng, RngExt};

/// How a continuation is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Softmax temperature; at 0 the most likely token is taken.
    pub temperature: f64,
    /// At each place only this many of the most likely ways on count; 0 for all.
    pub top_k: usize,
}

impl Sampling {
    /// All ways on, at a temperature.
    pub fn at(temperature: f64) -> Self {
        Self { temperature, top_k: 0 }
    }
}

/// A sequence being written: keys and values of all tokens so far, so that a further token costs one row.
///
/// Tokens may be added without asking for logits; they are then computed together when logits are needed. Cheap to clone, and
/// to cut back with [`truncate`](Self::truncate). Beyond the model's context every further token takes the last position.
#[derive(Clone, Debug)]
pub struct Decoder<'m, F: Float> {
    model: &'m Model<F>,
    tokens: Vec<u32>,
    /// Queries, keys and values of each layer `[computed, 3 width]`.
    caches: Vec<Vec<F>>,
    /// Number of tokens that the caches hold.
    computed: usize,
    /// Logits after the last token, if that is computed.
    logits: Vec<F>,
    work: Work<F>,
}

#[derive(Debug, Default)]
struct Work<F: Float> {
    act: Activations<F>,
    stream: Vec<F>,
    normed: Normed<F>,
    buffer: Vec<F>,
    positions: Vec<u32>,
}

impl<F: Float> Clone for Work<F> {
    /// Buffers hold nothing between calls: a clone starts with empty ones.
    fn clone(&self) -> Self {
        Self {
            act: Activations::default(),
            stream: Vec::new(),
            normed: Normed::default(),
            buffer: Vec::new(),
            positions: Vec::new(),
        }
    }
}

impl<'m, F: Float> Decoder<'m, F> {
    /// Starts with a prefix. An empty prefix counts as one token 0 wherever logits are asked for.
    pub fn new(model: &'m Model<F>, prefix: &[u32]) -> Self {
        Self {
            model,
            tokens: prefix.to_vec(),
            caches: vec![Vec::new(); model.config().layers],
            computed: 0,
            logits: Vec::new(),
            work: Work::default(),
        }
    }

    /// The tokens so far, prefix included.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// Number of tokens that still fit into the context.
    pub fn room(&self) -> usize {
        self.model.config().context.saturating_sub(self.tokens.len())
    }

    /// Adds tokens without computing them yet.
    pub fn extend(&mut self, tokens: &[u32]) {
        self.tokens.extend_from_slice(tokens);
    }

    /// Adds a token and gives the logits `[vocabulary]` of the next.
    pub fn step(&mut self, token: u32) -> &[F] {
        self.extend(&[token]);
        self.logits()
    }

    /// Forgets all tokens after the first `length`.
    pub fn truncate(&mut self, length: usize) {
        if length < self.tokens.len() {
            self.tokens.truncate(length);
            // The last token is computed again for its logits.
            self.computed = self.computed.min(length.saturating_sub(1));
            let size = self.computed * 3 * self.model.config().width;
            self.caches.iter_mut().for_each(|c| c.truncate(size));
        }
    }

    /// The logits `[vocabulary]` of the next token.
    pub fn logits(&mut self) -> &[F] {
        if self.tokens.is_empty() {
            self.tokens.push(0);
        }
        if self.computed < self.tokens.len() {
            self.compute();
        }
        &self.logits
    }

    fn compute(&mut self) {
        let (model, first, work) = (self.model, self.computed, &mut self.work);
        let rows = self.tokens.len() - first;
        work.positions.clear();
        work.positions.extend((first..self.tokens.len()).map(|p| p as u32));
        model.embed(&self.tokens[first..], &work.positions, &mut work.stream);
        let member = [Span { start: first, length: rows }];
        for (l, cache) in self.caches.iter_mut().enumerate() {
            let act = &mut work.act;
            std::mem::swap(&mut act.input, &mut work.stream);
            model.queries_keys_values(l, rows, model.half(l), act);
            cache.extend_from_slice(&act.qkv);
            act.attended.resize(rows * model.config().width, F::ZERO);
            let context = Span { start: 0, length: first };
            let group = Group { sequence: 0, context, members: &member };
            let seen = Context::of_rows(cache, context, model.heads());
            attend_group(cache, model.heads(), (&group, seen), (&mut act.attended, first), None, &mut work.buffer);
            model.after_attention(l, rows, model.half(l), act, &mut work.stream);
        }
        let width = model.config().width;
        let last = &work.stream[(rows - 1) * width..];
        model.norm(&model.layout.final_norm, last, &mut work.normed);
        model.logits(&work.normed.out, &mut self.logits);
        self.computed = self.tokens.len();
    }

    /// Samples one of some continuations and adds it to the sequence; returns its index and the logarithm of its probability (as
    /// it was sampled), or `None` if there is no option.
    ///
    /// The options are walked as a trie: at each node a softmax over the tokens that lead to an option, or over the most likely
    /// [`top_k`](Sampling::top_k) of them. Where an option ends inside another, ending weighs as much as all tokens that do not go on within the
    /// options. Forced tokens are not computed until logits are needed. Equal options: the first is returned.
    pub fn sample_continuation(
        &mut self,
        options: &[Vec<u32>],
        Sampling { temperature, top_k }: Sampling,
        rng: &mut impl Rng,
    ) -> Option<(usize, f64)> {
        let mut open: Vec<usize> = (0..options.len()).collect();
        let (mut depth, mut log_probability) = (0, 0.0);
        loop {
            let node = trie::Node::new(options, &open, depth)?;
            let choices = node.choices();
            let chosen = if choices == 1 {
                0
            } else {
                let mut weights = node.log_weights(self.logits(), temperature.max(0.0));
                keep_largest(&mut weights, top_k);
                let normaliser = trie::log_sum_exp(&weights);
                weights.iter_mut().for_each(|w| *w -= normaliser);
                let chosen = if temperature > 0.0 { draw(&weights, rng) } else { largest(&weights) };
                log_probability += weights[chosen];
                chosen
            };
            match node.children.into_iter().nth(chosen) {
                Some((token, indices)) => {
                    self.extend(&[token]);
                    open = indices;
                    depth += 1;
                }
                None => return Some((*node.endings.first()?, log_probability)),
            }
        }
    }
}

/// Draws an index from log-probabilities.
fn draw(log_probabilities: &[f64], rng: &mut impl Rng) -> usize {
    let mut left: f64 = rng.random();
    for (i, log_probability) in log_probabilities.iter().enumerate() {
        left -= log_probability.exp();
        if left < 0.0 {
            return i;
        }
    }
    // Rounding left a remainder: the most likely one.
    largest(log_probabilities)
}

/// Makes all but the `count` largest log-weights impossible (of equal ones the first stay); 0 keeps all.
fn keep_largest(weights: &mut [f64], count: usize) {
    if count == 0 || count >= weights.len() {
        return;
    }
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    order[count..].iter().for_each(|&index| weights[index] = f64::NEG_INFINITY);
}

/// The index of the largest element; 0 if there is none.
fn largest(values: &[f64]) -> usize {
    values.iter().enumerate().fold(0, |best, (i, &v)| if v > values[best] { i } else { best })
}
