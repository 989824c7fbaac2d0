//! One problem: a search for programs, which are worth the share of public instances that they get right.
//!
//! The searches are those of [`search`]: a program is a graph over the elements of the first public instance, and
//! whatever is finished is evaluated on all public instances at once. Private ones are looked at after the search.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::task::Task;
use crate::answer::instance::{Verdict, share};
use crate::answer::problem::Found;
use crate::answer::prompt::{Prompt, Prompted};
use crate::answer::{Action, GraphProblem, Limits, State};
use crate::network::Evaluator;
use crate::network::evaluator::Request;
use crate::search::tokens::{Ahead, Chunk, TokenJudge, Tokens};
use crate::search::{self, Options, Problem, SearchGraph, Statistics, Stop, StopReason};

/// How a known program is shortened, to be completed in other ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prefix {
    /// By so many of its last decisions.
    Nodes(usize),
    /// From the first decision on that had a prior below this one.
    Certainty(f32),
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.split_once(':') {
            Some(("nodes", number)) => number.parse().ok().filter(|nodes| *nodes > 0).map(Self::Nodes),
            Some(("certainty", number)) => {
                number.parse().ok().filter(|prior| (0.0..=1.0).contains(prior)).map(Self::Certainty)
            }
            _ => None,
        };
        parsed.ok_or_else(|| "`nodes:N` with N from 1 on, or `certainty:P` with P from 0 to 1, is expected".into())
    }
}

/// How far a search for a program goes, and what it is shown.
#[derive(Clone, Debug)]
pub struct Effort {
    /// How it explores.
    pub search: Options,
    /// Programs that are evaluated, at most.
    pub programs: usize,
    /// States that are expanded, at most.
    pub nodes: u64,
    /// Seconds, at most.
    pub seconds: Option<f64>,
    /// Programs right on all public instances after which the search ends; 0 for no such end.
    pub enough: usize,
    /// Whether the network is shown the answers of the instances that it reads.
    pub shows_answers: bool,
    /// Public instances that failed and that the network reads besides the first, at most.
    pub counterexamples: usize,
    /// How the best programs are shortened and completed, with the second half of the programs, if none is right; and
    /// at which temperature.
    pub prefix: Option<(Prefix, f32)>,
    /// How far an edge goes, if not to the next node of the graph.
    pub decoding: Option<Decoding>,
    /// Seed of what is drawn.
    pub seed: u64,
}

impl Default for Effort {
    /// A hundred programs by descents, until one is right.
    fn default() -> Self {
        Self {
            search: Options { smoothing: 0.2, ..Options::default() },
            programs: 100,
            nodes: 20_000,
            seconds: None,
            enough: 1,
            shows_answers: true,
            counterexamples: 0,
            prefix: None,
            decoding: None,
            seed: 0,
        }
    }
}

/// Search by tokens of the graph's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoding {
    /// How far an edge goes.
    pub chunk: Chunk,
    /// Whether the network is asked once for all tokens up to the next node.
    pub is_asked_once: bool,
}

/// Programs that are shortened and completed.
const MOST_PREFIXES: usize = 4;

/// A program that was evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The program.
    pub program: String,
    /// Verdicts on the public instances.
    pub public: Vec<Verdict>,
    /// Verdicts on the private instances.
    pub private: Vec<Verdict>,
    /// Seconds after which it was evaluated.
    pub seconds: f64,
}

impl Sample {
    /// The share of public instances that it gets right.
    pub fn public_share(&self) -> f64 {
        share(&self.public).into()
    }

    /// The share of private instances that it gets right.
    pub fn private_share(&self) -> f64 {
        share(&self.private).into()
    }
}

/// Result of an attempt at a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The programs that were evaluated, in order.
    pub samples: Vec<Sample>,
    /// Statistics of the search.
    pub statistics: Statistics,
    /// Why the search ended.
    pub ended: String,
    /// Public instances that the network read besides the first.
    pub counterexamples: Vec<usize>,
}

/// Why a search ends.
const ENOUGH: StopReason = StopReason::Other("a program is right on all public instances");
const PROGRAMS: StopReason = StopReason::Other("as many programs were evaluated as asked for");
const EMPTY: StopReason = StopReason::Other("the beam is empty");

/// Searches for a program.
pub fn attempt(task: &Task, evaluator: &dyn Evaluator, effort: &Effort) -> Attempt {
    let limits = Limits { found: effort.programs, ..Limits::default() };
    let prompt = Arc::new(Prompt::new(&task.public, effort.shows_answers, effort.counterexamples));
    let mut problem = GraphProblem::for_many(&task.public, limits, Some(prompt.clone()));
    let prompted = Prompted { inner: evaluator, prompt: &prompt };
    let mut search = Search {
        problem: &mut problem,
        evaluator: &prompted,
        effort,
        rng: ChaCha8Rng::seed_from_u64(effort.seed),
        statistics: Statistics::default(),
    };
    let first_share = if effort.prefix.is_some() { effort.programs.div_ceil(2) } else { effort.programs };
    let mut ended = search.run(effort.search, first_share, None);
    if let Some((prefix, temperature)) = effort.prefix {
        let options = Options { temperature, ..effort.search };
        for start in search.prefixes(prefix) {
            let left = effort.programs.saturating_sub(search.problem.found().len());
            if left == 0 || ended == ENOUGH || ended == StopReason::Seconds {
                break;
            }
            let most = search.problem.found().len() + left.div_ceil(2);
            ended = search.run(options, most, Some(start));
        }
    }
    let statistics = search.statistics;
    let sample = |found: &Found| {
        let graph = problem.graph_of(found)?;
        let private = task.private.iter().map(|case| case.judge(&graph, limits.budget)).collect();
        let (program, public) = (graph.to_string(), found.verdicts.clone());
        Some(Sample { program, public, private, seconds: found.after.as_secs_f64() })
    };
    let samples = problem.found().iter().filter_map(sample).collect();
    let counterexamples = prompt.counterexamples();
    Attempt { samples, statistics, ended: told(ended), counterexamples }
}

