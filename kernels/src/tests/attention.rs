//! Attention on random prefix trees.

use super::*;
use crate::attention::{Heads, Saved, backward, forward, tile_for};
use crate::batch::{Batch, Bounds};
use half::{bf16, f16};

fn random_batch(random: &mut Random, sequences: usize, longest: usize) -> Batch {
    let mut batch = Batch::default();
    for _ in 0..sequences {
        let prefix = vec![0; random.below(longest)];
        // About every fourth branch is empty.
        let lengths: Vec<usize> =
            (0..random.below(8)).map(|_| random.below(longest / 2) * usize::from(random.below(4) > 0)).collect();
        let branches: Vec<Vec<u32>> = lengths.into_iter().map(|l| vec![0; l]).collect();
        batch.push(&prefix, branches.iter().map(|b| &b[..]));
    }
    batch
}

fn check<R: Runtime, E: Element>(context: &Context<R>, batch: &Batch, heads: Heads, tile: usize, seed: u64) {
    if batch.rows() == 0 {
        return;
    }
    let mut random = Random(seed);
    let Heads { count, width } = heads;
    let what = format!("{} {} rows, {count} heads of {}, tile {tile}", E::NAME, batch.rows(), heads.size());
    let tables =
        batch.upload(context, tile, Bounds { vocabulary: 1, context: 1 << 10, training: true, multiple: 1 }).unwrap();
    let (qkv, bias) = (random.values::<E>(batch.rows() * 3 * width, 2.0), random.values::<f32>(3 * width, 1.0));
    let (device_qkv, device_bias) = (context.upload(&qkv), context.upload(&bias));
    let (out, sums) = (context.empty::<E>(batch.rows() * width), context.empty::<f32>(batch.rows() * count * 2));
    forward(context, &tables, (heads, tile), (&device_qkv, &device_bias), &out, &sums);
    let exact: Vec<f64> = wide(&qkv).iter().zip(bias.iter().cycle()).map(|(x, b)| x + f64::from(*b)).collect();
    let (expected, expected_sums) = reference::attention(batch, &exact, width, count);
    assert_close(&context.download(&[&out]).unwrap()[0], &expected, tolerance::<E>(), &what);
    let found: Vec<f32> = context.download(&[&sums]).unwrap()[0].iter().copied().step_by(2).collect();
    assert_close(&found, &expected_sums, 2e-6, &what);

    let dout = random.values::<E>(batch.rows() * width, 1.0);
    let (device_dout, dqkv) = (context.upload(&dout), context.empty::<E>(qkv.len()));
    let saved = Saved { qkv: &device_qkv, bias: &device_bias, out: &out, sums: &sums, dout: &device_dout };
    backward(context, &tables, (heads, tile), saved, &dqkv);
    let expected = reference::attention_backward(batch, &exact, &wide(&dout), width, count);
    let found = context.download(&[&dqkv]).unwrap().remove(0);
    // Each part apart: what a small one loses must not hide behind a large one.
    for (part, name) in ["dQ", "dK", "dV"].into_iter().enumerate() {
        let of = |row: usize| row * 3 * width + part * width..row * 3 * width + (part + 1) * width;
        let found: Vec<E> = (0..batch.rows()).flat_map(|row| found[of(row)].to_vec()).collect();
        let expected: Vec<f64> = (0..batch.rows()).flat_map(|row| expected[of(row)].to_vec()).collect();
        let bound = if E::BYTES == 4 { 2e-6 } else { 4e-3 };
        // A row that sees itself alone has no gradient of its scores.
        let error = if expected.iter().all(|e| e.abs() < 1e-12) { 0.0 } else { norm_ratio(&found, &expected) };
        assert!(error < bound, "{name}, {what}: off by {error:e} of its norm");
        assert!(found.iter().all(|v| v.widen().is_finite()), "{name}, {what}");
    }
}

