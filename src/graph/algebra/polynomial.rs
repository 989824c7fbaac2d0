//! Polynomials in any number of variables with rational coefficients, in normal form.

use std::cmp::Ordering;
use std::fmt;

use smallvec::{SmallVec, smallvec};

use super::budget::Budget;
use super::error::EvalError;
use super::name::Name;
use super::number::Number;

/// The greatest exponent of a variable.
pub const MAX_EXPONENT: u32 = 10_000;

/// A product of powers of variables: names in alphabetical order, exponents from one on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Monomial(Factors);

/// Most monomials of questions have at most two variables, and allocate nothing.
type Factors = SmallVec<[(Name, u32); 2]>;

impl Monomial {
    /// The product of factors in alphabetical order, each name once and no exponent zero.
    pub(crate) fn from_factors(factors: &[(Name, u32)]) -> Self {
        Self(factors.into())
    }

    /// The factors.
    pub fn factors(&self) -> &[(Name, u32)] {
        &self.0
    }

    /// The exponent of a variable.
    pub fn exponent(&self, name: Name) -> u32 {
        self.0.iter().find(|factor| factor.0 == name).map_or(0, |factor| factor.1)
    }

    /// The same with another exponent for a variable.
    fn with(&self, name: Name, exponent: u32) -> Self {
        let mut factors: Factors = self.0.iter().copied().filter(|factor| factor.0 != name).collect();
        if exponent > 0 {
            let at = factors.partition_point(|factor| factor.0 < name);
            factors.insert(at, (name, exponent));
        }
        Self(factors)
    }

    fn times(&self, other: &Self) -> Result<Self, EvalError> {
        if other.0.is_empty() {
            return Ok(self.clone());
        }
        let mut product = self.0.clone();
        for &(name, exponent) in &other.0 {
            let at = product.partition_point(|factor| factor.0 < name);
            match product.get_mut(at).filter(|factor| factor.0 == name) {
                Some(factor) => factor.1 += exponent,
                None => product.insert(at, (name, exponent)),
            }
            if product[at].1 > MAX_EXPONENT {
                return Err(EvalError::TooManyDigits);
            }
        }
        Ok(Self(product))
    }
}

impl PartialOrd for Monomial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Monomial {
    /// Lexicographic: the alphabetically first variable counts most.
    fn cmp(&self, other: &Self) -> Ordering {
        for (a, b) in self.0.iter().zip(&other.0) {
            let ordering = b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            if ordering.is_ne() {
                return ordering;
            }
        }
        self.0.len().cmp(&other.0.len())
    }
}

/// A polynomial: terms from high to low, without zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Polynomial {
    terms: Vec<(Monomial, Number)>,
}

impl Polynomial {
    /// A constant.
    pub fn number(number: Number) -> Self {
        let terms = if number.is_zero() { Vec::new() } else { vec![(Monomial::default(), number)] };
        Self { terms }
    }

    /// A variable.
    pub fn variable(name: Name) -> Self {
        Self { terms: vec![(Monomial(smallvec![(name, 1)]), Number::ONE)] }
    }

    /// The polynomial in one variable with these coefficients, that of the constant first.
    pub fn from_coefficients(name: Name, coefficients: &[Number]) -> Self {
        let terms = coefficients.iter().enumerate().rev().filter(|(_, coefficient)| !coefficient.is_zero());
        let monomial = |exponent: usize| Monomial::default().with(name, exponent as u32);
        Self { terms: terms.map(|(exponent, coefficient)| (monomial(exponent), coefficient.clone())).collect() }
    }

