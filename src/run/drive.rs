//! The learning loop of a run on disk: iterations with its settings, directory and progress bars.

use super::journal::{Journal, Recorded};
use super::tree::SavedTree;
use super::{Checkpoint, Config, Event, EventKind, Metrics, Phase, Progress, RunDir, RunError, interrupt};
use crate::input;
use crate::learn::example::{self, ExampleError};
use crate::learn::{Example, Mix, Objective, Trainer};
use crate::network::checkpoint::CheckpointError;
use crate::prove::lemmas::Theorem;
use crate::prove::library::Source;
use crate::selfplay::learner::{LearningSettings, ObjectiveName, optimizer};
use crate::selfplay::play::SearchTree;
use crate::selfplay::questions::QuestionSelfplayError;
use crate::selfplay::{Play, PlayError, ProofSelfplayError, Round, Subject, Watcher, task};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The directory of the network in a checkpoint.
pub const NETWORK: &str = "network";

/// The directory of a network: the path itself, or the network of a checkpoint, or of the newest checkpoint of a run.
///
/// # Errors
/// When the checkpoints of a run cannot be read.
pub fn network_in(path: &Path) -> Result<PathBuf, RunError> {
    let newest = if path.join("checkpoints").is_dir() { Checkpoint::newest(path)? } else { None };
    let path = newest.map_or_else(|| path.to_owned(), |checkpoint| checkpoint.path);
    let inner = path.join(NETWORK);
    Ok(if inner.is_dir() { inner } else { path })
}

/// Errors that end a run early.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// Proofs cannot be learned.
    #[error(transparent)]
    Proofs(#[from] PlayError<ProofSelfplayError>),
    /// Answers to questions cannot be learned.
    #[error(transparent)]
    Questions(#[from] PlayError<QuestionSelfplayError>),
    /// The run's directory is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The network cannot be read.
    #[error(transparent)]
    Network(#[from] CheckpointError),
    /// A file of an earlier iteration cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Examples {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: ExampleError,
    },
    /// The tree of a search cannot be written.
    #[error("cannot write a tree in {}: {source}", path.display())]
    Tree {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The state of the run cannot be written as JSON.
    #[error("the state of the run cannot be written down: {0}")]
    State(#[source] serde_json::Error),
    /// The threads cannot be started.
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Output(#[from] io::Error),
}

/// A subject in a run on disk: the files next to its network, and the messages for a person.
pub trait Host<S: Subject> {
    /// One line on the subject of the run in this directory.
    fn greeting(&self, subject: &S, config: &Config, root: &str) -> String;

    /// Recovers the proofs of an iteration that was not committed; they are checked, and kept unless they are found
    /// again.
    fn recover(&self, _subject: &mut S, _found: Vec<Recorded>) {}

    /// Whether nothing is left to learn.
    fn is_done(&self, subject: &S) -> bool;

    /// Writes the data that belong to a network into its directory.
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&self, _subject: &S, _network: &Path) -> Result<(), CheckpointError> {
        Ok(())
    }

    /// Reads the data that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When it cannot be read.
    fn load(&self, _subject: &mut S, _network: &Path) -> Result<(), RunError> {
        Ok(())
    }

    /// A file with all theorems, if the subject has such.
    fn library(&self, _subject: &S) -> Option<String> {
        None
    }

    /// One line on an iteration.
    fn summary(&self, metrics: &Metrics<S::Figures>, iterations: u32) -> String;

    /// Lines after the summary.
    fn lines(&mut self, round: &Round<S::Figures>) -> Vec<String>;

    /// The results at the end of a run, one a line.
    fn report(&self, subject: &S, directory: &RunDir) -> Vec<String>;
}

/// The network of a checkpoint with its optimiser, which must have been trained for the subject.
fn checkpointed<S: Subject>(config: &Config, network: &Path) -> Result<Trainer, DriveError> {
    let mut trainer = Trainer::load(network, optimizer(config.learning_rate, config.model))?;
    task::require(network, &mut trainer.network, S::TASK)?;
    Ok(trainer)
}

/// The learner's part of the configuration.
pub(super) fn learning(config: &Config) -> LearningSettings {
    LearningSettings {
        // A directory that cannot be read is named where the network is loaded.
        network: config.network.as_deref().map(|path| network_in(path).unwrap_or_else(|_| path.to_owned())),
        model: config.model,
        precision: config.precision,
        train_steps: config.train_steps as usize,
        batch_tokens: config.batch_tokens as usize,
        learning_rate: config.learning_rate,
        replay: config.replay as usize,
        objective: match config.objective {
            ObjectiveName::Likelihood => Objective::Likelihood,
            ObjectiveName::Grpo => Objective::Grpo { leash: config.beta },
        },
        mix: Some(Mix { policy: config.mix[0], value: config.mix[1], conjecture: config.mix[2] }),
    }
}

/// Shows the phases of an iteration as progress bars.
struct Bars<'a> {
    progress: &'a Progress,
    iteration: u32,
    iterations: u32,
    phase: Mutex<Option<Phase>>,
    journal: &'a Journal,
    directory: &'a Path,
    phases: Mutex<PhaseSeconds>,
}

/// The seconds that the phases of an iteration took.
#[derive(Default)]
struct PhaseSeconds {
    /// The seconds of the phases that ended, by their names.
    seconds: BTreeMap<String, f64>,
    /// The one under way, and when it began.
    current: Option<(String, Instant)>,
}

impl Bars<'_> {
    /// Ends the phase under way, and begins another if one is named.
    fn count_seconds(&self, next: Option<&str>) {
        let PhaseSeconds { seconds, current } = &mut *self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, start)) = current.take() {
            *seconds.entry(name).or_default() += start.elapsed().as_secs_f64();
        }
        *current = next.map(|name| (name.to_owned(), Instant::now()));
    }

    fn phase(&self) -> MutexGuard<'_, Option<Phase>> {
        // A panic elsewhere leaves at worst a bar that is not up to date.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the program if an interrupt was requested. Proved statements are in the journal, and earlier iterations are
    /// on disk; the rest of the running iteration is done again.
    fn stop_if_requested(&self) {
        if !interrupt::is_requested() {
            return;
        }
        // One thread says it, and no line is cut off.
        let _one = self.phase();
        let _whole = self.journal.close();
        let root = self.directory.display();
        let done = self.iteration - 1;
        let message = format!(
            "stopped in iteration {}: the {done} before it are saved, and what was proved is kept; go on by \
             prover selfplay --resume {root}",
            self.iteration
        );
        self.progress.say(&message);
        let name = self.directory.file_name().unwrap_or_default().to_string_lossy();
        Event::now(EventKind::Interrupt, &name).append_beside(self.directory);
        std::process::exit(interrupt::STATUS);
    }
}

