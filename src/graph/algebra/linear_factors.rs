//! Polynomials with small coefficients that are products of linear factors, which most questions have: roots are
//! guessed in floating point by Laguerre's method, and each guess is proved by exact division. Other polynomials are
//! left to [`factor`](super::factor).

use num_integer::Integer;

use super::number::Number;

/// A polynomial as `content * x^zeros * (q1*x - p1)^n1 * ...`.
pub struct LinearFactors {
    /// The content, of the sign of the leading coefficient.
    pub content: Number,
    /// Numerator `p` and positive denominator `q` of each root in lowest terms, with its multiplicity; zero among them.
    pub roots: Vec<((i64, i64), u32)>,
}

/// The highest degree that is tried.
const MAX_DEGREE: usize = 12;

/// The linear factors of a polynomial with these coefficients, the constant's first and the last not zero; `None` if
/// there are others, or numbers become large.
pub fn linear_factors(coefficients: &[Number]) -> Option<LinearFactors> {
    let degree = coefficients.len().checked_sub(1)?;
    if !(1..=MAX_DEGREE).contains(&degree) {
        return None;
    }
    let parts: Vec<(i64, i64)> = coefficients.iter().map(Number::parts).collect::<Option<_>>()?;
    let mut denominator: i64 = 1;
    for (_, d) in &parts {
        denominator = (denominator / denominator.gcd(d)).checked_mul(*d)?;
    }
    let mut whole = Vec::with_capacity(parts.len());
    for (n, d) in &parts {
        whole.push(n.checked_mul(denominator / d)?);
    }
    let divisor = whole.iter().fold(0i64, |all, number| all.gcd(number)) * whole[degree].signum();
    let mut rest: Vec<i128> = whole.iter().map(|number| i128::from(number / divisor)).collect();
    let content = Number::quotient(i128::from(divisor), i128::from(denominator))?;
    let mut roots = Vec::with_capacity(degree);
    while rest.len() > 1 {
        let root = if rest[0] == 0 { (0, 1) } else { guess(&rest)? };
        rest = without(&rest, root)?;
        roots.push(root);
    }
    roots.sort_unstable();
    let mut counted: Vec<((i64, i64), u32)> = Vec::with_capacity(roots.len());
    for root in roots {
        match counted.last_mut() {
            Some(last) if last.0 == root => last.1 += 1,
            _ => counted.push((root, 1)),
        }
    }
    Some(LinearFactors { content, roots: counted })
}

/// A candidate for a rational root, as numerator and denominator: near a real zero of the polynomial, with a
/// denominator that divides the leading coefficient.
fn guess(polynomial: &[i128]) -> Option<(i64, i64)> {
    let degree = polynomial.len() - 1;
    let lead = i64::try_from(polynomial[degree]).ok()?;
    if degree == 1 {
        return reduced(i64::try_from(polynomial[0]).ok()?.checked_neg()?, lead);
    }
    let numbers: Vec<f64> = polynomial.iter().map(|number| *number as f64).collect();
    let n = degree as f64;
    let mut x = 0.0f64;
    for _ in 0..40 {
        // Value, first and half of the second derivative by Horner's rule.
        let (mut value, mut first, mut second) = (0.0, 0.0, 0.0);
        for number in numbers.iter().rev() {
            second = second * x + first;
            first = first * x + value;
            value = value * x + number;
        }
        if value == 0.0 {
            break;
        }
        let (g, h) = (first / value, (first / value).powi(2) - 2.0 * second / value);
        // Negative only where there are complex zeros, or by rounding near a repeated one.
        let root = ((n - 1.0) * (n * h - g * g)).max(0.0).sqrt();
        let below = if g < 0.0 { g - root } else { g + root };
        let step = n / below;
        if !step.is_finite() {
            return None;
        }
        x -= step;
        if step.abs() <= 1e-15 * x.abs() {
            break;
        }
    }
    let scaled = (x * lead as f64).round();
    // Whole numbers up to 2^53 are exact in floating point.
    (scaled.abs() < 9e15).then_some(())?;
    reduced(scaled as i64, lead)
}

fn reduced(numerator: i64, denominator: i64) -> Option<(i64, i64)> {
    let divisor = numerator.gcd(&denominator) * denominator.signum();
    (divisor != 0).then(|| (numerator / divisor, denominator / divisor))
}

/// The quotient of a primitive polynomial by `q*x - p`, whole by Gauss's lemma; `None` if there is a remainder.
fn without(polynomial: &[i128], (p, q): (i64, i64)) -> Option<Vec<i128>> {
    let (p, q) = (i128::from(p), i128::from(q));
    let degree = polynomial.len() - 1;
    let mut quotient = vec![0; degree];
    let mut carried = 0i128;
    for exponent in (1..=degree).rev() {
        let number = polynomial[exponent].checked_add(carried)?;
        if number % q != 0 {
            return None;
        }
        quotient[exponent - 1] = number / q;
        carried = quotient[exponent - 1].checked_mul(p)?;
    }
    (polynomial[0].checked_add(carried)? == 0).then_some(quotient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_of_linear_factors_come_apart(
            roots in prop::collection::vec((-3000i64..3000, 1i64..7), 1..5),
            content in (-50i64..50, 1i64..50),
        ) {
            prop_assume!(content.0 != 0);
            let roots: Vec<(i64, i64)> = roots.into_iter().filter_map(|(p, q)| reduced(p, q)).collect();
            let mut product = vec![Number::quotient(content.0.into(), content.1.into()).unwrap()];
            for (p, q) in &roots {
                let mut next = vec![Number::ZERO; product.len() + 1];
                for (exponent, number) in product.iter().enumerate() {
                    next[exponent + 1] = &next[exponent + 1] + &(number * &Number::from(*q));
                    next[exponent] = &next[exponent] - &(number * &Number::from(*p));
                }
                product = next;
            }
            // Guesses may fail where roots are close together, but never give wrong ones.
            if let Some(found) = linear_factors(&product) {
                let mut flat: Vec<(i64, i64)> =
                    found.roots.iter().flat_map(|(root, count)| std::iter::repeat_n(*root, *count as usize)).collect();
                let mut expected = roots.clone();
                flat.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(flat, expected);
                prop_assert_eq!(found.content, Number::quotient(content.0.into(), content.1.into()).unwrap());
            } else {
                prop_assert!(roots.len() > 1);
            }
        }
    }

    #[test]
    fn what_is_no_such_product_is_left() {
        let whole = |numbers: &[i64]| numbers.iter().map(|number| Number::from(*number)).collect::<Vec<_>>();
        assert!(linear_factors(&whole(&[1, 0, 1])).is_none());
        assert!(linear_factors(&whole(&[-2, 0, 1])).is_none());
        assert!(linear_factors(&whole(&[5])).is_none());
        assert_eq!(linear_factors(&whole(&[0, 0, 3])).unwrap().roots, [((0, 1), 2)]);
        assert_eq!(linear_factors(&whole(&[1, 2, 1])).unwrap().roots, [((-1, 1), 2)]);
    }
}
