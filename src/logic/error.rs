//! Errors of the kernel.

use super::term::TermId;

/// A refusal of the kernel. Terms are of the store of the environment that refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KernelError {
    /// Something that is not a function is applied.
    #[error("this is applied to an argument but is not a function")]
    NotAFunction {
        /// The term that is applied.
        function: TermId,
        /// Its type.
        ty: TermId,
    },
    /// An argument's type differs from the function's input.
    #[error("an argument has another type than the function's input")]
    ArgumentMismatch {
        /// The whole application up to this argument.
        function: TermId,
        /// The argument.
        argument: TermId,
        /// The type that the function takes.
        expected: TermId,
        /// The type that the argument has.
        found: TermId,
    },
    /// A term stands where a type is needed.
    #[error("this is not a type")]
    NotAType {
        /// The term.
        term: TermId,
        /// Its type.
        ty: TermId,
    },
    /// A value's type differs from the declared type.
    #[error("the value has another type than declared")]
    TypeMismatch {
        /// The declared type.
        expected: TermId,
        /// The type found.
        found: TermId,
    },
    /// `kind`, or a function to it, stands where a typed term is needed.
    #[error("this has no type: `kind` stands above everything that can be written")]
    NoType {
        /// The term.
        term: TermId,
    },
    /// A bound variable without its binder.
    #[error("a bound variable stands outside its binder")]
    LooseVariable,
    /// A declaration that speaks of a local of some proof.
    #[error("a declaration may not mention a local variable")]
    NotClosed,
    /// A name that is declared already.
    #[error("the name is declared already")]
    Duplicate,
    /// A constant that the environment does not have.
    #[error("the constant is not declared")]
    UnknownConstant(u32),
    /// The declaration of `=` has another type than `[('t : type) -> 't -> 't -> prop]`.
    #[error("`=` must have the type [('t : type) -> 't -> 't -> prop]")]
    NotEquality,
    /// The environment's store was exchanged for another one.
    #[error("the environment's terms were exchanged (a fault of the program)")]
    ForeignStore,
    /// Proofs are owed: only these are taken, each in its place.
    #[error("proofs are owed here, and this is not the proof that is asked for")]
    Owed,
    /// The step budget is exhausted.
    #[error("the kernel's step budget is exhausted")]
    BudgetExhausted,
    /// A term is nested deeper than [`MAX_HEIGHT`](super::MAX_HEIGHT).
    #[error("the term is nested too deeply")]
    TooDeep,
}
