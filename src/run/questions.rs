//! Self-play for questions, in a run on disk.

use super::config::GENERATED;
use super::drive::{Host, learning};
use super::{Config, Metrics, RunDir, RunError};
use crate::answer::attempt::Effort;
use crate::answer::trained::{self, TrainedOn};
use crate::network::checkpoint::CheckpointError;
use crate::search::Options;
use crate::selfplay::learner::LearningSettings;
use crate::selfplay::questions::{self, QuestionFigures};
use crate::selfplay::{Play, QuestionSelfplayError, QuestionSettings, Questions, Round};
use std::path::Path;

/// Modules that the summary of an iteration names: those answered worst.
const SHOWN_MODULES: usize = 3;

/// The loop's part of the configuration.
fn settings(config: &Config) -> QuestionSettings {
    QuestionSettings {
        math: config.math.clone().filter(|folder| folder != Path::new(GENERATED)),
        modules: config.modules.clone(),
        iterations: config.iterations,
        questions: config.questions as usize,
        instances: config.instances as usize,
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
        augment: config.augment,
        learning: LearningSettings { mix: None, ..learning(config) },
        seed: config.seed,
    }
}

/// Learning to answer questions with the settings of a run.
///
/// # Errors
/// When the questions cannot be read, or a module is not there.
pub fn play(config: &Config) -> Result<Play<Questions>, QuestionSelfplayError> {
    questions::play(settings(config))
}

/// The files and messages of a run of questions.
pub struct QuestionHost;

impl Host<Questions> for QuestionHost {
    fn greeting(&self, subject: &Questions, config: &Config, root: &str) -> String {
        let (modules, questions) = subject.size();
        match config.math.as_deref().filter(|folder| *folder != Path::new(GENERATED)) {
            Some(folder) => format!("{questions} questions of {modules} modules in {}; run {root}", folder.display()),
            None => format!("questions of {modules} modules, drawn anew in each iteration; run {root}"),
        }
    }

    fn is_done(&self, _: &Questions) -> bool {
        // There may always be a question that it has not learned to answer.
        false
    }

    fn save(&self, subject: &Questions, network: &Path) -> Result<(), CheckpointError> {
        let path = network.join(trained::FILE);
        subject.trained_on().save(network).map_err(|source| CheckpointError::Io { path, source })
    }

    fn load(&self, subject: &mut Questions, network: &Path) -> Result<(), RunError> {
        let path = network.join(trained::FILE);
        let trained_on = TrainedOn::load(network).map_err(|source| RunError::Io { action: "read", path, source })?;
        subject.set_trained_on(trained_on);
        Ok(())
    }

    fn summary(&self, metrics: &Metrics<QuestionFigures>, iterations: u32) -> String {
        let QuestionFigures { asked, ratio_answered, .. } = metrics.own;
        let answered = if asked > 0 {
            format!("{:.1} % of {asked} answered before training on them, ", 100.0 * ratio_answered)
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

    /// A line on the modules that were answered worst; none before the network was asked.
    fn lines(&mut self, round: &Round<QuestionFigures>) -> Vec<String> {
        let figures = &round.metrics.own;
        let mut modules: Vec<(&String, &f64)> = figures.modules.iter().collect();
        modules.sort_by(|a, b| a.1.total_cmp(b.1));
        let texts = modules.iter().take(SHOWN_MODULES).map(|&(name, ratio)| {
            let asked = figures.modules_asked.get(name).copied().unwrap_or(0);
            format!("{name} {:.0}/{asked}", ratio * asked as f64)
        });
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { Vec::new() } else { vec![format!("  answered least: {}", texts.join(", "))] }
    }

    fn report(&self, subject: &Questions, directory: &RunDir) -> Vec<String> {
        let root = directory.root().display();
        vec![
            format!("trained on {} questions", subject.trained_on().len()),
            format!("ask it: prover solve --policy {root} \"Solve 2*x + 3 = 7 for x.\""),
            format!("metrics: {}", directory.root().join("metrics.jsonl").display()),
        ]
    }
}
