//! Scripts with open ends: the goals that remain, with their scopes.
//!
//! [`explore`] carries out a script like [`prove_with_script`](super::prove_with_script), but a block that ends with an
//! open goal, and premises of `apply` that nothing has proved, are recorded instead of refused. Where such a proof is
//! needed further on, a local stands for it, as for the premises of `apply`. Nothing is added to the theory and nothing
//! counts as proved: a script that leaves nothing open is to be given to the ordinary path.

use super::open::{Entry, Exploration, Explorer, Mark, OpenGoal};
use super::{Failed, Pending, Proof, Script, Surroundings};
use crate::Theory;
use crate::facts::FactIndex;
use crate::fault::shown;
use crate::limits::budget;
use crate::terms::typed::Fact;
use prover_logic::{Sort, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;

/// Carries out a script that may have open ends, given as the text between the braces of a theorem. `facts` holds facts
/// of this theory's constants only, or nothing.
///
/// # Errors
///
/// The faults of the script; positions are offsets into it.
pub fn explore(
    theory: &mut Theory,
    facts: &mut FactIndex,
    statement: TermId,
    text: &str,
) -> Result<Exploration, Vec<Diagnostic>> {
    let (tree, steps) = prover_syntax::parse_steps(text)?;
    theory.environment.set_budget(budget(text.len()));
    let failed = Failed::default();
    let mut script = Script::new(Surroundings { theory, facts, failed: &failed }, &tree, false);
    script.explorer = Some(Explorer::default());
    script.builds = script.theory.environment.sort_of(statement).is_ok_and(|sort| sort != Sort::Prop);
    let length = text.len() as u32;
    let carried_out = script.whole(&steps, Some(statement), Span { start: length, end: length });
    let Script { warnings, explorer, .. } = script;
    let Some(Explorer { open, .. }) = explorer else { unreachable!("a script keeps the explorer that it is given") };
    match carried_out {
        Ok(_) => Ok(Exploration { open, warnings }),
        Err(error) => Err(vec![*error]),
    }
}

/// The open goals beyond its own that the error of an incomplete proof shows.
const LISTED: usize = 8;

impl Script<'_> {
    /// Adds to the error of an incomplete proof the other goals that it leaves open.
    pub(super) fn list_open(&mut self, error: &mut Diagnostic, proof: Proof<'_>, goal: TermId) {
        self.explorer = Some(Explorer::default());
        let warnings = self.warnings.len();
        // Steps after the open goal may be wrong; what was found open until then is open all the same.
        let _ = self.whole(proof.steps, Some(goal), proof.end);
        self.warnings.truncate(warnings);
        let Some(Explorer { open, .. }) = self.explorer.take() else { return };
        let others: Vec<OpenGoal> = open.into_iter().filter(|open| open.at != error.span.start).collect();
        for open in others.iter().take(LISTED) {
            let names = open.scope.printed(&self.theory.environment.store);
            let text = shown(&mut self.theory.environment, &names, open.goal);
            error.notes.push(format!("`{text}` is open too"));
        }
        if others.len() > LISTED {
            error.notes.push(format!("{} more goals are open", others.len() - LISTED));
        }
    }

    pub(super) fn record_fact(&mut self, fact: Fact) {
        if let Some(explorer) = &mut self.explorer {
            explorer.entries.push(Entry::Fact(fact));
        }
    }

    pub(super) fn record_name(&mut self, name: &str, term: TermId, ty: TermId, is_proof: bool) {
        let is_local = matches!(self.theory.environment.store.term(term), Term::Local { .. });
        let known = |entry: &Entry| matches!(entry, Entry::Local { local, .. } if *local == term);
        if let Some(explorer) = &mut self.explorer {
            let name = name.into();
            explorer.entries.push(if is_local && !explorer.entries.iter().any(known) {
                Entry::Local { name, local: term, ty, is_proof }
            } else {
                Entry::Named { name, value: term, ty, is_proof }
            });
        }
    }

    /// Records an open goal; the result stands for the proof inside of the block.
    pub(super) fn leave_open(&mut self, goal: TermId, end: Span) -> TermId {
        self.record_open(goal, end, false);
        goal
    }

    /// The same for the premises of an application that have no proof yet.
    pub(super) fn leave_pending(&mut self, pending: &Pending, end: Span) -> TermId {
        for &premise in &pending.premises[pending.proofs.len()..] {
            self.record_open(premise, end, true);
        }
        pending.goal
    }

    fn record_open(&mut self, goal: TermId, end: Span, is_premise: bool) {
        let Some(explorer) = &mut self.explorer else { return };
        let (scope, entries) = (self.scope.clone(), explorer.entries.clone());
        explorer.open.push(OpenGoal { goal, scope, entries, at: end.start, depth: self.depth, is_premise });
    }

    /// Ends a block. If something in it stayed open, its proof is a local: the proof found has holes in places where
    /// the locals of the block are bound.
    pub(super) fn leave(&mut self, mark: Mark, goal: Option<TermId>, proof: Option<TermId>) -> Option<TermId> {
        let explorer = self.explorer.as_mut()?;
        explorer.entries.truncate(mark.entries);
        match goal {
            Some(goal) if explorer.open.len() > mark.open => {
                let number = self.scope.reserve();
                Some(self.theory.environment.store.local(number, goal))
            }
            _ => proof,
        }
    }
}