    /// The terms, high ones first.
    pub fn terms(&self) -> &[(Monomial, Number)] {
        &self.terms
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it is a variable and nothing else.
    pub fn is_variable(&self) -> bool {
        matches!(&self.terms[..], [(monomial, one)] if one.is_one() && matches!(monomial.0[..], [(_, 1)]))
    }

    /// Its value if it is constant.
    pub fn constant(&self) -> Option<Number> {
        match &self.terms[..] {
            [] => Some(Number::ZERO),
            [(monomial, number)] if monomial.0.is_empty() => Some(number.clone()),
            _ => None,
        }
    }

    /// The coefficient of a monomial.
    pub fn coefficient(&self, monomial: &Monomial) -> Number {
        let found = self.terms.iter().find(|term| term.0 == *monomial);
        found.map_or(Number::ZERO, |term| term.1.clone())
    }

    /// Its variables in alphabetical order.
    pub fn variables(&self) -> Vec<Name> {
        let mut names: Vec<Name> = self.terms.iter().flat_map(|term| term.0.0.iter().map(|factor| factor.0)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Its coefficients as a polynomial in one variable, that of the constant first.
    ///
    /// # Errors
    /// When another variable occurs in it.
    pub fn coefficients(&self, name: Name) -> Result<Vec<Number>, EvalError> {
        let degree = self.terms.iter().map(|term| term.0.exponent(name)).max().unwrap_or(0);
        let mut coefficients = vec![Number::ZERO; degree as usize + 1];
        for (monomial, number) in &self.terms {
            match monomial.0[..] {
                [] => coefficients[0] = number.clone(),
                [(variable, exponent)] if variable == name => coefficients[exponent as usize] = number.clone(),
                _ => return Err(EvalError::NotUnivariate),
            }
        }
        Ok(coefficients)
    }

    /// The sum of `self` and `scale` times `other`.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn add_scaled(&self, other: &Self, scale: &Number, budget: &mut Budget) -> Result<Self, EvalError> {
        budget.spend((self.terms.len() + other.terms.len()) as u64)?;
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        let (mut left, mut right) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        loop {
            let ordering = match (left.peek(), right.peek()) {
                (None, None) => return Ok(Self { terms }),
                (Some(_), None) => Ordering::Greater,
                (None, Some(_)) => Ordering::Less,
                (Some(a), Some(b)) => a.0.cmp(&b.0),
            };
            let from_left = if ordering.is_ge() { left.next() } else { None };
            let from_right = if ordering.is_le() { right.next() } else { None };
            let (monomial, number) = match (from_left, from_right) {
                (Some(a), Some(b)) => (&a.0, &a.1 + &(&b.1 * scale)),
                (Some(a), None) => (&a.0, a.1.clone()),
                (None, Some(b)) => (&b.0, &b.1 * scale),
                (None, None) => continue,
            };
            if !number.is_zero() {
                terms.push((monomial.clone(), budget.number(number)?));
            }
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn add(&self, other: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        self.add_scaled(other, &Number::ONE, budget)
    }

    /// The difference.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn subtract(&self, other: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        self.add_scaled(other, &Number::from(-1), budget)
    }

    /// The product with a number.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn scale(&self, number: &Number, budget: &mut Budget) -> Result<Self, EvalError> {
        if number.is_zero() {
            return Ok(Self::default());
        }
        budget.spend(self.terms.len() as u64)?;
        let terms = self.terms.iter().map(|(monomial, own)| Ok((monomial.clone(), budget.number(own * number)?)));
        Ok(Self { terms: terms.collect::<Result<_, EvalError>>()? })
    }

    /// The product.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn multiply(&self, other: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        if let Some(number) = other.constant() {
            return self.scale(&number, budget);
        }
        if let Some(number) = self.constant() {
            return other.scale(&number, budget);
        }
        budget.spend(self.terms.len() as u64 * other.terms.len() as u64)?;
        let mut products = Vec::with_capacity(self.terms.len() * other.terms.len());
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                products.push((left.times(right)?, budget.number(a * b)?));
            }
        }
        Self::collect(products, budget)
    }

    /// The sum of terms in any order.
    fn collect(mut products: Vec<(Monomial, Number)>, budget: &mut Budget) -> Result<Self, EvalError> {
        products.sort_by(|a, b| b.0.cmp(&a.0));
        let mut terms: Vec<(Monomial, Number)> = Vec::with_capacity(products.len());
        for (monomial, number) in products {
            match terms.last_mut() {
                Some(last) if last.0 == monomial => last.1 = budget.number(&last.1 + &number)?,
                _ => terms.push((monomial, number)),
            }
        }
        terms.retain(|term| !term.1.is_zero());
        Ok(Self { terms })
    }

    /// A whole power.
    ///
    /// # Errors
    /// When the budget is spent or the degree is too high.
    pub fn power(&self, exponent: u32, budget: &mut Budget) -> Result<Self, EvalError> {
        if let Some(number) = self.constant() {
            return Ok(Self::number(budget.power(&number, i64::from(exponent))?));
        }
        if exponent > MAX_EXPONENT {
            return Err(EvalError::TooManyDigits);
        }
        if let [(monomial, number)] = &self.terms[..] {
            let mut factors = Factors::with_capacity(monomial.0.len());
            for (name, own) in &monomial.0 {
                let product = own.checked_mul(exponent).filter(|product| *product <= MAX_EXPONENT);
                factors.push((*name, product.ok_or(EvalError::TooManyDigits)?));
            }
            let number = budget.power(number, i64::from(exponent))?;
            let monomial = if exponent == 0 { Monomial::default() } else { Monomial(factors) };
            return Ok(Self { terms: vec![(monomial, number)] });
        }
        let mut result = Self::number(Number::ONE);
        for _ in 0..exponent {
            result = result.multiply(self, budget)?;
        }
        Ok(result)
    }

    /// A polynomial in the place of a variable.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn substitute(&self, name: Name, value: &Self, budget: &mut Budget) -> Result<Self, EvalError> {
        let highest = self.terms.iter().map(|term| term.0.exponent(name)).max().unwrap_or(0);
        let mut powers = vec![Self::number(Number::ONE)];
        let mut sum = Self::default();
        for (monomial, number) in &self.terms {
            let exponent = monomial.exponent(name) as usize;
            while powers.len() <= exponent && powers.len() <= highest as usize {
                let next = powers[powers.len() - 1].multiply(value, budget)?;
                powers.push(next);
            }
            let rest = Self { terms: vec![(monomial.with(name, 0), number.clone())] };
            sum = sum.add(&rest.multiply(&powers[exponent], budget)?, budget)?;
        }
        Ok(sum)
    }

    /// The derivative.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn derivative(&self, name: Name, budget: &mut Budget) -> Result<Self, EvalError> {
        let mut terms = Vec::with_capacity(self.terms.len());
        for (monomial, number) in &self.terms {
            let exponent = monomial.exponent(name);
            if exponent > 0 {
                let number = budget.number(number * &Number::from(i64::from(exponent)))?;
                terms.push((monomial.with(name, exponent - 1), number));
            }
        }
        Self::collect(terms, budget)
    }

    /// The terms in the order in which they print: high ones first, but `6 - 2*x` where a positive constant meets a
    /// negative power of one variable.
    fn printed(&self) -> Vec<&(Monomial, Number)> {
        let mut terms: Vec<_> = self.terms.iter().collect();
        if let [first, last] = terms[..]
            && last.0.0.is_empty()
            && first.0.0.len() == 1
            && !last.1.is_negative()
            && first.1.is_negative()
        {
            terms.swap(0, 1);
        }
        terms
    }
}

/// Writes `2*x**2/3` for a coefficient without its sign.
fn write_term(formatter: &mut fmt::Formatter<'_>, monomial: &Monomial, number: &Number) -> fmt::Result {
    let (numerator, denominator) = (number.numerator(), number.denominator());
    let one = num_bigint::BigInt::from(1);
    let mut first = true;
    if numerator != one || monomial.0.is_empty() {
        write!(formatter, "{numerator}")?;
        first = false;
    }
    for (name, exponent) in &monomial.0 {
        formatter.write_str(if first { "" } else { "*" })?;
        first = false;
        match exponent {
            1 => write!(formatter, "{name}")?,
            _ => write!(formatter, "{name}**{exponent}")?,
        }
    }
    if denominator != one { write!(formatter, "/{denominator}") } else { Ok(()) }
}

impl fmt::Display for Polynomial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return formatter.write_str("0");
        }
        for (index, (monomial, number)) in self.printed().into_iter().enumerate() {
            formatter.write_str(number.sign_in_sum(index == 0))?;
            write_term(formatter, monomial, &number.abs())?;
        }
        Ok(())
    }
}
