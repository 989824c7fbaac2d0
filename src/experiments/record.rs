//! A run as it is read back from its folder: by this version, an earlier one, or while it is being written.
//!
//! Missing or unknown parts are not errors: figures are read by their names, and unreadable parts are left out and
//! noted.

use crate::input;
use crate::run::directory::{CONFIG, INFO, LOCK, LOG, METRICS};
use crate::run::{Event, EventKind, RunInfo};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Folders below one that is given in which runs are looked for.
const DEEPEST: usize = 4;
/// Lines of a log that are shown of a run that went wrong.
const LOG_LINES: usize = 12;
/// Prefix of a name that refers to a figure rather than a setting.
pub const FIGURE: &str = "metrics.";
/// Runs that are read, at most.
const MOST_RUNS: usize = 10_000;

/// Errors of reading runs.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// There is no run.
    #[error("there are no runs in {}: no folder in it has a {CONFIG}", path.display())]
    NoRuns {
        /// The folder in which they were looked for.
        path: PathBuf,
    },
}

/// State of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It came to its end.
    Finished,
    /// A process writes it.
    Running,
    /// It was cut off, or stopped by a person.
    Stopped,
    /// It ended early by itself.
    Failed,
}

impl State {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// A run.
#[derive(Clone, Debug)]
pub struct Record {
    /// The name of its folder; with that of the folder before it where two runs have one name.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// The command.
    pub command: String,
    /// Its settings.
    pub settings: BTreeMap<String, Value>,
    /// The content of its `run.toml`, if it can be read.
    pub info: Option<RunInfo>,
    /// Its state.
    pub state: State,
    /// The reason why it ended early.
    pub why: Option<String>,
    /// The last lines of its log, of a run that is not finished.
    pub log: Vec<String>,
    /// Its figures, an object an iteration.
    pub iterations: Vec<Map<String, Value>>,
    /// Notes on what was left out.
    pub notes: Vec<String>,
}

impl Record {
    /// Reads the run in a folder.
    pub fn read(path: &Path) -> Self {
        let name = folder_name(path);
        let mut notes = Vec::new();
        let text = input::read_text(&path.join(CONFIG), input::SETTINGS).unwrap_or_default();
        let table: toml::Table = toml::from_str(&text).unwrap_or_else(|error: toml::de::Error| {
            notes.push(format!("{CONFIG} cannot be read: {}", error.message()));
            toml::Table::new()
        });
        let mut settings: BTreeMap<String, Value> =
            table.into_iter().map(|(name, value)| (name, json(value))).collect();
        settings.remove("out");
        let command = match settings.remove("command") {
            Some(Value::String(command)) => command,
            _ => "selfplay".to_owned(),
        };
        let info: Option<RunInfo> =
            input::read_text(&path.join(INFO), input::SETTINGS).ok().and_then(|text| toml::from_str(&text).ok());
        if info.is_none() {
            notes.push(format!("{INFO} is missing or cannot be read"));
        }
        let bytes = input::read(&path.join(METRICS), input::RECORDS).unwrap_or_default();
        let iterations = lines(&bytes, &mut notes);
        let mut record = Self {
            name,
            path: path.to_path_buf(),
            command,
            settings,
            info,
            state: State::Finished,
            why: None,
            log: Vec::new(),
            iterations,
            notes,
        };
        record.find_state();
        record
    }

    /// The last value of a figure.
    pub fn figure(&self, name: &str) -> Option<Value> {
        self.iterations.iter().rev().find_map(|figures| figures.get(name).filter(|value| !value.is_null())).cloned()
    }

    /// A setting, or else the last value of a figure, or one of `name`, `state`, `command`, `iterations_done`,
    /// `seconds_total`. With `metrics.` before it, a name is that of a figure.
    pub fn value(&self, name: &str) -> Option<Value> {
        match name {
            "name" => Some(self.name.clone().into()),
            "state" => Some(self.state.word().into()),
            "command" => Some(self.command.clone().into()),
            "iterations_done" => Some(self.iterations.len().into()),
            "seconds_total" => {
                let seconds = self.iterations.iter().filter_map(|figures| figures.get("seconds")?.as_f64());
                Some(seconds.sum::<f64>().into())
            }
            _ => match name.strip_prefix(FIGURE) {
                Some(figure) => self.figure(figure),
                None => self.settings.get(name).cloned().or_else(|| self.figure(name)),
            },
        }
    }