impl Watcher for Bars<'_> {
    fn begin(&self, name: &str, total: u64) {
        self.count_seconds(Some(name));
        let name = format!("iteration {}/{}: {name}", self.iteration, self.iterations);
        *self.phase() = Some(self.progress.phase(&name, total));
    }

    fn advance(&self, steps: u64, message: String) {
        if let Some(phase) = &*self.phase() {
            phase.inc(steps);
            if !message.is_empty() {
                phase.message(message);
            }
        }
        self.stop_if_requested();
    }

    fn end(&self) {
        self.count_seconds(None);
        if let Some(phase) = self.phase().take() {
            phase.finish();
        }
    }

    fn proved(&self, theorem: &Theorem, source: Source) {
        self.journal.write(&Recorded { iteration: self.iteration, source, theorem: theorem.clone() });
    }
}

/// A run that is to begin or to go on.
#[derive(Debug)]
pub struct StartedRun {
    /// Its settings.
    pub config: Config,
    /// Its directory.
    pub directory: RunDir,
    /// The checkpoint from which it goes on; `None` at the beginning.
    pub checkpoint: Option<Checkpoint>,
}

/// Carries out the iterations that a run still has to do, commits each, and reports its results, a line at a time.
///
/// # Errors
///
/// [`DriveError`]; iterations committed before stay, and the run can be resumed.
pub fn drive<S: Subject>(
    play: &mut Play<S>,
    host: &mut dyn Host<S>,
    run: StartedRun,
    progress: &Progress,
    say: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<(), DriveError>
where
    S::Figures: Serialize,
    DriveError: From<PlayError<S::Error>>,
{
    let StartedRun { config, mut directory, checkpoint } = run;
    let root = directory.root().display().to_string();
    if let Some(checkpoint) = &checkpoint {
        let network = checkpoint.path.join(NETWORK);
        let trainer = checkpointed::<S>(&config, &network)?;
        host.load(play.subject_mut(), &network)?;
        play.resume(checkpoint.iteration, checkpoint.state()?, trainer, replay(&config, &directory, checkpoint)?)?;
        say(&format!("going on after iteration {} of {root}", checkpoint.iteration))?;
    }
    let place = directory.root().to_path_buf();
    let path = directory.journal();
    let done = checkpoint.map_or(0, |checkpoint| checkpoint.iteration);
    host.recover(play.subject_mut(), Journal::read(&path, done));
    let journal = Journal::open(&path).map_err(|source| RunError::Io { action: "open", path, source })?;
    say(&host.greeting(play.subject(), &config, &root))?;
    let mut events = directory.events(&config)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.thread_count()).build()?;
    for iteration in (1..=config.iterations).skip(done as usize) {
        if host.is_done(play.subject()) && !config.keep_going && iteration > 1 {
            break;
        }
        let bars = Bars {
            progress,
            iteration,
            iterations: config.iterations,
            phase: Mutex::new(None),
            journal: &journal,
            directory: &place,
            phases: Mutex::default(),
        };
        let (start, worked) = (Instant::now(), processor_seconds());
        let mut round = pool.install(|| play.iterate(iteration, &bars))?;
        let available = start.elapsed().as_secs_f64() * pool.current_num_threads() as f64;
        let worked = processor_seconds().zip(worked).map(|(after, before)| after - before);
        round.metrics.processor_share = worked.filter(|_| available > 0.0).map(|worked| worked / available);
        bars.count_seconds(None);
        round.metrics.phase_seconds = bars.phases.into_inner().unwrap_or_else(PoisonError::into_inner).seconds;
        commit(&mut directory, play, host, &round)?;
        if let Some(library) = host.library(play.subject()) {
            directory.write_library(&library)?;
        }
        if let Err(error) = events.add(&round.metrics.values()) {
            tracing::warn!("the figures for TensorBoard cannot be written: {error}");
        }
        say(&host.summary(&round.metrics, config.iterations))?;
        for line in host.lines(&round) {
            say(&line)?;
        }
    }
    for line in host.report(play.subject(), &directory) {
        say(&line)?;
    }
    directory.end()?;
    Ok(())
}

