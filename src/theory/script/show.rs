//! `show T by f`: the arguments with which a function proves a proposition.

use super::{Result, Script};
use crate::facts::View;
use crate::fault::{Fault, codes};
use crate::terms::application::{Application, Means, Premises, Undetermined, applications_with};
use crate::terms::equation::Equation;
use crate::terms::matching::Substitution;
use crate::terms::signature::Signature;
use crate::terms::typed::Typed;
use prover_logic::{DeclarationKind, Environment, KernelError, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, TermRef};

/// The applications of one function, with one number of arguments, that are looked at.
const ALTERNATIVES: usize = 32;

/// A function's type as a view has it, and the number of arguments to give.
#[derive(Clone, Copy)]
pub(super) struct Split {
    pub view: View,
    pub ty: TermId,
    pub count: usize,
}

impl Script<'_> {
    /// A proof of the proposition by the function named, from facts in scope.
    pub(super) fn show(&mut self, proposition: TermId, by: TermRef, span: Span) -> Result<TermId> {
        if self.is_saturation(by) {
            return self.saturate(proposition, span);
        }
        if self.is_algebra(by) {
            return self.algebra(proposition, span);
        }
        let function = self.function(by)?;
        if self.is_rewrite(function) {
            if let Some(proof) = self.find_fact(proposition, span)? {
                return Ok(proof);
            }
            return match self.rewrite(proposition, None, span)? {
                Some(proof) => Ok(proof),
                None => Err(self.cannot_rewrite(proposition, span)),
            };
        }
        for view in [View::Written, View::Unfolded] {
            if let Some(proof) = self.shown_by(function, proposition, view, &[], span)? {
                return Ok(proof);
            }
        }
        // A parameter that nothing determines is filled with an object in scope.
        let objects = self.objects(span)?;
        if let Some(proof) = self.shown_by(function, proposition, View::Written, &objects, span)? {
            return Ok(proof);
        }
        Err(self.cannot_show(proposition, function, self.tree.span(by)))
    }

    fn shown_by(
        &mut self,
        function: TermId,
        proposition: TermId,
        view: View,
        objects: &[Typed],
        span: Span,
    ) -> Result<Option<TermId>> {
        let undetermined = Undetermined { objects, may_stay_open: false };
        for split in self.splits(function, view, span)? {
            for application in self.applications_filled(proposition, split, Premises::FromFacts, undetermined, span)? {
                let proof = application.proof(&mut self.theory.environment.store, function, &[]);
                if let Some(proof) = proof
                    && self.proves(proof, proposition, span)?
                {
                    return Ok(Some(proof));
                }
            }
        }
        Ok(None)
    }

    /// The ways to give a function arguments: all of them first, then fewer, then as many as its output takes once
    /// definitions are unfolded.
    pub(super) fn splits(&mut self, function: TermId, view: View, span: Span) -> Result<Vec<Split>> {
        let ty = self.infer(function, span)?;
        let environment = &mut self.theory.environment;
        let found = self.facts.form(environment, view, ty).and_then(|ty| Ok((ty, expose(environment, ty)?)));
        let (ty, exposed) = self.lift(span, found)?;
        let store = &self.theory.environment.store;
        let (arity, most) = (Signature::arity(store, ty), Signature::arity(store, exposed));
        let usual = (0..=arity).rev().map(move |count| Split { view, ty, count });
        let further = (arity + 1..=most).rev().map(move |count| Split { view, ty: exposed, count });
        Ok(usual.chain(further).collect())
    }

    /// The applications with a number of arguments that prove the target.
    pub(super) fn applications(
        &mut self,
        target: TermId,
        split: Split,
        premises: Premises<'_>,
        span: Span,
    ) -> Result<Vec<Application>> {
        self.applications_filled(target, split, premises, Undetermined::default(), span)
    }

    /// The same where parameters that nothing determines may be filled in.
    pub(super) fn applications_filled(
        &mut self,
        target: TermId,
        split: Split,
        premises: Premises<'_>,
        undetermined: Undetermined<'_>,
        span: Span,
    ) -> Result<Vec<Application>> {
        let equality = self.equality();
        let environment = &mut self.theory.environment;
        let facts = &mut *self.facts;
        let mut search = || {
            environment.spend(1 + split.count as u64)?;
            let signature = facts.signature(environment, split.ty, split.count)?;
            let target = facts.form(environment, split.view, target)?;
            let table = facts.table(environment, equality.as_ref(), split.view)?;
            let given = Substitution::new(signature.len());
            let means = Means { facts: table, premises, limit: ALTERNATIVES };
            applications_with(environment, &signature, &given, (signature.output, target), means, undetermined)
        };
        let found = search();
        self.lift(span, found)
    }

    fn cannot_show(&mut self, proposition: TermId, function: TermId, span: Span) -> Fault {
        let premises = self.missing_premise(proposition, function, span);
        let ty = self.infer(function, span);
        let (goal, name) = (self.text(proposition), self.text(function));
        let mut error = Diagnostic::error(codes::CANNOT_SHOW, span, format!("`{name}` does not show this"))
            .with_note(format!("to show `{goal}`"));
        if let Ok(ty) = ty {
            let ty = self.text(ty);
            error = error.with_note(format!("`{name}` has type `{ty}`"));
        }
        if let Some(reversed) = self.shows_reversed(proposition, function, span) {
            let is_fact = matches!(self.find_fact(reversed, span), Ok(Some(_)));
            let reversed = self.text(reversed);
            error = error.with_hint(match is_fact {
                true => format!("write `by eq_symm`, which shows it from `{reversed}`"),
                false => format!("`show {reversed} by {name}.` first, and then this `by eq_symm`"),
            });
        } else if let Some(premise) = premises {
            let premise = self.text(premise);
            error = error.with_hint(format!("`{premise}` would have to be a fact in scope"));
        }
        Box::new(error)
    }

    /// An equation with its sides exchanged, if the function shows that.
    fn shows_reversed(&mut self, proposition: TermId, function: TermId, span: Span) -> Option<TermId> {
        let equality = self.equality()?;
        let store = &mut self.theory.environment.store;
        let (ty, left, right) = Equation::sides(store, &equality, proposition)?;
        let eq = store.constant(equality.eq);
        let reversed = store.apps(eq, &[ty, right, left]);
        self.shown_by(function, reversed, View::Written, &[], span).ok()??;
        Some(reversed)
    }

    /// The first premise that is not a fact, where the function would fit otherwise.
    fn missing_premise(&mut self, proposition: TermId, function: TermId, span: Span) -> Option<TermId> {
        for split in self.splits(function, View::Written, span).ok()? {
            let found = self.applications(proposition, split, Premises::OrSubgoals(&[]), span).ok()?;
            if let Some(premise) = found.iter().find_map(|application| application.subgoals().next()) {
                return Some(premise);
            }
        }
        None
    }
}

