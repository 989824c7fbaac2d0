//! Exact rational numbers: two machine words while they fit, big integers beyond.
//!
//! Nearly every number of a question is small, and a search evaluates millions of graphs, so the common case must not
//! allocate. A number has one representation only (small if it can be), so that equality and hashes are those of the
//! parts.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The most digits of a number in a text: as many as an evaluation may give a number by default. Reading and printing
/// take time that grows with the square of their count.
pub const MAX_DIGITS: usize = 10_000;

/// A rational number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Numerator and positive denominator without common factor. `Small` never holds `i64::MIN`, so that it can be negated.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64, i64),
    Big(Box<BigRational>),
}

impl Number {
    /// 0
    pub const ZERO: Self = Self(Repr::Small(0, 1));
    /// 1
    pub const ONE: Self = Self(Repr::Small(1, 1));

    /// The quotient of two integers; `None` if the denominator is zero.
    pub fn quotient(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let sign = if denominator < 0 { -1 } else { 1 };
        // The divisor is at most the denominator's magnitude; only 2^127 itself would not fit, and callers stay below.
        let divisor = i128::try_from(divisor).ok()? * sign;
        Some(Self::reduced(numerator / divisor, denominator / divisor))
    }

    fn reduced(numerator: i128, denominator: i128) -> Self {
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(n), Ok(d)) if n != i64::MIN => Self(Repr::Small(n, d)),
            _ => Self(Repr::Big(Box::new(BigRational::new_raw(BigInt::from(numerator), BigInt::from(denominator))))),
        }
    }

    fn from_big(value: BigRational) -> Self {
        match (value.numer().to_i64(), value.denom().to_i64()) {
            (Some(n), Some(d)) if n != i64::MIN => Self(Repr::Small(n, d)),
            _ => Self(Repr::Big(Box::new(value))),
        }
    }

    fn big(&self) -> BigRational {
        match &self.0 {
            Repr::Small(n, d) => BigRational::new_raw(BigInt::from(*n), BigInt::from(*d)),
            Repr::Big(value) => (**value).clone(),
        }
    }

    /// The number that a text of digits with at most one point stands for; `None` for other texts and for more than
    /// [`MAX_DIGITS`] digits.
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if Self::is_too_long(text) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut numerator: BigInt = if digits.is_empty() { BigInt::ZERO } else { digits.parse().ok()? };
        // The last digit of a fraction is not 0, so the common factor with the power of ten is a power of 2 or of 5. A
        // general common divisor of long numbers would take far longer to find than either.
        let places = fraction.len();
        let twos = numerator.trailing_zeros().map_or(0, |twos| usize::try_from(twos).unwrap_or(places)).min(places);
        numerator >>= twos;
        let fives = take_fives(&mut numerator, places);
        let denominator = num_traits::pow(BigInt::from(5), places - fives) << (places - twos);
        Some(Self::from_big(BigRational::new_raw(numerator, denominator)))
    }

    /// Whether a text has more digits than a number in a text may have.
    pub fn is_too_long(text: &str) -> bool {
        text.len() > MAX_DIGITS + 1 || text.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS
    }

    /// Whether it is an integer.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small(_, d) => *d == 1,
            Repr::Big(value) => value.is_integer(),
        }
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0, _))
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        matches!(self.0, Repr::Small(1, 1))
    }

    /// The sign before the number in a printed sum: its own sign, as a separator unless it is the first term.
    pub fn sign_in_sum(&self, is_first: bool) -> &'static str {
        match (is_first, self.is_negative()) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        }
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n < 0,
            Repr::Big(value) => value.is_negative(),
        }
    }

    /// The numerator, of the number's sign.
    pub fn numerator(&self) -> BigInt {
        match &self.0 {
            Repr::Small(n, _) => BigInt::from(*n),
            Repr::Big(value) => value.numer().clone(),
        }
    }

    /// The denominator, positive.
    pub fn denominator(&self) -> BigInt {
        match &self.0 {
            Repr::Small(_, d) => BigInt::from(*d),
            Repr::Big(value) => value.denom().clone(),
        }
    }

    /// The number as a machine integer, if it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(n, 1) => Some(*n),
            _ => None,
        }
    }

    /// Numerator and positive denominator, if they fit machine integers.
    pub fn parts(&self) -> Option<(i64, i64)> {
        match &self.0 {
            Repr::Small(n, d) => Some((*n, *d)),
            Repr::Big(_) => None,
        }
    }

    /// An approximation, to compare magnitudes only.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(n, d) => *n as f64 / *d as f64,
            Repr::Big(value) => value.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// The bits of numerator and denominator together: its size in memory, and the measure that budgets count.
    pub fn bits(&self) -> u64 {
        match &self.0 {
            Repr::Small(..) => 64,
            Repr::Big(value) => value.numer().bits() + value.denom().bits(),
        }
    }

    /// Its magnitude.
    pub fn abs(&self) -> Self {
        if self.is_negative() { -self } else { self.clone() }
    }

    /// `self / other`; `None` if `other` is zero.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        match (&self.0, &other.0) {
            (Repr::Small(a, b), Repr::Small(c, d)) => {
                Self::quotient(i128::from(*a) * i128::from(*d), i128::from(*b) * i128::from(*c))
            }
            _ => Some(Self::from_big(self.big() / other.big())),
        }
    }

    /// `self` to a whole power; `None` for a negative power of zero. The caller bounds the size.
    pub fn power(&self, exponent: i32) -> Option<Self> {
        if exponent < 0 {
            return Self::ONE.divide(self)?.power(exponent.checked_neg()?);
        }
        let mut result = Self::ONE;
        let mut square = self.clone();
        let mut left = exponent as u32;
        while left > 0 {
            if left & 1 == 1 {
                result = &result * &square;
            }
            left >>= 1;
            if left > 0 {
                square = &square * &square;
            }
        }
        Some(result)
    }

    /// The greatest integer up to it.
    pub fn floor(&self) -> Self {
        match &self.0 {
            Repr::Small(n, d) => Self::from(n.div_euclid(*d)),
            Repr::Big(value) => Self::from_big(value.floor()),
        }
    }

    /// Its digits with a decimal point, if they end.
    pub fn to_decimal(&self) -> Option<String> {
        let (numerator, denominator) = (self.numerator(), self.denominator());
        let twos = usize::try_from(denominator.trailing_zeros().unwrap_or(0)).ok()?;
        let mut rest = &denominator >> twos;
        let fives = take_fives(&mut rest, usize::MAX);
        if !rest.is_one() {
            return None;
        }
        let places = twos.max(fives);
        let scaled = numerator.abs() * num_traits::pow(BigInt::from(10), places) / denominator;
        let digits = format!("{:0>width$}", scaled.to_string(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.is_negative() { "-" } else { "" };
        Some(if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
    }
}

/// Divides a number by 5 as often as that leaves no remainder, at most `most` times; how often that is. None for zero.
fn take_fives(value: &mut BigInt, most: usize) -> usize {
    // The greatest power of 5 below 2^63, so that a long number is walked as seldom as can be.
    const MANY: usize = 27;
    let mut count = 0;
    for step in [MANY, 1] {
        let power = BigInt::from(num_traits::pow(5_i64, step));
        while !value.is_zero() && most - count >= step {
            let (quotient, remainder) = value.div_rem(&power);
            if !remainder.is_zero() {
                break;
            }
            *value = quotient;
            count += step;
        }
    }
    count
}

/// The greatest common divisor of magnitudes.
fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Most pairs fit one machine word, where a division is several times as fast.
        if let (Ok(small_a), Ok(small_b)) = (u64::try_from(a), u64::try_from(b)) {
            return u128::from(small_a.gcd(&small_b));
        }
        (a, b) = (b, a % b);
    }
    a
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::reduced(i128::from(value), 1)
    }
}

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        Self::from_big(BigRational::from_integer(value))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(n, 1) => write!(formatter, "{n}"),
            Repr::Small(n, d) => write!(formatter, "{n}/{d}"),
            Repr::Big(value) => write!(formatter, "{value}"),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a, b), Repr::Small(c, d)) => {
                (i128::from(*a) * i128::from(*d)).cmp(&(i128::from(*c) * i128::from(*b)))
            }
            _ => self.big().cmp(&other.big()),
        }
    }
}

