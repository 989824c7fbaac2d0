//! The goals that the uniform policy proves with one seed, with their scripts. A goal that is lost, and a proof that
//! changes, is seen in the difference of the snapshots (`cargo insta review`, or `INSTA_UPDATE=always cargo test --test
//! program solved`).

use crate::toy::loaded;
use prover::network::Uniform;
use prover::prove::{Budget, Lemmas, Means, Prover, Statement, Strategy, World};
use prover::theory::import::SourceText;
use rayon::prelude::*;

const NODES: u64 = 3_000;
const SEED: u64 = 0;

/// States expanded for a goal with saturation and completion, which prove it at the beginning if at all.
const EQUATIONAL_NODES: u64 = 40;

/// One goal: its statement and the outcome.
fn entry(lemmas: &Lemmas, world: &World, statement: &Statement) -> (bool, String) {
    let budget = Budget { nodes: NODES, seconds: None, batch: 1 };
    let (theorem, attempt) = Prover::new(world, &Uniform, SEED).prove(lemmas, statement, budget);
    assert_eq!(attempt.fault, None, "{}", statement.text);
    assert!(attempt.nodes <= NODES);
    match theorem {
        Some(theorem) => (true, theorem.item()),
        None => (false, format!("{} : {} is open.\n", statement.name, statement.text)),
    }
}

/// All goals of a set, in order, after the number of those that are proved.
fn listing(theory: &str, goals: &str) -> String {
    let lemmas = Lemmas::new(theory);
    let (statements, world) = (lemmas.goals(goals).unwrap(), lemmas.world().unwrap());
    let entries: Vec<(bool, String)> = statements.par_iter().map(|goal| entry(&lemmas, &world, goal)).collect();
    let proved = entries.iter().filter(|(proved, _)| *proved).count();
    let texts: Vec<&str> = entries.iter().map(|(_, text)| text.as_str()).collect();
    format!("{proved} of {} proved\n\n{}", entries.len(), texts.join("\n"))
}

/// The goals of a set that are open with saturation and completion, which prove the others at the beginning. Each proof
/// is accepted as a file.
fn open_with_equations(theory: &str, goals: &str) -> String {
    let lemmas = Lemmas::new(theory);
    let budget = Budget { nodes: EQUATIONAL_NODES, seconds: None, batch: 1 };
    let means = Means { search: false, lemmas: false, ..Means::ALL };
    let world = lemmas.world().unwrap();
    let statements = lemmas.goals(goals).unwrap();
    let is_open = |statement: &&Statement| {
        let mut strategy = Strategy::new(lemmas.clone(), world.clone(), &Uniform, means, budget, SEED);
        let found = strategy.prove(statement);
        assert_eq!(found.fault, None, "{}", statement.text);
        found.theorem.inspect(|theorem| drop(loaded(SourceText::text("proof", lemmas.file(theorem))))).is_none()
    };
    let open: Vec<&str> = statements.par_iter().filter(is_open).map(|statement| statement.name.as_str()).collect();
    open.join(" ")
}

#[test]
fn nat_add_hard() {
    insta::assert_snapshot!(listing("nat-add", "nat-add-hard"));
}

#[test]
fn nat_mul() {
    insta::assert_snapshot!(listing("nat-mul", "nat-mul"));
}

#[test]
fn nat_pow() {
    insta::assert_snapshot!(listing("nat-pow", "nat-pow"));
}

#[test]
fn lists() {
    insta::assert_snapshot!(listing("lists", "lists"));
}

#[test]
fn trees() {
    insta::assert_snapshot!(listing("trees", "trees"));
}

#[test]
fn propositional() {
    insta::assert_snapshot!(listing("propositional-logic", "propositional"));
}

/// The same goals with negation and equivalence as definitions, which are transparent.
#[test]
fn connectives() {
    insta::assert_snapshot!(listing("connectives", "connectives"));
}

/// `<=` by an existential: witnesses, and facts that are taken apart.
#[test]
fn order() {
    insta::assert_snapshot!(listing("order", "order"));
}

#[test]
fn groups() {
    insta::assert_snapshot!(listing("groups", "groups"));
}

/// Sets as predicates, whose notions are definitions.
#[test]
fn sets() {
    insta::assert_snapshot!(listing("sets", "sets"));
}

/// Goals of equations alone: the open ones, so that a change of completion does not change thousands of lines.
#[test]
fn rings_magmas_and_the_putnam_competition() {
    insta::assert_snapshot!(open_with_equations("rings", "rings"), @"sub_mul");
    insta::assert_snapshot!(open_with_equations("magmas", "magmas"), @"stroke_comm_hard");
    insta::assert_snapshot!(open_with_equations("putnam", "putnam"), @"putnam_1969_b2 putnam_1971_b1 putnam_1988_b1 putnam_1992_a1 putnam_1995_a1 putnam_1997_a4 putnam_2008_a1 putnam_2012_a2 putnam_2023_b2");
}

#[test]
fn a_search_repeats_exactly() {
    for (theory, goals) in [("nat-add", "nat-add-hard"), ("propositional-logic", "propositional")] {
        let lemmas = Lemmas::new(theory);
        let statements = lemmas.goals(goals).unwrap();
        // Each time a world of its own: nothing may depend on what was done before, or on where things are in memory.
        let run = |seed| -> Vec<(u64, Option<String>)> {
            let world = lemmas.world().unwrap();
            let budget = Budget { nodes: 300, seconds: None, batch: 1 };
            let prove = |statement| Prover::new(&world, &Uniform, seed).prove(&lemmas, statement, budget);
            let found = statements.iter().map(prove);
            found.map(|(theorem, attempt)| (attempt.nodes, theorem.map(|theorem| theorem.script))).collect()
        };
        let first = run(5);
        assert_eq!(first, std::thread::scope(|scope| scope.spawn(|| run(5)).join().unwrap()));
        assert_ne!(first, run(6), "the seed is used");
    }
}
