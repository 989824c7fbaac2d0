//! A model on a device that was chosen at run time.

use crate::context::{Context, Element};
use crate::device::{BackEnd, DeviceInfo};
use crate::error::Error;
use crate::layout::Config;
use crate::model::{GpuModel, Transformer};
use cubecl::prelude::Runtime;
use std::fmt;
use std::str::FromStr;

/// Type in which activations are stored. Parameters, the residual stream, gradients of parameters and all sums are
/// `f32` in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits with the exponent of `f32`; on matrix units where there are any.
    Bf16,
    /// 16 bits, largest value 65,504.
    F16,
}

impl Precision {
    /// Bytes a value.
    pub fn bytes(self) -> usize {
        if self == Self::F32 { 4 } else { 2 }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        })
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let all = [Self::F32, Self::Bf16, Self::F16];
        let found = all.into_iter().find(|p| p.to_string() == name);
        found.ok_or_else(|| Error::Shape(format!("unknown precision `{name}`: expected f32, bf16 or f16")))
    }
}

fn model<R: Runtime>(
    context: Context<R>,
    config: &Config,
    flat: &[f32],
    precision: Option<Precision>,
) -> Result<Box<dyn Transformer>, Error> {
    fn boxed<R: Runtime, E: Element>(
        context: Context<R>,
        config: &Config,
        flat: &[f32],
    ) -> Result<Box<dyn Transformer>, Error> {
        Ok(Box::new(GpuModel::<R, E>::new(context, config, flat)?))
    }
    let rounded = if context.matrix_units::<half::bf16>() { Precision::Bf16 } else { Precision::F32 };
    match precision.unwrap_or(rounded) {
        Precision::F32 => boxed::<R, f32>(context, config, flat),
        Precision::Bf16 => boxed::<R, half::bf16>(context, config, flat),
        Precision::F16 => boxed::<R, half::f16>(context, config, flat),
    }
}

/// Puts a model on a device.
///
/// # Errors
/// [`Error`] if the device does not open, is too small, or the parameters are not those of the configuration.
pub fn open(
    device: &DeviceInfo,
    config: &Config,
    flat: &[f32],
    precision: Precision,
) -> Result<Box<dyn Transformer>, Error> {
    open_in(device, config, flat, Some(precision))
}

/// Like [`open`], in [`Precision::Bf16`] where the device has matrix units for it, else in [`Precision::F32`].
///
/// # Errors
/// As there.
pub fn open_rounded(device: &DeviceInfo, config: &Config, flat: &[f32]) -> Result<Box<dyn Transformer>, Error> {
    open_in(device, config, flat, None)
}

fn open_in(
    device: &DeviceInfo,
    config: &Config,
    flat: &[f32],
    precision: Option<Precision>,
) -> Result<Box<dyn Transformer>, Error> {
    match device.back_end {
        #[cfg(feature = "wgpu")]
        BackEnd::Wgpu => model(crate::device::wgpu_back_end::open(device.index)?, config, flat, precision),
        #[cfg(feature = "cuda")]
        BackEnd::Cuda => model(crate::device::cuda::open(device.index)?, config, flat, precision),
        #[cfg(not(feature = "wgpu"))]
        BackEnd::Wgpu => Err(Error::NotBuilt("wgpu")),
        #[cfg(not(feature = "cuda"))]
        BackEnd::Cuda => Err(Error::NotBuilt("cuda")),
    }
}
