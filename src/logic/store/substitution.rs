//! Walks over terms: values for loose indices, locals turned into loose indices, binders put around a term.

use super::{KEPT_MEMO, Memo, Store};
use crate::term::{Term, TermId, grow};
use rustc_hash::FxHashMap;

/// Walks remember results for subterms higher than this; a lower one has at most 2^6 nodes even written out as a tree,
/// and walking it again costs less than remembering it.
const REMEMBERED_HEIGHT: u32 = 6;

/// The same for a recursion that goes no deeper than `height`; where that is little, the stack is known to suffice.
#[inline]
fn grow_for<R>(height: u32, step: impl FnOnce() -> R) -> R {
    if height > REMEMBERED_HEIGHT { grow(step) } else { step() }
}

impl Store {
    /// Replaces the loose indices `0..values.len()` of a term: index `i` by `values[len - 1 - i]` (so `values` is in
    /// the order of the binders, outermost first), and lowers the greater ones by `values.len()`. Values may have loose
    /// indices of their own; they are lifted over the binders that they come to stand under.
    #[inline]
    pub fn instantiate(&mut self, id: TermId, values: &[TermId]) -> TermId {
        if values.is_empty() || self.loose(id) == 0 {
            return id;
        }
        let count = values.len() as u32;
        self.map_loose(id, &mut |store, index, depth| {
            let outer = index - depth;
            if outer < count {
                store.lift(values[(count - 1 - outer) as usize], depth)
            } else {
                store.bound(index - count)
            }
        })
    }

    /// Raises the loose indices of a term by `by`, as when it moves under that many more binders.
    #[inline]
    pub fn lift(&mut self, id: TermId, by: u32) -> TermId {
        if by == 0 || self.loose(id) == 0 {
            return id;
        }
        self.map_loose(id, &mut |store, index, _| store.bound(index + by))
    }

    /// Replaces each loose index: `replace(store, index, depth)` gets the index as it stands and the number of binders
    /// of the term around it.
    fn map_loose(&mut self, id: TermId, replace: &mut dyn FnMut(&mut Store, u32, u32) -> TermId) -> TermId {
        self.walk(|store, memo| store.map_loose_at(id, 0, replace, memo))
    }

    /// Lends a walk the memo.
    fn walk(&mut self, walk: impl FnOnce(&mut Self, &mut Memo) -> TermId) -> TermId {
        // A walk within a walk gets another one.
        let mut memo = std::mem::take(&mut self.memo);
        let result = walk(self, &mut memo);
        if memo.capacity() <= KEPT_MEMO {
            memo.clear();
            self.memo = memo;
        }
        result
    }

    fn map_loose_at(
        &mut self,
        id: TermId,
        depth: u32,
        replace: &mut dyn FnMut(&mut Store, u32, u32) -> TermId,
        memo: &mut Memo,
    ) -> TermId {
        let (term, facts) = *self.entry(id);
        if facts.loose <= depth || !self.visit() {
            return id;
        }
        if let Term::Bound(index) = term {
            return replace(self, index, depth);
        }
        let remember = facts.height > REMEMBERED_HEIGHT;
        if remember && let Some(&done) = memo.get(&(id, depth)) {
            return done;
        }
        let result = grow_for(facts.height, || match term {
            Term::App(function, argument) => {
                let function = self.map_loose_at(function, depth, replace, memo);
                let argument = self.map_loose_at(argument, depth, replace, memo);
                self.app(function, argument)
            }
            Term::Lambda(domain, body) => {
                let domain = self.map_loose_at(domain, depth, replace, memo);
                let body = self.map_loose_at(body, depth + 1, replace, memo);
                self.lambda(domain, body)
            }
            Term::Pi(domain, body) => {
                let domain = self.map_loose_at(domain, depth, replace, memo);
                let body = self.map_loose_at(body, depth + 1, replace, memo);
                self.pi(domain, body)
            }
            // Sorts, constants and locals have no loose index, bound variables are handled above.
            _ => id,
        });
        if remember {
            memo.insert((id, depth), result);
        }
        result
    }

