//! Splits of cases.
//!
//! Saturation gets stuck where the value of a function depends on the constructor of a term and the facts do not
//! determine it: on `(ite (p x) a b)` as long as nothing is known of `(p x)`. There the goal `G` is proved once for
//! each constructor: a principle of induction of the term's type, with the motive `(lambda (y) (= t y) -> G)`, applied
//! to the term `t` itself and to `eq_refl`, asks for `(= t true) -> G` and `(= t false) -> G`, which are saturated like
//! any other goal.

use super::attempt::{Attempt, Task};
use super::explain::ExplainError;
use super::graph::{Graph, Result, Why};
use super::limits::{End, Limits};
use super::open::Opened;
use super::rule::{Input, Pattern, Rule};
use super::verdict::Verdict;
use crate::terms::rewriting::mentions_local;
use crate::terms::typed::Fact;
use egg::Id;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;

/// Splits more, one within the other, where a hypothesis has premises.
const CONDITIONAL: u32 = 2;

/// A principle of induction, `[('t : type) -> ... -> ('p : [D -> prop]) -> cases -> ('x : D) -> ('p 'x)]`, where `D` is
/// the type former applied to the type parameters and each case ends in `('p (c ...))` for a constructor `c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principle {
    /// Its proof.
    function: TermId,
    /// The type former.
    former: TermId,
    /// The number of type parameters.
    parameters: usize,
    /// The constructors, as constants.
    pub constructors: Vec<TermId>,
    /// Whether no constructor has an argument beyond the parameters.
    is_enumeration: bool,
}

impl Principle {
    /// The principle that a proof proves, if its proposition has that form.
    pub fn new(
        env: &mut Environment,
        proposition: TermId,
        function: TermId,
    ) -> std::result::Result<Option<Self>, KernelError> {
        let first = env.store.local_bound(proposition);
        let (mut locals, mut rest) = (Vec::new(), proposition);
        let (mut predicate, mut parameters) = (None, 0);
        let (mut constructors, mut is_enumeration) = (Vec::new(), true);
        while let Term::Pi(domain, body) = env.store.term(rest) {
            let domain = env.store.instantiate(domain, &locals);
            let local = env.store.local(first + locals.len() as u32, domain);
            match (predicate, env.store.term(domain)) {
                (None, Term::Sort(Sort::Type)) => parameters += 1,
                (None, Term::Pi(of, range)) if env.store.term(range) == Term::Sort(Sort::Prop) => {
                    predicate = Some((local, of));
                }
                (Some((predicate, _)), _) if env.sort_of(domain)? == Sort::Prop => {
                    let Some((constructor, arguments)) = case(env, domain, predicate, first + locals.len() as u32)?
                    else {
                        return Ok(None);
                    };
                    is_enumeration &= arguments == 0;
                    constructors.push(constructor);
                }
                (Some((predicate, of)), _) if domain == of => {
                    locals.push(local);
                    let conclusion = env.store.instantiate(body, &locals);
                    let (former, types) = env.store.spine(of);
                    let is_principle = conclusion == env.store.app(predicate, local)
                        && matches!(env.store.term(former), Term::Const(_))
                        && types == locals[..parameters];
                    let principle = Self { function, former, parameters, constructors, is_enumeration };
                    return Ok(is_principle.then_some(principle));
                }
                _ => return Ok(None),
            }
            locals.push(local);
            rest = body;
        }
        Ok(None)
    }

    /// The principles of those facts whose constructors have no arguments, so that the cases are all values.
    pub fn enumerations(env: &mut Environment, facts: &[Fact]) -> std::result::Result<Vec<Self>, KernelError> {
        let mut enumerations = Vec::new();
        for &Fact { proposition, proof } in facts {
            enumerations.extend(Self::new(env, proposition, proof)?.filter(Self::is_enumeration));
        }
        Ok(enumerations)
    }

    /// Whether no constructor has an argument beyond the type parameters.
    pub fn is_enumeration(&self) -> bool {
        self.is_enumeration
    }

    /// The number of type parameters that the type former and each constructor have.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The types that the type former is applied to in a type, if it is of this former.
    pub fn arguments_of(&self, env: &Environment, ty: TermId) -> Option<Vec<TermId>> {
        let (head, arguments) = env.store.spine(ty);
        (head == self.former && arguments.len() == self.parameters).then_some(arguments)
    }
}

