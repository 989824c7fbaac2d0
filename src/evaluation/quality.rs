//! Quality of networks as judges of the states of searches: policy and value by themselves, whatever search makes of
//! them.

use super::Contestant;
use crate::network::{Evaluation, Evaluator, Request};
use crate::prove::attempt::ExploredGraph;
use crate::search::export::ExportedNode;
use serde::Serialize;
use std::sync::Mutex;

/// States of one statement that values are compared with, at most, of those that are solved and of the others each.
const MOST_STATES: usize = 16;
/// An open state counts as one that could not be solved once it was visited so often.
const OPEN_VISITS: u32 = 8;
/// States judged together.
const BATCH: usize = 8;

/// A state on a proof at which there was a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The state with its actions, at least two.
    pub request: Request,
    /// The action that the proof took, by index.
    pub chosen: usize,
}

/// A state of which a search found out whether it can be solved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The state with its actions, at least one.
    pub request: Request,
    /// Whether it was solved; otherwise it was found dead, or was left open after eight visits.
    pub is_solved: bool,
}

/// The states of some searches that all contestants are compared on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Decisions that were part of proofs.
    pub decisions: Vec<Decision>,
    /// States that were solved, and states that were not.
    pub states: Vec<Judged>,
}

impl Targets {
    /// Adds those of one search.
    pub fn add(&mut self, explored: &ExploredGraph) {
        let nodes = &explored.nodes;
        self.decisions.extend(decisions(nodes));
        let of = |is_solved: bool| {
            let is_meant = move |node: &&ExportedNode| match node.status {
                "solved" => is_solved,
                "dead" => !is_solved,
                _ => !is_solved && node.visits >= OPEN_VISITS,
            };
            let judged = nodes.iter().filter(|node| !node.actions.is_empty()).filter(is_meant).take(MOST_STATES);
            judged.map(move |node| Judged { request: request(node), is_solved })
        };
        self.states.extend(of(true).chain(of(false)));
    }

    /// The same, several times over.
    pub fn extend(&mut self, more: Self) {
        self.decisions.extend(more.decisions);
        self.states.extend(more.states);
    }
}

/// The choices of the proof, if there is one.
fn decisions(nodes: &[ExportedNode]) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let mut is_known = vec![false; nodes.len()];
    // The root is the state met first.
    let mut open = vec![0];
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(id).filter(|node| node.status == "solved") else { continue };
        if std::mem::replace(&mut is_known[id], true) {
            continue;
        }
        let Some(chosen) = node.actions.iter().position(|action| action.status == "solved") else { continue };
        open.extend(&node.actions[chosen].subgoals);
        if node.actions.len() > 1 {
            decisions.push(Decision { request: request(node), chosen });
        }
    }
    decisions
}

fn request(node: &ExportedNode) -> Request {
    Request { state: node.state.clone(), actions: node.actions.iter().map(|action| action.action.clone()).collect() }
}

/// Quality of a network as a judge of states.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Its name.
    pub contestant: String,
    /// States on proofs at which there was a choice.
    pub decisions: usize,
    /// The share of these at which the action that it finds likeliest is the one that the proof took.
    pub top1: Option<f64>,
    /// The mean natural logarithm of the probability that it gives to the action that the proof took; 0 is perfect.
    pub log_likelihood: Option<f64>,
    /// States that were solved, and states that were not.
    pub states: [usize; 2],
    /// The mean square of the distance of its values from the truth (G. W. Brier, *Verification of forecasts expressed
    /// in terms of probability*, Monthly Weather Review 78, 1950), the mean over the solved states and that over the
    /// others counting half each: 0 is perfect, and no constant value has less than a quarter.
    pub brier: Option<f64>,
    /// The mean over the decisions of the divergence of Kullback and Leibler, in nats, by which its policy departs from
    /// that of the first network: the sum over the actions of `p ln(p / q)`, `p` its own probabilities and `q` those of
    /// the first network (the direction of the leash `beta KL(new || old)` of policy gradients). 0 for the first
    /// network.
    pub divergence: Option<f64>,
}

