//! `show T by f`: the arguments with which a function proves a proposition.

use super::{Result, Script};
use crate::facts::View;
use crate::fault::{Fault, codes};
use crate::terms::application::{Application, Means, Premises, applications};
use crate::terms::signature::Signature;
use prover_logic::{DeclarationKind, Environment, KernelError, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Name, Span};

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
    pub(super) fn show(&mut self, proposition: TermId, by: &Name, span: Span) -> Result<TermId> {
        if self.is_saturation(by) {
            return self.saturate(proposition, span);
        }
        if self.is_algebra(by) {
            return self.algebra(proposition, span);
        }
        let function = self.function(by)?;
        if self.is_rewrite(function) {
            return match self.rewrite(proposition, None, span)? {
                Some(proof) => Ok(proof),
                None => Err(self.cannot_rewrite(proposition, span)),
            };
        }
        for view in [View::Written, View::Unfolded] {
            for split in self.splits(function, view, span)? {
                for application in self.applications(proposition, split, Premises::FromFacts, span)? {
                    let proof = application.proof(&mut self.theory.environment.store, function, &[]);
                    if let Some(proof) = proof
                        && self.proves(proof, proposition, span)?
                    {
                        return Ok(proof);
                    }
                }
            }
        }
        Err(self.cannot_show(proposition, function, by.span))
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
        let equality = self.equality();
        let environment = &mut self.theory.environment;
        let facts = &mut *self.facts;
        let mut search = || {
            environment.spend(1 + split.count as u64)?;
            let signature = facts.signature(environment, split.ty, split.count)?;
            let target = facts.form(environment, split.view, target)?;
            let table = facts.table(environment, equality.as_ref(), split.view)?;
            applications(environment, &signature, target, Means { facts: table, premises, limit: ALTERNATIVES })
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
        if let Some(premise) = premises {
            let premise = self.text(premise);
            error = error.with_hint(format!("`{premise}` would have to be a fact in scope"));
        }
        Box::new(error)
    }

    /// The first premise that is no fact, where the function would fit otherwise.
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
