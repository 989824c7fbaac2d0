//! The kinds of input: a command, the number of an action, or text of the language; and whether it is complete.

use super::command::{Command, find};
use crate::syntax::fault::LexError;
use crate::syntax::token::Token;
use logos::Logos;

/// An input, classified by its first words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'i> {
    /// Blanks and comments.
    Nothing,
    /// The number of an action.
    Number(usize),
    /// A command with its argument, which begins at an offset into the input.
    Command {
        /// The command.
        command: &'static Command,
        /// Whether `!` stands directly after the word: existing files may be replaced.
        force: bool,
        /// The rest of the input, trimmed.
        argument: &'i str,
        /// The place where it begins.
        at: usize,
    },
    /// A word that begins neither a command nor text of the language.
    Unknown(&'i str),
    /// Text of the language.
    Text,
}

/// The kind of input that its first tokens begin.
#[derive(Clone, Copy)]
enum Begin {
    Number,
    Command { command: &'static Command, force: bool },
    Unknown,
    Text,
}

impl Begin {
    /// The kind of an input that begins with a token of that text and perhaps a second one.
    fn new(
        first: Result<Token, LexError>,
        word: &str,
        (second, third): (Option<Result<Token, LexError>>, Option<Token>),
        goal_is_open: bool,
    ) -> Self {
        // Of what is no token the parser says what is wrong.
        let Ok(first) = first else { return Self::Text };
        // With a goal open, `goal` begins a step of its proof; with a name and `:` it states a lemma.
        let is_named = matches!(second, Some(Ok(name)) if name.is_name()) && third == Some(Token::Colon);
        if second == Some(Ok(Token::Colon)) || (first == Token::Goal && goal_is_open && !is_named) {
            return Self::Text;
        }
        let (bare, force) = word.strip_suffix('!').map_or((word, false), |bare| (bare, true));
        if let Some(command) = find(bare).filter(|command| !force || command.takes_force) {
            return Self::Command { command, force };
        }
        match first {
            Token::Name if second.is_none() && word.bytes().all(|byte| byte.is_ascii_digit()) => Self::Number,
            Token::Name => Self::Unknown,
            _ => Self::Text,
        }
    }
}

impl<'i> Input<'i> {
    /// Classifies an input. With a goal open, `goal` begins a step of its proof, and `goal NAME :` a lemma.
    pub fn new(input: &'i str, goal_is_open: bool) -> Self {
        let mut lexer = Token::lexer(input).spanned();
        let Some((first, span)) = lexer.next() else { return Self::Nothing };
        let word = &input[span.clone()];
        let second = lexer.next().map(|(token, _)| token);
        let third = lexer.next().and_then(|(token, _)| token.ok());
        match Begin::new(first, word, (second, third), goal_is_open) {
            // A number too large to count is the number of no action.
            Begin::Number => Self::Number(word.parse().unwrap_or(usize::MAX)),
            Begin::Unknown => Self::Unknown(word),
            Begin::Text => Self::Text,
            Begin::Command { command, force } => {
                let rest = &input[span.end..];
                let argument = rest.trim();
                let at = span.end + (rest.len() - rest.trim_start().len());
                Self::Command { command, force, argument, at }
            }
        }
    }
}

/// Whether an input can be carried out as it stands, or more lines have to follow: brackets are open, or a step has no
/// `.` yet.
pub fn is_whole(input: &str, goal_is_open: bool) -> bool {
    let mut lines = Lines::default();
    lines.push(input);
    lines.are_whole(goal_is_open)
}

/// The state of an input that comes in lines, each of which is read once: an item may have many.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Whether they end within a comment.
    in_comment: bool,
    /// The number of brackets and braces that are open.
    open: i64,
    /// The first token, with its text up to [`WORD`] bytes.
    first: Option<(Result<Token, LexError>, String)>,
    second: Option<Result<Token, LexError>>,
    /// The first three of those that are tokens.
    head: Vec<Token>,
    /// The last token that is one.
    last: Option<Token>,
    has_brace: bool,
    /// The bytes that were read, for tests.
    #[cfg(test)]
    read: usize,
}

/// No command is longer.
const WORD: usize = 64;

impl Lines {
    /// Adds lines. No token but a comment goes on in the next line, so that each can be read by itself.
    pub fn push(&mut self, mut text: &str) {
        #[cfg(test)]
        {
            self.read += text.len();
        }
        if self.in_comment {
            let Some(end) = text.find("*/") else { return };
            text = &text[end + 2..];
            self.in_comment = false;
        }
        for (token, span) in Token::lexer(text).spanned() {
            match token {
                Ok(Token::OpenParen | Token::OpenBracket | Token::OpenBrace) => self.open += 1,
                Ok(Token::CloseParen | Token::CloseBracket | Token::CloseBrace) => self.open -= 1,
                // It takes the rest of the text.
                Err(LexError::UnterminatedComment) => {
                    self.in_comment = true;
                    return;
                }
                _ => {}
            }
            self.has_brace |= token == Ok(Token::OpenBrace);
            self.last = token.ok().or(self.last);
            if self.first.is_none() {
                let word = text[span].chars().take(WORD).collect();
                self.first = Some((token, word));
            } else if self.second.is_none() {
                self.second = Some(token);
            }
            if self.head.len() < 3 {
                self.head.extend(token.ok());
            }
        }
    }

