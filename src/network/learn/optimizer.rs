//! AdamW.

use crate::checkpoint::{CheckpointError, NamedTensor, TensorFile, write_tensors};
use crate::model::{Model, Tensor};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;

/// Settings of the optimiser.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Step size after warm-up.
    pub learning_rate: f64,
    /// Steps over which the step size grows linearly to its full value.
    pub warm_up: u64,
    /// Decay of the running mean of gradients.
    pub beta1: f64,
    /// Decay of the running mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the mean square.
    pub epsilon: f64,
    /// Decoupled decay of the matrices of linear maps, a unit of learning rate.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; longer ones are scaled down to it.
    pub clip: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { learning_rate: 1e-3, warm_up: 30, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weight_decay: 0.01, clip: 1.0 }
    }
}

impl Settings {
    /// The default with a step size for a model's width: 1e-3 up to 128, then falling with the width, as the size of
    /// the updates' effect grows with it (Yang et al. 2022 for matrices of linear maps).
    pub fn for_width(width: usize) -> Self {
        let default = Self::default();
        Self { learning_rate: default.learning_rate * 128.0 / width.max(128) as f64, ..default }
    }
}

/// AdamW (Loshchilov and Hutter 2019): `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
/// `w -= rate ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + decay w)`, after the gradient was clipped by its
/// norm.
#[derive(Clone, Debug)]
pub struct AdamW {
    /// Its settings; they may be changed between steps.
    pub settings: Settings,
    steps: u64,
    mean: Vec<f32>,
    square: Vec<f32>,
}

/// Parameters that a thread updates at a time.
const PIECE: usize = 1 << 14;

/// Prefixes of the names of the two running means on disk.
const MEAN: &str = "exp_avg.";
const SQUARE: &str = "exp_avg_sq.";

impl AdamW {
    /// An optimiser for a model.
    pub fn new(model: &Model<f32>, settings: Settings) -> Self {
        let count = model.parameters().len();
        Self { settings, steps: 0, mean: vec![0.0; count], square: vec![0.0; count] }
    }

    /// Number of steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes a step along a gradient `[parameters]` and returns the gradient's norm before clipping. If that is not
    /// finite, the model is left as it is.
    ///
    /// # Panics
    /// If model, gradient and optimiser are not of one size: a fault of the caller.
    pub fn step(&mut self, model: &mut Model<f32>, gradient: &[f32]) -> f64 {
        assert!(gradient.len() == self.mean.len() && model.parameters().len() == self.mean.len());
        // Partial sums of fixed pieces in order, so that the result does not depend on the number of threads.
        let sums: Vec<f64> = gradient.par_chunks(PIECE).map(|g| g.iter().map(|&g| g as f64 * g as f64).sum()).collect();
        let norm = sums.iter().sum::<f64>().sqrt();
        if !norm.is_finite() {
            return norm;
        }
        self.steps = self.steps.saturating_add(1);
        let update = Update::new(&self.settings, self.steps, norm);
        let tensors: Vec<Tensor> = model.tensors().to_vec();
        for tensor in &tensors {
            let decay = if tensor.is_linear() { self.settings.weight_decay as f32 } else { 0.0 };
            let range = tensor.range.clone();
            model.parameters_mut()[range.clone()]
                .par_chunks_mut(PIECE)
                .zip(gradient[range.clone()].par_chunks(PIECE))
                .zip(self.mean[range.clone()].par_chunks_mut(PIECE))
                .zip(self.square[range].par_chunks_mut(PIECE))
                .for_each(|(((w, g), m), v)| update.apply(decay, w, g, m, v));
        }
        norm
    }

    /// The numbers of the next step, for a device that takes it.
    #[cfg(feature = "gpu")]
    pub fn next_numbers(&self) -> prover_gpu::AdamW {
        let Update { beta1, beta2, epsilon, rate, correct1, correct2, .. } =
            Update::new(&self.settings, self.steps.saturating_add(1), 0.0);
        let (clip, weight_decay) = (self.settings.clip as f32, self.settings.weight_decay as f32);
        prover_gpu::AdamW { beta1, beta2, epsilon, rate, clip, correct1, correct2, weight_decay }
    }

