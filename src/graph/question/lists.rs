//! Lists in questions: options, numbers with commas, alternatives.

use std::sync::Arc;

use super::QuestionError;
use super::expression::expression;
use super::token::Token;
use super::walk::{Walk, literal};
use crate::algebra::expr::Expr;
use crate::algebra::value::{Choice, Scalar, Value};
use prover_syntax::tree::Span;

/// Whether the next tokens are `(a)` with the letter of an index.
fn is_label(walk: &Walk<'_>, index: usize) -> bool {
    let letter = u8::try_from(index).ok().and_then(|index| b'a'.checked_add(index)).filter(u8::is_ascii_lowercase);
    let cursor = &walk.cursor;
    cursor.peek(0) == Some(Token::Open)
        && letter.is_some_and(|letter| cursor.word(1).is_some_and(|word| word.as_bytes() == [letter]))
        && cursor.peek(2) == Some(Token::Close)
        && !cursor.touches(0)
        && !cursor.touches(3)
}

/// `(a) 1/2  (b) -3  (c) x`, of two options or more: a list of choices.
pub(super) fn options(walk: &mut Walk<'_>) -> Result<bool, QuestionError> {
    let start = walk.cursor.at;
    let mut choices = Vec::new();
    while is_label(walk, choices.len()) {
        let label = walk.cursor.text(1);
        walk.cursor.at += 3;
        let Some(value) = expression(&mut walk.cursor)? else { break };
        choices.push(Choice { label: label.into(), value });
    }
    if choices.len() < 2 {
        walk.cursor.at = start;
        return Ok(false);
    }
    walk.found(Value::Choices(Arc::new(choices)), start)?;
    Ok(true)
}

/// More expressions behind commas, not counting one that begins an equation.
pub(super) fn commas(walk: &mut Walk<'_>, start: usize, first: &Expr) -> Result<bool, QuestionError> {
    let mut items = vec![(first.clone(), walk.cursor.since(start))];
    while walk.cursor.peek(0) == Some(Token::Comma) {
        let before = walk.cursor.at;
        walk.cursor.at += 1;
        let next = expression(&mut walk.cursor)?;
        match next.filter(|_| walk.cursor.peek(0) != Some(Token::Equal)) {
            Some(item) => items.push((item, walk.cursor.since(before + 1))),
            None => {
                walk.cursor.at = before;
                break;
            }
        }
    }
    if items.len() < 2 {
        return Ok(false);
    }
    // `1, 2 and 3`: the last one.
    let before = walk.cursor.at;
    if walk.cursor.is_word(0, "and") || walk.cursor.is_word(0, "or") {
        walk.cursor.at += 1;
        match expression(&mut walk.cursor)?.filter(|_| walk.cursor.peek(0) != Some(Token::Equal)) {
            Some(item) => items.push((item, walk.cursor.since(before + 1))),
            None => walk.cursor.at = before,
        }
    }
    let list = list(walk, &items);
    walk.found(list, start)?;
    Ok(true)
}

/// `x or y`: a list of two.
pub(super) fn alternatives(walk: &mut Walk<'_>, start: usize, first: &Expr) -> Result<bool, QuestionError> {
    let span = walk.cursor.since(start);
    let before = walk.cursor.at;
    if !walk.cursor.is_word(0, "or") {
        return Ok(false);
    }
    walk.cursor.at += 1;
    let Some(second) = expression(&mut walk.cursor)? else {
        walk.cursor.at = before;
        return Ok(false);
    };
    let second_span = walk.cursor.since(before + 1);
    let list = list(walk, &[(first.clone(), span), (second, second_span)]);
    walk.found(list, start)?;
    Ok(true)
}

/// Numbers are their own labels as long as they print as they are written; anything else is labelled by its text.
fn list(walk: &Walk<'_>, items: &[(Expr, Span)]) -> Value {
    let number = |(expr, span): &(Expr, Span)| {
        let value = literal(expr)?;
        let is_same = value.to_string() == walk.cursor.slice(*span);
        let scalar = match value {
            Value::Decimal(number) => Scalar { number, is_decimal: true },
            Value::Number(number) => Scalar { number, is_decimal: false },
            _ => return None,
        };
        is_same.then_some(scalar)
    };
    match items.iter().map(number).collect::<Option<Vec<Scalar>>>() {
        Some(numbers) => Value::Numbers(Arc::new(numbers)),
        None => {
            let choice =
                |(expr, span): &(Expr, Span)| Choice { label: walk.cursor.slice(*span).into(), value: expr.clone() };
            Value::Choices(Arc::new(items.iter().map(choice).collect()))
        }
    }
}
