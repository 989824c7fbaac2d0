//! Long files, in batches whose proofs several threads check.
//!
//! A file is cut at the ends of items into stretches, which are parsed in parallel. The items of a batch are then
//! checked in order, apart from proofs: declarations are added, theorems are *promised*. The proofs are carried out in
//! parallel, each where only the constants before it exist; the kernel ensures that, and turns promises into theorems
//! only as far as all are fulfilled (see [`Outline`](prover_logic::Outline)). If anything is wrong, the items before it
//! are kept, and the rest of the batch is checked item by item, so that the report is that of a file checked in order.

mod crew;
mod cut;
mod outline;
mod proofs;

pub(super) use crew::Crew;
pub use crew::{Accept, CheckOptions};

use super::items::length;
use super::{Contents, ItemReport, Loader, SourceText};
use outline::Outliner;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::parse::parse_stretch;
use prover_syntax::tree::{Item, ItemKind, Tree};
use std::ops::Range;
use std::rc::Rc;

/// An item with its tree.
type Place<'a> = (&'a Tree, &'a Item);

/// An item that has been looked at, apart from its proof.
struct Entry {
    /// The number of constants before it.
    limit: usize,
    /// Its report; of a proof, the report if it is right.
    report: ItemReport,
}

/// Items that are looked at together, each by its tree and its place there.
struct Window<'a> {
    /// The threads that look at them.
    crew: &'a Crew<'a>,
    trees: &'a [Rc<Tree>],
    items: &'a [(usize, usize)],
    /// The file that they stand in.
    source: &'a SourceText,
}

impl Loader<'_> {
    /// Checks a long file. Gives its trees if anything is refused, for the report on that.
    pub(super) fn batches(&mut self, crew: &Crew<'_>, source: &SourceText, contents: &mut Contents) -> Vec<Rc<Tree>> {
        let text = &*source.text;
        let sizes = crew.sizes();
        let mut cutter = cut::Cutter::new(text);
        let mut stretches = cutter.stretches(sizes.stretch, sizes.batch);
        let mut parsed = crew.map(stretches.len(), |index| parse_stretch(text, stretches[index].clone()));
        while !stretches.is_empty() {
            let (trees, is_right) = joined(text, &stretches, parsed, contents);
            // Looking at theorems without their proofs is the work of this thread alone; meanwhile the others read on.
            stretches = match is_right {
                true => cutter.stretches(sizes.stretch, sizes.batch),
                false => Vec::new(),
            };
            let read = |index: usize| parse_stretch(text, stretches[index].clone());
            (parsed, ()) = crew.beside(stretches.len(), read, || self.batch(crew, &trees, source, contents));
        }
        if contents.refused.is_empty() {
            return Vec::new();
        }
        let stretches = cut::Cutter::new(text).stretches(sizes.stretch, text.len());
        let parsed = crew.map(stretches.len(), |index| parse_stretch(text, stretches[index].clone()));
        joined(text, &stretches, parsed, &mut Contents::default()).0
    }

    fn batch(&mut self, crew: &Crew<'_>, trees: &[Rc<Tree>], source: &SourceText, contents: &mut Contents) {
        let items: Vec<(usize, usize)> = trees
            .iter()
            .enumerate()
            .flat_map(|(tree, items)| (0..items.items.len()).map(move |item| (tree, item)))
            .collect();
        for items in items.chunks(crew.sizes().window) {
            self.window(&Window { crew, trees, items, source }, contents);
        }
    }

    fn window(&mut self, window: &Window<'_>, contents: &mut Contents) {
        let crew = window.crew;
        let places: Vec<Place<'_>> =
            window.items.iter().map(|&(tree, item)| (&*window.trees[tree], &window.trees[tree].items[item])).collect();
        // What the theorems speak of is mostly declared before all of them.
        let mut next = places.iter().position(|(_, item)| is_derivation(item)).unwrap_or(places.len());
        self.in_order(window, 0..next, contents);
        let statements = self.statements(crew, &places);
        let mut outliner = Outliner::new(&self.theory.environment, &places, &statements, self.collections);
        while next < places.len() {
            let end = places[next..].iter().position(|(tree, item)| stands_alone(tree, item));
            let end = end.map_or(places.len(), |end| next + end);
            if places[next..end].iter().filter(|(_, item)| is_derivation(item)).count() >= crew.sizes().few {
                let (done, is_right) = self.outlined(&mut outliner, next..end, window, contents);
                next += done;
                if !is_right {
                    // Something is wrong with this one, and what follows may rest on it.
                    self.in_order(window, next..places.len(), contents);
                    return;
                }
                self.give_back();
                if next < end {
                    continue;
                }
            }
            let alone = next..places.len().min(end + 1);
            next = alone.end;
            self.in_order(window, alone, contents);
            outliner.note(&self.theory.environment, next);
        }
    }

    /// Checks items one by one.
    fn in_order(&mut self, window: &Window<'_>, range: Range<usize>, contents: &mut Contents) {
        let progress = self.progress(window.crew);
        for &(tree, item) in &window.items[range] {
            let tree = &window.trees[tree];
            self.one(tree, item, window.source, contents);
            progress.inspect(|tell| tell(length(&tree.items[item])));
        }
    }

    /// Checks items without their proofs, then the proofs in parallel, up to the first item that is wrong, or until
    /// much memory is taken. Gives the number of those that are right, and whether all that were looked at are.
    fn outlined(
        &mut self,
        outliner: &mut Outliner<'_>,
        range: Range<usize>,
        window: &Window<'_>,
        contents: &mut Contents,
    ) -> (usize, bool) {
        // An item that is wrong is looked at again, and then its errors are told.
        self.failed.suggests = false;
        let mut entries = Vec::with_capacity(range.len());
        let mut is_right = true;
        for place in range.clone() {
            match self.outline(outliner, place, window.source) {
                Some(entry) => entries.push(entry),
                None => is_right = false,
            }
            if !is_right || self.holds_much() {
                break;
            }
        }
        let looked_at = entries.len();
        let done = self.prove(window.crew, &outliner.places[range.clone()], &mut entries);
        self.failed.suggests = true;
        for (entry, &(tree, item)) in entries.into_iter().zip(&window.items[range.start..range.start + done]) {
            contents.push(&window.trees[tree], item, entry.report, None);
        }
        (done, is_right && done == looked_at)
    }

    /// The listener for the progress in the file asked for.
    fn progress<'a>(&self, crew: &Crew<'a>) -> Option<&'a (dyn Fn(usize) + Sync)> {
        crew.progress().filter(|_| self.in_progress.depth() == 1)
    }
}

