//! Answering questions from the command line: `prover solve`, `prover eval`, and `prover selfplay --math`.

use crate::place::{root, sample};
use crate::program;
use serde_json::Value;

const QUESTION: &str = "Solve 2*x + 3 = 7 for x.";

/// The program, with what is written to its standard input.
fn prover(arguments: &[&str], input: &str) -> (i32, String, String) {
    program::prover_reading(root(), arguments, input)
}

fn json(arguments: &[&str]) -> Value {
    let (status, out, errors) = prover(arguments, "");
    assert_eq!(status, 0, "{errors}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_question_is_answered_with_its_graph() {
    let (status, out, errors) = prover(&["solve", QUESTION], "");
    assert_eq!((status, errors.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "2");
    assert!(lines[1].contains("graph") && lines[1].contains("f0"), "{out}");
    assert!(out.contains("f1 : Var = x") && out.contains("confidence"), "{out}");
    // What it shows is what `prover check` accepts.
    let found = json(&["solve", QUESTION, "--format", "json"]);
    assert_eq!(found["answer"], "2");
    assert!(found["confidence"].as_f64().unwrap() > 0.5);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.graph");
    let graph = found["graph"].as_str().unwrap();
    std::fs::write(&file, format!("question \"{QUESTION}\"\nanswer \"2\"\n{graph}\n")).unwrap();
    assert_eq!(prover(&["check", file.to_str().unwrap()], "").0, 0);
}

#[test]
fn every_algorithm_answers() {
    for algorithm in ["best-first", "mcts", "beam", "breadth-first", "sampling"] {
        let found = json(&["solve", QUESTION, "--alg", algorithm, "--samples", "3", "--format", "json"]);
        assert_eq!(found["answer"], "2", "{algorithm}");
        assert!(found["candidates"].as_array().unwrap().len() <= 3);
    }
}

#[test]
fn graphs_and_trees_are_written() {
    let (status, out, _) = prover(&["solve", QUESTION, "--graph-out", "svg"], "");
    assert!(status == 0 && out.starts_with("<svg") && out.contains("f0 : Equation"), "{out}");
    let (_, out, _) = prover(&["solve", QUESTION, "--graph-out", "dot"], "");
    assert!(out.starts_with("digraph") && out.contains("->"), "{out}");
    let (_, out, _) = prover(&["solve", QUESTION, "--tree-out", "dot"], "");
    assert!(out.contains("&lt;answer&gt;") || out.contains("<answer>"), "{out}");
    assert!(prover(&["solve", QUESTION, "--tree-out", "svg"], "").1.ends_with("</svg>\n"));
    let tree = json(&["solve", QUESTION, "--tree-out", "json"]);
    assert_eq!(tree["result"]["answer"], "2");
    let nodes = tree["nodes"].as_array().unwrap();
    assert_eq!(nodes.len() as u64, nodes.last().unwrap()["id"].as_u64().unwrap() + 1);
    let notes = nodes.iter().flat_map(|node| node["actions"].as_array().unwrap()).filter(|edge| edge["note"] == "2");
    assert!(notes.count() > 0, "the step that gave the answer says so");
}

#[test]
fn bad_questions_get_a_clear_error_at_once() {
    let (status, out, errors) = prover(&["solve", "Why?"], "");
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(errors.contains("nothing in the question can be calculated with"), "{errors}");
    let start = std::time::Instant::now();
    let (status, _, errors) = prover(&["solve", "-"], &"1 + ".repeat(250_000));
    assert_eq!(status, 1);
    assert!(errors.contains("at most 32768 are read"), "{errors}");
    let (status, _, errors) = prover(&["solve", "What is 1 divided by 0?", "--nodes", "20"], "");
    assert!(status <= 1 && !errors.contains("panicked"), "{errors}");
    let (status, _, errors) = prover(&["solve", "Calculate 9**9**9**9**9.", "--nodes", "20"], "");
    assert!(status <= 1 && !errors.contains("panicked"), "{errors}");
    assert!(prover(&["solve", "-"], &format!("What is {}1{}?", "(".repeat(10_000), ")".repeat(10_000))).0 == 1);
    assert!(start.elapsed().as_secs() < 60, "bad input ends in bounded time");
    let (status, _, errors) = prover(&["solve", QUESTION, "--policy", "nowhere"], "");
    assert!(status == 2 && errors.contains("there is no policy in nowhere"), "{errors}");
}

#[test]
fn a_test_reports_by_module_and_mean() {
    let data = sample().display().to_string();
    let arguments = ["eval", "--math", &data, "--modules", "numbers__gcd,numbers__lcm", "--split", "interpolate"];
    let with = |more: &[&'static str]| -> Vec<String> {
        arguments.iter().map(ToString::to_string).chain(more.iter().map(ToString::to_string)).collect()
    };
    let run = |more: &[&'static str]| {
        let arguments = with(more);
        prover(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), "")
    };
    let (status, table, errors) = run(&["-q"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert!(table.contains("numbers__lcm") && table.contains("mean over modules"), "{table}");
    let (_, csv, _) = run(&["--format", "csv", "-q"]);
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.lines().nth(1).unwrap().starts_with("interpolate,numbers__gcd,3,"), "{csv}");
    let (_, text, _) = run(&["--format", "json", "-q"]);
    let scores: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&scores["splits"][0]["modules"], &scores["splits"][0]["questions"]), (&2.into(), &6.into()));
    let mean =
        scores["modules"].as_array().unwrap().iter().map(|m| m["exact"].as_f64().unwrap() / 3.0).sum::<f64>() / 2.0;
    assert!((scores["splits"][0]["mean_exact"].as_f64().unwrap() - mean).abs() < 1e-9);
    let (status, _, errors) = prover(&["eval", "--math", &data, "--modules", "numbers__god"], "");
    assert!(status == 2 && errors.contains("no module `numbers__god`") && errors.contains("numbers__gcd"), "{errors}");
    let (status, _, errors) = prover(&["eval", "--math", "/nowhere"], "");
    assert!(status == 2 && errors.starts_with("error: "), "{errors}");
}

