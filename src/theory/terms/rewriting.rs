//! Replacing equals by equals: the proof terms of `rewrite`.

use super::equation::Equation;
use super::matching::replace;
use prover_logic::{Environment, KernelError, Store, Term, TermId};
use rustc_hash::{FxHashMap, FxHashSet};

/// Locals of this number mark the place of a rewrite; no script uses it (see [`OPENED`](super::matching::OPENED)).
const HOLE: u32 = super::matching::OPENED;

/// The occurrences of a part that are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// All of them.
    All,
    /// One, counted from 0 from left to right.
    Nth(u8),
}

/// The number of occurrences of `part` in `whole`, counted up to `limit`.
pub fn count_occurrences(store: &Store, whole: TermId, part: TermId, limit: usize) -> usize {
    let mut count = 0;
    let mut open = vec![whole];
    while let Some(id) = open.pop() {
        if count >= limit {
            break;
        }
        if id == part {
            count += 1;
        } else if store.height(id) > store.height(part) {
            match store.term(id) {
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
                _ => {}
            }
        }
    }
    count
}

/// The number of applications, binders and leaves of a term written out as a tree, counted up to `limit`.
pub fn tree_size(store: &Store, whole: TermId, limit: u32) -> u32 {
    let mut count = 0;
    let mut open = vec![whole];
    while let Some(id) = open.pop()
        && count < limit
    {
        count += 1;
        match store.term(id) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            _ => {}
        }
    }
    count
}

/// `whole` with each single occurrence of `part` replaced by `by`, at most `limit` of them, from left to right.
pub fn replace_each(store: &mut Store, whole: TermId, part: TermId, by: TermId, limit: usize) -> Vec<TermId> {
    let mut replaced = Vec::new();
    let mut absent = FxHashSet::default();
    occurrences(store, whole, &Wanted { part, hole: by, limit }, &mut absent, &mut replaced);
    replaced
}

/// A proposition with a place (or several) taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// The proposition as a function of the term in the place.
    pub motive: TermId,
    body: TermId,
    hole: TermId,
}

impl Context {
    fn new(store: &mut Store, body: TermId, hole: TermId) -> Self {
        Self { motive: store.close_lambda(body, &[hole]), body, hole }
    }

    /// The proposition with `filling` in the place.
    pub fn fill(&self, store: &mut Store, filling: TermId) -> TermId {
        replace(store, self.body, self.hole, filling)
    }

    /// All occurrences of `part` (without loose indices, of type `ty`) taken out of `whole`; `None` if there is none.
    pub fn all(store: &mut Store, whole: TermId, part: TermId, ty: TermId) -> Option<Self> {
        let hole = store.local(HOLE, ty);
        let body = replace(store, whole, part, hole);
        (body != whole).then(|| Self::new(store, body, hole))
    }

    /// Each single occurrence of `part` taken out of `whole`, at most `limit` of them.
    pub fn each(store: &mut Store, whole: TermId, part: TermId, ty: TermId, limit: usize) -> Vec<Self> {
        let hole = store.local(HOLE, ty);
        let bodies = replace_each(store, whole, part, hole, limit);
        bodies.into_iter().map(|body| Self::new(store, body, hole)).collect()
    }

    /// The occurrences that a [`Place`] names taken out of `whole`; `None` if there are none.
    pub fn at(store: &mut Store, whole: TermId, part: TermId, ty: TermId, place: Place) -> Option<Self> {
        match place {
            Place::All => Self::all(store, whole, part, ty),
            Place::Nth(n) => Self::each(store, whole, part, ty, n as usize + 1).into_iter().nth(n as usize),
        }
    }

    /// The occurrences of an equation's left side to be rewritten in one line `by rewrite` of a script: all of them, or
    /// the first one only, where in the result they could not be told from earlier occurrences of its right side; and
    /// that result. `None` if there is none.
    pub fn in_one_line(store: &mut Store, whole: TermId, equation: &Equation) -> Option<(Self, TermId)> {
        let all = Self::all(store, whole, equation.left, equation.ty)?;
        let result = all.fill(store, equation.right);
        if replace(store, result, equation.right, equation.left) == whole {
            return Some((all, result));
        }
        let first = Self::each(store, whole, equation.left, equation.ty, 1).into_iter().next()?;
        Some((first, first.fill(store, equation.right)))
    }

    /// The places where two propositions differ, if at each of them `from` holds the equation's left side and `to` its
    /// right side; `None` if they differ otherwise or nowhere.
    pub fn difference(store: &mut Store, from: TermId, to: TermId, equation: &Equation) -> Option<Self> {
        let hole = store.local(HOLE, equation.ty);
        let body = Comparison { equation, hole, known: FxHashMap::default() }.common(store, from, to)?;
        (body != from).then(|| Self::new(store, body, hole))
    }
}

fn grow<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, step)
}

/// The search of [`occurrences`]: for `part`, replaced by `hole`, at most `limit` times.
struct Wanted {
    part: TermId,
    hole: TermId,
    limit: usize,
}

