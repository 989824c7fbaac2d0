//! A problem token by token: an edge is a token of an action's text, or a piece up to the next uncertain place.
//!
//! Of the actions of a state those stay that begin with the tokens so far, so that what is no action is never offered.
//! The prior of a token is the sum of the priors of the actions that it leaves. What the evaluator said of a state's
//! actions serves all of the token states within it ([`TokenJudge`]): it is asked once, and for as many tokens ahead as
//! the actions have.

use super::problem::{Outcome, Problem};
use crate::evaluator::{Evaluation, Evaluator, Request};
use rustc_hash::FxHashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// Stands between the texts of the actions that a token leaves.
const SEPARATOR: char = '\u{1f}';

/// How far an edge goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Chunk {
    /// To the next token that is not forced
    Token,
    /// Through tokens of which the policy is sure, to the next uncertain place
    Entropy,
}

/// The share of the likeliest token from which on the policy is sure.
const SURE: f32 = 0.9;

/// Judgements of states by an evaluator: the priors of actions by their texts.
type Judgements = FxHashMap<String, (FxHashMap<String, f32>, f32)>;

/// Judgements of states, shared between a problem and its evaluator.
#[derive(Clone, Debug, Default)]
pub struct Ahead(Arc<Mutex<Judgements>>);

/// A problem token by token.
pub struct Tokens<'p, P: Problem> {
    inner: &'p mut P,
    chunk: Chunk,
    ahead: Ahead,
}

/// An action with its tokens.
#[derive(Clone)]
struct Spelled<A> {
    action: A,
    tokens: Arc<[String]>,
}

/// A state of a problem and the actions that begin with the tokens so far.
pub struct TokenState<P: Problem> {
    state: P::State,
    left: Arc<[Spelled<P::Action>]>,
    /// How many tokens are written.
    written: usize,
}

impl<P: Problem> Clone for TokenState<P> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), left: self.left.clone(), written: self.written }
    }
}

/// A token, or several: what is left after them.
pub struct Piece<P: Problem> {
    left: Vec<Spelled<P::Action>>,
    written: usize,
}

impl<P: Problem> Clone for Piece<P> {
    fn clone(&self) -> Self {
        Self { left: self.left.clone(), written: self.written }
    }
}

/// The tokens of a text: names and numbers, and single signs.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut is_word = false;
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        let continues = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut() {
            Some(last) if continues && is_word => last.push(letter),
            _ => tokens.push(letter.to_string()),
        }
        is_word = continues;
    }
    tokens
}

impl<'p, P: Problem> Tokens<'p, P> {
    /// A problem token by token. The evaluator that its search asks is a [`TokenJudge`] with the same knowledge.
    pub fn new(inner: &'p mut P, chunk: Chunk, ahead: Ahead) -> Self {
        Self { inner, chunk, ahead }
    }

    fn state(&mut self, state: P::State) -> TokenState<P> {
        let actions = self.inner.actions(&state);
        let left = actions.into_iter().map(|action| {
            let tokens = tokens(&self.inner.action_text(&state, &action)).into();
            Spelled { action, tokens }
        });
        let left = left.collect();
        TokenState { state, left, written: 0 }
    }

    /// The pieces that may come next after some tokens, in the order of their first actions.
    fn pieces(left: &[Spelled<P::Action>], mut written: usize) -> Vec<Piece<P>> {
        if left.len() < 2 {
            return left.iter().map(|one| Piece { left: vec![one.clone()], written }).collect();
        }
        loop {
            let mut pieces: Vec<(Option<&String>, Piece<P>)> = Vec::new();
            for one in left {
                let token = one.tokens.get(written);
                // Actions of one text, which tokens do not tell apart, are told apart at its end.
                match pieces.iter_mut().find(|(other, _)| token.is_some() && *other == token) {
                    Some((_, piece)) => piece.left.push(one.clone()),
                    None => pieces.push((token, Piece { left: vec![one.clone()], written: written + 1 })),
                }
            }
            // A forced token is written with the one before it.
            if pieces.len() > 1 {
                return pieces.into_iter().map(|(_, piece)| piece).collect();
            }
            written += 1;
        }
    }

    /// The same, with pieces of which the policy is sure going on.
    fn longer(&self, state: &TokenState<P>) -> Vec<Piece<P>> {
        let mut pieces = Self::pieces(&state.left, state.written);
        let known = self.ahead.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((priors, _)) = known.get(&self.inner.state_text(&state.state)) else { return pieces };
        let prior = |left: &[Spelled<P::Action>]| -> f32 {
            let text = |action: &P::Action| self.inner.action_text(&state.state, action);
            left.iter().map(|one| priors.get(&text(&one.action)).copied().unwrap_or(0.0)).sum()
        };
        // Each round splits a piece, which has two actions at least.
        let mut all = prior(&state.left);
        while let Some(place) =
            pieces.iter().position(|piece| piece.left.len() > 1 && all > 0.0 && prior(&piece.left) >= SURE * all)
        {
            let piece = pieces.remove(place);
            all = prior(&piece.left);
            for (offset, next) in Self::pieces(&piece.left, piece.written).into_iter().enumerate() {
                pieces.insert(place + offset, next);
            }
        }
        pieces
    }
}

