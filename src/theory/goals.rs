//! Goal files: propositions to prove, each with a name.

use super::Theory;
use super::elaborate::{Elaborator, Source};
use super::fault::{codes, fault};
use super::load::budget;
use crate::logic::TermId;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::print::print_term;
use crate::syntax::tree::ItemKind;
use rustc_hash::{FxHashMap, FxHashSet};

/// A proposition that somebody wants proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Its name, unique in its file and not that of a constant.
    pub name: String,
    /// The proposition, closed.
    pub statement: TermId,
    /// The proposition as it was written, on one line.
    pub text: String,
}

/// The goals of a file: declarations `name : proposition.` over the constants of a theory. The theory stays as it is but
/// for the terms of its store.
///
/// # Errors
///
/// Everything that is wrong with the file.
pub fn load(theory: &mut Theory, source: &str) -> Result<Vec<Goal>, Vec<Diagnostic>> {
    let (tree, mut errors) = crate::syntax::parse(source);
    let mut goals = Vec::new();
    let mut seen = FxHashSet::default();
    let (scope, failed) = (theory.scope(), FxHashMap::default());
    for item in &tree.items {
        let ItemKind::Declare { decl, value: None } = &item.kind else {
            errors.push(*fault(
                codes::NOT_A_GOAL,
                item.span,
                "a goal file holds declarations `name : proposition.` only",
            ));
            continue;
        };
        let name = tree.name(decl.name.symbol);
        if !seen.insert(decl.name.symbol) || theory.environment.find(name).is_some() {
            errors.push(*fault(codes::DUPLICATE_NAME, decl.name.span, format!("`{name}` is declared already")));
            continue;
        }
        theory.environment.set_budget(budget(source.len()));
        let names = Source { tree: &tree, scope: &scope, failed: &failed };
        match Elaborator::new(&mut theory.environment, names).proposition(decl.ty) {
            Ok(statement) => goals.push(Goal { name: name.to_owned(), statement, text: print_term(&tree, decl.ty) }),
            Err(error) => errors.push(*error),
        }
    }
    errors.sort_by_key(|error| error.span.start);
    if errors.is_empty() { Ok(goals) } else { Err(errors) }
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
}
