//! Files -> theories: the items of a file in order, each checked, with a report of what became of it.

use super::elaborate::{Elaborator, Source};
use super::fault::{self, Fault, codes, fault};
use super::identity::{Identities, Identity, Nested};
use super::import::{ImportError, Resolver, SourceText};
use super::scope::Scope;
use super::suggest::Failed;
use super::{Theory, attribute, command, library, mention, script};
use prover_logic::{ConstId, Environment, KernelError, Mark, Sort, Term as Kernel, TermId};
use prover_syntax::diagnostic::{Diagnostic, Severity};
use prover_syntax::render::Style;
use prover_syntax::tree::{Clause, Decl, Item, ItemKind, Name, Span, Step, TermRef, TheoremWord, Tree, VerifyWord};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;

mod batches;

use batches::Crew;

/// The steps (of elaboration, matching and conversion) that one item may take outside of the kernel's own check, a few
/// seconds; [`STEPS_PER_BYTE`] come on top.
pub const ITEM_BUDGET: u64 = 15_000_000;

/// The further steps that an item may take for each byte of its text, so that a long proof of easy steps is checked.
pub const STEPS_PER_BYTE: u64 = 60;

/// The steps that an item of that length may take.
pub(super) fn budget(bytes: usize) -> u64 {
    ITEM_BUDGET.saturating_add(STEPS_PER_BYTE.saturating_mul(bytes as u64))
}

/// The work after which what the items of a file have left behind is given back: at most some hundred megabytes.
const HELD: u64 = 2_000_000;

/// The bytes that the commands of a file and of what it imports may say together: it is held until the file has been read,
/// and a command of ten bytes may say [`MAX_TEXT`](super::print::MAX_TEXT).
pub const SAID: usize = 16 << 20;

/// What became of one item of a file.
#[derive(Clone, Debug)]
pub struct ItemReport {
    /// The name of what the item declares or speaks of; empty where it has none.
    pub name: String,
    /// The word for the item: `axiom`, `definition`, `theorem`, `verify`, `import`, `syntax` and so on.
    pub kind: &'static str,
    /// Where it stands.
    pub span: Span,
    /// What is wrong, and what is noteworthy.
    pub diagnostics: Vec<Diagnostic>,
    /// The constant that the item added.
    pub constant: Option<ConstId>,
    /// The places of all constants that came with the item, in the order of their declaration: those that it declares,
    /// and for an import all of the file.
    pub constants: Range<usize>,
    /// What a command (`#check`, `#eval`, `#print`) has to say.
    pub said: Option<String>,
}

impl ItemReport {
    /// Whether the item was refused.
    pub fn is_error(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// A name that was refused, and what was checked without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name.
    pub name: String,
    /// Whether its statement is fine and only the proof failed.
    pub is_unproved: bool,
    /// The later items that mention it.
    pub mentioned_by: Vec<String>,
    /// The number of later theorems and derivations, all checked without it.
    pub later: usize,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file.
    pub source: SourceText,
    /// How the first import of it names it; none for the file asked for.
    pub imported_as: Option<String>,
    /// Its items in the order of the text.
    pub items: Vec<ItemReport>,
    /// The refused names.
    pub missing: Vec<Missing>,
}

impl FileReport {
    /// Whether everything in the file was accepted.
    pub fn is_fine(&self) -> bool {
        !self.items.iter().any(ItemReport::is_error)
    }
}

/// What became of a file and of what it imports.
#[derive(Clone, Debug, Default)]
pub struct LoadReport {
    /// The files, what is imported before what imports it; the file asked for is the last.
    pub files: Vec<FileReport>,
}

impl LoadReport {
    /// Whether everything in all files was accepted.
    pub fn is_fine(&self) -> bool {
        self.files.iter().all(FileReport::is_fine)
    }

