//! `prover worker`: makes attempts for runs elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::{CliError, Context, Status};
use crate::experiments::sweep::Processes;
use crate::machines::{Address, Broker, Worker, WorkerSettings, program};
use crate::network::device::Selector;
use crate::run::interrupt;
use crate::threads;

/// Arguments of `prover worker`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WorkerArgs {
    /// The broker that jobs come from
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// Attempts at the same time; 0 for as many as there are processors
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    /// Where networks compute: auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX; see `prover devices`
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Selector,
    /// Where theories and networks are kept [default: prover/worker in the user's folder for caches]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Its name in lists, which no other worker may have [default: made of the process and the time]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Seconds without a sign of life after which a worker is thought dead and its jobs go to others
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    pub lease: f64,
}

/// Where the broker is.
#[derive(Clone, Debug, Args)]
pub struct BrokerArgs {
    /// The broker, as redis://HOST:PORT/DATABASE, or rediss:// for TLS; the password comes from PROVER_BROKER_PASSWORD
    /// or the file PROVER_BROKER_PASSWORD_FILE
    #[arg(long, value_name = "URL", env = "PROVER_BROKER", hide_env_values = true)]
    pub broker: String,
    /// Seconds that the broker may stay away before it is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = seconds)]
    pub patience: f64,
}

const EXAMPLES: &str = "\
Examples:
  prover worker --broker redis://127.0.0.1:6379/0
  prover worker --broker redis://learner.example:6379/0 --threads 8 --device cuda
  PROVER_BROKER_PASSWORD_FILE=password prover worker --broker redis://learner.example:6379/0

A worker is of the same program as the run (`prover --version`). The first Ctrl-C finishes the attempts in hand, the \
second ends at once; what it had goes to other workers. docs/machines.md has the rest.

Exit status: 0 it was asked to stop, 2 the broker cannot be used, or the worker is left out.";

/// Parses a number of seconds, from 0.05 to 1,000,000.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.05..=1e6).contains(seconds))
        .ok_or_else(|| "must be from 0.05 to 1000000".into())
}

/// Where the broker is, if workers there are to do the work.
#[derive(Clone, Debug, Args)]
pub struct WorkersAtArgs {
    /// Have workers at this broker do the work: redis://HOST:PORT/DATABASE; see `prover worker`. A run does not remember
    /// it
    #[arg(long, value_name = "URL")]
    pub broker: Option<String>,
    /// Seconds that the broker may stay away before the command gives up
    #[arg(long, value_name = "SECONDS", requires = "broker", default_value_t = 600.0, value_parser = seconds)]
    pub patience: f64,
}

impl WorkersAtArgs {
    /// The broker, if there is one, and a folder for files of a moment.
    pub(super) fn connect(&self) -> Result<Option<(Broker, PathBuf)>, CliError> {
        let Some(url) = &self.broker else { return Ok(None) };
        let address = Address::new(url, |name| std::env::var_os(name))?;
        // While it waits for the broker the command may be asked to stop, and says so itself where it waits for answers.
        let patience = Duration::from_secs_f64(self.patience);
        let broker = Broker::connect(&address, patience, Arc::new(interrupt::is_requested))?;
        let cache = cache();
        std::fs::create_dir_all(&cache).map_err(|source| CliError::Save { path: cache.clone(), source })?;
        Ok(Some((broker, cache)))
    }
}

impl BrokerArgs {
    /// The broker.
    pub(super) fn address(&self) -> Result<Address, CliError> {
        Ok(Address::new(&self.broker, |name| std::env::var_os(name))?)
    }
}

/// The user's folder for caches, within which is the worker's.
pub(super) fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    caches.unwrap_or_else(std::env::temp_dir).join("prover").join("worker")
}

/// A name that no other worker has, and that names no machine.
pub(super) fn unique_name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{} {} {:?}", std::process::id(), now.as_nanos(), std::env::current_dir());
    let digest = prover_broker::Digest::of(seed.as_bytes());
    format!("{}-{}", std::process::id(), &digest.as_str()[..6])
}

/// Carries out the command.
///
/// # Errors
/// When the broker cannot be used, the learner is of another program, or leaves the worker out.
pub fn run(args: &WorkerArgs, context: &Context) -> Result<Status, CliError> {
    let processes = Processes::default();
    let others = processes.clone();
    interrupt::install("stopping after the attempts in hand; again to stop at once", move || others.kill());
    let settings = WorkerSettings {
        name: args.name.clone().unwrap_or_else(unique_name),
        threads: threads::count(args.threads),
        device: args.device,
        cache: args.cache.clone().unwrap_or_else(cache),
        lease: Duration::from_secs_f64(args.lease),
        patience: Duration::from_secs_f64(args.broker.patience),
        runs: super::sweep::travels,
        processes,
    };
    let (name, threads) = (settings.name.clone(), settings.threads);
    let worker = Worker::new(&args.broker.address()?, settings, Arc::new(interrupt::is_requested))?;
    context.progress.say(&format!(
        "worker {name} with {threads} threads at {} (prover {})",
        args.broker.address()?,
        program()
    ));
    let summary = worker.work()?;
    context.progress.say(&format!("{} jobs in {:.1} s of its threads", summary.jobs, summary.busy_seconds));
    Ok(Status::Fine)
}
