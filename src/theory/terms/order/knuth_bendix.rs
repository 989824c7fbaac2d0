//! The Knuth-Bendix order on first-order terms, by which completion directs equations.
//!
//! With a weight for each symbol (here 1 for all, variables too) and a precedence, `s` is greater than `t` if each
//! variable occurs in `s` at least as often as in `t`, and
//!
//! - `s` weighs more than `t`, or
//! - they weigh the same, and the head of `s` is above that of `t`, or
//! - they weigh the same, the heads are equal, and the first arguments that differ are `si > ti`.
//!
//! All weights being 1, no symbol of weight 0 needs a case of its own. The order is total on terms without variables
//! and kept by substitution (D. Knuth, P. Bendix, *Simple word problems in universal algebras*, 1970; F. Baader, T.
//! Nipkow, *Term Rewriting and All That*, 1998, section 5.4.4).

use std::cmp::Ordering;

/// Variables are numbered below this.
pub const MAX_VARIABLES: usize = 128;

/// The head of a first-order term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The variable of a number below [`MAX_VARIABLES`].
    Variable(u32),
    /// A symbol, by its place in the precedence.
    Symbol(u32),
}

/// First-order terms, each kept once, so that equal terms are the same.
pub trait FirstOrder {
    /// A term.
    type Term: Copy + Eq;

    /// The head of a term.
    fn head(&self, term: Self::Term) -> Head;

    /// The arguments of a term.
    fn arguments(&self, term: Self::Term) -> &[Self::Term];

    /// The number of symbols and variables of a term as a tree.
    fn weight(&self, term: Self::Term) -> u32;

    /// Whether a term has no variables.
    fn is_ground(&self, term: Self::Term) -> bool;
}

/// Compares two terms; `None` if neither is greater whatever their variables stand for, and they are not the same.
pub fn compare<T: FirstOrder>(terms: &T, left: T::Term, right: T::Term) -> Option<Ordering> {
    if left == right {
        return Some(Ordering::Equal);
    }
    let (left_has_all, right_has_all) = contained(terms, left, right);
    if !left_has_all && !right_has_all {
        return None;
    }
    let found = terms.weight(left).cmp(&terms.weight(right));
    let found = if found == Ordering::Equal { by_heads(terms, left, right)? } else { found };
    match found {
        Ordering::Greater if left_has_all => Some(found),
        Ordering::Less if right_has_all => Some(found),
        _ => None,
    }
}

/// The order of two different terms of one weight, as far as their heads and arguments determine it.
fn by_heads<T: FirstOrder>(terms: &T, left: T::Term, right: T::Term) -> Option<Ordering> {
    let (Head::Symbol(f), Head::Symbol(g)) = (terms.head(left), terms.head(right)) else { return None };
    if f != g {
        return Some(f.cmp(&g));
    }
    let mut pairs = terms.arguments(left).iter().zip(terms.arguments(right));
    let (&s, &t) = pairs.find(|(s, t)| s != t)?;
    compare(terms, s, t)
}

/// Whether the left term has each variable at least as often as the right one, and the other way round.
fn contained<T: FirstOrder>(terms: &T, left: T::Term, right: T::Term) -> (bool, bool) {
    match (terms.is_ground(left), terms.is_ground(right)) {
        (true, true) => return (true, true),
        (true, false) => return (false, true),
        (false, true) => return (true, false),
        (false, false) => {}
    }
    let mut balance = [0i32; MAX_VARIABLES];
    count(terms, left, 1, &mut balance);
    count(terms, right, -1, &mut balance);
    (balance.iter().all(|&b| b >= 0), balance.iter().all(|&b| b <= 0))
}

fn count<T: FirstOrder>(terms: &T, term: T::Term, by: i32, balance: &mut [i32; MAX_VARIABLES]) {
    let mut open = vec![term];
    while let Some(term) = open.pop() {
        if let Head::Variable(number) = terms.head(term) {
            balance[number as usize] += by;
        }
        open.extend(terms.arguments(term).iter().copied().filter(|&argument| !terms.is_ground(argument)));
    }
}
