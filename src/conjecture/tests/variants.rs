//! Variants: well-formed, read back as what they are, and reach well-known laws from their definitions.

use crate::{Author, Completer, ConjectureOptions, VariantAuthor};
use prover_logic::Sort;
use prover_theory::Theory;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

fn variants(source: &str, seeds: &[&str], count: usize) -> BTreeSet<String> {
    let mut theory = Theory::from_source(source).unwrap();
    let seeds = seeds.iter().map(|seed| (theory.statement(seed).unwrap(), 1.0)).collect();
    let mut completer = Completer::new(&mut theory, &ConjectureOptions::default()).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut author = VariantAuthor::new(seeds, &mut rng);
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
