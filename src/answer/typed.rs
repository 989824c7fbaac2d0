//! Questions as people typed them, with all right answers, and the evaluation on them.
//!
//! A file has a JSON object a line: the `question`, its `answers` (none where it is right to reply that the answer is
//! not known), and its `kind`.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::data::DataError;
use super::lexicon::Lexicon;
use super::reply::reply;
use super::vote::AnswerOptions;
use crate::graph::Value;
use crate::graph::language::compare::{Match, compare};
use crate::input;
use crate::network::Evaluator;

/// A question with its answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Typed {
    /// The question.
    pub question: String,
    /// The answers that are right; none if it cannot be answered.
    pub answers: Vec<String>,
    /// The kind.
    pub kind: String,
}

/// Reads a file of questions.
///
/// # Errors
/// When it cannot be read or a line is none.
pub fn load(path: &Path) -> Result<Vec<Typed>, DataError> {
    let unreadable = |error| DataError::Unreadable { path: path.to_owned(), error };
    let mut questions = Vec::new();
    for (index, line) in input::lines(path, input::TEXT).map_err(unreadable)?.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        let problem = "an object with `question`, `answers` and `kind` is expected";
        let bad = |_| DataError::BadLine { path: PathBuf::from(path), line: index as u64 + 1, problem };
        questions.push(serde_json::from_str(&line).map_err(bad)?);
    }
    if questions.is_empty() {
        return Err(DataError::Nothing { path: path.to_owned() });
    }
    Ok(questions)
}

/// Verdict on the reply to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A right answer; or none, where there is none.
    Right,
    /// Another answer.
    Wrong,
    /// No answer, where there is one.
    Refused,
}

/// A question that was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The kind.
    pub kind: String,
    /// The question.
    pub question: String,
    /// The answers that are right.
    pub answers: Vec<String>,
    /// The best answer, also if it was not given.
    pub best: Option<String>,
    /// Its graph.
    pub graph: Option<String>,
    /// Its confidence, 0 if there is none.
    pub confidence: f64,
    /// Whether the best answer is right.
    pub is_right: bool,
    /// Words that the network has not met.
    pub unknown_words: Vec<String>,
    /// The verdict on the reply.
    pub verdict: Verdict,
}

/// Whether a value is one of some answers.
fn is_among(value: &Value, answers: &[String]) -> bool {
    let plain = |text: &str| text.to_lowercase().replace("**", "^").replace([' ', '*'], "");
    let printed = plain(&value.to_string());
    answers.iter().any(|answer| plain(answer) == printed || compare(value, answer) >= Match::Value)
}

/// Asks all questions.
pub fn evaluate(
    questions: &[Typed],
    lexicon: &Lexicon,
    evaluator: &dyn Evaluator,
    options: &AnswerOptions,
    least: f64,
    hear: &(dyn Fn() + Sync),
) -> Vec<Outcome> {
    let ask = |typed: &Typed| {
        let reply = reply(&typed.question, lexicon, evaluator, options, least);
        let is_right = reply.best.as_ref().is_some_and(|best| is_among(&best.value, &typed.answers));
        let verdict = match (reply.given().is_some(), typed.answers.is_empty()) {
            (true, _) if is_right => Verdict::Right,
            (true, _) => Verdict::Wrong,
            (false, true) => Verdict::Right,
            (false, false) => Verdict::Refused,
        };
        hear();
        Outcome {
            kind: typed.kind.clone(),
            question: typed.question.clone(),
            answers: typed.answers.clone(),
            best: reply.best.as_ref().map(|best| best.text.clone()),
            graph: reply.best.as_ref().map(|best| best.graph.to_string()),
            confidence: reply.best.as_ref().map_or(0.0, |best| best.confidence),
            is_right,
            unknown_words: reply.unknown_words,
            verdict,
        }
    };
    questions.par_iter().map(ask).collect()
}

/// Counts of the questions of a kind by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Answered rightly, or rightly not answered.
    pub right: usize,
    /// Answered wrongly.
    pub wrong: usize,
    /// Not answered, though there is an answer.
    pub refused: usize,
}

impl Tally {
    /// The number of questions.
    pub fn total(self) -> usize {
        self.right + self.wrong + self.refused
    }

    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Right => self.right += 1,
            Verdict::Wrong => self.wrong += 1,
            Verdict::Refused => self.refused += 1,
        }
    }
}

/// The figures of a test.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// By kind.
    pub kinds: BTreeMap<String, Tally>,
    /// All together.
    pub all: Tally,
    /// The calibration: best answers by their confidence, tenth by tenth from below.
    pub calibration: [Bin; 10],
}

/// Best answers of one range of confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Their number.
    pub answers: usize,
    /// Questions with a right answer.
    pub right: usize,
    /// Mean confidence.
    pub confidence: f64,
}

impl Figures {
    /// The figures of some outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut figures = Self::default();
        for outcome in outcomes {
            figures.all.count(outcome.verdict);
            figures.kinds.entry(outcome.kind.clone()).or_default().count(outcome.verdict);
            if outcome.best.is_some() {
                // Below ten, as confidences are at most 1.
                let bin = &mut figures.calibration[((outcome.confidence * 10.0) as usize).min(9)];
                bin.answers += 1;
                bin.right += usize::from(outcome.is_right);
                bin.confidence += outcome.confidence;
            }
        }
        for bin in &mut figures.calibration {
            bin.confidence /= bin.answers.max(1) as f64;
        }
        figures
    }
}
