//! The terms that the steps of a block put around the proof of the remaining goal: the locals that they introduce, and
//! the goals that they replace by others.

use super::Script;
use prover_logic::TermId;

/// One step's part of a block's proof.
#[derive(Clone, Copy, Debug)]
pub(super) enum Frame {
    /// A local, which the proof abstracts.
    Local(TermId),
    /// The proof of a goal from that of the goal in its place, for which a local stands.
    Replaced {
        /// The proof.
        proof: TermId,
        /// The local.
        hole: TermId,
    },
}

impl Script<'_> {
    /// The proof of a block's goal from the proof of its remaining goal.
    pub(super) fn close_frames(&mut self, mut proof: TermId, frames: &[Frame]) -> TermId {
        let store = &mut self.theory.environment.store;
        let mut locals = Vec::new();
        for frame in frames.iter().rev() {
            match *frame {
                Frame::Local(local) => locals.push(local),
                Frame::Replaced { proof: template, hole } => {
                    // Binders are closed together, which walks the proof once.
                    locals.reverse();
                    proof = store.close_lambda(proof, &locals);
                    locals.clear();
                    let body = store.abstract_locals(template, &[hole]);
                    proof = store.instantiate(body, &[proof]);
                }
            }
        }
        locals.reverse();
        store.close_lambda(proof, &locals)
    }
}