/// Seconds that processors worked for this process, where the system reports it (Linux: fields 14 and 15 of proc's
/// `stat`, in hundredths).
fn processor_seconds() -> Option<f64> {
    let stat = input::read_text(Path::new("/proc/self/stat"), input::RECORDS).ok()?;
    // The second field is a name in parentheses, which may have spaces.
    let rest = stat.rsplit_once(')')?.1;
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).map_while(|field| field.parse::<u64>().ok()).sum();
    Some(ticks as f64 / 100.0)
}

/// Writes an iteration to disk.
fn commit<S: Subject>(
    directory: &mut RunDir,
    play: &Play<S>,
    host: &dyn Host<S>,
    round: &Round<S::Figures>,
) -> Result<(), DriveError>
where
    S::Figures: Serialize,
{
    for SearchTree { statement, is_proved, nodes } in &round.trees {
        let verdict = if *is_proved { "proved" } else { "open" };
        let name = format!("{:04}-{}", round.metrics.iteration, statement.name);
        let saved = SavedTree::new(&statement.text, verdict, nodes).save(&directory.trees(), &name);
        saved.map_err(|source| DriveError::Tree { path: directory.trees(), source })?;
    }
    let mut examples = Vec::new();
    // Writing to memory cannot fail.
    let _ = example::write(&round.examples, &mut examples);
    let state = serde_json::to_value(play.subject().memory()).map_err(DriveError::State)?;
    let written = super::Iteration {
        metrics: &round.metrics,
        proofs: &round.proofs,
        examples: &String::from_utf8_lossy(&examples),
        state: &state,
    };
    directory.commit(written, |place| {
        let network = place.join(NETWORK);
        play.trainer().save(&network)?;
        host.save(play.subject(), &network)
    })?;
    Ok(())
}

/// The examples of the iterations up to a checkpoint that are still learned from, oldest first: of questions the last
/// ones, of proofs all, since choices of actions are kept.
fn replay(config: &Config, directory: &RunDir, checkpoint: &Checkpoint) -> Result<Vec<Vec<Example>>, DriveError> {
    let kept = if config.math.is_some() { config.replay } else { checkpoint.iteration };
    let oldest = (checkpoint.iteration + 1).saturating_sub(kept).max(1);
    let read = |iteration| {
        let path = directory.examples(iteration);
        let lines = input::lines(&path, input::RECORDS).map_err(|source| ExampleError::Io { line: 0, source });
        let read = lines.and_then(example::read);
        read.map_err(|source| DriveError::Examples { path, source })
    };
    (oldest..=checkpoint.iteration).map(read).collect()
}
