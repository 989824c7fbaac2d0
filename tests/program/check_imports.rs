//! `prover check`: which file an import means, when two files are the same one, and the report on the files read.

use crate::place::root;
use crate::program::{check, folder, prover, prover_reading};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The objects that `check --format json` writes.
fn objects(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    crate::program::objects(&check(folder, &[&["--format", "json"], arguments].concat()).1)
}

/// The theory of addition with definitions that make all numbers zero.
const OTHER_NUMBERS: &str = "\
    = : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat] = (lambda (n : nat) n).
    + : [nat -> nat -> nat] = (lambda (n : nat, m : nat) n).";

#[test]
fn a_file_in_the_current_folder_takes_no_place_in_what_is_built_in() {
    let folder = folder(&[
        ("home/m.peano", "import \"nat-mul\". theorem bad : (= z (s z)) { show (= z (s z)) by eq_refl. }"),
        ("untrusted/nat-add.peano", OTHER_NUMBERS),
    ]);
    let untrusted = folder.path().join("untrusted");
    let (status, out, _) = check(&untrusted, &["../home/m.peano"]);
    assert!(status == 1 && out.contains("error[cannot-show]") && out.contains("2 checked, 1 wrong"), "{out}");
    // Standard input stands in the current folder; what it imports from the program does not.
    let bad =
        |import: &str| format!("import \"{import}\". theorem bad : (= z (s z)) {{ show (= z (s z)) by eq_refl. }}");
    assert_eq!(prover_reading(&untrusted, &["check", "-"], &bad("nat-mul")).0, 1);
    assert_eq!(prover_reading(&untrusted, &["check", "-"], &bad("nat-add")).0, 0);
    assert_eq!(prover_reading(&untrusted, &["check", "-"], &bad("./nat-add")).0, 0);
    let goal = "(= z (s z))";
    let (status, out, _) =
        prover(&untrusted, &["prove", "--quiet", "--theory", "nat-mul", "--nodes", "50", "--goal", goal]);
    assert_eq!(status, 1, "{out}");
    // A path that exists is what the command line means.
    let (status, out, _) =
        prover(&untrusted, &["prove", "--quiet", "--theory", "nat-add", "--nodes", "50", "--goal", goal]);
    assert_eq!(status, 0, "{out}");
}

#[test]
fn an_explicit_path_is_a_file() {
    let folder = folder(&[
        ("a.p", "import \"./nat-add\"."),
        ("b.p", "import \"../nat-add.peano\"."),
        ("c.p", "import \"nat-add\"."),
    ]);
    for file in ["a.p", "b.p"] {
        let (status, out, _) = check(folder.path(), &[file]);
        assert!(status == 1 && out.contains("error[import-not-found]"), "{out}");
        assert!(out.contains("help: did you mean `nat-add`?"), "{out}");
    }
    assert_eq!(check(folder.path(), &["c.p"]).0, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn two_names_that_are_not_utf_8_are_two_files() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[("main.p", "import \"b.p\". import \"c.p\". x : p. y : q.")]);
    for (link, name, text) in [("b.p", b"x\xff", "p : prop."), ("c.p", b"x\xfe", "q : prop.")] {
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), text).unwrap();
        std::os::unix::fs::symlink(OsStr::from_bytes(name), folder.path().join(link)).unwrap();
    }
    let (status, out, _) = check(folder.path(), &["main.p"]);
    assert!(status == 0 && out == "4 checked, 0 wrong\n", "{out}");
}

#[cfg(unix)]
#[test]
fn links_to_a_file_are_this_file() {
    let folder = folder(&[
        ("a.p", "p : prop."),
        ("kept/inner.p", "import \"beside\". hq : q."),
        ("kept/beside.p", "q : prop."),
        ("beside.p", "r : prop."),
        ("hard.p", "import \"a\". import \"a-hard\". import \"a-soft\". x : p."),
        ("soft.p", "import \"inner\". x : q."),
    ]);
    let place = folder.path();
    std::fs::hard_link(place.join("a.p"), place.join("a-hard.p")).unwrap();
    std::os::unix::fs::symlink("a.p", place.join("a-soft.p")).unwrap();
    std::os::unix::fs::symlink("kept/inner.p", place.join("inner.p")).unwrap();
    let (status, out, _) = check(place, &["hard.p"]);
    assert!(status == 0, "{out}");
    // A symbolic link imports what the file that it leads to imports, whichever of them is named.
    for file in ["soft.p", "inner.p", "kept/inner.p"] {
        let (status, out, _) = check(place, &[file]);
        assert!(status == 0, "{file}: {out}");
    }
}

/// A theory in two files, with an axiom, a definition, a data type and a function.
const PARTS: [(&str, &str); 2] = [
    ("base.p", "import \"nat-data\".\n\ntwo : nat = (s (s z)).\nfour : nat = (+ two two)."),
    (
        "main.p",
        "import \"base\". theorem t : (= four four) {\n show (= four four) by eq_refl. }\ntheorem none : [('p : prop) -> 'p -> 'p] { intro p : prop. intro h : p. }",
    ),
];

