//! Tokens of the Peano language.
//!
//! **Where a name ends.** A name is the longest run of name characters (`0-9 a-z A-Z ' _ - + / * = ! $ ^ > <`) that
//! stops before the first place where `->`, `/*` or `*/` begins. So `nat->nat` is `nat`, `->`, `nat`; `a-->b` is `a-`,
//! `->`, `b`; `a->-b` is `a`, `->`, `-b`; `->->` is two arrows; and `foo/* c */` is `foo` and a comment. One
//! refinement: `*/` directly before another `*` is not the end of a comment but the name character `*` followed by the
//! beginning of a comment, so that a name may end in `*` and be followed at once by a comment, as in `*/* times */`. A
//! `*/` outside of a comment is an error otherwise. Comments do not nest; `/*/` opens one and does not close it.
//!
//! **Keywords.** Every word of the grammar is reserved everywhere, so that a reader never has to know the place of a
//! word to know its meaning. Keywords are whole words: `letter` and `'let` are names, `let` is not. The words of
//! [`CONTEXTUAL`] were added to the language later and are not keywords: they have tokens of their own, and are names
//! wherever a name can stand.

use super::fault::LexError;
use logos::{FilterResult, Lexer, Logos};

/// A token without its text, which its span gives.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(error = LexError)]
#[logos(skip "[ \t\r\n\u{b}\u{c}]+")]
pub enum Token {
    /// A name that is neither a keyword nor `=`.
    #[regex(r"[0-9a-zA-Z'_\-+/*=!$^><]", word)]
    #[token("\u{feff}", byte_order_mark)]
    Name,
    /// `"text"` on one line.
    #[regex("\"[^\"\n]*\"?", string)]
    String,
    /// `->`
    Arrow,
    /// `=`, a name and the sign of a definition.
    Equals,
    /// `(`
    #[token("(")]
    OpenParen,
    /// `)`
    #[token(")")]
    CloseParen,
    /// `[`
    #[token("[")]
    OpenBracket,
    /// `]`
    #[token("]")]
    CloseBracket,
    /// `{`
    #[token("{")]
    OpenBrace,
    /// `}`
    #[token("}")]
    CloseBrace,
    /// `,`
    #[token(",")]
    Comma,
    /// `.`
    #[token(".")]
    Dot,
    /// `:`
    #[token(":")]
    Colon,
    /// `#`
    #[token("#")]
    Hash,
    /// `import`
    Import,
    /// `using`
    Using,
    /// `assume`
    Assume,
    /// `let`
    Let,
    /// `axiom`
    Axiom,
    /// `verify`
    Verify,
    /// `example`
    Example,
    /// `test`
    Test,
    /// `theorem`
    Theorem,
    /// `lemma`
    Lemma,
    /// `corollary`
    Corollary,
    /// `forward`
    Forward,
    /// `backward`
    Backward,
    /// `infer`
    Infer,
    /// `subgoal`
    Subgoal,
    /// `lambda`
    Lambda,
    /// `intro`
    Intro,
    /// `show`
    Show,
    /// `by`
    By,
    /// `construct`
    Construct,
    /// `apply`
    Apply,
    /// `goal`
    Goal,
    /// `have`
    Have,
    /// `current`
    Current,
    /// `halt`
    Halt,
    /// `data`, a name elsewhere than before a data type.
    Data,
    /// `fun`, a name elsewhere than before a recursive function.
    Fun,
    /// `check`, a name elsewhere than after `#`.
    Check,
    /// `eval`, a name elsewhere than after `#`.
    Eval,
    /// `print`, a name elsewhere than after `#`.
    Print,
    /// `rw`, a name except before the equation that a step rewrites by.
    Rw,
    /// `at`, a name except behind the equation that a step rewrites by.
    At,
    /// `unfold`, a name except before the constant that a step unfolds.
    Unfold,
}

/// The reserved words, sorted.
pub const KEYWORDS: [(&str, Token); 25] = [
    ("apply", Token::Apply),
    ("assume", Token::Assume),
    ("axiom", Token::Axiom),
    ("backward", Token::Backward),
    ("by", Token::By),
    ("construct", Token::Construct),
    ("corollary", Token::Corollary),
    ("current", Token::Current),
    ("example", Token::Example),
    ("forward", Token::Forward),
    ("goal", Token::Goal),
    ("halt", Token::Halt),
    ("have", Token::Have),
    ("import", Token::Import),
    ("infer", Token::Infer),
    ("intro", Token::Intro),
    ("lambda", Token::Lambda),
    ("lemma", Token::Lemma),
    ("let", Token::Let),
    ("show", Token::Show),
    ("subgoal", Token::Subgoal),
    ("test", Token::Test),
    ("theorem", Token::Theorem),
    ("using", Token::Using),
    ("verify", Token::Verify),
];

