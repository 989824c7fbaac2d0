//! Tests of the language as a whole: text form, budgets, types.

use proptest::prelude::*;

use super::language;
use super::language::dag::{Builder, Graph, Node};
use super::language::operators;
use super::question::Question;
use super::{Budget, EvalError, Type};

const QUESTION: &str = "Let w be (-1 + 13)*3/(-6). Let f(x) = 2*x - 0.5. Suppose 2*c = 3, c + d = 4. What is the second biggest value \
                        in 1, -2, w? Is 3 < 4? What is two fifths of a minute in seconds? In 2 days? (a) 1  (b) w";

/// A graph that grows by applying operators to nodes, as far as they fit; choices come from a list of numbers.
fn grown(choices: &[usize]) -> Option<(Question, Graph)> {
    let question = Question::new(QUESTION).unwrap();
    let mut builder = Builder::new();
    let mut nodes: Vec<u32> =
        (0..question.elements.len() as u32).map(|index| builder.element(index, &question.elements).unwrap()).collect();
    for step in choices.chunks_exact(5) {
        let all = operators::applications();
        let applied = all[step[0] % all.len()];
        let mut arguments = Vec::new();
        for (parameter, choice) in applied.signature().parameters.iter().zip(&step[1..]) {
            let fitting: Vec<u32> = nodes.iter().copied().filter(|node| builder.kind(*node).fits(*parameter)).collect();
            arguments.push(fitting.get(choice % fitting.len().max(1)).copied());
        }
        // Operators with unambiguous arguments only: the text form finds the signature by the types.
        let arguments: Option<Vec<u32>> = arguments.into_iter().collect();
        if let Some(arguments) = arguments {
            let name = applied.operator().name;
            nodes.push(builder.apply(name, &arguments).unwrap());
        }
    }
    let root = *nodes.last()?;
    Some((question, builder.finish(root)))
}

proptest! {
    #[test]
    fn graphs_print_and_parse_to_themselves(choices in prop::collection::vec(0usize..1000, 5..200)) {
        let (question, graph) = grown(&choices).unwrap();
        let text = graph.to_string();
        let parsed = language::parse(&text, &question.elements);
        prop_assert_eq!(parsed.map(|graph| graph.to_string()), Ok(text.clone()));
        // Equal up to the order in which nodes were made, which the text does not keep.
        let parsed = language::parse(&text, &question.elements).unwrap();
        prop_assert_eq!(parsed.nodes().len(), graph.nodes().len());
        let values = |graph: &Graph| graph.evaluate(&question.elements, &mut Budget::default()).map_err(|error| error.error);
        prop_assert_eq!(values(&parsed).is_ok(), values(&graph).is_ok());
        if let (Ok(a), Ok(b)) = (values(&parsed), values(&graph)) {
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn values_are_of_the_types_that_signatures_promise(choices in prop::collection::vec(0usize..1000, 5..200)) {
        let (question, graph) = grown(&choices).unwrap();
        if let Ok(values) = graph.evaluate_all(&question.elements, &mut Budget::default()) {
            for (id, value) in values.iter().enumerate() {
                let promised = graph.kind(id as u32);
                prop_assert!(value.kind().fits(promised), "{} is no {promised} in {graph}", value.kind());
            }
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
        let _ = Question::new(&text);
        let _ = language::parse(&text, &[]);
        let _ = super::language::file::check(&text);
    }

    #[test]
    fn any_words_of_questions_are_read_without_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "Let", "a", "x", "f(x)", "f(", "=", "be", "-", "3", "0.5", "/", "0", "two", "fifths", "hundred", "of", "minute", "(a)",
                "(b)", ",", ".", "base", "{", "a: 2", "}", "from", "nearest", "12:30", "PM", "sqrt(", ")", "**", "is", "Is", "or", "and",
                "non-", "equal", "second", "'th",
            ]),
            0..40,
        ),
    ) {
        let text = words.join(" ");
        let question = Question::new(&text).unwrap();
        for element in &question.elements {
            prop_assert!(text.get(element.span.start as usize..element.span.end as usize).is_some_and(|part| !part.is_empty()));
        }
        prop_assert!(question.elements.windows(2).all(|pair| pair[0].span.start <= pair[1].span.start), "{text}");
    }
}

