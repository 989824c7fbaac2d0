//! Blocks and steps, apart from finding proofs.

use super::open::Explorer;
use super::{Pending, Result, Script, State};
use crate::fault::{self, Fault, codes, fault, using_warning};
use crate::terms::typed::Fact;
use prover_logic::{Term as Kernel, TermId};
use prover_syntax::codes::DECLARATION_IN_PROOF;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Decl, Span, Step, StepKind, TermRef};

impl Script<'_> {
    /// Carries out the steps of a block in a scope of its own: the proof of the goal, if there is one.
    pub(super) fn block(&mut self, steps: &[Step], goal: Option<TermId>, end: Span) -> Result<Option<TermId>> {
        stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
            let (scope, facts) = (self.scope.mark(), self.facts.mark());
            let explored = self.explorer.as_ref().map(Explorer::mark);
            self.depth += 1;
            let proof = self.steps(steps, goal, end);
            self.depth -= 1;
            self.scope.rollback(scope);
            self.facts.rollback(&self.theory.environment.store, facts);
            match explored {
                Some(mark) => Ok(self.leave(mark, goal, proof?)),
                None => proof,
            }
        })
    }

    fn steps(&mut self, steps: &[Step], goal: Option<TermId>, end: Span) -> Result<Option<TermId>> {
        let mut locals = Vec::new();
        let mut state = goal.map_or(State::Goalless, State::Open);
        let mut end = end;
        for (index, step) in steps.iter().enumerate() {
            if matches!(step.kind, StepKind::Halt) {
                end = step.span;
                if let Some(next) = steps.get(index + 1) {
                    let message = "nothing after `halt` is looked at";
                    self.warnings.push(Diagnostic::warning(codes::UNREACHABLE_STEP, next.span, message));
                }
                break;
            }
            state = self.step(step, &steps[index + 1..], state, &mut locals)?;
        }
        let proof = self.finish(state, end)?;
        Ok(proof.map(|proof| self.theory.environment.store.close_lambda(proof, &locals)))
    }

    /// Carries out a step other than `halt`; `rest` are the steps after it.
    fn step(&mut self, step: &Step, rest: &[Step], state: State, locals: &mut Vec<TermId>) -> Result<State> {
        match &step.kind {
            StepKind::Intro(decl) => self.intro(decl, state, step.span, locals),
            StepKind::Show { ty, by } => {
                let proposition = self.proposition(*ty)?;
                let proof = self.show(proposition, by, step.span)?;
                let fact = Fact { proposition, proof };
                self.add_fact(fact, step.span)?;
                self.record_fact(fact);
                Ok(state)
            }
            StepKind::Construct { decl, value, by } => {
                let function = self.function(by)?;
                self.construct(decl, *value, Some((function, by.span)))?;
                Ok(state)
            }
            StepKind::Apply(name) => {
                let State::Open(goal) = state else { return Err(no_open_goal(step.span, "apply", &state)) };
                let pending = self.apply(name, goal, step.span, rest)?;
                Ok(self.advance(pending))
            }
            StepKind::Goal { ty, steps } => self.goal(*ty, steps, state, step.span),
            StepKind::Have { name, ty, steps } => {
                let proposition = self.proposition(*ty)?;
                if let Some(proof) = self.block(steps, Some(proposition), last_brace(step.span))? {
                    match *name {
                        Some(name) => {
                            self.name_local(&Decl { name, ty: *ty }, proof, proposition, step.span)?;
                        }
                        None => {
                            let fact = Fact { proposition, proof };
                            self.add_fact(fact, step.span)?;
                            self.record_fact(fact);
                        }
                    }
                }
                Ok(state)
            }
            StepKind::CurrentGoal(ty) => {
                let goal = match &state {
                    State::Open(goal) => *goal,
                    State::Pending(pending) => pending.premises[pending.proofs.len()],
                    _ => return Err(no_open_goal(step.span, "current goal", &state)),
                };
                self.require_goal(*ty, goal)?;
                Ok(state)
            }
            StepKind::Using(_) => {
                self.warnings.push(using_warning(step.span));
                Ok(state)
            }
            StepKind::Declare { decl, value } => {
                self.declare(decl, *value, step.span)?;
                Ok(state)
            }
            // Handled by `steps`.
            StepKind::Halt => Ok(state),
        }
    }

    fn intro(&mut self, decl: &Decl, state: State, span: Span, locals: &mut Vec<TermId>) -> Result<State> {
        let State::Open(goal) = state else { return Err(no_open_goal(span, "intro", &state)) };
        let reduced = self.theory.environment.whnf(goal);
        let reduced = self.lift(span, reduced)?;
        let Kernel::Pi(domain, body) = self.theory.environment.store.term(reduced) else {
            let text = self.text(goal);
            return Err(Box::new(
                Diagnostic::error(codes::NOT_AN_ARROW, span, "there is nothing to introduce")
                    .with_note(format!("the goal is `{text}`, which is no arrow"))
                    .with_hint("show it, or apply a function to it"),
            ));
        };
        let ty = self.elaborator().ty(decl.ty)?;
        if !self.equal(ty, domain, span)? {
            let names = self.scope.printed(&self.theory.environment.store);
            let at = self.tree.span(decl.ty);
            let message = "the input of the goal has another type";
            return Err(fault::mismatch(&mut self.theory.environment, &names, at, message, (domain, ty)));
        }
        let local = self.theory.environment.store.local(self.scope.next(), ty);
        self.name_local(decl, local, ty, span)?;
        locals.push(local);
        Ok(State::Open(self.theory.environment.store.instantiate(body, &[local])))
    }

    /// Names a term of a type, which is a fact if it proves something; a name that is taken is varied.
    fn name_local(&mut self, decl: &Decl, term: TermId, ty: TermId, span: Span) -> Result<()> {
        let wanted = self.name(&decl.name);
        let name = self.scope.free_name(wanted);
        if name != wanted {
            let message = format!("`{wanted}` is taken: this one is called `{name}`");
            let warning = Diagnostic::warning(codes::NAME_TAKEN, decl.name.span, message);
            self.warnings.push(warning.with_hint(format!("write `{name}`, or another name that is free")));
        }
        self.scope.insert(&self.theory.environment.store, &name, term);
        let is_proof = self.is_proposition(ty, span)?;
        self.record_name(&name, term, ty, is_proof);
        if is_proof { self.add_fact(Fact { proposition: ty, proof: term }, span) } else { Ok(()) }
    }

    /// Names an object (or a proof), which must be an application of the function if one is given.
    fn construct(&mut self, decl: &Decl, value: TermRef, by: Option<(TermId, Span)>) -> Result<()> {
        let ty = self.elaborator().ty(decl.ty)?;
        let term = self.elaborator().term(value)?;
        let span = self.tree.span(value);
        let found = self.infer(term, span)?;
        if !self.equal(found, ty, span)? {
            let names = self.scope.printed(&self.theory.environment.store);
            let message = "the value has another type than declared";
            return Err(fault::mismatch(&mut self.theory.environment, &names, span, message, (ty, found)));
        }
        if let Some((function, by)) = by
            && !self.is_application(term, function)
        {
            let head = self.theory.environment.store.head(term);
            let (text, function, head) = (self.text(term), self.text(function), self.text(head));
            let message = format!("`{text}` is no application of `{function}`");
            let error = Diagnostic::error(codes::NOT_AN_APPLICATION, by, message);
            return Err(Box::new(error.with_hint(format!("it is one of `{head}`: write `by {head}`"))));
        }
        self.name_local(decl, term, ty, span)
    }

    /// Whether a term is a function applied to something, or to nothing; the function may be an application itself.
    fn is_application(&self, mut term: TermId, function: TermId) -> bool {
        while term != function {
            let Kernel::App(rest, _) = self.theory.environment.store.term(term) else { return false };
            term = rest;
        }
        true
    }

    /// A declaration in a derivation without a goal: a local, or a name for its value.
    fn declare(&mut self, decl: &Decl, value: Option<TermRef>, span: Span) -> Result<()> {
        let name = self.name(&decl.name);
        if !self.declares || self.depth > 1 {
            let message = format!("`{name}` cannot be declared here");
            let hint = "only the outermost steps of `verify` blocks declare";
            return Err(Box::new(Diagnostic::error(DECLARATION_IN_PROOF, span, message).with_hint(hint)));
        }
        let at = decl.name.span;
        if name.starts_with('\'') || matches!(name, "type" | "=") {
            let message = format!("`{name}` cannot be declared here");
            return Err(fault(codes::RESERVED_NAME, at, message));
        }
        let ty = self.elaborator().ty(decl.ty)?;
        if name == "prop" && value.is_none() && ty == self.theory.environment.store.sort(prover_logic::Sort::Type) {
            return Ok(());
        }
        if self.scope.is_taken(name) || self.theory.environment.find(name).is_some() {
            return Err(fault(codes::DUPLICATE_NAME, at, format!("`{name}` is declared already")));
        }
        if let Some(value) = value {
            return self.construct(decl, value, None);
        }
        let local = self.theory.environment.store.local(self.scope.next(), ty);
        self.name_local(decl, local, ty, span)
    }

    fn goal(&mut self, ty: TermRef, steps: &[Step], state: State, span: Span) -> Result<State> {
        let State::Pending(mut pending) = state else {
            let message = match state {
                State::Open(_) => "no `apply` has left a subgoal to prove here",
                _ => "there is no subgoal left to prove",
            };
            let at = Span { start: span.start, end: self.tree.span(ty).end };
            let error = Diagnostic::error(codes::NO_OPEN_GOAL, at, message);
            return Err(Box::new(error.with_hint("to prove a further fact, write `have` for `goal`")));
        };
        let premise = pending.premises[pending.proofs.len()];
        let stated = self.require_goal(ty, premise)?;
        if let Some(proof) = self.block(steps, Some(stated), last_brace(span))? {
            pending.proofs.push(proof);
        }
        Ok(self.advance(pending))
    }

    /// Elaborates a goal as stated, and requires that it is the goal.
    fn require_goal(&mut self, ty: TermRef, goal: TermId) -> Result<TermId> {
        let stated = self.proposition(ty)?;
        let span = self.tree.span(ty);
        if self.equal(stated, goal, span)? {
            return Ok(stated);
        }
        let (expected, found) = (self.text(goal), self.text(stated));
        Err(Box::new(
            Diagnostic::error(codes::GOAL_MISMATCH, span, "this is not the goal")
                .with_note(format!("expected `{expected}`"))
                .with_note(format!("found `{found}`")),
        ))
    }

    /// Closes an application whose premises are all proved.
    fn advance(&mut self, pending: Pending) -> State {
        if pending.proofs.len() < pending.premises.len() {
            return State::Pending(pending);
        }
        let store = &mut self.theory.environment.store;
        let body = store.abstract_locals(pending.proof, &pending.holes);
        State::Closed(store.instantiate(body, &pending.proofs))
    }

    /// The end of a block: what is open is closed by facts in scope.
    fn finish(&mut self, state: State, end: Span) -> Result<Option<TermId>> {
        match state {
            State::Goalless => Ok(None),
            State::Closed(proof) => Ok(Some(proof)),
            State::Open(goal) => match self.find_fact(goal, end)? {
                Some(proof) => Ok(Some(proof)),
                None if self.explorer.is_some() => Ok(Some(self.leave_open(goal, end))),
                None => Err(self.incomplete(goal, end)),
            },
            State::Pending(mut pending) => {
                while let Some(&premise) = pending.premises.get(pending.proofs.len()) {
                    match self.find_fact(premise, end)? {
                        Some(proof) => pending.proofs.push(proof),
                        None if self.explorer.is_some() => return Ok(Some(self.leave_pending(&pending, end))),
                        None => return Err(self.unproved_premises(&pending, end)),
                    }
                }
                let closed = self.advance(pending);
                self.finish(closed, end)
            }
        }
    }

    fn incomplete(&mut self, goal: TermId, end: Span) -> Fault {
        let text = self.text(goal);
        Box::new(
            Diagnostic::error(codes::INCOMPLETE_PROOF, end, "the proof is incomplete")
                .with_label("the goal is still open here")
                .with_note(format!("the goal is `{text}`"))
                .with_hint("show it (`show ... by ...`), or apply a function to it"),
        )
    }

    fn unproved_premises(&mut self, pending: &Pending, end: Span) -> Fault {
        let goal = self.text(pending.goal);
        let mut error = Diagnostic::error(codes::INCOMPLETE_PROOF, end, "the proof is incomplete")
            .with_label("subgoals are still open here");
        error = error.with_note(format!("what was applied to `{goal}` leaves these subgoals"));
        for &premise in pending.premises[pending.proofs.len()..].iter().take(4) {
            let text = self.text(premise);
            error = error.with_note(format!("`{text}`"));
        }
        Box::new(error.with_hint("a `goal ... { }` block for each, in order, follows `apply`"))
    }
}

/// The place of the last brace of a block.
fn last_brace(span: Span) -> Span {
    Span { start: span.end.saturating_sub(1), end: span.end }
}

fn no_open_goal(span: Span, word: &str, state: &State) -> Fault {
    let message = match state {
        State::Goalless => format!("`{word}` needs a goal, and this block has none"),
        State::Pending(_) => {
            format!("`{word}` needs an open goal; the subgoals of `apply` are proved by `goal` blocks")
        }
        State::Open(_) | State::Closed(_) => format!("`{word}` needs an open goal; this one is proved"),
    };
    fault(codes::NO_OPEN_GOAL, span, message)
}

/// The pending application that remains after `apply`, before any premise is proved.
pub(super) fn pending(goal: TermId, proof: TermId, holes: Vec<TermId>, premises: Vec<TermId>) -> Pending {
    Pending { goal, proof, holes, premises, proofs: Vec::new() }
}
