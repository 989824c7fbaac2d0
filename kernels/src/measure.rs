//! Times of all kernels on a device, as fractions of what its memory and its arithmetic can do.

use crate::attention::{self, Heads};
use crate::batch::{Batch, Bounds};
use crate::context::{Buffer, Context, Element};
use crate::device::{BackEnd, DeviceInfo};
use crate::elementwise::{add_bias, bias_gelu, cast, fill, gelu_backward, residual};
use crate::embedding::{Rows, Scatter, embed, gather};
use crate::error::Error;
use crate::layout::Config;
use crate::loss::{Term, Terms, cross_entropy};
use crate::model::{GpuModel, Target, Transformer};
use crate::norm::{NormSaved, layer_norm, layer_norm_backward};
use crate::open::Precision;
use crate::optimizer::{AdamW, adamw};
use crate::product::{Matrix, Method, product_by};
use crate::reduce::{column_sums, square_sums};
use cubecl::prelude::Runtime;
use std::time::{Duration, Instant};

/// What to measure on: a batch of equal states, each with its actions, and a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of states.
    pub states: usize,
    /// Tokens of a state.
    pub prefix: usize,
    /// Actions a state.
    pub branches: usize,
    /// Tokens of an action.
    pub branch: usize,
    /// The model.
    pub config: Config,
}

impl Shape {
    fn batch(&self) -> Batch {
        let vocabulary = self.config.vocabulary as u32;
        let tokens = |count: usize, seed: u32| -> Vec<u32> {
            (0..count as u32).map(|i| (i * 7 + seed * 13) % vocabulary).collect()
        };
        let mut batch = Batch::default();
        for state in 0..self.states as u32 {
            let branches: Vec<Vec<u32>> = (0..self.branches as u32).map(|b| tokens(self.branch, state + b)).collect();
            batch.push(&tokens(self.prefix, state), branches.iter().map(|b| &b[..]));
        }
        batch
    }
}

/// The time of one kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Its name.
    pub kernel: String,
    /// Type of activations.
    pub element: &'static str,
    /// Seconds a launch: the median.
    pub seconds: f64,
    /// Bytes that it has to read and write, if memory is what limits it.
    pub bytes: Option<f64>,
    /// Additions and multiplications, if they are what limits it.
    pub operations: Option<f64>,
    /// The larger of the fractions of the copy's bandwidth and of the fastest product's rate that was measured here.
    pub fraction: Option<f64>,
}

/// How long to repeat each kernel, and the fewest repetitions.
const SPAN: Duration = Duration::from_millis(200);
const REPETITIONS: usize = 3;

struct Bench<'a, R: Runtime> {
    context: &'a Context<R>,
    rows: Vec<Measurement>,
    element: &'static str,
}

/// What limits a kernel.
enum Work {
    Bytes(usize),
    Operations(f64),
}

impl<R: Runtime> Bench<'_, R> {
    fn time(&mut self, kernel: &str, work: Work, mut run: impl FnMut() -> Result<(), Error>) -> Result<(), Error> {
        // Compiles.
        run()?;
        self.context.wait()?;
        // As many launches between two waits as take a while, so that waiting does not count.
        let start = Instant::now();
        run()?;
        self.context.wait()?;
        let launches = (0.02 / start.elapsed().as_secs_f64().max(1e-6)).ceil().min(1000.0) as usize;
        let (mut times, start) = (Vec::new(), Instant::now());
        while times.len() < REPETITIONS || start.elapsed() < SPAN {
            let start = Instant::now();
            for _ in 0..launches {
                run()?;
            }
            self.context.wait()?;
            times.push(start.elapsed().as_secs_f64() / launches as f64);
        }
        times.sort_by(f64::total_cmp);
        let seconds = times[times.len() / 2];
        let (bytes, operations) = match work {
            Work::Bytes(bytes) => (Some(bytes as f64), None),
            Work::Operations(operations) => (None, Some(operations)),
        };
        let (kernel, element) = (kernel.to_owned(), self.element);
        self.rows.push(Measurement { kernel, element, seconds, bytes, operations, fraction: None });
        Ok(())
    }
}

