//! Rocq re-checks the exported files, and its answers agree with ours.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Instant;

use prover::export::{Development, Options, Summary, Target};
use prover::theory::Theory;
use prover::theory::import::{Files, SourceText};
use rayon::prelude::*;

use super::printed::{Shown, constant, is_same, mentioned, parse};
use super::samples::{HARD, Sample, all};
use super::terms::{closed, open};

/// Whether Rocq is to be asked. Where it is, it has to be there.
pub fn is_asked(test: &str) -> bool {
    let is_asked = std::env::var_os("PROVER_TEST_ROCQ").is_some_and(|value| value == "1");
    if !is_asked {
        println!("{test} is left out: PROVER_TEST_ROCQ=1 has Rocq re-check proofs (Debian's package `coq`)");
    }
    is_asked
}

/// The text of a development for Rocq.
pub fn written(development: &Development, native: bool) -> (String, Summary) {
    let mut out = Vec::new();
    let summary = development.write(Target::Rocq, Options { native }, &mut out, &|_| {}).unwrap();
    (String::from_utf8(out).unwrap(), summary)
}

/// Commands for printing: all on one line, and nothing left out.
const PRINTING: &str = "Set Printing Width 1000000.\nSet Printing Depth 1000000.\nSet Printing Universes.\n";

/// A command with a unique output, to separate the output before and after it.
const MARK: &str = "Check (forall mark'mark : Prop, mark'mark).\n";
const MARKED: &str = "forall mark'mark";

