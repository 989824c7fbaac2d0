//! Conjectures worth an attempt: drafts from several sources, each followed to its fate.
//!
//! A draft is checked by the [filters](crate::conjecture::Filters) first, which know the facts, then in models of the
//! theory: a draft that is refuted, vacuous or without variables never costs a search; a statement with a premise that
//! it does not need is replaced by the one without. If there is a trained network, several drafts are made for each one
//! wanted, and those are kept that it considers most likely to be hard and provable.

use crate::conjecture::{
    Admission, Author, Completer, Conjecture, ConjectureError, ConjectureOptions, FilterOptions, Filters, Functions,
    Refusal, UniformChooser, VariantAuthor, generalised, has_variables,
};
use crate::learn::{Choices, Example, advantages};
use crate::models::{Limits, Verdict};
use crate::network::{Difficulty, Network};
use crate::prove::library::Source;
use crate::prove::models::{TestError, Tested, Tester};
use crate::prove::{Lemmas, Statement, WorldError};
use crate::selfplay::likeness::Pairs;
use crate::theory::print::{Names, print};
use crate::theory::{FrozenTheory, Theory};
use prover_logic::TermId;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Drafts of a conjecture for each one wanted, at most.
const DRAFTS: usize = 60;
/// The number of consecutive drafts without one worth an attempt after which drafting ends.
const FRUITLESS: usize = 400;
/// Longer statements, in bytes, are not conjectures: a search for them costs much, and a lemma of such a size helps
/// little.
const LENGTH: usize = 240;
/// The most drafts of the network that its policy gradient uses in an iteration.
const REWARDED: usize = 256;
/// The largest addition to a draft's reward for likeness to a goal.
const LIKENESS: f64 = 0.2;
/// The most times that an unnecessary premise is left out of a draft and the rest is tested again.
const STRENGTHENED: usize = 3;

/// Fate of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Its author gave it up, or it is too long.
    GivenUp,
    /// The filters refused it: it is known, an instance of a known fact, or malformed in a way that they recognise.
    Known,
    /// The filters recognised it as trivial.
    Trivial,
    /// It has no variables.
    Ground,
    /// It fails in a model.
    Refuted,
    /// No instance examined meets its premises.
    Vacuous,
    /// It has a premise that it does not need; the statement without it is a draft of its own.
    Weakened,
    /// Other drafts looked more promising.
    Outranked,
    /// It was attempted, and is open.
    Open,
    /// It was proved within a small part of its budget.
    Easy,
    /// It was proved.
    Hard,
}

impl Fate {
    /// The reward of a draft with this fate: greatest for a statement that is barely proved.
    pub fn reward(self) -> f64 {
        match self {
            Self::GivenUp | Self::Known | Self::Ground | Self::Refuted | Self::Vacuous | Self::Weakened => 0.0,
            Self::Trivial | Self::Outranked => 0.1,
            Self::Open => 0.3,
            Self::Easy => 0.5,
            Self::Hard => 1.0,
        }
    }
}

/// A statement that the network wrote, and its fate unless it was attempted or outranked.
#[derive(Clone, Debug)]
pub struct Own {
    conjecture: Conjecture,
    fate: Option<Fate>,
}

/// Drafts by source and fate.
pub type Fates = BTreeMap<Source, BTreeMap<Fate, usize>>;

/// Counts a draft.
pub fn count(fates: &mut Fates, source: Source, fate: Fate) {
    *fates.entry(source).or_default().entry(fate).or_default() += 1;
}

/// The shares of the sources of drafts; those of sources that there are not go to the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Share of the network.
    pub network: f64,
    /// Share of the weighted grammar.
    pub grammar: f64,
    /// Share of variants of goals, theorems and stuck subgoals.
    pub variants: f64,
}

/// A statement to be attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The statement.
    pub statement: Statement,
    /// Its origin.
    pub source: Source,
    /// Attempts so far.
    pub tries: u32,
}

/// A seed of variants.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The statement.
    pub text: String,
    /// The frequency with which it is taken, relative to others.
    pub weight: f64,
    /// Whether the statement itself is a draft.
    pub is_draft: bool,
}

