//! Errors of devices.

use cubecl::server::{IoError, LaunchError, ServerError};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A device is missing, failed, or was asked for something impossible.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// This build has no such back end.
    #[error("this build has no {0} back end (cargo feature `{0}`)")]
    NotBuilt(&'static str),
    /// There is no device of this index, or none at all.
    #[error("no device {0}")]
    Missing(String),
    /// The device has less memory than was asked for.
    #[error("out of device memory: {0}")]
    OutOfMemory(String),
    /// Lengths or sizes that do not fit together.
    #[error("{0}")]
    Shape(String),
    /// The driver reported a fault, or the library above it gave up.
    #[error("device fault: {0}")]
    Fault(String),
}

impl Error {
    /// Sorts a report of the driver by what it says, since not all of them are typed.
    pub(crate) fn reported(message: &str) -> Self {
        let lower = message.to_lowercase();
        let memory =
            ["out of memory", "outofmemory", "out_of_memory", "out-of-memory", "can't allocate", "buffertoobig"];
        // Backtraces follow in later lines; the causes stand in the first ones.
        let short: Vec<&str> = message.lines().map(str::trim).filter(|l| !l.is_empty()).take(3).collect();
        let short = short.join(" ");
        if memory.iter().any(|m| lower.contains(m)) { Self::OutOfMemory(short) } else { Self::Fault(short) }
    }
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        match &error {
            ServerError::Launch(LaunchError::OutOfMemory { reason, .. }) => Self::OutOfMemory(reason.clone()),
            ServerError::Io(IoError::BufferTooBig { size, .. }) => {
                Self::OutOfMemory(format!("a buffer of {size} bytes is larger than the device allows"))
            }
            ServerError::ServerUnhealthy { errors, .. } if !errors.is_empty() => Self::from(errors[0].clone()),
            _ => Self::reported(&error.to_string()),
        }
    }
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("the device library panicked").to_owned()
}

/// Runs device work; a panic of the library below becomes an [`Error`]. The work's own state must not be used after an
/// error other than [`Error::Shape`] and [`Error::OutOfMemory`].
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.unwrap_or_else(|panic| Err(Error::reported(&panic_message(&*panic))))
}

thread_local! {
    /// Whether this thread is inside of [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread becomes an error.
pub(crate) fn is_guarded() -> bool {
    GUARDED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_reports_become_errors() {
        assert_eq!(guarded(|| Ok(3)), Ok(3));
        let fault: Result<(), _> = guarded(|| panic!("adapter {} is gone", 3));
        assert_eq!(fault, Err(Error::Fault("adapter 3 is gone".to_owned())));
        let memory: Result<(), _> = guarded(|| panic!("CUDA_ERROR_OUT_OF_MEMORY\nbacktrace"));
        assert!(matches!(memory, Err(Error::OutOfMemory(_))));
    }
}
