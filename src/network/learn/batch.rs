//! From examples to batches of packed samples.

use super::example::{Choices, Example};
use crate::model::{GROUPS, Sample, Sequence, Surrogate, Target, TrainingWorkspace, divergence};
use crate::plan::{Cuts, action_tokens, branch_limit, choices_on_path, state_prefix};
use crate::tokenizer::Special;
use crate::{Difficulty, Network};
use rand::Rng;
use rand::seq::SliceRandom;
use rustc_hash::FxHashMap;

/// The groups that losses are reported in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Kind {
    /// Statements of known difficulty.
    Conjecture,
    /// Actions of states.
    Policy,
    /// Values of states.
    Value,
    /// Goals, asked for as hard conjectures.
    Progress,
}

impl Kind {
    /// The kinds that make up the training loss.
    pub const TRAINED: [Kind; 3] = [Kind::Conjecture, Kind::Policy, Kind::Value];
}

const _: () = assert!(Kind::Progress as usize + 1 == GROUPS);

/// Examples that speak of one state share its prefix, up to this many branches a sample.
const MAX_BRANCHES: usize = 32;
/// The fewest tokens of a common prefix that consecutive states share.
const SHARED_TOKENS: usize = 16;

/// The samples of some examples. Policy and value examples of the same state become branches of one sequence, so that
/// the state is computed once; so is the common prefix of consecutive states. Weights are as the examples give them.
pub fn samples<'a>(network: &Network, examples: impl IntoIterator<Item = &'a Example>) -> Vec<Sample> {
    let mut states = States { network, samples: Vec::new(), open: FxHashMap::default(), cuts: Cuts::default() };
    for example in examples {
        match example {
            Example::Conjecture { difficulty, statement } => {
                states.samples.push(network.statement_sample(*difficulty, statement, Kind::Conjecture as usize));
            }
            Example::Policy { state, actions, chosen, .. } => states.policy(state, actions, chosen),
            Example::Value { state, solved } => {
                let [token, other] = if *solved { [Special::Yes, Special::No] } else { [Special::No, Special::Yes] };
                let choice = (0, token.id(), Some(vec![token.id(), other.id()]));
                states.branch(state, vec![Special::Value.id()], Kind::Value, vec![choice], Term::LIKELY);
            }
            Example::Drawn { .. } => {}
        }
    }
    network.count_cuts(states.cuts);
    states.samples.retain(|s| !s.targets.is_empty());
    let mut samples: Vec<Sample> = Vec::with_capacity(states.samples.len());
    for sample in states.samples {
        let merged = samples.last().and_then(|last| merged(last, &sample));
        match (merged, samples.last_mut()) {
            (Some(merged), Some(last)) => *last = merged,
            _ => samples.push(sample),
        }
    }
    samples
}

/// The samples of choices that the network made itself, each with its [`Surrogate`]; other examples have none. The
/// network is the one that made them.
pub fn drawn<'a>(network: &Network, examples: impl IntoIterator<Item = &'a Example>, leash: f32) -> Vec<Sample> {
    let mut states = States { network, samples: Vec::new(), open: FxHashMap::default(), cuts: Cuts::default() };
    for example in examples {
        let Example::Drawn { choices, advantage } = example else { continue };
        let term = Term { weight: 1.0, surrogate: Some(Surrogate { advantage: *advantage, before: 0.0, leash }) };
        match choices {
            Choices::Statement { difficulty, pieces } => states.statement(*difficulty, pieces, term),
            Choices::Action { state, actions, chosen } => states.choice(state, actions, *chosen, term),
        }
    }
    network.count_cuts(states.cuts);
    let mut samples = states.samples;
    samples.retain(|sample| !sample.targets.is_empty());
    let before = network.model().log_probabilities(&samples, &mut TrainingWorkspace::default());
    let surrogates = samples.iter_mut().flat_map(|sample| &mut sample.targets).map(|target| &mut target.surrogate);
    for (surrogate, before) in surrogates.zip(before) {
        surrogate.iter_mut().for_each(|surrogate| surrogate.before = before);
    }
    samples
}

