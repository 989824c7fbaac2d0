//! Weights in bfloat16, for inference: half the memory to read, and the processor's matrix unit (AMX) where there is
//! one.
//!
//! A product rounds its input to bfloat16 (8 bits of precision, nearest even) as well and accumulates in `f32`, so a
//! result differs from the exact one by about one part in 300 of the typical summand. Each row's result depends on that
//! row alone, on one machine.

use super::Model;
use super::config::Affine;
use super::float::{Float, vectorised};

/// Columns of a panel.
const LANES: usize = 16;
/// Inputs of a tile: two for each of its 16 rows.
const DEPTH: usize = 32;

/// Precision of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Weights and inputs of the linear maps in bfloat16, sums in single precision.
    Bf16,
}

/// The weights `[inputs, outputs]` of a linear map in panels of 16 outputs. A panel is a list of rows, each of 16
/// words, one an output; a word holds two neighbouring inputs' weights, the first in its low half. Missing inputs and
/// outputs are zero.
#[derive(Clone, Debug)]
pub(super) struct HalfMatrix {
    inputs: usize,
    outputs: usize,
    /// `[panels, depth / 2, LANES]`.
    words: Vec<u32>,
}

/// Nearest bfloat16, ties to even; a NaN stays one.
#[inline(always)]
fn round(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    // The carry could make an infinity or zero of a NaN.
    (if value.is_nan() { (bits >> 16) | 0x40 } else { rounded }) as u16
}

vectorised! {
    /// Rounds rows `[rows, width]` into rows `[rows, depth]`, the rest of each zero.
    fn round_rows<F>(input: &[F], width: usize, out: &mut [u16], depth: usize) {
        for (row, out) in input.chunks_exact(width).zip(out.chunks_exact_mut(depth)) {
            for (out, &value) in out.iter_mut().zip(row) {
                *out = round(value.to_f64() as f32);
            }
            out[width..].fill(0);
        }
    }
}

vectorised! {
    /// `out[r][..16] += sum_i a[r][i] w[i][..16]` for one row of input `[depth]` and one panel `[depth / 2, 16]`.
    fn panel_row<F>(input: &[u16], panel: &[u32], out: &mut [F; LANES]) {
        let mut sums = [F::ZERO; LANES];
        for (pair, words) in input.chunks_exact(2).zip(panel.chunks_exact(LANES)) {
            let (a, b) = (exactly::<F>(u32::from(pair[0]) << 16), exactly::<F>(u32::from(pair[1]) << 16));
            for i in 0..LANES {
                sums[i] += a * exactly(words[i] << 16);
                sums[i] += b * exactly(words[i] & 0xffff_0000);
            }
        }
        for i in 0..LANES {
            out[i] += sums[i];
        }
    }
}

/// The number that the bits of a single-precision number stand for.
#[inline(always)]
fn exactly<F: Float>(bits: u32) -> F {
    F::from_f64(f64::from(f32::from_bits(bits)))
}

/// The linear maps of a block.
#[derive(Clone, Debug)]
pub(super) struct HalfBlock {
    pub queries: HalfMatrix,
    pub keys_and_values: HalfMatrix,
    pub attention_out: HalfMatrix,
    pub expand: HalfMatrix,
    pub contract: HalfMatrix,
}

impl HalfBlock {
    /// The weights of block `l` of a model.
    pub fn new<F: Float>(model: &Model<F>, l: usize) -> Self {
        let (layer, width) = (&model.layout.layers[l], model.config.width);
        let pack = |affine: &Affine, columns| HalfMatrix::new(model.view(&affine.weight), affine.bias.len(), columns);
        let whole = |affine: &Affine| pack(affine, (0, affine.bias.len()));
        Self {
            queries: pack(&layer.attention, (0, width)),
            keys_and_values: pack(&layer.attention, (width, 2 * width)),
            attention_out: whole(&layer.attention_out),
            expand: whole(&layer.expand),
            contract: whole(&layer.contract),
        }
    }
}

