//! Progress of the loop, for displays, and its theorems, for records.

use crate::prove::lemmas::Theorem;
use crate::prove::library::Source;

/// Receiver of the loop's progress, for a progress bar, and of each theorem as soon as it is proved.
pub trait Watcher: Sync {
    /// A phase of `total` steps begins.
    fn begin(&self, name: &str, total: u64);
    /// Steps of the phase were done.
    fn advance(&self, steps: u64, message: String);
    /// The phase is over.
    fn end(&self);
    /// A theorem was proved and checked. Called from several threads, long before the iteration is over.
    fn proved(&self, _theorem: &Theorem, _source: Source) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watcher for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64, _: String) {}
    fn end(&self) {}
}
