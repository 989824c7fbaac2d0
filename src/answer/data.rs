//! Questions with answers on disk: `FOLDER/SPLIT/MODULE.txt`, with a question and its answer on lines in turn, which is
//! the layout of the Mathematics Dataset (Saxton et al., *Analysing Mathematical Reasoning Abilities of Neural Models*,
//! 2019).
//!
//! Which splits may be trained on is a matter of type: training takes a [`Set<Train>`](Set), which cannot be made of a
//! split of [`Test`].

use crate::input::{self, Limited};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::syntax::source::BYTE_ORDER_MARK;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The longest line that is read, in bytes.
pub const MAX_LINE: usize = 64 * 1024;

/// A part of the data.
pub trait Split: Copy + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// All splits of the kind.
    const ALL: &'static [Self];

    /// The name of its folder.
    fn name(self) -> &'static str;

    /// The splits that a folder of data has.
    fn of(folder: &Path) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|split| folder.join(split.name()).is_dir()).collect()
    }
}

/// The splits for training, by difficulty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Train {
    /// `train-easy`
    Easy,
    /// `train-medium`
    Medium,
    /// `train-hard`
    Hard,
}

/// The splits for evaluation only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Test {
    /// `interpolate`: questions as those of training.
    #[value(help = "Questions as those of training")]
    Interpolate,
    /// `extrapolate`: larger ones.
    #[value(help = "Larger ones")]
    Extrapolate,
}

impl Split for Train {
    const ALL: &'static [Self] = &[Self::Easy, Self::Medium, Self::Hard];

    fn name(self) -> &'static str {
        match self {
            Self::Easy => "train-easy",
            Self::Medium => "train-medium",
            Self::Hard => "train-hard",
        }
    }
}

impl Split for Test {
    const ALL: &'static [Self] = &[Self::Interpolate, Self::Extrapolate];

    fn name(self) -> &'static str {
        match self {
            Self::Interpolate => "interpolate",
            Self::Extrapolate => "extrapolate",
        }
    }
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Pair {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// Errors of reading data sets.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or folder that cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// A line that is not a question or answer.
    #[error("{}:{line}: {problem}", .path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Description of the error.
        problem: &'static str,
    },
    /// A module that was asked for is in none of the splits.
    #[error("there is no module `{name}` in {}; it has {}", .path.display(), .known.join(", "))]
    UnknownModule {
        /// Its name.
        name: String,
        /// The folder of the data.
        path: PathBuf,
        /// The modules that there are, in alphabetical order.
        known: Vec<String>,
    },
    /// No file has questions.
    #[error("{}: there are no questions of the modules and splits that are asked for", .path.display())]
    Nothing {
        /// The folder of the data.
        path: PathBuf,
    },
}

/// The questions and answers of a file, read one after the other. An error is the last item.
#[derive(Debug)]
pub struct Pairs<R> {
    reader: R,
    path: PathBuf,
    line: u64,
    is_over: bool,
}

impl Pairs<BufReader<Limited<File>>> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened, or is longer than 1 GiB.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let lines = input::lines(path, input::TEXT);
        Ok(Self::new(lines.map_err(|error| DataError::Unreadable { path: path.to_owned(), error })?, path))
    }
}

impl<R: BufRead> Pairs<R> {
    /// Reads from anything; the path is for errors.
    pub fn new(reader: R, path: &Path) -> Self {
        Self { reader, path: path.to_owned(), line: 0, is_over: false }
    }

    fn bad(&self, problem: &'static str) -> DataError {
        DataError::BadLine { path: self.path.clone(), line: self.line, problem }
    }

    /// The next line; `None` at the end.
    fn next_line(&mut self) -> Result<Option<String>, DataError> {
        let mut bytes = Vec::new();
        self.line += 1;
        let read = (&mut self.reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut bytes);
        read.map_err(|error| DataError::Unreadable { path: self.path.clone(), error })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() > MAX_LINE {
            return Err(self.bad("the line is too long"));
        }
        let text = String::from_utf8(bytes).map_err(|_| self.bad("the line is not UTF-8"))?;
        // Only the beginning of the file may be a byte order mark.
        let text = if self.line == 1 { text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text) } else { &text };
        Ok(Some(text.trim().to_owned()))
    }

    fn pair(&mut self) -> Result<Option<Pair>, DataError> {
        let Some(question) = self.next_line()? else { return Ok(None) };
        if question.is_empty() {
            // Empty lines may end a file.
            let first = self.line;
            while let Some(line) = self.next_line()? {
                if !line.is_empty() {
                    self.line = first;
                    return Err(self.bad("a question is expected, and the line is empty"));
                }
            }
            return Ok(None);
        }
        match self.next_line()? {
            Some(answer) if !answer.is_empty() => Ok(Some(Pair { question, answer })),
            Some(_) => Err(self.bad("an answer is expected, and the line is empty")),
            None => Err(self.bad("an answer is expected, and the file ends")),
        }
    }
}

