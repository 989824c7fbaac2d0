//! The check of one item: its declarations, or the reasons of its refusal.

use super::report::Flaw;
use super::{ItemReport, Kind, Loader};
use crate::elaborate::{Elaborator, Source};
use crate::fault::{self, Fault, codes, fault, using_warning};
use crate::import::{ImportError, SourceText};
use crate::limits::{ITEM_BUDGET, SAID, budget};
use crate::scope::Scope;
use crate::script::Surroundings;
use crate::suggest::Failed;
use crate::{attribute, command, data, draft, function, library, script};
use prover_logic::{ConstId, KernelError, Sort, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Clause, Decl, Item, ItemKind, Name, Span, Step, TermRef, Tree};

/// The results of an accepted item.
#[derive(Default)]
struct Accepted {
    constant: Option<ConstId>,
    warnings: Vec<Diagnostic>,
    said: Option<String>,
}

impl From<ConstId> for Accepted {
    fn from(constant: ConstId) -> Self {
        Self { constant: Some(constant), ..Self::default() }
    }
}

/// The findings because of which an item is refused.
struct Refused {
    diagnostics: Vec<Diagnostic>,
    flaw: Flaw,
}

impl From<Fault> for Refused {
    fn from(error: Fault) -> Self {
        Self { diagnostics: vec![*error], flaw: Flaw::Statement }
    }
}

