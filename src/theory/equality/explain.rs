//! Explanations as proof terms.
//!
//! egg explains an equality by a path of steps; a step is a reason's union (used from left to right or back) or
//! congruence, with a path for each child. A path becomes a chain of `rewrite`s with one and the same motive `(= t x
//! _)` for its start `x`, so that each step costs a constant number of new terms; so does each changed child of a
//! congruence, whose motive is the equation with the children before it changed already and those after it not yet.
//! Repeated parts are translated once, and terms are shared, so the proof is as large as the explanation up to a
//! constant.

use super::graph::{Argument, Graph, Why};
use super::language::Node;
use crate::terms::equation::Equation;
use egg::{Explanation, Id, TreeTerm};
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, TermId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// Reason why an explanation did not become a proof term. Each is a fault of this module, which thereby loses a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// Two terms are to be proved equal that are not.
    #[error("two terms are not equal in the graph")]
    NotEqual,
    /// A step does not start where the one before it ended.
    #[error("a step of the explanation does not follow from the one before it")]
    Gap,
    /// A reason rests on itself.
    #[error("the explanation is circular")]
    Circular,
    /// The explanation speaks of a reason that was not given.
    #[error("the explanation names an unknown reason")]
    UnknownReason,
    /// The kernel does not accept the proof term.
    #[error("the kernel refuses the proof: {0}")]
    Kernel(#[from] KernelError),
    /// The proof term proves something else.
    #[error("the proof proves something else")]
    OtherStatement,
}

type Result<T> = std::result::Result<T, ExplainError>;

/// That two terms are equal; without a proof when they are the same.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: TermId,
    to: TermId,
    proof: Option<TermId>,
}

/// Turns a graph's explanations into proof terms.
pub(super) struct Prover<'a> {
    env: &'a mut Environment,
    graph: &'a mut Graph,
    equality: Equality,
    /// Proofs of reasons; `None` while one is being made.
    reasons: FxHashMap<usize, Option<TermId>>,
    /// The statements of the nodes of explanations, by their addresses, which stay theirs as long as the explanations
    /// are kept.
    links: FxHashMap<*const TreeTerm<Node>, Link>,
    kept: Vec<Explanation<Node>>,
    /// The number of steps translated, shared ones once.
    pub steps: usize,
}

impl<'a> Prover<'a> {
    pub fn new(env: &'a mut Environment, graph: &'a mut Graph, equality: Equality) -> Self {
        let (reasons, links) = (FxHashMap::default(), FxHashMap::default());
        Self { env, graph, equality, reasons, links, kept: Vec::new(), steps: 0 }
    }

    /// A proof that two terms are equal.
    pub fn equation(&mut self, left: Id, right: Id) -> Result<TermId> {
        let link = self.link(left, right)?;
        match link.proof {
            Some(proof) => Ok(proof),
            None => {
                let refl = self.env.store.constant(self.equality.refl);
                let ty = self.graph.type_of(left);
                Ok(self.env.store.apps(refl, &[ty, link.from]))
            }
        }
    }

    /// A proof of a proposition that is equal to a fact.
    pub fn fact(&mut self, proposition: Id, fact: usize) -> Result<TermId> {
        let fact = self.graph.facts.get(fact).cloned().ok_or(ExplainError::UnknownReason)?;
        let proof = self.why(&fact.why, None)?;
        let link = self.link(fact.proposition, proposition)?;
        let Some(equal) = link.proof else { return Ok(proof) };
        let store = &mut self.env.store;
        let ty = store.sort(Sort::Prop);
        let bound = store.bound(0);
        let motive = store.lambda(ty, bound);
        let equation = Equation { ty, left: link.from, right: link.to, proof: equal };
        Ok(equation.transport(store, &self.equality, motive, proof))
    }

    /// A proof of a reason's statement; `equal` are the terms that are equal by it.
    pub fn why(&mut self, why: &Why, equal: Option<(Id, Id)>) -> Result<TermId> {
        match why {
            Why::Given(proof) => Ok(*proof),
            Why::Definition => {
                let (left, _) = equal.ok_or(ExplainError::UnknownReason)?;
                let (ty, term) = (self.graph.type_of(left), self.graph.term(left));
                let refl = self.env.store.constant(self.equality.refl);
                Ok(self.env.store.apps(refl, &[ty, term]))
            }
            Why::Instance { function, arguments } => {
                let mut proof = *function;
                for argument in arguments {
                    let argument = match *argument {
                        Argument::Term(term) => term,
                        Argument::Equal(left, right) => self.equation(left, right)?,
                        Argument::Fact(proposition, fact) => self.fact(proposition, fact)?,
                    };
                    proof = self.env.store.app(proof, argument);
                }
                Ok(proof)
            }
        }
    }

    /// Fails after the deadline, as the kernel does: the terms made here take none of the kernel's steps.
    fn require_time(&self) -> Result<()> {
        if self.env.is_late() { Err(KernelError::BudgetExhausted.into()) } else { Ok(()) }
    }

    fn link(&mut self, left: Id, right: Id) -> Result<Link> {
        self.require_time()?;
        if !self.graph.equal(left, right) {
            return Err(ExplainError::NotEqual);
        }
        let explanation = self.graph.egraph.explain_id_equivalence(left, right);
        let path = explanation.explanation_trees.clone();
        self.kept.push(explanation);
        let link = self.path(&path)?;
        let expected = (self.graph.term(left), self.graph.term(right));
        if (link.from, link.to) == expected { Ok(link) } else { Err(ExplainError::Gap) }
    }

