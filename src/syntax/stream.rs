//! The tokens of one item after another, with the places at which to go on after an error.

use logos::Logos;
use std::ops::Range;

use super::fault::{LexError, LexFault, MAX_BLOCK_DEPTH, MAX_TERM_DEPTH};
use super::token::Token;
use super::tree::Span;

/// A token and the bytes it spans.
pub(super) type Spanned = (u32, Token, u32);

/// Hands the tokens of a text to the parser, item by item: as an iterator it ends at the end of the current item, which
/// is a `.` outside of all braces or the `}` that closes the last one.
pub(super) struct TokenStream<'s> {
    lexer: logos::Lexer<'s, Token>,
    /// A token that was read but not handed out.
    ahead: Option<Result<Spanned, LexFault>>,
    /// Tokens that were handed back, before `ahead`, the next one last.
    returned: Vec<Spanned>,
    /// Offsets of the open parentheses and brackets, and of the open braces, outermost first and bounded in number.
    brackets: Vec<u32>,
    braces: Vec<u32>,
    /// The number of open braces, however many.
    depth: usize,
    /// The last two tokens handed out in this item.
    last: [Option<Spanned>; 2],
    ended: bool,
    /// The place where the item begins.
    begin: u32,
    /// Whether the stream is one item to the end of the text, as for a lone term.
    whole: bool,
}

impl<'s> TokenStream<'s> {
    /// The items of a stretch of `source`.
    pub fn items(source: &'s str, stretch: Range<usize>) -> Self {
        let mut lexer = Token::lexer(&source[..stretch.end]);
        lexer.bump(stretch.start);
        Self {
            lexer,
            ahead: None,
            returned: Vec::new(),
            brackets: Vec::new(),
            braces: Vec::new(),
            depth: 0,
            last: [None; 2],
            ended: true,
            begin: stretch.start as u32,
            whole: false,
        }
    }

    /// `source` as a single item.
    pub fn whole(source: &'s str) -> Self {
        Self { ended: false, whole: true, ..Self::items(source, 0..source.len()) }
    }

    /// Begins the next item, or returns `false` at the end of the text.
    pub fn begin_item(&mut self) -> bool {
        self.brackets.clear();
        self.close_braces();
        self.last = [None; 2];
        self.ended = false;
        let first = self.peek();
        if let Some(Ok((start, ..)) | Err(LexFault { span: Span { start, .. }, .. })) = first {
            self.begin = start;
        }
        first.is_some()
    }

    /// Lets a quicker reader try the item that begins: it gets the first token and the text after it, and gives back
    /// the unread rest of the text if it has read the item.
    pub fn quickly<R>(
        &mut self,
        read: impl FnOnce(Spanned, logos::Lexer<'s, Token>) -> Option<(R, logos::Lexer<'s, Token>)>,
    ) -> Option<R> {
        let (true, Some(Ok(first))) = (self.returned.is_empty(), self.ahead) else { return None };
        let (result, lexer) = read(first, self.lexer.clone())?;
        (self.lexer, self.ahead, self.ended) = (lexer, None, true);
        Some(result)
    }

    /// The place where the item begins, and whether the text is a term or the steps of a proof.
    pub fn begin(&self) -> (u32, bool) {
        (self.begin, self.whole)
    }

    /// The token before the last one handed out in this item.
    pub fn before_last(&self) -> Option<Spanned> {
        self.last[1]
    }

    /// The place where the innermost bracket or brace that is still open stands.
    pub fn innermost_open(&self) -> Option<u32> {
        self.brackets.last().max(self.braces.last()).copied()
    }

    /// Skips the rest of the current item after an error, without reporting anything in it.
    ///
    /// It stops at the item's end or before text that can only be the next item: a word such as `theorem` that is the
    /// first on its line (`data` and `fun` with what must follow them), a `#`, or `NAME :` at the very beginning of a
    /// line outside of braces. Steps that follow such an end belonged to the broken item and go with it.
    pub fn recover(&mut self) {
        // The parser reads one token ahead and no more, so the last token is where it failed; if that begins the next
        // item and something came before it, it is handed back. So are `data` and `fun` with the name after them, where
        // the word was taken for a name: never at the beginning of an item, so that something is left behind.
        if let [Some(wrong), Some(before)] = self.last {
            self.returned.push(wrong);
            if self.at_new_item() {
                return;
            }
            self.returned.push(before);
            if matches!(before.1, Token::Data | Token::Fun) && self.at_new_item() {
                return;
            }
            self.returned.clear();
        }
        loop {
            while !self.ended && !self.at_new_item() {
                if self.advance().is_none() {
                    return;
                }
            }
            match self.peek() {
                Some(Ok((_, token, _))) if token.begins_only_steps() || token == Token::CloseBrace => {
                    self.close_braces();
                    self.ended = false;
                    // At least this token is skipped, so the loop ends with the text.
                    self.advance();
                }
                _ => return,
            }
        }
    }

