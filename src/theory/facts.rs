//! Facts in scope, indexed, so that a step of a script costs about the logarithm of what is in scope.
//!
//! A [`Table`] finds facts by the proposition, by head, by head and one argument, and equations by either side. Facts are
//! in two tables: as they were written (up to beta), and in normal form, which is filled only once something was not
//! found as written.

use super::application::Facts;
use super::matching::{Substitution, beta_normal_with};
use super::normal::Normalizer;
use super::rewriting::Equation;
use crate::logic::equality::Equality;
use crate::logic::{Environment, KernelError, Sort, Store, Term, TermId};
use rustc_hash::FxHashMap;

/// The number of arguments of a proposition by which it is found.
const INDEXED_ARGUMENTS: usize = 16;

/// The number of beta-normal forms that are remembered.
const KNOWN_FORMS: usize = 1 << 20;

/// What facts are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// All of them.
    Any,
    /// The head.
    Head(TermId),
    /// The head, and the argument at a place.
    Argument(TermId, u32, TermId),
    /// The head, and the head of the argument at a place.
    ArgumentHead(TermId, u32, TermId),
    /// Arrows.
    Arrow,
    /// Arrows by the head of their output.
    ArrowTo(TermId),
}

#[derive(Clone, Debug)]
struct Fact {
    proposition: TermId,
    proof: TermId,
    sides: Option<(TermId, TermId)>,
}

/// Facts by their propositions.
#[derive(Clone, Debug, Default)]
pub struct Table {
    facts: Vec<Fact>,
    exact: FxHashMap<TermId, u32>,
    groups: FxHashMap<Key, Vec<u32>>,
    sides: FxHashMap<TermId, Vec<u32>>,
}

/// Whether a head has one meaning: a constant, a local or a sort.
fn is_rigid(store: &Store, head: TermId) -> bool {
    matches!(store.term(head), Term::Const(_) | Term::Local { .. } | Term::Sort(_))
}

/// The head of the output of an arrow, if it has one meaning.
fn output_head(store: &Store, mut id: TermId) -> Option<TermId> {
    while let Term::Pi(_, body) = store.term(id) {
        id = body;
    }
    let head = store.head(id);
    is_rigid(store, head).then_some(head)
}

fn keys(store: &Store, proposition: TermId) -> Vec<Key> {
    let mut keys = vec![Key::Any];
    if let Term::Pi(..) = store.term(proposition) {
        keys.push(Key::Arrow);
        keys.extend(output_head(store, proposition).map(Key::ArrowTo));
        return keys;
    }
    let (head, arguments) = store.spine(proposition);
    keys.push(Key::Head(head));
    for (place, &argument) in arguments.iter().take(INDEXED_ARGUMENTS).enumerate() {
        keys.push(Key::Argument(head, place as u32, argument));
        let inner = store.head(argument);
        if is_rigid(store, inner) {
            keys.push(Key::ArgumentHead(head, place as u32, inner));
        }
    }
    keys
}

impl Table {
    /// The number of facts.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there is no fact.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Adds a fact unless it is there.
    pub fn push(&mut self, store: &Store, equality: Option<&Equality>, proposition: TermId, proof: TermId) {
        let index = self.facts.len() as u32;
        if self.exact.contains_key(&proposition) {
            return;
        }
        self.exact.insert(proposition, index);
        for key in keys(store, proposition) {
            self.groups.entry(key).or_default().push(index);
        }
        let sides = equality.and_then(|equality| Equation::sides(store, equality, proposition));
        let sides = sides.map(|(_, left, right)| (left, right)).filter(|(left, right)| left != right);
        if let Some((left, right)) = sides {
            self.sides.entry(left).or_default().push(index);
            self.sides.entry(right).or_default().push(index);
        }
        self.facts.push(Fact { proposition, proof, sides });
    }

