//! The bodies of the fuzz targets in fuzz/, which tests/theory/corpus.rs runs on the corpus too.
//!
//! Each ends for any input and panics exactly when something is wrong. A crate that includes this module includes
//! tests/naive as `naive` beside it.

#![allow(dead_code)]

use crate::naive;
use prover_logic::{Environment, Sort};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::print::{print_steps, print_term, print_tree};
use prover_syntax::render::{Style, human};
use prover_syntax::source::{LineIndex, decode};
use prover_syntax::tree::Tree;
use prover_theory::Theory;
use prover_theory::import::{NoImports, SourceText};
use prover_theory::print::{Names, print};

/// The steps that the naive checker takes for one declaration before it gives up.
const STEPS: u64 = 300_000;

/// The longest text of a statement that is read back.
const MAX_STATEMENT: usize = 4_000;

/// Reads bytes as a file, as a term and as steps. A right text prints to a text that means the same tree; errors are
/// reported with positions inside the text, and the rest of a wrong text prints to a right text.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = decode(bytes.to_vec()) else { return };
    let (tree, errors) = prover_syntax::parse(&text);
    report(&text, &errors);
    let printed = print_tree(&tree);
    let (again, errors_again) = prover_syntax::parse(&printed);
    assert!(errors_again.is_empty(), "{errors_again:?}\n{printed}");
    assert_eq!(print_tree(&again), printed);
    if errors.is_empty() {
        assert_same(&tree, &again, &printed);
    }
    if let Ok((tree, term)) = prover_syntax::parse_term(&text) {
        let printed = print_term(&tree, term);
        let (again, term_again) = prover_syntax::parse_term(&printed).unwrap_or_else(|e| panic!("{e:?}\n{printed}"));
        assert_eq!(term, term_again, "{printed}");
        assert_same(&tree, &again, &printed);
    }
    if let Ok((tree, steps)) = prover_syntax::parse_steps(&text) {
        let printed = print_steps(&tree, &steps, 0);
        let (again, steps_again) = prover_syntax::parse_steps(&printed).unwrap_or_else(|e| panic!("{e:?}\n{printed}"));
        assert_eq!(without_spans(&format!("{steps:?}")), without_spans(&format!("{steps_again:?}")), "{printed}");
        assert_same(&tree, &again, &printed);
    }
}

/// Errors speak of places in the text and can be shown.
fn report(text: &str, errors: &[Diagnostic]) {
    let lines = LineIndex::new(text);
    for error in errors {
        assert!(error.span.start <= error.span.end && error.span.end as usize <= text.len(), "{error:?}");
        let shown = human("file.peano", &lines, error, Style::Plain);
        assert!(shown.contains(error.code), "{shown}");
    }
}

/// Two trees are the same but for positions. Items, terms and names are numbered in the order of the text, so that the
/// same text gives the same numbers.
#[track_caller]
fn assert_same(left: &Tree, right: &Tree, printed: &str) {
    let (left, right) = (without_spans(&format!("{left:?}")), without_spans(&format!("{right:?}")));
    assert!(left == right, "{printed}\n{left}\n{right}");
}

/// The text of a value without the positions in it.
fn without_spans(debug: &str) -> String {
    let mut parts = debug.split("Span {");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    text
}

/// Checks bytes as a file that imports nothing. The naive checker accepts all that is accepted, errors can be shown,
/// and statements print to texts that mean them.
pub fn check(bytes: &[u8]) {
    let Ok(text) = decode(bytes.to_vec()) else { return };
    let (mut theory, result) = Theory::load(SourceText::text("file", &*text), &NoImports);
    let errors: Vec<Diagnostic> = result.errors().map(|(_, error)| error.clone()).collect();
    report(&text, &errors);
    second_opinion(&theory.environment);
    read_back(&mut theory);
}

fn second_opinion(environment: &Environment) {
    let checked =
        naive::on_a_large_stack(|| naive::check_environment(&mut naive::Theory::default(), environment, STEPS));
    if let Err((name, refusal @ naive::Refusal::Wrong(_))) = checked {
        panic!("THE KERNEL ACCEPTS WHAT THE NAIVE CHECKER REFUSES: {name}: {refusal:?}");
    }
}

/// Every proposition that is declared prints to a text that states it.
fn read_back(theory: &mut Theory) {
    let types: Vec<_> = theory.environment.declarations().map(|(_, declaration)| declaration.ty).collect();
    for ty in types {
        theory.environment.set_budget(1_000_000);
        if theory.environment.sort_of(ty) != Ok(Sort::Prop) {
            continue;
        }
        let printed = print(&mut theory.environment, &Names::new(), ty);
        if printed.len() <= MAX_STATEMENT {
            let read = theory.statement(&printed).unwrap_or_else(|errors| panic!("{printed}\n{errors:?}"));
            assert_eq!(read, ty, "{printed}");
        }
    }
}