    fn find_state(&mut self) {
        let is_held = is_locked(&self.path.join(LOCK));
        let ended = self.info.as_ref().is_some_and(|info| info.ended.is_some());
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let events = Event::read(folder);
        let last = events.iter().rev().find(|event| event.run == folder_name(&self.path));
        self.state = match last.map(|event| event.event) {
            _ if is_held => State::Running,
            _ if ended || self.is_done() => State::Finished,
            Some(EventKind::Fail) => State::Failed,
            // A command that keeps no lock.
            Some(EventKind::Start) if self.command != "selfplay" => State::Running,
            _ => State::Stopped,
        };
        if self.state == State::Finished {
            return;
        }
        let log = input::read_text(&self.path.join(LOG), input::RECORDS).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        self.log = lines[lines.len().saturating_sub(LOG_LINES)..].iter().map(|line| (*line).to_owned()).collect();
        if self.state != State::Running {
            let said = lines.iter().rev().find(|line| line.contains(" error: ")).map(|line| (*line).to_owned());
            self.why = last.and_then(|event| event.why.clone()).or(said);
            if self.why.is_some() {
                self.state = State::Failed;
            }
        }
    }

    /// Whether a run of a version that did not write down its end has come to it.
    fn is_done(&self) -> bool {
        let Some(last) = self.iterations.last() else { return false };
        let number = |value: Option<&Value>| value.and_then(Value::as_f64);
        let planned = number(self.settings.get("iterations"));
        let is_last = planned.is_some_and(|planned| self.iterations.len() as f64 >= planned);
        // Later versions say it.
        is_last && number(last.get("iteration")).is_some()
    }
}

/// The runs in folders: each is a run, or has runs in it or in folders of it.
///
/// # Errors
/// When a folder cannot be read or has no runs.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Record>, RecordError> {
    let mut records = Vec::new();
    for path in paths {
        let before = records.len();
        let unreadable = |source| RecordError::Unreadable { path: path.clone(), source };
        fs::read_dir(path).map_err(unreadable)?;
        gather(path, DEEPEST, &mut records);
        if records.len() == before {
            return Err(RecordError::NoRuns { path: path.clone() });
        }
    }
    name_apart(&mut records);
    Ok(records)
}

fn gather(path: &Path, depth: usize, records: &mut Vec<Record>) {
    if path.join(CONFIG).is_file() {
        if records.len() < MOST_RUNS && records.iter().all(|record| record.path != path) {
            records.push(Record::read(path));
        }
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir() && !path.is_symlink()).collect();
    folders.sort();
    for folder in folders {
        if depth > 0 {
            gather(&folder, depth - 1, records);
        }
    }
}

/// Puts the folder before the name where two runs have one name.
fn name_apart(records: &mut [Record]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in &*records {
        *counts.entry(record.name.clone()).or_default() += 1;
    }
    for record in records.iter_mut().filter(|record| counts[&record.name] > 1) {
        let folder = record.path.parent().map(folder_name).unwrap_or_default();
        record.name = format!("{folder}/{}", record.name);
    }
}

fn folder_name(path: &Path) -> String {
    // The name of `.` and `..` is that of the folder which they mean.
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    whole.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The objects of lines of figures. Lines that are not objects are left out and noted.
fn lines(bytes: &[u8], notes: &mut Vec<String>) -> Vec<Map<String, Value>> {
    let mut objects = Vec::new();
    let text = String::from_utf8_lossy(bytes);
    let count = text.lines().count();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(Value::Object(figures)) => objects.push(figures),
            _ if index + 1 == count => {
                notes.push(format!("{METRICS}: the last line, {count}, is not whole and was left out"));
            }
            _ => notes.push(format!("{METRICS}: line {} cannot be read and was left out", index + 1)),
        }
    }
    objects
}

