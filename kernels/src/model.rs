//! The whole transformer on a device: a decoder-only model in the shape of GPT-2 (Radford et al. 2019) over prefix
//! trees.

use crate::attention::{self, Heads};
use crate::batch::{Batch, Bounds, Tables};
use crate::context::{Buffer, Context, Element};
use crate::elementwise::{add, add_bias, bias_gelu, cast, fill, gelu_backward, residual};
use crate::embedding::{Rows, Scatter, embed, gather, gather_into};
use crate::error::Error;
use crate::layout::{Affine, Config, Layer, Layout, MemoryPlan, Place};
use crate::loss::{Term, Terms, cross_entropy};
use crate::norm::{NormSaved, Normed, layer_norm, layer_norm_backward};
use crate::open::Precision;
use crate::optimizer::{AdamW, adamw};
use crate::product::{Matrix, product};
use crate::reduce::{column_sums, square_sums};
use cubecl::prelude::*;
use std::any::TypeId;
use std::cell::Cell;

/// A term of the loss with the row that predicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// A row of the batch.
    pub row: u32,
    /// What to predict.
    pub term: Term,
}

/// A transformer on a device. Parameters and the optimiser's means stay there between calls; on the host all are flat
/// vectors in the order of `GPT2LMHeadModel`'s state, linear maps as [in, out].
///
/// # Errors
/// All calls: [`Error::Shape`] leaves everything as it was, and so does [`Error::OutOfMemory`] (a smaller batch may
/// work). After any other error the device is to be given up.
pub trait Transformer: Send {
    /// What activations are stored in.
    fn precision(&self) -> Precision;
    /// Overwrites the parameters.
    fn set_parameters(&mut self, flat: &[f32]) -> Result<(), Error>;
    /// The parameters.
    fn parameters(&self) -> Result<Vec<f32>, Error>;
    /// The final hidden states of some rows of a batch `[rows, width]`.
    fn hidden(&self, batch: &Batch, rows: &[u32]) -> Result<Vec<f32>, Error>;
    /// The losses of the targets, each without its weight. The gradient of their weighted sum is kept for
    /// [`step`](Self::step); with `accumulate` it is added to the one that is kept. [`Error::Shape`] in
    /// [`Precision::F16`]: without scaled losses small gradients become 0 there.
    fn loss_and_gradient(&mut self, batch: &Batch, targets: &[Target], accumulate: bool) -> Result<Vec<f32>, Error>;
    /// The losses of the targets, each without its weight.
    fn loss(&self, batch: &Batch, targets: &[Target]) -> Result<Vec<f32>, Error>;
    /// The gradient that is kept.
    fn gradient(&self) -> Result<Vec<f32>, Error>;
    /// The norm of the gradient that is kept.
    fn gradient_norm(&self) -> Result<f64, Error>;
    /// One step of AdamW along the gradient that is kept.
    fn step(&mut self, numbers: &AdamW) -> Result<(), Error>;
    /// The optimiser's running means of the gradient and of its square.
    fn optimizer(&self) -> Result<[Vec<f32>; 2], Error>;
    /// Overwrites the optimiser's running means.
    fn set_optimizer(&mut self, means: [&[f32]; 2]) -> Result<(), Error>;
}

/// What a block keeps for the way back.
struct Kept<E> {
    input: Buffer<f32>,
    norm1: Normed<E>,
    qkv: Buffer<E>,
    attended: Buffer<E>,
    log_sums: Buffer<f32>,
    middle: Buffer<f32>,
    norm2: Normed<E>,
    expanded: Buffer<E>,
    activated: Buffer<E>,
}

/// The result of a forward pass.
struct Pass<E> {
    blocks: Vec<Kept<E>>,
    last: Buffer<f32>,
    normed: Normed<E>,
}

/// What only training needs.
#[derive(Clone)]
struct Training {
    gradient: Buffer<f32>,
    mean: Buffer<f32>,
    square: Buffer<f32>,
    decays: Buffer<f32>,
}

/// [`Transformer`] on a runtime, activations stored as `E`.
pub struct GpuModel<R: Runtime, E: Element> {
    context: Context<R>,
    config: Config,
    layout: Layout,
    tile: usize,
    weights: Buffer<f32>,
    /// The weights as `E`: the same buffer if that is `f32`.
    rounded: Buffer<E>,
    training: Option<Training>,
    /// Bytes beside parameters and the optimiser's means of the largest pass that went well.
    fitting: Cell<u64>,
}

