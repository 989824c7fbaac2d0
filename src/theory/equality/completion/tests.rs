//! Completion on small theories. Whatever it claims is checked by the kernel as the proof of a closed statement.

use super::*;
use crate::Theory;
use prover_logic::{Sort, TermId};

const EQUALITY: &str = "= : [('t : type) -> 't -> 't -> prop].";

/// The propositions of a theory with their proofs, in the order of their declaration.
fn facts(theory: &mut Theory) -> Vec<(TermId, TermId)> {
    let constants: Vec<_> = theory.environment.declarations().map(|(id, declaration)| (id, declaration.ty)).collect();
    let environment = &mut theory.environment;
    let is_fact = |&(_, ty): &(_, TermId)| environment.sort_of(ty) == Ok(Sort::Prop);
    let found: Vec<_> = constants.into_iter().filter(is_fact).collect();
    found.into_iter().map(|(id, ty)| (ty, theory.environment.store.constant(id))).collect()
}

/// Completes for a closed statement; a proof goes through the kernel.
fn run(theory: &mut Theory, goal: &str, limits: Limits) -> Report {
    let goal = theory.statement(goal).unwrap();
    let facts = facts(theory);
    theory.environment.set_budget(1_000_000_000);
    let report = prove(&mut theory.environment, theory.equality.unwrap(), &facts, goal, limits).unwrap();
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

#[test]
fn groups() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../theories/groups.peano")).unwrap();
    let goals = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../goals/groups.peano")).unwrap();
    let mut theory = Theory::from_text("t", &text).unwrap();
    for line in goals.lines().filter(|line| line.contains(" : ")) {
        let (_, goal) = line.split_once(" : ").unwrap();
        let start = std::time::Instant::now();
        let report = proves(&mut theory, goal.trim_end_matches('.'));
        println!("{line} {:?} {} pairs {} steps {} work", start.elapsed(), report.pairs, report.steps, report.work);
    }
}

/// A field of a line of JSON without escapes.
fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let rest = line.split_once(&format!("\"{name}\": ")).unwrap().1;
    rest.trim_start_matches('"').split(['"', ',', '}']).next().unwrap()
}

/// A law of one operation as a proposition.
fn law(text: &str) -> String {
    fn term(tokens: &mut std::iter::Peekable<std::vec::IntoIter<char>>) -> String {
        let mut left = factor(tokens);
        while tokens.peek() == Some(&'*') {
            tokens.next();
            left = format!("(* {left} {})", factor(tokens));
        }
        left
    }
    fn factor(tokens: &mut std::iter::Peekable<std::vec::IntoIter<char>>) -> String {
        match tokens.next().unwrap() {
            '(' => {
                let inner = term(tokens);
                tokens.next();
                inner
            }
            letter => format!("'{letter}"),
        }
    }
    let side = |text: &str| {
        let tokens: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        term(&mut tokens.into_iter().peekable())
    };
    let (left, right) = text.split_once('=').unwrap();
    let mut letters: Vec<char> = Vec::new();
    letters.extend(text.chars().filter(|c| c.is_alphabetic()));
    let mut seen = Vec::new();
    for letter in letters {
        if !seen.contains(&letter) {
            seen.push(letter);
        }
    }
    let binders: String = seen.iter().map(|letter| format!("('{letter} : M) -> ")).collect();
    format!("[{binders}(= {} {})]", side(left), side(right))
}

#[test]
#[ignore = "measures"]
fn equational() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data/equational/implications.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut times = Vec::new();
    let (mut proved, mut all) = (0, 0);
    let work: u64 = std::env::var("WORK").map_or(20_000_000, |work| work.parse().unwrap());
    for line in text.lines().filter(|line| field(line, "holds") == "true") {
        let (from, to) = (field(line, "law"), field(line, "goal"));
        let mut theory = Theory::from_text("t", &format!("{EQUALITY} M : type. * : [M -> M -> M]. law : {}.", law(from))).unwrap();
        let start = std::time::Instant::now();
        let report = run(&mut theory, &law(to), Limits { work, ..LIMITS });
        let seconds = start.elapsed().as_secs_f64();
        all += 1;
        if matches!(report.verdict, Verdict::Proved(_)) {
            proved += 1;
            times.push(seconds);
        }
        if !matches!(report.verdict, Verdict::Proved(_)) || seconds > 0.05 {
            let verdict = format!("{:?}", report.verdict);
            println!(
                "{from}  =>  {to} {:.12} {seconds:.3} s {} equations {} pairs {} work {} steps",
                verdict, report.equations, report.pairs, report.work, report.steps
            );
        }
    }
    times.sort_by(f64::total_cmp);
    println!("{proved} of {all}, median {:?}, 90 % {:?}, max {:?}", times[times.len() / 2], times[times.len() * 9 / 10], times.last());
}

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
        let start = std::time::Instant::now();
        let (verdict, terms) = algebra(&mut theory, &goal);
        println!("{count}: {:?}, {terms} terms", start.elapsed());
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
        let start = std::time::Instant::now();
        let (verdict, terms) = algebra(&mut theory, &goal);
        println!("{count}: {:?}, {terms} terms", start.elapsed());
        assert!(matches!(verdict, algebra::Verdict::Proved(_)), "{verdict:?}");
        let wrong = format!("[{}(= {} (+ 'x0 {sum}))]", binders(2), power(count));
        assert_eq!(algebra(&mut theory, &wrong).0, algebra::Verdict::Different);
    }
    let units = "[('x : R) -> ('y : R) -> (= (+ (* (* 'x e) (+ 'y o)) (* o 'y)) (* 'y 'x))]";
    assert!(matches!(algebra(&mut theory, units).0, algebra::Verdict::Proved(_)));
    let large = format!("[{}(= {} {})]", binders(2), power(30), power(31));
    assert_eq!(algebra(&mut theory, &large).0, algebra::Verdict::TooLarge);
}
