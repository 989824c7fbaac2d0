//! The memory that passes of networks may take.
//!
//! A process that asks for more memory than there is gets it promised, and is killed when it uses it. What a pass will
//! take is therefore computed before and [reserved](reserve); where there is not that much, the caller does its work in
//! smaller parts.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The environment variable with the memory that the passes of networks may take together, such as `4G`; else it is
/// what the machine has free.
pub const VARIABLE: &str = "PROVER_MEMORY";

/// Bytes of a pass for which the machine is not asked what is free.
const UNASKED: u64 = 16 << 20;

/// The limit that a person set, if one is set.
static LIMIT: OnceLock<Option<u64>> = OnceLock::new();
/// Bytes of the passes under way.
static RESERVED: AtomicU64 = AtomicU64::new(0);

/// A size that cannot be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{VARIABLE}={0}: a number of bytes is expected, with K, M, G or T behind it for powers of 1024, such as 4G")]
pub struct UnknownSize(String);

/// A pass takes more memory than there is.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a pass takes {} of memory, and {} are left", shown(*wanted), shown(*left))]
pub struct Exceeded {
    /// The bytes that the pass takes.
    pub wanted: u64,
    /// The bytes that are left.
    pub left: u64,
}

/// A number of bytes for people.
fn shown(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(power, _)| bytes >> power > 0);
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(power, name)| format!("{:.1} {name}", bytes as f64 / (1_u64 << power) as f64),
    )
}

/// Bytes that are in use as long as this lives.
#[derive(Debug)]
pub struct Reserved(u64);

impl Drop for Reserved {
    fn drop(&mut self) {
        RESERVED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Reads the limit from the environment. Without this call there is none but what the machine has.
///
/// # Errors
/// When [`VARIABLE`] is no size.
pub fn configure() -> Result<(), UnknownSize> {
    let limit = match std::env::var(VARIABLE) {
        Ok(text) if !text.trim().is_empty() => Some(parsed(&text)?),
        _ => None,
    };
    // A second call finds the same.
    let _ = LIMIT.set(limit);
    Ok(())
}

/// A size such as `512M` or `4GiB`, in bytes.
fn parsed(text: &str) -> Result<u64, UnknownSize> {
    let unknown = || UnknownSize(text.to_owned());
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.trim_end_matches('b').trim_end_matches('i');
    let (number, power) = match number.char_indices().last().ok_or_else(unknown)? {
        (at, 'k') => (&number[..at], 10),
        (at, 'm') => (&number[..at], 20),
        (at, 'g') => (&number[..at], 30),
        (at, 't') => (&number[..at], 40),
        _ => (number, 0),
    };
    let number: f64 = number.trim().parse().map_err(|_| unknown())?;
    let bytes = number * (1_u64 << power) as f64;
    if bytes.is_finite() && bytes >= 1.0 { Ok(bytes as u64) } else { Err(unknown()) }
}

/// Bytes that passes may take together: the limit that was set, or what is free; none where neither is known.
pub fn available() -> Option<u64> {
    LIMIT.get().copied().flatten().or_else(free)
}

/// Reserves memory for a pass; `held` bytes of it are buffers that the caller has from earlier passes.
///
/// # Errors
/// When there is not that much: all passes under way take more than the limit, or this one more than the machine has
/// free. Work that cannot be made smaller goes on by [`insist`].
pub fn reserve(bytes: u64, held: u64) -> Result<Reserved, Exceeded> {
    reserve_within(LIMIT.get().copied().flatten(), free, bytes, held)
}

/// Reserves memory whether or not it is there.
pub fn insist(bytes: u64) -> Reserved {
    RESERVED.fetch_add(bytes, Ordering::Relaxed);
    Reserved(bytes)
}

fn reserve_within(
    limit: Option<u64>,
    free: impl FnOnce() -> Option<u64>,
    bytes: u64,
    held: u64,
) -> Result<Reserved, Exceeded> {
    let reserved = insist(bytes);
    let left = match limit {
        Some(limit) => limit.saturating_sub(RESERVED.load(Ordering::Relaxed) - bytes),
        None if bytes <= UNASKED => return Ok(reserved),
        // A machine that does not say what it has is taken to have enough.
        None => free().map_or(u64::MAX, |free| free.saturating_add(held)),
    };
    if bytes <= left { Ok(reserved) } else { Err(Exceeded { wanted: bytes, left }) }
}

/// Memory that this process can still take, in bytes: that which is free on the machine and in the control groups that
/// hold the process; none where the system does not report it.
pub fn free() -> Option<u64> {
    let machine = number_of(Path::new("/proc/meminfo"), "MemAvailable:").map(|kib| kib << 10);
    machine.into_iter().chain(groups()).min()
}

/// The rest of the limits of the control groups (version 2, or the memory controller of version 1).
fn groups() -> Vec<u64> {
    let text = crate::input::read_text(Path::new("/proc/self/cgroup"), crate::input::SETTINGS).unwrap_or_default();
    let mut found = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (root, [limit, usage, cache]) = match controllers {
            "" => ("/sys/fs/cgroup", ["memory.max", "memory.current", "inactive_file"]),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"])
            }
            _ => continue,
        };
        let (root, path) = (Path::new(root), Path::new(path.trim_start_matches('/')));
        for group in path.ancestors().map(|path| root.join(path)) {
            let number = |name: &str| {
                let text = crate::input::read_text(&group.join(name), crate::input::SETTINGS).ok()?;
                text.trim().parse::<u64>().ok()
            };
            // A group without a limit says `max`, which is no number.
            if let (Some(limit), Some(usage)) = (number(limit), number(usage)) {
                let given_back = number_of(&group.join("memory.stat"), cache).unwrap_or(0);
                found.push(limit.saturating_sub(usage.saturating_sub(given_back)));
            }
        }
    }
    found
}

/// The number behind a name in a file of lines `NAME NUMBER`.
fn number_of(path: &Path, name: &str) -> Option<u64> {
    let text = crate::input::read_text(path, crate::input::SETTINGS).ok()?;
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words.into_iter().find(|words| words.first() == Some(&name))?.get(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [("4096", 4096), ("1k", 1024), ("2 MiB", 2 << 20), ("0.5G", 1 << 29), ("3Tb", 3 << 40)] {
            assert_eq!(parsed(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1", "0", "4X", "inf", "nan", "1e400"] {
            assert_eq!(parsed(text), Err(UnknownSize(text.to_owned())));
        }
        assert!(UnknownSize("x".into()).to_string().contains("such as 4G"));
    }

    #[test]
    fn passes_share_a_limit_and_what_is_held_counts_as_free() {
        let within = |bytes| reserve_within(Some(1000), || None, bytes, 0);
        let first = within(600).unwrap();
        assert_eq!(within(600).unwrap_err(), Exceeded { wanted: 600, left: 400 });
        let second = within(400).unwrap();
        drop(first);
        assert!(within(600).is_ok() && within(601).is_err());
        drop(second);
        let big = 1 << 30;
        let free = |bytes, held| reserve_within(None, || Some(big), bytes, held);
        assert!(free(big, 0).is_ok() && free(big + 5, 5).is_ok());
        let error = free(2 * big, 5).unwrap_err();
        assert_eq!(error.to_string(), "a pass takes 2.0 GiB of memory, and 1.0 GiB are left");
        assert!(reserve_within(None, || panic!("a small pass asks nobody"), UNASKED, 0).is_ok());
        assert!(reserve_within(None, || None, u64::MAX >> 1, 0).is_ok());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_machine_says_what_is_free() {
        assert!(free().is_some_and(|bytes| bytes > 1 << 20), "{:?}", free());
    }
}
