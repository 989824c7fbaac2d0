//! A model on a GPU, with one on the processor that takes over when the GPU fails.

use super::model::{Config, GROUPS, Model, Packed, Precision, ReadWorkspace, Reading, Sample, Sequence};
use prover_gpu::{AdamW, Batch, DeviceInfo, Error, MemoryPlan, Selector, Target, Term, Transformer};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::{debug, info, warn};

type Job = Box<dyn FnOnce(&mut dyn Transformer) + Send>;

/// The model on the device, on a thread of its own: the library below keeps a queue and memory for each thread that
/// calls it.
#[derive(Debug)]
struct Worker {
    jobs: Sender<Job>,
    /// Whether the processor's parameters changed since they were sent.
    stale: bool,
    /// Tokens of a training batch that are known to be too many.
    too_many: usize,
    /// Tokens of states that are known to be too many to judge together.
    too_many_judged: usize,
}

impl Worker {
    fn start(mut model: Box<dyn Transformer>, busy: Arc<AtomicU64>) -> Self {
        let (jobs, queue) = channel::<Job>();
        std::thread::spawn(move || {
            for job in queue {
                let start = Instant::now();
                job(&mut *model);
                busy.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
            }
        });
        Self { jobs, stale: false, too_many: usize::MAX, too_many_judged: usize::MAX }
    }

    /// Sends the processor's parameters if they changed. They count as sent only when they were.
    fn refresh(&mut self, model: &Model<f32>) -> Result<(), Error> {
        if self.stale {
            let parameters = model.parameters().to_vec();
            self.call(move |model| model.set_parameters(&parameters))?;
            self.stale = false;
        }
        Ok(())
    }

    /// Runs work on the model and waits for it.
    fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Transformer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, result) = channel();
        let gone = || Error::Fault("the device's thread has ended".to_owned());
        // Nobody listens any more only if this thread is gone as well.
        let job: Job = Box::new(move |model| drop(answer.send(work(model))));
        self.jobs.send(job).map_err(|_| gone())?;
        result.recv().map_err(|_| gone())?
    }
}

/// A device that evaluates and trains. After its first failure it does nothing any more, and the processor does all.
#[derive(Debug)]
pub struct Accelerator {
    /// The selector that it was opened for.
    selector: Selector,
    device: DeviceInfo,
    config: prover_gpu::Config,
    /// How it rounds.
    precision: prover_gpu::Precision,
    worker: Mutex<Option<Worker>>,
    /// Nanoseconds from the start of each job of its thread to its end: a job waits for its results.
    busy: Arc<AtomicU64>,
}

/// The shapes of a model as the kernels know them.
pub fn shapes(config: &Config) -> prover_gpu::Config {
    let Config { vocabulary, context, layers, heads, width } = *config;
    prover_gpu::Config { vocabulary, context, layers, heads, width }
}

impl Accelerator {
    /// Puts a copy of a model on the device that a selector means; says where it computes, and why not there. `None` is
    /// the processor. [`Selector::Auto`] takes the first device that opens and is faster than the processor.
    pub fn open(selector: Selector, model: &Model<f32>) -> Option<Self> {
        if selector != Selector::Auto {
            let device = prover_gpu::select(selector).unwrap_or_else(|error| {
                warn!("{error}; the processor computes");
                None
            });
            return Self::open_device(selector, device?, model).inspect(Self::announce);
        }
        for device in prover_gpu::devices().into_iter().filter(|device| !device.software) {
            let Some(opened) = Self::open_device(selector, device, model) else { continue };
            if opened.pays_off(model) {
                opened.announce();
                return Some(opened);
            }
        }
        None
    }

    fn open_device(selector: Selector, device: DeviceInfo, model: &Model<f32>) -> Option<Self> {
        let config = shapes(model.config());
        let opened = match model.precision() {
            Precision::F32 => prover_gpu::open(&device, &config, model.parameters(), prover_gpu::Precision::F32),
            Precision::Bf16 => prover_gpu::open_rounded(&device, &config, model.parameters()),
        };
        match opened {
            Ok(transformer) => {
                let precision = transformer.precision();
                let busy = Arc::default();
                let worker = Mutex::new(Some(Worker::start(transformer, Arc::clone(&busy))));
                Some(Self { selector, device, config, precision, worker, busy })
            }
            Err(error) => {
                warn!("{} ({}): {error}; the processor computes", device.selector(), device.name);
                None
            }
        }
    }

