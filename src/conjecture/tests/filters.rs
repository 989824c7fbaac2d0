//! Tests of refusals and their reasons.

use super::*;
use crate::{Admission, FilterOptions, Filters, Refusal, RefusalCounts, Treatment, Treatments};

fn refusal(theory: &mut Theory, filters: &mut Filters, text: &str) -> Option<Refusal> {
    let id = statement(theory, text);
    let checked = filters.check(theory, id).err();
    assert_eq!(filters.admit(theory, id).err(), checked, "{text}");
    checked
}

fn check(theory: &mut Theory, options: FilterOptions, cases: &[(&str, Option<Refusal>)]) {
    let filters = &mut Filters::new(theory, options);
    for (text, expected) in cases {
        assert_eq!(refusal(theory, filters, text), *expected, "{text}");
    }
}

#[test]
fn duplicates_of_facts_and_of_conjectures() {
    check(
        &mut theory(NAT_ADD),
        FilterOptions::default(),
        &[
            ("[('x : nat) -> (= (+ 'x z) 'x)]", Some(Refusal::Duplicate)),
            ("[('x : nat) -> (= (+ z 'x) 'x)]", None),
            ("[('y : nat) -> (= (+ z 'y) 'y)]", Some(Refusal::Duplicate)),
        ],
    );
}

#[test]
fn symmetric_duplicates() {
    check(
        &mut theory(NAT_ADD),
        FilterOptions::default(),
        &[
            ("[('x : nat) -> (= 'x (+ 'x z))]", Some(Refusal::Symmetric)),
            ("[('x : nat) -> ('y : nat) -> (= (+ 'y (s 'x)) (s (+ 'y 'x)))]", Some(Refusal::Symmetric)),
            ("[('x : nat) -> ('y : nat) -> (= (s (+ 'y 'x)) (+ 'y (s 'x)))]", Some(Refusal::Symmetric)),
            ("[('x : nat) -> ('y : nat) -> (= (s (+ 'x 'y)) (+ (s 'x) 'y))]", None),
            ("[('x : nat) -> ('y : nat) -> (= (+ (s 'y) 'x) (s (+ 'y 'x)))]", Some(Refusal::Symmetric)),
            // The same shape, another statement.
            ("[('x : nat) -> ('y : nat) -> (= (+ (s 'y) 'x) (s (+ 'x 'y)))]", None),
            // Hypotheses: sides and order.
            ("[('x : nat) -> ('y : nat) -> (= 'x z) -> (= (s 'y) 'y) -> (= (+ 'x 'y) (s z))]", None),
            (
                "[('y : nat) -> ('x : nat) -> (= 'y (s 'y)) -> (= z 'x) -> (= (s z) (+ 'x 'y))]",
                Some(Refusal::Symmetric),
            ),
            ("[('x : nat) -> ('y : nat) -> (= 'y z) -> (= (s 'y) 'y) -> (= (+ 'x 'y) (s z))]", None),
        ],
    );
}

#[test]
fn symmetry_is_an_equivalence() {
    // Both orders of arrival give the same verdict, whatever the store held before.
    let texts = [
        "[('x : nat) -> ('y : nat) -> (= (+ 'x 'y) (+ (s 'y) z))]",
        "[('x : nat) -> ('y : nat) -> (= (+ (s 'x) z) (+ 'y 'x))]",
    ];
    for order in [[0, 1], [1, 0]] {
        let theory = &mut theory(NAT_ADD);
        let filters = &mut Filters::new(theory, FilterOptions::default());
        assert_eq!(refusal(theory, filters, texts[order[0]]), None);
        assert_eq!(refusal(theory, filters, texts[order[1]]), Some(Refusal::Symmetric));
    }
}