/// The constructor that a case of a principle speaks of, and the number of its arguments.
fn case(
    env: &mut Environment,
    case: TermId,
    predicate: TermId,
    first: u32,
) -> std::result::Result<Option<(TermId, usize)>, KernelError> {
    let (mut locals, mut rest, mut arguments) = (Vec::new(), case, 0);
    while let Term::Pi(domain, body) = env.store.term(rest) {
        let domain = env.store.instantiate(domain, &locals);
        arguments += usize::from(env.sort_of(domain)? != Sort::Prop);
        locals.push(env.store.local(first + locals.len() as u32, domain));
        rest = body;
    }
    let Term::App(function, built) = env.store.term(rest) else { return Ok(None) };
    let head = env.store.head(built);
    let fits = env.store.instantiate(function, &locals) == predicate && matches!(env.store.term(head), Term::Const(_));
    Ok(fits.then_some((head, arguments)))
}

/// The arguments of functions that rules and the theory's equations without variables distinguish by constructors: head
/// and place among the children.
fn scrutinised(
    env: &Environment,
    graph: &Graph,
    rules: &[Rule],
    constructors: &FxHashSet<TermId>,
) -> Vec<(TermId, usize)> {
    let mut found = Vec::new();
    let is_global = |why: &Why| matches!(*why, Why::Given(proof) if matches!(env.store.term(proof), Term::Const(_)));
    let equations = graph.reasons.iter().filter(|reason| is_global(&reason.why));
    for side in equations.flat_map(|reason| [reason.left, reason.right]) {
        let node = graph.egraph.id_to_node(side);
        let head = graph.operators.list[node.op as usize].head;
        for (place, &child) in node.children.iter().enumerate() {
            if constructors.contains(&env.store.head(graph.term(child))) && !found.contains(&(head, place)) {
                found.push((head, place));
            }
        }
    }
    let mut open: Vec<&Pattern> = rules.iter().flat_map(|rule| &rule.sides).map(|side| &side.pattern).collect();
    while let Some(pattern) = open.pop() {
        let Pattern::Apply(head, inputs) = pattern else { continue };
        let children = inputs.iter().filter_map(|input| match input {
            Input::Child(child) => Some(child),
            Input::Fixed(_) => None,
        });
        for (place, child) in children.enumerate() {
            open.push(child);
            let built = match child {
                Pattern::Apply(head, _) => *head,
                Pattern::Ground(term) => env.store.head(*term),
                Pattern::Variable(_) | Pattern::Opaque => continue,
            };
            if constructors.contains(&built) && !found.contains(&(*head, place)) {
                found.push((*head, place));
            }
        }
    }
    found
}

/// Order in which terms are split on, the least first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_variable: bool,
    is_enumeration: Reverse<bool>,
    is_at_start: Reverse<bool>,
    size: u32,
    best: Id,
}

/// The term to split on: of those that a function is stuck on, one of an enumeration before others, one that was there
/// at the `start` before one that saturation made, a small one before a large one. Variables of other types than
/// enumerations are left to induction, but for those of which a hypothesis with premises speaks: a further induction
/// would lose it.
pub(super) fn choose<'p>(
    env: &mut Environment,
    graph: &Graph,
    rules: &[Rule],
    (facts, principles): (&[Fact], &'p [Principle]),
    start: usize,
) -> std::result::Result<Option<(&'p Principle, TermId)>, KernelError> {
    let hypotheses = conditional(env, facts)?;
    let constructors: FxHashSet<TermId> = principles.iter().flat_map(|p| p.constructors.iter().copied()).collect();
    let at_start: FxHashSet<Id> = (0..start).map(|number| graph.egraph.find(Id::from(number))).collect();
    let heads: Vec<TermId> = graph.operators.list.iter().map(|operator| operator.head).collect();
    let mut best: Option<(Rank, _, _)> = None;
    for (head, place) in scrutinised(env, graph, rules, &constructors) {
        for &op in graph.operators.with_head(head) {
            for class in graph.egraph.classes_for_op(&op).into_iter().flatten() {
                let nodes = graph.egraph[class].nodes.iter().filter(|node| node.op == op);
                for child in nodes.filter_map(|node| node.children.get(place)) {
                    let class = &graph.egraph[*child];
                    let is_known = |principle: &Principle| {
                        class.nodes.iter().any(|node| principle.constructors.contains(&heads[node.op as usize]))
                    };
                    let principle = principles.iter().find(|p| p.arguments_of(env, class.data.ty).is_some());
                    let Some(principle) = principle.filter(|principle| !is_known(principle)) else { continue };
                    let term = graph.term(class.data.best);
                    let is_variable = !principle.is_enumeration && matches!(env.store.term(term), Term::Local { .. });
                    let is_spoken_of =
                        || hypotheses.iter().any(|&hypothesis| mentions_local(&env.store, hypothesis, term));
                    if is_variable && !is_spoken_of() {
                        continue;
                    }
                    let rank = Rank {
                        is_variable,
                        is_enumeration: Reverse(principle.is_enumeration),
                        is_at_start: Reverse(at_start.contains(&class.id)),
                        size: class.data.size,
                        best: class.data.best,
                    };
                    if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
                        best = Some((rank, principle, term));
                    }
                }
            }
        }
    }
    Ok(best.map(|(_, principle, term)| (principle, term)))
}

