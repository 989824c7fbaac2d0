//! `prover selfplay`: the machine teaches itself.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::Args;

use super::{CliError, Context, Status, output};
use crate::learn::{Schedule, Trainer, example};
use crate::policy::model::Size;
use crate::run::{AlphaSchedule, Checkpoint, Config, Metrics, ModelSize, Opened, Overrides, Phase, Progress, RunDir};
use crate::selfplay::{Budget, Iteration, PlaySettings, Selfplay, Watcher};

/// The directory of the network in a checkpoint.
pub const NETWORK: &str = "network";

/// Arguments of `prover selfplay`. What is not given comes from the environment, the configuration file or the
/// [defaults](Config::default).
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SelfplayArgs {
    /// Theory: a built-in name or a path
    #[arg(long, value_name = "THEORY")]
    pub theory: Option<String>,
    /// Goal set: a built-in name or a path
    #[arg(long, value_name = "GOALS")]
    pub goals: Option<String>,
    /// See [`Config::iterations`].
    #[arg(long, value_name = "N", help = default("Iterations of the run", Config::default().iterations))]
    pub iterations: Option<u32>,
    /// See [`Config::conjectures`].
    #[arg(long, value_name = "N", help = default("Conjectures in an iteration", Config::default().conjectures))]
    pub conjectures: Option<u32>,
    /// See [`Config::nodes`].
    #[arg(long, value_name = "N", help = default("Nodes of an attempt, at most", Config::default().nodes))]
    pub nodes: Option<u32>,
    /// See [`Config::train_steps`].
    #[arg(long, value_name = "N", help = default("Training steps an iteration", Config::default().train_steps))]
    pub train_steps: Option<u32>,
    /// See [`Config::model`].
    #[arg(long, value_enum, value_name = "SIZE", help = default("Size of the transformer", Config::default().model))]
    pub model: Option<ModelSize>,
    /// See [`Config::alpha`].
    #[arg(long, value_name = "A", help = default("Largest weight of the progress loss", Config::default().alpha))]
    pub alpha: Option<f64>,
    /// See [`Config::alpha_schedule`].
    #[arg(long, value_enum, value_name = "NAME", help = default("How that weight moves", Config::default().alpha_schedule))]
    pub alpha_schedule: Option<AlphaSchedule>,
    /// See [`Config::seed`].
    #[arg(long, value_name = "N", help = default("Seed of all randomness", Config::default().seed))]
    pub seed: Option<u64>,
    /// Directory for the run, which must be new [default: runs/DATE-THEORY-SEED]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the run in this directory; theory, goals, model and seed stay as they are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config"])]
    pub resume: Option<PathBuf>,
    /// Settings in TOML, such as a run's config.toml; flags and PROVER_* variables go over them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Threads; 0 takes all cores [default: 0]
    #[arg(long, value_name = "N")]
    pub threads: Option<u32>,
    /// Go on when all goals are proved
    #[arg(long)]
    pub keep_going: bool,
}

const EXAMPLES: &str = "\
Examples:
  prover selfplay --theory nat-add --goals nat-add-hard
  prover selfplay --theory nat-mul --goals nat-mul --model small --iterations 20 --alpha 0.3 --alpha-schedule linear
  prover selfplay --resume runs/2026-01-31-nat-add-0 --iterations 30
  prover selfplay --config my-run.toml --seed 2

Exit status: 0 the run came to its end, 2 it could not.";

/// Help text with the default of a setting.
fn default(text: &str, value: impl std::fmt::Display) -> String {
    format!("{text} [default: {value}]")
}

impl SelfplayArgs {
    /// The settings given as flags.
    fn overrides(&self) -> Overrides {
        Overrides {
            theory: self.theory.clone(),
            goals: self.goals.clone(),
            iterations: self.iterations,
            conjectures: self.conjectures,
            nodes: self.nodes,
            train_steps: self.train_steps,
            model: self.model,
            alpha: self.alpha,
            alpha_schedule: self.alpha_schedule,
            seed: self.seed,
            threads: self.threads,
            keep_going: self.keep_going.then_some(true),
            out: self.out.clone(),
        }
    }
}

/// Carries out the command.
///
/// # Errors
/// When the settings make no sense, theory or goals cannot be loaded, or the run cannot be read or written.
pub fn run(args: &SelfplayArgs, context: &Context) -> Result<Status, CliError> {
    let flags = args.overrides();
    if let Some(root) = &args.resume {
        let Opened { mut directory, config: stored, checkpoint } = RunDir::open(root)?;
        let config = Config::resumed(&stored, &flags)?;
        let prepared = prepare(&config)?;
        if config != stored {
            directory.write_config(&config)?;
        }
        return play(prepared, &config, directory, checkpoint, context);
    }
    let config = Config::layered(args.config.as_deref(), std::env::vars_os(), &flags)?;
    // Before the directory: a misspelt theory leaves none behind.
    let prepared = prepare(&config)?;
    let (directory, config) = RunDir::create(&config)?;
    play(prepared, &config, directory, None, context)
}

