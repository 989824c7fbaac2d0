//! Tests of the whole model: packed against plain passes, gradients against finite differences, decoding against full
//! passes.

use super::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(7)
}

fn small_config() -> Config {
    Config { vocabulary: 11, context: 24, layers: 2, heads: 2, width: 8 }
}

/// A model whose weights are far from zero, so that attention is not nearly uniform.
fn lively<F: Float>(config: Config) -> Model<F> {
    let mut rng = rng();
    let mut model = Model::new(config, &mut rng).unwrap();
    for p in model.parameters_mut() {
        *p += F::from_f64(0.3 * normal(&mut rng));
    }
    model
}

fn tokens(count: usize, seed: usize) -> Vec<u32> {
    (0..count).map(|i| ((i * i * 7 + i * 3 + seed * 5) % 11) as u32).collect()
}

fn batch() -> Vec<Sequence> {
    vec![
        Sequence { prefix: tokens(6, 1), branches: vec![tokens(3, 2), vec![], tokens(1, 3), tokens(5, 4)] },
        Sequence { prefix: tokens(1, 5), branches: vec![tokens(4, 6)] },
        Sequence { prefix: vec![], branches: vec![tokens(3, 7), tokens(2, 8)] },
        Sequence { prefix: tokens(9, 9), branches: vec![] },
    ]
}

/// Largest difference between rows of a packed pass and those of a plain pass for every path.
fn packed_difference<F: Float>(model: &Model<F>, sequences: &[Sequence]) -> f64 {
    let packed = Packed::new(sequences);
    let (mut all, mut one) = (Workspace::default(), Workspace::default());
    // Used before: old content must not matter.
    model.forward(&Packed::new(&[Sequence { prefix: tokens(20, 0), branches: vec![] }]), &mut all);
    model.forward(&packed, &mut all);
    let mut worst: f64 = 0.0;
    for (s, sequence) in sequences.iter().enumerate() {
        let paths = std::iter::once((None, &[][..]))
            .chain(sequence.branches.iter().enumerate().map(|(b, branch)| (Some(b), &branch[..])));
        for (branch, continuation) in paths {
            let path = [&sequence.prefix[..], continuation].concat();
            let plain = Sequence { prefix: path.clone(), branches: vec![] };
            model.forward(&Packed::new(&[plain]), &mut one);
            for i in 0..path.len() {
                let at = if i < sequence.prefix.len() { (None, i) } else { (branch, i - sequence.prefix.len()) };
                let row = packed.row(s, at.0, at.1).unwrap();
                for (a, b) in all.output(row).iter().zip(one.output(i)) {
                    worst = worst.max((a.to_f64() - b.to_f64()).abs());
                }
            }
        }
    }
    worst
}

#[test]
fn packed_equals_plain() {
    assert!(packed_difference(&lively::<f64>(small_config()), &batch()) < 1e-11);
    assert!(packed_difference(&lively::<f32>(small_config()), &batch()) < 1e-5);
    // Longer than a block of rows, in a real size.
    let model = Model::<f32>::new(Size::Tiny.config(11), &mut rng()).unwrap();
    let long = Sequence { prefix: tokens(150, 1), branches: (0..20).map(|b| tokens(b % 9, b)).collect() };
    let branch = Sequence { prefix: tokens(3, 1), branches: vec![tokens(100, 2), tokens(7, 3)] };
    assert!(packed_difference(&model, &[long, branch]) < 1e-5);
}

/// Largest difference between the results of [`Model::read`], with any number of known blocks, and of a plain pass for
/// every path.
fn read_difference<F: Float>(model: &Model<F>, sequences: &[Sequence]) -> f64 {
    let mut one = Workspace::default();
    let mut workspace = ReadWorkspace::default();
    let places: Vec<Vec<(usize, usize)>> = sequences
        .iter()
        .map(|s| {
            (0..s.branches.len()).rev().flat_map(|b| (0..s.branches[b].len()).step_by(2).map(move |i| (b, i))).collect()
        })
        .collect();
    let reading = |index: usize, known| Reading { sequence: &sequences[index], known, places: &places[index] };
    let readings: Vec<Reading<F>> = (0..sequences.len()).map(|i| reading(i, &[])).collect();
    let blocks = model.read(&readings, &mut workspace);
    let mut worst: f64 = 0.0;
    for share in [0.0, 0.5, 1.0] {
        let count = |index: usize| (blocks[index].len() as f64 * share) as usize;
        let readings: Vec<Reading<F>> = (0..sequences.len()).map(|i| reading(i, &blocks[i][..count(i)])).collect();
        let fresh = model.read(&readings, &mut workspace);
        let mut output = 0;
        for (s, sequence) in sequences.iter().enumerate() {
            assert_eq!(blocks[s].len(), sequence.prefix.len() / BLOCK_TOKENS);
            assert_eq!(fresh[s].len() + count(s), blocks[s].len());
            for (fresh, block) in fresh[s].iter().zip(&blocks[s][count(s)..]) {
                fresh.iter().zip(block.iter()).for_each(|(a, b)| worst = worst.max((a.to_f64() - b.to_f64()).abs()));
            }
            for &(branch, at) in &places[s] {
                let path = [&sequence.prefix[..], &sequence.branches[branch][..=at]].concat();
                model.forward(&Packed::new(&[Sequence { prefix: path.clone(), branches: vec![] }]), &mut one);
                for (a, b) in workspace.output(output).iter().zip(one.output(path.len() - 1)) {
                    worst = worst.max((a.to_f64() - b.to_f64()).abs());
                }
                output += 1;
            }
        }
    }
    worst
}

