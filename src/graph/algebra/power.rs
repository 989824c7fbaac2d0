//! Products of rational powers of positive variables.

use std::collections::BTreeMap;
use std::fmt;

use super::budget::Budget;
use super::error::EvalError;
use super::expr::{Expr, Operation, deeper};
use super::name::Name;
use super::number::Number;

/// `coefficient * x**a * y**b * ...` with rational exponents other than 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Power {
    coefficient: Number,
    exponents: BTreeMap<Name, Number>,
}

const FORM: EvalError = EvalError::NotOfForm("a product of powers");

impl Power {
    fn number(coefficient: Number) -> Self {
        Self { coefficient, exponents: BTreeMap::new() }
    }

    /// Simplifies a product of powers, for positive variables.
    ///
    /// # Errors
    /// When the expression is none, something divides by zero, or the budget is spent.
    pub fn simplify(expr: &Expr, budget: &mut Budget) -> Result<Self, EvalError> {
        budget.spend(1)?;
        match expr {
            Expr::Number(number) | Expr::Decimal(number) => Ok(Self::number(number.clone())),
            Expr::Variable(name) => {
                Ok(Self { coefficient: Number::ONE, exponents: BTreeMap::from([(*name, Number::ONE)]) })
            }
            Expr::Sqrt(x) => {
                let half = Number::quotient(1, 2).ok_or(EvalError::DivisionByZero)?;
                deeper(|| Self::simplify(x, budget))?.power(&half, budget)
            }
            Expr::Negate(x) => {
                let mut power = deeper(|| Self::simplify(x, budget))?;
                power.coefficient = -&power.coefficient;
                Ok(power)
            }
            Expr::Binary(Operation::Multiply | Operation::Divide, x, y) => {
                let x = deeper(|| Self::simplify(x, budget))?;
                let mut y = deeper(|| Self::simplify(y, budget))?;
                if matches!(expr, Expr::Binary(Operation::Divide, ..)) {
                    y = y.power(&Number::from(-1), budget)?;
                }
                x.times(&y, budget)
            }
            Expr::Binary(Operation::Power, x, y) => {
                let exponent = y.number(budget)?;
                deeper(|| Self::simplify(x, budget))?.power(&exponent, budget)
            }
            // A sum of numbers is a number.
            _ => expr.number(budget).map(Self::number).map_err(|error| match error {
                EvalError::Unbound(_) => FORM,
                other => other,
            }),
        }
    }

    fn times(&self, other: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        let mut product = self.clone();
        product.coefficient = budget.number(&self.coefficient * &other.coefficient)?;
        for (name, exponent) in &other.exponents {
            let entry = product.exponents.entry(*name).or_insert(Number::ZERO);
            *entry = budget.number(&*entry + exponent)?;
        }
        product.exponents.retain(|_, exponent| !exponent.is_zero());
        Ok(product)
    }

    fn power(&self, exponent: &Number, budget: &mut Budget) -> Result<Self, EvalError> {
        let coefficient = match exponent.to_i64() {
            Some(whole) => budget.power(&self.coefficient, whole)?,
            None if self.coefficient.is_one() => Number::ONE,
            None => return Err(FORM),
        };
        let mut exponents = BTreeMap::new();
        for (name, own) in self.exponents.iter().filter(|_| !exponent.is_zero()) {
            exponents.insert(*name, budget.number(own * exponent)?);
        }
        Ok(Self { coefficient, exponents })
    }
}

impl fmt::Display for Power {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = Number::quotient(1, 2).unwrap_or(Number::ZERO);
        let factor = |(name, exponent): (&Name, &Number)| match exponent {
            exponent if exponent.is_one() => name.to_string(),
            exponent if *exponent == half => format!("sqrt({name})"),
            exponent if exponent.is_whole() && !exponent.is_negative() => format!("{name}**{exponent}"),
            exponent => format!("{name}**({exponent})"),
        };
        // x**(-1) and x**(-1/2) stand in a denominator, other negative powers do not.
        let is_below = |exponent: &Number| *exponent == Number::from(-1) || -exponent == half;
        let (numerator, denominator) = (self.coefficient.numerator(), self.coefficient.denominator());
        let above = self.exponents.iter().filter(|(_, exponent)| !is_below(exponent)).map(factor);
        let mut above: Vec<String> = above.collect();
        let below = self.exponents.iter().filter(|(_, exponent)| is_below(exponent));
        let mut below: Vec<String> = below.map(|(name, exponent)| factor((name, &-exponent))).collect();
        if denominator != 1.into() {
            below.insert(0, denominator.to_string());
        }
        let sign = if numerator == (-1).into() && !above.is_empty() { "-" } else { "" };
        if above.is_empty() || (numerator != 1.into() && sign.is_empty()) {
            above.insert(0, numerator.to_string());
        }
        write!(formatter, "{sign}{}", above.join("*"))?;
        match &below[..] {
            [] => Ok(()),
            [one] => write!(formatter, "/{one}"),
            several => write!(formatter, "/({})", several.join("*")),
        }
    }
}
