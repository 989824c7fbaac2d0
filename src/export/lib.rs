//! Checked theories in the languages of other kernels: Rocq, Lean, and the format in which Lean's external checkers
//! read.
//!
//! A checked theory is a list of constants that the kernel has accepted: axioms, definitions and theorems with their
//! proof terms. Another kernel of the same logic, or of a stronger one, can read these terms and judge them again. A
//! [`Development`] holds the declarations of some files; [`Development::write`] writes it for a [`Target`].
//! docs/export.md has the embeddings.
//!
//! ```
//! use prover_export::{Development, Options, Target};
//! use prover_theory::import::{Files, SourceText};
//!
//! let text = "nat : type. z : nat. p : [nat -> prop]. a : (p z). theorem t : (p z) { show (p z) by a. }";
//! let development = Development::load([SourceText::text("mine", text)], &Files)?;
//! let mut out = Vec::new();
//! let summary = development.write(Target::Rocq, Options::default(), &mut out, &|_| {})?;
//! assert_eq!((summary.axioms, summary.theorems), (4, 1));
//! assert!(String::from_utf8(out)?.contains("Definition t : p z := a."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`names`]: names of constants there and back.
//! - [`layout`], [`text`]: a term as text whose length is linear in the term's graph.
//! - `prose`: a development as text, constant by constant; `native`: `data` and `fun` in Rocq's own words.
//! - `ndjson`: the format of lean4export.
//! - [`digest`]: digests of proof terms, by which other programs speak of them.

pub mod digest;
pub mod layout;
pub mod names;
mod native;
mod ndjson;
mod prose;
pub mod text;

use std::io::{self, Write};
use std::sync::Arc;

use prover_logic::equality::Equality;
use prover_logic::{ConstId, DeclarationKind, Environment, Frozen};
use prover_syntax::source::LineIndex;
use prover_theory::Theory;
use prover_theory::declared::Declared;
use prover_theory::identity::{Identities, Identity};
use prover_theory::import::{Resolver, SourceText};
use prover_theory::load::{LoadError, LoadReport};

pub use prose::{Language, Prose};

/// The version of the program, which exports name as their writer.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Target of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file of Rocq, formerly Coq.
    Rocq,
    /// A file of Lean 4.
    Lean,
    /// Lines of JSON, as lean4export writes them for external checkers of Lean 4: format 3.1.
    Lean4Export,
}

/// Options of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Rocq only: `=`, `data` and `fun` become inductive types and functions where they fit, and their axioms are
    /// proved.
    pub native: bool,
}

/// Errors of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file is refused, by itself or together with those before it.
    #[error("{0}\nnothing is written: only what the kernel has accepted is exported")]
    Refused(LoadError),
    /// Two different constants would have one name, which the mapping of names excludes.
    #[error("`{first}` and `{second}` would both be named `{name}`: rename one of them")]
    Clash {
        /// The name there.
        name: String,
        /// The constant that came first.
        first: String,
        /// The other one.
        second: String,
    },
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Reason why a target cannot express a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The opened term has too many nodes.
    #[error("its binders share so much that it would be too large without")]
    TooLarge,
    /// The text would be nested too deeply.
    #[error("it is nested too deeply: {} levels at most can be read there", text::MAX_DEPTH)]
    TooDeep,
    /// The term has loose variables or `kind` inside, which no checked term has.
    #[error("it is not closed")]
    NotClosed,
    /// The proof term was not kept.
    #[error("its proof term was not kept")]
    NoProof,
    /// It mentions a constant that was not exported.
    #[error("it mentions what could not be exported")]
    RestsOn(ConstId),
}

/// A remark on a constant that a target could not express, or not in the requested way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The name of the constant.
    pub name: String,
    /// File and line where it is declared.
    pub place: String,
    /// The text written instead, and the reason.
    pub text: String,
}

/// Summary of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The constants without a value.
    pub axioms: usize,
    /// Constants that are equal to their value: definitions, and with [`Options::native`] former axioms.
    pub definitions: usize,
    /// The theorems with their proofs.
    pub theorems: usize,
    /// Constants that the target cannot express.
    pub unsaid: Vec<Remark>,
    /// Declarations that did not fit [`Options::native`] and were written as axioms.
    pub kept: Vec<Remark>,
}

