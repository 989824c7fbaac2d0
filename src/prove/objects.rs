//! Goals that are not propositions: objects, built by scripts of `intro` and `apply`.
//!
//! A depth-first search over scripts, deepened step by step in the number of applications. Each script is carried out
//! by the engine that checks files, with open ends; a script found is checked again from its text, as proofs are.

use super::attempt::{Allowance, Found, ProofAttempt};
use super::lemmas::{Statement, World};
use prover_logic::{ConstId, Store, Term, TermId};
use prover_search::StopReason;
use prover_theory::Theory;
use prover_theory::equality::distinct_nodes;
use prover_theory::facts::FactIndex;
use prover_theory::import::{Files, SourceText};
use prover_theory::print::print;
use prover_theory::script::{Entry, Exploration, OpenGoal, explore};

/// The most functions that a script applies.
const MAX_APPLIED: usize = 8;
/// The most variables that it introduces.
const MAX_INTRODUCED: usize = 64;

/// Whether a text is the type of an object, and no proposition.
pub(super) fn is_object(theory: &mut Theory, text: &str) -> bool {
    theory.statement(text).is_err() && theory.goal(text).is_ok()
}

/// Looks for an object of a type. A node is a script that is carried out.
pub(super) fn build(world: &World, statement: &Statement, allowance: Allowance) -> ProofAttempt {
    let mut theory = world.theory.fork();
    let Ok(goal) = theory.goal(&statement.text) else {
        return ProofAttempt {
            fault: Some("the statement is refused by the theory".into()),
            ..ProofAttempt::default()
        };
    };
    theory.environment.set_deadline(allowance.search.instant());
    let constants = theory.environment.declarations().map(|(constant, _)| constant).collect();
    let mut search = Search { theory, facts: FactIndex::new(), goal, constants, allowance, nodes: 0, is_cut: false };
    let (mut script, mut applied) = (None, 0);
    while script.is_none() && applied <= MAX_APPLIED && search.stopped().is_none() {
        search.is_cut = false;
        script = search.extend(String::new(), applied);
        applied += 1;
        if !search.is_cut {
            break;
        }
    }
    let reason = match script {
        Some(_) => StopReason::Solved,
        None => search.stopped().unwrap_or(StopReason::Exhausted),
    };
    let is_bounded = search.is_cut;
    let nodes = search.nodes;
    let found = script.map(|script| {
        let (size, uses) = size_and_uses(world, statement, &script);
        Found { script, uses, log_prior: 0.0, size }
    });
    ProofAttempt { found, nodes, reason: Some(reason), is_bounded, ..ProofAttempt::default() }
}

/// The distinct terms of which the object that a script builds consists, and the names of the theorems that it uses.
fn size_and_uses(world: &World, statement: &Statement, script: &str) -> (usize, Vec<String>) {
    let mut theory = world.theory.fork();
    let item = format!("theorem {} : {} {{\n{script}}}\n", statement.name, statement.text);
    theory.load_into(SourceText::text(&statement.name, item), &Files);
    let environment = &theory.environment;
    let constant = environment.find(&statement.name);
    let Some(value) = constant.and_then(|constant| environment.declaration(constant).value) else {
        return (0, Vec::new());
    };
    let known = world.source.fork().environment.declarations().len();
    let used = environment.constants_of(&[value]).into_iter().filter(|constant| constant.index() >= known);
    (
        distinct_nodes(&environment.store, value),
        used.map(|constant| environment.declaration(constant).name.to_string()).collect(),
    )
}

struct Search {
    theory: Theory,
    facts: FactIndex,
    goal: TermId,
    /// The constants that may be applied, in the order of their declarations.
    constants: Vec<ConstId>,
    allowance: Allowance,
    nodes: u64,
    /// Whether something was left out since the depth was last raised.
    is_cut: bool,
}

