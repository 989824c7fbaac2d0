//! Measurements of speed; run with `cargo test --release --lib figures -- --ignored --nocapture --test-threads 1`.

use super::{Settings, TrainReport, Trainer};
use crate::learn::Example;
use crate::learn::trainer::{Objective, Plan};
use crate::model::{Decoder, Model, Packed, Sampling, Sequence, Size, Workspace};
use crate::tokenizer::Tokenizer;
use crate::{Difficulty, Evaluator, Network, Request};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

/// Seconds of a call: the least of several.
fn seconds(repeats: usize, mut call: impl FnMut()) -> f64 {
    call();
    (0..repeats)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

/// A state of about 100 tokens with 20 actions of about 8.
fn request(n: usize) -> Request {
    let scope: Vec<String> = (0..10).map(|i| format!("x{i} : nat, p{i}{n} : (= x{i} (s z))")).collect();
    let action = |i: usize| match i % 4 {
        0 => format!("show (= x{} (s z)) by p{i}.", i / 2),
        1 => format!("show (= (s z) x{}) by eq_symm.", i / 2),
        2 => format!("apply lemma{i}."),
        _ => format!("construct (s x{}) by s.", i / 2),
    };
    Request { state: format!("{{ {} }} (= (+ z x0) x0)", scope.join(", ")), actions: (0..20).map(action).collect() }
}

fn network(size: Size) -> Network {
    let texts: Vec<String> = (0..5).map(|n| format!("{} {}", request(n).state, request(n).actions.join(" "))).collect();
    let tokenizer = Tokenizer::train(texts.iter().map(String::as_str), 512).unwrap();
    let mut network = Network::untrained(size, tokenizer, &mut rng()).unwrap();
    network.set_cache_entries(0);
    network
}

#[test]
#[ignore = "measures speed"]
fn forward() {
    for size in Size::ALL {
        let model = Model::<f32>::new(size.config(512), &mut rng()).unwrap();
        let sequence = Sequence { prefix: (0..100).collect(), branches: vec![(0..8).collect(); 20] };
        let packed = Packed::new(&[sequence]);
        let mut workspace = Workspace::default();
        let repeats = if size == Size::Base { 5 } else { 50 };
        let time = seconds(repeats, || model.forward(&packed, &mut workspace));
        // Products of linear maps only: two operations a parameter and token.
        let weights: usize = model.tensors().iter().filter(|t| t.is_linear()).map(|t| t.range.len()).sum();
        let rate = 2.0 * weights as f64 * packed.rows() as f64 / time / 1e9;
        println!("forward {size}: 100 + 20 x 8 tokens in {:.2} ms, {rate:.0} GFLOP/s in linear maps", time * 1e3);
    }
}

#[test]
#[ignore = "measures speed"]
fn evaluations() {
    for size in Size::ALL {
        let network = network(size);
        let requests: Vec<Request> = (0..8).map(request).collect();
        let repeats = if size == Size::Base { 3 } else { 20 };
        let one = seconds(repeats, || drop(network.evaluate(&requests[..1])));
        let before = network.statistics().tokens;
        network.evaluate(&requests[..1]);
        let tokens = network.statistics().tokens - before;
        let text = network.tokenizer().encode(&requests[0].state).len();
        let eight = seconds(repeats, || drop(network.evaluate(&requests))) / 8.0;
        println!(
            "evaluate {size}: state of {text} tokens with 20 actions, {tokens} tokens computed: {:.2} ms alone, {:.2} ms in a batch of 8",
            one * 1e3,
            eight * 1e3
        );
    }
}

#[test]
#[ignore = "measures speed"]
fn training() {
    for size in Size::ALL {
        let network = network(size);
        let width = network.model().config().width;
        let examples: Vec<Example> = (0..200)
            .map(request)
            .enumerate()
            .map(|(i, r)| Example::Policy { state: r.state, actions: r.actions, chosen: vec![(i % 20, 1.0)], steps: 0 })
            .collect();
        let mut trainer = Trainer::new(network, Settings::for_width(width));
        let steps = if size == Size::Base { 2 } else { 10 };
        let plan = Plan { alpha: 0.0, steps, batch_tokens: 4096, mix: None, objective: Objective::Likelihood };
        trainer.train(&examples, &[], &Plan { steps: 1, ..plan.clone() }, &mut rng(), |_| ());
        let TrainReport { tokens, seconds, steps, .. } = trainer.train(&examples, &[], &plan, &mut rng(), |_| ());
        println!(
            "train {size}: {:.1} ms a step of {} tokens, {:.0} tokens/s",
            seconds / steps as f64 * 1e3,
            tokens / steps,
            tokens as f64 / seconds
        );
    }
}

#[test]
#[ignore = "measures speed"]
fn decoding() {
    for size in Size::ALL {
        let network = network(size);
        let prefix = network.conjecture_prefix(Difficulty::Hard);
        let options: Vec<Vec<u32>> = (20..40).map(|t| vec![t]).collect();
        let mut random = rng();
        let time = seconds(3, || {
            let mut decoder = Decoder::new(network.model(), &prefix);
            for _ in 0..30 {
                decoder.sample_continuation(&options, Sampling::at(1.0), &mut random);
            }
        });
        println!("decode {size}: 30 choices in {:.2} ms, {:.0} conjectures/s a thread", time * 1e3, 1.0 / time);
    }
}
