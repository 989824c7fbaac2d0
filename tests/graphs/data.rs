//! Questions with answers, of all splits at once, which no code outside of tests may want.

use std::path::{Path, PathBuf};

use prover::answer::data::Pairs;

/// The number of modules of the data.
pub const MODULES: usize = 56;

/// The splits in which all of the 56 modules have a file; `extrapolate` has other ones.
pub const SPLITS: [&str; 5] = ["train-easy", "train-medium", "train-hard", "interpolate", "extrapolate"];

/// A file of questions.
pub struct Module {
    pub split: &'static str,
    pub name: String,
    pub pairs: Vec<(String, String)>,
}

/// All files of a folder of data.
pub fn load(folder: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    for split in SPLITS {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join(split))
            .unwrap_or_else(|error| panic!("{}: {error}", folder.join(split).display()))
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .collect();
        files.sort();
        for path in files {
            let pairs = Pairs::open(&path).unwrap().map(|pair| pair.map(|pair| (pair.question, pair.answer)));
            let pairs = pairs.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}"));
            modules.push(Module { split, name: path.file_stem().unwrap().to_str().unwrap().to_owned(), pairs });
        }
    }
    modules
}
