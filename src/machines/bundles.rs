//! The blobs that jobs name by digest: libraries, step by step, and networks.

use super::messages::Unreadable;
use crate::network::Network;
use crate::network::checkpoint::{self, CheckpointError};
use crate::network::model::Precision;
use crate::prove::library::{Library, Offering};
use crate::selfplay::proofs::history::Change;
use crate::theory::Theory;
use crate::theory::identity::Identity;
use crate::theory::import::{Files, SourceText};
use crate::theory::library::{self, LibraryError};
use prover_broker::Digest;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// The most files of a theory.
const FILES: usize = 1_000;
/// The most files of a run.
const RUN_FILES: usize = 100_000;
/// The longest name of such a file, in bytes.
const NAME: usize = 500;

/// A library as it is laid out first, or the steps from one to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LibraryBundle {
    /// The library that is laid out first.
    Base {
        /// The choice of the lemmas that an attempt is offered.
        offered: Offering,
        /// The theory.
        theory: TheoryText,
        /// The lemmas.
        library: Library,
    },
    /// The changes since another library.
    Steps {
        /// The digest of the other library.
        before: Digest,
        /// The steps, the oldest first.
        changes: Vec<Change>,
    },
}

impl LibraryBundle {
    /// The bundle as it is sent.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a bundle.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn decode(text: &[u8]) -> Result<Self, Unreadable> {
        serde_json::from_slice(text).map_err(|error| Unreadable(error.to_string()))
    }
}

/// A theory with all that it imports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TheoryText {
    /// One that is built in, by its name; every program of a version has the same.
    BuiltIn(String),
    /// Files.
    Files {
        /// The file of the theory.
        root: String,
        /// Paths from a folder on, and texts.
        files: Vec<(String, String)>,
    },
}

/// Errors of packing a theory for other machines.
#[derive(Debug, thiserror::Error)]
pub enum TheoryError {
    /// It is not there.
    #[error(transparent)]
    Missing(#[from] LibraryError),
    /// It imports a file of another folder.
    #[error(
        "the theory imports {}, which is not in its folder or one within that: workers would not find it there; copy it \
         beside the theory",
        .0.display()
    )]
    Elsewhere(PathBuf),
    /// It has more files, or longer names, than are taken.
    #[error("the theory has too many files, or names that cannot be used elsewhere")]
    Files,
    /// The cache cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

impl TheoryText {
    /// The theory of a built-in name or a path.
    ///
    /// # Errors
    ///
    /// It is not there, or it imports files that cannot travel with it.
    pub fn of(theory: &str) -> Result<Self, TheoryError> {
        let source = library::load_theory(theory)?;
        if source.path.is_none() {
            return Ok(Self::BuiltIn(source.name));
        }
        let source = SourceText::from(source);
        let Identity::File { path: root, .. } = source.identity.clone() else { return Err(TheoryError::Files) };
        let folder = root.parent().unwrap_or(Path::new("/")).to_owned();
        let (_, report) = Theory::load(source, &Files);
        let mut files = Vec::new();
        for file in report.files {
            let Identity::File { path, .. } = &file.source.identity else { continue };
            let name = path.strip_prefix(&folder).map_err(|_| TheoryError::Elsewhere(path.clone()))?;
            files.push((name.to_str().ok_or(TheoryError::Files)?.to_owned(), file.source.text.clone()));
        }
        let root = root.file_name().and_then(|name| name.to_str()).ok_or(TheoryError::Files)?.to_owned();
        let text = Self::Files { root, files };
        if text.is_plain() { Ok(text) } else { Err(TheoryError::Files) }
    }

    /// Whether its files stay within a folder.
    fn is_plain(&self) -> bool {
        match self {
            Self::BuiltIn(name) => is_plain(name) && !name.contains('/'),
            Self::Files { root, files } => {
                files.len() <= FILES && is_plain(root) && files.iter().all(|(name, _)| is_plain(name))
            }
        }
    }

