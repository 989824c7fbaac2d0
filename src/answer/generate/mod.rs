//! Questions of our own, as people type them, with exact answers.
//!
//! A module is a kind of question: a function that draws numbers, words and an answer. The answer is calculated here,
//! by plain arithmetic; no graph is known, so a network learns from the answers alone. Wordings are written with
//! alternatives in braces ([`phrase`]), so that a module has tens or hundreds of them.
//!
//! The modules `asked__...` are of questions as people type them; `own__...` are the kinds of the Mathematics Dataset.
//! Composed ones name some of their numbers in sentences before the question, to any depth.

mod kinds;
mod modules;
mod phrase;

use std::cell::RefCell;
use std::collections::BTreeSet;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::data::{Pair, Train};
use crate::graph::Question;
use crate::graph::algebra::number::Number;
use crate::graph::algebra::value::Scalar;
pub use phrase::phrase;

/// Every module.
pub const MODULES: &[Module] = &{
    const ASKED: usize = modules::ASKED.len();
    let mut all = [modules::ASKED[0]; ASKED + kinds::KINDS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = if index < ASKED { modules::ASKED[index] } else { kinds::KINDS[index - ASKED] };
        index += 1;
    }
    all
};

/// The names that numbers and variables get.
const LETTERS: &str = "abcdfghjklmnopqrstuvwxyz";

/// The most times that a question is drawn again that cannot be asked, such as one with a division by zero.
const MOST_TRIES: usize = 100;

/// Tries for each question that is asked for, as some come twice.
const TRIES: usize = 20;

/// A module.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// Draws a question; `None` if the numbers do not fit.
    make: fn(&Maker<'_>) -> Option<Pair>,
    /// Whether sentences before the question define some of its numbers.
    is_composed: bool,
}

/// Property by which questions of a test differ from those of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum HoldOut {
    /// Wordings: the last quarter of each module's, one at least
    Phrasing,
    /// How deep definitions stand one in the other: one more, and two more, than in training
    Depth,
    /// The size of numbers: the hard ones
    Size,
    /// Definitions: all composed questions
    Composition,
}

/// Choice among the questions of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The size of the numbers.
    pub difficulty: Train,
    /// The greatest depth of definitions of composed questions.
    pub depth: u32,
    /// The property that training and test do not have in common.
    pub hold_out: Option<HoldOut>,
    /// Whether the questions are those of the test.
    pub is_test: bool,
}

impl From<Train> for Drawing {
    fn from(difficulty: Train) -> Self {
        Self { difficulty, depth: 2, hold_out: None, is_test: false }
    }
}

impl Drawing {
    /// Whether there are such questions of a module.
    fn has(self, module: &Module) -> bool {
        match self.hold_out {
            Some(HoldOut::Size) => (self.difficulty == Train::Hard) == self.is_test,
            Some(HoldOut::Composition) => module.is_composed == self.is_test,
            Some(HoldOut::Depth) => module.is_composed || !self.is_test,
            Some(HoldOut::Phrasing) | None => true,
        }
    }

    /// The least and the greatest depth of definitions.
    fn depths(self) -> (u32, u32) {
        match self.hold_out {
            Some(HoldOut::Depth) if self.is_test => (self.depth + 1, self.depth + 2),
            _ => (1, self.depth),
        }
    }

    /// The wordings to choose from.
    fn wordings<'w, 't>(self, all: &'w [&'t str]) -> &'w [&'t str] {
        if self.hold_out != Some(HoldOut::Phrasing) {
            return all;
        }
        // A single wording belongs to training.
        let kept = (all.len() - all.len().div_ceil(4)).max(1);
        if self.is_test { &all[kept..] } else { &all[..kept] }
    }
}

impl Module {
    /// The module with a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        MODULES.iter().find(|module| module.name == name)
    }

    /// The modules with a name, or whose names begin with it and two underscores.
    pub fn called(name: &str) -> Vec<&'static Self> {
        let is_called = |module: &&Self| {
            module.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        };
        MODULES.iter().filter(is_called).collect()
    }

    /// So many different questions, or fewer if the module has no more; `seen` has those that do not count any more.
    pub fn questions(
        &self,
        drawing: impl Into<Drawing>,
        count: usize,
        seen: &mut BTreeSet<String>,
        rng: &mut dyn Rng,
    ) -> Vec<Pair> {
        let drawing = drawing.into();
        let mut pairs = Vec::new();
        for _ in 0..count.saturating_mul(TRIES) {
            if pairs.len() == count {
                break;
            }
            let Some(pair) = self.question(drawing, rng) else { continue };
            if seen.insert(pair.question.clone()) {
                pairs.push(pair);
            }
        }
        pairs
    }

    /// A generator of its own for each module, so that one does not change with the others.
    pub fn generator(&self, seed: u64) -> ChaCha8Rng {
        let name = self.name.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        ChaCha8Rng::seed_from_u64(name)
    }

    /// A question with its answer; `None` if none was found that can be read.
    pub fn question(&self, drawing: impl Into<Drawing>, rng: &mut dyn Rng) -> Option<Pair> {
        let drawing = drawing.into();
        if !drawing.has(self) {
            return None;
        }
        (0..MOST_TRIES).find_map(|_| {
            let pair = (self.make)(&Maker::new(drawing, self.is_composed, rng))?;
            let is_read = Question::new(&pair.question).is_ok_and(|question| !question.elements.is_empty());
            is_read.then_some(pair)
        })
    }
}

/// A number with the way in which it is written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub value: Scalar,
    pub text: String,
}

