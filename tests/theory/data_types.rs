//! Data types and recursive functions: the constants they generate, refusals, programs, and proofs about them.

use crate::toy::{self, ADD, EQUALITY, NAT, errors};
use prover_logic::{ConstId, TermId};
use prover_syntax::render::{Style, human};
use prover_syntax::source::LineIndex;
use prover_theory::Theory;
use prover_theory::import::{NoImports, SourceText};
use std::fmt::Write;

const LIST: &str = "data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }\n";
const TREE: &str = "data tree ('t : type) { leaf : (tree 't). node : [(left : (tree 't)) -> (at : 't) -> (right : (tree 't)) -> (tree 't)]. }\n";

/// A text after `=`, numbers, lists and trees.
fn with_data(text: &str) -> String {
    [EQUALITY, NAT, LIST, TREE, text].concat()
}

/// The theory of a text that is right.
fn theory(text: &str) -> Theory {
    match Theory::from_text("test", text) {
        Ok(theory) => theory,
        Err(errors) => panic!("{text}\n{}", rendered(text, &errors)),
    }
}

fn rendered(text: &str, errors: &[prover_syntax::diagnostic::Diagnostic]) -> String {
    let lines = LineIndex::new(text);
    errors.iter().map(|error| human("file.p", &lines, error, Style::Plain)).collect::<Vec<_>>().join("\n")
}

/// The codes of the errors of a text, and the theory of its right items.
fn outcome(text: &str) -> (Vec<&'static str>, Theory) {
    let (theory, report) = toy::report(text);
    (errors(&report).iter().map(|error| error.code).collect(), theory)
}

/// The report about a text after `=` and the data types.
fn report(text: &str) -> String {
    let (_, report) = toy::report(&with_data(text));
    let lines = 1 + with_data("").lines().count();
    rendered(&with_data(text), &errors(&report))
        .replace(&format!("file.p:{lines}:"), "file.p:_:")
        .replace(&format!("\n{lines} |"), "\n_ |")
}

fn constant(theory: &Theory, name: &str) -> ConstId {
    theory.environment.find(name).unwrap_or_else(|| panic!("there is no {name}"))
}

fn type_of(theory: &Theory, name: &str) -> TermId {
    theory.environment.declaration(constant(theory, name)).ty
}

/// The text of a constant's type, the same for terms that differ in names of binders.
fn printed(theory: &mut Theory, name: &str) -> String {
    let ty = type_of(theory, name);
    prover_theory::print::print(&mut theory.environment, &Default::default(), ty)
}

/// Requires that the types of constants are these very terms.
fn require_types(theory: &mut Theory, types: &[(&str, &str)]) {
    for (name, expected) in types {
        let expected = theory.statement(expected).unwrap_or_else(|errors| panic!("{}", rendered(expected, &errors)));
        assert_eq!(type_of(theory, name), expected, "{name}");
    }
}

#[test]
fn the_axioms_of_the_numbers_are_the_familiar_ones() {
    let mut theory = theory(&[EQUALITY, NAT, ADD].concat());
    require_types(
        &mut theory,
        &[
            (
                "nat_ind",
                "[('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))] -> [('n : nat) -> ('p 'n)]]",
            ),
            ("s_inj", "[('n : nat) -> ('m : nat) -> (= (s 'n) (s 'm)) -> (= 'n 'm)]"),
            ("z_ne_s", "[('n : nat) -> (= z (s 'n)) -> ('P : prop) -> 'P]"),
            ("+_z", "[('n : nat) -> (= (+ 'n z) 'n)]"),
            ("+_s", "[('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))]"),
        ],
    );
    // The axiomatic theory says the same of the same names.
    let library = prover_theory::library::load_theory("nat-add").unwrap();
    let mut axiomatic = Theory::load(library.into(), &NoImports).0;
    for name in ["nat", "z", "s", "+", "nat_ind", "+_z", "+_s"] {
        assert_eq!(printed(&mut theory, name), printed(&mut axiomatic, name));
    }
}

