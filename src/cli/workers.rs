//! `prover workers`: the workers and learners at a broker.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::BTreeMap;

use super::worker::BrokerArgs;
use super::{CliError, Context, Status, output};
use crate::machines::Broker;
use crate::run::interrupt;
use crate::syntax::render::visible_lines;
use prover_broker::{Jobs, LearnerInfo, WorkerInfo, registry};

/// Arguments of `prover workers`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WorkersArgs {
    /// The broker
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// How to write the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
}

/// Forms of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people
    #[default]
    Human,
    /// JSON
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover workers --broker redis://127.0.0.1:6379/0
  prover workers --broker redis://127.0.0.1:6379/0 --format json

Exit status: 0 there are workers, 1 there are none, 2 the broker cannot be used.";

/// The workers, learners and jobs of a broker.
#[derive(Debug, Default, Serialize)]
struct Listing {
    workers: Vec<WorkerInfo>,
    learners: Vec<LearnerInfo>,
    /// Numbers of waiting jobs and of jobs in work, by the version that they are for.
    queues: BTreeMap<String, (u64, u64)>,
    left_out: BTreeMap<String, String>,
}

impl Listing {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        for worker in &self.workers {
            let WorkerInfo { name, version, threads, device, seconds, jobs, busy_seconds, doing } = worker;
            let rate = *jobs as f64 / seconds.max(1e-3);
            let busy = 100.0 * busy_seconds / (seconds * (*threads).max(1) as f64).max(1e-3);
            lines.push(format!(
                "{name}: {threads} threads on {device}, {jobs} jobs, {rate:.2} a second, {busy:.0} % busy, prover {version}"
            ));
            lines.extend(doing.iter().filter(|text| !text.is_empty()).map(|text| format!("  {text}")));
        }
        for LearnerInfo { run, version, iteration, waiting } in &self.learners {
            lines.push(format!("run {run}: iteration {iteration}, waits for {waiting} jobs, prover {version}"));
        }
        for (version, (waiting, taken)) in &self.queues {
            lines.push(format!("queue for prover {version}: {waiting} jobs wait, workers have {taken}"));
        }
        lines.extend(self.left_out.iter().map(|(name, reason)| format!("{name} is left out: {reason}")));
        // Others wrote it.
        lines.iter().map(|line| visible_lines(&line.replace('\n', " ")).to_string() + "\n").collect()
    }
}

/// Carries out the command.
///
/// # Errors
/// When the broker cannot be used, or the list cannot be written.
pub fn run(args: &WorkersArgs, _context: &Context) -> Result<Status, CliError> {
    let patience = Duration::from_secs_f64(args.broker.patience);
    let mut broker = Broker::connect(&args.broker.address()?, patience, Arc::new(interrupt::is_requested))?;
    let workers = registry::workers(&mut broker)?;
    let learners = registry::learners(&mut broker)?;
    let versions = workers.iter().map(|worker| &worker.version).chain(learners.iter().map(|learner| &learner.version));
    let mut queues = BTreeMap::new();
    for version in versions {
        if !queues.contains_key(version) {
            let length = Jobs::length(&mut broker, version)?;
            queues.insert(version.clone(), (length.waiting, length.taken));
        }
    }
    let left_out = registry::all_left_out(&mut broker)?;
    let listing = Listing { workers, learners, queues, left_out };
    let text = match args.format {
        Format::Human => listing.text(),
        Format::Json => serde_json::to_string_pretty(&listing).unwrap_or_default() + "\n",
    };
    let mut out = output::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(if listing.workers.is_empty() { Status::Wrong } else { Status::Fine })
}
