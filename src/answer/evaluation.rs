//! Evaluation on the questions of a test split.

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use super::trained::{self, TrainedOn};
use super::vote::{AnswerOptions, answer};
use crate::answer::data::{Pair, Part, Split};
use crate::graph::Question;
use crate::graph::language::compare::{self, Match};
use crate::network::Evaluator;

/// The figures of one module in one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModuleScore {
    /// The split.
    pub split: String,
    /// The module.
    pub module: String,
    /// Questions asked.
    pub questions: usize,
    /// Questions whose answer was right as a text.
    pub exact: usize,
    /// Questions whose answer was right at least by its value.
    pub by_value: usize,
    /// Questions without any answer.
    pub unanswered: usize,
    /// Mean time for a question on one thread, in seconds.
    pub seconds: f64,
    /// Mean confidence of the answers.
    pub confidence: f64,
}

impl ModuleScore {
    /// The share of exact answers.
    pub fn accuracy(&self) -> f64 {
        self.exact as f64 / self.questions.max(1) as f64
    }

    /// The share of answers that are right at least by their value.
    pub fn accuracy_by_value(&self) -> f64 {
        self.by_value as f64 / self.questions.max(1) as f64
    }
}

/// The figures of one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The split.
    pub split: String,
    /// The number of modules.
    pub modules: usize,
    /// Questions asked.
    pub questions: usize,
    /// Mean over the modules of the share of exact answers.
    pub mean_exact: f64,
    /// Mean over the modules of the share of answers that are right at least by their value.
    pub mean_by_value: f64,
    /// Mean over the modules of the confidence.
    pub mean_confidence: f64,
    /// Mean over the modules of the time of a question, in seconds.
    pub mean_seconds: f64,
}

impl Summary {
    /// The figures of each split, in the order in which they come.
    pub fn of(scores: &[ModuleScore]) -> Vec<Self> {
        let mut splits: Vec<&str> = scores.iter().map(|score| score.split.as_str()).collect();
        splits.dedup();
        let summary = |split: &str| {
            let scores: Vec<&ModuleScore> = scores.iter().filter(|score| score.split == split).collect();
            let mean = |value: &dyn Fn(&ModuleScore) -> f64| {
                scores.iter().map(|score| value(score)).sum::<f64>() / scores.len().max(1) as f64
            };
            Self {
                split: split.to_owned(),
                modules: scores.len(),
                questions: scores.iter().map(|score| score.questions).sum(),
                mean_exact: mean(&ModuleScore::accuracy),
                mean_by_value: mean(&ModuleScore::accuracy_by_value),
                mean_confidence: mean(&|score| score.confidence),
                mean_seconds: mean(&|score| score.seconds),
            }
        };
        splits.into_iter().map(summary).collect()
    }
}

/// A question that was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Asked<'a> {
    /// The split.
    pub split: &'a str,
    /// The module.
    pub module: &'a str,
    /// The question.
    pub question: &'a str,
    /// The right answer.
    pub answer: &'a str,
    /// The answer that was given; `None` if there was none.
    pub said: Option<&'a str>,
    /// The graph of the given answer, as text.
    pub graph: Option<String>,
    /// Whether the given answer is the right one, compared as text.
    pub is_exact: bool,
}

/// The largest share of a split's questions that a network may have been trained on: with fresh questions of modules
/// that have few, such as small numbers that are prime or not, some come again by chance.
const MOST_TRAINED_ON: f64 = 0.1;

/// The reason why a network must not be tested on some questions; `None` if it may be.
pub fn refusal<S: Split>(parts: &[Part<S>], trained_on: Option<&TrainedOn>) -> Option<String> {
    let Some(trained_on) = trained_on else {
        return Some(format!(
            "it does not say which questions it was trained on: there is no readable {}",
            trained::FILE
        ));
    };
    let mut splits: Vec<&str> = parts.iter().map(|part| part.split.name()).collect();
    splits.dedup();
    splits.into_iter().find_map(|split| {
        let questions = || parts.iter().filter(|part| part.split.name() == split).flat_map(|part| &part.pairs);
        let (all, known) =
            (questions().count(), questions().filter(|pair| trained_on.contains(&pair.question)).count());
        let is_too_much = known as f64 > MOST_TRAINED_ON * all as f64;
        is_too_much.then(|| format!("it was trained on {known} of the {all} questions of {split}"))
    })
}

/// The answer that was given to a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its text.
    pub text: String,
    /// Its graph, as text.
    pub graph: String,
    /// How it compares with the right answer.
    pub matches: Match,
}

/// Outcome of one question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The answer that was given, if there was one.
    pub said: Option<Said>,
    /// Its confidence, 0 without one.
    pub confidence: f64,
    /// Seconds taken.
    pub seconds: f64,
}

impl Outcome {
    /// Answers a question.
    pub fn of(pair: &Pair, evaluator: &dyn Evaluator, options: &AnswerOptions) -> Self {
        let start = Instant::now();
        let answered = Question::new(&pair.question).ok().and_then(|question| answer(question, evaluator, options).0);
        let seconds = start.elapsed().as_secs_f64();
        let confidence = answered.as_ref().map_or(0.0, |answered| answered.confidence);
        let said = answered.map(|answered| {
            let (text, graph) = (answered.text.clone(), answered.graph.to_string());
            Said { text, graph, matches: compare::compare(&answered.value, &pair.answer) }
        });
        Self { said, confidence, seconds }
    }

    /// The question with its answers, as it is reported.
    pub fn asked<'a, S: Split>(&'a self, part: &'a Part<S>, pair: &'a Pair) -> Asked<'a> {
        let said = self.said.as_ref();
        Asked {
            split: part.split.name(),
            module: &part.module,
            question: &pair.question,
            answer: &pair.answer,
            said: said.map(|said| said.text.as_str()),
            graph: said.map(|said| said.graph.clone()),
            is_exact: self.matches() == Some(Match::Text),
        }
    }

    fn matches(&self) -> Option<Match> {
        self.said.as_ref().map(|said| said.matches)
    }
}

impl ModuleScore {
    /// The figures of a part, of the outcomes of its questions.
    pub fn of<S: Split>(part: &Part<S>, outcomes: &[Outcome]) -> Self {
        let count = |test: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| test(outcome)).count();
        let mean =
            |value: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(value).sum::<f64>() / outcomes.len().max(1) as f64;
        Self {
            split: part.split.name().to_owned(),
            module: part.module.clone(),
            questions: outcomes.len(),
            exact: count(&|outcome| outcome.matches() == Some(Match::Text)),
            by_value: count(&|outcome| outcome.matches() >= Some(Match::Value)),
            unanswered: count(&|outcome| outcome.matches().is_none()),
            seconds: mean(&|outcome| outcome.seconds),
            confidence: mean(&|outcome| outcome.confidence),
        }
    }
}

/// Answers all questions of a part; `hear` is called with each.
pub fn evaluate<S: Split>(
    part: &Part<S>,
    evaluator: &dyn Evaluator,
    options: &AnswerOptions,
    hear: &(dyn Fn(Asked<'_>) + Sync),
) -> ModuleScore {
    let outcomes = part.pairs.par_iter().map(|pair| {
        let outcome = Outcome::of(pair, evaluator, options);
        hear(outcome.asked(part, pair));
        outcome
    });
    let outcomes: Vec<Outcome> = outcomes.collect();
    ModuleScore::of(part, &outcomes)
}
