//! The commands of a problem, one after the other, as text of the Peano language.

use super::{Result, Sexp, TipError, Ty, Value, Variables, free_name, spelled};
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

/// What one problem may cost, about a second: one for each byte that is written (again, where a term is put into
/// another), and [`COPIED`] for each name of a type, a variable or a pattern that is copied. A case for everything else
/// stands for one clause for each constructor, and of nested ones for the products of their numbers.
pub const MAX_WORK: u64 = 200_000_000;

/// What it costs to copy a name, compared with writing a byte.
const COPIED: u64 = 50;

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
    /// For names that were taken, the number below which no numbered one is free.
    tried: BTreeMap<String, u64>,
    /// The places of data types by their names in the Peano language.
    places: BTreeMap<String, usize>,
    /// What is left of [`MAX_WORK`].
    left: u64,
}

/// The type parameters of a definition.
#[derive(Default)]
struct Parameters {
    /// Their names in the Peano language, quoted, in order.
    quoted: Vec<String>,
    /// The same by their names in the problem.
    by_name: BTreeMap<String, String>,
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
            tried: BTreeMap::new(),
            places: BTreeMap::from([("Bool".to_owned(), 0)]),
            left: MAX_WORK,
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

    /// Pays for work.
    fn spend(&mut self, at: &Sexp, work: u64) -> Result<()> {
        match self.left.checked_sub(work) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => wrong(
                at,
                format!(
                    "this becomes too much text: a problem may take {MAX_WORK} steps; split it, or name parts of it"
                ),
            ),
        }
    }

    /// Pays for copying so many names.
    fn copy(&mut self, at: &Sexp, names: u64) -> Result<()> {
        self.spend(at, names.saturating_mul(COPIED))
    }

    /// A copy of variables.
    fn copied(&mut self, at: &Sexp, variables: &Variables) -> Result<Variables> {
        self.copy(at, variables.size())?;
        Ok(variables.clone())
    }

    /// The types of a constructor's fields where its data type has these arguments.
    fn field_types(&mut self, at: &Sexp, constructor: &Constructor, types: &[Ty]) -> Result<Vec<Ty>> {
        let parameters = &self.data[constructor.data].parameters;
        let sizes: BTreeMap<&str, u64> =
            parameters.iter().map(String::as_str).zip(types).map(|(name, ty)| (name, ty.size())).collect();
        let size = constructor.fields.iter().fold(0_u64, |sum, field| sum.saturating_add(field.size_with(&sizes)));
        self.copy(at, size)?;
        let parameters = &self.data[constructor.data].parameters;
        let values: BTreeMap<&str, &Ty> = parameters.iter().map(String::as_str).zip(types).collect();
        Ok(constructor.fields.iter().map(|field| field.with(&values)).collect())
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
        let free = free_name(wanted, "_", |name| self.taken.contains(name), &mut self.tried);
        self.taken.insert(free.clone());
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
                let ty = self.ty(ty, &Parameters::default())?.text();
                let name = self.declare(name)?;
                let _ = write!(self.theory, "\n{name} : {ty}.\n");
            }
            "declare-fun" => {
                let [name, inputs, output] = exactly(command, rest, "(declare-fun NAME (TYPE ...) TYPE)")?;
                let none = Parameters::default();
                let inputs = list_of(inputs)?.iter().map(|ty| self.ty(ty, &none)).collect::<Result<Vec<_>>>()?;
                let ty = arrow(inputs, self.ty(output, &none)?).text();
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

    /// The type parameters of `(par (a ...) body)`, and what comes after them.
    fn parameters<'a>(&self, sexp: &'a Sexp) -> Result<(Parameters, &'a Sexp)> {
        let mut parameters = Parameters::default();
        let Some(("par", rest)) = sexp.form() else { return Ok((parameters, sexp)) };
        let [names, body] = exactly(sexp, rest, "(par (a ...) ...)")?;
        for name in list_of(names)? {
            let name = name_of(name)?;
            let quoted = format!("'{}", spelled(name));
            parameters.quoted.push(quoted.clone());
            parameters.by_name.entry(name.to_owned()).or_insert(quoted);
        }
        Ok((parameters, body))
    }

    fn ty(&mut self, sexp: &Sexp, parameters: &Parameters) -> Result<Ty> {
        if let Some(name) = sexp.atom() {
            if name == "Bool" {
                self.uses("Bool");
            }
            if let Some(quoted) = parameters.by_name.get(name) {
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
        let quoted = parameters.quoted.clone();
        let written: Vec<String> = quoted.iter().map(|name| format!("{name} : type")).collect();
        let written = if written.is_empty() { String::new() } else { format!(" ({})", written.join(", ")) };
        let whole = quoted.iter().map(|name| Ty::Named(name.clone(), Vec::new())).collect();
        let whole = Ty::Named(own.clone(), whole);
        let place = self.data.len();
        self.places.insert(own.clone(), place);
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
            self.copy(head, whole.size())?;
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
            [name, inputs, output, body] => (Parameters::default(), inputs, output, name, body),
            _ => return wrong(command, format!("this should look like `{shape}`")),
        };
        let mut variables = Variables::default();
        variables.taken.extend(parameters.quoted.iter().cloned());
        let (mut types, mut arguments) = (Vec::new(), Vec::new());
        for input in list_of(inputs)? {
            let [variable, ty] = exactly(input, list_of(input)?, "(x TYPE)")?;
            let ty = self.ty(ty, &parameters)?;
            types.push(ty.clone());
            arguments.push(Value::Variable(variables.add(name_of(variable)?, ty)));
        }
        let output = self.ty(output, &parameters)?;
        if parameters.quoted.is_empty() {
            self.outputs.insert(name_of(name)?.to_owned(), output.clone());
        }
        let ty = arrow(types, output);
        let name = self.declare(name)?;
        let scope = Scope { parameters: &parameters };
        if arguments.is_empty() && parameters.quoted.is_empty() {
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
            self.spend(body, left.len() as u64)?;
            let _ = writeln!(out, "  {left} = {value}.");
            return Ok(());
        };
        let [matched, cases] = exactly(body, rest, "(match x ((PATTERN BODY) ...))")?;
        let known = matched.atom().and_then(|name| variables.known.get(name));
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
                self.case(function, arguments, (value, ty), (head, &names), inner, variables, scope, out)?;
                continue;
            }
            // A name for everything else, or `_`.
            let Ty::Named(of, _) = ty else { return wrong(pattern, "functions cannot be matched") };
            let all = self.places.get(of).map(|&place| self.data[place].constructors.clone());
            self.copy(pattern, all.as_ref().map_or(0, |all| all.len() as u64))?;
            for constructor in all.unwrap_or_default() {
                if covered.insert(constructor.clone()) {
                    let count = self.constructors.get(&constructor).map_or(0, |known| known.fields.len());
                    let names = vec!["_"; count];
                    let matched = (value, ty);
                    let mut variables = self.copied(pattern, variables)?;
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
        let arguments_of: &[Ty] = match ty {
            Ty::Named(_, types) => types,
            Ty::Arrow(..) => &[],
        };
        let types = self.field_types(body, &constructor, arguments_of)?;
        let mut variables = self.copied(body, variables)?;
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
        // Each place of the variable gets a copy of the pattern; there is one in each argument at most.
        let sizes = arguments.iter().fold(pattern.size(), |sum, argument| sum.saturating_add(argument.size()));
        self.copy(body, sizes)?;
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
        let text = self.unpaid_term(sexp, variables, scope)?;
        self.spend(sexp, text.len() as u64)?;
        Ok(text)
    }

    fn unpaid_term(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
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
                let mut variables = self.copied(sexp, variables)?;
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
                let mut text = String::new();
                // Writing to a string cannot fail.
                let _ = nested(&mut text, name, &parts, &last);
                Ok(text)
            }
            "match" => self.lifted(sexp, variables, scope),
            "=" | "distinct" => wrong(sexp, format!("`{word}` as a value is outside of the fragment")),
            _ => wrong(head, format!("`{word}` is not declared, or outside of the fragment")),
        }
    }

    /// A match inside of an expression, as a function of its own.
    fn lifted(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let Some(output) = self.type_of(sexp, variables)? else {
            return wrong(
                sexp,
                "the type of this `match` is unclear; inside of an expression that is outside of the fragment",
            );
        };
        let mut mentioned = BTreeSet::new();
        atoms(sexp, &mut mentioned);
        self.copy(sexp, (mentioned.len() + variables.known.len() + 2 * scope.parameters.quoted.len()) as u64)?;
        let mut inner = Variables::default();
        inner.taken.extend(scope.parameters.quoted.iter().cloned());
        let mut given = scope.parameters.quoted.clone();
        let (mut types, mut arguments) = (Vec::new(), Vec::new());
        for (name, (value, ty)) in variables.known.iter().filter(|(name, _)| mentioned.contains(name.as_str())) {
            self.copy(sexp, ty.size())?;
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
    fn type_of(&mut self, sexp: &Sexp, variables: &Variables) -> Result<Option<Ty>> {
        let of_name = |writer: &Self, name: &str| match (variables.known.get(name), writer.constructors.get(name)) {
            (Some((_, ty)), _) => Some(ty.clone()),
            (None, Some(constructor)) => {
                let data = &writer.data[constructor.data];
                data.parameters.is_empty().then(|| Ty::Named(data.name.clone(), Vec::new()))
            }
            (None, None) => writer.outputs.get(name).cloned(),
        };
        let Some((head, rest)) = sexp.form() else { return Ok(sexp.atom().and_then(|name| of_name(self, name))) };
        Ok(match (head, rest) {
            ("match", [matched, cases]) => {
                let case = cases.list().and_then(<[Sexp]>::first).and_then(Sexp::list);
                let Some([pattern, body]) = case else { return Ok(None) };
                let mut variables = self.copied(sexp, variables)?;
                let Some(of) = self.type_of(matched, &variables)? else { return Ok(None) };
                if let (Some((head, names)), Ty::Named(_, types)) = (pattern.form(), of) {
                    let Some(constructor) = self.constructors.get(head).cloned() else { return Ok(None) };
                    let fields = self.field_types(pattern, &constructor, &types)?;
                    for (name, field) in names.iter().zip(fields) {
                        let Some(name) = name.atom() else { return Ok(None) };
                        variables.add(name, field);
                    }
                }
                self.type_of(body, &variables)?
            }
            ("ite", [_, yes, _]) => self.type_of(yes, variables)?,
            ("not" | "and" | "or" | "=>", _) => of_name(self, "true"),
            _ => match of_name(self, head) {
                Some(Ty::Arrow(inputs, output)) if inputs.len() == rest.len() => Some(*output),
                Some(Ty::Arrow(..)) => None,
                known => known,
            },
        })
    }

    fn goal(&mut self, formula: &Sexp) -> Result<()> {
        let (parameters, formula) = self.parameters(formula)?;
        let mut variables = Variables::default();
        variables.taken.extend(parameters.quoted.iter().cloned());
        let scope = Scope { parameters: &parameters };
        let body = self.proposition(formula, &variables, &scope)?;
        let text = quantified_text(&parameters, &body);
        self.count += 1;
        let name = if self.count == 1 { self.goal.clone() } else { format!("{}_{}", self.goal, self.count) };
        let _ = writeln!(self.goals, "{name} : {text}.");
        Ok(())
    }

    fn proposition(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let text = self.unpaid_proposition(sexp, variables, scope)?;
        self.spend(sexp, text.len() as u64)?;
        Ok(text)
    }

    fn unpaid_proposition(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let form = sexp.form().filter(|(word, _)| !self.names.contains_key(*word));
        match form {
            Some(("forall", rest)) => {
                let [binders, body] = exactly(sexp, rest, "(forall ((x TYPE) ...) FORMULA)")?;
                let mut variables = self.copied(sexp, variables)?;
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
    parameters: &'a Parameters,
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

/// `(head part (head part ... last))`, each part written once however many there are.
fn nested(out: &mut impl std::fmt::Write, head: &str, parts: &[String], last: &str) -> std::fmt::Result {
    for part in parts {
        write!(out, "({head} {part} ")?;
    }
    out.write_str(last)?;
    parts.iter().try_for_each(|_| out.write_char(')'))
}

fn arrow(inputs: Vec<Ty>, output: Ty) -> Ty {
    if inputs.is_empty() { output } else { Ty::Arrow(inputs, output.into()) }
}

/// The inside of an arrow, which may go on another; what is no arrow as it is.
fn open_arrow(text: &str) -> &str {
    text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text)
}

fn quantified(parameters: &Parameters, ty: Ty) -> String {
    quantified_text(parameters, &ty.text())
}

fn quantified_text(parameters: &Parameters, text: &str) -> String {
    if parameters.quoted.is_empty() {
        return text.to_owned();
    }
    let binders: String = parameters.quoted.iter().map(|quoted| format!("({quoted} : type) -> ")).collect();
    format!("[{binders}{}]", open_arrow(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the bytes that are written.
    struct Counter(usize);

    impl std::fmt::Write for Counter {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }

    #[test]
    fn many_arguments_are_written_once() {
        let mut text = String::new();
        nested(&mut text, "and", &["a".into(), "b".into()], "c").unwrap();
        assert_eq!(text, "(and a (and b c))");
        let written = |count: usize| {
            let mut counter = Counter(0);
            nested(&mut counter, "and", &vec!["a".to_owned(); count], "c").unwrap();
            counter.0
        };
        assert_eq!(written(2_000), 2 * written(1_000) - 1);
    }

    /// The work for a problem.
    fn work(text: &str) -> u64 {
        let mut writer = Writer::new("goal");
        for command in super::super::sexp::read(text).unwrap() {
            writer.command(&command).unwrap();
        }
        MAX_WORK - writer.left
    }

    #[test]
    fn work_grows_with_the_length_of_a_problem() {
        let problems: [fn(usize) -> String; 6] = [
            |count| format!("(declare-const b Bool)(prove (and{}))", " b".repeat(count)),
            |count| format!("(declare-const b Bool)(prove (=>{}))", " b".repeat(count)),
            |count| format!("(declare-sort A 0)(prove (forall ({}) (= x x)))", "(x A)".repeat(count)),
            |count| (0..count).map(|index| format!("(declare-sort a{index} 0)")).collect(),
            |count| {
                let names: String = (0..count).map(|index| format!(" a{index}")).collect();
                format!("(declare-sort A 0)(prove (par ({names}) (forall ((x a0)) (= x x))))")
            },
            |count| {
                let constructors: String = (0..count).map(|index| format!("(c{index})")).collect();
                format!("(declare-datatype B ({constructors}))(define-fun f ((x B)) B (match x ((_ x))))")
            },
        ];
        for (index, problem) in problems.into_iter().enumerate() {
            let (once, twice) = (work(&problem(500)), work(&problem(1_000)));
            assert!(twice <= 2 * once + once / 4 + 10, "problem {index}: {once} {twice}");
        }
    }
}