/// A buffer as another type: itself if the types are the same, else rounded.
fn as_type<R: Runtime, I: Element, O: Element>(context: &Context<R>, x: &Buffer<I>) -> Buffer<O> {
    if let Some(same) = x.same_type::<O>() {
        return same;
    }
    let out = context.empty(x.len());
    cast(context, x, &out);
    out
}

impl<R: Runtime, E: Element> GpuModel<R, E> {
    /// A model with these parameters.
    ///
    /// # Errors
    /// [`Error::Shape`] if the configuration is impossible, its heads too wide for the device, or the number of
    /// parameters another; else what the device says.
    pub fn new(context: Context<R>, config: &Config, flat: &[f32]) -> Result<Self, Error> {
        let layout = Layout::new(config)?;
        if flat.len() != layout.host {
            return Err(Error::Shape(format!("{} parameters for a model that has {}", flat.len(), layout.host)));
        }
        if !context.supports::<E>() {
            return Err(Error::Shape(format!("the device does not compute with {}", E::NAME)));
        }
        let tile = attention::tile_for(&context, heads(config))?;
        let (weights, rounded) = Self::send(&context, &layout, config, flat)?;
        let config = config.clone();
        Ok(Self { context, config, layout, tile, weights, rounded, training: None, fitting: Cell::default() })
    }

    /// Parameters on the device, and the same rounded.
    fn send(
        context: &Context<R>,
        layout: &Layout,
        config: &Config,
        flat: &[f32],
    ) -> Result<(Buffer<f32>, Buffer<E>), Error> {
        context.require(MemoryPlan::new(config, 0, 0, E::BYTES, false)?.parameters)?;
        context.guarded(|| {
            let weights = context.upload(&layout.pad(flat));
            let rounded = as_type(context, &weights);
            context.wait()?;
            Ok((weights, rounded))
        })
    }

    /// Runs a pass over so many rows and targets if memory has room for it beside what stays there. A pass that is not
    /// larger than one that went well is not checked: what it takes is still reserved.
    fn pass<T>(
        &self,
        (rows, targets, training): (usize, usize, bool),
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let plan = MemoryPlan::new(&self.config, rows, targets, E::BYTES, training)?;
        let passing = plan.activations + plan.logits;
        if passing > self.fitting.get() {
            self.context.require(passing)?;
        }
        let result = self.context.guarded(work)?;
        self.fitting.set(self.fitting.get().max(passing));
        Ok(result)
    }

    fn parameter(&self, place: &Place) -> Buffer<f32> {
        self.weights.view(place.device, place.len())
    }

    fn matrix(&self, affine: &Affine) -> Matrix<E> {
        let outputs = affine.bias.len();
        let data = self.rounded.view(affine.weight.device, affine.weight.len());
        Matrix::new(&data, affine.weight.len() / outputs, outputs)
    }

    fn token_matrix(&self) -> Matrix<E> {
        let data = self.rounded.view(self.layout.tokens.device, self.layout.tokens.len());
        Matrix::new(&data, self.config.vocabulary, self.config.width)
    }

    /// `x W` without the bias.
    fn linear<O: Element>(&self, affine: &Affine, x: &Buffer<E>) -> Result<Buffer<O>, Error> {
        let outputs = affine.bias.len();
        let inputs = affine.weight.len() / outputs;
        let rows = x.len() / inputs;
        let out = self.context.empty(rows * outputs);
        product(&self.context, &Matrix::new(x, rows, inputs), &self.matrix(affine), &out)?;
        Ok(out)
    }

    fn norm(&self, affine: &Affine, x: &Buffer<f32>) -> Normed<E> {
        layer_norm(&self.context, x, &self.parameter(&affine.weight), &self.parameter(&affine.bias))
    }

    fn block(&self, layer: &Layer, tables: &Tables, input: Buffer<f32>) -> Result<(Kept<E>, Buffer<f32>), Error> {
        let (context, rows, width) = (&self.context, tables.rows, self.config.width);
        let norm1 = self.norm(&layer.norm1, &input);
        let qkv = self.linear(&layer.attention, &norm1.out)?;
        add_bias(context, &qkv, &self.parameter(&layer.attention.bias));
        let (attended, log_sums) = (context.empty(rows * width), context.empty(rows * self.config.heads));
        attention::forward(context, tables, (heads(&self.config), self.tile), &qkv, &attended, &log_sums);
        let projected = self.linear(&layer.attention_out, &attended)?;
        let middle = context.empty(rows * width);
        residual(context, &input, &projected, &self.parameter(&layer.attention_out.bias), &middle);
        let norm2 = self.norm(&layer.norm2, &middle);
        let expanded = self.linear(&layer.expand, &norm2.out)?;
        let activated = context.empty(expanded.len());
        bias_gelu(context, &expanded, &self.parameter(&layer.expand.bias), &activated);
        let contracted = self.linear(&layer.contract, &activated)?;
        let output = context.empty(rows * width);
        residual(context, &middle, &contracted, &self.parameter(&layer.contract.bias), &output);
        Ok((Kept { input, norm1, qkv, attended, log_sums, middle, norm2, expanded, activated }, output))
    }

