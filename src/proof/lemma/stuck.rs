//! Stuck goals of a proof: those that saturation leaves open, in each of the cases that it splits them into, with the
//! candidates from their graphs.

use super::explore::Conjectured;
use super::propose::{Candidate, Origin};
use crate::state::{Item, State};
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Store, Term, TermId};
use prover_theory::equality::{Applied, Cases, ClassId, Classes, Limits, Operation, Principle, Task, inspect};
use prover_theory::terms::rewriting::mentions_local;
use prover_theory::terms::typed::Fact;
use rustc_hash::FxHashSet;

/// Classes that are made variables, one or two at a time.
const GENERALISED: usize = 10;
/// Classes whose terms are compared on ground instances.
const COMPARED: usize = 300;
/// The size of a term of a class that is compared.
const COMPARED_SIZE: u32 = 8;
/// Conditions of one case that are premises, the smallest first, and those of them that are so two at a time.
const CONDITIONS: usize = 6;
const PAIRED: usize = 3;
/// Cases of one goal that are looked at.
const CASES: usize = 3;
/// Steps that looking at one case may take.
const STEPS: u64 = 9_000_000;

/// An open goal that is not an arrow, with the known facts.
#[derive(Clone, Debug)]
pub(super) struct OpenGoal {
    /// The theory's facts first.
    pub facts: Vec<Fact>,
    /// The types and objects that were introduced, oldest first.
    pub locals: Vec<TermId>,
    pub goal: TermId,
    /// Locals from this number on are new.
    pub next: u32,
}

impl OpenGoal {
    /// The goal of a state.
    pub fn new(store: &Store, state: &State, propositions: &[Fact]) -> Self {
        let facts = state.facts_after(propositions);
        let locals = state.items().filter_map(|item| match *item {
            Item::Local { local, is_proof: false, .. } => Some(local),
            _ => None,
        });
        let mut locals: Vec<TermId> = locals.collect();
        locals.reverse();
        let next = store.local_bound(state.goal).max(state.next_local());
        Self { facts, locals, goal: state.goal, next }
    }

    /// The goal in the case that a term was made by a constructor.
    fn made_by(
        &self,
        env: &mut Environment,
        equality: Equality,
        cases: &Cases,
        constructor: TermId,
    ) -> Result<Self, KernelError> {
        let mut case = self.clone();
        let (mut built, mut ty) = (constructor, env.infer(constructor)?);
        while let Term::Pi(domain, range) = env.store.term(ty) {
            let local = case.local(&mut env.store, domain);
            case.locals.push(local);
            built = env.store.app(built, local);
            ty = env.store.instantiate(range, &[local]);
        }
        let eq = env.store.constant(equality.eq);
        let proposition = env.store.apps(eq, &[cases.ty, cases.term, built]);
        let proof = case.local(&mut env.store, proposition);
        case.facts.push(Fact { proposition, proof });
        Ok(case)
    }

    fn local(&mut self, store: &mut Store, ty: TermId) -> TermId {
        self.next += 1;
        store.local(self.next - 1, ty)
    }
}

/// The results of reading the graphs of stuck goals.
#[derive(Clone, Default)]
pub(super) struct Readings {
    /// Equations that hold if the goals do.
    pub candidates: Vec<Candidate>,
    /// Functions that the graphs apply to objects.
    pub operations: Vec<Operation>,
    /// The cases that stay open.
    pub open: Vec<OpenGoal>,
}

/// Terms of classes, with their types and sizes.
pub(super) type Terms = Vec<(TermId, TermId, u32)>;

/// The means of looking at goals.
pub(super) struct Reader<'a> {
    pub equality: Equality,
    /// The data types of constructors without arguments, such as truth values.
    pub enumerations: &'a [Principle],
    pub limits: Limits,
}

/// The findings in one graph.
struct Reading {
    candidates: Vec<Candidate>,
    operations: Vec<Operation>,
    terms: Terms,
    cases: Option<Cases>,
}

