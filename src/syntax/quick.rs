//! A fast reader for the common case: theorems whose statements and steps are plain and right.
//!
//! Most of a long file is theorems, and most of these are of the simplest shape. They are read here by recursive
//! descent, which takes a fraction of the time of the LR parser. Anything else (lambdas, rarer steps, deep nesting,
//! errors) is left to the grammar, from the beginning of the item on; so the grammar alone decides which texts are
//! right, and reports the errors. Tests compare the two.

use logos::Lexer;

use super::stream::Spanned;
use super::token::Token;
use super::tree::{Decl, Input, Item, ItemKind, Name, Span, Step, StepKind, Term, TermRef, TheoremWord, Tree};

/// The depth to which terms may be nested here.
const TERM_DEPTH: u32 = 100;

/// The depth to which blocks may be nested here.
const BLOCK_DEPTH: u32 = 20;

/// Reads an item from its first token on. `None` if it is not understood; the tree is then as it was, except for names.
pub(super) fn item<'s>(tree: &mut Tree, first: Spanned, lexer: Lexer<'s, Token>) -> Option<(Item, Lexer<'s, Token>)> {
    let word = match first.1 {
        Token::Theorem => TheoremWord::Theorem,
        Token::Lemma => TheoremWord::Lemma,
        Token::Corollary => TheoremWord::Corollary,
        _ => return None,
    };
    let length = tree.len();
    let mut reader = Reader { tree, source: lexer.source(), lexer, next: None, end: first.2, terms: Vec::new() };
    match reader.theorem(word, first.0) {
        // Nothing was looked at beyond the last brace.
        Some(item) => Some((item, reader.lexer)),
        None => {
            reader.tree.truncate(length);
            None
        }
    }
}

struct Reader<'s, 't> {
    tree: &'t mut Tree,
    source: &'s str,
    lexer: Lexer<'s, Token>,
    /// A token that was looked at but not taken.
    next: Option<Spanned>,
    /// The end of the last token taken.
    end: u32,
    /// The arguments of applications that are being read.
    terms: Vec<TermRef>,
}

impl Reader<'_, '_> {
    fn peek(&mut self) -> Option<Spanned> {
        if self.next.is_none() {
            let token = self.lexer.next()?.ok()?;
            let span = self.lexer.span();
            self.next = Some((span.start as u32, token, span.end as u32));
        }
        self.next
    }

    fn take(&mut self) -> Option<Spanned> {
        let token = self.peek()?;
        self.next = None;
        self.end = token.2;
        Some(token)
    }

    /// Takes a token that has to be this one; where it begins.
    fn expect(&mut self, token: Token) -> Option<u32> {
        let (start, found, _) = self.take()?;
        (found == token).then_some(start)
    }

    fn theorem(&mut self, word: TheoremWord, start: u32) -> Option<Item> {
        let decl = self.decl()?;
        let steps = self.block(0)?;
        Some(Item { kind: ItemKind::Theorem { word, decl, steps }, span: self.since(start) })
    }

    fn since(&self, start: u32) -> Span {
        Span { start, end: self.end }
    }

    fn decl(&mut self) -> Option<Decl> {
        let name = self.name()?;
        self.expect(Token::Colon)?;
        Some(Decl { name, ty: self.ty(0)? })
    }

    fn name(&mut self) -> Option<Name> {
        let token = self.take()?;
        self.named(token)
    }

    fn named(&mut self, (start, token, end): Spanned) -> Option<Name> {
        if !token.is_name() {
            return None;
        }
        let symbol = self.tree.intern(&self.source[start as usize..end as usize]);
        Some(Name { symbol, span: Span { start, end } })
    }

    /// A type, or a term that is not a lambda.
    fn ty(&mut self, depth: u32) -> Option<TermRef> {
        if depth > TERM_DEPTH {
            return None;
        }
        let token = self.take()?;
        match token.1 {
            Token::OpenParen => {
                let function = self.ty(depth + 1)?;
                self.arguments(token.0, function, depth + 1)
            }
            Token::OpenBracket => self.arrow(token.0, depth + 1),
            _ => {
                let name = self.named(token)?;
                Some(self.tree.push(Term::Name(name.symbol), name.span))
            }
        }
    }

