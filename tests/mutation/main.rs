//! Changes checked proofs, statements, declarations and scripts at random. Whatever the kernel still accepts has to be
//! accepted by the naive checker of tests/naive, which shares nothing with it, and the other way round.
//!
//! `MUTATION_SEED`, `MUTATION_BLOCK` (the first block) and `MUTATION_COUNT` repeat or extend a run; docs/testing.md has
//! the commands.

mod edit;
mod material;
#[path = "../naive/mod.rs"]
mod naive;
#[path = "../support/terms.rs"]
mod parts;
mod run;
mod script;
mod substitution;
#[path = "../support/toy.rs"]
mod toy;

/// Mutants of terms in the normal suite, about a minute on two cores.
const TERMS: u64 = 1_000_000;

/// Mutants of terms in the full run.
const ALL_TERMS: u64 = 10_000_000;

/// Mutants of scripts in the normal suite, and in the full run.
const SCRIPTS: u64 = 50_000;
const ALL_SCRIPTS: u64 = 1_000_000;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn mutate_terms(mutants: u64) {
    let seed = setting("MUTATION_SEED", 0);
    let worlds = material::worlds(seed);
    let start = std::time::Instant::now();
    let figures = run::run(&worlds, seed, setting("MUTATION_BLOCK", 0), setting("MUTATION_COUNT", mutants));
    let figures = figures.unwrap_or_else(|disagreement| panic!("{}", disagreement.0));
    println!("{figures}{:.1} s", start.elapsed().as_secs_f64());
    // The test is worth something only if it goes beyond what is refused at once.
    let judged = figures.mutants + figures.followers;
    assert!(figures.kernel_accepts * 20 > judged, "hardly a mutant is accepted");
    assert!(figures.naive_gave_up * 1_000 < judged, "the naive checker gives up too often");
    assert!(figures.answers.len() > 8, "the kernel refuses for few reasons");
}

#[test]
fn mutants_of_terms() {
    mutate_terms(TERMS);
}

fn mutate_scripts(mutants: u64) {
    let seed = setting("MUTATION_SEED", 0);
    let scripts = script::scripts();
    let start = std::time::Instant::now();
    let figures = script::run(&scripts, seed, setting("MUTATION_BLOCK", 0), setting("MUTATION_COUNT", mutants));
    let figures = figures.unwrap_or_else(|disagreement| panic!("{}", disagreement.0));
    println!("{figures}{:.1} s", start.elapsed().as_secs_f64());
    let fine = figures.codes.get("no error").copied().unwrap_or_default();
    assert!(fine * 50 > figures.mutants, "hardly a mutant is accepted");
    assert!(figures.naive_gave_up * 1_000 < figures.mutants, "the naive checker gives up too often");
    assert!(figures.codes.len() > 15 || figures.mutants < 10_000, "scripts are refused for few reasons");
}

#[test]
fn mutants_of_scripts() {
    mutate_scripts(SCRIPTS);
}

#[test]
#[ignore = "the full run takes minutes: docs/testing.md"]
fn all_mutants_of_terms() {
    mutate_terms(ALL_TERMS);
}

#[test]
#[ignore = "the full run takes minutes: docs/testing.md"]
fn all_mutants_of_scripts() {
    mutate_scripts(ALL_SCRIPTS);
}
