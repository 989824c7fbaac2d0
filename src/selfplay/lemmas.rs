//! What a run works in: a theory, its goals, and the statements proved so far that may be used as lemmas.

use crate::equality::Limits;
use crate::logic::TermId;
use crate::proof::Rules;
use crate::theory::import::{Files, SourceText};
use crate::theory::library;
use crate::theory::load::LoadError;
use crate::theory::print::{Names, print};
use crate::theory::{FrozenTheory, Theory, goals};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why a theory or a goal set cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The theory is not there, or wrong.
    #[error(transparent)]
    Theory(#[from] Box<LoadError>),
    /// There is no such goal set.
    #[error("goals: {0}")]
    Library(#[from] library::LibraryError),
    /// A goal or statement is wrong.
    #[error("{file}: {message}")]
    Statement {
        /// The goal file, or `--goal`.
        file: String,
        /// What is wrong, with the line where it stands.
        message: String,
    },
    /// A lemma that was proved before is refused now.
    #[error("the lemma `{name}` is refused by the theory: {message}")]
    Lemma {
        /// Its name.
        name: String,
        /// Why.
        message: String,
    },
    /// The kernel ran out of its bounds on the theory itself.
    #[error("the theory cannot be laid out for search: {0}")]
    Kernel(#[from] crate::logic::KernelError),
}

/// A statement to prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its name.
    pub name: String,
    /// The proposition in the language, with canonical names of binders.
    pub text: String,
}

/// A proved statement with its script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theorem {
    /// Its name.
    pub name: String,
    /// The proposition.
    pub text: String,
    /// The steps of its proof, a line each.
    pub script: String,
    /// The lemmas that the proof uses.
    pub uses: Vec<String>,
}

impl Theorem {
    /// The theorem as an item of a file.
    pub fn item(&self) -> String {
        format!("theorem {} : {} {{\n{}}}\n", self.name, self.text, self.script)
    }
}

/// A theory by name, and the theorems proved in it, in the order of their proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lemmas {
    theory: String,
    theorems: Vec<Theorem>,
}

impl Lemmas {
    /// No lemmas in a theory, given by a built-in name or a path.
    pub fn new(theory: &str) -> Self {
        Self { theory: theory.into(), theorems: Vec::new() }
    }

    /// The theorems in the order in which they were proved.
    pub fn theorems(&self) -> &[Theorem] {
        &self.theorems
    }

    /// Adds a theorem that the kernel has accepted.
    pub fn push(&mut self, theorem: Theorem) {
        self.theorems.push(theorem);
    }

    /// The theory with all lemmas. They are checked again, proof terms and all.
    ///
    /// # Errors
    ///
    /// The theory is not there or wrong; a lemma is refused.
    pub fn theory(&self) -> Result<Theory, WorldError> {
        let mut theory = Theory::from_source(&self.theory).map_err(Box::new)?;
        for lemma in &self.theorems {
            let report = theory.load_into(SourceText::text(&lemma.name, lemma.item()), &Files);
            if let Some((_, error)) = report.errors().next() {
                return Err(WorldError::Lemma { name: lemma.name.clone(), message: error.message.clone() });
            }
        }
        Ok(theory)
    }

    /// The theory with all lemmas, laid out for search and ready to be shared between threads.
    ///
    /// # Errors
    ///
    /// As [`theory`](Self::theory).
    pub fn world(&self) -> Result<World, WorldError> {
        let mut theory = self.theory()?;
        let rules = Arc::new(Rules::new(&mut theory)?);
        Ok(World { theory: theory.freeze(), rules, saturation: None, normal_forms: true })
    }

    /// The lemmas that a theorem rests on, directly or not, in the order in which they were proved.
    pub fn needed(&self, theorem: &Theorem) -> Vec<&Theorem> {
        let mut needed: FxHashSet<&str> = theorem.uses.iter().map(String::as_str).collect();
        // Lemmas use only earlier ones, so one walk from the last to the first finds all.
        let mut found = Vec::new();
        for lemma in self.theorems.iter().rev() {
            if lemma.name != theorem.name && needed.contains(lemma.name.as_str()) {
                needed.extend(lemma.uses.iter().map(String::as_str));
                found.push(lemma);
            }
        }
        found.reverse();
        found
    }

    /// The line of a file that imports the theory.
    pub fn import_line(&self) -> String {
        format!("import \"{}\".\n", self.import())
    }

