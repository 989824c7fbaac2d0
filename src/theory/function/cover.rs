//! Check that every choice of arguments fits exactly one clause.

use super::left::{Application, Equation, Pattern};
use super::signature::Subject;
use crate::Theory;
use crate::data::ArgumentTypes;
use crate::declared::DataType;
use crate::fault::{self, Fault, codes, shown};
use crate::print::Names;
use prover_logic::{ConstId, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;
use std::sync::Arc;

/// The number of patterns that may be sorted into cases for one function; less than a second.
pub const MAX_CASES: u64 = 5_000_000;

/// A value of which only some constructors are known.
enum Case {
    /// Any value of the type.
    Any(TermId),
    /// A constructor applied to the data type's parameters and to cases.
    Constructor(ConstId, Vec<TermId>, Vec<Case>),
}

/// The rest of a clause: patterns, nothing for a variable, and the clause's place.
type Row<'p> = (Vec<Option<&'p Application>>, usize);

struct Cover<'a> {
    theory: &'a mut Theory,
    types: &'a mut ArgumentTypes,
    function: Subject<'a>,
    equations: &'a [Equation],
    /// The place where the function is named.
    span: Span,
    left: u64,
}

/// Refuses clauses that overlap and clauses that leave a case out.
pub(super) fn check(
    (theory, types): (&mut Theory, &mut ArgumentTypes),
    function: Subject<'_>,
    equations: &[Equation],
    span: Span,
) -> Result<(), Fault> {
    let mut cover = Cover { theory, types, function, equations, span, left: MAX_CASES };
    let patterns = equations.iter().map(|equation| equation.left.patterns.iter().map(as_row).collect());
    let rows = patterns.zip(0..).collect();
    let Some(cases) = cover.missing(rows, function.signature.arguments.clone())? else { return Ok(()) };
    let text = cover.text(&cases);
    let name = function.name;
    let message = format!("the clauses of `{name}` leave out the case `{text}`");
    let error = Diagnostic::error(codes::MISSING_CASE, span, message);
    Err(Box::new(error.with_hint(format!("add a clause for it: `{text} = ...`"))))
}

fn as_row(pattern: &Pattern) -> Option<&Application> {
    pattern.constructor.as_ref()
}

