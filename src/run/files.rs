//! The few ways in which a run changes its directory, each of which leaves a whole file, a whole directory or nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Prefix of the name of an unfinished file or directory.
const TEMPORARY: &str = ".tmp-";

/// Refuses a path that holds something other than a file or a link to one: renaming a file over a device would remove
/// the device.
///
/// # Errors
///
/// The operating system's error, or that it is not a file.
pub fn check_replaceable(path: &Path) -> io::Result<()> {
    replaced(path).map(drop)
}

/// Writes `bytes` to `path` under a temporary name in the same directory, syncs and renames. A symbolic link stays, and
/// the file that it leads to is replaced.
///
/// # Errors
///
/// The operating system's error; also if [something else](check_replaceable) than a file is there.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &replaced(path)?;
    let temporary = write_temporary(path, bytes)?;
    let renamed = rename(&temporary, path);
    if renamed.is_err() {
        let _ = remove_file(&temporary);
    }
    renamed
}

/// The name that a new file is to take. To rename a file over a device would remove the device.
fn replaced(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            let is_link = fs::symlink_metadata(path)?.is_symlink();
            if is_link { fs::canonicalize(path) } else { Ok(path.to_owned()) }
        }
        Ok(_) => {
            let message = "what is there is no file but a folder, a device, a pipe or a socket; give another name";
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
        Err(_) => Ok(path.to_owned()),
    }
}

/// Writes `bytes` to `path` as [`write_atomic`] does, but fails with [`io::ErrorKind::AlreadyExists`] if there is
/// anything.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_temporary(path, bytes)?;
    let named = name_new(&temporary, path);
    let _ = fs::remove_file(&temporary);
    named
}

/// Gives a file a second name, at which there may be nothing yet.
fn name_new(temporary: &Path, path: &Path) -> io::Result<()> {
    // A second name is given only where there is none, whoever is faster; a rename would replace.
    match fs::hard_link(temporary, path) {
        Ok(()) => sync_directory(parent(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no second names: the file may then be seen half written, but is still new.
        Err(_) => {
            let mut file = File::create_new(path)?;
            io::copy(&mut File::open(temporary)?, &mut file)?;
            sync(&file)?;
            sync_directory(parent(path))
        }
    }
}

/// A file that is written piece by piece, under a temporary name in the same folder until it is whole. Dropped before
/// that, it is removed.
#[derive(Debug)]
pub struct Pending {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
}

impl Pending {
    /// Begins a file that will be at `path`, or where a symbolic link there leads to.
    ///
    /// # Errors
    ///
    /// The operating system's error; also if [something else](check_replaceable) than a file is there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let path = replaced(path)?;
        let temporary = temporary_name(&path);
        absent_is_fine(fs::remove_file(&temporary))?;
        Ok(Self { file: File::create_new(&temporary)?, temporary, path })
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file in its place, replacing an existing file if `replaces`.
    ///
    /// # Errors
    ///
    /// The operating system's error; [`io::ErrorKind::AlreadyExists`] if something is there and has to stay.
    pub fn finish(self, replaces: bool) -> io::Result<()> {
        sync(&self.file)?;
        if replaces { rename(&self.temporary, &self.path) } else { name_new(&self.temporary, &self.path) }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After a rename there is none.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes `bytes` to a new file in the folder of `path`, and returns its name. A file that cannot be written in full is
/// removed again: on a full disk it would be in the way of later writes.
fn write_temporary(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let temporary = temporary_name(path);
    // A process that had the same number may have left one. Whatever is there is not written to: in a folder that
    // others may write to it could be a link to any file.
    fault::point()?;
    absent_is_fine(fs::remove_file(&temporary))?;
    let mut file = File::create_new(&temporary)?;
    let written = fault::write(&mut file, bytes).and_then(|()| sync(&file));
    if let Err(error) = written {
        let _ = remove_file(&temporary);
        return Err(error);
    }
    Ok(temporary)
}

/// Makes an empty directory to be filled, under a temporary name in the folder of `path`.
pub(super) fn begin_directory(path: &Path) -> io::Result<PathBuf> {
    let temporary = temporary_name(path);
    remove_directory(&temporary)?;
    fault::point()?;
    fs::create_dir_all(&temporary)?;
    Ok(temporary)
}

/// Gives the directory that [`begin_directory`] made its name, replacing a directory of that name.
pub(super) fn finish_directory(path: &Path) -> io::Result<()> {
    let temporary = temporary_name(path);
    fault::point()?;
    sync_tree(&temporary)?;
    // A directory cannot be renamed over one that holds files.
    remove_directory(path)?;
    rename(&temporary, path)
}

/// Renames and makes the new name last.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::point()?;
    fs::rename(from, to)?;
    sync_directory(parent(to))
}

/// Removes a file if it is there.
pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    fault::point()?;
    absent_is_fine(fs::remove_file(path))
}

/// Removes a directory if it is there. It takes a temporary name first, so that no half of it is ever seen.
pub(super) fn remove_directory(path: &Path) -> io::Result<()> {
    fault::point()?;
    let mut doomed = path.to_path_buf();
    if !is_temporary(path) {
        let mut name = std::ffi::OsString::from(TEMPORARY);
        name.push("old-");
        name.push(path.file_name().unwrap_or_default());
        doomed = parent(path).join(name);
        absent_is_fine(fs::remove_dir_all(&doomed))?;
        match fs::rename(path, &doomed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            result => result?,
        }
    }
    fault::point()?;
    absent_is_fine(fs::remove_dir_all(&doomed))
}

/// Removes the temporary files that interrupted writes have left in `directory`.
pub(super) fn remove_temporaries(directory: &Path) -> io::Result<()> {
    for path in entries(directory)? {
        if is_temporary(&path) {
            fault::point()?;
            absent_is_fine(if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) })?;
        }
    }
    Ok(())
}

