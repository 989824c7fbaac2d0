//! Files -> theories: the items of a file in order, each checked, with a report.
//!
//! - `report`: the results for a file, its items and its imports.
//! - `items`: the check of one item.
//! - `mention`: the items that mention a refused name.
//! - `batches`: long files, whose proofs several threads check.

mod batches;
mod items;
mod mention;
mod report;
#[cfg(test)]
mod tests;

pub use batches::{Accept, CheckOptions};
pub use report::{FileReport, ItemReport, Kind, LoadError, LoadReport, Missing};

use super::evaluate::Evaluator;
use super::facts::FactIndex;
use super::identity::{Identities, Identity, Nested};
use super::import::{Files, NoImports, Resolver, SourceText};
use super::limits::HELD;
use super::suggest::Failed;
use super::{Theory, command, library};
use batches::Crew;
use prover_logic::Mark;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{ItemKind, Tree};
use report::Flaw;
use rustc_hash::FxHashMap;
use std::path::PathBuf;
use std::rc::Rc;

impl Theory {
    /// Checks a file and its imports. The theory holds all that was accepted.
    pub fn load(source: SourceText, resolver: &dyn Resolver) -> (Self, LoadReport) {
        let mut theory = Self::new();
        let report = theory.load_into(source, resolver);
        (theory, report)
    }

    /// Checks a file and its imports on top of this theory.
    pub fn load_into(&mut self, source: SourceText, resolver: &dyn Resolver) -> LoadReport {
        self.load_after(&Identities::default(), source, resolver)
    }

    /// The same where this theory has the content of some files already, given by their identities: importing them
    /// changes nothing.
    pub fn load_after(&mut self, known: &Identities, source: SourceText, resolver: &dyn Resolver) -> LoadReport {
        let mut loader = Loader { done: known.clone(), ..Loader::new(self, resolver) };
        loader.file(source, None);
        loader.report
    }

    /// Checks a file and its imports as [`load_into`](Self::load_into) does, long files by several threads. The report
    /// is the same; of long files, this theory will lack the proof terms, which have been checked and are not needed
    /// any more.
    pub fn check_into(&mut self, source: SourceText, resolver: &dyn Resolver, options: CheckOptions<'_>) -> LoadReport {
        let mut loader = Loader { crew: Some(Crew::new(options)), ..Loader::new(self, resolver) };
        loader.file(source, None);
        loader.report
    }

    /// The theory of a path or a built-in name.
    ///
    /// # Errors
    ///
    /// There is no such theory, or something in it (or in its imports) is refused.
    pub fn from_source(name: &str) -> Result<Self, LoadError> {
        let source = library::load_theory(name)?;
        let (theory, report) = Self::load(source.into(), &Files);
        if report.is_fine() { Ok(theory) } else { Err(LoadError::Refused(Box::new(report))) }
    }

    /// Checks a text without imports.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn from_text(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let (theory, report) = Self::load(SourceText::text(name, text), &NoImports);
        let errors: Vec<Diagnostic> = report.errors().map(|(_, diagnostic)| diagnostic.clone()).collect();
        if errors.is_empty() { Ok(theory) } else { Err(errors) }
    }
}

struct Loader<'a> {
    theory: &'a mut Theory,
    resolver: &'a dyn Resolver,
    report: LoadReport,
    /// The files that have been read to the end.
    done: Identities,
    /// The files that are being read.
    in_progress: Nested,
    /// The files that the paths in imports mean, by folder and path.
    resolved: FxHashMap<(Option<PathBuf>, String), Identity>,
    /// Refused names.
    failed: Failed,
    facts: FactIndex,
    /// The number of unnamed axioms.
    assumed: u32,
    /// The evaluator of `#eval`, with its cached results.
    evaluator: Evaluator,
    /// The bytes that commands have said.
    said: usize,
    /// The threads that check long files; without a crew, everything is checked in order and proofs are kept.
    crew: Option<Crew<'a>>,
    /// Whether a long file has needed the normal forms of facts.
    normal_forms: bool,
    /// When memory was given back last.
    mark: Mark,
    /// The number of times that it was.
    collections: u32,
}

/// The contents of a file that have been looked at so far.
#[derive(Default)]
struct Contents {
    items: Vec<ItemReport>,
    /// The number of items of the syntax tree that were looked at.
    count: usize,
    /// The places of those that were refused among them.
    refused: Vec<(usize, Flaw)>,
    /// Attributes, which may stand before the constants that they are of, by tree and place.
    attributes: Vec<(Rc<Tree>, usize)>,
}

impl Contents {
    /// Notes the outcome of an item; `refused` as [`Loader::item`] gives it.
    fn push(&mut self, tree: &Rc<Tree>, index: usize, report: ItemReport, refused: Option<Flaw>) {
        self.refused.extend(refused.map(|flaw| (self.count, flaw)));
        self.count += 1;
        match tree.items[index].kind {
            ItemKind::Forward { .. } | ItemKind::Backward { .. } => self.attributes.push((tree.clone(), index)),
            _ => self.items.push(report),
        }
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
            facts: FactIndex::new(),
            assumed: 0,
            evaluator: Evaluator::new(),
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
        for item in items.iter_mut().filter(|item| item.kind == Kind::Print) {
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
        contents.items.extend(errors.into_iter().map(ItemReport::of_syntax));
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

    /// Whether items may have left much behind. Where much is declared, looking through it is to be paid for by as much
    /// work.
    fn holds_much(&self) -> bool {
        let held = self.crew.as_ref().map_or(HELD, |crew| crew.sizes().held);
        let enough = if held < HELD { held } else { held.max(2 * self.mark.terms() as u64) };
        self.mark.work_since(&self.theory.environment) >= enough
    }

    /// Gives back the memory that items have left behind, accepted or not, once it is large: all except that of their
    /// declarations. No index of a term is kept over the end of an item but in the theory, the facts and the evaluator.
    fn give_back(&mut self) {
        if !self.holds_much() {
            return;
        }
        if self.theory.collect(self.mark).is_ok() {
            self.facts = FactIndex::new();
            self.evaluator = Evaluator::new();
            self.collections += 1;
        }
        self.mark = self.theory.environment.mark();
    }
}
