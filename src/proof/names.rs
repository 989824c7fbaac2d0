//! Names for the entries in scope.

use super::state::{Item, State};
use prover_logic::Environment;
use prover_theory::print::Names;

/// The name of the local number `index`: `x0`, `x1`, ... for objects, `h0`, `h1`, ... for hypotheses, with `_` behind
/// where the theory has a constant of that name, or something given has it.
pub fn local_name(environment: &Environment, given: &Names, index: usize, is_proof: bool) -> String {
    free_name(environment, given, format!("{}{index}", if is_proof { 'h' } else { 'x' }))
}

/// A name with `_` behind as often as something else has it.
pub fn free_name(environment: &Environment, given: &Names, mut name: String) -> String {
    while environment.find(&name).is_some() || given.is_taken(&name) {
        name.push('_');
    }
    name
}

/// Names for the locals of a state: those given, and for the others numbers in the order in which they came into scope.
pub fn scope_names(environment: &Environment, given: &Names, state: &State) -> Names {
    let mut names = given.clone();
    let locals = state.items().filter_map(|item| match *item {
        Item::Local { local, is_proof, .. } => Some((local, is_proof)),
        _ => None,
    });
    let mut locals: Vec<_> = locals.collect();
    locals.reverse();
    for (index, (local, is_proof)) in locals.into_iter().enumerate() {
        if given.get(local).is_none() {
            names.insert(local, &local_name(environment, given, index, is_proof));
        }
    }
    names
}
