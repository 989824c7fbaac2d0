//! The whole model: forward pass, gradient and training steps.

use super::reference::Reference;
use super::*;
use crate::batch::Batch;
use crate::error::Error;
use crate::layout::Config;
use crate::loss::Term;
use crate::model::{GpuModel, Target, Transformer};
use crate::open::Precision;
use crate::optimizer::AdamW;
use half::{bf16, f16};

fn config() -> Config {
    Config { vocabulary: 37, context: 24, layers: 2, heads: 3, width: 21 }
}

/// Parameters far from zero, so that attention is not nearly uniform.
fn parameters(config: &Config, random: &mut Random) -> Vec<f32> {
    let count = crate::layout::Layout::new(config).unwrap().host;
    random.values(count, 0.6)
}

fn tokens(random: &mut Random, count: usize) -> Vec<u32> {
    (0..count).map(|_| random.below(37) as u32).collect()
}

fn batch(random: &mut Random) -> Batch {
    let mut batch = Batch::default();
    for (prefix, branches) in [(9, &[3, 0, 1, 5][..]), (1, &[4]), (0, &[3, 2]), (30, &[]), (13, &[11; 6])] {
        let prefix = tokens(random, prefix);
        let branches: Vec<Vec<u32>> = branches.iter().map(|&l| tokens(random, l)).collect();
        batch.push(&prefix, branches.iter().map(|b| &b[..]));
    }
    batch
}

fn targets(random: &mut Random, batch: &Batch) -> Vec<Target> {
    (0..batch.rows() * 2 / 3)
        .map(|i| {
            let token = random.below(37) as u32;
            let candidates = if i % 2 == 0 { vec![] } else { vec![(token + 1) % 37, token, (token + 5) % 37] };
            let term = Term { token, candidates, weight: 0.1 + random.value().abs() as f32 };
            // Some rows have several targets.
            Target { row: random.below(batch.rows()) as u32, term }
        })
        .collect()
}

fn definition_on<R: Runtime>(context: &Context<R>) {
    both_ways(context).into_iter().for_each(|context| follows_the_definition(context));
}

fn follows_the_definition<R: Runtime>(context: Context<R>) {
    let random = &mut Random(30);
    let config = config();
    let flat = parameters(&config, random);
    let mut model = GpuModel::<_, f32>::new(context, &config, &flat).unwrap();
    let mut exact = Reference::new(&config, wide(&flat));
    let batch = batch(random);
    let all: Vec<u32> = (0..batch.rows() as u32).collect();
    assert_close(&model.hidden(&batch, &all).unwrap(), &exact.hidden(&batch), 1e-5, "hidden");
    assert!(model.hidden(&batch, &[]).unwrap().is_empty());
    // With rows that nobody asked for.
    model.multiple = 32;
    let some = [2, 0, 2, 40];
    let found = model.hidden(&batch, &some).unwrap();
    let width = config.width;
    let expected: Vec<f64> =
        some.iter().flat_map(|&r| exact.hidden(&batch)[r as usize * width..][..width].to_vec()).collect();
    assert_close(&found, &expected, 1e-5, "hidden of a padded batch");

    let targets = targets(random, &batch);
    let losses = model.loss_and_gradient(&batch, &targets, false).unwrap();
    assert_close(&losses, &exact.losses(&batch, &targets), 1e-5, "losses");
    assert_eq!(model.loss(&batch, &targets).unwrap(), losses);
    let gradient = model.gradient().unwrap();
    let scale = gradient.iter().fold(0.0f64, |m, g| m.max(f64::from(g.abs())));
    for i in exact.sample(6) {
        let (x, step) = (exact.parameters[i], 1e-5);
        exact.parameters[i] = x + step;
        let above = exact.loss(&batch, &targets);
        exact.parameters[i] = x - step;
        let numeric = (above - exact.loss(&batch, &targets)) / (2.0 * step);
        exact.parameters[i] = x;
        let error = (numeric - f64::from(gradient[i])).abs() / (numeric.abs() + 1e-2 * scale);
        assert!(error < 1e-4, "parameter {i}: {} instead of {numeric}", gradient[i]);
    }
    let norm = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
    // Steps of no length.
    assert!((model.step(&AdamW::STILL).unwrap() / norm - 1.0).abs() < 1e-5);
    let (found, found_norm) = model.train(&batch, &targets, &AdamW::STILL).unwrap();
    assert_eq!(found, losses);
    assert!((found_norm / norm - 1.0).abs() < 1e-5);
    assert_eq!(model.parameters().unwrap(), flat);

    // Two halves make the whole.
    let (left, right) = targets.split_at(targets.len() / 2);
    model.loss_and_gradient(&batch, left, false).unwrap();
    model.loss_and_gradient(&batch, right, true).unwrap();
    assert_close(&model.gradient().unwrap(), &wide(&gradient), 1e-4, "accumulated");
}

