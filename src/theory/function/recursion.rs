//! Check that recursive calls are about smaller arguments.
//!
//! For each call of a function that is declared, by itself or by one that is declared with it, the arguments that are
//! components of the caller's patterns, or the same, are determined; [`termination`](crate::termination) decides
//! whether that is enough.

use super::Member;
use super::left::{Left, Pattern};
use crate::Theory;
use crate::declared::Argument;
use crate::fault::{Fault, codes, shown};
use crate::termination::{Call, Endless, require_end};
use prover_logic::{Sort, Store, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// The place of a recursive call: its term, and the function and the clause that make it.
#[derive(Clone, Copy)]
struct Place {
    term: TermId,
    member: usize,
    clause: usize,
}

/// The terms of which an argument of a clause is known to be made: the places of the arguments that a term stands for,
/// or is a component of, and for a component the number of inputs of the function that it is.
type Known = FxHashMap<TermId, Vec<(usize, Option<usize>)>>;

struct Recursion<'a> {
    theory: &'a mut Theory,
    members: &'a [Member<'a>],
    /// The places of the members that these terms stand for.
    heads: FxHashMap<TermId, usize>,
    places: Vec<Place>,
    calls: Vec<Call>,
}

/// Refuses recursion that is not structural.
pub(super) fn check(theory: &mut Theory, members: &[Member<'_>], span: Span) -> Result<(), Fault> {
    let heads = members.iter().map(|member| member.subject.term).zip(0..).collect();
    let mut recursion = Recursion { theory, members, heads, places: Vec::new(), calls: Vec::new() };
    for (member, own) in members.iter().enumerate() {
        for clause in 0..own.equations.len() {
            recursion.calls((member, clause))?;
        }
    }
    require_end(&recursion.calls).map_err(|endless| match endless {
        Endless::Circle(circle) => recursion.not_structural(&circle),
        Endless::TooMany => {
            let message = "the recursive calls can follow each other in too many ways";
            let error = Diagnostic::error(codes::DECLARATION_TOO_LARGE, span, message);
            Box::new(error.with_hint("declare functions for parts of it"))
        }
    })
}

impl Recursion<'_> {
    /// Adds the calls of a clause's right side.
    fn calls(&mut self, (member, clause): (usize, usize)) -> Result<(), Fault> {
        let equation = &self.members[member].equations[clause];
        let known = known(&self.theory.environment.store, &equation.left.patterns);
        let (mut open, mut seen) = (vec![equation.right], FxHashSet::default());
        while let Some(term) = open.pop() {
            if !seen.insert(term) {
                continue;
            }
            let (head, arguments) = self.theory.environment.store.spine(term);
            let callee = self.heads.get(&head).copied();
            if let Some(callee) = callee {
                self.call(Place { term, member, clause }, callee, &arguments, &known)?;
            }
            if !arguments.is_empty() {
                open.extend(arguments);
                open.extend(callee.is_none().then_some(head));
                continue;
            }
            if let Term::Lambda(a, b) | Term::Pi(a, b) = self.theory.environment.store.term(term) {
                open.extend([a, b]);
            }
        }
        Ok(())
    }

    fn call(&mut self, place: Place, callee: usize, given: &[TermId], known: &Known) -> Result<(), Fault> {
        let (caller, called) = (&self.members[place.member].subject, &self.members[callee].subject);
        let span = self.members[place.member].equations[place.clause].span;
        let (parameters, count) = (called.signature.parameters.len(), called.signature.arguments.len());
        let Some(arguments) = given.get(parameters..parameters + count) else {
            let (text, name) = (self.text(place, place.term), called.name);
            let plural = if count == 1 { "" } else { "s" };
            let whose = if callee == place.member { "its own" } else { "these" };
            let message =
                format!("`{text}` lacks arguments: in {whose} clauses `{name}` must have {count} argument{plural}");
            let error = Diagnostic::error(codes::PARTIAL_RECURSION, span, message);
            return Err(Box::new(error.with_note("a call whose arguments are unknown cannot be seen to be smaller")));
        };
        let own: Vec<TermId> = caller.signature.parameters.iter().map(|(_, local)| *local).collect();
        if own != given[..parameters] {
            let text = self.text(place, place.term);
            let message = format!("the recursive call `{text}` has other type parameters than the function");
            return Err(Box::new(Diagnostic::error(codes::NOT_STRUCTURAL, span, message)));
        }
        let store = &self.theory.environment.store;
        let mut call = Call { caller: place.member, callee, ..Call::default() };
        for (index, &argument) in arguments.iter().enumerate() {
            for &(of, component) in known.get(&argument).into_iter().flatten() {
                match component {
                    None => call.relate(index, of, false),
                    Some(0) => call.relate(index, of, true),
                    Some(_) => {}
                }
            }
            // A value of a component that is a function.
            let (head, inputs) = store.spine(argument);
            for &(of, component) in known.get(&head).into_iter().flatten() {
                if !inputs.is_empty() && component == Some(inputs.len()) {
                    call.relate(index, of, true);
                }
            }
        }
        self.places.push(place);
        self.calls.push(call);
        Ok(())
    }

    /// The text of a part of a clause. Variables that are bound in the clause are written `'_`.
    fn text(&mut self, place: Place, term: TermId) -> String {
        let mut names = self.theory.names();
        for (member, own) in self.members.iter().enumerate() {
            let left: Option<&Left> = (member == place.member).then(|| &own.equations[place.clause].left);
            names = own.subject.names(names, left);
        }
        let store = &mut self.theory.environment.store;
        let ty = store.sort(Sort::Prop);
        let hole = store.local(crate::terms::matching::OPENED, ty);
        names.insert(hole, "'_");
        let count = store.loose(term) as usize;
        let closed = store.instantiate(term, &vec![hole; count]);
        shown(&mut self.theory.environment, &names, closed)
    }

    /// The error about calls that can follow each other in a circle without an argument getting smaller.
    fn not_structural(&mut self, circle: &[usize]) -> Fault {
        let Some(&first) = circle.first() else { unreachable!("a circle has a call") };
        let place = self.places[first];
        let equation = &self.members[place.member].equations[place.clause];
        let (span, left) = (equation.span, equation.left.term);
        let (text, left) = (self.text(place, place.term), self.text(place, left));
        let message = format!("the recursive call `{text}` is not seen to be about smaller arguments");
        let mut error =
            Diagnostic::error(codes::NOT_STRUCTURAL, span, message).with_label(format!("the clause is about `{left}`"));
        let [_] = circle else {
            for &next in &circle[1..] {
                let place = self.places[next];
                let left = self.members[place.member].equations[place.clause].left.term;
                let (text, left) = (self.text(place, place.term), self.text(place, left));
                error = error.with_note(format!("after it may come `{text}`, in the clause about `{left}`"));
            }
            let hint = "of calls that can follow each other in a circle, one must be about a component of a pattern, such \
                        as `'n` where the pattern is `(s 'n)`, and the others must hand it on as it is or smaller";
            return Box::new(error.with_hint(hint));
        };
        let several = self.members[place.member].subject.signature.arguments.len() > 1;
        for argument in 0..self.members[place.member].subject.signature.arguments.len() {
            let what = match self.calls[first].relations.get(&(argument, argument)) {
                Some(true) => "a component of the pattern",
                Some(false) => "the same",
                None => "neither the same nor a component of the pattern",
            };
            error = error.with_note(if several {
                format!("argument {} is {what}", argument + 1)
            } else {
                format!("the argument is {what}")
            });
        }
        let hint = if several {
            "however calls follow each other, some argument must get smaller again and again, and be handed on as it is \
             or smaller in between; smaller is a component of the pattern"
        } else {
            "a call must be about a component of the pattern, such as `'n` where the pattern is `(s 'n)`"
        };
        Box::new(error.with_hint(hint))
    }
}

/// The terms of which patterns are made: what they stand for, and their components, which are smaller: what stands in
/// a pattern as a recursive argument, directly or in another such. Only those count, since only they come before the
/// whole in the order by which the type is built.
fn known(store: &Store, patterns: &[Pattern]) -> Known {
    let mut known = Known::default();
    for (of, pattern) in patterns.iter().enumerate() {
        known.entry(pattern.term).or_default().push((of, None));
        let mut open = vec![pattern];
        while let Some(pattern) = open.pop() {
            let Some(application) = &pattern.constructor else { continue };
            let kinds = &application.data.constructors[application.place].arguments;
            for (argument, kind) in application.arguments.iter().zip(kinds) {
                let Argument::Recursive { inputs } = *kind else { continue };
                debug_assert!(inputs == 0 || matches!(store.term(argument.term), Term::Local { .. }));
                known.entry(argument.term).or_default().push((of, Some(inputs)));
                open.push(argument);
            }
        }
    }
    known
}
