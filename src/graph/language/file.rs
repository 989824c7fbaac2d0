//! Files of questions with graphs: `question "..."`, optionally `answer "..."`, and the graph, any number of times.

use super::codes;
use super::compare::{self, Match};
use super::text;
use super::token::{slice, unquoted};
use super::tree::{Item, Tree};
use crate::algebra::budget::Budget;
use crate::question::Question;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::source::MAX_LENGTH;
use prover_syntax::tree::Span;

/// Result of checking one question of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The question.
    pub question: String,
    /// Its place in the file.
    pub span: Span,
    /// The value of the graph, printed, if the file gives no answer to compare it with.
    pub said: Option<String>,
    /// Its errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Result of checking a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every question that could be parsed, in order.
    pub items: Vec<Checked>,
    /// Syntax errors, each of which cost one question.
    pub others: Vec<Diagnostic>,
}

/// Checks a file: parses it, gives types to its graphs, evaluates them and compares with the answers given.
pub fn check(source: &str) -> Report {
    let mut report = Report::default();
    if source.len() as u64 > MAX_LENGTH {
        let error =
            Diagnostic::error(prover_syntax::codes::FILE_TOO_LARGE, Span::default(), "the text is longer than 4 GiB");
        report.others.push(error);
        return report;
    }
    let starts = text::item_starts(source);
    let ends = starts.iter().skip(1).copied().chain([source.len()]);
    for (start, end) in starts.iter().copied().zip(ends) {
        if report.others.len() == prover_syntax::parse::MAX_ERRORS {
            let span = Span { start: start as u32, end: start as u32 };
            let message = "the rest of the text is not looked at";
            report.others.push(Diagnostic::error(prover_syntax::codes::TOO_MANY_ERRORS, span, message));
            break;
        }
        match text::parse_item(source, start..end) {
            Ok((tree, item)) => report.items.push(check_item(source, &tree, &item)),
            Err(error) => report.others.push(*error),
        }
    }
    report
}

fn check_item(source: &str, tree: &Tree, item: &Item) -> Checked {
    let text = unquoted(source, item.question);
    let (said, diagnostics) = match evaluated(source, tree, item, &text) {
        Ok(said) => (said, Vec::new()),
        Err(error) => (None, vec![*error]),
    };
    Checked { question: text, span: item.question, said, diagnostics }
}

