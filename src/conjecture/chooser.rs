//! Choosers among the continuations of a statement.

use super::{Completer, Conjecture};
use prover_theory::Theory;
use rand::{Rng, RngExt};

/// Picks the continuations of statements.
pub trait Chooser {
    /// A new statement begins.
    fn begin(&mut self) {}

    /// The index of the option to append. `options` are at least one text, all different, each a sequence of whole
    /// lexemes that starts with the space before it, if there is one. Also asked where there is only one option, so
    /// that the chooser sees the whole text. An index beyond the end gives the statement up.
    fn choose(&mut self, options: &[&str]) -> usize;
}

/// Writes statements.
pub trait Author {
    /// The next statement; `None` if it was given up.
    fn write(&mut self, completer: &mut Completer, theory: &mut Theory) -> Option<Conjecture>;
}

/// One statement after the other.
impl<C: Chooser> Author for C {
    fn write(&mut self, completer: &mut Completer, theory: &mut Theory) -> Option<Conjecture> {
        completer.complete(theory, self)
    }
}

/// Chooses at random: first the kind of continuation (variable, constant, application, implication, variable to
/// quantify, end) with fixed weights that make deep applications rarer, then uniformly among the options of that kind.
///
/// The weights keep the expected number of arguments below one per open place, so that sizes stay well under the
/// bounds.
#[derive(Debug)]
pub struct UniformChooser<'r, R: Rng> {
    rng: &'r mut R,
    /// Brackets open so far.
    depth: i32,
}

/// The kinds of continuation, see [`kind`].
const KINDS: usize = 8;

impl<'r, R: Rng> UniformChooser<'r, R> {
    /// A chooser that draws from `rng`.
    pub fn new(rng: &'r mut R) -> Self {
        Self { rng, depth: 0 }
    }

    /// The weight of a kind at the present depth.
    fn weight(&self, kind: usize) -> f64 {
        let inner = (self.depth - 1).max(0);
        match kind {
            // A bare variable as hypothesis or conclusion says little.
            VARIABLE if self.depth <= 1 => 0.3,
            // Statements about constants alone are few, and most are dull.
            CONSTANT if self.depth <= 1 => 0.1,
            CONSTANT => 0.5,
            FIRST_BINDER => 10.0,
            APPLICATION => 1.5 * 0.7_f64.powi(inner),
            // Statements that quantify nothing are few.
            IMPLICATION if self.depth == 0 => 15.0,
            IMPLICATION => 0.2,
            MORE => 0.3,
            _ => 1.0,
        }
    }
}

const VARIABLE: usize = 0;
const CONSTANT: usize = 1;
const APPLICATION: usize = 2;
const IMPLICATION: usize = 3;
const FIRST_BINDER: usize = 4;
const BINDER: usize = 5;
const MORE: usize = 6;
const END: usize = 7;

/// The kind of a continuation, by its first characters.
fn kind(option: &str) -> usize {
    let text = option.trim_start();
    match text.as_bytes() {
        [b'(', b'\'', b'a', b'0', ..] => FIRST_BINDER,
        [b'(', b'\'', ..] => BINDER,
        [b'(', ..] => APPLICATION,
        [b'[', ..] => IMPLICATION,
        [b']' | b')', ..] => END,
        [b'\'', ..] => VARIABLE,
        _ if text == "->" => MORE,
        _ => CONSTANT,
    }
}

impl<R: Rng> Chooser for UniformChooser<'_, R> {
    fn begin(&mut self) {
        self.depth = 0;
    }

    fn choose(&mut self, options: &[&str]) -> usize {
        let chosen = if options.len() == 1 {
            0
        } else {
            let mut counts = [0_usize; KINDS];
            options.iter().for_each(|option| counts[kind(option)] += 1);
            let weights: [f64; KINDS] = std::array::from_fn(|k| if counts[k] > 0 { self.weight(k) } else { 0.0 });
            let total: f64 = weights.iter().sum();
            let mut left = self.rng.random::<f64>() * total;
            let mut picked = kind(options[0]);
            for (k, &weight) in weights.iter().enumerate() {
                if weight > 0.0 {
                    picked = k;
                    left -= weight;
                    if left < 0.0 {
                        break;
                    }
                }
            }
            let place = self.rng.random_range(0..counts[picked]);
            let mut same = (0..options.len()).filter(|&i| kind(options[i]) == picked);
            same.nth(place).expect("a kind with weight has options, and the place is below their number")
        };
        if let Some(text) = options.get(chosen) {
            let open = text.bytes().filter(|b| matches!(b, b'(' | b'[')).count() as i32;
            let close = text.bytes().filter(|b| matches!(b, b')' | b']')).count() as i32;
            self.depth += open - close;
        }
        chosen
    }
}
