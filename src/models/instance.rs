//! Instances of a statement in a structure: small values first, all of them where there are few, random ones after.

use super::Limits;
use super::code::{Code, CodeId, Compiler, TooLarge};
use super::machine::{Machine, Scope, Stuck, Truth};
use super::value::{Head, Value};
use prover_logic::{Store, Term, TermId};
use rand::Rng;
use std::sync::Arc;

/// Number of instances between two checks of the deadline.
const LOOK: usize = 4;
/// The part of the instances that is taken in order of size where there are too many for all, as a fraction.
const IN_ORDER: (usize, usize) = (2, 5);
/// Ways to give types to variables that are types.
const TYPINGS: usize = 3;

/// A binder at the front of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Binder {
    /// A variable, by its type.
    Variable(CodeId),
    /// A premise.
    Premise(CodeId),
}

/// A statement `[variables and premises -> conclusion]`, compiled.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub binders: Vec<Binder>,
    pub conclusion: CodeId,
    /// The whole of it.
    pub code: CodeId,
    /// Variables that a premise says to be equal to something.
    solved: Vec<(usize, CodeId, usize)>,
}

impl Prepared {
    /// Compiles a statement in normal form.
    pub fn new(machine: &mut Machine, store: &Store, statement: TermId) -> Result<Self, TooLarge> {
        let signature = machine.signature.clone();
        let code = Compiler::new(store, &signature, &mut machine.program).compile(statement)?;
        let (mut binders, mut solved, mut conclusion) = (Vec::new(), Vec::new(), code);
        let mut rest = statement;
        while let Term::Pi(_, body) = store.term(rest) {
            match machine.program.code(conclusion) {
                Code::All(domain, body) => {
                    binders.push(Binder::Variable(domain));
                    conclusion = body;
                }
                Code::Implies(premise, body) => {
                    if let Code::Equal(_, left, right) = machine.program.code(premise) {
                        for (side, other) in [(left, right), (right, left)] {
                            if let Code::Variable(place) = machine.program.code(side) {
                                solved.push((place as usize, other, binders.len()));
                            }
                        }
                    }
                    binders.push(Binder::Premise(premise));
                    conclusion = body;
                }
                _ => break,
            }
            rest = body;
        }
        Ok(Self { binders, conclusion, code, solved })
    }

    /// The number of premises.
    pub fn premises(&self) -> usize {
        self.binders.iter().filter(|binder| matches!(binder, Binder::Premise(_))).count()
    }
}

/// Counts of a statement's instances by their outcome.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Instances that meet the premises and are true.
    pub met: usize,
    /// Those in the intended structure, the first one examined.
    pub meant: Option<usize>,
    /// Instances of which a premise is false.
    pub vacuous: usize,
    /// Instances that could not be decided, with a reason.
    pub undecided: usize,
    pub why: Option<Stuck>,
    /// Whether a variable has a type without values.
    pub is_empty: bool,
    /// Whether there are no other instances.
    pub is_exhaustive: bool,
    /// Whether time was up.
    pub is_late: bool,
    /// For each premise, instances in which it alone is false and the conclusion is true, and whether there is one in
    /// which the conclusion is not.
    pub idle: Vec<(usize, bool)>,
}

impl Counts {
    /// No instances of a statement with this many premises.
    pub fn new(premises: usize) -> Self {
        Self { idle: vec![(0, false); premises], is_exhaustive: true, ..Self::default() }
    }
}

/// Judgement of one instance.
enum Judged {
    Fails,
    Other,
}

/// The values of the type of a variable.
#[derive(Clone)]
struct Typed {
    ty: Value,
    values: Arc<[Value]>,
    is_whole: bool,
}