/// By how much each reward of a group is above their mean, in standard deviations; `None` where all are alike.
pub fn advantages(rewards: &[f64]) -> Option<Vec<f32>> {
    let count = rewards.len().max(1) as f64;
    let mean = rewards.iter().sum::<f64>() / count;
    let deviation = (rewards.iter().map(|reward| (reward - mean).powi(2)).sum::<f64>() / count).sqrt();
    (deviation > 1e-6).then(|| rewards.iter().map(|reward| ((reward - mean) / deviation) as f32).collect())
}

/// The mean [`divergence`] a choice of samples that were [drawn], in nats, from the network that drew them to this one;
/// `None` without any.
pub fn moved(network: &Network, drawn: &[Sample]) -> Option<f64> {
    let now = network.model().log_probabilities(drawn, &mut TrainingWorkspace::default());
    let targets = drawn.iter().flat_map(|sample| &sample.targets).zip(now);
    let each = targets.filter_map(|(target, now)| Some(divergence(f64::from(now - target.surrogate?.before))));
    let (count, sum) = each.fold((0, 0.0), |(count, sum), each| (count + 1, sum + each));
    (count > 0).then(|| sum / f64::from(count))
}

/// Two samples as one with their common prefix, if that is fewer tokens to compute. Targets and their contexts stay the
/// same: branches go on with the rest of their prefixes.
fn merged(a: &Sample, b: &Sample) -> Option<Sample> {
    let (first, second) = (&a.sequence.prefix, &b.sequence.prefix);
    let common = first.iter().zip(second).take_while(|(x, y)| x == y).count();
    let branches = a.sequence.branches.len() + b.sequence.branches.len();
    let within_branches = |s: &Sample| s.targets.iter().all(|target| target.branch.is_some());
    if common < SHARED_TOKENS || branches > MAX_BRANCHES || !within_branches(a) || !within_branches(b) {
        return None;
    }
    let mut sample =
        Sample { sequence: Sequence { prefix: first[..common].to_vec(), branches: vec![] }, targets: vec![] };
    for part in [a, b] {
        let rest = &part.sequence.prefix[common..];
        let offset = sample.sequence.branches.len();
        sample.sequence.branches.extend(part.sequence.branches.iter().map(|branch| [rest, branch].concat()));
        sample.targets.extend(part.targets.iter().cloned().map(|target| Target {
            branch: target.branch.map(|branch| branch + offset),
            index: target.index + rest.len(),
            ..target
        }));
    }
    (sample.sequence.tokens() < a.sequence.tokens() + b.sequence.tokens()).then_some(sample)
}

/// Samples being made, and which one of them takes further branches of a state.
struct States<'a> {
    network: &'a Network,
    samples: Vec<Sample>,
    open: FxHashMap<&'a str, usize>,
    cuts: Cuts,
}

/// A prediction in a branch: its index, the token, and the tokens to choose from (`None`: all).
type Choice = (usize, u32, Option<Vec<u32>>);

/// Weight and objective of a choice.
#[derive(Clone, Copy)]
struct Term {
    weight: f32,
    surrogate: Option<Surrogate>,
}

impl Term {
    /// It is to be made likely.
    const LIKELY: Self = Self { weight: 1.0, surrogate: None };
}

impl<'a> States<'a> {
    /// Adds the choices made while a statement was written, token by token: those of [`choices_on_path`].
    fn statement(&mut self, difficulty: Difficulty, pieces: &[(Vec<String>, usize)], term: Term) {
        let network = self.network;
        let mut prefix = network.conjecture_prefix(difficulty);
        let mut targets = Vec::new();
        for (options, chosen) in pieces {
            let options: Vec<Vec<u32>> = options.iter().map(|option| network.tokenizer().encode(option)).collect();
            let Some(piece) = options.get(*chosen) else { break };
            for (depth, offered) in choices_on_path(&options, *chosen) {
                targets.push(Target {
                    branch: None,
                    index: prefix.len() - 1 + depth,
                    token: piece[depth],
                    candidates: Some(offered),
                    weight: term.weight,
                    group: Kind::Conjecture as usize,
                    surrogate: term.surrogate,
                });
            }
            prefix.extend(piece);
        }
        prefix.truncate(network.model().config().context);
        targets.retain(|target| target.index < prefix.len());
        self.samples.push(Sample { sequence: Sequence { prefix, branches: vec![] }, targets });
    }

    fn choice(&mut self, state: &'a str, actions: &[String], chosen: usize, term: Term) {
        if actions.len() > 1 {
            self.terms(state, actions, [(chosen, term)]);
        }
    }