/// Draws the parts of questions.
pub(super) struct Maker<'r> {
    rng: RefCell<&'r mut dyn Rng>,
    drawing: Drawing,
    /// How deep definitions stand one in the other; 0 for none.
    depth: u32,
    /// The names that have a meaning.
    names: RefCell<Vec<char>>,
    /// Sentences that define names, before the question.
    definitions: RefCell<Vec<String>>,
}

impl<'r> Maker<'r> {
    fn new(drawing: Drawing, is_composed: bool, rng: &'r mut dyn Rng) -> Self {
        let (least, most) = drawing.depths();
        let depth = if is_composed { rng.random_range(least..=most) } else { 0 };
        Self { rng: RefCell::new(rng), drawing, depth, names: RefCell::default(), definitions: RefCell::default() }
    }
}

impl Maker<'_> {
    /// Whether all numbers are written as figures.
    pub fn is_plain(&self) -> bool {
        self.depth == 0
    }

    /// The letters that have no meaning yet.
    fn free(&self) -> Vec<char> {
        LETTERS.chars().filter(|letter| !self.names.borrow().contains(letter)).collect()
    }

    /// A letter that has no meaning yet. Modules take a few, and definitions leave some.
    pub fn letter(&self) -> String {
        let letter = self.one_of(&self.free());
        self.names.borrow_mut().push(letter);
        letter.to_string()
    }

    /// A whole number in figures; of composed questions some, and one at least if there are any, by a name that is
    /// defined before.
    pub fn given(&self, number: i64) -> String {
        const LEFT: usize = 6;
        let is_first = self.definitions.borrow().is_empty();
        let has_room = self.free().len() >= self.depth as usize + LEFT;
        if self.is_plain() || !has_room || !is_first && self.is(0.6) {
            return number.to_string();
        }
        self.defined(number, self.depth)
    }

    /// A new name for a number. Its definition mentions another such name if it is to be deeper than one.
    fn defined(&self, number: i64, depth: u32) -> String {
        let part = self.between(1, 30) * if self.is(0.5) { 1 } else { -1 };
        let known = if depth > 1 { self.defined(part, depth - 1) } else { part.to_string() };
        let name = self.letter();
        let (factor, added) =
            (self.between(2, 9), |sum: i64| if sum < 0 { format!("- {}", -sum) } else { format!("+ {sum}") });
        let definition = match self.between(0, 3) {
            0 => format!("Let {name} = {known} {}.", added(number - part)),
            1 => format!("Let {name} be {} - {}.", number + part, if depth > 1 { known } else { format!("({known})") }),
            2 => format!("Suppose {factor}*{name} {} = {known}.", added(part - factor * number)),
            _ => format!("Suppose {} = {known} + {factor}*{name}.", part + factor * number),
        };
        self.definitions.borrow_mut().push(definition);
        name
    }

    /// A whole number of a range.
    pub fn between(&self, least: i64, most: i64) -> i64 {
        self.rng.borrow_mut().random_range(least..=most)
    }

    pub fn is(&self, chance: f64) -> bool {
        self.rng.borrow_mut().random_bool(chance)
    }

    pub fn one_of<T: Copy>(&self, items: &[T]) -> T {
        items[self.rng.borrow_mut().random_range(0..items.len())]
    }

    /// A number by difficulty.
    pub fn sized(&self, easy: i64, medium: i64, hard: i64) -> i64 {
        let most = match self.drawing.difficulty {
            Train::Easy => easy,
            Train::Medium => medium,
            Train::Hard => hard,
        };
        self.between(2, most)
    }

    /// A whole number in figures, rarely in words or with commas.
    pub fn whole(&self, number: i64) -> Written {
        let text = match number {
            0..=99 if self.is(0.08) => crate::graph::question::in_words(number),
            1_000.. if self.is(0.3) => phrase::grouped(number),
            _ => number.to_string(),
        };
        Written { value: Scalar { number: Number::from(number), is_decimal: false }, text }
    }

    /// A positive whole number or, by difficulty, a decimal.
    pub fn number(&self, easy: i64, medium: i64, hard: i64) -> Written {
        let number = self.sized(easy, medium, hard);
        let chance = if self.drawing.difficulty == Train::Easy { 0.1 } else { 0.35 };
        if self.is(chance) { self.decimal(number) } else { self.whole(number) }
    }

    /// A decimal near a number.
    pub fn decimal(&self, near: i64) -> Written {
        let places = self.between(1, 2) as u32;
        let scale = 10i64.pow(places);
        let value = (near * scale + self.between(1, scale - 1)).max(1);
        let number = Number::quotient(value.into(), scale.into()).unwrap_or(Number::ONE);
        let scalar = Scalar { number, is_decimal: true };
        Written { text: scalar.to_string(), value: scalar }
    }

    /// A proper fraction.
    pub fn fraction(&self) -> Written {
        let below = self.between(2, 12);
        let above = self.between(1, below - 1);
        let number = Number::quotient(above.into(), below.into()).unwrap_or(Number::ONE);
        Written { text: format!("{above}/{below}"), value: Scalar { number, is_decimal: false } }
    }

    /// A question with alternatives and `$1`, `$2`, ... for the parts.
    pub fn ask(&self, wordings: &[&str], parts: &[&str], answer: impl std::fmt::Display) -> Option<Pair> {
        let wordings = self.drawing.wordings(wordings);
        if wordings.is_empty() || !self.is_plain() && self.definitions.borrow().is_empty() {
            return None;
        }
        let wording = self.one_of(wordings);
        let text = phrase(wording, parts, &mut **self.rng.borrow_mut());
        let text = if self.is_plain() && self.is(0.35) { text } else { phrase::capital(&text) };
        let before: String = self.definitions.borrow().iter().map(|definition| format!("{definition} ")).collect();
        let question = before + &text;
        Some(Pair { question, answer: answer.to_string() })
    }
}
