//! Expressions and equations in questions, by precedence: sums, products, signs, powers.

use std::sync::Arc;

use super::QuestionError;
use super::cursor::Cursor;
use super::token::{self, Token};
use super::vocabulary;
use crate::algebra::expr::{Expr, MAX_DEPTH, Operation, deeper};
use crate::algebra::name::Name;
use crate::algebra::number::Number;
use crate::algebra::units::Unit;

/// The greatest depth of parentheses.
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

    /// Products and quotients. A factor may stand directly behind another: `2x`, `2(x + 1)`, `(x + 1)(x - 1)`.
    fn product(&mut self) -> Result<Option<Expr>, QuestionError> {
        let Some(mut left) = self.signed()? else { return Ok(None) };
        loop {
            let before = self.cursor.at;
            let (operation, right) = match self.cursor.peek(0) {
                _ if self.is_factor() => (Operation::Multiply, self.power()?),
                Some(token @ (Token::Star | Token::Slash)) => {
                    self.cursor.at += 1;
                    (if token == Token::Star { Operation::Multiply } else { Operation::Divide }, self.signed()?)
                }
                _ if self.is_times() => {
                    self.cursor.at += 1;
                    (Operation::Multiply, self.signed()?)
                }
                _ => return Ok(Some(left)),
            };
            self.count()?;
            let Some(right) = right else {
                self.cursor.at = before;
                return Ok(Some(left));
            };
            left = Expr::binary(operation, left, right);
        }
    }

    /// Whether a factor stands directly behind the last token, with no sign between.
    fn is_factor(&self) -> bool {
        if !self.cursor.touches(0) {
            return false;
        }
        let last = self.cursor.before();
        let is_letter = self.cursor.word(0).is_some_and(|word| word.len() == 1) || letters(self.cursor).is_some();
        match self.cursor.peek(0) {
            Some(Token::Word) => is_letter && matches!(last, Some(Token::Number | Token::Close | Token::Raised)),
            Some(Token::Open) => matches!(last, Some(Token::Number | Token::Close | Token::Raised)),
            Some(Token::Root) => matches!(last, Some(Token::Number | Token::Close)),
            _ => false,
        }
    }

    /// Whether the next token is an `x` between numbers, for a cross.
    fn is_times(&self) -> bool {
        matches!(self.cursor.word(0), Some("x" | "X"))
            && self.cursor.before() == Some(Token::Number)
            && self.cursor.peek(1) == Some(Token::Number)
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
        if let Some(names) = letters(self.cursor) {
            self.cursor.at += 1;
            let Some((last, others)) = names.split_last() else { return Ok(None) };
            let mut product = self.raised(Expr::Variable(*last))?;
            for name in others.iter().rev() {
                self.count()?;
                product = Expr::binary(Operation::Multiply, Expr::Variable(*name), product);
            }
            return Ok(Some(product));
        }
        let Some(base) = self.atom()? else { return Ok(None) };
        self.raised(base).map(Some)
    }

    /// A base with the exponent that stands behind it, if there is one.
    fn raised(&mut self, base: Expr) -> Result<Expr, QuestionError> {
        let before = self.cursor.at;
        if self.cursor.peek(0) == Some(Token::Raised) {
            self.count()?;
            let exponent = raised_digits(self.cursor.text(0));
            self.cursor.at += 1;
            return Ok(
                exponent.map_or(base.clone(), |exponent| Expr::binary(Operation::Power, base, Expr::Number(exponent)))
            );
        }
        if let Some(exponent) = exponent_in_words(self.cursor) {
            self.count()?;
            return Ok(Expr::binary(Operation::Power, base, Expr::Number(exponent)));
        }
        if !self.cursor.take(Token::Power) {
            return Ok(base);
        }
        self.count()?;
        Ok(match deeper(|| self.signed())? {
            Some(exponent) => Expr::binary(Operation::Power, base, exponent),
            None => {
                self.cursor.at = before;
                base
            }
        })
    }

    fn atom(&mut self) -> Result<Option<Expr>, QuestionError> {
        self.cursor.step()?;
        match self.cursor.peek(0) {
            Some(Token::Number) => {
                let text = self.cursor.text(0);
                self.cursor.at += 1;
                let number = token::number(text);
                // As it is written: `1,234` is whole, `3,5` is not.
                let is_decimal = |number: &Number| text.contains('.') || text.contains(',') && !number.is_whole();
                Ok(number.map(|number| if is_decimal(&number) { Expr::Decimal(number) } else { Expr::Number(number) }))
            }
            Some(Token::Open) => self.parenthesised(),
            Some(Token::Root) => self.root(),
            Some(Token::Word) if self.cursor.text(0) == "sqrt" => {
                let is_written = matches!(self.cursor.peek(1), Some(Token::Open | Token::Number));
                if is_written { self.root() } else { Ok(None) }
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

    /// The square root of the expression after its sign.
    fn root(&mut self) -> Result<Option<Expr>, QuestionError> {
        self.count()?;
        self.cursor.at += 1;
        let inner = match self.cursor.peek(0) {
            Some(Token::Open) => self.parenthesised()?,
            _ => deeper(|| self.atom())?,
        };
        Ok(inner.map(|inner| Expr::Sqrt(Arc::new(inner))))
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

/// The number that raised digits spell.
fn raised_digits(text: &str) -> Option<Number> {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = |raised: char| {
        RAISED.iter().position(|other| *other == raised).and_then(|index| char::from_digit(index as u32, 10))
    };
    Number::from_decimal(&text.chars().map(digit).collect::<Option<String>>()?)
}

/// The exponent that words behind a base spell: `squared`, `cubed`, `to the power of 10`, `to the fourth power`. A
/// fraction is none: a root is asked for.
pub fn exponent_in_words(cursor: &mut Cursor<'_>) -> Option<Number> {
    let start = cursor.at;
    let found = match cursor.word(0) {
        Some("squared") => Some((2, 1)),
        Some("cubed") => Some((3, 1)),
        _ => None,
    };
    if let Some((exponent, words)) = found {
        cursor.at += words;
        return Some(Number::from(exponent));
    }
    cursor.at += usize::from(cursor.is_word(0, "raised"));
    if cursor.is_word(0, "to") && cursor.is_word(1, "the") {
        cursor.at += 2;
        if cursor.is_word(0, "power") {
            cursor.at += 1;
            cursor.at += usize::from(cursor.is_word(0, "of"));
            let is_fraction = cursor.peek(1) == Some(Token::Slash);
            let number = match cursor.peek(0) {
                Some(Token::Number) => token::number(cursor.text(0)),
                Some(Token::Word) => match vocabulary::numeral(cursor.text(0)) {
                    Some(vocabulary::Numeral::Small(number)) => Some(Number::from(number)),
                    _ => None,
                },
                _ => None,
            };
            if let Some(number) = number.filter(|_| !is_fraction) {
                cursor.at += 1;
                return Some(number);
            }
        } else {
            let ordinal = match cursor.peek(0) {
                Some(Token::Number) if cursor.touches(1) => cursor.text(0).parse().ok().map(|number: i64| (number, 2)),
                _ => cursor.word(0).and_then(vocabulary::ordinal).map(|number| (number, 1)),
            };
            if let Some((number, words)) = ordinal.filter(|(_, words)| cursor.is_word(*words, "power")) {
                cursor.at += words + 1;
                return Some(Number::from(number));
            }
        }
    }
    cursor.at = start;
    None
}

/// Several variables in a row, each a letter that is a name elsewhere, or behind a number: `xy`, `2ab`.
fn letters(cursor: &Cursor<'_>) -> Option<Vec<Name>> {
    let word = cursor.word(0).filter(|word| (2..=3).contains(&word.len()))?;
    let is_behind_number = cursor.touches(0) && cursor.before() == Some(Token::Number);
    let are_names = word.bytes().all(|letter| cursor.is_name(letter));
    let is_other = vocabulary::is_short_word(word) || Unit::with_symbol(word).is_some();
    if is_other || !(are_names || is_behind_number) {
        return None;
    }
    (0..word.len()).map(|index| Name::new(&word[index..=index])).collect()
}

/// The variable that the next token is: a single letter that is not the article, nor a person.
pub fn variable(cursor: &Cursor<'_>) -> Option<Name> {
    let word = cursor.word(0).filter(|word| word.len() == 1)?;
    let is_person = matches!(word, "I" | "i") && cursor.word(1).is_some() && !cursor.is_name(word.as_bytes()[0]);
    if is_person || is_article(cursor, 0) { None } else { Name::new(word) }
}

/// Whether the next token but `ahead` is the article: an `a` before a noun, or before `prime number` and the like.
/// Where no `a` is a name in mathematics, every word may be a noun but for those that go with names.
pub fn is_article(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let next = cursor.word(ahead + 1).unwrap_or("");
    let noun = if matches!(next, "prime" | "composite") { cursor.word(ahead + 2).unwrap_or("") } else { next };
    let Some(letter @ ("a" | "A")) = cursor.word(ahead) else { return false };
    let is_noun = next.len() > 1 && !cursor.is_name(letter.as_bytes()[0]) && !vocabulary::follows_name(next);
    vocabulary::follows_article(noun) || is_noun
}
