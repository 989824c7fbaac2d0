//! Statements that must be within reach of the choices under the default bounds: the goals that the program is made
//! for.

use super::*;
use crate::{Completer, ConjectureOptions};

/// The statement with variables of one type quantified, and the completer's way to it.
fn reach(theory: &mut Theory, variables: &str, ty: &str, body: &str) {
    let binders: String = variables.split_whitespace().map(|v| format!("('{v} : {ty}) -> ")).collect();
    let body = body.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(body);
    let text = if binders.is_empty() { body.to_owned() } else { format!("[{binders}{body}]") };
    let goal = statement(theory, &text);
    let mut completer = Completer::new(theory, &ConjectureOptions::default()).unwrap();
    let choices = completer.choices(theory, goal).unwrap_or_else(|| panic!("{text} is out of reach"));
    let written: String = choices.iter().map(|choice| choice.options[choice.chosen].as_str()).collect();
    assert_eq!(statement(theory, &written), goal, "{written}");
}

#[test]
fn nat_add_goals() {
    let theory = &mut theory(NAT_ADD);
    for (variables, body) in [
        ("a", "(= (+ z 'a) 'a)"),
        ("a b c", "(= (+ (+ 'a 'b) 'c) (+ 'a (+ 'b 'c)))"),
        ("a b", "(= (+ (s 'a) 'b) (s (+ 'a 'b)))"),
        ("a b", "(= (+ 'a 'b) (+ 'b 'a))"),
        ("a", "(= (s 'a) (+ 'a (s z)))"),
        ("a b c", "(= (+ (+ 'a 'b) 'c) (+ (+ 'a 'c) 'b))"),
        ("a b c", "(= (+ 'a (+ 'b 'c)) (+ 'b (+ 'a 'c)))"),
        ("a b c d", "(= (+ (+ 'a 'b) (+ 'c 'd)) (+ (+ 'a 'c) (+ 'b 'd)))"),
    ] {
        reach(theory, variables, "nat", body);
    }
}

#[test]
fn nat_mul_goals() {
    let theory = &mut nat_mul();
    for (variables, body) in [
        ("a", "(= (* z 'a) z)"),
        ("a", "(= (* 'a (s z)) 'a)"),
        ("a", "(= (* (s z) 'a) 'a)"),
        ("a b c", "(= (* 'c (+ 'a 'b)) (+ (* 'c 'a) (* 'c 'b)))"),
        ("a b c", "(= (* (* 'a 'b) 'c) (* 'a (* 'b 'c)))"),
        ("a b", "(= (* (s 'a) 'b) (+ (* 'a 'b) 'b))"),
        ("a b c", "(= (* (+ 'a 'b) 'c) (+ (* 'a 'c) (* 'b 'c)))"),
        ("a b", "(= (* 'a 'b) (* 'b 'a))"),
        ("a b c", "(= (* 'a (* 'b 'c)) (* 'b (* 'a 'c)))"),
    ] {
        reach(theory, variables, "nat", body);
    }
}

#[test]
fn group_goals() {
    let theory = &mut theory(GROUPS);
    for (variables, body) in [
        ("a", "(= (op 'a id) 'a)"),
        ("a", "(= (op 'a (inv 'a)) id)"),
        ("", "(= (inv id) id)"),
        ("a", "(= (inv (inv 'a)) 'a)"),
        ("a b c", "[(= (op 'a 'b) (op 'a 'c)) -> (= 'b 'c)]"),
        ("a b", "[(= (op 'a 'b) id) -> (= 'b (inv 'a))]"),
        ("a b", "(= (inv (op 'a 'b)) (op (inv 'a) (inv 'b)))"),
    ] {
        reach(theory, variables, "G", body);
    }
}

