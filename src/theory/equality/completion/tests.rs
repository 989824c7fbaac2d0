//! Tests of completion on small theories. Every claim is checked by the kernel as the proof of a closed statement.

use super::*;
use crate::Theory;
use crate::equality::tests::facts;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const EQUALITY: &str = "= : [('t : type) -> 't -> 't -> prop].";

/// Completes for a closed statement; a proof goes through the kernel.
fn run(theory: &mut Theory, goal: &str, limits: Limits) -> Report {
    let goal = theory.statement(goal).unwrap();
    let facts = facts(theory);
    theory.environment.set_budget(1_000_000_000);
    let report =
        prove(&mut theory.environment, theory.equality.unwrap(), Scope { facts: &facts, objects: &[] }, goal, limits)
            .unwrap();
    if let Verdict::Proved(proof) = &report.verdict {
        theory.environment.check_proof("claim", goal, proof.term).unwrap();
    }
    report
}

const LIMITS: Limits = Limits { work: 20_000_000, pairs: 1_000_000, weight: 200 };

fn proves(theory: &mut Theory, goal: &str) -> Report {
    let report = run(theory, goal, LIMITS);
    assert!(matches!(report.verdict, Verdict::Proved(_)), "{goal}: {report:?}");
    report
}

const GROUP: &str = "G : type. op : [G -> G -> G]. id : G. inv : [G -> G].
    assoc : [('a : G) -> ('b : G) -> ('c : G) -> (= (op (op 'a 'b) 'c) (op 'a (op 'b 'c)))].
    id_l : [('a : G) -> (= (op id 'a) 'a)]. inv_l : [('a : G) -> (= (op (inv 'a) 'a) id)].";

#[test]
fn groups() {
    let mut theory = Theory::from_text("t", &[EQUALITY, GROUP].concat()).unwrap();
    for goal in [
        "[('a : G) -> (= (op 'a id) 'a)]",
        "[('a : G) -> (= (inv (inv 'a)) 'a)]",
        "[('a : G) -> ('b : G) -> (= (inv (op 'a 'b)) (op (inv 'b) (inv 'a)))]",
        "[('a : G) -> ('b : G) -> ('c : G) -> (= (op 'a 'b) (op 'a 'c)) -> (= 'b 'c)]",
        // Where every square is the identity, the operation is commutative.
        "[[('x : G) -> (= (op 'x 'x) id)] -> ('a : G) -> ('b : G) -> (= (op 'a 'b) (op 'b 'a))]",
    ] {
        proves(&mut theory, goal);
    }
    let report = run(&mut theory, "[('a : G) -> (= (op 'a 'a) id)]", Limits { work: 2_000, ..LIMITS });
    assert_eq!(report.verdict, Verdict::Open(End::Work));
}

#[test]
fn a_complete_system_says_that_there_is_no_proof() {
    let band = "M : type. * : [M -> M -> M]. i : [('x : M) -> (= (* 'x 'x) 'x)].
        a : [('x : M) -> ('y : M) -> ('z : M) -> (= (* (* 'x 'y) 'z) 'x)].";
    let mut theory = Theory::from_text("t", &[EQUALITY, band].concat()).unwrap();
    proves(&mut theory, "[('x : M) -> ('y : M) -> (= (* 'x 'y) 'x)]");
    let report = run(&mut theory, "[('x : M) -> ('y : M) -> (= (* 'x 'y) 'y)]", LIMITS);
    assert_eq!(report.verdict, Verdict::Open(End::Saturated));
}

#[test]
fn variables_on_one_side() {
    let constant = "M : type. * : [M -> M -> M]. law : [('x : M) -> ('y : M) -> ('z : M) -> (= (* 'x 'y) (* 'z 'z))].";
    let mut theory = Theory::from_text("t", &[EQUALITY, constant].concat()).unwrap();
    proves(&mut theory, "[('x : M) -> ('y : M) -> ('z : M) -> (= (* 'x (* 'y 'z)) (* (* 'z 'z) 'x))]");
    let trivial = "M : type. f : [M -> M]. law : [('x : M) -> ('y : M) -> (= (f 'x) 'y)].";
    let mut theory = Theory::from_text("t", &[EQUALITY, trivial].concat()).unwrap();
    proves(&mut theory, "[('x : M) -> ('y : M) -> (= 'x 'y)]");
    // A type without anything known to be in it says nothing of another.
    let empty = "M : type. N : type. f : [N -> M]. a : M. b : M. l : [('n : N) -> (= (f 'n) a)].
        r : [('n : N) -> (= (f 'n) b)].";
    let mut theory = Theory::from_text("t", &[EQUALITY, empty].concat()).unwrap();
    assert!(matches!(run(&mut theory, "(= a b)", LIMITS).verdict, Verdict::Open(_)));
    proves(&mut theory, "[('n : N) -> (= a b)]");
}

#[test]
fn facts_that_are_quantified_over_types() {
    let lists = "list : [type -> type]. nil : [('t : type) -> (list 't)].
        app : [('t : type) -> (list 't) -> (list 't) -> (list 't)].
        n : [('t : type) -> ('x : (list 't)) -> (= (app (nil 't) 'x) 'x)].
        a : [('t : type) -> ('x : (list 't)) -> ('y : (list 't)) -> ('z : (list 't)) ->
             (= (app (app 'x 'y) 'z) (app 'x (app 'y 'z)))].";
    let mut theory = Theory::from_text("t", &[EQUALITY, lists].concat()).unwrap();
    proves(
        &mut theory,
        "[('t : type) -> ('x : (list 't)) -> ('y : (list 't)) -> (= (app (app (nil 't) 'x) (app 'y 'x)) (app (app 'x 'y) 'x))]",
    );
}

#[test]
fn definitions_and_premises_that_are_given() {
    let text = "M : type. s : [M -> M]. + : [M -> M -> M]. z : M. one : M = (s z).
        twice : [M -> M] = (lambda ('x : M) (+ 'x 'x)).
        inj : [('a : M) -> ('b : M) -> (= (s 'a) (s 'b)) -> (= 'a 'b)].
        pz : [('a : M) -> (= (+ 'a z) 'a)].
        ps : [('a : M) -> ('b : M) -> (= (+ 'a (s 'b)) (s (+ 'a 'b)))].";
    let mut theory = Theory::from_text("t", &[EQUALITY, text].concat()).unwrap();
    proves(&mut theory, "(= (twice one) (s one))");
    proves(&mut theory, "[('a : M) -> ('b : M) -> (= (s 'a) (s 'b)) -> (= (twice 'a) (+ 'b 'a))]");
}

#[test]
fn every_derived_equation_has_a_proof() {
    for text in [[EQUALITY, GROUP].concat(), [EQUALITY, RING].concat()] {
        let mut theory = Theory::from_text("t", &text).unwrap();
        let facts = facts(&mut theory);
        let carrier = if text.contains("G : type") { "G" } else { "R" };
        let goal = theory.statement(&format!("[('x : {carrier}) -> ('y : {carrier}) -> (= 'x 'y)]")).unwrap();
        let (env, equality) = (&mut theory.environment, theory.equality.unwrap());
        env.set_budget(1_000_000_000);
        let Opened { goal, .. } = Opened::new(env, &facts, goal).unwrap();
        let (mut problem, left, right) =
            Problem::new(env, &equality, Scope { facts: &facts, objects: &[] }, goal).unwrap().unwrap();
        let mut completion = Completion::new(&mut problem, Limits { work: 100_000, ..LIMITS });
        assert!(completion.run(env, left, right).is_err());
        let rules = completion.rules;
        let mut checked = 0;
        for rule in &rules {
            let rule::Origin::Chain(chain) = &rule.origin else { continue };
            let derivation = Derivation::new(&mut problem.bank, &rules, chain.clone()).unwrap();
            let proof = Prover::new(env, equality, &mut problem, &rules).proof(&derivation).unwrap();
            let [left, right] = [rule.left, rule.right].map(|side| problem.term(env, side));
            let (eq, ty) = (env.store.constant(equality.eq), problem.ty(rule.left));
            let expected = env.store.apps(eq, &[ty, left, right]);
            let found = env.infer(proof.term).unwrap();
            assert_eq!(env.definitionally_equal(found, expected), Ok(true));
            checked += 1;
        }
        assert!(checked > 20, "{checked}");
    }
}

/// Classes of terms without variables, made by joining until nothing changes.
fn naive_closure(terms: &[Vec<usize>], equations: &[(usize, usize)]) -> Vec<usize> {
    let mut class: Vec<usize> = (0..terms.len()).collect();
    let join = |class: &mut Vec<usize>, a: usize, b: usize| {
        let (from, to) = (class[a], class[b]);
        class.iter_mut().filter(|class| **class == from).for_each(|class| *class = to);
        from != to
    };
    for &(a, b) in equations {
        join(&mut class, a, b);
    }
    loop {
        let mut changed = false;
        for a in 0..terms.len() {
            for b in 0..a {
                let same = |(x, y): (&usize, &usize)| class[*x] == class[*y];
                let alike = terms[a].len() == terms[b].len() && terms[a].len() > 1 && terms[a][0] == terms[b][0];
                if alike && terms[a][1..].iter().zip(&terms[b][1..]).all(same) {
                    changed |= join(&mut class, a, b);
                }
            }
        }
        if !changed {
            return class;
        }
    }
}

#[test]
fn ground_word_problems_agree_with_a_naive_congruence_closure() {
    let language = "M : type. a : M. b : M. c : M. d : M. f : [M -> M]. g : [M -> M -> M].";
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut equal, mut different) = (0, 0);
    for _ in 0..150 {
        // Each term is a symbol (0 for f, 1 for g; constants have a list of their own number alone) with earlier
        // terms.
        let mut terms: Vec<Vec<usize>> = (0..4).map(|constant| vec![constant]).collect();
        let mut texts: Vec<String> = ["a", "b", "c", "d"].map(String::from).to_vec();
        while terms.len() < 24 {
            let (x, y) = (rng.random_range(0..terms.len()), rng.random_range(0..terms.len()));
            let (term, text) = match rng.random_range(0..2) {
                0 => (vec![0, x], format!("(f {})", texts[x])),
                _ => (vec![1, x, y], format!("(g {} {})", texts[x], texts[y])),
            };
            if !texts.contains(&text) {
                terms.push(term);
                texts.push(text);
            }
        }
        let mut pair = || (rng.random_range(0..terms.len()), rng.random_range(0..terms.len()));
        let equations: Vec<(usize, usize)> = (0..12).map(|_| pair()).collect();
        let goals: Vec<(usize, usize)> = (0..4).map(|_| pair()).collect();
        let axioms = equations.iter().enumerate();
        let axioms = axioms.map(|(n, &(x, y))| format!("e{n} : (= {} {}).", texts[x], texts[y]));
        let text = [EQUALITY.to_owned(), language.to_owned()].into_iter().chain(axioms).collect::<String>();
        let mut theory = Theory::from_text("t", &text).unwrap();
        let class = naive_closure(&terms, &equations);
        for (x, y) in goals {
            let verdict = run(&mut theory, &format!("(= {} {})", texts[x], texts[y]), LIMITS).verdict;
            match class[x] == class[y] {
                true => assert!(matches!(verdict, Verdict::Proved(_)), "{text} {} = {}", texts[x], texts[y]),
                false => assert_eq!(verdict, Verdict::Open(End::Saturated), "{text} {} = {}", texts[x], texts[y]),
            }
            equal += usize::from(class[x] == class[y] && x != y);
            different += usize::from(class[x] != class[y]);
        }
    }
    assert!(equal > 50 && different > 50, "{equal} {different}");
}

/// A commutative ring without differences.
const RING: &str = "R : type. + : [R -> R -> R]. * : [R -> R -> R]. o : R. e : R.
    pc : [('x : R) -> ('y : R) -> (= (+ 'x 'y) (+ 'y 'x))].
    pa : [('x : R) -> ('y : R) -> ('z : R) -> (= (+ (+ 'x 'y) 'z) (+ 'x (+ 'y 'z)))].
    mc : [('x : R) -> ('y : R) -> (= (* 'x 'y) (* 'y 'x))].
    ma : [('x : R) -> ('y : R) -> ('z : R) -> (= (* 'x (* 'y 'z)) (* (* 'x 'y) 'z))].
    d : [('x : R) -> ('y : R) -> ('z : R) -> (= (* 'x (+ 'y 'z)) (+ (* 'x 'y) (* 'x 'z)))].
    u : [('x : R) -> (= (+ 'x o) 'x)]. v : [('x : R) -> (= (* e 'x) 'x)]. w : [('x : R) -> (= (* 'x o) o)].";

/// Normal forms by laws for a closed statement; a proof goes through the kernel.
fn algebra(theory: &mut Theory, goal: &str) -> (algebra::Verdict, usize) {
    let goal = theory.statement(goal).unwrap();
    let facts = facts(theory);
    theory.environment.set_budget(1_000_000_000);
    let before = theory.environment.store.len();
    let equality = theory.equality.unwrap();
    let verdict = algebra::prove(&mut theory.environment, equality, &facts, goal, algebra::STEPS).unwrap();
    let after = theory.environment.store.len();
    if let algebra::Verdict::Proved(proof) = verdict {
        theory.environment.check_proof("claim", goal, proof).unwrap();
    }
    (verdict, after - before)
}

/// A sum of variables, in the order given, brackets to the left or to the right.
fn sum(order: impl DoubleEndedIterator<Item = usize>, left: bool) -> String {
    let names = order.map(|number| format!("'x{number}"));
    let joined = match left {
        true => names.reduce(|sum, name| format!("(+ {sum} {name})")),
        false => names.rev().reduce(|sum, name| format!("(+ {name} {sum})")),
    };
    joined.unwrap()
}

fn binders(count: usize) -> String {
    (0..count).map(|number| format!("('x{number} : R) -> ")).collect()
}

#[test]
fn sums_are_sorted_in_n_log_n() {
    let mut theory = Theory::from_text("t", &[EQUALITY, RING].concat()).unwrap();
    let mut sizes = Vec::new();
    for count in [50, 100, 200] {
        let goal = format!("[{}(= {} {})]", binders(count), sum(0..count, true), sum((0..count).rev(), true));
        let (verdict, terms) = algebra(&mut theory, &goal);
        assert!(matches!(verdict, algebra::Verdict::Proved(_)), "{verdict:?}");
        sizes.push(terms as f64);
    }
    // From 50 to 200 by four times log 200 / log 50, and not by sixteen times.
    assert!(sizes[2] / sizes[0] < 6.5, "{sizes:?}");
}

#[test]
fn powers_are_multiplied_out() {
    let mut theory = Theory::from_text("t", &[EQUALITY, RING].concat()).unwrap();
    let power = |count| (1..count).fold("(+ 'x0 'x1)".to_owned(), |power, _| format!("(* {power} (+ 'x0 'x1))"));
    let monomials = |count: u32| {
        (0..1u32 << count).map(move |bits| {
            let factors = (0..count).map(move |bit| if bits >> bit & 1 == 0 { "'x0" } else { "'x1" }.to_owned());
            factors.rev().reduce(|product, factor| format!("(* {factor} {product})")).unwrap()
        })
    };
    for count in [2, 3, 4, 6] {
        let sum = monomials(count).reduce(|sum, monomial| format!("(+ {monomial} {sum})")).unwrap();
        let goal = format!("[{}(= {} {sum})]", binders(2), power(count));
        let (verdict, _) = algebra(&mut theory, &goal);
        assert!(matches!(verdict, algebra::Verdict::Proved(_)), "{verdict:?}");
        let wrong = format!("[{}(= {} (+ 'x0 {sum}))]", binders(2), power(count));
        assert_eq!(algebra(&mut theory, &wrong).0, algebra::Verdict::Different);
    }
    let units = "[('x : R) -> ('y : R) -> (= (+ (* (* 'x e) (+ 'y o)) (* o 'y)) (* 'y 'x))]";
    assert!(matches!(algebra(&mut theory, units).0, algebra::Verdict::Proved(_)));
    let large = format!("[{}(= {} {})]", binders(2), power(30), power(31));
    assert_eq!(algebra(&mut theory, &large).0, algebra::Verdict::TooLarge);
}
