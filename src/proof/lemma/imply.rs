//! Implications between small conditions that no instance refutes, such as that an order is total or transitive.

use super::explore::Conjectured;
use super::ground::Sampler;
use super::stuck::is_object;
use prover_logic::{Environment, KernelError, TermId};
use prover_theory::equality::{Operation, Principle};
use prover_theory::terms::rewriting::tree_size;
use rand::Rng;

/// Ground instances, one bit each: all values drawn, then with an equal pair among the variables of each type, so that
/// what decides equality holds on some.
const INSTANCES: usize = 96;
const DRAWN: usize = 64;
/// Instances on which premises hold together, at least.
const SUPPORT: u32 = 6;
/// Conditions that are compared, at most.
const CONDITIONS: usize = 48;
/// Implications that are found, at most: with one premise, and twice as many with two besides; first those that conclude
/// that two variables are equal.
const FOUND: usize = 16;
const EQUALITIES: usize = 4;
/// Steps that evaluating the conditions may take.
const STEPS: u64 = 3_000_000;

/// An equation under premises.
pub(super) struct Implication {
    pub premises: Vec<Conjectured>,
    pub conclusion: Conjectured,
}

/// Some of the ground instances, one bit each.
type Instances = u128;

/// That an application of a function to variables has one of two values, or that two variables are equal.
struct Condition {
    /// The places of the variables.
    inputs: Vec<usize>,
    says: Conjectured,
    /// Whether that is the second of the values.
    is_second: bool,
    /// The variables that it mentions, one bit each.
    mentions: u64,
    /// The instances on which it holds, one bit each.
    holds: Instances,
    /// The instances on which the application has a value.
    decided: Instances,
}

/// Implications between applications of functions to variables that have one of two values.
pub(super) fn implications<R: Rng>(
    sampler: &mut Sampler<'_, R>,
    enumerations: &[Principle],
    operations: &[Operation],
    variables: &[TermId],
) -> Result<Vec<Implication>, KernelError> {
    // One bit each.
    let variables = &variables[..variables.len().min(u64::BITS as usize)];
    let mut types = Vec::with_capacity(variables.len());
    for &variable in variables {
        types.push(sampler.theory().environment.infer(variable)?);
    }
    let pairs = pairs(&mut sampler.theory().environment, enumerations, &types);
    let mut instances = Vec::with_capacity(INSTANCES);
    for number in 0..INSTANCES {
        sampler.theory().environment.set_budget(STEPS);
        let Some(mut values) = sampler.assignment(variables)? else { return Ok(Vec::new()) };
        if let Some(of_pair) = number.checked_sub(DRAWN)
            && !pairs.is_empty()
        {
            let (first, second) = pairs[of_pair % pairs.len()];
            values[second] = values[first];
        }
        instances.push(values);
    }
    sampler.set_steps(STEPS);
    let mut conditions = Vec::new();
    for operation in operations {
        let environment = &mut sampler.theory().environment;
        let mut values_of = |ty: TermId| {
            let values = enumerations.iter().find_map(|principle| {
                let types = principle.arguments_of(environment, ty)?;
                Some(principle.constructors.iter().map(|&value| environment.store.apps(value, &types)).collect())
            });
            values.unwrap_or_default()
        };
        let values: Vec<TermId> = values_of(operation.output);
        // What is said of truth values is seen by cases.
        let speaks_of_more = operation.inputs.iter().any(|&input| values_of(input).is_empty());
        if values.len() != 2 || !speaks_of_more {
            continue;
        }
        for inputs in choices(operation, &types) {
            if sampler.is_exhausted() || conditions.len() >= 2 * CONDITIONS {
                break;
            }
            let arguments: Vec<TermId> = inputs.iter().map(|&place| variables[place]).collect();
            let term = operation.apply(&mut sampler.theory().environment, &arguments);
            let (mut decided, mut holds): (Instances, [Instances; 2]) = (0, [0; 2]);
            for (place, instance) in instances.iter().enumerate() {
                let value = sampler.evaluated(term, variables, instance);
                for (holds, known) in holds.iter_mut().zip(&values) {
                    *holds |= Instances::from(value == Some(*known)) << place;
                }
                decided |= Instances::from(value.is_some()) << place;
            }
            let size = tree_size(&sampler.theory().environment.store, term, 100) + 1;
            let mentions = inputs.iter().fold(0, |set, &place| set | 1 << place);
            for (place, (&right, holds)) in values.iter().zip(holds).enumerate() {
                let is_second = place == 1;
                let says = Conjectured { ty: operation.output, left: term, right, size };
                conditions.push(Condition { inputs: inputs.clone(), says, is_second, mentions, holds, decided });
            }
        }
    }
    let equalities = pairs.iter().map(|&(first, second)| {
        let (ty, left, right) = (types[first], variables[first], variables[second]);
        let equal = |(place, values): (usize, &Vec<TermId>)| Instances::from(values[first] == values[second]) << place;
        Condition {
            inputs: vec![first, second],
            says: Conjectured { ty, left, right, size: 2 },
            is_second: false,
            mentions: 1 << first | 1 << second,
            holds: instances.iter().enumerate().map(equal).fold(0, |all, one| all | one),
            decided: Instances::MAX >> (Instances::BITS as usize - instances.len()),
        }
    });
    Ok(implied(&conditions, &equalities.collect::<Vec<_>>(), &types))
}

