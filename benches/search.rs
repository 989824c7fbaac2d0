//! Expansions a second of proof search with the uniform policy: `cargo bench --bench search`.
//!
//! Each workload attempts the goals of a set, with several seeds, up to a number of nodes or a proof, on a pool of one
//! and of two threads; a line's `item/s` are the expansions of all attempts together by the seconds on the wall.

#[path = "../tests/support/facts.rs"]
mod facts;

use divan::Bencher;
use divan::counter::ItemsCount;
use prover::network::Uniform;
use prover::prove::Prover;
use prover::prove::attempt::Collect;
use prover::prove::{Budget, Lemmas, Statement, World};
use rayon::prelude::*;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sizes of the pool.
const THREADS: [usize; 2] = [1, 2];

fn main() {
    divan::main();
}

/// A theory with goals, a budget for each, and how many seeds each is attempted with.
struct Workload {
    world: World,
    statements: Vec<Statement>,
    nodes: u64,
    seeds: u64,
}

impl Workload {
    fn new(theory: &str, goals: &str, nodes: u64, seeds: u64) -> Self {
        let lemmas = Lemmas::new(theory);
        let statements = lemmas.goals(goals).expect("a built-in goal set");
        Self { world: lemmas.world().expect("a built-in theory"), statements, nodes, seeds }
    }

    /// Attempts everything; the number of expansions.
    fn run(&self) -> u64 {
        let budget = Budget { nodes: self.nodes, seconds: None, batch: 1 };
        let jobs: Vec<(u64, &Statement)> =
            (0..self.seeds).flat_map(|seed| self.statements.iter().map(move |statement| (seed, statement))).collect();
        let nodes = jobs.par_iter().with_max_len(1).map(|&(seed, statement)| {
            Prover::new(&self.world, &Uniform, seed).attempt(statement, budget, Collect::NOTHING).nodes
        });
        nodes.sum()
    }
}

/// Measures a workload on this many threads. One thread's searches repeat exactly, so every run has the same
/// expansions.
fn measure(bencher: Bencher, threads: usize, workload: &Workload) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let expansions = pool.install(|| workload.run());
    bencher.counter(ItemsCount::new(expansions)).bench_local(|| pool.install(|| workload.run()));
}

/// The addition world: inductions and rewriting.
#[divan::bench(args = THREADS, sample_count = 5, sample_size = 1)]
fn nat_add_hard(bencher: Bencher, threads: usize) {
    measure(bencher, threads, &Workload::new("nat-add", "nat-add-hard", 2_000, 8));
}

/// The multiplication world: larger terms, more equations.
#[divan::bench(args = THREADS, sample_count = 5, sample_size = 1)]
fn nat_mul(bencher: Bencher, threads: usize) {
    measure(bencher, threads, &Workload::new("nat-mul", "nat-mul", 2_000, 2));
}

/// Tautologies: many facts in scope.
#[divan::bench(args = THREADS, sample_count = 5, sample_size = 1)]
fn propositional(bencher: Bencher, threads: usize) {
    measure(bencher, threads, &Workload::new("propositional-logic", "propositional", 1_000, 2));
}

/// The numbers of redundant facts beside a theory.
const FACTS: [usize; 3] = [0, 100, 5_000];

/// A file with the addition world and this many facts that say nothing new.
fn beside(facts: usize) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".peano").tempfile().expect("a file can be made");
    std::fs::write(file.path(), facts::redundant("nat-add", facts, 1)).expect("it can be written");
    file
}

/// The addition world beside redundant facts, on one thread.
#[divan::bench(args = FACTS, sample_count = 5, sample_size = 1)]
fn nat_add_hard_beside_facts(bencher: Bencher, facts: usize) {
    let file = beside(facts);
    let theory = file.path().to_str().expect("a path of the system's is text");
    measure(bencher, 1, &Workload::new(theory, "nat-add-hard", 2_000, 8));
}

/// Loading the addition world with redundant facts, their proofs checked, and laying it out for search.
#[divan::bench(args = FACTS, sample_count = 5, sample_size = 1)]
fn laid_out_with_facts(bencher: Bencher, facts: usize) {
    let file = beside(facts);
    let lemmas = Lemmas::new(file.path().to_str().expect("a path of the system's is text"));
    bencher.counter(ItemsCount::new(facts)).bench_local(|| lemmas.world().expect("the facts are right"));
}
