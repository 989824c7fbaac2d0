//! Bodies of functions as clauses: one for each way through their matches on variables.
//!
//! A match on a variable of the patterns is a choice of clauses where it is all of the body. Where it stands inside of
//! an expression it is one, too, if a case calls the function itself: recursion is then seen to be about a part of the
//! pattern. Functions are total, so that it does not matter how early a case is chosen. Every other match becomes a
//! function of its own, called `match`, of the matched term and of the variables in its cases; recursive calls in the
//! cases become functions that it is given.

use super::change::Change;
use super::print::Written;
use super::*;

/// A clause of a function.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub patterns: Vec<Shared>,
    pub body: Shared,
}

/// A match that is a choice of clauses.
struct Choice {
    variable: Variable,
    ty: Ty,
    /// The constructors with names for their fields.
    cases: Vec<(Symbol, Vec<Variable>)>,
}

/// The context of a function's clauses.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub at: usize,
    /// Its type parameters.
    pub parameters: &'a [String],
    /// The function itself; `None` in a goal and in a match.
    pub function: Option<Symbol>,
}

impl Writer {
    /// Adds the clauses of a body.
    pub(super) fn clauses(
        &mut self,
        frame: Frame<'_>,
        patterns: Vec<Shared>,
        body: Shared,
        out: &mut Vec<Clause>,
    ) -> Result<()> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.clauses_here(frame, patterns, body, out))
    }

    fn clauses_here(
        &mut self,
        frame: Frame<'_>,
        patterns: Vec<Shared>,
        body: Shared,
        out: &mut Vec<Clause>,
    ) -> Result<()> {
        self.copy(frame.at, body.size)?;
        if let Some(choice) = self.choice(&body, frame) {
            return self.split(frame, choice, patterns, body, out);
        }
        let body = self.without_matches(frame, &body)?;
        out.push(Clause { patterns, body });
        Ok(())
    }

    /// The first match that is a choice of clauses.
    fn choice(&self, body: &Node, frame: Frame<'_>) -> Option<Choice> {
        let found = self.find_choice(body, frame, true, &mut BTreeSet::new())?;
        let Term::Variable(variable) = found.of.term else { return None };
        let cases = found.cases.iter().map(|case| (case.constructor, case.fields.clone())).collect();
        Some(Choice { variable, ty: found.ty.clone(), cases })
    }

    fn find_choice<'a>(
        &self,
        term: &'a Node,
        frame: Frame<'_>,
        is_whole: bool,
        bound: &mut BTreeSet<Variable>,
    ) -> Option<&'a Match> {
        if let Term::Match(matched) = &term.term {
            let is_free = matches!(matched.of.term, Term::Variable(variable) if !bound.contains(&variable));
            let calls = || {
                let function = frame.function.as_slice();
                matched.cases.iter().any(|case| case.body.mentions(function))
            };
            if is_free && (is_whole || calls()) {
                return Some(matched);
            }
        }
        // The binders inside of a term have variables of their own.
        match &term.term {
            Term::Lambda(variables, _) => bound.extend(variables),
            Term::Match(matched) => matched.cases.iter().for_each(|case| bound.extend(&case.fields)),
            _ => {}
        }
        term.term.parts().into_iter().find_map(|part| self.find_choice(part, frame, false, bound))
    }

    /// The clauses of each constructor of a variable.
    fn split(
        &mut self,
        frame: Frame<'_>,
        choice: Choice,
        patterns: Vec<Shared>,
        body: Shared,
        out: &mut Vec<Clause>,
    ) -> Result<()> {
        let Some((_, types)) = self.data_of(&choice.ty) else {
            return Err(TipError::new(frame.at, "this matches something that is of no data type"));
        };
        for (constructor, fields) in choice.cases {
            let value = self.opened(frame.at, constructor, &types, &fields)?;
            let mut change = Change { terms: BTreeMap::from([(choice.variable, value)]), types: BTreeMap::new() };
            let body = self.changed(frame.at, &body, &mut change)?;
            let mut new = Vec::new();
            for pattern in &patterns {
                new.push(self.changed(frame.at, pattern, &mut change)?);
            }
            self.clauses(frame, new, body, out)?;
        }
        Ok(())
    }

    /// A constructor with new variables for its fields, named as others.
    pub(super) fn opened(
        &mut self,
        at: usize,
        constructor: Symbol,
        types: &[Ty],
        names: &[Variable],
    ) -> Result<Shared> {
        let mut fields = Vec::new();
        for (index, ty) in self.field_types(at, constructor, types)?.into_iter().enumerate() {
            let name = names.get(index).map_or("x".to_owned(), |&name| self.variables[name].name.clone());
            self.spend(at, name.len() as u64)?;
            let variable = self.variable(&name, ty);
            fields.push(self.of_variable(at, variable)?);
        }
        self.node(at, Term::Apply(constructor, types.to_vec(), fields))
    }

    /// A term whose matches are functions of their own.
    pub(super) fn without_matches(&mut self, frame: Frame<'_>, term: &Shared) -> Result<Shared> {
        match &term.term {
            Term::Match(matched) => self.lifted(frame, matched),
            _ => self.rebuilt(frame.at, term, &mut |writer, part| writer.without_matches(frame, part)),
        }
    }

    /// A match as a call of a function of its own.
    fn lifted(&mut self, frame: Frame<'_>, matched: &Match) -> Result<Shared> {
        let at = frame.at;
        let of = self.without_matches(frame, &matched.of)?;
        let functions = frame.function.into_iter().collect();
        let mut calls = Calls { frame, functions, bound: BTreeSet::new(), fixed: None, found: Vec::new() };
        let mut cases = Vec::new();
        for case in &matched.cases {
            calls.bound.extend(&case.fields);
            let body = self.without_calls(&case.body, &mut calls)?;
            cases.push(Case { constructor: case.constructor, fields: case.fields.clone(), body });
        }
        let variable = match of.term {
            Term::Variable(variable) => variable,
            _ => self.variable("x", matched.ty.clone()),
        };
        let pattern = self.of_variable(at, variable)?;
        let of_pattern = Match { of: pattern.clone(), ty: matched.ty.clone(), result: matched.result.clone(), cases };
        let body = self.node(at, Term::Match(of_pattern))?;
        self.copy(at, body.size)?;
        let (mut patterns, mut given) = (vec![pattern], vec![of]);
        for free in body.free() {
            if free != variable {
                let pattern = self.of_variable(at, free)?;
                let call = calls.found.iter().find(|call| call.variable == free);
                given.push(call.map_or_else(|| pattern.clone(), |call| call.value.clone()));
                patterns.push(pattern);
            }
        }
        let mut inputs = Vec::new();
        for pattern in &patterns {
            inputs.push(self.type_of(at, pattern)?);
        }
        let name = self.free("match");
        let parameters = frame.parameters.to_vec();
        self.copy(at, parameters.len() as u64 * 2)?;
        let types = parameters.iter().map(Ty::named).collect();
        let info = Info::new(name, parameters, inputs, matched.result.clone(), Kind::Function);
        self.symbols.push(info);
        let symbol = self.symbols.len() - 1;
        let mut clauses = Vec::new();
        self.clauses(Frame { function: None, ..frame }, patterns, body, &mut clauses)?;
        self.write_function(at, symbol, &clauses)?;
        self.remember(symbol, &clauses);
        self.node(at, Term::Apply(symbol, types, given))
    }

    /// A term in which variables stand for calls of functions.
    pub(super) fn without_calls(&mut self, term: &Shared, calls: &mut Calls<'_>) -> Result<Shared> {
        let at = calls.frame.at;
        if calls.functions.is_empty() {
            return Ok(term.clone());
        }
        match &term.term {
            Term::Apply(symbol, ..) if calls.functions.contains(symbol) => return self.call(term, calls),
            Term::Lambda(variables, _) => calls.bound.extend(variables),
            Term::Match(matched) => matched.cases.iter().for_each(|case| calls.bound.extend(&case.fields)),
            _ => {}
        }
        self.rebuilt(at, term, &mut |writer, part| writer.without_calls(part, calls))
    }

    /// A variable for a recursive call, given the bound variables in the call.
    fn call(&mut self, term: &Shared, calls: &mut Calls<'_>) -> Result<Shared> {
        let frame = calls.frame;
        let at = frame.at;
        self.copy(at, term.size.saturating_mul(1 + calls.found.len() as u64))?;
        if let Some(known) = calls.found.iter().find(|known| known.of == *term) {
            return Ok(known.instead.clone());
        }
        let free = term.free();
        let bound: Vec<Variable> = free.into_iter().filter(|variable| calls.changes(*variable)).collect();
        let mut inputs = Vec::new();
        for &variable in &bound {
            inputs.push(self.variables[variable].ty.clone());
        }
        let ty = Ty::arrow(inputs, self.type_of(at, term)?);
        let name = match &term.term {
            Term::Apply(symbol, ..) => self.symbols[*symbol].name.clone(),
            _ => "x".to_owned(),
        };
        let variable = self.variable(&name, ty);
        let mut instead = self.of_variable(at, variable)?;
        let mut value = if calls.fixed.is_some() { term.clone() } else { self.without_matches(frame, term)? };
        if !bound.is_empty() {
            let arguments = bound.iter().map(|&variable| self.of_variable(at, variable));
            let arguments = arguments.collect::<Result<_>>()?;
            instead = self.node(at, Term::Call(instead, arguments))?;
            value = self.node(at, Term::Lambda(bound, value))?;
        }
        calls.found.push(Call { of: term.clone(), variable, instead: instead.clone(), value });
        Ok(instead)
    }

    /// Writes a function.
    pub(super) fn write_function(&mut self, at: usize, symbol: Symbol, clauses: &[Clause]) -> Result<()> {
        let info = self.symbols[symbol].clone();
        let mut text = String::new();
        for Clause { patterns, body } in clauses {
            self.copy(at, info.parameters.len() as u64)?;
            let mut written = Written::new(&info.parameters);
            written.defined = Some(symbol);
            let mut left = format!("({}", info.name);
            for pattern in patterns {
                let _ = write!(left, " {}", self.pattern(at, pattern, &mut written)?);
            }
            self.spend(at, left.len() as u64)?;
            let _ = writeln!(text, "  {left}) = {}.", self.text(at, body, &mut written)?);
        }
        let ty = quantified(&info.parameters, &Ty::arrow(info.given(), info.output).text());
        self.spend(at, ty.len() as u64)?;
        let _ = write!(self.theory, "\nfun {} : {ty} {{\n{text}}}\n", info.name);
        Ok(())
    }
}

/// Calls of functions that variables stand for.
pub(super) struct Calls<'a> {
    pub frame: Frame<'a>,
    /// The functions that are called.
    pub functions: Vec<Symbol>,
    /// The variables bound by the binders met so far. No two binders of a term have the same variable.
    pub bound: BTreeSet<Variable>,
    /// The variables that have one value in all calls; without, all but those that are bound.
    pub fixed: Option<BTreeSet<Variable>>,
    pub found: Vec<Call>,
}

impl Calls<'_> {
    /// Whether calls have different values for a variable.
    fn changes(&self, variable: Variable) -> bool {
        match &self.fixed {
            Some(fixed) => !fixed.contains(&variable),
            None => self.bound.contains(&variable),
        }
    }
}

/// A call that a variable stands for.
pub(super) struct Call {
    of: Shared,
    pub variable: Variable,
    /// The replacement of the call: the variable, applied to the variables that change.
    instead: Shared,
    /// The call as a function of those.
    pub value: Shared,
}