/// The paths in a directory, in alphabetical order; empty if there is no such directory.
pub(super) fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let found = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let mut paths = found.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Whether the name is that of something unfinished.
pub(super) fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()))
}

/// A name in the folder of `path` that no other process uses at the same time.
fn temporary_name(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(format!("{TEMPORARY}{}-", std::process::id()));
    name.push(path.file_name().unwrap_or_default());
    parent(path).join(name)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn sync_tree(directory: &Path) -> io::Result<()> {
    for path in entries(directory)? {
        if path.is_dir() { sync_tree(&path)? } else { sync(&File::open(&path)?)? }
    }
    sync_directory(directory)
}

/// Makes the names in a directory last. Systems that cannot open or sync a directory keep them anyway.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { sync(&File::open(directory)?) } else { Ok(()) }
}

/// Makes written data survive a power failure. Unit tests crash thousands of times but keep the power.
fn sync(file: &File) -> io::Result<()> {
    if cfg!(test) { Ok(()) } else { file.sync_all() }
}

/// A crash at a chosen step, for tests: after it, no step of the thread does anything any more, as if the process had
/// been killed there.
#[cfg(test)]
pub(super) mod fault {
    use std::cell::Cell;
    use std::io::{self, Write};

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// Lets `steps` steps pass and the process "die" at the next one; `None` heals.
    pub(in crate::run) fn after(steps: Option<u32>) {
        LEFT.set(steps);
    }

    /// A step.
    pub(in crate::run) fn point() -> io::Result<()> {
        match LEFT.get() {
            None => Ok(()),
            Some(0) => Err(io::Error::other("crash")),
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
        }
    }

    /// A write; a crash tears it.
    pub(super) fn write(file: &mut std::fs::File, bytes: &[u8]) -> io::Result<()> {
        let crash = point();
        let written = if crash.is_err() { bytes.len() / 2 } else { bytes.len() };
        file.write_all(&bytes[..written])?;
        crash
    }
}

/// No crashes outside tests.
#[cfg(not(test))]
mod fault {
    use std::io::{self, Write};

    /// A step.
    pub(super) fn point() -> io::Result<()> {
        Ok(())
    }

    /// A write.
    pub(super) fn write(file: &mut std::fs::File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::{FileTypeExt, symlink};

    #[test]
    fn a_pending_file_is_there_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let begin = |text: &[u8]| {
            let mut pending = Pending::begin(&path).unwrap();
            pending.file().write_all(text).unwrap();
            pending
        };
        drop(begin(b"dropped"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        begin(b"first").finish(false).unwrap();
        let error = begin(b"second").finish(false).unwrap_err();
        assert_eq!((error.kind(), fs::read(&path).unwrap()), (io::ErrorKind::AlreadyExists, b"first".to_vec()));
        begin(b"third").finish(true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
    }

    #[test]
    fn a_new_file_takes_the_place_of_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        fs::create_dir(place.join("kept")).unwrap();
        fs::write(place.join("kept/file"), "old").unwrap();
        symlink("kept/file", place.join("link")).unwrap();
        write_atomic(&place.join("link"), b"new").unwrap();
        assert!(fs::symlink_metadata(place.join("link")).unwrap().is_symlink());
        assert_eq!(fs::read(place.join("kept/file")).unwrap(), b"new");
        assert!(std::process::Command::new("mkfifo").arg(place.join("pipe")).status().unwrap().success());
        symlink("pipe", place.join("to-pipe")).unwrap();
        for name in ["pipe", "to-pipe"] {
            let error = write_atomic(&place.join(name), b"new").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert!(fs::symlink_metadata(place.join("pipe")).unwrap().file_type().is_fifo());
        assert!(fs::symlink_metadata(place.join("to-pipe")).unwrap().is_symlink());
        assert!(write_atomic(&place.join("kept"), b"new").is_err());
    }
}
