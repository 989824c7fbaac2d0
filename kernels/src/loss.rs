//! Softmax and weighted cross-entropy in one kernel, with the gradient.

use crate::context::{Buffer, Context, Element, Parcel, Part, Sent, cubes};
use crate::reduce::{cube_max, cube_sum};
use cubecl::prelude::*;

/// Units that treat a row of logits.
const ROW_UNITS: u32 = 128;

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn cross_entropy_kernel<E: Float>(
    logits: &Array<f32>,
    tokens: &Array<u32>,
    weights: &Array<f32>,
    offsets: &Array<u32>,
    candidates: &Array<u32>,
    losses: &mut Array<f32>,
    gradient: &mut Array<E>,
    vocabulary: u32,
    #[comptime] planes: bool,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!(ROW_UNITS as usize));
    // A cube beyond the last row does that row again.
    let row = min(CUBE_POS, losses.len() - 1);
    let begin = row * vocabulary as usize;
    let first = offsets[row];
    let offered = offsets[row + 1] - first;
    let all = offered == 0;
    let count = select(all, vocabulary, offered);
    let mut largest = f32::new(-3.0e38);
    for i in range_stepped(UNIT_POS, count, ROW_UNITS) {
        let mut column = i;
        if !all {
            column = candidates[(first + i) as usize];
        }
        largest = max(largest, logits[begin + column as usize]);
    }
    let largest = cube_max(largest, &mut shared, comptime!(ROW_UNITS.ilog2()), planes);
    let mut sum = 0.0f32;
    for i in range_stepped(UNIT_POS, count, ROW_UNITS) {
        let mut column = i;
        if !all {
            column = candidates[(first + i) as usize];
        }
        sum += (logits[begin + column as usize] - largest).exp();
    }
    let total = cube_sum(sum, &mut shared, comptime!(ROW_UNITS.ilog2()), planes);
    let log_sum = largest + total.ln();
    let (token, weight) = (tokens[row], weights[row]);
    if UNIT_POS == 0 {
        losses[row] = log_sum - logits[begin + token as usize];
    }
    for column in range_stepped(UNIT_POS, vocabulary, ROW_UNITS) {
        // How often the column is offered: each time counts.
        let mut times = 1.0f32;
        if !all {
            times = 0.0f32;
            for i in 0..offered {
                if candidates[(first + i) as usize] == column {
                    times += 1.0f32;
                }
            }
        }
        let mut d = 0.0f32;
        if times > 0.0f32 {
            d = times * (logits[begin + column as usize] - log_sum).exp();
        }
        if column == token {
            d -= 1.0f32;
        }
        gradient[begin + column as usize] = E::cast_from(weight * d);
    }
}

/// A term `-weight ln p(token)` of the loss for a row of logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The token to predict.
    pub token: u32,
    /// If not empty, the softmax goes over these tokens only; one that stands here twice counts twice.
    pub candidates: Vec<u32>,
    /// Weight of the term.
    pub weight: f32,
}

/// Terms packed for the device.
#[derive(Clone, Debug)]
pub(crate) struct PackedTerms {
    tokens: Part,
    weights: Part,
    offsets: Part,
    candidates: Part,
    losses: Part,
    bound: usize,
}

impl PackedTerms {
    /// Packs terms.
    pub fn new<'t>(parcel: &mut Parcel, terms: impl IntoIterator<Item = &'t Term> + Clone) -> Self {
        let (mut offsets, mut candidates) = (vec![0], Vec::new());
        for term in terms.clone() {
            candidates.extend_from_slice(&term.candidates);
            offsets.push(candidates.len() as u32);
        }
        let tokens: Vec<u32> = terms.clone().into_iter().map(|t| t.token).collect();
        let bound = tokens.iter().chain(&candidates).max().map_or(0, |&t| t as usize + 1);
        let losses = parcel.room(tokens.len());
        let weights = parcel.put_numbers(terms.into_iter().map(|t| t.weight));
        let [tokens, offsets, candidates] = [tokens, offsets, candidates].map(|table| parcel.put(table));
        Self { tokens, weights, offsets, candidates, losses, bound }
    }

    /// The terms on the device.
    pub fn sent(&self, sent: &Sent) -> Terms {
        let [tokens, offsets, candidates] =
            [&self.tokens, &self.offsets, &self.candidates].map(|part| sent.table(part));
        let [weights, losses] = [&self.weights, &self.losses].map(|part| sent.numbers(part));
        Terms { tokens, weights, offsets, candidates, losses, bound: self.bound }
    }
}

/// Terms on the device, with room for their losses.
#[derive(Clone, Debug)]
pub struct Terms {
    tokens: Buffer<u32>,
    weights: Buffer<f32>,
    offsets: Buffer<u32>,
    candidates: Buffer<u32>,
    losses: Buffer<f32>,
    bound: usize,
}

impl Terms {
    /// Uploads terms.
    pub fn new<R: Runtime>(context: &Context<R>, terms: &[Term]) -> Self {
        let mut parcel = Parcel::default();
        let packed = PackedTerms::new(&mut parcel, terms);
        packed.sent(&parcel.send(context))
    }
}

/// Losses `-ln p(token)` (not weighted) `[rows]`, and the gradient of their weighted sum `[rows, vocabulary]` with
/// respect to the logits `[rows, vocabulary]`.
pub fn cross_entropy<R: Runtime, E: Element>(
    context: &Context<R>,
    logits: &Buffer<f32>,
    terms: &Terms,
    vocabulary: usize,
) -> (Buffer<f32>, Buffer<E>) {
    let rows = terms.tokens.len();
    assert!(logits.len() == rows * vocabulary && terms.bound <= vocabulary);
    let (losses, gradient) = (terms.losses.clone(), context.empty(logits.len()));
    if rows == 0 {
        return (losses, gradient);
    }
    // SAFETY: rows are clamped to the number of losses, tokens and candidates are below the vocabulary by the
    // assertion.
    unsafe {
        cross_entropy_kernel::launch_unchecked::<E, R>(
            context.client(),
            cubes(rows),
            CubeDim::new_1d(ROW_UNITS),
            logits.argument(),
            terms.tokens.argument(),
            terms.weights.argument(),
            terms.offsets.argument(),
            terms.candidates.argument(),
            losses.argument(),
            gradient.argument(),
            vocabulary as u32,
            context.planes(),
        );
    }
    (losses, gradient)
}
