//! The same question with other numbers and names, so that a network learns from wording, not from numbers that it has
//! seen.
//!
//! A graph that answers all questions of a kind answers them whatever their numbers are. So the decisions that build it
//! are right for the changed question, too, whose answer need not be known.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::shape::form;
use crate::graph::Question;
use crate::graph::algebra::types::Type;

/// Draws until a changed question reads like the original, at most.
const MOST_TRIES: usize = 4;

/// Letters that names are changed to: those that are neither words nor constants.
const LETTERS: &[u8] = b"bcdfghjklmnopqrstuvwxyz";

/// The question with other digits in its numbers and other letters for its variables and functions; `None` if none was
/// found that has elements of the same types between the same words.
pub fn augmented(question: &Question, rng: &mut impl Rng) -> Option<Question> {
    let form_before = form(question, 0);
    (0..MOST_TRIES).find_map(|_| {
        let changed = Question::new(&changed(question, rng)).ok()?;
        let kinds = |question: &Question| question.elements.iter().map(|element| element.kind).collect::<Vec<_>>();
        let is_alike =
            changed.text != question.text && kinds(&changed) == kinds(question) && form(&changed, 0) == form_before;
        is_alike.then_some(changed)
    })
}

/// The text with its digits and names changed.
fn changed(question: &Question, rng: &mut impl Rng) -> String {
    let text = question.text.as_bytes();
    let names = names(question, rng);
    // Within elements only: elsewhere a digit or letter belongs to the wording.
    let mut is_inside = vec![false; text.len()];
    for element in &question.elements {
        is_inside[element.span.start as usize..element.span.end as usize].fill(true);
    }
    let is_letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphabetic);
    let is_digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let neighbour = |at: usize| at.checked_sub(1).and_then(|before| text.get(before));
    let mut result = text.to_vec();
    for at in (0..text.len()).filter(|at| is_inside[*at]) {
        let (before, after) = (neighbour(at), text.get(at + 1));
        match text[at] {
            // A number that is 0 or 1 stays: it is seldom one among others.
            b'0' | b'1' if !is_digit(before) && !is_digit(after) => {}
            b'0'..=b'9' if is_letter(before) => {}
            b'0'..=b'9' if !is_digit(before) => {
                let least = if is_digit(after) { b'1' } else { b'2' };
                result[at] = rng.random_range(least..=b'9');
            }
            b'0'..=b'9' => result[at] = rng.random_range(b'0'..=b'9'),
            letter if !is_letter(before) && !is_letter(after) => {
                if let Some((_, other)) = names.iter().find(|(name, _)| *name == letter) {
                    result[at] = *other;
                }
            }
            _ => {}
        }
    }
    // One ASCII character stands for another.
    String::from_utf8(result).unwrap_or_else(|_| question.text.clone())
}

/// The names of one letter, each with another.
fn names(question: &Question, rng: &mut impl Rng) -> Vec<(u8, u8)> {
    let named = question.elements.iter().filter(|element| matches!(element.kind, Type::Var | Type::Fun));
    let mut names: Vec<u8> = named
        .filter_map(|element| match element.value.to_string().as_bytes() {
            [letter] if LETTERS.contains(letter) || *letter == b'a' => Some(*letter),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    // A letter that means something else, such as a unit, is no name.
    let is_free = |letter: &u8| names.contains(letter) || !question.text.as_bytes().contains(letter);
    let mut letters: Vec<u8> = LETTERS.iter().copied().filter(is_free).collect();
    letters.shuffle(rng);
    names.into_iter().zip(letters).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn drawn(text: &str) -> Vec<String> {
        let question = Question::new(text).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        (0..20).filter_map(|_| Some(augmented(&question, &mut rng)?.text)).collect()
    }

    #[test]
    fn numbers_and_names_change_and_nothing_else() {
        let texts = drawn("Let w be (-3 + 13)*7/6. Calculate the remainder when 20 is divided by w.");
        assert!(texts.len() > 15, "{texts:?}");
        for text in &texts {
            assert!(text.contains("Calculate the remainder when ") && text.contains(" is divided by "), "{text}");
            let name = text.as_bytes()[4] as char;
            assert!(text.ends_with(&format!(" is divided by {name}.")), "{text}");
            assert_eq!(text.len(), "Let w be (-3 + 13)*7/6. Calculate the remainder when 20 is divided by w.".len());
        }
        assert!(texts.iter().any(|text| !text.starts_with("Let w")) && texts.iter().any(|text| !text.contains("20")));
    }

    #[test]
    fn a_changed_question_has_elements_of_the_same_types() {
        for text in ["What is 8:46 PM plus 20 minutes?", "Round 5321 to the nearest 1000.", "Is 7 a prime number?"] {
            let kinds = |text: &str| Question::new(text).unwrap().elements.iter().map(|e| e.kind).collect::<Vec<_>>();
            for changed in drawn(text) {
                assert_eq!(kinds(&changed), kinds(text), "{changed}");
            }
        }
        assert!(drawn("What is nothing?").is_empty());
    }
}