/// Writes, filters and tests conjectures. It is made again for each iteration.
pub struct Drafts {
    theory: Theory,
    completer: Completer,
    filters: Filters,
    functions: Functions,
    tester: Option<Tester>,
    rng: ChaCha8Rng,
    /// The fates of the drafts, counted.
    pub fates: Fates,
    /// Statements that were refuted, in the order of their drafting.
    pub refuted: Vec<String>,
    /// Statements that the filters recognised as trivial.
    pub trivial: Vec<String>,
    /// The statements that the network wrote.
    pub own: Vec<Own>,
    /// Drafts recognised up to equations: as equal to another, an instance, proved by saturation.
    pub recognised: [usize; 3],
}

/// The authors of an iteration and their shares.
pub struct Sources<'a> {
    /// The network as an author, if it is asked.
    pub network: Option<&'a mut dyn Author>,
    /// The seeds of variants.
    pub seeds: &'a [Seed],
    /// The shares of the sources.
    pub shares: Shares,
}

impl Drafts {
    /// Drafts for a theory with its lemmas; `tester` is one for the theory.
    ///
    /// # Errors
    ///
    /// The theory has nothing to state.
    pub fn new(
        theory: &FrozenTheory,
        options: FilterOptions,
        tester: Option<Tester>,
        rng: ChaCha8Rng,
    ) -> Result<Self, ConjectureError> {
        let mut theory = theory.fork();
        let completer = Completer::new(&mut theory, &ConjectureOptions::default())?;
        let filters = Filters::new(&mut theory, options);
        let functions = Functions::new(&mut theory);
        Ok(Self {
            theory,
            completer,
            filters,
            functions,
            tester,
            rng,
            fates: Fates::new(),
            refuted: Vec::new(),
            trivial: Vec::new(),
            own: Vec::new(),
            recognised: [0; 3],
        })
    }

    /// Makes a proved statement known.
    pub fn add_known(&mut self, text: &str) {
        if let Ok(statement) = self.theory.statement(text) {
            self.filters.add_known(&mut self.theory, statement);
        }
    }

    /// Makes a statement count as drafted: neither it nor a statement that differs from it by symmetries is drafted
    /// again.
    pub fn remember(&mut self, text: &str) {
        if let Ok(statement) = self.theory.statement(text) {
            self.filters.remember(&mut self.theory, statement);
        }
    }

    /// The statement to attempt of one that came up on the way, if it is worth it.
    pub fn take(&mut self, text: &str, source: Source) -> Option<String> {
        let statement = self.theory.statement(text).ok()?;
        self.judge(Conjecture { text: text.to_owned(), statement }, source)
    }

    /// A subgoal in which a proof was stuck, and its generalisations that make terms common to both sides variables:
    /// those worth an attempt, the more general first.
    pub fn take_stuck(&mut self, text: &str) -> Vec<String> {
        let Ok(statement) = self.theory.statement(text) else { return Vec::new() };
        let general = generalised(&mut self.theory, statement);
        let general = general.map(|general| print(&mut self.theory.environment, &Names::new(), general));
        let texts = general.into_iter().chain([text.to_owned()]);
        texts.filter_map(|text| self.take(&text, Source::Variant)).collect()
    }

