//! Work on many machines: attempts of self-play, evaluations and runs of sweeps are sent to workers over a broker, and
//! their answers are checked here.
//!
//! - [`messages`]: the encoding of jobs and answers, with its bounds.
//! - [`bundles`]: the blobs that jobs name by digest: libraries, step by step, and networks.
//! - [`acceptance`]: checks of answers, none of which is trusted.
//! - [`desk`]: gives out jobs, sends again what is lost, and has answers judged.
//! - [`learner`]: the attempts of a run, carried out by the workers at a broker.
//! - [`evaluation`], [`runs`]: evaluations of policies, and runs of sweeps, carried out by the workers.
//! - [`worker`]: does the work of a broker's jobs.
//! - [`model`]: the time that a run takes with so many workers, simulated.
//! - [`slurm`]: scripts for a cluster.
//!
//! The queue itself is in `prover_broker`. A worker makes an attempt by the same function as a process alone
//! ([`attempt`](crate::selfplay::proofs::attempts::attempt)), with the same library, laid out by the same steps
//! ([`History`](crate::selfplay::proofs::history::History)), and the same seed: the result does not depend on the
//! machine.

pub mod acceptance;
pub mod bundles;
pub mod desk;
pub mod evaluation;
pub mod learner;
pub mod messages;
pub mod model;
pub mod runs;
pub mod slurm;
pub mod worker;

pub use learner::{ProofCourier, QuestionCourier, Remote};
pub use prover_broker::{Address, Broker, BrokerError};
pub use worker::{Worker, WorkerSettings, WorkerSummary};

use crate::run::{COMMIT, VERSION};

/// The version and commit of this program: learner and workers must be of the same, since others attempt otherwise.
pub fn program() -> String {
    format!("{VERSION}+{COMMIT}")
}
