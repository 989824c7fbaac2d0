//! The `prover` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    prover::cli::main()
}
