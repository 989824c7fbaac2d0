//! What the program takes from the machine: files, pipes and standard input within limits, and threads.
//!
//! - [`input`]: one reader for all that is read, with a limit that is looked at while reading.
//! - [`threads`]: how many threads a command starts.

#![forbid(unsafe_code)]

pub mod input;
pub mod threads;