    /// A file with a theorem and the lemmas that it rests on, which `prover check` accepts.
    pub fn file(&self, theorem: &Theorem) -> String {
        let mut items = vec![self.import_line()];
        items.extend(self.needed(theorem).into_iter().chain([theorem]).map(Theorem::item));
        items.join("\n")
    }

    /// How a file imports the theory: a built-in one by its name, a file by its absolute path.
    fn import(&self) -> String {
        match library::load_theory(&self.theory) {
            Ok(library::Source { path: Some(path), .. }) => {
                std::path::absolute(&path).unwrap_or(path).to_string_lossy().into_owned()
            }
            Ok(source) => source.name,
            Err(_) => self.theory.clone(),
        }
    }

    /// The statements of a goal set, checked against the theory, their texts canonical.
    ///
    /// # Errors
    ///
    /// There is no such set, or a statement in it is wrong.
    pub fn goals(&self, set: &str) -> Result<Vec<Statement>, WorldError> {
        let source = library::load_goals(set)?;
        let mut theory = Self::new(&self.theory).theory()?;
        let file = source.path.as_ref().map_or(source.name.clone(), |path| path.display().to_string());
        let found = goals::load(&mut theory, &source.text);
        let found = found.map_err(|errors| WorldError::Statement { file, message: rendered(&source.text, &errors) })?;
        found.into_iter().map(|goal| canonical(&mut theory, goal.name, goal.statement)).collect()
    }

    /// One statement given as text, checked against the theory.
    ///
    /// # Errors
    ///
    /// It is no proposition of the theory.
    pub fn goal(&self, name: &str, text: &str) -> Result<Statement, WorldError> {
        let mut theory = self.theory()?;
        let statement = theory.statement(text);
        let statement = statement
            .map_err(|errors| WorldError::Statement { file: "--goal".into(), message: rendered(text, &errors) })?;
        let mut name = name.to_owned();
        while theory.environment.find(&name).is_some() {
            name.push('_');
        }
        canonical(&mut theory, name, statement)
    }

    /// The name, without extension, of the file that keeps a theorem's proof: the theorem's, but never that of the theory,
    /// which such a file would hide from those beside it.
    pub fn file_name(&self, theorem: &Theorem) -> String {
        if theorem.name == self.import() { format!("{}_proof", theorem.name) } else { theorem.name.clone() }
    }
}

/// A statement with the canonical text of a term, which must mean that term again.
fn canonical(theory: &mut Theory, name: String, statement: TermId) -> Result<Statement, WorldError> {
    let text = print(&mut theory.environment, &Names::new(), statement);
    if theory.statement(&text).ok() == Some(statement) {
        Ok(Statement { name, text })
    } else {
        let message =
            format!("the statement of `{name}` is too large, or cannot be written down so as to be read again");
        Err(WorldError::Statement { file: name, message })
    }
}

/// The first error with the line where it stands.
fn rendered(text: &str, errors: &[crate::syntax::diagnostic::Diagnostic]) -> String {
    let lines = crate::syntax::source::LineIndex::new(text);
    let first = errors.first();
    first.map_or(String::new(), |error| {
        let position = lines.position(error.span.start);
        let mut message = format!("{position}: {} [{}]", error.message, error.code);
        for note in error.notes.iter().chain(&error.hint) {
            message.push_str(&format!("\n  {note}"));
        }
        message
    })
}

/// A theory laid out for search, to be shared between threads.
#[derive(Clone, Debug)]
pub struct World {
    /// The theory.
    pub theory: FrozenTheory,
    /// Its functions by what they are good for.
    pub rules: Arc<Rules>,
    /// Whether equality saturation is tried on each goal, and how far.
    pub saturation: Option<Limits>,
    /// Whether states are brought to their normal forms.
    pub normal_forms: bool,
}

/// The words in which states and actions are written beyond the theory's own.
const WORDS: &str =
    "{ x0 : x1 , x2 x3 x4 h0 h1 h2 h3 h4 } intro . apply . rewrite by at 1 2 3 . show by . construct by .";

/// The texts from which a tokenizer learns: the theory, the goals, and the words of states and actions.
///
/// # Errors
///
/// There is no such theory.
pub fn corpus(theory: &str, goals: &[Statement]) -> Result<Vec<String>, WorldError> {
    let source = library::load_theory(theory)?;
    let goals = goals.iter().map(|goal| goal.text.clone());
    Ok([source.text, WORDS.into()].into_iter().chain(goals).collect())
}