    fn announce(&self) {
        info!("{} ({}) computes in {}", self.device.selector(), self.device.name, self.precision);
    }

    /// The selector that it was opened for.
    pub fn selector(&self) -> Selector {
        self.selector
    }

    /// Nanoseconds in which the device worked so far, copies to it and from it included.
    pub fn busy_nanoseconds(&self) -> u64 {
        self.busy.load(Ordering::Relaxed)
    }

    /// Whether a pass over a state for each thread of the processor takes the device less time than those threads.
    /// Measured once for each device and shape of a model.
    fn pays_off(&self, model: &Model<f32>) -> bool {
        static VERDICTS: Mutex<Vec<(DeviceInfo, prover_gpu::Config, prover_gpu::Precision, bool)>> =
            Mutex::new(Vec::new());
        let mut verdicts = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = verdicts.iter().find(|(device, config, precision, _)| {
            (device, config, precision) == (&self.device, &self.config, &self.precision)
        });
        if let Some((.., verdict)) = known {
            return *verdict;
        }
        let verdict = match self.race(model) {
            Some((device, processor)) => {
                info!("{}: a pass takes {device:.1?}, {processor:.1?} on the processor", self.device.selector());
                device < processor
            }
            // Said where it failed.
            None => false,
        };
        verdicts.push((self.device.clone(), self.config.clone(), self.precision, verdict));
        verdict
    }

