//! Files of tensors: safetensors, read within limits and checked, written and synced.

use super::error::{CheckpointError, io};
use crate::json;
use crate::model::Tensor;
use prover_system::input;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The greatest length of a safetensors file with tensors of a layout: two numbers of the widest type for each
/// parameter (an optimiser keeps two), and 1 GiB for the header and for tensors that are ignored.
pub(super) fn limit(layout: &[Tensor]) -> u64 {
    let parameters = layout.last().map_or(0, |tensor| tensor.range.end as u64);
    parameters.saturating_mul(2 * 8).saturating_add(1 << 30)
}

/// A tensor to write: name, shape, values.
pub type NamedTensor<'a> = (String, Vec<usize>, &'a [f32]);

/// The tensors of a flat vector laid out like a model's parameters.
pub fn tensors_of<'a>(layout: &'a [Tensor], values: &'a [f32]) -> impl Iterator<Item = NamedTensor<'a>> {
    layout.iter().map(move |t| (t.name.clone(), t.shape.clone(), &values[t.range.clone()]))
}

/// Writes tensors as F32 into a safetensors file.
///
/// # Errors
/// [`CheckpointError`] if the file cannot be written, or a number is not finite.
pub fn write_tensors<'a>(
    path: &Path,
    tensors: impl IntoIterator<Item = NamedTensor<'a>>,
    metadata: HashMap<String, String>,
) -> Result<(), CheckpointError> {
    let wrong = |source| CheckpointError::Tensors { path: path.to_owned(), source };
    let tensors: Vec<NamedTensor<'_>> = tensors.into_iter().collect();
    // It could not be read again: whoever keeps checkpoints goes on from the last one that can.
    if let Some((name, ..)) = tensors.iter().find(|(_, _, values)| values.iter().any(|value| !value.is_finite())) {
        return Err(CheckpointError::NotFinite { path: path.to_owned(), name: name.clone() });
    }
    let data: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape, values)| (name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let mut views = Vec::with_capacity(data.len());
    for (name, shape, bytes) in &data {
        views.push((name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(wrong)?));
    }
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(wrong)?;
    write_file(path, &bytes)
}

/// A safetensors file in memory, known to be complete.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    bytes: Vec<u8>,
    metadata: HashMap<String, String>,
}

impl TensorFile {
    /// Reads and checks a file, which is to hold tensors of a layout, once or twice.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot be read, is longer than such a file can be, or is cut off or corrupt.
    pub fn read(path: &Path, layout: &[Tensor]) -> Result<Self, CheckpointError> {
        Self::new(path, input::read(path, limit(layout)).map_err(io(path))?)
    }

    /// Checks the content of a file; `path` is for errors.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is cut off or corrupt.
    pub fn new(path: &Path, bytes: Vec<u8>) -> Result<Self, CheckpointError> {
        let wrong = |source| CheckpointError::Tensors { path: path.to_owned(), source };
        let (length, header) = SafeTensors::read_metadata(&bytes).map_err(wrong)?;
        // The library takes the last of two tensors of the same name. The header begins after its length, of eight
        // bytes.
        json::check(&bytes[8..8 + length])
            .map_err(|source| CheckpointError::Header { path: path.to_owned(), source })?;
        let metadata = header.metadata().clone().unwrap_or_default();
        SafeTensors::deserialize(&bytes).map_err(wrong)?;
        Ok(Self { path: path.to_owned(), bytes, metadata })
    }

    /// A value of the file's metadata, parsed.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] if it is missing or cannot be parsed.
    pub fn metadata<T: std::str::FromStr>(&self, key: &'static str) -> Result<T, CheckpointError> {
        let value = self.metadata.get(key).and_then(|v| v.parse().ok());
        value.ok_or_else(|| CheckpointError::Metadata { path: self.path.clone(), key })
    }

    /// All tensors of a layout as one flat vector. Their names in the file begin with `prefix`; without one, the
    /// `transformer.` of a name may be missing as well (as in a file of Hugging Face's `GPT2Model`). Other tensors are
    /// ignored.
    ///
    /// # Errors
    /// [`CheckpointError`] if one is missing or of another shape or type, or holds a number that is not finite.
    pub fn flat(&self, layout: &[Tensor], prefix: &str) -> Result<Vec<f32>, CheckpointError> {
        let (path, wrong) = (&self.path, |source| CheckpointError::Tensors { path: self.path.clone(), source });
        let file = SafeTensors::deserialize(&self.bytes).map_err(wrong)?;
        let mut values = Vec::new();
        for tensor in layout {
            let name = format!("{prefix}{}", tensor.name);
            let view = file.tensor(&name).or_else(|e| match name.strip_prefix("transformer.") {
                Some(short) => file.tensor(short),
                None => Err(e),
            });
            let Ok(view) = view else { return Err(CheckpointError::Missing { path: path.clone(), name }) };
            if view.shape() != tensor.shape {
                let (found, expected) = (view.shape().to_vec(), tensor.shape.clone());
                return Err(CheckpointError::Shape { path: path.clone(), name, found, expected });
            }
            let start = values.len();
            if !decode(&view, &mut values) {
                let found = format!("{:?}", view.dtype());
                return Err(CheckpointError::NumberType { path: path.clone(), name, found });
            }
            if !values[start..].iter().all(|v| v.is_finite()) {
                return Err(CheckpointError::NotFinite { path: path.clone(), name });
            }
        }
        Ok(values)
    }
}

/// Adds a tensor's numbers as `f32`; false if the type is not one of the floating-point ones.
fn decode(view: &TensorView<'_>, out: &mut Vec<f32>) -> bool {
    let data = view.data();
    // The chunks have exactly the width that is taken from them.
    match view.dtype() {
        Dtype::F32 => out.extend(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        Dtype::F64 => out.extend(
            data.chunks_exact(8).map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32),
        ),
        Dtype::BF16 => {
            out.extend(data.chunks_exact(2).map(|b| f32::from_bits((u16::from_le_bytes([b[0], b[1]]) as u32) << 16)))
        }
        Dtype::F16 => out.extend(data.chunks_exact(2).map(|b| half(u16::from_le_bytes([b[0], b[1]])))),
        _ => return false,
    }
    true
}

/// An IEEE 754 binary16 number as `f32`.
pub(super) fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10 & 31) as i32, (bits & 1023) as f32);
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

/// Writes a file and makes sure that it is on disk before anything is renamed.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let mut file = std::fs::File::create(path).map_err(io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io(path))
}