/// The type with definitions unfolded where that shows more arrows at its end.
fn expose(environment: &mut Environment, ty: TermId) -> std::result::Result<TermId, KernelError> {
    if is_rigid(environment, Signature::output(&environment.store, ty)) {
        return Ok(ty);
    }
    let first = environment.store.local_bound(ty);
    let mut locals = Vec::new();
    // `rest` stands for itself with its loose indices replaced by `locals[start..]`.
    let (mut rest, mut start) = (ty, 0);
    loop {
        environment.spend(1)?;
        if let Term::Pi(domain, body) = environment.store.term(rest) {
            let domain = environment.store.instantiate(domain, &locals[start..]);
            locals.push(environment.store.local(first + locals.len() as u32, domain));
            rest = body;
            continue;
        }
        rest = environment.store.instantiate(rest, &locals[start..]);
        start = locals.len();
        let reduced = environment.whnf(rest)?;
        if !matches!(environment.store.term(reduced), Term::Pi(..)) {
            return Ok(environment.store.close_pi(rest, &locals));
        }
        rest = reduced;
    }
}

/// Whether a term stays as it is when definitions are unfolded at its head.
fn is_rigid(environment: &Environment, term: TermId) -> bool {
    match environment.store.term(environment.store.head(term)) {
        Term::Const(constant) => {
            environment.get(constant).is_some_and(|declaration| declaration.kind != DeclarationKind::Definition)
        }
        Term::Local { .. } | Term::Sort(_) => true,
        _ => false,
    }
}