impl<P: Problem> Problem for Tokens<'_, P> {
    type State = TokenState<P>;
    type Action = Piece<P>;

    fn root(&mut self) -> TokenState<P> {
        let root = self.inner.root();
        self.state(root)
    }

    fn actions(&mut self, state: &TokenState<P>) -> Vec<Piece<P>> {
        match self.chunk {
            Chunk::Token => Self::pieces(&state.left, state.written),
            Chunk::Entropy => self.longer(state),
        }
    }

    fn step(&mut self, state: &TokenState<P>, piece: &Piece<P>) -> Outcome<TokenState<P>> {
        let [Spelled { action, .. }] = &piece.left[..] else {
            let next =
                TokenState { state: state.state.clone(), left: piece.left.clone().into(), written: piece.written };
            return Outcome::Subgoals(vec![next]);
        };
        match self.inner.step(&state.state, action) {
            Outcome::Dead => Outcome::Dead,
            Outcome::Worth(worth) => Outcome::Worth(worth),
            Outcome::Subgoals(states) => Outcome::Subgoals(states.into_iter().map(|state| self.state(state)).collect()),
        }
    }

    fn weight(&self, state: &TokenState<P>, piece: &Piece<P>) -> f32 {
        piece.left.iter().map(|one| self.inner.weight(&state.state, &one.action)).sum()
    }

    fn key(&self, state: &TokenState<P>) -> u128 {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            let prefix = state.left.first().map(|one| &one.tokens[..state.written.min(one.tokens.len())]);
            (salt, self.inner.key(&state.state), state.written, prefix).hash(&mut hasher);
            hasher.finish()
        };
        u128::from(half(1)) << 64 | u128::from(half(2))
    }

    fn state_text(&self, state: &TokenState<P>) -> String {
        self.inner.state_text(&state.state)
    }

    fn action_text(&self, state: &TokenState<P>, piece: &Piece<P>) -> String {
        let texts: Vec<String> =
            piece.left.iter().map(|one| self.inner.action_text(&state.state, &one.action)).collect();
        texts.join(&SEPARATOR.to_string())
    }
}

/// An evaluator of token states: priors of tokens are sums of those of actions.
pub struct TokenJudge<'e> {
    inner: &'e dyn Evaluator,
    ahead: Ahead,
    is_asked_once: bool,
}

impl<'e> TokenJudge<'e> {
    /// One that asks another. If it is asked once, what it says of a state's actions serves all token states within it.
    pub fn new(inner: &'e dyn Evaluator, ahead: Ahead, is_asked_once: bool) -> Self {
        Self { inner, ahead, is_asked_once }
    }

    /// The judgement of a state with these actions, if it is known.
    fn known(&self, state: &str, actions: &[&str]) -> Option<(Vec<f32>, f32)> {
        let known = self.ahead.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (priors, value) = known.get(state)?;
        let found: Option<Vec<f32>> = actions.iter().map(|action| priors.get(*action).copied()).collect();
        found.map(|priors| (priors, *value))
    }
}

impl Evaluator for TokenJudge<'_> {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        if !self.inner.needs_text() {
            return self.inner.evaluate(requests);
        }
        let split: Vec<Vec<&str>> = requests
            .iter()
            .map(|request| request.actions.iter().flat_map(|text| text.split(SEPARATOR)).collect())
            .collect();
        let known: Vec<Option<(Vec<f32>, f32)>> = requests
            .iter()
            .zip(&split)
            .map(|(request, actions)| self.known(&request.state, actions).filter(|_| self.is_asked_once))
            .collect();
        let unknown: Vec<Request> = requests
            .iter()
            .zip(&split)
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .map(|((request, actions), _)| Request {
                state: request.state.clone(),
                actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            })
            .collect();
        let judged = if unknown.is_empty() { Vec::new() } else { self.inner.evaluate(&unknown) };
        let mut judged = unknown.into_iter().zip(judged);
        let each = requests.iter().zip(known).map(|(request, known)| {
            let (priors, value) = known.or_else(|| judged.next().map(|judged| self.learn(judged))).unwrap_or_default();
            let mut priors = priors.into_iter();
            let sum = |text: &String| -> f32 { priors.by_ref().take(text.split(SEPARATOR).count()).sum() };
            Evaluation { priors: request.actions.iter().map(sum).collect(), value }
        });
        each.collect()
    }

    fn needs_text(&self) -> bool {
        self.inner.needs_text()
    }

    fn forget(&self) {
        self.ahead.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.inner.forget();
    }
}

impl TokenJudge<'_> {
    /// Notes what was said.
    fn learn(&self, (request, evaluation): (Request, Evaluation)) -> (Vec<f32>, f32) {
        let mut known = self.ahead.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (priors, value) = (evaluation.priors, evaluation.value);
        let more = request.actions.into_iter().zip(priors.iter().copied());
        let entry = known.entry(request.state).or_insert_with(|| (FxHashMap::default(), value));
        // Of fewer actions the priors are larger: those of all are there first.
        more.for_each(|(action, prior)| {
            entry.0.entry(action).or_insert(prior);
        });
        (priors, value)
    }
}
