//! `prover refute`, `refute` in the interactive prover, and the messages of `prover prove` on goals that fail in a
//! model.

use std::path::Path;

use assert_cmd::Command;
use prover::logic::DeclarationKind;
use prover::models::{Limits, Models, Verdict};
use prover::prove::models::Tester;
use prover::prove::{Lemmas, Statement};
use prover::repl::{Options, Outcome, Session};
use prover::theory::Theory;
use prover::theory::library::{self, Kind};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn prover(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("prover").unwrap();
    let inherited = std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("PROVER_"));
    inherited.for_each(|(key, _)| {
        command.env_remove(key);
    });
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const DOUBLE: &str = "[('n : nat) -> (= (+ 'n 'n) 'n)]";

#[test]
fn refute_prints_verdicts_and_ends_with_1_where_one_is_refuted() {
    let folder = tempfile::tempdir().unwrap();
    let refute = |arguments: &[&str]| prover(folder.path(), &[&["refute"], arguments].concat());
    let (status, out, _) = refute(&["--theory", "nat-add", "--goal", DOUBLE]);
    assert_eq!((status, out.as_str()), (1, "refuted: 'a0 = (s z): (s (s z)) is not (s z)\n"));
    // Where constructors are known to be different, the negation is a theorem.
    let (status, out, _) = refute(&["--theory", "nat-data", "--goal", DOUBLE]);
    assert_eq!(status, 1);
    assert!(out.ends_with("; its negation is proved, and checked by the kernel\n"), "{out}");
    let (status, out, _) = refute(&["--theory", "nat-add", "--goal", "[('n : nat) -> (= (+ z 'n) 'n)]"]);
    assert_eq!(status, 0);
    assert!(out.starts_with("survives: true in "), "{out}");

    let goals = "right : (= (+ z z) z).\nwrong : (= z (s z)).\n";
    std::fs::write(folder.path().join("goals.peano"), goals).unwrap();
    let (status, out, _) = refute(&["--theory", "nat-data", "--goals", "goals.peano", "--format", "json"]);
    assert_eq!(status, 1);
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["verdict"], &lines[1]["verdict"]), (&"survives".into(), &"refuted".into()));
    assert_eq!(lines[1]["negation_proved"], true);
    let (status, _, err) = refute(&["--theory", "nat-add", "--goal", "(= z"]);
    assert_eq!(status, 2);
    assert!(err.starts_with("error: "), "{err}");
    assert_eq!(refute(&["--theory", "no-such-theory", "--goal", DOUBLE]).0, 2);
}

#[test]
fn prove_refutes_before_it_searches() {
    let folder = tempfile::tempdir().unwrap();
    let prove = |arguments: &[&str]| prover(folder.path(), &[&["prove", "--quiet"], arguments].concat());
    let (status, out, _) = prove(&["--theory", "nat-add", "--goal", DOUBLE]);
    assert_eq!((status, out.as_str()), (1, "refuted: 'a0 = (s z): (s (s z)) is not (s z)\n"));
    let (status, out, _) = prove(&["--theory", "nat-add", "--goal", DOUBLE, "--models", "off", "--nodes", "20"]);
    assert_eq!(status, 1);
    assert!(out.starts_with("open after "), "{out}");
    let goals = "right : (= (+ z z) z).\nwrong : (= z (s z)).\n";
    std::fs::write(folder.path().join("goals.peano"), goals).unwrap();
    for order in [&[][..], &["--in-order"]] {
        let (status, out, _) = prove(&[&["--theory", "nat-add", "--goals", "goals.peano"], order].concat());
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(status, 1);
        assert!(lines[0].contains(" proved "), "{out}");
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>().join(" "), "wrong refuted z is not (s z)");
        assert_eq!(lines[2], "1 of 2 proved, 1 refuted");
    }
}

#[test]
fn bad_theories_get_clear_messages() {
    let folder = tempfile::tempdir().unwrap();
    let equality = "= : [('t : type) -> 't -> 't -> prop].\n";
    let theories = [
        (
            "false : prop. absurd : [false -> ('P : prop) -> 'P]. no : false.",
            "false",
            "the theory is contradictory: `no`",
        ),
        (
            "data nat { z : nat. s : [nat -> nat]. } odd : (= (s (s z)) z).",
            "(= z (s z))",
            "the axiom `odd` does not hold",
        ),
        (
            "M : type. a : M. b : M. one : (= a b). two : [(= a b) -> ('P : prop) -> 'P].",
            "(= a b)",
            "no model with at most 5",
        ),
        ("data empty { }", "[('x : empty) -> ('P : prop) -> 'P]", "a type without elements"),
    ];
    for (number, (text, goal, message)) in theories.into_iter().enumerate() {
        let name = format!("t{number}.peano");
        std::fs::write(folder.path().join(&name), format!("{equality}{text}\n")).unwrap();
        let (status, out, err) = prover(folder.path(), &["refute", "--theory", &name, "--goal", goal]);
        assert_eq!(status, 0, "{out}{err}");
        assert!(out.contains(message), "{out}");
    }
}

