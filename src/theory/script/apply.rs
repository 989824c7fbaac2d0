//! `apply f`: a function used on the goal, whose premises that are no facts become subgoals.

use super::step::pending;
use super::{Pending, Result, Script};
use crate::facts::View;
use crate::fault::{Fault, codes};
use crate::terms::application::{Application, Argument, Premises};
use crate::terms::typed::Fact;
use prover_logic::TermId;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Name, Span, Step, StepKind};

impl Script<'_> {
    /// The application that leaves the subgoals which the `goal` blocks after it state; without such, the one that
    /// leaves the fewest.
    pub(super) fn apply(&mut self, name: &Name, goal: TermId, span: Span, rest: &[Step]) -> Result<Pending> {
        let function = self.function(name)?;
        let mut stated = Vec::new();
        for step in rest {
            match &step.kind {
                StepKind::Goal { ty, .. } => stated.push(self.proposition(*ty)?),
                StepKind::Using(_) => {}
                _ => break,
            }
        }
        if self.is_rewrite(function) {
            return self.apply_rewrite(goal, &stated, span);
        }
        let mut fewest: Option<Pending> = None;
        for view in [View::Written, View::Unfolded] {
            for split in self.splits(function, view, span)? {
                for found in self.applications(goal, split, Premises::OrSubgoals(&[]), span)? {
                    let pending = self.pending(function, &found, goal, &[]);
                    if self.agrees(&pending, &stated, span)? && self.proves(pending.proof, goal, span)? {
                        return Ok(pending);
                    }
                    if fewest.as_ref().is_none_or(|fewest| fewest.premises.len() > pending.premises.len()) {
                        fewest = Some(pending);
                    }
                }
            }
        }
        if let Some(pending) = self.apply_to_stated(function, goal, &stated, span)? {
            return Ok(pending);
        }
        match fewest {
            Some(pending) if self.proves(pending.proof, goal, span)? => Ok(pending),
            _ => Err(self.cannot_apply(function, goal, name.span)),
        }
    }

    /// The application in which the subgoals stated are premises: they may tell parameters that the goal does not.
    fn apply_to_stated(
        &mut self,
        function: TermId,
        goal: TermId,
        stated: &[TermId],
        span: Span,
    ) -> Result<Option<Pending>> {
        if stated.is_empty() {
            return Ok(None);
        }
        let mark = self.facts.mark();
        let found = self.with_assumed(function, goal, stated, span);
        self.facts.rollback(&self.theory.environment.store, mark);
        found
    }

    fn with_assumed(
        &mut self,
        function: TermId,
        goal: TermId,
        stated: &[TermId],
        span: Span,
    ) -> Result<Option<Pending>> {
        let mut assumed = Vec::new();
        for &premise in stated {
            let local = self.hole(assumed.len(), premise);
            assumed.push(local);
            self.add_fact(Fact { proposition: premise, proof: local }, span)?;
        }
        for split in self.splits(function, View::Written, span)? {
            for found in self.applications(goal, split, Premises::OrSubgoals(&[]), span)? {
                let pending = self.pending(function, &found, goal, &assumed);
                if self.agrees(&pending, stated, span)? && self.proves(pending.proof, goal, span)? {
                    return Ok(Some(pending));
                }
            }
        }
        Ok(None)
    }

    /// The local that stands for the proof of a premise.
    pub(super) fn hole(&mut self, index: usize, premise: TermId) -> TermId {
        self.theory.environment.store.local(self.scope.next() + index as u32, premise)
    }

    /// An application whose open premises, and the arguments that are among `assumed`, are to be proved.
    fn pending(&mut self, function: TermId, application: &Application, goal: TermId, assumed: &[TermId]) -> Pending {
        let (mut holes, mut premises) = (Vec::new(), Vec::new());
        let mut proof = function;
        for argument in &application.arguments {
            let term = match *argument {
                Argument::Subgoal(premise) => {
                    let hole = self.hole(assumed.len() + holes.len(), premise);
                    holes.push(hole);
                    premises.push(premise);
                    hole
                }
                Argument::Term(term) => {
                    if let (true, prover_logic::Term::Local { ty, .. }) =
                        (assumed.contains(&term), self.theory.environment.store.term(term))
                    {
                        holes.push(term);
                        premises.push(ty);
                    }
                    term
                }
            };
            proof = self.theory.environment.store.app(proof, term);
        }
        pending(goal, proof, holes, premises)
    }

    fn agrees(&mut self, pending: &Pending, stated: &[TermId], span: Span) -> Result<bool> {
        if pending.premises.len() != stated.len() {
            return Ok(false);
        }
        for (&premise, &stated) in pending.premises.iter().zip(stated) {
            if !self.equal(premise, stated, span)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn apply_rewrite(&mut self, goal: TermId, stated: &[TermId], span: Span) -> Result<Pending> {
        let (proof, holes, premises) = match *stated {
            [premise, ..] => {
                let hole = self.hole(0, premise);
                (self.rewrite(goal, Some(Fact { proposition: premise, proof: hole }), span)?, vec![hole], vec![premise])
            }
            [] => (self.rewrite(goal, None, span)?, Vec::new(), Vec::new()),
        };
        match proof {
            Some(proof) => Ok(pending(goal, proof, holes, premises)),
            None => Err(self.cannot_rewrite(goal, span)),
        }
    }

    fn cannot_apply(&mut self, function: TermId, goal: TermId, span: Span) -> Fault {
        let ty = self.infer(function, span);
        let (goal, name) = (self.text(goal), self.text(function));
        let error = Diagnostic::error(codes::CANNOT_APPLY, span, format!("`{name}` does not fit the goal"))
            .with_note(format!("the goal is `{goal}`"));
        Box::new(match ty {
            Ok(ty) => error.with_note(format!("`{name}` has type `{}`", self.text(ty))),
            Err(_) => error,
        })
    }
}
