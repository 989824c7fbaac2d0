//! The theories and goal sets that ship inside the program, and their look-up by names on the command line.
//!
//! A path to an existing file takes precedence, with or without its extension; otherwise the name is looked up among
//! those built in, where `nat-add`, `nat-add.peano`, `theories/nat-add` and `./theories/nat-add.p` mean the same.

use std::path::{Path, PathBuf};

use super::suggest;
use prover_syntax::source::decode;
use prover_system::input;

/// The extensions of files in the Peano language; the first is ours.
pub const EXTENSIONS: [&str; 2] = ["peano", "p"];

// `THEORIES` and `GOALS`: the names and texts of the files in theories/ and goals/, sorted by name. build.rs writes
// them.
include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The text of a theory or goal set, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name: without directory and extension.
    pub name: String,
    /// The file that it was read from; `None` if it is built in.
    pub path: Option<PathBuf>,
    /// The text.
    pub text: String,
}

/// The kind of text that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A theory.
    Theory,
    /// A goal set.
    Goals,
}

impl Kind {
    fn built_in(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Theory => THEORIES,
            Kind::Goals => GOALS,
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Kind::Theory => "theories",
            Kind::Goals => "goals",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Kind::Theory => "theory",
            Kind::Goals => "goal set",
        })
    }
}

/// Errors of loading a named theory or goal set.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Neither a file nor a built-in name.
    #[error("no {kind} `{name}`: there is no such file, and built in are {}{}", known(*kind), suggestion(closest))]
    Unknown {
        /// The kind of text that was looked for.
        kind: Kind,
        /// The name as given.
        name: String,
        /// A built-in name that looks much like it.
        closest: Option<&'static str>,
    },
    /// The file is there but cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The file is not text.
    #[error("cannot read {}: {message}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The reason.
        message: String,
    },
}

/// Finds a theory by path or name.
///
/// # Errors
///
/// There is no such theory, or its file cannot be read as text.
pub fn load_theory(name: &str) -> Result<Source, LibraryError> {
    load(Kind::Theory, name)
}

/// Finds a goal set by path or name.
///
/// # Errors
///
/// There is no such goal set, or its file cannot be read as text.
pub fn load_goals(name: &str) -> Result<Source, LibraryError> {
    load(Kind::Goals, name)
}

/// The text that is built in under a name, as an import finds it where there is no file.
pub fn built_in(kind: Kind, name: &str) -> Option<Source> {
    let name = bare(kind, name)?;
    let (name, text) = kind.built_in().iter().find(|(known, _)| *known == name)?;
    Some(Source { name: (*name).to_owned(), path: None, text: (*text).to_owned() })
}

/// Reads a file given by its exact path.
///
/// # Errors
///
/// The file cannot be read as text.
pub fn load_file(path: &Path) -> Result<Source, LibraryError> {
    let unreadable = |source| LibraryError::Unreadable { path: path.to_owned(), source };
    let bytes = input::read(path, input::TEXT).map_err(unreadable)?;
    let text =
        decode(bytes).map_err(|error| LibraryError::NotText { path: path.to_owned(), message: error.message })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Source { name: without_extension(&name).to_owned(), path: Some(path.to_owned()), text })
}

/// The names that are built in, sorted.
pub fn names(kind: Kind) -> impl Iterator<Item = &'static str> {
    kind.built_in().iter().map(|(name, _)| *name)
}

fn load(kind: Kind, name: &str) -> Result<Source, LibraryError> {
    let exact = PathBuf::from(name);
    let extended = EXTENSIONS.iter().map(|extension| PathBuf::from(format!("{name}.{extension}")));
    if let Some(path) = std::iter::once(exact).chain(extended).find(|path| input::exists(path)) {
        if kind == Kind::Theory {
            // A theory is read again by what checks a proof in it, and by the file of that proof.
            input::check_repeatable(&path).map_err(|source| LibraryError::Unreadable { path: path.clone(), source })?;
        }
        return load_file(&path);
    }
    built_in(kind, name).ok_or_else(|| unknown(kind, name))
}

