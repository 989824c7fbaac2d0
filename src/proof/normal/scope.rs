//! The equations among a state's facts as rewrite rules: their completion.
//!
//! Equations without variables are a congruence. Completion turns them into rules of which none rewrites another, so
//! that two terms that they and congruence make equal have one normal form (L. Bachmair, A. Tiwari, L. Vigneron,
//! *Abstract congruence closure*, JAR 2003); each rule that is not a fact of the scope is derived from those by
//! rewriting, a step at a time. Together with the theory's rules, which have variables, this is bounded and not
//! complete.

use super::{Engine, Rewritten};
use crate::rules::{EquationRule, Rule};
use prover_logic::{Environment, KernelError, Term, TermId};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::rewriting::{Context, count_occurrences, tree_size};
use prover_theory::terms::system::{OrientedRule, Redex};
use prover_theory::terms::typed::Fact;

type Result<T> = std::result::Result<T, KernelError>;

/// Facts taken up again because a later equation rewrites them, at most.
const REVISIONS: usize = 64;
/// The most facts, derived ones included; further ones are not looked at.
const FACTS: usize = 512;
/// Facts of this size (as trees) and above are not looked at.
const FACT_SIZE: u32 = 200;

/// A fact, or the result of rewriting one.
#[derive(Clone, Debug)]
pub(super) struct Derived {
    pub proposition: TermId,
    pub proof: TermId,
    /// The instance that the last rewrite needs.
    pub with: Option<Fact>,
    /// The fact that was rewritten, and the fact that it was rewritten by; none for a fact of the scope.
    pub before: [Option<usize>; 2],
}

/// An equation between terms without variables.
#[derive(Clone, Copy, Debug)]
struct Ground {
    redex: Redex,
    fact: usize,
}

/// The facts of a scope as rewrite rules.
#[derive(Clone, Debug, Default)]
pub(super) struct ScopeRules {
    /// The facts, and all that was derived from them.
    pub derived: Vec<Derived>,
    ground: Vec<Ground>,
    quantified: Vec<OrientedRule>,
    /// The normal forms of facts that are not equations, by number.
    pub others: Vec<usize>,
}

impl ScopeRules {
    /// Whether there is no equation to rewrite by.
    pub fn is_empty(&self) -> bool {
        self.ground.is_empty() && self.quantified.is_empty()
    }

    /// Adds one more fact.
    pub fn assume(
        &mut self,
        environment: &mut Environment,
        engine: &mut Engine,
        proposition: TermId,
        proof: TermId,
    ) -> Result<()> {
        if let Term::Pi(..) = environment.store.term(proposition) {
            return self.quantify(environment, engine, proposition, proof);
        }
        if self.derived.len() >= FACTS || tree_size(&environment.store, proposition, FACT_SIZE) >= FACT_SIZE {
            return Ok(());
        }
        let fact = self.add(Derived { proposition, proof, with: None, before: [None; 2] });
        if Equation::sides(&environment.store, &engine.equality, proposition).is_none() {
            let normal = self.normal(environment, engine, fact)?;
            self.others.push(normal);
            return Ok(());
        }
        let rules = self.ground.len();
        self.complete(environment, engine, vec![fact])?;
        // Without an equation more, what is normal stays so.
        if self.ground.len() != rules {
            for index in 0..self.others.len() {
                self.others[index] = self.normal(environment, engine, self.others[index])?;
            }
        }
        Ok(())
    }

    fn add(&mut self, derived: Derived) -> usize {
        self.derived.push(derived);
        self.derived.len() - 1
    }

    /// Adds an arrow, if it proves equations without premises. A script applies facts by name, and a local is sure to
    /// have one.
    fn quantify(
        &mut self,
        environment: &mut Environment,
        engine: &mut Engine,
        proposition: TermId,
        proof: TermId,
    ) -> Result<()> {
        if !matches!(environment.store.term(proof), Term::Local { .. }) {
            return Ok(());
        }
        let rule = Rule::new(environment, proof, proposition, &[])?;
        if let Some(rule) = EquationRule::new(&environment.store, &engine.equality, &rule) {
            self.quantified.extend(OrientedRule::both(&rule.equation));
        }
        Ok(())
    }