/// The words that mean something in one place each and are names everywhere else, sorted.
pub const CONTEXTUAL: [(&str, Token); 8] = [
    ("at", Token::At),
    ("check", Token::Check),
    ("data", Token::Data),
    ("eval", Token::Eval),
    ("fun", Token::Fun),
    ("print", Token::Print),
    ("rw", Token::Rw),
    ("unfold", Token::Unfold),
];

impl Token {
    /// Whether a name may be spelled so: a name, `=` or a word of [`CONTEXTUAL`].
    pub fn is_name(self) -> bool {
        use Token::*;
        // The words are those of CONTEXTUAL.
        matches!(self, Name | Equals | At | Check | Data | Eval | Fun | Print | Rw | Unfold)
    }

    /// The keyword that this token is, if it is one.
    pub fn keyword(self) -> Option<&'static str> {
        KEYWORDS.iter().find(|(_, token)| *token == self).map(|(word, _)| *word)
    }

    /// Whether only an item, and no step of a proof, begins with this token.
    pub fn begins_only_items(self) -> bool {
        use Token::*;
        matches!(self, Import | Assume | Verify | Example | Test | Theorem | Lemma | Corollary | Hash)
    }

    /// Whether only a step of a proof, and no item, begins with this token.
    pub fn begins_only_steps(self) -> bool {
        use Token::*;
        matches!(self, Intro | Show | Construct | Apply | Goal | Have | Current | Halt)
    }
}

/// Whether `text` is one name of the language: a single token that is not a keyword.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text.as_bytes()) == text.len() && keyword(text).is_none()
}

/// The keyword spelled `text`.
pub fn keyword(text: &str) -> Option<Token> {
    let letter = text.as_bytes().first()?.checked_sub(b'a').filter(|&letter| letter < 26)? as usize;
    find(&KEYWORDS[FIRST[letter] as usize..FIRST[letter + 1] as usize], text)
}

/// The token of a word in a short table.
fn find(words: &[(&str, Token)], text: &str) -> Option<Token> {
    words.iter().find(|(word, _)| *word == text).map(|&(_, token)| token)
}

/// The token of a run of name characters.
fn named(text: &str) -> Token {
    match text {
        "=" => Token::Equals,
        // No word is so short.
        _ if text.len() == 1 => Token::Name,
        _ => keyword(text).or_else(|| find(&CONTEXTUAL, text)).unwrap_or(Token::Name),
    }
}

/// For each letter the first of the [`KEYWORDS`] that begin with it or a later one.
const FIRST: [u8; 27] = {
    let mut first = [0; 27];
    let mut index = 0;
    while index < KEYWORDS.len() {
        let mut later = (KEYWORDS[index].0.as_bytes()[0] - b'a') as usize + 1;
        while later < first.len() {
            first[later] += 1;
            later += 1;
        }
        index += 1;
    }
    first
};

/// For each byte whether it can stand in a name.
const NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut signs: &[u8] = b"'_-+/*=!$^><";
    while let [sign, rest @ ..] = signs {
        table[*sign as usize] = true;
        signs = rest;
    }
    table
};

fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES[byte as usize]
}

/// Whether a name must end before `rest`.
fn ends_name(rest: &[u8]) -> bool {
    rest.starts_with(b"->") || rest.starts_with(b"/*") || is_stray_comment_end(rest)
}

fn is_stray_comment_end(rest: &[u8]) -> bool {
    rest.starts_with(b"*/") && rest.get(2) != Some(&b'*')
}

/// The number of bytes of the name at the start of `rest`, 0 if there is none.
fn name_length(rest: &[u8]) -> usize {
    let ends = |index: usize| {
        let byte = rest[index];
        !is_name_byte(byte) || (matches!(byte, b'-' | b'/' | b'*') && ends_name(&rest[index..]))
    };
    (0..rest.len()).find(|&index| ends(index)).unwrap_or(rest.len())
}

/// Reads a token that begins with a name character: an arrow, a comment, a keyword or a name.
fn word(lexer: &mut Lexer<'_, Token>) -> FilterResult<Token, LexError> {
    let source = lexer.source();
    let text = &source[lexer.span().start..];
    let rest = text.as_bytes();
    if rest.starts_with(b"->") {
        lexer.bump(1);
        return FilterResult::Emit(Token::Arrow);
    }
    if rest.starts_with(b"/*") {
        return match text[2..].find("*/") {
            Some(inside) => {
                lexer.bump(inside + 3);
                FilterResult::Skip
            }
            None => {
                lexer.bump(text.len() - 1);
                FilterResult::Error(LexError::UnterminatedComment)
            }
        };
    }
    if is_stray_comment_end(rest) {
        lexer.bump(1);
        return FilterResult::Error(LexError::StrayCommentEnd);
    }
    let length = name_length(rest);
    lexer.bump(length - 1);
    FilterResult::Emit(named(&text[..length]))
}

