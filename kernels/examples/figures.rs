//! Prints what every kernel reaches on a device:
//!
//! ```text
//! cargo run --release -p prover-gpu --example figures -- [DEVICE] [--precision f32,bf16] [--states N]
//!     [--size tiny|small|base] [--group model,attention,latency,products,memory] [--bandwidth GB/S] [--rate GFLOP/S]
//! ```
//!
//! Without a device the first hardware one; a software one has to be named (`wgpu:0`). The shape is that of self-play:
//! states of 100 tokens with 30 actions of 8. Times are differences of twice as many launches and as many. `of peak`
//! compares memory-bound kernels with the bandwidth that is given, or else of a copy, the others with the rate that is
//! given, or else of the fastest product in the same run.

use prover_gpu::{Config, Group, Measurement, Peaks, Precision, Selector, Shape, devices, measure, select};
use std::process::ExitCode;

struct Arguments {
    selector: Selector,
    precisions: Vec<Precision>,
    shape: Shape,
    groups: Vec<Group>,
    peaks: Peaks,
}

fn list<T: std::str::FromStr>(text: &str) -> Result<Vec<T>, String>
where
    T::Err: std::fmt::Display,
{
    text.split(',').map(|word| word.parse().map_err(|e| format!("{e}"))).collect()
}

fn arguments() -> Result<Arguments, String> {
    let mut selector = Selector::Auto;
    let mut precisions = vec![Precision::F32, Precision::Bf16];
    let mut groups = Group::ALL.to_vec();
    let mut peaks = Peaks::default();
    let (mut states, mut size) = (32, "base".to_owned());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let giga = |text: String| text.parse::<f64>().map(|n| Some(1e9 * n)).map_err(|e| format!("{word}: {e}"));
        match word.as_str() {
            "--precision" => precisions = list(&value()?)?,
            "--group" => groups = list(&value()?)?,
            "--states" => states = value()?.parse().map_err(|e| format!("--states: {e}"))?,
            "--size" => size = value()?,
            "--bandwidth" => peaks.bandwidth = giga(value()?)?,
            "--rate" => peaks.rate = giga(value()?)?,
            name => selector = name.parse().map_err(|e| format!("{e}"))?,
        }
    }
    let (layers, heads, width) = match size.as_str() {
        "tiny" => (2, 4, 128),
        "small" => (4, 4, 256),
        "base" => (8, 8, 512),
        _ => return Err(format!("unknown size `{size}`: expected tiny, small or base")),
    };
    let config = Config { vocabulary: 512, context: 1024, layers, heads, width };
    let shape = Shape { states, prefix: 100, branches: 30, branch: 8, config };
    Ok(Arguments { selector, precisions, shape, groups, peaks })
}

fn line(row: &Measurement) -> String {
    let rate = match (row.bytes, row.operations) {
        (Some(bytes), _) => format!("{:>9.1} GB/s", bytes / row.seconds / 1e9),
        (None, Some(operations)) => format!("{:>9.1} GFLOP/s", operations / row.seconds / 1e9),
        (None, None) => String::new(),
    };
    let fraction = row.fraction.map_or(String::new(), |f| format!("{:>5.1} %", 100.0 * f));
    format!("{:<38} {:<5} {:>12.1} us  {rate:<18} {fraction}", row.kernel, row.element, 1e6 * row.seconds)
}

fn run() -> Result<(), String> {
    let Arguments { selector, precisions, shape, groups, peaks } = arguments()?;
    let Some(device) = select(selector).map_err(|e| e.to_string())? else {
        let named: Vec<String> = devices().iter().map(|d| format!("{} ({})", d.selector(), d.name)).collect();
        return Err(format!("no hardware device; there are: {}", named.join(", ")));
    };
    println!("{} {} ({})", device.selector(), device.name, device.driver);
    println!(
        "{} states of {} tokens with {} actions of {}; {:?}",
        shape.states, shape.prefix, shape.branches, shape.branch, shape.config
    );
    println!("{:<38} {:<5} {:>15}  {:<18} of peak", "kernel", "type", "time", "rate");
    for precision in precisions {
        match measure(&device, &shape, precision, &groups, peaks) {
            Ok(rows) => rows.iter().for_each(|row| println!("{}", line(row))),
            Err(error) => println!("{precision}: {error}"),
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
