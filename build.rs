//! Tells the program which commit it was built from.

use std::process::Command;

fn main() {
    // HEAD changes when a branch is checked out, its log with every commit. Without git the commit stays unknown.
    for file in [".git/HEAD", ".git/logs/HEAD"] {
        if std::path::Path::new(file).exists() {
            println!("cargo:rerun-if-changed={file}");
        }
    }
    // Changes since the commit, as far as they become part of the program.
    let parts =
        ["src", "kernels", "grammar", "theories", "goals", "checkpoints", "Cargo.toml", "Cargo.lock", "build.rs"];
    for part in parts.into_iter().filter(|part| std::path::Path::new(part).exists()) {
        println!("cargo:rerun-if-changed={part}");
    }
    let changes = Command::new("git").args(["status", "--porcelain", "--"]).args(parts).output();
    if let Some(changes) = changes.ok().filter(|output| output.status.success()) {
        let count = String::from_utf8_lossy(&changes.stdout).lines().count();
        let text = if count == 0 { String::new() } else { count.to_string() };
        println!("cargo:rustc-env=PROVER_GIT_CHANGES={text}");
    }
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    if let Some(commit) = commit.ok().filter(|output| output.status.success()) {
        println!("cargo:rustc-env=PROVER_GIT_COMMIT={}", String::from_utf8_lossy(&commit.stdout).trim());
    }
}
