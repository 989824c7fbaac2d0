//! `prover`: a machine that teaches itself mathematics. The map of the house will stand here.

pub mod cli;
pub mod learn;
pub mod logic;
pub mod policy;
pub mod proof;
pub mod run;
pub mod search;
pub mod selfplay;
pub mod syntax;
pub mod theory;
