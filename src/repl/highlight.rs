//! Highlighting: the kinds of the parts of an input, for an editor that colours them.

use super::Session;
use super::command::find;
use crate::syntax::token::Token;
use logos::Logos;
use rustc_hash::FxHashSet;
use std::ops::Range;

/// The kind of a part of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The word of a command.
    Command,
    /// A reserved word.
    Keyword,
    /// A quoted variable, or a name that the input binds.
    Variable,
    /// A name in scope.
    Local,
    /// A declared name.
    Constant,
    /// A name that means nothing here.
    Unknown,
    /// A bracket at the cursor, or the one that belongs to it.
    Matching,
    /// A bracket that belongs to none.
    Stray,
    /// Characters that do not form a token.
    Wrong,
}

impl Session {
    /// The parts of an input that have a class, in order; the text between them is plain. `cursor` is an offset.
    pub fn highlight(&self, input: &str, cursor: usize) -> Vec<(Range<usize>, Class)> {
        let tokens: Vec<_> = Token::lexer(input).spanned().collect();
        let bound = bound_names(input, &tokens);
        let (matching, stray) = brackets(&tokens, cursor);
        let is_command = tokens.get(1).is_none_or(|(token, _)| *token != Ok(Token::Colon));
        let mut parts = Vec::new();
        for (index, (token, span)) in tokens.iter().enumerate() {
            let text = &input[span.clone()];
            let class = match token {
                Err(_) => Class::Wrong,
                Ok(_) if matching.contains(&span.start) => Class::Matching,
                Ok(_) if stray.contains(&span.start) => Class::Stray,
                Ok(_) if index == 0 && is_command && find(text.strip_suffix('!').unwrap_or(text)).is_some() => {
                    Class::Command
                }
                Ok(Token::Data | Token::Fun) if index == 0 && is_command => Class::Keyword,
                Ok(token) if token.is_name() => match self.class_of(text, &bound) {
                    // A number alone is that of an action.
                    Class::Unknown if tokens.len() == 1 => continue,
                    class => class,
                },
                Ok(token) if token.keyword().is_some() => Class::Keyword,
                Ok(_) => continue,
            };
            parts.push((span.clone(), class));
        }
        parts
    }

    fn class_of(&self, name: &str, bound: &FxHashSet<&str>) -> Class {
        if name.starts_with('\'') || bound.contains(name) {
            return Class::Variable;
        }
        if self.focused().is_ok_and(|open| open.scope.get(name).is_some()) {
            return Class::Local;
        }
        match self.layer().theory.environment.find(name) {
            Some(_) => Class::Constant,
            None if matches!(name, "prop" | "type") => Class::Constant,
            None => Class::Unknown,
        }
    }
}

type Lexed = (Result<Token, crate::syntax::fault::LexError>, Range<usize>);

/// The names that stand before a colon: declared or bound by the input itself.
fn bound_names<'i>(input: &'i str, tokens: &[Lexed]) -> FxHashSet<&'i str> {
    let pairs = tokens.windows(2).filter(|pair| pair[1].0 == Ok(Token::Colon));
    pairs.map(|pair| &input[pair[0].1.clone()]).collect()
}

/// The places of the bracket at the cursor and of its partner, and those of brackets without a partner.
fn brackets(tokens: &[Lexed], cursor: usize) -> (Vec<usize>, Vec<usize>) {
    use Token::{CloseBrace, CloseBracket, CloseParen, OpenBrace, OpenBracket, OpenParen};
    let (mut open, mut on, mut behind, mut stray) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (token, span) in tokens {
        let opening = match token {
            Ok(OpenParen | OpenBracket | OpenBrace) => {
                open.push((token, span));
                continue;
            }
            Ok(CloseParen) => OpenParen,
            Ok(CloseBracket) => OpenBracket,
            Ok(CloseBrace) => OpenBrace,
            _ => continue,
        };
        match open.pop() {
            Some((before, at)) if *before == Ok(opening) => {
                let pair = vec![at.start, span.start];
                if pair.contains(&cursor) {
                    on = pair;
                } else if at.end == cursor || span.end == cursor {
                    behind = pair;
                }
            }
            other => {
                open.extend(other);
                stray.push(span.start);
            }
        }
    }
    // The bracket under the cursor counts before the one behind which it stands.
    (if on.is_empty() { behind } else { on }, stray)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::Options;

    fn classes<'i>(session: &Session, input: &'i str, cursor: usize) -> Vec<(&'i str, Class)> {
        session.highlight(input, cursor).into_iter().map(|(span, class)| (&input[span], class)).collect()
    }

    #[test]
    fn names_are_what_they_mean_here() {
        use Class::*;
        let mut session = Session::new(Options { theory: Some("nat-add".into()), ..Options::default() }).unwrap();
        let input = "goal a : [(n : nat) -> (= 'n m)] %";
        let expected = [
            ("goal", Keyword),
            ("a", Variable),
            ("n", Variable),
            ("nat", Constant),
            ("=", Constant),
            ("'n", Variable),
            ("m", Unknown),
            ("%", Wrong),
        ];
        let mut found = classes(&session, input, 0);
        assert_eq!(found.remove(0), ("goal", Command));
        assert_eq!(found, expected[1..]);
        session.execute("goal [(n : nat) -> (= n n)]");
        session.execute("intro m : nat.");
        assert_eq!(classes(&session, "check m", 0), [("check", Command), ("m", Local)]);
        assert_eq!(classes(&session, "7", 0), []);
        assert_eq!(classes(&session, "show 7", 0), [("show", Keyword), ("7", Unknown)]);
    }

    #[test]
    fn brackets_are_paired() {
        use Class::*;
        let session = Session::new(Options::default()).unwrap();
        let at = |input: &str, cursor| -> Vec<(Range<usize>, Class)> {
            let parts = session.highlight(input, cursor).into_iter();
            parts.filter(|(_, class)| matches!(class, Matching | Stray)).collect()
        };
        assert_eq!(at("((a))", 5), [(0..1, Matching), (4..5, Matching)]);
        assert_eq!(at("((a))", 1), [(1..2, Matching), (3..4, Matching)]);
        assert_eq!(at("(a])", 9), [(2..3, Stray)]);
        assert_eq!(at("a)", 0), [(1..2, Stray)]);
    }
}
