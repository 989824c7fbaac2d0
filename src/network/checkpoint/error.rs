//! Errors of writing and reading checkpoints.

use crate::model::{ModelError, Size};
use crate::network::NetworkError;
use crate::task::Task;
use crate::tokenizer::TokenizerError;
use safetensors::tensor::SafeTensorError;
use std::path::{Path, PathBuf};

/// Errors of writing and reading checkpoints.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file or directory cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// config.json is truncated or malformed.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The error of the parser.
        source: serde_json::Error,
    },
    /// config.json describes a model of an unsupported kind.
    #[error("{}: `{key}` is {found}; only {expected} is supported", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// Its value.
        found: String,
        /// The supported values.
        expected: String,
    },
    /// The header of a safetensors file is not valid JSON, or has a key twice.
    #[error("{}: the header: {source}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The error of the parser, with the line and column in the header.
        source: serde_json::Error,
    },
    /// The network was trained for something else.
    #[error("{}: {found} is no network for this: it needs {wanted}", path.display())]
    Task {
        /// The directory.
        path: PathBuf,
        /// The task for which it was trained.
        found: Task,
        /// The task that is required.
        wanted: Task,
    },
    /// The network is of another size than it has to be.
    #[error("{}: the network is {found}, and the run's is {wanted}: pass --model with its size", path.display())]
    Size {
        /// The directory.
        path: PathBuf,
        /// Its size.
        found: String,
        /// The size that is required.
        wanted: Size,
    },
    /// A safetensors file is cut off or corrupt.
    #[error("{}: not a complete safetensors file: {source}", path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// The error of the decoder.
        source: SafeTensorError,
    },
    /// A tensor is missing.
    #[error("{}: tensor `{name}` is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{}: tensor `{name}` has shape {found:?}, expected {expected:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
    /// A tensor has a number type that is not read.
    #[error("{}: tensor `{name}` has type {found}; only F64, F32, F16 and BF16 are read", path.display())]
    NumberType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its type.
        found: String,
    },
    /// A tensor holds a number that is infinite or not a number.
    #[error("{}: tensor `{name}` holds a number that is not finite", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of squares holds a negative number.
    #[error("{}: tensor `{name}` holds a negative number, but squares are expected", path.display())]
    Negative {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A value among a file's metadata is missing or wrong.
    #[error("{}: metadata `{key}` is missing or wrong", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
    },
    /// tokenizer.json is not usable.
    #[error("{}: {source}", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: TokenizerError,
    },
    /// The model cannot be made.
    #[error("{}: {source}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: ModelError,
    },
    /// Model and tokenizer do not fit together.
    #[error("{}: {source}", path.display())]
    Network {
        /// The directory.
        path: PathBuf,
        /// The cause.
        source: NetworkError,
    },
}

/// An error of reading or writing a path.
pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> CheckpointError + '_ {
    |source| CheckpointError::Io { path: path.to_owned(), source }
}