impl Loader<'_> {
    /// The report of an attribute, once all of the file has been looked at; `None` for an item that is none.
    pub(super) fn attribute_of(&mut self, tree: &Tree, index: usize) -> Option<ItemReport> {
        let item = &tree.items[index];
        self.theory.environment.set_budget(ITEM_BUDGET);
        let (kind, name, applied) = match &item.kind {
            ItemKind::Forward { name, patterns } => {
                (Kind::Forward, name, attribute::forward(self.theory, tree, &self.failed, *name, patterns))
            }
            ItemKind::Backward { name, words } => {
                (Kind::Backward, name, attribute::backward(self.theory, tree, &self.failed, *name, words))
            }
            _ => return None,
        };
        let diagnostics = applied.err().map(|error| *error).into_iter().collect();
        self.give_back();
        let name = tree.name(name.symbol).to_owned();
        Some(ItemReport { diagnostics, ..ItemReport::new(name, kind, item.span) })
    }

    /// Checks an item; also gives its flaw if a name was refused.
    pub(super) fn item(&mut self, tree: &Tree, item: &Item, source: &SourceText) -> (ItemReport, Option<Flaw>) {
        self.theory.environment.set_budget(budget(length(item)));
        let before = self.theory.environment.declarations().len();
        let at = |name: &Name| tree.name(name.symbol).to_owned();
        let (name, kind, result) = match &item.kind {
            ItemKind::Import(path) => (path.clone(), Kind::Import, self.import(path, item.span, source)),
            ItemKind::Using(_) => (String::new(), Kind::Using, Ok(using(item.span))),
            ItemKind::Assume(ty) => (String::new(), Kind::Assume, self.assume(tree, *ty)),
            ItemKind::Declare { decl, value } => {
                let kind = if value.is_some() { Kind::Definition } else { Kind::Declaration };
                (at(&decl.name), kind, self.declare(tree, decl, *value))
            }
            ItemKind::Verify { word, name, steps } => (at(name), Kind::Verify(*word), self.verify(tree, steps)),
            ItemKind::Theorem { word, decl, steps } => {
                (at(&decl.name), Kind::Theorem(*word), self.theorem(tree, item, decl, steps))
            }
            ItemKind::Data { name, parameters, constructors } => {
                let declared = self.data(tree, *name, (parameters, constructors));
                (
                    at(name),
                    Kind::Data,
                    declared.map_err(|error| of_declaration(tree, item, source, &self.failed, error)),
                )
            }
            ItemKind::Function { decl, others, clauses } => {
                let declared = self.functions(tree, (decl, others), clauses);
                (
                    at(&decl.name),
                    Kind::Function,
                    declared.map_err(|error| of_declaration(tree, item, source, &self.failed, error)),
                )
            }
            ItemKind::Check(_) => (String::new(), Kind::Check, self.command(tree, item.span, &item.kind)),
            ItemKind::Evaluate(_) => (String::new(), Kind::Evaluate, self.command(tree, item.span, &item.kind)),
            ItemKind::Print(name) => (at(name), Kind::Print, self.command(tree, item.span, &item.kind)),
            // Looked at once the file has been read.
            ItemKind::Forward { .. } => (String::new(), Kind::Forward, Ok(Accepted::nothing())),
            ItemKind::Backward { .. } => (String::new(), Kind::Backward, Ok(Accepted::nothing())),
        };
        let declares = matches!(
            item.kind,
            ItemKind::Declare { .. } | ItemKind::Theorem { .. } | ItemKind::Data { .. } | ItemKind::Function { .. }
        );
        let mut missing = None;
        let (diagnostics, constant, said) = match result {
            Ok(accepted) => (accepted.warnings, accepted.constant, accepted.said),
            Err(refused) => {
                if declares && self.theory.environment.find(&name).is_none() {
                    self.failed.insert(&name);
                    missing = Some(refused.flaw);
                    for name in parts(&item.kind) {
                        self.failed.insert(tree.name(name.symbol));
                    }
                }
                (refused.diagnostics, None, None)
            }
        };
        let constants = before..self.theory.environment.declarations().len();
        (ItemReport { name, kind, span: item.span, diagnostics, constant, constants, said }, missing)
    }

    fn import(&mut self, path: &str, span: Span, from: &SourceText) -> Result<Accepted, Refused> {
        // A file that has been read is not read again to find out that it has.
        let place = (from.folder.clone(), path.to_owned());
        let (identity, source) = match self.resolved.get(&place) {
            Some(identity) => (identity.clone(), None),
            None => {
                let found = self.resolver.resolve(path, from.folder.as_deref());
                let source = found.map_err(|error| not_found(path, span, &error))?;
                self.resolved.insert(place, source.identity.clone());
                (source.identity.clone(), Some(source))
            }
        };
        if self.done.contains(&identity) {
            return Ok(Accepted::nothing());
        }
        if let Some(around) = self.in_progress.around(&identity) {
            let message = match around {
                0 => format!("`{path}` imports itself"),
                1 => format!("`{path}` imports itself, through this file"),
                _ => format!("`{path}` imports itself, through {around} files"),
            };
            let error = Diagnostic::error(codes::IMPORT_CYCLE, span, message)
                .with_hint("move what both need into a file that both import");
            return Err(Fault::from(error).into());
        }
        // Whatever was found before has been read since, or is being read.
        let Some(source) = source else { return Ok(Accepted::nothing()) };
        stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || self.file(source, Some(path.to_owned())));
        let Some(file) = self.report.files.last() else { unreachable!("`file` has just added its report") };
        let errors = file.items.iter().filter(|item| item.is_error()).count();
        if errors > 0 {
            let plural = if errors == 1 { "item is" } else { "items are" };
            return Err(
                fault(codes::IMPORT_FAILED, span, format!("`{path}` is wrong: {errors} {plural} refused")).into()
            );
        }
        Ok(Accepted::nothing())
    }

    pub(super) fn elaborator<'e>(&'e mut self, tree: &'e Tree, scope: &'e Scope) -> Elaborator<'e> {
        Elaborator::new(&mut self.theory.environment, Source { tree, scope, failed: &self.failed })
    }

    fn surroundings(&mut self) -> Surroundings<'_> {
        Surroundings { theory: self.theory, facts: &mut self.facts, failed: &self.failed }
    }

    fn refusal(&mut self, span: Span, error: &KernelError) -> Fault {
        let names = self.theory.names();
        fault::kernel(&mut self.theory.environment, &names, span, error)
    }

    fn assume(&mut self, tree: &Tree, ty: TermRef) -> Result<Accepted, Refused> {
        let scope = self.theory.scope();
        let elaborated = self.elaborator(tree, &scope).ty(ty)?;
        // `#` cannot stand in a name, so that nothing in a file can mean this one.
        let mut name = format!("assume#{}", self.assumed);
        while self.theory.environment.find(&name).is_some() {
            self.assumed += 1;
            name = format!("assume#{}", self.assumed);
        }
        let added = self.theory.environment.add_axiom(&name, elaborated);
        let constant = added.map_err(|error| self.refusal(tree.span(ty), &error))?;
        self.theory.name_binders(constant, tree, ty);
        Ok(constant.into())
    }

    /// Refuses a name that cannot be declared.
    pub(super) fn check_name(&mut self, tree: &Tree, name: &Name) -> Result<(), Fault> {
        let text = tree.name(name.symbol);
        draft::check_name(&self.theory.environment, text, name.span).map_err(|error| {
            let Some(constant) = self.theory.environment.find(text) else { return error };
            let (ty, names) = (self.theory.environment.declaration(constant).ty, self.theory.names());
            let ty = fault::shown(&mut self.theory.environment, &names, ty);
            Box::new(error.with_note(format!("it stands for something of type `{ty}`")))
        })
    }

    fn data(&mut self, tree: &Tree, name: Name, parts: (&[Decl], &[Decl])) -> Result<Accepted, Fault> {
        let (parameters, constructors) = parts;
        let syntax = data::DataSyntax { tree, failed: &self.failed, name, parameters, constructors };
        data::declare(self.theory, syntax).map(Accepted::from)
    }

    fn functions(
        &mut self,
        tree: &Tree,
        (decl, others): (&Decl, &[Decl]),
        clauses: &[Clause],
    ) -> Result<Accepted, Fault> {
        let syntax = function::FunctionSyntax { tree, failed: &self.failed, decl, others, clauses };
        function::declare(self.theory, syntax).map(Accepted::from)
    }

    fn declare(&mut self, tree: &Tree, decl: &Decl, value: Option<TermRef>) -> Result<Accepted, Refused> {
        let name = tree.name(decl.name.symbol);
        let scope = self.theory.scope();
        if name == "prop" && value.is_none() {
            let ty = self.elaborator(tree, &scope).ty(decl.ty)?;
            if self.theory.environment.store.term(ty) == Kernel::Sort(Sort::Type) {
                return Ok(Accepted::nothing());
            }
        }
        self.check_name(tree, &decl.name)?;
        let ty = self.elaborator(tree, &scope).ty(decl.ty)?;
        let Some(value) = value else {
            if name == "=" {
                return self.declare_equality(tree, decl, ty);
            }
            let added = self.theory.environment.add_axiom(name, ty);
            let constant = added.map_err(|error| self.refusal(tree.span(decl.ty), &error))?;
            self.theory.name_binders(constant, tree, decl.ty);
            return Ok(constant.into());
        };
        if name == "=" {
            return Err(self.refusal(decl.name.span, &KernelError::NotEquality).into());
        }
        let elaborated = self.elaborator(tree, &scope).term(value)?;
        let added = self.theory.environment.add_definition(name, ty, elaborated);
        let constant = added.map_err(|error| self.refusal(tree.span(value), &error))?;
        self.theory.name_binders(constant, tree, decl.ty);
        Ok(constant.into())
    }

    fn declare_equality(&mut self, tree: &Tree, decl: &Decl, ty: TermId) -> Result<Accepted, Refused> {
        let added = self.theory.environment.add_equality(ty);
        let equality = added.map_err(|error| {
            let refused = self.refusal(tree.span(decl.ty), &error);
            match error {
                KernelError::Duplicate => {
                    Box::new(refused.with_note("`eq_refl`, `rewrite` and `eq_symm` come with the declaration of `=`"))
                }
                _ => refused,
            }
        })?;
        self.theory.equality = Some(equality);
        self.theory.name_binders(equality.eq, tree, decl.ty);
        for (constant, names) in [
            (equality.refl, &["'t", "'x"][..]),
            (equality.rewrite, &["'t", "'p", "'x", "'y", "", ""]),
            (equality.symm, &["'t", "'x", "'y", ""]),
        ] {
            self.theory.set_binder_names(constant, names.iter().map(|&name| name.into()).collect());
        }
        Ok(equality.eq.into())
    }

    /// `#check`, `#eval` or `#print`.
    fn command(&mut self, tree: &Tree, span: Span, kind: &ItemKind) -> Result<Accepted, Refused> {
        let scope = self.theory.scope();
        let source = Source { tree, scope: &scope, failed: &self.failed };
        let said = match kind {
            ItemKind::Check(term) => command::check(self.theory, source, *term)?,
            ItemKind::Evaluate(term) => command::eval(self.theory, &mut self.evaluator, source, *term)?,
            ItemKind::Print(name) => {
                command::print_constant(self.theory, &self.failed, tree.name(name.symbol), name.span)?
            }
            _ => return Ok(Accepted::nothing()),
        };
        self.count(span, &said)?;
        Ok(Accepted { said: Some(said), ..Accepted::nothing() })
    }

    /// Counts the bytes of a command's answer.
    pub(super) fn count(&mut self, span: Span, said: &str) -> Result<(), Fault> {
        if self.said.saturating_add(said.len()) > SAID {
            let message = format!("commands have said {} MiB, which is the most that they may say", SAID >> 20);
            let error = Diagnostic::error(codes::BUDGET_EXHAUSTED, span, message);
            return Err(error.with_hint("put the commands into several files").into());
        }
        self.said += said.len();
        Ok(())
    }

    fn verify(&mut self, tree: &Tree, steps: &[Step]) -> Result<Accepted, Refused> {
        let (warnings, result) = script::verify(self.surroundings(), tree, steps);
        match result {
            Ok(()) => Ok(Accepted { warnings, ..Accepted::nothing() }),
            Err(error) => Err(Refused::after(warnings, *error)),
        }
    }

    fn theorem(&mut self, tree: &Tree, item: &Item, decl: &Decl, steps: &[Step]) -> Result<Accepted, Refused> {
        self.check_name(tree, &decl.name)?;
        let scope = self.theory.scope();
        let (statement, sort) = self.elaborator(tree, &scope).sorted(decl.ty)?;
        self.theory.note_binders(statement, tree, decl.ty);
        let name = tree.name(decl.name.symbol);
        let proof = script::Proof { tree, steps, name, end: end_of_proof(item) };
        let carry_out = if sort == Sort::Prop { script::prove } else { script::build };
        let (warnings, result) = carry_out(self.surroundings(), proof, statement);
        match result {
            Ok(constant) => {
                self.theory.name_binders(constant, tree, decl.ty);
                Ok(Accepted { warnings, ..constant.into() })
            }
            Err(error) => Err(Refused { flaw: Flaw::Proof, ..Refused::after(warnings, *error) }),
        }
    }
}

