//! Rows of tables: gathered, and gradients scattered back.

use crate::context::{Buffer, Context, Element, Parcel, Part, Sent, UNITS, cubes_for};
use cubecl::prelude::*;

#[cube(launch_unchecked)]
fn gather_kernel<I: Float, O: Float>(x: &Array<I>, rows: &Array<u32>, out: &mut Array<O>, width: u32) {
    if ABSOLUTE_POS < out.len() {
        let (row, column) = (ABSOLUTE_POS / width as usize, ABSOLUTE_POS % width as usize);
        out[ABSOLUTE_POS] = O::cast_from(x[rows[row] as usize * width as usize + column]);
    }
}

#[cube(launch_unchecked)]
fn gather_pair_kernel<I: Float>(
    x: &Array<f32>,
    y: &Array<I>,
    rows: &Array<u32>,
    x_out: &mut Array<f32>,
    y_out: &mut Array<I>,
    width: u32,
) {
    if ABSOLUTE_POS < x_out.len() {
        let (row, column) = (ABSOLUTE_POS / width as usize, ABSOLUTE_POS % width as usize);
        let from = rows[row] as usize * width as usize + column;
        x_out[ABSOLUTE_POS] = x[from];
        y_out[ABSOLUTE_POS] = y[from];
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
    #[comptime] add: bool,
) {
    let (target, column) = (ABSOLUTE_POS / width as usize, ABSOLUTE_POS % width as usize);
    if target < targets.len() {
        let mut sum = 0.0f32;
        for i in offsets[target]..offsets[target + 1] {
            sum += x[sources[i as usize] as usize * width as usize + column];
        }
        let at = targets[target] as usize * width as usize + column;
        if comptime!(add) {
            sum += out[at];
        }
        out[at] = sum;
    }
}

/// Which rows are added to which: rows `sources[offsets[i]..offsets[i + 1]]` to row `targets[i]`. Made on the host, so
/// that the device adds in a fixed order without atomics.
#[derive(Clone, Debug)]
pub(crate) struct ScatterPlan {
    targets: Part,
    offsets: Part,
    sources: Part,
    source_rows: usize,
    target_rows: usize,
    add: bool,
}

impl ScatterPlan {
    /// Row `i` is added to row `to[i]`. With `rows`, all of so many rows are overwritten with what goes to them.
    pub fn new(parcel: &mut Parcel, to: &[u32], rows: Option<usize>) -> Self {
        let mut sources: Vec<u32> = (0..to.len() as u32).collect();
        // Stable: sources of a target stay in order.
        sources.sort_by_key(|&s| to[s as usize]);
        let last = sources.last().map_or(0, |&s| to[s as usize] as usize + 1);
        assert!(rows.is_none_or(|rows| rows >= last));
        let mut targets: Vec<u32> = match rows {
            Some(rows) => (0..rows as u32).collect(),
            None => sources.iter().map(|&s| to[s as usize]).collect(),
        };
        targets.dedup();
        let mut offsets = vec![0];
        for &target in &targets {
            let from = offsets[offsets.len() - 1] as usize;
            let count = sources[from..].iter().take_while(|&&s| to[s as usize] == target).count();
            offsets.push((from + count) as u32);
        }
        let (source_rows, target_rows) = (to.len(), rows.unwrap_or(last));
        let [targets, offsets, sources] = [targets, offsets, sources].map(|table| parcel.put(table));
        Self { targets, offsets, sources, source_rows, target_rows, add: rows.is_none() }
    }

    /// The plan on the device.
    pub fn sent(&self, sent: &Sent) -> Scatter {
        let [targets, offsets, sources] = [&self.targets, &self.offsets, &self.sources].map(|part| sent.table(part));
        let Self { source_rows, target_rows, add, .. } = *self;
        Scatter { targets, offsets, sources, source_rows, target_rows, add }
    }
}

/// Sums of rows on the device.
#[derive(Clone, Debug)]
pub struct Scatter {
    targets: Buffer<u32>,
    offsets: Buffer<u32>,
    sources: Buffer<u32>,
    /// Bounds of what it reads and writes: one more than the largest source and target.
    source_rows: usize,
    target_rows: usize,
    /// Whether sums are added to what is there.
    add: bool,
}

impl Scatter {
    /// Row `i` is added to row `to[i]`.
    pub fn new<R: Runtime>(context: &Context<R>, to: &[u32]) -> Self {
        let mut parcel = Parcel::default();
        let plan = ScatterPlan::new(&mut parcel, to, None);
        plan.sent(&parcel.send(context))
    }

    /// `out[to[i]] += x[i]` for all `i`, or `=`; rows of both have `width` elements.
    pub fn run<R: Runtime>(&self, context: &Context<R>, x: &Buffer<f32>, out: &Buffer<f32>, width: usize) {
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
                self.add,
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

    /// Indices that were sent with other tables.
    pub(crate) fn sent(sent: &Sent, part: &Part, indices: &[u32]) -> Self {
        Self { indices: sent.table(part), bound: indices.iter().max().map_or(0, |&i| i as usize + 1) }
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

/// `out[i] = x[rows[i]]`, rows of `width`, in another type if wanted.
pub fn gather<R: Runtime, I: Element, O: Element>(
    context: &Context<R>,
    x: &Buffer<I>,
    rows: &Rows,
    width: usize,
) -> Buffer<O> {
    let out = context.empty(rows.len() * width);
    assert!(rows.bound * width <= x.len() && width > 0);
    if out.is_empty() {
        return out;
    }
    let (count, dim) = (cubes_for(out.len()), CubeDim::new_1d(UNITS));
    // SAFETY: the assertion bounds all rows that are read; `out` guards the units.
    unsafe {
        let (x, indices, to) = (x.argument(), rows.indices.argument(), out.argument());
        gather_kernel::launch_unchecked::<I, O, R>(context.client(), count, dim, x, indices, to, width as u32);
    }
    out
}

/// [`gather`] from two buffers, of which both have these rows.
pub(crate) fn gather_pair<R: Runtime, I: Element>(
    context: &Context<R>,
    (x, y): (&Buffer<f32>, &Buffer<I>),
    rows: &Rows,
    width: usize,
) -> (Buffer<f32>, Buffer<I>) {
    let length = rows.len() * width;
    let (x_out, y_out) = (context.empty(length), context.empty(length));
    assert!(rows.bound * width <= x.len() && x.len() == y.len() && width > 0 && length > 0);
    let (count, dim) = (cubes_for(length), CubeDim::new_1d(UNITS));
    // SAFETY: the assertion bounds all rows that are read; `x_out`, as long as `y_out`, guards the units.
    unsafe {
        let (x, y, indices) = (x.argument(), y.argument(), rows.indices.argument());
        let (to_x, to_y) = (x_out.argument(), y_out.argument());
        gather_pair_kernel::launch_unchecked::<I, R>(
            context.client(),
            count,
            dim,
            x,
            y,
            indices,
            to_x,
            to_y,
            width as u32,
        );
    }
    (x_out, y_out)
}
