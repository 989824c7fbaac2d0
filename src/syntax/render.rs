//! Diagnostics as text for people, with the source line and carets, and as data for scripts.
//!
//! Written by hand: the excerpt must stay small and cheap whatever the source holds (a line of 50 MB, control
//! characters, a thousand errors in one file), which the available libraries do not promise.

use std::fmt::Write;

use super::diagnostic::{Diagnostic, Severity};
use super::source::{BYTE_ORDER_MARK, LineIndex, Position};
use super::tree::Span;

/// Characters of a source line up to which it is shown whole.
const WHOLE_LINE: usize = 160;

/// Characters of a longer line shown before and after the place of an error, and of the place itself.
const CONTEXT: usize = 60;

/// Characters of a message, label, note or hint that are shown.
const MAX_TEXT: usize = 2_000;

/// A finding for a script; the fields of a line of `check --format json` that a diagnostic gives.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct JsonDiagnostic<'d> {
    /// The code of the finding.
    pub code: &'d str,
    /// The position of its beginning.
    #[serde(flatten)]
    pub position: Position,
    /// All of its words in one line: message, label, notes and hint.
    pub message: String,
}

/// The parts of a diagnostic that go into a JSON object, in the order `code, line, column, message`.
pub fn json<'d>(diagnostic: &'d Diagnostic, lines: &LineIndex<'_>) -> JsonDiagnostic<'d> {
    let mut message = cut(&diagnostic.message);
    if !diagnostic.label.is_empty() {
        message.push_str(": ");
        message.push_str(&cut(&diagnostic.label));
    }
    for note in diagnostic.notes.iter().chain(&diagnostic.hint) {
        message.push_str("; ");
        message.push_str(&cut(note));
    }
    let message = message.replace(['\n', '\r'], " ");
    JsonDiagnostic { code: diagnostic.code, position: lines.position(diagnostic.span.start), message }
}

/// The style of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Colour,
}

/// A report for people: the message, the place, the source line with carets, notes and hint, each line ended.
///
/// `file` is the name to show. A span over several lines is marked up to the end of its first line, and a long line is
/// cut to the part around the span.
pub fn human(file: &str, lines: &LineIndex<'_>, diagnostic: &Diagnostic, style: Style) -> String {
    let paint = |code: &'static str| if style == Style::Colour { code } else { "" };
    let (bold, blue, reset) = (paint("\x1b[1m"), paint("\x1b[1;34m"), paint("\x1b[0m"));
    let (word, colour) = match diagnostic.severity {
        Severity::Error => ("error", paint("\x1b[1;31m")),
        Severity::Warning => ("warning", paint("\x1b[1;33m")),
    };
    let position = lines.position(diagnostic.span.start);
    let excerpt = Excerpt::new(lines, diagnostic.span, position.line);
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    let bar = format!("{blue}{margin} |{reset}");
    let mut report = format!(
        "{colour}{word}[{}]{reset}{bold}: {}{reset}\n{blue}{margin}-->{reset} {}:{position}\n{bar}\n",
        diagnostic.code,
        indented(&diagnostic.message, "  "),
        visible(file),
    );
    // Writing to a string cannot fail.
    let _ = writeln!(report, "{blue}{number} |{reset} {}", excerpt.text);
    let label = indented(&diagnostic.label, &format!("{margin} | {}", " ".repeat(excerpt.caret + 2)));
    let carets = format!("{}{colour}{} {label}", " ".repeat(excerpt.caret), "^".repeat(excerpt.width));
    let _ = writeln!(report, "{bar} {}{reset}", carets.trim_end());
    let words =
        diagnostic.notes.iter().map(|note| ("note", note)).chain(diagnostic.hint.iter().map(|hint| ("help", hint)));
    for (word, text) in words {
        let text = indented(text, &format!("{margin}         "));
        let _ = writeln!(report, "{blue}{margin} ={reset} {bold}{word}{reset}: {text}");
    }
    report
}

/// The part of a source line that is shown.
struct Excerpt {
    text: String,
    /// Columns before the first caret.
    caret: usize,
    /// The number of carets, at least one.
    width: usize,
}

impl Excerpt {
    fn new(lines: &LineIndex<'_>, span: Span, line: u32) -> Self {
        let source = lines.source();
        let Span { start, end } = lines.line_span(line);
        // A span may begin in the line end or past the text; spans are offsets of this source but are not trusted.
        let at = floor(source, span.start.clamp(start, end) as usize);
        let to = floor(source, span.end.clamp(at as u32, end) as usize);
        let (start, end) = (start as usize, end as usize);
        // A character takes at most four bytes, so that longer lines need not be counted.
        let whole = end - start <= 4 * WHOLE_LINE && source[start..end].chars().count() <= WHOLE_LINE;
        let context = if whole { WHOLE_LINE } else { CONTEXT };
        let from = source[start..at].char_indices().rev().nth(context - 1).map_or(start, |(offset, _)| start + offset);
        let marked_to = source[at..to].char_indices().nth(context).map_or(to, |(offset, _)| at + offset);
        let until = source[marked_to..end].char_indices().nth(context).map_or(end, |(offset, _)| marked_to + offset);
        let mut text = String::from(if from > start { "..." } else { "" });
        text.push_str(&visible(&source[from..at]));
        let caret = text.chars().count();
        let marked = visible(&source[at..marked_to]);
        text.push_str(&marked);
        text.push_str(&visible(&source[marked_to..until]));
        text.push_str(if until < end { "..." } else { "" });
        Self { text, caret, width: marked.chars().count().max(1) }
    }
}