    /// Counts a step that a device took.
    #[cfg(feature = "gpu")]
    pub fn count_step(&mut self) {
        self.steps = self.steps.saturating_add(1);
    }

    /// The running means of the gradient and of its square.
    #[cfg(feature = "gpu")]
    pub fn means(&self) -> [&[f32]; 2] {
        [&self.mean, &self.square]
    }

    /// Overwrites the running means with those that a device computed, which has as many.
    #[cfg(feature = "gpu")]
    pub fn set_means(&mut self, [mean, square]: [Vec<f32>; 2]) {
        (self.mean, self.square) = (mean, square);
    }

    /// Forgets steps that a device took and lost.
    #[cfg(feature = "gpu")]
    pub fn rewind(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Writes the state (not the settings) into a safetensors file.
    ///
    /// # Errors
    /// [`CheckpointError`] if the file cannot be written.
    pub fn save(&self, layout: &[Tensor], path: &Path) -> Result<(), CheckpointError> {
        let named = |prefix: &'static str, values: &'_ [f32]| -> Vec<(String, Vec<usize>, Vec<f32>)> {
            layout
                .iter()
                .map(|t| (format!("{prefix}{}", t.name), t.shape.clone(), values[t.range.clone()].to_vec()))
                .collect()
        };
        let all = [named(MEAN, &self.mean), named(SQUARE, &self.square)].concat();
        let tensors =
            all.iter().map(|(name, shape, values)| -> NamedTensor<'_> { (name.clone(), shape.clone(), values) });
        write_tensors(path, tensors, HashMap::from([("steps".to_owned(), self.steps.to_string())]))
    }

    /// Reads the state for a model.
    ///
    /// # Errors
    /// [`CheckpointError`] if the file is cut off, corrupt or of another model.
    pub fn load(model: &Model<f32>, settings: Settings, path: &Path) -> Result<Self, CheckpointError> {
        let file = TensorFile::read(path, model.tensors())?;
        let steps = file.metadata("steps")?;
        let (mean, square) = (file.flat(model.tensors(), MEAN)?, file.flat(model.tensors(), SQUARE)?);
        // Their roots would be no numbers, and after a step no weight would be one.
        if let Some(place) = square.iter().position(|&value| value < 0.0) {
            let tensor = model.tensors().iter().find(|tensor| tensor.range.contains(&place));
            let name = format!("{SQUARE}{}", tensor.map_or("", |tensor| &tensor.name));
            return Err(CheckpointError::Negative { path: path.to_owned(), name });
        }
        Ok(Self { settings, steps, mean, square })
    }
}

/// The numbers of one step.
#[derive(Clone, Copy)]
struct Update {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    rate: f32,
    /// Factor of the gradient.
    clip: f32,
    /// `1 / (1 - beta^t)`.
    correct1: f32,
    correct2: f32,
}

impl Update {
    fn new(settings: &Settings, step: u64, norm: f64) -> Self {
        let t = step.min(i32::MAX as u64) as i32;
        let warm_up = if step < settings.warm_up { step as f64 / settings.warm_up as f64 } else { 1.0 };
        Self {
            beta1: settings.beta1 as f32,
            beta2: settings.beta2 as f32,
            epsilon: settings.epsilon as f32,
            rate: (settings.learning_rate * warm_up) as f32,
            clip: if norm > settings.clip { (settings.clip / norm) as f32 } else { 1.0 },
            correct1: (1.0 / (1.0 - settings.beta1.powi(t))) as f32,
            correct2: (1.0 / (1.0 - settings.beta2.powi(t))) as f32,
        }
    }

    fn apply(&self, decay: f32, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
            let g = g * self.clip;
            *m = self.beta1 * *m + (1.0 - self.beta1) * g;
            *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
            let direction = (*m * self.correct1) / ((*v * self.correct2).sqrt() + self.epsilon);
            *w -= self.rate * (direction + decay * *w);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Config;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn model() -> Model<f32> {
        let config = Config { vocabulary: 5, context: 4, layers: 1, heads: 1, width: 4 };
        Model::new(config, &mut ChaCha8Rng::seed_from_u64(2)).unwrap()
    }

    #[test]
    fn steps_follow_the_formula() {
        let mut model = model();
        let settings = Settings { warm_up: 2, clip: 1e9, weight_decay: 0.1, ..Settings::default() };
        let mut optimizer = AdamW::new(&model, settings.clone());
        let linear = model.tensors().iter().find(|t| t.is_linear()).unwrap().range.start;
        let gradient = |step: usize, i: usize| ((step * 31 + i * 7) as f32).sin();
        let mut exact: Vec<f64> = [0, linear].map(|i| model.parameters()[i] as f64).to_vec();
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for step in 1..=3usize {
            let flat: Vec<f32> = (0..model.parameters().len()).map(|i| gradient(step, i)).collect();
            optimizer.step(&mut model, &flat);
            for (k, i) in [0, linear].into_iter().enumerate() {
                let g = gradient(step, i) as f64;
                m[k] = 0.9 * m[k] + 0.1 * g;
                v[k] = 0.98 * v[k] + 0.02 * g * g;
                let direction = (m[k] / (1.0 - 0.9f64.powi(step as i32)))
                    / ((v[k] / (1.0 - 0.98f64.powi(step as i32))).sqrt() + 1e-8);
                let decay = if k == 1 { 0.1 } else { 0.0 };
                let rate = if step == 1 { 5e-4 } else { 1e-3 };
                exact[k] -= rate * (direction + decay * exact[k]);
                assert!((model.parameters()[i] as f64 - exact[k]).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn gradients_are_clipped_and_bad_ones_refused() {
        let mut model = model();
        let count = model.parameters().len();
        let mut optimizer = AdamW::new(&model, Settings::default());
        let norm = optimizer.step(&mut model, &vec![3.0; count]);
        assert!((norm - 3.0 * (count as f64).sqrt()).abs() < 1e-9);
        let clipped = 0.1 * (1.0 / (count as f64).sqrt());
        assert!((optimizer.mean[0] as f64 - clipped).abs() < 1e-8);
        let before = model.parameters().to_vec();
        let mut bad = vec![0.0; count];
        bad[7] = f32::NAN;
        assert!(optimizer.step(&mut model, &bad).is_nan());
        assert_eq!((model.parameters(), optimizer.steps()), (&before[..], 1));
    }

    #[test]
    fn state_round_trip_and_cut_off_files() {
        let mut model = model();
        let mut optimizer = AdamW::new(&model, Settings::default());
        let gradient: Vec<f32> = (0..model.parameters().len()).map(|i| (i as f32).cos()).collect();
        optimizer.step(&mut model, &gradient);
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("optimizer.safetensors");
        optimizer.save(model.tensors(), &path).unwrap();
        let loaded = AdamW::load(&model, Settings::default(), &path).unwrap();
        assert_eq!((loaded.steps, &loaded.mean, &loaded.square), (1, &optimizer.mean, &optimizer.square));
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 10, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(matches!(AdamW::load(&model, Settings::default(), &path), Err(CheckpointError::Tensors { .. })));
        }
    }

    #[test]
    fn a_state_of_others_does_not_spoil_the_weights() {
        let mut model = model();
        let mut optimizer = AdamW::new(&model, Settings::default());
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("optimizer.safetensors");
        // Steps beyond which there are no numbers.
        optimizer.steps = u64::MAX;
        optimizer.save(model.tensors(), &path).unwrap();
        let mut loaded = AdamW::load(&model, Settings::default(), &path).unwrap();
        let gradient = vec![1.0; model.parameters().len()];
        loaded.step(&mut model, &gradient);
        assert!(model.parameters().iter().all(|weight| weight.is_finite()));
        // Squares that are negative.
        optimizer.square[3] = -1.0;
        optimizer.save(model.tensors(), &path).unwrap();
        let negative = AdamW::load(&model, Settings::default(), &path);
        assert!(matches!(negative, Err(CheckpointError::Negative { .. })), "{negative:?}");
        // What has diverged is not written: it could not be read again.
        optimizer.square[3] = f32::NAN;
        let diverged = optimizer.save(model.tensors(), &path);
        assert!(matches!(diverged, Err(CheckpointError::NotFinite { .. })), "{diverged:?}");
    }

    #[test]
    fn wide_models_take_smaller_steps() {
        assert_eq!(Settings::for_width(64), Settings::default());
        assert!((Settings::for_width(512).learning_rate - 2.5e-4).abs() < 1e-12);
    }
}
