//! Instances of known facts.

use prover_logic::{Environment, KernelError, Term, TermId};
use prover_theory::Theory;
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::signature::{Parameter, Signature};
use rustc_hash::FxHashSet;

/// Under which head a fact is looked for, `None` for a variable; nothing for a fact that is not looked for.
pub(super) fn head_of_known(theory: &Theory, signature: &Signature) -> Option<Option<TermId>> {
    let store = &theory.environment.store;
    // Facts about all predicates, such as induction, match whatever one likes.
    let is_function =
        |parameter: &Parameter| !parameter.is_premise && matches!(store.term(parameter.domain), Term::Pi(..));
    if signature.parameters.iter().any(is_function) {
        return None;
    }
    let head = store.head(signature.output);
    Some((store.loose(head) == 0).then_some(head))
}

/// Whether a local occurs in a term.
pub(super) fn occurs(environment: &Environment, local: TermId, term: TermId) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(id) = open.pop() {
        if id == local {
            return true;
        }
        if environment.store.local_bound(id) == 0 || !seen.insert(id) {
            continue;
        }
        if let Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) = environment.store.term(id) {
            open.extend([a, b]);
        }
    }
    false
}

/// Whether a fact's output matches a proposition, with hypotheses for its premises.
pub(super) fn gives(
    environment: &mut Environment,
    fact: &Signature,
    target: TermId,
    hypotheses: &[TermId],
) -> Result<bool, KernelError> {
    let mut substitution = Substitution::new(fact.len());
    if !substitution.matches(environment, fact.output, target)? {
        return Ok(false);
    }
    let premises: Vec<TermId> = fact.parameters.iter().filter(|p| p.is_premise).map(|p| p.domain).collect();
    if premises.len() > hypotheses.len() {
        return Ok(false);
    }
    discharged(environment, &premises, hypotheses, &mut substitution)
}

fn discharged(
    environment: &mut Environment,
    premises: &[TermId],
    hypotheses: &[TermId],
    substitution: &mut Substitution,
) -> Result<bool, KernelError> {
    let Some((&premise, others)) = premises.split_first() else { return Ok(true) };
    for &hypothesis in hypotheses {
        let mark = substitution.mark();
        if substitution.matches(environment, premise, hypothesis)?
            && discharged(environment, others, hypotheses, substitution)?
        {
            return Ok(true);
        }
        substitution.undo(mark);
    }
    Ok(false)
}
