//! Carrying out the proofs of items that have been checked in outline.

use super::super::Loader;
use super::super::items::{end_of_proof, length};
use super::Accept;
use super::{Crew, Entry, Place, is_derivation};
use crate::Theory;
use crate::facts::{FactIndex, FrozenFacts};
use crate::limits::budget;
use crate::script::{self, Proof, Surroundings};
use crate::suggest::Failed;
use prover_logic::Outline;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::ItemKind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// The items that a thread takes at a time. Its caches about terms are cleared after them, which bounds memory.
const CHUNK: usize = 64;

/// The data that the threads share.
struct Shared<'a> {
    outline: &'a Outline,
    facts: &'a Arc<FrozenFacts>,
    /// All of the theory but its environment.
    theory: &'a Theory,
    failed: &'a Failed,
    places: &'a [Place<'a>],
    entries: &'a [Entry],
    /// The warnings about each item that is right.
    warnings: &'a [OnceLock<Vec<Diagnostic>>],
    /// The first item found wrong.
    wrong: AtomicUsize,
    /// Whether to stop when normal forms are lacking.
    stops: bool,
    lacks_normal_forms: AtomicBool,
    /// The work after which the memory that proofs have left behind is given back.
    held: u64,
    progress: Option<&'a (dyn Fn(usize) + Sync)>,
    accepted: Option<&'a Accept<'a>>,
}

impl Loader<'_> {
    /// Carries out the proofs of the items looked at; `places` are these items and maybe further ones. Gives the number
    /// of items before the first that is wrong, whose entries now hold the outcomes; the declarations of the others are
    /// forgotten.
    pub(super) fn prove(&mut self, crew: &Crew<'_>, places: &[Place<'_>], entries: &mut [Entry]) -> usize {
        let bytes = entries.iter().zip(places).map(|(_, (_, item))| length(item)).sum();
        self.theory.environment.set_budget(budget(bytes));
        let equality = self.theory.equality;
        let added = self.facts.add_constants(&mut self.theory.environment, equality.as_ref());
        let normal = match self.normal_forms {
            true => self.facts.normalize(&mut self.theory.environment, equality.as_ref()),
            false => Ok(()),
        };
        let warnings: Vec<OnceLock<Vec<Diagnostic>>> = entries.iter().map(|_| OnceLock::new()).collect();
        let (mut wrong, outline) = match added.and(normal) {
            Ok(()) => self.in_parallel(crew, places, entries, &warnings),
            Err(_) => (0, Outline::new(std::mem::take(&mut self.theory.environment))),
        };
        let all = outline.len();
        let limit = entries.get(wrong).map_or(all, |entry| entry.limit);
        self.theory.environment = outline.settle(limit);
        let kept = self.theory.environment.declarations().len();
        while wrong > 0 && entries.get(wrong).map_or(all, |entry| entry.limit) > kept {
            wrong -= 1;
        }
        if kept < all {
            // These speak of constants whose numbers others will get.
            self.facts = FactIndex::new();
            self.assumed = 0;
            Arc::make_mut(&mut self.theory.binder_names).retain(|constant, _| constant.index() < kept);
        }
        for (entry, warnings) in entries.iter_mut().zip(warnings).take(wrong) {
            entry.report.diagnostics.extend(warnings.into_inner().unwrap_or_default());
        }
        wrong
    }

    /// The number of the first item that is wrong, and the outline with all promises before it fulfilled.
    fn in_parallel(
        &mut self,
        crew: &Crew<'_>,
        places: &[Place<'_>],
        entries: &[Entry],
        warnings: &[OnceLock<Vec<Diagnostic>>],
    ) -> (usize, Outline) {
        loop {
            let outline = Outline::new(std::mem::take(&mut self.theory.environment));
            let facts = Arc::new(std::mem::take(&mut self.facts).freeze());
            let shared = Shared {
                outline: &outline,
                facts: &facts,
                theory: self.theory,
                failed: &self.failed,
                places,
                entries,
                warnings,
                wrong: AtomicUsize::new(entries.len()),
                stops: !self.normal_forms,
                lacks_normal_forms: AtomicBool::new(false),
                held: crew.sizes().held,
                progress: self.progress(crew),
                accepted: crew.accepted(),
            };
            crew.map(entries.len().div_ceil(CHUNK), |chunk| shared.chunk(chunk * CHUNK));
            let (wrong, again) = (shared.wrong.into_inner(), shared.lacks_normal_forms.into_inner());
            self.facts = Arc::unwrap_or_clone(facts).thaw();
            if !again {
                return (wrong, outline);
            }
            // Each thread would find the normal forms of all facts anew for each chunk: from now on they are kept for
            // all.
            self.normal_forms = true;
            let mut environment = outline.dissolve();
            let equality = self.theory.equality;
            // Where the budget does not suffice, the threads go on from there.
            let _ = self.facts.normalize(&mut environment, equality.as_ref());
            self.theory.environment = environment;
        }
    }
}

impl Shared<'_> {
    /// Carries out the proofs of a chunk.
    fn chunk(&self, start: usize) {
        let fork = || {
            let theory = Theory { environment: self.outline.fork(0), ..self.theory.clone() };
            (theory, FrozenFacts::fork(self.facts))
        };
        let (mut theory, mut facts) = fork();
        for index in start..self.entries.len().min(start + CHUNK) {
            let (_, item) = self.places[index];
            if self.lacks_normal_forms.load(Ordering::Relaxed) || self.wrong.load(Ordering::Relaxed) < index {
                return;
            }
            if is_derivation(item) {
                // What the proofs before this one have left behind goes with their fork.
                if theory.environment.store.work() > self.held {
                    (theory, facts) = fork();
                }
                match self.derivation(&mut theory, &mut facts, index) {
                    // A second pass finds the same as the first.
                    Some(warnings) => {
                        let _ = self.warnings[index].set(warnings);
                    }
                    None => {
                        self.wrong.fetch_min(index, Ordering::Relaxed);
                        return;
                    }
                }
                if self.stops && facts.lacks_normal_forms() {
                    self.lacks_normal_forms.store(true, Ordering::Relaxed);
                    return;
                }
            }
            self.progress.inspect(|tell| tell(length(item)));
        }
    }

    /// The warnings about a theorem or a block, unless it is wrong.
    fn derivation(&self, theory: &mut Theory, facts: &mut FactIndex, index: usize) -> Option<Vec<Diagnostic>> {
        let (tree, item) = self.places[index];
        let Entry { limit, report } = &self.entries[index];
        theory.environment.advance(*limit).ok()?;
        facts.advance(*limit);
        theory.environment.set_budget(budget(length(item)));
        let surroundings = Surroundings { theory, facts, failed: self.failed };
        match &item.kind {
            ItemKind::Theorem { decl, steps, .. } => {
                let promise = report.constant?;
                let proof = Proof { tree, steps, name: tree.name(decl.name.symbol), end: end_of_proof(item) };
                let (warnings, result) = script::fulfil(surroundings, proof, promise, |environment, theorem| {
                    self.accepted.inspect(|tell| tell(environment, theorem));
                });
                result.ok().map(|()| warnings)
            }
            ItemKind::Verify { steps, .. } => {
                let (warnings, result) = script::verify(surroundings, tree, steps);
                result.ok().map(|()| warnings)
            }
            _ => None,
        }
    }
}
