//! Rewrite systems: equations, each used in the direction in which a path order makes terms smaller.
//!
//! Not every equation is a rule. Axioms are rules together if the order of rewriting does not matter: each overlap of a
//! rule with another equation, in either direction if that is not a rule, has one normal form. So a term may be
//! rewritten at once without losing a proof; the laws of a group, used as rules, would lose some. Equations that are to
//! be used from left to right only, such as the clauses of a function, are never removed because of others. A theorem
//! becomes a rule after these if all its overlaps with the rules have one normal form; it removes none.

use super::equation::Equation;
use super::index::TermIndex;
use super::matching::{Substitution, replace};
use super::order::precedence::{Dependencies, Precedence};
use super::order::{Compared, PathOrder};
use super::overlap::{Unified, Values, resolve, rigid_parts, unify};
use super::signature::{Signature, mentions};
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Store, Term, TermId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

type Result<T> = std::result::Result<T, KernelError>;

/// Steps of rewriting one term and all its parts, at most.
const STEPS: u32 = 256;
/// Overlaps of one equation that are looked at; with more it is not a rule.
const OVERLAPS: usize = 256;
/// The most passes in which rules are removed because of others that were.
const PASSES: usize = 8;

/// An equation that holds for all values of its variables.
#[derive(Clone, Debug)]
pub struct QuantifiedEquation {
    /// The function that proves it.
    pub function: TermId,
    /// The inputs of the function, none of them a premise, and its output, the equation.
    pub signature: Arc<Signature>,
    /// The type of both sides, a pattern.
    pub ty: TermId,
    /// The left side, a pattern.
    pub left: TermId,
    /// The right side, a pattern.
    pub right: TermId,
}

impl QuantifiedEquation {
    /// The law that a function states of all objects, if it is an equation.
    pub fn new(store: &Store, equality: &Equality, function: TermId, signature: &Arc<Signature>) -> Option<Self> {
        if signature.parameters.iter().any(|parameter| parameter.is_premise) {
            return None;
        }
        let (ty, left, right) = Equation::sides(store, equality, signature.output)?;
        Some(Self { function, signature: signature.clone(), ty, left, right })
    }

    /// The sides, the greater one first; `None` where neither is greater whatever the variables stand for.
    fn directed(&self, store: &Store, order: &PathOrder, known: &mut Compared) -> Option<OrientedRule> {
        let reversed = match order.is_greater(store, self.left, self.right, known) {
            true => false,
            false if order.is_greater(store, self.right, self.left, known) => true,
            false => return None,
        };
        let rule = OrientedRule { equation: self.clone(), reversed };
        matches!(store.term(store.head(rule.from())), Term::Const(_)).then_some(rule)
    }
}

/// An equation in one direction.
#[derive(Clone, Debug)]
pub struct OrientedRule {
    equation: QuantifiedEquation,
    reversed: bool,
}

impl OrientedRule {
    /// An equation in both directions.
    pub fn both(equation: &QuantifiedEquation) -> [Self; 2] {
        [false, true].map(|reversed| Self { equation: equation.clone(), reversed })
    }

    /// The side that is looked for.
    fn from(&self) -> TermId {
        if self.reversed { self.equation.right } else { self.equation.left }
    }

    /// The side that takes its place.
    fn to(&self) -> TermId {
        if self.reversed { self.equation.left } else { self.equation.right }
    }

    /// The rule's instance for an object, if the object is an instance of the side that is looked for.
    pub fn redex(&self, environment: &mut Environment, object: TermId) -> Result<Option<Redex>> {
        let QuantifiedEquation { function, ref signature, ty, left, right } = self.equation;
        let mut substitution = Substitution::new(signature.len());
        if matches!(environment.store.term(self.from()), Term::Bound(_))
            || !substitution.matches(environment, self.from(), object)?
        {
            return Ok(None);
        }
        let Some(values) = substitution.complete() else { return Ok(None) };
        let store = &mut environment.store;
        let (left, right) = (store.instantiate(left, &values), store.instantiate(right, &values));
        let (from, to) = if self.reversed { (right, left) } else { (left, right) };
        // A match up to unfolding is no place to rewrite at.
        if from != object || from == to || store.has_redex(to) {
            return Ok(None);
        }
        let ty = store.instantiate(ty, &values);
        let proof = store.apps(function, &values);
        let equation = Equation { ty, left, right, proof };
        Ok(Some(Redex { equation, reversed: self.reversed, by: Some(function), fact: None }))
    }

