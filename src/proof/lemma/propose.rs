//! From stuck states to lemmas.

use super::explore::{Conjectured, Explorer, variables_for};
use super::ground::{Sampler, Tested};
use crate::problem::ProofProblem;
use crate::script::{mentions_local, used_locals};
use crate::state::{Item, State};
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Store, Term, TermId};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::equality::{ClassId, Classes, Limits, Operation, Task, Verdict, inspect, prove};
use prover_theory::print::{Names, print};
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::signature::Signature;
use prover_theory::terms::typed::Fact;
use rand::Rng;
use rustc_hash::FxHashSet;

/// Classes that are made variables, one or two at a time.
const GENERALISED: usize = 10;
/// Classes whose terms are compared on ground instances.
const COMPARED: usize = 300;
/// The size of a term of a class that is compared.
const COMPARED_SIZE: u32 = 8;
/// The size of the terms that are enumerated.
const ENUMERATED_SIZE: u32 = 6;
/// Ground instances on which a proposal is tested, and those of them that must be decided.
const TESTS: usize = 40;
const DECIDED: usize = 6;
/// Candidates that are looked at further than on ground instances, at most.
const LOOKED_AT: usize = 120;
/// Steps that looking at one state may take.
const STEPS: u64 = 9_000_000;
/// The part of the time in which candidates are looked for; they are tested in the rest.
const EXPLORING: f64 = 0.5;

/// How far a saturation goes that only asks whether a candidate is of use: many are asked, and one that helps mostly
/// does so at once.
const GLANCE: Limits =
    Limits { nodes: 600, iterations: 8, work: 40_000, size: 40, inventive: false, facts: 64, splits: 1 };

/// Where a proposal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A stuck goal with a term made a variable.
    Generalised,
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
    /// Where it comes from.
    pub origin: Origin,
    /// The number of goals on which the search is stuck that it closes, together with what is known.
    pub closes: usize,
    /// The size of the equation as trees.
    pub size: u32,
}

/// An equation, where it comes from, and the variables that may occur in it.
type Candidate = (Conjectured, Origin, Vec<TermId>);

/// What one state's graph gives: equations, and operations for enumeration.
struct Read {
    generalised: Vec<Conjectured>,
    /// Terms of classes, with their types and sizes.
    terms: Vec<(TermId, TermId, u32)>,
    operations: Vec<Operation>,
}

impl ProofProblem {
    /// Lemmas that might help to prove the goals of some states, the most promising first. `limits` bound the
    /// saturation of each state; at the deadline it ends with those that there are.
    ///
    /// # Errors
    ///
    /// The kernel's bounds are exhausted.
    pub fn proposals(
        &mut self,
        states: &[State],
        limits: Limits,
        deadline: Deadline,
        rng: &mut impl Rng,
    ) -> Result<Vec<Proposal>, KernelError> {
        let Some(equality) = self.theory().equality else { return Ok(Vec::new()) };
        let exploring = Deadline::within(deadline.remaining().map(|seconds| EXPLORING * seconds));
        self.set_deadline(exploring.earlier(deadline));
        let mut found: Vec<Candidate> = Vec::new();
        for state in states {
            let explored = self.explore(state, equality, limits, rng, &mut found);
            if !in_time(explored, &self.theory().environment)? {
                break;
            }
        }
        self.set_deadline(deadline);
        self.tested(found, states, equality, rng)
    }

