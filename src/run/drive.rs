//! Self-play on disk: the loop of [`selfplay`](crate::selfplay) with a run's settings, directory and progress bars.

use super::{Checkpoint, Config, Metrics, Phase, Progress, RunDir, RunError};
use crate::learn::example::ExampleError;
use crate::learn::{Trainer, example};
use crate::policy::checkpoint::CheckpointError;
use crate::selfplay::conjecture::Treatments;
use crate::selfplay::{Budget, Iteration, PlayError, PlaySettings, Selfplay, Watcher};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The directory of the network in a checkpoint.
pub const NETWORK: &str = "network";

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// Self-play cannot go on.
    #[error(transparent)]
    Play(#[from] PlayError),
    /// The run's directory is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The network cannot be read.
    #[error(transparent)]
    Network(#[from] CheckpointError),
    /// The examples of an earlier iteration cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Examples {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ExampleError,
    },
    /// The threads cannot be started.
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Output(#[from] io::Error),
}

/// What the loop has to know of the configuration.
pub fn settings(config: &Config) -> PlaySettings {
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
        normal_forms: config.normal_forms,
        modulo: Treatments {
            equal: config.conjecture_equal,
            instance: config.conjecture_instance,
            saturated: config.conjecture_saturated,
        },
        model: config.model,
        precision: config.precision,
        train_steps: config.train_steps as usize,
        batch_tokens: config.batch_tokens as usize,
        eval_wait: Duration::from_micros(config.eval_wait.into()),
        learning_rate: config.learning_rate,
        replay: config.replay as usize,
        alpha: config.alpha,
        alpha_schedule: config.alpha_schedule,
        temperature: config.temperature,
        top_k: config.top_k as usize,
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

/// A run that is to begin or to go on.
#[derive(Debug)]
pub struct StartedRun {
    /// Its settings.
    pub config: Config,
    /// Its directory.
    pub directory: RunDir,
    /// Where it stands; `None` at the beginning.
    pub checkpoint: Option<Checkpoint>,
}

/// Carries out the iterations that a run still has to do, commits each, and tells what was learned, a line at a time, with
/// statements as `read` gives them.
///
/// # Errors
///
/// [`DriveError`]; what was committed before stays, and the run can be resumed.
pub fn drive(
    mut selfplay: Selfplay,
    run: StartedRun,
    progress: &Progress,
    read: &mut dyn FnMut(&str) -> String,
    say: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<(), DriveError> {
    let StartedRun { config, mut directory, checkpoint } = run;
    let root = directory.root().display().to_string();
    if let Some(checkpoint) = &checkpoint {
        go_on(&mut selfplay, &config, &directory, checkpoint)?;
        say(&format!("going on after iteration {} of {root}", checkpoint.iteration))?;
    }
    let goals = selfplay.goals().len();
    say(&format!("{goals} goals of {} in {}; run {root}", config.goals, config.theory))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.thread_count()).build()?;
    let first = checkpoint.map_or(1, |checkpoint| checkpoint.iteration + 1);
    for iteration in first..=config.iterations {
        if selfplay.goals_proved() == goals && !config.keep_going && iteration > 1 {
            break;
        }
        let start = std::time::Instant::now();
        let bars = Bars { progress, iteration, iterations: config.iterations, phase: Mutex::new(None) };
        let result = pool.install(|| selfplay.iterate(iteration, &bars))?;
        let metrics = metrics(iteration, &result, &selfplay, start.elapsed().as_secs_f64());
        commit(&mut directory, &selfplay, &result, &metrics)?;
        say(&summary(&metrics, config.iterations))?;
        for theorem in &result.goals {
            say(&format!("  proved {} : {}", theorem.name, read(&theorem.text)))?;
        }
    }
    report(&selfplay, &directory, say)
}

/// Writes an iteration to disk.
fn commit(
    directory: &mut RunDir,
    selfplay: &Selfplay,
    result: &Iteration,
    metrics: &Metrics,
) -> Result<(), DriveError> {
    let mut examples = Vec::new();
    // Writing to memory cannot fail.
    let _ = example::write(&result.examples, &mut examples);
    let written = super::Iteration {
        metrics,
        proofs: &result.proofs,
        examples: &String::from_utf8_lossy(&examples),
        state: selfplay.memory(),
    };
    directory.commit(written, |place| selfplay.trainer().save(&place.join(NETWORK)))?;
    Ok(())
}

/// Reads what the run's last iteration left.
fn go_on(
    selfplay: &mut Selfplay,
    config: &Config,
    directory: &RunDir,
    checkpoint: &Checkpoint,
) -> Result<(), DriveError> {
    let trainer = Trainer::load(&checkpoint.path.join(NETWORK), Selfplay::optimizer(&settings(config)))?;
    let oldest = (checkpoint.iteration + 1).saturating_sub(config.replay).max(1);
    let mut replay = Vec::new();
    for iteration in oldest..=checkpoint.iteration {
        let path = directory.examples(iteration);
        let file = std::fs::File::open(&path).map_err(|source| example::ExampleError::Io { line: 0, source });
        let read = file.and_then(|file| example::read(std::io::BufReader::new(file)));
        replay.push(read.map_err(|source| DriveError::Examples { path, source })?);
    }
    selfplay.resume(checkpoint.state()?, trainer, replay);
    Ok(())
}

fn metrics(iteration: u32, result: &Iteration, selfplay: &Selfplay, seconds: f64) -> Metrics {
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
        "drafts_equal": result.recognised[0],
        "drafts_instance": result.recognised[1],
        "drafts_saturated": result.recognised[2],
        "eval_batches": evaluations.batches,
        "eval_batch_mean": Metrics::ratio(evaluations.evaluations - evaluations.cache_hits, evaluations.batches),
        "eval_shared_batches": result.batching.batches,
        "eval_shared_batch_mean": Metrics::ratio(result.batching.states, result.batching.batches),
        "eval_tokens": evaluations.tokens,
        "eval_tokens_reused": evaluations.tokens_reused,
        "actions_cut": evaluations.actions_cut,
        "eval_wait_seconds": result.batching.wait_seconds,
    });
    Metrics {
        iteration,
        train_loss: training.train_loss,
        progress_loss: training.progress_loss,
        alpha: result.alpha,
        attempted: result.attempted as u64,
        proved: result.proved as u64,
        ratio_proved: Metrics::ratio(result.proved as u64, result.attempted as u64),
        goals_proved: selfplay.goals_proved() as u64,
        goals_total: selfplay.goals().len() as u64,
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
    selfplay: &Selfplay,
    directory: &RunDir,
    say: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<(), DriveError> {
    say(&format!("{} of {} goals proved:", selfplay.goals_proved(), selfplay.goals().len()))?;
    let width = selfplay.goals().iter().map(|goal| goal.name.len()).max().unwrap_or(0);
    for goal in selfplay.goals() {
        let proof = selfplay.memory().lemmas.theorems().iter().find(|theorem| theorem.name == goal.name);
        let verdict = match proof {
            None => "open".to_owned(),
            Some(theorem) => {
                let steps = theorem.script.lines().filter(|line| line.trim_end().ends_with('.')).count();
                let lemmas = selfplay.memory().lemmas.theorems();
                let uses: Vec<&str> = theorem.uses.iter().map(String::as_str).collect();
                let uses: Vec<&str> = uses.into_iter().filter(|&u| lemmas.iter().any(|l| l.name == u)).collect();
                let with = if uses.is_empty() { String::new() } else { format!(", from {}", uses.join(", ")) };
                format!("proved in {steps} steps{with}")
            }
        };
        say(&format!("  {:<width$}  {verdict}", goal.name))?;
    }
    say(&format!("{} statements proved on the way", selfplay.memory().known.len()))?;
    say(&format!("proofs: {0} (prover check {0}/*.peano)", directory.proofs().display()))?;
    say(&format!("metrics: {}", directory.root().join("metrics.jsonl").display()))?;
    Ok(())
}