    /// Both sides, the one that is looked for first, with locals from a number on in the place of variables.
    fn opened(&self, environment: &mut Environment, first: u32) -> (TermId, TermId) {
        let locals = self.equation.signature.locals(&mut environment.store, first);
        let store = &mut environment.store;
        (store.instantiate(self.from(), &locals), store.instantiate(self.to(), &locals))
    }
}

/// A place to rewrite, and the equation to rewrite it by.
#[derive(Clone, Copy, Debug)]
pub struct Redex {
    /// The equation.
    pub equation: Equation,
    /// Whether its right side is replaced by its left one.
    pub reversed: bool,
    /// The function that the equation is an instance of; `None` for a fact.
    pub by: Option<TermId>,
    /// The number of the fact that the equation is, if the caller numbers facts.
    pub fact: Option<usize>,
}

impl Redex {
    /// The side that is replaced.
    pub fn from(&self) -> TermId {
        if self.reversed { self.equation.right } else { self.equation.left }
    }

    /// The side that it is replaced by.
    pub fn to(&self) -> TermId {
        if self.reversed { self.equation.left } else { self.equation.right }
    }
}

/// Rules by the sides that they look for, and by the parts of these.
#[derive(Clone, Debug, Default)]
struct Sides {
    rules: Vec<OrientedRule>,
    whole: TermIndex<u32>,
    parts: TermIndex<(u32, TermId)>,
}

impl Sides {
    fn push(&mut self, environment: &Environment, rule: OrientedRule) {
        let number = self.rules.len() as u32;
        let from = rule.from();
        self.whole.insert(environment, from, number);
        for part in rigid_parts(&environment.store, from).into_iter().filter(|&part| part != from) {
            self.parts.insert(environment, part, (number, part));
        }
        self.rules.push(rule);
    }

    fn pop(&mut self, environment: &Environment) {
        let Some(rule) = self.rules.pop() else { return };
        let (number, from) = (self.rules.len() as u32, rule.from());
        self.whole.remove(environment, from, number);
        for part in rigid_parts(&environment.store, from).into_iter().filter(|&part| part != from) {
            self.parts.remove(environment, part, (number, part));
        }
    }

    /// The overlaps of a rule with these: the outer rule, the part of its side, the inner rule. `None` if there are too
    /// many.
    fn overlaps<'a>(
        &'a self,
        environment: &Environment,
        rule: &'a OrientedRule,
    ) -> Option<Vec<(&'a OrientedRule, TermId, &'a OrientedRule)>> {
        let mut found = Vec::new();
        let from = rule.from();
        for part in rigid_parts(&environment.store, from) {
            let mut inner = Vec::new();
            self.whole.unifying(environment, part, &mut inner);
            found.extend(inner.into_iter().map(|inner| (rule, part, &self.rules[inner as usize])));
        }
        let mut outer = Vec::new();
        self.parts.unifying(environment, from, &mut outer);
        found.extend(outer.into_iter().map(|(outer, part)| (&self.rules[outer as usize], part, rule)));
        // A side and itself, whole.
        let is_same = |outer: &OrientedRule, part: TermId, inner: &OrientedRule| {
            part == outer.from()
                && outer.equation.function == inner.equation.function
                && outer.reversed == inner.reversed
        };
        found.retain(|&(outer, part, inner)| !is_same(outer, part, inner));
        (found.len() <= OVERLAPS).then_some(found)
    }
}

/// The normal forms of terms, known for one system.
#[derive(Clone, Debug, Default)]
pub struct Normals(FxHashMap<TermId, TermId>);

/// A theory's equations without premises as rewrite rules.
#[derive(Clone, Debug, Default)]
pub struct RewriteSystem {
    /// The order by which rules make terms smaller.
    pub order: PathOrder,
    sides: Sides,
    /// Whether a type may depend on an object or a proof, so that not everything may be rewritten.
    pub has_dependent_types: bool,
}

