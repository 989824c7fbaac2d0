//! Blobs: bytes by their digest, on the broker and in a cache on disk.

use crate::{Broker, BrokerError};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Life time in seconds of a blob at the broker since it was last named.
const FORGOTTEN: u64 = 7 * 24 * 3600;
/// The largest blob, packed and unpacked, in bytes; Redis takes no more in one piece.
pub const MAX_BLOB: u64 = 512 << 20;
/// The largest size of the cache in bytes, unless a single blob is larger.
const CACHE: u64 = 4 << 30;

/// The SHA-256 of bytes, as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest(String);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct NoDigest;

impl TryFrom<String> for Digest {
    type Error = NoDigest;

    /// A file is named by it, so that nothing else may be taken for one.
    fn try_from(text: String) -> Result<Self, NoDigest> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) { Ok(Self(text)) } else { Err(NoDigest) }
    }
}

/// Packs bytes.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    // Reading from memory cannot fail.
    let _ = DeflateEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed);
    packed
}

/// Unpacks at most `most` bytes; `None` if there are more or they are broken.
pub fn unpack(packed: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).take(most + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}

/// The store of blobs: at the broker, with a cache on disk.
#[derive(Debug)]
pub struct Blobs {
    cache: PathBuf,
}

impl Blobs {
    /// Blobs with a cache in a directory, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn new(cache: &Path) -> Result<Self, BrokerError> {
        std::fs::create_dir_all(cache).map_err(|source| BrokerError::Cache { path: cache.to_owned(), source })?;
        Ok(Self { cache: cache.to_owned() })
    }

    /// Sends bytes to the broker, unless it has them.
    ///
    /// # Errors
    ///
    /// They are too many, or the broker cannot be used.
    pub fn send(broker: &mut Broker, bytes: &[u8]) -> Result<Digest, BrokerError> {
        let digest = Digest::of(bytes);
        if !Self::keep(broker, std::slice::from_ref(&digest))?[0] {
            let too_large = |bytes| {
                let what = "what the jobs need".to_owned();
                BrokerError::TooLarge { what, bytes, most: MAX_BLOB, verb: "sent" }
            };
            let packed = pack(bytes);
            let size = packed.len().max(bytes.len()) as u64;
            if size > MAX_BLOB {
                return Err(too_large(size));
            }
            let mut command = redis::cmd("SET");
            command.arg(key(&digest)).arg(packed).arg("EX").arg(FORGOTTEN);
            broker.query::<()>("take a blob", &command)?;
        }
        Ok(digest)
    }

    /// Has the broker keep blobs for longer; whether it has each of them.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn keep(broker: &mut Broker, digests: &[Digest]) -> Result<Vec<bool>, BrokerError> {
        let mut commands = redis::pipe();
        for digest in digests {
            commands.cmd("EXPIRE").arg(key(digest)).arg(FORGOTTEN);
        }
        if commands.is_empty() { Ok(Vec::new()) } else { broker.pipeline("keep blobs", &commands) }
    }

    /// Has the broker forget blobs.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn forget(broker: &mut Broker, digests: &[Digest]) -> Result<(), BrokerError> {
        let keys: Vec<String> = digests.iter().map(key).collect();
        if keys.is_empty() { Ok(()) } else { broker.query("forget blobs", redis::cmd("DEL").arg(keys)) }
    }

    /// The bytes of a digest, from the cache or from the broker; they are checked against it.
    ///
    /// # Errors
    ///
    /// The broker has them not or something else, or cannot be used; the cache cannot be written.
    pub fn fetch(&self, broker: &mut Broker, digest: &Digest) -> Result<Vec<u8>, BrokerError> {
        let path = self.cache.join(digest.as_str());
        if let Some(bytes) = read(&path)
            && Digest::of(&bytes) == *digest
        {
            return Ok(bytes);
        }
        let none = |message| BrokerError::Blob { digest: digest.to_string(), message };
        let packed: Option<Vec<u8>> = broker.query("give a blob", redis::cmd("GET").arg(key(digest)))?;
        let packed = packed.ok_or_else(|| none("it is not there"))?;
        let bytes = unpack(&packed, MAX_BLOB).ok_or_else(|| none("it is broken or too large"))?;
        if Digest::of(&bytes) != *digest {
            return Err(none("its bytes are others"));
        }
        self.write(&path, &bytes).map_err(|source| BrokerError::Cache { path, source })?;
        Ok(bytes)
    }

    /// Writes a file whole or not at all, and makes room for it.
    fn write(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.cache)? {
            let entry = entry?;
            let data = entry.metadata()?;
            if data.is_file() {
                files.push((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), entry.path()));
            }
        }
        files.sort();
        let mut size = bytes.len() as u64 + files.iter().map(|(_, size, _)| size).sum::<u64>();
        for (_, bytes, file) in files {
            if size <= CACHE {
                break;
            }
            // Another worker may have been faster.
            let _ = std::fs::remove_file(file);
            size -= bytes;
        }
        let thread = format!("{:?}", std::thread::current().id());
        let number: String = thread.chars().filter(char::is_ascii_digit).collect();
        let temporary = self.cache.join(format!(".{}-{number}", std::process::id()));
        std::fs::write(&temporary, bytes)?;
        std::fs::rename(&temporary, path)
    }
}

fn key(digest: &Digest) -> String {
    format!("prover:blob:{digest}")
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_BLOB + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_BLOB).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_within_its_bound() {
        let bytes: Vec<u8> = (0..100_000u32).map(|number| (number / 1000) as u8).collect();
        let packed = pack(&bytes);
        assert!(packed.len() < 10_000);
        assert_eq!(unpack(&packed, 100_000), Some(bytes));
        assert_eq!(unpack(&packed, 99_999), None, "a small text may become a large one");
        assert_eq!(unpack(b"\xff\xff\xff", 100), None);
    }

    #[test]
    fn only_digests_are_digests() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Digest::try_from(digest.to_string()), Ok(digest));
        for wrong in ["", "../../etc/passwd", &"g".repeat(64), &"A".repeat(64), &"a".repeat(63)] {
            assert_eq!(Digest::try_from(wrong.to_owned()), Err(NoDigest));
        }
    }
}
