//! The commands of a problem, one after the other, as text of the Peano language.
//!
//! | step | file |
//! |---|---|
//! | expressions to typed terms, without `let` | `read` |
//! | substitution in terms, which resolves matches on known constructors | `change` |
//! | equality as a value: functions that decide it | `equality` |
//! | functions that are defined together: one after the other | `define` |
//! | a clause for each way through the matches of a body; other matches as functions | `clauses` |
//! | check of structural recursion | `termination` |
//! | check of other recursion about smaller arguments | `measure`, `bounds`, `integers` |
//! | goals and assumptions | `formula` |
//! | terms as text; truth values and integers | `print`, `prelude` |

mod bounds;
mod change;
mod clauses;
mod define;
mod equality;
mod formula;
mod integers;
mod measure;
mod prelude;
mod print;
mod read;
mod termination;

use super::names::{Names, spelled};
use super::term::{Case, Match, Node, Shared, Symbol, Term, Variable};
use super::types::Ty;
use super::{Result, Sexp, TipError};
use read::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A problem in the Peano language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The theory: sorts, data types, functions and assumptions.
    pub theory: String,
    /// The goals, as a goal set.
    pub goals: String,
}

/// The most work for one problem, about a second: one unit for each byte that is written (again, where a term is put
/// into another), and [`COPIED`] for each name of a type, a variable or a term that is examined or copied. A case for
/// everything else stands for one clause for each constructor, and nested ones for the products of their numbers; the
/// term of a `let` is copied to each place of its name.
pub const MAX_WORK: u64 = 200_000_000;

/// The cost of copying a name, relative to writing a byte.
const COPIED: u64 = 150;

/// The greatest depth of a term once its `let`s are replaced.
const MAX_HEIGHT: u32 = 2_000;

/// The largest numeral: numbers are written in unary notation.
const MAX_NUMERAL: u64 = 10_000;

/// A constructor or function.
#[derive(Clone, Debug)]
struct Info {
    /// Its name in the Peano language.
    name: String,
    /// Type variables, quoted.
    parameters: Vec<String>,
    /// The places of the type parameters for which it is given a function that decides equality, before its inputs.
    decided: Vec<usize>,
    inputs: Vec<Ty>,
    output: Ty,
    kind: Kind,
}

/// The kind of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A constructor of the data type with that place.
    Constructor {
        data: usize,
    },
    Function,
}

impl Info {
    fn new(name: impl Into<String>, parameters: Vec<String>, inputs: Vec<Ty>, output: Ty, kind: Kind) -> Self {
        Self { name: name.into(), parameters, decided: Vec::new(), inputs, output, kind }
    }

    /// The types of all that it is given, functions that decide equality first.
    fn given(&self) -> Vec<Ty> {
        let decided = self.decided.iter().map(|&place| Ty::named(&self.parameters[place]).decided());
        decided.chain(self.inputs.iter().cloned()).collect()
    }
}

/// A data type.
#[derive(Clone, Debug)]
struct Data {
    /// Its name in the Peano language.
    name: String,
    /// Type variables, quoted.
    parameters: Vec<String>,
    constructors: Vec<Symbol>,
}

/// A variable of a problem.
#[derive(Clone, Debug)]
struct VariableInfo {
    /// Its name in the problem.
    name: String,
    ty: Ty,
}

/// Writes a problem.
#[derive(Clone)]
pub(super) struct Writer {
    goal: String,
    theory: String,
    goals: String,
    /// The number of goals, and of assumptions.
    count: usize,
    assumed: usize,
    data: Vec<Data>,
    /// The places of data types by their names in the Peano language.
    places: BTreeMap<String, usize>,
    symbols: Vec<Info>,
    variables: Vec<VariableInfo>,
    /// Types that are unknown where they are read, with their values once these are found.
    holes: Vec<Option<Ty>>,
    /// Types of the problem, with their names in the Peano language and the number of their arguments.
    types: BTreeMap<String, (String, usize)>,
    /// Constructors and functions of the problem.
    terms: BTreeMap<String, Symbol>,
    /// The operations of the prelude that have a symbol, and all that is used.
    operations: BTreeMap<&'static str, Symbol>,
    used: BTreeSet<&'static str>,
    /// The functions that decide equality, by the places of data types, and the one that is assumed for all types.
    equalities: BTreeMap<usize, Symbol>,
    assumed_equality: Option<Symbol>,
    /// The rules of the defined functions, and the functions that compute sizes, by the places of data types.
    rules: BTreeMap<Symbol, bounds::Rules>,
    sizes: BTreeMap<usize, Symbol>,
    taken: Names,
    /// Whether `(assert (not F))` asks for a proof of `F`.
    negated_is_goal: bool,
    /// The work left of [`MAX_WORK`].
    left: u64,
}

