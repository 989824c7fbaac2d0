//! No text makes the checker panic, overflow its stack or run without bound.

use crate::toy::{NUMBERS, codes, report};
use prover_logic::environment::DEFAULT_BUDGET;
use prover_theory::limits::{ITEM_BUDGET, STEPS_PER_BYTE};
use std::fmt::Write;

#[test]
fn shared_doublings_are_compared_without_unfolding_them() {
    for depth in [60, 1000] {
        let mut text = String::from(NUMBERS);
        text.push_str("pair : [nat -> nat -> nat]. twice : [nat -> nat] = (lambda (x : nat) (pair 'x 'x)). d0 : nat. e0 : nat = d0.\n");
        for i in 1..=depth {
            let _ = writeln!(text, "d{i} : nat = (twice d{}). e{i} : nat = (twice e{}).", i - 1, i - 1);
        }
        let _ = writeln!(text, "theorem t : (= d{depth} e{depth}) {{ show (= d{depth} e{depth}) by eq_refl. }}");
        let _ = writeln!(
            text,
            "theorem u : (= d{depth} d{}) {{ show (= d{depth} d{}) by eq_refl. }}",
            depth - 1,
            depth - 1
        );
        assert_eq!(codes(&text), ["cannot-show"], "{depth}");
    }
}

#[test]
fn long_chains_of_rewriting() {
    let mut text = String::from(NUMBERS);
    text.push_str("p : [nat -> nat -> prop]. ");
    let count = 1000;
    for i in 0..=count {
        let _ = writeln!(text, "c{i} : nat. w{i} : (= z c{i}). v{i} : (p c{i} c{i}).");
    }
    for i in 0..count {
        let _ = writeln!(text, "e{i} : (= c{i} c{}).", i + 1);
    }
    text.push_str("f : nat. start : (p f c0).\ntheorem t : (p f c1000) {\n");
    for i in 1..=count {
        let _ = writeln!(text, "show (p f c{i}) by rewrite.");
    }
    text.push_str("}\n");
    assert_eq!(codes(&text), Vec::<&str>::new());
}

#[test]
fn long_scripts_about_growing_terms() {
    let mut text = String::from(NUMBERS);
    text.push_str("f : [nat -> prop]. g : [('n : nat) -> (f 'n) -> (f (s 'n))].\n");
    text.push_str("theorem t : [('a : nat) -> (f 'a) -> (f 'a)] { intro x0 : nat. intro h : (f x0).\n");
    for i in 1..10_000 {
        let _ = writeln!(text, "construct x{i} : nat = (s x{}) by s. show (f x{i}) by g.", i - 1);
    }
    text.push('}');
    assert_eq!(codes(&text), Vec::<&str>::new());
}

#[test]
fn deep_terms_end_in_an_answer() {
    for depth in [10_000, 99_000] {
        let numeral = format!("{}z{}", "(s ".repeat(depth), ")".repeat(depth));
        assert_eq!(codes(&format!("{NUMBERS} n : nat = {numeral}.")), Vec::<&str>::new());
        let theorem = format!("theorem t : (= {numeral} {numeral}) {{ show (= {numeral} {numeral}) by eq_refl. }}");
        assert_eq!(codes(&format!("{NUMBERS} {theorem}")), Vec::<&str>::new());
        let arrows = format!("{}nat{}", "[nat -> ".repeat(depth), "]".repeat(depth));
        assert_eq!(codes(&format!("{NUMBERS} f : {arrows}.")), Vec::<&str>::new());
        let left = format!("{}nat{}", "[".repeat(depth), " -> nat]".repeat(depth));
        assert_eq!(codes(&format!("{NUMBERS} f : {left}.")), Vec::<&str>::new());
    }
    let deep = 1_000_000;
    assert_eq!(
        codes(&format!("{NUMBERS} n : nat = {}z{}.", "(s ".repeat(deep), ")".repeat(deep))),
        ["nesting-too-deep"]
    );
    // In a theorem, where another reader looks first, in each place in which a term can begin.
    for open in ["(", "(f ", "[", "[nat -> ", "[('x : "] {
        for before in ["", "p {{ show ", "p {{ intro h : ", "p {{ goal ", "p {{ construct n : p = "] {
            let text = format!("theorem t : {before}{} a ", open.repeat(deep)).replace("{{", "{");
            assert_eq!(codes(&text), ["nesting-too-deep"], "{before}{open}");
        }
    }
}

#[test]
fn deep_binders_end_in_an_answer() {
    let depth = 20_000;
    let lambdas: String = (0..depth).map(|i| format!("(lambda (x{i} : nat) ")).collect();
    let arrows: String = (0..depth).map(|i| format!("[('x{i} : nat) -> ")).collect();
    let text = format!("{NUMBERS} f : {arrows}nat{} = {lambdas}x0{}.", "]".repeat(depth), ")".repeat(depth));
    assert_eq!(codes(&text), Vec::<&str>::new());
    // A binder in each argument: what is under it is walked once for each.
    let nested =
        format!("{}'x{}", "((lambda (x : nat) (s 'x)) ((lambda (y : nat) 'y) ".repeat(3_000), "))".repeat(3_000));
    let found = codes(&format!("{NUMBERS} f : [('x : nat) -> (= {nested} z)]."));
    assert!(found.is_empty() || found == ["budget-exhausted"], "{found:?}");
}

