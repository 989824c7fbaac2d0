//! The text form of graphs: `let e = bind(env, f0, f1)`, and then the root. Elements are `f0`, `f1`, ... in order of
//! the question.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use lalrpop_util::ParseError;

use super::codes;
use super::dag::{BuildError, Builder, Graph, Node, NodeId};
use super::token::{LexError, LexFault, Token, quoted, slice, tokens, unquoted};
use super::tree::{Item, Program, TermKind, Tree};
use crate::algebra::number::{MAX_DIGITS, Number};
use crate::algebra::value::{Direction, Value};
use crate::question::Element;
use prover_syntax::codes as text_codes;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;

lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, clippy::pedantic, unused, missing_docs)]
    #[rustfmt::skip]
    grammar,
    "/graph.rs"
);

/// A graph, from its text and the elements of its question.
///
/// # Errors
/// The errors in the text or its types, at least one.
pub fn parse(source: &str, elements: &[Element]) -> Result<Graph, Vec<Diagnostic>> {
    let mut tree = Tree::default();
    let program = grammar::ProgramParser::new().parse(&mut tree, tokens(source, 0..source.len()));
    let program = program.map_err(|error| vec![describe(source, error)])?;
    check(source, &tree, &program, elements).map(|(graph, _)| graph).map_err(|error| vec![*error])
}

/// A question with its graph that stands in a part of a file.
pub(super) fn parse_item(source: &str, stretch: Range<usize>) -> Result<(Tree, Item), Box<Diagnostic>> {
    let mut tree = Tree::default();
    let item = grammar::ItemParser::new().parse(&mut tree, tokens(source, stretch));
    item.map(|item| (tree, item)).map_err(|error| describe(source, error).into())
}

/// The places where the items of a file begin: at each `question`, and at the start of the text if something precedes
/// the first.
pub(super) fn item_starts(source: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    for token in tokens(source, 0..source.len()) {
        let (start, is_question) = match token {
            Ok((start, token, _)) => (start, token == Token::Question),
            Err(fault) => (fault.span.start, false),
        };
        if is_question || starts.is_empty() {
            starts.push(start as usize);
        }
    }
    starts
}

/// Describes a parse error in words.
fn describe(source: &str, failure: ParseError<u32, Token, LexFault>) -> Diagnostic {
    let expected = |expected: &[String]| {
        let words: Vec<&str> = expected
            .iter()
            .map(|terminal| match terminal.trim_matches('"') {
                "NAME" => "a name",
                "NUMBER" => "a number",
                "STRING" => "a string",
                "(" => "`(`",
                ")" => "`)`",
                "," => "`,`",
                "=" => "`=`",
                "let" => "`let`",
                "question" => "`question`",
                _ => "`answer`",
            })
            .collect();
        if words.is_empty() { "nothing can follow here".to_owned() } else { format!("expected {}", words.join(", ")) }
    };
    match failure {
        ParseError::User { error } => {
            let code = match error.error {
                LexError::UnexpectedCharacter => text_codes::UNEXPECTED_CHARACTER,
                LexError::UnterminatedString => text_codes::UNTERMINATED_STRING,
            };
            Diagnostic::error(code, error.span, error.error.to_string())
        }
        ParseError::UnrecognizedToken { token: (start, _, end), expected: terminals } => {
            let span = Span { start, end };
            let shown: String = slice(source, span).chars().take(40).collect();
            Diagnostic::error(text_codes::UNEXPECTED_TOKEN, span, format!("unexpected `{shown}`"))
                .with_label(expected(&terminals))
        }
        ParseError::ExtraToken { token: (start, _, end) } => {
            Diagnostic::error(text_codes::UNEXPECTED_TOKEN, Span { start, end }, "nothing can follow here")
        }
        ParseError::UnrecognizedEof { location, expected: terminals } => {
            let span = Span { start: location, end: location };
            Diagnostic::error(text_codes::UNEXPECTED_END, span, "the text ends too early")
                .with_label(expected(&terminals))
        }
        ParseError::InvalidToken { location } => {
            let span = Span { start: location, end: location + 1 };
            Diagnostic::error(text_codes::UNEXPECTED_CHARACTER, span, "unexpected character")
        }
    }
}

