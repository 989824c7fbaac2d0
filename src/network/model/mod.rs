//! A decoder-only transformer in the shape of GPT-2 (Radford et al. 2019): layer normalisation before each part,
//! learned positions, GELU in its tanh form, the output tied to the token embedding, biases everywhere. Weights are
//! named and laid out as `GPT2LMHeadModel` of Hugging Face `transformers` has them (linear maps as [in, out]), without
//! dropout.
//!
//! Input is packed: see [`Sequence`]. Parameters lie in one flat vector with [named views](Model::tensors), so that
//! saving, the optimiser and the gradient are plain loops.
//!
//! Parallelism: a forward pass runs on the calling thread alone, since searches call it from all threads at once;
//! [`Model::loss_and_gradient`] splits its batch into shards that run in parallel on rayon's pool, each with
//! single-threaded products. Shards depend on the batch, not on the number of threads, so a training step gives the
//! same bits on any.

mod attention;
mod backward;
mod config;
mod decoder;
mod elementwise;
mod float;
mod forward;
mod half;
mod loss;
mod packed;
mod read;
mod rollout;
#[cfg(test)]
mod tests;

pub use config::{Config, Size, Tensor};
pub use decoder::{Decoder, Sampling, Walk, WalkStep};
pub use float::Float;
pub use forward::Workspace;
pub use half::Precision;
pub use loss::{GROUPS, Sample, Surrogate, Target, TrainingWorkspace, divergence};
pub use packed::{Packed, Sequence};
pub use read::{BLOCK_TOKENS, Block, ReadWorkspace, Reading};

use config::Layout;
use half::HalfBlock;
use rand::{Rng, RngExt};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A model could not be made or given parameters.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// A size is zero or too large to address.
    #[error("model configuration: {0} must be between 1 and {1}")]
    Dimension(&'static str, usize),
    /// The width does not divide into heads.
    #[error("model configuration: width {width} is not a multiple of the number of heads {heads}")]
    Heads {
        /// The configured width.
        width: usize,
        /// The configured number of heads.
        heads: usize,
    },
    /// A parameter vector of the wrong length.
    #[error("{found} parameters for a model that has {expected}")]
    Parameters {
        /// The number that the configuration requires.
        expected: usize,
        /// The number given.
        found: usize,
    },
}

/// The transformer: configuration and parameters.
#[derive(Clone, Debug)]
pub struct Model<F> {
    config: Config,
    layout: Layout,
    parameters: Vec<F>,
    /// The blocks in bfloat16, made when they are first asked for; `None`: the model infers in its own precision.
    half: Option<OnceLock<Arc<[HalfBlock]>>>,
}

impl<F: Float> Model<F> {
    /// A model with random weights: normal with deviation 0.02, residual projections scaled by `1 / sqrt(2 layers)`,
    /// gains 1, biases 0, as GPT-2 starts.
    ///
    /// # Errors
    /// [`ModelError`] if the configuration is impossible.
    pub fn new(config: Config, rng: &mut impl Rng) -> Result<Self, ModelError> {
        let layout = Layout::new(&config)?;
        let mut parameters = vec![F::ZERO; layout.total];
        let residual = 0.02 / (2.0 * config.layers as f64).sqrt();
        for tensor in &layout.tensors {
            let values = &mut parameters[tensor.range.clone()];
            if tensor.shape.len() == 2 {
                let deviation = if tensor.name.ends_with("c_proj.weight") { residual } else { 0.02 };
                values.iter_mut().for_each(|v| *v = F::from_f64(deviation * normal(rng)));
            } else if tensor.name.ends_with("weight") {
                values.fill(F::ONE);
            }
        }
        Ok(Self { config, layout, parameters, half: None })
    }

    /// A model with given parameters, in the order of [`tensors`](Self::tensors).
    ///
    /// # Errors
    /// [`ModelError`] if the configuration is impossible or the length does not fit.
    pub fn from_parameters(config: Config, parameters: Vec<F>) -> Result<Self, ModelError> {
        let layout = Layout::new(&config)?;
        if parameters.len() != layout.total {
            return Err(ModelError::Parameters { expected: layout.total, found: parameters.len() });
        }
        Ok(Self { config, layout, parameters, half: None })
    }

    /// Names, shapes and places of the parameters of a model of this configuration.
    ///
    /// # Errors
    /// [`ModelError`] if the configuration is impossible.
    pub fn tensors_of(config: &Config) -> Result<Vec<Tensor>, ModelError> {
        Ok(Layout::new(config)?.tensors)
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Names, shapes and places of all parameters, in memory order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.layout.tensors
    }

    /// All parameters, flat.
    pub fn parameters(&self) -> &[F] {
        &self.parameters
    }

    /// All parameters, flat, to change.
    pub fn parameters_mut(&mut self) -> &mut [F] {
        self.half = self.half.is_some().then(OnceLock::new);
        &mut self.parameters
    }

    /// Sets the precision of the products of inference ([`read`](Self::read) and decoding). Training, and
    /// [`forward`](Self::forward), do not change.
    pub fn set_precision(&mut self, precision: Precision) {
        self.half = (precision == Precision::Bf16).then(OnceLock::new);
    }

    /// The precision of inference.
    pub fn precision(&self) -> Precision {
        if self.half.is_some() { Precision::Bf16 } else { Precision::F32 }
    }

    /// Block `l` in bfloat16, if that is how the model infers.
    fn half(&self, l: usize) -> Option<&HalfBlock> {
        let blocks =
            self.half.as_ref()?.get_or_init(|| (0..self.config.layers).map(|l| HalfBlock::new(self, l)).collect());
        blocks.get(l)
    }

    /// The same model in another number type.
    pub fn cast<G: Float>(&self) -> Model<G> {
        Model {
            config: self.config.clone(),
            layout: self.layout.clone(),
            parameters: self.parameters.iter().map(|v| G::from_f64(v.to_f64())).collect(),
            half: self.half.is_some().then(OnceLock::new),
        }
    }

    /// The embedding of a token, which is also its row of the output map; tokens beyond the vocabulary are taken as the
    /// last.
    pub fn embedding(&self, token: u32) -> &[F] {
        let width = self.config.width;
        let token = (token as usize).min(self.config.vocabulary - 1);
        &self.view(&self.layout.token_embedding)[token * width..][..width]
    }

    /// The logit of a token given a row of the [output](Workspace::output) of a forward pass.
    pub fn logit(&self, hidden: &[F], token: u32) -> F {
        elementwise::dot(hidden, self.embedding(token))
    }

    /// The logits `[rows, vocabulary]` of all tokens given rows of the output `[rows, width]`.
    pub fn logits(&self, hidden: &[F], out: &mut Vec<F>) {
        let (vocabulary, width) = (self.config.vocabulary, self.config.width);
        let rows = hidden.len() / width;
        out.resize(rows * vocabulary, F::ZERO);
        let embedding = float::Matrix::new(self.view(&self.layout.token_embedding), vocabulary, width, width);
        let hidden = float::Matrix::new(hidden, rows, width, width);
        float::product(out, vocabulary, float::Write::Set, hidden, embedding.transposed(), F::ONE);
    }

    fn view(&self, range: &Range<usize>) -> &[F] {
        &self.parameters[range.clone()]
    }
}

/// One sample of the standard normal distribution (Box and Muller 1958).
fn normal(rng: &mut impl Rng) -> f64 {
    // 1 - u lies in (0, 1], so that the logarithm is finite.
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}
