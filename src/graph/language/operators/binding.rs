//! Operators that build environments from the statements of a question, and evaluate in them.

use std::sync::Arc;

use super::operators;
use crate::algebra::bindings::Bindings;
use crate::algebra::value::{Choice, Scalar};

operators! { budget;
    /// The empty environment: nothing is known.
    env {
        () -> Env => Ok(Arc::new(Bindings::default()));
    }
    "Let v = -6 + 7. Solve -1 = -3*u + v*u + u for u.",
    "sol_get(solve_linear(system(resolve(f2, bind(env, f0, f1)))), f3)" => "1",
    "def env(): return EMPTY";

    /// An environment extended by the value of a variable. Known variables and functions are substituted in the value.
    bind {
        (known: Env, name: Var, value: Expr) -> Env => known.bind(name, &value, budget).map(Arc::new);
    }
    "Let x = 2/9 + -11/18. Let w = -9 - -10. Which is the smallest value?  (a) x  (b) -3  (c) w",
    "kth(resolve(f5, bind(bind(env, f0, f1), f2, f3)), f4)" => "b",
    "def bind(known, name, value): return Env({**known.variables, name: resolved(value, known)}, known.functions)";

    /// An environment extended by the definition of a function of one variable. Known variables and functions are
    /// substituted in the body.
    define {
        (known: Env, name: Fun, parameter: Var, body: Expr) -> Env =>
            known.define(name, parameter, &body, budget).map(Arc::new);
    }
    "Let s(i) = -i**2 + 31*i - 656. Calculate s(18).",
    "value(f3, define(env, f0, f1, f2))" => "-422",
    r#"def define(known, name, parameter, body):
    others = {other: value for other, value in known.variables.items() if other != parameter}
    return Env(known.variables, {**known.functions, name: (parameter, resolved(body, Env(others, known.functions)))})"#;

    /// An environment in which the variables of a solution have their values.
    bind_solution {
        (known: Env, solution: Solution) -> Env => Ok(Arc::new(known.bind_all(&solution)));
    }
    "Suppose 25*k = 2230 - 1680. List the prime factors of k.",
    "prime_factors(value(f1, bind_solution(env, solve_linear(system(f0)))))" => "2, 11",
    "def bind_solution(known, solution): return Env({**known.variables, **solution}, known.functions)";

    /// An expression, equation or list of choices with the known variables and functions substituted. A polynomial
    /// comes out in normal form, and choices without variables as numbers.
    resolve {
        (expr: Expr, known: Env) -> Expr => known.resolve(&expr, budget).map(Arc::new);
        (equation: Equation, known: Env) -> Equation => known.resolve_equation(&equation, budget).map(Arc::new);
        (choices: ListChoice, known: Env) -> ListChoice => {
            let resolved = choices.iter().map(|choice| {
                Ok(Choice { label: choice.label.clone(), value: known.resolve(&choice.value, budget)? })
            });
            resolved.collect::<Result<Vec<_>, _>>().map(Arc::new)
        };
    }
    "Let l(o) = o**2. Let n(m) = -3363*m**2 - 43*m. What is n(l(j))?",
    "resolve(f6, define(define(env, f0, f1, f2), f3, f4, f5))" => "-3363*j**4 - 43*j**2",
    r#"def resolve(expr, known):
    if isinstance(expr, list):
        return [Choice(choice.label, resolved(choice.value, known)) for choice in choices_of(expr)]
    is_equation = isinstance(expr, tuple) and expr[0] == "="
    return ("=", resolved(expr[1], known), resolved(expr[2], known)) if is_equation else resolved(expr, known)"#;

    /// An expression with another substituted for a variable.
    subst {
        (expr: Expr, name: Var, value: Expr) -> Expr => {
            let known = Bindings::default().bind(name, &value, budget)?;
            known.resolve(&expr, budget).map(Arc::new)
        };
    }
    "Let s(i) = -i**2 + 31*i - 656. Calculate s(18).",
    "subst(f2, f1, subst(f1, f1, 18))" => "-422",
    "def subst(expr, name, value): return resolved(expr, Env({name: resolved(value, EMPTY)}, {}))";

    /// The value of a function at an expression.
    apply {
        (function: Fun, argument: Expr, known: Env) -> Expr =>
            known.apply(function, &argument, budget).map(Arc::new);
    }
    "Let c be (-42)/(-28)*2. Let h(b) = b**2 - 4. Let a be h(c). What is the units digit of a?",
    "let e = bind(env, f0, f1)\nlet d = define(e, f2, f3, f4)\ndigit(value(apply(f2, f0, bind(d, f0, resolve(f0, d)))), f7)" => "5",
    r#"def apply(function, argument, known): return resolved(("apply", function, argument), known)"#;

    /// The number that is the value of an expression, with the known variables and functions substituted. It prints as
    /// a decimal if the expression has decimals.
    value {
        (expr: Expr) -> Rat => {
            let number = Bindings::default().number(&expr, budget)?;
            Ok(Scalar { number, is_decimal: expr.has_decimal() })
        };
        (expr: Expr, known: Env) -> Rat => {
            let number = known.number(&expr, budget)?;
            Ok(Scalar { number, is_decimal: expr.has_decimal() })
        };
    }
    "What is -7 - (192 + -225 - (0 + -3 - -16))?", "value(f0)" => "39",
    "def value(expr, known=EMPTY): return like(evaluated(expr, known), expr)";
}