/// The value of an item's graph, printed; `None` if it is the answer given.
fn evaluated(source: &str, tree: &Tree, item: &Item, text: &str) -> Result<Option<String>, Box<Diagnostic>> {
    let question = Question::new(text).map_err(|error| {
        // Places in the text are those in the file, behind the quote, as long as nothing is escaped.
        let offset = item.question.start + 1;
        let inside = Span { start: error.span().start + offset, end: error.span().end + offset };
        let span = if slice(source, item.question).contains('\\') { item.question } else { inside };
        Diagnostic::error(codes::BAD_QUESTION, span, error.to_string())
    })?;
    let (graph, places) = text::check(source, tree, &item.program, &question.elements)?;
    let value = graph.evaluate(&question.elements, &mut Budget::default()).map_err(|error| {
        let place = places.get(error.node as usize).copied().unwrap_or(item.question);
        let shown: String = slice(source, place).chars().take(60).collect();
        Diagnostic::error(codes::EVALUATION_FAILED, place, error.to_string())
            .with_label(format!("`{shown}` has no value"))
    })?;
    let Some(answer) = item.answer else { return Ok(Some(value.to_string())) };
    let expected = unquoted(source, answer);
    match compare::compare(&value, &expected) {
        Match::Text => Ok(None),
        Match::Value => {
            let message = format!("the graph gives `{value}`, which is equal but not the same text");
            Err(Diagnostic::warning(codes::OTHER_FORM, answer, message).into())
        }
        Match::Wrong => {
            let message = format!("the graph gives `{value}`, and `{expected}` is expected");
            Err(Diagnostic::error(codes::WRONG_ANSWER, answer, message).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::number::MAX_DIGITS;

    fn codes_of(source: &str) -> Vec<&'static str> {
        let report = check(source);
        let items = report.items.iter().flat_map(|item| &item.diagnostics);
        items.chain(&report.others).map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn a_right_file_has_nothing_to_say() {
        let source = "# a comment\nquestion \"Solve 2*x + 3 = 7 for x.\" answer \"2\"\nsol_get(solve_linear(system(f0)), f1)\n\
                      question \"What is 1 + 1?\"\nvalue(f0)";
        let report = check(source);
        assert_eq!(report.items.len(), 2);
        assert!(report.others.is_empty() && report.items.iter().all(|item| item.diagnostics.is_empty()), "{report:?}");
        assert_eq!((report.items[0].said.as_deref(), report.items[1].said.as_deref()), (None, Some("2")));
    }

    #[test]
    fn a_byte_order_mark_is_one_at_the_beginning_only() {
        let question = "question \"What is 2 + 3?\" value(f0)";
        assert_eq!(codes_of(&format!("\u{feff}{question} {question}")), [""; 0]);
        assert_eq!(codes_of(&format!("{question} \u{feff}{question}")), ["unexpected-character"]);
        assert_eq!(codes_of("question \"What is 2 + 3?\" value\u{feff}(f0)"), ["unexpected-character"]);
    }

    #[test]
    fn each_fault_has_its_code() {
        let of = |graph: &str| codes_of(&format!("question \"What is 6/(3 - 3)? 12\" answer \"7\" {graph}"));
        assert_eq!(of("value(f0)"), ["evaluation-failed"]);
        assert_eq!(of("f1"), ["wrong-answer"]);
        assert_eq!(of("neg(neg(7.0))"), ["other-form"; 0]);
        assert_eq!(of("f7"), ["unknown-element"]);
        assert_eq!(of("foo(f1)"), ["unknown-operator"]);
        assert_eq!(of("gcd(f1)"), ["ill-typed"]);
        assert_eq!(of("let f1 = f0\nf1"), ["name-in-use"]);
        assert_eq!(of("value(f0"), ["unexpected-end"]);
        assert_eq!(of("value)f0("), ["unexpected-token"]);
        assert_eq!(of("value(f0) %"), ["unexpected-character"]);
        assert_eq!(of("\"abc"), ["unterminated-string"]);
        assert_eq!(codes_of(&format!("question \"{}\" f0", "1 ".repeat(100_000))), ["bad-question"]);
        assert_eq!(codes_of("question \"Expand (x - 1)*(x + 1).\" answer \"-1 + x**2\" expand(f0)"), ["other-form"]);
    }

    #[test]
    fn long_numbers_are_refused_with_the_limit_they_exceed() {
        let digits = "7".repeat(MAX_DIGITS);
        assert_eq!(codes_of(&format!("question \"\" {digits}")), [""; 0]);
        // Reading the long one would take far longer than a test may.
        for long in [format!("{digits}7"), "7".repeat(10_000_000), format!("-0.{digits}")] {
            let report = check(&format!("question \"\" {long}"));
            let error = &report.items[0].diagnostics[0];
            assert_eq!((error.code, error.span.start), (codes::GRAPH_TOO_LARGE, 12));
            assert!(error.message.contains("10000 digits"), "{}", error.message);
        }
        for question in [format!("Add 7{digits} and 1."), format!("7{digits}/3 hours"), format!("7{digits} (base 8)")] {
            let report = check(&format!("question \"{question}\" 1"));
            let error = &report.items[0].diagnostics[0];
            assert_eq!(error.code, codes::BAD_QUESTION, "{}", error.message);
            assert!(error.message.contains("10000 digits"), "{}", error.message);
            assert!(error.span.end - error.span.start > MAX_DIGITS as u32, "{:?}", error.span);
        }
        // An answer to compare with is no such number, which is no fault of the file's language.
        assert_eq!(codes_of(&format!("question \"What is 1 + 1?\" answer \"7{digits}\" value(f0)")), ["wrong-answer"]);
    }

    #[test]
    fn numerals_of_a_base_are_paid_for_before_they_are_read() {
        let numeral = "a1".repeat(12_000);
        let question = format!("What is {numeral} (base 12) in base 10?");
        assert_eq!(codes_of(&format!("question \"{question}\" from_base(f0, f1)")), ["evaluation-failed"]);
    }

    #[test]
    fn an_error_costs_one_question() {
        let report = check("f0 question \"a\" ( question \"What is 2 + 3?\" value(f0)");
        assert_eq!((report.others.len(), report.items.len()), (2, 1));
    }
}
