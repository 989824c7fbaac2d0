//! Proposals of lemmas for stuck states.

use super::accumulate::{Side, accumulators, generalised};
use super::explore::{Conjectured, Explorer, variables_for};
use super::ground::{Sampler, Tested};
use super::imply::{Implication, implications};
use super::reach::{Reach, is_within, reached};
use super::stuck::{OpenGoal, Reader, Readings, Terms, is_object};
use crate::problem::ProofProblem;
use crate::script::used_locals;
use crate::state::State;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Store, Term, TermId};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::equality::{Limits, Operation, Prepared, Principle, Task, Verdict, prove};
use prover_theory::print::{Names, print};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::rewriting::{closed_subterms, tree_size};
use prover_theory::terms::signature::Signature;
use prover_theory::terms::typed::Fact;
use rand::Rng;
use rustc_hash::FxHashSet;

/// The size of the terms that are enumerated.
const ENUMERATED_SIZE: u32 = 6;
/// Ground instances on which a proposal is tested, for each premise as many again, and those of them that must be
/// decided.
const TESTS: usize = 40;
const DECIDED: usize = 6;
/// Ground instances on which the candidates chosen for proposal are tested once more.
const MORE_TESTS: usize = 240;
/// Candidates that are looked at further than on ground instances, at most: those without premises, and those with.
const LOOKED_AT: usize = 90;
const CONDITIONAL: usize = 24;
/// The nesting of constructors and functions in themselves from which instances of a term say little.
const NESTED: u32 = 3;
/// Types of this size, as trees, are as large as any.
const TYPE_SIZE: u32 = 100;
/// Steps that looking at one candidate may take.
pub(super) const STEPS: u64 = 9_000_000;
/// The part of the time in which candidates are looked for; they are tested in the rest.
const EXPLORING: f64 = 0.5;

/// Origin of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A goal about a function that accumulates, with a variable for the initial value.
    Accumulator,
    /// A stuck goal with a term made a variable.
    Generalised,
    /// A stuck goal under premises, or the negation of what one of its cases assumes.
    Conditional,
    /// Two classes of a stuck goal's graph.
    Classes,
    /// Two small terms.
    Enumerated,
}

/// A statement that may help, not refuted and not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The statement, closed, with canonical names of binders.
    pub text: String,
    /// Its origin.
    pub origin: Origin,
    /// The number of goals on which the search is stuck that it closes, together with the known facts.
    pub closes: usize,
    /// The number of all these goals.
    pub stuck: usize,
    /// The size of the equation as trees.
    pub size: u32,
}

impl Proposal {
    /// Whether it brings the statement forward by itself: it closes a stuck goal, or stands for the statement.
    pub fn is_promising(&self) -> bool {
        self.closes > 0 || self.origin == Origin::Accumulator
    }

    /// Whether it leaves nothing to do: it closes all of the goals, or stands for the statement.
    pub fn is_decisive(&self) -> bool {
        self.closes == self.stuck || self.origin == Origin::Accumulator
    }
}

/// An equation under premises that may be a lemma.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub equation: Conjectured,
    pub premises: Vec<Conjectured>,
    pub origin: Origin,
    /// The variables that may occur in it.
    pub variables: Vec<TermId>,
}

impl ProofProblem {
    /// Lemmas that might help to prove the goals of some states, the most promising first. `limits` bound the
    /// saturation of each state; at the deadline it ends with those that there are. They come with the reach that was
    /// needed.
    ///
    /// # Errors
    ///
    /// The kernel's bounds are exhausted.
    pub fn proposals(
        &mut self,
        states: &[State],
        (limits, reach): (Limits, Reach),
        deadline: Deadline,
        rng: &mut impl Rng,
    ) -> Result<(Vec<Proposal>, Reach), KernelError> {
        let Some(equality) = self.theory().equality else { return Ok((Vec::new(), reach)) };
        let exploring = Deadline::within(deadline.remaining().map(|seconds| EXPLORING * seconds));
        self.set_deadline(exploring.earlier(deadline));
        let (mut found, mut goals) = (Readings::default(), Vec::new());
        let rules = self.rules.clone();
        let environment = &mut self.theory().environment;
        environment.set_budget(STEPS);
        let enumerations = match Principle::enumerations(environment, &rules.propositions) {
            Err(KernelError::BudgetExhausted | KernelError::TooDeep) => return Ok((Vec::new(), reach)),
            enumerations => enumerations?,
        };
        let reader = Reader { equality, enumerations: &enumerations, limits };
        within_bounds(self.look(states, &reader, &mut found, &mut goals))?;
        let mut reach = reach;
        if reach == Reach::Graphs {
            let proposals = self.tested(found.clone(), equality, rng)?;
            if proposals.iter().any(Proposal::is_promising) {
                return Ok((proposals, reach));
            }
            reach = Reach::Goal;
        }
        within_bounds(self.explore(goals, &reader, reach, rng, &mut found))?;
        self.set_deadline(deadline);
        Ok((self.tested(found, equality, rng)?, reach))
    }

