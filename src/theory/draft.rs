//! Several constants that are added together or not at all.
//!
//! An environment cannot take a constant back. So a declaration that needs many is drafted first: *placeholders*,
//! locals of the constants' types, stand for the constants to come, and whatever the kernel would refuse is refused
//! while nothing has been added.

use super::fault::{self, Fault, codes};
use super::print::Names;
use super::{Attributes, ForwardPattern, Theory};
use prover_logic::{ConstId, Environment, KernelError, MAX_HEIGHT, Store, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The amount that one `data` or `fun` declaration may generate: the terms of which its axioms are made and, one for
/// eight bytes, the names. 480 constructors without arguments are about as much.
pub const MAX_GENERATED: u64 = 500_000;

/// A constant to be added. Terms may mention placeholders, but no other locals.
pub(super) struct Entry {
    /// Its name.
    pub name: String,
    /// The place in the text that it comes from.
    pub span: Span,
    /// Its type.
    pub ty: TermId,
    /// The names of its binders, with quotes, empty where there is none.
    pub binders: Vec<Box<str>>,
    /// The attributes by which search may use it.
    pub attributes: Option<Attributes>,
}

/// Constants to be added, in order.
pub(super) struct Draft {
    entries: Vec<Entry>,
    /// The placeholders with the entries that they stand for.
    placeholders: Vec<(TermId, usize)>,
    names: FxHashSet<String>,
    generated: u64,
    span: Span,
    /// The number of the next local.
    next: u32,
}

/// Refuses a name that cannot be declared.
pub(super) fn check_name(environment: &Environment, name: &str, span: Span) -> Result<(), Fault> {
    if matches!(name, "prop" | "type") || name.starts_with('\'') {
        let error = Diagnostic::error(codes::RESERVED_NAME, span, format!("`{name}` cannot be declared"));
        return Err(Box::new(match name.strip_prefix('\'') {
            Some(bare) if !bare.is_empty() => error
                .with_note("names with a quote are bound variables")
                .with_hint(format!("declare `{bare}`, without the quote")),
            Some(_) => error.with_note("names with a quote are bound variables"),
            None => error.with_note("it is a sort").with_hint("choose another name"),
        }));
    }
    if environment.find(name).is_some() {
        let error = Diagnostic::error(codes::DUPLICATE_NAME, span, format!("`{name}` is declared already"));
        return Err(Box::new(error.with_hint("choose another name")));
    }
    Ok(())
}

impl Draft {
    /// A draft of nothing; `span` is where the declaration that it is for is named.
    pub fn new(span: Span) -> Self {
        Self { entries: Vec::new(), placeholders: Vec::new(), names: FxHashSet::default(), generated: 0, span, next: 0 }
    }

    /// A local that no other of this draft is.
    pub fn local(&mut self, environment: &mut Environment, ty: TermId) -> TermId {
        let local = environment.store.local(self.next, ty);
        self.next = self.next.max(environment.store.local_bound(local));
        local
    }

    /// Numbers locals from here on above those of a term.
    pub fn above(&mut self, environment: &Environment, term: TermId) {
        self.next = self.next.max(environment.store.local_bound(term));
    }

    /// Counts what will be generated, before it is.
    pub fn count(&mut self, terms: u64) -> Result<(), Fault> {
        self.generated = self.generated.saturating_add(terms);
        if self.generated <= MAX_GENERATED {
            return Ok(());
        }
        let message = format!("this generates axioms of more than {MAX_GENERATED} terms");
        let error = Diagnostic::error(codes::DECLARATION_TOO_LARGE, self.span, message);
        Err(Box::new(error.with_hint("declare several smaller types or functions")))
    }

    /// Refuses a name that cannot be used, or was used in this draft. `is_written` says that the name stands in the
    /// text and was not made from others.
    pub fn check_name(
        &mut self,
        environment: &Environment,
        name: &str,
        span: Span,
        is_written: bool,
    ) -> Result<(), Fault> {
        self.count(1 + name.len() as u64 / 8)?;
        if name == "=" {
            let error = Diagnostic::error(codes::RESERVED_NAME, span, "`=` cannot be declared here");
            return Err(Box::new(error.with_note("its one declaration is `= : [('t : type) -> 't -> 't -> prop].`")));
        }
        let checked = check_name(environment, name, span);
        let checked = checked.map_err(|error| match is_written {
            true => error,
            false => Box::new(error.with_note(format!("an axiom of this declaration is named `{name}`"))),
        });
        checked?;
        if !self.names.insert(name.to_owned()) {
            let message = format!("two things of this declaration are named `{name}`");
            return Err(fault::fault(codes::DUPLICATE_NAME, span, message));
        }
        Ok(())
    }

    /// Adds a constant to the draft.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Adds a constant that later ones may mention; the term stands for it.
    pub fn push_mentioned(&mut self, environment: &mut Environment, entry: Entry) -> TermId {
        self.above(environment, entry.ty);
        let local = self.local(environment, entry.ty);
        self.placeholders.push((local, self.entries.len()));
        self.entries.push(entry);
        local
    }

    /// The place where the declaration is named.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The number of constants so far.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds everything to the theory, or nothing. `also` are patterns over the placeholders, which are returned with
    /// the constants in their places.
    pub fn add(mut self, theory: &mut Theory, also: &[TermId]) -> Result<(Vec<ConstId>, Vec<TermId>), Fault> {
        for entry in &self.entries {
            check(&mut theory.environment, entry)?;
        }
        let placeholders: Vec<TermId> = self.placeholders.iter().map(|(local, _)| *local).collect();
        let mut constants: Vec<ConstId> = Vec::with_capacity(self.entries.len());
        // Those that stand for constants which have been added; a type mentions no others.
        let mut known: Vec<TermId> = Vec::new();
        for entry in &mut self.entries {
            let environment = &mut theory.environment;
            while let Some(&(_, place)) = self.placeholders.get(known.len())
                && let Some(&constant) = constants.get(place)
            {
                known.push(environment.store.constant(constant));
            }
            let ty = put(environment, entry.ty, &placeholders[..known.len()], &known);
            // What was checked above with placeholders passes, unless comparisons that were remembered then have been
            // forgotten since and are now over the budget.
            let added = environment.add_axiom(&entry.name, ty);
            let constant = added.map_err(|error| refusal(environment, entry.span, &error))?;
            if let Some(mut attributes) = entry.attributes.take() {
                for ForwardPattern { pattern, ty, .. } in attributes.forward.iter_mut().flatten() {
                    *pattern = put(environment, *pattern, &placeholders[..known.len()], &known);
                    *ty = put(environment, *ty, &placeholders[..known.len()], &known);
                }
                attributes.is_generated = true;
                Arc::make_mut(&mut theory.attributes).insert(constant, attributes);
            }
            theory.set_binder_names(constant, std::mem::take(&mut entry.binders));
            constants.push(constant);
        }
        let environment = &mut theory.environment;
        let known: Vec<TermId> =
            self.placeholders.iter().map(|&(_, place)| environment.store.constant(constants[place])).collect();
        let also = also.iter().map(|&term| put(environment, term, &placeholders, &known)).collect();
        Ok((constants, also))
    }
}

/// The checks that adding the entry makes.
fn check(environment: &mut Environment, entry: &Entry) -> Result<(), Fault> {
    let checked = match environment.store.height(entry.ty) {
        height if height > MAX_HEIGHT => Err(KernelError::TooDeep),
        _ => environment.sort_of(entry.ty).map(|_| ()),
    };
    checked.map_err(|error| refusal(environment, entry.span, &error))
}

fn refusal(environment: &mut Environment, span: Span, error: &KernelError) -> Fault {
    fault::kernel(environment, &Names::new(), span, error)
}

/// The different terms of which a term consists, itself among them.
pub(super) fn subterms(store: &Store, term: TermId) -> FxHashSet<TermId> {
    let (mut open, mut seen) = (vec![term], FxHashSet::default());
    while let Some(id) = open.pop() {
        if seen.insert(id)
            && let Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) = store.term(id)
        {
            open.extend([a, b]);
        }
    }
    seen
}

