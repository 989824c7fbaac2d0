//! The program as a user runs it, and the parts of it that stand above the floors.

mod building;
mod check_command;
mod check_imports;
mod check_watch;
mod completion;
#[path = "../graph/data.rs"]
mod data;
mod data_types;
mod eqsat;
mod errors;
mod eval_command;
mod experiments;
mod generated;
mod graphs_command;
mod hooks;
#[path = "../support/python.rs"]
mod interpreter;
mod memory;
mod newcomers;
#[path = "../graph/oracle.rs"]
mod oracle;
#[path = "../support/place.rs"]
mod place;
#[path = "../support/program.rs"]
mod program;
mod prove_command;
mod reading;
mod refute;
mod renamed;
mod repl;
mod run_command;
mod run_kill;
mod selfplay_kill;
mod solve_command;
mod solved;
mod synth_command;
mod tip;
#[path = "../support/toy.rs"]
mod toy;
mod transcripts;
mod tutorial;
