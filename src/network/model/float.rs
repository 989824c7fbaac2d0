//! The number types that the model is generic over, run-time SIMD selection and matrix products.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A real number type of the model: `f32` for use, `f64` for checking gradients.
pub trait Float:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Rounds to this type.
    fn from_f64(value: f64) -> Self;
    /// Widens to `f64`.
    fn to_f64(self) -> f64;
    /// `e^self`. In `f32` a branch-free approximation with relative error below 2e-7 that compilers vectorise; results
    /// below `e^-87` are returned as `e^-87`, above `e^88` as `e^88`.
    fn exp(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// The numbers as `f32`, if that is their type.
    fn singles(values: &mut [Self]) -> Option<&mut [f32]>;
}

impl Float for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as f64
    }

    /// Range reduction by `ln 2` in two parts and the degree-5 minimax polynomial of the Cephes library (`expf`).
    #[inline(always)]
    fn exp(self) -> Self {
        // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the float.
        const ROUND: f32 = 12_582_912.0;
        let x = if self < -87.0 { -87.0 } else { self };
        let x = if x > 88.0 { 88.0 } else { x };
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let n = shifted - ROUND;
        let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
        let p = 1.987_569_1e-4;
        let p = p * r + 1.398_199_9e-3;
        let p = p * r + 8.333_452e-3;
        let p = p * r + 4.166_579_6e-2;
        let p = p * r + 1.666_666_5e-1;
        let p = p * r + 0.5;
        let y = p * (r * r) + r + 1.0;
        // Multiplies by 2^n: the shift drops all bits of the float but those of n, modulo 2^9.
        f32::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 23))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        f32::ln(self)
    }

    fn singles(values: &mut [f32]) -> Option<&mut [f32]> {
        Some(values)
    }
}

impl Float for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn exp(self) -> Self {
        f64::exp(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        f64::ln(self)
    }

    fn singles(_: &mut [f64]) -> Option<&mut [f32]> {
        None
    }
}

/// Vector instruction set of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(super) enum Simd {
    /// The instructions that every processor of the target has.
    Portable,
    /// AVX2.
    Avx2,
    /// AVX-512 with byte, word, double-word and shorter-vector instructions.
    Avx512,
}

#[cfg(test)]
thread_local! {
    /// The largest instruction set that a test lets this thread use.
    pub(super) static MOST: std::cell::Cell<Simd> = const { std::cell::Cell::new(Simd::Avx512) };
}

/// The largest instruction set that the processor has and a test allows.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn simd() -> Simd {
    use std::arch::is_x86_feature_detected as has;
    #[cfg(test)]
    let most = MOST.get();
    #[cfg(not(test))]
    let most = Simd::Avx512;
    if most == Simd::Avx512 && has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq") {
        Simd::Avx512
    } else if most != Simd::Portable && has!("avx2") {
        Simd::Avx2
    } else {
        Simd::Portable
    }
}

/// Compiles a function over slices for the baseline of the target, for AVX2 and for AVX-512, and chooses at run time.
/// Inside, loops over slices without branches become vector code; all versions compute the same sums in the same order,
/// so that they give the same bits.
macro_rules! vectorised {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$float:ident>($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "slices of one kernel, each with its shape in the comment")]
        $vis fn $name<$float: $crate::model::float::Float>($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn portable<$float: $crate::model::float::Float>($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                #[allow(clippy::too_many_arguments)]
                fn wider<$float: $crate::model::float::Float>($($arg: $ty),*) $(-> $ret)? {
                    portable::<$float>($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                #[allow(clippy::too_many_arguments)]
                fn wide<$float: $crate::model::float::Float>($($arg: $ty),*) $(-> $ret)? {
                    portable::<$float>($($arg),*)
                }
                match $crate::model::float::simd() {
                    // SAFETY: the processor has the features that `wider` was compiled for.
                    $crate::model::float::Simd::Avx512 => return unsafe { wider::<$float>($($arg),*) },
                    // SAFETY: the processor has the features that `wide` was compiled for.
                    $crate::model::float::Simd::Avx2 => return unsafe { wide::<$float>($($arg),*) },
                    $crate::model::float::Simd::Portable => {}
                }
            }
            portable::<$float>($($arg),*)
        }
    };
}
pub(super) use vectorised;

/// A matrix in a slice: element `(i, j)` at `i * row_stride + j * column_stride`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, F> {
    data: &'a [F],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, F: Float> Matrix<'a, F> {
    /// A row-major matrix whose rows lie `stride` apart.
    ///
    /// # Panics
    /// If the slice is too short: a fault of the caller.
    pub fn new(data: &'a [F], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(rows == 0 || columns == 0 || (rows - 1) * stride + columns <= data.len());
        Self { data, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The same data seen as the transposed matrix.
    pub fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// Treatment of the old content of a product's destination.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Overwrites it (it may hold anything).
    Set,
    /// Adds to it.
    Add,
}

/// `out = scale * a b` or `out += scale * a b`, single-threaded. `out` is row-major with rows `stride` apart.
///
/// # Panics
/// If shapes do not fit: a fault of the caller.
pub(super) fn product<F: Float>(
    out: &mut [F],
    stride: usize,
    write: Write,
    a: Matrix<'_, F>,
    b: Matrix<'_, F>,
    scale: F,
) {
    assert_eq!(a.columns, b.rows);
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * stride + n <= out.len());
    let add = write == Write::Add;
    // SAFETY: the assertions here and in `Matrix::new` keep all accesses inside the three slices, `out` is borrowed
    // exclusively, and `F` is f32 or f64, which `gemm` supports.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            stride as isize,
            add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            if add { F::ONE } else { F::ZERO },
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate() {
        let mut x = -87.0f32;
        while x < 88.0 {
            let exact = (x as f64).exp();
            assert!((Float::exp(x) as f64 / exact - 1.0).abs() < 2e-7, "x = {x}");
            x += 0.0137;
        }
        assert!(Float::exp(f32::NAN).is_nan());
        assert!(Float::exp(f32::NEG_INFINITY) < 1e-37);
        assert!(Float::exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn product_agrees_with_the_definition() {
        let a: Vec<f64> = (0..12).map(|i| (i as f64).sin()).collect();
        let b: Vec<f64> = (0..20).map(|i| (i as f64).cos()).collect();
        // a: 3 x 4, b: 5 x 4 taken transposed.
        let mut out = vec![f64::NAN; 15];
        let (am, bm) = (Matrix::new(&a, 3, 4, 4), Matrix::new(&b, 5, 4, 4).transposed());
        product(&mut out, 5, Write::Set, am, bm, 2.0);
        product(&mut out, 5, Write::Add, am, bm, 1.0);
        for i in 0..3 {
            for j in 0..5 {
                let exact: f64 = (0..4).map(|k| a[i * 4 + k] * b[j * 4 + k]).sum();
                assert!((out[i * 5 + j] - 3.0 * exact).abs() < 1e-12);
            }
        }
    }
}
