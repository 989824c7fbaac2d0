//! Implications between laws of one operation, groups, sums and powers: how many are proved by all means of `prover
//! prove --eqsat`, each proof checked from its text, and how long that takes.
//!
//! `cargo bench --bench equational -- [--data FILE] [--seconds S] [--seed N] [--show]`
//!
//! FILE has an object of JSON a line, with `law`, `goal` and `holds`, and is by default the shared one beside the
//! repository. A seed other than 0 renames what is declared and shuffles the declarations. A pair that does not hold
//! and is proved would be a fault of the kernel.

use prover::network::Uniform;
use prover::prove::{Budget, Lemmas, Means, Strategy};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

#[path = "../tests/program/completion/laws.rs"]
mod laws;

struct Settings {
    data: String,
    seconds: f64,
    seed: u64,
    show: bool,
}

fn settings() -> Settings {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/equational/implications.jsonl");
    let data = data.to_string_lossy().into_owned();
    let mut settings = Settings { data, seconds: 2.0, seed: 0, show: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_default();
        match name.as_str() {
            "--data" => settings.data = value(),
            "--seconds" => settings.seconds = value().parse().expect("--seconds takes a number"),
            "--seed" => settings.seed = value().parse().expect("--seed takes a number"),
            "--show" => settings.show = true,
            // Cargo adds `--bench`.
            _ => {}
        }
    }
    settings
}

/// Outcome of an attempt at one goal.
struct Tried {
    proved: bool,
    seconds: f64,
    /// Bytes of the script.
    bytes: usize,
    /// Distinct terms of the proof term.
    terms: usize,
}

fn attempt(theory: &str, goal: &str, settings: &Settings) -> Tried {
    let folder = tempfile::tempdir().expect("a folder for a theory");
    let path = folder.path().join("theory.peano");
    std::fs::write(&path, theory).expect("the theory is written");
    let lemmas = Lemmas::new(&path.to_string_lossy());
    let budget = Budget { nodes: 100_000, seconds: Some(settings.seconds), batch: 1 };
    let means = Means { search: false, lemmas: false, ..Means::ALL };
    let world = lemmas.world().expect("the theory is right");
    let statement = lemmas.goal("claim", goal).expect("the goal is right");
    let found = Strategy::new(lemmas, world, &Uniform, means, budget, 0).prove(&statement);
    assert_eq!(found.fault, None, "{theory}\n{goal}");
    let bytes = found.theorem.as_ref().map_or(0, |theorem| theorem.script.len());
    Tried { proved: found.theorem.is_some(), seconds: found.seconds, bytes, terms: found.size }
}

/// Prints how many of some goals were proved, with quantiles of their seconds.
fn summary(name: &str, tried: &[Tried]) {
    let proved = tried.iter().filter(|one| one.proved).count();
    let mut seconds: Vec<f64> = tried.iter().map(|one| one.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let at = |part: f64| seconds.get(((seconds.len() - 1) as f64 * part) as usize).copied().unwrap_or(0.0);
    let most = |count: fn(&Tried) -> usize| tried.iter().map(count).max().unwrap_or(0);
    println!(
        "{name}: {proved} of {} proved; seconds: median {:.4}, 90 % {:.4}, 99 % {:.4}, most {:.4}, in all {:.2}; \
         longest script {} bytes, largest proof {} terms",
        tried.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
        seconds.iter().sum::<f64>(),
        most(|one| one.bytes),
        most(|one| one.terms),
    );
}

/// A theory in another order with other names, by a seed; the names of the first few words in the goal likewise.
fn disguised(theory: &[String], goal: &str, names: &[&str], seed: u64) -> (String, String) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut theory = theory.to_vec();
    let mut goal = goal.to_owned();
    if seed != 0 {
        for name in names {
            let new: String = (0..6).map(|_| char::from(b'a' + rng.random_range(0..26u8))).collect();
            theory.iter_mut().for_each(|item| *item = laws::renamed(item, name, &new));
            goal = laws::renamed(&goal, name, &new);
        }
        // Types and operators come first; what is said of them follows in any order.
        let first = theory.iter().position(|item| item.contains("(= ")).unwrap_or(0);
        theory[first..].shuffle(&mut rng);
    }
    (theory.join("\n"), goal)
}

fn main() {
    let settings = settings();
    let run = |theory: &[String], goal: &str, names: &[&str]| {
        let (theory, goal) = disguised(theory, goal, names, settings.seed);
        attempt(&theory, &goal, &settings)
    };
    let groups: Vec<Tried> =
        laws::GROUP_GOALS.iter().map(|goal| run(&laws::group(), goal, &["op", "inv", "id"])).collect();
    summary("groups", &groups);
    for (name, goal) in laws::ring_goals() {
        summary(&name, &[run(&laws::ring(), &goal, &["plus", "times"])]);
    }
    let Ok(text) = std::fs::read_to_string(&settings.data) else {
        println!("{} is not there", settings.data);
        return;
    };
    for holds in ["true", "false"] {
        let mut tried = Vec::new();
        for line in text.lines().filter(|line| laws::field(line, "holds") == Some(holds)) {
            let (Some(law), Some(goal)) = (laws::field(line, "law"), laws::field(line, "goal")) else { continue };
            let one = run(&laws::magma(law), &laws::proposition(goal), &["*"]);
            let is_late = one.seconds > 1.1 * settings.seconds;
            if settings.show && (is_late || one.proved != (holds == "true")) {
                println!("{law}  =>  {goal}: proved {} after {:.3} s", one.proved, one.seconds);
            }
            tried.push(one);
        }
        summary(if holds == "true" { "pairs that hold" } else { "pairs that do not hold" }, &tried);
    }
}
