//! Checkpoints of other programs.

mod interchange;
#[path = "../support/place.rs"]
mod place;
