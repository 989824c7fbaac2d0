//! `prover eval`: the shares of statements proved, or of a test's questions answered, by several networks.

pub mod questions;
pub mod statements;

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::policy::{ComputeArgs, PolicyChoice};
use super::rule::RuleArgs;
use super::solve::{ConfidenceArgs, ExploreArgs};
use super::worker::WorkersAtArgs;
use super::{CliError, Context, Status};

/// Arguments of `prover eval`.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["math", "theory"])), after_help = EXAMPLES)]
pub struct EvalArgs {
    /// Folder of questions: interpolate/MODULE.txt and extrapolate/MODULE.txt, questions and answers on lines in turn;
    /// or a file NAME.jsonl of questions as they are typed, each with all its right answers
    #[arg(long, value_name = "DATA", conflicts_with = "StatementArgs")]
    pub math: Option<PathBuf>,
    /// Theory whose statements are to be proved: a built-in name or a path
    #[arg(long, value_name = "THEORY", requires = "test", conflicts_with_all = ["QuestionArgs", "ExploreArgs", "ConfidenceArgs"])]
    pub theory: Option<String>,
    /// Guide of the search: `uniform`, or the directory of a checkpoint or run. With --theory several may be given,
    /// which are compared with each other and with `uniform` [default with --math: the network that ships with the
    /// program]
    #[arg(long, value_name = "uniform|DIR")]
    pub policy: Vec<PolicyChoice>,
    /// How networks compute.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Nodes to expand, at most; with --theory, several budgets with commas
    /// [default: 10,30,100,300; with --math 200]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub nodes: Vec<u32>,
    /// Seed of all randomness
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The statements of a test.
    #[command(flatten)]
    pub statements: statements::StatementArgs,
    /// The questions of a test.
    #[command(flatten)]
    pub questions: questions::QuestionArgs,
    /// How searches for graphs explore.
    #[command(flatten)]
    pub explore: ExploreArgs,
    /// How sure an answer must be, with a file of questions as they are typed.
    #[command(flatten)]
    pub least: ConfidenceArgs,
    /// How descents choose.
    #[command(flatten)]
    pub rule: RuleArgs,
    /// Where workers are.
    #[command(flatten)]
    pub workers: WorkersAtArgs,
    /// How to write the figures
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Threads; 0 takes all cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
}

/// Forms of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    #[default]
    Table,
    /// With --theory a line for each policy and limit, with --math one for each module and split
    Csv,
    /// One JSON object
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover eval --theory propositional-logic --goals propositional --policy runs/my-run
  prover eval --theory propositional-logic --draw 600 --seed 7 --untrained tiny --save test.peano
  prover eval --theory nat-mul --goals test.peano --policy runs/a --policy runs/b --nodes 30,300 --seconds 1
  prover eval --math mathematics
  prover eval --math mathematics --policy runs/math --split interpolate --format csv > scores.csv
  prover eval --math questions.jsonl --wrong missed.jsonl
  prover eval --math mathematics --modules numbers__gcd,numbers__lcm --questions 50 --wrong wrong.jsonl
  prover eval --math mathematics --broker redis://127.0.0.1:6379/0

Statements are attempted by search by single steps, once for each policy with the greatest budget; one is solved within \
fewer nodes if its proof was found by then. Nothing that is proved is used later. docs/evaluation.md says what the \
columns mean.

Exact answers are right as texts; those that are right by value may be written otherwise. The mean is over modules. The \
time is that of one question on one thread. A network that was trained on questions of the test is refused; a network \
without a list of the questions that it was trained on is, too.

Exit status: 0 the statements were attempted or the questions asked, 2 the command could not do its work.";

/// Carries out the command.
///
/// # Errors
/// When the statements, the questions or a policy cannot be read, a policy was trained on the test or for something
/// else, or the figures cannot be written.
pub fn run(args: &EvalArgs, context: &Context) -> Result<Status, CliError> {
    match (&args.math, &args.theory) {
        (Some(data), _) => questions::run(data, args, context),
        // One of them is given.
        (None, theory) => statements::run(theory.as_deref().unwrap_or_default(), args, context),
    }
}
