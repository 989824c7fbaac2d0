//! `prover devices`: the devices on which a network can compute, and their speed.

use std::io::Write;
use std::time::Instant;

use clap::{Args, ValueEnum};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{CliError, Context, Status, output};
use crate::memory;
use crate::network::model::{Model, Packed, Sequence, Size, Workspace};

/// Arguments of `prover devices`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DevicesArgs {
    /// How to write the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Measure software devices as well, which are slow
    #[arg(long)]
    pub software: bool,
}

/// Forms of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table
    #[default]
    Human,
    /// JSON
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover devices
  prover devices --format json

Times are those of one pass over a state of 100 tokens with 30 actions of 8 tokens, for each size of the model.
Exit status: 0.";

/// Tokens of the vocabulary that is measured with: that of self-play.
const VOCABULARY: usize = 512;

/// A line of the list.
#[derive(Debug, Serialize)]
struct Row {
    /// Its name for `--device`.
    device: String,
    name: String,
    driver: String,
    software: bool,
    memory_bytes: Option<u64>,
    largest_buffer_bytes: Option<u64>,
    shared_memory_bytes: Option<u64>,
    /// Seconds by size of the model.
    forward_seconds: Vec<(String, Option<f64>)>,
    /// The memory that training takes, by size of the model.
    training: Vec<TrainingMemory>,
    /// The reason why there are no times.
    error: Option<String>,
}

/// The memory that training a model takes.
#[derive(Debug, Serialize)]
struct TrainingMemory {
    model: String,
    bytes: u64,
    /// Whether the device has it; none where that is not known.
    fits: Option<bool>,
}

/// Tokens of a batch that training is estimated for: the default of proofs.
const BATCH_TOKENS: u64 = 4096;
/// Numbers of a token that a block keeps for its gradient, in widths: two norms, queries, keys and values, the mixed
/// values, two sums, and the inner layer before and after its bend.
#[cfg(feature = "gpu")]
const KEPT_WIDTHS: u64 = 16;

/// The memory that training takes for each size of the model, and whether it fits into `memory` bytes: weights, their
/// gradient and the two moments of the optimiser, and what a step takes beside them.
fn training(memory: Option<u64>, step: impl Fn(&Model<f32>) -> u64) -> Vec<TrainingMemory> {
    let of = |size: Size| {
        let model = model(size)?;
        let bytes = 4 * 4 * model.parameters().len() as u64 + step(&model);
        Some(TrainingMemory { model: size.to_string(), bytes, fits: memory.map(|memory| bytes <= memory) })
    };
    Size::ALL.into_iter().filter_map(of).collect()
}

/// An estimate of the memory of a step on a GPU: the activations of a batch with their gradients.
#[cfg(feature = "gpu")]
fn step_on_gpu(model: &Model<f32>) -> u64 {
    let config = model.config();
    let kept = config.layers as u64 * KEPT_WIDTHS * config.width as u64 + VOCABULARY as u64;
    4 * 2 * BATCH_TOKENS * kept
}

/// Carries out the command.
///
/// # Errors
/// When the list cannot be written.
pub fn run(args: &DevicesArgs, context: &Context) -> Result<Status, CliError> {
    let mut rows = vec![processor()];
    rows.extend(gpus(args.software));
    let mut out = output::stdout();
    let written = match args.format {
        Format::Human => table(&rows, context, &mut out),
        Format::Json => serde_json::to_writer_pretty(&mut out, &rows).map_err(Into::into).and_then(|()| writeln!(out)),
    };
    written.and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(Status::Fine)
}

fn state() -> Sequence {
    let tokens = |count: u32, seed: u32| (0..count).map(|i| (i * 7 + seed) % VOCABULARY as u32).collect::<Vec<_>>();
    Sequence { prefix: tokens(100, 1), branches: (0..30).map(|b| tokens(8, b)).collect() }
}

fn model(size: Size) -> Option<Model<f32>> {
    Model::new(size.config(VOCABULARY), &mut ChaCha8Rng::seed_from_u64(0)).ok()
}

