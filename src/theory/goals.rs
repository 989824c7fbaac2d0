//! Goal files: propositions to prove, or types of which an object is wanted, each with a name.

use super::Theory;
use super::elaborate::{Elaborator, Source};
use super::fault::{Fault, codes, fault};
use super::limits::budget;
use super::suggest::Failed;
use logos::Logos;
use prover_logic::TermId;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::print::print_term;
use prover_syntax::token::Token;
use prover_syntax::tree::{ItemKind, Span};
use rustc_hash::FxHashSet;

/// The goals that a reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorts {
    /// Propositions.
    Propositions,
    /// Types of objects too.
    Any,
}

/// A proposition to be proved, or a type of which an object is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Its name, unique in its file and not that of a constant.
    pub name: String,
    /// The proposition, or the type, closed.
    pub statement: TermId,
    /// The same as it was written, on one line.
    pub text: String,
    /// Its place in its file.
    pub span: Span,
}

/// A goal that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its name, if that can be read.
    pub name: Option<String>,
    /// Its fault.
    pub error: Fault,
}

/// The goals of a file: declarations `name : proposition.` over the constants of a theory. The theory stays as it is
/// except for the terms of its store.
///
/// # Errors
///
/// Everything that is wrong with the file.
pub fn load(theory: &mut Theory, source: &str) -> Result<Vec<Goal>, Vec<Diagnostic>> {
    let (mut goals, mut errors) = (Vec::new(), Vec::new());
    for goal in load_each(theory, source, Sorts::Propositions) {
        match goal {
            Ok(goal) => goals.push(goal),
            Err(unreadable) => errors.push(*unreadable.error),
        }
    }
    if errors.is_empty() { Ok(goals) } else { Err(errors) }
}

/// The goals of a file as [`load`] gives them, each by itself, in the order of the file: one that is wrong is no reason
/// to refuse the others. Of goals with the same name the first that can be parsed has it.
pub fn load_each(theory: &mut Theory, source: &str, sorts: Sorts) -> Vec<Result<Goal, Unreadable>> {
    let (tree, errors) = prover_syntax::parse(source);
    let names = if errors.is_empty() { Vec::new() } else { names(source) };
    let unparsed = errors.into_iter().map(|error| {
        let before = names.partition_point(|(start, _)| *start <= error.span.start);
        let name = before.checked_sub(1).and_then(|index| names[index].1).map(str::to_owned);
        (error.span.start, Err(Unreadable { name, error: error.into() }))
    });
    let mut found: Vec<(u32, Result<Goal, Unreadable>)> = unparsed.collect();
    let mut seen = FxHashSet::default();
    let (scope, failed) = (theory.scope(), Failed::default());
    for item in &tree.items {
        let ItemKind::Declare { decl, value } = &item.kind else {
            found.push((item.span.start, Err(Unreadable { name: None, error: not_a_goal(item.span) })));
            continue;
        };
        let name = tree.name(decl.name.symbol);
        let mut read = || {
            if value.is_some() {
                return Err(not_a_goal(item.span));
            }
            if !seen.insert(decl.name.symbol) || theory.environment.find(name).is_some() {
                return Err(duplicate(name, decl.name.span));
            }
            // As for an item of a theory: a goal may not cost more for what stands beside it.
            let length = item.span.end.saturating_sub(item.span.start) as usize;
            theory.environment.set_budget(budget(length));
            let names = Source { tree: &tree, scope: &scope, failed: &failed };
            let mut elaborator = Elaborator::new(&mut theory.environment, names);
            let statement = match sorts {
                Sorts::Propositions => elaborator.proposition(decl.ty)?,
                Sorts::Any => elaborator.ty(decl.ty)?,
            };
            Ok(Goal { name: name.to_owned(), statement, text: print_term(&tree, decl.ty), span: item.span })
        };
        let goal = read().map_err(|error| Unreadable { name: Some(name.to_owned()), error });
        found.push((item.span.start, goal));
    }
    found.sort_by_key(|&(start, _)| start);
    found.into_iter().map(|(_, goal)| goal).collect()
}

/// The error about a goal whose name is taken.
pub fn duplicate(name: &str, span: Span) -> Fault {
    fault(codes::DUPLICATE_NAME, span, format!("`{name}` is declared already"))
}

fn not_a_goal(span: Span) -> Fault {
    fault(codes::NOT_A_GOAL, span, "a goal file holds declarations `name : proposition.` only")
}

/// The offsets where the items of a file begin, and the names of those that begin as declarations do; also of items
/// that cannot be parsed, which the tree of the file lacks.
fn names(source: &str) -> Vec<(u32, Option<&str>)> {
    let mut tokens = Token::lexer(source).spanned().peekable();
    let (mut found, mut begins) = (Vec::new(), true);
    while let Some((token, span)) = tokens.next() {
        if begins {
            let is_named = token.as_ref().is_ok_and(|token| token.is_name());
            let is_declared = is_named && matches!(tokens.peek(), Some((Ok(Token::Colon), _)));
            found.push((span.start as u32, is_declared.then(|| &source[span])));
        }
        begins = token == Ok(Token::Dot);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_propositions_with_names() {
        let mut theory = Theory::from_text("t", "p : prop. q : prop.").unwrap();
        let goals = load(&mut theory, "g : [p -> q -> p]. h : q.").unwrap();
        let names: Vec<&str> = goals.iter().map(|goal| &*goal.name).collect();
        assert_eq!((names, &*goals[0].text), (vec!["g", "h"], "[p -> q -> p]"));
        let errors = load(&mut theory, "g : prop. p : q. g2 : q. g2 : p. assume p. r : (q p).").unwrap_err();
        let codes: Vec<&str> = errors.iter().map(|error| error.code).collect();
        let expected = ["not-a-proposition", "duplicate-name", "duplicate-name", "not-a-goal", "not-a-function"];
        assert_eq!(codes, expected);
    }

    #[test]
    fn a_goal_that_cannot_be_read_leaves_the_others() {
        let mut theory = Theory::from_text("t", "p : prop. q : prop.").unwrap();
        let source = "a : q. b : . c : (q q). [x]. a : p. p : q. d : p q. assume p. e = q. f : [q -> p].\ng : [p -> q";
        let found = load_each(&mut theory, source, Sorts::Propositions);
        let found: Vec<(Option<&str>, Option<&str>)> = found
            .iter()
            .map(|goal| match goal {
                Ok(goal) => (Some(&*goal.name), None),
                Err(unreadable) => (unreadable.name.as_deref(), Some(unreadable.error.code)),
            })
            .collect();
        let expected = [
            (Some("a"), None),
            (Some("b"), Some("unexpected-token")),
            (Some("c"), Some("not-a-function")),
            (None, Some("unexpected-token")),
            (Some("a"), Some("duplicate-name")),
            (Some("p"), Some("duplicate-name")),
            (Some("d"), Some("unexpected-token")),
            (None, Some("not-a-goal")),
            (None, Some("unexpected-token")),
            (Some("f"), None),
            (Some("g"), Some("unexpected-end")),
        ];
        assert_eq!(found, expected);
    }
}
