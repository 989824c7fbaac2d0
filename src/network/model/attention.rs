//! Attention over packed sequences: a row sees its sequence's prefix and, causally, its own branch.
//!
//! The forward and backward passes process a group of rows and a head at a time: one product against the context that
//! all rows of the group share, and a small one for each member against itself. Masked scores are never computed. The
//! backward pass computes probabilities again from the saved logarithm of the softmax's normaliser (FlashAttention-2,
//! Dao 2023), so that no matrix of probabilities is kept.

use super::elementwise::{add_scaled, dot, exp_shifted, softmax, softmax_backward};
use super::float::{Float, Matrix, Write, product};
use super::packed::{Group, Packed, Span};

/// Head count and width; the width is a multiple of the head count.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    pub count: usize,
    pub width: usize,
}

impl Heads {
    fn size(self) -> usize {
        self.width / self.count
    }

    fn scale<F: Float>(self) -> F {
        F::from_f64(1.0 / (self.size() as f64).sqrt())
    }
}

/// A third of a row of `qkv`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Query = 0,
    Key = 1,
    Value = 2,
}

/// One head's view into `qkv` `[rows, 3 width]`.
struct HeadView<'a, F> {
    qkv: &'a [F],
    heads: Heads,
    head: usize,
}

impl<'a, F: Float> HeadView<'a, F> {
    fn offset(&self, part: Part, row: usize) -> usize {
        row * 3 * self.heads.width + part as usize * self.heads.width + self.head * self.heads.size()
    }

    fn matrix(&self, part: Part, row: usize, rows: usize) -> Matrix<'a, F> {
        let size = self.heads.size();
        if rows == 0 {
            return Matrix::new(&[], 0, size, size);
        }
        Matrix::new(&self.qkv[self.offset(part, row)..], rows, size, 3 * self.heads.width)
    }
}

/// The tokens to which all rows of a group attend: their keys and values, one row a token, the key `[width]` first and
/// the value `[width]` behind it.
#[derive(Clone, Copy)]
pub(super) struct Context<'a, F> {
    data: &'a [F],
    length: usize,
    stride: usize,
}

impl<'a, F: Float> Context<'a, F> {
    /// Rows of `qkv` `[rows, 3 width]`.
    pub fn of_rows(qkv: &'a [F], span: Span, heads: Heads) -> Self {
        let data = if span.length == 0 { &[] } else { &qkv[(3 * span.start + 1) * heads.width..] };
        Self { data, length: span.length, stride: 3 * heads.width }
    }

    /// Keys and values of `length` tokens put together: `[length, 2 width]`.
    pub fn gathered(data: &'a [F], length: usize, heads: Heads) -> Self {
        Self { data, length, stride: 2 * heads.width }
    }

    fn matrix(&self, heads: Heads, head: usize, part: Part) -> Matrix<'a, F> {
        let size = heads.size();
        if self.length == 0 {
            return Matrix::new(&[], 0, size, size);
        }
        let offset = head * size + if part == Part::Value { heads.width } else { 0 };
        Matrix::new(&self.data[offset..], self.length, size, self.stride)
    }
}

/// Grows a scratch buffer; its content is arbitrary.
fn scratch<F: Float>(buffer: &mut Vec<F>, length: usize) -> &mut [F] {
    if buffer.len() < length {
        buffer.resize(length, F::ZERO);
    }
    &mut buffer[..length]
}

/// Scores `scale q k^T` of a group: row `r` holds the context's columns, then those of its own member.
fn scores<F: Float>(view: &HeadView<'_, F>, group: &Group<'_>, context: Context<'_, F>, out: &mut [F], stride: usize) {
    let rows = group.rows();
    let scale = view.heads.scale();
    let queries = view.matrix(Part::Query, rows.start, rows.length);
    let keys = context.matrix(view.heads, view.head, Part::Key);
    product(out, stride, Write::Set, queries, keys.transposed(), scale);
    for member in group.members.iter().filter(|m| m.length > 0) {
        let at = (member.start - rows.start) * stride + context.length;
        let queries = view.matrix(Part::Query, member.start, member.length);
        let keys = view.matrix(Part::Key, member.start, member.length);
        product(&mut out[at..], stride, Write::Set, queries, keys.transposed(), scale);
    }
}

