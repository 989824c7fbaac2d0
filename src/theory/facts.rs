//! Facts in scope, indexed, so that a step of a script costs about the logarithm of their number.
//!
//! A [`Table`] finds facts by the proposition, by head, by head and one argument, and equations by either side. Facts
//! are in two tables: as they were written (up to beta), and in normal form, which is filled only once something was
//! not found as written.

use super::terms::application::Facts;
use super::terms::equation::Equation;
use super::terms::matching::{Substitution, beta_normal_with};
use super::terms::normal::Normalizer;
use super::terms::signature::Signature;
use super::terms::typed::Fact;
use prover_logic::equality::Equality;
use prover_logic::{DeclarationKind, Environment, KernelError, Sort, Store, Term, TermId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The number of arguments of a proposition by which it is found.
const INDEXED_ARGUMENTS: usize = 16;

/// The number of beta-normal forms that are remembered.
const KNOWN_FORMS: usize = 1 << 20;

/// The number of signatures that are remembered.
const KNOWN_SIGNATURES: usize = 1 << 12;

/// Up to this many facts of its own a table keeps ungrouped: looking through them costs less than grouping them.
const UNGROUPED: usize = 8;

/// The property that facts are grouped by.
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
struct Entry {
    fact: Fact,
    /// The two sides of an equation, if they are different.
    sides: Option<(TermId, TermId)>,
}

/// Facts by their propositions.
///
/// A table may lie over another that several share, of which it has the first facts; its own come after these. Facts of
/// the other have their numbers there, its own are numbered from the length of the other on.
#[derive(Clone, Debug, Default)]
pub struct Table {
    base: Option<Arc<Table>>,
    /// The number of facts of the base that are in this table.
    visible: usize,
    facts: Vec<Entry>,
    /// The numbers of its own facts.
    numbers: Vec<u32>,
    exact: FxHashMap<TermId, u32>,
    /// Its own facts by their keys, if there are more than [`UNGROUPED`].
    groups: FxHashMap<Key, Vec<u32>>,
    sides: FxHashMap<TermId, Vec<u32>>,
}

/// Whether a head has one meaning: a constant, a local or a sort.
fn is_rigid(store: &Store, head: TermId) -> bool {
    matches!(store.term(head), Term::Const(_) | Term::Local { .. } | Term::Sort(_))
}

/// The head of the output of an arrow, if it has one meaning.
fn output_head(store: &Store, id: TermId) -> Option<TermId> {
    let head = store.head(Signature::output(store, id));
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
    /// A table over another, without any of its facts.
    fn over(base: Arc<Table>) -> Self {
        Self { base: Some(base), ..Self::default() }
    }

    /// The number of facts.
    pub fn len(&self) -> usize {
        self.visible + self.facts.len()
    }

    /// Whether there is no fact.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the first fact that is not of the base.
    fn first_own(&self) -> usize {
        self.base.as_ref().map_or(0, |base| base.facts.len())
    }

    /// The fact that stands at a place in the order of the table.
    fn at(&self, place: usize) -> &Entry {
        match &self.base {
            Some(base) if place < self.visible => &base.facts[place],
            _ => &self.facts[place - self.visible],
        }
    }

    /// The fact of a number.
    fn numbered(&self, number: u32) -> &Entry {
        match (&self.base, (number as usize).checked_sub(self.first_own())) {
            (_, Some(own)) => &self.facts[own],
            // Numbers below those of its own facts are given only by a base.
            (Some(base), None) => &base.facts[number as usize],
            (None, None) => unreachable!("without a base the first own fact has the number 0"),
        }
    }

    /// The number of the fact of exactly this proposition.
    fn number_of(&self, proposition: TermId) -> Option<u32> {
        let in_base = self.base.as_ref().and_then(|base| base.exact.get(&proposition));
        in_base.filter(|&&number| (number as usize) < self.visible).or_else(|| self.exact.get(&proposition)).copied()
    }

    /// The numbers of the facts that `list` finds: those of the base that are visible, and its own. Ascending.
    fn group<'a>(&'a self, list: impl Fn(&'a Table) -> Option<&'a Vec<u32>>) -> Group<'a> {
        let slice = |table| list(table).map_or(&[][..], |list| &list[..]);
        let in_base = self.base.as_deref().map_or(&[][..], slice);
        let visible = match in_base.last() {
            Some(&last) if last as usize >= self.visible => {
                in_base.partition_point(|&number| (number as usize) < self.visible)
            }
            _ => in_base.len(),
        };
        Group { in_base: &in_base[..visible], own: slice(self) }
    }

    /// Adds a fact unless it is there.
    pub fn push(&mut self, store: &Store, equality: Option<&Equality>, fact: Fact) {
        let Fact { proposition, .. } = fact;
        if self.number_of(proposition).is_some() {
            return;
        }
        let index = (self.first_own() + self.facts.len()) as u32;
        self.exact.insert(proposition, index);
        self.numbers.push(index);
        let sides = equality.and_then(|equality| Equation::sides(store, equality, proposition));
        let sides = sides.map(|(_, left, right)| (left, right)).filter(|(left, right)| left != right);
        if let Some((left, right)) = sides {
            self.sides.entry(left).or_default().push(index);
            self.sides.entry(right).or_default().push(index);
        }
        self.facts.push(Entry { fact, sides });
        let newly_grouped = match self.facts.len() {
            ..=UNGROUPED => return,
            length if length == UNGROUPED + 1 => 0,
            length => length - 1,
        };
        for (entry, &number) in self.facts.iter().zip(&self.numbers).skip(newly_grouped) {
            for key in keys(store, entry.fact.proposition) {
                self.groups.entry(key).or_default().push(number);
            }
        }
    }

    /// Forgets all facts after the first `count`.
    pub fn rollback(&mut self, store: &Store, count: usize) {
        while self.len() > count
            && let Some(Entry { fact, sides }) = self.facts.pop()
        {
            self.numbers.pop();
            self.exact.remove(&fact.proposition);
            if self.facts.len() > UNGROUPED {
                for key in keys(store, fact.proposition) {
                    shorten(&mut self.groups, key);
                }
            } else {
                self.groups.clear();
            }
            for side in sides.into_iter().flat_map(|(left, right)| [left, right]) {
                shorten(&mut self.sides, side);
            }
        }
    }

    /// The number of equations with this side.
    pub fn count_equations(&self, side: TermId) -> usize {
        self.group(|table| table.sides.get(&side)).len()
    }

    /// The equations with this side, the newest first.
    pub fn equations(&self, side: TermId) -> impl Iterator<Item = Fact> {
        self.facts_of(self.group(move |table| table.sides.get(&side)))
    }

    /// Facts that agree with a proposition in its head and, where there are many facts, in the argument other than that
    /// at `place` that the fewest share.
    pub fn alike_but_for(&self, store: &Store, proposition: TermId, place: usize) -> impl Iterator<Item = Fact> {
        let (head, arguments) = store.spine(proposition);
        let others = arguments.iter().take(INDEXED_ARGUMENTS).enumerate().filter(|&(other, _)| other != place);
        let keys = others.map(|(other, &argument)| Key::Argument(head, other as u32, argument));
        let alike = self.facts_of(self.smallest(keys.chain([Key::Head(head)])));
        alike.filter(move |fact| store.head(fact.proposition) == head)
    }

    /// Its own facts of a group, and others as well where they are not grouped.
    fn grouped(&self, key: &Key) -> Option<&Vec<u32>> {
        if self.facts.len() > UNGROUPED { self.groups.get(key) } else { Some(&self.numbers) }
    }

    /// The smallest of several groups, with other facts as well where there are few.
    fn smallest(&self, keys: impl Iterator<Item = Key>) -> Group<'_> {
        match keys.map(|key| self.group(|table| table.grouped(&key))).min_by_key(Group::len) {
            Some(group) => group,
            None => unreachable!("every proposition has a key"),
        }
    }

    /// The facts of a group, the newest first.
    fn facts_of<'a>(&'a self, group: Group<'a>) -> impl Iterator<Item = Fact> + 'a {
        group.own.iter().rev().chain(group.in_base.iter().rev()).map(|&number| self.numbered(number).fact)
    }
}

