//! The transformer as conjecturer, policy and value function.

use super::cache::{Cache, request_key};
use super::device::Selector;
use super::evaluator::{Evaluation, Evaluator, Request};
#[cfg(feature = "gpu")]
use super::model::Packed;
use super::model::{
    BLOCK_TOKENS, Block, Config, Model, ModelError, Precision, ReadWorkspace, Reading, Sample, Sequence, Size, Target,
    TrainingWorkspace,
};
use super::plan::{Cuts, Plan, state_prefix};
use super::prefixes::Prefixes;
use super::task::{Difficulty, Task};
use super::tokenizer::{Special, Tokenizer};
use prover_system::memory;
use rand::Rng;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Model and tokenizer do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The tokenizer gives tokens that the model does not have.
    #[error("the tokenizer has {tokenizer} tokens, the model only {model}")]
    Vocabulary {
        /// Tokens of the tokenizer.
        tokenizer: usize,
        /// Tokens of the model.
        model: usize,
    },
    /// Too few positions for a state and an action.
    #[error("a context of {0} tokens is too short: at least {SHORTEST_CONTEXT} are needed")]
    Context(usize),
    /// The model's configuration is impossible.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// The smallest usable context.
const SHORTEST_CONTEXT: usize = 8;

/// Evaluations that are remembered.
const CACHE_ENTRIES: usize = 1 << 16;

/// Tokens of a pass in inference, at most: enough for the products to run at full speed, small enough that activations
/// stay in the cache.
const PASS_TOKENS: usize = 1024;
/// Tokens of a pass below which it is not cut further for the sake of other threads.
const SHARED_TOKENS: usize = 96;

/// Statistics of a network so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// States judged, whether computed or remembered.
    pub evaluations: u64,
    /// Those found in the cache.
    pub cache_hits: u64,
    /// Calls with these states.
    pub batches: u64,
    /// Tokens computed.
    pub tokens: u64,
    /// Tokens of states whose keys and values were known from another state that begins alike.
    pub tokens_reused: u64,
    /// States whose front was cut off to fit into the context.
    pub states_cut: u64,
    /// Actions whose end was cut off.
    pub actions_cut: u64,
    /// Nanoseconds in which the device worked, to judge or to train; none where there is no device.
    pub device_nanoseconds: Option<u64>,
}

impl Statistics {
    /// The difference from an earlier state of the statistics. A network counts from the start of the process, and a
    /// resumed run is to report the same as an unbroken one.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            evaluations: self.evaluations - before.evaluations,
            cache_hits: self.cache_hits - before.cache_hits,
            batches: self.batches - before.batches,
            tokens: self.tokens - before.tokens,
            tokens_reused: self.tokens_reused - before.tokens_reused,
            states_cut: self.states_cut - before.states_cut,
            actions_cut: self.actions_cut - before.actions_cut,
            device_nanoseconds: self
                .device_nanoseconds
                .map(|now| now.saturating_sub(before.device_nanoseconds.unwrap_or(0))),
        }
    }
}

/// A piece of a state's text, with what of it the network attends to.
#[derive(Clone, Debug, PartialEq)]
pub struct Attended {
    /// The piece, in bytes of the text.
    pub range: Range<usize>,
    /// Its share of what the state's value depends on, by [rollout](Model::rollout); 0 where it was cut off.
    pub share: f32,
}

/// A model with its tokenizer. Judges states ([`Evaluator`]) from any number of threads at once: each call computes on
/// its own thread (a batch that is too large for one pass is shared out over rayon's pool), and caches its judgements.
///
/// A state is judged by one pass over `<state> STATE` with branches `<act> ACTION <end>` and `<value>`. Priors are the
/// actions' probabilities when decoding is constrained to them; the value is the probability of `<yes>` against `<no>`.
///
/// States of one search begin alike: keys and values of their first tokens are remembered too, so that a state costs
/// only its new tokens.
///
/// A state that does not fit into the context loses quarters of the context at its front, an action tokens at its end;
/// [`Statistics`] counts them.
#[derive(Debug)]
pub struct Network {
    model: Model<f32>,
    tokenizer: Tokenizer,
    task: Option<Task>,
    cache: Cache<Evaluation>,
    prefixes: Prefixes,
    workspaces: Mutex<Vec<ReadWorkspace<f32>>>,
    batches: AtomicU64,
    tokens: AtomicU64,
    states_cut: AtomicU64,
    actions_cut: AtomicU64,
    /// Whether it was said that batches are halved.
    is_short: AtomicBool,
    #[cfg(feature = "gpu")]
    accelerator: Option<super::accelerator::Accelerator>,
}

