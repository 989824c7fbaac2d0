//! Conjecturing: statements that are well-typed by construction, written as a sequence of choices.
//!
//! A [`Completer`] writes a closed proposition piece by piece. At each step it offers the texts that may come next, a
//! [`Chooser`] (the language model, or [`UniformChooser`]) picks one. The pieces put together *are* the statement as
//! [`print`](prover_theory::print::print()) writes it, so the probability of a statement under the model is the product
//! of the probabilities of its choices. An option is offered only if a statement within the bounds can still be reached
//! from it, in which every quantified variable occurs: the smallest completions are known exactly (module `cost`). No
//! choice is ever taken back.
//!
//! The grammar (module `grammar`):
//!
//! ```text
//! statement   := atom | '[' (binder '->')* (proposition '->')* atom ']'     at least one binder or proposition
//! proposition := atom | '[' (proposition '->')+ atom ']'                    the second only where there are connectives
//! binder      := '(' 'aN ':' T ')'
//! atom        := a variable, constant, or constant applied to all its arguments, of sort prop
//! ```
//!
//! Terms are first order: a constant that takes a function, a proof, or an argument whose type depends on an earlier
//! argument is not used, nor are constants that produce proofs. Polymorphic constants are used at every object type;
//! where printing leaves the type out, it is settled by the arguments that are chosen.
//!
//! A [`VariantAuthor`] writes statements in another way: it makes small changes to existing ones.
//!
//! [`Filters`] refuse statements that are well-typed but of no interest, with a reason; a [`ConjectureSampler`] draws
//! until it has enough.
//!
//! ```
//! use prover_conjecture::{Completer, ConjectureOptions, UniformChooser};
//! use prover_theory::Theory;
//! use rand::SeedableRng;
//!
//! let mut theory = Theory::from_source("nat-add")?;
//! let mut completer = Completer::new(&mut theory, &ConjectureOptions::default())?;
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
//! let written = (0..100).filter_map(|_| completer.complete(&mut theory, &mut UniformChooser::new(&mut rng)));
//! let texts: Vec<String> = written.map(|conjecture| conjecture.text).collect();
//! assert!(texts.iter().all(|text| theory.statement(text).is_ok()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chooser;
mod completer;
mod cost;
mod filters;
mod grammar;
mod instance;
mod modulo;
mod opened;
mod refusal;
mod sampler;
mod schemes;
#[cfg(test)]
mod tests;
mod variants;

pub use chooser::{Author, Chooser, UniformChooser};
pub use completer::{Choice, Completer, Conjecture, Draft};
pub use filters::{FilterOptions, Filters};
pub use opened::has_variables;
pub use refusal::{Admission, Refusal, RefusalCounts, Treatment, Treatments};
pub use sampler::{ConjectureSampler, SamplerStatistics};
pub use variants::{Functions, VariantAuthor, generalised, without_premise};

/// Bounds of the statements that are offered. Values beyond the maxima given here count as these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConjectureOptions {
    /// Most quantified variables; at most 8. Default 4.
    pub max_binders: usize,
    /// Most hypotheses, and most premises of an implication within a statement; at most 8. Default 3.
    pub max_hypotheses: usize,
    /// Most lexemes of the whole text: names, brackets, colons and arrows count 1 each. Default 64.
    pub max_size: usize,
    /// Most brackets (applications and implications) around a name, those of the whole statement not counted; at
    /// most 32. Default 5.
    pub max_depth: usize,
    /// The most nested applications of type constructors within one type: with 1, a theory of `nat` and `list` speaks
    /// of lists of numbers, with 2 of lists of those too; 0 leaves out all but type constants. Default 1.
    pub type_depth: usize,
    /// Whether polymorphic constants are used at `prop`, as in `(= 'a0 (not 'a1))`. Default false: propositions are
    /// compared by equivalence rather than equality.
    pub polymorphic_propositions: bool,
}

impl Default for ConjectureOptions {
    fn default() -> Self {
        Self {
            max_binders: 4,
            max_hypotheses: 3,
            max_size: 64,
            max_depth: 5,
            type_depth: 1,
            polymorphic_propositions: false,
        }
    }
}

/// Reason why nothing can be conjectured in a theory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConjectureError {
    /// No constant and no connective makes a proposition.
    #[error("the theory has nothing that makes a proposition: neither a proposition nor a relation is declared")]
    NoPropositions,
    /// There are relations, but no types to quantify over and no objects to relate.
    #[error("the theory has relations but no objects or types that they could speak of")]
    NoObjects,
    /// Propositions exist, but none within the bounds.
    #[error("no statement of at most {max_size} lexemes and depth {max_depth} can be written in this theory")]
    TooSmall {
        /// The bound on lexemes.
        max_size: usize,
        /// The bound on nesting.
        max_depth: usize,
    },
}
