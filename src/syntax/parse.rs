//! From text to syntax tree.
//!
//! A text is cut into items while it is read, and each item goes through the LR(1) parser that LALRPOP generates from
//! grammar/peano.lalrpop. An error therefore costs one item, memory beyond the tree is bounded by the nesting, and
//! nesting is bounded by [`MAX_TERM_DEPTH`](super::fault::MAX_TERM_DEPTH) and
//! [`MAX_BLOCK_DEPTH`](super::fault::MAX_BLOCK_DEPTH) before anything nested is built.

use std::cell::OnceCell;
use std::ops::Range;

use lalrpop_util::ParseError;

use super::advice::{self, Advice};
use super::codes;
use super::diagnostic::Diagnostic;
use super::fault::{LexError, LexFault};
use super::quick;
use super::source::{LineIndex, MAX_LENGTH};
use super::stream::TokenStream;
use super::token::{CONTEXTUAL, Token};
use super::tree::{Item, ItemKind, Span, Step, StepKind, TermRef, Tree};

lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, clippy::pedantic, unused, missing_docs)]
    #[rustfmt::skip]
    grammar,
    "/peano.rs"
);

/// The number of syntax errors of one text that are reported.
pub const MAX_ERRORS: usize = 1_000;

/// Parses a file. The tree holds every item that is right; the diagnostics, in the order of the text, speak of the
/// others, one each, and of nothing if the file is right.
///
/// ```
/// let (tree, errors) = prover_syntax::parse("nat : type. z : . s : [nat -> nat].");
/// assert_eq!(tree.items.len(), 2);
/// assert_eq!(errors[0].code, "unexpected-token");
/// ```
pub fn parse(source: &str) -> (Tree, Vec<Diagnostic>) {
    parse_stretch(source, 0..source.len())
}

/// Parses a part of a file that begins where an item begins; positions are offsets into all of `source`. The end of the
/// part is taken for the end of the text.
pub fn parse_stretch(source: &str, stretch: Range<usize>) -> (Tree, Vec<Diagnostic>) {
    parse_with(source, stretch, |tree, stream| stream.quickly(|first, lexer| quick::item(tree, first, lexer)))
}

/// The same without the quicker reader of plain theorems.
#[cfg(test)]
pub(super) fn parse_by_grammar(source: &str, stretch: Range<usize>) -> (Tree, Vec<Diagnostic>) {
    parse_with(source, stretch, |_, _| None)
}

fn parse_with<'s>(
    source: &'s str,
    stretch: Range<usize>,
    quickly: impl Fn(&mut Tree, &mut TokenStream<'s>) -> Option<Item>,
) -> (Tree, Vec<Diagnostic>) {
    if let Err(errors) = check_length(source) {
        return (Tree::new(), errors);
    }
    let mut tree = Tree::with_room(stretch.len());
    let mut diagnostics = Vec::new();
    let reporter = Reporter::new(source);
    let parser = grammar::ItemParser::new();
    let mut stream = TokenStream::items(source, stretch);
    while stream.begin_item() {
        if let Some(item) = quickly(&mut tree, &mut stream) {
            tree.items.push(item);
            continue;
        }
        let error = match parser.parse(source, &mut tree, &mut stream) {
            Ok(item) => match declaration_in_proof(&tree, &item.kind) {
                None => {
                    tree.items.push(item);
                    continue;
                }
                Some(error) => error,
            },
            Err(error) => {
                let error = reporter.describe(error, &mut stream);
                stream.recover();
                error
            }
        };
        if diagnostics.len() == MAX_ERRORS {
            let message = format!("more than {MAX_ERRORS} syntax errors: the rest of the text is not looked at");
            diagnostics.push(Diagnostic::error(codes::TOO_MANY_ERRORS, error.span, message));
            break;
        }
        diagnostics.push(error);
    }
    (tree, diagnostics)
}

