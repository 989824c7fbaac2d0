//! Reading files, pipes and standard input, none of them without a limit.
//!
//! A length that the system reports is no limit: a pipe has none, a file of `/proc` has 0, and a file may grow while it
//! is read. Bytes are therefore counted as they come. Devices, folders and sockets are refused before they are opened,
//! since `/dev/zero` has no end and opening a device may have an effect by itself; `/dev/null` is a device like the
//! others. Reading a named pipe without a writer waits, as in other programs.

use std::fs::{File, FileType, Metadata};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The greatest length of a file of settings, in bytes.
pub const SETTINGS: u64 = 16 << 20;

/// The greatest length of a text that a person writes or a program makes for this one, in bytes.
pub const TEXT: u64 = 1 << 30;

/// The greatest length of input through a pipe or standard input, in bytes: it is held in memory before its length is
/// known.
pub const STREAM: u64 = TEXT;

/// The greatest length of a file that a run writes for itself, in bytes.
pub const RECORDS: u64 = 8 << 30;

/// Reason why a file or stream is not read. It does not name the file: the caller adds that, as for errors of the
/// system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It may have no end.
    #[error("it is a device; give a file or a pipe")]
    Device,
    /// It holds files.
    #[error("it is a folder; give a file in it")]
    Folder,
    /// It cannot be opened.
    #[error("it is a socket; give a file or a pipe")]
    Socket,
    /// It can be read once, and is needed more often.
    #[error("it is a pipe, which can be read once only; write what it gives to a file, and give that")]
    Pipe,
    /// There is more than is read.
    #[error("it is longer than {}", size(*limit))]
    TooLong {
        /// The most that is read, in bytes.
        limit: u64,
    },
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Folder => io::ErrorKind::IsADirectory,
            Refusal::TooLong { .. } => io::ErrorKind::FileTooLarge,
            Refusal::Device | Refusal::Socket | Refusal::Pipe => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, refusal)
    }
}

/// A number of bytes in the largest unit that leaves at least 1, rounded up.
fn size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(power, _)| bytes >> power > 0);
    unit.map_or_else(|| format!("{bytes} bytes"), |(power, name)| format!("{} {name}", bytes.div_ceil(1 << power)))
}