/// Compiles a file. Gives its output, or the error.
fn compiled(folder: &Path, name: &str, text: &str) -> Result<String, String> {
    std::fs::write(folder.join(format!("{name}.v")), text).unwrap();
    let mut command = Command::new("coqc");
    command.args(["-q", "-noinit", "-noglob", "-w", "none"]).arg(format!("{name}.v")).current_dir(folder);
    let output =
        command.output().unwrap_or_else(|error| panic!("coqc (Debian's package `coq`) does not start: {error}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

/// Has coqtop read a text, errors and all. Gives the names that it has defined.
pub fn defined(text: &str) -> BTreeSet<String> {
    use std::io::Write;
    let mut command = Command::new("coqtop");
    command.args(["-q", "-noinit", "-w", "none"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("coqtop (Debian's package `coq`) does not start: {error}"));
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(text.as_bytes()).unwrap());
        child.wait_with_output().unwrap()
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines()
        .filter_map(|line| Some(line.trim().strip_suffix(" is defined")?.rsplit(' ').next()?.to_owned()))
        .collect()
}

/// Rocq's output on the constants of a development.
struct Said {
    /// The types as Rocq prints them, by the names in the export.
    types: HashMap<String, Rc<Shown>>,
    /// The lists of `Print Assumptions`.
    assumptions: BTreeMap<String, Vec<String>>,
}

/// Asks for the types and the assumptions of constants, which are given by their names there.
fn ask(folder: &Path, name: &str, text: &str, constants: &[String]) -> Result<Said, String> {
    let mut script = format!("{text}\n{PRINTING}");
    for constant in constants {
        script += &format!("{MARK}Check {constant}.\n{MARK}Print Assumptions {constant}.\n");
    }
    script += MARK;
    let output = compiled(folder, name, &script)?;
    let mut answers: Vec<String> = Vec::new();
    let mut lines = output.lines();
    while let Some(line) = lines.next() {
        if line.starts_with(MARKED) {
            // The second line is the type of the mark.
            lines.next();
            answers.push(String::new());
        } else if let Some(answer) = answers.last_mut() {
            answer.push_str(line);
            answer.push('\n');
        }
    }
    assert_eq!(answers.len(), 2 * constants.len() + 1, "{name}: an answer to each question:\n{output}");
    let mut said = Said { types: HashMap::new(), assumptions: BTreeMap::new() };
    for (constant, answers) in constants.iter().zip(answers.chunks(2)) {
        let (own, ty) = answers[0].split_once(':').unwrap_or_else(|| panic!("{name}: {answers:?}"));
        assert_eq!(own.trim(), constant);
        said.types.insert(constant.clone(), parse(ty));
        let list = match answers[1].trim_end() {
            "Closed under the global context" => Vec::new(),
            list => {
                let lines = list.strip_prefix("Axioms:\n").unwrap_or_else(|| panic!("{name}: {list}")).lines();
                let axioms = lines.filter(|line| !line.starts_with(' '));
                axioms.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
            }
        };
        said.assumptions.insert(constant.clone(), list);
    }
    Ok(said)
}

impl Said {
    /// The axioms that a constant rests on by all that Rocq prints: the assumptions of its proof, and those that its
    /// type and the types of these mention, as in our own list.
    fn rests(&self, name: &str) -> BTreeSet<String> {
        let (mut found, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![name.to_owned()]);
        while let Some(next) = open.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            let assumptions = &self.assumptions[&next];
            found.extend(assumptions.iter().map(|name| constant(name)));
            open.extend(assumptions.iter().cloned());
            mentioned(&self.types[&next], &mut Vec::new(), &mut |word| open.push(word.to_owned()));
        }
        found
    }
}

/// The name of a constant there. Rocq's answer shows whether it is one.
fn name_there(name: &str) -> String {
    prover::export::names::rocq(name).into_owned()
}

/// The axioms of the theorems of a file, as `prover check --axioms --format json` lists them.
fn axioms_of(sample: &Sample) -> BTreeMap<String, BTreeSet<String>> {
    // Snapshots have no file of their own: their text is given on standard input.
    use std::io::Write;
    let mut command = Command::new(env!("CARGO_BIN_EXE_prover"));
    command.args(["check", "--axioms", "--format", "json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.current_dir(sample.path.parent().unwrap()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(sample.text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut all = BTreeMap::new();
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(axioms) = line["axioms"].as_array() {
            let names = axioms.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
            all.insert(line["name"].as_str().unwrap().to_owned(), names);
        }
    }
    all
}

/// Rocq accepts a development as axioms and definitions; its printer gives the types back, and it finds the same
/// axioms.
fn recheck(folder: &Path, name: &str, development: &Development, wanted: &BTreeMap<String, BTreeSet<String>>) -> usize {
    let environment = development.environment();
    let (text, summary) = written(development, false);
    assert!(summary.unsaid.is_empty(), "{name}: {:?}", summary.unsaid);
    let constants: Vec<String> =
        environment.declarations().map(|(_, declaration)| name_there(&declaration.name)).collect();
    let said = ask(folder, name, &text, &constants).unwrap_or_else(|error| panic!("{name} is refused: {error}"));
    for ((_, declaration), there) in environment.declarations().zip(&constants) {
        let is_given_back = is_same(&said.types[there], &environment, declaration.ty, &mut Vec::new());
        assert!(is_given_back, "{name}: {} came back as {:?}", declaration.name, said.types[there]);
    }
    for (theorem, axioms) in wanted {
        assert_eq!(&said.rests(&name_there(theorem)), axioms, "{name}: what {theorem} rests on");
    }
    summary.theorems
}

/// Rocq accepts a development with inductive types and functions. Gives the number of axioms that are left.
fn recheck_native(folder: &Path, name: &str, development: &Development) -> Summary {
    let (text, summary) = written(development, true);
    assert!(summary.unsaid.is_empty(), "{name}: {:?}", summary.unsaid);
    compiled(folder, name, &text).unwrap_or_else(|error| panic!("{name} is refused: {error}\n{text}"));
    summary
}

/// Rocq's second checker reads the compiled files: no parser and no elaborator stands before its kernel.
fn check_compiled(folder: &Path, names: &[String]) {
    let mut command = Command::new("coqchk");
    let output = command.args(["-silent", "-Q", ".", ""]).args(names).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn rocq_accepts_all_and_says_the_same() {
    if !is_asked("rocq_accepts_all_and_says_the_same") {
        return;
    }
    let start = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let samples = all();
    let counts: Vec<(usize, usize)> = samples
        .par_iter()
        .map(|sample| {
            let development = sample.development();
            let wanted = axioms_of(sample);
            let theorems = recheck(folder.path(), &sample.name, &development, &wanted);
            recheck_native(folder.path(), &format!("{}_native", sample.name), &development);
            (theorems, wanted.len())
        })
        .collect();
    let names: Vec<String> =
        samples.iter().flat_map(|sample| [sample.name.clone(), format!("{}_native", sample.name)]).collect();
    check_compiled(folder.path(), &names);
    let (theorems, compared) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!(
        "{theorems} theorems of {} files, axioms of {compared} compared: {:.1} s",
        names.len() / 2,
        start.elapsed().as_secs_f64()
    );
    // All theories and snapshots, and the samples, are among them.
    assert!(samples.len() >= 15 + 9 + 5 && compared > 250, "{} files, {compared} theorems", samples.len());
}

#[test]
fn rocq_accepts_what_is_hard_to_say() {
    if !is_asked("rocq_accepts_what_is_hard_to_say") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (theory, report) = Theory::load(SourceText::text("hard", HARD), &Files);
    assert!(report.is_fine(), "{:?}", report.errors().map(|(_, error)| error).collect::<Vec<_>>());
    let wanted = theory.environment.declarations().filter(|(_, declaration)| declaration.name.starts_with("fun"));
    let axioms = theory.environment.axioms();
    let named =
        |id| axioms.of(id).iter().map(|&axiom| theory.environment.declaration(axiom).name.to_string()).collect();
    let wanted = wanted.map(|(id, declaration)| (declaration.name.to_string(), named(id))).collect();
    let development = Development::new(theory.clone(), &report);
    recheck(folder.path(), "hard", &development, &wanted);
    let summary = recheck_native(folder.path(), "hard_native", &development);
    let kept: Vec<&str> = summary.kept.iter().map(|remark| &*remark.name).collect();
    // Lexicographic recursion is not structural in one argument.
    assert_eq!(kept, ["ackermann"], "{:?}", summary.kept);
    // `forall`, `Type`, `op'plus`, `part'1`, `x1`, `y7`, `<=`, `!$^` and what is assumed; `ackermann` and its
    // equations.
    assert_eq!(summary.axioms, 9 + 4);
}

#[test]
fn rocq_accepts_graphs_that_are_no_trees() {
    if !is_asked("rocq_accepts_graphs_that_are_no_trees") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, world) in [("closed", closed(2_000)), ("open", open(2_000))] {
        let (text, _) = world.written(Target::Rocq);
        compiled(folder.path(), name, &text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn rocq_refuses_what_is_wrong() {
    if !is_asked("rocq_refuses_what_is_wrong") {
        return;
    }
    // The way in which the other tests notice a refusal.
    let folder = tempfile::tempdir().unwrap();
    let theory = Theory::from_text("t", "p : prop. q : prop. a : p. b : q.").unwrap();
    let development = Development::new(theory, &Default::default());
    let (text, _) = written(&development, false);
    let right = text.clone() + "Definition t : p := a.\n";
    let wrong = text.clone() + "Definition t : p := b.\n";
    assert!(compiled(folder.path(), "right", &right).is_ok());
    let error = compiled(folder.path(), "wrong", &wrong).unwrap_err();
    assert!(error.contains("while it is expected to have type"), "{error}");
    let names = defined(&(wrong + "Definition u : q := b.\n"));
    assert_eq!(names, BTreeSet::from(["u".to_owned()]));
    // A theorem that is no axiom there is found to rest on another one.
    let said = ask(folder.path(), "asked", &right, &["t".to_owned(), "a".to_owned(), "p".to_owned()]).unwrap();
    assert_eq!(said.rests("t"), BTreeSet::from(["a".to_owned(), "p".to_owned()]));
}
