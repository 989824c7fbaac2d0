//! A limit of memory, set by hand: what does not fit is done in parts, which is said, and comes to the same.

use crate::place::root;
use crate::program::{command, folder, objects};
use std::path::Path;

/// Runs the program with so much memory: exit status, output, errors.
fn within(place: &Path, memory: &str, line: &[&str]) -> (i32, String, String) {
    let output = command(place).env("PROVER_MEMORY", memory).args(line).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn answering_halves_batches_and_goes_on_with_single_states() {
    let place = folder(&[]);
    let data = root().join("tests/data/mathematics");
    let line = "selfplay --modules numbers__gcd --questions 6 --iterations 2 --nodes 60 --train-steps 2 --model nano \
                --threads 1 --eval-batch 8 --device cpu --out run --math";
    let line: Vec<&str> = line.split_whitespace().chain([data.to_str().unwrap()]).collect();
    let (status, _, error) = within(place.path(), "200K", &line);
    assert_eq!(status, 0, "{error}");
    assert_eq!(error.matches("batches of states are halved, this one of 8").count(), 1, "said once: {error}");
    let metrics = objects(&std::fs::read_to_string(place.path().join("run/metrics.jsonl")).unwrap());
    assert!(metrics[1]["evaluations"].as_u64().unwrap() > 8, "{metrics:?}");
    // A single state gets what it takes.
    let line = ["solve", "Solve 2*x + 3 = 7 for x.", "--device", "cpu", "--format", "json"];
    let answer = |memory: &str| {
        let (status, out, error) = within(place.path(), memory, &line);
        assert_eq!(status, 0, "{error}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()["answer"].clone()
    };
    assert_eq!((answer("1T"), answer("10K")), ("2".into(), "2".into()));
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
