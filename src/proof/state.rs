//! States of a proof attempt: one goal with its scope.
//!
//! Scopes are persistent lists, newest entry first: a state that adds an entry shares the rest with the state it came
//! from.

use prover_logic::{Environment, Term, TermId};
use prover_theory::terms::application::Facts;
use prover_theory::terms::index::{TermIndex, Under};
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::typed::{Fact, Typed};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One entry of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A variable introduced from the goal: an object, or the proof of a hypothesis.
    Local {
        /// The local.
        local: TermId,
        /// Its type.
        ty: TermId,
        /// Whether the type is a proposition.
        is_proof: bool,
    },
    /// A proved proposition.
    Fact(Fact),
    /// A constructed object.
    Object(Typed),
}

impl Item {
    /// The proposition and proof, if the entry is a fact or a hypothesis.
    pub fn fact(&self) -> Option<Fact> {
        match *self {
            Item::Local { local, ty, is_proof: true } => Some(Fact { proposition: ty, proof: local }),
            Item::Fact(fact) => Some(fact),
            _ => None,
        }
    }

    /// The part of the entry in the hash of a scope.
    fn hash(&self) -> u128 {
        let (kind, id) = match *self {
            Item::Local { local, .. } => (1, local),
            Item::Fact(fact) => (2, fact.proposition),
            Item::Object(object) => (3, object.term),
        };
        spread((id.index() as u64) << 2 | kind)
    }

    /// The object and its type, if the entry is one.
    pub fn object(&self) -> Option<Typed> {
        match *self {
            Item::Local { local, ty, is_proof: false } => Some(Typed { term: local, ty }),
            Item::Object(object) => Some(object),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Entry {
    item: Item,
    parent: Option<Arc<Entry>>,
}

impl Drop for Entry {
    /// Drops a long list one by one, since dropping it by recursion could overflow the stack.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(entry) = next {
            next = Arc::into_inner(entry).and_then(|mut inner| inner.parent.take());
        }
    }
}

/// A goal and its scope.
#[derive(Clone, Debug)]
pub struct State {
    /// The proposition to prove.
    pub goal: TermId,
    scope: Option<Arc<Entry>>,
    locals: u32,
    next: u32,
    entries: u32,
    /// Sum of the hashes of the entries, so that the order in which they came does not matter.
    scope_hash: u128,
}

/// Spreads a word over 128 bits (the finaliser of SplitMix64, twice; Steele, Lea and Flood 2014).
fn spread(word: u64) -> u128 {
    let mix = |mut x: u64| {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let low = mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15));
    let high = mix(low ^ 0xd1b5_4a32_d192_ed03);
    (u128::from(high) << 64) | u128::from(low)
}

impl State {
    /// A goal with nothing in scope.
    pub fn new(goal: TermId) -> Self {
        Self { goal, scope: None, locals: 0, next: 0, entries: 0, scope_hash: 0 }
    }

    /// The number of locals in scope.
    pub fn locals(&self) -> u32 {
        self.locals
    }

    /// The number that the next local gets, which none in scope has.
    pub fn next_local(&self) -> u32 {
        self.next
    }

    /// A goal with nothing in scope and all locals below `next` taken, which is another state for each such number.
    pub fn apart(goal: TermId, next: u32) -> Self {
        Self { next, scope_hash: spread(u64::from(next) << 2 | 3).rotate_left(31), ..Self::new(goal) }
    }

    /// The same state with all locals below `next` taken.
    pub fn reserve(self, next: u32) -> Self {
        Self { next: self.next.max(next), ..self }
    }

    /// The number of entries in scope.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The same scope with another goal.
    pub fn with_goal(&self, goal: TermId) -> Self {
        Self { goal, ..self.clone() }
    }

