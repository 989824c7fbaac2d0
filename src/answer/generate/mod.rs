//! Questions of our own, as people type them, with exact answers.
//!
//! A module is a kind of question: a function that draws numbers, words and an answer. The answer is calculated here,
//! by plain arithmetic; no graph is known, so a network learns from the answers alone. Wordings are written with
//! alternatives in braces ([`phrase`]), so that a module has tens or hundreds of them.

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
pub use modules::MODULES;
pub use phrase::phrase;

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
}

impl Module {
    /// The module with a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        MODULES.iter().find(|module| module.name == name)
    }

    /// So many different questions, or fewer if the module has no more; `seen` has those that do not count any more.
    pub fn questions(
        &self,
        difficulty: Train,
        count: usize,
        seen: &mut BTreeSet<String>,
        rng: &mut dyn Rng,
    ) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for _ in 0..count.saturating_mul(TRIES) {
            if pairs.len() == count {
                break;
            }
            let Some(pair) = self.question(difficulty, rng) else { continue };
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
    pub fn question(&self, difficulty: Train, rng: &mut dyn Rng) -> Option<Pair> {
        (0..MOST_TRIES).find_map(|_| {
            let pair = (self.make)(&Maker { rng: RefCell::new(&mut *rng), difficulty })?;
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
    difficulty: Train,
}

impl Maker<'_> {
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
        let most = match self.difficulty {
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
        let chance = if self.difficulty == Train::Easy { 0.1 } else { 0.35 };
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
        let wording = self.one_of(wordings);
        let text = phrase(wording, parts, &mut **self.rng.borrow_mut());
        let question = if self.is(0.35) { text } else { phrase::capital(&text) };
        Some(Pair { question, answer: answer.to_string() })
    }
}
