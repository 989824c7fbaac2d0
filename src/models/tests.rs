use super::*;
use proptest::prelude::*;
use prover_theory::library::{self, Kind};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

const EQUALITY: &str = "= : [('t : type) -> 't -> 't -> prop].\n";
const NUMBERS: &str = "data nat { z : nat. s : [nat -> nat]. }
    fun + : [nat -> nat -> nat] { (+ 'n z) = 'n. (+ 'n (s 'm)) = (s (+ 'n 'm)). }
    fun * : [nat -> nat -> nat] { (* 'n z) = z. (* 'n (s 'm)) = (+ 'n (* 'n 'm)). }\n";

fn theory(text: &str) -> Theory {
    Theory::from_text("t", text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn built_in(name: &str) -> Theory {
    let source = library::load_theory(name).unwrap();
    let (theory, report) = Theory::load(source.into(), &prover_theory::import::Files);
    assert!(report.is_fine(), "{name}");
    theory
}

/// The verdicts of the models on some statements.
fn verdicts(theory: &mut Theory, statements: &[&str]) -> Vec<Verdict> {
    let mut models = Models::new(theory).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let test = |text: &&str| {
        let statement = theory.statement(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        models.test(theory, statement, &Limits::THOROUGH, &mut rng)
    };
    statements.iter().map(test).collect()
}

fn verdict(text: &str, statement: &str) -> Verdict {
    verdicts(&mut theory(&format!("{EQUALITY}{text}")), &[statement]).remove(0)
}

/// The reason why the models have no verdict on a statement.
fn silence(text: &str, statement: &str) -> String {
    match verdict(text, statement) {
        Verdict::Unknown(reason) => reason.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn data_and_functions_are_evaluated() {
    let statements = [
        "[('n : nat) -> ('m : nat) -> (= (+ 'n 'm) (+ 'm 'n))]",
        "[('n : nat) -> (= (* 'n 'n) (+ 'n 'n))]",
        "[('n : nat) -> (= (s 'n) 'n) -> (= z (s z))]",
        "[('n : nat) -> ('m : nat) -> (= 'n 'm) -> (= (+ 'n z) 'n)]",
        "[('f : [nat -> nat]) -> ('n : nat) -> (= ('f 'n) 'n)]",
        "[('t : type) -> ('x : 't) -> ('y : 't) -> (= 'x 'y)]",
        "(= (+ (s z) (s z)) (s (s z)))",
        "[('f : [nat -> nat]) -> (= (lambda (x : nat) ('f 'x)) 'f)]",
        "[('f : [nat -> nat]) -> ('g : [nat -> nat]) -> (= 'f 'g)]",
    ];
    let found = verdicts(&mut theory(&format!("{EQUALITY}{NUMBERS}")), &statements);
    let words: Vec<&str> = found.iter().map(Verdict::word).collect();
    assert_eq!(
        words,
        [
            "survives",
            "refuted",
            "vacuous",
            "premise not needed",
            "refuted",
            "refuted",
            "survives",
            "survives",
            "refuted"
        ]
    );
    assert_eq!(found[1].counterexample().unwrap().to_string(), "'a0 = (s z): (s z) is not (s (s z))");
    assert!(matches!(found[0], Verdict::Survives { instances, is_exhaustive: false, .. } if instances >= 100));
    assert!(matches!(found[6], Verdict::Survives { instances: 1, meant: 1, is_exhaustive: true }));
}

#[test]
fn types_given_by_axioms_are_read_by_their_axioms_of_induction() {
    let mut theory = built_in("nat-pow");
    let found = verdicts(
        &mut theory,
        &["[('a : nat) -> (= (^ z 'a) z)]", "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]"],
    );
    assert_eq!(found[0].to_string(), "refuted: 'a0 = z: (s z) is not z");
    assert_eq!(found[1].word(), "survives");
}

#[test]
fn what_speaks_of_no_model_that_is_meant_is_told_apart() {
    let statements = [
        "[('n : nat) -> (= (s z) z) -> (= 'n z)]",
        "[('n : nat) -> ('m : nat) -> (= 'n (s 'm)) -> (= (+ z 'n) (s 'm))]",
    ];
    let found = verdicts(&mut built_in("nat-add"), &statements);
    // Numbers that go round in a circle of one meet the first premise, and no others do.
    assert!(matches!(found[0], Verdict::Vacuous { instances: 100.. }), "{:?}", found[0]);
    assert!(matches!(found[1], Verdict::Survives { meant: 100.., .. }), "{:?}", found[1]);
}

#[test]
fn a_finite_model_refutes_what_the_axioms_leave_open() {
    // Without `data`, numbers may go round in a circle.
    let found = verdicts(&mut built_in("nat-add"), &["[('n : nat) -> ('m : nat) -> (= (s 'n) (s 'm)) -> (= 'n 'm)]"]);
    let counterexample = found[0].counterexample().unwrap();
    assert!(counterexample.tables.iter().any(|line| line == "nat = {0, 1}"), "{counterexample}");
    // In natural-numbers that is an axiom.
    let found = verdicts(
        &mut built_in("natural-numbers"),
        &[
            "[('n : nat) -> ('m : nat) -> (= (s 'n) (s 'm)) -> (= 'n 'm)]",
            "[('n : nat) -> (= (+ 'n (s z)) 'n)]",
            "[('n : nat) -> (<= 'n (s z))]",
        ],
    );
    assert_eq!(found[0].word(), "survives", "{}", found[0]);
    assert_eq!(found[1].word(), "refuted", "{}", found[1]);
}

#[test]
fn connectives_are_found_by_their_rules() {
    let found = verdicts(
        &mut built_in("propositional-logic"),
        &[
            "[('A : prop) -> ('B : prop) -> (or 'A 'B)]",
            "[('A : prop) -> (or 'A (not 'A))]",
            "[('A : prop) -> ('B : prop) -> (iff 'A 'B) -> (iff 'B 'A)]",
            "[('A : prop) -> ('B : prop) -> 'A -> (and 'A 'B)]",
        ],
    );
    let words: Vec<&str> = found.iter().map(Verdict::word).collect();
    assert_eq!(words, ["refuted", "survives", "survives", "refuted"]);
    // Quantifiers are what follows from them.
    let found = verdicts(
        &mut built_in("natural-numbers"),
        &[
            "[('t : type) -> ('p : ['t -> prop]) -> (exists 'p) -> ('x : 't) -> ('p 'x)]",
            "[('t : type) -> ('p : ['t -> prop]) -> ('x : 't) -> ('p 'x) -> (exists 'p)]",
        ],
    );
    assert_eq!(found[0].word(), "refuted", "{}", found[0]);
    assert_eq!(found[1].word(), "survives", "{}", found[1]);
}

#[test]
fn laws_of_an_operation_have_finite_models() {
    let magma = "M : type. * : [M -> M -> M]. assoc : [('x : M) -> ('y : M) -> ('w : M) ->
        (= (* (* 'x 'y) 'w) (* 'x (* 'y 'w)))].";
    let Verdict::Refuted(counterexample) = verdict(magma, "[('x : M) -> ('y : M) -> (= (* 'x 'y) (* 'y 'x))]") else {
        panic!()
    };
    assert!(counterexample.tables.iter().any(|line| line.starts_with("* = [")), "{counterexample}");
    assert_eq!(verdict(magma, "[('x : M) -> (= (* (* 'x 'x) 'x) (* 'x (* 'x 'x)))]").word(), "survives");
    let unknown =
        "G : type. e : G. f : [G -> G]. p : [G -> prop]. base : (p e). step : [('x : G) -> (p 'x) -> (p (f 'x))].";
    assert_eq!(verdict(unknown, "[('x : G) -> (p 'x)]").word(), "refuted");
    assert_eq!(verdict(unknown, "(p (f (f e)))").word(), "survives");
}

#[test]
fn nothing_is_said_where_there_is_no_model() {
    let cyclic = "nat : type. z : nat. s : [nat -> nat].
        nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))] -> [('n : nat) -> ('p 'n)]].
        odd : (= (s (s z)) z).";
    // The numbers are no model; a circle of two is.
    assert_eq!(verdict(cyclic, "[('n : nat) -> (= (s (s 'n)) 'n)]").word(), "survives");
    assert_eq!(verdict(cyclic, "[('n : nat) -> (= (s 'n) 'n)]").word(), "refuted");
    let with_data = format!("{NUMBERS} odd : (= (s (s z)) z).");
    let said = silence(&with_data, "(= z (s z))");
    assert_eq!(said, "nothing is said, because the axiom `odd` does not hold in the freely generated types");
    let contradictory = "false : prop. absurd : [false -> ('P : prop) -> 'P]. oops : false.";
    assert!(silence(contradictory, "false").contains("`oops` says that everything is true"));
    let contradictory = "M : type. a : M. b : M. same : (= a b). other : [(= a b) -> ('P : prop) -> 'P].";
    assert!(silence(contradictory, "(= a b)").contains("no model with at most 5 elements"));
    assert_eq!(verdict("data empty { }", "[('x : empty) -> (= 'x 'x)]").word(), "vacuous");
    assert!(silence("vector : [prop -> type].", "[('p : prop) -> 'p]").contains("`vector` is a type that takes"));
    // Every type has an element, as far as can be tested, and the function that gives it has no meaning.
    let chosen = "some : [('t : type) -> 't].";
    assert_eq!(verdict(chosen, "[('t : type) -> ('x : 't) -> (= 'x (some 't))]").word(), "unknown");
}

#[test]
fn recursion_that_does_not_end_defines_nothing() {
    let numbers = "nat : type. z : nat. s : [nat -> nat].
        nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))] -> [('n : nat) -> ('p 'n)]].
        z_ne_s : [('n : nat) -> (= z (s 'n)) -> ('P : prop) -> 'P].
        s_inj : [('n : nat) -> ('m : nat) -> (= (s 'n) (s 'm)) -> (= 'n 'm)].
        f : [nat -> nat].";
    let loops = format!("{numbers} f_n : [('n : nat) -> (= (f 'n) (s (f 'n)))].");
    assert_eq!(verdict(&loops, "(= z (s z))").word(), "unknown");
    let halves = format!(
        "{numbers} f_z : (= (f z) z). f_o : (= (f (s z)) z).
        f_s : [('n : nat) -> (= (f (s (s 'n))) (s (f 'n)))]."
    );
    assert_eq!(
        verdict(&halves, "[('n : nat) -> (= (f (+ 'n 'n)) 'n)]".replace("(+ 'n 'n)", "(s (s 'n))").as_str()).word(),
        "refuted"
    );
    // An axiom of induction that leaves out numbers does not make the numbers.
    let wrong = "nat : type. z : nat. s : [nat -> nat].
        nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p (s (s 'n)))] -> [('n : nat) -> ('p 'n)]].";
    assert_eq!(verdict(wrong, "(= z z)").word(), "survives");
}

#[test]
fn functions_that_are_equal_are_not_told_apart() {
    let text = NUMBERS;
    let statements = [
        "[('F : [[nat -> nat] -> nat]) -> (= ('F (lambda (x : nat) (+ 'x z))) ('F (lambda (x : nat) 'x)))]",
        "[('F : [[nat -> nat] -> nat]) -> (= ('F (lambda (x : nat) (+ z 'x))) ('F (lambda (x : nat) (+ 'x z))))]",
        "[('f : [nat -> nat]) -> (= (lambda (x : nat) (+ z ('f 'x))) 'f)]",
    ];
    for statement in statements {
        assert_ne!(verdict(text, statement).word(), "refuted", "{statement}");
    }
}

#[test]
fn the_negation_is_proved_where_the_theory_can_say_it() {
    let mut theory = theory(&format!("{EQUALITY}{NUMBERS}"));
    let text = "[('n : nat) -> ('m : nat) -> (= (+ 'n 'm) (s z)) -> (= 'n z)]";
    let statement = theory.statement(text).unwrap();
    let mut models = Models::new(&mut theory).unwrap();
    let verdict = models.test(&mut theory, statement, &Limits::THOROUGH, &mut ChaCha8Rng::seed_from_u64(0));
    let counterexample = verdict.counterexample().unwrap();
    let negated = Negated::new(&mut theory, statement, counterexample, Deadline::NEVER).unwrap();
    assert!(theory.environment.add_theorem("negation", negated.statement, negated.proof).is_ok());
    // Without axioms that tell constructors apart, it cannot be said.
    let mut theory = built_in("nat-add");
    let statement = theory.statement("(= z (s z))").unwrap();
    let mut models = Models::new(&mut theory).unwrap();
    let verdict = models.test(&mut theory, statement, &Limits::QUICK, &mut ChaCha8Rng::seed_from_u64(0));
    assert_eq!(Negated::new(&mut theory, statement, verdict.counterexample().unwrap(), Deadline::NEVER), None);
}

#[test]
fn no_theorem_and_no_axiom_of_a_theory_that_ships_is_refuted() {
    for name in library::names(Kind::Theory) {
        let mut theory = built_in(name);
        let mut models = Models::new(&mut theory).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(models.silence().is_none(), "{name}: {}", models.silence().unwrap());
        let claims: Vec<_> = theory
            .environment
            .declarations()
            .filter(|(_, declaration)| declaration.kind != DeclarationKind::Definition)
            .map(|(_, declaration)| (declaration.name.to_string(), declaration.ty))
            .collect();
        for (claim, statement) in claims {
            if theory.environment.sort_of(statement) != Ok(Sort::Prop) {
                continue;
            }
            let limits = Limits { instances: 200, attempts: 400, steps: 5_000, evaluations: 50_000, ..Limits::QUICK };
            let verdict = models.test(&mut theory, statement, &limits, &mut ChaCha8Rng::seed_from_u64(7));
            assert_ne!(verdict.word(), "refuted", "{name}: {claim}: {verdict}");
        }
    }
}

/// A random term of numbers over this many variables.
fn number(rng: &mut impl Rng, variables: usize, depth: u32) -> String {
    match rng.random_range(0..if depth == 0 { 3 } else { 6 }) {
        0 => "z".into(),
        1 | 2 => format!("'x{}", rng.random_range(0..variables)),
        3 => format!("(s {})", number(rng, variables, depth - 1)),
        _ => format!("(+ {} {})", number(rng, variables, depth - 1), number(rng, variables, depth - 1)),
    }
}

fn equation(rng: &mut impl Rng) -> String {
    let binders = "('x0 : nat) -> ('x1 : nat) -> ('x2 : nat) -> ";
    let (left, right) = (number(rng, 3, 3), number(rng, 3, 3));
    match rng.random_range(0..3) {
        0 => format!("[{binders}(= {} {}) -> (= {left} {right})]", number(rng, 3, 1), number(rng, 3, 1)),
        _ => format!("[{binders}(= {left} {right})]"),
    }
}

/// A figure, printed and not asserted: statements tested a second.
#[test]
fn statements_a_second() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let letters = ["'A", "'B", "'C"];
    let proposition = |rng: &mut ChaCha8Rng| {
        let mut one = || letters[rng.random_range(0..3)];
        let (a, b, c, d) = (one(), one(), one(), one());
        let heads = ["and", "or", "iff"];
        let (f, g) = (heads[rng.random_range(0..3)], heads[rng.random_range(0..3)]);
        format!("[('A : prop) -> ('B : prop) -> ('C : prop) -> ({f} {a} {b}) -> ({g} (not {c}) {d})]")
    };
    let product = |rng: &mut ChaCha8Rng| {
        let mut one = || ["'a", "'b", "'c", "id", "(inv 'a)"][rng.random_range(0..5)];
        let (a, b, c, d) = (one(), one(), one(), one());
        format!("[('a : G) -> ('b : G) -> ('c : G) -> (= (op (op {a} {b}) {c}) (op {d} (op {b} {a})))]")
    };
    for name in ["nat-add", "propositional-logic", "groups"] {
        let texts: Vec<String> = (0..3_000)
            .map(|_| match name {
                "nat-add" => equation(&mut rng),
                "groups" => product(&mut rng),
                _ => proposition(&mut rng),
            })
            .collect();
        let mut theory = built_in(name);
        let mut models = Models::new(&mut theory).unwrap();
        let statements: Vec<TermId> = texts.iter().map(|text| theory.statement(text).unwrap()).collect();
        let start = Instant::now();
        let found: Vec<Verdict> =
            statements.iter().map(|&statement| models.test(&mut theory, statement, &Limits::QUICK, &mut rng)).collect();
        let seconds = start.elapsed().as_secs_f64();
        let count = |word| found.iter().filter(|verdict| verdict.word() == word).count();
        println!(
            "{name}: {:.0} a second; {} refuted, {} survive, {} vacuous, {} unknown",
            statements.len() as f64 / seconds,
            count("refuted"),
            count("survives"),
            count("vacuous"),
            count("unknown")
        );
        // Of statements with premises, few instances may meet these.
        for (text, verdict) in texts.iter().zip(&found).filter(|(text, _)| text.matches("(= ").count() == 1) {
            if let Verdict::Survives { instances, is_exhaustive: false, .. } = verdict {
                assert!(*instances >= 100, "{text}: {verdict}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The evaluator of theories, which knows nothing of this one, gives both sides of a counterexample their values.
    #[test]
    fn counterexamples_are_what_the_evaluator_of_theories_says(seed in any::<u64>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut theory = theory(&format!("{EQUALITY}{NUMBERS}"));
        let mut models = Models::new(&mut theory).unwrap();
        for _ in 0..10 {
            let statement = theory.statement(&equation(&mut rng)).unwrap();
            let verdict = models.test(&mut theory, statement, &Limits::QUICK, &mut rng);
            let Verdict::Refuted(counterexample) = verdict else { continue };
            let mut rest = statement;
            let mut evaluator = prover_theory::evaluate::Evaluator::new();
            for term in &counterexample.terms {
                let Term::Pi(domain, body) = theory.environment.store.term(rest) else { panic!() };
                match term {
                    Some(term) => rest = theory.environment.store.instantiate(body, &[*term]),
                    None => {
                        let (_, sides) = theory.environment.store.spine(domain);
                        prop_assert_eq!(evaluator.evaluate(&mut theory, sides[1]), evaluator.evaluate(&mut theory, sides[2]));
                        rest = theory.environment.store.instantiate(body, &[domain]);
                    }
                }
            }
            let (_, sides) = theory.environment.store.spine(rest);
            prop_assert_ne!(evaluator.evaluate(&mut theory, sides[1]), evaluator.evaluate(&mut theory, sides[2]));
        }
    }
}