    fn policy(&mut self, state: &'a str, actions: &[String], chosen: &[(usize, f32)]) {
        self.terms(state, actions, chosen.iter().map(|&(index, weight)| (index, Term { weight, ..Term::LIKELY })));
    }

    fn terms(&mut self, state: &'a str, actions: &[String], chosen: impl IntoIterator<Item = (usize, Term)>) {
        let tokenizer = self.network.tokenizer();
        let limit = branch_limit(self.network.model().config().context);
        let actions: Vec<Vec<u32>> =
            actions.iter().map(|a| action_tokens(tokenizer, a, limit, &mut self.cuts)).collect();
        for (index, term) in chosen {
            let Some(action) = actions.get(index) else { continue };
            let choices: Vec<Choice> = if actions.len() > 1 {
                let forks = choices_on_path(&actions, index);
                forks.into_iter().map(|(depth, offered)| (depth, action[depth], Some(offered))).collect()
            } else {
                action.iter().enumerate().map(|(depth, &token)| (depth, token, None)).collect()
            };
            // Tokens behind the last choice are not needed.
            let Some(&(last, ..)) = choices.last() else { continue };
            let branch = [&[Special::Action.id()], &action[..last]].concat();
            self.branch(state, branch, Kind::Policy, choices, term);
        }
    }

    fn branch(&mut self, state: &'a str, tokens: Vec<u32>, kind: Kind, choices: Vec<Choice>, term: Term) {
        let context = self.network.model().config().context;
        let fits =
            |s: &Sample| s.sequence.branches.len() < MAX_BRANCHES && s.sequence.prefix.len() + tokens.len() <= context;
        let at = match self.open.get(state) {
            Some(&at) if fits(&self.samples[at]) => at,
            _ => {
                let limit = context.saturating_sub(tokens.len());
                let prefix = state_prefix(self.network.tokenizer(), state, (limit, context), &mut self.cuts);
                self.open.insert(state, self.samples.len());
                self.samples.push(Sample { sequence: Sequence { prefix, branches: vec![] }, targets: vec![] });
                self.samples.len() - 1
            }
        };
        let sample = &mut self.samples[at];
        let branch = Some(sample.sequence.branches.len());
        sample.sequence.branches.push(tokens);
        let group = kind as usize;
        sample.targets.extend(choices.into_iter().map(|(index, token, candidates)| Target {
            branch,
            index,
            token,
            candidates,
            weight: term.weight,
            group,
            surrogate: term.surrogate,
        }));
    }
}

/// Sums of the weights by kind.
pub fn weights(samples: &[Sample]) -> [f64; GROUPS] {
    let mut sums = [0.0; GROUPS];
    for target in samples.iter().flat_map(|s| &s.targets) {
        sums[target.group.min(GROUPS - 1)] += target.weight as f64;
    }
    sums
}

/// Multiplies the weights of each kind by a factor of its own.
pub fn scale(samples: &mut [Sample], factors: [f64; GROUPS]) {
    for target in samples.iter_mut().flat_map(|s| &mut s.targets) {
        target.weight *= factors[target.group.min(GROUPS - 1)] as f32;
    }
}

/// Shares of the kinds of examples in the tokens of a batch, relative to their sum over the kinds present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// Share of statements.
    pub conjecture: f64,
    /// Share of states with a choice of actions, their values among them.
    pub policy: f64,
    /// Share of states of which only the value is known.
    pub value: f64,
}

impl Mix {
    /// The share of the samples that teach a kind.
    fn share(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Conjecture | Kind::Progress => self.conjecture,
            Kind::Policy => self.policy,
            Kind::Value => self.value,
        }
    }
}

/// Samples of one kind, drawn without replacement: every one once before any comes again.
#[derive(Debug)]
struct Pool {
    samples: Vec<Sample>,
    order: Vec<usize>,
    next: usize,
    /// Its share of the tokens.
    share: f64,
    /// Tokens drawn so far.
    drawn: f64,
}

impl Pool {
    fn new(samples: Vec<Sample>, share: f64) -> Self {
        Self { order: (0..samples.len()).collect(), next: samples.len(), samples, share, drawn: 0.0 }
    }

    /// The sample that comes next.
    fn peek(&mut self, rng: &mut impl Rng) -> &Sample {
        if self.next == self.order.len() {
            self.order.shuffle(rng);
            self.next = 0;
        }
        &self.samples[self.order[self.next]]
    }
}

