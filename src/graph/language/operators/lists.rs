//! Operators on lists of numbers.

use std::collections::BTreeMap;

use super::operators;
use crate::Budget;
use crate::algebra::error::EvalError;
use crate::algebra::number::Number;
use crate::algebra::value::Scalar;

const EMPTY: EvalError = EvalError::Domain("an empty list has none");

fn scalar(values: &[Scalar], number: Number) -> Scalar {
    Scalar { number, is_decimal: values.iter().any(|scalar| scalar.is_decimal) }
}

fn sum(values: &[Scalar], budget: &mut Budget) -> Result<Number, EvalError> {
    values.iter().try_fold(Number::ZERO, |sum, value| budget.number(&sum + &value.number))
}

fn sorted(values: &[Scalar]) -> Vec<&Number> {
    let mut sorted: Vec<&Number> = values.iter().map(|value| &value.number).collect();
    sorted.sort();
    sorted
}

fn mean(values: &[Scalar], budget: &mut Budget) -> Result<Scalar, EvalError> {
    let mean = sum(values, budget)?.divide(&Number::from(values.len() as i64)).ok_or(EMPTY)?;
    Ok(scalar(values, budget.number(mean)?))
}

fn median(values: &[Scalar], budget: &mut Budget) -> Result<Scalar, EvalError> {
    let sorted = sorted(values);
    let middle = sorted.get(sorted.len() / 2).copied().ok_or(EMPTY)?;
    if sorted.len() % 2 == 1 {
        return Ok(scalar(values, middle.clone()));
    }
    let both = budget.number(middle + sorted[sorted.len() / 2 - 1])?;
    Ok(scalar(values, both.divide(&Number::from(2)).ok_or(EvalError::DivisionByZero)?))
}

fn mode(values: &[Scalar]) -> Result<Scalar, EvalError> {
    let mut counts: BTreeMap<&Number, usize> = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(&value.number).or_default() += 1);
    let most = counts.values().copied().max().ok_or(EMPTY)?;
    let mut found = counts.into_iter().filter(|(_, count)| *count == most);
    match (found.next(), found.next()) {
        (Some((number, _)), None) => Ok(scalar(values, number.clone())),
        _ => Err(EvalError::Domain("several numbers are as frequent")),
    }
}

operators! { budget;
    /// The sum of the numbers of a list.
    sum_all {
        (values: ListRat) -> Rat => Ok(scalar(&values, sum(&values, budget)?));
    }
    "What is the sum of 4, 9 and 20?", "sum_all(f0)" => "33",
    "def sum_all(values): return like(sum(values), *values)";

    /// The product of the numbers of a list.
    product_all {
        (values: ListRat) -> Rat => {
            let product = values.iter().try_fold(Number::ONE, |product, value| budget.number(&product * &value.number))?;
            Ok(scalar(&values, product))
        };
    }
    "Multiply 4, 9 and 20.", "product_all(f0)" => "720",
    "def product_all(values): return like(math.prod(values), *values)";

    /// The arithmetic mean of two numbers, or of a list.
    mean {
        (values: ListRat) -> Rat => mean(&values, budget);
        (a: Rat, b: Rat) -> Rat => mean(&[a, b], budget);
    }
    "What is the mean of 4, 9 and 20?", "mean(f0)" => "11",
    r#"def mean(*values):
    values = values[0] if len(values) == 1 else values
    return like(Fraction(sum(values)) / len(values), *values)"#;

    /// The median of the numbers of a list: the middle one by size, or the mean of the middle two.
    median {
        (values: ListRat) -> Rat => median(&values, budget);
    }
    "What is the median of 9, 20 and 4?", "median(f0)" => "9",
    r#"def median(values):
    by_size, count = sorted(values), len(values)
    return like((by_size[(count - 1) // 2] + by_size[count // 2]) / 2, *values)"#;

    /// The most frequent number of a list.
    mode {
        (values: ListRat) -> Rat => mode(&values);
    }
    "What is the mode of 4, 9, 4, 20?", "mode(f0)" => "4",
    "def mode(values): return like(max(values, key=values.count), *values)";

    /// The difference of the greatest and the smallest number of a list.
    range {
        (values: ListRat) -> Rat => {
            let sorted = sorted(&values);
            match (sorted.first(), sorted.last()) {
                (Some(least), Some(most)) => Ok(scalar(&values, budget.number(*most - *least)?)),
                _ => Err(EMPTY),
            }
        };
    }
    "What is the range of 4, 9, 20?", "range(f0)" => "16",
    "def range_(values): return like(max(values) - min(values), *values)";

    /// The number of elements of a list.
    count {
        (values: ListRat) -> Int => Ok(Number::from(values.len() as i64));
    }
    "How many divisors does 28 have?", "count(divisors(f0))" => "6",
    "def count(values): return Fraction(len(values))";

    /// The term at a place of the sequence that begins so: the value of the polynomial of lowest degree that fits.
    term {
        (values: ListRat, place: Ordinal) -> Rat => {
            let place = Number::from(i64::from(place));
            Ok(scalar(&values, super::polynomials::term(&values, place, budget)?))
        };
        (values: ListRat, place: Int) -> Rat =>
            Ok(scalar(&values, super::polynomials::term(&values, place, budget)?));
    }
    "What is the 10th term of 5, 8, 11?", "term(f1, f0)" => "32",
    "def term(values, place): return like(evaluated(interpolated(values, constant(place))), *values)";

    /// The next term of a geometric sequence.
    next_ratio {
        (values: ListRat) -> Rat => {
            let ratio = |pair: &[Scalar]| pair[1].number.divide(&pair[0].number).ok_or(EvalError::DivisionByZero);
            let ratios = values.windows(2).map(ratio).collect::<Result<Vec<Number>, _>>()?;
            match (&ratios[..], values.last()) {
                ([first, .., last], Some(end)) if ratios.iter().all(|ratio| ratio == first) => {
                    Ok(scalar(&values, budget.number(&end.number * last)?))
                }
                _ => Err(EvalError::Domain("the ratio is not fixed")),
            }
        };
    }
    "What comes next in 3, 6, 12, 24?", "next_ratio(f0)" => "48",
    "def next_ratio(values): return like(values[-1] * values[-1] / values[-2], *values)";
}