#[test]
fn the_axioms_of_lists_trees_and_functions_into_the_type() {
    let mut theory = theory(&with_data(
        "data ord { zero : ord. lim : [[nat -> ord] -> ord]. sum : [ord -> [nat -> nat -> ord] -> ord]. }
         data empty { }
         data pair ('a : type, 'b : type) { pair_of : [(first : 'a) -> (second : 'b) -> (pair 'a 'b)]. }",
    ));
    require_types(
        &mut theory,
        &[
            (
                "list_ind",
                "[('t : type) -> ('p : [(list 't) -> prop]) -> ('p (nil 't))
                  -> [('x : 't) -> ('xs : (list 't)) -> ('p 'xs) -> ('p (cons 'x 'xs))] -> [('xs : (list 't)) -> ('p 'xs)]]",
            ),
            (
                "cons_inj_1",
                "[('t : type) -> ('x : 't) -> ('xs : (list 't)) -> ('y : 't) -> ('ys : (list 't))
                  -> (= (cons 'x 'xs) (cons 'y 'ys)) -> (= 'x 'y)]",
            ),
            (
                "cons_inj_2",
                "[('t : type) -> ('x : 't) -> ('xs : (list 't)) -> ('y : 't) -> ('ys : (list 't))
                  -> (= (cons 'x 'xs) (cons 'y 'ys)) -> (= 'xs 'ys)]",
            ),
            (
                "nil_ne_cons",
                "[('t : type) -> ('x : 't) -> ('xs : (list 't)) -> (= (nil 't) (cons 'x 'xs)) -> ('P : prop) -> 'P]",
            ),
            (
                "tree_ind",
                "[('t : type) -> ('p : [(tree 't) -> prop]) -> ('p (leaf 't))
                  -> [('l : (tree 't)) -> ('x : 't) -> ('r : (tree 't)) -> ('p 'l) -> ('p 'r) -> ('p (node 'l 'x 'r))]
                  -> [('u : (tree 't)) -> ('p 'u)]]",
            ),
            (
                "node_inj_at",
                "[('t : type) -> ('l : (tree 't)) -> ('x : 't) -> ('r : (tree 't)) -> ('m : (tree 't)) -> ('y : 't)
                  -> ('q : (tree 't)) -> (= (node 'l 'x 'r) (node 'm 'y 'q)) -> (= 'x 'y)]",
            ),
            (
                "ord_ind",
                "[('p : [ord -> prop]) -> ('p zero) -> [('f : [nat -> ord]) -> [('n : nat) -> ('p ('f 'n))] -> ('p (lim 'f))]
                  -> [('x : ord) -> ('f : [nat -> nat -> ord]) -> ('p 'x) -> [('n : nat) -> ('m : nat) -> ('p ('f 'n 'm))]
                      -> ('p (sum 'x 'f))] -> [('x : ord) -> ('p 'x)]]",
            ),
            ("lim_inj", "[('f : [nat -> ord]) -> ('g : [nat -> ord]) -> (= (lim 'f) (lim 'g)) -> (= 'f 'g)]"),
            ("zero_ne_lim", "[('f : [nat -> ord]) -> (= zero (lim 'f)) -> ('P : prop) -> 'P]"),
            ("empty_ind", "[('p : [empty -> prop]) -> ('x : empty) -> ('p 'x)]"),
            (
                "pair_ind",
                "[('a : type) -> ('b : type) -> ('p : [(pair 'a 'b) -> prop])
                  -> [('x : 'a) -> ('y : 'b) -> ('p (pair_of 'x 'y))] -> [('x : (pair 'a 'b)) -> ('p 'x)]]",
            ),
        ],
    );
    let data = theory.declared.data_type(constant(&theory, "ord")).unwrap().clone();
    assert_eq!((data.parameters, data.constructors.len()), (0, 3));
    assert_eq!(data.induction, constant(&theory, "ord_ind"));
    for (one, other, name) in [(0, 1, "zero_ne_lim"), (2, 0, "zero_ne_sum"), (1, 2, "lim_ne_sum")] {
        assert_eq!(data.disjoint(one, other), Some(constant(&theory, name)));
    }
    assert_eq!(data.disjoint(1, 1), None);
    let (of, place) = theory.declared.constructor(constant(&theory, "pair_of")).unwrap();
    assert_eq!((of.parameters, place), (2, 0));
    assert_eq!(of.constructors[0].injectivity[1], constant(&theory, "pair_of_inj_second"));
}

#[test]
fn an_unused_parameter_and_a_taken_motive_name() {
    let mut theory = theory(&[EQUALITY, "data d ('p : type) { c : (d 'p). }"].concat());
    require_types(
        &mut theory,
        &[("d_ind", "[('t : type) -> ('p : [(d 't) -> prop]) -> ('p (c 't)) -> ('x : (d 't)) -> ('p 'x)]")],
    );
    let names = &theory.binder_names[&constant(&theory, "d_ind")];
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["'p", "'p'", "", "'x"]);
}