    /// Drafts until this many are worth an attempt, or enough were tried. With a network that ranks them, `ranked`
    /// times as many are drafted, and the most promising go on.
    pub fn draw(
        &mut self,
        wanted: usize,
        mut sources: Sources<'_>,
        ranking: Option<(&Network, usize)>,
        advance: &dyn Fn(),
    ) -> Vec<(String, Source)> {
        // Where goals are stuck is what is wanted most: that is not ranked.
        let mut stuck = Vec::new();
        for seed in sources.seeds.iter().filter(|seed| seed.is_draft) {
            if stuck.len() < wanted.div_ceil(2) {
                stuck.extend(self.take_stuck(&seed.text).into_iter().map(|text| (text, Source::Variant)));
            }
        }
        stuck.iter().for_each(|_| advance());
        // The last of them may have given two.
        let wanted = wanted.saturating_sub(stuck.len());
        let pool = wanted * ranking.map_or(1, |(_, ranked)| ranked.max(1));
        let mut found: Vec<(String, Source)> = Vec::new();
        let seeds: Vec<(TermId, f64)> = sources
            .seeds
            .iter()
            .filter_map(|seed| Some((self.theory.statement(&seed.text).ok()?, seed.weight)))
            .collect();
        let mut fruitless = 0;
        for _ in 0..wanted * DRAFTS {
            if found.len() >= pool || fruitless >= FRUITLESS {
                break;
            }
            fruitless += 1;
            let (source, draft) = self.write(&mut sources, &seeds);
            let Some(draft) = draft else {
                count(&mut self.fates, source, Fate::GivenUp);
                continue;
            };
            if let Some(text) = self.judge(draft, source) {
                fruitless = 0;
                found.push((text, source));
                if found.len() <= wanted {
                    advance();
                }
            }
        }
        let Some((network, _)) = ranking else { return [stuck, found].concat() };
        let mut ranked: Vec<(f64, usize)> = network
            .promise(found.iter().map(|(text, _)| text.as_str()))
            .into_iter()
            .enumerate()
            .map(|(place, promise)| (promise, place))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for &(_, place) in ranked.iter().skip(wanted) {
            count(&mut self.fates, found[place].1, Fate::Outranked);
        }
        stuck.extend(ranked.into_iter().take(wanted).map(|(_, place)| found[place].clone()));
        stuck
    }

    /// A draft by one of the authors, drawn by their shares.
    fn write(&mut self, sources: &mut Sources<'_>, seeds: &[(TermId, f64)]) -> (Source, Option<Conjecture>) {
        let Shares { network, grammar, variants } = sources.shares;
        let network_share = if sources.network.is_some() { network } else { 0.0 };
        let place = self.rng.random::<f64>() * (network_share + grammar.max(1e-9) + variants);
        let Self { theory, completer, functions, rng, .. } = self;
        match &mut sources.network {
            Some(author) if place < network_share => (Source::Network, author.write(completer, theory)),
            _ if place < network_share + variants => {
                (Source::Variant, VariantAuthor::new(seeds, functions, rng).write(completer, theory))
            }
            _ => (Source::Grammar, UniformChooser::new(rng).write(completer, theory)),
        }
    }

    /// The statement to attempt, if the draft, or the rest of it without premises that it does not need, is worth it.
    fn judge(&mut self, mut draft: Conjecture, source: Source) -> Option<String> {
        let mut own = (source == Source::Network).then(|| Own { conjecture: draft.clone(), fate: None });
        let mut judged = None;
        for _ in 0..STRENGTHENED {
            match self.fate(&draft) {
                Ok(()) => {
                    judged = Some(draft.text);
                    break;
                }
                Err((fate, stronger)) => {
                    count(&mut self.fates, source, fate);
                    own.iter_mut().for_each(|own| own.fate = own.fate.or(Some(fate)));
                    let Some(stronger) = stronger else { break };
                    draft = stronger;
                }
            }
        }
        self.own.extend(own);
        judged
    }

    /// The network's drafts as choices of its own, with their advantages: those drafts whose fate is known, where
    /// `fate` gives the fates of the attempted ones. A draft's advantage is the difference of its reward from the mean
    /// of all, in standard deviations. Also returns the mean.
    pub fn rewarded(
        &mut self,
        goals: &[Statement],
        fate: impl Fn(&str) -> Option<Fate>,
    ) -> (Vec<Example>, Option<f64>) {
        let pairs = |text: &str| Pairs::new(text, str::to_owned);
        let goals: Vec<Pairs> = goals.iter().map(|goal| pairs(&goal.text)).collect();
        let mut drawn = Vec::new();
        for Own { conjecture, fate: judged } in std::mem::take(&mut self.own).into_iter().take(REWARDED) {
            let Some(fate) = judged.or_else(|| fate(&conjecture.text)) else { continue };
            let Some(choices) = self.completer.choices(&mut self.theory, conjecture.statement) else { continue };
            let own = pairs(&conjecture.text);
            let likeness = goals.iter().map(|goal| goal.likeness(&own)).fold(0.0, f64::max);
            let pieces = choices.into_iter().map(|choice| (choice.options, choice.chosen)).collect();
            drawn.push((pieces, fate.reward() + LIKENESS * likeness));
        }
        let rewards: Vec<f64> = drawn.iter().map(|(_, reward)| *reward).collect();
        let Some(advantages) = advantages(&rewards) else { return (Vec::new(), None) };
        let difficulty = Difficulty::Hard;
        let example =
            |((pieces, _), advantage)| Example::Drawn { choices: Choices::Statement { difficulty, pieces }, advantage };
        let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
        (drawn.into_iter().zip(advantages).map(example).collect(), Some(mean))
    }

