//! Equations that hold by laws of operators alone: sums in another order, products multiplied out.
//!
//! Which operators are commutative, associative, distributive over others, have units and zeros is read off the facts
//! in scope. Both sides of an equation are brought to a normal form, sums sorted and products distributed; they are
//! equal if these are the same. A sum of `n` terms takes a number of steps, and of new terms of the kernel, that
//! grows as `n log n`.

mod laws;
mod links;
mod normal;

use super::problem::Problem;
use super::proof::Prover;
use super::{MORE_STACK, STACK, Scope};
use crate::equality::ExplainError;
use crate::equality::open::Opened;
use crate::terms::typed::Fact;
use laws::AllLaws;
use normal::Normaliser;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, TermId};

/// The default number of steps after which a goal is given up: `(a + b)^8` multiplied out takes fewer.
pub const STEPS: u64 = 200_000;

/// The outcome of comparing normal forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The goal, by a proof term that was checked by type inference.
    Proved(TermId),
    /// The sides have different normal forms.
    Different,
    /// No laws are known that could make them the same, or the goal is not an equation between terms of the first
    /// order.
    Outside,
    /// More steps would have been needed.
    TooLarge,
    /// The goal was reached, but no proof term could be made: a fault of this module.
    Fault(ExplainError),
}

/// Proves an equation by the laws of operators that are among the facts, as [`completion`](super::prove) is given
/// them.
///
/// # Errors
///
/// The kernel's: the budget of the environment is exhausted, or something is nested too deeply.
pub fn prove(
    env: &mut Environment,
    equality: Equality,
    facts: &[Fact],
    goal: TermId,
    steps: u64,
) -> Result<Verdict, KernelError> {
    stacker::maybe_grow(STACK, MORE_STACK, || attempt(env, equality, facts, goal, steps))
}

fn attempt(
    env: &mut Environment,
    equality: Equality,
    facts: &[Fact],
    goal: TermId,
    steps: u64,
) -> Result<Verdict, KernelError> {
    let Opened { goal, locals, premises } = Opened::new(env, facts, goal)?;
    let facts = [&premises, facts].concat();
    let Some((mut problem, left, right)) = Problem::new(env, &equality, Scope { facts: &facts, objects: &[] }, goal)?
    else {
        return Ok(Verdict::Outside);
    };
    let rules = std::mem::take(&mut problem.rules);
    let laws = AllLaws::new(&problem.bank, &rules);
    if laws.is_empty() {
        return Ok(Verdict::Outside);
    }
    let mut prover = Prover::new(env, equality, &mut problem, &rules);
    let mut normaliser = Normaliser::new(&mut prover, laws, steps);
    let sides = normaliser.normal(left).and_then(|left| Ok((left, normaliser.normal(right)?)));
    let is_spent = normaliser.steps == 0;
    let found = sides.and_then(|(left, right)| {
        if left.to != right.to {
            return Ok(None);
        }
        let back = prover.back(right);
        let link = prover.then(left, back);
        let proof = prover.proved(link);
        let found = prover.env.infer(proof)?;
        if !prover.env.definitionally_equal(found, goal)? {
            return Err(ExplainError::OtherStatement);
        }
        Ok(Some(prover.env.store.close_lambda(proof, &locals)))
    });
    match found {
        Ok(Some(proof)) => Ok(Verdict::Proved(proof)),
        Ok(None) => Ok(Verdict::Different),
        Err(ExplainError::Kernel(KernelError::BudgetExhausted)) if is_spent => Ok(Verdict::TooLarge),
        Err(ExplainError::Kernel(error @ (KernelError::BudgetExhausted | KernelError::TooDeep))) => Err(error),
        Err(error) => {
            tracing::error!("normal forms by laws: {error}");
            Ok(Verdict::Fault(error))
        }
    }
}
