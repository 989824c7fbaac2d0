//! Checking items without their proofs.

use super::super::Loader;
use super::super::items::length;
use super::super::{ItemReport, Kind};
use super::{Crew, Entry, Place, SourceText};
use crate::elaborate::{Elaborator, Source};
use crate::limits::budget;
use crate::portable::{Label, Parcel, Unpacking};
use crate::scope::Scope;
use crate::suggest::Failed;
use prover_logic::{ConstId, Environment, Frozen, Store, TermId};
use prover_syntax::tree::{Decl, ItemKind, TermRef, Tree};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The statements that a thread elaborates at a time.
const CHUNK: usize = 128;

/// Statements elaborated by one thread; none where that was not possible.
pub(super) struct Statements {
    parcel: Parcel,
    labels: Vec<Option<Label>>,
}

/// The knowledge about the items of a window while they are looked at in order.
pub(super) struct Outliner<'a> {
    pub places: &'a [Place<'a>],
    statements: &'a [Statements],
    unpacking: Vec<Unpacking<'a>>,
    /// The number of constants whose names are known here.
    constants: usize,
    /// The names declared since the statements were elaborated: terms that mention them may mean something else by now.
    declared: FxHashSet<Arc<str>>,
    /// For each name of a tree whether it is one of these.
    marks: Option<(&'a Tree, Vec<bool>)>,
    /// The number of times that memory had been given back when the statements were elaborated: they mention terms of
    /// then.
    collections: u32,
}

impl<'a> Outliner<'a> {
    pub fn new(
        environment: &Environment,
        places: &'a [Place<'a>],
        statements: &'a [Statements],
        collections: u32,
    ) -> Self {
        let unpacking = statements.iter().map(|statements| statements.parcel.open()).collect();
        let constants = environment.declarations().len();
        Self { places, statements, unpacking, constants, declared: FxHashSet::default(), marks: None, collections }
    }

    /// Notes the names declared by the items before a place.
    pub fn note(&mut self, environment: &Environment, next: usize) {
        let tree = self.places.get(next).map(|&(tree, _)| tree);
        let same = match (&self.marks, tree) {
            (Some((marked, _)), Some(tree)) => std::ptr::eq(*marked, tree),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.marks = tree.map(|tree| (tree, tree.names().map(|name| self.declared.contains(name)).collect()));
        }
        for (_, declaration) in environment.declarations_from(self.constants) {
            self.declared.insert(declaration.name.clone());
            if let Some((tree, marks)) = &mut self.marks
                && let Some(symbol) = tree.symbol(&declaration.name)
            {
                marks[symbol.0 as usize] = true;
            }
        }
        self.constants = environment.declarations().len();
    }

    /// The statement of the theorem at a place, if it was elaborated and still means the same.
    fn statement(&mut self, store: &mut Store, place: usize, ty: TermRef, collections: u32) -> Option<TermId> {
        if collections != self.collections {
            return None;
        }
        let label = self.statements[place / CHUNK].labels[place % CHUNK]?;
        let (tree, marks) = self.marks.as_ref()?;
        let is_new = tree.symbols(ty).any(|symbol| marks[symbol.0 as usize]);
        (!is_new).then(|| self.unpacking[place / CHUNK].take(store, label))
    }
}

/// Elaborates the statements of theorems; their errors are reported elsewhere.
fn elaborate(frozen: &Frozen, failed: &Failed, places: &[Place<'_>]) -> Statements {
    let mut environment = frozen.fork();
    let common = environment.store.len();
    let mut parcel = Parcel::default();
    let scope = Scope::new();
    let mut labels = Vec::with_capacity(places.len());
    for &(tree, item) in places {
        labels.push(match &item.kind {
            ItemKind::Theorem { decl, .. } => {
                environment.set_budget(budget(length(item)));
                let source = Source { tree, scope: &scope, failed };
                let statement = Elaborator::new(&mut environment, source).proposition(decl.ty).ok();
                statement.map(|statement| parcel.pack(&environment.store, common, statement))
            }
            _ => None,
        });
    }
    parcel.close();
    Statements { parcel, labels }
}

impl Loader<'_> {
    /// Elaborates the statements of theorems before the items before them are looked at.
    pub(super) fn statements(&mut self, crew: &Crew<'_>, places: &[Place<'_>]) -> Vec<Statements> {
        let frozen = std::mem::take(&mut self.theory.environment).freeze();
        let chunks: Vec<&[Place<'_>]> = places.chunks(CHUNK).collect();
        // What these say of errors nobody reads.
        self.failed.suggests = false;
        let failed = &self.failed;
        let statements = crew.map(chunks.len(), |index| elaborate(&frozen, failed, chunks[index]));
        self.failed.suggests = true;
        self.theory.environment = frozen.thaw();
        statements
    }

    /// Looks at an item, but not at its proof; `None` if it is wrong, and then nothing has been declared.
    pub(super) fn outline(&mut self, outliner: &mut Outliner<'_>, place: usize, source: &SourceText) -> Option<Entry> {
        outliner.note(&self.theory.environment, place);
        let (tree, item) = outliner.places[place];
        let limit = self.theory.environment.declarations().len();
        let report = |name: &str, kind, constant: Option<ConstId>| ItemReport {
            constant,
            constants: limit..limit + usize::from(constant.is_some()),
            ..ItemReport::new(name.to_owned(), kind, item.span)
        };
        let report = match &item.kind {
            ItemKind::Verify { word, name, .. } => report(tree.name(name.symbol), Kind::Verify(*word), None),
            ItemKind::Theorem { word, decl, .. } => {
                self.theory.environment.set_budget(budget(length(item)));
                let constant = self.promise(outliner, place, decl)?;
                report(tree.name(decl.name.symbol), Kind::Theorem(*word), Some(constant))
            }
            _ => {
                let failed = self.failed.len();
                let (report, _) = self.item(tree, item, source);
                if report.is_error() {
                    if self.failed.len() > failed {
                        self.failed.remove(&report.name);
                    }
                    return None;
                }
                report
            }
        };
        Some(Entry { limit, report })
    }

    fn promise(&mut self, outliner: &mut Outliner<'_>, place: usize, decl: &Decl) -> Option<ConstId> {
        let (tree, _) = outliner.places[place];
        self.check_name(tree, &decl.name).ok()?;
        let ready = outliner.statement(&mut self.theory.environment.store, place, decl.ty, self.collections);
        let statement = match ready {
            Some(statement) => statement,
            None => {
                let scope = self.theory.scope();
                self.elaborator(tree, &scope).proposition(decl.ty).ok()?
            }
        };
        let constant = self.theory.environment.promise(tree.name(decl.name.symbol), statement).ok()?;
        self.theory.name_binders(constant, tree, decl.ty);
        Some(constant)
    }
}
