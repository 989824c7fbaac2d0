//! Any bytes as they may come from a broker: jobs, answers, libraries, networks, files of runs.

#![no_main]

#[path = "../../tests/targets/broker.rs"]
mod broker;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    broker::read(bytes);
});