    /// Forgets all facts after the first `count`.
    pub fn rollback(&mut self, store: &Store, count: usize) {
        while self.facts.len() > count
            && let Some(fact) = self.facts.pop()
        {
            self.exact.remove(&fact.proposition);
            for key in keys(store, fact.proposition) {
                shorten(&mut self.groups, key);
            }
            for side in fact.sides.into_iter().flat_map(|(left, right)| [left, right]) {
                shorten(&mut self.sides, side);
            }
        }
    }

    /// The number of equations with this side.
    pub fn count_equations(&self, side: TermId) -> usize {
        self.sides.get(&side).map_or(0, Vec::len)
    }

    /// The equations with this side, the newest first, as `(proposition, proof)`.
    pub fn equations(&self, side: TermId) -> impl Iterator<Item = (TermId, TermId)> {
        self.numbered(self.sides.get(&side))
    }

    /// Facts that agree with a proposition in its head and in the argument, other than that at `place`, that the fewest
    /// share.
    pub fn alike_but_for(
        &self,
        store: &Store,
        proposition: TermId,
        place: usize,
    ) -> impl Iterator<Item = (TermId, TermId)> {
        let (head, arguments) = store.spine(proposition);
        let others = arguments.iter().take(INDEXED_ARGUMENTS).enumerate().filter(|&(other, _)| other != place);
        let keys = others.map(|(other, &argument)| Key::Argument(head, other as u32, argument));
        let groups = keys.chain([Key::Head(head)]).map(|key| self.groups.get(&key));
        self.numbered(groups.min_by_key(|group| group.map_or(0, Vec::len)).flatten())
    }

    fn numbered(&self, group: Option<&Vec<u32>>) -> impl Iterator<Item = (TermId, TermId)> {
        group.into_iter().flatten().rev().map(|&index| {
            let fact = &self.facts[index as usize];
            (fact.proposition, fact.proof)
        })
    }
}

/// Takes the last entry, which is that of the newest fact, off a group.
fn shorten<K: std::hash::Hash + Eq>(groups: &mut FxHashMap<K, Vec<u32>>, key: K) {
    if let Some(group) = groups.get_mut(&key) {
        group.pop();
        if group.is_empty() {
            groups.remove(&key);
        }
    }
}

impl Facts for Table {
    fn exact(&self, proposition: TermId) -> Option<TermId> {
        self.exact.get(&proposition).map(|&index| self.facts[index as usize].proof)
    }

    fn candidates(&self, store: &Store, pattern: TermId, substitution: &Substitution, out: &mut Vec<(TermId, TermId)>) {
        if store.loose(pattern) == 0 {
            // Equal propositions are the same term: as they are written in one table, by definition in the other.
            out.extend(self.exact(pattern).map(|proof| (pattern, proof)));
            return;
        }
        let keys = possible_keys(store, pattern, substitution);
        let groups = keys.iter().map(|key| self.groups.get(key));
        out.extend(self.numbered(groups.min_by_key(|group| group.map_or(0, Vec::len)).flatten()));
    }
}

/// Keys that every fact has which the pattern matches.
fn possible_keys(store: &Store, pattern: TermId, substitution: &Substitution) -> Vec<Key> {
    if let Term::Bound(index) = store.term(pattern)
        && let Some(value) = substitution.at_index(index)
    {
        return keys(store, value);
    }
    if let Term::Pi(..) = store.term(pattern) {
        let key = output_head(store, pattern).map(Key::ArrowTo);
        return vec![key.unwrap_or(Key::Arrow)];
    }
    let (head, arguments) = store.spine(pattern);
    if !is_rigid(store, head) {
        return vec![Key::Any];
    }
    let mut found = vec![Key::Head(head)];
    for (place, &argument) in arguments.iter().take(INDEXED_ARGUMENTS).enumerate() {
        let place = place as u32;
        let known = match store.term(argument) {
            _ if store.loose(argument) == 0 => Some(argument),
            Term::Bound(index) => substitution.at_index(index),
            _ => None,
        };
        let inner = store.head(argument);
        match known {
            Some(argument) => found.push(Key::Argument(head, place, argument)),
            None if is_rigid(store, inner) => found.push(Key::ArgumentHead(head, place, inner)),
            None => {}
        }
    }
    found
}

