//! Searching from the goal in focus, and `hint`.

use super::error::ReplError;
use super::{Reported, Session};
use crate::network::{Evaluator, Uniform};
use crate::proof::{Action, ProofProblem};
use crate::prove::Tactics;
use crate::prove::tactics::{Searched, search_with};
use crate::search::{Deadline, Problem, Solution, Statistics, Stop, StopReason};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// States and seconds that `hint` may take.
const HINT_NODES: u64 = 300;
const HINT_SECONDS: f64 = 2.0;
/// States judged together by a network.
pub(super) const BATCH: usize = 8;
/// A search that takes longer than this reports its progress, this often.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);

/// The result of a search.
pub(super) struct Found {
    pub problem: ProofProblem,
    pub solution: Option<Solution<ProofProblem>>,
    pub reason: StopReason,
    pub nodes: u64,
    /// Whether a limit left out some actions.
    pub is_bounded: bool,
}

impl Session {
    /// Says which step to take.
    pub(super) fn hint(&mut self) -> Reported {
        // A step that a person can take: normal forms would take several at once.
        let tactics = Tactics { normal_forms: false, is_patient: false, ..Tactics::STEPS };
        let found = self.search(tactics, HINT_NODES, Deadline::after(HINT_SECONDS))?;
        let Found { mut problem, solution, reason, nodes, .. } = found;
        if reason == StopReason::Cancelled {
            return Err(ReplError::Interrupted { nodes });
        }
        let offer = self.offer()?;
        let Some(solution) = solution else {
            let Some((best, prior)) = offer.actions.first() else {
                return Ok("no proof is found at once, and no action is offered: try `have`, or `undo`".into());
            };
            let why = if prior.is_some() { "the policy prefers" } else { "the first action is" };
            return Ok(format!("no proof is found at once; {why}\n  1  {}", offer.line(best)));
        };
        let root = problem.root();
        let step: &Action = &solution.steps[0].action;
        let line = problem.action_for_people(&root, step);
        let number = offer.actions.iter().position(|(action, _)| offer.line(action) == line);
        let number = number.map_or(String::new(), |index| format!("{}  ", index + 1));
        let script = problem.step_script(&root, step, 1)?;
        let count = solution.steps.len();
        let plural = if count == 1 { "" } else { "s" };
        Ok(format!("a proof of {count} step{plural} begins with\n  {number}{line}\nas text:\n{}", script.trim_end()))
    }

    /// The policy of searches.
    pub(super) fn evaluator(&self) -> &(dyn Evaluator + Send + Sync) {
        match &self.options.policy {
            Some(policy) => &**policy,
            None => &Uniform,
        }
    }

    /// Searches for a proof of the goal in focus.
    pub(super) fn search(&mut self, tactics: Tactics, nodes: u64, deadline: Deadline) -> Result<Found, ReplError> {
        let focus = self.focus();
        let layer = self.layer().clone();
        let view = self.view.as_ref().ok_or(ReplError::NoGoal)?;
        // An interruption that came before speaks of something else.
        self.options.interrupt.store(false, Ordering::Relaxed);
        let stop = |nodes| {
            let mut stop = Stop::first_solution().nodes(nodes).until(deadline);
            stop = stop.cancelled_by(self.options.interrupt.clone());
            let Some(progress) = self.options.progress.clone() else { return stop };
            let mut next = Instant::now() + PATIENCE;
            stop.or(move |statistics: &Statistics| {
                if Instant::now() >= next {
                    next = Instant::now() + INTERVAL;
                    progress(Some(statistics));
                }
                None
            })
        };
        let mut rng = ChaCha8Rng::seed_from_u64(self.options.seed);
        let problem = || view.problem(&layer, focus);
        let searched = search_with(tactics, self.evaluator(), (nodes, BATCH), &mut rng, problem, stop);
        if let Some(progress) = &self.options.progress {
            progress(None);
        }
        let Searched { mut problem, result, nodes, is_bounded } = searched?;
        // What was found is written down in any case.
        problem.set_deadline(Deadline::NEVER);
        Ok(Found { problem, solution: result.solution, reason: result.verdict.reason, nodes, is_bounded })
    }
}
