//! Tokens of questions.

use logos::Logos;

use crate::algebra::number::Number;
use crate::algebra::units::Unit;
use prover_syntax::tree::Span;

/// A token without its text. All remaining text is [`Other`](Token::Other): a question may hold anything.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip "[ \t\r\n\u{b}\u{c}\u{a0}]+")]
pub enum Token {
    /// Digits with at most one point inside, perhaps in groups of three with commas between.
    #[regex(r"[0-9]+(\.[0-9]+)?")]
    #[regex(r"[1-9][0-9]?[0-9]?(,[0-9][0-9][0-9])+(\.[0-9]+)?")]
    Number,
    /// Letters.
    #[regex(r"[a-zA-Z]+")]
    Word,
    /// `+`
    #[token("+")]
    Plus,
    /// `-`, also as a sign of its own and a dash.
    #[token("-")]
    #[token("\u{2212}")]
    #[token("\u{2013}")]
    Minus,
    /// `*`, `\u{d7}`, `\u{b7}`
    #[token("*")]
    #[token("\u{d7}")]
    #[token("\u{b7}")]
    #[token("\u{22c5}")]
    Star,
    /// `**` or `^`
    #[token("**")]
    #[token("^")]
    Power,
    /// `/`, `\u{f7}`
    #[token("/")]
    #[token("\u{f7}")]
    Slash,
    /// Raised digits.
    #[regex("[\u{b2}\u{b3}\u{b9}\u{2070}\u{2074}-\u{2079}]+")]
    Raised,
    /// `\u{221a}`
    #[token("\u{221a}")]
    Root,
    /// `%`
    #[token("%")]
    Percent,
    /// A sign of money.
    #[token("$")]
    #[token("\u{20ac}")]
    #[token("\u{a3}")]
    Currency,
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
    #[token("\u{2260}")]
    Unequal,
    /// `<`
    #[token("<")]
    Less,
    /// `<=`
    #[token("<=")]
    #[token("\u{2264}")]
    AtMost,
    /// `>`
    #[token(">")]
    Greater,
    /// `>=`
    #[token(">=")]
    #[token("\u{2265}")]
    AtLeast,
    /// Any other character.
    Other,
}

/// The tokens of a text with their places.
pub fn tokens(text: &str) -> Vec<(Token, Span)> {
    joined(text, lexed(text))
}

/// Splits numbers read as groups of three digits where they are a list, and joins the digits around a decimal comma.
///
/// Commas between digits are decimal points only next to an operation or a unit, since `4,6` may be two numbers; and in
/// `gcd(12,180)` they separate arguments.
fn joined(text: &str, tokens: Vec<(Token, Span)>) -> Vec<(Token, Span)> {
    let slice = |span: Span| &text[span.start as usize..span.end as usize];
    let mut result: Vec<(Token, Span)> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(&(token, span)) = tokens.get(at) {
        let touches =
            |index: usize| index > 0 && tokens.get(index).is_some_and(|next| tokens[index - 1].1.end == next.1.start);
        let is = |index: usize, wanted: Token| tokens.get(index).is_some_and(|token| token.0 == wanted);
        let is_argument = at > 1 && is(at - 1, Token::Open) && is(at - 2, Token::Word) && touches(at - 1);
        if token == Token::Number && is_argument && slice(span).contains(',') {
            let mut start = span.start;
            for part in slice(span).split(',') {
                let end = start + part.len() as u32;
                result
                    .extend([(Token::Number, Span { start, end }), (Token::Comma, Span { start: end, end: end + 1 })]);
                start = end + 1;
            }
            result.pop();
            at += 1;
            continue;
        }
        let is_pair = token == Token::Number
            && is(at + 1, Token::Comma)
            && is(at + 2, Token::Number)
            && touches(at + 1)
            && touches(at + 2)
            && !slice(span).contains(['.', ','])
            && !slice(tokens[at + 2].1).contains(['.', ','])
            && !(is(at + 3, Token::Comma) && touches(at + 3))
            && !is(at.wrapping_sub(1), Token::Comma)
            && !is_argument;
        let is_operation = |index: usize| {
            let operations = [Token::Plus, Token::Minus, Token::Star, Token::Slash, Token::Percent, Token::Currency];
            tokens.get(index).is_some_and(|token| operations.contains(&token.0))
        };
        let is_unit = |index: usize| {
            let word = tokens.get(index).filter(|token| token.0 == Token::Word).map_or("", |token| slice(token.1));
            Unit::named(word).or_else(|| Unit::with_symbol(word)).is_some()
        };
        if is_pair && (is_operation(at.wrapping_sub(1)) || is_operation(at + 3) || is_unit(at + 3)) {
            result.push((Token::Number, Span { start: span.start, end: tokens[at + 2].1.end }));
            at += 3;
            continue;
        }
        result.push((token, span));
        at += 1;
    }
    result
}

/// The number that a token spells, with commas as they are meant.
pub fn number(text: &str) -> Option<Number> {
    match text.split_once(',') {
        None => Number::from_decimal(text),
        Some((_, after)) if after.split(['.', ',']).next().is_some_and(|group| group.len() == 3) => {
            Number::from_decimal(&text.replace(',', ""))
        }
        Some(_) => Number::from_decimal(&text.replace(',', ".")),
    }
}

fn lexed(text: &str) -> Vec<(Token, Span)> {
    let each = Token::lexer(text).spanned();
    // Questions are shorter than 4 GiB by far.
    let span = |range: std::ops::Range<usize>| Span { start: range.start as u32, end: range.end as u32 };
    each.map(|(token, range)| (token.unwrap_or(Token::Other), span(range))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_group_part_and_point() {
        let read = |text| tokens(text).iter().filter(|token| token.0 == Token::Number).count();
        assert_eq!(read("1,234 + 2,345"), 2);
        assert_eq!(read("gcd(12,180)"), 2);
        assert_eq!(read("3,5 + 1,2"), 2);
        assert_eq!(read("2,5 km"), 1);
        assert_eq!(read("4,6 3,5,10"), 5);
        assert_eq!(number("1,234,567.5").unwrap().to_decimal().unwrap(), "1234567.5");
        assert_eq!(number("3,5").unwrap().to_decimal().unwrap(), "3.5");
    }

    #[test]
    fn a_byte_order_mark_is_no_blank() {
        let read: Vec<Token> = tokens("2\u{feff}x\u{a0}y").into_iter().map(|(token, _)| token).collect();
        assert_eq!(read, [Token::Number, Token::Other, Token::Word, Token::Word]);
    }
}
