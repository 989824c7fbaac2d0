//! The numbers among the figures of an iteration, for plots.

use serde_json::{Map, Value};

/// Names that have a view of their own.
const APART: [&str; 2] = ["sources", "modules"];
/// Objects in objects that are looked into.
const DEEPEST: usize = 3;

/// The numbers of an iteration by their names; those in objects have the names on the way to them. A list beside a list
/// of budgets called `nodes`, as in `test`, gives a number for each budget.
pub fn numbers(figures: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (name, value) in figures.iter().filter(|(name, _)| !APART.contains(&name.as_str())) {
        gather(name.clone(), value, DEEPEST, &mut found);
    }
    found
}

fn gather(name: String, value: &Value, depth: usize, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Number(_) => found.push((name, value.clone())),
        Value::Bool(is_so) => found.push((name, u8::from(*is_so).into())),
        Value::Object(map) if depth > 0 => {
            let budgets = map.get("nodes").and_then(Value::as_array);
            for (inner, value) in map.iter().filter(|(inner, _)| budgets.is_none() || *inner != "nodes") {
                match (budgets, value.as_array()) {
                    (Some(budgets), Some(shares)) if budgets.len() == shares.len() => {
                        for (budget, share) in budgets.iter().zip(shares).filter(|(_, share)| share.is_number()) {
                            found.push((format!("{name} {inner}, {budget} nodes"), share.clone()));
                        }
                    }
                    _ => gather(format!("{name} {inner}"), value, depth - 1, found),
                }
            }
        }
        _ => {}
    }
}
