//! Operators on polynomials and on expressions that have a normal form.

use std::sync::Arc;

use super::operators;
use crate::algebra::bindings::Bindings;
use crate::algebra::error::EvalError;
use crate::algebra::expr::Expr;
use crate::algebra::name::Name;
use crate::algebra::number::Number;
use crate::algebra::polynomial::{Monomial, Polynomial};
use crate::algebra::value::Scalar;
use crate::{
    Budget,
    algebra::{factor as factoring, power, surd},
};

fn polynomial(expr: &Expr, budget: &mut Budget) -> Result<Polynomial, EvalError> {
    Bindings::default().polynomial(expr, budget)
}

/// The only variable of a polynomial; for a constant any name would do, and there is none.
fn only_variable(polynomial: &Polynomial) -> Result<Option<Name>, EvalError> {
    match polynomial.variables()[..] {
        [] => Ok(None),
        [name] => Ok(Some(name)),
        _ => Err(EvalError::NotUnivariate),
    }
}

/// The derivative of some order, by a variable or by the only one.
fn derivative(expr: &Expr, name: Option<Name>, order: u32, budget: &mut Budget) -> Result<Arc<Expr>, EvalError> {
    let mut result = polynomial(expr, budget)?;
    let name = match name {
        Some(name) => Some(name),
        None => only_variable(&result)?,
    };
    for _ in 0..order {
        result = match name {
            Some(name) if !result.is_zero() => result.derivative(name, budget)?,
            _ => Polynomial::default(),
        };
        budget.spend(1)?;
    }
    Ok(Arc::new(Expr::from_polynomial(result)))
}

/// Newton's interpolation at 1, 2, 3, ...: the polynomial of lowest degree, as its values' first differences.
fn differences(values: &[Scalar], budget: &mut Budget) -> Result<Vec<Number>, EvalError> {
    if values.is_empty() {
        return Err(EvalError::Domain("an empty sequence has no terms"));
    }
    budget.spend((values.len() * values.len()) as u64)?;
    let mut row: Vec<Number> = values.iter().map(|scalar| scalar.number.clone()).collect();
    let mut first = Vec::with_capacity(row.len());
    while let Some(head) = row.first() {
        first.push(head.clone());
        row = row.windows(2).map(|pair| &pair[1] - &pair[0]).collect();
    }
    while first.last().is_some_and(Number::is_zero) {
        first.pop();
    }
    Ok(first)
}

/// The sum of `differences[k]` times the binomial coefficient of `x - 1` over `k`.
fn interpolated(differences: &[Number], x: &Polynomial, budget: &mut Budget) -> Result<Polynomial, EvalError> {
    let mut sum = Polynomial::default();
    let mut binomial = Polynomial::number(Number::ONE);
    for (index, difference) in differences.iter().enumerate() {
        sum = sum.add_scaled(&binomial, difference, budget)?;
        let below = Number::from(index as i64 + 1);
        let factor = x.subtract(&Polynomial::number(below.clone()), budget)?;
        let inverse = Number::ONE.divide(&below).ok_or(EvalError::DivisionByZero)?;
        binomial = binomial.multiply(&factor, budget)?.scale(&inverse, budget)?;
    }
    Ok(sum)
}

/// The term of a sequence at a place: the value of the polynomial of lowest degree that fits.
pub(super) fn term(values: &[Scalar], place: Number, budget: &mut Budget) -> Result<Number, EvalError> {
    let differences = differences(values, budget)?;
    let value = interpolated(&differences, &Polynomial::number(place), budget)?;
    Ok(value.constant().unwrap_or(Number::ZERO))
}

/// An error if all of some polynomials are numbers, which have operators of their own.
fn not_numbers(polynomials: &[&Polynomial]) -> Result<(), EvalError> {
    let are_numbers = polynomials.iter().all(|polynomial| polynomial.constant().is_some());
    if are_numbers { Err(EvalError::Domain("there is no variable")) } else { Ok(()) }
}

