//! Provenance of a run: its program, settings and machine; and the log of a folder of runs.

use super::{COMMIT, Config, IS_CLEAN, VERSION};
use crate::input;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// The name of the log in a folder of runs.
pub const RUNS_LOG: &str = "runs.log";

/// Settings that do not affect the results of a run.
const INCIDENTAL: [&str; 3] = ["out", "threads", "checkpoints"];

/// A digest of named values in order of their names: the first 16 hexadecimal digits of their SHA-256.
pub fn digest<'v>(values: impl IntoIterator<Item = (&'v str, String)>) -> String {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable();
    let mut hash = Sha256::new();
    for (name, value) in values {
        hash.update(format!("{name}={value}\n"));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Config {
    /// The digest of the settings that differ from their defaults, except those that do not affect its results
    /// (directory, threads, checkpoints). A setting that a later version adds changes no digest.
    pub fn digest(&self) -> String {
        let defaults = if self.is_questions() { Self::for_questions() } else { Self::default() };
        let values = |config: &Self| match serde_json::to_value(config) {
            Ok(serde_json::Value::Object(values)) => values,
            // Texts, numbers and lists of them: a path that is not UTF-8 alone is refused.
            _ => serde_json::Map::new(),
        };
        let defaults = values(&defaults);
        let values = values(self);
        let differs = |name: &str, value: &serde_json::Value| {
            !INCIDENTAL.contains(&name) && defaults.get(name).is_none_or(|default| default != value)
        };
        let changed = values.iter().filter(|(name, value)| differs(name, value));
        digest(changed.map(|(name, value)| (name.as_str(), value.to_string())))
    }
}

/// The machine in words: processor, cores, memory, system. It names no host.
pub fn machine() -> String {
    let read = |path: &str| input::read_text(Path::new(path), input::RECORDS).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "processor".into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field(&read("/proc/meminfo"), "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or(String::new(), |kib| format!(", {} GiB", (kib + (1 << 19)) >> 20));
    format!("{processor}, {cores} cores{memory}, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// A sweep began, or went on.
    Sweep,
    /// A run began.
    Start,
    /// A run went on.
    Resume,
    /// A run came to its end.
    End,
    /// A run was stopped by a person.
    Interrupt,
    /// A run ended early, for the reason given.
    Fail,
}

/// A line of the log of a folder of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The time (RFC 3339).
    pub time: String,
    /// The kind of the event.
    pub event: EventKind,
    /// The name of the run's folder, or of the sweep.
    pub run: String,
    /// Digest of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Git commit of the program.
    pub commit: String,
    /// Whether the program was built from that commit without changes; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<bool>,
    /// Seed of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The machine, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The reason why the run ended early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Event {
    /// An event of now and of this program.
    pub fn now(event: EventKind, run: &str) -> Self {
        Self {
            time: super::timestamp(),
            event,
            run: run.to_owned(),
            digest: None,
            version: VERSION.into(),
            commit: COMMIT.into(),
            clean: IS_CLEAN,
            seed: None,
            machine: None,
            why: None,
        }
    }

    /// Adds the line to the log of a folder.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn append(&self, folder: &Path) -> io::Result<()> {
        // Texts and numbers: there is nothing that could be refused.
        let line = serde_json::to_string(self).unwrap_or_default() + "\n";
        OpenOptions::new().create(true).append(true).open(folder.join(RUNS_LOG))?.write_all(line.as_bytes())
    }

    /// Adds the line to the log of the folder that a run is in, if that is a folder of runs: one that is called `runs`,
    /// or has a log. A log that cannot be written is no reason to stop.
    pub fn append_beside(&self, run: &Path) {
        let Some(folder) = run.parent() else { return };
        let is_of_runs = folder.file_name().is_some_and(|name| name == "runs") || folder.join(RUNS_LOG).is_file();
        if is_of_runs && let Err(error) = self.append(folder) {
            tracing::warn!("the log of {} cannot be written: {error}", folder.display());
        }
    }

    /// The lines of a folder's log; a line that is none is ignored.
    pub fn read(folder: &Path) -> Vec<Self> {
        let text = input::read_text(&folder.join(RUNS_LOG), input::RECORDS).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_of_what_is_found_out() {
        let config = Config { theory: "t".into(), goals: "g".into(), ..Config::default() };
        let digest = config.digest();
        assert_eq!(digest.len(), 16);
        let elsewhere = Config { out: Some("x".into()), threads: 9, checkpoints: 1, ..config.clone() };
        assert_eq!(elsewhere.digest(), digest);
        for other in [Config { seed: 1, ..config.clone() }, Config { alpha: 0.0, ..config.clone() }] {
            assert_ne!(other.digest(), digest);
        }
        // A setting at its default is the same as one that is not there.
        assert_eq!(Config { replay: 4, ..config }.digest(), digest);
    }

    #[test]
    fn a_log_is_added_to_and_a_cut_line_is_ignored() {
        let place = tempfile::tempdir().unwrap();
        let event = Event { why: Some("disk\nfull".into()), ..Event::now(EventKind::Fail, "a") };
        event.append(place.path()).unwrap();
        event.append_beside(&place.path().join("a"));
        assert_eq!(Event::read(place.path()), [event.clone(), event.clone()]);
        let path = place.path().join(RUNS_LOG);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        assert_eq!(Event::read(place.path()), std::slice::from_ref(&event));
        // A folder that is not one of runs gets no log.
        let other = tempfile::tempdir().unwrap();
        event.append_beside(&other.path().join("a"));
        assert!(Event::read(other.path()).is_empty());
        assert!(machine().contains("cores"));
    }
}
