//! Theories as text: accepted texts, refused ones and their errors, and the built-in theories.

mod check_bounds;
mod check_traps;
mod corpus;
mod data_random;
mod data_types;
#[path = "../../benches/generated.rs"]
mod generated;
mod library;
#[path = "../naive/mod.rs"]
mod naive;
mod naive_checker;
mod newcomers;
mod parallel;
#[path = "../support/place.rs"]
mod place;
mod saturation;
#[path = "../targets/mod.rs"]
mod targets;
#[path = "../support/toy.rs"]
mod toy;
mod worlds;