    /// The times of the same pass on the device and on the processor.
    fn race(&self, model: &Model<f32>) -> Option<(Duration, Duration)> {
        let (vocabulary, context) = (self.config.vocabulary as u32, self.config.context);
        let tokens = |count: usize, seed: usize| -> Vec<u32> {
            (0..count).map(|i| ((i * 7 + seed * 13) % vocabulary as usize) as u32).collect()
        };
        // The shape of self-play: states of 100 tokens with 30 actions of 8.
        let (prefix, branch) = (100.min(context.saturating_sub(8)), 8.min(context));
        let state = |seed| Sequence {
            prefix: tokens(prefix, seed),
            branches: (0..30).map(|action| tokens(branch, seed + action)).collect(),
        };
        let states: Vec<Sequence> = (0..rayon::current_num_threads()).map(state).collect();
        let sequences: Vec<&Sequence> = states.iter().collect();
        let rows = (0..Packed::new(&states).rows() as u32).step_by(8).collect::<Vec<_>>();
        let places: Vec<(usize, usize)> = (0..30).map(|action| (action, branch - 1)).collect();
        let on_device = shortest(|| self.hidden(model, &sequences, rows.clone()).map(drop))?;
        let on_processor = shortest(|| {
            states.par_iter().for_each(|sequence| {
                let reading = Reading { sequence, known: &[], places: &places };
                model.read(&[reading], &mut ReadWorkspace::default());
            });
            Some(())
        })?;
        Some((on_device, on_processor))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Worker>> {
        self.worker.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Marks the device's parameters as out of date, since the processor's have changed.
    pub fn invalidate(&mut self) {
        if let Some(worker) = &mut *self.lock() {
            worker.stale = true;
        }
    }

    /// The result, or nothing, said once, with the device given up.
    fn kept<T>(&self, worker: &mut Option<Worker>, result: Result<T, Error>) -> Option<T> {
        result
            .map_err(|error| {
                *worker = None;
                warn!("{} ({}): {error}; the processor goes on", self.device.selector(), self.device.name);
            })
            .ok()
    }

    /// The final hidden states `[rows, width]` of some rows of sequences; `model` is the reference that the device must
    /// agree with. Sequences that are too many for the device's memory are halved until they fit; nothing where not
    /// even one fits.
    pub fn hidden(&self, model: &Model<f32>, sequences: &[&Sequence], rows: Vec<u32>) -> Option<Vec<f32>> {
        let mut guard = self.lock();
        let worker = guard.as_mut()?;
        let result = worker.refresh(model).and_then(|()| self.hidden_on(worker, sequences, rows));
        match result {
            // Not a fault: this batch goes to the processor.
            Err(Error::OutOfMemory(why)) => {
                debug!("{}: {why}; the processor judges this batch", self.device.selector());
                None
            }
            result => self.kept(&mut guard, result),
        }
    }

    fn hidden_on(&self, worker: &mut Worker, sequences: &[&Sequence], rows: Vec<u32>) -> Result<Vec<f32>, Error> {
        let tokens: usize = sequences.iter().map(|sequence| sequence.tokens()).sum();
        if sequences.len() < 2 || tokens < worker.too_many_judged {
            let (batch, wanted) = (batch(sequences.iter().copied()), rows.clone());
            match worker.call(move |model| model.hidden(&batch, &wanted)) {
                Err(Error::OutOfMemory(why)) if sequences.len() > 1 => {
                    warn!("{}: {why}; {} states are halved", self.device.selector(), sequences.len());
                    worker.too_many_judged = tokens;
                }
                result => return result,
            }
        }
        let (left, right) = sequences.split_at(sequences.len() / 2);
        let first = left.iter().map(|sequence| sequence.tokens() as u32).sum();
        let in_left = rows.iter().copied().filter(|&row| row < first).collect();
        let in_right = rows.iter().filter_map(|row| row.checked_sub(first)).collect();
        let (left, right) = (self.hidden_on(worker, left, in_left)?, self.hidden_on(worker, right, in_right)?);
        let width = self.config.width;
        let (mut left, mut right) = (left.chunks_exact(width), right.chunks_exact(width));
        let next = |&row: &u32| if row < first { left.next() } else { right.next() };
        Ok(rows.iter().filter_map(next).flatten().copied().collect())
    }

    /// Sends parameters and the optimiser's means for training, and logs the memory that training takes. False if the
    /// device is gone.
    pub fn begin_training(&self, model: &Model<f32>, means: [&[f32]; 2], tokens: usize) -> bool {
        let mut guard = self.lock();
        let Some(worker) = guard.as_mut() else { return false };
        if let Ok(plan) = MemoryPlan::new(&self.config, tokens, tokens, self.precision.bytes(), true) {
            info!("training on {} with {tokens} tokens a step takes {plan}", self.device.selector());
        }
        let [mean, square] = means.map(<[f32]>::to_vec);
        // Whatever an earlier round left there.
        worker.stale = true;
        let begun =
            worker.refresh(model).and_then(|()| worker.call(move |model| model.set_optimizer([&mean, &square])));
        self.kept(&mut guard, begun).is_some()
    }

    /// A step of AdamW along the gradient of samples: their weighted losses by group, and the norm of the gradient,
    /// which is not finite if no step was taken. A batch that is too large is halved until it fits.
    pub fn train(&self, samples: &[Sample], numbers: &AdamW) -> Option<([f64; GROUPS], f64)> {
        let mut guard = self.lock();
        let worker = guard.as_mut()?;
        let result = self.train_on(worker, samples, *numbers);
        self.kept(&mut guard, result)
    }

    fn train_on(&self, worker: &mut Worker, samples: &[Sample], numbers: AdamW) -> Result<([f64; GROUPS], f64), Error> {
        let mut losses = [0.0; GROUPS];
        let tokens: usize = samples.iter().map(|s| s.sequence.tokens()).sum();
        if tokens < worker.too_many {
            let lesson = Lesson::new(samples, self.config.vocabulary);
            if lesson.targets.is_empty() {
                return Ok((losses, f64::NAN));
            }
            let Lesson { batch, targets, .. } = lesson.clone();
            match worker.call(move |model| model.train(&batch, &targets, &numbers)) {
                Err(Error::OutOfMemory(why)) if samples.len() > 1 => self.halve(worker, tokens, &why),
                result => {
                    let (found, norm) = result?;
                    lesson.add(&found, &mut losses);
                    return Ok((losses, norm));
                }
            }
        }
        if !self.add_gradient(worker, samples, false, &mut losses)? {
            return Ok((losses, f64::NAN));
        }
        Ok((losses, worker.call(move |model| model.step(&numbers))?))
    }

    /// Remembers that a batch of so many tokens is too large.
    fn halve(&self, worker: &mut Worker, tokens: usize, why: &str) {
        warn!("{}: {why}; {tokens} tokens are halved", self.device.selector());
        worker.too_many = tokens;
    }

    /// Whether there was anything to learn; `accumulate` as in [`Transformer::loss_and_gradient`].
    fn add_gradient(
        &self,
        worker: &mut Worker,
        samples: &[Sample],
        accumulate: bool,
        losses: &mut [f64; GROUPS],
    ) -> Result<bool, Error> {
        let tokens: usize = samples.iter().map(|s| s.sequence.tokens()).sum();
        if samples.len() < 2 || tokens < worker.too_many {
            let lesson = Lesson::new(samples, self.config.vocabulary);
            if lesson.targets.is_empty() {
                return Ok(false);
            }
            let Lesson { batch, targets, .. } = lesson.clone();
            match worker.call(move |model| model.loss_and_gradient(&batch, &targets, accumulate)) {
                Err(Error::OutOfMemory(why)) if samples.len() > 1 => self.halve(worker, tokens, &why),
                result => {
                    lesson.add(&result?, losses);
                    return Ok(true);
                }
            }
        }
        let (left, right) = samples.split_at(samples.len() / 2);
        let first = self.add_gradient(worker, left, accumulate, losses)?;
        Ok(self.add_gradient(worker, right, accumulate || first, losses)? || first)
    }

    /// Parameters and the optimiser's means after training.
    pub fn end_training(&self) -> Option<(Vec<f32>, [Vec<f32>; 2])> {
        let mut guard = self.lock();
        let result = guard.as_mut()?.call(|model| Ok((model.parameters()?, model.optimizer()?)));
        self.kept(&mut guard, result)
    }
}

/// The shortest of some repetitions after one that compiles and does not count.
fn shortest(mut pass: impl FnMut() -> Option<()>) -> Option<Duration> {
    pass()?;
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        pass()?;
        best = best.min(start.elapsed());
    }
    Some(best)
}

fn batch<'a>(sequences: impl IntoIterator<Item = &'a Sequence>) -> Batch {
    let mut batch = Batch::default();
    for sequence in sequences {
        batch.push(&sequence.prefix, sequence.branches.iter().map(|b| &b[..]));
    }
    batch
}