/// The largest character boundary up to `offset`.
fn floor(source: &str, offset: usize) -> usize {
    (0..=offset.min(source.len())).rev().find(|offset| source.is_char_boundary(*offset)).unwrap_or(0)
}

/// Text without control characters: tabs as four blanks, others as a replacement sign. So are characters that take no
/// room on a terminal or change the order in which text is shown there: a text must not look like another one.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push_str("    "),
            character if character.is_control() || is_hidden(character) => shown.push('\u{fffd}'),
            character => shown.push(character),
        }
    }
    shown
}

/// Lines for people, each [`visible`].
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Whether a character is a byte order mark, ends a line, or controls the direction of text (Unicode Standard Annex 9).
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        BYTE_ORDER_MARK
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// At most [`MAX_TEXT`] characters.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text of several lines with all but its first indented, cut and without control characters.
fn indented(text: &str, indent: &str) -> String {
    let text = cut(text);
    let lines: Vec<String> = text.lines().map(visible).collect();
    lines.join(&format!("\n{indent}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use proptest::prelude::*;

    fn report(source: &str) -> String {
        let lines = LineIndex::new(source);
        let (_, diagnostics) = parse(source);
        let reports: Vec<String> =
            diagnostics.iter().map(|diagnostic| human("file.p", &lines, diagnostic, Style::Plain)).collect();
        reports.join("\n")
    }

    #[test]
    fn colour_only_when_asked() {
        let lines = LineIndex::new("x");
        let warning = Diagnostic::warning("a-code", Span { start: 0, end: 1 }, "message").with_label("label");
        assert!(!human("f", &lines, &warning, Style::Plain).contains('\x1b'));
        assert!(human("f", &lines, &warning, Style::Colour).contains("\x1b[1;33mwarning[a-code]"));
    }

    #[test]
    fn a_line_of_common_length_is_whole() {
        let source = format!("{}% {}", "a ".repeat(50), "b".repeat(50));
        assert!(report(&source).contains(&source));
    }

    #[test]
    fn a_long_line_is_cut() {
        let source = format!("{}%{}", "a".repeat(1_000_000), " b".repeat(1_000_000));
        let report = report(&source);
        assert!(report.contains("file.p:1:1000001"), "{report}");
        assert!(report.len() < 1_000, "{report}");
    }

    #[test]
    fn a_byte_order_mark_moves_no_caret() {
        assert_eq!(report("\u{feff}a : % b."), report("a : % b."));
        let within = report("a : \u{feff} b.");
        assert!(within.contains("error[unexpected-character]: unexpected `\\u{feff}`"), "{within}");
        assert!(within.contains("1 | a : \u{fffd} b.\n  |     ^\n"), "{within}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert!(!report("a : \x1b[31m nat.").contains('\x1b'));
    }

    #[test]
    fn names_of_files_and_the_direction_of_text_do_not_hide_anything() {
        let lines = LineIndex::new("x /* \u{202e}cba\u{2066} */ % y");
        let error = Diagnostic::error("a-code", Span { start: 0, end: 1 }, "no \u{202e}").with_note("line\u{2028}end");
        let report = human("a\x1b[2J\n0 checked, 0 wrong.p", &lines, &error, Style::Plain);
        assert!(report.contains("--> a\u{fffd}[2J\u{fffd}0 checked, 0 wrong.p:1:1\n"), "{report}");
        assert!(report.contains("1 | x /* \u{fffd}cba\u{fffd} */ % y\n"), "{report}");
        assert!(!report.contains(['\x1b', '\u{202e}', '\u{2028}', '\u{2066}']), "{report}");
    }

    #[test]
    fn json_has_the_fields_in_order() {
        let source = "nat : type.\nz : .";
        let (_, diagnostics) = parse(source);
        let text = serde_json::to_string(&json(&diagnostics[0], &LineIndex::new(source))).unwrap();
        insta::assert_snapshot!(text, @r#"{"code":"unexpected-token","line":2,"column":5,"message":"unexpected `.`: expected a term"}"#);
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_renders(text in "\\PC{0,80}|[\t\na é\r]{0,200}", start in 0..300u32, end in 0..300u32) {
            let diagnostic = Diagnostic::error("code", Span { start, end }, "message\nof two lines")
                .with_label("label\nof two").with_note("note").with_hint("hint");
            let lines = LineIndex::new(&text);
            prop_assert!(human("f", &lines, &diagnostic, Style::Colour).ends_with('\n'));
            json(&diagnostic, &lines);
        }
    }
}
