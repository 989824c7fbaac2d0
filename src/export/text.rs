//! Laid-out terms as text, in languages that write them much alike.

use super::Reason;
use super::layout::{Layout, Part};
use prover_logic::{Sort, Store, Term, TermId};
use rustc_hash::FxHashMap;

/// The greatest depth at which anything is written. Readers recurse, and some on a stack of a few megabytes.
pub const MAX_DEPTH: u32 = 6_000;

/// Notation of terms in a language.
#[derive(Clone, Copy, Debug)]
pub struct Notation {
    /// `prop`.
    pub prop: &'static str,
    /// `type`.
    pub ty: &'static str,
    /// Before the binders of a function, between two of them, and before its body.
    pub function: [&'static str; 3],
    /// Before the binders of an arrow, between two of them, and before its range.
    pub arrow: [&'static str; 3],
    /// Between a named part and its scope.
    pub scope: &'static str,
}

/// The beginnings of variables' names: those of binders, and those of parts that a `let` names.
#[derive(Clone, Debug)]
pub struct Prefixes {
    /// Prefix of the names of bound variables.
    pub variable: String,
    /// Prefix of the names of parts.
    pub part: String,
}

/// Writes one laid-out term.
pub struct Writer<'a> {
    /// The store of the terms.
    pub store: &'a Store,
    /// The layout of the terms.
    pub layout: &'a Layout,
    /// The language.
    pub notation: Notation,
    /// The names of variables.
    pub prefixes: &'a Prefixes,
    /// The names of constants, by number; none where a constant was not exported.
    pub constants: &'a [Option<Box<str>>],
    /// The parts that stand outside.
    pub parts: &'a FxHashMap<TermId, Part>,
    /// The numbers of the parts that a `let` has named so far.
    lets: FxHashMap<TermId, usize>,
    out: String,
}

/// Position of a term, which decides whether it needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It stands alone.
    Free,
    /// It is a function or an argument.
    Argument,
}

impl<'a> Writer<'a> {
    /// A writer that has written nothing.
    pub fn new(
        (store, layout): (&'a Store, &'a Layout),
        notation: Notation,
        prefixes: &'a Prefixes,
        constants: &'a [Option<Box<str>>],
        parts: &'a FxHashMap<TermId, Part>,
    ) -> Self {
        let (lets, out) = (FxHashMap::default(), String::new());
        Self { store, layout, notation, prefixes, constants, parts, lets, out }
    }

    /// The text of a term, which is written out though it be named.
    ///
    /// # Errors
    ///
    /// The term is too deep, or mentions a constant that was not exported.
    pub fn term(mut self, term: TermId) -> Result<String, Reason> {
        self.written(term, Place::Free, 0)?;
        Ok(self.out)
    }