/// The goals of propositional logic, in the order of the goal set.
const PROPOSITIONAL: [(&str, &str); 30] = [
    ("a", "['a -> 'a]"),
    ("a b c", "[['a -> 'b] -> ['b -> 'c] -> 'a -> 'c]"),
    ("a b c", "[['a -> 'b -> 'c] -> 'b -> 'a -> 'c]"),
    ("a b c", "[['a -> 'b -> 'c] -> (and 'a 'b) -> 'c]"),
    ("a b c", "[[(and 'a 'b) -> 'c] -> 'a -> 'b -> 'c]"),
    ("a b c", "[['a -> 'b] -> ['b -> 'c] -> 'a -> 'c]"),
    ("a b c", "[['a -> 'b] -> ['c -> 'a] -> 'c -> 'b]"),
    ("a b c", "[['a -> 'b] -> (and 'a 'c) -> (and 'b 'c)]"),
    ("a b c", "[['a -> 'b] -> (and 'c 'a) -> (and 'c 'b)]"),
    ("a b c", "[['a -> 'b] -> (or 'a 'c) -> (or 'b 'c)]"),
    ("a b c", "[['a -> 'b] -> (or 'c 'a) -> (or 'c 'b)]"),
    ("a b", "[(not 'a) -> 'a -> 'b]"),
    ("a b", "['a -> (not 'a) -> 'b]"),
    ("a b", "['b -> 'a -> 'b]"),
    ("a b", "[['a -> 'b] -> (not 'b) -> (not 'a)]"),
    ("a b", "[['a -> (not 'b)] -> 'b -> (not 'a)]"),
    ("a b", "[[(not 'a) -> 'b] -> (not 'b) -> 'a]"),
    ("a b", "[[(not 'a) -> (not 'b)] -> 'b -> 'a]"),
    ("a b", "[['a -> 'b] -> ['b -> 'a] -> (iff 'a 'b)]"),
    ("a b", "[(iff 'a 'b) -> 'a -> 'b]"),
    ("a b", "[(iff 'a 'b) -> 'b -> 'a]"),
    ("a", "(iff 'a 'a)"),
    ("a b", "[(iff 'a 'b) -> (iff 'b 'a)]"),
    ("a b c", "[(iff 'a 'b) -> (iff 'b 'c) -> (iff 'a 'c)]"),
    ("a b c", "[['a -> 'b -> 'c] -> (not (not 'a)) -> (not (not 'b)) -> (not (not 'c))]"),
    ("a b", "[(not (not ['a -> 'b])) -> (not (not 'a)) -> (not (not 'b))]"),
    ("a b c", "[(not (not ['a -> 'b])) -> (not (not ['b -> 'c])) -> (not (not ['a -> 'c]))]"),
    ("a b", "(iff (not (not (and 'a 'b))) (and (not (not 'a)) (not (not 'b))))"),
    ("a", "(or 'a (not 'a))"),
    ("a b", "[[['a -> 'b] -> 'a] -> 'a]"),
];

#[test]
fn propositional_goals() {
    let theory = &mut theory(PROPOSITIONS);
    for (variables, body) in PROPOSITIONAL {
        reach(theory, variables, "prop", body);
    }
}

#[test]
fn what_is_outside_the_grammar_has_no_choices() {
    let theory = &mut mixed();
    let mut completer = Completer::new(theory, &ConjectureOptions::default()).unwrap();
    for text in [
        // A variable that does not occur, a quantifier within, a predicate variable, too many variables, too deep.
        "[nat -> (= z z)]",
        "(not [('a : nat) -> (= 'a z)])",
        "[('p : [nat -> prop]) -> ('p z) -> ('p z)]",
        "[('a : nat) -> ('b : nat) -> ('c : nat) -> ('d : nat) -> ('e : nat) -> (= (+ (+ 'a 'b) 'c) (+ 'd 'e))]",
        "(= z (s (s (s (s (s z))))))",
    ] {
        let outside = statement(theory, text);
        assert_eq!(completer.choices(theory, outside), None, "{text}");
    }
    let inside = statement(theory, "(= z (s (s (s (s z)))))");
    assert!(completer.choices(theory, inside).is_some());
}

#[test]
fn types_settled_by_later_arguments() {
    let theory = &mut lists();
    let mut completer = Completer::new(theory, &ConjectureOptions::default()).unwrap();
    for text in [
        "[('a : (list nat)) -> ('b : nat) -> (= (length nat (snoc 'a 'b)) (s (length nat 'a)))]",
        "[('a : (list nat)) -> (= (append nat 'a (nil nat)) 'a)]",
        "[('a : nat) -> (= (snoc (nil nat) 'a) (cons 'a (nil nat)))]",
        "[('a : nat) -> ('b : (list nat)) -> (< (length nat 'b) (length nat (cons 'a 'b)))]",
    ] {
        let goal = statement(theory, text);
        assert!(completer.choices(theory, goal).is_some(), "{text}");
    }
}