    /// Whether they can be carried out as they stand.
    pub fn are_whole(&self, goal_is_open: bool) -> bool {
        if self.in_comment {
            return false;
        }
        let Some((first, word)) = &self.first else { return true };
        match Begin::new(*first, word, (self.second, self.head.get(2).copied()), goal_is_open) {
            Begin::Number | Begin::Unknown => true,
            Begin::Command { command, .. } => !command.takes_terms || self.open <= 0,
            Begin::Text if self.open > 0 => false,
            Begin::Text => match self.last {
                Some(Token::Dot | Token::CloseBrace) => true,
                // `theorem NAME : S` states a goal.
                Some(last) if self.open == 0 => self.state_goal() && last != Token::Colon,
                _ => true,
            },
        }
    }

    /// Whether they begin like a theorem and have no block.
    fn state_goal(&self) -> bool {
        use Token::{Colon, Corollary, Lemma, Theorem};
        matches!(*self.head, [Theorem | Lemma | Corollary, name, Colon] if name.is_name()) && !self.has_brace
    }
}

/// Whether a text begins like a theorem and has no block.
pub fn states_goal(input: &str) -> bool {
    let mut lines = Lines::default();
    lines.push(input);
    lines.state_goal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_told_apart() {
        assert_eq!(Input::new(" /* note */ ", false), Input::Nothing);
        assert_eq!(Input::new("12", true), Input::Number(12));
        assert_eq!(Input::new("99999999999999999999999", true), Input::Number(usize::MAX));
        assert_eq!(Input::new("12 : nat.", false), Input::Text);
        assert_eq!(Input::new("undu", false), Input::Unknown("undu"));
        assert_eq!(Input::new("undo : nat.", false), Input::Text);
        assert_eq!(Input::new("show (= z z) by f.", false), Input::Text);
        assert_eq!(Input::new("goal (= z z) { }", true), Input::Text);
        assert!(matches!(Input::new("goal b : (= z z)", true), Input::Command { .. }));
        assert_eq!(Input::new("% x", true), Input::Text);
        let command = |text| match Input::new(text, false) {
            Input::Command { command, force, argument, at } => (command.name, force, argument, at),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(command("goal x : (= z z)"), ("goal", false, "x : (= z z)", 5));
        assert_eq!(command("save! a b.p "), ("save", true, "a b.p", 6));
        assert_eq!(command("exit"), ("quit", false, "", 4));
        assert_eq!(Input::new("undo!", false), Input::Unknown("undo!"));
    }

    #[test]
    fn more_lines_follow_while_something_is_open() {
        for (text, whole) in [
            ("", true),
            ("intro a : nat", false),
            ("intro a : nat.", true),
            ("have (= z z) {", false),
            ("have (= z z) {\n show (= z z) by eq_refl.", false),
            ("have (= z z) {\n show (= z z) by eq_refl.\n}", true),
            ("}", true),
            ("show X by f. /* why", false),
            ("goal a : [(a : nat) ->", false),
            ("goal a : [(a : nat) -> (= a a)]", true),
            ("theorem a :", false),
            ("theorem a : (= z z)", true),
            ("theorem a : (= z", false),
            ("theorem a : (= z z) {", false),
            ("theorem a : (= z z) { }", true),
            ("check (s", false),
            ("load (a", true),
            ("nonsense (", true),
            ("3", true),
            ("x : nat", false),
            ("x : nat.", true),
            ("import \"a\"", false),
        ] {
            assert_eq!(is_whole(text, false), whole, "{text}");
            // The same if it comes in lines, wherever these end.
            for (at, _) in text.match_indices([' ', '\n']) {
                let mut lines = Lines::default();
                let (before, after) = text.split_at(at);
                lines.push(&format!("{before}\n"));
                lines.push(after);
                assert_eq!(lines.are_whole(false), whole, "{before}|{after}");
            }
        }
        assert!(!is_whole("goal (= z z) {", true));
        assert!(is_whole("goal b : (= z z)", true) && is_whole("goal b : nonsense )", true));
    }
    #[test]
    fn an_item_of_many_lines_is_read_once() {
        for (begin, line, end) in [
            ("theorem a : p {\n", "  show p by b. /* { */\n", "}\n"),
            ("/* a comment\n", "that {\n", "ends */ x : nat.\n"),
            ("/* a\nb */ data d {\n", "  c : /* [ \n */ d.\n", "}\n"),
        ] {
            let mut lines = Lines::default();
            let mut text = String::new();
            for part in std::iter::once(begin).chain(std::iter::repeat_n(line, 1_000)) {
                text.push_str(part);
                lines.push(part);
                assert!(!lines.are_whole(false), "{part}");
            }
            lines.push(end);
            assert!(lines.are_whole(false), "{begin}");
            assert_eq!(lines.read, text.len() + end.len(), "{begin}");
        }
    }
}
