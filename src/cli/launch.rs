//! `prover launch`: a run on a cluster.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Parser, Subcommand};

use super::{Cli, CliError, Context, Status, output};
use crate::machines::slurm::{Request, scripts};

/// Arguments of `prover launch`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LaunchArgs {
    /// The kind of cluster.
    #[command(subcommand)]
    pub cluster: Cluster,
}

/// Kinds of clusters.
#[derive(Clone, Debug, Subcommand)]
pub enum Cluster {
    /// Write scripts of a broker, workers and the learner for Slurm, and submit them
    Slurm(SlurmArgs),
}

/// Arguments of `prover launch slurm`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SlurmArgs {
    /// Worker jobs
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workers: u32,
    /// Threads of each worker
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub threads: u32,
    /// GPUs of each worker, and of the learner
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub gpus: u32,
    /// Memory of each worker, and of the learner
    #[arg(long, value_name = "SIZE", default_value = "8G")]
    pub mem: String,
    /// Time after which Slurm ends all
    #[arg(long, value_name = "TIME", default_value = "24:00:00")]
    pub time: String,
    /// The partition of the cluster
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
    /// Folder of the scripts and their logs, which all nodes see
    #[arg(long, value_name = "DIR", default_value = "launch")]
    pub dir: PathBuf,
    /// Write the scripts and submit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The run: `selfplay` with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  prover launch slurm --workers 3 --gpus 1 --mem 50G --time 10:00:00 -- selfplay --theory nat-mul --goals nat-mul
  prover launch slurm --workers 8 --threads 16 --dry-run -- selfplay --config my-run.toml

The nodes need this program and redis-server. docs/machines.md has the rest.
Exit status: 0 the scripts are written and submitted, 2 they are not.";

/// Carries out the command.
///
/// # Errors
/// When the run is none that a broker serves, the scripts cannot be written, or Slurm does not take them.
pub fn run(args: &LaunchArgs, context: &Context) -> Result<Status, CliError> {
    let Cluster::Slurm(args) = &args.cluster;
    // What the learner would not understand is better known before it waits in a queue for hours.
    let words = ["prover"].into_iter().chain(args.command.iter().map(String::as_str));
    let learner = Cli::try_parse_from(words.chain(["--broker", "redis://localhost", "--worker-threads", "1"]));
    match learner {
        Ok(Cli { command: super::Command::Selfplay(_), .. }) => {}
        Ok(_) => return Err(CliError::Launch("only `selfplay` runs on a cluster".into())),
        Err(error) => return Err(CliError::Launch(error.to_string())),
    }
    let Some(status) = submit(args, context)? else { return Ok(Status::Fine) };
    Err(CliError::Launch(status))
}

/// Writes and submits the scripts; returns the error, if there is one.
fn submit(args: &SlurmArgs, context: &Context) -> Result<Option<String>, CliError> {
    let SlurmArgs { workers, threads, gpus, .. } = *args;
    let (memory, time, partition) = (args.mem.clone(), args.time.clone(), args.partition.clone());
    let request = Request { workers, threads, gpus, memory, time, partition };
    let save = |path: &PathBuf| {
        let path = path.clone();
        move |source| CliError::Save { path, source }
    };
    std::fs::create_dir_all(&args.dir).map_err(save(&args.dir))?;
    let folder = std::fs::canonicalize(&args.dir).map_err(save(&args.dir))?;
    let program = std::env::current_exe().map_err(CliError::Input)?;
    let scripts =
        scripts(&request, &program, &folder, &args.command).map_err(|error| CliError::Launch(error.to_string()))?;
    let mut out = output::stdout();
    for script in &scripts {
        let path = folder.join(script.name);
        crate::run::write_atomic(&path, script.text.as_bytes()).map_err(save(&path))?;
        writeln!(out, "{}", path.display()).map_err(CliError::Output)?;
    }
    out.flush().map_err(CliError::Output)?;
    if args.dry_run {
        return Ok(None);
    }
    // Those of an earlier run in this folder would lead the others astray.
    for name in ["address", "over"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    for script in &scripts {
        let log = folder.join(format!("{}-%j.log", script.name.trim_end_matches(".sh")));
        let mut command = Command::new("sbatch");
        command.arg("--parsable").arg("--output").arg(log).arg(folder.join(script.name));
        match command.output() {
            Ok(done) if done.status.success() => {
                let job = String::from_utf8_lossy(&done.stdout).trim().to_owned();
                context.progress.say(&format!("{} is job {job}", script.name));
            }
            Ok(done) => return Ok(Some(format!("sbatch: {}", String::from_utf8_lossy(&done.stderr).trim()))),
            Err(error) => return Ok(Some(format!("sbatch cannot be started: {error}"))),
        }
    }
    Ok(None)
}
