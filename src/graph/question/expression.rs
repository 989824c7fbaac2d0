//! Expressions and equations in questions, by precedence: sums, products, signs, powers.

use std::sync::Arc;

use super::QuestionError;
use super::cursor::Cursor;
use super::token::Token;
use super::vocabulary;
use crate::algebra::expr::{Expr, MAX_DEPTH, Operation, deeper};
use crate::algebra::name::Name;
use crate::algebra::number::Number;

/// How deep parentheses may be nested.
const MAX_NESTING: usize = 500;

/// An expression at the cursor: `Some` with the cursor behind it, or `None` with the cursor where it was.
///
/// # Errors
/// When it is nested too deep or too long.
pub fn expression(cursor: &mut Cursor<'_>) -> Result<Option<Expr>, QuestionError> {
    let start = cursor.at;
    let mut parser = Parser { cursor, operations: 0, nesting: 0 };
    let found = parser.sum()?;
    if found.is_none() {
        cursor.at = start;
    }
    Ok(found)
}

struct Parser<'c, 'q> {
    cursor: &'c mut Cursor<'q>,
    operations: usize,
    nesting: usize,
}

impl Parser<'_, '_> {
    fn count(&mut self) -> Result<(), QuestionError> {
        self.cursor.step()?;
        self.operations += 1;
        if self.operations > MAX_DEPTH {
            return Err(QuestionError::TooLarge { span: self.cursor.span(self.cursor.at) });
        }
        Ok(())
    }

    /// Operands with left-associative operations between. An operation without a right operand is left to others.
    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Result<Option<Expr>, QuestionError>,
        operation: fn(Token) -> Option<Operation>,
    ) -> Result<Option<Expr>, QuestionError> {
        let Some(mut left) = operand(self)? else { return Ok(None) };
        while let Some(operation) = self.cursor.peek(0).and_then(operation) {
            self.count()?;
            let before = self.cursor.at;
            self.cursor.at += 1;
            let Some(right) = operand(self)? else {
                self.cursor.at = before;
                break;
            };
            left = Expr::binary(operation, left, right);
        }
        Ok(Some(left))
    }

    fn sum(&mut self) -> Result<Option<Expr>, QuestionError> {
        self.chain(Self::product, |token| match token {
            Token::Plus => Some(Operation::Add),
            Token::Minus => Some(Operation::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<Option<Expr>, QuestionError> {
        self.chain(Self::signed, |token| match token {
            Token::Star => Some(Operation::Multiply),
            Token::Slash => Some(Operation::Divide),
            _ => None,
        })
    }

    fn signed(&mut self) -> Result<Option<Expr>, QuestionError> {
        let mut signs = 0;
        while matches!(self.cursor.peek(0), Some(Token::Minus | Token::Plus)) {
            self.count()?;
            signs += usize::from(self.cursor.peek(0) == Some(Token::Minus));
            self.cursor.at += 1;
        }
        let Some(mut expr) = self.power()? else { return Ok(None) };
        for _ in 0..signs {
            expr = match expr {
                Expr::Number(number) => Expr::Number(-&number),
                Expr::Decimal(number) => Expr::Decimal(-&number),
                other => Expr::Negate(Arc::new(other)),
            };
        }
        Ok(Some(expr))
    }

    fn power(&mut self) -> Result<Option<Expr>, QuestionError> {
        let Some(base) = self.atom()? else { return Ok(None) };
        let before = self.cursor.at;
        if !self.cursor.take(Token::Power) {
            return Ok(Some(base));
        }
        self.count()?;
        Ok(Some(match deeper(|| self.signed())? {
            Some(exponent) => Expr::binary(Operation::Power, base, exponent),
            None => {
                self.cursor.at = before;
                base
            }
        }))
    }

    fn atom(&mut self) -> Result<Option<Expr>, QuestionError> {
        self.cursor.step()?;
        match self.cursor.peek(0) {
            Some(Token::Number) => {
                let text = self.cursor.text(0);
                self.cursor.at += 1;
                let number = Number::from_decimal(text);
                Ok(number.map(|number| if text.contains('.') { Expr::Decimal(number) } else { Expr::Number(number) }))
            }
            Some(Token::Open) => self.parenthesised(),
            Some(Token::Word) if self.cursor.text(0) == "sqrt" && self.cursor.peek(1) == Some(Token::Open) => {
                self.cursor.at += 1;
                Ok(self.parenthesised()?.map(|inner| Expr::Sqrt(Arc::new(inner))))
            }
            Some(Token::Word) => {
                let Some(name) = variable(self.cursor) else { return Ok(None) };
                self.cursor.at += 1;
                if self.cursor.peek(0) == Some(Token::Open) && self.cursor.touches(0) {
                    return Ok(self.parenthesised()?.map(|argument| Expr::Apply(name, Arc::new(argument))));
                }
                Ok(Some(Expr::Variable(name)))
            }
            _ => Ok(None),
        }
    }

    fn parenthesised(&mut self) -> Result<Option<Expr>, QuestionError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(QuestionError::TooDeep { span: self.cursor.span(self.cursor.at) });
        }
        self.count()?;
        self.cursor.at += 1;
        let inner = deeper(|| self.sum())?;
        self.nesting -= 1;
        Ok(inner.filter(|_| self.cursor.take(Token::Close)))
    }
}

/// The variable that the next token is: a single letter that is not the article.
pub fn variable(cursor: &Cursor<'_>) -> Option<Name> {
    let word = cursor.word(0).filter(|word| word.len() == 1)?;
    if is_article(cursor, 0) { None } else { Name::new(word) }
}

/// Whether the next token but `ahead` is the article: an `a` before a noun, or before `prime number` and the like.
pub fn is_article(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let next = cursor.word(ahead + 1).unwrap_or("");
    let noun = if matches!(next, "prime" | "composite") { cursor.word(ahead + 2).unwrap_or("") } else { next };
    matches!(cursor.word(ahead), Some("a" | "A")) && vocabulary::follows_article(noun)
}
