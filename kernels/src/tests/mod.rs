//! Every kernel against plain loops in `f64`, on random shapes. Outputs are poisoned: [`Context::empty`] gives
//! not-a-numbers in tests.

mod attention;
mod model;
mod parts;
mod reference;

use crate::context::{Context, Element};
use crate::device::{BackEnd, devices};
use cubecl::prelude::Runtime;
use cubecl::wgpu::WgpuRuntime;
use std::sync::OnceLock;

/// The device to test on: the first one of wgpu, hardware before software.
fn context() -> Option<Context<WgpuRuntime>> {
    static CONTEXT: OnceLock<Option<Context<WgpuRuntime>>> = OnceLock::new();
    let context = CONTEXT.get_or_init(|| {
        let device = devices().into_iter().find(|d| d.back_end == BackEnd::Wgpu)?;
        println!("testing on wgpu:{} {} ({})", device.index, device.name, device.driver);
        Some(crate::device::wgpu_back_end::open(device.index).expect("a listed device opens"))
    });
    if context.is_none() {
        let required = std::env::var_os("PROVER_REQUIRE_GPU").is_some();
        assert!(!required, "PROVER_REQUIRE_GPU: there is no Vulkan, Metal or DirectX adapter");
        println!("SKIPPED: no Vulkan, Metal or DirectX adapter (Debian: apt-get install mesa-vulkan-drivers)");
    }
    context.clone()
}

/// The first device of CUDA, where tests are told to run on it too.
#[cfg(feature = "cuda-tests")]
fn cuda_context() -> Option<Context<cubecl::cuda::CudaRuntime>> {
    std::env::var_os("PROVER_TEST_CUDA")?;
    Some(crate::device::cuda::open(0).expect("PROVER_TEST_CUDA: the first device of CUDA opens"))
}

/// Runs a generic test on the device of wgpu, and on that of CUDA where tests are told to.
macro_rules! on_devices {
    ($test:path) => {
        if let Some(context) = $crate::tests::context() {
            $test(&context);
        }
        #[cfg(feature = "cuda-tests")]
        if let Some(context) = $crate::tests::cuda_context() {
            $test(&context);
        }
    };
}
use on_devices;

/// The device with reductions in shared memory and with those by plane operations.
fn both_ways<R: Runtime>(context: &Context<R>) -> [Context<R>; 2] {
    [context.clone().with_planes(false), context.clone().with_planes(true)]
}

/// Whether the device has a type; says so if not.
fn has<R: Runtime, E: Element>(context: &Context<R>) -> bool {
    if !context.supports::<E>() {
        println!("SKIPPED {}: the device does not have it", E::NAME);
    }
    context.supports::<E>()
}

/// SplitMix64 (Steele et al. 2014).
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Between -1 and 1, roughly normal.
    fn value(&mut self) -> f64 {
        let uniform = |n: u64| (n >> 11) as f64 / (1u64 << 53) as f64;
        uniform(self.next()) + uniform(self.next()) - 1.0
    }

    /// Values that `E` has exactly, so that only the kernel's own error shows.
    fn values<E: Element>(&mut self, count: usize, scale: f64) -> Vec<E> {
        (0..count).map(|_| E::narrow((scale * self.value()) as f32)).collect()
    }
}

fn wide<E: Element>(values: &[E]) -> Vec<f64> {
    values.iter().map(|v| f64::from(v.widen())).collect()
}

/// Largest difference, relative to the largest expected value (or 1).
#[track_caller]
fn assert_close<E: Element>(found: &[E], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(f.widen()) - e).abs() / scale;
        assert!(error <= tolerance, "{what}: [{i}] {f:?} instead of {e}, off by {error:e}");
    }
}

/// The norm of the difference, relative to that of what is expected: infinite where something is not a number.
fn norm_ratio<E: Element>(found: &[E], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut found.iter().zip(expected).map(|(f, e)| f64::from(f.widen()) - e));
    let ratio = difference / norm(&mut expected.iter().copied()).max(f64::MIN_POSITIVE);
    if ratio.is_nan() { f64::INFINITY } else { ratio }
}

/// Tolerance for rounding: of sums in `f32`, and of results in `E`.
fn tolerance<E: Element>() -> f64 {
    if E::BYTES == 4 { 2e-6 } else { 2e-3 }
}