#[test]
fn the_interactive_prover_tests_statements_and_open_goals() {
    let options = Options { theory: Some("nat-add".into()), ..Options::default() };
    let mut session = Session::new(options).unwrap();
    let reply = session.execute(&format!("refute {DOUBLE}"));
    assert_eq!(reply.text, "refuted: 'a0 = (s z): (s (s z)) is not (s z)");
    assert_eq!(session.execute("refute").outcome, Outcome::Failed);
    session.execute("goal g : [(a : nat) -> (b : nat) -> (= 'a (s z)) -> (= (+ 'a 'b) 'b)]");
    assert!(session.execute("refute").text.starts_with("refuted: "));
    session.execute("intro a : nat.");
    session.execute("intro b : nat.");
    session.execute("intro h : (= a (s z)).");
    // The hypothesis is kept.
    let reply = session.execute("refute");
    assert!(reply.text.starts_with("refuted: 'a0 = (s z), 'a1 = z: "), "{}", reply.text);
    assert!(session.execute("refute (= a (s z))").text.starts_with("survives: "));
    let reply = session.execute("refute (= a");
    assert_eq!(reply.outcome, Outcome::Failed);
}

/// The limits of tests of statements that must not be refuted.
const QUICK: Limits = Limits { instances: 400, attempts: 1_000, evaluations: 50_000, ..Limits::THOROUGH };

/// Fails if one of some statements of a theory is refuted.
fn none_is_refuted(theory: Theory, statements: &[Statement]) {
    let mut tester = Tester::new(theory).unwrap();
    for statement in statements {
        let tested = tester.test(statement, &QUICK, &mut ChaCha8Rng::seed_from_u64(3));
        let verdict = tested.unwrap_or_else(|error| panic!("{}: {error}", statement.name)).verdict;
        assert!(!matches!(verdict, Verdict::Refuted(_)), "{} : {}: {verdict}", statement.name, statement.text);
    }
}

#[test]
fn no_goal_set_that_ships_is_refuted() {
    for set in library::names(Kind::Goals) {
        let theory = match set {
            "propositional" => "propositional-logic",
            _ => set.trim_end_matches("-hard").trim_end_matches("-easy"),
        };
        let lemmas = Lemmas::new(theory);
        none_is_refuted(lemmas.theory().unwrap(), &lemmas.goals(set).unwrap());
    }
}

#[test]
fn no_theorem_that_ships_is_refuted() {
    let mut tested = 0;
    for name in library::names(Kind::Theory) {
        let theory = Lemmas::new(name).theory().unwrap();
        let theorems: Vec<_> = theory
            .environment
            .declarations()
            .filter(|(_, declaration)| declaration.kind == DeclarationKind::Theorem)
            .map(|(_, declaration)| (declaration.name.clone(), declaration.ty))
            .collect();
        let mut tester = Tester::new(theory).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (theorem, statement) in theorems {
            let result = tester.test_term(statement, &QUICK, &mut ChaCha8Rng::seed_from_u64(3));
            let verdict = result.unwrap_or_else(|error| panic!("{name}: {theorem}: {error}")).verdict;
            assert!(!matches!(verdict, Verdict::Refuted(_)), "{name}: {theorem}: {verdict}");
            tested += 1;
        }
    }
    assert!(tested > 200, "{tested}");
}

#[test]
fn nothing_that_snapshots_prove_is_refuted() {
    let mut tested = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut open = vec![folder];
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".snap") || !(name.contains("solved") || name.contains("eqsat")) {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let theorems = text.lines().filter_map(|line| {
                let (name, statement) = line.strip_prefix("theorem ")?.split_once(" : ")?;
                let text = statement.strip_suffix(" {")?.to_owned();
                Some(Statement { name: name.into(), text })
            });
            let theorems: Vec<Statement> = theorems.collect();
            let quoted = text.split("\\\"").nth(1).filter(|theory| library::built_in(Kind::Theory, theory).is_some());
            let theory = match quoted {
                Some(theory) => Lemmas::new(theory).theory().unwrap(),
                None => Theory::from_text("lists", crate::eqsat::LISTS).unwrap(),
            };
            tested += theorems.len();
            none_is_refuted(theory, &theorems);
        }
    }
    assert!(tested > 80, "{tested}");
}

