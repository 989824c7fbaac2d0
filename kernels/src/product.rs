//! Matrix products: `cubek-matmul`, on matrix units and double-buffered for 16-bit types where the device has them, and a
//! tiled kernel of our own where that refuses a shape.

use crate::context::{Buffer, Context, Element};
use crate::error::Error;
use cubecl::prelude::*;
use cubek_matmul::components::tile::TileMatmulKind;
use cubek_matmul::definition::{MatmulElems, MatmulGlobalElems};
use cubek_matmul::launch::launch_tiling::launch_ref;
use cubek_matmul::routines::BlueprintStrategy;
use cubek_matmul::routines::double_buffering::{CyclicDoubleBufferingAlgorithm, DoubleBufferingArgs};
use cubek_matmul::routines::simple_unit::SimpleUnitAlgorithm;
use cubek_std::InputBinding;

/// Side of a tile of the result, and depth of the tiles of the factors.
const SIDE: u32 = 64;
const DEPTH: u32 = 16;
/// Units a side; each has a block of 4 by 4 results.
const GRID: u32 = 16;
const BLOCK: u32 = 4;

/// `to[r][k] = x[first + r][depth + k]`, 0 outside of `[rows, inner]`, whose element `(r, k)` is at
/// `r strides.0 + k strides.1`.
#[cube]
#[allow(clippy::too_many_arguments, reason = "a view into a matrix")]
fn load<I: Float>(
    x: &Array<I>,
    to: &mut SharedMemory<f32>,
    first: u32,
    rows: u32,
    depth: u32,
    inner: u32,
    row_stride: u32,
    inner_stride: u32,
    #[comptime] contiguous_rows: bool,
) {
    for i in range_stepped(UNIT_POS, comptime!(SIDE * DEPTH), comptime!(GRID * GRID)) {
        // Neighbouring units read neighbouring elements.
        let mut r = i / DEPTH;
        let mut k = i % DEPTH;
        if comptime!(contiguous_rows) {
            r = i % SIDE;
            k = i / SIDE;
        }
        let mut value = 0.0f32;
        if first + r < rows && depth + k < inner {
            value = f32::cast_from(x[((first + r) * row_stride + (depth + k) * inner_stride) as usize]);
        }
        to[(r * comptime!(DEPTH + 1) + k) as usize] = value;
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers and shapes")]
fn tiled_kernel<I: Float, O: Float>(
    a: &Array<I>,
    b: &Array<I>,
    out: &mut Array<O>,
    m: u32,
    n: u32,
    k: u32,
    #[comptime] a_transposed: bool,
    #[comptime] b_transposed: bool,
) {
    let mut left = SharedMemory::<f32>::new(comptime!((SIDE * (DEPTH + 1)) as usize));
    let mut right = SharedMemory::<f32>::new(comptime!((SIDE * (DEPTH + 1)) as usize));
    let mut sums = Array::<f32>::new(comptime!((BLOCK * BLOCK) as usize));
    #[unroll]
    for i in 0..comptime!(BLOCK * BLOCK) {
        sums[i as usize] = 0.0f32;
    }
    let (row, column) = (CUBE_POS_Y * SIDE, CUBE_POS_X * SIDE);
    let mut a_row = k;
    let mut a_inner = 1u32.runtime();
    if comptime!(a_transposed) {
        a_row = 1u32.runtime();
        a_inner = m;
    }
    let mut b_column = 1u32.runtime();
    let mut b_inner = n;
    if comptime!(b_transposed) {
        b_column = k;
        b_inner = 1u32.runtime();
    }
    for depth in range_stepped(0u32, k, DEPTH) {
        sync_cube();
        load(a, &mut left, row, m, depth, k, a_row, a_inner, a_transposed);
        load(b, &mut right, column, n, depth, k, b_column, b_inner, !b_transposed);
        sync_cube();
        for d in 0..DEPTH {
            #[unroll]
            for i in 0..BLOCK {
                let x = left[((UNIT_POS_Y * BLOCK + i) * comptime!(DEPTH + 1) + d) as usize];
                #[unroll]
                for j in 0..BLOCK {
                    let y = right[((UNIT_POS_X + j * GRID) * comptime!(DEPTH + 1) + d) as usize];
                    sums[comptime!((i * BLOCK + j) as usize)] += x * y;
                }
            }
        }
    }
    #[unroll]
    for i in 0..BLOCK {
        #[unroll]
        for j in 0..BLOCK {
            let (r, c) = (row + UNIT_POS_Y * BLOCK + i, column + UNIT_POS_X + j * GRID);
            if r < m && c < n {
                out[(r * n + c) as usize] = O::cast_from(sums[comptime!((i * BLOCK + j) as usize)]);
            }
        }
    }
}

/// A row-major matrix, or its transpose.
#[derive(Clone, Debug)]
pub struct Matrix<E> {
    data: Buffer<E>,
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<E: Element> Matrix<E> {
    /// `data` as `[rows, columns]`.
    ///
    /// # Panics
    /// If the length does not fit: a fault of the caller.
    pub fn new(data: &Buffer<E>, rows: usize, columns: usize) -> Self {
        assert!(data.len() == rows * columns && data.len() < 1 << 32);
        Self { data: data.clone(), rows, columns, transposed: false }
    }

    /// The same data seen as the transposed matrix.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    fn binding<R: Runtime>(&self) -> InputBinding<R> {
        let strides = if self.transposed { [1, self.rows] } else { [self.columns, 1] };
        // SAFETY: shape and strides describe exactly the buffer's elements.
        let tensor = unsafe {
            TensorBinding::from_raw_parts(self.data.handle(), strides.into(), [self.rows, self.columns].into())
        };
        InputBinding::new(tensor, E::as_type_native_unchecked().storage_type())
    }
}

/// Which kernel computes a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `cubek-matmul` on matrix units, loading one stage while it computes the one before; in `f32` its inputs would be
    /// rounded to fewer bits.
    TensorCores,
    /// `cubek-matmul` without matrix units.
    Units,
    /// The tiled kernel of this crate.
    Tiled,
}

/// `out = a b` by one method. `a` `[m, k]`, `b` `[k, n]`, `out` `[m, n]`; sums in `f32`.
///
/// # Errors
/// [`Error::Fault`] if the library refuses the shape or the device.
///
/// # Panics
/// If shapes do not fit: a fault of the caller.
pub fn product_by<R: Runtime, I: Element, O: Element>(
    context: &Context<R>,
    method: Method,
    a: &Matrix<I>,
    b: &Matrix<I>,
    out: &Buffer<O>,
) -> Result<(), Error> {
    let (m, n, k) = (a.rows, b.columns, a.columns);
    assert!(b.rows == k && out.len() == m * n && out.len() < 1 << 32);
    if m == 0 || n == 0 || k == 0 {
        return Err(Error::Shape(format!("a product of [{m}, {k}] and [{k}, {n}]")));
    }
    if method == Method::Tiled {
        return tiled(context, a, b, out);
    }
    let input = I::as_type_native_unchecked().storage_type();
    let output = O::as_type_native_unchecked().storage_type();
    let mut types = MatmulElems::from_globals(&MatmulGlobalElems { lhs: input, rhs: input, out: output });
    // SAFETY: shape and strides describe exactly the buffer's elements.
    let binding = unsafe { TensorBinding::from_raw_parts(out.handle(), [n, 1].into(), [m, n].into()) };
    let (client, left, right) = (context.client(), a.binding(), b.binding());
    // By routine: the library's own choice by name would compile all forty of its routines into this crate.
    let launched = if method == Method::TensorCores {
        let arguments = DoubleBufferingArgs { tile_matmul: TileMatmulKind::Mma, specialized: false };
        let routine = BlueprintStrategy::<(), CyclicDoubleBufferingAlgorithm>::Inferred(arguments);
        launch_ref(client, left, right, binding, &routine, &mut types)
    } else {
        let routine = BlueprintStrategy::<(), SimpleUnitAlgorithm>::Inferred(Default::default());
        launch_ref(client, left, right, binding, &routine, &mut types)
    };
    launched.map_err(|error| Error::reported(&format!("{error:?}")))
}

fn tiled<R: Runtime, I: Element, O: Element>(
    context: &Context<R>,
    a: &Matrix<I>,
    b: &Matrix<I>,
    out: &Buffer<O>,
) -> Result<(), Error> {
    let (m, n, k) = (a.rows as u32, b.columns as u32, a.columns as u32);
    let count = CubeCount::Static(n.div_ceil(SIDE), m.div_ceil(SIDE), 1);
    // SAFETY: loads and stores are guarded by the shapes, which are those of the buffers; indices fit into 32 bits.
    unsafe {
        tiled_kernel::launch_unchecked::<I, O, R>(
            context.client(),
            count,
            CubeDim::new_2d(GRID, GRID),
            a.data.argument(),
            b.data.argument(),
            out.argument(),
            m,
            n,
            k,
            a.transposed,
            b.transposed,
        );
    }
    Ok(())
}

/// `out = a b` by the fastest method that the device takes and that is exact to `f32` sums.
///
/// # Errors
/// [`Error::Shape`] of an empty product.
pub fn product<R: Runtime, I: Element, O: Element>(
    context: &Context<R>,
    a: &Matrix<I>,
    b: &Matrix<I>,
    out: &Buffer<O>,
) -> Result<(), Error> {
    if context.library() {
        if I::BYTES == 2 && product_by(context, Method::TensorCores, a, b, out).is_ok() {
            return Ok(());
        }
        if product_by(context, Method::Units, a, b, out).is_ok() {
            return Ok(());
        }
    }
    product_by(context, Method::Tiled, a, b, out)
}
