//! Products, norms, element-wise kernels, embeddings, loss, optimiser.

use super::*;
use crate::batch::Places;
use crate::context::{Buffer, Parcel};
use crate::elementwise::{add, bias_gelu, cast, fill};
use crate::embedding::{Rows, Scatter, ScatterPlan, gather, gather_pair};
use crate::loss::{Term, Terms, cross_entropy};
use crate::norm::{Gains, Normed, embed_and_norm, norm_affine_gradient, norm_input_gradient, residual_and_norm};
use crate::optimizer::{AdamW, Along, adamw};
use crate::product::{Matrix, Method, product, product_by};
use crate::reduce::{Partials, norm};
use half::{bf16, f16};

fn read<R: Runtime, E: Element>(context: &Context<R>, buffer: &Buffer<E>) -> Vec<E> {
    context.download(&[buffer]).unwrap().remove(0)
}

fn check_products<R: Runtime, E: Element>(context: &Context<R>, seed: u64) {
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

fn products_on<R: Runtime>(context: &Context<R>) {
    check_products::<R, f32>(context, 1);
    if has::<R, f16>(context) {
        check_products::<R, f16>(context, 2);
    }
    if has::<R, bf16>(context) {
        check_products::<R, bf16>(context, 3);
    }
    let empty = Matrix::new(&context.upload::<f32>(&[]), 0, 3);
    let other = Matrix::new(&context.upload(&[1.0f32; 6]), 3, 2);
    assert!(product(context, &empty, &other, &context.empty::<f32>(0)).is_err());
}

#[test]
fn products() {
    on_devices!(products_on);
}

/// Partial sums added up, in the order of the columns.
fn added_up<R: Runtime>(context: &Context<R>, parts: &Partials) -> Vec<f32> {
    let destinations: Vec<u32> = (0..parts.columns() as u32).collect();
    let out = context.empty::<f32>(parts.columns());
    parts.add_up(context, (&context.upload(&destinations), parts.columns()), &out);
    read(context, &out)
}

fn check_norm<R: Runtime, E: Element>(context: &Context<R>, seed: u64, shapes: &[(usize, usize)]) {
    let mut random = Random(seed);
    for &(rows, width) in shapes {
        let what = format!("{} [{rows}, {width}]", E::NAME);
        let [x, y] = [(); 2].map(|()| random.values::<f32>(rows * width, 2.0));
        let [y_bias, gain, bias] = [(); 3].map(|()| random.values::<f32>(width, 1.0));
        let gains = Gains::new(context, &gain, &bias);
        let added = (&context.upload(&y), &context.upload(&y_bias));
        let normed: Normed<E> = residual_and_norm(context, &context.upload(&x), added, &gains);
        let sums = x
            .iter()
            .zip(&y)
            .enumerate()
            .map(|(i, (&x, &y))| f64::from(x) + f64::from(y) + f64::from(y_bias[i % width]));
        let stream: Vec<f64> = sums.collect();
        assert_close(&read(context, &normed.stream), &stream, 1e-6, &format!("residual {what}"));
        let x = wide(&read(context, &normed.stream));
        let (gain, bias) = (wide(&gain), wide(&bias));
        let expected = reference::layer_norm(&x, &gain, &bias);
        assert_close(&read(context, &normed.out), &expected, tolerance::<E>(), &what);

        let dout = random.values::<E>(rows * width, 1.0);
        let before = random.values::<f32>(rows * width, 1.0);
        let (device_dout, dx) = (context.upload(&dout), context.upload(&before));
        let rounded = norm_input_gradient::<R, E, E, E>(context, &device_dout, &normed, &gains, &dx, true);
        let parts = Partials::new(context, rows, 4 * width);
        parts.column_sums(context, &device_dout, 3 * width);
        norm_affine_gradient(context, &device_dout, &normed, &parts, 0, Some((&dx, 2 * width)));
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
        let found = read(context, &dx);
        assert_close(&found, &exact_dx, 2e-5, &format!("dx {what}"));
        assert_close(&read(context, &rounded), &wide(&found), tolerance::<E>(), &format!("rounded dx {what}"));
        let sums = added_up(context, &parts);
        assert_close(&sums[..width], &exact_dgain, 1e-5, &format!("dgain {what}"));
        assert_close(&sums[width..2 * width], &exact_dbias, 2e-6, &format!("dbias {what}"));
        let columns: Vec<f64> = (0..width).map(|c| wide(&found).iter().skip(c).step_by(width).sum()).collect();
        assert_close(&sums[2 * width..3 * width], &columns, 2e-6, &format!("sums of dx {what}"));
        assert_close(&sums[3 * width..], &exact_dbias, 2e-6, &format!("column sums {what}"));
        // Without what was there.
        let anew = context.empty::<f32>(rows * width);
        norm_input_gradient::<R, E, E, E>(context, &device_dout, &normed, &gains, &anew, false);
        let difference: Vec<f64> = exact_dx.iter().zip(wide(&before)).map(|(dx, b)| dx - b).collect();
        assert_close(&read(context, &anew), &difference, 2e-5, &format!("dx anew {what}"));
    }
}

fn layer_norms_on<R: Runtime>(context: &Context<R>) {
    let shapes = [(1, 1), (3, 7), (300, 96), (17, 130), (1, 513)];
    for context in both_ways(context) {
        check_norm::<R, f32>(&context, 3, &shapes);
        if has::<R, f16>(&context) {
            check_norm::<R, f16>(&context, 4, &shapes);
        }
        if has::<R, bf16>(&context) {
            check_norm::<R, bf16>(&context, 5, &shapes);
        }
    }
    // More rows than a grid has cubes in a line.
    check_norm::<R, f32>(context, 12, &[(70_001, 33)]);
}

#[test]
fn layer_norms() {
    on_devices!(layer_norms_on);
}

fn check_elementwise<R: Runtime, E: Element>(context: &Context<R>, seed: u64) {
    let mut random = Random(seed);
    for (rows, width) in [(1, 1), (5, 3), (77, 129), (1, 300)] {
        let count = rows * width;
        let x = random.values::<E>(count, 6.0);
        let bias = random.values::<f32>(width, 1.0);
        let sums: Vec<f64> = (0..count).map(|i| wide(&x)[i] + f64::from(bias[i % width])).collect();
        let device_bias = context.upload(&bias);
        let (inner, out) = (context.upload(&x), context.empty::<E>(count));
        bias_gelu(context, &inner, &device_bias, &out);
        let kept = wide(&read(context, &inner));
        assert_close(&read(context, &inner), &sums, tolerance::<E>(), "bias_gelu keeps its input");
        let expected: Vec<f64> = kept.iter().map(|&v| reference::gelu(v)).collect();
        assert_close(&read(context, &out), &expected, tolerance::<E>(), "gelu");

        let d = random.values::<E>(count, 1.0);
        let gradient = context.upload(&d);
        let parts = Partials::new(context, rows, width + 2);
        parts.column_sums(context, &context.upload(&vec![1.0f32; 2 * rows]), 0);
        parts.gelu_backward(context, &inner, &gradient, 2);
        let slope = |v: f64| (reference::gelu(v + 1e-5) - reference::gelu(v - 1e-5)) / 2e-5;
        let expected: Vec<f64> = kept.iter().zip(wide(&d)).map(|(&v, d)| d * slope(v)).collect();
        let found = read(context, &gradient);
        assert_close(&found, &expected, tolerance::<E>(), "gelu_backward");
        let columns: Vec<f64> = (0..width).map(|c| wide(&found).iter().skip(c).step_by(width).sum()).collect();
        let sums = added_up(context, &parts);
        assert_eq!(sums[..2], [rows as f32; 2]);
        assert_close(&sums[2..], &columns, 2e-6, "column sums");

        let narrow = context.empty::<E>(count);
        cast(context, &context.upload(&random.clone().values::<f32>(count, 1.0)), &narrow);
        assert_close(&read(context, &narrow), &wide(&random.values::<f32>(count, 1.0)), tolerance::<E>(), "cast");
    }
}

fn elementwise_on<R: Runtime>(context: &Context<R>) {
    check_elementwise::<R, f32>(context, 5);
    if has::<R, f16>(context) {
        check_elementwise::<R, f16>(context, 6);
    }
    if has::<R, bf16>(context) {
        check_elementwise::<R, bf16>(context, 7);
    }
    let mut random = Random(7);
    let [x, y] = [(); 2].map(|()| random.values::<f32>(1000, 1.0));
    let (device_x, device_y) = (context.upload(&x), context.upload(&y));
    add(context, &device_x, &device_y);
    let expected: Vec<f64> = x.iter().zip(&y).map(|(&a, &b)| f64::from(a) + f64::from(b)).collect();
    assert_close(&read(context, &device_x), &expected, 1e-6, "add");
    fill(context, &device_x, 3.5);
    assert_eq!(read(context, &device_x), [3.5; 1000]);
    // More cubes than a grid has in a line.
    let many = context.empty::<f32>(65_535 * 256 + 300);
    fill(context, &many, 2.5);
    assert!(read(context, &many).iter().all(|&v| v == 2.5));
}

#[test]
fn elementwise_kernels() {
    on_devices!(elementwise_on);
}

fn sums_on<R: Runtime>(context: &Context<R>) {
    for context in both_ways(context) {
        let mut random = Random(8);
        let x = random.values::<f32>(70_000 * 3, 1.0);
        let parts = Partials::new(&context, 70_000, 3);
        parts.column_sums(&context, &context.upload(&x), 0);
        let expected: Vec<f64> = (0..3).map(|c| wide(&x).iter().skip(c).step_by(3).sum()).collect();
        assert_close(&added_up(&context, &parts), &expected, 1e-5, "column_sums");
        let out = context.poisoned(1);
        for length in [1, 255, 16_384, 16_385, 70_001] {
            norm(&context, &context.upload(&x[..length]), &out);
            let found = f64::from(read(&context, &out)[0]);
            let exact = wide(&x[..length]).iter().map(|v| v * v).sum::<f64>().sqrt();
            assert!((found - exact).abs() < 1e-5 * exact, "{length}: {found} {exact}");
        }
        for odd in [f32::INFINITY, f32::NAN, 1e30] {
            norm(&context, &context.upload(&[1.0, odd, 2.0]), &out);
            assert_eq!(read(&context, &out), [-1.0], "{odd}");
        }
    }
}

#[test]
fn sums_of_many_rows_and_norms() {
    on_devices!(sums_on);
}

fn embeddings_on<R: Runtime>(context: &Context<R>) {
    let mut random = Random(9);
    for (rows, width, tokens) in [(1, 1, 1), (40, 5, 7), (200, 33, 90)] {
        let table = random.values::<f32>(tokens * width, 1.0);
        let places = random.values::<f32>(tokens * width, 1.0);
        let [token, place] = [(); 2].map(|()| (0..rows).map(|_| random.below(tokens) as u32).collect::<Vec<_>>());
        let (device_table, device_places) = (context.upload(&table), context.upload(&places));
        let pairs: Vec<u32> = token.iter().zip(&place).flat_map(|(&t, &p)| [t, p]).collect();
        let both = Places { pairs: context.upload(&pairs), tokens, positions: tokens };
        let (gain, bias) = (random.values::<f32>(width, 1.0), random.values::<f32>(width, 1.0));
        let gains = Gains::new(context, &gain, &bias);
        let embedded: Normed<f32> = embed_and_norm(context, &both, (&device_table, &device_places), &gains);
        let at = |t: &[f32], row: u32, c: usize| f64::from(t[row as usize * width + c]);
        let cell = |i: usize| (i / width, i % width);
        let expected: Vec<f64> =
            (0..rows * width).map(cell).map(|(r, c)| at(&table, token[r], c) + at(&places, place[r], c)).collect();
        let stream = read(context, &embedded.stream);
        assert_close(&stream, &expected, 1e-6, "embed");
        let expected = reference::layer_norm(&wide(&stream), &wide(&gain), &wide(&bias));
        assert_close(&read(context, &embedded.out), &expected, 2e-6, "norm of what is embedded");

        let token_rows = Rows::new(context, &token);
        let out: Buffer<f32> = gather(context, &device_table, &token_rows, width);
        let gathered: Vec<f64> = (0..rows * width).map(cell).map(|(r, c)| at(&table, token[r], c)).collect();
        assert_close(&read(context, &out), &gathered, 0.0, "gather");
        let (first, second) = gather_pair::<R, f32>(context, (&device_table, &device_places), &token_rows, width);
        assert_close(&read(context, &first), &gathered, 0.0, "gather one");
        let gathered: Vec<f64> = (0..rows * width).map(cell).map(|(r, c)| at(&places, token[r], c)).collect();
        assert_close(&read(context, &second), &gathered, 0.0, "gather the other");

        let d = random.values::<f32>(rows * width, 1.0);
        let mut sums = vec![0.0; tokens * width];
        for (i, v) in wide(&d).into_iter().enumerate() {
            sums[token[i / width] as usize * width + i % width] += v;
        }
        let device_d = context.upload(&d);
        let mut parcel = Parcel::default();
        let plan = ScatterPlan::new(&mut parcel, &token, Some(tokens));
        let anew = context.empty::<f32>(tokens * width);
        plan.sent(&parcel.send(context)).run(context, &device_d, &anew, width);
        assert_close(&read(context, &anew), &sums, 1e-6, "scatter anew");
        Scatter::new(context, &token).run(context, &device_d, &device_table, width);
        let expected: Vec<f64> = wide(&table).iter().zip(&sums).map(|(t, s)| t + s).collect();
        assert_close(&read(context, &device_table), &expected, 1e-6, "scatter");
    }
    Scatter::new(context, &[]).run(context, &context.empty(0), &context.empty(4), 2);
}

#[test]
fn embeddings_are_gathered_and_scattered() {
    on_devices!(embeddings_on);
}

fn cross_entropies_on<R: Runtime>(context: &Context<R>) {
    for context in both_ways(context) {
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
fn cross_entropies() {
    on_devices!(cross_entropies_on);
}

#[test]
fn adamw_follows_the_formula() {
    on_devices!(adamw_on);
}

fn adamw_on<R: Runtime>(context: &Context<R>) {
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
        clip: 3.0,
        correct1: 1.7,
        correct2: 3.0,
        weight_decay: 0.1,
    };
    let [dw, dg, dm, dv] = [&w, &g, &m, &v].map(|x| context.upload(x));
    let device_numbers = context.upload(&numbers.numbers());
    let along = Along { gradient: &dg, numbers: &device_numbers, decays: &context.upload(&decays) };
    norm(context, &dg, &device_numbers);
    let clip = 3.0 / wide(&g).iter().map(|g| g * g).sum::<f64>().sqrt();
    adamw(context, along, (&dw, &dw.clone()), [&dm, &dv]);
    let (mut ew, mut em, mut ev) = (wide(&w), wide(&m), wide(&v));
    for i in 0..length {
        let g = f64::from(g[i]) * clip;
        em[i] = 0.9 * em[i] + 0.1 * g;
        ev[i] = 0.98 * ev[i] + 0.02 * g * g;
        let direction = em[i] * 1.7 / ((ev[i] * 3.0).sqrt() + 1e-8);
        ew[i] -= 1e-2 * (direction + 0.1 * f64::from(decays[i / crate::context::ALIGNMENT]) * ew[i]);
    }
    assert_close(&read(context, &dw), &ew, 1e-6, "weights");
    assert_close(&read(context, &dm), &em, 1e-6, "means");
    assert_close(&read(context, &dv), &ev, 1e-6, "squares");
    if has::<R, f16>(context) {
        let rounded = context.empty::<f16>(length);
        adamw(context, along, (&dw, &rounded), [&dm, &dv]);
        assert_close(&read(context, &rounded), &wide(&read(context, &dw)), 1e-3, "rounded");
    }
    // A norm that is not finite takes no step.
    let before = read(context, &dw);
    norm(context, &context.upload(&[f32::NAN]), &device_numbers);
    adamw(context, along, (&dw, &dw.clone()), [&dm, &dv]);
    assert_eq!(read(context, &dw), before);
}