/// A name without extension and without our own directory; `None` if it is in another directory.
fn bare(kind: Kind, name: &str) -> Option<&str> {
    let name = name.trim_start_matches("./");
    let name = name.strip_prefix(kind.folder()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    (!name.contains('/')).then(|| without_extension(name))
}

fn without_extension(name: &str) -> &str {
    EXTENSIONS
        .iter()
        .find_map(|extension| name.strip_suffix(extension).and_then(|name| name.strip_suffix('.')))
        .unwrap_or(name)
}

fn unknown(kind: Kind, name: &str) -> LibraryError {
    LibraryError::Unknown { kind, name: name.to_owned(), closest: closest(kind, name) }
}

/// The built-in name that is closest to one that is not there, if one is close; that name itself if it was looked for
/// in a directory where it is not.
pub fn closest(kind: Kind, name: &str) -> Option<&'static str> {
    let last = without_extension(name.rsplit('/').next().unwrap_or(name));
    names(kind).find(|known| *known == last).or_else(|| suggest::closest(last, names(kind)))
}

fn known(kind: Kind) -> String {
    names(kind).collect::<Vec<_>>().join(", ")
}

fn suggestion(closest: &Option<&'static str>) -> String {
    closest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prover_syntax::parse;
    use prover_syntax::tree::ItemKind;
    use std::fs;

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for name in ["nat-add", "nat-add.peano", "nat-add.p", "theories/nat-add", "./theories/nat-add.peano"] {
            let found = load_theory(name).unwrap();
            assert_eq!(found.name, "nat-add", "{name}");
            assert!(found.text.contains("nat_ind"), "{name}");
        }
        for name in ["nat-add-hard", "goals/nat-add-hard", "goals/nat-add-hard.peano"] {
            assert_eq!(load_goals(name).unwrap().name, "nat-add-hard", "{name}");
        }
    }

    #[test]
    fn an_existing_path_wins() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("groups.p"), "mine : type.").unwrap();
        for name in ["groups", "groups.p"] {
            let path = folder.path().join(name);
            let found = load_theory(path.to_str().unwrap()).unwrap();
            assert_eq!((found.name.as_str(), found.text.as_str()), ("groups", "mine : type."), "{name}");
            assert_eq!(found.path, Some(folder.path().join("groups.p")));
        }
    }

    #[test]
    fn what_does_not_exist_is_refused_with_what_does() {
        // All names are listed, which are as many as there are files.
        let short = |kind, message: String| message.replace(&names(kind).collect::<Vec<_>>().join(", "), "ALL");
        let message = short(Kind::Theory, load_theory("nat_ad").unwrap_err().to_string());
        insta::assert_snapshot!(message, @r#"
        no theory `nat_ad`: there is no such file, and built in are ALL; did you mean `nat-add`?
        "#);
        let message = short(Kind::Goals, load_goals("/nowhere/groups.peano").unwrap_err().to_string());
        insta::assert_snapshot!(message, @r#"
        no goal set `/nowhere/groups.peano`: there is no such file, and built in are ALL; did you mean `groups`?
        "#);
        assert!(load_theory("").is_err());
        assert!(load_theory("theories/").is_err());
        assert!(load_theory(&"x".repeat(100_000)).is_err());
    }

    #[test]
    fn a_file_that_is_no_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes.p");
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(load_file(&path), Err(LibraryError::NotText { .. })));
        assert!(matches!(load_file(folder.path()), Err(LibraryError::Unreadable { .. })));
    }

    #[test]
    fn all_that_ships_parses_and_goal_sets_hold_declarations() {
        for (name, text) in THEORIES.iter().chain(GOALS) {
            assert_eq!(parse(text).1, [], "{name}");
        }
        for (name, text) in GOALS {
            let (tree, _) = parse(text);
            let plain = |kind: &ItemKind| matches!(kind, ItemKind::Declare { value: None, .. });
            assert!(tree.items.iter().all(|item| plain(&item.kind)), "{name}");
        }
    }
}