/// Attention of one group to a context and to its members themselves: `out` `[rows, width]` gets the heads' outputs,
/// `log_sum` (if given) `[heads * rows of the batch]` the softmax normalisers. Rows are counted from `first_row` in
/// `out`, which so can hold the last rows of `qkv` only.
pub(super) fn attend_group<F: Float>(
    qkv: &[F],
    heads: Heads,
    (group, context): (&Group<'_>, Context<'_, F>),
    (out, first_row): (&mut [F], usize),
    mut log_sum: Option<&mut [F]>,
    buffer: &mut Vec<F>,
) {
    let rows = group.rows();
    let stride = context.length + group.longest();
    for head in 0..heads.count {
        let view = HeadView { qkv, heads, head };
        let p = scratch(buffer, rows.length * stride);
        scores(&view, group, context, p, stride);
        let at = |row: usize| (row - first_row) * heads.width + head * heads.size();
        for member in group.members {
            for i in 0..member.length {
                let row = &mut p[(member.start - rows.start + i) * stride..][..context.length + member.length];
                let (seen, unseen) = row.split_at_mut(context.length + i + 1);
                let normaliser = softmax(seen);
                unseen.fill(F::ZERO);
                if let Some(log_sum) = log_sum.as_deref_mut() {
                    log_sum[(member.start + i) * heads.count + head] = normaliser;
                }
            }
        }
        let probabilities = Matrix::new(p, rows.length, context.length, stride);
        let values = context.matrix(heads, head, Part::Value);
        product(&mut out[at(rows.start)..], heads.width, Write::Set, probabilities, values, F::ONE);
        for member in group.members.iter().filter(|m| m.length > 0) {
            let own = &p[(member.start - rows.start) * stride + context.length..];
            let probabilities = Matrix::new(own, member.length, member.length, stride);
            let values = view.matrix(Part::Value, member.start, member.length);
            product(&mut out[at(member.start)..], heads.width, Write::Add, probabilities, values, F::ONE);
        }
    }
}

/// Attention of single rows: of `queries` `[count, width]` to a context and to their own branches, of which `own` gives
/// for each query the first row in `qkv` and the number of rows seen. Overwrites `out` `[count, width]`.
pub(super) fn attend_places<F: Float>(
    heads: Heads,
    qkv: &[F],
    context: Context<'_, F>,
    queries: &[F],
    own: impl Iterator<Item = (usize, usize)> + Clone,
    out: &mut [F],
    buffer: &mut Vec<F>,
) {
    let count = queries.len() / heads.width;
    if count == 0 {
        return;
    }
    let (size, scale) = (heads.size(), heads.scale::<F>());
    let stride = context.length + own.clone().map(|(_, seen)| seen).max().unwrap_or(0);
    for head in 0..heads.count {
        let view = HeadView { qkv, heads, head };
        let place = |part, row| &qkv[view.offset(part, row)..][..size];
        let p = scratch(buffer, count * stride);
        let rows = Matrix::new(&queries[head * size..], count, size, heads.width);
        product(p, stride, Write::Set, rows, context.matrix(heads, head, Part::Key).transposed(), scale);
        for ((p, query), (first, seen)) in p.chunks_exact_mut(stride).zip(queries.chunks(heads.width)).zip(own.clone())
        {
            let query = &query[head * size..][..size];
            for (j, score) in p[context.length..][..seen].iter_mut().enumerate() {
                *score = scale * dot(query, place(Part::Key, first + j));
            }
            softmax(&mut p[..context.length + seen]);
        }
        let probabilities = Matrix::new(p, count, context.length, stride);
        let values = context.matrix(heads, head, Part::Value);
        product(&mut out[head * size..], heads.width, Write::Set, probabilities, values, F::ONE);
        for ((p, out), (first, seen)) in p.chunks_exact(stride).zip(out.chunks_mut(heads.width)).zip(own.clone()) {
            for (j, &weight) in p[context.length..][..seen].iter().enumerate() {
                add_scaled(&mut out[head * size..][..size], weight, place(Part::Value, first + j));
            }
        }
    }
}

/// Attention of a packed batch. Shapes: `qkv` `[rows, 3 width]`, `out` `[rows, width]`, `log_sum` `[rows, heads]`.
pub(super) fn forward<F: Float>(
    packed: &Packed,
    heads: Heads,
    qkv: &[F],
    out: &mut [F],
    mut log_sum: Option<&mut [F]>,
    buffer: &mut Vec<F>,
) {
    packed.for_each_group(|group| {
        let context = Context::of_rows(qkv, group.context, heads);
        attend_group(qkv, heads, (&group, context), (&mut *out, 0), log_sum.as_deref_mut(), buffer);
    });
}

