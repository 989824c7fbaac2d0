//! Expressions as they stand in a question: trees of numbers, variables, applications and operations.
//!
//! A tree shares its parts. Its depth is bounded where it is built, and every function that walks it grows its stack.

use std::fmt;
use std::sync::Arc;

use super::budget::Budget;
use super::error::EvalError;
use super::name::Name;
use super::number::Number;
use super::polynomial::Polynomial;

/// The greatest depth of an expression.
pub const MAX_DEPTH: usize = 2_000;

/// An operation on two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a*b`
    Multiply,
    /// `a/b`
    Divide,
    /// `a**b`
    Power,
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A number.
    Number(Number),
    /// A number that was written with a decimal point.
    Decimal(Number),
    /// A variable.
    Variable(Name),
    /// `f(x)`
    Apply(Name, Arc<Expr>),
    /// `sqrt(x)`
    Sqrt(Arc<Expr>),
    /// `-x`
    Negate(Arc<Expr>),
    /// An operation on two expressions.
    Binary(Operation, Arc<Expr>, Arc<Expr>),
    /// A polynomial in normal form.
    Polynomial(Arc<Polynomial>),
}

/// Runs a step of a recursion on a stack that is large enough for it.
pub(crate) fn deeper<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, step)
}

impl Expr {
    /// An operation on two expressions.
    pub fn binary(operation: Operation, left: Expr, right: Expr) -> Self {
        Self::Binary(operation, Arc::new(left), Arc::new(right))
    }

    /// The expression whose value is a polynomial.
    pub fn from_polynomial(polynomial: Polynomial) -> Self {
        match polynomial.constant() {
            Some(number) => Self::Number(number),
            None => Self::Polynomial(Arc::new(polynomial)),
        }
    }

    /// Whether a number in it was written with a decimal point.
    pub fn has_decimal(&self) -> bool {
        match self {
            Self::Decimal(_) => true,
            Self::Number(_) | Self::Variable(_) | Self::Polynomial(_) => false,
            Self::Apply(_, x) | Self::Sqrt(x) | Self::Negate(x) => deeper(|| x.has_decimal()),
            Self::Binary(_, x, y) => deeper(|| x.has_decimal() || y.has_decimal()),
        }
    }

    /// Calls `visit` with each variable, in order of the text and as often as it occurs; applied functions are none.
    pub fn each_variable(&self, visit: &mut dyn FnMut(Name)) {
        match self {
            Self::Variable(name) => visit(*name),
            Self::Number(_) | Self::Decimal(_) => {}
            Self::Polynomial(polynomial) => polynomial.variables().into_iter().for_each(visit),
            Self::Apply(_, x) | Self::Sqrt(x) | Self::Negate(x) => deeper(|| x.each_variable(visit)),
            Self::Binary(_, x, y) => deeper(|| {
                x.each_variable(visit);
                y.each_variable(visit);
            }),
        }
    }

    /// Whether a variable occurs in it.
    pub fn mentions(&self, name: Name) -> bool {
        let mut found = false;
        self.each_variable(&mut |variable| found |= variable == name);
        found
    }

    /// Whether no variable and no function occurs in it.
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Variable(_) | Self::Apply(..) => false,
            Self::Number(_) | Self::Decimal(_) => true,
            Self::Polynomial(polynomial) => polynomial.constant().is_some(),
            Self::Sqrt(x) | Self::Negate(x) => deeper(|| x.is_closed()),
            Self::Binary(_, x, y) => deeper(|| x.is_closed() && y.is_closed()),
        }
    }

    /// Its value, if no variable is left.
    ///
    /// # Errors
    /// A variable or function in it, division by zero, the root of a number that is not a square, or a spent budget.
    pub fn number(&self, budget: &mut Budget) -> Result<Number, EvalError> {
        match self {
            Self::Number(number) | Self::Decimal(number) => Ok(number.clone()),
            Self::Variable(name) => Err(EvalError::Unbound(*name)),
            Self::Apply(name, _) => Err(EvalError::UnknownFunction(*name)),
            Self::Polynomial(polynomial) => match polynomial.constant() {
                Some(number) => Ok(number),
                None => {
                    Err(polynomial.variables().first().map_or(EvalError::NotPolynomial, |&x| EvalError::Unbound(x)))
                }
            },
            Self::Negate(x) => Ok(-&deeper(|| x.number(budget))?),
            Self::Sqrt(x) => {
                square_root(&deeper(|| x.number(budget))?).ok_or(EvalError::NotOfForm("a rational number"))
            }
            Self::Binary(operation, x, y) => {
                let (x, y) = deeper(|| Ok::<_, EvalError>((x.number(budget)?, y.number(budget)?)))?;
                operate(*operation, &x, &y, budget)
            }
        }
    }
}

