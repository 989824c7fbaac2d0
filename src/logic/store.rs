//! The store of terms: each distinct term is kept once (hash-consing).
//!
//! Equal terms, up to the names of binders, which are not kept, have equal indices. Beside each term are kept the
//! properties that would otherwise take a walk: its greatest loose index, its height, its locals, its head, whether it
//! has a redex. `substitution` has the walks that substitute values for variables and put binders around terms.

mod substitution;

use super::term::{ConstId, Sort, Term, TermId};
use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The properties that are kept beside each term.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// One more than the greatest loose index; 0 when there is none.
    loose: u32,
    /// Longest path from the term to a leaf.
    height: u32,
    /// One more than the greatest number of a local inside (types of locals included); 0 when there is none.
    locals: u32,
    /// The head of an application; of any other term, the term itself.
    head: TermId,
    /// Whether a lambda is applied to an argument anywhere inside, the types of locals excepted.
    redex: bool,
}

/// The number of the next store made.
static NEXT_STORE: AtomicU64 = AtomicU64::new(1);

fn new_identity() -> u64 {
    NEXT_STORE.fetch_add(1, Ordering::Relaxed)
}

/// Keeps each distinct term once. A store may continue a shared one, whose terms keep their indices.
///
/// An index means the same term as long as its store lives, or until its environment [gives
/// back](super::Environment::collect) the memory of its term. Every store has a number of its own, and an environment
/// refuses to work with another store than the one that it was made with: in a store put in the place of its own, an
/// index would mean something else.
///
/// A store counts the work that is done in it. Where its environment has set a limit, a walk over a term stops there,
/// and its result is a term, but not the right one; the environment then refuses everything until it is given a new
/// limit. So no single substitution can take more time or memory than the limit allows.
#[derive(Debug)]
pub struct Store {
    identity: u64,
    base: Option<Arc<Store>>,
    offset: u32,
    terms: Vec<(Term, Facts)>,
    index: HashTable<(Term, TermId)>,
    /// The memo table of a walk, empty between walks.
    memo: Memo,
    /// The nodes that walks have looked at, the terms made, and the steps taken by the environment, since the
    /// beginning.
    work: u64,
    /// The work at which walks stop.
    limit: u64,
    /// Whether a walk has stopped.
    cut: bool,
}

/// The results of a walk, by subterm and number of binders around it.
type Memo = FxHashMap<(TermId, u32), TermId>;

/// The terms for which a store has room that continues another.
const ROOM: usize = 1 << 12;

/// A memo with more room than this is not kept.
const KEPT_MEMO: usize = 1 << 12;

/// The work that a new term counts for, apart from the look at its node: about as much time as that of this many looks,
/// and memory.
const NEW_TERM: u64 = 2;

impl Default for Store {
    fn default() -> Self {
        Self {
            identity: new_identity(),
            base: None,
            offset: 0,
            terms: Vec::new(),
            index: HashTable::new(),
            memo: Memo::default(),
            work: 0,
            limit: u64::MAX,
            cut: false,
        }
    }
}

impl Store {
    /// A copy, which is another store from now on: for [`Environment`](super::Environment), which takes it for its own.
    pub(super) fn copy(&self) -> Self {
        Self {
            identity: new_identity(),
            base: self.base.clone(),
            offset: self.offset,
            terms: self.terms.clone(),
            index: self.index.clone(),
            memo: Memo::default(),
            ..*self
        }
    }

    /// The number that no other store has.
    pub(super) fn identity(&self) -> u64 {
        self.identity
    }

    /// A store that continues `base`: its terms are visible here, new ones are kept here.
    pub fn over(base: Arc<Store>) -> Self {
        let offset = base.len() as u32;
        let (terms, index) = (Vec::with_capacity(ROOM), HashTable::with_capacity(ROOM));
        Self { base: Some(base), offset, terms, index, ..Self::default() }
    }

    /// The work done in this store: nodes that walks have looked at, terms made, steps that its environment has taken.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Counts steps; `false` if the limit is passed. Work never decreases, so it then is for all that follows.
    #[inline]
    pub(super) fn spend(&mut self, steps: u64) -> bool {
        self.work = self.work.saturating_add(steps);
        self.work <= self.limit
    }

    /// Sets the work that may be done from now on.
    pub(super) fn set_limit(&mut self, work: u64) {
        self.limit = self.work.saturating_add(work);
        self.cut = false;
    }

