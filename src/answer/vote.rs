//! Answers to questions by vote: graphs are searched for, evaluated, and vote by their values.
//!
//! The weight of a graph is its probability under the policy: the product of the priors of the decisions that build it.
//! Graphs of equal printed values vote together. The search ends when the vote is decided: when the unexplored graphs
//! weigh less than the lead of the best answer.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::answer::problem::Found;
use crate::answer::{Goal, GraphProblem, Limits};
use crate::graph::{Graph, Question, Value};
use crate::network::Evaluator;
use crate::network::evaluator::Request;
use crate::search::{self, Algorithm, Options, Problem, SearchGraph, Stop};

/// Options of answering a question.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AnswerOptions {
    /// Options of the search.
    pub search: Options,
    /// Graphs that vote, at most.
    pub samples: usize,
    /// States expanded, at most.
    pub nodes: u64,
    /// Seed of the random draws.
    pub seed: u64,
}

impl Default for AnswerOptions {
    fn default() -> Self {
        let search = Options { algorithm: Algorithm::BestFirst, ..Options::default() };
        Self { search, samples: 8, nodes: 200, seed: 0 }
    }
}

/// A graph that was found, with its weight.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The graph.
    pub graph: Graph,
    /// Its value.
    pub value: Value,
    /// The same, printed.
    pub answer: String,
    /// Its probability under the policy.
    pub probability: f64,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer.
    pub text: String,
    /// Its value.
    pub value: Value,
    /// The likeliest graph that gives it.
    pub graph: Graph,
    /// The share of the policy's probability that graphs with this answer have, of all that the search saw: a lower
    /// bound, in 0..=1.
    pub confidence: f64,
    /// All graphs that voted, the likeliest first.
    pub candidates: Vec<Candidate>,
}

/// Result of a search that was not shown the answer.
#[derive(Debug)]
pub struct Explored {
    /// The graph of states.
    pub graph: SearchGraph<GraphProblem>,
    /// States expanded.
    pub expansions: u64,
    /// The probabilities of the problem's [found](GraphProblem::found) graphs, in order.
    pub probabilities: Vec<f64>,
}

/// Answers a question; `None` if no graph was found. Also returns the problem and the states that the search explored.
pub fn answer(
    question: Question,
    evaluator: &dyn Evaluator,
    options: &AnswerOptions,
) -> (Option<Answer>, GraphProblem, Explored) {
    let mut problem = GraphProblem::new(question, Goal::Any, Limits::default());
    let explored = explore(&mut problem, evaluator, options);
    let mut candidates: Vec<Candidate> = problem
        .found()
        .iter()
        .zip(&explored.probabilities)
        .filter_map(|(found, &probability)| {
            let graph = problem.graph_of(found)?;
            Some(Candidate { graph, value: found.value.clone(), answer: found.value.to_string(), probability })
        })
        .collect();
    // Stable: of equal ones the first found stays first.
    candidates.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    candidates.truncate(options.samples.max(1));
    (vote(candidates), problem, explored)
}

/// The votes: the probabilities of the graphs with each printed value.
fn votes<T: Ord>(graphs: impl Iterator<Item = (T, f64)>) -> BTreeMap<T, f64> {
    let mut votes = BTreeMap::new();
    for (answer, probability) in graphs {
        *votes.entry(answer).or_default() += probability;
    }
    votes
}

/// The answer with the greatest weight.
fn vote(candidates: Vec<Candidate>) -> Option<Answer> {
    let votes = votes(candidates.iter().map(|candidate| (candidate.answer.as_str(), candidate.probability)));
    // In the order of the candidates, so that of equal weights the likeliest graph decides.
    let weight = |candidate: &Candidate| votes.get(candidate.answer.as_str()).copied().unwrap_or(0.0);
    let best = candidates.iter().reduce(|best, next| if weight(next) > weight(best) { next } else { best })?;
    let confidence = weight(best).clamp(0.0, 1.0);
    let (text, value, graph) = (best.answer.clone(), best.value.clone(), best.graph.clone());
    Some(Answer { text, value, graph, confidence, candidates })
}

/// Searches until the vote is decided, enough graphs are found, or the budget is spent.
pub fn explore(problem: &mut GraphProblem, evaluator: &dyn Evaluator, options: &AnswerOptions) -> Explored {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let stop = Stop::never().nodes(options.nodes);
    let mut solutions = search::solutions(problem, evaluator, &options.search, stop, &mut rng);
    let mut probabilities = Vec::new();
    while solutions.next().is_some() {
        // By the decisions that built a graph first: a solution may lead to it in another way.
        weigh(solutions.problem_mut(), evaluator, &mut probabilities);
        let found = solutions.problem().found();
        if found.len() >= options.samples.max(1) || is_decided(found, &probabilities) {
            break;
        }
    }
    let expansions = solutions.verdict().statistics.expansions;
    Explored { graph: solutions.into_graph(), expansions, probabilities }
}

/// Whether the graphs not found yet weigh less than the lead of the best answer.
fn is_decided(found: &[Found], probabilities: &[f64]) -> bool {
    let graphs = found.iter().zip(probabilities).map(|(found, probability)| (found.value.to_string(), *probability));
    let mut sorted: Vec<f64> = votes(graphs).into_values().collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let rest = 1.0 - sorted.iter().sum::<f64>();
    sorted.first().is_some_and(|best| best - sorted.get(1).copied().unwrap_or(0.0) > rest)
}

/// The probabilities of the graphs that are not weighed yet. The evaluator has judged their states before and remembers
/// most.
fn weigh(problem: &mut GraphProblem, evaluator: &dyn Evaluator, probabilities: &mut Vec<f64>) {
    let new: Vec<Found> = problem.found()[probabilities.len()..].to_vec();
    for found in new {
        let mut requests = Vec::new();
        let mut chosen = Vec::new();
        for step in found.steps() {
            let actions = problem.actions(&step.state);
            let place = actions.iter().position(|action| *action == step.action);
            chosen.push(place.expect("a state has the same actions whenever it is asked"));
            let texts = actions.iter().map(|action| problem.action_text(&step.state, action)).collect();
            requests.push(Request { state: problem.state_text(&step.state), actions: texts });
        }
        let evaluations = evaluator.evaluate(&requests);
        let priors = evaluations.iter().zip(chosen).map(|(evaluation, index)| evaluation.priors.get(index));
        probabilities.push(priors.map(|prior| f64::from(prior.copied().unwrap_or(0.0))).product());
    }
}
