//! Self-play for [questions](crate::answer): draw them, attempt them, see which graphs are consistent, learn.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::answer::attempt::{Effort, QuestionAttempt, attempt};
use crate::answer::consistency::Consistency;
use crate::answer::data::{Curriculum, DataError, Pair, Selection, Set, Split, Test, Train};
use crate::answer::examples::{best, examples};
use crate::answer::trained::TrainedOn;
use crate::answer::{marked, showing};
use crate::graph::{Question, language::operators};
use crate::learn::Objective;
use crate::network::network::NetworkError;
use crate::network::tokenizer::{Tokenizer, TokenizerError};
use crate::network::{Evaluator, Network, Task};
use crate::selfplay::learner::{LearningSettings, generator, scale};
use crate::selfplay::metrics::{figures, ratio};
use crate::selfplay::play::{Lesson, Moment, Play, PlaySettings, Round, Subject, Wave};

/// Tokens of the tokenizer's vocabulary.
const VOCABULARY: usize = 1024;
/// Questions that the tokenizer learns from, at most.
const TOKENIZER_QUESTIONS: usize = 3_000;
/// The step size at the end of a run, as a share of that at its start.
const LAST_RATE: f64 = 0.05;
/// Purposes of the random numbers of an iteration.
const DRAWING: u64 = 1;
const HINDSIGHT: u64 = 2;

/// Settings of a run; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct QuestionSettings {
    pub math: PathBuf,
    pub modules: Vec<String>,
    pub iterations: u32,
    pub questions: usize,
    pub effort: Effort,
    pub hindsight: f64,
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
    questions: BTreeMap<String, Vec<Pair>>,
    memory: QuestionMemory,
    trained_on: TrainedOn,
    /// Questions that an earlier process did not come to the end of.
    postponed: Vec<Drawn>,
}

/// Loads the training splits of the data, without the questions that a test split has too, and makes an untrained
/// network.
///
/// # Errors
///
/// [`QuestionSelfplayError`] when the data cannot be read or has no such modules.
pub fn play(settings: QuestionSettings) -> Result<Play<Questions>, QuestionSelfplayError> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let questions = questions(&settings, &mut rng)?;
    let texts = corpus(&questions, &mut rng);
    let tokenizer = Tokenizer::train(texts.iter().map(String::as_str), VOCABULARY)?;
    let mut network = Network::untrained(settings.learning.model, tokenizer, &mut rng)?;
    network.set_task(Some(Task::Questions));
    let curriculum = Curriculum::new(questions.keys().map(String::as_str));
    let memory =
        QuestionMemory { consistency: Consistency::new(), curriculum, drawn: BTreeMap::new(), late: Vec::new() };
    // An attempt asks for few states: batches shared by several bring nothing.
    let (batch, wait) = (settings.effort.search.batch, Duration::ZERO);
    let QuestionSettings { seed, iterations, .. } = settings;
    let how = PlaySettings { learning: settings.learning.clone(), batch, wait, seed, iterations };
    Ok(Play::new(
        Questions { settings, questions, memory, trained_on: TrainedOn::default(), postponed: Vec::new() },
        network,
        how,
    ))
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

    /// The questions of an iteration: modules by the curriculum; of each module every question once before any comes
    /// again.
    fn draw(&mut self, iteration: u32) -> Vec<Drawn> {
        let mut rng = generator(self.settings.seed, iteration, DRAWING);
        let mut orders: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
        let mut drawn = Vec::with_capacity(self.settings.questions);
        while drawn.len() < self.settings.questions {
            let Some(module) = self.memory.curriculum.sample(&mut rng).map(str::to_owned) else { break };
            let Some(pairs) = self.questions.get(&module) else { break };
            let next = self.memory.drawn.entry(module.clone()).or_default();
            let (round, position) = (*next / pairs.len(), *next % pairs.len());
            *next += 1;
            let seed = self.settings.seed;
            let order =
                orders.entry((module.clone(), round)).or_insert_with(|| order(pairs.len(), seed, &module, round));
            drawn.push(Drawn { pair: pairs[order[position]].clone(), module });
        }
        drawn
    }
}

/// A question that was drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    module: String,
    pair: Pair,
}