    /// The statement of a path: its first entry is a term, the others are steps from the term before.
    fn path(&mut self, path: &[Rc<TreeTerm<Node>>]) -> Result<Link> {
        let [first, steps @ ..] = path else { return Err(ExplainError::Gap) };
        let start = self.node(first)?.from;
        let ty = self.graph.egraph.analysis.types[first.node.op as usize];
        // The terms met and the proof that the start equals each; a term met again cuts off what was between.
        let mut chain = vec![(start, None)];
        let mut places = FxHashMap::from_iter([(start, 0)]);
        for step in steps {
            let link = self.step(step)?;
            let (current, proof) = chain[chain.len() - 1];
            if link.from != current {
                return Err(ExplainError::Gap);
            }
            if let Some(&place) = places.get(&link.to) {
                for (term, _) in chain.drain(place + 1..) {
                    places.remove(&term);
                }
                continue;
            }
            let proof = self.follow(ty, start, proof, link);
            places.insert(link.to, chain.len());
            chain.push((link.to, proof));
        }
        let (to, proof) = chain[chain.len() - 1];
        Ok(Link { from: start, to, proof })
    }

    /// From `start = link.from` (`proof`; the same term if there is none) and the link: `start = link.to`.
    fn follow(&mut self, ty: TermId, start: TermId, proof: Option<TermId>, link: Link) -> Option<TermId> {
        let (Some(proof), Some(equal)) = (proof, link.proof) else { return proof.or(link.proof) };
        let store = &mut self.env.store;
        let (eq, hole) = (store.constant(self.equality.eq), store.bound(0));
        let body = store.apps(eq, &[ty, start, hole]);
        let motive = store.lambda(ty, body);
        let equation = Equation { ty, left: link.from, right: link.to, proof: equal };
        Some(equation.transport(store, &self.equality, motive, proof))
    }

    fn step(&mut self, step: &Rc<TreeTerm<Node>>) -> Result<Link> {
        let (name, forward) = match (step.forward_rule, step.backward_rule) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => return self.node(step),
        };
        let index: usize = name.as_str().parse().map_err(|_| ExplainError::UnknownReason)?;
        let reason = self.graph.reasons.get(index).cloned().ok_or(ExplainError::UnknownReason)?;
        let proof = self.reason(index)?;
        let (left, right) = (self.graph.term(reason.left), self.graph.term(reason.right));
        let equation = Equation { ty: self.graph.type_of(reason.left), left, right, proof };
        let equation = if forward { equation } else { equation.reversed(&mut self.env.store, &self.equality) };
        Ok(Link { from: equation.left, to: equation.right, proof: Some(equation.proof) })
    }

    fn reason(&mut self, index: usize) -> Result<TermId> {
        match self.reasons.get(&index) {
            Some(Some(proof)) => return Ok(*proof),
            Some(None) => return Err(ExplainError::Circular),
            None => {}
        }
        self.reasons.insert(index, None);
        self.steps += 1;
        let reason = self.graph.reasons[index].clone();
        let proof = self.why(&reason.why, Some((reason.left, reason.right)))?;
        self.reasons.insert(index, Some(proof));
        Ok(proof)
    }

    /// The statement of a node without a reason: its operator applied to the terms that the paths of its children lead
    /// from and to.
    fn node(&mut self, tree: &Rc<TreeTerm<Node>>) -> Result<Link> {
        let address = Rc::as_ptr(tree);
        if let Some(&known) = self.links.get(&address) {
            return Ok(known);
        }
        let link = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.application(tree))?;
        self.links.insert(address, link);
        Ok(link)
    }

    fn application(&mut self, tree: &TreeTerm<Node>) -> Result<Link> {
        self.require_time()?;
        let mut children = Vec::with_capacity(tree.child_proofs.len());
        for path in &tree.child_proofs {
            children.push((self.path(path)?, path.first().map_or(0, |first| first.node.op)));
        }
        let from: Vec<TermId> = children.iter().map(|(child, _)| child.from).collect();
        let to: Vec<TermId> = children.iter().map(|(child, _)| child.to).collect();
        let operator = self.graph.operators.list[tree.node.op as usize].clone();
        let store = &mut self.env.store;
        let start = operator.apply(store, &from);
        let end = operator.apply(store, &to);
        let ty = self.graph.egraph.analysis.types[tree.node.op as usize];
        let mut mixed = from;
        let mut proof = None;
        for (place, (child, op)) in children.iter().enumerate() {
            let Some(equal) = child.proof else { continue };
            self.steps += 1;
            let store = &mut self.env.store;
            let base = proof.unwrap_or_else(|| {
                let refl = store.constant(self.equality.refl);
                store.apps(refl, &[ty, start])
            });
            mixed[place] = store.bound(0);
            let (eq, context) = (store.constant(self.equality.eq), operator.apply(store, &mixed));
            let body = store.apps(eq, &[ty, start, context]);
            let child_ty = self.graph.egraph.analysis.types[*op as usize];
            let motive = store.lambda(child_ty, body);
            let equation = Equation { ty: child_ty, left: child.from, right: child.to, proof: equal };
            proof = Some(equation.transport(store, &self.equality, motive, base));
            mixed[place] = child.to;
        }
        Ok(Link { from: start, to: end, proof })
    }
}

/// The number of distinct terms that a term consists of.
pub fn distinct_nodes(store: &prover_logic::Store, term: TermId) -> usize {
    use prover_logic::Term;
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match store.term(id) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            _ => {}
        }
    }
    seen.len()
}