impl std::ops::Neg for &Number {
    type Output = Number;

    fn neg(self) -> Number {
        match &self.0 {
            Repr::Small(n, d) => Number(Repr::Small(-n, *d)),
            Repr::Big(value) => Number::from_big(-(**value).clone()),
        }
    }
}

impl std::ops::Add for &Number {
    type Output = Number;

    fn add(self, other: &Number) -> Number {
        match (&self.0, &other.0) {
            (Repr::Small(a, 1), Repr::Small(b, 1)) => Number::reduced(i128::from(*a) + i128::from(*b), 1),
            (Repr::Small(a, b), Repr::Small(c, d)) => {
                let (a, b, c, d) = (i128::from(*a), i128::from(*b), i128::from(*c), i128::from(*d));
                // Denominators are positive, so that the quotient exists.
                Number::quotient(a * d + c * b, b * d).unwrap_or(Number::ZERO)
            }
            // Without this, whole numbers pay for common divisors with 1.
            _ if self.is_whole() && other.is_whole() => (self.numerator() + other.numerator()).into(),
            _ => Number::from_big(self.big() + other.big()),
        }
    }
}

impl std::ops::Sub for &Number {
    type Output = Number;

    fn sub(self, other: &Number) -> Number {
        self + &-other
    }
}

impl std::ops::Mul for &Number {
    type Output = Number;

