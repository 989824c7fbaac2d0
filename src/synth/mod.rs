//! Programs for many instances: one compute graph that answers all questions of a kind, found by search.
//!
//! - [`task`]: problems: questions of one kind with their answers, some public, some private.
//! - [`attempt`](mod@attempt): one problem: a search for programs, which are worth the share of public instances that they get right.
//! - [`record`]: what became of a problem, on disk: never written over.
//! - [`score`]: pass@k, n@k, and how many programs a score would take. [`summary`]: the figures of several problems.
//! - [`variant`]: the same problems in other words, with other numbers, with other names.

pub mod attempt;
pub mod record;
pub mod score;
pub mod summary;
pub mod task;
#[cfg(test)]
mod tests;
pub mod variant;

pub use attempt::{Attempt, Decoding, Effort, Prefix, Sample, attempt};
pub use record::{Record, RecordError, Records};
pub use summary::Summary;
pub use task::{Grouping, Public, Task, TaskError, Tasks};
pub use variant::Variant;