/// Loads theory and goals, and makes an untrained network.
fn prepare(config: &Config) -> Result<Selfplay, CliError> {
    Ok(Selfplay::new(settings(config))?)
}

/// What the loop has to know of the configuration.
fn settings(config: &Config) -> PlaySettings {
    let model = match config.model {
        ModelSize::Tiny => Size::Tiny,
        ModelSize::Small => Size::Small,
        ModelSize::Base => Size::Base,
    };
    let alpha_schedule = match config.alpha_schedule {
        AlphaSchedule::Constant => Schedule::Constant,
        AlphaSchedule::Linear => Schedule::Linear,
        AlphaSchedule::Quadratic => Schedule::Quadratic,
        AlphaSchedule::Cubic => Schedule::Cubic,
        AlphaSchedule::Cos => Schedule::Cos,
        AlphaSchedule::Ratio => Schedule::Ratio,
    };
    PlaySettings {
        theory: config.theory.clone(),
        goals: config.goals.clone(),
        iterations: config.iterations,
        conjectures: config.conjectures as usize,
        budget: Budget {
            nodes: config.nodes.into(),
            seconds: (config.seconds > 0.0).then_some(config.seconds),
            batch: config.eval_batch as usize,
        },
        lemmas: config.lemmas,
        model,
        train_steps: config.train_steps as usize,
        batch_tokens: config.batch_tokens as usize,
        learning_rate: config.learning_rate,
        replay: config.replay as usize,
        alpha: config.alpha,
        alpha_schedule,
        temperature: config.temperature,
        difficulty: config.difficulty,
        seed: config.seed,
    }
}

/// Shows the phases of an iteration as progress bars.
struct Bars<'a> {
    progress: &'a Progress,
    iteration: u32,
    iterations: u32,
    phase: Mutex<Option<Phase>>,
}

impl Bars<'_> {
    fn phase(&self) -> MutexGuard<'_, Option<Phase>> {
        // A panic elsewhere leaves at worst a bar that is not up to date.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Bars<'_> {
    fn begin(&self, name: &str, total: u64) {
        let name = format!("iteration {}/{}: {name}", self.iteration, self.iterations);
        *self.phase() = Some(self.progress.phase(&name, total));
    }

    fn advance(&self, steps: u64, message: String) {
        if let Some(phase) = &*self.phase() {
            phase.inc(steps);
            if !message.is_empty() {
                phase.message(message);
            }
        }
    }

    fn end(&self) {
        if let Some(phase) = self.phase().take() {
            phase.finish();
        }
    }
}

/// Runs the iterations after `checkpoint` and prints what was learned.
fn play(
    mut loop_: Selfplay,
    config: &Config,
    mut directory: RunDir,
    checkpoint: Option<Checkpoint>,
    context: &Context,
) -> Result<Status, CliError> {
    let mut out = output::stdout();
    let mut say = |line: String| context.progress.suspend(|| writeln!(out, "{line}").map_err(CliError::Output));
    if let Some(checkpoint) = &checkpoint {
        go_on(&mut loop_, config, &directory, checkpoint)?;
        say(format!("going on after iteration {} of {}", checkpoint.iteration, directory.root().display()))?;
    }
    let goals = loop_.goals().len();
    say(format!("{} goals of {} in {}; run {}", goals, config.goals, config.theory, directory.root().display()))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.thread_count()).build()?;
    let first = checkpoint.map_or(1, |checkpoint| checkpoint.iteration + 1);
    for iteration in first..=config.iterations {
        if loop_.goals_proved() == goals && !config.keep_going && iteration > 1 {
            break;
        }
        let start = std::time::Instant::now();
        let phase = Mutex::new(None);
        let bars = Bars { progress: &context.progress, iteration, iterations: config.iterations, phase };
        let result = pool.install(|| loop_.iterate(iteration, &bars))?;
        let metrics = metrics(iteration, &result, &loop_, start.elapsed().as_secs_f64());
        let mut examples = Vec::new();
        // Writing to memory cannot fail.
        let _ = example::write(&result.examples, &mut examples);
        let written = crate::run::Iteration {
            metrics: &metrics,
            proofs: &result.proofs,
            examples: &String::from_utf8_lossy(&examples),
            state: loop_.memory(),
        };
        directory.commit(written, |place| loop_.trainer().save(&place.join(NETWORK)))?;
        say(summary(&metrics, config.iterations))?;
        for theorem in &result.goals {
            say(format!("  proved {} : {}", theorem.name, theorem.text))?;
        }
    }
    report(&loop_, &directory, &mut say)?;
    Ok(Status::Fine)
}

/// Reads what the run's last iteration left.
fn go_on(loop_: &mut Selfplay, config: &Config, directory: &RunDir, checkpoint: &Checkpoint) -> Result<(), CliError> {
    let trainer = Trainer::load(&checkpoint.path.join(NETWORK), Selfplay::optimizer(&settings(config)))?;
    let oldest = (checkpoint.iteration + 1).saturating_sub(config.replay).max(1);
    let mut replay = Vec::new();
    for iteration in oldest..=checkpoint.iteration {
        let path = directory.examples(iteration);
        let file = std::fs::File::open(&path).map_err(|source| example::ExampleError::Io { line: 0, source });
        let read = file.and_then(|file| example::read(std::io::BufReader::new(file)));
        replay.push(read.map_err(|source| CliError::Examples { path, source })?);
    }
    loop_.resume(checkpoint.state()?, trainer, replay);
    Ok(())
}

