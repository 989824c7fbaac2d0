//! Operators on numbers.

use std::sync::Arc;

use num_bigint::BigInt;

use super::operators;
use crate::Budget;
use crate::algebra::error::EvalError;
use crate::algebra::expr::{Operation, operate};
use crate::algebra::integer;
use crate::algebra::number::Number;
use crate::algebra::value::{Quantity, Scalar};

fn scalar(operation: Operation, a: &Scalar, b: &Scalar, budget: &mut Budget) -> Result<Scalar, EvalError> {
    let number = operate(operation, &a.number, &b.number, budget)?;
    Ok(Scalar { number, is_decimal: a.is_decimal || b.is_decimal })
}

/// A number rounded to a power of ten, halves away from zero.
fn rounded(value: &Number, exponent: i64, budget: &mut Budget) -> Result<Scalar, EvalError> {
    let unit = budget.power(&Number::from(10), exponent)?;
    let number = integer::round_to(value, &unit).ok_or(EvalError::DivisionByZero)?;
    Ok(Scalar { number: budget.number(number)?, is_decimal: true })
}

fn root(value: &Number, degree: &BigInt, budget: &mut Budget) -> Result<Number, EvalError> {
    budget.spend(1 + value.bits() / 8)?;
    budget.number(integer::nearest_root(&value.numerator(), degree)?.into())
}

/// The rational root of a number, if it has one.
fn exact_root(value: &Scalar, degree: u32, budget: &mut Budget) -> Result<Scalar, EvalError> {
    let of = |part: BigInt, budget: &mut Budget| {
        let nearest = root(&Number::from(part.clone()), &BigInt::from(degree), budget)?;
        let is_exact = budget.power(&nearest, i64::from(degree))? == Number::from(part);
        if is_exact { Ok(nearest) } else { Err(EvalError::NotOfForm("a rational number")) }
    };
    let (above, below) = (of(value.number.numerator(), budget)?, of(value.number.denominator(), budget)?);
    let number = above.divide(&below).ok_or(EvalError::DivisionByZero)?;
    Ok(Scalar { number, is_decimal: value.is_decimal })
}

fn natural(number: &Number) -> Result<u64, EvalError> {
    let small = number.to_i64().and_then(|number| u64::try_from(number).ok()).filter(|number| *number <= 100_000);
    small.ok_or(EvalError::Domain("a whole number from 0 to 100000 is expected"))
}

/// Gauss's sum.
fn range_sum(first: &Number, last: &Number, budget: &mut Budget) -> Result<Number, EvalError> {
    let terms = &(last - first) + &Number::ONE;
    if terms.is_negative() {
        return Err(EvalError::Domain("the range ends before it begins"));
    }
    let twice = budget.number(&(first + last) * &terms)?;
    twice.divide(&Number::from(2)).ok_or(EvalError::DivisionByZero)
}