#[test]
fn a_run_learns_is_resumed_and_is_not_tested_on_what_it_saw() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let root = root.to_str().unwrap();
    let data = sample().display().to_string();
    let start = [
        "selfplay",
        "--math",
        &data,
        "--modules",
        "numbers__gcd,numbers__is_prime",
        "--questions",
        "10",
        "--iterations",
        "1",
        "--train-steps",
        "8",
        "--nodes",
        "200",
        "--out",
        root,
        "-q",
    ];
    let (status, out, errors) = prover(&start, "");
    assert_eq!((status, errors.as_str()), (0, ""), "{out}");
    assert!(out.contains("18 questions of 2 modules") && out.contains("graphs for 10 of 10"), "{out}");
    let (status, out, errors) = prover(&["selfplay", "--resume", root, "--iterations", "2", "-q"], "");
    assert_eq!((status, errors.as_str()), (0, ""), "{out}");
    assert!(
        out.contains("going on after iteration 1") && out.contains("of 10 answered before training on them"),
        "{out}"
    );
    let metrics = std::fs::read_to_string(folder.path().join("run/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    assert_eq!((&last["iteration"], &last["attempted"], &last["asked"]), (&2.into(), &10.into(), &10.into()));
    assert!(last["modules"]["numbers__gcd"].is_number() && last["policy_loss"].is_number());
    let (status, _, errors) = prover(&["selfplay", "--resume", root, "--modules", "numbers__lcm"], "");
    assert!(status == 2 && errors.contains("`modules` cannot change"), "{errors}");
    assert_eq!(prover(&["solve", "Is 7 prime?", "--policy", root], "").0, 0);
    let eval = ["eval", "--math", &data, "--modules", "numbers__gcd", "--policy", root, "-q"];
    assert_eq!(prover(&eval, "").0, 0);
    // The questions that it was trained on, given out as a test.
    let cheat = folder.path().join("data/interpolate");
    std::fs::create_dir_all(&cheat).unwrap();
    for name in ["numbers__gcd", "numbers__is_prime"] {
        let splits = ["train-easy", "train-medium", "train-hard"];
        let texts = splits.map(|split| std::fs::read_to_string(format!("{data}/{split}/{name}.txt")).unwrap());
        std::fs::write(cheat.join(format!("{name}.txt")), texts.concat()).unwrap();
    }
    let cheat = folder.path().join("data");
    let (status, out, errors) = prover(&["eval", "--math", cheat.to_str().unwrap(), "--policy", root], "");
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(errors.contains("this network is not tested: it was trained on"), "{errors}");
    let checkpoint = folder.path().join("run/checkpoints/iteration-0002/network/trained_on.json");
    std::fs::remove_file(checkpoint).unwrap();
    let (status, _, errors) = prover(&eval, "");
    assert!(status == 2 && errors.contains("trained_on.json"), "{errors}");
}

#[test]
fn questions_and_theories_do_not_mix() {
    let (status, _, errors) = prover(&["selfplay", "--math", "x", "--theory", "nat-add"], "");
    assert!(status == 2 && errors.contains("cannot be used with"), "{errors}");
    let (status, _, errors) = prover(&["selfplay", "--math", "/nowhere"], "");
    assert!(status == 2 && errors.contains("/nowhere"), "{errors}");
    let (status, _, errors) = prover(&["selfplay"], "");
    assert!(status == 2 && errors.contains("--math"), "{errors}");
}