/// The hypotheses among some facts that have premises of their own.
fn conditional(env: &mut Environment, facts: &[Fact]) -> std::result::Result<Vec<TermId>, KernelError> {
    let mut found = Vec::new();
    for &Fact { proposition, proof } in facts {
        if !matches!(env.store.term(proof), Term::Local { .. }) {
            continue;
        }
        let Opened { premises, .. } = Opened::new(env, facts, proposition)?;
        if !premises.is_empty() {
            found.push(proposition);
        }
    }
    Ok(found)
}

impl Limits {
    /// The splits, one within the other, of a goal with some facts: more where a hypothesis has premises of its own,
    /// as that of an induction has if the statement has premises. Cases say whether these hold.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn splits_with(self, env: &mut Environment, facts: &[Fact]) -> std::result::Result<u32, KernelError> {
        let is_conditional = self.splits > 0 && !conditional(env, facts)?.is_empty();
        Ok(self.splits + if is_conditional { CONDITIONAL } else { 0 })
    }
}

/// A goal on which saturation got stuck.
pub(super) struct Stuck<'a> {
    /// All facts that it was saturated with.
    pub facts: &'a [Fact],
    /// The goal, no arrow.
    pub goal: TermId,
    /// The end of its saturation.
    pub end: End,
    /// The number of terms that were there before it.
    pub start: usize,
}

impl Attempt<'_> {
    /// Proves a goal on which saturation got stuck by a split of cases. The proof and the steps in it; `None` where
    /// there is nothing to split on, or a case stays open.
    pub(super) fn by_cases(
        &mut self,
        stuck: Stuck<'_>,
        limits: Limits,
    ) -> Result<Option<(std::result::Result<TermId, ExplainError>, usize)>> {
        let Stuck { facts, goal, end, start } = stuck;
        let Some(splits) = limits.splits.checked_sub(1) else { return Ok(None) };
        let limits = Limits { splits, ..limits };
        let mut principles = Vec::new();
        for &Fact { proposition, proof } in facts {
            principles.extend(Principle::new(self.env, proposition, proof)?);
        }
        let Some((principle, term)) = choose(self.env, &self.graph, &self.rules, (facts, &principles), start)? else {
            return Ok(None);
        };
        let ty = self.env.infer(term)?;
        let Some(types) = principle.arguments_of(self.env, ty) else { return Ok(None) };
        let motive = motive(self.env, self.equality, ty, term, goal);
        let mut proof = self.env.store.apps(principle.function, &types);
        proof = self.env.store.app(proof, motive);
        let mut steps = 0;
        for _ in &principle.constructors {
            let rest = self.env.infer(proof)?;
            let rest = self.env.whnf(rest)?;
            let Term::Pi(case, _) = self.env.store.term(rest) else { return Ok(None) };
            let task = Task { equality: self.equality, facts, goal: case, limits };
            let report = match end {
                // What follows without the case is known in the graph.
                End::Saturated => self.further(task, start)?,
                // The graph is too large, or more can be said; what the case assumes may keep one of its own small.
                _ => Attempt::new(self.env, task).run(task)?,
            };
            steps += report.steps;
            match report.verdict {
                Verdict::Proved(case) => proof = self.env.store.app(proof, case),
                Verdict::Fault(error) => return Ok(Some((Err(error), steps))),
                Verdict::Open(_) => return Ok(None),
            }
        }
        let refl = self.env.store.constant(self.equality.refl);
        let same = self.env.store.apps(refl, &[ty, term]);
        Ok(Some((Ok(self.env.store.apps(proof, &[term, same])), steps)))
    }
}

/// `(lambda (y : ty) (= term y) -> goal)`.
fn motive(env: &mut Environment, equality: Equality, ty: TermId, term: TermId, goal: TermId) -> TermId {
    let (eq, bound) = (env.store.constant(equality.eq), env.store.bound(0));
    let equation = env.store.apps(eq, &[ty, term, bound]);
    let body = env.store.pi(equation, goal);
    env.store.lambda(ty, body)
}
