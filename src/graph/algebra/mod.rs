//! Exact mathematics: the values of compute graphs and the algorithms on them.
//!
//! | module | holds |
//! |---|---|
//! | [`number`], [`name`], [`units`] | exact rationals with the form in which they were written; names of variables; units of measure |
//! | [`expr`], [`polynomial`], [`surd`], [`power`] | expressions and their normal forms |
//! | [`integer`], [`factor`], [`linear`] | primes and divisors, factors of polynomials, linear systems |
//! | [`bindings`] | variables with their values and functions, and substitution of them in expressions |
//! | [`types`], [`value`] | the types; values, and how they print as answers |
//! | [`budget`], [`error`] | limits of an evaluation; reasons why a value does not exist |
//!
//! This module knows neither questions nor graphs.

pub mod bindings;
pub mod budget;
pub mod error;
pub mod expr;
pub mod factor;
pub mod integer;
pub mod linear;
mod linear_factors;
pub mod name;
pub mod number;
pub mod polynomial;
pub mod power;
pub mod surd;
pub mod types;
pub mod units;
pub mod value;
