//! The machine as the program sees it: files, pipes and standard input within limits, and threads.
//!
//! Whatever is read from outside goes through [`input`]: one reader with a limit that is looked at while reading, so
//! that a file that grows, a device or a pipe without end is an error and fills no memory. [`threads`] says how many
//! threads a command starts, whatever it was asked for.
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
//! Knows no other floor; used by `theory` (imports), `network` (checkpoints) and the root package.

#![forbid(unsafe_code)]

pub mod input;
pub mod threads;