/// A byte order mark begins a text; elsewhere it would be an invisible character that separates names.
fn byte_order_mark(lexer: &mut Lexer<'_, Token>) -> FilterResult<Token, LexError> {
    match lexer.span().start {
        0 => FilterResult::Skip,
        _ => FilterResult::Error(LexError::UnexpectedCharacter),
    }
}

fn string(lexer: &mut Lexer<'_, Token>) -> Result<Token, LexError> {
    let text = lexer.slice();
    if text.len() > 1 && text.ends_with('"') { Ok(Token::String) } else { Err(LexError::UnterminatedString) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each token as its text, arrows and keywords marked, errors as their names.
    fn lex(source: &str) -> Vec<String> {
        Token::lexer(source)
            .spanned()
            .map(|(token, span)| match token {
                Ok(Token::Name) => source[span].to_owned(),
                Ok(token) if token.keyword().is_some() => format!("<{}>", &source[span]),
                Ok(_) => format!("`{}", &source[span]),
                Err(error) => format!("{error:?}"),
            })
            .collect()
    }

    macro_rules! lexes {
        ($($name:ident: $source:expr => [$($token:expr),*];)*) => {
            $(#[test] fn $name() {
                let expected: Vec<&str> = vec![$($token),*];
                assert_eq!(lex($source), expected);
            })*
        };
    }

    lexes! {
        arrow_splits_names: "nat->nat" => ["nat", "`->", "nat"];
        minus_before_arrow: "a-->b" => ["a-", "`->", "b"];
        only_arrows: "->->" => ["`->", "`->"];
        minus_after_arrow: "a->-b" => ["a", "`->", "-b"];
        greater_after_arrow: "->>" => ["`->", ">"];
        minus_then_arrow: "-->" => ["-", "`->"];
        comment_end_after_name: "x*/" => ["x", "StrayCommentEnd"];
        lone_comment_end: "*/ y" => ["StrayCommentEnd", "y"];
        star_then_comment: "*/* c */ x" => ["*", "x"];
        star_then_open_comment: "*/*" => ["*", "UnterminatedComment"];
        name_then_comment: "foo/* c */bar" => ["foo", "bar"];
        slash_then_comment: "//* c */" => ["/"];
        starred_name: "*_z *_s +_z / * + = == !$^<>" => ["*_z", "*_s", "+_z", "/", "*", "+", "`=", "==", "!$^<>"];
        comment_with_stars: "/***/a/**/b/* * / **/c" => ["a", "b", "c"];
        comment_not_closed_by_itself: "/*/ a */ b" => ["b"];
        comment_never_closed: "a /* b" => ["a", "UnterminatedComment"];
        quoted: "'x 'let x' '" => ["'x", "'let", "x'", "'"];
        keywords_are_words: "let letter let' Let lets let->let" => ["<let>", "letter", "let'", "Let", "lets", "<let>", "`->", "<let>"];
        digits: "0 12 1a" => ["0", "12", "1a"];
        punctuation: "([{}]),.:#" => ["`(", "`[", "`{", "`}", "`]", "`)", "`,", "`.", "`:", "`#"];
        strings: "\"a.b\" \"\" \"x\n\"" => ["`\"a.b\"", "`\"\"", "UnterminatedString", "UnterminatedString"];
        foreign: "a é % b" => ["a", "UnexpectedCharacter", "UnexpectedCharacter", "b"];
        byte_order_mark_first: "\u{feff}a b" => ["a", "b"];
        byte_order_mark_within: "z\u{feff}z \u{feff}" => ["z", "UnexpectedCharacter", "z", "UnexpectedCharacter"];
        byte_order_mark_twice: "\u{feff}\u{feff}a" => ["UnexpectedCharacter", "a"];
    }

    #[test]
    fn keyword_table_is_sorted_and_complete() {
        assert!(KEYWORDS.is_sorted_by_key(|(word, _)| *word));
        for (word, token) in KEYWORDS {
            assert_eq!(keyword(word), Some(token));
            assert_eq!(token.keyword(), Some(word));
            assert!(!is_name(word));
        }
        assert!(CONTEXTUAL.is_sorted_by_key(|(word, _)| *word));
        for (word, token) in CONTEXTUAL {
            assert_eq!(named(word), token);
            assert!(token.is_name() && token.keyword().is_none() && is_name(word));
        }
    }

    proptest! {
        #[test]
        fn a_name_never_contains_a_separator(text in "[-+/*=><a'$ ]{0,12}") {
            for (token, span) in Token::lexer(&text).spanned() {
                if token == Ok(Token::Name) {
                    let name = &text[span];
                    prop_assert!(is_name(name), "{name}");
                    prop_assert!(!name.contains("->") && !name.contains("/*") && !name.contains("*/"), "{name}");
                }
            }
        }
    }
}
