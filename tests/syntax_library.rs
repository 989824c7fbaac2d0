//! Everything that ships is right: the theories check, proofs included, and the goals are propositions of theirs.

use prover::syntax::render::{Style, human};
use prover::syntax::source::LineIndex;
use prover::theory::import::{Files, SourceText};
use prover::theory::library::{Kind, built_in, load_goals, names};
use prover::theory::{Theory, goals};

/// A theory that ships, checked, without a file of the disk.
fn check(name: &str) -> Theory {
    let text = built_in(Kind::Theory, name).expect(name).text;
    let (theory, report) = Theory::load(SourceText::text(name, text.clone()), &Files);
    let lines = LineIndex::new(&text);
    let errors: Vec<String> =
        report.errors().map(|(file, error)| human(&file.source.name, &lines, error, Style::Plain)).collect();
    assert!(report.is_fine(), "{}", errors.join("\n"));
    theory
}

#[test]
fn every_theory_checks() {
    for name in names(Kind::Theory) {
        check(name);
    }
}

#[test]
fn every_goal_is_a_proposition_of_its_theory() {
    let sets = [
        ("nat-add-easy", "nat-add", 1),
        ("nat-add-hard", "nat-add", 8),
        ("nat-mul", "nat-mul", 9),
        ("nat-pow", "nat-pow", 9),
        ("lists", "lists", 19),
        ("trees", "trees", 10),
        ("propositional", "propositional-logic", 30),
        ("groups", "groups", 7),
    ];
    assert_eq!(sets.map(|(set, _, _)| set), *names(Kind::Goals).collect::<Vec<_>>());
    for (set, theory, size) in sets {
        let mut theory = check(theory);
        match goals::load(&mut theory, &load_goals(set).unwrap().text) {
            Ok(goals) => assert_eq!(goals.len(), size, "{set}"),
            Err(errors) => panic!("{set}: {errors:?}"),
        }
    }
}
