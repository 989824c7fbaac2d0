//! `find PATTERN`: the facts in which a term of a form occurs.

use super::error::ReplError;
use super::show::closed_text;
use super::{Reported, Session};
use crate::logic::{Environment, Sort, Term as Kernel, TermId};
use crate::syntax::parse_term;
use crate::syntax::tree::{Input, Term, TermRef, Tree};
use crate::theory::Theory;
use crate::theory::print::print_limited;
use crate::theory::scope::Scope;
use crate::theory::script::Entry;
use crate::theory::suggest::closest;
use rustc_hash::{FxHashMap, FxHashSet};

/// Facts that are listed.
const LISTED: usize = 50;
/// Characters of a fact that are shown.
const SHOWN: usize = 500;
/// The height to which a pattern may be nested.
const DEPTH: usize = 200;

/// The form of a term.
enum Pattern {
    /// Any term: `_`.
    Any,
    /// Any term, the same in all places of the name: `'a`.
    Variable(String),
    /// This term.
    Term(TermId),
    /// An application to at least these arguments, the last ones.
    Application(Box<Pattern>, Vec<Pattern>),
    /// An arrow from one input.
    Arrow(Box<Pattern>, Box<Pattern>),
}

impl Session {
    /// The facts in which a term of the form stands: hypotheses first, then axioms and theorems.
    pub(super) fn find(&mut self, text: &str, at: usize) -> Reported {
        let text = format!("{:at$}{}", "", text.trim_end_matches('.'));
        let (tree, term) = parse_term(&text).map_err(ReplError::Input)?;
        let (mut theory, scope) = self.here();
        let pattern = pattern(&mut theory, &scope, &tree, term, 0)?;
        let mut lines = Vec::new();
        if let Ok(open) = self.focused() {
            let entries = open.entries.clone();
            let names = scope.printed(&theory.environment.store);
            for entry in entries {
                let (name, ty) = match entry {
                    Entry::Local { name, ty, is_proof: true, .. } | Entry::Named { name, ty, is_proof: true, .. } => {
                        (format!("{name} : "), ty)
                    }
                    Entry::Fact(fact) => (String::new(), fact.proposition),
                    _ => continue,
                };
                if stands_in(&mut theory.environment, &pattern, ty) {
                    let text = print_limited(&mut theory.environment, &names, ty, SHOWN);
                    lines.push(format!("{name}{text}"));
                }
            }
        }
        let all: Vec<_> = theory.environment.declarations().map(|(_, d)| (d.name.clone(), d.ty)).collect();
        let mut more = 0;
        for (name, ty) in all {
            if !matches!(theory.environment.sort_of(ty), Ok(Sort::Prop))
                || !stands_in(&mut theory.environment, &pattern, ty)
            {
                continue;
            }
            if lines.len() < LISTED {
                lines.push(format!("{name} : {}", closed_text(&mut theory, ty)));
            } else {
                more += 1;
            }
        }
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        Ok(if lines.is_empty() { "no fact has a term of this form".into() } else { lines.join("\n") })
    }
}

/// The pattern that a term of a tree is.
fn pattern(theory: &mut Theory, scope: &Scope, tree: &Tree, term: TermRef, depth: usize) -> Result<Pattern, ReplError> {
    if depth > DEPTH {
        return Err(ReplError::Usage(format!("find PATTERN, nested at most {DEPTH} deep")));
    }
    Ok(match tree.term(term) {
        Term::Name(symbol) => {
            let name = tree.name(*symbol);
            if name == "_" {
                return Ok(Pattern::Any);
            }
            if let Some(local) = scope.get(name) {
                return Ok(Pattern::Term(local));
            }
            if name.starts_with('\'') {
                return Ok(Pattern::Variable(name.to_owned()));
            }
            let environment = &mut theory.environment;
            let sort = match name {
                "prop" => Some(Sort::Prop),
                "type" => Some(Sort::Type),
                _ => None,
            };
            if let Some(sort) = sort {
                return Ok(Pattern::Term(environment.store.sort(sort)));
            }
            let Some(constant) = environment.find(name) else {
                let known = scope.names().chain(environment.declarations().map(|(_, d)| &*d.name));
                let suggestion = closest(name, known).map(str::to_owned);
                return Err(ReplError::UnknownName { name: name.into(), suggestion });
            };
            Pattern::Term(environment.store.constant(constant))
        }
        Term::Apply(..) => {
            let (head, arguments) = tree.application(term);
            let head = pattern(theory, scope, tree, head, depth + 1)?;
            let arguments: Result<Vec<Pattern>, ReplError> =
                arguments.iter().map(|&argument| pattern(theory, scope, tree, argument, depth + 1)).collect();
            Pattern::Application(Box::new(head), arguments?)
        }
        Term::Arrow(inputs, output) => {
            let mut arrow = pattern(theory, scope, tree, *output, depth + 1)?;
            for input in inputs.iter().rev() {
                let input = match input {
                    Input::Plain(ty) => pattern(theory, scope, tree, *ty, depth + 1)?,
                    Input::Named(decl) => pattern(theory, scope, tree, decl.ty, depth + 1)?,
                };
                arrow = Pattern::Arrow(Box::new(input), Box::new(arrow));
            }
            arrow
        }
        Term::Lambda(..) => return Err(ReplError::Usage("find PATTERN, where `_` is any term, and no lambda".into())),
    })
}

/// Whether a term of the form stands somewhere in another one.
fn stands_in(environment: &mut Environment, pattern: &Pattern, whole: TermId) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![whole];
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        if environment.spend(1).is_err() {
            return false;
        }
        if fits(environment, pattern, term, &mut FxHashMap::default()) {
            return true;
        }
        // The functions of an application are no terms of their own here.
        let (head, arguments) = environment.store.spine(term);
        open.extend(arguments);
        if let Kernel::Lambda(a, b) | Kernel::Pi(a, b) = environment.store.term(head) {
            open.extend([a, b]);
        } else {
            open.push(head);
        }
    }
    false
}

/// Whether a term has the form, given the values of the variables so far.
fn fits<'p>(
    environment: &mut Environment,
    pattern: &'p Pattern,
    term: TermId,
    variables: &mut FxHashMap<&'p str, TermId>,
) -> bool {
    if environment.spend(1).is_err() {
        return false;
    }
    match pattern {
        Pattern::Any => true,
        Pattern::Variable(name) => *variables.entry(name).or_insert(term) == term,
        Pattern::Term(wanted) => term == *wanted,
        Pattern::Application(head, wanted) => {
            let (function, arguments) = environment.store.spine(term);
            // Type arguments in front may be left out.
            let Some(left_out) = arguments.len().checked_sub(wanted.len()) else { return false };
            fits(environment, head, function, variables)
                && wanted
                    .iter()
                    .zip(&arguments[left_out..])
                    .all(|(pattern, &argument)| fits(environment, pattern, argument, variables))
        }
        Pattern::Arrow(input, output) => {
            let Kernel::Pi(domain, range) = environment.store.term(term) else { return false };
            fits(environment, input, domain, variables) && fits(environment, output, range, variables)
        }
    }
}
