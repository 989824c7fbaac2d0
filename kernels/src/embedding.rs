//! Rows of tables: gathered, and gradients scattered back.

use crate::context::{Buffer, Context, Element, UNITS, cubes_for};
use cubecl::prelude::*;

#[cube(launch_unchecked)]
fn embed_kernel(
    tokens: &Array<u32>,
    positions: &Array<u32>,
    table: &Array<f32>,
    places: &Array<f32>,
    out: &mut Array<f32>,
    width: u32,
) {
    if ABSOLUTE_POS < out.len() {
        let (row, column) = (ABSOLUTE_POS / width as usize, ABSOLUTE_POS % width as usize);
        let token = table[tokens[row] as usize * width as usize + column];
        out[ABSOLUTE_POS] = token + places[positions[row] as usize * width as usize + column];
    }
}

#[cube(launch_unchecked)]
fn gather_kernel<I: Float, O: Float>(x: &Array<I>, rows: &Array<u32>, out: &mut Array<O>, width: u32) {
    if ABSOLUTE_POS < out.len() {
        let (row, column) = (ABSOLUTE_POS / width as usize, ABSOLUTE_POS % width as usize);
        out[ABSOLUTE_POS] = O::cast_from(x[rows[row] as usize * width as usize + column]);
    }
}

#[cube(launch_unchecked)]
fn scatter_kernel(
    x: &Array<f32>,
    targets: &Array<u32>,
    offsets: &Array<u32>,
    sources: &Array<u32>,
    out: &mut Array<f32>,
    width: u32,
) {
    let (target, column) = (ABSOLUTE_POS / width as usize, ABSOLUTE_POS % width as usize);
    if target < targets.len() {
        let mut sum = 0.0f32;
        for i in offsets[target]..offsets[target + 1] {
            sum += x[sources[i as usize] as usize * width as usize + column];
        }
        let at = targets[target] as usize * width as usize + column;
        out[at] += sum;
    }
}

/// Which rows are added to which: rows `sources[offsets[i]..offsets[i + 1]]` to row `targets[i]`. Made on the host, so
/// that the device adds in a fixed order without atomics.
#[derive(Clone, Debug)]
pub struct Scatter {
    targets: Buffer<u32>,
    offsets: Buffer<u32>,
    sources: Buffer<u32>,
    /// Bounds of what it reads and writes: one more than the largest source and target.
    source_rows: usize,
    target_rows: usize,
}

impl Scatter {
    /// Row `i` goes to row `to[i]`.
    pub fn new<R: Runtime>(context: &Context<R>, to: &[u32]) -> Self {
        let mut sources: Vec<u32> = (0..to.len() as u32).collect();
        // Stable: sources of a target stay in order.
        sources.sort_by_key(|&s| to[s as usize]);
        let (mut targets, mut offsets) = (Vec::new(), Vec::new());
        for (i, &source) in sources.iter().enumerate() {
            let target = to[source as usize];
            if targets.last() != Some(&target) {
                targets.push(target);
                offsets.push(i as u32);
            }
        }
        offsets.push(sources.len() as u32);
        let target_rows = targets.last().map_or(0, |&t| t as usize + 1);
        Self {
            targets: context.upload(&targets),
            offsets: context.upload(&offsets),
            sources: context.upload(&sources),
            source_rows: to.len(),
            target_rows,
        }
    }

    /// `out[to[i]] += x[i]` for all `i`; rows of both have `width` elements.
    pub fn add<R: Runtime>(&self, context: &Context<R>, x: &Buffer<f32>, out: &Buffer<f32>, width: usize) {
        assert!(x.len() >= self.source_rows * width && out.len() >= self.target_rows * width && width > 0);
        if self.targets.is_empty() {
            return;
        }
        // SAFETY: sources and targets are below the bounds asserted; units beyond the last target do nothing.
        unsafe {
            scatter_kernel::launch_unchecked::<R>(
                context.client(),
                cubes_for(self.targets.len() * width),
                CubeDim::new_1d(UNITS),
                x.argument(),
                self.targets.argument(),
                self.offsets.argument(),
                self.sources.argument(),
                out.argument(),
                width as u32,
            );
        }
    }
}

/// Indices of rows on the device, with a bound that was checked on the host.
#[derive(Clone, Debug)]
pub struct Rows {
    indices: Buffer<u32>,
    bound: usize,
}

impl Rows {
    /// Uploads indices.
    pub fn new<R: Runtime>(context: &Context<R>, indices: &[u32]) -> Self {
        let bound = indices.iter().max().map_or(0, |&i| i as usize + 1);
        Self { indices: context.upload(indices), bound }
    }

    /// Number of indices.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// `out[i] = table[tokens[i]] + places[positions[i]]`, rows of `width`.
pub fn embed<R: Runtime>(
    context: &Context<R>,
    (tokens, positions): (&Rows, &Rows),
    (table, places): (&Buffer<f32>, &Buffer<f32>),
    width: usize,
) -> Buffer<f32> {
    let out = context.empty(tokens.len() * width);
    assert!(tokens.len() == positions.len() && width > 0);
    assert!(tokens.bound * width <= table.len() && positions.bound * width <= places.len());
    if !out.is_empty() {
        // SAFETY: the assertions bound all rows that are read; `out` guards the units.
        unsafe {
            embed_kernel::launch_unchecked::<R>(
                context.client(),
                cubes_for(out.len()),
                CubeDim::new_1d(UNITS),
                tokens.indices.argument(),
                positions.indices.argument(),
                table.argument(),
                places.argument(),
                out.argument(),
                width as u32,
            );
        }
    }
    out
}

/// `out[i] = x[rows[i]]`, rows of `width`, in another type if wanted.
pub fn gather<R: Runtime, I: Element, O: Element>(
    context: &Context<R>,
    x: &Buffer<I>,
    rows: &Rows,
    width: usize,
) -> Buffer<O> {
    let out = context.empty(rows.len() * width);
    gather_into(context, x, rows, &out);
    out
}

/// [`gather`] into a buffer, which says how wide rows are.
pub(crate) fn gather_into<R: Runtime, I: Element, O: Element>(
    context: &Context<R>,
    x: &Buffer<I>,
    rows: &Rows,
    out: &Buffer<O>,
) {
    if out.is_empty() {
        return;
    }
    let width = out.len() / rows.len();
    assert!(out.len() == rows.len() * width && rows.bound * width <= x.len());
    let (count, dim) = (cubes_for(out.len()), CubeDim::new_1d(UNITS));
    // SAFETY: the assertion bounds all rows that are read; `out` guards the units.
    unsafe {
        let (x, indices, out) = (x.argument(), rows.indices.argument(), out.argument());
        gather_kernel::launch_unchecked::<I, O, R>(context.client(), count, dim, x, indices, out, width as u32);
    }
}
