//! Products, norms, element-wise kernels, embeddings, loss, optimiser.

use super::*;
use crate::context::Buffer;
use crate::elementwise::{add, add_bias, bias_gelu, cast, fill, gelu_backward, residual};
use crate::embedding::{Rows, Scatter, embed, gather};
use crate::loss::{Term, Terms, cross_entropy};
use crate::norm::{NormSaved, layer_norm, layer_norm_backward};
use crate::optimizer::{AdamW, adamw};
use crate::product::{Matrix, Method, product, product_by};
use crate::reduce::{column_sums, square_sums};
use half::f16;

fn read<E: Element>(context: &Context<WgpuRuntime>, buffer: &Buffer<E>) -> Vec<E> {
    context.download(&[buffer]).unwrap().remove(0)
}

fn check_products<E: Element>(context: &Context<WgpuRuntime>, seed: u64) {
    let mut random = Random(seed);
    let shapes = [(1, 1, 1), (5, 7, 3), (64, 64, 64), (33, 128, 65), (130, 31, 1), (1, 96, 200), (70, 16, 40)];
    for (m, k, n) in shapes {
        let (a, b) = (random.values::<E>(m * k, 1.0), random.values::<E>(k * n, 1.0));
        let (exact_a, exact_b) = (wide(&a), wide(&b));
        let expected = reference::matmul(&exact_a, &exact_b, m, k, n);
        let narrow = |v: Vec<f64>| v.into_iter().map(|v| E::narrow(v as f32)).collect::<Vec<E>>();
        let (a_turned, b_turned) =
            (narrow(reference::transpose(&exact_a, m, k)), narrow(reference::transpose(&exact_b, k, n)));
        for turned in 0..4 {
            let a = if turned & 1 == 0 { context.upload(&a) } else { context.upload(&a_turned) };
            let b = if turned & 2 == 0 { context.upload(&b) } else { context.upload(&b_turned) };
            let a = if turned & 1 == 0 { Matrix::new(&a, m, k) } else { Matrix::new(&a, k, m).transposed() };
            let b = if turned & 2 == 0 { Matrix::new(&b, k, n) } else { Matrix::new(&b, n, k).transposed() };
            // The library's kernels take seconds each to compile for a software adapter: some shapes of both.
            let library = (m, turned) == (33, 0) || (m, turned) == (70, 3);
            let methods = [Method::Tiled, Method::Units];
            for &method in if library { &methods[..] } else { &methods[..1] } {
                let out = context.empty::<f32>(m * n);
                product_by(context, method, &a, &b, &out).unwrap();
                let what = format!("{} {method:?} [{m}, {k}] [{k}, {n}] {turned}", E::NAME);
                assert_close(&read(context, &out), &expected, 2e-6, &what);
            }
            let out = context.empty::<E>(m * n);
            product(context, &a, &b, &out).unwrap();
            assert_close(&read(context, &out), &expected, tolerance::<E>(), &format!("{} {m} {k} {n}", E::NAME));
        }
    }
}

#[test]
fn products() {
    let Some(context) = context() else { return };
    check_products::<f32>(&context, 1);
    if context.supports::<f16>() {
        check_products::<f16>(&context, 2);
    } else {
        println!("SKIPPED f16: the device does not have it");
    }
    let empty = Matrix::new(&context.upload::<f32>(&[]), 0, 3);
    let other = Matrix::new(&context.upload(&[1.0f32; 6]), 3, 2);
    assert!(product(&context, &empty, &other, &context.empty::<f32>(0)).is_err());
}

