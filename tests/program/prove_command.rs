//! `prover prove` as a user runs it: output, exit status, errors with their hints, and networks of runs as policies.

use std::path::Path;

use crate::program::{check, prover, prover_reading};

const ZERO_ADD: &str = "[('a0 : nat) -> (= (+ z 'a0) 'a0)]";

fn prove(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    prover(folder, &[&["prove", "--quiet"], arguments].concat())
}

/// The error message of the program; it ends with status 2 and prints no result.
fn complaint(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (status, out, err) = prove(folder.path(), arguments);
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    err
}

/// Whether `prover check -`, given this text, accepts it.
fn accepts(folder: &Path, text: &str) -> bool {
    prover_reading(folder, &["check", "-"], text).0 == 0
}

#[test]
fn goal_prints_a_script_that_check_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let goals = [
        ("nat-add", ZERO_ADD),
        ("nat-add", "(= (+ (s z) (s z)) (s (s z)))"),
        ("propositional-logic", "[('A : prop) -> ('B : prop) -> (and 'A 'B) -> (and 'B 'A)]"),
        ("groups", "[('a : G) -> (= (op 'a id) 'a)]"),
        ("nat-mul", "[('a : nat) -> (= (* z 'a) z)]"),
        ("natural-numbers", "[('p : prop) -> 'p -> (not (not 'p))]"),
    ];
    for (theory, goal) in goals {
        let (status, script, err) = prove(folder.path(), &["--theory", theory, "--goal", goal]);
        assert_eq!(status, 0, "{goal}: {script}{err}");
        assert!(script.contains(&format!("import \"{theory}\".")) && script.contains("theorem found : "), "{script}");
        assert!(accepts(folder.path(), &script), "{script}");
        // What is accepted is this proof, not any text.
        let broken = script.replacen("theorem found", "theorem found : (= z z) { } theorem found", 1);
        assert!(!accepts(folder.path(), &broken));
    }
}

#[test]
fn goal_that_is_not_proved_is_status_1() {
    let folder = tempfile::tempdir().unwrap();
    for goal in ["(= z (s z))", "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) 'a)]"] {
        let (status, out, _) =
            prove(folder.path(), &["--theory", "nat-add", "--goal", goal, "--nodes", "40", "--models", "off"]);
        assert_eq!(status, 1, "{out}");
        let words: Vec<&str> = out.split_whitespace().collect();
        assert!(matches!(words[..], ["open", "after", _, "node" | "nodes", "and", _, "s"]), "{out}");
        assert!(words[2].parse::<u32>().unwrap() <= 40, "{out}");
    }
    let endless = "[('a : prop) -> ('b : prop) -> (or 'a 'b)]";
    let limits = ["--nodes", "1000000000", "--seconds", "0.3", "--models", "off"];
    let goal = ["--theory", "propositional-logic", "--goal", endless];
    let (status, out, _) = prove(folder.path(), &[&goal[..], &limits].concat());
    assert_eq!(status, 1, "{out}");
}

#[test]
fn goals_give_a_line_each_and_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--theory", "nat-add", "--goals", "nat-add-easy", "--save", "proofs.peano"];
    let (status, out, err) = prove(folder.path(), &arguments);
    assert_eq!(status, 0, "{out}{err}");
    let lines: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(matches!(lines[0][..], ["zero_add", "proved", _, "nodes", _, "s", _, "terms"]), "{out}");
    assert!(lines[0][2].parse::<u32>().unwrap() > 0 && lines[0][4].parse::<f64>().unwrap() >= 0.0, "{out}");
    assert_eq!(lines[1].join(" "), "1 of 1 proved");
    assert_eq!(check(folder.path(), &["proofs.peano"]).0, 0);

    // Some are proved within 60 nodes and some are not: the file holds those that are.
    let arguments =
        ["--theory", "nat-add", "--goals", "nat-add-hard", "--nodes", "60", "--only", "search", "--save", "hard.peano"];
    let (status, out, err) = prove(folder.path(), &arguments);
    assert_eq!(status, 1, "{out}{err}");
    let verdicts = |word: &str| out.lines().filter(|line| line.split_whitespace().nth(1) == Some(word)).count();
    let (proved, open) = (verdicts("proved"), verdicts("open"));
    assert!(proved > 0 && open > 0 && proved + open == 8, "{out}");
    assert!(out.ends_with(&format!("{proved} of 8 proved\n")), "{out}");
    let saved = std::fs::read_to_string(folder.path().join("hard.peano")).unwrap();
    assert_eq!(saved.matches("theorem ").count(), proved);
    let (status, out, _) = check(folder.path(), &["hard.peano"]);
    assert_eq!(status, 0, "{out}");
}

