//! The commands of a problem, one after the other, as text of the Peano language.

use super::{Result, Sexp, TipError, Ty, Value, Variables, spelled};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A problem in the Peano language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The theory: sorts, data types, functions.
    pub theory: String,
    /// What is to be proved, as a goal set.
    pub goals: String,
}

/// The operations on `Bool` that are written where they are used, each after those that it needs.
const BOOL: [(&str, &str); 6] = [
    ("Bool", "data Bool {\n  true : Bool.\n  false : Bool.\n}\n"),
    (
        "ite",
        "fun ite : [('t : type) -> Bool -> 't -> 't -> 't] {\n  (ite true 'x 'y) = 'x.\n  (ite false 'x 'y) = 'y.\n}\n",
    ),
    ("not", "fun not : [Bool -> Bool] {\n  (not true) = false.\n  (not false) = true.\n}\n"),
    ("and", "fun and : [Bool -> Bool -> Bool] {\n  (and true 'x) = 'x.\n  (and false 'x) = false.\n}\n"),
    ("or", "fun or : [Bool -> Bool -> Bool] {\n  (or true 'x) = true.\n  (or false 'x) = 'x.\n}\n"),
    ("=>", "fun implies : [Bool -> Bool -> Bool] {\n  (implies true 'x) = 'x.\n  (implies false 'x) = true.\n}\n"),
];

/// The names in [`BOOL`] and the one of equality, which the problem's own must not be.
const TAKEN: [&str; 9] = ["=", "Bool", "true", "false", "ite", "not", "and", "or", "implies"];

/// A constructor of a data type.
#[derive(Clone, Debug)]
struct Constructor {
    /// The place of its data type.
    data: usize,
    fields: Vec<Ty>,
}

/// A data type.
#[derive(Clone, Debug)]
struct Data {
    /// Its name in the Peano language.
    name: String,
    /// Type variables, quoted.
    parameters: Vec<String>,
    /// Its constructors by their names in the problem.
    constructors: Vec<String>,
}

/// Writes a problem.
pub(super) struct Writer {
    goal: String,
    theory: String,
    goals: String,
    count: usize,
    data: Vec<Data>,
    constructors: BTreeMap<String, Constructor>,
    /// Names of the problem and what they are called here.
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// The types of what the functions without type parameters give, by their names in the problem.
    outputs: BTreeMap<String, Ty>,
    /// The operations of [`BOOL`] in use.
    used: BTreeSet<&'static str>,
}

fn wrong<T>(at: &Sexp, message: impl Into<String>) -> Result<T> {
    Err(TipError::new(at.at(), message))
}

/// The items of a list of exactly so many.
fn exactly<'a, const N: usize>(of: &Sexp, items: &'a [Sexp], shape: &str) -> Result<&'a [Sexp; N]> {
    items.try_into().or_else(|_| wrong(of, format!("this should look like `{shape}`")))
}

fn name_of(sexp: &Sexp) -> Result<&str> {
    sexp.atom().map_or_else(|| wrong(sexp, "a name should stand here"), Ok)
}

fn list_of(sexp: &Sexp) -> Result<&[Sexp]> {
    sexp.list().map_or_else(|| wrong(sexp, "a list should stand here"), Ok)
}

