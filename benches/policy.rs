//! The network's speed: `cargo bench --bench policy`.
//!
//! Forward passes and training steps count tokens; searches guided by an untrained network count expansions, on the
//! goals of nat-add-hard; conjecturing counts statements that the filters admit. All but conjecturing, which is one
//! thread's work, use a pool of two threads.
//!
//! `benches/peers/gpt2_torch.py` measures PyTorch on the same shapes and weights: it starts this program by turns with
//! its own passes, as `policy --peer DIRECTORY SIZE`, which writes the checkpoint there and prints one line of JSON.

use divan::Bencher;
use divan::counter::ItemsCount;
use prover::conjecture::{Completer, ConjectureOptions, ConjectureSampler, FilterOptions};
use prover::learn::{AdamW, Settings};
use prover::network::model::{
    Model, Packed, Precision, Sample, Sampling, Sequence, Size, Target, TrainingWorkspace, Workspace,
};
use prover::network::tokenizer::Tokenizer;
use prover::network::{Difficulty, Network, checkpoint};
use prover::prove::Prover;
use prover::prove::attempt::Collect;
use prover::prove::lemmas::corpus;
use prover::prove::{Budget, Lemmas};
use prover::selfplay::author::ModelAuthor;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::path::Path;
use std::time::Instant;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A network's size and how it rounds.
#[derive(Clone, Copy)]
struct Rounding(Size, Precision);

impl Rounding {
    const ALL: [Self; 6] = [
        Self(Size::Tiny, Precision::F32),
        Self(Size::Tiny, Precision::Bf16),
        Self(Size::Small, Precision::F32),
        Self(Size::Small, Precision::Bf16),
        Self(Size::Base, Precision::F32),
        Self(Size::Base, Precision::Bf16),
    ];

    fn network(self) -> Network {
        let mut network = network(self.0);
        network.set_precision(self.1);
        network
    }
}

impl std::fmt::Display for Rounding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{} {}", self.0, if self.1 == Precision::F32 { "f32" } else { "bf16" }))
    }
}

/// Tokens of the vocabulary.
const VOCABULARY: usize = 512;
/// Sequences of a batch, and tokens of each.
const BATCH: (usize, usize) = (32, 128);
const THREADS: usize = 2;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--peer") {
        Some(at) => peer(Path::new(&arguments[at + 1]), arguments[at + 2].parse().expect("a size")),
        None => divan::main(),
    }
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(THREADS).build().expect("threads can be started")
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

/// An untrained network with the tokenizer of the addition world.
fn network(size: Size) -> Network {
    let lemmas = Lemmas::new("nat-add");
    let goals = lemmas.goals("nat-add-hard").expect("a built-in goal set");
    let texts = corpus("nat-add", &goals).expect("a built-in theory");
    let tokenizer = Tokenizer::train(texts.iter().map(String::as_str), VOCABULARY).expect("a corpus");
    Network::untrained(size, tokenizer, &mut rng()).expect("sizes that fit")
}

/// The tokens of a batch; the peer makes the same ones.
fn sequences() -> Vec<Sequence> {
    let (count, length) = BATCH;
    let token = |s: usize, i: usize| ((s * 131 + i * 31 + i * i * 7) % 256 + 12) as u32;
    (0..count).map(|s| Sequence { prefix: (0..length).map(|i| token(s, i)).collect(), branches: Vec::new() }).collect()
}

/// Language modelling: each token is a target at the place before it; the loss is the mean.
fn samples() -> Vec<Sample> {
    let weight = 1.0 / (BATCH.0 * (BATCH.1 - 1)) as f32;
    let sample = |sequence: Sequence| {
        let next = sequence.prefix.iter().enumerate().skip(1);
        let likely =
            |index, token| Target { branch: None, index, token, candidates: None, weight, group: 0, surrogate: None };
        let target = |(i, &token): (usize, &u32)| likely(i - 1, token);
        Sample { targets: next.map(target).collect(), sequence }
    };
    sequences().into_iter().map(sample).collect()
}

/// Logits of all tokens of a batch, in parts of 512 tokens that the pool shares out.
struct Forward {
    parts: Vec<(Packed, Workspace<f32>, Vec<f32>)>,
}

impl Forward {
    fn new() -> Self {
        let sequences = sequences();
        let parts = sequences.chunks(512 / BATCH.1);
        Self { parts: parts.map(|part| (Packed::new(part), Workspace::default(), Vec::new())).collect() }
    }

    fn run(&mut self, model: &Model<f32>) {
        self.parts.par_iter_mut().for_each(|(packed, workspace, logits)| {
            model.forward(packed, workspace);
            model.logits(workspace.outputs(), logits);
        });
    }
}

/// A model with its optimiser.
struct Training {
    model: Model<f32>,
    optimizer: AdamW,
    samples: Vec<Sample>,
    workspace: TrainingWorkspace<f32>,
    gradient: Vec<f32>,
}