    /// The arguments of an application and its closing parenthesis.
    fn arguments(&mut self, start: u32, function: TermRef, depth: u32) -> Option<TermRef> {
        let first = self.terms.len();
        loop {
            if self.peek()?.1 == Token::CloseParen && self.terms.len() > first {
                self.take()?;
                let span = self.since(start);
                let application = self.tree.apply(function, self.terms.drain(first..));
                return Some(self.tree.push(application, span));
            }
            let argument = self.ty(depth)?;
            self.terms.push(argument);
        }
    }

    /// The inputs and the output of an arrow and its closing bracket.
    fn arrow(&mut self, start: u32, depth: u32) -> Option<TermRef> {
        let mut inputs = Vec::new();
        loop {
            let input = self.input(depth)?;
            match (self.take()?.1, input) {
                (Token::Arrow, input) => inputs.push(input),
                (Token::CloseBracket, Input::Plain(output)) if !inputs.is_empty() => {
                    let span = self.since(start);
                    return Some(self.tree.push(Term::Arrow(inputs.into_boxed_slice(), output), span));
                }
                _ => return None,
            }
        }
    }

    /// An input of an arrow, or its output, which cannot be named.
    fn input(&mut self, depth: u32) -> Option<Input> {
        let (start, token, _) = self.peek()?;
        if token != Token::OpenParen {
            return self.ty(depth).map(Input::Plain);
        }
        self.take()?;
        let (_, token, _) = self.peek()?;
        if !token.is_name() {
            let function = self.ty(depth + 1)?;
            return self.arguments(start, function, depth + 1).map(Input::Plain);
        }
        let name = self.name()?;
        if self.peek()?.1 != Token::Colon {
            let function = self.tree.push(Term::Name(name.symbol), name.span);
            return self.arguments(start, function, depth + 1).map(Input::Plain);
        }
        self.take()?;
        let ty = self.ty(depth + 1)?;
        self.expect(Token::CloseParen)?;
        Some(Input::Named(Decl { name, ty }))
    }

    fn block(&mut self, depth: u32) -> Option<Vec<Step>> {
        if depth > BLOCK_DEPTH {
            return None;
        }
        self.expect(Token::OpenBrace)?;
        let mut steps = Vec::new();
        loop {
            let (start, token, _) = self.take()?;
            let kind = match token {
                Token::CloseBrace => return Some(steps),
                Token::Intro => self.ended(Self::intro)?,
                Token::Apply => self.ended(|reader| reader.by().map(StepKind::Apply))?,
                Token::Show => self.ended(|reader| {
                    let ty = reader.ty(0)?;
                    reader.expect(Token::By)?;
                    Some(StepKind::Show { ty, by: reader.by()? })
                })?,
                Token::Construct => self.ended(|reader| {
                    let decl = reader.decl()?;
                    reader.expect(Token::Equals)?;
                    let value = reader.ty(0)?;
                    reader.expect(Token::By)?;
                    Some(StepKind::Construct { decl, value, by: reader.name()? })
                })?,
                Token::Goal => StepKind::Goal { ty: self.ty(0)?, steps: self.block(depth + 1)? },
                Token::Have => self.have(depth)?,
                _ => return None,
            };
            steps.push(Step { kind, span: self.since(start) });
        }
    }

    /// Reads the rest of a `have`, with a name or without.
    fn have(&mut self, depth: u32) -> Option<StepKind> {
        let (_, token, _) = self.peek()?;
        if !token.is_name() {
            return Some(StepKind::Have { name: None, ty: self.ty(0)?, steps: self.block(depth + 1)? });
        }
        let name = self.name()?;
        if self.peek()?.1 == Token::Colon {
            self.take()?;
            return Some(StepKind::Have { name: Some(name), ty: self.ty(0)?, steps: self.block(depth + 1)? });
        }
        // The name is the whole proposition.
        let ty = self.tree.push(Term::Name(name.symbol), name.span);
        Some(StepKind::Have { name: None, ty, steps: self.block(depth + 1)? })
    }

    fn intro(&mut self) -> Option<StepKind> {
        let name = self.name()?;
        if self.peek()?.1 != Token::Colon {
            return Some(StepKind::Intro { name: Some(name), ty: None });
        }
        self.take()?;
        Some(StepKind::Intro { name: Some(name), ty: Some(self.ty(0)?) })
    }

