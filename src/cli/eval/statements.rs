//! `prover eval` on statements: the share that each policy proves.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::{EvalArgs, Format};
use crate::cli::policy::{Policy, PolicyArgs, PolicyChoice};
use crate::cli::prove::positive_seconds;
use crate::cli::worker::unique_name;
use crate::cli::{CliError, Context, Status, output};
use crate::evaluation::drawn::{Draw, EASY_NODES, drawn};
use crate::evaluation::{
    Contest, Contestant, Corpus, Limit, Outcome, Quality, Report, Trial, Trials, untrained, untrained_like,
};
use crate::machines::evaluation::{Guide, trials};
use crate::network::Uniform;
use crate::network::model::Size;
use crate::prove::{Lemmas, Statement, World, WorldError};
use crate::run::write_new;
use crate::theory::goals::Sorts;

/// The flags of tests with statements.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("test").args(["goals", "draw"])))]
pub struct StatementArgs {
    /// With --theory: goal set to prove: a built-in name or a path; several may be given
    #[arg(long, value_name = "GOALS")]
    pub goals: Vec<String>,
    /// With --theory: prove so many statements that are drawn with the seed: distinct, true in models, not proved at
    /// once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub draw: Option<u32>,
    /// With --draw: goal set whose statements are not drawn, however their variables are called and their premises are
    /// ordered; several may be given
    #[arg(long, value_name = "GOALS", requires = "draw", conflicts_with = "goals")]
    pub exclude: Vec<String>,
    /// With --draw: nodes within which uniform search proves statements that are too easy to be drawn; 0 admits all.
    /// Statements that need lemmas or a good policy are those that it does not prove within hundreds
    #[arg(long, value_name = "N", requires = "draw", conflicts_with = "goals", default_value_t = EASY_NODES)]
    pub easy_nodes: u64,
    /// With --draw: write the statements to this file, which must be new, as a goal set
    #[arg(long, value_name = "FILE", requires = "draw", conflicts_with = "goals")]
    pub save: Option<PathBuf>,
    /// With --theory: attempt each statement within so many seconds, too, with no limit of nodes
    #[arg(long, value_name = "S", value_parser = positive_seconds)]
    pub seconds: Option<f64>,
    /// With --theory: compare with an untrained network of this size, too
    #[arg(long, value_enum, value_name = "SIZE")]
    pub untrained: Option<Size>,
}

/// All figures, as JSON has them.
#[derive(Serialize)]
struct Figures<'a> {
    theory: &'a str,
    seed: u64,
    statements: &'a [Statement],
    outcomes: &'a [Outcome],
    qualities: &'a [Quality],
    trials: &'a [Trials],
}

/// Attempts statements of a theory.
pub(super) fn run(theory: &str, args: &EvalArgs, context: &Context) -> Result<Status, CliError> {
    let lemmas = Lemmas::new(theory);
    let policies = policies(args)?;
    let mut world = lemmas.world()?;
    world.tactics.options = args.rule.over(world.tactics.options);
    let statements = statements(args, &lemmas, &world, context)?;
    let untrained = network(theory, args, &policies, &statements)?;
    let mut contestants = vec![Contestant { name: "uniform".into(), evaluator: &Uniform }];
    for (name, policy) in untrained.iter().chain(&policies) {
        contestants.push(Contestant { name: name.clone(), evaluator: policy.evaluator() });
    }
    let mut contest = Contest {
        seconds: args.statements.seconds,
        seed: args.seed,
        threads: args.threads,
        ..Contest::new(&world, &lemmas, &statements)
    };
    if !args.nodes.is_empty() {
        contest.nodes = args.nodes.iter().map(|&nodes| nodes.into()).collect();
        contest.nodes.sort_unstable();
        contest.nodes.dedup();
    }
    let phase = context.progress.phase("proving", contest.attempts(contestants.len()) as u64);
    let solved = AtomicUsize::new(0);
    let hear = |trial: &Trial| {
        let solved = solved.fetch_add(usize::from(trial.is_solved), Ordering::Relaxed) + usize::from(trial.is_solved);
        phase.message(format!("{solved} proved"));
        phase.inc(1);
    };
    let report = match args.workers.connect()? {
        None => contest.hold(&contestants, &hear),
        Some((broker, folder)) => {
            let uniform = Guide { name: "uniform".into(), network: None };
            let guides: Vec<Guide<'_>> =
                [uniform].into_iter().chain(untrained.iter().chain(&policies).map(guide_of)).collect();
            let name = format!("eval-{}", unique_name());
            let trials = trials((broker, &name), theory, &contest, &guides, &folder, &hear)?;
            contest.report(&contestants, trials)
        }
    };
    phase.finish();
    let mut out = output::stdout();
    let written = match args.format {
        Format::Table => write_tables(&report, &contest.limits(), statements.len(), &mut out),
        Format::Csv => write_csv(&report, &mut out),
        Format::Json => {
            let Report { trials, outcomes, qualities } = &report;
            let figures = Figures { theory, seed: args.seed, statements: &statements, outcomes, qualities, trials };
            serde_json::to_writer_pretty(&mut out, &figures).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
    };
    written.and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(Status::Fine)
}

fn guide_of((name, policy): &(String, Policy)) -> Guide<'_> {
    Guide { name: name.clone(), network: policy.as_network() }
}