/// Input of the backward pass: see [`forward`] for the shapes; `dout` is the gradient of `out`.
pub(super) struct Saved<'a, F> {
    pub qkv: &'a [F],
    pub out: &'a [F],
    pub log_sum: &'a [F],
    pub dout: &'a [F],
}

/// Gradient of [`forward`]: overwrites `dqkv` `[rows, 3 width]`.
pub(super) fn backward<F: Float>(
    packed: &Packed,
    heads: Heads,
    saved: &Saved<'_, F>,
    dqkv: &mut [F],
    buffers: &mut [Vec<F>; 2],
) {
    dqkv.fill(F::ZERO);
    packed.for_each_group(|group| {
        for head in 0..heads.count {
            backward_group(heads, head, &group, saved, dqkv, buffers);
        }
    });
}

fn backward_group<F: Float>(
    heads: Heads,
    head: usize,
    group: &Group<'_>,
    saved: &Saved<'_, F>,
    dqkv: &mut [F],
    [p_buffer, d_buffer]: &mut [Vec<F>; 2],
) {
    let (rows, context, size) = (group.rows(), group.context, heads.size());
    let stride = context.length + group.longest();
    let view = HeadView { qkv: saved.qkv, heads, head };
    let p = scratch(p_buffer, rows.length * stride);
    let d = scratch(d_buffer, rows.length * stride);
    let at = |row: usize| row * heads.width + head * size;
    let dout = |row: usize, count: usize| {
        if count == 0 {
            return Matrix::new(&[], 0, size, size);
        }
        Matrix::new(&saved.dout[at(row)..], count, size, heads.width)
    };

    // Probabilities, and the gradient of them: dP = dO V^T.
    scores(&view, group, Context::of_rows(saved.qkv, context, heads), p, stride);
    let values = view.matrix(Part::Value, context.start, context.length);
    product(d, stride, Write::Set, dout(rows.start, rows.length), values.transposed(), F::ONE);
    for member in group.members.iter().filter(|m| m.length > 0) {
        let own = (member.start - rows.start) * stride + context.length;
        let values = view.matrix(Part::Value, member.start, member.length);
        product(&mut d[own..], stride, Write::Set, dout(member.start, member.length), values.transposed(), F::ONE);
        for i in 0..member.length {
            let row = member.start + i;
            let begin = (row - rows.start) * stride;
            let (seen, end) = (context.length + i + 1, context.length + member.length);
            exp_shifted(&mut p[begin..begin + seen], saved.log_sum[row * heads.count + head]);
            p[begin + seen..begin + end].fill(F::ZERO);
            // delta = sum_j P_j dP_j = dO . O
            let delta = dot(&saved.dout[at(row)..at(row) + size], &saved.out[at(row)..at(row) + size]);
            softmax_backward(&p[begin..begin + seen], &mut d[begin..begin + seen], delta);
            d[begin + seen..begin + end].fill(F::ZERO);
        }
    }

    let context_part = (rows, context, 0);
    let own_parts = group.members.iter().map(|m| (*m, *m, (m.start - rows.start) * stride + context.length));
    for (queries, keys, begin) in std::iter::once(context_part).chain(own_parts) {
        if queries.length == 0 || keys.length == 0 {
            continue;
        }
        let dscores = Matrix::new(&d[begin..], queries.length, keys.length, stride);
        let probabilities = Matrix::new(&p[begin..], queries.length, keys.length, stride);
        let (scale, wide) = (heads.scale(), 3 * heads.width);
        let (q, k) = (view.matrix(Part::Query, queries.start, queries.length), keys);
        let k_matrix = view.matrix(Part::Key, k.start, k.length);
        product(&mut dqkv[view.offset(Part::Query, queries.start)..], wide, Write::Add, dscores, k_matrix, scale);
        product(&mut dqkv[view.offset(Part::Key, k.start)..], wide, Write::Add, dscores.transposed(), q, scale);
        let douts = dout(queries.start, queries.length);
        product(
            &mut dqkv[view.offset(Part::Value, k.start)..],
            wide,
            Write::Add,
            probabilities.transposed(),
            douts,
            F::ONE,
        );
    }
}
