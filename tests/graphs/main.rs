//! Compute graphs from outside: coverage of the data by a hand-written oracle, the reference, the text form.

mod data;
mod oracle;

use std::collections::BTreeMap;

use prover::graph::question::Question;
use prover::graph::{Budget, language};

/// What the oracle's graph for a question gives; an error says what went wrong.
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
    let folder = data::folder();
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
                println!("{} {}: {question}\n  wanted {expected}\n  found  {}", module.split, module.name, found.unwrap_or_else(|error| error));
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
