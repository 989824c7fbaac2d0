//! Operators on percentages and shares.

use super::operators;
use crate::Budget;
use crate::algebra::error::EvalError;
use crate::algebra::number::Number;
use crate::algebra::value::Scalar;

/// A percentage of a number.
fn hundredths(percent: &Number, of: &Scalar, budget: &mut Budget) -> Result<Scalar, EvalError> {
    let product = budget.number(percent * &of.number)?;
    let number = product.divide(&Number::from(100)).ok_or(EvalError::DivisionByZero)?;
    Ok(Scalar { number: budget.number(number)?, is_decimal: true })
}

/// The first number in hundredths of the second.
fn in_hundredths(part: &Number, whole: &Number, budget: &mut Budget) -> Result<Number, EvalError> {
    let share = part.divide(whole).ok_or(EvalError::DivisionByZero)?;
    budget.number(&share * &Number::from(100))
}

/// A number increased by a percentage, or decreased by a negative one.
fn changed(number: &Scalar, percent: &Number, budget: &mut Budget) -> Result<Scalar, EvalError> {
    hundredths(&(percent + &Number::from(100)), number, budget)
}

operators! { budget;
    /// A percentage of a number.
    percent_of {
        (percent: Percent, whole: Rat) -> Rat => hundredths(&percent, &whole, budget);
    }
    "What is 15% of 80?", "percent_of(f0, f1)" => "12",
    "def percent_of(percent, total): return Dec(percent * total / 100)";

    /// The number of which a percentage is given.
    whole_of {
        (percent: Percent, part: Rat) -> Rat => {
            let whole = in_hundredths(&part.number, &percent, budget)?;
            Ok(Scalar { number: whole, is_decimal: true })
        };
    }
    "12 is 15% of what number?", "whole_of(f1, f0)" => "80",
    "def whole_of(percent, part): return Dec(part / percent * 100)";

    /// A number as a percentage of another; of one if there is no other.
    percentage {
        (part: Rat) -> Dec => in_hundredths(&part.number, &Number::ONE, budget);
        (part: Rat, whole: Rat) -> Dec => in_hundredths(&part.number, &whole.number, budget);
    }
    "What percentage of 80 is 12?", "percentage(f1, f0)" => "15",
    "def percentage(part, total=1): return Dec(part / total * 100)";

    /// The change of a number, as a percentage of its old value.
    percent_change {
        (before: Rat, after: Rat) -> Dec =>
            in_hundredths(&(&after.number - &before.number), &before.number.abs(), budget);
    }
    "What is the percentage change from 80 to 92?", "percent_change(f0, f1)" => "15",
    "def percent_change(before, after): return Dec((after - before) / abs(before) * 100)";

    /// A number increased by a percentage.
    increase {
        (number: Rat, percent: Percent) -> Rat => changed(&number, &percent, budget);
    }
    "Increase 80 by 15%.", "increase(f0, f1)" => "92",
    "def increase(number, percent): return Dec((100 + percent) * number / 100)";

    /// A number decreased by a percentage.
    decrease {
        (number: Rat, percent: Percent) -> Rat => changed(&number, &-&percent, budget);
    }
    "Decrease 80 by 15%.", "decrease(f0, f1)" => "68",
    "def decrease(number, percent): return Dec((100 - percent) * number / 100)";

    /// A percentage as a number.
    part {
        (percent: Percent) -> Rat => {
            let number = percent.divide(&Number::from(100)).ok_or(EvalError::DivisionByZero)?;
            Ok(Scalar { number, is_decimal: false })
        };
    }
    "Write 35% as a fraction.", "part(f0)" => "7/20",
    "def part(percent): return percent / 100";

    /// A number as a fraction in lowest terms.
    fraction {
        (number: Rat) -> Rat => Ok(Scalar { number: number.number, is_decimal: false });
    }
    "Write 0.35 as a fraction.", "fraction(f0)" => "7/20",
    "def fraction(number): return Fraction(number)";

    /// A number as a decimal.
    decimal {
        (number: Rat) -> Dec => Ok(number.number);
    }
    "Write 7/20 as a decimal.", "decimal(f0)" => "0.35",
    "def decimal(number): return Dec(number)";

    /// The share of the first number in the sum of both.
    proportion {
        (part: Rat, other: Rat) -> Rat => {
            let number = part.number.divide(&(&part.number + &other.number)).ok_or(EvalError::DivisionByZero)?;
            Ok(Scalar { number, is_decimal: false })
        };
    }
    "A bag has 3 red and 5 blue balls. What is the probability of a red one?", "proportion(f0, f1)" => "3/8",
    "def proportion(part, other): return part / (part + other)";
}