impl Cover<'_> {
    fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        match self.left.checked_sub(steps as u64) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let message = format!("the clauses of `{}` distinguish too many cases", self.function.name);
                let error = Diagnostic::error(codes::DECLARATION_TOO_LARGE, self.span, message);
                Err(Box::new(error.with_hint("declare functions for parts of it")))
            }
        }
    }

    /// The error about two clauses that some arguments fit both.
    fn overlap(&mut self, one: usize, other: usize) -> Fault {
        let (first, second) = (&self.equations[one.min(other)].left, &self.equations[one.max(other)].left);
        let pairs = first.patterns.iter().zip(&second.patterns);
        let common: Vec<Case> = pairs.map(|(a, b)| self.common(a, b)).collect();
        let text = self.text(&common);
        let names = self.function.names(self.theory.names(), Some(first));
        let earlier = shown(&mut self.theory.environment, &names, first.term);
        let message = format!("two clauses of `{}` fit `{text}`", self.function.name);
        let error = Diagnostic::error(codes::OVERLAPPING_CLAUSES, second.span, message);
        Box::new(error.with_note(format!("the other one is `{earlier} = ...`")))
    }

    /// The case that fits both of two patterns, which do not ask for different constructors.
    fn common(&mut self, a: &Pattern, b: &Pattern) -> Case {
        match (&a.constructor, &b.constructor) {
            (Some(one), Some(other)) => {
                let arguments = one.arguments.iter().zip(&other.arguments).map(|(a, b)| self.common(a, b)).collect();
                Case::Constructor(one.constructor(), one.types.clone(), arguments)
            }
            (Some(one), None) | (None, Some(one)) => {
                let arguments = one.arguments.iter().map(|argument| self.common(argument, argument)).collect();
                Case::Constructor(one.constructor(), one.types.clone(), arguments)
            }
            // A variable's type is what its local carries.
            (None, None) => match self.theory.environment.store.term(a.term) {
                Term::Local { ty, .. } => Case::Any(ty),
                _ => unreachable!("a pattern without a constructor is a local"),
            },
        }
    }

    /// A case of values of `types` that no row fits, if there is one; an error where two rows fit the same. Each row
    /// has a pattern for each type.
    fn missing(&mut self, rows: Vec<Row<'_>>, types: Vec<TermId>) -> Result<Option<Vec<Case>>, Fault> {
        self.spend((rows.len() + 1) * (types.len() + 1))?;
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.missing_of(rows, types))
    }

    fn missing_of(&mut self, rows: Vec<Row<'_>>, mut types: Vec<TermId>) -> Result<Option<Vec<Case>>, Fault> {
        let Some((first, clause)) = rows.first() else {
            for &ty in &types {
                if self.is_empty(ty)? {
                    return Ok(None);
                }
            }
            return Ok(Some(types.into_iter().map(Case::Any).collect()));
        };
        // A row of variables fits everything, so it must be the only one; else the cases of its first constructor tell
        // the rows apart.
        let found = first.iter().enumerate().find_map(|(column, pattern)| Some((column, (*pattern)?)));
        let Some((column, application)) = found else {
            return match rows.get(1) {
                Some((_, other)) => Err(self.overlap(*clause, *other)),
                None => Ok(None),
            };
        };
        let data = application.data.clone();
        let rest = types.split_off(column + 1);
        types.pop();
        for (place, constructor) in data.constructors.iter().enumerate() {
            let environment = &mut self.theory.environment;
            let own = self.types.of(environment, constructor.constant, &application.types);
            let own = own.map_err(|error| fault::kernel(environment, &Names::new(), self.span, &error))?;
            let count = own.len();
            let chosen = rows.iter().filter_map(|row| specialise(row, column, place, count)).collect();
            let all = [types.as_slice(), &own, &rest].concat();
            self.spend(rows.len() + all.len())?;
            if let Some(mut cases) = self.missing(chosen, all)? {
                let after = cases.split_off(column + count);
                let arguments = cases.split_off(column);
                cases.push(Case::Constructor(constructor.constant, application.types.clone(), arguments));
                cases.extend(after);
                return Ok(Some(cases));
            }
        }
        Ok(None)
    }

    /// Whether a type is that of a data type without constructors.
    fn is_empty(&mut self, ty: TermId) -> Result<bool, Fault> {
        let environment = &mut self.theory.environment;
        let reduced = environment.whnf(ty);
        let reduced = reduced.map_err(|error| fault::kernel(environment, &Names::new(), self.span, &error))?;
        let data: Option<&Arc<DataType>> =
            self.theory.declared.data_type_of(&environment.store, reduced).map(|(data, _)| data);
        Ok(data.is_some_and(|data| data.constructors.is_empty()))
    }

    /// The function applied to cases; what is not known is named `'x0`, `'x1` and so on.
    fn text(&mut self, cases: &[Case]) -> String {
        let mut names = self.function.names(self.theory.names(), None);
        let store = &self.theory.environment.store;
        let locals = self.function.signature.binders().map(|(_, local)| store.local_bound(local));
        let first = locals.fold(store.local_bound(self.function.term), u32::max);
        let mut count = 0;
        let mut arguments: Vec<TermId> = Vec::new();
        for case in cases {
            arguments.push(self.term(case, &mut names, first, &mut count));
        }
        let term = self.theory.environment.store.apps(self.function.term, &arguments);
        shown(&mut self.theory.environment, &names, term)
    }

    fn term(&mut self, case: &Case, names: &mut Names, first: u32, count: &mut u32) -> TermId {
        match case {
            Case::Any(ty) => {
                let local = self.theory.environment.store.local(first + *count, *ty);
                names.insert(local, &format!("'x{count}"));
                *count += 1;
                local
            }
            Case::Constructor(constructor, types, arguments) => {
                let mut terms = types.clone();
                for argument in arguments {
                    terms.push(self.term(argument, names, first, count));
                }
                let store = &mut self.theory.environment.store;
                let head = store.constant(*constructor);
                store.apps(head, &terms)
            }
        }
    }
}

/// The rest of a row where the constructor at `place`, which takes `count` arguments, stands in a column; nothing
/// if the row asks for another one there.
fn specialise<'p>((row, clause): &Row<'p>, column: usize, place: usize, count: usize) -> Option<Row<'p>> {
    let mut rest = row[..column].to_vec();
    match row[column] {
        None => rest.extend(std::iter::repeat_n(None, count)),
        Some(application) if application.place == place => rest.extend(application.arguments.iter().map(as_row)),
        Some(_) => return None,
    }
    rest.extend(&row[column + 1..]);
    Some((rest, *clause))
}
