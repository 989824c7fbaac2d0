//! Sums and maxima over a cube, sums of columns, sums of squares.

use crate::context::{Buffer, Context, Element, UNITS, cubes};
use cubecl::prelude::*;

/// Sum of one value a unit over the cube, in every unit. `shared` has a place for each of the cube's `2^levels` units
/// and may be used again at once. By a tree in shared memory, or by plane operations.
#[cube]
pub(crate) fn cube_sum(
    value: f32,
    shared: &mut SharedMemory<f32>,
    #[comptime] levels: u32,
    #[comptime] planes: bool,
) -> f32 {
    let mut total = 0.0f32;
    if comptime!(planes) {
        let part = plane_sum(value);
        if UNIT_POS_PLANE == 0 {
            shared[(UNIT_POS / PLANE_DIM) as usize] = part;
        }
        sync_cube();
        for i in 0..comptime!(1u32 << levels) / PLANE_DIM {
            total += shared[i as usize];
        }
    } else {
        shared[UNIT_POS as usize] = value;
        sync_cube();
        #[unroll]
        for level in 0..levels {
            let step = comptime!(1u32 << (levels - 1 - level));
            if UNIT_POS < step {
                let other = shared[(UNIT_POS + step) as usize];
                shared[UNIT_POS as usize] += other;
            }
            sync_cube();
        }
        total = shared[0];
    }
    sync_cube();
    total
}

/// Like [`cube_sum`] with the maximum.
#[cube]
pub(crate) fn cube_max(
    value: f32,
    shared: &mut SharedMemory<f32>,
    #[comptime] levels: u32,
    #[comptime] planes: bool,
) -> f32 {
    let mut largest = value;
    if comptime!(planes) {
        let part = plane_max(value);
        if UNIT_POS_PLANE == 0 {
            shared[(UNIT_POS / PLANE_DIM) as usize] = part;
        }
        sync_cube();
        for i in 0..comptime!(1u32 << levels) / PLANE_DIM {
            largest = max(largest, shared[i as usize]);
        }
    } else {
        shared[UNIT_POS as usize] = value;
        sync_cube();
        #[unroll]
        for level in 0..levels {
            let step = comptime!(1u32 << (levels - 1 - level));
            if UNIT_POS < step {
                let other = shared[(UNIT_POS + step) as usize];
                let own = shared[UNIT_POS as usize];
                shared[UNIT_POS as usize] = max(own, other);
            }
            sync_cube();
        }
        largest = shared[0];
    }
    sync_cube();
    largest
}

/// Columns and rows that a cube of the column kernels treats at a time.
pub(crate) const COLUMNS: u32 = 32;
pub(crate) const LANES: u32 = 8;
/// Rows that a cube sums; their sums are summed by a second launch.
pub(crate) const CHUNK: usize = 256;

/// Adds up the lanes' sums of a column; the result stands in lane 0.
#[cube]
pub(crate) fn lane_sum(value: f32, shared: &mut SharedMemory<f32>) -> f32 {
    shared[(UNIT_POS_Y * COLUMNS + UNIT_POS_X) as usize] = value;
    sync_cube();
    let mut total = 0.0f32;
    if UNIT_POS_Y == 0 {
        for lane in 0..LANES {
            total += shared[(lane * COLUMNS + UNIT_POS_X) as usize];
        }
    }
    sync_cube();
    total
}

#[cube(launch_unchecked)]
fn column_sum_kernel<I: Float>(x: &Array<I>, out: &mut Array<f32>, rows: u32, width: u32) {
    let mut shared = SharedMemory::<f32>::new(comptime!((COLUMNS * LANES) as usize));
    let column = CUBE_POS_X * COLUMNS + UNIT_POS_X;
    let start = CUBE_POS_Y * comptime!(CHUNK as u32);
    let end = min(start + comptime!(CHUNK as u32), rows);
    let mut sum = 0.0f32;
    if column < width {
        for row in range_stepped(start + UNIT_POS_Y, end, LANES) {
            sum += f32::cast_from(x[(row * width + column) as usize]);
        }
    }
    let total = lane_sum(sum, &mut shared);
    if UNIT_POS_Y == 0 && column < width {
        out[(CUBE_POS_Y * width + column) as usize] = total;
    }
}

fn column_pass<R: Runtime, I: Element>(context: &Context<R>, x: &Buffer<I>, width: usize, out: &Buffer<f32>) {
    let rows = x.len() / width;
    assert!(x.len() == rows * width && out.len() == rows.div_ceil(CHUNK) * width && x.len() < 1 << 32);
    let count = CubeCount::Static((width as u32).div_ceil(COLUMNS), rows.div_ceil(CHUNK) as u32, 1);
    let dim = CubeDim::new_2d(COLUMNS, LANES);
    // SAFETY: rows and columns are guarded in the kernel, and the assertion gives `out` a row for each cube in y.
    unsafe {
        let (x, out) = (x.argument(), out.argument());
        column_sum_kernel::launch_unchecked::<I, R>(context.client(), count, dim, x, out, rows as u32, width as u32);
    }
}

/// Sums of the columns of `x` `[rows, width]`: overwrites `out` `[width]`. The order of the sum depends on the shape
/// only.
pub fn column_sums<R: Runtime, I: Element>(context: &Context<R>, x: &Buffer<I>, out: &Buffer<f32>) {
    let width = out.len();
    assert!(width > 0 && x.len().is_multiple_of(width));
    let rows = x.len() / width;
    if rows <= CHUNK {
        if rows > 0 {
            column_pass(context, x, width, out);
        } else {
            crate::elementwise::fill(context, out, 0.0);
        }
        return;
    }
    let parts = context.empty::<f32>(rows.div_ceil(CHUNK) * width);
    column_pass(context, x, width, &parts);
    column_sums(context, &parts, out);
}

/// Elements that a cube of [`squares_kernel`] sums.
const SQUARES: usize = 1 << 14;

#[cube(launch_unchecked)]
fn squares_kernel(x: &Array<f32>, out: &mut Array<f32>, #[comptime] planes: bool) {
    let mut shared = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let start = CUBE_POS * comptime!(SQUARES);
    let end = min(start + comptime!(SQUARES), x.len());
    let mut sum = 0.0f32;
    for i in range_stepped(start + UNIT_POS as usize, end, comptime!(UNITS as usize)) {
        sum += x[i] * x[i];
    }
    let total = cube_sum(sum, &mut shared, comptime!(UNITS.ilog2()), planes);
    if UNIT_POS == 0 && CUBE_POS < out.len() {
        out[CUBE_POS] = total;
    }
}

/// Sums of the squares of pieces of `x`, in order; the caller adds them up in `f64`, and sees not-a-numbers where no
/// sum was written.
pub fn square_sums<R: Runtime>(context: &Context<R>, x: &Buffer<f32>) -> Buffer<f32> {
    let parts = x.len().div_ceil(SQUARES);
    let out = context.poisoned(parts);
    if parts > 0 {
        // SAFETY: the kernel's loop ends at the length of `x`; it writes one value a cube, guarded by the length of
        // `out`.
        unsafe {
            let (count, dim) = (cubes(parts), CubeDim::new_1d(UNITS));
            let (x, out) = (x.argument(), out.argument());
            squares_kernel::launch_unchecked::<R>(context.client(), count, dim, x, out, context.planes());
        }
    }
    out
}
