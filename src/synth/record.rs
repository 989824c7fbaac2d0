//! Results of problems on disk: one JSON file each, which is never written over.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Sample};
use super::score;
use super::task::Task;
use crate::answer::instance::{Case, Verdict};
use crate::input;
use crate::run::write_new;

/// The version of records that this program writes and goes by.
pub const VERSION: u32 = 1;

/// The folder of records in that of a run.
pub const FOLDER: &str = "problems";

/// Records of one problem, at most.
const MOST: usize = 10_000;

/// Why records cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

/// An instance, as a record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

impl Asked {
    fn all(cases: &[Case]) -> Vec<Self> {
        cases.iter().map(|case| Self { question: case.question.text.clone(), answer: case.answer.clone() }).collect()
    }
}

/// How often programs went wrong on public instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// They do not fit the elements.
    pub ill_typed: usize,
    /// They have no value.
    pub evaluation: usize,
    /// They have another one.
    pub wrong: usize,
}

impl Failures {
    /// The failures of some programs.
    pub fn of(samples: &[Sample]) -> Self {
        let mut failures = Self::default();
        for verdict in samples.iter().flat_map(|sample| &sample.public) {
            match verdict {
                Verdict::Right => {}
                Verdict::Wrong => failures.wrong += 1,
                Verdict::Failed => failures.evaluation += 1,
                Verdict::IllTyped => failures.ill_typed += 1,
            }
        }
        failures
    }
}

/// Result of a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format.
    pub version: u32,
    /// The name of the problem.
    pub problem: String,
    /// The kind of its questions.
    pub kind: String,
    /// The settings, as flags have them.
    pub settings: BTreeMap<String, String>,
    /// Their digest.
    pub digest: String,
    /// When the attempt ended.
    pub ended_at: String,
    /// The public instances.
    pub public: Vec<Asked>,
    /// The private instances.
    pub private: Vec<Asked>,
    /// Instances that could not be read.
    pub unread: usize,
    /// Pairs of instances that contradict each other.
    pub contradictions: usize,
    /// Public instances that the network read besides the first.
    pub counterexamples: Vec<usize>,
    /// The programs that were evaluated, in order.
    pub samples: Vec<Sample>,
    /// The program that was chosen: the best by public instances.
    pub program: Option<String>,
    /// Its share of public instances.
    pub public_score: f64,
    /// Its share of private instances.
    pub private_score: f64,
    /// How often programs went wrong on public instances.
    pub failures: Failures,
    /// Why the search ended.
    pub ended: String,
    /// States expanded.
    pub nodes: u64,
    /// States that the policy was asked about.
    pub evaluations: u64,
    /// Tokens that the network computed; none where several problems were attempted at once, or without a network.
    pub tokens: Option<u64>,
    /// Tokens that it did not compute again, since it remembered keys and values of texts that begin alike; as above.
    pub tokens_reused: Option<u64>,
    /// Seconds.
    pub seconds: f64,
}

/// Work of a network for a problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Tokens that it computed.
    pub tokens: u64,
    /// Tokens that it remembered.
    pub tokens_reused: u64,
}

impl Record {
    /// The record of an attempt.
    pub fn new(task: &Task, attempt: Attempt, settings: &Settings, work: Option<Work>) -> Self {
        let best = score::chosen(&attempt.samples, usize::MAX);
        Self {
            version: VERSION,
            problem: task.name.clone(),
            kind: task.kind.clone(),
            settings: settings.values.clone(),
            digest: settings.digest.clone(),
            ended_at: crate::run::timestamp(),
            public: Asked::all(&task.public),
            private: Asked::all(&task.private),
            unread: task.unread,
            contradictions: task.contradictions.len(),
            program: best.map(|sample| sample.program.clone()),
            public_score: best.map_or(0.0, Sample::public_share),
            private_score: best.map_or(0.0, Sample::private_share),
            failures: Failures::of(&attempt.samples),
            counterexamples: attempt.counterexamples,
            ended: attempt.ended,
            nodes: attempt.statistics.expansions,
            evaluations: attempt.statistics.evaluations,
            tokens: work.map(|work| work.tokens),
            tokens_reused: work.map(|work| work.tokens_reused),
            seconds: attempt.statistics.seconds,
            samples: attempt.samples,
        }
    }
}