    /// Turns locals into loose indices, so that binders can be put around the term: `locals` are terms that are
    /// [`Term::Local`]s in the order of the binders, outermost first; loose indices that the term has already are
    /// raised by their number.
    pub fn abstract_locals(&mut self, id: TermId, locals: &[TermId]) -> TermId {
        self.abstract_first(id, Closing { order: &Order::of(locals), count: locals.len() as u32 })
    }

    fn abstract_first(&mut self, id: TermId, closing: Closing<'_>) -> TermId {
        if closing.count == 0 {
            return id;
        }
        self.walk(|store, memo| store.abstract_at(id, 0, closing, memo))
    }

    fn abstract_at(&mut self, id: TermId, depth: u32, closing: Closing<'_>, memo: &mut Memo) -> TermId {
        let Closing { order, count } = closing;
        let (term, facts) = *self.entry(id);
        if (facts.locals == 0 && facts.loose <= depth) || !self.visit() {
            return id;
        }
        match term {
            Term::Local { .. } => {
                return match order.place(id) {
                    Some(place) if place < count => self.bound(count - 1 - place + depth),
                    _ => id,
                };
            }
            Term::Bound(index) => return self.bound(if index >= depth { index + count } else { index }),
            _ => {}
        }
        let remember = facts.height > REMEMBERED_HEIGHT;
        if remember && let Some(&done) = memo.get(&(id, depth)) {
            return done;
        }
        let result = grow_for(facts.height, || match term {
            Term::App(function, argument) => {
                let function = self.abstract_at(function, depth, closing, memo);
                let argument = self.abstract_at(argument, depth, closing, memo);
                self.app(function, argument)
            }
            Term::Lambda(domain, body) => {
                let domain = self.abstract_at(domain, depth, closing, memo);
                let body = self.abstract_at(body, depth + 1, closing, memo);
                self.lambda(domain, body)
            }
            Term::Pi(domain, body) => {
                let domain = self.abstract_at(domain, depth, closing, memo);
                let body = self.abstract_at(body, depth + 1, closing, memo);
                self.pi(domain, body)
            }
            _ => id,
        });
        if remember {
            memo.insert((id, depth), result);
        }
        result
    }

    /// Puts binders over locals around a term, the first local outermost. The types of later locals may mention
    /// earlier ones.
    fn close(&mut self, body: TermId, locals: &[TermId], binder: fn(TermId, TermId) -> Term) -> TermId {
        let order = Order::of(locals);
        let mut result = self.abstract_first(body, Closing { order: &order, count: locals.len() as u32 });
        for (place, &local) in locals.iter().enumerate().rev() {
            if let Term::Local { ty, .. } = self.term(local) {
                let domain = self.abstract_first(ty, Closing { order: &order, count: place as u32 });
                result = self.intern(binder(domain, result));
            }
        }
        result
    }

    /// `[(x : A) -> (y : B) -> ... -> body]` for the locals `x, y, ...`.
    pub fn close_pi(&mut self, body: TermId, locals: &[TermId]) -> TermId {
        self.close(body, locals, Term::Pi)
    }

    /// `lambda (x : A, y : B, ...) body` for the locals `x, y, ...`.
    pub fn close_lambda(&mut self, body: TermId, locals: &[TermId]) -> TermId {
        self.close(body, locals, Term::Lambda)
    }
}

/// The locals that become loose indices: the first `count` in the order of binders.
#[derive(Clone, Copy)]
struct Closing<'a> {
    order: &'a Order<'a>,
    count: u32,
}

/// The place of each local in the order of binders, the outermost first.
struct Order<'a> {
    locals: &'a [TermId],
    /// Empty where the locals are so few that looking through them is faster.
    places: FxHashMap<TermId, u32>,
}

impl<'a> Order<'a> {
    fn of(locals: &'a [TermId]) -> Self {
        let listed = if locals.len() > 8 { locals } else { &[] };
        Self { locals, places: listed.iter().zip(0..).map(|(&local, place)| (local, place)).collect() }
    }

    fn place(&self, local: TermId) -> Option<u32> {
        if self.places.is_empty() {
            return self.locals.iter().rposition(|&known| known == local).map(|place| place as u32);
        }
        self.places.get(&local).copied()
    }
}
