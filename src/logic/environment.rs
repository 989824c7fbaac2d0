//! Declared constants, and the only way to add one.

use super::cache::Cache;
use super::error::KernelError;
use super::ledger::View;
use super::store::{Moved, Store};
use super::term::{ConstId, MAX_HEIGHT, Sort, TermId};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Instant;

/// The steps (reductions, comparisons, inferences, nodes that substitutions look at, terms made) that one declaration
/// may take: ten seconds at most.
pub const DEFAULT_BUDGET: u64 = 40_000_000;

/// The number of steps between two looks at the clock, where there is a [deadline](Environment::set_deadline): less
/// than a millisecond, mostly.
const STEPS_PER_LOOK: u64 = 1_000;

/// The kind of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclarationKind {
    /// Assumed.
    Axiom,
    /// Equal, by definition, to its value.
    Definition,
    /// Proved; the proof is never unfolded.
    Theorem,
    /// Stated; the proof is owed (see [`Outline`](super::promise::Outline)).
    Promise,
}

/// A declared constant.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The name, unique in the environment.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: DeclarationKind,
    /// Its type, closed.
    pub ty: TermId,
    /// The value of a definition; the proof of a theorem, unless it was promised first. Closed.
    pub value: Option<TermId>,
    /// The constants that the statement and the proof of a theorem mention whose proof was not kept.
    pub mentions: Option<Box<[ConstId]>>,
    /// One more than the greatest such number among the definitions that the value mentions; 0 for a constant that does
    /// not unfold. Comparison unfolds the greater number first.
    pub unfold_height: u32,
}

impl Declaration {
    /// A declaration without a value.
    pub(super) fn new(name: &str, kind: DeclarationKind, ty: TermId) -> Self {
        Self { name: name.into(), kind, ty, value: None, mentions: None, unfold_height: 0 }
    }

    /// The type and the value.
    fn terms(&self) -> impl Iterator<Item = TermId> {
        self.value.into_iter().chain([self.ty])
    }
}

/// A moment in the life of an environment.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// The identity of the store.
    store: u64,
    terms: usize,
    work: u64,
}

impl Mark {
    /// The work done in an environment since this moment, which bounds the memory taken since then.
    pub fn work_since(&self, environment: &Environment) -> u64 {
        environment.store.work().saturating_sub(self.work)
    }

    /// The number of terms that there were.
    pub fn terms(&self) -> usize {
        self.terms
    }
}

/// The constants of a theory with the store of their terms.
#[derive(Debug)]
pub struct Environment {
    /// The terms. Another store put in its place is noticed: everything then ends in [`KernelError::ForeignStore`].
    pub store: Store,
    /// The [identity](Store::identity) of the store that the indices below are of.
    own_store: u64,
    declarations: Arc<Vec<Declaration>>,
    by_name: Arc<FxHashMap<Arc<str>, ConstId>>,
    pub(super) cache: Cache,
    deadline: Option<Instant>,
    /// The amount of work at which the clock is read again; never without a deadline.
    next_look: u64,
    /// Whether any promise is not settled.
    pub(super) owes: bool,
    /// The part of the outline that exists here, in a fork of one.
    pub(super) view: Option<View>,
}

/// An environment that no longer grows, to be shared between threads; [`fork`](Frozen::fork) continues it.
#[derive(Clone, Debug)]
pub struct Frozen {
    store: Arc<Store>,
    declarations: Arc<Vec<Declaration>>,
    by_name: Arc<FxHashMap<Arc<str>, ConstId>>,
    owes: bool,
}

impl Frozen {
    /// An environment with the same constants, whose new terms and constants are its own. Costs no copy.
    pub fn fork(&self) -> Environment {
        let store = Store::over(self.store.clone());
        Environment {
            declarations: self.declarations.clone(),
            by_name: self.by_name.clone(),
            owes: self.owes,
            ..Environment::with_store(store)
        }
    }

    /// The number of constants.
    pub(super) fn len(&self) -> usize {
        self.declarations.len()
    }

