//! The material for mutations: the declarations of theories, each with the environment in which it was checked.

use crate::toy::loaded;
use prover::logic::{DeclarationKind, Environment, Frozen, Store, Term, TermId};
use prover::network::Uniform;
use prover::prove::Prover;
use prover::prove::{Budget, Lemmas};
use prover::theory::Theory;
use prover::theory::import::SourceText;
use std::collections::HashMap;

/// Declarations whose terms have more nodes than this (written out as trees) are left alone: they cost the time of
/// many small ones.
const MAX_NODES: u64 = 1_500;

/// Terms that are hard on the rules: definitions to unfold, higher sorts, impredicative encodings, eta.
const CALCULUS: &str = include_str!("calculus.peano");

pub const CALCULUS_NAME: &str = "calculus";

/// A declaration of a theory.
#[derive(Clone, Debug)]
pub struct Original {
    pub name: String,
    pub kind: DeclarationKind,
    pub ty: TermId,
    pub value: Option<TermId>,
}

/// A checked theory, laid out for mutation. The stores of all its bases hold the terms of all its declarations.
pub struct World {
    pub name: String,
    pub originals: Vec<Original>,
    /// The environments of the first 0, 1, ... declarations.
    pub bases: Vec<Frozen>,
    /// The numbers of the declarations that are small enough to be mutated.
    pub cases: Vec<usize>,
    /// Those of them that have a proof or a value.
    pub valued: Vec<usize>,
    /// All subterms of all declarations.
    pub subterms: Vec<TermId>,
    /// Those without loose indices, by their type, where they have one.
    pub by_type: HashMap<TermId, Vec<TermId>>,
    /// Those that are types.
    pub types: Vec<TermId>,
}

impl World {
    fn new(name: &str, theory: &Theory) -> Self {
        let source = &theory.environment;
        let mut environment = Environment::new();
        let mut copied = HashMap::new();
        let originals: Vec<Original> = source
            .declarations()
            .map(|(_, declaration)| Original {
                name: declaration.name.to_string(),
                kind: declaration.kind,
                ty: copy(&source.store, &mut environment.store, declaration.ty, &mut copied),
                value: declaration.value.map(|value| copy(&source.store, &mut environment.store, value, &mut copied)),
            })
            .collect();
        // Constants have numbers in the order of their declaration, so that the copies mean the same.
        let mut bases = Vec::new();
        for original in &originals {
            bases.push(environment.clone().freeze());
            let added = match (original.kind, original.value) {
                (DeclarationKind::Definition, Some(value)) => {
                    environment.add_definition(&original.name, original.ty, value)
                }
                (DeclarationKind::Theorem, Some(proof)) => environment.add_theorem(&original.name, original.ty, proof),
                _ => environment.add_axiom(&original.name, original.ty),
            };
            added.unwrap_or_else(|error| panic!("{}: the copy of {} is refused: {error}", name, original.name));
        }
        bases.push(environment.clone().freeze());
        let mut sizes = HashMap::new();
        let mut size = |id| tree_size(&environment.store, id, &mut sizes);
        let is_small = |one: &Original| size(one.ty).saturating_add(one.value.map_or(0, &mut size)) <= MAX_NODES;
        let cases: Vec<usize> = (originals.iter().map(is_small).enumerate())
            .filter_map(|(case, is_small)| is_small.then_some(case))
            .collect();
        let valued = cases.iter().copied().filter(|&case| originals[case].value.is_some()).collect();
        let mut subterms: Vec<TermId> = copied.into_values().collect();
        subterms.sort_unstable();
        let (mut by_type, mut types) = (HashMap::<TermId, Vec<TermId>>::new(), Vec::new());
        for &term in &subterms {
            environment.set_budget(100_000);
            if environment.store.loose(term) == 0
                && let Ok(ty) = environment.infer(term)
            {
                by_type.entry(ty).or_default().push(term);
                if environment.sort_of(term).is_ok() {
                    types.push(term);
                }
            }
        }
        Self { name: name.to_owned(), originals, bases, cases, valued, subterms, by_type, types }
    }
}

/// The nodes of a term written out as a tree.
pub fn tree_size(store: &Store, id: TermId, known: &mut HashMap<TermId, u64>) -> u64 {
    if let Some(&size) = known.get(&id) {
        return size;
    }
    let size = match store.term(id) {
        Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => {
            tree_size(store, a, known).saturating_add(tree_size(store, b, known)).saturating_add(1)
        }
        _ => 1,
    };
    known.insert(id, size);
    size
}

fn copy(from: &Store, to: &mut Store, id: TermId, known: &mut HashMap<TermId, TermId>) -> TermId {
    if let Some(&done) = known.get(&id) {
        return done;
    }
    let term = match from.term(id) {
        Term::App(a, b) => Term::App(copy(from, to, a, known), copy(from, to, b, known)),
        Term::Lambda(a, b) => Term::Lambda(copy(from, to, a, known), copy(from, to, b, known)),
        Term::Pi(a, b) => Term::Pi(copy(from, to, a, known), copy(from, to, b, known)),
        Term::Local { .. } => panic!("a declaration has no locals"),
        leaf => leaf,
    };
    let copied = to.intern(term);
    known.insert(id, copied);
    copied
}

/// Propositional logic with theorems whose proofs a search found.
fn searched(seed: u64) -> Theory {
    let mut lemmas = Lemmas::new("propositional-logic");
    let statements = lemmas.goals("propositional").expect("the goal set ships");
    let world = lemmas.world().expect("the theory ships");
    let budget = Budget { nodes: 100, seconds: None, batch: 1 };
    for statement in &statements {
        let (theorem, _) = Prover::new(&world, &Uniform, seed).prove(&lemmas, statement, budget);
        theorem.into_iter().for_each(|theorem| lemmas.push(theorem));
    }
    assert!(lemmas.theorems().len() >= 10, "the search proves {} only", lemmas.theorems().len());
    lemmas.theory().expect("what the search proved is checked again")
}

/// The theories that are mutated.
pub fn worlds(seed: u64) -> Vec<World> {
    let shipped = |name: &str| {
        World::new(name, &Theory::from_source(name).unwrap_or_else(|error| panic!("{name} ships: {error}")))
    };
    vec![
        World::new(CALCULUS_NAME, &loaded(SourceText::text(CALCULUS_NAME, CALCULUS)).0),
        shipped("addition-world"),
        shipped("natural-numbers"),
        World::new("propositional logic with proofs by search", &searched(seed)),
    ]
}
