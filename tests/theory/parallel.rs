//! A file checked by several threads is reported exactly as one checked in order: every item with its findings, the
//! missing names, and the axioms of each theorem.

use crate::generated;
use crate::toy::numbers;
use prover_theory::Theory;
use prover_theory::import::{Files, NoImports, Resolver, SourceText};
use prover_theory::library::{Kind, built_in, names};
use prover_theory::load::{CheckOptions, LoadReport};
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

/// The whole report of a check, and the axioms that the theory then rests on.
fn told(theory: &Theory, report: &LoadReport) -> String {
    let mut text = String::new();
    for file in &report.files {
        text += &format!("{}\n{:#?}\n{:#?}\n", file.source.name, file.items, file.missing);
    }
    let axioms = theory.environment.axioms();
    for (id, declaration) in theory.environment.declarations() {
        let names: Vec<&str> =
            axioms.of(id).iter().map(|&axiom| &*theory.environment.declaration(axiom).name).collect();
        assert_eq!(names, theory.environment.axioms_of(id), "{}", declaration.name);
        text += &format!("{} {:?} {names:?}\n", declaration.name, declaration.kind);
    }
    assert!(!theory.environment.owes());
    text
}

fn in_order(source: &SourceText, resolver: &dyn Resolver) -> String {
    let (theory, report) = Theory::load(source.clone(), resolver);
    told(&theory, &report)
}

fn in_parallel(source: &SourceText, resolver: &dyn Resolver, threads: usize, eager: bool) -> String {
    let mut theory = Theory::new();
    let options = CheckOptions { threads, eager, ..CheckOptions::default() };
    let report = theory.check_into(source.clone(), resolver, options);
    told(&theory, &report)
}

