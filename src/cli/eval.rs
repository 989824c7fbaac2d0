//! `prover eval`: how many questions of a test are answered.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use clap::{Args, ValueEnum};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::policy::{Policy, QuestionPolicyArgs, trained_on};
use super::solve::SearchArgs;
use super::{CliError, Context, Status, output};
use crate::answer::data::{Part, Selection, Set, Split as _, Test};
use crate::answer::evaluation::{Asked, ModuleScore, Summary, evaluate, refusal};
use crate::run::write_atomic;
use crate::threads;

/// Arguments of `prover eval`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EvalArgs {
    /// Folder of the questions: interpolate/MODULE.txt and extrapolate/MODULE.txt, questions and answers on lines in
    /// turn
    #[arg(long, value_name = "DATA")]
    pub math: PathBuf,
    /// What guides the search.
    #[command(flatten)]
    pub policy: QuestionPolicyArgs,
    /// Split to test on; several may be given [default: all that the folder has]
    #[arg(long, value_enum, value_name = "SPLIT")]
    pub split: Vec<Test>,
    /// Test these modules only, such as numbers__gcd,numbers__lcm
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub modules: Vec<String>,
    /// Questions of each module, drawn with the seed; all if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub questions: Option<u32>,
    /// How the search explores.
    #[command(flatten)]
    pub search: SearchArgs,
    /// How to write the figures
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Write the questions that were not answered rightly to this file, a JSON object a line
    #[arg(long, value_name = "FILE")]
    pub wrong: Option<PathBuf>,
    /// Threads; 0 takes all cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
}

/// Forms of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table, a split after the other, each with the mean over its modules
    #[default]
    Table,
    /// A line for each module and split
    Csv,
    /// One JSON object
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover eval --math mathematics
  prover eval --math mathematics --policy runs/math --split interpolate --format csv > scores.csv
  prover eval --math mathematics --modules numbers__gcd,numbers__lcm --questions 50 --wrong wrong.jsonl

Exact answers are right as texts; those that are right by value may be written otherwise. The mean is over modules. The \
time is that of one question on one thread. A network that was trained on questions of the test is refused; a network \
without a list of the questions that it was trained on is, too.

Exit status: 0 the questions were asked, 2 the command could not do its work.";

/// All figures, as JSON has them.
#[derive(Debug, Serialize)]
struct Scores {
    splits: Vec<Summary>,
    modules: Vec<ModuleScore>,
}

/// Carries out the command.
///
/// # Errors
/// When the data or the policy cannot be read, the policy was trained on the test, or the figures cannot be written.
pub fn run(args: &EvalArgs, context: &Context) -> Result<Status, CliError> {
    let parts = parts(args)?;
    let policy = Policy::load_for_questions(&args.policy)?;
    if let Some(reason) = refusal(&parts, trained_on(&args.policy)?.as_ref()) {
        return Err(CliError::TrainedOnTest(reason));
    }
    let total: usize = parts.iter().map(|part| part.pairs.len()).sum();
    let phase = context.progress.phase("answering", total as u64);
    let wrong = Mutex::new(Vec::new());
    let options = args.search.options();
    let hear = |asked: Asked<'_>| {
        phase.inc(1);
        if args.wrong.is_some() && !asked.is_exact {
            // Strings and numbers: there is nothing that serde_json could refuse.
            let line = serde_json::to_string(&asked).unwrap_or_default() + "\n";
            wrong.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
        }
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads::count(args.threads)).build();
    let pool = pool.map_err(|error| CliError::Drive(error.into()))?;
    let modules: Vec<ModuleScore> =
        pool.install(|| parts.iter().map(|part| evaluate(part, policy.evaluator(), &options, &hear)).collect());
    phase.finish();
    if let Some(path) = &args.wrong {
        let mut lines = wrong.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        lines.sort();
        let written = write_atomic(path, lines.concat().as_bytes());
        written.map_err(|source| CliError::Save { path: path.clone(), source })?;
    }
    let scores = Scores { splits: Summary::of(&modules), modules };
    let mut out = output::stdout();
    write(&scores, args.format, &mut out).and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(Status::Fine)
}

/// The questions.
fn parts(args: &EvalArgs) -> Result<Vec<Part<Test>>, CliError> {
    let splits = if args.split.is_empty() { Test::of(&args.math) } else { args.split.clone() };
    let selection = Selection { modules: args.modules.clone(), most: args.questions.map(|most| most as usize) };
    let mut rng = ChaCha8Rng::seed_from_u64(args.search.seed);
    Ok(Set::<Test>::load(&args.math, &splits, &selection, &mut rng)?.into_parts())
}

fn write(scores: &Scores, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => write_table(scores, out),
        Format::Csv => {
            writeln!(
                out,
                "split,module,questions,exact,by_value,unanswered,accuracy,accuracy_by_value,confidence,seconds"
            )?;
            for score in &scores.modules {
                let ModuleScore { split, module, questions, exact, by_value, unanswered, .. } = score;
                let (accuracy, value, confidence) = (score.accuracy(), score.accuracy_by_value(), score.confidence);
                let seconds = score.seconds;
                writeln!(
                    out,
                    "{split},{module},{questions},{exact},{by_value},{unanswered},{accuracy:.4},{value:.4},{confidence:.4},{seconds:.6}"
                )?;
            }
            Ok(())
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, scores)?;
            writeln!(out)
        }
    }
}

fn write_table(scores: &Scores, out: &mut dyn Write) -> io::Result<()> {
    let width = scores.modules.iter().map(|score| score.module.len()).max().unwrap_or(0).max("mean over modules".len());
    for summary in &scores.splits {
        writeln!(
            out,
            "{:<width$}  {:>9}  {:>7}  {:>8}  {:>10}  {:>6}",
            summary.split, "questions", "exact %", "value %", "confidence", "ms"
        )?;
        let mut row = |name: &str, questions: usize, [exact, value, confidence, seconds]: [f64; 4]| {
            let (exact, value, milliseconds) = (100.0 * exact, 100.0 * value, 1e3 * seconds);
            writeln!(
                out,
                "{name:<width$}  {questions:>9}  {exact:>7.1}  {value:>8.1}  {confidence:>10.3}  {milliseconds:>6.1}"
            )
        };
        for score in scores.modules.iter().filter(|score| score.split == summary.split) {
            let figures = [score.accuracy(), score.accuracy_by_value(), score.confidence, score.seconds];
            row(&score.module, score.questions, figures)?;
        }
        let figures = [summary.mean_exact, summary.mean_by_value, summary.mean_confidence, summary.mean_seconds];
        row("mean over modules", summary.questions, figures)?;
        writeln!(out)?;
    }
    Ok(())
}