    /// Whether a walk has stopped at the limit, so that some term is not the one that was asked for.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Counts the node that a walk looks at; `false` if it has to stop.
    #[inline]
    fn visit(&mut self) -> bool {
        self.work += 1;
        if self.work <= self.limit {
            return true;
        }
        self.cut = true;
        false
    }

    /// The number of distinct terms, those of the base included.
    #[inline]
    pub fn len(&self) -> usize {
        self.offset as usize + self.terms.len()
    }

    /// Whether there is no term at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn entry(&self, id: TermId) -> &(Term, Facts) {
        let mut store = self;
        while id.0 < store.offset {
            match &store.base {
                Some(base) => store = base,
                // `offset` is positive only in a store made by `over`, which has a base.
                None => unreachable!("a store without a base has offset 0"),
            }
        }
        &store.terms[(id.0 - store.offset) as usize]
    }

    /// The outermost constructor of a term.
    #[inline]
    pub fn term(&self, id: TermId) -> Term {
        self.entry(id).0
    }

    /// One more than the greatest loose index of the term; 0 when it has none.
    #[inline]
    pub fn loose(&self, id: TermId) -> u32 {
        self.entry(id).1.loose
    }

    /// The longest path from the term to a leaf.
    #[inline]
    pub fn height(&self, id: TermId) -> u32 {
        self.entry(id).1.height
    }

    /// One more than the greatest number of a local inside the term; 0 when it has none. So a local of this number
    /// is fresh for the term.
    #[inline]
    pub fn local_bound(&self, id: TermId) -> u32 {
        self.entry(id).1.locals
    }

    /// Whether a lambda is applied to an argument anywhere inside a term, so that it is not beta-normal.
    #[inline]
    pub fn has_redex(&self, id: TermId) -> bool {
        self.entry(id).1.redex
    }

    fn lookup(&self, term: &Term, hash: u64) -> Option<TermId> {
        // Parts stand before the whole, so a base that lacks a part lacks the term.
        let newest = match *term {
            Term::Sort(_) | Term::Bound(_) | Term::Const(_) => 0,
            Term::Local { ty, .. } => ty.0,
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => a.0.max(b.0),
        };
        let mut store = self;
        loop {
            if let Some(&(_, id)) = store.index.find(hash, |(known, _)| known == term) {
                return Some(id);
            }
            if newest >= store.offset {
                return None;
            }
            store = store.base.as_deref()?;
        }
    }

    /// The index of a term, the same for equal terms.
    pub fn intern(&mut self, term: Term) -> TermId {
        let hash = hash_of(&term);
        if let Some(id) = self.lookup(&term, hash) {
            return id;
        }
        let id = TermId(u32::try_from(self.len()).unwrap_or(u32::MAX));
        assert!(id.0 < u32::MAX, "a store holds fewer than 2^32 terms: memory ends long before");
        let leaf = Facts { loose: 0, height: 0, locals: 0, head: id, redex: false };
        let facts = match term {
            Term::Sort(_) | Term::Const(_) => leaf,
            Term::Bound(index) => Facts { loose: index.saturating_add(1), ..leaf },
            Term::Local { id, ty } => {
                let inner = self.entry(ty).1;
                Facts { locals: inner.locals.max(id.saturating_add(1)), ..leaf }
            }
            Term::App(function, argument) => {
                let (&(applied, f), a) = (self.entry(function), self.entry(argument).1);
                let joined = join(f, a, a.loose, f.head);
                Facts { redex: joined.redex || matches!(applied, Term::Lambda(..)), ..joined }
            }
            Term::Lambda(domain, body) | Term::Pi(domain, body) => {
                let (d, b) = (self.entry(domain).1, self.entry(body).1);
                join(d, b, b.loose.saturating_sub(1), id)
            }
        };
        self.work += NEW_TERM;
        self.terms.push((term, facts));
        self.index.insert_unique(hash, (term, id), |(term, _)| hash_of(term));
        id
    }

    /// A sort.
    #[inline]
    pub fn sort(&mut self, sort: Sort) -> TermId {
        self.intern(Term::Sort(sort))
    }

    /// A bound variable.
    #[inline]
    pub fn bound(&mut self, index: u32) -> TermId {
        self.intern(Term::Bound(index))
    }

    /// A local.
    #[inline]
    pub fn local(&mut self, id: u32, ty: TermId) -> TermId {
        self.intern(Term::Local { id, ty })
    }

    /// A constant.
    #[inline]
    pub fn constant(&mut self, id: ConstId) -> TermId {
        self.intern(Term::Const(id))
    }

    /// An application to one argument.
    #[inline]
    pub fn app(&mut self, function: TermId, argument: TermId) -> TermId {
        self.intern(Term::App(function, argument))
    }

    /// An application to several arguments in order.
    pub fn apps(&mut self, function: TermId, arguments: &[TermId]) -> TermId {
        arguments.iter().fold(function, |f, &a| self.app(f, a))
    }

    /// A lambda over a body with `Bound(0)` for the variable.
    #[inline]
    pub fn lambda(&mut self, domain: TermId, body: TermId) -> TermId {
        self.intern(Term::Lambda(domain, body))
    }

    /// An arrow over a body with `Bound(0)` for the variable.
    #[inline]
    pub fn pi(&mut self, domain: TermId, body: TermId) -> TermId {
        self.intern(Term::Pi(domain, body))
    }

    /// The head of an application and its arguments in order; a term that is not an application is its own head.
    pub fn spine(&self, mut id: TermId) -> (TermId, Vec<TermId>) {
        let mut arguments = Vec::new();
        while let Term::App(function, argument) = self.term(id) {
            arguments.push(argument);
            id = function;
        }
        arguments.reverse();
        (id, arguments)
    }

    /// The head of an application, without collecting its arguments.
    #[inline]
    pub fn head(&self, id: TermId) -> TermId {
        self.entry(id).1.head
    }
}