#[test]
fn hidden_states_and_gradient_are_those_of_the_definition() {
    on_devices!(definition_on);
}

/// The kernels keep to what every device of WebGPU has: naga checks each against a device that was opened with no more.
#[test]
fn default_limits_of_webgpu_are_enough() {
    if context().is_none() {
        return;
    }
    let device = devices().into_iter().find(|d| d.back_end == BackEnd::Wgpu).unwrap();
    let least = |_: &wgpu::Adapter| (wgpu::Features::empty(), wgpu::Limits::default());
    let context = crate::device::wgpu_back_end::open_with(device.index, least).unwrap();
    follows_the_definition(context.with_library(false).with_planes(false));
}

#[test]
fn steps_follow_adamw_and_state_goes_there_and_back() {
    on_devices!(steps_on);
}

fn steps_on<R: Runtime>(context: &Context<R>) {
    let random = &mut Random(31);
    let config = config();
    let flat = parameters(&config, random);
    let mut model = GpuModel::<_, f32>::new(context.clone(), &config, &flat).unwrap();
    assert_eq!(model.parameters().unwrap(), flat);
    assert_eq!(model.step(&AdamW::STILL).unwrap(), 0.0);
    let batch = batch(random);
    let targets = targets(random, &batch);
    model.loss_and_gradient(&batch, &targets, false).unwrap();
    let gradient = model.gradient().unwrap();
    let [m, v] = [(); 2].map(|()| random.values::<f32>(flat.len(), 0.1));
    let v: Vec<f32> = v.iter().map(|v| v * v).collect();
    model.set_optimizer([&m, &v]).unwrap();
    let numbers = AdamW {
        beta1: 0.9,
        beta2: 0.98,
        epsilon: 1e-8,
        rate: 1e-2,
        clip: 1e9,
        correct1: 1.0,
        correct2: 1.0,
        weight_decay: 0.0,
    };
    model.step(&numbers).unwrap();
    let [new_m, new_v] = model.optimizer().unwrap();
    let found = model.parameters().unwrap();
    for i in (0..flat.len()).step_by(97) {
        let g = gradient[i];
        let (m, v) = (0.9 * m[i] + 0.1 * g, 0.98 * v[i] + 0.02 * g * g);
        assert!((new_m[i] - m).abs() < 1e-4 * (1.0 + m.abs()) && (new_v[i] - v).abs() < 1e-4 * (1.0 + v.abs()));
        let w = flat[i] - 1e-2 * m / (v.sqrt() + 1e-8);
        assert!((found[i] - w).abs() < 1e-4, "{} {w}", found[i]);
    }
    // A few steps of it make the loss smaller.
    model.set_parameters(&flat).unwrap();
    model.set_optimizer([&vec![0.0; flat.len()], &vec![0.0; flat.len()]]).unwrap();
    let total = |losses: Vec<f32>| losses.iter().zip(&targets).map(|(l, t)| l * t.term.weight).sum::<f32>();
    let first = total(model.loss(&batch, &targets).unwrap());
    for t in 1..=10 {
        let corrects = [0.9f32, 0.98].map(|b| 1.0 / (1.0 - b.powi(t)));
        let numbers = AdamW { correct1: corrects[0], correct2: corrects[1], clip: 1.0, ..numbers };
        model.train(&batch, &targets, &numbers).unwrap();
    }
    let last = total(model.loss(&batch, &targets).unwrap());
    assert!(last < 0.8 * first, "{first} {last}");
}

