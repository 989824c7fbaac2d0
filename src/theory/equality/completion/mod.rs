//! Unfailing completion whose every proof is a proof term.
//!
//! [`prove`] takes the equations in scope, quantified ones included, and completes them until both sides of a goal have
//! the same normal form. Every derived equation keeps its derivation; once the goal is reached, the derivations that
//! its proof needs are collected, shortened, and turned into a proof term, which is checked by type inference here and
//! by the kernel wherever it is used. A fault in this module can lose a proof, never make a false one pass.
//!
//! - `bank`: first-order terms, each kept once; matching and unification.
//! - `problem`: from the kernel's terms to these and back.
//! - `rule`, `rewrite`: equations with their derivations, and normal forms.
//! - `engine`: the given-clause loop; `redundant`: equations that it need not keep.
//! - `derivation`, `proof`: from derivations to a short proof term.
//! - [`algebra`]: equations that hold by laws of operators alone.
//!
//! The order is in [`order`](crate::terms::order).

pub mod algebra;
mod bank;
mod derivation;
mod engine;
mod limits;
mod problem;
mod proof;
mod redundant;
mod rewrite;
mod rule;
#[cfg(test)]
mod tests;

pub use limits::Limits;
pub use proof::{By, LemmaProof, Proof, ProofChain, ProofStep};

use super::ExplainError;
use super::limits::{End, WORK_PER_STEP};
use super::open::Opened;
use crate::terms::typed::Fact;
use derivation::Derivation;
use engine::Completion;
use problem::Problem;
use proof::Prover;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, TermId};

/// The facts from which a goal may be proved.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Facts as propositions with proofs, without loose indices and well typed, in an order on which the result may
    /// depend.
    pub facts: &'a [Fact],
    /// Locals that are objects, which may stand for variables that an equation has on one side only; proofs among
    /// them are ignored.
    pub objects: &'a [TermId],
}

/// The outcome of a completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The goal, by a proof whose term was checked by type inference.
    Proved(Proof),
    /// It ended without the goal.
    Open(End),
    /// The goal is not an equation between terms of the first order.
    Outside,
    /// The goal was reached, but no proof term could be made: a fault of this module.
    Fault(ExplainError),
}

/// A verdict with figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Facts that were taken in, instances by types counted.
    pub facts: usize,
    /// Equations that rewrite at the end.
    pub equations: usize,
    /// Pairs that were looked at.
    pub pairs: u64,
    /// Work done, as in [`Limits::work`].
    pub work: u64,
    /// Steps of the proof; 0 if there is none.
    pub steps: usize,
}

/// Bytes of stack that terms of the greatest weight may need for a walk by recursion, and those allocated where fewer
/// are left.
const STACK: usize = 4 << 20;
const MORE_STACK: usize = 16 << 20;

/// Proves an equation by completion of the equations in scope.
///
/// A goal that is an arrow is opened first: its variables become fresh locals, its premises facts.
///
/// # Errors
///
/// The kernel's: the budget of the environment is exhausted, or something is nested too deeply. Past the deadline of
/// the environment there is no error, but the [end](End::Time) says so.
pub fn prove(
    env: &mut Environment,
    equality: Equality,
    scope: Scope<'_>,
    goal: TermId,
    limits: Limits,
) -> Result<Report, KernelError> {
    let attempt = |env: &mut Environment| match attempt(env, equality, scope, goal, limits) {
        // For the kernel, the deadline is the end of the budget.
        Err(KernelError::BudgetExhausted) if env.is_late() => Ok(Report::without(Verdict::Open(End::Time))),
        found => found,
    };
    stacker::maybe_grow(STACK, MORE_STACK, || attempt(env))
}

impl Report {
    /// A report of an attempt that did not begin.
    fn without(verdict: Verdict) -> Self {
        Self { verdict, facts: 0, equations: 0, pairs: 0, work: 0, steps: 0 }
    }
}

fn attempt(
    env: &mut Environment,
    equality: Equality,
    scope: Scope<'_>,
    goal: TermId,
    limits: Limits,
) -> Result<Report, KernelError> {
    let Opened { goal, locals, premises } = Opened::new(env, scope.facts, goal)?;
    // What is given for this goal first.
    let facts = [&premises, scope.facts].concat();
    let scope = Scope { facts: &facts, objects: &[&locals, scope.objects].concat() };
    let Some((mut problem, left, right)) = Problem::new(env, &equality, scope, goal)? else {
        return Ok(Report::without(Verdict::Outside));
    };
    let mut completion = Completion::new(&mut problem, limits);
    let found = completion.run(env, left, right);
    let (equations, pairs, work) = (completion.equations(), completion.taken, completion.work());
    let rules = completion.rules;
    // What was looked at is paid for, so that a script of many completions ends.
    env.spend(work / WORK_PER_STEP)?;
    let mut report = Report { verdict: Verdict::Outside, facts: problem.facts.len(), equations, pairs, work, steps: 0 };
    let chain = match found {
        Ok(chain) => chain,
        Err(end) => return Ok(Report { verdict: Verdict::Open(end), ..report }),
    };
    let derivation = Derivation::new(&mut problem.bank, &rules, chain);
    report.steps = derivation.as_ref().map_or(0, Derivation::len);
    let proof = derivation.ok_or(ExplainError::Gap).and_then(|derivation| {
        let mut proof = Prover::new(env, equality, &mut problem, &rules).proof(&derivation)?;
        let found = env.infer(proof.term)?;
        if !env.definitionally_equal(found, goal)? {
            return Err(ExplainError::OtherStatement);
        }
        proof.term = env.store.close_lambda(proof.term, &locals);
        Ok(proof)
    });
    report.verdict = match proof {
        Ok(proof) => Verdict::Proved(proof),
        Err(ExplainError::Kernel(error @ (KernelError::BudgetExhausted | KernelError::TooDeep))) => return Err(error),
        Err(error) => {
            tracing::error!("completion: {error}");
            Verdict::Fault(error)
        }
    };
    Ok(report)
}
