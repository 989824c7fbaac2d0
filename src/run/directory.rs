//! The directory of a run.
//!
//! ```text
//! config.toml                  all settings as used
//! run.toml                     program version, git commit, digest of settings, seed, machine, start, end; each resume
//! run.log                      all that the run said
//! metrics.jsonl                one line an iteration
//! proofs/NAME.peano            proved statements, each file checks by itself
//! journal.jsonl                what was proved, as soon as it was
//! tensorboard/                 the same figures, for TensorBoard
//! examples/iteration-0001.jsonl
//! checkpoints/iteration-0001/  state.json, and what the model put there
//! lock                         held by the process that writes the run
//! ```
//!
//! An iteration is [committed](RunDir::commit) by the rename of its checkpoint, last of all. The files of an iteration
//! without a checkpoint are removed when the run is [opened](RunDir::open) again, apart from its proofs: they are
//! valid, and the repeated iteration may add to them.

use std::error::Error;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::config::{Config, ConfigError};
use super::provenance::{self, Event, EventKind};
use super::tensorboard::EventFile;
use super::{COMMIT, IS_CLEAN, VERSION, files, timestamp};
use crate::input;
use crate::selfplay::metrics::{Metrics, MetricsError, read_lines};

pub const CONFIG: &str = "config.toml";
pub const INFO: &str = "run.toml";
pub const METRICS: &str = "metrics.jsonl";
const PROOFS: &str = "proofs";
const TREES: &str = "trees";
pub const JOURNAL: &str = "journal.jsonl";
pub const EXAMPLES: &str = "examples";
const CHECKPOINTS: &str = "checkpoints";
pub const LOCK: &str = "lock";
/// All theorems that are lemmas, as a theory.
pub const LIBRARY: &str = "library.peano";
/// The log of the run.
pub const LOG: &str = "run.log";
const STATE: &str = "state.json";
/// Prefix of the name of an iteration's file or directory.
const ITERATION: &str = "iteration-";

/// Errors of a run's directory.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file or directory cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The action that failed, as it follows "cannot".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// There is a run already.
    #[error("there is a run in {0} already; go on with it by `--resume {0}`, or choose another `--out`", path.display())]
    Exists {
        /// Its directory.
        path: PathBuf,
    },
    /// The directory for a new run holds something else.
    #[error("{} is not empty; choose another `--out`", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// There is no run to resume.
    #[error("there is no run in {}: it has no {CONFIG}", path.display())]
    NotARun {
        /// The directory.
        path: PathBuf,
    },
    /// Another process writes the run.
    #[error("the run in {} is being written by another process{}", path.display(), pid.map_or_else(String::new, |pid| format!(" ({pid})")))]
    Locked {
        /// The run's directory.
        path: PathBuf,
        /// Its process number, if the lock names it.
        pid: Option<u32>,
    },
    /// The run's configuration is broken, or cannot be written.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The run's metrics are broken.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// `run.toml` is broken, or cannot be written.
    #[error("{}: {message}", path.display())]
    Info {
        /// The file.
        path: PathBuf,
        /// Description of the error.
        message: String,
    },
    /// The state of a checkpoint does not have the expected form, or cannot be written.
    #[error("the state of the checkpoint in {}: {source}", path.display())]
    State {
        /// The checkpoint.
        path: PathBuf,
        /// The error of the parser.
        source: serde_json::Error,
    },
    /// The model could not be written to a checkpoint.
    #[error("cannot write the checkpoint of iteration {iteration}: {source}")]
    Checkpoint {
        /// The iteration.
        iteration: u32,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An iteration was committed out of order.
    #[error("iteration {found} cannot follow iteration {last}")]
    OutOfOrder {
        /// The last one committed, 0 for none.
        last: u32,
        /// The one asked for.
        found: u32,
    },
}

/// Content of `run.toml`: the program that started the run, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of the program.
    pub version: String,
    /// Git commit of the program.
    pub commit: String,
    /// Seed of the run.
    pub seed: u64,
    /// When the run was started (RFC 3339).
    pub started: String,
    /// Digest of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether the program was built from that commit without changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<bool>,
    /// The machine, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// When the run came to its end; none while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// When it was resumed, and by which program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumption>,
}

/// One resume of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumption {
    /// Version of the program.
    pub version: String,
    /// Git commit of the program.
    pub commit: String,
    /// When (RFC 3339).
    pub time: String,
    /// After which iteration, 0 for none.
    pub after: u32,
}

