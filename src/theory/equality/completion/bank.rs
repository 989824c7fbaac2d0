//! First-order terms, each kept once: their construction, substitution, matching and unification.

use crate::terms::index::Shapes;
use crate::terms::order::knuth_bendix::{FirstOrder, Head, MAX_VARIABLES};
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// A term of a [`Bank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node(u32);

impl Node {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A symbol by its number, or a variable by its number with this bit.
const VARIABLE: u32 = 1 << 31;

/// The shift that keeps the variables of a second equation apart from those of a first.
pub(super) const APART: u32 = MAX_VARIABLES as u32 / 2;

/// A node's parts, and the facts cached for it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    head: u32,
    first: u32,
    count: u32,
    weight: u32,
    sort: u32,
    variables: u128,
}

/// The sorts that a symbol takes and gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    /// The sort of its applications.
    pub sort: u32,
    /// Its place in the precedence.
    pub precedence: u32,
}

/// Terms, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Bank {
    pub symbols: Vec<Symbol>,
    entries: Vec<Entry>,
    arguments: Vec<Node>,
    table: HashTable<u32>,
}

/// The terms that variables stand for; those set since a mark can be taken back.
#[derive(Clone, Debug)]
pub(super) struct Bindings {
    values: Vec<Option<Node>>,
    trail: Vec<u32>,
}

impl Default for Bindings {
    fn default() -> Self {
        Self { values: vec![None; MAX_VARIABLES], trail: Vec::new() }
    }
}

impl Bindings {
    pub fn get(&self, variable: u32) -> Option<Node> {
        self.values[variable as usize]
    }

    pub fn bind(&mut self, variable: u32, value: Node) {
        self.values[variable as usize] = Some(value);
        self.trail.push(variable);
    }

    pub fn clear(&mut self) {
        for variable in self.trail.drain(..) {
            self.values[variable as usize] = None;
        }
    }
}

fn hash(head: u32, sort: u32, arguments: &[Node]) -> u64 {
    let mut hasher = FxHasher::default();
    (head, sort).hash(&mut hasher);
    arguments.hash(&mut hasher);
    hasher.finish()
}

impl Bank {
    /// The variable of a number and a sort.
    pub fn variable(&mut self, number: u32, sort: u32) -> Node {
        self.intern(VARIABLE | number, sort, &[])
    }

    /// A symbol applied to arguments.
    pub fn apply(&mut self, symbol: u32, arguments: &[Node]) -> Node {
        let sort = self.symbols[symbol as usize].sort;
        self.intern(symbol, sort, arguments)
    }

    fn intern(&mut self, head: u32, sort: u32, arguments: &[Node]) -> Node {
        let hashed = hash(head, sort, arguments);
        let Self { entries, arguments: pool, table, .. } = self;
        let own = |entry: &Entry| entry.first as usize..(entry.first + entry.count) as usize;
        let same = |&place: &u32| {
            let entry = &entries[place as usize];
            entry.head == head && entry.sort == sort && pool[own(entry)] == *arguments
        };
        if let Some(&known) = table.find(hashed, same) {
            return Node(known);
        }
        let (mut weight, mut variables) = (1u32, if head & VARIABLE != 0 { 1u128 << (head ^ VARIABLE) } else { 0 });
        for argument in arguments {
            let entry = &entries[argument.index()];
            weight = weight.saturating_add(entry.weight);
            variables |= entry.variables;
        }
        let place = entries.len() as u32;
        let (first, count) = (pool.len() as u32, arguments.len() as u32);
        pool.extend_from_slice(arguments);
        entries.push(Entry { head, first, count, weight, sort, variables });
        table.insert_unique(hashed, place, |&place| {
            let entry = &entries[place as usize];
            hash(entry.head, entry.sort, &pool[own(entry)])
        });
        Node(place)
    }

    fn entry(&self, node: Node) -> &Entry {
        &self.entries[node.index()]
    }

    pub fn sort(&self, node: Node) -> u32 {
        self.entry(node).sort
    }

    /// The variables of a term as a set of bits.
    pub fn variables(&self, node: Node) -> u128 {
        self.entry(node).variables
    }

    /// The number of a variable; `None` for other terms.
    pub fn as_variable(&self, node: Node) -> Option<u32> {
        let head = self.entry(node).head;
        (head & VARIABLE != 0).then_some(head ^ VARIABLE)
    }

    /// The symbol at the head; `None` for a variable.
    pub fn symbol(&self, node: Node) -> Option<u32> {
        let head = self.entry(node).head;
        (head & VARIABLE == 0).then_some(head)
    }

