//! Words of questions that stand for values.

use crate::algebra::units::Unit;
use crate::algebra::value::{Direction, Relation};

/// Nouns before which `a` is the article and no variable.
pub fn follows_article(word: &str) -> bool {
    matches!(word, "factor" | "multiple" | "divisor" | "number" | "letter" | "polynomial" | "function")
        || Unit::named(word).is_some()
}

/// Words that stand behind a name, so that an `a` before them may be one.
pub fn follows_name(word: &str) -> bool {
    matches!(
        word,
        "is" | "be"
            | "and"
            | "or"
            | "in"
            | "to"
            | "from"
            | "by"
            | "for"
            | "at"
            | "as"
            | "not"
            | "when"
            | "if"
            | "wrt"
            | "over"
            | "plus"
            | "minus"
            | "times"
            | "divided"
            | "multiplied"
            | "added"
            | "subtracted"
            | "rounded"
            | "raised"
            | "squared"
            | "cubed"
            | "less"
            | "more"
            | "greater"
            | "bigger"
            | "smaller"
            | "equal"
            | "equals"
            | "unequal"
            | "divide"
            | "denote"
            | "prime"
            | "composite"
            | "with"
            | "such"
            | "where"
            | "given"
            | "are"
            | "does"
            | "has"
    )
}

/// Words of two or three letters that are not products of names, and the ends of ordinals.
pub fn is_short_word(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "th" | "st"
            | "nd"
            | "rd"
            | "is"
            | "as"
            | "at"
            | "in"
            | "of"
            | "or"
            | "to"
            | "be"
            | "by"
            | "an"
            | "if"
            | "so"
            | "do"
            | "no"
            | "it"
            | "we"
            | "he"
            | "my"
            | "me"
            | "up"
            | "on"
            | "us"
            | "am"
            | "pm"
            | "and"
            | "the"
            | "are"
            | "for"
            | "how"
            | "sum"
            | "add"
            | "lcm"
            | "gcd"
            | "gcf"
            | "hcf"
            | "mod"
            | "log"
            | "sin"
            | "cos"
            | "tan"
            | "max"
            | "min"
            | "let"
            | "get"
            | "one"
            | "two"
            | "six"
            | "ten"
            | "but"
            | "its"
            | "who"
            | "why"
            | "dx"
            | "dy"
            | "dt"
            | "wrt"
    )
}

/// Relations in words, longer ones before those that they begin with.
pub const RELATIONS: &[(&[&str], Relation)] = &[
    (&["less", "than", "or", "equal", "to"], Relation::AtMost),
    (&["greater", "than", "or", "equal", "to"], Relation::AtLeast),
    (&["smaller", "than", "or", "equal", "to"], Relation::AtMost),
    (&["bigger", "than", "or", "equal", "to"], Relation::AtLeast),
    (&["at", "most", "as", "big", "as"], Relation::AtMost),
    (&["at", "least", "as", "big", "as"], Relation::AtLeast),
    (&["at", "most"], Relation::AtMost),
    (&["at", "least"], Relation::AtLeast),
    (&["less", "than"], Relation::Less),
    (&["smaller", "than"], Relation::Less),
    (&["greater", "than"], Relation::Greater),
    (&["bigger", "than"], Relation::Greater),
    (&["more", "than"], Relation::Greater),
    (&["not", "equal", "to"], Relation::Unequal),
    (&["not", "equal"], Relation::Unequal),
    (&["different", "values"], Relation::Unequal),
    (&["unequal"], Relation::Unequal),
    (&["nonequal"], Relation::Unequal),
    (&["the", "same", "value"], Relation::Equal),
    (&["equal", "to"], Relation::Equal),
    (&["equal"], Relation::Equal),
];

/// The direction in which a word looks; a superlative before `common` (`greatest common divisor`) looks nowhere, which
/// the caller sees.
pub fn direction(word: &str) -> Option<Direction> {
    match word {
        "smallest" | "smaller" | "lowest" | "least" | "lower" | "increasing" | "ascending" | "minimum" => {
            Some(Direction::Up)
        }
        "biggest" | "bigger" | "greatest" | "greater" | "largest" | "larger" | "highest" | "higher" | "decreasing"
        | "descending" | "maximum" => Some(Direction::Down),
        _ => None,
    }
}