/// A run's directory, held by this process alone.
#[derive(Debug)]
pub struct RunDir {
    root: PathBuf,
    /// The lines of the committed iterations.
    lines: Vec<String>,
    last: u32,
    kept: u32,
    /// Locked as long as it is open; the system lets go of it when the process dies, however it dies.
    _lock: File,
}

/// A run opened to go on.
#[derive(Debug)]
pub struct Opened {
    /// Its directory.
    pub directory: RunDir,
    /// Its settings.
    pub config: Config,
    /// The last checkpoint; `None` before the end of the first iteration.
    pub checkpoint: Option<Checkpoint>,
}

/// The checkpoint of a committed iteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The iteration, from 1.
    pub iteration: u32,
    /// Its directory, as [`RunDir::commit`]'s closure filled it.
    pub path: PathBuf,
}

/// Results of an iteration, to be committed.
#[derive(Clone, Copy, Debug)]
pub struct Iteration<'a, S, F = serde_json::Map<String, serde_json::Value>> {
    /// Its figures; they name the iteration.
    pub metrics: &'a Metrics<F>,
    /// Names (without extension) and texts of the proofs; each text checks by itself.
    pub proofs: &'a [(String, String)],
    /// Training examples, one JSON object a line.
    pub examples: &'a str,
    /// The state from which the loop goes on, apart from the model.
    pub state: &'a S,
}

impl Checkpoint {
    /// The newest checkpoint of the run in `root`, without locking or changing the run; `None` if there is none.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn newest(root: &Path) -> Result<Option<Self>, RunError> {
        let directory = root.join(CHECKPOINTS);
        let paths = io("read", &directory, files::entries(&directory))?;
        let mut found: Vec<Self> = paths
            .into_iter()
            .filter_map(|path| Some(Self { iteration: iteration_of(&path)?, path }))
            .filter(Self::is_whole)
            .collect();
        found.sort_by_key(|checkpoint| checkpoint.iteration);
        Ok(found.pop())
    }

    /// The state that was committed.
    ///
    /// # Errors
    /// When it cannot be read, or is not of type `S`.
    pub fn state<S: DeserializeOwned>(&self) -> Result<S, RunError> {
        let path = self.path.join(STATE);
        let bytes = io("read", &path, input::read(&path, input::RECORDS))?;
        serde_json::from_slice(&bytes).map_err(|source| RunError::State { path: self.path.clone(), source })
    }

    /// Whether the state is there in full. Renames make it so; a disk may think otherwise.
    fn is_whole(&self) -> bool {
        let whole = input::read(&self.path.join(STATE), input::RECORDS)
            .is_ok_and(|bytes| serde_json::from_slice::<IgnoredAny>(&bytes).is_ok());
        if !whole {
            tracing::warn!(checkpoint = %self.path.display(), "passed over: its {STATE} is missing or broken");
        }
        whole
    }
}

impl RunInfo {
    /// The information on a run that starts now.
    pub fn now(seed: u64, digest: String) -> Self {
        Self {
            version: VERSION.into(),
            commit: COMMIT.into(),
            seed,
            started: timestamp(),
            digest: Some(digest),
            clean: IS_CLEAN,
            machine: Some(provenance::machine()),
            ended: None,
            resumed: Vec::new(),
        }
    }

    /// An event of the run that it speaks of.
    pub fn event(&self, kind: EventKind, run: &Path) -> Event {
        let name = run.file_name().unwrap_or_default().to_string_lossy();
        let now = Event::now(kind, &name);
        Event { digest: self.digest.clone(), seed: Some(self.seed), machine: self.machine.clone(), ..now }
    }
}

impl RunDir {
    /// The default directory of a run: `runs/<date>-<theory>-<seed>`, or with the name of the folder of questions.
    pub fn default_path(config: &Config) -> PathBuf {
        let date = now().date();
        let theory = config
            .math
            .as_deref()
            .unwrap_or(Path::new(&config.theory))
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        Path::new("runs").join(format!("{date}-{}-{}", file_name(&theory), config.seed))
    }

