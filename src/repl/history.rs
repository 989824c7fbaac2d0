//! The states that a session goes through, with undo and redo.

use super::error::ReplError;
use super::layer::{Layer, Proof};
use super::view::View;
use super::{Reported, Session};
use crate::theory::script::OpenGoal;
use std::sync::Arc;

/// A state of a session; cheap to keep.
#[derive(Clone)]
pub(super) struct Snapshot {
    layer: Arc<Layer>,
    proof: Option<Proof>,
    focus: usize,
    /// The proofs that wait for this one, the next one last, with the goals that were in focus.
    waiting: Arc<[(Proof, usize)]>,
}

impl Snapshot {
    pub fn new(layer: Arc<Layer>) -> Self {
        Self { layer, proof: None, focus: 0, waiting: Arc::default() }
    }

    /// The number of constants of its theory.
    pub fn constants(&self) -> usize {
        self.layer.theory.environment.declarations().len()
    }
}

/// The session as it was saved last.
#[derive(Default)]
pub(super) struct Unsaved {
    /// The text of the session then, without imports.
    pub text: String,
    /// Whether the last input was told that something is not saved.
    pub warned: bool,
}

/// The most constants that the theories of the states kept for `undo` may have together, some 100 MB: each has a list
/// of all of its own.
const KEPT_CONSTANTS: usize = 200_000;

/// The number of states that are kept whatever their size.
const KEPT_STATES: usize = 100;

impl Session {
    /// Forgets the oldest states as far as their theories take too much memory.
    pub(super) fn forget_old(&mut self) {
        let mut constants = 0;
        let mut later: Option<&Arc<Layer>> = None;
        let mut kept = 0;
        for snapshot in self.history.iter().rev() {
            // States of one proof share their theory.
            if later.is_none_or(|later| !Arc::ptr_eq(later, &snapshot.layer)) {
                constants += snapshot.constants();
            }
            if constants > KEPT_CONSTANTS && kept >= KEPT_STATES {
                break;
            }
            later = Some(&snapshot.layer);
            kept += 1;
        }
        // The present state stays, and those that `redo` leads to.
        let forgotten = (self.history.len() - kept).min(self.position);
        self.history.drain(..forgotten);
        self.position -= forgotten;
    }

    pub(super) fn layer(&self) -> &Arc<Layer> {
        &self.history[self.position].layer
    }

    pub(super) fn proof(&self) -> Option<&Proof> {
        self.history[self.position].proof.as_ref()
    }

    /// The index of the goal in focus.
    pub(super) fn focus(&self) -> usize {
        self.history[self.position].focus
    }

    /// The goal in focus.
    pub(super) fn focused(&self) -> Result<&OpenGoal, ReplError> {
        self.view.as_ref().and_then(|view| view.open.get(self.focus())).ok_or(ReplError::NoGoal)
    }

    /// Goes on with another layer and proof, from which `undo` leads back. If the proof is wrong in this layer, nothing
    /// is changed.
    pub(super) fn go_on(&mut self, layer: Arc<Layer>, proof: Option<Proof>, focus: usize) -> Result<(), ReplError> {
        let waiting = self.history[self.position].waiting.clone();
        self.go_on_with(layer, proof, focus, waiting)
    }

    /// Goes on with another layer and the proof that waits for the present one, if one does.
    pub(super) fn go_back(&mut self, layer: Arc<Layer>) -> Result<(), ReplError> {
        let mut waiting = self.history[self.position].waiting.to_vec();
        let (proof, focus) = waiting.pop().map_or((None, 0), |(proof, focus)| (Some(proof), focus));
        self.go_on_with(layer, proof, focus, waiting.into())
    }

    /// Goes on with another proof, for which the present one waits.
    pub(super) fn interpose(&mut self, layer: Arc<Layer>, proof: Proof) -> Result<(), ReplError> {
        let mut waiting = self.history[self.position].waiting.to_vec();
        waiting.extend(self.proof().cloned().map(|present| (present, self.focus())));
        self.go_on_with(layer, Some(proof), 0, waiting.into())
    }

    /// The proofs under way, the present one first.
    pub(super) fn proofs(&self) -> Vec<&Proof> {
        let waiting = self.history[self.position].waiting.iter().rev().map(|(proof, _)| proof);
        self.proof().into_iter().chain(waiting).collect()
    }

    /// Goes on with several unfinished proofs, the one to go on with first.
    pub(super) fn go_on_with_all(&mut self, layer: Arc<Layer>, unfinished: Vec<Proof>) -> Result<(), ReplError> {
        let mut unfinished = unfinished.into_iter();
        let proof = unfinished.next();
        let waiting: Vec<(Proof, usize)> = unfinished.rev().map(|proof| (proof, 0)).collect();
        self.go_on_with(layer, proof, 0, waiting.into())
    }

