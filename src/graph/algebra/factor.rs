//! Factors and roots of polynomials in one variable.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::budget::Budget;
use super::error::EvalError;
use super::expr::{Expr, Operation};
use super::linear_factors::{LinearFactors, linear_factors};
use super::name::Name;
use super::number::Number;
use super::polynomial::Polynomial;

/// Integer coefficients, the constant's first, the last one not zero. Empty for 0.
type Coefficients = Vec<BigInt>;

/// A factored polynomial.
struct Factored {
    content: Number,
    /// Primitive factors with positive leading coefficients.
    factors: Vec<(Coefficients, u32)>,
}

/// The rational roots of a polynomial in one variable, ascending.
///
/// # Errors
/// For 0, which has all numbers as roots, or when the budget is spent.
pub fn roots(polynomial: &Polynomial, name: Name, budget: &mut Budget) -> Result<Vec<Number>, EvalError> {
    if polynomial.is_zero() {
        return Err(EvalError::Undetermined(name));
    }
    let coefficients = polynomial.coefficients(name)?;
    if let Some(LinearFactors { roots, .. }) = linear_factors(&coefficients) {
        budget.spend(coefficients.len() as u64 * 8)?;
        let number = |((p, q), _): ((i64, i64), u32)| Number::quotient(p.into(), q.into());
        let mut roots: Vec<Number> = roots.into_iter().filter_map(number).collect();
        roots.sort_unstable();
        return Ok(roots);
    }
    let factored = factored(&coefficients, budget)?;
    let linear = factored.factors.iter().filter(|(factor, _)| factor.len() == 2);
    let root = |(factor, _): &(Coefficients, u32)| Number::from(-&factor[0]).divide(&Number::from(factor[1].clone()));
    let mut roots: Vec<Number> = linear.filter_map(root).collect();
    roots.sort_unstable();
    Ok(roots)
}

/// A polynomial in one variable as a product: its content, and primitive factors with positive leading coefficients.
/// All linear factors over the rationals are split off; the rest is split only at repeated factors.
///
/// # Errors
/// For several variables, or when the budget is spent.
pub fn factor(polynomial: &Polynomial, budget: &mut Budget) -> Result<Expr, EvalError> {
    if let Some(number) = polynomial.constant() {
        return Ok(Expr::Number(number));
    }
    let [name] = polynomial.variables()[..] else { return Err(EvalError::NotUnivariate) };
    let Factored { content, mut factors } = factored(&polynomial.coefficients(name)?, budget)?;
    factors.sort_by(|a, b| order(&a.0, &b.0).then(a.1.cmp(&b.1)));
    let (numerator, denominator) = (content.numerator(), content.denominator());
    let mut product: Option<Expr> = (!numerator.abs().is_one()).then(|| Expr::Number(numerator.clone().into()));
    for (coefficients, multiplicity) in factors {
        let numbers: Vec<Number> = coefficients.into_iter().map(Number::from).collect();
        let base = Expr::from_polynomial(Polynomial::from_coefficients(name, &numbers));
        let power = match multiplicity {
            1 => base,
            n => Expr::binary(Operation::Power, base, Expr::Number(i64::from(n).into())),
        };
        product = Some(match product {
            None => power,
            Some(product) => Expr::binary(Operation::Multiply, product, power),
        });
    }
    let mut result = product.unwrap_or(Expr::Number(Number::ONE));
    if numerator == BigInt::from(-1) {
        result = Expr::Negate(result.into());
    }
    if !denominator.is_one() {
        result = Expr::binary(Operation::Divide, result, Expr::Number(denominator.into()));
    }
    Ok(result)
}

