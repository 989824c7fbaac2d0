//! The proofs that ship. A theorem that is lost, that states something else, or that comes to rest on another axiom, is
//! seen here.

use crate::toy::shipped;
use prover_logic::{ConstId, Environment, Sort, TermId};
use prover_theory::import::{Files, ImportError, Resolver, SourceText};
use prover_theory::library::{Kind, built_in, load_goals};
use prover_theory::load::LoadError;
use prover_theory::print::{Names, print};
use prover_theory::{Theory, goals};
use std::collections::BTreeMap;
use std::path::Path;

/// A theory that ships, from the program, with the theorems that its own file proves. All of it was accepted.
fn checked(name: &str) -> (Theory, Vec<ConstId>) {
    let (theory, report) = shipped(name);
    let own = report.files.last().expect("the file itself").items.iter();
    let theorems = own.filter(|item| item.kind.word() == "theorem").map(|item| item.constant.expect("accepted"));
    let theorems = theorems.collect();
    (theory, theorems)
}

/// The axioms that a theorem rests on and that state something, in the order of their declaration.
fn assumed(environment: &mut Environment, theorem: ConstId) -> Vec<String> {
    let names: Vec<String> = environment.axioms_of(theorem).into_iter().map(str::to_owned).collect();
    let states = |environment: &mut Environment, name: &str| {
        let ty = environment.find(name).map(|id| environment.declaration(id).ty).expect("declared");
        environment.infer(ty).expect("well typed") == environment.store.sort(Sort::Prop)
    };
    names.into_iter().filter(|name| states(environment, name)).collect()
}

/// Every theorem of a file: its name, its statement and its axioms.
fn listing(name: &str) -> String {
    let (mut theory, theorems) = checked(name);
    let environment = &mut theory.environment;
    let mut text = String::new();
    for theorem in theorems {
        let declaration = environment.declaration(theorem);
        let (name, ty) = (declaration.name.clone(), declaration.ty);
        let statement = print(environment, &Names::new(), ty);
        text += &format!("{name} : {statement}\n  {}\n", assumed(environment, theorem).join(" "));
    }
    text
}

#[test]
fn the_addition_world() {
    insta::assert_snapshot!(listing("addition-world"));
}

#[test]
fn the_multiplication_world() {
    insta::assert_snapshot!(listing("multiplication-world"));
}

#[test]
fn the_power_world() {
    insta::assert_snapshot!(listing("power-world"));
}

#[test]
fn the_list_world() {
    insta::assert_snapshot!(listing("list-world"));
}

#[test]
fn membership_in_lists() {
    insta::assert_snapshot!(listing("list-membership"));
}

#[test]
fn the_tree_world() {
    insta::assert_snapshot!(listing("tree-world"));
}

#[test]
fn the_set_world() {
    insta::assert_snapshot!(listing("set-world"));
}

#[test]
fn the_ring_world() {
    insta::assert_snapshot!(listing("ring-world"));
}

#[test]
fn the_magma_world() {
    insta::assert_snapshot!(listing("magma-world"));
}

#[test]
fn the_putnam_world() {
    insta::assert_snapshot!(listing("putnam-world"));
}

/// The goals of a theory have proofs in the world of that theory: all goals of most sets.
#[test]
fn the_worlds_prove_their_goals() {
    for (world, theory, set, proved) in [
        ("addition-world", "nat-add", "nat-add-hard", 8),
        ("multiplication-world", "nat-mul", "nat-mul", 9),
        ("power-world", "nat-pow", "nat-pow", 9),
        ("list-world", "lists", "lists", 19),
        ("tree-world", "trees", "trees", 10),
        ("set-world", "sets", "sets", 10),
        ("ring-world", "rings", "rings", 10),
        ("magma-world", "magmas", "magmas", 6),
        ("putnam-world", "putnam", "putnam", 9),
    ] {
        let ((mut world, theorems), (mut plain, none)) = (checked(world), checked(theory));
        assert_eq!(none, [], "{theory} only declares");
        let mut found = 0;
        for goal in goals::load(&mut plain, &load_goals(set).unwrap().text).unwrap() {
            let statement = world.statement(&goal.text).unwrap();
            let Some(id) = world.environment.find(&goal.name) else { continue };
            assert!(theorems.contains(&id), "{}", goal.name);
            assert_eq!(world.environment.declaration(id).ty, statement, "{}", goal.name);
            found += 1;
        }
        assert_eq!(found, proved, "{set}");
    }
}

/// The name of every constant with the text of its type.
fn constants(theory: &mut Theory) -> BTreeMap<String, String> {
    let all: Vec<(String, TermId)> =
        theory.environment.declarations().map(|(_, constant)| (constant.name.to_string(), constant.ty)).collect();
    all.into_iter().map(|(name, ty)| (name, print(&mut theory.environment, &Names::new(), ty))).collect()
}

#[test]
fn numbers_as_data_are_the_numbers_of_the_axioms() {
    let axioms = constants(&mut checked("nat-pow").0);
    let mut data = constants(&mut checked("nat-data").0);
    for (name, ty) in axioms {
        assert_eq!(data.remove(&name), Some(ty), "{name}");
    }
    let more: Vec<String> = data.into_iter().map(|(name, ty)| format!("{name} : {ty}")).collect();
    insta::assert_snapshot!(more.join("\n"), @"
    s_inj : [('a0 : nat) -> ('a1 : nat) -> (= (s 'a0) (s 'a1)) -> (= 'a0 'a1)]
    z_ne_s : [('a0 : nat) -> (= z (s 'a0)) -> ('a1 : prop) -> 'a1]
    ");
}

/// The files that ship, with the numbers as data wherever those of the axioms are imported.
struct OverData;

impl Resolver for OverData {
    fn resolve(&self, name: &str, from: Option<&Path>) -> Result<SourceText, ImportError> {
        let is_axiomatic = ["nat-add", "nat-mul", "nat-pow"].contains(&name);
        Files.resolve(if is_axiomatic { "nat-data" } else { name }, from)
    }
}

#[test]
fn the_worlds_hold_of_numbers_as_data() {
    let power = built_in(Kind::Theory, "power-world").unwrap();
    let (theory, report) = Theory::load(power.into(), &OverData);
    assert!(report.is_fine(), "{}", LoadError::Refused(Box::new(report)));
    assert!(theory.environment.find("add_squared").is_some());
    assert!(theory.environment.find("z_ne_s").is_some(), "these numbers are data");
}
