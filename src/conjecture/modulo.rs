//! Recognition of statements up to the theory's equations: of those equivalent to an earlier one, of instances of known
//! facts, and of those that equality saturation proves alone.

use super::instance::{gives, head_of_known, occurs};
use super::opened::{Opened, flipped};
use super::refusal::Refusal;
use prover_logic::environment::DEFAULT_BUDGET;
use prover_logic::{KernelError, Term, TermId};
use prover_proof::{NormalStatement, Rules};
use prover_theory::Theory;
use prover_theory::equality::{Limits, Task, Verdict, prove};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::signature::Signature;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Steps that normalising a statement, and one that saturating it, may take.
const BUDGET: u64 = 150_000;
/// Limits of saturation: about a millisecond at most.
const LIMITS: Limits =
    Limits { nodes: 300, iterations: 6, work: 10_000, size: 30, inventive: false, facts: 64, splits: 0 };

/// The facts and statements known up to a theory's equations.
#[derive(Clone, Debug)]
pub(super) struct Modulo {
    rules: Arc<Rules>,
    canonical: FxHashSet<TermId>,
    /// Known statements in normal form, by the head of their conclusion; `None` for a variable.
    known: FxHashMap<Option<TermId>, Vec<Signature>>,
}

/// A statement's normal form.
struct Normal {
    opened: Opened,
    is_closed: bool,
}

impl Modulo {
    /// Knows the theory's equations and, so far, no statement. `None` where the theory has no equality.
    pub fn new(theory: &mut Theory) -> Result<Option<Self>, KernelError> {
        if theory.equality.is_none() {
            return Ok(None);
        }
        let rules = Arc::new(Rules::new(theory)?);
        Ok(Some(Self { rules, canonical: FxHashSet::default(), known: FxHashMap::default() }))
    }

    /// The normal form of a statement; `None` where that takes too long.
    fn normal(&self, theory: &mut Theory, opened: &Opened) -> Option<Normal> {
        let mut unfolded = |term| self.rules.unfolding.unfold(&mut theory.environment, term).ok();
        let hypotheses = opened.hypotheses.iter().map(|&term| unfolded(term)).collect::<Option<Vec<TermId>>>()?;
        let conclusion = unfolded(opened.conclusion)?;
        theory.environment.set_budget(BUDGET);
        let normal = NormalStatement::new(theory, self.rules.rewriting(), &hypotheses, conclusion);
        theory.environment.set_budget(DEFAULT_BUDGET);
        let NormalStatement { hypotheses, conclusion, is_closed } = normal.ok()??;
        let store = &theory.environment.store;
        // A variable that rewriting has done away with is no variable of the statement any more.
        let mut variables = opened.variables.clone();
        let mentioned = |variable: &TermId| {
            let mut rest = hypotheses.iter().chain([&conclusion]);
            rest.any(|&term| occurs(&theory.environment, *variable, term))
        };
        // What types mention is kept: variables of types come before the others.
        variables.retain(|v| {
            matches!(store.term(*v), Term::Local { ty, .. } if matches!(store.term(ty), Term::Sort(_))) || mentioned(v)
        });
        let opened = Opened { variables, hypotheses, conclusion, all_used: true };
        Some(Normal { opened, is_closed })
    }

    /// Makes a statement count as conjectured.
    pub fn remember(&mut self, theory: &mut Theory, opened: &Opened) {
        if let Some(Normal { opened, is_closed: false }) = self.normal(theory, opened) {
            let canonical = opened.canonical(theory);
            self.canonical.insert(canonical);
        }
    }