/// Factors in printed order: by number of terms, then term by term from the highest, by exponent and coefficient.
fn order(a: &Coefficients, b: &Coefficients) -> std::cmp::Ordering {
    let terms = |factor: &Coefficients| -> Vec<(usize, BigInt)> {
        factor.iter().cloned().enumerate().rev().filter(|(_, coefficient)| !coefficient.is_zero()).collect()
    };
    let (a, b) = (terms(a), terms(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(&b))
}

fn factored(coefficients: &[Number], budget: &mut Budget) -> Result<Factored, EvalError> {
    if let Some(LinearFactors { content, roots }) = linear_factors(coefficients) {
        budget.spend(coefficients.len() as u64 * 8)?;
        let linear = |((p, q), count): ((i64, i64), u32)| (vec![BigInt::from(-p), BigInt::from(q)], count);
        return Ok(Factored { content, factors: roots.into_iter().map(linear).collect() });
    }
    let degree = coefficients.len() as u64;
    budget.spend(degree.saturating_mul(degree).saturating_mul(degree))?;
    let denominator = coefficients.iter().fold(BigInt::one(), |all, number| all.lcm(&number.denominator()));
    let whole: Coefficients =
        coefficients.iter().map(|number| number.numerator() * (&denominator / number.denominator())).collect();
    let zeros = whole.iter().take_while(|coefficient| coefficient.is_zero()).count();
    let (primitive, content) = primitive(trimmed(whole[zeros..].to_vec()));
    let mut factors = Vec::new();
    if zeros > 0 {
        factors.push((vec![BigInt::zero(), BigInt::one()], zeros as u32));
    }
    for (part, multiplicity) in square_free(primitive, budget)? {
        for factor in split(part, budget)? {
            factors.push((factor, multiplicity));
        }
    }
    let content = Number::from(content).divide(&Number::from(denominator)).ok_or(EvalError::DivisionByZero)?;
    Ok(Factored { content, factors })
}

fn trimmed(mut polynomial: Coefficients) -> Coefficients {
    while polynomial.last().is_some_and(Zero::is_zero) {
        polynomial.pop();
    }
    polynomial
}

/// The primitive part with a positive leading coefficient, and the content to multiply it by.
fn primitive(polynomial: Coefficients) -> (Coefficients, BigInt) {
    let content = polynomial.iter().fold(BigInt::zero(), |all, coefficient| all.gcd(coefficient));
    if content.is_zero() {
        return (polynomial, content);
    }
    let content = if polynomial.last().is_some_and(Signed::is_negative) { -content } else { content };
    (polynomial.into_iter().map(|coefficient| coefficient / &content).collect(), content)
}

fn derivative(polynomial: &[BigInt]) -> Coefficients {
    trimmed(polynomial.iter().enumerate().skip(1).map(|(exponent, coefficient)| coefficient * exponent).collect())
}

/// Quotient and remainder of `a`, times a power of the leading coefficient of `b`, by `b`.
fn divide(a: &[BigInt], b: &[BigInt], budget: &mut Budget) -> Result<(Coefficients, Coefficients), EvalError> {
    let Some(lead) = b.last() else { return Err(EvalError::DivisionByZero) };
    let mut rest = a.to_vec();
    let mut quotient = vec![BigInt::zero(); (a.len() + 1).saturating_sub(b.len())];
    while rest.len() >= b.len() {
        budget.spend(b.len() as u64 + 1 + lead.bits() / 256)?;
        let shift = rest.len() - b.len();
        let top = rest[rest.len() - 1].clone();
        rest.iter_mut().chain(&mut quotient).for_each(|coefficient| *coefficient *= lead);
        quotient[shift] += &top;
        for (offset, coefficient) in b.iter().enumerate() {
            rest[shift + offset] -= coefficient * &top;
        }
        // The leading terms cancel.
        rest.pop();
        rest = trimmed(rest);
    }
    Ok((quotient, rest))
}

fn common_divisor(a: Coefficients, b: Coefficients, budget: &mut Budget) -> Result<Coefficients, EvalError> {
    let (mut a, mut b) = (primitive(a).0, primitive(b).0);
    while !b.is_empty() {
        let rest = divide(&a, &b, budget)?.1;
        (a, b) = (b, primitive(rest).0);
    }
    Ok(a)
}

/// `a/b` where it goes without remainder, up to a constant.
fn exact(a: &[BigInt], b: &[BigInt], budget: &mut Budget) -> Result<Coefficients, EvalError> {
    Ok(primitive(trimmed(divide(a, b, budget)?.0)).0)
}

/// The parts of a primitive polynomial by multiplicity: `f = f1 * f2^2 * f3^3 ...`, each without repeated factors.
fn square_free(polynomial: Coefficients, budget: &mut Budget) -> Result<Vec<(Coefficients, u32)>, EvalError> {
    let mut parts = Vec::new();
    let mut repeated = common_divisor(polynomial.clone(), derivative(&polynomial), budget)?;
    let mut simple = exact(&polynomial, &repeated, budget)?;
    let mut multiplicity = 1;
    while simple.len() > 1 {
        let next = common_divisor(simple.clone(), repeated.clone(), budget)?;
        let part = exact(&simple, &next, budget)?;
        if part.len() > 1 {
            parts.push((part, multiplicity));
        }
        repeated = exact(&repeated, &next, budget)?;
        simple = next;
        multiplicity += 1;
    }
    Ok(parts)
}

/// The linear factors of a polynomial without repeated factors, and the remaining factor.
fn split(polynomial: Coefficients, budget: &mut Budget) -> Result<Vec<Coefficients>, EvalError> {
    if polynomial.len() <= 2 {
        return Ok(vec![polynomial]);
    }
    let lead = polynomial[polynomial.len() - 1].clone();
    // a^(n-1) * f(y/a) is monic with integer coefficients; its integer roots are `a` times the rational roots of f.
    let degree = polynomial.len() - 1;
    let mut monic: Coefficients = polynomial.clone();
    let mut power = BigInt::one();
    for exponent in (0..degree).rev() {
        monic[exponent] *= &power;
        power *= &lead;
    }
    monic[degree] = BigInt::one();
    let mut factors = Vec::new();
    let mut rest = polynomial;
    for root in integer_roots(&monic, budget)? {
        let linear = primitive(vec![-root, lead.clone()]).0;
        rest = exact(&rest, &linear, budget)?;
        factors.push(linear);
    }
    if rest.len() > 1 {
        factors.push(rest);
    }
    Ok(factors)
}

fn value(polynomial: &[BigInt], at: &BigInt) -> BigInt {
    polynomial.iter().rev().fold(BigInt::zero(), |sum, coefficient| sum * at + coefficient)
}

/// The integer roots of a monic polynomial without repeated factors: roots modulo a prime are lifted by Newton's method
/// (Hensel's lemma) beyond Cauchy's bound of the roots, and tried.
fn integer_roots(monic: &[BigInt], budget: &mut Budget) -> Result<Vec<BigInt>, EvalError> {
    let slope = derivative(monic);
    let bound: BigInt = monic.iter().map(Signed::abs).max().unwrap_or_default() + 1;
    for prime in (101..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).take(400) {
        let modulus = BigInt::from(prime);
        budget.spend(prime as u64 * (1 + bound.bits() / 256))?;
        let reduce = |polynomial: &[BigInt]| -> Vec<i64> {
            let digits = polynomial.iter().map(|coefficient| coefficient.mod_floor(&modulus));
            digits.map(|digit| i64::try_from(&digit).expect("a rest of a division by a small prime")).collect()
        };
        let (small, small_slope) = (reduce(monic), reduce(&slope));
        let at = |polynomial: &[i64], x: i64| polynomial.iter().rev().fold(0, |sum, digit| (sum * x + digit) % prime);
        let starts: Vec<i64> = (0..prime).filter(|&x| at(&small, x) == 0).collect();
        if starts.iter().any(|&x| at(&small_slope, x) == 0) {
            continue;
        }
        let mut roots = Vec::new();
        for start in starts {
            let root = lift(monic, &slope, BigInt::from(start), &modulus, &bound, budget)?;
            if value(monic, &root).is_zero() {
                roots.push(root);
            }
        }
        return Ok(roots);
    }
    Err(EvalError::OutOfSteps)
}

fn lift(
    monic: &[BigInt],
    slope: &[BigInt],
    start: BigInt,
    prime: &BigInt,
    bound: &BigInt,
    budget: &mut Budget,
) -> Result<BigInt, EvalError> {
    let (mut root, mut modulus) = (start, prime.clone());
    let mut inverse = value(slope, &root).modinv(prime).ok_or(EvalError::DivisionByZero)?;
    while modulus <= bound * 2 {
        budget.spend(monic.len() as u64 * (1 + modulus.bits() / 256))?;
        modulus = &modulus * &modulus;
        root = (&root - value(monic, &root) * &inverse).mod_floor(&modulus);
        inverse = (&inverse * (BigInt::from(2) - value(slope, &root) * &inverse)).mod_floor(&modulus);
    }
    Ok(if &root * 2 > modulus { root - modulus } else { root })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::bindings::Bindings;
    use crate::question::whole_expression;

    fn factored_text(text: &str) -> String {
        let budget = &mut Budget::default();
        let polynomial = Bindings::default().polynomial(&whole_expression(text).unwrap(), budget).unwrap();
        factor(&polynomial, budget).unwrap().to_string()
    }

    #[test]
    fn factors_print_in_order() {
        for (product, printed) in [
            ("-2*(v + 64)*(v - 764)**3/9", "-2*(v - 764)**3*(v + 64)/9"),
            ("-(3*a - 1)*(a - 2)**2/11", "-(a - 2)**2*(3*a - 1)/11"),
            ("-m*(m + 3)/4", "-m*(m + 3)/4"),
            ("x**2 - 2", "x**2 - 2"),
            ("(x**2 + 1)**2*(x - 5)*x**3", "x**3*(x - 5)*(x**2 + 1)**2"),
            ("(x - 1)**13", "(x - 1)**13"),
            ("(1000000007*x - 1000000009)*(x**2 + 3)", "(1000000007*x - 1000000009)*(x**2 + 3)"),
            ("(x - 123456789012345678901234567890)*(x + 1)", "(x - 123456789012345678901234567890)*(x + 1)"),
            ("7/2 - 3", "1/2"),
        ] {
            assert_eq!(factored_text(product), printed);
        }
    }
}
