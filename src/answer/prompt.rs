//! The text of several questions that one graph is to answer, as a network reads it.
//!
//! A network was trained to read one question. Several are read one by one, each before the graph so far, and what the
//! network says of an action is the geometric mean over them: an action has to be likely for all. A question that a
//! good graph answered wrongly, a *counterexample*, joins those that are read.

use std::sync::{PoisonError, RwLock};

use super::instance::{Case, Verdict, share};
use super::wording::showing;
use crate::answer::marked;
use crate::network::Evaluator;
use crate::network::evaluator::{Evaluation, Request};

/// Questions, and which of them are read.
#[derive(Debug, Default)]
pub struct Prompt {
    /// The beginnings of texts, one a question.
    heads: Vec<String>,
    /// How many counterexamples are read, at most.
    most: usize,
    state: RwLock<Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// The counterexamples that are read, besides the first question.
    counterexamples: Vec<usize>,
    /// The best share of questions that a graph answered.
    best: f32,
}

impl Prompt {
    /// The first question is read, and up to so many counterexamples; with their answers, if they are shown.
    pub fn new(cases: &[Case], shows_answers: bool, counterexamples: usize) -> Self {
        let head = |case: &Case| match shows_answers {
            true => showing(&marked(&case.question), &case.answer),
            false => marked(&case.question),
        };
        Self { heads: cases.iter().map(head).collect(), most: counterexamples, state: RwLock::default() }
    }

    /// The counterexamples that are read, by their places.
    pub fn counterexamples(&self) -> Vec<usize> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).counterexamples.clone()
    }

    /// Takes notice of a graph: the first question that one of the best so far does not answer is read from now on.
    pub(super) fn learn(&self, verdicts: &[Verdict]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let share = share(verdicts);
        if share < state.best || share == 0.0 {
            return;
        }
        state.best = share;
        let is_new = |index: &usize| *index > 0 && !state.counterexamples.contains(index);
        let failed = verdicts.iter().enumerate().filter(|(_, verdict)| **verdict != Verdict::Right);
        if let Some(index) =
            failed.map(|(index, _)| index).find(is_new).filter(|_| state.counterexamples.len() < self.most)
        {
            state.counterexamples.push(index);
        }
    }
}

/// An evaluator that reads the questions of a prompt before each graph.
pub struct Prompted<'a> {
    /// Judges a question with a graph.
    pub inner: &'a dyn Evaluator,
    /// The questions.
    pub prompt: &'a Prompt,
}

impl Evaluator for Prompted<'_> {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        if !self.inner.needs_text() {
            return self.inner.evaluate(requests);
        }
        let others = self.prompt.counterexamples();
        let heads: Vec<&String> = [0].iter().chain(&others).filter_map(|index| self.prompt.heads.get(*index)).collect();
        let with_head = |request: &Request, head: &str| Request {
            state: format!("{head}{}", request.state),
            actions: request.actions.clone(),
        };
        let asked: Vec<Request> =
            requests.iter().flat_map(|request| heads.iter().map(|head| with_head(request, head))).collect();
        let judged = self.inner.evaluate(&asked);
        judged.chunks(heads.len().max(1)).map(mean).collect()
    }

    fn needs_text(&self) -> bool {
        self.inner.needs_text()
    }

    fn forget(&self) {
        self.inner.forget();
    }
}

/// The geometric mean of priors, made to sum to 1, and the mean of values.
fn mean(judged: &[Evaluation]) -> Evaluation {
    let [first, rest @ ..] = judged else { return Evaluation::default() };
    if rest.is_empty() {
        return first.clone();
    }
    let count = judged.len() as f32;
    // A prior of 0 is a small one: no question alone rules an action out.
    let log = |evaluation: &Evaluation, place: usize| {
        evaluation.priors.get(place).copied().unwrap_or(0.0).max(f32::MIN_POSITIVE).ln()
    };
    let logs: Vec<f32> = (0..first.priors.len())
        .map(|place| judged.iter().map(|evaluation| log(evaluation, place)).sum::<f32>() / count)
        .collect();
    let greatest = logs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = logs.iter().map(|log| (log - greatest).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let priors = weights.into_iter().map(|weight| weight / sum).collect();
    Evaluation { priors, value: judged.iter().map(|evaluation| evaluation.value).sum::<f32>() / count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_has_to_be_likely_for_all() {
        let judged = [
            Evaluation { priors: vec![0.5, 0.5, 0.0], value: 0.25 },
            Evaluation { priors: vec![0.02, 0.5, 0.48], value: 0.75 },
        ];
        let mean = mean(&judged);
        assert!((mean.priors.iter().sum::<f32>() - 1.0).abs() < 1e-6 && mean.value == 0.5);
        assert!((mean.priors[1] / mean.priors[0] - 5.0).abs() < 1e-3 && mean.priors[2] < 1e-6, "{mean:?}");
    }

    #[test]
    fn what_good_graphs_get_wrong_is_read_up_to_a_number() {
        use Verdict::{Failed, Right, Wrong};
        let question = |number: i32| crate::graph::Question::new(&format!("What is {number} plus 1?")).unwrap();
        let cases: Vec<Case> = (1..5).map(|number| Case { question: question(number), answer: "0".into() }).collect();
        let prompt = Prompt::new(&cases, true, 2);
        assert!(prompt.heads[0].ends_with("\n= 0"));
        prompt.learn(&[Wrong, Wrong, Wrong, Wrong]);
        assert!(prompt.counterexamples().is_empty());
        prompt.learn(&[Wrong, Right, Right, Failed]);
        assert_eq!(prompt.counterexamples(), [3]);
        // A worse one teaches nothing.
        prompt.learn(&[Right, Wrong, Wrong, Wrong]);
        assert_eq!(prompt.counterexamples(), [3]);
        prompt.learn(&[Right, Wrong, Right, Wrong]);
        prompt.learn(&[Right, Right, Wrong, Right]);
        assert_eq!(prompt.counterexamples(), [3, 1]);
    }
}
