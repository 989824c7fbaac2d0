//! Equations as rewrite rules: each used in the direction in which a path order makes terms smaller.

use super::overlap::overlaps;
use crate::rules::EquationRule;
use prover_logic::{DeclarationKind, Environment, KernelError, Sort, Store, Term, TermId};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::order::{Compared, PathOrder};
use prover_theory::terms::signature::{Signature, mentions};
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
}

impl OrientedRule {
    /// A rule in both directions.
    pub fn both(rule: &EquationRule) -> [Self; 2] {
        [false, true].map(|reversed| Self {
            function: rule.function,
            arity: rule.signature.len(),
            ty: rule.ty,
            left: rule.left,
            right: rule.right,
            reversed,
        })
    }

    /// The directions in which a rule may make terms smaller: one, if it does for all values of its variables.
    fn smaller(rule: &EquationRule, store: &Store, order: &PathOrder, known: &mut Compared) -> Vec<Self> {
        let [forth, back] = Self::both(rule);
        if order.is_greater(store, rule.left, rule.right, known) {
            vec![forth]
        } else if order.is_greater(store, rule.right, rule.left, known) {
            vec![back]
        } else {
            vec![forth, back]
        }
    }

    /// The side that is looked for.
    fn from(&self) -> TermId {
        if self.reversed { self.right } else { self.left }
    }

    /// The rule's instance for an object, if the object is an instance of the side that is looked for.
    pub fn redex(&self, environment: &mut Environment, object: TermId) -> Result<Option<Redex>> {
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
        if from != object || from == to || store.has_redex(to) {
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
    /// Whether a type may depend on an object or a proof, so that not everything may be rewritten.
    pub(super) has_dependent_types: bool,
}

impl Rewriting {
    /// Orients equations.
    pub fn new(environment: &mut Environment, equations: &[EquationRule]) -> Result<Self> {
        let types: Vec<TermId> = environment.declarations().map(|(_, declaration)| declaration.ty).collect();
        let mut has_dependent_types = false;
        for ty in types {
            has_dependent_types |= is_dependent(&environment.store, ty) && environment.sort_of(ty)? != Sort::Prop;
        }
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
        let mut rewriting = Self { order: PathOrder::new(defined), by_head: FxHashMap::default(), has_dependent_types };
        let mut known = Compared::default();
        let directions: Vec<Vec<OrientedRule>> =
            equations.iter().map(|rule| OrientedRule::smaller(rule, store, &rewriting.order, &mut known)).collect();
        for (index, own) in directions.iter().enumerate() {
            // One that is used in both directions takes away what others would need, and so does one that overlaps with
            // others.
            let [rule] = own.as_slice() else { continue };
            let meets = |(other, sides): (usize, &Vec<OrientedRule>)| {
                sides.iter().any(|side| overlaps(store, rule.from(), side.from(), index == other))
            };
            let head = store.head(rule.from());
            if matches!(store.term(head), Term::Const(_)) && !directions.iter().enumerate().any(meets) {
                rewriting.by_head.entry(head).or_default().push(rule.clone());
            }
        }
        Ok(rewriting)
    }

    /// Whether there is nothing to rewrite by.
    pub fn is_empty(&self) -> bool {
        self.by_head.is_empty()
    }

    /// The first rule's instance for an object that rewrites it.
    pub(super) fn redex(&self, environment: &mut Environment, object: TermId) -> Result<Option<Redex>> {
        let head = environment.store.head(object);
        for rule in self.by_head.get(&head).into_iter().flatten() {
            if let Some(redex) = rule.redex(environment, object)? {
                return Ok(Some(redex));
            }
        }
        Ok(None)
    }
}

/// Whether what a constant of this type makes is a type that depends on an object, or it takes something whose type
/// depends on an object.
fn is_dependent(store: &Store, mut ty: TermId) -> bool {
    // By binder from the outermost: whether it ranges over types, functions to types, or predicates.
    let mut over_types: Vec<bool> = Vec::new();
    let of_sort = |domain| matches!(store.term(Signature::output(store, domain)), Term::Sort(_));
    while let Term::Pi(domain, body) = store.term(ty) {
        let mentioned = mentions(store, domain, over_types.len() as u32);
        if mentioned.iter().any(|&binder| !over_types[binder as usize]) {
            return true;
        }
        over_types.push(of_sort(domain));
        ty = body;
    }
    matches!(store.term(ty), Term::Sort(Sort::Type)) && over_types.contains(&false)
}
