//! Diagnostics as data; [`render`](super::render) turns them into text for people or for scripts.

use super::tree::Span;

/// The severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is wrong.
    Error,
    /// The file is right but probably not what was meant.
    Warning,
}

/// One finding about a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The severity.
    pub severity: Severity,
    /// A stable code, such as `type-mismatch`.
    pub code: &'static str,
    /// One line: the description of the error.
    pub message: String,
    /// The place in the text.
    pub span: Span,
    /// The text at the caret, such as ``this has type `nat` ``; empty for none.
    pub label: String,
    /// Further facts: what was expected and what was found.
    pub notes: Vec<String>,
    /// A way out.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without label, notes and hint.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            label: String::new(),
            notes: Vec::new(),
            hint: None,
        }
    }

    /// A warning without label, notes and hint.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// The same with a label at the caret.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same with one more note.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same with a hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
