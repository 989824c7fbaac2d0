//! Judging a state by completing it: what the likeliest way on from it is worth, in place of the evaluator's value.

use super::engine::{Engine, normalised, trusted};
use super::problem::{Outcome, Problem};
use crate::evaluator::{Evaluator, Request};
use rustc_hash::FxHashMap;

/// Steps of a completion, at most.
const LONGEST: usize = 64;

/// How states are judged by completing them.
///
/// From the state on the likeliest action is taken again and again (width 1), or the likeliest so many ways are
/// followed side by side (a beam). The state is worth what the best end is worth: 1 for a solution, what an
/// [`Outcome::Worth`] says, 0 if there is none. Source: Zhang et al., *Planning with Large Language Models for Code
/// Generation* (ICLR 2023), with its two caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Completion {
    /// Ways followed side by side; 0 leaves states to the evaluator's values.
    pub width: usize,
    /// Whether what the evaluator says of the states on the way is kept, for when the search or another completion
    /// meets them.
    pub keeps_states: bool,
    /// Whether the worth of a completion is kept for the states on its way: it is theirs, too.
    pub keeps_ends: bool,
}

impl Completion {
    /// No completions.
    pub const NONE: Self = Self { width: 0, keeps_states: true, keeps_ends: true };
}

/// Results of completions.
pub(super) struct Completions<P: Problem> {
    /// Actions with their priors, as the search goes by them, and the evaluator's value.
    pub states: FxHashMap<u128, Judged<P::Action>>,
    /// Worths of states by their keys.
    ends: FxHashMap<u128, f32>,
}

/// A state's actions, as far as they are opened, with their priors, and its value.
#[derive(Clone)]
pub(super) struct Judged<A> {
    pub actions: Vec<A>,
    pub priors: Vec<f32>,
    pub value: f32,
}

impl<P: Problem> Default for Completions<P> {
    fn default() -> Self {
        Self { states: FxHashMap::default(), ends: FxHashMap::default() }
    }
}

/// A way on.
struct Way<S> {
    /// States still to be solved, the next one last.
    open: Vec<S>,
    log_prior: f32,
    /// The keys of the states on the way.
    passed: Vec<u128>,
}

impl<P: Problem, E: Evaluator + ?Sized> Engine<'_, P, E> {
    /// Worth of a state by its completions; its own judgement is known.
    pub fn complete(&mut self, state: P::State, judged: &Judged<P::Action>) -> f32 {
        let Completion { width, keeps_ends, .. } = self.options.completion;
        let key = self.problem.key(&state);
        if let Some(&worth) = self.completions.ends.get(&key).filter(|_| keeps_ends) {
            return worth;
        }
        let mut ways = vec![Way { open: vec![state], log_prior: 0.0, passed: vec![key] }];
        let mut known = vec![judged.clone()];
        let (mut best, mut ended) = ((0.0, vec![key]), 0);
        for _ in 0..LONGEST {
            let mut candidates: Vec<(f32, usize, usize)> = Vec::new();
            for (way, judged) in known.iter().enumerate() {
                let each = judged.priors.iter().enumerate();
                candidates.extend(
                    each.map(|(place, prior)| (ways[way].log_prior + prior.max(f32::MIN_POSITIVE).ln(), way, place)),
                );
            }
            // Stable: of equal ones the first.
            candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut next: Vec<Way<P::State>> = Vec::new();
            for (log_prior, way, place) in candidates {
                if next.len() + ended >= width || self.should_stop().is_some() {
                    break;
                }
                let Some((state, rest)) = ways[way].open.split_last() else { continue };
                self.statistics.steps += 1;
                let mut end = |worth: f32| {
                    ended += 1;
                    if worth > best.0 {
                        best = (worth, ways[way].passed.clone());
                    }
                };
                match self.problem.step(state, &known[way].actions[place]) {
                    Outcome::Dead => {}
                    Outcome::Worth(worth) => end(worth.clamp(0.0, 1.0)),
                    Outcome::Subgoals(subgoals) if subgoals.is_empty() && rest.is_empty() => end(1.0),
                    Outcome::Subgoals(subgoals) => {
                        let open: Vec<P::State> = rest.iter().cloned().chain(subgoals.into_iter().rev()).collect();
                        let mut passed = ways[way].passed.clone();
                        passed.extend(open.last().map(|state| self.problem.key(state)));
                        next.push(Way { open, log_prior, passed });
                    }
                }
            }
            ways = next;
            if ways.is_empty() || ended >= width || self.should_stop().is_some() {
                break;
            }
            known = self.judge(&ways);
        }
        // Those on the way of the best are worth what it is; without any end the first state alone is known to be worth nothing.
        if keeps_ends {
            best.1.iter().for_each(|key| {
                self.completions.ends.insert(*key, best.0);
            });
        }
        best.0
    }

    /// The judgements of the states that ways go on from.
    fn judge(&mut self, ways: &[Way<P::State>]) -> Vec<Judged<P::Action>> {
        let keeps = self.options.completion.keeps_states;
        let mut judged: Vec<Option<Judged<P::Action>>> = Vec::with_capacity(ways.len());
        let (mut requests, mut asked) = (Vec::new(), Vec::new());
        for way in ways {
            let Some(state) = way.open.last() else {
                judged.push(Some(Judged { actions: Vec::new(), priors: Vec::new(), value: 0.0 }));
                continue;
            };
            let known = self.completions.states.get(&self.problem.key(state)).filter(|_| keeps);
            judged.push(known.cloned());
            if known.is_some() {
                continue;
            }
            let actions = self.problem.actions(state);
            let needs_text = self.evaluator.needs_text();
            let text = |action| if needs_text { self.problem.action_text(state, action) } else { String::new() };
            requests.push(Request {
                state: if needs_text { self.problem.state_text(state) } else { String::new() },
                actions: actions.iter().map(text).collect(),
            });
            asked.push((judged.len() - 1, state.clone(), actions));
        }
        let evaluations = if requests.is_empty() { Vec::new() } else { self.evaluator.evaluate(&requests) };
        self.statistics.batches += u64::from(!requests.is_empty());
        self.statistics.evaluations += requests.len() as u64;
        let mut evaluations = evaluations.into_iter();
        for (place, state, actions) in asked {
            let evaluation = trusted(evaluations.next(), actions.len());
            let (priors, value) = self.tempered(&state, &actions, evaluation);
            let new = self.opened(Judged { actions, priors, value });
            if keeps {
                self.completions.states.insert(self.problem.key(&state), new.clone());
            }
            judged[place] = Some(new);
        }
        judged.into_iter().flatten().collect()
    }

    /// The actions that are opened.
    pub fn opened(&mut self, judged: Judged<P::Action>) -> Judged<P::Action> {
        let opened = self.options.opening.of(&judged.priors);
        if opened.len() == judged.actions.len() {
            return judged;
        }
        self.is_narrowed = true;
        let actions = opened.iter().map(|&place| judged.actions[place].clone()).collect();
        let priors = normalised(opened.iter().map(|&place| judged.priors[place]).collect());
        Judged { actions, priors, value: judged.value }
    }
}
