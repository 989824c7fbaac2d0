//! Evaluations a second of compute graphs, one for each module of the Mathematics Dataset, and of reading questions:
//! `cargo bench --bench graph`. The graphs are those of examples/answers.graph; one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use prover::graph::{Budget, Graph, Question, language};

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// The file, of blocks `# module`, `question "..."`, `answer "..."`, graph.
const FILE: &str = include_str!("../examples/answers.graph");

struct Example {
    module: &'static str,
    text: &'static str,
    question: Question,
    graph: Graph,
}

fn examples() -> Vec<Example> {
    let blocks = FILE.split("\n\n# ").skip(1);
    let example = |block: &'static str| {
        let (module, rest) = block.split_once('\n').expect("a block has a module");
        let (line, rest) = rest.split_once('\n').expect("a block has a question");
        let (_, graph) = rest.split_once('\n').expect("a block has an answer");
        let text = line.trim_start_matches("question ").trim_matches('"');
        let question = Question::new(text).expect("the file is right");
        let graph = language::parse(graph, &question.elements).expect("the file is right");
        Example { module, text, question, graph }
    };
    blocks.map(example).collect()
}

fn modules() -> Vec<&'static str> {
    examples().iter().map(|example| example.module).collect()
}

/// Evaluates the graph of a module.
#[divan::bench(args = modules())]
fn evaluate(bencher: Bencher, module: &str) {
    let examples = examples();
    let Some(example) = examples.iter().find(|example| example.module == module) else { return };
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| example.graph.evaluate(&example.question.elements, &mut Budget::default()));
}

/// Evaluates the graphs of the eleven modules without statements, one after the other.
#[divan::bench]
fn evaluate_plain_modules(bencher: Bencher) {
    const PLAIN: [&str; 11] = [
        "algebra__linear_1d",
        "algebra__linear_2d",
        "algebra__polynomial_roots",
        "calculus__differentiate",
        "polynomials__evaluate",
        "numbers__div_remainder",
        "numbers__gcd",
        "numbers__is_factor",
        "numbers__is_prime",
        "numbers__lcm",
        "numbers__list_prime_factors",
    ];
    let examples = examples();
    let plain: Vec<&Example> = examples.iter().filter(|example| PLAIN.contains(&example.module)).collect();
    assert_eq!(plain.len(), PLAIN.len());
    bencher.counter(ItemsCount::new(plain.len())).bench(|| {
        for example in &plain {
            let value = example.graph.evaluate(&example.question.elements, &mut Budget::default());
            divan::black_box(value).expect("the file is right");
        }
    });
}

/// Finds the elements of a question of each module.
#[divan::bench]
fn read_questions(bencher: Bencher) {
    let examples = examples();
    bencher.counter(ItemsCount::new(examples.len())).bench(|| {
        for example in &examples {
            divan::black_box(Question::new(example.text)).expect("the file is right");
        }
    });
}