impl Network {
    /// Puts model and tokenizer together.
    ///
    /// # Errors
    /// [`NetworkError`] if the model lacks tokens of the tokenizer or is too short.
    pub fn new(model: Model<f32>, tokenizer: Tokenizer) -> Result<Self, NetworkError> {
        let config = model.config();
        if tokenizer.vocabulary() > config.vocabulary {
            return Err(NetworkError::Vocabulary { tokenizer: tokenizer.vocabulary(), model: config.vocabulary });
        }
        if config.context < SHORTEST_CONTEXT {
            return Err(NetworkError::Context(config.context));
        }
        Ok(Self::assembled(model, tokenizer))
    }

    fn assembled(model: Model<f32>, tokenizer: Tokenizer) -> Self {
        Self {
            prefixes: Prefixes::new(model.config()),
            model,
            tokenizer,
            task: None,
            cache: Cache::new(CACHE_ENTRIES),
            workspaces: Mutex::default(),
            batches: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
            states_cut: AtomicU64::new(0),
            actions_cut: AtomicU64::new(0),
            is_short: AtomicBool::new(false),
            #[cfg(feature = "gpu")]
            accelerator: None,
        }
    }

    /// A copy that judges as this one does, on the same device, and that remembers no judgements yet.
    pub fn twin(&self) -> Self {
        let mut twin = Self::assembled(self.model.clone(), self.tokenizer.clone());
        twin.task = self.task;
        #[cfg(feature = "gpu")]
        if let Some(accelerator) = &self.accelerator {
            twin.set_device(accelerator.selector());
        }
        twin
    }

    /// An untrained network of a named size for a tokenizer.
    ///
    /// # Errors
    /// None in practice; see [`new`](Self::new).
    pub fn untrained(size: Size, tokenizer: Tokenizer, rng: &mut impl Rng) -> Result<Self, NetworkError> {
        Self::with_config(size.config(tokenizer.vocabulary()), tokenizer, rng)
    }

    /// An untrained network of any shape.
    ///
    /// # Errors
    /// [`NetworkError`] if the configuration is impossible or does not fit the tokenizer.
    pub fn with_config(config: Config, tokenizer: Tokenizer, rng: &mut impl Rng) -> Result<Self, NetworkError> {
        Self::new(Model::new(config, rng)?, tokenizer)
    }

    /// The model.
    pub fn model(&self) -> &Model<f32> {
        &self.model
    }

    /// The model, to change its weights: forgets all evaluations.
    pub fn model_mut(&mut self) -> &mut Model<f32> {
        self.cache.clear();
        self.prefixes.clear();
        #[cfg(feature = "gpu")]
        if let Some(accelerator) = &mut self.accelerator {
            accelerator.invalidate();
        }
        &mut self.model
    }

    /// Sets the precision in which the processor judges and decodes, and a device judges and trains; forgets all
    /// evaluations.
    pub fn set_precision(&mut self, precision: Precision) {
        if precision != self.model.precision() {
            self.model_mut().set_precision(precision);
            #[cfg(feature = "gpu")]
            if let Some(selector) = self.accelerator.as_ref().map(super::accelerator::Accelerator::selector) {
                self.set_device(selector);
            }
        }
    }

