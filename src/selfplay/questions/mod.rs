//! Self-play for [questions](crate::answer): draw them, attempt them, see which graphs are consistent, learn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::answer::attempt::{Attempting, Effort, QuestionAttempt, attempt, compare, together};
use crate::answer::augment::augmented;
use crate::answer::consistency::Consistency;
use crate::answer::data::{Curriculum, DataError, Pair, Selection, Set, Split, Test, Train};
use crate::answer::examples::{Learned, best, examples};
use crate::answer::generate::{MODULES, Module};
use crate::answer::trained::{self, TrainedOn};
use crate::answer::{marked, shape, showing};
use crate::graph::{Question, language::operators};
use crate::learn::Objective;
use crate::network::checkpoint::CheckpointError;
use crate::network::network::NetworkError;
use crate::network::tokenizer::{Tokenizer, TokenizerError};
use crate::network::{Evaluator, Network, Task};
use crate::selfplay::learner::{LearningSettings, generator, scale};
use crate::selfplay::metrics::{figures, ratio};
use crate::selfplay::play::{Lesson, Moment, Play, PlaySettings, Round, Subject, Wave};
use crate::selfplay::task::initial;

/// Tokens of the tokenizer's vocabulary.
const VOCABULARY: usize = 1024;
/// Questions that the tokenizer learns from, at most.
const TOKENIZER_QUESTIONS: usize = 3_000;
/// The step size at the end of a run, as a share of that at its start.
const LAST_RATE: f64 = 0.05;
/// Purposes of the random numbers of an iteration.
const DRAWING: u64 = 1;
const HINDSIGHT: u64 = 2;
const AUGMENTING: u64 = 4;
/// The streams of generated questions, beyond those of tests.
const GENERATING: u64 = 2;
/// How many times as many questions are generated as an iteration asks.
const AMPLE: usize = 3;
/// The share of its kind's questions that a graph answers at least, to be learned for questions without known answers, and so that no
/// other graph is searched for.
const CERTAIN: f64 = 0.9;
/// Questions of a kind for which a common graph is searched for, at least and at most.
const FEWEST: usize = 4;
const MOST_TOGETHER: usize = 16;

/// Settings of a run; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct QuestionSettings {
    /// The folder of the questions; `None` for questions that are [generated](crate::answer::generate) anew in each
    /// iteration.
    pub math: Option<PathBuf>,
    pub modules: Vec<String>,
    pub iterations: u32,
    pub questions: usize,
    pub instances: usize,
    pub effort: Effort,
    pub hindsight: f64,
    pub augment: f64,
    pub learning: LearningSettings,
    pub seed: u64,
}

/// Errors that end a run.
#[derive(Debug, thiserror::Error)]
pub enum QuestionSelfplayError {
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The tokenizer could not be made.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The network could not be made.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network that the run is to begin with cannot be used.
    #[error(transparent)]
    Initial(#[from] CheckpointError),
}

/// The state that a run keeps from one iteration to the next, apart from the network and the examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionMemory {
    /// The shapes that answer the kinds of questions, counted.
    pub consistency: Consistency,
    /// Counts of the answers to the questions of each module.
    pub curriculum: Curriculum,
    /// The questions drawn of each module.
    pub drawn: BTreeMap<String, usize>,
    /// Questions whose attempts were still being made at the end of the iteration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Drawn>,
}

figures! {
    /// The figures of learning to answer questions.
    pub struct QuestionFigures {
        /// Questions that the network was asked without the answer, before it was trained on them.
        pub asked: u64,
        /// Those of them that it answered.
        pub answered: u64,
        /// `answered / asked`, 0 where none was asked.
        pub ratio_answered: f64,
        /// Mean, over the questions for which some graph gave the answer, of the share of its kind's questions that the
        /// learned graph answers.
        pub mean_rate: f64,
        /// Different questions that the network was trained on so far.
        pub trained_on: u64,
        /// For each module, the share of the questions asked that was answered.
        pub modules: BTreeMap<String, f64>,
        /// For each module, the number of questions asked.
        pub modules_asked: BTreeMap<String, u64>,
    }
}

