//! Finding the arguments with which a function proves a proposition.
//!
//! Parameters come from matching the function's output with the proposition; premises from facts in scope or, where
//! that is allowed, they stay open as subgoals. Scripts and search share this; they differ in where their
//! [`Facts`] live.

use super::matching::{Substitution, beta_normal};
use super::signature::Signature;
use super::typed::{Fact, Typed};
use prover_logic::{Environment, KernelError, Store, Term, TermId};

type Result<T> = std::result::Result<T, KernelError>;

/// Facts in scope: propositions with proof terms, without loose indices.
pub trait Facts {
    /// A proof of exactly this proposition.
    fn exact(&self, proposition: TermId) -> Option<TermId>;

    /// Appends all facts that the pattern may match under the substitution (and possibly
    /// others; matching decides), the newest first.
    fn candidates(&self, environment: &Environment, pattern: TermId, substitution: &Substitution, out: &mut Vec<Fact>);
}

/// An argument that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// An object, or the proof of a fact in scope.
    Term(TermId),
    /// A premise that is still to be proved: its proposition.
    Subgoal(TermId),
}

impl Argument {
    /// The term, unless it is still to be proved.
    pub fn term(&self) -> Option<TermId> {
        match self {
            Argument::Term(term) => Some(*term),
            Argument::Subgoal(_) => None,
        }
    }
}

/// A function's arguments, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Application {
    /// One argument a parameter.
    pub arguments: Vec<Argument>,
}

impl Application {
    /// The premises left open, in order.
    pub fn subgoals(&self) -> impl Iterator<Item = TermId> {
        self.arguments.iter().filter_map(|a| match a {
            Argument::Subgoal(proposition) => Some(*proposition),
            Argument::Term(_) => None,
        })
    }

    /// The application as a term, given proofs of the subgoals in order; `None` if there are too few.
    pub fn proof(&self, store: &mut Store, function: TermId, proofs: &[TermId]) -> Option<TermId> {
        let mut proofs = proofs.iter();
        let mut term = function;
        for argument in &self.arguments {
            let argument = match argument {
                Argument::Term(argument) => *argument,
                Argument::Subgoal(_) => *proofs.next()?,
            };
            term = store.app(term, argument);
        }
        Some(term)
    }
}

/// The ways in which premises may be met.
#[derive(Clone, Copy, Debug)]
pub enum Premises<'a> {
    /// From facts only: nothing stays open.
    FromFacts,
    /// From facts, else as a subgoal. `false` at an input's place forbids the subgoal (the word `infer`); inputs
    /// beyond the end of the slice may be subgoals.
    OrSubgoals(&'a [bool]),
}

/// The means of a search for applications: where premises come from, and how many are wanted.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The facts in scope.
    pub facts: &'a dyn Facts,
    /// The ways in which premises may be met.
    pub premises: Premises<'a>,
    /// The most applications that are looked for.
    pub limit: usize,
}

/// Looks for the applications of a function of a given signature whose type is `target`.
pub fn applications(
    environment: &mut Environment,
    signature: &Signature,
    target: TermId,
    means: Means<'_>,
) -> Result<Vec<Application>> {
    let given = Substitution::new(signature.len());
    applications_with(environment, signature, &given, (signature.output, target), means, Undetermined::default())
}

/// The treatment of parameters that neither the target nor the premises determine.
#[derive(Clone, Copy, Default)]
pub struct Undetermined<'a> {
    /// Objects of which the first of the parameter's type stands for it.
    pub objects: &'a [Typed],
    /// Whether an object of which there is none may stay open, as a premise may.
    pub may_stay_open: bool,
}

/// The same where some parameters are given, where a pattern over the parameters has to match the target, be it the
/// output or a part of it, and where undetermined parameters may be filled in.
///
/// # Errors
///
/// The kernel's, such as that the budget is exhausted.
pub fn applications_with(
    environment: &mut Environment,
    signature: &Signature,
    given: &Substitution,
    (pattern, target): (TermId, TermId),
    means: Means<'_>,
    undetermined: Undetermined<'_>,
) -> Result<Vec<Application>> {
    let mut search = Finder { undetermined, ..Finder::new(environment, signature, means) };
    let mut substitution = given.clone();
    let mark = substitution.mark();
    if substitution.matches(search.environment, pattern, target)? && search.learn_types(&mut substitution, mark)? {
        search.premises_from(&mut substitution)?;
    }
    Ok(search.found)
}