impl Writer {
    pub fn new(goal: &str) -> Self {
        let constructor = |name: &str| (name.to_owned(), Constructor { data: 0, fields: Vec::new() });
        let names = ["Bool", "true", "false"];
        Self {
            goal: spelled(goal),
            theory: String::new(),
            goals: String::new(),
            count: 0,
            data: vec![Data {
                name: "Bool".into(),
                parameters: Vec::new(),
                constructors: vec!["true".into(), "false".into()],
            }],
            constructors: ["true", "false"].map(constructor).into(),
            names: names.map(|name| (name.to_owned(), name.to_owned())).into(),
            taken: TAKEN.map(str::to_owned).into(),
            outputs: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    pub fn finish(self) -> Imported {
        let mut theory = String::from("= : [('t : type) -> 't -> 't -> prop].\n");
        for (name, text) in BOOL {
            if self.used.contains(name) {
                let _ = write!(theory, "\n{text}");
            }
        }
        Imported { theory: theory + &self.theory, goals: self.goals }
    }

    /// Notes that an operation on `Bool` is used.
    fn uses(&mut self, name: &'static str) {
        self.used.extend(["Bool", name]);
    }

    /// The name of what is declared here.
    fn declare(&mut self, name: &Sexp) -> Result<String> {
        let written = name_of(name)?;
        if self.names.contains_key(written) {
            return wrong(name, format!("`{written}` is declared a second time"));
        }
        let free = self.free(&spelled(written));
        self.names.insert(written.to_owned(), free.clone());
        Ok(free)
    }

    /// A name that nothing has, from now on taken.
    fn free(&mut self, wanted: &str) -> String {
        let mut free = wanted.to_owned();
        let mut number = 0;
        while !self.taken.insert(free.clone()) {
            number += 1;
            free = format!("{wanted}_{number}");
        }
        free
    }

    /// Carries out a command of the problem.
    pub fn command(&mut self, command: &Sexp) -> Result<()> {
        let Some((word, rest)) = command.form() else { return wrong(command, "a command should stand here") };
        match word {
            "declare-sort" => {
                let [name, arity] = exactly(command, rest, "(declare-sort A 0)")?;
                if arity.atom() != Some("0") {
                    return wrong(arity, "sorts with parameters are outside of the fragment");
                }
                let name = self.declare(name)?;
                let _ = write!(self.theory, "\n{name} : type.\n");
            }
            "declare-datatype" => {
                let [name, body] = exactly(command, rest, "(declare-datatype NAME ((CONSTRUCTOR ...) ...))")?;
                self.data_type(name, body)?;
            }
            "declare-datatypes" => {
                let [names, bodies] = exactly(command, rest, "(declare-datatypes ((NAME 0) ...) (...))")?;
                let (names, bodies) = (list_of(names)?, list_of(bodies)?);
                if names.len() != bodies.len() {
                    return wrong(command, "there are not as many data types as names");
                }
                for (name, body) in names.iter().zip(bodies) {
                    let name = name.list().and_then(<[Sexp]>::first).unwrap_or(name);
                    self.data_type(name, body)?;
                }
            }
            "declare-const" => {
                let [name, ty] = exactly(command, rest, "(declare-const NAME TYPE)")?;
                let ty = self.ty(ty, &[])?.text();
                let name = self.declare(name)?;
                let _ = write!(self.theory, "\n{name} : {ty}.\n");
            }
            "declare-fun" => {
                let [name, inputs, output] = exactly(command, rest, "(declare-fun NAME (TYPE ...) TYPE)")?;
                let inputs = list_of(inputs)?.iter().map(|ty| self.ty(ty, &[])).collect::<Result<Vec<_>>>()?;
                let ty = arrow(inputs, self.ty(output, &[])?).text();
                let name = self.declare(name)?;
                let _ = write!(self.theory, "\n{name} : {ty}.\n");
            }
            "define-fun" | "define-fun-rec" => self.function(command, rest)?,
            "prove" => {
                let [formula] = exactly(command, rest, "(prove FORMULA)")?;
                self.goal(formula)?;
            }
            "assert-not" => match rest {
                [formula] => self.goal(formula)?,
                _ => return wrong(command, "this should look like `(assert-not FORMULA)`"),
            },
            // Said to solvers, not about the problem.
            "check-sat" | "set-logic" | "set-info" | "set-option" | "exit" => {}
            _ => return wrong(command, format!("`{word}` is outside of the fragment")),
        }
        Ok(())
    }

    /// The type parameters of `(par (a ...) body)`, quoted, with the names in the problem, and what comes after them.
    fn parameters<'a>(&self, sexp: &'a Sexp) -> Result<(Vec<(String, String)>, &'a Sexp)> {
        let Some(("par", rest)) = sexp.form() else { return Ok((Vec::new(), sexp)) };
        let [names, body] = exactly(sexp, rest, "(par (a ...) ...)")?;
        let name = |name: &Sexp| name_of(name).map(|name| (name.to_owned(), format!("'{}", spelled(name))));
        Ok((list_of(names)?.iter().map(name).collect::<Result<_>>()?, body))
    }

    fn ty(&mut self, sexp: &Sexp, parameters: &[(String, String)]) -> Result<Ty> {
        if let Some(name) = sexp.atom() {
            if name == "Bool" {
                self.uses("Bool");
            }
            if let Some((_, quoted)) = parameters.iter().find(|(parameter, _)| parameter == name) {
                return Ok(Ty::Named(quoted.clone(), Vec::new()));
            }
            return match self.names.get(name) {
                Some(known) => Ok(Ty::Named(known.clone(), Vec::new())),
                None => wrong(sexp, format!("the type `{name}` is not declared, or outside of the fragment")),
            };
        }
        let Some((head, arguments)) = sexp.form() else { return wrong(sexp, "a type should stand here") };
        let mut types = arguments.iter().map(|ty| self.ty(ty, parameters)).collect::<Result<Vec<_>>>()?;
        match (head, self.names.get(head)) {
            ("=>", _) => match types.pop() {
                Some(output) if !types.is_empty() => Ok(Ty::Arrow(types, output.into())),
                _ => wrong(sexp, "this should look like `(=> TYPE ... TYPE)`"),
            },
            (_, Some(name)) => Ok(Ty::Named(name.clone(), types)),
            (_, None) => wrong(sexp, format!("the type `{head}` is not declared, or outside of the fragment")),
        }
    }

    fn data_type(&mut self, name: &Sexp, body: &Sexp) -> Result<()> {
        let (parameters, body) = self.parameters(body)?;
        let own = self.declare(name)?;
        let quoted: Vec<String> = parameters.iter().map(|(_, quoted)| quoted.clone()).collect();
        let written: Vec<String> = quoted.iter().map(|name| format!("{name} : type")).collect();
        let written = if written.is_empty() { String::new() } else { format!(" ({})", written.join(", ")) };
        let whole = quoted.iter().map(|name| Ty::Named(name.clone(), Vec::new())).collect();
        let whole = Ty::Named(own.clone(), whole);
        let place = self.data.len();
        self.data.push(Data { name: own.clone(), parameters: quoted, constructors: Vec::new() });
        let mut text = format!("\ndata {own}{written} {{\n");
        for constructor in list_of(body)? {
            let (head, fields) = match constructor.list().and_then(<[Sexp]>::split_first) {
                Some(parts) => parts,
                None => (constructor, &[][..]),
            };
            let mut types = Vec::new();
            for field in fields {
                let [_, ty] = exactly(field, list_of(field)?, "(SELECTOR TYPE)")?;
                types.push(self.ty(ty, &parameters)?);
            }
            let constructor = self.declare(head)?;
            let _ = writeln!(text, "  {constructor} : {}.", arrow(types.clone(), whole.clone()).text());
            let written = name_of(head)?.to_owned();
            self.data[place].constructors.push(written.clone());
            self.constructors.insert(written, Constructor { data: place, fields: types });
        }
        self.theory.push_str(&text);
        self.theory.push_str("}\n");
        Ok(())
    }

    fn function(&mut self, command: &Sexp, rest: &[Sexp]) -> Result<()> {
        let shape = "(define-fun-rec NAME ((x TYPE) ...) TYPE BODY)";
        // `(par (a ...) (INPUTS OUTPUT))` stands in the place of inputs and output.
        let (parameters, inputs, output, name, body) = match rest {
            [name, signature, body] => {
                let (parameters, signature) = self.parameters(signature)?;
                let [inputs, output] = exactly(signature, list_of(signature)?, "(((x TYPE) ...) TYPE)")?;
                (parameters, inputs, output, name, body)
            }
            [name, inputs, output, body] => (Vec::new(), inputs, output, name, body),
            _ => return wrong(command, format!("this should look like `{shape}`")),
        };
        let mut variables = Variables::default();
        variables.taken.extend(parameters.iter().map(|(_, quoted)| quoted.clone()));
        let (mut types, mut arguments) = (Vec::new(), Vec::new());
        for input in list_of(inputs)? {
            let [variable, ty] = exactly(input, list_of(input)?, "(x TYPE)")?;
            let ty = self.ty(ty, &parameters)?;
            types.push(ty.clone());
            arguments.push(Value::Variable(variables.add(name_of(variable)?, ty)));
        }
        let output = self.ty(output, &parameters)?;
        if parameters.is_empty() {
            self.outputs.insert(name_of(name)?.to_owned(), output.clone());
        }
        let ty = arrow(types, output);
        let name = self.declare(name)?;
        let scope = Scope { parameters: &parameters };
        if arguments.is_empty() && parameters.is_empty() {
            let value = self.term(body, &variables, &scope)?;
            let _ = write!(self.theory, "\n{name} : {} = {value}.\n", ty.text());
            return Ok(());
        }
        let mut clauses = String::new();
        self.clauses(&name, &arguments, body, &variables, &scope, &mut clauses)?;
        let quantified = quantified(&parameters, ty);
        let _ = write!(self.theory, "\nfun {name} : {quantified} {{\n{clauses}}}\n");
        Ok(())
    }

    /// A clause for each way through the matches of a body.
    fn clauses(
        &mut self,
        function: &str,
        arguments: &[Value],
        body: &Sexp,
        variables: &Variables,
        scope: &Scope<'_>,
        out: &mut String,
    ) -> Result<()> {
        let Some(("match", rest)) = body.form() else {
            let value = self.term(body, variables, scope)?;
            let patterns: Vec<String> = arguments.iter().map(|argument| self.pattern(argument)).collect();
            let left = match patterns.is_empty() {
                true => function.to_owned(),
                false => format!("({function} {})", patterns.join(" ")),
            };
            let _ = writeln!(out, "  {left} = {value}.");
            return Ok(());
        };
        let [matched, cases] = exactly(body, rest, "(match x ((PATTERN BODY) ...))")?;
        let known = matched.atom().and_then(|name| variables.known.get(name)).cloned();
        let Some((value, ty)) = known else {
            return wrong(matched, "`match` on something that is no variable is outside of the fragment");
        };
        let cases = list_of(cases)?;
        let mut covered = BTreeSet::new();
        for case in cases {
            let [pattern, inner] = exactly(case, list_of(case)?, "(PATTERN BODY)")?;
            let (head, fields) = match pattern.list().and_then(<[Sexp]>::split_first) {
                Some((head, fields)) => (name_of(head)?, fields),
                None => (name_of(pattern)?, &[][..]),
            };
            if let Some(constructor) = self.constructors.get(head).cloned() {
                covered.insert(head.to_owned());
                if fields.len() != constructor.fields.len() {
                    return wrong(pattern, format!("`{head}` has {} fields", constructor.fields.len()));
                }
                let names = fields.iter().map(name_of).collect::<Result<Vec<_>>>()?;
                self.case(function, arguments, (&value, &ty), (head, &names), inner, variables, scope, out)?;
                continue;
            }
            // A name for everything else, or `_`.
            let Ty::Named(of, _) = &ty else { return wrong(pattern, "functions cannot be matched") };
            let all = self.data.iter().find(|data| data.name == *of).map(|data| data.constructors.clone());
            for constructor in all.unwrap_or_default() {
                if covered.insert(constructor.clone()) {
                    let count = self.constructors.get(&constructor).map_or(0, |known| known.fields.len());
                    let names = vec!["_"; count];
                    let matched = (&value, &ty);
                    let mut variables = variables.clone();
                    if head != "_" {
                        variables.known.insert(head.to_owned(), (value.clone(), ty.clone()));
                    }
                    self.case(function, arguments, matched, (&constructor, &names), inner, &variables, scope, out)?;
                }
            }
        }
        Ok(())
    }

    /// The clauses of one case: a constructor with names for its fields.
    #[allow(clippy::too_many_arguments)]
    fn case(
        &mut self,
        function: &str,
        arguments: &[Value],
        (value, ty): (&Value, &Ty),
        (head, names): (&str, &[&str]),
        body: &Sexp,
        variables: &Variables,
        scope: &Scope<'_>,
        out: &mut String,
    ) -> Result<()> {
        let constructor = self.constructors[head].clone();
        let parameters = &self.data[constructor.data].parameters;
        let values: BTreeMap<&str, &Ty> = match ty {
            Ty::Named(_, types) => parameters.iter().map(String::as_str).zip(types).collect(),
            Ty::Arrow(..) => BTreeMap::new(),
        };
        let types: Vec<Ty> = constructor.fields.iter().map(|field| field.with(&values)).collect();
        let mut variables = variables.clone();
        let variable = match value {
            Value::Variable(variable) => variable,
            // The variable was matched before: only one case is left.
            Value::Constructor(known, fields) => {
                if known != head {
                    return Ok(());
                }
                for ((name, field), ty) in names.iter().zip(fields).zip(types) {
                    variables.known.insert((*name).to_owned(), (field.clone(), ty));
                }
                return self.clauses(function, arguments, body, &variables, scope, out);
            }
        };
        let fields: Vec<Value> =
            names.iter().map(|name| Value::Variable(variables.fresh(if *name == "_" { "x" } else { name }))).collect();
        let pattern = Value::Constructor(head.to_owned(), fields.clone());
        variables.replace(variable, &pattern);
        for ((name, field), ty) in names.iter().zip(fields).zip(types) {
            variables.known.insert((*name).to_owned(), (field, ty));
        }
        let arguments: Vec<Value> = arguments.iter().map(|argument| argument.with(variable, &pattern)).collect();
        self.clauses(function, &arguments, body, &variables, scope, out)
    }

    /// As it is written on the left of a clause: without types.
    fn pattern(&self, value: &Value) -> String {
        match value {
            Value::Variable(name) => name.clone(),
            Value::Constructor(name, fields) => {
                let fields: Vec<String> = fields.iter().map(|field| self.pattern(field)).collect();
                applied(&self.names[name], &fields)
            }
        }
    }

    /// As it is written in a term: a constructor without fields needs its types.
    fn value(&self, value: &Value, ty: &Ty) -> String {
        match (value, ty) {
            (Value::Variable(name), _) => name.clone(),
            (Value::Constructor(name, fields), Ty::Named(_, types)) => {
                let constructor = &self.constructors[name];
                let parameters = &self.data[constructor.data].parameters;
                let values: BTreeMap<&str, &Ty> = parameters.iter().map(String::as_str).zip(types).collect();
                let written: Vec<String> = match fields.is_empty() {
                    true => types.iter().map(Ty::text).collect(),
                    false => {
                        let fields = fields.iter().zip(&constructor.fields);
                        fields.map(|(field, ty)| self.value(field, &ty.with(&values))).collect()
                    }
                };
                applied(&self.names[name], &written)
            }
            (Value::Constructor(name, _), Ty::Arrow(..)) => self.names[name].clone(),
        }
    }

    fn term(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        if let Some(name) = sexp.atom() {
            if let Some((value, ty)) = variables.known.get(name) {
                return Ok(self.value(value, ty));
            }
            if matches!(name, "true" | "false") {
                self.uses("Bool");
            }
            return match self.names.get(name) {
                Some(known) => Ok(known.clone()),
                None => wrong(sexp, format!("`{name}` is not declared, or outside of the fragment")),
            };
        }
        let items = list_of(sexp)?;
        let Some((head, rest)) = items.split_first() else { return wrong(sexp, "a term should stand here") };
        let Some(word) = head.atom() else {
            // `((_ f A) x)` and such.
            let all = items.iter().map(|item| self.term(item, variables, scope)).collect::<Result<Vec<_>>>()?;
            return Ok(format!("({})", all.join(" ")));
        };
        let each = |writer: &mut Self, items: &[Sexp]| {
            items.iter().map(|item| writer.term(item, variables, scope)).collect::<Result<Vec<_>>>()
        };
        let is_bound = variables.known.contains_key(word) || self.names.contains_key(word);
        match word {
            _ if is_bound => {
                let head = self.term(head, variables, scope)?;
                Ok(applied(&head, &each(self, rest)?))
            }
            "_" => {
                let [name, types @ ..] = rest else { return wrong(sexp, "this should look like `(_ NAME TYPE ...)`") };
                let types = types.iter().map(|ty| self.ty(ty, scope.parameters)).collect::<Result<Vec<_>>>()?;
                let types: Vec<String> = types.iter().map(Ty::text).collect();
                Ok(applied(&self.term(name, variables, scope)?, &types))
            }
            "as" => {
                let [name, ty] = exactly(sexp, rest, "(as NAME TYPE)")?;
                let types = match self.ty(ty, scope.parameters)? {
                    Ty::Named(_, types) => types.iter().map(Ty::text).collect(),
                    Ty::Arrow(..) => Vec::new(),
                };
                Ok(applied(&self.term(name, variables, scope)?, &types))
            }
            "@" => match &*each(self, rest)? {
                [function, arguments @ ..] if !arguments.is_empty() => Ok(applied(function, arguments)),
                _ => wrong(sexp, "this should look like `(@ FUNCTION ARGUMENT ...)`"),
            },
            "lambda" => {
                let [binders, body] = exactly(sexp, rest, "(lambda ((x TYPE) ...) BODY)")?;
                let mut variables = variables.clone();
                let mut written = Vec::new();
                for binder in list_of(binders)? {
                    let [name, ty] = exactly(binder, list_of(binder)?, "(x TYPE)")?;
                    let ty = self.ty(ty, scope.parameters)?;
                    let text = ty.text();
                    written.push(format!("{} : {text}", variables.add(name_of(name)?, ty)));
                }
                let body = self.term(body, &variables, scope)?;
                Ok(format!("(lambda ({}) {body})", written.join(", ")))
            }
            "ite" => {
                self.uses("ite");
                let [condition, yes, no] = exactly(sexp, rest, "(ite CONDITION TERM TERM)")?;
                let mut part = |sexp| self.term(sexp, variables, scope);
                Ok(format!("(ite {} {} {})", part(condition)?, part(yes)?, part(no)?))
            }
            "not" => {
                self.uses("not");
                let [value] = exactly(sexp, rest, "(not VALUE)")?;
                Ok(format!("(not {})", self.term(value, variables, scope)?))
            }
            "and" | "or" | "=>" => {
                let (used, name) = match word {
                    "and" => ("and", "and"),
                    "or" => ("or", "or"),
                    _ => ("=>", "implies"),
                };
                self.uses(used);
                let mut parts = each(self, rest)?;
                let Some(last) = parts.pop() else { return wrong(sexp, format!("`{word}` needs values")) };
                Ok(parts.into_iter().rev().fold(last, |inner, part| format!("({name} {part} {inner})")))
            }
            "match" => self.lifted(sexp, variables, scope),
            "=" | "distinct" => wrong(sexp, format!("`{word}` as a value is outside of the fragment")),
            _ => wrong(head, format!("`{word}` is not declared, or outside of the fragment")),
        }
    }

    /// A match inside of an expression, as a function of its own.
    fn lifted(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let Some(output) = self.type_of(sexp, variables) else {
            return wrong(
                sexp,
                "the type of this `match` is unclear; inside of an expression that is outside of the fragment",
            );
        };
        let mut mentioned = BTreeSet::new();
        atoms(sexp, &mut mentioned);
        let mut inner = Variables::default();
        inner.taken.extend(scope.parameters.iter().map(|(_, quoted)| quoted.clone()));
        let mut given: Vec<String> = scope.parameters.iter().map(|(_, quoted)| quoted.clone()).collect();
        let (mut types, mut arguments) = (Vec::new(), Vec::new());
        for (name, (value, ty)) in variables.known.iter().filter(|(name, _)| mentioned.contains(name.as_str())) {
            given.push(self.value(value, ty));
            types.push(ty.clone());
            arguments.push(Value::Variable(inner.add(name, ty.clone())));
        }
        let name = self.free("match");
        let mut clauses = String::new();
        self.clauses(&name, &arguments, sexp, &inner, scope, &mut clauses)?;
        let ty = quantified(scope.parameters, arrow(types, output));
        let _ = write!(self.theory, "\nfun {name} : {ty} {{\n{clauses}}}\n");
        Ok(applied(&name, &given))
    }

    /// The type of a term, where its head says it.
    fn type_of(&self, sexp: &Sexp, variables: &Variables) -> Option<Ty> {
        let of_name = |name: &str| match (variables.known.get(name), self.constructors.get(name)) {
            (Some((_, ty)), _) => Some(ty.clone()),
            (None, Some(constructor)) => {
                let data = &self.data[constructor.data];
                data.parameters.is_empty().then(|| Ty::Named(data.name.clone(), Vec::new()))
            }
            (None, None) => self.outputs.get(name).cloned(),
        };
        let Some((head, rest)) = sexp.form() else { return of_name(sexp.atom()?) };
        match (head, rest) {
            ("match", [matched, cases]) => {
                let case = cases.list()?.first()?.list()?;
                let [pattern, body] = case else { return None };
                let mut variables = variables.clone();
                if let (Some((head, names)), Ty::Named(_, types)) = (pattern.form(), self.type_of(matched, &variables)?)
                {
                    let constructor = self.constructors.get(head)?;
                    let parameters = self.data[constructor.data].parameters.iter().map(String::as_str);
                    let values: BTreeMap<&str, &Ty> = parameters.zip(&types).collect();
                    for (name, field) in names.iter().zip(&constructor.fields) {
                        variables.add(name.atom()?, field.with(&values));
                    }
                }
                self.type_of(body, &variables)
            }
            ("ite", [_, yes, _]) => self.type_of(yes, variables),
            ("not" | "and" | "or" | "=>", _) => of_name("true"),
            _ => match of_name(head)? {
                Ty::Arrow(inputs, output) if inputs.len() == rest.len() => Some(*output),
                Ty::Arrow(..) => None,
                ty => Some(ty),
            },
        }
    }

    fn goal(&mut self, formula: &Sexp) -> Result<()> {
        let (parameters, formula) = self.parameters(formula)?;
        let mut variables = Variables::default();
        variables.taken.extend(parameters.iter().map(|(_, quoted)| quoted.clone()));
        let scope = Scope { parameters: &parameters };
        let body = self.proposition(formula, &variables, &scope)?;
        let text = quantified_text(&parameters, &body);
        self.count += 1;
        let name = if self.count == 1 { self.goal.clone() } else { format!("{}_{}", self.goal, self.count) };
        let _ = writeln!(self.goals, "{name} : {text}.");
        Ok(())
    }

    fn proposition(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let form = sexp.form().filter(|(word, _)| !self.names.contains_key(*word));
        match form {
            Some(("forall", rest)) => {
                let [binders, body] = exactly(sexp, rest, "(forall ((x TYPE) ...) FORMULA)")?;
                let mut variables = variables.clone();
                let mut text = String::new();
                for binder in list_of(binders)? {
                    let [name, ty] = exactly(binder, list_of(binder)?, "(x TYPE)")?;
                    let ty = self.ty(ty, scope.parameters)?;
                    let written = ty.text();
                    let _ = write!(text, "({} : {written}) -> ", variables.add(name_of(name)?, ty));
                }
                Ok(format!("[{text}{}]", open_arrow(&self.proposition(body, &variables, scope)?)))
            }
            Some(("=>", rest)) if rest.len() > 1 => {
                let parts = rest.iter().map(|part| self.proposition(part, variables, scope));
                let mut parts = parts.collect::<Result<Vec<_>>>()?;
                let conclusion = parts.pop().unwrap_or_default();
                Ok(format!("[{} -> {}]", parts.join(" -> "), open_arrow(&conclusion)))
            }
            Some(("=", rest)) => {
                let [left, right] = exactly(sexp, rest, "(= TERM TERM)")?;
                let (left, right) = (self.term(left, variables, scope)?, self.term(right, variables, scope)?);
                Ok(format!("(= {left} {right})"))
            }
            Some(("not", [negated])) => {
                self.uses("Bool");
                match negated.form() {
                    Some(("=", _)) => {
                        Ok(format!("[{} -> (= true false)]", self.proposition(negated, variables, scope)?))
                    }
                    _ => Ok(format!("(= {} false)", self.term(negated, variables, scope)?)),
                }
            }
            Some(("distinct", rest)) => {
                let [left, right] = exactly(sexp, rest, "(distinct TERM TERM)")?;
                self.uses("Bool");
                let (left, right) = (self.term(left, variables, scope)?, self.term(right, variables, scope)?);
                Ok(format!("[(= {left} {right}) -> (= true false)]"))
            }
            Some(("exists", _)) => wrong(sexp, "`exists` is outside of the fragment"),
            _ => {
                self.uses("Bool");
                Ok(format!("(= {} true)", self.term(sexp, variables, scope)?))
            }
        }
    }
}

/// What stands around a term beside its variables.
struct Scope<'a> {
    parameters: &'a [(String, String)],
}

/// The atoms in an expression.
fn atoms<'a>(sexp: &'a Sexp, found: &mut BTreeSet<&'a str>) {
    match sexp {
        Sexp::Atom(text, _) => {
            found.insert(text);
        }
        Sexp::List(items, _) => items.iter().for_each(|item| atoms(item, found)),
    }
}

fn applied(head: &str, arguments: &[String]) -> String {
    if arguments.is_empty() { head.to_owned() } else { format!("({head} {})", arguments.join(" ")) }
}

fn arrow(inputs: Vec<Ty>, output: Ty) -> Ty {
    if inputs.is_empty() { output } else { Ty::Arrow(inputs, output.into()) }
}

/// The inside of an arrow, which may go on another; what is no arrow as it is.
fn open_arrow(text: &str) -> &str {
    text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text)
}

fn quantified(parameters: &[(String, String)], ty: Ty) -> String {
    quantified_text(parameters, &ty.text())
}

fn quantified_text(parameters: &[(String, String)], text: &str) -> String {
    if parameters.is_empty() {
        return text.to_owned();
    }
    let binders: String = parameters.iter().map(|(_, quoted)| format!("({quoted} : type) -> ")).collect();
    format!("[{binders}{}]", open_arrow(text))
}
