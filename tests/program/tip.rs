//! `prover import --from tip`: the translations of problems, and the errors on those outside of the fragment.

#[path = "tip/evaluation.rs"]
mod evaluation;
#[path = "tip/interpreter.rs"]
mod interpreter;

use std::path::PathBuf;

use crate::place::root;
use crate::program::prover;
use crate::toy::report;
use prover::tip::import;

/// A problem with most of the supported constructs; the property is one of those of the collection.
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
        ("(prove (= (exists ((x Nat)) (= x x)) true))", "`exists` as a value is outside of the fragment"),
        ("(prove (= 1.5 Z))", "`1.5` is not declared, or outside of the fragment"),
        ("(prove (= 1 Z))", "the types do not fit: `Int` and `Nat`"),
        ("(prove (= 10001 1))", "`10001` is too large"),
        ("(prove (forall ((x Real)) (= x x)))", "the type `Real` is not declared, or outside of the fragment"),
        ("(prove (forall ((x Int)) (= (div x x) 1)))", "`div` by anything but a numeral that is not 0"),
        ("(prove (forall ((x Int)) (= (mod x 0) 1)))", "`mod` by anything but a numeral that is not 0"),
        ("(define-fun f (par (a) (((x a) (y a)) Bool)) (<= x y))", "`<=` is about integers; this has the type `'a`"),
        ("(define-fun f ((x (=> Nat Nat))) Bool (= x x))", "equality of functions (`[Nat -> Nat]`) as a value"),
        ("(define-fun f ((x Nat)) Nat (match x ((Z x))))", "this `match` has no case for `S`"),
        ("(define-fun f ((x Nat)) Nat (match x (((T y) x))))", "`T` is no constructor"),
        ("(define-fun f ((x Nat)) Nat (match x (((S) x))))", "`S` has 1 fields"),
        ("(define-fun f ((x Nat)) Nat (f x x))", "this is given too many arguments"),
        ("(define-fun f ((x Nat)) Nat (g x))", "`g` is not declared, or outside of the fragment"),
        ("(define-fun f ((x Nat)) Nat", "this `(` is never closed"),
        ("(declare-sort A 1)", "sorts with parameters"),
        ("(declare-datatype Nat ((Y)))", "`Nat` is declared a second time"),
        ("(declare-const u (par (a) a))", "the type `a` is not declared, or outside of the fragment"),
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
    assert!(status == 2 && out.is_empty(), "{err}");
    assert!(err.starts_with("error: p.smt2:4:17: `f` is not seen to end: its call `(f 'x)`"), "{err}");
    assert!(!folder.path().join("q.peano").exists());
    std::fs::write(&path, "(declare-datatype A ((B (c (=> A A)))))").unwrap();
    let (status, out, err) = prover(folder.path(), &["import", "p.smt2", "-o", "q.peano"]);
    assert!(status == 2 && out.is_empty() && err.contains("p.smt2 is read, but what it says is refused"), "{err}");
    assert!(!folder.path().join("q.peano").exists());
    std::fs::write(&path, "(prove (=\n  x").unwrap();
    let (status, _, err) = prover(folder.path(), &["import", "p.smt2"]);
    assert_eq!((status, &*err), (2, "error: p.smt2:1:8: this `(` is never closed\n"));
}

/// Lists of integers, natural numbers and some functions on them.
const WORLD: &str = "
(declare-datatype L ((E) (K (hd Int) (tl L))))
(declare-datatype N ((O) (I (p N))))
(define-fun-rec append ((x L) (y L)) L (match x ((E y) ((K z u) (K z (append u y))))))
(define-fun-rec twice ((x L)) L (match x ((E E) ((K y u) (K y (K y (twice u)))))))
(define-fun-rec pick (par (a) (((n N) (x a)) a)) (match n ((O x) ((I m) (pick m x)))))
(define-fun-rec konst ((n N)) (=> L L) (match n ((O (lambda ((x L)) x)) ((I m) (konst m)))))
";

