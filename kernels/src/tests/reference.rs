//! The same in `f64`, from the definitions.

use crate::batch::Batch;
use crate::layout::{Affine, Config, Layout, Place};
use crate::model::Target;
use std::ops::Range;

pub(crate) fn matmul(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; m * n];
    for i in 0..m {
        for l in 0..k {
            for j in 0..n {
                out[i * n + j] += a[i * k + l] * b[l * n + j];
            }
        }
    }
    out
}

pub(crate) fn transpose(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|j| (0..rows).map(move |i| a[i * columns + j])).collect()
}

pub(crate) fn gelu(x: f64) -> f64 {
    let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
    0.5 * x * (1.0 + u.tanh())
}

pub(crate) fn layer_norm(x: &[f64], gain: &[f64], bias: &[f64]) -> Vec<f64> {
    let width = gain.len();
    let mut out = Vec::new();
    for row in x.chunks_exact(width) {
        let mean = row.iter().sum::<f64>() / width as f64;
        let variance = row.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / width as f64;
        out.extend((0..width).map(|i| (row[i] - mean) / (variance + 1e-5).sqrt() * gain[i] + bias[i]));
    }
    out
}

/// Probabilities of a head, `[rows, rows]`, and the rows' normalisers.
fn probabilities(batch: &Batch, qkv: &[f64], width: usize, head: usize, size: usize) -> (Vec<f64>, Vec<f64>) {
    let rows = batch.rows();
    let at = |part: usize, row: usize| &qkv[row * 3 * width + part * width + head * size..][..size];
    let (mut p, mut log_sums) = (vec![0.0; rows * rows], Vec::new());
    for query in 0..rows {
        let seen: Vec<usize> = (0..rows).filter(|&key| batch.sees(query, key)).collect();
        let scores: Vec<f64> = seen
            .iter()
            .map(|&key| at(0, query).iter().zip(at(1, key)).map(|(a, b)| a * b).sum::<f64>() / (size as f64).sqrt())
            .collect();
        let log_sum = log_sum_exp(&scores);
        for (&key, score) in seen.iter().zip(scores) {
            p[query * rows + key] = (score - log_sum).exp();
        }
        log_sums.push(log_sum);
    }
    (p, log_sums)
}

pub(crate) fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    largest + x.iter().map(|v| (v - largest).exp()).sum::<f64>().ln()
}

/// Output `[rows, width]` and normalisers `[rows, heads]`.
pub(crate) fn attention(batch: &Batch, qkv: &[f64], width: usize, heads: usize) -> (Vec<f64>, Vec<f64>) {
    let (rows, size) = (batch.rows(), width / heads);
    let (mut out, mut log_sums) = (vec![0.0; rows * width], vec![0.0; rows * heads]);
    for head in 0..heads {
        let (p, sums) = probabilities(batch, qkv, width, head, size);
        for query in 0..rows {
            log_sums[query * heads + head] = sums[query];
            for key in 0..rows {
                for i in 0..size {
                    let value = qkv[key * 3 * width + 2 * width + head * size + i];
                    out[query * width + head * size + i] += p[query * rows + key] * value;
                }
            }
        }
    }
    (out, log_sums)
}

/// Gradient of [`attention`] with respect to `qkv`.
pub(crate) fn attention_backward(batch: &Batch, qkv: &[f64], dout: &[f64], width: usize, heads: usize) -> Vec<f64> {
    let (rows, size) = (batch.rows(), width / heads);
    let scale = 1.0 / (size as f64).sqrt();
    let mut d = vec![0.0; rows * 3 * width];
    for head in 0..heads {
        let (p, _) = probabilities(batch, qkv, width, head, size);
        let at = |part: usize, row: usize, i: usize| row * 3 * width + part * width + head * size + i;
        let g = |row: usize, i: usize| dout[row * width + head * size + i];
        for query in 0..rows {
            let dp = |key: usize| (0..size).map(|i| g(query, i) * qkv[at(2, key, i)]).sum::<f64>();
            let mean: f64 = (0..rows).map(|key| p[query * rows + key] * dp(key)).sum();
            for key in (0..rows).filter(|&key| batch.sees(query, key)) {
                let weight = p[query * rows + key];
                let ds = weight * (dp(key) - mean) * scale;
                for i in 0..size {
                    d[at(0, query, i)] += ds * qkv[at(1, key, i)];
                    d[at(1, key, i)] += ds * qkv[at(0, query, i)];
                    d[at(2, key, i)] += weight * g(query, i);
                }
            }
        }
    }
    d
}