    /// Makes rules of equations, the last first.
    fn complete(&mut self, environment: &mut Environment, engine: &mut Engine, mut open: Vec<usize>) -> Result<()> {
        let mut revisions = 0;
        while let Some(fact) = open.pop() {
            let fact = self.normal(environment, engine, fact)?;
            let Derived { proposition, proof, .. } = self.derived[fact];
            let Some(equation) = Equation::new(&environment.store, &engine.equality, proposition, proof) else {
                continue;
            };
            let (store, order) = (&environment.store, &engine.rewriting.order);
            let reversed = order.is_greater(store, equation.right, equation.left, &mut engine.compared);
            if !reversed && !order.is_greater(store, equation.left, equation.right, &mut engine.compared) {
                continue;
            }
            let redex = Redex { equation, reversed, by: None, fact: Some(fact) };
            if revisions < REVISIONS {
                self.ground.retain(|old| {
                    let sides = [old.redex.equation.left, old.redex.equation.right];
                    let kept = sides.iter().all(|&side| count_occurrences(store, side, redex.from(), 1) == 0);
                    if !kept {
                        open.push(old.fact);
                        revisions += 1;
                    }
                    kept
                });
            }
            self.ground.push(Ground { redex, fact });
        }
        Ok(())
    }

    /// The normal form of a fact, as a fact.
    fn normal(&mut self, environment: &mut Environment, engine: &mut Engine, fact: usize) -> Result<usize> {
        let steps = engine.normalise(environment, self.derived[fact].proposition, self)?;
        let mut last = fact;
        for Rewritten { redex, result } in steps {
            let store = &mut environment.store;
            let Redex { equation, reversed, by, .. } = redex;
            let directed = if reversed { equation.reversed(store, &engine.equality) } else { equation };
            let eq = store.constant(engine.equality.eq);
            let instance = by.map(|_| store.apps(eq, &[equation.ty, equation.left, equation.right]));
            let with = instance.map(|proposition| Fact { proposition, proof: equation.proof });
            // The right side is smaller than the left one, so each line leaves fewer places.
            while self.derived[last].proposition != result {
                let Derived { proposition, proof, .. } = self.derived[last];
                let Some((context, proposition)) = Context::in_one_line(store, proposition, &directed) else {
                    return Ok(last);
                };
                let proof = directed.transport(store, &engine.equality, context.motive, proof);
                last = self.add(Derived { proposition, proof, with, before: [Some(last), redex.fact] });
            }
        }
        Ok(last)
    }

    /// The rule's instance for an object, if one rewrites it.
    pub fn redex(&self, environment: &mut Environment, engine: &mut Engine, object: TermId) -> Result<Option<Redex>> {
        if let Some(ground) = self.ground.iter().find(|ground| ground.redex.from() == object) {
            return Ok(Some(ground.redex));
        }
        for rule in &self.quantified {
            let Some(redex) = rule.redex(environment, object)? else { continue };
            // What counts is what becomes of the two: of `a + z = z + a` the left side is greater, but it comes to `a`.
            let from = engine.value(environment, redex.from())?;
            let to = engine.value(environment, redex.to())?;
            if engine.rewriting.order.is_greater(&environment.store, from, to, &mut engine.compared) {
                return Ok(Some(redex));
            }
        }
        Ok(None)
    }

    /// The equations in their normal forms.
    pub fn normal_equations(&self) -> impl Iterator<Item = usize> {
        self.ground.iter().map(|ground| ground.fact)
    }

    /// The facts that must be shown, in this order, before a fact can be used; those are facts of the scope that are
    /// derived from none.
    pub fn derivation(&self, fact: usize) -> Vec<usize> {
        let mut order = Vec::new();
        let mut open = vec![(fact, false)];
        while let Some((fact, ready)) = open.pop() {
            let before = self.derived[fact].before;
            if before[0].is_none() || order.contains(&fact) {
                continue;
            }
            if ready {
                order.push(fact);
            } else {
                open.push((fact, true));
                open.extend(before.into_iter().flatten().map(|before| (before, false)));
            }
        }
        order
    }
}