/// Part of a cardinal number in words: a summand, or a factor for the words before it.
pub enum Numeral {
    /// A summand below a hundred.
    Small(i64),
    /// A factor: a hundred, a thousand, ...
    Scale(i64),
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number below a hundred in words; any other in digits.
pub fn in_words(number: i64) -> String {
    match usize::try_from(number) {
        Ok(small @ 0..20) => SMALL[small].to_owned(),
        Ok(number @ 20..100) if number % 10 == 0 => TENS[number / 10].to_owned(),
        Ok(number @ 20..100) => format!("{}-{}", TENS[number / 10], SMALL[number % 10]),
        _ => number.to_string(),
    }
}

/// Spellings of the data that are not those of dictionaries.
fn corrected(word: &str) -> &str {
    match word {
        "fourteeen" => "fourteen",
        "fourty" => "forty",
        "twelth" => "twelfth",
        "twelths" => "twelfths",
        "fourteeenth" => "fourteenth",
        "fourteeenths" => "fourteenths",
        "fourtieth" => "fortieth",
        "fourtieths" => "fortieths",
        other => other,
    }
}

fn place_in(words: &[&str], word: &str) -> Option<i64> {
    words.iter().position(|other| *other == word && !word.is_empty()).map(|index| index as i64)
}

/// The part of a cardinal number that a word is.
pub fn numeral(word: &str) -> Option<Numeral> {
    let lower = word.to_ascii_lowercase();
    let word = corrected(&lower);
    let scale = match word {
        "hundred" => 100,
        "thousand" => 1_000,
        "million" => 1_000_000,
        "billion" => 1_000_000_000,
        "trillion" => 1_000_000_000_000,
        "dozen" => 12,
        _ => 0,
    };
    if scale > 0 {
        return Some(Numeral::Scale(scale));
    }
    let small = place_in(&SMALL, word).or_else(|| place_in(&TENS, word).map(|tens| tens * 10));
    small.map(Numeral::Small)
}

/// The number of an ordinal, such as 3 for `third`.
pub fn ordinal(word: &str) -> Option<i64> {
    const FIRST: [&str; 13] = [
        "", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth",
    ];
    let word = corrected(word);
    place_in(&FIRST, word).or_else(|| {
        if let Some(tens) = word.strip_suffix("ieth") {
            return place_in(&TENS, &format!("{tens}y")).map(|tens| tens * 10);
        }
        word.strip_suffix("th").and_then(|cardinal| match numeral(cardinal)? {
            Numeral::Small(number) if number > 12 => Some(number),
            Numeral::Scale(number) => Some(number),
            Numeral::Small(_) => None,
        })
    })
}

/// The denominator that a word names, such as 5 for `fifths`.
pub fn denominator(word: &str) -> Option<i64> {
    match word {
        "half" | "halves" => Some(2),
        "quarter" | "quarters" => Some(4),
        _ => ordinal(word.strip_suffix('s').unwrap_or(word)).filter(|number| *number > 2),
    }
}

/// The number of decimal places of `tenth`, `hundredth` and `thousandth`, also as misspelled by one letter.
pub fn decimal_place(word: &str) -> Option<i64> {
    match word {
        "tenth" => Some(1),
        "hundredth" | "hundreth" => Some(2),
        "thousandth" | "thousanth" => Some(3),
        _ => None,
    }
}

/// The power of ten of a place: `units`, `tens`, and `hundreds` of which scale.
pub fn place(words: &[&str]) -> Option<u32> {
    let scale = |word: &str| match word {
        "thousands" => Some(3),
        "millions" => Some(6),
        "billions" => Some(9),
        "trillions" => Some(12),
        _ => None,
    };
    match words {
        ["units" | "ones"] => Some(0),
        ["tens"] => Some(1),
        ["hundreds"] => Some(2),
        [word] => scale(word),
        ["ten", word] => scale(word).map(|exponent| exponent + 1),
        ["hundred", word] => scale(word).map(|exponent| exponent + 2),
        _ => None,
    }
}
