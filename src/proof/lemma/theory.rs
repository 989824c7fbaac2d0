//! Equations between the functions that a statement reaches, independent of where its search is stuck.
//!
//! Source: K. Claessen, N. Smallbone, J. Hughes, *QuickSpec: Guessing Formal Specifications Using Testing*, TAP 2010.

use super::explore::{Conjectured, Explorer, variables_for};
use super::ground::Sampler;
use super::propose::{Candidate, Origin, Proposal, STEPS};
use super::reach::reached;
use super::stuck::Readings;
use crate::problem::ProofProblem;
use prover_logic::{ConstId, Environment, KernelError, Sort, Term, TermId};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::equality::Operation;
use rand::Rng;

/// The size of the terms that are enumerated.
const SIZE: u32 = 5;
/// The size of both sides of a distributive law.
const LAW: u32 = 12;
/// More functions than these are too many to be combined with each other.
const FUNCTIONS: usize = 16;

impl ProofProblem {
    /// Equations between small terms over the functions that the statement reaches, small ones first, that no ground
    /// instance refutes and that do not follow from the known facts.
    ///
    /// # Errors
    ///
    /// The kernel's bounds are exhausted.
    pub fn theory_proposals(&mut self, deadline: Deadline, rng: &mut impl Rng) -> Result<Vec<Proposal>, KernelError> {
        let Some(equality) = self.theory().equality else { return Ok(Vec::new()) };
        self.set_deadline(deadline);
        let (statement, rules) = (self.statement(), self.rules.clone());
        let environment = &mut self.theory().environment;
        environment.set_budget(STEPS);
        let reached = reached(environment, equality, &rules.propositions, [statement]);
        let mut functions: Vec<(ConstId, TermId)> = reached
            .into_iter()
            .filter_map(|term| match environment.store.term(term) {
                Term::Const(constant) => Some((constant, term)),
                _ => None,
            })
            .collect();
        functions.sort_unstable();
        if functions.len() > FUNCTIONS {
            return Ok(Vec::new());
        }
        let mut sampler = Sampler::new(self.theory(), &rules.propositions, rng)?;
        // One for all type parameters: what holds for lists of one unknown type mostly says enough.
        let kind = sampler.theory().environment.store.sort(Sort::Type);
        let element = sampler.variable(kind);
        let mut operations = Vec::new();
        for (_, function) in functions {
            operations.extend(Operation::of(&mut sampler.theory().environment, function, element)?);
        }
        let variables = variables_for(&mut sampler, &[element], &operations);
        let mut equations = distributive(sampler.theory(), &operations, &variables);
        if let Some(mut explorer) = Explorer::new(&mut sampler, variables.clone())? {
            explorer.enumerate(&operations, SIZE);
            equations.append(&mut explorer.equations);
        }
        let candidate = |equation| Candidate {
            equation,
            premises: Vec::new(),
            origin: Origin::Enumerated,
            variables: variables.clone(),
        };
        let candidates = equations.into_iter().map(candidate).collect();
        self.tested(Readings { candidates, ..Readings::default() }, equality, rng)
    }
}

/// The distributive laws, `f a (g b c) = h (f a b) (f a c)` and `f (g b c) a = h (f b a) (f c a)`, for all functions
/// that fit: they are larger than the enumerated terms, and many proofs rest on them.
fn distributive(theory: &mut Theory, operations: &[Operation], variables: &[TermId]) -> Vec<Conjectured> {
    let environment = &mut theory.environment;
    let binary: Vec<(&Operation, TermId, TermId)> = operations
        .iter()
        .filter_map(|operation| match operation.inputs[..] {
            [first, second] => Some((operation, first, second)),
            _ => None,
        })
        .collect();
    let is_closed =
        |&(operation, first, second): &(&Operation, TermId, TermId)| first == second && operation.output == first;
    let mut laws = Vec::new();
    for &(outer, first, second) in &binary {
        for is_left in [false, true] {
            let (over, other) = if is_left { (first, second) } else { (second, first) };
            let Some([b, c, a]) = chosen(environment, variables, [over, over, other]) else { continue };
            let apply = |environment: &mut Environment, part: TermId| {
                let arguments = if is_left { [part, a] } else { [a, part] };
                outer.apply(environment, &arguments)
            };
            let parts = [b, c].map(|part| apply(environment, part));
            for (inner, ..) in binary.iter().filter(|law| is_closed(law) && law.1 == over) {
                let whole = inner.apply(environment, &[b, c]);
                let left = apply(environment, whole);
                for (joint, ..) in binary.iter().filter(|law| is_closed(law) && law.1 == outer.output) {
                    let right = joint.apply(environment, &parts);
                    laws.push(Conjectured { ty: outer.output, left, right, size: LAW });
                }
            }
        }
    }
    laws
}

/// Different variables of some types.
fn chosen(environment: &Environment, variables: &[TermId], types: [TermId; 3]) -> Option<[TermId; 3]> {
    let store = &environment.store;
    let mut left = variables.to_vec();
    let mut found = Vec::with_capacity(types.len());
    for wanted in types {
        let of_type = |local: &TermId| matches!(store.term(*local), Term::Local { ty, .. } if ty == wanted);
        found.push(left.remove(left.iter().position(of_type)?));
    }
    found.try_into().ok()
}