    fn run(&self, tables: &Tables, keep: bool) -> Result<Pass<E>, Error> {
        let (table, places) = (self.parameter(&self.layout.tokens), self.parameter(&self.layout.positions));
        let rows = (&tables.tokens, &tables.positions);
        let mut stream = embed(&self.context, rows, (&table, &places), self.config.width);
        let mut blocks = Vec::new();
        for layer in &self.layout.layers {
            let (kept, output) = self.block(layer, tables, stream)?;
            stream = output;
            if keep {
                blocks.push(kept);
            }
        }
        let normed = self.norm(&self.layout.final_norm, &stream);
        Ok(Pass { blocks, last: stream, normed })
    }

    fn upload(&self, batch: &Batch, training: bool) -> Result<Tables, Error> {
        let bounds = Bounds { vocabulary: self.config.vocabulary, context: self.config.context, training };
        batch.upload(&self.context, self.tile, bounds)
    }

    /// Losses of targets, gradient of the logits, and the hidden states that they come from.
    #[allow(clippy::type_complexity, reason = "three buffers of one pass")]
    fn losses(&self, normed: &Buffer<E>, targets: &[Target]) -> Result<(Buffer<f32>, Buffer<E>, Buffer<E>), Error> {
        let (width, vocabulary) = (self.config.width, self.config.vocabulary);
        let rows: Vec<u32> = targets.iter().map(|t| t.row).collect();
        let terms: Vec<Term> = targets.iter().map(|t| t.term.clone()).collect();
        let hidden = gather(&self.context, normed, &Rows::new(&self.context, &rows), width);
        let logits = self.context.empty::<f32>(targets.len() * vocabulary);
        let x = Matrix::new(&hidden, targets.len(), width);
        product(&self.context, &x, &self.token_matrix().transposed(), &logits)?;
        let terms = Terms::new(&self.context, &terms);
        let (losses, dlogits) = cross_entropy(&self.context, &logits, &terms, vocabulary);
        Ok((losses, dlogits, hidden))
    }

    fn check(&self, batch: &Batch, targets: &[Target]) -> Result<(), Error> {
        let fits = |t: &Target| {
            let mut tokens = t.term.candidates.iter().chain([&t.term.token]);
            (t.row as usize) < batch.rows() && tokens.all(|&t| (t as usize) < self.config.vocabulary)
        };
        if targets.is_empty() || !targets.iter().all(fits) {
            return Err(Error::Shape("targets outside of the batch or the vocabulary, or none".to_owned()));
        }
        Ok(())
    }

    /// The gradient of all parameters into `gradient`; the losses.
    fn backward(&self, batch: &Batch, targets: &[Target], gradient: &Buffer<f32>) -> Result<Buffer<f32>, Error> {
        let (context, width) = (&self.context, self.config.width);
        let tables = self.upload(batch, true)?;
        let pass = self.run(&tables, true)?;
        let (losses, dlogits, hidden) = self.losses(&pass.normed.out, targets)?;
        fill(context, gradient, 0.0);

        let (count, vocabulary) = (targets.len(), self.config.vocabulary);
        let dlogits = Matrix::new(&dlogits, count, vocabulary);
        let dtokens = gradient.view(self.layout.tokens.device, self.layout.tokens.len());
        product(context, &dlogits.clone().transposed(), &Matrix::new(&hidden, count, width), &dtokens)?;
        let dhidden = context.empty(count * width);
        product(context, &dlogits, &self.token_matrix(), &dhidden)?;
        let rows: Vec<u32> = targets.iter().map(|t| t.row).collect();
        let doutput = context.empty(tables.rows * width);
        fill(context, &doutput, 0.0);
        Scatter::new(context, &rows).add(context, &dhidden, &doutput, width);

        let stream = context.empty(tables.rows * width);
        fill(context, &stream, 0.0);
        self.norm_backward(&self.layout.final_norm, (&doutput, &pass.last, &pass.normed), &stream, gradient);
        for (layer, kept) in self.layout.layers.iter().zip(&pass.blocks).rev() {
            self.block_backward(layer, &tables, kept, &stream, gradient)?;
        }
        // Tables for training have both.
        if let Some([by_token, by_position]) = &tables.scatter {
            by_token.add(context, &stream, &dtokens, width);
            let places = &self.layout.positions;
            by_position.add(context, &stream, &gradient.view(places.device, places.len()), width);
        }
        Ok(losses)
    }

