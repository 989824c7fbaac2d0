//! `prover eval` on questions: the share of a data set that is answered.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{EvalArgs, Format};
use crate::answer::data::{Pair, Part, Selection, Set, Split as _, Test};
use crate::answer::evaluation::{Asked, ModuleScore, Outcome, Summary, evaluate, refusal};
use crate::answer::typed::{self, Figures, Tally, Verdict};
use crate::cli::policy::{Policy, QuestionPolicyArgs, lexicon, trained_on};
use crate::cli::worker::unique_name;
use crate::cli::{CliError, Context, Status, output};
use crate::machines::evaluation::outcomes;
use crate::run::write_atomic;
use crate::threads;

/// The default number of states to expand for a question.
const NODES: u64 = 200;

/// The flags of tests with questions.
#[derive(Clone, Debug, Args)]
pub struct QuestionArgs {
    /// With --math: split to test on; several may be given [default: all that the folder has]
    #[arg(long, value_enum, value_name = "SPLIT")]
    pub split: Vec<Test>,
    /// With --math: test these modules only, such as numbers__gcd,numbers__lcm
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub modules: Vec<String>,
    /// With --math: questions of each module, drawn with the seed; all if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub questions: Option<u32>,
    /// With --math: write the questions that were not answered rightly to this file, a JSON object a line
    #[arg(long, value_name = "FILE")]
    pub wrong: Option<PathBuf>,
}

/// All figures, as JSON has them.
#[derive(Debug, Serialize)]
struct Scores {
    splits: Vec<Summary>,
    modules: Vec<ModuleScore>,
}

/// Asks the questions of a folder.
pub(super) fn run(data: &Path, args: &EvalArgs, context: &Context) -> Result<Status, CliError> {
    let policy = match &args.policy[..] {
        [_, _, ..] => return Err(CliError::Several("--policy")),
        given => QuestionPolicyArgs { policy: given.first().cloned(), compute: args.compute.clone() },
    };
    let nodes = match args.nodes[..] {
        [_, _, ..] => return Err(CliError::Several("--nodes")),
        [nodes] => nodes.into(),
        [] => NODES,
    };
    if data.extension().is_some_and(|end| end == "jsonl") {
        if args.workers.broker.is_some() {
            return Err(CliError::TypedAtBroker);
        }
        return run_typed(data, args, &policy, nodes, context);
    }
    let parts = parts(data, args)?;
    if let Some(reason) = refusal(&parts, trained_on(&policy)?.as_ref()) {
        return Err(CliError::TrainedOnTest(reason));
    }
    let policy = Policy::load_for_questions(&policy)?;
    let total: usize = parts.iter().map(|part| part.pairs.len()).sum();
    let phase = context.progress.phase("answering", total as u64);
    let wrong = Mutex::new(Vec::new());
    let mut options = args.explore.options(nodes, args.seed);
    options.search = args.rule.over(options.search);
    let hear = |asked: Asked<'_>| {
        phase.inc(1);
        if args.questions.wrong.is_some() && !asked.is_exact {
            // Strings and numbers: there is nothing that serde_json could refuse.
            let line = serde_json::to_string(&asked).unwrap_or_default() + "\n";
            wrong.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
        }
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads::count(args.threads)).build();
    let pool = pool.map_err(|error| CliError::Drive(error.into()))?;
    let modules: Vec<ModuleScore> = match args.workers.connect()? {
        None => pool.install(|| parts.iter().map(|part| evaluate(part, policy.evaluator(), &options, &hear)).collect()),
        Some((broker, folder)) => {
            let all: Vec<(&Part<Test>, &Pair)> =
                parts.iter().flat_map(|part| part.pairs.iter().map(move |pair| (part, pair))).collect();
            let pairs: Vec<&Pair> = all.iter().map(|(_, pair)| *pair).collect();
            let hear = |place: usize, outcome: &Outcome| hear(outcome.asked(all[place].0, all[place].1));
            let name = format!("eval-{}", unique_name());
            let outcomes = outcomes((broker, &name), &pairs, policy.as_network(), &options, &folder, &hear)?;
            let mut rest = &outcomes[..];
            let score = |part: &Part<Test>| {
                let (own, others) = rest.split_at(part.pairs.len());
                rest = others;
                ModuleScore::of(part, own)
            };
            parts.iter().map(score).collect()
        }
    };
    phase.finish();
    if let Some(path) = &args.questions.wrong {
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

/// Asks the questions of a file as they were typed.
fn run_typed(
    file: &Path,
    args: &EvalArgs,
    policy: &QuestionPolicyArgs,
    nodes: u64,
    context: &Context,
) -> Result<Status, CliError> {
    let questions = typed::load(file)?;
    let part = Part {
        split: Test::Interpolate,
        module: String::new(),
        pairs: questions.iter().map(|typed| Pair { question: typed.question.clone(), answer: String::new() }).collect(),
    };
    if let Some(reason) = refusal(&[part], trained_on(policy)?.as_ref()) {
        return Err(CliError::TrainedOnTest(reason));
    }
    let (words, policy) = (lexicon(policy)?, Policy::load_for_questions(policy)?);
    let phase = context.progress.phase("answering", questions.len() as u64);
    let mut options = args.explore.options(nodes, args.seed);
    options.search = args.rule.over(options.search);
    let least = args.least.min_confidence;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads::count(args.threads)).build();
    let pool = pool.map_err(|error| CliError::Drive(error.into()))?;
    let outcomes =
        pool.install(|| typed::evaluate(&questions, &words, policy.evaluator(), &options, least, &|| phase.inc(1)));
    phase.finish();
    if let Some(path) = &args.questions.wrong {
        let missed = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Right);
        let lines: String = missed.map(|outcome| serde_json::to_string(outcome).unwrap_or_default() + "\n").collect();
        write_atomic(path, lines.as_bytes()).map_err(|source| CliError::Save { path: path.clone(), source })?;
    }
    let mut out = output::stdout();
    let figures = Figures::of(&outcomes);
    write_figures(&figures, args.format, &mut out).and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(Status::Fine)
}

