//! Digests of the files that were read, and of proofs.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::export::digest::of_term;
use crate::logic::{ConstId, Environment};
use crate::theory::Theory;
use crate::theory::identity::Identity;
use crate::theory::load::{FileReport, ItemReport};
use crate::theory::script::AcceptedProof;

/// All that was read to check a file, and its SHA-256: that of [`lines`](Self::lines), each with a line feed after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// In hexadecimal digits.
    pub sha256: String,
    /// The files that were read, those that are imported before those that import them; the file asked for is the last.
    pub read: Vec<Read>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Read {
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Why it was read: `built-in NAME`, `import PATH` as its first import has it, or `file` for the one asked for. The
    /// folders in which files lie are not in it, so that a copy elsewhere has the same digest.
    pub role: String,
    /// Its name in messages.
    pub file: String,
}

impl Read {
    /// The file asked for.
    pub fn file(file: String, text: &str) -> Self {
        Self { sha256: hash(text), role: "file".into(), file }
    }

    /// A file of a report.
    pub fn of(file: &FileReport) -> Self {
        let source = &file.source;
        let role = match (&source.identity, &file.imported_as) {
            (Identity::BuiltIn(name), _) => format!("built-in {name}"),
            (_, Some(path)) => format!("import {path}"),
            (_, None) => "file".into(),
        };
        Self { sha256: hash(&source.text), role, file: source.place() }
    }
}

impl Digest {
    /// The digest of the files read, in this order.
    pub fn of(read: impl IntoIterator<Item = Read>) -> Self {
        let read: Vec<Read> = read.into_iter().collect();
        let text: String = lines(&read).map(|line| line + "\n").collect();
        Self { sha256: hash(&text), read }
    }

    /// The lines that are hashed: for each file its own hash, a blank and its role, in which no line feed can stand.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        lines(&self.read)
    }
}

/// The digests of a statement and of its proof term, as [`of_term`] has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofDigest {
    /// Digest of the statement.
    pub statement: String,
    /// Digest of the proof term.
    pub proof: String,
}

/// Digests of proofs, by theorem.
#[derive(Debug, Default)]
pub(super) struct ProofDigests(Mutex<FxHashMap<ConstId, ProofDigest>>);

impl ProofDigests {
    /// Notes a proof that was accepted.
    pub fn note(&self, environment: &Environment, accepted: AcceptedProof) {
        let AcceptedProof { theorem, statement, proof } = accepted;
        let digest = ProofDigest { statement: of_term(environment, statement), proof: of_term(environment, proof) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(theorem, digest);
    }

    /// The digests for those items that are theorems, the proofs that the theory has among them.
    pub fn of(self, theory: &Theory, items: &[ItemReport]) -> FxHashMap<ConstId, ProofDigest> {
        let theorems: Vec<ConstId> = items.iter().filter_map(super::rests::proved).collect();
        for &theorem in &theorems {
            let declaration = theory.environment.declaration(theorem);
            if let Some(proof) = declaration.value {
                self.note(&theory.environment, AcceptedProof { theorem, statement: declaration.ty, proof });
            }
        }
        let mut all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        theorems.into_iter().filter_map(|theorem| Some((theorem, all.remove(&theorem)?))).collect()
    }
}

fn lines(read: &[Read]) -> impl Iterator<Item = String> {
    read.iter().map(|read| format!("{} {}", read.sha256, read.role))
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        // FIPS 180-2, appendix B.1 and B.2.
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hash(long), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }

    #[test]
    fn contents_roles_and_their_order_count_and_names_do_not() {
        let read = |text: &str, role: &str, file: &str| Read { role: role.into(), ..Read::file(file.into(), text) };
        let of = |files: &[Read]| Digest::of(files.iter().cloned()).sha256;
        let (a, b) = (read("a", "import x", "x.p"), read("b", "file", "m.p"));
        let digest = of(&[a.clone(), b.clone()]);
        assert_eq!(digest, of(&[read("a", "import x", "elsewhere/x.p"), b.clone()]));
        assert_ne!(digest, of(&[b.clone(), a.clone()]));
        assert_ne!(digest, of(std::slice::from_ref(&a)));
        assert_ne!(digest, of(&[read("a ", "import x", "x.p"), b.clone()]));
        assert_ne!(digest, of(&[read("a", "built-in x", "x.p"), b]));
    }
}
