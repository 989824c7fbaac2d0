//! The sentences of a question, and the question with its elements marked.

use std::ops::Range;

use crate::graph::algebra::types::Type;
use crate::graph::question::Question;

/// The ends of the sentences of a text but the last: at a full stop with a space and a capital letter after it.
pub(super) fn sentence_ends(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .filter(|&at| {
            let rest = &bytes[at + 1..];
            let spaces = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let is_next = rest.get(spaces).is_some_and(u8::is_ascii_uppercase);
            matches!(bytes[at], b'.' | b'?' | b'!') && spaces > 0 && is_next
        })
        .collect()
}

/// The elements of each sentence that has some. The definition of a function that other elements follow in the same
/// sentence is one by itself.
pub(super) fn sentences(question: &Question) -> Vec<Range<u32>> {
    let ends = sentence_ends(&question.text);
    let mut sentences: Vec<Range<u32>> = Vec::new();
    let mut last = None;
    for (index, element) in question.elements.iter().enumerate() {
        let index = index as u32;
        let sentence = ends.partition_point(|end| *end < element.span.start as usize);
        let is_defined = index >= 3 && {
            let kind = |before: u32| question.elements[(index - before) as usize].kind;
            let begins = sentences.last().is_some_and(|range| range.start + 3 == index);
            begins && kind(3) == Type::Fun && kind(2) == Type::Var && !matches!(kind(1), Type::Ordinal | Type::Var)
        };
        match sentences.last_mut() {
            Some(range) if last == Some(sentence) && !is_defined => range.end = index + 1,
            _ => sentences.push(index..index + 1),
        }
        last = Some(sentence);
    }
    sentences
}

/// The question with the name of each element before it, with which the texts of its states begin.
pub fn marked(question: &Question) -> String {
    let mut marked = String::with_capacity(question.text.len() + 4 * question.elements.len());
    let mut written = 0;
    for (index, element) in question.elements.iter().enumerate() {
        let start = element.span.start as usize;
        if let Some(between) = question.text.get(written..start) {
            marked.push_str(between);
            written = start;
        }
        marked.push_str(&format!("f{index}:"));
    }
    marked.push_str(question.text.get(written..).unwrap_or(""));
    marked
}
