//! Reading the input of a command.

use crate::input;
use std::io;
use std::path::Path;

/// The bytes of a file, or of standard input for `-`, at most `limit` of them.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if path == Path::new("-") { input::read_all(io::stdin().lock(), limit) } else { input::read(path, limit) }
}