#[test]
fn what_is_no_data_type_is_refused() {
    let cases = [
        // Negative, or positive but not strictly.
        ("data d { c : [[d -> nat] -> d]. }", "not-strictly-positive"),
        ("data d { c : [[[d -> nat] -> nat] -> d]. }", "not-strictly-positive"),
        ("data d { c : [[nat -> d -> d] -> d]. }", "not-strictly-positive"),
        ("data d { c : [[[nat -> d] -> d] -> d]. }", "not-strictly-positive"),
        ("data d { c : [[d -> prop] -> d]. }", "not-strictly-positive"),
        ("data d { c : [[(list d) -> nat] -> d]. }", "not-strictly-positive"),
        // Inside of other types, definitions that hide a negative place among them.
        ("data d { c : [(list d) -> d]. }", "nested-data"),
        ("data d { c : [[nat -> (list d)] -> d]. }", "nested-data"),
        ("to_nat : [type -> type] = (lambda (a : type) [a -> nat]). data d { c : [(to_nat d) -> d]. }", "nested-data"),
        (
            "fst : [type -> type -> type] = (lambda (a : type, b : type) a). data d { c : [(fst d nat) -> d]. }",
            "nested-data",
        ),
        ("data d ('t : type) { c : [(d (d 't)) -> (d 't)]. }", "nested-data"),
        ("data d ('t : type) { c : [(d nat) -> (d 't)]. }", "non-uniform-parameters"),
        ("data d ('t : type) { c : [[nat -> (d (list 't))] -> (d 't)]. }", "non-uniform-parameters"),
        ("data d ('t : type, 'u : type) { c : [(d 'u 't) -> (d 't 'u)]. }", "non-uniform-parameters"),
        // No objects.
        ("data d { c : [('t : type) -> d]. }", "not-an-object"),
        ("data d { c : [type -> d]. }", "not-an-object"),
        ("data d { c : [[nat -> type] -> d]. }", "not-an-object"),
        ("data d { c : [[('t : type) -> 't] -> d]. }", "not-an-object"),
        ("data d { c : [[('t : type) -> d] -> d]. }", "not-an-object"),
        ("data d { c : [(= z z) -> d]. }", "not-an-object"),
        ("data d { c : [[nat -> (= z z)] -> d]. }", "not-an-object"),
        ("v : [nat -> type]. data d { c : [('n : nat) -> (v 'n) -> d]. }", "dependent-argument"),
        ("data d { c : [('n : nat) -> (= 'n 'n) -> d]. }", "dependent-argument"),
        // The result.
        ("data d { c : nat. }", "bad-constructor"),
        ("data d { c : [d -> nat]. }", "bad-constructor"),
        ("data d { c : type. }", "bad-constructor"),
        ("data d ('t : type) { c : (d nat). }", "bad-constructor"),
        ("data d ('t : type) { c : ['t -> (d (list 't))]. }", "bad-constructor"),
        ("data d ('t : type, 'u : type) { c : (d 'u 't). }", "bad-constructor"),
        ("data d { c : [d -> (= z z)]. }", "bad-constructor"),
        ("data d { c : [('n : d) -> (= 'n 'n)]. }", "bad-constructor"),
        ("data d ('t : type) { c : d. }", "wrong-number-of-arguments"),
        // Parameters.
        ("data d ('n : nat) { c : (d 'n). }", "bad-parameter"),
        ("data d ('n : prop) { c : (d 'n). }", "bad-parameter"),
        ("data d ('f : [type -> type]) { c : (d 'f). }", "bad-parameter"),
        ("data d ('t : type, 't : type) { c : (d 't 't). }", "duplicate-name"),
        ("data d ('t : type, t : type) { c : (d 't 't). }", "duplicate-name"),
        // Names.
        ("data nat { c : nat. }", "duplicate-name"),
        ("data d { z : d. }", "duplicate-name"),
        ("data d { d : d. }", "duplicate-name"),
        ("data d { c : d. c : [d -> d]. }", "duplicate-name"),
        ("d_ind : nat. data d { c : d. }", "duplicate-name"),
        ("a_ne_b : nat. data d { a : d. b : d. }", "duplicate-name"),
        ("data d { c : d. d_ind : d. }", "duplicate-name"),
        ("data d { c : [d -> d]. c_inj : d. }", "duplicate-name"),
        ("data d { c : [(a : d) -> (a : d) -> d]. }", "duplicate-name"),
        ("data d { a : d. b_ne_c : d. a_ne_b : d. c : d. }", "duplicate-name"),
        ("data prop { c : prop. }", "reserved-name"),
        ("data 'd { c : nat. }", "reserved-name"),
        ("data d { 'c : d. }", "reserved-name"),
        ("data d { type : d. }", "reserved-name"),
        ("data = { c : nat. }", "reserved-name"),
        ("data d { = : d. }", "reserved-name"),
        // Ill typed, or about what does not exist.
        ("data d { c : [d -> (list d d) -> d]. }", "wrong-number-of-arguments"),
        ("data d { c : [z -> d]. }", "not-a-type"),
        ("data d { c : [e -> d]. } data e { c : [d -> e]. }", "unknown-name unknown-name"),
        ("data d { c : ['t -> d]. }", "unbound-variable"),
    ];
    for (text, codes) in cases {
        let (found, theory) = outcome(&with_data(text));
        assert_eq!(found.join(" "), codes, "{text}");
        // Nothing of what was refused is there.
        assert!(theory.environment.find("d").is_none() && theory.environment.find("c").is_none(), "{text}");
        assert_eq!(theory.declared.data_types().len(), 3, "{text}");
        let numbers = outcome(&with_data("")).1;
        let before = numbers.environment.declarations().len();
        let own = text.matches(". data").count();
        assert!(theory.environment.declarations().len() <= before + own, "{text}");
    }
    assert_eq!(outcome("data d { c : d. }").0, ["no-equality"]);
    assert_eq!(outcome("nat : type. fun f : [nat -> nat] { (f 'n) = 'n. }").0, ["no-equality"]);
}

