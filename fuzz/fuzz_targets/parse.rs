//! Any bytes: read as a file, as a term and as steps, printed and read again.

#![no_main]

#[path = "../../tests/naive/mod.rs"]
mod naive;
#[path = "../../tests/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::parse(bytes));
