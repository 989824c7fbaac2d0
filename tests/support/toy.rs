//! Toy theories, and the results of loading a text or a file.

#![allow(dead_code, unused_imports, unused_macros, reason = "each binary uses a part")]

use prover_syntax::diagnostic::Diagnostic;
use prover_theory::Theory;
use prover_theory::import::{Files, NoImports, SourceText};
use prover_theory::library::{Kind, built_in};
use prover_theory::load::{LoadError, LoadReport};

/// Equality.
pub const EQUALITY: &str = "= : [('t : type) -> 't -> 't -> prop].\n";

/// [`NUMBERS`] as a literal, for `concat!`.
macro_rules! numbers {
    () => {
        "= : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat].\n"
    };
}
pub(crate) use numbers;

/// Equality and numbers, as axioms.
pub const NUMBERS: &str = numbers!();

/// Numbers as data; they need equality, as all data does.
pub const NAT: &str = "data nat { z : nat. s : [nat -> nat]. }\n";

/// Addition of [`NAT`].
pub const ADD: &str = "fun + : [nat -> nat -> nat] { (+ 'n z) = 'n. (+ 'n (s 'm)) = (s (+ 'n 'm)). }\n";

/// The theory of a text that imports nothing, with the report of loading it.
pub fn report(text: &str) -> (Theory, LoadReport) {
    Theory::load(SourceText::text("test", text), &NoImports)
}

/// The errors of a report, in order.
pub fn errors(report: &LoadReport) -> Vec<Diagnostic> {
    report.errors().map(|(_, error)| error.clone()).collect()
}

/// The codes of the errors of a text that imports nothing, in order.
pub fn codes(text: &str) -> Vec<&'static str> {
    errors(&report(text).1).iter().map(|error| error.code).collect()
}

/// Requires that a text that imports nothing has no errors.
#[track_caller]
pub fn accepted(text: &str) {
    let errors = errors(&report(text).1);
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Requires the codes of the errors of a text that imports nothing.
#[track_caller]
pub fn refused(text: &str, expected: &[&str]) {
    let errors = errors(&report(text).1);
    let found: Vec<&str> = errors.iter().map(|error| error.code).collect();
    assert_eq!(found, expected, "{errors:#?}");
}

/// A file without errors, which may import built-in theories.
#[track_caller]
pub fn loaded(source: SourceText) -> (Theory, LoadReport) {
    let (theory, report) = Theory::load(source, &Files);
    assert!(report.is_fine(), "{}", LoadError::Refused(Box::new(report)));
    (theory, report)
}

/// A theory that ships, from the program itself.
#[track_caller]
pub fn shipped(name: &str) -> (Theory, LoadReport) {
    loaded(SourceText::text(name, built_in(Kind::Theory, name).expect(name).text))
}
