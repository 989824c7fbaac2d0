//! The commands of a problem, one after the other, as text of the Peano language.

mod clauses;
mod term;

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