    /// By which name the theory is loaded here; files are written into a folder of a cache.
    ///
    /// # Errors
    ///
    /// They cannot be written, or their names lead elsewhere.
    pub fn unfold(&self, cache: &Path) -> Result<String, TheoryError> {
        if !self.is_plain() {
            return Err(TheoryError::Files);
        }
        let (root, files) = match self {
            Self::BuiltIn(name) => {
                library::built_in(library::Kind::Theory, name).ok_or(TheoryError::Files)?;
                return Ok(name.clone());
            }
            Self::Files { root, files } => (root, files),
        };
        // The same files are in the same folder, so that two workers write the same into it.
        let folder =
            cache.join("theories").join(&Digest::of(&serde_json::to_vec(self).unwrap_or_default()).as_str()[..32]);
        for (name, text) in files {
            let path = folder.join(name);
            let write = || {
                std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
                crate::run::write_atomic(&path, text.as_bytes())
            };
            write().map_err(|source| TheoryError::Cache { path: path.clone(), source })?;
        }
        Ok(folder.join(root).to_string_lossy().into_owned())
    }
}

/// The files of a folder and of those within it as bytes: name and content of each, after its length.
///
/// # Errors
///
/// One cannot be read, or has a name that cannot be used elsewhere.
pub fn files_bundle(folder: &Path) -> std::io::Result<Vec<u8>> {
    let (mut bundle, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).ok().and_then(Path::to_str);
            let name = name.ok_or_else(|| std::io::Error::other("a file has a name that cannot be used elsewhere"))?;
            add_part(&mut bundle, name.as_bytes());
            add_part(&mut bundle, &std::fs::read(&path)?);
        }
    }
    Ok(bundle)
}

