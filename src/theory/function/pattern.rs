//! The reader of left sides of clauses: a function applied to patterns of constructors and variables.

use super::left::{Application, Left, Pattern, Variable};
use super::signature::Signature;
use crate::Theory;
use crate::data::ArgumentTypes;
use crate::declared::DataType;
use crate::draft::{Draft, subterms};
use crate::elaborate::{Elaborator, Source, quoted};
use crate::fault::{self, Fault, codes, fault, shown};
use crate::print::Names;
use prover_logic::{ConstId, KernelError, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, Term as Syntax, TermRef};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The depth to which constructors may be nested in a pattern.
pub const MAX_PATTERN_DEPTH: usize = 100;

/// Reads the left side of one clause.
pub(super) struct Reader<'a> {
    theory: &'a mut Theory,
    types: &'a mut ArgumentTypes,
    source: Source<'a>,
    signature: &'a Signature,
    draft: &'a mut Draft,
    /// The variables met so far.
    variables: Vec<Variable>,
    /// Whether each name that is taken is that of a variable, and not of a type parameter.
    taken: FxHashMap<String, bool>,
}

impl<'a> Reader<'a> {
    /// A reader of a function with that signature.
    pub fn new(
        (theory, types): (&'a mut Theory, &'a mut ArgumentTypes),
        source: Source<'a>,
        signature: &'a Signature,
        draft: &'a mut Draft,
    ) -> Self {
        let parameters = signature.binders().filter(|(name, _)| !name.is_empty());
        let taken = parameters.map(|(name, _)| (quoted(name), false)).collect();
        Self { theory, types, source, signature, draft, variables: Vec::new(), taken }
    }

    /// The left side of a clause of the function `name`, for which `function` stands.
    pub fn left(mut self, name: &str, at: TermRef, function: TermId) -> Result<Left, Fault> {
        let (tree, signature) = (self.source.tree, self.signature);
        let span = tree.span(at);
        let given = signature.given(tree, at);
        if given.is_empty() {
            let message = format!("the left side of a clause must be `{name}`, given patterns");
            return Err(fault(codes::BAD_CLAUSE, span, message));
        }
        let (count, arity) = (given.len(), signature.arguments.len());
        if count != arity {
            let plural = if arity == 1 { "" } else { "s" };
            let message = format!("`{name}` is given {count} patterns here, but takes {arity} argument{plural}");
            let error = Diagnostic::error(codes::WRONG_NUMBER_OF_ARGUMENTS, span, message);
            return Err(Box::new(error.with_note("all clauses give as many arguments as the first")));
        }
        let mut patterns = Vec::new();
        for (&at, &ty) in given.iter().zip(&signature.arguments) {
            patterns.push(self.pattern(at, ty, 0)?);
        }
        let parameters = signature.parameters.iter().map(|(_, local)| *local);
        let arguments: Vec<TermId> = parameters.chain(patterns.iter().map(|pattern| pattern.term)).collect();
        let term = self.theory.environment.store.apps(function, &arguments);
        Ok(Left { term, span, patterns, variables: self.variables })
    }

    fn pattern(&mut self, at: TermRef, expected: TermId, depth: usize) -> Result<Pattern, Fault> {
        let tree = self.source.tree;
        let span = tree.span(at);
        self.draft.count(1)?;
        if depth > MAX_PATTERN_DEPTH {
            let message = format!("constructors are nested more than {MAX_PATTERN_DEPTH} deep in this pattern");
            return Err(fault(codes::DECLARATION_TOO_LARGE, span, message));
        }
        let (head, given) = tree.application(at);
        let Syntax::Name(symbol) = tree.term(head) else {
            let error = Diagnostic::error(codes::BAD_PATTERN, span, "this is no pattern");
            return Err(Box::new(error.with_hint("a pattern is a variable or a constructor applied to patterns")));
        };
        let name = tree.name(*symbol);
        if !name.starts_with('\'') {
            return self.application((name, tree.span(head)), (span, &given), expected, depth);
        }
        if !given.is_empty() {
            let message = format!("the variable `{name}` is applied in a pattern");
            let error = Diagnostic::error(codes::BAD_PATTERN, span, message);
            return Err(Box::new(error.with_hint("constructors are written without the quote")));
        }
        self.variable(name, span, expected)
    }

    fn variable(&mut self, name: &str, span: Span, ty: TermId) -> Result<Pattern, Fault> {
        let taken = if name == "'_" { None } else { self.taken.insert(name.to_owned(), true) };
        if taken == Some(false) {
            let message = format!("`{name}` is a type parameter of the function and cannot be a variable of a pattern");
            return Err(fault(codes::BAD_PATTERN, span, message));
        }
        if taken == Some(true) {
            let message = format!("the variable `{name}` stands twice in the patterns of one clause");
            let error = Diagnostic::error(codes::REPEATED_VARIABLE, span, message);
            return Err(Box::new(error.with_hint("a clause cannot ask whether two arguments are equal")));
        }
        let term = self.draft.local(&mut self.theory.environment, ty);
        self.variables.push(Variable { name: name.into(), local: term });
        Ok(Pattern { term, constructor: None })
    }

