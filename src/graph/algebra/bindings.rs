//! The environment of a question: values of variables and definitions of functions so far.

use std::sync::Arc;

use super::budget::Budget;
use super::error::EvalError;
use super::expr::{Equation, Expr, Operation, deeper, operate};
use super::name::Name;
use super::number::Number;
use super::polynomial::Polynomial;

/// Values of variables and definitions of functions, the latest last. Bound expressions are resolved already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bindings {
    variables: Vec<(Name, Arc<Expr>)>,
    functions: Vec<(Name, Name, Arc<Expr>)>,
}

/// A number while it is one, so that arithmetic allocates no polynomials.
enum Part {
    Number(Number),
    Polynomial(Polynomial),
}

impl Part {
    fn polynomial(self) -> Polynomial {
        match self {
            Self::Number(number) => Polynomial::number(number),
            Self::Polynomial(polynomial) => polynomial,
        }
    }
}

impl From<Polynomial> for Part {
    fn from(polynomial: Polynomial) -> Self {
        match polynomial.constant() {
            Some(number) => Self::Number(number),
            None => Self::Polynomial(polynomial),
        }
    }
}

impl Bindings {
    /// The same with a value for a variable.
    ///
    /// # Errors
    /// When the value cannot be resolved.
    pub fn bind(&self, name: Name, value: &Expr, budget: &mut Budget) -> Result<Self, EvalError> {
        let value = self.resolve(value, budget)?;
        let mut next = self.clone();
        next.variables.push((name, Arc::new(value)));
        Ok(next)
    }

    /// The same with a value for each variable of a solution.
    pub fn bind_all(&self, solution: &[(Name, Number)]) -> Self {
        let mut next = self.clone();
        next.variables.extend(solution.iter().map(|(name, number)| (*name, Arc::new(Expr::Number(number.clone())))));
        next
    }

    /// The same with a definition of a function of one variable.
    ///
    /// # Errors
    /// When the body cannot be resolved.
    pub fn define(&self, name: Name, parameter: Name, body: &Expr, budget: &mut Budget) -> Result<Self, EvalError> {
        let mut next = self.clone();
        next.variables.retain(|variable| variable.0 != parameter);
        let body = next.resolve(body, budget)?;
        next.variables.clone_from(&self.variables);
        next.functions.push((name, parameter, Arc::new(body)));
        Ok(next)
    }

    /// The variables with their values, later ones in the place of earlier ones of the same name.
    pub fn variables(&self) -> impl Iterator<Item = (Name, &Expr)> {
        self.variables.iter().map(|(name, value)| (*name, &**value))
    }

    /// The functions with their parameters and bodies, likewise.
    pub fn functions(&self) -> impl Iterator<Item = (Name, Name, &Expr)> {
        self.functions.iter().map(|(name, parameter, body)| (*name, *parameter, &**body))
    }

    fn variable(&self, name: Name) -> Option<&Expr> {
        self.variables.iter().rev().find(|variable| variable.0 == name).map(|variable| &*variable.1)
    }

    fn function(&self, name: Name) -> Result<(Name, &Expr), EvalError> {
        let found = self.functions.iter().rev().find(|function| function.0 == name);
        found.map(|function| (function.1, &*function.2)).ok_or(EvalError::UnknownFunction(name))
    }

    /// The value of a function.
    ///
    /// # Errors
    /// When the function is not defined, or its value has no normal form.
    pub fn apply(&self, name: Name, argument: &Expr, budget: &mut Budget) -> Result<Expr, EvalError> {
        let applied = Expr::Apply(name, Arc::new(argument.clone()));
        self.resolve(&applied, budget)
    }

    /// An expression with all that is known in the place of variables and functions, in normal form if it is a
    /// polynomial.
    ///
    /// # Errors
    /// Division by zero, functions that are not defined, a spent budget.
    pub fn resolve(&self, expr: &Expr, budget: &mut Budget) -> Result<Expr, EvalError> {
        match self.part(expr, budget) {
            Ok(Part::Number(number)) => Ok(Expr::Number(number)),
            Ok(Part::Polynomial(polynomial)) => Ok(Expr::Polynomial(Arc::new(polynomial))),
            Err(EvalError::NotPolynomial | EvalError::NotOfForm(_)) => self.substitute(expr, 0, budget),
            Err(error) => Err(error),
        }
    }

