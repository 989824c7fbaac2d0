//! Comparison of an answer with the expected one: by its text, and by its value where the text differs in form only
//! (`-2*x + 6` and `6 - 2*x`).

use crate::algebra::bindings::Bindings;
use crate::algebra::budget::Budget;
use crate::algebra::expr::{Expr, Operation};
use crate::algebra::number::Number;
use crate::algebra::power::Power;
use crate::algebra::surd::Surd;
use crate::algebra::value::Value;
use crate::question::whole_expression;

/// Match of an answer with the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// It means something else.
    Wrong,
    /// It means the same, and is written in another way.
    Value,
    /// It is the same text.
    Text,
}

/// Compares an answer with an expected text.
pub fn compare(answer: &Value, expected: &str) -> Match {
    let (printed, expected) = (answer.to_string(), expected.trim());
    if printed == expected {
        return Match::Text;
    }
    let same = match answer {
        Value::Number(_)
        | Value::Decimal(_)
        | Value::Expr(_)
        | Value::Poly(_)
        | Value::Surd(_)
        | Value::Power(_)
        | Value::Numbers(_) => is_same_list(&printed, expected, false),
        Value::Set(_) => is_same_list(&printed, expected, true),
        Value::Bool(_) | Value::Time(_) | Value::BaseNumber(_) => printed.eq_ignore_ascii_case(expected),
        // Labels and names mean nothing besides their text.
        _ => false,
    };
    if same { Match::Value } else { Match::Wrong }
}

/// Whether two texts are lists of expressions with equal values, in the same order or in any.
fn is_same_list(a: &str, b: &str, in_any_order: bool) -> bool {
    let items = |text: &str| text.split(',').map(whole_expression).collect::<Option<Vec<Expr>>>();
    let (Some(a), Some(b)) = (items(a), items(b)) else { return false };
    let mut budget = Budget::default();
    if a.len() != b.len() {
        return false;
    }
    if !in_any_order {
        return a.iter().zip(&b).all(|(x, y)| is_same(x, y, &mut budget));
    }
    let mut left: Vec<&Expr> = b.iter().collect();
    a.iter().all(|x| {
        let found = left.iter().position(|y| is_same(x, y, &mut budget));
        found.map(|index| left.swap_remove(index)).is_some()
    })
}

/// Whether two expressions are equal as polynomials, sums of square roots or products of powers.
fn is_same(a: &Expr, b: &Expr, budget: &mut Budget) -> bool {
    let nothing = Bindings::default();
    let difference = Expr::binary(Operation::Subtract, a.clone(), b.clone());
    if let Ok(polynomial) = nothing.polynomial(&difference, budget) {
        return polynomial.is_zero();
    }
    if let Ok(surd) = Surd::simplify(&difference, budget) {
        return surd == Surd::default();
    }
    let quotient = Expr::binary(Operation::Divide, a.clone(), b.clone());
    let one = Power::simplify(&Expr::Number(Number::ONE), budget);
    one.is_ok() && Power::simplify(&quotient, budget) == one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(text: &str) -> Value {
        Value::Expr(whole_expression(text).unwrap().into())
    }

    #[test]
    fn form_does_not_change_the_value() {
        assert_eq!(compare(&expr("6 - 2*x"), "6 - 2*x"), Match::Text);
        for (answer, expected) in [
            ("6 - 2*x", "-2*x + 6"),
            ("2*sqrt(8)", "4*sqrt(2)"),
            ("x**(1/2)", "sqrt(x)"),
            ("1/2", "0.5"),
            ("-2*(v - 1)*(v + 3)", "-2*(v + 3)*(v - 1)"),
        ] {
            assert_eq!(compare(&expr(answer), expected), Match::Value, "{answer}");
        }
        for (answer, expected) in [("6 - 2*x", "6 + 2*x"), ("1/2", "1"), ("x", "y"), ("x", "True"), ("3", "3, 4")] {
            assert_eq!(compare(&expr(answer), expected), Match::Wrong, "{answer}");
        }
    }

    #[test]
    fn sets_have_no_order_and_lists_do() {
        let set = Value::Set(vec![Number::from(-3), Number::from(2)].into());
        assert_eq!(compare(&set, "-3, 2"), Match::Text);
        assert_eq!(compare(&set, "2, -3"), Match::Value);
        assert_eq!(compare(&set, "2, 2"), Match::Wrong);
        assert_eq!(compare(&Value::Label("a".into()), "b"), Match::Wrong);
        assert_eq!(compare(&Value::Bool(true), "true"), Match::Value);
    }

    #[test]
    fn towers_are_no_trouble() {
        assert_eq!(compare(&expr("2"), "9**9**9**9"), Match::Wrong);
    }
}
