//! Everything that ships is right: the theories check, proofs included, and the goals are propositions of theirs.

use crate::toy::shipped;
use prover_theory::goals;
use prover_theory::library::{Kind, load_goals, names};

#[test]
fn every_theory_checks() {
    for name in names(Kind::Theory) {
        shipped(name);
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
    let load = |set: &str, theory: &str| goals::load(&mut shipped(theory).0, &load_goals(set).unwrap().text);
    for (set, theory, size) in sets {
        match load(set, theory) {
            Ok(goals) => assert_eq!(goals.len(), size, "{set}"),
            Err(errors) => panic!("{set}: {errors:?}"),
        }
    }
    // Sets that came later belong to some theory.
    for set in names(Kind::Goals).filter(|name| !sets.iter().any(|(set, _, _)| set == name)) {
        assert!(names(Kind::Theory).any(|theory| load(set, theory).is_ok()), "{set} is of no theory that ships");
    }
}
