//! Searching from the goal in focus: `auto` and `hint`.

use super::error::ReplError;
use super::{Reported, Session};
use crate::logic::{Environment, Sort};
use crate::network::{Evaluator, Uniform};
use crate::proof::{Action, ProofProblem};
use crate::prove::tactics::{Searched, search_with};
use crate::prove::{Budget, Means, Tactics};
use crate::search::{Deadline, Problem, Solution, Statistics, Stop, StopReason};
use crate::theory::print::print_limited;
use crate::theory::script::OpenGoal;
use crate::theory::terms::typed::Fact;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The means of `auto`, those of `prover prove`. Theorems are stated by the person, so lemmas stand inside of the
/// proof.
const AUTO: Means = Means { lemmas: false, cuts: true, ..Means::ALL };
/// States that `auto` may look at unless it is told how many.
const AUTO_NODES: u64 = 10_000;
/// States and seconds that `hint` may take.
const HINT_NODES: u64 = 300;
const HINT_SECONDS: f64 = 2.0;
/// States judged together by a network.
const BATCH: usize = 8;
/// A search that takes longer than this reports its progress, this often.
const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);
/// The characters of a line of a script beyond which types that need not be written are left out.
const LINE: usize = 100;
/// The most characters of a fact that is named by its text.
const FACT: usize = 100;

/// The result of a search.
struct Found {
    problem: ProofProblem,
    solution: Option<Solution<ProofProblem>>,
    reason: StopReason,
    nodes: u64,
    /// Whether a limit left out some actions.
    is_bounded: bool,
}

impl Session {
    /// Searches for a proof of the goal in focus and makes it part of the script.
    pub(super) fn auto(&mut self, argument: &str) -> Reported {
        let nodes = match argument {
            "" => AUTO_NODES,
            number => match number.replace('_', "").parse() {
                Ok(nodes) if nodes > 0 => nodes,
                _ => return Err(ReplError::Usage("auto [NODES], a number greater than 0".into())),
            },
        };
        let start = Instant::now();
        let (mut spent, mut is_exhausted, mut found) = (0, false, None);
        for planned in AUTO.plan(Budget { nodes, seconds: None, batch: BATCH }) {
            let nodes = planned.nodes.min(nodes.saturating_sub(spent));
            if nodes == 0 || found.is_some() {
                break;
            }
            let Found { problem, solution, reason, nodes, is_bounded } =
                self.search(planned.tactics, nodes, Deadline::NEVER)?;
            spent += nodes;
            if reason == StopReason::Cancelled {
                return Err(ReplError::Interrupted { nodes: spent });
            }
            is_exhausted = reason == StopReason::Exhausted && !is_bounded;
            found = solution.map(|solution| (problem, solution));
        }
        let (nodes, seconds) = (spent, start.elapsed().as_secs_f64());
        let Some((mut problem, solution)) = found else {
            return Err(ReplError::NotFound { nodes, seconds, exhausted: is_exhausted });
        };
        let depth = self.focused()?.depth;
        let script = problem.script(&solution, depth)?;
        let plural = if nodes == 1 { "" } else { "s" };
        let shown = shown(&script, depth);
        let used = self.used(&mut problem, &solution);
        let done = self.insert(&script)?;
        Ok(format!("found a proof in {nodes} state{plural} and {seconds:.2} s:\n{shown}{used}{done}"))
    }

    /// A line about the hypotheses, facts, axioms and theorems that a proof mentions, apart from those of equality;
    /// empty if there are none.
    fn used(&self, problem: &mut ProofProblem, solution: &Solution<ProofProblem>) -> String {
        let Ok((facts, constants)) = problem.used(solution) else { return String::new() };
        let environment = &mut problem.theory().environment;
        let mut used = Vec::new();
        for constant in constants {
            let declaration = environment.declaration(constant);
            let (name, ty) = (declaration.name.to_string(), declaration.ty);
            let of_equality = matches!(&*name, "eq_refl" | "eq_symm" | "rewrite");
            if !of_equality && matches!(environment.sort_of(ty), Ok(Sort::Prop)) {
                used.push(name);
            }
        }
        if let Some(open) = self.view.as_ref().and_then(|view| view.open.get(self.focus())) {
            used.splice(0..0, named(environment, open, &facts));
        }
        if used.is_empty() { String::new() } else { format!("it uses {}\n", used.join(", ")) }
    }

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

    fn search(&mut self, tactics: Tactics, nodes: u64, deadline: Deadline) -> Result<Found, ReplError> {
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
        let evaluator: &dyn Evaluator = match &self.options.policy {
            Some(policy) => &**policy,
            None => &Uniform,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(self.options.seed);
        let problem = || view.problem(&layer, focus);
        let searched = search_with(tactics, evaluator, (nodes, BATCH), &mut rng, problem, stop);
        if let Some(progress) = &self.options.progress {
            progress(None);
        }
        let Searched { mut problem, result, nodes, is_bounded } = searched?;
        // What was found is written down in any case.
        problem.set_deadline(Deadline::NEVER);
        Ok(Found { problem, solution: result.solution, reason: result.verdict.reason, nodes, is_bounded })
    }
}

/// The name of each term among these that has one, and the statement of a fact without a name.
fn named(environment: &mut Environment, open: &OpenGoal, facts: &[Fact]) -> Vec<String> {
    let names = open.scope.printed(&environment.store);
    let mut named = Vec::new();
    for fact in facts {
        named.push(match names.get(fact.proof) {
            Some(name) => name.to_owned(),
            None => print_limited(environment, &names, fact.proposition, FACT),
        });
    }
    named
}

/// The lines of a script with the indentation of one block instead of this many. The type of a local introduced is left
/// out where it is long: it need not be written.
fn shown(lines: &str, depth: usize) -> String {
    let indent = "  ".repeat(depth.saturating_sub(1));
    let line = |line: &str| {
        let line = line.strip_prefix(&indent).unwrap_or(line);
        let name = line.trim_start().strip_prefix("intro ").and_then(|rest| rest.split(" : ").next());
        match name {
            Some(name) if line.len() > LINE => {
                format!("{}intro {name}.\n", &line[..line.len() - line.trim_start().len()])
            }
            _ => format!("{line}\n"),
        }
    };
    lines.lines().map(line).collect()
}