/// The networks that are given, with their names, each once.
fn policies(args: &EvalArgs) -> Result<Vec<(String, Policy)>, CliError> {
    let mut paths: Vec<&Path> = Vec::new();
    for choice in &args.policy {
        match choice {
            PolicyChoice::Directory(path) if !paths.contains(&path.as_path()) => paths.push(path),
            // It is always there.
            PolicyChoice::Uniform | PolicyChoice::Directory(_) => {}
        }
    }
    let load = |path: &Path| {
        let policy = PolicyChoice::Directory(path.to_owned());
        let policy = Policy::load(&PolicyArgs { policy, compute: args.compute.clone() })?;
        Ok((path.display().to_string(), policy))
    };
    paths.into_iter().map(load).collect()
}

/// The untrained network, if it is asked for, with the tokenizer of the first network that is given.
fn network(
    theory: &str,
    args: &EvalArgs,
    policies: &[(String, Policy)],
    statements: &[Statement],
) -> Result<Option<(String, Policy)>, CliError> {
    let Some(size) = args.statements.untrained else { return Ok(None) };
    let like = policies.iter().find_map(|(_, policy)| match policy {
        Policy::Network(network) => Some(network.tokenizer().clone()),
        Policy::Uniform(_) => None,
    });
    let network = match like {
        Some(tokenizer) => untrained_like(tokenizer, size, args.seed)?,
        None => untrained(theory, statements, Corpus::Theory, size, args.seed)?,
    };
    Ok(Some((format!("untrained {size}"), Policy::ready(network, &args.compute))))
}

/// The statements to attempt.
fn statements(args: &EvalArgs, lemmas: &Lemmas, world: &World, context: &Context) -> Result<Vec<Statement>, CliError> {
    let StatementArgs { goals, draw, exclude, easy_nodes, save, .. } = &args.statements;
    // A test without one of its statements is another test.
    let all = |sets: &[String]| -> Result<Vec<Statement>, WorldError> {
        lemmas.each_goal(sets, Sorts::Propositions)?.into_iter().map(|goal| goal.map_err(WorldError::Goal)).collect()
    };
    let Some(count) = *draw else { return Ok(all(goals)?) };
    let exclude: Vec<String> = all(exclude)?.into_iter().map(|statement| statement.text).collect();
    let phase = context.progress.phase("drawing", count.into());
    let draw = Draw { exclude: &exclude, easy_nodes: *easy_nodes, ..Draw::new(count as usize, args.seed) };
    let statements = drawn(world, draw, &|| phase.inc(1))?;
    phase.finish();
    if let Some(path) = save {
        let lines = statements.iter().map(|Statement { name, text }| format!("{name} : {text}.\n"));
        let written = write_new(path, lines.collect::<String>().as_bytes());
        written.map_err(|source| CliError::Save { path: path.clone(), source })?;
    }
    Ok(statements)
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// A figure that there may not be.
fn optional(value: Option<f64>, written: impl Fn(f64) -> String) -> String {
    value.map_or("-".into(), written)
}

/// A p-value.
fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") }
}

/// Writes a table: the first column to the left, the others to the right.
fn write_table(rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
        writeln!(out, "{}", cells.collect::<String>().trim_end())?;
    }
    Ok(())
}

