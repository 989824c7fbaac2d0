//! docs/tutorial.md, typed line by line into the real program: every answer on the page is the program's output.
//!
//! `UPDATE_TUTORIAL=1 cargo test --test program tutorial` writes the answers into the page.

use crate::place::root;
use crate::program::prover_reading;
use std::path::{Path, PathBuf};

fn page() -> PathBuf {
    root().join("docs/tutorial.md")
}

/// Standard output of the program for that input in that folder. It must succeed and complain of nothing.
fn run(folder: &Path, arguments: &[&str], input: &str) -> String {
    let (status, out, complaints) = prover_reading(folder, arguments, input);
    assert_eq!(status, 0, "{input}\n{out}\n{complaints}");
    assert_eq!(complaints, "");
    out
}

/// The program's answers to the lines of a session. The answer to a line is the additional output when that line is
/// given too: every beginning of the session is run.
fn answers(lines: &[String]) -> Vec<String> {
    let mut before = String::new();
    let mut answers = Vec::new();
    for count in 1..=lines.len() {
        let folder = tempfile::tempdir().unwrap();
        let all = run(folder.path(), &["repl", "--theory", "nat-add"], &(lines[..count].join("\n") + "\n"));
        // How long a search took differs from run to run.
        let all = without_seconds(&all);
        let answer = all.strip_prefix(&before).expect("an answer does not depend on what comes later");
        answers.push(answer.trim_end().to_owned());
        before = all;
    }
    answers
}

/// `found a proof in 3 states and 0.01 s:` (or 1 state) without the seconds.
fn without_seconds(text: &str) -> String {
    let without = |line: &str| {
        let (start, word) = [" states", " state"].iter().find_map(|word| {
            let (start, end) = line.split_once(&format!("{word} and "))?;
            end.ends_with(" s:\n").then(|| (start.to_owned(), *word))
        })?;
        Some(format!("{start}{word}:\n"))
    };
    let lines = text.split_inclusive('\n').map(|line| without(line).unwrap_or_else(|| line.to_owned()));
    lines.collect()
}

/// The page with the answers that the program gives.
fn answered(page: &str) -> String {
    let inputs = |page: &str| -> Vec<String> {
        let mut inside = false;
        let mut found = Vec::new();
        for line in page.lines() {
            if line.starts_with("```") {
                inside = line == "```session";
            } else if let Some(input) = line.strip_prefix("> ").filter(|_| inside) {
                found.push(input.to_owned());
            }
        }
        found
    };
    let lines = inputs(page);
    assert!(lines.len() > 20, "the page has a session");
    let mut answers = answers(&lines).into_iter();
    let mut text = String::new();
    let mut block = "";
    for line in page.lines() {
        if line.starts_with("```") {
            block = if block.is_empty() { line } else { "" };
        }
        let is_input = block == "```session" && line.starts_with("> ");
        let is_command = block == "```check" && line.starts_with("$ ");
        if block != "```session" && block != "```check" || is_input || is_command || line.starts_with("```") {
            text.push_str(line);
            text.push('\n');
        }
        let answer = match (is_input, is_command) {
            (true, _) => answers.next().unwrap(),
            (_, true) => {
                let folder = tempfile::tempdir().unwrap();
                run(folder.path(), &["repl", "--theory", "nat-add"], &(lines.join("\n") + "\n"));
                let arguments: Vec<&str> = line.split(' ').skip(2).collect();
                run(folder.path(), &arguments, "").trim_end().to_owned()
            }
            _ => continue,
        };
        if !answer.is_empty() {
            text.push_str(&answer);
            text.push('\n');
        }
    }
    text
}

#[test]
fn the_program_answers_as_the_tutorial_says() {
    let text = std::fs::read_to_string(page()).unwrap();
    let answered = answered(&text);
    if std::env::var_os("UPDATE_TUTORIAL").is_some() {
        std::fs::write(page(), &answered).unwrap();
        return;
    }
    for (line, (has, says)) in text.lines().zip(answered.lines()).enumerate() {
        assert_eq!(has, says, "docs/tutorial.md:{}", line + 1);
    }
    assert_eq!(text, answered);
}
