//! Encoding of jobs and answers: JSON, compressed for answers.

use crate::answer::attempt::{self, QuestionAttempt, Trace};
use crate::answer::data::Pair;
use crate::answer::vote::AnswerOptions;
use crate::evaluation::Trial;
use crate::experiments::plan::PlannedRun;
use crate::learn::Example;
use crate::prove::Budget;
use crate::prove::lemmas::{Statement, Theorem};
use crate::search::Options;
use crate::selfplay::proofs::attempts::{Attempted, Effort};
use crate::selfplay::proofs::drafts::Candidate;
use prover_broker::blobs::{pack, unpack};
use prover_broker::queue::{MAX_ANSWER, MAX_JOB};
use prover_broker::{BrokerError, Digest};
use serde::{Deserialize, Serialize};

/// The largest answer, unpacked, in bytes.
const MAX_UNPACKED: u64 = 64 << 20;

/// A job: work that is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The program whose attempts are wanted; see [`program`](super::program).
    pub version: String,
    /// The work.
    pub work: Work,
    /// The seed of its random numbers.
    pub seed: u64,
    /// The network that guides it, where one does.
    pub network: Option<Digest>,
}

/// Work that a worker can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// An attempt at a statement.
    Statement {
        /// The statement.
        candidate: Candidate,
        /// The limits of the attempt.
        effort: Effort,
        /// The library with the theory; see [`bundles`](super::bundles).
        library: Digest,
    },
    /// An attempt at a question whose answer is known.
    Question {
        /// The question and its answer.
        pair: Pair,
        /// Whether too few others of its kind are asked to tell a lucky graph.
        is_alone: bool,
        /// The limits of the attempt.
        effort: attempt::Effort,
        /// The counts of consistent graphs, as JSON.
        consistency: Digest,
    },
    /// An attempt at a statement, to evaluate a policy.
    Trial {
        /// The statement.
        statement: Statement,
        /// The limits of the attempt.
        budget: Budget,
        /// How the search explores.
        options: Options,
        /// The theory, as a library without lemmas.
        theory: Digest,
    },
    /// A question to be answered, to evaluate a policy.
    Answer {
        /// The question.
        question: String,
        /// How the search explores.
        options: AnswerOptions,
    },
    /// A run of a sweep.
    Run {
        /// The command.
        command: String,
        /// The run.
        run: PlannedRun,
        /// The digest of its settings.
        digest: String,
    },
}

impl Work {
    /// The work in a few words, for lists.
    pub fn description(&self) -> &str {
        match self {
            Self::Statement { candidate, .. } => &candidate.statement.text,
            Self::Question { pair, .. } => &pair.question,
            Self::Trial { statement, .. } => &statement.text,
            Self::Answer { question, .. } => question,
            Self::Run { run, .. } => &run.name,
        }
    }
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
    /// The work was done.
    Done(Box<Report>),
    /// The work cannot be done here, with the reason.
    Unable(String),
    /// The work was started several times and ended the process each time.
    Fatal(String),
}

/// Results of work, as they are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    /// Those of an attempt at a statement.
    Statement(StatementReport),
    /// Those of an attempt at a question.
    Question(QuestionReport),
    /// Those of a trial.
    Trial(TrialReport),
    /// Those of answering a question.
    Answer(AnswerReport),
    /// Those of a run of a sweep.
    Run(RunReport),
}

/// Results of an attempt at a statement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatementReport {
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

/// Results of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialReport {
    /// The proof, if there is one.
    pub proof: Option<Proof>,
    /// The figures.
    pub trial: Trial,
}

/// Results of answering a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerReport {
    /// The graph of the answer, if there is one.
    pub graph: Option<String>,
    /// Its confidence.
    pub confidence: f64,
    /// Seconds taken.
    pub seconds: f64,
}

/// Results of a run of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The files of the run, if it came to its end; see [`files_of`](super::bundles::files_of).
    pub files: Option<Digest>,
    /// The reason why it did not.
    pub failure: String,
    /// Seconds taken.
    pub seconds: f64,
}

/// Results of an attempt at a question. Graphs are the choices that lead to them: all else follows from the question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuestionReport {
    /// Whether the network gave the answer, if it was asked.
    pub answered: Option<bool>,
    /// Graphs with the answer.
    pub right: Vec<Vec<usize>>,
    /// Some that gave something else.
    pub wrong: Vec<Vec<usize>>,
    /// The shapes of all graphs that gave something else.
    pub wrong_shapes: Vec<String>,
    /// States expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
}

impl Report {
    /// The seconds that the work took, as the worker says: for figures only.
    pub fn seconds(&self) -> f64 {
        let seconds = match self {
            Self::Statement(report) => report.seconds,
            Self::Question(report) => report.seconds,
            Self::Trial(report) => report.trial.seconds,
            Self::Answer(report) => report.seconds,
            Self::Run(report) => report.seconds,
        };
        if (0.0..1e9).contains(&seconds) { seconds } else { 0.0 }
    }
}

impl From<Attempted> for Report {
    fn from(attempted: Attempted) -> Self {
        let Attempted { theorem, lemmas, attempt } = attempted;
        Self::Statement(StatementReport {
            proof: theorem.map(|theorem| Proof { script: theorem.script, uses: theorem.uses }),
            lemmas,
            nodes: attempt.nodes,
            seconds: attempt.seconds,
            fault: attempt.fault,
            examples: attempt.examples,
            hindsight: attempt.hindsight.into_iter().map(|met| met.text).collect(),
            stuck: attempt.stuck,
        })
    }
}

impl QuestionReport {
    /// The results of an attempt that took some seconds.
    pub fn new(attempt: QuestionAttempt, seconds: f64) -> Self {
        let QuestionAttempt { answered, right, wrong, wrong_shapes, nodes, .. } = attempt;
        let choices = |traces: Vec<Trace>| -> Vec<Vec<usize>> {
            traces
                .into_iter()
                .map(|trace| trace.decisions.into_iter().map(|decision| decision.chosen).collect())
                .collect()
        };
        let (right, wrong) = (choices(right), choices(wrong));
        Self { answered, right, wrong, wrong_shapes, nodes, seconds }
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
