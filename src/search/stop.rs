//! Stop rules of a search, as objects, any of which may end it.

use super::deadline::{Deadline, duration};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Statistics of a search so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// States expanded, those taken for the evaluation batch in the making included.
    pub expansions: u64,
    /// States sent to the evaluator. States without actions are expanded without it.
    pub evaluations: u64,
    /// Calls of the evaluator.
    pub batches: u64,
    /// Actions carried out.
    pub steps: u64,
    /// Edges added: the legal actions of all expanded states.
    pub edges: u64,
    /// Subgoals that turned out to be known states.
    pub transpositions: u64,
    /// Descents that were given up since every way on led back onto their own path.
    pub blocked: u64,
    /// Greatest depth of an expanded state; the root has 0.
    pub max_depth: u32,
    /// Whether the root is solved.
    pub solved: bool,
    /// Distinct solutions of the root.
    pub solutions: u64,
    /// Time since the search began, in seconds.
    pub seconds: f64,
}

impl Statistics {
    /// Expansions a second; 0 before any time has passed.
    pub fn nodes_per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.expansions as f64 / self.seconds } else { 0.0 }
    }
}

/// Reason why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// The root has as many solutions as were asked for.
    Solved,
    /// Everything was explored: an unsolved root has no solution, a solved one no other step to try.
    Exhausted,
    /// The limit of expansions was reached.
    Nodes,
    /// The limit of evaluations was reached.
    Evaluations,
    /// The time is up.
    Seconds,
    /// Someone else asked it to end.
    Cancelled,
    /// The graph cannot number more edges.
    Full,
    /// A rule of the caller's own.
    Other(&'static str),
}

/// A reason to end a search. Asked before every expansion, so limits are kept exactly.
pub trait StopRule {
    /// The reason to stop now, if there is one.
    fn should_stop(&mut self, statistics: &Statistics) -> Option<StopReason>;
}

impl<F: FnMut(&Statistics) -> Option<StopReason>> StopRule for F {
    fn should_stop(&mut self, statistics: &Statistics) -> Option<StopReason> {
        self(statistics)
    }
}

/// Stops after this many expansions.
#[derive(Clone, Copy, Debug)]
pub struct Nodes(pub u64);

impl StopRule for Nodes {
    fn should_stop(&mut self, statistics: &Statistics) -> Option<StopReason> {
        (statistics.expansions >= self.0).then_some(StopReason::Nodes)
    }
}

/// Stops after this many evaluations.
#[derive(Clone, Copy, Debug)]
pub struct Evaluations(pub u64);

impl StopRule for Evaluations {
    fn should_stop(&mut self, statistics: &Statistics) -> Option<StopReason> {
        (statistics.evaluations >= self.0).then_some(StopReason::Evaluations)
    }
}

/// Stops when so much time has passed since the search began. Work under way is not interrupted; see [`Stop::until`].
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub Duration);

impl StopRule for Seconds {
    fn should_stop(&mut self, statistics: &Statistics) -> Option<StopReason> {
        (statistics.seconds >= self.0.as_secs_f64()).then_some(StopReason::Seconds)
    }
}

/// Stops when the flag is set, from whatever thread.
#[derive(Clone, Debug)]
pub struct Cancelled(pub Arc<AtomicBool>);

impl StopRule for Cancelled {
    fn should_stop(&mut self, _: &Statistics) -> Option<StopReason> {
        self.0.load(Ordering::Relaxed).then_some(StopReason::Cancelled)
    }
}

/// The rules of one search; the first that says so ends it.
///
/// ```
/// use prover_search::Stop;
/// let stop = Stop::first_solution().nodes(1000).seconds(10.0);
/// ```
#[derive(Default)]
pub struct Stop {
    rules: Vec<Box<dyn StopRule + Send>>,
    deadline: Deadline,
    /// Solutions after which the search ends.
    solutions: Option<u64>,
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stop({} rules)", self.rules.len())
    }
}

impl Stop {
    /// Ends only when nothing is left to explore, which may be never. Goes on after the first solution.
    pub fn never() -> Self {
        Stop::default()
    }

    /// Ends with the first solution.
    pub fn first_solution() -> Self {
        Stop::solutions(1)
    }

    /// Ends with so many distinct [solutions](super::Solutions). With more than one, states that are solved are explored
    /// on for others.
    pub fn solutions(count: u64) -> Self {
        Stop { solutions: Some(count), ..Stop::default() }
    }

    /// Goes on for as many solutions as there are.
    pub fn all_solutions() -> Self {
        Stop::solutions(u64::MAX)
    }

    /// Sets the number of solutions after which the search ends.
    pub(super) fn want(&mut self, solutions: u64) {
        self.solutions = Some(solutions);
    }

    /// Whether more than one solution is asked for.
    pub(super) fn wants_several(&self) -> bool {
        self.solutions.is_some_and(|count| count > 1)
    }

    /// Ends when any of the rules says so; asked in order.
    pub fn any(rules: Vec<Box<dyn StopRule + Send>>) -> Self {
        Stop { rules, ..Stop::default() }
    }

    /// Adds a rule.
    #[must_use]
    pub fn or(mut self, rule: impl StopRule + Send + 'static) -> Self {
        self.rules.push(Box::new(rule));
        self
    }

    /// Adds a limit of expansions.
    #[must_use]
    pub fn nodes(self, limit: u64) -> Self {
        self.or(Nodes(limit))
    }

    /// Adds a limit of evaluations.
    #[must_use]
    pub fn evaluations(self, limit: u64) -> Self {
        self.or(Evaluations(limit))
    }

    /// Adds a limit of time in seconds. A number that is not a length of time (negative, not a number) counts as 0, one
    /// too large for a time as no limit.
    #[must_use]
    pub fn seconds(self, limit: f64) -> Self {
        self.or(Seconds(duration(limit)))
    }

    /// Adds a time by which the search ends. It is looked at between the steps of one expansion too; a problem whose
    /// single steps may take long is given the deadline too.
    #[must_use]
    pub fn until(mut self, deadline: Deadline) -> Self {
        self.deadline = self.deadline.earlier(deadline);
        self
    }

    /// The time by which the search ends.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Adds a flag that another thread may set.
    #[must_use]
    pub fn cancelled_by(self, flag: Arc<AtomicBool>) -> Self {
        self.or(Cancelled(flag))
    }

    /// The reason to stop now, if any rule has one.
    pub fn should_stop(&mut self, statistics: &Statistics) -> Option<StopReason> {
        if self.solutions.is_some_and(|count| statistics.solutions >= count) {
            return Some(StopReason::Solved);
        }
        let reason = self.rules.iter_mut().find_map(|rule| rule.should_stop(statistics));
        reason.or_else(|| self.deadline.has_passed().then_some(StopReason::Seconds))
    }
}
