//! AdamW.

use crate::context::{ALIGNMENT, Buffer, Context, Element, UNITS, cubes_for};
use cubecl::prelude::*;

/// The numbers of one step of AdamW (Loshchilov and Hutter 2019), as the caller's schedule gives them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Decay of the running mean of gradients.
    pub beta1: f32,
    /// Decay of the running mean of squared gradients.
    pub beta2: f32,
    /// Added to the root of the mean square.
    pub epsilon: f32,
    /// Step size, warm-up included.
    pub rate: f32,
    /// The norm that the gradient is clipped to.
    pub clip: f32,
    /// `1 / (1 - beta1^t)`.
    pub correct1: f32,
    /// `1 / (1 - beta2^t)`.
    pub correct2: f32,
    /// Decay of the weights that decay, a unit of step size.
    pub weight_decay: f32,
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers and numbers")]
fn adamw_kernel<E: Float>(
    weights: &mut Array<f32>,
    rounded: &mut Array<E>,
    gradient: &Array<f32>,
    means: &mut Array<f32>,
    squares: &mut Array<f32>,
    decays: &Array<f32>,
    numbers: &Array<f32>,
    #[comptime] round: bool,
) {
    // A negative norm stands for one that is not finite.
    let norm = numbers[0];
    if ABSOLUTE_POS < weights.len() && norm >= 0.0f32 {
        let (beta1, beta2, epsilon, rate) = (numbers[1], numbers[2], numbers[3], numbers[4]);
        let clip = select(norm > numbers[5], numbers[5] / norm, 1.0f32);
        let g = gradient[ABSOLUTE_POS] * clip;
        let m = beta1 * means[ABSOLUTE_POS] + (1.0f32 - beta1) * g;
        let v = beta2 * squares[ABSOLUTE_POS] + (1.0f32 - beta2) * g * g;
        let direction = m * numbers[6] / ((v * numbers[7]).sqrt() + epsilon);
        let w = weights[ABSOLUTE_POS];
        let decay = numbers[8] * decays[ABSOLUTE_POS / comptime!(ALIGNMENT)];
        let new = w - rate * (direction + decay * w);
        means[ABSOLUTE_POS] = m;
        squares[ABSOLUTE_POS] = v;
        weights[ABSOLUTE_POS] = new;
        if comptime!(round) {
            rounded[ABSOLUTE_POS] = E::cast_from(new);
        }
    }
}

impl AdamW {
    /// A step of no length.
    pub const STILL: Self = Self {
        beta1: 0.0,
        beta2: 0.0,
        epsilon: 1.0,
        rate: 0.0,
        clip: f32::MAX,
        correct1: 1.0,
        correct2: 1.0,
        weight_decay: 0.0,
    };

    /// The numbers as the kernel has them, behind the place of the gradient's norm.
    pub(crate) fn numbers(&self) -> [f32; 9] {
        let Self { beta1, beta2, epsilon, rate, clip, correct1, correct2, weight_decay } = *self;
        [f32::NAN, beta1, beta2, epsilon, rate, clip, correct1, correct2, weight_decay]
    }
}

/// Inputs of a step of AdamW.
#[derive(Clone, Copy, Debug)]
pub struct Along<'a> {
    /// The gradient.
    pub gradient: &'a Buffer<f32>,
    /// Its norm, as [`norm`](crate::norm) puts it there, and the numbers of [`AdamW`] in their order.
    pub numbers: &'a Buffer<f32>,
    /// A factor of the decay for each aligned block of weights.
    pub decays: &'a Buffer<f32>,
}

/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
/// `w -= rate (m correct1 / (sqrt(v correct2) + epsilon) + decay w)`, `g` the clipped gradient; and the weights
/// rounded. Nothing if the norm is not finite.
pub fn adamw<R: Runtime, E: Element>(
    context: &Context<R>,
    along: Along<'_>,
    (weights, rounded): (&Buffer<f32>, &Buffer<E>),
    [means, squares]: [&Buffer<f32>; 2],
) {
    let Along { gradient, numbers, decays } = along;
    let length = weights.len();
    assert!([gradient, means, squares].iter().all(|b| b.len() == length) && rounded.len() == length);
    assert!(numbers.len() == 9 && decays.len() == length.div_ceil(ALIGNMENT));
    if length == 0 {
        return;
    }
    let round = weights.same_type::<E>().is_none();
    // A buffer may not be written by two names.
    let rounded = if round { rounded.clone() } else { context.empty(1) };
    // SAFETY: units are guarded by the length of the weights, which the assertions give to the other buffers; `rounded` is
    // written only where it is as long.
    unsafe {
        adamw_kernel::launch_unchecked::<E, R>(
            context.client(),
            cubes_for(length),
            CubeDim::new_1d(UNITS),
            weights.argument(),
            rounded.argument(),
            gradient.argument(),
            means.argument(),
            squares.argument(),
            decays.argument(),
            numbers.argument(),
            round,
        );
    }
}
