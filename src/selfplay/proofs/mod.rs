//! The loop for proofs: draft, test in models, attempt, keep as lemmas, learn.
//!
//! - [`drafts`]: conjectures worth an attempt.
//! - [`held_out`]: statements that are never trained on.
//! - [`attempts`]: by what means a statement is attempted.
//! - [`history`]: how the library came to be, for other processes that attempt with it.
//! - [`demonstrations`]: proofs that people wrote.
//!
//! An iteration, in order: the open goals are attempted; their stuck subgoals, the theorems and the goals
//! seed variants, which are drafted with statements of the grammar and the network; survivors are attempted, small ones
//! first, a wave at a time, each wave with the lemmas proved by those before it; theorems met on the way are attempted
//! as statements, so that they have proofs of their own; and the goals again, as long as some fall.

pub mod attempts;
pub mod demonstrations;
pub mod drafts;
pub mod held_out;
pub mod history;

use self::attempts::{Attempted, Effort, attempt, demonstrate};
use self::demonstrations::{Demonstrations, read_library};
use self::drafts::{Candidate, Drafts, Fate, Fates, Seed, Shares, Sources, count};
use self::held_out::{HeldOut, TestFigures};
use self::history::{Change, History};
use super::author::ModelAuthor;
use super::learner::{LearningSettings, generator};
use super::metrics::figures;
use super::play::{Lesson, Moment, Play, PlaySettings, Round, SearchTree, Subject, Wave};
use super::task::initial;
use crate::conjecture::{ConjectureError, FilterOptions, Treatments};
use crate::evaluation::{Corpus, DrawError, UntrainedError, untrained};
use crate::learn::{Example, Schedule};
use crate::network::checkpoint::CheckpointError;
use crate::network::model::Sampling;
use crate::network::{Difficulty, Evaluator, Network, Task};
use crate::prove::attempt::{Hindsight, ProofAttempt};
use crate::prove::lemmas::{Lemmas, Statement, Theorem, WorldError};
use crate::prove::library::{Library, Offer, Offering, Source};
use crate::prove::models::Tester;
use crate::theory::print::{Names, print};
use crate::theory::{FrozenTheory, Theory};
use prover_logic::{DeclarationKind, Sort, Term};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Statements of a wave for each thread, so that the lemmas of a wave help the next.
const WAVE: usize = 16;
/// An open conjecture is attempted so often, in one iteration each, as the library grows.
const TRIES: u32 = 4;
/// A proof that took no more nodes is trivial; one within this part of its budget is easy.
const TRIVIAL_NODES: u64 = 3;
const EASY: u64 = 8;
/// Rounds over open conjectures, and over the goals, in one iteration.
const RETRIES: usize = 2;
const ROUNDS: usize = 4;
/// Lemmas that are attempted again for a shorter proof in an iteration, at most, and the steps of a proof that is long.
const SHORTENED: usize = 8;
const LONG: usize = 6;
/// Stuck subgoals that are remembered as seeds, and theorems that are seeds.
const STUCK: usize = 200;
const SEEDS: usize = 200;
/// The weights of the seeds of variants, all of a kind together.
const GOAL_SEEDS: f64 = 0.3;
const STUCK_SEEDS: f64 = 0.3;
const THEOREM_SEEDS: f64 = 0.25;
const AXIOM_SEEDS: f64 = 0.15;
/// Purposes of the random numbers of an iteration.
const DRAFTING: u64 = 1;
const WRITING: u64 = 2;

/// Settings of a run; see the fields of the same name of [`Config`](crate::run::Config).
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ProofSettings {
    pub theory: String,
    pub goals: String,
    pub iterations: u32,
    pub conjectures: usize,
    pub effort: Effort,
    pub lemmas: bool,
    /// Files of theorems that are lemmas from the beginning.
    pub library: Vec<PathBuf>,
    /// Files of theorems whose proofs are followed once, to learn from them.
    pub demonstrations: Vec<PathBuf>,
    /// The choice of the lemmas that an attempt is offered.
    pub offered: Offering,
    /// Whether conjectures are tested in models.
    pub tests: bool,
    /// Whether theorems met on the way are learned from and kept.
    pub hindsight: bool,
    pub sources: Shares,
    /// Drafts for each conjecture that is attempted, of which the network picks.
    pub ranked: usize,
    pub modulo: Treatments,
    pub learning: LearningSettings,
    pub eval_wait: std::time::Duration,
    /// The text that the tokenizer learns from.
    pub tokenizer: Corpus,
    pub held_out: Option<String>,
    /// Nodes within which uniform search proves statements that are too easy to be drawn as held-out ones.
    pub easy_nodes: u64,
    /// Whether a network that is worse on the validation set does not replace the old one.
    pub gate: bool,
    /// Trees of searches for goals that an iteration keeps.
    pub save_trees: usize,
    pub alpha: f64,
    pub alpha_schedule: Schedule,
    pub temperature: f64,
    pub top_k: usize,
    pub seed: u64,
}

