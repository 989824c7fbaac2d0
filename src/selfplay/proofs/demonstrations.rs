//! Proofs that people wrote, as demonstrations.
//!
//! A script does not consist of the search's actions: it names its variables differently, and has steps of its own. It
//! is therefore not read as examples, but followed: the statement is attempted by a search that prefers actions which
//! are like the script's steps, with the theorems before it in its file as lemmas. Examples come from the states that
//! this search solves. The theorems do not become lemmas of the run.

use super::ProofSelfplayError;
use super::drafts::Candidate;
use crate::network::{Evaluation, Evaluator, Request};
use crate::prove::lemmas::{Statement, Theorem};
use crate::prove::library::{Library, Offer, Offering, Source, theorems_of};
use crate::selfplay::likeness::Pairs;
use crate::theory::FrozenTheory;
use rustc_hash::FxHashSet;
use std::path::PathBuf;

/// The logarithm of how much likelier an action is that is a step of the script than one that has nothing of one.
const GUIDANCE: f64 = 4.5;

/// Theorems with proofs that people wrote.
pub struct Demonstrations {
    library: Library,
    offer: Offer,
    constants: FxHashSet<String>,
}

impl Demonstrations {
    /// The theorems of some files, which are checked; an attempt is offered some of them.
    ///
    /// # Errors
    ///
    /// A file cannot be read, has something else than imports and theorems, or a proof that is refused.
    pub fn new(theory: &str, files: &[PathBuf], offered: Offering) -> Result<Self, ProofSelfplayError> {
        let (library, offer) = read_library(theory, files, offered)?;
        let constants = names(&offer.world().theory);
        Ok(Self { library, offer, constants })
    }

    /// The statements, to be attempted.
    pub fn candidates(&self) -> Vec<Candidate> {
        let candidate = |Theorem { name, text, .. }: &Theorem| Candidate {
            statement: Statement { name: name.clone(), text: text.clone() },
            source: Source::File,
            tries: 0,
        };
        self.library.lemmas().theorems().iter().map(candidate).collect()
    }

    /// The lemmas.
    pub fn lemmas(&self) -> (&Library, &Offer) {
        (&self.library, &self.offer)
    }

    /// A guide that follows the script of a theorem.
    pub fn guide(&self, name: &str) -> Guide<'_> {
        let script = self.library.lemmas().find(name).map_or("", |theorem| theorem.script.as_str());
        let steps = script.split_inclusive(['.', '{', '}']).map(|step| pairs(step, &self.constants));
        Guide { steps: steps.collect(), constants: &self.constants }
    }
}

/// A library of the theorems of some files, which are checked, and its offer.
///
/// # Errors
///
/// A file cannot be read, has something else than imports and theorems, or a proof that is refused.
pub fn read_library(
    theory: &str,
    files: &[PathBuf],
    offered: Offering,
) -> Result<(Library, Offer), ProofSelfplayError> {
    let mut library = Library::new(theory);
    let mut offer = Offer::new(&library, offered)?;
    for path in files {
        let file = path.display().to_string();
        let text = crate::input::read_text(path, crate::input::TEXT)
            .map_err(|source| ProofSelfplayError::Unreadable { path: path.clone(), source })?;
        for theorem in theorems_of(theory, &file, &text)? {
            offer.add(&theorem)?;
            library.push(theorem, Source::File, 0);
        }
    }
    Ok((library, offer))
}

/// The names of all constants.
fn names(theory: &FrozenTheory) -> FxHashSet<String> {
    let theory = theory.fork();
    theory.environment.declarations().map(|(_, declaration)| declaration.name.to_string()).collect()
}

/// A step with its variables numbered in the order in which they occur.
fn pairs(step: &str, constants: &FxHashSet<String>) -> Pairs {
    const WORDS: [&str; 6] = ["intro", "apply", "show", "by", "rewrite", ":"];
    let mut variables: Vec<String> = Vec::new();
    Pairs::new(step, |word| {
        if constants.contains(word) || WORDS.contains(&word) {
            return word.into();
        }
        let place = variables.iter().position(|known| known == word).unwrap_or_else(|| {
            variables.push(word.to_owned());
            variables.len() - 1
        });
        format!("_{place}")
    })
}

/// Judges actions by how like they are to the steps of a script.
pub struct Guide<'a> {
    steps: Vec<Pairs>,
    constants: &'a FxHashSet<String>,
}

impl Evaluator for Guide<'_> {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let judge = |request: &Request| {
            let weight = |action: &String| {
                let action = pairs(action, self.constants);
                let best = self.steps.iter().map(|step| step.likeness(&action)).fold(0.0, f64::max);
                (GUIDANCE * best).exp()
            };
            let weights: Vec<f64> = request.actions.iter().map(weight).collect();
            let sum: f64 = weights.iter().sum();
            Evaluation { priors: weights.into_iter().map(|weight| (weight / sum) as f32).collect(), value: 0.5 }
        };
        requests.iter().map(judge).collect()
    }
}