/// One search of several, by nodes or by tokens.
struct Walk<'a> {
    found: Arc<AtomicUsize>,
    right: Arc<AtomicUsize>,
    /// Programs found in all after which it ends.
    programs: usize,
    effort: &'a Effort,
    rng: &'a mut ChaCha8Rng,
    statistics: &'a mut Statistics,
}

impl Walk<'_> {
    /// Searches; a beam that is empty too early is widened.
    fn explore<P: Problem>(self, problem: &mut P, evaluator: &dyn Evaluator, mut options: Options) -> StopReason {
        let Effort { enough, nodes, seconds, .. } = *self.effort;
        let mut graph = SearchGraph::new();
        loop {
            let (found, right, programs) = (self.found.clone(), self.right.clone(), self.programs);
            let rule = move |_: &Statistics| {
                let is_enough = enough > 0 && right.load(Ordering::Relaxed) >= enough;
                let is_spent = found.load(Ordering::Relaxed) >= programs;
                is_enough.then_some(ENOUGH).or(is_spent.then_some(PROGRAMS))
            };
            let mut stop = Stop::never().or(rule).nodes(nodes.saturating_sub(self.statistics.expansions));
            if let Some(seconds) = seconds {
                stop = stop.seconds(seconds - self.statistics.seconds);
            }
            let verdict = search::search_in(&mut graph, problem, evaluator, &options, &mut stop, self.rng);
            count(self.statistics, &verdict.statistics);
            if verdict.reason != EMPTY || options.width > usize::MAX / 4 {
                return verdict.reason;
            }
            options.width *= 2;
        }
    }
}

fn count(all: &mut Statistics, more: &Statistics) {
    all.expansions += more.expansions;
    all.evaluations += more.evaluations;
    all.batches += more.batches;
    all.steps += more.steps;
    all.edges += more.edges;
    all.transpositions += more.transpositions;
    all.seconds += more.seconds;
    all.max_depth = all.max_depth.max(more.max_depth);
}

/// A reason in words.
fn told(reason: StopReason) -> String {
    match reason {
        StopReason::Solved | StopReason::Exhausted => "all programs within the bounds were evaluated".into(),
        StopReason::Nodes | StopReason::Evaluations => "as many states were expanded as asked for".into(),
        StopReason::Seconds => "the time was up".into(),
        StopReason::Cancelled => "it was stopped".into(),
        StopReason::Full => "the memory of the search was full".into(),
        StopReason::Other(why) => why.into(),
    }
}

/// A search under way.
struct Search<'a> {
    problem: &'a mut GraphProblem,
    evaluator: &'a dyn Evaluator,
    effort: &'a Effort,
    rng: ChaCha8Rng,
    statistics: Statistics,
}

impl Search<'_> {
    /// Searches from a state until so many programs are evaluated.
    fn run(&mut self, options: Options, programs: usize, start: Option<State>) -> StopReason {
        self.problem.begin_at(start);
        let walk = Walk {
            found: self.problem.counter(),
            right: self.problem.right_counter(),
            programs,
            effort: self.effort,
            rng: &mut self.rng,
            statistics: &mut self.statistics,
        };
        match self.effort.decoding {
            None => walk.explore(self.problem, self.evaluator, options),
            Some(Decoding { chunk, is_asked_once }) => {
                let ahead = Ahead::default();
                let judge = TokenJudge::new(self.evaluator, ahead.clone(), is_asked_once);
                walk.explore(&mut Tokens::new(self.problem, chunk, ahead), &judge, options)
            }
        }
    }

    /// The states to which the best programs are shortened, each once.
    fn prefixes(&mut self, prefix: Prefix) -> Vec<State> {
        let mut found: Vec<Found> = self.problem.found().to_vec();
        // Stable: of equally good ones the first.
        found.sort_by(|a, b| share(&b.verdicts).total_cmp(&share(&a.verdicts)));
        let mut states: Vec<State> = Vec::new();
        for found in found.iter().take(4 * MOST_PREFIXES) {
            let steps = found.steps();
            let place = match prefix {
                Prefix::Nodes(nodes) => steps.len().saturating_sub(nodes),
                Prefix::Certainty(least) => {
                    steps.iter().position(|step| self.prior(&step.state, step.action) < least).unwrap_or(0)
                }
            };
            let Some(step) = steps.get(place) else { continue };
            let key = self.problem.key(&step.state);
            if states.len() < MOST_PREFIXES && states.iter().all(|state| self.problem.key(state) != key) {
                states.push(step.state.clone());
            }
        }
        states
    }

    /// The prior of an action. The evaluator has judged its state before and remembers most.
    fn prior(&mut self, state: &State, action: Action) -> f32 {
        let actions = self.problem.actions(state);
        let texts = actions.iter().map(|action| self.problem.action_text(state, action)).collect();
        let request = Request { state: self.problem.state_text(state), actions: texts };
        let judged = self.evaluator.evaluate(&[request]);
        let place = actions.iter().position(|other| *other == action);
        place.and_then(|place| judged.first()?.priors.get(place).copied()).unwrap_or(0.0)
    }
}