#[test]
fn functions_that_are_not_seen_to_end_are_refused_by_name() {
    let at = WORLD.len();
    let functions = [
        ("f", "(define-fun-rec f ((x L)) L (f x))"),
        ("f", "(define-fun-rec f ((x L)) L (match x ((E E) ((K y u) (f (append u (K y E)))))))"),
        ("f", "(define-fun-rec f ((x L)) L (match x ((E E) ((K y u) (f (twice u))))))"),
        ("f", "(define-fun-rec f ((n N) (x L)) L (match x ((E E) ((K y u) (f n (pick n x))))))"),
        ("f", "(define-fun-rec f ((n N) (x L)) L (match x ((E E) ((K y u) (f n (@ (konst n) x))))))"),
        ("f", "(define-fun-rec f ((g (=> L L)) (x L)) L (match x ((E E) ((K y u) (f g (@ g u))))))"),
        ("f", "(define-fun-rec f ((g (=> (=> L L) L)) (x L)) L (@ g (lambda ((y L)) (f g y))))"),
        ("f", "(define-fun-rec f ((x L)) L (match x ((E E) ((K y u) (match (f u) ((E E) ((K z w) (f w))))))))"),
        ("f", "(define-fun-rec f ((x Int)) Int (ite (= x 0) 0 (f (- x 1))))"),
        ("f", "(define-fun-rec f ((x Int)) Int (ite (> x 0) (f (+ x 1)) 0))"),
        ("f", "(define-fun-rec f ((x Int) (y Int)) Int (ite (> x y) (f (+ x 1) y) 0))"),
        ("f", "(define-fun-rec f ((x Int) (y Int)) Int (ite (< x y) (f (+ x 1) (+ y 1)) 0))"),
        ("f", "(define-fun-rec f ((x Int) (y Int)) Int (ite (< x y) (f x y) 0))"),
        ("f", "(define-fun-rec f ((x Int) (y Int)) Int (ite (< x y) (f (+ x 1) y) (f y x)))"),
        ("f", "(define-fun-rec f ((x Int)) L (ite (= x 0) E (K (mod x 2) (f (div x 2)))))"),
        ("f", "(define-fun-rec f ((x Int)) Int (ite (> x 100) (- x 10) (f (f (+ x 11)))))"),
        ("c", "(define-fun-rec c () L (K 0 c))"),
        ("g", "(define-funs-rec ((f ((x L)) L) (g ((x L)) L)) ((g x) (f x)))"),
        ("g", "(define-funs-rec ((f ((x L)) L) (g ((x L)) L)) ((K 0 (g x)) (K 1 (f x))))"),
        (
            "g",
            "(define-funs-rec ((f ((x L)) L) (g ((x L)) L))
               ((match x ((E E) ((K y u) (append (f u) (g x))))) (match x ((E E) ((K y u) (append (g u) (f x)))))))",
        ),
    ];
    for (name, text) in functions {
        let error = import(&format!("{WORLD}{text}"), "goal").expect_err(text);
        let says = error.message.contains("not seen to end") || error.message.contains("defined by itself");
        assert!(says && error.at > at, "{text}: {error}");
        let is_named = error.message.starts_with(&format!("`{name}`")) || error.message.starts_with("`f`");
        assert!(is_named, "{text}: {error}");
    }
}

#[test]
fn formulas_become_propositions() {
    let formulas = "
(declare-sort A 0)
(declare-const a A)
(declare-fun q (A) Bool)
(assert (forall ((x A)) (=> (and (q x) (= x a)) (not (q x)))))
(assert (not (q a)))
(prove (exists ((x A) (y A)) (or (q x) (distinct x y))))
(prove (not (exists ((x A)) (and (q x) (forall ((y A)) (= x y))))))
(prove (let ((y a) (z (q a))) (=> z (or (= y a) false))))
(prove (par (b) (forall ((x b) (f (=> b A))) (q (ite (= x x) (@ f x) a)))))
(prove (= (match 3 ((x x))) (- 2)))
";
    let imported = import(formulas, "formula").unwrap();
    insta::assert_snapshot!(imported.theory);
    insta::assert_snapshot!(imported.goals);
    let (mut theory, report) = report(&imported.theory);
    let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
    assert_eq!(errors, [""; 0]);
    assert_eq!(prover::theory::goals::load(&mut theory, &imported.goals).map(|goals| goals.len()), Ok(5));
}

