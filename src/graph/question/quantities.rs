//! Elements in words and special notation: numerals, fractions, quantities, times, bases, places, ordinals, letters.

use std::sync::Arc;

use super::QuestionError;
use super::cursor::Cursor;
use super::expression::exponent_in_words;
use super::expression::is_article;
use super::token::{self, Token};
use super::vocabulary::{self, Numeral};
use super::walk::Walk;
use crate::algebra::expr::{Expr, Operation};
use crate::algebra::name::Name;
use crate::algebra::number::Number;
use crate::algebra::units::Unit;
use crate::algebra::value::{Counts, Quantity, Value};
use prover_syntax::tree::Span;

/// The greatest number of letters that a bag in braces may name.
const MAX_BAG: usize = 64;

type Recognised = Result<bool, QuestionError>;

/// Tries each notation in turn. Afterwards the cursor is behind the notation found, or where it was.
pub(super) fn special(walk: &mut Walk<'_>) -> Recognised {
    let parsers: [fn(&mut Walk<'_>) -> Recognised; 10] =
        [base, base_number, time, bag, letters, counts, place, nth, quantity, ordinal];
    for parser in parsers {
        let start = walk.cursor.at;
        if parser(walk)? {
            return Ok(true);
        }
        walk.cursor.at = start;
    }
    Ok(false)
}

/// Whether a base of numerals is spoken of anywhere.
pub(super) fn mentions_base(cursor: &Cursor<'_>) -> bool {
    (0..).map_while(|ahead| cursor.peek(ahead).map(|token| (ahead, token))).any(|(ahead, _)| {
        let is_number = |ahead: usize| cursor.peek(ahead) == Some(Token::Number);
        cursor.is_word(ahead, "base") && is_number(ahead + 1)
            || cursor.word(ahead).is_some_and(|word| named_base(word).is_some_and(|base| base != 10))
            || cursor.text(ahead) == "0" && prefix(cursor, ahead).is_some()
    })
}

/// The base that a word names.
fn named_base(word: &str) -> Option<u32> {
    match word {
        "binary" => Some(2),
        "octal" => Some(8),
        "decimal" => Some(10),
        "hexadecimal" | "hex" => Some(16),
        _ => None,
    }
}

/// The base of digits that begin with `0x`, `0b` or `0o`, and how long these digits are.
fn prefix(cursor: &Cursor<'_>, ahead: usize) -> Option<(u32, usize)> {
    let (zero, word) = (cursor.span(cursor.at + ahead), cursor.word(ahead + 1)?);
    let is_joined = cursor.text(ahead) == "0" && zero.end == cursor.span(cursor.at + ahead + 1).start;
    let base = match word.bytes().next().filter(|_| is_joined)? {
        b'x' => 16,
        b'b' => 2,
        b'o' => 8,
        _ => return None,
    };
    Some((base, 1))
}

/// `base 7` and `(base 7)`
fn base(walk: &mut Walk<'_>) -> Recognised {
    let start = walk.cursor.at;
    if let Some(base) = walk.cursor.word(0).filter(|_| walk.in_base).and_then(named_base) {
        walk.cursor.at += 1;
        walk.found(Value::Base(base), start)?;
        return Ok(true);
    }
    let is_open = walk.cursor.take(Token::Open);
    if !walk.cursor.is_word(0, "base") || walk.cursor.peek(1) != Some(Token::Number) {
        return Ok(false);
    }
    let Some(base) = walk.cursor.text(1).parse().ok().filter(|base| (2..=36).contains(base)) else { return Ok(false) };
    walk.cursor.at += 2;
    if is_open && !walk.cursor.take(Token::Close) {
        return Ok(false);
    }
    walk.found(Value::Base(base), start)?;
    Ok(true)
}

/// Digits where numerals are in a base. A sign belongs to them unless a numeral stands before it.
fn base_number(walk: &mut Walk<'_>) -> Recognised {
    if !walk.in_base {
        return Ok(false);
    }
    let start = walk.cursor.at;
    if let Some((base, letters)) = prefix(&walk.cursor, 0) {
        // `0xff`: the base, and then the digits.
        let whole = walk.cursor.span(start).start;
        walk.cursor.at += 1;
        while walk.cursor.at == start + 1
            || walk.cursor.touches(0) && matches!(walk.cursor.peek(0), Some(Token::Number | Token::Word))
        {
            walk.cursor.at += 1;
        }
        let end = walk.cursor.since(start).end;
        let head = Span { start: whole, end: whole + 1 + letters as u32 };
        let digits = Span { start: head.end, end };
        let text = walk.cursor.slice(digits).to_ascii_lowercase();
        if is_digits(&text) {
            walk.add(Value::Base(base), head)?;
            walk.add(Value::BaseNumber(text.into()), digits)?;
            return Ok(true);
        }
        walk.cursor.at = start;
    }
    let is_after_digits = start > 0 && is_digits(walk.cursor.slice(walk.cursor.span(start - 1)));
    if is_after_digits && matches!(walk.cursor.peek(0), Some(Token::Plus | Token::Minus)) {
        walk.cursor.at += 1;
        return Ok(true);
    }
    let is_signed = walk.cursor.take(Token::Minus);
    let first = walk.cursor.at;
    while matches!(walk.cursor.peek(0), Some(Token::Number | Token::Word))
        && (walk.cursor.at == first || walk.cursor.touches(0))
    {
        walk.cursor.at += 1;
    }
    if walk.cursor.at == first || !is_digits(walk.cursor.slice(walk.cursor.since(first))) {
        return Ok(false);
    }
    let text = walk.cursor.slice(walk.cursor.since(first));
    let digits = if is_signed { format!("-{text}") } else { text.to_owned() };
    walk.found(Value::BaseNumber(digits.into()), start)?;
    Ok(true)
}

/// Whether a text is digits of a base up to 16; words of English are none.
fn is_digits(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && !matches!(text, "be" | "add" | "added")
}

/// `8:46 PM`, `14:30`
fn time(walk: &mut Walk<'_>) -> Recognised {
    let start = walk.cursor.at;
    let cursor = &mut walk.cursor;
    let is_time = cursor.peek(0) == Some(Token::Number)
        && cursor.peek(1) == Some(Token::Colon)
        && cursor.peek(2) == Some(Token::Number)
        && cursor.text(2).len() == 2;
    let hour: Option<u16> = cursor.text(0).parse().ok();
    let minute: Option<u16> = cursor.text(2).parse().ok();
    let (true, Some(hour), Some(minute)) = (is_time, hour, minute) else { return Ok(false) };
    let half = match cursor.word(3).map(str::to_ascii_uppercase).as_deref() {
        Some("AM") => 0,
        Some("PM") => 12,
        _ if hour < 24 && minute < 60 => {
            cursor.at += 3;
            walk.found(Value::Time(hour * 60 + minute), start)?;
            return Ok(true);
        }
        _ => return Ok(false),
    };
    if !(1..=12).contains(&hour) || minute >= 60 {
        return Ok(false);
    }
    cursor.at += 4;
    walk.found(Value::Time((hour % 12 + half) * 60 + minute), start)?;
    Ok(true)
}

/// `from aabcc` and `{a: 2, b: 1, c: 2}`
fn bag(walk: &mut Walk<'_>) -> Recognised {
    let start = walk.cursor.at;
    if walk.cursor.is_word(0, "from") {
        let word =
            walk.cursor.word(1).filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        let is_other = |word: &str| vocabulary::numeral(word).is_some() || named_base(word).is_some() || word == "the";
        let Some(word) = word.filter(|word| !is_other(word)) else {
            return Ok(false);
        };
        let mut counts = Counts::new();
        word.chars().for_each(|letter| *counts.entry(letter).or_insert(0) += 1);
        walk.cursor.at += 2;
        walk.found(Value::Bag(Arc::new(counts)), start + 1)?;
        return Ok(true);
    }
    if !walk.cursor.take(Token::OpenBrace) {
        return Ok(false);
    }
    let mut counts = Counts::new();
    loop {
        let letter = walk.cursor.word(0).filter(|word| word.len() == 1).and_then(|word| word.chars().next());
        let count = walk.cursor.text(2).parse().ok();
        let (Some(letter), Some(Token::Colon), Some(count)) = (letter, walk.cursor.peek(1), count) else {
            return Ok(false);
        };
        counts.insert(letter, count);
        walk.cursor.at += 3;
        if walk.cursor.take(Token::CloseBrace) {
            break;
        }
        if !walk.cursor.take(Token::Comma) || counts.len() > MAX_BAG {
            return Ok(false);
        }
    }
    walk.found(Value::Bag(Arc::new(counts)), start)?;
    Ok(true)
}

/// The word behind `sequence`.
fn letters(walk: &mut Walk<'_>) -> Recognised {
    let is_sequence = walk.cursor.is_word(0, "sequence");
    let Some(word) = walk.cursor.word(1).filter(|_| is_sequence) else { return Ok(false) };
    let start = walk.cursor.at;
    walk.cursor.at += 2;
    walk.found(Value::Letters(word.into()), start + 1)?;
    Ok(true)
}

/// `1 u, 2 g and 1 l`
fn counts(walk: &mut Walk<'_>) -> Recognised {
    let start = walk.cursor.at;
    let mut counts = Counts::new();
    loop {
        let letter = walk.cursor.word(1).filter(|word| word.len() == 1 && !walk.cursor.touches(1));
        let letter = letter.filter(|_| walk.cursor.peek(0) == Some(Token::Number)).and_then(|word| word.chars().next());
        let number = walk.cursor.text(0).parse::<u64>().ok();
        // `3 x 4` is a product.
        let is_times = walk.cursor.is_word(1, "x") && walk.cursor.peek(2) == Some(Token::Number);
        // `3 a day` and `13 a prime number` have articles, `1 a and 2 b` letters.
        let is_article = is_times || is_article(&walk.cursor, 1);
        let (Some(letter), Some(number), false) = (letter, number, is_article) else { break };
        counts.insert(letter, number);
        walk.cursor.at += 2;
        let before = walk.cursor.at;
        walk.cursor.take(Token::Comma);
        walk.cursor.at += usize::from(walk.cursor.is_word(0, "and"));
        let goes_on = walk.cursor.at > before
            && walk.cursor.peek(0) == Some(Token::Number)
            && walk.cursor.word(1).is_some_and(|word| word.len() == 1);
        if !goes_on {
            walk.cursor.at = before;
            break;
        }
    }
    if counts.is_empty() {
        return Ok(false);
    }
    walk.found(Value::Counts(Arc::new(counts)), start)?;
    Ok(true)
}

/// A number in figures: `12`, `0.5`, `-2/5`.
fn figures(cursor: &mut Cursor<'_>) -> Option<Number> {
    let is_negative = cursor.take(Token::Minus);
    if cursor.peek(0) != Some(Token::Number) {
        return None;
    }
    let mut number = token::number(cursor.text(0))?;
    cursor.at += 1;
    // `2 million`, `3 dozen`.
    if let Some(Numeral::Scale(scale)) = cursor.word(0).and_then(vocabulary::numeral) {
        cursor.at += 1;
        return Some(&(if is_negative { -&number } else { number }) * &Number::from(scale));
    }
    if cursor.peek(0) == Some(Token::Slash) && cursor.peek(1) == Some(Token::Number) {
        number = number.divide(&token::number(cursor.text(1))?)?;
        cursor.at += 2;
    }
    Some(if is_negative { -&number } else { number })
}

/// A cardinal number in words: `one hundred thousand`, `twenty-one`.
fn cardinal(cursor: &mut Cursor<'_>) -> Option<Number> {
    let start = cursor.at;
    let (mut total, mut group): (i64, i64) = (0, 0);
    loop {
        let before = cursor.at;
        // A hyphen joins tens and units.
        let is_joined = cursor.at > start && cursor.take(Token::Minus);
        match cursor.word(0).and_then(vocabulary::numeral) {
            Some(Numeral::Small(number)) => group = group.checked_add(number)?,
            Some(Numeral::Scale(100)) => group = group.max(1).checked_mul(100)?,
            Some(Numeral::Scale(scale)) => {
                // `hundred thousand million` is no number of anybody's.
                total = total.checked_add(group.max(1).checked_mul(scale)?)?;
                group = 0;
            }
            None => {
                cursor.at = before;
                break;
            }
        }
        cursor.at += 1;
        if is_joined && cursor.at == start {
            return None;
        }
    }
    (cursor.at > start).then(|| Number::from(total + group))
}

/// A number in words, perhaps a fraction: `three`, `two fifths`.
fn in_words(cursor: &mut Cursor<'_>) -> Option<Number> {
    let number = cardinal(cursor)?;
    let denominator = cursor.word(0).and_then(vocabulary::denominator);
    // A denominator in the singular goes with one only: `one third`, but `two third roots`.
    let is_fraction = cursor.text(0).ends_with('s') || number.is_one() || cursor.is_word(1, "of");
    match denominator.filter(|_| is_fraction) {
        Some(denominator) => {
            cursor.at += 1;
            number.divide(&Number::from(denominator))
        }
        None => Some(number),
    }
}

/// The unit behind a number: `cm` at once, or `centimeters`, or `of a centimeter`.
fn unit_of(cursor: &mut Cursor<'_>) -> Option<&'static Unit> {
    if let Some((unit, tokens)) = speed(cursor) {
        cursor.at += tokens;
        return Some(unit);
    }
    let word = cursor.word(0)?;
    // `2m + 1` is no length.
    let is_factor = word.len() == 1
        && matches!(
            cursor.peek(1),
            Some(Token::Plus | Token::Minus | Token::Star | Token::Power | Token::Equal | Token::Raised)
        );
    if is_factor {
        return None;
    }
    if cursor.touches(0) {
        let unit = Unit::with_symbol(word).or_else(|| Unit::named(word))?;
        cursor.at += 1;
        return Some(unit);
    }
    if let Some(unit) = Unit::with_symbol(word).filter(|_| is_symbol(cursor, word)) {
        cursor.at += 1;
        return Some(unit);
    }
    let is_of = word == "of" && matches!(cursor.word(1), Some("a" | "an"));
    let unit = Unit::named(if is_of { cursor.word(2)? } else { word })?;
    cursor.at += if is_of { 3 } else { 1 };
    Some(unit)
}

/// Whether a symbol that stands by itself is a unit and no name: it has two letters or more, or goes before another
/// unit.
fn is_symbol(cursor: &Cursor<'_>, word: &str) -> bool {
    let is_free = word.bytes().all(|letter| !cursor.is_name(letter));
    is_free && (word.len() > 1 && !matches!(word, "in" | "oz") || matches!(cursor.word(1), Some("in" | "to" | "into")))
}

/// A speed, with the number of its tokens: `km/h`, `miles per hour`.
fn speed(cursor: &Cursor<'_>) -> Option<(&'static Unit, usize)> {
    let (way, time) = (cursor.word(0)?, cursor.word(2)?);
    let is_per = cursor.peek(1) == Some(Token::Slash) || matches!(cursor.word(1), Some("per" | "an" | "a"));
    let way = Unit::with_symbol(way).or_else(|| Unit::named(way)).filter(|_| is_per)?;
    let time = match time {
        "h" | "hr" => Unit::named("hour")?,
        word => Unit::with_symbol(word).or_else(|| Unit::named(word))?,
    };
    Unit::speed(way, time).map(|unit| (unit, 3))
}

/// A number of units or hundredths; a number in words alone; a unit alone; `even`.
fn quantity(walk: &mut Walk<'_>) -> Recognised {
    let start = walk.cursor.at;
    if let Some(amount) = figures(&mut walk.cursor) {
        let is_scaled = walk.cursor.before() == Some(Token::Word);
        if let Some(unit) = unit_of(&mut walk.cursor) {
            walk.found(Value::Quantity(Arc::new(Quantity { amount, unit })), start)?;
        } else if percent(&mut walk.cursor) {
            walk.found(Value::Percent(amount), start)?;
        } else if is_scaled {
            walk.found(Value::Number(amount), start)?;
        } else {
            return Ok(false);
        }
        return Ok(true);
    }
    walk.cursor.at = start;
    if let Some(amount) = in_words(&mut walk.cursor).filter(|_| !is_pronoun(&walk.cursor, start)) {
        let value = match unit_of(&mut walk.cursor) {
            Some(unit) => Value::Quantity(Arc::new(Quantity { amount, unit })),
            None if percent(&mut walk.cursor) => Value::Percent(amount),
            None => match exponent_in_words(&mut walk.cursor) {
                Some(exponent) => {
                    let (base, exponent) = (Expr::Number(amount), Expr::Number(exponent));
                    Value::Expr(Expr::binary(Operation::Power, base, exponent).into())
                }
                None => Value::Number(amount),
            },
        };
        walk.found(value, start)?;
        return Ok(true);
    }
    walk.cursor.at = start;
    if let Some((number, words)) = multiple(&walk.cursor) {
        walk.cursor.at += words;
        walk.found(Value::Number(number), start)?;
        return Ok(true);
    }
    let Some(word) = walk.cursor.word(0) else { return Ok(false) };
    let is_behind = start > 0
        && matches!(walk.cursor.slice(walk.cursor.span(start - 1)), "in" | "to" | "into" | "many" | "a" | "an");
    let symbol =
        Unit::with_symbol(word).filter(|_| is_behind && word.bytes().all(|letter| !walk.cursor.is_name(letter)));
    let value = match speed(&walk.cursor) {
        Some((unit, tokens)) => {
            walk.cursor.at += tokens - 1;
            Value::Unit(unit)
        }
        None => match Unit::named(word).or(symbol) {
            // `second` alone is an ordinal.
            Some(unit) if word != "second" => Value::Unit(unit),
            // What is even is a multiple of two, what is odd is none.
            None if word == "even" || word == "odd" => Value::Number(Number::from(2)),
            _ => return Ok(false),
        },
    };
    walk.cursor.at += 1;
    walk.found(value, start)?;
    Ok(true)
}

/// Whether the number in words up to the cursor is the word `one` for a thing that was named before: `how much is one?`
fn is_pronoun(cursor: &Cursor<'_>, start: usize) -> bool {
    let is_one = cursor.at == start + 1 && cursor.slice(cursor.span(start)).eq_ignore_ascii_case("one");
    is_one
        && cursor
            .word(0)
            .is_none_or(|next| matches!(next, "is" | "cost" | "costs" | "get" | "gets" | "of" | "that" | "each" | "in"))
}

/// Goes past `%`, `percent` or `per cent`.
fn percent(cursor: &mut Cursor<'_>) -> bool {
    let words = match cursor.word(0) {
        Some("percent" | "pct") => 1,
        Some("per") if cursor.is_word(1, "cent") => 2,
        _ => usize::from(cursor.peek(0) == Some(Token::Percent)),
    };
    cursor.at += words;
    words > 0
}

/// A factor in one word, and how many words it takes: `twice`, `half`, `a third of`, `a dozen`.
fn multiple(cursor: &Cursor<'_>) -> Option<(Number, usize)> {
    let is_of = |ahead: usize| cursor.is_word(ahead, "of");
    match cursor.word(0)? {
        "twice" | "double" | "doubled" | "Twice" | "Double" => Some((Number::from(2), 1)),
        "thrice" | "triple" | "tripled" | "Triple" => Some((Number::from(3), 1)),
        "half" | "Half" | "halved" => Number::quotient(1, 2).map(|half| (half, 1)),
        "a" | "A" => match cursor.word(1)? {
            "dozen" => Some((Number::from(12), 2)),
            word if is_of(2) => {
                let denominator = vocabulary::denominator(word)?;
                Number::quotient(1, denominator.into()).map(|part| (part, 2))
            }
            _ => None,
        },
        "quarter" if is_of(1) => Number::quotient(1, 4).map(|part| (part, 1)),
        _ => None,
    }
}

/// The variable of `nth` before `term`.
fn nth(walk: &mut Walk<'_>) -> Recognised {
    let name = walk
        .cursor
        .word(0)
        .filter(|word| word.len() == 3 && walk.cursor.is_word(1, "term"))
        .and_then(|word| word.strip_suffix("th"));
    let Some(name) = name.and_then(Name::new) else { return Ok(false) };
    let start = walk.cursor.at;
    walk.cursor.at += 1;
    walk.found(Value::Var(name), start)?;
    Ok(true)
}

/// `hundred thousands digit`, and the words after `nearest`: a power of ten, or `integer`.
fn place(walk: &mut Walk<'_>) -> Recognised {
    let start = walk.cursor.at;
    if walk.cursor.is_word(0, "nearest") {
        walk.cursor.at += 1;
        if let Some(places) = walk.cursor.word(0).and_then(vocabulary::decimal_place) {
            walk.cursor.at += 1;
            walk.found(Value::Number(Number::from(places)), start + 1)?;
            return Ok(true);
        }
        let exponent = if walk.cursor.is_word(0, "integer") || walk.cursor.is_word(0, "whole") {
            walk.cursor.at += 1;
            Some(0)
        } else {
            let number = figures(&mut walk.cursor);
            if number.is_none() {
                walk.cursor.at = start + 1;
            }
            number.or_else(|| cardinal(&mut walk.cursor)).as_ref().and_then(power_of_ten)
        };
        let Some(exponent) = exponent else { return Ok(false) };
        walk.found(Value::Place(exponent), start + 1)?;
        return Ok(true);
    }
    for count in [2, 1] {
        let words: Option<Vec<&str>> = (0..count).map(|ahead| walk.cursor.word(ahead)).collect();
        let place = words.and_then(|words| vocabulary::place(&words));
        if let Some(exponent) = place.filter(|_| walk.cursor.is_word(count, "digit")) {
            walk.cursor.at += count;
            walk.found(Value::Place(exponent), start)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The exponent of a power of ten from 10^0 to 10^18.
fn power_of_ten(number: &Number) -> Option<u32> {
    let number = u64::try_from(number.to_i64()?).ok()?;
    let exponent = number.checked_ilog10()?;
    (10u64.pow(exponent) == number).then_some(exponent)
}

/// `first`, `20th`, `square` before `root`, ...
fn ordinal(walk: &mut Walk<'_>) -> Recognised {
    let is_suffix = walk.cursor.touches(1) && matches!(walk.cursor.word(1), Some("st" | "nd" | "rd" | "th"));
    if let Some(number) = walk.cursor.text(0).parse().ok().filter(|_| is_suffix) {
        let start = walk.cursor.at;
        walk.cursor.at += 2;
        walk.found(Value::Ordinal(number), start)?;
        return Ok(true);
    }
    let ordinal = match walk.cursor.word(0) {
        Some("square") if walk.cursor.is_word(1, "root") => Some(2),
        Some("cube") if walk.cursor.is_word(1, "root") => Some(3),
        Some(word) => vocabulary::ordinal(word).and_then(|number| u32::try_from(number).ok()),
        None => None,
    };
    let Some(ordinal) = ordinal else { return Ok(false) };
    let start = walk.cursor.at;
    walk.cursor.at += 1;
    walk.found(Value::Ordinal(ordinal), start)?;
    Ok(true)
}