    /// Adds the candidates that one state gives.
    fn explore(
        &mut self,
        state: &State,
        equality: Equality,
        limits: Limits,
        rng: &mut impl Rng,
        found: &mut Vec<Candidate>,
    ) -> Result<(), KernelError> {
        let propositions = self.rules.propositions.clone();
        let facts = facts_of(state, &propositions);
        let locals = locals_of(state);
        let theory = self.theory();
        theory.environment.set_budget(STEPS);
        let fresh = theory.environment.store.local_bound(state.goal).max(state.next_local());
        let look = |classes: &mut Classes<'_>| read(classes, fresh);
        let read = inspect(&mut theory.environment, Task { equality, facts: &facts, goal: state.goal, limits }, look)?;
        let Some(read) = read else { return Ok(()) };
        let mut sampler = Sampler::new(theory, &propositions, rng)?;
        let variables = with_generalised(&locals, &read.generalised, sampler.theory());
        found.extend(read.generalised.iter().map(|&equation| (equation, Origin::Generalised, variables.clone())));
        if let Some(mut explorer) = Explorer::new(&mut sampler, locals.clone())? {
            for &(ty, term, size) in &read.terms {
                explorer.look(ty, term, size);
            }
            let equations = std::mem::take(&mut explorer.equations);
            found.extend(equations.into_iter().map(|equation| (equation, Origin::Classes, locals.clone())));
        }
        let given = given_of(&locals, &read.operations, sampler.theory());
        let operations = usable(&read.operations, sampler.theory());
        let variables = variables_for(&mut sampler, &given, &operations);
        if let Some(mut explorer) = Explorer::new(&mut sampler, variables.clone())? {
            explorer.enumerate(&operations, ENUMERATED_SIZE);
            let equations = std::mem::take(&mut explorer.equations);
            found.extend(equations.into_iter().map(|equation| (equation, Origin::Enumerated, variables.clone())));
        }
        Ok(())
    }

    /// The candidates that no instance refutes, that are no instances of each other and do not follow from what is
    /// known, those that close a stuck goal first.
    fn tested(
        &mut self,
        found: Vec<Candidate>,
        states: &[State],
        equality: Equality,
        rng: &mut impl Rng,
    ) -> Result<Vec<Proposal>, KernelError> {
        let propositions = self.rules.propositions.clone();
        let seen = FxHashSet::from_iter([self.statement()]);
        let mut proposals = Vec::new();
        let candidates = by_generality(&self.theory().environment.store, found);
        // One for all: it remembers what it has evaluated, and which principles of induction there are.
        let environment = &mut self.theory().environment;
        environment.set_budget(STEPS);
        if environment.is_late() {
            return Ok(proposals);
        }
        let sampler = Sampler::new(self.theory(), &propositions, rng)?;
        let mut sieve = Sieve { sampler, equality, propositions: &propositions, states, seen, general: Vec::new() };
        for candidate in candidates {
            if sieve.general.len() >= LOOKED_AT {
                break;
            }
            let passed = sieve.pass(&candidate).map(|proposal| proposals.extend(proposal));
            if !in_time(passed, &sieve.sampler.theory().environment)? {
                break;
            }
        }
        proposals.sort_by_key(|proposal| (std::cmp::Reverse(proposal.closes), proposal.size, proposal.origin));
        Ok(proposals)
    }
}

/// Whether the deadline has not passed; the error of work that it did not cut short.
fn in_time(done: Result<(), KernelError>, env: &Environment) -> Result<bool, KernelError> {
    match (done, env.is_late()) {
        (Ok(()) | Err(KernelError::BudgetExhausted), true) => Ok(false),
        (done, _) => done.map(|()| true),
    }
}

/// What candidates have to pass to become proposals.
struct Sieve<'a, R> {
    sampler: Sampler<'a, R>,
    equality: Equality,
    propositions: &'a [Fact],
    /// The states on which the search is stuck.
    states: &'a [State],
    seen: FxHashSet<TermId>,
    /// What was looked at further than on instances.
    general: Vec<Signature>,
}

impl<R: Rng> Sieve<'_, R> {
    /// The proposal that a candidate is, if it passes.
    fn pass(&mut self, (equation, origin, variables): &Candidate) -> Result<Option<Proposal>, KernelError> {
        let environment = &mut self.sampler.theory().environment;
        environment.set_budget(STEPS);
        let Some(statement) = closed(environment, self.equality, *equation, variables)? else { return Ok(None) };
        if !self.seen.insert(statement) || is_instance(environment, self.equality, *equation, &self.general)? {
            return Ok(None);
        }
        match self.sampler.test(statement, TESTS)? {
            Tested::True(decided) if decided >= DECIDED => {}
            _ => return Ok(None),
        }
        let environment = &mut self.sampler.theory().environment;
        environment.set_budget(STEPS);
        let arity = Signature::arity(&environment.store, statement);
        self.general.push(Signature::new(environment, statement, arity)?);
        let task = Task { equality: self.equality, facts: self.propositions, goal: statement, limits: GLANCE };
        let known = prove(environment, task)?;
        if matches!(known.verdict, Verdict::Proved(_)) {
            return Ok(None);
        }
        let closes = would_close(environment, self.equality, statement, self.states, self.propositions)?;
        let text = print(environment, &Names::new(), statement);
        Ok(Some(Proposal { text, origin: *origin, closes, size: equation.size }))
    }
}

