//! Search in theories with data types and recursive functions.

use crate::program::folder;
use crate::toy::{ADD, EQUALITY, NAT};
use prover::network::Uniform;
use prover::prove::Prover;
use prover::prove::{Budget, Lemmas};

#[test]
fn search_proves_the_same_as_in_the_axiomatic_theory() {
    let folder = folder(&[("numbers.peano", &[EQUALITY, NAT, ADD].concat())]);
    let path = folder.path().join("numbers.peano");
    let search = |theory: &str, name: &str, statement: &str| {
        let lemmas = Lemmas::new(theory);
        let statement = lemmas.goal(name, statement).unwrap();
        let budget = Budget { nodes: 2_000, seconds: None, batch: 1 };
        Prover::new(&lemmas.world().unwrap(), &Uniform, 0).prove(&lemmas, &statement, budget).0
    };
    let declared = path.to_str().unwrap();
    let zero_add = "[('a0 : nat) -> (= (+ z 'a0) 'a0)]";
    let found = search(declared, "zero_add", zero_add).expect("induction proves it");
    assert_eq!(found.script, search("nat-add", "zero_add", zero_add).unwrap().script);
    // What the axiomatic theory cannot prove: different constructors, and injectivity.
    assert!(search(declared, "absurd", "[('a0 : nat) -> (= z (s 'a0)) -> (= z (s z))]").is_some());
    assert!(search(declared, "down", "[('a0 : nat) -> ('a1 : nat) -> (= (s 'a0) (s 'a1)) -> (= 'a0 'a1)]").is_some());
}
