//! A client of a device, its buffers, and how kernels are launched on it.

use crate::error::{Error, guarded};
use crate::faults::Faults;
use crate::open::Precision;
use cubecl::features::Plane;
use cubecl::prelude::*;
use cubecl::server::{Handle, ServerError};
use std::any::TypeId;
use std::marker::PhantomData;

/// Elements that views into one buffer are aligned to: 256 bytes in the smallest type, as WebGPU asks for.
pub(crate) const ALIGNMENT: usize = 128;

/// A floating-point type that activations are stored in. Sums are taken in `f32` whatever it is.
pub trait Element: Float + CubeElement + Send + Sync + std::fmt::Debug {
    /// The precision that stores activations so.
    const PRECISION: Precision;
    /// Its name in tables.
    const NAME: &'static str;
    /// Bytes a value.
    const BYTES: usize = size_of::<Self>();
    /// From `f32`, rounded to nearest.
    fn narrow(value: f32) -> Self;
    /// To `f32`, exactly.
    fn widen(self) -> f32;
}

impl Element for f32 {
    const PRECISION: Precision = Precision::F32;
    const NAME: &'static str = "f32";
    fn narrow(value: f32) -> Self {
        value
    }
    fn widen(self) -> f32 {
        self
    }
}

impl Element for half::f16 {
    const PRECISION: Precision = Precision::F16;
    const NAME: &'static str = "f16";
    fn narrow(value: f32) -> Self {
        Self::from_f32(value)
    }
    fn widen(self) -> f32 {
        self.to_f32()
    }
}

impl Element for half::bf16 {
    const PRECISION: Precision = Precision::Bf16;
    const NAME: &'static str = "bf16";
    fn narrow(value: f32) -> Self {
        Self::from_f32(value)
    }
    fn widen(self) -> f32 {
        self.to_f32()
    }
}

/// A buffer on the device, or an aligned view into one. Clones share the memory.
#[derive(Clone, Debug)]
pub struct Buffer<E> {
    handle: Handle,
    length: usize,
    element: PhantomData<E>,
}

impl<E: CubeElement> Buffer<E> {
    fn new(handle: Handle, length: usize) -> Self {
        Self { handle, length, element: PhantomData }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Elements `start..start + length`; `start` must be aligned as the layout of parameters aligns its tensors.
    ///
    /// # Panics
    /// If it is not, or the view is not inside the buffer: a fault of the caller.
    pub(crate) fn view(&self, start: usize, length: usize) -> Self {
        // No kernel can be given nothing.
        let held = length.max(1);
        assert!(start.is_multiple_of(ALIGNMENT) && start + held <= self.length);
        let size = size_of::<E>() as u64;
        let handle = self.handle.clone().offset_start(start as u64 * size);
        let rest = handle.size_in_used() - held as u64 * size;
        Self::new(handle.offset_end(rest), length)
    }

    /// The buffer itself, if `O` is its type.
    pub(crate) fn same_type<O: CubeElement>(&self) -> Option<Buffer<O>> {
        (TypeId::of::<E>() == TypeId::of::<O>()).then(|| Buffer::new(self.handle.clone(), self.length))
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The buffer as an argument of a kernel.
    pub(crate) fn argument<R: Runtime>(&self) -> ArrayArg<R> {
        // SAFETY: the handle holds at least `length` elements by construction ([`Context::empty`], `upload`, `view`).
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.length) }
    }
}

/// Source of the free memory of a device, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Memory {
    /// Nothing does.
    Unknown,
    /// The bytes that it has in all, less what this program reserved.
    #[cfg_attr(not(feature = "wgpu"), allow(dead_code, reason = "what WebGPU's devices tell"))]
    Total(u64),
    /// The driver, asked on the device's thread.
    #[cfg_attr(not(feature = "cuda"), allow(dead_code, reason = "CUDA's driver tells"))]
    Driver(fn() -> Option<u64>),
}

/// Tables that go to the device in one piece.
#[derive(Debug, Default)]
pub(crate) struct Parcel(Vec<u32>);

/// A part of a [`Parcel`].
#[derive(Clone, Debug)]
pub(crate) struct Part {
    start: usize,
    length: usize,
}

impl Parcel {
    /// Packs a table.
    pub fn put(&mut self, words: impl IntoIterator<Item = u32>) -> Part {
        let start = self.0.len();
        self.0.extend(words);
        let length = self.0.len() - start;
        self.0.resize(start + length.max(1).next_multiple_of(ALIGNMENT), 0);
        Part { start, length }
    }

    /// Packs numbers.
    pub fn put_numbers(&mut self, numbers: impl IntoIterator<Item = f32>) -> Part {
        self.put(numbers.into_iter().map(f32::to_bits))
    }

    /// Leaves room for results that are read back: not-a-numbers, so that what no kernel wrote shows.
    pub fn room(&mut self, length: usize) -> Part {
        self.put_numbers(std::iter::repeat_n(f32::NAN, length))
    }

