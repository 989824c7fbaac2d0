//! Applications: leading type arguments that were left out, and the check of each argument.

use super::{Elaborator, Result};
use crate::fault::{self, Fault, codes};
use crate::terms::matching::leading_types;
use crate::terms::typed::Typed;
use prover_logic::{KernelError, Sort, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, Term, TermRef};

/// The arguments written in an application.
#[derive(Clone, Copy)]
struct Given<'s> {
    /// Each with its type; `None` for a variable of a pattern that has no type yet.
    values: &'s [Option<Typed>],
    /// The place of each in the tree.
    syntax: &'s [TermRef],
}

impl Elaborator<'_> {
    pub(super) fn application(&mut self, term: TermRef) -> Result<Typed> {
        let (head, syntax) = self.source.tree.application(term);
        let function = self.typed(head)?;
        let first = self.arguments.len();
        for &argument in &*syntax {
            let argument = match self.unknown_variable(argument) {
                Some(_) => None,
                None => Some(
                    self.typed(argument).map_err(|error| self.of_argument(error, function.ty, argument, &syntax))?,
                ),
            };
            self.arguments.push(argument);
        }
        let mut all = std::mem::take(&mut self.arguments);
        let given = Given { values: &all[first..], syntax: &syntax };
        let types = match self.left_out(function.ty, given)? {
            (0, _) => Vec::new(),
            leading => self.infer_leading(term, function.term, leading, given)?,
        };
        let applied = self.apply(term, function, types, given)?;
        all.truncate(first);
        self.arguments = all;
        Ok(applied)
    }

    /// Says of a variable that nothing binds, in the place of a type, how a type parameter is bound.
    fn of_argument(&self, mut error: Fault, function: TermId, argument: TermRef, syntax: &[TermRef]) -> Fault {
        if error.code != codes::UNBOUND_VARIABLE || error.span != self.span(argument) {
            return error;
        }
        let store = &self.environment.store;
        let mut rest = function;
        for _ in syntax.iter().take_while(|other| **other != argument) {
            let Kernel::Pi(_, range) = store.term(rest) else { return error };
            rest = range;
        }
        if let (Kernel::Pi(domain, _), Term::Name(symbol)) = (store.term(rest), self.source.tree.term(argument))
            && store.term(domain) == Kernel::Sort(Sort::Type)
        {
            let name = self.source.tree.name(*symbol);
            error.hint = Some(format!("a type parameter is an input of its own: `[({name} : type) -> ...]`"));
        }
        error
    }

    /// The number of leading type parameters that are left out (none where the first argument is itself a type), and
    /// the type after the leading ones.
    fn left_out(&mut self, ty: TermId, given: Given<'_>) -> Result<(usize, TermId)> {
        let sort = Kernel::Sort(Sort::Type);
        let mut leading = 0;
        let mut rest = ty;
        while let Kernel::Pi(domain, range) = self.environment.store.term(rest)
            && self.environment.store.term(domain) == sort
        {
            leading += 1;
            rest = range;
        }
        let (Some(Some(first)), Some(&at), 1..) = (given.values.first(), given.syntax.first(), leading) else {
            return Ok((leading, rest));
        };
        let reduced = self.environment.whnf(first.ty);
        let reduced = self.lift(self.span(at), reduced)?;
        Ok((if self.environment.store.term(reduced) == sort { 0 } else { leading }, rest))
    }

    /// The leading type arguments, from the types of the arguments given.
    fn infer_leading(
        &mut self,
        term: TermRef,
        function: TermId,
        leading: (usize, TermId),
        given: Given<'_>,
    ) -> Result<Vec<TermId>> {
        let span = self.span(term);
        // The only parameter is mostly the type of the first argument.
        if let ((1, ty), Some(Some(first))) = (leading, given.values.first())
            && let Kernel::Pi(domain, _) = self.environment.store.term(ty)
            && self.environment.store.term(domain) == Kernel::Bound(0)
        {
            return Ok(vec![first.ty]);
        }
        let given: Vec<Option<TermId>> = given.values.iter().map(|argument| argument.map(|typed| typed.term)).collect();
        let found = leading_types(self.environment, leading, &given);
        let types: Option<Vec<TermId>> = self.lift(span, found)?.into_iter().collect();
        types.ok_or_else(|| {
            let function = self.text(function);
            Box::new(
                Diagnostic::error(
                    codes::CANNOT_INFER_TYPE,
                    span,
                    format!("the type argument of `{function}` is unclear"),
                )
                .with_hint("write the types as its first arguments"),
            )
        })
    }

    /// The application, each argument checked against the function's input. `types` stand before the arguments given.
    fn apply(
        &mut self,
        term: TermRef,
        Typed { term: function, mut ty }: Typed,
        types: Vec<TermId>,
        given: Given<'_>,
    ) -> Result<Typed> {
        let elided = types.len();
        let mut arguments = std::mem::take(&mut self.values);
        arguments.clear();
        arguments.extend(types);
        for _ in 0..elided {
            let Kernel::Pi(_, range) = self.environment.store.term(ty) else {
                unreachable!("`left_out` counted this many arrows");
            };
            ty = range;
        }
        // `ty` stands for itself with its loose indices replaced by `arguments[start..]`.
        let mut start = 0;
        for (&argument, &at) in given.values.iter().zip(given.syntax) {
            let span = self.span(at);
            if !matches!(self.environment.store.term(ty), Kernel::Pi(..)) {
                let opened = self.environment.store.instantiate(ty, &arguments[start..]);
                let reduced = self.environment.whnf(opened);
                ty = self.lift(span, reduced)?;
                start = arguments.len();
            }
            let Kernel::Pi(domain, range) = self.environment.store.term(ty) else {
                return Err(self.too_many(term, function, arguments.len() - elided, given.syntax));
            };
            let expected = self.environment.store.instantiate(domain, &arguments[start..]);
            let argument = match argument {
                Some(argument) => {
                    self.check_argument(argument, expected, span)?;
                    argument.term
                }
                None => match self.unknown_variable(at) {
                    Some(name) => self.new_variable(name, expected),
                    // The same variable stood earlier in this very application.
                    None => {
                        let argument = self.typed(at)?;
                        self.check_argument(argument, expected, span)?;
                        argument.term
                    }
                },
            };
            arguments.push(argument);
            ty = range;
        }
        let store = &mut self.environment.store;
        let ty = store.instantiate(ty, &arguments[start..]);
        let applied = Typed { term: store.apps(function, &arguments), ty };
        self.values = arguments;
        self.within_height(applied, term)
    }

    fn check_argument(&mut self, argument: Typed, expected: TermId, span: Span) -> Result<()> {
        let found = argument.ty;
        if self.are_equal(found, expected, span)? {
            return Ok(());
        }
        let names = self.names();
        let message = "this argument has another type than the function takes";
        let error = fault::mismatch(self.environment, &names, span, message, (expected, found));
        let takes_more = matches!(self.environment.store.term(found), Kernel::Pi(..))
            && !matches!(self.environment.store.term(expected), Kernel::Pi(..));
        Err(if takes_more { Box::new(error.with_hint("an argument may be missing here")) } else { error })
    }

    fn too_many(&mut self, term: TermRef, function: TermId, taken: usize, syntax: &[TermRef]) -> Fault {
        let text = self.text(function);
        let count = syntax.len();
        if taken == 0 {
            let span = self.span(term);
            let error = match self.infer(function, span) {
                Err(error) => return error,
                Ok(ty) => self.kernel(span, &KernelError::NotAFunction { function, ty }),
            };
            let tree = self.source.tree;
            let sign = syntax.first().and_then(|&first| match tree.term(first) {
                Term::Name(symbol) => Some(tree.name(*symbol)),
                _ => None,
            });
            return match sign.filter(|sign| sign.bytes().all(|byte| b"+-*/=!$^><".contains(&byte))) {
                Some(sign) if count == 2 => {
                    let term = |term| prover_syntax::print::print_term(tree, term);
                    let (left, right) = (text, term(syntax[1]));
                    let written = if left.len() + right.len() > 200 {
                        format!("({sign} a b)")
                    } else {
                        format!("({sign} {left} {right})")
                    };
                    Box::new(error.with_hint(format!("functions stand before their arguments: write `{written}`")))
                }
                _ => error,
            };
        }
        let span = syntax.get(taken).map_or(self.span(term), |&extra| self.span(extra));
        let plural = if taken == 1 { "" } else { "s" };
        let message = format!("`{text}` takes {taken} argument{plural} but is given {count}");
        let error =
            Diagnostic::error(codes::WRONG_NUMBER_OF_ARGUMENTS, span, message).with_label(if count == taken + 1 {
                "this argument is too many"
            } else {
                "from here on there are too many"
            });
        Box::new(match self.environment.infer(function) {
            Ok(ty) => error.with_note(format!("`{text}` has type `{}`", self.text(ty))),
            Err(_) => error,
        })
    }
}