/// Measures every kernel on a device, in the given precision.
///
/// # Errors
/// [`Error`] if the device does not open or does not have the precision.
pub fn measure(device: &DeviceInfo, shape: &Shape, precision: Precision) -> Result<Vec<Measurement>, Error> {
    match device.back_end {
        #[cfg(feature = "wgpu")]
        BackEnd::Wgpu => by_precision(crate::device::wgpu_back_end::open(device.index)?, shape, precision),
        #[cfg(feature = "cuda")]
        BackEnd::Cuda => by_precision(crate::device::cuda::open(device.index)?, shape, precision),
        #[cfg(not(feature = "wgpu"))]
        BackEnd::Wgpu => Err(Error::NotBuilt("wgpu")),
        #[cfg(not(feature = "cuda"))]
        BackEnd::Cuda => Err(Error::NotBuilt("cuda")),
    }
}

fn by_precision<R: Runtime>(
    context: Context<R>,
    shape: &Shape,
    precision: Precision,
) -> Result<Vec<Measurement>, Error> {
    context.guarded(|| match precision {
        Precision::F32 => all::<R, f32>(&context, shape),
        Precision::Bf16 => all::<R, half::bf16>(&context, shape),
        Precision::F16 => all::<R, half::f16>(&context, shape),
    })
}

fn all<R: Runtime, E: Element>(context: &Context<R>, shape: &Shape) -> Result<Vec<Measurement>, Error> {
    if !context.supports::<E>() {
        return Err(Error::Shape(format!("the device does not compute with {}", E::NAME)));
    }
    let mut bench = Bench { context, rows: Vec::new(), element: E::NAME };
    memory_bound::<R, E>(&mut bench, shape)?;
    products::<R, E>(&mut bench, shape)?;
    attention::<R, E>(&mut bench, shape)?;
    model::<R, E>(&mut bench, shape)?;
    let mut rows = bench.rows;
    let fastest = |rate: fn(&Measurement) -> Option<f64>| rows.iter().filter_map(rate).fold(f64::NAN, f64::max);
    let copy = rows[0].bytes.map_or(f64::NAN, |b| b / rows[0].seconds);
    let product = fastest(|m| m.operations.map(|o| o / m.seconds));
    for row in &mut rows {
        let of_memory = row.bytes.map(|b| b / row.seconds / copy);
        row.fraction = of_memory.or(row.operations.map(|o| o / row.seconds / product));
    }
    Ok(rows)
}

fn filled<R: Runtime, E: Element>(context: &Context<R>, length: usize) -> Buffer<E> {
    let values: Vec<E> = (0..length).map(|i| E::narrow(((i * 37) % 101) as f32 / 50.0 - 1.0)).collect();
    context.upload(&values)
}

