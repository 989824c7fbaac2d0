//! The network that a run begins with, untrained, and the text that its tokenizer learns from.

use crate::conjecture::{Completer, ConjectureError, ConjectureOptions, UniformChooser};
use crate::network::model::Size;
use crate::network::tokenizer::{DEFAULT_VOCABULARY, Tokenizer, TokenizerError};
use crate::network::{Evaluation, Evaluator, Network, Request, Task, Uniform, network::NetworkError};
use crate::prove::attempt::Collect;
use crate::prove::lemmas::{Lemmas, WorldError, corpus};
use crate::prove::{Budget, Prover, Statement};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Drafts of the grammar whose states are gathered, beside those of the goals.
const DRAFTS: usize = 50;
/// Nodes of the search for each of them.
const NODES: u64 = 100;

/// The text that the tokenizer of a run's network learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Corpus {
    /// The theory's text, the goals, and the words of states and actions.
    #[default]
    Theory,
    /// The same with the states and actions that uniform search meets at the goals and at random statements.
    States,
}

/// Errors of making an untrained network.
#[derive(Debug, thiserror::Error)]
pub enum UntrainedError {
    /// The theory is not there, or wrong.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The theory has nothing to state.
    #[error("no statements whose states the tokenizer could learn from: {0}")]
    Conjecture(#[from] ConjectureError),
    /// The tokenizer could not be made.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The network could not be made.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// An untrained network of a named size, with a tokenizer that learned from `corpus`: the one that self-play with these
/// goals, this size and this seed begins with.
///
/// # Errors
///
/// There is no such theory, or it has nothing to state; else none in practice.
pub fn untrained(
    theory: &str,
    goals: &[Statement],
    from: Corpus,
    size: Size,
    seed: u64,
) -> Result<Network, UntrainedError> {
    let mut texts = corpus(theory, goals)?;
    if from == Corpus::States {
        texts.extend(states(theory, goals, seed)?);
    }
    let tokenizer = Tokenizer::train(texts.iter().map(String::as_str), DEFAULT_VOCABULARY)?;
    untrained_like(tokenizer, size, seed)
}

/// The same with a tokenizer that is there already, such as that of a trained network.
///
/// # Errors
///
/// None in practice.
pub fn untrained_like(tokenizer: Tokenizer, size: Size, seed: u64) -> Result<Network, UntrainedError> {
    let mut network = Network::untrained(size, tokenizer, &mut ChaCha8Rng::seed_from_u64(seed))?;
    network.set_task(Some(Task::Proofs));
    Ok(network)
}

/// States and actions that uniform search meets at the goals and at random statements, each text once.
fn states(theory: &str, goals: &[Statement], seed: u64) -> Result<Vec<String>, UntrainedError> {
    let world = Lemmas::new(theory).world()?;
    let mut drafting = world.theory.fork();
    let mut completer = Completer::new(&mut drafting, &ConjectureOptions::default())?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let drafts = (0..DRAFTS)
        .filter_map(|_| completer.complete(&mut drafting, &mut UniformChooser::new(&mut rng)))
        .map(|draft| Statement { name: "draft".into(), text: draft.text });
    let statements: Vec<Statement> = goals.iter().cloned().chain(drafts).collect();
    let gatherer = Gatherer::default();
    let budget = Budget { nodes: NODES, seconds: None, batch: 1 };
    for statement in &statements {
        Prover::new(&world, &gatherer, seed).attempt(statement, budget, Collect::NOTHING);
    }
    Ok(gatherer.texts.into_inner().unwrap_or_else(PoisonError::into_inner).in_order)
}

/// Uniform search that writes down what it is asked about.
#[derive(Default)]
struct Gatherer {
    texts: Mutex<Texts>,
}

#[derive(Default)]
struct Texts {
    in_order: Vec<String>,
    seen: HashSet<String>,
}

impl Evaluator for Gatherer {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        for text in requests.iter().flat_map(|request| std::iter::once(&request.state).chain(&request.actions)) {
            if texts.seen.insert(text.clone()) {
                texts.in_order.push(text.clone());
            }
        }
        Uniform.evaluate(requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tokenizer_of_states_writes_states_with_fewer_tokens() {
        let goals = Lemmas::new("propositional-logic").goals("propositional").unwrap();
        let network = |from| untrained("propositional-logic", &goals, from, Size::Nano, 1).unwrap();
        let [theory, of_states] = [network(Corpus::Theory), network(Corpus::States)];
        // Of other statements than those it learned from.
        let fresh = states("propositional-logic", &[], 2).unwrap();
        assert!(fresh.len() > 200, "{}", fresh.len());
        let tokens = |network: &Network| fresh.iter().map(|text| network.tokenizer().encode(text).len()).sum::<usize>();
        assert!(tokens(&of_states) < tokens(&theory), "{} {}", tokens(&of_states), tokens(&theory));
        assert_eq!(states("propositional-logic", &[], 2).unwrap(), fresh, "the same seed gathers the same");
    }
}
