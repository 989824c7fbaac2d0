//! Sums and maxima over a cube, sums of columns, sums of squares.

use crate::context::{Buffer, Context, Element, UNITS, cubes, cubes_for};
use crate::elementwise::gelu_slope;
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
/// Rows that a cube sums; their sums are added up by [`Partials::add_up`].
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
fn column_sum_kernel<I: Float>(x: &Array<I>, parts: &mut Array<f32>, rows: u32, width: u32, total: u32, at: u32) {
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
    let sum = lane_sum(sum, &mut shared);
    if UNIT_POS_Y == 0 && column < width {
        parts[(CUBE_POS_Y * total + at + column) as usize] = sum;
    }
}

#[cube(launch_unchecked)]
fn gelu_backward_kernel<E: Float>(
    x: &Array<E>,
    gradient: &mut Array<E>,
    parts: &mut Array<f32>,
    rows: u32,
    width: u32,
    total: u32,
    at: u32,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((COLUMNS * LANES) as usize));
    let column = CUBE_POS_X * COLUMNS + UNIT_POS_X;
    let start = CUBE_POS_Y * comptime!(CHUNK as u32);
    let end = min(start + comptime!(CHUNK as u32), rows);
    let mut sum = 0.0f32;
    if column < width {
        for row in range_stepped(start + UNIT_POS_Y, end, LANES) {
            let place = (row * width + column) as usize;
            let slope = gelu_slope(f32::cast_from(x[place]));
            let value = E::cast_from(f32::cast_from(gradient[place]) * slope);
            gradient[place] = value;
            sum += f32::cast_from(value);
        }
    }
    let sum = lane_sum(sum, &mut shared);
    if UNIT_POS_Y == 0 && column < width {
        parts[(CUBE_POS_Y * total + at + column) as usize] = sum;
    }
}

#[cube(launch_unchecked)]
fn add_parts_kernel(parts: &Array<f32>, destinations: &Array<u32>, out: &mut Array<f32>, lines: u32) {
    if ABSOLUTE_POS < destinations.len() {
        let mut sum = 0.0f32;
        for line in 0..lines {
            sum += parts[line as usize * destinations.len() + ABSOLUTE_POS];
        }
        let at = destinations[ABSOLUTE_POS] as usize;
        out[at] = sum;
    }
}

/// Sums of columns of several matrices with the same number of rows, each of a chunk of rows, a line for each chunk:
/// [`Partials::add_up`] makes whole sums of them all at once. The order of a sum depends on the number of rows only.
#[derive(Clone, Debug)]
pub struct Partials {
    parts: Buffer<f32>,
    rows: usize,
    columns: usize,
}

impl Partials {
    /// Room for sums of so many columns of matrices of so many rows.
    pub fn new<R: Runtime>(context: &Context<R>, rows: usize, columns: usize) -> Self {
        assert!(rows > 0 && columns > 0 && rows.div_ceil(CHUNK) * columns < 1 << 32);
        Self { parts: context.empty(rows.div_ceil(CHUNK) * columns), rows, columns }
    }