/// The end of a proof: where its last brace stands.
pub(super) fn end_of_proof(item: &Item) -> Span {
    Span { start: item.span.end.saturating_sub(1), end: item.span.end }
}

pub(super) fn length(item: &Item) -> usize {
    item.span.end.saturating_sub(item.span.start) as usize
}

impl Accepted {
    fn nothing() -> Self {
        Self::default()
    }
}

impl Refused {
    fn after(warnings: Vec<Diagnostic>, error: Diagnostic) -> Self {
        let mut diagnostics = warnings;
        diagnostics.push(error);
        Self { diagnostics, flaw: Flaw::Statement }
    }
}

/// The names that an item declares besides its own.
fn parts(kind: &ItemKind) -> Vec<Name> {
    match kind {
        ItemKind::Data { constructors, .. } => constructors.iter().map(|decl| decl.name).collect(),
        ItemKind::Function { others, clauses, .. } => {
            others.iter().map(|decl| decl.name).chain(clauses.iter().filter_map(|clause| clause.name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The error of a data type or function: with the hint for an unknown name that it is declared later, and for a
/// variable that a data type does not bind that it may be a parameter.
fn of_declaration(tree: &Tree, own: &Item, source: &SourceText, failed: &Failed, mut error: Fault) -> Refused {
    let name = source.text.get(error.span.start as usize..error.span.end as usize).unwrap_or("");
    let is_it = |decl: &Decl| failed.pay(1) && tree.name(decl.name.symbol) == name;
    let declares_it = |item: &Item| match &item.kind {
        ItemKind::Data { name: former, constructors, .. } => {
            failed.pay(1) && tree.name(former.symbol) == name || constructors.iter().any(is_it)
        }
        ItemKind::Function { decl, others, .. } => is_it(decl) || others.iter().any(is_it),
        _ => false,
    };
    if let ItemKind::Data { name: former, parameters, .. } = &own.kind
        && error.code == codes::UNBOUND_VARIABLE
        && !parameters.iter().any(|parameter| tree.name(parameter.name.symbol) == name)
    {
        let former = tree.name(former.symbol);
        error.hint =
            Some(format!("a parameter stands behind the name: write `data {former} ({name} : type) {{ ... }}`"));
    }
    let first = tree.items.partition_point(|item| item.span.start <= own.span.start);
    let mut later = tree.items[first..].iter().take_while(|_| failed.pay(1));
    if error.code == codes::UNKNOWN_NAME && later.any(declares_it) {
        error.hint = Some(
            match own.kind {
                ItemKind::Function { .. } => {
                    "it comes later: declare it first; functions that call each other are declared together, as in \
                     `fun f : [nat -> nat], g : [nat -> nat] { ... }`"
                }
                _ => "it comes later: declare it first; data types cannot be declared in a circle",
            }
            .into(),
        );
    }
    error.into()
}

fn not_found(path: &str, span: Span, error: &ImportError) -> Fault {
    let fault = Diagnostic::error(codes::IMPORT_NOT_FOUND, span, error.to_string());
    Box::new(match (error, library::closest(library::Kind::Theory, path)) {
        (ImportError::NotFound(_), Some(near)) => fault.with_hint(format!("did you mean `{near}`?")),
        (ImportError::NotFound(_), None) => {
            let names = library::names(library::Kind::Theory).collect::<Vec<_>>().join(", ");
            fault.with_hint(format!("a path is relative to this file; built in are {names}"))
        }
        _ => fault,
    })
}

fn using(span: Span) -> Accepted {
    Accepted { warnings: vec![using_warning(span)], ..Accepted::nothing() }
}
