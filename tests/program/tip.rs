//! `prover import --from tip`: what becomes of problems, and what is said of those outside of the fragment.

use std::path::PathBuf;

use crate::place::root;
use crate::program::prover;
use crate::toy::report;
use prover::tip::import;

/// A problem with most of what is understood; the property is one of those of the collection.
const PROBLEM: &str = "\
; A comment.
(declare-datatype list (par (a) ((nil) (cons (head a) (tail (list a))))))
(declare-datatype Nat ((Z) (S (proj1-S Nat))))
(define-fun-rec == ((x Nat) (y Nat)) Bool
  (match x ((Z (match y ((Z true) ((S z) false)))) ((S x2) (match y ((Z false) ((S y2) (== x2 y2))))))))
(define-fun-rec filter (par (a) (((p (=> a Bool)) (y (list a))) (list a)))
  (match y ((nil (_ nil a)) ((cons z xs) (ite (@ p z) (cons z (filter p xs)) (filter p xs))))))
(define-fun-rec same (par (a) (((y (list a))) (list a))) (match y ((nil y) (_ y))))
(define-fun two () Nat (S (S Z)))
(prove (par (a) (forall ((p (=> a Bool)) (xs (list a)))
  (=> (not (match xs ((nil true) ((cons y z) false)))) (= (filter p (same xs)) (filter (lambda ((x a)) (@ p x)) xs))))))
";

#[test]
fn problems_become_theories_and_goals() {
    let imported = import(PROBLEM, "prop").unwrap();
    insta::assert_snapshot!(imported.theory);
    insta::assert_snapshot!(imported.goals);
    let (_, report) = report(&imported.theory);
    let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn what_is_outside_of_the_fragment_is_named_with_its_place() {
    let nat = "(declare-datatype Nat ((Z) (S (p Nat))))\n";
    let errors = [
        ("(prove (exists ((x Nat)) (= x x)))", "`exists` is outside of the fragment"),
        ("(prove (= 1 Z))", "`1` is not declared, or outside of the fragment"),
        ("(prove (forall ((x Int)) (= x x)))", "the type `Int` is not declared, or outside of the fragment"),
        ("(define-fun f ((x Nat)) Bool (= x x))", "`=` as a value is outside of the fragment"),
        ("(define-fun f ((x Nat)) Nat (match (S x) ((_ x))))", "`match` on something that is no variable"),
        ("(define-fun f ((x Nat)) Nat (match x (((S) x))))", "`S` has 1 fields"),
        ("(define-fun f ((x Nat)) Nat", "this `(` is never closed"),
        ("(declare-sort A 1)", "sorts with parameters"),
        ("(declare-datatype Nat ((Y)))", "`Nat` is declared a second time"),
        ("(push)", "`push` is outside of the fragment"),
        ("(prove)", "this should look like `(prove FORMULA)`"),
    ];
    for (text, message) in errors {
        let error = import(&format!("{nat}{text}"), "goal").expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(error.at >= nat.len(), "{text}: {}", error.at);
    }
}

#[test]
fn the_command_writes_files_that_prove_takes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.smt2");
    let text = "(declare-datatype N ((O) (I (p N))))
        (define-fun-rec add ((x N) (y N)) N (match x ((O y) ((I z) (I (add z y))))))
        (prove (forall ((x N)) (= (add x O) x)))";
    std::fs::write(&path, text).unwrap();
    let (status, out, err) = prover(folder.path(), &["import", "--from", "tip", "p.smt2"]);
    assert_eq!(
        (status, &*out, &*err),
        (0, "p.peano, and 1 goal in p-goals.peano\nprover prove --theory p.peano --goals p-goals.peano --eqsat\n", "")
    );
    let proved = prover(folder.path(), &["prove", "-q", "--theory", "p.peano", "--goals", "p-goals.peano", "--eqsat"]);
    assert!(proved.0 == 0 && proved.1.ends_with("1 of 1 proved\n"), "{proved:?}");

    // What is refused is not written.
    std::fs::write(&path, format!("{text}\n(define-fun-rec f ((x N)) N (f x))")).unwrap();
    let (status, out, err) = prover(folder.path(), &["import", "p.smt2", "-o", "q.peano"]);
    assert!(status == 2 && out.is_empty() && err.contains("p.smt2 is read, but what it says is refused"), "{err}");
    assert!(!folder.path().join("q.peano").exists());
    std::fs::write(&path, "(prove (=\n  x").unwrap();
    let (status, _, err) = prover(folder.path(), &["import", "p.smt2"]);
    assert_eq!((status, &*err), (2, "error: p.smt2:1:8: this `(` is never closed\n"));
}

/// The collection, where it is at hand.
fn problems() -> Vec<PathBuf> {
    let folder = root().join("../shared/data/tip/isaplanner");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[test]
fn all_problems_at_hand_become_theories_that_are_accepted() {
    for path in problems() {
        let text = std::fs::read_to_string(&path).unwrap();
        let imported = import(&text, "goal").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (mut theory, report) = report(&imported.theory);
        let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
        assert_eq!(errors, [""; 0], "{}", path.display());
        let goals = prover::theory::goals::load(&mut theory, &imported.goals);
        assert_eq!(goals.map(|goals| goals.len()), Ok(1), "{}", path.display());
    }
}
