//! Problems of the *Tons of Inductive Problems* (TIP) in SMT-LIB notation -> the Peano language.
//!
//! Data types become `data`, functions `fun` with a clause for each way through their `match`es, and what is to be
//! proved becomes a goal. The text is not believed: whoever reads it has it checked like any other.
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
//! Source of the format: K. Claessen, M. Johansson, D. Rosén, N. Smallbone, *TIP: Tons of Inductive Problems*, CICM
//! 2015.

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
    /// How many names and arrows it consists of.
    fn size(&self) -> u64 {
        self.size_with(&BTreeMap::new())
    }

    /// The size that it has once type variables are replaced by types of the sizes given. These may be many times as
    /// large.
    fn size_with(&self, sizes: &BTreeMap<&str, u64>) -> u64 {
        let all = |types: &[Ty]| types.iter().fold(1, |sum: u64, ty| sum.saturating_add(ty.size_with(sizes)));
        match self {
            Self::Named(name, _) if let Some(&size) = sizes.get(&**name) => size,
            Self::Named(_, arguments) => all(arguments),
            Self::Arrow(inputs, output) => all(inputs).saturating_add(output.size_with(sizes)),
        }
    }

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
    /// How many names it consists of.
    fn size(&self) -> u64 {
        match self {
            Self::Variable(_) => 1,
            Self::Constructor(_, fields) => fields.iter().fold(1, |sum, field| sum.saturating_add(field.size())),
        }
    }

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
    /// For names that were taken, the number below which no numbered one is free.
    tried: BTreeMap<String, u64>,
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
        let free = free_name(&name, "", |name| self.taken.contains(name), &mut self.tried);
        self.taken.insert(free.clone());
        free
    }

    /// About what a copy of all costs: the number of names in it.
    fn size(&self) -> u64 {
        let known = self.known.values().map(|(value, ty)| value.size().saturating_add(ty.size()));
        known.fold(self.taken.len() as u64, u64::saturating_add)
    }

    /// Replaces a variable of the Peano language in what the others stand for.
    fn replace(&mut self, variable: &str, value: &Value) {
        for (known, _) in self.known.values_mut() {
            *known = known.with(variable, value);
        }
    }
}

/// A name that is not taken: the one wanted, or the first free one of those with a number behind it. A number that was
/// taken once is so for ever, and `tried` remembers up to which all are.
fn free_name(
    wanted: &str,
    separator: &str,
    is_taken: impl Fn(&str) -> bool,
    tried: &mut BTreeMap<String, u64>,
) -> String {
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let number = tried.entry(wanted.to_owned()).or_insert(1);
    loop {
        let free = format!("{wanted}{separator}{number}");
        if !is_taken(&free) {
            return free;
        }
        *number += 1;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn names_that_are_spelled_the_same_are_numbered_without_a_search_from_the_first() {
        let looked_up = |count: usize| {
            let (mut taken, mut tried, asked) = (BTreeSet::new(), BTreeMap::new(), Cell::new(0));
            for _ in 0..count {
                let is_taken = |name: &str| {
                    asked.set(asked.get() + 1);
                    taken.contains(name)
                };
                let free = free_name("x", "_", is_taken, &mut tried);
                assert!(taken.insert(free));
            }
            assert!(taken.contains(&format!("x_{}", count - 1)));
            asked.get()
        };
        assert!(looked_up(2_000) <= 2 * looked_up(1_000) + 10, "{} {}", looked_up(1_000), looked_up(2_000));
    }

    #[test]
    fn what_would_become_far_too_much_text_is_refused_with_the_limit() {
        let data = "(declare-datatype B ((T) (F)))\n(declare-datatype pair (par (a b) ((both (l a) (r b)))))\n\
                    (declare-datatype n (par (a) ((e) (k (x a) (y (n (pair a a)))))))\n";
        let count = 60;
        // A case for everything else is one for each constructor: 2 to the power of 60 clauses.
        let inputs: String = (0..count).map(|index| format!("(x{index} B) ")).collect();
        let matches: String = (0..count).map(|index| format!("(match x{index} ((_ ")).collect();
        let clauses = format!("(define-fun f ({inputs}) B {matches}T{})", ")))".repeat(count));
        // The type of each inner list has a pair more.
        let pairs = |count: usize| {
            let cases: String = (0..count).map(|index| format!("(match y{index} (((k x y{}) ", index + 1)).collect();
            let binder = "((y0 (n a)))";
            format!("(define-fun g (par (a) ({binder} B)) {cases}T{})", ")))".repeat(count))
        };
        assert!(import(&format!("{data}{}", pairs(3)), "goal").is_ok());
        for text in [clauses, pairs(count)] {
            let error = import(&format!("{data}{text}"), "goal").unwrap_err();
            assert!(error.message.contains("200000000 steps"), "{}", error.message);
            assert!(error.at >= data.len(), "{}", error.at);
        }
    }
}
