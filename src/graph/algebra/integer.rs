//! Primes, factors and roots of integers.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive};

use super::budget::Budget;
use super::error::EvalError;
use super::number::Number;

/// The first primes. As bases, those up to 37 decide primality below 3.1e23, and with 41 below 3.3e24
/// (Sorenson and Webster, *Strong pseudoprimes to twelve prime bases*, 2015).
const BASES: [u64; 13] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];

/// Up to here [`BASES`] decide.
const DECIDED: u128 = 3_317_044_064_679_887_385_961_981;

/// Divisors that are tried before anything else.
const TRIAL: u64 = 256;

/// Whether an integer is prime: by strong probable prime tests that are proved to decide in the range that is accepted.
///
/// # Errors
/// Beyond 3.3e24, or when the budget is spent.
pub fn is_prime(value: &BigInt, budget: &mut Budget) -> Result<bool, EvalError> {
    let Some(value) = value.to_biguint() else { return Ok(false) };
    if value < BigUint::from(2u8) {
        return Ok(false);
    }
    budget.spend(value.bits())?;
    if let Some(small) = value.to_u64() {
        return Ok(is_prime_word(small));
    }
    if value >= BigUint::from(DECIDED) {
        return Err(EvalError::Domain("primality is decided below 3.3e24 only"));
    }
    let one = BigUint::one();
    let before = &value - &one;
    let shift = before.trailing_zeros().unwrap_or(0);
    let odd = &before >> shift;
    Ok(BASES.iter().all(|&base| {
        let mut power = BigUint::from(base).modpow(&odd, &value);
        (power == one)
            || (0..shift).any(|_| {
                let found = power == before;
                power = &power * &power % &value;
                found
            })
    }))
}

fn times(a: u64, b: u64, modulus: u64) -> u64 {
    // Below the modulus, which is a word.
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

fn power_word(base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let (mut result, mut square) = (1, base % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, square, modulus);
        }
        square = times(square, square, modulus);
        exponent >>= 1;
    }
    result
}

fn is_prime_word(value: u64) -> bool {
    if let Some(divisor) = BASES.iter().find(|&&prime| value.is_multiple_of(prime)) {
        return value == *divisor;
    }
    let shift = (value - 1).trailing_zeros();
    let odd = (value - 1) >> shift;
    // Below 3.2e9 the bases 2, 3, 5 and 7 decide.
    let bases = if value < 3_215_031_751 { &BASES[..4] } else { &BASES[..] };
    bases.iter().all(|&base| {
        let mut power = power_word(base, odd, value);
        power == 1
            || (0..shift).any(|_| {
                let found = power == value - 1;
                power = times(power, power, value);
                found
            })
    })
}

/// The prime factors of a positive integer with their multiplicities, small ones first; none for 1.
///
/// # Errors
/// When the budget is spent before they are found, or a factor is too large for [`is_prime`].
pub fn factors(value: &BigInt, budget: &mut Budget) -> Result<Vec<(BigInt, u32)>, EvalError> {
    if !value.is_positive() {
        return Err(EvalError::Domain("only positive integers have prime factors"));
    }
    let mut primes = Vec::new();
    let mut rest = value.clone();
    if let Some(small) = rest.to_u64() {
        return Ok(factors_word(small, budget)?.into_iter().map(|(prime, n)| (BigInt::from(prime), n)).collect());
    }
    for divisor in 2..TRIAL {
        budget.spend(1 + rest.bits() / 1024)?;
        while rest.is_multiple_of(&BigInt::from(divisor)) {
            rest /= divisor;
            primes.push(BigInt::from(divisor));
        }
    }
    let mut open = vec![rest];
    while let Some(part) = open.pop() {
        if part.is_one() {
            continue;
        }
        if is_prime(&part, budget)? {
            primes.push(part);
        } else {
            let divisor = divisor(&part, budget)?;
            open.push(&part / &divisor);
            open.push(divisor);
        }
    }
    primes.sort_unstable();
    Ok(counted(primes))
}

