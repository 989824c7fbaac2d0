//! The whole transformer on a device: a decoder-only model in the shape of GPT-2 (Radford et al. 2019) over prefix
//! trees.

use crate::attention::{self, Heads};
use crate::batch::{Batch, Bounds, Tables};
use crate::context::{Buffer, Context, Element, Parcel, numbers_only};
use crate::elementwise::{add, bias_gelu, cast, fill};
use crate::embedding::{Rows, Scatter, ScatterPlan, gather, gather_pair};
use crate::error::Error;
use crate::layout::{Affine, Config, Layer, Layout, MemoryPlan, Place};
use crate::loss::{PackedTerms, Term, Terms, cross_entropy};
use crate::norm::{
    Gains, Normed, embed_and_norm, norm_affine_gradient, norm_input_gradient, residual_and_norm, residual_and_norm_into,
};
use crate::open::Precision;
use crate::optimizer::{AdamW, Along, adamw};
use crate::product::{Matrix, product};
use crate::reduce::{NOT_FINITE, Partials, norm};
use cubecl::prelude::*;
use std::cell::Cell;

/// A term of the loss with the row that predicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// A row of the batch.
    pub row: u32,
    /// The terms to predict.
    pub term: Term,
}

/// A transformer on a device. Parameters and the optimiser's means stay there between calls; on the host all are flat
/// vectors in the order of `GPT2LMHeadModel`'s state, linear maps as [in, out].
///
/// # Errors
/// All calls: [`Error::Shape`] leaves everything as it was, and so does [`Error::OutOfMemory`] (a smaller batch may
/// work). After any other error the device is to be given up.
pub trait Transformer: Send {
    /// Type in which activations are stored.
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
    /// [`loss_and_gradient`](Self::loss_and_gradient) and [`step`](Self::step) at once, waiting once for the device.
    fn train(&mut self, batch: &Batch, targets: &[Target], numbers: &AdamW) -> Result<(Vec<f32>, f64), Error>;
    /// The losses of the targets, each without its weight.
    fn loss(&self, batch: &Batch, targets: &[Target]) -> Result<Vec<f32>, Error>;
    /// The gradient that is kept.
    fn gradient(&self) -> Result<Vec<f32>, Error>;
    /// One step of AdamW along the gradient that is kept, and that gradient's norm: if it is not finite, infinity, and
    /// no step was taken.
    fn step(&mut self, numbers: &AdamW) -> Result<f64, Error>;
    /// The optimiser's running means of the gradient and of its square.
    fn optimizer(&self) -> Result<[Vec<f32>; 2], Error>;
    /// Overwrites the optimiser's running means.
    fn set_optimizer(&mut self, means: [&[f32]; 2]) -> Result<(), Error>;
}

/// Activations that a block keeps for the backward pass.
struct Kept<E> {
    /// Its input.
    norm1: Normed<E>,
    /// Queries, keys and values, without their bias.
    qkv: Buffer<E>,
    attended: Buffer<E>,
    /// The logarithms of attention's normalisers, and room.
    sums: Buffer<f32>,
    /// The norm after attention.
    norm2: Normed<E>,
    expanded: Buffer<E>,
    activated: Buffer<E>,
}

/// The result of a forward pass that is kept.
struct Pass<E> {
    blocks: Vec<Kept<E>>,
    last: Normed<E>,
}

/// The first half of a block: queries, keys and values without their bias, what attention makes of them, and the
/// logarithms of its normalisers.
struct Attended<E> {
    qkv: Buffer<E>,
    out: Buffer<E>,
    sums: Buffer<f32>,
}

/// The second half of a block: its input, what it computes on the way, and what is added to its input.
struct FedForward<E> {
    norm2: Normed<E>,
    expanded: Buffer<E>,
    activated: Buffer<E>,
    contracted: Buffer<f32>,
}

/// Buffers that only training needs.
#[derive(Clone)]
struct Training {
    gradient: Buffer<f32>,
    mean: Buffer<f32>,
    square: Buffer<f32>,
    decays: Buffer<f32>,
    /// Where sums of columns belong.
    destinations: Buffer<u32>,
}

/// A batch for training on the device.
struct Lesson {
    tables: Tables,
    rows: Rows,
    terms: Terms,
    /// From targets to their rows; other rows become 0.
    scatter: Scatter,
    /// Room for the gradient's norm, and the optimiser's numbers.
    numbers: Buffer<f32>,
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
    /// Number of whose multiples the rows of an evaluation are: the library compiles a product for each way in which
    /// they fit its tiles.
    pub(crate) multiple: usize,
    /// Bytes beside parameters and the optimiser's means of the largest pass that there was memory for.
    fitting: Cell<u64>,
}