    /// The errors of all files, with the file that each is in.
    pub fn errors(&self) -> impl Iterator<Item = (&FileReport, &Diagnostic)> {
        let items = self.files.iter().flat_map(|file| file.items.iter().map(move |item| (file, item)));
        let all = items.flat_map(|(file, item)| item.diagnostics.iter().map(move |diagnostic| (file, diagnostic)));
        all.filter(|(_, diagnostic)| diagnostic.severity == Severity::Error)
    }
}

/// Why there is no theory.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error(transparent)]
    Library(#[from] super::library::LibraryError),
    /// Something in it is refused.
    #[error("{}", rendered(.0))]
    Refused(Box<LoadReport>),
}

/// The first errors of a report with the lines where they stand.
fn rendered(report: &LoadReport) -> String {
    let mut text = String::new();
    for (file, error) in report.errors().take(3) {
        let lines = prover_syntax::source::LineIndex::new(&file.source.text);
        text.push_str(&prover_syntax::render::human(&file.source.name, &lines, error, Style::Plain));
        text.push('\n');
    }
    let count = report.errors().count();
    text + &format!("the theory has {count} error{}", if count == 1 { "" } else { "s" })
}

impl Theory {
    /// Checks a file and what it imports. The theory holds all that was accepted.
    pub fn load(source: SourceText, resolver: &dyn Resolver) -> (Self, LoadReport) {
        let mut theory = Self::new();
        let report = theory.load_into(source, resolver);
        (theory, report)
    }

    /// Checks a file and what it imports on top of this theory.
    pub fn load_into(&mut self, source: SourceText, resolver: &dyn Resolver) -> LoadReport {
        self.load_after(&Identities::default(), source, resolver)
    }

    /// The same where this theory has the content of some files already, given by their identities: importing them changes
    /// nothing.
    pub fn load_after(&mut self, known: &Identities, source: SourceText, resolver: &dyn Resolver) -> LoadReport {
        let mut loader = Loader { done: known.clone(), ..Loader::new(self, resolver) };
        loader.file(source, None);
        loader.report
    }

    /// Checks a file and what it imports as [`load_into`](Self::load_into) does, long files by several threads. The report is the
    /// same; of long files, this theory will lack the proof terms, which have been checked and are not needed any more.
    pub fn check_into(&mut self, source: SourceText, resolver: &dyn Resolver, options: CheckOptions<'_>) -> LoadReport {
        let mut loader = Loader { crew: Some(Crew::new(options)), ..Loader::new(self, resolver) };
        loader.file(source, None);
        loader.report
    }

    /// The theory of a path or a built-in name.
    ///
    /// # Errors
    ///
    /// There is no such theory, or something in it (or in what it imports) is refused.
    pub fn from_source(name: &str) -> Result<Self, LoadError> {
        let source = super::library::load_theory(name)?;
        let (theory, report) = Self::load(source.into(), &super::import::Files);
        if report.is_fine() { Ok(theory) } else { Err(LoadError::Refused(Box::new(report))) }
    }

    /// Checks a text without imports.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn from_text(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let (theory, report) = Self::load(SourceText::text(name, text), &super::import::NoImports);
        let errors: Vec<Diagnostic> = report.errors().map(|(_, diagnostic)| diagnostic.clone()).collect();
        if errors.is_empty() { Ok(theory) } else { Err(errors) }
    }
}

/// How [`Theory::check_into`] goes about it.
#[derive(Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// The number of threads; 0 for one a core.
    pub threads: usize,
    /// Checks short files in the way of long ones too, in pieces as small as can be. For tests.
    pub eager: bool,
    /// Is told how many bytes of the file asked for have been checked since the last call, from any thread.
    pub progress: Option<&'a (dyn Fn(usize) + Sync)>,
    /// Is told of each accepted proof that the theory will lack, from any thread. Where something before it is refused,
    /// the constant may come to be another one, of whose proof is told later or which the theory has.
    pub accepted: Option<&'a Accept<'a>>,
}

/// Is told of a theorem, with the environment in which the kernel has accepted its proof.
pub type Accept<'a> = dyn Fn(&Environment, script::AcceptedProof) + Sync + 'a;

struct Loader<'a> {
    theory: &'a mut Theory,
    resolver: &'a dyn Resolver,
    report: LoadReport,
    /// The files that have been read to the end.
    done: Identities,
    /// The files that are being read.
    in_progress: Nested,
    /// What the paths that were found in imports mean, by folder and path.
    resolved: FxHashMap<(Option<PathBuf>, String), Identity>,
    /// Refused names, and whether only the proof failed.
    failed: Failed,
    facts: super::facts::FactIndex,
    /// The number of unnamed axioms.
    assumed: u32,
    /// What `#eval` knows.
    evaluator: super::evaluate::Evaluator,
    /// The bytes that commands have said.
    said: usize,
    /// Who checks long files; without a crew, everything is checked in order and proofs are kept.
    crew: Option<Crew<'a>>,
    /// Whether a long file has needed the normal forms of facts.
    normal_forms: bool,
    /// When memory was given back last.
    mark: Mark,
    /// How often that was.
    collections: u32,
}

