//! Whether recursive calls are about smaller arguments.
//!
//! For each call it is found which arguments are smaller than the clause's patterns, which are the same, and which are
//! neither; [`termination`](crate::termination) says whether that is enough.

use super::left::{Equation, Pattern};
use super::signature::Subject;
use crate::Theory;
use crate::declared::Argument;
use crate::fault::{Fault, codes, shown};
use crate::termination::{Relation, undecided};
use prover_logic::{Sort, Store, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// A recursive call.
struct Call {
    term: TermId,
    /// The place of the clause that makes it.
    clause: usize,
    relations: Vec<Relation>,
}

/// The components of a pattern, which are smaller than it: terms, and functions of so many inputs whose values are.
type Smaller = FxHashMap<TermId, usize>;

struct Recursion<'a> {
    theory: &'a mut Theory,
    function: Subject<'a>,
    equations: &'a [Equation],
}

/// Refuses recursion that is not structural.
pub(super) fn check(theory: &mut Theory, function: Subject<'_>, equations: &[Equation]) -> Result<(), Fault> {
    let mut recursion = Recursion { theory, function, equations };
    let mut calls = Vec::new();
    for clause in 0..equations.len() {
        recursion.calls(clause, &mut calls)?;
    }
    let calls = undecided(calls, function.signature.arguments.len(), |call| &call.relations);
    match calls.first() {
        None => Ok(()),
        Some(call) => Err(recursion.not_structural(call)),
    }
}

impl Recursion<'_> {
    /// Adds the calls of a clause's right side.
    fn calls(&mut self, clause: usize, calls: &mut Vec<Call>) -> Result<(), Fault> {
        let equation = &self.equations[clause];
        let patterns = &equation.left.patterns;
        let smaller: Vec<Smaller> =
            patterns.iter().map(|pattern| components(&self.theory.environment.store, pattern)).collect();
        let (mut open, mut seen) = (vec![equation.right], FxHashSet::default());
        while let Some(term) = open.pop() {
            if !seen.insert(term) {
                continue;
            }
            let (head, arguments) = self.theory.environment.store.spine(term);
            if head == self.function.term {
                calls.push(self.call(clause, term, &arguments, &smaller)?);
            }
            if !arguments.is_empty() {
                open.extend(arguments);
                open.extend((head != self.function.term).then_some(head));
                continue;
            }
            if let Term::Lambda(a, b) | Term::Pi(a, b) = self.theory.environment.store.term(term) {
                open.extend([a, b]);
            }
        }
        Ok(())
    }

    fn call(&mut self, clause: usize, term: TermId, given: &[TermId], smaller: &[Smaller]) -> Result<Call, Fault> {
        let span = self.equations[clause].span;
        let parameters = self.function.signature.parameters.len();
        let Some(arguments) = given.get(parameters..parameters + smaller.len()) else {
            let text = self.text(clause, term);
            let (name, count) = (self.function.name, smaller.len());
            let plural = if count == 1 { "" } else { "s" };
            let message =
                format!("`{text}` lacks arguments: in its own clauses `{name}` must have {count} argument{plural}");
            let error = Diagnostic::error(codes::PARTIAL_RECURSION, span, message);
            return Err(Box::new(error.with_note("a call whose arguments are unknown cannot be seen to be smaller")));
        };
        let are_same = self.function.signature.parameters.iter().zip(given).all(|((_, local), given)| local == given);
        if !are_same {
            let text = self.text(clause, term);
            let message = format!("the recursive call `{text}` has other type parameters than the function");
            return Err(Box::new(Diagnostic::error(codes::NOT_STRUCTURAL, span, message)));
        }
        let store = &self.theory.environment.store;
        let patterns = &self.equations[clause].left.patterns;
        let relations = arguments.iter().zip(patterns).zip(smaller).map(|((&argument, pattern), smaller)| {
            let applied = |term| store.spine(term).1.len();
            if argument == pattern.term {
                Relation::Same
            } else if smaller.contains_key(&argument) && smaller[&argument] == 0
                || smaller.get(&store.head(argument)).is_some_and(|&inputs| inputs > 0 && inputs == applied(argument))
            {
                Relation::Smaller
            } else {
                Relation::Unknown
            }
        });
        Ok(Call { term, clause, relations: relations.collect() })
    }

    /// The text of a part of a clause. Variables that are bound in the clause are written `'_`.
    fn text(&mut self, clause: usize, term: TermId) -> String {
        let mut names = self.function.names(self.theory.names(), Some(&self.equations[clause].left));
        let store = &mut self.theory.environment.store;
        let ty = store.sort(Sort::Prop);
        let hole = store.local(crate::terms::matching::OPENED, ty);
        names.insert(hole, "'_");
        let count = store.loose(term) as usize;
        let closed = store.instantiate(term, &vec![hole; count]);
        shown(&mut self.theory.environment, &names, closed)
    }

    fn not_structural(&mut self, call: &Call) -> Fault {
        let span: Span = self.equations[call.clause].span;
        let text = self.text(call.clause, call.term);
        let left = self.text(call.clause, self.equations[call.clause].left.term);
        let message = format!("the recursive call `{text}` is not seen to be about smaller arguments");
        let mut error =
            Diagnostic::error(codes::NOT_STRUCTURAL, span, message).with_label(format!("the clause is about `{left}`"));
        let several = call.relations.len() > 1;
        for (place, relation) in call.relations.iter().enumerate() {
            let what = match relation {
                Relation::Smaller => "a component of the pattern",
                Relation::Same => "the same",
                Relation::Unknown => "neither the same nor a component of the pattern",
            };
            error = error.with_note(if several {
                format!("argument {} is {what}", place + 1)
            } else {
                format!("the argument is {what}")
            });
        }
        let hint = if several {
            "in some order of the arguments, each call must have a component of the pattern before anything but the same"
        } else {
            "a call must be about a component of the pattern, such as `'n` where the pattern is `(s 'n)`"
        };
        Box::new(error.with_hint(hint))
    }
}

/// The components of a pattern: what stands in it as a recursive argument, directly or in another such. Only those
/// count, since only they come before the whole in the order by which the type is built.
fn components(store: &Store, pattern: &Pattern) -> Smaller {
    let (mut found, mut open) = (Smaller::default(), vec![pattern]);
    while let Some(pattern) = open.pop() {
        let Some(application) = &pattern.constructor else { continue };
        let kinds = &application.data.constructors[application.place].arguments;
        for (argument, kind) in application.arguments.iter().zip(kinds) {
            let Argument::Recursive { inputs } = *kind else { continue };
            debug_assert!(inputs == 0 || matches!(store.term(argument.term), Term::Local { .. }));
            found.insert(argument.term, inputs);
            open.push(argument);
        }
    }
    found
}
