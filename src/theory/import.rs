//! Imports: resolution of paths to files.

use super::identity::Identity;
use super::library::{EXTENSIONS, Kind, Source, built_in};
use prover_system::input;
use std::path::{Component, Path, PathBuf};

/// The greatest length of a file that is read, in bytes.
pub const MAX_FILE: u64 = input::TEXT;

/// A source text with where it came from.
#[derive(Clone, Debug)]
pub struct SourceText {
    /// Its name in messages.
    pub name: String,
    /// The same for the same file, however it was spelled.
    pub identity: Identity,
    /// The folder that its imports are relative to. A text without one, such as a built-in theory, imports built-in
    /// theories, and files by absolute paths.
    pub folder: Option<PathBuf>,
    /// The text.
    pub text: String,
}

impl SourceText {
    /// A text that is not a file.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), identity: Identity::Text(name.into()), folder: None, text: text.into() }
    }

    /// The text of a file that has been read.
    ///
    /// A symbolic link stands for the file that it leads to, so that this file's imports mean the same through
    /// whichever name it is read first.
    pub fn file(path: &Path, text: impl Into<String>) -> Self {
        let identity = Identity::of_file(path);
        let is_link = std::fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink());
        let own = match &identity {
            Identity::File { path: own, .. } if is_link => own,
            _ => path,
        };
        let folder = own.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        let folder = folder.map(Path::to_owned);
        Self { name: path.display().to_string(), identity, folder, text: text.into() }
    }

    /// The place of its declarations: its name, with `(built in)` if it is built in.
    pub fn place(&self) -> String {
        match self.identity {
            Identity::BuiltIn(_) => format!("{} (built in)", self.name),
            _ => self.name.clone(),
        }
    }
}

/// Errors of importing a file.
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
        /// The error of the system.
        source: std::io::Error,
    },
    /// It is not text, or too long.
    #[error("cannot read `{name}`: {reason}")]
    NotText {
        /// The file.
        name: String,
        /// Its fault.
        reason: String,
    },
}