/// Learning to answer questions.
pub struct Questions {
    settings: QuestionSettings,
    /// The questions of each module.
    questions: BTreeMap<String, Vec<Asked>>,
    /// Those of the test splits of the same data, by their [keys](TrainedOn::key).
    tested: FxHashSet<u64>,
    memory: QuestionMemory,
    trained_on: TrainedOn,
    /// Questions that an earlier process did not come to the end of.
    postponed: Vec<Drawn>,
}

/// A question with the number of its kind among those of its module.
struct Asked {
    pair: Pair,
    kind: usize,
}

/// Loads the training splits of the data, without the questions that a test split has too, and makes an untrained
/// network.
///
/// # Errors
///
/// [`QuestionSelfplayError`] when the data cannot be read or has no such modules.
pub fn play(settings: QuestionSettings) -> Result<Play<Questions>, QuestionSelfplayError> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let (pairs, tested) = questions(&settings, &mut rng)?;
    let (mut network, trained_on) = match &settings.learning.network {
        Some(directory) => (initial(directory, Task::Questions, settings.learning.model)?, trained_on(directory)?),
        None => {
            let texts = corpus(&pairs, &mut rng);
            let tokenizer = Tokenizer::train(texts.iter().map(String::as_str), VOCABULARY)?;
            (Network::untrained(settings.learning.model, tokenizer, &mut rng)?, TrainedOn::default())
        }
    };
    network.set_task(Some(Task::Questions));
    let questions = numbered(pairs);
    let curriculum = Curriculum::new(questions.keys().map(String::as_str));
    let memory =
        QuestionMemory { consistency: Consistency::new(), curriculum, drawn: BTreeMap::new(), late: Vec::new() };
    // An attempt asks for few states: batches shared by several bring nothing.
    let (batch, wait) = (settings.effort.search.batch, Duration::ZERO);
    let QuestionSettings { seed, iterations, .. } = settings;
    let how = PlaySettings { learning: settings.learning.clone(), batch, wait, seed, iterations };
    Ok(Play::new(Questions { settings, questions, tested, memory, trained_on, postponed: Vec::new() }, network, how))
}

/// The questions that a network was trained on.
fn trained_on(directory: &Path) -> Result<TrainedOn, CheckpointError> {
    let path = directory.join(trained::FILE);
    TrainedOn::load(directory).map_err(|source| CheckpointError::Io { path, source })
}

impl Questions {
    /// The questions that were trained on.
    pub fn trained_on(&self) -> &TrainedOn {
        &self.trained_on
    }

    /// Goes on with the questions that an earlier process was trained on.
    pub fn set_trained_on(&mut self, trained_on: TrainedOn) {
        self.trained_on = trained_on;
    }

    /// The limits and options of an attempt.
    pub fn effort(&self) -> Effort {
        self.settings.effort
    }

    /// The number of modules, and of questions.
    pub fn size(&self) -> (usize, usize) {
        (self.questions.len(), self.questions.values().map(Vec::len).sum())
    }

    /// The questions of an iteration: modules by the curriculum, of each module several of a kind together, and every
    /// question once before any comes again.
    fn draw(&mut self, iteration: u32) -> Vec<Work> {
        let mut rng = generator(self.settings.seed, iteration, DRAWING);
        let mut orders: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
        let mut counts: BTreeMap<(String, usize), usize> = BTreeMap::new();
        let mut drawn = Vec::with_capacity(self.settings.questions);
        while drawn.len() < self.settings.questions {
            let Some(module) = self.memory.curriculum.sample(&mut rng).map(str::to_owned) else { break };
            let Some(asked) = self.questions.get(&module) else { break };
            let (seed, instances) = (self.settings.seed, self.settings.instances);
            for _ in 0..instances.min(self.settings.questions - drawn.len()) {
                let next = self.memory.drawn.entry(module.clone()).or_default();
                let (round, position) = (*next / asked.len(), *next % asked.len());
                *next += 1;
                let order = orders
                    .entry((module.clone(), round))
                    .or_insert_with(|| order(asked, instances, seed, &module, round));
                let next = &asked[order[position]];
                *counts.entry((module.clone(), next.kind)).or_default() += 1;
                drawn.push((module.clone(), next));
            }
        }
        let asked = drawn.into_iter().map(|(module, Asked { pair, kind })| {
            let is_alone = counts[&(module.clone(), *kind)] < FEWEST;
            Work::Ask(Drawn { module, pair: pair.clone(), is_alone })
        });
        asked.collect()
    }