    fn mul(self, other: &Number) -> Number {
        match (&self.0, &other.0) {
            (Repr::Small(a, 1), Repr::Small(b, 1)) => Number::reduced(i128::from(*a) * i128::from(*b), 1),
            (Repr::Small(a, b), Repr::Small(c, d)) => {
                let product = Number::quotient(i128::from(*a) * i128::from(*c), i128::from(*b) * i128::from(*d));
                // Denominators are positive, so that the quotient exists.
                product.unwrap_or(Number::ZERO)
            }
            _ if self.is_whole() && other.is_whole() => (self.numerator() * other.numerator()).into(),
            _ => Number::from_big(self.big() * other.big()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_print_as_they_were_read() {
        for text in ["0.5", "12", "0.0028940677", "39999621214.25"] {
            assert_eq!(Number::from_decimal(text).unwrap().to_decimal().as_deref(), Some(text));
        }
        assert_eq!(Number::quotient(1, 3).unwrap().to_decimal(), None);
        for text in ["1.2.3", "", ".", "1..0", "1.0.", "-1"] {
            assert_eq!(Number::from_decimal(text), None, "{text}");
        }
        assert_eq!(Number::from_decimal(".0"), Some(Number::ZERO));
        assert_eq!(Number::from_decimal("5."), Some(Number::from(5)));
    }

    #[test]
    fn a_number_of_more_digits_than_can_be_used_is_not_read() {
        for text in ["1".repeat(MAX_DIGITS), format!("0.{}", "1".repeat(MAX_DIGITS - 1))] {
            assert_eq!(Number::from_decimal(&text).unwrap().to_decimal(), Some(text.clone()));
            assert_eq!(Number::from_decimal(&format!("{text}1")), None);
        }
        // Refused before anything is computed: this would take minutes.
        assert_eq!(Number::from_decimal(&"1".repeat(10_000_000)), None);
    }

    /// `5 ** count` and `2 ** count` behind a point: everything of the fraction can be reduced.
    #[test]
    fn decimals_are_in_lowest_terms() {
        for (base, other) in [(5, 2), (2, 5)] {
            let digits = num_traits::pow(BigInt::from(base), 3_000).to_string();
            let number = Number::from_decimal(&format!("0.{digits:0>3000}")).unwrap();
            assert_eq!(number.numerator(), BigInt::from(1));
            assert_eq!(number.denominator(), num_traits::pow(BigInt::from(other), 3_000));
        }
    }

    proptest! {
        #[test]
        fn decimals_are_fractions(digits in "[0-9]{0,12}", places in "[025]{0,30}") {
            let text = format!("{digits}.{places}");
            let numerator: BigInt = format!("0{digits}{places}").parse().unwrap();
            let expected = BigRational::new(numerator, num_traits::pow(BigInt::from(10), places.len()));
            let expected = (text != ".").then(|| Number::from_big(expected));
            prop_assert_eq!(Number::from_decimal(&text), expected);
        }

        #[test]
        fn small_and_big_arithmetic_agree(a in any::<i64>(), b in 1..i64::MAX, c in any::<i64>(), d in 1..i64::MAX) {
            let x = Number::quotient(a.into(), b.into()).unwrap();
            let y = Number::quotient(c.into(), d.into()).unwrap();
            let big = |n: i64, d: i64| BigRational::new(n.into(), d.into());
            prop_assert_eq!(&x + &y, Number::from_big(big(a, b) + big(c, d)));
            prop_assert_eq!(&x - &y, Number::from_big(big(a, b) - big(c, d)));
            prop_assert_eq!(&x * &y, Number::from_big(big(a, b) * big(c, d)));
            prop_assert_eq!(x.cmp(&y), big(a, b).cmp(&big(c, d)));
            prop_assert_eq!(x.floor(), Number::from_big(big(a, b).floor()));
            if !y.is_zero() {
                prop_assert_eq!(x.divide(&y).unwrap(), Number::from_big(big(a, b) / big(c, d)));
            }
        }
    }
}