fn error_of(question: &str, graph: &str) -> EvalError {
    let question = Question::new(question).unwrap();
    let graph = language::parse(graph, &question.elements).unwrap();
    graph.evaluate(&question.elements, &mut Budget::default()).unwrap_err().error
}

#[test]
fn bad_input_gives_errors_in_bounded_time() {
    assert_eq!(error_of("What is 1/(2 - 2)?", "value(f0)"), EvalError::DivisionByZero);
    assert_eq!(error_of("What is 9**9**9**9?", "value(f0)"), EvalError::TooManyDigits);
    assert_eq!(error_of("Expand (x + 1)**9999.", "expand(f0)"), EvalError::OutOfSteps);
    assert_eq!(error_of("Factor x**9000 - 1.", "factor(f0)"), EvalError::OutOfSteps);
    assert_eq!(error_of("Suppose x = x + 1.", "solve_linear(system(f0))"), EvalError::NoSolution);
    assert_eq!(error_of("Suppose x*y = 1.", "solve_linear(system(f0))"), EvalError::NotLinear);
    assert_eq!(error_of("Is 1/2 prime?", "is_prime(f0)"), EvalError::NotWhole("1/2".into()));
    let twice = "Let f(x) = x*x + x. What is f(f(f(f(f(f(f(f(f(f(f(f(f(f(y))))))))))))))?";
    let defined = "resolve(f3, define(env, f0, f1, f2))";
    assert!(matches!(error_of(twice, defined), EvalError::OutOfSteps | EvalError::TooManyDigits));
    let squares = (0..64).fold("let t0 = mul(f0, f0)\n".to_owned(), |text, index| {
        format!("{text}let t{} = mul(t{index}, t{index})\n", index + 1)
    });
    assert_eq!(error_of("What is 99999 plus 1?", &format!("{squares}t64")), EvalError::TooManyDigits);
}

#[test]
fn large_questions_are_refused() {
    let long = "1 + ".repeat(300_000);
    assert!(Question::new(&long).unwrap_err().to_string().contains("1200000 bytes"));
    for text in ["1 + ".repeat(5_000), "(".repeat(20_000), "-".repeat(20_000), "x**".repeat(8_000)] {
        assert!(Question::new(&text).is_err(), "{}", &text[..8]);
    }
    assert!(Question::new(&"1 2 ".repeat(2_000)).is_err());
    assert_eq!(Question::new("").unwrap().elements, []);
    assert_eq!(Question::new("What do you think?").unwrap().elements, []);
}

#[test]
fn equal_nodes_are_one() {
    let question = Question::new("What is 2 plus 3?").unwrap();
    let graph = language::parse("mul(add(f0, f1), add(f0, f1))", &question.elements).unwrap();
    assert_eq!(graph.nodes().len(), 4);
    assert_eq!(graph.to_string(), "let t0 = add(f0, f1)\nmul(t0, t0)");
    assert!(matches!(graph.nodes()[graph.root() as usize], Node::Apply { .. }));
}

#[test]
fn deep_graphs_need_no_deep_stack() {
    let question = Question::new("What is 2 plus 3?").unwrap();
    let depth = 9_000;
    let text = format!("{}f0{}", "neg(".repeat(depth), ")".repeat(depth));
    let graph = language::parse(&text, &question.elements).unwrap();
    assert_eq!(graph.to_string(), text);
    assert_eq!(graph.evaluate(&question.elements, &mut Budget::default()).unwrap().to_string(), "2");
    let text = format!("{}f0{}", "neg(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(language::parse(&text, &question.elements).unwrap_err()[0].code, "graph-too-large");
}

#[test]
fn types_that_fit_convert() {
    for &from in Type::ALL {
        assert!(from.fits(from));
    }
    assert!(Type::Int.fits(Type::Expr) && Type::ListInt.fits(Type::ListChoice) && !Type::Expr.fits(Type::Rat));
}
