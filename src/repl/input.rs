//! What a line of input is: a command, the number of an action, or text of the language; and whether it is whole.

use super::command::{Command, find};
use crate::syntax::token::Token;
use logos::Logos;

/// An input, told apart by its first words.
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
        /// What follows, trimmed.
        argument: &'i str,
        /// Where that begins.
        at: usize,
    },
    /// A word that begins neither a command nor text of the language.
    Unknown(&'i str),
    /// Text of the language.
    Text,
}

/// The tokens of a text, without those that are none.
fn tokens(text: &str) -> impl Iterator<Item = (Token, std::ops::Range<usize>)> {
    Token::lexer(text).spanned().filter_map(|(token, span)| token.ok().map(|token| (token, span)))
}

impl<'i> Input<'i> {
    /// Tells what an input is. With a goal open, `goal` begins a step of its proof.
    pub fn new(input: &'i str, goal_is_open: bool) -> Self {
        let mut lexer = Token::lexer(input).spanned();
        let (first, span) = match lexer.next() {
            None => return Self::Nothing,
            // The parser says what is wrong.
            Some((Err(_), _)) => return Self::Text,
            Some((Ok(first), span)) => (first, span),
        };
        let word = &input[span.clone()];
        let second = lexer.next().map(|(token, _)| token);
        if second == Some(Ok(Token::Colon)) || (first == Token::Goal && goal_is_open) {
            return Self::Text;
        }
        let (bare, force) = word.strip_suffix('!').map_or((word, false), |bare| (bare, true));
        if let Some(command) = find(bare).filter(|command| !force || command.takes_force) {
            let rest = &input[span.end..];
            let argument = rest.trim();
            let at = span.end + (rest.len() - rest.trim_start().len());
            return Self::Command { command, force, argument, at };
        }
        match first {
            Token::Name if second.is_none() && word.bytes().all(|byte| byte.is_ascii_digit()) => {
                // A number too large to count is the number of no action.
                Self::Number(word.parse().unwrap_or(usize::MAX))
            }
            Token::Name => Self::Unknown(word),
            _ => Self::Text,
        }
    }
}

/// Whether an input can be carried out as it stands, or more lines have to follow: brackets are open, or a step has no `.`
/// yet.
pub fn is_whole(input: &str, goal_is_open: bool) -> bool {
    let open = match open_brackets(input) {
        Brackets::Comment => return false,
        Brackets::Open(open) => open,
    };
    match Input::new(input, goal_is_open) {
        Input::Nothing | Input::Number(_) | Input::Unknown(_) => true,
        Input::Command { command, .. } => !command.takes_terms || open <= 0,
        Input::Text if open > 0 => false,
        Input::Text => match tokens(input).last() {
            Some((Token::Dot | Token::CloseBrace, _)) => true,
            // `theorem NAME : S` states a goal.
            Some((last, _)) if open == 0 => states_goal(input) && last != Token::Colon,
            _ => true,
        },
    }
}

/// Whether a text begins like a theorem and has no block.
pub fn states_goal(input: &str) -> bool {
    let mut tokens = tokens(input).map(|(token, _)| token);
    matches!(tokens.next(), Some(Token::Theorem | Token::Lemma | Token::Corollary))
        && tokens.next().is_some_and(Token::is_name)
        && tokens.next() == Some(Token::Colon)
        && tokens.all(|token| token != Token::OpenBrace)
}

enum Brackets {
    /// A comment is not closed.
    Comment,
    /// So many more brackets and braces are opened than closed.
    Open(i64),
}

fn open_brackets(input: &str) -> Brackets {
    let mut open = 0;
    for (token, _) in Token::lexer(input).spanned() {
        match token {
            Ok(Token::OpenParen | Token::OpenBracket | Token::OpenBrace) => open += 1,
            Ok(Token::CloseParen | Token::CloseBracket | Token::CloseBrace) => open -= 1,
            Err(crate::syntax::token::LexError::UnterminatedComment) => return Brackets::Comment,
            _ => {}
        }
    }
    Brackets::Open(open)
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
        }
        assert!(!is_whole("goal (= z z) {", true));
    }
}
