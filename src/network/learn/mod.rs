//! Learning from the results of searches: examples, batches, the optimiser, the schedules of goal conditioning, the
//! trainer.
//!
//! The loss of a step is `train_loss + alpha * progress_loss`. `train_loss` is the mean of the losses of the kinds of
//! [`Example`] in the batch (conjectures, policy, value), each the mean over its own targets; `progress_loss` is the
//! negative mean log-probability a token of the goals under the conjecturer when it is asked for a hard conjecture.
//! [`Schedule`] defines the course of `alpha`. [`Objective`] defines whether the network also learns from the rewards
//! of its own choices.

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