impl Reader<'_> {
    /// Looks at a goal and its cases; the terms of the goal's own graph.
    pub fn look(&self, env: &mut Environment, goal: OpenGoal, found: &mut Readings) -> Result<Terms, KernelError> {
        let mut first = None;
        let splits = self.limits.splits_with(env, &goal.facts)?;
        let mut open = vec![(goal, splits)];
        let enough = found.open.len() + CASES;
        while let Some((goal, splits)) = open.pop() {
            env.set_budget(STEPS);
            let task = Task { equality: self.equality, facts: &goal.facts, goal: goal.goal, limits: self.limits };
            let read = inspect(env, task, |classes| self.read(classes, &goal, splits > 0))?;
            let Some(Reading { candidates, operations, terms, cases }) = read.transpose()?.flatten() else { continue };
            first.get_or_insert(terms);
            found.candidates.extend(candidates);
            for operation in operations {
                if !found.operations.contains(&operation) {
                    found.operations.push(operation);
                }
            }
            match cases {
                Some(cases) => {
                    for &constructor in cases.constructors.iter().rev() {
                        open.push((goal.made_by(env, self.equality, &cases, constructor)?, splits - 1));
                    }
                }
                None if found.open.len() < enough => found.open.push(goal),
                None => break,
            }
        }
        Ok(first.unwrap_or_default())
    }

    /// Reads a graph; nothing if the goal is closed there.
    fn read(
        &self,
        classes: &mut Classes<'_>,
        goal: &OpenGoal,
        may_split: bool,
    ) -> Result<Option<Reading>, KernelError> {
        let sides = classes.sides();
        if sides.is_some_and(|(left, right)| left == right) {
            return Ok(None);
        }
        let cases = if may_split { classes.cases()? } else { None };
        let mut candidates: Vec<Candidate> = Vec::new();
        if let Some(sides) = sides {
            let equations = generalisations(classes, sides, goal.next);
            candidates.extend(equations.into_iter().map(|equation| Candidate {
                variables: with_generalised(&goal.locals, &[equation], classes.env),
                equation,
                premises: Vec::new(),
                origin: Origin::Generalised,
            }));
        }
        if cases.is_none() {
            self.conditional(classes, goal, &mut candidates);
        }
        let mut terms = Vec::new();
        for class in classes.all() {
            let (term, size) = classes.smallest(class);
            if size <= COMPARED_SIZE && is_object(classes.env, classes.type_of(class)) {
                terms.push((classes.type_of(class), term, size));
            }
        }
        terms.sort_by_key(|&(.., size)| size);
        terms.truncate(COMPARED);
        Ok(Some(Reading { candidates, operations: classes.operations(), terms, cases }))
    }

    /// Adds candidates with conditions that hold in the graph as premises: the goal's equation, and the negation of
    /// what a case assumes.
    fn conditional(&self, classes: &mut Classes<'_>, goal: &OpenGoal, candidates: &mut Vec<Candidate>) {
        let conditions = self.conditions(classes);
        let mut add = |classes: &mut Classes<'_>, conclusion: &Conclusion, premises: &[&Condition]| {
            for named in namings(classes, conclusion, premises) {
                if classes.env.is_late() {
                    return;
                }
                candidates.extend(written(classes, goal, conclusion, premises, &named));
            }
        };
        if let Some((left, right)) = classes.sides() {
            let conclusion = Conclusion::Goal(left, right);
            for (place, premise) in conditions.iter().enumerate() {
                add(classes, &conclusion, &[premise]);
                for other in conditions.iter().take(PAIRED).take(place) {
                    add(classes, &conclusion, &[other, premise]);
                }
            }
        }
        for condition in conditions.iter().filter(|condition| condition.otherwise.is_some()) {
            let conclusion = Conclusion::Otherwise(condition);
            add(classes, &conclusion, &[]);
            for premise in conditions.iter().filter(|premise| *premise != condition) {
                add(classes, &conclusion, &[premise]);
            }
        }
    }

    /// The conditions of a graph, the smallest first.
    fn conditions(&self, classes: &mut Classes<'_>) -> Vec<Condition> {
        let mut found = Vec::new();
        for class in classes.all() {
            let ty = classes.type_of(class);
            let Some((principle, types)) = self
                .enumerations
                .iter()
                .find_map(|principle| Some((principle, principle.arguments_of(classes.env, ty)?)))
            else {
                continue;
            };
            let values: Vec<TermId> =
                principle.constructors.iter().map(|&constant| classes.env.store.apps(constant, &types)).collect();
            let (value, _) = classes.smallest(class);
            let Some(place) = values.iter().position(|&known| known == value) else { continue };
            let otherwise = (values.len() == 2).then(|| values[1 - place]);
            for applied in classes.applications(class) {
                let inputs: Vec<(TermId, u32)> = applied.inputs.iter().map(|&input| classes.smallest(input)).collect();
                let size = inputs.iter().fold(1, |sum, (_, size)| sum + size);
                let inputs: Vec<TermId> = inputs.into_iter().map(|(term, _)| term).collect();
                let term = applied.operation.apply(classes.env, &inputs);
                if !inputs.is_empty() && size <= 2 * COMPARED_SIZE && classes.env.store.local_bound(term) > 0 {
                    found.push((size, Condition { applied, ty, value, otherwise }));
                }
            }
        }
        found.sort_by_key(|&(size, _)| size);
        let mut kept: Vec<Condition> = Vec::new();
        for (_, condition) in found {
            if kept.len() < CONDITIONS && !kept.iter().any(|known| is_shifted(classes, &condition, known)) {
                kept.push(condition);
            }
        }
        kept
    }
}