#[test]
fn variables_hypotheses_and_conclusions() {
    check(
        &mut mixed(),
        FilterOptions::default(),
        &[
            ("[nat -> (= (s z) z)]", Some(Refusal::UnusedVariable)),
            ("[('x : nat) -> ('P : prop) -> (= (s 'x) 'x)]", Some(Refusal::UnusedVariable)),
            ("[('x : nat) -> (= 'x z) -> (= 'x z)]", Some(Refusal::RestatedHypothesis)),
            ("[('x : nat) -> (= 'x z) -> (= 'x z) -> (= (s 'x) z)]", Some(Refusal::RepeatedHypothesis)),
            ("[('x : nat) -> (= 'x 'x) -> (= (s 'x) z)]", Some(Refusal::TrivialHypothesis)),
            ("[('x : nat) -> (= (s 'x) (s 'x))]", Some(Refusal::Reflexive)),
            ("[('x : nat) -> (= 'x z) -> (= 'x 'x)]", Some(Refusal::Reflexive)),
            ("[('x : nat) -> (= 'x z) -> (= (s 'x) (s z))]", None),
            ("[('P : prop) -> 'P]", Some(Refusal::EveryProposition)),
            ("[('P : prop) -> (not 'P)]", Some(Refusal::EveryProposition)),
            ("[('P : prop) -> ('Q : prop) -> (not 'P) -> 'Q]", Some(Refusal::EveryProposition)),
            ("[('P : prop) -> ('Q : prop) -> 'P -> ['P -> 'Q] -> 'Q]", Some(Refusal::VariableConclusion)),
            ("[('P : prop) -> (not (not 'P)) -> (not 'P)]", None),
        ],
    );
}

#[test]
fn contradictory_hypotheses() {
    let contradictory = Some(Refusal::ContradictoryHypotheses);
    check(
        &mut mixed(),
        FilterOptions::default(),
        &[
            ("[('P : prop) -> false -> (or 'P (iff 'P 'P))]", contradictory),
            ("[('P : prop) -> 'P -> (not 'P) -> (or 'P (iff 'P 'P))]", contradictory),
            ("[('P : prop) -> 'P -> ['P -> false] -> (or 'P (iff 'P 'P))]", contradictory),
            ("[('P : prop) -> (and 'P (not 'P)) -> (or 'P (iff 'P 'P))]", contradictory),
            ("[('x : nat) -> (not (= 'x 'x)) -> (= (s 'x) z)]", contradictory),
            ("[('P : prop) -> ('Q : prop) -> 'P -> (not 'Q) -> (or 'P (iff 'Q 'P))]", None),
        ],
    );
}

#[test]
fn a_variable_as_conclusion_may_be_allowed() {
    check(
        &mut theory(PROPOSITIONS),
        FilterOptions { allow_variable_conclusion: true, ..FilterOptions::default() },
        &[
            ("[('P : prop) -> ('Q : prop) -> 'P -> ['P -> 'Q] -> 'Q]", None),
            ("[('P : prop) -> ('Q : prop) -> (not 'P) -> 'Q]", Some(Refusal::EveryProposition)),
        ],
    );
}

const INSTANCES: [&str; 4] = [
    "[('x : nat) -> (= (+ (s 'x) z) (s 'x))]",
    "[('x : nat) -> (= (s (s 'x)) (+ (s (s 'x)) z))]",
    "[('P : prop) -> ('Q : prop) -> (or (and 'P 'Q) (not (and 'P 'Q)))]",
    // With the hypothesis for the premise.
    "[('P : prop) -> ('Q : prop) -> (and (not 'P) 'Q) -> (not 'P)]",
];

#[test]
fn instances_of_known_facts() {
    let theory = &mut mixed();
    check(theory, FilterOptions::default(), &INSTANCES.map(|text| (text, Some(Refusal::Instance))));
    let lenient = FilterOptions { refuse_instances: false, ..FilterOptions::default() };
    check(theory, lenient, &INSTANCES.map(|text| (text, None)));
    // Neither induction nor a fact whose premise is not at hand makes everything an instance.
    let others = ["[('x : nat) -> (= (+ z 'x) 'x)]", "[('P : prop) -> ('Q : prop) -> (and (or 'P 'Q) 'Q)]"];
    check(theory, FilterOptions::default(), &others.map(|text| (text, None)));
}

#[test]
fn what_becomes_known_is_refused_with_its_instances() {
    let theory = &mut theory(NAT_ADD);
    let filters = &mut Filters::new(theory, FilterOptions::default());
    let known = statement(theory, "[('x : nat) -> ('y : nat) -> (= (+ 'x 'y) (+ 'y 'x))]");
    let instance = "[('x : nat) -> ('y : nat) -> (= (+ (s 'x) (s 'y)) (+ (s 'y) (s 'x)))]";
    let id = statement(theory, instance);
    assert_eq!(filters.check(theory, id), Ok(()));
    filters.add_known(theory, known);
    assert_eq!(filters.check(theory, id), Err(Refusal::Instance));
    assert_eq!(filters.check(theory, known), Err(Refusal::Duplicate));
}

