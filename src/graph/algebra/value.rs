//! Values of nodes, and how they print as answers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::bindings::Bindings;
use super::expr::{Equation, Expr};
use super::linear::Solution;
use super::name::Name;
use super::number::Number;
use super::polynomial::Polynomial;
use super::power::Power;
use super::surd::Surd;
use super::types::Type;
use super::units::Unit;

/// A number that remembers whether it came from decimals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    /// The number.
    pub number: Number,
    /// Whether it prints as a decimal.
    pub is_decimal: bool,
}

/// A comparison of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
    /// `!=`
    Unequal,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Small things first.
    Up,
    /// Great things first.
    Down,
}

/// A number of units.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quantity {
    /// The number of units.
    pub amount: Number,
    /// The unit.
    pub unit: &'static Unit,
}

/// A choice with its label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// The label, as the answer prints it.
    pub label: Arc<str>,
    /// The value of the choice.
    pub value: Expr,
}

/// The number of each letter.
pub type Counts = BTreeMap<char, u64>;

/// The value of a node. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Of type `Int` or `Rat`.
    Number(Number),
    /// Of type `Dec`.
    Decimal(Number),
    /// Of type `Percent`: the number of hundredths.
    Percent(Number),
    /// Of type `Bool`.
    Bool(bool),
    /// Of type `Var`.
    Var(Name),
    /// Of type `Fun`.
    Fun(Name),
    /// Of type `Expr`.
    Expr(Arc<Expr>),
    /// Of type `Poly`.
    Poly(Arc<Polynomial>),
    /// Of type `Equation`.
    Equation(Arc<Equation>),
    /// Of type `System`: polynomials that are to be zero.
    System(Arc<Vec<Polynomial>>),
    /// Of type `Solution`.
    Solution(Arc<Solution>),
    /// Of type `Set<Rat>`.
    Set(Arc<Vec<Number>>),
    /// Of type `List<Int>` or `List<Rat>`.
    Numbers(Arc<Vec<Scalar>>),
    /// Of type `List<Choice>`.
    Choices(Arc<Vec<Choice>>),
    /// Of type `List<Label>`.
    Labels(Arc<Vec<Arc<str>>>),
    /// Of type `Surd`.
    Surd(Arc<Surd>),
    /// Of type `Power`.
    Power(Arc<Power>),
    /// Of type `Ordinal`, from 1.
    Ordinal(u32),
    /// Of type `Relation`.
    Relation(Relation),
    /// Of type `Direction`.
    Direction(Direction),
    /// Of type `Base`, from 2 to 36.
    Base(u32),
    /// Of type `BaseNumber`: digits with a sign if it is negative.
    BaseNumber(Arc<str>),
    /// Of type `Unit`.
    Unit(&'static Unit),
    /// Of type `Quantity`.
    Quantity(Arc<Quantity>),
    /// Of type `Time`: minutes since midnight.
    Time(u16),
    /// Of type `Place`: the power of ten.
    Place(u32),
    /// Of type `Label`.
    Label(Arc<str>),
    /// Of type `Choice`.
    Choice(Arc<Choice>),
    /// Of type `Bag`.
    Bag(Arc<Counts>),
    /// Of type `Letters`.
    Letters(Arc<str>),
    /// Of type `Counts`.
    Counts(Arc<Counts>),
    /// Of type `Text`.
    Text(Arc<str>),
    /// Of type `Env`.
    Env(Arc<Bindings>),
}

