//! `prover selfplay`: the machine teaches itself.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::worker::WorkersAtArgs;
use super::{CliError, Context, Status, output};
use crate::machines::learner::RemoteError;
use crate::machines::{ProofCourier, QuestionCourier, Remote};
use crate::network::device::Selector;
use crate::run::drive::{DriveError, StartedRun, drive};
use crate::run::estimate::{Estimate, estimate, trial};
use crate::run::progress::span;
use crate::run::proofs::ProofHost;
use crate::run::questions::QuestionHost;
use crate::run::{self, Config, IS_CLEAN, Opened, Overrides, RunDir, interrupt};
use crate::selfplay::{Play, PlayError, Proofs, Questions};
use prover_broker::Digest;

/// Arguments of `prover selfplay`. Values that are not given come from the environment, the configuration file or the
/// [defaults](Config::default).
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SelfplayArgs {
    /// Go on with the run in this directory; theory, goals, model and seed stay as they are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config"])]
    pub resume: Option<PathBuf>,
    /// Settings in TOML, such as a run's config.toml; flags and PROVER_* variables go over them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the transformer computes: auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX; see `prover devices`. A run
    /// does not remember it
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Selector,
    /// Where workers are.
    #[command(flatten)]
    pub workers: WorkersAtArgs,
    /// Attempts that the workers make at the same time, all together: a wave has so many that each has enough to do
    /// [default: the run's threads]
    #[arg(long, value_name = "N", requires = "broker", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub worker_threads: Option<u32>,
    /// List the settings, the first conjectures, and the time and memory that the run would take, and write nothing
    #[arg(long, conflicts_with_all = ["resume", "broker"])]
    pub dry_run: bool,
    /// Refuse to start where the program was built with changes that are in no commit
    #[arg(long)]
    pub require_clean: bool,
    /// Settings given as flags.
    #[command(flatten)]
    pub settings: Overrides,
}

const EXAMPLES: &str = "\
Examples:
  prover selfplay --theory nat-add --goals nat-add-hard
  prover selfplay --theory nat-mul --goals nat-mul --conjectures 200
  prover selfplay --theory propositional-logic --goals propositional --keep-going --held-out 200
  prover selfplay --theory lists --goals lists --attempts all
  prover selfplay --math mathematics --out runs/math
  prover selfplay --math --out runs/math --iterations 3
  prover selfplay --math mathematics --network runs/math --out runs/math-2
  prover selfplay --math mathematics --modules numbers__gcd,numbers__lcm --iterations 3 --questions 300
  prover selfplay --resume runs/2026-01-31-nat-add-0 --iterations 30
  prover selfplay --config my-run.toml --seed 2
  prover selfplay --theory nat-add --goals nat-add-hard --dry-run
  prover selfplay --theory nat-mul --goals nat-mul --broker redis://127.0.0.1:6379/0 --worker-threads 8
  prover selfplay --math mathematics --broker redis://127.0.0.1:6379/0 --worker-threads 8 --staleness 1

The first Ctrl-C finishes the attempt in hand, keeps what was proved and says how to go on; the second ends at once.
Exit status: 0 the run came to its end, 2 it could not, 130 it was stopped.";

