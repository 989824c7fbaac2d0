//! A run on disk: configuration, directory, checkpoints, metrics, resume, progress reports.
//!
//! [`Config`] gathers the settings of a self-play run, in layers. [`RunDir`] is the directory that holds the run; its
//! [`commit`](RunDir::commit) writes one iteration so that a kill at any moment loses at most the running iteration.
//! [`drive`](drive::drive) lets a [`Play`](crate::selfplay::Play) learn in it; [`proofs`] and [`questions`] have its
//! settings and messages. [`Metrics`] is one line of `metrics.jsonl`. [`tree`] keeps trees of searches in files.
//! [`Progress`] shows the progress of the run to a person.

pub mod config;
mod config_file;
pub mod directory;
pub mod drive;
pub mod estimate;
mod files;
pub mod interrupt;
pub mod journal;
pub mod numbers;
pub mod progress;
pub mod proofs;
pub mod provenance;
pub mod questions;
pub mod settings;
pub mod tensorboard;
pub mod tree;

pub use crate::selfplay::metrics::{Metrics, MetricsError};
pub use config::{
    Algorithm, AlphaSchedule, Attempts, Config, ConfigError, ModelSize, Overrides, Precision, SETTINGS, Treatment,
};
pub use directory::{Checkpoint, Iteration, Opened, RunDir, RunError, RunInfo};
pub use files::{Pending, check_replaceable, write_atomic, write_new};
pub use progress::{Phase, Progress, Verbosity};
pub use provenance::{Event, EventKind};

/// The program's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The git commit that the program was built from, `unknown` where the build did not say.
pub const COMMIT: &str = match option_env!("PROVER_GIT_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// Whether the program was built from [`COMMIT`] without changes; none where the build did not say.
pub const IS_CLEAN: Option<bool> = match option_env!("PROVER_GIT_CHANGES") {
    Some(changes) => Some(changes.is_empty()),
    None => None,
};

/// The time here, or in UTC where the system does not say where here is (RFC 3339).
pub fn timestamp() -> String {
    let now = time::OffsetDateTime::now_local().unwrap_or_else(|_| time::OffsetDateTime::now_utc());
    // Whole seconds; only years beyond 9999 cannot be written.
    now.replace_nanosecond(0).unwrap_or(now).format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
