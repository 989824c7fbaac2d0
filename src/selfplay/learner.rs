//! The network of a run, its optimiser, and the examples that it learns from.

use super::Watcher;
use super::archive::Archive;
use crate::learn::{Example, Mix, Objective, Settings, TrainReport, Trainer, trainer::Plan};
use crate::network::Network;
use crate::network::device::Selector;
use crate::network::model::{Precision, Size};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::path::PathBuf;

/// Tokens that an example of a choice has at least, to know how many are needed.
const CHOICE_TOKENS: usize = 64;

/// Settings of learning; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct LearningSettings {
    /// The directory of the network to begin with, which is [trained](crate::selfplay::task::initial) further; a new one
    /// if there is none.
    pub network: Option<PathBuf>,
    pub model: Size,
    /// The precision in which the network judges and conjectures, and in which it learns on a GPU.
    pub precision: Precision,
    pub train_steps: usize,
    pub batch_tokens: usize,
    pub learning_rate: f64,
    pub replay: usize,
    /// The objective for the network's own choices.
    pub objective: Objective,
    /// The shares of the kinds of examples in the tokens of a batch; with `None` examples are taken in their order, and
    /// there is no archive of choices.
    pub mix: Option<Mix>,
}

/// Name of the objective for the network's own choices; see [`Objective`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ObjectiveName {
    /// None for own choices: only search results are learned, by likelihood.
    #[default]
    Likelihood,
    /// The clipped policy gradient with rewards relative to their group.
    Grpo,
}

/// The learner of a run: the network with its optimiser, and the examples to train on.
pub struct Learner {
    /// The network and its optimiser.
    pub trainer: Trainer,
    settings: LearningSettings,
    /// The examples of the last iterations, except those in the archive.
    replay: VecDeque<Vec<Example>>,
    archive: Archive,
    device: Selector,
}

impl Learner {
    /// An untrained one, which computes on the processor. It trains on the examples of as many iterations as the
    /// settings say, at least one.
    pub fn new(mut network: Network, settings: LearningSettings) -> Self {
        network.set_precision(settings.precision);
        let trainer = Trainer::new(network, optimizer(settings.learning_rate, settings.model));
        let (replay, archive) = (VecDeque::new(), Archive::default());
        Self { trainer, settings, replay, archive, device: Selector::Cpu }
    }

    /// The settings of learning.
    pub fn settings(&self) -> &LearningSettings {
        &self.settings
    }

    /// Goes on from the state of an earlier process: its network and the examples of all iterations, oldest first.
    pub fn resume(&mut self, trainer: Trainer, examples: Vec<Vec<Example>>) {
        self.trainer = trainer;
        examples.into_iter().for_each(|examples| self.keep(&examples));
        self.trainer.network.set_precision(self.settings.precision);
        self.trainer.network.set_device(self.device);
    }

    /// Evaluates and trains on a device; see [`Network::set_device`].
    pub fn set_device(&mut self, device: Selector) {
        self.device = device;
        self.trainer.network.set_device(device);
    }

    /// The number of states in the archive.
    pub fn archived(&self) -> usize {
        self.archive.len()
    }

    /// Adds the examples of an iteration.
    fn keep(&mut self, examples: &[Example]) {
        let is_archived = |example: &&Example| self.settings.mix.is_some() && matches!(example, Example::Policy { .. });
        // The network's own choices count for the network that made them.
        let lasting = examples.iter().filter(|example| !example.is_drawn());
        let (choices, others): (Vec<&Example>, Vec<&Example>) = lasting.partition(is_archived);
        choices.into_iter().for_each(|choice| self.archive.insert(choice));
        self.replay.push_back(others.into_iter().cloned().collect());
        while self.replay.len() > self.settings.replay.max(1) {
            self.replay.pop_front();
        }
    }

    /// Trains on the examples of this iteration, of the last ones, and of the archive.
    pub fn learn(
        &mut self,
        examples: &[Example],
        goals: &[String],
        alpha: f64,
        rng: &mut ChaCha8Rng,
        watcher: &dyn Watcher,
    ) -> TrainReport {
        self.keep(examples);
        let LearningSettings { train_steps: steps, batch_tokens, mix, objective, .. } = self.settings;
        watcher.begin("training", steps as u64);
        // More than are drawn need not be laid out.
        let choices = self.archive.sample(steps.saturating_mul(batch_tokens) / CHOICE_TOKENS, rng);
        let plan = Plan { alpha, steps, batch_tokens, mix, objective };
        let own = examples.iter().filter(|example| example.is_drawn());
        let examples = self.replay.iter().flatten().chain(choices).chain(own);
        let report = self.trainer.train(examples, goals, &plan, rng, |step| {
            watcher.advance(1, format!("loss {:.3}", step.train_loss));
        });
        watcher.end();
        report
    }
}

/// The settings of a run's optimiser: the step size is the one set up to a width of 128, and falls with the width
/// beyond, as the size of the updates' effect grows with it (G. Yang et al., *Tensor Programs V*, 2022, for matrices of
/// linear maps).
pub fn optimizer(learning_rate: f64, model: Size) -> Settings {
    Settings { learning_rate: learning_rate * scale(model), ..Settings::default() }
}

/// The factor by which the width of a model makes steps smaller.
pub fn scale(model: Size) -> f64 {
    128.0 / model.config(1).width.max(128) as f64
}

/// A generator for one purpose of one iteration, so that a resumed run draws what an unbroken one would have.
pub fn generator(seed: u64, iteration: u32, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((u64::from(iteration) << 32) | purpose);
    rng
}
