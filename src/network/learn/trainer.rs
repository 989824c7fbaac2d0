//! Training a network.

use super::batch::{self, Batches, Kind, Mix};
use super::example::Example;
use super::optimizer::{AdamW, Settings};
use crate::checkpoint::{self, CheckpointError};
use crate::model::{GROUPS, Sample, TrainingWorkspace};
use crate::{Difficulty, Network};
use rand::Rng;
use rand::seq::SliceRandom;
use std::path::Path;
use std::time::Instant;

/// A network and its optimiser.
#[derive(Debug)]
pub struct Trainer {
    /// The network.
    pub network: Network,
    /// Its optimiser.
    pub optimizer: AdamW,
    workspace: TrainingWorkspace<f32>,
    gradient: Vec<f32>,
    /// Steps before this round, while a device trains.
    #[cfg(feature = "gpu")]
    round_began: Option<u64>,
}

/// Training objective of the network's own [choices](Example::Drawn).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Objective {
    /// Own choices are not used; the results of the search are learned by maximum likelihood.
    #[default]
    Likelihood,
    /// Choices that turned out better than others of their group become likelier, the others less likely, by the
    /// [clipped policy gradient](crate::model::Surrogate).
    Grpo {
        /// Weight of the divergence from the network before, in nats a choice.
        leash: f64,
    },
}

/// Settings of a round of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Weight of the progress loss.
    pub alpha: f64,
    /// Number of steps.
    pub steps: usize,
    /// Largest number of tokens of a step's examples; goals come on top, at most half as many.
    pub batch_tokens: usize,
    /// The shares of the kinds of examples in the tokens of a batch; with `None` examples are taken in their order.
    pub mix: Option<Mix>,
    /// The objective of the network's own choices.
    pub objective: Objective,
}

/// Figures of a training step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Its number in the round, counted from 1.
    pub number: usize,
    /// Number of steps of the round.
    pub of: usize,
    /// Training loss of its batch.
    pub train_loss: f64,
    /// Progress loss, if goals were trained on.
    pub progress_loss: Option<f64>,
    /// Tokens computed.
    pub tokens: usize,
}

/// Figures of a round of training. Losses are in nats; a loss without examples is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainReport {
    /// Mean over the steps of the training loss: the mean of the losses of the kinds present in a batch.
    pub train_loss: Option<f64>,
    /// Mean loss a token of conjectures.
    pub conjecture_loss: Option<f64>,
    /// Mean loss a choice of actions (or a token, for examples with a single action).
    pub policy_loss: Option<f64>,
    /// Mean loss of values.
    pub value_loss: Option<f64>,
    /// Progress loss after the round.
    pub progress_loss: Option<f64>,
    /// Divergence of the network after the round from the one before, nats a choice of its own.
    pub divergence: Option<f64>,
    /// Mean norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Steps taken.
    pub steps: usize,
    /// Steps left out because loss or gradient was not finite.
    pub skipped: usize,
    /// Tokens computed.
    pub tokens: usize,
    /// Duration.
    pub seconds: f64,
}

/// Name of the optimiser's file in a checkpoint.
pub const OPTIMIZER: &str = "optimizer.safetensors";

impl Trainer {
    /// A trainer with a fresh optimiser.
    pub fn new(network: Network, settings: Settings) -> Self {
        let optimizer = AdamW::new(network.model(), settings);
        Self::with_optimizer(network, optimizer)
    }

    fn with_optimizer(network: Network, optimizer: AdamW) -> Self {
        Self {
            network,
            optimizer,
            workspace: TrainingWorkspace::default(),
            gradient: Vec::new(),
            #[cfg(feature = "gpu")]
            round_began: None,
        }
    }

    /// Writes network and optimiser as one checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot be written.
    pub fn save(&self, directory: &Path) -> Result<(), CheckpointError> {
        checkpoint::save(directory, &self.network, |files| {
            self.optimizer.save(self.network.model().tensors(), &files.join(OPTIMIZER))
        })
    }

