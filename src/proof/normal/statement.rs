//! Normal forms of statements, without proofs, to recognise equivalent ones.

use super::scope::ScopeRules;
use super::{Engine, Rewritten};
use prover_logic::{KernelError, TermId};
use prover_theory::Theory;
use prover_theory::terms::equation::Equation;
use prover_theory::terms::system::RewriteSystem;
use std::sync::Arc;

/// Locals of this number and above stand for proofs of hypotheses; no statement's own locals get so high.
const PROOFS: u32 = 1 << 27;

/// A statement, its variables opened, up to equations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalStatement {
    /// The hypotheses, each rewritten by the theory's equations.
    pub hypotheses: Vec<TermId>,
    /// The conclusion, rewritten by these and by the hypotheses.
    pub conclusion: TermId,
    /// Whether this alone proves it: the conclusion says that something is itself, or it is a hypothesis.
    pub is_closed: bool,
}

impl NormalStatement {
    /// The normal form of a conclusion under hypotheses, all without loose indices; `None` in a theory without
    /// equality.
    ///
    /// # Errors
    ///
    /// The kernel's: the budget of the theory's environment is exhausted, or something is nested too deeply.
    pub fn new(
        theory: &mut Theory,
        rewriting: &Arc<RewriteSystem>,
        hypotheses: &[TermId],
        conclusion: TermId,
    ) -> Result<Option<Self>, KernelError> {
        let Some(equality) = theory.equality else { return Ok(None) };
        let environment = &mut theory.environment;
        let mut engine = Engine::new(rewriting.clone(), equality);
        let mut scope = ScopeRules::default();
        let result = |steps: Vec<Rewritten>, whole| steps.last().map_or(whole, |last| last.result);
        let mut normal = Vec::with_capacity(hypotheses.len());
        for (index, &hypothesis) in hypotheses.iter().enumerate() {
            let steps = engine.normalise(environment, hypothesis, &ScopeRules::default())?;
            normal.push(result(steps, hypothesis));
            let proof = environment.store.local(PROOFS + index as u32, hypothesis);
            scope.assume(environment, &mut engine, hypothesis, proof)?;
        }
        let steps = engine.normalise(environment, conclusion, &scope)?;
        let conclusion = result(steps, conclusion);
        let sides = Equation::sides(&environment.store, &equality, conclusion);
        let is_closed = sides.is_some_and(|(_, left, right)| left == right)
            || normal.contains(&conclusion)
            || scope.others.iter().any(|&fact| scope.derived[fact].proposition == conclusion);
        let is_trivial = |&hypothesis: &TermId| {
            let sides = Equation::sides(&environment.store, &equality, hypothesis);
            sides.is_some_and(|(_, left, right)| left == right)
        };
        normal.retain(|hypothesis| !is_trivial(hypothesis));
        Ok(Some(Self { hypotheses: normal, conclusion, is_closed }))
    }
}