/// The constants of some files, checked, to be exported.
#[derive(Debug)]
pub struct Development {
    environment: Frozen,
    equality: Option<Equality>,
    declared: Arc<Declared>,
    /// File and line of each constant.
    places: Vec<Option<(String, u32)>>,
    /// The names of the files, imports among them, in the order in which they were read.
    files: Vec<String>,
    identities: Vec<Identity>,
}

impl Development {
    /// Checks files as one theory, as if a file imported them one after the other, and keeps all proofs.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] where anything in them, or in what they import, is refused; so is a name that two of
    /// them declare.
    pub fn load(sources: impl IntoIterator<Item = SourceText>, resolver: &dyn Resolver) -> Result<Self, ExportError> {
        let mut theory = Theory::new();
        let (mut known, mut all) = (Identities::default(), LoadReport::default());
        for source in sources {
            if known.contains(&source.identity) {
                continue;
            }
            let report = theory.load_after(&known, source, resolver);
            if !report.is_fine() {
                return Err(ExportError::Refused(LoadError::Refused(Box::new(report))));
            }
            known.extend(report.files.iter().map(|file| &file.source.identity));
            all.files.extend(report.files);
        }
        Ok(Self::new(theory, &all))
    }

    /// The content of a theory; `report` gives the places of its constants.
    pub fn new(theory: Theory, report: &LoadReport) -> Self {
        let mut places = vec![None; theory.environment.declarations().len()];
        for file in &report.files {
            let (name, lines) = (file.source.place(), LineIndex::new(&file.source.text));
            for item in &file.items {
                let place = (name.clone(), lines.position(item.span.start).line);
                // What came with an import has its place in the imported file, which stands before this one.
                for constant in item.constants.clone() {
                    places[constant].get_or_insert_with(|| place.clone());
                }
            }
        }
        let files = report.files.iter().map(|file| file.source.place()).collect();
        let identities = report.files.iter().map(|file| file.source.identity.clone()).collect();
        let Theory { environment, equality, declared, .. } = theory;
        Self { environment: environment.freeze(), equality, declared, places, files, identities }
    }

    /// The files that were read, imports among them.
    pub fn sources(&self) -> impl Iterator<Item = &Identity> {
        self.identities.iter()
    }

    /// An environment with all constants.
    pub fn environment(&self) -> Environment {
        self.environment.fork()
    }

    /// A writer of single terms, to whom all constants are known.
    ///
    /// # Errors
    ///
    /// Two names clash.
    pub fn prose(&self, language: Language) -> Result<Prose, ExportError> {
        Prose::after(self, language)
    }

    /// The number of constants.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Writes all constants in the order of their declaration. `done` is called for each.
    ///
    /// # Errors
    ///
    /// Two names clash, or `out` fails.
    pub fn write(
        &self,
        target: Target,
        options: Options,
        out: &mut dyn Write,
        done: &dyn Fn(ConstId),
    ) -> Result<Summary, ExportError> {
        match target {
            Target::Rocq => prose::write(self, Language::Rocq, options, out, done),
            Target::Lean => prose::write(self, Language::Lean, options, out, done),
            Target::Lean4Export => ndjson::write(self, out, done),
        }
    }

    /// The remark on a constant.
    fn remark(&self, environment: &Environment, constant: ConstId, reason: Reason, instead: &str) -> Remark {
        let name = environment.declaration(constant).name.to_string();
        let text = match reason {
            Reason::RestsOn(other) => {
                format!("{instead}: it mentions `{}`, which could not be exported", environment.declaration(other).name)
            }
            reason => format!("{instead}: {reason}"),
        };
        Remark { name, place: self.place(constant), text }
    }

    /// File and line of a constant.
    fn place(&self, constant: ConstId) -> String {
        match &self.places[constant.index()] {
            Some((file, line)) => format!("{file}:{line}"),
            None => "no file".into(),
        }
    }
}

impl Summary {
    /// Counts a constant that was written.
    fn count(&mut self, kind: DeclarationKind) {
        match kind {
            DeclarationKind::Axiom | DeclarationKind::Promise => self.axioms += 1,
            DeclarationKind::Definition => self.definitions += 1,
            DeclarationKind::Theorem => self.theorems += 1,
        }
    }
}