    /// Reads network and optimiser.
    ///
    /// # Errors
    /// [`CheckpointError`] if the checkpoint is not whole.
    pub fn load(directory: &Path, settings: Settings) -> Result<Self, CheckpointError> {
        let network = checkpoint::load(directory)?;
        let file = checkpoint::located(directory).join(OPTIMIZER);
        let optimizer = AdamW::load(network.model(), settings, &file)?;
        Ok(Self::with_optimizer(network, optimizer))
    }

    /// The negative mean log-probability a token (`<end>` included) of the goals' statements after `<conj> <hard>`;
    /// `None` without goals.
    pub fn progress_loss(&mut self, goals: &[String]) -> Option<f64> {
        let samples = self.goal_samples(goals);
        let weight = batch::weights(&samples)[Kind::Progress as usize];
        let losses = self.network.model().loss(&samples, &mut self.workspace);
        (weight > 0.0).then(|| losses[Kind::Progress as usize] / weight)
    }

    fn goal_samples(&self, goals: &[String]) -> Vec<Sample> {
        let sample = |goal: &String| self.network.statement_sample(Difficulty::Hard, goal, Kind::Progress as usize);
        goals.iter().map(sample).collect()
    }

    /// Trains on examples and goals: each step minimises `train_loss + alpha * progress_loss` on a batch. `on_step`
    /// hears of every step (a progress bar). Forgets the network's remembered evaluations.
    pub fn train<'a>(
        &mut self,
        examples: impl IntoIterator<Item = &'a Example>,
        goals: &[String],
        plan: &Plan,
        rng: &mut impl Rng,
        mut on_step: impl FnMut(Step),
    ) -> TrainReport {
        let start = Instant::now();
        let (own, examples): (Vec<_>, Vec<_>) = examples.into_iter().partition(|example| example.is_drawn());
        let leash = if let Objective::Grpo { leash } = plan.objective { leash } else { 0.0 };
        let drawn = batch::drawn(&self.network, own, leash as f32);
        let mut samples = batch::samples(&self.network, examples);
        let is_rewarded = !drawn.is_empty() && matches!(plan.objective, Objective::Grpo { .. });
        if is_rewarded {
            samples.extend(drawn.iter().cloned());
        }
        let mut batches = Batches::new(samples, plan.mix);
        let mut goal_samples = self.goal_samples(goals);
        let with_goals = plan.alpha > 0.0 && !goals.is_empty();
        let steps = if batches.is_empty() && !with_goals { 0 } else { plan.steps };
        let mut sums = Sums::default();
        #[cfg(feature = "gpu")]
        // A device computes likelihoods alone.
        let before = if is_rewarded { None } else { self.begin_on_device(steps, plan.batch_tokens) };
        for number in 1..=steps {
            let mut samples = batches.draw(plan.batch_tokens, rng);
            if with_goals {
                goal_samples.shuffle(rng);
                samples.extend(first_tokens(&goal_samples, plan.batch_tokens / 2));
            }
            let means = self.step(&mut samples, plan.alpha, &mut sums);
            let tokens = samples.iter().map(|s| s.sequence.tokens()).sum();
            sums.tokens += tokens;
            let step = Step {
                number,
                of: steps,
                train_loss: train_loss(&means).unwrap_or(f64::NAN),
                progress_loss: means[Kind::Progress as usize],
                tokens,
            };
            on_step(step);
        }
        #[cfg(feature = "gpu")]
        self.end_on_device(before);
        let progress_loss = self.progress_loss(goals);
        let divergence = batch::moved(&self.network, &drawn);
        sums.report(progress_loss, divergence, start.elapsed().as_secs_f64())
    }

    /// One step: mean losses by kind.
    fn step(&mut self, samples: &mut [Sample], alpha: f64, sums: &mut Sums) -> [Option<f64>; GROUPS] {
        let weights = batch::weights(samples);
        let kinds = Kind::TRAINED.iter().filter(|&&k| weights[k as usize] > 0.0).count().max(1);
        let mut factors = weights.map(|w| if w > 0.0 { 1.0 / (w * kinds as f64) } else { 0.0 });
        let progress = Kind::Progress as usize;
        factors[progress] *= kinds as f64 * alpha;
        batch::scale(samples, factors);
        let (losses, norm) = self.descend(samples);
        let mut means = [None; GROUPS];
        for (i, mean) in means.iter_mut().enumerate() {
            *mean = (weights[i] > 0.0 && factors[i] > 0.0).then(|| losses[i] / factors[i] / weights[i]);
        }
        sums.add(&means, norm);
        means
    }

    /// One step of the optimiser: losses by group and the gradient's norm, not finite if no step was taken.
    fn descend(&mut self, samples: &[Sample]) -> ([f64; GROUPS], f64) {
        #[cfg(feature = "gpu")]
        if let Some(result) = self.descend_on_device(samples) {
            return result;
        }
        self.gradient.resize(self.network.model().parameters().len(), 0.0);
        let losses = self.network.model().loss_and_gradient(samples, &mut self.gradient, &mut self.workspace);
        let finite = losses.iter().all(|l| l.is_finite());
        let norm = if finite { self.optimizer.step(self.network.model_mut(), &self.gradient) } else { f64::NAN };
        (losses, norm)
    }
}

