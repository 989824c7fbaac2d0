//! Statements as variants of existing ones: goals, theorems, and subgoals where proofs were stuck.
//!
//! A statement close to a goal is more likely to help with it than one from a grammar, and one close to a theorem is
//! more likely to be true. None is trusted: variants are tested and attempted like all conjectures. (Variants of seeds
//! as conjectures: K. Dong, T. Ma, *STP: Self-play LLM Theorem Provers with Iterative Conjecturing and Proving*, 2025;
//! of goals at test time: AlphaProof, 2024. The list of changes is our own.)

use super::completer::Conjecture;
use super::instance::occurs;
use super::opened::Opened;
use super::schemes::{Makers, Scheme};
use super::{Author, Completer};
use prover_logic::environment::DEFAULT_BUDGET;
use prover_logic::{ConstId, Sort, Term, TermId};
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::{Substitution, replace};
use prover_theory::terms::rewriting::{closed_subterms, tree_size};
use prover_theory::terms::signature::Signature;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Steps that making and checking one variant may take.
const STEPS: u64 = 100_000;
/// Locals of a second statement, and new ones, have these numbers or greater ones.
const SECOND: u32 = 1 << 12;
const NEW: u32 = 1 << 13;
/// The most variables and premises of a variant.
const VARIABLES: usize = 6;
const PREMISES: usize = 4;
/// The most nodes of a variant's tree beyond those of its seed.
const GROWTH: u32 = 24;
/// The share of statements that are made of no seed.
const SCHEMES: f64 = 0.25;
/// The most changes made to one seed.
const CHANGES: u32 = 3;

/// Writes variants of statements.
#[derive(Debug)]
pub struct VariantAuthor<'r, R: Rng> {
    /// The seeds, closed, each with its weight.
    seeds: &'r [(TermId, f64)],
    makers: &'r Makers,
    rng: &'r mut R,
}

/// Makers of statements from a theory's functions alone, without seeds; see the module `schemes`.
#[derive(Clone, Debug)]
pub struct Functions(Makers);

impl Functions {
    /// The makers of a theory.
    pub fn new(theory: &mut Theory) -> Self {
        Self(Makers::new(theory))
    }
}

/// A change to a statement.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// A term becomes a variable.
    Generalise,
    /// A variable becomes a term, or another variable.
    Specialise,
    /// A premise goes.
    DropPremise,
    /// A premise of another statement comes, or changes places with the conclusion.
    AddPremise,
    /// A constant becomes another of its type.
    SwapConstant,
    /// An equation of another statement rewrites the conclusion.
    Compose,
    /// The conclusion becomes an equation between a term of the statement and the same with arguments exchanged.
    Permute,
}

impl Change {
    /// All of them; those that lead to lemmas most often come twice.
    const ALL: [Self; 10] = [
        Self::Generalise,
        Self::Generalise,
        Self::Specialise,
        Self::Specialise,
        Self::DropPremise,
        Self::AddPremise,
        Self::SwapConstant,
        Self::Compose,
        Self::Permute,
        Self::Permute,
    ];
}

impl<'r, R: Rng> VariantAuthor<'r, R> {
    /// An author who draws seeds, closed statements of the theory, by their weights, and now and then an equation of a
    /// well-known form over the functions of the theory instead.
    pub fn new(seeds: &'r [(TermId, f64)], functions: &'r Functions, rng: &'r mut R) -> Self {
        Self { seeds, makers: &functions.0, rng }
    }

    /// A seed, opened with locals from a number on.
    fn seed(&mut self, theory: &mut Theory, first: u32) -> Option<Opened> {
        let (seed, _) = *self.seeds.choose_weighted(self.rng, |&(_, weight)| weight).ok()?;
        Some(Opened::numbered_from(theory, seed, first))
    }

    /// An equation of a well-known form.
    fn scheme(&mut self, theory: &mut Theory) -> Option<TermId> {
        let equality = theory.equality?;
        let Scheme { variables, left, right, ty } = self.makers.draw(theory, self.rng)?;
        let store = &mut theory.environment.store;
        let relation = store.constant(equality.eq);
        let conclusion = store.apps(relation, &[ty, left, right]);
        Some(closed(theory, &Opened { variables, hypotheses: Vec::new(), conclusion, all_used: true }))
    }

    fn variant(&mut self, theory: &mut Theory) -> Option<TermId> {
        if self.seeds.is_empty() || self.rng.random_bool(SCHEMES) {
            return self.scheme(theory);
        }
        let mut opened = self.seed(theory, 0)?;
        let most = GROWTH.saturating_add(size(theory, &opened));
        let mut changed = false;
        for _ in 0..self.rng.random_range(1..=CHANGES) {
            let change = *Change::ALL.choose(self.rng)?;
            changed |= self.change(theory, &mut opened, change).is_some();
        }
        let is_small = opened.variables.len() <= VARIABLES && opened.hypotheses.len() <= PREMISES;
        (changed && is_small && size(theory, &opened) <= most).then(|| closed(theory, &opened))
    }

