//! Faults of the lexer: stretches of text that are not tokens, and nesting beyond the limits.

use super::tree::Span;

/// The depth to which parentheses and brackets may be nested.
pub const MAX_TERM_DEPTH: usize = 100_000;

/// The depth to which blocks of steps may be nested.
pub const MAX_BLOCK_DEPTH: usize = 1_000;

/// Reason why a stretch of text is not a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub enum LexError {
    /// A character that begins no token.
    #[default]
    #[error("unexpected character")]
    UnexpectedCharacter,
    /// `/*` without `*/`.
    #[error("this comment is never closed")]
    UnterminatedComment,
    /// `*/` outside of a comment.
    #[error("`*/` closes a comment that was never opened")]
    StrayCommentEnd,
    /// `"` without a second one on its line.
    #[error("this string is never closed")]
    UnterminatedString,
    /// Parentheses and brackets nested beyond [`MAX_TERM_DEPTH`].
    #[error("parentheses and brackets are nested more than {} deep", MAX_TERM_DEPTH)]
    TermTooDeep,
    /// Blocks nested beyond [`MAX_BLOCK_DEPTH`].
    #[error("blocks are nested more than {} deep", MAX_BLOCK_DEPTH)]
    BlockTooDeep,
}

/// A stretch of text that is not a token, or one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct LexFault {
    /// The error.
    pub error: LexError,
    /// Its place.
    pub span: Span,
}