/// An application whose value is known in a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    applied: Applied,
    ty: TermId,
    value: TermId,
    /// The only other value of the type, where there are two.
    otherwise: Option<TermId>,
}

/// Whether a condition on objects built from others says no more than another one on those, as `(s a)` equals `(s b)`
/// where `a` equals `b`.
fn is_shifted(classes: &Classes<'_>, condition: &Condition, other: &Condition) -> bool {
    let is_built =
        |whole: ClassId, part: ClassId| classes.applications(whole).iter().any(|applied| applied.inputs[..] == [part]);
    condition.applied.operation == other.applied.operation
        && condition.value == other.value
        && condition
            .applied
            .inputs
            .iter()
            .zip(&other.applied.inputs)
            .all(|(&whole, &part)| whole == part || is_built(whole, part))
}

/// The conclusion of a conditional candidate.
enum Conclusion<'a> {
    /// That the two sides of the goal are equal.
    Goal(ClassId, ClassId),
    /// That a condition of the case never holds.
    Otherwise(&'a Condition),
}

impl Conclusion<'_> {
    /// The classes that its text is made of.
    fn parts(&self) -> Vec<ClassId> {
        match self {
            Self::Goal(left, right) => vec![*left, *right],
            Self::Otherwise(condition) => condition.applied.inputs.clone(),
        }
    }
}

/// A class with its type and smallest term.
type Named = (ClassId, TermId, TermId);

/// The choices of classes that become variables: none, those that the conclusion and the premises have in common, the
/// largest only, and each of these by itself.
fn namings(classes: &mut Classes<'_>, conclusion: &Conclusion<'_>, premises: &[&Condition]) -> Vec<Vec<Named>> {
    let inputs: Vec<ClassId> = premises.iter().flat_map(|premise| premise.applied.inputs.iter().copied()).collect();
    let parts = conclusion.parts();
    let mut common = match premises {
        [] => {
            let below = classes.below(&parts);
            below.into_iter().filter_map(|class| generalisable(classes, class)).collect()
        }
        _ => common(classes, &parts, &inputs),
    };
    if let Conclusion::Goal(left, right) = conclusion {
        common.retain(|(class, ..)| class != left && class != right);
    }
    common.truncate(GENERALISED);
    let below: Vec<FxHashSet<ClassId>> =
        common.iter().map(|&(class, ..)| classes.below(&[class]).into_iter().collect()).collect();
    let is_part = |inner: usize, outer: usize| {
        let (inner_class, outer_class) = (common[inner].0, common[outer].0);
        inner != outer && below[outer].contains(&inner_class) && !below[inner].contains(&outer_class)
    };
    let largest: Vec<Named> = (0..common.len())
        .filter(|&inner| !(0..common.len()).any(|outer| is_part(inner, outer)))
        .map(|place| common[place])
        // Locals are variables as they are.
        .filter(|&(.., term)| !matches!(classes.env.store.term(term), Term::Local { .. }))
        .collect();
    let mut found = vec![Vec::new()];
    if largest.len() > 1 && premises.len() < 2 {
        found.extend(largest.iter().map(|&one| vec![one]));
    }
    if !largest.is_empty() {
        found.push(largest);
    }
    found
}

