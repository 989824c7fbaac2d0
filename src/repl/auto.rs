//! Searching for a proof of the goal in focus by all means: `auto`.

use super::error::ReplError;
use super::search::{BATCH, Found, PATIENCE};
use super::{Reported, Session};
use crate::logic::{Environment, Sort};
use crate::proof::ProofProblem;
use crate::prove::strategy::StageKind;
use crate::prove::{Budget, Lemmas, Means, Statement, Strategy, Tactics, Theorem, World};
use crate::search::{Deadline, Problem, Solution, Statistics, StopReason};
use crate::theory::import::SourceText;
use crate::theory::print::{Names, print, print_limited};
use crate::theory::script::OpenGoal;
use crate::theory::terms::typed::Fact;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

/// The means of `auto`, those of `prover prove`.
const AUTO: Means = Means::ALL;
/// States that `auto` may look at unless it is told how many.
const AUTO_NODES: u64 = 10_000;
/// States of the search that uses lemmas found.
const USING_NODES: u64 = 1_000;
/// The characters of a line of a script beyond which types that need not be written are left out.
const LINE: usize = 100;
/// The most characters of a fact that is named by its text.
const FACT: usize = 100;

/// The result of the stage of lemmas.
struct Discovered {
    /// The lemmas that a proof needs, in order, and last the goal as a theorem about all that it speaks of; empty if no
    /// proof was found.
    theorems: Vec<Theorem>,
    nodes: u64,
}

impl Session {
    /// Searches for a proof of the goal in focus and makes it part of the script; lemmas that it needs become theorems of
    /// the session.
    pub(super) fn auto(&mut self, argument: &str) -> Reported {
        let nodes = match argument {
            "" => AUTO_NODES,
            number => match number.replace('_', "").parse() {
                Ok(nodes) if nodes > 0 => nodes,
                _ => return Err(ReplError::Usage("auto [NODES], a number greater than 0".into())),
            },
        };
        let (start, before) = (self.position, self.history.clone());
        let done = self.auto_within(nodes);
        match done {
            Ok(_) => self.merge_since(start),
            // Lemmas that were added are of no use.
            Err(_) if self.position != start => self.return_to(before, start)?,
            Err(_) => {}
        }
        done
    }

    fn auto_within(&mut self, nodes: u64) -> Reported {
        let start = Instant::now();
        let (mut spent, mut is_exhausted, mut found, mut lemmas) = (0, false, None, Vec::new());
        for planned in AUTO.plan(Budget { nodes, seconds: None, batch: BATCH }) {
            let nodes = planned.nodes.min(nodes.saturating_sub(spent));
            if nodes == 0 || found.is_some() {
                break;
            }
            let search = if planned.kind == StageKind::Lemmas {
                let discovered = self.discover(nodes, spent)?;
                spent += discovered.nodes;
                let Some((search, used)) = self.search_with_lemmas(planned.tactics, discovered.theorems)? else {
                    is_exhausted = false;
                    continue;
                };
                lemmas = used;
                search
            } else {
                self.search(planned.tactics, nodes, Deadline::NEVER)?
            };
            let Found { problem, solution, reason, nodes, is_bounded } = search;
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
        let lemmas = listed(&lemmas);
        let done = self.insert(&script)?;
        Ok(format!("found a proof in {nodes} state{plural} and {seconds:.2} s:\n{shown}{used}{lemmas}{done}"))
    }

    /// Looks for lemmas with which the goal in focus can be proved, after this many states.
    fn discover(&self, nodes: u64, spent: u64) -> Result<Discovered, ReplError> {
        let nothing = Discovered { theorems: Vec::new(), nodes: 0 };
        let (Some(proof), Some(view)) = (self.proof(), &self.view) else { return Ok(nothing) };
        let mut problem = view.problem(self.layer(), self.focus())?;
        let root = problem.root();
        // What was assumed on the way are its premises.
        let Some(goal) = problem.as_statements(&root).pop() else { return Ok(nothing) };
        let text = print(&mut problem.theory().environment, &Names::new(), goal);
        let theory = self.layer().theory.clone().freeze();
        let rules = self.layer().rules.clone();
        let world = World { source: theory.clone(), theory, rules, tactics: Tactics::STEPS };
        let budget = Budget { nodes, seconds: None, batch: BATCH };
        let interrupt = &self.options.interrupt;
        interrupt.store(false, Ordering::Relaxed);
        let mut strategy = Strategy::new(Lemmas::new(""), world, self.evaluator(), AUTO, budget, self.options.seed);
        strategy.cancelled = Some(interrupt);
        let statement = Statement { name: proof.name.to_string(), text };
        let discovered = self.shown_if_long(spent, || strategy.by_lemmas(&statement));
        let nodes = discovered.nodes;
        if interrupt.load(Ordering::Relaxed) {
            return Err(ReplError::Interrupted { nodes: spent + nodes });
        }
        let Some(theorem) = discovered.theorem else { return Ok(Discovered { nodes, ..nothing }) };
        let lemmas = strategy.into_lemmas();
        let mut theorems: Vec<Theorem> = lemmas.needed(&theorem).into_iter().cloned().collect();
        // The name is that of the theorem under way.
        theorems.push(Theorem { name: self.free_name(&format!("{}_goal", proof.name)), ..theorem });
        Ok(Discovered { theorems, nodes })
    }

    /// Does something that does not report progress itself, and says after a while that a search goes on.
    fn shown_if_long<T>(&self, spent: u64, work: impl FnOnce() -> T) -> T {
        let Some(progress) = &self.options.progress else { return work() };
        let result = std::thread::scope(|scope| {
            let (done, waits) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                if waits.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    progress(Some(&Statistics { expansions: spent, ..Statistics::default() }));
                }
            });
            let result = work();
            drop(done);
            result
        });
        progress(None);
        result
    }

    /// Makes lemmas theorems of the session and searches for a proof of the goal in focus with them: without the last,
    /// which is the goal itself, and if that is not enough with it. The search that found a proof, and the lemmas that
    /// stand in the session then.
    fn search_with_lemmas(
        &mut self,
        tactics: Tactics,
        mut theorems: Vec<Theorem>,
    ) -> Result<Option<(Found, Vec<Theorem>)>, ReplError> {
        let Some(itself) = theorems.pop() else { return Ok(None) };
        for theorem in [None, Some(itself)] {
            let added = theorem.as_ref().map_or(&theorems[..], std::slice::from_ref);
            if !added.is_empty() {
                let items: Vec<String> = added.iter().map(Theorem::item).collect();
                let extended = self.layer().checked(SourceText::text("lemmas of auto", items.join("\n")))?;
                self.go_on(Arc::new(extended.layer), self.proof().cloned(), self.focus())?;
            }
            theorems.extend(theorem);
            let found = self.search(tactics, USING_NODES, Deadline::NEVER)?;
            if found.solution.is_some() || found.reason == StopReason::Cancelled {
                return Ok(Some((found, theorems)));
            }
        }
        Ok(None)
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

/// Lines about lemmas that stand before the theorem from now on; empty without any.
fn listed(lemmas: &[Theorem]) -> String {
    let lines: String = lemmas.iter().map(|lemma| format!("  {} : {}\n", lemma.name, lemma.text)).collect();
    match lemmas.len() {
        0 => lines,
        1 => format!("for it a lemma was proved, which now stands before the theorem:\n{lines}"),
        _ => format!("for it these lemmas were proved, which now stand before the theorem:\n{lines}"),
    }
}