impl Value {
    /// The narrowest type of the value.
    pub fn kind(&self) -> Type {
        match self {
            Self::Number(number) if number.is_whole() => Type::Int,
            Self::Number(_) => Type::Rat,
            Self::Decimal(_) => Type::Dec,
            Self::Percent(_) => Type::Percent,
            Self::Bool(_) => Type::Bool,
            Self::Var(_) => Type::Var,
            Self::Fun(_) => Type::Fun,
            Self::Expr(_) => Type::Expr,
            Self::Poly(_) => Type::Poly,
            Self::Equation(_) => Type::Equation,
            Self::System(_) => Type::System,
            Self::Solution(_) => Type::Solution,
            Self::Set(_) => Type::SetRat,
            Self::Numbers(numbers) if numbers.iter().all(|scalar| scalar.number.is_whole()) => Type::ListInt,
            Self::Numbers(_) => Type::ListRat,
            Self::Choices(_) => Type::ListChoice,
            Self::Labels(_) => Type::ListLabel,
            Self::Surd(_) => Type::Surd,
            Self::Power(_) => Type::Power,
            Self::Ordinal(_) => Type::Ordinal,
            Self::Relation(_) => Type::Relation,
            Self::Direction(_) => Type::Direction,
            Self::Base(_) => Type::Base,
            Self::BaseNumber(_) => Type::BaseNumber,
            Self::Unit(_) => Type::Unit,
            Self::Quantity(_) => Type::Quantity,
            Self::Time(_) => Type::Time,
            Self::Place(_) => Type::Place,
            Self::Label(_) => Type::Label,
            Self::Choice(_) => Type::Choice,
            Self::Bag(_) => Type::Bag,
            Self::Letters(_) => Type::Letters,
            Self::Counts(_) => Type::Counts,
            Self::Text(_) => Type::Text,
            Self::Env(_) => Type::Env,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number.to_decimal() {
            Some(digits) if self.is_decimal => formatter.write_str(&digits),
            _ => write!(formatter, "{}", self.number),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "=",
            Self::Unequal => "!=",
        })
    }
}

/// A sequence of things with commas between.
fn list<T: fmt::Display>(formatter: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        write!(formatter, "{}{item}", if index == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn counts(formatter: &mut fmt::Formatter<'_>, counts: &Counts) -> fmt::Result {
    formatter.write_str("{")?;
    list(formatter, counts.iter().map(|(letter, count)| format!("{letter}: {count}")))?;
    formatter.write_str("}")
}

impl fmt::Display for Value {
    /// The value as an answer.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Decimal(number) => write!(formatter, "{}", Scalar { number: number.clone(), is_decimal: true }),
            Self::Percent(number) => write!(formatter, "{number}%"),
            Self::Bool(value) => formatter.write_str(if *value { "True" } else { "False" }),
            Self::Var(name) | Self::Fun(name) => write!(formatter, "{name}"),
            Self::Expr(expr) => write!(formatter, "{expr}"),
            Self::Poly(polynomial) => write!(formatter, "{polynomial}"),
            Self::Equation(equation) => write!(formatter, "{equation}"),
            Self::System(system) => list(formatter, system.iter().map(|polynomial| format!("{polynomial} = 0"))),
            Self::Solution(solution) => {
                list(formatter, solution.iter().map(|(name, number)| format!("{name} = {number}")))
            }
            Self::Set(numbers) => list(formatter, numbers.iter()),
            Self::Numbers(numbers) => list(formatter, numbers.iter()),
            Self::Choices(choices) => list(formatter, choices.iter().map(|choice| &choice.label)),
            Self::Labels(labels) => list(formatter, labels.iter()),
            Self::Surd(surd) => write!(formatter, "{surd}"),
            Self::Power(power) => write!(formatter, "{power}"),
            Self::Ordinal(ordinal) => write!(formatter, "{ordinal}"),
            Self::Relation(relation) => write!(formatter, "{relation}"),
            Self::Direction(Direction::Up) => formatter.write_str("up"),
            Self::Direction(Direction::Down) => formatter.write_str("down"),
            Self::Base(base) => write!(formatter, "{base}"),
            Self::BaseNumber(digits) => formatter.write_str(digits),
            Self::Unit(unit) => formatter.write_str(unit.name),
            Self::Quantity(quantity) => write!(formatter, "{} {}", quantity.amount, quantity.unit.name),
            Self::Time(minutes) => {
                let (hour, minute) = (minutes / 60 % 24, minutes % 60);
                let half = if hour < 12 { "AM" } else { "PM" };
                write!(formatter, "{}:{minute:02} {half}", (hour + 11) % 12 + 1)
            }
            Self::Place(exponent) => write!(formatter, "10**{exponent}"),
            Self::Label(text) | Self::Letters(text) | Self::Text(text) => formatter.write_str(text),
            Self::Choice(choice) => write!(formatter, "{}", choice.label),
            Self::Bag(bag) => counts(formatter, bag),
            Self::Counts(bag) => counts(formatter, bag),
            Self::Env(_) => formatter.write_str("env"),
        }
    }
}
