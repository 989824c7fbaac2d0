//! Experiments: several runs planned together, inspected and compared.
//!
//! - [`plan`]: a sweep as its file plans it. [`sweep`]: carrying it out, each run in a process of its own.
//! - [`figures`]: the figures of a run without iterations. [`problems`]: the scores of programs found for problems.
//! - [`record`]: a run as it is read back from its folder. [`table`]: runs in a table, chosen and sorted.
//! - [`report`]: a page of runs and trees for a browser. [`serve`]: the page at an address, kept up to date.

pub mod figures;
pub mod plan;
pub mod problems;
pub mod record;
pub mod report;
pub mod serve;
pub mod sweep;
pub mod table;
