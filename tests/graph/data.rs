//! Questions with answers, of all splits at once, which no code outside of tests may want.

#![allow(dead_code, reason = "each binary uses a part")]

use std::path::{Path, PathBuf};

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
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let (pairs, rest) = lines.as_chunks();
            assert!(rest.is_empty() && !lines.contains(&""), "{}: a line is missing", path.display());
            let pairs = pairs.iter().map(|[question, answer]| (question.to_string(), answer.to_string())).collect();
            modules.push(Module { split, name: path.file_stem().unwrap().to_str().unwrap().to_owned(), pairs });
        }
    }
    modules
}
