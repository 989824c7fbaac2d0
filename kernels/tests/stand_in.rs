//! The CUDA back end on a machine without a GPU: the stand-in driver skips kernels, everything else is real (see
//! kernels/stand-in). What is checked is that faults are errors, how much is launched, copied and waited for, and what
//! machine code comes of the kernels.
#![cfg(feature = "cuda")]

#[path = "../stand-in/alone.rs"]
mod alone;

use alone::StandIn;
use prover_gpu::{
    AdamW, Batch, Config, DeviceInfo, Error, Precision, Selector, Target, Term, Transformer, open, select,
};

fn config(size: &str) -> Config {
    let (layers, heads, width) = match size {
        "tiny" => (2, 4, 128),
        _ => (8, 8, 512),
    };
    Config { vocabulary: 512, context: 1024, layers, heads, width }
}

fn parameters(config: &Config) -> Vec<f32> {
    let (width, layers) = (config.width, config.layers);
    vec![0.01; (config.vocabulary + config.context) * width + layers * (12 * width * width + 13 * width) + 2 * width]
}

fn device() -> DeviceInfo {
    select(Selector::Cuda(None)).unwrap().expect("the stand-in is a device")
}

fn opened(size: &str, precision: Precision) -> Result<Box<dyn Transformer>, Error> {
    let config = config(size);
    open(&device(), &config, &parameters(&config), precision)
}

/// States of 100 tokens with 30 actions of 8 tokens.
fn batch(states: usize) -> Batch {
    let tokens = |count: u32, seed: u32| -> Vec<u32> { (0..count).map(|i| (i * 7 + seed * 13) % 512).collect() };
    let mut batch = Batch::default();
    for state in 0..states as u32 {
        let branches: Vec<Vec<u32>> = (0..30).map(|action| tokens(8, state + action)).collect();
        batch.push(&tokens(100, state), branches.iter().map(|b| &b[..]));
    }
    batch
}

fn targets(batch: &Batch) -> Vec<Target> {
    let term = |row: u32| Term { token: row % 512, candidates: vec![], weight: 1e-3 };
    (0..batch.rows() as u32).step_by(2).map(|row| Target { row, term: term(row) }).collect()
}

#[test]
fn without_a_compiler_no_device_opens() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.without_compiler().run("without_a_compiler_no_device_opens", || {
        let error = opened("tiny", Precision::F32).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Missing(what) if what.contains("NVRTC")), "{error}");
    });
}

#[test]
fn without_headers_no_device_opens() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.without_headers().run("without_headers_no_device_opens", || {
        let error = opened("tiny", Precision::F32).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Missing(what) if what.contains("CUDA_PATH")), "{error}");
    });
}

#[test]
fn a_device_that_computes_nothing_does_not_open() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.with("STAND_IN_DEAF", "1").run("a_device_that_computes_nothing_does_not_open", || {
        let error = opened("tiny", Precision::F32).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Fault(what) if what.contains("NaN")), "{error}");
    });
}

#[test]
fn what_no_kernel_wrote_is_an_error() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.run("what_no_kernel_wrote_is_an_error", || {
        let mut model = opened("tiny", Precision::F32).unwrap();
        let (batch, fault) = (batch(2), |error: &Error| matches!(error, Error::Fault(what) if what.contains("number")));
        assert!(fault(&model.hidden(&batch, &[3, 5]).unwrap_err()));
        assert!(fault(&model.loss(&batch, &targets(&batch)).unwrap_err()));
        assert!(fault(&model.loss_and_gradient(&batch, &targets(&batch), false).unwrap_err()));
        assert!(fault(&model.gradient_norm().unwrap_err()));
        // What was uploaded is there, whatever went wrong since.
        assert_eq!(model.parameters().unwrap(), parameters(&config("tiny")));
    });
}

/// With so much memory, batches grow until they do not fit: each failure says so, and smaller batches go on, into the
/// driver's next fault.
fn memory_runs_out(test: &str, mebibytes: &str) {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.with("STAND_IN_MEMORY", mebibytes).run(test, || {
        let mut model = match opened("base", Precision::F32) {
            Ok(model) => model,
            Err(error) => return assert!(matches!(error, Error::OutOfMemory(_)), "{error}"),
        };
        let small = batch(1);
        let mut refused = 0;
        for states in [1, 8, 32, 64, 128] {
            let batch = batch(states);
            for error in [
                model.hidden(&batch, &[0]).unwrap_err(),
                model.loss_and_gradient(&batch, &targets(&batch), false).unwrap_err(),
            ] {
                println!("{states} states: {error}");
                match error {
                    Error::OutOfMemory(_) => {
                        refused += 1;
                        let after = model.hidden(&small, &[0]).unwrap_err();
                        assert!(matches!(&after, Error::Fault(what) if what.contains("number")), "{after}");
                    }
                    Error::Fault(what) => assert!(what.contains("number"), "{what}"),
                    error => panic!("{error}"),
                }
            }
        }
        assert!(refused > 0);
        assert_eq!(model.parameters().unwrap(), parameters(&config("base")));
    });
}

#[test]
fn memory_of_one_gigabyte_runs_out() {
    memory_runs_out("memory_of_one_gigabyte_runs_out", "1000");
}

#[test]
fn memory_of_two_and_a_half_gigabytes_runs_out() {
    memory_runs_out("memory_of_two_and_a_half_gigabytes_runs_out", "2500");
}

#[test]
fn memory_of_six_gigabytes_runs_out() {
    memory_runs_out("memory_of_six_gigabytes_runs_out", "6000");
}
