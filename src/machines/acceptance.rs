//! Acceptance of a worker's answers: nothing in them is trusted.
//!
//! A proof consists of steps for the statement that was asked for, which the kernel checks here, in the theory and with
//! the lemmas of this process ([`received`]). Statements met on the way and open subgoals are proposals: they are read
//! and tested as drafts are, and become theorems only by attempts of their own. Examples cannot make anything true;
//! they are bounded in number and size, and those whose labels this process gives itself (the difficulty of a
//! conjecture) are not accepted.
//!
//! A graph that answers a question is a list of choices, which are made again here: its states, value, shape and whether
//! it is right are this process's own.

use super::messages::{AnswerReport, Proof, QuestionReport, StatementReport, TrialReport};
use crate::answer::attempt::{MOST_RIGHT, MOST_WRONG, QuestionAttempt, Trace, retrace};
use crate::answer::data::Pair;
use crate::answer::evaluation::{Outcome, Said};
use crate::answer::{marked, shape};
use crate::evaluation::Trial;
use crate::graph::language::compare::{Match, compare};
use crate::graph::language::text as language;
use crate::graph::{Budget as GraphBudget, Question};
use crate::learn::Example;
use crate::prove::Budget;
use crate::prove::attempt::{Hindsight, ProofAttempt};
use crate::prove::lemmas::{Lemmas, Statement, World};
use crate::prove::received::{NotATheorem, Steps, received};
use crate::selfplay::proofs::attempts::Attempted;
use rustc_hash::FxHashSet;

/// The most examples and statements of an answer.
const EXAMPLES: usize = 2_048;
const STATEMENTS: usize = 512;
/// The longest state, actions of a state together, statement, and message, in bytes.
const TEXT: usize = 2_000;
/// Decisions of a graph, and shapes that gave something else, at most.
const CHOICES: usize = 256;
const SHAPES: usize = 4_096;
/// The longest graph, in bytes.
const GRAPH: usize = 64 << 10;
/// The largest plausible number of nodes of an attempt.
const NODES: u64 = 1 << 40;
/// The longest proof that an example may speak of.
const STEPS: u32 = 100_000;