/// The type parameters of a definition.
#[derive(Clone, Default)]
struct Parameters {
    /// Their names in the Peano language, quoted, in order.
    quoted: Vec<String>,
    /// The same by their names in the problem.
    by_name: BTreeMap<String, String>,
}

fn wrong<T>(at: &Sexp, message: impl Into<String>) -> Result<T> {
    Err(TipError::new(at.at(), message))
}

/// The items of a list of exactly this many.
fn exactly<'a, const N: usize>(of: &Sexp, items: &'a [Sexp], shape: &str) -> Result<&'a [Sexp; N]> {
    items.try_into().or_else(|_| wrong(of, format!("this should look like `{shape}`")))
}

fn name_of(sexp: &Sexp) -> Result<&str> {
    sexp.atom().map_or_else(|| wrong(sexp, "a name should stand here"), Ok)
}

fn list_of(sexp: &Sexp) -> Result<&[Sexp]> {
    sexp.list().map_or_else(|| wrong(sexp, "a list should stand here"), Ok)
}

/// The number that a numeral says; the largest one where it is too large.
fn numeral(text: &str) -> Option<u64> {
    let is_numeral = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_numeral.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Whether a problem speaks of integers.
fn has_integers(sexps: &[Sexp]) -> bool {
    sexps.iter().any(|sexp| match sexp {
        Sexp::Atom(text, _) => text == "Int" || numeral(text).is_some(),
        // The numerals there count arguments.
        Sexp::List(..) if matches!(sexp.form(), Some(("declare-sort", _))) => false,
        Sexp::List(items, _) => has_integers(items),
    })
}

/// The formula that `(assert (not F))` negates.
fn negated(sexp: &Sexp) -> Option<&Sexp> {
    match sexp.form() {
        Some(("assert", [formula])) => match formula.form() {
            Some(("not", [formula])) => Some(formula),
            _ => None,
        },
        _ => None,
    }
}

impl Writer {
    pub fn new(goal: &str, commands: &[Sexp]) -> Self {
        let is_goal = |command: &Sexp| matches!(command.form(), Some(("prove" | "assert-not", _)));
        let count = commands.iter().filter(|command| negated(command).is_some()).count();
        let mut writer = Self {
            goal: spelled(goal),
            theory: String::new(),
            goals: String::new(),
            count: 0,
            assumed: 0,
            data: Vec::new(),
            places: BTreeMap::new(),
            symbols: Vec::new(),
            variables: Vec::new(),
            holes: Vec::new(),
            types: BTreeMap::from([("Bool".to_owned(), ("Bool".to_owned(), 0))]),
            terms: BTreeMap::new(),
            operations: BTreeMap::new(),
            used: BTreeSet::new(),
            equalities: BTreeMap::new(),
            assumed_equality: None,
            rules: BTreeMap::new(),
            sizes: BTreeMap::new(),
            taken: Names::with(prelude::taken(has_integers(commands))),
            negated_is_goal: count == 1 && !commands.iter().any(is_goal),
            left: MAX_WORK,
        };
        writer.prelude();
        writer
    }

    pub fn finish(self) -> Imported {
        Imported { theory: self.written_prelude() + &self.theory, goals: self.goals }
    }

    /// Pays for work.
    fn spend(&mut self, at: usize, work: u64) -> Result<()> {
        match self.left.checked_sub(work) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(TipError::new(
                at,
                format!(
                    "this becomes too much text or work: a problem may take {MAX_WORK} steps; split it, or name parts \
                     of it"
                ),
            )),
        }
    }

    /// Pays for copying this many names.
    fn copy(&mut self, at: usize, names: u64) -> Result<()> {
        self.spend(at, names.saturating_mul(COPIED))
    }

    /// A term with its measures.
    fn node(&mut self, at: usize, term: Term) -> Result<Shared> {
        let parts = term.parts();
        let size = parts.iter().fold(1, |sum: u64, part| sum.saturating_add(part.size));
        let height = parts.iter().map(|part| part.height).max().unwrap_or(0) + 1;
        if height > MAX_HEIGHT {
            let message = format!("with its `let`s replaced, this is nested more than {MAX_HEIGHT} deep");
            return Err(TipError::new(at, message));
        }
        self.copy(at, 1 + parts.len() as u64)?;
        Ok(Node { term, size, height }.into())
    }

    /// A new variable.
    fn variable(&mut self, name: &str, ty: Ty) -> Variable {
        self.variables.push(VariableInfo { name: name.to_owned(), ty });
        self.variables.len() - 1
    }

    /// A variable as a term.
    fn of_variable(&mut self, at: usize, variable: Variable) -> Result<Shared> {
        self.node(at, Term::Variable(variable))
    }

    /// The types of a constructor's fields where its data type has these arguments.
    fn field_types(&mut self, at: usize, constructor: Symbol, types: &[Ty]) -> Result<Vec<Ty>> {
        let info = &self.symbols[constructor];
        let sizes: BTreeMap<&str, u64> =
            info.parameters.iter().map(String::as_str).zip(types).map(|(name, ty)| (name, ty.size())).collect();
        let size = info.inputs.iter().fold(0_u64, |sum, field| sum.saturating_add(field.size_with(&sizes)));
        self.copy(at, size)?;
        let info = &self.symbols[constructor];
        let values = info.parameters.iter().cloned().zip(types.iter().cloned()).collect();
        Ok(info.inputs.iter().map(|field| field.with(&values)).collect())
    }

    /// The data type of a type.
    fn data_of(&self, ty: &Ty) -> Option<(usize, Vec<Ty>)> {
        match ty {
            Ty::Named(name, types) => self.places.get(name).map(|&place| (place, types.clone())),
            _ => None,
        }
    }

    /// The name of a constant that is declared here.
    fn declare(&mut self, name: &Sexp) -> Result<String> {
        let written = name_of(name)?;
        if self.terms.contains_key(written) {
            return wrong(name, format!("`{written}` is declared a second time"));
        }
        Ok(self.free(&spelled(written)))
    }

    /// The name of a type that is declared here.
    fn declare_type(&mut self, name: &Sexp, arity: usize) -> Result<String> {
        let written = name_of(name)?;
        if self.types.contains_key(written) || written == "Int" {
            return wrong(name, format!("`{written}` is declared a second time"));
        }
        let free = self.free(&spelled(written));
        self.types.insert(written.to_owned(), (free.clone(), arity));
        Ok(free)
    }

    /// A name that nothing has, from now on taken.
    fn free(&mut self, wanted: &str) -> String {
        self.taken.free(wanted, "_")
    }

    /// A symbol of the problem.
    fn add(&mut self, name: &Sexp, info: Info) -> Result<Symbol> {
        self.terms.insert(name_of(name)?.to_owned(), self.symbols.len());
        self.symbols.push(info);
        Ok(self.symbols.len() - 1)
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
                let name = self.declare_type(name, 0)?;
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
                let ty = self.ty(ty, &Parameters::default())?;
                self.constant(name, Vec::new(), ty)?;
            }
            "declare-fun" => {
                let [name, inputs, output] = exactly(command, rest, "(declare-fun NAME (TYPE ...) TYPE)")?;
                let none = Parameters::default();
                let inputs = list_of(inputs)?.iter().map(|ty| self.ty(ty, &none)).collect::<Result<Vec<_>>>()?;
                let output = self.ty(output, &none)?;
                self.constant(name, inputs, output)?;
            }
            "define-fun" | "define-fun-rec" => self.function(command, rest)?,
            "define-funs-rec" => self.functions(command, rest)?,
            "prove" => {
                let [formula] = exactly(command, rest, "(prove FORMULA)")?;
                self.goal(formula)?;
            }
            "assert-not" => match rest {
                [formula] => self.goal(formula)?,
                _ => return wrong(command, "this should look like `(assert-not FORMULA)`"),
            },
            "assert" => {
                let [formula] = exactly(command, rest, "(assert FORMULA)")?;
                match negated(command) {
                    Some(formula) if self.negated_is_goal => self.goal(formula)?,
                    _ => self.assumption(formula)?,
                }
            }
            // Said to solvers, not about the problem.
            "check-sat" | "set-logic" | "set-info" | "set-option" | "exit" => {}
            _ => return wrong(command, format!("`{word}` is outside of the fragment")),
        }
        Ok(())
    }

    /// A constant without definition.
    fn constant(&mut self, name: &Sexp, inputs: Vec<Ty>, output: Ty) -> Result<()> {
        let own = self.declare(name)?;
        let ty = Ty::arrow(inputs.clone(), output.clone()).text();
        self.spend(name.at(), ty.len() as u64)?;
        let _ = write!(self.theory, "\n{own} : {ty}.\n");
        self.add(name, Info::new(own, Vec::new(), inputs, output, Kind::Function))?;
        Ok(())
    }

    /// The type parameters of `(par (a ...) body)`, and the body.
    fn parameters<'a>(&self, sexp: &'a Sexp) -> Result<(Parameters, &'a Sexp)> {
        let mut parameters = Parameters::default();
        let Some(("par", rest)) = sexp.form() else { return Ok((parameters, sexp)) };
        let [names, body] = exactly(sexp, rest, "(par (a ...) ...)")?;
        for name in list_of(names)? {
            let written = name_of(name)?;
            let quoted = format!("'{}", spelled(written));
            if parameters.by_name.values().any(|known| *known == quoted) {
                return wrong(name, format!("the type parameter `{written}` is written like another one"));
            }
            parameters.quoted.push(quoted.clone());
            parameters.by_name.insert(written.to_owned(), quoted);
        }
        Ok((parameters, body))
    }

    fn ty(&mut self, sexp: &Sexp, parameters: &Parameters) -> Result<Ty> {
        if let Some(quoted) = sexp.atom().and_then(|name| parameters.by_name.get(name)) {
            return Ok(Ty::named(quoted));
        }
        let Some((head, arguments)) = sexp.form().or_else(|| sexp.atom().map(|name| (name, &[][..]))) else {
            return wrong(sexp, "a type should stand here");
        };
        let mut types = arguments.iter().map(|ty| self.ty(ty, parameters)).collect::<Result<Vec<_>>>()?;
        self.copy(sexp.at(), 1)?;
        if head == "=>" {
            return match types.pop() {
                Some(output) if !types.is_empty() => Ok(Ty::arrow(types, output)),
                _ => wrong(sexp, "this should look like `(=> TYPE ... TYPE)`"),
            };
        }
        if head == "Int" && types.is_empty() {
            self.uses("Int");
            return Ok(Ty::named("Int"));
        }
        let Some((name, arity)) = self.types.get(head).cloned() else {
            return wrong(sexp, format!("the type `{head}` is not declared, or outside of the fragment"));
        };
        if name == "Bool" {
            self.uses("Bool");
        }
        if types.len() != arity {
            let plural = if arity == 1 { "" } else { "s" };
            return wrong(sexp, format!("the type `{head}` takes {arity} argument{plural}"));
        }
        Ok(Ty::Named(name, types))
    }

    fn data_type(&mut self, name: &Sexp, body: &Sexp) -> Result<()> {
        let (parameters, body) = self.parameters(body)?;
        let quoted = parameters.quoted.clone();
        let own = self.declare_type(name, quoted.len())?;
        let written: Vec<String> = quoted.iter().map(|name| format!("{name} : type")).collect();
        let written = if written.is_empty() { String::new() } else { format!(" ({})", written.join(", ")) };
        let whole = Ty::Named(own.clone(), quoted.iter().map(Ty::named).collect());
        let place = self.data.len();
        self.places.insert(own.clone(), place);
        self.data.push(Data { name: own.clone(), parameters: quoted.clone(), constructors: Vec::new() });
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
            let own = self.declare(head)?;
            self.copy(head.at(), whole.size().saturating_add(quoted.len() as u64))?;
            let _ = writeln!(text, "  {own} : {}.", Ty::arrow(types.clone(), whole.clone()).text());
            let kind = Kind::Constructor { data: place };
            let symbol = self.add(head, Info::new(own, quoted.clone(), types, whole.clone(), kind))?;
            self.data[place].constructors.push(symbol);
        }
        self.theory.push_str(&text);
        self.theory.push_str("}\n");
        Ok(())
    }
}

/// The inside of an arrow, to be prefixed with more inputs; other texts as they are.
fn open_arrow(text: &str) -> &str {
    text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text)
}

/// A type or proposition for all types.
fn quantified(parameters: &[String], text: &str) -> String {
    if parameters.is_empty() {
        return text.to_owned();
    }
    let binders: String = parameters.iter().map(|quoted| format!("({quoted} : type) -> ")).collect();
    format!("[{binders}{}]", open_arrow(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The work for a problem.
    fn work(text: &str) -> u64 {
        let commands = super::super::sexp::read(text).unwrap();
        let mut writer = Writer::new("goal", &commands);
        for command in &commands {
            writer.command(command).unwrap();
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