/// The logarithm of a probability, which may have become 0 by rounding.
fn logarithm(probability: f32) -> f64 {
    f64::from(probability.max(f32::MIN_POSITIVE)).ln()
}

/// The mean; none of nothing.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

/// The evaluations of some states by a contestant, in the order of the requests.
fn judgements(evaluator: &dyn Evaluator, requests: &[Request], threads: usize) -> Vec<Evaluation> {
    let batches: Vec<&[Request]> = requests.chunks(BATCH).collect();
    super::in_parallel(threads, batches.len(), |index| evaluator.evaluate(batches[index])).concat()
}

/// The quality of each contestant that reads states, in their order.
pub fn qualities(contestants: &[Contestant<'_>], targets: &Targets, threads: usize) -> Vec<Quality> {
    let choices: Vec<Request> = targets.decisions.iter().map(|decision| decision.request.clone()).collect();
    let states: Vec<Request> = targets.states.iter().map(|state| state.request.clone()).collect();
    let first: Mutex<Option<Vec<Evaluation>>> = Mutex::default();
    let networks = contestants.iter().filter(|contestant| contestant.evaluator.needs_text());
    networks
        .map(|contestant| {
            let policies = judgements(contestant.evaluator, &choices, threads);
            let values = judgements(contestant.evaluator, &states, threads);
            let mut first = first.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let reference = first.get_or_insert_with(|| policies.clone());
            quality(contestant.name.clone(), targets, &policies, &values, reference)
        })
        .collect()
}

/// The figures of one contestant, from its evaluations of the targets, and the policies of the first network.
fn quality(
    contestant: String,
    targets: &Targets,
    policies: &[Evaluation],
    values: &[Evaluation],
    reference: &[Evaluation],
) -> Quality {
    let decided = || targets.decisions.iter().zip(policies);
    let top1 =
        mean(decided().map(|(decision, policy)| f64::from(u8::from(likeliest(policy) == Some(decision.chosen)))));
    let log_likelihood =
        mean(decided().map(|(decision, policy)| logarithm(policy.priors.get(decision.chosen).copied().unwrap_or(0.0))));
    let divergence = mean(policies.iter().zip(reference).map(|(policy, reference)| divergence(policy, reference)));
    let errors = |is_solved: bool| -> Vec<f64> {
        let meant = targets.states.iter().zip(values).filter(|(state, _)| state.is_solved == is_solved);
        meant.map(|(_, judged)| (f64::from(judged.value) - f64::from(u8::from(is_solved))).powi(2)).collect()
    };
    let [solved, others] = [errors(true), errors(false)];
    let brier = mean(solved.iter().copied()).zip(mean(others.iter().copied())).map(|(a, b)| (a + b) / 2.0);
    Quality {
        contestant,
        decisions: targets.decisions.len(),
        top1,
        log_likelihood,
        states: [solved.len(), others.len()],
        brier,
        divergence,
    }
}

/// The index of the likeliest action, the first of equally likely ones.
fn likeliest(evaluation: &Evaluation) -> Option<usize> {
    let places = evaluation.priors.iter().enumerate().rev();
    places.max_by(|(_, left), (_, right)| left.total_cmp(right)).map(|(index, _)| index)
}

/// `KL(policy || reference)` in nats.
fn divergence(policy: &Evaluation, reference: &Evaluation) -> f64 {
    let term = |(&p, &q): (&f32, &f32)| {
        if p > 0.0 { f64::from(p) * (logarithm(p) - logarithm(q)) } else { 0.0 }
    };
    policy.priors.iter().zip(&reference.priors).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::export::ExportedEdge;

    fn node(id: usize, status: &'static str, visits: u32, actions: &[(&'static str, &[usize])]) -> ExportedNode {
        let edge = |(status, subgoals): &(&'static str, &[usize])| ExportedEdge {
            action: status.to_string(),
            prior: 0.5,
            value: 0.0,
            visits: 0,
            status,
            subgoals: subgoals.to_vec(),
            solves: false,
            note: None,
        };
        let actions = actions.iter().map(edge).collect();
        ExportedNode { id, state: format!("state {id}"), status, visits, estimate: None, actions }
    }

    #[test]
    fn targets_are_the_choices_of_the_proof_and_what_could_be_solved() {
        let nodes = vec![
            node(0, "solved", 9, &[("dead", &[]), ("solved", &[1, 2])]),
            // Forced: no choice. It needs what is known already.
            node(1, "solved", 3, &[("solved", &[2])]),
            node(2, "solved", 2, &[("solved", &[]), ("unstepped", &[])]),
            // Solved, but not needed.
            node(3, "solved", 1, &[("open", &[]), ("solved", &[])]),
            node(4, "open", 8, &[("open", &[])]),
            node(5, "open", 7, &[("open", &[])]),
            node(6, "dead", 1, &[("dead", &[])]),
            node(7, "dead", 1, &[]),
        ];
        let mut targets = Targets::default();
        targets.add(&ExploredGraph { nodes, ..ExploredGraph::default() });
        let decisions: Vec<(&str, usize)> =
            targets.decisions.iter().map(|decision| (decision.request.state.as_str(), decision.chosen)).collect();
        assert_eq!(decisions, [("state 0", 1), ("state 2", 0)]);
        let states: Vec<(&str, bool)> =
            targets.states.iter().map(|state| (state.request.state.as_str(), state.is_solved)).collect();
        let solved = ["state 0", "state 1", "state 2", "state 3"].map(|state| (state, true));
        assert_eq!(states, [&solved[..], &[("state 4", false), ("state 6", false)]].concat());
    }

    /// Says the same of every state.
    struct Says(Vec<f32>, f32);

    impl Evaluator for Says {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            requests.iter().map(|_| Evaluation { priors: self.0.clone(), value: self.1 }).collect()
        }
    }

    #[test]
    fn figures_are_what_their_formulas_say() {
        let request = |state: &str| Request { state: state.into(), actions: vec!["a".into(), "b".into()] };
        let decision = |chosen| Decision { request: request("x"), chosen };
        let state = |is_solved| Judged { request: request("y"), is_solved };
        let targets = Targets {
            decisions: vec![decision(0), decision(0), decision(0), decision(1)],
            states: vec![state(true), state(true), state(true), state(false)],
        };
        let (first, second) = (Says(vec![0.5, 0.5], 0.5), Says(vec![0.75, 0.25], 0.9));
        let contestant = |name: &str, evaluator| Contestant { name: name.to_owned(), evaluator };
        let uniform = crate::network::Uniform;
        let contestants = [contestant("uniform", &uniform), contestant("a", &first), contestant("b", &second)];
        let found = qualities(&contestants, &targets, 2);
        assert_eq!(found.iter().map(|quality| quality.contestant.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let close = |found: Option<f64>, expected: f64| assert!((found.unwrap() - expected).abs() < 1e-6, "{found:?}");
        close(found[0].top1, 0.75);
        close(found[0].log_likelihood, 0.5_f64.ln());
        close(found[0].brier, 0.25);
        close(found[0].divergence, 0.0);
        close(found[1].top1, 0.75);
        close(found[1].log_likelihood, 0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        close(found[1].brier, (0.01 + 0.81) / 2.0);
        close(found[1].divergence, 0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln());
        assert_eq!(found[1].states, [3, 1]);
        let nothing = qualities(&contestants[1..2], &Targets::default(), 1);
        assert_eq!((nothing[0].top1, nothing[0].brier, nothing[0].divergence), (None, None, None));
    }
}
