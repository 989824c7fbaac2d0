//! Syntax terms -> kernel terms.
//!
//! Binders are opened as locals numbered by their depth in the scope, so that the type of every subterm is known as
//! soon as it is built; an error therefore names the smallest subterm that is wrong. Types are inferred here by the
//! rules of the kernel, which checks again every term of a declaration or a proof. The recursion runs on a stack that
//! grows, applications, arrows and lambdas nested in their last place are walked in a loop, and every step is taken
//! from the budget of the item.
//!
//! - `names`: the term that a name stands for, and the variables of patterns.
//! - `application`: applications, with the type arguments that were left out.

use super::fault::{self, Fault, codes, shown};
use super::print::Names;
use super::scope::Scope;
use super::suggest::Failed;
use super::terms::typed::Typed;
use prover_logic::{Environment, KernelError, MAX_HEIGHT, Sort, Term as Kernel, TermId, sort_of_pi};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Decl, Input, Span, Symbol, Term, TermRef, Tree};
use rustc_hash::FxHashMap;

mod application;
mod names;

type Result<T> = std::result::Result<T, Fault>;

/// The input of elaboration: the syntax tree, the script's locals, and the names that failed earlier.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The tree that the terms are of.
    pub tree: &'a Tree,
    /// The locals of the script.
    pub scope: &'a Scope,
    /// Names that were declared before but whose declaration or proof was refused.
    pub failed: &'a Failed,
}

/// Turns terms of one tree into kernel terms.
pub struct Elaborator<'a> {
    environment: &'a mut Environment,
    source: Source<'a>,
    /// The binders around the present place, by their names without the quote, the innermost last; whether they were
    /// written without it.
    binders: FxHashMap<&'a str, Vec<(TermId, bool)>>,
    /// The arguments of the applications around the present place, the innermost last.
    arguments: Vec<Option<Typed>>,
    /// Room for the values of the arguments of one.
    values: Vec<TermId>,
    /// Names that were found to be constants of late, each at the place that its symbol gives.
    constants: [Option<(Symbol, Typed)>; RECENT],
    /// The number of the next binder's local.
    next: u32,
    /// Syntax terms elaborated so far, to compute the cost of closing a binder.
    nodes: u64,
    pattern: Option<Variables>,
}

/// The constants that are found again without looking up their names.
const RECENT: usize = 8;

/// The variables of an attribute's pattern.
#[derive(Clone, Debug, Default)]
struct Variables {
    /// Variables whose types are known from the function's binders of the same names.
    known: FxHashMap<String, TermId>,
    /// Those met so far, in the order of the text.
    found: Vec<(String, TermId)>,
}

impl<'a> Elaborator<'a> {
    /// An elaborator for terms of `source`.
    pub fn new(environment: &'a mut Environment, source: Source<'a>) -> Self {
        let next = source.scope.next();
        Self {
            environment,
            source,
            binders: FxHashMap::default(),
            arguments: Vec::new(),
            values: Vec::new(),
            constants: [None; RECENT],
            next,
            nodes: 0,
            pattern: None,
        }
    }

    /// Lets unbound quoted names be pattern variables: those of `known` have locals, whose numbers are below `next`,
    /// others get one where the context gives their type.
    pub fn with_variables(mut self, known: FxHashMap<String, TermId>, next: u32) -> Self {
        self.pattern = Some(Variables { known, found: Vec::new() });
        self.next = self.next.max(next);
        self
    }