    /// The state with one more entry.
    pub fn with(&self, item: Item) -> Self {
        let is_local = matches!(item, Item::Local { .. });
        Self {
            goal: self.goal,
            scope: Some(Arc::new(Entry { item, parent: self.scope.clone() })),
            locals: self.locals + u32::from(is_local),
            next: self.next + u32::from(is_local),
            entries: self.entries + 1,
            scope_hash: self.scope_hash.wrapping_add(item.hash()),
        }
    }

    /// The newest entry, and the state without it.
    pub fn newest(&self) -> Option<(Item, Self)> {
        let entry = self.scope.as_deref()?;
        let older = Self {
            scope: entry.parent.clone(),
            locals: self.locals - u32::from(matches!(entry.item, Item::Local { .. })),
            entries: self.entries - 1,
            scope_hash: self.scope_hash.wrapping_sub(entry.item.hash()),
            ..*self
        };
        Some((entry.item, older))
    }

    /// The entries, newest first.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        std::iter::successors(self.scope.as_deref(), |entry| entry.parent.as_deref()).map(|entry| &entry.item)
    }

    /// All that is known where these hold: they, and then the facts in scope, the oldest first.
    pub fn facts_after(&self, propositions: &[Fact]) -> Vec<Fact> {
        let mut facts: Vec<Fact> = self.items().filter_map(Item::fact).collect();
        facts.extend(propositions.iter().rev());
        facts.reverse();
        facts
    }

    /// Equal for states with the same entries in any order.
    pub fn scope_key(&self) -> u128 {
        self.scope_hash
    }

    /// Equal for states with the same goal and the same entries in any order.
    pub fn key(&self) -> u128 {
        self.scope_hash.wrapping_add(spread((self.goal.index() as u64) << 2).rotate_left(17))
    }
}

/// Number of facts up to which a linear search is faster than a look-up.
const FEW: usize = 8;

/// The facts without premises and variables that a theory has.
#[derive(Clone, Debug, Default)]
pub struct GlobalFacts {
    exact: FxHashMap<TermId, TermId>,
    /// The facts that premises may be met by, in the order of their declaration.
    list: Vec<Fact>,
    index: TermIndex<u32>,
}

impl GlobalFacts {
    /// Adds a fact.
    pub fn insert(&mut self, environment: &Environment, fact: Fact) {
        self.insert_exact(fact);
        self.index.insert(environment, fact.proposition, self.list.len() as u32);
        self.list.push(fact);
    }

    /// Adds a fact that closes the goal that it is, and is not looked at otherwise.
    pub fn insert_exact(&mut self, fact: Fact) {
        self.exact.insert(fact.proposition, fact.proof);
    }

    /// Whether this proposition is one of the facts.
    pub fn contains(&self, proposition: TermId) -> bool {
        self.exact.contains_key(&proposition)
    }
}

/// The facts that a state's proof may use.
pub struct InScope<'a> {
    /// The state.
    pub state: &'a State,
    /// The facts that hold everywhere.
    pub globals: &'a GlobalFacts,
}

impl Facts for InScope<'_> {
    fn exact(&self, proposition: TermId) -> Option<TermId> {
        let local = self.state.items().filter_map(Item::fact).find(|fact| fact.proposition == proposition);
        local.map(|fact| fact.proof).or_else(|| self.globals.exact.get(&proposition).copied())
    }

    fn candidates(&self, environment: &Environment, pattern: TermId, substitution: &Substitution, out: &mut Vec<Fact>) {
        let store = &environment.store;
        let head = store.head(pattern);
        let rigid = matches!(store.term(head), Term::Const(_) | Term::Local { .. });
        let fits = |fact: &Fact| !rigid || store.head(fact.proposition) == head;
        out.extend(self.state.items().filter_map(Item::fact).filter(fits));
        let GlobalFacts { list, index, .. } = self.globals;
        if list.len() <= FEW {
            out.extend(list.iter().filter(|&fact| fits(fact)));
            return;
        }
        let mut found = Vec::new();
        index.unifying(&Under { environment, substitution }, pattern, &mut found);
        found.sort_unstable();
        out.extend(found.into_iter().map(|number| list[number as usize]));
    }
}