/// The places of the terms of a store after some of them were forgotten.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    first: usize,
    /// The old indices of the kept ones among the terms from `first` on, ascending.
    kept: Vec<TermId>,
}

impl Moved {
    /// The index of a term now; `None` if it was forgotten.
    pub fn place(&self, id: TermId) -> Option<TermId> {
        if id.index() < self.first {
            return Some(id);
        }
        self.kept.binary_search(&id).ok().map(|place| TermId((self.first + place) as u32))
    }
}

impl Store {
    /// Forgets the terms from index `first` on but those that the roots consist of, which move down in their order.
    /// `first` is not less than the number of terms of the base.
    pub(super) fn retain(&mut self, first: usize, roots: impl IntoIterator<Item = TermId>) -> Moved {
        let own = first - self.offset as usize;
        let mut open: Vec<TermId> = roots.into_iter().collect();
        let mut seen = FxHashSet::default();
        while let Some(id) = open.pop() {
            if id.index() < first || !seen.insert(id) {
                continue;
            }
            match self.term(id) {
                Term::Sort(_) | Term::Bound(_) | Term::Const(_) => {}
                Term::Local { ty, .. } => open.push(ty),
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            }
        }
        let mut kept: Vec<TermId> = seen.into_iter().collect();
        kept.sort_unstable();
        let moved = Moved { first, kept };
        for &(term, _) in &self.terms[own..] {
            if let Ok(entry) = self.index.find_entry(hash_of(&term), |(known, _)| *known == term) {
                entry.remove();
            }
        }
        // Parts stand before the whole, so what a kept term consists of is kept, and has moved already.
        let at = |id: TermId| match moved.place(id) {
            Some(place) => place,
            None => unreachable!("the parts of a kept term are kept"),
        };
        for (place, &old) in moved.kept.iter().enumerate() {
            let (term, facts) = self.terms[old.index() - self.offset as usize];
            let term = match term {
                Term::Sort(_) | Term::Bound(_) | Term::Const(_) => term,
                Term::Local { id, ty } => Term::Local { id, ty: at(ty) },
                Term::App(a, b) => Term::App(at(a), at(b)),
                Term::Lambda(a, b) => Term::Lambda(at(a), at(b)),
                Term::Pi(a, b) => Term::Pi(at(a), at(b)),
            };
            self.terms[own + place] = (term, Facts { head: at(facts.head), ..facts });
            let id = TermId((first + place) as u32);
            self.index.insert_unique(hash_of(&term), (term, id), |(term, _)| hash_of(term));
        }
        self.terms.truncate(own + moved.kept.len());
        // Room is given back when there is much more of it than is used; what was forgotten has paid for the copy.
        let room = 2 * self.terms.len().max(ROOM);
        if self.terms.capacity() > 2 * room {
            self.terms.shrink_to(room);
            self.index.shrink_to(room, |(term, _)| hash_of(term));
        }
        moved
    }
}

fn hash_of(term: &Term) -> u64 {
    FxBuildHasher.hash_one(term)
}

fn join(a: Facts, b: Facts, b_loose: u32, head: TermId) -> Facts {
    Facts {
        loose: a.loose.max(b_loose),
        height: a.height.max(b.height).saturating_add(1),
        locals: a.locals.max(b.locals),
        head,
        redex: a.redex || b.redex,
    }
}