    /// Records the first attempt at a question.
    fn asked(
        &mut self,
        turn: &mut Turn,
        module: &str,
        pair: &Pair,
        attempt: QuestionAttempt,
        round: &mut Round<QuestionFigures>,
    ) {
        self.trained_on.insert(&pair.question);
        let metrics = &mut round.metrics;
        metrics.attempted += 1;
        metrics.proved += u64::from(!attempt.right.is_empty());
        metrics.nodes += attempt.nodes;
        if let Some(is_right) = attempt.answered {
            self.memory.curriculum.record(module, is_right);
            let (asked, answered) = turn.modules.entry(module.to_owned()).or_default();
            *asked += 1;
            *answered += u64::from(is_right);
        }
        turn.attempts.push((pair.clone(), attempt));
    }

    /// Counts which shapes answered the questions of their kinds: first those that did, so that no failure of a shape is
    /// lost because it was seen before its first success.
    fn count(&mut self, attempts: &[(Pair, QuestionAttempt)]) {
        let consistency = &mut self.memory.consistency;
        attempts.iter().for_each(|(_, attempt)| consistency.note_right(&attempt.kind, shapes(attempt).0));
        attempts.iter().for_each(|(_, attempt)| consistency.note_wrong(&attempt.kind, shapes(attempt).1));
    }

    /// The questions for which graphs may be better that answer others of their kinds.
    fn comparable(&self, attempts: &[(Pair, QuestionAttempt)]) -> Vec<Work> {
        let all = attempts.iter().enumerate();
        let some = all.filter(|(_, (_, attempt))| attempt.has_untried(&self.memory.consistency));
        let work =
            some.map(|(place, (pair, attempt))| Work::Compare { place, pair: pair.clone(), attempt: attempt.clone() });
        work.collect()
    }

    /// The kinds of which several questions were asked and no graph is known that answers nearly all, each with some of
    /// its questions: first one for which no good graph is known.
    fn unsettled(&self, attempts: &[(Pair, QuestionAttempt)]) -> Vec<Work> {
        let mut kinds: BTreeMap<&str, Vec<(f64, usize)>> = BTreeMap::new();
        for (place, (_, attempt)) in attempts.iter().enumerate() {
            let rate = attempt.rate(&self.memory.consistency).unwrap_or(0.0);
            kinds.entry(&attempt.kind).or_default().push((rate, place));
        }
        let searched = kinds.into_values().filter_map(|mut asked| {
            let mean = asked.iter().map(|(rate, _)| rate).sum::<f64>() / asked.len() as f64;
            if asked.len() < FEWEST || mean >= CERTAIN {
                return None;
            }
            asked.sort_by(|a, b| a.0.total_cmp(&b.0));
            asked.truncate(MOST_TOGETHER);
            Some(Work::Search(asked.into_iter().map(|(_, place)| (place, attempts[place].0.clone())).collect()))
        });
        searched.collect()
    }

    /// A question with other numbers and names, marked; `None` if there is none that is not tested.
    fn augmented(&self, pair: &Pair, rng: &mut impl Rng) -> Option<String> {
        let other = augmented(&Question::new(&pair.question).ok()?, rng)?;
        (!self.tested.contains(&TrainedOn::key(&other.text))).then(|| marked(&other))
    }
}

/// The shapes that gave the answer in an attempt, and those that did not.
fn shapes(attempt: &QuestionAttempt) -> (impl Iterator<Item = &str>, impl Iterator<Item = &str>) {
    (attempt.right.iter().map(|trace| trace.shape.as_str()), attempt.wrong_shapes.iter().map(String::as_str))
}

/// Work on questions that were drawn. Those of an iteration have places, in the order in which they were drawn.
#[derive(Clone, Debug)]
pub enum Work {
    /// A question is to be answered.
    Ask(Drawn),
    /// The graphs that answer others of its kind are to be tried on it.
    Compare {
        /// Its place.
        place: usize,
        /// The question.
        pair: Pair,
        /// Its attempt.
        attempt: QuestionAttempt,
    },
    /// A graph that answers several questions of a kind is to be searched for.
    Search(Vec<(usize, Pair)>),
}