impl Search {
    fn stopped(&self) -> Option<StopReason> {
        match () {
            () if self.nodes >= self.allowance.nodes => Some(StopReason::Nodes),
            () if self.allowance.search.has_passed() => Some(StopReason::Seconds),
            () => None,
        }
    }

    /// The script with steps that leave nothing open, which apply at most this many functions.
    fn extend(&mut self, mut script: String, applied: usize) -> Option<String> {
        let open = loop {
            if self.stopped().is_some() {
                self.is_cut = true;
                return None;
            }
            self.nodes += 1;
            let Ok(Exploration { open, .. }) = explore(&mut self.theory, &mut self.facts, self.goal, &script) else {
                return None;
            };
            let Some(first) = open.first() else { return Some(script) };
            if let Some(with_blocks) = self.with_blocks(&script, &open) {
                script = with_blocks;
            } else if let Ok(goal) = self.theory.environment.whnf(first.goal)
                && matches!(self.theory.environment.store.term(goal), Term::Pi(..))
            {
                let introduced = script.matches("intro ").count();
                if introduced >= MAX_INTRODUCED {
                    self.is_cut = true;
                    return None;
                }
                let names = (introduced..).map(|number| format!("x{number}"));
                let name = names.into_iter().find(|name| self.theory.environment.find(name).is_none())?;
                script = with_line(&script, first, &format!("intro {name}."));
            } else {
                break open;
            }
        };
        // Each goal takes an application at least.
        if open.len() > applied {
            self.is_cut = true;
            return None;
        }
        let first = open.first()?;
        for name in self.candidates(first) {
            let found = self.extend(with_line(&script, first, &format!("apply {name}.")), applied - 1);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The script with empty blocks for the premises of `apply`, if there are some without.
    fn with_blocks(&mut self, script: &str, open: &[OpenGoal]) -> Option<String> {
        if !open.iter().any(|open| open.is_premise) {
            return None;
        }
        let mut script = script.to_owned();
        // From the last to the first, so that places before stay where they are and blocks come in order.
        for open in open.iter().rev().filter(|open| open.is_premise) {
            let names = open.scope.printed(&self.theory.environment.store);
            let goal = print(&mut self.theory.environment, &names, open.goal);
            let indent = "  ".repeat(open.depth);
            script = with_line(&script, open, &format!("goal {goal} {{\n{indent}}}"));
        }
        Some(script)
    }

    /// The names of locals, the newest first, and of the theory's constants whose results may be a goal.
    fn candidates(&mut self, open: &OpenGoal) -> Vec<String> {
        let Ok(goal) = self.theory.environment.whnf(open.goal) else { return Vec::new() };
        let store = &self.theory.environment.store;
        let own = open.entries.iter().rev().filter_map(|entry| match entry {
            Entry::Local { name, ty, .. } | Entry::Named { name, ty, .. } => {
                may_give(store, *ty, goal).then(|| name.to_string())
            }
            Entry::Fact(_) => None,
        });
        let environment = &self.theory.environment;
        let of_theory = self.constants.iter().filter_map(|&constant| {
            let declaration = environment.declaration(constant);
            may_give(store, declaration.ty, goal).then(|| declaration.name.to_string())
        });
        own.chain(of_theory).collect()
    }
}

/// Whether the heads of a function's result and of a goal are the same, or may become so.
fn may_give(store: &Store, mut ty: TermId, goal: TermId) -> bool {
    while let Term::Pi(_, range) = store.term(ty) {
        ty = range;
    }
    let (head, wanted) = (store.head(ty), store.head(goal));
    matches!(store.term(head), Term::Bound(_)) || head == wanted
}

/// A script with a line before the place where a goal is open.
fn with_line(script: &str, open: &OpenGoal, line: &str) -> String {
    let place = script[..open.at as usize].rfind('\n').map_or(0, |end| end + 1);
    let (before, after) = script.split_at(place);
    let indent = "  ".repeat(open.depth);
    format!("{before}{indent}{line}\n{after}")
}
