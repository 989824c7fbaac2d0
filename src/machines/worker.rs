//! Takes attempts from a broker.

use super::bundles::{LibraryBundle, files_bundle, network_of};
use super::messages::{Answer, AnswerReport, Job, Proof, QuestionReport, Report, RunReport, TrialReport, Work};
use super::program;
use crate::answer::data::Pair;
use crate::answer::evaluation::Outcome;
use crate::answer::{attempt as question, consistency::Consistency};
use crate::evaluation::contest;
use crate::experiments::plan::{Plan, PlannedRun};
use crate::experiments::sweep::{self, Ending, Processes, Standing, SweepOptions, Task};
use crate::network::device::Selector;
use crate::network::{Evaluator, Network, Uniform};
use crate::prove::library::{Library, Offer};
use crate::selfplay::proofs::attempts::attempt;
use prover_broker::registry::{self, WorkerInfo};
use prover_broker::{Address, Blobs, Broker, BrokerError, Delivery, Digest, Jobs};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time for which a thread waits for a job before it looks for those of dead workers.
const WAIT: Duration = Duration::from_secs(1);
/// A job that was begun so often is not begun again.
const DELIVERIES: u64 = 10;
/// Libraries and networks that are kept ready.
const READY: usize = 2;
/// Time for which a blob that a job names may be missing; the learner sends it again.
const MISSING: Duration = Duration::from_secs(20);

/// Settings of a worker.
#[derive(Clone)]
pub struct WorkerSettings {
    /// Its name, which no other worker has.
    pub name: String,
    /// Attempts at the same time.
    pub threads: usize,
    /// The device of the networks.
    pub device: Selector,
    /// The cache of the blobs that jobs name.
    pub cache: PathBuf,
    /// A worker that shows no sign of life for so long is thought dead.
    pub lease: Duration,
    /// The longest time for which the broker may be away.
    pub patience: Duration,
    /// Refuses runs of sweeps that are none, or that would read or write files of this machine.
    pub runs: fn(&str, &PlannedRun) -> Result<(), String>,
    /// The processes of runs of sweeps.
    pub processes: Processes,
}

/// Work done by a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkerSummary {
    /// Jobs answered.
    pub jobs: u64,
    /// Seconds spent on them, summed over the threads.
    pub busy_seconds: f64,
}

/// Errors that end a worker.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The broker cannot be used.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The learner excludes this worker.
    #[error("this worker is left out by the learner: {0}")]
    LeftOut(String),
    /// No learner runs the same version of the program.
    #[error("the learner is prover {theirs}, this worker is prover {own}: start workers of the same program")]
    Version {
        /// Theirs.
        theirs: String,
        /// This one.
        own: String,
    },
}

/// A library laid out.
struct Laid {
    library: Library,
    offer: Offer,
}

/// The state that the threads of a worker share.
pub struct Worker {
    settings: WorkerSettings,
    broker: Broker,
    blobs: Blobs,
    libraries: Mutex<Vec<(Digest, Arc<Laid>)>>,
    networks: Mutex<Vec<(Digest, Arc<Network>)>>,
    counts: Mutex<Vec<(Digest, Arc<Consistency>)>>,
    /// The delivery and the statement that each thread is working on.
    hands: Vec<Mutex<Option<(String, String)>>>,
    jobs: AtomicU64,
    busy_micros: AtomicU64,
    /// Whether a stop was requested.
    stop: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Set when this worker has come to its end.
    over: Arc<AtomicBool>,
}

/// Errors of carrying out a job.
enum Failure {
    /// The broker cannot be used.
    Broker(BrokerError),
    /// A theory, library or network that the job names cannot be used.
    Unable(String),
}

impl From<BrokerError> for Failure {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Blob { .. } | BrokerError::Cache { .. } => Self::Unable(error.to_string()),
            error => Self::Broker(error),
        }
    }
}

