//! Attention over prefix trees: a row sees its sequence's prefix and, causally, its own branch.
//!
//! One cube treats a tile of queries (or keys) of one head and walks over the tiles that it sees; what a branch cannot
//! see is never read but at the edges of a tile. Forward: online softmax (Milakov and Gimelshein 2018), the logarithm
//! of its normaliser saved. Backward: probabilities computed again from it (FlashAttention-2, Dao 2023), once for the
//! gradient of the queries and once for that of keys and values, so that each value is written by one cube, without
//! atomics, in a fixed order.
//!
//! 64 units treat a tile as an 8 by 8 grid, each a block of scores and a strip of the output in registers. Sums are in
//! `f32`.

use crate::batch::{MAX_TILES, Tables};
use crate::context::{Buffer, Context, Element, UNITS, cubes_for};
use crate::error::Error;
use cubecl::prelude::*;

/// Units a side of the grid.
const SIDE: u32 = 8;

/// Stands for minus infinity in scores, without its arithmetic.
const LOWEST: f32 = -1e30;

/// Head count and width; the width is a multiple of the head count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Width of all heads together.
    pub width: usize,
}

impl Heads {
    /// Width of one head.
    pub fn size(self) -> usize {
        self.width / self.count
    }

    fn scale(self) -> f32 {
        (1.0 / (self.size() as f64).sqrt()) as f32
    }
}

/// Bytes of shared memory of the backward kernels, which need most: four tiles of rows, two of scores.
fn shared_bytes(size: usize, tile: usize) -> usize {
    4 * (4 * tile * (size + 1) + 2 * tile * (tile + 1))
}

/// The largest tile that a device's shared memory takes for heads of this size.
///
/// # Errors
/// [`Error::Shape`] if heads are too wide for any.
pub(crate) fn tile_for<R: Runtime>(context: &Context<R>, heads: Heads) -> Result<usize, Error> {
    let available = context.shared_memory();
    let tile = [32, 16, 8].into_iter().find(|&tile| shared_bytes(heads.size(), tile) <= available);
    tile.ok_or_else(|| Error::Shape(format!("heads of size {} do not fit into {available} bytes", heads.size())))
}

/// Loads `tile` rows of `size` values from `first` on, those from `end` on as 0, plus the bias if `biased`, times
/// `scale`. Row `r` starts at `x[r * stride + offset]`, its bias at `bias[offset]`.
#[cube]
#[allow(clippy::too_many_arguments, reason = "a view into a matrix")]
fn load<E: Float>(
    x: &Array<E>,
    to: &mut SharedMemory<f32>,
    first: u32,
    end: u32,
    stride: u32,
    offset: u32,
    bias: &Array<f32>,
    scale: f32,
    #[comptime] size: u32,
    #[comptime] tile: u32,
    #[comptime] biased: bool,
) {
    for i in range_stepped(UNIT_POS, comptime!(tile * size), comptime!(SIDE * SIDE)) {
        let (row, column) = (i / size, i % size);
        let mut value = 0.0f32;
        if first + row < end {
            value = f32::cast_from(x[((first + row) * stride + offset + column) as usize]);
            if comptime!(biased) {
                value += bias[(offset + column) as usize];
            }
            value *= scale;
        }
        to[(row * comptime!(size + 1) + column) as usize] = value;
    }
}

/// `out[i][j] = a[ty b + i] . b[tx + 8 j]`: this unit's block of the products of all rows of `a` with all rows of `b`.
#[cube]
fn block_products(
    a: &SharedMemory<f32>,
    b: &SharedMemory<f32>,
    out: &mut Array<f32>,
    #[comptime] size: u32,
    #[comptime] block: u32,
) {
    #[unroll]
    for i in 0..comptime!(block * block) {
        out[i as usize] = 0.0f32;
    }
    for d in 0..size {
        #[unroll]
        for i in 0..block {
            let left = a[((UNIT_POS_Y * block + i) * comptime!(size + 1) + d) as usize];
            #[unroll]
            for j in 0..block {
                let right = b[((UNIT_POS_X + j * SIDE) * comptime!(size + 1) + d) as usize];
                out[comptime!((i * block + j) as usize)] += left * right;
            }
        }
    }
}