    /// Makes a change; `None` where there is nothing to change.
    fn change(&mut self, theory: &mut Theory, opened: &mut Opened, change: Change) -> Option<()> {
        match change {
            Change::Generalise => {
                let whole = opened.conclusion;
                let mut terms = objects(theory, opened);
                terms.retain(|&(term, _)| term != whole && !opened.variables.contains(&term));
                let &(term, ty) = terms.choose(self.rng)?;
                let variable = fresh(theory, opened, ty);
                substitute(theory, opened, term, variable);
            }
            Change::Specialise => {
                let &variable = opened.variables.choose(self.rng)?;
                let Term::Local { ty, .. } = theory.environment.store.term(variable) else { return None };
                let value = self.value(theory, opened, ty)?;
                if value == variable || occurs(&theory.environment, variable, value) {
                    return None;
                }
                substitute(theory, opened, variable, value);
            }
            Change::DropPremise => {
                let place = self.rng.random_range(0..opened.hypotheses.len().max(1));
                (place < opened.hypotheses.len()).then(|| opened.hypotheses.remove(place))?;
            }
            Change::AddPremise if !opened.hypotheses.is_empty() && self.rng.random_bool(0.5) => {
                let place = self.rng.random_range(0..opened.hypotheses.len());
                std::mem::swap(&mut opened.hypotheses[place], &mut opened.conclusion);
            }
            Change::AddPremise => {
                let other = self.seed(theory, SECOND)?;
                let premises: Vec<TermId> = other.hypotheses.iter().chain([&other.conclusion]).copied().collect();
                let mut premise = *premises.choose(self.rng)?;
                for &variable in &other.variables {
                    let Term::Local { ty, .. } = theory.environment.store.term(variable) else { continue };
                    let alike = opened.variables.iter().filter(|&&v| is_of(theory, v, ty)).copied();
                    let alike: Vec<TermId> = alike.collect();
                    let by = alike.choose(self.rng).copied()?;
                    premise = replace(&mut theory.environment.store, premise, variable, by);
                }
                opened.hypotheses.push(premise);
            }
            Change::SwapConstant => {
                let mut pairs = Vec::new();
                for constant in constants(theory, opened) {
                    let ty = theory.environment.declaration(constant).ty;
                    if matches!(
                        theory.environment.store.term(Signature::output(&theory.environment.store, ty)),
                        Term::Sort(Sort::Type)
                    ) {
                        continue;
                    }
                    let alike = theory.environment.declarations().filter(|(id, d)| d.ty == ty && *id != constant);
                    pairs.extend(alike.map(|(id, _)| (constant, id)));
                }
                let &(from, to) = pairs.choose(self.rng)?;
                let store = &mut theory.environment.store;
                let (from, to) = (store.constant(from), store.constant(to));
                substitute(theory, opened, from, to);
            }
            Change::Compose => {
                let other = self.seed(theory, SECOND)?;
                let equality = theory.equality?;
                let (_, left, right) = Equation::sides(&theory.environment.store, &equality, other.conclusion)?;
                let (from, to) = if self.rng.random_bool(0.5) { (left, right) } else { (right, left) };
                let store = &mut theory.environment.store;
                let pattern = store.abstract_locals(from, &other.variables);
                let is_variable = matches!(store.term(from), Term::Local { .. });
                let mut targets = if is_variable { Vec::new() } else { closed_subterms(store, opened.conclusion) };
                let (mut found, count) = (Vec::new(), other.variables.len());
                targets.retain(|&target| target != opened.conclusion);
                for target in targets {
                    let mut substitution = Substitution::new(count);
                    if substitution.matches(&mut theory.environment, pattern, target) == Ok(true)
                        && let Some(values) = substitution.complete()
                    {
                        found.push((target, values));
                    }
                }
                let (target, values) = found.choose(self.rng)?.clone();
                let store = &mut theory.environment.store;
                let mut instance = |term| {
                    let pattern = store.abstract_locals(term, &other.variables);
                    store.instantiate(pattern, &values)
                };
                let by = instance(to);
                let premises: Vec<TermId> = other.hypotheses.iter().map(|&premise| instance(premise)).collect();
                opened.conclusion = replace(&mut theory.environment.store, opened.conclusion, target, by);
                opened.hypotheses.extend(premises);
            }
            Change::Permute => {
                let equality = theory.equality?;
                let objects = objects(theory, opened);
                let &(term, ty) = objects.choose(self.rng)?;
                let permuted = self.permuted(theory, term)?;
                let store = &mut theory.environment.store;
                let relation = store.constant(equality.eq);
                opened.conclusion = store.apps(relation, &[ty, term, permuted]);
                opened.hypotheses.clear();
            }
        }
        Some(())
    }