fn metrics(iteration: u32, result: &Iteration, loop_: &Selfplay, seconds: f64) -> Metrics {
    let training = &result.training;
    let evaluations = result.network;
    let extra = serde_json::json!({
        "policy_loss": training.policy_loss,
        "value_loss": training.value_loss,
        "conjecture_loss": training.conjecture_loss,
        "drafts": result.drafts,
        "hindsight": result.hindsight,
        "examples": result.examples.len(),
        "faults": result.faults,
        "evaluations": evaluations.evaluations,
        "cache_hits": evaluations.cache_hits,
        "states_cut": evaluations.states_cut,
        "train_tokens": training.tokens,
        "train_seconds": training.seconds,
    });
    Metrics {
        iteration,
        train_loss: training.train_loss,
        progress_loss: training.progress_loss,
        alpha: result.alpha,
        attempted: result.attempted as u64,
        proved: result.proved as u64,
        ratio_proved: Metrics::ratio(result.proved as u64, result.attempted as u64),
        goals_proved: loop_.goals_proved() as u64,
        goals_total: loop_.goals().len() as u64,
        nodes: result.nodes,
        nodes_per_second: if result.attempt_seconds > 0.0 { result.nodes as f64 / result.attempt_seconds } else { 0.0 },
        seconds,
        extra: extra.as_object().cloned().unwrap_or_default(),
    }
}

/// One line on an iteration.
fn summary(metrics: &Metrics, iterations: u32) -> String {
    let loss = |loss: Option<f64>| loss.map_or("-".into(), |loss| format!("{loss:.3}"));
    format!(
        "iteration {}/{iterations}: goals {}/{}, conjectures {}/{} proved, train loss {}, progress loss {} (alpha {:.3}), \
         {} nodes at {:.0}/s, {:.1} s",
        metrics.iteration,
        metrics.goals_proved,
        metrics.goals_total,
        metrics.proved,
        metrics.attempted,
        loss(metrics.train_loss),
        loss(metrics.progress_loss),
        metrics.alpha,
        metrics.nodes,
        metrics.nodes_per_second,
        metrics.seconds,
    )
}

/// What was learned, at the end of a run.
fn report(
    loop_: &Selfplay,
    directory: &RunDir,
    say: &mut impl FnMut(String) -> Result<(), CliError>,
) -> Result<(), CliError> {
    say(format!("{} of {} goals proved:", loop_.goals_proved(), loop_.goals().len()))?;
    let width = loop_.goals().iter().map(|goal| goal.name.len()).max().unwrap_or(0);
    for goal in loop_.goals() {
        let proof = loop_.memory().lemmas.theorems().iter().find(|theorem| theorem.name == goal.name);
        let verdict = match proof {
            None => "open".to_owned(),
            Some(theorem) => {
                let steps = theorem.script.lines().filter(|line| line.trim_end().ends_with('.')).count();
                let lemmas = loop_.memory().lemmas.theorems();
                let uses: Vec<&str> = theorem.uses.iter().map(String::as_str).collect();
                let uses: Vec<&str> = uses.into_iter().filter(|&u| lemmas.iter().any(|l| l.name == u)).collect();
                let with = if uses.is_empty() { String::new() } else { format!(", from {}", uses.join(", ")) };
                format!("proved in {steps} steps{with}")
            }
        };
        say(format!("  {:<width$}  {verdict}", goal.name))?;
    }
    say(format!("{} statements proved on the way", loop_.memory().known.len()))?;
    say(format!("proofs: {0} (prover check {0}/*.peano)", directory.proofs().display()))?;
    say(format!("metrics: {}", directory.root().join("metrics.jsonl").display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn every_flag_is_a_setting() {
        let line = "prover selfplay --theory T --goals G --iterations 2 --conjectures 9 --nodes 10 --train-steps 3 --model \
                    base --alpha 3e-4 --alpha-schedule quadratic --seed 7 --out D --threads 2 --keep-going";
        let cli = super::super::Cli::try_parse_from(line.split_whitespace()).unwrap();
        let super::super::Command::Selfplay(args) = cli.command else { panic!() };
        let config = Config::layered(None, [], &args.overrides()).unwrap();
        let expected = Config {
            theory: "T".into(),
            goals: "G".into(),
            iterations: 2,
            conjectures: 9,
            nodes: 10,
            train_steps: 3,
            model: ModelSize::Base,
            alpha: 3e-4,
            alpha_schedule: AlphaSchedule::Quadratic,
            seed: 7,
            out: Some("D".into()),
            threads: 2,
            keep_going: true,
            ..Config::default()
        };
        assert_eq!(config, expected);
    }
}
