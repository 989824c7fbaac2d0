//! A client of a device, its buffers, and how kernels are launched on it.

use crate::error::Error;
use cubecl::features::Plane;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

/// Elements that views into one buffer are aligned to: 256 bytes in the smallest type, as WebGPU asks for.
pub(crate) const ALIGNMENT: usize = 128;

/// A floating-point type that activations are stored in. Sums are taken in `f32` whatever it is.
pub trait Element: Float + CubeElement + Send + Sync + std::fmt::Debug {
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
    const NAME: &'static str = "f32";
    fn narrow(value: f32) -> Self {
        value
    }
    fn widen(self) -> f32 {
        self
    }
}

impl Element for half::f16 {
    const NAME: &'static str = "f16";
    fn narrow(value: f32) -> Self {
        Self::from_f32(value)
    }
    fn widen(self) -> f32 {
        self.to_f32()
    }
}

impl Element for half::bf16 {
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
        assert!(start.is_multiple_of(ALIGNMENT) && start + length <= self.length);
        let size = size_of::<E>() as u64;
        let handle = self.handle.clone().offset_start(start as u64 * size);
        let rest = handle.size_in_used() - length as u64 * size;
        Self::new(handle.offset_end(rest), length)
    }

    /// The same memory as another type of the same name: `O` must be `E`.
    pub(crate) fn retyped<O: CubeElement>(&self) -> Buffer<O> {
        Buffer::new(self.handle.clone(), self.length)
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

/// What the driver reported outside of any call.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Option<Error>>>);

impl Faults {
    /// Remembers the first report.
    pub fn record(&self, error: Error) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(error);
    }

    fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

/// A device ready for work.
#[derive(Clone)]
pub struct Context<R: Runtime> {
    client: ComputeClient<R>,
    faults: Faults,
    planes: bool,
    library: bool,
}

impl<R: Runtime> Context<R> {
    /// Around a client; `faults` is what the driver's callbacks report to.
    pub fn new(client: ComputeClient<R>, faults: Faults) -> Self {
        let planes = client.features().plane.contains(Plane::Ops);
        Self { client, faults, planes, library: true }
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

    /// The values of some buffers of one type; waits until they are computed.
    ///
    /// # Errors
    /// What went wrong on the device since the last call.
    pub fn download<E: CubeElement>(&self, buffers: &[&Buffer<E>]) -> Result<Vec<Vec<E>>, Error> {
        let handles = buffers.iter().map(|b| b.handle()).collect();
        let read = cubecl::future::block_on(self.client.read_async(handles));
        if let Some(fault) = self.faults.take() {
            return Err(fault);
        }
        let bytes = read?;
        Ok(bytes.iter().zip(buffers).map(|(bytes, b)| E::from_bytes(bytes)[..b.len()].to_vec()).collect())
    }

    /// Waits for all work.
    ///
    /// # Errors
    /// What went wrong on the device since the last call.
    pub fn wait(&self) -> Result<(), Error> {
        let done = cubecl::future::block_on(self.client.sync());
        match self.faults.take() {
            Some(fault) => Err(fault),
            None => Ok(done?),
        }
    }
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
