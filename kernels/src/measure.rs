//! Times of all kernels on a device, as fractions of what its memory and its arithmetic can do.

use crate::attention::{self, Heads};
use crate::batch::{Batch, Bounds};
use crate::context::{Buffer, Context, Element};
use crate::device::{BackEnd, DeviceInfo};
use crate::elementwise::{bias_gelu, cast, fill};
use crate::embedding::{Rows, Scatter, gather};
use crate::error::Error;
use crate::layout::Config;
use crate::loss::{Term, Terms, cross_entropy};
use crate::model::{GpuModel, Target, Transformer};
use crate::norm::{Gains, Normed, embed_and_norm, norm_affine_gradient, norm_input_gradient, residual_and_norm};
use crate::open::Precision;
use crate::optimizer::{AdamW, Along, adamw};
use crate::product::{Matrix, Method, product_by};
use crate::reduce::{Partials, norm};
use cubecl::prelude::Runtime;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// A group of kernels to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Limited by memory.
    Memory,
    /// Matrix products, by all methods.
    Products,
    /// Attention, there and back.
    Attention,
    /// A forward pass and a step of training.
    Model,
    /// The time until an evaluation of 1, 4 and 64 states is there.
    Latency,
}

impl Group {
    /// All, the most telling first.
    pub const ALL: [Self; 5] = [Self::Model, Self::Attention, Self::Latency, Self::Products, Self::Memory];
}

impl FromStr for Group {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|group| format!("{group:?}").to_lowercase() == name);
        found
            .ok_or_else(|| Error::Shape(format!("unknown group `{name}`: memory, products, attention, model, latency")))
    }
}

/// Shape of what is measured: a batch of equal states, each with its actions, and a model.
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
    /// Seconds a launch, without what starting and waiting takes: the median.
    pub seconds: f64,
    /// Bytes that it has to read and write, if memory is what limits it.
    pub bytes: Option<f64>,
    /// Additions and multiplications, if they are what limits it.
    pub operations: Option<f64>,
    /// The larger of the fractions of the copy's bandwidth and of the fastest product's rate that was measured here.
    pub fraction: Option<f64>,
}

/// How long to repeat each kernel, and the fewest repetitions.
const SPAN: Duration = Duration::from_millis(300);
const REPETITIONS: usize = 5;

struct Bench<'a, R: Runtime> {
    context: &'a Context<R>,
    rows: Vec<Measurement>,
    element: &'static str,
}

/// Limit of a kernel.
enum Work {
    Bytes(usize),
    Operations(f64),
    /// How long it is waited for.
    Latency,
}

impl<R: Runtime> Bench<'_, R> {
    /// The time of one launch: the difference of twice as many launches and as many, each with one wait at its end.
    /// A measurement that fails is reported and left out.
    fn time(&mut self, kernel: &str, work: Work, mut run: impl FnMut() -> Result<(), Error>) {
        let seconds = match work {
            Work::Latency => self.median(|_| timed(&mut run)),
            Work::Bytes(_) | Work::Operations(_) => self.difference(&mut run),
        };
        let seconds = match seconds {
            Ok(seconds) => seconds,
            Err(error) => return eprintln!("{kernel} {}: {error}", self.element),
        };
        let (bytes, operations) = match work {
            Work::Bytes(bytes) => (Some(bytes as f64), None),
            Work::Operations(operations) => (None, Some(operations)),
            Work::Latency => (None, None),
        };
        let (kernel, element) = (kernel.to_owned(), self.element);
        self.rows.push(Measurement { kernel, element, seconds, bytes, operations, fraction: None });
    }

    fn difference(&self, run: &mut impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
        let mut launches = |count: usize| {
            timed(|| {
                (0..count).try_for_each(|_| run())?;
                self.context.wait()
            })
        };
        // Compiles.
        launches(1)?;
        let count = (0.02 / launches(1)?.max(1e-6)).ceil().min(1000.0) as usize;
        self.median(|_| {
            let once = launches(count)?;
            // The clock's grain, if launches are that quick.
            Ok((launches(2 * count)? - once).max(1e-9) / count as f64)
        })
    }

    fn median(&self, mut measure: impl FnMut(usize) -> Result<f64, Error>) -> Result<f64, Error> {
        measure(0)?;
        let (mut times, start) = (Vec::new(), Instant::now());
        while times.len() < REPETITIONS || start.elapsed() < SPAN {
            times.push(measure(times.len())?);
        }
        times.sort_by(f64::total_cmp);
        Ok(times[times.len() / 2])
    }
}

