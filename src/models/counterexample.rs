//! Counterexamples: the values at which a statement fails, in words and, where the theory can write them, as terms.

use super::code::Code;
use super::family::Family;
use super::instance::{Binder, Prepared};
use super::machine::{Domain, Machine, Meaning, Scope};
use super::signature::Reading;
use super::value::{Head, Value};
use prover_logic::{ConstId, Sort, Store, TermId};
use prover_theory::Theory;
use std::fmt;

/// Entries of a function or a table that are shown.
const SHOWN: usize = 8;
/// Types and tables of a model that are shown.
const TABLES: usize = 20;
/// The most steps that evaluating the displayed terms may take.
const STEPS: u64 = 100_000;
/// Characters of a value that are shown.
const CHARACTERS: usize = 400;

/// A variable with its value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Assigned {
    /// The variable, named by its place as canonical statements name it.
    pub variable: String,
    /// Its value.
    pub value: String,
}

/// Failure of a conclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is an equation whose sides are different values.
    Sides {
        /// The value of the left side.
        left: String,
        /// The value of the right side.
        right: String,
    },
    /// It is another proposition, which is false.
    False,
}

/// Values at which a statement fails, and the model in which it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The variables with their values.
    pub values: Vec<Assigned>,
    /// The failure of the conclusion.
    pub failure: Failure,
    /// The types and tables of the model that are not given by the theory.
    pub tables: Vec<String>,
    /// The names of axioms that hold in the instances looked at, which are not all.
    pub tested: Vec<String>,
    /// The values as terms of the theory, one for each binder, `None` for a premise; empty where the theory cannot
    /// write one of them.
    pub terms: Vec<Option<TermId>>,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.values.iter().map(|one| format!("{} = {}", one.variable, one.value)).collect();
        let separator = if values.is_empty() { "" } else { ": " };
        write!(f, "{}{separator}", values.join(", "))?;
        match &self.failure {
            Failure::Sides { left, right } => write!(f, "{left} is not {right}")?,
            Failure::False => write!(f, "the conclusion is false")?,
        }
        if !self.tables.is_empty() {
            write!(f, " in the model {}", self.tables.join(", "))?;
        }
        if !self.tested.is_empty() {
            let plural = if self.tested.len() == 1 { "axiom" } else { "axioms" };
            write!(f, " (the {plural} {} hold in the instances looked at)", self.tested.join(", "))?;
        }
        Ok(())
    }
}

impl Family {
    /// A counterexample in words.
    pub(super) fn counterexample(
        &mut self,
        theory: &mut Theory,
        statement: &Prepared,
        structure: usize,
        scope: &Scope,
    ) -> Counterexample {
        self.machine.current = structure;
        self.machine.steps = STEPS;
        let mut writer = Writer { machine: &mut self.machine, theory };
        let mut values = Vec::new();
        for (place, binder) in statement.binders.iter().enumerate() {
            if let Binder::Variable(_) = binder {
                values.push(Assigned { variable: format!("'a{place}"), value: writer.text(scope[place]) });
            }
        }
        let failure = match writer.machine.program.code(statement.conclusion) {
            Code::Equal(_, left, right) => {
                let left = writer.machine.value(left, scope).map(|left| writer.text(left));
                let right = writer.machine.value(right, scope).map(|right| writer.text(right));
                match (left, right) {
                    (Ok(left), Ok(right)) => Failure::Sides { left, right },
                    _ => Failure::False,
                }
            }
            _ => Failure::False,
        };
        let tables = writer.tables();
        let is_free = self.reading == Reading::Free && self.machine.signature.sorts.is_empty();
        let terms = if is_free { self.terms(&mut theory.environment.store, statement, scope) } else { None };
        let tested = self.tested.get(structure).into_iter().flatten();
        let tested = tested.map(|&axiom| super::name_of(theory, axiom).to_string()).collect();
        Counterexample { values, failure, tables, tested, terms: terms.unwrap_or_default() }
    }

