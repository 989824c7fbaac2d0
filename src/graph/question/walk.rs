//! The state of a walk over a question, and expressions as elements.

use super::cursor::Cursor;
use super::{Element, MAX_ELEMENTS, QuestionError};
use crate::algebra::expr::Expr;
use crate::algebra::name::Name;
use crate::algebra::number::Number;
use crate::algebra::value::Value;
use prover_syntax::tree::Span;

/// The state of the walk: its findings in the current sentence and in those before.
pub(super) struct Walk<'q> {
    pub cursor: Cursor<'q>,
    pub elements: Vec<Element>,
    /// Functions that were defined, which a second `f(x) = ...` does not define again.
    pub functions: Vec<Name>,
    /// Whether the sentence asks for yes or no, so that its relations are asked for and not asserted.
    pub asks: bool,
    /// Whether numbers are digits in a base.
    pub in_base: bool,
}

impl Walk<'_> {
    /// Adds an element that stands from a token up to the cursor.
    pub fn found(&mut self, value: Value, start: usize) -> Result<(), QuestionError> {
        let span = self.cursor.since(start);
        self.add(value, span)
    }

    /// Adds an element.
    pub fn add(&mut self, value: Value, span: Span) -> Result<(), QuestionError> {
        if self.elements.len() >= MAX_ELEMENTS {
            return Err(QuestionError::TooManyElements { span });
        }
        let kind = value.kind();
        self.elements.push(Element { value, kind, span });
        Ok(())
    }
}

/// The number that an expression spells: a literal, or a fraction of two whole ones, perhaps with a sign.
pub(super) fn literal(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Number(number) => Some(Value::Number(number.clone())),
        Expr::Decimal(number) => Some(Value::Decimal(number.clone())),
        Expr::Binary(crate::algebra::expr::Operation::Divide, numerator, denominator) => {
            match (&**numerator, &**denominator) {
                (Expr::Number(numerator), Expr::Number(denominator)) if *denominator > Number::ZERO => {
                    numerator.divide(denominator).map(Value::Number)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// An expression as a value of the narrowest type that keeps all of it.
pub(super) fn expression_value(expr: Expr) -> Value {
    match (literal(&expr), expr) {
        (Some(number), _) => number,
        (None, Expr::Variable(name)) => Value::Var(name),
        (None, expr) => Value::Expr(expr.into()),
    }
}
