//! `unfold f` and `rw E`: steps that compute the next goal themselves.

use super::frame::Frame;
use super::{Result, Script, State};
use crate::facts::View;
use crate::fault::{Fault, codes};
use crate::terms::application::{Argument, Means, Premises, Undetermined, applications_with};
use crate::terms::equation::Equation;
use crate::terms::matching::{Substitution, beta_normal, replace};
use crate::terms::rewriting::{Context, closed_subterms, motive_is_typed};
use crate::terms::signature::{Signature, mentions};
use prover_logic::equality::Equality;
use prover_logic::{KernelError, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Name, Span, TermRef};
use std::sync::Arc;

/// The function that gives an equation: itself, its signature, and the sides as patterns.
struct Rule {
    function: TermId,
    signature: Arc<Signature>,
    left: TermId,
    right: TermId,
}

/// A term of the goal that a side of an equation fits.
struct Place {
    /// The equation, with that term on the left.
    equation: Equation,
    /// The goal around it.
    context: Context,
}

/// The most places that `rw E at N.` can distinguish.
const MAX_PLACES: usize = 1_000;

/// The places that are listed where there are not as many as asked for.
const LISTED: usize = 12;

impl Script<'_> {
    /// `unfold f.`: the goal with the definition's value in the place of its name.
    pub(super) fn unfold(&mut self, name: &Name, goal: TermId) -> Result<State> {
        let text = self.name(name);
        let Some(constant) = self.theory.environment.find(text) else {
            return Err(self.no_such_function(name));
        };
        let Some(value) = self.theory.environment.declaration(constant).value.filter(|_| {
            self.theory.environment.declaration(constant).kind == prover_logic::DeclarationKind::Definition
        }) else {
            let message = format!("`{text}` is no definition, and does not unfold");
            let error = Diagnostic::error(codes::CANNOT_UNFOLD, name.span, message);
            return Err(Box::new(error.with_hint("the equations of a function are used by `rw`, as in `rw +_z.`")));
        };
        let store = &mut self.theory.environment.store;
        let folded = store.constant(constant);
        let unfolded = replace(store, goal, folded, value);
        if unfolded == goal {
            let goal = self.text(goal);
            let error = Diagnostic::error(codes::CANNOT_UNFOLD, name.span, format!("`{text}` is not in the goal"));
            return Err(Box::new(error.with_note(format!("the goal is `{goal}`"))));
        }
        let normal = beta_normal(&mut self.theory.environment, unfolded);
        Ok(State::Open(self.lift(name.span, normal)?))
    }

    /// `rw E.`: the goal with one side of an equation in the place of the other, all occurrences of the first term that
    /// fits, from left to right or, where nothing fits so, from right to left. `rw E at N.` takes the N-th of the terms
    /// that fit, those from left to right first.
    pub(super) fn rewrite_goal(
        &mut self,
        (by, place): (TermRef, Option<&Name>),
        goal: TermId,
        span: Span,
        frames: &mut Vec<Frame>,
    ) -> Result<State> {
        let at = self.tree.span(by);
        let function = self.function(by)?;
        let number = self.number_of_place(place)?;
        let Some(equality) = self.equality() else { return Err(self.no_equation(function, at)) };
        let Some(rule) = self.rule(function, &equality, at)? else { return Err(self.no_equation(function, at)) };
        let form = self.facts.form(&mut self.theory.environment, View::Written, goal);
        let goal = self.lift(span, form)?;
        let mut places = Vec::new();
        for side in [rule.left, rule.right] {
            if self.determines(&rule, side) && places.len() < number {
                self.places(&rule, (side, goal), &equality, (span, number), &mut places)?;
            }
        }
        let Some(Place { equation, context }) = places.get(number - 1) else {
            return Err(match place {
                Some(place) if !places.is_empty() => self.no_such_place(function, &places, place.span),
                _ => self.nothing_to_rewrite(function, goal, at),
            });
        };
        let store = &mut self.theory.environment.store;
        let next = context.fill(store, equation.right);
        let number = self.scope.reserve();
        let hole = store.local(number, next);
        let proof = equation.reversed(store, &equality).transport(store, &equality, context.motive, hole);
        frames.push(Frame::Replaced { proof, hole });
        // An equation of a term with itself needs no further step.
        Ok(match self.reflexive(&equality, next) {
            Some(proof) => State::Closed(proof),
            None => State::Open(next),
        })
    }

    /// The number behind `at`, from 1 on; 1 without any.
    fn number_of_place(&self, place: Option<&Name>) -> Result<usize> {
        let Some(place) = place else { return Ok(1) };
        match self.name(place).parse() {
            Ok(number @ 1..=MAX_PLACES) => Ok(number),
            _ => {
                let message = format!("`{}` is no number from 1 to {MAX_PLACES}", self.name(place));
                let error = Diagnostic::error(codes::CANNOT_REWRITE, place.span, message);
                Err(Box::new(error.with_hint("`rw E at 2.` rewrites the second of the terms that fit")))
            }
        }
    }

    /// The proof of an equation whose sides are the same.
    pub(super) fn reflexive(&mut self, equality: &Equality, proposition: TermId) -> Option<TermId> {
        let store = &mut self.theory.environment.store;
        let (ty, left, right) = Equation::sides(store, equality, proposition)?;
        (left == right).then(|| {
            let refl = store.constant(equality.refl);
            store.apps(refl, &[ty, left])
        })
    }

    fn rule(&mut self, function: TermId, equality: &Equality, span: Span) -> Result<Option<Rule>> {
        let ty = self.infer(function, span)?;
        let form = self.facts.form(&mut self.theory.environment, View::Written, ty);
        let ty = self.lift(span, form)?;
        let count = Signature::arity(&self.theory.environment.store, ty);
        let signature = self.facts.signature(&mut self.theory.environment, ty, count);
        let signature = self.lift(span, signature)?;
        let sides = Equation::sides(&self.theory.environment.store, equality, signature.output);
        Ok(sides.map(|(_, left, right)| Rule { function, signature, left, right }))
    }

    /// Whether matching a side determines all parameters that no premise determines.
    fn determines(&self, rule: &Rule, side: TermId) -> bool {
        let store = &self.theory.environment.store;
        let count = rule.signature.len() as u32;
        if matches!(store.term(side), Kernel::Bound(_)) && count > 0 {
            return false;
        }
        let told = mentions(store, side, count);
        let is_told = |place: u32| {
            told.contains(&place) || rule.signature.parameters.iter().any(|other| other.mentions.contains(&place))
        };
        (0..count).all(|place| rule.signature.parameters[place as usize].is_premise || is_told(place))
    }

    /// Adds the places of the goal that a side of the equation fits, from left to right, until there are `number`.
    fn places(
        &mut self,
        rule: &Rule,
        (side, goal): (TermId, TermId),
        equality: &Equality,
        (span, number): (Span, usize),
        places: &mut Vec<Place>,
    ) -> Result<()> {
        let environment = &mut self.theory.environment;
        let facts = &mut *self.facts;
        let mut search = || -> std::result::Result<(), KernelError> {
            let parts = closed_subterms(&environment.store, goal);
            environment.spend(parts.len() as u64)?;
            let table = facts.table(environment, Some(equality), View::Written)?;
            let given = Substitution::new(rule.signature.len());
            let means = Means { facts: table, premises: Premises::FromFacts, limit: 1 };
            for part in parts {
                let pair = (side, part);
                let found =
                    applications_with(environment, &rule.signature, &given, pair, means, Undetermined::default())?;
                for application in found {
                    if places.len() == number {
                        return Ok(());
                    }
                    let values = application.arguments.iter().filter_map(Argument::term).collect::<Vec<_>>();
                    let store = &mut environment.store;
                    let proof = store.apps(rule.function, &values);
                    let proposition = store.instantiate(rule.signature.output, &values);
                    let proposition = beta_normal(environment, proposition)?;
                    let store = &mut environment.store;
                    let Some(equation) = Equation::new(store, equality, proposition, proof) else { continue };
                    let equation = if side == rule.left { equation } else { equation.reversed(store, equality) };
                    // The term as it stands in the goal; where it differs, a definition is folded there.
                    let equation = Equation { left: part, ..equation };
                    let Some(context) = Context::all(store, goal, equation.left, equation.ty) else { continue };
                    if motive_is_typed(environment, context.motive)? {
                        places.push(Place { equation, context });
                    }
                }
            }
            Ok(())
        };
        let found = search();
        self.lift(span, found)
    }

    fn no_such_place(&mut self, function: TermId, places: &[Place], span: Span) -> Fault {
        let name = self.text(function);
        let plural = if places.len() == 1 { "" } else { "s" };
        let message = format!("`{name}` fits {} term{plural} of the goal", places.len());
        let mut error = Diagnostic::error(codes::CANNOT_REWRITE, span, message);
        for (index, Place { equation, .. }) in places.iter().enumerate().take(LISTED) {
            let sides = [equation.left, equation.right].map(|side| self.text(side));
            error = error.with_note(format!("at {}: `{}` becomes `{}`", index + 1, sides[0], sides[1]));
        }
        Box::new(error)
    }

    fn no_equation(&mut self, function: TermId, span: Span) -> Fault {
        let name = self.text(function);
        let message = format!("`{name}` gives no equation");
        let error = Diagnostic::error(codes::CANNOT_REWRITE, span, message);
        let error = match self.infer(function, span) {
            Ok(ty) => error.with_note(format!("`{name}` has type `{}`", self.text(ty))),
            Err(_) => error,
        };
        Box::new(error.with_hint("name a fact or a theorem that ends in `(= a b)`"))
    }

    fn nothing_to_rewrite(&mut self, function: TermId, goal: TermId, span: Span) -> Fault {
        let ty = self.infer(function, span);
        let (name, goal) = (self.text(function), self.text(goal));
        let message = format!("`{name}` rewrites nothing in the goal");
        let error = Diagnostic::error(codes::CANNOT_REWRITE, span, message).with_note(format!("the goal is `{goal}`"));
        Box::new(match ty {
            Ok(ty) => error.with_note(format!("`{name}` has type `{}`", self.text(ty))),
            Err(_) => error,
        })
    }
}