    /// The values of a scope as terms.
    fn terms(&mut self, store: &mut Store, statement: &Prepared, scope: &Scope) -> Option<Vec<Option<TermId>>> {
        let mut terms = Vec::new();
        for (place, binder) in statement.binders.iter().enumerate() {
            terms.push(match *binder {
                Binder::Premise(_) => None,
                Binder::Variable(domain) => {
                    let ty = self.machine.value(domain, &scope[..place]).ok()?;
                    Some(term(&mut self.machine, store, ty, scope[place])?)
                }
            });
        }
        Some(terms)
    }
}

/// A value of a type as a term, if the theory can write it.
fn term(machine: &mut Machine, store: &mut Store, ty: Value, value: Value) -> Option<TermId> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match (machine.values.head(ty), machine.values.head(value)) {
        (Head::Type, _) => type_term(machine, store, value),
        (Head::Former(former), Head::Construct(constructor)) => {
            let place = *machine.signature.data_of.get(&former)?;
            let parameters = Scope::from_slice(machine.values.parts(ty));
            let mut arguments = Vec::new();
            for &parameter in &parameters {
                arguments.push(type_term(machine, store, parameter)?);
            }
            let fields = machine.fields[place].iter().find(|fields| fields.constructor == constructor)?.types.clone();
            let parts = Scope::from_slice(machine.values.parts(value));
            for (&field, &part) in fields.iter().zip(&parts) {
                let ty = machine.value(field, &parameters).ok()?;
                arguments.push(term(machine, store, ty, part)?);
            }
            let head = store.constant(constructor);
            Some(store.apps(head, &arguments))
        }
        (Head::Arrow, Head::Chosen(0)) => {
            let (domain, range) = (machine.values.part(ty, 0), machine.values.part(ty, 1));
            let result = *machine.pool(range).values.first()?;
            let (domain, result) = (type_term(machine, store, domain)?, term(machine, store, range, result)?);
            Some(store.lambda(domain, result))
        }
        (Head::Arrow, Head::Chosen(1)) if machine.values.part(ty, 0) == machine.values.part(ty, 1) => {
            let domain = machine.values.part(ty, 0);
            let domain = type_term(machine, store, domain)?;
            let variable = store.bound(0);
            Some(store.lambda(domain, variable))
        }
        _ => None,
    })
}

fn type_term(machine: &mut Machine, store: &mut Store, ty: Value) -> Option<TermId> {
    match machine.values.head(ty) {
        Head::Prop => Some(store.sort(Sort::Prop)),
        Head::Former(former) => {
            let parts = Scope::from_slice(machine.values.parts(ty));
            let arguments: Option<Vec<TermId>> = parts.iter().map(|&part| type_term(machine, store, part)).collect();
            let head = store.constant(former);
            Some(store.apps(head, &arguments?))
        }
        Head::Arrow => {
            let (domain, range) = (machine.values.part(ty, 0), machine.values.part(ty, 1));
            let (domain, range) = (type_term(machine, store, domain)?, type_term(machine, store, range)?);
            Some(store.pi(domain, range))
        }
        _ => None,
    }
}

/// Writes values.
struct Writer<'a> {
    machine: &'a mut Machine,
    theory: &'a Theory,
}

