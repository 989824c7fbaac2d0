//! Sums of rational multiples of square roots.

use std::collections::BTreeMap;
use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::One;

use super::budget::Budget;
use super::error::EvalError;
use super::expr::{Expr, Operation, deeper};
use super::integer;
use super::number::Number;

/// A sum of `coefficient * sqrt(radicand)`, radicands positive and without square factors; that of the rational part is
/// 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Surd(BTreeMap<BigInt, Number>);

const FORM: EvalError = EvalError::NotOfForm("a sum of square roots");

impl Surd {
    /// A rational number.
    pub fn number(number: Number) -> Self {
        Self::term(BigInt::one(), number)
    }

    fn term(radicand: BigInt, number: Number) -> Self {
        let mut terms = BTreeMap::new();
        if !number.is_zero() {
            terms.insert(radicand, number);
        }
        Self(terms)
    }

    /// The value, if it is rational.
    fn rational(&self) -> Option<Number> {
        match self.0.first_key_value() {
            None => Some(Number::ZERO),
            Some((radicand, number)) if self.0.len() == 1 && radicand.is_one() => Some(number.clone()),
            Some(_) => None,
        }
    }

    /// Simplifies an expression of numbers, square roots, sums, products, quotients and whole powers.
    ///
    /// # Errors
    /// When it is none, something divides by zero, or the budget is spent.
    pub fn simplify(expr: &Expr, budget: &mut Budget) -> Result<Self, EvalError> {
        budget.spend(1)?;
        match expr {
            Expr::Number(number) | Expr::Decimal(number) => Ok(Self::number(number.clone())),
            Expr::Sqrt(x) => deeper(|| Self::simplify(x, budget))?.root(budget),
            Expr::Negate(x) => deeper(|| Self::simplify(x, budget))?.scale(&Number::from(-1), budget),
            Expr::Binary(operation, x, y) => {
                let x = deeper(|| Self::simplify(x, budget))?;
                let y = deeper(|| Self::simplify(y, budget))?;
                match operation {
                    Operation::Add => x.add(&y, budget),
                    Operation::Subtract => x.add(&y.scale(&Number::from(-1), budget)?, budget),
                    Operation::Multiply => x.multiply(&y, budget),
                    Operation::Divide => x.multiply(&y.inverse(budget)?, budget),
                    Operation::Power => x.power(&y.rational().ok_or(FORM)?, budget),
                }
            }
            Expr::Polynomial(polynomial) => polynomial.constant().map(Self::number).ok_or(FORM),
            Expr::Variable(_) | Expr::Apply(..) => Err(FORM),
        }
    }

    fn add(&self, other: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        let mut sum = self.clone();
        for (radicand, number) in &other.0 {
            let entry = sum.0.entry(radicand.clone()).or_insert(Number::ZERO);
            *entry = budget.number(&*entry + number)?;
        }
        sum.0.retain(|_, number| !number.is_zero());
        Ok(sum)
    }

    fn scale(&self, factor: &Number, budget: &mut Budget) -> Result<Self, EvalError> {
        self.multiply(&Self::number(factor.clone()), budget)
    }

    fn multiply(&self, other: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        let mut product = Self::default();
        for (a, left) in &self.0 {
            for (b, right) in &other.0 {
                // sqrt(a)*sqrt(b) = g*sqrt(a*b/g^2), without square factors again.
                let common = a.gcd(b);
                let radicand = (a / &common) * (b / &common);
                let number = budget.number(&(left * right) * &Number::from(common))?;
                if radicand.bits() > 4096 {
                    return Err(EvalError::TooManyDigits);
                }
                product = product.add(&Self::term(radicand, number), budget)?;
            }
        }
        Ok(product)
    }

    fn power(&self, exponent: &Number, budget: &mut Budget) -> Result<Self, EvalError> {
        if let Some(number) = self.rational()
            && let Some(exponent) = exponent.to_i64()
        {
            return Ok(Self::number(budget.power(&number, exponent)?));
        }
        if *exponent == (Number::quotient(1, 2).unwrap_or(Number::ZERO)) {
            return self.root(budget);
        }
        let exponent = exponent.to_i64().ok_or(FORM)?;
        let base = if exponent < 0 { self.inverse(budget)? } else { self.clone() };
        let mut result = Self::number(Number::ONE);
        for _ in 0..exponent.unsigned_abs() {
            result = result.multiply(&base, budget)?;
            budget.spend(1)?;
        }
        Ok(result)
    }

    /// `1/self`: times its conjugate for one prime under the roots after the other, until none is left.
    fn inverse(&self, budget: &mut Budget) -> Result<Self, EvalError> {
        if let Some(number) = self.rational() {
            return Number::ONE.divide(&number).map(Self::number).ok_or(EvalError::DivisionByZero);
        }
        // Not rational, so that some radicand is above 1 and has a prime factor.
        let radicand = self.0.keys().next_back().cloned().unwrap_or_default();
        let prime = integer::factors(&radicand, budget)?.pop().ok_or(FORM)?.0;
        let flip = |(radicand, number): (&BigInt, &Number)| {
            (radicand.clone(), if radicand.is_multiple_of(&prime) { -number } else { number.clone() })
        };
        let conjugate = Self(self.0.iter().map(flip).collect());
        let norm = self.multiply(&conjugate, budget)?;
        let inverse = deeper(|| norm.inverse(budget))?;
        conjugate.multiply(&inverse, budget)
    }

    /// The square root of a rational number that is not negative.
    fn root(&self, budget: &mut Budget) -> Result<Self, EvalError> {
        let number = self.rational().ok_or(FORM)?;
        if number.is_negative() {
            return Err(EvalError::Domain("the root of a negative number"));
        }
        if number.is_zero() {
            return Ok(self.clone());
        }
        // sqrt(n/d) = sqrt(n*d)/d
        let denominator = number.denominator();
        let (mut outside, mut inside) = (BigInt::one(), BigInt::one());
        for (prime, count) in integer::factors(&(number.numerator() * &denominator), budget)? {
            outside *= num_traits::pow(prime.clone(), count as usize / 2);
            if count % 2 == 1 {
                inside *= prime;
            }
        }
        let coefficient = Number::from(outside).divide(&Number::from(denominator)).ok_or(EvalError::DivisionByZero)?;
        Ok(Self::term(inside, coefficient))
    }

    /// The terms in printed order: by value, but a positive number before a single negative root.
    fn printed(&self) -> Vec<(&BigInt, &Number)> {
        let mut terms: Vec<_> = self.0.iter().collect();
        if let [(one, number), (_, root)] = terms[..]
            && one.is_one()
            && !number.is_negative()
            && root.is_negative()
        {
            return terms;
        }
        let size = |term: &(&BigInt, &Number)| term.1.to_f64() * Number::from(term.0.clone()).to_f64().sqrt();
        terms.sort_by(|a, b| size(a).total_cmp(&size(b)));
        terms
    }
}

impl fmt::Display for Surd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("0");
        }
        for (index, (radicand, number)) in self.printed().into_iter().enumerate() {
            formatter.write_str(number.sign_in_sum(index == 0))?;
            let (numerator, denominator) = (number.abs().numerator(), number.denominator());
            match (radicand.is_one(), numerator.is_one()) {
                (true, _) => write!(formatter, "{numerator}")?,
                (false, true) => write!(formatter, "sqrt({radicand})")?,
                (false, false) => write!(formatter, "{numerator}*sqrt({radicand})")?,
            }
            if !denominator.is_one() {
                write!(formatter, "/{denominator}")?;
            }
        }
        Ok(())
    }
}