    /// A value for a variable of a type: a variable, a term of the statement or of another, or a constant or function
    /// of the theory applied to new variables.
    fn value(&mut self, theory: &mut Theory, opened: &mut Opened, ty: TermId) -> Option<TermId> {
        if self.rng.random_bool(0.5) {
            let other = self.seed(theory, SECOND)?;
            let mut terms: Vec<TermId> =
                objects(theory, opened).into_iter().filter(|t| t.1 == ty).map(|t| t.0).collect();
            let foreign = objects(theory, &other).into_iter().filter(|t| t.1 == ty).map(|t| t.0);
            terms.extend(foreign);
            terms.extend(opened.variables.iter().filter(|&&variable| is_of(theory, variable, ty)));
            let value = *terms.choose(self.rng)?;
            let foreign = other.variables.into_iter().filter(|&variable| occurs(&theory.environment, variable, value));
            let foreign: Vec<TermId> = foreign.filter(|variable| !opened.variables.contains(variable)).collect();
            opened.variables.extend(foreign);
            return Some(value);
        }
        let mut makers = Vec::new();
        for (id, declaration) in theory.environment.declarations() {
            let store = &theory.environment.store;
            if Signature::output(store, declaration.ty) == ty && store.loose(ty) == 0 {
                makers.push((id, declaration.ty));
            }
        }
        let &(maker, mut rest) = makers.choose(self.rng)?;
        let mut value = theory.environment.store.constant(maker);
        while let Term::Pi(domain, body) = theory.environment.store.term(rest) {
            // Proofs and types are no arguments of what statements speak of.
            let is_object = theory.environment.sort_of(domain) != Ok(Sort::Prop)
                && !matches!(theory.environment.store.term(domain), Term::Pi(..) | Term::Sort(Sort::Type));
            if !is_object {
                return None;
            }
            let argument = fresh(theory, opened, domain);
            let store = &mut theory.environment.store;
            value = store.app(value, argument);
            rest = store.instantiate(body, &[argument]);
        }
        Some(value)
    }

    /// A term with two arguments of the same type exchanged somewhere, or with two applications of one function
    /// associated the other way.
    fn permuted(&mut self, theory: &mut Theory, term: TermId) -> Option<TermId> {
        let mut found = Vec::new();
        for part in closed_subterms(&theory.environment.store, term) {
            let (head, arguments) = theory.environment.store.spine(part);
            for j in 1..arguments.len() {
                for i in 0..j {
                    let (a, b) = (arguments[i], arguments[j]);
                    let types = (theory.environment.infer(a), theory.environment.infer(b));
                    if a != b && types.0.is_ok() && types.0 == types.1 {
                        let mut exchanged = arguments.clone();
                        exchanged.swap(i, j);
                        found.push((part, theory.environment.store.apps(head, &exchanged)));
                    }
                }
            }
            if let [leading @ .., a, b] = &arguments[..] {
                let store = &mut theory.environment.store;
                let (inner, inside) = store.spine(*a);
                if inner == head && inside.len() == arguments.len() && inside[..leading.len()] == *leading {
                    let (x, y) = (inside[leading.len()], inside[leading.len() + 1]);
                    let right = store.apps(head, &[leading, &[y, *b]].concat());
                    found.push((part, store.apps(head, &[leading, &[x, right]].concat())));
                }
            }
        }
        let &(part, by) = found.choose(self.rng)?;
        Some(replace(&mut theory.environment.store, term, part, by))
    }
}

impl<R: Rng> Author for VariantAuthor<'_, R> {
    fn write(&mut self, _: &mut Completer, theory: &mut Theory) -> Option<Conjecture> {
        theory.environment.set_budget(STEPS);
        let statement = self.variant(theory);
        // What does not fit together is no statement.
        let statement = statement
            .filter(|&s| theory.environment.infer(s).is_ok() && theory.environment.sort_of(s) == Ok(Sort::Prop));
        theory.environment.set_budget(DEFAULT_BUDGET);
        let statement = statement?;
        let text = print(&mut theory.environment, &Names::new(), statement);
        (theory.statement(&text).ok() == Some(statement)).then_some(Conjecture { text, statement })
    }
}