#[test]
fn theories_and_goals_of_a_users_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.p"), "p : prop. q : prop. hp : p. pq : [p -> q].").unwrap();
    std::fs::write(folder.path().join("wanted.p"), "first : q. second : [q -> p].").unwrap();
    let arguments = ["--theory", "mine.p", "--goals", "wanted.p", "--save", "proofs.p"];
    let (status, out, err) = prove(folder.path(), &arguments);
    assert_eq!(status, 0, "{out}{err}");
    let (status, out, err) = check(folder.path(), &["--axioms", "proofs.p"]);
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains("first rests on p, q, hp, pq\n"), "{out}");
}

#[test]
fn unknown_names_say_what_there_is() {
    use prover::theory::library::{Kind, names};
    // All names are listed, which are as many as there are files.
    let complaint = |arguments: &[&str]| {
        let all = |kind| names(kind).collect::<Vec<_>>().join(", ");
        complaint(arguments).replace(&all(Kind::Theory), "ALL").replace(&all(Kind::Goals), "ALL")
    };
    insta::assert_snapshot!(complaint(&["--theory", "nat-ad", "--goal", "x"]), @"error: no theory `nat-ad`: there is no such file, and built in are ALL; did you mean `nat-add`?");
    insta::assert_snapshot!(complaint(&["--theory", "nat-add", "--goals", "nat-add-hrd"]), @"error: goals: no goal set `nat-add-hrd`: there is no such file, and built in are ALL; did you mean `nat-add-hard`?");
    insta::assert_snapshot!(complaint(&["--theory", "./none.p", "--goal", "z"]), @"error: no theory `./none.p`: there is no such file, and built in are ALL");
}