fn check_norm<E: Element>(context: &Context<WgpuRuntime>, seed: u64) {
    let mut random = Random(seed);
    for (rows, width) in [(1, 1), (3, 7), (300, 96), (17, 130), (1, 513)] {
        let what = format!("{} [{rows}, {width}]", E::NAME);
        let x = random.values::<f32>(rows * width, 3.0);
        let (gain, bias) = (random.values::<f32>(width, 1.0), random.values::<f32>(width, 1.0));
        let (device_x, device_gain) = (context.upload(&x), context.upload(&gain));
        let normed = layer_norm::<_, E>(context, &device_x, &device_gain, &context.upload(&bias));
        let (x, gain, bias) = (wide(&x), wide(&gain), wide(&bias));
        let expected = reference::layer_norm(&x, &gain, &bias);
        assert_close(&read(context, &normed.out), &expected, tolerance::<E>(), &what);

        let dout = random.values::<E>(rows * width, 1.0);
        let before = random.values::<f32>(rows * width, 1.0);
        let dx = context.upload(&before);
        let (dgain, dbias) = (context.empty(width), context.empty(width));
        let saved = NormSaved {
            dout: &context.upload(&dout),
            x: &device_x,
            gain: &device_gain,
            mean: &normed.mean,
            rstd: &normed.rstd,
        };
        layer_norm_backward(context, saved, &dx, &dgain, &dbias);
        let (mut exact_dx, mut exact_dgain, mut exact_dbias) = (wide(&before), vec![0.0; width], vec![0.0; width]);
        let dout = wide(&dout);
        for r in 0..rows {
            let row = r * width..(r + 1) * width;
            let h = reference::layer_norm(&x[row.clone()], &vec![1.0; width], &vec![0.0; width]);
            let (x, d) = (&x[row.clone()], &dout[row.clone()]);
            let mean = x.iter().sum::<f64>() / width as f64;
            let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / width as f64;
            let g: Vec<f64> = (0..width).map(|i| d[i] * gain[i]).collect();
            let g_mean = g.iter().sum::<f64>() / width as f64;
            let gh_mean = g.iter().zip(&h).map(|(g, h)| g * h).sum::<f64>() / width as f64;
            for i in 0..width {
                exact_dx[r * width + i] += (g[i] - g_mean - h[i] * gh_mean) / (variance + 1e-5).sqrt();
                exact_dgain[i] += d[i] * h[i];
                exact_dbias[i] += d[i];
            }
        }
        // A row of one element has variance 0: its slope is 1 / sqrt(epsilon), and so is the error.
        assert_close(&read(context, &dx), &exact_dx, 2e-5, &format!("dx {what}"));
        assert_close(&read(context, &dgain), &exact_dgain, 1e-5, &format!("dgain {what}"));
        assert_close(&read(context, &dbias), &exact_dbias, 2e-6, &format!("dbias {what}"));
    }
}

#[test]
fn layer_norms() {
    for context in contexts() {
        check_norm::<f32>(&context, 3);
        if context.supports::<f16>() {
            check_norm::<f16>(&context, 4);
        }
    }
}

fn check_elementwise<E: Element>(context: &Context<WgpuRuntime>, seed: u64) {
    let mut random = Random(seed);
    for (rows, width) in [(1, 1), (5, 3), (77, 129), (1, 300)] {
        let count = rows * width;
        let x = random.values::<E>(count, 6.0);
        let bias = random.values::<f32>(width, 1.0);
        let sums: Vec<f64> = (0..count).map(|i| wide(&x)[i] + f64::from(bias[i % width])).collect();
        let device_bias = context.upload(&bias);
        let biased = context.upload(&x);
        add_bias(context, &biased, &device_bias);
        assert_close(&read(context, &biased), &sums, tolerance::<E>(), "add_bias");

        let (inner, out) = (context.upload(&x), context.empty::<E>(count));
        bias_gelu(context, &inner, &device_bias, &out);
        let kept = wide(&read(context, &inner));
        assert_close(&read(context, &inner), &sums, tolerance::<E>(), "bias_gelu keeps its input");
        let expected: Vec<f64> = kept.iter().map(|&v| reference::gelu(v)).collect();
        assert_close(&read(context, &out), &expected, tolerance::<E>(), "gelu");

        let d = random.values::<E>(count, 1.0);
        let gradient = context.upload(&d);
        gelu_backward(context, &inner, &gradient);
        let slope = |v: f64| (reference::gelu(v + 1e-5) - reference::gelu(v - 1e-5)) / 2e-5;
        let expected: Vec<f64> = kept.iter().zip(wide(&d)).map(|(&v, d)| d * slope(v)).collect();
        assert_close(&read(context, &gradient), &expected, tolerance::<E>(), "gelu_backward");

        let narrow = context.empty::<E>(count);
        cast(context, &context.upload(&random.clone().values::<f32>(count, 1.0)), &narrow);
        assert_close(&read(context, &narrow), &wide(&random.values::<f32>(count, 1.0)), tolerance::<E>(), "cast");

        let sums = context.empty::<f32>(width);
        column_sums(context, &context.upload(&x), &sums);
        let expected: Vec<f64> = (0..width).map(|c| wide(&x).iter().skip(c).step_by(width).sum()).collect();
        assert_close(&read(context, &sums), &expected, 2e-6, "column_sums");
    }
}

