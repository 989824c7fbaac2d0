//! Tokens of graphs and of files of them.

use logos::{FilterResult, Logos};

/// Why a stretch of text is no token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub enum LexError {
    /// A character that begins no token.
    #[default]
    #[error("unexpected character")]
    UnexpectedCharacter,
    /// `"` without a second one on its line.
    #[error("this string is never closed")]
    UnterminatedString,
}

/// A string without its end.
fn unterminated(_: &mut logos::Lexer<'_, Token>) -> Result<(), LexError> {
    Err(LexError::UnterminatedString)
}

/// A byte order mark, which only the beginning of a text may be.
fn byte_order_mark(lexer: &mut logos::Lexer<'_, Token>) -> FilterResult<(), LexError> {
    match lexer.span().start {
        0 => FilterResult::Skip,
        _ => FilterResult::Error(LexError::UnexpectedCharacter),
    }
}

/// A token without its text, which its span gives.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(error = LexError)]
#[logos(skip "[ \t\r\n\u{b}\u{c}]+")]
#[logos(skip(r"#[^\n]*", allow_greedy = true))]
pub enum Token {
    /// A name of an operator, an element or of a `let`.
    #[regex("[a-zA-Z_][a-zA-Z0-9_]*")]
    #[token("\u{feff}", byte_order_mark)]
    Name,
    /// A number, perhaps with a sign and a point.
    #[regex(r"-?[0-9]+(\.[0-9]+)?")]
    Number,
    /// `"text"` on one line, with `\"` and `\\` inside.
    #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
    #[regex(r#""([^"\\\n]|\\[^\n])*"#, unterminated)]
    String,
    /// `(`
    #[token("(")]
    Open,
    /// `)`
    #[token(")")]
    Close,
    /// `,`
    #[token(",")]
    Comma,
    /// `=`
    #[token("=")]
    Equals,
    /// `let`
    #[token("let")]
    Let,
    /// `question`
    #[token("question")]
    Question,
    /// `answer`
    #[token("answer")]
    Answer,
}