/// Rows of the largest tile of a product by the library.
const PRODUCT_ROWS: usize = 128;

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
        let (config, multiple) = (config.clone(), if context.library() { PRODUCT_ROWS } else { 1 });
        let (training, fitting) = (None, Cell::default());
        Ok(Self { context, config, layout, tile, weights, rounded, training, multiple, fitting })
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

    /// Bytes that a pass takes beside what stays on the device.
    fn passing(&self, rows: usize, targets: usize, training: bool) -> Result<u64, Error> {
        let plan = MemoryPlan::new(&self.config, rows, targets, E::BYTES, training)?;
        Ok(plan.activations + plan.logits)
    }

    /// Runs a pass over so many rows and targets if memory has room for it beside what stays there. A pass that is not
    /// larger than one that there was memory for is not checked: what it takes is still reserved.
    fn pass<T>(
        &self,
        (rows, targets, training): (usize, usize, bool),
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let passing = self.passing(rows, targets, training)?;
        if passing > self.fitting.get() {
            self.context.require(passing)?;
        }
        let result = self.context.guarded(work);
        if !matches!(result, Err(Error::OutOfMemory(_))) {
            self.fitting.set(self.fitting.get().max(passing));
        }
        result
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

    /// Gain and bias lie one behind the other.
    fn gains(&self, affine: &Affine) -> Gains {
        let start = affine.weight.device;
        let length = affine.bias.device + affine.bias.len() - start;
        Gains::of(self.weights.view(start, length), affine.weight.len())
    }

    fn attend(&self, layer: &Layer, tables: &Tables, norm1: &Normed<E>) -> Result<Attended<E>, Error> {
        let (context, rows) = (&self.context, tables.padded);
        let qkv = self.linear(&layer.attention, &norm1.out)?;
        let (out, sums) = (context.empty(rows * self.config.width), context.empty(rows * self.config.heads * 2));
        let bias = self.parameter(&layer.attention.bias);
        attention::forward(context, tables, (heads(&self.config), self.tile), (&qkv, &bias), &out, &sums);
        Ok(Attended { qkv, out, sums })
    }

    fn feed_forward(&self, layer: &Layer, input: &Buffer<f32>, attended: &Buffer<E>) -> Result<FedForward<E>, Error> {
        let context = &self.context;
        let projected = self.linear(&layer.attention_out, attended)?;
        let added = (&projected, &self.parameter(&layer.attention_out.bias));
        let norm2 = residual_and_norm(context, input, added, &self.gains(&layer.norm2));
        let expanded = self.linear(&layer.expand, &norm2.out)?;
        let activated = context.empty(expanded.len());
        bias_gelu(context, &expanded, &self.parameter(&layer.expand.bias), &activated);
        let contracted = self.linear(&layer.contract, &activated)?;
        Ok(FedForward { norm2, expanded, activated, contracted })
    }

    fn embed(&self, tables: &Tables) -> Normed<E> {
        let (table, places) = (self.parameter(&self.layout.tokens), self.parameter(&self.layout.positions));
        // There is a block.
        let gains = self.gains(&self.layout.layers[0].norm1);
        embed_and_norm(&self.context, &tables.places, (&table, &places), &gains)
    }

    /// The normalisation that follows each block: the next one's, or the last.
    fn next_norms(&self) -> impl Iterator<Item = &Affine> {
        self.layout.layers.iter().skip(1).map(|layer| &layer.norm1).chain([&self.layout.final_norm])
    }

    /// A forward pass for the way back.
    fn run(&self, tables: &Tables) -> Result<Pass<E>, Error> {
        let mut norm1 = self.embed(tables);
        let mut blocks = Vec::new();
        for (layer, next) in self.layout.layers.iter().zip(self.next_norms()) {
            let Attended { qkv, out: attended, sums } = self.attend(layer, tables, &norm1)?;
            let FedForward { norm2, expanded, activated, contracted } =
                self.feed_forward(layer, &norm1.stream, &attended)?;
            let added = (&contracted, &self.parameter(&layer.contract.bias));
            let output = residual_and_norm(&self.context, &norm2.stream, added, &self.gains(next));
            blocks.push(Kept { norm1, qkv, attended, sums, norm2, expanded, activated });
            norm1 = output;
        }
        Ok(Pass { blocks, last: norm1 })
    }

    /// The final hidden states of some rows into `out`. The second half of the last block computes those rows only.
    fn evaluate<O: Element>(&self, tables: &Tables, rows: &Rows, out: &Buffer<O>) -> Result<(), Error> {
        let mut norm1 = self.embed(tables);
        let blocks = self.layout.layers.len();
        for (l, (layer, next)) in self.layout.layers.iter().zip(self.next_norms()).enumerate() {
            let Attended { out: mut attended, .. } = self.attend(layer, tables, &norm1)?;
            let mut input = norm1.stream.clone();
            if l + 1 == blocks {
                (input, attended) = gather_pair(&self.context, (&input, &attended), rows, self.config.width);
            }
            let FedForward { norm2, contracted, .. } = self.feed_forward(layer, &input, &attended)?;
            let added = (&contracted, &self.parameter(&layer.contract.bias));
            if l + 1 == blocks {
                residual_and_norm_into(&self.context, &norm2.stream, added, &self.gains(next), out.clone());
            } else {
                norm1 = residual_and_norm(&self.context, &norm2.stream, added, &self.gains(next));
            }
        }
        Ok(())
    }

    /// Rows to read, the first again until there are as many as products like.
    fn padded(&self, rows: &[u32]) -> Vec<u32> {
        let mut padded = rows.to_vec();
        padded.resize(rows.len().next_multiple_of(self.multiple), rows[0]);
        padded
    }

    fn bounds(&self, training: bool) -> Bounds {
        let multiple = if training { 1 } else { self.multiple };
        Bounds { vocabulary: self.config.vocabulary, context: self.config.context, training, multiple }
    }

    /// Sends all that training on a batch needs at once.
    fn send_lesson(&self, batch: &Batch, targets: &[Target], numbers: &AdamW) -> Result<Lesson, Error> {
        let mut parcel = Parcel::default();
        let tables = batch.pack(&mut parcel, self.tile, self.bounds(true))?;
        let rows: Vec<u32> = targets.iter().map(|t| t.row).collect();
        let scatter = ScatterPlan::new(&mut parcel, &rows, Some(batch.rows()));
        let rows_part = parcel.put(rows.iter().copied());
        let terms = PackedTerms::new(&mut parcel, targets.iter().map(|t| &t.term));
        let numbers = parcel.put_numbers(numbers.numbers());
        let sent = parcel.send(&self.context);
        Ok(Lesson {
            tables: tables.sent(&sent),
            rows: Rows::sent(&sent, &rows_part, &rows),
            terms: terms.sent(&sent),
            scatter: scatter.sent(&sent),
            numbers: sent.numbers(&numbers),
        })
    }

    /// Losses of terms for hidden states, and the gradient of the logits.
    fn losses(&self, hidden: &Buffer<E>, terms: &Terms) -> Result<(Buffer<f32>, Buffer<E>), Error> {
        let (width, vocabulary) = (self.config.width, self.config.vocabulary);
        let count = hidden.len() / width;
        let logits = self.context.empty::<f32>(count * vocabulary);
        product(&self.context, &Matrix::new(hidden, count, width), &self.token_matrix().transposed(), &logits)?;
        Ok(cross_entropy(&self.context, &logits, terms, vocabulary))
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

    /// The gradient of all parameters into `gradient`, which is 0 between them; the losses.
    fn backward(
        &self,
        lesson: &Lesson,
        gradient: &Buffer<f32>,
        destinations: &Buffer<u32>,
    ) -> Result<Buffer<f32>, Error> {
        let (context, width, layout) = (&self.context, self.config.width, &self.layout);
        let Lesson { tables, rows, terms, scatter, .. } = lesson;
        let pass = self.run(tables)?;
        let hidden = gather(context, &pass.last.out, rows, width);
        let (losses, dlogits) = self.losses(&hidden, terms)?;

        let (count, vocabulary) = (rows.len(), self.config.vocabulary);
        let dlogits = Matrix::new(&dlogits, count, vocabulary);
        let dtokens = gradient.view(layout.tokens.device, layout.tokens.len());
        product(context, &dlogits.clone().transposed(), &Matrix::new(&hidden, count, width), &dtokens)?;
        let dhidden = context.empty(count * width);
        product(context, &dlogits, &self.token_matrix(), &dhidden)?;
        let doutput = context.empty(tables.rows * width);
        scatter.run(context, &dhidden, &doutput, width);

        let stream = context.empty(tables.rows * width);
        let sums = Partials::new(context, tables.rows, layout.sums);
        let affine = &layout.final_norm;
        let mut dy = norm_input_gradient(context, &doutput, &pass.last, &self.gains(affine), &stream, false);
        let mut below = layout.layers.iter().rev();
        let place = |layer: Option<&Layer>| layer.map(|layer| (&stream, layer.contract.bias.sums));
        norm_affine_gradient(context, &doutput, &pass.last, &sums, affine.weight.sums, place(below.next()));
        for (layer, kept) in layout.layers.iter().zip(&pass.blocks).rev() {
            let narrow = self.block_backward(layer, tables, kept, &dy, &stream, &sums, gradient)?;
            dy = norm_input_gradient(context, &narrow, &kept.norm1, &self.gains(&layer.norm1), &stream, true);
            let at = layer.norm1.weight.sums;
            norm_affine_gradient(context, &narrow, &kept.norm1, &sums, at, place(below.next()));
        }
        // Tables for training have both.
        if let Some([by_token, by_position]) = &tables.scatter {
            by_token.run(context, &stream, &dtokens, width);
            let places = &layout.positions;
            by_position.run(context, &stream, &gradient.view(places.device, places.len()), width);
        }
        sums.add_up(context, (destinations, layout.device), gradient);
        Ok(losses)
    }

    /// Gradient of `y = x W + b`: overwrites that of `W`, returns that of `x`. That of `b` is a sum of columns of `dy`.
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
        let dx = self.context.empty(rows * inputs);
        product(&self.context, &dy_matrix, &self.matrix(affine).transposed(), &dx)?;
        Ok(dx)
    }

    /// From the gradient `dy` of a block's output, which `stream` has in `f32`, to that of its first normalisation.
    #[allow(clippy::too_many_arguments, reason = "a block, and what gradients are added to")]
    fn block_backward(
        &self,
        layer: &Layer,
        tables: &Tables,
        kept: &Kept<E>,
        dy: &Buffer<E>,
        stream: &Buffer<f32>,
        sums: &Partials,
        gradient: &Buffer<f32>,
    ) -> Result<Buffer<E>, Error> {
        let context = &self.context;
        let wide = self.linear_backward(&layer.contract, &kept.activated, dy, gradient)?;
        sums.gelu_backward(context, &kept.expanded, &wide, layer.expand.bias.sums);
        let narrow = self.linear_backward(&layer.expand, &kept.norm2.out, &wide, gradient)?;
        let dy = norm_input_gradient(context, &narrow, &kept.norm2, &self.gains(&layer.norm2), stream, true);
        let below = Some((stream, layer.attention_out.bias.sums));
        norm_affine_gradient(context, &narrow, &kept.norm2, sums, layer.norm2.weight.sums, below);

        let dattended = self.linear_backward(&layer.attention_out, &kept.attended, &dy, gradient)?;
        let Kept { qkv, attended: out, sums: normalisers, .. } = kept;
        let bias = &self.parameter(&layer.attention.bias);
        let saved = attention::Saved { qkv, bias, out, sums: normalisers, dout: &dattended };
        let dqkv = context.empty(qkv.len());
        attention::backward(context, tables, (heads(&self.config), self.tile), saved, &dqkv);
        sums.column_sums(context, &dqkv, layer.attention.bias.sums);
        self.linear_backward(&layer.attention, &kept.norm1.out, &dqkv, gradient)
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
            let (decays, destinations) = (context.upload(&layout.decays()), context.upload(&layout.destinations()));
            let training = Training { gradient, mean, square, decays, destinations };
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
        let Training { gradient: kept, destinations, .. } = self.training()?;
        self.pass((batch.rows(), targets.len(), true), || {
            let lesson = self.send_lesson(batch, targets, &AdamW::STILL)?;
            let gradient = if accumulate { self.context.empty(self.layout.device) } else { kept.clone() };
            if accumulate {
                fill(&self.context, &gradient, 0.0);
            }
            let losses = self.backward(&lesson, &gradient, &destinations)?;
            // Read before anything is added: what fails until here has not changed the sum.
            let losses = self.context.download_numbers(&losses)?;
            if accumulate {
                add(&self.context, &kept, &gradient);
            }
            Ok(losses)
        })
    }

    /// Starts a step along the gradient that is kept; its norm will stand in the first of the numbers.
    fn descend(&self, training: &Training, numbers: &Buffer<f32>) {
        let Training { gradient, mean, square, decays, .. } = training;
        norm(&self.context, gradient, numbers);
        let along = Along { gradient, numbers, decays };
        adamw(&self.context, along, (&self.weights, &self.rounded), [mean, square]);
    }

    fn download(&self, buffer: &Buffer<f32>) -> Result<Vec<f32>, Error> {
        self.context.guarded(|| Ok(self.layout.unpad(&self.context.download_numbers(buffer)?)))
    }
}