impl Worker {
    /// A worker at a broker.
    ///
    /// # Errors
    ///
    /// The broker cannot be used, the learners there are of another program, or the cache cannot be made.
    pub fn new(
        address: &Address,
        settings: WorkerSettings,
        stop: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Result<Self, WorkerError> {
        let over = Arc::new(AtomicBool::new(false));
        let end = {
            let (stop, over) = (stop.clone(), over.clone());
            Arc::new(move || stop() || over.load(Relaxed))
        };
        let mut broker = Broker::connect(address, settings.patience, end)?;
        let (learners, own) = (registry::learners(&mut broker)?, program());
        if let Some(other) = learners.first()
            && learners.iter().all(|learner| learner.version != own)
        {
            return Err(WorkerError::Version { theirs: other.version.clone(), own });
        }
        let blobs = Blobs::new(&settings.cache)?;
        let hands = (0..settings.threads.max(1)).map(|_| Mutex::default()).collect();
        Ok(Self {
            settings,
            broker,
            blobs,
            libraries: Mutex::default(),
            networks: Mutex::default(),
            counts: Mutex::default(),
            hands,
            jobs: AtomicU64::new(0),
            busy_micros: AtomicU64::new(0),
            stop,
            over,
        })
    }

    /// Carries out jobs until a stop is requested.
    ///
    /// # Errors
    ///
    /// The broker stays away, or the worker is left out.
    pub fn work(&self) -> Result<WorkerSummary, WorkerError> {
        let start = Instant::now();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.hands.len())
                .map(|thread| {
                    scope.spawn(move || {
                        let result = self.carry_out_jobs(thread);
                        self.over.store(true, Relaxed);
                        result
                    })
                })
                .collect();
            let beats = scope.spawn(|| {
                let result = self.show_life(start);
                self.over.store(true, Relaxed);
                result
            });
            // A panic is a fault of the program, and is told as such.
            let ended = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            let results: Vec<_> = ended.collect();
            beats.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            results.into_iter().collect::<Result<Vec<()>, _>>()
        })?;
        Ok(self.summary())
    }

    fn summary(&self) -> WorkerSummary {
        WorkerSummary { jobs: self.jobs.load(Relaxed), busy_seconds: self.busy_micros.load(Relaxed) as f64 / 1e6 }
    }

    fn is_over(&self) -> bool {
        (self.stop)() || self.over.load(Relaxed)
    }

    fn queue(&self, thread: usize) -> Jobs {
        Jobs::new(&program(), &format!("{}.{thread}", self.settings.name))
    }

    fn hand(&self, thread: usize) -> MutexGuard<'_, Option<(String, String)>> {
        self.hands[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes jobs and carries them out until the worker is over: the work of one thread.
    fn carry_out_jobs(&self, thread: usize) -> Result<(), WorkerError> {
        let mut broker = self.broker.another()?;
        let mut jobs = self.queue(thread);
        while !self.is_over() {
            let next = jobs.take(&mut broker, WAIT).and_then(|taken| match taken {
                Some(delivery) => Ok(Some((delivery, false))),
                None => Ok(jobs.take_over(&mut broker, self.settings.lease)?.map(|delivery| (delivery, true))),
            });
            let done = next.and_then(|next| match next {
                Some((delivery, is_again)) => self.carry_out(thread, &jobs, &mut broker, &delivery, is_again),
                None => Ok(()),
            });
            *self.hand(thread) = None;
            match done {
                Err(BrokerError::Stopped) => break,
                done => done?,
            }
        }
        // With a broker that is gone there is nothing to leave.
        let _ = jobs.leave(&mut broker);
        Ok(())
    }

    fn carry_out(
        &self,
        thread: usize,
        jobs: &Jobs,
        broker: &mut Broker,
        delivery: &Delivery,
        is_again: bool,
    ) -> Result<(), BrokerError> {
        let start = Instant::now();
        *self.hand(thread) = Some((delivery.id.clone(), String::new()));
        let answer = match is_again.then(|| jobs.deliveries(broker, &delivery.id)).transpose()? {
            Some(count) if count > DELIVERIES => {
                Answer::Fatal(format!("it was begun {} times without an end", count - 1))
            }
            _ => match self.answer(thread, broker, &delivery.job) {
                Ok(answer) => answer,
                Err(Failure::Unable(reason)) => Answer::Unable(reason),
                Err(Failure::Broker(error)) => return Err(error),
            },
        };
        if let Answer::Unable(reason) = &answer {
            tracing::warn!("a job cannot be carried out: {reason}");
        }
        let encoded = match answer.encode() {
            Ok(encoded) => encoded,
            Err(error) => Answer::Unable(error.to_string()).encode()?,
        };
        jobs.answer(broker, delivery, &self.settings.name, &encoded)?;
        self.jobs.fetch_add(1, Relaxed);
        self.busy_micros.fetch_add(start.elapsed().as_micros() as u64, Relaxed);
        Ok(())
    }

    /// Does the work that a job asks for.
    fn answer(&self, thread: usize, broker: &mut Broker, job: &[u8]) -> Result<Answer, Failure> {
        let job = Job::decode(job).map_err(|error| Failure::Unable(error.to_string()))?;
        let (theirs, own) = (&job.version, program());
        if *theirs != own {
            return Err(Failure::Unable(format!("it is for prover {theirs}, this is prover {own}")));
        }
        if let Some((_, doing)) = &mut *self.hand(thread) {
            *doing = job.work.description().chars().take(200).collect();
        }
        let network = job.network.as_ref().map(|digest| self.network(broker, digest)).transpose()?;
        let evaluator: &dyn Evaluator = match &network {
            Some(network) => &**network,
            None => &Uniform,
        };
        let report = match job.work {
            Work::Statement { candidate, effort, library } => {
                let laid = self.laid_out(broker, &library)?;
                attempt(&candidate, (&laid.library, &laid.offer), evaluator, effort, job.seed).into()
            }
            Work::Question { pair, is_alone, effort, consistency } => {
                let counts = self.counts(broker, &consistency)?;
                let network = network.as_ref().map(|network| &**network as &dyn Evaluator);
                let start = Instant::now();
                let (consistency, seed) = (&*counts, job.seed);
                let how = question::Attempting { network, consistency, effort, is_alone, seed };
                let attempt = question::attempt(&pair, how);
                Report::Question(QuestionReport::new(attempt, start.elapsed().as_secs_f64()))
            }
            Work::Trial { statement, budget, options, theory } => {
                let laid = self.laid_out(broker, &theory)?;
                let mut world = laid.offer.world().clone();
                world.tactics.options = options;
                let known = laid.library.lemmas();
                let (theorem, trial) = contest::attempt(&world, known, &statement, evaluator, (budget, job.seed));
                let proof = theorem.map(|theorem| Proof { script: theorem.script, uses: theorem.uses });
                Report::Trial(TrialReport { proof, trial })
            }
            Work::Answer { question, options } => {
                let outcome = Outcome::of(&Pair { question, answer: String::new() }, evaluator, &options);
                let graph = outcome.said.map(|said| said.graph);
                Report::Answer(AnswerReport { graph, confidence: outcome.confidence, seconds: outcome.seconds })
            }
            Work::Run { command, run, digest } => Report::Run(self.run_of_sweep(thread, broker, command, run, digest)?),
        };
        Ok(Answer::Done(Box::new(report)))
    }

    /// Carries out a run of a sweep as a sweep on this machine does, in a folder of the cache, and sends its files.
    fn run_of_sweep(
        &self,
        thread: usize,
        broker: &mut Broker,
        command: String,
        run: PlannedRun,
        digest: String,
    ) -> Result<RunReport, Failure> {
        (self.settings.runs)(&command, &run).map_err(Failure::Unable)?;
        let start = Instant::now();
        let name = format!("{}-{thread}", std::process::id());
        let folder = self.settings.cache.join("runs").join(name);
        // One that was killed may have left something.
        let _ = std::fs::remove_dir_all(&folder);
        let failed = |error: &dyn std::fmt::Display| Failure::Unable(format!("the run cannot be carried out: {error}"));
        std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let plan =
            Plan { name: "run".into(), command, about: String::new(), axes: Vec::new(), runs: vec![run.clone()] };
        let task = Task { run, digest, seed: 0, standing: Standing::New };
        let program = std::env::current_exe().map_err(|error| failed(&error))?;
        let folder = std::fs::canonicalize(&folder).map_err(|error| failed(&error))?;
        let current = Some(folder.clone());
        let options = SweepOptions { program, folder: folder.clone(), jobs: 1, threads: Some(1), current };
        let ended = Mutex::new(None);
        let tell = |_: &Task, place: &Path, ending: &Ending| {
            *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some((place.to_owned(), ending.clone()));
        };
        sweep::carry_out(&plan, &[task], &options, &self.settings.processes, &tell, &|_, _| {})
            .map_err(|error| failed(&error))?;
        let ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        let report = match ended {
            Some((place, Ending::Finished)) => {
                let files = files_bundle(&place).map_err(|error| failed(&error))?;
                RunReport { files: Some(Blobs::send(broker, &files)?), ..RunReport::default() }
            }
            Some((_, Ending::Failed(failure))) => RunReport { failure, ..RunReport::default() },
            // Others carry it out.
            Some((_, Ending::Interrupted)) | None => return Err(Failure::Broker(BrokerError::Stopped)),
        };
        let _ = std::fs::remove_dir_all(&folder);
        Ok(RunReport { seconds: start.elapsed().as_secs_f64(), ..report })
    }

    /// The library of a digest, laid out: from the one before it where that is ready.
    fn laid_out(&self, broker: &mut Broker, digest: &Digest) -> Result<Arc<Laid>, Failure> {
        let mut ready = self.libraries.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut wanted, mut steps) = (digest.clone(), Vec::new());
        let mut laid = loop {
            if let Some(place) = ready.iter().position(|(known, _)| *known == wanted) {
                if steps.is_empty() {
                    return Ok(ready[place].1.clone());
                }
                // Nobody uses the old one any more, as a rule.
                let (_, known) = ready.remove(place);
                break Arc::try_unwrap(known)
                    .unwrap_or_else(|shared| Laid { library: shared.library.clone(), offer: shared.offer.clone() });
            }
            let bundle = self.fetch(broker, &wanted)?;
            match LibraryBundle::decode(&bundle).map_err(|error| Failure::Unable(error.to_string()))? {
                LibraryBundle::Base { offered, theory, library } => {
                    let theory =
                        theory.unfold(&self.settings.cache).map_err(|error| Failure::Unable(error.to_string()))?;
                    let library = library.in_theory(&theory);
                    let offer = Offer::new(&library, offered).map_err(|error| Failure::Unable(error.to_string()))?;
                    break Laid { library, offer };
                }
                LibraryBundle::Steps { before, changes } => {
                    steps.push(changes);
                    wanted = before;
                }
            }
        };
        for change in steps.into_iter().rev().flatten() {
            change
                .apply(&mut laid.library, &mut laid.offer)
                .map_err(|error| Failure::Unable(format!("the library: {error}")))?;
        }
        let laid = Arc::new(laid);
        ready.push((digest.clone(), laid.clone()));
        let most = ready.len().saturating_sub(READY);
        ready.drain(..most);
        Ok(laid)
    }

    /// The network of a digest.
    fn network(&self, broker: &mut Broker, digest: &Digest) -> Result<Arc<Network>, Failure> {
        ready(&self.networks, digest, || {
            let bundle = self.fetch(broker, digest)?;
            let mut network = network_of(&bundle).map_err(|error| Failure::Unable(format!("the network: {error}")))?;
            network.set_device(self.settings.device);
            Ok(network)
        })
    }

    /// The counts of consistent graphs of a digest.
    fn counts(&self, broker: &mut Broker, digest: &Digest) -> Result<Arc<Consistency>, Failure> {
        ready(&self.counts, digest, || {
            let bytes = self.fetch(broker, digest)?;
            serde_json::from_slice(&bytes).map_err(|error| Failure::Unable(format!("the counts of graphs: {error}")))
        })
    }

    /// Bytes by their digest; where a broker lost them the learner sends them again.
    fn fetch(&self, broker: &mut Broker, digest: &Digest) -> Result<Vec<u8>, BrokerError> {
        let start = Instant::now();
        loop {
            match self.blobs.fetch(broker, digest) {
                Err(BrokerError::Blob { .. }) if start.elapsed() < MISSING && !self.is_over() => {
                    std::thread::sleep(WAIT / 4);
                }
                result => return result,
            }
        }
    }

    /// Until the work ends, renews the leases of the jobs in hand and reports that this worker is alive.
    fn show_life(&self, start: Instant) -> Result<(), WorkerError> {
        let mut broker = self.broker.another()?;
        let every = self.settings.lease / 3;
        let queues: Vec<Jobs> = (0..self.hands.len()).map(|thread| self.queue(thread)).collect();
        let mut next = Instant::now();
        let beat = |broker: &mut Broker| {
            let mut doing = Vec::new();
            for (thread, queue) in queues.iter().enumerate() {
                if let Some((id, text)) = self.hand(thread).clone() {
                    queue.renew(broker, &[id])?;
                    doing.push(text);
                }
            }
            let WorkerSummary { jobs, busy_seconds } = self.summary();
            let info = WorkerInfo {
                name: self.settings.name.clone(),
                version: program(),
                threads: self.hands.len() as u64,
                device: self.settings.device.to_string(),
                seconds: start.elapsed().as_secs_f64(),
                jobs,
                busy_seconds,
                doing,
            };
            registry::worker_lives(broker, &info, self.settings.lease)?;
            registry::left_out(broker, &self.settings.name)
        };
        while !self.is_over() {
            if Instant::now() >= next {
                match beat(&mut broker) {
                    Ok(Some(reason)) => return Err(WorkerError::LeftOut(reason)),
                    Ok(None) => {}
                    Err(BrokerError::Stopped) => break,
                    Err(error) => return Err(error.into()),
                }
                next = Instant::now() + every.min(Duration::from_secs(2));
            }
            std::thread::sleep(Duration::from_millis(20).min(every));
        }
        let _ = registry::worker_leaves(&mut broker, &self.settings.name);
        Ok(())
    }
}

/// The object of a digest, made if it is not kept ready; the newest few stay.
fn ready<T>(
    kept: &Mutex<Vec<(Digest, Arc<T>)>>,
    digest: &Digest,
    make: impl FnOnce() -> Result<T, Failure>,
) -> Result<Arc<T>, Failure> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = kept.iter().find(|(known, _)| known == digest) {
        return Ok(known.clone());
    }
    let made = Arc::new(make()?);
    kept.push((digest.clone(), made.clone()));
    let most = kept.len().saturating_sub(READY);
    kept.drain(..most);
    Ok(made)
}
