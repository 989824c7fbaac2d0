//! Wordings with alternatives.

use rand::{Rng, RngExt};

/// Parts that many wordings have, by name.
const SHARED: &[(&str, &str)] = &[
    (
        "@ask",
        "{what is|what is|what is|what's|whats|calculate|find|compute|work out|evaluate|determine|tell me|give me|can you tell me|\
         please calculate|could you find|how much is|}",
    ),
    ("@name", "{what is|what is|what's|whats|find|determine|name|tell me|give me|give|state|}"),
    ("@end", "{?|?|.|||}"),
    ("@please", "{|||please |can you |could you }"),
    (
        "@things",
        "{apples|pears|oranges|pens|pencils|books|cups|eggs|boxes|bags|cookies|cakes|tickets|bottles|cards|stamps|coins|marbles|sweets|\
         chairs|tables|toys|shirts|shoes|flowers|trees|stickers|candies|bananas|lemons|plates|stones|balls|notebooks|sandwiches}",
    ),
    ("@people", "{workers|men|women|people|painters|machines|pumps|farmers|children|students|printers|friends}"),
    ("@who", "{i|tom|anna|a man|a woman|a girl|a boy|maria|sam|she|he|we|a farmer|a shop}"),
];

/// A wording with one of each alternative, `{a|b}`, and with parts in the places of `$1`, `$2`, ...
///
/// ```
/// use prover::answer::generate::phrase;
/// use rand::SeedableRng;
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let text = phrase("{add|sum} $1 {and|to} $2", &["3", "4"], &mut rng);
/// assert!(text.ends_with(" 4") && text.contains(" 3 "));
/// ```
pub fn phrase(wording: &str, parts: &[&str], rng: &mut dyn Rng) -> String {
    let mut text = wording.to_owned();
    for (name, alternatives) in SHARED {
        text = text.replace(name, alternatives);
    }
    // The innermost alternatives are chosen first.
    while let Some(end) = text.find('}')
        && let Some(start) = text[..end].rfind('{')
    {
        let options: Vec<&str> = text[start + 1..end].split('|').collect();
        let chosen = options[rng.random_range(0..options.len())].to_owned();
        text.replace_range(start..=end, &chosen);
    }
    for (index, part) in parts.iter().enumerate() {
        text = text.replace(&format!("${}", index + 1), part);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(" ?", "?").replace(" .", ".").replace(" ,", ",")
}

/// A text with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    // The name of a variable or function stays as it is.
    if text.chars().nth(1).is_none_or(|second| !second.is_ascii_lowercase() && second != '\'') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A number with commas between groups of three digits.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
