//! The e-graph of kernel terms, with a reason for every union.
//!
//! Every term added has a number of its own (egg's *uncanonical* id), so that an explanation mentions terms as they
//! were added. A union is made between two such terms, for a reason that is proved later, if an explanation needs it.
//!
//! A reason may rest on equalities that held when it was given (the premises of a conditional rule). Explanations stay
//! well-founded all the same: egg's forest of justifications only grows, and the path between two terms that were equal
//! at some time consists of edges of that time. That is why the shortening of explanations that egg offers, which looks
//! for other paths, is off, and why two terms that are equal already are never united again.

use super::language::{Node, Operator, Operators, Typing};
use egg::{EGraph, Id, Symbol};
use prover_logic::{Environment, KernelError, TermId};
use rustc_hash::FxHashMap;

/// Reason why a term or an equation could not be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The kernel's refusal: ill typed, too deep, or the budget is exhausted.
    Kernel(KernelError),
    /// The graph has as many terms as it may have.
    Full,
}

impl From<KernelError> for Stop {
    fn from(error: KernelError) -> Self {
        Self::Kernel(error)
    }
}

pub(super) type Result<T> = std::result::Result<T, Stop>;

/// Justification: why two terms are equal, or why a proposition holds.
#[derive(Clone, Debug)]
pub(super) enum Why {
    /// A proof.
    Given(TermId),
    /// They are so by definition.
    Definition,
    /// An instance of a rule.
    Instance {
        /// The proposition of the rule.
        function: TermId,
        /// Its arguments.
        arguments: Box<[Argument]>,
    },
}

/// An argument of a rule's instance.
#[derive(Clone, Copy, Debug)]
pub(super) enum Argument {
    /// An object, type or proof.
    Term(TermId),
    /// A proof that two terms are equal.
    Equal(Id, Id),
    /// A proof of a proposition, which is equal to a fact.
    Fact(Id, usize),
}

/// A union, or a fact.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    pub left: Id,
    pub right: Id,
    pub why: Why,
}

/// A proposition that holds.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub proposition: Id,
    pub why: Why,
}

/// An e-graph of kernel terms.
#[derive(Clone)]
pub(super) struct Graph {
    pub egraph: EGraph<Node, Typing>,
    pub operators: Operators,
    /// The terms by their numbers, without beta redexes at heads.
    pub terms: Vec<TermId>,
    numbers: FxHashMap<TermId, Id>,
    pub reasons: Vec<Reason>,
    pub facts: Vec<Fact>,
    /// The first fact of each class, as of the last rebuild.
    fact_of_class: FxHashMap<Id, usize>,
    capacity: usize,
}

impl Graph {
    /// A graph that takes at most `capacity` terms.
    pub fn new(capacity: usize) -> Self {
        let egraph = EGraph::new(Typing::default()).with_explanations_enabled();
        Self {
            egraph: egraph.without_explanation_length_optimization(),
            operators: Operators::default(),
            terms: Vec::new(),
            numbers: FxHashMap::default(),
            reasons: Vec::new(),
            facts: Vec::new(),
            fact_of_class: FxHashMap::default(),
            capacity,
        }
    }

    /// A copy that takes at most `capacity` terms, those that are there included.
    pub fn copy(&self, capacity: usize) -> Self {
        Self { capacity, ..self.clone() }
    }

    /// The class of a term that was added.
    pub fn class_of(&self, term: TermId) -> Option<Id> {
        self.numbers.get(&term).map(|&id| self.egraph.find(id))
    }

    /// Whether two terms are known to be equal.
    pub fn equal(&self, left: Id, right: Id) -> bool {
        self.egraph.find(left) == self.egraph.find(right)
    }

    /// The type of a term.
    pub fn type_of(&self, id: Id) -> TermId {
        self.egraph.analysis.types[self.egraph.id_to_node(id).op as usize]
    }

    /// The term of a number.
    pub fn term(&self, id: Id) -> TermId {
        self.terms[usize::from(id)]
    }

