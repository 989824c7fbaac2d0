//! `prover eval --theory`: statements attempted by several policies.

use std::path::Path;

use insta::assert_snapshot;
use prover::evaluation::{Corpus, untrained};
use prover::network::model::Size;
use prover::network::{Task, checkpoint};
use prover::prove::Lemmas;
use serde_json::Value;

use crate::program::{folder, prover};

const THEORY: [&str; 3] = ["eval", "--theory", "propositional-logic"];

/// Exit status, standard output and standard error of a test in a folder.
fn eval(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    prover(folder, &[&THEORY[..], arguments, &["-q"]].concat())
}

/// A network that is not trained, as a checkpoint in a folder.
fn network(folder: &Path, name: &str, task: Task) {
    let goals = Lemmas::new("propositional-logic").goals("propositional").unwrap();
    let mut network = untrained("propositional-logic", &goals, Corpus::Theory, Size::Tiny, 5).unwrap();
    network.set_task(Some(task));
    checkpoint::save(&folder.join(name), &network, |_| Ok(())).unwrap();
}

/// A line without rates, which differ from run to run.
fn without_rates(table: &str) -> String {
    let column = table.find("nodes/s").map(|end| end..end + "nodes/s".len());
    let settled = table.lines().take_while(|line| !line.is_empty()).map(|line| {
        let mut line = line.to_owned();
        column.iter().for_each(|column| line.replace_range(column.clone(), "......."));
        line
    });
    settled.collect::<Vec<_>>().join("\n")
}

#[test]
fn goals_are_attempted_with_each_budget() {
    let folder = folder(&[]);
    let (status, out, errors) = eval(folder.path(), &["--goals", "propositional", "--nodes", "30,10,10,100"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert_snapshot!(without_rates(&out));
}

#[test]
fn policies_are_compared_with_uniform_and_with_each_other() {
    let folder = folder(&[]);
    network(folder.path(), "mine", Task::Proofs);
    let test = ["--goals", "propositional", "--nodes", "5,20", "--seconds", "0.01", "--policy", "mine"];
    let with = |more: &[&str]| eval(folder.path(), &[&test[..], &["--untrained", "tiny"], more].concat());
    let (status, out, errors) = with(&[]);
    assert_eq!((status, errors.as_str()), (0, ""));
    let firsts: Vec<&str> = out.lines().filter_map(|line| line.split("  ").next()).collect();
    let expected =
        ["% of 30 solved", "uniform", "untrained tiny", "mine", "", "points above uniform", "untrained tiny"];
    assert_eq!(firsts[..7], expected, "{out}");
    assert!(firsts[9].ends_with(" not") && firsts[10..] == ["untrained tiny", "mine"], "{out}");

    let (_, csv, _) = with(&["--format", "csv"]);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + 3 * 3, "{csv}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    let limits: Vec<String> = rows[1..4].iter().map(|row| row[..3].join(" ")).collect();
    assert_eq!(limits, ["uniform 5 nodes", "uniform 20 nodes", "uniform 0.01 seconds"]);

    let (_, json, _) = with(&["--format", "json"]);
    let figures: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(figures["outcomes"].as_array().unwrap().len(), 9);
    assert_eq!(figures["statements"][0]["name"], "imp_refl");
    let counts = &figures["outcomes"][8]["against"]["paired"];
    let pairs: u64 = ["both", "wins", "losses", "neither"].iter().map(|key| counts[*key].as_u64().unwrap()).sum();
    assert_eq!(pairs, 30);
    // The first network has no distance from itself; seeds 0 and 5 made different ones, with the same tokenizer.
    let [first, second] = [0, 1].map(|index| figures["qualities"][index]["divergence"].as_f64().unwrap());
    assert!(first == 0.0 && second > 0.0 && second < 1.0, "{first} {second}");
}

#[test]
fn statements_are_drawn_kept_and_left_out() {
    let folder = folder(&[]);
    let draw = |more: &[&str]| eval(folder.path(), &[&["--draw", "8", "--nodes", "4", "--seed", "3"], more].concat());
    let (status, out, errors) = draw(&["--save", "test.peano"]);
    assert!(status == 0 && errors.is_empty() && out.starts_with("% of 8 solved"), "{out}{errors}");
    let text = std::fs::read_to_string(folder.path().join("test.peano")).unwrap();
    assert_eq!(text.lines().count(), 8, "{text}");
    // They are a goal set, and the same test again.
    let (status, again, errors) = eval(folder.path(), &["--goals", "test.peano", "--nodes", "4", "--seed", "3"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert_eq!(without_rates(&again), without_rates(&out));
    let (status, _, errors) = draw(&["--save", "test.peano"]);
    assert!(status == 2 && errors.starts_with("error: cannot write test.peano"), "{errors}");
    let (status, _, _) = draw(&["--exclude", "test.peano", "--save", "other.peano"]);
    assert_eq!(status, 0);
    let statement = |line: &str| line.split_once(" : ").unwrap().1.to_owned();
    let drawn: Vec<String> = text.lines().map(statement).collect();
    let other = std::fs::read_to_string(folder.path().join("other.peano")).unwrap();
    assert!(other.lines().map(statement).all(|line| !drawn.contains(&line)), "{text}\n{other}");
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let folder = folder(&[("goals.p", "good : [('a : prop) -> 'a -> 'a]. bad : [('a : prop) -> 'b].")]);
    network(folder.path(), "answers", Task::Questions);
    let refused = |arguments: &[&str], what: &str| {
        let (status, out, errors) = eval(folder.path(), arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{errors}");
        assert!(errors.starts_with("error: ") && errors.contains(what), "{errors}");
    };
    refused(&["--goals", "goals.p"], "all goals of the set are needed");
    refused(&["--goals", "propositional", "--policy", "answers"], "`selfplay --math`");
    refused(&["--goals", "propositional", "--policy", "nowhere"], "there is no policy in nowhere");
    refused(&["--goals", "nowhere"], "nowhere");
    refused(&["--math", "data", "--goals", "propositional"], "cannot be used with");
    let (status, _, errors) = prover(folder.path(), &["eval", "--math", "data", "--nodes", "10,20"]);
    assert!(status == 2 && errors.contains("with --math, give --nodes once"), "{errors}");
}
