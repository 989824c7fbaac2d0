//! The words that a network has met in the questions that it was trained on.
//!
//! A word that it has not met is read as one that it has if they differ by one letter, or two neighbours changed places
//! (Damerau, 1964); otherwise it counts against an answer, since the network cannot know what it asks for. Words that
//! belong to elements, such as numerals and letters to draw, are read by the parser and not looked up.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::trained;
use crate::graph::Question;
use crate::graph::question::QuestionError;
use crate::input;

/// Questions in which a word must have stood to be known.
const OFTEN: u32 = 3;

/// The shortest word that is corrected: shorter ones are like too many others.
const SHORTEST: usize = 3;

/// Words with the number of questions that had them. An empty lexicon says nothing: every word counts as known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lexicon {
    words: BTreeMap<String, u32>,
}

/// A word outside of the elements of a question, in lower case, with its place.
struct Word {
    text: String,
    start: usize,
    end: usize,
}

/// The words of a question that belong to no element.
fn words(question: &Question) -> Vec<Word> {
    let text = question.text.as_str();
    let is_inside = |start: usize, end: usize| {
        let overlaps = |from: u32, to: u32| (from as usize) < end && start < to as usize;
        question.elements.iter().any(|element| overlaps(element.span.start, element.span.end))
    };
    let mut words = Vec::new();
    let mut rest = 0;
    while let Some(offset) = text[rest..].find(char::is_alphabetic) {
        let start = rest + offset;
        let end =
            text[start..].find(|letter: char| !letter.is_alphabetic()).map_or(text.len(), |length| start + length);
        if !is_inside(start, end) {
            words.push(Word { text: text[start..end].to_lowercase(), start, end });
        }
        rest = end;
    }
    words
}

/// Signs of operations and digits outside of the elements of a question.
fn left_over(question: &Question) -> impl Iterator<Item = String> + '_ {
    let is_inside = |at: usize| {
        question.elements.iter().any(|element| (element.span.start as usize..element.span.end as usize).contains(&at))
    };
    let signs = question
        .text
        .char_indices()
        .filter(|(_, sign)| matches!(sign, '+' | '*' | '/' | '^' | '\u{d7}' | '\u{f7}' | '0'..='9'));
    // `d/dx`, `and/or`.
    let is_joint = |at: usize, sign: char| {
        let (before, after) = (&question.text[..at], &question.text[at + sign.len_utf8()..]);
        sign == '/' && before.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic)
    };
    signs.filter(move |(at, sign)| !is_inside(*at) && !is_joint(*at, *sign)).map(|(_, sign)| sign.to_string())
}

impl Lexicon {
    /// Notes the words of a question.
    pub fn insert(&mut self, question: &Question) {
        let mut found: Vec<String> = words(question).into_iter().map(|word| word.text).collect();
        found.sort_unstable();
        found.dedup();
        for word in found {
            let count = self.words.entry(word).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn knows(&self, word: &str) -> bool {
        self.words.is_empty() || self.words.get(word).is_some_and(|count| *count >= OFTEN)
    }

    /// The words of a question that were not met, and signs of operations and digits that belong to no element: they
    /// were left over when it was read.
    pub fn unknown(&self, question: &Question) -> Vec<String> {
        let words = words(question).into_iter().map(|word| word.text);
        // A single letter says too little to be missed.
        let words = words.filter(|word| word.chars().count() > 1 && !self.knows(word));
        words.chain(left_over(question)).collect()
    }

    /// The known word that is nearest to another, if they differ by one letter: of several the most frequent.
    fn nearest(&self, word: &str) -> Option<&str> {
        let length = word.chars().count();
        if length < SHORTEST {
            return None;
        }
        // The shortest words only lack a letter or have two in the wrong order.
        let letters = |word: &str| {
            let mut letters: Vec<char> = word.chars().collect();
            letters.sort_unstable();
            letters
        };
        let may_be = |known: &str| length > SHORTEST || known.len() > word.len() || letters(known) == letters(word);
        let near = self.words.iter().filter(|(known, count)| {
            **count >= OFTEN
                && known.len().abs_diff(word.len()) <= 1
                && may_be(known)
                && strsim::osa_distance(known, word) == 1
        });
        near.max_by_key(|(_, count)| **count).map(|(known, _)| known.as_str())
    }

    /// Reads a question, with words that are misspelled by one letter put right.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, text: &str) -> Result<Question, QuestionError> {
        let question = Question::new(text)?;
        let mut corrected = String::with_capacity(text.len());
        let mut written = 0;
        for word in words(&question) {
            if let Some(known) = Some(&word.text).filter(|text| !self.knows(text)).and_then(|text| self.nearest(text)) {
                corrected.push_str(&text[written..word.start]);
                corrected.push_str(known);
                written = word.end;
            }
        }
        if written == 0 {
            return Ok(question);
        }
        corrected.push_str(&text[written..]);
        Question::new(&corrected)
    }

    /// The words of the list of questions beside a network; empty if there is none.
    ///
    /// # Errors
    /// When there is a list that cannot be read.
    pub fn load(network: &Path) -> io::Result<Self> {
        let path = network.join(trained::FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        Ok(Self::of_list(&input::read(&path, input::TEXT)?)?)
    }

    /// The words of a list of questions.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn of_list(bytes: &[u8]) -> serde_json::Result<Self> {
        // What else it has is skipped: a question is answered sooner.
        #[derive(Deserialize)]
        struct Words {
            #[serde(default)]
            words: Lexicon,
        }
        serde_json::from_slice(bytes).map(|list: Words| list.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let mut lexicon = Lexicon::default();
        for _ in 0..OFTEN {
            lexicon.insert(&Question::new("Simplify 2*x + 3*x.").unwrap());
        }
        lexicon.insert(&Question::new("Frobnicate 7.").unwrap());
        lexicon
    }

    #[test]
    fn words_within_a_letter_are_read_as_known_ones() {
        let lexicon = lexicon();
        assert_eq!(lexicon.read("simplfy 6/8").unwrap().text, "simplify 6/8");
        assert_eq!(lexicon.read("please smiplify 6/8").unwrap().text, "please simplify 6/8");
        assert_eq!(lexicon.read("nad 6/8").unwrap().text, "nad 6/8");
        assert_eq!(lexicon.read("smplfy 6/8").unwrap().text, "smplfy 6/8");
    }

    #[test]
    fn what_was_met_once_is_not_known() {
        let lexicon = lexicon();
        assert_eq!(
            lexicon.unknown(&Question::new("Simplify and frobnicate seven times x.").unwrap()),
            ["and", "frobnicate", "times"]
        );
        assert_eq!(lexicon.unknown(&Question::new("Simplify 3 +* 4.").unwrap()), ["+", "*"]);
        assert!(Lexicon::default().unknown(&Question::new("frobnicate 7").unwrap()).is_empty());
    }
}
