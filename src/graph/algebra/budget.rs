//! Limits of an evaluation, so that none hangs or fills the memory.

use super::error::EvalError;
use super::number::{MAX_DIGITS, Number};

/// Steps and digits that an evaluation may still use. A step is about one operation on a number or a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    steps: u64,
    bits: u64,
}

impl Budget {
    /// A budget of this many steps, and of numbers up to this many decimal digits in numerator and denominator
    /// together.
    pub fn new(steps: u64, digits: u64) -> Self {
        // A decimal digit is log2(10) = 3.33 bits.
        Self { steps, bits: digits.saturating_mul(10) / 3 }
    }

    /// Takes steps.
    ///
    /// # Errors
    /// When there are not so many left.
    pub fn spend(&mut self, steps: u64) -> Result<(), EvalError> {
        self.steps = self.steps.checked_sub(steps).ok_or(EvalError::OutOfSteps)?;
        Ok(())
    }

    /// The number itself, for one step and many more for a long one.
    ///
    /// # Errors
    /// When it is too long or the steps are spent.
    pub fn number(&mut self, number: Number) -> Result<Number, EvalError> {
        self.length(number.bits())?;
        Ok(number)
    }

    /// Takes the steps for a number of this many bits that is still to be made.
    ///
    /// # Errors
    /// When it will be too long or the steps are spent.
    pub fn length(&mut self, bits: u64) -> Result<(), EvalError> {
        if bits > self.bits.max(64) {
            return Err(EvalError::TooManyDigits);
        }
        // What is done to long numbers takes time that grows with the square of their length.
        self.spend(1 + (bits / 256).saturating_mul(bits / 256))
    }

    /// `base` to a whole power, refused before it is computed if it would be too long.
    ///
    /// # Errors
    /// As said, and for a negative power of zero.
    pub fn power(&mut self, base: &Number, exponent: i64) -> Result<Number, EvalError> {
        let trivial = base.is_zero() || base.abs().is_one();
        let (numerator, denominator) = (base.numerator().bits(), base.denominator().bits());
        let bits = numerator.max(denominator).saturating_sub(1).saturating_mul(exponent.unsigned_abs());
        if !trivial && bits > self.bits {
            return Err(EvalError::TooManyDigits);
        }
        // Of 0, 1 and -1 only the parity and the sign of the exponent matter.
        let exponent = if trivial { exponent.signum() * (2 - exponent.rem_euclid(2)) } else { exponent };
        let exponent = i32::try_from(exponent).map_err(|_| EvalError::TooManyDigits)?;
        let power = base.power(exponent).ok_or(EvalError::DivisionByZero)?;
        self.number(power)
    }
}

impl Default for Budget {
    /// A million steps, numbers up to 10,000 digits: a hundred times what questions of the data need.
    fn default() -> Self {
        Self::new(1_000_000, MAX_DIGITS as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towers_are_refused_before_they_are_built() {
        let mut budget = Budget::default();
        assert_eq!(budget.power(&Number::from(9), 387_420_489), Err(EvalError::TooManyDigits));
        assert_eq!(budget.power(&Number::from(-1), i64::MAX), Ok(Number::from(-1)));
        assert_eq!(budget.power(&Number::from(-1), i64::MIN + 1), Ok(Number::from(-1)));
        assert_eq!(budget.power(&Number::ZERO, -3), Err(EvalError::DivisionByZero));
        assert_eq!(budget.power(&Number::ZERO, 0), Ok(Number::ONE));
    }

    #[test]
    fn steps_run_out() {
        let mut budget = Budget::new(2, 10);
        assert_eq!(budget.spend(2), Ok(()));
        assert_eq!(budget.spend(1), Err(EvalError::OutOfSteps));
    }
}
