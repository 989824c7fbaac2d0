//! Attention on random prefix trees.

use super::*;
use crate::attention::{Heads, Saved, backward, forward, tile_for};
use crate::batch::{Batch, Bounds};
use half::f16;

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

fn check<E: Element>(context: &Context<WgpuRuntime>, batch: &Batch, heads: Heads, tile: usize, seed: u64) {
    if batch.rows() == 0 {
        return;
    }
    let mut random = Random(seed);
    let Heads { count, width } = heads;
    let what = format!("{} {} rows, {count} heads of {}, tile {tile}", E::NAME, batch.rows(), heads.size());
    let tables = batch.upload(context, tile, Bounds { vocabulary: 1, context: 1 << 20, training: true }).unwrap();
    let qkv = random.values::<E>(batch.rows() * 3 * width, 3.0);
    let device_qkv = context.upload(&qkv);
    let (out, log_sums) = (context.empty::<E>(batch.rows() * width), context.empty::<f32>(batch.rows() * count));
    forward(context, &tables, (heads, tile), &device_qkv, &out, &log_sums);
    let (expected, expected_sums) = reference::attention(batch, &wide(&qkv), width, count);
    assert_close(&context.download(&[&out]).unwrap()[0], &expected, tolerance::<E>(), &what);
    assert_close(&context.download(&[&log_sums]).unwrap()[0], &expected_sums, 2e-6, &what);

    let dout = random.values::<E>(batch.rows() * width, 1.0);
    let (device_dout, dqkv) = (context.upload(&dout), context.empty::<E>(qkv.len()));
    let saved = Saved { qkv: &device_qkv, out: &out, log_sums: &log_sums, dout: &device_dout };
    backward(context, &tables, (heads, tile), saved, &dqkv);
    let expected = reference::attention_backward(batch, &wide(&qkv), &wide(&dout), width, count);
    let bound = if E::BYTES == 4 { 1e-5 } else { 4e-3 };
    assert_close(&context.download(&[&dqkv]).unwrap()[0], &expected, bound, &format!("backward {what}"));
}

#[test]
fn random_trees() {
    let Some(context) = context() else { return };
    let mut random = Random(20);
    // Sizes of heads that are no multiple of anything among them.
    for (seed, (count, size)) in [(1, 1), (3, 5), (2, 16), (4, 32), (1, 63), (2, 64)].into_iter().enumerate() {
        let heads = Heads { count, width: count * size };
        let tile = tile_for(&context, heads).unwrap();
        let batch = random_batch(&mut random, 3, 70);
        check::<f32>(&context, &batch, heads, tile.min([32, 16, 8][seed % 3]), seed as u64);
    }
}

#[test]
fn odd_trees() {
    let Some(context) = context() else { return };
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
        check::<f32>(&context, batch, heads, 32, seed as u64);
        check::<f32>(&context, batch, heads, 8, seed as u64);
    }
    assert!(Batch::default().upload(&context, 8, Bounds { vocabulary: 1, context: 1, training: false }).is_err());
    assert!(tile_for(&context, Heads { count: 1, width: 1 << 13 }).is_err());
}

#[test]
fn half_precision() {
    let Some(context) = context() else { return };
    if !context.supports::<f16>() {
        println!("SKIPPED: the device does not have f16");
        return;
    }
    let mut random = Random(21);
    for seed in 0..3 {
        let batch = random_batch(&mut random, 3, 60);
        check::<f16>(&context, &batch, Heads { count: 2, width: 64 }, 16, seed);
    }
}
