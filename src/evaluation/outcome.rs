//! Numbers of statements solved within a limit, and comparisons of two contestants.

use super::contest::{Trial, Trials};
use super::statistics::{Interval, Paired};
use serde::Serialize;
use std::fmt;

/// A limit of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// Nodes expanded.
    Nodes(u64),
    /// Wall-clock seconds.
    Seconds(f64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nodes(nodes) => write!(f, "{nodes} nodes"),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
        }
    }
}

/// Result of a contestant within a limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The contestant's name.
    pub contestant: String,
    /// The limit.
    pub limit: Limit,
    /// Statements attempted.
    pub statements: usize,
    /// Statements solved.
    pub solved: usize,
    /// The share of them.
    pub share: f64,
    /// Confidence interval of the probability of solving such a statement.
    pub interval: Interval,
    /// Statements left open within the limit because nothing was left to try: no policy solves more of these.
    pub exhausted: usize,
    /// The mean number of nodes to a proof, of those found within the limit.
    pub nodes_to_proof: Option<f64>,
    /// Nodes a second of one thread in all attempts from which the outcome comes, loading and checking included.
    pub nodes_per_second: f64,
    /// The share of the expanded states that a network judged.
    pub judged: f64,
    /// Attempts that ended in a fault of the program.
    pub faults: usize,
    /// The comparison with the first contestant; `None` for that one.
    pub against: Option<Comparison>,
}

/// A contestant compared with another one on the same statements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The other one's name.
    pub other: String,
    /// Statements by who solved them.
    pub paired: Paired,
    /// The difference of the shares solved, positive where the contestant solves more.
    pub difference: f64,
    /// Confidence interval of that difference.
    pub interval: Interval,
    /// See [`Paired::p_value`].
    pub p_value: f64,
}

impl Comparison {
    fn new(other: &str, ours: &[bool], others: &[bool]) -> Self {
        let paired = Paired::new(ours.iter().copied().zip(others.iter().copied()));
        let (difference, interval, p_value) = (paired.difference(), paired.interval(), paired.p_value());
        Self { other: other.to_owned(), paired, difference, interval, p_value }
    }
}

impl Trial {
    /// Whether it ended within a limit, which is that of the attempt or less.
    fn ended_within(&self, limit: Limit) -> bool {
        match limit {
            Limit::Nodes(nodes) => self.nodes <= nodes,
            Limit::Seconds(_) => true,
        }
    }
}

impl Trials {
    /// The attempts that determine which statements are solved within a limit.
    fn within(&self, limit: Limit) -> &[Trial] {
        match limit {
            Limit::Nodes(_) => &self.by_nodes,
            Limit::Seconds(_) => self.by_seconds.as_deref().unwrap_or_default(),
        }
    }

    /// For each statement, whether it is solved within a limit.
    pub fn solved(&self, limit: Limit) -> Vec<bool> {
        self.within(limit).iter().map(|trial| trial.is_solved && trial.ended_within(limit)).collect()
    }
}

/// The results of each contestant within each limit, compared with the first contestant: contestant by contestant, in
/// the order of the limits. All have attempted the same statements.
pub fn outcomes(limits: &[Limit], contestants: &[Trials]) -> Vec<Outcome> {
    let of = |trials: &Trials, limit: Limit, is_first: bool| {
        let attempts = trials.within(limit);
        let solved = trials.solved(limit);
        let (statements, count) = (attempts.len(), solved.iter().filter(|&&is_solved| is_solved).count());
        let sum = |value: &dyn Fn(&Trial) -> f64| attempts.iter().map(value).sum::<f64>();
        let (nodes, seconds) = (sum(&|trial| trial.nodes as f64), sum(&|trial| trial.seconds));
        let to_proof: u64 =
            attempts.iter().zip(&solved).filter(|&(_, &is_solved)| is_solved).map(|(trial, _)| trial.nodes).sum();
        let first = contestants.first().filter(|_| !is_first);
        Outcome {
            contestant: trials.contestant.clone(),
            limit,
            statements,
            solved: count,
            share: count as f64 / statements.max(1) as f64,
            interval: Interval::of_share(count, statements),
            exhausted: attempts.iter().filter(|trial| trial.is_exhausted && trial.ended_within(limit)).count(),
            nodes_to_proof: (count > 0).then(|| to_proof as f64 / count as f64),
            nodes_per_second: if seconds > 0.0 { nodes / seconds } else { 0.0 },
            judged: if nodes > 0.0 { sum(&|trial| trial.judged as f64) / nodes } else { 0.0 },
            faults: attempts.iter().filter(|trial| trial.fault.is_some()).count(),
            against: first.map(|first| Comparison::new(&first.contestant, &solved, &first.solved(limit))),
        }
    };
    let each = contestants.iter().enumerate();
    each.flat_map(|(index, trials)| limits.iter().map(move |&limit| of(trials, limit, index == 0))).collect()
}
