//! The network as the author of conjectures.

use super::conjecture::Chooser;
use crate::policy::model::{Decoder, Sampling};
use crate::policy::{Difficulty, Network};
use rand::Rng;
use rustc_hash::FxHashMap;

/// Chooses continuations as the network, asked for a statement of some difficulty, would write them.
pub struct ModelChooser<'n, R: Rng> {
    network: &'n Network,
    decoder: Decoder<'n, f32>,
    prompt: usize,
    sampling: Sampling,
    rng: R,
    encoded: FxHashMap<String, Vec<u32>>,
}

impl<'n, R: Rng> ModelChooser<'n, R> {
    /// A chooser that draws in the given way.
    pub fn new(network: &'n Network, difficulty: Difficulty, sampling: Sampling, rng: R) -> Self {
        let prompt = network.conjecture_prefix(difficulty);
        let decoder = Decoder::new(network.model(), &prompt);
        Self { network, decoder, prompt: prompt.len(), sampling, rng, encoded: FxHashMap::default() }
    }
}

impl<R: Rng> Chooser for ModelChooser<'_, R> {
    fn begin(&mut self) {
        self.decoder.truncate(self.prompt);
    }

    fn choose(&mut self, options: &[&str]) -> usize {
        let tokens: Vec<Vec<u32>> = options
            .iter()
            .map(|&option| match self.encoded.get(option) {
                Some(tokens) => tokens.clone(),
                None => {
                    let tokens = self.network.tokenizer().encode(option);
                    self.encoded.insert(option.to_owned(), tokens.clone());
                    tokens
                }
            })
            .collect();
        // Out of range gives the statement up: it would not fit into the model's context.
        if tokens.iter().map(Vec::len).max().unwrap_or(0) >= self.decoder.room() {
            return usize::MAX;
        }
        let sampled = self.decoder.sample_continuation(&tokens, self.sampling, &mut self.rng);
        sampled.map_or(usize::MAX, |(index, _)| index)
    }
}
