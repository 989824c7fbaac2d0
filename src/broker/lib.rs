//! Jobs, answers and blobs over a Redis server.
//!
//! A learner puts [jobs](Jobs) into a queue, workers take them and answer. The engine is Redis: a job is an entry of a
//! stream that a consumer group reads, so that Redis hands it to one worker, remembers that it did, and hands it to
//! another when the first shows no sign of life. This crate only knows the commands for that; the content of a job is
//! opaque to it.
//!
//! - [`Address`]: the address of the broker, and its password, which is never shown.
//! - [`Broker`]: a connection that is restored automatically.
//! - [`queue`]: jobs and answers, each delivered at least once, and counted once by its key.
//! - [`registry`]: the present workers and learners, with their versions, and the workers that are excluded.
//! - [`blobs`]: bytes by their digest, on the broker and on disk.
//!
//! Every key begins with `prover:`, so that a server may be shared with other programs.

#![forbid(unsafe_code)]

mod address;
pub mod blobs;
mod connection;
mod error;
pub mod queue;
pub mod registry;

pub use address::{Address, PASSWORD, PASSWORD_FILE};
pub use blobs::{Blobs, Digest};
pub use connection::Broker;
pub use error::BrokerError;
pub use queue::{Answers, Delivery, Enqueued, Jobs};
pub use registry::{LearnerInfo, WorkerInfo};
