//! Where imported files come from.

use super::library::{EXTENSIONS, Kind, Source, built_in};
use std::path::{Path, PathBuf};

/// The greatest length of a file that is read, in bytes.
pub const MAX_FILE: u64 = 1 << 30;

/// A source text with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// What to call it in messages.
    pub name: String,
    /// The same for the same file, however it was spelled.
    pub identity: String,
    /// The folder that its imports are relative to; none for a text that is no file.
    pub folder: Option<PathBuf>,
    /// The text.
    pub text: String,
}

impl SourceText {
    /// A text that is no file.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), identity: format!("text:{name}"), folder: None, text: text.into() }
    }

    /// The text of a file that has been read.
    pub fn file(path: &Path, text: impl Into<String>) -> Self {
        let identity = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
        let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        let name = path.display().to_string();
        Self { name, identity, folder: folder.map(Path::to_owned), text: text.into() }
    }
}

/// Why a file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is none of this name.
    #[error("there is no file or theory called `{0}`")]
    NotFound(String),
    /// The system cannot read it.
    #[error("cannot read `{name}`: {source}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no text, or too long.
    #[error("cannot read `{name}`: {reason}")]
    NotText {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Finds the files that a theory imports.
pub trait Resolver {
    /// The file that `name` means in a file of the folder `from`.
    ///
    /// # Errors
    ///
    /// [`ImportError`] if there is none, or it cannot be read.
    fn resolve(&self, name: &str, from: Option<&Path>) -> Result<SourceText, ImportError>;
}

/// No imports.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoImports;

impl Resolver for NoImports {
    fn resolve(&self, name: &str, _from: Option<&Path>) -> Result<SourceText, ImportError> {
        Err(ImportError::NotFound(name.to_owned()))
    }
}

/// Files on disk, relative to the importing file, with or without extension. What is not found there is looked up among
/// the theories that come with the program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files;

impl Files {
    /// The paths that `name` may mean in a file of the folder `from`, in the order in which they are looked at.
    pub fn candidates(name: &str, from: Option<&Path>) -> impl Iterator<Item = PathBuf> {
        let path = from.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        std::iter::once("").chain(EXTENSIONS).map(move |extension| {
            let mut spelled = path.clone().into_os_string();
            if !extension.is_empty() {
                spelled.push(".");
                spelled.push(extension);
            }
            PathBuf::from(spelled)
        })
    }
}

impl Resolver for Files {
    fn resolve(&self, name: &str, from: Option<&Path>) -> Result<SourceText, ImportError> {
        if let Some(path) = Self::candidates(name, from).find(|path| path.is_file()) {
            return read_file(&path);
        }
        match built_in(Kind::Theory, name) {
            Some(source) => Ok(source.into()),
            None => Err(ImportError::NotFound(name.to_owned())),
        }
    }
}

impl From<Source> for SourceText {
    fn from(source: Source) -> Self {
        match source.path {
            Some(path) => Self::file(&path, source.text),
            None => Self {
                identity: format!("built-in:{}", source.name),
                name: source.name,
                folder: None,
                text: source.text,
            },
        }
    }
}

/// Reads a file.
///
/// # Errors
///
/// [`ImportError`] if it cannot be read, is longer than [`MAX_FILE`] or is no UTF-8 text.
pub fn read_file(path: &Path) -> Result<SourceText, ImportError> {
    let name = path.display().to_string();
    let unreadable = |source| ImportError::Unreadable { name: name.clone(), source };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_FILE {
        let reason = format!("it is longer than {} MiB", MAX_FILE >> 20);
        return Err(ImportError::NotText { name, reason });
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = crate::syntax::source::decode(bytes)
        .map_err(|error| ImportError::NotText { name: name.clone(), reason: error.message })?;
    Ok(SourceText::file(path, text))
}
