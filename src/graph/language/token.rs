//! Tokens of graphs and of files of them.

use std::ops::Range;

use logos::{FilterResult, Logos};
use prover_syntax::tree::Span;

/// Reason why a stretch of text is not a token.
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

/// A stretch of text that is not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct LexFault {
    /// The error of the lexer.
    pub error: LexError,
    /// Its place.
    pub span: Span,
}

/// A token and its place, or why there is none.
pub type Spanned = Result<(u32, Token, u32), LexFault>;

/// The tokens of a part of a text, with places in all of it.
pub(super) fn tokens(source: &str, stretch: Range<usize>) -> impl Iterator<Item = Spanned> {
    // From the beginning of all of it, where alone a byte order mark may stand.
    let text = source.get(..stretch.end).unwrap_or("");
    let mut lexer = Token::lexer(text);
    lexer.bump(if text.is_char_boundary(stretch.start) { stretch.start } else { text.len() });
    lexer.spanned().map(|(token, range)| {
        let (start, end) = (range.start as u32, range.end as u32);
        token.map(|token| (start, token, end)).map_err(|error| LexFault { error, span: Span { start, end } })
    })
}

/// The text at a place.
pub(super) fn slice(source: &str, span: Span) -> &str {
    source.get(span.start as usize..span.end as usize).unwrap_or("")
}

/// The text that a string in quotes stands for.
pub(super) fn unquoted(source: &str, span: Span) -> String {
    let text = slice(source, span);
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    let mut result = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        result.push(if character == '\\' { characters.next().unwrap_or('\\') } else { character });
    }
    result
}

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " "))
}
