//! Statements that hold by equations alone: laws of one operation, groups, sums and powers. Each proof that is found
//! is a script that the theory accepts, whatever its constants are called and in whatever order they are declared.

use prover::network::Uniform;
use prover::prove::{Budget, Lemmas, Means, Strategy};
use prover::theory::Theory;
use prover::theory::import::{Files, SourceText};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::Path;

mod laws;

/// The means that close goals by equations.
const EQUATIONAL: Means = Means { search: false, lemmas: false, ..Means::ALL };

/// The script of a proof, accepted as a file; `None` if the goal stays open.
fn script(theory: &[String], goal: &str, nodes: u64) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theory.peano");
    std::fs::write(&path, theory.join("\n")).unwrap();
    let lemmas = Lemmas::new(path.to_str().unwrap());
    let budget = Budget { nodes, seconds: None, batch: 1 };
    let world = lemmas.world().unwrap();
    let statement = lemmas.goal("claim", goal).unwrap();
    let found = Strategy::new(lemmas.clone(), world, &Uniform, EQUATIONAL, budget, 0).prove(&statement);
    assert_eq!(found.fault, None, "{goal}");
    let theorem = found.theorem?;
    let file = lemmas.file(&theorem);
    let (_, report) = Theory::load(SourceText::text("proof", file.clone()), &Files);
    assert!(report.is_fine(), "{file}");
    Some(theorem.script)
}

/// The pairs of laws in a text, one a line, with a word before them.
fn pairs<'a>(text: &'a str, word: &str) -> Vec<(&'a str, &'a str)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(word));
    lines.filter_map(|line| line.split_once("=>")).map(|(law, goal)| (law.trim(), goal.trim())).collect()
}

/// Own pairs: drawn at random, and either proved here or refuted by a table of two elements.
const PAIRS: &str = include_str!("completion/pairs.txt");

#[test]
fn laws_of_one_operation() {
    let (hold, fail) = (pairs(PAIRS, "holds:"), pairs(PAIRS, "fails:"));
    assert!(hold.len() >= 30 && fail.len() >= 10);
    for (law, goal) in hold {
        assert!(script(&laws::magma(law), &laws::proposition(goal), 40).is_some(), "{law} => {goal}");
    }
    for (law, goal) in fail {
        assert_eq!(script(&laws::magma(law), &laws::proposition(goal), 2), None, "{law} => {goal}");
    }
}

#[test]
fn a_sample_of_the_equational_theories_where_it_is_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/equational/implications.jsonl");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let holding = text.lines().filter(|line| laws::field(line, "holds") == Some("true"));
    let (mut proved, mut all) = (0, 0);
    for line in holding.step_by(5) {
        let (law, goal) = (laws::field(line, "law").unwrap(), laws::field(line, "goal").unwrap());
        all += 1;
        proved += usize::from(script(&laws::magma(law), &laws::proposition(goal), 40).is_some());
    }
    assert!(proved * 100 >= all * 95, "{proved} of {all}");
}

#[test]
fn groups() {
    for goal in laws::GROUP_GOALS {
        assert!(script(&laws::group(), goal, 40).is_some(), "{goal}");
    }
}

#[test]
fn sums_and_powers() {
    for (name, goal) in laws::ring_goals() {
        let script = script(&laws::ring(), &goal, 60).unwrap_or_else(|| panic!("{name} is open"));
        // Few terms are found to be equal by saturation.
        assert!(script.contains("by algebra.") || !name.contains("50"), "{script}");
    }
}

#[test]
fn lemmas_that_are_used_twice_are_stated_once() {
    let goal = "[('a : G) -> (= (inv (inv 'a)) 'a)]";
    let script = script(&laws::group(), goal, 40).unwrap();
    insta::assert_snapshot!(script);
}

#[test]
fn names_and_order_do_not_matter() {
    let names = ["op", "inv", "id", "op_assoc", "op_comm", "id_l", "inv_l", "G"];
    for seed in 1..4 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut new: Vec<String> = (0..names.len()).map(|number| format!("n{number}")).collect();
        new.shuffle(&mut rng);
        let disguised = |text: &str| {
            names.iter().zip(&new).fold(text.to_owned(), |text, (from, to)| laws::renamed(&text, from, to))
        };
        let mut theory: Vec<String> = laws::group().iter().map(|item| disguised(item)).collect();
        let first = theory.iter().position(|item| item.contains("(= ")).unwrap();
        theory[first..].shuffle(&mut rng);
        theory[2..first].shuffle(&mut rng);
        for goal in laws::GROUP_GOALS {
            assert!(script(&theory, &disguised(goal), 40).is_some(), "{goal}");
        }
    }
}

#[test]
fn induction_is_not_replaced() {
    // By equations alone this does not follow.
    let theory = Lemmas::new("nat-add");
    let statement = theory.goal("zero_add", "[('a0 : nat) -> (= (+ z 'a0) 'a0)]").unwrap();
    let budget = Budget { nodes: 300, seconds: None, batch: 1 };
    let world = theory.world().unwrap();
    let found = Strategy::new(theory, world, &Uniform, EQUATIONAL, budget, 0).prove(&statement);
    assert!(found.theorem.unwrap().script.contains("apply nat_ind."));
}

/// The errors of a file, with their codes and notes.
fn errors(text: &str) -> Vec<String> {
    let (_, report) = Theory::load(SourceText::text("t", text.to_owned()), &Files);
    report.errors().map(|(_, error)| format!("{}: {} {}", error.code, error.message, error.notes.join("; "))).collect()
}

#[test]
fn scripts_say_algebra_and_name_what_they_have() {
    let ring = laws::ring().join("\n");
    let proof = |steps: &str| {
        format!("{ring}\ntheorem t : [('a : R) -> ('b : R) -> (= (plus 'a 'b) (plus 'b 'a))] {{ {steps} }}")
    };
    let named = "intro a : R. intro b : R.
        have swap : [('x : R) -> (= (plus 'x b) (plus b 'x))] {
            intro x : R. show (= (plus x b) (plus b x)) by algebra. }
        show (= (plus a b) (plus b a)) by swap.";
    assert_eq!(errors(&proof(named)), [""; 0]);
    let wrong = proof("intro a : R. intro b : R. show (= (plus a a) (plus b a)) by algebra.");
    assert!(errors(&wrong)[0].contains("different normal forms"), "{:?}", errors(&wrong));
    let lawless = "= : [('t : type) -> 't -> 't -> prop]. R : type. f : [R -> R].
        theorem t : [('a : R) -> (= (f 'a) 'a)] { intro a : R. show (= (f a) a) by algebra. }";
    assert!(errors(lawless)[0].contains("no fact in scope says"), "{:?}", errors(lawless));
    // A fact of this name goes before the word.
    let own = "= : [('t : type) -> 't -> 't -> prop]. R : type. a : R. b : R. algebra : (= a b).
        theorem t : (= a b) { show (= a b) by algebra. }";
    assert_eq!(errors(own), [""; 0]);
}
