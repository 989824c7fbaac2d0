//! Problems of the *Tons of Inductive Problems* (TIP) in SMT-LIB notation -> the Peano language.
//!
//! Data types become `data`, functions `fun` with a clause for each way through their `match`es, and statements to
//! prove become goals. The text is not trusted: it is checked like any other when it is read.
//!
//! | TIP | Peano |
//! |---|---|
//! | `(declare-datatype list (par (a) ((nil) (cons (head a) (tail (list a))))))` | `data list ('a : type) { ... }`; selectors are left out |
//! | `(define-fun-rec f (par (a) (((x A) ...) B)) body)`, `define-fun` | `fun f : [('a : type) -> A -> ... -> B] { ... }`, without arguments a definition |
//! | `define-funs-rec` | one `fun` after the other, as far as bodies and functions that are given can stand for calls |
//! | `(declare-sort A 0)`, `(declare-const c A)`, `(declare-fun f (A ...) B)` | declarations |
//! | `(match t ((C body) ((D y) body) (_ body)))` | clauses, or a function of its own |
//! | `let` | its terms in the place of its names |
//! | `Bool`, `ite`, `and`, `or`, `not`, `=>` as values | a data type and functions, where they are used |
//! | `Int`, numerals, `+ - * div mod <= < >= >` | a data type with one form for each integer, and recursive functions |
//! | `=`, `distinct` as values | a recursive function for each data type |
//! | `(=> A B)` as a type, `lambda`, `@` | arrow, lambda, application |
//! | `(prove F)`, `(assert-not F)`, the only `(assert (not F))` | a goal |
//! | `(assert F)` | an axiom |
//!
//! Everything else is an error with a description and a place. So is a function whose recursion is not seen to end: its
//! equations might contradict each other. docs/tip.md argues why the translation has the meaning of the problem.
//!
//! ```
//! let problem = "(declare-datatype Nat ((zero) (succ (pred Nat))))
//!     (define-fun-rec plus ((x Nat) (y Nat)) Nat (match x ((zero y) ((succ n) (succ (plus n y))))))
//!     (prove (forall ((x Nat)) (= (plus x zero) x)))";
//! let imported = prover_tip::import(problem, "plus_zero")?;
//! assert!(imported.theory.contains("data Nat") && imported.goals.starts_with("plus_zero : "));
//! # Ok::<(), prover_tip::TipError>(())
//! ```
//!
//! Source of the format: K. Claessen, M. Johansson, D. Rosén, N. Smallbone, *TIP: Tons of Inductive Problems*, CICM
//! 2015.

mod names;
mod sexp;
mod term;
mod types;
mod write;

pub use write::Imported;

use sexp::Sexp;
use write::Writer;

/// An error in a problem, or a part of it that is outside of the fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TipError {
    /// Description of the error.
    pub message: String,
    /// The byte of the text at which it occurs.
    pub at: usize,
}

impl TipError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at }
    }
}

type Result<T> = std::result::Result<T, TipError>;

/// A problem in the Peano language. `goal` is the name of the goal; of several, later ones get numbers.
///
/// # Errors
///
/// See the [module](self).
pub fn import(text: &str, goal: &str) -> Result<Imported> {
    let commands = sexp::read(text)?;
    let mut writer = Writer::new(goal, &commands);
    for command in &commands {
        writer.command(command)?;
    }
    Ok(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_become_far_too_much_text_is_refused_with_the_limit() {
        let data = "(declare-datatype B ((T) (F) (U)))\n(declare-datatype pair (par (a b) ((both (l a) (r b)))))\n\
                    (declare-datatype n (par (a) ((e) (k (x a) (y (n (pair a a)))))))\n";
        let count = 60;
        // A case for everything else is one for each other constructor: 2 to the power of 60 clauses.
        let inputs: String = (0..count).map(|index| format!("(x{index} B) ")).collect();
        let matches: String = (0..count).map(|index| format!("(match x{index} ((T T) (_ ")).collect();
        let clauses = format!("(define-fun f ({inputs}) B {matches}T{})", ")))".repeat(count));
        // The type of each inner list has a pair more.
        let pairs = |count: usize| {
            let cases: String =
                (0..count).map(|index| format!("(match y{index} ((e T) ((k x y{}) ", index + 1)).collect();
            let binder = "((y0 (n a)))";
            format!("(define-fun g (par (a) ({binder} B)) {cases}T{})", ")))".repeat(count))
        };
        assert!(import(&format!("{data}{}", pairs(3)), "goal").is_ok());
        for text in [clauses, pairs(count)] {
            let error = import(&format!("{data}{text}"), "goal").unwrap_err();
            assert!(error.message.contains("200000000 steps"), "{}", error.message);
            assert!(error.at >= data.len(), "{}", error.at);
        }
    }
}