/// Theories with declarations that may be renamed and shuffled, and statements of them.
const MATERIAL: [(&[&str], &[&str]); 4] = [
    (
        &[
            "nat : type.",
            "z : nat.",
            "s : [nat -> nat].",
            "+ : [nat -> nat -> nat].",
            "+_z : [('n : nat) -> (= (+ 'n z) 'n)].",
            "+_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].",
            "nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))] -> [('n : nat) -> ('p 'n)]].",
        ],
        &[
            "[('n : nat) -> (= (+ 'n 'n) 'n)]",
            "[('n : nat) -> (= (+ z 'n) 'n)]",
            "[('n : nat) -> ('m : nat) -> (= (s 'n) (s 'm)) -> (= 'n 'm)]",
            "[('n : nat) -> ('m : nat) -> (= 'n 'm) -> (= (+ z 'n) 'n)]",
        ],
    ),
    (
        &[
            "data nat { z : nat. s : [nat -> nat]. }",
            "data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }",
            "fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
                (append nil 'b) = 'b. (append (cons 'x 'a) 'b) = (cons 'x (append 'a 'b)). }",
            "fun length : [('t : type) -> (list 't) -> nat] { (length nil) = z. (length (cons 'x 'a)) = (s (length 'a)). }",
        ],
        &[
            "[('t : type) -> ('a : (list 't)) -> ('b : (list 't)) -> (= (append 'a 'b) (append 'b 'a))]",
            "[('t : type) -> ('a : (list 't)) -> ('b : (list 't)) -> (= (length (append 'a 'b)) (length (append 'b 'a)))]",
            "[('t : type) -> ('a : (list 't)) -> (= (length 'a) (s (length 'a))) -> (= 'a (nil 't))]",
        ],
    ),
    (
        &[
            "no : prop.",
            "neg : [prop -> prop].",
            "or : [prop -> prop -> prop].",
            "or_il : [('P : prop) -> ('Q : prop) -> 'P -> (or 'P 'Q)].",
            "or_ir : [('P : prop) -> ('Q : prop) -> 'Q -> (or 'P 'Q)].",
            "or_e : [('P : prop) -> ('Q : prop) -> ('R : prop) -> (or 'P 'Q) -> ['P -> 'R] -> ['Q -> 'R] -> 'R].",
            "neg_i : [('P : prop) -> ['P -> no] -> (neg 'P)].",
            "neg_e : [('P : prop) -> (neg 'P) -> 'P -> no].",
            "absurd : [no -> ('P : prop) -> 'P].",
        ],
        &[
            "[('A : prop) -> ('B : prop) -> (or 'A 'B)]",
            "[('A : prop) -> (or 'A (neg 'A))]",
            "[('A : prop) -> (neg 'A) -> 'A -> no]",
        ],
    ),
    (
        &[
            "G : type.",
            "op : [G -> G -> G].",
            "id : G.",
            "op_assoc : [('a : G) -> ('b : G) -> ('c : G) -> (= (op (op 'a 'b) 'c) (op 'a (op 'b 'c)))].",
            "op_id : [('a : G) -> (= (op id 'a) 'a)].",
        ],
        &[
            "[('a : G) -> (= (op 'a id) 'a)]",
            "[('a : G) -> ('b : G) -> (= (op 'a 'b) (op 'b 'a))]",
            "(= (op id id) id)",
        ],
    ),
];

/// The words of a text and the text between them, in order.
fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| !c.is_whitespace() && !"()[]{}.:,".contains(c);
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = is_word(first);
        let end = rest.find(|c| is_word(c) != kind).unwrap_or(rest.len());
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

/// The names that a declaration declares.
fn declared(item: &str) -> Vec<&str> {
    let words: Vec<&str> = words(item).into_iter().filter(|word| !word.trim().is_empty()).collect();
    if words[0] != "data" && words[0] != "fun" {
        return vec![words[0]];
    }
    let mut names = vec![words[1]];
    if words[0] == "data" {
        // A constructor is what stands before a colon, and is no variable.
        let constructors = words.windows(2).skip(2).filter(|pair| pair[1].trim() == ":" && !pair[0].starts_with('\''));
        names.extend(constructors.map(|pair| pair[0]));
    }
    names
}

