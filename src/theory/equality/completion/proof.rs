//! Derivations as proof terms of the kernel.
//!
//! A chain from `x` is a proof of `(= x y)`, step by step: `rewrite` with the motive `(= x C)`, where `C` is the term
//! reached with the rewritten place taken out. So a step costs as many new terms as its place is deep, plus a constant
//! number. A lemma is a lambda over its variables, applied wherever it is used; terms are shared, so it is there once.

use super::bank::Node;
use super::derivation::{Derivation, instance};
use super::problem::{Argument, Problem};
use super::rule::{Chain, Origin, Rule, Step};
use crate::equality::ExplainError;
use crate::terms::equation::Equation;
use crate::terms::order::knuth_bendix::{FirstOrder, MAX_VARIABLES};
use prover_logic::equality::Equality;
use prover_logic::{Environment, TermId};
use rustc_hash::FxHashMap;

type Result<T> = std::result::Result<T, ExplainError>;

/// The equation that a step of a proof is an instance of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A fact, by its proof.
    Fact(TermId),
    /// A fact without variables, which is in scope as it is.
    Given,
    /// A lemma of the proof, by its place.
    Lemma(usize),
}

/// A rewrite by an instance of a fact or lemma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofStep {
    /// The instance.
    pub equation: TermId,
    /// The equation that it is an instance of.
    pub by: By,
    /// The equation between the term that the chain starts from and the one that is reached.
    pub reached: TermId,
}

/// Rewrites of the left side of an equation to its right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofChain {
    /// The type of the sides.
    pub ty: TermId,
    /// The left side.
    pub start: TermId,
    /// The rewrites; none if the sides are the same.
    pub steps: Vec<ProofStep>,
}

/// An equation for all values of some variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LemmaProof {
    /// Its variables, as locals.
    pub locals: Vec<TermId>,
    /// The equation over these.
    pub equation: TermId,
    /// The chain of rewriting steps that proves it.
    pub chain: ProofChain,
}

/// A proof with the steps that it consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The proof term.
    pub term: TermId,
    /// Equations that it uses more than once, each after those that it rests on.
    pub lemmas: Vec<LemmaProof>,
    /// The proof of the goal without its arrows.
    pub chain: ProofChain,
}

/// Turns a derivation into proof terms.
pub(super) struct Prover<'a> {
    pub env: &'a mut Environment,
    pub equality: Equality,
    pub problem: &'a mut Problem,
    pub rules: &'a [Rule],
    /// Proofs of lemmas with their places, by the numbers of the equations.
    lemmas: FxHashMap<u32, (usize, TermId)>,
}

impl<'a> Prover<'a> {
    pub fn new(env: &'a mut Environment, equality: Equality, problem: &'a mut Problem, rules: &'a [Rule]) -> Self {
        Self { env, equality, problem, rules, lemmas: FxHashMap::default() }
    }

    /// The proof of an equation between the ends of a derivation's chain.
    pub fn proof(&mut self, derivation: &Derivation) -> Result<Proof> {
        let mut lemmas = Vec::with_capacity(derivation.lemmas.len());
        for (place, lemma) in derivation.lemmas.iter().enumerate() {
            let (proof, chain) = self.chain(&lemma.chain)?;
            let mut variables = Vec::new();
            self.problem.bank.variables_in_order(lemma.left, &mut variables);
            self.problem.bank.variables_in_order(lemma.right, &mut variables);
            let locals: Vec<TermId> =
                variables.into_iter().map(|variable| self.problem.term(self.env, variable)).collect();
            let equation = self.equation(lemma.left, lemma.right);
            let proof = self.env.store.close_lambda(proof, &locals);
            self.lemmas.insert(lemma.rule, (place, proof));
            lemmas.push(LemmaProof { locals, equation, chain });
        }
        let (term, chain) = self.chain(&derivation.chain)?;
        Ok(Proof { term, lemmas, chain })
    }

    fn equation(&mut self, left: Node, right: Node) -> TermId {
        let ty = self.problem.ty(left);
        let (left, right) = (self.problem.term(self.env, left), self.problem.term(self.env, right));
        let eq = self.env.store.constant(self.equality.eq);
        self.env.store.apps(eq, &[ty, left, right])
    }

