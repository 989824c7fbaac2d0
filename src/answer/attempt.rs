//! One question with a known answer: the network's answer without seeing it, and searches that are shown it.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashSet;

use super::consistency::Consistency;
use super::vote::{self, AnswerOptions};
use crate::answer::data::Pair;
use crate::answer::problem::Found;
use crate::answer::{Action, Goal, GraphProblem, Limits, State, marked, shape};
use crate::graph::Question;
use crate::graph::language::compare::{self, Match};
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

/// How many times as many states a search for several questions expands as one for a single question.
const WIDER: u64 = 25;
/// Of so many questions of a kind a graph may fail one, as data may have mistakes and readings.
const FEW: usize = 8;

/// The rate from which a shape counts as right for its kind of question.
const SURE: f64 = 0.8;

/// How a question is attempted.
#[derive(Clone, Copy)]
pub struct Attempting<'a> {
    /// The network, if it was trained.
    pub network: Option<&'a dyn Evaluator>,
    /// The shapes that are known to answer questions.
    pub consistency: &'a Consistency,
    /// Limits and options.
    pub effort: Effort,
    /// Whether no others of its kind are asked that could tell a lucky graph: then one is looked for that is known to
    /// answer such questions even if the network's own gives the answer.
    pub is_alone: bool,
    /// Seed of what is drawn.
    pub seed: u64,
}

