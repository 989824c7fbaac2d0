//! Everything that ships is right: the theories check, proofs included, and the goals are propositions of theirs.

use crate::place::root;
use crate::toy::shipped;
use prover_theory::goals;
use prover_theory::library::{Kind, built_in, load_goals, names};

#[test]
fn every_theory_checks() {
    for name in names(Kind::Theory) {
        shipped(name);
    }
}

#[test]
fn every_goal_is_a_proposition_of_its_theory() {
    let sets = [
        ("connectives", "connectives", 30),
        ("groups", "groups", 7),
        ("lists", "lists", 19),
        ("magmas", "magmas", 20),
        ("nat-add-easy", "nat-add", 1),
        ("nat-add-hard", "nat-add", 8),
        ("nat-mul", "nat-mul", 9),
        ("nat-pow", "nat-pow", 9),
        ("order", "order", 20),
        ("propositional", "propositional-logic", 30),
        ("putnam", "putnam", 10),
        ("rings", "rings", 10),
        ("sets", "sets", 10),
        ("trees", "trees", 10),
    ];
    assert_eq!(names(Kind::Goals).collect::<Vec<_>>(), sets.map(|(set, _, _)| set), "sets that ship");
    for (set, theory, size) in sets {
        match goals::load(&mut shipped(theory).0, &load_goals(set).unwrap().text) {
            Ok(goals) => assert_eq!(goals.len(), size, "{set}"),
            Err(errors) => panic!("{set}: {errors:?}"),
        }
    }
}

#[test]
fn the_proofs_of_the_page_on_goals_ship() {
    let page = std::fs::read_to_string(root().join("docs/goals.md")).unwrap();
    let proofs: Vec<&str> = page.split("```\n").filter(|block| block.starts_with("theorem ")).collect();
    assert!(proofs.len() >= 4, "{}", proofs.len());
    for proof in proofs {
        let has = |name: &str| built_in(Kind::Theory, name).unwrap().text.contains(proof);
        assert!(names(Kind::Theory).any(has), "{proof}");
    }
}
