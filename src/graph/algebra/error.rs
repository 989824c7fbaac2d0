//! Errors of evaluating a graph.

use super::name::Name;
use super::types::Type;

/// Reason why a value does not exist, or takes more than its budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// A division by zero, or a negative power of zero.
    #[error("division by zero")]
    DivisionByZero,
    /// More steps than the budget has.
    #[error("the evaluation takes more than its budget of steps")]
    OutOfSteps,
    /// A number longer than the budget allows.
    #[error("a number has more digits than the budget allows")]
    TooManyDigits,
    /// An expression nested deeper than is handled.
    #[error("an expression is nested too deep")]
    TooDeep,
    /// A value of another type than the operator takes.
    #[error("this is of type {found}, and {wanted} is wanted")]
    WrongType {
        /// The type that the operator expects.
        wanted: Type,
        /// The type of the argument.
        found: Type,
    },
    /// A fraction where an integer is wanted.
    #[error("{0} is not a whole number")]
    NotWhole(String),
    /// A variable without a value where a number is wanted.
    #[error("the variable {0} has no value")]
    Unbound(Name),
    /// A function that no definition in the environment gives.
    #[error("the function {0} is not defined")]
    UnknownFunction(Name),
    /// Not a polynomial where one is wanted.
    #[error("this is not a polynomial")]
    NotPolynomial,
    /// More than one variable, or none, where one is wanted.
    #[error("this does not have exactly one variable")]
    NotUnivariate,
    /// An equation of higher degree in a linear system.
    #[error("this is not linear")]
    NotLinear,
    /// Equations that contradict each other, or one that does.
    #[error("there is no solution")]
    NoSolution,
    /// A variable that the equations leave open.
    #[error("the equations do not determine {0}")]
    Undetermined(Name),
    /// An expression that is not of the form a surd or a power has.
    #[error("this is not {0}")]
    NotOfForm(&'static str),
    /// An argument outside the operator's domain.
    #[error("{0}")]
    Domain(&'static str),
}