    /// Rows of the matrices.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Columns that there is room for.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn argument<R: Runtime>(&self) -> ArrayArg<R> {
        self.parts.argument()
    }

    /// The grid of the kernels that write partial sums of a matrix `[rows, width]` from column `at` on.
    fn grid(&self, length: usize, at: usize) -> (CubeCount, CubeDim, usize) {
        let width = length / self.rows;
        assert!(length == self.rows * width && length < 1 << 32 && width > 0 && at + width <= self.columns);
        let count = CubeCount::Static((width as u32).div_ceil(COLUMNS), self.rows.div_ceil(CHUNK) as u32, 1);
        (count, CubeDim::new_2d(COLUMNS, LANES), width)
    }

    /// Partial sums of the columns of `x` `[rows, width]`, from column `at` on.
    pub fn column_sums<R: Runtime, I: Element>(&self, context: &Context<R>, x: &Buffer<I>, at: usize) {
        let (count, dim, width) = self.grid(x.len(), at);
        // SAFETY: rows and columns are guarded in the kernel; the parts have a line for each cube in y, and these columns.
        unsafe {
            let (x, parts) = (x.argument(), self.argument());
            let (rows, total) = (self.rows as u32, self.columns as u32);
            let client = context.client();
            column_sum_kernel::launch_unchecked::<I, R>(
                client,
                count,
                dim,
                x,
                parts,
                rows,
                width as u32,
                total,
                at as u32,
            );
        }
    }

    /// Multiplies the gradient of GELU's output by its derivative at `x` `[rows, width]`; partial sums of the columns
    /// of the result, from column `at` on.
    pub fn gelu_backward<R: Runtime, E: Element>(
        &self,
        context: &Context<R>,
        x: &Buffer<E>,
        gradient: &Buffer<E>,
        at: usize,
    ) {
        assert_eq!(x.len(), gradient.len());
        let (count, dim, width) = self.grid(x.len(), at);
        // SAFETY: as above; each element is read and written by one unit.
        unsafe {
            let (x, gradient, parts) = (x.argument(), gradient.argument(), self.argument());
            let (rows, total) = (self.rows as u32, self.columns as u32);
            let client = context.client();
            gelu_backward_kernel::launch_unchecked::<E, R>(
                client,
                count,
                dim,
                x,
                gradient,
                parts,
                rows,
                width as u32,
                total,
                at as u32,
            );
        }
    }

    /// `out[destinations[c]]` becomes the sum of column `c`; destinations are places of `out`, `bound` above all of
    /// them.
    pub fn add_up<R: Runtime>(
        &self,
        context: &Context<R>,
        (destinations, bound): (&Buffer<u32>, usize),
        out: &Buffer<f32>,
    ) {
        assert!(destinations.len() == self.columns && bound <= out.len());
        // SAFETY: a unit for each column, guarded; all lines were written by the kernels above or are not used; places are
        // below the bound.
        unsafe {
            let (count, dim) = (cubes_for(self.columns), CubeDim::new_1d(UNITS));
            let (parts, destinations, out) = (self.argument(), destinations.argument(), out.argument());
            let lines = self.rows.div_ceil(CHUNK) as u32;
            add_parts_kernel::launch_unchecked::<R>(context.client(), count, dim, parts, destinations, out, lines);
        }
    }
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

#[cube(launch_unchecked)]
fn root_kernel(parts: &Array<f32>, out: &mut Array<f32>, #[comptime] planes: bool) {
    let mut shared = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut sum = 0.0f32;
    for i in range_stepped(UNIT_POS as usize, parts.len(), comptime!(UNITS as usize)) {
        sum += parts[i];
    }
    let root = cube_sum(sum, &mut shared, comptime!(UNITS.ilog2()), planes).sqrt();
    if UNIT_POS == 0 {
        out[0] = select(root <= f32::new(LARGEST), root, f32::new(NOT_FINITE));
    }
}

/// The largest number.
const LARGEST: f32 = f32::MAX;

/// Stands for norms that are infinite or no numbers: not-a-numbers tell what nothing wrote.
pub(crate) const NOT_FINITE: f32 = -1.0;

/// The norm of `x` into the first place of `out`; -1 if that is not finite. The order of the sum depends on the length
/// only.
pub fn norm<R: Runtime>(context: &Context<R>, x: &Buffer<f32>, out: &Buffer<f32>) {
    let parts = context.empty::<f32>(x.len().div_ceil(SQUARES).max(1));
    assert!(!out.is_empty());
    // SAFETY: the first kernel's loop ends at the length of `x`, and it writes one value a cube, guarded by the length of
    // the parts; the second is one cube, whose loop ends at that length.
    unsafe {
        let dim = CubeDim::new_1d(UNITS);
        let (count, client) = (cubes(parts.len()), context.client());
        squares_kernel::launch_unchecked::<R>(client, count, dim, x.argument(), parts.argument(), context.planes());
        let one = CubeCount::Static(1, 1, 1);
        root_kernel::launch_unchecked::<R>(client, one, dim, parts.argument(), out.argument(), context.planes());
    }
}