#[test]
fn elementwise_kernels() {
    let Some(context) = context() else { return };
    check_elementwise::<f32>(&context, 5);
    if context.supports::<f16>() {
        check_elementwise::<f16>(&context, 6);
    }
    let mut random = Random(7);
    let [x, y] = [(); 2].map(|()| random.values::<f32>(1000, 1.0));
    let bias = random.values::<f32>(8, 1.0);
    let (device_x, device_y, out) = (context.upload(&x), context.upload(&y), context.empty::<f32>(1000));
    residual(&context, &device_x, &device_y, &context.upload(&bias), &out);
    let expected: Vec<f64> = (0..1000).map(|i| f64::from(x[i]) + f64::from(y[i]) + f64::from(bias[i % 8])).collect();
    assert_close(&read(&context, &out), &expected, 1e-6, "residual");
    add(&context, &device_x, &device_y);
    let expected: Vec<f64> = x.iter().zip(&y).map(|(&a, &b)| f64::from(a) + f64::from(b)).collect();
    assert_close(&read(&context, &device_x), &expected, 1e-6, "add");
    fill(&context, &device_x, 3.5);
    assert_eq!(read(&context, &device_x), [3.5; 1000]);
}

#[test]
fn sums_of_many_rows_and_squares() {
    for context in contexts() {
        let mut random = Random(8);
        // Three passes of the column sum.
        let x = random.values::<f32>(70_000 * 3, 1.0);
        let sums = context.empty::<f32>(3);
        column_sums(&context, &context.upload(&x), &sums);
        let expected: Vec<f64> = (0..3).map(|c| wide(&x).iter().skip(c).step_by(3).sum()).collect();
        assert_close(&read(&context, &sums), &expected, 1e-5, "column_sums");
        for length in [1, 255, 16_384, 16_385, 70_001] {
            let parts = read(&context, &square_sums(&context, &context.upload(&x[..length])));
            let found = parts.iter().map(|&p| f64::from(p)).sum::<f64>();
            let exact = wide(&x[..length]).iter().map(|v| v * v).sum::<f64>();
            assert!((found - exact).abs() < 1e-5 * exact, "{length}: {found} {exact}");
        }
    }
}

#[test]
fn embeddings_are_gathered_and_scattered() {
    let Some(context) = context() else { return };
    let mut random = Random(9);
    for (rows, width, tokens) in [(1, 1, 1), (40, 5, 7), (200, 33, 90)] {
        let table = random.values::<f32>(tokens * width, 1.0);
        let places = random.values::<f32>(tokens * width, 1.0);
        let [token, place] = [(); 2].map(|()| (0..rows).map(|_| random.below(tokens) as u32).collect::<Vec<_>>());
        let (token_rows, place_rows) = (Rows::new(&context, &token), Rows::new(&context, &place));
        let (device_table, device_places) = (context.upload(&table), context.upload(&places));
        let out = embed(&context, (&token_rows, &place_rows), (&device_table, &device_places), width);
        let at = |t: &[f32], row: u32, c: usize| f64::from(t[row as usize * width + c]);
        let cell = |i: usize| (i / width, i % width);
        let expected: Vec<f64> =
            (0..rows * width).map(cell).map(|(r, c)| at(&table, token[r], c) + at(&places, place[r], c)).collect();
        assert_close(&read(&context, &out), &expected, 1e-6, "embed");
        let out: Buffer<f32> = gather(&context, &device_table, &token_rows, width);
        let expected: Vec<f64> = (0..rows * width).map(cell).map(|(r, c)| at(&table, token[r], c)).collect();
        assert_close(&read(&context, &out), &expected, 0.0, "gather");

        let d = random.values::<f32>(rows * width, 1.0);
        let mut expected = wide(&table);
        for (i, v) in wide(&d).into_iter().enumerate() {
            expected[token[i / width] as usize * width + i % width] += v;
        }
        Scatter::new(&context, &token).add(&context, &context.upload(&d), &device_table, width);
        assert_close(&read(&context, &device_table), &expected, 1e-6, "scatter");
    }
    Scatter::new(&context, &[]).add(&context, &context.empty(0), &context.empty(4), 2);
}