/// Parses one term or type, as a goal on the command line.
///
/// # Errors
///
/// The faults of the text, at least one.
pub fn parse_term(source: &str) -> Result<(Tree, TermRef), Vec<Diagnostic>> {
    let mut tree = Tree::new();
    let term = parse_term_into(&mut tree, source)?;
    Ok((tree, term))
}

/// Parses one term or type into a tree that exists. The spans of the new terms are offsets into `source`.
///
/// # Errors
///
/// The faults of the text, at least one.
pub fn parse_term_into(tree: &mut Tree, source: &str) -> Result<TermRef, Vec<Diagnostic>> {
    check_length(source)?;
    let mut stream = TokenStream::whole(source);
    let parsed = grammar::TermParser::new().parse(source, tree, &mut stream);
    parsed.map_err(|error| vec![Reporter::new(source).describe(error, &mut stream)])
}

/// Parses the steps of a script, as they stand between the braces of a theorem.
///
/// # Errors
///
/// The faults of the text, at least one.
pub fn parse_steps(source: &str) -> Result<(Tree, Vec<Step>), Vec<Diagnostic>> {
    check_length(source)?;
    let mut tree = Tree::new();
    let mut stream = TokenStream::whole(source);
    let parsed = grammar::StepsParser::new().parse(source, &mut tree, &mut stream);
    let steps = parsed.map_err(|error| vec![Reporter::new(source).describe(error, &mut stream)])?;
    Ok((tree, steps))
}

fn check_length(source: &str) -> Result<(), Vec<Diagnostic>> {
    if source.len() as u64 > MAX_LENGTH {
        return Err(vec![Diagnostic::error(codes::FILE_TOO_LARGE, Span::default(), "the text is longer than 4 GiB")]);
    }
    Ok(())
}

/// The error about the first declaration among the steps of a theorem, where only `verify` may have them.
fn declaration_in_proof(tree: &Tree, kind: &ItemKind) -> Option<Diagnostic> {
    let ItemKind::Theorem { steps, .. } = kind else { return None };
    let mut blocks = vec![steps.iter()];
    while let Some(block) = blocks.last_mut() {
        let Some(step) = block.next() else {
            blocks.pop();
            continue;
        };
        match &step.kind {
            StepKind::Goal { steps, .. } | StepKind::Have { steps, .. } => blocks.push(steps.iter()),
            StepKind::Declare { .. } | StepKind::Assume(_) => {
                let message = match &step.kind {
                    StepKind::Declare { decl, .. } => {
                        format!("a proof cannot declare `{}`", tree.name(decl.name.symbol))
                    }
                    _ => "a proof cannot assume anything".to_owned(),
                };
                return Some(
                    Diagnostic::error(codes::DECLARATION_IN_PROOF, step.span, message)
                        .with_hint("declare it before the theorem, or use `construct`; only `verify` blocks declare"),
                );
            }
            _ => {}
        }
    }
    None
}

type Failure = ParseError<u32, Token, LexFault>;

/// Describes parse errors in words.
struct Reporter<'s> {
    source: &'s str,
    lines: OnceCell<LineIndex<'s>>,
}

impl<'s> Reporter<'s> {
    fn new(source: &'s str) -> Self {
        Self { source, lines: OnceCell::new() }
    }

    fn describe(&self, failure: Failure, stream: &mut TokenStream<'_>) -> Diagnostic {
        match failure {
            ParseError::User { error } => self.lexical(error),
            ParseError::UnrecognizedToken { token: (start, token, end), expected } => {
                self.unexpected(token, Span { start, end }, &expected, stream)
            }
            ParseError::ExtraToken { token: (start, token, end) } => {
                self.unexpected(token, Span { start, end }, &[], stream)
            }
            ParseError::UnrecognizedEof { expected, .. } => self.end(&expected, stream),
            ParseError::InvalidToken { location } => self.lexical(LexFault {
                error: LexError::UnexpectedCharacter,
                span: Span { start: location, end: location + 1 },
            }),
        }
    }

