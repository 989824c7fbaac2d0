//! The proofs that ship: what `prover check --axioms` says of the addition world. A theorem that is lost, or that comes to
//! rest on another axiom, is seen here.

use std::path::Path;

fn checked(theory: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("theories").join(theory);
    let mut command = assert_cmd::Command::cargo_bin("prover").unwrap();
    let output = command.args(["check", "--axioms"]).arg(path).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

#[test]
fn the_addition_world_rests_on_the_axioms_of_addition() {
    insta::assert_snapshot!(checked("addition-world.peano"), @"
    zero_add rests on =, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    add_assoc rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    succ_add rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    add_comm rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    succ_eq_add_one rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s
    add_right_comm rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    add_left_comm rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    add_add_add_comm rests on =, eq_refl, rewrite, nat, z, s, +, +_z, +_s, nat_ind
    9 checked, 0 wrong
    ");
}

#[test]
fn every_theory_that_ships_checks() {
    for theory in ["nat-add", "nat-mul", "propositional-logic", "groups", "natural-numbers"] {
        let said = checked(&format!("{theory}.peano"));
        assert!(said.trim_end().ends_with(", 0 wrong"), "{theory}: {said}");
    }
}
