//! Lists the theories and goal sets at the root of the workspace: each file NAME.peano is built in under its name.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The extension of the files.
const EXTENSION: &str = "peano";

fn main() {
    match tables() {
        Ok(text) => fs::write(folder("OUT_DIR").join("built_in.rs"), text).expect("cargo's folder can be written to"),
        Err(message) => println!("cargo::error={message}"),
    }
}

/// A folder that cargo names to a build script.
fn folder(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).unwrap_or_else(|| panic!("cargo sets {variable}")))
}

/// The constants that src/theory/library.rs includes.
fn tables() -> Result<String, String> {
    let root = folder("CARGO_MANIFEST_DIR").join("../..");
    let mut text = String::new();
    for (constant, folder) in [("THEORIES", "theories"), ("GOALS", "goals")] {
        text += &format!("const {constant}: &[(&str, &str)] = &[\n");
        for name in names(&root, folder)? {
            let path = format!("../../{folder}/{name}.{EXTENSION}");
            println!("cargo::rerun-if-changed={path}");
            text += &format!("    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{path}\"))),\n");
        }
        text += "];\n";
    }
    Ok(text)
}

/// The names of the files of a folder of the root, sorted. Hidden files are ignored; a file that has no such name is an
/// error, since it would be taken for built in and is not.
fn names(root: &Path, folder: &str) -> Result<Vec<String>, String> {
    // A file that comes or goes changes the folder.
    println!("cargo::rerun-if-changed=../../{folder}");
    let unreadable = |error: io::Error| format!("{folder}: {error}");
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join(folder)).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if file.starts_with('.') {
            continue;
        }
        match file.strip_suffix(EXTENSION).and_then(|rest| rest.strip_suffix('.')) {
            Some(name) if is_name(name) => names.push(name.to_owned()),
            _ => {
                return Err(format!(
                    "{folder}/{file} cannot be built in: the files of this folder are called NAME.{EXTENSION}, where \
                     NAME is of the letters a to z, digits and hyphens, and begins with a letter"
                ));
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Whether this can be typed as the name of a theory or goal set: it is not a path, has no extension, and needs no
/// quotes.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
}