/// Training on a device: parameters and means are sent when a round begins, stay there, and are fetched when it ends.
/// If the device fails between, the processor goes on from where the round began.
#[cfg(feature = "gpu")]
impl Trainer {
    /// The number of steps before the round, if it is on the device.
    fn begin_on_device(&mut self, steps: usize, tokens: usize) -> Option<u64> {
        let accelerator = self.network.accelerator().filter(|_| steps > 0)?;
        // Goals come on top, at most half as many.
        let begun = accelerator.begin_training(self.network.model(), self.optimizer.means(), tokens + tokens / 2);
        self.round_began = begun.then(|| self.optimizer.steps());
        self.round_began
    }

    fn descend_on_device(&mut self, samples: &[Sample]) -> Option<([f64; GROUPS], f64)> {
        let before = self.round_began?;
        let accelerator = self.network.accelerator()?;
        let result = accelerator.train(samples, &self.optimizer.next_numbers());
        match result {
            Some((_, norm)) if norm.is_finite() => self.optimizer.count_step(),
            Some(_) => (),
            None => {
                self.round_began = None;
                self.optimizer.rewind(before);
            }
        }
        result
    }

    fn end_on_device(&mut self, before: Option<u64>) {
        if self.round_began.take().is_none() {
            return;
        }
        let fetched = self.network.accelerator().and_then(|a| a.end_training());
        match fetched {
            Some((parameters, means)) => {
                self.network.model_mut().parameters_mut().copy_from_slice(&parameters);
                self.optimizer.set_means(means);
            }
            None => self.optimizer.rewind(before.unwrap_or_default()),
        }
    }
}

/// The first samples that have at most `tokens` tokens together, but at least one.
fn first_tokens(samples: &[Sample], tokens: usize) -> impl Iterator<Item = Sample> + '_ {
    let mut sum = 0;
    let within = move |s: &&Sample| {
        let first = sum == 0;
        sum += s.sequence.tokens();
        first || sum <= tokens
    };
    samples.iter().take_while(within).cloned()
}

/// The mean of the losses of the kinds that are trained on and present.
fn train_loss(means: &[Option<f64>; GROUPS]) -> Option<f64> {
    mean(Kind::TRAINED.iter().filter_map(|&k| means[k as usize]))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(n, s), v| (n + 1, s + v));
    (count > 0).then(|| sum / count as f64)
}

/// Running sums of a round.
#[derive(Default)]
struct Sums {
    steps: Vec<([Option<f64>; GROUPS], f64)>,
    skipped: usize,
    tokens: usize,
}

impl Sums {
    fn add(&mut self, means: &[Option<f64>; GROUPS], norm: f64) {
        if norm.is_finite() {
            self.steps.push((*means, norm));
        } else {
            self.skipped += 1;
        }
    }