/// Seconds that work takes.
fn timed(work: impl FnOnce() -> Result<(), Error>) -> Result<f64, Error> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Peak rates of a device: bytes and operations a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Peaks {
    /// Of its memory.
    pub bandwidth: Option<f64>,
    /// Of its arithmetic.
    pub rate: Option<f64>,
}

/// Measures groups of kernels on a device, in the given precision. Fractions are of the given peaks, or else of what a
/// copy and the fastest product reached.
///
/// # Errors
/// [`Error`] if the device does not open or does not have the precision.
pub fn measure(
    device: &DeviceInfo,
    shape: &Shape,
    precision: Precision,
    groups: &[Group],
    peaks: Peaks,
) -> Result<Vec<Measurement>, Error> {
    let mut rows = match device.back_end {
        #[cfg(feature = "wgpu")]
        BackEnd::Wgpu => by_precision(crate::device::wgpu_back_end::open(device.index)?, shape, precision, groups),
        #[cfg(feature = "cuda")]
        BackEnd::Cuda => by_precision(crate::device::cuda::open(device.index)?, shape, precision, groups),
        #[cfg(not(feature = "wgpu"))]
        BackEnd::Wgpu => Err(Error::NotBuilt("wgpu")),
        #[cfg(not(feature = "cuda"))]
        BackEnd::Cuda => Err(Error::NotBuilt("cuda")),
    }?;
    let reached = |rate: fn(&Measurement) -> Option<f64>| rows.iter().filter_map(rate).fold(f64::NAN, f64::max);
    let copy = reached(|m| m.bytes.filter(|_| m.kernel == "copy").map(|b| b / m.seconds));
    let product = reached(|m| m.operations.map(|o| o / m.seconds));
    let (copy, product) = (peaks.bandwidth.unwrap_or(copy), peaks.rate.unwrap_or(product));
    for row in &mut rows {
        let of_memory = row.bytes.map(|b| b / row.seconds / copy);
        row.fraction = of_memory.or(row.operations.map(|o| o / row.seconds / product)).filter(|f| f.is_finite());
    }
    Ok(rows)
}

fn by_precision<R: Runtime>(
    context: Context<R>,
    shape: &Shape,
    precision: Precision,
    groups: &[Group],
) -> Result<Vec<Measurement>, Error> {
    context.guarded(|| match precision {
        Precision::F32 => all::<R, f32>(&context, shape, groups),
        Precision::Bf16 => all::<R, half::bf16>(&context, shape, groups),
        Precision::F16 => all::<R, half::f16>(&context, shape, groups),
    })
}

fn all<R: Runtime, E: Element>(
    context: &Context<R>,
    shape: &Shape,
    groups: &[Group],
) -> Result<Vec<Measurement>, Error> {
    if !context.supports::<E>() {
        return Err(Error::Shape(format!("the device does not compute with {}", E::NAME)));
    }
    let mut bench = Bench { context, rows: Vec::new(), element: E::NAME };
    for group in groups {
        match group {
            Group::Memory => memory_bound::<R, E>(&mut bench, shape),
            Group::Products => products::<R, E>(&mut bench, shape),
            Group::Attention => attention::<R, E>(&mut bench, shape)?,
            Group::Model => model::<R, E>(&mut bench, shape)?,
            Group::Latency => latency::<R, E>(&mut bench, shape)?,
        }
    }
    Ok(bench.rows)
}

fn filled<R: Runtime, E: Element>(context: &Context<R>, length: usize) -> Buffer<E> {
    let values: Vec<E> = (0..length).map(|i| E::narrow(((i * 37) % 101) as f32 / 50.0 - 1.0)).collect();
    context.upload(&values)
}