/// What has been found in a file so far.
#[derive(Default)]
struct Contents {
    items: Vec<ItemReport>,
    /// The number of items of the syntax tree that were looked at.
    count: usize,
    /// The places of those that were refused among them, with whether only the proof was.
    refused: Vec<(usize, bool)>,
    /// Attributes, which may stand before what they speak of, by tree and place.
    attributes: Vec<(Rc<Tree>, usize)>,
}

impl Contents {
    /// Notes what became of an item; `refused` as [`Loader::item`] gives it.
    fn push(&mut self, tree: &Rc<Tree>, index: usize, report: ItemReport, refused: Option<bool>) {
        self.refused.extend(refused.map(|is_unproved| (self.count, is_unproved)));
        self.count += 1;
        match tree.items[index].kind {
            ItemKind::Forward { .. } | ItemKind::Backward { .. } => self.attributes.push((tree.clone(), index)),
            _ => self.items.push(report),
        }
    }
}

/// What an accepted item adds.
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

/// Why an item is refused: several findings, and whether the statement itself is fine.
struct Refused {
    diagnostics: Vec<Diagnostic>,
    statement_is_fine: bool,
}

impl From<Fault> for Refused {
    fn from(error: Fault) -> Self {
        Self { diagnostics: vec![*error], statement_is_fine: false }
    }
}

impl<'a> Loader<'a> {
    fn new(theory: &'a mut Theory, resolver: &'a dyn Resolver) -> Self {
        Self {
            mark: theory.environment.mark(),
            collections: 0,
            theory,
            resolver,
            report: LoadReport::default(),
            done: Identities::default(),
            in_progress: Nested::default(),
            resolved: FxHashMap::default(),
            failed: Failed::default(),
            facts: super::facts::FactIndex::new(),
            assumed: 0,
            evaluator: super::evaluate::Evaluator::new(),
            said: 0,
            crew: None,
            normal_forms: false,
        }
    }
}

