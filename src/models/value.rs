//! Values of terms without variables in a structure, each kept once.
//!
//! A [`Value`] is an index into [`Values`], so that equal values are equal indices and calls of functions can be
//! remembered by their arguments. Types are values too, since functions of the language take types as arguments.

use hashbrown::HashTable;
use prover_logic::ConstId;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// Index of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Value(u32);

impl Value {
    /// The proposition that is false.
    pub const FALSE: Self = Self(0);
    /// The proposition that is true.
    pub const TRUE: Self = Self(1);

    /// The proposition that is true or false.
    pub fn truth(is_true: bool) -> Self {
        if is_true { Self::TRUE } else { Self::FALSE }
    }
}

/// Head of a value: the way in which it is made of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Head {
    /// A truth value.
    Truth(bool),
    /// A constructor with its arguments, types not among them.
    Construct(ConstId),
    /// An element of a finite type of which nothing else is known: the type's number, and its own.
    Atom(u32, u32),
    /// A function, by its number, with fewer arguments than it takes.
    Partial(u32),
    /// A lambda by the number of its body, with the values of the variables around it.
    Closure(u32),
    /// A function that chooses its results by a seed; the parts are its type's domain and range.
    Chosen(u32),
    /// A function with one result for each value of a finite domain, in order; the first part is the domain.
    Listed,
    /// The type `prop`.
    Prop,
    /// The sort `type`.
    Type,
    /// A finite type of which nothing else is known: its number, and how many elements it has.
    Atoms(u32, u32),
    /// A type former with its arguments.
    Former(ConstId),
    /// The type of functions from the first part to the second.
    Arrow,
    /// A call, in a structure, of a function by its number: no value, but the key of its cached result.
    Call(u32, u32),
}

#[derive(Clone, Copy, Debug)]
struct Node {
    head: Head,
    start: u32,
    length: u32,
    /// Whether a function is somewhere in it, so that another value may be equal to it.
    has_function: bool,
    /// The result of a call, once it is known.
    result: Option<Value>,
    /// A number that does not depend on which values came before.
    print: u64,
}

/// All values of a structure.
#[derive(Clone, Debug)]
pub(super) struct Values {
    nodes: Vec<Node>,
    parts: Vec<Value>,
    index: HashTable<u32>,
}

fn hash(head: Head, parts: &[Value]) -> u64 {
    let mut hasher = FxHasher::default();
    head.hash(&mut hasher);
    parts.hash(&mut hasher);
    hasher.finish()
}

impl Values {
    /// The truth values only.
    pub fn new() -> Self {
        let mut values = Self { nodes: Vec::new(), parts: Vec::new(), index: HashTable::new() };
        values.intern(Head::Truth(false), &[]);
        values.intern(Head::Truth(true), &[]);
        values
    }

    /// The number of values and remembered calls.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The value of a head with its parts.
    pub fn intern(&mut self, head: Head, parts: &[Value]) -> Value {
        let hash_of = hash(head, parts);
        let (nodes, all) = (&self.nodes, &self.parts);
        let at = |node: &Node| &all[node.start as usize..(node.start + node.length) as usize];
        let found = self.index.find(hash_of, |&number| {
            let node = &nodes[number as usize];
            node.head == head && at(node) == parts
        });
        if let Some(&number) = found {
            return Value(number);
        }
        let number = self.nodes.len() as u32;
        let is_function = matches!(head, Head::Partial(_) | Head::Closure(_) | Head::Chosen(_) | Head::Listed);
        let is_data = matches!(head, Head::Construct(_));
        let has_function = is_function || is_data && parts.iter().any(|part| self.nodes[part.0 as usize].has_function);
        let mut hasher = FxHasher::default();
        head.hash(&mut hasher);
        parts.iter().for_each(|part| self.nodes[part.0 as usize].print.hash(&mut hasher));
        let print = hasher.finish();
        let start = self.parts.len() as u32;
        self.parts.extend_from_slice(parts);
        self.nodes.push(Node { head, start, length: parts.len() as u32, has_function, result: None, print });
        let (nodes, all) = (&self.nodes, &self.parts);
        self.index.insert_unique(hash_of, number, |&number| {
            let node = &nodes[number as usize];
            hash(node.head, &all[node.start as usize..(node.start + node.length) as usize])
        });
        Value(number)
    }

    /// The head of a value.
    pub fn head(&self, value: Value) -> Head {
        self.nodes[value.0 as usize].head
    }

    /// The parts of a value.
    pub fn parts(&self, value: Value) -> &[Value] {
        let node = &self.nodes[value.0 as usize];
        &self.parts[node.start as usize..(node.start + node.length) as usize]
    }

    /// A part of a value.
    pub fn part(&self, value: Value, place: usize) -> Value {
        self.parts(value)[place]
    }

    /// Whether a function is somewhere in a value, so that a different value may be equal to it.
    pub fn has_function(&self, value: Value) -> bool {
        self.nodes[value.0 as usize].has_function
    }

    /// A number that is the same for equal values, whatever values came before; different values mostly differ in it.
    pub fn print(&self, value: Value) -> u64 {
        self.nodes[value.0 as usize].print
    }

    /// The remembered result of a call.
    pub fn result(&self, call: Value) -> Option<Value> {
        self.nodes[call.0 as usize].result
    }

    /// Remembers the result of a call.
    pub fn remember(&mut self, call: Value, result: Value) {
        self.nodes[call.0 as usize].result = Some(result);
    }
}