operators! { budget;
    /// The sum.
    add {
        (a: Rat, b: Rat) -> Rat => scalar(Operation::Add, &a, &b, budget);
    }
    "Add together 0.3 and -0.0153.", "add(f0, f1)" => "0.2847",
    "def add(a, b): return like(a + b, a, b)";

    /// The difference.
    sub {
        (a: Rat, b: Rat) -> Rat => scalar(Operation::Subtract, &a, &b, budget);
    }
    "Subtract 0.5 from 46.", "sub(f1, f0)" => "45.5",
    "def sub(a, b): return like(a - b, a, b)";

    /// The product.
    mul {
        (a: Rat, b: Rat) -> Rat => scalar(Operation::Multiply, &a, &b, budget);
    }
    "What is the product of 6 and -1754681?", "mul(f0, f1)" => "-10528086",
    "def mul(a, b): return like(a * b, a, b)";

    /// The quotient.
    div {
        (a: Rat, b: Rat) -> Rat => scalar(Operation::Divide, &a, &b, budget);
    }
    "What is -154166 divided by -4?", "div(f0, f1)" => "77083/2",
    "def div(a, b): return like(a / b, a, b)";

    /// The absolute value.
    abs {
        (a: Rat) -> Rat => Ok(Scalar { number: a.number.abs(), is_decimal: a.is_decimal });
    }
    "What is the difference between -2 and -3230.4237313?", "abs(sub(f0, f1))" => "3228.4237313",
    "def abs_(a): return like(abs(a), a)";

    /// The negative of a number or quantity.
    neg {
        (a: Rat) -> Rat => Ok(Scalar { number: -&a.number, is_decimal: a.is_decimal });
        (a: Quantity) -> Quantity => Ok(Arc::new(Quantity { amount: -&a.amount, unit: a.unit }));
    }
    "What is 14 minutes before 1:53 PM?", "time_add(f1, neg(f0))" => "1:39 PM",
    "def neg(a): return Quantity(-a.amount, a.unit) if isinstance(a, Quantity) else like(-a, a)";

    /// The whole number that is nearest to a root of a whole number; the second argument is the degree of the root.
    nearest_root {
        (value: Int, degree: Int) -> Int => root(&value, &degree.numerator(), budget);
        (value: Int, degree: Ordinal) -> Int => root(&value, &BigInt::from(degree), budget);
    }
    "What is 46111311 to the power of 1/3, to the nearest integer?", "nearest_root(f0, denominator(f1))" => "359",
    r#"def nearest_root(value, degree):
    value, degree = whole(value), whole(degree)
    root = floor_root(value, degree)
    return Fraction(root + ((2 * root + 1) ** degree <= value << degree))"#;

    /// A number rounded to a number of decimal places, or to a place before the point; halves are rounded away from
    /// zero.
    round_pow10 {
        (value: Rat, places: Int) -> Rat => {
            let places = places.to_i64().filter(|places| places.abs() <= 10_000);
            rounded(&value.number, -places.ok_or(EvalError::TooManyDigits)?, budget)
        };
        (value: Rat, place: Place) -> Rat => rounded(&value.number, i64::from(place), budget);
    }
    "What is -0.0028940677 rounded to six decimal places?", "round_pow10(f0, f1)" => "-0.002894",
    r#"def round_pow10(value, places):
    return rounded(value, int(places) if isinstance(places, Place) else -whole(places))"#;

    /// The digit of a whole number at a place.
    digit {
        (value: Int, place: Place) -> Int => Ok(integer::digit(&value, place));
    }
    "What is the hundreds digit of 59637994?", "digit(f1, f0)" => "9",
    "def digit(value, place): return Fraction(abs(whole(value)) // 10 ** int(place) % 10)";

    /// The remainder of a division, with the sign of the divisor.
    modulo as "mod" {
        (a: Int, b: Int) -> Int => integer::modulo(&a, &b).ok_or(EvalError::DivisionByZero);
    }
    "Calculate the remainder when 34758 is divided by 1664.", "mod(f0, f1)" => "1478",
    "def mod(a, b): return Fraction(whole(a) % whole(b))";

    /// The greatest common divisor, not negative.
    gcd {
        (a: Int, b: Int) -> Int => Ok(integer::gcd(&a, &b));
        (all: ListInt) -> Int => Ok(all.iter().fold(Number::ZERO, |gcd, next| integer::gcd(&gcd, &next.number)));
    }
    "Calculate the highest common factor of 906001 and 7958.", "gcd(f0, f1)" => "173",
    "def gcd(*all): return Fraction(math.gcd(*map(whole, all[0] if len(all) == 1 else all)))";

    /// The least common multiple, not negative.
    lcm {
        (a: Int, b: Int) -> Int => budget.number(integer::lcm(&a, &b));
        (all: ListInt) -> Int =>
            all.iter().try_fold(Number::ONE, |lcm, next| budget.number(integer::lcm(&lcm, &next.number)));
    }
    "What is the lowest common multiple of 4033184 and 8?", "lcm(f0, f1)" => "4033184",
    "def lcm(*all): return Fraction(math.lcm(*map(whole, all[0] if len(all) == 1 else all)))";

    /// The denominator of a number in lowest terms.
    denominator {
        (a: Rat) -> Int => Ok(a.number.denominator().into());
    }
    "What is the common denominator of -151/1151460 and 31/24?", "lcm(denominator(f0), denominator(f1))" => "2302920",
    "def denominator(a): return Fraction(a.denominator)";

    /// Whether a whole number is prime. It is decided below 3.3e24.
    is_prime {
        (value: Int) -> Bool => integer::is_prime(&value.numerator(), budget);
    }
    "Is 267336413 a prime number?", "is_prime(f0)" => "False",
    "def is_prime(value): return is_prime_number(whole(value))";

    /// Whether the first number divides the second.
    divides {
        (a: Int, b: Int) -> Bool => match integer::modulo(&b, &a) {
            Some(rest) => Ok(rest.is_zero()),
            None => Err(EvalError::DivisionByZero),
        };
    }
    "Does 302 divide 39959734?", "divides(f0, f1)" => "True",
    "def divides(a, b): return whole(b) % whole(a) == 0";

    /// The opposite truth.
    not {
        (a: Bool) -> Bool => Ok(!a);
    }
    "Is 65828401 a composite number?", "not(is_prime(f0))" => "True",
    "def not_(a): return not a";

    /// The primes that divide a positive whole number, each once, in ascending order.
    prime_factors {
        (value: Int) -> ListInt => {
            let primes = integer::factors(&value.numerator(), budget)?.into_iter();
            let scalar = |(prime, _)| Scalar { number: Number::from(prime), is_decimal: false };
            Ok(Arc::new(primes.map(scalar).collect()))
        };
    }
    "List the prime factors of 22037985.", "prime_factors(f0)" => "3, 5, 489733",
    "def prime_factors(value): return [Fraction(prime) for prime in sorted(set(primes_of(whole(value))))]";

    /// A number raised to a whole power.
    power {
        (base: Rat, exponent: Int) -> Rat => scalar(Operation::Power, &base, &Scalar { number: exponent, is_decimal: false }, budget);
    }
    "Raise 3 to the exponent 5.", "power(f0, f1)" => "243",
    "def power(base, exponent): return like(base ** whole(exponent), base)";

    /// The root of a number, of a given degree; it must be rational.
    root {
        (value: Rat, degree: Ordinal) -> Rat => exact_root(&value, degree, budget);
    }
    "What is the square root of 2.25?", "root(f1, f0)" => "1.5",
    "def root(value, degree): return like(exact_root(value, degree), value)";

    /// The square of a number.
    square {
        (a: Rat) -> Rat => scalar(Operation::Multiply, &a, &a, budget);
    }
    "What is the square of 12?", "square(f0)" => "144",
    "def square(a): return like(a * a, a)";

    /// The cube of a number.
    cube {
        (a: Rat) -> Rat => {
            let square = scalar(Operation::Multiply, &a, &a, budget)?;
            scalar(Operation::Multiply, &square, &a, budget)
        };
    }
    "What is the volume of a cube with side 3?", "cube(f0)" => "27",
    "def cube(a): return like(a * a * a, a)";

    /// Twice the sum of two numbers, or four times one: the perimeter of a rectangle, or of a square.
    perimeter {
        (side: Rat) -> Rat => {
            let four = Scalar { number: Number::from(4), is_decimal: false };
            scalar(Operation::Multiply, &four, &side, budget)
        };
        (a: Rat, b: Rat) -> Rat => {
            let two = Scalar { number: Number::from(2), is_decimal: false };
            scalar(Operation::Multiply, &two, &scalar(Operation::Add, &a, &b, budget)?, budget)
        };
    }
    "What is the perimeter of a rectangle with sides 3 and 5?", "perimeter(f0, f1)" => "16",
    "def perimeter(a, b=None): return like(4 * a, a) if b is None else like(2 * (a + b), a, b)";

    /// The product of the whole numbers from 1 up to a number.
    factorial {
        (n: Int) -> Int => super::special::falling(natural(&n)?, natural(&n)?, budget);
    }
    "What is the factorial of 6?", "factorial(f0)" => "720",
    "def factorial(n): return Fraction(math.factorial(whole(n)))";

    /// The number of ways to choose `k` of `n` things; `n` is the first argument.
    choose {
        (n: Int, k: Int) -> Int => {
            let (n, k) = (natural(&n)?, natural(&k)?);
            let ways = super::special::falling(n, k, budget)?;
            ways.divide(&super::special::falling(k, k, budget)?).ok_or(EvalError::DivisionByZero)
        };
    }
    "What is 10 choose 3?", "choose(f0, f1)" => "120",
    "def choose(n, k): return Fraction(math.comb(whole(n), whole(k)))";

    /// The number of ways to put `k` of `n` things in a row; `n` is the first argument.
    arrangements {
        (n: Int, k: Int) -> Int => super::special::falling(natural(&n)?, natural(&k)?, budget);
    }
    "How many permutations of 3 out of 10 are there?", "arrangements(f1, f0)" => "720",
    "def arrangements(n, k): return Fraction(math.perm(whole(n), whole(k)))";

    /// The sum of the whole numbers from 1 or another number up to a number.
    sum_range {
        (last: Int) -> Int => range_sum(&Number::ONE, &last, budget);
        (first: Int, last: Int) -> Int => range_sum(&first, &last, budget);
    }
    "What is the sum of the integers from 1 to 100?", "sum_range(f0, f1)" => "5050",
    r#"def sum_range(*bounds):
    first, last = [1, *bounds][-2:]
    return Fraction(first + last) * (last - first + 1) / 2"#;

    /// The positive whole numbers that divide a whole number other than zero, small ones first.
    divisors {
        (value: Int) -> ListInt => {
            let mut found = vec![BigInt::from(1)];
            for (prime, exponent) in integer::factors(&value.abs().numerator(), budget)? {
                let before = found.len();
                budget.spend((before as u64).saturating_mul(u64::from(exponent)))?;
                for index in 0..before * exponent as usize {
                    found.push(&found[index] * &prime);
                }
            }
            found.sort();
            let scalar = |divisor| Scalar { number: Number::from(divisor), is_decimal: false };
            Ok(Arc::new(found.into_iter().map(scalar).collect()))
        };
    }
    "List the divisors of 28.", "divisors(f0)" => "1, 2, 4, 7, 14, 28",
    "def divisors(value): return [Fraction(divisor) for divisor in divisors_of(abs(whole(value)))]";
}