impl Record {
    /// Whether it is of a problem, with the same instances.
    fn is_of(&self, task: &Task) -> bool {
        let is_same = |asked: &[Asked], cases: &[Case]| asked == Asked::all(cases);
        self.problem == task.name && is_same(&self.public, &task.public) && is_same(&self.private, &task.private)
    }
}

/// Settings as flags have them, with their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The values by their names.
    pub values: BTreeMap<String, String>,
    /// Their digest.
    pub digest: String,
}

impl Settings {
    /// Settings with their digest.
    pub fn new(values: BTreeMap<String, String>) -> Self {
        let digest = crate::run::provenance::digest(values.iter().map(|(name, value)| (name.as_str(), value.clone())));
        Self { values, digest }
    }
}

/// A record that says nothing to this program, and why.
pub type Passed = (PathBuf, String);

/// The records of a folder.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
}

impl Records {
    /// Those in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, RecordError> {
        let unwritable = |source| RecordError::Unwritable { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The place of a problem's record: `NAME.json`, then `NAME.2.json` and so on.
    fn place(&self, problem: &str, number: usize) -> PathBuf {
        // Names are those of files and modules; whatever else is in them is no part of a path.
        let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
        let name: String = problem.chars().take(120).map(plain).collect();
        self.folder.join(if number == 1 { format!("{name}.json") } else { format!("{name}.{number}.json") })
    }

    /// The newest record of a problem, with the same instances and these settings, and the records that cannot be
    /// understood: of another version, or broken. Those are left as they are.
    ///
    /// # Errors
    /// When there is one that the system does not let read.
    pub fn finished(&self, task: &Task, digest: &str) -> Result<(Option<Record>, Vec<Passed>), RecordError> {
        let (mut newest, mut passed) = (None, Vec::new());
        for path in (1..MOST).map(|number| self.place(&task.name, number)).take_while(|path| path.exists()) {
            let text = input::read(&path, input::RECORDS);
            let text = text.map_err(|source| RecordError::Unreadable { path: path.clone(), source })?;
            match read(&text) {
                Ok(record) if record.digest == digest && record.is_of(task) => newest = Some(record),
                Ok(_) => {}
                Err(why) => passed.push((path, why)),
            }
        }
        Ok((newest, passed))
    }

    /// All records in a folder that may not be there, in the order of the files' names, and those that cannot be read or
    /// understood.
    pub fn all(folder: &Path) -> (Vec<Record>, Vec<Passed>) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> =
            entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
        paths.sort();
        let (mut records, mut passed) = (Vec::new(), Vec::new());
        for path in paths {
            match input::read(&path, input::RECORDS).map_err(|error| error.to_string()).and_then(|text| read(&text)) {
                Ok(record) => records.push(record),
                Err(why) => passed.push((path, why)),
            }
        }
        (records, passed)
    }

    /// Writes a record at the first place of its problem where there is nothing yet; that place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, record: &Record) -> Result<PathBuf, RecordError> {
        // Strings, numbers and lists: there is nothing that serde_json could refuse.
        let text = serde_json::to_string_pretty(record).unwrap_or_default() + "\n";
        for path in (1..MOST).map(|number| self.place(&record.problem, number)) {
            match write_new(&path, text.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                written => {
                    return written.map(|()| path.clone()).map_err(|source| RecordError::Unwritable { path, source });
                }
            }
        }
        let source = io::Error::other(format!("there are {MOST} records of this problem"));
        Err(RecordError::Unwritable { path: self.place(&record.problem, MOST), source })
    }
}

/// A record from its text, or why it is none.
fn read(text: &[u8]) -> Result<Record, String> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    match serde_json::from_slice(text) {
        Ok(Version { version: VERSION }) => {
            serde_json::from_slice(text).map_err(|error| format!("it is broken: {error}"))
        }
        Ok(Version { version }) => Err(format!("it is of version {version}, and this program writes {VERSION}")),
        Err(error) => Err(format!("it is broken: {error}")),
    }
}
