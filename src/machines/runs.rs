//! Runs of a sweep, carried out by the workers at a broker.

use super::bundles::files_of;
use super::desk::Desk;
use super::learner::RemoteError;
use super::messages::{Job, Report, RunReport, Work};
use super::program;
use crate::experiments::plan::Plan;
use crate::experiments::sweep::{self, Ending, Processes, Standing, SweepError, SweepOptions, Task};
use crate::run::directory::INFO;
use crate::run::{Event, EventKind, RunInfo, interrupt, write_atomic};
use prover_broker::{Blobs, Broker};
use std::path::{Path, PathBuf};

/// The longest reason of a failure that is repeated, in characters.
const REASON: usize = 500;

/// Errors of a sweep at a broker.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The folder cannot be written.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The broker cannot be used.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

impl From<prover_broker::BrokerError> for RunsError {
    fn from(error: prover_broker::BrokerError) -> Self {
        Self::Remote(error.into())
    }
}

/// The end of a run as it is known here: its files, or why it failed; `None` if no worker carried it out.
type End = Option<Result<Vec<(String, Vec<u8>)>, String>>;

/// Carries out the tasks that are not finished, and reports the outcome of each. What is to go on with, and what no
/// worker can do, is done here.
///
/// # Errors
///
/// The folder cannot be written, or the broker cannot be used.
pub fn carry_out(
    (broker, name): (Broker, &str),
    cache: &Path,
    plan: &Plan,
    tasks: &[Task],
    options: &SweepOptions,
    processes: &Processes,
    tell: &(dyn Fn(&Task, &Path, &Ending) + Sync),
) -> Result<(), RunsError> {
    let (folder, blobs) = (&options.folder, Blobs::new(cache)?);
    let begun: Vec<Task> =
        tasks.iter().filter(|task| matches!(task.standing, Standing::Unfinished(_))).cloned().collect();
    let new: Vec<&Task> = tasks.iter().filter(|task| task.standing == Standing::New).collect();
    let places: Vec<PathBuf> = new.iter().map(|task| sweep::place(folder, task)).collect();
    let mut desk: Desk<usize> = Desk::new(broker, name)?;
    let jobs: Vec<(usize, Job)> = new
        .iter()
        .enumerate()
        .map(|(index, task)| {
            let (command, run, digest) = (plan.command.clone(), task.run.clone(), task.digest.clone());
            let work = Work::Run { command, run, digest };
            (index, Job { version: program(), work, seed: task.seed, network: None })
        })
        .collect();
    new.iter().zip(&places).for_each(|(task, place)| append(folder, place, task, EventKind::Start, None));
    let connection = desk.connection()?;
    let judge = |index: &usize, report: Report| {
        let Report::Run(RunReport { files, failure, .. }) = report else {
            return Err("it answers another question".into());
        };
        let Some(digest) = files else {
            return Ok(Some(Err(failure.chars().take(REASON).collect())));
        };
        let fetched = connection.another().and_then(|mut broker| {
            let bytes = blobs.fetch(&mut broker, &digest)?;
            Blobs::forget(&mut broker, &[digest])?;
            Ok(bytes)
        });
        let files = files_of(&fetched.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
        is_run_of(new[*index], &files)?;
        Ok(Some(Ok(files)))
    };
    let here = |_: &usize, _: u64| -> End { None };
    let fault = |_: &usize, reason: String| -> End { Some(Err(reason)) };
    let ended = desk.carry_out(jobs, judge, here, fault, interrupt::is_requested)?;
    let mut left = begun;
    for (index, end) in ended {
        let (task, place) = (new[index], &places[index]);
        let ending = match end {
            None => {
                left.push(task.clone());
                continue;
            }
            Some(Err(reason)) => Ending::Failed(reason),
            Some(Ok(files)) => match write(place, &files) {
                Ok(()) => Ending::Finished,
                Err(error) => Ending::Failed(error.to_string()),
            },
        };
        match &ending {
            Ending::Failed(reason) => append(folder, place, task, EventKind::Fail, Some(reason.clone())),
            _ => append(folder, place, task, EventKind::End, None),
        }
        tell(task, place, &ending);
    }
    if !left.is_empty() && !interrupt::is_requested() {
        sweep::carry_out(plan, &left, options, processes, tell, &|_, _| {})?;
    }
    Ok(())
}

/// Whether files are those of a finished run of a task.
fn is_run_of(task: &Task, files: &[(String, Vec<u8>)]) -> Result<(), String> {
    let info = files.iter().find(|(name, _)| name == INFO).ok_or("the files are those of no run")?;
    let info = std::str::from_utf8(&info.1).ok().and_then(|text| toml::from_str::<RunInfo>(text).ok());
    let info = info.ok_or("the files are those of no run")?;
    if info.digest.as_deref() != Some(&task.digest) || info.ended.is_none() {
        return Err("the files are those of another run, or of one that is not finished".into());
    }
    Ok(())
}

/// Writes the files of a run; the one by which it counts as finished comes last.
fn write(place: &Path, files: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    let (last, first): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name == INFO);
    for (name, bytes) in first.into_iter().chain(last) {
        let path = place.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(place))?;
        write_atomic(&path, bytes)?;
    }
    Ok(())
}

/// Adds a line to the sweep's log; one that cannot be written is no reason to stop.
fn append(folder: &Path, place: &Path, task: &Task, kind: EventKind, why: Option<String>) {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let (digest, seed) = (Some(task.digest.clone()), Some(task.seed));
    let event = Event { digest, seed, why, ..Event::now(kind, &name) };
    if let Err(error) = event.append(folder) {
        tracing::warn!("the log of {} cannot be written: {error}", folder.display());
    }
}
