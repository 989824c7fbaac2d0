//! `prover synth`: programs for many instances, their records, and what they are worth.

use std::path::Path;

use serde_json::Value;

use crate::place::root;
use crate::program::{folder, prover};

/// Sums, in lines in turn.
const SUMS: &str = "What is 3 plus 4?\n7\nWhat is 10 plus 5?\n15\nWhat is 8 plus 1?\n9\nWhat is 6 plus 6?\n12\n";

fn synth(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    prover(folder, &[&["synth"], arguments].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_file_is_a_problem_and_is_not_attempted_twice() {
    let folder = folder(&[("sums.txt", SUMS)]);
    let run = |more: &[&str]| {
        synth(folder.path(), &[&["sums.txt", "--policy", "uniform", "--out", "o", "--format", "json"], more].concat())
    };
    let (status, out, errors) = run(&[]);
    assert_eq!(status, 0, "{errors}");
    let figures = json(&out);
    assert_eq!((&figures["problems"][0]["problem"], &figures["score"]["mean"]), (&"sums".into(), &1.0.into()));
    assert!(figures["problems"][0]["program"].as_str().unwrap().starts_with("add("), "{out}");
    let record = std::fs::read_to_string(folder.path().join("o/problems/sums.json")).unwrap();
    assert_eq!(json(&record)["version"], 1);
    let (status, again, errors) = run(&[]);
    assert!(status == 0 && errors.contains("1 of 1 problems were finished before"), "{errors}");
    assert_eq!(json(&again)["problems"], figures["problems"]);
    assert!(!folder.path().join("o/problems/sums.2.json").exists());
    assert_eq!(run(&["--rerun"]).0, 0);
    assert!(folder.path().join("o/problems/sums.2.json").exists());
    assert_eq!(std::fs::read_to_string(folder.path().join("o/problems/sums.json")).unwrap(), record);
    let (status, _, errors) = run(&["--seed", "5"]);
    assert!(status == 2 && errors.contains("has problems of other settings"), "{errors}");
}

#[test]
fn bad_input_is_told_and_the_rest_is_done() {
    let nonsense = "what?\nnothing\nwhy?\nnobody knows\n";
    let split = "What is 3 plus 4?\n7\nWhat is 3 plus 4?\n8\nWhat is 1 plus 1?\n2\n";
    let broken = "{\"version\": 0, \"problem\": \"sums\"}";
    let folder =
        folder(&[("sums.txt", SUMS), ("no.txt", nonsense), ("split.txt", split), ("o/problems/sums.json", broken)]);
    let files = ["sums.txt", "no.txt", "split.txt", "--policy", "uniform", "--out", "o"];
    let (status, out, errors) = synth(folder.path(), &files);
    assert_eq!(status, 1, "{errors}");
    assert!(errors.contains("no: none of its 2 instances can be read"), "{errors}");
    assert!(errors.contains("split: no program gets both right"), "{errors}");
    assert!(errors.contains("it is of version 0, and this program writes 1"), "{errors}");
    assert!(out.contains("sums") && out.contains("100.0"), "{out}");
    assert_eq!(std::fs::read_to_string(folder.path().join("o/problems/sums.json")).unwrap(), broken);
    assert!(folder.path().join("o/problems/sums.2.json").exists());
    for (arguments, what) in [
        (&["sums.txt", "--programs", "0"][..], "--programs"),
        (&["sums.txt", "--nodes", "0"], "--nodes"),
        (&["sums.txt", "--seconds", "0"], "--seconds"),
        (&["sums.txt", "--public", "0"], "--public"),
        (&["sums.txt", "--math", "m"], "--math"),
        (&["sums.txt", "--modules", "m"], "--modules"),
        (&[], "FILE"),
        (&["absent.txt"], "absent.txt"),
        (&["sums.txt", "--start", "1"], "no problem is chosen: there are 1"),
    ] {
        let (status, _, errors) = synth(folder.path(), arguments);
        assert!(status == 2 && errors.contains(what), "{arguments:?}: {errors}");
    }
}

#[test]
fn problems_are_chosen_by_their_numbers_and_kept_for_the_page() {
    let folder = folder(&[]);
    let data = root().join("tests/data/mathematics");
    let data = data.to_str().unwrap();
    let modules = ["--math", data, "--modules", "numbers__gcd,numbers__is_prime,arithmetic__div", "--group", "types"];
    let with = |more: &[&str]| synth(folder.path(), &[&modules[..], &["--out", "runs/a"], more].concat());
    let (status, out, errors) = with(&["--indices", "2"]);
    assert!(status <= 1 && out.contains("numbers__is_prime") && !out.contains("numbers__gcd"), "{out}{errors}");
    let (_, out, errors) = with(&["--start", "1", "--end", "3"]);
    assert!(errors.contains("1 of 2 problems were finished before") && out.contains("numbers__gcd"), "{out}{errors}");
    let (status, out, _) = prover(folder.path(), &["runs", "runs", "--format", "json"]);
    let run = &json(&out)[0];
    assert!(status == 0 && run["state"] == "finished" && run["score"].is_number(), "{out}");
    assert_eq!(prover(folder.path(), &["report", "runs", "-o", "page.html"]).0, 0);
    assert!(std::fs::read_to_string(folder.path().join("page.html")).unwrap().contains("numbers__gcd"));
}

#[test]
fn a_sweep_compares_searches() {
    let plan = "command = 'synth'\n[base]\nfiles = 'sums.txt'\n[axes]\nalg = ['mcts', 'smc']\n";
    let math = root().join("tests/data/mathematics");
    let plan = plan.replace(
        "files = 'sums.txt'",
        &format!("math = '{}'\nmodules = ['numbers__gcd']\ngroup = 'types'", math.display()),
    );
    let folder = folder(&[("s.toml", &plan)]);
    let (status, out, errors) = prover(folder.path(), &["sweep", "s.toml"]);
    assert_eq!(status, 0, "{out}{errors}");
    for alg in ["mcts", "smc"] {
        let metrics = std::fs::read_to_string(folder.path().join(format!("runs/s/alg-{alg}/metrics.jsonl"))).unwrap();
        let last = json(metrics.lines().last().unwrap());
        assert!(last["iteration"] == 100 && last["score"].is_number(), "{metrics}");
        assert!(folder.path().join(format!("runs/s/alg-{alg}/problems/numbers__gcd.json")).exists());
    }
}
