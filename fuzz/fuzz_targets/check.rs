//! Checks any bytes as a file; accepted declarations go to the naive checker.

#![no_main]

#[path = "../../tests/naive/mod.rs"]
mod naive;
#[path = "../../tests/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::check(bytes));