/// A statement with the terms that both sides of its conclusion have in common, the outermost ones, made variables, and
/// without premises; `None` where there are none, or the conclusion is not an equation.
pub fn generalised(theory: &mut Theory, statement: TermId) -> Option<TermId> {
    let equality = theory.equality?;
    let mut opened = Opened::new(theory, statement);
    opened.hypotheses.clear();
    let mut is_changed = false;
    loop {
        let (_, left, right) = Equation::sides(&theory.environment.store, &equality, opened.conclusion)?;
        let on_the_right = closed_subterms(&theory.environment.store, right);
        let common: Vec<TermId> = closed_subterms(&theory.environment.store, left)
            .into_iter()
            .filter(|term| on_the_right.contains(term) && matches!(theory.environment.store.term(*term), Term::App(..)))
            .collect();
        let object = common.into_iter().find_map(|term| {
            let ty = theory.environment.infer(term).ok()?;
            let is_object = !matches!(theory.environment.store.term(ty), Term::Pi(..) | Term::Sort(_));
            is_object.then_some((term, ty))
        });
        let Some((term, ty)) = object else { break };
        let variable = fresh(theory, &mut opened, ty);
        substitute(theory, &mut opened, term, variable);
        is_changed = true;
    }
    is_changed.then(|| closed(theory, &opened))
}

/// A statement without one of its premises, counted from 0 among them, and without the variables that nothing speaks of
/// then; `None` where there is no such premise.
pub fn without_premise(theory: &mut Theory, statement: TermId, place: usize) -> Option<TermId> {
    let mut opened = Opened::new(theory, statement);
    (place < opened.hypotheses.len()).then(|| opened.hypotheses.remove(place))?;
    Some(closed(theory, &opened))
}

/// The nodes of a statement's tree.
fn size(theory: &Theory, opened: &Opened) -> u32 {
    let parts = opened.hypotheses.iter().chain([&opened.conclusion]);
    parts.map(|&part| tree_size(&theory.environment.store, part, 1_000)).fold(0, u32::saturating_add)
}

/// The statement with the variables that it speaks of bound.
fn closed(theory: &mut Theory, opened: &Opened) -> TermId {
    let parts: Vec<TermId> = opened.hypotheses.iter().chain([&opened.conclusion]).copied().collect();
    let mut kept: Vec<TermId> = Vec::new();
    for &variable in opened.variables.iter().rev() {
        let environment = &theory.environment;
        let in_type = |v: &TermId| match environment.store.term(*v) {
            Term::Local { ty, .. } => occurs(environment, variable, ty),
            _ => false,
        };
        if parts.iter().any(|&part| occurs(environment, variable, part)) || kept.iter().any(in_type) {
            kept.push(variable);
        }
    }
    kept.reverse();
    let store = &mut theory.environment.store;
    let body = opened.hypotheses.iter().rev().fold(opened.conclusion, |body, &premise| store.pi(premise, body));
    store.close_pi(body, &kept)
}

/// Whether a local has a type.
fn is_of(theory: &Theory, local: TermId, wanted: TermId) -> bool {
    matches!(theory.environment.store.term(local), Term::Local { ty, .. } if ty == wanted)
}

/// A new variable of a statement.
fn fresh(theory: &mut Theory, opened: &mut Opened, ty: TermId) -> TermId {
    let variable = theory.environment.store.local(NEW + opened.variables.len() as u32, ty);
    opened.variables.push(variable);
    variable
}

/// Has a term replaced wherever it stands.
fn substitute(theory: &mut Theory, opened: &mut Opened, from: TermId, to: TermId) {
    let store = &mut theory.environment.store;
    for part in opened.hypotheses.iter_mut().chain([&mut opened.conclusion]) {
        *part = replace(store, *part, from, to);
    }
}

/// The objects and propositions within a statement, with their types; those that occur in several parts once.
fn objects(theory: &mut Theory, opened: &Opened) -> Vec<(TermId, TermId)> {
    let mut found: Vec<(TermId, TermId)> = Vec::new();
    for &part in opened.hypotheses.iter().chain([&opened.conclusion]) {
        for term in closed_subterms(&theory.environment.store, part) {
            if term == part || found.iter().any(|&(known, _)| known == term) {
                continue;
            }
            let Ok(ty) = theory.environment.infer(term) else { continue };
            if !matches!(theory.environment.store.term(ty), Term::Pi(..) | Term::Sort(Sort::Type | Sort::Kind)) {
                found.push((term, ty));
            }
        }
    }
    found
}

/// The constants in a statement.
fn constants(theory: &Theory, opened: &Opened) -> Vec<ConstId> {
    let mut found = Vec::new();
    for &part in opened.hypotheses.iter().chain([&opened.conclusion]) {
        for term in closed_subterms(&theory.environment.store, part) {
            if let Term::Const(constant) = theory.environment.store.term(term)
                && !found.contains(&constant)
            {
                found.push(constant);
            }
        }
    }
    found
}
