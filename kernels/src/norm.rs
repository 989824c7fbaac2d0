//! Layer normalisation (Ba et al. 2016) with what comes before it, forward and backward.

use crate::batch::Places;
use crate::context::{ALIGNMENT, Buffer, Context, Element, cubes};
use crate::reduce::{CHUNK, COLUMNS, LANES, Partials, cube_sum, lane_sum};
use cubecl::prelude::*;

/// GPT-2's epsilon.
pub const EPSILON: f32 = 1e-5;

/// Units that treat a row.
const ROW_UNITS: u32 = 64;

/// `out = (values - mean) rstd gain + bias` of one row, whose values the units have in registers: each those at its
/// position and every [`ROW_UNITS`] further on.
#[cube]
#[allow(clippy::too_many_arguments, reason = "a row and what is kept of it")]
fn normalise<O: Float>(
    values: &Array<f32>,
    row: usize,
    gains: &Array<f32>,
    out: &mut Array<O>,
    moments: &mut Array<f32>,
    shared: &mut SharedMemory<f32>,
    #[comptime] width: u32,
    #[comptime] planes: bool,
) {
    let strips = comptime!(width.div_ceil(ROW_UNITS));
    let scale = comptime!(1.0f32 / width as f32);
    let mut sum = 0.0f32;
    #[unroll]
    for s in 0..strips {
        sum += values[s as usize];
    }
    let mean = cube_sum(sum, shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    let mut squares = 0.0f32;
    #[unroll]
    for s in 0..strips {
        if UNIT_POS + s * ROW_UNITS < width {
            let d = values[s as usize] - mean;
            squares += d * d;
        }
    }
    let variance = cube_sum(squares, shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    let rstd = 1.0f32 / (variance + EPSILON).sqrt();
    #[unroll]
    for s in 0..strips {
        let i = (UNIT_POS + s * ROW_UNITS) as usize;
        if UNIT_POS + s * ROW_UNITS < width {
            let h = (values[s as usize] - mean) * rstd;
            out[row * comptime!(width as usize) + i] =
                O::cast_from(h * gains[i] + gains[comptime!(bias_at(width)) + i]);
        }
    }
    if UNIT_POS == 0 {
        moments[row * 2] = mean;
        moments[row * 2 + 1] = rstd;
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn embed_kernel<O: Float>(
    rows: &Array<u32>,
    table: &Array<f32>,
    places: &Array<f32>,
    gains: &Array<f32>,
    stream: &mut Array<f32>,
    out: &mut Array<O>,
    moments: &mut Array<f32>,
    #[comptime] width: u32,
    #[comptime] planes: bool,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!(ROW_UNITS as usize));
    let mut values = Array::<f32>::new(comptime!(width.div_ceil(ROW_UNITS) as usize));
    // A cube beyond the last row does that row again.
    let row = min(CUBE_POS, moments.len() / 2 - 1);
    let (token, place) = (rows[row * 2] as usize, rows[row * 2 + 1] as usize);
    #[unroll]
    for s in 0..comptime!(width.div_ceil(ROW_UNITS)) {
        values[s as usize] = 0.0f32;
        let i = (UNIT_POS + s * ROW_UNITS) as usize;
        if UNIT_POS + s * ROW_UNITS < width {
            let value = table[token * comptime!(width as usize) + i] + places[place * comptime!(width as usize) + i];
            stream[row * comptime!(width as usize) + i] = value;
            values[s as usize] = value;
        }
    }
    normalise::<O>(&values, row, gains, out, moments, &mut shared, width, planes);
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn residual_kernel<O: Float>(
    x: &Array<f32>,
    y: &Array<f32>,
    y_bias: &Array<f32>,
    gains: &Array<f32>,
    stream: &mut Array<f32>,
    out: &mut Array<O>,
    moments: &mut Array<f32>,
    #[comptime] width: u32,
    #[comptime] planes: bool,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!(ROW_UNITS as usize));
    let mut values = Array::<f32>::new(comptime!(width.div_ceil(ROW_UNITS) as usize));
    let row = min(CUBE_POS, moments.len() / 2 - 1);
    #[unroll]
    for s in 0..comptime!(width.div_ceil(ROW_UNITS)) {
        values[s as usize] = 0.0f32;
        let i = (UNIT_POS + s * ROW_UNITS) as usize;
        if UNIT_POS + s * ROW_UNITS < width {
            let at = row * comptime!(width as usize) + i;
            let value = x[at] + y[at] + y_bias[i];
            stream[at] = value;
            values[s as usize] = value;
        }
    }
    normalise::<O>(&values, row, gains, out, moments, &mut shared, width, planes);
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn input_gradient_kernel<G: Float, E: Float>(
    dout: &Array<G>,
    x: &Array<f32>,
    gains: &Array<f32>,
    moments: &Array<f32>,
    dx: &mut Array<f32>,
    rounded: &mut Array<E>,
    #[comptime] width: u32,
    #[comptime] add: bool,
    #[comptime] round: bool,
    #[comptime] planes: bool,
) {
    let strips = comptime!(width.div_ceil(ROW_UNITS));
    let mut shared = SharedMemory::<f32>::new(comptime!(ROW_UNITS as usize));
    let mut g = Array::<f32>::new(comptime!(width.div_ceil(ROW_UNITS) as usize));
    let mut h = Array::<f32>::new(comptime!(width.div_ceil(ROW_UNITS) as usize));
    let row = min(CUBE_POS, moments.len() / 2 - 1);
    let scale = comptime!(1.0f32 / width as f32);
    let (mean, rstd) = (moments[row * 2], moments[row * 2 + 1]);
    let mut g_sum = 0.0f32;
    let mut gh_sum = 0.0f32;
    #[unroll]
    for s in 0..strips {
        g[s as usize] = 0.0f32;
        h[s as usize] = 0.0f32;
        let i = (UNIT_POS + s * ROW_UNITS) as usize;
        if UNIT_POS + s * ROW_UNITS < width {
            let at = row * comptime!(width as usize) + i;
            g[s as usize] = f32::cast_from(dout[at]) * gains[i];
            h[s as usize] = (x[at] - mean) * rstd;
        }
        g_sum += g[s as usize];
        gh_sum += g[s as usize] * h[s as usize];
    }
    let g_mean = cube_sum(g_sum, &mut shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    let gh_mean = cube_sum(gh_sum, &mut shared, comptime!(ROW_UNITS.ilog2()), planes) * scale;
    // Once a row only, since it may add.
    if CUBE_POS < moments.len() / 2 {
        #[unroll]
        for s in 0..strips {
            if UNIT_POS + s * ROW_UNITS < width {
                let at = row * comptime!(width as usize) + (UNIT_POS + s * ROW_UNITS) as usize;
                let mut value = rstd * (g[s as usize] - g_mean - h[s as usize] * gh_mean);
                if comptime!(add) {
                    value += dx[at];
                }
                dx[at] = value;
                if comptime!(round) {
                    rounded[at] = E::cast_from(value);
                }
            }
        }
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers")]
fn affine_gradient_kernel<G: Float>(
    dout: &Array<G>,
    x: &Array<f32>,
    moments: &Array<f32>,
    dx: &Array<f32>,
    parts: &mut Array<f32>,
    total: u32,
    gain_at: u32,
    below_at: u32,
    #[comptime] width: u32,
    #[comptime] below: bool,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((COLUMNS * LANES) as usize));
    let column = CUBE_POS_X * COLUMNS + UNIT_POS_X;
    let start = CUBE_POS_Y * comptime!(CHUNK as u32);
    let end = min(start + comptime!(CHUNK as u32), moments.len() as u32 / 2);
    let mut gain_sum = 0.0f32;
    let mut bias_sum = 0.0f32;
    let mut below_sum = 0.0f32;
    if column < width {
        for row in range_stepped(start + UNIT_POS_Y, end, LANES) {
            let at = (row * width + column) as usize;
            let d = f32::cast_from(dout[at]);
            bias_sum += d;
            gain_sum += d * ((x[at] - moments[row as usize * 2]) * moments[row as usize * 2 + 1]);
            if comptime!(below) {
                below_sum += dx[at];
            }
        }
    }
    let gain_total = lane_sum(gain_sum, &mut shared);
    let bias_total = lane_sum(bias_sum, &mut shared);
    let mut below_total = 0.0f32;
    if comptime!(below) {
        below_total = lane_sum(below_sum, &mut shared);
    }
    if UNIT_POS_Y == 0 && column < width {
        let line = CUBE_POS_Y * total + column;
        parts[(line + gain_at) as usize] = gain_total;
        parts[(line + gain_at + width) as usize] = bias_total;
        if comptime!(below) {
            parts[(line + below_at) as usize] = below_total;
        }
    }
}

/// Where the bias lies behind a gain of this width.
fn bias_at(width: u32) -> usize {
    (width as usize).next_multiple_of(ALIGNMENT)
}

/// A stream, the same normalised, and what the gradient needs.
#[derive(Clone, Debug)]
pub struct Normed<O> {
    /// The normalised input, `[rows, width]`.
    pub stream: Buffer<f32>,
    /// The result `[rows, width]`.
    pub out: Buffer<O>,
    /// Of each row the mean and `1 / sqrt(variance + epsilon)`.
    moments: Buffer<f32>,
}

impl<O: Element> Normed<O> {
    fn new<R: Runtime>(context: &Context<R>, rows: usize, out: Buffer<O>) -> Self {
        Self { stream: context.empty(out.len()), out, moments: context.empty(2 * rows) }
    }

    fn rows(&self) -> usize {
        self.moments.len() / 2
    }
}

/// The gain of a normalisation, and its bias from the next aligned place on.
#[derive(Clone, Debug)]
pub struct Gains {
    both: Buffer<f32>,
    width: usize,
}

impl Gains {
    /// Uploads a gain and a bias, which are equally long.
    pub fn new<R: Runtime>(context: &Context<R>, gain: &[f32], bias: &[f32]) -> Self {
        let mut both = gain.to_vec();
        both.resize(bias_at(gain.len() as u32), 0.0);
        both.extend_from_slice(bias);
        Self::of(context.upload(&both), gain.len())
    }

    /// Those that lie so in a buffer.
    pub(crate) fn of(both: Buffer<f32>, width: usize) -> Self {
        assert!(width > 0 && both.len() == bias_at(width as u32) + width);
        Self { both, width }
    }
}

/// `stream[i] = table[tokens[i]] + places[positions[i]]`, rows as wide as the gain, and
/// `out = (stream - mean) rstd gain + bias` of each row, `rstd = 1 / sqrt(variance + epsilon)`.
pub(crate) fn embed_and_norm<R: Runtime, E: Element>(
    context: &Context<R>,
    rows: &Places,
    (table, places): (&Buffer<f32>, &Buffer<f32>),
    gains: &Gains,
) -> Normed<E> {
    let (count, width) = (rows.pairs.len() / 2, gains.width);
    assert!(count > 0 && rows.tokens * width <= table.len() && rows.positions * width <= places.len());
    let normed = Normed::new(context, count, context.empty(count * width));
    // SAFETY: rows are clamped to the number of moments, columns run below `width`; the assertions bound the rows of the
    // tables.
    unsafe {
        embed_kernel::launch_unchecked::<E, R>(
            context.client(),
            cubes(count),
            CubeDim::new_1d(ROW_UNITS),
            rows.pairs.argument(),
            table.argument(),
            places.argument(),
            gains.both.argument(),
            normed.stream.argument(),
            normed.out.argument(),
            normed.moments.argument(),
            width as u32,
            context.planes(),
        );
    }
    normed
}

/// `stream = x + y + y_bias`, a residual connection, and its normalisation as in GPT-2. `x`, `y` `[rows, width]`.
pub fn residual_and_norm<R: Runtime, O: Element>(
    context: &Context<R>,
    x: &Buffer<f32>,
    (y, y_bias): (&Buffer<f32>, &Buffer<f32>),
    gains: &Gains,
) -> Normed<O> {
    residual_and_norm_into(context, x, (y, y_bias), gains, context.empty(x.len()))
}

/// [`residual_and_norm`] into a buffer.
pub(crate) fn residual_and_norm_into<R: Runtime, O: Element>(
    context: &Context<R>,
    x: &Buffer<f32>,
    (y, y_bias): (&Buffer<f32>, &Buffer<f32>),
    gains: &Gains,
    out: Buffer<O>,
) -> Normed<O> {
    let width = gains.width;
    let rows = x.len() / width;
    assert!(x.len() == rows * width && y.len() == x.len() && out.len() == x.len() && y_bias.len() == width);
    let normed = Normed::new(context, rows, out);
    if rows == 0 {
        return normed;
    }
    // SAFETY: rows are clamped to the number of moments, columns run below `width`, and the assertions give all buffers
    // these shapes.
    unsafe {
        residual_kernel::launch_unchecked::<O, R>(
            context.client(),
            cubes(rows),
            CubeDim::new_1d(ROW_UNITS),
            x.argument(),
            y.argument(),
            y_bias.argument(),
            gains.both.argument(),
            normed.stream.argument(),
            normed.out.argument(),
            normed.moments.argument(),
            width as u32,
            context.planes(),
        );
    }
    normed
}

/// The gradient of a normalisation with respect to what it normalises: added to `dx` `[rows, width]`, or overwriting it
/// without `add`. With `h = (x - mean) rstd` and `g = dout gain`: `dx = rstd (g - mean(g) - h mean(g h))`. `dx` is also
/// returned as `E`.
pub fn norm_input_gradient<R: Runtime, G: Element, E: Element, N: Element>(
    context: &Context<R>,
    dout: &Buffer<G>,
    normed: &Normed<N>,
    gains: &Gains,
    dx: &Buffer<f32>,
    add: bool,
) -> Buffer<E> {
    let (width, rows) = (gains.width, normed.rows());
    let length = rows * width;
    assert!(rows > 0 && dx.len() == length && dout.len() == length && normed.stream.len() == length);
    let same = dx.same_type::<E>();
    // A buffer may not be written by two names.
    let rounded = if same.is_some() { context.empty::<E>(1) } else { context.empty::<E>(length) };
    // SAFETY: as above; only the cube of a row itself writes, and it writes `rounded` only where that is as long as `dx`.
    unsafe {
        input_gradient_kernel::launch_unchecked::<G, E, R>(
            context.client(),
            cubes(rows),
            CubeDim::new_1d(ROW_UNITS),
            dout.argument(),
            normed.stream.argument(),
            gains.both.argument(),
            normed.moments.argument(),
            dx.argument(),
            rounded.argument(),
            width as u32,
            add,
            same.is_none(),
            context.planes(),
        );
    }
    same.unwrap_or(rounded)
}

/// The gradients of a normalisation's gain and, behind it, bias, as partial sums of columns at `at`; and those of the
/// columns of `dx`, the gradient of the stream, at `below`.
pub fn norm_affine_gradient<R: Runtime, G: Element, N: Element>(
    context: &Context<R>,
    dout: &Buffer<G>,
    normed: &Normed<N>,
    parts: &Partials,
    at: usize,
    below: Option<(&Buffer<f32>, usize)>,
) {
    let rows = normed.rows();
    let width = normed.stream.len() / rows.max(1);
    let length = rows * width;
    assert!(rows > 0 && length == normed.stream.len() && dout.len() == length && length < 1 << 32);
    assert!(rows <= parts.rows() && at + 2 * width <= parts.columns());
    assert!(below.is_none_or(|(dx, at)| dx.len() == length && at + width <= parts.columns()));
    let count = CubeCount::Static((width as u32).div_ceil(COLUMNS), rows.div_ceil(CHUNK) as u32, 1);
    // SAFETY: columns and rows are guarded in the kernel; the parts have a line for each cube in y and, by the assertions,
    // these columns. `dx` is read only where it is given.
    unsafe {
        affine_gradient_kernel::launch_unchecked::<G, R>(
            context.client(),
            count,
            CubeDim::new_2d(COLUMNS, LANES),
            dout.argument(),
            normed.stream.argument(),
            normed.moments.argument(),
            below.map_or(&normed.stream, |(dx, _)| dx).argument(),
            parts.argument(),
            parts.columns() as u32,
            at as u32,
            below.map_or(0, |(_, at)| at as u32),
            width as u32,
            below.is_some(),
        );
    }
}