fn counted<T: PartialEq>(sorted: Vec<T>) -> Vec<(T, u32)> {
    let mut counts: Vec<(T, u32)> = Vec::new();
    for prime in sorted {
        match counts.last_mut() {
            Some(last) if last.0 == prime => last.1 += 1,
            _ => counts.push((prime, 1)),
        }
    }
    counts
}

fn factors_word(value: u64, budget: &mut Budget) -> Result<Vec<(u64, u32)>, EvalError> {
    let mut primes = Vec::new();
    let mut rest = value;
    let mut divisor = 2;
    while divisor < TRIAL && divisor * divisor <= rest {
        while rest.is_multiple_of(divisor) {
            rest /= divisor;
            primes.push(divisor);
        }
        divisor += if divisor == 2 { 1 } else { 2 };
    }
    budget.spend(TRIAL / 8)?;
    let mut open = vec![rest];
    while let Some(part) = open.pop() {
        if part == 1 {
            continue;
        }
        if part < TRIAL * TRIAL || is_prime_word(part) {
            primes.push(part);
        } else {
            let divisor = divisor_word(part, budget)?;
            open.extend([part / divisor, divisor]);
        }
    }
    primes.sort_unstable();
    Ok(counted(primes))
}

/// A proper divisor of a composite word: Pollard's rho with Floyd's cycles, from one start after the other.
fn divisor_word(value: u64, budget: &mut Budget) -> Result<u64, EvalError> {
    for start in 1..u64::MAX {
        let next = |x: u64| (u128::from(times(x, x, value)) + u128::from(start)) % u128::from(value);
        let (mut slow, mut fast) = (2u64, 2u64);
        let mut divisor = 1;
        while divisor == 1 {
            budget.spend(1)?;
            // Remainders of a word.
            slow = next(slow) as u64;
            fast = next(next(fast) as u64) as u64;
            divisor = slow.abs_diff(fast).gcd(&value);
        }
        if divisor != value {
            return Ok(divisor);
        }
    }
    Err(EvalError::OutOfSteps)
}

/// The same for longer numbers.
fn divisor(value: &BigInt, budget: &mut Budget) -> Result<BigInt, EvalError> {
    for start in 1u32..1000 {
        let next = |x: &BigInt| (x * x + start) % value;
        let (mut slow, mut fast) = (BigInt::from(2), BigInt::from(2));
        let mut divisor = BigInt::one();
        while divisor.is_one() {
            budget.spend(4)?;
            slow = next(&slow);
            fast = next(&next(&fast));
            divisor = (&slow - &fast).abs().gcd(value);
        }
        if divisor != *value {
            return Ok(divisor);
        }
    }
    Err(EvalError::OutOfSteps)
}

/// The integer nearest to the `degree`-th root of a non-negative integer; a half is rounded up.
///
/// # Errors
/// For negative numbers and a degree of zero or beyond 10,000.
pub fn nearest_root(value: &BigInt, degree: &BigInt) -> Result<BigInt, EvalError> {
    let degree = degree.to_u32().filter(|degree| (1..=10_000).contains(degree));
    let degree = degree.ok_or(EvalError::Domain("the degree of a root is from 1 to 10000"))?;
    if value.is_negative() {
        return Err(EvalError::Domain("the root of a negative number"));
    }
    let floor = value.nth_root(degree);
    // The root is at least floor + 1/2 if value is at least that to the power, both sides times 2^degree. As the root
    // is below floor + 1, so short a number is cheap unless the degree is large, where floor is 0 or 1.
    let doubled = num_traits::pow(&floor * 2 + 1, degree as usize);
    Ok(if value << degree >= doubled { floor + 1 } else { floor })
}

/// The digits of an integer in a base from 2 to 36, with its sign.
pub fn to_base(value: &BigInt, base: u32) -> String {
    value.to_str_radix(base)
}

/// The integer that digits in a base spell.
pub fn from_base(digits: &str, base: u32) -> Option<BigInt> {
    BigInt::parse_bytes(digits.as_bytes(), base)
}

