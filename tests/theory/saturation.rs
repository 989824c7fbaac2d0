//! Scripts that show equations by equality saturation.

use prover_syntax::diagnostic::Diagnostic;
use prover_theory::Theory;
use prover_theory::import::{Files, SourceText};

const NUMBERS: &str = "import \"nat-add\".\n";

/// The errors of a file that imports nat-add, each with its code, message and notes.
fn errors(text: &str) -> Vec<String> {
    let (_, report) = Theory::load(SourceText::text("t", format!("{NUMBERS}{text}")), &Files);
    let line = |error: &Diagnostic| format!("{}: {}\n  {}", error.code, error.message, error.notes.join("\n  "));
    report.errors().map(|(_, error)| line(error)).collect()
}

#[test]
fn scripts_show_by_saturation() {
    let text = "theorem succ_add : [('a : nat) -> ('b : nat) -> (= (+ (s 'a) 'b) (s (+ 'a 'b)))] {
        intro a : nat.
        apply nat_ind.
        goal (= (+ (s a) z) (s (+ a z))) { show (= (+ (s a) z) (s (+ a z))) by eqsat. }
        goal [('b : nat) -> (= (+ (s a) 'b) (s (+ a 'b))) -> (= (+ (s a) (s 'b)) (s (+ a (s 'b))))] {
            show [('b : nat) -> (= (+ (s a) 'b) (s (+ a 'b))) -> (= (+ (s a) (s 'b)) (s (+ a (s 'b))))] by eqsat.
        }
    }
    verify two { a : nat. intro_a : (= a (s z)). show (= (+ a a) (s (s z))) by eqsat. }";
    assert_eq!(errors(text), [""; 0]);
}

#[test]
fn what_saturation_reached_is_said() {
    let saturated = errors(
        "theorem t : [('a : nat) -> (= (+ z 'a) 'a)] {
        intro a : nat. show (= (+ z a) a) by eqsat.
    }",
    );
    insta::assert_snapshot!(saturated.join("\n"));
    let limit = errors(
        "comm : [('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))].
    assoc : [('a : nat) -> ('b : nat) -> ('c : nat) -> (= (+ (+ 'a 'b) 'c) (+ 'a (+ 'b 'c)))].
    theorem t : [('a : nat) -> ('b : nat) -> ('c : nat) -> ('d : nat) -> ('e : nat) -> ('f : nat) -> ('g : nat) ->
                 (= (+ (+ (+ (+ (+ (+ 'a 'b) 'c) 'd) 'e) 'f) 'g) 'a)] {
        show [('a : nat) -> ('b : nat) -> ('c : nat) -> ('d : nat) -> ('e : nat) -> ('f : nat) -> ('g : nat) ->
              (= (+ (+ (+ (+ (+ (+ 'a 'b) 'c) 'd) 'e) 'f) 'g) 'a)] by eqsat.
    }",
    );
    assert!(limit.len() == 1 && limit[0].contains("it reached the limit of"), "{limit:?}");
}

#[test]
fn a_constant_of_this_name_goes_before_the_word() {
    let text = "eqsat : (= z (+ z z)). theorem t : (= z (+ z z)) { show (= z (+ z z)) by eqsat. }";
    assert_eq!(errors(text), [""; 0]);
    let refused = errors("eqsat : (= z (+ z z)). theorem t : (= (+ z z) z) { show (= (+ z z) z) by eqsat. }");
    assert!(refused[0].starts_with("cannot-show: `eqsat` does not show this"), "{refused:?}");
    let plain = "theorem t : (= (+ z z) z) { show (= (+ z z) z) by eqsat. }";
    assert_eq!(errors(plain), [""; 0]);
}

#[test]
fn data_and_functions_need_no_hints() {
    let text = "data list { nil : list. cons : [nat -> list -> list]. }
    fun append : [list -> list -> list] { (append nil 'l) = 'l. (append (cons 'x 'k) 'l) = (cons 'x (append 'k 'l)). }
    theorem a : [('k : list) -> ('l : list) -> ('x : nat) -> ('y : nat) ->
                 (= (append (cons 'x nil) 'k) (cons 'y 'l)) -> (= (cons 'y 'k) (cons 'x 'l))] {
        show [('k : list) -> ('l : list) -> ('x : nat) -> ('y : nat) ->
              (= (append (cons 'x nil) 'k) (cons 'y 'l)) -> (= (cons 'y 'k) (cons 'x 'l))] by eqsat.
    }
    theorem b : [('k : list) -> ('x : nat) -> (= (append nil (cons 'x 'k)) nil) -> (= 'x (s 'x))] {
        show [('k : list) -> ('x : nat) -> (= (append nil (cons 'x 'k)) nil) -> (= 'x (s 'x))] by eqsat.
    }";
    assert_eq!(errors(text), [""; 0]);
}

/// Search sees through definitions, so saturation in a script does, or it would not repeat the proofs of search.
#[test]
fn definitions_are_seen_through() {
    let text = "false : prop.
        no : [prop -> prop] = (lambda ('p : prop) ['p -> false]).
        differ : [('n : nat) -> (no (= z (s 'n)))].
        theorem t : [('a : nat) -> (= (+ 'a z) z) -> (no (= 'a (s z)))] {
            intro a : nat.
            intro h : (= (+ a z) z).
            intro e : (= a (s z)).
            show false by eqsat.
        }";
    assert_eq!(errors(text), Vec::<String>::new());
}
