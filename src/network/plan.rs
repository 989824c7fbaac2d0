//! The computation of a state's evaluation: its branches, and the places in them where the actions part.

use super::evaluator::{Evaluation, Request};
use super::model::{Model, Sequence};
use super::tokenizer::{Special, Tokenizer};
use super::trie::{Node, log_sum_exp};

/// Numbers of the states and actions that were cut to fit into the context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cuts {
    pub states: u64,
    pub actions: u64,
}

/// Parts of the context that a state loses at a time.
const CUTS: usize = 4;

/// The prefix `<state> STATE`, cut at the front to at most `limit` tokens of a model with this `context`. The end of a
/// state (its goal) matters more than the start of its scope; the role token stays.
///
/// Cut off are the fewest whole quarters of the context that suffice, so that a state and the longer ones that follow
/// from it still begin with the same tokens, whose keys and values are then [known](super::prefixes::Prefixes). Only
/// where a quarter is more than there is room for is the cut exact.
pub(crate) fn state_prefix(
    tokenizer: &Tokenizer,
    state: &str,
    (limit, context): (usize, usize),
    cuts: &mut Cuts,
) -> Vec<u32> {
    let mut tokens = vec![Special::State.id()];
    tokenizer.encode_into(state, &mut tokens);
    let limit = limit.max(1);
    if tokens.len() > limit {
        let excess = tokens.len() - limit;
        let whole = excess.next_multiple_of((context / CUTS).max(1));
        tokens.drain(1..=if whole < tokens.len() - 1 { whole } else { excess });
        cuts.states += 1;
    }
    tokens
}

/// The tokens `ACTION <end>`, cut at the end to at most `limit` tokens.
pub(crate) fn action_tokens(tokenizer: &Tokenizer, action: &str, limit: usize, cuts: &mut Cuts) -> Vec<u32> {
    let mut tokens = tokenizer.encode(action);
    tokens.push(Special::End.id());
    if tokens.len() > limit {
        tokens.truncate(limit);
        cuts.actions += 1;
    }
    tokens
}

/// The longest branch in a context: half of it, so that the other half remains for the state.
pub(crate) fn branch_limit(context: usize) -> usize {
    (context / 2).max(1)
}

/// A place where the actions part.
struct Fork {
    node: Node,
    depth: usize,
    /// The fork before this one, and the choice there that leads here.
    parent: Option<(usize, usize)>,
    /// The branch of the sequence that holds the row which predicts here.
    branch: usize,
}

/// The sequence that judges one state, and how to read priors and value from its pass.
///
/// The prior of an action is its probability when decoding is constrained to the state's own actions: at every place
/// where the actions part, a softmax over the tokens that lead to one of them. This sums to 1, needs no normalisation
/// by length (a token that no other action competes with costs nothing, so an untrained model does not favour short
/// actions), and only the tokens before the last fork of each action need to be computed. Equal actions share their
/// prior evenly.
pub(crate) struct Plan {
    pub sequence: Sequence,
    /// The places where its pass is read: the value's query, then the places that predict at the forks.
    pub places: Vec<(usize, usize)>,
    forks: Vec<Fork>,
    /// For each action the fork and choice that lead to it (none: it is the only one), and how many equal ones there
    /// are.
    leaves: Vec<(Option<(usize, usize)>, usize)>,
}

/// The branch of a plan that asks for the value.
const VALUE_BRANCH: usize = 0;

impl Plan {
    pub fn new(tokenizer: &Tokenizer, request: &Request, context: usize, cuts: &mut Cuts) -> Self {
        let limit = branch_limit(context);
        let actions: Vec<Vec<u32>> = request.actions.iter().map(|a| action_tokens(tokenizer, a, limit, cuts)).collect();
        let (mut forks, leaves) = forks(&actions);
        let mut branches = vec![vec![Special::Value.id()]];
        // Children come after their parents: a fork without a branch is the last one of its path.
        for i in (0..forks.len()).rev() {
            if forks[i].branch == usize::MAX {
                forks[i].branch = branches.len();
                let action = forks[i].node.children.first().and_then(|(_, open)| open.first());
                let path = action.map_or(&[][..], |&a| &actions[a][..forks[i].depth]);
                branches.push([&[Special::Action.id()], path].concat());
            }
            if let Some((parent, _)) = forks[i].parent {
                forks[parent].branch = forks[i].branch;
            }
        }
        let longest = branches.iter().map(Vec::len).max().unwrap_or(0);
        let limit = context.saturating_sub(longest);
        let prefix = state_prefix(tokenizer, &request.state, (limit, context), cuts);
        let places = forks.iter().map(|fork| (fork.branch, fork.depth));
        let places = std::iter::once((VALUE_BRANCH, 0)).chain(places).collect();
        Self { sequence: Sequence { prefix, branches }, places, forks, leaves }
    }

