//! A second checker for the language's logic: slow, simple, written from docs/soundness.md alone.
//!
//! Variables have names. A term's type is found by the rules of the table there, one after the other; terms are equal
//! when their full normal forms (beta, delta and eta) are the same up to names of bound variables. Nothing here is
//! shared with the kernel in `src/logic`, in code or in method (which has indices, weak head normal forms, lazy
//! unfolding and caches), so that a fault of one is hardly one of the other. Only [`convert`] touches the program: it
//! reads terms out of its store.
//!
//! A check ends: it gives up ([`Refusal::GaveUp`]) after a bounded number of steps or at a bounded depth.

// Each test that includes this module uses a part of it.
#![allow(dead_code, unused_imports)]

pub mod check;
pub mod convert;
pub mod normal;
pub mod term;

pub use check::{Declared, Theory};
pub use convert::{Reader, check_environment};
pub use term::{Expr, Name, Sort, show};

/// The steps that one declaration of a mutant may take: a typical one takes a few thousand.
pub const STEPS: u64 = 2_000_000;

/// The greatest depth of recursion; terms that are higher are given up.
pub const DEPTH: u32 = 2_000;

/// Reason why a declaration is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It breaks a rule.
    Wrong(&'static str),
    /// It is too large to be checked in this way; nothing is known about it.
    GaveUp,
}

pub type Result<T> = std::result::Result<T, Refusal>;

/// The steps and the depth that are left, and the source of new names.
#[derive(Debug)]
pub struct Work {
    steps: u64,
    depth: u32,
    names: u64,
}

impl Work {
    pub fn new(steps: u64) -> Self {
        Self { steps, depth: DEPTH, names: 0 }
    }

    /// Does one step of a recursion. A refusal ends the whole check, so that the depth need not be right after one.
    pub fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.steps == 0 || self.depth == 0 {
            return Err(Refusal::GaveUp);
        }
        self.steps -= 1;
        self.depth -= 1;
        let result = step(self)?;
        self.depth += 1;
        Ok(result)
    }

    /// A name that no term has: names of variables that are read from the store contain no `~`.
    pub fn fresh(&mut self) -> Name {
        self.names += 1;
        format!("~{}", self.names).into()
    }
}

/// Runs something on a stack on which [`DEPTH`] levels fit, in the least optimised build too.
pub fn on_a_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, run);
        let joined = thread.expect("a thread can be started").join();
        joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
