//! Self-play for questions, in a run on disk.

use super::drive::{DriveError, NETWORK, Round, SelfplayLoop, checkpointed, learning};
use super::{Checkpoint, Config, Metrics, RunDir, RunError};
use crate::answer::attempt::Effort;
use crate::answer::trained::{self, TrainedOn};
use crate::learn::Example;
use crate::network::Task;
use crate::network::checkpoint::CheckpointError;
use crate::network::device::Selector;
use crate::search::Options;
use crate::selfplay::Watcher;
use crate::selfplay::learner::LearningSettings;
use crate::selfplay::questions::{QuestionIteration, QuestionSelfplay, QuestionSelfplayError, QuestionSettings};
use std::path::Path;

/// Modules that the summary of an iteration names: those answered worst.
const SHOWN_MODULES: usize = 3;

/// What the loop has to know of the configuration.
fn settings(config: &Config) -> QuestionSettings {
    QuestionSettings {
        math: config.math.clone().unwrap_or_default(),
        modules: config.modules.clone(),
        iterations: config.iterations,
        questions: config.questions as usize,
        effort: Effort {
            search: Options {
                algorithm: config.algorithm,
                width: config.width as usize,
                batch: config.eval_batch as usize,
                ..Options::default()
            },
            guided_nodes: config.guided_nodes.into(),
            nodes: config.nodes.into(),
        },
        hindsight: config.hindsight,
        learning: LearningSettings { mix: None, ..learning(config) },
        seed: config.seed,
    }
}

/// Learning to answer questions.
pub struct QuestionLoop(QuestionSelfplay);

impl QuestionLoop {
    /// Loads the questions of a run.
    ///
    /// # Errors
    /// When they cannot be read, or a module is not there.
    pub fn new(config: &Config) -> Result<Self, QuestionSelfplayError> {
        QuestionSelfplay::new(settings(config)).map(Self)
    }
}

impl SelfplayLoop for QuestionLoop {
    fn greeting(&self, config: &Config, root: &str) -> String {
        let (modules, questions) = self.0.size();
        let folder = config.math.as_deref().unwrap_or(Path::new("")).display();
        format!("{questions} questions of {modules} modules in {folder}; run {root}")
    }

    fn resume(
        &mut self,
        config: &Config,
        checkpoint: &Checkpoint,
        replay: Vec<Vec<Example>>,
    ) -> Result<(), DriveError> {
        let trainer = checkpointed(config, checkpoint, Task::Questions)?;
        let network = checkpoint.path.join(NETWORK);
        let path = network.join(trained::FILE);
        let trained_on = TrainedOn::load(&network).map_err(|source| RunError::Io { action: "read", path, source })?;
        self.0.resume(checkpoint.state()?, trainer, trained_on, replay);
        Ok(())
    }

    fn set_device(&mut self, device: Selector) {
        self.0.set_device(device);
    }

    fn is_done(&self) -> bool {
        // There may always be a question that it has not learned to answer.
        false
    }

    fn iterate(&mut self, iteration: u32, watcher: &dyn Watcher) -> Result<Round, DriveError> {
        let result = self.0.iterate(iteration, watcher);
        let state = serde_json::to_value(self.0.memory()).map_err(DriveError::State)?;
        let metrics = metrics(&result, self.0.trained_on().len());
        let lines = worst(&result).into_iter().collect();
        Ok(Round { metrics, proofs: Vec::new(), examples: result.examples, state, lines })
    }

    fn save(&self, network: &Path) -> Result<(), CheckpointError> {
        self.0.trainer().save(network)?;
        let path = network.join(trained::FILE);
        self.0.trained_on().save(network).map_err(|source| CheckpointError::Io { path, source })
    }

    fn summary(&self, metrics: &Metrics, iterations: u32) -> String {
        let number = |key: &str| metrics.extra.get(key).and_then(serde_json::Value::as_f64);
        let asked = number("asked").unwrap_or(0.0);
        let answered = if asked > 0.0 {
            let share = 100.0 * number("ratio_answered").unwrap_or(0.0);
            format!("{share:.1} % of {asked} answered before training on them, ")
        } else {
            String::new()
        };
        let loss = metrics.train_loss.map_or("-".into(), |loss| format!("{loss:.3}"));
        format!(
            "iteration {}/{iterations}: {answered}graphs for {} of {}, train loss {loss}, {} nodes at {:.0}/s, {:.1} s",
            metrics.iteration,
            metrics.proved,
            metrics.attempted,
            metrics.nodes,
            metrics.nodes_per_second,
            metrics.seconds,
        )
    }

    fn report(&self, directory: &RunDir) -> Vec<String> {
        let root = directory.root().display();
        vec![
            format!("trained on {} questions", self.0.trained_on().len()),
            format!("ask it: prover solve --policy {root} \"Solve 2*x + 3 = 7 for x.\""),
            format!("metrics: {}", directory.root().join("metrics.jsonl").display()),
        ]
    }
}

/// A line on the modules that were answered worst; none before the network was asked.
fn worst(result: &QuestionIteration) -> Option<String> {
    let ratio = |(asked, answered): &(usize, usize)| Metrics::ratio(*answered as u64, *asked as u64);
    let mut modules: Vec<_> = result.modules.iter().collect();
    modules.sort_by(|a, b| ratio(a.1).total_cmp(&ratio(b.1)));
    let texts = modules.iter().take(SHOWN_MODULES).map(|(name, counts)| format!("{name} {}/{}", counts.1, counts.0));
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| format!("  answered least: {}", texts.join(", ")))
}

/// The figures of an iteration, but for its number and time.
fn metrics(result: &QuestionIteration, trained_on: usize) -> Metrics {
    let training = &result.training;
    let evaluations = result.network;
    let ratios: serde_json::Map<String, serde_json::Value> = result
        .modules
        .iter()
        .map(|(name, (asked, answered))| (name.clone(), Metrics::ratio(*answered as u64, *asked as u64).into()))
        .collect();
    let extra = serde_json::json!({
        "asked": result.asked,
        "answered": result.answered,
        "ratio_answered": Metrics::ratio(result.answered as u64, result.asked as u64),
        "mean_rate": if result.solved > 0 { result.rates / result.solved as f64 } else { 0.0 },
        "policy_loss": training.policy_loss,
        "value_loss": training.value_loss,
        "examples": result.examples.len(),
        "trained_on": trained_on,
        "evaluations": evaluations.evaluations,
        "cache_hits": evaluations.cache_hits,
        "states_cut": evaluations.states_cut,
        "actions_cut": evaluations.actions_cut,
        "train_tokens": training.tokens,
        "train_seconds": training.seconds,
        "attempt_seconds": result.attempt_seconds,
        "modules": ratios,
    });
    Metrics {
        train_loss: training.train_loss,
        attempted: result.attempted as u64,
        proved: result.solved as u64,
        ratio_proved: Metrics::ratio(result.solved as u64, result.attempted as u64),
        nodes: result.nodes,
        nodes_per_second: if result.attempt_seconds > 0.0 { result.nodes as f64 / result.attempt_seconds } else { 0.0 },
        extra: extra.as_object().cloned().unwrap_or_default(),
        ..Metrics::default()
    }
}
