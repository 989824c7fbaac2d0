//! Questions with answers: those of the folder that `PROVER_MATHEMATICS` names, or beside the repository, or the sample
//! that ships with it. Files hold questions and answers in turn, a line each.

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

/// The folder of the sample.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mathematics")
}

/// The largest folder of data that is there.
pub fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mathematics");
    match std::env::var_os("PROVER_MATHEMATICS") {
        Some(folder) => folder.into(),
        None if beside.is_dir() => beside,
        None => sample(),
    }
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
            let lines: Vec<&str> = text.lines().collect();
            let pairs = lines.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
            modules.push(Module { split, name: path.file_stem().unwrap().to_str().unwrap().to_owned(), pairs });
        }
    }
    modules
}