/// Numbers of facts that have something in common.
#[derive(Clone, Copy)]
struct Group<'a> {
    in_base: &'a [u32],
    own: &'a [u32],
}

impl Group<'_> {
    fn len(&self) -> usize {
        self.in_base.len() + self.own.len()
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
        self.number_of(proposition).map(|number| self.numbered(number).fact.proof)
    }

    fn candidates(&self, environment: &Environment, pattern: TermId, substitution: &Substitution, out: &mut Vec<Fact>) {
        let store = &environment.store;
        if store.loose(pattern) == 0 {
            // Equal propositions are the same term: as they are written in one table, by definition in the other.
            out.extend(self.exact(pattern).map(|proof| Fact { proposition: pattern, proof }));
            return;
        }
        let keys = possible_keys(store, pattern, substitution);
        out.extend(self.facts_of(self.smallest(keys.into_iter())));
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
    base: Option<Arc<FrozenFacts>>,
    written: Table,
    unfolded: Table,
    /// For each fact of `written` that is in `unfolded` already, apart from those that are so in the base, the length
    /// of `unfolded` after it.
    lengths: Vec<usize>,
    normalizer: Normalizer,
    /// Beta-normal forms found so far: large terms share much with those before them.
    beta: FxHashMap<TermId, TermId>,
    /// For each constant whose facts are in the index, the number of facts after it.
    constants: Vec<u32>,
    lacks_normal_forms: bool,
    /// The signatures of types with this many arguments.
    signatures: FxHashMap<(TermId, usize), Arc<Signature>>,
}

/// The facts of a theory, to be shared between threads.
#[derive(Clone, Debug)]
pub struct FrozenFacts {
    written: Arc<Table>,
    unfolded: Arc<Table>,
    lengths: Vec<usize>,
    constants: Vec<u32>,
}

