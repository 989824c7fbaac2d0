//! Carrying out a plan: each run in a process of its own, several at once if asked for, each once.

use super::figures;
use super::plan::{Plan, PlannedRun};
use crate::run::directory::{CONFIG, INFO, LOG, METRICS};
use crate::run::{Event, EventKind, RunInfo, interrupt, write_atomic};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The plan of a sweep in its folder.
pub const PLAN: &str = "sweep.toml";
/// File with the output of `prove` or `eval`.
pub const RESULT: &str = "result.json";
/// Time between two looks at a process.
const LOOK: Duration = Duration::from_millis(50);
/// Lines of a process's errors that are kept, and bytes of one.
const KEPT_LINES: usize = 20;
const LONGEST_LINE: usize = 2_000;
/// Bytes of a result that are kept.
const LONGEST_RESULT: u64 = 256 << 20;
/// Runs of the same settings in one folder.
const MOST_REPEATS: u32 = 10_000;

/// The error that ends a sweep.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct SweepError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

fn io<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, SweepError> {
    result.map_err(|source| SweepError { action, path: path.to_path_buf(), source })
}

/// State in which a sweep finds a run on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No files yet.
    New,
    /// It was finished earlier.
    Finished(PathBuf),
    /// It was started and not finished.
    Unfinished(PathBuf),
}

/// A run that is to be, or was, carried out.
#[derive(Clone, Debug)]
pub struct Task {
    /// The plan for it.
    pub run: PlannedRun,
    /// The digest of its settings.
    pub digest: String,
    /// Its seed.
    pub seed: u64,
    /// Its state on disk.
    pub standing: Standing,
}

/// End of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It came to its end.
    Finished,
    /// It ended early, for the reason given.
    Failed(String),
    /// A person stopped it.
    Interrupted,
}

/// Options of carrying out a sweep.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// The program to run.
    pub program: PathBuf,
    /// The folder of the runs.
    pub folder: PathBuf,
    /// Runs at once, at least 1.
    pub jobs: usize,
    /// Threads of each, where the plan does not say; none leaves that to the command.
    pub threads: Option<usize>,
    /// The current directory of the runs, if it is not that of this process; then `folder` is an absolute path.
    pub current: Option<PathBuf>,
}

/// The tasks of a plan in a folder; each run with its digest and seed. `is_again` takes none as finished.
///
/// # Errors
/// When the folder cannot be read.
pub fn tasks(
    plan: &Plan,
    folder: &Path,
    digest: impl Fn(&PlannedRun) -> (String, u64),
    is_again: bool,
) -> Result<Vec<Task>, SweepError> {
    // Of runs of one digest, a finished one counts.
    let mut there: BTreeMap<String, Standing> = BTreeMap::new();
    if !is_again && folder.exists() {
        for entry in io("read", folder, fs::read_dir(folder))?.flatten() {
            let path = entry.path();
            let Some(info) = info(&path) else { continue };
            let Some(digest) = info.digest else { continue };
            if info.ended.is_some() {
                there.insert(digest, Standing::Finished(path));
            } else {
                there.entry(digest).or_insert(Standing::Unfinished(path));
            }
        }
    }
    let task = |run: &PlannedRun| {
        let (digest, seed) = digest(run);
        let standing = there.get(&digest).cloned().unwrap_or(Standing::New);
        Task { run: run.clone(), digest, seed, standing }
    };
    Ok(plan.runs.iter().map(task).collect())
}

/// The content of a run's `run.toml`; `None` if it cannot be read.
fn info(run: &Path) -> Option<RunInfo> {
    let text = crate::input::read_text(&run.join(INFO), crate::input::SETTINGS).ok()?;
    toml::from_str(&text).ok()
}

/// The processes under way, by the number of their task.
#[derive(Clone, Default)]
pub struct Processes(Arc<Mutex<BTreeMap<usize, Child>>>);

impl Processes {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all of them at once.
    pub fn kill(&self) {
        for child in self.lock().values_mut() {
            // One that has ended by itself is no matter.
            let _ = child.kill();
        }
    }
}

