//! The axioms and definitions that theorems rest on, with their places.

use super::Foundation;
use crate::logic::axioms::Axioms;
use crate::logic::{ConstId, DeclarationKind};
use crate::syntax::source::LineIndex;
use crate::theory::Theory;
use crate::theory::load::{ItemReport, Kind, LoadReport};

/// The foundations of the theorems of the file asked for. They are found for each when that is written: all at once may
/// be as much as the square of the file.
#[derive(Clone, Debug)]
pub(super) struct Rests {
    axioms: Axioms,
    /// The axioms and definitions that one of the theorems rests on, in the order of their declaration.
    pub foundations: Vec<Foundation>,
    /// The place of each constant among them, if it is there.
    places: Vec<Option<usize>>,
}

impl Rests {
    /// The theory is the one that the report is about.
    pub fn new(theory: &Theory, report: &LoadReport) -> Self {
        let mut rests = Self { axioms: theory.environment.axioms(), foundations: Vec::new(), places: Vec::new() };
        let mut is_needed = vec![false; theory.environment.declarations().len()];
        for item in report.files.last().iter().flat_map(|file| &file.items) {
            for constant in proved(item).into_iter().flat_map(|constant| rests.axioms.list(constant)) {
                is_needed[constant.index()] = true;
            }
        }
        rests.places = vec![None; is_needed.len()];
        let mut stands = places(report, &is_needed);
        for (constant, declaration) in theory.environment.declarations() {
            if is_needed[constant.index()] {
                let (file, line) = stands[constant.index()].take().unzip();
                let is_definition = declaration.kind == DeclarationKind::Definition;
                let kind = if is_definition { "definition" } else { "axiom" };
                rests.places[constant.index()] = Some(rests.foundations.len());
                rests.foundations.push(Foundation { name: declaration.name.to_string(), kind, file, line });
            }
        }
        rests
    }

    /// The axioms and the definitions that a theorem rests on, in the order of their declaration.
    pub fn of(&self, theorem: ConstId) -> Vec<&Foundation> {
        let all = self.axioms.list(theorem).into_iter();
        all.filter_map(|constant| self.places[constant.index()]).map(|place| &self.foundations[place]).collect()
    }
}

/// The constant of a theorem that was proved.
pub(super) fn proved(item: &ItemReport) -> Option<ConstId> {
    item.constant.filter(|_| matches!(item.kind, Kind::Theorem(_)))
}

/// For each constant that is needed the file and the line of the item that it came with.
fn places(report: &LoadReport, is_needed: &[bool]) -> Vec<Option<(String, u32)>> {
    let mut places = vec![None; is_needed.len()];
    for file in &report.files {
        let (name, lines) = (file.source.place(), LineIndex::new(&file.source.text));
        for item in &file.items {
            // What came with an import has its place in the imported file, which stands before this one.
            for constant in item.constants.clone().filter(|&constant| is_needed[constant]) {
                places[constant].get_or_insert_with(|| (name.clone(), lines.position(item.span.start).line));
            }
        }
    }
    places
}
