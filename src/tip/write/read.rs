//! Expressions to terms, with types found by unification (R. Milner, *A Theory of Type Polymorphism in Programming*,
//! 1978; the value of a `let` has one type).

use super::*;
use std::rc::Rc;

/// The context of an expression.
#[derive(Default)]
pub(super) struct Scope {
    pub parameters: Parameters,
    /// The meanings of names, the innermost last.
    known: BTreeMap<String, Vec<Typed>>,
}

/// A term with its type.
#[derive(Clone)]
pub(super) struct Typed {
    pub term: Shared,
    pub ty: Ty,
}

impl Scope {
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters, known: BTreeMap::new() }
    }

    pub fn push(&mut self, name: &str, typed: Typed) {
        self.known.entry(name.to_owned()).or_default().push(typed);
    }

    /// Forgets the innermost meanings of names.
    pub fn pop<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            self.known.get_mut(name).map(Vec::pop);
        }
    }

    pub fn get(&self, name: &str) -> Option<&Typed> {
        self.known.get(name).and_then(|all| all.last())
    }
}

/// The names that binders `((x TYPE) ...)` or `((x TERM) ...)` bind, each with its type or term.
fn bound<'a>(binders: &'a Sexp, shape: &str) -> Result<Vec<(&'a str, &'a Sexp)>> {
    let pairs = list_of(binders)?.iter().map(|binder| {
        let [name, with] = exactly(binder, list_of(binder)?, shape)?;
        Ok((name_of(name)?, with))
    });
    pairs.collect()
}