    /// Sends all.
    pub fn send<R: Runtime>(self, context: &Context<R>) -> Sent {
        Sent(context.upload(&self.0))
    }
}

/// A [`Parcel`] on the device.
#[derive(Clone, Debug)]
pub(crate) struct Sent(Buffer<u32>);

impl Sent {
    /// A table of it.
    pub fn table(&self, part: &Part) -> Buffer<u32> {
        self.0.view(part.start, part.length)
    }

    /// Numbers, or room for them.
    pub fn numbers(&self, part: &Part) -> Buffer<f32> {
        let Buffer { handle, length, .. } = self.table(part);
        Buffer::new(handle, length)
    }
}

/// A device ready for work.
#[derive(Clone)]
pub struct Context<R: Runtime> {
    client: ComputeClient<R>,
    faults: Faults,
    memory: Memory,
    planes: bool,
    library: bool,
}

impl<R: Runtime> Context<R> {
    /// Around a client; `faults` is what the driver's callbacks report to, and where panics of the device's thread are
    /// kept.
    pub fn new(client: ComputeClient<R>, faults: Faults) -> Self {
        // Kernels have at least 64 units in a cube, which must be whole planes.
        let size = client.properties().hardware.plane_size_max;
        let planes = client.features().plane.contains(Plane::Ops) && (1..=64).contains(&size);
        Self { client, faults, memory: Memory::Unknown, planes, library: true }
    }

    /// The same device, with what tells how much of its memory is free.
    pub(crate) fn with_memory(mut self, memory: Memory) -> Self {
        self.memory = memory;
        self
    }

    /// The same device with reductions by plane operations switched on or off (on where the device says that it has
    /// them).
    pub fn with_planes(mut self, planes: bool) -> Self {
        self.planes = planes;
        self
    }

    /// The same device with products by `cubek-matmul` switched on or off. Its kernels pay off on hardware; a software
    /// adapter takes longer to compile them than ours to run.
    pub fn with_library(mut self, library: bool) -> Self {
        self.library = library;
        self
    }

    pub(crate) fn library(&self) -> bool {
        self.library
    }

    pub(crate) fn client(&self) -> &ComputeClient<R> {
        &self.client
    }

    pub(crate) fn planes(&self) -> bool {
        self.planes
    }

    /// Bytes of shared memory a cube may use.
    pub fn shared_memory(&self) -> usize {
        self.client.properties().hardware.max_shared_memory_size
    }

    /// Whether the device multiplies matrices of a type in units of their own, adding up in `f32`.
    pub fn matrix_units<E: Element>(&self) -> bool {
        let (input, sum) =
            (E::as_type_native_unchecked().storage_type(), f32::as_type_native_unchecked().storage_type());
        let known = &self.client.features().matmul.mma;
        self.supports::<E>() && known.iter().any(|m| m.a_type == input && m.b_type == input && m.cd_type == sum)
    }

    /// Whether buffers and arithmetic of a type are supported.
    pub fn supports<E: Element>(&self) -> bool {
        let elem = E::as_type_native_unchecked().elem_type();
        self.client.properties().supports_type(elem)
    }

    /// A buffer whose content is arbitrary: in tests not a number, so that what a kernel leaves out shows.
    pub fn empty<E: CubeElement>(&self, length: usize) -> Buffer<E> {
        let bytes = (length.max(1) * size_of::<E>()).next_multiple_of(4);
        if cfg!(test) {
            return Buffer::new(self.client.create_from_slice(&vec![0xff; bytes]), length);
        }
        Buffer::new(self.client.empty(bytes), length)
    }

    /// A buffer with these values.
    pub fn upload<E: CubeElement>(&self, values: &[E]) -> Buffer<E> {
        if values.is_empty() {
            return self.empty(0);
        }
        let bytes = E::as_bytes(values);
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        if padding == 0 {
            return Buffer::new(self.client.create_from_slice(bytes), values.len());
        }
        Buffer::new(self.client.create_from_slice(&[bytes, &[0; 4][..padding]].concat()), values.len())
    }

    /// A buffer of not-a-numbers, for results that are read back: what no kernel wrote shows.
    pub(crate) fn poisoned(&self, length: usize) -> Buffer<f32> {
        self.upload(&vec![f32::NAN; length])
    }

    /// The values of some buffers of one type; waits until they are computed.
    ///
    /// # Errors
    /// The faults on the device since the last call.
    pub fn download<E: CubeElement>(&self, buffers: &[&Buffer<E>]) -> Result<Vec<Vec<E>>, Error> {
        let handles = buffers.iter().map(|b| b.handle()).collect();
        let read = self.waited(|| cubecl::future::block_on(self.client.read_async(handles)))?;
        Ok(read.iter().zip(buffers).map(|(bytes, b)| E::from_bytes(bytes)[..b.len()].to_vec()).collect())
    }

