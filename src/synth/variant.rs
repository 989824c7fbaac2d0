//! The same problems in other words, with other numbers and with other names: memorised or understood?
//!
//! Elements stay as they are, so that the answers do: what is changed stands between them. A question that would be read
//! otherwise is left as it was.

use std::collections::BTreeMap;

use crate::answer::data::Pair;
use crate::graph::Question;

/// How problems are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Variant {
    /// As they are
    #[default]
    AsIs,
    /// In other words that mean the same
    Rephrased,
    /// Without the words that say little, such as `what`, `is` and `the`
    Shortened,
    /// Those instances of each kind that have the longest numbers
    Numbers,
    /// With words that nobody knows in place of all: the instances alone say what is asked
    Names,
}

/// Words with others that mean the same, longer ones first.
const SYNONYMS: &[(&str, &str)] = &[
    ("greatest common divisor", "largest number dividing both"),
    ("highest common factor", "largest number dividing both"),
    ("greatest common factor", "largest number dividing both"),
    ("highest common divisor", "largest number dividing both"),
    ("least common multiple", "smallest number that both divide"),
    ("lowest common multiple", "smallest number that both divide"),
    ("smallest common multiple", "smallest number that both divide"),
    ("common denominator", "shared denominator"),
    ("remainder", "rest"),
    ("prime factors", "prime divisors"),
    ("calculate", "determine"),
    ("what is", "tell me"),
    ("evaluate", "compute"),
    ("simplify", "write more simply"),
    ("solve", "find the solution of"),
    ("divided by", "over"),
    ("multiplied by", "times"),
    ("expand", "multiply out"),
    ("factor", "write as a product"),
    ("convert", "change"),
    ("round", "bring"),
    ("sort", "order"),
    ("put", "arrange"),
    ("which is", "name the"),
    ("let", "say that"),
    ("suppose", "assume"),
    ("derivative", "differential quotient"),
    ("probability", "chance"),
    ("find", "look for"),
    ("work out", "determine"),
    ("nearest", "closest"),
    ("rearrange", "rewrite"),
    ("total of", "sum of"),
    ("product of", "result of multiplying"),
    ("sequence", "series"),
    ("collect", "gather"),
];

/// Words that say little.
const FILLERS: &[&str] = &[
    "what",
    "is",
    "are",
    "the",
    "of",
    "a",
    "an",
    "please",
    "me",
    "tell",
    "find",
    "calculate",
    "determine",
    "work",
    "out",
    "compute",
    "evaluate",
    "give",
    "in",
    "to",
    "that",
    "for",
    "from",
    "let",
    "be",
    "and",
    "when",
    "with",
    "suppose",
    "does",
    "do",
    "it",
];

impl Variant {
    /// Questions changed in this way, of which no more than `most` of a kind are kept where the longest numbers are wanted; and how
    /// many were left as they are since they would be read otherwise.
    pub fn applied(self, pairs: Vec<Pair>, most: usize) -> (Vec<Pair>, usize) {
        let change = match self {
            Self::AsIs => return (pairs, 0),
            Self::Numbers => return (longest(pairs, most), 0),
            Self::Rephrased => rephrased,
            Self::Shortened => shortened,
            Self::Names => renamed,
        };
        let mut left = 0;
        let mut changed = |pair: Pair| {
            let text = changed(&pair.question, change);
            left += usize::from(text.is_none());
            Pair { question: text.unwrap_or(pair.question), answer: pair.answer }
        };
        let pairs = pairs.into_iter().map(&mut changed).collect();
        (pairs, left)
    }
}

