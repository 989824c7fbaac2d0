//! Answering questions from the command line: `prover solve`, `prover eval`, and `prover selfplay --math`.

use std::collections::BTreeSet;

use crate::place::{root, sample};
use crate::{interpreter, program};
use prover::answer::builtin;
use prover::answer::data::Train;
use prover::answer::generate::MODULES;
use prover::answer::reply::reply;
use prover::answer::vote::AnswerOptions;
use prover::graph::language::python;
use serde_json::Value;

const QUESTION: &str = "Solve 2*x + 3 = 7 for x.";

/// The program, with the text of its standard input.
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
        // The confidence counts what was found only: a search that meets few graphs has little.
        let found = json(&[
            "solve",
            QUESTION,
            "--alg",
            algorithm,
            "--samples",
            "3",
            "--min-confidence",
            "0",
            "--format",
            "json",
        ]);
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

/// Python computes what the graphs do that the network writes for questions of every kind that the generator knows.
#[test]
fn python_computes_the_answers() {
    let (network, lexicon) = (builtin::network().unwrap(), builtin::lexicon().unwrap());
    let (mut programs, mut answers) = (Vec::new(), Vec::new());
    for module in MODULES {
        for pair in module.questions(Train::Hard, 3, &mut BTreeSet::new(), &mut module.generator(5)) {
            let reply = reply(&pair.question, &lexicon, &network, &AnswerOptions::default(), 0.0);
            let (Some(best), Some((problem, _))) = (reply.best, reply.search) else { continue };
            programs.push(python::program(&best.graph, &pair.question, &problem.question().elements));
            answers.push((pair.question, best.text));
        }
    }
    assert!(programs.len() > 2 * MODULES.len(), "{} programs", programs.len());
    let (status, program, errors) = prover(&["solve", QUESTION, "--graph-out", "python"], "");
    assert!(status == 0 && program.starts_with("#!/usr/bin/env python3\n# Solve 2*x + 3 = 7 for x.\n"), "{errors}");
    programs.push(program);
    answers.push((QUESTION.into(), "2".into()));
    let Some(outputs) = interpreter::outputs(&programs) else {
        eprintln!("skipped: there is no python3");
        return;
    };
    for (((question, answer), output), program) in answers.iter().zip(&outputs).zip(&programs) {
        assert_eq!(answer, output, "{question}\n{program}");
    }
    assert_eq!(outputs.len(), programs.len());
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
    for (question, clear) in [
        ("What is 1 divided by 0?", "no value    division by zero"),
        ("Calculate 9**9**9**9**9.", "no value    a number has more digits than the budget allows"),
        ("Suppose x + y = 1, x + y = 2. What is x?", "no value    there is no solution"),
        ("Convert 3 furlongs to meters.", "not met     furlongs"),
    ] {
        let (status, out, errors) = prover(&["solve", question], "");
        assert_eq!((status, out.as_str()), (1, ""), "{question}\n{errors}");
        assert!(errors.contains(clear), "{question}\n{errors}");
    }
    let nested = format!("What is {}1{}?", "(".repeat(10_000), ")".repeat(10_000));
    let (status, out, errors) = prover(&["solve", "-"], &nested);
    assert_eq!((status, out.as_str()), (1, ""), "{errors}");
    assert!(errors.contains("parentheses are nested too deep"), "{errors}");
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
    let asked = last["modules_asked"].as_object().unwrap();
    // Several questions of a module are asked together, so that the ten may be of one.
    assert_eq!(asked.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 10);
    assert!(asked.keys().all(|module| last["modules"][module].is_number()) && last["policy_loss"].is_number());
    let (status, _, errors) = prover(&["selfplay", "--resume", root, "--modules", "numbers__lcm"], "");
    assert!(status == 2 && errors.contains("`modules` cannot change"), "{errors}");
    assert_eq!(prover(&["solve", "Is 7 prime?", "--policy", root, "--min-confidence", "0"], "").0, 0);
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

#[test]
fn what_is_not_known_is_not_answered() {
    for question in [
        "My passport number is 555 0199.",
        "Quelle est la racine de 16 ?",
        "What is 5 divided by 0?",
        "Solve x = x + 1.",
        "3 +* 4",
    ] {
        let (status, out, errors) = prover(&["solve", question], "");
        assert_eq!((status, out.as_str()), (1, ""), "{question}");
        assert!(errors.contains("it is not known") || errors.contains("no graph was found"), "{question}: {errors}");
    }
    let (_, _, errors) = prover(&["solve", "My passport number is 555 0199."], "");
    assert!(errors.contains("f0 : Int = 555") && errors.contains("not met") && errors.contains("nearest"), "{errors}");
    let (status, out, _) = prover(&["solve", "My passport number is 555 0199.", "--format", "json"], "");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &found["known"], &found["answer"]), (1, &false.into(), &Value::Null));
    assert!(found["doubt"].as_str().unwrap().contains("not known") && found["confidence"].as_f64().unwrap() < 0.6);
    assert!(found["unknown_words"].as_array().unwrap().contains(&"passport".into()), "{found}");
    // Whoever wants the best guess gets it.
    assert_eq!(prover(&["solve", "My passport number is 555 0199.", "--min-confidence", "0"], "").0, 0);
    let (status, _, errors) = prover(&["solve", QUESTION, "--min-confidence", "2"], "");
    assert!(status == 2 && errors.contains("a number from 0 to 1"), "{errors}");
}