fn half_precision_on<R: Runtime, E: Element>(context: &Context<R>, bound: f64) {
    if !has::<R, E>(context) {
        return;
    }
    let random = &mut Random(32);
    let config = config();
    let flat = parameters(&config, random);
    let mut model = GpuModel::<_, E>::new(context.clone(), &config, &flat).unwrap();
    let exact = Reference::new(&config, wide(&flat));
    let batch = batch(random);
    let all: Vec<u32> = (0..batch.rows() as u32).collect();
    assert_close(&model.hidden(&batch, &all).unwrap(), &exact.hidden(&batch), bound, "hidden");
    let targets = targets(random, &batch);
    let trained = model.loss_and_gradient(&batch, &targets, false);
    assert_eq!(matches!(trained, Err(Error::Shape(_))), E::PRECISION == Precision::F16, "losses are not scaled");
    let losses = model.differentiate(&batch, &targets, false).unwrap();
    assert_close(&losses, &exact.losses(&batch, &targets), bound, "losses");
    // By value, against the gradient in 32 bits, which is checked against differences of the definition.
    let mut single = GpuModel::<_, f32>::new(context.clone(), &config, &flat).unwrap();
    single.differentiate(&batch, &targets, false).unwrap();
    let (found, expected) = (model.gradient().unwrap(), single.gradient().unwrap());
    for (name, place) in exact.places() {
        let error = norm_ratio(&found[place.clone()], &wide(&expected[place]));
        assert!(error < bound, "{name}: off by {error:e} of its norm");
    }
}

fn f16_on<R: Runtime>(context: &Context<R>) {
    half_precision_on::<R, f16>(context, 3e-2);
}

fn bf16_on<R: Runtime>(context: &Context<R>) {
    half_precision_on::<R, bf16>(context, 2e-1);
}

#[test]
fn half_precision_is_near() {
    on_devices!(f16_on);
    on_devices!(bf16_on);
}

#[test]
fn what_does_not_fit_is_refused_and_does_no_harm() {
    on_devices!(refused_on);
}

fn refused_on<R: Runtime>(context: &Context<R>) {
    let random = &mut Random(33);
    let config = config();
    let flat = parameters(&config, random);
    assert!(matches!(GpuModel::<_, f32>::new(context.clone(), &config, &flat[1..]), Err(Error::Shape(_))));
    let uneven = Config { heads: 2, ..config.clone() };
    assert!(matches!(GpuModel::<_, f32>::new(context.clone(), &uneven, &flat), Err(Error::Shape(_))));
    let mut model = GpuModel::<_, f32>::new(context.clone(), &config, &flat).unwrap();
    let batch = batch(random);
    let target = |row, token| Target { row, term: Term { token, candidates: vec![], weight: 1.0 } };
    assert!(matches!(model.hidden(&Batch::default(), &[0]), Err(Error::Shape(_))));
    assert!(matches!(model.hidden(&batch, &[batch.rows() as u32]), Err(Error::Shape(_))));
    for bad in [vec![], vec![target(batch.rows() as u32, 0)], vec![target(0, 37)]] {
        assert!(matches!(model.loss_and_gradient(&batch, &bad, false), Err(Error::Shape(_))));
    }
    assert!(model.set_parameters(&flat[1..]).is_err() && model.set_optimizer([&flat, &flat[1..]]).is_err());
    assert_eq!(model.parameters().unwrap(), flat);
    assert!(model.loss_and_gradient(&batch, &[target(3, 4)], false).unwrap()[0] > 0.0);
}