    fn close_braces(&mut self) {
        self.braces.clear();
        self.depth = 0;
    }

    /// Whether the next token is certainly the first of another item.
    fn at_new_item(&mut self) -> bool {
        let Some(Ok((start, token, end))) = self.peek() else { return false };
        let source = self.lexer.source();
        let before = &source[..start as usize];
        match token {
            Token::Hash => true,
            token if token.begins_only_items() => begins_line(before),
            Token::Data | Token::Fun if begins_line(before) && begins_declaration(token, &source[end as usize..]) => {
                true
            }
            token if token.is_name() && self.depth == 0 => {
                let after = source[end as usize..].trim_start_matches([' ', '\t']);
                (before.is_empty() || before.ends_with('\n')) && after.starts_with(':')
            }
            _ => false,
        }
    }

    /// The next token of the text, even past the end of the item.
    pub fn peek(&mut self) -> Option<Result<Spanned, LexFault>> {
        if let Some(&token) = self.returned.last() {
            return Some(Ok(token));
        }
        if self.ahead.is_none() {
            self.ahead = self.read();
        }
        self.ahead
    }

    fn read(&mut self) -> Option<Result<Spanned, LexFault>> {
        let token = self.lexer.next()?;
        let span = self.lexer.span();
        let (start, mut end) = (span.start as u32, span.end as u32);
        Some(token.map(|token| (start, token, end)).map_err(|error| {
            if error == LexError::UnterminatedComment {
                end = start + 2; // where it begins, not all that follows
            }
            LexFault { error, span: Span { start, end } }
        }))
    }

    /// The next token of the text, counted.
    fn advance(&mut self) -> Option<Result<Spanned, LexFault>> {
        let next = match (self.returned.pop(), self.ahead.take()) {
            (Some(token), ahead) => {
                self.ahead = ahead;
                Ok(token)
            }
            (None, Some(next)) => next,
            (None, None) => self.read()?,
        };
        if let Ok((start, token, _)) = next {
            self.count(start, token);
        }
        Some(next)
    }

    fn count(&mut self, start: u32, token: Token) {
        match token {
            Token::OpenParen | Token::OpenBracket if self.brackets.len() <= MAX_TERM_DEPTH => self.brackets.push(start),
            Token::CloseParen | Token::CloseBracket => {
                self.brackets.pop();
            }
            Token::OpenBrace => {
                self.depth += 1;
                if self.depth <= MAX_BLOCK_DEPTH {
                    self.braces.push(start);
                }
            }
            Token::CloseBrace => {
                if self.depth <= MAX_BLOCK_DEPTH {
                    self.braces.pop();
                }
                self.depth = self.depth.saturating_sub(1);
                self.ended = self.depth == 0 && !self.whole;
            }
            Token::Dot => self.ended = self.depth == 0 && !self.whole,
            _ => {}
        }
    }
}

/// Whether the text after `before` is the first of its line.
fn begins_line(before: &str) -> bool {
    before.bytes().rev().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| byte == b'\n')
}

/// Whether `data` or `fun` with `after` behind it begins an item: a name follows, and the token that must stand behind
/// that.
fn begins_declaration(word: Token, after: &str) -> bool {
    let mut tokens = Token::lexer(after).flatten();
    let is_named = tokens.next().is_some_and(Token::is_name);
    is_named
        && match tokens.next() {
            Some(Token::Colon) => word == Token::Fun,
            Some(Token::OpenParen | Token::OpenBrace) => word == Token::Data,
            _ => false,
        }
}

impl Iterator for TokenStream<'_> {
    type Item = Result<Spanned, LexFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance()?;
        let Ok((start, token, end)) = next else { return Some(next) };
        self.last = [Some((start, token, end)), self.last[0]];
        let too_deep = if self.brackets.len() > MAX_TERM_DEPTH {
            LexError::TermTooDeep
        } else if self.depth > MAX_BLOCK_DEPTH {
            LexError::BlockTooDeep
        } else {
            return Some(next);
        };
        Some(Err(LexFault { error: too_deep, span: Span { start, end } }))
    }
}