#[test]
fn no_verdict_depends_on_names_or_on_the_order_of_declarations() {
    for (items, statements) in MATERIAL {
        let mut expected: Option<Vec<&str>> = None;
        for seed in 0..8 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let all: Vec<&str> = items.iter().flat_map(|item| declared(item)).collect();
            let mut numbers: Vec<u32> = (0..all.len() as u32).collect();
            numbers.shuffle(&mut rng);
            let fresh = |word: &str| match all.iter().position(|name| *name == word) {
                Some(place) if seed > 0 => format!("c{}", numbers[place]),
                _ => word.to_owned(),
            };
            let renamed = |text: &str| words(text).into_iter().map(&fresh).collect::<String>();
            let mut left: Vec<&str> = items.to_vec();
            let mut text = "= : [('t : type) -> 't -> 't -> prop].\n".to_owned();
            while !left.is_empty() {
                let waits = |item: &str| {
                    let others = left.iter().filter(|other| **other != item).flat_map(|other| declared(other));
                    let others: Vec<&str> = others.collect();
                    words(item).iter().any(|word| others.contains(word))
                };
                let ready: Vec<usize> = (0..left.len()).filter(|&place| !waits(left[place])).collect();
                let place = ready[if seed > 0 { rng.random_range(0..ready.len()) } else { 0 }];
                text.push_str(&renamed(left.remove(place)));
                text.push('\n');
            }
            let mut theory = Theory::from_text("t", &text).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"));
            let mut models = Models::new(&mut theory).unwrap();
            let found: Vec<&str> = statements
                .iter()
                .map(|statement| {
                    let statement = theory.statement(&renamed(statement)).unwrap();
                    models.test(&mut theory, statement, &Limits::THOROUGH, &mut rng).word()
                })
                .collect();
            assert_eq!(expected.get_or_insert_with(|| found.clone()), &found, "{text}");
        }
    }
}

/// Pairs of laws of one operation from the Equational Theories project (Apache-2.0): the first does not imply the
/// second.
const FAILING: [(&str, &str); 12] = [
    ("x * x = (y * x) * (x * z)", "x = y * ((y * (y * x)) * y)"),
    ("x = (x * ((y * y) * z)) * w", "x * y = z * ((z * y) * z)"),
    ("x = (y * (z * y)) * (x * x)", "x = (y * z) * (w * (x * z))"),
    ("x * (x * y) = y * (z * x)", "x = ((y * z) * y) * (x * y)"),
    ("x = y * ((x * y) * (z * x))", "x * y = ((z * y) * y) * z"),
    ("x * (x * y) = (y * z) * y", "x = (x * y) * (x * (z * z))"),
    ("x = y * ((x * (x * x)) * x)", "x * y = (z * z) * (z * w)"),
    ("x = y * (x * ((z * z) * x))", "x = (((y * z) * z) * y) * x"),
    ("(x * y) * y = (x * y) * z", "x = ((x * x) * x) * (y * x)"),
    ("x = y * ((x * y) * x)", "x = x * (x * (y * (y * z)))"),
    ("x * x = (x * y) * (y * x)", "(x * y) * y = (z * w) * u"),
    ("x * (x * y) = (y * x) * z", "x * (y * z) = (w * y) * y"),
];

/// A law as a statement: `*` is the operation, letters are variables.
fn law(text: &str) -> String {
    fn side(tokens: &[char], place: &mut usize) -> String {
        let mut left = factor(tokens, place);
        while tokens.get(*place) == Some(&'*') {
            *place += 1;
            left = format!("(* {left} {})", factor(tokens, place));
        }
        left
    }
    fn factor(tokens: &[char], place: &mut usize) -> String {
        let token = tokens[*place];
        *place += 1;
        if token != '(' {
            return format!("'{token}");
        }
        let inner = side(tokens, place);
        *place += 1;
        inner
    }
    let tokens: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut place = 0;
    let left = side(&tokens, &mut place);
    place += 1;
    let right = side(&tokens, &mut place);
    let mut variables: Vec<char> = tokens.iter().copied().filter(char::is_ascii_lowercase).collect();
    variables.sort_unstable();
    variables.dedup();
    let binders: String = variables.iter().map(|variable| format!("('{variable} : M) -> ")).collect();
    format!("[{binders}(= {left} {right})]")
}

