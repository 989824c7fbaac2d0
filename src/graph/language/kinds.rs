//! Kinds: conversion of values into operators' arguments, and of results into values. There is one kind for each type.

use std::sync::Arc;

use crate::algebra::bindings::Bindings;
use crate::algebra::error::EvalError;
use crate::algebra::expr::{Equation as EquationData, Expr as ExprData};
use crate::algebra::linear::Solution as SolutionData;
use crate::algebra::name::Name;
use crate::algebra::number::Number;
use crate::algebra::polynomial::Polynomial;
use crate::algebra::types::Type;
use crate::algebra::value::{self, Scalar, Value};

/// A type as operators see it: the data that they take and return.
pub trait Kind {
    /// The type.
    const TYPE: Type;
    /// The Rust type of its values.
    type Data;

    /// Converts a value into data of this kind, with the conversions of subtyping.
    ///
    /// # Errors
    /// When the value is none of the kind.
    fn take(value: &Value) -> Result<Self::Data, EvalError>;

    /// Converts data into a value.
    fn give(data: Self::Data) -> Value;
}

fn wrong<T>(wanted: Type, found: &Value) -> Result<T, EvalError> {
    Err(EvalError::WrongType { wanted, found: found.kind() })
}

macro_rules! kinds {
    ($($name:ident: $data:ty = $($value:ident)::+ $([$($pattern:pat => $conversion:expr),+ $(,)?])?;)+) => {
        $(
            #[doc = concat!("Values of type `", stringify!($name), "`.")]
            pub struct $name;

            impl Kind for $name {
                const TYPE: Type = Type::$name;
                type Data = $data;

                fn take(value: &Value) -> Result<$data, EvalError> {
                    match value {
                        $($value)::+(data) => Ok(data.clone()),
                        $($($pattern => $conversion,)+)?
                        #[allow(unreachable_patterns)]
                        other => wrong(Type::$name, other),
                    }
                }

                fn give(data: $data) -> Value {
                    $($value)::+(data)
                }
            }
        )+
    };
}

fn as_expr(value: &Value) -> Option<ExprData> {
    match value {
        Value::Number(number) => Some(ExprData::Number(number.clone())),
        Value::Decimal(number) => Some(ExprData::Decimal(number.clone())),
        Value::Var(name) => Some(ExprData::Variable(*name)),
        Value::Poly(polynomial) => Some(ExprData::Polynomial(polynomial.clone())),
        _ => None,
    }
}

fn labelled(numbers: &[Scalar]) -> Arc<Vec<value::Choice>> {
    let choice = |scalar: &Scalar| value::Choice {
        label: scalar.to_string().into(),
        value: ExprData::Number(scalar.number.clone()),
    };
    Arc::new(numbers.iter().map(choice).collect())
}

kinds! {
    Percent: Number = Value::Percent;
    Bool: bool = Value::Bool;
    Var: Name = Value::Var;
    Fun: Name = Value::Fun;
    Expr: Arc<ExprData> = Value::Expr [
        other @ (Value::Number(_) | Value::Decimal(_) | Value::Var(_) | Value::Poly(_)) => match as_expr(other) {
            Some(expr) => Ok(Arc::new(expr)),
            None => wrong(Type::Expr, other),
        },
    ];
    Poly: Arc<Polynomial> = Value::Poly [
        Value::Number(number) | Value::Decimal(number) => Ok(Arc::new(Polynomial::number(number.clone()))),
        Value::Var(name) => Ok(Arc::new(Polynomial::variable(*name))),
    ];
    Equation: Arc<EquationData> = Value::Equation;
    System: Arc<Vec<Polynomial>> = Value::System;
    Solution: Arc<SolutionData> = Value::Solution;
    SetRat: Arc<Vec<Number>> = Value::Set;
    ListInt: Arc<Vec<Scalar>> = Value::Numbers;
    ListRat: Arc<Vec<Scalar>> = Value::Numbers;
    ListChoice: Arc<Vec<value::Choice>> = Value::Choices [Value::Numbers(numbers) => Ok(labelled(numbers))];
    ListLabel: Arc<Vec<Arc<str>>> = Value::Labels;
    Surd: Arc<crate::algebra::surd::Surd> = Value::Surd;
    Power: Arc<crate::algebra::power::Power> = Value::Power;
    Ordinal: u32 = Value::Ordinal;
    Relation: value::Relation = Value::Relation;
    Direction: value::Direction = Value::Direction;
    Base: u32 = Value::Base;
    BaseNumber: Arc<str> = Value::BaseNumber;
    Unit: &'static crate::algebra::units::Unit = Value::Unit;
    Quantity: Arc<value::Quantity> = Value::Quantity;
    Time: u16 = Value::Time;
    Place: u32 = Value::Place;
    Label: Arc<str> = Value::Label;
    Choice: Arc<value::Choice> = Value::Choice;
    Bag: Arc<value::Counts> = Value::Bag;
    Letters: Arc<str> = Value::Letters;
    Counts: Arc<value::Counts> = Value::Counts;
    Text: Arc<str> = Value::Text;
    Env: Arc<Bindings> = Value::Env;
}

/// Values of type `Int`.
pub struct Int;

impl Kind for Int {
    const TYPE: Type = Type::Int;
    type Data = Number;

    fn take(value: &Value) -> Result<Number, EvalError> {
        match value {
            Value::Number(number) | Value::Decimal(number) if number.is_whole() => Ok(number.clone()),
            Value::Number(_) | Value::Decimal(_) => Err(EvalError::NotWhole(value.to_string())),
            other => wrong(Type::Int, other),
        }
    }

    fn give(number: Number) -> Value {
        Value::Number(number)
    }
}

/// Values of type `Rat`; a result prints as a decimal if one of the values it was computed from did.
pub struct Rat;

impl Kind for Rat {
    const TYPE: Type = Type::Rat;
    type Data = Scalar;

    fn take(value: &Value) -> Result<Scalar, EvalError> {
        match value {
            Value::Number(number) => Ok(Scalar { number: number.clone(), is_decimal: false }),
            Value::Decimal(number) => Ok(Scalar { number: number.clone(), is_decimal: true }),
            other => wrong(Type::Rat, other),
        }
    }

    fn give(scalar: Scalar) -> Value {
        if scalar.is_decimal { Value::Decimal(scalar.number) } else { Value::Number(scalar.number) }
    }
}

/// Values of type `Dec`.
pub struct Dec;

impl Kind for Dec {
    const TYPE: Type = Type::Dec;
    type Data = Number;

    fn take(value: &Value) -> Result<Number, EvalError> {
        match value {
            Value::Number(number) | Value::Decimal(number) => Ok(number.clone()),
            other => wrong(Type::Dec, other),
        }
    }

    fn give(number: Number) -> Value {
        Value::Decimal(number)
    }
}
