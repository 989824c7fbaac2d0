//! The stumbling blocks of newcomers on the command line; those in files are in `tests/theory/newcomers.rs`, those in
//! the interactive prover beside it.

use crate::program::{check, folder, prover};
use clap::CommandFactory;

#[test]
fn newcomers_4_what_was_checked_without_a_theorem_is_said_where_it_is_used() {
    let text = "p : prop. q : prop. theorem bad : p { } theorem other : [q -> q] { intro h. } ";
    let folder = folder(&[("a.p", text), ("b.p", &format!("{text} theorem user : p {{ show p by bad. }}"))]);
    let (status, out, _) = check(folder.path(), &["a.p"]);
    assert!(status == 1 && !out.contains("without it"), "{out}");
    let (_, out, _) = check(folder.path(), &["b.p"]);
    assert!(out.contains("bad was not proved; user uses it and was checked without it"), "{out}");
}

#[test]
fn newcomers_7_a_statement_may_have_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["prove", "--theory", "nat-add", "--save", "a.peano", "--goal"];
    let named = [&arguments[..], &["zero_add : [(a : nat) -> (= (+ z a) a)]"]].concat();
    let (status, out, _) = prover(folder.path(), &named);
    assert!(status == 0 && out.contains("theorem zero_add : "), "{out}");
    assert_eq!(check(folder.path(), &["a.peano"]).0, 0);
    let (status, out, _) = prover(folder.path(), &["prove", "--theory", "nat-add", "--goal", "(= (+ z z) z)"]);
    assert!(status == 0 && out.contains("theorem found : "), "{out}");
    let (status, _, err) = prover(folder.path(), &["prove", "--theory", "nat-add", "--goal", "nat : (= z z)"]);
    assert!(status == 2 && err.contains("nat"), "{err}");
}

#[test]
fn newcomers_1_prove_builds_objects() {
    let goals = "twice : [('P : type) -> ['P -> 'P] -> 'P -> 'P]. zero_add : [(a : nat) -> (= (+ z a) a)]. no : [('P : type) -> 'P].";
    let folder = folder(&[("goals.p", goals)]);
    let arguments = ["prove", "--theory", "nat-add", "--goals", "goals.p", "--save", "found.p", "--nodes", "1000"];
    let (status, out, err) = prover(folder.path(), &arguments);
    assert!(status == 1 && out.contains("2 of 3 proved"), "{out}{err}");
    assert_eq!(check(folder.path(), &["found.p"]).0, 0);
    let (status, out, err) = prover(folder.path(), &["prove", "--theory", "nat-add", "--goal", "f : [nat -> nat]"]);
    assert!(status == 0 && out.contains("theorem f : [nat -> nat] {"), "{out}{err}");
    // What a model can refute is a proposition.
    let (status, _, err) = prover(folder.path(), &["refute", "--theory", "nat-add", "--goals", "goals.p"]);
    assert!(status != 0 && err.contains("not-a-proposition"), "{err}");
}

#[test]
fn newcomers_7_completions_and_manual_pages() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, part) in [("bash", "_prover()"), ("zsh", "#compdef prover"), ("fish", "complete -c prover")] {
        let (status, out, err) = prover(folder.path(), &["completions", shell]);
        assert!(status == 0 && err.is_empty() && out.contains(part) && out.contains("selfplay"), "{shell}: {out}{err}");
    }
    assert_eq!(prover(folder.path(), &["completions", "tcl"]).0, 2);
    assert_eq!(prover(folder.path(), &["-q", "man", "pages"]).0, 0);
    for command in prover::cli::Cli::command().get_subcommands() {
        let page = folder.path().join(format!("pages/prover-{}.1", command.get_name()));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.contains(".SH NAME") || text.contains(".SH Name"), "{text}");
    }
    assert!(folder.path().join("pages/prover.1").is_file());
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(prover(folder.path(), &["man", "file"]).0, 2);
}

#[test]
fn newcomers_7_help_wraps_once() {
    for command in prover::cli::Cli::command().get_subcommands_mut() {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().collect();
        let is_prose = |line: &str| line.split(' ').count() > 1 && !line.starts_with([' ', '-']);
        for pair in lines.windows(2).filter(|pair| is_prose(pair[0]) && is_prose(pair[1])) {
            let begins =
                ["Exit status", "Environment", "Usage", "Examples"].iter().any(|word| pair[1].starts_with(word));
            let next = pair[1].split(' ').next().unwrap_or_default();
            let (width, wrapped) = (pair[0].chars().count(), pair[0].chars().count() + 1 + next.chars().count());
            assert!(
                begins || pair[0].ends_with('.') || wrapped > 100,
                "{}: {width}\n{}\n{}",
                command.get_name(),
                pair[0],
                pair[1]
            );
        }
    }
}