    fn lexical(&self, fault: LexFault) -> Diagnostic {
        let text = self.text(fault.span);
        let code = match fault.error {
            LexError::UnexpectedCharacter => {
                let shown: String = text.chars().take(1).flat_map(char::escape_debug).collect();
                let error = Diagnostic::error(codes::UNEXPECTED_CHARACTER, fault.span, format!("unexpected `{shown}`"));
                let before = self.source[..fault.span.start as usize].chars().next_back();
                let is_in_name = before.is_some_and(|before| crate::token::is_name(before.encode_utf8(&mut [0; 4])));
                let error = match text.chars().next().and_then(|wrong| advice::character(wrong, is_in_name)) {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                };
                return match text {
                    "\"" => error,
                    _ => error.with_note("names are made of 0-9 a-z A-Z ' _ - + / * = ! $ ^ > <"),
                };
            }
            LexError::UnterminatedComment => codes::UNTERMINATED_COMMENT,
            LexError::StrayCommentEnd => codes::STRAY_COMMENT_END,
            LexError::UnterminatedString => codes::UNTERMINATED_STRING,
            LexError::TermTooDeep | LexError::BlockTooDeep => codes::NESTING_TOO_DEEP,
        };
        let hint = match fault.error {
            LexError::UnterminatedComment => "write `*/` where the comment should end",
            LexError::StrayCommentEnd => "comments do not nest: the first `*/` closes a comment",
            LexError::UnterminatedString => "write the second `\"` on the same line",
            LexError::TermTooDeep => "name inner parts by definitions",
            _ => "prove inner parts as theorems of their own",
        };
        Diagnostic::error(code, fault.span, fault.error.to_string()).with_hint(hint)
    }

    fn unexpected(&self, token: Token, span: Span, expected: &[String], stream: &mut TokenStream<'_>) -> Diagnostic {
        let fits = |terminal: &str| expected.iter().any(|expected| expected.trim_matches('"') == terminal);
        let next = stream.peek().and_then(Result::ok).map(|(_, token, _)| token);
        let meant_as_name = match token {
            Token::Lambda => next != Some(Token::OpenParen),
            // Where items, steps, constructors or clauses begin, another word is more likely out of place than meant as
            // a name.
            _ if ["theorem", "intro", "}"].into_iter().any(fits) => next == Some(Token::Colon),
            _ => true,
        };
        if let (Some(word), true) = (token.keyword(), fits("NAME") && meant_as_name) {
            return keyword_as_name(word, span, expected);
        }
        // `let : nat.` declares a keyword, unless the name was forgotten; the words cover both.
        if let (Token::Colon, Some((start, before, end))) = (token, stream.before_last())
            && let Some(word) = before.keyword()
        {
            return keyword_as_name(word, Span { start, end }, expected);
        }
        let (begin, whole) = stream.begin();
        let advice = advice::advice(self.source, begin, span, whole);
        if let Some(Advice { message: Some((message, at)), label, hint }) = &advice {
            let error = Diagnostic::error(codes::UNEXPECTED_TOKEN, *at, message.clone());
            return error.with_label(label.unwrap_or_default()).with_hint(hint.clone());
        }
        let found = self.text(span);
        let error = Diagnostic::error(codes::UNEXPECTED_TOKEN, span, format!("unexpected `{}`", shorten(found)));
        let error = match in_words(expected) {
            Some(words) => error.with_label(format!("expected {words}")),
            None => error.with_label("nothing can follow here"),
        };
        match hint(token, expected) {
            _ if advice.is_some() => error.with_hint(advice.unwrap_or_default().hint),
            Some(hint) => error.with_hint(hint),
            None if fits("=") && found.len() > 1 && found.starts_with('=') => {
                error.with_hint("`=` can be part of a name: put a blank after it")
            }
            None if fits(".") && self.begins_line(span.start) => error.with_hint("a `.` may be missing before this"),
            None => error,
        }
    }

