//! The questions on which a network was trained, so that it is not tested on them.

use super::lexicon::Lexicon;
use crate::graph::Question;
use crate::input;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The name of its file beside a network.
pub const FILE: &str = "trained_on.json";

/// A set of questions, kept by their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// 48 bits of each question's hash: of a hundred thousand questions, one in three billion others is mistaken for
    /// one of them.
    questions: BTreeSet<u64>,
    /// The words that stood in them.
    #[serde(default)]
    words: Lexicon,
}

impl TrainedOn {
    /// The hash of a question; white space around it does not count. It is FNV-1a of 64 bits (Fowler, Noll and Vo),
    /// folded to 48: files keep it, so that it must not change with a library.
    pub fn key(question: &str) -> u64 {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = question.trim().bytes().fold(0xcbf2_9ce4_8422_2325, step);
        (hash >> 48) ^ (hash & 0xffff_ffff_ffff)
    }

    /// Adds a question.
    pub fn insert(&mut self, question: &str) {
        let is_new = self.questions.insert(Self::key(question));
        // What cannot be read teaches no words.
        if let (true, Ok(question)) = (is_new, Question::new(question)) {
            self.words.insert(&question);
        }
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
        Ok(serde_json::from_slice(&input::read(&network.join(FILE), input::TEXT)?)?)
    }
}