impl RewriteSystem {
    /// The rules that equations which a theory assumes are together, each with whether it is used only where its left
    /// side stands. Functions that they define are above others, and above those that they define them by.
    ///
    /// # Errors
    ///
    /// The kernel's, such as that the budget is exhausted.
    pub fn new(environment: &mut Environment, equations: &[(QuantifiedEquation, bool)]) -> Result<Self> {
        let types: Vec<TermId> = environment.declarations().map(|(_, declaration)| declaration.ty).collect();
        let mut has_dependent_types = false;
        for ty in types {
            has_dependent_types |= is_dependent(&environment.store, ty) && environment.sort_of(ty)? != Sort::Prop;
        }
        let store = &environment.store;
        let defined = equations.iter().filter_map(|(equation, _)| match store.term(store.head(equation.left)) {
            Term::Const(constant) => Some(constant),
            _ => None,
        });
        let mut dependencies = Dependencies::default();
        for (equation, one_way) in equations {
            match one_way {
                true => dependencies.clause(store, equation.left, equation.right),
                false => dependencies.equation(store, equation.signature.len(), [equation.left, equation.right]),
            }
        }
        let order = PathOrder::new(defined, Precedence::new(&dependencies));
        let mut known = Compared::default();
        let mut directed: Vec<Option<OrientedRule>> =
            equations.iter().map(|(equation, _)| equation.directed(store, &order, &mut known)).collect();
        let mut system = Self { order, sides: Sides::default(), has_dependent_types };
        for _ in 0..PASSES {
            system.sides = Sides::default();
            for rule in directed.iter().flatten() {
                system.sides.push(environment, rule.clone());
            }
            let harmful = system.harmful(environment, equations, &directed)?;
            if harmful.is_empty() {
                return Ok(system);
            }
            harmful.into_iter().for_each(|place| directed[place] = None);
        }
        Ok(Self { sides: Sides::default(), ..system })
    }

    /// The places of rules with an overlap that does not come to one normal form.
    ///
    /// A rule that is used only where its left side stands cannot be gone back by, so it has to get on with rules like
    /// it and no others.
    fn harmful(
        &self,
        environment: &mut Environment,
        equations: &[(QuantifiedEquation, bool)],
        rules: &[Option<OrientedRule>],
    ) -> Result<Vec<usize>> {
        let (mut all, mut used_one_way) = (Sides::default(), Sides::default());
        for ((equation, one_way), rule) in equations.iter().zip(rules) {
            match rule {
                Some(rule) => {
                    all.push(environment, rule.clone());
                    if *one_way && !rule.reversed {
                        used_one_way.push(environment, rule.clone());
                    }
                }
                // A bare variable has nothing inside that a rule could rewrite.
                None => OrientedRule::both(equation)
                    .into_iter()
                    .filter(|side| !matches!(environment.store.term(side.from()), Term::Bound(_)))
                    .for_each(|side| all.push(environment, side)),
            }
        }
        let mut normals = Normals::default();
        let mut harmful = Vec::new();
        for (place, ((_, one_way), rule)) in equations.iter().zip(rules).enumerate() {
            let Some(rule) = rule else { continue };
            let others = if *one_way && !rule.reversed { &used_one_way } else { &all };
            if !self.is_confluent_with(environment, rule, others, &mut normals)? {
                harmful.push(place);
            }
        }
        Ok(harmful)
    }