    /// Computes on a device from now on, the processor taking over where that fails, or where there is none.
    pub fn set_device(&mut self, selector: Selector) {
        #[cfg(feature = "gpu")]
        {
            self.accelerator = super::accelerator::Accelerator::open(selector, &self.model);
        }
        #[cfg(not(feature = "gpu"))]
        if let Selector::Wgpu(_) | Selector::Cuda(_) = selector {
            tracing::warn!("{selector}: this build has no GPU back end (cargo feature `gpu`); the processor computes");
        }
    }

    /// The device that computes, if it is not the processor.
    #[cfg(feature = "gpu")]
    pub fn accelerator(&self) -> Option<&super::accelerator::Accelerator> {
        self.accelerator.as_ref()
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The task for which it is trained; `None` if that is not known.
    pub fn task(&self) -> Option<Task> {
        self.task
    }

    /// Sets the task that it is trained for, recorded in its checkpoints.
    pub fn set_task(&mut self, task: Option<Task>) {
        self.task = task;
    }

    /// Remembers at most about this many evaluations (65,536 at first; 0: none), and forgets those so far.
    pub fn set_cache_entries(&mut self, entries: usize) {
        self.cache = Cache::new(entries);
    }

    /// The statistics so far.
    pub fn statistics(&self) -> Statistics {
        let (hits, misses) = (self.cache.hits(), self.cache.misses());
        Statistics {
            evaluations: hits + misses,
            cache_hits: hits,
            batches: self.batches.load(Ordering::Relaxed),
            tokens: self.tokens.load(Ordering::Relaxed),
            tokens_reused: self.prefixes.reused(),
            states_cut: self.states_cut.load(Ordering::Relaxed),
            actions_cut: self.actions_cut.load(Ordering::Relaxed),
            #[cfg(feature = "gpu")]
            device_nanoseconds: self.accelerator.as_ref().map(super::accelerator::Accelerator::busy_nanoseconds),
            #[cfg(not(feature = "gpu"))]
            device_nanoseconds: None,
        }
    }

    /// The tokens that ask for a conjecture: `<conj>` and the difficulty.
    pub fn conjecture_prefix(&self, difficulty: Difficulty) -> Vec<u32> {
        vec![Special::Conjecture.id(), difficulty.special().id()]
    }

    /// The pieces of a state's text, one a token in order, with what of each the network attends to when it is asked for
    /// the state's value; their shares and those of the role tokens sum to 1. The processor computes a whole pass for it.
    pub fn attended(&self, state: &str) -> Vec<Attended> {
        let context = self.model.config().context;
        let mut tokens = state_prefix(&self.tokenizer, state, (context - 1, context), &mut Cuts::default());
        let pieces = self.tokenizer.encode(state);
        // Before the pieces stands a role token; those at the front may be cut off.
        let cut = pieces.len() + 1 - tokens.len();
        tokens.push(Special::Value.id());
        let flow = self.model.rollout(&tokens);
        let mut end = 0;
        let attended = |(index, &piece): (usize, &u32)| {
            let start = end;
            end += self.tokenizer.length(piece);
            let share = index.checked_sub(cut).and_then(|index| flow.get(index + 1)).map_or(0.0, |share| *share as f32);
            Attended { range: start..end, share }
        };
        pieces.iter().enumerate().map(attended).collect()
    }

    /// The logarithm of the probability that the model, asked for a conjecture of this difficulty, says exactly the
    /// statement (its `<end>` included), without any constraint; and the number of tokens that it is made of.
    pub fn log_probability_of_statement(&self, difficulty: Difficulty, statement: &str) -> (f64, usize) {
        let sample = self.statement_sample(difficulty, statement, 0);
        let [loss, ..] = self.model.loss(std::slice::from_ref(&sample), &mut TrainingWorkspace::default());
        (-loss, sample.targets.len())
    }

    /// The reward model of conjectures: how likely each of some statements is to be hard and provable, as the same
    /// network sees it that writes them: the posterior of `<hard>` given the statement, by Bayes' rule from the
    /// probabilities that it says the statement when asked for each difficulty, all difficulties being as likely
    /// before.
    pub fn promise<'t>(&self, statements: impl Iterator<Item = &'t str>) -> Vec<f64> {
        use rayon::prelude::*;
        let statements: Vec<&str> = statements.collect();
        let promise = |statement: &&str| {
            let sample = |(group, difficulty): (usize, Difficulty)| self.statement_sample(difficulty, statement, group);
            let samples: Vec<Sample> = Difficulty::ALL.into_iter().enumerate().map(sample).collect();
            let losses = self.model.loss(&samples, &mut TrainingWorkspace::default());
            let logits: Vec<f64> = Difficulty::ALL.iter().zip(losses).map(|(_, loss)| -loss).collect();
            logits[Difficulty::Hard as usize] - super::trie::log_sum_exp(&logits)
        };
        statements.par_iter().map(|statement| promise(statement).exp()).collect()
    }