fn memory_bound<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) {
    let context = bench.context;
    let (batch, width, vocabulary) = (shape.batch(), shape.config.width, shape.config.vocabulary);
    let rows = batch.rows();
    let (stream, wide) = (rows * width, 4 * rows * width);
    let x = filled::<R, E>(context, wide);
    let out = context.empty::<E>(wide);
    bench.time("copy", Work::Bytes(2 * E::BYTES * wide), || {
        cast(context, &x, &out);
        Ok(())
    });
    let [streams, other, sum] = [(); 3].map(|()| filled::<R, f32>(context, stream));
    bench.time("fill", Work::Bytes(4 * stream), || {
        fill(context, &sum, 0.0);
        Ok(())
    });
    let (bias, wide_bias) = (filled::<R, f32>(context, width), filled::<R, f32>(context, 4 * width));
    let gains = Gains::new(context, &vec![1.0; width], &vec![0.0; width]);
    bench.time("residual and layer norm", Work::Bytes((3 * 4 + E::BYTES) * stream), || {
        residual_and_norm::<R, E>(context, &streams, (&other, &bias), &gains);
        Ok(())
    });
    let normed: Normed<E> = residual_and_norm(context, &streams, (&other, &bias), &gains);
    bench.time("layer norm backward", Work::Bytes((3 * 4 + 2 * E::BYTES) * stream), || {
        norm_input_gradient::<R, E, E, E>(context, &normed.out, &normed, &gains, &sum, true);
        Ok(())
    });
    let parts = Partials::new(context, rows, 4 * width);
    bench.time("layer norm's gain and bias", Work::Bytes((4 + 4 + E::BYTES) * stream), || {
        norm_affine_gradient(context, &normed.out, &normed, &parts, 0, Some((&sum, 2 * width)));
        Ok(())
    });
    bench.time("bias and GELU", Work::Bytes(3 * E::BYTES * wide), || {
        bias_gelu(context, &x, &wide_bias, &out);
        Ok(())
    });
    bench.time("GELU backward, column sums", Work::Bytes(3 * E::BYTES * wide), || {
        parts.gelu_backward(context, &x, &out, 0);
        Ok(())
    });
    bench.time("column sums", Work::Bytes(E::BYTES * wide), || {
        parts.column_sums(context, &x, 0);
        Ok(())
    });
    let numbers = context.upload(&NUMBERS.numbers());
    bench.time("norm", Work::Bytes(4 * stream), || {
        norm(context, &streams, &numbers);
        Ok(())
    });
    tables::<R, E>(bench, (&batch, width, vocabulary), &streams);
    let length = stream.next_multiple_of(128);
    let weights = [(); 4].map(|()| filled::<R, f32>(context, length));
    let (rounded, decays) = (context.empty::<E>(length), filled::<R, f32>(context, length / 128));
    let rounding = if E::BYTES == 4 { 0 } else { E::BYTES };
    bench.time("AdamW", Work::Bytes((7 * 4 + rounding) * stream), || {
        let [w, gradient, m, v] = &weights;
        let along = Along { gradient, numbers: &numbers, decays: &decays };
        adamw(context, along, (w, &w.same_type::<E>().unwrap_or(rounded.clone())), [m, v]);
        Ok(())
    });
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
    (batch, width, vocabulary): (&Batch, usize, usize),
    streams: &Buffer<f32>,
) {
    let context = bench.context;
    let (rows, stream) = (batch.rows(), batch.rows() * width);
    let tokens: Vec<u32> = (0..rows).map(|i| ((i * 7) % vocabulary) as u32).collect();
    let places = Rows::new(context, &tokens);
    let table = filled::<R, f32>(context, vocabulary * width);
    let gains = Gains::new(context, &vec![1.0; width], &vec![0.0; width]);
    let bounds = Bounds { vocabulary, context: vocabulary, training: false, multiple: 1 };
    if let Ok(tables) = batch.upload(context, 32, bounds) {
        bench.time("embedding and layer norm", Work::Bytes((12 + E::BYTES) * stream), || {
            embed_and_norm::<R, E>(context, &tables.places, (&table, &table), &gains);
            Ok(())
        });
    }
    bench.time("gather rows", Work::Bytes((4 + E::BYTES) * stream), || {
        gather::<R, f32, E>(context, &table, &places, width);
        Ok(())
    });
    let scatter = Scatter::new(context, &tokens);
    bench.time("scatter rows", Work::Bytes(4 * (stream + 2 * vocabulary.min(rows) * width)), || {
        scatter.run(context, streams, &table, width);
        Ok(())
    });
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
    });
}