impl ProofSettings {
    /// Lemmas that an attempt is offered.
    pub fn offered(&self) -> Offering {
        Offering { most: if self.lemmas { self.offered.most } else { 0 }, ..self.offered }
    }
}

/// Errors that end a run.
#[derive(Debug, thiserror::Error)]
pub enum ProofSelfplayError {
    /// The theory, the goals or a lemma.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The theory has nothing to state.
    #[error("no conjectures can be made: {0}")]
    Conjecture(#[from] ConjectureError),
    /// A library cannot be read.
    #[error("cannot read the library {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Statements for the test cannot be drawn.
    #[error("held_out: {0}")]
    Draw(#[from] DrawError),
    /// The untrained network cannot be made.
    #[error(transparent)]
    Untrained(#[from] UntrainedError),
    /// The network that the run is to begin with cannot be used.
    #[error(transparent)]
    Initial(#[from] CheckpointError),
}

/// The state that a run keeps from one iteration to the next, apart from the network and the examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofMemory {
    /// Proved statements that later proofs may use, and the theory that they are proved in.
    #[serde(alias = "lemmas")]
    pub library: Library,
    /// Statements that were proved, so that they are not stated again.
    pub known: Vec<String>,
    /// Conjectures that are open and will be attempted again.
    #[serde(default)]
    pub open: Vec<Candidate>,
    /// Subgoals in which proofs were stuck last.
    #[serde(default)]
    pub stuck: Vec<String>,
    /// Conjectures whose attempts were still being made at the end of the iteration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Candidate>,
    /// The share of the attempted statements that the previous iteration proved.
    pub ratio_before: Option<f64>,
}

figures! {
    /// The figures of self-play for proofs.
    pub struct ProofFigures {
        /// Statements drafted to get the conjectures.
        pub drafts: u64,
        /// For each source, the fates of its drafts: `given_up`, `known` (refused by the filters), `trivial`, `ground`,
        /// `refuted`, `vacuous`, `weakened`, `outranked`; of the attempted ones `open`, `easy`, `hard`.
        pub sources: Fates,
        /// Mean reward of the network's drafts: 0 for refuted, vacuous or known ones, 0.1 trivial, 0.3 open, 0.5 proved
        /// easily, 1 hard; and up to 0.2 for likeness to a goal. Null where it wrote none.
        pub draft_reward: Option<f64>,
        /// Number of lemmas.
        pub lemmas: u64,
        /// Lemmas that are new in this iteration.
        pub lemmas_new: u64,
        /// Lemmas that some proof uses.
        pub lemmas_used: u64,
        /// Proofs of `demonstrations` that a search could follow.
        pub demonstrated: u64,
        /// Lemmas whose proofs were replaced by shorter ones in this iteration.
        pub shortened: u64,
        /// Conjectures that will be attempted again.
        pub open: u64,
        /// Of the conjectures attempted, those with two variables or more.
        pub attempted_with_two_variables: u64,
        /// Shares of the held-out test statements solved; null where there are none.
        pub test: Option<TestFigures>,
        /// Seconds of drafting and testing, wall clock.
        pub draft_seconds: f64,
        /// New theorems met on the way.
        pub hindsight: u64,
        /// Attempts that ended in a panic or in a proof that was refused.
        pub faults: u64,
        /// Drafts that equations make equal to another statement, with any fate.
        pub drafts_equal: u64,
        /// Drafts that equations make an instance of a known statement.
        pub drafts_instance: u64,
        /// Drafts that saturation proves.
        pub drafts_saturated: u64,
    }
}

/// The subject of a run of proofs.
pub struct Proofs {
    settings: ProofSettings,
    goals: Vec<Statement>,
    memory: ProofMemory,
    /// The library, laid out.
    offer: Offer,
    tester: Option<Tester>,
    /// Axioms that variants are made of.
    axioms: Vec<String>,
    held_out: Option<HeldOut>,
    demonstrations: Option<Demonstrations>,
    /// The theorems of an interrupted iteration.
    recovered: Vec<(Theorem, Source)>,
    /// The history of the library, if it is kept.
    history: Option<History>,
}

/// Loads theory and goals and makes an untrained network.
///
/// # Errors
///
/// [`ProofSelfplayError`] when theory or goals are wrong.
pub fn play(settings: ProofSettings) -> Result<Play<Proofs>, ProofSelfplayError> {
    let lemmas = Lemmas::new(&settings.theory);
    let goals = lemmas.goals(&settings.goals)?;
    let size = settings.learning.model;
    let network = match &settings.learning.network {
        Some(directory) => initial(directory, Task::Proofs, size)?,
        None => untrained(&settings.theory, &goals, settings.tokenizer, size, settings.seed)?,
    };
    let how = PlaySettings {
        learning: settings.learning.clone(),
        batch: settings.effort.budget.batch,
        wait: settings.eval_wait,
        seed: settings.seed,
        iterations: settings.iterations,
    };
    Ok(Play::new(Proofs::new(settings, goals, &network)?, network, how))
}

impl Proofs {
    fn new(settings: ProofSettings, goals: Vec<Statement>, network: &Network) -> Result<Self, ProofSelfplayError> {
        let (library, offer) = read_library(&settings.theory, &settings.library, settings.offered())?;
        let demonstrations = (!settings.demonstrations.is_empty())
            .then(|| Demonstrations::new(&settings.theory, &settings.demonstrations, settings.offered))
            .transpose()?;
        let tester = if settings.tests { drafts::tester(&settings.theory)? } else { None };
        let axioms = axioms(&offer.world().theory);
        let held_out =
            settings.held_out.as_ref().map(|given| HeldOut::new(&settings, given, &goals, network)).transpose()?;
        let memory =
            ProofMemory { library, known: vec![], open: vec![], stuck: vec![], late: vec![], ratio_before: None };
        Ok(Self {
            settings,
            goals,
            memory,
            offer,
            tester,
            axioms,
            held_out,
            demonstrations,
            recovered: Vec::new(),
            history: None,
        })
    }

    /// Takes up the proofs of an interrupted iteration: the next iteration checks and keeps them, unless it proves the
    /// same again, as it does with one thread.
    pub fn recover(&mut self, found: Vec<(Theorem, Source)>) {
        self.recovered = found;
    }

    /// Notes from now on how the library comes to be, for others that attempt with it. It is for a run that has just
    /// begun.
    pub fn keep_history(&mut self) {
        self.history = Some(History::of_files(&self.memory.library));
    }

    /// The history of the library, if it is [kept](Self::keep_history).
    pub fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    fn note(&mut self, change: impl FnOnce() -> Change) {
        if let Some(history) = &mut self.history {
            history.changes.push(change());
        }
    }

    /// Lays a theorem out, which is checked; whether it says anything new.
    fn offer(&mut self, theorem: &Theorem) -> Result<bool, ProofSelfplayError> {
        let is_new = self.offer.add(theorem)?;
        self.note(|| Change::Offered(theorem.clone()));
        Ok(is_new)
    }

    /// The settings of the run.
    pub fn settings(&self) -> &ProofSettings {
        &self.settings
    }

    /// The library laid out: the theory with all lemmas, and those that an attempt is offered.
    pub fn laid_out(&self) -> &Offer {
        &self.offer
    }

    /// The limits and means of the attempt at a statement; `None` if this process alone can make it, since proofs that
    /// people wrote are followed here.
    pub fn effort(&self, candidate: &Candidate) -> Option<Effort> {
        if self.demonstrations.is_some() && candidate.source == Source::File {
            return None;
        }
        let mut effort = self.settings.effort;
        match candidate.source {
            // Goals are few, and what the run is for.
            Source::Goal if effort.guided > 0 => effort.guided = effort.guided.max(effort.budget.nodes),
            Source::Goal => {}
            _ => effort.all_seconds *= CONJECTURE_SECONDS,
        }
        // What was met on the way was found without guidance, and what was tried before was tried with it.
        if candidate.source == Source::Hindsight || candidate.tries > 0 {
            effort.guided = 0;
        }
        effort.tree = candidate.source == Source::Goal && self.settings.save_trees > 0;
        Some(effort)
    }

    /// The goals.
    pub fn goals(&self) -> &[Statement] {
        &self.goals
    }

    /// The number of goals proved.
    pub fn goals_proved(&self) -> usize {
        self.goals.iter().filter(|goal| self.is_proved(goal)).count()
    }

    fn is_proved(&self, goal: &Statement) -> bool {
        self.memory.library.lemmas().theorem_of(goal).is_some()
    }

    /// The goals that are open.
    fn goals_wave(&self) -> Vec<Candidate> {
        let open = self.goals.iter().filter(|goal| !self.is_proved(goal));
        open.map(|goal| Candidate { statement: goal.clone(), source: Source::Goal, tries: 0 }).collect()
    }

    /// Conjectures to attempt: open ones of earlier iterations, and new ones.
    fn draft(&mut self, turn: &mut Turn, at: &Moment<'_>) -> Vec<Candidate> {
        let wanted = self.settings.conjectures;
        if wanted == 0 {
            return Vec::new();
        }
        let Self { settings, memory, .. } = self;
        let Moment { network, is_trained, watcher, .. } = *at;
        let mut candidates = std::mem::take(&mut memory.open);
        candidates.iter().for_each(|open| turn.drafts.remember(&open.statement.text));
        // What is new comes first to be drafted, so that not all is old.
        candidates.sort_by_key(|open| open.tries);
        candidates.truncate(wanted / 2);
        let new = wanted - candidates.len();
        watcher.begin("conjecturing", new as u64);
        let sampling = Sampling { temperature: settings.temperature, top_k: settings.top_k };
        let rng = generator(settings.seed, at.iteration, WRITING);
        let mut author = is_trained.then(|| ModelAuthor::new(network, Difficulty::Hard, sampling, rng));
        let seeds = seeds(&self.goals, memory, &self.axioms);
        let author = author.as_mut().map(|author| author as &mut dyn crate::conjecture::Author);
        let sources = Sources { network: author, seeds: &seeds, shares: settings.sources };
        let ranking = (is_trained && settings.ranked > 1).then_some((network, settings.ranked));
        let advance = || watcher.advance(1, String::new());
        let drawn = turn.drafts.draw(new, sources, ranking, &advance);
        let theory = self.offer.world().theory.fork();
        for (number, (text, source)) in drawn.into_iter().enumerate() {
            let name = self.unused(&theory, format!("conjecture_{}_{}", at.iteration, number + 1));
            candidates.push(Candidate { statement: Statement { name, text }, source, tries: 0 });
        }
        watcher.end();
        candidates
    }

    /// A name that neither a declaration nor a goal has: a library may be of a run that named its lemmas alike.
    fn unused(&self, theory: &Theory, mut name: String) -> String {
        while theory.environment.find(&name).is_some() || self.goals.iter().any(|goal| goal.name == name) {
            name.push('_');
        }
        name
    }

    /// The smallest open conjectures, to be attempted again with the lemmas proved since; the others stay.
    fn again(&mut self, most: usize) -> (Vec<Candidate>, Vec<Candidate>) {
        let mut again = std::mem::take(&mut self.memory.open);
        again.sort_by_key(|open| open.statement.text.len());
        let rest = again.split_off(most.min(again.len()));
        // It is one attempt with what the iteration has proved.
        again.iter_mut().for_each(|open| open.tries = open.tries.saturating_sub(1).max(1));
        (again, rest)
    }

    /// The smallest subgoals in which a wave was stuck, as conjectures: `turn.stuck` from a place on.
    fn pursue(&self, turn: &mut Turn, iteration: u32, before: usize, most: usize) -> Vec<Candidate> {
        let mut stuck = turn.stuck[before..].to_vec();
        stuck.sort_by_key(String::len);
        let mut candidates = Vec::new();
        let theory = self.offer.world().theory.fork();
        for text in stuck {
            if candidates.len() >= most || turn.pursued >= self.settings.conjectures / 2 {
                break;
            }
            for text in turn.drafts.take_stuck(&text) {
                turn.pursued += 1;
                let name = self.unused(&theory, format!("stuck_{iteration}_{}", turn.pursued));
                candidates.push(Candidate { statement: Statement { name, text }, source: Source::Variant, tries: 0 });
            }
        }
        candidates
    }

    /// Adds a theorem that was laid out to the library.
    fn add(&mut self, turn: &mut Turn, round: &mut Round<ProofFigures>, theorem: Theorem, source: Source) {
        turn.drafts.add_known(&theorem.text);
        self.memory.known.push(theorem.text.clone());
        round.theorems.push((theorem.clone(), source));
        let iteration = round.metrics.iteration;
        self.note(|| Change::Kept(theorem.clone(), source, iteration));
        self.memory.library.push(theorem, source, iteration);
    }

    /// Keeps theorems that an interrupted iteration proved and this one did not.
    fn keep_recovered(&mut self, turn: &mut Turn, round: &mut Round<ProofFigures>) {
        for (mut theorem, source) in std::mem::take(&mut self.recovered) {
            let library = &self.memory.library;
            let is_known = |name: &String| library.lemmas().find(name).is_some();
            // What rests on a lemma that has another name now is found again, or not.
            if self.memory.known.contains(&theorem.text) || !theorem.uses.iter().all(is_known) {
                continue;
            }
            if source != Source::Goal {
                let name = format!("recovered_{}_{}", round.metrics.iteration, library.lemmas().theorems().len() + 1);
                theorem.name = self.unused(&self.offer.world().theory.fork(), name);
            }
            match self.offer(&theorem) {
                Ok(_) => {
                    let lemmas = self.memory.library.lemmas();
                    round.proofs.push((lemmas.file_name(&theorem), lemmas.file(&theorem)));
                    self.add(turn, round, theorem, source);
                }
                Err(error) => tracing::warn!("a proof of the journal is refused: {error}"),
            }
        }
    }

    /// Theorems that were met on the way, which get proofs of their own, small ones first.
    fn met(&self, turn: &mut Turn, iteration: u32) -> Vec<Candidate> {
        let mut met = std::mem::take(&mut turn.hindsight);
        if !self.settings.hindsight {
            return Vec::new();
        }
        met.sort_by(|a, b| (a.text.len(), &a.text).cmp(&(b.text.len(), &b.text)));
        met.dedup_by(|a, b| a.text == b.text);
        let mut candidates = Vec::new();
        let theory = self.offer.world().theory.fork();
        for Hindsight { text, .. } in met {
            if candidates.len() >= HINDSIGHT {
                break;
            }
            if let Some(text) = turn.drafts.take(&text, Source::Hindsight) {
                let name = self.unused(&theory, format!("met_{iteration}_{}", candidates.len() + 1));
                candidates.push(Candidate { statement: Statement { name, text }, source: Source::Hindsight, tries: 0 });
            }
        }
        candidates
    }

    /// Long proofs of lemmas that proofs use, to be found again with the lemmas proved before them: an iteration after
    /// they were found, two, four and so on, since more lemmas are offered or better ones.
    fn long(&self, iteration: u32) -> Vec<Candidate> {
        let library = &self.memory.library;
        let mut long: Vec<(usize, &Theorem)> = library
            .lemmas()
            .theorems()
            .iter()
            .map(|theorem| (theorem, library.record(&theorem.name), theorem.steps()))
            .filter(|(_, record, steps)| {
                let age = iteration.saturating_sub(record.iteration);
                record.iteration > 0 && *steps >= LONG && age.is_power_of_two()
            })
            .map(|(theorem, record, steps)| (steps * (1 + record.uses as usize), theorem))
            .collect();
        long.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
        let candidate = |(_, Theorem { name, text, .. }): (usize, &Theorem)| Candidate {
            statement: Statement { name: name.clone(), text: text.clone() },
            source: library.record(name).source,
            tries: 1,
        };
        long.into_iter().take(SHORTENED).map(candidate).collect()
    }

    /// Takes a proof found again for the known one, if it is shorter.
    fn shorten(&mut self, round: &mut Round<ProofFigures>, theorem: Theorem) {
        if self.memory.library.shorten(theorem.clone()) {
            self.note(|| Change::Shortened(theorem.clone()));
            round.metrics.own.shortened += 1;
            let lemmas = self.memory.library.lemmas();
            round.proofs.push((lemmas.file_name(&theorem), lemmas.file(&theorem)));
        }
    }

    /// The wave of a stage, and the stage after it.
    fn staged(
        &mut self,
        turn: &mut Turn,
        stage: Stage,
        at: &Moment<'_>,
        round: &mut Round<ProofFigures>,
    ) -> (Vec<Candidate>, Stage) {
        let wave = WAVE * at.threads;
        match stage {
            Stage::Demonstrations => {
                let first = self.demonstrations.as_ref().filter(|_| at.iteration == 1);
                (first.map(Demonstrations::candidates).unwrap_or_default(), Stage::Goals)
            }
            Stage::Goals => (self.goals_wave(), Stage::Draft),
            Stage::Draft => {
                let start = std::time::Instant::now();
                let candidates = self.draft(turn, at);
                round.metrics.own.draft_seconds = start.elapsed().as_secs_f64();
                (Vec::new(), Stage::Conjectures { candidates, stuck: turn.stuck.len() })
            }
            Stage::Conjectures { mut candidates, stuck } => {
                candidates.extend(self.pursue(turn, at.iteration, stuck, wave / 4));
                if candidates.is_empty() {
                    return (Vec::new(), Stage::Hindsight);
                }
                candidates.sort_by_key(|candidate| candidate.statement.text.len());
                let rest = candidates.split_off(wave.min(candidates.len()));
                (candidates, Stage::Conjectures { candidates: rest, stuck: turn.stuck.len() })
            }
            Stage::Hindsight => {
                let met = self.met(turn, at.iteration);
                round.metrics.own.hindsight = met.len() as u64;
                (met, Stage::Shorten)
            }
            Stage::Shorten => {
                let long = if self.settings.lemmas { self.long(at.iteration) } else { Vec::new() };
                (long, Stage::Again { left: RETRIES, rest: Vec::new(), before: None })
            }
            Stage::Again { left, rest, before } => {
                self.memory.open.extend(rest);
                if left == 0 || before == Some(turn.succeeded) {
                    return (Vec::new(), Stage::GoalsAgain { left: ROUNDS, before: None });
                }
                let (again, rest) = self.again(wave);
                (again, Stage::Again { left: left - 1, rest, before: Some(turn.succeeded) })
            }
            Stage::GoalsAgain { left, before } => {
                let proved = self.goals_proved();
                if left == 0 || before == Some(proved) {
                    return (Vec::new(), Stage::Over);
                }
                (self.goals_wave(), Stage::GoalsAgain { left: left - 1, before: Some(proved) })
            }
            Stage::Over => (Vec::new(), Stage::Over),
        }
    }
}

impl Subject for Proofs {
    const TASK: Task = Task::Proofs;
    type Problem = Candidate;
    type Outcome = Attempted;
    type Figures = ProofFigures;
    type Memory = ProofMemory;
    type Turn = Turn;
    type Error = ProofSelfplayError;

    fn memory(&self) -> &ProofMemory {
        &self.memory
    }

    /// The lemmas of a memory that was read from a file are checked, also if no iteration follows that uses them.
    fn restore(&mut self, memory: ProofMemory) -> Result<(), ProofSelfplayError> {
        memory.library.lemmas().belong_to(&self.settings.theory)?;
        self.offer = Offer::new(&memory.library, self.settings.offered())?;
        self.history = self.history.take().map(|_| History::new(memory.library.clone()));
        self.memory = memory;
        let late = std::mem::take(&mut self.memory.late);
        self.memory.open.extend(late);
        Ok(())
    }

    fn begin(&mut self, at: &Moment<'_>) -> Result<Turn, ProofSelfplayError> {
        let filters = FilterOptions { modulo: Some(self.settings.modulo), ..FilterOptions::default() };
        let rng = generator(self.settings.seed, at.iteration, DRAFTING);
        let mut drafts = Drafts::new(&self.offer.world().theory, filters, self.tester.clone(), rng)?;
        self.memory.known.iter().for_each(|text| drafts.add_known(text));
        self.goals.iter().for_each(|goal| drafts.remember(&goal.text));
        self.held_out.iter().flat_map(HeldOut::statements).for_each(|statement| drafts.remember(&statement.text));
        Ok(Turn {
            drafts,
            stage: Stage::Demonstrations,
            efforts: vec![],
            hindsight: vec![],
            stuck: vec![],
            pursued: 0,
            tried: 0,
            succeeded: 0,
        })
    }

    fn next(
        &mut self,
        turn: &mut Turn,
        at: &Moment<'_>,
        round: &mut Round<ProofFigures>,
    ) -> Result<Option<Wave<Candidate>>, ProofSelfplayError> {
        let stage = std::mem::replace(&mut turn.stage, Stage::Over);
        if matches!(stage, Stage::Over) {
            return Ok(None);
        }
        let name = if matches!(stage, Stage::Goals | Stage::GoalsAgain { .. }) { "goals" } else { "proving" };
        let (problems, stage) = self.staged(turn, stage, at, round);
        turn.stage = stage;
        Ok(Some(Wave { name, problems }))
    }

    fn attempt(&self, candidate: &Candidate, evaluator: &dyn Evaluator, seed: u64, at: &Moment<'_>) -> Attempted {
        let Some(effort) = self.effort(candidate) else {
            let nothing = || Attempted { theorem: None, lemmas: Vec::new(), attempt: ProofAttempt::default() };
            let follow = |followed| demonstrate(candidate, followed, self.settings.effort, seed);
            return self.demonstrations.as_ref().map_or_else(nothing, follow);
        };
        let attempted = attempt(candidate, (&self.memory.library, &self.offer), evaluator, effort, seed);
        attempted.lemmas.iter().for_each(|lemma| at.watcher.proved(lemma, Source::Discovery));
        attempted.theorem.iter().for_each(|theorem| at.watcher.proved(theorem, candidate.source));
        attempted
    }

    fn succeeded(&self, attempted: &Attempted) -> Option<bool> {
        Some(attempted.theorem.is_some())
    }

    fn keep(
        &mut self,
        turn: &mut Turn,
        mut candidate: Candidate,
        attempted: Attempted,
        round: &mut Round<ProofFigures>,
    ) -> Result<(), ProofSelfplayError> {
        let Attempted { theorem, lemmas, mut attempt } = attempted;
        let metrics = &mut round.metrics;
        metrics.nodes += attempt.nodes;
        metrics.own.faults += u64::from(attempt.fault.is_some());
        if let Some(graph) = attempt.graph.take().filter(|_| round.trees.len() < self.settings.save_trees) {
            let (statement, is_proved) = (candidate.statement.clone(), theorem.is_some());
            round.trees.push(SearchTree { statement, is_proved, nodes: graph.nodes });
        }
        if theorem.is_none() {
            // What survives its tests may well be true: that it was not proved says nothing of its states.
            attempt.examples.retain(|example| !matches!(example, Example::Value { solved: false, .. }));
        }
        round.examples.append(&mut attempt.examples);
        // Statements of files are attempted as demonstrations alone.
        if candidate.source == Source::File {
            round.metrics.own.demonstrated += u64::from(theorem.is_some());
            return Ok(());
        }
        if self.memory.library.lemmas().theorem_of(&candidate.statement).is_some() {
            // One that rests on lemmas found on the way is not shorter with them.
            theorem.filter(|_| lemmas.is_empty()).into_iter().for_each(|theorem| self.shorten(round, theorem));
            return Ok(());
        }
        turn.hindsight.append(&mut attempt.hindsight);
        let is_conjecture = !matches!(candidate.source, Source::Goal | Source::Hindsight);
        if candidate.source != Source::Hindsight {
            turn.tried += usize::from(candidate.tries == 0);
            turn.succeeded += usize::from(theorem.is_some());
        }
        if is_conjecture && candidate.tries == 0 {
            metrics.attempted += 1;
            metrics.own.attempted_with_two_variables += u64::from(candidate.statement.text.contains("'a1 :"));
            metrics.proved += u64::from(theorem.is_some());
        }
        let Some(theorem) = theorem else {
            if candidate.source == Source::Goal || candidate.tries == 0 {
                turn.stuck.append(&mut attempt.stuck);
            }
            if is_conjecture {
                if candidate.tries == 0 {
                    count(&mut turn.drafts.fates, candidate.source, Fate::Open);
                }
                candidate.tries += 1;
                if candidate.tries < TRIES {
                    self.memory.open.push(candidate);
                }
            }
            return Ok(());
        };
        for lemma in lemmas {
            // The proof names it, so that it stays, whether it says much or not.
            self.offer(&lemma)?;
            self.add(turn, round, lemma, Source::Discovery);
        }
        turn.efforts.push(Proved { text: theorem.text.clone(), nodes: attempt.nodes, candidate });
        let candidate = &turn.efforts[turn.efforts.len() - 1].candidate;
        let (source, is_goal) = (candidate.source, candidate.source == Source::Goal);
        let lemmas = self.memory.library.lemmas();
        round.proofs.push((lemmas.file_name(&theorem), lemmas.file(&theorem)));
        let is_new = self.offer(&theorem)?;
        if is_goal || is_new {
            self.add(turn, round, theorem, source);
        } else {
            self.note(|| Change::Credited(theorem.uses.clone()));
            self.memory.library.credit(&theorem.uses);
            self.memory.known.push(theorem.text);
        }
        Ok(())
    }

    /// Labels the drafts and theorems of the iteration.
    fn end(
        &mut self,
        mut turn: Turn,
        at: &Moment<'_>,
        round: &mut Round<ProofFigures>,
    ) -> Result<Lesson, ProofSelfplayError> {
        self.keep_recovered(&mut turn, round);
        let lesson = self.lesson(at.iteration);
        let Turn { mut drafts, efforts, stuck, tried, succeeded, .. } = turn;
        let mut nodes: Vec<u64> = efforts.iter().map(|proved| proved.nodes).collect();
        nodes.sort_unstable();
        let median = nodes.get(nodes.len() / 2).copied().unwrap_or(0);
        let easy = (self.settings.effort.budget.nodes / EASY).min(median);
        let mut fates = std::mem::take(&mut drafts.fates);
        let mut fates_of: FxHashMap<String, Fate> = FxHashMap::default();
        for Proved { text, nodes, candidate } in efforts {
            let difficulty = match nodes {
                _ if nodes <= TRIVIAL_NODES => Difficulty::Trivial,
                _ if nodes <= easy => Difficulty::Easy,
                _ => Difficulty::Hard,
            };
            let fate = if difficulty == Difficulty::Hard { Fate::Hard } else { Fate::Easy };
            if !matches!(candidate.source, Source::Goal | Source::Hindsight) && candidate.tries == 0 {
                count(&mut fates, candidate.source, fate);
            }
            fates_of.insert(candidate.statement.text, fate);
            round.examples.push(Example::Conjecture { difficulty, statement: text });
        }
        fates_of.extend(self.memory.open.iter().map(|open| (open.statement.text.clone(), Fate::Open)));
        let (own, reward) = drafts.rewarded(&self.goals, |text| fates_of.get(text).copied());
        round.examples.extend(own);
        let most = self.settings.conjectures / 2;
        round.examples.extend(drafts::lessons(&drafts, most));
        let refuted = drafts.refuted.iter().take(most);
        round.examples.extend(refuted.map(|text| Example::Value { state: format!("{{  }} {text}"), solved: false }));
        // The newest come first, and those of the goals before those of conjectures.
        let mut seen = FxHashSet::default();
        let all = stuck.into_iter().chain(std::mem::take(&mut self.memory.stuck));
        self.memory.stuck = all.filter(|text| seen.insert(text.clone())).take(STUCK).collect();
        let ratio = (tried > 0).then(|| succeeded as f64 / tried as f64);
        self.memory.ratio_before = ratio.or(self.memory.ratio_before);
        let metrics = &mut round.metrics;
        metrics.goals_proved = self.goals_proved() as u64;
        metrics.goals_total = self.goals.len() as u64;
        let figures = &mut metrics.own;
        figures.drafts = fates.values().flat_map(|counts| counts.values()).sum::<usize>() as u64;
        figures.sources = fates;
        figures.draft_reward = reward;
        figures.lemmas = self.memory.library.lemmas().theorems().len() as u64;
        figures.lemmas_new = round.theorems.len() as u64;
        figures.lemmas_used = self.memory.library.used() as u64;
        figures.open = self.memory.open.len() as u64;
        [figures.drafts_equal, figures.drafts_instance, figures.drafts_saturated] =
            drafts.recognised.map(|count| count as u64);
        tracing::debug!("iteration {}: {} examples", at.iteration, round.examples.len());
        Ok(lesson)
    }

    /// In an iteration it is made before the share of statements proved in the previous one is replaced.
    fn lesson(&self, iteration: u32) -> Lesson {
        let settings = &self.settings;
        let last = settings.iterations.max(iteration) as usize;
        let alpha = settings.alpha_schedule.alpha(settings.alpha, iteration as usize, last, self.memory.ratio_before);
        Lesson { goals: self.goals.iter().map(|goal| goal.text.clone()).collect(), alpha, learning_rate: None }
    }

    /// Goals are attempted again in any case, and what was met on the way is met again.
    fn postpone(&mut self, mut late: Vec<Candidate>) {
        late.retain(|late| !matches!(late.source, Source::Goal | Source::Hindsight | Source::File));
        self.memory.late = late;
    }

    fn validated(&self, network: &Network) -> Option<Vec<bool>> {
        let held_out = self.held_out.as_ref().filter(|_| self.settings.gate)?;
        Some(held_out.validated((&self.memory.library, &self.offer), network))
    }

    fn test(&self, at: &Moment<'_>, round: &mut Round<ProofFigures>) {
        let Some(held_out) = &self.held_out else { return };
        at.watcher.begin("testing", held_out.attempts() as u64);
        let advance = || at.watcher.advance(1, String::new());
        let test = held_out.test((&self.memory.library, &self.offer), at.network, &advance);
        round.metrics.own.test = Some(test);
        at.watcher.end();
    }
}

/// Seconds of an attempt at a conjecture by all means, as a part of those at a goal.
const CONJECTURE_SECONDS: f64 = 0.1;
/// Theorems met on the way that get proofs of their own in an iteration, at most.
const HINDSIGHT: usize = 48;

/// A statement proved in an iteration.
struct Proved {
    text: String,
    nodes: u64,
    candidate: Candidate,
}

/// An iteration under way.
pub struct Turn {
    drafts: Drafts,
    stage: Stage,
    efforts: Vec<Proved>,
    hindsight: Vec<Hindsight>,
    stuck: Vec<String>,
    /// Stuck subgoals that became conjectures.
    pursued: usize,
    /// Attempts at statements that may be false, and those that succeeded.
    tried: usize,
    succeeded: usize,
}

/// Stage of an iteration.
enum Stage {
    /// Following the proofs that people wrote, in the first iteration.
    Demonstrations,
    /// Attempts at the open goals.
    Goals,
    /// Drafting of conjectures.
    Draft,
    /// Attempts at conjectures, a wave at a time, and at the stuck subgoals of the wave before: those from this index
    /// on.
    Conjectures { candidates: Vec<Candidate>, stuck: usize },
    /// Theorems met on the way.
    Hindsight,
    /// Attempts to find shorter proofs of lemmas with long ones.
    Shorten,
    /// Attempts at open conjectures again, at most `left` more times, as long as more were proved than `before`; the
    /// `rest` waits.
    Again { left: usize, rest: Vec<Candidate>, before: Option<usize> },
    /// Attempts at the open goals again, at most `left` more times, as long as more are proved than `before`.
    GoalsAgain { left: usize, before: Option<usize> },
    /// The end.
    Over,
}

/// The seeds of variants: goals, the newest and the most used theorems, stuck subgoals, axioms.
fn seeds(goals: &[Statement], memory: &ProofMemory, axioms: &[String]) -> Vec<Seed> {
    let theorems = memory.library.lemmas().theorems();
    let mut by_use: Vec<(u32, usize)> = theorems
        .iter()
        .enumerate()
        .map(|(place, theorem)| (memory.library.record(&theorem.name).uses, place))
        .collect();
    by_use.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    by_use.truncate(SEEDS);
    let theorems: Vec<&String> = by_use.into_iter().map(|(_, place)| &theorems[place].text).collect();
    let mut seeds = Vec::new();
    let mut add = |texts: Vec<&String>, weight: f64, is_draft: bool| {
        let weight = weight / texts.len().max(1) as f64;
        seeds.extend(texts.into_iter().map(|text| Seed { text: text.clone(), weight, is_draft }));
    };
    add(goals.iter().map(|goal| &goal.text).collect(), GOAL_SEEDS, false);
    add(memory.stuck.iter().collect(), STUCK_SEEDS, true);
    add(theorems, THEOREM_SEEDS, false);
    add(axioms.iter().collect(), AXIOM_SEEDS, false);
    seeds
}

/// The axioms of a theory that quantify over no functions and predicates.
fn axioms(theory: &FrozenTheory) -> Vec<String> {
    let mut theory = theory.fork();
    let all: Vec<_> = theory.environment.declarations().map(|(_, d)| (d.kind, d.ty)).collect();
    let mut axioms = Vec::new();
    for (kind, ty) in all {
        if kind != DeclarationKind::Axiom || theory.environment.sort_of(ty) != Ok(Sort::Prop) {
            continue;
        }
        let mut rest = ty;
        let mut is_first_order = true;
        while let Term::Pi(domain, body) = theory.environment.store.term(rest) {
            let is_arrow = matches!(theory.environment.store.term(domain), Term::Pi(..));
            let closed = theory.environment.store.loose(domain) == 0;
            is_first_order &= !(is_arrow && closed && theory.environment.sort_of(domain) != Ok(Sort::Prop));
            rest = body;
        }
        if is_first_order {
            axioms.push(print(&mut theory.environment, &Names::new(), ty));
        }
    }
    axioms
}

#[cfg(test)]
mod tests;