/// The pairs of variables, by their places, of the same type of objects that is no enumeration.
fn pairs(environment: &mut Environment, enumerations: &[Principle], types: &[TermId]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (second, &ty) in types.iter().enumerate() {
        let is_enumeration = enumerations.iter().any(|principle| principle.arguments_of(environment, ty).is_some());
        if !is_enumeration && is_object(environment, ty) {
            found.extend((0..second).filter(|&first| types[first] == ty).map(|first| (first, second)));
        }
    }
    found
}

/// The lists of different variables, by their places, of the types that an operation takes, in order.
fn choices(operation: &Operation, types: &[TermId]) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new()];
    for input in &operation.inputs {
        let mut longer = Vec::new();
        for place in (0..types.len()).filter(|&place| types[place] == *input) {
            let fitting = lists.iter().filter(|list: &&Vec<usize>| !list.contains(&place));
            longer.extend(fitting.map(|list| [&list[..], &[place]].concat()));
        }
        lists = longer;
    }
    // Of two premises, that with the earlier variables comes first, as `is_first` asks for.
    lists.sort_unstable();
    lists
}

/// The implications with one premise, and with two of which neither is enough; of those that differ in the names of
/// variables, one. Equalities are conclusions only.
fn implied(conditions: &[Condition], equalities: &[Condition], types: &[TermId]) -> Vec<Implication> {
    let follows = |holds: Instances, conclusion: &Condition| {
        let decided = holds & conclusion.decided;
        decided & !conclusion.holds == 0 && decided.count_ones() >= SUPPORT
    };
    // What always holds is found without premises, what never does says nothing.
    let is_open = |condition: &&Condition| condition.holds != 0 && condition.holds != condition.decided;
    let open: Vec<&Condition> = conditions.iter().filter(is_open).collect();
    let mut found = Vec::new();
    let mut push = |premises: &[&Condition], conclusion: &Condition, most: usize| {
        // Of an implication and its contrapositive, that with fewer negations.
        let is_contrapositive = conclusion.is_second && premises.iter().any(|premise| premise.is_second);
        if found.len() < most && !is_contrapositive && is_first(premises, types) {
            let premises = premises.iter().map(|premise| premise.says).collect();
            found.push(Implication { premises, conclusion: conclusion.says });
        }
    };
    let equalities: Vec<&Condition> = equalities.iter().collect();
    for (conclusions, most, is_equality) in [(&equalities, EQUALITIES, true), (&open, FOUND, false)] {
        for premise in &open {
            for conclusion in conclusions.iter().filter(|conclusion| conclusion.says.left != premise.says.left) {
                if conclusion.mentions & !premise.mentions == 0 && follows(premise.holds, conclusion) {
                    push(&[premise], conclusion, most);
                }
            }
        }
        for (place, first) in open.iter().enumerate() {
            for second in &open[place + 1..] {
                let both = first.holds & second.holds;
                let is_linked = first.mentions & second.mentions != 0 && first.says.left != second.says.left;
                if !is_linked || both.count_ones() < SUPPORT {
                    continue;
                }
                for conclusion in conclusions {
                    let is_new = [first, second].iter().all(|premise| {
                        conclusion.says.left != premise.says.left && !follows(premise.holds, conclusion)
                    });
                    let mentions = first.mentions | second.mentions;
                    // What makes two variables equal over a third says that it decides equality, which is simpler.
                    let is_within =
                        conclusion.mentions & !mentions == 0 && (!is_equality || conclusion.mentions == mentions);
                    if is_within && is_new && follows(both, conclusion) {
                        push(&[first, second], conclusion, 2 * most);
                    }
                }
            }
        }
    }
    found
}

/// Whether the variables of each type come in their order, so that no others could stand for them.
fn is_first(premises: &[&Condition], types: &[TermId]) -> bool {
    let mut seen = 0u64;
    premises.iter().flat_map(|premise| &premise.inputs).all(|&place| {
        let is_next = (0..place).all(|before| types[before] != types[place] || seen & 1 << before != 0);
        seen |= 1 << place;
        is_next
    })
}