impl FrozenFacts {
    /// An index over these facts for a fork of the environment that they are of, in which no constant is visible yet.
    pub fn fork(base: &Arc<FrozenFacts>) -> FactIndex {
        FactIndex {
            written: Table::over(base.written.clone()),
            unfolded: Table::over(base.unfolded.clone()),
            base: Some(base.clone()),
            ..FactIndex::default()
        }
    }

    /// The index again, which is not copied if there is no other owner any more.
    pub fn thaw(self) -> FactIndex {
        FactIndex {
            written: Arc::unwrap_or_clone(self.written),
            unfolded: Arc::unwrap_or_clone(self.unfolded),
            lengths: self.lengths,
            constants: self.constants,
            ..FactIndex::default()
        }
    }
}

/// The table to look in.
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

    /// Ends the growth of an index without a base, so that threads can share it.
    pub fn freeze(self) -> FrozenFacts {
        let Self { written, unfolded, lengths, constants, .. } = self;
        FrozenFacts { written: Arc::new(written), unfolded: Arc::new(unfolded), lengths, constants }
    }

    /// Makes the facts of the first `count` constants visible, in an index over frozen facts without facts of its own.
    pub fn advance(&mut self, count: usize) {
        let Some(base) = &self.base else { return };
        self.written.visible = match count.checked_sub(1) {
            Some(last) => base.constants.get(last).map_or(base.written.len(), |&facts| facts as usize),
            None => 0,
        };
        self.unfolded.visible = match self.normal_in_base().checked_sub(1) {
            Some(last) => base.lengths[last],
            None => 0,
        };
    }

    /// The number of visible facts of the base whose normal forms the base has.
    fn normal_in_base(&self) -> usize {
        self.base.as_ref().map_or(0, |base| base.lengths.len().min(self.written.visible))
    }

    /// Whether normal forms were asked for that the base does not have: they had to be found here, and other sharers of
    /// the base would have to find them again.
    pub fn lacks_normal_forms(&self) -> bool {
        self.lacks_normal_forms
    }

    /// Finds the normal forms of all facts.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn normalize(&mut self, environment: &mut Environment, equality: Option<&Equality>) -> Result<(), KernelError> {
        self.table(environment, equality, View::Unfolded).map(|_| ())
    }

    /// Adds the constants declared since the last call whose type is a proposition; a promise states one.
    ///
    /// # Errors
    ///
    /// The kernel's, when the budget is exhausted.
    pub fn add_constants(
        &mut self,
        environment: &mut Environment,
        equality: Option<&Equality>,
    ) -> Result<(), KernelError> {
        if self.base.is_some() {
            return Ok(());
        }
        let new = environment.declarations_from(self.constants.len());
        let new: Vec<_> = new.map(|(id, declaration)| (id, declaration.ty, declaration.kind)).collect();
        for (constant, ty, kind) in new {
            if kind == DeclarationKind::Promise || environment.sort_of(ty)? == Sort::Prop {
                let proof = environment.store.constant(constant);
                self.push(environment, equality, Fact { proposition: ty, proof })?;
            }
            self.constants.push(self.written.len() as u32);
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
        fact: Fact,
    ) -> Result<(), KernelError> {
        let proposition = self.form(environment, View::Written, fact.proposition)?;
        self.written.push(&environment.store, equality, Fact { proposition, ..fact });
        Ok(())
    }

    /// All facts, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = Fact> {
        (0..self.written.len()).map(|place| self.written.at(place).fact)
    }

    /// The point to which [`rollback`](Self::rollback) returns.
    pub fn mark(&self) -> usize {
        self.written.len()
    }

    /// Forgets the facts added since the mark.
    pub fn rollback(&mut self, store: &Store, mark: usize) {
        self.written.rollback(store, mark);
        let kept = mark.saturating_sub(self.normal_in_base());
        if self.lengths.len() > kept {
            let length = kept.checked_sub(1).map_or(self.unfolded.visible, |last| self.lengths[last]);
            self.unfolded.rollback(store, length);
            self.lengths.truncate(kept);
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
        let done = self.normal_in_base() + self.lengths.len();
        self.lacks_normal_forms |= done < self.written.visible;
        for place in done..self.written.len() {
            let fact = self.written.at(place).fact;
            let proposition = self.normalizer.normal(environment, fact.proposition)?;
            self.unfolded.push(&environment.store, equality, Fact { proposition, ..fact });
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

    /// The [signature](Signature::new) of functions of a type that are given this many arguments.
    ///
    /// # Errors
    ///
    /// The kernel's, such as that the budget is exhausted.
    pub fn signature(
        &mut self,
        environment: &mut Environment,
        ty: TermId,
        count: usize,
    ) -> Result<Arc<Signature>, KernelError> {
        if let Some(known) = self.signatures.get(&(ty, count)) {
            return Ok(known.clone());
        }
        if self.signatures.len() > KNOWN_SIGNATURES {
            self.signatures.clear();
        }
        let signature = Arc::new(Signature::new(environment, ty, count)?);
        self.signatures.insert((ty, count), signature.clone());
        Ok(signature)
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