    /// The constants whose proofs are owed, ascending.
    pub(super) fn promises(&self) -> Vec<ConstId> {
        let all = self.declarations.iter().enumerate();
        all.filter(|(_, d)| d.kind == DeclarationKind::Promise).map(|(i, _)| ConstId(i as u32)).collect()
    }

    /// The environment itself again, if there is no other owner any more; else a fork.
    pub fn thaw(self) -> Environment {
        match Arc::try_unwrap(self.store) {
            Ok(store) => Environment {
                declarations: self.declarations,
                by_name: self.by_name,
                owes: self.owes,
                ..Environment::with_store(store)
            },
            Err(store) => Self { store, ..self }.fork(),
        }
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::with_store(Store::default())
    }
}

impl Clone for Environment {
    fn clone(&self) -> Self {
        // A foreign store stays foreign in the copy.
        let store = self.store.copy();
        let own_store = if self.has_own_store() { store.identity() } else { self.own_store };
        Self {
            own_store,
            store,
            declarations: self.declarations.clone(),
            by_name: self.by_name.clone(),
            cache: self.cache.clone(),
            deadline: self.deadline,
            next_look: self.next_look,
            owes: self.owes,
            view: self.view.clone(),
        }
    }
}

impl Environment {
    /// An environment without constants.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_store(mut store: Store) -> Self {
        store.set_limit(DEFAULT_BUDGET);
        Self {
            own_store: store.identity(),
            store,
            declarations: Arc::default(),
            by_name: Arc::default(),
            cache: Cache::default(),
            deadline: None,
            next_look: u64::MAX,
            owes: false,
            view: None,
        }
    }

    fn has_own_store(&self) -> bool {
        self.store.identity() == self.own_store
    }

    /// Refuses to go on with a store in which the indices of this environment mean something else.
    #[inline]
    pub(super) fn require_own_store(&self) -> Result<(), KernelError> {
        if self.has_own_store() { Ok(()) } else { Err(KernelError::ForeignStore) }
    }

    /// Ends the growth of this environment, so that threads can share it.
    ///
    /// # Panics
    ///
    /// When another store was put in the place of its own, which only a fault of the program can do.
    pub fn freeze(self) -> Frozen {
        assert!(self.has_own_store(), "the store of an environment was exchanged");
        let Self { store, declarations, by_name, owes, .. } = self;
        Frozen { store: Arc::new(store), declarations, by_name, owes }
    }

    /// The constants that exist here.
    #[inline]
    fn visible(&self) -> &[Declaration] {
        match &self.view {
            None => &self.declarations,
            Some(view) => &self.declarations[..view.limit.min(self.declarations.len())],
        }
    }

    /// The constants in the order of their declaration.
    pub fn declarations(&self) -> impl ExactSizeIterator<Item = (ConstId, &Declaration)> {
        self.declarations_from(0)
    }

    /// The constants from that number on, in the order of their declaration.
    pub fn declarations_from(&self, first: usize) -> impl ExactSizeIterator<Item = (ConstId, &Declaration)> {
        let declarations = self.visible().get(first..).unwrap_or_default();
        declarations.iter().enumerate().map(move |(i, d)| (ConstId((first + i) as u32), d))
    }

    /// A constant; `id` is of this environment or of one that it was forked from.
    #[inline]
    pub fn declaration(&self, id: ConstId) -> &Declaration {
        &self.visible()[id.index()]
    }

    /// A constant that need not exist yet in a fork of an outline.
    pub(super) fn hidden(&self, id: ConstId) -> Option<&Declaration> {
        self.declarations.get(id.index())
    }

    /// A constant, if the environment has one of this number.
    #[inline]
    pub fn get(&self, id: ConstId) -> Option<&Declaration> {
        self.visible().get(id.index())
    }

    /// The constant of a name.
    pub fn find(&self, name: &str) -> Option<ConstId> {
        self.by_name.get(name).copied().filter(|&id| self.get(id).is_some())
    }

    /// Sets the steps that may be taken from now on: reductions, comparisons, inferences, one for each node that a
    /// substitution looks at and one for each term made. Each addition to the environment starts again from
    /// [`DEFAULT_BUDGET`].
    #[inline]
    pub fn set_budget(&mut self, steps: u64) {
        self.store.set_limit(steps);
    }

    /// The present moment, to which [`collect`](Self::collect) goes back.
    pub fn mark(&self) -> Mark {
        Mark { store: self.store.identity(), terms: self.store.len(), work: self.store.work() }
    }

    /// Gives back the memory taken since a mark: forgets the terms made since then but those of which the constants
    /// declared since and the terms of `also` consist, and all cached facts on terms. Terms made since then have other
    /// indices afterwards, which the result tells; an index that is not looked up there may mean any term.
    ///
    /// # Errors
    ///
    /// [`KernelError::ForeignStore`] when the mark is of another environment; nothing has changed then.
    pub fn collect(&mut self, since: Mark, also: &[TermId]) -> Result<Moved, KernelError> {
        self.require_own_store()?;
        if since.store != self.own_store || since.terms > self.store.len() {
            return Err(KernelError::ForeignStore);
        }
        let is_new = |term: &TermId| term.index() >= since.terms;
        let roots = self.declarations.iter().flat_map(Declaration::terms).filter(is_new);
        let moved = self.store.retain(since.terms, roots.chain(also.iter().copied()));
        // Declarations from before the mark are of terms from before it, and may be shared with forks.
        if let Some(first) =
            self.declarations.iter().position(|declaration| declaration.terms().any(|term| is_new(&term)))
        {
            for declaration in &mut Arc::make_mut(&mut self.declarations)[first..] {
                // Every term of a declaration is a root, and kept.
                let place = |term: TermId| moved.place(term).ok_or(KernelError::ForeignStore);
                declaration.ty = place(declaration.ty)?;
                declaration.value = declaration.value.map(place).transpose()?;
            }
        }
        self.cache = Cache::default();
        Ok(moved)
    }

    /// Sets the time after which every budget counts as exhausted, whatever is set or begun later; `None` for never. A
    /// fork has none.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
        self.next_look = if deadline.is_some() { 0 } else { u64::MAX };
    }

    /// Whether the [deadline](Self::set_deadline) has passed, for work that takes no steps.
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// The same, looked at only once in so many steps.
    #[inline]
    pub(super) fn passes_deadline(&mut self) -> bool {
        self.store.work() >= self.next_look && self.looks_late()
    }

    #[cold]
    fn looks_late(&mut self) -> bool {
        let is_late = self.is_late();
        if !is_late {
            self.next_look = self.store.work().saturating_add(STEPS_PER_LOOK);
        }
        is_late
    }

    /// Adds an axiom (or a type, or an object) after checking that `ty` is a type.
    pub fn add_axiom(&mut self, name: &str, ty: TermId) -> Result<ConstId, KernelError> {
        self.begin(name, &[ty])?;
        self.require_type(ty)?;
        Ok(self.push(Declaration::new(name, DeclarationKind::Axiom, ty)))
    }

    /// Adds a definition after checking that `ty` is a type and that `value` has it.
    pub fn add_definition(&mut self, name: &str, ty: TermId, value: TermId) -> Result<ConstId, KernelError> {
        self.begin(name, &[ty, value])?;
        self.check_value(ty, value)?;
        let mentioned = self.mentioned(&[value])?;
        let height = 1 + mentioned.iter().map(|&c| self.declaration(c).unfold_height).max().unwrap_or(0);
        let declared = Declaration::new(name, DeclarationKind::Definition, ty);
        Ok(self.push(Declaration { value: Some(value), unfold_height: height, ..declared }))
    }

    /// Adds a theorem after checking that `statement` is a proposition and that `proof` has it as its type.
    pub fn add_theorem(&mut self, name: &str, statement: TermId, proof: TermId) -> Result<ConstId, KernelError> {
        self.check_proof(name, statement, proof)?;
        let declared = Declaration::new(name, DeclarationKind::Theorem, statement);
        Ok(self.push(Declaration { value: Some(proof), ..declared }))
    }

    /// The checks of [`add_theorem`](Self::add_theorem), without adding.
    pub fn check_proof(&mut self, name: &str, statement: TermId, proof: TermId) -> Result<(), KernelError> {
        if self.owes {
            return Err(KernelError::Owed);
        }
        self.begin(name, &[statement, proof])?;
        self.check_proposition(statement, proof)
    }

    /// Checks that a statement is a proposition and that `proof` proves it.
    pub(super) fn check_proposition(&mut self, statement: TermId, proof: TermId) -> Result<(), KernelError> {
        self.check_value(statement, proof)?;
        let sort = self.sort_of(statement)?;
        if sort != Sort::Prop {
            let ty = self.store.sort(sort);
            return Err(KernelError::NotAType { term: statement, ty });
        }
        Ok(())
    }

    /// The conditions on every declaration before its types are looked at.
    pub(super) fn begin(&mut self, name: &str, terms: &[TermId]) -> Result<(), KernelError> {
        // A fork that does not see all constants could give a new one the number of another.
        if self.view.is_some() {
            return Err(KernelError::Owed);
        }
        self.require_own_store()?;
        if self.by_name.contains_key(name) {
            return Err(KernelError::Duplicate);
        }
        self.begin_terms(terms)
    }

    /// The same for its terms.
    pub(super) fn begin_terms(&mut self, terms: &[TermId]) -> Result<(), KernelError> {
        self.require_own_store()?;
        // Where a substitution was stopped, these terms need not be those that were meant.
        if self.store.is_cut() {
            return Err(KernelError::BudgetExhausted);
        }
        self.set_budget(DEFAULT_BUDGET);
        for &term in terms {
            if self.store.height(term) > MAX_HEIGHT {
                return Err(KernelError::TooDeep);
            }
            if self.store.loose(term) > 0 {
                return Err(KernelError::LooseVariable);
            }
            if self.store.local_bound(term) > 0 {
                return Err(KernelError::NotClosed);
            }
        }
        Ok(())
    }

    fn require_type(&mut self, ty: TermId) -> Result<(), KernelError> {
        self.sort_of(ty).map(|_| ())
    }

    fn check_value(&mut self, ty: TermId, value: TermId) -> Result<(), KernelError> {
        self.require_type(ty)?;
        if self.has_type_under_binders(value, ty)? {
            return Ok(());
        }
        let found = self.infer(value)?;
        if self.definitionally_equal(found, ty)? {
            Ok(())
        } else {
            Err(KernelError::TypeMismatch { expected: ty, found })
        }
    }

    pub(super) fn push(&mut self, declaration: Declaration) -> ConstId {
        assert!(self.declarations.len() < u32::MAX as usize, "fewer than 2^32 constants: memory ends long before");
        let id = ConstId(self.declarations.len() as u32);
        let name = declaration.name.clone();
        Arc::make_mut(&mut self.declarations).push(declaration);
        Arc::make_mut(&mut self.by_name).insert(name, id);
        self.cache.trim();
        id
    }

    /// Forgets the constants from a number on, and all that is remembered of terms, which may mention them.
    pub(super) fn truncate(&mut self, count: usize) {
        if count < self.declarations.len() {
            Arc::make_mut(&mut self.declarations).truncate(count);
            Arc::make_mut(&mut self.by_name).retain(|_, id| id.index() < count);
            self.cache = Cache::default();
        }
    }

    /// Makes a theorem of a fulfilled promise, whose statement and proof mention these constants.
    pub(super) fn settle(&mut self, promise: ConstId, mentions: Option<Box<[ConstId]>>) {
        let declaration = &mut Arc::make_mut(&mut self.declarations)[promise.index()];
        declaration.kind = DeclarationKind::Theorem;
        declaration.mentions = mentions;
    }
}