    /// The sample that teaches a statement: every token after `<conj> DIFFICULTY` is a target of weight 1 in the given
    /// group. A statement that does not fit into the context is cut at its end.
    pub fn statement_sample(&self, difficulty: Difficulty, statement: &str, group: usize) -> Sample {
        let prefix = self.conjecture_prefix(difficulty);
        let mut tokens = self.tokenizer.encode(statement);
        tokens.push(Special::End.id());
        tokens.truncate(self.model.config().context - prefix.len());
        let first = prefix.len() - 1;
        let targets = (0..tokens.len())
            .map(|i| Target {
                branch: None,
                index: first + i,
                token: tokens[i],
                candidates: None,
                weight: 1.0,
                group,
                surrogate: None,
            })
            .collect();
        tokens.pop();
        Sample { sequence: Sequence { prefix: [prefix, tokens].concat(), branches: vec![] }, targets }
    }

    pub(crate) fn count_cuts(&self, cuts: Cuts) {
        self.states_cut.fetch_add(cuts.states, Ordering::Relaxed);
        self.actions_cut.fetch_add(cuts.actions, Ordering::Relaxed);
    }

    /// Judges the states of the plans in one pass on the device, if there is one and it can.
    #[cfg(feature = "gpu")]
    fn accelerated(&self, plans: &[Plan]) -> Option<Vec<Evaluation>> {
        let accelerator = self.accelerator.as_ref()?;
        let packed = Packed::new(plans.iter().map(|plan| &plan.sequence));
        // The rows of all places of all plans, in their order.
        let places = plans.iter().enumerate().flat_map(|(index, plan)| plan.places.iter().map(move |&at| (index, at)));
        let rows: Option<Vec<u32>> =
            places.map(|(index, (branch, at))| packed.row(index, Some(branch), at).map(|row| row as u32)).collect();
        let sequences: Vec<&Sequence> = plans.iter().map(|plan| &plan.sequence).collect();
        let hidden = accelerator.hidden(&self.model, &sequences, rows?)?;
        self.tokens.fetch_add(packed.rows() as u64, Ordering::Relaxed);
        let width = self.model.config().width;
        let mut first = 0;
        let evaluate = |plan: &Plan| {
            let start = first;
            first += plan.places.len();
            plan.read(&self.model, |place| &hidden[(start + place) * width..][..width])
        };
        Some(plans.iter().map(evaluate).collect())
    }

    /// Judges the states of the plans, on the device or else on the processor.
    fn compute(&self, plans: &[Plan]) -> Vec<Evaluation> {
        #[cfg(feature = "gpu")]
        if let Some(evaluations) = self.accelerated(plans) {
            return evaluations;
        }
        self.compute_in_memory(plans)
    }

    /// Judges the states of the plans in as many parts as it takes for each to fit into memory; a single state gets
    /// what it takes.
    fn compute_in_memory(&self, plans: &[Plan]) -> Vec<Evaluation> {
        let tokens: usize = plans.iter().map(|plan| plan.sequence.tokens()).sum();
        let bytes = self.model.read_bytes(tokens);
        let _reserved = match memory::reserve(bytes, 0) {
            Ok(reserved) => reserved,
            Err(_) if plans.len() < 2 => memory::insist(bytes),
            Err(exceeded) => {
                // Said once.
                if self.is_short.swap(true, Ordering::Relaxed) {
                    tracing::debug!("{exceeded}: {} states are halved", plans.len());
                } else {
                    tracing::warn!("{exceeded}: batches of states are halved, this one of {}", plans.len());
                }
                let (left, right) = plans.split_at(plans.len() / 2);
                return [self.compute_in_memory(left), self.compute_in_memory(right)].concat();
            }
        };
        self.compute_here(plans)
    }

