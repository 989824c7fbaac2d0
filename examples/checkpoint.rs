//! Writes and reads checkpoints for `tools/compare_transformers.py`.
//!
//! - `checkpoint new DIRECTORY [WIDTH]` writes an untrained network of two layers (width 128 unless given).
//! - `checkpoint logits DIRECTORY TEXT` prints the tokens of a text, and the logits of all tokens after each of them,
//!   as JSON.

use prover::network::model::{Config, Packed, Sequence, Workspace};
use prover::network::tokenizer::Tokenizer;
use prover::network::{Network, checkpoint};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::path::Path;

/// Text that the tokenizer is trained on.
const CORPUS: &str =
    "{ x0 : nat, h1 : (= (+ z x0) x0) } (= (+ z (s x0)) (s x0)) intro x0. apply nat_ind. show (= z z) by eq_refl.";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["new", directory] => new(Path::new(directory), 128),
        ["new", directory, width] => new(Path::new(directory), width.parse()?),
        ["logits", directory, text] => logits(Path::new(directory), text),
        _ => Err("expected `new DIRECTORY [WIDTH]` or `logits DIRECTORY TEXT`".into()),
    }
}

fn new(directory: &Path, width: usize) -> Result<(), Box<dyn Error>> {
    let tokenizer = Tokenizer::train([CORPUS], 320)?;
    let config = Config { vocabulary: tokenizer.vocabulary(), context: 64, layers: 2, heads: 2, width };
    let network = Network::with_config(config, tokenizer, &mut ChaCha8Rng::seed_from_u64(1))?;
    Ok(checkpoint::save(directory, &network, |_| Ok(()))?)
}

fn logits(directory: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let network = checkpoint::load(directory)?;
    let tokens = network.tokenizer().encode(text);
    let mut workspace = Workspace::default();
    let sequence = Sequence { prefix: tokens.clone(), branches: Vec::new() };
    network.model().forward(&Packed::new(&[sequence]), &mut workspace);
    let mut logits = Vec::new();
    network.model().logits(workspace.outputs(), &mut logits);
    let rows: Vec<&[f32]> = logits.chunks_exact(network.model().config().vocabulary).collect();
    println!("{}", serde_json::json!({ "text": text, "tokens": tokens, "logits": rows }));
    Ok(())
}
