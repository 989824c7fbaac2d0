//! Positions in a source text: from byte offsets to lines and columns for people.

use super::codes;
use super::diagnostic::Diagnostic;
use super::tree::Span;

/// A byte order mark, which may begin a file and is not a character of its first line.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// A place in a text as people count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters (Unicode scalar values).
    pub column: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// The greatest length of a text, in bytes: offsets have 32 bits.
pub const MAX_LENGTH: u64 = u32::MAX as u64 - 1;

/// Bytes between two checkpoints of [`LineIndex`].
const STRIDE: usize = 1024;

/// Finds the line and column of a byte offset, in time that does not depend on the length of lines.
pub struct LineIndex<'s> {
    source: &'s str,
    /// Offset of the first byte of each line; a byte order mark stands before the first.
    line_starts: Vec<u32>,
    /// `checkpoints[i]` is the number of characters that begin before byte `i * STRIDE`.
    checkpoints: Vec<u32>,
}

impl<'s> LineIndex<'s> {
    /// Indexes `source`, of less than 4 GiB, in one pass.
    pub fn new(source: &'s str) -> Self {
        let text = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
        let mut line_starts = vec![(source.len() - text.len()) as u32];
        let mut checkpoints = Vec::with_capacity(source.len() / STRIDE + 1);
        let mut characters = 0;
        for (index, chunk) in source.as_bytes().chunks(STRIDE).enumerate() {
            checkpoints.push(characters);
            characters += count_characters(chunk);
            let newlines = chunk.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            line_starts.extend(newlines.map(|(offset, _)| (index * STRIDE + offset + 1) as u32));
        }
        Self { source, line_starts, checkpoints }
    }

    /// The indexed text.
    pub fn source(&self) -> &'s str {
        self.source
    }

    /// The position of a byte offset; one past the end of the text is the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.source.len() as u32).max(self.line_starts[0]);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1]; // the offset is not before the first line, so `line` is at least 1
        Position { line: line as u32, column: self.characters_before(offset) - self.characters_before(start) + 1 }
    }

    /// The bytes of a line, counted from 1, without its line end; empty past the last line.
    pub fn line_span(&self, line: u32) -> Span {
        let length = self.source.len() as u32;
        let start = (line as usize).checked_sub(1).and_then(|line| self.line_starts.get(line)).copied();
        let start = start.unwrap_or(length);
        let end = self.line_starts.get(line as usize).map_or(length, |next| next - 1).max(start);
        let text = &self.source.as_bytes()[start as usize..end as usize];
        Span { start, end: if text.ends_with(b"\r") { end - 1 } else { end } }
    }

    fn characters_before(&self, offset: u32) -> u32 {
        let checkpoint = (offset as usize / STRIDE).min(self.checkpoints.len().saturating_sub(1));
        let Some(before) = self.checkpoints.get(checkpoint) else { return 0 };
        before + count_characters(&self.source.as_bytes()[checkpoint * STRIDE..offset as usize])
    }
}

/// The number of characters that begin in `bytes` of UTF-8.
fn count_characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count() as u32
}

/// The text of a file's bytes.
///
/// # Errors
///
/// `invalid-utf8` with the offset of the first wrong byte, `file-too-large` from 4 GiB on.
pub fn decode(bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    if bytes.len() as u64 > MAX_LENGTH {
        let error = Diagnostic::error(codes::FILE_TOO_LARGE, Span::default(), "the file is longer than 4 GiB");
        return Err(error.into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() as u32;
        let span = Span { start: at, end: at + 1 };
        Diagnostic::error(codes::INVALID_UTF8, span, format!("the file is not UTF-8 text (at byte {at})")).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let index = LineIndex::new("aé\r\nb\n\n");
        let positions: Vec<String> = [0, 1, 3, 5, 6, 7, 99].map(|offset| index.position(offset).to_string()).into();
        assert_eq!(positions, ["1:1", "1:2", "1:3", "2:1", "2:2", "3:1", "4:1"]);
        assert_eq!(index.line_span(1), Span { start: 0, end: 3 });
        assert_eq!(index.line_span(2), Span { start: 5, end: 6 });
        assert_eq!(index.line_span(4), Span { start: 8, end: 8 });
        assert_eq!(index.line_span(9), Span { start: 8, end: 8 });
        assert_eq!(LineIndex::new("").position(0), Position { line: 1, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_is_before_the_first_column() {
        let index = LineIndex::new("\u{feff}ab\nc\u{feff}d");
        let positions: Vec<String> = [0, 2, 3, 4, 6, 10].map(|offset| index.position(offset).to_string()).into();
        assert_eq!(positions, ["1:1", "1:1", "1:1", "1:2", "2:1", "2:3"]);
        assert_eq!(index.line_span(1), Span { start: 3, end: 5 });
        let only = LineIndex::new("\u{feff}");
        assert_eq!((only.position(0).to_string(), only.line_span(1)), ("1:1".into(), Span { start: 3, end: 3 }));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_offset() {
        let error = decode(b"ab\xffc".to_vec()).unwrap_err();
        assert_eq!((error.code, error.span.start), ("invalid-utf8", 2));
    }

    proptest! {
        #[test]
        fn positions_agree_with_counting(text in "[aé\n]{0,3000}", at in 0..3000usize) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let position = LineIndex::new(&text).position(at as u32);
            prop_assert_eq!(position, Position { line: line as u32, column: column as u32 });
        }
    }
}
