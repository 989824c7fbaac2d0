//! The network as the author of conjectures.

use crate::conjecture::{Author, Completer, Conjecture, Draft};
use crate::network::model::{Decoder, Sampling, Walk, WalkStep};
use crate::network::{Difficulty, Network};
use crate::theory::Theory;
use rand::Rng;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Statements written side by side: enough for the products to run at full speed.
const STREAMS: usize = 32;

/// Writes statements as the network, asked for a statement of some difficulty, would write them.
///
/// 32 statements are written together, a pass of the model for a token of each. All of them are handed out, in the
/// order in which they were begun, before others are begun: handing out those that end first would favour short ones.
pub struct ModelAuthor<'n, R: Rng> {
    network: &'n Network,
    /// One a stream; between statements they hold the prompt.
    decoders: Vec<Decoder<'n, f32>>,
    prompt: usize,
    sampling: Sampling,
    rng: R,
    encoded: FxHashMap<String, Vec<u32>>,
    written: VecDeque<Option<Conjecture>>,
}

/// A statement being written.
struct Stream {
    /// `None` when it has ended.
    draft: Option<Draft>,
    /// The piece being chosen.
    walk: Option<Walk>,
    written: Option<Conjecture>,
}

impl<'n, R: Rng> ModelAuthor<'n, R> {
    /// An author who draws in the given way.
    pub fn new(network: &'n Network, difficulty: Difficulty, sampling: Sampling, rng: R) -> Self {
        let prompt = network.conjecture_prefix(difficulty);
        let decoders = vec![Decoder::new(network.model(), &prompt); STREAMS];
        let (encoded, written) = (FxHashMap::default(), VecDeque::new());
        Self { network, decoders, prompt: prompt.len(), sampling, rng, encoded, written }
    }

    /// The tokens of each of some texts.
    fn encode<'t>(&mut self, options: impl Iterator<Item = &'t str>) -> Vec<Vec<u32>> {
        let encode = |option: &str| match self.encoded.get(option) {
            Some(tokens) => tokens.clone(),
            None => {
                let tokens = self.network.tokenizer().encode(option);
                self.encoded.insert(option.to_owned(), tokens.clone());
                tokens
            }
        };
        options.map(encode).collect()
    }

    /// Goes on with a stream until it ends or waits for logits; whether it waits.
    fn go_on(&mut self, number: usize, stream: &mut Stream, completer: &mut Completer, theory: &mut Theory) -> bool {
        while let Some(draft) = &mut stream.draft {
            let walk = match &mut stream.walk {
                Some(walk) => walk,
                None if completer.options(draft).next().is_none() => {
                    stream.written = stream.draft.take().and_then(|draft| completer.finish(theory, draft));
                    break;
                }
                None => {
                    let options = self.encode(completer.options(draft));
                    // What would not fit into the model's context is given up.
                    if options.iter().map(Vec::len).max().unwrap_or(0) >= self.decoders[number].room() {
                        stream.draft = None;
                        break;
                    }
                    stream.walk.insert(Walk::new(options))
                }
            };
            match self.decoders[number].walk(walk, self.sampling, &mut self.rng) {
                WalkStep::NeedsLogits => return true,
                WalkStep::Chosen(option, _) if completer.append(draft, option) => stream.walk = None,
                WalkStep::Chosen(..) | WalkStep::Nothing => stream.draft = None,
            }
        }
        false
    }

    fn write_all(&mut self, completer: &mut Completer, theory: &mut Theory) {
        self.decoders.iter_mut().for_each(|decoder| decoder.truncate(self.prompt));
        let begin = |_| Stream { draft: Some(completer.begin()), walk: None, written: None };
        let mut streams: Vec<Stream> = (0..STREAMS).map(begin).collect();
        loop {
            let mut waits = Vec::with_capacity(STREAMS);
            for (number, stream) in streams.iter_mut().enumerate() {
                waits.push(self.go_on(number, stream, completer, theory));
            }
            let mut waiting: Vec<&mut Decoder<'n, f32>> =
                self.decoders.iter_mut().zip(&waits).filter_map(|(decoder, waits)| waits.then_some(decoder)).collect();
            if waiting.is_empty() {
                break;
            }
            Decoder::compute_together(&mut waiting);
        }
        self.written.extend(streams.into_iter().map(|stream| stream.written));
    }
}

impl<R: Rng> Author for ModelAuthor<'_, R> {
    fn write(&mut self, completer: &mut Completer, theory: &mut Theory) -> Option<Conjecture> {
        if self.written.is_empty() {
            self.write_all(completer, theory);
        }
        self.written.pop_front().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conjecture::{Chooser, ConjectureOptions};
    use crate::network::model::Size;
    use crate::network::tokenizer::Tokenizer;
    use crate::prove::Lemmas;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// One stream alone: a chooser that writes with the same network.
    struct Alone<'n> {
        decoder: Decoder<'n, f32>,
        network: &'n Network,
        rng: ChaCha8Rng,
    }

    impl Chooser for Alone<'_> {
        fn begin(&mut self) {
            self.decoder.truncate(2);
        }

        fn choose(&mut self, options: &[&str]) -> usize {
            let options: Vec<Vec<u32>> = options.iter().map(|o| self.network.tokenizer().encode(o)).collect();
            let greedy = Sampling::at(0.0);
            self.decoder.sample_continuation(&options, greedy, &mut self.rng).map_or(usize::MAX, |(index, _)| index)
        }
    }

    #[test]
    fn streams_write_what_one_alone_would() {
        let lemmas = Lemmas::new("nat-add");
        let mut theory = lemmas.theory().unwrap();
        let tokenizer = Tokenizer::train(["('a0 : nat) -> (= (+ z 'a0) (s 'a1))"], 300).unwrap();
        let rng = ChaCha8Rng::seed_from_u64(5);
        let network = Network::untrained(Size::Tiny, tokenizer, &mut rng.clone()).unwrap();
        let mut completer = Completer::new(&mut theory, &ConjectureOptions::default()).unwrap();
        let prompt = network.conjecture_prefix(Difficulty::Hard);
        let mut alone = Alone { decoder: Decoder::new(network.model(), &prompt), network: &network, rng: rng.clone() };
        let expected = completer.complete(&mut theory, &mut alone).unwrap();
        // Without chance all streams write the same, side by side.
        let mut author = ModelAuthor::new(&network, Difficulty::Hard, Sampling::at(0.0), rng.clone());
        for _ in 0..STREAMS + 3 {
            assert_eq!(author.write(&mut completer, &mut theory).unwrap(), expected);
        }
        // With chance they differ, and the same seed draws the same.
        let mut draw = || -> Vec<Conjecture> {
            let mut author = ModelAuthor::new(&network, Difficulty::Hard, Sampling::at(1.0), rng.clone());
            (0..2 * STREAMS).filter_map(|_| author.write(&mut completer, &mut theory)).collect()
        };
        let drawn = draw();
        let distinct: std::collections::HashSet<&str> =
            drawn.iter().map(|conjecture| conjecture.text.as_str()).collect();
        assert!(distinct.len() > STREAMS, "{distinct:?}");
        assert_eq!(draw(), drawn);
    }
}