    /// Reads the graphs of states: adds the candidates that they give, and the states with the terms of their graphs.
    fn look(
        &mut self,
        states: &[State],
        reader: &Reader<'_>,
        found: &mut Readings,
        goals: &mut Vec<(OpenGoal, Terms)>,
    ) -> Result<(), KernelError> {
        let rules = self.rules.clone();
        let environment = &mut self.theory().environment;
        environment.set_budget(STEPS);
        for state in states {
            let goal = OpenGoal::new(&environment.store, state, &rules.propositions);
            let terms = reader.look(environment, goal.clone(), found)?;
            goals.push((goal, terms));
        }
        Ok(())
    }

    /// Adds candidates that ground instances suggest: classes of the graphs of goals, and small terms.
    fn explore(
        &mut self,
        mut goals: Vec<(OpenGoal, Terms)>,
        &Reader { equality, enumerations, .. }: &Reader<'_>,
        reach: Reach,
        rng: &mut impl Rng,
        found: &mut Readings,
    ) -> Result<(), KernelError> {
        let rules = self.rules.clone();
        let statement = self.opened()?;
        let theory = self.theory();
        let environment = &mut theory.environment;
        environment.set_budget(STEPS);
        if reach != Reach::Theory {
            let from = goals.iter().map(|(goal, _)| goal.goal).chain([statement.goal]);
            let constants = reached(environment, equality, &rules.propositions, from);
            found.operations.retain(|operation| {
                let head = operation.head();
                !matches!(environment.store.term(head), Term::Const(_)) || constants.contains(&head)
            });
            for (_, terms) in &mut goals {
                terms.retain(|&(_, term, _)| is_within(&environment.store, term, &constants));
            }
        }
        let accumulators = accumulators(&environment.store, rules.equations.all());
        let mut sampler = Sampler::new(theory, &rules.propositions, rng)?;
        let mut operations = usable(&found.operations, sampler.theory());
        let largest = largest_type(&mut sampler.theory().environment, goals.iter().map(|(goal, _)| goal.goal))?;
        let store = &sampler.theory().environment.store;
        // Laws of functions of all types bring in lists of lists of lists.
        let is_small = |&ty: &TermId| tree_size(store, ty, TYPE_SIZE) <= largest;
        operations.retain(|operation| operation.inputs.iter().chain([&operation.output]).all(is_small));
        let statement = OpenGoal::new(&sampler.theory().environment.store, &statement, &[]);
        if let Some((ty, left, right)) = Equation::sides(&sampler.theory().environment.store, &equality, statement.goal)
            && !accumulators.is_empty()
        {
            for (accumulating, other) in [(left, right), (right, left)] {
                let side = Side { ty, accumulating, other };
                let scope = (&statement.locals[..], statement.next);
                for (equation, variable) in generalised(&mut sampler, side, &accumulators, &operations, scope)? {
                    let variables = [&statement.locals[..], &[variable]].concat();
                    let (premises, origin) = (Vec::new(), Origin::Accumulator);
                    found.candidates.push(Candidate { equation, premises, origin, variables });
                }
            }
        }
        let mut add = |equations: &mut Vec<Conjectured>, origin: Origin, variables: &[TermId]| {
            let candidates = equations.drain(..).map(|equation| Candidate {
                equation,
                premises: Vec::new(),
                origin,
                variables: variables.to_vec(),
            });
            found.candidates.extend(candidates);
        };
        for (goal, terms) in &goals {
            if let Some(mut explorer) = Explorer::new(&mut sampler, goal.locals.clone())? {
                for &(ty, term, size) in terms {
                    explorer.look(ty, term, size);
                }
                add(&mut explorer.equations, Origin::Classes, &goal.locals);
            }
        }
        let mut locals: Vec<TermId> = goals.iter().flat_map(|(goal, _)| goal.locals.iter().copied()).collect();
        locals.sort_unstable();
        locals.dedup();
        let given = given_of(&locals, &operations, sampler.theory());
        let variables = variables_for(&mut sampler, &given, &operations);
        if let Some(mut explorer) = Explorer::new(&mut sampler, variables.clone())? {
            explorer.enumerate(&operations, ENUMERATED_SIZE);
            add(&mut explorer.equations, Origin::Enumerated, &variables);
        }
        for Implication { premises, conclusion } in implications(&mut sampler, enumerations, &operations, &variables)? {
            let (equation, variables) = (conclusion, variables.clone());
            found.candidates.push(Candidate { equation, premises, origin: Origin::Conditional, variables });
        }
        Ok(())
    }