/// A reader that fails on input beyond a limit; input within the limit ends as the inner reader does.
#[derive(Debug)]
pub struct Limited<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Limited<R> {
    /// Reads at most `limit` bytes.
    pub fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            // Whether there is more shows only by reading it.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(Refusal::TooLong { limit: self.limit }.into()),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Opens a file of which at most `limit` bytes are read, or a pipe, of which also at most [`STREAM`] are.
///
/// # Errors
///
/// The operating system's error; a [`Refusal`] of a device, a folder, a socket, or a file that is longer.
pub fn open(path: &Path, limit: u64) -> io::Result<Limited<File>> {
    check(std::fs::metadata(path)?.file_type())?;
    let file = File::open(path)?;
    // Something else may have taken its name meanwhile.
    let metadata = file.metadata()?;
    check(metadata.file_type())?;
    if length(&metadata) > limit {
        return Err(Refusal::TooLong { limit }.into());
    }
    let limit = if metadata.is_file() { limit } else { limit.min(STREAM) };
    Ok(Limited::new(file, limit))
}

/// The bytes of a file or pipe, at most `limit`.
///
/// # Errors
///
/// As for [`open`], and the operating system's errors of reading.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut reader = open(path, limit)?;
    let mut bytes = Vec::new();
    // What has another length than it says is read all the same.
    bytes.try_reserve_exact(usize::try_from(length(&reader.inner.metadata()?)).unwrap_or(usize::MAX))?;
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file or pipe, at most `limit` bytes.
///
/// # Errors
///
/// As for [`read`]; also if it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

/// Reads the rest of a reader, such as standard input, at most `limit` bytes and at most [`STREAM`].
///
/// # Errors
///
/// The reader's error; [`Refusal::TooLong`] if there is more.
pub fn read_all(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Limited::new(reader, limit.min(STREAM)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Adds the next line, with its line end, to a text that may have at most `limit` bytes; the number of bytes, 0 at the
/// end.
///
/// # Errors
///
/// The reader's error; [`Refusal::TooLong`] if the text gets longer; an error if the line is not UTF-8.
pub fn read_line(reader: impl BufRead, text: &mut String, limit: u64) -> io::Result<usize> {
    let most = limit.saturating_sub(text.len() as u64);
    let mut bytes = Vec::new();
    reader.take(most.saturating_add(1)).read_until(b'\n', &mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(Refusal::TooLong { limit }.into());
    }
    let line = std::str::from_utf8(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    text.push_str(line);
    Ok(bytes.len())
}

/// The lines of a file or pipe of at most `limit` bytes, to be read one after the other.
///
/// # Errors
///
/// As for [`open`].
pub fn lines(path: &Path, limit: u64) -> io::Result<BufReader<Limited<File>>> {
    open(path, limit).map(BufReader::new)
}

/// Refuses all but files that can be read as often as is needed. A path that does not exist is not refused: reading it
/// gives the system's error.
///
/// # Errors
///
/// A [`Refusal`], as of [`open`], and of a pipe.
pub fn check_repeatable(path: &Path) -> io::Result<()> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(()) };
    check(metadata.file_type())?;
    if metadata.is_file() { Ok(()) } else { Err(Refusal::Pipe.into()) }
}

/// Whether there is anything but a folder at a path: a file, or something that [`open`] may refuse by name. A path that
/// cannot be examined, such as a circle of symbolic links or a file in a closed folder, exists too: another one must
/// not be taken in its stead.
pub fn exists(path: &Path) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    match std::fs::metadata(path) {
        Ok(metadata) => !metadata.is_dir(),
        Err(error) => !matches!(error.kind(), NotFound | NotADirectory | InvalidFilename | InvalidInput),
    }
}

/// The length of a file; of a pipe it is not known.
fn length(metadata: &Metadata) -> u64 {
    if metadata.is_file() { metadata.len() } else { 0 }
}

fn check(kind: FileType) -> io::Result<()> {
    if kind.is_dir() {
        return Err(Refusal::Folder.into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_char_device() || kind.is_block_device() {
            return Err(Refusal::Device.into());
        }
        if kind.is_socket() {
            return Err(Refusal::Socket.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T>(result: io::Result<T>) -> Option<Refusal> {
        result.err()?.get_ref()?.downcast_ref().copied()
    }

    #[test]
    fn what_is_no_file_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(refusal(read(folder.path(), 9)), Some(Refusal::Folder));
        assert_eq!(read(&folder.path().join("none"), 9).unwrap_err().kind(), io::ErrorKind::NotFound);
        #[cfg(unix)]
        {
            for device in ["/dev/zero", "/dev/null"] {
                assert_eq!(refusal(read(Path::new(device), 9)), Some(Refusal::Device), "{device}");
            }
            let link = folder.path().join("link");
            std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
            assert_eq!(refusal(read(&link, 9)), Some(Refusal::Device));
            let socket = folder.path().join("socket");
            let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            assert_eq!(refusal(read(&socket, 9)), Some(Refusal::Socket));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_looked_at_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink("circle", &circle).unwrap();
        assert!(exists(&circle));
        std::os::unix::fs::symlink("nothing", folder.path().join("dangling")).unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        for name in ["none", "dangling", "file/none", "no\0name", &"long".repeat(1000)] {
            assert!(!exists(&folder.path().join(name)), "{name}");
        }
    }

    #[test]
    fn a_limit_holds_whatever_the_length_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "123456789").unwrap();
        assert_eq!(read(&path, 9).unwrap(), b"123456789");
        assert_eq!(refusal(read(&path, 8)), Some(Refusal::TooLong { limit: 8 }));
        // A file that grows after it was opened.
        let mut reader = open(&path, 9).unwrap();
        std::fs::write(&path, "1234567890").unwrap();
        let mut bytes = Vec::new();
        assert_eq!(refusal(reader.read_to_end(&mut bytes)), Some(Refusal::TooLong { limit: 9 }));
        assert_eq!(bytes.len(), 9);
        // A reader without an end.
        assert_eq!(refusal(read_all(io::repeat(0), 1000)), Some(Refusal::TooLong { limit: 1000 }));
        assert_eq!(read_all(io::repeat(0).take(1000), 1000).unwrap().len(), 1000);
        // Files of the system say that they are empty.
        #[cfg(target_os = "linux")]
        {
            assert!(!read_text(Path::new("/proc/self/status"), 1 << 20).unwrap().is_empty());
            assert_eq!(refusal(read(Path::new("/proc/self/status"), 5)), Some(Refusal::TooLong { limit: 5 }));
        }
    }

    #[test]
    fn a_line_without_an_end_ends_at_the_limit() {
        let mut text = "ab".to_owned();
        let mut lines = &b"c\nd"[..];
        assert_eq!(read_line(&mut lines, &mut text, 5).unwrap(), 2);
        assert_eq!(read_line(&mut lines, &mut text, 5).unwrap(), 1);
        assert_eq!((read_line(&mut lines, &mut text, 5).unwrap(), text.as_str()), (0, "abc\nd"));
        let endless = BufReader::new(io::repeat(b'x'));
        assert_eq!(refusal(read_line(endless, &mut text, 100)), Some(Refusal::TooLong { limit: 100 }));
        // A character that the limit would cut is no error about UTF-8.
        let long = refusal(read_line("é".as_bytes(), &mut String::new(), 1));
        assert_eq!(long, Some(Refusal::TooLong { limit: 1 }));
    }

    #[test]
    fn limits_are_said_in_round_units() {
        let said = [5, 16 << 20, 1 << 30, u64::from(u32::MAX) - 1].map(size);
        assert_eq!(said, ["5 bytes", "16 MiB", "1 GiB", "4 GiB"]);
    }
}
