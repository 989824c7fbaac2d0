//! Problems of the *Tons of Inductive Problems* (TIP) in SMT-LIB notation -> the Peano language.
//!
//! Data types become `data`, functions `fun` with a clause for each way through their `match`es, and what is to be proved
//! becomes a goal. The text is not believed: whoever reads it has it checked like any other.
//!
//! | TIP | Peano |
//! |---|---|
//! | `(declare-datatype list (par (a) ((nil) (cons (head a) (tail (list a))))))` | `data list ('a : type) { ... }`; selectors are left out |
//! | `(define-fun-rec f (par (a) (((x A) ...) B)) body)`, `define-fun` | `fun f : [('a : type) -> A -> ... -> B] { ... }`, without arguments a definition |
//! | `(declare-sort A 0)`, `(declare-const c A)`, `(declare-fun f (A ...) B)` | declarations |
//! | `(match x ((C body) ((D y) body) (_ body)))` on a variable | clauses; inside of an expression those of a function of its own |
//! | `Bool`, `true`, `false`, `ite`, `and`, `or`, `not`, `=>` as values | a data type and functions, where they are used |
//! | `(=> A B)` as a type, `lambda`, `@` | arrow, lambda, application |
//! | `(prove F)`, `(assert-not F)` | a goal: `forall` and `=>` are arrows, a value `b` of `Bool` says `(= b true)`, `(not b)` says `(= b false)`, and `(not (= a b))` that `(= a b)` makes `true` equal to `false` |
//!
//! Everything else is an error that says what it is and where: numbers and their theories, `match` on a
//! value, equality as a value, `exists`, `and` and `or` between propositions that are no values.
//!
//! Source of the format: K. Claessen, M. Johansson, D. Rosén, N. Smallbone, *TIP: Tons of Inductive Problems*, CICM 2015.

mod sexp;
mod write;

pub use write::Imported;

use crate::syntax::token;
use sexp::Sexp;
use std::collections::{BTreeMap, BTreeSet};
use write::Writer;

/// What is wrong with a problem, or outside of the fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TipError {
    /// What it is.
    pub message: String,
    /// The byte of the text at which it stands.
    pub at: usize,
}

impl TipError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at }
    }
}

type Result<T> = std::result::Result<T, TipError>;

/// A problem in the Peano language. `goal` is the name for what is to be proved; of several, later ones get numbers.
///
/// # Errors
///
/// See the [module](self).
pub fn import(text: &str, goal: &str) -> Result<Imported> {
    let mut writer = Writer::new(goal);
    for command in sexp::read(text)? {
        writer.command(&command)?;
    }
    Ok(writer.finish())
}

/// A type of the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ty {
    /// A data type, a sort or a type variable (quoted), by its name in the Peano language, with its arguments.
    Named(String, Vec<Ty>),
    /// A type of functions.
    Arrow(Vec<Ty>, Box<Ty>),
}

impl Ty {
    /// With type variables replaced.
    fn with(&self, values: &BTreeMap<&str, &Ty>) -> Ty {
        let each = |types: &[Ty]| types.iter().map(|ty| ty.with(values)).collect();
        match self {
            Self::Named(name, _) if let Some(&value) = values.get(&**name) => value.clone(),
            Self::Named(name, arguments) => Self::Named(name.clone(), each(arguments)),
            Self::Arrow(inputs, output) => Self::Arrow(each(inputs), output.with(values).into()),
        }
    }

    fn text(&self) -> String {
        let joined = |types: &[Ty], by: &str| types.iter().map(Ty::text).collect::<Vec<_>>().join(by);
        match self {
            Self::Named(name, arguments) if arguments.is_empty() => name.clone(),
            Self::Named(name, arguments) => format!("({name} {})", joined(arguments, " ")),
            Self::Arrow(inputs, output) => format!("[{} -> {}]", joined(inputs, " -> "), output.text()),
        }
    }
}

/// What a variable stands for.
#[derive(Clone, Debug)]
enum Value {
    /// A variable of the Peano language, quoted.
    Variable(String),
    /// A constructor, by its name in the problem, applied.
    Constructor(String, Vec<Value>),
}

impl Value {
    /// With a variable replaced.
    fn with(&self, variable: &str, value: &Value) -> Value {
        match self {
            Self::Variable(name) if name == variable => value.clone(),
            Self::Variable(_) => self.clone(),
            Self::Constructor(name, fields) => {
                Self::Constructor(name.clone(), fields.iter().map(|field| field.with(variable, value)).collect())
            }
        }
    }
}

/// The variables in scope, by their names in the problem, and all names taken by variables.
#[derive(Clone, Debug, Default)]
struct Variables {
    known: BTreeMap<String, (Value, Ty)>,
    taken: BTreeSet<String>,
}

impl Variables {
    /// Adds a variable; its name in the Peano language.
    fn add(&mut self, name: &str, ty: Ty) -> String {
        let quoted = self.fresh(name);
        self.known.insert(name.to_owned(), (Value::Variable(quoted.clone()), ty));
        quoted
    }

    fn fresh(&mut self, name: &str) -> String {
        let name = format!("'{}", spelled(name));
        let free = std::iter::once(name.clone()).chain((1..).map(|number| format!("{name}{number}")));
        let free = free.into_iter().find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }

    /// Replaces a variable of the Peano language in what the others stand for.
    fn replace(&mut self, variable: &str, value: &Value) {
        for (known, _) in self.known.values_mut() {
            *known = known.with(variable, value);
        }
    }
}

/// A name with only the characters of the Peano language, and no word of it.
fn spelled(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii() && token::is_name(&c.to_string()) { c } else { '_' };
    let name: String =
        name.chars().map(allowed).collect::<String>().replace("->", "_").replace("/*", "_").replace("*/", "_");
    let reserved = matches!(&*name, "=" | "prop" | "type" | "kind") || name.starts_with('\'');
    if reserved || !token::is_name(&name) { format!("n_{name}") } else { name }
}
