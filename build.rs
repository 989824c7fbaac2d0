//! Tells the program which commit it was built from.

use std::process::Command;

fn main() {
    // HEAD changes when a branch is checked out, its log with every commit. Without git the commit stays unknown.
    for file in [".git/HEAD", ".git/logs/HEAD"] {
        if std::path::Path::new(file).exists() {
            println!("cargo:rerun-if-changed={file}");
        }
    }
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    if let Some(commit) = commit.ok().filter(|output| output.status.success()) {
        println!("cargo:rustc-env=PROVER_GIT_COMMIT={}", String::from_utf8_lossy(&commit.stdout).trim());
    }
}
