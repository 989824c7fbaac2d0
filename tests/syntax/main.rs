//! The language as text.

mod forms;
#[path = "../support/place.rs"]
mod place;
mod random;
