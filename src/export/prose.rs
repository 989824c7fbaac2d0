//! A development as text of Rocq or Lean.

use std::io::Write;

use rustc_hash::FxHashMap;

use super::layout::{Layout, Part, Sharing};
use super::native::Native;
use super::text::{Notation, Prefixes, Writer};
use super::{Development, ExportError, Options, Reason, Remark, Summary, digest, names};
use crate::VERSION;
use prover_logic::equality::Equality;
use prover_logic::{ConstId, DeclarationKind, Environment, TermId};

/// A statement of no more nodes than this is written without named parts, for people and for who compares.
const PLAIN: Sharing = Sharing::Plain { up_to: 1_000 };

/// The terms made in a fork before another one takes its place.
const HELD: usize = 1 << 18;

/// A language that is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rocq.
    Rocq,
    /// Lean 4.
    Lean,
}

impl Language {
    fn notation(self) -> Notation {
        match self {
            Self::Rocq => Notation {
                prop: "Prop",
                ty: "Type@{type}",
                function: ["fun ", " ", " => "],
                arrow: ["forall ", " ", ", "],
                scope: " in ",
            },
            Self::Lean => Notation {
                prop: "Prop",
                ty: "Type",
                function: ["fun ", " ", " => "],
                arrow: ["", " → ", " → "],
                scope: "; ",
            },
        }
    }

    /// The name of a constant.
    fn name(self, name: &str) -> String {
        match self {
            Self::Rocq => names::rocq(name).into_owned(),
            Self::Lean => names::lean(name).into_owned(),
        }
    }

    /// The name of a shared part; `is_after` for parts written after all constants.
    fn part(self, number: usize, is_after: bool) -> String {
        match (self, is_after) {
            (Self::Rocq, false) => format!("{}{number}", names::PART),
            (Self::Rocq, true) => format!("{}after'{number}", names::PART),
            // No name of the Peano language has a point.
            (Self::Lean, false) => format!("«part.{number}»"),
            (Self::Lean, true) => format!("«part.after.{number}»"),
        }
    }

    /// A comment line. Characters that could end the comment are left out.
    fn comment(self, text: &str) -> String {
        let is_safe = |c: &char| !matches!(c, '"' | '(' | ')') && !c.is_control();
        let text: String = text.chars().filter(is_safe).collect();
        match self {
            Self::Rocq => format!("(* {text} *)\n"),
            Self::Lean => format!("-- {text}\n"),
        }
    }

    fn beginning(self, files: &[String]) -> String {
        let said = format!("Written by prover {VERSION} from {}", files.join(", "));
        match self {
            Self::Rocq => {
                // The universe is above that of Rocq's `Set`, since `prop : type` here.
                let how = self.comment("coqc FILE has Rocq check it again. It needs no library.");
                self.comment(&said) + &how + "Unset Elimination Schemes.\nUniverse type.\nConstraint Set < type.\n\n"
            }
            Self::Lean => {
                let how = self.comment("lean FILE has Lean check it again. It needs no library.");
                let options = "set_option autoImplicit false\nset_option maxRecDepth 100000\n";
                self.comment(&said) + &how + options + "noncomputable section\nnamespace Peano\n\n"
            }
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::Rocq => "",
            Self::Lean => "\nend Peano\n",
        }
    }

    /// The declaration of a constant, of which each part is text.
    fn declaration(self, kind: DeclarationKind, name: &str, ty: &str, value: Option<&str>) -> String {
        let word = match (self, kind) {
            (Self::Rocq, _) => {
                if value.is_some() {
                    "Definition"
                } else {
                    "Axiom"
                }
            }
            (Self::Lean, DeclarationKind::Theorem) if value.is_some() => "theorem",
            (Self::Lean, _) => {
                if value.is_some() {
                    "def"
                } else {
                    "axiom"
                }
            }
        };
        let value = value.map_or(String::new(), |value| format!(" := {value}"));
        let stop = if self == Self::Rocq { "." } else { "" };
        format!("{word} {name} : {ty}{value}{stop}\n")
    }

    /// The declaration of a shared part.
    fn named(self, name: &str, value: &str) -> String {
        match self {
            Self::Rocq => format!("Definition {name} := {value}.\n"),
            Self::Lean => format!("def {name} := {value}\n"),
        }
    }
}

/// A writer of constants as text, with the state of its output.
pub struct Prose {
    language: Language,
    /// A fork of the development's environment, in which binders are opened.
    pub environment: Environment,
    /// The number of terms that each fork begins with.
    base: usize,
    prefixes: Prefixes,
    /// The constants of equality.
    pub(super) equality: Option<Equality>,
    /// The names of the constants that have been written.
    constants: Vec<Option<Box<str>>>,
    /// The constants by their names there.
    taken: FxHashMap<Box<str>, ConstId>,
    /// The parts outside the terms: closed terms, and for the current constant functions of its variables.
    parts: FxHashMap<TermId, Part>,
    /// The number of parts so far.
    count: usize,
    /// Whether all constants have been written before, by another writer.
    is_after: bool,
}

