//! Terms that share much: the output is linear in the size of the graph.

use prover::export::{Development, Options, Summary, Target};
use prover::logic::{Environment, Sort, TermId};
use prover::theory::Theory;
use prover::theory::load::LoadReport;

/// `t : type`, `c : t`, `f : [t -> t -> t]`, `p : [t -> prop]`, `i : [('x : t) -> (p 'x)]`.
pub struct World {
    pub theory: Theory,
    pub ty: TermId,
    pub element: TermId,
    pub function: TermId,
    pub predicate: TermId,
    pub fact: TermId,
}

impl World {
    pub fn new() -> Self {
        let mut theory = Theory::new();
        let environment = &mut theory.environment;
        let (prop, sort) = (environment.store.sort(Sort::Prop), environment.store.sort(Sort::Type));
        let axiom = |environment: &mut Environment, name: &str, ty| {
            let constant = environment.add_axiom(name, ty).unwrap();
            environment.store.constant(constant)
        };
        let ty = axiom(environment, "t", sort);
        let element = axiom(environment, "c", ty);
        let arrow = environment.store.pi(ty, ty);
        let arrow = environment.store.pi(ty, arrow);
        let function = axiom(environment, "f", arrow);
        let to_prop = environment.store.pi(ty, prop);
        let predicate = axiom(environment, "p", to_prop);
        let x = environment.store.local(0, ty);
        let holds = environment.store.app(predicate, x);
        let all = environment.store.close_pi(holds, &[x]);
        let fact = axiom(environment, "i", all);
        Self { theory, ty, element, function, predicate, fact }
    }

    /// `(f x x)`, applied to itself so often.
    pub fn doubled(&mut self, start: TermId, times: usize) -> TermId {
        let function = self.function;
        let store = &mut self.theory.environment.store;
        (0..times).fold(start, |term, _| store.apps(function, &[term, term]))
    }

    pub fn written(self, target: Target) -> (String, Summary) {
        let development = Development::new(self.theory, &LoadReport::default());
        let mut out = Vec::new();
        let summary = development.write(target, Options::default(), &mut out, &|_| {}).unwrap();
        (String::from_utf8(out).unwrap(), summary)
    }
}

/// A theorem about a closed term of this many levels, each of which has the one below twice.
pub fn closed(levels: usize) -> World {
    let mut world = World::new();
    let (element, predicate, fact) = (world.element, world.predicate, world.fact);
    let term = world.doubled(element, levels);
    let environment = &mut world.theory.environment;
    let (statement, proof) = (environment.store.app(predicate, term), environment.store.app(fact, term));
    environment.add_theorem("closed", statement, proof).unwrap();
    world
}

/// The same with a variable at the bottom.
pub fn open(levels: usize) -> World {
    let mut world = World::new();
    let (ty, predicate, fact) = (world.ty, world.predicate, world.fact);
    let x = world.theory.environment.store.local(0, ty);
    let term = world.doubled(x, levels);
    let environment = &mut world.theory.environment;
    let (statement, proof) = (environment.store.app(predicate, term), environment.store.app(fact, term));
    let (statement, proof) = (environment.store.close_pi(statement, &[x]), environment.store.close_lambda(proof, &[x]));
    environment.add_theorem("open", statement, proof).unwrap();
    world
}

#[test]
fn what_is_written_is_linear_in_the_graph() {
    for build in [closed, open] {
        for target in [Target::Rocq, Target::Lean, Target::Lean4Export] {
            let (small, large) = (build(1_000).written(target), build(4_000).written(target));
            assert!(small.1.unsaid.is_empty() && large.1.unsaid.is_empty(), "{:?}", large.1);
            let lengths = (small.0.len(), large.0.len());
            assert!(lengths.1 < 5 * lengths.0 && lengths.0 < 200_000, "{target:?}: {lengths:?}");
        }
    }
}

#[test]
fn a_hundred_thousand_shared_nodes_are_written() {
    for build in [closed, open] {
        for target in [Target::Rocq, Target::Lean, Target::Lean4Export] {
            let (text, summary) = build(50_000).written(target);
            assert!(summary.unsaid.is_empty() && summary.theorems == 1, "{target:?}: {summary:?}");
            assert!(text.len() < 20_000_000, "{target:?}: {}", text.len());
        }
    }
}
