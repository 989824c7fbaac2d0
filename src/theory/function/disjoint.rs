//! Clauses in first-match order, made disjoint.
//!
//! Where a clause fits arguments that one before it fits too, it is replaced by the instances of it that fit none of
//! these: a variable that stands where the earlier clause asks for a constructor is split into the constructors of its
//! data type, until each instance fits nothing, or only what the earlier clause fits. The result is checked like
//! clauses that were written so ([`cover`](super::cover), [`recursion`](super::recursion)); this module decides only
//! which function is declared.

use super::left::{Application, Equation, Left, Pattern, Variable};
use super::signature::Subject;
use crate::Theory;
use crate::data::ArgumentTypes;
use crate::declared::DataType;
use crate::draft::{Draft, subterms};
use crate::fault::{self, Fault, codes, shown};
use crate::print::Names;
use prover_logic::{Store, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;
use std::sync::Arc;

/// The patterns that are compared for one function; less than a second.
pub const MAX_COMPARED: u64 = 1_000_000;

/// The nesting beyond which instances are not made: their patterns are no deeper than those that are written.
const MAX_DEPTH: usize = super::pattern::MAX_PATTERN_DEPTH;

/// The relation of a clause to an earlier one.
enum Overlap {
    /// No values fit both.
    Apart,
    /// The earlier one fits all that this one fits.
    Covered,
    /// A variable of this one stands where the earlier one has this constructor's data type.
    Split { variable: TermId, data: Arc<DataType>, types: Vec<TermId> },
}

pub(super) struct Disjoint<'a, 'd> {
    theory: &'a mut Theory,
    types: &'a mut ArgumentTypes,
    draft: &'d mut Draft,
    function: Subject<'a>,
    /// The place where the function is named.
    span: Span,
    left: u64,
}

impl<'a, 'd> Disjoint<'a, 'd> {
    pub fn new(
        (theory, types): (&'a mut Theory, &'a mut ArgumentTypes),
        draft: &'d mut Draft,
        function: Subject<'a>,
        span: Span,
    ) -> Self {
        Self { theory, types, draft, function, span, left: MAX_COMPARED }
    }

    /// The clauses, those that overlap with earlier ones replaced by instances.
    pub fn clauses(mut self, equations: Vec<Equation>) -> Result<Vec<Equation>, Fault> {
        let mut done: Vec<Equation> = Vec::new();
        for equation in equations {
            let mut pieces = vec![equation.clone()];
            for earlier in &done {
                let mut rest = Vec::new();
                for piece in pieces {
                    self.subtract(piece, earlier, &mut rest, 0)?;
                }
                pieces = rest;
            }
            if pieces.is_empty() {
                return Err(self.never_reached(&equation, &done));
            }
            let is_split = pieces.len() > 1;
            pieces.iter_mut().for_each(|piece| piece.is_split = is_split);
            done.extend(pieces);
        }
        Ok(done)
    }

    /// Adds the instances of a clause that fit nothing that the earlier one fits.
    fn subtract(
        &mut self,
        equation: Equation,
        earlier: &Equation,
        out: &mut Vec<Equation>,
        depth: usize,
    ) -> Result<(), Fault> {
        match self.overlap(&equation, earlier)? {
            Overlap::Apart => out.push(equation),
            Overlap::Covered => {}
            Overlap::Split { .. } if depth > MAX_DEPTH => return Err(self.too_much()),
            Overlap::Split { variable, data, types } => {
                for place in 0..data.constructors.len() {
                    let instance = self.instance(&equation, variable, (&data, place), &types)?;
                    stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
                        self.subtract(instance, earlier, out, depth + 1)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn overlap(&mut self, equation: &Equation, earlier: &Equation) -> Result<Overlap, Fault> {
        let mut split = None;
        let mut open: Vec<(&Pattern, &Pattern)> =
            equation.left.patterns.iter().zip(&earlier.left.patterns).rev().collect();
        while let Some((own, other)) = open.pop() {
            self.left = self.left.checked_sub(1).ok_or_else(|| self.too_much())?;
            match (&own.constructor, &other.constructor) {
                (_, None) => {}
                (Some(own), Some(other)) if own.place != other.place => return Ok(Overlap::Apart),
                (Some(own), Some(other)) => open.extend(own.arguments.iter().zip(&other.arguments).rev()),
                (None, Some(Application { data, types, .. })) => {
                    let here = || Overlap::Split { variable: own.term, data: data.clone(), types: types.clone() };
                    split.get_or_insert_with(here);
                }
            }
        }
        Ok(split.unwrap_or(Overlap::Covered))
    }

    /// The clause with a constructor applied to fresh variables in the place of a variable.
    fn instance(
        &mut self,
        equation: &Equation,
        variable: TermId,
        (data, place): (&Arc<DataType>, usize),
        types: &[TermId],
    ) -> Result<Equation, Fault> {
        let constant = data.constructors[place].constant;
        let environment = &mut self.theory.environment;
        let own = self.types.of(environment, constant, types);
        let own = own.map_err(|error| fault::kernel(environment, &Names::new(), self.span, &error))?;
        let store = &environment.store;
        let size = subterms(store, equation.left.term).len() + subterms(store, equation.right).len();
        self.draft.count(1 + size as u64)?;
        let place_of = equation.left.variables.iter().position(|known| known.local == variable);
        let Some(at) = place_of else { unreachable!("each variable of a pattern is one of the clause") };
        let name = &equation.left.variables[at].name;
        let mut fresh = Vec::new();
        for (index, &ty) in own.iter().enumerate() {
            let local = self.draft.local(&mut self.theory.environment, ty);
            let name = self.fresh_name(equation, name, index, own.len());
            fresh.push(Variable { name, local });
        }
        let arguments: Vec<Pattern> =
            fresh.iter().map(|variable| Pattern { term: variable.local, constructor: None }).collect();
        let store = &mut self.theory.environment.store;
        let terms: Vec<TermId> = types.iter().copied().chain(fresh.iter().map(|variable| variable.local)).collect();
        let head = store.constant(constant);
        let term = store.apps(head, &terms);
        let application = Application { data: data.clone(), place, types: types.to_vec(), arguments };
        let filling = Pattern { term, constructor: Some(application) };
        let patterns = equation.left.patterns.iter();
        let patterns: Vec<Pattern> = patterns.map(|pattern| filled(store, pattern, variable, &filling)).collect();
        // The left side is made of the patterns, which are what is checked.
        let parameters = self.function.signature.parameters.iter().map(|(_, local)| *local);
        let given: Vec<TermId> = parameters.chain(patterns.iter().map(|pattern| pattern.term)).collect();
        let whole = store.apps(self.function.term, &given);
        let body = store.abstract_locals(equation.right, &[variable]);
        let right = store.instantiate(body, &[term]);
        let mut variables = equation.left.variables.clone();
        variables.splice(at..=at, fresh);
        let left = Left { term: whole, span: equation.left.span, patterns, variables };
        Ok(Equation { left, right, ..equation.clone() })
    }

    /// A name for a variable that comes from splitting one, which no other of the clause has.
    fn fresh_name(&self, equation: &Equation, name: &str, index: usize, count: usize) -> Box<str> {
        if name == "'_" {
            return name.into();
        }
        let mut fresh = if count == 1 { name.to_owned() } else { format!("{name}{}", index + 1) };
        let is_taken = |fresh: &str| {
            let others = equation.left.variables.iter().filter(|variable| &*variable.name != name);
            others.map(|variable| &*variable.name).any(|other| other == fresh)
                || self.function.signature.binders().any(|(other, _)| crate::elaborate::quoted(other) == fresh)
        };
        while is_taken(&fresh) {
            fresh.push('_');
        }
        fresh.into()
    }

    fn never_reached(&mut self, equation: &Equation, done: &[Equation]) -> Fault {
        let names = self.function.names(self.theory.names(), Some(&equation.left));
        let text = shown(&mut self.theory.environment, &names, equation.left.term);
        let message = format!("the clauses before it fit all that `{text}` fits");
        let error = Diagnostic::error(codes::OVERLAPPING_CLAUSES, equation.left.span, message);
        let covering = done.iter().find(|earlier| matches!(self.overlap(equation, earlier), Ok(Overlap::Covered)));
        Box::new(match covering {
            Some(earlier) => {
                let names = self.function.names(self.theory.names(), Some(&earlier.left));
                let text = shown(&mut self.theory.environment, &names, earlier.left.term);
                error.with_note(format!("one of them is `{text} = ...`"))
            }
            None => error,
        })
    }

    fn too_much(&self) -> Fault {
        let message = format!("the clauses of `{}` overlap in too many cases", self.function.name);
        let error = Diagnostic::error(codes::DECLARATION_TOO_LARGE, self.span, message);
        Box::new(error.with_hint("write clauses that do not overlap"))
    }
}

/// A pattern with another one in the place of a variable; its term is made of those of its parts.
fn filled(store: &mut Store, pattern: &Pattern, variable: TermId, filling: &Pattern) -> Pattern {
    match &pattern.constructor {
        None if pattern.term == variable => filling.clone(),
        None => pattern.clone(),
        Some(application) => {
            let arguments = application.arguments.iter();
            let arguments: Vec<Pattern> =
                arguments.map(|argument| filled(store, argument, variable, filling)).collect();
            let parts = arguments.iter().map(|argument| argument.term);
            let parts: Vec<TermId> = application.types.iter().copied().chain(parts).collect();
            let head = store.constant(application.constructor());
            let term = store.apps(head, &parts);
            Pattern { term, constructor: Some(Application { arguments, ..application.clone() }) }
        }
    }
}
