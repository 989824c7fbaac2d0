//! Errors of inputs.

use crate::proof::script::ScriptError;
use crate::syntax::diagnostic::Diagnostic;
use crate::theory::import::ImportError;
use crate::theory::load::{LoadError, LoadReport};
use std::path::PathBuf;

/// Reason why an input was not carried out. The session is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum ReplError {
    /// Errors in the text of the input; positions are offsets into it.
    #[error("{}", first_message(.0))]
    Input(Vec<Diagnostic>),
    /// Errors in another text; positions are offsets into that.
    #[error("{name}: {}", first_message(diagnostics))]
    Text {
        /// Its name in messages.
        name: String,
        /// The text.
        text: String,
        /// The findings.
        diagnostics: Vec<Diagnostic>,
    },
    /// A file or one of its imports has errors.
    #[error("the file is wrong")]
    Refused(Box<LoadReport>),
    /// The theory to begin with does not exist or has errors.
    #[error(transparent)]
    Theory(#[from] Box<LoadError>),
    /// A file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ImportError),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file that `save` would replace.
    #[error("{} exists; `save! {}` replaces it", .0.display(), .0.display())]
    Exists(PathBuf),
    /// The file to be written would not have the content of the session.
    #[error("{} is not written: {reason}", path.display())]
    NotSaved {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A word that is not a command.
    #[error("there is no command `{word}`{}", hint(suggestion))]
    UnknownCommand {
        /// The word.
        word: String,
        /// A word that looks much like it.
        suggestion: Option<&'static str>,
    },
    /// A command with the wrong arguments.
    #[error("usage: {0}")]
    Usage(String),
    /// A command or step that needs an open goal.
    #[error("no goal is open: state one with `goal NAME : STATEMENT`")]
    NoGoal,
    /// A second theorem is begun by a file, or one of a name that is being proved.
    #[error("the proof of {0} is open: finish it, or give it up with `abandon`")]
    GoalIsOpen(String),
    /// An object is being built, which no search does.
    #[error("this is no proposition: objects are built by steps, and none are offered")]
    NotSearched,
    /// There is no goal of that number.
    #[error("there is no goal {number}: {count} {} open", if *count == 1 { "is" } else { "are" })]
    NoSuchGoal {
        /// The number.
        number: usize,
        /// The number of goals.
        count: usize,
    },
    /// There is no action of that number.
    #[error("there is no action {number}: {count} {} offered", if *count == 1 { "is" } else { "are" })]
    NoSuchAction {
        /// The number.
        number: usize,
        /// The number of actions.
        count: usize,
    },
    /// Nothing to undo.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// Nothing to redo.
    #[error("there is nothing to redo")]
    NothingToRedo,
    /// A search ended without a proof.
    #[error("no proof found: {} in {seconds:.2} s{}", states(*nodes), if *exhausted { ", and there are no more" } else { "" })]
    NotFound {
        /// States looked at.
        nodes: u64,
        /// Seconds taken.
        seconds: f64,
        /// Whether nothing is left to explore.
        exhausted: bool,
    },
    /// A search was interrupted.
    #[error("interrupted after {}; nothing is changed", states(*nodes))]
    Interrupted {
        /// States looked at.
        nodes: u64,
    },
    /// An action or a solution cannot be written as steps of a script.
    #[error("{0}")]
    Script(#[from] ScriptError),
    /// The bounds of the kernel were reached outside of a proof.
    #[error("this cannot be laid out for search: {0}")]
    Kernel(#[from] crate::logic::KernelError),
    /// Models cannot be used, or contradict proved theorems.
    #[error(transparent)]
    Test(#[from] crate::prove::models::TestError),
    /// No constant, goal or hypothesis has the name.
    #[error("nothing is called `{name}`{}", hint(suggestion))]
    UnknownName {
        /// The name.
        name: String,
        /// A name that looks much like it.
        suggestion: Option<String>,
    },
}

fn states(count: u64) -> String {
    format!("{count} state{}", if count == 1 { "" } else { "s" })
}

fn hint<T: std::fmt::Display>(suggestion: &Option<T>) -> String {
    suggestion.as_ref().map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

fn first_message(diagnostics: &[Diagnostic]) -> &str {
    diagnostics.first().map_or("", |first| &first.message)
}
