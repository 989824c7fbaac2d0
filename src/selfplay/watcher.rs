//! How far the loop is, for whoever shows it.

/// Where the loop is, for a progress bar.
pub trait Watcher: Sync {
    /// A phase of `total` steps begins.
    fn begin(&self, name: &str, total: u64);
    /// Steps of the phase were done.
    fn advance(&self, steps: u64, message: String);
    /// The phase is over.
    fn end(&self);
}
