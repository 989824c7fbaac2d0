//! Graphs as Python programs that compute the same, with nothing but Python's standard library.
//!
//! Each operator has its definition in Python in its item of the tables of [`operators`](super::operators); what several
//! of them use is in library.py beside this file. A program has the definitions that it needs.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::dag::{Graph, Node};
use crate::algebra::budget::Budget;
use crate::algebra::number::Number;
use crate::algebra::types::Type;
use crate::algebra::value::{Counts, Direction, Value};
use crate::algebra::{bindings::Bindings, units::Unit};
use crate::question::Element;

const LIBRARY: &str = include_str!("library.py");

/// The digits up to which numbers are left to Python as it is: unless told otherwise it refuses more than 4300.
const MOST_DIGITS: usize = 4_000;

/// A graph as a Python 3.9 program that prints its value. Comments have the question and its elements.
///
/// ```
/// use prover_graph::{language, question::Question};
///
/// let question = Question::new("Solve 2*x + 3 = 7 for x.")?;
/// let graph = language::parse("roots(f0)", &question.elements).expect("it is well typed");
/// let program = language::python::program(&graph, &question.text, &question.elements);
/// assert!(program.ends_with(
///     "f0 = (\"=\", read(\"2*x + 3\"), read(\"7\"))  # Equation: 2*x + 3 = 7\n\
///      answer = roots(f0)\n\
///      print(\", \".join(map(str, answer)))\n"
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn program(graph: &Graph, question: &str, elements: &[Element]) -> String {
    let mut body = String::new();
    let mut operators: BTreeSet<&'static str> = BTreeSet::new();
    for (id, node) in graph.nodes().iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = match node {
            Node::Element(index) => match elements.get(*index as usize) {
                Some(element) => writeln!(body, "f{index} = {}  # {}", value(&element.value), comment(element)),
                None => continue,
            },
            Node::Literal(literal) => writeln!(body, "{} = {}", name(graph, id as u32), value(literal)),
            Node::Apply { applied, arguments } => {
                let python = applied.operator().python;
                operators.insert(python);
                let arguments: Vec<String> = arguments.iter().map(|argument| name(graph, *argument)).collect();
                writeln!(body, "{} = {}({})", name(graph, id as u32), defined(python), arguments.join(", "))
            }
        };
    }
    if !matches!(graph.nodes().get(graph.root() as usize), Some(Node::Apply { .. })) {
        let _ = writeln!(body, "answer = {}", name(graph, graph.root()));
    }
    let printed = printed(graph.kind(graph.root()));
    let _ = writeln!(body, "print({printed})");
    let mut program = String::from("#!/usr/bin/env python3\n");
    question.lines().for_each(|line| program.extend(["# ", line, "\n"]));
    let answer = graph.evaluate(elements, &mut Budget::default()).map_or(0, |value| value.to_string().len());
    if body.len().max(answer) > MOST_DIGITS {
        program.push_str(
            "import sys\n\nif hasattr(sys, \"set_int_max_str_digits\"):\n    sys.set_int_max_str_digits(0)\n",
        );
    }
    program.push_str(&definitions(&body, &operators));
    program.push_str(&body);
    program
}

/// The name of a node's value.
fn name(graph: &Graph, id: u32) -> String {
    match graph.nodes().get(id as usize) {
        Some(Node::Element(index)) => format!("f{index}"),
        Some(Node::Apply { .. }) if id == graph.root() => "answer".into(),
        _ => format!("t{id}"),
    }
}

/// An element in a comment: one line.
fn comment(element: &Element) -> String {
    let text = format!("{}: {}", element.kind, element.value);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The expression that prints an answer of a type.
fn printed(kind: Type) -> &'static str {
    match kind {
        Type::Expr | Type::Equation => "written(answer)",
        Type::SetRat | Type::ListInt | Type::ListRat | Type::ListLabel => r#"", ".join(map(str, answer))"#,
        Type::ListChoice => r#"", ".join(choice.label for choice in answer)"#,
        Type::System => r#"", ".join(f"{poly} = 0" for poly in answer)"#,
        Type::Solution => r#"", ".join(f"{name} = {number}" for name, number in answer.items())"#,
        Type::Choice => "answer.label",
        Type::Unit => "answer.name",
        Type::Quantity => "answer.amount, answer.unit.name",
        Type::Bag | Type::Counts => {
            r#""{" + ", ".join(f"{letter}: {count}" for letter, count in answer.items()) + "}""#
        }
        Type::Env => r#""env""#,
        _ => "answer",
    }
}

