//! The functions that a goal reaches through their defining equations.

use prover_logic::equality::Equality;
use prover_logic::{DeclarationKind, Environment, Store, Term, TermId};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::signature::Signature;
use prover_theory::terms::typed::Fact;
use rustc_hash::{FxHashMap, FxHashSet};

/// How far lemmas are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing beyond the graphs of the stuck goals, if a lemma from there closes one of them; else as [`Goal`](Self::Goal).
    Graphs,
    /// The functions that the stuck goals mention, those that the equations of these mention, and so on.
    Goal,
    /// All that equations without variables or saturation bring in.
    Theory,
}

/// The constants in some terms and in the theory's axioms on them: in each axiom that is an equation, under premises or
/// not, with such a constant at the head of its left side.
pub(super) fn reached(
    env: &Environment,
    equality: Equality,
    propositions: &[Fact],
    from: impl IntoIterator<Item = TermId>,
) -> FxHashSet<TermId> {
    let mut equations: FxHashMap<TermId, Vec<TermId>> = FxHashMap::default();
    for &Fact { proposition, proof } in propositions {
        if let Term::Const(constant) = env.store.term(proof)
            && env.declaration(constant).kind != DeclarationKind::Theorem
            && let Some((_, left, _)) =
                Equation::sides(&env.store, &equality, Signature::output(&env.store, proposition))
        {
            equations.entry(env.store.head(left)).or_default().push(proposition);
        }
    }
    let (mut found, mut seen) = (FxHashSet::default(), FxHashSet::default());
    let mut open: Vec<TermId> = from.into_iter().collect();
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match env.store.term(term) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            Term::Const(_) => {
                found.insert(term);
                open.extend(equations.get(&term).into_iter().flatten());
            }
            _ => {}
        }
    }
    found
}

/// Whether a term speaks of these constants only.
pub(super) fn is_within(store: &Store, term: TermId, constants: &FxHashSet<TermId>) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match store.term(term) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            Term::Const(_) if !constants.contains(&term) => return false,
            _ => {}
        }
    }
    true
}