    /// Like [`download`](Self::download) of one buffer of numbers.
    ///
    /// # Errors
    /// As there, and [`Error::Fault`] if one of them is not a number.
    pub(crate) fn download_numbers(&self, buffer: &Buffer<f32>) -> Result<Vec<f32>, Error> {
        numbers_only(self.download(&[buffer])?.remove(0))
    }

    /// Waits for all work.
    ///
    /// # Errors
    /// The faults on the device since the last call.
    pub fn wait(&self) -> Result<(), Error> {
        self.waited(|| cubecl::future::block_on(self.client.sync()))
    }

    /// The result of a call that waits for the device. What its thread died of comes first: it says more than what
    /// whoever waited for it sees.
    fn waited<T>(&self, call: impl FnOnce() -> Result<T, ServerError>) -> Result<T, Error> {
        let result = guarded(|| Ok(call()?));
        self.faults.take().map_or(result, Err)
    }

    /// Runs device work; a panic of the library below becomes an [`Error`]. After a failure what is left of the work is
    /// cleared away, so that smaller work may follow it.
    pub(crate) fn guarded<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let result = guarded(work);
        let Err(error) = result else { return result };
        let error = self.faults.take().unwrap_or(error);
        if !matches!(error, Error::Shape(_)) {
            // The buffers are gone by now; what they were cut from can be cut anew. Reports that follow from the first
            // one would else fail the next call.
            _ = guarded(|| {
                self.client.memory_cleanup();
                self.wait()
            });
        }
        Err(error)
    }

    /// Whether the device has room for so many bytes beside what is in use, as far as can be told.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if it has not; else what goes wrong on the device.
    pub(crate) fn require(&self, bytes: u64) -> Result<(), Error> {
        let outside = match self.memory {
            Memory::Unknown => return Ok(()),
            Memory::Total(total) => Some(total),
            Memory::Driver(free) => self.waited(|| self.client.exclusive(free))?,
        };
        let Some(outside) = outside else { return Ok(()) };
        let usage = self.waited(|| self.client.memory_usage())?;
        let free = match self.memory {
            Memory::Total(_) => outside.saturating_sub(usage.bytes_in_use),
            _ => outside + usage.bytes_reserved.saturating_sub(usage.bytes_in_use),
        };
        if bytes > free {
            return Err(Error::OutOfMemory(format!("{} MiB are wanted, {} MiB are free", bytes >> 20, free >> 20)));
        }
        Ok(())
    }

    /// Runs a kernel whose result is known.
    ///
    /// # Errors
    /// [`Error::Fault`] if the result is another one; else what goes wrong on the device.
    pub(crate) fn probe(&self) -> Result<(), Error> {
        self.guarded(|| {
            let x: Vec<f32> = (0..UNITS).map(|i| i as f32 - 100.0).collect();
            let (input, out) = (self.upload(&x), self.poisoned(x.len()));
            // SAFETY: one cube has a unit for each of the values.
            unsafe {
                let (count, dim) = (CubeCount::Static(1, 1, 1), CubeDim::new_1d(UNITS));
                probe_kernel::launch_unchecked::<R>(&self.client, count, dim, input.argument(), out.argument());
            }
            let found = self.download(&[&out])?.remove(0);
            match found.iter().zip(&x).find(|(found, x)| **found != *x * *x - 2.0) {
                None => Ok(()),
                Some((found, x)) => Err(Error::Fault(format!("the device computes {x} {x} - 2 = {found}"))),
            }
        })
    }
}

/// Values that were read, if all are numbers.
pub(crate) fn numbers_only(values: Vec<f32>) -> Result<Vec<f32>, Error> {
    match values.iter().position(|v| v.is_nan()) {
        None => Ok(values),
        Some(at) => Err(Error::Fault(format!("value {at} of {} that were read is not a number", values.len()))),
    }
}

#[cube(launch_unchecked)]
fn probe_kernel(x: &Array<f32>, out: &mut Array<f32>) {
    out[ABSOLUTE_POS] = x[ABSOLUTE_POS] * x[ABSOLUTE_POS] - 2.0f32;
}

/// Cubes in one or two dimensions that hold `count` of them at least; kernels leave out what is beyond their data.
pub(crate) fn cubes(count: usize) -> CubeCount {
    // What every WebGPU device allows in a dimension.
    const LARGEST: usize = 65_535;
    let count = count.max(1);
    let y = count.div_ceil(LARGEST);
    CubeCount::Static(count.div_ceil(y) as u32, y as u32, 1)
}

/// Units a cube of kernels that treat elements one by one.
pub(crate) const UNITS: u32 = 256;

/// Cubes that have a unit for each element.
pub(crate) fn cubes_for(elements: usize) -> CubeCount {
    cubes(elements.div_ceil(UNITS as usize))
}
