//! The log of the program, on standard error.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use super::{Global, complain};
use crate::run::Progress;

/// The environment variable for the levels of the log.
const VARIABLE: &str = "PROVER_LOG";

/// Levels of the libraries that log each step of their work: only warnings are shown, unless `PROVER_LOG` asks for
/// more.
const LIBRARIES: &str = "egg=warn,naga=warn,wgpu_core=warn,wgpu_hal=warn";

/// Starts logging, with the levels of `PROVER_LOG`, or else those of the flags.
pub(super) fn start(global: &Global, progress: &Progress) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error".to_owned(),
        (false, 0) => "warn".to_owned(),
        (false, 1) => format!("info,{LIBRARIES}"),
        (false, _) => format!("debug,{LIBRARIES}"),
    };
    let filter = match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => text.parse::<EnvFilter>().unwrap_or_else(|error| {
            complain(progress, &format!("{VARIABLE} is not understood and ignored: {error}"));
            EnvFilter::new(&level)
        }),
        _ => EnvFilter::new(level),
    };
    let progress = progress.clone();
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(global.color.applies(io::stderr().is_terminal()))
        .with_target(false)
        .without_time()
        // It would panic on a closed standard error.
        .log_internal_errors(false)
        .with_writer(move || LogWriter(progress.clone()))
        .try_init();
    // There is a logger already only where the library's user set one.
    drop(started);
}

/// Standard error with progress bars out of the way.
struct LogWriter(Progress);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.record(&String::from_utf8_lossy(bytes));
        self.0.suspend(|| io::stderr().write_all(bytes)).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
