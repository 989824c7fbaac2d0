//! Tests of variants: they are well formed, read back as the same statements, and reach well-known laws from their
//! definitions.

use crate::{Author, Completer, ConjectureOptions, Functions, VariantAuthor, generalised};
use prover_logic::Sort;
use prover_theory::Theory;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

fn variants(source: &str, seeds: &[&str], count: usize) -> BTreeSet<String> {
    let mut theory = Theory::from_source(source).unwrap();
    let seeds: Vec<_> = seeds.iter().map(|seed| (theory.statement(seed).unwrap(), 1.0)).collect();
    let functions = Functions::new(&mut theory);
    let mut completer = Completer::new(&mut theory, &ConjectureOptions::default()).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut author = VariantAuthor::new(&seeds, &functions, &mut rng);
    let mut found = BTreeSet::new();
    for _ in 0..count {
        if let Some(variant) = author.write(&mut completer, &mut theory) {
            assert_eq!(theory.environment.sort_of(variant.statement), Ok(Sort::Prop), "{}", variant.text);
            assert_eq!(theory.statement(&variant.text).ok(), Some(variant.statement), "{}", variant.text);
            found.insert(variant.text);
        }
    }
    found
}

#[test]
fn laws_are_variants_of_what_defines_a_function() {
    let seeds = ["[('n : nat) -> (= (+ 'n z) 'n)]", "[('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))]"];
    let found = variants("nat-add", &seeds, 4_000);
    assert!(found.len() > 300, "{}", found.len());
    for law in [
        "[('a0 : nat) -> (= (+ z 'a0) 'a0)]",
        "[('a0 : nat) -> ('a1 : nat) -> (= (+ 'a0 'a1) (+ 'a1 'a0))]",
        "[('a0 : nat) -> ('a1 : nat) -> (= (+ (s 'a1) 'a0) (s (+ 'a0 'a1)))]",
    ] {
        let mut theory = Theory::from_source("nat-add").unwrap();
        let law = theory.statement(law).unwrap();
        let mut filters =
            crate::Filters::new(&mut theory, crate::FilterOptions { refuse_instances: false, ..Default::default() });
        filters.remember(&mut theory, law);
        let is_law = |text: &String| {
            let statement = theory.statement(text).unwrap();
            filters
                .check(&mut theory, statement)
                .is_err_and(|refusal| matches!(refusal, crate::Refusal::Duplicate | crate::Refusal::Symmetric))
        };
        assert!(found.iter().any(is_law), "{law:?}");
    }
}

#[test]
fn propositions_with_premises_have_variants_too() {
    let seed = "[('a : prop) -> ('b : prop) -> (or 'a 'b) -> (not 'a) -> 'b]";
    let found = variants("propositional-logic", &[seed], 1_000);
    assert!(found.len() > 100, "{}", found.len());
    assert!(found.iter().any(|text| text.contains("(and ")), "constants are exchanged");
    assert!(found.contains("[('a0 : prop) -> ('a1 : prop) -> (or 'a0 'a1) -> 'a1]"), "premises are dropped");
}

#[test]
fn polymorphic_and_first_order_theories_have_variants() {
    let lists = variants("lists", &["[('t : type) -> ('a : (list 't)) -> (= (append (nil 't) 'a) 'a)]"], 300);
    let groups = variants("groups", &["[('a : G) -> (= (op id 'a) 'a)]"], 300);
    assert!(lists.len() + groups.len() > 50, "{} {}", lists.len(), groups.len());
}

#[test]
fn equations_of_well_known_forms_need_no_seed() {
    let numbers = variants("nat-mul", &[], 3_000);
    for law in [
        "[('a0 : nat) -> ('a1 : nat) -> ('a2 : nat) -> (= (+ (+ 'a0 'a1) 'a2) (+ 'a0 (+ 'a1 'a2)))]",
        "[('a0 : nat) -> ('a1 : nat) -> ('a2 : nat) -> (= (* 'a0 (+ 'a1 'a2)) (+ (* 'a0 'a1) (* 'a0 'a2)))]",
    ] {
        assert!(numbers.contains(law), "{law}");
    }
    let lists = variants("lists", &[], 3_000);
    assert!(lists.iter().any(|text| text.contains("(append (append 'a1 'a2) 'a3)")), "{lists:?}");
    assert!(lists.iter().any(|text| text.contains("(reverse (reverse 'a1))")), "{lists:?}");
    let groups = variants("groups", &[], 1_000);
    assert!(groups.contains("[('a0 : G) -> (= (inv (inv 'a0)) 'a0)]"), "{groups:?}");
}

#[test]
fn what_both_sides_have_in_common_becomes_a_variable() {
    let mut theory = Theory::from_source("nat-mul").unwrap();
    let mut general = |text: &str| {
        let statement = theory.statement(text).unwrap();
        let general = generalised(&mut theory, statement)?;
        Some(prover_theory::print::print(&mut theory.environment, &prover_theory::print::Names::new(), general))
    };
    let stuck =
        "[('a : nat) -> ('b : nat) -> (= 'a 'b) -> (= (+ (+ (* 'a 'b) 'b) (s 'a)) (+ (* 'a 'b) (+ 'b (s 'a))))]";
    let expected = "[('a0 : nat) -> ('a1 : nat) -> ('a2 : nat) -> (= (+ (+ 'a1 'a0) 'a2) (+ 'a1 (+ 'a0 'a2)))]";
    assert_eq!(general(stuck).as_deref(), Some(expected));
    assert_eq!(general("[('a : nat) -> (= (+ 'a z) 'a)]"), None);
}