/// The index of an element by its name: 12 for `f12`.
fn element_index(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('f')?;
    let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| is_plain)
}

/// Gives types to a program. The result has the place of each node; terms that are equal are one node, at the first
/// place.
pub(super) fn check(
    source: &str,
    tree: &Tree,
    program: &Program,
    elements: &[Element],
) -> Result<(Graph, Vec<Span>), Box<Diagnostic>> {
    let mut checker = Checker { source, elements, builder: Builder::new(), lets: HashMap::new(), places: Vec::new() };
    // Terms stand after their parts, and a `let` after what it may use; so one pass over both does.
    let mut nodes: Vec<NodeId> = Vec::with_capacity(tree.terms.len());
    let mut lets = program.lets.iter().peekable();
    for (id, term) in tree.terms.iter().enumerate() {
        let node = match &term.kind {
            TermKind::Name => checker.name(term.span)?,
            TermKind::Number => checker.number(term.span)?,
            TermKind::String => {
                let value = Value::Text(unquoted(source, term.span).into());
                checker.built(term.span, |builder| builder.literal(value))?
            }
            TermKind::Apply(name, arguments) => {
                let arguments: Vec<NodeId> = arguments.iter().map(|argument| nodes[*argument as usize]).collect();
                let name = *name;
                checker.built(name, |builder| builder.apply(slice(source, name), &arguments))?
            }
        };
        checker.place(node, term.span);
        nodes.push(node);
        if let Some((name, _)) = lets.next_if(|(_, term)| *term as usize == id) {
            checker.declare(*name, node)?;
        }
    }
    let root = nodes[program.root as usize];
    let (graph, origins) = checker.builder.finish_with_origins(root);
    let places = origins.into_iter().map(|origin| checker.places[origin as usize]).collect();
    Ok((graph, places))
}

struct Checker<'a> {
    source: &'a str,
    elements: &'a [Element],
    builder: Builder,
    lets: HashMap<&'a str, NodeId>,
    places: Vec<Span>,
}

impl<'a> Checker<'a> {
    /// An error that shows the elements of the question.
    fn with_elements(&self, error: Diagnostic) -> Diagnostic {
        const SHOWN: usize = 20;
        let left = self.elements.len().saturating_sub(SHOWN);
        let each = self.elements.iter().take(SHOWN).enumerate();
        let error = each.fold(error, |error, (index, element)| error.with_note(format!("f{index} : {element}")));
        match (self.elements.len(), left) {
            (0, _) => error.with_note("the question has no elements"),
            (_, 0) => error,
            (_, left) => error.with_note(format!("and {left} elements more")),
        }
    }

    fn place(&mut self, node: NodeId, span: Span) {
        if node as usize == self.places.len() {
            self.places.push(span);
        }
    }

    fn built(
        &mut self,
        span: Span,
        build: impl FnOnce(&mut Builder) -> Result<NodeId, BuildError>,
    ) -> Result<NodeId, Box<Diagnostic>> {
        build(&mut self.builder).map_err(|error| self.refused(error, span).into())
    }

    /// The diagnostic for a node that cannot be built.
    fn refused(&self, error: BuildError, span: Span) -> Diagnostic {
        let message = error.to_string();
        match error {
            BuildError::UnknownOperator(_) => Diagnostic::error(codes::UNKNOWN_OPERATOR, span, message)
                .with_hint("docs/operators.md has all operators"),
            BuildError::UnknownElement(_) => {
                self.with_elements(Diagnostic::error(codes::UNKNOWN_ELEMENT, span, message))
            }
            BuildError::NoSignature { operator, .. } => {
                let mut error = Diagnostic::error(codes::ILL_TYPED, span, message);
                let index = super::operators::named(operator);
                for signature in index.iter().flat_map(|&index| super::operators::all()[usize::from(index)].signatures)
                {
                    error = error.with_note(format!("its signature is {}", signature.shown()));
                }
                self.with_elements(error)
            }
            BuildError::TooManyNodes => Diagnostic::error(codes::GRAPH_TOO_LARGE, span, message),
        }
    }