    /// Starts a run in [`Config::out`], or in the [default place](Self::default_path), with `-2`, `-3`, ... behind it
    /// where that is taken. Returns it with its settings as used.
    ///
    /// # Errors
    /// When there is a run or anything else already, or the directory cannot be written.
    pub fn create(config: &Config) -> Result<(Self, Config), RunError> {
        let root = config.out.clone().unwrap_or_else(|| free(Self::default_path(config)));
        let config = Config { out: Some(root.clone()), ..config.clone() };
        let text = config.to_toml()?;
        refuse_foreign(&root)?;
        io("create", &root, fs::create_dir_all(&root))?;
        let lock = lock(&root)?;
        // Another process may have been faster.
        refuse_foreign(&root)?;
        let info = RunInfo::now(config.seed, config.digest());
        let mut run = Self { root, lines: Vec::new(), last: 0, kept: config.checkpoints, _lock: lock };
        run.make_parts()?;
        run.remove_leftovers()?;
        run.write_info(&info)?;
        run.write_metrics(Vec::new())?;
        // Last: without it the directory is no run.
        run.write(CONFIG, text.as_bytes())?;
        info.event(EventKind::Start, &run.root).append_beside(&run.root);
        Ok((run, config))
    }

    /// Opens a run to go on from its newest checkpoint, and removes everything written after it.
    ///
    /// # Errors
    /// When there is no run, another process writes it, or it cannot be read or written.
    pub fn open(root: &Path) -> Result<Opened, RunError> {
        let config_path = root.join(CONFIG);
        if !config_path.is_file() {
            return Err(RunError::NotARun { path: root.to_path_buf() });
        }
        let lock = lock(root)?;
        let mut config = Config::read(&config_path)?;
        // The directory may have been moved.
        config.out = Some(root.to_path_buf());
        let mut directory =
            Self { root: root.to_path_buf(), lines: Vec::new(), last: 0, kept: config.checkpoints, _lock: lock };
        directory.make_parts()?;
        directory.remove_leftovers()?;
        let checkpoint = Checkpoint::newest(root)?;
        directory.last = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.iteration);
        directory.cut_back()?;
        let mut info = directory.info()?;
        info.resumed.push(Resumption {
            version: VERSION.into(),
            commit: COMMIT.into(),
            time: timestamp(),
            after: directory.last,
        });
        info.ended = None;
        directory.write_info(&info)?;
        info.event(EventKind::Resume, root).append_beside(root);
        Ok(Opened { directory, config, checkpoint })
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The last iteration committed, 0 for none.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// The journal of proved statements.
    pub fn journal(&self) -> PathBuf {
        self.root.join(JOURNAL)
    }

    /// The folder of saved proofs.
    pub fn proofs(&self) -> PathBuf {
        self.root.join(PROOFS)
    }

    /// The folder of trees of searches that are kept.
    pub fn trees(&self) -> PathBuf {
        self.root.join(TREES)
    }

    /// The file of an iteration's examples.
    pub fn examples(&self, iteration: u32) -> PathBuf {
        self.root.join(EXAMPLES).join(format!("{ITERATION}{iteration:04}.jsonl"))
    }

    /// The figures of all committed iterations.
    ///
    /// # Errors
    /// When a line is not one of metrics.
    pub fn metrics(&self) -> Result<Vec<Metrics>, RunError> {
        Ok(Metrics::read(self.lines.join("\n").as_bytes())?)
    }