/// The name that Python source defines.
fn defined(source: &str) -> &str {
    let first = source.lines().next().unwrap_or(source);
    let after = ["def ", "class "].iter().find_map(|word| first.strip_prefix(word));
    // `import math` and `from fractions import Fraction` define the last word, `EMPTY = ...` the first.
    let imported = first.rsplit_once("import ").map(|(_, name)| name);
    after.or(imported).unwrap_or(first).split(|c: char| !is_of_word(c)).next().unwrap_or("")
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The definitions that a program and its operators need.
fn definitions(body: &str, operators: &BTreeSet<&'static str>) -> String {
    let blocks: Vec<&str> = LIBRARY.trim_end().split("\n\n\n").skip(1).collect();
    let mut needed = vec![false; blocks.len()];
    let mut sources: Vec<&str> = operators.iter().copied().chain([body]).collect();
    while let Some(source) = sources.pop() {
        let code = source.lines().filter(|line| !line.trim_start().starts_with("\"\"\""));
        let code = code.map(|line| line.split("  #").next().unwrap_or(line));
        for word in code.flat_map(|line| line.split(|c: char| !is_of_word(c))) {
            for (index, block) in blocks.iter().enumerate().filter(|(_, block)| defined(block) == word) {
                if !std::mem::replace(&mut needed[index], true) {
                    sources.push(block);
                }
            }
        }
    }
    let mut text = String::new();
    let library = blocks.iter().zip(needed).filter(|(_, needed)| *needed).map(|(block, _)| *block);
    for block in library.chain(operators.iter().copied()) {
        let is_import = ["import ", "from "].iter().any(|word| block.starts_with(word));
        text.extend([if is_import { "" } else { "\n\n" }, block, "\n"]);
    }
    text.push_str("\n\n");
    text
}

/// A text as a Python string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // Writing to a string cannot fail.
            _ if letter.is_control() => drop(write!(quoted, "\\u{:04x}", u32::from(letter))),
            _ => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn number(number: &Number) -> String {
    let digits = |part: num_bigint::BigInt| match part.to_string() {
        // Source code may have long numbers in base 16 only.
        text if text.len() > MOST_DIGITS => format!("{part:#x}"),
        text => text,
    };
    match number.is_whole() {
        true => digits(number.numerator()),
        false => format!("{}, {}", digits(number.numerator()), digits(number.denominator())),
    }
}

fn counts(counts: &Counts) -> String {
    let each: Vec<String> =
        counts.iter().map(|(letter, count)| format!("{}: {count}", quoted(&letter.to_string()))).collect();
    format!("{{{}}}", each.join(", "))
}

fn unit(unit: &Unit) -> String {
    format!("Unit({}, {})", quoted(unit.name), unit.scale)
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn choice(label: &str, value: &dyn std::fmt::Display) -> String {
    format!("Choice({}, {})", quoted(label), read(value))
}

fn read(text: &dyn std::fmt::Display) -> String {
    format!("read({})", quoted(&text.to_string()))
}

fn environment(known: &Bindings) -> String {
    let variables: Vec<String> =
        known.variables().map(|(name, value)| format!("\"{name}\": {}", read(value))).collect();
    let functions = known.functions();
    let functions: Vec<String> =
        functions.map(|(name, parameter, body)| format!("\"{name}\": (\"{parameter}\", {})", read(body))).collect();
    format!("Env({{{}}}, {{{}}})", variables.join(", "), functions.join(", "))
}

/// A value as a Python expression.
fn value(value: &Value) -> String {
    match value {
        Value::Number(n) => format!("Fraction({})", number(n)),
        Value::Decimal(n) => format!("Dec({})", number(n)),
        Value::Percent(n) => format!("Percent({})", number(n)),
        Value::Bool(truth) => if *truth { "True" } else { "False" }.into(),
        Value::Var(name) | Value::Fun(name) => format!("\"{name}\""),
        Value::Expr(expr) => read(expr),
        Value::Poly(polynomial) => format!("polynomial({})", read(polynomial)),
        Value::Equation(equation) => format!("(\"=\", {}, {})", read(&equation.left), read(&equation.right)),
        Value::System(system) => list(system.iter().map(|each| format!("polynomial({})", read(each)))),
        Value::Solution(solution) => {
            let each: Vec<String> =
                solution.iter().map(|(name, n)| format!("\"{name}\": Fraction({})", number(n))).collect();
            format!("{{{}}}", each.join(", "))
        }
        Value::Set(numbers) => list(numbers.iter().map(|n| format!("Fraction({})", number(n)))),
        Value::Numbers(numbers) => list(numbers.iter().map(|scalar| {
            let class = if scalar.is_decimal { "Dec" } else { "Fraction" };
            format!("{class}({})", number(&scalar.number))
        })),
        Value::Choices(choices) => list(choices.iter().map(|each| choice(&each.label, &each.value))),
        Value::Choice(each) => choice(&each.label, &each.value),
        Value::Labels(labels) => list(labels.iter().map(|label| quoted(label))),
        Value::Surd(surd) => format!("as_surd({})", read(surd)),
        Value::Power(power) => format!("as_power({})", read(power)),
        Value::Ordinal(n) | Value::Base(n) => n.to_string(),
        Value::Relation(relation) => format!("\"{relation}\""),
        Value::Direction(Direction::Up) => "\"up\"".into(),
        Value::Direction(Direction::Down) => "\"down\"".into(),
        Value::Unit(each) => unit(each),
        Value::Quantity(quantity) => {
            format!("Quantity(Fraction({}), {})", number(&quantity.amount), unit(quantity.unit))
        }
        Value::Time(minutes) => format!("Time({minutes})"),
        Value::Place(exponent) => format!("Place({exponent})"),
        Value::BaseNumber(text) | Value::Label(text) | Value::Letters(text) | Value::Text(text) => quoted(text),
        Value::Bag(letters) | Value::Counts(letters) => counts(letters),
        Value::Env(known) => environment(known),
    }
}