    /// Checks that a draft is worth an attempt. An error is its fate, with a stronger draft, if there is one.
    fn fate(&mut self, draft: &Conjecture) -> Result<(), (Fate, Option<Conjecture>)> {
        if draft.text.len() > LENGTH {
            return Err((Fate::GivenUp, None));
        }
        let admission = self.filters.admit(&mut self.theory, draft.statement);
        if let Ok(Admission::Attempt(Some(class)) | Admission::Trivial(class)) | Err(class) = admission
            && let Some(place) = Refusal::MODULO.iter().position(|&recognised| recognised == class)
        {
            self.recognised[place] += 1;
        }
        match admission {
            Ok(Admission::Attempt(_)) => {}
            Ok(Admission::Trivial(_)) => {
                self.trivial.push(draft.text.clone());
                return Err((Fate::Trivial, None));
            }
            Err(_) => return Err((Fate::Known, None)),
        }
        if !has_variables(&mut self.theory, draft.statement) {
            return Err((Fate::Ground, None));
        }
        let Some(tester) = &mut self.tester else { return Ok(()) };
        let statement = Statement { name: "conjecture".into(), text: draft.text.clone() };
        match tester.test(&statement, &Limits::QUICK, &mut self.rng) {
            Ok(Tested { verdict: Verdict::Refuted(_), .. }) => {
                self.refuted.push(draft.text.clone());
                Err((Fate::Refuted, None))
            }
            Ok(Tested { verdict: Verdict::Vacuous { .. }, .. }) => Err((Fate::Vacuous, None)),
            Ok(Tested { verdict: Verdict::PremiseNotNeeded { premises, .. }, .. }) => {
                let stronger =
                    premises.first().and_then(|&premise| without_premise(&mut self.theory, draft.statement, premise));
                Err((Fate::Weakened, stronger))
            }
            Ok(_) => Ok(()),
            Err(TestError::Proved { name, counterexample }) => {
                tracing::error!("`{name}` is refuted: {counterexample}");
                Err((Fate::Refuted, None))
            }
            Err(_) => Ok(()),
        }
    }
}

/// A statement without one of its premises, counted from 0 among them, and without the variables that nothing speaks
/// of then.
fn without_premise(theory: &mut Theory, statement: TermId, place: usize) -> Option<Conjecture> {
    let statement = crate::conjecture::without_premise(theory, statement, place)?;
    let text = print(&mut theory.environment, &Names::new(), statement);
    (theory.statement(&text).ok() == Some(statement)).then_some(Conjecture { text, statement })
}

/// Examples that show the author failed and trivial drafts, at most this many of each.
pub fn lessons(drafts: &Drafts, most: usize) -> impl Iterator<Item = Example> {
    let of = |texts: &[String], difficulty| {
        texts.iter().take(most).map(move |text| Example::Conjecture { difficulty, statement: text.clone() }).collect()
    };
    let (failed, trivial): (Vec<_>, Vec<_>) =
        (of(&drafts.refuted, Difficulty::Fail), of(&drafts.trivial, Difficulty::Trivial));
    failed.into_iter().chain(trivial)
}

/// A tester of conjectures in a theory without its lemmas; none where the theory has no models to speak of.
///
/// # Errors
///
/// The theory is not there or wrong.
pub fn tester(theory: &str) -> Result<Option<Tester>, WorldError> {
    let theory = Lemmas::new(theory).theory()?;
    match Tester::new(theory) {
        Ok(tester) => Ok(Some(tester)),
        Err(error) => {
            tracing::warn!("conjectures are not tested in models: {error}");
            Ok(None)
        }
    }
}
