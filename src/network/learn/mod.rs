//! Learning from what searches found: examples, batches, the optimiser, the schedules of goal conditioning, the
//! trainer.
//!
//! The loss of a step is `train_loss + alpha * progress_loss`. `train_loss` is the mean of the losses of the kinds of
//! [`Example`] in the batch (conjectures, policy, value), each the mean over its own targets; `progress_loss` is the
//! negative mean log-probability a token that the conjecturer, asked for a hard conjecture, says one of the goals.
//! [`Schedule`] says how `alpha` grows. [`Objective`] says whether the network's own choices are learned from by their
//! rewards, too.

pub mod batch;
pub mod example;
#[cfg(test)]
mod figures;
pub mod optimizer;
pub mod schedule;
pub mod trainer;

pub use batch::{Mix, advantages};
pub use example::{Choices, Example};
pub use optimizer::{AdamW, Settings};
pub use schedule::Schedule;
pub use trainer::{Objective, Step, TrainReport, Trainer};
