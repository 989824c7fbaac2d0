//! `apply f`: a function used on the goal, whose premises that are not facts become subgoals.

use super::step::pending;
use super::{Pending, Result, Script};
use crate::facts::View;
use crate::fault::{Fault, codes};
use crate::terms::application::{Application, Argument, Means, Premises, Undetermined, applications_with};
use crate::terms::matching::Substitution;
use crate::terms::rewriting::closed_subterms;
use crate::terms::signature::Signature;
use crate::terms::typed::Fact;
use prover_logic::{Store, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, Step, StepKind, TermRef};

/// The locals of a goal that are tried for a parameter that nothing determines.
const LOCALS: usize = 32;

impl Script<'_> {
    /// The application that leaves the subgoals which the `goal` blocks after it state; without such, the one that
    /// leaves the fewest.
    pub(super) fn apply(&mut self, by: TermRef, goal: TermId, span: Span, rest: &[Step]) -> Result<Pending> {
        let function = self.function(by)?;
        let mut stated = Vec::new();
        for step in rest {
            match &step.kind {
                StepKind::Goal { ty, .. } => stated.push(self.statement(*ty)?),
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
        if let Some(pending) = fewest
            && self.proves(pending.proof, goal, span)?
        {
            return Ok(pending);
        }
        if let Some(pending) = self.apply_to_locals(function, goal, &stated, span)? {
            return Ok(pending);
        }
        if let Some(pending) = self.apply_filled(function, goal, span)? {
            return Ok(pending);
        }
        Err(self.cannot_apply(function, goal, self.tree.span(by)))
    }

    /// The application of a function whose output is a variable applied to others that nothing determines, such as
    /// induction where its variable has been introduced: these stand for locals that the goal mentions. The one that
    /// most of the stated subgoals agree with, the newest local first.
    fn apply_to_locals(
        &mut self,
        function: TermId,
        goal: TermId,
        stated: &[TermId],
        span: Span,
    ) -> Result<Option<Pending>> {
        let mut best: Option<(usize, Pending)> = None;
        for split in self.splits(function, View::Written, span)? {
            let signature = self.facts.signature(&mut self.theory.environment, split.ty, split.count);
            let signature = self.lift(span, signature)?;
            let Some(variable) = applied_to(&self.theory.environment.store, &signature) else { continue };
            for local in self.mentioned(goal, span)? {
                let mut given = Substitution::new(signature.len());
                given.assign(variable, local);
                let equality = self.equality();
                let environment = &mut self.theory.environment;
                let table = self.facts.table(environment, equality.as_ref(), View::Written);
                let found = table.and_then(|table| {
                    let means = Means { facts: table, premises: Premises::OrSubgoals(&[]), limit: 1 };
                    let pair = (signature.output, goal);
                    applications_with(environment, &signature, &given, pair, means, Undetermined::default())
                });
                for application in self.lift(span, found)? {
                    let pending = self.pending(function, &application, goal, &[]);
                    if !self.proves(pending.proof, goal, span)? {
                        continue;
                    }
                    let mut agreed = 0;
                    for (&premise, &stated) in pending.premises.iter().zip(stated) {
                        agreed += usize::from(self.equal(premise, stated, span)?);
                    }
                    if best.as_ref().is_none_or(|(most, _)| agreed > *most) {
                        best = Some((agreed, pending));
                    }
                }
            }
        }
        Ok(best.map(|(_, pending)| pending))
    }

    /// The locals that stand in a term, the newest first, bounded in number.
    fn mentioned(&mut self, term: TermId, span: Span) -> Result<Vec<TermId>> {
        let store = &self.theory.environment.store;
        let parts = closed_subterms(store, term);
        let mut locals: Vec<(u32, TermId)> = parts
            .iter()
            .filter_map(|&part| match store.term(part) {
                Kernel::Local { id, .. } => Some((id, part)),
                _ => None,
            })
            .collect();
        let spent = self.theory.environment.spend(parts.len() as u64);
        self.lift(span, spent)?;
        locals.sort_unstable_by_key(|&(id, _)| std::cmp::Reverse(id));
        Ok(locals.into_iter().take(LOCALS).map(|(_, local)| local).collect())
    }

    /// The application in which parameters that nothing determines are objects in scope or, where an object is built,
    /// subgoals.
    fn apply_filled(&mut self, function: TermId, goal: TermId, span: Span) -> Result<Option<Pending>> {
        let objects = self.objects(span)?;
        let undetermined = Undetermined { objects: &objects, may_stay_open: self.builds };
        for split in self.splits(function, View::Written, span)? {
            let premises = Premises::OrSubgoals(&[]);
            for found in self.applications_filled(goal, split, premises, undetermined, span)? {
                let pending = self.pending(function, &found, goal, &[]);
                if self.proves(pending.proof, goal, span)? {
                    return Ok(Some(pending));
                }
            }
        }
        Ok(None)
    }

    /// The application in which the subgoals stated are premises: they may determine parameters that the goal does not.
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
        if pending.premises.len() > stated.len() {
            return Ok(false);
        }
        let mut premises = pending.premises.iter().copied().peekable();
        for &stated in stated {
            match premises.peek() {
                Some(&premise) if self.equal(premise, stated, span)? => {
                    premises.next();
                }
                // A block for a premise that is a fact already.
                _ if self.find_fact(stated, span)?.is_some() => {}
                _ => return Ok(false),
            }
        }
        Ok(premises.peek().is_none())
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

/// The parameter to which a function's output applies another one, if it is that and no more.
fn applied_to(store: &Store, signature: &Signature) -> Option<usize> {
    let Kernel::App(function, argument) = store.term(signature.output) else { return None };
    let (Kernel::Bound(_), Kernel::Bound(index)) = (store.term(function), store.term(argument)) else { return None };
    let place = signature.len().checked_sub(1 + index as usize)?;
    (!signature.parameters[place].is_premise).then_some(place)
}
