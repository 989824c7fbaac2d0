//! The world of a run: a theory, its goals, and the statements proved so far, which serve as lemmas.

use super::tactics::Tactics;
use prover_logic::TermId;
use prover_proof::Rules;
use prover_search::Deadline;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::source::LineIndex;
use prover_syntax::tree::Span;
use prover_syntax::tree::TheoremWord;
use prover_theory::goals::Sorts;
use prover_theory::import::{Files, SourceText};
use prover_theory::library;
use prover_theory::load::{Kind, LoadError};
use prover_theory::print::{Names, print};
use prover_theory::{FrozenTheory, Theory, goals};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Errors of loading a theory, its lemmas or a goal set.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The theory is not there, or wrong.
    #[error(transparent)]
    Theory(#[from] Box<LoadError>),
    /// There is no such goal set.
    #[error("goals: {0}")]
    Library(#[from] library::LibraryError),
    /// A goal of a set is wrong, where all are needed.
    #[error("{0}\n  all goals of the set are needed: mend this one, or leave it out")]
    Goal(UnreadableGoal),
    /// A goal or statement is wrong.
    #[error("{file}: {message}")]
    Statement {
        /// `--goal`, or the name of the statement.
        file: String,
        /// Description of the error, with the line where it occurs.
        message: String,
    },
    /// A lemma that was proved before is refused now.
    #[error("the lemma `{name}` is refused by the theory: {message}")]
    Lemma {
        /// Its name.
        name: String,
        /// The reason.
        message: String,
    },
    /// The text of a kept lemma is not a single theorem of its name.
    #[error("what is kept as the lemma `{name}` is not one theorem of this name")]
    NoTheorem {
        /// Its name.
        name: String,
    },
    /// Lemmas of another theory.
    #[error("the lemmas were proved in the theory `{found}`, not in `{expected}`")]
    OtherTheory {
        /// The theory that they were proved in.
        found: String,
        /// The theory that they are to be used in.
        expected: String,
    },
    /// No import can name the theory.
    #[error("the path of the theory has a quotation mark, a line end or bytes that are no UTF-8, so that no proof could import it: {}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The kernel ran out of its bounds on the theory itself.
    #[error("the theory cannot be laid out for search: {0}")]
    Kernel(#[from] prover_logic::KernelError),
}

/// A statement to prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its name.
    pub name: String,
    /// The proposition, or the type of which an object is wanted, in the language, with canonical names of binders.
    pub text: String,
}

/// A goal of a set that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{message}")]
pub struct UnreadableGoal {
    /// Its name; where that cannot be read either, the place.
    pub name: String,
    file: String,
    /// Description of the error, after its line and column.
    message: String,
}

/// A proved statement with its script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theorem {
    /// Its name.
    pub name: String,
    /// The proposition.
    pub text: String,
    /// The steps of its proof, one a line.
    pub script: String,
    /// The lemmas that the proof uses.
    pub uses: Vec<String>,
}

impl Theorem {
    /// The theorem as an item of a file.
    pub fn item(&self) -> String {
        format!("theorem {} : {} {{\n{}}}\n", self.name, self.text, self.script)
    }

    /// The number of steps of its proof.
    pub fn steps(&self) -> usize {
        self.script.lines().filter(|line| line.trim_end().ends_with('.')).count()
    }