fn random_trees_on<R: Runtime>(context: &Context<R>) {
    let mut random = Random(20);
    // Sizes of heads that are no multiple of anything among them; of every tile that the device has.
    for (seed, (count, size)) in [(1, 1), (3, 5), (2, 16), (4, 32), (1, 63), (2, 64)].into_iter().enumerate() {
        let heads = Heads { count, width: count * size };
        let largest = tile_for(context, heads).unwrap();
        for tile in [32, 16, 8].into_iter().filter(|&tile| tile <= largest) {
            let batch = random_batch(&mut random, 3, 70);
            check::<R, f32>(context, &batch, heads, tile, seed as u64);
        }
    }
}

#[test]
fn random_trees() {
    on_devices!(random_trees_on);
}

fn odd_trees_on<R: Runtime>(context: &Context<R>) {
    let heads = Heads { count: 2, width: 24 };
    let one = |prefix: usize, branches: &[usize]| {
        let branches: Vec<Vec<u32>> = branches.iter().map(|&l| vec![0; l]).collect();
        let mut batch = Batch::default();
        batch.push(&vec![0; prefix], branches.iter().map(|b| &b[..]));
        batch
    };
    let trees = [
        one(1, &[]),
        one(0, &[1]),
        one(0, &[3, 0, 0, 2]),
        one(32, &[]),
        one(33, &[32, 32]),
        one(5, &[100]),
        one(100, &[0, 0]),
        one(31, &[1; 40]),
    ];
    for (seed, batch) in trees.iter().enumerate() {
        check::<R, f32>(context, batch, heads, 32, seed as u64);
        check::<R, f32>(context, batch, heads, 8, seed as u64);
    }
    assert!(
        Batch::default()
            .upload(context, 8, Bounds { vocabulary: 1, context: 1, training: false, multiple: 1 })
            .is_err()
    );
    assert!(tile_for(context, Heads { count: 1, width: 1 << 13 }).is_err());
}

#[test]
fn odd_trees() {
    on_devices!(odd_trees_on);
}

fn half_precision_on<R: Runtime>(context: &Context<R>) {
    let mut random = Random(21);
    for seed in 0..3 {
        let batch = random_batch(&mut random, 3, 60);
        let (heads, tile) = (Heads { count: 2, width: 64 }, [8, 16, 32][seed as usize]);
        if has::<R, f16>(context) {
            check::<R, f16>(context, &batch, heads, tile, seed);
        }
        if has::<R, bf16>(context) {
            check::<R, bf16>(context, &batch, heads, tile, seed);
        }
    }
}

#[test]
fn half_precision() {
    on_devices!(half_precision_on);
}

/// A key that is no number makes what sees it none, instead of being left out.
fn what_is_no_number_shows_on<R: Runtime>(context: &Context<R>) {
    let (heads, width) = (Heads { count: 1, width: 8 }, 8);
    let mut batch = Batch::default();
    batch.push(&[0; 20], [&[0; 5][..], &[0; 5]]);
    let tables = batch.upload(context, 8, Bounds { vocabulary: 1, context: 64, training: false, multiple: 1 }).unwrap();
    let mut qkv = Random(22).values::<f32>(batch.rows() * 3 * width, 1.0);
    let bad = 11;
    qkv[bad * 3 * width + width + 2] = f32::NAN;
    let bias = context.upload(&vec![0.0f32; 3 * width]);
    let (out, sums) = (context.empty::<f32>(batch.rows() * width), context.empty::<f32>(batch.rows() * 2));
    forward(context, &tables, (heads, 8), (&context.upload(&qkv), &bias), &out, &sums);
    let out = context.download(&[&out]).unwrap().remove(0);
    for (row, values) in out.chunks_exact(width).enumerate() {
        assert_eq!(values.iter().all(|v| v.is_nan()), batch.sees(row, bad), "row {row}: {values:?}");
    }
}

#[test]
fn what_is_no_number_shows() {
    on_devices!(what_is_no_number_shows_on);
}