/// The least common multiple of a number and others; 0 if one of them is.
pub fn lcm(a: &Number, b: &Number) -> Number {
    match (a.to_i64(), b.to_i64()) {
        (Some(a), Some(b)) => {
            let divisor = i128::from(a.gcd(&b)).max(1);
            Number::quotient((i128::from(a) / divisor * i128::from(b)).abs(), 1).unwrap_or(Number::ZERO)
        }
        _ => Number::from(a.numerator().lcm(&b.numerator()).abs()),
    }
}

/// The greatest common divisor, not negative.
pub fn gcd(a: &Number, b: &Number) -> Number {
    match (a.to_i64(), b.to_i64()) {
        (Some(a), Some(b)) => Number::from(a.gcd(&b)),
        _ => Number::from(a.numerator().gcd(&b.numerator())),
    }
}

/// The remainder of the sign of the divisor.
pub fn modulo(a: &Number, b: &Number) -> Option<Number> {
    match (a.to_i64(), b.to_i64()) {
        (_, Some(0)) => None,
        (Some(a), Some(b)) => Some(Number::from(a.mod_floor(&b))),
        _ if b.is_zero() => None,
        _ => Some(Number::from(a.numerator().mod_floor(&b.numerator()))),
    }
}

/// The digit of a magnitude at a power of ten.
pub fn digit(value: &Number, exponent: u32) -> Number {
    let shifted = value.numerator().abs() / num_traits::pow(BigInt::from(10), exponent as usize);
    Number::from(shifted % BigInt::from(10))
}

/// The value rounded to a multiple of `unit`, halves away from zero.
pub fn round_to(value: &Number, unit: &Number) -> Option<Number> {
    let scaled = value.abs().divide(unit)?;
    let half = Number::quotient(1, 2)?;
    let rounded = &(&scaled + &half).floor() * unit;
    Some(if value.is_negative() { -&rounded } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factored(value: &str) -> Vec<String> {
        let value: BigInt = value.parse().unwrap();
        let found = factors(&value, &mut Budget::default()).unwrap();
        let product: BigInt = found.iter().map(|(prime, n)| num_traits::pow(prime.clone(), *n as usize)).product();
        assert_eq!(product, value);
        found.into_iter().map(|(prime, n)| format!("{prime}^{n}")).collect()
    }

    #[test]
    fn factors_are_found() {
        assert_eq!(factored("71791123"), ["41^1", "43^2", "947^1"]);
        assert!(factored("1").is_empty());
        assert_eq!(factored("1000000016000000063"), ["1000000007^1", "1000000009^1"]);
        assert_eq!(factored("36893488147419103232"), ["2^65"]);
    }

    #[test]
    fn primes_agree_with_a_sieve() {
        let mut sieve = vec![true; 20_000];
        (sieve[0], sieve[1]) = (false, false);
        for n in 2..sieve.len() {
            let (first, step) = (n * n, n);
            (first..sieve.len()).step_by(step).for_each(|multiple| sieve[multiple] = false);
            let found = is_prime(&BigInt::from(n), &mut Budget::default()).unwrap();
            assert_eq!(found, sieve[n], "{n}");
        }
        let beyond: BigInt = "36893488147419103363".parse().unwrap();
        assert_eq!(is_prime(&beyond, &mut Budget::default()), Ok(true));
    }

    #[test]
    fn what_takes_too_long_ends() {
        let hard: BigInt = "340282366920938463463374607431768211457".parse().unwrap();
        assert!(factors(&hard, &mut Budget::new(100_000, 100)).is_err());
    }

    #[test]
    fn halves_round_away_from_zero() {
        let number = |text| Number::from_decimal(text).unwrap();
        assert_eq!(round_to(&-&number("2.5"), &Number::ONE), Some(Number::from(-3)));
        assert_eq!(nearest_root(&BigInt::from(6), &BigInt::from(2)), Ok(BigInt::from(2)));
        assert_eq!(nearest_root(&BigInt::from(7), &BigInt::from(2)), Ok(BigInt::from(3)));
    }
}
