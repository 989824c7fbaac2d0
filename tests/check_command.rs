//! `prover check` as a user runs it: exit status, output, imports.

use assert_cmd::Command;
use std::path::Path;

fn check(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("prover").unwrap();
    let output = command.arg("check").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn status_says_what_was_found() {
    let folder = folder(&[
        ("right.p", "p : prop. theorem t : [p -> p] { intro h : p. }"),
        ("wrong.p", "p : q."),
        ("empty.p", ""),
    ]);
    assert_eq!(check(folder.path(), &["right.p"]).0, 0);
    assert_eq!(check(folder.path(), &["empty.p"]).0, 0);
    let (status, out, _) = check(folder.path(), &["right.p", "wrong.p"]);
    assert_eq!(status, 1);
    assert!(out.contains("error[unknown-name]") && out.contains("wrong.p:1:5"), "{out}");
    assert!(out.ends_with("3 checked, 1 wrong\nfor more on an error: `prover explain unknown-name`\n"), "{out}");
    assert_eq!(check(folder.path(), &["right.p", "missing.p"]).0, 2);
    assert_eq!(check(folder.path(), &["--format", "nonsense", "right.p"]).0, 2);
}

#[test]
fn imports_are_relative_and_read_once() {
    let folder = folder(&[
        ("base/logic.p", "p : prop. hp : p."),
        ("base/more.peano", "import \"logic\". theorem t : p { apply hp. }"),
        (
            "main.p",
            "import \"base/logic.p\". import \"base/more\". import \"base/../base/logic.p\". theorem u : p { show p by t. }",
        ),
        ("library.p", "import \"nat-add\". theorem one : (= (+ z z) z) { show (= (+ z z) z) by +_z. }"),
        ("twice.p", "import \"base/logic\". p : prop."),
    ]);
    let (status, out, _) = check(folder.path(), &["--axioms", "main.p", "library.p"]);
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("u rests on p, hp\n") && out.contains("one rests on "), "{out}");
    let (status, out, _) = check(folder.path(), &["twice.p"]);
    assert!(status == 1 && out.contains("duplicate-name"), "{out}");
}

#[test]
fn wrong_imports_are_errors() {
    let folder = folder(&[
        ("a.p", "import \"b.p\". p : prop."),
        ("b.p", "import \"a.p\". q : prop."),
        ("self.p", "import \"self\"."),
        ("none.p", "import \"nowhere\". p : prop."),
        ("bad.p", "p : r."),
        ("uses-bad.p", "import \"bad.p\". q : prop."),
    ]);
    let codes = |file: &str| -> Vec<String> {
        let (status, out, _) = check(folder.path(), &["--format", "json", file]);
        assert_eq!(status, 1, "{out}");
        let lines = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter_map(|line| line["code"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(codes("a.p"), ["import-failed"]);
    assert_eq!(codes("self.p"), ["import-cycle"]);
    assert_eq!(codes("none.p"), ["import-not-found"]);
    assert_eq!(codes("uses-bad.p"), ["import-failed"]);
    let (_, out, _) = check(folder.path(), &["a.p"]);
    assert!(out.contains("b.p:1:1: `a.p` imports itself"), "{out}");
}

#[test]
fn a_failed_theorem_is_named_in_the_summary() {
    let text = "p : prop. q : prop. theorem bad : q { } theorem user : q { show q by bad. } theorem other : [p -> p] { intro h : p. }";
    let folder = folder(&[("f.p", text)]);
    let (status, out, _) = check(folder.path(), &["f.p"]);
    assert_eq!(status, 1);
    assert!(
        out.contains("bad was not proved; 2 later proofs were checked without it; it is mentioned by user\n"),
        "{out}"
    );
}