impl<R: BufRead> Iterator for Pairs<R> {
    type Item = Result<Pair, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.pair().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Selection of questions from a folder of data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The names of the modules; none means all.
    pub modules: Vec<String>,
    /// The most questions of a file that are kept, drawn from all of it; `None` keeps all.
    pub most: Option<usize>,
}

/// The questions of a module in a split.
#[derive(Clone, Debug)]
pub struct Part<S> {
    /// The split.
    pub split: S,
    /// The name of the module.
    pub module: String,
    /// The questions; not empty.
    pub pairs: Vec<Pair>,
}

/// Questions of some modules and splits, of one kind: code that takes a `Set<Train>` cannot be given questions of a
/// test.
///
/// ```no_run
/// # use prover::answer::data::{DataError, Selection, Set, Train};
/// # use rand::SeedableRng;
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let folder = std::path::Path::new("mathematics");
/// let set: Set<Train> = Set::load(folder, &[Train::Easy], &Selection::default(), &mut rng)?;
/// # Ok::<(), DataError>(())
/// ```
///
/// ```compile_fail
/// # use prover::answer::data::{DataError, Selection, Set, Test, Train};
/// # use rand::SeedableRng;
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let folder = std::path::Path::new("mathematics");
/// let set: Set<Train> = Set::load(folder, &[Test::Interpolate], &Selection::default(), &mut rng)?;
/// # Ok::<(), DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Set<S> {
    parts: Vec<Part<S>>,
}

impl<S: Split> Set<S> {
    /// Reads splits of a folder. Every file is read once, a line at a time; no more is kept than was selected.
    ///
    /// # Errors
    /// When a file cannot be read, when a module that is asked for is not there, and when there is nothing.
    pub fn load<R: Rng + ?Sized>(
        folder: &Path,
        splits: &[S],
        selection: &Selection,
        rng: &mut R,
    ) -> Result<Self, DataError> {
        let mut parts = Vec::new();
        let mut known = BTreeSet::new();
        for &split in splits {
            for (module, path) in files(&folder.join(split.name()))? {
                known.insert(module.clone());
                if selection.modules.is_empty() || selection.modules.contains(&module) {
                    let pairs = reservoir(Pairs::open(&path)?, selection.most, rng)?;
                    if !pairs.is_empty() {
                        parts.push(Part { split, module, pairs });
                    }
                }
            }
        }
        if let Some(name) = selection.modules.iter().find(|name| !known.contains(*name)) {
            let (name, path) = (name.clone(), folder.to_owned());
            return Err(DataError::UnknownModule { name, path, known: known.into_iter().collect() });
        }
        if parts.is_empty() {
            return Err(DataError::Nothing { path: folder.to_owned() });
        }
        Ok(Self { parts })
    }

    /// The questions by split and module, modules in alphabetical order.
    pub fn parts(&self) -> &[Part<S>] {
        &self.parts
    }

    /// The same, taken apart.
    pub fn into_parts(self) -> Vec<Part<S>> {
        self.parts
    }

    /// Removes the questions that are not to be kept, and parts without any.
    pub fn retain(&mut self, keep: impl Fn(&Pair) -> bool) {
        self.parts.iter_mut().for_each(|part| part.pairs.retain(&keep));
        self.parts.retain(|part| !part.pairs.is_empty());
    }

    /// The names of the modules, each once, in alphabetical order.
    pub fn modules(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.parts.iter().map(|part| part.module.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A question of a module and a split, any with the same chance; `None` if there is none.
    pub fn sample<R: Rng + ?Sized>(&self, module: &str, split: S, rng: &mut R) -> Option<&Pair> {
        let part = self.parts.iter().find(|part| part.split == split && part.module == module)?;
        part.pairs.get(rng.random_range(0..part.pairs.len()))
    }
}

/// The modules of a split with their files, in alphabetical order.
fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, DataError> {
    let unreadable = |error| DataError::Unreadable { path: folder.to_owned(), error };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if let (Some("txt"), Some(name)) = (path.extension().and_then(|end| end.to_str()), path.file_stem()) {
            files.push((name.to_string_lossy().into_owned(), path));
        }
    }
    files.sort();
    Ok(files)
}

/// Some of the pairs, each with the same chance (algorithm R of Vitter, *Random Sampling with a Reservoir*, 1985).
fn reservoir<R: Rng + ?Sized>(
    pairs: impl Iterator<Item = Result<Pair, DataError>>,
    most: Option<usize>,
    rng: &mut R,
) -> Result<Vec<Pair>, DataError> {
    let most = most.unwrap_or(usize::MAX);
    let mut kept = Vec::new();
    for (index, pair) in pairs.enumerate() {
        let pair = pair?;
        if kept.len() < most {
            kept.push(pair);
        } else if let Some(slot) = kept.get_mut(rng.random_range(0..=index)) {
            *slot = pair;
        }
    }
    Ok(kept)
}

/// Chooses modules by how often their questions were solved of late.
///
/// For each module `m` the attempts `n` and the solved ones `s` are counted, older ones fading by a factor `d` an
/// attempt. With the estimate `p = (s + 1) / (n + 2)` (Laplace's rule of succession) the module is drawn with a chance
/// proportional to
///
/// ```text
/// w(m) = e + 4 p (1 - p)
/// ```
///
/// which is greatest where half of the questions are solved: there is most to learn. `e` keeps modules in use that are
/// always solved, or not yet at all. The weights are our own, `4 p (1 - p)` being the variance of an attempt up to a
/// factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curriculum {
    counts: BTreeMap<String, (f64, f64)>,
    decay: f64,
    least: f64,
}

