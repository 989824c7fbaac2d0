//! Cutting a text at the ends of items.

use std::ops::Range;

/// Finds places at which an item of a text ends, if the text is right: behind a `}` that closes the last open brace,
/// and behind a `.` outside of braces, both outside of comments and strings.
///
/// These characters are tokens of their own. So where the text before such a place is without error, the parser would
/// stop and begin again there too. A place that is none is noticed: the text before it ends within something.
pub(super) struct Cutter<'s> {
    text: &'s [u8],
    /// The offset where the next stretch begins.
    start: usize,
}

impl<'s> Cutter<'s> {
    pub fn new(text: &'s str) -> Self {
        Self { text: text.as_bytes(), start: 0 }
    }

    /// The next stretches of at least `stretch` bytes each, until they have `batch` bytes together or the text ends;
    /// none at the end of the text.
    pub fn stretches(&mut self, stretch: usize, batch: usize) -> Vec<Range<usize>> {
        let begin = self.start;
        let mut stretches = Vec::new();
        while self.start < self.text.len() && self.start - begin < batch {
            let end = self.end(stretch);
            stretches.push(self.start..end);
            self.start = end;
        }
        stretches
    }

    /// The first end of an item at least `stretch` bytes after the start, or the end of the text.
    fn end(&self, stretch: usize) -> usize {
        let least = self.start + stretch;
        let mut depth = 0usize;
        let mut at = self.start;
        while let Some(&byte) = self.text.get(at) {
            at += 1;
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b'"' => at = self.after(at, |rest| rest[0] == b'"' || rest[0] == b'\n'),
                b'/' if self.text.get(at) == Some(&b'*') => at = self.after(at + 1, |rest| rest.starts_with(b"*/")) + 1,
                _ => {}
            }
            if depth == 0 && at >= least && matches!(byte, b'}' | b'.') {
                return at;
            }
        }
        self.text.len()
    }

    /// The place behind the next byte at which `found` holds of the rest.
    fn after(&self, from: usize, found: impl Fn(&[u8]) -> bool) -> usize {
        (from..self.text.len()).find(|&at| found(&self.text[at..])).map_or(self.text.len(), |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, stretch: usize) -> Vec<&str> {
        let mut cutter = Cutter::new(text);
        let mut parts = Vec::new();
        loop {
            let stretches = cutter.stretches(stretch, 1);
            if stretches.is_empty() {
                return parts;
            }
            parts.extend(stretches.into_iter().map(|stretch| &text[stretch]));
        }
    }

    #[test]
    fn items_end_at_dots_and_braces() {
        assert_eq!(
            cut("a : b. theorem t : p { apply q. { } } c : d.", 1),
            ["a : b.", " theorem t : p { apply q. { } }", " c : d."]
        );
        assert_eq!(cut("a : b. c : d. e : f.", 8), ["a : b. c : d.", " e : f."]);
        assert_eq!(cut("", 1), Vec::<&str>::new());
        assert_eq!(cut("} a. {{ b. ", 1), ["}", " a.", " {{ b. "]);
    }

    #[test]
    fn comments_and_strings_are_passed_over() {
        assert_eq!(cut("a /* . } */ : b. c", 1), ["a /* . } */ : b.", " c"]);
        assert_eq!(cut("import \"a.b\". c", 1), ["import \"a.b\".", " c"]);
        assert_eq!(cut("/* a. b", 1), ["/* a. b"]);
        assert_eq!(cut("/*/ a. */ b. \"x.\n. y", 1), ["/*/ a. */ b.", " \"x.\n.", " y"]);
        assert_eq!(cut("a. /*", 1), ["a.", " /*"]);
    }
}
