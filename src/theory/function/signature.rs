//! The type of a declared function: leading type parameters, arguments, result.

use super::left::Left;
use crate::Theory;
use crate::draft::Draft;
use crate::elaborate::{Elaborator, Source, quoted};
use crate::fault::{Fault, codes, fault, kernel, shown};
use crate::print::Names;
use crate::suggest::Failed;
use prover_logic::{Environment, Sort, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Clause, Decl, Input, Span, Term as Syntax, TermRef, Tree};

/// A `fun` item.
#[derive(Clone, Copy)]
pub(crate) struct FunctionSyntax<'a> {
    pub tree: &'a Tree,
    /// Names that were refused before.
    pub failed: &'a Failed,
    pub decl: &'a Decl,
    /// The functions that are declared together with it.
    pub others: &'a [Decl],
    pub clauses: &'a [Clause],
}

impl<'a> FunctionSyntax<'a> {
    /// The functions that are declared.
    pub fn decls(self) -> impl Iterator<Item = &'a Decl> {
        std::iter::once(self.decl).chain(self.others)
    }
}

/// The inputs and the result of a function.
pub(super) struct Signature {
    /// The whole type, closed.
    pub ty: TermId,
    /// The leading type parameters: their names as they are written, empty for none, and locals for them.
    pub parameters: Vec<(Box<str>, TermId)>,
    /// The types of the arguments, over those locals.
    pub arguments: Vec<TermId>,
    /// The type of the result, over those locals.
    pub result: TermId,
}

impl Signature {
    /// The signature of one of the functions that are declared, with the left side of its first clause.
    pub fn new(
        theory: &mut Theory,
        draft: &mut Draft,
        syntax: FunctionSyntax<'_>,
        (decl, first): (&Decl, Option<TermRef>),
    ) -> Result<Self, Fault> {
        let FunctionSyntax { tree, failed, .. } = syntax;
        let scope = theory.scope();
        let environment = &mut theory.environment;
        let ty = Elaborator::new(environment, Source { tree, scope: &scope, failed }).ty(decl.ty)?;
        let sort = environment.store.sort(Sort::Type);
        let (inputs, _) = tree.inputs(decl.ty);
        let (mut parameters, mut rest) = (Vec::new(), ty);
        while let Term::Pi(domain, range) = environment.store.term(rest)
            && domain == sort
        {
            let name = inputs.get(parameters.len()).and_then(Input::name);
            let name = name.map_or("", |name| tree.name(name.symbol));
            parameters.push((name.into(), draft.local(environment, sort)));
            rest = range;
        }
        let locals: Vec<TermId> = parameters.iter().map(|(_, local)| *local).collect();
        rest = environment.store.instantiate(rest, &locals);
        let arrows = crate::terms::signature::Signature::arity(&environment.store, rest);
        let mut signature = Self { ty, parameters, arguments: Vec::new(), result: rest };
        let arity = match first {
            Some(left) => signature.given(tree, left).len().min(arrows),
            None => arrows,
        };
        if arity == 0 && arrows == 0 {
            let message = format!("`{}` takes no arguments", tree.name(decl.name.symbol));
            let error = Diagnostic::error(codes::BAD_CLAUSE, tree.span(decl.ty), message);
            return Err(Box::new(error.with_hint("a name for an object is a definition, as in `one : nat = (s z).`")));
        }
        signature.arguments(environment, (tree, decl.ty), arity)?;
        Ok(signature)
    }

    /// The names and locals of the type parameters.
    pub fn binders(&self) -> impl Iterator<Item = (&str, TermId)> {
        self.parameters.iter().map(|(name, local)| (&**name, *local))
    }

    /// The patterns of a clause's left side: its arguments without the type parameters, which may be written.
    pub fn given(&self, tree: &Tree, left: TermRef) -> Vec<TermRef> {
        let (_, arguments) = tree.application(left);
        let is_parameter = |argument: &TermRef, name: &str| match tree.term(*argument) {
            Syntax::Name(symbol) => !name.is_empty() && quoted(tree.name(*symbol)) == quoted(name),
            _ => false,
        };
        let written = self.parameters.iter().zip(&*arguments).filter(|((name, _), at)| is_parameter(at, name)).count();
        let left_out = if written == self.parameters.len() { written } else { 0 };
        arguments[left_out..].to_vec()
    }

    /// Takes `arity` arguments off the type.
    fn arguments(&mut self, environment: &mut Environment, ty: (&Tree, TermRef), arity: usize) -> Result<(), Fault> {
        let (tree, at) = ty;
        let (inputs, output) = tree.inputs(at);
        let place = |place: usize| inputs.get(place).map_or(tree.span(output), |input: &Input| tree.span(input.ty()));
        for index in 0..arity {
            let Term::Pi(domain, range) = environment.store.term(self.result) else { break };
            self.require_object(environment, place(self.parameters.len() + index), domain, "an argument")?;
            self.arguments.push(domain);
            self.result = range;
        }
        // The result is what stands after the arguments, to the end of the type.
        let first = place(self.parameters.len() + arity);
        let span = Span { start: first.start, end: tree.span(output).end };
        self.require_object(environment, span, self.result, "the result")
    }

    /// Refuses types that depend on earlier arguments and types of anything but objects.
    fn require_object(&self, environment: &mut Environment, span: Span, ty: TermId, what: &str) -> Result<(), Fault> {
        if environment.store.loose(ty) > 0 {
            let message = format!("the type of {what} depends on an earlier argument");
            return Err(Box::new(
                Diagnostic::error(codes::DEPENDENT_ARGUMENT, span, message)
                    .with_hint("only leading type parameters, as in `[('t : type) -> ...]`, may be mentioned"),
            ));
        }
        let names = || {
            let mut names = Names::new();
            self.binders().for_each(|(name, local)| names.insert(local, name));
            names
        };
        let sort = environment.sort_of(ty).map_err(|error| kernel(environment, &names(), span, &error))?;
        let of = match sort {
            Sort::Type => return Ok(()),
            Sort::Prop => "proofs",
            Sort::Kind => "types, or of functions on all types",
        };
        let text = shown(environment, &names(), ty);
        Err(fault(codes::NOT_AN_OBJECT, span, format!("{what} is no object: `{text}` is a type of {of}")))
    }
}

/// The function that is being declared.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub name: &'a str,
    pub signature: &'a Signature,
    /// The local that stands for it.
    pub term: TermId,
}

impl Subject<'_> {
    /// The names of the locals of one of its clauses, added to others.
    pub fn names(&self, mut names: Names, clause: Option<&Left>) -> Names {
        names.insert(self.term, self.name);
        let variables = clause.into_iter().flat_map(|left| &left.variables);
        let variables = variables.map(|variable| (&*variable.name, variable.local));
        for (name, local) in self.signature.binders().chain(variables) {
            names.insert(local, name);
        }
        names
    }
}