#[test]
fn cross_entropies() {
    for context in contexts() {
        let mut random = Random(10);
        for (rows, vocabulary) in [(1, 1), (3, 2), (20, 301), (9, 129), (2, 1000)] {
            let logits = random.values::<f32>(rows * vocabulary, 20.0);
            let terms: Vec<Term> = (0..rows)
                .map(|r| {
                    let token = random.below(vocabulary) as u32;
                    // Every third over all tokens; some offer a token twice.
                    let mut candidates: Vec<u32> =
                        (0..(r % 3) * random.below(12)).map(|_| random.below(vocabulary) as u32).collect();
                    if !candidates.is_empty() {
                        candidates.push(token);
                    }
                    Term { token, candidates, weight: random.value() as f32 }
                })
                .collect();
            let (losses, gradient) =
                cross_entropy::<_, f32>(&context, &context.upload(&logits), &Terms::new(&context, &terms), vocabulary);
            let rows = wide(&logits);
            let (expected, slopes): (Vec<f64>, Vec<Vec<f64>>) =
                rows.chunks_exact(vocabulary).zip(&terms).map(|(row, t)| reference::cross_entropy(row, t)).unzip();
            assert_close(&read(&context, &losses), &expected, 2e-6, "losses");
            assert_close(&read(&context, &gradient), &slopes.concat(), 1e-5, "gradient");
        }
    }
}

#[test]
fn adamw_follows_the_formula() {
    let Some(context) = context() else { return };
    let mut random = Random(11);
    let length = 700usize;
    let [w, g, m] = [(); 3].map(|()| random.values::<f32>(length, 1.0));
    let v: Vec<f32> = random.values::<f32>(length, 1.0).iter().map(|v| v * v).collect();
    let decays: Vec<f32> = (0..length.div_ceil(crate::context::ALIGNMENT)).map(|i| (i % 2) as f32).collect();
    let numbers = AdamW {
        beta1: 0.9,
        beta2: 0.98,
        epsilon: 1e-8,
        rate: 1e-2,
        clip: 0.5,
        correct1: 1.7,
        correct2: 3.0,
        weight_decay: 0.1,
    };
    let [dw, dg, dm, dv] = [&w, &g, &m, &v].map(|x| context.upload(x));
    adamw(&context, &numbers, &dw, &dg, [&dm, &dv], &context.upload(&decays));
    let (mut ew, mut em, mut ev) = (wide(&w), wide(&m), wide(&v));
    for i in 0..length {
        let g = f64::from(g[i]) * 0.5;
        em[i] = 0.9 * em[i] + 0.1 * g;
        ev[i] = 0.98 * ev[i] + 0.02 * g * g;
        let direction = em[i] * 1.7 / ((ev[i] * 3.0).sqrt() + 1e-8);
        ew[i] -= 1e-2 * (direction + 0.1 * f64::from(decays[i / crate::context::ALIGNMENT]) * ew[i]);
    }
    assert_close(&read(&context, &dw), &ew, 1e-6, "weights");
    assert_close(&read(&context, &dm), &em, 1e-6, "means");
    assert_close(&read(&context, &dv), &ev, 1e-6, "squares");
}
