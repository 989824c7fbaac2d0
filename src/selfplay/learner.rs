//! The network of a run, its optimiser, and the examples of the last iterations.

use super::Watcher;
use crate::learn::{Example, Settings, TrainReport, Trainer, trainer::Plan};
use crate::network::Network;
use crate::network::device::Selector;
use crate::network::model::Precision;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// What learns in a run.
pub struct Learner {
    /// The network and its optimiser.
    pub trainer: Trainer,
    pub(super) replay: VecDeque<Vec<Example>>,
    /// Iterations whose examples are trained on.
    kept: usize,
    precision: Precision,
    device: Selector,
}

impl Learner {
    /// An untrained one, which computes on the processor. It trains on the examples of as many iterations as `kept`
    /// says, at least one.
    pub fn new(mut network: Network, learning_rate: f64, precision: Precision, kept: usize) -> Self {
        network.set_precision(precision);
        let trainer = Trainer::new(network, optimizer(learning_rate));
        Self { trainer, replay: VecDeque::new(), kept: kept.max(1), precision, device: Selector::Cpu }
    }

    /// Goes on from what an earlier process left: its network and its last iterations' examples, oldest first.
    pub fn resume(&mut self, trainer: Trainer, replay: Vec<Vec<Example>>) {
        self.trainer = trainer;
        self.replay = replay.into();
        self.trainer.network.set_precision(self.precision);
        self.trainer.network.set_device(self.device);
    }

    /// Evaluates and trains on a device; see [`Network::set_device`].
    pub fn set_device(&mut self, device: Selector) {
        self.device = device;
        self.trainer.network.set_device(device);
    }

    /// Trains on the examples of this iteration and the last ones.
    pub fn learn(
        &mut self,
        examples: &[Example],
        goals: &[String],
        plan: &Plan,
        rng: &mut ChaCha8Rng,
        watcher: &dyn Watcher,
    ) -> TrainReport {
        self.replay.push_back(examples.to_vec());
        while self.replay.len() > self.kept {
            self.replay.pop_front();
        }
        watcher.begin("training", plan.steps as u64);
        let report = self.trainer.train(self.replay.iter().flatten(), goals, plan, rng, |step| {
            watcher.advance(1, format!("loss {:.3}", step.train_loss));
        });
        watcher.end();
        report
    }
}

/// The settings of a run's optimiser.
pub fn optimizer(learning_rate: f64) -> Settings {
    Settings { learning_rate, ..Settings::default() }
}

/// A generator for one purpose of one iteration, so that a resumed run draws what an unbroken one would have.
pub fn generator(seed: u64, iteration: u32, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((u64::from(iteration) << 32) | purpose);
    rng
}