/// Carries out the tasks that are not finished, and reports the outcome of each, in the order in which they end.
///
/// # Errors
/// When the folder cannot be written.
pub fn carry_out(
    plan: &Plan,
    tasks: &[Task],
    options: &SweepOptions,
    processes: &Processes,
    tell: &(dyn Fn(&Task, &Path, &Ending) + Sync),
    line: &(dyn Fn(&str, &str) + Sync),
) -> Result<(), SweepError> {
    let folder = &options.folder;
    io("create", folder, fs::create_dir_all(folder))?;
    io("write to", folder, Event::now(EventKind::Sweep, &plan.name).append(folder))?;
    let queue: Mutex<VecDeque<usize>> =
        Mutex::new((0..tasks.len()).filter(|&index| !matches!(tasks[index].standing, Standing::Finished(_))).collect());
    let work = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(index) = next.filter(|_| !interrupt::is_requested()) else { break };
            let task = &tasks[index];
            let place = place(folder, task);
            let process = Process { plan, task, place: &place, options, index, processes };
            let ending = process.run(line).unwrap_or_else(|error| Ending::Failed(error.to_string()));
            if let Ending::Failed(why) = &ending {
                process.append(EventKind::Fail, Some(why.clone()));
            }
            tell(task, &place, &ending);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(work);
        }
    });
    Ok(())
}

/// The folder of a run: its present one, or the first free one of its name, its name with `-2`, `-3` and so on.
pub fn place(folder: &Path, task: &Task) -> PathBuf {
    if let Standing::Unfinished(path) | Standing::Finished(path) = &task.standing {
        return path.clone();
    }
    let path = folder.join(&task.run.name);
    let numbered = (2..MOST_REPEATS).map(|number| folder.join(format!("{}-{number}", task.run.name)));
    std::iter::once(path.clone()).chain(numbered).find(|path| !path.join(CONFIG).exists()).unwrap_or(path)
}

/// A run in a process.
struct Process<'a> {
    plan: &'a Plan,
    task: &'a Task,
    place: &'a Path,
    options: &'a SweepOptions,
    index: usize,
    processes: &'a Processes,
}