#[test]
fn terms_whose_normal_forms_explode_exhaust_the_budget() {
    // Church numerals: 2 to the power of 2 to the power of 2 ... as a function.
    let mut text = String::from(NUMBERS);
    text.push_str("two : [[nat -> nat] -> nat -> nat] = (lambda (f : [nat -> nat], x : nat) ('f ('f 'x))).\n");
    text.push_str("g0 : [nat -> nat] = s.\n");
    for i in 1..=60 {
        let _ = writeln!(text, "g{i} : [nat -> nat] = (two g{}).", i - 1);
    }
    text.push_str("theorem t : (= (g60 z) (s z)) { show (= (g60 z) (s z)) by eq_refl. }");
    let found = codes(&text);
    assert!(found == ["budget-exhausted"] || found == ["cannot-show"] || found == ["too-deep"], "{found:?}");
}

#[test]
fn messages_are_short() {
    let mut text = String::from(NUMBERS);
    text.push_str("pair : [nat -> nat -> nat]. p : [nat -> prop].\n");
    let mut lambda = String::from("'x");
    for i in (0..40).rev() {
        lambda = format!("((lambda (y{i} : nat) (pair 'y{i} 'y{i})) {lambda})");
    }
    let _ = writeln!(text, "theorem t : [('x : nat) -> (p {lambda})] {{ }}");
    let (_, report) = report(&text);
    let (_, error) = report.errors().next().unwrap();
    assert_eq!(error.code, "incomplete-proof");
    assert!(error.notes.iter().all(|note| note.len() < 600), "{:?}", error.notes);
}

#[test]
fn deep_blocks_end_in_an_answer() {
    let depth = 900;
    let text = format!("p : prop. hp : p. theorem t : p {{ {} {} }}", "have p { ".repeat(depth), "}".repeat(depth));
    assert_eq!(codes(&text), Vec::<&str>::new());
}

#[test]
fn doublings_are_found_equal_through_definitions_on_both_sides() {
    for depth in [60, 1000] {
        let mut text =
            format!("{NUMBERS} pair : [nat -> nat -> nat]. twice : [nat -> nat] = (lambda (x : nat) (pair 'x 'x)).\n");
        text.push_str("d0 : nat = z. e0 : nat = z.\n");
        for i in 1..=depth {
            let _ = writeln!(text, "d{i} : nat = (twice d{0}). e{i} : nat = (pair e{0} e{0}).", i - 1);
        }
        for (other, codes_of) in [(depth, vec![]), (depth - 1, vec!["cannot-show"])] {
            let equation = format!("(= d{depth} e{other})");
            let theorem = format!("theorem t : {equation} {{ show {equation} by eq_refl. }}");
            assert_eq!(codes(&format!("{text}{theorem}")), codes_of, "{depth} {other}");
        }
    }
}