/// Whether an item needs an environment that owes nothing: an import brings theorems, and so does `=`; additions of
/// `data` and `fun` other than constants could not be taken back; the commands report on proved theorems.
fn stands_alone(tree: &Tree, item: &Item) -> bool {
    match &item.kind {
        ItemKind::Import(_) | ItemKind::Data { .. } | ItemKind::Function { .. } => true,
        ItemKind::Check(_) | ItemKind::Evaluate(_) | ItemKind::Print(_) => true,
        ItemKind::Declare { decl, .. } => tree.name(decl.name.symbol) == "=",
        _ => false,
    }
}

fn is_derivation(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Theorem { .. } | ItemKind::Verify { .. })
}

/// The trees of consecutive stretches of a text, and whether none has an error. From the first with an error on, all of
/// the text is one tree, since the text after an error may belong to it.
fn joined(
    text: &str,
    stretches: &[Range<usize>],
    mut parsed: Vec<(Tree, Vec<Diagnostic>)>,
    contents: &mut Contents,
) -> (Vec<Rc<Tree>>, bool) {
    let wrong = parsed.iter().position(|(_, errors)| !errors.is_empty());
    if let Some(wrong) = wrong {
        parsed.truncate(wrong);
        let (tree, errors) = parse_stretch(text, stretches[wrong].start..text.len());
        contents.items.extend(errors.into_iter().map(ItemReport::of_syntax));
        parsed.push((tree, Vec::new()));
    }
    (parsed.into_iter().map(|(tree, _)| Rc::new(tree)).collect(), wrong.is_none())
}