    /// Puts the terms under binders that stand elsewhere: names as they are written there (empty for those without a
    /// name), with their locals.
    pub fn under(mut self, binders: impl IntoIterator<Item = (&'a str, TermId)>) -> Self {
        for (name, local) in binders {
            self.next = self.next.max(self.environment.store.local_bound(local));
            if !name.is_empty() {
                self.bind(name, local);
            }
        }
        self
    }

    /// The pattern variables met so far, in the order of the text, as quoted names and locals.
    pub fn variables(self) -> Vec<(String, TermId)> {
        self.pattern.map(|pattern| pattern.found).unwrap_or_default()
    }

    /// A term, well typed.
    pub fn term(&mut self, term: TermRef) -> Result<TermId> {
        self.typed(term).map(|typed| typed.term)
    }

    /// A type, of whatever sort.
    pub fn ty(&mut self, term: TermRef) -> Result<TermId> {
        self.sorted(term).map(|(ty, _)| ty)
    }

    /// A type with its sort.
    pub fn sorted(&mut self, term: TermRef) -> Result<(TermId, Sort)> {
        let typed = self.typed(term)?;
        Ok((typed.term, self.require_type(typed, self.span(term))?))
    }

    /// A proposition.
    pub fn proposition(&mut self, term: TermRef) -> Result<TermId> {
        let span = self.span(term);
        let typed = self.typed(term)?;
        if self.require_type(typed, span)? == Sort::Prop {
            return Ok(typed.term);
        }
        let (text, ty) = (self.text(typed.term), self.text(typed.ty));
        Err(Box::new(
            Diagnostic::error(codes::NOT_A_PROPOSITION, span, format!("`{text}` is not a proposition"))
                .with_label(format!("this has type `{ty}`"))
                .with_note("expected a term of type `prop`")
                .with_note(format!("found a term of type `{ty}`")),
        ))
    }

    /// A term of a type that is known; `message` is the error if it has another one.
    pub fn term_of_type(&mut self, term: TermRef, expected: TermId, message: &str) -> Result<TermId> {
        let typed = self.typed(term)?;
        self.require_equal(typed.ty, expected, self.span(term), message)?;
        Ok(typed.term)
    }

    /// A pattern with its type, as an attribute gives them.
    pub fn typed_pattern(&mut self, pattern: TermRef, ty: TermRef) -> Result<Typed> {
        if let Some(variable) = self.unknown_variable(pattern) {
            let ty = self.ty(ty)?;
            return Ok(Typed { term: self.new_variable(variable, ty), ty });
        }
        let typed = self.typed(pattern)?;
        if self.unknown_variable(ty).is_some() {
            // A variable in the place of the type is whatever type the pattern has.
            return Ok(typed);
        }
        let expected = self.ty(ty)?;
        self.require_equal(typed.ty, expected, self.span(pattern), "the pattern has another type than written")?;
        Ok(Typed { ty: expected, ..typed })
    }

    fn span(&self, term: TermRef) -> Span {
        self.source.tree.span(term)
    }

    fn names(&self) -> Names {
        let mut names = self.source.scope.printed(&self.environment.store);
        let variables =
            self.pattern.iter().flat_map(|pattern| pattern.found.iter().map(|(name, local)| (name, *local)));
        for (name, locals) in &self.binders {
            if let Some((local, _)) = locals.last() {
                names.insert(*local, &format!("'{name}"));
            }
        }
        for (name, local) in variables {
            names.insert(local, name);
        }
        names
    }

    fn text(&mut self, term: TermId) -> String {
        let names = self.names();
        shown(self.environment, &names, term)
    }

    fn kernel(&mut self, span: Span, error: &KernelError) -> Fault {
        let names = self.names();
        fault::kernel(self.environment, &names, span, error)
    }

    fn lift<T>(&mut self, span: Span, result: std::result::Result<T, KernelError>) -> Result<T> {
        result.map_err(|error| self.kernel(span, &error))
    }

    fn spend(&mut self, steps: u64, span: Span) -> Result<()> {
        let spent = self.environment.spend(steps);
        self.lift(span, spent)
    }

    fn infer(&mut self, term: TermId, span: Span) -> Result<TermId> {
        if self.environment.store.height(term) > MAX_HEIGHT {
            return Err(self.kernel(span, &KernelError::TooDeep));
        }
        let ty = self.environment.infer(term);
        self.lift(span, ty)
    }

    fn require_type(&mut self, typed: Typed, span: Span) -> Result<Sort> {
        if let Kernel::Sort(sort) = self.environment.store.term(typed.ty) {
            return Ok(sort);
        }
        // The kernel knows what to say of what is no type.
        let sort = self.environment.sort_of(typed.term);
        self.lift(span, sort)
    }

    fn are_equal(&mut self, found: TermId, expected: TermId, span: Span) -> Result<bool> {
        if found == expected {
            return Ok(true);
        }
        let equal = self.environment.definitionally_equal(found, expected);
        self.lift(span, equal)
    }

    fn require_equal(&mut self, found: TermId, expected: TermId, span: Span, message: &str) -> Result<()> {
        if self.are_equal(found, expected, span)? {
            return Ok(());
        }
        let names = self.names();
        Err(fault::mismatch(self.environment, &names, span, message, (expected, found)))
    }

    /// A term and its type.
    fn typed(&mut self, term: TermRef) -> Result<Typed> {
        self.nodes += 1;
        let span = self.span(term);
        self.spend(1, span)?;
        if let Term::Name(symbol) = self.source.tree.term(term) {
            return self.named(*symbol, span);
        }
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || match self.source.tree.term(term) {
            Term::Arrow(..) => self.arrow(term),
            Term::Lambda(..) => self.lambda(term),
            Term::Name(_) | Term::Apply(..) => self.application(term),
        })
    }