#[test]
fn the_only_negated_assertion_is_a_goal_where_nothing_else_is_to_be_proved() {
    let sort = "(declare-sort A 0)(declare-fun q (A) Bool)";
    let import = |text: &str| import(&format!("{sort}{text}"), "claim").unwrap();
    let negated = "(assert (not (forall ((x A)) (q x))))";
    let goal = import(&format!("(assert (forall ((x A)) (q x))){negated}(check-sat)"));
    assert_eq!(goal.goals, "claim : [('x : A) -> (= (q 'x) true)].\n");
    assert!(goal.theory.contains("assumed_1 : [('x : A) -> (= (q 'x) true)]."));
    let assumed = import(&format!("{negated}(prove (forall ((x A)) (= x x)))"));
    assert_eq!(assumed.goals, "claim : [('x : A) -> (= 'x 'x)].\n");
    assert!(assumed.theory.contains("assumed_1 : [[('x : A) -> (= (q 'x) true)] -> (= true false)]."));
    assert_eq!(import(&format!("{negated}{negated}")).goals, "");
}

#[test]
fn functions_that_call_each_other_and_measures_read_well() {
    let text = "
(declare-datatype list (par (a) ((nil) (cons (head a) (tail (list a))))))
(define-funs-rec
  ((evens (par (a) (((x (list a))) (list a)))) (odds (par (a) (((x (list a))) (list a)))))
  ((match x ((nil (_ nil a)) ((cons y xs) (cons y (odds xs)))))
   (match x ((nil (_ nil a)) ((cons y xs) (evens xs))))))
(define-fun-rec elem (par (a) (((x a) (y (list a))) Bool))
  (match y ((nil false) ((cons z xs) (or (= z x) (elem x xs))))))
(define-fun-rec weave (par (a) (((x (list a)) (y (list a))) (list a)))
  (match x ((nil y) ((cons z xs) (cons z (weave (odds y) xs))))))
(define-fun-rec upto ((x Int) (y Int)) (list Int) (ite (> x y) (_ nil Int) (cons x (upto (+ 1 x) y))))
(prove (par (a) (forall ((x (list a))) (= (weave (evens x) (odds x)) x))))
(prove (forall ((x Int) (y Int)) (=> (<= x y) (elem x (upto x y)))))
(prove (par (a) (forall ((x a) (xs (list a))) (elem x (cons x xs)))))
";
    let imported = import(text, "goal").unwrap();
    insta::assert_snapshot!(imported.theory);
    insta::assert_snapshot!(imported.goals);
    let (_, report) = report(&imported.theory);
    let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
    assert_eq!(errors, [""; 0]);
}

/// A problem in which each of many names is bound to a term with the one before twice.
fn doubled(term: fn(usize) -> String, count: usize, last: &str) -> String {
    let binders: String = (1..=count).map(|index| format!("(let ((x{index} {})) ", term(index - 1))).collect();
    format!("{binders}{last}{}", ")".repeat(count))
}

#[test]
fn hostile_problems_end_in_an_error() {
    let pairs = "(declare-datatype pair (par (a b) ((both (l a) (r b)))))(declare-datatype N ((O) (I (p N))))";
    let deep = format!("{}x{{}}{}", "(I ".repeat(600), ")".repeat(600));
    let lets: String =
        (1..=300).map(|index| format!("(let ((x{index} {})) ", deep.replace("{}", &(index - 1).to_string()))).collect();
    let functions: String = (0..8).map(|one| format!("(f{one} ((x N)) N)")).collect();
    let chain =
        |one: usize| (0..8).fold("O".to_owned(), |rest, other| format!("(add (f{} x) {rest})", (one + other) % 8));
    let bodies: String = (0..8).map(|one| format!("(match x ((O O) ((I x) {})))", chain(one))).collect();
    let add = "(define-fun-rec add ((x N) (y N)) N (match x ((O y) ((I z) (I (add z y))))))";
    let texts = [
        format!("(prove (forall ((x0 N)) (= O {})))", "(I ".repeat(2_000)),
        // Terms and types twice as large with each name.
        format!("(prove (forall ((x0 N)) {}))", doubled(|one| format!("(both x{one} x{one})"), 60, "(= x60 x60)")),
        format!("(define-fun f ((x0 N)) N {})", doubled(|one| format!("(ite (= x{one} O) x{one} x{one})"), 60, "x60")),
        format!("(define-fun f ((x0 N)) N {lets}x300{})", ")".repeat(300)),
        format!("(prove (= {} 0))", "9".repeat(1_000_000)),
        format!("(prove (= 10000 (+{})))", " 10000".repeat(5_000)),
        format!("{add}(define-funs-rec ({functions}) ({bodies}))"),
        format!("(prove (and {}", "(not ".repeat(100_000)),
    ];
    for text in texts {
        let error = import(&format!("{pairs}{text}"), "goal").expect_err(&text[..text.len().min(200)]);
        assert!(error.message.len() < 2_000 && error.at > 0, "{}", error.message);
    }
    // What is long and no more is taken.
    let conjunction = format!("(declare-const b Bool)(prove (and{}))", " b".repeat(100_000));
    assert!(import(&conjunction, "goal").is_ok());
}