    /// The number of premises of the statement.
    pub fn premises(&mut self) -> usize {
        let opened = self.opened();
        opened.map_or(0, |opened| opened.items().filter(|item| item.fact().is_some()).count())
    }

    /// The candidates that no instance refutes, that are not instances of each other and do not follow from the known
    /// facts, those that close a stuck goal first.
    pub(super) fn tested(
        &mut self,
        found: Readings,
        equality: Equality,
        rng: &mut impl Rng,
    ) -> Result<Vec<Proposal>, KernelError> {
        let propositions = self.rules.propositions.clone();
        let seen = FxHashSet::from_iter([self.statement()]);
        let mut proposals = Vec::new();
        let candidates = by_generality(&self.theory().environment.store, found.candidates);
        // One for all: it remembers what it has evaluated, and which principles of induction there are.
        let environment = &mut self.theory().environment;
        environment.set_budget(STEPS);
        if environment.is_late() {
            return Ok(proposals);
        }
        let mut open = Vec::with_capacity(found.open.len());
        for OpenGoal { facts, goal, .. } in &found.open {
            open.push(Prepared::new(environment, Task { equality, facts, goal: *goal, limits: Limits::GLANCE })?);
        }
        environment.set_budget(STEPS);
        let sampler = Sampler::new(self.theory(), &propositions, rng)?;
        let mut sieve = Sieve {
            sampler,
            equality,
            propositions: &propositions,
            open,
            seen,
            general: Vec::new(),
            unconditional: LOOKED_AT,
            conditional: CONDITIONAL,
        };
        for candidate in candidates {
            let passed = sieve.pass(&candidate).map(|proposal| proposals.extend(proposal));
            if !in_time(passed, &sieve.sampler.theory().environment)? {
                break;
            }
        }
        proposals.sort_by_key(|proposal: &Proposal| {
            let is_accumulator = proposal.origin == Origin::Accumulator;
            (!is_accumulator, std::cmp::Reverse(proposal.closes), proposal.size, proposal.origin)
        });
        Ok(proposals)
    }
}

/// The result of work that may be cut short by its bounds, after which there is what was found before.
fn within_bounds(done: Result<(), KernelError>) -> Result<(), KernelError> {
    match done {
        Err(KernelError::BudgetExhausted | KernelError::TooDeep) => Ok(()),
        done => done,
    }
}

/// Whether the deadline has not passed; the error of work that it did not cut short.
fn in_time(done: Result<(), KernelError>, env: &Environment) -> Result<bool, KernelError> {
    match (done, env.is_late()) {
        (Ok(()) | Err(KernelError::BudgetExhausted), true) => Ok(false),
        (done, _) => done.map(|()| true),
    }
}

/// The tests that candidates have to pass to become proposals.
struct Sieve<'a, R> {
    sampler: Sampler<'a, R>,
    equality: Equality,
    propositions: &'a [Fact],
    /// The goals on which the search is stuck.
    open: Vec<Prepared<'a>>,
    seen: FxHashSet<TermId>,
    /// The candidates that were looked at further than on instances.
    general: Vec<Signature>,
    /// The numbers of candidates without and with premises that may still be examined further.
    unconditional: usize,
    conditional: usize,
}