/// Whether a process holds the lock of a run.
fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is_on) => is_on.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(name, value)| (name, json(value))).collect())
        }
    }
}

/// The settings in which runs of one command differ, in order of their names; and `command` where that differs.
pub fn differing(records: &[Record]) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = records.iter().flat_map(|record| record.settings.keys()).collect();
    let differs = |name: &&String| {
        let mut values: BTreeMap<&str, Option<&Value>> = BTreeMap::new();
        records.iter().any(|record| {
            let value = record.settings.get(*name);
            *values.entry(&record.command).or_insert(value) != value
        })
    };
    let mut names: Vec<String> = names.into_iter().filter(differs).cloned().collect();
    if records.iter().any(|record| record.command != records[0].command) {
        names.insert(0, "command".into());
    }
    names
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Writes a run.
    pub fn write_run(folder: &Path, settings: &str, metrics: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(CONFIG), settings).unwrap();
        fs::write(folder.join(METRICS), metrics).unwrap();
    }

    #[test]
    fn a_run_of_an_older_version_and_one_that_is_cut_off_are_read() {
        let place = tempfile::tempdir().unwrap();
        let runs = place.path().join("runs");
        let lines = "{\"iteration\":1,\"seconds\":1.5,\"train_loss\":2}\n{\"iteration\":2,\"seconds\":1,\"train_loss\":null,\"colour\":\"red\"}\n";
        write_run(&runs.join("old"), "iterations = 2\ntheory = 't'\ndifficulty = 3\n", lines);
        write_run(&runs.join("deep/er/cut"), "iterations = 9\ntheory = 't'\n", &lines[..lines.len() - 9]);
        write_run(&runs.join("broken"), "iterations = = 9\n", "\n[1]\n{\"iteration\":1}\n");
        fs::write(runs.join("broken").join(LOG), "time all is well\ntime error: the disk is full\n").unwrap();
        let records = find(std::slice::from_ref(&runs)).unwrap();
        let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
        assert_eq!(names, ["broken", "cut", "old"]);
        let [broken, cut, old] = &records[..] else { panic!() };
        assert_eq!(
            (old.state, old.value("seconds_total"), old.value("train_loss")),
            (State::Finished, Some(2.5.into()), Some(2.into()))
        );
        assert_eq!((cut.state, cut.iterations.len()), (State::Stopped, 1));
        assert!(cut.notes.iter().any(|note| note.contains("last line, 2, is not whole")), "{:?}", cut.notes);
        assert_eq!((broken.state, broken.why.as_deref()), (State::Failed, Some("time error: the disk is full")));
        assert!(broken.notes.iter().any(|note| note.contains("line 2 cannot be read")), "{:?}", broken.notes);
        assert_eq!(differing(&records[1..]), ["difficulty", "iterations"]);
    }

    #[test]
    fn runs_of_one_name_are_told_apart() {
        let place = tempfile::tempdir().unwrap();
        for sweep in ["a", "b"] {
            write_run(&place.path().join(sweep).join("run"), "seed = 1\n", "");
        }
        let records = find(&[place.path().to_path_buf()]).unwrap();
        assert_eq!(records.iter().map(|record| record.name.as_str()).collect::<Vec<_>>(), ["a/run", "b/run"]);
    }

    #[test]
    fn folders_without_runs_are_errors() {
        let place = tempfile::tempdir().unwrap();
        assert!(matches!(find(&[place.path().to_path_buf()]), Err(RecordError::NoRuns { .. })));
        assert!(matches!(find(&[place.path().join("none")]), Err(RecordError::Unreadable { .. })));
    }

    #[test]
    fn a_run_under_way_is_known_by_its_lock() {
        let place = tempfile::tempdir().unwrap();
        write_run(place.path(), "iterations = 2\n", "");
        let lock = File::create(place.path().join(LOCK)).unwrap();
        assert_eq!(Record::read(place.path()).state, State::Stopped);
        lock.lock().unwrap();
        assert_eq!(Record::read(place.path()).state, State::Running);
    }
}
