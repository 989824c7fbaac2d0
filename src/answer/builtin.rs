//! The network that ships with the program; docs/graphs.md describes how it was made.

use std::path::Path;

use super::lexicon::Lexicon;
use super::trained::TrainedOn;
use crate::network::checkpoint::{self, CheckpointError};
use crate::network::{Network, Task};

/// Its place in the repository, for errors.
const PLACE: &str = "checkpoints/mathematics";

/// The list of the questions that it was trained on.
const TRAINED_ON: &[u8] = include_bytes!("../../checkpoints/mathematics/trained_on.json");

/// The network.
///
/// # Errors
/// None but for a build whose files are damaged.
pub fn network() -> Result<Network, CheckpointError> {
    let config = include_bytes!("../../checkpoints/mathematics/config.json");
    let tokenizer = include_bytes!("../../checkpoints/mathematics/tokenizer.json");
    let weights = include_bytes!("../../checkpoints/mathematics/model.safetensors");
    let mut network = checkpoint::assemble(Path::new(PLACE), config, tokenizer, weights.to_vec())?;
    network.set_task(Some(Task::Questions));
    Ok(network)
}

/// The questions that it was trained on.
///
/// # Errors
/// None but for a build whose files are damaged.
pub fn trained_on() -> Result<TrainedOn, std::io::Error> {
    Ok(serde_json::from_slice(TRAINED_ON)?)
}

/// The words that it has met.
///
/// # Errors
/// None but for a build whose files are damaged.
pub fn lexicon() -> Result<Lexicon, std::io::Error> {
    Ok(Lexicon::of_list(TRAINED_ON)?)
}
