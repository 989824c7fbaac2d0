//! Every file of the corpus goes through the body of its fuzz target. Inputs found by fuzzing are added to
//! tests/corpus, cut down.

use crate::place::root;
use crate::targets;
use std::path::PathBuf;

/// The files of a folder of the repository, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

fn run(folder: &str, target: fn(&[u8])) {
    for file in files(folder) {
        println!("{}", file.display());
        target(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn files_that_are_parsed() {
    run("tests/corpus/parse", targets::parse);
    run("tests/corpus/check", targets::parse);
    run("theories", targets::parse);
    run("goals", targets::parse);
}

#[test]
fn files_that_are_checked() {
    run("tests/corpus/check", targets::check);
    run("tests/corpus/parse", targets::check);
    run("theories", targets::check);
    run("goals", targets::check);
}

#[test]
fn the_corpus_is_small() {
    for file in files("tests/corpus/parse").into_iter().chain(files("tests/corpus/check")) {
        let length = std::fs::metadata(&file).unwrap().len();
        assert!(length <= 4_096, "{} has {length} bytes", file.display());
    }
}
