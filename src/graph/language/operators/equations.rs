//! Operators on equations.

use std::sync::Arc;

use super::operators;
use crate::algebra::bindings::Bindings;
use crate::algebra::error::EvalError;
use crate::algebra::expr::Equation;
use crate::algebra::polynomial::Polynomial;
use crate::algebra::value::Scalar;
use crate::{
    Budget,
    algebra::{factor, linear},
};

/// The difference of an equation's sides, which is zero where the equation holds.
fn difference(equation: &Equation, budget: &mut Budget) -> Result<Polynomial, EvalError> {
    let nothing = Bindings::default();
    let left = nothing.polynomial(&equation.left, budget)?;
    left.subtract(&nothing.polynomial(&equation.right, budget)?, budget)
}

operators! { budget;
    /// The equation of two expressions.
    equation {
        (left: Expr, right: Expr) -> Equation =>
            Ok(Arc::new(Equation { left: (*left).clone(), right: (*right).clone() }));
    }
    "Let k(x) = 3*x - 6. Let k(q) = 0. What is q?",
    "roots(resolve(equation(apply(f0, f4, define(env, f0, f1, f2)), 0), env))" => "2",
    r#"def equation(left, right): return ("=", left, right)"#;

    /// The system of one equation, whose sides must be polynomials.
    system {
        (equation: Equation) -> System => Ok(Arc::new(vec![difference(&equation, budget)?]));
    }
    "Solve 627*d - 10426 = -3395 + 4882 for d.", "sol_get(solve_linear(system(f0)), f1)" => "19",
    "def system(equation): return [difference(equation)]";

    /// A system with one more equation.
    system_add {
        (system: System, equation: Equation) -> System => {
            let mut system = (*system).clone();
            system.push(difference(&equation, budget)?);
            Ok(Arc::new(system))
        };
    }
    "Solve -37 = 3*h + 8*g, 5*g - 7 + 21 = -3*h - 8 for h.",
    "sol_get(solve_linear(system_add(system(f0), f1)), f2)" => "1",
    "def system_add(system, equation): return [*system, difference(equation)]";

    /// The values that a linear system determines, by elimination. It must have a solution; what it leaves open has no
    /// value.
    solve_linear {
        (system: System) -> Solution => linear::solve(&system, budget).map(Arc::new);
    }
    "Solve -52 = 3*t - 2*n, 0*t + t = 2*n + 201 - 221 for t.",
    "sol_get(solve_linear(system_add(system(f0), f1)), f2)" => "-16",
    "def solve_linear(system): return solved(system)";

    /// The value of a variable in a solution.
    sol_get {
        (solution: Solution, name: Var) -> Rat => {
            let found = solution.iter().find(|(variable, _)| *variable == name);
            let number = found.map(|(_, number)| number.clone()).ok_or(EvalError::Undetermined(name))?;
            Ok(Scalar { number, is_decimal: false })
        };
    }
    "Solve 13*u - 46 - 553 = -53 for u.", "sol_get(solve_linear(system(f0)), f1)" => "42",
    "def sol_get(solution, name): return solution[name]";

    /// The rational numbers for which a polynomial equation in one variable holds.
    roots {
        (equation: Equation, name: Var) -> SetRat => {
            factor::roots(&difference(&equation, budget)?, name, budget).map(Arc::new)
        };
        (equation: Equation) -> SetRat => {
            let difference = difference(&equation, budget)?;
            let [name] = difference.variables()[..] else { return Err(EvalError::NotUnivariate) };
            factor::roots(&difference, name, budget).map(Arc::new)
        };
    }
    "What is q in -q**2/3 - 3381884*q/3 = 0?", "roots(f1, f0)" => "-3381884, 0",
    r#"def roots(equation, name=None):
    poly = difference(equation)
    return zeros_of(poly, name or only_variable(poly))"#;

    /// The rational numbers for which a polynomial in one variable is zero.
    zeros {
        (expr: Expr) -> SetRat => {
            let polynomial = Bindings::default().polynomial(&expr, budget)?;
            let [name] = polynomial.variables()[..] else { return Err(EvalError::NotUnivariate) };
            factor::roots(&polynomial, name, budget).map(Arc::new)
        };
    }
    "What are the zeros of x**2 - x - 12?", "zeros(f0)" => "-3, 4",
    "def zeros(expr): return zeros_of(polynomial(expr), only_variable(polynomial(expr)))";

    /// The value of an expression where the variables have the values of a solution.
    value_at {
        (expr: Expr, solution: Solution) -> Rat => {
            let number = Bindings::default().bind_all(&solution).number(&expr, budget)?;
            Ok(Scalar { number, is_decimal: expr.has_decimal() })
        };
    }
    "If x = 3, what is 2*x**2 + 1?", "value_at(f1, solve_linear(system(f0)))" => "19",
    "def value_at(expr, solution): return like(evaluated(expr, Env(solution, {})), expr)";
}