impl HalfMatrix {
    /// Packs columns `first..first + outputs` of row-major weights whose rows are `stride` long.
    fn new<F: Float>(weights: &[F], stride: usize, (first, outputs): (usize, usize)) -> Self {
        let inputs = weights.len() / stride;
        // An even number of panels, which the matrix unit takes two at a time.
        let panels = outputs.div_ceil(2 * LANES) * 2;
        let depth = inputs.next_multiple_of(DEPTH);
        let mut words = vec![0; panels * depth / 2 * LANES];
        for (input, row) in weights.chunks_exact(stride).enumerate() {
            for (output, &weight) in row[first..first + outputs].iter().enumerate() {
                let at = (output / LANES * (depth / 2) + input / 2) * LANES + output % LANES;
                words[at] |= u32::from(round(weight.to_f64() as f32)) << (16 * (input % 2));
            }
        }
        Self { inputs, outputs, words }
    }

    fn depth(&self) -> usize {
        self.inputs.next_multiple_of(DEPTH)
    }

    fn panel_words(&self) -> usize {
        self.depth() / 2 * LANES
    }

    /// `out += input W`: `input` is `[rows, inputs]`, `out` has rows `stride` apart. `halves` is scratch.
    ///
    /// # Panics
    /// If the shapes do not fit: a fault of the caller.
    pub fn add_product<F: Float>(&self, input: &[F], out: &mut [F], stride: usize, halves: &mut Vec<u16>) {
        let rows = self.round(input, halves);
        self.add_rounded(rows, halves, out, stride);
    }

    /// Rounds input `[rows, inputs]` for this matrix and others with as many inputs; the number of rows.
    pub fn round<F: Float>(&self, input: &[F], halves: &mut Vec<u16>) -> usize {
        let (rows, depth) = (input.len() / self.inputs, self.depth());
        // Tiles are read whole.
        halves.resize(rows.next_multiple_of(LANES) * depth, 0);
        round_rows(input, self.inputs, halves, depth);
        rows
    }

    /// [`add_product`](Self::add_product) of numbers that are [rounded](Self::round) already.
    ///
    /// # Panics
    /// If the shapes do not fit: a fault of the caller.
    pub fn add_rounded<F: Float>(&self, rows: usize, halves: &[u16], out: &mut [F], stride: usize) {
        if rows == 0 {
            return;
        }
        assert!((rows - 1) * stride + self.outputs <= out.len());
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if tiles::usable()
            && let Some(out) = F::singles(out)
        {
            return self.add_by_tiles(rows, halves, out, stride);
        }
        self.add_by_lanes(rows, halves, out, stride);
    }

    /// Adds the product in vector code.
    fn add_by_lanes<F: Float>(&self, rows: usize, halves: &[u16], out: &mut [F], stride: usize) {
        for (panel, words) in self.words.chunks_exact(self.panel_words()).enumerate() {
            let first = panel * LANES;
            let width = LANES.min(self.outputs.saturating_sub(first));
            if width == 0 {
                break;
            }
            for (row, input) in halves.chunks_exact(self.depth()).enumerate().take(rows) {
                let out = &mut out[row * stride + first..][..width];
                let mut lanes = [F::ZERO; LANES];
                lanes[..width].copy_from_slice(out);
                panel_row(input, words, &mut lanes);
                out.copy_from_slice(&lanes[..width]);
            }
        }
    }

    /// Adds the product by the matrix unit, 32 outputs and 16 or 32 rows at a time.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    fn add_by_tiles(&self, rows: usize, halves: &[u16], out: &mut [f32], stride: usize) {
        let (depth, size) = (self.depth(), self.panel_words());
        let unit = tiles::Unit::configure();
        let mut beside = [[0.0; LANES * LANES]; 4];
        for (pair, words) in self.words.chunks_exact(2 * size).enumerate() {
            let panels = words.split_at(size);
            for row in (0..rows).step_by(2 * LANES) {
                let tall = rows - row > LANES;
                let input = &halves[row * depth..][..if tall { 2 } else { 1 } * LANES * depth];
                let mut corner = 0;
                let corners = beside.each_mut().map(|beside| {
                    let (row, column) = (row + corner / 2 * LANES, (2 * pair + corner % 2) * LANES);
                    corner += 1;
                    tiles::Corner::new(out, stride, (row, rows), (column, self.outputs), beside)
                });
                unit.multiply_add(input, depth, panels, out, stride, (&corners, &mut beside));
                for (corner, beside) in corners.iter().zip(&beside) {
                    corner.put_back(out, stride, beside);
                }
            }
        }
    }
}

