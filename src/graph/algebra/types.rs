//! The types of values.

use std::fmt;

macro_rules! types {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The type of a value, an element or a hole of a graph.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Type {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Type {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name, as it is written in signatures.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// Description of the type's values.
            pub fn documentation(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+),)+
                }
            }
        }
    };
}

types! {
    /// A whole number.
    Int = "Int",
    /// A rational number.
    Rat = "Rat",
    /// A rational number that prints as a decimal.
    Dec = "Dec",
    /// A number of hundredths.
    Percent = "Percent",
    /// True or false.
    Bool = "Bool",
    /// The name of a variable.
    Var = "Var",
    /// The name of a function.
    Fun = "Fun",
    /// An expression of numbers, variables, applications, sums, products, quotients, powers and square roots.
    Expr = "Expr",
    /// A polynomial in normal form.
    Poly = "Poly",
    /// Two expressions that are equal.
    Equation = "Equation",
    /// Equations that hold together.
    System = "System",
    /// Values of the variables of a system.
    Solution = "Solution",
    /// Numbers in ascending order, each once.
    SetRat = "Set<Rat>",
    /// Whole numbers in some order.
    ListInt = "List<Int>",
    /// Numbers in some order.
    ListRat = "List<Rat>",
    /// Things to choose from.
    ListChoice = "List<Choice>",
    /// Labels in some order.
    ListLabel = "List<Label>",
    /// A rational number plus rational multiples of square roots.
    Surd = "Surd",
    /// A product of rational powers of variables.
    Power = "Power",
    /// First, second, third, ...
    Ordinal = "Ordinal",
    /// A comparison of two numbers.
    Relation = "Relation",
    /// Up (small things first) or down.
    Direction = "Direction",
    /// The base of a numeral system, from 2 to 36.
    Base = "Base",
    /// Digits in some base, perhaps with a sign.
    BaseNumber = "BaseNumber",
    /// A unit of measurement.
    Unit = "Unit",
    /// A number of units.
    Quantity = "Quantity",
    /// A time of day.
    Time = "Time",
    /// The place of a digit.
    Place = "Place",
    /// The label of a choice.
    Label = "Label",
    /// A number with the label that names it.
    Choice = "Choice",
    /// Letters to draw from, with how many there are of each.
    Bag = "Bag",
    /// Letters in order.
    Letters = "Letters",
    /// Letters with the number of each.
    Counts = "Counts",
    /// A text.
    Text = "Text",
    /// Values of variables and definitions of functions.
    Env = "Env",
}

impl Type {
    /// Whether a value of this type can stand where one of type `wanted` is taken. A number that is not known to be
    /// whole may stand where a whole one is wanted; evaluation finds out.
    pub fn fits(self, wanted: Self) -> bool {
        use Type::{Dec, Expr, Int, ListChoice, ListInt, ListRat, Poly, Rat, Var};
        self == wanted
            || matches!(
                (self, wanted),
                (Int | Dec, Rat)
                    | (Rat | Dec, Int)
                    | (Int | Rat | Dec | Var, Expr | Poly)
                    | (Poly, Expr)
                    | (ListInt, ListRat | ListChoice)
                    | (ListRat, ListChoice)
            )
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