/// Samples as the kernels take them, and the groups of their targets.
#[derive(Clone, Debug)]
struct Lesson {
    batch: Batch,
    targets: Vec<Target>,
    groups: Vec<usize>,
}

impl Lesson {
    fn new(samples: &[Sample], vocabulary: usize) -> Self {
        let packed = Packed::new(samples.iter().map(|s| &s.sequence));
        // As on the processor: tokens beyond the vocabulary are taken as its last.
        let token = |token: u32| token.min(vocabulary as u32 - 1);
        let (mut targets, mut groups) = (Vec::new(), Vec::new());
        for (s, sample) in samples.iter().enumerate() {
            for target in &sample.targets {
                let Some(row) = packed.row(s, target.branch, target.index) else { continue };
                let candidates = target.candidates.iter().flatten().map(|&c| token(c)).collect();
                let term = Term { token: token(target.token), candidates, weight: target.weight };
                targets.push(Target { row: row as u32, term });
                groups.push(target.group);
            }
        }
        Self { batch: batch(samples.iter().map(|s| &s.sequence)), targets, groups }
    }

    /// Adds the targets' losses, weighted, to those of their groups.
    fn add(&self, losses: &[f32], sums: &mut [f64; GROUPS]) {
        for ((loss, target), &group) in losses.iter().zip(&self.targets).zip(&self.groups) {
            if let Some(sum) = sums.get_mut(group) {
                *sum += f64::from(*loss) * f64::from(target.term.weight);
            }
        }
    }
}

#[cfg(all(test, feature = "cuda"))]
#[path = "../../kernels/stand-in/alone.rs"]
mod alone;

#[cfg(test)]
mod tests {
    use super::super::model::{TrainingWorkspace, Workspace};
    use super::super::network::tests::request;
    use super::super::{Evaluator, Network};
    #[cfg(feature = "cuda")]
    use super::super::{model::Size, tokenizer::Tokenizer};
    use super::*;
    use crate::learn::trainer::tests::{examples, network};
    use crate::learn::trainer::{Plan, Trainer};
    use crate::learn::{Objective, Settings, batch};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Any device, software too.
    fn selector() -> Option<Selector> {
        let device = prover_gpu::devices().into_iter().next();
        if device.is_none() {
            println!("SKIPPED: no GPU, not even in software (Debian: apt-get install mesa-vulkan-drivers)");
        }
        device.map(|d| d.selector())
    }

    /// A network with sharper weights than at the start, so that differences show.
    fn sharp() -> Network {
        let mut network = network(64);
        network.model_mut().parameters_mut().iter_mut().for_each(|p| *p *= 4.0);
        network
    }

