//! The `prover` program; everything is in the library.

use std::process::ExitCode;

/// Search makes and drops small things all the time, on all threads: an allocator made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    prover::cli::main()
}