    fn chain(&mut self, chain: &Chain) -> Result<(TermId, ProofChain)> {
        let (ty, start) = (self.problem.ty(chain.start), self.problem.term(self.env, chain.start));
        let refl = self.env.store.constant(self.equality.refl);
        let mut proof = self.env.store.apps(refl, &[ty, start]);
        let mut steps = Vec::with_capacity(chain.steps.len());
        let mut node = chain.start;
        for (place, step) in chain.steps.iter().enumerate() {
            self.env.spend(1)?;
            let (equation, proposition, by) = self.instance(step)?;
            let next = self.problem.bank.replace(node, &step.path, step.after);
            if place == 0 && step.path.is_empty() {
                proof = equation.proof;
            } else {
                let motive = self.motive(ty, start, node, step);
                proof = equation.transport(&mut self.env.store, &self.equality, motive, proof);
            }
            node = next;
            let reached = self.equation(chain.start, node);
            steps.push(ProofStep { equation: proposition, by, reached });
        }
        Ok((proof, ProofChain { ty, start, steps }))
    }

    /// That a chain's start is equal to a term with a step's place taken out, as a function of the term there.
    fn motive(&mut self, ty: TermId, start: TermId, node: Node, step: &Step) -> TermId {
        let hole_ty = self.problem.ty(step.before);
        // Beyond all variables.
        let hole = self.problem.local(self.env, MAX_VARIABLES as u32, hole_ty);
        let body = self.problem.term_with(self.env, node, &step.path, hole);
        let store = &mut self.env.store;
        let eq = store.constant(self.equality.eq);
        let body = store.apps(eq, &[ty, start, body]);
        store.close_lambda(body, &[hole])
    }

    /// The equation that a step rewrites by, in the step's direction; and as a proposition, in its own.
    pub fn instance(&mut self, step: &Step) -> Result<(Equation, TermId, By)> {
        let rule = &self.rules[step.used.rule as usize];
        let bindings = instance(&self.problem.bank, rule, step).ok_or(ExplainError::Gap)?;
        let (from, to) = if step.used.reversed { (step.after, step.before) } else { (step.before, step.after) };
        let (by, function, arguments) = match (&rule.origin, self.lemmas.get(&step.used.rule)) {
            (_, Some(&(place, proof))) => {
                let mut variables = Vec::new();
                self.problem.bank.variables_in_order(rule.left, &mut variables);
                self.problem.bank.variables_in_order(rule.right, &mut variables);
                (By::Lemma(place), proof, variables.into_iter().map(Argument::Node).collect())
            }
            (&Origin::Fact(number), None) => {
                let fact = &self.problem.facts[number as usize];
                let by = if fact.arguments.is_empty() { By::Given } else { By::Fact(fact.proof) };
                (by, fact.proof, fact.arguments.clone())
            }
            (Origin::Chain(_), None) => return Err(ExplainError::UnknownReason),
        };
        let mut proof = function;
        for argument in arguments {
            let argument = match argument {
                Argument::Fixed(term) => term,
                Argument::Node(node) => {
                    let node = self.problem.bank.instantiate(node, &bindings);
                    self.problem.term(self.env, node)
                }
            };
            proof = self.env.store.app(proof, argument);
        }
        let proposition = self.equation(from, to);
        let ty = self.problem.ty(from);
        let (left, right) = (self.problem.term(self.env, from), self.problem.term(self.env, to));
        let equation = Equation { ty, left, right, proof };
        let equation = match step.used.reversed {
            true => equation.reversed(&mut self.env.store, &self.equality),
            false => equation,
        };
        Ok((equation, proposition, by))
    }
}

impl Problem {
    /// The kernel's term of a node with something else at a path.
    fn term_with(&mut self, env: &mut Environment, node: Node, path: &[u16], filling: TermId) -> TermId {
        let Some((&place, rest)) = path.split_first() else { return filling };
        let arguments = self.bank.arguments(node).to_vec();
        let mut children = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.into_iter().enumerate() {
            children.push(match index == place as usize {
                true => self.term_with(env, argument, rest, filling),
                false => self.term(env, argument),
            });
        }
        self.applied(env, node, &children)
    }
}
