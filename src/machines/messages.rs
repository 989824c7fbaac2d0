//! Encoding of jobs and answers: JSON, compressed for answers.

use crate::learn::Example;
use crate::prove::lemmas::Theorem;
use crate::selfplay::proofs::attempts::{Attempted, Effort};
use crate::selfplay::proofs::drafts::Candidate;
use prover_broker::blobs::{pack, unpack};
use prover_broker::queue::{MAX_ANSWER, MAX_JOB};
use prover_broker::{BrokerError, Digest};
use serde::{Deserialize, Serialize};

/// The largest answer, unpacked, in bytes.
const MAX_UNPACKED: u64 = 64 << 20;

/// An attempt that is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The program whose attempts are wanted; see [`program`](super::program).
    pub version: String,
    /// The statement.
    pub candidate: Candidate,
    /// The limits of the attempt.
    pub effort: Effort,
    /// The seed of its random numbers.
    pub seed: u64,
    /// The library with the theory; see [`bundles`](super::bundles).
    pub library: Digest,
    /// The network that guides it, where one does.
    pub network: Option<Digest>,
}

impl Job {
    /// The job as text, and its key.
    pub fn encode(&self) -> (String, Vec<u8>) {
        // Texts and finite numbers: there is nothing that could be refused.
        let text = serde_json::to_vec(self).unwrap_or_default();
        (Digest::of(&text).as_str()[..32].to_owned(), text)
    }

    /// Reads a job.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn decode(text: &[u8]) -> Result<Self, Unreadable> {
        if text.len() > MAX_JOB {
            return Err(Unreadable("it is too large".into()));
        }
        serde_json::from_slice(text).map_err(|error| Unreadable(error.to_string()))
    }
}

/// A message from the broker that cannot be decoded, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be read: {0}")]
pub struct Unreadable(pub String);

/// A proof as it is sent; its statement is that of the job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The steps, one a line.
    pub script: String,
    /// The lemmas that it uses.
    pub uses: Vec<String>,
}

/// A worker's answer to a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The attempt was made.
    Attempted(Box<Report>),
    /// The attempt cannot be made here, with the reason.
    Unable(String),
    /// The attempt was started several times and ended the process each time.
    Fatal(String),
}

/// Results of an attempt, as they are sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The proof, if there is one.
    pub proof: Option<Proof>,
    /// Lemmas that it needs and that were found on the way.
    pub lemmas: Vec<Theorem>,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// Description of a fault of the program.
    pub fault: Option<String>,
    /// Training examples.
    pub examples: Vec<Example>,
    /// Theorems met on the way.
    pub hindsight: Vec<String>,
    /// Subgoals that were left open.
    pub stuck: Vec<String>,
}

impl From<Attempted> for Report {
    fn from(attempted: Attempted) -> Self {
        let Attempted { theorem, lemmas, attempt } = attempted;
        Self {
            proof: theorem.map(|theorem| Proof { script: theorem.script, uses: theorem.uses }),
            lemmas,
            nodes: attempt.nodes,
            seconds: attempt.seconds,
            fault: attempt.fault,
            examples: attempt.examples,
            hindsight: attempt.hindsight.into_iter().map(|met| met.text).collect(),
            stuck: attempt.stuck,
        }
    }
}

impl Answer {
    /// The answer as it is sent.
    ///
    /// # Errors
    ///
    /// It is too large.
    pub fn encode(&self) -> Result<Vec<u8>, BrokerError> {
        let packed = pack(&serde_json::to_vec(self).unwrap_or_default());
        if packed.len() <= MAX_ANSWER {
            return Ok(packed);
        }
        let (bytes, most) = (packed.len() as u64, MAX_ANSWER as u64);
        Err(BrokerError::TooLarge { what: "an answer".into(), bytes, most, verb: "sent" })
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn decode(packed: &[u8]) -> Result<Self, Unreadable> {
        let text = if packed.len() <= MAX_ANSWER { unpack(packed, MAX_UNPACKED) } else { None };
        let text = text.ok_or_else(|| Unreadable("it is broken or too large".into()))?;
        serde_json::from_slice(&text).map_err(|error| Unreadable(error.to_string()))
    }
}
