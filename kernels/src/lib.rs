//! GPU kernels of `prover`: a decoder-only transformer in the shape of GPT-2 over *prefix trees*, forward pass,
//! gradient and AdamW, on any device that
//! [cubecl](https://docs.rs/cubecl) drives: Vulkan, Metal and DirectX through wgpu (feature `wgpu`, on by default),
//! NVIDIA through CUDA (feature `cuda`). The crate knows nothing of proofs.
//!
//! - [`devices`], [`select`]: what there is, and which one `--device` means.
//! - [`open`]: a model on a device, as a [`Transformer`].
//! - [`Batch`]: sequences of a prefix and branches, packed so that a prefix is computed once.
//! - [`MemoryPlan`]: what a model and a batch will take.
//! - The kernels themselves ([`residual_and_norm`], [`cross_entropy`], [`product`] and so on) for measuring, on a [`Context`].
//!
//! Nothing here panics for what a device does: panics of the libraries below are caught, on the device's own thread too,
//! and what goes wrong outside of any call is kept and returned by the next one, as [`Error`]. A device computes something
//! known when it is opened, results are not-a-numbers until a kernel writes them, and not-a-numbers are errors.
//!
//! ```
//! use prover_gpu::{Batch, Config, Precision, Selector, open, select};
//!
//! // No device, or a software one only: nothing to do.
//! let Some(device) = select(Selector::Auto)? else { return Ok(()) };
//! let config = Config { vocabulary: 10, context: 8, layers: 1, heads: 1, width: 4 };
//! let width = config.width;
//! let parameters = 18 * width + 12 * width * width + 13 * width + 2 * width;
//! let model = open(&device, &config, &vec![0.1; parameters], Precision::F32)?;
//! let mut batch = Batch::default();
//! batch.push(&[1, 2, 3], [&[4, 5][..], &[6]]);
//! assert_eq!(model.hidden(&batch, &[4, 5])?.len(), 2 * width);
//! # Ok::<(), prover_gpu::Error>(())
//! ```

mod attention;
mod batch;
mod cache;
mod context;
mod device;
mod elementwise;
mod embedding;
mod error;
mod faults;
mod layout;
mod loss;
mod measure;
mod model;
mod norm;
mod open;
mod optimizer;
mod product;
mod reduce;
#[cfg(all(test, feature = "wgpu"))]
mod tests;

pub use attention::Heads;
pub use batch::Batch;
pub use context::{Buffer, Context, Element};
pub use device::{BackEnd, DeviceInfo, Selector, devices, select};
pub use elementwise::{add, bias_gelu, cast, fill};
pub use embedding::{Rows, Scatter, gather};
pub use error::Error;
pub use faults::Faults;
pub use layout::{Config, MemoryPlan};
pub use loss::{Term, Terms, cross_entropy};
pub use measure::{Group, Measurement, Peaks, Shape, measure};
pub use model::{GpuModel, Target, Transformer};
pub use norm::{EPSILON, Gains, Normed, norm_affine_gradient, norm_input_gradient, residual_and_norm};
pub use open::{Precision, open, open_rounded};
pub use optimizer::{AdamW, Along, adamw};
pub use product::{Matrix, Method, product, product_by};
pub use reduce::{Partials, norm};
