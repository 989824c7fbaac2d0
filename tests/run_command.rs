//! The command line as a user meets it.

use assert_cmd::Command;

fn prover(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("prover").unwrap();
    command.args(arguments).env_remove("PROVER_LOG");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn version_names_version_and_commit() {
    let output = prover(&["--version"]).assert().success().get_output().clone();
    let text = text(&output.stdout);
    assert!(text.starts_with(concat!("prover ", env!("CARGO_PKG_VERSION"), " (")), "{text}");
}

#[test]
fn help_tells_defaults_and_examples() {
    let output = prover(&["selfplay", "--help"]).assert().success().get_output().clone();
    let help = text(&output.stdout);
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
        let output = prover(arguments).assert().code(2).get_output().clone();
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn selfplay_says_what_is_missing() {
    let output = prover(&["selfplay", "--goals", "nat-add-hard"])
        .env_remove("PROVER_THEORY")
        .assert()
        .code(2)
        .get_output()
        .clone();
    assert!(text(&output.stderr).contains("--theory"), "{}", text(&output.stderr));
    let nowhere = prover(&["selfplay", "--resume", "/no/such/run"]).assert().code(2).get_output().clone();
    assert!(text(&nowhere.stderr).contains("no run in /no/such/run"), "{}", text(&nowhere.stderr));
}

#[test]
fn unknown_setting_lists_the_known_ones() {
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("my.toml");
    std::fs::write(&config, "iteration = 3\n").unwrap();
    let arguments =
        ["selfplay", "--theory", "nat-add", "--goals", "nat-add-hard", "--config", config.to_str().unwrap()];
    let output = prover(&arguments).current_dir(place.path()).assert().code(2).get_output().clone();
    let message = text(&output.stderr);
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
    let output = prover(&["check", "/no/such/file.p", binary.to_str().unwrap()]).assert().code(2).get_output().clone();
    let message = text(&output.stderr);
    assert!(
        message.contains("/no/such/file.p") && message.contains("not UTF-8") && message.contains("12"),
        "{message}"
    );
}

#[test]
fn closed_output_is_no_panic() {
    use std::process::{Command, Stdio};
    // The reading end is closed before anything is written.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(assert_cmd::cargo::cargo_bin("prover"))
        .args(["check", "--format", "json", "/no/such/file.p"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let help = Command::new(assert_cmd::cargo::cargo_bin("prover")).arg("--help").stdout(writer).status().unwrap();
    assert_eq!(help.code(), Some(0));
}