/// A question with what stands between its elements changed; none if its elements would be others, or nothing changes.
fn changed(text: &str, change: fn(&str) -> String) -> Option<String> {
    let question = Question::new(text).ok()?;
    let mut result = String::new();
    let mut written = 0;
    for element in &question.elements {
        let (start, end) = (element.span.start as usize, element.span.end as usize);
        // Of elements within one another the outer one stands for all.
        if let Some(between) = text.get(written..start) {
            result.push_str(&change(between));
            result.push_str(text.get(start..end)?);
            written = end;
        }
    }
    result.push_str(&change(text.get(written..)?));
    let elements = |question: &Question| question.elements.iter().map(ToString::to_string).collect::<Vec<_>>();
    let again = Question::new(&result).ok()?;
    (result != text && elements(&again) == elements(&question)).then_some(result)
}

/// The words of a text, each in place of what a function makes of it in lower case; a capital at the beginning stays.
fn with_words(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphabetic) {
        let length = rest[start..].find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len() - start);
        result.push_str(&rest[..start]);
        let word = &rest[start..start + length];
        let new = change(&word.to_lowercase());
        result.push_str(&if word.starts_with(char::is_uppercase) { capital(&new) } else { new });
        rest = &rest[start + length..];
    }
    result + rest
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// In other words.
fn rephrased(text: &str) -> String {
    let mut result = text.to_owned();
    for (words, others) in SYNONYMS {
        for (words, others) in [(words.to_string(), others.to_string()), (capital(words), capital(others))] {
            // Whole words only.
            let mut at = 0;
            while let Some(found) = result[at..].find(&words).map(|found| at + found) {
                let end = found + words.len();
                let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                if is_letter(result[..found].chars().next_back()) || is_letter(result[end..].chars().next()) {
                    at = end;
                    continue;
                }
                result.replace_range(found..end, &others);
                at = found + others.len();
            }
        }
    }
    result
}

/// Without fillers.
fn shortened(text: &str) -> String {
    let kept = with_words(text, |word| if FILLERS.contains(&word) { String::new() } else { word.to_owned() });
    let starts_with_space = text.starts_with(char::is_whitespace);
    let ends_with_space = text.ends_with(char::is_whitespace);
    let words: Vec<&str> = kept.split_whitespace().collect();
    let joined = words.join(" ");
    let before = if starts_with_space && !joined.is_empty() { " " } else { "" };
    // Elements stay apart.
    let after = if ends_with_space { " " } else { "" };
    format!("{before}{joined}{after}")
}

/// With words that nobody knows: vowels and consonants each go on by some places.
fn renamed(text: &str) -> String {
    const VOWELS: &[u8] = b"aeiou";
    const CONSONANTS: &[u8] = b"bcdfghjklmnpqrstvwxyz";
    let letter = |c: char| {
        let moved = |letters: &[u8], by: usize| {
            let place = letters.iter().position(|letter| char::from(*letter) == c)?;
            Some(char::from(letters[(place + by) % letters.len()]))
        };
        moved(VOWELS, 2).or_else(|| moved(CONSONANTS, 5)).unwrap_or(c)
    };
    // Articles and the like may be names of variables.
    with_words(text, |word| if word.len() < 2 { word.to_owned() } else { word.chars().map(letter).collect() })
}

/// The instances with the longest numbers of each kind, in order.
fn longest(pairs: Vec<Pair>, most: usize) -> Vec<Pair> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let mut kinds: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (place, pair) in pairs.iter().enumerate() {
        let kind = Question::new(&pair.question)
            .map_or_else(|_| String::new(), |question| crate::answer::shape::form(&question, 0));
        kinds.entry(kind).or_default().push((digits(&pair.question), place));
    }
    let mut kept = Vec::new();
    for places in kinds.values_mut() {
        // Stable: of equally long ones the first.
        places.sort_by_key(|(digits, _)| std::cmp::Reverse(*digits));
        kept.extend(places.iter().take(most).map(|(_, place)| *place));
    }
    kept.sort_unstable();
    let mut wanted = kept.into_iter().peekable();
    let each = pairs.into_iter().enumerate();
    each.filter(|(place, _)| wanted.next_if_eq(place).is_some()).map(|(_, pair)| pair).collect()
}
