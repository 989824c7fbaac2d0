//! Blocks and steps, apart from finding proofs.

use super::frame::Frame;
use super::open::Explorer;
use super::{Pending, Result, Script, State};
use crate::fault::{self, Fault, codes, fault, using_warning};
use crate::terms::typed::{Fact, Typed};
use prover_logic::{Term as Kernel, TermId};
use prover_syntax::codes::DECLARATION_IN_PROOF;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Decl, Name, Span, Step, StepKind, Symbol, TermRef};

impl Script<'_> {
    /// Carries out the steps of a block in a scope of its own: the proof of the goal, if there is one.
    pub(super) fn block(&mut self, steps: &[Step], goal: Option<TermId>, end: Span) -> Result<Option<TermId>> {
        stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
            let (scope, facts) = (self.scope.mark(), self.facts.mark());
            let (objects, varied) = (self.objects.len(), self.varied.len());
            let explored = self.explorer.as_ref().map(Explorer::mark);
            self.depth += 1;
            let proof = self.steps(steps, goal, end);
            self.depth -= 1;
            self.scope.rollback(scope);
            self.objects.truncate(objects);
            self.varied.truncate(varied);
            self.facts.rollback(&self.theory.environment.store, facts);
            match explored {
                Some(mark) => Ok(self.leave(mark, goal, proof?)),
                None => proof,
            }
        })
    }

    fn steps(&mut self, steps: &[Step], goal: Option<TermId>, end: Span) -> Result<Option<TermId>> {
        let mut frames = Vec::new();
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
            let done = self.step(step, &steps[index + 1..], state, &mut frames);
            self.has_just_introduced = matches!(step.kind, StepKind::Intro { .. });
            state = done.map_err(|error| self.with_varied(error, step))?;
        }
        let proof = self.finish(state, end)?;
        Ok(proof.map(|proof| self.close_frames(proof, &frames)))
    }

    /// Carries out a step other than `halt`; `rest` are the steps after it.
    fn step(&mut self, step: &Step, rest: &[Step], state: State, frames: &mut Vec<Frame>) -> Result<State> {
        match &step.kind {
            StepKind::Intro { name, ty } => self.intro(name.as_ref(), *ty, state, step.span, frames),
            StepKind::Show { ty, by } => {
                let proposition = self.statement(*ty)?;
                let proof = self.show(proposition, *by, step.span)?;
                self.keep(Fact { proposition, proof }, step.span)?;
                Ok(state)
            }
            StepKind::Construct { decl, value, by } => {
                let function = self.named_function(by)?;
                self.construct(decl, *value, Some((function, by.span)))?;
                Ok(state)
            }
            StepKind::Apply(by) => {
                let State::Open(goal) = state else { return Err(no_open_goal(step.span, "apply", &state)) };
                let pending = self.apply(*by, goal, step.span, rest)?;
                Ok(self.advance(pending))
            }
            StepKind::Goal { ty, steps } => self.goal(*ty, steps, state, step.span),
            StepKind::Have { name: Some(name), ty, steps } => {
                let proposition = self.statement(*ty)?;
                if let Some(proof) = self.block(steps, Some(proposition), last_brace(step.span))? {
                    self.name_local(name, proof, proposition, step.span)?;
                }
                Ok(state)
            }
            StepKind::Have { name: None, ty, steps } => {
                let proposition = self.statement(*ty)?;
                self.have(proposition, steps, step.span)?;
                Ok(state)
            }
            StepKind::Unfold(name) => match state {
                State::Open(goal) => self.unfold(name, goal),
                state => Err(no_open_goal(step.span, "unfold", &state)),
            },
            StepKind::Rewrite { by, at } => match state {
                State::Open(goal) => self.rewrite_goal((*by, at.as_ref()), goal, step.span, frames),
                state => Err(no_open_goal(step.span, "rw", &state)),
            },
            StepKind::Assume(ty) => {
                self.assume(*ty, step.span)?;
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

    /// Keeps a fact shown or proved, for the steps that follow.
    fn keep(&mut self, fact: Fact, span: Span) -> Result<()> {
        if !self.is_proposition(fact.proposition, span)? {
            self.objects.push(Typed { term: fact.proof, ty: fact.proposition });
            return Ok(());
        }
        self.add_fact(fact, span)?;
        self.record_fact(fact);
        Ok(())
    }

    fn have(&mut self, proposition: TermId, steps: &[Step], span: Span) -> Result<()> {
        match self.block(steps, Some(proposition), last_brace(span))? {
            Some(proof) => self.keep(Fact { proposition, proof }, span),
            None => Ok(()),
        }
    }

    /// An assumption without a name, in a derivation without a goal.
    fn assume(&mut self, ty: TermRef, span: Span) -> Result<()> {
        if !self.declares || self.depth > 1 {
            let hint = "only the outermost steps of `verify` blocks assume";
            let error = Diagnostic::error(DECLARATION_IN_PROOF, span, "nothing can be assumed here");
            return Err(Box::new(error.with_hint(hint)));
        }
        let proposition = self.proposition(ty)?;
        let number = self.scope.reserve();
        let proof = self.theory.environment.store.local(number, proposition);
        self.add_fact(Fact { proposition, proof }, span)
    }

    /// Says of the names in a step that failed which of them mean the older of two locals.
    fn with_varied(&mut self, mut error: Fault, step: &Step) -> Fault {
        if self.varied.is_empty() || error.notes.iter().any(|note| note.contains("the newer one")) {
            return error;
        }
        let mut symbols: Vec<Symbol> = Vec::new();
        let terms = match &step.kind {
            StepKind::Intro { ty, .. } => vec![*ty],
            StepKind::Show { ty, by } => vec![Some(*ty), Some(*by)],
            StepKind::Construct { decl, value, .. } => vec![Some(decl.ty), Some(*value)],
            StepKind::Apply(by) | StepKind::Rewrite { by, .. } => vec![Some(*by)],
            StepKind::Goal { ty, .. } | StepKind::Have { ty, .. } | StepKind::CurrentGoal(ty) => vec![Some(*ty)],
            _ => Vec::new(),
        };
        for term in terms.into_iter().flatten() {
            symbols.extend(self.tree.symbols(term));
        }
        for (wanted, name) in self.varied.iter().rev() {
            if self.tree.symbol(wanted).is_some_and(|symbol| symbols.contains(&symbol)) {
                error.notes.push(format!("`{wanted}` is the older of two locals; the newer one is `{name}`"));
                break;
            }
        }
        error
    }

    fn intro(
        &mut self,
        name: Option<&Name>,
        ty: Option<TermRef>,
        state: State,
        span: Span,
        frames: &mut Vec<Frame>,
    ) -> Result<State> {
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
        let ty = match ty {
            Some(written) => {
                let ty = self.elaborator().ty(written)?;
                if !self.equal(ty, domain, span)? {
                    let names = self.scope.printed(&self.theory.environment.store);
                    let at = self.tree.span(written);
                    let message = "the input of the goal has another type";
                    return Err(fault::mismatch(&mut self.theory.environment, &names, at, message, (domain, ty)));
                }
                ty
            }
            None => domain,
        };
        let local = self.theory.environment.store.local(self.scope.next(), ty);
        match name {
            Some(name) => self.name_local(name, local, ty, span)?,
            None => {
                let wanted = if self.is_proposition(ty, span)? { "h" } else { "x" };
                let free = self.scope.free_name(wanted);
                self.bring(&free, local, ty, span)?;
            }
        }
        frames.push(Frame::Local(local));
        Ok(State::Open(self.theory.environment.store.instantiate(body, &[local])))
    }

    /// Names a term of a type, which is a fact if it proves something; a name that is taken is varied.
    fn name_local(&mut self, wanted: &Name, term: TermId, ty: TermId, span: Span) -> Result<()> {
        let (at, wanted) = (wanted.span, self.name(wanted));
        let name = self.scope.free_name(wanted);
        // Nobody means `_`.
        if name != wanted && wanted != "_" {
            let message = format!("`{wanted}` is taken: this one is called `{name}`");
            let warning = Diagnostic::warning(codes::NAME_TAKEN, at, message);
            self.warnings.push(warning.with_hint(format!("write `{name}`, or another name that is free")));
            self.varied.push((wanted.to_owned(), name.clone()));
        }
        self.bring(&name, term, ty, span)
    }

    /// Brings a term into scope under a name that is free.
    fn bring(&mut self, name: &str, term: TermId, ty: TermId, span: Span) -> Result<()> {
        self.scope.insert(&self.theory.environment.store, name, term);
        let is_proof = self.is_proposition(ty, span)?;
        self.record_name(name, term, ty, is_proof);
        if is_proof {
            return self.add_fact(Fact { proposition: ty, proof: term }, span);
        }
        self.objects.push(Typed { term, ty });
        Ok(())
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
        self.name_local(&decl.name, term, ty, span)
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
        self.name_local(&decl.name, local, ty, span)
    }

    fn goal(&mut self, ty: TermRef, steps: &[Step], state: State, span: Span) -> Result<State> {
        let at = self.tree.span(ty);
        let next = match &state {
            State::Open(goal) => Some(*goal),
            State::Pending(pending) => Some(pending.premises[pending.proofs.len()]),
            State::Closed(_) | State::Goalless => None,
        };
        let stated = self.statement(ty)?;
        let is_next = match next {
            Some(next) => self.equal(stated, next, at)?,
            None => false,
        };
        if !is_next && !matches!(state, State::Goalless) && self.find_fact(stated, at)?.is_some() {
            // A premise that needed no proof, proved all the same.
            self.have(stated, steps, span)?;
            return Ok(state);
        }
        match state {
            State::Pending(mut pending) => {
                self.require_goal(ty, pending.premises[pending.proofs.len()])?;
                if let Some(proof) = self.block(steps, Some(stated), last_brace(span))? {
                    pending.proofs.push(proof);
                }
                Ok(self.advance(pending))
            }
            State::Open(goal) if is_next => {
                let proof = self.block(steps, Some(stated), last_brace(span))?;
                Ok(proof.map_or(State::Open(goal), State::Closed))
            }
            state => {
                let (message, hint) = match state {
                    State::Open(_) => (
                        "no `apply` has left a subgoal to prove here",
                        "to prove a further fact, write `have` for `goal`",
                    ),
                    State::Goalless => ("this block has no goal", "to prove a fact, write `have` for `goal`"),
                    _ => ("there is no subgoal left to prove", "to prove a further fact, write `have` for `goal`"),
                };
                let at = Span { start: span.start, end: at.end };
                Err(Box::new(Diagnostic::error(codes::NO_OPEN_GOAL, at, message).with_hint(hint)))
            }
        }
    }

    /// Elaborates a goal as stated, and requires that it is the goal.
    fn require_goal(&mut self, ty: TermRef, goal: TermId) -> Result<TermId> {
        let stated = self.statement(ty)?;
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

    /// The end of a block: open goals are closed by facts in scope.
    fn finish(&mut self, state: State, end: Span) -> Result<Option<TermId>> {
        match state {
            State::Goalless => Ok(None),
            State::Closed(proof) => Ok(Some(proof)),
            // Of what was only introduced nobody has said that it is the object to be built.
            State::Open(goal) if self.builds && self.has_just_introduced && self.explorer.is_some() => {
                Ok(Some(self.leave_open(goal, end)))
            }
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