/// Writes a development.
pub(super) fn write(
    development: &Development,
    language: Language,
    options: Options,
    out: &mut dyn Write,
    done: &dyn Fn(ConstId),
) -> Result<Summary, ExportError> {
    let mut prose = Prose::new(development, language);
    let mut summary = Summary::default();
    out.write_all(language.beginning(&development.files).as_bytes())?;
    let native = (options.native && language == Language::Rocq).then(|| Native::new(development));
    let mut next = 0;
    while next < development.len() {
        prose.renew(development);
        let constant = prose.constant(next);
        next += match native.as_ref().map(|native| native.group(&prose, constant)) {
            Some(Some(Ok(group))) => {
                for &member in &group.members {
                    prose.claim(member)?;
                    summary.count(DeclarationKind::Definition);
                    done(member);
                }
                out.write_all(group.text.as_bytes())?;
                group.members.len()
            }
            unfit => {
                if let Some(Some(Err(reason))) = unfit {
                    let name = prose.environment.declaration(constant).name.to_string();
                    let text = format!("its equations stay axioms: {reason}");
                    summary.kept.push(Remark { name, place: development.place(constant), text });
                }
                let text = prose.one(development, constant, &mut summary)?;
                out.write_all(text.as_bytes())?;
                done(constant);
                1
            }
        };
    }
    out.write_all(language.end().as_bytes())?;
    Ok(summary)
}

impl Prose {
    /// The state in which nothing has been written.
    pub(super) fn new(development: &Development, language: Language) -> Self {
        let environment = development.environment();
        let constants = vec![None; development.len()];
        let names: Vec<String> =
            environment.declarations().map(|(_, declaration)| language.name(&declaration.name)).collect();
        let prefix = |letter| names::free_prefix(letter, names.iter().map(String::as_str));
        let prefixes = Prefixes { variable: prefix('x'), part: prefix('y') };
        let base = environment.store.len();
        let (taken, parts) = (FxHashMap::default(), FxHashMap::default());
        let equality = development.equality;
        Self { language, environment, base, prefixes, equality, constants, taken, parts, count: 0, is_after: false }
    }

    /// The state in which all constants have been written.
    pub(super) fn after(development: &Development, language: Language) -> Result<Self, ExportError> {
        let mut prose = Self { is_after: true, ..Self::new(development, language) };
        for number in 0..development.len() {
            prose.claim(prose.constant(number))?;
        }
        Ok(prose)
    }

    /// Another fork in the place of one that holds much.
    fn renew(&mut self, development: &Development) {
        if self.environment.store.len() - self.base > HELD {
            self.environment = development.environment();
            self.parts.retain(|term, _| term.index() < self.base);
        }
    }

    /// The constant of a number.
    fn constant(&self, number: usize) -> ConstId {
        let (constant, _) =
            self.environment.declarations_from(number).next().expect("less than the number of constants");
        constant
    }

    /// The name that a constant has there.
    pub(super) fn name_of(&self, constant: ConstId) -> String {
        self.language.name(&self.environment.declaration(constant).name)
    }

    /// Whether a constant has been written.
    pub(super) fn is_written(&self, constant: ConstId) -> bool {
        self.constants[constant.index()].is_some()
    }

    /// The name of a variable of a binder.
    pub(super) fn variable(&self, number: u32) -> String {
        format!("{}{number}", self.prefixes.variable)
    }

    /// Gives a constant its name there.
    fn claim(&mut self, constant: ConstId) -> Result<String, ExportError> {
        let own = self.environment.declaration(constant).name.clone();
        let name = self.language.name(&own);
        if let Some(&first) = self.taken.get(&*name) {
            let first = self.environment.declaration(first).name.to_string();
            return Err(ExportError::Clash { name, first, second: own.to_string() });
        }
        self.taken.insert(name.as_str().into(), constant);
        self.constants[constant.index()] = Some(name.as_str().into());
        Ok(name)
    }