    /// Adds the theorem to a theory, which checks it.
    pub(crate) fn enter(&self, theory: &mut Theory) -> Result<(), WorldError> {
        let report = theory.load_into(SourceText::text(&self.name, self.item()), &Files);
        if let Some((_, error)) = report.errors().next() {
            return Err(WorldError::Lemma { name: self.name.clone(), message: error.message.clone() });
        }
        // A name or a script read from a file could close the theorem and go on with an axiom.
        let items: Vec<_> = report.files.iter().flat_map(|file| &file.items).collect();
        if matches!(items[..], [item] if item.kind == Kind::Theorem(TheoremWord::Theorem) && item.name == self.name) {
            Ok(())
        } else {
            Err(WorldError::NoTheorem { name: self.name.clone() })
        }
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

    /// The theory, by a built-in name or a path.
    pub fn name(&self) -> &str {
        &self.theory
    }

    /// The theorems in the order in which they were proved.
    pub fn theorems(&self) -> &[Theorem] {
        &self.theorems
    }

    /// Adds a theorem that the kernel has accepted.
    pub fn push(&mut self, theorem: Theorem) {
        self.theorems.push(theorem);
    }

    /// The theorem of a name.
    pub fn find(&self, name: &str) -> Option<&Theorem> {
        self.theorems.iter().find(|theorem| theorem.name == name)
    }

    /// The theorem of a statement, by its name and its text.
    pub fn theorem_of(&self, statement: &Statement) -> Option<&Theorem> {
        self.find(&statement.name).filter(|theorem| theorem.text == statement.text)
    }

    /// Takes another proof, which the kernel has accepted, for one that has more steps; the one before, if so. A proof
    /// by a later lemma is not taken: that may rest on this one.
    pub fn shorten(&mut self, theorem: Theorem) -> Option<Theorem> {
        let place = self.theorems.iter().position(|known| known.name == theorem.name && known.text == theorem.text)?;
        let rest = &mut self.theorems[place..];
        let rests_on_later = theorem.uses.iter().any(|name| rest.iter().any(|lemma| lemma.name == *name));
        let is_shorter = theorem.steps() < rest[0].steps();
        (is_shorter && !rests_on_later).then(|| std::mem::replace(&mut rest[0], theorem))
    }

    /// Adds all lemmas to their theory, which checks them.
    pub(crate) fn enter_into(&self, theory: &mut Theory) -> Result<(), WorldError> {
        self.theorems.iter().try_for_each(|lemma| lemma.enter(theory))
    }

    /// The theory with all lemmas. They are checked again, proof terms and all.
    ///
    /// # Errors
    ///
    /// The theory is not there or wrong; a lemma is refused.
    pub fn theory(&self) -> Result<Theory, WorldError> {
        let mut theory = self.without_lemmas(Deadline::NEVER)?;
        self.enter_into(&mut theory)?;
        Ok(theory)
    }

    /// The theory without lemmas, by a time, past which it is refused.
    fn without_lemmas(&self, deadline: Deadline) -> Result<Theory, WorldError> {
        let source = library::load_theory(&self.theory).map_err(|error| Box::new(error.into()))?;
        if let Some(path) = source.path.as_deref().map(absolute)
            && path.to_str().is_none_or(|path| path.contains(['"', '\n']))
        {
            return Err(WorldError::Path { path });
        }
        let mut theory = Theory::new();
        theory.environment.set_deadline(deadline.instant());
        let report = theory.load_into(source.into(), &Files);
        if !report.is_fine() {
            return Err(Box::new(LoadError::Refused(Box::new(report))).into());
        }
        Ok(theory)
    }

    /// Checks that the lemmas read from a file are of this theory; whether they are theorems of it is seen when they
    /// are entered.
    ///
    /// # Errors
    ///
    /// [`WorldError::OtherTheory`].
    pub fn belong_to(&self, theory: &str) -> Result<(), WorldError> {
        if self.theory == theory {
            return Ok(());
        }
        Err(WorldError::OtherTheory { found: self.theory.clone(), expected: theory.into() })
    }

    /// The theory with all lemmas, laid out for search and ready to be shared between threads.
    ///
    /// # Errors
    ///
    /// As [`theory`](Self::theory).
    pub fn world(&self) -> Result<World, WorldError> {
        self.world_by(Deadline::NEVER)
    }

    /// The same by a deadline, after which the result is an error of any kind.
    pub(crate) fn world_by(&self, deadline: Deadline) -> Result<World, WorldError> {
        let source = self.without_lemmas(deadline)?.freeze();
        let mut theory = source.fork();
        theory.environment.set_deadline(deadline.instant());
        self.enter_into(&mut theory)?;
        let rules = Arc::new(Rules::new(&mut theory)?);
        let theory = theory.freeze();
        Ok(World { source, theory, rules, tactics: Tactics::STEPS })
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
        [self.import_line(), self.items(theorem)].join("\n")
    }

    /// A file with all theorems in the order of their proofs: a theory that is made of this one and them, and that
    /// `prover check` accepts.
    pub fn file_of_all(&self) -> String {
        let items: Vec<String> =
            std::iter::once(self.import_line()).chain(self.theorems.iter().map(Theorem::item)).collect();
        items.join("\n")
    }

    /// The items of that file after the import.
    pub(crate) fn items(&self, theorem: &Theorem) -> String {
        let items: Vec<String> = self.needed(theorem).into_iter().chain([theorem]).map(Theorem::item).collect();
        items.join("\n")
    }

    /// The import of the theory in a file: a built-in one by its name, a file by its absolute path.
    fn import(&self) -> String {
        match library::load_theory(&self.theory) {
            Ok(library::Source { path: Some(path), .. }) => absolute(&path).to_string_lossy().into_owned(),
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
        let goals = self.each_goal(&[set], Sorts::Propositions)?;
        goals.into_iter().map(|goal| goal.map_err(WorldError::Goal)).collect()
    }

    /// The statements of some goal sets as [`goals`](Self::goals) gives them, each by itself, in the order of the sets:
    /// one that is wrong is no reason to refuse the others. A goal that is in two sets is there once, and two goals of
    /// the same name are not both there.
    ///
    /// # Errors
    ///
    /// One of the sets is not there, or the theory is wrong.
    pub fn each_goal(
        &self,
        sets: &[impl AsRef<str>],
        sorts: Sorts,
    ) -> Result<Vec<Result<Statement, UnreadableGoal>>, WorldError> {
        let sources: Result<Vec<_>, _> = sets.iter().map(|set| library::load_goals(set.as_ref())).collect();
        let sources = sources?;
        let mut theory = Self::new(&self.theory).theory()?;
        let mut found = Vec::new();
        // The texts of the goals so far, by name.
        let mut texts: FxHashMap<String, String> = FxHashMap::default();
        for source in sources {
            let file = source.path.as_ref().map_or(source.name.clone(), |path| path.display().to_string());
            let lines = LineIndex::new(&source.text);
            let unreadable = |name: Option<String>, span: Span, message: String| {
                let place = lines.position(span.start);
                let name = name.unwrap_or_else(|| format!("{file}:{place}"));
                Err(UnreadableGoal { name, file: file.clone(), message: format!("{place}: {message}") })
            };
            for goal in goals::load_each(&mut theory, &source.text, sorts) {
                let (name, span, statement) = match goal {
                    Ok(goal) => (goal.name.clone(), goal.span, canonical(&mut theory, goal.name, goal.statement)),
                    Err(goals::Unreadable { name, error }) => {
                        found.push(unreadable(name, error.span, described(&error)));
                        continue;
                    }
                };
                match (statement, texts.get(&name)) {
                    (Ok(statement), None) => {
                        texts.insert(name, statement.text.clone());
                        found.push(Ok(statement));
                    }
                    (Ok(statement), Some(text)) if *text == statement.text => {}
                    (Ok(_), Some(_)) => {
                        let message = described(&goals::duplicate(&name, span));
                        found.push(unreadable(Some(name), span, message));
                    }
                    (Err(message), _) => found.push(unreadable(Some(name), span, message)),
                }
            }
        }
        Ok(found)
    }

    /// One statement given as text, checked against the theory.
    ///
    /// # Errors
    ///
    /// It is not a proposition of the theory.
    pub fn goal(&self, name: &str, text: &str) -> Result<Statement, WorldError> {
        self.goal_of_sort(name, text, Sorts::Propositions)
    }

    /// One statement given as text, or one type of which an object is wanted, checked against the theory.
    ///
    /// # Errors
    ///
    /// It is not a type of the theory, or of a sort that is not asked for.
    pub fn goal_of_sort(&self, name: &str, text: &str, sorts: Sorts) -> Result<Statement, WorldError> {
        let mut theory = self.theory()?;
        let statement = match sorts {
            Sorts::Propositions => theory.statement(text),
            Sorts::Any => theory.goal(text),
        };
        let statement = statement
            .map_err(|errors| WorldError::Statement { file: "--goal".into(), message: rendered(text, &errors) })?;
        let mut name = name.to_owned();
        while theory.environment.find(&name).is_some() {
            name.push('_');
        }
        canonical(&mut theory, name.clone(), statement).map_err(|message| WorldError::Statement { file: name, message })
    }

    /// The name, without extension, of the file that keeps a theorem's proof: the theorem's, but never that of the
    /// theory, which such a file would hide from the other files of its folder.
    pub fn file_name(&self, theorem: &Theorem) -> String {
        if theorem.name == self.import() { format!("{}_proof", theorem.name) } else { theorem.name.clone() }
    }
}

/// The absolute path, or the path itself where the system does not say where here is.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A statement with the canonical text of a term, which must mean that term again.
fn canonical(theory: &mut Theory, name: String, statement: TermId) -> Result<Statement, String> {
    let text = print(&mut theory.environment, &Names::new(), statement);
    if theory.goal(&text).ok() == Some(statement) {
        Ok(Statement { name, text })
    } else {
        Err(format!("the statement of `{name}` is too large, or cannot be written down so as to be read again"))
    }
}

/// The first error with the line where it stands.
fn rendered(text: &str, errors: &[Diagnostic]) -> String {
    let lines = LineIndex::new(text);
    let first = errors.first();
    first.map_or(String::new(), |error| format!("{}: {}", lines.position(error.span.start), described(error)))
}

/// The message of an error with its code, notes and hint.
fn described(error: &Diagnostic) -> String {
    let mut message = format!("{} [{}]", error.message, error.code);
    for note in error.notes.iter().chain(&error.hint) {
        message.push_str(&format!("\n  {note}"));
    }
    message
}

/// A theory laid out for search, to be shared between threads.
#[derive(Clone, Debug)]
pub struct World {
    /// The theory without lemmas, which the files of proofs import.
    pub source: FrozenTheory,
    /// The theory with the lemmas.
    pub theory: FrozenTheory,
    /// Its functions by their use.
    pub rules: Arc<Rules>,
    /// The tactics at the states of a search.
    pub tactics: Tactics,
}

impl World {
    /// Adds a lemma, which is checked, by a time, past which it is refused. Nothing else is checked or loaded again.
    /// The world is as it was if the lemma is refused.
    ///
    /// # Errors
    ///
    /// The theory does not take the lemma.
    pub(crate) fn add(&mut self, lemma: &Theorem, deadline: Deadline) -> Result<(), WorldError> {
        self.enter(lemma, deadline)?;
        // The declaration is there, so it has to become a rule.
        let mut rules = (*self.rules).clone();
        self.theory.grow(|theory| rules.grow(theory))?;
        self.rules = Arc::new(rules);
        Ok(())
    }

    /// Adds a lemma to the theory and not to the rules, which may [be grown by it](Rules::grow_by).
    ///
    /// # Errors
    ///
    /// The theory does not take the lemma.
    pub(crate) fn enter(&mut self, lemma: &Theorem, deadline: Deadline) -> Result<(), WorldError> {
        self.theory.grow(|theory| {
            theory.environment.set_deadline(deadline.instant());
            let entered = lemma.enter(theory);
            theory.environment.set_deadline(None);
            entered
        })
    }
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