/// The stages of an iteration, each a wave.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    /// Questions are answered.
    #[default]
    Answering,
    /// Graphs that answer some questions of a kind are tried on the others.
    Comparing,
    /// Graphs are searched for that answer all questions of a kind, where none is known.
    Searching,
    /// The graphs found are tried on the others.
    ComparingAgain,
    /// Nothing is left to do.
    Done,
}

/// A question that was drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    module: String,
    /// The question and its answer.
    pub pair: Pair,
    /// Whether too few others of its kind are asked to look for a graph that answers all.
    pub is_alone: bool,
}

/// An iteration under way.
#[derive(Default)]
pub struct Turn {
    stage: Stage,
    attempts: Vec<(Pair, QuestionAttempt)>,
    /// By module, questions asked and answered.
    modules: BTreeMap<String, (u64, u64)>,
}

impl Subject for Questions {
    const TASK: Task = Task::Questions;
    type Problem = Work;
    type Outcome = Vec<QuestionAttempt>;
    type Figures = QuestionFigures;
    type Memory = QuestionMemory;
    type Turn = Turn;
    type Error = QuestionSelfplayError;

    fn memory(&self) -> &QuestionMemory {
        &self.memory
    }

    fn restore(&mut self, memory: QuestionMemory) -> Result<(), QuestionSelfplayError> {
        self.memory = memory;
        self.postponed = std::mem::take(&mut self.memory.late);
        Ok(())
    }

    fn begin(&mut self, at: &Moment<'_>) -> Result<Turn, QuestionSelfplayError> {
        if self.settings.math.is_none() {
            self.questions = numbered(generated(&self.settings, at.iteration)?);
            self.memory.drawn.clear();
        }
        Ok(Turn::default())
    }

    fn next(
        &mut self,
        turn: &mut Turn,
        at: &Moment<'_>,
        _: &mut Round<QuestionFigures>,
    ) -> Result<Option<Wave<Work>>, QuestionSelfplayError> {
        let (name, problems, next) = match turn.stage {
            Stage::Answering => {
                let mut asked: Vec<Work> = std::mem::take(&mut self.postponed).into_iter().map(Work::Ask).collect();
                asked.extend(self.draw(at.iteration));
                ("answering", asked, Stage::Comparing)
            }
            Stage::Comparing => {
                self.count(&turn.attempts);
                ("comparing", self.comparable(&turn.attempts), Stage::Searching)
            }
            Stage::Searching => ("searching", self.unsettled(&turn.attempts), Stage::ComparingAgain),
            Stage::ComparingAgain => ("comparing", self.comparable(&turn.attempts), Stage::Done),
            Stage::Done => return Ok(None),
        };
        turn.stage = next;
        Ok(Some(Wave { name, problems }))
    }

    fn attempt(&self, work: &Work, evaluator: &dyn Evaluator, seed: u64, at: &Moment<'_>) -> Vec<QuestionAttempt> {
        let (consistency, effort) = (&self.memory.consistency, self.settings.effort);
        match work {
            Work::Ask(Drawn { pair, is_alone, .. }) => {
                let network = at.is_trained.then_some(evaluator);
                vec![attempt(pair, Attempting { network, consistency, effort, is_alone: *is_alone, seed })]
            }
            Work::Compare { pair, attempt, .. } => vec![compare(pair, attempt, consistency)],
            Work::Search(asked) => {
                let pairs: Vec<&Pair> = asked.iter().map(|(_, pair)| pair).collect();
                together(&pairs, effort, seed)
            }
        }
    }

    fn succeeded(&self, outcome: &Vec<QuestionAttempt>) -> Option<bool> {
        outcome.first().and_then(|attempt| attempt.answered)
    }

    fn keep(
        &mut self,
        turn: &mut Turn,
        work: Work,
        outcome: Vec<QuestionAttempt>,
        round: &mut Round<QuestionFigures>,
    ) -> Result<(), QuestionSelfplayError> {
        let places = match work {
            Work::Ask(Drawn { module, pair, .. }) => {
                outcome.into_iter().for_each(|attempt| self.asked(turn, &module, &pair, attempt, round));
                return Ok(());
            }
            Work::Compare { place, .. } => vec![place],
            Work::Search(asked) => asked.into_iter().map(|(place, _)| place).collect(),
        };
        for (place, found) in places.into_iter().zip(outcome) {
            round.metrics.nodes += found.nodes;
            let known = &mut turn.attempts[place].1;
            let found = found.without(known);
            let (right, wrong) = shapes(&found);
            self.memory.consistency.note_right(&found.kind, right);
            self.memory.consistency.note_wrong(&found.kind, wrong);
            round.metrics.proved += u64::from(known.right.is_empty() && !found.right.is_empty());
            known.extend(found);
        }
        Ok(())
    }