    /// The text of a constant with the parts that it needs.
    fn one(
        &mut self,
        development: &Development,
        constant: ConstId,
        summary: &mut Summary,
    ) -> Result<String, ExportError> {
        let declaration = self.environment.declaration(constant).clone();
        let own = self.language.name(&declaration.name);
        let mut text = String::new();
        if own != *declaration.name && self.language == Language::Rocq {
            text.push_str(&self.language.comment(&declaration.name));
        }
        let has_value = matches!(declaration.kind, DeclarationKind::Definition | DeclarationKind::Theorem);
        let sharing = if declaration.kind == DeclarationKind::Definition { PLAIN } else { Sharing::Parts };
        let value = declaration.value.filter(|_| has_value).map(|value| (value, sharing));
        let (ty, value) = self.both(declaration.ty, value, &mut text);
        let ty = match ty {
            Ok(ty) => ty,
            Err(reason) => {
                let remark = development.remark(&self.environment, constant, reason, "it is left out");
                let comment = self.language.comment(&format!("{own}: {}", remark.text));
                summary.unsaid.push(remark);
                return Ok(comment);
            }
        };
        let value = if has_value { value.or(Some(Err(Reason::NoProof))) } else { None };
        if let (DeclarationKind::Theorem, Some(Ok(_)), Some(proof)) = (declaration.kind, &value, declaration.value) {
            text.push_str(&self.language.comment(&format!("proof {}", digest::of_term(&self.environment, proof))));
        }
        let value = match value {
            Some(Err(reason)) => {
                let remark = development.remark(&self.environment, constant, reason, "only its type is exported");
                text.push_str(&self.language.comment(&format!("{own}: {}", remark.text)));
                summary.unsaid.push(remark);
                None
            }
            Some(Ok(value)) => Some(value),
            None => None,
        };
        let kind = if value.is_some() { declaration.kind } else { DeclarationKind::Axiom };
        summary.count(kind);
        let name = self.claim(constant)?;
        text.push_str(&self.language.declaration(kind, &name, &ty, value.as_deref()));
        Ok(text)
    }

    /// The text of a closed term. The declarations of parts that it needs go to `before`; without success nothing does.
    fn term(&mut self, term: TermId, sharing: Sharing, before: &mut String) -> Result<String, Reason> {
        let layout = Layout::of(&mut self.environment, term, sharing, &self.parts)?;
        let (length, count) = (before.len(), self.count);
        let text = self.parts_and_term(&layout, term, before);
        if text.is_err() {
            before.truncate(length);
            self.count = count;
            layout.parts.iter().for_each(|part| drop(self.parts.remove(part)));
        }
        text
    }

    fn parts_and_term(&mut self, layout: &Layout, term: TermId, before: &mut String) -> Result<String, Reason> {
        for &part in &layout.parts {
            let variables = layout.free(part);
            let value = self.writer(layout).function(&variables, part)?;
            self.count += 1;
            let name = self.language.part(self.count, self.is_after);
            before.push_str(&self.language.named(&name, &value));
            self.parts.insert(part, Part { name, variables });
        }
        self.writer(layout).term(term)
    }

    /// The texts of the type of a constant and of its value. A type that is not small stands for parts as functions,
    /// since these are the same in the value; a value does where it would be nested too deeply.
    fn both(
        &mut self,
        ty: TermId,
        value: Option<(TermId, Sharing)>,
        before: &mut String,
    ) -> (Result<String, Reason>, Option<Result<String, Reason>>) {
        let layout = Layout::of(&mut self.environment, ty, PLAIN, &FxHashMap::default());
        let is_plain = layout.is_ok_and(|layout| layout.is_plain());
        let ty = self.term(ty, if is_plain { PLAIN } else { Sharing::Lifted }, before);
        let value = value.filter(|_| ty.is_ok()).map(|(value, sharing)| {
            let text = if is_plain { self.term(value, sharing, before) } else { Err(Reason::TooDeep) };
            if text == Err(Reason::TooDeep) { self.term(value, Sharing::Lifted, before) } else { text }
        });
        // Variables of another constant would be others.
        let store = &self.environment.store;
        self.parts.retain(|&part, _| store.local_bound(part) == 0);
        (ty, value)
    }

    fn writer<'a>(&'a self, layout: &'a Layout) -> Writer<'a> {
        let store = (&self.environment.store, layout);
        Writer::new(store, self.language.notation(), &self.prefixes, &self.constants, &self.parts)
    }

    /// The text of a theorem that need not be one: of a constant with this name, written with the parts that it needs.
    /// The terms are of [`environment`](Self::environment) or of the development that it is of.
    ///
    /// # Errors
    ///
    /// The language cannot say it.
    pub fn theorem(&mut self, name: &str, statement: TermId, proof: TermId) -> Result<String, Reason> {
        let mut text = String::new();
        let (statement, proof) = self.both(statement, Some((proof, Sharing::Parts)), &mut text);
        let (statement, proof) = (statement?, proof.unwrap_or(Err(Reason::NoProof))?);
        text.push_str(&self.language.declaration(DeclarationKind::Theorem, name, &statement, Some(&proof)));
        Ok(text)
    }
}
