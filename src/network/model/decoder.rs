//! Decoding with a cache of keys and values.

use super::attention::{Context, attend_group};
use super::forward::{Activations, Normed, resize};
use super::packed::{Group, Span};
use super::{Float, Model};
use crate::trie;
use rand::{Rng, RngExt};

/// Settings of drawing a continuation.
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
/// Tokens may be added without asking for logits; they are then computed together when logits are needed. Cheap to
/// clone, and to cut back with [`truncate`](Self::truncate). Beyond the model's context every further token takes the
/// last position.
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
    tokens: Vec<u32>,
    positions: Vec<u32>,
}

impl<F: Float> Clone for Work<F> {
    /// Buffers hold nothing between calls: a clone starts with empty ones.
    fn clone(&self) -> Self {
        Self::default()
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
        Self::compute_together(&mut [self]);
    }

    /// Computes the logits of some sequences of one model in one pass: as many rows as they have tokens that are not
    /// computed.
    ///
    /// # Panics
    /// If a sequence has no token: a fault of the caller.
    pub fn compute_together(decoders: &mut [&mut Self]) {
        let Some(first) = decoders.first_mut() else { return };
        let (model, mut work) = (first.model, std::mem::take(&mut first.work));
        let width = model.config().width;
        let Work { act, stream, normed, buffer, tokens, positions } = &mut work;
        tokens.clear();
        positions.clear();
        for decoder in decoders.iter() {
            tokens.extend_from_slice(&decoder.tokens[decoder.computed..]);
            positions.extend((decoder.computed..decoder.tokens.len()).map(|p| p as u32));
        }
        let rows = tokens.len();
        model.embed(tokens, positions, stream);
        for l in 0..model.config().layers {
            std::mem::swap(&mut act.input, stream);
            model.queries_keys_values(l, rows, model.half(l), act);
            let mut attended = resize(&mut act.attended, rows * width);
            let mut qkv = &act.qkv[..];
            for decoder in decoders.iter_mut() {
                let (first, rows) = (decoder.computed, decoder.tokens.len() - decoder.computed);
                let (own, others) = qkv.split_at(rows * 3 * width);
                let cache = &mut decoder.caches[l];
                cache.extend_from_slice(own);
                let (context, member) = (Span { start: 0, length: first }, [Span { start: first, length: rows }]);
                let group = Group { sequence: 0, context, members: &member };
                let seen = Context::of_rows(cache, context, model.heads());
                let (out, rest) = attended.split_at_mut(rows * width);
                attend_group(cache, model.heads(), (&group, seen), (out, first), None, buffer);
                (qkv, attended) = (others, rest);
            }
            model.after_attention(l, rows, model.half(l), act, stream);
        }
        // The last row of each.
        act.input.clear();
        let mut end = 0;
        for decoder in decoders.iter() {
            end += decoder.tokens.len() - decoder.computed;
            act.input.extend_from_slice(&stream[(end - 1) * width..end * width]);
        }
        model.norm(&model.layout.final_norm, &act.input, normed);
        model.logits(&normed.out, stream);
        for (decoder, logits) in decoders.iter_mut().zip(stream.chunks_exact(model.config().vocabulary)) {
            decoder.logits.clear();
            decoder.logits.extend_from_slice(logits);
            decoder.computed = decoder.tokens.len();
        }
        decoders[0].work = work;
    }

    /// Samples one of some continuations and adds it to the sequence; returns its index and the logarithm of its
    /// probability (as it was sampled), or `None` if there is no option.
    ///
    /// The options are walked as a trie: at each node a softmax over the tokens that lead to an option, or over the
    /// most likely
    /// [`top_k`](Sampling::top_k) of them. Where an option ends inside another, ending weighs as much as all tokens
    /// that do not go on within the options. Forced tokens are not computed until logits are needed. Equal options: the
    /// first is returned.
    pub fn sample_continuation(
        &mut self,
        options: &[Vec<u32>],
        sampling: Sampling,
        rng: &mut impl Rng,
    ) -> Option<(usize, f64)> {
        let mut walk = Walk::new(options.to_vec());
        loop {
            match self.walk(&mut walk, sampling, rng) {
                WalkStep::NeedsLogits => drop(self.logits()),
                WalkStep::Chosen(index, log_probability) => return Some((index, log_probability)),
                WalkStep::Nothing => return None,
            }
        }
    }

    /// Goes on with [`sample_continuation`](Self::sample_continuation) as far as that is possible without computing:
    /// for several sequences, whose logits are then [computed together](Self::compute_together).
    pub fn walk(&mut self, walk: &mut Walk, Sampling { temperature, top_k }: Sampling, rng: &mut impl Rng) -> WalkStep {
        loop {
            let Some(node) = trie::Node::new(&walk.options, &walk.open, walk.depth) else { return WalkStep::Nothing };
            let choices = node.choices();
            let chosen = if choices == 1 {
                0
            } else if self.tokens.is_empty() || self.computed < self.tokens.len() {
                return WalkStep::NeedsLogits;
            } else {
                let mut weights = node.log_weights(&self.logits, temperature.max(0.0));
                keep_largest(&mut weights, top_k);
                let normaliser = trie::log_sum_exp(&weights);
                weights.iter_mut().for_each(|w| *w -= normaliser);
                let chosen = if temperature > 0.0 { draw(&weights, rng) } else { largest(&weights) };
                walk.log_probability += weights[chosen];
                chosen
            };
            match node.children.into_iter().nth(chosen) {
                Some((token, indices)) => {
                    self.extend(&[token]);
                    walk.open = indices;
                    walk.depth += 1;
                }
                None => {
                    return node
                        .endings
                        .first()
                        .map_or(WalkStep::Nothing, |&i| WalkStep::Chosen(i, walk.log_probability));
                }
            }
        }
    }
}

/// A continuation being chosen among some.
#[derive(Clone, Debug)]
pub struct Walk {
    options: Vec<Vec<u32>>,
    /// The options that begin with the tokens chosen so far, and the number of these tokens.
    open: Vec<usize>,
    depth: usize,
    log_probability: f64,
}

impl Walk {
    /// The choice among these.
    pub fn new(options: Vec<Vec<u32>>) -> Self {
        Self { open: (0..options.len()).collect(), options, depth: 0, log_probability: 0.0 }
    }
}

/// Result of a step in a choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WalkStep {
    /// The sequence's logits must be computed before it can go on.
    NeedsLogits,
    /// The index of the option that was added, and the logarithm of its probability.
    Chosen(usize, f64),
    /// There is no option.
    Nothing,
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
