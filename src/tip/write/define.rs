//! Definitions of functions.
//!
//! `fun` knows functions that call themselves, one after the other. Of functions that call each other, one that does
//! not call itself is replaced by its body in the others, and follows them. Where all of them call themselves, one is
//! given the others' calls as functions: `g`, which calls `(f p x)` with a parameter `p` that it never changes, becomes
//! `g'` with a function for `(f p)`, and `(g p y)` is `(g' (lambda x (f p x)) p y)`.

use super::change::Change;
use super::clauses::{Calls, Clause, Frame};
use super::equality::Deciders;
use super::print::Written;
use super::*;

/// The largest number of functions that call each other and are distinguished.
const MAX_TOGETHER: usize = 8;

/// A function that is defined.
#[derive(Clone)]
struct Definition {
    /// The byte of the text at which it begins, and its name in the problem.
    at: usize,
    name: String,
    symbol: Symbol,
    variables: Vec<Variable>,
    body: Shared,
}

/// The head of a definition.
struct Head<'a> {
    name: &'a Sexp,
    symbol: Symbol,
    variables: Vec<Variable>,
    names: Vec<&'a str>,
    scope: Scope,
}

impl Writer {
    pub(super) fn function(&mut self, command: &Sexp, rest: &[Sexp]) -> Result<()> {
        let Some((body, head)) = rest.split_last() else {
            return wrong(command, "this should look like `(define-fun-rec NAME ((x TYPE) ...) TYPE BODY)`");
        };
        let head = self.head(command, head)?;
        let definition = self.definition(head, body)?;
        self.define(vec![definition])
    }

    pub(super) fn functions(&mut self, command: &Sexp, rest: &[Sexp]) -> Result<()> {
        let shape = "(define-funs-rec ((NAME ((x TYPE) ...) TYPE) ...) (BODY ...))";
        let [heads, bodies] = exactly(command, rest, shape)?;
        let (heads, bodies) = (list_of(heads)?, list_of(bodies)?);
        if heads.len() != bodies.len() {
            return wrong(command, "there are not as many bodies as functions");
        }
        let mut read = Vec::new();
        for head in heads {
            read.push(self.head(head, list_of(head)?)?);
        }
        let mut definitions = Vec::new();
        for (head, body) in read.into_iter().zip(bodies) {
            definitions.push(self.definition(head, body)?);
        }
        self.define(definitions)
    }

