//! Compute graphs from outside: coverage of the data by a hand-written oracle, the reference, the text form.

mod data;
#[path = "../support/python.rs"]
mod interpreter;
mod oracle;
#[path = "../support/place.rs"]
mod place;
mod python;

use std::collections::BTreeMap;

use place::{mathematics, root, sample};
use prover_graph::question::Question;
use prover_graph::{Budget, language};

/// The value of the oracle's graph for a question, or a description of the error.
fn answer(module: &str, text: &str) -> Result<String, String> {
    let question = Question::new(text).map_err(|error| error.to_string())?;
    let elements: Vec<String> = question.elements.iter().map(ToString::to_string).collect();
    let graph = oracle::graph(module, &question).ok_or_else(|| format!("no graph from {}", elements.join(" ; ")))?;
    let parsed = language::parse(&graph, &question.elements);
    let parsed = parsed.map_err(|errors| format!("{}: {graph} from {}", errors[0].message, elements.join(" ; ")))?;
    let value = parsed.evaluate(&question.elements, &mut Budget::default());
    value.map(|value| value.to_string()).map_err(|error| format!("{error}: {graph} from {}", elements.join(" ; ")))
}

#[test]
fn graphs_answer_the_data() {
    let folder = mathematics();
    let modules = data::load(&folder);
    let names: std::collections::BTreeSet<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    let in_training = modules.iter().filter(|module| module.split == "train-easy").count();
    assert_eq!(in_training, data::MODULES);
    let (mut right, mut total) = (0, 0);
    let mut table: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for module in &modules {
        let row = table.entry(&module.name).or_default();
        for (question, expected) in &module.pairs {
            let found = answer(&module.name, question);
            let is_right = found.as_ref() == Ok(expected);
            if !is_right && row.1 - row.0 < 3 {
                println!(
                    "{} {}: {question}\n  wanted {expected}\n  found  {}",
                    module.split,
                    module.name,
                    found.unwrap_or_else(|error| error)
                );
            }
            row.0 += usize::from(is_right);
            row.1 += 1;
        }
    }
    for (name, (module_right, module_total)) in &table {
        right += module_right;
        total += module_total;
        if module_right < module_total {
            println!("{name}: {module_right} of {module_total}");
        }
    }
    println!("{right} of {total} questions of {} modules in {}", names.len(), folder.display());
    assert!(right * 1000 >= total * 999, "{right} of {total}");
}

#[test]
fn the_shipped_sample_is_answered_in_full() {
    let modules = data::load(&sample());
    assert_eq!(modules.iter().map(|module| module.pairs.len()).sum::<usize>(), (4 * data::MODULES + 15) * 3);
    for module in &modules {
        for (question, expected) in &module.pairs {
            assert_eq!(answer(&module.name, question).as_ref(), Ok(expected), "{} {question}", module.split);
        }
    }
}

#[test]
fn graphs_of_the_sample_print_and_parse_to_themselves() {
    for module in data::load(&sample()) {
        for (text, _) in &module.pairs {
            let question = Question::new(text).unwrap();
            let graph = language::parse(&oracle::graph(&module.name, &question).unwrap(), &question.elements).unwrap();
            let printed = graph.to_string();
            let parsed = language::parse(&printed, &question.elements).unwrap();
            assert_eq!(parsed.to_string(), printed);
            assert_eq!(parsed.nodes().len(), graph.nodes().len());
        }
    }
}

/// The page of the operators agrees with their declarations.
#[test]
fn reference() {
    let path = root().join("docs/operators.md");
    let expected = prover_graph::language::operators::reference();
    if std::env::var_os("UPDATE_OPERATORS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/operators.md is out of date: UPDATE_OPERATORS=1 cargo test --test graph reference"
    );
}

/// Every file of questions that a page or the examples show is right.
#[test]
fn shown_graphs_are_right() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let mut files = vec![("examples/answers.graph", read("examples/answers.graph"))];
    for page in ["docs/graphs.md", "docs/operators.md"] {
        let text = read(page);
        let blocks = text.split("\n```graph\n").skip(1).filter_map(|block| block.split_once("\n```"));
        files.extend(blocks.map(|(block, _)| (page, block.to_owned())));
    }
    assert!(files.len() > 50);
    for (name, text) in files {
        let report = prover_graph::language::file::check(&text);
        assert!(!report.items.is_empty() && report.others.is_empty(), "{name}: {text}\n{report:?}");
        assert!(report.items.iter().all(|item| item.diagnostics.is_empty()), "{name}: {text}\n{report:?}");
    }
}

#[test]
fn comments_take_no_stack() {
    // As of theories: tests/theory/check_bounds.rs.
    let check = || {
        let graph = format!("{}question \"What is 1 plus 1?\"\nanswer \"2\"\nadd(f0, f1)\n", "# x\n".repeat(200_000));
        assert!(prover_graph::language::file::check(&graph).items.iter().all(|item| item.diagnostics.is_empty()));
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(check).unwrap().join().unwrap();
}