    /// The variables of a term in the order in which they occur, each once, after those already in `found`.
    pub fn variables_in_order(&self, node: Node, found: &mut Vec<Node>) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if self.as_variable(node).is_some() {
                if !found.contains(&node) {
                    found.push(node);
                }
                continue;
            }
            let arguments = self.arguments(node).iter().rev();
            open.extend(arguments.copied().filter(|&argument| !self.is_ground(argument)));
        }
    }

    /// A term with its head kept and other arguments.
    pub fn with_arguments(&mut self, node: Node, arguments: &[Node]) -> Node {
        let Entry { head, sort, .. } = *self.entry(node);
        self.intern(head, sort, arguments)
    }

    /// The term with each bound variable replaced by its value, once.
    pub fn instantiate(&mut self, node: Node, bindings: &Bindings) -> Node {
        if self.is_ground(node) {
            return node;
        }
        if let Some(number) = self.as_variable(node) {
            return bindings.get(number).unwrap_or(node);
        }
        let (first, count) = (self.entry(node).first as usize, self.entry(node).count as usize);
        if count <= INLINE {
            let mut arguments = [node; INLINE];
            for (place, argument) in arguments.iter_mut().enumerate().take(count) {
                *argument = self.instantiate(self.arguments[first + place], bindings);
            }
            return self.with_arguments(node, &arguments[..count]);
        }
        let mut arguments = self.arguments[first..first + count].to_vec();
        for argument in &mut arguments {
            *argument = self.instantiate(*argument, bindings);
        }
        self.with_arguments(node, &arguments)
    }

    /// The term with each bound variable replaced by its value, and those in the value likewise, as unification binds
    /// them.
    pub fn resolve(&mut self, node: Node, bindings: &Bindings) -> Node {
        if self.is_ground(node) {
            return node;
        }
        if let Some(number) = self.as_variable(node) {
            return match bindings.get(number) {
                Some(value) => self.resolve(value, bindings),
                None => node,
            };
        }
        let arguments = self.arguments(node).to_vec();
        let resolved: Vec<Node> = arguments.iter().map(|&argument| self.resolve(argument, bindings)).collect();
        if resolved == arguments { node } else { self.with_arguments(node, &resolved) }
    }

    /// The term with the numbers of its variables raised by [`APART`].
    pub fn apart(&mut self, node: Node) -> Node {
        if let Some(number) = self.as_variable(node) {
            let sort = self.sort(node);
            return self.variable(number + APART, sort);
        }
        let arguments = self.arguments(node).to_vec();
        let moved: Vec<Node> = arguments.iter().map(|&argument| self.apart(argument)).collect();
        self.with_arguments(node, &moved)
    }

    /// Extends bindings of the pattern's variables so that it becomes the term; if it cannot, they may be anything.
    pub fn matches(&self, pattern: Node, term: Node, bindings: &mut Bindings) -> bool {
        if self.is_ground(pattern) {
            return pattern == term;
        }
        let (entry, other) = (self.entry(pattern), self.entry(term));
        if entry.head & VARIABLE != 0 {
            let number = entry.head ^ VARIABLE;
            return match bindings.get(number) {
                Some(known) => known == term,
                None if entry.sort == other.sort => {
                    bindings.bind(number, term);
                    true
                }
                None => false,
            };
        }
        if entry.head != other.head || entry.weight > other.weight {
            return false;
        }
        let (first, second) = (entry.first as usize, other.first as usize);
        (0..entry.count as usize).all(|i| self.matches(self.arguments[first + i], self.arguments[second + i], bindings))
    }

    /// Extends bindings so that both terms become the same; if it cannot, they may be anything.
    pub fn unify(&self, left: Node, right: Node, bindings: &mut Bindings) -> bool {
        let (left, right) = (self.walk(left, bindings), self.walk(right, bindings));
        if left == right {
            return true;
        }
        let (entry, other) = (self.entry(left), self.entry(right));
        match (entry.head & VARIABLE != 0, other.head & VARIABLE != 0) {
            (true, _) => entry.sort == other.sort && self.bind(entry.head ^ VARIABLE, right, bindings),
            (false, true) => entry.sort == other.sort && self.bind(other.head ^ VARIABLE, left, bindings),
            (false, false) => {
                if entry.head != other.head || (entry.variables | other.variables) == 0 {
                    return false;
                }
                let (first, second) = (entry.first as usize, other.first as usize);
                (0..entry.count as usize)
                    .all(|i| self.unify(self.arguments[first + i], self.arguments[second + i], bindings))
            }
        }
    }

    fn walk(&self, mut node: Node, bindings: &Bindings) -> Node {
        while let Some(value) = self.as_variable(node).and_then(|number| bindings.get(number)) {
            node = value;
        }
        node
    }

    fn bind(&self, variable: u32, value: Node, bindings: &mut Bindings) -> bool {
        if self.occurs(variable, value, bindings) {
            return false;
        }
        bindings.bind(variable, value);
        true
    }

    fn occurs(&self, variable: u32, node: Node, bindings: &Bindings) -> bool {
        if self.is_ground(node) {
            return false;
        }
        if let Some(number) = self.as_variable(node) {
            return number == variable
                || bindings.get(number).is_some_and(|value| self.occurs(variable, value, bindings));
        }
        self.arguments(node).iter().any(|&argument| self.occurs(variable, argument, bindings))
    }

    /// The term with the subterm at a path replaced.
    pub fn replace(&mut self, node: Node, path: &[u16], by: Node) -> Node {
        let Some((&place, rest)) = path.split_first() else { return by };
        let mut arguments = self.arguments(node).to_vec();
        arguments[place as usize] = self.replace(arguments[place as usize], rest, by);
        self.with_arguments(node, &arguments)
    }
}

/// Arguments of this many places are copied without an allocation.
const INLINE: usize = 4;

impl Shapes for Bank {
    type Node = Node;
    type Symbol = u32;

    fn open(&self, node: Node, open: &mut Vec<Node>) -> Option<u32> {
        let symbol = self.symbol(node)?;
        open.extend(self.arguments(node).iter().rev());
        Some(symbol)
    }
}

impl FirstOrder for Bank {
    type Term = Node;

    fn head(&self, term: Node) -> Head {
        let head = self.entry(term).head;
        match head & VARIABLE {
            0 => Head::Symbol(self.symbols[head as usize].precedence),
            _ => Head::Variable(head ^ VARIABLE),
        }
    }

    fn arguments(&self, term: Node) -> &[Node] {
        let entry = self.entry(term);
        &self.arguments[entry.first as usize..(entry.first + entry.count) as usize]
    }

    fn weight(&self, term: Node) -> u32 {
        self.entry(term).weight
    }

    fn is_ground(&self, term: Node) -> bool {
        self.entry(term).variables == 0
    }
}