impl Loader<'_> {
    fn file(&mut self, source: SourceText, imported_as: Option<String>) {
        self.in_progress.enter(&source.identity);
        let mut contents = Contents::default();
        let trees = match self.crew.take() {
            Some(crew) if source.text.len() >= crew.sizes().long => {
                self.crew = Some(crew.clone());
                self.batches(&crew, &source, &mut contents)
            }
            crew => {
                self.crew = crew;
                let (tree, errors) = prover_syntax::parse(&source.text);
                vec![self.tree(tree, errors, &source, &mut contents)]
            }
        };
        let missing = mention::missing(&trees, &contents.refused);
        for (tree, index) in std::mem::take(&mut contents.attributes) {
            contents.items.extend(self.attribute_of(&tree, index));
        }
        let mut items = contents.items;
        for item in items.iter_mut().filter(|item| item.kind == "print") {
            let Some(said) = &mut item.said else { continue };
            let more = command::attributes(self.theory, &item.name);
            match self.count(item.span, &more) {
                Ok(()) => said.push_str(&more),
                Err(error) => {
                    item.said = None;
                    item.diagnostics.push(*error);
                }
            }
        }
        items.sort_by_key(|item| item.span.start);
        self.in_progress.leave(&source.identity);
        self.done.insert(&source.identity);
        self.report.files.push(FileReport { source, imported_as, items, missing });
    }

    /// Checks the items of a tree one by one; `errors` are those of its syntax.
    fn tree(&mut self, tree: Tree, errors: Vec<Diagnostic>, source: &SourceText, contents: &mut Contents) -> Rc<Tree> {
        contents.items.extend(errors.into_iter().map(syntax_error));
        let tree = Rc::new(tree);
        for index in 0..tree.items.len() {
            self.one(&tree, index, source, contents);
        }
        tree
    }

    /// Checks one item of a tree.
    fn one(&mut self, tree: &Rc<Tree>, index: usize, source: &SourceText, contents: &mut Contents) {
        let (report, refused) = self.item(tree, &tree.items[index], source);
        contents.push(tree, index, report, refused);
        self.give_back();
    }

    /// Whether items may have left much behind. Where much is declared, looking through it is to be paid for by as much work.
    fn holds_much(&self) -> bool {
        let held = self.crew.as_ref().map_or(HELD, |crew| crew.sizes().held);
        let enough = if held < HELD { held } else { held.max(2 * self.mark.terms() as u64) };
        self.mark.work_since(&self.theory.environment) >= enough
    }

    /// Gives back what items have left behind, be they right or wrong, once it is much: all but what they have declared. No index
    /// of a term is kept over the end of an item but in the theory, the facts and the evaluator.
    fn give_back(&mut self) {
        if !self.holds_much() {
            return;
        }
        if self.theory.collect(self.mark).is_ok() {
            self.facts = super::facts::FactIndex::new();
            self.evaluator = super::evaluate::Evaluator::new();
            self.collections += 1;
        }
        self.mark = self.theory.environment.mark();
    }

    /// What becomes of an attribute, once all of the file has been looked at.
    fn attribute_of(&mut self, tree: &Tree, index: usize) -> Option<ItemReport> {
        let item = &tree.items[index];
        match &item.kind {
            ItemKind::Forward { name, patterns } => {
                Some(self.attribute("forward", item, *name, tree, |theory, failed| {
                    attribute::forward(theory, tree, failed, *name, patterns)
                }))
            }
            ItemKind::Backward { name, words } => {
                Some(self.attribute("backward", item, *name, tree, |theory, failed| {
                    attribute::backward(theory, tree, failed, *name, words)
                }))
            }
            _ => None,
        }
    }

    fn attribute(
        &mut self,
        kind: &'static str,
        item: &Item,
        name: Name,
        tree: &Tree,
        apply: impl FnOnce(&mut Theory, &Failed) -> Result<(), Fault>,
    ) -> ItemReport {
        self.theory.environment.set_budget(ITEM_BUDGET);
        let diagnostics = apply(self.theory, &self.failed).err().map(|error| *error).into_iter().collect();
        self.give_back();
        let name = tree.name(name.symbol).to_owned();
        ItemReport { name, kind, span: item.span, diagnostics, constant: None, constants: 0..0, said: None }
    }

    /// Checks an item; also says whether a name was refused, `true` if only its proof was.
    fn item(&mut self, tree: &Tree, item: &Item, source: &SourceText) -> (ItemReport, Option<bool>) {
        self.theory.environment.set_budget(budget(length(item)));
        let before = self.theory.environment.declarations().len();
        let at = |name: &Name| tree.name(name.symbol).to_owned();
        let (name, kind, result) = match &item.kind {
            ItemKind::Import(path) => (path.clone(), "import", self.import(path, item.span, source)),
            ItemKind::Using(_) => (String::new(), "using", Ok(using(item.span))),
            ItemKind::Assume(ty) => (String::new(), "assume", self.assume(tree, *ty)),
            ItemKind::Declare { decl, value } => {
                let kind = if value.is_some() { "definition" } else { "declaration" };
                (at(&decl.name), kind, self.declare(tree, decl, *value))
            }
            ItemKind::Verify { word, name, steps } => (at(name), verify_kind(*word), self.verify(tree, steps)),
            ItemKind::Theorem { word, decl, steps } => {
                (at(&decl.name), theorem_kind(*word), self.theorem(tree, item, decl, steps))
            }
            ItemKind::Data { name, parameters, constructors } => {
                let declared = self.data(tree, *name, (parameters, constructors));
                (at(name), "data", declared.map_err(|error| not_in_a_circle(tree, item, source, &self.failed, error)))
            }
            ItemKind::Function { decl, clauses } => {
                let declared = self.function(tree, decl, clauses);
                (
                    at(&decl.name),
                    "function",
                    declared.map_err(|error| not_in_a_circle(tree, item, source, &self.failed, error)),
                )
            }
            ItemKind::Check(_) => (String::new(), "check", self.command(tree, item.span, &item.kind)),
            ItemKind::Evaluate(_) => (String::new(), "eval", self.command(tree, item.span, &item.kind)),
            ItemKind::Print(name) => (at(name), "print", self.command(tree, item.span, &item.kind)),
            // Looked at once the file has been read.
            ItemKind::Forward { .. } | ItemKind::Backward { .. } => (String::new(), "", Ok(Accepted::nothing())),
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
                    self.failed.insert(name.as_str().into(), refused.statement_is_fine);
                    missing = Some(refused.statement_is_fine);
                    for name in parts(&item.kind) {
                        self.failed.insert(tree.name(name.symbol).into(), false);
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
        // `file` has just added its report.
        let errors =
            self.report.files.last().map_or(0, |file| file.items.iter().filter(|item| item.is_error()).count());
        if errors > 0 {
            let plural = if errors == 1 { "item is" } else { "items are" };
            return Err(
                fault(codes::IMPORT_FAILED, span, format!("`{path}` is wrong: {errors} {plural} refused")).into()
            );
        }
        Ok(Accepted::nothing())
    }

    fn elaborator<'e>(&'e mut self, tree: &'e Tree, scope: &'e Scope) -> Elaborator<'e> {
        Elaborator::new(&mut self.theory.environment, Source { tree, scope, failed: &self.failed })
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
    fn check_name(&mut self, tree: &Tree, name: &Name) -> Result<(), Fault> {
        let text = tree.name(name.symbol);
        super::draft::check_name(&self.theory.environment, text, name.span).map_err(|error| {
            let Some(constant) = self.theory.environment.find(text) else { return error };
            let (ty, names) = (self.theory.environment.declaration(constant).ty, self.theory.names());
            let ty = fault::shown(&mut self.theory.environment, &names, ty);
            Box::new(error.with_note(format!("it stands for something of type `{ty}`")))
        })
    }

    fn data(&mut self, tree: &Tree, name: Name, parts: (&[Decl], &[Decl])) -> Result<Accepted, Fault> {
        let (parameters, constructors) = parts;
        let syntax = super::data::DataSyntax { tree, failed: &self.failed, name, parameters, constructors };
        super::data::declare(self.theory, syntax).map(Accepted::from)
    }

    fn function(&mut self, tree: &Tree, decl: &Decl, clauses: &[Clause]) -> Result<Accepted, Fault> {
        let syntax = super::function::FunctionSyntax { tree, failed: &self.failed, decl, clauses };
        super::function::declare(self.theory, syntax).map(Accepted::from)
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

    /// Counts what a command says.
    fn count(&mut self, span: Span, said: &str) -> Result<(), Fault> {
        if self.said.saturating_add(said.len()) > SAID {
            let message = format!("commands have said {} MiB, which is the most that they may say", SAID >> 20);
            let error = Diagnostic::error(codes::BUDGET_EXHAUSTED, span, message);
            return Err(error.with_hint("put the commands into several files").into());
        }
        self.said += said.len();
        Ok(())
    }

    fn verify(&mut self, tree: &Tree, steps: &[Step]) -> Result<Accepted, Refused> {
        let (warnings, result) = super::script::verify(self.theory, &mut self.facts, &self.failed, tree, steps);
        match result {
            Ok(()) => Ok(Accepted { warnings, ..Accepted::nothing() }),
            Err(error) => Err(Refused::after(warnings, *error)),
        }
    }

    fn theorem(&mut self, tree: &Tree, item: &Item, decl: &Decl, steps: &[Step]) -> Result<Accepted, Refused> {
        self.check_name(tree, &decl.name)?;
        let scope = self.theory.scope();
        let statement = self.elaborator(tree, &scope).proposition(decl.ty)?;
        self.theory.note_binders(statement, tree, decl.ty);
        let name = tree.name(decl.name.symbol);
        let proof = super::script::Proof { tree, steps, name, end: end_of_proof(item) };
        let (warnings, result) = super::script::prove(self.theory, &mut self.facts, &self.failed, proof, statement);
        match result {
            Ok(constant) => {
                self.theory.name_binders(constant, tree, decl.ty);
                Ok(Accepted { warnings, ..constant.into() })
            }
            Err(error) => Err(Refused { statement_is_fine: true, ..Refused::after(warnings, *error) }),
        }
    }
}

/// The end of a proof: where its last brace stands.
fn end_of_proof(item: &Item) -> Span {
    Span { start: item.span.end.saturating_sub(1), end: item.span.end }
}

fn length(item: &Item) -> usize {
    item.span.end.saturating_sub(item.span.start) as usize
}

fn verify_kind(word: VerifyWord) -> &'static str {
    match word {
        VerifyWord::Verify => "verify",
        VerifyWord::Example => "example",
        VerifyWord::Test => "test",
    }
}

