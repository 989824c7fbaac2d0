//! Relevance of facts: the order in which a goal is saturated with many of them.
//!
//! All facts of a small theory are used at once. Of many, the facts in scope come first, with those that mention few
//! constants that the goal does not mention; the others follow, twice as many each time, once these give nothing more.
//! (J. Meng, L. Paulson, *Lightweight relevance filtering for machine-generated resolution problems*, 2009, have the
//! idea to count the constants that a fact mentions beyond the goal.)

use crate::terms::equation::Equation;
use crate::terms::rewriting::tree_size;
use crate::terms::signature::Signature;
use crate::terms::typed::Fact;
use prover_logic::equality::Equality;
use prover_logic::{DeclarationKind, Environment, Store, Term, TermId};
use rustc_hash::FxHashSet;

/// The most rounds in which the definitions of the goal's functions add functions.
const ROUNDS: usize = 3;
/// Sizes are distinguished below this.
const SIZE: u32 = 1_000;

/// The facts in portions, the first of them with about `first` facts of the theory; within each they are in their
/// order.
pub(super) fn portions(
    env: &Environment,
    equality: &Equality,
    facts: &[Fact],
    goal: TermId,
    first: usize,
) -> Vec<Vec<Fact>> {
    if facts.len() <= first {
        return vec![facts.to_vec()];
    }
    let store = &env.store;
    let kind = |fact: &Fact| match store.term(fact.proof) {
        Term::Const(constant) => env.get(constant).map(|declaration| declaration.kind),
        _ => None,
    };
    let mut near = FxHashSet::default();
    constants(store, goal, &mut near);
    let (mut in_scope, mut others) = (Vec::new(), Vec::new());
    for (place, fact) in facts.iter().enumerate() {
        match kind(fact) {
            None => {
                constants(store, fact.proposition, &mut near);
                in_scope.push(place);
            }
            Some(kind) => others.push((place, kind != DeclarationKind::Axiom)),
        }
    }
    for _ in 0..ROUNDS {
        let before = near.len();
        for &(place, is_proved) in &others {
            let proposition = facts[place].proposition;
            if !is_proved && near.contains(&subject(store, equality, proposition)) {
                constants(store, proposition, &mut near);
            }
        }
        if near.len() == before {
            break;
        }
    }
    others.sort_by_cached_key(|&(place, is_proved)| {
        let mut own = FxHashSet::default();
        constants(store, facts[place].proposition, &mut own);
        let far = own.difference(&near).count();
        (far, is_proved, tree_size(store, facts[place].proposition, SIZE), place)
    });
    let mut portions = Vec::new();
    let mut rest = &others[..];
    let mut size = first;
    let mut places = in_scope;
    loop {
        let (portion, later) = rest.split_at(size.min(rest.len()));
        places.extend(portion.iter().map(|&(place, _)| place));
        places.sort_unstable();
        portions.push(places.drain(..).map(|place| facts[place]).collect());
        (rest, size) = (later, size.saturating_mul(2));
        if rest.is_empty() {
            return portions;
        }
    }
}

/// The constant that a fact defines or says something of: the function on the left of an equation, or the predicate.
fn subject(store: &Store, equality: &Equality, proposition: TermId) -> TermId {
    let conclusion = Signature::output(store, proposition);
    let sides = Equation::sides(store, equality, conclusion);
    store.head(sides.map_or(conclusion, |(_, left, _)| left))
}

/// Adds the constants that a term mentions.
fn constants(store: &Store, term: TermId, found: &mut FxHashSet<TermId>) {
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(id) = open.pop() {
        match store.term(id) {
            Term::Const(_) => drop(found.insert(id)),
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) if seen.insert(id) => open.extend([a, b]),
            _ => {}
        }
    }
}