impl Writer<'_> {
    fn name(&self, constant: ConstId) -> String {
        super::name_of(self.theory, constant).to_string()
    }

    /// A value, shortened where it is long.
    fn text(&mut self, value: Value) -> String {
        let mut text = String::new();
        self.write(value, &mut text);
        match text.char_indices().nth(CHARACTERS) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    }

    fn write(&mut self, value: Value, text: &mut String) {
        if text.len() > 4 * CHARACTERS {
            return;
        }
        match self.machine.values.head(value) {
            Head::Truth(is_true) => text.push_str(if is_true { "true" } else { "false" }),
            Head::Construct(constant) | Head::Former(constant) => {
                let name = self.name(constant);
                self.application(&name, value, 0, text);
            }
            Head::Partial(number) => {
                let function = &self.machine.signature.functions[number as usize];
                let (constant, skipped) = (function.constant, function.constructs.unwrap_or(0));
                let name = self.name(constant);
                self.application(&name, value, skipped, text);
            }
            Head::Atom(sort, number) => text.push_str(&self.element(sort, number)),
            Head::Atoms(sort, size) => text.push_str(&self.sort(sort, size)),
            Head::Prop => text.push_str("prop"),
            Head::Type => text.push_str("type"),
            Head::Arrow => {
                text.push('[');
                self.write(self.machine.values.part(value, 0), text);
                text.push_str(" -> ");
                self.write(self.machine.values.part(value, 1), text);
                text.push(']');
            }
            Head::Closure(_) => text.push_str("a function"),
            Head::Call(..) => {}
            Head::Chosen(_) | Head::Listed => self.function(value, text),
        }
    }

    fn application(&mut self, name: &str, value: Value, skipped: usize, text: &mut String) {
        let parts = Scope::from_slice(self.machine.values.parts(value));
        let parts = &parts[skipped.min(parts.len())..];
        if parts.is_empty() {
            text.push_str(name);
            return;
        }
        text.push('(');
        text.push_str(name);
        for &part in parts {
            text.push(' ');
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.write(part, text));
        }
        text.push(')');
    }

    /// The first entries of a function.
    fn function(&mut self, value: Value, text: &mut String) {
        let domain = self.machine.values.part(value, 0);
        let pool = self.machine.pool(domain);
        text.push('{');
        let count = pool.values.len().min(if pool.is_whole { SHOWN } else { 4 });
        for (place, &argument) in pool.values.iter().take(count).enumerate() {
            if place > 0 {
                text.push_str(", ");
            }
            self.write(argument, text);
            text.push_str(" -> ");
            match self.machine.apply(value, argument) {
                Ok(result) => self.write(result, text),
                Err(_) => text.push('?'),
            }
        }
        text.push_str(if count < pool.values.len() || !pool.is_whole { ", ...}" } else { "}" });
    }

    fn sort(&self, sort: u32, size: u32) -> String {
        match self.machine.signature.sorts.get(sort as usize) {
            Some(&constant) => self.name(constant),
            None => format!("a type of {size} element{}", if size == 1 { "" } else { "s" }),
        }
    }

    fn element(&self, sort: u32, number: u32) -> String {
        match self.machine.signature.sorts.len() {
            0 | 1 if (sort as usize) < self.machine.signature.sorts.len() => number.to_string(),
            _ => format!("e{number}"),
        }
    }

    /// The sorts with their elements, and the tables over them: `G = {0, 1}`, `op = [0 1; 1 0]`.
    fn tables(&mut self) -> Vec<String> {
        if self.machine.signature.sorts.is_empty() {
            return Vec::new();
        }
        let sizes = self.machine.structures[self.machine.current].sizes.clone();
        let mut lines = Vec::new();
        for (sort, &size) in sizes.iter().enumerate() {
            let elements: Vec<String> = (0..size).map(|number| self.element(sort as u32, number)).collect();
            lines.push(format!("{} = {{{}}}", self.sort(sort as u32, size), elements.join(", ")));
        }
        for number in 0..self.machine.meanings.len() {
            let Meaning::Table(table) = self.machine.meanings[number] else { continue };
            if lines.len() >= TABLES {
                lines.push("...".into());
                break;
            }
            let shape = self.machine.shapes[table].clone();
            let is_logical = |domain: &Domain| matches!(domain, Domain::Prop);
            if is_logical(&shape.result) && shape.arguments.iter().all(is_logical) {
                continue;
            }
            let name = self.name(self.machine.signature.functions[number].constant);
            let tables = &self.machine.structures[self.machine.current];
            let start = tables.starts[table] as usize;
            let count: u32 = shape.arguments.iter().map(|&domain| self.machine.size(domain)).product();
            let cells: Vec<u8> = tables.cells[start..start + count as usize].to_vec();
            let mut entries = Vec::new();
            for cell in cells {
                let value = self.machine.element(shape.result, cell.into());
                entries.push(self.text(value));
            }
            let width = shape.arguments.last().map_or(1, |&domain| self.machine.size(domain)) as usize;
            let rows: Vec<String> = entries.chunks(width.max(1)).map(|row| row.join(" ")).collect();
            lines.push(match shape.arguments.len() {
                0 => format!("{name} = {}", rows.join("")),
                _ => format!("{name} = [{}]", rows.join("; ")),
            });
        }
        lines
    }
}
