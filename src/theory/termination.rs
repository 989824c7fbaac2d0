//! Recursion about smaller arguments: the criterion, whatever the calls are read from.
//!
//! A call's arguments are smaller than what they are compared with, the same, or neither (one row of the call matrices
//! of A. Abel's *foetus*, 1998). A function is well founded if its arguments can be put in an order such that every
//! call is smaller lexicographically.

/// The relation of an argument of a call to what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It comes before it.
    Smaller,
    /// It is the same.
    Same,
    /// Neither is known.
    Unknown,
}

/// The calls that no lexicographic order of the `arity` arguments makes smaller, each call with a relation for each
/// argument.
pub fn undecided<C>(mut calls: Vec<C>, arity: usize, relations: impl Fn(&C) -> &[Relation]) -> Vec<C> {
    let mut open: Vec<usize> = (0..arity).collect();
    // Choosing an argument that no remaining call makes greater and some make smaller never makes another order
    // impossible: it only removes calls.
    while let Some(index) = open.iter().position(|&argument| {
        calls.iter().all(|call| relations(call)[argument] != Relation::Unknown)
            && calls.iter().any(|call| relations(call)[argument] == Relation::Smaller)
    }) {
        let argument = open.remove(index);
        calls.retain(|call| relations(call)[argument] != Relation::Smaller);
    }
    calls
}