    fn name(&mut self, span: Span) -> Result<NodeId, Box<Diagnostic>> {
        let name = slice(self.source, span);
        if let Some(&node) = self.lets.get(name) {
            return Ok(node);
        }
        match (name, element_index(name)) {
            ("up", _) => self.built(span, |builder| builder.literal(Value::Direction(Direction::Up))),
            ("down", _) => self.built(span, |builder| builder.literal(Value::Direction(Direction::Down))),
            (_, Some(index)) => {
                let elements = self.elements;
                self.built(span, |builder| builder.element(index, elements))
            }
            (name, None) => self.built(span, |builder| builder.apply(name, &[])),
        }
    }

    fn number(&mut self, span: Span) -> Result<NodeId, Box<Diagnostic>> {
        let text = slice(self.source, span);
        let digits = text.strip_prefix('-').unwrap_or(text);
        // The text is digits, perhaps with a point.
        let Some(number) = Number::from_decimal(digits) else {
            let message = format!("this number has more than {MAX_DIGITS} digits");
            let error = Diagnostic::error(codes::GRAPH_TOO_LARGE, span, message);
            return Err(error.with_hint("write it as an expression, such as a power, or make it shorter").into());
        };
        let number = if text.starts_with('-') { -&number } else { number };
        let value = if digits.contains('.') { Value::Decimal(number) } else { Value::Number(number) };
        self.built(span, |builder| builder.literal(value))
    }

    fn declare(&mut self, span: Span, node: NodeId) -> Result<(), Box<Diagnostic>> {
        let name = slice(self.source, span);
        let is_taken = element_index(name).is_some()
            || super::operators::named(name).is_some()
            || matches!(name, "up" | "down")
            || self.lets.contains_key(name);
        if is_taken {
            let message = format!("`{name}` has a meaning already");
            return Err(Diagnostic::error(codes::NAME_IN_USE, span, message).with_hint("choose another name").into());
        }
        self.lets.insert(name, node);
        Ok(())
    }
}

impl fmt::Display for Graph {
    /// The graph as text: terms used more than once get a `let`. The text parses to the same graph.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes();
        let mut uses = vec![0usize; nodes.len()];
        for node in nodes {
            if let Node::Apply { arguments, .. } = node {
                arguments.iter().for_each(|argument| uses[*argument as usize] += 1);
            }
        }
        // What is printed where a node is used: its text, or its name if it has one. The texts together are as long as
        // the graph is large, as each is moved into the only place that uses it.
        let mut texts: Vec<String> = Vec::with_capacity(nodes.len());
        let mut named = 0;
        for (id, node) in nodes.iter().enumerate() {
            let text = match node {
                Node::Element(index) => format!("f{index}"),
                Node::Literal(value) => literal(value),
                Node::Apply { applied, arguments } => {
                    let mut text = applied.operator().name.to_owned();
                    for (position, argument) in arguments.iter().enumerate() {
                        text.push_str(if position == 0 { "(" } else { ", " });
                        match uses[*argument as usize] {
                            1 => text.push_str(&std::mem::take(&mut texts[*argument as usize])),
                            _ => text.push_str(&texts[*argument as usize]),
                        }
                    }
                    text + if arguments.is_empty() { "" } else { ")" }
                }
            };
            let is_shared = uses[id] > 1 && matches!(node, Node::Apply { arguments, .. } if !arguments.is_empty());
            if is_shared {
                let name = format!("t{named}");
                named += 1;
                writeln!(formatter, "let {name} = {text}")?;
                texts.push(name);
            } else {
                texts.push(text);
            }
        }
        formatter.write_str(texts.get(self.root() as usize).map_or("", String::as_str))
    }
}

/// A literal as it is written.
fn literal(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        // A whole number that came from decimals is written as one.
        Value::Decimal(number) if number.is_whole() => format!("{number}.0"),
        other => other.to_string(),
    }
}