/// Options under which whatever is recognised up to equations is treated in one way.
fn modulo(treatment: Treatment) -> FilterOptions {
    let modulo = Some(Treatments { equal: treatment, instance: treatment, saturated: treatment });
    FilterOptions { modulo, ..FilterOptions::default() }
}

#[test]
fn what_is_recognised_up_to_equations() {
    let theory = &mut theory(NAT_ADD);
    let filters = &mut Filters::new(theory, modulo(Treatment::Drop));
    let known = statement(theory, "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]");
    filters.add_known(theory, known);
    for (text, expected) in [
        // z + n = n + z is an instance of what is known, and n + z is n.
        ("[('n : nat) -> (= (+ z (+ 'n z)) (+ 'n z))]", Some(Refusal::InstanceModulo)),
        ("[('a : nat) -> ('b : nat) -> (= (+ (+ 'a z) 'b) (+ 'b 'a))]", Some(Refusal::EqualModulo)),
        ("[('a : nat) -> ('b : nat) -> (= (+ (+ 'a z) 'b) (+ 'a 'b))]", Some(Refusal::Saturated)),
        ("[('a : nat) -> (= (+ 'a (s (s z))) (s (s 'a)))]", Some(Refusal::Saturated)),
        ("[('a : nat) -> (= 'a (s z)) -> (= (+ 'a 'a) (s (s z)))]", Some(Refusal::Saturated)),
        ("[('a : nat) -> ('b : nat) -> (= (+ (s 'a) 'b) (s (+ 'b 'a)))]", Some(Refusal::InstanceModulo)),
        ("[('a : nat) -> ('b : nat) -> (= (+ 'a (+ 'a 'b)) (+ 'b 'b))]", None),
        // The same with a sum of nothing in it.
        ("[('a : nat) -> ('b : nat) -> (= (+ 'b (+ 'b z)) (+ 'a (+ 'a (+ 'b z))))]", Some(Refusal::EqualModulo)),
        ("[('a : nat) -> ('b : nat) -> (= (+ (s 'a) 'b) (+ 'a 'b))]", None),
    ] {
        assert_eq!(refusal(theory, filters, text), expected, "{text}");
    }
}

#[test]
fn what_is_recognised_may_be_kept_or_trivial() {
    let text = "[('a : nat) -> ('b : nat) -> (= (+ (+ 'a z) 'b) (+ 'a 'b))]";
    let admitted = |options| {
        let theory = &mut theory(NAT_ADD);
        let id = statement(theory, text);
        Filters::new(theory, options).admit(theory, id)
    };
    assert_eq!(admitted(FilterOptions::default()), Ok(Admission::Attempt(None)));
    assert_eq!(admitted(modulo(Treatment::Keep)), Ok(Admission::Attempt(Some(Refusal::Saturated))));
    assert_eq!(admitted(modulo(Treatment::Trivial)), Ok(Admission::Trivial(Refusal::Saturated)));
    assert_eq!(admitted(modulo(Treatment::Drop)), Err(Refusal::Saturated));
}

#[test]
fn counts_tell_reasons_apart() {
    let mut counts = RefusalCounts::default();
    for refusal in [Refusal::Reflexive, Refusal::Instance, Refusal::Reflexive] {
        counts.add(refusal);
    }
    assert_eq!((counts.get(Refusal::Reflexive), counts.get(Refusal::Instance), counts.total()), (2, 1, 3));
    let nonzero: Vec<_> = counts.iter().filter(|&(_, n)| n > 0).collect();
    assert_eq!(nonzero, [(Refusal::Reflexive, 2), (Refusal::Instance, 1)]);
    let names: std::collections::BTreeSet<_> = Refusal::ALL.iter().map(|r| r.name()).collect();
    assert_eq!(names.len(), Refusal::ALL.len());
}

#[test]
fn hindsight_that_is_known_is_refused_by_the_filters() {
    let mut theory = Theory::from_source("nat-add").unwrap();
    let mut filters = Filters::new(&mut theory, FilterOptions::default());
    let known = theory.statement("[('a : nat) -> (= (+ z 'a) 'a)]").unwrap();
    assert!(filters.check(&mut theory, known).is_ok());
    filters.add_known(&mut theory, known);
    assert!(filters.check(&mut theory, known).is_err());
}