/// Reads files: names, which lead into no other folder, and contents.
///
/// # Errors
///
/// They are none.
pub fn files_of(bundle: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Unreadable> {
    let (mut rest, mut files) = (bundle, Vec::new());
    while !rest.is_empty() {
        let parts = next_part(&mut rest).zip(next_part(&mut rest));
        let (name, content) = parts.ok_or_else(|| Unreadable("it is cut off".into()))?;
        let name = std::str::from_utf8(name).ok().filter(|name| is_plain(name));
        let name = name.ok_or_else(|| Unreadable("a file has a name that leads elsewhere".into()))?;
        if files.len() == RUN_FILES {
            return Err(Unreadable("there are too many files".into()));
        }
        files.push((name.to_owned(), content.to_vec()));
    }
    Ok(files)
}

fn add_part(bundle: &mut Vec<u8>, part: &[u8]) {
    bundle.extend((part.len() as u64).to_le_bytes());
    bundle.extend(part);
}

fn next_part<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

/// Whether the name of a file leads into no other folder.
pub fn is_plain(name: &str) -> bool {
    let mut components = Path::new(name).components();
    !name.is_empty() && name.len() <= NAME && components.all(|part| matches!(part, Component::Normal(_)))
}

/// A network as bytes: the files of a checkpoint and how it computes, each after its length.
///
/// # Errors
///
/// The files of the checkpoint cannot be written for a moment into the folder.
pub fn network_bundle(network: &Network, precision: Precision, folder: &Path) -> Result<Vec<u8>, CheckpointError> {
    let directory = folder.join(format!("network-{}", std::process::id()));
    checkpoint::save(&directory, network, |_| Ok(()))?;
    let mut bundle = Vec::new();
    let read = |name: &str| {
        let path = directory.join(name);
        std::fs::read(&path).map_err(|source| CheckpointError::Io { path, source })
    };
    let parts = [checkpoint::CONFIG, checkpoint::TOKENIZER, checkpoint::MODEL].map(read);
    let _ = std::fs::remove_dir_all(&directory);
    let precision = serde_json::to_vec(&precision).unwrap_or_default();
    for part in parts.into_iter().chain([Ok(precision)]) {
        add_part(&mut bundle, &part?);
    }
    Ok(bundle)
}

/// Reads a network.
///
/// # Errors
///
/// It is none.
pub fn network_of(bundle: &[u8]) -> Result<Network, Unreadable> {
    let mut rest = bundle;
    let mut part = || next_part(&mut rest);
    let parts = (part(), part(), part(), part());
    let (Some(config), Some(tokenizer), Some(weights), Some(precision)) = parts else {
        return Err(Unreadable("it is cut off".into()));
    };
    let precision: Precision = serde_json::from_slice(precision).map_err(|error| Unreadable(error.to_string()))?;
    let network = checkpoint::assemble(Path::new("network"), config, tokenizer, weights.to_vec());
    let mut network = network.map_err(|error| Unreadable(error.to_string()))?;
    network.set_precision(precision);
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theory_travels_with_what_it_imports_and_leads_nowhere_else() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = place.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/own.p", "import \"parts/more\".\n");
        write("a/parts/more.p", "import \"nat-add\".\n");
        write("a/out.p", "import \"../elsewhere\".\n");
        write("elsewhere.p", "import \"nat-add\".\n");
        let path = |name: &str| place.path().join(name).to_string_lossy().into_owned();
        let text = TheoryText::of(&path("a/own.p")).unwrap();
        let TheoryText::Files { root, files } = &text else { panic!("{text:?}") };
        assert_eq!((root.as_str(), files.len()), ("own.p", 2), "{files:?}");
        let cache = tempfile::tempdir().unwrap();
        let there = text.unfold(cache.path()).unwrap();
        assert!(crate::prove::Lemmas::new(&there).world().is_ok());
        assert_eq!(TheoryText::of("nat-add").unwrap(), TheoryText::BuiltIn("nat-add".into()));
        assert!(matches!(TheoryText::of(&path("a/out.p")), Err(TheoryError::Elsewhere(_))));
        for name in ["../x.p", "/tmp/x.p", "", "a/../../x.p"] {
            let text = TheoryText::Files { root: "own.p".into(), files: vec![(name.into(), String::new())] };
            assert!(matches!(text.unfold(cache.path()), Err(TheoryError::Files)), "{name}");
        }
        assert!(TheoryText::BuiltIn(path("a/own.p")).unfold(cache.path()).is_err());
    }

    #[test]
    fn the_files_of_a_run_arrive_and_lead_nowhere_else() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("in")).unwrap();
        std::fs::write(place.path().join("in/a"), "one").unwrap();
        std::fs::write(place.path().join("b"), [0, 255]).unwrap();
        let bundle = files_bundle(place.path()).unwrap();
        let mut files = files_of(&bundle).unwrap();
        files.sort();
        assert_eq!(files, [("b".into(), vec![0, 255]), ("in/a".into(), b"one".to_vec())]);
        assert!((1..bundle.len()).filter(|&cut| files_of(&bundle[..cut]).is_ok()).count() <= 1, "cut between files");
        for name in ["../a", "/a", "", "x/../../a", "\u{fffd}"] {
            let mut bundle = Vec::new();
            let name = if name == "\u{fffd}" { &[255][..] } else { name.as_bytes() };
            add_part(&mut bundle, name);
            add_part(&mut bundle, b"text");
            assert!(files_of(&bundle).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_network_arrives_as_it_was() {
        use crate::evaluation::{Corpus, untrained};
        use crate::network::model::Size;
        let goals = crate::prove::Lemmas::new("nat-add").goals("nat-add-easy").unwrap();
        let network = untrained("nat-add", &goals, Corpus::Theory, Size::Tiny, 3).unwrap();
        let place = tempfile::tempdir().unwrap();
        let bundle = network_bundle(&network, Precision::Bf16, place.path()).unwrap();
        assert_eq!(bundle, network_bundle(&network, Precision::Bf16, place.path()).unwrap(), "the same digest again");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        let arrived = network_of(&bundle).unwrap();
        assert_eq!(arrived.model().parameters(), network.model().parameters());
        assert!((0..bundle.len()).step_by(997).all(|cut| network_of(&bundle[..cut]).is_err()));
        assert!(network_of(&[255; 100]).is_err());
    }
}