impl<R: Rng> Sieve<'_, R> {
    /// The proposal that a candidate is, if it passes.
    fn pass(&mut self, candidate: &Candidate) -> Result<Option<Proposal>, KernelError> {
        let Candidate { equation, ref premises, origin, ref variables } = *candidate;
        let is_conditional = !premises.is_empty();
        let left = if is_conditional { &mut self.conditional } else { &mut self.unconditional };
        if *left == 0 {
            return Ok(None);
        }
        let environment = &mut self.sampler.theory().environment;
        environment.set_budget(STEPS);
        let Some(statement) = closed(environment, self.equality, candidate, variables)? else { return Ok(None) };
        let sides = premises.iter().chain([&equation]).flat_map(|equation| [equation.left, equation.right]);
        if sides.into_iter().any(|side| is_nested(&environment.store, side)) {
            return Ok(None);
        }
        if !self.seen.insert(statement) || is_instance(environment, self.equality, candidate, &self.general)? {
            return Ok(None);
        }
        match self.sampler.test(statement, TESTS << (2 * premises.len()))? {
            Tested::True(decided) if decided >= DECIDED => {}
            _ => return Ok(None),
        }
        *left -= 1;
        let environment = &mut self.sampler.theory().environment;
        environment.set_budget(STEPS);
        let arity = Signature::arity(&environment.store, statement);
        self.general.push(Signature::new(environment, statement, arity)?);
        let limits = Limits { splits: 2, ..Limits::GLANCE };
        let task = Task { equality: self.equality, facts: self.propositions, goal: statement, limits };
        let known = prove(environment, task)?;
        if matches!(known.verdict, Verdict::Proved(_)) {
            return Ok(None);
        }
        let mut closes = 0;
        for goal in &self.open {
            closes += usize::from(goal.follows_from(environment, statement)?);
        }
        // What has premises is seldom of use elsewhere.
        if is_conditional && closes == 0 {
            return Ok(None);
        }
        // Few come so far, and each that is false would cost a search.
        if self.sampler.test(statement, MORE_TESTS)? == Tested::Refuted {
            return Ok(None);
        }
        let environment = &mut self.sampler.theory().environment;
        environment.set_budget(STEPS);
        let text = print(environment, &Names::new(), statement);
        Ok(Some(Proposal { text, origin, closes, stuck: self.open.len(), size: equation.size }))
    }
}

/// General candidates before their instances: by the number of operations in them, then by that of variables; those
/// with premises last.
fn by_generality(store: &Store, mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by_cached_key(|Candidate { equation, premises, origin, variables }| {
        let sides = premises.iter().chain([equation]).flat_map(|equation| [equation.left, equation.right]);
        let (mut operations, mut mentioned) = (0u32, Vec::new());
        for side in sides {
            operations = operations.saturating_add(operations_in(store, side));
            in_order(store, side, variables, &mut mentioned);
        }
        mentioned.sort_unstable();
        mentioned.dedup();
        (premises.len(), operations, std::cmp::Reverse(mentioned.len()), *origin)
    });
    found
}

/// The constants in a term, as often as they occur.
fn operations_in(store: &Store, term: TermId) -> u32 {
    match store.term(term) {
        Term::App(f, a) => operations_in(store, f).saturating_add(operations_in(store, a)),
        Term::Const(_) => 1,
        _ => 0,
    }
}

/// Whether some function is applied to itself, applied to itself, and so on, [`NESTED`] times.
fn is_nested(store: &Store, term: TermId) -> bool {
    let mut open = vec![(term, None, 0)];
    while let Some((term, outer, times)) = open.pop() {
        if let Term::App(..) = store.term(term) {
            let (head, arguments) = store.spine(term);
            let times = if outer == Some(head) { times + 1 } else { 1 };
            if times >= NESTED && arguments.len() == 1 {
                return true;
            }
            open.extend(arguments.into_iter().map(|argument| (argument, Some(head), times)));
        }
    }
    false
}

