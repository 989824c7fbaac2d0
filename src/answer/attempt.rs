//! One question with a known answer: the network's answer without seeing it, and searches that are shown it.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashSet;

use super::consistency::Consistency;
use super::vote::{self, AnswerOptions};
use crate::answer::data::Pair;
use crate::answer::problem::Found;
use crate::answer::{Action, Goal, GraphProblem, Limits, State, marked, shape};
use crate::graph::language::compare::{self, Match};
use crate::graph::{Element, Question};
use crate::network::{Evaluator, Uniform};
use crate::search::{self, Algorithm, Options, Outcome, Problem, Stop};

/// Graphs with the answer that are kept of an attempt, and wrong ones.
pub const MOST_RIGHT: usize = 12;
/// See [`MOST_RIGHT`].
pub const MOST_WRONG: usize = 2;

/// Limits and options of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Effort {
    /// Options of the guided search.
    pub search: Options,
    /// Expansions of the guided search, and of a search that is not shown the answer.
    pub guided_nodes: u64,
    /// Expansions of an unguided search.
    pub nodes: u64,
}

/// A decision of the search: a state, its actions and the chosen one.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The graph so far, as text.
    pub so_far: String,
    /// All actions, as text.
    pub actions: Vec<String>,
    /// The one that was chosen.
    pub chosen: usize,
}

/// A finished graph and how it was built.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its shape.
    pub shape: String,
    /// Its value, printed.
    pub value: String,
    /// The decisions, the first one first.
    pub decisions: Vec<Decision>,
}

impl Trace {
    /// The number of operators.
    pub fn size(&self) -> usize {
        size(&self.shape)
    }
}

/// The number of operators of a shape.
fn size(shape: &str) -> usize {
    shape.matches('(').count()
}

/// Outcome of an attempt at a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuestionAttempt {
    /// The kind of the question.
    pub kind: String,
    /// The question [marked], with which the texts of its states begin.
    pub marked: String,
    /// The right answer.
    pub answer: String,
    /// Whether the network answered it rightly without seeing the answer; `None` if it was not asked.
    pub answered: Option<bool>,
    /// Whether all small graphs were tried.
    pub is_exhaustive: bool,
    /// Graphs with the answer, each of another shape, simple ones first.
    pub right: Vec<Trace>,
    /// Some that gave something else, the likeliest first.
    pub wrong: Vec<Trace>,
    /// The shapes of all graphs that gave something else.
    pub wrong_shapes: Vec<String>,
    /// States expanded.
    pub nodes: u64,
}

/// The rate from which a shape counts as right for its kind of question.
pub const SURE: f64 = 0.8;

/// Attempts a question. Without a network only the search without guidance is made; with one it is made if no graph is
/// found whose shape is
/// [known](Consistency::rate) to answer such questions, so that a network is not taught the lucky graphs that it finds.
/// A question that cannot be read is not solved.
pub fn attempt(
    pair: &Pair,
    network: Option<&dyn Evaluator>,
    consistency: &Consistency,
    effort: Effort,
    seed: u64,
) -> QuestionAttempt {
    let Ok(question) = Question::new(&pair.question) else { return QuestionAttempt::default() };
    let (kind, marked) = (shape::kind(&question), marked(&question));
    let mut attempt = QuestionAttempt { kind, marked, answer: pair.answer.clone(), ..QuestionAttempt::default() };
    if let Some(network) = network {
        attempt.ask(&question, network, AnswerOptions { nodes: effort.guided_nodes, seed, ..first_answer() });
        if attempt.answered != Some(true) {
            attempt.search(&question, network, &effort.search, effort.guided_nodes, seed);
        }
    }
    if !attempt.right.iter().any(|trace| consistency.rate(&attempt.kind, &trace.shape) >= SURE) {
        let search = Options { algorithm: Algorithm::BestFirst, ..effort.search };
        attempt.search(&question, &Uniform, &search, effort.nodes, seed);
        attempt.is_exhaustive = true;
    }
    attempt
}

/// For the likeliest graph alone. The first one is it, as states are judged one at a time.
fn first_answer() -> AnswerOptions {
    AnswerOptions { samples: 1, ..AnswerOptions::default() }
}

