//! The kernel's operations on bound variables against substitution of names. The check of a declaration uses them only
//! on values without loose variables; elaboration and matching use all of them.

use crate::material::{World, worlds};
use crate::naive::term::{same, substitute};
use crate::naive::{Expr, Reader, STEPS, Work, show};
use prover::logic::{Environment, TermId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random terms that are tried.
const TRIALS: u32 = 60_000;

/// A subterm of a theory with variables of at most `depth` binders around it.
fn subterm(world: &World, environment: &Environment, depth: u32, rng: &mut ChaCha8Rng) -> TermId {
    loop {
        let term = world.subterms[rng.random_range(0..world.subterms.len())];
        if environment.store.loose(term) <= depth && environment.store.height(term) < 30 {
            return term;
        }
    }
}

#[track_caller]
fn assert_same(found: &Expr, expected: &Expr) {
    assert!(same(found, expected, &mut Work::new(STEPS)).unwrap(), "{} is not {}", show(found), show(expected));
}

/// `outer` binders are around the values, and `inner` more around the term in which they are put.
fn instantiate(environment: &mut Environment, world: &World, outer: u32, inner: u32, rng: &mut ChaCha8Rng) {
    let term = subterm(world, environment, outer + inner, rng);
    let values: Vec<TermId> = (0..inner).map(|_| subterm(world, environment, outer, rng)).collect();
    let found = environment.store.instantiate(term, &values);
    let mut reader = Reader::new(environment);
    let mut expected = reader.read_under_binders(term, outer + inner).unwrap();
    // The values mention none of the variables that are replaced, so that it can be done one after the other.
    for (level, &value) in (outer..).zip(&values) {
        let value = reader.read_under_binders(value, outer).unwrap();
        expected = substitute(&expected, &reader.name(level), &value, &mut Work::new(STEPS)).unwrap();
    }
    assert_same(&reader.read_under_binders(found, outer).unwrap(), &expected);
}

/// A term that moves under more binders means the same as before.
fn lift(environment: &mut Environment, world: &World, outer: u32, by: u32, rng: &mut ChaCha8Rng) {
    let term = subterm(world, environment, outer, rng);
    let lifted = environment.store.lift(term, by);
    let mut reader = Reader::new(environment);
    let expected = reader.read_under_binders(term, outer).unwrap();
    assert_same(&reader.read_under_binders(lifted, outer + by).unwrap(), &expected);
}

/// Locals in the place of the innermost variables, and back.
fn open_and_close(environment: &mut Environment, world: &World, outer: u32, inner: u32, rng: &mut ChaCha8Rng) {
    let term = subterm(world, environment, outer + inner, rng);
    let locals: Vec<TermId> = (0..inner)
        .map(|number| {
            let ty = subterm(world, environment, 0, rng);
            environment.store.local(number, ty)
        })
        .collect();
    let opened = environment.store.instantiate(term, &locals);
    assert_eq!(environment.store.abstract_locals(opened, &locals), term);
}

#[test]
fn bound_variables_are_handled_as_names_are() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for world in worlds(0) {
        let mut environment = world.bases.last().unwrap().fork();
        for _ in 0..TRIALS / 4 {
            let (outer, inner) = (rng.random_range(0..4), rng.random_range(0..4));
            instantiate(&mut environment, &world, outer, inner, &mut rng);
            lift(&mut environment, &world, outer, inner, &mut rng);
            open_and_close(&mut environment, &world, outer, inner, &mut rng);
        }
    }
}
