//! What guides a search: the uniform policy, and a transformer that is trained on what searches find.
//!
//! A [`Network`] is a [`Model`](model::Model) with its [`Tokenizer`](tokenizer::Tokenizer). It judges states for a search
//! ([`Evaluator`], with a [`Batcher`] for several at once) and says conjectures ([`Decoder`](model::Decoder)). [`checkpoint`] writes it to disk in the format of Hugging
//! Face's GPT-2.

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
