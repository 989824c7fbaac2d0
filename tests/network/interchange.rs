//! A checkpoint that Hugging Face `transformers` wrote, with its logits: `tools/compare_transformers.py --golden` makes
//! both.

use crate::place::root;
use prover_network::model::{Packed, Sequence, Workspace};
use prover_network::{Network, checkpoint};
use serde::Deserialize;

/// Tokens and logits of a text; of each row of logits every eighth.
#[derive(Deserialize)]
struct Case {
    text: String,
    tokens: Vec<u32>,
    every_eighth_logit: Vec<Vec<f32>>,
}

/// The largest difference from the golden logits.
fn difference(network: &Network, case: &Case) -> f32 {
    assert_eq!(network.tokenizer().encode(&case.text), case.tokens, "{}", case.text);
    let mut workspace = Workspace::default();
    let sequence = Sequence { prefix: case.tokens.clone(), branches: Vec::new() };
    network.model().forward(&Packed::new(&[sequence]), &mut workspace);
    let mut worst: f32 = 0.0;
    let mut logits = Vec::new();
    assert_eq!(case.every_eighth_logit.len(), case.tokens.len());
    for (row, golden) in case.every_eighth_logit.iter().enumerate() {
        network.model().logits(workspace.output(row), &mut logits);
        let ours: Vec<f32> = logits.iter().copied().step_by(8).collect();
        assert_eq!(ours.len(), golden.len());
        ours.iter().zip(golden).for_each(|(a, b)| worst = worst.max((a - b).abs()));
    }
    worst
}

#[test]
fn checkpoint_of_transformers_gives_its_logits_before_and_after_saving() {
    let directory = root().join("tests/golden/gpt2");
    let cases = std::fs::read_to_string(directory.join("golden.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    let network = checkpoint::load(&directory).unwrap();
    let place = tempfile::tempdir().unwrap();
    let saved = place.path().join("network");
    checkpoint::save(&saved, &network, |_| Ok::<(), checkpoint::CheckpointError>(())).unwrap();
    let again = checkpoint::load(&saved).unwrap();
    for case in &cases {
        assert!(case.every_eighth_logit.iter().flatten().any(|logit| logit.abs() > 0.5), "the logits say something");
        for network in [&network, &again] {
            let difference = difference(network, case);
            assert!(difference < 1e-4, "{}: {difference}", case.text);
        }
    }
}
