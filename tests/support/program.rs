//! The program, run as a user runs it.

#![allow(dead_code, reason = "each binary uses a part")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The path of the program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_prover");

/// The program, to be started in a folder, without its environment variables.
pub fn command(folder: &Path) -> Command {
    without_settings(Command::new(PROGRAM), folder)
}

/// A command that starts the program in a folder, without the program's environment variables.
pub fn without_settings(mut command: Command, folder: &Path) -> Command {
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("PROVER_")) {
        command.env_remove(key);
    }
    // Without it the loader of Vulkan complains, in a build that looks for GPUs.
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir()).current_dir(folder);
    command
}

/// Exit status, standard output and standard error of the program in a folder.
pub fn prover(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    prover_reading(folder, arguments, "")
}

/// The same, with this on standard input.
pub fn prover_reading(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = assert_cmd::Command::from_std(command(folder));
    let output = command.args(arguments).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// `prover check` in a folder.
pub fn check(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    prover(folder, &[&["check"], arguments].concat())
}

/// The objects in a text that has one a line, as `--format json` writes.
pub fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A new folder with these files, which may lie in folders of it.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}