#[test]
fn equality_as_a_value_is_proved_to_be_equality() {
    let folder = tempfile::tempdir().unwrap();
    let text = "(declare-datatype N ((O) (I (p N))))
        (define-fun same ((x N) (y N)) Bool (= x y))
        (prove (forall ((x N)) (same x x)))
        (prove (forall ((x N) (y N)) (=> (same x y) (= x y))))";
    std::fs::write(folder.path().join("p.smt2"), text).unwrap();
    assert_eq!(prover(folder.path(), &["import", "-q", "p.smt2"]).0, 0);
    let proved = prover(folder.path(), &["prove", "-q", "--theory", "p.peano", "--goals", "p-goals.peano", "--eqsat"]);
    assert!(proved.0 == 0 && proved.1.ends_with("2 of 2 proved\n"), "{proved:?}");
}

/// The problems of a folder of the collection, where it is at hand.
fn problems(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("../shared/data/tip").join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[test]
fn problems_at_hand_become_theories_that_are_accepted() {
    for (folder, least) in [("isaplanner", 86), ("prod", 74), ("false", 50), ("tip2015", 123)] {
        let (problems, mut count) = (problems(folder), 0);
        for path in &problems {
            let text = std::fs::read_to_string(path).unwrap();
            let imported = match import(&text, "goal") {
                Ok(imported) => imported,
                Err(error) => {
                    let is_known = ["not seen to end", "is about integers", "is not declared"];
                    let message = &error.message;
                    assert!(is_known.iter().any(|known| message.contains(known)), "{}: {message}", path.display());
                    continue;
                }
            };
            let (mut theory, report) = report(&imported.theory);
            let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
            assert_eq!(errors, [""; 0], "{}", path.display());
            let goals = prover::theory::goals::load(&mut theory, &imported.goals);
            assert_eq!(goals.map(|goals| goals.len()), Ok(1), "{}", path.display());
            count += 1;
        }
        assert!(problems.is_empty() || count >= least, "{folder}: {count}");
    }
}

#[test]
fn functions_that_are_handed_on_are_written_without_lambdas_but_in_their_own_clauses() {
    let text = "(declare-datatype L ((N) (C (t L))))
        (define-fun-rec app ((f (=> L L)) (x L)) L (match x ((N N) ((C y) (@ f y)))))
        (define-fun pick ((x L) (y L)) L y)
        (define-fun-rec rec ((x L) (y L)) L (match x ((N y) ((C z) (app (lambda ((w L)) (rec z w)) y)))))
        (prove (forall ((x L)) (= (app (lambda ((y L)) (pick x y)) x) (app (lambda ((y L)) (pick y y)) x))))";
    let imported = import(text, "p").unwrap();
    assert!(
        imported.goals.contains("(= (app (pick 'x) 'x) (app (lambda ('y : L) (pick 'y 'y)) 'x))"),
        "{}",
        imported.goals
    );
    assert!(imported.theory.contains("(lambda ('w : L) (rec 'z 'w))"), "{}", imported.theory);
    assert!(report(&imported.theory).1.is_fine(), "{}", imported.theory);
}
