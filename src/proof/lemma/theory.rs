//! Equations between the functions that a statement reaches, whatever a search for it is stuck on.
//!
//! Source: K. Claessen, N. Smallbone, J. Hughes, *QuickSpec: Guessing Formal Specifications Using Testing*, TAP 2010.

use super::explore::{Conjectured, Explorer, variables_for};
use super::ground::Sampler;
use super::propose::{Origin, Proposal, STEPS};
use crate::problem::ProofProblem;
use crate::rules::Rules;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::equality::Operation;
use rand::Rng;
use rustc_hash::FxHashSet;

/// The sizes of terms: those of each are only looked at if all smaller ones fitted the bounds.
const SIZE: u32 = 5;
/// The size of both sides of a distributive law.
const LAW: u32 = 12;
/// More functions than these are too many to be combined with each other.
const FUNCTIONS: usize = 16;

impl ProofProblem {
    /// Equations between small terms over the functions that the statement reaches, small ones first, that no ground
    /// instance refutes and that do not follow from what is known.
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
        let functions = reached(environment, &rules, statement);
        if functions.len() > FUNCTIONS {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut sampler = Sampler::new(self.theory(), &rules.propositions, rng)?;
        // One for all type parameters: what holds for lists of one unknown type mostly says enough.
        let kind = sampler.theory().environment.store.sort(Sort::Type);
        let element = sampler.variable(kind);
        let mut operations = Vec::new();
        for function in functions {
            operations.extend(Operation::of(&mut sampler.theory().environment, function, element)?);
        }
        let variables = variables_for(&mut sampler, &[element], &operations);
        let laws = distributive(sampler.theory(), &operations, &variables);
        found.extend(laws.into_iter().map(|law| (law, Origin::Enumerated, variables.clone())));
        if let Some(mut explorer) = Explorer::new(&mut sampler, variables.clone())? {
            explorer.enumerate(&operations, SIZE);
            let equations = std::mem::take(&mut explorer.equations);
            found.extend(equations.into_iter().map(|equation| (equation, Origin::Enumerated, variables.clone())));
        }
        self.tested(found, &[], equality, rng)
    }
}

/// The distributive laws, `f a (g b c) = h (f a b) (f a c)` and `f (g b c) a = h (f b a) (f c a)`, for all functions that
/// fit: they are larger than what is enumerated, and much rests on them.
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

/// The constants that a statement mentions, and those in equations whose left side begins with one of these, in the
/// order in which they are met.
fn reached(environment: &Environment, rules: &Rules, statement: TermId) -> Vec<TermId> {
    let store = &environment.store;
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut open = vec![statement];
    let mut next = 0;
    loop {
        while let Some(term) = open.pop() {
            if !seen.insert(term) {
                continue;
            }
            match store.term(term) {
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([b, a]),
                Term::Const(_) => found.push(term),
                _ => {}
            }
        }
        let Some(&constant) = found.get(next) else { return found };
        next += 1;
        let of_constant =
            rules.equations.all().iter().map(|rule| &rule.equation).filter(|it| store.head(it.left) == constant);
        open.extend(of_constant.flat_map(|equation| [equation.right, equation.left]));
    }
}
