//! Insertion of steps into the text of a script.

use crate::syntax::parse_steps;
use crate::syntax::print::print_steps;
use crate::syntax::token::Token;
use logos::{Logos, SpannedIter};
use std::iter::Peekable;

/// The text with lines (each indented and ended) inserted at a place inside of `depth` blocks, and where they begin.
/// The place is the end of the text, or where the block's closing brace or `halt` stands.
pub(super) fn insert(text: &str, at: usize, depth: usize, lines: &str) -> (String, usize) {
    let (before, after) = text.split_at(at);
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    if before[line..].trim().is_empty() {
        return ([&text[..line], lines, &text[line..]].concat(), line);
    }
    let before = before.trim_end_matches([' ', '\t']);
    // Inside of the outermost block the text has no brace after it.
    let closing = if after.is_empty() { String::new() } else { indentation(depth.saturating_sub(1)) };
    ([before, "\n", lines, &closing, after].concat(), before.len() + 1)
}

fn indentation(depth: usize) -> String {
    "  ".repeat(depth)
}

/// Steps as they were typed, a line each, indented for a place inside of `depth` blocks. A text with comments keeps its
/// lines. `None` if it does not parse.
pub(super) fn arranged(steps: &str, depth: usize) -> Option<String> {
    let (tree, parsed) = parse_steps(steps).ok()?;
    if !steps.contains("/*") {
        return Some(print_steps(&tree, &parsed, depth));
    }
    let mut text = String::new();
    let mut start = 0;
    let mut brackets = Brackets { tokens: Token::lexer(steps).spanned().peekable(), open: 0 };
    for line in steps.lines() {
        let leading = line.len() - line.trim_start().len();
        let inside = brackets.open_at(start + leading);
        if !line.trim().is_empty() {
            text.push_str(&indentation(depth + inside));
            text.push_str(line.trim());
            text.push('\n');
        }
        start += line.len() + steps[start + line.len()..].find('\n').map_or(0, |newline| newline + 1);
    }
    Some(text)
}

/// Counts the brackets and braces of a text that are open, from line to line.
struct Brackets<'s> {
    tokens: Peekable<SpannedIter<'s, Token>>,
    open: usize,
}

impl Brackets<'_> {
    /// The number of brackets open at the beginning of a line, which comes after those asked for before; one that
    /// closes there is closed.
    fn open_at(&mut self, offset: usize) -> usize {
        while let Some((token, _)) = self.tokens.next_if(|(_, span)| span.start < offset) {
            match token {
                Ok(Token::CloseParen | Token::CloseBracket | Token::CloseBrace) => {
                    self.open = self.open.saturating_sub(1)
                }
                Ok(Token::OpenParen | Token::OpenBracket | Token::OpenBrace) => self.open += 1,
                _ => {}
            }
        }
        let closes = |token| matches!(token, Ok(Token::CloseParen | Token::CloseBracket | Token::CloseBrace));
        let here = self.tokens.peek().is_some_and(|(token, span)| span.start == offset && closes(*token));
        self.open.saturating_sub(usize::from(here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_before_what_closes_the_block() {
        assert_eq!(insert("", 0, 1, "  a.\n"), ("  a.\n".into(), 0));
        assert_eq!(insert("  a.\n", 5, 1, "  b.\n"), ("  a.\n  b.\n".into(), 5));
        let text = "  goal T {\n  }\n";
        let (text, at) = insert(text, text.find('}').unwrap(), 2, "    a.\n");
        assert_eq!((text.as_str(), &text[at..at + 6]), ("  goal T {\n    a.\n  }\n", "    a."));
        let text = "  goal T { }\n";
        let (text, _) = insert(text, text.find('}').unwrap(), 2, "    a.\n");
        assert_eq!(text, "  goal T {\n    a.\n  }\n");
        assert_eq!(insert("  a.", 4, 1, "  b.\n").0, "  a.\n  b.\n");
        let text = "  a. halt.";
        assert_eq!(insert(text, 5, 1, "  b.\n").0, "  a.\n  b.\nhalt.");
    }

    #[test]
    fn steps_get_a_line_each_and_comments_stay() {
        let text = arranged("intro a : nat. have (= a a) { show (= a a) by eq_refl. }", 1).unwrap();
        assert_eq!(text, "  intro a : nat.\n  have (= a a) {\n    show (= a a) by eq_refl.\n  }\n");
        let text = arranged("have (= a a) { /* by\nreflexivity */\nshow (= a\na) by eq_refl.\n}", 2).unwrap();
        let expected =
            "    have (= a a) { /* by\n      reflexivity */\n      show (= a\n        a) by eq_refl.\n    }\n";
        assert_eq!(text, expected);
        assert_eq!(arranged("show", 1), None);
    }
}