/// Carries out the command.
///
/// # Errors
/// When the settings make no sense, theory, goals or questions cannot be loaded, or the run cannot be read or written.
pub fn run(args: &SelfplayArgs, context: &Context) -> Result<Status, CliError> {
    let flags = &args.settings;
    if args.require_clean {
        require_clean()?;
    }
    interrupt::install("stopping after the attempt in hand; again to stop at once", || {});
    let (selfplay, run) = if let Some(root) = &args.resume {
        let Opened { mut directory, config: stored, checkpoint } = RunDir::open(root)?;
        let config = Config::resumed(&stored, flags)?;
        // The checkpoint has the network.
        let network = if checkpoint.is_some() { None } else { config.network.clone() };
        let selfplay = Selfplay::new(&Config { network, ..config.clone() }, args.device, context)?;
        if config != stored {
            directory.write_config(&config)?;
        }
        (selfplay, StartedRun { config, directory, checkpoint })
    } else {
        let config = Config::layered(args.config.as_deref(), std::env::vars_os(), flags)?;
        if args.dry_run {
            return dry_run(&config, args, context);
        }
        // Before the directory: a misspelt theory leaves none behind.
        let selfplay = Selfplay::new(&config, args.device, context)?;
        let (directory, config) = RunDir::create(&config)?;
        (selfplay, StartedRun { config, directory, checkpoint: None })
    };
    let log = run.directory.log();
    context.progress.keep(&log).map_err(|source| CliError::Save { path: log, source })?;
    let mut out = output::stdout();
    let mut say = |line: &str| {
        context.progress.record(line);
        context.progress.suspend(|| writeln!(out, "{line}"))
    };
    let selfplay = selfplay.at_broker(args, &run)?;
    match selfplay {
        Selfplay::Proofs(mut proofs) => drive(&mut proofs.0, &mut proofs.1, run, &context.progress, &mut say)?,
        Selfplay::Questions(mut play) => drive(&mut *play, &mut QuestionHost, run, &context.progress, &mut say)?,
    }
    Ok(Status::Fine)
}

/// Refuses a program that was built with changes that are in no commit.
pub(super) fn require_clean() -> Result<(), CliError> {
    if IS_CLEAN == Some(true) { Ok(()) } else { Err(CliError::NotClean) }
}

/// Prints the settings and the estimated cost of a run, and writes nothing.
fn dry_run(config: &Config, args: &SelfplayArgs, context: &Context) -> Result<Status, CliError> {
    let settings = config.to_toml()?;
    let estimate = Selfplay::new(&trial(config), args.device, context)?.estimate(config)?;
    let mut out = output::stdout();
    let mut write = || {
        for line in settings.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "\ndigest {}", config.digest())?;
        if !config.is_questions() {
            writeln!(out, "\nfirst statements, goals and conjectures:")?;
            estimate.conjectures.iter().try_for_each(|text| writeln!(out, "  {text}"))?;
        }
        writeln!(out, "\n{}", in_words(config, &estimate))?;
        out.flush()
    };
    write().map_err(CliError::Output)?;
    Ok(Status::Fine)
}

/// The estimated cost of a run, as one line.
pub(super) fn in_words(config: &Config, estimate: &Estimate) -> String {
    let span = |seconds: f64| if seconds < 9.95 { format!("{seconds:.1} s") } else { span(seconds) };
    let memory = estimate.peak_bytes.map_or(String::new(), |bytes| format!(", {} MiB of memory", bytes >> 20));
    format!(
        "about {} an iteration, {} for {} iterations{memory} (from a small iteration of {:.1} s)",
        span(estimate.iteration_seconds),
        span(estimate.run_seconds),
        config.iterations,
        estimate.seconds,
    )
}

/// Estimates the cost of a run with these settings.
pub(super) fn estimated(config: &Config, context: &Context) -> Result<Estimate, CliError> {
    Selfplay::new(&trial(config), Selector::Cpu, context)?.estimate(config)
}

/// The self-play of a run: proofs or questions.
enum Selfplay {
    Proofs(Box<(Play<Proofs>, ProofHost)>),
    Questions(Box<Play<Questions>>),
}

impl Selfplay {
    fn new(config: &Config, device: Selector, context: &Context) -> Result<Self, CliError> {
        if config.math.is_some() {
            let mut play = run::questions::play(config).map_err(|error| DriveError::from(PlayError::Subject(error)))?;
            play.set_device(device);
            return Ok(Self::Questions(Box::new(play)));
        }
        let failed = |error| DriveError::from(PlayError::Subject(error));
        let mut play = run::proofs::play(config).map_err(failed)?;
        play.set_device(device);
        let host = ProofHost::new(play.subject(), context.pretty).map_err(failed)?;
        Ok(Self::Proofs(Box::new((play, host))))
    }