/// Attempts a question. The network, if there is one, answers it without seeing the answer; then the shapes that are known
/// to answer questions of its kind are tried. Searches that see the answer follow, one that the network guides and one
/// without guidance, until a graph is found whose shape is [known](Consistency::rate) to answer such questions, so that
/// a network is not taught the lucky graphs that it finds. A question that cannot be read is not solved.
pub fn attempt(pair: &Pair, how: Attempting<'_>) -> QuestionAttempt {
    let Attempting { network, consistency, effort, is_alone, seed } = how;
    let Ok(question) = Question::new(&pair.question) else { return QuestionAttempt::default() };
    let mut attempt = QuestionAttempt::of(pair);
    if let Some(network) = network {
        attempt.ask(&question, network, AnswerOptions { nodes: effort.guided_nodes, seed, ..first_answer() });
    }
    attempt.try_better(&question, consistency);
    let is_sure = |attempt: &QuestionAttempt| {
        let is_believed = !is_alone && attempt.answered == Some(true);
        is_believed || attempt.rate(consistency).is_some_and(|rate| rate >= SURE)
    };
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
/// that its attempt found.
pub fn compare(pair: &Pair, attempt: &QuestionAttempt, consistency: &Consistency) -> QuestionAttempt {
    let mut compared = QuestionAttempt { nodes: 0, ..attempt.clone() };
    if let Ok(question) = Question::new(&pair.question) {
        compared.try_better(&question, consistency);
    }
    compared
}

/// A search for graphs that answer several questions of a kind, without guidance and wider than that for one: the first
/// question is searched, and each graph that answers it is tried on the others. The outcome has, for each question, the
/// smallest graphs that answer nearly all of them.
pub fn together(pairs: &[&Pair], effort: Effort, seed: u64) -> Vec<QuestionAttempt> {
    let mut attempts: Vec<QuestionAttempt> = pairs.iter().map(|pair| QuestionAttempt::of(pair)).collect();
    let questions = pairs.iter().map(|pair| Question::new(&pair.question));
    let Ok(questions) = questions.collect::<Result<Vec<_>, _>>() else { return attempts };
    if questions.is_empty() {
        return attempts;
    }
    let limits = Limits { found: usize::MAX, ..Limits::default() };
    let mut problems: Vec<GraphProblem> =
        attempts.iter().zip(&questions).map(|(attempt, question)| attempt.problem(question, limits)).collect();
    let search = Options { algorithm: Algorithm::BestFirst, ..effort.search };
    let mut stop = Stop::all_solutions().nodes(effort.nodes.saturating_mul(WIDER));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let result = search::search(&mut problems[0], &Uniform, &search, &mut stop, &mut rng);
    attempts[0].nodes = result.verdict.statistics.expansions;
    let right = problems[0].found().iter().filter(|found| found.matches == Some(Match::Text));
    let mut shapes: Vec<String> = right.filter_map(|found| problems[0].shape_of(found)).collect();
    shapes.sort_by(|a, b| (shape::size(a), a).cmp(&(shape::size(b), b)));
    shapes.dedup();
    // A graph is noted once by its problem, and so is followed in another one.
    problems[0] = attempts[0].problem(&questions[0], limits);
    let may_fail = pairs.len() / FEW;
    let mut kept = 0;
    for shape in shapes {
        let mut failed = 0;
        let outcomes = problems.iter_mut().map_while(|problem| {
            let found = problem.follow(&shape).filter(|found| found.matches == Some(Match::Text));
            failed += usize::from(found.is_none());
            (failed <= may_fail).then(|| found.and_then(|found| trace(problem, &found, shape.clone())))
        });
        let outcomes: Vec<Option<Trace>> = outcomes.collect();
        if outcomes.len() < pairs.len() {
            continue;
        }
        for (attempt, outcome) in attempts.iter_mut().zip(outcomes) {
            match outcome {
                Some(trace) => attempt.right.push(trace),
                None => attempt.wrong_shapes.push(shape.clone()),
            }
        }
        kept += 1;
        if kept == MOST_RIGHT {
            break;
        }
    }
    attempts
}

/// For the likeliest graph alone. The first one is it, as states are judged one at a time.
fn first_answer() -> AnswerOptions {
    AnswerOptions { samples: 1, ..AnswerOptions::default() }
}

impl QuestionAttempt {
    /// An attempt that has not begun.
    fn of(pair: &Pair) -> Self {
        let read = Question::new(&pair.question).ok();
        let (kind, marked) = read.map(|question| (shape::kind(&question), marked(&question))).unwrap_or_default();
        Self { kind, marked, answer: pair.answer.clone(), ..Self::default() }
    }

    /// The best of the [rates](Consistency::rate) of its right graphs.
    pub fn rate(&self, consistency: &Consistency) -> Option<f64> {
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
        let mut problem = self.problem(question, Limits::default());
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
    fn problem(&self, question: &Question, limits: Limits) -> GraphProblem {
        GraphProblem::new(question.clone(), Goal::text(&self.answer), limits)
    }

    /// Its findings without those of an earlier attempt at the same question.
    pub fn without(mut self, known: &Self) -> Self {
        self.right.retain(|trace| known.right.iter().all(|other| other.shape != trace.shape));
        self.wrong_shapes.retain(|shape| !known.wrong_shapes.contains(shape));
        self
    }

    /// Takes up what a later attempt at the same question found.
    pub fn extend(&mut self, later: Self) {
        self.right.extend(later.right);
        self.wrong_shapes.extend(later.wrong_shapes);
    }

    /// Has the network answer without the answer.
    fn ask(&mut self, question: &Question, network: &dyn Evaluator, options: AnswerOptions) {
        let mut problem = GraphProblem::new(question.clone(), Goal::Any, Limits::default());
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
        let mut problem = self.problem(question, Limits::default());
        problem.show(Some(self.answer.clone()));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut stop = Stop::all_solutions().nodes(nodes);
        let result = search::search(&mut problem, evaluator, options, &mut stop, &mut rng);
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
    let mut problem = GraphProblem::new(question.clone(), Goal::Any, Limits::default());
    let mut state = problem.root();
    let mut decisions = Vec::new();
    for (index, &chosen) in choices.iter().enumerate() {
        let actions = problem.actions(&state);
        let action = *actions.get(chosen)?;
        decisions.push(decision(&problem, &state, &actions, chosen));
        match problem.step(&state, &action) {
            Outcome::Subgoals(next) if !next.is_empty() => state = next.into_iter().next()?,
            // With a graph that is finished the way ends.
            _ if index + 1 == choices.len() => {}
            _ => return None,
        }
    }
    let found = problem.found().first()?;
    let shape = shape::shape(&problem.graph_of(found)?, &question.elements);
    let matches = compare::compare(&found.value, answer);
    Some((Trace { shape, value: found.value.to_string(), decisions }, matches))
}