#[test]
fn steps_are_said_in_words() {
    let (status, out, errors) = prover(&["solve", "Is 91 a composite number?", "--steps"], "");
    assert_eq!((status, errors.as_str()), (0, ""));
    assert!(out.contains("1. is_prime(91) is False") && out.contains("2. not(False) is True"), "{out}");
    assert!(out.contains("Whether a whole number is prime") && out.contains("The opposite truth"), "{out}");
}

#[test]
fn questions_are_answered_as_they_are_typed() {
    for (question, answer) in [
        ("what is 15% of 80", "12"),
        ("whats 1,200 + 34", "1234"),
        ("derivitive of 4x^3", "12*x**2"),
        ("integrate 6x^2", "2*x**3"),
        ("3x + 5 = 20", "5"),
        ("mean of 4, 9, 2", "5"),
    ] {
        let (status, out, errors) = prover(&["solve", question], "");
        assert_eq!((status, out.lines().next()), (0, Some(answer)), "{question}: {errors}");
    }
}

#[test]
fn a_test_of_typed_questions_counts_right_wrong_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typed.jsonl");
    let lines = [
        r#"{"question": "What is 7 times 8?", "answers": ["56"], "kind": "product"}"#,
        r#"{"question": "What is 7 times 9?", "answers": ["64"], "kind": "product"}"#,
        r#"{"question": "Sing a song for me.", "answers": [], "kind": "refuse"}"#,
        r#"{"question": "Frobnicate 7 blorgs.", "answers": ["3"], "kind": "other"}"#,
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let (status, out, errors) = prover(&["eval", "--math", file.to_str().unwrap(), "--format", "json", "-q"], "");
    assert_eq!((status, errors.as_str()), (0, ""));
    let figures: Value = serde_json::from_str(&out).unwrap();
    let all = &figures["all"];
    assert_eq!((&all["right"], &all["wrong"], &all["refused"]), (&2.into(), &1.into(), &1.into()), "{out}");
    std::fs::write(&file, "What is 7 times 8?\n56\n").unwrap();
    let (status, _, errors) = prover(&["eval", "--math", file.to_str().unwrap()], "");
    assert!(status == 2 && errors.contains("typed.jsonl:1"), "{errors}");
}

#[test]
fn generated_questions_repeat_and_are_read_as_data() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let arguments = ["generate", "--modules", "asked__percent_of,asked__mean", "--questions", "5", "-q", "-o"];
        let (status, _, errors) = prover(&[&arguments[..], &[out.to_str().unwrap()], more].concat(), "");
        assert_eq!((status, errors.as_str()), (0, ""));
        out
    };
    let read = |folder: &std::path::Path, split: &str| {
        std::fs::read_to_string(folder.join(split).join("asked__mean.txt")).unwrap()
    };
    let (one, two) = (generate("one", &[]), generate("two", &[]));
    assert_eq!(read(&one, "train-hard"), read(&two, "train-hard"));
    assert_eq!(read(&one, "train-hard").lines().count(), 10);
    let other = generate("three", &["--seed", "1", "--test"]);
    let (status, table, errors) = prover(&["eval", "--math", other.to_str().unwrap(), "-q"], "");
    assert_eq!((status, errors.as_str()), (0, ""));
    assert!(table.contains("asked__percent_of") && table.contains("30"), "{table}");
    let (status, _, errors) = prover(&["generate", "--modules", "asked__songs", "-o", "x"], "");
    assert!(status == 2 && errors.contains("no module `asked__songs`") && errors.contains("asked__mean"), "{errors}");
}