/// A candidate with some classes as variables, if all of it can be written so.
fn written(
    classes: &mut Classes<'_>,
    goal: &OpenGoal,
    conclusion: &Conclusion<'_>,
    premises: &[&Condition],
    named: &[Named],
) -> Option<Candidate> {
    let parts = conclusion.parts();
    let inputs = premises.iter().flat_map(|premise| premise.applied.inputs.iter().copied());
    let all: Vec<ClassId> = parts.iter().copied().chain(inputs).collect();
    let variables = variables(classes, named, goal.next);
    let avoided: Vec<TermId> = named.iter().flat_map(|&(.., term)| objects_in(classes.env, term)).collect();
    let complete = |sides: Vec<Option<TermId>>| sides.into_iter().collect::<Option<Vec<TermId>>>();
    let mut terms = complete(classes.written(&all, &variables, &avoided));
    if terms.is_none() && !avoided.is_empty() {
        terms = complete(classes.written(&all, &variables, &[]));
    }
    let mut terms = terms?.into_iter();
    let of = |classes: &mut Classes<'_>, condition: &Condition, terms: &mut dyn Iterator<Item = TermId>| {
        let inputs: Vec<TermId> = terms.take(condition.applied.inputs.len()).collect();
        condition.applied.operation.apply(classes.env, &inputs)
    };
    let (ty, left, right) = match conclusion {
        Conclusion::Goal(left, _) => (classes.type_of(*left), terms.next()?, terms.next()?),
        Conclusion::Otherwise(condition) => (condition.ty, of(classes, condition, &mut terms), condition.otherwise?),
    };
    let equation = |store: &Store, ty, left, right| {
        let size = size_of(store, left) + size_of(store, right);
        Conjectured { ty, left, right, size }
    };
    let premises: Vec<Conjectured> = premises
        .iter()
        .map(|premise| {
            let left = of(classes, premise, &mut terms);
            equation(&classes.env.store, premise.ty, left, premise.value)
        })
        .collect();
    if left == right || premises.iter().any(|premise| premise.left == left || premise.left == premise.right) {
        return None;
    }
    let mut equation = equation(&classes.env.store, ty, left, right);
    equation.size += premises.iter().map(|premise| premise.size).sum::<u32>();
    let mentioned: Vec<Conjectured> = premises.iter().copied().chain([equation]).collect();
    let variables = with_generalised(&goal.locals, &mentioned, classes.env);
    Some(Candidate { equation, premises, origin: Origin::Conditional, variables })
}

/// New variables for classes.
fn variables(classes: &mut Classes<'_>, named: &[Named], fresh: u32) -> Vec<(ClassId, TermId)> {
    let named = named.iter().enumerate();
    named.map(|(place, &(class, of, _))| (class, classes.env.store.local(fresh + place as u32, of))).collect()
}

/// A class with its type and smallest term, if that is worth being made a variable: not a value, in which nothing
/// mentions a variable, and no application of one.
fn generalisable(classes: &mut Classes<'_>, class: ClassId) -> Option<Named> {
    let (term, size) = classes.smallest(class);
    let of = classes.type_of(class);
    let (head, _) = classes.env.store.spine(term);
    let is_worth = is_object(classes.env, of)
        && (size > 1 || matches!(classes.env.store.term(head), Term::Local { .. }))
        && classes.env.store.local_bound(term) > 0;
    is_worth.then_some((class, of, term))
}

/// The classes that may become variables below both of some others, in the order in which they are found below the
/// second.
fn common(classes: &mut Classes<'_>, one: &[ClassId], other: &[ClassId]) -> Vec<Named> {
    let below: FxHashSet<ClassId> = classes.below(one).into_iter().collect();
    let others = classes.below(other);
    others.into_iter().filter(|class| below.contains(class)).filter_map(|class| generalisable(classes, class)).collect()
}

/// The goal with one or two classes below both of its sides made variables.
fn generalisations(classes: &mut Classes<'_>, (left, right): (ClassId, ClassId), fresh: u32) -> Vec<Conjectured> {
    let ty = classes.type_of(left);
    let mut common = common(classes, &[left], &[right]);
    common.retain(|&(class, ..)| class != left && class != right);
    common.truncate(GENERALISED);
    let mut found = Vec::new();
    let mut push = |classes: &mut Classes<'_>, chosen: &[Named]| {
        if classes.env.is_late() {
            return;
        }
        let named = variables(classes, chosen, fresh);
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

pub(super) fn is_object(env: &mut Environment, ty: TermId) -> bool {
    !matches!(env.store.term(ty), Term::Sort(_) | Term::Pi(..)) && env.sort_of(ty) == Ok(Sort::Type)
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

/// The variables of generalised equations: the locals of the goal and the new ones in the equations.
fn with_generalised(locals: &[TermId], equations: &[Conjectured], env: &mut Environment) -> Vec<TermId> {
    let mut variables = locals.to_vec();
    for side in equations.iter().flat_map(|equation| [equation.left, equation.right]) {
        for local in objects_in(env, side) {
            if !variables.contains(&local) {
                variables.push(local);
            }
        }
    }
    variables
}