    /// An equation, both sides resolved.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn resolve_equation(&self, equation: &Equation, budget: &mut Budget) -> Result<Equation, EvalError> {
        let left = self.resolve(&equation.left, budget)?;
        Ok(Equation { left, right: self.resolve(&equation.right, budget)? })
    }

    /// The value of an expression in which nothing is left open.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when a variable has no value.
    pub fn number(&self, expr: &Expr, budget: &mut Budget) -> Result<Number, EvalError> {
        match self.part(expr, budget)? {
            Part::Number(number) => Ok(number),
            Part::Polynomial(polynomial) => {
                Err(polynomial.variables().first().map_or(EvalError::NotPolynomial, |&name| EvalError::Unbound(name)))
            }
        }
    }

    /// The polynomial that an expression is.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve), and when it is none.
    pub fn polynomial(&self, expr: &Expr, budget: &mut Budget) -> Result<Polynomial, EvalError> {
        Ok(self.part(expr, budget)?.polynomial())
    }

    fn part(&self, expr: &Expr, budget: &mut Budget) -> Result<Part, EvalError> {
        budget.spend(1)?;
        match expr {
            Expr::Number(number) | Expr::Decimal(number) => Ok(Part::Number(number.clone())),
            Expr::Variable(name) => match self.variable(*name) {
                Some(value) => Self::default().part(value, budget),
                None => Ok(Part::Polynomial(Polynomial::variable(*name))),
            },
            Expr::Polynomial(polynomial) => self.inside(polynomial, budget),
            Expr::Apply(name, argument) => {
                let (parameter, body) = self.function(*name)?;
                let argument = deeper(|| self.part(argument, budget))?.polynomial();
                let body = Self::default().part(body, budget)?.polynomial();
                Ok(body.substitute(parameter, &argument, budget)?.into())
            }
            Expr::Sqrt(x) => match deeper(|| self.part(x, budget))? {
                Part::Number(number) => Ok(Part::Number(Expr::Sqrt(Arc::new(Expr::Number(number))).number(budget)?)),
                Part::Polynomial(_) => Err(EvalError::NotPolynomial),
            },
            Expr::Negate(x) => match deeper(|| self.part(x, budget))? {
                Part::Number(number) => Ok(Part::Number(-&number)),
                Part::Polynomial(polynomial) => Ok(Part::Polynomial(polynomial.scale(&Number::from(-1), budget)?)),
            },
            Expr::Binary(operation, x, y) => {
                let (x, y) = deeper(|| Ok::<_, EvalError>((self.part(x, budget)?, self.part(y, budget)?)))?;
                combine(*operation, x, y, budget)
            }
        }
    }

    /// A polynomial with the values of its variables.
    fn inside(&self, polynomial: &Polynomial, budget: &mut Budget) -> Result<Part, EvalError> {
        let mut result = polynomial.clone();
        for name in polynomial.variables() {
            if let Some(value) = self.variable(name) {
                let value = Self::default().polynomial(value, budget)?;
                result = result.substitute(name, &value, budget)?;
            }
        }
        Ok(result.into())
    }

    /// Replaces bound names; subexpressions that are not polynomials keep their form.
    fn substitute(&self, expr: &Expr, depth: usize, budget: &mut Budget) -> Result<Expr, EvalError> {
        budget.spend(1)?;
        if depth > super::expr::MAX_DEPTH {
            return Err(EvalError::TooDeep);
        }
        let mut inner = |x: &Expr| deeper(|| self.substitute(x, depth + 1, budget));
        Ok(match expr {
            Expr::Number(_) | Expr::Decimal(_) => expr.clone(),
            Expr::Variable(name) => self.variable(*name).unwrap_or(expr).clone(),
            Expr::Sqrt(x) => Expr::Sqrt(Arc::new(inner(x)?)),
            Expr::Negate(x) => Expr::Negate(Arc::new(inner(x)?)),
            Expr::Binary(operation, x, y) => Expr::binary(*operation, inner(x)?, inner(y)?),
            Expr::Polynomial(polynomial) => Expr::from_polynomial(self.inside(polynomial, budget)?.polynomial()),
            Expr::Apply(name, argument) => {
                let argument = inner(argument)?;
                let (parameter, body) = self.function(*name)?;
                let mut scope = Self::default();
                scope.variables.push((parameter, Arc::new(argument)));
                deeper(|| scope.substitute(body, depth + 1, budget))?
            }
        })
    }
}

fn combine(operation: Operation, x: Part, y: Part, budget: &mut Budget) -> Result<Part, EvalError> {
    match (operation, x, y) {
        (_, Part::Number(x), Part::Number(y)) => Ok(Part::Number(operate(operation, &x, &y, budget)?)),
        (Operation::Add, x, y) => Ok(x.polynomial().add(&y.polynomial(), budget)?.into()),
        (Operation::Subtract, x, y) => Ok(x.polynomial().subtract(&y.polynomial(), budget)?.into()),
        (Operation::Multiply, x, y) => Ok(x.polynomial().multiply(&y.polynomial(), budget)?.into()),
        (Operation::Divide, Part::Polynomial(x), Part::Number(y)) => {
            let inverse = Number::ONE.divide(&y).ok_or(EvalError::DivisionByZero)?;
            Ok(x.scale(&inverse, budget)?.into())
        }
        (Operation::Power, Part::Polynomial(x), Part::Number(y)) => {
            let exponent = y.to_i64().and_then(|exponent| u32::try_from(exponent).ok());
            Ok(x.power(exponent.ok_or(EvalError::NotPolynomial)?, budget)?.into())
        }
        _ => Err(EvalError::NotPolynomial),
    }
}
