//! `prover export`: the input of other kernels, and their answers.
//!
//! With `PROVER_TEST_ROCQ=1` Rocq re-checks the exported files (Debian's package `coq`); without it those tests say
//! that they are left out. No Lean is needed: the lines of lean4export's format are read by [`reader`], which shares no
//! code with their writer. `PROVER_TEST_NANODA=PROGRAM` has the external checker nanoda (`nanoda_bin`) judge them
//! besides.

mod command;
mod lean;
mod mutants;
#[path = "../support/terms.rs"]
mod parts;
mod printed;
mod reader;
mod rocq;
mod samples;
mod terms;
