//! A transformer that guides searches and is trained on what they find.
//!
//! A [`Network`] is a [`Model`](model::Model) with its [`Tokenizer`](tokenizer::Tokenizer). It judges states for a
//! search ([`Evaluator`], with a [`Batcher`] for several at once) and says conjectures ([`Decoder`](model::Decoder)).
//! [`checkpoint`] writes it to disk in the format of Hugging Face's GPT-2; [`learn`] trains it. It knows nothing of
//! theorems and graphs: states, actions and conjectures are texts.

#[cfg(feature = "gpu")]
pub mod accelerator;
pub mod batcher;
mod cache;
pub mod checkpoint;
pub mod device;
mod json;
pub mod learn;
pub mod model;
pub mod network;
pub(crate) mod plan;
mod prefixes;
pub mod tokenizer;
pub(crate) mod trie;

pub use batcher::Batcher;
pub use network::{Difficulty, Network, Task};
pub use prover_search::evaluator::{self, Evaluation, Evaluator, Request, Uniform};
