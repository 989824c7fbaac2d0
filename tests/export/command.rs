//! The command as a user runs it: the files written, and errors with nothing written.

use std::path::Path;
use std::process::Command;

use super::samples::root;

const RIGHT: &str = "nat : type. z : nat. p : [nat -> prop]. a : (p z). theorem t : (p z) { show (p z) by a. }";

fn export(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prover"));
    let output = command.arg("export").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn each_target_is_written_and_what_is_there_stays() {
    let folder = folder(&[("a.peano", RIGHT)]);
    let place = folder.path();
    let (status, out, err) = export(place, &["--to", "rocq", "a.peano", "-o", "a.v"]);
    assert_eq!((status, &*out, &*err), (0, "a.v: 4 axioms, 0 definitions, 1 theorem\ncoqc a.v\n", ""));
    let text = std::fs::read_to_string(place.join("a.v")).unwrap();
    assert!(
        text.contains("\nAxiom p : forall (_ : nat), Prop.\n") && text.contains("\nDefinition t : p z := a.\n"),
        "{text}"
    );
    let (status, _, err) = export(place, &["--to", "lean", "a.peano", "-o", "a.v"]);
    assert_eq!(status, 2);
    assert!(err.contains("a.v is there already: give another name, or replace it with --force"), "{err}");
    assert_eq!(std::fs::read_to_string(place.join("a.v")).unwrap(), text);
    let (status, out, _) = export(place, &["--to", "lean", "a.peano", "-o", "a.v", "--force", "-q"]);
    assert_eq!((status, &*out), (0, ""));
    let text = std::fs::read_to_string(place.join("a.v")).unwrap();
    assert!(text.contains("\ntheorem t : p z := a\n") && text.contains("\naxiom nat : Type\n"), "{text}");
    let (status, _, _) = export(place, &["--to", "lean4export", "a.peano", "-o", "a.ndjson"]);
    assert_eq!((status, names(place)), (0, vec!["a.ndjson".into(), "a.peano".into(), "a.v".into()]));
}

#[test]
fn what_does_not_check_is_refused_and_nothing_is_written() {
    let folder = folder(&[
        ("a.peano", RIGHT),
        ("wrong.peano", "p : prop. theorem t : p { }"),
        ("importing.peano", "import \"wrong.peano\"."),
        ("other.peano", "/* one more */ z : type."),
        ("q.graph", "\"What is 1?\" 1"),
    ]);
    let place = folder.path();
    let before = names(place);
    for (arguments, told) in [
        (&["--to", "rocq", "wrong.peano", "-o", "o.v"][..], "wrong.peano:1:27"),
        (&["--to", "rocq", "importing.peano", "-o", "o.v"], "only what the kernel has accepted is exported"),
        (&["--to", "lean", "a.peano", "other.peano", "-o", "o.lean"], "`z` is declared already"),
        (&["--to", "rocq", "missing.peano", "-o", "o.v"], "cannot read `missing.peano`"),
        (&["--to", "rocq", "q.graph", "-o", "o.v"], "unexpected"),
        (&["--to", "rocq", "a.peano", "-o", "o-1.v"], "Rocq reads no file named o-1.v"),
        (&["--to", "rocq", "a.peano", "-o", "forall.v"], "Rocq reads no file named forall.v"),
        (&["--to", "rocq", "a.peano", "-o", "o.txt"], "Rocq reads no file named o.txt"),
        (&["--to", "lean", "--native", "a.peano", "-o", "o.lean"], "--native is for Rocq only"),
        (&["--to", "lean", "a.peano", "-o", "a.peano", "--force"], "a.peano is also what is read"),
        (&["--to", "lean", "a.peano", "-o", "nowhere/o.lean"], "cannot write nowhere/o.lean"),
        (&["--to", "lean", "a.peano", "-o", "/dev/null", "--force"], "cannot write /dev/null"),
    ] {
        let (status, out, err) = export(place, arguments);
        assert_eq!((status, &*out), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
        assert_eq!(names(place), before, "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(place.join("a.peano")).unwrap(), RIGHT);
}

#[test]
fn files_are_one_theory_and_what_they_share_is_written_once() {
    let folder = folder(&[
        ("base.peano", "nat : type. z : nat."),
        ("a.peano", "import \"base.peano\". a : nat."),
        ("b.peano", "import \"base.peano\". b : nat = z."),
    ]);
    let (status, out, err) =
        export(folder.path(), &["--to", "rocq", "a.peano", "b.peano", "base.peano", "a.peano", "-o", "o.v"]);
    assert_eq!((status, &*out, &*err), (0, "o.v: 3 axioms, 1 definition, 0 theorems\ncoqc o.v\n", ""));
    let text = std::fs::read_to_string(folder.path().join("o.v")).unwrap();
    assert!(text.contains("base.peano, ") && text.matches("Axiom nat").count() == 1, "{text}");
}

#[test]
fn standard_input_is_a_file() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_prover"));
    command.args(["export", "-q", "--to", "rocq", "-", "-o", "o.v"]).current_dir(folder.path());
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(RIGHT.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(std::fs::read_to_string(folder.path().join("o.v")).unwrap().contains("Definition t"));
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_what_was_there() {
    // A limit on the size of files is as good as a full disk: the write fails half way.
    let folder = folder(&[("o.v", "old")]);
    let theory = root().join("theories/list-world.peano");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{}' export --to rocq --force '{}' -o o.v",
        env!("CARGO_BIN_EXE_prover"),
        theory.display()
    );
    let output = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot write o.v: ") && err.to_lowercase().contains("too large"), "{err}");
    assert_eq!(std::fs::read_to_string(folder.path().join("o.v")).unwrap(), "old");
    assert_eq!(names(folder.path()), ["o.v"]);
}

#[test]
fn what_does_not_fit_is_told_of_with_its_place() {
    let text = "= : [('t : type) -> 't -> 't -> prop].\ndata nat { z : nat. s : [nat -> nat]. }\n\
        one : nat = (s nothing).\n";
    // `f` gets smaller by no one argument.
    let folder = folder(&[
        ("wrong.peano", text),
        (
            "a.peano",
            "= : [('t : type) -> 't -> 't -> prop].\ndata nat { z : nat. s : [nat -> nat]. }\n\
             fun f : [nat -> nat -> nat] { (f z 'n) = z. (f (s 'm) z) = (f 'm z).\n\
             (f (s 'm) (s 'n)) = (f (s 'm) 'n). }\n",
        ),
    ]);
    assert_eq!(export(folder.path(), &["--to", "rocq", "--native", "wrong.peano", "-o", "w.v"]).0, 2);
    let (status, out, err) = export(folder.path(), &["--to", "rocq", "--native", "a.peano", "-o", "a.v"]);
    assert_eq!((status, &*out), (0, "a.v: 4 axioms, 9 definitions, 1 theorem\ncoqc a.v\n"));
    assert!(
        err.starts_with("note: ") && err.contains("a.peano:3: `f`: its equations stay axioms: no one argument"),
        "{err}"
    );
}

#[test]
fn what_cannot_be_said_is_left_out_and_the_rest_is_written() {
    let (arrows, arguments) = ("nat -> ".repeat(7_000), " z".repeat(7_000));
    let text = format!(
        "nat : type. z : nat. q : [nat -> prop]. a : (q z).\ndeep : [{arrows}nat].\nuser : (q (deep{arguments})).\n\
         theorem t : (q z) {{ show (q z) by a. }}\ntheorem u : (q (deep{arguments})) {{ show (q (deep{arguments})) by user. }}\n"
    );
    let folder = folder(&[("a.peano", &text)]);
    let (status, out, err) = export(folder.path(), &["--to", "rocq", "a.peano", "-o", "a.v"]);
    assert_eq!((status, &*out), (1, "a.v: 4 axioms, 0 definitions, 1 theorem\ncoqc a.v\n"), "{err}");
    let told: Vec<&str> = err.lines().collect();
    assert_eq!(told.len(), 3, "{err}");
    assert!(told[0].contains("a.peano:2: `deep`: it is left out: it is nested too deeply: 6000 levels"), "{err}");
    for (line, place) in [(told[1], "a.peano:3: `user`"), (told[2], "a.peano:5: `u`")] {
        assert!(
            line.contains(place) && line.ends_with("it is left out: it mentions `deep`, which could not be exported"),
            "{err}"
        );
    }
    let text = std::fs::read_to_string(folder.path().join("a.v")).unwrap();
    assert!(text.contains("\nDefinition t : q z := a.\n") && text.len() < 3_000, "{text}");
    // The lines of lean4export are not nested.
    let (status, out, _) = export(folder.path(), &["--to", "lean4export", "a.peano", "-o", "a.ndjson"]);
    assert_eq!((status, &*out), (0, "a.ndjson: 6 axioms, 0 definitions, 2 theorems\n"));
}

/// The lines of `check --format json` about a file.
fn checked(folder: &Path, file: &str) -> Vec<serde_json::Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prover"));
    let output = command.args(["check", "--format", "json", file]).current_dir(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_proof_has_a_digest_that_the_export_repeats() {
    let theory = std::fs::read_to_string(root().join("theories/addition-world.peano")).unwrap();
    // A file this long is checked by several threads, which keep no proofs.
    let padding = format!("/* {} */\n", "long ".repeat(20_000));
    let wrong = "theorem wrong : (= z (s z)) { show (= z z) by eq_refl. }\n";
    let folder = folder(&[
        ("short.peano", &theory),
        ("long.peano", &(padding + &theory)),
        ("wrong.peano", &(theory.clone() + wrong)),
        ("a.peano", "import \"nat-add\".\ntheorem a : (= z z) { show (= z z) by eq_refl. }\n"),
        (
            "b.peano",
            "import \"nat-add\".\ntheorem b : (= (s z) (s z)) { show (= (s z) (s z)) by eq_refl. }\n\
            theorem c : (= z z) { show (= z z) by eq_refl. }\n",
        ),
    ]);
    let digests = |file: &str| -> Vec<(String, String, String)> {
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let all = checked(folder.path(), file);
        let theorems = all.iter().filter(|line| line["kind"] == "theorem" && line["status"] == "ok");
        theorems
            .map(|line| {
                (text(&line["name"]).unwrap(), text(&line["statement"]).unwrap(), text(&line["proof"]).unwrap())
            })
            .collect()
    };
    let short = digests("short.peano");
    assert!(short.len() >= 8, "{short:?}");
    assert_eq!(short, digests("long.peano"));
    assert_eq!(short, digests("wrong.peano"), "what is refused has none");
    let (one, other) = (digests("a.peano"), digests("b.peano"));
    assert_eq!((&one[0].1, &one[0].2), (&other[1].1, &other[1].2), "a digest does not depend on the name");
    assert!(one[0].1 != other[0].1 && one[0].2 != other[0].2);
    assert_eq!(export(folder.path(), &["-q", "--to", "rocq", "short.peano", "-o", "o.v"]).0, 0);
    let text = std::fs::read_to_string(folder.path().join("o.v")).unwrap();
    for (name, _, proof) in &short {
        assert!(text.contains(&format!("(* proof {proof} *)\nDefinition {name} : ")), "{name}");
    }
}
