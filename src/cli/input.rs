//! Reading what a command is given.

use crate::syntax::source::MAX_LENGTH;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a file, or of standard input, that are not too long to be a text.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "the file is longer than 4 GiB");
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_LENGTH + 1).read_to_end(&mut bytes)?;
    } else {
        let file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        if length > MAX_LENGTH {
            return Err(too_large());
        }
        bytes.reserve_exact(length as usize);
        file.take(MAX_LENGTH + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MAX_LENGTH { Err(too_large()) } else { Ok(bytes) }
}
