//! A place in the tokens of a question.

use super::token::{self, Token};
use super::{MAX_STEPS, QuestionError};
use crate::algebra::number::Number;
use prover_syntax::tree::Span;

/// Reads tokens, with a look at any of them.
pub struct Cursor<'q> {
    text: &'q str,
    tokens: Vec<(Token, Span)>,
    /// The index of the next token.
    pub at: usize,
    steps: usize,
    /// Single letters that stand next to a sign of mathematics somewhere.
    letters: u128,
}

impl<'q> Cursor<'q> {
    /// The first token of a text.
    pub fn new(text: &'q str) -> Self {
        let mut cursor = Self { text, tokens: token::tokens(text), at: 0, steps: 0, letters: 0 };
        cursor.letters =
            (0..cursor.tokens.len()).filter_map(|index| cursor.letter(index)).fold(0, |all, bit| all | bit);
        cursor
    }

    /// The bit of a single letter that stands next to a sign of mathematics, or after `let`.
    fn letter(&self, index: usize) -> Option<u128> {
        let (token, span) = self.tokens[index];
        let [byte] = self.slice(span).as_bytes() else { return None };
        let is_sign = |index: usize| {
            let text = self.slice(self.span(index));
            self.tokens.get(index).is_some_and(|(token, span)| match token {
                Token::Word => text.eq_ignore_ascii_case("let") && index < self.tokens.len(),
                Token::Number => self.tokens.get(index + 1).is_some_and(|next| next.1.start == span.end),
                Token::End | Token::Comma | Token::Colon | Token::Other | Token::Percent | Token::Currency => false,
                _ => true,
            })
        };
        let is_variable = index.checked_sub(1).is_some_and(is_sign) || is_sign(index + 1) && self.is_after(index);
        (token == Token::Word && byte.is_ascii_alphabetic() && is_variable).then(|| 1 << byte)
    }

    /// Whether the token behind another is a sign and no word.
    fn is_after(&self, index: usize) -> bool {
        self.tokens.get(index + 1).is_some_and(|next| next.0 != Token::Word && next.0 != Token::Number)
    }

    /// Whether a letter is used as a name in mathematics somewhere.
    pub fn is_name(&self, letter: u8) -> bool {
        letter < 128 && self.letters >> letter & 1 == 1
    }

    /// The place of the first number of more digits than are read, if there is one.
    pub fn long_number(&self) -> Option<Span> {
        let mut numbers = self.tokens.iter().filter(|(token, _)| *token == Token::Number).map(|(_, span)| *span);
        numbers.find(|span| Number::is_too_long(self.slice(*span)))
    }

    /// Counts a step of parsing.
    ///
    /// # Errors
    /// When there were too many for a question of the accepted length.
    pub fn step(&mut self) -> Result<(), QuestionError> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(QuestionError::TooComplex { span: self.span(self.at) }) } else { Ok(()) }
    }

    /// The next token but `ahead`.
    pub fn peek(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).map(|token| token.0)
    }

    /// The token before the next.
    pub fn before(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|index| self.tokens.get(index)).map(|token| token.0)
    }

    /// The place of a token; that of the end of the text behind the last.
    pub fn span(&self, index: usize) -> Span {
        let end = self.text.len() as u32;
        self.tokens.get(index).map_or(Span { start: end, end }, |token| token.1)
    }

    /// The place of the tokens from `start` up to the next.
    pub fn since(&self, start: usize) -> Span {
        Span { start: self.span(start).start, end: self.span(self.at.saturating_sub(1).max(start)).end }
    }

    /// The text at a place.
    pub fn slice(&self, span: Span) -> &'q str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The text of the next token but `ahead`; empty behind the last.
    pub fn text(&self, ahead: usize) -> &'q str {
        self.slice(self.span(self.at + ahead))
    }

    /// The next word but `ahead`, if it is one.
    pub fn word(&self, ahead: usize) -> Option<&'q str> {
        (self.peek(ahead) == Some(Token::Word)).then(|| self.text(ahead))
    }

    /// Whether a word is the next token but `ahead`.
    pub fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.word(ahead) == Some(word)
    }

    /// Whether nothing stands between the next token but `ahead` and the one before.
    pub fn touches(&self, ahead: usize) -> bool {
        let index = self.at + ahead;
        index > 0 && index < self.tokens.len() && self.span(index - 1).end == self.span(index).start
    }

    /// Goes past the next token if it is this one.
    pub fn take(&mut self, token: Token) -> bool {
        let is_next = self.peek(0) == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    /// Whether all tokens are read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }
}
