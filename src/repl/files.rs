//! `save` and `load`.

use super::error::ReplError;
use super::{Reported, Session};
use crate::run::check_replaceable;
use crate::theory::fault::codes::INCOMPLETE_PROOF;
use crate::theory::import::{Files, SourceText, read_file};
use crate::theory::library::EXTENSIONS;
use crate::theory::{Theory, load::LoadReport};
use std::io::Write;
use std::path::{Path, PathBuf};

impl Session {
    /// Writes the session to a file.
    pub(super) fn save(&mut self, argument: &str, force: bool) -> Reported {
        let path = path_of(argument);
        if !force && path.symlink_metadata().is_ok() {
            return Err(ReplError::Exists(path));
        }
        if let Err(source) = check_replaceable(&path) {
            return Err(ReplError::Unwritable { path, source });
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let refused = |reason| ReplError::NotSaved { path: path.clone(), reason };
        let text = self.layer().file(&folder, &self.proofs()).map_err(refused)?;
        // What is written means what the session holds, or it is not written.
        // Also where the path is a symbolic link now: the file takes its place.
        let source = SourceText { folder: Some(folder), ..SourceText::file(&path, text.clone()) };
        let (_, report) = Theory::load(source, &Files);
        let expected = self.proofs().len();
        if !is_as_expected(&report, expected) {
            let reason =
                report.errors().next().map_or("it would be refused".into(), |(_, error)| error.message.clone());
            return Err(refused(reason));
        }
        write(&path, &text).map_err(|source| ReplError::Unwritable { path: path.clone(), source })?;
        self.saved.text = self.body();
        let state = match expected {
            0 => "",
            1 => ", with an unfinished proof",
            _ => ", with unfinished proofs",
        };
        Ok(format!("saved to {}{state}", path.display()))
    }

    /// Checks a file on top of the session.
    pub(super) fn load(&mut self, argument: &str) -> Reported {
        let path = existing(path_of(argument));
        let source = read_file(&path)?;
        let was_empty = self.body().is_empty();
        let extended = self.layer().extended(source)?;
        if self.is_open() && !extended.unfinished.is_empty() {
            let name = self.open_name().unwrap_or_default().to_owned();
            return Err(ReplError::GoalIsOpen(name));
        }
        let text = self.add(extended)?;
        if was_empty {
            self.saved.text = self.body();
        }
        Ok(if text.is_empty() { format!("loaded {}", path.display()) } else { text })
    }
}

/// Whether the only errors are this many unfinished proofs.
fn is_as_expected(report: &LoadReport, unfinished: usize) -> bool {
    report.errors().all(|(_, error)| error.code == INCOMPLETE_PROOF) && report.errors().count() == unfinished
}

/// The path of an argument: quotes around it are removed, and `~/` is the home directory.
fn path_of(argument: &str) -> PathBuf {
    let bare = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(argument);
    match (bare.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(bare),
    }
}

/// The path with an extension of the language, if only that is a file.
fn existing(path: PathBuf) -> PathBuf {
    if path.is_file() {
        return path;
    }
    let extended = EXTENSIONS.iter().map(|extension| {
        let mut name = path.clone().into_os_string();
        name.push(".");
        name.push(extension);
        PathBuf::from(name)
    });
    extended.into_iter().find(|candidate| candidate.is_file()).unwrap_or(path)
}

/// Writes a file under another name first, so that no reader meets half of it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = std::fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(&temporary, path));
    if renamed.is_err() {
        // The file that could not be written is no use to anybody.
        let _ = std::fs::remove_file(&temporary);
    }
    renamed
}
