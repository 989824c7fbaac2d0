//! A set of token lists walked as a trie: probabilities of options when decoding is constrained to them.

use super::model::Float;

/// A node of the trie: the options that agree with the path so far, by their next token.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The tokens that may come next, in order of first appearance, each with the options that it leads to.
    pub children: Vec<(u32, Vec<usize>)>,
    /// The options that end here: equal to each other.
    pub endings: Vec<usize>,
}

impl Node {
    /// The node that the options `open` share at `depth`; `None` if `open` is empty.
    pub fn new(options: &[Vec<u32>], open: &[usize], depth: usize) -> Option<Self> {
        let mut node = Self { children: Vec::new(), endings: Vec::new() };
        for &index in open {
            match options[index].get(depth) {
                None => node.endings.push(index),
                Some(&token) => match node.children.iter_mut().find(|(t, _)| *t == token) {
                    Some((_, indices)) => indices.push(index),
                    None => node.children.push((token, vec![index])),
                },
            }
        }
        (node.choices() > 0).then_some(node)
    }

    /// Number of ways on: the children, and ending if an option ends here.
    pub fn choices(&self) -> usize {
        self.children.len() + usize::from(!self.endings.is_empty())
    }

    /// Logarithms of unnormalised probabilities of the children and, behind them, of ending, from the logits of all
    /// tokens. A `temperature` of 0 counts as 1. Ending has the total weight of all tokens that are not children.
    pub fn log_weights<F: Float>(&self, logits: &[F], temperature: f64) -> Vec<f64> {
        let scale = if temperature > 0.0 { 1.0 / temperature } else { 1.0 };
        let logit = |t: usize| logits.get(t).map_or(f64::NEG_INFINITY, |l| l.to_f64() * scale);
        let mut weights: Vec<f64> = self.children.iter().map(|(token, _)| logit(*token as usize)).collect();
        if !self.endings.is_empty() {
            let others: Vec<f64> = (0..logits.len())
                .filter(|&t| !self.children.iter().any(|(token, _)| *token as usize == t))
                .map(logit)
                .collect();
            weights.push(log_sum_exp(&others));
        }
        weights
    }
}

/// `ln sum exp x`, without overflow; minus infinity of nothing.
pub(crate) fn log_sum_exp(x: &[f64]) -> f64 {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY { max } else { max + x.iter().map(|v| (v - max).exp()).sum::<f64>().ln() }
}