#[test]
fn reading_equals_plain() {
    let config = Config { context: 64, ..small_config() };
    let longer = Sequence { prefix: tokens(29, 4), branches: vec![tokens(5, 2), tokens(1, 1), vec![], tokens(7, 7)] };
    let sequences = [batch(), vec![longer]].concat();
    assert!(read_difference(&lively::<f64>(config.clone()), &sequences) < 1e-11);
    assert!(read_difference(&lively::<f32>(config.clone()), &sequences) < 1e-5);
    let single = Model::<f64>::new(Config { layers: 1, ..config }, &mut rng()).unwrap();
    assert!(read_difference(&single, &sequences) < 1e-11);
    let model = Model::<f32>::new(Size::Tiny.config(11), &mut rng()).unwrap();
    let long = Sequence { prefix: tokens(150, 1), branches: (0..20).map(|b| tokens(b % 9, b)).collect() };
    let branch = Sequence { prefix: tokens(16, 1), branches: vec![tokens(100, 2), tokens(7, 3)] };
    assert!(read_difference(&model, &[long, branch]) < 1e-5);
    assert!(model.read(&[], &mut ReadWorkspace::default()).is_empty());
}

/// Targets over everything: several a row, candidates, both groups, one place that does not exist.
fn samples() -> Vec<Sample> {
    let mut samples: Vec<Sample> = batch().into_iter().map(|sequence| Sample { sequence, targets: vec![] }).collect();
    for (s, sample) in samples.iter_mut().enumerate() {
        let spans = std::iter::once((None, sample.sequence.prefix.len()))
            .chain(sample.sequence.branches.iter().enumerate().map(|(b, v)| (Some(b), v.len())))
            .collect::<Vec<_>>();
        for (branch, length) in spans {
            for index in (0..length).filter(|i| (i + s) % 3 != 0) {
                let token = ((index * 5 + s) % 11) as u32;
                let candidates = (index % 2 == 0).then(|| vec![(token + 4) % 11, token, (token + 1) % 11]);
                let weight = 0.5 + 0.3 * index as f32;
                let advantage = if s % 2 == 0 { 1.5 } else { -0.5 };
                // Some ratios within what counts, some beyond.
                let before = -0.5 * (1 + index % 7) as f32;
                let surrogate = (index % 5 == 3).then_some(Surrogate { advantage, before, leash: 0.3 });
                sample.targets.push(Target {
                    branch,
                    index,
                    token,
                    candidates,
                    weight,
                    group: (index + s) % 2,
                    surrogate,
                });
            }
        }
    }
    samples[0].targets.push(Target {
        branch: Some(9),
        index: 0,
        token: 1,
        candidates: None,
        weight: 1.0,
        group: 0,
        surrogate: None,
    });
    samples
}

#[test]
fn gradient_agrees_with_finite_differences() {
    let mut model = lively::<f64>(small_config());
    let samples = samples();
    let mut workspace = TrainingWorkspace::default();
    let mut gradient = vec![f64::NAN; model.parameters().len()];
    let losses = model.loss_and_gradient(&samples, &mut gradient, &mut workspace);
    assert!(losses[..2].iter().all(|&l| l > 0.0));
    let plain = model.loss(&samples, &mut workspace);
    for (a, b) in losses.iter().zip(plain) {
        assert!((a - b).abs() < 1e-9);
    }
    let step = 1e-5;
    for tensor in model.tensors().to_vec() {
        let mut largest: f64 = 0.0;
        // All elements of small tensors, a spread of large ones.
        for i in tensor.range.clone().step_by(1 + tensor.range.len() / 40) {
            let x = model.parameters()[i];
            let mut loss_at = |value: f64| {
                model.parameters_mut()[i] = value;
                model.loss(&samples, &mut workspace).iter().sum::<f64>()
            };
            let numeric = (loss_at(x + step) - loss_at(x - step)) / (2.0 * step);
            loss_at(x);
            let error = (numeric - gradient[i]).abs() / (1e-3 + numeric.abs());
            assert!(error < 1e-5, "{} [{}]: {} against {numeric}", tensor.name, i - tensor.range.start, gradient[i]);
            largest = largest.max(numeric.abs());
        }
        assert!(largest > 1e-4, "{} was not tested: its gradient vanishes", tensor.name);
    }
}