/// Terms with one occurrence replaced. `absent` remembers subterms without any, since a shared term is met many times.
fn occurrences(
    store: &mut Store,
    whole: TermId,
    wanted: &Wanted,
    absent: &mut FxHashSet<TermId>,
    out: &mut Vec<TermId>,
) {
    if out.len() >= wanted.limit {
        return;
    }
    if whole == wanted.part {
        out.push(wanted.hole);
        return;
    }
    if store.height(whole) <= store.height(wanted.part) || absent.contains(&whole) {
        return;
    }
    let (a, b, rebuild): (TermId, TermId, fn(TermId, TermId) -> Term) = match store.term(whole) {
        Term::App(a, b) => (a, b, Term::App),
        Term::Lambda(a, b) => (a, b, Term::Lambda),
        Term::Pi(a, b) => (a, b, Term::Pi),
        _ => return,
    };
    grow(|| {
        let start = out.len();
        occurrences(store, a, wanted, absent, out);
        let middle = out.len();
        occurrences(store, b, wanted, absent, out);
        if out.len() == start {
            absent.insert(whole);
        }
        for (i, body) in out.iter_mut().enumerate().skip(start) {
            *body = store.intern(if i < middle { rebuild(*body, b) } else { rebuild(a, *body) });
        }
    });
}

/// The comparison of two terms that may differ by the sides of an equation.
struct Comparison<'a> {
    equation: &'a Equation,
    /// The term that is put in the places where they do.
    hole: TermId,
    /// By pair of terms, their common form with holes; `None` if they differ otherwise.
    known: FxHashMap<(TermId, TermId), Option<TermId>>,
}

impl Comparison<'_> {
    fn common(&mut self, store: &mut Store, from: TermId, to: TermId) -> Option<TermId> {
        if from == to {
            return Some(from);
        }
        if from == self.equation.left && to == self.equation.right {
            return Some(self.hole);
        }
        if let Some(&found) = self.known.get(&(from, to)) {
            return found;
        }
        let (a, b, c, d, rebuild): (_, _, _, _, fn(TermId, TermId) -> Term) = match (store.term(from), store.term(to)) {
            (Term::App(a, b), Term::App(c, d)) => (a, b, c, d, Term::App),
            (Term::Lambda(a, b), Term::Lambda(c, d)) => (a, b, c, d, Term::Lambda),
            (Term::Pi(a, b), Term::Pi(c, d)) => (a, b, c, d, Term::Pi),
            _ => return None,
        };
        let found = grow(|| {
            let left = self.common(store, a, c)?;
            let right = self.common(store, b, d)?;
            Some(store.intern(rebuild(left, right)))
        });
        self.known.insert((from, to), found);
        found
    }
}

/// The pairs of subterms without loose indices, one of each proposition, that must be equal for the propositions to
/// differ at one place only: along the path to that place, outermost first. Empty if they differ at several places.
pub fn single_difference(store: &Store, mut from: TermId, mut to: TermId) -> Vec<(TermId, TermId)> {
    let mut pairs = Vec::new();
    while from != to {
        if store.loose(from) == 0 && store.loose(to) == 0 {
            pairs.push((from, to));
        }
        let (a, b, c, d) = match (store.term(from), store.term(to)) {
            (Term::App(a, b), Term::App(c, d))
            | (Term::Lambda(a, b), Term::Lambda(c, d))
            | (Term::Pi(a, b), Term::Pi(c, d)) => (a, b, c, d),
            _ => break,
        };
        match (a == c, b == d) {
            (true, _) => (from, to) = (b, d),
            (_, true) => (from, to) = (a, c),
            // Both halves differ: only an equation between these very terms, or larger ones, explains it.
            _ => break,
        }
    }
    pairs
}

/// The distinct subterms without loose indices of a term, the term itself included, outermost first.
pub fn closed_subterms(store: &Store, whole: TermId) -> Vec<TermId> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    let mut open = vec![whole];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        if store.loose(id) == 0 {
            found.push(id);
        }
        match store.term(id) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([b, a]),
            _ => {}
        }
    }
    found
}

/// Whether a local occurs in a term.
pub fn mentions_local(store: &Store, whole: TermId, local: TermId) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![whole];
    while let Some(id) = open.pop() {
        if id == local {
            return true;
        }
        if store.local_bound(id) == 0 || !seen.insert(id) {
            continue;
        }
        match store.term(id) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            Term::Local { ty, .. } => open.push(ty),
            _ => {}
        }
    }
    false
}

/// Checks that a rewritten proposition still makes sense: the motive must be well typed, which it need not be where a
/// type depends on the rewritten term.
pub fn motive_is_typed(environment: &mut Environment, motive: TermId) -> Result<bool, KernelError> {
    match environment.infer(motive) {
        Ok(_) => Ok(true),
        Err(error @ (KernelError::BudgetExhausted | KernelError::TooDeep)) => Err(error),
        Err(_) => Ok(false),
    }
}