    /// The same with its attempts made by workers, if a broker is given.
    fn at_broker(mut self, args: &SelfplayArgs, run: &StartedRun) -> Result<Self, CliError> {
        let (config, staleness) = (&run.config, run.config.staleness);
        let Some((broker, cache)) = args.workers.connect()? else {
            if staleness > 0 {
                tracing::warn!("staleness has no effect without --broker");
            }
            return Ok(self);
        };
        let root = std::fs::canonicalize(run.directory.root()).unwrap_or_else(|_| run.directory.root().to_owned());
        let place = Digest::of(format!("{} {}", root.display(), config.digest()).as_bytes());
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(80).collect();
        let name = format!("{name}-{}", &place.as_str()[..8]);
        let threads = args.worker_threads.map_or(config.thread_count(), |threads| threads as usize);
        match &mut self {
            Self::Proofs(proofs) => {
                let courier = ProofCourier::new(&config.theory).map_err(RemoteError::from)?;
                let remote = Remote::new(broker, &name, courier, threads, cache)?;
                proofs.0.subject_mut().keep_history();
                proofs.0.set_workforce(Box::new(remote), staleness);
            }
            Self::Questions(play) => {
                let remote = Remote::new(broker, &name, QuestionCourier::default(), threads, cache)?;
                play.set_workforce(Box::new(remote), staleness);
            }
        }
        Ok(self)
    }

    /// Estimates the cost of a run with these settings, of which this is a [`trial`].
    fn estimate(&mut self, config: &Config) -> Result<Estimate, CliError> {
        Ok(match self {
            Self::Proofs(proofs) => estimate(config, &mut proofs.0, |figures| figures.draft_seconds)?,
            Self::Questions(play) => estimate(config, play, |_| 0.0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Algorithm, AlphaSchedule, ModelSize, SETTINGS, Treatment};
    use clap::Parser;

    /// The settings of a command line.
    fn settings(line: &str) -> Overrides {
        let cli = super::super::Cli::try_parse_from(line.split_whitespace()).unwrap();
        let super::super::Command::Selfplay(args) = cli.command else { panic!() };
        args.settings
    }

    #[test]
    fn flags_give_every_kind_of_value() {
        let line = "prover selfplay --theory T --goals G --iterations 2 --train-steps 3 --model base --alpha 3e-4 \
                    --alpha-schedule quadratic --seed 7 --out D --keep-going --normal-forms off --lemmas on \
                    --conjecture-equal keep --library a.peano b.peano --sources 1,0.5,0 --held-out 20";
        let config = Config::layered(None, [], &settings(line)).unwrap();
        let expected = Config {
            theory: "T".into(),
            goals: "G".into(),
            iterations: 2,
            train_steps: 3,
            model: ModelSize::Base,
            alpha: 3e-4,
            alpha_schedule: AlphaSchedule::Quadratic,
            seed: 7,
            out: Some("D".into()),
            keep_going: true,
            normal_forms: false,
            conjecture_equal: Treatment::Keep,
            library: vec!["a.peano".into(), "b.peano".into()],
            sources: [1.0, 0.5, 0.0],
            held_out: Some("20".into()),
            ..Config::default()
        };
        assert_eq!(config, expected);
        let line = "prover selfplay --math D --modules a,b --alg beam";
        let config = Config::layered(None, [], &settings(line)).unwrap();
        assert_eq!((config.modules, config.algorithm), (vec!["a".to_owned(), "b".to_owned()], Algorithm::Beam));
    }

    #[test]
    fn every_setting_has_a_flag_that_sets_it() {
        for setting in SETTINGS.iter() {
            let value = match setting.choices.first() {
                Some(choice) => choice,
                None if setting.name == "sources" || setting.name == "mix" => "1,2,3",
                None if ["on", "off"].contains(&setting.default.as_str()) => "on",
                None => "1",
            };
            let given = settings(&format!("prover selfplay --{} {value}", setting.flag));
            let serde_json::Value::Object(given) = serde_json::to_value(given).unwrap() else { panic!() };
            assert_eq!(given.keys().collect::<Vec<_>>(), [setting.name]);
        }
    }
}