    /// A constructor, whose name stands at a place of its own, with the arguments given to it.
    fn application(
        &mut self,
        (name, at): (&str, Span),
        (span, given): (Span, &[TermRef]),
        expected: TermId,
        depth: usize,
    ) -> Result<Pattern, Fault> {
        let (constant, data, place) = self.constructor(name, at)?;
        let reduced = self.theory.environment.whnf(expected);
        let reduced = reduced.map_err(|error| self.kernel(at, &error))?;
        let found = self.theory.declared.data_type_of(&self.theory.environment.store, reduced);
        let Some(types) = found.filter(|(other, _)| other.former == data.former).map(|(_, types)| types) else {
            let of = self.theory.environment.declaration(data.former).name.clone();
            let expected = self.text(expected);
            let message = format!("`{name}` is a constructor of `{of}`, but the argument has type `{expected}`");
            return Err(fault(codes::TYPE_MISMATCH, span, message));
        };
        let written = given.len().checked_sub(data.constructors[place].arguments.len());
        let written = match written {
            Some(0) => 0,
            Some(extra) if extra == data.parameters => extra,
            _ => {
                let takes = data.constructors[place].arguments.len();
                let plural = if takes == 1 { "" } else { "s" };
                let message = format!("`{name}` takes {takes} argument{plural} but is given {} patterns", given.len());
                return Err(fault(codes::WRONG_NUMBER_OF_ARGUMENTS, span, message));
            }
        };
        for (&at, &expected) in given[..written].iter().zip(&types) {
            self.require_type(at, expected)?;
        }
        // The constructor is applied to the values of its parameters, whether they are written or not.
        let store = &self.theory.environment.store;
        for &ty in &types {
            let size = if store.local_bound(ty) > 0 { subterms(store, ty).len() } else { 1 };
            self.draft.count(size as u64)?;
        }
        let mut arguments = Vec::new();
        let expected = self.types.of(&mut self.theory.environment, constant, &types);
        let expected = expected.map_err(|error| self.kernel(span, &error))?;
        for (&at, &ty) in given[written..].iter().zip(&*expected) {
            arguments.push(self.pattern(at, ty, depth + 1)?);
        }
        let store = &mut self.theory.environment.store;
        let terms: Vec<TermId> = types.iter().copied().chain(arguments.iter().map(|pattern| pattern.term)).collect();
        let head = store.constant(constant);
        let term = store.apps(head, &terms);
        Ok(Pattern { term, constructor: Some(Application { data, place, types, arguments }) })
    }

    /// The constructor of a name.
    fn constructor(&self, name: &str, span: Span) -> Result<(ConstId, Arc<DataType>, usize), Fault> {
        let environment = &self.theory.environment;
        let Some(constant) = environment.find(name) else {
            if self.source.scope.get(name).is_some() {
                let message = format!("`{name}` cannot stand in its own patterns");
                return Err(fault(codes::BAD_PATTERN, span, message));
            }
            let error = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("nothing is called `{name}`"));
            let constructors = self.theory.declared.constructors().map(|id| &*environment.declaration(id).name);
            return Err(Box::new(match self.source.failed.closest(name, constructors) {
                _ if self.source.failed.contains(name) => error.with_hint(format!("`{name}` was refused")),
                Some(near) => error.with_hint(format!("did you mean `{near}`, or the variable `'{name}`?")),
                None => error.with_hint(format!("variables of patterns are written with a quote: `'{name}`")),
            }));
        };
        match self.theory.declared.constructor(constant) {
            Some((data, place)) => Ok((constant, data.clone(), place)),
            None => {
                let error = Diagnostic::error(codes::BAD_PATTERN, span, format!("`{name}` is no constructor"));
                let hint = "patterns are made of variables and of constructors of types declared by `data`";
                Err(Box::new(error.with_hint(hint)))
            }
        }
    }

    /// Requires that the type written is the parameter of the argument's type.
    fn require_type(&mut self, at: TermRef, expected: TermId) -> Result<(), Fault> {
        let span = self.source.tree.span(at);
        let binders = self.signature.binders();
        let written = Elaborator::new(&mut self.theory.environment, self.source).under(binders).ty(at)?;
        let equal = self.theory.environment.definitionally_equal(written, expected);
        if equal.map_err(|error| self.kernel(span, &error))? {
            return Ok(());
        }
        let (written, expected) = (self.text(written), self.text(expected));
        let message = format!("the argument's type has the parameter `{expected}`, not `{written}`");
        Err(fault(codes::TYPE_MISMATCH, span, message))
    }

    fn names(&self) -> Names {
        let mut names = self.source.scope.printed(&self.theory.environment.store);
        let variables = self.variables.iter().map(|variable| (&*variable.name, variable.local));
        for (name, local) in self.signature.binders().chain(variables) {
            names.insert(local, name);
        }
        names
    }

    fn text(&mut self, term: TermId) -> String {
        let names = self.names();
        shown(&mut self.theory.environment, &names, term)
    }

    fn kernel(&mut self, span: Span, error: &KernelError) -> Fault {
        let names = self.names();
        fault::kernel(&mut self.theory.environment, &names, span, error)
    }
}