    fn norm_backward<G: Element>(
        &self,
        affine: &Affine,
        (dout, x, normed): (&Buffer<G>, &Buffer<f32>, &Normed<E>),
        dx: &Buffer<f32>,
        gradient: &Buffer<f32>,
    ) {
        let dgain = gradient.view(affine.weight.device, affine.weight.len());
        let dbias = gradient.view(affine.bias.device, affine.bias.len());
        let gain = self.parameter(&affine.weight);
        let saved = NormSaved { dout, x, gain: &gain, mean: &normed.mean, rstd: &normed.rstd };
        layer_norm_backward(&self.context, saved, dx, &dgain, &dbias);
    }

    /// Gradient of `y = x W + b`: overwrites those of `W` and `b`, returns that of `x`.
    fn linear_backward(
        &self,
        affine: &Affine,
        x: &Buffer<E>,
        dy: &Buffer<E>,
        gradient: &Buffer<f32>,
    ) -> Result<Buffer<E>, Error> {
        let outputs = affine.bias.len();
        let inputs = affine.weight.len() / outputs;
        let rows = dy.len() / outputs;
        let dy_matrix = Matrix::new(dy, rows, outputs);
        let dweight = gradient.view(affine.weight.device, affine.weight.len());
        product(&self.context, &Matrix::new(x, rows, inputs).transposed(), &dy_matrix, &dweight)?;
        column_sums(&self.context, dy, &gradient.view(affine.bias.device, affine.bias.len()));
        let dx = self.context.empty(rows * inputs);
        product(&self.context, &dy_matrix, &self.matrix(affine).transposed(), &dx)?;
        Ok(dx)
    }

    fn block_backward(
        &self,
        layer: &Layer,
        tables: &Tables,
        kept: &Kept<E>,
        stream: &Buffer<f32>,
        gradient: &Buffer<f32>,
    ) -> Result<(), Error> {
        let context = &self.context;
        let dy = as_type(context, stream);
        let wide = self.linear_backward(&layer.contract, &kept.activated, &dy, gradient)?;
        gelu_backward(context, &kept.expanded, &wide);
        let narrow = self.linear_backward(&layer.expand, &kept.norm2.out, &wide, gradient)?;
        self.norm_backward(&layer.norm2, (&narrow, &kept.middle, &kept.norm2), stream, gradient);

        let dy = as_type(context, stream);
        let dattended = self.linear_backward(&layer.attention_out, &kept.attended, &dy, gradient)?;
        let saved =
            attention::Saved { qkv: &kept.qkv, out: &kept.attended, log_sums: &kept.log_sums, dout: &dattended };
        let dqkv = context.empty(kept.qkv.len());
        attention::backward(context, tables, (heads(&self.config), self.tile), saved, &dqkv);
        let narrow = self.linear_backward(&layer.attention, &kept.norm1.out, &dqkv, gradient)?;
        self.norm_backward(&layer.norm1, (&narrow, &kept.input, &kept.norm1), stream, gradient);
        Ok(())
    }

    /// The gradient and the optimiser's means, 0 at first.
    fn training(&mut self) -> Result<Training, Error> {
        if let Some(training) = &self.training {
            return Ok(training.clone());
        }
        let (context, layout) = (&self.context, &self.layout);
        context.require(MemoryPlan::new(&self.config, 0, 0, E::BYTES, true)?.training)?;
        let training = context.guarded(|| {
            let [gradient, mean, square] = [(); 3].map(|()| {
                let buffer = context.empty(layout.device);
                fill(context, &buffer, 0.0);
                buffer
            });
            let training = Training { gradient, mean, square, decays: context.upload(&layout.decays()) };
            context.wait()?;
            Ok(training)
        })?;
        Ok(self.training.insert(training).clone())
    }

    /// [`Transformer::loss_and_gradient`] in any precision.
    pub(crate) fn differentiate(
        &mut self,
        batch: &Batch,
        targets: &[Target],
        accumulate: bool,
    ) -> Result<Vec<f32>, Error> {
        self.check(batch, targets)?;
        let Training { gradient: kept, .. } = self.training()?;
        self.pass((batch.rows(), targets.len(), true), || {
            let gradient = if accumulate { self.context.empty(self.layout.device) } else { kept.clone() };
            let losses = self.backward(batch, targets, &gradient)?;
            // Read before anything is added: what fails until here has not changed the sum.
            let losses = self.context.download_numbers(&losses)?;
            if accumulate {
                add(&self.context, &kept, &gradient);
            }
            Ok(losses)
        })
    }