/// An operation on two numbers.
pub(crate) fn operate(operation: Operation, x: &Number, y: &Number, budget: &mut Budget) -> Result<Number, EvalError> {
    let result = match operation {
        Operation::Add => x + y,
        Operation::Subtract => x - y,
        Operation::Multiply => x * y,
        Operation::Divide => x.divide(y).ok_or(EvalError::DivisionByZero)?,
        Operation::Power => {
            let exponent = match y.to_i64() {
                Some(exponent) => exponent,
                None if y.is_whole() => return Err(EvalError::TooManyDigits),
                None => return Err(EvalError::NotOfForm("a whole power")),
            };
            return budget.power(x, exponent);
        }
    };
    budget.number(result)
}

/// The square root of a square.
fn square_root(number: &Number) -> Option<Number> {
    if number.is_negative() {
        return None;
    }
    let (numerator, denominator) = (number.numerator(), number.denominator());
    let (top, bottom) = (numerator.sqrt(), denominator.sqrt());
    let is_square = &top * &top == numerator && &bottom * &bottom == denominator;
    if is_square { Number::from(top).divide(&Number::from(bottom)) } else { None }
}

/// Precedence level of a printed expression.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Power,
    Atom,
}

impl Expr {
    fn level(&self) -> Level {
        match self {
            Self::Number(number) | Self::Decimal(number) => match (number.is_negative(), number.is_whole()) {
                (true, _) => Level::Sum,
                (false, false) => {
                    if matches!(self, Self::Decimal(_)) {
                        Level::Atom
                    } else {
                        Level::Product
                    }
                }
                (false, true) => Level::Atom,
            },
            Self::Variable(_) | Self::Apply(..) | Self::Sqrt(_) => Level::Atom,
            Self::Negate(_) => Level::Sum,
            Self::Polynomial(polynomial) => {
                if polynomial.is_variable() {
                    Level::Atom
                } else {
                    Level::Sum
                }
            }
            Self::Binary(Operation::Add | Operation::Subtract, ..) => Level::Sum,
            Self::Binary(Operation::Multiply | Operation::Divide, ..) => Level::Product,
            Self::Binary(Operation::Power, ..) => Level::Power,
        }
    }

    /// Whether it may begin a product without parentheses: `-2*x` is read as it is meant.
    fn begins_product(&self) -> bool {
        matches!(self, Self::Number(number) | Self::Decimal(number) if number.is_whole())
            || self.level() >= Level::Product
    }

    fn part(&self, formatter: &mut fmt::Formatter<'_>, bare: bool) -> fmt::Result {
        deeper(|| if bare { write!(formatter, "{self}") } else { write!(formatter, "({self})") })
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Decimal(number) => match number.to_decimal() {
                Some(digits) => formatter.write_str(&digits),
                None => write!(formatter, "{number}"),
            },
            Self::Variable(name) => write!(formatter, "{name}"),
            Self::Apply(name, x) => deeper(|| write!(formatter, "{name}({x})")),
            Self::Sqrt(x) => deeper(|| write!(formatter, "sqrt({x})")),
            Self::Polynomial(polynomial) => write!(formatter, "{polynomial}"),
            Self::Negate(x) => {
                formatter.write_str("-")?;
                x.part(formatter, x.level() >= Level::Product)
            }
            Self::Binary(operation, x, y) => {
                let (sign, left, right) = match operation {
                    Operation::Add => (" + ", true, y.level() > Level::Sum),
                    Operation::Subtract => (" - ", true, y.level() > Level::Sum),
                    Operation::Multiply => ("*", x.begins_product(), y.level() > Level::Product),
                    Operation::Divide => {
                        let left = x.begins_product()
                            || matches!(&**x, Self::Negate(inner) if inner.level() >= Level::Product);
                        ("/", left, y.level() > Level::Product)
                    }
                    Operation::Power => ("**", x.level() == Level::Atom, y.level() == Level::Atom),
                };
                x.part(formatter, left)?;
                formatter.write_str(sign)?;
                y.part(formatter, right)
            }
        }
    }
}

/// `left = right`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Equation {
    /// The left side.
    pub left: Expr,
    /// The right side.
    pub right: Expr,
}

impl fmt::Display for Equation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} = {}", self.left, self.right)
    }
}