    /// Judges the states of the plans. Plans that begin with the same unknown tokens are computed one after the other,
    /// so that those tokens are computed once.
    fn compute_here(&self, plans: &[Plan]) -> Vec<Evaluation> {
        let mut evaluations: Vec<Option<Evaluation>> = vec![None; plans.len()];
        let keys: Vec<Vec<u128>> = plans.iter().map(|plan| Prefixes::keys(&plan.sequence.prefix)).collect();
        let mut pending: Vec<usize> = (0..plans.len()).collect();
        while !pending.is_empty() {
            // The first block that each plan of this round computes; the first of the pending plans is never put off.
            let mut claimed = FxHashSet::default();
            let (round, later): (Vec<usize>, Vec<usize>) = pending.iter().partition(|&&index| {
                let unknown = keys[index].iter().find(|&&key| !self.prefixes.knows(key));
                unknown.is_none_or(|&key| claimed.insert(key))
            });
            let jobs: Vec<Job<'_>> = round
                .iter()
                .map(|&index| Job { plan: &plans[index], keys: &keys[index], known: self.prefixes.known(&keys[index]) })
                .collect();
            let parts = passes(&jobs);
            let computed: Vec<Vec<Evaluation>> = match parts[..] {
                [part] => vec![self.pass(part)],
                _ => parts.par_iter().map(|part| self.pass(part)).collect(),
            };
            for (index, evaluation) in round.into_iter().zip(computed.into_iter().flatten()) {
                evaluations[index] = Some(evaluation);
            }
            pending = later;
        }
        // Every plan was in one round; the default stands for none.
        evaluations.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Computes some plans in one pass.
    fn pass(&self, jobs: &[Job<'_>]) -> Vec<Evaluation> {
        let popped = self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut workspace = popped.unwrap_or_default();
        self.tokens.fetch_add(jobs.iter().map(Job::tokens).sum::<usize>() as u64, Ordering::Relaxed);
        let readings: Vec<Reading<'_, f32>> = jobs.iter().map(Job::reading).collect();
        let fresh = self.model.read(&readings, &mut workspace);
        let mut first = 0;
        let mut evaluations = Vec::with_capacity(jobs.len());
        for (job, blocks) in jobs.iter().zip(fresh) {
            self.prefixes.insert(&job.keys[job.known.len()..], blocks);
            evaluations.push(job.plan.read(&self.model, |place| workspace.output(first + place)));
            first += job.plan.places.len();
        }
        self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).push(workspace);
        evaluations
    }
}

/// A plan with the known keys and values of its prefix.
struct Job<'a> {
    plan: &'a Plan,
    /// The keys of its prefix's blocks.
    keys: &'a [u128],
    known: Vec<Block<f32>>,
}

impl Job<'_> {
    /// Tokens to compute.
    fn tokens(&self) -> usize {
        self.plan.sequence.tokens() - self.known.len() * BLOCK_TOKENS
    }

    fn reading(&self) -> Reading<'_, f32> {
        Reading { sequence: &self.plan.sequence, known: &self.known, places: &self.plan.places }
    }
}

/// Cuts a list into neighbouring parts, one for each of rayon's threads (those that work on other searches leave theirs
/// to this one) or more.
fn passes<'j, 'p>(jobs: &'j [Job<'p>]) -> Vec<&'j [Job<'p>]> {
    let all: usize = jobs.iter().map(Job::tokens).sum();
    let limit = all.div_ceil(rayon::current_num_threads()).clamp(SHARED_TOKENS, PASS_TOKENS);
    let (mut parts, mut start, mut tokens) = (Vec::new(), 0, 0);
    for (i, job) in jobs.iter().enumerate() {
        let more = job.tokens();
        if i > start && tokens + more > limit {
            parts.push(&jobs[start..i]);
            (start, tokens) = (i, 0);
        }
        tokens += more;
    }
    if start < jobs.len() {
        parts.push(&jobs[start..]);
    }
    parts
}

