//! Where questions with answers lie, for tests and benchmarks.

use std::path::{Path, PathBuf};

/// The folder of the sample that ships with the repository.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mathematics")
}

/// The largest folder of data that is there: the one that `PROVER_MATHEMATICS` names, or beside the repository, or the sample.
pub fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mathematics");
    match std::env::var_os("PROVER_MATHEMATICS") {
        Some(folder) => folder.into(),
        None if beside.is_dir() => beside,
        None => sample(),
    }
}