    /// Whether all overlaps of a rule with others come to one normal form.
    fn is_confluent_with(
        &self,
        environment: &mut Environment,
        rule: &OrientedRule,
        others: &Sides,
        normals: &mut Normals,
    ) -> Result<bool> {
        let Some(overlaps) = others.overlaps(environment, rule) else { return Ok(false) };
        for (outer, part, inner) in overlaps {
            if !self.comes_to_one(environment, (outer, part, inner), normals)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether an overlap, if it is one, comes to one normal form.
    fn comes_to_one(
        &self,
        environment: &mut Environment,
        (outer, part, inner): (&OrientedRule, TermId, &OrientedRule),
        normals: &mut Normals,
    ) -> Result<bool> {
        let signature = &outer.equation.signature;
        let locals = signature.locals(&mut environment.store, 0);
        let part = environment.store.instantiate(part, &locals);
        let (whole, result) = outer.opened(environment, 0);
        let (from, to) = inner.opened(environment, signature.len() as u32);
        let values = match unify(&environment.store, part, from) {
            Unified::Apart => return Ok(true),
            Unified::Unknown => return Ok(false),
            Unified::Common(values) => values,
        };
        let store = &mut environment.store;
        let other = replace(store, whole, part, to);
        let mut done = Values::default();
        let (one, other) = (resolve(store, result, &values, &mut done), resolve(store, other, &values, &mut done));
        let one = self.normal(environment, one, normals)?;
        Ok(one.is_some() && one == self.normal(environment, other, normals)?)
    }

    /// Adds an equation as a rule, if one of its sides is greater and its overlaps with the rules come to one normal
    /// form. Normal forms known before do not hold any more then.
    ///
    /// # Errors
    ///
    /// The kernel's, such as that the budget is exhausted.
    pub fn extend(
        &mut self,
        environment: &mut Environment,
        equation: &QuantifiedEquation,
        known: &mut Compared,
    ) -> Result<bool> {
        let Some(rule) = equation.directed(&environment.store, &self.order, known) else { return Ok(false) };
        self.sides.push(environment, rule.clone());
        let taken = self.is_confluent_with(environment, &rule, &self.sides, &mut Normals::default());
        if !matches!(taken, Ok(true)) {
            self.sides.pop(environment);
        }
        taken
    }

    /// The functions whose equations are rules.
    pub fn functions(&self) -> impl Iterator<Item = TermId> {
        self.sides.rules.iter().map(|rule| rule.equation.function)
    }

    /// Whether there is nothing to rewrite by.
    pub fn is_empty(&self) -> bool {
        self.sides.rules.is_empty()
    }

    /// The first rule's instance for an object that rewrites it.
    ///
    /// # Errors
    ///
    /// The kernel's, such as that the budget is exhausted.
    pub fn redex(&self, environment: &mut Environment, object: TermId) -> Result<Option<Redex>> {
        let mut found = Vec::new();
        self.sides.whole.unifying(environment, object, &mut found);
        found.sort_unstable();
        for number in found {
            if let Some(redex) = self.sides.rules[number as usize].redex(environment, object)? {
                return Ok(Some(redex));
            }
        }
        Ok(None)
    }

    /// The normal form of a term without loose indices, whose arguments are rewritten before itself; `None` where that
    /// takes too long. Terms under binders stay as they are.
    ///
    /// # Errors
    ///
    /// The kernel's, such as that the budget is exhausted.
    pub fn normal(&self, environment: &mut Environment, term: TermId, known: &mut Normals) -> Result<Option<TermId>> {
        let mut steps = STEPS;
        self.normal_within(environment, term, known, &mut steps)
    }

    fn normal_within(
        &self,
        environment: &mut Environment,
        term: TermId,
        known: &mut Normals,
        steps: &mut u32,
    ) -> Result<Option<TermId>> {
        if let Some(&normal) = known.0.get(&term) {
            return Ok(Some(normal));
        }
        environment.spend(1)?;
        let normal = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let (head, mut arguments) = environment.store.spine(term);
            for argument in &mut arguments {
                match self.normal_within(environment, *argument, known, steps)? {
                    Some(normal) => *argument = normal,
                    None => return Ok(None),
                }
            }
            let inner = environment.store.apps(head, &arguments);
            let Some(redex) = self.redex(environment, inner)? else { return Ok(Some(inner)) };
            let Some(left) = steps.checked_sub(1) else { return Ok(None) };
            *steps = left;
            self.normal_within(environment, redex.to(), known, steps)
        })?;
        if let Some(normal) = normal {
            known.0.insert(term, normal);
        }
        Ok(normal)
    }
}

/// Whether the result of a constant of this type is a type that depends on an object, or it takes something whose type
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