/// Writes the shares solved, the comparisons with the first contestant, and the quality of the networks: a row for each
/// contestant.
fn write_tables(report: &Report, limits: &[Limit], statements: usize, out: &mut dyn Write) -> io::Result<()> {
    let header = |first: String, more: &[&str]| -> Vec<String> {
        let limits = limits.iter().map(ToString::to_string);
        [first].into_iter().chain(limits).chain(more.iter().map(ToString::to_string)).collect()
    };
    // Contestant by contestant, each with all limits.
    let rows = || report.outcomes.chunks(limits.len().max(1));
    let solved = rows().map(|outcomes| {
        let share = |outcome: &Outcome| {
            let [low, high] = [outcome.interval.low, outcome.interval.high].map(percent);
            format!("{} [{low}, {high}]", percent(outcome.share))
        };
        let last = outcomes.iter().rfind(|outcome| matches!(outcome.limit, Limit::Nodes(_)));
        let figures = [
            optional(last.map(|outcome| outcome.exhausted as f64 / outcome.statements.max(1) as f64), percent),
            optional(last.and_then(|outcome| outcome.nodes_to_proof), |nodes| format!("{nodes:.1}")),
            optional(last.map(|outcome| outcome.nodes_per_second), |rate| format!("{rate:.0}")),
            optional(outcomes.last().map(|outcome| outcome.judged), percent),
        ];
        [name(outcomes)].into_iter().chain(outcomes.iter().map(share)).chain(figures).collect()
    });
    let first = header(format!("% of {statements} solved"), &["exhausted %", "nodes/proof", "nodes/s", "judged %"]);
    write_table(&[first].into_iter().chain(solved).collect::<Vec<_>>(), out)?;
    let faults: usize = report.outcomes.iter().map(|outcome| outcome.faults).sum();
    if faults > 0 {
        tracing::warn!("some attempts ended in a fault of the program, and count as not solved");
    }
    let against = rows().filter(|outcomes| outcomes.iter().all(|outcome| outcome.against.is_some())).map(|outcomes| {
        let compared = |outcome: &Outcome| {
            outcome.against.as_ref().map_or(String::new(), |against| {
                let [low, high] = [against.interval.low, against.interval.high].map(|end| 100.0 * end);
                let (difference, paired) = (100.0 * against.difference, against.paired);
                let p = probability(against.p_value);
                format!("{difference:+.1} [{low:+.1}, {high:+.1}] {}:{} p {p}", paired.wins, paired.losses)
            })
        };
        [name(outcomes)].into_iter().chain(outcomes.iter().map(compared)).collect()
    });
    let against: Vec<Vec<String>> = against.collect();
    if let (Some(other), false) = (report.trials.first(), against.is_empty()) {
        writeln!(out)?;
        let first = header(format!("points above {}", other.contestant), &[]);
        write_table(&[first].into_iter().chain(against).collect::<Vec<_>>(), out)?;
    }
    if let Some(any) = report.qualities.first() {
        writeln!(out)?;
        let [solved, others] = any.states;
        let first = [
            format!("{} decisions, {solved} states solved, {others} not", any.decisions),
            "top-1 %".into(),
            "log-likelihood".into(),
            "Brier".into(),
            "KL".into(),
        ];
        let judges = report.qualities.iter().map(|quality| {
            let three = |value: f64| format!("{value:.3}");
            vec![
                quality.contestant.clone(),
                optional(quality.top1, percent),
                optional(quality.log_likelihood, three),
                optional(quality.brier, three),
                optional(quality.divergence, three),
            ]
        });
        write_table(&[first.to_vec()].into_iter().chain(judges).collect::<Vec<_>>(), out)?;
    }
    Ok(())
}

/// The name of the contestant whose outcomes these are.
fn name(outcomes: &[Outcome]) -> String {
    outcomes.first().map_or(String::new(), |outcome| outcome.contestant.clone())
}

/// Writes a line for each contestant and limit; missing figures are empty.
fn write_csv(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "policy,limit,unit,statements,solved,share,low,high,exhausted,nodes_to_proof,nodes_per_second,judged,faults,wins,losses,\
         difference,difference_low,difference_high,p_value,top1,log_likelihood,brier,divergence"
    )?;
    let written = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for outcome in &report.outcomes {
        let (limit, unit) = match outcome.limit {
            Limit::Nodes(nodes) => (nodes.to_string(), "nodes"),
            Limit::Seconds(seconds) => (seconds.to_string(), "seconds"),
        };
        let against = outcome.against.as_ref();
        let quality = report.qualities.iter().find(|quality| quality.contestant == outcome.contestant);
        let figures = [
            Some(outcome.share),
            Some(outcome.interval.low),
            Some(outcome.interval.high),
            Some(outcome.exhausted as f64),
            outcome.nodes_to_proof,
            Some(outcome.nodes_per_second),
            Some(outcome.judged),
            Some(outcome.faults as f64),
            against.map(|against| against.paired.wins as f64),
            against.map(|against| against.paired.losses as f64),
            against.map(|against| against.difference),
            against.map(|against| against.interval.low),
            against.map(|against| against.interval.high),
            against.map(|against| against.p_value),
            quality.and_then(|quality| quality.top1),
            quality.and_then(|quality| quality.log_likelihood),
            quality.and_then(|quality| quality.brier),
            quality.and_then(|quality| quality.divergence),
        ];
        let Outcome { contestant, statements, solved, .. } = outcome;
        let figures = figures.map(written).join(",");
        writeln!(out, "{},{limit},{unit},{statements},{solved},{figures}", quoted(contestant))?;
    }
    Ok(())
}

/// A name as a field of CSV (RFC 4180).
fn quoted(name: &str) -> String {
    match name.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}
