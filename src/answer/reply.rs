//! Replies to a question that a person typed: an answer, or that it is not known.
//!
//! An answer is given if the program is sure enough of it. Its confidence is the probability of the graphs that give
//! it, reduced for parts of the question that the graphs do not account for: elements that they leave out, and words
//! that the network has not met ([`Lexicon`]).

use super::lexicon::Lexicon;
use super::vote::{Answer, AnswerOptions, Explored, answer};
use crate::answer::GraphProblem;
use crate::graph::algebra::types::Type;
use crate::graph::question::QuestionError;
use crate::graph::{Graph, Question, Value};
use crate::network::Evaluator;

/// The default confidence from which an answer is given; docs/graphs.md describes how it was chosen.
pub const MIN_CONFIDENCE: f64 = 0.6;

/// Factor of the confidence for each element that the graph leaves out.
const UNUSED: f64 = 0.7;

/// Factor of the confidence for each word that the network has not met.
const UNKNOWN: f64 = 0.5;

/// Reason why no answer is given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Doubt {
    /// The question cannot be read.
    #[error(transparent)]
    Unreadable(#[from] QuestionError),
    /// It has no elements.
    #[error("nothing in the question can be calculated with: it has no number, variable, expression, or the like")]
    NoMathematics,
    /// No graph has a value that answers it.
    #[error("no graph was found that has a value; --nodes or --samples with a larger number looks further")]
    NoGraph,
    /// The best answer is not sure enough.
    #[error("it is not known: the confidence {confidence:.3} of the best answer is below {least}")]
    Unsure {
        /// The confidence of the best answer.
        confidence: f64,
        /// The confidence that was asked for.
        least: f64,
    },
}

/// A reply to a question.
#[derive(Debug)]
pub struct Reply {
    /// The best answer, also if it is not given; its confidence is that of the reply.
    pub best: Option<Answer>,
    /// The reason why the best answer is not given.
    pub doubt: Option<Doubt>,
    /// Words of the question that the network has not met.
    pub unknown_words: Vec<String>,
    /// The problem and the states explored; `None` if no search was possible.
    pub search: Option<(GraphProblem, Explored)>,
}

impl Reply {
    /// The answer, if it is given.
    pub fn given(&self) -> Option<&Answer> {
        self.best.as_ref().filter(|_| self.doubt.is_none())
    }

    fn refused(doubt: Doubt) -> Self {
        Self { best: None, doubt: Some(doubt), unknown_words: Vec::new(), search: None }
    }
}

/// Answers a question as it was typed, if the confidence is at least `least`.
pub fn reply(text: &str, lexicon: &Lexicon, evaluator: &dyn Evaluator, options: &AnswerOptions, least: f64) -> Reply {
    let question = match lexicon.read(text) {
        Ok(question) if question.elements.is_empty() => return Reply::refused(Doubt::NoMathematics),
        Ok(question) => question,
        Err(error) => return Reply::refused(error.into()),
    };
    let unknown_words = lexicon.unknown(&question);
    let (mut best, problem, explored) = answer(question, evaluator, options);
    let doubt = match &mut best {
        None => Some(Doubt::NoGraph),
        Some(best) => {
            let unused = unused(&best.graph, problem.question());
            best.confidence *= UNUSED.powi(unused as i32) * UNKNOWN.powi(unknown_words.len() as i32);
            let confidence = best.confidence;
            (confidence < least).then_some(Doubt::Unsure { confidence, least })
        }
    };
    Reply { best, doubt, unknown_words, search: Some((problem, explored)) }
}

/// The number of elements that a graph leaves out, apart from names: those of variables occur in the elements that are
/// used.
fn unused(graph: &Graph, question: &Question) -> usize {
    let used: Vec<u32> = graph.elements().collect();
    let is_name = |kind: Type| matches!(kind, Type::Var | Type::Fun);
    let left = question.elements.iter().enumerate().filter(|(_, element)| !is_name(element.kind));
    left.filter(|(index, _)| !used.contains(&(*index as u32))).count()
}

/// Whether a value is nothing to say: it has no text.
pub(super) fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Set(numbers) if numbers.is_empty()) || value.to_string().is_empty()
}
