//! Termination of recursion: the criterion that arguments get smaller, for calls from any source.
//!
//! The size-change principle (C. S. Lee, N. D. Jones, A. M. Ben-Amram, *The size-change principle for program
//! termination*, 2001): of a call it is known which of its arguments are the same as one of its caller, or smaller.
//! Calls that follow each other compose. If there were an endless sequence of calls, then by Ramsey's theorem from some
//! place on it would consist of stretches that all compose to one and the same call of a function by itself, which
//! composed with itself is itself again. So it is enough that each such call makes some argument smaller in its own
//! place: that argument would get smaller without end.

use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// The steps that composing calls may take, in relations looked at; less than a second.
pub const MAX_COMPOSED: u64 = 500_000;

/// A call of one of several functions by one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Call {
    /// The function that calls.
    pub caller: usize,
    /// The function that is called.
    pub callee: usize,
    /// For an argument of the call and one of its caller that it is compared with, whether it is smaller; it is the
    /// same otherwise. Of pairs that are not here nothing is known.
    pub relations: BTreeMap<(usize, usize), bool>,
}

/// Calls that cannot be seen to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endless {
    /// These calls, given by their places, can follow each other in a circle, and no argument gets smaller by that.
    Circle(Vec<usize>),
    /// There are too many ways in which calls can follow each other.
    TooMany,
}

impl Call {
    /// Notes that an argument is smaller than one of the caller, or the same.
    pub fn relate(&mut self, argument: usize, of: usize, is_smaller: bool) {
        *self.relations.entry((argument, of)).or_default() |= is_smaller;
    }

    /// The call that comes of this one and one that its callee makes.
    fn then(&self, next: &Call) -> Call {
        let mut both = Call { caller: self.caller, callee: next.callee, relations: BTreeMap::new() };
        for (&(argument, middle), &is_smaller) in &next.relations {
            for (&(_, of), &was_smaller) in self.relations.range((middle, 0)..=(middle, usize::MAX)) {
                both.relate(argument, of, is_smaller || was_smaller);
            }
        }
        both
    }

    fn work(&self) -> u64 {
        1 + self.relations.len() as u64
    }
}

/// Requires that no endless sequence of calls is possible, as far as their relations tell.
pub fn require_end(calls: &[Call]) -> Result<(), Endless> {
    // Each sequence of calls, composed: one of a lesser place, or none, and a call.
    let mut composed: Vec<(Call, Option<usize>, usize)> = Vec::new();
    let mut seen: FxHashSet<Call> = FxHashSet::default();
    for (place, call) in calls.iter().enumerate() {
        if seen.insert(call.clone()) {
            composed.push((call.clone(), None, place));
        }
    }
    let (mut index, mut left) = (0, MAX_COMPOSED);
    while let Some((call, ..)) = composed.get(index) {
        let call = call.clone();
        if call.caller == call.callee
            && !call.relations.iter().any(|(&(argument, of), &is_smaller)| argument == of && is_smaller)
            && call.then(&call) == call
        {
            return Err(Endless::Circle(circle(&composed, index)));
        }
        for (place, next) in calls.iter().enumerate() {
            left = left.checked_sub(1).ok_or(Endless::TooMany)?;
            if next.caller != call.callee {
                continue;
            }
            left = left.checked_sub(call.work() * next.work()).ok_or(Endless::TooMany)?;
            let both = call.then(next);
            if seen.insert(both.clone()) {
                composed.push((both, Some(index), place));
            }
        }
        index += 1;
    }
    Ok(())
}

/// The calls of which one is composed.
fn circle(composed: &[(Call, Option<usize>, usize)], last: usize) -> Vec<usize> {
    let mut places = Vec::new();
    let mut next = Some(last);
    while let Some((_, before, place)) = next.and_then(|index| composed.get(index)) {
        places.push(*place);
        next = *before;
    }
    places.reverse();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(caller: usize, callee: usize, relations: &[(usize, usize, bool)]) -> Call {
        let mut call = Call { caller, callee, ..Call::default() };
        relations.iter().for_each(|&(argument, of, is_smaller)| call.relate(argument, of, is_smaller));
        call
    }

    #[test]
    fn circles_are_found() {
        let ends = |calls: &[Call]| require_end(calls);
        // Ackermann's function, and arguments that change places.
        assert_eq!(ends(&[call(0, 0, &[(0, 0, true)]), call(0, 0, &[(0, 0, false), (1, 1, true)])]), Ok(()));
        assert_eq!(ends(&[call(0, 0, &[(0, 1, false), (1, 0, true)])]), Ok(()));
        assert_eq!(ends(&[call(0, 0, &[(0, 1, false), (1, 0, false)])]), Err(Endless::Circle(vec![0, 0])));
        assert_eq!(ends(&[call(0, 0, &[(0, 0, true)]), call(0, 0, &[(1, 1, true)])]), Err(Endless::Circle(vec![0, 1])));
        // Two functions: it is enough that one of the calls makes it smaller, but not that an argument does which the
        // other one forgets.
        assert_eq!(ends(&[call(0, 1, &[(0, 0, false)]), call(1, 0, &[(0, 0, true)])]), Ok(()));
        assert_eq!(
            ends(&[call(0, 1, &[(0, 0, false)]), call(1, 0, &[(0, 0, false)])]),
            Err(Endless::Circle(vec![0, 1]))
        );
        assert_eq!(
            ends(&[call(0, 1, &[(0, 0, true), (1, 1, false)]), call(1, 0, &[(1, 1, false)])]),
            Err(Endless::Circle(vec![0, 1]))
        );
    }

    #[test]
    fn work_is_bounded() {
        // All ways to forget one of many arguments and make another one smaller.
        let calls: Vec<Call> = (0..24)
            .map(|gone| {
                let kept = (0..24).filter(|&place| place != gone);
                let relations: Vec<_> = kept.map(|place| (place, place, place == (gone + 1) % 24)).collect();
                call(0, 0, &relations)
            })
            .collect();
        assert!(matches!(require_end(&calls), Err(Endless::TooMany | Endless::Circle(_))));
        let permuted: Vec<Call> = (0..9)
            .map(|place| {
                let swap = |argument: usize| {
                    if argument == place {
                        9
                    } else if argument == 9 {
                        place
                    } else {
                        argument
                    }
                };
                call(0, 0, &(0..10).map(|argument| (argument, swap(argument), true)).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(require_end(&permuted), Err(Endless::TooMany));
    }
}
