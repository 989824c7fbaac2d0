//! A transformer that guides searches and is trained on their results.
//!
//! It knows nothing of theorems and graphs: states, actions and conjectures are texts. One network has three heads on
//! one body: the probabilities of actions (policy), the probability that a state can be solved (value), and
//! conjectures, token by token. Proofs and questions use the same code; the [`Task`] of a network is the one that it
//! was trained for.
//!
//! ```
//! use prover_network::model::Size;
//! use prover_network::tokenizer::Tokenizer;
//! use prover_network::{Evaluator, Network, Request};
//! use rand::SeedableRng;
//!
//! let tokenizer = Tokenizer::train(["show (= (+ z z) z) by refl .", "intro x ."].into_iter(), 300)?;
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
//! let network = Network::untrained(Size::Tiny, tokenizer, &mut rng)?;
//! let actions = vec!["intro x .".into(), "show (= z z) by refl .".into()];
//! let judged = network.evaluate(&[Request { state: "(= (+ z z) z)".into(), actions }]);
//! assert!((judged[0].priors.iter().sum::<f32>() - 1.0).abs() < 1e-3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`network`] | [`Network`]: a model with its tokenizer, as the [`Evaluator`] of a search |
//! | [`model`] | GPT-2 on the processor: forward and backward passes in f32 and bf16, decoding |
//! | [`tokenizer`] | byte-pair encoding, trained on a theory's text |
//! | [`batcher`] | one evaluation for the requests of several threads |
//! | [`checkpoint`] | networks on disk, in the files of Hugging Face's GPT-2 |
//! | [`device`], `accelerator` | selection of the device; with the feature `gpu`, the kernels of the crate `prover-gpu` |
//! | [`learn`] | examples, losses, optimiser, trainer |
//! | [`task`] | tasks of networks, and difficulties of conjectures |
//!
//! Used by the root package: `prove` and `answer` through [`Evaluator`], `selfplay` and `run` for learning.

#[cfg(feature = "gpu")]
pub mod accelerator;
pub mod batcher;
mod cache;
pub mod checkpoint;
mod json;
pub mod learn;
pub mod model;
pub mod network;
pub(crate) mod plan;
mod prefixes;
pub mod task;
pub mod tokenizer;
pub(crate) mod trie;

pub use batcher::Batcher;
pub use network::Network;
pub use prover_search::evaluator::{self, Evaluation, Evaluator, Request, Uniform};
pub use prover_system::device;
pub use task::{Difficulty, Task};