/// Whether a candidate is an instance of a statement, its equation read in either direction, with the statement's
/// premises among its own.
fn is_instance(
    env: &mut Environment,
    equality: Equality,
    candidate: &Candidate,
    general: &[Signature],
) -> Result<bool, KernelError> {
    let eq = env.store.constant(equality.eq);
    let Conjectured { ty, left, right, .. } = candidate.equation;
    let mut premises = Vec::with_capacity(candidate.premises.len());
    for premise in &candidate.premises {
        premises.push(env.store.apps(eq, &[premise.ty, premise.left, premise.right]));
    }
    for (left, right) in [(left, right), (right, left)] {
        let proposition = env.store.apps(eq, &[ty, left, right]);
        'statements: for statement in general {
            let mut substitution = Substitution::new(statement.len());
            if !substitution.matches(env, statement.output, proposition)? {
                continue;
            }
            for parameter in statement.parameters.iter().filter(|parameter| parameter.is_premise) {
                let mut found = false;
                for &premise in &premises {
                    let mut further = substitution.clone();
                    if further.matches(env, parameter.domain, premise)? {
                        (substitution, found) = (further, true);
                        break;
                    }
                }
                if !found {
                    continue 'statements;
                }
            }
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a local stands for a type.
fn is_type(store: &Store, local: TermId) -> bool {
    matches!(store.term(local), Term::Local { ty, .. } if matches!(store.term(ty), Term::Sort(_)))
}

/// Those of the locals that operations are made of: the types and functions.
fn given_of(locals: &[TermId], operations: &[Operation], theory: &mut Theory) -> Vec<TermId> {
    let store = &theory.environment.store;
    let is_head =
        |local: &TermId| operations.iter().any(|operation| operation.head() == *local && !operation.inputs.is_empty());
    let is_function =
        |local: &TermId| matches!(store.term(*local), Term::Local { ty, .. } if matches!(store.term(ty), Term::Pi(..)));
    locals.iter().copied().filter(|local| is_head(local) || is_type(store, *local) || is_function(local)).collect()
}

/// The size, as a tree, of the largest type of an object that some goals speak of.
fn largest_type(env: &mut Environment, goals: impl Iterator<Item = TermId>) -> Result<u32, KernelError> {
    let mut largest = 0;
    for goal in goals {
        for term in closed_subterms(&env.store, goal) {
            if matches!(env.store.term(term), Term::App(..) | Term::Local { .. }) {
                let ty = env.infer(term)?;
                if !matches!(env.store.term(ty), Term::Sort(_)) {
                    largest = largest.max(tree_size(&env.store, ty, TYPE_SIZE));
                }
            }
        }
    }
    Ok(largest)
}

/// The operations that enumeration uses: functions and constants with objects as inputs and outputs, and functions as
/// inputs where those are variables.
fn usable(operations: &[Operation], theory: &mut Theory) -> Vec<Operation> {
    let environment = &mut theory.environment;
    let fits = |operation: &&Operation| {
        let is_variable = matches!(environment.store.term(operation.head()), Term::Local { .. });
        is_object(environment, operation.output) && !(is_variable && operation.inputs.is_empty())
    };
    operations.iter().filter(fits).cloned().collect()
}

/// `[variables -> premises -> (= left right)]` with the variables that these mention.
fn closed(
    env: &mut Environment,
    equality: Equality,
    candidate: &Candidate,
    variables: &[TermId],
) -> Result<Option<TermId>, KernelError> {
    let eq = env.store.constant(equality.eq);
    let said = |env: &mut Environment, equation: &Conjectured| {
        env.store.apps(eq, &[equation.ty, equation.left, equation.right])
    };
    let mut goal = said(env, &candidate.equation);
    for premise in candidate.premises.iter().rev() {
        let premise = said(env, premise);
        // Nothing in the goal is bound, so nothing has to make room for the arrow.
        goal = env.store.pi(premise, goal);
    }
    let used = used_locals(&env.store, vec![goal], variables);
    // In the order in which they are first met, so that what differs in the choice of variables is one statement.
    let mut order = Vec::new();
    in_order(&env.store, goal, &used, &mut order);
    order.sort_by_key(|&local| !is_type(&env.store, local));
    let statement = env.store.close_pi(goal, &order);
    Ok((env.store.local_bound(statement) == 0 && env.sort_of(statement)? == Sort::Prop).then_some(statement))
}

/// The locals among `wanted` that a term mentions, in its types too, in the order of the text.
fn in_order(store: &Store, term: TermId, wanted: &[TermId], out: &mut Vec<TermId>) {
    let mut open = vec![term];
    let mut seen = FxHashSet::default();
    while let Some(term) = open.pop() {
        if store.local_bound(term) == 0 || !seen.insert(term) {
            continue;
        }
        match store.term(term) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([b, a]),
            Term::Local { ty, .. } => {
                if wanted.contains(&term) {
                    out.push(term);
                }
                open.push(ty);
            }
            _ => {}
        }
    }
}