    /// Whether only blanks stand between an offset and the line end before it.
    fn begins_line(&self, offset: u32) -> bool {
        let before = self.source.get(..offset as usize).unwrap_or("").trim_end_matches([' ', '\t', '\r']);
        before.ends_with('\n')
    }

    fn end(&self, expected: &[String], stream: &TokenStream<'_>) -> Diagnostic {
        let end = self.source.trim_end().len() as u32;
        let mut error = Diagnostic::error(codes::UNEXPECTED_END, Span { start: end, end }, "the text ends too early");
        if let Some(words) = in_words(expected) {
            error = error.with_label(format!("expected {words}"));
        }
        if let Some(open) = stream.innermost_open() {
            let lines = self.lines.get_or_init(|| LineIndex::new(self.source));
            let character = self.text(Span { start: open, end: open + 1 });
            error = error.with_note(format!("the `{character}` at {} is never closed", lines.position(open)));
        }
        error
    }

    fn text(&self, span: Span) -> &'s str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

fn keyword_as_name(word: &str, span: Span, expected: &[String]) -> Diagnostic {
    let error =
        Diagnostic::error(codes::KEYWORD_AS_NAME, span, format!("`{word}` is a keyword and cannot be used as a name"));
    let error = error.with_hint(format!("choose another name, such as `{word}_`"));
    match in_words(expected).filter(|words| words != "an item" && words != "a step") {
        Some(words) => error.with_label(format!("expected {words}")),
        None => error.with_label("this word is reserved"),
    }
}

/// At most 40 characters of a token.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn hint(token: Token, expected: &[String]) -> Option<&'static str> {
    let fits = |terminal: &str| expected.iter().any(|expected| expected.trim_matches('"') == terminal);
    match token {
        Token::Lambda if expected.is_empty() || !fits("lambda") => Some("a type cannot be a lambda"),
        Token::Arrow if !fits("->") => Some("an arrow stands in brackets, as in `[A -> B]`"),
        Token::CloseParen if fits("NAME") => Some("an application has at least one argument: write `f`, not `(f)`"),
        Token::CloseBracket if fits("->") => Some("brackets hold an arrow, as in `[A -> B]`"),
        _ => None,
    }
}

/// The tokens that could have stood there, in plain words; nothing if none could.
fn in_words(expected: &[String]) -> Option<String> {
    let mut terminals: Vec<&str> = expected.iter().map(|terminal| terminal.trim_matches('"')).collect();
    let mut words = Vec::new();
    let mut replace = |whole: &[&str], gone: &[&str], word: &'static str| {
        if whole.iter().all(|terminal| terminals.contains(terminal)) {
            terminals.retain(|terminal| !whole.contains(terminal) && !gone.contains(terminal));
            words.push(word.to_owned());
        }
    };
    let items = ["theorem", "import", "let", "NAME", "="];
    // These words are names as well, and not worth a mention where a name can stand.
    let contextual = CONTEXTUAL.map(|(word, _)| word);
    let with_names = |words: &[&'static str]| [words, &contextual].concat();
    let item_words = ["using", "assume", "axiom", "verify", "example", "test", "lemma", "corollary", "#"];
    replace(&items, &with_names(&item_words), "an item");
    let steps = ["intro", "show", "let", "NAME", "="];
    let step_words = ["construct", "apply", "goal", "have", "current", "halt", "using", "axiom", "assume"];
    replace(&steps, &with_names(&step_words), "a step");
    replace(&["NAME", "=", "(", "["], &contextual, "a term");
    replace(&["NAME", "="], &contextual, "a name");
    replace(&["NAME"], &contextual, "a name");
    replace(&["STRING"], &[], "a path in quotes");
    words.extend(terminals.iter().map(|terminal| format!("`{terminal}`")));
    let last = words.pop()?;
    Some(if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) })
}