/// Looks at instances of a statement in the current structure; the values of the binders of one that fails.
pub(super) fn falsify(
    machine: &mut Machine,
    statement: &Prepared,
    limits: &Limits,
    rng: &mut impl Rng,
    counts: &mut Counts,
) -> Option<Scope> {
    let goal = counts.met + limits.instances;
    let typings = typings(machine, statement);
    let share = (limits.attempts / typings.len()).max(1);
    counts.is_exhaustive &= typings.len() == 1 && !has_types(machine, statement);
    for typing in typings {
        let mut scope: Scope = typing;
        let Some(pools) = pools(machine, statement, &mut scope, counts) else { continue };
        let places: Vec<usize> = (0..pools.len()).filter(|&place| pools[place].is_some()).collect();
        let free: Vec<Typed> = pools.iter().flatten().cloned().collect();
        let all = free.iter().try_fold(1usize, |all, pool| all.checked_mul(pool.values.len()));
        let is_whole = free.iter().all(|pool| pool.is_whole) && all.is_some_and(|all| all <= share);
        counts.is_exhaustive &= is_whole;
        let sizes: Vec<usize> = free.iter().map(|pool| pool.values.len()).collect();
        let in_order = if is_whole { share } else { share * IN_ORDER.0 / IN_ORDER.1 };
        let mut tuples = Tuples::new(sizes);
        for attempt in 0..share {
            if attempt % LOOK == LOOK - 1 && limits.deadline.has_passed() {
                counts.is_late = true;
                counts.is_exhaustive = false;
                return None;
            }
            let tuple = if attempt < in_order { tuples.next() } else { None };
            match tuple {
                Some(tuple) => {
                    for ((&place, pool), &index) in places.iter().zip(&free).zip(tuple) {
                        scope[place] = pool.values[index];
                    }
                }
                None if is_whole => break,
                None => {
                    for (&place, pool) in places.iter().zip(&free) {
                        scope[place] = machine.random(pool.ty, rng).unwrap_or(pool.values[0]);
                    }
                    if attempt % 2 == 1 {
                        machine.steps = limits.steps;
                        for &(place, other, binders) in &statement.solved {
                            if let Ok(value) = machine.value(other, &scope[..binders]) {
                                scope[place] = value;
                            }
                        }
                    }
                }
            }
            machine.steps = limits.steps;
            if let Judged::Fails = judge(machine, statement, &scope, counts) {
                return Some(scope);
            }
            if counts.met >= goal && !is_whole {
                break;
            }
        }
    }
    None
}

fn judge(machine: &mut Machine, statement: &Prepared, scope: &Scope, counts: &mut Counts) -> Judged {
    let (mut number, mut failed, mut failures) = (0, None, 0);
    for (place, binder) in statement.binders.iter().enumerate() {
        let Binder::Premise(premise) = *binder else { continue };
        match machine.truth(premise, &scope[..place]) {
            Truth::True => {}
            Truth::False => {
                failures += 1;
                failed = failed.or(Some(number));
                if failures > 1 {
                    break;
                }
            }
            Truth::Unknown(stuck) => {
                // A premise that is false says enough.
                if failures == 0 {
                    counts.undecided += 1;
                    counts.why = counts.why.or(Some(stuck));
                    return Judged::Other;
                }
                failures += 1;
                break;
            }
        }
        number += 1;
    }
    if let Some(premise) = failed {
        counts.vacuous += 1;
        if failures == 1
            && let Some((known, is_needed)) = counts.idle.get_mut(premise)
            && !*is_needed
        {
            (*known, *is_needed) = match machine.truth(statement.conclusion, scope) {
                Truth::True => (*known + 1, false),
                Truth::False => (*known, true),
                Truth::Unknown(_) => (*known, false),
            };
        }
        return Judged::Other;
    }
    match machine.truth(statement.conclusion, scope) {
        Truth::True => counts.met += 1,
        Truth::False => return Judged::Fails,
        Truth::Unknown(stuck) => {
            counts.undecided += 1;
            counts.why = counts.why.or(Some(stuck));
        }
    }
    Judged::Other
}

fn is_type(machine: &Machine, binder: &Binder) -> bool {
    matches!(binder, Binder::Variable(domain) if machine.program.code(*domain) == Code::Type)
}

fn has_types(machine: &Machine, statement: &Prepared) -> bool {
    statement.binders.iter().any(|binder| is_type(machine, binder))
}

