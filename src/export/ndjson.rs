//! A development in the format of lean4export, version 3.1: one JSON object a line.
//!
//! The first line names the program that wrote the file. Names, universe levels and expressions are numbered, each
//! before its first use, and then mentioned by their numbers, so that shared subterms are written once; a declaration
//! follows its parts. All constants are in the namespace `Peano`, since checkers know some names of the root, such as
//! `Nat`, by heart.

use std::io::{self, Write};

use serde::Serialize;

use super::{Development, ExportError, Reason, Summary};
use crate::VERSION;
use prover_logic::{ConstId, DeclarationKind, Environment, Sort, Term, TermId};

/// The version of the format.
const FORMAT: &str = "3.1.0";

/// The name of the namespace, and of all binders.
const NAMESPACE: u32 = 1;
const BINDER: u32 = 2;

/// Not written yet.
const ABSENT: u32 = u32::MAX;

/// A line.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Meta {
        meta: Meta<'a>,
    },
    Name {
        str: Component<'a>,
        r#in: u32,
    },
    Level {
        succ: u32,
        il: u32,
    },
    Expression {
        #[serde(flatten)]
        expression: Expression,
        ie: u32,
    },
    Declaration(Declaration),
}

#[derive(Serialize)]
struct Meta<'a> {
    exporter: Exporter<'a>,
    lean: Lean<'a>,
    format: Format<'a>,
}

#[derive(Serialize)]
struct Exporter<'a> {
    name: &'a str,
    version: &'a str,
}

/// The Lean that the terms come from: none.
#[derive(Serialize)]
struct Lean<'a> {
    githash: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Format<'a> {
    version: &'a str,
}

