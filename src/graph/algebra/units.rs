//! Units of measurement.

/// Quantity that a unit measures, with its smallest unit.
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
    /// Millimetres an hour.
    Speed,
    /// Bits.
    Data,
    /// Months and longer, which have no fixed number of days.
    Calendar,
}

/// A unit, with its size as a multiple of the smallest unit of its dimension.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// The name of one.
    pub name: &'static str,
    /// The name of several.
    pub plural: &'static str,
    /// The symbol behind a number; empty if there is none.
    pub symbol: &'static str,
    /// The quantity that it measures.
    pub dimension: Dimension,
    /// Its size in the smallest unit of the dimension.
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

use Dimension::{Calendar, Data, Length, Mass, Speed, Time, Volume};

/// Every unit.
pub static UNITS: &[Unit] = &[
    unit("nanometer", "nanometers", "nm", Length, 1),
    unit("micrometer", "micrometers", "um", Length, 1_000),
    unit("millimeter", "millimeters", "mm", Length, 1_000_000),
    unit("centimeter", "centimeters", "cm", Length, 10_000_000),
    unit("meter", "meters", "m", Length, 1_000_000_000),
    unit("kilometer", "kilometers", "km", Length, 1_000_000_000_000),
    unit("decimeter", "decimeters", "dm", Length, 100_000_000),
    unit("inch", "inches", "in", Length, 25_400_000),
    unit("foot", "feet", "ft", Length, 304_800_000),
    unit("yard", "yards", "yd", Length, 914_400_000),
    unit("mile", "miles", "mi", Length, 1_609_344_000_000),
    unit("ounce", "ounces", "oz", Mass, 28_349_523_125),
    unit("pound", "pounds", "lb", Mass, 453_592_370_000),
    unit("centilitre", "centilitres", "cl", Volume, 10),
    unit("decilitre", "decilitres", "dl", Volume, 100),
    unit("kilometer per hour", "kilometers per hour", "kmh", Speed, 1_000_000),
    unit("meter per second", "meters per second", "mps", Speed, 3_600_000),
    unit("mile per hour", "miles per hour", "mph", Speed, 1_609_344),
    unit("bit", "bits", "", Data, 1),
    unit("byte", "bytes", "", Data, 8),
    unit("kilobyte", "kilobytes", "kB", Data, 8_000),
    unit("megabyte", "megabytes", "MB", Data, 8_000_000),
    unit("gigabyte", "gigabytes", "GB", Data, 8_000_000_000),
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
        let word = match word.as_str() {
            "kilo" | "kilos" => "kilogram",
            "hr" | "hrs" => "hour",
            "min" | "mins" => "minute",
            "sec" | "secs" => "second",
            other => other,
        };
        UNITS.iter().find(|unit| unit.name == word || unit.plural == word)
    }

    /// The unit of a way in a time.
    pub fn speed(way: &Self, time: &Self) -> Option<&'static Self> {
        let name = format!("{} per {}", way.name, time.name);
        UNITS.iter().find(|unit| unit.dimension == Speed && unit.name == name)
    }

    /// The unit of a symbol.
    pub fn with_symbol(symbol: &str) -> Option<&'static Self> {
        UNITS.iter().find(|unit| !unit.symbol.is_empty() && unit.symbol == symbol)
    }
}
