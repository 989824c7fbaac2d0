//! Identity of sources.
//!
//! A file counts as the same however it is spelled, through symbolic links, and under each of its hard links. Paths are
//! compared as the system has them and, where available, by device and inode: never as text, in which names that are
//! not UTF-8 become equal.

use rustc_hash::{FxHashMap, FxHashSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The source that a text is from.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The theory that is built in under this name.
    BuiltIn(Box<str>),
    /// A text of this name that is not a file.
    Text(Box<str>),
    /// A file.
    File {
        /// Its canonical path, or the path as given where there is none.
        path: PathBuf,
        /// The file itself, where the system identifies files by more than paths.
        node: Option<Node>,
    },
}

/// A file whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    device: u64,
    inode: u64,
    /// When it was made, where that is known: the number of a deleted file is given to a new one, also during a
    /// session.
    created: Option<SystemTime>,
}

impl Node {
    /// The file of which that is known.
    #[cfg(unix)]
    pub fn of(data: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self { device: data.dev(), inode: data.ino(), created: data.created().ok() })
    }

    /// The file of which that is known.
    #[cfg(not(unix))]
    pub fn of(_data: &Metadata) -> Option<Self> {
        None
    }
}

/// A mark that no two sources share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Mark {
    BuiltIn(Box<str>),
    Text(Box<str>),
    Path(PathBuf),
    Node(Node),
}

impl Identity {
    /// The file at a path.
    pub fn of_file(path: &Path) -> Self {
        let node = std::fs::metadata(path).ok().as_ref().and_then(Node::of);
        Self::File { path: std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()), node }
    }

    /// Whether both are the same source.
    pub fn is_same(&self, other: &Self) -> bool {
        let theirs: Vec<Mark> = other.marks().collect();
        self.marks().any(|mark| theirs.contains(&mark))
    }

    fn marks(&self) -> impl Iterator<Item = Mark> {
        let (first, second) = match self {
            Self::BuiltIn(name) => (Mark::BuiltIn(name.clone()), None),
            Self::Text(name) => (Mark::Text(name.clone()), None),
            Self::File { path, node } => (Mark::Path(path.clone()), node.map(Mark::Node)),
        };
        std::iter::once(first).chain(second)
    }
}

/// Some sources.
#[derive(Clone, Debug, Default)]
pub struct Identities(FxHashSet<Mark>);

impl Identities {
    /// Adds a source.
    pub fn insert(&mut self, identity: &Identity) {
        self.0.extend(identity.marks());
    }

    /// Whether the source is among them.
    pub fn contains(&self, identity: &Identity) -> bool {
        identity.marks().any(|mark| self.0.contains(&mark))
    }
}

impl<'i> Extend<&'i Identity> for Identities {
    fn extend<I: IntoIterator<Item = &'i Identity>>(&mut self, identities: I) {
        identities.into_iter().for_each(|identity| self.insert(identity));
    }
}

impl<'i> FromIterator<&'i Identity> for Identities {
    fn from_iter<I: IntoIterator<Item = &'i Identity>>(identities: I) -> Self {
        let mut all = Self::default();
        all.extend(identities);
        all
    }
}

/// Sources that are being read, each because the one before it imports it.
#[derive(Clone, Debug, Default)]
pub struct Nested {
    depths: FxHashMap<Mark, usize>,
    depth: usize,
}

impl Nested {
    /// Begins a source, which is not among them.
    pub fn enter(&mut self, identity: &Identity) {
        self.depths.extend(identity.marks().map(|mark| (mark, self.depth)));
        self.depth += 1;
    }

    /// Ends the source that was begun last.
    pub fn leave(&mut self, identity: &Identity) {
        for mark in identity.marks() {
            self.depths.remove(&mark);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The number of sources.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The number of sources around the innermost one up to this one, if it is among them: 0 for the innermost itself.
    pub fn around(&self, identity: &Identity) -> Option<usize> {
        let depth = identity.marks().find_map(|mark| self.depths.get(&mark).copied())?;
        self.depth.checked_sub(depth + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_however_it_is_spelled_and_other_files_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        for name in ["a", "b"] {
            std::fs::write(place.join(name), "").unwrap();
        }
        std::fs::create_dir(place.join("inner")).unwrap();
        let of = |name: &str| Identity::of_file(&place.join(name));
        assert!(of("a").is_same(&of("inner/../a")) && !of("a").is_same(&of("b")));
        assert!(of("missing").is_same(&of("missing")) && !of("missing").is_same(&of("other")));
        assert!(!Identity::Text("a".into()).is_same(&Identity::BuiltIn("a".into())));
        let known: Identities = [&of("a"), &Identity::BuiltIn("nat-add".into())].into_iter().collect();
        assert!(known.contains(&of("inner/../a")) && known.contains(&Identity::BuiltIn("nat-add".into())));
        assert!(!known.contains(&of("b")) && !known.contains(&Identity::Text("nat-add".into())));
    }

    #[test]
    fn nested_sources_are_found_by_each_of_their_marks() {
        let file = |path: &str, inode| Identity::File {
            path: path.into(),
            node: Some(Node { device: 1, inode, created: None }),
        };
        let (a, b, text) = (file("/a", 1), file("/b", 2), Identity::Text("t".into()));
        let mut nested = Nested::default();
        for identity in [&a, &text, &b] {
            assert_eq!(nested.around(identity), None);
            nested.enter(identity);
        }
        assert_eq!([&a, &text, &b].map(|identity| nested.around(identity)), [Some(2), Some(1), Some(0)]);
        assert_eq!((nested.around(&file("/link", 1)), nested.around(&file("/a", 9))), (Some(2), Some(2)));
        nested.leave(&b);
        assert_eq!((nested.around(&b), nested.around(&text), nested.around(&file("/c", 3))), (None, Some(0), None));
        nested.enter(&b);
        assert_eq!(nested.around(&b), Some(0));
    }

    #[cfg(unix)]
    #[test]
    fn links_of_both_kinds_are_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        std::fs::write(place.join("a"), "").unwrap();
        std::fs::hard_link(place.join("a"), place.join("hard")).unwrap();
        std::os::unix::fs::symlink("a", place.join("soft")).unwrap();
        let of = |name: &str| Identity::of_file(&place.join(name));
        assert!(of("a").is_same(&of("hard")) && of("a").is_same(&of("soft")) && of("hard").is_same(&of("soft")));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_written_anew_under_its_name_is_the_same_and_one_with_an_old_number_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        std::fs::write(place.join("a"), "1").unwrap();
        let before = Identity::of_file(&place.join("a"));
        std::fs::write(place.join("new"), "2").unwrap();
        std::fs::rename(place.join("new"), place.join("a")).unwrap();
        assert!(before.is_same(&Identity::of_file(&place.join("a"))));
        let Identity::File { node: Some(node), .. } = before else { panic!("no inode") };
        let reused = Node { created: Some(SystemTime::UNIX_EPOCH), ..node };
        let other = Identity::File { path: "/other".into(), node: Some(reused) };
        assert!(!before.is_same(&other));
    }
}