#[test]
fn training_is_the_same_on_any_number_of_threads() {
    let model = lively::<f32>(Config { context: 64, ..small_config() });
    let samples: Vec<Sample> = (0..40).flat_map(|_| samples()).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut gradient = vec![0.0f32; model.parameters().len()];
        let losses =
            pool.install(|| model.loss_and_gradient(&samples, &mut gradient, &mut TrainingWorkspace::default()));
        (losses, gradient)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn decoder_equals_full_pass() {
    let model = lively::<f64>(small_config());
    let path = tokens(20, 3);
    let mut workspace = Workspace::default();
    model.forward(&Packed::new(&[Sequence { prefix: path.clone(), branches: vec![] }]), &mut workspace);
    let mut expected = Vec::new();
    let mut check = |logits: &[f64], row: usize| {
        model.logits(workspace.output(row), &mut expected);
        for (a, b) in logits.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-10);
        }
    };
    let mut decoder = Decoder::new(&model, &path[..5]);
    check(decoder.logits(), 4);
    check(decoder.step(path[5]), 5);
    decoder.extend(&path[6..12]);
    check(decoder.logits(), 11);
    let mut other = decoder.clone();
    other.extend(&[1, 2, 3]);
    other.logits();
    other.truncate(8);
    check(other.logits(), 7);
    other.extend(&path[8..10]);
    check(other.logits(), 9);
    check(decoder.step(path[12]), 12);
    assert_eq!(decoder.room(), 24 - 13);
}

#[test]
fn continuations_follow_the_model() {
    let model = lively::<f64>(small_config());
    let options = vec![vec![3, 4], vec![3, 5], vec![6], vec![6, 7], vec![3, 5]];
    // The exact distribution, from the definition.
    let probability = |prefix: &[u32], token: u32| {
        let mut decoder = Decoder::new(&model, prefix);
        let logits = decoder.logits().to_vec();
        logits[token as usize].exp() / logits.iter().map(|l| l.exp()).sum::<f64>()
    };
    let (p3, p6) = (probability(&[1, 2], 3), probability(&[1, 2], 6));
    let (p34, p35) = (probability(&[1, 2, 3], 4), probability(&[1, 2, 3], 5));
    let p67 = probability(&[1, 2, 6], 7);
    let exact = [
        p3 / (p3 + p6) * p34 / (p34 + p35),
        p3 / (p3 + p6) * p35 / (p34 + p35),
        p6 / (p3 + p6) * (1.0 - p67),
        p6 / (p3 + p6) * p67,
        0.0,
    ];
    let mut counts = [0usize; 5];
    let mut rng = rng();
    let mut decoder = Decoder::new(&model, &[1, 2]);
    let trials = 4000;
    for _ in 0..trials {
        let (index, log_probability) = decoder.sample_continuation(&options, Sampling::at(1.0), &mut rng).unwrap();
        assert!((log_probability.exp() - exact[index]).abs() < 1e-9);
        assert_eq!(decoder.tokens(), [&[1, 2][..], &options[index]].concat());
        counts[index] += 1;
        decoder.truncate(2);
    }
    for (count, exact) in counts.iter().zip(exact) {
        let deviation = (exact * (1.0 - exact) / trials as f64).sqrt();
        assert!((*count as f64 / trials as f64 - exact).abs() < 4.5 * deviation + 1e-9);
    }
    // Only the most likely ways on: one at each node is the greedy choice, two are drawn in proportion.
    decoder.truncate(2);
    let (best, _) = decoder.sample_continuation(&options, Sampling::at(0.0), &mut rng).unwrap();
    decoder.truncate(2);
    let first = Sampling { temperature: 1.0, top_k: 1 };
    assert_eq!(decoder.sample_continuation(&options, first, &mut rng), Some((best, 0.0)));
    decoder.truncate(2);
    let choices = vec![vec![3], vec![6], vec![9]];
    let mut likely: Vec<f64> = [3, 6, 9].map(|token| probability(&[1, 2], token)).to_vec();
    likely.sort_by(|a, b| b.total_cmp(a));
    for _ in 0..50 {
        let two = Sampling { temperature: 1.0, top_k: 2 };
        let (_, log_probability) = decoder.sample_continuation(&choices, two, &mut rng).unwrap();
        let drawn = log_probability.exp() * (likely[0] + likely[1]);
        assert!(likely[..2].iter().any(|p| (drawn - p).abs() < 1e-9));
        decoder.truncate(2);
    }
    // Greedy choice, forced choice, no choice.
    let (best, _) = decoder.sample_continuation(&options, Sampling::at(0.0), &mut rng).unwrap();
    assert!(exact[best] > 0.0);
    assert_eq!(decoder.sample_continuation(&[vec![9, 9, 9]], Sampling::at(1.0), &mut rng), Some((0, 0.0)));
    assert_eq!(decoder.sample_continuation(&[], Sampling::at(1.0), &mut rng), None);
    assert_eq!(decoder.sample_continuation(&[vec![]], Sampling::at(1.0), &mut rng), Some((0, 0.0)));
}

