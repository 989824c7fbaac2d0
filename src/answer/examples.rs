//! Training examples from an attempt at a question.

use rustc_hash::FxHashSet;

use super::attempt::{QuestionAttempt, Trace};
use super::consistency::Consistency;
use crate::answer::showing;
use crate::learn::{Choices, Example, advantages};

/// Penalty of each operator of a graph, as a share of the questions answered.
const COST_OF_AN_OPERATOR: f64 = 0.02;

/// The graph to learn of an attempt, with its rate: the one whose shape answers most questions of the kind, simple ones
/// preferred.
pub fn best<'a>(attempt: &'a QuestionAttempt, consistency: &Consistency) -> Option<(&'a Trace, f64)> {
    let judged = attempt.right.iter().map(|trace| (trace, consistency.rate(&attempt.kind, &trace.shape)));
    let score = |(trace, rate): &(&Trace, f64)| rate - COST_OF_AN_OPERATOR * trace.size() as f64;
    // Of equal ones the first: they are in a fixed order.
    judged.reduce(|best, next| if score(&next) > score(&best) { next } else { best })
}

/// The examples of an attempt. Those of one question stand together, so that it is computed once.
///
/// - The decisions of the [`best`] graph, weighted by its rate; with `hindsight` also with the answer shown.
/// - The last state of that graph can be solved; the first state that only a wrong graph went through cannot.
/// - With `hindsight`, each wrong graph answers the same question when its own value is asked for.
/// - Where `is_rewarded`, the graphs of the question are a group, each rewarded by its rate (0 for wrong ones), whose
///   decisions become likelier or less likely; this takes the place of the likelihood of the best graph's decisions,
///   unless all are alike.
pub fn examples(
    attempt: &QuestionAttempt,
    consistency: &Consistency,
    hindsight: bool,
    is_rewarded: bool,
) -> Vec<Example> {
    let mut examples = if is_rewarded { rewarded(attempt, consistency) } else { Vec::new() };
    let is_rewarded = !examples.is_empty();
    let (marked, shown) = (&attempt.marked, showing(&attempt.marked, &attempt.answer));
    // Where the answer is shown, a state is worth as much as where it is not.
    let befores: &[&str] = if hindsight { &[marked, &shown] } else { &[marked] };
    if let Some((trace, rate)) = best(attempt, consistency) {
        let weight = rate as f32;
        if !is_rewarded {
            examples.extend(policy(trace, marked, weight));
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
