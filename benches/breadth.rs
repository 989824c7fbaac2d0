//! How far a search must look for a graph that answers a question when nothing guides it: expansions until the first
//! rewarded graph with the uniform policy, for questions of all modules of a training split.
//!
//! `cargo bench --bench breadth -- [--questions N] [--split easy|medium|hard] [--module PART] [--limit N] [--seed N]
//! [--more-operators N] [--unused N] [--show]`
//!
//! The data is the folder that `PROVER_MATHEMATICS` names, else the one next to the repository, else the sample that
//! ships with it.

use prover::answer::data::{Pair, Part, Selection, Set, Split, Train};
use prover::answer::{Goal, GraphProblem, Limits};
use prover::graph::Question;
use prover::graph::language::compare::Match;
use prover::network::Uniform;
use prover::search::{self, Algorithm, Options, Stop};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

#[path = "../tests/support/place.rs"]
mod place;

/// The algorithms that are measured.
const ALGORITHMS: [(&str, Algorithm); 3] =
    [("best-first", Algorithm::BestFirst), ("breadth", Algorithm::BreadthFirst), ("puct", Algorithm::Puct)];

struct Settings {
    questions: usize,
    split: Train,
    module: String,
    limit: u64,
    seed: u64,
    limits: Limits,
    show: bool,
}

fn settings() -> Settings {
    let mut settings = Settings {
        questions: 20,
        split: Train::Easy,
        module: String::new(),
        limit: 2_000,
        seed: 1,
        limits: Limits::default(),
        show: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_default();
        match name.as_str() {
            "--questions" => settings.questions = value().parse().expect("--questions takes a number"),
            "--limit" => settings.limit = value().parse().expect("--limit takes a number"),
            "--seed" => settings.seed = value().parse().expect("--seed takes a number"),
            "--more-operators" => {
                settings.limits.more_operators = value().parse().expect("--more-operators takes a number");
            }
            "--unused" => settings.limits.unused = value().parse().expect("--unused takes a number"),
            "--module" => settings.module = value(),
            "--show" => settings.show = true,
            "--split" => {
                let name = format!("train-{}", value());
                let split = Train::ALL.iter().find(|split| split.name() == name);
                settings.split = *split.expect("--split takes easy, medium or hard");
            }
            // Cargo adds `--bench`.
            _ => {}
        }
    }
    settings
}

/// The expansions until a graph gave the answer, and the graph; `None` if none did within the limit.
fn first(pair: &Pair, algorithm: Algorithm, settings: &Settings) -> Option<(u64, String)> {
    let question = Question::new(&pair.question).ok()?;
    let goal = Goal::Answer { text: pair.answer.clone(), at_least: Match::Text };
    let mut problem = GraphProblem::new(question, goal, settings.limits);
    let options = Options { algorithm, ..Options::default() };
    let mut stop = Stop::first_solution().nodes(settings.limit);
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let result = search::search(&mut problem, &Uniform, &options, &mut stop, &mut rng);
    let graph = problem.graph(&result.solution?)?;
    Some((result.verdict.statistics.expansions, graph.to_string()))
}

/// Measures one module: for each algorithm the questions solved and the median of the expansions, as a line.
fn module(part: &Part<Train>, settings: &Settings) -> (String, [usize; 3]) {
    let mut line = format!("{:<42}", part.module);
    let mut solved = [0; 3];
    for (index, (name, algorithm)) in ALGORITHMS.into_iter().enumerate() {
        let results: Vec<_> = part.pairs.iter().map(|pair| first(pair, algorithm, settings)).collect();
        let mut counts: Vec<u64> = results.iter().map(|result| result.as_ref().map_or(u64::MAX, |r| r.0)).collect();
        counts.sort_unstable();
        solved[index] = results.iter().flatten().count();
        let median = match counts[counts.len() / 2] {
            u64::MAX => "-".to_owned(),
            count => count.to_string(),
        };
        line.push_str(&format!("{:>5}/{:<3}{median:>6}   ", solved[index], part.pairs.len()));
        if settings.show {
            for (pair, result) in part.pairs.iter().zip(&results) {
                let (count, graph) = result.clone().unwrap_or((settings.limit, "not found".into()));
                eprintln!("{name} {count} {} = {}\n  {}", pair.question, pair.answer, graph.replace('\n', "\n  "));
            }
        }
    }
    (line, solved)
}

fn main() {
    let settings = settings();
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let selection = Selection { modules: Vec::new(), most: Some(settings.questions) };
    let folder = place::mathematics();
    let set = match Set::load(&folder, &[settings.split], &selection, &mut rng) {
        Ok(set) => set,
        Err(error) => return eprintln!("{error}"),
    };
    println!("{} of {}, up to {} expansions: solved, median", settings.split.name(), folder.display(), settings.limit);
    println!("{:<42}{}", "module", ALGORITHMS.map(|(name, _)| format!("{name:>14}   ")).concat());
    let parts: Vec<&Part<Train>> = set.parts().iter().filter(|part| part.module.contains(&settings.module)).collect();
    let rows: Vec<(String, [usize; 3])> = parts.par_iter().map(|part| module(part, &settings)).collect();
    let mut total = [0; 3];
    for (line, solved) in rows {
        println!("{line}");
        total.iter_mut().zip(solved).for_each(|(total, solved)| *total += solved);
    }
    let asked: usize = parts.iter().map(|part| part.pairs.len()).sum();
    for ((name, _), solved) in ALGORITHMS.into_iter().zip(total) {
        println!("{name}: {solved} of {asked}, {:.1} %", 100.0 * solved as f64 / asked.max(1) as f64);
    }
}