impl Curriculum {
    /// A curriculum of modules with nothing attempted: `d` is 0.99, `e` is 0.1.
    pub fn new<'m>(modules: impl IntoIterator<Item = &'m str>) -> Self {
        let counts = modules.into_iter().map(|module| (module.to_owned(), (0.0, 0.0))).collect();
        Self { counts, decay: 0.99, least: 0.1 }
    }

    /// Notes an attempt at a question of a module. One of an unknown module adds the module.
    pub fn record(&mut self, module: &str, is_solved: bool) {
        let (attempts, solved) = self.counts.entry(module.to_owned()).or_default();
        *attempts = *attempts * self.decay + 1.0;
        *solved = *solved * self.decay + f64::from(u8::from(is_solved));
    }

    /// The estimate `p` of a module; one half for one that is not known.
    pub fn solve_rate(&self, module: &str) -> f64 {
        let (attempts, solved) = self.counts.get(module).copied().unwrap_or_default();
        (solved + 1.0) / (attempts + 2.0)
    }

    /// The weight `w(m)` of a module.
    pub fn weight(&self, module: &str) -> f64 {
        let rate = self.solve_rate(module);
        self.least + 4.0 * rate * (1.0 - rate)
    }

    /// A module by the weights; `None` if there are none.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<&str> {
        let total: f64 = self.counts.keys().map(|module| self.weight(module)).sum();
        let mut left = rng.random::<f64>() * total;
        let chosen = self.counts.keys().find(|module| {
            left -= self.weight(module);
            left < 0.0
        });
        // Rounding may leave a little over.
        chosen.or(self.counts.keys().next_back()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn read(text: &[u8]) -> Result<Vec<Pair>, String> {
        let pairs: Result<Vec<Pair>, DataError> = Pairs::new(text, Path::new("some.txt")).collect();
        pairs.map_err(|error| error.to_string())
    }

    #[test]
    fn a_byte_order_mark_is_one_at_the_beginning_of_the_file_only() {
        let pairs = read("\u{feff}1 + 1\n2\n\u{feff}1 + 2\n3\n".as_bytes()).unwrap();
        let questions: Vec<&str> = pairs.iter().map(|pair| &*pair.question).collect();
        assert_eq!(questions, ["1 + 1", "\u{feff}1 + 2"]);
    }

    #[test]
    fn lines_alternate() {
        let pairs = read(b"1 + 1\r\n2\nWhat is 2?\n2\n\n").unwrap();
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[0], Pair { question: "1 + 1".into(), answer: "2".into() });
        assert_eq!(read(b""), Ok(Vec::new()));
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, message) in [
            (&b"1 + 1\n2\n3 + 3\n"[..], "some.txt:4: an answer is expected, and the file ends"),
            (b"1 + 1\n\n3 + 3\n6", "some.txt:2: an answer is expected, and the line is empty"),
            (b"1 + 1\n2\n\n3 + 3\n6", "some.txt:3: a question is expected, and the line is empty"),
            (b"1 + 1\n\xff\n", "some.txt:2: the line is not UTF-8"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()));
        }
        let long = vec![b'1'; MAX_LINE + 1];
        assert_eq!(read(&long), Err("some.txt:1: the line is too long".into()));
    }

    #[test]
    fn a_sample_of_a_stream_has_all_with_the_same_chance() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let text: String = (0..10).map(|index| format!("q{index}\na\n")).collect();
        let mut counts = [0usize; 10];
        for _ in 0..2_000 {
            let pairs = Pairs::new(text.as_bytes(), Path::new("x"));
            let kept = reservoir(pairs, Some(3), &mut rng).unwrap();
            assert_eq!(kept.len(), 3);
            kept.iter().for_each(|pair| counts[pair.question[1..].parse::<usize>().unwrap()] += 1);
        }
        // 600 each are expected, with a deviation of 20.
        assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
    }

    #[test]
    fn half_solved_modules_come_most_often() {
        let mut curriculum = Curriculum::new(["always", "half", "never"]);
        for attempt in 0..100 {
            curriculum.record("always", true);
            curriculum.record("half", attempt % 2 == 0);
            curriculum.record("never", false);
        }
        assert!(curriculum.solve_rate("always") > 0.95 && curriculum.solve_rate("never") < 0.05);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let drawn: Vec<&str> = (0..1_000).filter_map(|_| curriculum.sample(&mut rng)).collect();
        let count = |name: &str| drawn.iter().filter(|drawn| **drawn == name).count();
        assert!(count("half") > 600 && count("always") > 50 && count("never") > 50);
        assert_eq!(Curriculum::new([]).sample(&mut rng), None);
    }
}
