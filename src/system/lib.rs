//! The machine as the program sees it: files, pipes and standard input within limits, memory, and threads.
//!
//! All input from outside goes through [`input`]: one reader with a limit that is checked while reading, so that a file
//! that grows, a device or a pipe without end is an error and does not fill the memory. [`threads`] decides how many
//! threads a command starts, [`memory`] whether there is enough for a pass of a network.
//!
//! ```
//! use prover_system::input;
//!
//! let place = std::env::temp_dir().join(format!("prover-system-{}", std::process::id()));
//! std::fs::write(&place, "nat : type.")?;
//! assert_eq!(input::read(&place, input::TEXT)?, b"nat : type.");
//! assert!(input::read(&place, 3).is_err(), "longer than three bytes");
//! std::fs::remove_file(&place)?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`device`] has the names of devices.
//!
//! This crate depends on no other floor; it is used by `theory` (imports), `network` (checkpoints), the GPU kernels
//! (names of devices) and the root package.

#![forbid(unsafe_code)]

pub mod device;
pub mod input;
pub mod memory;
pub mod threads;