    /// Makes a proved statement known.
    pub fn add_known(&mut self, theory: &mut Theory, opened: &Opened) {
        let Some(Normal { opened, is_closed: false }) = self.normal(theory, opened) else { return };
        let canonical = opened.canonical(theory);
        self.canonical.insert(canonical);
        let store = &mut theory.environment.store;
        let body = opened.hypotheses.iter().rev().fold(opened.conclusion, |body, &h| store.pi(h, body));
        let statement = store.close_pi(body, &opened.variables);
        let arity = Signature::arity(store, statement);
        let Ok(signature) = Signature::new(&mut theory.environment, statement, arity) else { return };
        if let Some(head) = head_of_known(theory, &signature) {
            self.known.entry(head).or_default().push(signature);
        }
    }

    /// The reason for which a statement is recognised; `None` if it is not.
    pub fn recognise(&self, theory: &mut Theory, statement: TermId, opened: &Opened) -> Option<Refusal> {
        let Normal { opened, is_closed } = self.normal(theory, opened)?;
        if is_closed {
            return Some(Refusal::Saturated);
        }
        let canonical = opened.canonical(theory);
        if self.canonical.contains(&canonical) {
            return Some(Refusal::EqualModulo);
        }
        if self.is_instance(theory, &opened) {
            return Some(Refusal::InstanceModulo);
        }
        self.saturates(theory, statement).then_some(Refusal::Saturated)
    }

    fn is_instance(&self, theory: &mut Theory, opened: &Opened) -> bool {
        let mut targets = vec![opened.conclusion];
        targets.extend(flipped(theory, opened.conclusion));
        let found = targets.into_iter().any(|target| {
            let head = theory.environment.store.head(target);
            let facts = [Some(head), None].into_iter().filter_map(|head| self.known.get(&head)).flatten();
            facts.into_iter().any(|fact| {
                theory.environment.set_budget(BUDGET);
                gives(&mut theory.environment, fact, target, &opened.hypotheses) == Ok(true)
                    || self.comes_to(theory, fact, target, opened) == Ok(true)
            })
        });
        theory.environment.set_budget(DEFAULT_BUDGET);
        found
    }

    /// Whether one side of an equation is an instance of a side of a known one, of which the other side comes to the
    /// other: `z + n = n` from `a + b = b + a`.
    fn comes_to(
        &self,
        theory: &mut Theory,
        fact: &Signature,
        target: TermId,
        opened: &Opened,
    ) -> Result<bool, KernelError> {
        let Some(equality) = theory.equality else { return Ok(false) };
        let store = &theory.environment.store;
        let (Some((_, left, right)), Some((ty, from, to))) =
            (Equation::sides(store, &equality, fact.output), Equation::sides(store, &equality, target))
        else {
            return Ok(false);
        };
        if fact.parameters.iter().any(|parameter| parameter.is_premise) {
            return Ok(false);
        }
        for (pattern, other) in [(left, right), (right, left)] {
            let environment = &mut theory.environment;
            let mut substitution = Substitution::new(fact.len());
            if matches!(environment.store.term(pattern), Term::Bound(_))
                || !substitution.matches(environment, pattern, from)?
            {
                continue;
            }
            let Some(values) = substitution.complete() else { continue };
            let store = &mut environment.store;
            let other = store.instantiate(other, &values);
            let eq = store.constant(equality.eq);
            let rest = store.apps(eq, &[ty, other, to]);
            let normal = NormalStatement::new(theory, self.rules.rewriting(), &opened.hypotheses, rest)?;
            if normal.is_some_and(|normal| normal.is_closed) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether equality saturation proves a statement from the theory's facts, within small limits.
    fn saturates(&self, theory: &mut Theory, statement: TermId) -> bool {
        let Some(equality) = theory.equality else { return false };
        let facts = &self.rules.propositions;
        let Ok(goal) = self.rules.unfolding.unfold(&mut theory.environment, statement) else { return false };
        theory.environment.set_budget(BUDGET);
        let report = prove(&mut theory.environment, Task { equality, facts, goal, limits: LIMITS });
        theory.environment.set_budget(DEFAULT_BUDGET);
        report.is_ok_and(|report| matches!(report.verdict, Verdict::Proved(_)))
    }
}
