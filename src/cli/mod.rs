//! The command line: one file a command, no logic of its own.
//!
//! Results go to standard output; progress, warnings and errors to standard error. The exit status is 0 for success, 1
//! if something was found wrong or stayed unproved, 2 if the command could not do its work.

pub mod check;
pub mod completions;
pub mod devices;
pub mod eval;
pub mod explain;
pub mod export;
pub mod generate;
pub mod import;
mod input;
mod late_bar;
pub mod launch;
mod logging;
pub mod output;
pub mod policy;
pub mod prove;
pub mod refute;
pub mod repl;
pub mod report;
pub mod rule;
pub mod runs;
pub mod selfplay;
pub mod solve;
pub mod sweep;
pub mod synth;
mod terminal;
pub mod trees;
pub mod worker;
pub mod workers;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::run::{COMMIT, ConfigError, Progress, RunError, VERSION, Verbosity};
use crate::syntax::render::visible_lines;
use crate::threads;

/// A machine that teaches itself mathematics.
///
/// It reads a theory, invents conjectures, proves them by a search guided by a transformer that it trains itself, and
/// steers towards the goals that it was given. Every proof is checked by a small kernel.
#[derive(Debug, Parser)]
#[command(name = "prover", version = VERSION_TEXT.as_str(), max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Options of all commands.
    #[command(flatten)]
    pub global: Global,
}

const EXAMPLES: &str = "\
Examples:
  prover selfplay --theory nat-add --goals nat-add-hard
  prover prove --theory nat-add --goal \"[('a0 : nat) -> (= (+ z 'a0) 'a0)]\"
  prover refute --theory nat-add --goal \"[('a0 : nat) -> (= (+ 'a0 'a0) 'a0)]\"
  prover check my-theory.p
  prover repl --theory nat-add
  prover solve \"Solve 2*x + 3 = 7 for x.\"
  prover selfplay --math mathematics
  prover export --to rocq my-theory.p -o my_theory.v

Exit status: 0 all is well, 1 something is wrong or stayed unproved, 2 the command could not do its work.
Environment: PROVER_LOG sets what is logged, such as PROVER_LOG=debug; PROVER_MEMORY how much memory networks may take, \
such as PROVER_MEMORY=4G (what is free, if not set); NO_COLOR turns colours off.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files of the Peano language, and of questions with compute graphs
    Check(check::CheckArgs),
    /// Write what a shell needs to complete the command line
    Completions(completions::CompletionsArgs),
    /// List where a network can compute, and how fast
    Devices(devices::DevicesArgs),
    /// Test how many statements are proved, or how many questions of a data set are answered, by which network
    Eval(eval::EvalArgs),
    /// Say what the code of an error means
    Explain(explain::ExplainArgs),
    /// Write theories and proofs for the kernels of Rocq and Lean to check again
    Export(export::ExportArgs),
    /// Write questions with answers to learn from
    Generate(generate::GenerateArgs),
    /// Read problems in other notations
    Import(import::ImportArgs),
    /// Run on a cluster: write scripts of a broker, workers and the learner, and submit them
    Launch(launch::LaunchArgs),
    /// Write the manual pages
    Man(completions::ManArgs),
    /// Search for proofs
    Prove(prove::ProveArgs),
    /// Look for models in which statements fail
    Refute(refute::RefuteArgs),
    /// Prove interactively
    Repl(repl::ReplArgs),
    /// Write a page of runs, their curves, proofs and trees for a browser
    Report(report::ReportArgs),
    /// List runs by what differs and what came out
    Runs(runs::RunsArgs),
    /// Teach itself to prove (conjecture, prove, train, again), or to answer questions
    Selfplay(Box<selfplay::SelfplayArgs>),
    /// Answer a question in words
    Solve(solve::SolveArgs),
    /// Carry out a plan of several runs
    Sweep(sweep::SweepArgs),
    /// Search for programs that answer all questions of a kind
    Synth(synth::SynthArgs),
    /// Make attempts for runs elsewhere, which a broker hands out
    Worker(worker::WorkerArgs),
    /// List the workers at a broker, what they do, and how full its queues are
    Workers(workers::WorkersArgs),
}