    fn download(&self, buffer: &Buffer<f32>) -> Result<Vec<f32>, Error> {
        self.context.guarded(|| Ok(self.layout.unpad(&self.context.download_numbers(buffer)?)))
    }
}

fn heads(config: &Config) -> Heads {
    Heads { count: config.heads, width: config.width }
}

impl<E: CubeElement> Buffer<E> {
    /// The buffer itself, if `O` is its type.
    fn same_type<O: CubeElement>(&self) -> Option<Buffer<O>> {
        (TypeId::of::<E>() == TypeId::of::<O>()).then(|| self.retyped())
    }
}

impl<R: Runtime, E: Element> Transformer for GpuModel<R, E> {
    fn precision(&self) -> Precision {
        E::PRECISION
    }

    fn set_parameters(&mut self, flat: &[f32]) -> Result<(), Error> {
        if flat.len() != self.layout.host {
            return Err(Error::Shape(format!("{} parameters for a model that has {}", flat.len(), self.layout.host)));
        }
        (self.weights, self.rounded) = Self::send(&self.context, &self.layout, &self.config, flat)?;
        Ok(())
    }

    fn parameters(&self) -> Result<Vec<f32>, Error> {
        self.download(&self.weights)
    }

    fn hidden(&self, batch: &Batch, rows: &[u32]) -> Result<Vec<f32>, Error> {
        if rows.iter().any(|&r| r as usize >= batch.rows()) {
            return Err(Error::Shape("a row that the batch does not have".to_owned()));
        }
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.pass((batch.rows(), 0, false), || {
            let tables = self.upload(batch, false)?;
            let pass = self.run(&tables, false)?;
            let rows = Rows::new(&self.context, rows);
            let hidden = self.context.poisoned(rows.len() * self.config.width);
            gather_into(&self.context, &pass.normed.out, &rows, &hidden);
            self.context.download_numbers(&hidden)
        })
    }

    fn loss_and_gradient(&mut self, batch: &Batch, targets: &[Target], accumulate: bool) -> Result<Vec<f32>, Error> {
        if E::PRECISION == Precision::F16 {
            return Err(Error::Shape("training in f16 needs scaled losses, which are not there: use bf16".to_owned()));
        }
        self.differentiate(batch, targets, accumulate)
    }

    fn loss(&self, batch: &Batch, targets: &[Target]) -> Result<Vec<f32>, Error> {
        self.check(batch, targets)?;
        self.pass((batch.rows(), targets.len(), false), || {
            let pass = self.run(&self.upload(batch, false)?, false)?;
            let (losses, ..) = self.losses(&pass.normed.out, targets)?;
            self.context.download_numbers(&losses)
        })
    }

    fn gradient(&self) -> Result<Vec<f32>, Error> {
        let Some(training) = &self.training else { return Ok(vec![0.0; self.layout.host]) };
        self.download(&training.gradient)
    }

    fn gradient_norm(&self) -> Result<f64, Error> {
        let Some(training) = &self.training else { return Ok(0.0) };
        self.context.guarded(|| {
            let parts = self.context.download_numbers(&square_sums(&self.context, &training.gradient))?;
            Ok(parts.iter().map(|&p| f64::from(p)).sum::<f64>().sqrt())
        })
    }

    fn step(&mut self, numbers: &AdamW) -> Result<(), Error> {
        let Training { gradient, mean, square, decays } = self.training()?;
        self.rounded = self.context.guarded(|| {
            adamw(&self.context, numbers, &self.weights, &gradient, [&mean, &square], &decays);
            let rounded = as_type(&self.context, &self.weights);
            self.context.wait()?;
            Ok(rounded)
        })?;
        Ok(())
    }

    fn optimizer(&self) -> Result<[Vec<f32>; 2], Error> {
        let Some(training) = &self.training else { return Ok([(); 2].map(|()| vec![0.0; self.layout.host])) };
        Ok([self.download(&training.mean)?, self.download(&training.square)?])
    }

    fn set_optimizer(&mut self, means: [&[f32]; 2]) -> Result<(), Error> {
        if means.iter().any(|m| m.len() != self.layout.host) {
            return Err(Error::Shape(format!("means of another model than one of {} parameters", self.layout.host)));
        }
        let training = self.training()?;
        let [mean, square] = self.context.guarded(|| {
            let sent = means.map(|m| self.context.upload(&self.layout.pad(m)));
            self.context.wait()?;
            Ok(sent)
        })?;
        self.training = Some(Training { mean, square, ..training });
        Ok(())
    }
}