fn memory_bound<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let context = bench.context;
    let (batch, width, vocabulary) = (shape.batch(), shape.config.width, shape.config.vocabulary);
    let rows = batch.rows();
    let (stream, wide) = (rows * width, 4 * rows * width);
    let x = filled::<R, E>(context, wide);
    let out = context.empty::<E>(wide);
    // The first row is what bandwidth is measured against.
    bench.time("copy", Work::Bytes(2 * E::BYTES * wide), || {
        cast(context, &x, &out);
        Ok(())
    })?;
    let [streams, other, sum] = [(); 3].map(|()| filled::<R, f32>(context, stream));
    bench.time("fill", Work::Bytes(4 * stream), || {
        fill(context, &sum, 0.0);
        Ok(())
    })?;
    let (gain, wide_bias) = (filled::<R, f32>(context, width), filled::<R, f32>(context, 4 * width));
    let normed = layer_norm::<R, E>(context, &streams, &gain, &gain);
    bench.time("layer norm", Work::Bytes((4 + E::BYTES) * stream), || {
        layer_norm::<R, E>(context, &streams, &gain, &gain);
        Ok(())
    })?;
    let (dgain, dbias) = (context.empty(width), context.empty(width));
    bench.time("layer norm backward", Work::Bytes((4 * 4 + 2 * E::BYTES) * stream), || {
        let saved = NormSaved { dout: &normed.out, x: &streams, gain: &gain, mean: &normed.mean, rstd: &normed.rstd };
        layer_norm_backward(context, saved, &sum, &dgain, &dbias);
        Ok(())
    })?;
    bench.time("bias and GELU", Work::Bytes(3 * E::BYTES * wide), || {
        bias_gelu(context, &x, &wide_bias, &out);
        Ok(())
    })?;
    bench.time("GELU backward", Work::Bytes(3 * E::BYTES * wide), || {
        gelu_backward(context, &x, &out);
        Ok(())
    })?;
    bench.time("bias", Work::Bytes(2 * E::BYTES * wide), || {
        add_bias(context, &out, &wide_bias);
        Ok(())
    })?;
    bench.time("residual", Work::Bytes(12 * stream), || {
        residual(context, &streams, &other, &gain, &sum);
        Ok(())
    })?;
    let sums = context.empty(4 * width);
    bench.time("column sums", Work::Bytes(E::BYTES * wide), || {
        column_sums(context, &x, &sums);
        Ok(())
    })?;
    bench.time("sum of squares", Work::Bytes(4 * stream), || {
        square_sums(context, &streams);
        Ok(())
    })?;
    tables::<R, E>(bench, (rows, width, vocabulary), &streams)?;
    let weights = [(); 4].map(|()| filled::<R, f32>(context, stream.next_multiple_of(128)));
    let decays = filled::<R, f32>(context, weights[0].len() / 128);
    bench.time("AdamW", Work::Bytes(7 * 4 * stream), || {
        let [w, g, m, v] = &weights;
        adamw(context, &NUMBERS, w, g, [m, v], &decays);
        Ok(())
    })
}

/// Small steps, so that repeating them does no harm.
const NUMBERS: AdamW = AdamW {
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    rate: 1e-6,
    clip: 1.0,
    correct1: 1.0,
    correct2: 1.0,
    weight_decay: 0.01,
};

fn tables<R: Runtime, E: Element>(
    bench: &mut Bench<'_, R>,
    (rows, width, vocabulary): (usize, usize, usize),
    streams: &Buffer<f32>,
) -> Result<(), Error> {
    let (context, stream) = (bench.context, rows * width);
    let tokens: Vec<u32> = (0..rows).map(|i| ((i * 7) % vocabulary) as u32).collect();
    let places = Rows::new(context, &tokens);
    let table = filled::<R, f32>(context, vocabulary * width);
    bench.time("embedding", Work::Bytes(12 * stream), || {
        embed(context, (&places, &places), (&table, &table), width);
        Ok(())
    })?;
    bench.time("gather rows", Work::Bytes((4 + E::BYTES) * stream), || {
        gather::<R, f32, E>(context, &table, &places, width);
        Ok(())
    })?;
    let scatter = Scatter::new(context, &tokens);
    bench.time("scatter rows", Work::Bytes(4 * (stream + 2 * vocabulary.min(rows) * width)), || {
        scatter.add(context, streams, &table, width);
        Ok(())
    })?;
    let count = rows.div_ceil(2);
    let logits = filled::<R, f32>(context, count * vocabulary);
    let terms: Vec<Term> = tokens[..count]
        .iter()
        .enumerate()
        .map(|(i, &token)| Term { token, candidates: if i % 2 == 0 { vec![] } else { vec![token] }, weight: 0.1 })
        .collect();
    let terms = Terms::new(context, &terms);
    bench.time("cross-entropy", Work::Bytes((4 + E::BYTES) * count * vocabulary), || {
        cross_entropy::<R, E>(context, &logits, &terms, vocabulary);
        Ok(())
    })
}