/// Draws batches without replacement: every sample of a kind once before any of that kind comes again.
#[derive(Debug)]
pub struct Batches {
    /// None of them is empty.
    pools: Vec<Pool>,
}

impl Batches {
    /// Batches of these samples, in which the tokens are shared out as the mix says, or are as the samples come.
    pub fn new(samples: Vec<Sample>, mix: Option<Mix>) -> Self {
        let Some(mix) = mix else {
            let pools = vec![Pool::new(samples, 1.0)];
            return Self { pools: pools.into_iter().filter(|pool| !pool.samples.is_empty()).collect() };
        };
        let mut parts: [Vec<Sample>; 3] = Default::default();
        for sample in samples {
            let teaches = |kind: Kind| sample.targets.iter().any(|target| target.group == kind as usize);
            let kinds = [Kind::Policy, Kind::Conjecture, Kind::Value];
            let place = kinds.into_iter().position(teaches).unwrap_or(2);
            parts[place].push(sample);
        }
        let kinds = [Kind::Policy, Kind::Conjecture, Kind::Value];
        let pools = parts.into_iter().zip(kinds).map(|(samples, kind)| Pool::new(samples, mix.share(kind)));
        Self { pools: pools.filter(|pool| !pool.samples.is_empty() && pool.share > 0.0).collect() }
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// The next batch: samples of at least one and at most `tokens` tokens together (more only if one sample alone has
    /// more). The kind that is furthest behind its share comes next; no sample is in a batch twice.
    pub fn draw(&mut self, tokens: usize, rng: &mut impl Rng) -> Vec<Sample> {
        let (mut batch, mut sum) = (Vec::new(), 0);
        let mut left: Vec<usize> = self.pools.iter().map(|pool| pool.samples.len()).collect();
        loop {
            let due = |&place: &usize| self.pools[place].drawn / self.pools[place].share;
            let places = (0..self.pools.len()).filter(|&place| left[place] > 0);
            let Some(place) = places.min_by(|a, b| due(a).total_cmp(&due(b))) else { return batch };
            let pool = &mut self.pools[place];
            let sample = pool.peek(rng).clone();
            let size = sample.sequence.tokens();
            sum += size;
            if !batch.is_empty() && sum > tokens {
                return batch;
            }
            pool.drawn += size as f64;
            pool.next += 1;
            left[place] -= 1;
            batch.push(sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trainer::tests::network;
    use super::*;
    use crate::{Evaluator, Request};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| s.to_string()).collect()
    }

    #[test]
    fn losses_are_those_of_the_search_s_own_judgement() {
        let network = network(96);
        let actions = strings(&["intro x.", "intro y.", "apply nat_ind.", "apply eq.", "show (= z z) by eq_refl."]);
        let state = "{ n : nat } (= n n)".to_owned();
        let examples = [
            Example::Policy {
                state: state.clone(),
                actions: actions.clone(),
                chosen: vec![(3, 1.0), (0, 0.5), (77, 1.0)],
                steps: 0,
            },
            Example::Value { state: state.clone(), solved: false },
        ];
        let samples = samples(&network, &examples);
        assert_eq!(samples.len(), 1, "one state, one sequence");
        let evaluation = network.evaluate(&[Request { state, actions }]).remove(0);
        let losses = network.model().loss(&samples, &mut TrainingWorkspace::default());
        let policy = -evaluation.priors[3].ln() - 0.5 * evaluation.priors[0].ln();
        assert!((losses[Kind::Policy as usize] - policy as f64).abs() < 1e-4);
        assert!((losses[Kind::Value as usize] - -(1.0 - evaluation.value as f64).ln()).abs() < 1e-4);
    }

    #[test]
    fn states_that_begin_alike_are_computed_together() {
        let network = network(128);
        let before = "{ n : nat, m : nat, k : nat, x : nat, y : nat } ";
        let actions = strings(&["intro x.", "apply nat_ind.", "apply eq."]);
        let policy = |goal: &str, chosen| Example::Policy {
            state: format!("{before}{goal}"),
            actions: actions.clone(),
            chosen: vec![(chosen, 0.5)],
            steps: 0,
        };
        let examples = [
            policy("(= n n)", 0),
            Example::Value { state: format!("{before}(= n n)"), solved: true },
            policy("(= (s n) (s n))", 2),
            Example::Value { state: "(= z z)".to_owned(), solved: false },
        ];
        let together = samples(&network, &examples);
        assert_eq!(together.len(), 2);
        assert_eq!(together[0].sequence.branches.len(), 3);
        let apart: Vec<Sample> = examples.iter().flat_map(|e| samples(&network, std::slice::from_ref(e))).collect();
        let tokens = |samples: &[Sample]| samples.iter().map(|s| s.sequence.tokens()).sum::<usize>();
        assert!(tokens(&together) * 3 < tokens(&apart) * 2);
        let losses = |samples: &[Sample]| network.model().loss(samples, &mut TrainingWorkspace::default());
        for (one, other) in losses(&together).into_iter().zip(losses(&apart)) {
            assert!((one - other).abs() < 1e-4, "{one} {other}");
        }
    }

    #[test]
    fn one_action_alone_is_plain_language_modelling() {
        let network = network(96);
        let example = Example::Policy {
            state: "a".to_owned(),
            actions: strings(&["intro x."]),
            chosen: vec![(0, 1.0)],
            steps: 0,
        };
        let samples = samples(&network, &[example]);
        let tokens = network.tokenizer().encode("intro x.").len() + 1;
        assert_eq!(samples[0].targets.len(), tokens);
        assert_eq!(samples[0].sequence.branches[0].len(), tokens);
    }

    #[test]
    fn everything_fits_into_the_context() {
        let network = network(16);
        let long = "a b c ".repeat(50);
        let examples = [
            Example::Value { state: long.clone(), solved: true },
            Example::Policy {
                state: long.clone(),
                actions: vec![long.clone(), format!("x {long}")],
                chosen: vec![(1, 1.0)],
                steps: 0,
            },
            Example::Policy { state: long.clone(), actions: vec![long.clone()], chosen: vec![(0, 1.0)], steps: 0 },
            Example::Conjecture { difficulty: Difficulty::Fail, statement: long },
        ];
        for sample in samples(&network, &examples) {
            assert!(sample.sequence.longest() <= 16);
            assert!(!sample.targets.is_empty());
        }
    }

    #[test]
    fn batches_take_every_sample_once() {
        let sample = |n: u32| Sample { sequence: Sequence { prefix: vec![n; 10], branches: vec![] }, targets: vec![] };
        let mut batches = Batches::new((0..12).map(sample).collect(), None);
        let rng = &mut ChaCha8Rng::seed_from_u64(0);
        for _ in 0..3 {
            let mut seen: Vec<u32> = (0..4).flat_map(|_| batches.draw(30, rng)).map(|s| s.sequence.prefix[0]).collect();
            seen.sort();
            assert_eq!(seen, (0..12).collect::<Vec<_>>());
        }
        assert_eq!(batches.draw(1, rng).len(), 1);
        assert_eq!(batches.draw(1 << 20, rng).len(), 12);
        assert!(Batches::new(vec![], None).draw(10, rng).is_empty());
    }

    #[test]
    fn tokens_are_shared_out_by_kind() {
        let sample = |kind: Kind| Sample {
            sequence: Sequence { prefix: vec![0; 10], branches: vec![] },
            targets: vec![Target {
                branch: None,
                index: 0,
                token: 0,
                candidates: None,
                weight: 1.0,
                group: kind as usize,
                surrogate: None,
            }],
        };
        let mut samples: Vec<Sample> = (0..20).map(|_| sample(Kind::Policy)).collect();
        samples.extend((0..4_000).map(|_| sample(Kind::Value)));
        samples.extend((0..100).map(|_| sample(Kind::Conjecture)));
        let mix = Mix { policy: 0.5, value: 0.25, conjecture: 0.25 };
        let mut batches = Batches::new(samples, Some(mix));
        let rng = &mut ChaCha8Rng::seed_from_u64(0);
        let mut counts = [0; GROUPS];
        for _ in 0..10 {
            let batch = batches.draw(400, rng);
            assert_eq!(batch.len(), 40);
            batch.iter().for_each(|sample| counts[sample.targets[0].group] += 1);
        }
        assert_eq!(counts[Kind::Policy as usize], 200, "{counts:?}");
        assert_eq!(counts[Kind::Value as usize], 100, "{counts:?}");
    }
}