fn write_figures(figures: &Figures, format: Format, out: &mut dyn Write) -> io::Result<()> {
    let kinds = figures.kinds.iter().map(|(kind, tally)| (kind.as_str(), *tally));
    match format {
        Format::Table => {
            writeln!(out, "{:<14}  {:>9}  {:>5}  {:>5}  {:>7}", "kind", "questions", "right", "wrong", "refused")?;
            for (kind, tally) in kinds.chain([("all", figures.all)]) {
                let Tally { right, wrong, refused } = tally;
                writeln!(out, "{kind:<14}  {:>9}  {right:>5}  {wrong:>5}  {refused:>7}", tally.total())?;
            }
            writeln!(out, "\n{:<14}  {:>9}  {:>7}  {:>10}", "confidence", "answers", "right %", "confidence")?;
            for (index, bin) in figures.calibration.iter().enumerate() {
                let range = format!("{:.1} to {:.1}", index as f64 / 10.0, (index + 1) as f64 / 10.0);
                let share = 100.0 * bin.right as f64 / bin.answers.max(1) as f64;
                writeln!(out, "{range:<14}  {:>9}  {share:>7.1}  {:>10.3}", bin.answers, bin.confidence)?;
            }
            Ok(())
        }
        Format::Csv => {
            writeln!(out, "kind,questions,right,wrong,refused")?;
            for (kind, Tally { right, wrong, refused }) in kinds {
                writeln!(out, "{kind},{},{right},{wrong},{refused}", right + wrong + refused)?;
            }
            Ok(())
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, figures)?;
            writeln!(out)
        }
    }
}

/// The questions.
fn parts(data: &Path, args: &EvalArgs) -> Result<Vec<Part<Test>>, CliError> {
    let QuestionArgs { split, modules, questions, .. } = &args.questions;
    let splits = if split.is_empty() { Test::of(data) } else { split.clone() };
    let selection = Selection { modules: modules.clone(), most: questions.map(|most| most as usize) };
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    Ok(Set::<Test>::load(data, &splits, &selection, &mut rng)?.into_parts())
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
