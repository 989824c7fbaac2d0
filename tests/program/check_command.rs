//! `prover check` as a user runs it: exit status, output, imports.

use crate::program::{check, folder, objects};

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
        objects(&out).iter().filter_map(|line| line["code"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(codes("a.p"), ["import-failed"]);
    assert_eq!(codes("self.p"), ["import-cycle"]);
    assert_eq!(codes("none.p"), ["import-not-found"]);
    assert_eq!(codes("uses-bad.p"), ["import-failed"]);
    let (_, out, _) = check(folder.path(), &["a.p"]);
    assert!(out.contains("b.p:1:1: `a.p` imports itself"), "{out}");
}

#[test]
fn an_import_that_failed_is_explained_by_an_error_of_its_own_files() {
    let folder = folder(&[
        ("first.p", "p : nothing."),
        ("fine.p", "q : prop."),
        ("inner.p", "r : nowhere."),
        ("second.p", "import \"inner\"."),
        ("all.p", "import \"first\".\nimport \"fine\".\nimport \"second\"."),
    ]);
    let (status, out, _) = check(folder.path(), &["--format", "json", "all.p"]);
    assert_eq!(status, 1, "{out}");
    let lines = objects(&out);
    let message = |index: usize| lines[index]["message"].as_str().unwrap().to_owned();
    assert!(message(0).ends_with("first.p:1:5: nothing is called `nothing` [unknown-name]"), "{out}");
    assert_eq!(lines[1]["status"], "ok");
    assert!(message(2).ends_with("inner.p:1:5: nothing is called `nowhere` [unknown-name]"), "{out}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_looked_at_is_not_replaced_by_a_built_in_theory() {
    let folder = folder(&[("a.p", "import \"nat-add\".")]);
    std::os::unix::fs::symlink("nat-add.p", folder.path().join("nat-add.p")).unwrap();
    let (status, out, _) = check(folder.path(), &["a.p"]);
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("error[import-not-found]: cannot read `./nat-add.p`"), "{out}");
}

#[cfg(unix)]
#[test]
fn names_reach_no_terminal_as_escape_sequences() {
    let name = "e\x1b[2J\n0 checked, 0 wrong";
    let graph = "question \"What \x1b[31mis 1?\"\nanswer \"31\"\nf0\n";
    let import = "import \"x\x1b]0;y\". p : prop.";
    let folder = folder(&[(name, import), ("x\x1b]0;y.p", "q : prop. q : prop."), ("q.graph", graph)]);
    let none = "none\x1b[2J\n";
    for arguments in [&["--digest", "--axioms", name][..], &["-v", "q.graph"], &[none], &["-v", name]] {
        let (_, out, err) = check(folder.path(), arguments);
        assert!(!(out.clone() + &err).contains('\x1b'), "{out}{err}");
        assert_eq!(
            (out + &err).lines().filter(|line| line.starts_with("0 checked")).count(),
            usize::from(arguments == [none])
        );
    }
    // Programs get the names as they are.
    let (_, out, _) = check(folder.path(), &["--format", "json", name]);
    let line: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(line["file"], name);
}

#[test]
fn a_failed_theorem_is_named_in_the_summary() {
    let text = "p : prop. q : prop. theorem bad : q { } theorem user : q { show q by bad. } theorem other : [p -> p] { intro h : p. }";
    let folder = folder(&[("f.p", text)]);
    let (status, out, err) = check(folder.path(), &["f.p"]);
    assert_eq!(status, 1);
    let out = out + &err;
    assert!(
        out.contains("bad was not proved; user uses it and was checked without it\n") && !out.contains("other was"),
        "{out}"
    );
}