/// Looks for the applications of a function to facts and objects in scope, whatever they prove: premises come from
/// facts, and a parameter that neither they nor `given` determine is tried with each of the `objects`. Each comes with
/// its type, in beta normal form. The treatment of premises in `means` has no effect.
pub fn forward_applications(
    environment: &mut Environment,
    signature: &Signature,
    given: &Substitution,
    objects: &[Typed],
    means: Means<'_>,
) -> Result<Vec<(Application, TermId)>> {
    let mut found = Vec::new();
    let mut open = vec![given.clone()];
    while let Some(mut substitution) = open.pop() {
        if found.len() >= means.limit {
            break;
        }
        let mut search = Finder::new(environment, signature, Means { premises: Premises::FromFacts, ..means });
        // Parameters that no premise mentions have to be chosen before the premises are looked for.
        let mentioned = |i: u32| signature.parameters.iter().any(|p| p.is_premise && p.mentions.contains(&i));
        let free = (0..signature.len()).find(|&i| {
            let parameter = &signature.parameters[i];
            !parameter.is_premise
                && substitution.get(i).is_none()
                && !mentioned(i as u32)
                // The type of a later parameter may determine it.
                && !signature.parameters.iter().any(|p| !p.is_premise && p.mentions.contains(&(i as u32)))
        });
        if let Some(parameter) = free {
            for object in objects {
                let mut next = substitution.clone();
                if next.matches(search.environment, signature.parameters[parameter].domain, object.ty)? {
                    next.assign(parameter, object.term);
                    open.push(next);
                }
            }
            continue;
        }
        search.premises_from(&mut substitution)?;
        for application in search.found {
            let values: Option<Vec<TermId>> = application.arguments.iter().map(Argument::term).collect();
            let Some(values) = values else { continue };
            let output = environment.store.instantiate(signature.output, &values);
            let output = beta_normal(environment, output)?;
            found.push((application, output));
        }
    }
    Ok(found)
}

/// The extent to which a premise's pattern determines the facts that it matches; the greater, the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grip {
    /// It is one proposition.
    Determined,
    /// Its head is known, or it is an arrow.
    Head,
    /// It is a variable.
    Variable,
    /// It is a variable applied to arguments.
    AppliedVariable,
}

/// Whether a variable of the pattern is applied to arguments.
pub(super) fn applies_variable(store: &Store, pattern: TermId) -> bool {
    let mut open = vec![(pattern, 0)];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some((id, depth)) = open.pop() {
        if store.loose(id) <= depth || !seen.insert((id, depth)) {
            continue;
        }
        match store.term(id) {
            Term::App(f, a) => {
                if matches!(store.term(f), Term::Bound(index) if index >= depth) {
                    return true;
                }
                open.extend([(f, depth), (a, depth)]);
            }
            Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([(a, depth), (b, depth + 1)]),
            _ => {}
        }
    }
    false
}

struct Finder<'a> {
    environment: &'a mut Environment,
    signature: &'a Signature,
    means: Means<'a>,
    found: Vec<Application>,
    /// Premises that were decided to stay open.
    subgoals: Vec<Option<TermId>>,
    undetermined: Undetermined<'a>,
}

impl<'a> Finder<'a> {
    fn new(environment: &'a mut Environment, signature: &'a Signature, means: Means<'a>) -> Self {
        let undetermined = Undetermined::default();
        Self { environment, signature, means, found: Vec::new(), subgoals: vec![None; signature.len()], undetermined }
    }

