//! The command line as a user meets it.

use crate::place::root;
use crate::program::{command, folder, prover};

#[test]
fn version_names_version_and_commit() {
    let (status, text, _) = prover(root(), &["--version"]);
    assert_eq!(status, 0);
    assert!(text.starts_with(concat!("prover ", env!("CARGO_PKG_VERSION"), " (")), "{text}");
}

#[test]
fn help_tells_defaults_and_examples() {
    let (status, help, _) = prover(root(), &["selfplay", "--help"]);
    assert_eq!(status, 0);
    let [proofs, questions] = [prover::run::Config::default(), prover::run::Config::for_questions()];
    let defaults = format!("[default: {}; with --math {}]", proofs.iterations, questions.iterations);
    assert!(help.contains(&format!("Iterations of the run {defaults}")), "{help}");
    assert!(help.contains("Examples:"), "{help}");
}

#[test]
fn wrong_usage_is_status_2() {
    for arguments in
        [&["nonsense"] as &[&str], &[], &["check"], &["prove", "--theory", "nat-add"], &["selfplay", "--alpha"]]
    {
        let (status, out, err) = prover(root(), arguments);
        assert!(status == 2 && out.is_empty() && !err.is_empty(), "{arguments:?}: {status}");
    }
}

#[test]
fn selfplay_says_what_is_missing() {
    let (status, _, err) = prover(root(), &["selfplay", "--goals", "nat-add-hard"]);
    assert!(status == 2 && err.contains("--theory"), "{err}");
    let (status, _, err) = prover(root(), &["selfplay", "--resume", "/no/such/run"]);
    assert!(status == 2 && err.contains("no run in /no/such/run"), "{err}");
}

#[test]
fn unknown_setting_lists_the_known_ones() {
    let place = folder(&[("my.toml", "iteration = 3\n")]);
    let config = place.path().join("my.toml");
    let arguments =
        ["selfplay", "--theory", "nat-add", "--goals", "nat-add-hard", "--config", config.to_str().unwrap()];
    let (status, _, message) = prover(place.path(), &arguments);
    assert_eq!(status, 2, "{message}");
    assert!(
        message.contains("`iteration`") && message.contains("`iterations`") && message.contains("my.toml"),
        "{message}"
    );
    assert!(!place.path().join("runs").exists(), "nothing is left behind");
}

#[test]
fn unreadable_files_are_status_2() {
    let place = tempfile::tempdir().unwrap();
    let binary = place.path().join("binary.p");
    std::fs::write(&binary, b"nat : type.\n\xff").unwrap();
    let (status, _, message) = prover(root(), &["check", "/no/such/file.p", binary.to_str().unwrap()]);
    assert_eq!(status, 2, "{message}");
    assert!(
        message.contains("/no/such/file.p") && message.contains("not UTF-8") && message.contains("12"),
        "{message}"
    );
}

#[test]
fn closed_output_is_no_panic() {
    use std::process::Stdio;
    // The reading end is closed before anything is written.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(root())
        .args(["check", "--format", "json", "/no/such/file.p"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let help = command(root()).arg("--help").stdout(writer).status().unwrap();
    assert_eq!(help.code(), Some(0));
}