fn products<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) {
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
        bench.time(&format!("product {method:?}"), Work::Operations(operations), || {
            product_by(context, method, &a, &b, &out)
        });
        bench.time(&format!("product {method:?}, gradient of x"), Work::Operations(operations), || {
            product_by(context, method, &d, &b.clone().transposed(), &narrow)
        });
        bench.time(&format!("product {method:?}, gradient of W"), Work::Operations(operations), || {
            product_by(context, method, &a.clone().transposed(), &d, &square)
        });
    }
}

fn attention<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let context = bench.context;
    let heads = Heads { count: shape.config.heads, width: shape.config.width };
    let tile = attention::tile_for(context, heads)?;
    let batch = shape.batch();
    let bounds =
        Bounds { vocabulary: shape.config.vocabulary, context: shape.config.context, training: false, multiple: 1 };
    let tables = batch.upload(context, tile, bounds)?;
    let (rows, width) = (batch.rows(), heads.width);
    let (qkv, bias) = (filled::<R, E>(context, rows * 3 * width), filled::<R, f32>(context, 3 * width));
    let (out, sums) = (context.empty::<E>(rows * width), context.empty(rows * heads.count * 2));
    // Two products over what is seen on the way there, five on the way back (FlashAttention's count).
    let operations = 2.0 * 2.0 * batch.pairs() as f64 * width as f64;
    bench.time("attention", Work::Operations(operations), || {
        attention::forward(context, &tables, (heads, tile), (&qkv, &bias), &out, &sums);
        Ok(())
    });
    let dqkv = context.empty::<E>(rows * 3 * width);
    bench.time("attention backward", Work::Operations(2.5 * operations), || {
        let saved = attention::Saved { qkv: &qkv, bias: &bias, out: &out, sums: &sums, dout: &out };
        attention::backward(context, &tables, (heads, tile), saved, &dqkv);
        Ok(())
    });
    Ok(())
}

fn opened<R: Runtime, E: Element>(context: &Context<R>, config: &Config) -> Result<GpuModel<R, E>, Error> {
    let count = crate::layout::Layout::new(config)?.host;
    let parameters: Vec<f32> = (0..count).map(|i| ((i * 37) % 101) as f32 / 5000.0 - 0.01).collect();
    GpuModel::new(context.clone(), config, &parameters)
}

fn model<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let config = &shape.config;
    let mut model = opened::<R, E>(bench.context, config)?;
    let batch = shape.batch();
    let term = |token| Term { token, candidates: vec![], weight: 1e-3 };
    let rows: Vec<u32> = (0..batch.rows() as u32).step_by(2).collect();
    let targets: Vec<Target> =
        rows.iter().map(|&row| Target { row, term: term(row % config.vocabulary as u32) }).collect();
    // Two operations a parameter and row forward, twice as many backward, besides attention and the embeddings' table.
    let linear = 2.0 * (12 * config.layers * config.width * config.width * batch.rows()) as f64;
    let attention = 4.0 * (config.layers * config.width) as f64 * batch.pairs() as f64;
    bench.time("model forward", Work::Operations(linear + attention), || model.hidden(&batch, &rows).map(drop));
    let step = 3.0 * linear + 3.5 * attention + 6.0 * (targets.len() * config.width * config.vocabulary) as f64;
    bench.time("training step", Work::Operations(step), || model.train(&batch, &targets, &NUMBERS).map(drop));
    Ok(())
}

/// Rows that are read of each state: the last of its prefix and of each action.
fn latency<R: Runtime, E: Element>(bench: &mut Bench<'_, R>, shape: &Shape) -> Result<(), Error> {
    let model = opened::<R, E>(bench.context, &shape.config)?;
    for states in [1, 4, 64] {
        let shape = Shape { states, ..shape.clone() };
        let batch = shape.batch();
        let rows: Vec<u32> = (shape.prefix - 1..batch.rows()).step_by(shape.branch).map(|row| row as u32).collect();
        bench.time(&format!("evaluation of {states} states"), Work::Latency, || model.hidden(&batch, &rows).map(drop));
    }
    Ok(())
}