fn products<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let (context, width) = (bench.context, shape.config.width);
    let rows = shape.batch().rows();
    let (x, wide) = (filled::<R, E>(context, rows * width), filled::<R, E>(context, rows * 4 * width));
    let weight = filled::<R, E>(context, 4 * width * width);
    let (narrow, out) = (context.empty::<f32>(rows * width), context.empty::<E>(rows * 4 * width));
    let square = context.empty::<f32>(4 * width * width);
    let operations = 2.0 * (rows * width * 4 * width) as f64;
    // On a software adapter the library's kernels take longer to compile than all the rest together.
    let methods: &[Method] = match (context.library(), E::BYTES) {
        (false, _) => &[Method::Tiled],
        (true, 2) => &[Method::Tiled, Method::Units, Method::TensorCores],
        (true, _) => &[Method::Tiled, Method::Units],
    };
    for &method in methods {
        let (a, b) = (Matrix::new(&x, rows, width), Matrix::new(&weight, width, 4 * width));
        let d = Matrix::new(&wide, rows, 4 * width);
        let forward = bench.time(&format!("product {method:?}"), Work::Operations(operations), || {
            product_by(context, method, &a, &b, &out)
        });
        if let Err(error) = forward {
            // The library takes not every shape on every device.
            eprintln!("product {method:?}: {error}");
            continue;
        }
        bench.time(&format!("product {method:?}, gradient of x"), Work::Operations(operations), || {
            product_by(context, method, &d, &b.clone().transposed(), &narrow)
        })?;
        bench.time(&format!("product {method:?}, gradient of W"), Work::Operations(operations), || {
            product_by(context, method, &a.clone().transposed(), &d, &square)
        })?;
    }
    Ok(())
}

fn attention<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let context = bench.context;
    let heads = Heads { count: shape.config.heads, width: shape.config.width };
    let tile = attention::tile_for(context, heads)?;
    let batch = shape.batch();
    let bounds = Bounds { vocabulary: shape.config.vocabulary, context: shape.config.context, training: false };
    let tables = batch.upload(context, tile, bounds)?;
    let (rows, width) = (batch.rows(), heads.width);
    let qkv = filled::<R, E>(context, rows * 3 * width);
    let (out, log_sums) = (context.empty::<E>(rows * width), context.empty(rows * heads.count));
    // Two products over what is seen on the way there, five on the way back (FlashAttention's count).
    let operations = 2.0 * 2.0 * batch.pairs() as f64 * width as f64;
    bench.time("attention", Work::Operations(operations), || {
        attention::forward(context, &tables, (heads, tile), &qkv, &out, &log_sums);
        Ok(())
    })?;
    let dqkv = context.empty::<E>(rows * 3 * width);
    bench.time("attention backward", Work::Operations(2.5 * operations), || {
        let saved = attention::Saved { qkv: &qkv, out: &out, log_sums: &log_sums, dout: &out };
        attention::backward(context, &tables, (heads, tile), saved, &dqkv);
        Ok(())
    })
}

fn model<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let config = &shape.config;
    let count = crate::layout::Layout::new(config)?.host;
    let parameters: Vec<f32> = (0..count).map(|i| ((i * 37) % 101) as f32 / 5000.0 - 0.01).collect();
    let mut model = GpuModel::<R, E>::new(bench.context.clone(), config, &parameters)?;
    let batch = shape.batch();
    let term = |token| Term { token, candidates: vec![], weight: 1e-3 };
    let rows: Vec<u32> = (0..batch.rows() as u32).step_by(2).collect();
    let targets: Vec<Target> =
        rows.iter().map(|&row| Target { row, term: term(row % config.vocabulary as u32) }).collect();
    // Two operations a parameter and row forward, twice as many backward, besides attention and the embeddings' table.
    let linear = 2.0 * (12 * config.layers * config.width * config.width * batch.rows()) as f64;
    let attention = 4.0 * (config.layers * config.width) as f64 * batch.pairs() as f64;
    bench.time("model forward", Work::Operations(linear + attention), || model.hidden(&batch, &rows).map(drop))?;
    let step = 3.0 * linear + 3.5 * attention + 6.0 * (targets.len() * config.width * config.vocabulary) as f64;
    bench.time("training step", Work::Operations(step), || {
        model.loss_and_gradient(&batch, &targets, false)?;
        model.gradient_norm()?;
        model.step(&NUMBERS)
    })
}