    #[test]
    fn the_device_computes_what_the_processor_does() {
        let Some(selector) = selector() else { return };
        let network = sharp();
        let model = network.model();
        let accelerator = Accelerator::open(selector, model).expect("a listed device opens");
        let samples = batch::samples(&network, &examples());
        let packed = Packed::new(samples.iter().map(|s| &s.sequence));
        let mut workspace = Workspace::default();
        model.forward(&packed, &mut workspace);
        let sequences: Vec<&Sequence> = samples.iter().map(|s| &s.sequence).collect();
        let rows: Vec<u32> = (0..packed.rows() as u32).rev().collect();
        let hidden = accelerator.hidden(model, &sequences, rows.clone()).unwrap();
        for (&row, found) in rows.iter().zip(hidden.chunks_exact(model.config().width)) {
            for (a, b) in found.iter().zip(workspace.output(row as usize)) {
                assert!((a - b).abs() < 1e-4, "row {row}: {a} {b}");
            }
        }

        let zeros = vec![0.0; model.parameters().len()];
        assert!(accelerator.begin_training(model, [&zeros, &zeros], 512));
        // Steps of no length.
        let (losses, norm) = accelerator.train(&samples, &AdamW::STILL).unwrap();
        let mut gradient = zeros.clone();
        let expected = model.loss_and_gradient(&samples, &mut gradient, &mut TrainingWorkspace::default());
        for (a, b) in losses.iter().zip(expected) {
            assert!((a - b).abs() < 1e-4 * (1.0 + b), "{losses:?} {expected:?}");
        }
        let exact = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
        assert!((norm / exact - 1.0).abs() < 1e-4, "{norm} {exact}");
        assert!(accelerator.busy_nanoseconds() > 0);
        // In halves, as where memory is short.
        accelerator.lock().as_mut().unwrap().too_many = 8;
        let (halves, halves_norm) = accelerator.train(&samples, &AdamW::STILL).unwrap();
        assert!((halves_norm / norm - 1.0).abs() < 1e-4);
        assert!(halves.iter().zip(losses).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b)));
    }

    /// A device whose memory is for batches of so many tokens, and the sizes of the batches that it was given.
    struct Small {
        inner: Box<dyn Transformer>,
        most: usize,
        given: Arc<Mutex<Vec<usize>>>,
    }

    impl Small {
        fn admit(&self, batch: &Batch) -> Result<(), Error> {
            self.given.lock().unwrap().push(batch.rows());
            if batch.rows() <= self.most { Ok(()) } else { Err(Error::OutOfMemory("it is small".to_owned())) }
        }
    }

    impl Transformer for Small {
        fn precision(&self) -> prover_gpu::Precision {
            self.inner.precision()
        }
        fn set_parameters(&mut self, flat: &[f32]) -> Result<(), Error> {
            self.inner.set_parameters(flat)
        }
        fn parameters(&self) -> Result<Vec<f32>, Error> {
            self.inner.parameters()
        }
        fn hidden(&self, batch: &Batch, rows: &[u32]) -> Result<Vec<f32>, Error> {
            self.admit(batch).and_then(|()| self.inner.hidden(batch, rows))
        }
        fn loss_and_gradient(&mut self, batch: &Batch, targets: &[Target], on: bool) -> Result<Vec<f32>, Error> {
            self.admit(batch).and_then(|()| self.inner.loss_and_gradient(batch, targets, on))
        }
        fn train(&mut self, batch: &Batch, targets: &[Target], numbers: &AdamW) -> Result<(Vec<f32>, f64), Error> {
            self.admit(batch).and_then(|()| self.inner.train(batch, targets, numbers))
        }
        fn loss(&self, batch: &Batch, targets: &[Target]) -> Result<Vec<f32>, Error> {
            self.inner.loss(batch, targets)
        }
        fn gradient(&self) -> Result<Vec<f32>, Error> {
            self.inner.gradient()
        }
        fn step(&mut self, numbers: &AdamW) -> Result<f64, Error> {
            self.inner.step(numbers)
        }
        fn optimizer(&self) -> Result<[Vec<f32>; 2], Error> {
            self.inner.optimizer()
        }
        fn set_optimizer(&mut self, means: [&[f32]; 2]) -> Result<(), Error> {
            self.inner.set_optimizer(means)
        }
    }

    #[test]
    fn batches_that_a_device_has_no_memory_for_are_halved_until_it_has() {
        let Some(device) = prover_gpu::devices().into_iter().next() else {
            println!("SKIPPED: no GPU, not even in software (Debian: apt-get install mesa-vulkan-drivers)");
            return;
        };
        let network = sharp();
        let model = network.model();
        let accelerator = Accelerator::open(device.selector(), model).expect("a listed device opens");
        let samples = batch::samples(&network, &examples());
        let sequences: Vec<&Sequence> = samples.iter().map(|sample| &sample.sequence).collect();
        let longest = sequences.iter().map(|sequence| sequence.tokens()).max().unwrap();
        let rows: Vec<u32> = (0..Packed::new(sequences.iter().copied()).rows() as u32).rev().collect();
        let zeros = vec![0.0; model.parameters().len()];
        let whole = accelerator.hidden(model, &sequences, rows.clone()).unwrap();
        assert!(accelerator.begin_training(model, [&zeros, &zeros], 512));
        let (losses, norm) = accelerator.train(&samples, &AdamW::STILL).unwrap();

        let given = Arc::new(Mutex::new(Vec::new()));
        let inner = prover_gpu::open(&device, &shapes(model.config()), model.parameters(), prover_gpu::Precision::F32);
        let small = Small { inner: inner.unwrap(), most: longest, given: Arc::clone(&given) };
        *accelerator.lock() = Some(Worker::start(Box::new(small), Arc::clone(&accelerator.busy)));
        let close = |a: &f32, b: &f32| (a - b).abs() < 1e-4;
        for is_known in [false, true] {
            let parts = accelerator.hidden(model, &sequences, rows.clone()).unwrap();
            assert!(whole.len() == parts.len() && whole.iter().zip(&parts).all(|(a, b)| close(a, b)));
            let asked = std::mem::take(&mut *given.lock().unwrap());
            // The second time it is known before.
            assert_eq!(asked.iter().any(|&rows| rows == whole.len() / model.config().width), !is_known, "{asked:?}");
            assert!(asked.iter().filter(|&&rows| rows <= longest).count() > 1, "{asked:?}");
        }
        assert!(accelerator.begin_training(model, [&zeros, &zeros], 512));
        let (halves, halves_norm) = accelerator.train(&samples, &AdamW::STILL).unwrap();
        assert!((halves_norm / norm - 1.0).abs() < 1e-4);
        assert!(halves.iter().zip(losses).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b)));
        assert!(accelerator.lock().is_some(), "it is not given up");
    }

    #[test]
    fn rounds_of_training_end_where_the_processor_s_do() {
        let Some(selector) = selector() else { return };
        let plan = Plan { alpha: 0.5, steps: 4, batch_tokens: 128, mix: None, objective: Objective::Likelihood };
        let goals = ["(= z z)".to_owned()];
        let run = |selector| {
            let mut network = network(64);
            network.set_device(selector);
            let mut trainer = Trainer::new(network, Settings { warm_up: 1, ..Settings::default() });
            let rng = &mut ChaCha8Rng::seed_from_u64(1);
            // Twice: what comes back from the first round goes into the second.
            let reports = [(); 2].map(|()| trainer.train(&examples(), &goals, &plan, rng, |_| ()));
            (reports, trainer)
        };
        let ([_, found], on_device) = run(selector);
        let ([_, expected], on_processor) = run(Selector::Cpu);
        assert!(on_device.network.accelerator().unwrap().lock().is_some(), "the device did not fail");
        assert_eq!((found.steps, on_device.optimizer.steps()), (expected.steps, on_processor.optimizer.steps()));
        assert!((found.train_loss.unwrap() - expected.train_loss.unwrap()).abs() < 1e-3);
        // AdamW's direction hangs on the sign of gradients that are nearly 0, so that single parameters may part.
        let [a, b] = [&on_device, &on_processor].map(|t| t.network.model().parameters());
        let apart = a.iter().zip(b).filter(|(a, b)| (*a - *b).abs() > 1e-4).count();
        assert!(apart * 50 < a.len(), "{apart} of {}", a.len());
        let requests = [request("(= z z)", &["intro x.", "apply eq."]), request("a", &[])];
        let [a, b] = [&on_device, &on_processor].map(|t| t.network.evaluate(&requests));
        for (a, b) in a.iter().zip(&b) {
            assert!((a.value - b.value).abs() < 1e-3);
            assert!(a.priors.iter().zip(&b.priors).all(|(a, b)| (a - b).abs() < 1e-3));
        }
    }

    #[test]
    fn a_device_that_is_not_there_or_is_lost_leaves_all_to_the_processor() {
        let missing = Selector::Wgpu(Some(999));
        assert!(Accelerator::open(missing, network(64).model()).is_none());
        let mut network = sharp();
        let requests = [request("(= z z)", &["intro x.", "apply eq."])];
        let expected = network.evaluate(&requests);
        network.set_cache_entries(0);
        network.set_device(missing);
        assert_eq!(network.evaluate(&requests), expected);
        let Some(selector) = selector() else { return };
        network.set_device(selector);
        let fault = |_: &mut dyn Transformer| -> Result<(), Error> { Err(Error::Fault("pulled out".to_owned())) };
        let accelerator = network.accelerator().unwrap();
        let mut guard = accelerator.lock();
        let result = guard.as_ref().unwrap().call(fault);
        assert!(accelerator.kept(&mut guard, result).is_none() && guard.is_none());
        drop(guard);
        assert_eq!(network.evaluate(&requests), expected);
        let mut trainer = Trainer::new(network, Settings::default());
        let plan = Plan { alpha: 0.0, steps: 2, batch_tokens: 128, mix: None, objective: Objective::Likelihood };
        let report = trainer.train(&examples(), &[], &plan, &mut ChaCha8Rng::seed_from_u64(1), |_| ());
        assert_eq!((report.steps, report.skipped), (2, 0));
    }

    /// A process's CUDA device is the stand-in driver's: whatever is wrong with it, evaluations and training are those
    /// of the processor.
    #[cfg(feature = "cuda")]
    fn the_processor_goes_on(test: &str, stand_in: super::alone::StandIn) {
        stand_in.run(test, || {
            for selector in [Selector::Cuda(None), Selector::Auto] {
                let mut network = large();
                network.set_cache_entries(0);
                let requests = [request("(= z z)", &["intro x.", "apply eq."]), request("a", &["b"])];
                let expected = network.evaluate(&requests);
                network.set_device(selector);
                assert_eq!(network.evaluate(&requests), expected, "{selector}");
                assert!(network.accelerator().is_none_or(|a| a.lock().is_none()), "{selector} is given up");
            }
            let train = |selector| {
                let mut network = network(64);
                network.set_device(selector);
                let mut trainer = Trainer::new(network, Settings::default());
                let plan =
                    Plan { alpha: 0.0, steps: 2, batch_tokens: 128, mix: None, objective: Objective::Likelihood };
                let report = trainer.train(&examples(), &[], &plan, &mut rng(), |_| ());
                assert_eq!((report.steps, report.skipped), (2, 0));
                trainer.network.model().parameters().to_vec()
            };
            assert_eq!(train(Selector::Cuda(None)), train(Selector::Cpu));
        });
    }

    /// As large as the largest model, so that memory runs out.
    #[cfg(feature = "cuda")]
    fn large() -> Network {
        let tokenizer = Tokenizer::train(["intro x. apply eq. (= z z)"], 300).unwrap();
        Network::untrained(Size::Base, tokenizer, &mut rng()).unwrap()
    }

    #[cfg(feature = "cuda")]
    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(1)
    }

    #[test]
    #[cfg(feature = "cuda")]
    fn without_a_compiler_the_processor_goes_on() {
        let Some(stand_in) = super::alone::StandIn::new() else { return };
        let test = "accelerator::tests::without_a_compiler_the_processor_goes_on";
        the_processor_goes_on(test, stand_in.without_compiler());
    }

    #[test]
    #[cfg(feature = "cuda")]
    fn without_headers_the_processor_goes_on() {
        let Some(stand_in) = super::alone::StandIn::new() else { return };
        let test = "accelerator::tests::without_headers_the_processor_goes_on";
        the_processor_goes_on(test, stand_in.without_headers());
    }

    #[test]
    #[cfg(feature = "cuda")]
    fn without_memory_or_working_kernels_the_processor_goes_on() {
        let test = "accelerator::tests::without_memory_or_working_kernels_the_processor_goes_on";
        for mebibytes in ["1000", "2500", "6000", "60000"] {
            let Some(stand_in) = super::alone::StandIn::new() else { return };
            the_processor_goes_on(test, stand_in.with("STAND_IN_MEMORY", mebibytes));
        }
    }
}