    fn end(
        &mut self,
        turn: Turn,
        at: &Moment<'_>,
        round: &mut Round<QuestionFigures>,
    ) -> Result<Lesson, QuestionSelfplayError> {
        // When all are counted, it is known which graphs are consistent.
        let mut rng = generator(self.settings.seed, at.iteration, HINDSIGHT);
        let mut augmenting = generator(self.settings.seed, at.iteration, AUGMENTING);
        let mut rates = 0.0;
        let is_rewarded = matches!(self.settings.learning.objective, Objective::Grpo { .. });
        for (pair, attempt) in &turn.attempts {
            let hindsight = rng.random_bool(self.settings.hindsight.clamp(0.0, 1.0));
            let rate = best(attempt, &self.memory.consistency).map_or(0.0, |(_, rate)| rate);
            rates += rate;
            let is_augmented = augmenting.random_bool(self.settings.augment.clamp(0.0, 1.0)) && rate >= CERTAIN;
            let other = if is_augmented { self.augmented(pair, &mut augmenting) } else { None };
            let how = Learned { hindsight, is_rewarded, other: other.as_deref() };
            round.examples.extend(examples(attempt, &self.memory.consistency, how));
        }
        let figures = &mut round.metrics.own;
        figures.asked = turn.modules.values().map(|counts| counts.0).sum();
        figures.answered = turn.modules.values().map(|counts| counts.1).sum();
        figures.ratio_answered = ratio(figures.answered, figures.asked);
        figures.mean_rate = if round.metrics.proved > 0 { rates / round.metrics.proved as f64 } else { 0.0 };
        figures.trained_on = self.trained_on.len() as u64;
        for (module, (asked, answered)) in turn.modules {
            figures.modules.insert(module.clone(), ratio(answered, asked));
            figures.modules_asked.insert(module, asked);
        }
        Ok(self.lesson(at.iteration))
    }

    fn lesson(&self, iteration: u32) -> Lesson {
        Lesson { learning_rate: Some(learning_rate(&self.settings, iteration)), ..Lesson::default() }
    }

    fn postpone(&mut self, late: Vec<Work>) {
        let asked = late.into_iter().filter_map(|work| match work {
            Work::Ask(drawn) => Some(drawn),
            // The others are never late: they are done where the run is.
            Work::Compare { .. } | Work::Search(_) => None,
        });
        self.memory.late = asked.collect();
    }
}

/// The step size of an iteration: half a period of the cosine, from the one that was set down to a small share of it
/// (Loshchilov and Hutter, *SGDR*, 2017).
fn learning_rate(settings: &QuestionSettings, iteration: u32) -> f64 {
    let passed = f64::from(iteration - 1) / f64::from(settings.iterations.max(iteration));
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * passed).cos());
    settings.learning.learning_rate * scale(settings.learning.model) * (LAST_RATE + (1.0 - LAST_RATE) * cosine)
}

/// The order of a module's questions in a round through them: several of a kind together.
fn order(asked: &[Asked], instances: usize, seed: u64, module: &str, round: usize) -> Vec<usize> {
    // A stream of its own for each module and round.
    let name = module.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ name);
    rng.set_stream(round as u64);
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.shuffle(&mut rng);
    // Stable: in the order drawn within a kind.
    order.sort_by_key(|index| asked[*index].kind);
    let kinds = order.chunk_by(|a, b| asked[*a].kind == asked[*b].kind);
    let mut groups: Vec<&[usize]> = kinds.flat_map(|kind| kind.chunks(instances.max(1))).collect();
    groups.shuffle(&mut rng);
    groups.concat()
}