/// A term with constants for the placeholders.
fn put(environment: &mut Environment, term: TermId, placeholders: &[TermId], constants: &[TermId]) -> TermId {
    let abstracted = environment.store.abstract_locals(term, placeholders);
    environment.store.instantiate(abstracted, constants)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{NoImports, SourceText};

    /// The codes of the errors in a text after `=`, and the number of terms that were made for it.
    fn checked(text: &str) -> (Vec<&'static str>, u64) {
        let source = format!("= : [('t : type) -> 't -> 't -> prop]. {text}");
        let (theory, report) = Theory::load(SourceText::text("t", source), &NoImports);
        (report.errors().map(|(_, error)| error.code).collect(), theory.environment.store.len() as u64)
    }

    /// The types `'p0`, `'p1`, ... each with something behind.
    fn parameters(count: usize, behind: &str) -> String {
        (0..count).map(|index| format!("'p{index}{behind}")).collect()
    }

    fn data(parameter_count: usize, arguments: usize) -> String {
        let whole = format!("(d {})", parameters(parameter_count, " "));
        let binders = parameters(parameter_count, " : type, ");
        let arguments = "'p0 -> ".repeat(arguments);
        format!("data d ({}) {{ c : [{arguments}{whole}]. }}", binders.trim_end_matches(", "))
    }

    #[test]
    fn what_parameters_add_to_the_axioms_of_a_data_type_counts() {
        // Few terms in the text, and each of them in each of many axioms.
        for (parameters, arguments) in [(10_000, 300), (5_000, 300), (2_000, 400)] {
            let (codes, terms) = checked(&data(parameters, arguments));
            assert_eq!(codes, ["declaration-too-large"], "{parameters} {arguments}");
            assert!(terms < MAX_GENERATED, "{parameters} {arguments}: {terms}");
        }
        for (parameters, arguments) in [(10_000, 10), (1_000, 80), (100, 300), (1, 300)] {
            let (codes, terms) = checked(&data(parameters, arguments));
            assert_eq!(codes, [""; 0], "{parameters} {arguments}");
            assert!(terms < 4 * MAX_GENERATED, "{parameters} {arguments}: {terms}");
        }
    }

    #[test]
    fn what_parameters_add_to_the_axioms_of_a_function_counts() {
        let count = 1_000;
        let text = |clauses: usize| {
            let data = format!(
                "data d ({}) {{ c : (d {1}). n : [(d {1}) -> (d {1})]. }} data u {{ v : u. }}",
                parameters(count, " : type, ").trim_end_matches(", "),
                parameters(count, " ")
            );
            let numeral = |depth: usize, of: &str| format!("{}{of}{}", "(n ".repeat(depth), ")".repeat(depth));
            let inputs: String = (0..count).map(|index| format!("('p{index} : type) -> ")).collect();
            let mut text = format!("{data} fun f : [{inputs}(d {}) -> u] {{", parameters(count, " "));
            for depth in 0..clauses {
                text += &format!("e{depth} : (f {}) = v.", numeral(depth, "c"));
            }
            text + &format!("e : (f {}) = v. }}", numeral(clauses, "'x"))
        };
        let (codes, terms) = checked(&text(5));
        assert_eq!(codes, [""; 0]);
        assert!(terms < 4 * MAX_GENERATED, "{terms}");
        assert_eq!(checked(&text(60)).0, ["declaration-too-large"]);
    }
}