#[test]
fn wrong_statements_say_where() {
    insta::assert_snapshot!(complaint(&["--theory", "nat-add", "--goal", "(= z"]), @r"
    error: --goal: 1:5: the text ends too early [unexpected-end]
      the `(` at 1:1 is never closed
    ");
    insta::assert_snapshot!(complaint(&["--theory", "nat-add", "--goal", "(+ z)"]), @r"
    error: --goal: 1:1: `(+ z)` is not a type [wrong-number-of-arguments]
      1 more argument could be given here
    ");
    insta::assert_snapshot!(complaint(&["--theory", "nat-add", "--goal", "(= z zz)"]), @r"
    error: --goal: 1:6: nothing is called `zz` [unknown-name]
      did you mean `z`?
    ");
    insta::assert_snapshot!(complaint(&["--theory", "nat-add", "--goal", ""]), @"error: --goal: 1:1: the text ends too early [unexpected-end]");
}

#[test]
fn a_goal_that_cannot_be_read_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "zero : (= z z).\none : (= z zz).\ntwo : (= z z.\nfour : [(= z z) -> (= z z)].\nzero : (= (s z) z).\n";
    std::fs::write(folder.path().join("wanted.p"), wrong).unwrap();
    std::fs::write(folder.path().join("more.p"), "zero : (= z z).\nfour : (= z z).\n").unwrap();
    let sets = ["--theory", "nat-add", "--goals", "wanted.p", "--goals", "more.p"];
    for mode in [&[] as &[&str], &["--in-order"], &["--eqsat"]] {
        let saved = format!("proofs{}.p", mode.len() + mode.concat().len());
        let (status, out, err) = prove(folder.path(), &[&sets, mode, &["--save", &saved]].concat());
        assert_eq!(status, 1, "{out}{err}");
        let verdict = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let verdicts: Vec<String> = out.lines().map(verdict).collect();
        // The goal that both sets have is tried once; a name that is taken by another is not tried.
        let expected = [
            "zero proved",
            "one unreadable",
            "two unreadable",
            "four proved",
            "zero unreadable",
            "four unreadable",
            "2 of",
        ];
        assert_eq!(
            (verdicts, out.lines().last()),
            (expected.map(str::to_owned).to_vec(), Some("2 of 6 proved")),
            "{out}"
        );
        let told: Vec<&str> = err.lines().filter(|line| line.starts_with("error: ")).collect();
        let starts = ["wanted.p:2:12: ", "wanted.p:3:13: ", "wanted.p:5:1: ", "more.p:2:1: "];
        assert_eq!(told.len(), starts.len(), "{err}");
        for (line, start) in told.iter().zip(starts) {
            assert!(line.starts_with(&format!("error: {start}")) && line.ends_with(']'), "{line}: {start}");
        }
        let (status, out, err) = check(folder.path(), &[&saved]);
        assert_eq!(status, 0, "{out}{err}");
    }
    // Where none can be read, nothing was done.
    std::fs::write(folder.path().join("none.p"), "one : (= z zz).\nassume (= z z).\n").unwrap();
    let (status, out, err) = prove(folder.path(), &["--theory", "nat-add", "--goals", "none.p"]);
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    insta::assert_snapshot!(err, @r"
    error: none.p:1:12: nothing is called `zz` [unknown-name]
      did you mean `z`?
    error: none.p:2:1: a goal file holds declarations `name : proposition.` only [not-a-goal]
    error: there is nothing to prove: no goal can be read
    ");
    // A run needs all of its goals, and says which it lacks.
    let (status, out, err) = prover(folder.path(), &["selfplay", "--theory", "nat-add", "--goals", "wanted.p"]);
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("wanted.p:2:12: nothing is called `zz` [unknown-name]"), "{err}");
}

#[test]
fn saved_proofs_replace_no_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.p"), "mine").unwrap();
    // Refused before the theory is looked for.
    let goal = ["--theory", "none", "--goal", ZERO_ADD, "--save", "mine.p"];
    let (status, out, err) = prove(folder.path(), &goal);
    assert_eq!((status, out.as_str()), (2, ""));
    insta::assert_snapshot!(err, @"error: mine.p is there already: give another name, or replace it with --force");
    assert_eq!(std::fs::read_to_string(folder.path().join("mine.p")).unwrap(), "mine");
    let goal = ["--theory", "nat-add", "--goal", ZERO_ADD, "--save", "mine.p", "--force"];
    assert_eq!(prove(folder.path(), &goal).0, 0);
    assert_eq!(check(folder.path(), &["mine.p"]).0, 0);
}

#[test]
fn wrong_use_is_status_2() {
    for arguments in [
        &["--theory", "nat-add"] as &[&str],
        &["--goal", "z"],
        &["--theory", "nat-add", "--goal", "z", "--goals", "nat-add-easy"],
        &["--theory", "nat-add", "--goal", ZERO_ADD, "--nodes", "0"],
        &["--theory", "nat-add", "--goal", ZERO_ADD, "--seconds", "-1"],
        &["--theory", "nat-add", "--goal", ZERO_ADD, "--save", "/no/such/folder/file.p"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (status, _, err) = prove(folder.path(), arguments);
        assert!(status == 2 && !err.is_empty(), "{arguments:?}: {status}");
    }
}

#[test]
fn network_of_a_run_is_a_policy() {
    let folder = tempfile::tempdir().unwrap();
    let run = ["selfplay", "-q", "--theory", "nat-add", "--goals", "nat-add-easy", "--keep-going", "--iterations", "2"];
    let small = ["--conjectures", "2", "--nodes", "40", "--train-steps", "2", "--out", "run"];
    let (status, out, err) = prover(folder.path(), &[&run as &[&str], &small].concat());
    assert_eq!(status, 0, "{out}{err}");
    // The run, a checkpoint of it, and the network in it.
    for policy in ["run", "run/checkpoints/iteration-0001", "run/checkpoints/iteration-0002/network"] {
        let arguments = ["--theory", "nat-add", "--goal", ZERO_ADD, "--policy", policy];
        let (status, script, err) = prove(folder.path(), &arguments);
        assert_eq!(status, 0, "{policy}: {script}{err}");
        assert!(accepts(folder.path(), &script), "{script}");
        assert_eq!(prove(folder.path(), &arguments).1, script, "a seed repeats a search");
    }
    // It proves, and does not answer questions, whether it says so or was written by a version that did not say.
    let config =
        |iteration: u32| folder.path().join(format!("run/checkpoints/iteration-000{iteration}/network/config.json"));
    let replaced = |from: &str, to: &str| {
        let text = std::fs::read_to_string(config(2)).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(config(2), text.replace(from, to)).unwrap();
    };
    let ask = ["solve", "What is 1 plus 2?", "--policy", "run"];
    let refused = |arguments: &[&str]| {
        let (status, out, err) = prover(folder.path(), arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains("is no network for this") && err.contains("network: "), "{err}");
    };
    refused(&ask);
    replaced(",\n  \"task\": \"proofs\"", "");
    refused(&ask);
    assert_eq!(prove(folder.path(), &["--theory", "nat-add", "--goal", ZERO_ADD, "--policy", "run"]).0, 0);
    replaced("\"vocab_size\"", "\"task\": \"questions\", \"vocab_size\"");
    refused(&["prove", "--theory", "nat-add", "--goal", ZERO_ADD, "--policy", "run"]);
    refused(&["repl", "--theory", "nat-add", "--policy", "run"]);
    let (status, _, err) = prover(folder.path(), &["selfplay", "--resume", "run", "--iterations", "3"]);
    assert!(status == 2 && err.contains("is no network for this"), "{err}");
    replaced("\"task\": \"questions\", ", "");
    let (status, _, err) = prover(folder.path(), &["selfplay", "--resume", "run", "--iterations", "3"]);
    assert_eq!(status, 0, "{err}");
    let text = std::fs::read_to_string(config(3)).unwrap();
    assert!(text.contains("\"task\": \"proofs\""), "from now on it says so: {text}");
    // A cut-off network is an error, never a panic.
    let weights = folder.path().join("run/checkpoints/iteration-0003/network");
    let weights = walk(&weights).into_iter().find(|path| path.ends_with("model.safetensors")).unwrap();
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    let (status, _, err) = prove(folder.path(), &["--theory", "nat-add", "--goal", ZERO_ADD, "--policy", "run"]);
    assert!(status == 2 && err.contains("model.safetensors") && !err.contains("panic"), "{err}");
}

/// All files under a directory.
fn walk(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn directory_without_a_network_is_an_error() {
    insta::assert_snapshot!(complaint(&["--theory", "nat-add", "--goal", ZERO_ADD, "--policy", "/no/such/run"]), @"error: there is no policy in /no/such/run: give `uniform`, a run (such as runs/NAME), or a checkpoint of one");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::create_dir_all(folder.path().join("young/checkpoints")).unwrap();
    for policy in ["empty", "young"] {
        let (status, out, err) = prove(folder.path(), &["--theory", "nat-add", "--goal", ZERO_ADD, "--policy", policy]);
        assert_eq!((status, out.as_str()), (2, ""));
        assert!(err.contains(&format!("there is no policy in {policy}")), "{err}");
    }
}

#[test]
fn goals_in_order_are_lemmas_for_those_after_them() {
    let folder = tempfile::tempdir().unwrap();
    let sets = ["--goals", "nat-add-hard", "--goals", "nat-mul"];
    let (status, out, err) = prove(
        folder.path(),
        &[&["--theory", "nat-mul", "--eqsat", "--in-order", "--save", "proofs.peano"][..], &sets].concat(),
    );
    assert_eq!((status, out.lines().last()), (0, Some("17 of 17 proved")), "{out}{err}");
    let proofs = std::fs::read_to_string(folder.path().join("proofs.peano")).unwrap();
    assert!(accepts(folder.path(), &proofs), "{proofs}");
}

/// Commutativity: single steps find it with normal forms; saturation needs a lemma.
const ADD_COMM: &str = "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]";

#[test]
fn everything_is_tried_and_only_what_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let stages = |arguments: &[&str]| {
        let head = ["--theory", "nat-mul", "--format", "json"];
        let (status, out, err) = prove(folder.path(), &[&head, arguments].concat());
        assert!(status < 2, "{err}");
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        let stages: Vec<String> =
            report["stages"].as_array().unwrap().iter().map(|stage| stage["means"].as_str().unwrap().into()).collect();
        assert_eq!(report["verdict"] == "proved", status == 0, "{out}");
        let nodes: u64 =
            report["stages"].as_array().unwrap().iter().map(|stage| stage["nodes"].as_u64().unwrap()).sum();
        assert_eq!(report["nodes"], nodes);
        (stages, report)
    };
    let one_mul = "[('a : nat) -> (= (* (s z) 'a) 'a)]";
    let (tried, report) = stages(&["--goal", one_mul]);
    assert_eq!((tried.join(" "), &report["verdict"]), ("search saturation lemmas".into(), &"proved".into()));
    assert!(report["lemmas"].as_u64().unwrap() > 0 && report["terms"].as_u64().unwrap() > 0);
    assert!(accepts(folder.path(), report["proof"].as_str().unwrap()));
    for (only, expected) in [("search", "search"), ("saturation", "lemmas"), ("completion", "completion")] {
        let (tried, report) = stages(&["--goal", one_mul, "--only", only]);
        assert_eq!(tried, [expected]);
        assert_eq!(report["verdict"] == "proved", only == "saturation", "{only}");
    }
    let (tried, report) = stages(&["--goal", one_mul, "--only", "saturation", "--no-lemmas"]);
    assert_eq!((tried.join(" "), &report["verdict"]), ("saturation".into(), &"open".into()));
    // What was an option before.
    let (tried, _) = stages(&["--goal", one_mul, "--eqsat"]);
    assert_eq!(tried, ["lemmas"]);
    let (status, _, err) =
        prove(folder.path(), &["--theory", "nat-mul", "--goal", one_mul, "--only", "search", "--eqsat"]);
    assert!(status == 2 && err.contains("--eqsat"), "{err}");
    // Completion makes no inductions, and looks at nothing else than the statement.
    let goal = "[('a : G) -> ('b : G) -> (= (op 'a 'b) id) -> (= 'b (inv 'a))]";
    let found =
        prove(folder.path(), &["--theory", "groups", "--goal", goal, "--only", "completion", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&found.1).unwrap();
    assert_eq!((&report["verdict"], &report["nodes"]), (&"proved".into(), &4.into()), "{report}");
}

#[test]
fn each_goal_is_an_object_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let goals = format!("a : {ZERO_ADD}. b : nonsense. c : [('n : nat) -> (= (+ 'n 'n) 'n)].");
    std::fs::write(folder.path().join("goals.peano"), goals).unwrap();
    let line = ["--theory", "nat-add", "--goals", "goals.peano", "--format", "json"];
    let (status, out, _) = prove(folder.path(), &line);
    assert_eq!(status, 1);
    let verdicts: Vec<String> = out
        .lines()
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            format!("{} {}", object["name"].as_str().unwrap(), object["verdict"].as_str().unwrap())
        })
        .collect();
    assert_eq!(verdicts, ["a proved", "b unreadable", "c refuted"]);
}

