//! Which questions a network was trained on, so that it is not tested on them.

use std::hash::Hasher;
use std::io;
use std::path::Path;

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of its file beside a network.
pub const FILE: &str = "trained_on.json";

/// A set of questions, kept by their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// 48 bits of each question's hash: of a hundred thousand questions, one in three billion others is mistaken for one of them.
    questions: BTreeSet<u64>,
}

impl TrainedOn {
    /// The hash of a question; white space around it does not count.
    pub fn key(question: &str) -> u64 {
        let mut hasher = FxHasher::default();
        hasher.write(question.trim().as_bytes());
        hasher.finish() >> 16
    }

    /// Adds a question.
    pub fn insert(&mut self, question: &str) {
        self.questions.insert(Self::key(question));
    }

    /// Whether a question was trained on.
    pub fn contains(&self, question: &str) -> bool {
        self.questions.contains(&Self::key(question))
    }

    /// The number of questions.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Writes the file beside a network.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, network: &Path) -> io::Result<()> {
        std::fs::write(network.join(FILE), serde_json::to_vec(self)?)
    }

    /// Reads the file beside a network.
    ///
    /// # Errors
    /// When it cannot be read or is not one.
    pub fn load(network: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(network.join(FILE))?)?)
    }
}