impl Drawn {
    /// The question and its answer.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }
}

/// An iteration under way.
#[derive(Default)]
pub struct Turn {
    is_drawn: bool,
    attempts: Vec<QuestionAttempt>,
    /// By module, questions asked and answered.
    modules: BTreeMap<String, (u64, u64)>,
}

impl Subject for Questions {
    const TASK: Task = Task::Questions;
    type Problem = Drawn;
    type Outcome = QuestionAttempt;
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

    fn begin(&mut self, _: &Moment<'_>) -> Result<Turn, QuestionSelfplayError> {
        Ok(Turn::default())
    }

    fn next(
        &mut self,
        turn: &mut Turn,
        at: &Moment<'_>,
        _: &mut Round<QuestionFigures>,
    ) -> Result<Option<Wave<Drawn>>, QuestionSelfplayError> {
        if std::mem::replace(&mut turn.is_drawn, true) {
            return Ok(None);
        }
        let mut problems = std::mem::take(&mut self.postponed);
        problems.extend(self.draw(at.iteration));
        Ok(Some(Wave { name: "answering", problems }))
    }

    fn attempt(&self, problem: &Drawn, evaluator: &dyn Evaluator, seed: u64, at: &Moment<'_>) -> QuestionAttempt {
        let evaluator = at.is_trained.then_some(evaluator);
        attempt(&problem.pair, evaluator, &self.memory.consistency, self.settings.effort, seed)
    }

    fn succeeded(&self, outcome: &QuestionAttempt) -> Option<bool> {
        outcome.answered
    }

    fn keep(
        &mut self,
        turn: &mut Turn,
        Drawn { module, pair }: Drawn,
        attempt: QuestionAttempt,
        round: &mut Round<QuestionFigures>,
    ) -> Result<(), QuestionSelfplayError> {
        self.trained_on.insert(&pair.question);
        let right = attempt.right.iter().map(|trace| trace.shape.as_str());
        let wrong = attempt.wrong_shapes.iter().map(String::as_str);
        self.memory.consistency.note(&attempt.kind, attempt.is_exhaustive, right, wrong);
        let metrics = &mut round.metrics;
        metrics.attempted += 1;
        metrics.proved += u64::from(!attempt.right.is_empty());
        metrics.nodes += attempt.nodes;
        if let Some(is_right) = attempt.answered {
            self.memory.curriculum.record(&module, is_right);
            let (asked, answered) = turn.modules.entry(module).or_default();
            *asked += 1;
            *answered += u64::from(is_right);
        }
        turn.attempts.push(attempt);
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
        let mut rates = 0.0;
        let is_rewarded = matches!(self.settings.learning.objective, Objective::Grpo { .. });
        for attempt in &turn.attempts {
            let hindsight = rng.random_bool(self.settings.hindsight.clamp(0.0, 1.0));
            rates += best(attempt, &self.memory.consistency).map_or(0.0, |(_, rate)| rate);
            round.examples.extend(examples(attempt, &self.memory.consistency, hindsight, is_rewarded));
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

    fn postpone(&mut self, late: Vec<Drawn>) {
        self.memory.late = late;
    }
}

/// The step size of an iteration: half a period of the cosine, from the one that was set down to a small share of it
/// (Loshchilov and Hutter, *SGDR*, 2017).
fn learning_rate(settings: &QuestionSettings, iteration: u32) -> f64 {
    let passed = f64::from(iteration - 1) / f64::from(settings.iterations.max(iteration));
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * passed).cos());
    settings.learning.learning_rate * scale(settings.learning.model) * (LAST_RATE + (1.0 - LAST_RATE) * cosine)
}

/// The order of a module's questions in a round through them.
fn order(count: usize, seed: u64, module: &str, round: usize) -> Vec<usize> {
    // A stream of its own for each module and round.
    let name = module.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ name);
    rng.set_stream(round as u64);
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut rng);
    order
}

/// The questions of the training splits by module, without those that are in a test split of the same data, too.
fn questions(
    settings: &QuestionSettings,
    rng: &mut ChaCha8Rng,
) -> Result<BTreeMap<String, Vec<Pair>>, QuestionSelfplayError> {
    let folder = &settings.math;
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
    Ok(questions)
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
