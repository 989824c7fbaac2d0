//! Graphs as Python programs: Python computes what the operators do.

use super::place::{mathematics, sample};
use super::{data, interpreter, oracle};
use prover_graph::language::{self, operators, python};
use prover_graph::question::Question;
use prover_graph::{Budget, Graph};

/// Compares the values of graphs with what Python prints.
fn compare(graphs: &[(Question, Graph)]) {
    let programs: Vec<String> =
        graphs.iter().map(|(question, graph)| python::program(graph, &question.text, &question.elements)).collect();
    let Some(outputs) = interpreter::outputs(&programs) else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert_eq!(outputs.len(), graphs.len());
    let mut wrong = 0;
    for ((question, graph), output) in graphs.iter().zip(&outputs) {
        let value = graph.evaluate(&question.elements, &mut Budget::default()).unwrap().to_string();
        if value != *output {
            wrong += 1;
            println!("{}\n{graph}\n  is {value}\n  Python prints {output}", question.text);
        }
    }
    assert_eq!(wrong, 0, "of {}", graphs.len());
}

fn graph(source: &str, question: &Question) -> Graph {
    let elements = &question.elements;
    language::parse(source, elements).unwrap_or_else(|errors| panic!("{errors:?} in {source} of {elements:?}"))
}

#[test]
fn python_computes_what_each_operator_does() {
    let examples = operators::all().iter().map(|operator| {
        let question = Question::new(operator.example.0).unwrap();
        let graph = graph(operator.example.1, &question);
        (question, graph)
    });
    compare(&examples.collect::<Vec<_>>());
}

/// The 56 kinds of the Mathematics Dataset, from the sample or from the data, if it is there.
#[test]
fn python_answers_the_data() {
    let mut graphs = Vec::new();
    let folders = std::collections::BTreeSet::from([sample(), mathematics()]);
    for folder in folders {
        for module in data::load(&folder) {
            for (text, _) in module.pairs.iter().take(3) {
                let Ok(question) = Question::new(text) else { continue };
                let Some(source) = oracle::graph(&module.name, &question) else { continue };
                let graph = graph(&source, &question);
                if graph.evaluate(&question.elements, &mut Budget::default()).is_ok() {
                    graphs.push((question, graph));
                }
            }
        }
    }
    assert!(graphs.len() > 2 * 4 * data::MODULES);
    compare(&graphs);
}

/// Long numbers, names that Python has otherwise, texts with quotation marks, roots that are not linear.
#[test]
fn python_computes_what_is_rare() {
    let cases = [
        ("Calculate 7**4900 - 1.", "value(f0)"),
        ("What is 7 plus 3?", "kth(options(options(label(\"a \\\"b\\\\\", f0)), label(\"c\", f1)), down)"),
        ("Factor x**4 - 4.", "factor(f0)"),
        ("Factor 6*x**5 + 3*x**4 - 24*x**3 - 12*x**2.", "factor(f0)"),
        ("Factor (x**2 + 1)**2*(3*x - 7)**3/5.", "factor(f0)"),
        ("Solve x**3 - 6*x**2 + 11*x - 6 = 0 for x.", "roots(f0)"),
        ("What is the cube root of 27/8?", "root(f1, f0)"),
        ("Let f(x) = 3*x - 2*y. What is f(y - 1)?", "resolve(f3, define(env, f0, f1, f2))"),
        ("Differentiate 3*x*y**2 - y wrt y.", "diff(f0, f1)"),
        ("Differentiate 3*x*y**2 - y wrt y.", "integrate(f0, f1)"),
        ("Simplify sqrt(8)/(1 + sqrt(2)) - sqrt(12)*sqrt(3)**(-2).", "simplify_surd(f0)"),
        ("Simplify (x**(2/3)/(x**(-1)*sqrt(x)))**(-3/4)*y assuming x is positive.", "simplify_power(f0)"),
        ("Is 36893488147419103363 a prime number?", "is_prime(f0)"),
        ("List the prime factors of 1000000016000000063.", "prime_factors(f0)"),
    ];
    let parsed = cases.map(|(text, source)| {
        let question = Question::new(text).unwrap();
        let graph = graph(source, &question);
        (question, graph)
    });
    compare(&parsed);
}

/// No operator has the name of a definition that others use, and each defines what its name says.
#[test]
fn definitions_do_not_hide_one_another() {
    let question = Question::new("What is 1 plus 1?").unwrap();
    let program = python::program(&graph("add(f0, f1)", &question), &question.text, &question.elements);
    assert!(!program.contains("class Poly") && program.lines().count() < 60, "{program}");
    let library = include_str!("../../src/graph/language/python/library.py");
    for operator in operators::all() {
        let defined = operator.python.strip_prefix("def ").and_then(|rest| rest.split_once('(')).unwrap().0;
        assert_eq!(defined.trim_end_matches('_'), operator.name);
        let is_taken = ["def ", "class "].iter().any(|word| library.contains(&format!("\n{word}{defined}(")));
        assert!(!is_taken && !library.contains(&format!("\n{defined} = ")), "{defined}");
    }
}
