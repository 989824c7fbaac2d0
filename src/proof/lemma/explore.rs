//! Small terms that are equal on random ground instances.

use super::ground::Sampler;
use prover_logic::{KernelError, Term, TermId};
use prover_theory::equality::Operation;
use prover_theory::terms::typed::Typed;
use rand::Rng;
use rustc_hash::{FxHashMap, FxHashSet};

/// Variables of each type.
const VARIABLES: usize = 3;
/// Ground instances on which terms are compared.
const INSTANCES: usize = 12;
/// Instances on which a term must have a value for two terms to count as equal.
const DECIDED: usize = 8;
/// Terms that are looked at, at most.
const TERMS: usize = 4_000;
/// Steps that evaluating all of them may take. Small terms may have large values, as those of factorials.
const STEPS: u64 = 12_000_000;
/// Equations that are found, at most.
const EQUATIONS: usize = 800;

/// An equation that no instance refutes, over variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conjectured {
    /// The type of the sides.
    pub ty: TermId,
    pub left: TermId,
    pub right: TermId,
    /// The sizes of both sides together.
    pub size: u32,
}

/// A term with its values on the instances.
type Profile = (TermId, Vec<Option<TermId>>);

/// Terms that differ on instances, and equations between those that do not.
pub(super) struct Explorer<'s, 'a, R> {
    sampler: &'s mut Sampler<'a, R>,
    variables: Vec<TermId>,
    instances: Vec<Vec<TermId>>,
    known: FxHashMap<Profile, (TermId, u32)>,
    /// Terms that differ from each other, by size.
    by_size: Vec<Vec<Typed>>,
    looked_at: usize,
    pub equations: Vec<Conjectured>,
}

impl<'s, 'a, R: Rng> Explorer<'s, 'a, R> {
    /// An explorer of terms over some variables; `None` if no instances of them can be made.
    pub fn new(sampler: &'s mut Sampler<'a, R>, variables: Vec<TermId>) -> Result<Option<Self>, KernelError> {
        let mut instances = Vec::with_capacity(INSTANCES);
        for _ in 0..INSTANCES {
            sampler.theory().environment.set_budget(600_000);
            let Some(values) = sampler.assignment(&variables)? else { return Ok(None) };
            instances.push(values);
        }
        sampler.set_steps(STEPS);
        let (known, by_size, equations) = (FxHashMap::default(), vec![Vec::new()], Vec::new());
        Ok(Some(Self { sampler, variables, instances, known, by_size, looked_at: 0, equations }))
    }

    /// Looks at a term of a type; whether no other term had the same values. If one had, they are an equation. Once the
    /// steps have been taken or the deadline has passed nothing is looked at.
    pub fn look(&mut self, ty: TermId, term: TermId, size: u32) -> bool {
        if self.sampler.is_exhausted() {
            return false;
        }
        self.looked_at += 1;
        let mut profile = Vec::with_capacity(self.instances.len());
        let mut undecided = 0;
        for values in &self.instances {
            let value = self.sampler.evaluated(term, &self.variables, values);
            undecided += usize::from(value.is_none());
            if undecided > INSTANCES - DECIDED {
                return false;
            }
            profile.push(value);
        }
        match self.known.get(&(ty, profile.clone())) {
            Some(&(other, _)) if other == term => false,
            Some(&(other, other_size)) => {
                if self.equations.len() < EQUATIONS {
                    self.equations.push(Conjectured { ty, left: term, right: other, size: size + other_size });
                }
                false
            }
            None => {
                self.known.insert((ty, profile), (term, size));
                true
            }
        }
    }

    /// Takes a term as one of size 1.
    pub fn seed(&mut self, term: Typed) {
        self.by_size.resize(self.by_size.len().max(2), Vec::new());
        if self.look(term.ty, term.term, 1) {
            self.by_size[1].push(term);
        }
    }

    /// Looks at all terms up to a size over some operations and the variables. Functions that are arguments count for
    /// nothing.
    pub fn enumerate(&mut self, operations: &[Operation], size: u32) {
        self.by_size.resize(self.by_size.len().max(size as usize + 1), Vec::new());
        for variable in self.variables.clone() {
            let store = &self.sampler.theory().environment.store;
            let Term::Local { ty, .. } = store.term(variable) else { continue };
            // A function is no value to compare, but an argument.
            if matches!(store.term(ty), Term::Pi(..)) {
                self.by_size[0].push(Typed { term: variable, ty });
            } else if self.look(ty, variable, 1) {
                self.by_size[1].push(Typed { term: variable, ty });
            }
        }
        for total in 1..=size as usize {
            for operation in operations {
                let mut arguments = Vec::with_capacity(operation.inputs.len());
                self.apply(operation, total, total - 1, &mut arguments);
            }
        }
    }

    /// Applies an operation to all lists of arguments whose remaining sizes sum to `left`, those at the front being
    /// chosen.
    fn apply(&mut self, operation: &Operation, total: usize, left: usize, arguments: &mut Vec<TermId>) {
        let is_over = self.looked_at >= TERMS || self.sampler.is_exhausted();
        let store = &self.sampler.theory().environment.store;
        let is_function = |ty: &TermId| matches!(store.term(*ty), Term::Pi(..));
        let rest = &operation.inputs[arguments.len()..];
        let objects = rest.iter().filter(|ty| !is_function(ty)).count();
        if is_over || left < objects || (objects == 0 && left > 0) {
            return;
        }
        let Some(&ty) = rest.first() else {
            let term = operation.apply(&mut self.sampler.theory().environment, arguments);
            if self.look(operation.output, term, total as u32) {
                self.by_size[total].push(Typed { term, ty: operation.output });
            }
            return;
        };
        let sizes = match (is_function(&ty), objects) {
            (true, _) => 0..=0,
            (false, 1) => left..=left,
            (false, _) => 1..=left + 1 - objects,
        };
        for size in sizes {
            for place in 0..self.by_size[size].len() {
                let Typed { term: argument, ty: found } = self.by_size[size][place];
                if found == ty {
                    arguments.push(argument);
                    self.apply(operation, total, left - size, arguments);
                    arguments.pop();
                }
            }
        }
    }
}

/// Variables for exploration: the given types and functions, which operations are applied to or applied as, and new
/// ones of the types that operations take as inputs.
pub(super) fn variables_for<R: Rng>(
    sampler: &mut Sampler<'_, R>,
    given: &[TermId],
    operations: &[Operation],
) -> Vec<TermId> {
    let mut variables = given.to_vec();
    let mut types = FxHashSet::default();
    for ty in operations.iter().flat_map(|operation| operation.inputs.iter().chain([&operation.output])) {
        if !types.insert(*ty) {
            continue;
        }
        let store = &sampler.theory().environment.store;
        let count = match store.term(*ty) {
            Term::Pi(..) => usize::from(
                !given.iter().any(|&known| matches!(store.term(known), Term::Local { ty: known, .. } if known == *ty)),
            ),
            _ => VARIABLES,
        };
        variables.extend((0..count).map(|_| sampler.variable(*ty)));
    }
    variables
}