#[test]
fn verbose_says_what_was_tried_and_the_proof_can_still_be_checked() {
    let folder = tempfile::tempdir().unwrap();
    let line = ["prove", "-v", "--theory", "nat-add", "--goal", ADD_COMM, "--only", "search"];
    let (status, out, _) = prover(folder.path(), &line);
    assert!(status == 0 && out.contains("/* search: a proof after "), "{out}");
    assert!(accepts(folder.path(), &out), "{out}");
    let line =
        ["prove", "-v", "--theory", "propositional-logic", "--goal", "[('p : prop) -> ('q : prop) -> (or 'p 'q)]"];
    let (status, out, _) = prover(folder.path(), &[&line[..], &["--models", "off", "--nodes", "50"]].concat());
    assert!(status == 1 && out.contains("\n  search: the limit of nodes after 13 nodes and "), "{out}");
}

#[test]
fn the_graph_of_a_search_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    for means in ["search", "saturation", "completion"] {
        let line = ["--theory", "nat-add", "--goal", ADD_COMM, "--only", means, "--tree-out"];
        let tree = |format: &str| prove(folder.path(), &[&line[..], &[format]].concat()).1;
        let json: serde_json::Value = serde_json::from_str(&tree("json")).unwrap();
        let states = json["nodes"].as_array().unwrap();
        assert_eq!(states[0]["state"], format!("{{  }} {}", json["result"]["statement"].as_str().unwrap()));
        assert_eq!(states[0]["status"] == "solved", json["result"]["verdict"] == "proved");
        assert!(tree("dot").starts_with("digraph") && tree("svg").starts_with("<svg"));
    }
}
