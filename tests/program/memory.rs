//! A limit of memory, set by hand: what does not fit is done in parts, which is said, and comes to the same.

use crate::program::{command, folder, objects};
use std::path::Path;

/// Runs the program with so much memory: exit status, output, errors.
fn within(place: &Path, memory: &str, line: &[&str]) -> (i32, String, String) {
    let output = command(place).env("PROVER_MEMORY", memory).args(line).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn answering_halves_batches_and_answers_the_same() {
    let place = folder(&[]);
    let line = ["solve", "Solve 2*x + 3 = 7 for x.", "--alg", "beam", "--device", "cpu", "--format", "json"];
    let (status, whole, error) = within(place.path(), "1T", &line);
    assert!(status == 0 && !error.contains("halved"), "{error}");
    let (status, parts, error) = within(place.path(), "1M", &line);
    assert_eq!(status, 0, "{error}");
    assert!(error.contains("batches of states are halved, this one of"), "{error}");
    assert_eq!(error.matches("halved").count(), 1, "said once: {error}");
    let answer = |out: &str| serde_json::from_str::<serde_json::Value>(out).unwrap()["answer"].clone();
    assert_eq!((answer(&parts), answer(&whole)), ("2".into(), "2".into()));
}

#[test]
fn training_and_search_halve_batches() {
    let place = folder(&[]);
    let run = |memory: &str, out: &str| {
        let line = "selfplay --theory nat-add --goals nat-add-hard --iterations 1 --conjectures 6 --nodes 60 \
                    --guided-nodes 20 --train-steps 3 --model nano --threads 1 --device cpu --out";
        let line: Vec<&str> = line.split_whitespace().chain([out]).collect();
        let (status, _, error) = within(place.path(), memory, &line);
        assert_eq!(status, 0, "{error}");
        let metrics = std::fs::read_to_string(place.path().join(out).join("metrics.jsonl")).unwrap();
        (objects(&metrics).remove(0), error)
    };
    let (whole, said) = run("1T", "whole");
    assert!(!said.contains("halved"), "{said}");
    let (parts, said) = run("300K", "parts");
    assert!(said.contains("tokens of a batch are halved") && said.contains("batches of states are halved"), "{said}");
    let loss = |metrics: &serde_json::Value| metrics["train_loss"].as_f64().unwrap();
    // Sums in another order may choose other actions; the training is the same.
    assert!((loss(&whole) / loss(&parts) - 1.0).abs() < 0.1, "{whole} {parts}");
    assert_eq!(whole["attempted"], parts["attempted"]);
}

#[test]
fn a_size_that_is_none_is_told() {
    let place = folder(&[]);
    let (status, _, error) = within(place.path(), "plenty", &["devices"]);
    assert!(status == 2 && error.contains("PROVER_MEMORY=plenty: a number of bytes is expected"), "{error}");
}
