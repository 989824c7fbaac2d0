//! The figures of several problems, from their records.

use serde::Serialize;

use super::record::{Failures, Record};
use super::score::{Mean, Needed, n_at_k, needed, numbers, pass_at_k, score};
use crate::search::Algorithm;

/// The score that programs are counted for.
pub const WANTED: f64 = 0.9;

/// How many of the programs are handed in for n@k, besides one.
pub const SEVERAL: usize = 10;

/// Seconds at which scores are looked at.
const TIMES: [f64; 8] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// The figures within a number of programs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtNumber {
    /// The number.
    pub programs: usize,
    /// The share of private instances that the chosen program gets right.
    pub score: Mean,
    /// Problems with a program that gets all private instances right.
    pub pass_at_k: Mean,
    /// Problems of which the chosen program does.
    pub one_at_k: Mean,
    /// Problems of which one of [`SEVERAL`] chosen ones does.
    pub several_at_k: Mean,
}

/// The score within a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtTime {
    /// Seconds a problem.
    pub seconds: f64,
    /// The share of private instances that the chosen program gets right.
    pub score: Mean,
}

/// A problem in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProblemFigures {
    /// Its name.
    pub problem: String,
    /// The share of public instances that the chosen program gets right.
    pub public_score: f64,
    /// The same of private ones.
    pub private_score: f64,
    /// Programs evaluated.
    pub programs: usize,
    /// Those evaluated until one got all public instances right.
    pub right_after: Option<usize>,
    /// States expanded.
    pub nodes: u64,
    /// Seconds.
    pub seconds: f64,
    /// The program.
    pub program: Option<String>,
}

/// The figures of several problems.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The problems.
    pub problems: Vec<ProblemFigures>,
    /// The share of private instances that the chosen programs get right.
    pub score: Mean,
    /// Figures by the number of programs.
    pub by_programs: Vec<AtNumber>,
    /// Scores by time.
    pub by_seconds: Vec<AtTime>,
    /// Programs that a score of [`WANTED`] takes.
    pub needed: Needed,
    /// How often programs went wrong on public instances.
    pub failures: Failures,
    /// States expanded.
    pub nodes: u64,
    /// States that the policy was asked about.
    pub evaluations: u64,
    /// Tokens that the network computed, if they were counted.
    pub tokens: Option<u64>,
    /// Tokens that it remembered keys and values of, as above.
    pub tokens_reused: Option<u64>,
    /// Seconds of all problems together.
    pub seconds: f64,
}

impl Summary {
    /// The figures of records, with no more than so many programs each.
    pub fn of(records: &[Record], programs: usize, algorithm: Algorithm) -> Self {
        let mean = |figure: &dyn Fn(&Record) -> f64| Mean::of(&records.iter().map(figure).collect::<Vec<f64>>());
        let truth = |is: bool| f64::from(u8::from(is));
        let at = |k: usize| AtNumber {
            programs: k,
            score: mean(&|record| score(&record.samples, k)),
            // What is drawn independently has no order; what a tree search finds has.
            pass_at_k: mean(&|record| match algorithm {
                Algorithm::Sampling => pass_at_k(&record.samples, k),
                _ => truth(n_at_k(&record.samples, k, k)),
            }),
            one_at_k: mean(&|record| truth(n_at_k(&record.samples, 1, k))),
            several_at_k: mean(&|record| truth(n_at_k(&record.samples, SEVERAL, k))),
        };
        let within = |seconds: f64| AtTime {
            seconds,
            score: mean(&|record| {
                let count = record.samples.iter().take_while(|sample| sample.seconds <= seconds).count();
                score(&record.samples, count)
            }),
        };
        let by_programs: Vec<AtNumber> = numbers(programs).into_iter().map(at).collect();
        let curve: Vec<(usize, f64)> = by_programs.iter().map(|at| (at.programs, at.score.mean)).collect();
        let sum = |figure: fn(&Record) -> u64| records.iter().map(figure).sum();
        let failures = records.iter().fold(Failures::default(), |sum, record| Failures {
            ill_typed: sum.ill_typed + record.failures.ill_typed,
            evaluation: sum.evaluation + record.failures.evaluation,
            wrong: sum.wrong + record.failures.wrong,
        });
        Self {
            problems: records.iter().map(ProblemFigures::of).collect(),
            score: mean(&|record| record.private_score),
            needed: needed(&curve, WANTED),
            by_seconds: TIMES.into_iter().map(within).collect(),
            by_programs,
            failures,
            nodes: sum(|record| record.nodes),
            evaluations: sum(|record| record.evaluations),
            tokens: records.iter().map(|record| record.tokens).sum(),
            tokens_reused: records.iter().map(|record| record.tokens_reused).sum(),
            seconds: records.iter().map(|record| record.seconds).sum(),
        }
    }
}

impl ProblemFigures {
    fn of(record: &Record) -> Self {
        let right = record.samples.iter().position(|sample| sample.public_share() == 1.0);
        Self {
            problem: record.problem.clone(),
            public_score: record.public_score,
            private_score: record.private_score,
            programs: record.samples.len(),
            right_after: right.map(|place| place + 1),
            nodes: record.nodes,
            seconds: record.seconds,
            program: record.program.clone(),
        }
    }
}
