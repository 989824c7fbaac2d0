//! `prover check` on files of questions with graphs.

use crate::program::{self, folder, objects};

/// Exit status and standard output of the command on a file with this text.
fn check(text: &str, arguments: &[&str]) -> (i32, String) {
    let folder = folder(&[("some.graph", text)]);
    let (status, out, _) = program::check(folder.path(), &[arguments, &["some.graph"]].concat());
    (status, out)
}

const RIGHT: &str = "question \"Solve 2*x + 3 = 7 for x.\"\nanswer \"2\"\nsol_get(solve_linear(system(f0)), f1)\n";

#[test]
fn right_wrong_and_unanswered_questions() {
    assert_eq!(check(RIGHT, &[]), (0, "1 checked, 0 wrong\n".into()));
    let (status, text) = check(&format!("{RIGHT}{}", RIGHT.replace("\"2\"", "\"3\"")), &[]);
    assert_eq!(status, 1);
    assert!(text.contains("some.graph:5:8") && text.contains("error[wrong-answer]"), "{text}");
    assert!(text.contains("2 checked, 1 wrong\n"), "{text}");
    let (status, text) = check(&RIGHT.replace("answer \"2\"\n", ""), &[]);
    assert_eq!((status, text.as_str()), (0, "some.graph:1:10: 2\n1 checked, 0 wrong\n"));
}

#[test]
fn programs_read_the_same_lines_as_for_other_files() {
    let (status, text) = check(&format!("{RIGHT}question \"What is 1/0?\" value(f0)"), &["--format", "json"]);
    assert_eq!(status, 1);
    let lines = objects(&text);
    let brief = |line: &serde_json::Value| {
        ["name", "kind", "status", "code"].map(|key| line[key].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(brief(&lines[0]), ["Solve 2*x + 3 = 7 for x.", "question", "ok", "-"]);
    assert_eq!(brief(&lines[1]), ["What is 1/0?", "question", "error", "evaluation-failed"]);
    assert_eq!((&lines[1]["line"], &lines[1]["column"]), (&4.into(), &25.into()));
}
