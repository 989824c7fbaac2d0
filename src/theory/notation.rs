//! The notation of terms: that of the language, or infix notation, which is for reading and never for files.
//!
//! | in files | for reading |
//! |---|---|
//! | `[('a0 : nat) -> ('a1 : nat) -> (= (+ 'a0 'a1) (+ 'a1 'a0))]` | `∀ n m : nat, n + m = m + n` |
//! | `[[p -> q] -> (and p (not q))]` | `(p → q) → p ∧ ¬q` |
//! | `(exists nat (lambda ('a0 : nat) (<= 'a0 z)))` | `∃ n : nat, n ≤ z` |
//! | `[('a0 : type) -> 'a0 -> prop]` | `(t : type) → t → prop` |
//! | `(f (s z) (lambda ('a0 : nat) 'a0))` | `f (s z) (λ n : nat, n)` |
//!
//! From the loosest to the tightest: `∀ ∃ λ` (as far to the right as possible), `↔`, `→` (to the right), `∨`, `∧` (to
//! the right), `¬`, `= < ≤` and other names that begin like a comparison (no chains), `+ -` (to the left), `* /` (to
//! the left), `^` (to the right), application (to the left). A name made of the characters `+ - * / = ! $ ^ > <` alone
//! stands between its arguments if it has two, with the strength of its first character; alone it stands in
//! parentheses.
//!
//! Bound variables have the names that the theory's source gives to variables of their type, without the quote, and
//! never one that a constant, a local or a binder around them has. So different terms have different texts.

use prover_logic::{Moved, Store, Term, TermId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The notation of terms in messages.
#[derive(Clone, Debug, Default)]
pub enum Notation {
    /// As in files.
    #[default]
    Language,
    /// Infix, with the known names that binders were written with.
    Infix(Arc<Written>),
}

/// The names that binders were written with.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// By arrow: the names of its binders, empty where there is none.
    pub(super) binders: FxHashMap<TermId, Box<[Box<str>]>>,
    /// By type: names of variables of that type, in the order in which they were met.
    pub(super) variables: FxHashMap<TermId, Vec<Box<str>>>,
}

/// The names of one type that are remembered.
const MOST_NAMES: usize = 8;

impl Notation {
    /// Infix notation; nothing is known of names yet.
    pub fn infix() -> Self {
        Self::Infix(Arc::default())
    }

    /// Whether this is infix notation.
    pub fn is_infix(&self) -> bool {
        matches!(self, Self::Infix(_))
    }

    /// Follows terms to their new places; the names of terms that were forgotten are dropped.
    pub(super) fn follow(&mut self, moved: &Moved) {
        let Self::Infix(written) = self else { return };
        let Written { binders, variables } = &**written;
        let binders = binders.iter().filter_map(|(&term, names)| Some((moved.place(term)?, names.clone()))).collect();
        let variables = variables.iter().filter_map(|(&ty, names)| Some((moved.place(ty)?, names.clone()))).collect();
        *written = Arc::new(Written { binders, variables });
    }

    /// Learns the names that the binders of an arrow were written with, quoted or empty.
    pub(super) fn learn(&mut self, store: &Store, arrow: TermId, names: &[Box<str>]) {
        let Self::Infix(written) = self else { return };
        let names: Box<[Box<str>]> = names.iter().map(|name| readable(name).into()).collect();
        if names.iter().all(|name| name.is_empty()) || written.binders.contains_key(&arrow) {
            return;
        }
        let written = Arc::make_mut(written);
        let mut rest = arrow;
        for name in &names {
            let Term::Pi(domain, range) = store.term(rest) else { break };
            rest = range;
            if !name.is_empty() && store.loose(domain) == 0 {
                let known = written.variables.entry(domain).or_default();
                if known.len() < MOST_NAMES && !known.contains(name) {
                    known.push(name.clone());
                }
            }
        }
        written.binders.insert(arrow, names);
    }
}

/// The name of a binder without its quote, if it then looks like the name of a variable; else nothing.
fn readable(name: &str) -> &str {
    let bare = name.strip_prefix('\'').unwrap_or(name);
    if bare.starts_with(|c: char| c.is_ascii_alphabetic()) { bare } else { "" }
}
