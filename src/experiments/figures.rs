//! The figures of a run without iterations, from the output of its command.

use serde_json::{Map, Value, json};

/// The figures of a result of `prove`, `eval` or `synth`, a line each; without any where it cannot be read.
pub fn of_result(command: &str, result: &str) -> Vec<Map<String, Value>> {
    let parsed = || serde_json::from_str(result).unwrap_or_default();
    match command {
        "prove" => vec![line(of_proofs(result))],
        "synth" => of_synthesis(&parsed()),
        _ => vec![line(of_evaluation(&parsed()))],
    }
}

/// `synth --format json` prints figures by the number of programs: that is what takes the place of iterations.
pub fn of_synthesis(result: &Value) -> Vec<Map<String, Value>> {
    let numbers = result["by_programs"].as_array().map_or(&[][..], Vec::as_slice);
    let each = numbers.iter().enumerate().map(|(index, at)| {
        let mut figures = Map::new();
        figures.insert("iteration".into(), at["programs"].clone());
        for name in ["score", "pass_at_k", "one_at_k", "several_at_k"] {
            figures.insert(name.into(), at[name]["mean"].clone());
        }
        if index + 1 < numbers.len() {
            return figures;
        }
        for time in result["by_seconds"].as_array().into_iter().flatten() {
            figures.insert(format!("score within {} s", time["seconds"]), time["score"]["mean"].clone());
        }
        let failures = &result["failures"];
        for name in ["wrong", "evaluation", "ill_typed"] {
            figures.insert(format!("failures {name}"), failures[name].clone());
        }
        for name in ["nodes", "evaluations", "tokens", "tokens_reused", "seconds"] {
            figures.insert(name.into(), result[name].clone());
        }
        let problems = result["problems"].as_array().into_iter().flatten();
        let scores: Map<String, Value> = problems
            .filter_map(|problem| Some((problem["problem"].as_str()?.to_owned(), problem["private_score"].clone())))
            .collect();
        figures.insert("modules".into(), scores.into());
        figures
    });
    each.collect()
}

fn line(figures: Value) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("iteration".into(), 1.into());
    if let Value::Object(figures) = figures {
        map.extend(figures);
    }
    map
}

/// `prove --format json` prints an object a goal.
fn of_proofs(result: &str) -> Value {
    let goals: Vec<Value> = result.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let count = |verdict: &str| goals.iter().filter(|goal| goal["verdict"] == verdict).count();
    let sum = |key: &str| goals.iter().filter_map(|goal| goal[key].as_f64()).sum::<f64>();
    json!({
        "goals_proved": count("proved"),
        "goals_total": goals.len(),
        "refuted": count("refuted"),
        "unreadable": count("unreadable"),
        "nodes": sum("nodes"),
        "seconds": sum("seconds"),
    })
}

/// `eval --format json` prints the outcomes of contestants, or the scores of splits.
fn of_evaluation(result: &Value) -> Value {
    let mut figures = Map::new();
    for outcome in result["outcomes"].as_array().into_iter().flatten() {
        let Some(contestant) = outcome["contestant"].as_str() else { continue };
        let limit = match &outcome["limit"] {
            Value::Object(limit) => limit.iter().map(|(unit, value)| format!("{value} {unit}")).collect(),
            other => other.to_string(),
        };
        figures.insert(format!("{contestant}, {limit}"), outcome["share"].clone());
    }
    for split in result["splits"].as_array().into_iter().flatten() {
        let Some(name) = split["split"].as_str() else { continue };
        for figure in ["mean_exact", "mean_by_value", "mean_confidence", "mean_seconds"] {
            figures.insert(format!("{name} {figure}"), split[figure].clone());
        }
    }
    let modules = result["modules"].as_array().into_iter().flatten().filter_map(|module| {
        let questions = module["questions"].as_f64().filter(|&questions| questions > 0.0)?;
        Some((module["module"].as_str()?.to_owned(), (module["exact"].as_f64()? / questions).into()))
    });
    let modules: Map<String, Value> = modules.collect();
    if !modules.is_empty() {
        figures.insert("modules".into(), modules.into());
    }
    figures.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_figures() {
        let lines = "{\"verdict\":\"proved\",\"nodes\":3,\"seconds\":0.5}\n{\"verdict\":\"open\",\"nodes\":4,\"seconds\":1}\nno json\n";
        let figures = of_result("prove", lines).remove(0);
        assert_eq!((&figures["goals_proved"], &figures["goals_total"]), (&json!(1), &json!(2)));
        assert_eq!((&figures["nodes"], &figures["seconds"]), (&json!(7.0), &json!(1.5)));
        let outcomes = json!({"outcomes": [{"contestant": "uniform", "limit": {"nodes": 10}, "share": 0.25}]});
        assert_eq!(of_result("eval", &outcomes.to_string())[0]["uniform, 10 nodes"], 0.25);
        let scores = json!({"splits": [{"split": "interpolate", "mean_exact": 0.5}],
            "modules": [{"module": "m", "questions": 4, "exact": 3}]});
        let figures = of_result("eval", &scores.to_string()).remove(0);
        assert_eq!((&figures["interpolate mean_exact"], &figures["modules"]["m"]), (&json!(0.5), &json!(0.75)));
        assert_eq!(of_result("eval", "broken")[0].len(), 1);
        let at = |programs: u32, score: f64| json!({"programs": programs, "score": {"mean": score}});
        let result = json!({"by_programs": [at(1, 0.5), at(10, 0.75)], "seconds": 2,
            "by_seconds": [{"seconds": 0.1, "score": {"mean": 0.25}}],
            "problems": [{"problem": "gcd", "private_score": 1}]});
        let figures = of_result("synth", &result.to_string());
        assert_eq!((figures.len(), &figures[0]["score"], &figures[1]["iteration"]), (2, &json!(0.5), &json!(10)));
        assert_eq!((&figures[1]["score within 0.1 s"], &figures[1]["modules"]["gcd"]), (&json!(0.25), &json!(1)));
        assert!(of_result("synth", "broken").is_empty());
    }
}