    /// Adds a well-typed term without loose indices, and all its parts.
    pub fn add(&mut self, env: &mut Environment, term: TermId) -> Result<Id> {
        if let Some(&id) = self.numbers.get(&term) {
            return Ok(id);
        }
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.add_new(env, term))
    }

    fn add_new(&mut self, env: &mut Environment, term: TermId) -> Result<Id> {
        env.spend(1)?;
        let reduced = env.beta(term)?;
        if reduced != term {
            let id = self.add(env, reduced)?;
            self.numbers.insert(term, id);
            return Ok(id);
        }
        let (operator, arguments) = self.operators.shape(env, term)?;
        let mut children = Vec::with_capacity(arguments.len());
        for argument in arguments {
            children.push(self.add(env, argument)?);
        }
        let parts: Vec<TermId> = children.iter().map(|&child| self.term(child)).collect();
        let normal = operator.apply(&mut env.store, &parts);
        let id = match self.numbers.get(&normal) {
            Some(&id) => id,
            None => self.add_node(env, operator, normal, children.into())?,
        };
        self.numbers.insert(term, id);
        Ok(id)
    }

    fn add_node(&mut self, env: &mut Environment, operator: Operator, term: TermId, children: Box<[Id]>) -> Result<Id> {
        if self.terms.len() >= self.capacity {
            return Err(Stop::Full);
        }
        // Before the operator is numbered, so that each number has a type.
        let ty = env.infer(term)?;
        let (op, is_new) = self.operators.number(operator);
        if is_new {
            self.egraph.analysis.types.push(ty);
        }
        let node = Node { op, children };
        let size = self.egraph.analysis.size(&node);
        let id = self.egraph.add_uncanonical(node);
        debug_assert_eq!(usize::from(id), self.terms.len(), "terms are numbered as they come");
        self.terms.push(term);
        self.egraph.analysis.sizes.push(size);
        let class = &mut self.egraph[id].data;
        if size < class.size {
            (class.size, class.best) = (size, id);
        }
        self.numbers.insert(term, id);
        if let Some(unfolded) = env.unfold(term)? {
            let unfolded = self.add(env, unfolded)?;
            self.unite(id, unfolded, Why::Definition);
        }
        Ok(id)
    }

    /// Unites two terms; false if they are equal already or have different types.
    pub fn unite(&mut self, left: Id, right: Id, why: Why) -> bool {
        if self.equal(left, right) || self.type_of(left) != self.type_of(right) {
            return false;
        }
        // egg keeps the names of reasons for ever; numbers from 0 are the same in every graph.
        let name = Symbol::from(self.reasons.len().to_string());
        self.reasons.push(Reason { left, right, why });
        self.egraph.union_trusted(left, right, name)
    }

    /// Adds a fact; false if its class has one already.
    pub fn assert(&mut self, proposition: Id, why: Why) -> bool {
        let class = self.egraph.find(proposition);
        if self.fact_of_class.contains_key(&class) {
            return false;
        }
        self.fact_of_class.insert(class, self.facts.len());
        self.facts.push(Fact { proposition, why });
        true
    }

    /// A fact that a proposition is equal to, as of the last rebuild.
    pub fn fact(&self, proposition: Id) -> Option<usize> {
        self.fact_of_class.get(&self.egraph.find(proposition)).copied()
    }

    /// The classes of facts, in the order of the facts.
    pub fn fact_classes(&self) -> Vec<Id> {
        let mut classes: Vec<(usize, Id)> = self.fact_of_class.iter().map(|(&class, &fact)| (fact, class)).collect();
        classes.sort_unstable();
        classes.into_iter().map(|(_, class)| class).collect()
    }

    /// Restores congruence after additions and unions.
    pub fn rebuild(&mut self) {
        self.egraph.rebuild();
        self.fact_of_class.clear();
        for (index, fact) in self.facts.iter().enumerate() {
            self.fact_of_class.entry(self.egraph.find(fact.proposition)).or_insert(index);
        }
    }
}