    /// `NAME ((x TYPE) ...) TYPE`, or with `(par (a ...) (INPUTS OUTPUT))` in the place of inputs and output.
    fn head<'a>(&mut self, of: &Sexp, items: &'a [Sexp]) -> Result<Head<'a>> {
        let (parameters, inputs, output, name) = match items {
            [name, signature] => {
                let (parameters, signature) = self.parameters(signature)?;
                let [inputs, output] = exactly(signature, list_of(signature)?, "(((x TYPE) ...) TYPE)")?;
                (parameters, inputs, output, name)
            }
            [name, inputs, output] => (Parameters::default(), inputs, output, name),
            _ => return wrong(of, "this should look like `(define-fun-rec NAME ((x TYPE) ...) TYPE BODY)`"),
        };
        let quoted = parameters.quoted.clone();
        let mut scope = Scope::new(parameters);
        let (variables, names) = self.bind(inputs, &mut scope)?;
        let inputs = variables.iter().map(|&variable| self.variables[variable].ty.clone()).collect();
        let output = self.ty(output, &scope.parameters)?;
        let own = self.declare(name)?;
        let symbol = self.add(name, Info::new(own, quoted, inputs, output, Kind::Function))?;
        Ok(Head { name, symbol, variables, names, scope })
    }

    fn definition(&mut self, head: Head<'_>, body: &Sexp) -> Result<Definition> {
        let Head { name, symbol, variables, names, mut scope } = head;
        let read = self.read(body, &mut scope)?;
        scope.pop(names);
        let output = self.symbols[symbol].output.clone();
        self.unify(body, &read.ty, &output)?;
        let body = self.closed(body.at(), &read.term)?;
        Ok(Definition { at: name.at(), name: name_of(name)?.to_owned(), symbol, variables, body })
    }

    /// Writes functions that are defined together.
    fn define(&mut self, definitions: Vec<Definition>) -> Result<()> {
        let mut open = self.with_deciders(definitions)?;
        while !open.is_empty() {
            let calls = self.calls(&open)?;
            // The functions that the first one needs, and those of them that need it.
            let ready = (0..open.len()).find(|&one| calls[one].iter().all(|other| *other == one));
            match ready {
                Some(ready) => {
                    let definition = open.remove(ready);
                    self.write_definition(&definition)?;
                }
                None if open.len() > MAX_TOGETHER => {
                    let message = format!(
                        "more than {MAX_TOGETHER} functions that call each other, beginning with \
                                           `{}`, are outside of the fragment",
                        open[0].name
                    );
                    return Err(TipError::new(open[0].at, message));
                }
                None => {
                    // Those that call each other and no others.
                    let reached: Vec<BTreeSet<usize>> = (0..open.len()).map(|one| reached(one, &calls)).collect();
                    let least = (0..open.len()).min_by_key(|&one| reached[one].len()).unwrap_or(0);
                    let (together, others): (Vec<_>, Vec<_>) =
                        open.into_iter().enumerate().partition(|(one, _)| reached[least].contains(one));
                    let together = together.into_iter().map(|(_, definition)| definition).collect();
                    self.define_together(together)?;
                    open = others.into_iter().map(|(_, definition)| definition).collect();
                }
            }
        }
        Ok(())
    }

    /// Writes functions that call each other.
    fn define_together(&mut self, definitions: Vec<Definition>) -> Result<()> {
        let calls = self.calls(&definitions)?;
        let is_called = |one: usize| (0..calls.len()).any(|other| other != one && calls[other].contains(&one));
        // One that does not call itself stands in the others as its body.
        let plain = (0..definitions.len()).rev().find(|&one| is_called(one) && !calls[one].contains(&one));
        if let Some(plain) = plain {
            let changed = self.inlined(definitions, plain)?;
            return self.define_rest(changed);
        }
        let mut first_error = None;
        for chosen in (0..definitions.len()).rev().filter(|&one| is_called(one)) {
            let before = self.clone();
            let definitions = definitions.clone();
            let result = self.given_calls(definitions, chosen).and_then(|changed| self.define_rest(changed));
            match result {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let left = self.left;
                    *self = before;
                    self.left = left;
                    // The copy, which is about as large as what was written.
                    self.copy(error.at, (self.theory.len() / 8) as u64 + self.symbols.len() as u64)?;
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| together(&definitions[0])))
    }

    /// Goes on with functions of which one more is distinguished.
    fn define_rest(&mut self, definitions: Vec<Definition>) -> Result<()> {
        let mut open = definitions;
        while let Some(one) = {
            let calls = self.calls(&open)?;
            (0..open.len()).find(|&one| calls[one].iter().all(|other| *other == one))
        } {
            let definition = open.remove(one);
            self.write_definition(&definition)?;
        }
        if open.is_empty() { Ok(()) } else { self.define_together(open) }
    }

    /// For each definition the places of those that it calls.
    fn calls(&mut self, definitions: &[Definition]) -> Result<Vec<BTreeSet<usize>>> {
        let places: BTreeMap<Symbol, usize> =
            definitions.iter().enumerate().map(|(place, definition)| (definition.symbol, place)).collect();
        let mut all = Vec::new();
        for definition in definitions {
            self.copy(definition.at, definition.body.size)?;
            let mut called = BTreeSet::new();
            definition.body.any(&mut |term| {
                if let Term::Apply(symbol, ..) = term {
                    called.extend(places.get(symbol));
                }
                false
            });
            all.push(called);
        }
        Ok(all)
    }

    /// Definitions that are given functions that decide equality, where they need them.
    fn with_deciders(&mut self, definitions: Vec<Definition>) -> Result<Vec<Definition>> {
        // What one of them needs, others need that call it.
        loop {
            let mut has_changed = false;
            for definition in &definitions {
                let mut found = BTreeSet::new();
                self.compared(definition.at, &definition.body, &mut found)?;
                let info = &mut self.symbols[definition.symbol];
                let places: Vec<usize> =
                    (0..info.parameters.len()).filter(|&place| found.contains(&info.parameters[place])).collect();
                has_changed |= places != info.decided;
                info.decided = places;
            }
            if !has_changed {
                break;
            }
        }
        let mut all = Vec::new();
        for mut definition in definitions {
            let info = self.symbols[definition.symbol].clone();
            let mut deciders = Deciders::default();
            let mut variables = Vec::new();
            for &place in &info.decided {
                let parameter = &info.parameters[place];
                let name = match info.decided.len() {
                    1 => "equal".to_owned(),
                    _ => format!("equal_{}", &parameter[1..]),
                };
                let variable = self.variable(&name, Ty::named(parameter).decided());
                deciders.of.insert(parameter.clone(), self.of_variable(definition.at, variable)?);
                variables.push(variable);
            }
            definition.body = self.decided(definition.at, &definition.body, &deciders)?;
            variables.append(&mut definition.variables);
            definition.variables = variables;
            all.push(definition);
        }
        Ok(all)
    }

    /// Definitions in which the body of one, which does not call itself, stands for its calls.
    fn inlined(&mut self, definitions: Vec<Definition>, plain: usize) -> Result<Vec<Definition>> {
        let inlined = definitions[plain].clone();
        let mut all = Vec::new();
        for (place, mut definition) in definitions.into_iter().enumerate() {
            if place != plain {
                definition.body = self.with_body(definition.at, &definition.body, &inlined)?;
            }
            all.push(definition);
        }
        Ok(all)
    }

    fn with_body(&mut self, at: usize, term: &Shared, inlined: &Definition) -> Result<Shared> {
        let term = self.rebuilt(at, term, &mut |writer, part| writer.with_body(at, part, inlined))?;
        let Term::Apply(symbol, types, arguments) = &term.term else { return Ok(term) };
        let count = inlined.variables.len();
        if *symbol != inlined.symbol || arguments.len() < count {
            return Ok(term);
        }
        let parameters = self.symbols[*symbol].parameters.clone();
        let mut change = Change {
            terms: inlined.variables.iter().copied().zip(arguments.iter().cloned()).collect(),
            types: parameters.into_iter().zip(types.iter().cloned()).collect(),
        };
        let body = self.changed(at, &inlined.body, &mut change)?;
        match &arguments[count..] {
            [] => Ok(body),
            more => self.node(at, Term::Call(body, more.to_vec())),
        }
    }

    /// Definitions in which one is given its calls of the others as functions.
    fn given_calls(&mut self, mut definitions: Vec<Definition>, chosen: usize) -> Result<Vec<Definition>> {
        let Definition { at, symbol, ref variables, ref body, .. } = definitions[chosen];
        let (variables, body) = (variables.clone(), body.clone());
        let fixed = self.fixed(at, symbol, &variables, &body)?;
        let functions = definitions.iter().map(|definition| definition.symbol).filter(|&other| other != symbol);
        let parameters = self.symbols[symbol].parameters.clone();
        let frame = Frame { at, parameters: &parameters, function: None };
        let mut calls = Calls {
            frame,
            functions: functions.collect(),
            bound: BTreeSet::new(),
            fixed: Some(fixed),
            found: Vec::new(),
        };
        let body = self.without_calls(&body, &mut calls)?;
        // The function with the calls given: those first, what it was given before after them.
        let mut info = self.symbols[symbol].clone();
        let before = info.given();
        info.name = self.free(&info.name);
        let mut given = Vec::new();
        for call in &calls.found {
            given.push(call.variable);
        }
        let types = given.iter().map(|&variable| self.variables[variable].ty.clone());
        info.inputs = types.chain(before).collect();
        info.decided = Vec::new();
        self.symbols.push(info);
        let own = self.symbols.len() - 1;
        let mut passed = Vec::new();
        for &variable in &given {
            passed.push(self.of_variable(at, variable)?);
        }
        let body = self.redirected(at, &body, (symbol, own), &passed)?;
        let others = calls.functions.clone();
        if body.mentions(&others) || calls.found.iter().any(|call| call.value.mentions(&[symbol])) {
            return Err(together(&definitions[chosen]));
        }
        let name = definitions[chosen].name.clone();
        let all = given.into_iter().chain(variables.iter().copied()).collect();
        // What is left of the function hands them over.
        let mut values: Vec<Shared> = calls.found.into_iter().map(|call| call.value).collect();
        for &variable in &variables {
            values.push(self.of_variable(at, variable)?);
        }
        let types = parameters.iter().map(Ty::named).collect();
        definitions[chosen].body = self.node(at, Term::Apply(own, types, values))?;
        definitions.push(Definition { at, name, symbol: own, variables: all, body });
        Ok(definitions)
    }

    /// The variables of a function that are the same in all its calls of itself.
    fn fixed(
        &mut self,
        at: usize,
        symbol: Symbol,
        variables: &[Variable],
        body: &Shared,
    ) -> Result<BTreeSet<Variable>> {
        self.copy(at, body.size)?;
        let mut fixed: BTreeSet<Variable> = variables.iter().copied().collect();
        body.any(&mut |term| {
            if let Term::Apply(head, _, arguments) = term
                && *head == symbol
            {
                for (place, variable) in variables.iter().enumerate() {
                    let given = arguments.get(place).map(|argument| &argument.term);
                    if given != Some(&Term::Variable(*variable)) {
                        fixed.remove(variable);
                    }
                }
            }
            false
        });
        Ok(fixed)
    }

    /// A term in which one function is called in the place of another, with more arguments before those.
    pub(super) fn redirected(
        &mut self,
        at: usize,
        term: &Shared,
        (from, to): (Symbol, Symbol),
        passed: &[Shared],
    ) -> Result<Shared> {
        let term = self.rebuilt(at, term, &mut |writer, part| writer.redirected(at, part, (from, to), passed))?;
        match &term.term {
            Term::Apply(symbol, types, arguments) if *symbol == from => {
                let all = passed.iter().chain(arguments).cloned().collect();
                self.node(at, Term::Apply(to, types.clone(), all))
            }
            _ => Ok(term),
        }
    }

    /// Writes a function that calls itself and functions defined before, or a constant.
    fn write_definition(&mut self, definition: &Definition) -> Result<()> {
        let Definition { at, symbol, ref variables, ref body, ref name } = *definition;
        let info = self.symbols[symbol].clone();
        let frame = Frame { at, parameters: &info.parameters, function: Some(symbol) };
        if variables.is_empty() {
            if body.mentions(&[symbol]) {
                return Err(TipError::new(at, format!("`{name}` is a constant that is defined by itself")));
            }
            let value = self.without_matches(frame, body)?;
            let value = self.text(at, &value, &mut Written::new(&info.parameters))?;
            let ty = quantified(&info.parameters, &info.output.text());
            let value = match &*info.parameters {
                [] => value,
                all => {
                    let binders: Vec<String> = all.iter().map(|name| format!("{name} : type")).collect();
                    format!("(lambda ({}) {value})", binders.join(", "))
                }
            };
            let _ = write!(self.theory, "\n{} : {ty} = {value}.\n", info.name);
            return Ok(());
        }
        let mut patterns = Vec::new();
        for &variable in variables {
            patterns.push(self.of_variable(at, variable)?);
        }
        let mut clauses: Vec<Clause> = Vec::new();
        self.clauses(frame, patterns, body.clone(), &mut clauses)?;
        match self.check_recursion(at, symbol, name, &clauses)? {
            None => self.write_function(at, symbol, &clauses)?,
            Some(error) => {
                if !self.write_measured(at, (symbol, variables), &clauses)? {
                    return Err(error);
                }
            }
        }
        self.remember(symbol, &clauses);
        Ok(())
    }
}

/// The error of functions that call each other.
fn together(definition: &Definition) -> TipError {
    let name = &definition.name;
    let message = format!(
        "`{name}` and the functions that call it are not seen to end, and without that their equations are no \
         definition"
    );
    TipError::new(definition.at, message)
}

/// The places that are reached from one.
fn reached(from: usize, calls: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let (mut found, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(one) = open.pop() {
        open.extend(calls[one].iter().filter(|other| found.insert(**other)));
    }
    found
}