/// Reason why an answer is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its proof is none.
    #[error("its proof: {0}")]
    Proof(#[from] NotATheorem),
    /// There is more of something than an attempt leaves.
    #[error("it has too many or too large {0}")]
    TooMuch(&'static str),
    /// An example is none that an attempt leaves.
    #[error("it has an example that no attempt leaves")]
    Example,
    /// Choices that lead to no graph, or to one that gives something else than is said.
    #[error("it has choices that do not lead to such a graph")]
    Graph,
    /// A number is none that an attempt leaves.
    #[error("it has a number that no attempt leaves")]
    Number,
}

/// The accepted content of a report on the attempt at a statement.
///
/// # Errors
///
/// [`Refusal`]; of such a report nothing is taken.
pub fn accept_proof(
    report: StatementReport,
    asked: &Statement,
    world: &World,
    known: &Lemmas,
) -> Result<Attempted, Refusal> {
    let StatementReport { proof, lemmas, nodes, seconds, fault, examples, hindsight, stuck } = report;
    let short = |texts: &[String]| texts.len() <= STATEMENTS && texts.iter().all(|text| text.len() <= TEXT);
    if examples.len() > EXAMPLES {
        return Err(Refusal::TooMuch("examples"));
    }
    if !short(&hindsight) || !short(&stuck) {
        return Err(Refusal::TooMuch("statements"));
    }
    if !examples.iter().all(is_plausible) {
        return Err(Refusal::Example);
    }
    if nodes > NODES || !(0.0..1e9).contains(&seconds) {
        return Err(Refusal::Number);
    }
    let (theorem, lemmas) = match proof {
        Some(proof) => {
            let steps = Steps { script: proof.script, uses: proof.uses };
            let (theorem, lemmas) = received(world, known, asked, steps, lemmas)?;
            (Some(theorem), lemmas)
        }
        // Lemmas without a proof that needs them are of no use.
        None => (None, Vec::new()),
    };
    let hindsight = hindsight.into_iter().map(|text| Hindsight { text, log_prior: 0.0 }).collect();
    let fault = fault.map(|fault| fault.chars().take(TEXT).collect());
    let attempt = ProofAttempt { nodes, seconds, fault, examples, hindsight, stuck, ..ProofAttempt::default() };
    Ok(Attempted { theorem, lemmas, attempt })
}

/// The accepted content of a report on the attempt at a question. What cannot be seen from the question is taken as it is
/// said: whether the network found the graph with which it is said to have answered, and the shapes that gave something
/// else.
///
/// # Errors
///
/// [`Refusal`]; of such a report nothing is taken.
pub fn accept_answer(report: QuestionReport, pair: &Pair) -> Result<QuestionAttempt, Refusal> {
    let QuestionReport { answered, right, wrong, wrong_shapes, nodes, seconds } = report;
    let question = Question::new(&pair.question).map_err(|_| Refusal::Graph)?;
    // One of the network's answer, one that is known, and those of two searches.
    if right.len() > 2 + 2 * MOST_RIGHT || wrong.len() > 1 + MOST_WRONG {
        return Err(Refusal::TooMuch("graphs"));
    }
    if wrong_shapes.len() > SHAPES || wrong_shapes.iter().any(|shape| shape.len() > TEXT) {
        return Err(Refusal::TooMuch("shapes"));
    }
    if nodes > NODES || !(0.0..1e9).contains(&seconds) {
        return Err(Refusal::Number);
    }
    let graphs = |choices: Vec<Vec<usize>>, is_right: bool| -> Result<Vec<Trace>, Refusal> {
        let graph = |choices: &Vec<usize>| {
            let found = if choices.len() <= CHOICES { retrace(&question, choices, &pair.answer) } else { None };
            let found = found.filter(|(_, matches)| (*matches == Match::Text) == is_right);
            found.map(|(trace, _)| trace).ok_or(Refusal::Graph)
        };
        let traces = choices.iter().map(graph).collect::<Result<Vec<Trace>, Refusal>>()?;
        let shapes: FxHashSet<&str> = traces.iter().map(|trace| trace.shape.as_str()).collect();
        if is_right && shapes.len() < traces.len() { Err(Refusal::Graph) } else { Ok(traces) }
    };
    let (kind, marked, answer) = (shape::kind(&question), marked(&question), pair.answer.clone());
    let (right, wrong) = (graphs(right, true)?, graphs(wrong, false)?);
    if answered == Some(true) && right.is_empty() {
        return Err(Refusal::Graph);
    }
    Ok(QuestionAttempt { kind, marked, answer, answered, right, wrong, wrong_shapes, nodes })
}

/// The accepted figures of a trial: it is solved if its proof is one.
///
/// # Errors
///
/// [`Refusal`].
pub fn accept_trial(
    report: TrialReport,
    asked: &Statement,
    world: &World,
    known: &Lemmas,
    budget: Budget,
) -> Result<Trial, Refusal> {
    let TrialReport { proof, trial } = report;
    let most = budget.nodes.clamp(1, NODES);
    if trial.nodes > most || trial.judged > NODES || !(0.0..1e9).contains(&trial.seconds) {
        return Err(Refusal::Number);
    }
    if trial.is_solved != proof.is_some() || trial.is_solved && trial.is_exhausted {
        return Err(Refusal::Number);
    }
    if let Some(Proof { script, uses }) = proof {
        received(world, known, asked, Steps { script, uses }, Vec::new())?;
    }
    Ok(Trial { fault: trial.fault.map(|fault| fault.chars().take(TEXT).collect()), ..trial })
}

/// The accepted content of an answer to a question: its graph is evaluated here, and compared with the right answer.
///
/// # Errors
///
/// [`Refusal`].
pub fn accept_outcome(report: AnswerReport, pair: &Pair) -> Result<Outcome, Refusal> {
    let AnswerReport { graph, confidence, seconds } = report;
    if !(0.0..=1.0).contains(&confidence) || !(0.0..1e9).contains(&seconds) {
        return Err(Refusal::Number);
    }
    let Some(graph) = graph else { return Ok(Outcome { said: None, confidence: 0.0, seconds }) };
    let question = Question::new(&pair.question).map_err(|_| Refusal::Graph)?;
    if graph.len() > GRAPH {
        return Err(Refusal::TooMuch("graphs"));
    }
    let graph = language::parse(&graph, &question.elements).map_err(|_| Refusal::Graph)?;
    let value = graph.evaluate(&question.elements, &mut graph_budget()).map_err(|_| Refusal::Graph)?;
    let (text, matches) = (value.to_string(), compare(&value, &pair.answer));
    Ok(Outcome { said: Some(Said { text, graph: graph.to_string(), matches }), confidence, seconds })
}

/// The budget of a whole graph, of which a search gives each node its own.
fn graph_budget() -> GraphBudget {
    GraphBudget::new(10_000_000, 10_000)
}

/// Whether an attempt can have left an example.
fn is_plausible(example: &Example) -> bool {
    match example {
        Example::Value { state, .. } => state.len() <= TEXT,
        Example::Policy { state, actions, chosen, steps } => {
            let weight: f32 = chosen.iter().map(|(_, weight)| *weight).sum();
            state.len() <= TEXT
                && actions.len() >= 2
                && actions.iter().map(String::len).sum::<usize>() <= TEXT
                && !chosen.is_empty()
                && chosen.len() <= actions.len()
                && chosen.iter().all(|(place, weight)| *place < actions.len() && (0.0..=1.0).contains(weight))
                && weight <= 1.01
                && *steps <= STEPS
        }
        Example::Conjecture { .. } | Example::Drawn { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::messages::StatementReport as Report;

    #[test]
    fn what_no_attempt_leaves_is_refused() {
        let known = Lemmas::new("nat-add");
        let world = known.world().unwrap();
        let asked = known.goal("zero_add", "[('a0 : nat) -> (= (+ z 'a0) 'a0)]").unwrap();
        let accept = |report: Report| accept_proof(report, &asked, &world, &known).map(|taken| taken.attempt);
        let policy = |actions: &[&str], chosen: &[(usize, f32)]| Example::Policy {
            state: "(= z z)".into(),
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            chosen: chosen.to_vec(),
            steps: 1,
        };
        let good = Report { nodes: 3, examples: vec![policy(&["a.", "b."], &[(1, 1.0)])], ..Report::default() };
        assert_eq!(accept(good).unwrap().nodes, 3);
        let of_example = |example| Report { examples: vec![example], ..Report::default() };
        for example in [
            policy(&["a.", "b."], &[(2, 1.0)]),
            policy(&["a.", "b."], &[(0, f32::NAN)]),
            policy(&["a.", "b."], &[(0, -1.0)]),
            policy(&["a.", "b."], &[(0, 1.0), (1, 1.0)]),
            policy(&["a."], &[(0, 1.0)]),
            policy(&["a.", "b."], &[]),
            policy(&["a.", &"b".repeat(TEXT)], &[(0, 1.0)]),
            Example::Value { state: "x".repeat(TEXT + 1), solved: true },
            Example::Conjecture { difficulty: crate::network::Difficulty::Hard, statement: "(= z z)".into() },
        ] {
            assert_eq!(accept(of_example(example)), Err(Refusal::Example));
        }
        let value = Example::Value { state: String::new(), solved: true };
        let many = Report { examples: vec![value; EXAMPLES + 1], ..Report::default() };
        assert_eq!(accept(many), Err(Refusal::TooMuch("examples")));
        let long = Report { stuck: vec!["x".repeat(TEXT + 1)], ..Report::default() };
        assert_eq!(accept(long), Err(Refusal::TooMuch("statements")));
        for seconds in [f64::NAN, -1.0, f64::INFINITY] {
            assert_eq!(accept(Report { seconds, ..Report::default() }), Err(Refusal::Number));
        }
        let proof = Some(Proof { script: "intro x.\n".into(), uses: Vec::new() });
        assert!(matches!(accept(Report { proof, ..Report::default() }), Err(Refusal::Proof(_))));
    }
}