/// AMX, the matrix unit of Intel's server processors since Sapphire Rapids (Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 1, chapter 18). The standard library has no stable functions for it, so its instructions
/// are written out.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[allow(unsafe_code, reason = "instructions that the standard library does not have")]
mod tiles {
    use super::{DEPTH, LANES};
    use std::arch::asm;
    use std::arch::x86_64::{__cpuid_count, _xgetbv};
    use std::marker::PhantomData;
    use std::sync::OnceLock;

    /// Whether the processor has the unit for bfloat16 and the system lets this process use it.
    pub fn usable() -> bool {
        static USABLE: OnceLock<bool> = OnceLock::new();
        #[cfg(test)]
        if super::super::float::MOST.get() != super::super::float::Simd::Avx512 {
            return false;
        }
        *USABLE.get_or_init(|| {
            // Leaf 7: AMX-BF16 is bit 22 and AMX-TILE bit 24 of EDX; leaf 1: OSXSAVE is bit 27 of ECX.
            let leaf = __cpuid_count(7, 0);
            let system_saves = __cpuid_count(1, 0).ecx & (1 << 27) != 0;
            let has = __cpuid_count(0, 0).eax >= 7 && leaf.edx & (1 << 22) != 0 && leaf.edx & (1 << 24) != 0;
            // SAFETY: OSXSAVE says that the instruction may be used. Bits 17 and 18: the system keeps tiles over a
            // switch of threads.
            has && system_saves && unsafe { xcr0() } & (0b11 << 17) == 0b11 << 17 && permitted()
        })
    }

    #[target_feature(enable = "xsave")]
    fn xcr0() -> u64 {
        // SAFETY: register 0 exists wherever the instruction does.
        unsafe { _xgetbv(0) }
    }

    /// Asks Linux for the right to use tile data, which a process must do once
    /// (`arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`).
    fn permitted() -> bool {
        let mut result: i64 = 158;
        // SAFETY: the call reads its two numbers and changes nothing in memory; `syscall` overwrites RCX and R11, as
        // declared.
        unsafe {
            asm!("syscall", inout("rax") result, in("rdi") 0x1023_usize, in("rsi") 18_usize, out("rcx") _, out("r11") _);
        }
        result == 0
    }

    /// The layout that the instruction LDTILECFG reads.
    #[repr(C, align(64))]
    struct Configuration {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        /// Bytes of a row, a number a tile.
        row_bytes: [u16; 16],
        rows: [u8; 16],
    }

    /// Eight tiles of 16 rows of 64 bytes.
    static CONFIGURATION: Configuration = {
        let (mut row_bytes, mut rows) = ([0; 16], [0; 16]);
        let mut tile = 0;
        while tile < 8 {
            row_bytes[tile] = 64;
            rows[tile] = 16;
            tile += 1;
        }
        Configuration { palette: 1, start_row: 0, reserved: [0; 14], row_bytes, rows }
    };

    /// The unit, configured on this thread until this goes.
    pub struct Unit(PhantomData<*const ()>);

    /// Results of a tile, where they do not lie in the output.
    pub type Beside = [f32; LANES * LANES];

    /// Where 16 by 16 results lie: in the output, or beside it where they would stand over.
    pub struct Corner {
        place: Option<usize>,
        /// First row and column, and how many of each are real.
        row: (usize, usize),
        column: (usize, usize),
    }

    impl Corner {
        /// The corner at `row` of `rows` and `column` of `columns`; if it reaches over the edge of the output, it is
        /// copied beside it.
        pub fn new(
            out: &[f32],
            stride: usize,
            (row, rows): (usize, usize),
            (column, columns): (usize, usize),
            beside: &mut Beside,
        ) -> Self {
            let real = |first: usize, end: usize| LANES.min(end.saturating_sub(first));
            let (row, column) = ((row, real(row, rows)), (column, real(column, columns)));
            if row.1 == LANES && column.1 == LANES {
                return Self { place: Some(row.0 * stride + column.0), row, column };
            }
            if column.1 > 0 {
                for (i, beside) in beside.chunks_exact_mut(LANES).enumerate().take(row.1) {
                    beside[..column.1].copy_from_slice(&out[(row.0 + i) * stride + column.0..][..column.1]);
                }
            }
            Self { place: None, row, column }
        }

