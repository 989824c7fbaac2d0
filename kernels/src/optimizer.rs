//! AdamW.

use crate::context::{ALIGNMENT, Buffer, Context, UNITS, cubes_for};
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
    /// Factor of the gradient: below 1 where it is clipped.
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
fn adamw_kernel(
    weights: &mut Array<f32>,
    gradient: &Array<f32>,
    means: &mut Array<f32>,
    squares: &mut Array<f32>,
    decays: &Array<f32>,
    numbers: &Array<f32>,
) {
    if ABSOLUTE_POS < weights.len() {
        let (beta1, beta2, epsilon, rate) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        let g = gradient[ABSOLUTE_POS] * numbers[4];
        let m = beta1 * means[ABSOLUTE_POS] + (1.0f32 - beta1) * g;
        let v = beta2 * squares[ABSOLUTE_POS] + (1.0f32 - beta2) * g * g;
        let direction = m * numbers[5] / ((v * numbers[6]).sqrt() + epsilon);
        let w = weights[ABSOLUTE_POS];
        let decay = numbers[7] * decays[ABSOLUTE_POS / comptime!(ALIGNMENT)];
        means[ABSOLUTE_POS] = m;
        squares[ABSOLUTE_POS] = v;
        weights[ABSOLUTE_POS] = w - rate * (direction + decay * w);
    }
}

/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
/// `w -= rate (m correct1 / (sqrt(v correct2) + epsilon) + decay w)`, `g` the clipped gradient. `decays` has a factor
/// of the decay for each aligned block of weights.
pub fn adamw<R: Runtime>(
    context: &Context<R>,
    numbers: &AdamW,
    weights: &Buffer<f32>,
    gradient: &Buffer<f32>,
    [means, squares]: [&Buffer<f32>; 2],
    decays: &Buffer<f32>,
) {
    let length = weights.len();
    assert!([gradient, means, squares].iter().all(|b| b.len() == length));
    assert_eq!(decays.len(), length.div_ceil(ALIGNMENT));
    if length == 0 {
        return;
    }
    let AdamW { beta1, beta2, epsilon, rate, clip, correct1, correct2, weight_decay } = *numbers;
    let numbers = context.upload(&[beta1, beta2, epsilon, rate, clip, correct1, correct2, weight_decay]);
    // SAFETY: units are guarded by the length of the weights, which the assertions give to the other buffers.
    unsafe {
        adamw_kernel::launch_unchecked::<R>(
            context.client(),
            cubes_for(length),
            CubeDim::new_1d(UNITS),
            weights.argument(),
            gradient.argument(),
            means.argument(),
            squares.argument(),
            decays.argument(),
            numbers.argument(),
        );
    }
}
