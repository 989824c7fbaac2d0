//! Layer normalisation (Ba et al. 2016), forward and backward.

use crate::context::{Buffer, Context, Element, cubes};
use crate::reduce::{CHUNK, COLUMNS, LANES, column_sums, cube_sum, lane_sum};
use cubecl::prelude::*;

/// GPT-2's epsilon.
pub const EPSILON: f32 = 1e-5;

/// Units that treat a row.
const ROW_UNITS: u32 = 64;

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn forward_kernel<E: Float>(
    x: &Array<f32>,
    gain: &Array<f32>,
    bias: &Array<f32>,
    out: &mut Array<E>,
    means: &mut Array<f32>,
    rstds: &mut Array<f32>,
    #[comptime] planes: bool,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!(ROW_UNITS as usize));
    let width = gain.len();
    // A cube beyond the last row does that row again.
    let row = min(CUBE_POS, means.len() - 1);
    let scale = 1.0f32 / f32::cast_from(width as u32);
    let mut sum = 0.0f32;
    for i in range_stepped(UNIT_POS as usize, width, comptime!(ROW_UNITS as usize)) {
        sum += x[row * width + i];
    }
    let mean = cube_sum(sum, &mut shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    let mut squares = 0.0f32;
    for i in range_stepped(UNIT_POS as usize, width, comptime!(ROW_UNITS as usize)) {
        let d = x[row * width + i] - mean;
        squares += d * d;
    }
    let variance = cube_sum(squares, &mut shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    let rstd = 1.0f32 / (variance + EPSILON).sqrt();
    for i in range_stepped(UNIT_POS as usize, width, comptime!(ROW_UNITS as usize)) {
        let h = (x[row * width + i] - mean) * rstd;
        out[row * width + i] = E::cast_from(h * gain[i] + bias[i]);
    }
    if UNIT_POS == 0 {
        means[row] = mean;
        rstds[row] = rstd;
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn input_gradient_kernel<G: Float>(
    dout: &Array<G>,
    x: &Array<f32>,
    gain: &Array<f32>,
    means: &Array<f32>,
    rstds: &Array<f32>,
    dx: &mut Array<f32>,
    #[comptime] planes: bool,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!(ROW_UNITS as usize));
    let width = gain.len();
    let row = min(CUBE_POS, means.len() - 1);
    let scale = 1.0f32 / f32::cast_from(width as u32);
    let (mean, rstd) = (means[row], rstds[row]);
    let mut g_sum = 0.0f32;
    let mut gh_sum = 0.0f32;
    for i in range_stepped(UNIT_POS as usize, width, comptime!(ROW_UNITS as usize)) {
        let g = f32::cast_from(dout[row * width + i]) * gain[i];
        g_sum += g;
        gh_sum += g * ((x[row * width + i] - mean) * rstd);
    }
    let g_mean = cube_sum(g_sum, &mut shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    let gh_mean = cube_sum(gh_sum, &mut shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    // Once a row only, since it adds.
    if CUBE_POS < means.len() {
        for i in range_stepped(UNIT_POS as usize, width, comptime!(ROW_UNITS as usize)) {
            let h = (x[row * width + i] - mean) * rstd;
            let g = f32::cast_from(dout[row * width + i]) * gain[i];
            dx[row * width + i] += rstd * (g - g_mean - h * gh_mean);
        }
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn affine_gradient_kernel<G: Float>(
    dout: &Array<G>,
    x: &Array<f32>,
    means: &Array<f32>,
    rstds: &Array<f32>,
    dgain: &mut Array<f32>,
    dbias: &mut Array<f32>,
    width: u32,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((COLUMNS * LANES) as usize));
    let column = CUBE_POS_X * COLUMNS + UNIT_POS_X;
    let start = CUBE_POS_Y * comptime!(CHUNK as u32);
    let end = min(start + comptime!(CHUNK as u32), means.len() as u32);
    let mut gain_sum = 0.0f32;
    let mut bias_sum = 0.0f32;
    if column < width {
        for row in range_stepped(start + UNIT_POS_Y, end, LANES) {
            let at = (row * width + column) as usize;
            let d = f32::cast_from(dout[at]);
            bias_sum += d;
            gain_sum += d * ((x[at] - means[row as usize]) * rstds[row as usize]);
        }
    }
    let gain_total = lane_sum(gain_sum, &mut shared);
    let bias_total = lane_sum(bias_sum, &mut shared);
    if UNIT_POS_Y == 0 && column < width {
        dgain[(CUBE_POS_Y * width + column) as usize] = gain_total;
        dbias[(CUBE_POS_Y * width + column) as usize] = bias_total;
    }
}

/// A normalised stream and what its gradient needs.
#[derive(Clone, Debug)]
pub struct Normed<E> {
    /// The result `[rows, width]`.
    pub out: Buffer<E>,
    /// Means of the rows.
    pub mean: Buffer<f32>,
    /// `1 / sqrt(variance + epsilon)` of the rows.
    pub rstd: Buffer<f32>,
}

/// `out = (x - mean) rstd gain + bias` of each row of `x` `[rows, width]`, `rstd = 1 / sqrt(variance + epsilon)`.
pub fn layer_norm<R: Runtime, E: Element>(
    context: &Context<R>,
    x: &Buffer<f32>,
    gain: &Buffer<f32>,
    bias: &Buffer<f32>,
) -> Normed<E> {
    let width = gain.len();
    let rows = x.len() / width;
    assert!(x.len() == rows * width && bias.len() == width);
    let normed = Normed { out: context.empty(x.len()), mean: context.empty(rows), rstd: context.empty(rows) };
    if rows == 0 {
        return normed;
    }
    // SAFETY: rows are clamped to the length of `mean`, columns run below `width`, and the assertions give all buffers
    // these shapes.
    unsafe {
        forward_kernel::launch_unchecked::<E, R>(
            context.client(),
            cubes(rows),
            CubeDim::new_1d(ROW_UNITS),
            x.argument(),
            gain.argument(),
            bias.argument(),
            normed.out.argument(),
            normed.mean.argument(),
            normed.rstd.argument(),
            context.planes(),
        );
    }
    normed
}

/// What [`layer_norm_backward`] reads: the gradient of the output, the input, the gain, and the rows' means and
/// deviations.
#[derive(Clone, Copy, Debug)]
pub struct NormSaved<'a, G> {
    /// Gradient of the output `[rows, width]`.
    pub dout: &'a Buffer<G>,
    /// The input `[rows, width]`.
    pub x: &'a Buffer<f32>,
    /// The gain `[width]`.
    pub gain: &'a Buffer<f32>,
    /// Means of the rows.
    pub mean: &'a Buffer<f32>,
    /// `1 / sqrt(variance + epsilon)` of the rows.
    pub rstd: &'a Buffer<f32>,
}

/// Gradient of [`layer_norm`]: adds to `dx` `[rows, width]`, overwrites `dgain` and `dbias` `[width]`. With
/// `h = (x - mean) rstd` and `g = dout gain`: `dx = rstd (g - mean(g) - h mean(g h))`.
pub fn layer_norm_backward<R: Runtime, G: Element>(
    context: &Context<R>,
    saved: NormSaved<'_, G>,
    dx: &Buffer<f32>,
    dgain: &Buffer<f32>,
    dbias: &Buffer<f32>,
) {
    let NormSaved { dout, x, gain, mean, rstd } = saved;
    let (width, rows) = (gain.len(), mean.len());
    assert!(x.len() == rows * width && dout.len() == x.len() && dx.len() == x.len() && rstd.len() == rows);
    assert!(dgain.len() == width && dbias.len() == width && x.len() < 1 << 32 && rows > 0);
    // SAFETY: as in `layer_norm`; only the cube of a row itself writes.
    unsafe {
        input_gradient_kernel::launch_unchecked::<G, R>(
            context.client(),
            cubes(rows),
            CubeDim::new_1d(ROW_UNITS),
            dout.argument(),
            x.argument(),
            gain.argument(),
            mean.argument(),
            rstd.argument(),
            dx.argument(),
            context.planes(),
        );
    }
    let chunks = rows.div_ceil(CHUNK);
    let parts = [(); 2].map(|()| context.empty::<f32>(chunks * width));
    let count = CubeCount::Static((width as u32).div_ceil(COLUMNS), chunks as u32, 1);
    // SAFETY: columns and rows are guarded in the kernel; the parts have a row for each cube in y.
    unsafe {
        affine_gradient_kernel::launch_unchecked::<G, R>(
            context.client(),
            count,
            CubeDim::new_2d(COLUMNS, LANES),
            dout.argument(),
            x.argument(),
            mean.argument(),
            rstd.argument(),
            parts[0].argument(),
            parts[1].argument(),
            width as u32,
        );
    }
    column_sums(context, &parts[0], dgain);
    column_sums(context, &parts[1], dbias);
}
