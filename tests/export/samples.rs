//! The exported samples: the theories that ship, the proofs of the snapshots, and the files in tests/data/exported.

use std::path::{Path, PathBuf};

use prover::export::Development;
use prover::theory::import::{Files, SourceText};

/// A file to export.
#[derive(Clone, Debug)]
pub struct Sample {
    /// A name that Rocq takes for a module.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Sample {
    fn at(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::new(path, text)
    }

    fn new(path: &Path, text: String) -> Self {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
        Self { name, path: path.to_owned(), text }
    }

    /// The constants, checked, with all proofs.
    pub fn development(&self) -> Development {
        let source = SourceText::file(&self.path, self.text.clone());
        Development::load([source], &Files).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_str().unwrap().ends_with(ending));
    paths.sort();
    paths
}

/// The theories that ship.
pub fn theories() -> Vec<Sample> {
    files("theories", ".peano").iter().map(|path| Sample::at(path)).collect()
}

/// Fixed proofs by self-play, by saturation, and of a problem in TIP notation.
pub fn data() -> Vec<Sample> {
    files("tests/data/exported", ".peano").iter().map(|path| Sample::at(path)).collect()
}

/// The proofs of a snapshot, as a file that imports the theory.
fn of_snapshot(path: &Path, theory: &str) -> Sample {
    let text = std::fs::read_to_string(path).unwrap();
    let (_, body) = text.split_once("\n---\n").expect("a snapshot has a heading");
    let blocks = body.split("\n\n").map(|block| block.trim_matches('\n'));
    let theorems: Vec<&str> = blocks.filter(|block| block.starts_with("theorem ")).collect();
    let told = body.trim_start().split(" of ").next().and_then(|count| count.parse::<usize>().ok());
    assert_eq!(told, Some(theorems.len()), "{}: the heading counts the proofs", path.display());
    let place = root().join("theories").join(stem(path)).with_extension("peano");
    Sample::new(&place, format!("import \"{theory}\".\n\n{}\n", theorems.join("\n\n")))
}

/// The name of a snapshot, without the test binary's.
fn stem(path: &Path) -> &str {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    stem.strip_prefix("program__").unwrap_or(stem)
}

/// The proofs of all snapshots of solved goals, by search and by saturation.
pub fn snapshots() -> Vec<Sample> {
    let theory_of = |stem: &str| match stem {
        "solved__connectives" => "connectives",
        "solved__order" => "order",
        "solved__groups" => "groups",
        "solved__lists" => "lists",
        "solved__nat_add_hard" | "eqsat__the_addition_world" => "nat-add",
        "solved__nat_mul" => "nat-mul",
        "solved__nat_pow" | "eqsat__the_three_worlds" => "nat-pow",
        "solved__sets" => "sets",
        "solved__propositional" => "propositional-logic",
        "solved__trees" => "trees",
        other => panic!("{other}: say which theory this snapshot is of"),
    };
    let solved = files("tests/program/snapshots", ".snap").into_iter();
    let solved = solved.filter(|path| {
        let name = stem(path);
        name.starts_with("solved__") || name.starts_with("eqsat__the_")
    });
    solved.map(|path| of_snapshot(&path, theory_of(stem(&path)))).collect()
}

/// All of them.
pub fn all() -> Vec<Sample> {
    [theories(), snapshots(), data()].concat()
}

/// Declarations that are hard to say elsewhere: names, sorts, data types with functions as arguments, without
/// constructors, with propositions inside; functions that Rocq takes as they are and functions that it does not.
pub const HARD: &str = "
    = : [('t : type) -> 't -> 't -> prop].
    forall : type. Type : [forall -> type]. op'plus : forall. part'1 : forall. x1 : forall. y7 : [forall -> forall].
    <= : [forall -> forall -> prop]. !$^ : (<= x1 op'plus).
    assume (<= op'plus x1).
    data nat { z : nat. s : [nat -> nat]. }
    data empty { }
    data option ('t : type) { none : (option 't). some : [('value : 't) -> (option 't)]. }
    data pair ('a : type, 'b : type) { pair_of : [('first : 'a) -> ('second : 'b) -> (pair 'a 'b)]. }
    data tree ('t : type) { leaf : (tree 't). node : ['t -> [nat -> (tree 't)] -> (tree 't) -> (tree 't)]. }
    data claim { claims : [prop -> claim]. }
    twice : [('t : type) -> ['t -> 't] -> 't -> 't] = (lambda ('t : type, 'f : ['t -> 't], 'x : 't) ('f ('f 'x))).
    fun + : [nat -> nat -> nat] { (+ 'n z) = 'n. (+ 'n (s 'm)) = (s (+ 'n 'm)). }
    fun min : [nat -> nat -> nat] { (min z 'm) = z. (min (s 'n) z) = z. (min (s 'n) (s 'm)) = (s (min 'n 'm)). }
    fun less : [nat -> nat -> prop] {
        (less 'n z) = [('p : prop) -> 'p]. (less z (s 'm)) = [('p : prop) -> 'p -> 'p]. (less (s 'n) (s 'm)) = (less 'n 'm). }
    fun absurd : [('t : type) -> empty -> 't] { }
    fun or_else : [('t : type) -> (option 't) -> 't -> 't] { (or_else none 'y) = 'y. (or_else (some 'x) 'y) = 'x. }
    fun map : [('a : type) -> ('b : type) -> ['a -> 'b] -> (tree 'a) -> (tree 'b)] {
        (map 'f leaf) = (leaf 'b).
        (map 'f (node 'x 'g 't)) = (node ('f 'x) (lambda ('n : nat) (map 'f ('g 'n))) (map 'f 't)). }
    fun says : [claim -> prop] { (says (claims 'p)) = 'p. }
    fun half : [nat -> nat] { (half z) = z. (half (s z)) = z. (half (s (s 'n))) = (s (half 'n)). }
    fun ackermann : [nat -> nat -> nat] {
        (ackermann z 'n) = (s 'n).
        (ackermann (s 'm) z) = (ackermann 'm (s z)).
        (ackermann (s 'm) (s 'n)) = (ackermann 'm (ackermann (s 'm) 'n)). }
    fun max : [nat -> nat -> nat] { (max z 'm) = 'm. (max (s 'n) z) = (s 'n). (max (s 'n) (s 'm)) = (s (max 'n 'm)). }
    four : nat = (twice (twice s) z).
    theorem four_is_four : (= four (s (s (s (s z))))) { show (= four four) by eq_refl. }
    theorem fun : [('q : prop) -> ('fun : [prop -> prop]) -> ('fun 'q) -> ('fun 'q)] {
        intro q : prop. intro f : [prop -> prop]. intro h : (f q). }
";

#[test]
fn the_theory_of_the_problem_is_what_import_gives() {
    let folder = root().join("tests/data/exported");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let imported = prover::tip::import(&read("tip-lists.smt2"), "rev").unwrap();
    assert_eq!(imported.theory, read("tip-lists.peano"));
}