/// The shortest of some repetitions, after one that does not count.
fn shortest<E>(mut pass: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    pass()?;
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        pass()?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn processor() -> Row {
    let (packed, mut workspace) = (Packed::new(&[state()]), Workspace::default());
    let mut seconds = |size| {
        let model = model(size)?;
        let pass = || {
            model.forward(&packed, &mut workspace);
            Ok::<_, std::convert::Infallible>(())
        };
        shortest(pass).ok()
    };
    Row {
        device: "cpu".to_owned(),
        name: format!("{} threads", std::thread::available_parallelism().map_or(1, usize::from)),
        driver: "one thread measured".to_owned(),
        software: true,
        memory_bytes: memory::available(),
        largest_buffer_bytes: None,
        shared_memory_bytes: None,
        forward_seconds: Size::ALL.map(|size| (size.to_string(), seconds(size))).to_vec(),
        training: training(memory::available(), |model| model.pass_bytes(BATCH_TOKENS as usize, true)),
        error: None,
    }
}

#[cfg(not(feature = "gpu"))]
fn gpus(_software: bool) -> Vec<Row> {
    Vec::new()
}

#[cfg(feature = "gpu")]
fn gpus(software: bool) -> Vec<Row> {
    prover_gpu::devices().into_iter().map(|device| gpu(&device, software)).collect()
}

#[cfg(feature = "gpu")]
fn gpu(device: &prover_gpu::DeviceInfo, software: bool) -> Row {
    let mut error = None;
    let mut seconds = |size| {
        if device.software && !software || error.is_some() {
            return None;
        }
        forward_on(device, &model(size)?).map_err(|e| error = Some(e.to_string())).ok()
    };
    let forward_seconds = Size::ALL.map(|size| (size.to_string(), seconds(size))).to_vec();
    Row {
        device: device.selector().to_string(),
        name: device.name.clone(),
        driver: device.driver.clone(),
        software: device.software,
        memory_bytes: device.memory,
        largest_buffer_bytes: Some(device.largest_buffer),
        shared_memory_bytes: Some(device.shared_memory),
        forward_seconds,
        training: training(device.memory, step_on_gpu),
        error,
    }
}

#[cfg(feature = "gpu")]
fn forward_on(device: &prover_gpu::DeviceInfo, model: &Model<f32>) -> Result<f64, prover_gpu::Error> {
    use prover_gpu::{Batch, Precision, open};
    let config = crate::network::accelerator::shapes(model.config());
    let on_device = open(device, &config, model.parameters(), Precision::F32)?;
    let (state, mut batch) = (state(), Batch::default());
    batch.push(&state.prefix, state.branches.iter().map(|b| &b[..]));
    let rows: Vec<u32> = (0..batch.rows() as u32).step_by(8).collect();
    shortest(|| on_device.hidden(&batch, &rows).map(drop))
}

fn table(rows: &[Row], context: &Context, out: &mut dyn Write) -> std::io::Result<()> {
    let (bold, reset) = if context.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let size = |bytes: Option<u64>| match bytes {
        None => "-".to_owned(),
        Some(bytes) if bytes < 1 << 20 => format!("{} KiB", bytes >> 10),
        Some(bytes) if bytes < 1 << 30 => format!("{} MiB", bytes >> 20),
        Some(bytes) => format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64),
    };
    let sizes = Size::ALL.map(|size| size.to_string());
    let head = ["device", "memory", "buffer", "shared"].map(str::to_owned).into_iter().chain(sizes);
    let head = head.chain(["name".to_owned()]).collect();
    let mut lines = vec![head];
    for row in rows {
        let mut line = vec![row.device.clone()];
        line.extend([row.memory_bytes, row.largest_buffer_bytes, row.shared_memory_bytes].map(size));
        let times = row.forward_seconds.iter();
        line.extend(times.map(|(_, s)| s.map_or("-".to_owned(), |s| format!("{:.2} ms", 1e3 * s))));
        let kind = if row.software && row.device != "cpu" { ", software" } else { "" };
        line.push(format!("{} ({}{kind})", row.name, row.driver));
        lines.push(line);
    }
    let last = lines[0].len() - 1;
    let width = |c: usize| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..last).map(width).collect();
    for (i, line) in lines.iter().enumerate() {
        let (start, end) = if i == 0 { (bold, reset) } else { ("", "") };
        let cells: Vec<String> = line[..last].iter().zip(&widths).map(|(cell, w)| format!("{cell:<w$}")).collect();
        writeln!(out, "{start}{}  {}{end}", cells.join("  "), line[last])?;
    }
    for row in rows {
        let models = row.training.iter().map(|TrainingMemory { model, bytes, fits }| {
            let verdict = match fits {
                None => "",
                Some(true) => " (fits)",
                Some(false) => " (does not fit)",
            };
            format!("{model} {}{verdict}", size(Some(*bytes)))
        });
        let models = models.collect::<Vec<_>>().join(", ");
        writeln!(out, "{}: training with batches of {BATCH_TOKENS} tokens takes about {models}", row.device)?;
    }
    for row in rows.iter().filter(|r| r.error.is_some()) {
        writeln!(out, "{}: {}", row.device, row.error.as_deref().unwrap_or_default())?;
    }
    if !cfg!(feature = "gpu") {
        writeln!(
            out,
            "This build has no GPU back end: build it with the cargo feature `gpu`, or `cuda` for NVIDIA's."
        )?;
    } else if rows.len() == 1 {
        writeln!(out, "No GPU was found.")?;
    }
    Ok(())
}