impl Writer {
    /// Binds variables `((x TYPE) ...)`; their names are to be popped.
    pub(super) fn bind<'a>(&mut self, binders: &'a Sexp, scope: &mut Scope) -> Result<(Vec<Variable>, Vec<&'a str>)> {
        let (mut variables, mut names) = (Vec::new(), Vec::new());
        for (name, ty) in bound(binders, "(x TYPE)")? {
            let ty = self.ty(ty, &scope.parameters)?;
            let variable = self.variable(name, ty.clone());
            let term = self.of_variable(binders.at(), variable)?;
            scope.push(name, Typed { term, ty });
            variables.push(variable);
            names.push(name);
        }
        Ok((variables, names))
    }

    /// Reads the values of `((x TERM) ...)` and binds the names to them; the names are to be popped.
    pub(super) fn bind_values<'a>(&mut self, binders: &'a Sexp, scope: &mut Scope) -> Result<Vec<&'a str>> {
        let mut values = Vec::new();
        for (name, value) in bound(binders, "(x TERM)")? {
            values.push((name, self.read(value, scope)?));
        }
        let names = values.iter().map(|(name, _)| *name).collect();
        values.into_iter().for_each(|(name, value)| scope.push(name, value));
        Ok(names)
    }

    /// An expression as a term whose types may still be open.
    pub(super) fn read(&mut self, sexp: &Sexp, scope: &mut Scope) -> Result<Typed> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.read_here(sexp, scope))
    }

    fn read_here(&mut self, sexp: &Sexp, scope: &mut Scope) -> Result<Typed> {
        if let Some(name) = sexp.atom() {
            return self.read_name(sexp, name, scope);
        }
        let Some((head, rest)) = list_of(sexp)?.split_first() else {
            return wrong(sexp, "a term should stand here");
        };
        let is_known = |name: &str| scope.get(name).is_some() || self.terms.contains_key(name);
        match head.atom() {
            Some(word) if !is_known(word) => self.read_form(sexp, (word, head), rest, scope),
            _ => {
                let function = self.read(head, scope)?;
                self.read_call(sexp, function, rest, scope)
            }
        }
    }

    fn read_name(&mut self, sexp: &Sexp, name: &str, scope: &Scope) -> Result<Typed> {
        if let Some(typed) = scope.get(name).cloned() {
            self.copy(sexp.at(), typed.ty.size())?;
            return Ok(typed);
        }
        if let Some(value) = numeral(name) {
            if value > MAX_NUMERAL {
                let message =
                    format!("`{name}` is too large: numerals are written in unary notation, up to {MAX_NUMERAL}");
                return wrong(sexp, message.chars().take(200).collect::<String>());
            }
            self.uses("Int");
            let term = self.node(sexp.at(), Term::Numeral(value))?;
            return Ok(Typed { term, ty: Ty::named("Int") });
        }
        match self.terms.get(name) {
            Some(&symbol) => self.symbol(sexp, symbol, None),
            None => wrong(sexp, format!("`{name}` is not declared, or outside of the fragment")),
        }
    }

    /// A symbol with types given or to be found.
    fn symbol(&mut self, sexp: &Sexp, symbol: Symbol, types: Option<Vec<Ty>>) -> Result<Typed> {
        let at = sexp.at();
        if self.symbols[symbol].output == Ty::named("Bool") {
            self.uses("Bool");
        }
        let info = self.symbols[symbol].clone();
        let types = match types {
            Some(types) if types.len() != info.parameters.len() => {
                let count = info.parameters.len();
                let plural = if count == 1 { "" } else { "s" };
                return wrong(sexp, format!("`{}` takes {count} type argument{plural}", info.name));
            }
            Some(types) => types,
            None => info.parameters.iter().map(|_| self.hole()).collect(),
        };
        let ty = Ty::arrow(info.inputs, info.output);
        let sizes = info.parameters.iter().map(String::as_str).zip(types.iter().map(Ty::size)).collect();
        self.copy(at, ty.size_with(&sizes))?;
        let ty = ty.with(&info.parameters.into_iter().zip(types.iter().cloned()).collect());
        Ok(Typed { term: self.node(at, Term::Apply(symbol, types, Vec::new()))?, ty })
    }

    fn read_call(&mut self, sexp: &Sexp, function: Typed, rest: &[Sexp], scope: &mut Scope) -> Result<Typed> {
        let arguments = rest.iter().map(|argument| self.read(argument, scope)).collect::<Result<Vec<_>>>()?;
        self.apply(sexp, function, arguments)
    }

    /// An application, which may lack arguments.
    fn apply(&mut self, sexp: &Sexp, function: Typed, arguments: Vec<Typed>) -> Result<Typed> {
        let mut ty = function.ty;
        let mut given = arguments.iter();
        while given.len() > 0 {
            match self.resolved(sexp.at(), &ty)? {
                Ty::Arrow(inputs, output) => {
                    let count = inputs.len().min(given.len());
                    for (input, argument) in inputs.iter().zip(given.by_ref().take(count)) {
                        self.unify(sexp, input, &argument.ty)?;
                    }
                    ty = Ty::arrow(inputs[count..].to_vec(), *output);
                }
                Ty::Hole(_) => {
                    let output = self.hole();
                    let inputs = given.by_ref().map(|argument| argument.ty.clone()).collect();
                    let arrow = Ty::arrow(inputs, output.clone());
                    self.unify(sexp, &ty, &arrow)?;
                    ty = output;
                }
                ty @ Ty::Named(..) => {
                    return wrong(sexp, format!("this is given too many arguments: `{}` is no function", ty.text()));
                }
            }
        }
        if arguments.is_empty() {
            return Ok(Typed { term: function.term, ty });
        }
        let arguments: Vec<Shared> = arguments.into_iter().map(|argument| argument.term).collect();
        let term = self.applied(sexp.at(), &function.term, arguments)?;
        Ok(Typed { term, ty })
    }

    /// A term with more arguments.
    pub(super) fn applied(&mut self, at: usize, function: &Shared, arguments: Vec<Shared>) -> Result<Shared> {
        let term = match &function.term {
            Term::Apply(symbol, types, given) => {
                self.copy(at, types.iter().map(Ty::size).sum::<u64>() + given.len() as u64)?;
                Term::Apply(*symbol, types.clone(), given.iter().chain(&arguments).cloned().collect())
            }
            _ => Term::Call(function.clone(), arguments),
        };
        self.node(at, term)
    }

    /// A form that SMT-LIB knows.
    fn read_form(
        &mut self,
        sexp: &Sexp,
        (word, head): (&str, &Sexp),
        rest: &[Sexp],
        scope: &mut Scope,
    ) -> Result<Typed> {
        match word {
            "_" => self.read_instance(sexp, rest, scope),
            "as" => self.read_as(sexp, rest, scope),
            "@" => match rest {
                [function, arguments @ ..] if !arguments.is_empty() => {
                    let function = self.read(function, scope)?;
                    self.read_call(sexp, function, arguments, scope)
                }
                _ => wrong(sexp, "this should look like `(@ FUNCTION ARGUMENT ...)`"),
            },
            "lambda" => self.read_lambda(sexp, rest, scope),
            "let" => {
                let [binders, body] = exactly(sexp, rest, "(let ((x TERM) ...) BODY)")?;
                let names = self.bind_values(binders, scope)?;
                let body = self.read(body, scope)?;
                scope.pop(names);
                Ok(body)
            }
            "match" => {
                let [matched, cases] = exactly(sexp, rest, "(match x ((PATTERN BODY) ...))")?;
                self.read_match(sexp, matched, list_of(cases)?, scope)
            }
            "=" | "distinct" => self.read_equality(sexp, word, rest, scope),
            "ite" => {
                let [condition, yes, no] = exactly(sexp, rest, "(ite CONDITION TERM TERM)")?;
                let parts = [condition, yes, no].map(|part| self.read(part, scope));
                let parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
                self.operate(sexp, "ite", parts)
            }
            "not" => {
                let [value] = exactly(sexp, rest, "(not VALUE)")?;
                let value = self.read(value, scope)?;
                self.operate(sexp, "not", vec![value])
            }
            "and" | "or" | "=>" => {
                let name = match word {
                    "and" => "and",
                    "or" => "or",
                    _ => "implies",
                };
                let parts = rest.iter().map(|part| self.read(part, scope)).collect::<Result<Vec<_>>>()?;
                self.chain(sexp, (word, name), parts)
            }
            "forall" | "exists" => wrong(sexp, format!("`{word}` as a value is outside of the fragment")),
            _ => match prelude::ARITHMETIC.iter().find(|(name, _)| *name == word) {
                Some((name, _)) => self.arithmetic(sexp, name, rest, scope),
                None => wrong(head, format!("`{word}` is not declared, or outside of the fragment")),
            },
        }
    }

    /// `(_ NAME TYPE ...)`.
    fn read_instance(&mut self, sexp: &Sexp, rest: &[Sexp], scope: &Scope) -> Result<Typed> {
        let [name, types @ ..] = rest else { return wrong(sexp, "this should look like `(_ NAME TYPE ...)`") };
        let Some(&symbol) = self.terms.get(name_of(name)?) else {
            return wrong(name, format!("`{}` is not declared, or outside of the fragment", name_of(name)?));
        };
        let types = types.iter().map(|ty| self.ty(ty, &scope.parameters)).collect::<Result<Vec<_>>>()?;
        self.symbol(sexp, symbol, Some(types))
    }

    /// `(as NAME TYPE)`, where the type of a function's name is that of its result.
    fn read_as(&mut self, sexp: &Sexp, rest: &[Sexp], scope: &mut Scope) -> Result<Typed> {
        let [term, ty] = exactly(sexp, rest, "(as NAME TYPE)")?;
        let ty = self.ty(ty, &scope.parameters)?;
        let typed = self.read(term, scope)?;
        let of = match (self.resolved(sexp.at(), &typed.ty)?, &ty) {
            (Ty::Arrow(_, output), Ty::Named(..)) => *output,
            (of, _) => of,
        };
        self.unify(sexp, &of, &ty)?;
        Ok(typed)
    }

    fn read_lambda(&mut self, sexp: &Sexp, rest: &[Sexp], scope: &mut Scope) -> Result<Typed> {
        let [binders, body] = exactly(sexp, rest, "(lambda ((x TYPE) ...) BODY)")?;
        let (variables, names) = self.bind(binders, scope)?;
        let body = self.read(body, scope)?;
        scope.pop(names);
        if variables.is_empty() {
            return Ok(body);
        }
        let inputs = variables.iter().map(|&variable| self.variables[variable].ty.clone()).collect();
        let term = self.node(sexp.at(), Term::Lambda(variables, body.term))?;
        Ok(Typed { term, ty: Ty::arrow(inputs, body.ty) })
    }

    fn read_equality(&mut self, sexp: &Sexp, word: &str, rest: &[Sexp], scope: &mut Scope) -> Result<Typed> {
        let [left, right] = exactly(sexp, rest, &format!("({word} TERM TERM)"))?;
        let (left, right) = (self.read(left, scope)?, self.read(right, scope)?);
        self.unify(sexp, &left.ty, &right.ty)?;
        self.uses("Bool");
        let equal = self.node(sexp.at(), Term::Equal(left.ty, left.term, right.term))?;
        let equal = Typed { term: equal, ty: Ty::named("Bool") };
        if word == "=" { Ok(equal) } else { self.operate(sexp, "not", vec![equal]) }
    }

    /// An operation of the prelude.
    fn operate(&mut self, sexp: &Sexp, name: &'static str, arguments: Vec<Typed>) -> Result<Typed> {
        let symbol = self.operation(name);
        let function = self.symbol(sexp, symbol, None)?;
        self.apply(sexp, function, arguments)
    }

    /// `(and a b c)`, and such.
    fn chain(&mut self, sexp: &Sexp, (word, name): (&str, &'static str), mut parts: Vec<Typed>) -> Result<Typed> {
        for part in &parts {
            self.unify(sexp, &part.ty, &Ty::named("Bool"))?;
        }
        if parts.len() > 2 {
            let symbol = self.operation(name);
            let parts = parts.into_iter().map(|part| part.term).collect();
            return Ok(Typed { term: self.node(sexp.at(), Term::Chain(symbol, parts))?, ty: Ty::named("Bool") });
        }
        match (parts.len(), parts.pop()) {
            (2, Some(last)) => {
                parts.push(last);
                self.operate(sexp, name, parts)
            }
            (_, Some(only)) => Ok(only),
            (_, None) => wrong(sexp, format!("`{word}` needs values")),
        }
    }

    fn arithmetic(&mut self, sexp: &Sexp, name: &'static str, rest: &[Sexp], scope: &mut Scope) -> Result<Typed> {
        let parts = rest.iter().map(|part| self.read(part, scope)).collect::<Result<Vec<_>>>()?;
        for (part, sexp) in parts.iter().zip(rest) {
            let ty = self.resolved(sexp.at(), &part.ty)?;
            if !matches!(&ty, Ty::Hole(_)) && ty != Ty::named("Int") {
                return wrong(sexp, format!("`{name}` is about integers; this has the type `{}`", ty.text()));
            }
        }
        let divides = matches!(name, "div" | "mod");
        if divides && !parts.get(1).is_some_and(|divisor| self.is_divisor(&divisor.term)) {
            let message = format!("`{name}` by anything but a numeral that is not 0 is outside of the fragment");
            return wrong(rest.get(1).unwrap_or(sexp), message);
        }
        let mut parts = parts.into_iter();
        match (name, parts.len()) {
            ("-", 1) => self.operate(sexp, "negate", parts.collect()),
            ("+" | "-" | "*", 2..) => {
                let Some(mut whole) = parts.next() else { return wrong(sexp, "numbers should stand here") };
                for part in parts {
                    whole = self.operate(sexp, name, vec![whole, part])?;
                }
                Ok(whole)
            }
            (_, 2) => self.operate(sexp, name, parts.collect()),
            _ => wrong(sexp, format!("`{name}` should have two arguments")),
        }
    }

    /// Whether a term is a numeral that is not 0, or the negative of one.
    fn is_divisor(&self, term: &Node) -> bool {
        match &term.term {
            Term::Numeral(value) => *value > 0,
            Term::Apply(symbol, _, arguments) => {
                self.operations.get("negate") == Some(symbol) && arguments.iter().all(|inner| self.is_divisor(inner))
            }
            _ => false,
        }
    }

    fn read_match(&mut self, sexp: &Sexp, matched: &Sexp, cases: &[Sexp], scope: &mut Scope) -> Result<Typed> {
        let of = self.read(matched, scope)?;
        let result = self.hole();
        let (mut read, mut covered): (Vec<Case>, BTreeSet<Symbol>) = Default::default();
        for case in cases {
            let [pattern, body] = exactly(case, list_of(case)?, "(PATTERN BODY)")?;
            let (head, fields) = match pattern.list().and_then(<[Sexp]>::split_first) {
                Some((head, fields)) => (head, fields),
                None => (pattern, &[][..]),
            };
            let name = name_of(head)?;
            let constructor = self.terms.get(name).copied();
            let constructor = constructor.filter(|&found| matches!(self.symbols[found].kind, Kind::Constructor { .. }));
            match constructor {
                Some(constructor) => {
                    let names = fields.iter().map(name_of).collect::<Result<Vec<_>>>()?;
                    let case = self.read_case(pattern, &of, (constructor, name, &names), (body, &result), scope)?;
                    if covered.insert(constructor) {
                        read.push(case);
                    }
                }
                None if !fields.is_empty() => return wrong(head, format!("`{name}` is no constructor")),
                None => {
                    // A name for everything else, or `_`.
                    let names = (name != "_").then_some(name);
                    names.into_iter().for_each(|name| scope.push(name, of.clone()));
                    let body = self.read(body, scope)?;
                    scope.pop(names);
                    self.unify(sexp, &body.ty, &result)?;
                    if read.is_empty() {
                        return Ok(body);
                    }
                    self.default_cases(pattern, &of, &body.term, (&mut read, &mut covered))?;
                    break;
                }
            }
        }
        let ty = self.resolved(sexp.at(), &of.ty)?;
        let missing = self.data_of(&ty).and_then(|(place, _)| {
            self.data[place].constructors.iter().find(|constructor| !covered.contains(constructor))
        });
        if let Some(&missing) = missing {
            return wrong(sexp, format!("this `match` has no case for `{}`", self.symbols[missing].name));
        }
        let matched = Match { of: of.term, ty: of.ty, result: result.clone(), cases: read };
        Ok(Typed { term: self.node(sexp.at(), Term::Match(matched))?, ty: result })
    }

    fn read_case(
        &mut self,
        pattern: &Sexp,
        of: &Typed,
        (constructor, written, names): (Symbol, &str, &[&str]),
        (body, result): (&Sexp, &Ty),
        scope: &mut Scope,
    ) -> Result<Case> {
        let count = self.symbols[constructor].inputs.len();
        if names.len() != count {
            return wrong(pattern, format!("`{written}` has {count} fields"));
        }
        let typed = self.symbol(pattern, constructor, None)?;
        let (inputs, output) = match typed.ty {
            Ty::Arrow(inputs, output) if count > 0 => (inputs, *output),
            output => (Vec::new(), output),
        };
        self.unify(pattern, &output, &of.ty)?;
        let mut fields = Vec::new();
        for (name, ty) in names.iter().zip(inputs) {
            let field = self.variable(if *name == "_" { "x" } else { name }, ty.clone());
            let term = self.of_variable(pattern.at(), field)?;
            if *name != "_" {
                scope.push(name, Typed { term, ty });
            }
            fields.push(field);
        }
        let read = self.read(body, scope)?;
        scope.pop(names.iter().copied().filter(|name| *name != "_"));
        self.unify(body, &read.ty, result)?;
        Ok(Case { constructor, fields, body: read.term })
    }

    /// A case for each constructor that has none.
    fn default_cases(
        &mut self,
        pattern: &Sexp,
        of: &Typed,
        body: &Shared,
        (read, covered): (&mut Vec<Case>, &mut BTreeSet<Symbol>),
    ) -> Result<()> {
        let ty = self.resolved(pattern.at(), &of.ty)?;
        let Some((place, types)) = self.data_of(&ty) else { return Ok(()) };
        for constructor in self.data[place].constructors.clone() {
            if covered.insert(constructor) {
                let types = self.field_types(pattern.at(), constructor, &types)?;
                let fields = types.into_iter().map(|ty| self.variable("x", ty)).collect::<Vec<_>>();
                self.copy(pattern.at(), 1 + fields.len() as u64)?;
                read.push(Case { constructor, fields, body: Rc::clone(body) });
            }
        }
        Ok(())
    }

    /// A type that is not known yet.
    fn hole(&mut self) -> Ty {
        self.holes.push(None);
        Ty::Hole(self.holes.len() - 1)
    }

    /// A type with its head known, if anything is known of it.
    pub(super) fn resolved(&mut self, at: usize, ty: &Ty) -> Result<Ty> {
        let mut ty = ty;
        let mut steps = 1;
        while let Ty::Hole(number) = ty
            && let Some(found) = &self.holes[*number]
        {
            ty = found;
            steps += 1;
        }
        let ty = ty.clone();
        self.copy(at, steps + ty.size())?;
        // The output of an arrow may have become an arrow.
        Ok(match ty {
            Ty::Arrow(inputs, output) if matches!(*output, Ty::Hole(_)) => {
                Ty::arrow(inputs, self.resolved(at, &output)?)
            }
            ty => ty,
        })
    }

    /// Makes two types the same.
    pub(super) fn unify(&mut self, sexp: &Sexp, left: &Ty, right: &Ty) -> Result<()> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.unify_here(sexp, left, right))
    }

    fn unify_here(&mut self, sexp: &Sexp, left: &Ty, right: &Ty) -> Result<()> {
        let (left, right) = (self.resolved(sexp.at(), left)?, self.resolved(sexp.at(), right)?);
        match (left, right) {
            (Ty::Hole(a), Ty::Hole(b)) if a == b => Ok(()),
            (Ty::Hole(hole), ty) | (ty, Ty::Hole(hole)) => {
                let ty = self.known(sexp.at(), &ty)?;
                let mut open = vec![&ty];
                while let Some(part) = open.pop() {
                    match part {
                        Ty::Hole(inner) if *inner == hole => return wrong(sexp, "this would have an infinite type"),
                        Ty::Hole(_) => {}
                        Ty::Named(_, types) => open.extend(types),
                        Ty::Arrow(inputs, output) => open.extend(inputs.iter().chain([&**output])),
                    }
                }
                if ty.height() > MAX_HEIGHT {
                    return wrong(sexp, format!("the type of this is nested more than {MAX_HEIGHT} deep"));
                }
                self.holes[hole] = Some(ty);
                Ok(())
            }
            (Ty::Named(a, left), Ty::Named(b, right)) if a == b && left.len() == right.len() => {
                left.iter().zip(&right).try_for_each(|(left, right)| self.unify(sexp, left, right))
            }
            (Ty::Arrow(left, a), Ty::Arrow(right, b)) => {
                let count = left.len().min(right.len());
                left.iter().zip(&right).try_for_each(|(left, right)| self.unify(sexp, left, right))?;
                let (a, b) = (Ty::arrow(left[count..].to_vec(), *a), Ty::arrow(right[count..].to_vec(), *b));
                self.unify(sexp, &a, &b)
            }
            (left, right) => {
                let (left, right) = (self.known(sexp.at(), &left)?, self.known(sexp.at(), &right)?);
                let short = |ty: Ty| ty.text().chars().take(200).collect::<String>();
                wrong(sexp, format!("the types do not fit: `{}` and `{}`", short(left), short(right)))
            }
        }
    }

    /// A type with all that is known of it.
    pub(super) fn known(&mut self, at: usize, ty: &Ty) -> Result<Ty> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || {
            let mut each = |types: &[Ty]| types.iter().map(|ty| self.known(at, ty)).collect::<Result<Vec<_>>>();
            match ty {
                Ty::Named(name, types) => {
                    let types = each(types)?;
                    self.copy(at, 1)?;
                    Ok(Ty::Named(name.clone(), types))
                }
                Ty::Arrow(inputs, output) => {
                    let inputs = each(inputs)?;
                    Ok(Ty::arrow(inputs, self.known(at, output)?))
                }
                Ty::Hole(number) => match self.holes[*number].clone() {
                    Some(found) => {
                        self.copy(at, found.size())?;
                        self.known(at, &found)
                    }
                    None => Ok(ty.clone()),
                },
            }
        })
    }
}
