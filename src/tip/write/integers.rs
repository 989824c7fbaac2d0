//! Recursion on integers under a comparison whose sides come closer in each call.

use super::clauses::Clause;
use super::*;

/// An integer: a number and a multiple of each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Linear {
    pub constant: i64,
    pub of: BTreeMap<Variable, i64>,
}

impl Linear {
    fn plus(mut self, other: &Linear, times: i64) -> Linear {
        self.constant = self.constant.saturating_add(other.constant.saturating_mul(times));
        for (&variable, &count) in &other.of {
            let sum = self.of.entry(variable).or_default();
            *sum = sum.saturating_add(count.saturating_mul(times));
        }
        self.of.retain(|_, count| *count != 0);
        self
    }
}

impl Writer {
    /// An integer of arguments, by their places, that is positive at each call, by a comparison, and less in the call.
    pub(super) fn integer_measure(&mut self, at: usize, symbol: Symbol, clauses: &[Clause]) -> Result<Option<Linear>> {
        // By the places of arguments that are integers, and variables in all clauses.
        let given = self.symbols[symbol].given();
        let is_integer = |place: usize| {
            given[place] == Ty::named("Int") && clauses.iter().all(|clause| is_variable(&clause.patterns[place]))
        };
        let places: Vec<usize> = (0..given.len()).filter(|&place| is_integer(place)).collect();
        let mut chosen: Option<Linear> = None;
        for clause in clauses {
            let of_variables: BTreeMap<Variable, usize> = places
                .iter()
                .filter_map(|&place| match clause.patterns[place].term {
                    Term::Variable(variable) => Some((variable, place)),
                    _ => None,
                })
                .collect();
            self.copy(at, clause.body.size)?;
            let mut found = Vec::new();
            self.guarded(&clause.body, symbol, &mut Vec::new(), &mut found);
            for (call, guards) in found {
                self.copy(at, guards.len() as u64 * (1 + places.len() as u64))?;
                let Term::Apply(_, _, arguments) = &call.term else { return Ok(None) };
                let mut values = BTreeMap::new();
                for &place in &places {
                    let value = arguments.get(place).and_then(|argument| self.linear(argument));
                    values.insert(place, value.and_then(|value| by_place(&value, &of_variables)));
                }
                let decreases = |guard: &Linear| {
                    let mut after = Linear { constant: guard.constant, of: BTreeMap::new() };
                    for (place, &times) in &guard.of {
                        let Some(Some(value)) = values.get(place) else { return false };
                        after = after.plus(value, times);
                    }
                    let change = guard.clone().plus(&after, -1);
                    change.of.is_empty() && change.constant >= 1
                };
                let mut guards = guards.iter().filter_map(|guard| by_place(guard, &of_variables));
                let guard = match &chosen {
                    Some(chosen) => guards.find(|guard| guard == chosen && decreases(guard)),
                    None => guards.find(decreases),
                };
                match guard {
                    Some(guard) => chosen = Some(guard),
                    None => return Ok(None),
                }
            }
        }
        // Under the comparison it is at least 0; the measure is at least 1.
        let one = Linear { constant: 1, of: BTreeMap::new() };
        Ok(chosen.map(|guard| guard.plus(&one, 1)))
    }

    /// The calls of a function, each with integers that are not negative where it stands.
    fn guarded<'a>(
        &self,
        term: &'a Shared,
        symbol: Symbol,
        guards: &mut Vec<Linear>,
        found: &mut Vec<(&'a Shared, Vec<Linear>)>,
    ) {
        if let Term::Apply(head, _, arguments) = &term.term {
            if *head == symbol {
                found.push((term, guards.clone()));
            }
            if let [condition, yes, no] = &arguments[..]
                && self.operations.get("ite") == Some(head)
            {
                self.guarded(condition, symbol, guards, found);
                for (branch, is_true) in [(yes, true), (no, false)] {
                    let guard = self.guard(condition, is_true);
                    let depth = guards.len();
                    guards.extend(guard);
                    self.guarded(branch, symbol, guards, found);
                    guards.truncate(depth);
                }
                return;
            }
        }
        term.term.parts().into_iter().for_each(|part| self.guarded(part, symbol, guards, found));
    }

    /// The integer that is not negative where a comparison holds, or where it does not.
    fn guard(&self, condition: &Node, is_true: bool) -> Option<Linear> {
        let Term::Apply(symbol, _, arguments) = &condition.term else { return None };
        let [left, right] = &arguments[..] else { return None };
        let is = |name: &str| self.operations.get(name) == Some(symbol);
        // Whether it says that `left` is at most `right`, or less; the reverse where it does not hold.
        let (left, right, is_strict) = if is("<=") {
            (left, right, false)
        } else if is("<") {
            (left, right, true)
        } else if is(">=") {
            (right, left, false)
        } else if is(">") {
            (right, left, true)
        } else {
            return None;
        };
        let (left, right, is_strict) = if is_true { (left, right, is_strict) } else { (right, left, !is_strict) };
        let mut difference = self.linear(right)?.plus(&self.linear(left)?, -1);
        difference.constant -= i64::from(is_strict);
        Some(difference)
    }

    fn linear(&self, term: &Node) -> Option<Linear> {
        match &term.term {
            Term::Variable(variable) => Some(Linear { constant: 0, of: BTreeMap::from([(*variable, 1)]) }),
            Term::Numeral(value) => Some(Linear { constant: i64::try_from(*value).ok()?, of: BTreeMap::new() }),
            Term::Apply(symbol, _, arguments) => {
                let is = |name: &str| self.operations.get(name) == Some(symbol);
                match &arguments[..] {
                    [left, right] if is("+") => Some(self.linear(left)?.plus(&self.linear(right)?, 1)),
                    [left, right] if is("-") => Some(self.linear(left)?.plus(&self.linear(right)?, -1)),
                    [value] if is("negate") => Some(Linear::default().plus(&self.linear(value)?, -1)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn is_variable(term: &Node) -> bool {
    matches!(term.term, Term::Variable(_))
}

/// An integer by the places of arguments in the place of variables, if it has no others.
fn by_place(linear: &Linear, places: &BTreeMap<Variable, usize>) -> Option<Linear> {
    let of = linear.of.iter().map(|(variable, &times)| Some((*places.get(variable)?, times)));
    Some(Linear { constant: linear.constant, of: of.collect::<Option<_>>()? })
}
