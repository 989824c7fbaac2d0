//! Tokens of questions.

use logos::Logos;

use prover_syntax::tree::Span;

/// A token without its text. What is nothing else is [`Other`](Token::Other): a question may hold anything.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip "[ \t\r\n\u{b}\u{c}\u{a0}]+")]
pub enum Token {
    /// Digits with at most one point inside.
    #[regex(r"[0-9]+(\.[0-9]+)?")]
    Number,
    /// Letters.
    #[regex(r"[a-zA-Z]+")]
    Word,
    /// `+`
    #[token("+")]
    Plus,
    /// `-`
    #[token("-")]
    Minus,
    /// `*`
    #[token("*")]
    Star,
    /// `**` or `^`
    #[token("**")]
    #[token("^")]
    Power,
    /// `/`
    #[token("/")]
    Slash,
    /// `(`
    #[token("(")]
    Open,
    /// `)`
    #[token(")")]
    Close,
    /// `{`
    #[token("{")]
    OpenBrace,
    /// `}`
    #[token("}")]
    CloseBrace,
    /// `,`
    #[token(",")]
    Comma,
    /// `:`
    #[token(":")]
    Colon,
    /// `'`
    #[token("'")]
    Apostrophe,
    /// `.`, `?`, `!` or `;`: the end of a sentence.
    #[token(".")]
    #[token("?")]
    #[token("!")]
    #[token(";")]
    End,
    /// `=`
    #[token("=")]
    Equal,
    /// `!=`
    #[token("!=")]
    Unequal,
    /// `<`
    #[token("<")]
    Less,
    /// `<=`
    #[token("<=")]
    AtMost,
    /// `>`
    #[token(">")]
    Greater,
    /// `>=`
    #[token(">=")]
    AtLeast,
    /// Any other character.
    Other,
}

/// The tokens of a text with their places.
pub fn tokens(text: &str) -> Vec<(Token, Span)> {
    let each = Token::lexer(text).spanned();
    // Questions are shorter than 4 GiB by far.
    let span = |range: std::ops::Range<usize>| Span { start: range.start as u32, end: range.end as u32 };
    each.map(|(token, range)| (token.unwrap_or(Token::Other), span(range))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_blank() {
        let read: Vec<Token> = tokens("2\u{feff}x\u{a0}y").into_iter().map(|(token, _)| token).collect();
        assert_eq!(read, [Token::Number, Token::Other, Token::Word, Token::Word]);
    }
}