#[test]
fn impossible_configurations_are_refused() {
    let config = |width, heads| Config { width, heads, ..small_config() };
    assert!(matches!(Model::<f32>::new(config(9, 2), &mut rng()), Err(ModelError::Heads { .. })));
    assert!(matches!(Model::<f32>::new(config(0, 2), &mut rng()), Err(ModelError::Dimension("width", _))));
    assert!(matches!(
        Model::from_parameters(small_config(), vec![0.0f32; 3]),
        Err(ModelError::Parameters { found: 3, .. })
    ));
    assert!("huge".parse::<Size>().is_err());
    assert!(Size::ALL.iter().all(|s| s.to_string().parse() == Ok(*s)));
}

#[test]
fn rollout_is_the_product_of_the_blocks_attention() {
    let model: Model<f64> = lively(small_config());
    let tokens = tokens(9, 2);
    let flow = model.rollout(&tokens);
    assert_eq!(flow.len(), 9);
    assert!((flow.iter().sum::<f64>() - 1.0).abs() < 1e-9 && flow.iter().all(|&share| share > 0.0), "{flow:?}");
    // At least what the residual connections carry through all blocks.
    assert!(flow[8] >= 0.5_f64.powi(model.config().layers as i32));
    // What is seen of a token depends on the tokens up to the last alone.
    assert_eq!(model.rollout(&tokens[..1]), [1.0]);
    assert!(model.rollout(&[]).is_empty());
    // Attention that looks at all rows alike has shares that can be written down: queries of zero.
    let mut even = model.clone();
    let width = even.config().width;
    let places: Vec<_> = even.tensors().to_vec();
    for tensor in places.iter().filter(|tensor| tensor.name.contains("attn.c_attn")) {
        let values = &mut even.parameters_mut()[tensor.range.clone()];
        values.chunks_mut(3 * width).for_each(|row| row[..width].fill(0.0));
    }
    let mut expected = vec![0.0, 0.0, 1.0];
    for _ in 0..even.config().layers {
        let mut before = vec![0.0; 3];
        for (row, share) in expected.iter().enumerate() {
            before[row] += share / 2.0;
            (0..=row).for_each(|other| before[other] += share / 2.0 / (row + 1) as f64);
        }
        expected = before;
    }
    let found = even.rollout(&tokens[..3]);
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
}

#[test]
fn memory_of_a_pass_is_at_most_what_was_computed_before_and_not_much_less() {
    let model: Model<f32> = lively(Config { vocabulary: 300, context: 64, layers: 3, heads: 2, width: 32 });
    for count in [1, 8, 60] {
        let samples: Vec<Sample> = (0..count).flat_map(|_| samples()).collect();
        let tokens = samples.iter().map(|sample| sample.sequence.tokens()).sum();
        let mut workspace = TrainingWorkspace::default();
        model.loss_and_gradient(&samples, &mut vec![0.0; model.parameters().len()], &mut workspace);
        let (planned, taken) = (model.pass_bytes(tokens, true), workspace.bytes());
        assert!(taken <= planned && 3 * taken > planned, "{tokens} tokens: {taken} of {planned} bytes");
    }
}

#[test]
fn halves_of_a_batch_make_the_whole() {
    let model: Model<f64> = lively(small_config());
    let samples: Vec<Sample> = (0..5).flat_map(|_| samples()).collect();
    let mut whole = vec![0.0; model.parameters().len()];
    let losses = model.loss_and_gradient(&samples, &mut whole, &mut TrainingWorkspace::default());
    // As where memory is short: down to single samples.
    let mut short = TrainingWorkspace::default();
    short.too_many = Some(1);
    let mut parts = vec![7.0; whole.len()];
    let found = model.loss_and_gradient(&samples, &mut parts, &mut short);
    assert!(losses.iter().zip(found).all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + a.abs())));
    assert!(whole.iter().zip(&parts).all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + a.abs())));
}
