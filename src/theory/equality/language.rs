//! The language of the e-graph: applications of typed operators.
//!
//! A term is cut at its head: `(f a b)` becomes a node whose *operator* is `f` together with those arguments that are
//! not objects of a type (types, propositions' proofs) or on which a later type depends, and whose *children* are the
//! other arguments. So every operator has one list of types for its children and one type for its result, whatever the
//! children are: congruent nodes have equal types, and a class has one type for good. (With a node for each single
//! application, curried, the type of a node would follow from its children too, but a pattern would have to look at
//! every application in the graph, since all have the same operator.)
//!
//! A term without a head (a lambda, an arrow, a sort) is itself an operator without children; terms are kept once, so
//! terms equal up to names of binders are equal.

use egg::{Analysis, DidMerge, EGraph, Id, Language};
use prover_logic::{Environment, KernelError, Sort, Store, Term, TermId};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// An operator applied to classes. Operators are numbered as they come, so that nothing depends on indices of terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node {
    pub op: u32,
    pub children: Box<[Id]>,
}

impl Language for Node {
    type Discriminant = u32;

    fn discriminant(&self) -> u32 {
        self.op
    }

    fn matches(&self, other: &Self) -> bool {
        // An operator has one number of children.
        self.op == other.op
    }

    fn children(&self) -> &[Id] {
        &self.children
    }

    fn children_mut(&mut self) -> &mut [Id] {
        &mut self.children
    }
}

/// The data of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// The type of all its terms.
    pub ty: TermId,
    /// The size of its smallest term that was written down, as a tree of nodes.
    pub size: u32,
    /// That term.
    pub best: Id,
}

/// Types and sizes, kept by the e-graph as it grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Typing {
    /// The type of each operator's result.
    pub types: Vec<TermId>,
    /// The size of each term that was added, by its number.
    pub sizes: Vec<u32>,
}

impl Typing {
    /// The size of a node from those of its children.
    pub fn size(&self, node: &Node) -> u32 {
        let children = node.children.iter().map(|&child| self.sizes[usize::from(child)]);
        children.fold(1, u32::saturating_add)
    }
}

impl Analysis<Node> for Typing {
    type Data = Class;

    fn make(egraph: &mut EGraph<Node, Self>, node: &Node, id: Id) -> Class {
        let typing = &egraph.analysis;
        Class { ty: typing.types[node.op as usize], size: typing.size(node), best: id }
    }

    fn merge(&mut self, to: &mut Class, from: Class) -> DidMerge {
        debug_assert_eq!(to.ty, from.ty, "classes of different types are never merged");
        if (from.size, from.best) < (to.size, to.best) {
            *to = from;
        }
        // Nothing is derived from a class's data, so nothing has to be made anew.
        DidMerge(false, false)
    }
}

/// An operator: a head, and its arguments; `None` for those that are children.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Operator {
    pub head: TermId,
    pub arguments: Box<[Option<TermId>]>,
}

impl Operator {
    /// The term with the children given.
    pub fn apply(&self, store: &mut Store, children: &[TermId]) -> TermId {
        let mut children = children.iter();
        self.arguments.iter().fold(self.head, |term, argument| {
            // An operator is applied to as many children as it has places for them.
            match argument.as_ref().or_else(|| children.next()) {
                Some(&argument) => store.app(term, argument),
                None => term,
            }
        })
    }
}

/// The operators met so far, and how heads take their arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Operators {
    pub list: Vec<Operator>,
    index: FxHashMap<Operator, u32>,
    by_head: FxHashMap<TermId, Vec<u32>>,
    modes: FxHashMap<TermId, Box<[bool]>>,
}

/// A term as an operator and the arguments that are its children.
pub(super) type Shape = (Operator, Vec<TermId>);

impl Operators {
    /// The number of an operator, and whether it is new.
    pub fn number(&mut self, operator: Operator) -> (u32, bool) {
        if let Some(&known) = self.index.get(&operator) {
            return (known, false);
        }
        let number = self.list.len() as u32;
        self.by_head.entry(operator.head).or_default().push(number);
        self.index.insert(operator.clone(), number);
        self.list.push(operator);
        (number, true)
    }

    /// The operators with a head.
    pub fn with_head(&self, head: TermId) -> &[u32] {
        self.by_head.get(&head).map_or(&[], Vec::as_slice)
    }

    /// For each argument that a head takes, whether it is a child.
    pub fn modes(&mut self, env: &mut Environment, head: TermId) -> Result<&[bool], KernelError> {
        match self.modes.entry(head) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(modes(env, head)?)),
        }
    }

    /// A term without a beta redex at its head, as an operator and children.
    pub fn shape(&mut self, env: &mut Environment, term: TermId) -> Result<Shape, KernelError> {
        let (head, arguments) = env.store.spine(term);
        let rigid = matches!(env.store.term(head), Term::Const(_) | Term::Local { .. });
        if arguments.is_empty() || !rigid {
            return Ok((Operator { head: term, arguments: [].into() }, Vec::new()));
        }
        let modes = self.modes(env, head)?;
        if modes.len() < arguments.len() {
            // A type variable became an arrow: the whole stays as it is.
            return Ok((Operator { head: term, arguments: [].into() }, Vec::new()));
        }
        let children = arguments.iter().zip(modes).filter(|(_, is_child)| **is_child).map(|(&a, _)| a).collect();
        let fixed = arguments.iter().zip(modes).map(|(&argument, is_child)| (!is_child).then_some(argument));
        Ok((Operator { head, arguments: fixed.collect() }, children))
    }
}

/// The arguments of a head that are children: objects on which no later type depends.
fn modes(env: &mut Environment, head: TermId) -> Result<Box<[bool]>, KernelError> {
    let mut ty = env.infer(head)?;
    let first = env.store.local_bound(ty);
    let mut locals = Vec::new();
    let mut modes = Vec::new();
    while let Term::Pi(domain, range) = env.store.term(ty) {
        let opened = env.store.instantiate(domain, &locals);
        let is_object = env.sort_of(opened)? == Sort::Type;
        modes.push(is_object && !mentions(&env.store, range, 0));
        locals.push(env.store.local(first + locals.len() as u32, opened));
        ty = range;
    }
    Ok(modes.into())
}

/// Whether a term mentions the variable of a loose index.
pub(super) fn mentions(store: &Store, term: TermId, index: u32) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut open = vec![(term, index)];
    while let Some((id, index)) = open.pop() {
        if store.loose(id) <= index || !seen.insert((id, index)) {
            continue;
        }
        match store.term(id) {
            Term::Bound(found) if found == index => return true,
            Term::App(a, b) => open.extend([(a, index), (b, index)]),
            Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([(a, index), (b, index + 1)]),
            _ => {}
        }
    }
    false
}