    /// The text of a term as a function of variables.
    ///
    /// # Errors
    ///
    /// As for [`term`](Self::term).
    pub fn function(mut self, variables: &[u32], term: TermId) -> Result<String, Reason> {
        let [before, between, after] = self.notation.function;
        for (place, &number) in variables.iter().enumerate() {
            self.put(if place == 0 { before } else { between });
            self.put("(");
            self.variable(number);
            self.put(" : ");
            self.any(self.layout.variables[number as usize].ty, Place::Free, 0)?;
            self.put(")");
        }
        if !variables.is_empty() {
            self.put(after);
        }
        self.written(term, Place::Free, variables.len() as u32)?;
        Ok(self.out)
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn variable(&mut self, number: u32) {
        self.out.push_str(&self.prefixes.variable);
        self.out.push_str(&(number + 1).to_string());
    }

    fn part(&mut self, number: usize) {
        self.out.push_str(&self.prefixes.part);
        self.out.push_str(&number.to_string());
    }

    /// Writes a term, or the name that it has.
    fn any(&mut self, term: TermId, place: Place, depth: u32) -> Result<(), Reason> {
        if self.layout.is_named(term) {
            if let Some(part) = self.parts.get(&term) {
                let is_applied = !part.variables.is_empty();
                return self.in_parentheses(if is_applied { place } else { Place::Free }, |writer| {
                    writer.out.push_str(&part.name);
                    for &number in part.variables.iter() {
                        writer.put(" ");
                        writer.variable(number);
                    }
                    Ok(())
                });
            }
            if let Some(&number) = self.lets.get(&term) {
                self.part(number);
                return Ok(());
            }
        }
        self.written(term, place, depth)
    }

    fn written(&mut self, term: TermId, place: Place, depth: u32) -> Result<(), Reason> {
        if depth > MAX_DEPTH {
            return Err(Reason::TooDeep);
        }
        match self.store.term(term) {
            Term::Sort(Sort::Prop) => self.put(self.notation.prop),
            Term::Sort(Sort::Type) => self.put(self.notation.ty),
            // `kind` cannot be written in the language either, and no term that is checked has it inside.
            Term::Sort(Sort::Kind) => return Err(Reason::NotClosed),
            Term::Bound(_) => return Err(Reason::NotClosed),
            Term::Local { id, .. } => self.variable(id),
            Term::Const(constant) => match self.constants.get(constant.index()).and_then(Option::as_deref) {
                Some(name) => self.out.push_str(name),
                None => return Err(Reason::RestsOn(constant)),
            },
            Term::App(..) => self.in_parentheses(place, |writer| writer.application(term, depth + 1))?,
            Term::Lambda(..) | Term::Pi(..) => {
                self.in_parentheses(place, |writer| {
                    stacker::maybe_grow(64 << 10, 4 << 20, || writer.binders(term, depth))
                })?;
            }
        }
        Ok(())
    }

    fn in_parentheses(
        &mut self,
        place: Place,
        write: impl FnOnce(&mut Self) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        if place == Place::Free {
            return write(self);
        }
        self.put("(");
        write(self)?;
        self.put(")");
        Ok(())
    }

    fn application(&mut self, term: TermId, depth: u32) -> Result<(), Reason> {
        let (mut head, mut arguments) = (term, Vec::new());
        while let Term::App(function, argument) = self.store.term(head) {
            arguments.push(argument);
            head = function;
            if self.layout.is_named(head) {
                break;
            }
        }
        self.any(head, Place::Argument, depth)?;
        for &argument in arguments.iter().rev() {
            self.put(" ");
            stacker::maybe_grow(64 << 10, 4 << 20, || self.any(argument, Place::Argument, depth))?;
        }
        Ok(())
    }

    fn binders(&mut self, term: TermId, mut depth: u32) -> Result<(), Reason> {
        let Some(opened) = self.layout.opened(term) else { return Err(Reason::NotClosed) };
        let is_lambda = matches!(self.store.term(term), Term::Lambda(..));
        let [before, between, after] = if is_lambda { self.notation.function } else { self.notation.arrow };
        // Binders follow each other as far as nothing is named between them.
        let mut is_first = true;
        for number in opened.first..opened.first + opened.count {
            let variable = &self.layout.variables[number as usize];
            self.put(if std::mem::replace(&mut is_first, false) { before } else { between });
            self.put("(");
            if variable.is_used || is_lambda {
                self.variable(number);
            } else {
                self.put("_");
            }
            self.put(" : ");
            self.any(variable.ty, Place::Free, depth + 1)?;
            self.put(")");
            depth += 1;
            if !variable.named.is_empty() {
                self.put(after);
                is_first = true;
            }
            for &named in &variable.named {
                depth += 1;
                let next = self.lets.len() + 1;
                self.put("let ");
                self.part(next);
                self.put(" := ");
                self.written(named, Place::Free, depth)?;
                self.put(self.notation.scope);
                self.lets.insert(named, next);
            }
        }
        if !is_first {
            self.put(after);
        }
        self.any(opened.body, Place::Free, depth)
    }
}