/// Finds the files that a theory imports.
pub trait Resolver {
    /// The file that `name` means in a file of the folder `from`, or in a text without a folder.
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

/// Files on disk, relative to the importing file, with or without extension. A file that is not found there is looked
/// up among the theories that come with the program, unless it is a path that begins with `.`, `..` or a root. For a
/// text without a folder only absolute paths are looked up as files: the folder in which the program happens to be
/// started has no meaning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files;

impl Files {
    /// The paths that `name` may mean in a file of the folder `from`, in the order in which they are looked at.
    pub fn candidates(name: &str, from: Option<&Path>) -> impl Iterator<Item = PathBuf> {
        let path = match from {
            Some(folder) => Some(folder.join(name)),
            None => Some(PathBuf::from(name)).filter(|path| path.is_absolute()),
        };
        let spelled = |path: PathBuf| {
            std::iter::once("").chain(EXTENSIONS).map(move |extension| {
                let mut spelled = path.clone().into_os_string();
                if !extension.is_empty() {
                    spelled.push(".");
                    spelled.push(extension);
                }
                PathBuf::from(spelled)
            })
        };
        path.into_iter().flat_map(spelled)
    }
}

impl Resolver for Files {
    fn resolve(&self, name: &str, from: Option<&Path>) -> Result<SourceText, ImportError> {
        if let Some(path) = Self::candidates(name, from).find(|path| input::exists(path)) {
            // An import is looked up more than once.
            let refused = |source| ImportError::Unreadable { name: path.display().to_string(), source };
            input::check_repeatable(&path).map_err(refused)?;
            return read_file(&path);
        }
        match built_in(Kind::Theory, name).filter(|_| !is_explicit(name)) {
            Some(source) => Ok(source.into()),
            None => Err(ImportError::NotFound(name.to_owned())),
        }
    }
}

/// Whether an import can only mean a file.
fn is_explicit(name: &str) -> bool {
    !matches!(Path::new(name).components().next(), Some(Component::Normal(_)))
}

impl From<Source> for SourceText {
    fn from(source: Source) -> Self {
        match source.path {
            Some(path) => Self::file(&path, source.text),
            None => Self {
                identity: Identity::BuiltIn(source.name.as_str().into()),
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
/// [`ImportError`] if it cannot be read, is longer than [`MAX_FILE`] or is not UTF-8 text.
pub fn read_file(path: &Path) -> Result<SourceText, ImportError> {
    let name = path.display().to_string();
    let unreadable = |source| ImportError::Unreadable { name: name.clone(), source };
    let bytes = input::read(path, MAX_FILE).map_err(unreadable)?;
    let text = prover_syntax::source::decode(bytes)
        .map_err(|error| ImportError::NotText { name: name.clone(), reason: error.message })?;
    Ok(SourceText::file(path, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::names;
    use prover_syntax::parse;
    use prover_syntax::tree::ItemKind;

    fn found(name: &str, from: Option<&Path>) -> Option<String> {
        Files.resolve(name, from).ok().map(|source| source.place())
    }

    #[test]
    fn what_has_no_folder_reads_no_file_of_the_current_one() {
        // Tests run in the folder of the package, which holds these.
        assert!(Path::new("library.rs").is_file() && Path::new("../../theories/nat-add.peano").is_file());
        assert_eq!(found("theories/nat-add", None).as_deref(), Some("nat-add (built in)"));
        for name in ["library.rs", "../../theories/nat-add"] {
            assert_eq!(found(name, None), None, "{name}");
            assert!(found(name, Some(Path::new(""))).is_some(), "{name}");
        }
        let absolute = std::path::absolute("../../theories/nat-add.peano").unwrap();
        let name = absolute.to_str().unwrap();
        assert_eq!(found(name, None).as_deref(), Some(name));
    }

    #[test]
    fn a_file_comes_before_what_is_built_in_and_an_explicit_path_never_means_that() {
        let folder = tempfile::tempdir().unwrap();
        let place = Some(folder.path());
        for name in ["nat-add", "nat-add.peano", "theories/nat-add"] {
            assert_eq!(found(name, place).as_deref(), Some("nat-add (built in)"), "{name}");
        }
        for name in ["./nat-add", "././nat-add.peano", "./theories/nat-add", ".//nat-add", "../nat-add", "/nat-add", ""]
        {
            assert_eq!((found(name, place), found(name, None)), (None, None), "{name}");
        }
        std::fs::write(folder.path().join("nat-add.p"), "").unwrap();
        let file = folder.path().join("nat-add.p").display().to_string();
        assert_eq!(found("nat-add", place), Some(file));
    }

    #[test]
    fn what_is_built_in_imports_what_is_built_in() {
        let mut imports = 0;
        for name in names(Kind::Theory) {
            let source = SourceText::from(built_in(Kind::Theory, name).unwrap());
            for item in parse(&source.text).0.items {
                let ItemKind::Import(path) = item.kind else { continue };
                let found = Files.resolve(&path, source.folder.as_deref()).unwrap();
                assert!(matches!(found.identity, Identity::BuiltIn(_)), "{name} imports {path}");
                imports += 1;
            }
        }
        assert!(imports > 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_imports_as_the_file_that_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let place = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::create_dir(place.join("kept")).unwrap();
        std::fs::write(place.join("kept/a.p"), "").unwrap();
        std::os::unix::fs::symlink("kept/a.p", place.join("b.p")).unwrap();
        std::os::unix::fs::symlink("kept", place.join("same")).unwrap();
        let folder_of = |name: &str| read_file(&place.join(name)).unwrap().folder.unwrap();
        assert_eq!(folder_of("b.p"), place.join("kept"));
        assert_eq!(folder_of("kept/a.p"), place.join("kept"));
        assert_eq!(folder_of("same/a.p"), place.join("same"));
        assert_eq!(read_file(&place.join("b.p")).unwrap().name, place.join("b.p").display().to_string());
    }
}