    /// Learns parameters that stand in the types of those assigned since the mark, such as the `'t` of `('x : 't)`.
    fn learn_types(&mut self, substitution: &mut Substitution, mark: super::matching::Mark) -> Result<bool> {
        for parameter in substitution.assigned_since(mark) {
            let Some(value) = substitution.get(parameter) else { continue };
            let signature = self.signature;
            let info = &signature.parameters[parameter];
            if info.is_premise || substitution.knows(&info.mentions) {
                continue;
            }
            let ty = self.environment.infer(value)?;
            let before = substitution.mark();
            if !substitution.matches(self.environment, info.domain, ty)? || !self.learn_types(substitution, before)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The extent to which a premise's pattern determines the facts that it matches.
    fn grip(&self, substitution: &Substitution, premise: usize) -> Grip {
        let info = &self.signature.parameters[premise];
        if substitution.knows(&info.mentions) {
            return Grip::Determined;
        }
        let store = &self.environment.store;
        match store.term(store.head(info.domain)) {
            Term::Bound(index) if substitution.at_index(index).is_none() => match store.term(info.domain) {
                Term::Bound(_) => Grip::Variable,
                _ => Grip::AppliedVariable,
            },
            _ => Grip::Head,
        }
    }

    /// The premise to look at next: the one that says most, the first of several.
    fn next_premise(&self, substitution: &Substitution) -> Option<(usize, Grip)> {
        let open = |&i: &usize| {
            let info = &self.signature.parameters[i];
            info.is_premise && substitution.get(i).is_none() && self.subgoals[i].is_none()
        };
        let premises = (0..self.signature.len()).filter(open);
        premises.map(|premise| (premise, self.grip(substitution, premise))).min_by_key(|&(_, grip)| grip)
    }

    fn premises_from(&mut self, substitution: &mut Substitution) -> Result<()> {
        if self.found.len() >= self.means.limit {
            return Ok(());
        }
        self.environment.spend(1)?;
        let Some((premise, grip)) = self.next_premise(substitution) else {
            return self.finish(substitution);
        };
        let signature = self.signature;
        let domain = signature.parameters[premise].domain;
        if grip != Grip::Determined {
            // A variable applied to arguments that are known by now may be what is missing.
            let mut solved = substitution.clone();
            if solved.solve_deferred(self.environment)? && solved.knows(&signature.parameters[premise].mentions) {
                return self.premises_from(&mut solved);
            }
            // A variable applied to arguments matches whatever there is, and would stay unknown.
            return match grip {
                Grip::AppliedVariable => Ok(()),
                _ => self.try_candidates(substitution, premise, domain),
            };
        }
        let instance = substitution.apply(&mut self.environment.store, domain);
        // Only a variable applied to arguments can have become a redex.
        let proposition = match applies_variable(&self.environment.store, domain) {
            true => beta_normal(self.environment, instance)?,
            false => instance,
        };
        if let Some(proof) = self.means.facts.exact(proposition) {
            let mark = substitution.mark();
            substitution.assign(premise, proof);
            self.premises_from(substitution)?;
            substitution.undo(mark);
            return Ok(());
        }
        let before = self.found.len();
        self.try_candidates(substitution, premise, proposition)?;
        if self.found.len() > before {
            return Ok(());
        }
        let may_stay_open = match self.means.premises {
            Premises::FromFacts => false,
            Premises::OrSubgoals(allowed) => allowed.get(premise).copied().unwrap_or(true),
        };
        if may_stay_open {
            self.subgoals[premise] = Some(proposition);
            self.premises_from(substitution)?;
            self.subgoals[premise] = None;
        }
        Ok(())
    }

    fn try_candidates(&mut self, substitution: &mut Substitution, premise: usize, pattern: TermId) -> Result<()> {
        let mut candidates = Vec::new();
        self.means.facts.candidates(self.environment, pattern, substitution, &mut candidates);
        for Fact { proposition, proof } in candidates {
            let mark = substitution.mark();
            if substitution.matches(self.environment, pattern, proposition)? && self.learn_types(substitution, mark)? {
                substitution.assign(premise, proof);
                self.premises_from(substitution)?;
            }
            substitution.undo(mark);
        }
        Ok(())
    }

    /// The first of the given objects that has a type.
    fn object_of(&mut self, ty: TermId) -> Result<Option<TermId>> {
        for object in self.undetermined.objects {
            self.environment.spend(1)?;
            if object.ty == ty || self.environment.definitionally_equal(object.ty, ty)? {
                return Ok(Some(object.term));
            }
        }
        Ok(None)
    }

    /// Whether the type of a parameter, or the output, mentions a parameter.
    fn is_mentioned(&self, parameter: usize) -> bool {
        let place = parameter as u32;
        self.signature.output_mentions.contains(&place)
            || self.signature.parameters.iter().any(|other| other.mentions.contains(&place))
    }

    /// All premises are met or open: what remains is that every object is known and has its type.
    fn finish(&mut self, substitution: &Substitution) -> Result<()> {
        let mut substitution = substitution.clone();
        if !substitution.solve_deferred(self.environment)? {
            return Ok(());
        }
        let mut arguments = Vec::with_capacity(self.signature.len());
        for (i, parameter) in self.signature.parameters.iter().enumerate() {
            if let Some(proposition) = self.subgoals[i] {
                arguments.push(Argument::Subgoal(proposition));
                continue;
            }
            let value = match substitution.get(i) {
                Some(value) => value,
                None if !parameter.is_premise && substitution.knows(&parameter.mentions) => {
                    let domain = substitution.apply(&mut self.environment.store, parameter.domain);
                    match self.object_of(domain)? {
                        Some(object) => {
                            substitution.assign(i, object);
                            object
                        }
                        None if self.undetermined.may_stay_open && !self.is_mentioned(i) => {
                            arguments.push(Argument::Subgoal(domain));
                            continue;
                        }
                        None => return Ok(()),
                    }
                }
                None => return Ok(()),
            };
            if !parameter.is_premise {
                if !substitution.knows(&parameter.mentions) {
                    return Ok(());
                }
                let expected = substitution.apply(&mut self.environment.store, parameter.domain);
                let found = self.environment.infer(value)?;
                if !self.environment.definitionally_equal(found, expected)? {
                    return Ok(());
                }
            }
            arguments.push(Argument::Term(value));
        }
        let application = Application { arguments };
        if !self.found.contains(&application) {
            self.found.push(application);
        }
        Ok(())
    }
}
