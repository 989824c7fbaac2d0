//! Questions and their elements: the parts of a question that can be arguments of operators.
//!
//! A question is read by a lexer (`token`) and by parsers of its mathematical parts: expressions and equations
//! (`expression`), and elements in words and special notation (`quantities`, `lists`). Words in between are ignored. No
//! question is recognised as a whole: the same parts are recognised wherever they occur.

use std::fmt;

use super::algebra::expr::Expr;
use super::algebra::number::MAX_DIGITS;
use super::algebra::types::Type;
use super::algebra::value::Value;
use prover_syntax::tree::Span;

mod cursor;
mod expression;
mod extract;
mod lists;
mod quantities;
mod token;
mod vocabulary;
mod walk;

pub use vocabulary::in_words;

/// The longest question that is read, in bytes: more than a hundred times the longest of the data.
pub const MAX_LENGTH: usize = 32 * 1024;

/// The most steps that parsing a question takes.
const MAX_STEPS: usize = 2_000_000;

/// The most elements of a question.
pub const MAX_ELEMENTS: usize = 1_000;

/// Errors of reading a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// The text is longer than [`MAX_LENGTH`].
    #[error("the question has {length} bytes, and at most {MAX_LENGTH} are read")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// A number of more digits than [`MAX_DIGITS`].
    #[error("a number has more than {MAX_DIGITS} digits")]
    LongNumber {
        /// Its place.
        span: Span,
    },
    /// An expression of more operations than are handled.
    #[error("an expression has too many operations")]
    TooLarge {
        /// Where there is one too many.
        span: Span,
    },
    /// Parentheses nested too deep.
    #[error("parentheses are nested too deep")]
    TooDeep {
        /// The parenthesis that is too much.
        span: Span,
    },
    /// More attempts at parsing than a question is worth.
    #[error("the question is too complex")]
    TooComplex {
        /// The part that was read.
        span: Span,
    },
    /// More elements than [`MAX_ELEMENTS`].
    #[error("the question has more than {MAX_ELEMENTS} elements")]
    TooManyElements {
        /// The first that is too much.
        span: Span,
    },
}

impl QuestionError {
    /// The place of the error in the question.
    pub fn span(&self) -> Span {
        match self {
            Self::TooLong { .. } => Span { start: MAX_LENGTH as u32, end: MAX_LENGTH as u32 },
            Self::LongNumber { span }
            | Self::TooLarge { span }
            | Self::TooDeep { span }
            | Self::TooComplex { span }
            | Self::TooManyElements { span } => *span,
        }
    }
}

/// A part of a question that can be an argument of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The value that the element denotes.
    pub value: Value,
    /// Its type: the narrowest of the value.
    pub kind: Type,
    /// Its place in the question.
    pub span: Span,
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} = {}", self.kind, self.value)
    }
}

/// A question with its elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The text.
    pub text: String,
    /// The elements, in order of the text.
    pub elements: Vec<Element>,
}

impl Question {
    /// Reads a question. One of which nothing can be extracted has no elements.
    ///
    /// ```
    /// use prover_graph::question::Question;
    ///
    /// let question = Question::new("Let w be (-1 + 13)*3/(-6). Solve -15 = 3*c + w*c for c.")?;
    /// let elements: Vec<String> = question.elements.iter().map(ToString::to_string).collect();
    /// assert_eq!(elements, ["Var = w", "Expr = (-1 + 13)*3/(-6)", "Equation = -15 = 3*c + w*c", "Var = c"]);
    /// # Ok::<(), prover_graph::question::QuestionError>(())
    /// ```
    ///
    /// # Errors
    /// When it is too long, or an expression in it too large.
    pub fn new(text: &str) -> Result<Self, QuestionError> {
        if text.len() > MAX_LENGTH {
            return Err(QuestionError::TooLong { length: text.len() });
        }
        Ok(Self { text: text.to_owned(), elements: extract::elements(text)? })
    }
}

/// The expression that a text is, such as an answer; `None` if it is anything else.
pub fn whole_expression(text: &str) -> Option<Expr> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut cursor = cursor::Cursor::new(text);
    let found = expression::expression(&mut cursor).ok()?;
    found.filter(|_| cursor.is_at_end())
}

#[cfg(test)]
mod tests;
