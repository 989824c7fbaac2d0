//! The journal of a run: theorems as soon as they are proved, so that a kill in the middle of an iteration loses none.

use crate::input;
use crate::prove::lemmas::Theorem;
use crate::prove::library::Source;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A line: a theorem, where it came from, and the iteration in which it was proved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// From 1.
    pub iteration: u32,
    /// Its origin.
    pub source: Source,
    /// The theorem with its script.
    #[serde(flatten)]
    pub theorem: Theorem,
}

/// A file to which lines are added.
#[derive(Debug)]
pub struct Journal(Mutex<File>);

impl Journal {
    /// The journal in a file, which is begun if it is not there. A line that a kill cut off is taken away.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let text = std::fs::read(path)?;
        if text.last().is_some_and(|&byte| byte != b'\n') {
            file.set_len(text.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place as u64 + 1))?;
        }
        file.flush()?;
        Ok(Self(Mutex::new(file)))
    }

    /// Adds a line. A failure to write is reported, but no reason to stop: the commit of the iteration has the line
    /// too.
    pub fn write(&self, recorded: &Recorded) {
        // Texts and numbers: there is nothing that could be refused.
        let mut line = serde_json::to_string(recorded).unwrap_or_default();
        line.push('\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One write, so that a kill leaves a whole line or a part of the last one.
        if let Err(error) = file.write_all(line.as_bytes()) {
            tracing::warn!("the journal of proofs cannot be written: {error}");
        }
    }

    /// Lets no line be begun any more.
    pub fn close(&self) -> impl Sized {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines of a journal of iterations after one; an invalid line is ignored. They are not known to be theorems:
    /// they have to be checked.
    pub fn read(path: &Path, after: u32) -> Vec<Recorded> {
        let Ok(lines) = input::lines(path, input::RECORDS) else { return Vec::new() };
        let read = lines.lines().map_while(Result::ok);
        read.filter_map(|line| serde_json::from_str::<Recorded>(&line).ok())
            .filter(|recorded| recorded.iteration > after)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(iteration: u32) -> Recorded {
        let theorem = Theorem { name: "a".into(), text: "(= z z)".into(), script: "  x\n".into(), uses: vec![] };
        Recorded { iteration, source: Source::Variant, theorem }
    }

    #[test]
    fn a_line_that_was_cut_off_is_lost_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal.jsonl");
        assert!(Journal::read(&path, 0).is_empty());
        let journal = Journal::open(&path).unwrap();
        (1..=3).for_each(|iteration| journal.write(&recorded(iteration)));
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            Journal::open(&path).unwrap().write(&recorded(9));
            let lines = Journal::read(&path, 0);
            let before = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(lines.len(), before + 1, "cut at {cut}");
            assert_eq!(lines.last(), Some(&recorded(9)));
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(Journal::read(&path, 2), [recorded(3)]);
    }
}