/// Options of all commands.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, global = true, help_heading = "General")]
    pub color: Color,
    /// Write statements for reading, as `∀ a b : nat, a + b = b + a`; files, proofs and JSON stay as they are
    #[arg(long, global = true, help_heading = "General")]
    pub pretty: bool,
    /// Say more; twice for still more
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "General")]
    pub verbose: u8,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "General")]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment has NO_COLOR
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

impl Color {
    /// Whether to use colours on an output that is, or is not, a terminal.
    pub fn applies(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// The settings that commands share.
pub struct Context {
    /// The amount of output.
    pub verbosity: Verbosity,
    /// Whether standard output takes colours.
    pub color: bool,
    /// Whether people read statements in infix notation.
    pub pretty: bool,
    /// Where to report progress.
    pub progress: Progress,
}

/// Exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is well.
    Fine,
    /// Something is wrong with the input, or stayed unproved.
    Wrong,
    /// The command could not do its work.
    Trouble,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Errors of commands.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The run's directory is wrong.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Results cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Save {
        /// The file.
        path: std::path::PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file is there that was not to be replaced.
    #[error("{} is there already: give another name, or replace it with --force", path.display())]
    Exists {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A file was to be written over another one of the same command.
    #[error("{} is also what is read, or written for something else: give each file a name of its own", path.display())]
    SameFile {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A file appeared that must not be replaced.
    #[error("{} was written by somebody else meanwhile: the proofs are in {}", path.display(), place.display())]
    SavedElsewhere {
        /// The file.
        path: std::path::PathBuf,
        /// The file with the proofs.
        place: std::path::PathBuf,
    },
    /// No goal can be read; the reasons have been reported before.
    #[error("there is nothing to prove: no goal can be read")]
    NoGoals,
    /// A statement was given the name of something else.
    #[error("the theory has something called `{0}`: give the statement another name")]
    Taken(String),
    /// The theory, the goals or a statement are wrong.
    #[error(transparent)]
    World(#[from] crate::prove::WorldError),
    /// A statement cannot be tested in models, or one that is proved is refuted.
    #[error(transparent)]
    Test(#[from] crate::prove::models::TestError),
    /// The interactive session cannot begin.
    #[error(transparent)]
    Repl(#[from] crate::repl::ReplError),
    /// The terminal or standard input cannot be read.
    #[error("cannot read the input: {0}")]
    Input(io::Error),
    /// Self-play ended early.
    #[error(transparent)]
    Drive(#[from] crate::run::drive::DriveError),
    /// There is no network where one was said to be.
    #[error("there is no policy in {}: give `uniform`, a run (such as runs/NAME), or a checkpoint of one", .0.display())]
    NoPolicy(std::path::PathBuf),
    /// The questions of a test cannot be read.
    #[error(transparent)]
    Data(#[from] crate::answer::data::DataError),
    /// A network was trained on the questions of the test.
    #[error("this network is not tested: {0}")]
    TrainedOnTest(String),
    /// A module of questions that is not generated.
    #[error("there is no module `{name}`; there are {known}")]
    UnknownModule {
        /// Its name.
        name: String,
        /// The modules that there are.
        known: String,
    },
    /// An option that takes one value there.
    #[error("with --math, give {0} once")]
    Several(&'static str),
    /// Statements of a test cannot be drawn.
    #[error(transparent)]
    Draw(#[from] crate::evaluation::DrawError),
    /// There is no untrained network.
    #[error(transparent)]
    Untrained(#[from] crate::evaluation::UntrainedError),
    /// There is no such code.
    #[error("there is no code `{code}`{}; `prover explain` lists all", closest.map_or(String::new(), |near| format!(": did you mean `{near}`?")))]
    NoCode {
        /// The code that was given.
        code: String,
        /// A code that looks much like it.
        closest: Option<&'static str>,
    },
    /// A problem in another notation is not understood.
    #[error("{place}: {error}")]
    Import {
        /// File, line and column.
        place: String,
        /// The error.
        error: crate::tip::TipError,
    },
    /// The text that a problem in another notation became is refused.
    #[error("{name} is read, but what it says is refused:\n{message}")]
    Refused {
        /// The file.
        name: String,
        /// A description of the errors.
        message: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Unreadable(crate::theory::import::ImportError),
    /// Standard input was given to a command that watches files.
    #[error("standard input cannot be watched: give files")]
    WatchedInput,
    /// Nothing can be exported.
    #[error("{0}")]
    Export(crate::export::ExportError),
    /// Rocq would not read a file of this name.
    #[error(
        "Rocq reads no file named {}: give it a name of letters, digits and _, with a letter first and .v at the end",
        path.display()
    )]
    RocqFile {
        /// The file.
        path: std::path::PathBuf,
    },
    /// `--native` was given for another target than Rocq.
    #[error("--native is for Rocq only: leave it out, or give --to rocq")]
    NativeElsewhere,
    /// The plan of a sweep is wrong.
    #[error(transparent)]
    Plan(#[from] crate::experiments::plan::PlanError),
    /// A run of a plan has settings that make no sense.
    #[error("the run {run} of {}: {message}", path.display())]
    PlannedRun {
        /// The plan.
        path: std::path::PathBuf,
        /// The run.
        run: String,
        /// Description of the error.
        message: String,
    },
    /// There are no runs.
    #[error(transparent)]
    Record(#[from] crate::experiments::record::RecordError),
    /// No run has a name that is asked for.
    #[error(transparent)]
    UnknownName(#[from] crate::experiments::table::UnknownName),
    /// A page cannot be served.
    #[error(transparent)]
    Serve(#[from] crate::experiments::serve::ServeError),
    /// A tree cannot be read.
    #[error("cannot read the tree {}: {source}", path.display())]
    Tree {
        /// The file.
        path: std::path::PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A sweep cannot be carried out.
    #[error(transparent)]
    Sweep(#[from] crate::experiments::sweep::SweepError),
    /// The broker cannot be used.
    #[error(transparent)]
    Broker(#[from] crate::machines::BrokerError),
    /// A worker ends early.
    #[error(transparent)]
    Worker(#[from] crate::machines::worker::WorkerError),
    /// Questions as they are typed do not travel.
    #[error("--broker answers the questions of folders; a file of questions as they are typed is answered here")]
    TypedAtBroker,
    /// The runs of a sweep cannot be carried out by workers.
    #[error(transparent)]
    Runs(#[from] crate::machines::runs::RunsError),
    /// A run cannot use a broker.
    #[error(transparent)]
    Remote(#[from] crate::machines::learner::RemoteError),
    /// A run on a cluster cannot be begun.
    #[error("{0}")]
    Launch(String),
    /// The program was built with changes that are in no commit.
    #[error(
        "this program was not built from a clean commit: commit the changes and build it again, or leave out --require-clean"
    )]
    NotClean,
    /// Records of problems cannot be kept.
    #[error(transparent)]
    Synth(#[from] crate::synth::RecordError),
    /// A folder has records of other settings.
    #[error("{} has problems of other settings ({known}): give another folder with --out", path.display())]
    OtherSettings {
        /// The folder.
        path: std::path::PathBuf,
        /// The digest of its settings.
        known: String,
    },
    /// No problem is chosen.
    #[error("no problem is chosen: there are {0}, numbered from 0")]
    NoProblem(usize),
    /// A network cannot be read.
    #[error(transparent)]
    Network(#[from] crate::network::checkpoint::CheckpointError),
}

/// Version and git commit, as `--version` prints them.
static VERSION_TEXT: LazyLock<String> = LazyLock::new(|| format!("{VERSION} ({COMMIT})"));

/// Parses the command line and carries it out.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help may go to a closed pipe.
            let _ = error.print();
            return if error.use_stderr() { Status::Trouble.into() } else { Status::Fine.into() };
        }
    };
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    };
    let color = cli.global.color.applies(io::stdout().is_terminal());
    let context = Context { verbosity, color, pretty: cli.global.pretty, progress: Progress::new(verbosity) };
    logging::start(&cli.global, &context.progress);
    start_pool();
    if let Err(error) = crate::memory::configure() {
        complain(&context.progress, &error);
        return Status::Trouble.into();
    }
    crate::run::interrupt::watch_parent(matches!(cli.command, Command::Selfplay(_)));
    let result = match &cli.command {
        Command::Check(args) => check::run(args, &context),
        Command::Completions(args) => completions::completions(args),
        Command::Devices(args) => devices::run(args, &context),
        Command::Eval(args) => eval::run(args, &context),
        Command::Explain(args) => explain::run(args, &context),
        Command::Export(args) => export::run(args, &context),
        Command::Generate(args) => generate::run(args, &context),
        Command::Import(args) => import::run(args, &context),
        Command::Launch(args) => launch::run(args, &context),
        Command::Man(args) => completions::man(args, &context),
        Command::Prove(args) => prove::run(args, &context),
        Command::Refute(args) => refute::run(args, &context),
        Command::Repl(args) => repl::run(args, &context),
        Command::Report(args) => report::run(args, &context),
        Command::Runs(args) => runs::run(args, &context),
        Command::Selfplay(args) => selfplay::run(args, &context),
        Command::Solve(args) => solve::run(args, &context),
        Command::Sweep(args) => sweep::run(args, &context),
        Command::Synth(args) => synth::run(args, &context),
        Command::Worker(args) => worker::run(args, &context),
        Command::Workers(args) => workers::run(args, &context),
    };
    let status = result.unwrap_or_else(|error| {
        complain(&context.progress, &error);
        Status::Trouble
    });
    status.into()
}

/// Bounds the number of threads of the global pool if the environment sets it, since rayon takes any number.
fn start_pool() {
    if std::env::var_os(threads::RAYON).is_some() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads::count(0));
        if let Err(error) = pool.build_global() {
            tracing::warn!("{} is ignored: {error}", threads::RAYON);
        }
    }
}

/// A switch that is on by default.
fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be `on` or `off`".into()),
    }
}

/// Says an error on standard error; one that is closed must not end the program.
fn complain(progress: &Progress, error: &dyn std::fmt::Display) {
    progress.record(&format!("error: {error}"));
    progress.suspend(|| {
        let _ = writeln!(io::stderr(), "error: {}", visible_lines(&error.to_string()));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_help_and_examples() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Examples:"), "{help}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{}: {}", command.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn colours_follow_the_flag() {
        assert!(Color::Always.applies(false));
        assert!(!Color::Never.applies(true));
        assert!(!Color::Auto.applies(false));
    }

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("prover").chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_line_is_stable() {
        let right = [
            "check a.p",
            "check a.p - b.p --format json --axioms",
            "check --format human a.p -v",
            "check --watch a.p --pretty",
            "completions bash",
            "launch slurm --workers 3 --gpus 1 --mem 50G --time 10:00:00 --dry-run -- selfplay --theory T --goals G",
            "man DIR",
            "devices",
            "devices --format json --software",
            "eval --math D",
            "eval --math D --policy P --split interpolate --split extrapolate --modules a,b --questions 3 --format csv --wrong W",
            "eval --math D --nodes 9 --alg beam --seed 3",
            "eval --theory T --goals G",
            "eval --theory T --goals G --goals H --policy P --policy Q --nodes 10,30 --seconds 0.5 --seed 3 --threads 1",
            "eval --theory T --draw 9 --exclude G --save F --untrained tiny --format csv --precision bf16",
            "explain",
            "explain unknown-name",
            "export --to rocq a.p -o a.v",
            "export --to rocq a.p b.p --output a.v --native --force",
            "export --to lean4export - -o a.ndjson",
            "import --from tip a.smt2 -o a.peano --goals b.peano",
            "import a.smt2",
            "prove --theory T --goal S",
            "prove --theory T --goals G --policy uniform --nodes 1000 --seconds 0.5 --seed 3 --save F",
            "prove --theory T --goals G --goals H --eqsat --in-order --no-lemmas",
            "prove --theory T --goals G --policy runs/x/checkpoints/iteration-0001 --color never -q",
            "prove --theory T --goals G --models off",
            "refute --theory T --goal S",
            "refute --theory T --goals G --goals H --seconds 0.5 --seed 3 --format json --pretty",
            "repl",
            "repl --theory T --goal S --policy runs/x --seed 3",
            "repl --theory T --color never -q",
            "selfplay --theory T --goals G",
            "selfplay --theory T --goals G --iterations 2 --conjectures 9 --nodes 10 --train-steps 3 --model base \
             --alpha 3e-4 --alpha-schedule quadratic --seed 7 --out D --config F --threads 2 --keep-going",
            "selfplay --resume D --iterations 20",
            "selfplay --theory T --goals G --device wgpu:1",
            "selfplay --math D --modules a,b --questions 10 --alg beam --width 3 --hindsight 0",
            "solve Q",
            "solve Q --policy P --alg mcts --samples 3 --nodes 9 --seed 1 --precision bf16",
            "solve - --alg sampling --tree-out json",
            "solve Q --alg beam --width 4 --graph-out svg",
            "solve Q --graph-out python",
            "selfplay --theory T --goals G --dry-run --require-clean --learning-rate 1e-4 --tests off",
            "prove --theory T --goals G --save-trees 3 --trees D",
            "solve Q --save-trees 1",
            "sweep F",
            "synth F G --policy uniform --alg smc --width 9 --public 3 --group types --top-k 3 --nucleus 0.9 --entropy 2",
            "synth --math D --modules a,b --split extrapolate --untrained nano --decode tokens --chunk entropy --complete 2 \
             --without states,network --prefix certainty:0.2 --prefix-temperature 2 --variant names --indices 1,2 --rerun",
            "runs",
            "runs A B --sort -alpha --where alpha=0.2 --where state!=failed --format csv",
            "report A B -o P",
            "report A --attention questions",
            "report A --serve --bind 127.0.0.1:0",
            "sweep F --jobs 2 --rerun --out D --dry-run --require-clean",
            "selfplay --theory T --goals G --broker redis://h:1/2 --worker-threads 4",
            "worker --broker redis://h:1/2 --threads 2 --device cpu --cache D --name N --lease 5 --patience 9",
            "workers --broker redis://h:1/2 --format json",
        ];
        for line in right {
            parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        let wrong = [
            "",
            "check",
            "completions tcl",
            "man",
            "check a.p --format xml",
            "export a.p -o a.v",
            "export --to rocq a.p",
            "export --to rocq -o a.v",
            "export --to isabelle a.p -o a.thy",
            "import --from coq a.v",
            "prove --theory T",
            "prove --goal S",
            "prove --theory T --goal S --goals G",
            "prove --theory T --goal S --seconds 0",
            "prove --theory T --goal S --seconds nan",
            "prove --theory T --goal S --nodes 0",
            "refute --theory T",
            "refute --theory T --goal S --goals G",
            "refute --theory T --goal S --seconds -1",
            "prove --theory T --goal S --models maybe",
            "eval",
            "eval --math D --split train-easy",
            "eval --math D --theory T",
            "eval --math D --draw 3",
            "eval --theory T",
            "eval --theory T --goals G --draw 3",
            "eval --theory T --goals G --exclude G",
            "eval --theory T --goals G --modules a",
            "eval --theory T --goals G --alg beam",
            "eval --theory T --goals G --select ucb",
            "prove --theory T --goal S --c -1",
            "prove --theory T --goal S --temperature 0",
            "eval --theory T --goals G --nodes 0",
            "eval --theory T --draw 0",
            "selfplay --model huge",
            "sweep",
            "synth",
            "synth F --math D",
            "synth F --programs 0",
            "synth F --instances 1",
            "synth F --prefix nodes:0",
            "synth F --prefix-temperature 2",
            "synth F --nucleus 0",
            "synth F --indices 1 --start 2",
            "sweep F --jobs 0",
            "runs --where alpha",
            "report",
            "report A --bind 127.0.0.1:0",
            "selfplay --math D --theory T",
            "solve",
            "solve Q --alg dfs",
            "solve Q --tree-out png",
            "solve Q --tree-out svg --format json",
            "solve Q --samples 0",
            "selfplay --device abacus",
            "selfplay --alpha-schedule cubed",
            "selfplay --resume D --out E",
            "selfplay --resume D --config F",
            "check a.p -q -v",
            "explain unknown-name other",
            "worker",
            "worker --broker redis://h --lease 0",
            "launch slurm --workers 3",
            "launch slurm --workers 0 -- selfplay",
            "workers",
            "selfplay --theory T --goals G --worker-threads 4",
        ];
        for line in wrong {
            let error = parse(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