#[derive(Serialize)]
struct Component<'a> {
    pre: u32,
    str: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Expression {
    Bvar(u32),
    Sort(u32),
    Const { name: u32, us: [u32; 0] },
    App { r#fn: u32, arg: u32 },
    Lam(Binder),
    ForallE(Binder),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Binder {
    name: u32,
    r#type: u32,
    body: u32,
    binder_info: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Declaration {
    #[serde(rename_all = "camelCase")]
    Axiom { name: u32, level_params: [u32; 0], r#type: u32, is_unsafe: bool },
    #[serde(rename_all = "camelCase")]
    Def {
        name: u32,
        level_params: [u32; 0],
        r#type: u32,
        value: u32,
        hints: Hints,
        safety: &'static str,
        all: [u32; 1],
    },
    #[serde(rename_all = "camelCase")]
    Thm { name: u32, level_params: [u32; 0], r#type: u32, value: u32, all: [u32; 1] },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Hints {
    /// Which of two definitions is unfolded first: the one with the greater number.
    Regular(u32),
}

struct Exporting<'a> {
    environment: &'a Environment,
    out: &'a mut dyn Write,
    /// The numbers of the terms that have been written.
    expressions: Vec<u32>,
    /// The number of expressions.
    count: u32,
    /// The numbers of the constants' names.
    names: Vec<u32>,
}

/// Writes a development.
pub(super) fn write(
    development: &Development,
    out: &mut dyn Write,
    done: &dyn Fn(ConstId),
) -> Result<Summary, ExportError> {
    let environment = development.environment();
    let expressions = vec![ABSENT; environment.store.len()];
    let names = vec![ABSENT; development.len()];
    let mut exporting = Exporting { environment: &environment, out, expressions, count: 0, names };
    exporting.begin()?;
    let mut summary = Summary::default();
    for (constant, declaration) in environment.declarations() {
        let value = match declaration.kind {
            DeclarationKind::Definition | DeclarationKind::Theorem => declaration.value,
            DeclarationKind::Axiom | DeclarationKind::Promise => None,
        };
        let is_owed = declaration.kind == DeclarationKind::Theorem && value.is_none();
        if is_owed {
            summary.unsaid.push(development.remark(
                &environment,
                constant,
                Reason::NoProof,
                "only its type is exported",
            ));
        }
        summary.count(if is_owed { DeclarationKind::Axiom } else { declaration.kind });
        exporting.constant(constant, declaration.ty, value)?;
        done(constant);
    }
    Ok(summary)
}

impl Exporting<'_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, line)?;
        self.out.write_all(b"\n")
    }

    /// Writes the lines before all constants: names 1 and 2, levels 1 and 2. Name 0 and level 0 are there without a
    /// line.
    fn begin(&mut self) -> io::Result<()> {
        let exporter = Exporter { name: "prover", version: VERSION };
        let lean = Lean { githash: "", version: "" };
        self.line(&Line::Meta { meta: Meta { exporter, lean, format: Format { version: FORMAT } } })?;
        self.line(&Line::Name { str: Component { pre: 0, str: "Peano" }, r#in: NAMESPACE })?;
        self.line(&Line::Name { str: Component { pre: 0, str: "x" }, r#in: BINDER })?;
        self.line(&Line::Level { succ: 0, il: 1 })?;
        self.line(&Line::Level { succ: 1, il: 2 })
    }

    fn constant(&mut self, constant: ConstId, ty: TermId, value: Option<TermId>) -> io::Result<()> {
        let declaration = self.environment.declaration(constant);
        let name = BINDER + 1 + constant.index() as u32;
        self.line(&Line::Name { str: Component { pre: NAMESPACE, str: &declaration.name }, r#in: name })?;
        let r#type = self.expression(ty)?;
        let value = value.map(|value| self.expression(value)).transpose()?;
        self.names[constant.index()] = name;
        let (level_params, all) = ([], [name]);
        self.line(&Line::Declaration(match (declaration.kind, value) {
            // A theorem states a proposition, which the kernel has seen to; a checker of Lean refuses another.
            (DeclarationKind::Theorem, Some(value)) => Declaration::Thm { name, level_params, r#type, value, all },
            (_, Some(value)) => {
                let hints = Hints::Regular(declaration.unfold_height);
                Declaration::Def { name, level_params, r#type, value, hints, safety: "safe", all }
            }
            (_, None) => Declaration::Axiom { name, level_params, r#type, is_unsafe: false },
        }))
    }

    /// Writes the subterms of a term that have not been written yet, and returns its number.
    fn expression(&mut self, root: TermId) -> io::Result<u32> {
        let mut open = vec![root];
        while let Some(&term) = open.last() {
            if self.expressions[term.index()] != ABSENT {
                open.pop();
                continue;
            }
            let node = self.environment.store.term(term);
            if let Term::App(first, second) | Term::Lambda(first, second) | Term::Pi(first, second) = node {
                let absent = [second, first].into_iter().filter(|part| self.expressions[part.index()] == ABSENT);
                let before = open.len();
                open.extend(absent);
                if open.len() > before {
                    continue;
                }
            }
            let expression = self.shallow(node)?;
            let ie = self.count;
            self.line(&Line::Expression { expression, ie })?;
            self.expressions[term.index()] = ie;
            self.count += 1;
            open.pop();
        }
        Ok(self.expressions[root.index()])
    }

    /// A term whose parts have been written.
    fn shallow(&self, term: Term) -> io::Result<Expression> {
        let of = |part: TermId| self.expressions[part.index()];
        let binder = |domain, body| Binder { name: BINDER, r#type: of(domain), body: of(body), binder_info: "default" };
        Ok(match term {
            // `Sort 0` is `Prop`, `Sort 1` is `Type`.
            Term::Sort(Sort::Prop) => Expression::Sort(0),
            Term::Sort(Sort::Type) => Expression::Sort(1),
            Term::Sort(Sort::Kind) => Expression::Sort(2),
            Term::Bound(index) => Expression::Bvar(index),
            Term::Const(constant) => Expression::Const { name: self.names[constant.index()], us: [] },
            Term::App(function, argument) => Expression::App { r#fn: of(function), arg: of(argument) },
            Term::Lambda(domain, body) => Expression::Lam(binder(domain, body)),
            Term::Pi(domain, body) => Expression::ForallE(binder(domain, body)),
            // No declaration has locals: the kernel refuses them.
            Term::Local { .. } => return Err(io::Error::other("a declared term has a local")),
        })
    }
}