impl Evaluator for Network {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        let keys: Vec<u128> = requests.iter().map(request_key).collect();
        let mut known: Vec<Option<Evaluation>> = keys.iter().map(|&key| self.cache.get(key)).collect();
        let missing: Vec<usize> = (0..requests.len()).filter(|&i| known[i].is_none()).collect();
        let mut cuts = Cuts::default();
        let context = self.model.config().context;
        let plans: Vec<Plan> =
            missing.iter().map(|&i| Plan::new(&self.tokenizer, &requests[i], context, &mut cuts)).collect();
        self.count_cuts(cuts);
        for (&i, evaluation) in missing.iter().zip(self.compute(&plans)) {
            self.cache.insert(keys[i], evaluation.clone());
            known[i] = Some(evaluation);
        }
        // Every request that was not remembered was computed; the default stands for none.
        known.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn forget(&self) {
        self.cache.clear();
        self.prefixes.clear();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn network(context: usize) -> Network {
        let tokenizer = Tokenizer::train(["show (= z z) by eq_refl. intro x. apply nat_ind."], 300).unwrap();
        let config = Config { vocabulary: 304, context, layers: 2, heads: 2, width: 16 };
        let mut network = Network::with_config(config, tokenizer, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
        // Sharper than at the start, so that differences show.
        network.model_mut().parameters_mut().iter_mut().for_each(|p| *p *= 8.0);
        network
    }

    pub(crate) fn request(state: &str, actions: &[&str]) -> Request {
        Request { state: state.to_owned(), actions: actions.iter().map(|a| a.to_string()).collect() }
    }

    #[test]
    fn attention_covers_the_text_and_is_that_of_the_value() {
        let network = network(64);
        let state = "{ 'x : nat } (= 'x ∀ z)";
        let attended = network.attended(state);
        assert_eq!(attended[0].range.start, 0);
        assert!(attended.windows(2).all(|pair| pair[0].range.end == pair[1].range.start));
        assert_eq!(attended.last().unwrap().range.end, state.len());
        let sum: f32 = attended.iter().map(|piece| piece.share).sum();
        assert!(sum > 0.05 && sum < 1.0 && attended.iter().all(|piece| piece.share > 0.0), "{attended:?}");
        // Of a long state the front is not read.
        let long = "(= z z) ".repeat(40);
        let attended = network.attended(&long);
        assert_eq!(attended.last().unwrap().range.end, long.len());
        assert!(attended[0].share == 0.0 && attended.last().unwrap().share > 0.0);
        assert!(network.attended("").is_empty());
    }

    /// Priors from the definition: for each action, the product over its tokens of the softmax over the tokens that the
    /// actions with the same beginning offer; plain passes.
    fn priors_by_definition(network: &Network, request: &Request) -> Vec<f64> {
        let tokenizer = network.tokenizer();
        let mut state = vec![Special::State.id()];
        tokenizer.encode_into(&request.state, &mut state);
        state.push(Special::Action.id());
        let actions: Vec<Vec<u32>> =
            request.actions.iter().map(|a| [tokenizer.encode(a), vec![Special::End.id()]].concat()).collect();
        actions
            .iter()
            .map(|action| {
                let mut probability = 1.0;
                for depth in 0..action.len() {
                    let path = [&state[..], &action[..depth]].concat();
                    let logits = super::super::model::Decoder::new(network.model(), &path).logits().to_vec();
                    let mut offered: Vec<u32> =
                        actions.iter().filter(|a| a.starts_with(&action[..depth])).map(|a| a[depth]).collect();
                    offered.sort();
                    offered.dedup();
                    let weight = |t: u32| (logits[t as usize] as f64).exp();
                    probability *= weight(action[depth]) / offered.into_iter().map(weight).sum::<f64>();
                }
                probability / actions.iter().filter(|a| *a == action).count() as f64
            })
            .collect()
    }

    #[test]
    fn priors_are_constrained_decoding() {
        let network = network(128);
        let requests = [
            request(
                "{ x : nat } (= x x)",
                &["intro x.", "show (= z z) by eq_refl.", "show (= z x) by eq_refl.", "intro y."],
            ),
            request("a", &["apply nat_ind.", "apply nat_ind.", "apply nat.", "apply"]),
            request("b", &["intro x."]),
            request("c", &[]),
            request("", &["", "x"]),
            request("d", &["same", "same"]),
        ];
        let evaluations = network.evaluate(&requests);
        for (request, evaluation) in requests.iter().zip(&evaluations) {
            let exact = priors_by_definition(&network, request);
            assert_eq!(exact.len(), evaluation.priors.len());
            for (a, b) in exact.iter().zip(&evaluation.priors) {
                assert!((a - *b as f64).abs() < 1e-5, "{request:?}: {exact:?} {evaluation:?}");
            }
            if !request.actions.is_empty() {
                assert!((evaluation.priors.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
            assert!(evaluation.value > 0.0 && evaluation.value < 1.0);
        }
        assert!(evaluations[0].value != evaluations[1].value);
    }

    #[test]
    fn evaluations_are_remembered_until_weights_change() {
        let mut network = network(128);
        let requests = [request("a", &["x", "y"]), request("b", &["x", "y"])];
        let first = network.evaluate(&requests);
        assert_eq!(network.evaluate(&requests), first);
        let statistics = network.statistics();
        assert_eq!((statistics.evaluations, statistics.cache_hits), (4, 2));
        network.model_mut().parameters_mut().iter_mut().for_each(|p| *p *= 0.5);
        assert_ne!(network.evaluate(&requests), first);
    }

    #[test]
    fn batches_and_threads_agree_with_single_requests() {
        let network = network(256);
        let states: Vec<String> = (0..60).map(|i| format!("(= z (+ z {i} x{i} y{i}))")).collect();
        let requests: Vec<Request> = states.iter().map(|s| request(s, &["intro x.", "apply q.", "intro y."])).collect();
        let together = network.evaluate(&requests);
        network.cache.clear();
        network.prefixes.clear();
        for (request, expected) in requests.iter().zip(together) {
            let alone = network.evaluate(std::slice::from_ref(request)).remove(0);
            assert!((alone.value - expected.value).abs() < 1e-5);
            alone.priors.iter().zip(&expected.priors).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn what_states_begin_with_is_computed_once_until_weights_change() {
        let mut network = network(128);
        let scope = "{ x : nat, y : nat, h : (= x y) }";
        let requests = [
            request(&format!("{scope} (= x x)"), &["intro x.", "apply q."]),
            request(&format!("{scope} (= y y)"), &["intro x."]),
            request(&format!("{scope} (= y x)"), &["intro x.", "intro y."]),
        ];
        let plain: Vec<Vec<f64>> = requests.iter().map(|request| priors_by_definition(&network, request)).collect();
        let check = |evaluations: &[Evaluation]| {
            for (evaluation, plain) in evaluations.iter().zip(&plain) {
                evaluation.priors.iter().zip(plain).for_each(|(a, b)| assert!((*a as f64 - b).abs() < 1e-5));
            }
        };
        check(&network.evaluate(&requests));
        let together = network.statistics();
        assert!(together.tokens_reused > 2 * 20, "{together:?}");
        network.set_cache_entries(0);
        check(&network.evaluate(&requests[1..2]));
        assert!(network.statistics().tokens_reused > together.tokens_reused);
        let reused = network.statistics().tokens_reused;
        network.model_mut();
        network.evaluate(&requests[1..2]);
        assert_eq!(network.statistics().tokens_reused, reused);
    }

    #[test]
    fn bfloat16_judges_nearly_the_same_and_follows_the_weights() {
        let mut network = network(128);
        let texts: Vec<String> = (0..40).map(|i| format!("{{ x{i} : nat }} (= z (+ z x{i}))")).collect();
        let requests: Vec<Request> = texts.iter().map(|s| request(s, &["intro x.", "apply q.", "intro y."])).collect();
        let single = network.evaluate(&requests);
        network.set_precision(Precision::Bf16);
        let differences = |a: &[Evaluation], b: &[Evaluation]| -> Vec<f32> {
            a.iter().zip(b).map(|(a, b)| (a.priors[0] - b.priors[0]).abs().max((a.value - b.value).abs())).collect()
        };
        let largest = |d: Vec<f32>| d.into_iter().fold(0.0, f32::max);
        let rounded = network.evaluate(&requests);
        let found = largest(differences(&single, &rounded));
        assert!(found > 0.0 && found < 0.02, "{found}");
        network.model_mut().parameters_mut().iter_mut().for_each(|p| *p *= 0.5);
        assert_eq!(network.model().precision(), Precision::Bf16);
        assert!(largest(differences(&rounded, &network.evaluate(&requests))) > 0.02);
        network.model_mut().parameters_mut().iter_mut().for_each(|p| *p *= 2.0);
        network.set_precision(Precision::F32);
        assert_eq!(network.evaluate(&requests), single);
    }

    #[test]
    fn what_does_not_fit_is_cut_and_counted() {
        let network = network(32);
        let long = "abc def ".repeat(100);
        let evaluations = network.evaluate(&[
            request(&long, &["x", "y"]),
            request("a", &[&format!("{long} x"), &format!("{long} y"), "z"]),
            // As many tokens as the first.
            request(&format!("def abc {}", &long[8..]), &["x", "y"]),
        ]);
        let statistics = network.statistics();
        assert_eq!((statistics.states_cut, statistics.actions_cut), (2, 2));
        // Whole quarters of the context go: a few more tokens at the end leave the beginning as it was.
        let prefix =
            |state: &str| super::super::plan::state_prefix(&network.tokenizer, state, (28, 32), &mut Cuts::default());
        let (short, longer) = (prefix(&long), prefix(&format!("{long}x")));
        assert!(short.len() > 20 && longer.len() <= 28 && longer.starts_with(&short), "{short:?} {longer:?}");
        // The front is what is lost: long states that end alike are the same, whatever they began with.
        assert_eq!(evaluations[0], evaluations[2]);
        // Actions that are equal up to the cut share evenly.
        let priors = &evaluations[1].priors;
        assert_eq!(priors[0], priors[1]);
        assert!((priors.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let (log_probability, tokens) = network.log_probability_of_statement(Difficulty::Hard, &long);
        assert!(log_probability < 0.0 && tokens == 30);
    }

    #[test]
    fn statement_probability_is_the_product_over_its_tokens() {
        let network = network(64);
        let (log_probability, count) = network.log_probability_of_statement(Difficulty::Easy, "(= z z)");
        let mut decoder =
            super::super::model::Decoder::new(network.model(), &network.conjecture_prefix(Difficulty::Easy));
        let tokens = [network.tokenizer().encode("(= z z)"), vec![Special::End.id()]].concat();
        assert_eq!(tokens.len(), count);
        let mut sum = 0.0;
        for token in tokens {
            let logits: Vec<f64> = decoder.logits().iter().map(|&l| l as f64).collect();
            sum += logits[token as usize] - super::super::trie::log_sum_exp(&logits);
            decoder.extend(&[token]);
        }
        assert!((sum - log_probability).abs() < 1e-3);
    }

    #[test]
    fn misfits_are_refused() {
        let tokenizer = Tokenizer::train(["x"], 300).unwrap();
        let config = Config { vocabulary: 100, context: 64, layers: 1, heads: 1, width: 8 };
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        assert!(matches!(
            Network::with_config(config.clone(), tokenizer.clone(), rng),
            Err(NetworkError::Vocabulary { model: 100, .. })
        ));
        let config = Config { vocabulary: 300, context: 4, ..config };
        assert!(matches!(Network::with_config(config, tokenizer, rng), Err(NetworkError::Context(4))));
    }
}