fn theorem_kind(word: TheoremWord) -> &'static str {
    match word {
        TheoremWord::Theorem => "theorem",
        TheoremWord::Lemma => "lemma",
        TheoremWord::Corollary => "corollary",
    }
}

fn syntax_error(error: Diagnostic) -> ItemReport {
    ItemReport {
        name: String::new(),
        kind: "syntax",
        span: error.span,
        diagnostics: vec![error],
        constant: None,
        constants: 0..0,
        said: None,
    }
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
        Self { diagnostics, statement_is_fine: false }
    }
}

/// The names that an item declares beside its own.
fn parts(kind: &ItemKind) -> Vec<Name> {
    match kind {
        ItemKind::Data { constructors, .. } => constructors.iter().map(|decl| decl.name).collect(),
        ItemKind::Function { clauses, .. } => clauses.iter().filter_map(|clause| clause.name).collect(),
        _ => Vec::new(),
    }
}

/// Says of an unknown name in a data type or function that it comes later, where it does.
fn not_in_a_circle(tree: &Tree, own: &Item, source: &SourceText, failed: &Failed, mut error: Fault) -> Refused {
    let name = source.text.get(error.span.start as usize..error.span.end as usize).unwrap_or("");
    let is_it = |decl: &Decl| failed.pay(1) && tree.name(decl.name.symbol) == name;
    let declares_it = |item: &Item| match &item.kind {
        ItemKind::Data { name: former, constructors, .. } => {
            failed.pay(1) && tree.name(former.symbol) == name || constructors.iter().any(is_it)
        }
        ItemKind::Function { decl, .. } => is_it(decl),
        _ => false,
    };
    let first = tree.items.partition_point(|item| item.span.start <= own.span.start);
    let mut later = tree.items[first..].iter().take_while(|_| failed.pay(1));
    if error.code == codes::UNKNOWN_NAME && later.any(declares_it) {
        let hint = "it comes later: declare it first; data types and functions cannot be declared in a circle";
        error.hint = Some(hint.into());
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

/// The warning about `using`.
pub(super) fn using_warning(span: Span) -> Diagnostic {
    Diagnostic::warning(codes::USING_IGNORED, span, "`using` changes nothing: all names of a file are in scope")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::NoImports;

    const NAT_ADD: &str = "\
        = : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat]. + : [nat -> nat -> nat].
        +_z : [('n : nat) -> (= (+ 'n z) 'n)].
        +_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].
        nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))]
                   -> [('n : nat) -> ('p 'n)]].
        #backward nat_ind. #forward +_z ((+ 'n z) : nat). #forward +_s ((+ 'n (s 'm)) : nat).";

    fn codes_of(text: &str) -> Vec<&'static str> {
        match Theory::from_text("test", text) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.iter().map(|error| error.code).collect(),
        }
    }

    #[test]
    fn addition_loads() {
        let mut theory = Theory::from_text("nat-add", NAT_ADD).unwrap();
        let plus_z = theory.environment.find("+_z").unwrap();
        let patterns = theory.attributes[&plus_z].forward.clone().unwrap();
        assert_eq!(patterns[0].variables, vec![Some(0)]);
        let statement = theory.statement("[('a : nat) -> (= (+ z 'a) 'a)]").unwrap();
        let names = theory.names();
        let text = super::super::print::print(&mut theory.environment, &names, statement);
        assert_eq!(text, "[('a0 : nat) -> (= (+ z 'a0) 'a0)]");
        assert_eq!(theory.statement("[(a : nat) -> (= nat ((+ z) 'a) a)]").unwrap(), statement);
        assert_eq!(theory.statement("nat").unwrap_err()[0].code, "not-a-proposition");
    }

    #[test]
    fn wrong_declarations_have_codes() {
        let nat = "nat : type. z : nat. s : [nat -> nat]. p : [nat -> prop]. ";
        for (text, code) in [
            ("x : nta.", "unknown-name"),
            ("x : (p 'n).", "unbound-variable"),
            ("z : nat.", "duplicate-name"),
            ("'x : nat.", "reserved-name"),
            ("type : type.", "reserved-name"),
            ("x : kind.", "unknown-name"),
            ("x : z.", "not-a-type"),
            ("x : p.", "wrong-number-of-arguments"),
            ("x : (p z z).", "wrong-number-of-arguments"),
            ("x : (nat z).", "not-a-function"),
            ("x : (p s).", "type-mismatch"),
            ("x : nat = s.", "type-mismatch"),
            ("x : nat = x.", "unknown-name"),
            ("x : [nat -> (p q)].", "unknown-name"),
            ("x : [('n : nat) -> (p (s p))].", "type-mismatch"),
            ("= : [nat -> nat -> prop].", "not-equality"),
            ("import \"nowhere\".", "import-not-found"),
            ("#forward z2.", "unknown-name"),
            ("#backward s infer infer.", "bad-attribute"),
            ("x : type = type.", "type-mismatch"),
        ] {
            assert_eq!(codes_of(&format!("{nat}{text}")), vec![code], "{text}");
        }
        assert_eq!(
            codes_of(&format!("prop : type. {nat} using a. assume (p z). q : nat = (s (s z)).")),
            Vec::<&str>::new()
        );
    }
    /// Files by name; counts how often one is asked for.
    struct Counted(std::cell::Cell<usize>);

    impl Resolver for Counted {
        fn resolve(&self, name: &str, _from: Option<&std::path::Path>) -> Result<SourceText, ImportError> {
            self.0.set(self.0.get() + 1);
            match name {
                "a" => Ok(SourceText::text("a", "nat : type.")),
                "self" => Ok(SourceText::text("self", "import \"self\".".repeat(100))),
                "wrong" => Ok(SourceText::text("wrong", "x : nta.")),
                _ => Err(ImportError::NotFound(name.to_owned())),
            }
        }
    }

    #[test]
    fn a_file_that_is_imported_often_is_read_once() {
        for (path, errors) in [("a", 0), ("self", 101), ("wrong", 2)] {
            let resolver = Counted(0.into());
            let text = format!("import \"{path}\".\n").repeat(100);
            let (_, report) = Theory::load(SourceText::text("t", text), &resolver);
            assert_eq!(report.errors().count(), errors, "{path}");
            // Itself once more from inside.
            assert!(resolver.0.get() <= 2, "{path}: {}", resolver.0.get());
        }
    }

    #[test]
    fn what_commands_say_is_bounded_together() {
        let large = format!("{}z{}", "(s ".repeat(30_000), ")".repeat(30_000));
        let declared = format!("nat : type. z : nat. s : [nat -> nat]. p : [nat -> prop]. a : (p {large}).\n");
        for command in ["#print a.\n", "#check a.\n"] {
            let (_, report) = Theory::load(SourceText::text("t", declared.clone() + &command.repeat(300)), &NoImports);
            let items = &report.files[0].items;
            let said: usize = items.iter().filter_map(|item| item.said.as_ref()).map(String::len).sum();
            assert!(said <= SAID && said > SAID - (128 << 10), "{said}");
            let refused: Vec<&str> = report.errors().map(|(_, error)| error.code).collect();
            assert!(!refused.is_empty() && refused.iter().all(|&code| code == codes::BUDGET_EXHAUSTED));
        }
        // So do attributes, which are said once the file has been read.
        let attribute = format!("#forward s ({large} : nat).\n");
        let text = declared + &attribute + &"#print s.\n".repeat(300);
        let (_, report) = Theory::load(SourceText::text("t", text), &NoImports);
        let said = report.files[0].items.iter().filter_map(|item| item.said.as_ref()).map(String::len).sum::<usize>();
        assert!(said <= SAID && report.errors().count() > 0, "{said}");
    }

    #[test]
    fn looking_for_what_comes_later_ends() {
        let equality = "= : [('t : type) -> 't -> 't -> prop].\n";
        let count = 8_000;
        let items: String =
            (0..count).map(|index| format!("data a{index} {{ c{index} : [last -> a{index}]. }}\n")).collect();
        let (_, report) = Theory::load(SourceText::text("t", format!("{equality}{items}data last {{ }}")), &NoImports);
        let comes_later = |error: &Diagnostic| error.hint.as_ref().is_some_and(|hint| hint.contains("comes later"));
        let hints: Vec<bool> = report.errors().map(|(_, error)| comes_later(error)).collect();
        assert_eq!(hints.len(), count);
        let told = hints.iter().filter(|&&is_told| is_told).count();
        assert!(hints[0] && told < 2_000, "{told}");
    }
}
