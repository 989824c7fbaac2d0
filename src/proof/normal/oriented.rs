//! Equations as rewrite rules: each used in the direction in which a path order makes terms smaller.

use crate::equality::order::{Compared, PathOrder};
use crate::logic::{DeclarationKind, Environment, KernelError, Term, TermId};
use crate::proof::rules::EquationRule;
use crate::theory::matching::Substitution;
use crate::theory::rewriting::Equation;
use rustc_hash::FxHashMap;

type Result<T> = std::result::Result<T, KernelError>;

/// An equation with variables in one direction.
#[derive(Clone, Debug)]
pub(super) struct OrientedRule {
    function: TermId,
    arity: usize,
    ty: TermId,
    left: TermId,
    right: TermId,
    reversed: bool,
    /// Whether neither side is greater for all values of the variables, as in `a + b = b + a`: each instance is looked at.
    each: bool,
}

impl OrientedRule {
    /// The directions in which a rule may be used: one that is known to make terms smaller, or those that do for some values.
    pub fn of(rule: &EquationRule, environment: &Environment, order: &PathOrder, known: &mut Compared) -> Vec<Self> {
        let store = &environment.store;
        let directed = |reversed, each| Self {
            function: rule.function,
            arity: rule.signature.len(),
            ty: rule.ty,
            left: rule.left,
            right: rule.right,
            reversed,
            each,
        };
        if order.is_greater(store, rule.left, rule.right, known) {
            return vec![directed(false, false)];
        }
        if order.is_greater(store, rule.right, rule.left, known) {
            return vec![directed(true, false)];
        }
        vec![directed(false, true), directed(true, true)]
    }

    /// The side that is looked for.
    fn from(&self) -> TermId {
        if self.reversed { self.right } else { self.left }
    }

    /// The rule's instance for an object, if the object is an instance of the side that is looked for and greater than the other.
    pub fn redex(
        &self,
        environment: &mut Environment,
        object: TermId,
        order: &PathOrder,
        known: &mut Compared,
    ) -> Result<Option<Redex>> {
        let mut substitution = Substitution::new(self.arity);
        if matches!(environment.store.term(self.from()), Term::Bound(_))
            || !substitution.matches(environment, self.from(), object)?
        {
            return Ok(None);
        }
        let Some(values) = substitution.complete() else { return Ok(None) };
        let store = &mut environment.store;
        let (left, right) = (store.instantiate(self.left, &values), store.instantiate(self.right, &values));
        let (from, to) = if self.reversed { (right, left) } else { (left, right) };
        // A match up to unfolding is no place to rewrite at.
        if from != object || store.has_redex(to) || (self.each && !order.is_greater(store, from, to, known)) {
            return Ok(None);
        }
        let ty = store.instantiate(self.ty, &values);
        let proof = store.apps(self.function, &values);
        let equation = Equation { ty, left, right, proof };
        Ok(Some(Redex { equation, reversed: self.reversed, by: Some(self.function), fact: None }))
    }
}

/// A place to rewrite, and by what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Redex {
    pub equation: Equation,
    pub reversed: bool,
    /// The function that the equation is an instance of; `None` for a fact.
    pub by: Option<TermId>,
    /// The fact that the equation is, by its number among those [derived](super::scope::ScopeRules::derived).
    pub fact: Option<usize>,
}

impl Redex {
    /// What is replaced.
    pub fn from(&self) -> TermId {
        if self.reversed { self.equation.right } else { self.equation.left }
    }

    /// What it is replaced by.
    pub fn to(&self) -> TermId {
        if self.reversed { self.equation.left } else { self.equation.right }
    }
}

/// A theory's equations without premises as rewrite rules.
#[derive(Clone, Debug, Default)]
pub struct Rewriting {
    pub(super) order: PathOrder,
    /// By the head of the side that is looked for.
    by_head: FxHashMap<TermId, Vec<OrientedRule>>,
}

impl Rewriting {
    /// Orients equations.
    pub fn new(environment: &Environment, equations: &[EquationRule]) -> Self {
        let store = &environment.store;
        let mut defined = Vec::new();
        for rule in equations {
            // What theorems say of a constructor defines nothing.
            if let Term::Const(theorem) = store.term(rule.function)
                && environment.declaration(theorem).kind != DeclarationKind::Theorem
                && let Term::Const(constant) = store.term(store.head(rule.left))
            {
                defined.push(constant);
            }
        }
        let mut rewriting = Self { order: PathOrder::new(defined), by_head: FxHashMap::default() };
        let mut known = Compared::default();
        for rule in equations {
            for oriented in OrientedRule::of(rule, environment, &rewriting.order, &mut known) {
                let head = store.head(oriented.from());
                if matches!(store.term(head), Term::Const(_)) {
                    rewriting.by_head.entry(head).or_default().push(oriented);
                }
            }
        }
        // What always makes terms smaller comes first: `inv a * a` is to become `id`, not `a * inv a`.
        rewriting.by_head.values_mut().for_each(|rules| rules.sort_by_key(|rule| rule.each));
        rewriting
    }

    /// Whether there is nothing to rewrite by.
    pub fn is_empty(&self) -> bool {
        self.by_head.is_empty()
    }

    /// The first rule's instance for an object that rewrites it.
    pub(super) fn redex(
        &self,
        environment: &mut Environment,
        object: TermId,
        known: &mut Compared,
    ) -> Result<Option<Redex>> {
        let head = environment.store.head(object);
        for rule in self.by_head.get(&head).into_iter().flatten() {
            if let Some(redex) = rule.redex(environment, object, &self.order, known)? {
                return Ok(Some(redex));
            }
        }
        Ok(None)
    }
}