    /// The content of `run.toml`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn info(&self) -> Result<RunInfo, RunError> {
        let path = self.root.join(INFO);
        let text = io("read", &path, input::read_text(&path, input::SETTINGS))?;
        toml::from_str(&text).map_err(|error| RunError::Info { path, message: error.to_string() })
    }

    /// Begins the event file that TensorBoard reads.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn events(&self, config: &Config) -> Result<EventFile, RunError> {
        let figures: Vec<serde_json::Map<_, _>> =
            self.lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let before: f64 = figures.iter().filter_map(|figures| figures.get("seconds")?.as_f64()).sum();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let events = EventFile::begin(&self.root, now.as_secs_f64() - before, &config.to_toml()?, &figures);
        io("write events to", &self.root, events)
    }

    /// Writes down that the run came to its end.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(&self) -> Result<(), RunError> {
        let info = RunInfo { ended: Some(timestamp()), ..self.info()? };
        self.write_info(&info)?;
        info.event(EventKind::End, &self.root).append_beside(&self.root);
        Ok(())
    }

    /// The file that holds all that the run said.
    pub fn log(&self) -> PathBuf {
        self.root.join(LOG)
    }

    /// Writes the settings of a resumed run that were changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_config(&mut self, config: &Config) -> Result<(), RunError> {
        self.kept = config.checkpoints;
        self.write(CONFIG, config.to_toml()?.as_bytes())
    }

    /// Writes all theorems of the run as one file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_library(&self, text: &str) -> Result<(), RunError> {
        self.write(LIBRARY, text.as_bytes())
    }

    /// Commits an iteration: proofs, examples and metrics first, then the checkpoint, which `fill` writes into the
    /// directory that it is given. Killed before the checkpoint has its name, the iteration has not been; after, it
    /// has. Checkpoints beyond [`Config::checkpoints`] are removed.
    ///
    /// # Errors
    /// When the iteration does not follow the last one, `fill` fails, or something cannot be written. The run may then
    /// be committed to again or opened anew.
    pub fn commit<S: Serialize, F: Serialize, E: Into<Box<dyn Error + Send + Sync>>>(
        &mut self,
        iteration: Iteration<'_, S, F>,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), RunError> {
        let number = iteration.metrics.iteration;
        if Some(number) != self.last.checked_add(1) {
            return Err(RunError::OutOfOrder { last: self.last, found: number });
        }
        for (name, text) in iteration.proofs {
            self.write(&format!("{PROOFS}/{}.peano", file_name(name)), text.as_bytes())?;
        }
        let examples = self.examples(number);
        io("write", &examples, files::write_atomic(&examples, iteration.examples.as_bytes()))?;
        let mut lines = self.lines.clone();
        lines.push(iteration.metrics.line());
        let committed = self.lines.len();
        self.write_metrics(lines)?;
        let result = self.write_checkpoint(number, iteration.state, fill);
        match result {
            Ok(()) => self.last = number,
            // The line on disk is cut off by the next commit or the next open.
            Err(_) => self.lines.truncate(committed),
        }
        result?;
        self.prune()
    }

    fn write_checkpoint<S: Serialize, E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        iteration: u32,
        state: &S,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), RunError> {
        let path = self.root.join(CHECKPOINTS).join(format!("{ITERATION}{iteration:04}"));
        let temporary = io("create", &path, files::begin_directory(&path))?;
        fill(&temporary).map_err(|source| RunError::Checkpoint { iteration, source: source.into() })?;
        let state =
            serde_json::to_vec_pretty(state).map_err(|source| RunError::State { path: path.clone(), source })?;
        io("write", &path, files::write_atomic(&temporary.join(STATE), &state))?;
        io("write", &path, files::finish_directory(&path))
    }

    /// Removes all checkpoints but the newest ones.
    fn prune(&self) -> Result<(), RunError> {
        let directory = self.root.join(CHECKPOINTS);
        for path in io("read", &directory, files::entries(&directory))? {
            if iteration_of(&path).is_some_and(|iteration| iteration.saturating_add(self.kept) <= self.last) {
                io("remove", &path, files::remove_directory(&path))?;
            }
        }
        Ok(())
    }

    /// Makes the directories in the run's. Archives and version control leave empty ones out.
    fn make_parts(&self) -> Result<(), RunError> {
        [PROOFS, EXAMPLES, CHECKPOINTS].into_iter().try_for_each(|part| {
            let path = self.root.join(part);
            io("create", &path, fs::create_dir_all(&path))
        })
    }

    /// Removes the temporary files that interrupted writes have left.
    fn remove_leftovers(&self) -> Result<(), RunError> {
        for part in ["", PROOFS, EXAMPLES, CHECKPOINTS] {
            let path = self.root.join(part);
            io("clean up", &path, files::remove_temporaries(&path))?;
        }
        Ok(())
    }

    /// Cuts metrics and examples back to the last iteration committed.
    fn cut_back(&mut self) -> Result<(), RunError> {
        let path = self.root.join(METRICS);
        let bytes = match input::read(&path, input::RECORDS) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => io("read", &path, bytes)?,
        };
        let mut lines: Vec<String> = Vec::new();
        for (metrics, text) in read_lines(&bytes)? {
            // Also keeps out what an edit by hand may have doubled.
            if metrics.iteration as usize == lines.len() + 1 && metrics.iteration <= self.last {
                lines.push(text.to_owned());
            }
        }
        if lines.len() != self.last as usize {
            tracing::warn!(path = %path.display(), "lines are missing after iteration {}", lines.len());
        }
        self.write_metrics(lines)?;
        let examples = self.root.join(EXAMPLES);
        for path in io("read", &examples, files::entries(&examples))? {
            if iteration_of(&path).is_some_and(|iteration| iteration > self.last) {
                io("remove", &path, files::remove_file(&path))?;
            }
        }
        Ok(())
    }

    fn write_metrics(&mut self, lines: Vec<String>) -> Result<(), RunError> {
        let mut text = lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        self.write(METRICS, text.as_bytes())?;
        self.lines = lines;
        Ok(())
    }

    fn write_info(&self, info: &RunInfo) -> Result<(), RunError> {
        let text = toml::to_string(info)
            .map_err(|error| RunError::Info { path: self.root.join(INFO), message: error.to_string() })?;
        self.write(INFO, text.as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.root.join(name);
        io("write", &path, files::write_atomic(&path, bytes))
    }
}