        /// Writes results that lie beside the output into it.
        pub fn put_back(&self, out: &mut [f32], stride: usize, beside: &Beside) {
            if self.place.is_none() && self.column.1 > 0 {
                for (i, beside) in beside.chunks_exact(LANES).enumerate().take(self.row.1) {
                    out[(self.row.0 + i) * stride + self.column.0..][..self.column.1]
                        .copy_from_slice(&beside[..self.column.1]);
                }
            }
        }

        /// Address and bytes between rows.
        fn target(&self, out: &mut [f32], stride: usize, beside: &mut Beside) -> (*mut f32, usize) {
            match self.place {
                Some(place) => {
                    assert!(place + (LANES - 1) * stride + LANES <= out.len());
                    (out[place..].as_mut_ptr(), 4 * stride)
                }
                None => (beside.as_mut_ptr(), 4 * LANES),
            }
        }
    }

    impl Unit {
        /// # Panics
        /// If the unit is not [`usable`]: a fault of the caller.
        pub fn configure() -> Self {
            assert!(usable());
            // SAFETY: the unit may be used; the configuration is of the form that the instruction reads.
            unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const CONFIGURATION, options(nostack, readonly)) };
            Self(PhantomData)
        }

        /// Adds to the four corners (the lower two only if `input` has 32 rows) the product of `input`
        /// `[16 or 32, depth]` with two panels.
        pub fn multiply_add(
            &self,
            input: &[u16],
            depth: usize,
            (left, right): (&[u32], &[u32]),
            out: &mut [f32],
            stride: usize,
            (corners, beside): (&[Corner; 4], &mut [Beside; 4]),
        ) {
            let tall = input.len() >= 2 * LANES * depth;
            let steps = depth / DEPTH;
            assert!(input.len() >= LANES * depth && steps > 0);
            assert!(left.len() >= steps * LANES * LANES && right.len() >= steps * LANES * LANES);
            let [b0, b1, b2, b3] = beside;
            let c0 = corners[0].target(out, stride, b0);
            let c1 = corners[1].target(out, stride, b1);
            let c2 = corners[2].target(out, stride, b2);
            let c3 = corners[3].target(out, stride, b3);
            let (upper, between) = (input.as_ptr(), 2 * depth);
            // SAFETY: the unit is configured (a `Unit` exists, on this thread). Each load reads 16 rows of 64 bytes: of
            // the input, `depth` numbers of two bytes apart, inside its 16 rows (32 where `tall`) of `depth`, which is
            // a multiple of 32; of the panels, 64 bytes apart, `steps` times 1,024 bytes. Corners are 16 rows of 64
            // bytes each, inside `out` or beside it; `target` checks. The instructions read and write only there and in
            // tile registers, which are declared.
            unsafe {
                asm!(
                    "tileloadd tmm0, [{c0} + {s0}]", "tileloadd tmm1, [{c1} + {s1}]",
                    c0 = in(reg) c0.0, s0 = in(reg) c0.1, c1 = in(reg) c1.0, s1 = in(reg) c1.1,
                    out("tmm0") _, out("tmm1") _, options(nostack),
                );
                if tall {
                    let lower = upper.add(LANES * depth);
                    asm!(
                        "tileloadd tmm2, [{c2} + {s2}]", "tileloadd tmm3, [{c3} + {s3}]",
                        c2 = in(reg) c2.0, s2 = in(reg) c2.1, c3 = in(reg) c3.0, s3 = in(reg) c3.1,
                        out("tmm2") _, out("tmm3") _, options(nostack),
                    );
                    asm!(
                        "2:",
                        "tileloadd tmm4, [{a} + {between}]", "tileloadd tmm6, [{l} + {line}]",
                        "tileloadd tmm7, [{r} + {line}]", "tileloadd tmm5, [{b} + {between}]",
                        "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
                        "add {a}, 64", "add {b}, 64", "add {l}, 1024", "add {r}, 1024",
                        "dec {n}", "jnz 2b",
                        a = inout(reg) upper => _, b = inout(reg) lower => _,
                        l = inout(reg) left.as_ptr() => _, r = inout(reg) right.as_ptr() => _,
                        n = inout(reg) steps => _, between = in(reg) between, line = in(reg) 64_usize,
                        out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                        out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _, options(nostack),
                    );
                    asm!(
                        "tilestored [{c2} + {s2}], tmm2", "tilestored [{c3} + {s3}], tmm3",
                        c2 = in(reg) c2.0, s2 = in(reg) c2.1, c3 = in(reg) c3.0, s3 = in(reg) c3.1, options(nostack),
                    );
                } else {
                    asm!(
                        "2:",
                        "tileloadd tmm4, [{a} + {between}]", "tileloadd tmm6, [{l} + {line}]",
                        "tileloadd tmm7, [{r} + {line}]",
                        "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
                        "add {a}, 64", "add {l}, 1024", "add {r}, 1024",
                        "dec {n}", "jnz 2b",
                        a = inout(reg) upper => _,
                        l = inout(reg) left.as_ptr() => _, r = inout(reg) right.as_ptr() => _,
                        n = inout(reg) steps => _, between = in(reg) between, line = in(reg) 64_usize,
                        out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm6") _, out("tmm7") _, options(nostack),
                    );
                }
                asm!(
                    "tilestored [{c0} + {s0}], tmm0", "tilestored [{c1} + {s1}], tmm1",
                    c0 = in(reg) c0.0, s0 = in(reg) c0.1, c1 = in(reg) c1.0, s1 = in(reg) c1.1, options(nostack),
                );
            }
        }
    }

    impl Drop for Unit {
        /// Tiles that are not in use need not be kept over a switch of threads.
        fn drop(&mut self) {
            // SAFETY: the unit may be used; no value lives in a tile.
            unsafe { asm!("tilerelease", options(nostack, nomem)) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::float::{MOST, Simd};
    use super::*;

    fn widen(half: u16) -> f32 {
        exactly(u32::from(half) << 16)
    }

    fn values(count: usize, seed: f32) -> Vec<f32> {
        (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect()
    }

    #[test]
    fn rounding_is_to_nearest_even() {
        assert_eq!(widen(round(1.0)), 1.0);
        // 1 + 2^-8 lies halfway between 1 and 1 + 2^-7: the even one is 1; 1 + 3 * 2^-8 goes up.
        assert_eq!(widen(round(1.0 + 2f32.powi(-8))), 1.0);
        assert_eq!(widen(round(1.0 + 3.0 * 2f32.powi(-8))), 1.0 + 2f32.powi(-6));
        assert_eq!(widen(round(f32::NEG_INFINITY)), f32::NEG_INFINITY);
        assert_eq!(widen(round(-0.0)).to_bits(), (-0.0f32).to_bits());
        assert!(widen(round(f32::from_bits(0x7f80_0001))).is_nan() && widen(round(f32::from_bits(u32::MAX))).is_nan());
        for value in values(1000, 0.37) {
            assert!((widen(round(value)) - value).abs() <= value.abs() / 256.0);
        }
    }

    #[test]
    fn products_of_all_shapes_are_those_of_rounded_numbers() {
        for (rows, inputs, outputs, more) in [
            (1, 1, 1, 0),
            (1, 128, 384, 0),
            (15, 33, 17, 3),
            (16, 32, 32, 0),
            (17, 64, 48, 5),
            (33, 31, 100, 0),
            (70, 128, 64, 64),
        ] {
            let (first, stride) = (more / 2, outputs + more);
            let (input, weights, before) =
                (values(rows * inputs, 0.7), values(inputs * stride, 1.3), values(rows * stride, 0.2));
            let matrix = HalfMatrix::new(&weights, stride, (first, outputs));
            for most in [Simd::Portable, Simd::Avx2, Simd::Avx512] {
                MOST.set(most);
                let mut out = before.clone();
                matrix.add_product(&input, &mut out, stride, &mut vec![7; 3]);
                MOST.set(Simd::Avx512);
                for r in 0..rows {
                    for o in 0..outputs {
                        let exact = |i: usize| {
                            let (a, w) = (input[r * inputs + i], weights[i * stride + first + o]);
                            f64::from(widen(round(a))) * f64::from(widen(round(w)))
                        };
                        let exact = f64::from(before[r * stride + o]) + (0..inputs).map(exact).sum::<f64>();
                        let found = f64::from(out[r * stride + o]);
                        assert!(
                            (found - exact).abs() < 1e-5 * inputs as f64,
                            "{most:?} {rows} {inputs} {outputs}: {found} {exact}"
                        );
                    }
                    assert_eq!(out[r * stride + outputs..][..more], before[r * stride + outputs..][..more]);
                }
            }
        }
    }
}