/// `sum[i][c] += w[row i][k] x[k][c]` for this unit's rows and columns `tx + 8 c`, over all `k` of the tile; with
/// `transposed`, `w[k][row i]`.
#[cube]
fn accumulate(
    w: &SharedMemory<f32>,
    x: &SharedMemory<f32>,
    sum: &mut Array<f32>,
    #[comptime] size: u32,
    #[comptime] tile: u32,
    #[comptime] transposed: bool,
) {
    let block = comptime!(tile / SIDE);
    let strips = comptime!(size.div_ceil(SIDE));
    for k in 0..tile {
        #[unroll]
        for c in 0..strips {
            let column = UNIT_POS_X + c * SIDE;
            let mut value = 0.0f32;
            if column < size {
                value = x[(k * comptime!(size + 1) + column) as usize];
            }
            #[unroll]
            for i in 0..block {
                let row = UNIT_POS_Y * block + i;
                if comptime!(transposed) {
                    sum[comptime!((i * strips + c) as usize)] += w[(k * comptime!(tile + 1) + row) as usize] * value;
                } else {
                    sum[comptime!((i * strips + c) as usize)] += w[(row * comptime!(tile + 1) + k) as usize] * value;
                }
            }
        }
    }
}

/// Writes this unit's strip of the rows `first..end`.
#[cube]
fn store<E: Float>(
    sum: &Array<f32>,
    out: &mut Array<E>,
    first: u32,
    end: u32,
    stride: u32,
    offset: u32,
    #[comptime] size: u32,
    #[comptime] block: u32,
) {
    let strips = comptime!(size.div_ceil(SIDE));
    #[unroll]
    for i in 0..block {
        let row = first + UNIT_POS_Y * block + i;
        #[unroll]
        for c in 0..strips {
            let column = UNIT_POS_X + c * SIDE;
            if row < end && column < size {
                out[(row * stride + offset + column) as usize] =
                    E::cast_from(sum[comptime!((i * strips + c) as usize)]);
            }
        }
    }
}

/// The `step`-th tile of a walk over the rows that are seen by all, then those that are seen by their own span: first
/// row, end, whether it is of the latter.
#[cube]
fn walk(tiles: &Array<u32>, step: u32, #[comptime] tile: u32) -> (u32, u32, bool) {
    let at = CUBE_POS_X as usize * 6;
    let whole = (tiles[at + 3] - tiles[at + 2] + comptime!(tile - 1)) / tile;
    let own = step >= whole;
    let first = select(own, tiles[at + 4] + (step - select(own, whole, 0u32)) * tile, tiles[at + 2] + step * tile);
    (first, select(own, tiles[at + 5], tiles[at + 3]), own)
}

/// Number of steps of [`walk`].
#[cube]
fn steps(tiles: &Array<u32>, #[comptime] tile: u32) -> u32 {
    let at = CUBE_POS_X as usize * 6;
    let whole = (tiles[at + 3] - tiles[at + 2] + comptime!(tile - 1)) / tile;
    whole + (tiles[at + 5] - tiles[at + 4] + comptime!(tile - 1)) / tile
}

