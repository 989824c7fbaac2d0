//! Units of measurement.

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Metres.
    Length,
    /// Grams.
    Mass,
    /// Litres.
    Volume,
    /// Seconds up to weeks.
    Time,
    /// Months and longer, which have no fixed number of days.
    Calendar,
}

/// A unit: so many times `scale` of the smallest unit of its dimension.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// The name of one.
    pub name: &'static str,
    /// The name of several.
    pub plural: &'static str,
    /// The symbol behind a number; empty if there is none.
    pub symbol: &'static str,
    /// What it measures.
    pub dimension: Dimension,
    /// How many of the smallest unit it is.
    pub scale: i64,
}

const fn unit(
    name: &'static str,
    plural: &'static str,
    symbol: &'static str,
    dimension: Dimension,
    scale: i64,
) -> Unit {
    Unit { name, plural, symbol, dimension, scale }
}

use Dimension::{Calendar, Length, Mass, Time, Volume};

/// Every unit.
pub static UNITS: &[Unit] = &[
    unit("nanometer", "nanometers", "nm", Length, 1),
    unit("micrometer", "micrometers", "um", Length, 1_000),
    unit("millimeter", "millimeters", "mm", Length, 1_000_000),
    unit("centimeter", "centimeters", "cm", Length, 10_000_000),
    unit("meter", "meters", "m", Length, 1_000_000_000),
    unit("kilometer", "kilometers", "km", Length, 1_000_000_000_000),
    unit("nanogram", "nanograms", "ng", Mass, 1),
    unit("microgram", "micrograms", "ug", Mass, 1_000),
    unit("milligram", "milligrams", "mg", Mass, 1_000_000),
    unit("gram", "grams", "g", Mass, 1_000_000_000),
    unit("kilogram", "kilograms", "kg", Mass, 1_000_000_000_000),
    unit("tonne", "tonnes", "t", Mass, 1_000_000_000_000_000),
    unit("millilitre", "millilitres", "ml", Volume, 1),
    unit("litre", "litres", "l", Volume, 1_000),
    unit("nanosecond", "nanoseconds", "ns", Time, 1),
    unit("microsecond", "microseconds", "us", Time, 1_000),
    unit("millisecond", "milliseconds", "ms", Time, 1_000_000),
    unit("second", "seconds", "s", Time, 1_000_000_000),
    unit("minute", "minutes", "", Time, 60_000_000_000),
    unit("hour", "hours", "", Time, 3_600_000_000_000),
    unit("day", "days", "", Time, 86_400_000_000_000),
    unit("week", "weeks", "", Time, 604_800_000_000_000),
    unit("month", "months", "", Calendar, 1),
    unit("year", "years", "", Calendar, 12),
    unit("decade", "decades", "", Calendar, 120),
    unit("century", "centuries", "", Calendar, 1_200),
    unit("millennium", "millennia", "", Calendar, 12_000),
];

impl Unit {
    /// The unit that a word names.
    pub fn named(word: &str) -> Option<&'static Self> {
        let word = word.replace("metre", "meter").replace("liter", "litre");
        UNITS.iter().find(|unit| unit.name == word || unit.plural == word)
    }

    /// The unit of a symbol.
    pub fn with_symbol(symbol: &str) -> Option<&'static Self> {
        UNITS.iter().find(|unit| !unit.symbol.is_empty() && unit.symbol == symbol)
    }
}