impl Process<'_> {
    /// Whether the command keeps its run's folder itself.
    fn keeps_its_folder(&self) -> bool {
        self.plan.command == "selfplay"
    }

    /// Adds a line to the sweep's log; one that cannot be written is no reason to stop.
    fn append(&self, kind: EventKind, why: Option<String>) {
        let name = self.place.file_name().unwrap_or_default().to_string_lossy();
        let event = Event {
            digest: Some(self.task.digest.clone()),
            seed: Some(self.task.seed),
            why,
            ..Event::now(kind, &name)
        };
        if let Err(error) = event.append(&self.options.folder) {
            tracing::warn!("the log of {} cannot be written: {error}", self.options.folder.display());
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.options.program);
        command.arg(&self.plan.command);
        let sets = |name: &str| self.task.run.settings.iter().any(|(setting, _)| setting == name);
        match &self.task.standing {
            Standing::Unfinished(path) if self.keeps_its_folder() => {
                command.arg("--resume").arg(path);
            }
            _ => {
                command.args(&self.task.run.arguments);
                if self.keeps_its_folder() || self.plan.command == "synth" {
                    command.arg("--out").arg(self.place);
                }
            }
        }
        if !self.keeps_its_folder() {
            command.args(["--format", "json"]);
        }
        if let Some(threads) = self.options.threads.filter(|_| !sets("threads") && self.plan.command != "prove") {
            command.args(["--threads", &threads.to_string()]);
        }
        // What the environment sets would be in no digest.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PROVER_") && !["PROVER_LOG", crate::memory::VARIABLE].contains(&&*text) {
                command.env_remove(&name);
            }
        }
        if let Some(current) = &self.options.current {
            command.current_dir(current);
        }
        command.env(interrupt::SUPERVISED, "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        {
            // Ctrl-C at the terminal is for the sweep, which hands it on.
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        command
    }

    fn run(&self, line: &(dyn Fn(&str, &str) + Sync)) -> Result<Ending, SweepError> {
        if !self.keeps_its_folder() {
            self.begin()?;
        }
        let mut child = io("start", &self.options.program, self.command().spawn())?;
        let input = child.stdin.take();
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        self.processes.lock().insert(self.index, child);
        let name = &self.task.run.name;
        let (status, result, said) = std::thread::scope(|scope| {
            let is_result = !self.keeps_its_folder();
            let result = scope.spawn(move || match output {
                Some(output) if is_result => read_result(output),
                Some(output) => each_line(output, &mut |text| line(name, text)),
                None => Vec::new(),
            });
            let said = scope.spawn(move || errors.map_or_else(VecDeque::new, |errors| self.errors(errors, line)));
            let status = self.wait(input);
            // A panic there is one of this program; nothing of the run is lost by it.
            (status, result.join().unwrap_or_default(), said.join().unwrap_or_default())
        });
        self.processes.lock().remove(&self.index);
        let status = io("wait for", &self.options.program, status)?;
        let is_fine = status.success() || (!self.keeps_its_folder() && status.code() == Some(1));
        if is_fine {
            if !self.keeps_its_folder() {
                self.end(&result)?;
            }
            return Ok(Ending::Finished);
        }
        if interrupt::is_requested() || status.code() == Some(interrupt::STATUS) {
            return Ok(Ending::Interrupted);
        }
        let last = said.iter().rev().find(|text| text.contains("error")).or(said.back());
        Ok(Ending::Failed(last.cloned().unwrap_or_else(|| format!("it ended with {status} and said nothing"))))
    }

    /// Waits for the process. A request to stop is handed on by the end of its standard input.
    fn wait(&self, mut input: Option<std::process::ChildStdin>) -> io::Result<ExitStatus> {
        loop {
            if let Some(child) = self.processes.lock().get_mut(&self.index)
                && let Some(status) = child.try_wait()?
            {
                return Ok(status);
            }
            if interrupt::is_requested() {
                drop(input.take());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Reads the standard error of the process; keeps the last lines, and for a command without a folder of its own all
    /// of them in the run's log.
    fn errors(&self, errors: impl Read, line: &(dyn Fn(&str, &str) + Sync)) -> VecDeque<String> {
        let mut log = (!self.keeps_its_folder())
            .then(|| File::options().create(true).append(true).open(self.place.join(LOG)).ok())
            .flatten();
        let mut kept = VecDeque::new();
        each_line(errors, &mut |text| {
            if let Some(file) = &mut log {
                // A log that cannot be written is no reason to stop.
                let _ = writeln!(file, "{} {text}", crate::run::timestamp());
            }
            if kept.len() == KEPT_LINES {
                kept.pop_front();
            }
            kept.push_back(text.to_owned());
            line(&self.task.run.name, text);
        });
        kept
    }

    /// Makes the folder of a command that keeps none itself.
    fn begin(&self) -> Result<(), SweepError> {
        io("create", self.place, fs::create_dir_all(self.place))?;
        let info = RunInfo::now(self.task.seed, self.task.digest.clone());
        self.write(INFO, &toml::to_string(&info).unwrap_or_default())?;
        let mut settings: toml::Table = self.task.run.settings.iter().cloned().collect();
        settings.insert("command".into(), self.plan.command.clone().into());
        self.write(CONFIG, &settings.to_string())?;
        self.append(EventKind::Start, None);
        Ok(())
    }

    /// Keeps the result of the command.
    fn end(&self, result: &[u8]) -> Result<(), SweepError> {
        let path = self.place.join(RESULT);
        io("write", &path, write_atomic(&path, result))?;
        let figures = figures::of_result(&self.plan.command, &String::from_utf8_lossy(result));
        let lines: String = figures.into_iter().map(|line| format!("{}\n", serde_json::Value::Object(line))).collect();
        self.write(METRICS, &lines)?;
        let info = RunInfo {
            ended: Some(crate::run::timestamp()),
            ..info(self.place).unwrap_or_else(|| RunInfo::now(self.task.seed, self.task.digest.clone()))
        };
        self.write(INFO, &toml::to_string(&info).unwrap_or_default())?;
        self.append(EventKind::End, None);
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), SweepError> {
        let path = self.place.join(name);
        io("write", &path, write_atomic(&path, text.as_bytes()))
    }
}

fn read_result(output: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut output = output.take(LONGEST_RESULT);
    // What cannot be read is missing from the result, and its figures.
    let _ = output.read_to_end(&mut bytes);
    bytes
}

/// Hands over the lines of a stream, shortened where they are very long.
fn each_line(stream: impl Read, hand_over: &mut dyn FnMut(&str)) -> Vec<u8> {
    let mut lines = BufReader::new(stream);
    let mut bytes = Vec::new();
    while lines.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&bytes);
        if !text.trim().is_empty() {
            hand_over(text.trim_end());
        }
        bytes.clear();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(names: &[&str]) -> Plan {
        let run = |name: &&str| PlannedRun { name: (*name).into(), settings: vec![], arguments: vec![] };
        Plan {
            name: "s".into(),
            command: "prove".into(),
            about: String::new(),
            axes: vec![],
            runs: names.iter().map(run).collect(),
        }
    }

    #[test]
    fn what_is_finished_is_known_by_its_digest() {
        let place = tempfile::tempdir().unwrap();
        let plan = plan(&["a", "b", "c"]);
        let digest = |run: &PlannedRun| (format!("digest-{}", run.name), 0);
        for (name, ended) in [("somewhere", true), ("b", false)] {
            let folder = place.path().join(name);
            fs::create_dir(&folder).unwrap();
            let of = if name == "b" { "b" } else { "a" };
            let ended = ended.then(|| "now".to_owned());
            let info = RunInfo { ended, ..RunInfo::now(0, format!("digest-{of}")) };
            fs::write(folder.join(INFO), toml::to_string(&info).unwrap()).unwrap();
            fs::write(folder.join(CONFIG), "").unwrap();
        }
        fs::write(place.path().join("notes.txt"), "mine").unwrap();
        let found = tasks(&plan, place.path(), digest, false).unwrap();
        let standings: Vec<&Standing> = found.iter().map(|task| &task.standing).collect();
        let (a, b) = (place.path().join("somewhere"), place.path().join("b"));
        assert_eq!(standings, [&Standing::Finished(a), &Standing::Unfinished(b.clone()), &Standing::New]);
        let again = tasks(&plan, place.path(), digest, true).unwrap();
        assert!(again.iter().all(|task| task.standing == Standing::New));
        // What is there is never written over.
        assert_eq!(super::place(place.path(), &again[1]), place.path().join("b-2"));
        assert_eq!(super::place(place.path(), &found[1]), b);
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure_that_says_so() {
        let place = tempfile::tempdir().unwrap();
        let plan = plan(&["a"]);
        let tasks = tasks(&plan, place.path(), |_| ("d".into(), 0), false).unwrap();
        let options = SweepOptions {
            program: "/no/such/program".into(),
            folder: place.path().join("s"),
            jobs: 2,
            threads: None,
            current: None,
        };
        let endings = Mutex::new(Vec::new());
        let tell = |_: &Task, _: &Path, ending: &Ending| endings.lock().unwrap().push(ending.clone());
        carry_out(&plan, &tasks, &options, &Processes::default(), &tell, &|_, _| {}).unwrap();
        let endings = endings.into_inner().unwrap();
        assert!(matches!(&endings[..], [Ending::Failed(why)] if why.contains("/no/such/program")), "{endings:?}");
        let kinds: Vec<EventKind> = Event::read(&options.folder).iter().map(|event| event.event).collect();
        assert_eq!(kinds, [EventKind::Sweep, EventKind::Start, EventKind::Fail]);
    }
}
