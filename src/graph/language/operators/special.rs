//! Operators on numerals, quantities, times and probabilities.

use super::operators;
use crate::Budget;
use crate::algebra::error::EvalError;
use crate::algebra::integer;
use crate::algebra::number::Number;
use crate::algebra::units::{Dimension, Unit};
use crate::algebra::value::{Counts, Quantity};

/// The amount of a quantity in a unit.
fn converted(quantity: &Quantity, unit: &Unit, budget: &mut Budget) -> Result<Number, EvalError> {
    if quantity.unit.dimension != unit.dimension {
        return Err(EvalError::Domain("the units measure different things"));
    }
    let smallest = budget.number(&quantity.amount * &Number::from(quantity.unit.scale))?;
    budget.number(smallest.divide(&Number::from(unit.scale)).ok_or(EvalError::DivisionByZero)?)
}

/// Whole minutes of a quantity of time.
fn minutes(quantity: &Quantity, budget: &mut Budget) -> Result<i64, EvalError> {
    let minute = Unit::named("minute").filter(|unit| unit.dimension == Dimension::Time);
    let minute = minute.ok_or(EvalError::Domain("the units measure different things"))?;
    let minutes = converted(quantity, minute, budget)?;
    minutes.to_i64().ok_or_else(|| EvalError::NotWhole(minutes.to_string()))
}

/// `n * (n-1) * ... ` of `k` factors.
pub(super) fn falling(n: u64, k: u64, budget: &mut Budget) -> Result<Number, EvalError> {
    let mut product = Number::ONE;
    for taken in 0..k {
        let left = Number::from(num_bigint::BigInt::from(n.saturating_sub(taken)));
        product = budget.number(&product * &left)?;
    }
    Ok(product)
}

fn total(counts: &Counts) -> u64 {
    counts.values().fold(0, |sum: u64, count| sum.saturating_add(*count))
}

/// The probability of drawing letters of these counts in one order.
fn drawn(bag: &Counts, wanted: &Counts, budget: &mut Budget) -> Result<Number, EvalError> {
    let (size, draws) = (total(bag), total(wanted));
    if draws > size {
        return Err(EvalError::Domain("there are not so many letters to draw"));
    }
    let mut chance = Number::ONE;
    for (letter, count) in wanted {
        let there = bag.get(letter).copied().unwrap_or(0);
        let ways = falling(there, *count, budget)?;
        chance = budget.number(&chance * &ways)?;
    }
    chance.divide(&falling(size, draws, budget)?).ok_or(EvalError::DivisionByZero)
}

fn in_rat(number: Number) -> crate::algebra::value::Scalar {
    crate::algebra::value::Scalar { number, is_decimal: false }
}

/// The whole number that digits in a base spell.
fn read(digits: &str, base: u32, budget: &mut Budget) -> Result<Number, EvalError> {
    budget.spend(digits.len() as u64)?;
    let significant = digits.trim_start_matches(['-', '0']).len() as u64;
    budget.length(significant.saturating_mul(u64::from(base.max(2).ilog2())))?;
    let number = integer::from_base(digits, base).ok_or(EvalError::Domain("a digit is too large for the base"))?;
    budget.number(number.into())
}

operators! { budget;
    /// The whole number that digits in a base spell, in base ten if there is no other.
    from_base {
        (digits: BaseNumber, base: Base) -> Int => read(&digits, base, budget);
        (digits: BaseNumber) -> Int => read(&digits, 10, budget);
    }
    "In base 14, what is 24d0 - -7cd?", "to_base(sub(from_base(f1, f0), from_base(f2, f0)), f0)" => "2cbd",
    "def from_base(digits, base=10): return Fraction(int(digits, base))";

    /// A whole number in digits of a base.
    to_base {
        (number: Int, base: Base) -> BaseNumber => {
            budget.length(number.bits())?;
            Ok(integer::to_base(&number.numerator(), base).into())
        };
    }
    "Convert -151341 (base 9) to base 7.", "to_base(from_base(f0, f1), f2)" => "-534511",
    "def to_base(number, base): return in_base(whole(number), base)";

    /// The amount in a unit of a quantity, or of one of another unit.
    convert {
        (quantity: Quantity, unit: Unit) -> Dec => converted(&quantity, unit, budget);
        (whole: Unit, unit: Unit) -> Dec =>
            converted(&Quantity { amount: Number::ONE, unit: whole }, unit, budget);
    }
    "Convert 112025.2 nanometers to centimeters.", "convert(f0, f1)" => "0.01120252",
    "def convert(quantity, unit): return Dec(converted(quantity, unit))";

    /// The amount of a quantity in its own unit.
    amount {
        (quantity: Quantity) -> Dec => Ok(quantity.amount.clone());
    }
    "What is the average speed if I go 150 km in 3 hours?", "div(amount(f0), amount(f1))" => "50",
    "def amount(quantity): return Dec(quantity.amount)";

    /// The time of day that is later by a quantity of time.
    time_add {
        (time: Time, quantity: Quantity) -> Time => {
            let later = i64::from(time) + minutes(&quantity, budget)? % 1440;
            // Between 0 and 1439.
            Ok(later.rem_euclid(1440) as u16)
        };
    }
    "What is 424 minutes after 11:54 AM?", "time_add(f1, f0)" => "6:58 PM",
    r#"def time_add(time, quantity):
    return Time((time + whole(converted(quantity, Unit("minute", 60000000000)))) % 1440)"#;

    /// The minutes from a time of day to the next occurrence of another.
    time_between {
        (from: Time, to: Time) -> Int => {
            Ok(Number::from((i64::from(to) - i64::from(from)).rem_euclid(1440)))
        };
    }
    "How many minutes are there between 8:07 PM and 7:45 AM?", "time_between(f1, f2)" => "698",
    "def time_between(start, end): return Fraction((end - start) % 1440)";

    /// The probability of drawing exactly these letters in exactly this order, without replacement.
    p_sequence {
        (bag: Bag, letters: Letters) -> Rat => {
            let mut wanted = Counts::new();
            letters.chars().for_each(|letter| *wanted.entry(letter).or_insert(0) += 1);
            drawn(&bag, &wanted, budget).map(in_rat)
        };
    }
    "What is prob of sequence ddk when three letters picked without replacement from kkdkdddzkkddk?",
    "p_sequence(f2, f0)" => "15/143",
    r#"def p_sequence(bag, letters):
    return drawn(bag, {letter: letters.count(letter) for letter in letters})"#;

    /// The probability of drawing exactly these letters in any order, without replacement.
    p_counts {
        (bag: Bag, counts: Counts) -> Rat => {
            // As many orders as there are ways to arrange the letters.
            let mut chance = drawn(&bag, &counts, budget)?;
            let draws = total(&counts);
            let orders = falling(draws, draws, budget)?;
            chance = budget.number(&chance * &orders)?;
            for count in counts.values() {
                let same = falling(*count, *count, budget)?;
                chance = budget.number(chance.divide(&same).ok_or(EvalError::DivisionByZero)?)?;
            }
            Ok(in_rat(chance))
        };
    }
    "Three letters picked without replacement from ugjgglg. What is prob of picking 1 u, 1 g and 1 l?",
    "p_counts(f1, f2)" => "4/35",
    r#"def p_counts(bag, counts):
    same = math.prod(math.factorial(count) for count in counts.values())
    return drawn(bag, counts) * math.factorial(sum(counts.values())) / same"#;
}