/// Questions of our own for an iteration, by module: none that an earlier one had, but for chance.
fn generated(
    settings: &QuestionSettings,
    iteration: u32,
) -> Result<BTreeMap<String, Vec<Pair>>, QuestionSelfplayError> {
    let unknown = settings.modules.iter().find(|name| Module::named(name).is_none());
    if let Some(name) = unknown {
        let known = MODULES.iter().map(|module| module.name.to_owned()).collect();
        return Err(DataError::UnknownModule { name: name.clone(), path: PathBuf::from("generated"), known }.into());
    }
    let is_asked =
        |module: &&Module| settings.modules.is_empty() || settings.modules.iter().any(|name| name == module.name);
    let modules: Vec<&Module> = MODULES.iter().filter(is_asked).collect();
    // Enough for the curriculum to draw the hard modules several times as often as others.
    let count = (AMPLE * settings.questions).div_ceil(modules.len().max(1) * Train::ALL.len()).max(settings.instances);
    let drawn = modules.par_iter().map(|module| {
        let mut rng = module.generator(settings.seed);
        rng.set_stream(u64::from(iteration) + GENERATING);
        let mut seen = BTreeSet::new();
        let pairs = Train::ALL.iter().flat_map(|difficulty| module.questions(*difficulty, count, &mut seen, &mut rng));
        (module.name.to_owned(), pairs.collect())
    });
    Ok(drawn.collect::<Vec<_>>().into_iter().collect())
}

/// The questions of modules with the numbers of their kinds.
fn numbered(modules: BTreeMap<String, Vec<Pair>>) -> BTreeMap<String, Vec<Asked>> {
    modules.into_iter().map(|(module, pairs)| (module, by_kind(pairs))).collect()
}

/// Questions with the numbers of their kinds.
fn by_kind(pairs: Vec<Pair>) -> Vec<Asked> {
    // What cannot be read is of a kind of its own.
    let kinds: Vec<String> = pairs
        .par_iter()
        .map(|pair| Question::new(&pair.question).map_or_else(|_| String::new(), |question| shape::kind(&question)))
        .collect();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = pairs.into_iter().zip(kinds).map(|(pair, kind)| {
        let next = numbers.len();
        Asked { pair, kind: *numbers.entry(kind).or_insert(next) }
    });
    numbered.collect()
}

/// The questions of the training splits by module, without those that are in a test split of the same data, too; and the
/// keys of the latter.
#[allow(clippy::type_complexity)]
fn questions(
    settings: &QuestionSettings,
    rng: &mut ChaCha8Rng,
) -> Result<(BTreeMap<String, Vec<Pair>>, FxHashSet<u64>), QuestionSelfplayError> {
    let Some(folder) = &settings.math else { return Ok((generated(settings, 1)?, FxHashSet::default())) };
    let selection = Selection { modules: settings.modules.clone(), most: None };
    let mut set = Set::<Train>::load(folder, Train::ALL, &selection, rng)?;
    let tested = match Set::load(folder, &Test::of(folder), &Selection::default(), rng) {
        Err(DataError::Nothing { .. }) => Vec::new(),
        test => test?.into_parts(),
    };
    let tested: FxHashSet<u64> =
        tested.iter().flat_map(|part| &part.pairs).map(|pair| TrainedOn::key(&pair.question)).collect();
    set.retain(|pair| !tested.contains(&TrainedOn::key(&pair.question)));
    let mut questions: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
    for part in set.parts() {
        questions.entry(part.module.clone()).or_default().extend(part.pairs.iter().cloned());
    }
    Ok((questions, tested))
}

/// The corpus of the tokenizer: questions as states show them, and the language of actions.
fn corpus(questions: &BTreeMap<String, Vec<Pair>>, rng: &mut impl Rng) -> Vec<String> {
    let mut all: Vec<&Pair> = questions.values().flatten().collect();
    all.shuffle(rng);
    let marked = all.iter().take(TOKENIZER_QUESTIONS).filter_map(|pair| {
        let question = Question::new(&pair.question).ok()?;
        Some(showing(&marked(&question), &pair.answer))
    });
    let mut corpus: Vec<String> = marked.collect();
    for operator in operators::all() {
        for signature in operator.signatures {
            let kinds: Vec<&str> = signature.parameters.iter().map(|kind| kind.name()).collect();
            // As often as a frequent word, so that a name is one token.
            let text =
                format!("\n{}(<{}>, _)\n{}({})", operator.name, signature.result, operator.name, kinds.join(", "));
            corpus.extend(std::iter::repeat_n(text, 20));
        }
    }
    corpus
}

#[cfg(test)]
mod tests;
