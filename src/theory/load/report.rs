//! Reports: the results for a file, for its items and for the files that it imports.

use crate::import::SourceText;
use crate::library::LibraryError;
use prover_logic::ConstId;
use prover_syntax::diagnostic::{Diagnostic, Severity};
use prover_syntax::render::Style;
use prover_syntax::tree::{Span, TheoremWord, VerifyWord};
use std::ops::Range;

/// The kind of an item of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `import "FILE".`
    Import,
    /// `using NAME.`
    Using,
    /// `assume P.`
    Assume,
    /// `NAME : TYPE.`
    Declaration,
    /// `NAME : TYPE = TERM.`
    Definition,
    /// A theorem, by the word before it.
    Theorem(TheoremWord),
    /// A derivation without a goal, by the word before it.
    Verify(VerifyWord),
    /// `data NAME { ... }`
    Data,
    /// `fun NAME : TYPE { ... }`
    Function,
    /// `#check TERM.`
    Check,
    /// `#eval TERM.`
    Evaluate,
    /// `#print NAME.`
    Print,
    /// `#forward NAME patterns.`
    Forward,
    /// `#backward NAME words.`
    Backward,
    /// Text that is not an item.
    Syntax,
}

impl Kind {
    /// The word for the kind, as reports write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Using => "using",
            Self::Assume => "assume",
            Self::Declaration => "declaration",
            Self::Definition => "definition",
            Self::Theorem(TheoremWord::Theorem) => "theorem",
            Self::Theorem(TheoremWord::Lemma) => "lemma",
            Self::Theorem(TheoremWord::Corollary) => "corollary",
            Self::Verify(VerifyWord::Verify) => "verify",
            Self::Verify(VerifyWord::Example) => "example",
            Self::Verify(VerifyWord::Test) => "test",
            Self::Data => "data",
            Self::Function => "function",
            Self::Check => "check",
            Self::Evaluate => "eval",
            Self::Print => "print",
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Syntax => "syntax",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.word())
    }
}

/// The part of an item for which it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The declaration or statement.
    Statement,
    /// The proof, and nothing else.
    Proof,
}

/// The report of one item of a file.
#[derive(Clone, Debug)]
pub struct ItemReport {
    /// The name that the item declares or speaks of; empty where it has none.
    pub name: String,
    /// The kind of item.
    pub kind: Kind,
    /// Its place.
    pub span: Span,
    /// The errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The constant that the item added.
    pub constant: Option<ConstId>,
    /// The places of all constants that came with the item, in the order of their declaration: those that it declares,
    /// and for an import all of the file.
    pub constants: Range<usize>,
    /// The answer of a command (`#check`, `#eval`, `#print`).
    pub said: Option<String>,
}

impl ItemReport {
    /// The report of a syntax error, which stands for an item that has no tree.
    pub(super) fn of_syntax(error: Diagnostic) -> Self {
        let span = error.span;
        Self { diagnostics: vec![error], ..Self::new(String::new(), Kind::Syntax, span) }
    }

    /// The report of an item that adds nothing and says nothing.
    pub(super) fn new(name: String, kind: Kind, span: Span) -> Self {
        Self { name, kind, span, diagnostics: Vec::new(), constant: None, constants: 0..0, said: None }
    }

    /// Whether the item was refused.
    pub fn is_error(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// A name that was refused, and the items checked without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name.
    pub name: String,
    /// Whether its statement is fine and only the proof failed.
    pub is_unproved: bool,
    /// The items that mention it, checked without it.
    pub mentioned_by: Vec<String>,
}

/// The report of a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file.
    pub source: SourceText,
    /// The name in the first import of it; none for the file asked for.
    pub imported_as: Option<String>,
    /// Its items in the order of the text.
    pub items: Vec<ItemReport>,
    /// The refused names.
    pub missing: Vec<Missing>,
}

impl FileReport {
    /// Whether everything in the file was accepted.
    pub fn is_fine(&self) -> bool {
        !self.items.iter().any(ItemReport::is_error)
    }
}

/// The report of a file and its imports.
#[derive(Clone, Debug, Default)]
pub struct LoadReport {
    /// The files, imported ones before those that import them; the file asked for is the last.
    pub files: Vec<FileReport>,
}

impl LoadReport {
    /// Whether everything in all files was accepted.
    pub fn is_fine(&self) -> bool {
        self.files.iter().all(FileReport::is_fine)
    }

    /// The errors of all files, with the file that each is in.
    pub fn errors(&self) -> impl Iterator<Item = (&FileReport, &Diagnostic)> {
        let items = self.files.iter().flat_map(|file| file.items.iter().map(move |item| (file, item)));
        let all = items.flat_map(|(file, item)| item.diagnostics.iter().map(move |diagnostic| (file, diagnostic)));
        all.filter(|(_, diagnostic)| diagnostic.severity == Severity::Error)
    }
}

/// Errors of loading a theory.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// An item of it is refused.
    #[error("{}", rendered(.0))]
    Refused(Box<LoadReport>),
}

/// The first errors of a report with the lines where they stand.
fn rendered(report: &LoadReport) -> String {
    let mut text = String::new();
    for (file, error) in report.errors().take(3) {
        let lines = prover_syntax::source::LineIndex::new(&file.source.text);
        text.push_str(&prover_syntax::render::human(&file.source.name, &lines, error, Style::Plain));
        text.push('\n');
    }
    let count = report.errors().count();
    text + &format!("the theory has {count} error{}", if count == 1 { "" } else { "s" })
}