#[cube]
fn zero(x: &mut Array<f32>, #[comptime] length: u32) {
    #[unroll]
    for i in 0..length {
        x[i as usize] = 0.0f32;
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers and shapes")]
fn forward_kernel<E: Float>(
    qkv: &Array<E>,
    bias: &Array<f32>,
    tiles: &Array<u32>,
    own: &Array<u32>,
    out: &mut Array<E>,
    sums: &mut Array<f32>,
    scale: f32,
    #[comptime] heads: u32,
    #[comptime] size: u32,
    #[comptime] tile: u32,
) {
    let block = comptime!(tile / SIDE);
    let strips = comptime!(size.div_ceil(SIDE));
    let width = comptime!(heads * size);
    let mut q = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut kv = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut p = SharedMemory::<f32>::new(comptime!((tile * (tile + 1)) as usize));
    let mut parts = SharedMemory::<f32>::new(comptime!((tile * SIDE) as usize));
    let mut s = Array::<f32>::new(comptime!((block * block) as usize));
    let mut sum = Array::<f32>::new(comptime!((block * strips) as usize));
    let mut largest = Array::<f32>::new(comptime!(block as usize));
    let mut normaliser = Array::<f32>::new(comptime!(block as usize));
    zero(&mut sum, comptime!(block * strips));
    #[unroll]
    for i in 0..block {
        largest[i as usize] = f32::new(LOWEST);
        normaliser[i as usize] = 0.0f32;
    }
    let head = CUBE_POS_Y;
    let (first, end) = (tiles[CUBE_POS_X as usize * 6], tiles[CUBE_POS_X as usize * 6 + 1]);
    load(qkv, &mut q, first, end, comptime!(3 * width), head * size, bias, scale, size, tile, true);
    for step in 0..steps(tiles, tile) {
        let (key, key_end, masked) = walk(tiles, step, tile);
        sync_cube();
        load(qkv, &mut kv, key, key_end, comptime!(3 * width), width + head * size, bias, 1.0f32, size, tile, true);
        sync_cube();
        block_products(&q, &kv, &mut s, size, block);
        #[unroll]
        for i in 0..block {
            let row = UNIT_POS_Y * block + i;
            let mut own_first = 0u32;
            if first + row < end {
                own_first = own[(first + row) as usize];
            }
            let mut part = f32::new(LOWEST);
            #[unroll]
            for j in 0..block {
                let at = comptime!((i * block + j) as usize);
                let column = key + UNIT_POS_X + j * SIDE;
                let seen = column < key_end && (!masked || (own_first <= column && column <= first + row));
                s[at] = select(seen, s[at], f32::new(LOWEST));
                part = max(part, s[at]);
            }
            parts[(row * SIDE + UNIT_POS_X) as usize] = part;
        }
        sync_cube();
        #[unroll]
        for i in 0..block {
            let row = UNIT_POS_Y * block + i;
            let mut highest = largest[i as usize];
            for x in 0..SIDE {
                highest = max(highest, parts[(row * SIDE + x) as usize]);
            }
            let shrink = (largest[i as usize] - highest).exp();
            largest[i as usize] = highest;
            normaliser[i as usize] = normaliser[i as usize] * shrink;
            #[unroll]
            for c in 0..strips {
                let at = comptime!((i * strips + c) as usize);
                sum[at] = sum[at] * shrink;
            }
            #[unroll]
            for j in 0..block {
                let score = s[comptime!((i * block + j) as usize)];
                // A row that sees nothing here must not take the difference of two infinities for 0.
                // Not-a-numbers are not below it, and stay.
                let weight = select(score < f32::new(comptime!(LOWEST / 2.0)), 0.0f32, (score - highest).exp());
                normaliser[i as usize] += weight;
                p[(row * comptime!(tile + 1) + UNIT_POS_X + j * SIDE) as usize] = weight;
            }
        }
        // All units are past the keys since the last barrier but one.
        load(qkv, &mut kv, key, key_end, comptime!(3 * width), 2 * width + head * size, bias, 1.0f32, size, tile, true);
        sync_cube();
        accumulate(&p, &kv, &mut sum, size, tile, false);
    }
    sync_cube();
    #[unroll]
    for i in 0..block {
        parts[((UNIT_POS_Y * block + i) * SIDE + UNIT_POS_X) as usize] = normaliser[i as usize];
    }
    sync_cube();
    #[unroll]
    for i in 0..block {
        let row = UNIT_POS_Y * block + i;
        let mut total = 0.0f32;
        for x in 0..SIDE {
            total += parts[(row * SIDE + x) as usize];
        }
        #[unroll]
        for c in 0..strips {
            let at = comptime!((i * strips + c) as usize);
            sum[at] = sum[at] / total;
        }
        if UNIT_POS_X == 0 && first + row < end {
            sums[(((first + row) * heads + head) * 2) as usize] = largest[i as usize] + total.ln();
        }
    }
    store(&sum, out, first, end, width, head * size, size, block);
}

#[cube(launch_unchecked)]
fn delta_kernel<E: Float>(out: &Array<E>, dout: &Array<E>, sums: &mut Array<f32>, #[comptime] size: u32) {
    if ABSOLUTE_POS < sums.len() / 2 {
        let begin = ABSOLUTE_POS * comptime!(size as usize);
        let mut sum = 0.0f32;
        for i in 0..comptime!(size as usize) {
            sum += f32::cast_from(out[begin + i]) * f32::cast_from(dout[begin + i]);
        }
        sums[ABSOLUTE_POS * 2 + 1] = sum;
    }
}

/// From scores in `s` and products `dO V^T` in `d`: probabilities into `s`, gradients of the scores into `d`. Rows of
/// the block are queries.
#[cube]
#[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
fn score_gradients(
    s: &mut Array<f32>,
    d: &mut Array<f32>,
    own: &Array<u32>,
    sums: &Array<f32>,
    queries: (u32, u32),
    keys: (u32, u32),
    masked: bool,
    #[comptime] heads: u32,
    #[comptime] block: u32,
) {
    let (first, end) = queries;
    let (key, key_end) = keys;
    #[unroll]
    for i in 0..block {
        let row = first + UNIT_POS_Y * block + i;
        let mut own_first = 0u32;
        let mut log_sum = 0.0f32;
        let mut delta = 0.0f32;
        if row < end {
            own_first = own[row as usize];
            log_sum = sums[((row * heads + CUBE_POS_Y) * 2) as usize];
            delta = sums[((row * heads + CUBE_POS_Y) * 2 + 1) as usize];
        }
        #[unroll]
        for j in 0..block {
            let at = comptime!((i * block + j) as usize);
            let column = key + UNIT_POS_X + j * SIDE;
            let seen = row < end && column < key_end && (!masked || (own_first <= column && column <= row));
            let weight = select(seen, (s[at] - log_sum).exp(), 0.0f32);
            s[at] = weight;
            d[at] = weight * (d[at] - delta);
        }
    }
}

/// Puts this unit's block into a tile of scores.
#[cube]
fn publish(from: &Array<f32>, to: &mut SharedMemory<f32>, #[comptime] tile: u32) {
    let block = comptime!(tile / SIDE);
    #[unroll]
    for i in 0..block {
        #[unroll]
        for j in 0..block {
            let place = (UNIT_POS_Y * block + i) * comptime!(tile + 1) + UNIT_POS_X + j * SIDE;
            to[place as usize] = from[comptime!((i * block + j) as usize)];
        }
    }
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers and shapes")]
fn query_gradient_kernel<E: Float>(
    qkv: &Array<E>,
    bias: &Array<f32>,
    dout: &Array<E>,
    tiles: &Array<u32>,
    own: &Array<u32>,
    sums: &Array<f32>,
    dqkv: &mut Array<E>,
    scale: f32,
    #[comptime] heads: u32,
    #[comptime] size: u32,
    #[comptime] tile: u32,
) {
    let block = comptime!(tile / SIDE);
    let strips = comptime!(size.div_ceil(SIDE));
    let width = comptime!(heads * size);
    let mut q = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut k = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut v = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut g = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut ds = SharedMemory::<f32>::new(comptime!((tile * (tile + 1)) as usize));
    let mut s = Array::<f32>::new(comptime!((block * block) as usize));
    let mut d = Array::<f32>::new(comptime!((block * block) as usize));
    let mut sum = Array::<f32>::new(comptime!((block * strips) as usize));
    zero(&mut sum, comptime!(block * strips));
    let head = CUBE_POS_Y;
    let (first, end) = (tiles[CUBE_POS_X as usize * 6], tiles[CUBE_POS_X as usize * 6 + 1]);
    load(qkv, &mut q, first, end, comptime!(3 * width), head * size, bias, scale, size, tile, true);
    load(dout, &mut g, first, end, width, head * size, bias, 1.0f32, size, tile, false);
    for step in 0..steps(tiles, tile) {
        let (key, key_end, masked) = walk(tiles, step, tile);
        sync_cube();
        load(qkv, &mut k, key, key_end, comptime!(3 * width), width + head * size, bias, 1.0f32, size, tile, true);
        load(qkv, &mut v, key, key_end, comptime!(3 * width), 2 * width + head * size, bias, 1.0f32, size, tile, true);
        sync_cube();
        block_products(&q, &k, &mut s, size, block);
        block_products(&g, &v, &mut d, size, block);
        score_gradients(&mut s, &mut d, own, sums, (first, end), (key, key_end), masked, heads, block);
        publish(&d, &mut ds, tile);
        sync_cube();
        accumulate(&ds, &k, &mut sum, size, tile, false);
    }
    #[unroll]
    for i in 0..comptime!(block * strips) {
        sum[i as usize] = sum[i as usize] * scale;
    }
    store(&sum, dqkv, first, end, comptime!(3 * width), head * size, size, block);
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, reason = "a kernel's buffers and shapes")]
fn key_value_gradient_kernel<E: Float>(
    qkv: &Array<E>,
    bias: &Array<f32>,
    dout: &Array<E>,
    tiles: &Array<u32>,
    own: &Array<u32>,
    sums: &Array<f32>,
    dqkv: &mut Array<E>,
    scale: f32,
    #[comptime] heads: u32,
    #[comptime] size: u32,
    #[comptime] tile: u32,
) {
    let block = comptime!(tile / SIDE);
    let strips = comptime!(size.div_ceil(SIDE));
    let width = comptime!(heads * size);
    let mut q = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut k = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut v = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut g = SharedMemory::<f32>::new(comptime!((tile * (size + 1)) as usize));
    let mut p = SharedMemory::<f32>::new(comptime!((tile * (tile + 1)) as usize));
    let mut ds = SharedMemory::<f32>::new(comptime!((tile * (tile + 1)) as usize));
    let mut s = Array::<f32>::new(comptime!((block * block) as usize));
    let mut d = Array::<f32>::new(comptime!((block * block) as usize));
    let mut key_sum = Array::<f32>::new(comptime!((block * strips) as usize));
    let mut value_sum = Array::<f32>::new(comptime!((block * strips) as usize));
    zero(&mut key_sum, comptime!(block * strips));
    zero(&mut value_sum, comptime!(block * strips));
    let head = CUBE_POS_Y;
    let (key, key_end) = (tiles[CUBE_POS_X as usize * 6], tiles[CUBE_POS_X as usize * 6 + 1]);
    load(qkv, &mut k, key, key_end, comptime!(3 * width), width + head * size, bias, 1.0f32, size, tile, true);
    load(qkv, &mut v, key, key_end, comptime!(3 * width), 2 * width + head * size, bias, 1.0f32, size, tile, true);
    for step in 0..steps(tiles, tile) {
        let (first, end, masked) = walk(tiles, step, tile);
        sync_cube();
        // Scaled queries serve both: the scores, and the keys' gradient, which has the same factor.
        load(qkv, &mut q, first, end, comptime!(3 * width), head * size, bias, scale, size, tile, true);
        load(dout, &mut g, first, end, width, head * size, bias, 1.0f32, size, tile, false);
        sync_cube();
        block_products(&q, &k, &mut s, size, block);
        block_products(&g, &v, &mut d, size, block);
        score_gradients(&mut s, &mut d, own, sums, (first, end), (key, key_end), masked, heads, block);
        publish(&s, &mut p, tile);
        publish(&d, &mut ds, tile);
        sync_cube();
        accumulate(&p, &g, &mut value_sum, size, tile, true);
        accumulate(&ds, &q, &mut key_sum, size, tile, true);
    }
    store(&key_sum, dqkv, key, key_end, comptime!(3 * width), width + head * size, size, block);
    store(&value_sum, dqkv, key, key_end, comptime!(3 * width), 2 * width + head * size, size, block);
}

fn check(tables: &Tables, heads: Heads, qkv: usize) {
    assert!(heads.count > 0 && heads.width > 0 && heads.width.is_multiple_of(heads.count));
    assert!(qkv == tables.padded * 3 * heads.width && qkv < 1 << 32);
}

fn grid(tiles: &Buffer<u32>, heads: Heads) -> (CubeCount, CubeDim) {
    assert!(tiles.len() / 6 <= MAX_TILES && heads.count <= MAX_TILES);
    (CubeCount::Static((tiles.len() / 6) as u32, heads.count as u32, 1), CubeDim::new_2d(SIDE, SIDE))
}

/// Attention of a batch whose tables were made for this tile. `qkv` `[rows, 3 width]` without its bias `[3 width]`,
/// `out`
/// `[rows, width]`, `sums` `[rows, heads, 2]`: the logarithms of the normalisers and, for [`backward`], room.
pub(crate) fn forward<R: Runtime, E: Element>(
    context: &Context<R>,
    tables: &Tables,
    (heads, tile): (Heads, usize),
    (qkv, bias): (&Buffer<E>, &Buffer<f32>),
    out: &Buffer<E>,
    sums: &Buffer<f32>,
) {
    check(tables, heads, qkv.len());
    assert!(out.len() == tables.padded * heads.width && sums.len() == tables.padded * heads.count * 2);
    assert!(bias.len() == 3 * heads.width);
    let (count, dim) = grid(&tables.query_tiles, heads);
    // SAFETY: rows of all tiles are below the batch's number of rows, loads and stores are guarded by the tiles' ends
    // and the size of a head; the assertions give the buffers these shapes. The walk over tiles is finite.
    unsafe {
        forward_kernel::launch_unchecked::<E, R>(
            context.client(),
            count,
            dim,
            qkv.argument(),
            bias.argument(),
            tables.query_tiles.argument(),
            tables.own.argument(),
            out.argument(),
            sums.argument(),
            heads.scale(),
            heads.count as u32,
            heads.size() as u32,
            tile as u32,
        );
    }
}

/// Inputs of the backward pass: see [`forward`]; `dout` is the gradient of `out`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saved<'a, E> {
    pub qkv: &'a Buffer<E>,
    pub bias: &'a Buffer<f32>,
    pub out: &'a Buffer<E>,
    pub sums: &'a Buffer<f32>,
    pub dout: &'a Buffer<E>,
}

/// Gradient of [`forward`]: overwrites `dqkv` `[rows, 3 width]`.
pub(crate) fn backward<R: Runtime, E: Element>(
    context: &Context<R>,
    tables: &Tables,
    (heads, tile): (Heads, usize),
    saved: Saved<'_, E>,
    dqkv: &Buffer<E>,
) {
    check(tables, heads, saved.qkv.len());
    assert!(dqkv.len() == saved.qkv.len() && saved.sums.len() == tables.rows * heads.count * 2);
    // Rows that nobody asked for would have gradients that nobody computes.
    assert!(tables.padded == tables.rows);
    assert!(saved.bias.len() == 3 * heads.width);
    assert!(saved.out.len() == tables.rows * heads.width && saved.dout.len() == saved.out.len());
    let size = heads.size() as u32;
    // SAFETY: a unit for each delta, guarded; `out` and `dout` have `size` values for each.
    unsafe {
        let (count, dim) = (cubes_for(saved.sums.len() / 2), CubeDim::new_1d(UNITS));
        let (out, dout) = (saved.out.argument(), saved.dout.argument());
        delta_kernel::launch_unchecked::<E, R>(context.client(), count, dim, out, dout, saved.sums.argument(), size);
    }
    let (count, dim) = grid(&tables.query_tiles, heads);
    // SAFETY: as in `forward`; each row's query part is written by the one cube that has it.
    unsafe {
        query_gradient_kernel::launch_unchecked::<E, R>(
            context.client(),
            count,
            dim,
            saved.qkv.argument(),
            saved.bias.argument(),
            saved.dout.argument(),
            tables.query_tiles.argument(),
            tables.own.argument(),
            saved.sums.argument(),
            dqkv.argument(),
            heads.scale(),
            heads.count as u32,
            size,
            tile as u32,
        );
    }
    let (count, dim) = grid(&tables.key_tiles, heads);
    // SAFETY: as in `forward`; each row's key and value parts are written by the one cube that has it.
    unsafe {
        key_value_gradient_kernel::launch_unchecked::<E, R>(
            context.client(),
            count,
            dim,
            saved.qkv.argument(),
            saved.bias.argument(),
            saved.dout.argument(),
            tables.key_tiles.argument(),
            tables.own.argument(),
            saved.sums.argument(),
            dqkv.argument(),
            heads.scale(),
            heads.count as u32,
            size,
            tile as u32,
        );
    }
}