    fn report(self, progress_loss: Option<f64>, divergence: Option<f64>, seconds: f64) -> TrainReport {
        let kind = |k: Kind| mean(self.steps.iter().filter_map(|(means, _)| means[k as usize]));
        TrainReport {
            train_loss: mean(self.steps.iter().filter_map(|(means, _)| train_loss(means))),
            conjecture_loss: kind(Kind::Conjecture),
            policy_loss: kind(Kind::Policy),
            value_loss: kind(Kind::Value),
            progress_loss,
            divergence,
            gradient_norm: mean(self.steps.iter().map(|(_, norm)| *norm)).unwrap_or(0.0),
            steps: self.steps.len(),
            skipped: self.skipped,
            tokens: self.tokens,
            seconds,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::learn::Choices;
    use crate::model::Config;
    use crate::tokenizer::Tokenizer;
    use crate::{Evaluator, Request};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    pub(crate) fn network(context: usize) -> Network {
        let text = "intro x. apply nat_ind. apply eq. show (= z z) by eq_refl. [('a0 : nat) -> (= (+ z 'a0) 'a0)]";
        let tokenizer = Tokenizer::train([text], 300).unwrap();
        let config = Config { vocabulary: tokenizer.vocabulary(), context, layers: 2, heads: 2, width: 32 };
        Network::with_config(config, tokenizer, &mut ChaCha8Rng::seed_from_u64(11)).unwrap()
    }

    pub(crate) fn examples() -> Vec<Example> {
        let actions: Vec<String> =
            ["intro x.", "apply nat_ind.", "apply eq.", "show (= z z) by eq_refl."].map(str::to_owned).to_vec();
        let states = ["(= z z)", "(= (s z) z)", "{ x : nat } (= x x)", "[nat -> nat]"];
        let mut examples = Vec::new();
        for (i, state) in states.iter().enumerate() {
            let state = state.to_string();
            examples.push(Example::Value { state: state.clone(), solved: i % 2 == 0 });
            examples.push(Example::Policy { state, actions: actions.clone(), chosen: vec![(i, 1.0)], steps: 0 });
        }
        let statement = "(= (s z) (s z))".to_owned();
        examples.push(Example::Conjecture { difficulty: Difficulty::Easy, statement });
        examples
    }

    fn plan(alpha: f64, steps: usize) -> Plan {
        Plan { alpha, steps, batch_tokens: 512, mix: None, objective: Objective::Likelihood }
    }

    fn trainer() -> Trainer {
        Trainer::new(network(64), Settings { learning_rate: 3e-3, warm_up: 5, ..Settings::default() })
    }

    #[test]
    fn learns_a_small_set_by_heart() {
        let mut trainer = trainer();
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let mut heard = 0;
        let first = trainer.train(&examples(), &[], &plan(1.0, 1), rng, |_| ());
        trainer.train(&examples(), &[], &plan(1.0, 120), rng, |step| heard += usize::from(step.of == 120));
        let last = trainer.train(&examples(), &[], &plan(1.0, 1), rng, |_| ());
        assert_eq!(heard, 120);
        assert!(first.train_loss.unwrap() > 1.0 && last.train_loss.unwrap() < 0.1, "{first:?} {last:?}");
        assert!(last.policy_loss.unwrap() < 0.1 && last.value_loss.unwrap() < 0.1);
        assert_eq!((last.progress_loss, last.skipped), (None, 0));
        // What was learned is what a search sees.
        for example in examples() {
            if let Example::Policy { state, actions, chosen, .. } = example {
                let evaluation = trainer.network.evaluate(&[Request { state, actions }]).remove(0);
                assert!(evaluation.priors[chosen[0].0] > 0.8, "{evaluation:?}");
            }
        }
    }

    #[test]
    fn alpha_pulls_towards_the_goals() {
        let goals = vec!["[('a0 : nat) -> (= (+ z 'a0) 'a0)]".to_owned(), "(= z z)".to_owned()];
        let run = |alpha| {
            let mut trainer = trainer();
            let rng = &mut ChaCha8Rng::seed_from_u64(1);
            let before = trainer.progress_loss(&goals).unwrap();
            let report = trainer.train(&examples(), &goals, &plan(alpha, 80), rng, |_| ());
            (before, report.progress_loss.unwrap())
        };
        let ((before, without), (_, with)) = (run(0.0), run(1.0));
        assert!(before > 4.0 && with < 1.0 && without > 2.0 * with, "{before} {without} {with}");
        // The definition: mean over all tokens of all goals.
        let mut trainer = trainer();
        let parts = goals.iter().map(|g| trainer.network.log_probability_of_statement(Difficulty::Hard, g));
        let (sum, count) = parts.fold((0.0, 0), |(s, n), (l, c)| (s + l, n + c));
        assert!((trainer.progress_loss(&goals).unwrap() + sum / count as f64).abs() < 1e-5);
    }

    #[test]
    fn rewards_move_choices_and_the_leash_holds_them() {
        let actions: Vec<String> = ["intro x.", "apply nat_ind.", "apply eq."].map(str::to_owned).to_vec();
        let state = "(= z z)".to_owned();
        let drawn = |chosen, advantage| Example::Drawn {
            choices: Choices::Action { state: state.clone(), actions: actions.clone(), chosen },
            advantage,
        };
        let pieces = vec![(vec!["(=".to_owned(), "[nat".to_owned()], 0), (vec![" z".to_owned(), " x".to_owned()], 1)];
        let statement =
            Example::Drawn { choices: Choices::Statement { difficulty: Difficulty::Hard, pieces }, advantage: 1.0 };
        let examples = [drawn(0, -1.0), drawn(2, 1.0), statement.clone()];
        let run = |objective| {
            let mut trainer = trainer();
            let request = || vec![Request { state: state.clone(), actions: actions.clone() }];
            let before = trainer.network.evaluate(&request()).remove(0).priors;
            let plan = Plan { objective, ..plan(0.0, 60) };
            let report = trainer.train(&examples, &[], &plan, &mut ChaCha8Rng::seed_from_u64(1), |_| ());
            let after = trainer.network.evaluate(&request()).remove(0).priors;
            let moved: Vec<f32> = after.iter().zip(&before).map(|(after, before)| after / before).collect();
            (moved, report.divergence.unwrap())
        };
        let (moved, divergence) = run(Objective::Grpo { leash: 0.0 });
        assert!(moved[2] > 1.15 && moved[0] < 0.9 && divergence > 0.0, "{moved:?} {divergence}");
        let (held, less) = run(Objective::Grpo { leash: 10.0 });
        assert!(held[2] > 1.0 && held[2] < moved[2] && less < divergence / 4.0, "{held:?} {less}");
        // Under the other objective they are measured and not learned from.
        let (still, none) = run(Objective::Likelihood);
        assert!(still.iter().all(|moved| (moved - 1.0).abs() < 1e-6) && none.abs() < 1e-9, "{still:?} {none}");
    }

    #[test]
    fn a_seed_repeats_a_run() {
        let run = || {
            let mut trainer = trainer();
            trainer.train(
                &examples(),
                &[],
                &Plan { batch_tokens: 30, ..plan(0.0, 10) },
                &mut ChaCha8Rng::seed_from_u64(4),
                |_| (),
            );
            trainer.network.model().parameters().to_vec()
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn a_saved_trainer_goes_on_as_if_it_had_not_stopped() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("checkpoint");
        let mut trainer = trainer();
        trainer.train(&examples(), &[], &plan(0.0, 5), &mut ChaCha8Rng::seed_from_u64(1), |_| ());
        trainer.save(&path).unwrap();
        let mut loaded = Trainer::load(&path, trainer.optimizer.settings.clone()).unwrap();
        for trainer in [&mut trainer, &mut loaded] {
            trainer.train(&examples(), &[], &plan(0.0, 5), &mut ChaCha8Rng::seed_from_u64(2), |_| ());
        }
        assert_eq!(trainer.network.model().parameters(), loaded.network.model().parameters());
        std::fs::remove_file(path.join(OPTIMIZER)).unwrap();
        assert!(Trainer::load(&path, Settings::default()).is_err());
    }

    #[test]
    fn nothing_to_learn_and_broken_weights_do_no_harm() {
        let mut trainer = trainer();
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let report = trainer.train(&[], &[], &plan(1.0, 3), rng, |_| ());
        assert_eq!((report.steps, report.train_loss, report.progress_loss), (0, None, None));
        let report = trainer.train(&[], &["(= z z)".to_owned()], &plan(1.0, 3), rng, |_| ());
        assert_eq!((report.steps, report.train_loss), (3, None));
        trainer.network.model_mut().parameters_mut().fill(f32::NAN);
        let report = trainer.train(&examples(), &[], &plan(1.0, 3), rng, |_| ());
        assert_eq!((report.steps, report.skipped), (0, 3));
    }
}
