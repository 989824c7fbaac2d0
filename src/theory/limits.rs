//! Limits of checking a text: steps, and bytes of output.

/// The steps (of elaboration, matching and conversion) that one item may take outside of the kernel's own check, a few
/// seconds; [`STEPS_PER_BYTE`] come on top.
pub const ITEM_BUDGET: u64 = 15_000_000;

/// The further steps that an item may take for each byte of its text, so that a long proof of easy steps is checked.
pub const STEPS_PER_BYTE: u64 = 60;

/// The steps that an item of that length may take.
pub(crate) fn budget(bytes: usize) -> u64 {
    ITEM_BUDGET.saturating_add(STEPS_PER_BYTE.saturating_mul(bytes as u64))
}

/// The most bytes of the answers of all commands of a file and its imports together: they are held until the file has
/// been read, and the answer of a command of ten bytes may have [`MAX_TEXT`](super::print::MAX_TEXT) bytes.
pub const SAID: usize = 16 << 20;

/// The work after which the memory that the items of a file have left behind is given back: at most some hundred
/// megabytes.
pub(crate) const HELD: u64 = 2_000_000;
