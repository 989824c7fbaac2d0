//! One question with a known answer: the network's answer without seeing it, and searches that are shown it.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashSet;

use super::consistency::Consistency;
use super::vote::{self, AnswerOptions};
use crate::answer::data::Pair;
use crate::answer::problem::Found;
use crate::answer::{Goal, GraphProblem, Limits, marked, shape};
use crate::graph::Question;
use crate::graph::language::compare::{self, Match};
use crate::network::{Evaluator, Uniform};
use crate::search::{self, Algorithm, Options, Problem, Stop};

/// Graphs with the answer that are kept of an attempt, and wrong ones.
const MOST_RIGHT: usize = 12;
const MOST_WRONG: usize = 2;

/// Limits and options of an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
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
        shape::size(&self.shape)
    }
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
const SURE: f64 = 0.8;

/// Attempts a question. The network, if there is one, answers it without seeing the answer; then the shapes that are known
/// to answer questions of its kind are tried. Searches that see the answer follow, one that the network guides and one
/// without guidance, until a graph is found whose shape is [known](Consistency::rate) to answer such questions, so that
/// a network is not taught the lucky graphs that it finds. A question that cannot be read is not solved.
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
    }
    attempt.try_better(&question, consistency);
    let is_sure = |attempt: &QuestionAttempt| attempt.rate(consistency).is_some_and(|rate| rate >= SURE);
    if let Some(network) = network.filter(|_| !is_sure(&attempt)) {
        attempt.search(&question, network, &effort.search, effort.guided_nodes, seed);
    }
    if !is_sure(&attempt) {
        let search = Options { algorithm: Algorithm::BestFirst, ..effort.search };
        attempt.search(&question, &Uniform, &search, effort.nodes, seed);
    }
    attempt
}

/// Tries on a question the shapes that answered others of its kind, where one of them could be better than the graphs
/// that its attempt found. The outcome has only what is new.
pub fn compare(pair: &Pair, attempt: &QuestionAttempt, consistency: &Consistency) -> QuestionAttempt {
    let mut compared = QuestionAttempt { nodes: 0, answered: None, wrong: Vec::new(), ..attempt.clone() };
    if let Ok(question) = Question::new(&pair.question) {
        compared.try_better(&question, consistency);
    }
    compared.right.drain(..attempt.right.len());
    compared.wrong_shapes.drain(..attempt.wrong_shapes.len());
    compared
}

/// For the likeliest graph alone. The first one is it, as states are judged one at a time.
fn first_answer() -> AnswerOptions {
    AnswerOptions { samples: 1, ..AnswerOptions::default() }
}

impl QuestionAttempt {
    /// The best of the [rates](Consistency::rate) of its right graphs.
    fn rate(&self, consistency: &Consistency) -> Option<f64> {
        self.right.iter().map(|trace| consistency.rate(&self.kind, &trace.shape)).max_by(f64::total_cmp)
    }

    /// The shapes that were not tried on the question and could be better than the right ones, the best first.
    fn untried<'c>(&self, consistency: &'c Consistency) -> Vec<&'c str> {
        let scores = self.right.iter().map(|trace| consistency.score(&self.kind, &trace.shape));
        let best = scores.fold(f64::NEG_INFINITY, f64::max);
        let right = self.right.iter().map(|trace| &trace.shape);
        let tried: FxHashSet<&str> = right.chain(&self.wrong_shapes).map(String::as_str).collect();
        let mut better = consistency.best(&self.kind, best);
        better.retain(|shape| !tried.contains(shape));
        better
    }

    /// Whether there are such shapes.
    pub fn has_untried(&self, consistency: &Consistency) -> bool {
        !self.untried(consistency).is_empty()
    }

    /// Tries those shapes until one gives the answer.
    fn try_better(&mut self, question: &Question, consistency: &Consistency) {
        let untried = self.untried(consistency);
        if untried.is_empty() {
            return;
        }
        let mut problem = self.problem(question);
        for shape in untried {
            match problem.follow(shape) {
                Some(found) if found.matches == Some(Match::Text) => {
                    self.right.extend(trace(&mut problem, &found, shape.to_owned()));
                    return;
                }
                _ => self.wrong_shapes.push(shape.to_owned()),
            }
        }
    }

    /// The problem of finding graphs that give the answer.
    fn problem(&self, question: &Question) -> GraphProblem {
        let goal = Goal::Collect { answer: Some(self.answer.clone()) };
        GraphProblem::new(question.clone(), goal, Limits::default())
    }

    /// Takes up what [`compare`] found.
    pub fn extend(&mut self, compared: Self) {
        self.right.extend(compared.right);
        self.wrong_shapes.extend(compared.wrong_shapes);
    }

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
        let shape = problem.shape_of(&found);
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
        let mut problem = self.problem(question);
        problem.show(Some(self.answer.clone()));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let result = search::search(&mut problem, evaluator, options, &mut Stop::never().nodes(nodes), &mut rng);
        self.nodes += result.verdict.statistics.expansions;
        self.collect(&mut problem);
    }

    /// Adds the graphs that a search found.
    fn collect(&mut self, problem: &mut GraphProblem) {
        let mut right: Vec<(String, Found)> = Vec::new();
        let mut wrong: Vec<(String, Found)> = Vec::new();
        let mut seen: FxHashSet<String> = self.right.iter().map(|trace| trace.shape.clone()).collect();
        let mut seen_wrong: FxHashSet<String> = self.wrong_shapes.iter().cloned().collect();
        for found in problem.found() {
            let Some(shape) = problem.shape_of(found) else { continue };
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
        right.sort_by(|(a, _), (b, _)| (shape::size(a), a).cmp(&(shape::size(b), b)));
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
        decisions.push(Decision {
            so_far: problem.so_far(&step.state),
            actions: actions.iter().map(|action| problem.action_text(&step.state, action)).collect(),
            chosen,
        });
    }
    Some(Trace { shape, value: found.value.to_string(), decisions })
}