/// Scopes in which variables that are types have some.
fn typings(machine: &mut Machine, statement: &Prepared) -> Vec<Scope> {
    let count = statement.binders.len();
    if !has_types(machine, statement) {
        return vec![Scope::from_elem(Value::TRUE, count)];
    }
    let sort = machine.values.intern(Head::Type, &[]);
    let types = machine.pool(sort).values;
    (0..TYPINGS)
        .map(|first| {
            let mut next = 0;
            let typed = statement.binders.iter().map(|binder| {
                if !is_type(machine, binder) {
                    return Value::TRUE;
                }
                next += 1;
                // The same type for all, then different ones.
                types[if first < 2 { first } else { next - 1 } % types.len()]
            });
            typed.collect()
        })
        .collect()
}

/// The values of the type of each variable that is none itself; `None` where one of them has no values.
fn pools(
    machine: &mut Machine,
    statement: &Prepared,
    scope: &mut Scope,
    counts: &mut Counts,
) -> Option<Vec<Option<Typed>>> {
    let mut pools = Vec::with_capacity(statement.binders.len());
    for (place, binder) in statement.binders.iter().enumerate() {
        let Binder::Variable(domain) = *binder else {
            pools.push(None);
            continue;
        };
        if is_type(machine, binder) {
            pools.push(None);
            continue;
        }
        machine.steps = 10_000;
        let ty = match machine.value(domain, &scope[..place]) {
            Ok(ty) => ty,
            Err(stuck) => {
                counts.undecided += 1;
                counts.is_exhaustive = false;
                counts.why = counts.why.or(Some(stuck));
                return None;
            }
        };
        let pool = machine.pool(ty);
        if pool.values.is_empty() {
            if pool.is_whole {
                counts.is_empty = true;
            } else {
                counts.undecided += 1;
                counts.is_exhaustive = false;
                counts.why = counts.why.or(Some(Stuck::Meaning(None)));
            }
            return None;
        }
        pools.push(Some(Typed { ty, values: pool.values, is_whole: pool.is_whole }));
    }
    Some(pools)
}

/// Tuples of places in pools, those with the least sum first.
struct Tuples {
    sizes: Vec<usize>,
    sum: usize,
    tuple: Option<Vec<usize>>,
}

impl Tuples {
    fn new(sizes: Vec<usize>) -> Self {
        Self { sizes, sum: 0, tuple: None }
    }

    /// The next tuple, if there is one.
    fn next(&mut self) -> Option<&[usize]> {
        let most: usize = self.sizes.iter().map(|size| size - 1).sum();
        let next = match self.tuple.take() {
            None => first(&self.sizes, 0),
            Some(tuple) => following(&self.sizes, tuple).or_else(|| {
                self.sum += 1;
                if self.sum <= most { first(&self.sizes, self.sum) } else { None }
            }),
        };
        if next.is_none() {
            // Nothing comes after the last.
            self.sum = most + 1;
            return None;
        }
        self.tuple = next;
        self.tuple.as_deref()
    }
}

/// The first tuple of a sum: as much as possible in the last places.
fn first(sizes: &[usize], mut sum: usize) -> Option<Vec<usize>> {
    let mut tuple = vec![0; sizes.len()];
    for (place, size) in sizes.iter().enumerate().rev() {
        tuple[place] = sum.min(size - 1);
        sum -= tuple[place];
    }
    (sum == 0).then_some(tuple)
}

/// The tuple of the same sum after another one.
fn following(sizes: &[usize], mut tuple: Vec<usize>) -> Option<Vec<usize>> {
    let mut rest = 0;
    for place in (0..sizes.len()).rev() {
        if rest > 0 && tuple[place] + 1 < sizes[place] {
            tuple[place] += 1;
            let tail = first(&sizes[place + 1..], rest - 1)?;
            tuple[place + 1..].copy_from_slice(&tail);
            return Some(tuple);
        }
        rest += tuple[place];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_come_once_each_in_order_of_their_sum() {
        let mut tuples = Tuples::new(vec![3, 1, 4]);
        let mut found = Vec::new();
        while let Some(tuple) = tuples.next() {
            found.push(tuple.to_vec());
        }
        assert_eq!(found.len(), 12);
        assert!(found.is_sorted_by_key(|tuple| tuple.iter().sum::<usize>()));
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 12);
        assert_eq!(Tuples::new(Vec::new()).next(), Some(&[][..]));
    }
}