#[test]
fn what_is_no_function_is_refused() {
    let wrong = |prefix: &str, text: &str| {
        let (found, theory) = outcome(&with_data(&[ADD, prefix, text].concat()));
        let names = ["f", "f_z", "f_s", "f_def", "f_nil", "f_cons"];
        assert!(names.iter().all(|name| theory.environment.find(name).is_none()), "{text}");
        assert_eq!(theory.declared.functions().len(), 1 + prefix.matches("fun").count(), "{text}");
        found.join(" ")
    };
    let cases = [
        // The clauses do not cover all cases.
        ("fun f : [nat -> nat] { (f z) = z. }", "missing-case"),
        ("fun f : [nat -> nat] { }", "missing-case"),
        ("fun f : [nat -> nat] { (f (s (s 'n))) = z. (f z) = z. }", "missing-case"),
        ("fun f : [nat -> nat -> nat] { (f z 'm) = 'm. (f (s 'n) (s 'm)) = (f 'n 'm). }", "missing-case"),
        ("fun f : [(list nat) -> nat] { (f nil) = z. (f (cons z 'xs)) = z. }", "missing-case"),
        // Two clauses fit.
        ("fun f : [nat -> nat] { (f 'n) = z. (f z) = z. }", "overlapping-clauses"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = z. (f 'n) = (s z). }", "overlapping-clauses"),
        ("fun f : [nat -> nat] { one : (f 'n) = z. two : (f 'n) = (s z). }", "overlapping-clauses"),
        // Recursion.
        ("fun f : [nat -> nat] { (f 'n) = (s (f 'n)). }", "not-structural"),
        ("fun f : [nat -> nat] { (f 'n) = (f (s 'n)). }", "not-structural"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = (f (s 'n)). }", "not-structural"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = (f (s (s 'n))). }", "not-structural"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = (f (+ 'n z)). }", "not-structural"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = (f (f 'n)). }", "not-structural"),
        ("fun f : [nat -> nat -> nat] { (f z 'm) = z. (f (s 'n) 'm) = (f 'm (s 'n)). }", "not-structural"),
        ("fun f : [nat -> nat -> nat] { (f z 'm) = (f 'm z). (f (s 'n) 'm) = z. }", "not-structural"),
        (
            "fun f : [nat -> nat -> nat] { (f z z) = z. (f (s 'n) z) = (f 'n (s z)). (f z (s 'm)) = (f (s z) 'm).
              (f (s 'n) (s 'm)) = z. }",
            "not-structural",
        ),
        ("fun f : [nat -> [nat -> nat]] { (f z) = s. (f (s 'n)) = (lambda (x : nat) (f x 'n)). }", "not-structural"),
        ("fun f : [nat -> prop] { (f z) = (= z z). (f (s 'n)) = [('m : nat) -> (f 'm)]. }", "not-structural"),
        (
            "fun f : [('t : type) -> (list 't) -> nat] { (f nil) = z. (f (cons 'x 'xs)) = (f nat (nil nat)). }",
            "not-structural",
        ),
        ("fun f : [nat -> nat -> nat] { (f z 'm) = z. (f (s 'n) 'm) = (g (f 'n)). }", "partial-recursion"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = (h f). }", "partial-recursion"),
        (
            "fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = ((lambda (k : [nat -> nat]) (k 'n)) f). }",
            "partial-recursion",
        ),
        // Left sides.
        ("fun f : [nat -> nat] { (f (+ 'n z)) = z. (f z) = z. }", "bad-pattern"),
        ("fun f : [nat -> nat] { (f one) = z. }", "bad-pattern"),
        ("fun f : [nat -> nat] { (f (f 'n)) = z. }", "bad-pattern"),
        ("fun f : [nat -> nat] { (f ('g 'n)) = z. }", "bad-pattern"),
        ("fun f : [[nat -> nat] -> nat] { (f (lambda (x : nat) x)) = z. }", "bad-pattern"),
        ("fun f : [('t : type) -> (list 't) -> nat] { (f (cons 't 'xs)) = z. (f nil) = z. }", "bad-pattern"),
        ("fun f : [nat -> nat -> nat] { (f 'n 'n) = z. }", "repeated-variable"),
        ("fun f : [nat -> nat] { (f n) = n. }", "unknown-name"),
        ("fun f : [nat -> nat] { (f zz) = z. }", "unknown-name"),
        ("fun f : [nat -> nat] { (f nil) = z. }", "type-mismatch"),
        ("fun f : [(list nat) -> nat] { (f (nil (list nat))) = z. (f (cons 'x 'xs)) = z. }", "type-mismatch"),
        ("fun f : [nat -> nat] { (f (s 'n 'm)) = z. }", "wrong-number-of-arguments"),
        ("fun f : [nat -> nat] { (f s) = z. }", "wrong-number-of-arguments"),
        ("fun f : [nat -> nat] { (f z z) = z. }", "wrong-number-of-arguments"),
        ("fun f : [nat -> nat -> nat] { (f z) = s. (f (s 'n) 'm) = z. }", "wrong-number-of-arguments"),
        ("fun f : [nat -> nat] { (+ 'n z) = z. }", "bad-clause"),
        ("fun f : [nat -> nat] { f = s. }", "bad-clause"),
        ("fun f : nat { f = z. }", "bad-clause"),
        ("fun f : [nat -> nat] { 'f = s. }", "bad-clause"),
        // Right sides.
        ("fun f : [nat -> nat] { (f 'n) = (nil nat). }", "type-mismatch"),
        ("fun f : [nat -> nat] { (f 'n) = 'm. }", "unbound-variable"),
        ("fun f : [nat -> nat] { (f '_) = '_. }", "unbound-variable"),
        ("fun f : [nat -> nat] { (f 'n) = (f_z 'n). }", "unknown-name"),
        (
            "fun f : [nat -> nat] { (f 'n) = (k 'n). } fun k : [nat -> nat] { (k 'n) = (f 'n). }",
            "unknown-name unknown-name",
        ),
        // The type.
        ("fun f : type { }", "bad-clause"),
        ("fun f : [nat -> type] { (f 'n) = nat. }", "not-an-object"),
        ("fun f : [nat -> (= z z)] { (f 'n) = (eq_refl z). }", "not-an-object"),
        ("fun f : [(= z z) -> nat] { (f 'n) = z. }", "not-an-object"),
        ("fun f : [nat -> type -> nat] { (f 'n 't) = z. }", "not-an-object"),
        ("fun f : [[('t : type) -> 't] -> nat] { (f 'n) = z. }", "not-an-object"),
        ("fun f : [('n : nat) -> (v 'n) -> nat] { (f 'n 'm) = z. }", "dependent-argument"),
        ("fun f : [('n : nat) -> (v 'n)] { (f 'n) = w. }", "dependent-argument"),
        ("fun f : zz { }", "unknown-name"),
        // Names.
        ("fun z : [nat -> nat] { (z 'n) = 'n. }", "duplicate-name"),
        ("fun 'f : [nat -> nat] { ('f 'n) = 'n. }", "reserved-name"),
        ("fun = : [nat -> nat] { (= 'n) = 'n. }", "reserved-name"),
        ("fun f : [nat -> nat] { + : (f 'n) = 'n. }", "duplicate-name"),
        ("fun f : [nat -> nat] { f : (f 'n) = 'n. }", "duplicate-name"),
        ("fun f : [nat -> nat] { 'a : (f 'n) = 'n. }", "reserved-name"),
        ("fun f : [nat -> nat] { a : (f z) = z. a : (f (s 'n)) = 'n. }", "duplicate-name"),
        (
            "fun f : [nat -> nat -> nat] { (f z z) = z. (f z (s 'm)) = z. (f (s z) z) = z. (f (s (s 'n)) z) = z.
              (f (s 'n) (s z)) = z. (f (s 'n) (s (s 'm))) = z. }",
            "duplicate-name",
        ),
    ];
    let prefix =
        "one : nat = (s z). g : [[nat -> nat] -> nat]. h : [[nat -> nat] -> nat]. v : [nat -> type]. w : (v z).\n";
    for (text, code) in cases {
        assert_eq!(wrong(prefix, text), code, "{text}");
    }
}

#[test]
fn programs() {
    let mut theory = theory(&with_data(
        "fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
           (append nil 'ys) = 'ys.
           (append (cons 'x 'xs) 'ys) = (cons 'x (append 't 'xs 'ys)).
         }
         fun reverse : [('t : type) -> (list 't) -> (list 't)] {
           (reverse 't (nil 't)) = (nil 't).
           (reverse 't (cons 't 'x 'xs)) = (append (reverse 'xs) (cons 'x (nil 't))).
         }
         fun map : [('a : type) -> ('b : type) -> ['a -> 'b] -> (list 'a) -> (list 'b)] {
           (map '_ nil) = (nil 'b).
           (map 'f (cons 'x 'xs)) = (cons ('f 'x) (map 'f 'xs)).
         }
         fun mirror : [(t : type) -> (tree t) -> (tree t)] {
           (mirror leaf) = (leaf t).
           (mirror (node 'l 'x 'r)) = (node (mirror 'r) 'x (mirror 'l)).
         }
         fun ack : [nat -> nat -> nat] {
           (ack z 'm) = (s 'm).
           (ack (s 'n) z) = (ack 'n (s z)).
           (ack (s 'n) (s 'm)) = (ack 'n (ack (s 'n) 'm)).
         }
         fun half : [nat -> nat] { (half z) = z. (half (s z)) = z. (half (s (s 'n))) = (s (half 'n)). }
         fun swapped : [nat -> nat -> nat] { (swapped 'n z) = 'n. (swapped 'n (s 'm)) = (swapped (s 'n) 'm). }
         fun even : [nat -> prop] { (even z) = (= z z). (even (s 'n)) = [(even 'n) -> (= z (s z))]. }
         fun iterate : [nat -> [nat -> nat] -> [nat -> nat]] {
           (iterate z 'f) = (lambda (x : nat) x).
           (iterate (s 'n) 'f) = (lambda (x : nat) ('f (iterate 'n 'f x))).
         }
         fun square : [nat -> nat] { (square 'n) = (iterate 'n (ack 'n) z). }
         fun zip : [('a : type) -> ('b : type) -> (list 'a) -> (list 'b) -> nat] {
           (zip nil 'ys) = z. short : (zip (cons 'x 'xs) nil) = z.
           (zip (cons 'x 'xs) (cons 'y 'ys)) = (s (zip 'xs 'ys)).
         }
         data empty { }
         fun absurd : [('t : type) -> empty -> 't] { }
         fun absurd2 : [nat -> empty -> nat] { (absurd2 z 'e) = z. }
         data ord { zero : ord. lim : [[nat -> ord] -> ord]. }
         fun next : [ord -> nat -> ord] {
           (next zero 'n) = (lim (lambda (m : nat) zero)).
           (next (lim 'g) 'n) = (lim (lambda (m : nat) (next ('g (s m)) 'n))).
         }
         numbers : type = nat. fun double : [numbers -> nat] { (double z) = z. (double (s 'n)) = (s (s (double 'n))). }",
    ));
    require_types(
        &mut theory,
        &[
            ("append_nil", "[('t : type) -> ('ys : (list 't)) -> (= (append 't (nil 't) 'ys) 'ys)]"),
            (
                "map_cons",
                "[('a : type) -> ('b : type) -> ('f : ['a -> 'b]) -> ('x : 'a) -> ('xs : (list 'a))
                  -> (= (map 'f (cons 'x 'xs)) (cons ('f 'x) (map 'f 'xs)))]",
            ),
            (
                "mirror_node",
                "[('t : type) -> ('l : (tree 't)) -> ('x : 't) -> ('r : (tree 't))
                  -> (= (mirror (node 'l 'x 'r)) (node (mirror 'r) 'x (mirror 'l)))]",
            ),
            ("ack_s_s", "[('n : nat) -> ('m : nat) -> (= (ack (s 'n) (s 'm)) (ack 'n (ack (s 'n) 'm)))]"),
            ("half_s_z", "(= (half (s z)) z)"),
            ("even_s", "[('n : nat) -> (= (even (s 'n)) [(even 'n) -> (= z (s z))])]"),
            ("iterate_z", "[('f : [nat -> nat]) -> (= (iterate z 'f) (lambda (x : nat) x))]"),
            ("square_def", "[('n : nat) -> (= (square 'n) (iterate 'n (ack 'n) z))]"),
            ("zip_nil", "[('a : type) -> ('b : type) -> ('ys : (list 'b)) -> (= (zip (nil 'a) 'ys) z)]"),
            (
                "short",
                "[('a : type) -> ('b : type) -> ('x : 'a) -> ('xs : (list 'a)) -> (= (zip (cons 'x 'xs) (nil 'b)) z)]",
            ),
            (
                "next_lim",
                "[('g : [nat -> ord]) -> ('n : nat)
                  -> (= (next (lim 'g) 'n) (lim (lambda (m : nat) (next ('g (s m)) 'n))))]",
            ),
        ],
    );
    let ack = theory.declared.function(constant(&theory, "ack")).unwrap().clone();
    let names: Vec<String> =
        ack.clauses.iter().map(|clause| theory.environment.declaration(clause.axiom).name.to_string()).collect();
    assert_eq!((ack.arity, ack.parameters, names), (2, 0, ["ack_z", "ack_s_z", "ack_s_s"].map(str::to_owned).to_vec()));
    let zip = theory.declared.function(constant(&theory, "zip")).unwrap();
    assert_eq!((zip.arity, zip.parameters, zip.clauses.len()), (2, 2, 3));
    assert_eq!(theory.declared.function(constant(&theory, "absurd")).unwrap().clauses, []);
}

/// The sides that are remembered of a clause are those of its axiom.
#[test]
fn clauses_are_remembered_as_patterns() {
    let mut theory = theory(&with_data(ADD));
    let function = theory.declared.function(constant(&theory, "+")).unwrap().clone();
    let clause = function.clauses[1];
    let numbers = [theory.statement("(= z (s z))"), theory.statement("(= z (s (s z)))")].map(Result::unwrap);
    let values = numbers.map(|equation| theory.environment.store.spine(equation).1[2]);
    assert_eq!(clause.binders, 2);
    let store = &mut theory.environment.store;
    let sides = [clause.left, clause.right].map(|side| store.instantiate(side, &values));
    let expected = theory.statement("(= (+ (s z) (s (s (s z)))) (s (+ (s z) (s (s z)))))").unwrap();
    assert_eq!(theory.environment.store.spine(expected).1[1..], sides);
}

#[test]
fn attributes_are_those_a_person_would_write() {
    let text = with_data(&[ADD, "fun length : [('t : type) -> (list 't) -> nat] { (length nil) = z. (length (cons 'x 'xs)) = (s (length 'xs)). }"].concat());
    let mut theory = theory(&text);
    let shown = |theory: &Theory, name: &str| {
        let attributes = &theory.attributes[&constant(theory, name)];
        format!("{:?} {:?}", attributes.forward, attributes.backward)
    };
    let cases = [
        ("nat_ind", "#backward nat_ind."),
        ("list_ind", "#backward list_ind."),
        ("z_ne_s", "#backward z_ne_s infer infer infer."),
        ("nil_ne_cons", "#backward nil_ne_cons infer infer infer infer infer."),
        ("s_inj", "#forward s_inj ('_ : (= (s 'x) (s 'y)))."),
        ("cons_inj_2", "#forward cons_inj_2 ('_ : (= (list 't) (cons 't 'x1 'x2) (cons 't 'y1 'y2)))."),
        (
            "node_inj_left",
            "#forward node_inj_left ('_ : (= (tree 't) (node 't 'left 'at 'right) (node 't 'left' 'at' 'right'))).",
        ),
        ("+_z", "#forward +_z ((+ 'n z) : nat)."),
        ("+_s", "#forward +_s ((+ 'n (s 'm)) : nat)."),
        ("length_cons", "#forward length_cons ((length 't (cons 't 'x 'xs)) : nat)."),
    ];
    for (name, attribute) in cases {
        let generated = shown(&theory, name);
        assert!(theory.attributes[&constant(&theory, name)].is_generated);
        let report = theory.load_into(SourceText::text("attribute", attribute), &NoImports);
        assert!(report.is_fine(), "{attribute}: {report:?}");
        assert_eq!(shown(&theory, name), generated, "{name}");
        // What is written replaces what was generated.
        assert!(!theory.attributes[&constant(&theory, name)].is_generated);
    }
    for name in ["nat", "z", "s", "cons", "+"] {
        assert!(!theory.attributes.contains_key(&constant(&theory, name)), "{name}");
    }
    let theory = self::theory(&with_data("#backward s_inj. #forward nat_ind ('n : nat). #backward nat_ind."));
    let of = |name| &theory.attributes[&constant(&theory, name)];
    assert!(of("s_inj").forward.is_none() && of("s_inj").backward.is_some());
    assert!(of("nat_ind").forward.is_some() && of("nat_ind").backward.is_some());
}

#[test]
fn a_proof_by_induction_over_lists_is_accepted() {
    let text = with_data(
        "fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
           (append nil 'ys) = 'ys.
           (append (cons 'x 'xs) 'ys) = (cons 'x (append 't 'xs 'ys)).
         }
         theorem append_nil_right : [('t : type) -> ('xs : (list 't)) -> (= (append 'xs (nil 't)) 'xs)] {
           intro t : type.
           apply list_ind.
           goal (= (append (nil t) (nil t)) (nil t)) { show (= (append (nil t) (nil t)) (nil t)) by append_nil. }
           goal [('x : t) -> ('xs : (list t)) -> (= (append 'xs (nil t)) 'xs)
                 -> (= (append (cons 'x 'xs) (nil t)) (cons 'x 'xs))] {
             intro x : t.
             intro xs : (list t).
             intro ih : (= (append xs (nil t)) xs).
             show (= (append (cons x xs) (nil t)) (cons x (append xs (nil t)))) by append_cons.
             show (= (append (cons x xs) (nil t)) (cons x xs)) by rewrite.
           }
         }
         theorem no_fixed_point : [('n : nat) -> (= 'n (s 'n)) -> ('P : prop) -> 'P] {
           apply nat_ind.
           goal [(= z (s z)) -> ('P : prop) -> 'P] {
             intro e : (= z (s z)).
             intro P : prop.
             show P by z_ne_s.
           }
           goal [('n : nat) -> [(= 'n (s 'n)) -> ('P : prop) -> 'P] -> (= (s 'n) (s (s 'n))) -> ('P : prop) -> 'P] {
             intro n : nat.
             intro ih : [(= n (s n)) -> ('P : prop) -> 'P].
             intro e : (= (s n) (s (s n))).
             intro P : prop.
             show (= n (s n)) by s_inj.
             show P by ih.
           }
         }",
    );
    let theory = theory(&text);
    let axioms = |name| theory.environment.axioms_of(constant(&theory, name));
    let mut used = axioms("append_nil_right");
    used.sort_unstable();
    let expected = ["=", "append", "append_cons", "append_nil", "cons", "list", "list_ind", "nil", "rewrite"];
    assert_eq!(used.iter().filter(|name| **name != "eq_refl").copied().collect::<Vec<_>>(), expected);
    assert!(["nat_ind", "z_ne_s", "s_inj"].iter().all(|name| axioms("no_fixed_point").contains(name)));
}

#[test]
fn refusals_are_explained() {
    let refused = [
        "fun f : [nat -> nat -> nat] { (f z 'm) = 'm. (f (s 'n) (s 'm)) = (f 'n 'm). }",
        "fun f : [(list nat) -> nat] { (f nil) = z. (f (cons z 'xs)) = z. }",
        "fun f : [nat -> nat -> nat] { (f z 'm) = z. (f 'n z) = z. (f z z) = z. }",
        "fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = (f (s (s 'n))). }",
        "fun f : [nat -> nat -> nat] { (f z 'm) = z. (f (s 'n) 'm) = (f 'm (s 'n)). }",
        "fun f : [nat -> nat], g : [nat -> nat] { (f z) = z. (f (s 'n)) = (g 'n). (g 'n) = (f (s 'n)). }",
        "fun f : [nat -> nat] { (f n) = n. }",
        "data d { c : [[d -> nat] -> d]. }",
        "data rose { branch : [(list rose) -> rose]. }",
        "data d { c : [('t : type) -> 't -> d]. }",
        "data d ('t : type) { c : ['t -> (d nat)]. }",
        "data a { c : [b -> a]. } data b { d : b. }",
        "z_ne_y : nat. data d { z_ : d. c : d. } data e { y : e. x : e. } data f { x_ : f. y_ne_x : f. }",
        "fun f : [nat -> nat -> nat] { (f z z) = z. (f z (s 'm)) = z. (f (s z) z) = z. (f (s (s 'n)) z) = z. (f (s 'n) (s z)) = z. (f (s 'n) (s (s 'm))) = z. }",
    ];
    insta::assert_snapshot!(refused.map(report).join("\n"));
}

#[test]
fn hostile_sizes_end_in_an_error() {
    let constructors = |count: usize| {
        let mut text = format!("{EQUALITY}data d {{");
        for index in 0..count {
            let _ = write!(text, " c{index} : d.");
        }
        text + " }"
    };
    // Each pair of constructors has an axiom.
    let large = theory(&constructors(256));
    assert_eq!(large.environment.declarations().len(), 4 + 1 + 256 + 1 + 256 * 255 / 2);
    assert_eq!(outcome(&constructors(2_000)).0, ["declaration-too-large"]);
    assert_eq!(outcome(&constructors(100_000)).0, ["declaration-too-large"]);

    let arguments = format!("{EQUALITY}data d {{ c : [{} d]. }}", "d -> ".repeat(50_000));
    assert_eq!(outcome(&arguments).0, ["declaration-too-large"]);
    let parameters: Vec<String> = (0..50_000).map(|index| format!("'t{index} : type")).collect();
    let parameters = format!("{EQUALITY}data d ({}) {{ }} {EQUALITY}", parameters.join(", "));
    assert_eq!(outcome(&parameters).0, ["duplicate-name"]);
    let many = |count: usize| (0..count).map(|index| format!("c{index} : (d 't). ")).collect::<String>();
    let parameters: Vec<String> = (0..5_000).map(|index| format!("'t{index} : type")).collect();
    let parameters = format!("{EQUALITY}data d ({}) {{ {} }}", parameters.join(", "), many(5_000));
    assert_eq!(outcome(&parameters).0, ["declaration-too-large"]);
    let names = |letter: &str| letter.repeat(100_000);
    let mut long = format!("{EQUALITY}data d {{");
    for letter in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"] {
        let _ = write!(long, " {} : d.", names(letter));
    }
    assert_eq!(outcome(&(long + " }")).0, ["declaration-too-large"]);

    // A type that is too high, in the induction axiom if not by itself.
    let deep = |depth: usize| format!("{}nat{}", "[nat -> ".repeat(depth), "]".repeat(depth));
    let high = with_data(&format!("data d {{ c : [{} -> d]. }}", deep(99_000)));
    assert!(matches!(outcome(&high).0[..], [] | ["declaration-too-large"]), "{:?}", outcome(&high).0);

    let nested = |depth: usize| format!("{}'n{}", "(s ".repeat(depth), ")".repeat(depth));
    for depth in [150, 50_000] {
        let text = with_data(&format!("fun f : [nat -> nat] {{ (f {}) = z. }}", nested(depth)));
        assert_eq!(outcome(&text).0, ["declaration-too-large"]);
    }
    // A table of 80 times 256 clauses is sorted into too many cases, a smaller one is not.
    let table = |rows: usize, columns: usize| {
        let mut text = constructors(256) + "\nfun f : [d -> d -> d] {";
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let _ = write!(text, " (f c{row} c{column}) = c{}.", row * column % 256);
        }
        text + " }"
    };
    assert_eq!(outcome(&table(80, 256)).0, ["declaration-too-large"]);
    assert_eq!(outcome(&table(6, 256)).0, ["missing-case"]);
    // Each clause has a variable of a large type.
    let large = format!("{}nat{}", "['t -> ".repeat(2_000), "]".repeat(2_000));
    let mut text = format!("{}{NAT}fun f : [('t : type) -> d -> {large} -> nat] {{", constructors(256));
    for index in 0..256 {
        let _ = write!(text, " (f c{index} 'x) = z.");
    }
    assert_eq!(outcome(&(text + " }")).0, ["declaration-too-large"]);
    let mut many = String::from("fun f : [nat -> nat] {");
    for index in 0..20_000 {
        let _ = write!(many, " c{index} : (f 'n) = z.");
    }
    assert_eq!(outcome(&with_data(&(many + "}"))).0, ["overlapping-clauses"]);
}

#[test]
fn the_parts_of_what_was_refused_are_known_as_refused() {
    let text = with_data("data d { c : nat. } fun f : [nat -> nat] { one : (f z) = z. } x : (= c c). #forward one.");
    let (_, report) = toy::report(&text);
    let errors: Vec<_> =
        report.errors().map(|(_, error)| (error.code, error.hint.clone().unwrap_or_default())).collect();
    assert_eq!(
        errors.iter().map(|error| error.0).collect::<Vec<_>>(),
        ["bad-constructor", "missing-case", "unknown-name", "unknown-name"]
    );
    assert!(errors[2].1.contains("refused") && errors[3].1.contains("refused"), "{errors:?}");
    let missing: Vec<&str> = report.files[0].missing.iter().map(|missing| &*missing.name).collect();
    assert_eq!(missing, ["d", "f", "x"]);
}
