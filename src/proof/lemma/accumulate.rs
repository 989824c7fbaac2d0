//! Goals about functions with an accumulator, generalised over its initial value.
//!
//! `(= (reverse_onto a nil) (reverse a))` has no proof by induction on `a`, since the second argument changes from call
//! to call. With a variable in its place, the other side gets a context that evaluation on instances finds:
//! `(= (reverse_onto a b) (append (reverse a) b))`.

use super::explore::{Conjectured, Explorer};
use super::ground::Sampler;
use crate::rules::EquationRule;
use prover_logic::{KernelError, Store, Term, TermId};
use prover_theory::equality::Operation;
use prover_theory::terms::matching::replace;
use prover_theory::terms::rewriting::closed_subterms;
use prover_theory::terms::signature::mentions;
use prover_theory::terms::typed::Typed;
use rand::Rng;
use rustc_hash::FxHashSet;

/// The size of contexts, the other side of the goal counted as a variable.
const CONTEXT: u32 = 5;
/// Contexts of one goal that are proposed, the smallest first.
const PROPOSED: usize = 2;

/// The arguments in which functions accumulate, by the function and the place: those that an equation leaves open, and
/// in its recursive call makes something else of.
pub(super) fn accumulators(store: &Store, equations: &[EquationRule]) -> FxHashSet<(TermId, usize)> {
    let mut found = FxHashSet::default();
    for rule in equations {
        let (head, patterns) = store.spine(rule.equation.left);
        let count = rule.equation.signature.len() as u32;
        let (mut open, mut seen) = (vec![rule.equation.right], FxHashSet::default());
        while let Some(term) = open.pop() {
            if !seen.insert(term) || !matches!(store.term(term), Term::App(..)) {
                continue;
            }
            let (called, arguments) = store.spine(term);
            if called == head {
                for (place, (&pattern, &argument)) in patterns.iter().zip(&arguments).enumerate() {
                    if let Term::Bound(index) = store.term(pattern)
                        && argument != pattern
                        && mentions(store, argument, count).contains(&(count - 1 - index))
                    {
                        found.insert((head, place));
                    }
                }
            }
            open.extend(arguments);
        }
    }
    found
}

/// An equation whose one side accumulates from something that is not a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    /// The type of both sides.
    pub ty: TermId,
    pub accumulating: TermId,
    pub other: TermId,
}

/// The equation with a variable for the initial value of an accumulator; `next` is the number of the first new local.
/// Each comes with its variable.
pub(super) fn generalised<R: Rng>(
    sampler: &mut Sampler<'_, R>,
    side: Side,
    accumulators: &FxHashSet<(TermId, usize)>,
    operations: &[Operation],
    (locals, next): (&[TermId], u32),
) -> Result<Vec<(Conjectured, TermId)>, KernelError> {
    let mut found = Vec::new();
    let subterms = closed_subterms(&sampler.theory().environment.store, side.accumulating);
    for call in subterms {
        let (head, arguments) = sampler.theory().environment.store.spine(call);
        for (place, &argument) in arguments.iter().enumerate() {
            let environment = &mut sampler.theory().environment;
            if !accumulators.contains(&(head, place)) || matches!(environment.store.term(argument), Term::Local { .. })
            {
                continue;
            }
            let ty = environment.infer(argument)?;
            let variable = environment.store.local(next, ty);
            let mut widened = arguments.clone();
            widened[place] = variable;
            let widened = environment.store.apps(head, &widened);
            let widened = replace(&mut environment.store, side.accumulating, call, widened);
            let variables = [locals, &[variable]].concat();
            let Some(mut explorer) = Explorer::new(sampler, variables)? else { continue };
            if !explorer.look(side.ty, widened, 1) {
                continue;
            }
            explorer.seed(Typed { term: side.other, ty: side.ty });
            explorer.enumerate(operations, CONTEXT);
            let equations = explorer.equations.iter().filter(|equation| equation.right == widened);
            found.extend(equations.take(PROPOSED).map(|&equation| (equation, variable)));
        }
    }
    Ok(found)
}