#[test]
fn axioms_and_definitions_are_named_with_their_files() {
    let folder = folder(&PARTS);
    let (status, out, _) = check(folder.path(), &["--axioms", "main.p"]);
    assert_eq!(status, 0, "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("t rests on =, eq_refl, ") && lines[0].contains(", +"), "{out}");
    assert_eq!(lines[1], "t rests on the definitions two, four");
    assert_eq!(lines[2], "none rests on no axiom");
    assert!(lines[3].starts_with("axioms in nat-data (built in): =, eq_refl, ") && lines[3].contains(", +"), "{out}");
    assert_eq!(&lines[4..], ["definitions in ./base.p: two, four", "3 checked, 0 wrong"]);

    let objects = objects(folder.path(), &["--axioms", "main.p"]);
    let theorem = &objects[1];
    assert_eq!(theorem["name"], "t");
    let rests: Vec<[&Value; 4]> = theorem["rests_on"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rests| ["name", "kind", "file", "line"].map(|key| &rests[key]))
        .collect();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let axioms: Vec<String> = rests.iter().filter(|rests| rests[1] == "axiom").map(|rests| text(rests[0])).collect();
    let listed: Vec<String> = theorem["axioms"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(axioms, listed);
    for [name, kind, file, line] in &rests {
        let source = match kind.as_str().unwrap() {
            "axiom" => {
                assert_eq!(*file, "nat-data (built in)", "{name}");
                prover::theory::library::built_in(prover::theory::library::Kind::Theory, "nat-data").unwrap().text
            }
            _ => {
                assert_eq!(*file, "./base.p", "{name}");
                PARTS[0].1.to_owned()
            }
        };
        // The line is that of the item: the one that names the constant, but for those that come with another.
        let line = source.lines().nth(line.as_u64().unwrap() as usize - 1).unwrap();
        let begins = ["=", "data", "fun", "two", "four"].iter().any(|word| line.trim_start().starts_with(word));
        assert!(begins, "{name}: {line}");
    }
    assert_eq!(objects[2]["rests_on"], Value::Array(Vec::new()));
    assert!(objects[0].get("rests_on").is_none());
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_digest_is_that_of_all_that_was_read() {
    let folder = folder(&[PARTS[0], PARTS[1], ("copy/base.p", PARTS[0].1), ("copy/main.p", PARTS[1].1)]);
    let built_in = |name: &str| std::fs::read_to_string(root().join(format!("theories/{name}.peano"))).unwrap();
    let lines = [
        format!("{} built-in nat-data", hash(&built_in("nat-data"))),
        format!("{} import base", hash(PARTS[0].1)),
        format!("{} file", hash(PARTS[1].1)),
    ];
    let digest = hash(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    for (file, base) in [("main.p", "./base.p"), ("copy/main.p", "copy/base.p")] {
        let (status, out, _) = check(folder.path(), &["--digest", file]);
        let expected = format!("{file}: sha256:{digest} of\n  {}\n3 checked, 0 wrong\n", lines.join("\n  "));
        assert_eq!((status, out), (0, expected));
        let objects = objects(folder.path(), &["--digest", file]);
        let last = objects.last().unwrap();
        assert_eq!((&last["kind"], &last["status"]), (&"digest".into(), &"ok".into()));
        assert_eq!(last["digest"], format!("sha256:{digest}"));
        let files: Vec<&str> = last["read"].as_array().unwrap().iter().map(|r| r["file"].as_str().unwrap()).collect();
        assert_eq!(files, ["nat-data (built in)", base, file]);
    }
    // A blank more in an imported file is another digest.
    std::fs::write(folder.path().join("base.p"), format!("{} ", PARTS[0].1)).unwrap();
    let (status, out, _) = check(folder.path(), &["--digest", "main.p"]);
    assert!(status == 0 && out.contains("sha256:") && !out.contains(&digest), "{out}");
}

#[test]
fn a_refused_theorem_with_a_warning_is_not_ok() {
    let folder = folder(&[(
        "f.p",
        "theorem bad : [('p : prop) -> 'p] { using x. intro p : prop. halt. }
         theorem good : [('p : prop) -> 'p -> 'p] { using x. intro p : prop. intro h : p. }",
    )]);
    let brief: Vec<[String; 3]> = objects(folder.path(), &["f.p"])
        .iter()
        .map(|line| ["name", "status", "code"].map(|key| line[key].as_str().unwrap_or("-").to_owned()))
        .collect();
    assert_eq!(
        brief,
        [
            ["bad", "warning", "using-ignored"],
            ["bad", "error", "incomplete-proof"],
            ["good", "warning", "using-ignored"],
            ["good", "ok", "-"],
        ]
    );
}

#[test]
fn a_byte_order_mark_separates_no_names_and_has_no_column() {
    let text = "p : [type -> type -> type]. zz : type. z : type.\nx : (p z\u{feff}z).";
    let folder = folder(&[("within.p", text), ("first.p", "\u{feff}x : prop. theorem y : x { }")]);
    let place = |line: &Value| {
        let number = |key: &str| line[key].as_u64().unwrap();
        (line["code"].as_str().unwrap().to_owned(), number("line"), number("column"))
    };
    assert_eq!(place(&objects(folder.path(), &["within.p"])[0]), ("unexpected-character".into(), 2, 9));
    assert_eq!(place(&objects(folder.path(), &["first.p"])[1]), ("incomplete-proof".into(), 1, 27));
}