fn heads(config: &Config) -> Heads {
    Heads { count: config.heads, width: config.width }
}

/// Refuses to train in a type that small gradients are 0 in.
fn check_scaled<E: Element>() -> Result<(), Error> {
    if E::PRECISION == Precision::F16 {
        return Err(Error::Shape("training in f16 needs scaled losses, which are not there: use bf16".to_owned()));
    }
    Ok(())
}

/// The norm that [`norm`] put before the optimiser's numbers: infinite if it is not finite.
fn read_norm(numbers: &[f32]) -> Result<f64, Error> {
    match numbers.first() {
        Some(norm) if norm.is_nan() => Err(Error::Fault("the gradient's norm was not computed".to_owned())),
        Some(&norm) if norm != NOT_FINITE => Ok(f64::from(norm)),
        _ => Ok(f64::INFINITY),
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
            let mut parcel = Parcel::default();
            let tables = batch.pack(&mut parcel, self.tile, self.bounds(false))?;
            let read_rows = self.padded(rows);
            let read = parcel.put(read_rows.iter().copied());
            let room = parcel.room(read_rows.len() * self.config.width);
            let sent = parcel.send(&self.context);
            let hidden = sent.numbers(&room);
            self.evaluate(&tables.sent(&sent), &Rows::sent(&sent, &read, &read_rows), &hidden)?;
            let mut hidden = self.context.download_numbers(&hidden)?;
            hidden.truncate(rows.len() * self.config.width);
            Ok(hidden)
        })
    }

    fn loss_and_gradient(&mut self, batch: &Batch, targets: &[Target], accumulate: bool) -> Result<Vec<f32>, Error> {
        check_scaled::<E>()?;
        self.differentiate(batch, targets, accumulate)
    }

    fn train(&mut self, batch: &Batch, targets: &[Target], numbers: &AdamW) -> Result<(Vec<f32>, f64), Error> {
        check_scaled::<E>()?;
        self.check(batch, targets)?;
        let training = self.training()?;
        let new = self.passing(batch.rows(), targets.len(), true)? > self.fitting.get();
        let begun = Cell::new(false);
        let result = self.pass((batch.rows(), targets.len(), true), || {
            let lesson = self.send_lesson(batch, targets, numbers)?;
            let losses = self.backward(&lesson, &training.gradient, &training.destinations)?;
            if new {
                // Memory may run out here, and must have before anything is changed.
                self.context.wait()?;
            }
            begun.set(true);
            self.descend(&training, &lesson.numbers);
            let mut read = self.context.download(&[&losses, &lesson.numbers])?;
            let norm = read_norm(&read.remove(1))?;
            Ok((numbers_only(read.remove(0))?, norm))
        });
        match result {
            Err(Error::OutOfMemory(why)) if begun.get() => Err(Error::Fault(format!("in the middle of a step: {why}"))),
            result => result,
        }
    }

    fn loss(&self, batch: &Batch, targets: &[Target]) -> Result<Vec<f32>, Error> {
        self.check(batch, targets)?;
        self.pass((batch.rows(), targets.len(), false), || {
            let mut parcel = Parcel::default();
            let tables = batch.pack(&mut parcel, self.tile, self.bounds(false))?;
            let rows: Vec<u32> = targets.iter().map(|t| t.row).collect();
            let read = parcel.put(rows.iter().copied());
            let terms = PackedTerms::new(&mut parcel, targets.iter().map(|t| &t.term));
            let sent = parcel.send(&self.context);
            let hidden = self.context.empty(rows.len() * self.config.width);
            self.evaluate(&tables.sent(&sent), &Rows::sent(&sent, &read, &rows), &hidden)?;
            let (losses, _) = self.losses(&hidden, &terms.sent(&sent))?;
            self.context.download_numbers(&losses)
        })
    }

    fn gradient(&self) -> Result<Vec<f32>, Error> {
        let Some(training) = &self.training else { return Ok(vec![0.0; self.layout.host]) };
        self.download(&training.gradient)
    }

    fn step(&mut self, numbers: &AdamW) -> Result<f64, Error> {
        let training = self.training()?;
        self.context.guarded(|| {
            let numbers = self.context.upload(&numbers.numbers());
            self.descend(&training, &numbers);
            read_norm(&self.context.download(&[&numbers])?.remove(0))
        })
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
