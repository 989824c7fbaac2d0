//! The registry of workers and learners.
//!
//! They report every few seconds that they are alive, in a key that expires by itself. The reports of workers are shown
//! and never relied upon.

use crate::{Broker, BrokerError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const WORKERS: &str = "prover:workers";
const LEARNERS: &str = "prover:learners";
const LEFT_OUT: &str = "prover:left-out";
/// Life time in seconds of the list of excluded workers since the last addition.
const REMEMBERED: u64 = 24 * 3600;
/// The longest text about a worker or learner that is read, in bytes, and the most of them.
const MAX_TEXT: usize = 16 << 10;
const MAX_COUNT: usize = 10_000;

/// A worker, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerInfo {
    /// Its name, which no other worker has.
    pub name: String,
    /// Version and commit of its program.
    pub version: String,
    /// Attempts that it makes at the same time.
    pub threads: u64,
    /// The device of its networks.
    pub device: String,
    /// Seconds since it began.
    pub seconds: f64,
    /// Jobs that it answered.
    pub jobs: u64,
    /// Seconds that its threads spent on jobs.
    pub busy_seconds: f64,
    /// Beginnings of the statements that its threads attempt.
    pub doing: Vec<String>,
}

/// A learner, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnerInfo {
    /// The run.
    pub run: String,
    /// Version and commit of its program.
    pub version: String,
    /// The iteration.
    pub iteration: u32,
    /// Jobs that it waits for.
    pub waiting: u64,
}

/// Registers a worker as alive for a time.
///
/// # Errors
///
/// The broker cannot be used.
pub fn worker_lives(broker: &mut Broker, info: &WorkerInfo, time: Duration) -> Result<(), BrokerError> {
    lives(broker, WORKERS, &info.name, info, time)
}

/// Registers a learner as alive for a time.
///
/// # Errors
///
/// The broker cannot be used.
pub fn learner_lives(broker: &mut Broker, info: &LearnerInfo, time: Duration) -> Result<(), BrokerError> {
    lives(broker, LEARNERS, &info.run, info, time)
}

/// Takes a worker from the list.
///
/// # Errors
///
/// The broker cannot be used.
pub fn worker_leaves(broker: &mut Broker, name: &str) -> Result<(), BrokerError> {
    leaves(broker, WORKERS, name)
}

/// Takes a learner from the list.
///
/// # Errors
///
/// The broker cannot be used.
pub fn learner_leaves(broker: &mut Broker, run: &str) -> Result<(), BrokerError> {
    leaves(broker, LEARNERS, run)
}

/// The workers that live, by name.
///
/// # Errors
///
/// The broker cannot be used.
pub fn workers(broker: &mut Broker) -> Result<Vec<WorkerInfo>, BrokerError> {
    all(broker, WORKERS)
}

/// The learners that live, by run.
///
/// # Errors
///
/// The broker cannot be used.
pub fn learners(broker: &mut Broker) -> Result<Vec<LearnerInfo>, BrokerError> {
    all(broker, LEARNERS)
}

/// Leaves a worker out, for a reason that it will read.
///
/// # Errors
///
/// The broker cannot be used.
pub fn leave_out(broker: &mut Broker, worker: &str, reason: &str) -> Result<(), BrokerError> {
    let mut commands = redis::pipe();
    commands.cmd("HSET").arg(LEFT_OUT).arg(worker).arg(reason).ignore();
    commands.cmd("EXPIRE").arg(LEFT_OUT).arg(REMEMBERED).ignore();
    broker.pipeline("leave a worker out", &commands)
}

/// The reason why a worker is excluded; `None` if it is not.
///
/// # Errors
///
/// The broker cannot be used.
pub fn left_out(broker: &mut Broker, worker: &str) -> Result<Option<String>, BrokerError> {
    broker.query("say who is left out", redis::cmd("HGET").arg(LEFT_OUT).arg(worker))
}

/// The workers that are left out, each with the reason.
///
/// # Errors
///
/// The broker cannot be used.
pub fn all_left_out(broker: &mut Broker) -> Result<BTreeMap<String, String>, BrokerError> {
    broker.query("say who is left out", redis::cmd("HGETALL").arg(LEFT_OUT))
}

fn lives(broker: &mut Broker, set: &str, name: &str, info: &impl Serialize, time: Duration) -> Result<(), BrokerError> {
    // Texts and numbers: there is nothing that could be refused.
    let text = serde_json::to_string(info).unwrap_or_default();
    let mut commands = redis::pipe();
    commands.cmd("SET").arg(format!("{set}:{name}")).arg(text).arg("PX").arg(time.as_millis() as u64).ignore();
    commands.cmd("SADD").arg(set).arg(name).ignore();
    broker.pipeline("note who is there", &commands)
}

fn leaves(broker: &mut Broker, set: &str, name: &str) -> Result<(), BrokerError> {
    let mut commands = redis::pipe();
    commands.cmd("DEL").arg(format!("{set}:{name}")).ignore();
    commands.cmd("SREM").arg(set).arg(name).ignore();
    broker.pipeline("note who is there", &commands)
}

fn all<T: DeserializeOwned>(broker: &mut Broker, set: &str) -> Result<Vec<T>, BrokerError> {
    let mut names: Vec<String> = broker.query("say who is there", redis::cmd("SMEMBERS").arg(set))?;
    names.sort();
    names.truncate(MAX_COUNT);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = names.iter().map(|name| format!("{set}:{name}")).collect();
    let texts: Vec<Option<String>> = broker.query("say who is there", redis::cmd("MGET").arg(keys))?;
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for (name, text) in names.into_iter().zip(texts) {
        match text {
            Some(text) if text.len() <= MAX_TEXT => found.extend(serde_json::from_str(&text)),
            Some(_) => {}
            None => gone.push(name),
        }
    }
    if !gone.is_empty() {
        broker.query::<()>("note who is there", redis::cmd("SREM").arg(set).arg(gone))?;
    }
    Ok(found)
}