/// Compares a file that may import built-in theories.
fn agrees(name: &str, text: &str, threads: &[usize]) {
    let source = SourceText::text(name, text);
    let expected = in_order(&source, &Files);
    for &threads in threads {
        let found = in_parallel(&source, &Files, threads, true);
        if found != expected {
            let line = expected.lines().zip(found.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let around =
                |text: &str| text.lines().skip(line.saturating_sub(12)).take(24).collect::<Vec<_>>().join("\n");
            panic!(
                "{name}, {threads} threads\n--- in order\n{}\n--- in parallel\n{}",
                around(&expected),
                around(&found)
            );
        }
    }
}

#[test]
fn the_theories_that_ship() {
    for name in names(Kind::Theory) {
        agrees(name, &built_in(Kind::Theory, name).expect(name).text, &[1, 2, 3, 5]);
    }
}

#[test]
fn long_files_in_pieces_of_the_usual_size() {
    let source = SourceText::text("generated", generated::file(1_500, 3));
    assert!(source.text.len() > 256 << 10);
    let expected = in_order(&source, &NoImports);
    assert!(!expected.contains("severity: Error"));
    for threads in [1, 2, 4] {
        assert!(in_parallel(&source, &NoImports, threads, false) == expected, "{threads} threads");
    }
}

/// A text with a few places changed at random: lines exchanged, dropped or doubled, words replaced by others of the
/// text.
fn mutated(text: &str, random: &mut ChaCha8Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..random.random_range(1..4) {
        let (at, other) = (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
        match random.random_range(0..6) {
            0 => lines.swap(at, other),
            1 => {
                lines.remove(at);
            }
            2 => {
                let line = lines[at].clone();
                lines.insert(other, line);
            }
            _ => {
                let words: Vec<&str> = lines[other].split(' ').collect();
                let word = words[random.random_range(0..words.len())].to_owned();
                let mut words: Vec<&str> = lines[at].split(' ').collect();
                let place = random.random_range(0..words.len());
                words[place] = &word;
                lines[at] = words.join(" ");
            }
        }
    }
    lines.join("\n")
}

#[test]
fn mutated_files() {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let generated = generated::file(60, 7);
    let worlds = ["addition-world", "list-world", "propositional-logic", "natural-numbers"]
        .map(|name| built_in(Kind::Theory, name).expect(name).text.to_string());
    for round in 0..120 {
        let text = match round % 3 {
            0 => worlds.choose(&mut random).unwrap(),
            _ => &generated,
        };
        agrees(&format!("mutation {round}"), &mutated(text, &mut random), &[1, 3]);
    }
}

const NAT: &str = concat!(numbers!(), "p : [nat -> prop]. pz : (p z). ps : [('n : nat) -> (p 'n) -> (p (s 'n))].\n");

#[test]
fn declarations_between_theorems() {
    let mut text = String::from(NAT);
    let mut last = String::from("z");
    for i in 0..150 {
        text += &format!("n{i} : nat = (s {last}).\n");
        text += &match i % 5 {
            0 => format!("theorem t{i} : (p {last}) {{ show (p {last}) by pz. }}\n"),
            1 => format!("a{i} : [('x{i} : nat) -> (= 'x{i} 'x{i})]. assume (p n{i}).\n"),
            2 => format!("theorem t{i} : (= n{i} (s {last})) {{ show (= n{i} n{i}) by eq_refl. }}\nusing a.\n"),
            3 => format!("verify v{i} {{ q : prop. h : q. show (= (s {last}) n{i}) by eq_refl. }}\n"),
            _ => format!("#check n{i}. #print t{}. theorem t{i} : (p n{i}) {{ }}\n", i - 2),
        };
        last = format!("n{i}");
    }
    agrees("declarations", &text, &[1, 2, 4]);
}

#[test]
fn proofs_by_unfolding_need_normal_forms_of_all_facts() {
    let mut text = String::from(NAT);
    text += "one : nat = (s z). q : [nat -> prop].\n";
    for i in 0..200 {
        text += &format!("c{i} : nat. h{i} : (q c{i}). k{i} : [(q c{i}) -> (p c{i})].\n");
        text += &format!(
            "theorem t{i} : (p c{i}) {{ have (q ((lambda (x : nat) 'x) c{i})) {{ }} show (p c{i}) by k{i}. }}\n"
        );
        text += &format!("d{i} : nat = c{i}. theorem u{i} : (p d{i}) {{ }}\n");
    }
    let source = SourceText::text("unfolding", &*text);
    assert!(!in_order(&source, &NoImports).contains("severity: Error"));
    agrees("unfolding", &text, &[1, 2, 4]);
}

#[test]
fn names_mean_what_they_meant_where_they_stand() {
    // In `early` the name means the binder, in `late` the constant; a later theorem is not seen by an earlier one.
    let filler: String = (0..40).map(|i| format!("theorem f{i} : (p z) {{ show (p z) by pz. }}\n")).collect();
    let text = format!(
        "{NAT} {filler}
        theorem early : [('w : nat) -> (= w w)] {{ intro w : nat. show (= w w) by eq_refl. }}
        theorem before : (p w) {{ show (p w) by after. }}
        {filler_two}
        w : nat.
        theorem late : [('w : nat) -> (= w w)] {{ intro a : nat. show (= w w) by eq_refl. }}
        theorem itself : (p (s z)) {{ show (p (s z)) by itself. }}
        theorem itself : (p (s z)) {{ show (p z) by pz. show (p (s z)) by ps. }}
        theorem itself : (p z) {{ show (p z) by pz. }}
        theorem after : (p z) {{ show (p z) by pz. }}
        #forward after. #backward late. #forward nothing.
        import \"nat-add\".
        theorem last : (p (s z)) {{ show (p (s z)) by itself. }}",
        filler_two = filler.replace("theorem f", "theorem g"),
    );
    agrees("names", &text, &[1, 2, 3]);
    let (_, report) = Theory::load(SourceText::text("names", &*text), &Files);
    assert!(report.errors().count() >= 4);
}

#[test]
fn everything_may_come_late() {
    let filler: String = (0..30).map(|i| format!("theorem f{i} : p {{ show p by hp. }}\n")).collect();
    let text = format!(
        "p : prop. hp : p. {filler} = : [('t : type) -> 't -> 't -> prop]. data nat {{ z : nat. s : [nat -> nat]. }}
        fun + : [nat -> nat -> nat] {{ (+ 'n z) = 'n. (+ 'n (s 'm)) = (s (+ 'n 'm)). }}
        {} #eval (+ (s z) (s z)). theorem t : (= (+ z z) z) {{ show (= (+ z z) z) by +_z. }} #print t. #print f3.",
        filler.replace("theorem f", "lemma g")
    );
    agrees("late", &text, &[1, 2, 3]);
    for broken in ["theorem t : p {", "theorem t : p } hp : p. /* ", "x : \"y. }", "fun { } {{{ . }"] {
        agrees("broken", &format!("{text} {broken} {filler}"), &[1, 3]);
    }
}