/// Loss of a row of logits and its gradient, times the weight.
pub(crate) fn cross_entropy(logits: &[f64], target: &crate::loss::Term) -> (f64, Vec<f64>) {
    let all: Vec<u32> = (0..logits.len() as u32).collect();
    let offered = if target.candidates.is_empty() { &all } else { &target.candidates };
    let picked: Vec<f64> = offered.iter().map(|&c| logits[c as usize]).collect();
    let log_sum = log_sum_exp(&picked);
    let mut gradient = vec![0.0; logits.len()];
    for (&c, l) in offered.iter().zip(&picked) {
        gradient[c as usize] += (l - log_sum).exp();
    }
    gradient[target.token as usize] -= 1.0;
    gradient.iter_mut().for_each(|g| *g *= f64::from(target.weight));
    (log_sum - logits[target.token as usize], gradient)
}

/// The model with parameters in `f64`.
pub(crate) struct Reference {
    pub config: Config,
    layout: Layout,
    pub parameters: Vec<f64>,
}

impl Reference {
    pub fn new(config: &Config, parameters: Vec<f64>) -> Self {
        Self { config: config.clone(), layout: Layout::new(config).unwrap(), parameters }
    }

    fn at(&self, place: &Place) -> &[f64] {
        &self.parameters[place.host.clone()]
    }

    fn linear(&self, affine: &Affine, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (self.at(&affine.weight), self.at(&affine.bias));
        let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
        let mut out = matmul(x, weight, x.len() / inputs, inputs, outputs);
        out.chunks_exact_mut(outputs).for_each(|row| row.iter_mut().zip(bias).for_each(|(o, b)| *o += b));
        out
    }

    fn norm(&self, affine: &Affine, x: &[f64]) -> Vec<f64> {
        layer_norm(x, self.at(&affine.weight), self.at(&affine.bias))
    }

    /// Final hidden states `[rows, width]`.
    pub fn hidden(&self, batch: &Batch) -> Vec<f64> {
        let (width, heads) = (self.config.width, self.config.heads);
        let mut x = Vec::new();
        for (token, position) in batch.places() {
            let token = &self.at(&self.layout.tokens)[token * width..][..width];
            let position = &self.at(&self.layout.positions)[position.min(self.config.context - 1) * width..][..width];
            x.extend(token.iter().zip(position).map(|(a, b)| a + b));
        }
        let sum = |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(a, b)| a + b).collect() };
        for layer in &self.layout.layers {
            let qkv = self.linear(&layer.attention, &self.norm(&layer.norm1, &x));
            let (attended, _) = attention(batch, &qkv, width, heads);
            x = sum(&x, &self.linear(&layer.attention_out, &attended));
            let inner = self.linear(&layer.expand, &self.norm(&layer.norm2, &x));
            let activated: Vec<f64> = inner.into_iter().map(gelu).collect();
            x = sum(&x, &self.linear(&layer.contract, &activated));
        }
        self.norm(&self.layout.final_norm, &x)
    }

    /// Losses of targets, without their weights.
    pub fn losses(&self, batch: &Batch, targets: &[Target]) -> Vec<f64> {
        let (hidden, width) = (self.hidden(batch), self.config.width);
        let table = transpose(self.at(&self.layout.tokens), self.config.vocabulary, width);
        let loss = |t: &Target| {
            let row = &hidden[t.row as usize * width..][..width];
            cross_entropy(&matmul(row, &table, 1, width, self.config.vocabulary), &t.term).0
        };
        targets.iter().map(loss).collect()
    }

    /// Their weighted sum.
    pub fn loss(&self, batch: &Batch, targets: &[Target]) -> f64 {
        self.losses(batch, targets).iter().zip(targets).map(|(l, t)| l * f64::from(t.term.weight)).sum()
    }

    /// The tensors' names and places.
    pub fn places(&self) -> Vec<(String, Range<usize>)> {
        let one = |name: &str, place: &Place| (name.to_owned(), place.host.clone());
        let both = |name: &str, affine: &Affine| {
            [one(&format!("{name} weight"), &affine.weight), one(&format!("{name} bias"), &affine.bias)]
        };
        let mut all = vec![one("tokens", &self.layout.tokens), one("positions", &self.layout.positions)];
        for (l, layer) in self.layout.layers.iter().enumerate() {
            let parts = [
                ("norm1", &layer.norm1),
                ("attention", &layer.attention),
                ("attention_out", &layer.attention_out),
                ("norm2", &layer.norm2),
                ("expand", &layer.expand),
                ("contract", &layer.contract),
            ];
            all.extend(parts.into_iter().flat_map(|(name, affine)| both(&format!("block {l}, {name}"), affine)));
        }
        all.extend(both("final norm", &self.layout.final_norm));
        all
    }

    /// First and last parameter of each tensor, and some between.
    pub fn sample(&self, each: usize) -> Vec<usize> {
        let places = self.places();
        places.iter().flat_map(|(_, p)| p.clone().step_by(1 + p.len() / each).chain([p.end - 1])).collect()
    }
}