/// The antiderivative of a polynomial that is zero at zero, by a variable or by the only one.
fn antiderivative(expr: &Expr, name: Option<Name>, budget: &mut Budget) -> Result<(Polynomial, Name), EvalError> {
    let polynomial = polynomial(expr, budget)?;
    let name = match name {
        Some(name) => name,
        None => only_variable(&polynomial)?.ok_or(EvalError::NotUnivariate)?,
    };
    let mut sum = Polynomial::default();
    for (monomial, coefficient) in polynomial.terms() {
        let exponent = monomial.exponent(name).checked_add(1).ok_or(EvalError::TooManyDigits)?;
        let mut factors: Vec<(Name, u32)> =
            monomial.factors().iter().copied().filter(|factor| factor.0 != name).collect();
        factors.push((name, exponent));
        let scale = coefficient.divide(&Number::from(i64::from(exponent))).ok_or(EvalError::DivisionByZero)?;
        let mut power = Polynomial::number(Number::ONE);
        for (factor, exponent) in factors {
            power = power.multiply(&Polynomial::variable(factor).power(exponent, budget)?, budget)?;
        }
        sum = sum.add_scaled(&power, &scale, budget)?;
    }
    Ok((sum, name))
}

/// The integral of a polynomial in one variable between two bounds.
fn integral(expr: &Expr, from: &Scalar, to: &Scalar, budget: &mut Budget) -> Result<Scalar, EvalError> {
    let (sum, name) = antiderivative(expr, None, budget)?;
    let mut at = |bound: &Scalar| {
        let value = sum.substitute(name, &Polynomial::number(bound.number.clone()), budget)?;
        value.constant().ok_or(EvalError::NotUnivariate)
    };
    let (upper, lower) = (at(to)?, at(from)?);
    Ok(Scalar { number: &upper - &lower, is_decimal: from.is_decimal || to.is_decimal || expr.has_decimal() })
}

/// The coefficient that a name stands for in a form.
fn named_coefficient(expr: &Polynomial, form: &Polynomial, name: Name) -> Result<Number, EvalError> {
    let main = expr.variables();
    let mut found = form.terms().iter().filter(|(monomial, _)| monomial.exponent(name) == 1);
    let (Some((monomial, scale)), None) = (found.next(), found.next()) else {
        return Err(EvalError::Domain("the form must have the coefficient in one term"));
    };
    let is_named = |other: &(Name, u32)| other.0 != name;
    let wanted: Vec<(Name, u32)> = monomial.factors().iter().copied().filter(is_named).collect();
    // A form is meant for this polynomial if the polynomial has no variables besides those of the form.
    let known = form.variables();
    if main.iter().any(|variable| !known.contains(variable) || *variable == name) {
        return Err(EvalError::Domain("the form is in other variables"));
    }
    expr.coefficient(&Monomial::from_factors(&wanted)).divide(scale).ok_or(EvalError::DivisionByZero)
}