    fn open(&mut self, name: Option<Symbol>, domain: TermId) -> TermId {
        let local = self.environment.store.local(self.next, domain);
        self.next += 1;
        if let Some(symbol) = name {
            self.bind(self.source.tree.name(symbol), local);
        }
        local
    }

    fn bind(&mut self, name: &'a str, local: TermId) {
        let is_bare = !name.starts_with('\'');
        if is_bare {
            // It may hide a constant.
            self.constants = [None; RECENT];
        }
        self.binders.entry(bare(name)).or_default().push((local, is_bare));
    }

    fn close(&mut self, symbol: Symbol) {
        let name = bare(self.source.tree.name(symbol));
        let Some(locals) = self.binders.get_mut(name) else { unreachable!("`bind` made the entry") };
        locals.pop();
    }

    /// Putting binders around a body walks it, unless it mentions no variable at all.
    fn pay_for_closing(&mut self, body: TermId, nodes_before: u64, term: TermRef) -> Result<()> {
        let steps = if self.environment.store.local_bound(body) > 0 { self.nodes - nodes_before } else { 0 };
        self.spend(steps, self.span(term))
    }

    fn arrow(&mut self, term: TermRef) -> Result<Typed> {
        let (before, first) = (self.nodes, self.next);
        let tree = self.source.tree;
        let (mut locals, mut opened, mut sorts) = (Vec::new(), Vec::new(), Vec::new());
        let mut output = term;
        while let Term::Arrow(inputs, inner) = tree.term(output) {
            for input in inputs {
                let (name, ty) = match input {
                    Input::Plain(ty) => (None, *ty),
                    Input::Named(Decl { name, ty }) => (Some(name.symbol), *ty),
                };
                let (domain, sort) = self.sorted(ty)?;
                opened.extend(name);
                locals.push(self.open(name, domain));
                sorts.push(sort);
            }
            output = *inner;
        }
        let (body, sort) = self.sorted(output)?;
        opened.into_iter().rev().for_each(|symbol| self.close(symbol));
        self.next = first;
        self.pay_for_closing(body, before, term)?;
        let sort = sorts.into_iter().rev().fold(sort, |range, domain| sort_of_pi(domain, range));
        let store = &mut self.environment.store;
        let typed = Typed { term: store.close_pi(body, &locals), ty: store.sort(sort) };
        self.within_height(typed, term)
    }

    fn within_height(&mut self, typed: Typed, term: TermRef) -> Result<Typed> {
        match self.environment.store.height(typed.term) > MAX_HEIGHT {
            true => Err(self.kernel(self.span(term), &KernelError::TooDeep)),
            false => Ok(typed),
        }
    }

    fn lambda(&mut self, term: TermRef) -> Result<Typed> {
        let (before, first) = (self.nodes, self.next);
        let tree = self.source.tree;
        let (mut locals, mut opened) = (Vec::new(), Vec::new());
        let mut body = term;
        while let Term::Lambda(binders, inner) = tree.term(body) {
            for Decl { name, ty } in binders {
                let domain = self.ty(*ty)?;
                opened.push(name.symbol);
                locals.push(self.open(Some(name.symbol), domain));
            }
            body = *inner;
        }
        let body = self.term(body)?;
        opened.into_iter().rev().for_each(|symbol| self.close(symbol));
        self.next = first;
        self.pay_for_closing(body, before, term)?;
        let lambda = self.environment.store.close_lambda(body, &locals);
        Ok(Typed { term: lambda, ty: self.infer(lambda, self.span(term))? })
    }
}

/// A name without the quote of a bound variable.
fn bare(name: &str) -> &str {
    name.strip_prefix('\'').unwrap_or(name)
}

/// The spelling of a bound variable: binders may be written without the quote.
pub fn quoted(name: &str) -> String {
    if name.starts_with('\'') { name.to_owned() } else { format!("'{name}") }
}