    /// A name, or an application.
    fn by(&mut self) -> Option<TermRef> {
        if self.peek()?.1 == Token::OpenBracket { None } else { self.ty(0) }
    }

    /// A step that ends with a `.`.
    fn ended(&mut self, step: impl FnOnce(&mut Self) -> Option<StepKind>) -> Option<StepKind> {
        let kind = step(self)?;
        self.expect(Token::Dot)?;
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_stretch;
    use logos::Logos;

    /// The results of the reader and of the grammar for a text that is one item.
    fn both(text: &str) -> (Option<Item>, Tree, Tree) {
        let mut tree = Tree::new();
        let mut lexer = Token::lexer(text);
        let first = lexer.next().and_then(Result::ok).map(|token| (0, token, lexer.span().end as u32));
        let item = first.and_then(|first| item(&mut tree, first, lexer)).map(|(item, _)| item);
        let (grammar, errors) = crate::parse::parse_by_grammar(text, 0..text.len());
        assert!(errors.is_empty() || item.is_none(), "{text}");
        (item, tree, grammar)
    }

    fn agrees(text: &str) {
        let (item, tree, grammar) = both(text);
        assert_eq!(item.as_ref(), grammar.items.first(), "{text}");
        assert_eq!(tree.names().collect::<Vec<_>>(), grammar.names().collect::<Vec<_>>());
        let terms = |tree: &Tree| {
            (0..tree.len())
                .map(|i| (tree.term(TermRef(i as u32)).clone(), tree.span(TermRef(i as u32))))
                .collect::<Vec<_>>()
        };
        assert_eq!(terms(&tree), terms(&grammar), "{text}");
    }

    #[test]
    fn plain_theorems_are_read_as_the_grammar_reads_them() {
        for text in [
            "theorem t : p { }",
            "lemma t : (= a (f b c)) { show (= a (f b c)) by q. }",
            "corollary = : [('n : nat) -> (p 'n) -> [a -> b] -> ((f g) 'n)] { intro n : nat. intro h : (p n). apply =. }",
            "theorem t : p { construct n : nat = (s z) by s. goal p { have q { apply a. } have l : q { apply a. } have l : (f a) { } have (f a) { } } goal [(= : a) -> b] { } }",
            "theorem t : [(f a) -> (= a b) -> ([a -> b] c) -> d] { apply f. /* c */ }",
            "theorem t : p { intro n. intro _. show p by (f a (g b)). apply (f [a -> b]). }",
        ] {
            agrees(text);
        }
    }

    #[test]
    fn the_rest_is_left_to_the_grammar() {
        for text in [
            "theorem t : (f) { }",
            "theorem t : [a] { }",
            "theorem t : [a -> (b : c)] { }",
            "theorem t : (f (lambda (x : a) x)) { }",
            "theorem t : p { halt. }",
            "theorem t : p { intro. unfold f. rw f. rw (f a). }",
            "theorem t : p { show p by [a -> b]. }",
            "theorem t : p { using a. }",
            "theorem t : p { show p by. }",
            "theorem t : p { intro x : p }",
            "theorem t : p { intro x : p. ",
            "theorem show : p { }",
            "verify t { }",
            "a : b.",
        ] {
            let (item, tree, _) = both(text);
            assert!(item.is_none(), "{text}");
            assert_eq!(tree.len(), 0, "{text}");
        }
        for (open, close) in [("(f ", ")"), ("(", " a)"), ("[a -> ", "]"), ("[(x : ", ") -> a]"), ("(", ")")] {
            let deep = format!("theorem t : {}a{} {{ }}", open.repeat(1000), close.repeat(1000));
            assert!(both(&deep).0.is_none());
            let is_right = (open, close) != ("(", ")");
            assert_eq!(parse_stretch(&deep, 0..deep.len()).0.items.len(), usize::from(is_right), "{open}");
            // What the grammar says of so much is tested elsewhere; here only that the stack suffices.
            let mut tree = Tree::new();
            let endless = format!("theorem t : {}", open.repeat(1_000_000));
            let mut lexer = Token::lexer(&endless);
            let first = lexer.next().and_then(Result::ok).map(|token| (0, token, lexer.span().end as u32));
            assert!(first.is_some_and(|first| item(&mut tree, first, lexer).is_none()), "{open}");
        }
    }
}
