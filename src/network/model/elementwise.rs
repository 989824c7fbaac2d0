//! Layer normalisation, GELU, softmax and sums over rows, forward and backward.

use super::float::{Float, vectorised};

/// Number of partial sums: as wide as an AVX-512 register of `f32`, and independent of the machine, so that
/// sums are the same on all.
const LANES: usize = 16;

/// Sum of `f(i, x[i])` in a fixed order that vectorises.
#[inline(always)]
fn lane_sum<F: Float>(x: &[F], f: impl Fn(usize, F) -> F) -> F {
    let mut lanes = [F::ZERO; LANES];
    let whole = x.len() - x.len() % LANES;
    for (c, chunk) in x[..whole].chunks_exact(LANES).enumerate() {
        for i in 0..LANES {
            lanes[i] += f(c * LANES + i, chunk[i]);
        }
    }
    for (i, &value) in x.iter().enumerate().skip(whole) {
        lanes[i - whole] += f(i, value);
    }
    fold_lanes(lanes)
}

/// Replaces each `x[i]` by `f(x[i])` and sums those in the order of [`lane_sum`].
#[inline(always)]
fn lane_map_sum<F: Float>(x: &mut [F], f: impl Fn(F) -> F) -> F {
    let mut lanes = [F::ZERO; LANES];
    let whole = x.len() - x.len() % LANES;
    let (body, rest) = x.split_at_mut(whole);
    for chunk in body.chunks_exact_mut(LANES) {
        for i in 0..LANES {
            chunk[i] = f(chunk[i]);
            lanes[i] += chunk[i];
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *value = f(*value);
        *lane += *value;
    }
    fold_lanes(lanes)
}

/// The sum of the partial sums.
#[inline(always)]
fn fold_lanes<F: Float>(mut lanes: [F; LANES]) -> F {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The largest element, or `None` of an empty slice.
#[inline(always)]
fn lane_max<F: Float>(x: &[F]) -> Option<F> {
    let first = *x.first()?;
    let mut lanes = [first; LANES];
    let whole = x.len() - x.len() % LANES;
    for chunk in x[..whole].chunks_exact(LANES) {
        for i in 0..LANES {
            lanes[i] = if chunk[i] > lanes[i] { chunk[i] } else { lanes[i] };
        }
    }
    for &value in &x[whole..] {
        lanes[0] = if value > lanes[0] { value } else { lanes[0] };
    }
    Some(lanes.into_iter().fold(first, |a, b| if b > a { b } else { a }))
}

vectorised! {
    /// `sum_i a[i] b[i]` over the shorter of the two.
    pub(super) fn dot<F>(a: &[F], b: &[F]) -> F {
        let length = a.len().min(b.len());
        let (a, b) = (&a[..length], &b[..length]);
        lane_sum(a, |i, x| x * b[i])
    }
}

vectorised! {
    /// Layer normalisation of each row of `x` `[rows, width]`: `out = (x - mean) * rstd * gain + bias` with
    /// `rstd = 1 / sqrt(variance + epsilon)` (Ba et al. 2016). Keeps `mean` and `rstd` `[rows]` for the way back.
    pub(super) fn layer_norm<F>(
        x: &[F], gain: &[F], bias: &[F], epsilon: F, out: &mut [F], mean: &mut [F], rstd: &mut [F],
    ) {
        let width = gain.len();
        let scale = F::ONE / F::from_f64(width as f64);
        for (r, (x, out)) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).enumerate() {
            let m = lane_sum(x, |_, v| v) * scale;
            let variance = lane_sum(x, |_, v| (v - m) * (v - m)) * scale;
            let s = F::ONE / (variance + epsilon).sqrt();
            mean[r] = m;
            rstd[r] = s;
            let bias = &bias[..width];
            for i in 0..width {
                out[i] = (x[i] - m) * s * gain[i] + bias[i];
            }
        }
    }
}

vectorised! {
    /// Gradient of [`layer_norm`]: adds to `dx`, `dgain` and `dbias`. With `h = (x - mean) rstd` and `g = dout * gain`:
    /// `dx = rstd (g - mean(g) - h mean(g h))`.
    pub(super) fn layer_norm_backward<F>(
        dout: &[F], x: &[F], gain: &[F], mean: &[F], rstd: &[F], dx: &mut [F], dgain: &mut [F], dbias: &mut [F],
    ) {
        let width = gain.len();
        let scale = F::ONE / F::from_f64(width as f64);
        let rows = dout.chunks_exact(width).zip(x.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
        for (r, ((dout, x), dx)) in rows.enumerate() {
            let (m, s) = (mean[r], rstd[r]);
            let (dgain, dbias) = (&mut dgain[..width], &mut dbias[..width]);
            let g_mean = lane_sum(dout, |i, d| d * gain[i]) * scale;
            let gh_mean = lane_sum(dout, |i, d| d * gain[i] * ((x[i] - m) * s)) * scale;
            for i in 0..width {
                let h = (x[i] - m) * s;
                dbias[i] += dout[i];
                dgain[i] += dout[i] * h;
                dx[i] += s * (dout[i] * gain[i] - g_mean - h * gh_mean);
            }
        }
    }
}

/// `2 sqrt(2 / pi)`; GELU's tanh form is `x sigmoid(2 u)`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`.
const GELU_SLOPE: f64 = 1.595_769_121_605_730_8;
/// The cubic coefficient of GELU's tanh form.
const GELU_CUBIC: f64 = 0.044_715;

vectorised! {
    /// GELU in its tanh form (Hendrycks and Gimpel 2016), as GPT-2 has it: `x (1 + tanh u) / 2 = x / (1 + exp(-2 u))`.
    pub(super) fn gelu<F>(x: &[F], out: &mut [F]) {
        let (slope, cubic) = (F::from_f64(GELU_SLOPE), F::from_f64(GELU_CUBIC));
        for (out, &x) in out.iter_mut().zip(x) {
            let u = slope * x * (F::ONE + cubic * x * x);
            *out = x / (F::ONE + (-u).exp());
        }
    }
}

vectorised! {
    /// Multiplies the gradient of [`gelu`]'s output in place by its derivative at `x`.
    pub(super) fn gelu_backward<F>(x: &[F], gradient: &mut [F]) {
        let (slope, cubic) = (F::from_f64(GELU_SLOPE), F::from_f64(GELU_CUBIC));
        let three = F::from_f64(3.0);
        for (d, &x) in gradient.iter_mut().zip(x) {
            let u = slope * x * (F::ONE + cubic * x * x);
            let s = F::ONE / (F::ONE + (-u).exp());
            *d *= s + x * s * (F::ONE - s) * slope * (F::ONE + three * cubic * x * x);
        }
    }
}

vectorised! {
    /// Fills the rows of `out` with `bias`.
    pub(super) fn fill_rows<F>(out: &mut [F], bias: &[F]) {
        for row in out.chunks_exact_mut(bias.len()) {
            row.copy_from_slice(bias);
        }
    }
}

vectorised! {
    /// `x[r] = y[r] + bias` for each row.
    pub(super) fn copy_add_rows<F>(x: &mut [F], y: &[F], bias: &[F]) {
        let width = bias.len();
        for (x, y) in x.chunks_exact_mut(width).zip(y.chunks_exact(width)) {
            for i in 0..width {
                x[i] = y[i] + bias[i];
            }
        }
    }
}

vectorised! {
    /// Adds the sum of the rows of `x` to `out`.
    pub(super) fn add_row_sums<F>(x: &[F], out: &mut [F]) {
        let width = out.len();
        for row in x.chunks_exact(width) {
            for i in 0..width {
                out[i] += row[i];
            }
        }
    }
}

vectorised! {
    /// `x += y`.
    pub(super) fn add<F>(x: &mut [F], y: &[F]) {
        for (x, &y) in x.iter_mut().zip(y) {
            *x += y;
        }
    }
}

vectorised! {
    /// `x += a y`.
    pub(super) fn add_scaled<F>(x: &mut [F], a: F, y: &[F]) {
        for (x, &y) in x.iter_mut().zip(y) {
            *x += a * y;
        }
    }
}

vectorised! {
    /// Softmax in place; returns the logarithm of the normaliser `ln sum exp x`. An empty slice gives 0.
    pub(super) fn softmax<F>(x: &mut [F]) -> F {
        let Some(max) = lane_max(x) else { return F::ZERO };
        let sum = lane_map_sum(x, |v| (v - max).exp());
        let scale = F::ONE / sum;
        for v in x.iter_mut() {
            *v *= scale;
        }
        max + sum.ln()
    }
}

vectorised! {
    /// Probabilities from scores and a saved normaliser: `x = exp(x - log_sum)`.
    pub(super) fn exp_shifted<F>(x: &mut [F], log_sum: F) {
        for v in x.iter_mut() {
            *v = (*v - log_sum).exp();
        }
    }
}

vectorised! {
    /// `d = p (d - delta)`: the gradient of a softmax with probabilities `p`, where `delta = sum p d`.
    pub(super) fn softmax_backward<F>(p: &[F], d: &mut [F], delta: F) {
        for (d, &p) in d.iter_mut().zip(p) {
            *d = p * (*d - delta);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize, seed: f64) -> Vec<f64> {
        (0..count).map(|i| ((i as f64 + 1.0) * seed).sin() * 2.0).collect()
    }

    #[test]
    fn gelu_is_the_tanh_form() {
        for x in values(50, 0.7) {
            let mut out = [0.0];
            gelu(&[x], &mut out);
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            assert!((out[0] - 0.5 * x * (1.0 + u.tanh())).abs() < 1e-12);
            let mut single = [0.0f32];
            gelu(&[x as f32], &mut single);
            assert!((single[0] as f64 - out[0]).abs() < 1e-6);
        }
    }

    #[test]
    fn softmax_sums_to_one_and_keeps_its_normaliser() {
        for length in [1, 3, 16, 37] {
            let x = values(length, 1.3);
            let mut p = x.clone();
            let log_sum = softmax(&mut p);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let mut q = x.clone();
            exp_shifted(&mut q, log_sum);
            for (p, q) in p.iter().zip(&q) {
                assert!((p - q).abs() < 1e-12);
            }
        }
        assert_eq!(softmax::<f64>(&mut []), 0.0);
        // Large scores do not overflow.
        let mut large = [1e30f32, 1e30];
        softmax(&mut large);
        assert_eq!(large, [0.5, 0.5]);
    }

    #[test]
    fn vector_code_gives_the_same_bits_as_portable_code() {
        use super::super::float::{MOST, Simd};
        let run = |most: Simd| {
            MOST.set(most);
            let single = |count, seed| values(count, seed).into_iter().map(|v| v as f32).collect::<Vec<f32>>();
            let (x, y, gain, bias) = (single(3 * 45, 0.7), single(3 * 45, 1.1), single(45, 0.3), single(45, 0.4));
            let (mut out, mut mean, mut rstd) = (vec![0.0; x.len()], [0.0; 3], [0.0; 3]);
            layer_norm(&x, &gain, &bias, 1e-5, &mut out, &mut mean, &mut rstd);
            let (mut dx, mut dgain, mut dbias) = (x.clone(), gain.clone(), bias.clone());
            layer_norm_backward(&y, &x, &gain, &mean, &rstd, &mut dx, &mut dgain, &mut dbias);
            let mut activated = vec![0.0; x.len()];
            gelu(&x, &mut activated);
            let mut slope = y.clone();
            gelu_backward(&x, &mut slope);
            let mut soft = x[..101].to_vec();
            let log_sum = softmax(&mut soft);
            let mut shifted = x.clone();
            exp_shifted(&mut shifted, log_sum);
            let mut scaled = x.clone();
            add_scaled(&mut scaled, 0.37, &y);
            let numbers = vec![dot(&x, &y), log_sum];
            MOST.set(Simd::Avx512);
            [out, dx, dgain, dbias, activated, slope, soft, shifted, scaled, numbers].concat()
        };
        let portable = run(Simd::Portable);
        assert!(portable.iter().all(|v| v.is_finite()));
        // Where the processor lacks one of these, the next lower is tested in its place.
        assert_eq!(run(Simd::Avx2), portable);
        assert_eq!(run(Simd::Avx512), portable);
    }

    #[test]
    fn dot_and_row_sums() {
        let (a, b) = (values(37, 0.3), values(37, 0.9));
        let exact: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
        assert!((dot(&a, &b) - exact).abs() < 1e-12);
        let mut out = vec![1.0; 5];
        add_row_sums(&values(15, 0.2), &mut out);
        let v = values(15, 0.2);
        assert!((out[2] - (1.0 + v[2] + v[7] + v[12])).abs() < 1e-12);
    }
}
