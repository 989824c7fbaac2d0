//! The codes of errors in files of graphs, one line each. Those of errors of the text are in
//! [`syntax::codes`](prover_syntax::codes).

/// A name that no operator has.
pub const UNKNOWN_OPERATOR: &str = "unknown-operator";
/// An element that the question does not have.
pub const UNKNOWN_ELEMENT: &str = "unknown-element";
/// An operator with arguments of types that it does not take.
pub const ILL_TYPED: &str = "ill-typed";
/// A `let` with a name that has a meaning already.
pub const NAME_IN_USE: &str = "name-in-use";
/// A graph with too many nodes or too long numbers.
pub const GRAPH_TOO_LARGE: &str = "graph-too-large";
/// A question that cannot be read.
pub const BAD_QUESTION: &str = "bad-question";
/// A node without a value.
pub const EVALUATION_FAILED: &str = "evaluation-failed";
/// A graph with another value than the answer.
pub const WRONG_ANSWER: &str = "wrong-answer";
/// A graph whose value equals the answer but prints in another way.
pub const OTHER_FORM: &str = "other-form";

/// Every code above with its meaning.
pub const ALL: &[(&str, &str)] = &[
    (UNKNOWN_OPERATOR, "a name in a graph that no operator has"),
    (UNKNOWN_ELEMENT, "an element that the question does not have"),
    (ILL_TYPED, "an operator with arguments of types that it does not take"),
    (NAME_IN_USE, "a `let` of a graph with a name that has a meaning already"),
    (GRAPH_TOO_LARGE, "a graph with too many nodes or too long numbers"),
    (BAD_QUESTION, "a question that is too long or too deep to be read"),
    (EVALUATION_FAILED, "a node of a graph without a value"),
    (WRONG_ANSWER, "a graph with another value than the answer"),
    (OTHER_FORM, "a graph whose value equals the answer but prints in another way"),
];
