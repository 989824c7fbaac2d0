//! Places of files in the repository, whichever package a test belongs to.

#![allow(dead_code, reason = "each binary uses a part")]

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).expect("a workspace has a lock file")
}

/// The sample of questions with answers that ships with the repository.
pub fn sample() -> PathBuf {
    root().join("tests/data/mathematics")
}

/// The largest folder of questions that is there: the one that `PROVER_MATHEMATICS` names, or beside the repository, or
/// the sample.
pub fn mathematics() -> PathBuf {
    let beside = root().join("../shared/data/mathematics");
    match std::env::var_os("PROVER_MATHEMATICS") {
        Some(folder) => folder.into(),
        None if beside.is_dir() => beside,
        None => sample(),
    }
}