#[test]
fn two_hundred_facts_in_scope() {
    let count = 200;
    let mut text = format!(
        "{NUMBERS} r : [nat -> nat -> prop].
        trans : [('a : nat) -> ('b : nat) -> ('c : nat) -> (r 'a 'b) -> (r 'b 'c) -> (r 'a 'c)].\n"
    );
    (0..=count + 1).for_each(|i| text += &format!("c{i} : nat.\n"));
    let hypotheses: String = (0..count).map(|i| format!("(r c{i} c{}) -> ", i + 1)).collect();
    let _ = writeln!(text, "theorem t : [{hypotheses}(r c0 c{count})] {{");
    (0..count).for_each(|i| text += &format!("intro h{i} : (r c{i} c{}).\n", i + 1));
    (2..count).for_each(|i| text += &format!("show (r c0 c{i}) by trans.\n"));
    assert_eq!(codes(&format!("{text} apply trans. }}")), Vec::<&str>::new());
    // What does not follow from any of them is refused as soon.
    assert_eq!(codes(&format!("{text} show (r c0 c{}) by trans. }}", count + 1)), ["cannot-show"]);
}

/// A list of the results of a function, given as text, for some constants, stated; and then claimed for the next
/// constants, so that each pair of elements is equal only once both have been reduced.
fn shifted(function: &str, count: usize) -> String {
    let list = |first: usize| {
        let elements: String = (first..first + count).map(|i| format!("(cons ({function} k{i}) ")).collect();
        format!("{elements}nil{}", ")".repeat(count))
    };
    let constants: String = (0..=count).map(|i| format!("k{i} : A.\n")).collect();
    format!("{constants}h : (P {}). x : (P {}) = h.\n", list(0), list(1))
}

const LISTS: &str = "A : type. a : A. c : [A -> A -> A].
    L : type. nil : L. cons : [A -> L -> L]. P : [L -> prop].\n";

#[test]
fn a_reduction_costs_what_it_walks() {
    // Each reduction copies 30,000 nodes to find that two of them are the same, 2,000 times: half a megabyte that took
    // minutes.
    let size = 30_000;
    let body = format!("{}x{}", "(c x ".repeat(size), ")".repeat(size));
    let declared = format!("{LISTS} big : [A -> A -> A] = (lambda (k : A, x : A) {body}).\n");
    let text = format!("{declared}{}", shifted("(lambda (k : A) (big 'k a))", 2_000));
    let (theory, report) = report(&text);
    let codes: Vec<&str> = report.errors().map(|(_, error)| error.code).collect();
    assert_eq!(codes, ["budget-exhausted"]);
    let work = theory.environment.store.work();
    assert!(work < work_of_one_item(text.len()), "{work}");
}

/// More than the work that one item may take, in elaboration and in the kernel's check, with the rest of its file.
fn work_of_one_item(bytes: usize) -> u64 {
    2 * (ITEM_BUDGET + STEPS_PER_BYTE * bytes as u64 + DEFAULT_BUDGET)
}

#[test]
fn one_substitution_stops_at_the_limit() {
    // A term of 40,000 nodes under 1,000 binders, shared: to close a binder over it makes 40 million different terms.
    let (size, depth) = (40_000, 1_000);
    let big = format!("{}x{}", "(c a ".repeat(size), ")".repeat(size));
    let under: String = (0..depth).map(|i| format!("(c 't (l (lambda (y{i} : A) ")).collect();
    let under = format!("{under}a{}", ")))".repeat(depth));
    let text = format!(
        "A : type. a : A. c : [A -> A -> A]. l : [[A -> A] -> A]. P : [A -> prop]. mk : [('t : A) -> (P {under})].\n"
    );
    for item in
        [format!("f : [A -> prop] = (lambda (x : A) (mk {big}))."), format!("#check (lambda (x : A) (mk {big})).")]
    {
        let text = format!("{text}{item}");
        let (theory, report) = report(&text);
        let codes: Vec<&str> = report.errors().map(|(_, error)| error.code).collect();
        assert_eq!(codes, ["budget-exhausted"]);
        assert!(theory.environment.store.work() < work_of_one_item(text.len()));
    }
}

#[test]
fn what_an_item_leaves_behind_is_given_back() {
    let doublings: String =
        (1..=24).map(|i| format!("d{i} : [A -> A] = (lambda (x : A) (d{0} (d{0} x))).\n", i - 1)).collect();
    let body = format!("{}x{}", "(c 'k (c x ".repeat(1_000), "))".repeat(1_000));
    let constants: String = (0..200).map(|i| format!("k{i} : A.\n")).collect();
    let text = format!(
        "{LISTS} = : [('t : type) -> 't -> 't -> prop]. d0 : [A -> A] = (lambda (x : A) (c x x)).\n{doublings}{constants}
        one : [A -> A -> A] = (lambda (k : A, x : A) {body}). other : [A -> A -> A] = (lambda (k : A, x : A) {body}).\n"
    );
    let refused =
        |i: usize| format!("theorem r{i} : (= (d24 k{i}) (d24 a)) {{ show (= (d24 k{i}) (d24 a)) by eq_refl. }}\n");
    let evaluated = |i: usize| format!("#eval (d24 k{i}).\n");
    // Right, and as costly together: 400 terms of 2,000 nodes are made to find that two each are the same.
    let accepted = |i: usize| {
        let list = |function: &str| {
            let element = |j| format!("({function} k{j} k{i})");
            (0..200).fold("nil".to_owned(), |list, j| format!("(cons {} {list})", element(j)))
        };
        format!("g{i} : [(P {}) -> (P {})] = (lambda (h : (P {0})) h).\n", list("one"), list("other"))
    };
    type Written<'a> = &'a dyn Fn(usize) -> String;
    let kinds: [(&str, Written<'_>, usize); 3] =
        [("refused", &refused, 3), ("evaluated", &evaluated, 3), ("accepted", &accepted, 30)];
    for (kind, item, count) in kinds {
        let items: String = (0..count).map(item).collect();
        let (theory, report) = report(&format!("{text}{items}"));
        assert_eq!(report.errors().count(), if kind == "accepted" { 0 } else { count }, "{kind}");
        let store = &theory.environment.store;
        assert!(store.work() > 25_000_000, "{kind}: {} steps", store.work());
        assert!(store.len() < 2_000_000, "{kind}: {} terms are left", store.len());
    }
}

#[test]
fn comments_take_no_stack() {
    // A lexer that calls itself for what it leaves out needs stack for each; on a small one a few thousand would be too
    // many.
    let comments = "/* x */\n".repeat(200_000);
    let check = move || {
        assert_eq!(codes(&format!("{comments}p : prop.{comments}")), Vec::<&str>::new());
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(check).unwrap().join().unwrap();
}