/// The facts of a theory and of the scopes of a script.
#[derive(Clone, Debug, Default)]
pub struct FactIndex {
    written: Table,
    unfolded: Table,
    /// For each fact of `written` that is in `unfolded` already, the length of `unfolded` after it.
    lengths: Vec<usize>,
    normalizer: Normalizer,
    /// Beta-normal forms found so far: large terms share much with those before them.
    beta: FxHashMap<TermId, TermId>,
    /// The number of constants whose facts are in the index.
    constants: usize,
}

/// Which table to look in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Propositions as written, up to beta.
    Written,
    /// Normal forms.
    Unfolded,
}

impl FactIndex {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the constants declared since the last call whose type is a proposition.
    ///
    /// # Errors
    ///
    /// The kernel's, when the budget is exhausted.
    pub fn add_constants(
        &mut self,
        environment: &mut Environment,
        equality: Option<&Equality>,
    ) -> Result<(), KernelError> {
        let new: Vec<_> =
            environment.declarations().skip(self.constants).map(|(id, declaration)| (id, declaration.ty)).collect();
        for (constant, ty) in new {
            if environment.sort_of(ty)? == Sort::Prop {
                let proof = environment.store.constant(constant);
                self.push(environment, equality, ty, proof)?;
            }
            self.constants += 1;
        }
        Ok(())
    }

    /// Adds a fact.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn push(
        &mut self,
        environment: &mut Environment,
        equality: Option<&Equality>,
        proposition: TermId,
        proof: TermId,
    ) -> Result<(), KernelError> {
        let proposition = self.form(environment, View::Written, proposition)?;
        self.written.push(&environment.store, equality, proposition, proof);
        Ok(())
    }

    /// All facts as `(proposition, proof)`, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = (TermId, TermId)> {
        self.written.facts.iter().map(|fact| (fact.proposition, fact.proof))
    }

    /// The point to which [`rollback`](Self::rollback) returns.
    pub fn mark(&self) -> usize {
        self.written.len()
    }

    /// Forgets the facts added since the mark.
    pub fn rollback(&mut self, store: &Store, mark: usize) {
        self.written.rollback(store, mark);
        if self.lengths.len() > mark {
            let length = mark.checked_sub(1).map_or(0, |last| self.lengths[last]);
            self.unfolded.rollback(store, length);
            self.lengths.truncate(mark);
        }
    }

    /// The table of a view, with all facts in it.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn table(
        &mut self,
        environment: &mut Environment,
        equality: Option<&Equality>,
        view: View,
    ) -> Result<&Table, KernelError> {
        if view == View::Written {
            return Ok(&self.written);
        }
        for fact in &self.written.facts[self.lengths.len()..] {
            let normal = self.normalizer.normal(environment, fact.proposition)?;
            self.unfolded.push(&environment.store, equality, normal, fact.proof);
            self.lengths.push(self.unfolded.len());
        }
        Ok(&self.unfolded)
    }

    /// A term as a view has it: beta-normal, or in normal form.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn form(&mut self, environment: &mut Environment, view: View, term: TermId) -> Result<TermId, KernelError> {
        match view {
            View::Written => {
                if self.beta.len() > KNOWN_FORMS {
                    self.beta.clear();
                }
                beta_normal_with(environment, term, &mut self.beta)
            }
            View::Unfolded => self.normalizer.normal(environment, term),
        }
    }

    /// A proof of a proposition that is a fact up to definitional equality.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn find(
        &mut self,
        environment: &mut Environment,
        equality: Option<&Equality>,
        proposition: TermId,
    ) -> Result<Option<TermId>, KernelError> {
        for view in [View::Written, View::Unfolded] {
            let proposition = self.form(environment, view, proposition)?;
            if let Some(proof) = self.table(environment, equality, view)?.exact(proposition) {
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }
}
