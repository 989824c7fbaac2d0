//! Training examples from an attempt at a question.

use rustc_hash::FxHashSet;

use super::attempt::{QuestionAttempt, Trace};
use super::consistency::Consistency;
use crate::answer::showing;
use crate::learn::{Choices, Example, advantages};

/// The graph to learn of an attempt, with its rate: the one whose shape answers most questions of the kind, simple ones
/// preferred.
pub fn best<'a>(attempt: &'a QuestionAttempt, consistency: &Consistency) -> Option<(&'a Trace, f64)> {
    let score = |trace: &Trace| consistency.score(&attempt.kind, &trace.shape);
    // Of equal ones the first: they are in a fixed order.
    let best = attempt.right.iter().reduce(|best, next| if score(next) > score(best) { next } else { best })?;
    Some((best, consistency.rate(&attempt.kind, &best.shape)))
}

/// The examples that are made of an attempt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Learned<'a> {
    /// Whether graphs are also learned with their values shown: the best one, and each wrong graph as the one that
    /// answers the same question when its own value is asked for.
    pub hindsight: bool,
    /// Whether the graphs of the question are a group, each rewarded by its rate (0 for wrong ones), whose decisions
    /// become likelier or less likely; this takes the place of the likelihood of the best graph's decisions, unless all
    /// are alike.
    pub is_rewarded: bool,
    /// Another question that the best graph answers, marked: its decisions are learned for that one.
    pub other: Option<&'a str>,
}

/// The examples of an attempt. Those of one question stand together, so that it is computed once.
///
/// - The decisions of the [`best`] graph, weighted by its rate.
/// - The last state of that graph can be solved; the first state that only a wrong graph went through cannot.
pub fn examples(attempt: &QuestionAttempt, consistency: &Consistency, how: Learned<'_>) -> Vec<Example> {
    let Learned { hindsight, is_rewarded, other } = how;
    let mut examples = if is_rewarded { rewarded(attempt, consistency) } else { Vec::new() };
    let is_rewarded = !examples.is_empty();
    let (marked, shown) = (&attempt.marked, showing(&attempt.marked, &attempt.answer));
    // Where the answer is shown, a state is worth as much as where it is not.
    let befores: &[&str] = if hindsight { &[marked, &shown] } else { &[marked] };
    if let Some((trace, rate)) = best(attempt, consistency) {
        let weight = rate as f32;
        if !is_rewarded {
            examples.extend(policy(trace, other.unwrap_or(marked), weight));
        }
        let last = trace.decisions.last().map(|decision| decision.so_far.as_str());
        examples.extend(last.into_iter().flat_map(|state| value(state, befores, true)));
        if hindsight {
            examples.extend(policy(trace, &shown, weight));
        }
    }
    let solvable: FxHashSet<&str> =
        attempt.right.iter().flat_map(|trace| &trace.decisions).map(|decision| decision.so_far.as_str()).collect();
    for trace in &attempt.wrong {
        let mut states = trace.decisions.iter().map(|decision| decision.so_far.as_str());
        let lost = states.find(|state| !solvable.contains(state));
        examples.extend(lost.into_iter().flat_map(|state| value(state, befores, false)));
        if hindsight {
            examples.extend(policy(trace, &showing(marked, &trace.value), 1.0));
        }
    }
    examples
}

/// The decisions of all graphs of an attempt, by how much better than the others each graph is.
fn rewarded(attempt: &QuestionAttempt, consistency: &Consistency) -> Vec<Example> {
    let right = attempt.right.iter().map(|trace| (trace, consistency.rate(&attempt.kind, &trace.shape)));
    let traces: Vec<(&Trace, f64)> = right.chain(attempt.wrong.iter().map(|trace| (trace, 0.0))).collect();
    let rewards: Vec<f64> = traces.iter().map(|(_, reward)| *reward).collect();
    let drawn = traces.iter().zip(advantages(&rewards).into_iter().flatten());
    let examples = drawn.flat_map(|((trace, _), advantage)| {
        trace.decisions.iter().map(move |decision| Example::Drawn {
            choices: Choices::Action {
                state: format!("{}{}", attempt.marked, decision.so_far),
                actions: decision.actions.clone(),
                chosen: decision.chosen,
            },
            advantage,
        })
    });
    examples.collect()
}

/// The decisions that built a graph.
fn policy<'a>(trace: &'a Trace, before: &'a str, weight: f32) -> impl Iterator<Item = Example> + 'a {
    trace.decisions.iter().map(move |decision| Example::Policy {
        state: format!("{before}{}", decision.so_far),
        actions: decision.actions.clone(),
        chosen: vec![(decision.chosen, weight)],
        steps: 0,
    })
}

/// The value examples of a state, one for each of the beginnings of its text.
fn value<'a>(state: &'a str, befores: &'a [&'a str], solved: bool) -> impl Iterator<Item = Example> + 'a {
    befores.iter().map(move |before| Example::Value { state: format!("{before}{state}"), solved })
}