operators! { budget;
    /// A polynomial in normal form: multiplied out, with like terms together.
    expand {
        (expr: Expr) -> Poly => polynomial(&expr, budget).map(Arc::new);
    }
    "Expand (2 + 2*m - 2)*(5*m - 187 + 184 - 10*m).", "expand(f0)" => "-10*m**2 - 6*m",
    "def expand(expr): return polynomial(expr)";

    /// A polynomial in one variable as a product: all linear factors over the rational numbers are split off. A factor
    /// of higher degree without rational roots stays whole unless it is repeated.
    factor {
        (expr: Expr) -> Expr => factoring::factor(&polynomial(&expr, budget)?, budget).map(Arc::new);
    }
    "Factor -2*o**2/9 + 1294*o + 151736/9.", "factor(f0)" => "-2*(o - 5836)*(o + 13)/9",
    "def factor(expr): return as_product(polynomial(expr))";

    /// The derivative of a polynomial, once or as often as the ordinal says, by the variable or by the only one.
    diff {
        (expr: Expr) -> Expr => derivative(&expr, None, 1, budget);
        (expr: Expr, name: Var) -> Expr => derivative(&expr, Some(name), 1, budget);
        (expr: Expr, order: Ordinal) -> Expr => derivative(&expr, None, order, budget);
        (expr: Expr, name: Var, order: Ordinal) -> Expr => derivative(&expr, Some(name), order, budget);
    }
    "What is the second derivative of -84*h**4 + 1178*h**3 - 3*h**2 - 9761278*h wrt h?",
    "diff(f1, f2, f0)" => "-1008*h**2 + 7068*h - 6",
    r#"def diff(expr, *how):
    name = next((part for part in how if isinstance(part, str)), None)
    return derivatives(expr, name, next((part for part in how if isinstance(part, int)), 1))"#;

    /// The value of the coefficient that a variable names in a form of a polynomial.
    coefficient_in_form {
        (expr: Expr, form: Expr, name: Var) -> Rat => {
            let expr = polynomial(&expr, budget)?;
            let form = polynomial(&form, budget)?;
            Ok(Scalar { number: named_coefficient(&expr, &form, name)?, is_decimal: false })
        };
    }
    "Express 2275*f + 264*f + 773*f + 529*f in the form t + o*f and give o.",
    "coefficient_in_form(f0, f1, f2)" => "3841",
    r#"def coefficient_in_form(expr, form, name):
    [(monomial, scale)] = [term for term in polynomial(form).items() if (name, 1) in term[0]]
    rest = tuple(factor for factor in monomial if factor[0] != name)
    return polynomial(expr).get(rest, Fraction(0)) / scale"#;

    /// A product of powers of positive variables as one power of each.
    simplify_power {
        (expr: Expr) -> Power => power::Power::simplify(&expr, budget).map(Arc::new);
    }
    "Simplify f*f**17*f*f*f**(-7) assuming f is positive.", "simplify_power(f0)" => "f**13",
    "def simplify_power(expr): return as_power(expr)";

    /// An expression of square roots as a sum of multiples of roots without square factors.
    simplify_surd {
        (expr: Expr) -> Surd => surd::Surd::simplify(&expr, budget).map(Arc::new);
    }
    "Simplify (2*sqrt(85)*-1)/sqrt(5).", "simplify_surd(f0)" => "-2*sqrt(17)",
    "def simplify_surd(expr): return as_surd(expr)";

    /// The polynomial of lowest degree with the given values at 1, 2, 3, ...
    fit_sequence {
        (values: ListRat, name: Var) -> Poly => {
            let differences = differences(&values, budget)?;
            interpolated(&differences, &Polynomial::variable(name), budget).map(Arc::new)
        };
    }
    "What is the a'th term of -4090779, -4090780, -4090781, -4090782?",
    "fit_sequence(f1, f0)" => "-a - 4090778",
    "def fit_sequence(values, name): return interpolated(values, variable(name))";

    /// The value of a polynomial where its variable has a value.
    eval_at {
        (polynomial: Poly, name: Var, at: Rat) -> Rat => {
            let at = Polynomial::number(at.number);
            let number = polynomial.substitute(name, &at, budget)?.constant().ok_or(EvalError::NotUnivariate)?;
            Ok(Scalar { number, is_decimal: false })
        };
    }
    "Let c(b) = 2*b**2 + 739*b + 37711. What is c(-61)?", "eval_at(expand(f2), f1, -61)" => "74",
    "def eval_at(poly, name, place): return evaluated(substituted(polynomial(poly), name, constant(place)))";

    /// The next term of a sequence: the value of the polynomial of lowest degree that fits.
    next_term {
        (values: ListRat) -> Rat => {
            let differences = differences(&values, budget)?;
            let next = Polynomial::number(Number::from(values.len() as i64 + 1));
            let number = interpolated(&differences, &next, budget)?.constant().unwrap_or(Number::ZERO);
            Ok(Scalar { number, is_decimal: values.iter().any(|scalar| scalar.is_decimal) })
        };
    }
    "What is next in -3129864, -3129867, -3129870, -3129873?", "next_term(f0)" => "-3129876",
    "def next_term(values): return like(evaluated(interpolated(values, constant(len(values) + 1))), *values)";

    /// The antiderivative of a polynomial that is zero at zero, by the variable or by the only one; or the integral
    /// between two bounds.
    integrate {
        (expr: Expr) -> Poly => Ok(Arc::new(antiderivative(&expr, None, budget)?.0));
        (expr: Expr, name: Var) -> Poly => Ok(Arc::new(antiderivative(&expr, Some(name), budget)?.0));
        (expr: Expr, from: Rat, to: Rat) -> Rat => integral(&expr, &from, &to, budget);
    }
    "Integrate 6*x**2 + 4.", "integrate(f0)" => "2*x**3 + 4*x",
    r#"def integrate(expr, *how):
    poly = polynomial(expr)
    name = how[0] if len(how) == 1 else only_variable(poly)
    integral = antiderivative(poly, name)
    if len(how) < 2:
        return integral
    lower, upper = [evaluated(substituted(integral, name, constant(bound))) for bound in how]
    return like(upper - lower, expr, *how)"#;

    /// The slope of a polynomial in one variable at a place.
    slope {
        (expr: Expr, at: Rat) -> Rat => {
            not_numbers(&[&polynomial(&expr, budget)?])?;
            let slope = polynomial(&*derivative(&expr, None, 1, budget)?, budget)?;
            let value = match only_variable(&slope)? {
                Some(name) => slope.substitute(name, &Polynomial::number(at.number), budget)?,
                None => slope,
            };
            Ok(Scalar { number: value.constant().ok_or(EvalError::NotUnivariate)?, is_decimal: at.is_decimal })
        };
    }
    "What is the derivative of 6*x**2 + 4 when x is 3?", "slope(f0, f2)" => "36",
    r#"def slope(expr, place):
    poly = polynomial(expr)
    name = only_variable(poly)
    return like(evaluated(substituted(derivative(poly, name), name, constant(place))), place)"#;

    /// The greatest sum of exponents of a term of a polynomial.
    degree {
        (expr: Expr) -> Int => {
            let polynomial = polynomial(&expr, budget)?;
            not_numbers(&[&polynomial])?;
            let degree = |monomial: &Monomial| monomial.factors().iter().map(|factor| i64::from(factor.1)).sum::<i64>();
            Ok(Number::from(polynomial.terms().iter().map(|(monomial, _)| degree(monomial)).max().unwrap_or(0)))
        };
    }
    "What is the degree of 6*x**2 + 4?", "degree(f0)" => "2",
    "def degree(expr): return Fraction(max(sum(power for _, power in monomial) for monomial in polynomial(expr)))";

    /// The sum of two polynomials, not both numbers.
    sum_poly {
        (a: Poly, b: Poly) -> Poly => {
            not_numbers(&[&a, &b])?;
            a.add(&b, budget).map(Arc::new)
        };
    }
    "Add 6*x**2 + 4 to 3*x - 1.", "sum_poly(expand(f1), expand(f0))" => "6*x**2 + 3*x + 3",
    "def sum_poly(a, b): return polynomial(a) + polynomial(b)";

    /// The difference of two polynomials, not both numbers.
    difference_poly {
        (a: Poly, b: Poly) -> Poly => {
            not_numbers(&[&a, &b])?;
            a.subtract(&b, budget).map(Arc::new)
        };
    }
    "Subtract 6*x**2 + 4 from 3*x - 1.", "difference_poly(expand(f1), expand(f0))" => "-6*x**2 + 3*x - 5",
    "def difference_poly(a, b): return polynomial(a) - polynomial(b)";

    /// The product of two polynomials, not both numbers.
    product_poly {
        (a: Poly, b: Poly) -> Poly => {
            not_numbers(&[&a, &b])?;
            a.multiply(&b, budget).map(Arc::new)
        };
    }
    "Multiply x - 1 by x + 1.", "product_poly(expand(f0), expand(f1))" => "x**2 - 1",
    "def product_poly(a, b): return polynomial(a) * polynomial(b)";
}