/// Whether one law is refuted from another one.
fn is_refuted(from: &str, goal: &str) -> bool {
    let text = format!("= : [('t : type) -> 't -> 't -> prop]. M : type. * : [M -> M -> M]. law : {}.", law(from));
    let mut theory = Theory::from_text("magma", &text).unwrap();
    let mut models = Models::new(&mut theory).unwrap();
    let statement = theory.statement(&law(goal)).unwrap();
    let verdict = models.test(&mut theory, statement, &Limits::THOROUGH, &mut ChaCha8Rng::seed_from_u64(0));
    matches!(verdict, Verdict::Refuted(_))
}

#[test]
fn laws_that_do_not_follow_are_refuted() {
    for (from, goal) in FAILING {
        assert!(is_refuted(from, goal), "{from} | {goal}");
    }
}

#[test]
fn shared_pairs_are_refuted_exactly_where_they_fail() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/equational/implications.jsonl");
    let Ok(text) = std::fs::read_to_string(shared) else { return };
    let (mut failing, mut refuted) = (0, 0);
    for line in text.lines() {
        let pair: serde_json::Value = serde_json::from_str(line).unwrap();
        let (from, goal) = (pair["law"].as_str().unwrap(), pair["goal"].as_str().unwrap());
        let found = is_refuted(from, goal);
        if pair["holds"] == true {
            assert!(!found, "{from} | {goal}");
        } else {
            failing += 1;
            refuted += usize::from(found);
        }
    }
    assert_eq!(refuted, failing);
}

/// Regular expressions with their derivatives: false statements fail only at values of ten constructors and more.
const EXPRESSIONS: &str = "
    = : [('t : type) -> 't -> 't -> prop].
    data bool { yes : bool. no : bool. }
    data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }
    data letter { a : letter. b : letter. }
    data exp { none : exp. empty : exp. atom : [letter -> exp]. sum : [exp -> exp -> exp].
        then : [exp -> exp -> exp]. star : [exp -> exp]. }
    fun and : [bool -> bool -> bool] { (and yes 'x) = 'x. (and no 'x) = no. }
    fun or : [bool -> bool -> bool] { (or yes 'x) = yes. (or no 'x) = 'x. }
    fun same : [letter -> letter -> exp] { (same a a) = empty. (same b b) = empty. (same a b) = none. (same b a) = none. }
    fun when : [bool -> exp -> exp] { (when yes 'x) = 'x. (when no 'x) = none. }
    fun eps : [exp -> bool] { (eps none) = no. (eps empty) = yes. (eps (atom 'x)) = no. (eps (star 'p)) = yes.
        (eps (sum 'p 'q)) = (or (eps 'p) (eps 'q)). (eps (then 'p 'q)) = (and (eps 'p) (eps 'q)). }
    fun step : [exp -> letter -> exp] { (step none 'y) = none. (step empty 'y) = none. (step (atom 'x) 'y) = (same 'x 'y).
        (step (sum 'p 'q) 'y) = (sum (step 'p 'y) (step 'q 'y)). (step (star 'p) 'y) = (then (step 'p 'y) (star 'p)).
        (step (then 'p 'q) 'y) = (sum (then (step 'p 'y) 'q) (when (eps 'p) (step 'q 'y))). }
    fun fits : [(list letter) -> exp -> bool] { (fits nil 'p) = (eps 'p). (fits (cons 'x 's) 'p) = (fits 's (step 'p 'x)). }
";

#[test]
fn counterexamples_of_some_size_are_found() {
    let mut theory = Theory::from_text("expressions", EXPRESSIONS).unwrap();
    let mut models = Models::new(&mut theory).unwrap();
    let statements = [
        "[('p : exp) -> (= (fits (cons a (cons b (cons b (nil letter)))) 'p) no)]",
        "[('p : exp) -> ('q : exp) -> ('s : (list letter)) -> (= (fits 's (then 'p 'q)) (fits 's (then 'q 'p)))]",
    ];
    for text in statements {
        let statement = theory.statement(text).unwrap();
        let verdict = models.test(&mut theory, statement, &Limits::PATIENT, &mut ChaCha8Rng::seed_from_u64(0));
        assert!(matches!(verdict, Verdict::Refuted(_)), "{text}: {verdict}");
    }
    let right = "[('p : exp) -> ('q : exp) -> ('s : (list letter)) -> (= (fits 's (sum 'p 'q)) (fits 's (sum 'q 'p)))]";
    let statement = theory.statement(right).unwrap();
    let verdict = models.test(&mut theory, statement, &Limits::THOROUGH, &mut ChaCha8Rng::seed_from_u64(0));
    assert!(matches!(verdict, Verdict::Survives { instances, .. } if instances >= 100), "{verdict}");
}