    /// Reads the judgement off the hidden states of the [places](Self::places), which `hidden` gives.
    pub fn read<'h>(&self, model: &Model<f32>, hidden: impl Fn(usize) -> &'h [f32]) -> Evaluation {
        // Log-probabilities of the choices of each fork, those on the way there included.
        let mut choices: Vec<Vec<f64>> = Vec::with_capacity(self.forks.len());
        for (index, fork) in self.forks.iter().enumerate() {
            let mut weights = weights(model, &fork.node, hidden(index + 1));
            let before = fork.parent.map_or(0.0, |(parent, choice)| choices[parent][choice]);
            let normaliser = log_sum_exp(&weights);
            weights.iter_mut().for_each(|w| *w += before - normaliser);
            choices.push(weights);
        }
        let prior = |&(place, equal): &(Option<(usize, usize)>, usize)| {
            let log_probability = place.map_or(0.0, |(fork, choice)| choices[fork][choice]);
            (log_probability.exp() / equal as f64) as f32
        };
        let [yes, no] = [Special::Yes, Special::No].map(|s| model.logit(hidden(0), s.id()));
        let value = 1.0 / (1.0 + (no - yes).exp());
        Evaluation { priors: self.leaves.iter().map(prior).collect(), value }
    }
}

/// Unnormalised log-probabilities of a node's choices after a hidden state.
fn weights(model: &Model<f32>, node: &Node, hidden: &[f32]) -> Vec<f64> {
    if node.endings.is_empty() {
        return node.children.iter().map(|(token, _)| model.logit(hidden, *token) as f64).collect();
    }
    let mut logits = Vec::new();
    model.logits(hidden, &mut logits);
    node.log_weights(&logits, 1.0)
}

/// All forks of a set of actions, parents first, and the leaf of each action.
#[allow(clippy::type_complexity, reason = "the two halves of a plan, taken apart at once")]
fn forks(actions: &[Vec<u32>]) -> (Vec<Fork>, Vec<(Option<(usize, usize)>, usize)>) {
    let mut forks: Vec<Fork> = Vec::new();
    let mut leaves = vec![(None, 1); actions.len()];
    let mut pending = vec![((0..actions.len()).collect::<Vec<_>>(), 0, None)];
    while let Some((open, mut depth, parent)) = pending.pop() {
        if let [only] = open[..] {
            leaves[only] = (parent, 1);
            continue;
        }
        let Some(mut node) = Node::new(actions, &open, depth) else { continue };
        while node.choices() == 1 && node.endings.is_empty() {
            depth += 1;
            let Some(next) = Node::new(actions, &open, depth) else { break };
            node = next;
        }
        if node.choices() == 1 {
            node.endings.iter().for_each(|&a| leaves[a] = (parent, node.endings.len()));
            continue;
        }
        let fork = forks.len();
        for (choice, (_, open)) in node.children.iter().enumerate() {
            pending.push((open.clone(), depth + 1, Some((fork, choice))));
        }
        let ending = node.children.len();
        node.endings.iter().for_each(|&a| leaves[a] = (Some((fork, ending)), node.endings.len()));
        forks.push(Fork { node, depth, parent, branch: usize::MAX });
    }
    (forks, leaves)
}

/// The tokens at which a chosen action parts from the others, for training: pairs of index (in `ACTION <end>`) and the
/// tokens that the actions offer there. The chosen one's token is among them.
pub(crate) fn choices_on_path(actions: &[Vec<u32>], chosen: usize) -> Vec<(usize, Vec<u32>)> {
    let mut open: Vec<usize> = (0..actions.len()).collect();
    let mut choices = Vec::new();
    let Some(path) = actions.get(chosen) else { return choices };
    for (depth, token) in path.iter().enumerate() {
        let mut offered: Vec<u32> = open.iter().filter_map(|&a| actions[a].get(depth).copied()).collect();
        offered.sort_unstable();
        offered.dedup();
        if offered.len() > 1 {
            choices.push((depth, offered));
        }
        open.retain(|&a| actions[a].get(depth) == Some(token));
        if open.len() <= 1 {
            break;
        }
    }
    choices
}