/// Adds the action tried and its path to an error.
fn io<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, RunError> {
    result.map_err(|source| RunError::Io { action, path: path.to_path_buf(), source })
}

/// The path, or the first of it with `-2`, `-3`, ... behind where a run could begin.
fn free(path: PathBuf) -> PathBuf {
    let numbered = |n: u32| PathBuf::from(format!("{}-{n}", path.display()));
    let taken = |path: &Path| refuse_foreign(path).is_err();
    if !taken(&path) {
        return path;
    }
    // Whoever has so many runs in a day is told that the first place is taken.
    (2..10_000).map(numbered).find(|path| !taken(path)).unwrap_or(path)
}

/// Refuses a directory that holds a run or anything that a start cut short has not left.
fn refuse_foreign(root: &Path) -> Result<(), RunError> {
    if root.join(CONFIG).exists() {
        return Err(RunError::Exists { path: root.to_path_buf() });
    }
    for path in io("read", root, files::entries(root))? {
        let ours = [INFO, METRICS, LOCK, PROOFS, EXAMPLES, CHECKPOINTS].map(|name| root.join(name)).contains(&path);
        let filled = path.is_dir() && !io("read", &path, files::entries(&path))?.is_empty();
        if !files::is_temporary(&path) && (!ours || filled) {
            return Err(RunError::NotEmpty { path: root.to_path_buf() });
        }
    }
    Ok(())
}

/// The number of attempts at a lock that is taken, and the time between them.
const LOCK_TRIES: u32 = 10;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// Takes the run's lock.
fn lock(root: &Path) -> Result<File, RunError> {
    let path = root.join(LOCK);
    // Through a link, the number of this process would replace what is in a file elsewhere.
    if path.is_symlink() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it is a link; remove it");
        return io("open", &path, Err(source));
    }
    let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = io("open", &path, file)?;
    // A child process that is being started has a copy of every open file until it runs its program, so that a lock
    // just given back can stand for some milliseconds more.
    let mut locked = file.try_lock();
    for _ in 0..LOCK_TRIES {
        if !matches!(locked, Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(LOCK_WAIT);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = input::read_text(&path, input::SETTINGS).ok().and_then(|text| text.trim().parse().ok());
            return Err(RunError::Locked { path: root.to_path_buf(), pid });
        }
        // Some network file systems have no locks. A run is worth more than the guard.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            tracing::warn!(path = %path.display(), "this file system has no locks; let no other process write the run");
        }
        Err(TryLockError::Error(error)) => return io("lock", &path, Err(error)),
    }
    let named = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    io("write", &path, named)?;
    Ok(file)
}

/// The iteration that a file or directory of that name belongs to.
fn iteration_of(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_prefix(ITERATION)?;
    name.strip_suffix(".jsonl").unwrap_or(name).parse().ok()
}

/// A name as a file name: every character other than letters, digits, `.`, `_` and `-` becomes `_`; names that this
/// changes get a number of their own, so that different names stay different.
fn file_name(name: &str) -> String {
    const LONGEST: usize = 100;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut clean: String = name.chars().take(LONGEST).map(|c| if plain(c) { c } else { '_' }).collect();
    if clean.starts_with('.') || clean.is_empty() {
        clean.insert(0, '_');
    }
    if clean == name {
        return clean;
    }
    // FNV-1a, 32 bits: the same in every version of the program.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{clean}-{hash:08x}")
}

/// The time here, or in UTC where the system does not say where here is.
fn now() -> OffsetDateTime {
    OffsetDateTime::now_local().unwrap_or_else(|_| OffsetDateTime::now_utc())
}

#[cfg(test)]
mod tests;
