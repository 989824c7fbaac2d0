//! Kernels that treat elements one by one.

use crate::context::{Buffer, Context, Element, UNITS, cubes_for};
use cubecl::prelude::*;

/// `2 sqrt(2 / pi)`; GELU's tanh form is `x sigmoid(2 u)`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`.
const GELU_SLOPE: f32 = 1.595_769_2;
/// The cubic coefficient of GELU's tanh form.
const GELU_CUBIC: f32 = 0.044_715;

#[cube(launch_unchecked)]
fn fill_kernel(out: &mut Array<f32>, value: f32) {
    if ABSOLUTE_POS < out.len() {
        out[ABSOLUTE_POS] = value;
    }
}

#[cube(launch_unchecked)]
fn cast_kernel<I: Float, O: Float>(x: &Array<I>, out: &mut Array<O>) {
    if ABSOLUTE_POS < out.len() {
        out[ABSOLUTE_POS] = O::cast_from(x[ABSOLUTE_POS]);
    }
}

#[cube(launch_unchecked)]
fn add_kernel(x: &mut Array<f32>, y: &Array<f32>) {
    if ABSOLUTE_POS < x.len() {
        x[ABSOLUTE_POS] += y[ABSOLUTE_POS];
    }
}

#[cube]
fn gelu_sigmoid(x: f32) -> f32 {
    let u = GELU_SLOPE * x * (1.0f32 + GELU_CUBIC * x * x);
    // Beyond this the sigmoid is 0 or 1 in f32, and exp might overflow.
    1.0f32 / (1.0f32 + exp(clamp(-u, -80.0f32, 80.0f32)))
}

#[cube]
fn exp(x: f32) -> f32 {
    x.exp()
}

#[cube(launch_unchecked)]
fn bias_gelu_kernel<E: Float>(x: &mut Array<E>, bias: &Array<f32>, out: &mut Array<E>) {
    if ABSOLUTE_POS < x.len() {
        let sum = f32::cast_from(x[ABSOLUTE_POS]) + bias[ABSOLUTE_POS % bias.len()];
        let kept = E::cast_from(sum);
        x[ABSOLUTE_POS] = kept;
        // From the rounded value, so that the way back sees what the way there used.
        let v = f32::cast_from(kept);
        out[ABSOLUTE_POS] = E::cast_from(v * gelu_sigmoid(v));
    }
}

/// The derivative of GELU.
#[cube]
pub(crate) fn gelu_slope(x: f32) -> f32 {
    let s = gelu_sigmoid(x);
    let slope = GELU_SLOPE * (1.0f32 + 3.0f32 * GELU_CUBIC * x * x);
    s + x * s * (1.0f32 - s) * slope
}

fn units() -> CubeDim {
    CubeDim::new_1d(UNITS)
}

// SAFETY of all launches below: each unit reads and writes at its own position only, guarded by the length of the array
// that it writes; the assertions make all others at least as long (a bias is indexed modulo its length, which is not
// 0).

/// `out = value`.
pub fn fill<R: Runtime>(context: &Context<R>, out: &Buffer<f32>, value: f32) {
    if out.is_empty() {
        return;
    }
    // SAFETY: see above.
    unsafe {
        fill_kernel::launch_unchecked::<R>(context.client(), cubes_for(out.len()), units(), out.argument(), value)
    }
}

/// `out = x` in another type.
pub fn cast<R: Runtime, I: Element, O: Element>(context: &Context<R>, x: &Buffer<I>, out: &Buffer<O>) {
    assert_eq!(x.len(), out.len());
    if out.is_empty() {
        return;
    }
    let (count, x, out) = (cubes_for(out.len()), x.argument(), out.argument());
    // SAFETY: see above.
    unsafe { cast_kernel::launch_unchecked::<I, O, R>(context.client(), count, units(), x, out) }
}

/// `x += y`.
pub fn add<R: Runtime>(context: &Context<R>, x: &Buffer<f32>, y: &Buffer<f32>) {
    assert_eq!(x.len(), y.len());
    if x.is_empty() {
        return;
    }
    // SAFETY: see above.
    unsafe {
        add_kernel::launch_unchecked::<R>(context.client(), cubes_for(x.len()), units(), x.argument(), y.argument())
    }
}

fn check_rows(length: usize, bias: usize) {
    assert!(bias > 0 && length.is_multiple_of(bias));
}

/// `x += bias` and `out = gelu(x)`, GELU in its tanh form (Hendrycks and Gimpel 2016) as GPT-2 has it. `x`, `out`
/// `[rows, width]`.
pub fn bias_gelu<R: Runtime, E: Element>(context: &Context<R>, x: &Buffer<E>, bias: &Buffer<f32>, out: &Buffer<E>) {
    check_rows(x.len(), bias.len());
    assert_eq!(x.len(), out.len());
    if x.is_empty() {
        return;
    }
    let (count, x, out) = (cubes_for(x.len()), x.argument(), out.argument());
    // SAFETY: see above.
    unsafe { bias_gelu_kernel::launch_unchecked::<E, R>(context.client(), count, units(), x, bias.argument(), out) }
}
