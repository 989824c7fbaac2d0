//! The negation of a refuted statement, proved: `[S -> ('P : prop) -> 'P]`.
//!
//! The statement is applied to the values of the counterexample and to proofs of its premises there, which equality
//! saturation finds by computing; it also finds that the conclusion then implies every proposition, from the axioms by
//! which constructors are disjoint and injective. The kernel checks the whole. Where the theory has no such axioms, or
//! a premise takes more than computing, no proof is reported.

use super::counterexample::Counterexample;
use prover_logic::{DeclarationKind, KernelError, Sort, Term, TermId};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::equality::{self, Limits, Task};
use prover_theory::terms::typed::Fact;

/// Steps that the proof may take, the check by the kernel not counted.
const STEPS: u64 = 4_000_000;
/// The name under which the kernel checks it; it is added to nothing.
const NAME: &str = "negation";

/// A negation that the kernel has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negated {
    /// The proposition.
    pub statement: TermId,
    /// Its proof.
    pub proof: TermId,
}

impl Negated {
    /// Proves that a statement gives everything, by a counterexample; `None` if that is not found or the kernel does
    /// not accept it.
    pub fn new(
        theory: &mut Theory,
        statement: TermId,
        counterexample: &Counterexample,
        deadline: Deadline,
    ) -> Option<Self> {
        if counterexample.terms.is_empty() && !counterexample.values.is_empty() {
            return None;
        }
        theory.environment.set_budget(STEPS);
        theory.environment.set_deadline(deadline.instant());
        let negated = negated(theory, statement, &counterexample.terms);
        theory.environment.set_deadline(None);
        negated.ok().flatten()
    }
}

fn negated(theory: &mut Theory, statement: TermId, terms: &[Option<TermId>]) -> Result<Option<Negated>, KernelError> {
    let Some(equality) = theory.equality else { return Ok(None) };
    let is_fact = |kind| matches!(kind, DeclarationKind::Axiom | DeclarationKind::Theorem);
    let constants: Vec<_> = theory.environment.declarations().map(|(id, d)| (id, d.kind, d.ty)).collect();
    let environment = &mut theory.environment;
    let mut facts = Vec::new();
    for (constant, kind, ty) in constants {
        if is_fact(kind) && environment.sort_of(ty)? == Sort::Prop {
            facts.push(Fact { proposition: ty, proof: environment.store.constant(constant) });
        }
    }
    let limits = Limits { splits: 0, ..Limits::ACTION.times(4) };
    let prove = |environment: &mut prover_logic::Environment, goal: TermId| {
        let report = equality::prove(environment, Task { equality, facts: &facts, goal, limits })?;
        Ok::<_, KernelError>(match report.verdict {
            equality::Verdict::Proved(proof) => Some(proof),
            _ => None,
        })
    };
    let hypothesis = environment.store.local(environment.store.local_bound(statement), statement);
    let (mut proof, mut rest) = (hypothesis, statement);
    for term in terms {
        rest = environment.whnf(rest)?;
        let Term::Pi(domain, body) = environment.store.term(rest) else { return Ok(None) };
        let argument = match *term {
            Some(term) => term,
            None => match prove(environment, domain)? {
                Some(proof) => proof,
                None => return Ok(None),
            },
        };
        proof = environment.store.app(proof, argument);
        rest = environment.store.instantiate(body, &[argument]);
    }
    let prop = environment.store.sort(Sort::Prop);
    let variable = environment.store.bound(0);
    let everything = environment.store.pi(prop, variable);
    let step = environment.store.pi(rest, everything);
    let Some(absurd) = prove(environment, step)? else { return Ok(None) };
    let body = environment.store.app(absurd, proof);
    let proof = environment.store.close_lambda(body, &[hypothesis]);
    let negation = environment.store.pi(statement, everything);
    environment.set_deadline(None);
    environment.check_proof(NAME, negation, proof)?;
    Ok(Some(Negated { statement: negation, proof }))
}
