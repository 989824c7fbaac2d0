//! Self-play on many machines: attempts travel to workers over a broker, and what comes back is checked here.
//!
//! - [`messages`]: jobs and answers as they are written, with their bounds.
//! - [`bundles`]: what jobs name by digest: libraries, step by step, and networks.
//! - [`acceptance`]: an answer is nobody's word: what is taken of it.
//! - [`learner`]: the attempts of a run, carried out by whoever is at the broker.
//! - [`worker`]: takes attempts from a broker.
//! - [`slurm`]: scripts for a cluster.
//!
//! The queue itself is in `prover_broker`. A worker makes an attempt by the same function as a process alone
//! ([`attempt`](crate::selfplay::proofs::attempts::attempt)), with the same library, laid out by the same steps
//! ([`History`](crate::selfplay::proofs::history::History)), and the same seed: which machine does it changes nothing of
//! what is found.

pub mod acceptance;
pub mod bundles;
pub mod learner;
pub mod messages;
pub mod slurm;
pub mod worker;

pub use learner::Remote;
pub use prover_broker::{Address, Broker, BrokerError};
pub use worker::{Worker, WorkerSettings, WorkerSummary};

use crate::run::{COMMIT, VERSION};

/// The version and commit of this program: learner and workers must be of the same, since others attempt otherwise.
pub fn program() -> String {
    format!("{VERSION}+{COMMIT}")
}