/// General candidates before their instances: by the number of operations in them, then by that of variables.
fn by_generality(store: &Store, mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by_cached_key(|(equation, origin, variables)| {
        let operations = operations_in(store, equation.left) + operations_in(store, equation.right);
        let mut mentioned = Vec::new();
        in_order(store, equation.left, variables, &mut mentioned);
        in_order(store, equation.right, variables, &mut mentioned);
        mentioned.sort_unstable();
        mentioned.dedup();
        (operations, std::cmp::Reverse(mentioned.len()), *origin)
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

/// Whether an equation is an instance of a statement, read in either direction.
fn is_instance(
    env: &mut Environment,
    equality: Equality,
    equation: Conjectured,
    general: &[Signature],
) -> Result<bool, KernelError> {
    let eq = env.store.constant(equality.eq);
    for (left, right) in [(equation.left, equation.right), (equation.right, equation.left)] {
        let proposition = env.store.apps(eq, &[equation.ty, left, right]);
        for statement in general {
            if Substitution::new(statement.len()).matches(env, statement.output, proposition)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What is known in a state, as saturation wants it: the theory's facts first.
fn facts_of(state: &State, propositions: &[Fact]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = state.items().filter_map(Item::fact).collect();
    facts.extend(propositions.iter().rev());
    facts.reverse();
    facts
}

/// The types and objects that a state has introduced, oldest first.
fn locals_of(state: &State) -> Vec<TermId> {
    let mut locals: Vec<TermId> = state
        .items()
        .filter_map(|item| match *item {
            Item::Local { local, is_proof: false, .. } => Some(local),
            _ => None,
        })
        .collect();
    locals.reverse();
    locals
}

/// Reads candidates off a graph; locals from number `fresh` on are new.
fn read(classes: &mut Classes<'_>, fresh: u32) -> Read {
    let generalised = classes.sides().map_or(Vec::new(), |sides| generalisations(classes, sides, fresh));
    let mut terms = Vec::new();
    for class in classes.all() {
        let (term, size) = classes.smallest(class);
        if size <= COMPARED_SIZE && is_object(classes.env, classes.type_of(class)) {
            terms.push((classes.type_of(class), term, size));
        }
    }
    terms.sort_by_key(|&(.., size)| size);
    terms.truncate(COMPARED);
    Read { generalised, terms, operations: classes.operations() }
}

/// Whether a local stands for a type.
fn is_type(store: &Store, local: TermId) -> bool {
    matches!(store.term(local), Term::Local { ty, .. } if matches!(store.term(ty), Term::Sort(_)))
}

fn is_object(env: &mut Environment, ty: TermId) -> bool {
    !matches!(env.store.term(ty), Term::Sort(_) | Term::Pi(..)) && env.sort_of(ty) == Ok(Sort::Type)
}

/// The goal with one or two classes below both of its sides made variables.
fn generalisations(classes: &mut Classes<'_>, (left, right): (ClassId, ClassId), fresh: u32) -> Vec<Conjectured> {
    let ty = classes.type_of(left);
    let on_the_left: FxHashSet<ClassId> = classes.below(&[left]).into_iter().collect();
    let mut common = Vec::new();
    for class in classes.below(&[right]) {
        let (term, size) = classes.smallest(class);
        let of = classes.type_of(class);
        let (head, _) = classes.env.store.spine(term);
        // Values are no terms to generalise: nothing mentions a variable in them.
        if on_the_left.contains(&class)
            && class != left
            && class != right
            && is_object(classes.env, of)
            && (size > 1 || matches!(classes.env.store.term(head), Term::Local { .. }))
            && classes.env.store.local_bound(term) > 0
        {
            common.push((class, of, term));
        }
    }
    common.truncate(GENERALISED);
    let mut found = Vec::new();
    let mut push = |classes: &mut Classes<'_>, chosen: &[(ClassId, TermId, TermId)]| {
        if classes.env.is_late() {
            return;
        }
        let named: Vec<(ClassId, TermId)> = chosen
            .iter()
            .enumerate()
            .map(|(place, &(class, of, _))| (class, classes.env.store.local(fresh + place as u32, of)))
            .collect();
        // What stands for a variable may not occur besides, written out.
        let avoided: Vec<TermId> = chosen.iter().flat_map(|&(.., term)| objects_in(classes.env, term)).collect();
        for avoided in [&avoided[..], &[]] {
            let sides = classes.written(&[left, right], &named, avoided);
            let [Some(left), Some(right)] = sides[..] else { continue };
            let mentions = |side| named.iter().any(|&(_, variable)| mentions_local(&classes.env.store, side, variable));
            if left != right && mentions(left) && mentions(right) {
                let size = size_of(&classes.env.store, left) + size_of(&classes.env.store, right);
                found.push(Conjectured { ty, left, right, size });
            }
        }
    };
    for (place, &one) in common.iter().enumerate() {
        push(classes, &[one]);
        for &other in &common[place + 1..] {
            push(classes, &[one, other]);
        }
    }
    found
}

/// The locals that are objects in a term.
fn objects_in(env: &mut Environment, term: TermId) -> Vec<TermId> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match env.store.term(term) {
            Term::App(a, b) => open.extend([a, b]),
            Term::Local { ty, .. } if is_object(env, ty) => found.push(term),
            _ => {}
        }
    }
    found
}

fn size_of(store: &Store, term: TermId) -> u32 {
    prover_theory::terms::rewriting::tree_size(store, term, 1_000)
}

/// The variables of generalised equations: the locals of the state and the new ones in the equations.
fn with_generalised(locals: &[TermId], equations: &[Conjectured], theory: &mut Theory) -> Vec<TermId> {
    let mut variables = locals.to_vec();
    for side in equations.iter().flat_map(|equation| [equation.left, equation.right]) {
        for local in objects_in(&mut theory.environment, side) {
            if !variables.contains(&local) {
                variables.push(local);
            }
        }
    }
    variables
}

/// Of the locals, the types and functions, which operations are made of.
fn given_of(locals: &[TermId], operations: &[Operation], theory: &mut Theory) -> Vec<TermId> {
    let store = &theory.environment.store;
    let is_head =
        |local: &TermId| operations.iter().any(|operation| operation.head() == *local && !operation.inputs.is_empty());
    let is_function =
        |local: &TermId| matches!(store.term(*local), Term::Local { ty, .. } if matches!(store.term(ty), Term::Pi(..)));
    locals.iter().copied().filter(|local| is_head(local) || is_type(store, *local) || is_function(local)).collect()
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

/// `[variables -> (= left right)]` with the variables that the sides mention.
fn closed(
    env: &mut Environment,
    equality: Equality,
    equation: Conjectured,
    variables: &[TermId],
) -> Result<Option<TermId>, KernelError> {
    let eq = env.store.constant(equality.eq);
    let goal = env.store.apps(eq, &[equation.ty, equation.left, equation.right]);
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

/// The number of stuck goals that are closed once a statement is known.
fn would_close(
    env: &mut Environment,
    equality: Equality,
    statement: TermId,
    states: &[State],
    propositions: &[Fact],
) -> Result<usize, KernelError> {
    let mut closed = 0;
    for state in states {
        // Of a proof that is not there yet nothing is used but that it is one.
        let assumed = env.store.local(state.next_local(), statement);
        let mut facts = facts_of(state, propositions);
        facts.push(Fact { proposition: statement, proof: assumed });
        let report = prove(env, Task { equality, facts: &facts, goal: state.goal, limits: GLANCE })?;
        closed += usize::from(matches!(report.verdict, Verdict::Proved(_)));
    }
    Ok(closed)
}