    fn go_on_with(
        &mut self,
        layer: Arc<Layer>,
        proof: Option<Proof>,
        focus: usize,
        waiting: Arc<[(Proof, usize)]>,
    ) -> Result<(), ReplError> {
        let next = Snapshot { layer, proof, focus, waiting };
        let view = self.view_of(&next)?;
        self.history.truncate(self.position + 1);
        self.history.push(next);
        self.position += 1;
        self.view = view;
        Ok(())
    }

    /// The open goals of a state.
    fn view_of(&mut self, snapshot: &Snapshot) -> Result<Option<View>, ReplError> {
        let Some(proof) = &snapshot.proof else { return Ok(None) };
        let wrong = |text: &str, diagnostics| ReplError::Text {
            name: format!("the proof of {}", proof.name),
            text: text.to_owned(),
            diagnostics,
        };
        let same = |before: &Snapshot| {
            Arc::ptr_eq(&before.layer, &snapshot.layer)
                && before.proof.as_ref().is_some_and(|before| before.statement == proof.statement)
        };
        let known = if same(&self.history[self.position]) { self.view.take() } else { None };
        let mut view = match known {
            Some(view) => view,
            None => View::new(&snapshot.layer, &proof.statement).map_err(|errors| wrong(&proof.statement, errors))?,
        };
        match view.explore(&proof.script) {
            Ok(exploration) => {
                view.show(exploration);
                Ok(Some(view))
            }
            Err(errors) => {
                // What was shown before still stands; if it was this view, it is as it was.
                self.view.get_or_insert(view);
                Err(wrong(&proof.script, errors))
            }
        }
    }

    /// Goes to another state of the history.
    fn travel(&mut self, position: usize) -> Reported {
        let target = self.history[position].clone();
        self.view = self.view_of(&target)?;
        self.position = position;
        Ok(match self.proof() {
            Some(_) => self.focus_text(),
            None => "no goal is open".into(),
        })
    }

    pub(super) fn undo(&mut self, steps: usize) -> Reported {
        match self.position.checked_sub(steps) {
            Some(position) => self.travel(position),
            None => Err(ReplError::NothingToUndo),
        }
    }

    pub(super) fn redo(&mut self, steps: usize) -> Reported {
        match self.position.saturating_add(steps) {
            position if position < self.history.len() => self.travel(position),
            _ => Err(ReplError::NothingToRedo),
        }
    }

    /// Goes to the open goal of that number.
    pub(super) fn focus_on(&mut self, number: usize) -> Reported {
        let count = self.open_goals();
        if count == 0 {
            return Err(ReplError::NoGoal);
        }
        if number == 0 || number > count {
            return Err(ReplError::NoSuchGoal { number, count });
        }
        self.history[self.position].focus = number - 1;
        Ok(self.focus_text())
    }

    /// Gives up the proof under way.
    pub(super) fn abandon(&mut self) -> Reported {
        let name = self.proof().ok_or(ReplError::NoGoal)?.name.clone();
        self.go_back(self.layer().clone())?;
        let said = format!("the proof of {name} is given up; `undo` brings it back");
        Ok(if self.is_open() { format!("{said}\n{}", self.focus_text()) } else { said })
    }

    /// The text of the session, without imports.
    pub(super) fn body(&self) -> String {
        self.layer().body(&self.proofs())
    }

    /// Whether something was declared, proved or begun since the session was last saved.
    pub fn is_unsaved(&self) -> bool {
        self.body() != self.saved.text
    }

    /// Warns of unsaved work, the first time.
    pub(super) fn leave(&mut self) -> String {
        self.saved.warned = self.options.interactive && !self.saved.warned && self.is_unsaved();
        if self.saved.warned {
            "not everything is saved: `save FILE` does, and `quit` again leaves without".into()
        } else {
            String::new()
        }
    }
}

impl Snapshot {
    /// Replaces the script by one that says the same.
    pub fn set_script(&mut self, script: String) {
        if let Some(proof) = &mut self.proof {
            proof.script = script.into();
        }
    }
}

impl Session {
    /// Makes a former history the present one.
    pub(super) fn return_to(&mut self, history: Vec<Snapshot>, position: usize) -> Result<(), ReplError> {
        self.view = self.view_of(&history[position])?;
        (self.history, self.position) = (history, position);
        Ok(())
    }

    /// Makes one step of all those since a state.
    pub(super) fn merge_since(&mut self, start: usize) {
        if self.position > start + 1 {
            self.history.drain(start + 1..self.position);
            self.position = start + 1;
        }
    }
}