impl Training {
    fn new(model: Model<f32>) -> Self {
        let optimizer = AdamW::new(&model, Settings::default());
        let gradient = vec![0.0; model.parameters().len()];
        Self { model, optimizer, samples: samples(), workspace: TrainingWorkspace::default(), gradient }
    }

    /// Takes a step; the loss before it.
    fn step(&mut self) -> f64 {
        let losses = self.model.loss_and_gradient(&self.samples, &mut self.gradient, &mut self.workspace);
        self.optimizer.step(&mut self.model, &self.gradient);
        losses[0]
    }
}

/// Seconds of each of some calls, after one that does not count.
fn seconds(count: usize, mut call: impl FnMut()) -> Vec<f64> {
    call();
    let time = |_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    (0..count).map(time).collect()
}

/// Writes the checkpoint and prints the figures that the peer compares with its own.
fn peer(directory: &Path, size: Size) {
    let network = network(size);
    checkpoint::save(directory, &network, |_| Ok(())).expect("the checkpoint can be written");
    let count = if size == Size::Base { 3 } else { 10 };
    let figures = pool().install(|| {
        let mut forward = Forward::new();
        let forward_seconds = seconds(count, || forward.run(network.model()));
        let vocabulary = network.model().config().vocabulary;
        let logit: f64 = forward.parts[0].2[..vocabulary].iter().map(|&logit| f64::from(logit).abs()).sum();
        let mut training = Training::new(network.model().clone());
        let first_loss = training.step();
        let training_seconds = seconds(count, || {
            training.step();
        });
        serde_json::json!({
            "tokens": BATCH.0 * BATCH.1,
            "forward_seconds": forward_seconds,
            "training_seconds": training_seconds,
            "logits_of_first_token": logit,
            "loss": first_loss,
        })
    });
    println!("{figures}");
}

/// Tokens of forward passes with logits.
#[divan::bench(args = Size::ALL, sample_count = 10, sample_size = 1)]
fn forward(bencher: Bencher, size: Size) {
    let (pool, network, mut forward) = (pool(), network(size), Forward::new());
    bencher.counter(ItemsCount::new(BATCH.0 * BATCH.1)).bench_local(|| pool.install(|| forward.run(network.model())));
}

/// Tokens of training steps.
#[divan::bench(args = Size::ALL, sample_count = 5, sample_size = 1)]
fn training(bencher: Bencher, size: Size) {
    let (pool, mut training) = (pool(), Training::new(network(size).model().clone()));
    bencher.counter(ItemsCount::new(BATCH.0 * BATCH.1)).bench_local(|| pool.install(|| training.step()));
}

/// Expansions of searches guided by a network that remembers nothing at first; each goal once, up to 1,000 nodes, or 60
/// with `base`.
#[divan::bench(args = Rounding::ALL, sample_count = 3, sample_size = 1)]
fn guided(bencher: Bencher, rounding: Rounding) {
    let lemmas = Lemmas::new("nat-add");
    let (world, statements) = (lemmas.world().expect("a theory"), lemmas.goals("nat-add-hard").expect("goals"));
    let nodes = if rounding.0 == Size::Base { 60 } else { 1_000 };
    let budget = Budget { nodes, seconds: None, batch: 64 };
    let run = |network: &Network| -> u64 {
        let attempt = |statement| Prover::new(&world, network, 0).attempt(statement, budget, Collect::NOTHING).nodes;
        statements.par_iter().with_max_len(1).map(attempt).sum()
    };
    let pool = pool();
    // The last bits of evaluations depend on timing, so the number may differ by a few from sample to sample.
    let expansions = pool.install(|| run(&rounding.network()));
    bencher
        .counter(ItemsCount::new(expansions))
        .with_inputs(|| rounding.network())
        .bench_local_refs(|network| pool.install(|| run(network)));
}

/// Conjectures drawn until 100 are admitted.
#[divan::bench(args = Rounding::ALL, sample_count = 3, sample_size = 1)]
fn conjectures(bencher: Bencher, rounding: Rounding) {
    const WANTED: usize = 100;
    let (lemmas, network) = (Lemmas::new("nat-add"), rounding.network());
    bencher.counter(ItemsCount::new(WANTED)).bench_local(|| {
        let mut theory = lemmas.theory().expect("a theory");
        let completer = Completer::new(&mut theory, &ConjectureOptions::default()).expect("something to state");
        let mut sampler = ConjectureSampler::new(&mut theory, completer, FilterOptions::default());
        let mut author = ModelAuthor::new(&network, Difficulty::Hard, Sampling::at(1.0), rng());
        let drawn = sampler.sample(&mut theory, &mut author, WANTED, 100 * WANTED);
        assert_eq!(drawn.len(), WANTED);
    });
}