impl QuestionAttempt {
    /// Has the network answer without the answer.
    fn ask(&mut self, question: &Question, network: &dyn Evaluator, options: AnswerOptions) {
        let mut problem = GraphProblem::new(question.clone(), Goal::Collect { answer: None }, Limits::default());
        self.nodes += vote::explore(&mut problem, network, &options).expansions;
        let Some(found) = problem.found().first().cloned() else {
            self.answered = Some(false);
            return;
        };
        let is_right = compare::compare(&found.value, &self.answer) == Match::Text;
        self.answered = Some(is_right);
        let shape = problem.graph_of(&found).map(|graph| shape::shape(&graph, &question.elements));
        let Some(trace) = shape.and_then(|shape| trace(&mut problem, &found, shape)) else { return };
        if is_right {
            self.right.push(trace);
        } else {
            self.wrong_shapes.push(trace.shape.clone());
            self.wrong.push(trace);
        }
    }

    /// Searches with the answer known.
    fn search(&mut self, question: &Question, evaluator: &dyn Evaluator, options: &Options, nodes: u64, seed: u64) {
        let goal = Goal::Collect { answer: Some(self.answer.clone()) };
        let mut problem = GraphProblem::new(question.clone(), goal, Limits::default());
        problem.show(Some(self.answer.clone()));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let result = search::search(&mut problem, evaluator, options, &mut Stop::never().nodes(nodes), &mut rng);
        self.nodes += result.verdict.statistics.expansions;
        self.collect(&mut problem, &question.elements);
    }

    /// Adds the graphs that a search found.
    fn collect(&mut self, problem: &mut GraphProblem, elements: &[Element]) {
        let mut right: Vec<(String, Found)> = Vec::new();
        let mut wrong: Vec<(String, Found)> = Vec::new();
        let mut seen: FxHashSet<String> = self.right.iter().map(|trace| trace.shape.clone()).collect();
        let mut seen_wrong: FxHashSet<String> = self.wrong_shapes.iter().cloned().collect();
        for found in problem.found() {
            let Some(graph) = problem.graph_of(found) else { continue };
            let shape = shape::shape(&graph, elements);
            if found.matches == Some(Match::Text) {
                if seen.insert(shape.clone()) {
                    right.push((shape, found.clone()));
                }
            } else if seen_wrong.insert(shape.clone()) {
                self.wrong_shapes.push(shape.clone());
                if found.matches == Some(Match::Wrong) && wrong.len() < MOST_WRONG {
                    wrong.push((shape, found.clone()));
                }
            }
        }
        right.sort_by(|(a, _), (b, _)| (size(a), a).cmp(&(size(b), b)));
        right.truncate(MOST_RIGHT);
        self.right.extend(right.into_iter().filter_map(|(shape, found)| trace(problem, &found, shape)));
        for (shape, found) in wrong {
            if self.wrong.len() < MOST_WRONG {
                self.wrong.extend(trace(problem, &found, shape));
            }
        }
    }
}

/// The construction of a graph of this shape, as text; `None` if a step is none of its state.
fn trace(problem: &mut GraphProblem, found: &Found, shape: String) -> Option<Trace> {
    let mut decisions = Vec::new();
    for step in found.steps() {
        let actions = problem.actions(&step.state);
        let chosen = actions.iter().position(|action| *action == step.action)?;
        decisions.push(decision(problem, &step.state, &actions, chosen));
    }
    Some(Trace { shape, value: found.value.to_string(), decisions })
}

fn decision(problem: &GraphProblem, state: &State, actions: &[Action], chosen: usize) -> Decision {
    let actions = actions.iter().map(|action| problem.action_text(state, action)).collect();
    Decision { so_far: problem.so_far(state), actions, chosen }
}

/// The graph to which choices lead, one for each decision, as the place of an action in the list of its state; and how
/// its value compares with an answer. `None` if they lead to no graph. Everything is computed anew from the question: an
/// attempt that another process made needs to tell its choices only.
pub fn retrace(question: &Question, choices: &[usize], answer: &str) -> Option<(Trace, Match)> {
    let mut problem = GraphProblem::new(question.clone(), Goal::Collect { answer: None }, Limits::default());
    let mut state = problem.root();
    let mut decisions = Vec::new();
    for (index, &chosen) in choices.iter().enumerate() {
        let actions = problem.actions(&state);
        let action = *actions.get(chosen)?;
        decisions.push(decision(&problem, &state, &actions, chosen));
        match problem.step(&state, &action) {
            Outcome::Subgoals(next) => state = next.into_iter().next()?,
            // A graph that is finished is collected, and the way ends.
            _ if index + 1 == choices.len() => {}
            _ => return None,
        }
    }
    let found = problem.found().first()?;
    let shape = shape::shape(&problem.graph_of(found)?, &question.elements);
    let matches = compare::compare(&found.value, answer);
    Some((Trace { shape, value: found.value.to_string(), decisions }, matches))
}
