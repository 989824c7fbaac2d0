//! `prover prove`: search for proofs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use logos::Logos;

use super::policy::{Policy, PolicyArgs};
use super::refute::Format;
use super::rule::SearchArgs;
use super::solve::TreeFormat;
use super::trees::SaveTreesArgs;
use super::{CliError, Context, Status, complain, output};
use crate::prove::attempt::ExploredGraph;
use crate::prove::goals::{GoalReport, GoalRun};
use crate::prove::models::Tester;
use crate::prove::strategy::Stage;
use crate::prove::tactics::PROOF_SEARCH;
use crate::prove::{Budget, Lemmas, Means, Statement};
use crate::run::progress::Verbosity;
use crate::run::{check_replaceable, write_atomic, write_new};
use crate::syntax::token::Token;
use crate::theory::goals::Sorts;

/// Nodes for a goal if neither nodes nor seconds are given.
const NODES: u64 = 10_000;
/// States judged together when a network guides the search.
const EVAL_BATCH: usize = 8;

/// Arguments of `prover prove`.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["goal", "goals"])), after_help = EXAMPLES)]
pub struct ProveArgs {
    /// Theory: a built-in name or a path
    #[arg(long, value_name = "THEORY")]
    pub theory: String,
    /// Statement to prove, in the Peano language, with or without `NAME :` before it; the proof is printed
    #[arg(long, value_name = "STATEMENT")]
    pub goal: Option<String>,
    /// Goal set: a built-in name or a path; a line for each goal is printed. Several may be given
    #[arg(long, value_name = "GOALS")]
    pub goals: Vec<String>,
    /// The policy that guides the search.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Nodes to expand for each goal, at most; 10000 if not given, no limit if seconds are
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub nodes: Option<u32>,
    /// Seconds for each goal, at most, in every phase; no limit if not given
    #[arg(long, value_name = "S", value_parser = positive_seconds)]
    pub seconds: Option<f64>,
    /// Seed of all randomness
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Look for proofs by these means only: search by single steps, search with equality saturation on each goal (and
    /// lemmas where that gets stuck), completion on the statement; all are tried otherwise, cheap ones first
    #[arg(long, value_enum, value_name = "MEANS", value_delimiter = ',')]
    pub only: Vec<OnlyMeans>,
    /// The same as --only saturation,completion
    #[arg(long, conflicts_with = "only")]
    pub eqsat: bool,
    /// Look for no lemmas
    #[arg(long)]
    pub no_lemmas: bool,
    /// State lemmas inside of a proof, where saturation leaves a goal open; has no effect without --no-lemmas
    #[arg(long, requires = "no_lemmas")]
    pub cuts: bool,
    /// Bring states to their normal forms by the equations of the theory and in scope, where saturation is not tried
    #[arg(long, value_name = "on|off", default_value = "on", value_parser = super::on_or_off, action = clap::ArgAction::Set)]
    pub normal_forms: bool,
    /// Test each goal in models of the theory before searching for a proof of it
    #[arg(long, value_name = "on|off", default_value = "on", value_parser = super::on_or_off, action = clap::ArgAction::Set)]
    pub models: bool,
    /// How searches go.
    #[command(flatten)]
    pub search: SearchArgs,
    /// Prove the goals one after the other, those that are proved being lemmas for those after them
    #[arg(long)]
    pub in_order: bool,
    /// How results are printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// With --goal: print the graph of the last search instead, as JSON or for Graphviz or a browser
    #[arg(
        long,
        value_enum,
        value_name = "json|dot|svg",
        hide_possible_values = true,
        requires = "goal",
        conflicts_with = "format"
    )]
    pub tree_out: Option<TreeFormat>,
    /// Which trees are kept.
    #[command(flatten)]
    pub trees: SaveTreesArgs,
    /// Write the proofs to this file, which must be new and which `prover check` accepts
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// With --save: replace the file if it is there
    #[arg(long, requires = "save")]
    pub force: bool,
}

/// A means by which proofs are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnlyMeans {
    /// Search by single steps
    Search,
    /// Search with equality saturation on each goal, and lemmas where that gets stuck
    Saturation,
    /// Completion, and normal forms by laws, on the statement
    Completion,
}

impl ProveArgs {
    /// The most nodes for a goal.
    fn nodes(&self) -> u64 {
        match (self.nodes, self.seconds) {
            (Some(nodes), _) => nodes.into(),
            (None, None) => NODES,
            (None, Some(_)) => u64::MAX,
        }
    }

    /// The means that are asked for.
    fn means(&self) -> Means {
        let (lemmas, normal_forms) = (!self.no_lemmas, self.normal_forms);
        let is_wanted = |means| match (&self.only[..], self.eqsat) {
            ([], false) => true,
            ([], true) => means != OnlyMeans::Search,
            (only, _) => only.contains(&means),
        };
        let [search, saturation, completion] =
            [OnlyMeans::Search, OnlyMeans::Saturation, OnlyMeans::Completion].map(is_wanted);
        let options = self.search.over(PROOF_SEARCH);
        Means { search, saturation, completion, lemmas, cuts: self.cuts, normal_forms, options }
    }
}

const EXAMPLES: &str = "\
Examples:
  prover prove --theory nat-add --goal \"[('a0 : nat) -> (= (+ z 'a0) 'a0)]\"
  prover prove --theory nat-add --goal \"zero_add : [(a : nat) -> (= (+ z a) a)]\" --save zero-add.peano
  prover prove --theory propositional-logic --goals propositional --nodes 1000
  prover prove --theory nat-add --goals nat-add-hard --policy runs/my-run --save proofs.peano
  prover prove --theory nat-add --goal \"[('a0 : nat) -> ('a1 : nat) -> (= (+ 'a0 'a1) (+ 'a1 'a0))]\" -v
  prover prove --theory groups --goals groups --only completion --format json
  prover prove --theory nat-add --goal \"[('a0 : nat) -> (= (+ z 'a0) 'a0)]\" --only search --tree-out svg > tree.svg
  prover prove --theory nat-add --goals nat-add-hard --only search --save-trees 3
  prover prove --theory nat-pow --goals nat-add-hard --goals nat-mul --goals nat-pow --in-order

A goal that fails in a model of the theory is refuted, and no proof of it is searched for; docs/models.md says more.
Exit status: 0 all goals are proved, 1 some are open, refuted, or cannot be read, 2 none could be read, or something \
else could not be read or written.";

pub(super) fn positive_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds > 0.0 => Ok(seconds),
        _ => Err("must be a number greater than 0".into()),
    }
}

/// The outcome for a goal.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was tried.
    Tried {
        /// The report about it.
        report: Box<GoalReport>,
        /// The statement in infix notation, if people asked for it.
        reading: Option<String>,
    },
    /// It cannot be read, and was left out; its name.
    Unreadable(String),
}

/// Carries out the command.
///
/// # Errors
/// When the theory, the goals or the policy cannot be loaded, or results cannot be written.
pub fn run(args: &ProveArgs, context: &Context) -> Result<Status, CliError> {
    let verbose = context.verbosity == Verbosity::Verbose;
    run_with(args, verbose, &mut output::stdout(), |found| attempt_goals(args, context, found))
}

/// Carries out the command with `search` in the place of [`attempt_goals`].
fn run_with(
    args: &ProveArgs,
    verbose: bool,
    out: &mut dyn Write,
    search: impl FnOnce(&mut dyn FnMut(Outcome)) -> Result<(), CliError>,
) -> Result<Status, CliError> {
    if let Some(path) = &args.save {
        // Before hours of work, not after.
        refuse_to_replace(path, args.force)?;
    }
    let (mut reports, mut unreadable) = (Vec::new(), 0);
    let (mut written, mut kept) = (Ok(()), Ok(()));
    let mut trees = args.trees.keeper();
    search(&mut |outcome| {
        if let Outcome::Tried { report, .. } = &outcome
            && let Some(graph) = &report.graph
            && kept.is_ok()
        {
            kept = trees.keep(&report.name, &report.statement, report.verdict(), &graph.nodes);
        }
        if written.is_ok() {
            written = write_outcome(args, verbose, out, &outcome);
        }
        match outcome {
            Outcome::Tried { report, .. } => reports.push(*report),
            Outcome::Unreadable(_) => unreadable += 1,
        }
    })?;
    kept?;
    let proved = reports.iter().filter(|report| report.proof.is_some()).count();
    let goals = reports.len() + unreadable;
    if args.goal.is_none() && args.format == Format::Text {
        let refuted = match reports.iter().filter(|report| report.refuted.is_some()).count() {
            0 => String::new(),
            count => format!(", {count} refuted"),
        };
        written = written.and_then(|()| writeln!(out, "{proved} of {goals} proved{refuted}"));
    }
    if let Some(path) = &args.save {
        save(&reports, path, args.force)?;
    }
    written.and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(if proved == goals { Status::Fine } else { Status::Wrong })
}

/// Writes the result for a goal.
fn write_outcome(args: &ProveArgs, verbose: bool, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let (report, reading) = match outcome {
        Outcome::Unreadable(name) if args.format == Format::Json => {
            let object = serde_json::json!({ "name": name, "verdict": "unreadable" });
            writeln!(out, "{object}")?;
            return out.flush();
        }
        Outcome::Unreadable(name) => {
            writeln!(out, "{name:<24}  unreadable")?;
            return out.flush();
        }
        Outcome::Tried { report, reading } => (report, reading.as_deref()),
    };
    match (args.tree_out, args.format) {
        (Some(format), _) => write_tree(format, report, out)?,
        (None, Format::Json) => writeln!(out, "{}", written(report))?,
        (None, Format::Text) if args.goal.is_none() => write_line(out, report, reading)?,
        (None, Format::Text) => write_proof(out, report, reading)?,
    }
    if verbose && args.tree_out.is_none() && args.format == Format::Text {
        // Beside a script these are comments, so that it can be checked as it stands.
        let is_script = args.goal.is_some() && report.proof.is_some();
        for stage in &report.stages {
            if is_script { writeln!(out, "/* {stage} */")? } else { writeln!(out, "  {stage}")? }
        }
    }
    out.flush()
}

/// A report as a JSON object.
fn written(report: &GoalReport) -> serde_json::Value {
    let stage = |stage: &Stage| {
        serde_json::json!({
            "means": stage.kind.word(),
            "ended": stage.end.word(),
            "nodes": stage.nodes,
            "seconds": stage.seconds,
            "lemmas": stage.lemmas,
        })
    };
    serde_json::json!({
        "name": report.name,
        "statement": report.statement,
        "verdict": report.verdict(),
        "counterexample": report.refuted,
        "nodes": report.nodes,
        "seconds": report.seconds,
        "terms": report.proof.is_some().then_some(report.size),
        "lemmas": report.lemmas,
        "proof": report.proof,
        "stages": report.stages.iter().map(stage).collect::<Vec<_>>(),
    })
}

/// Writes the graph of the last search; one without states where there was no search.
fn write_tree(format: TreeFormat, report: &GoalReport, out: &mut dyn Write) -> io::Result<()> {
    let none = ExploredGraph::default();
    let graph = report.graph.as_ref().unwrap_or(&none);
    match format {
        TreeFormat::Dot => out.write_all(graph.picture.dot().as_bytes()),
        TreeFormat::Svg => out.write_all(graph.picture.svg().as_bytes()),
        TreeFormat::Json => {
            let tree = serde_json::json!({ "result": written(report), "nodes": graph.nodes });
            serde_json::to_writer_pretty(&mut *out, &tree)?;
            writeln!(out)
        }
    }
}

/// Refuses a path at which there is something that may not be replaced.
fn refuse_to_replace(path: &Path, force: bool) -> Result<(), CliError> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(CliError::Exists { path: path.to_owned() });
    }
    check_replaceable(path).map_err(|source| CliError::Save { path: path.to_owned(), source })
}

/// Writes `NAME  proved|open  NODES nodes  SECONDS s`, for a proof followed by `SIZE terms` and the number of lemmas
/// found; `NAME  refuted  COUNTEREXAMPLE` for a goal that fails in a model.
fn write_line(out: &mut dyn Write, report: &GoalReport, reading: Option<&str>) -> io::Result<()> {
    let GoalReport { name, proof, nodes, seconds, size, lemmas, refuted, .. } = report;
    let verdict = report.verdict();
    let reading = reading.map_or(String::new(), |reading| format!("  {reading}"));
    if let Some(counterexample) = refuted {
        return writeln!(out, "{name:<24}  refuted  {counterexample}{reading}");
    }
    let lemmas = match lemmas {
        0 => String::new(),
        1 => "  1 lemma".to_owned(),
        _ => format!("  {lemmas} lemmas"),
    };
    let size = if proof.is_some() { format!("  {size:>6} terms{lemmas}") } else { String::new() };
    writeln!(out, "{name:<24}  {verdict:<6}  {nodes:>8} nodes  {seconds:>8.3} s{size}{reading}")
}

/// Writes the script, or that there is none, or where the goal fails.
fn write_proof(out: &mut dyn Write, report: &GoalReport, reading: Option<&str>) -> io::Result<()> {
    match &report.proof {
        None if report.refuted.is_some() => {
            writeln!(out, "refuted: {}", report.refuted.as_deref().unwrap_or_default())?;
            reading.map_or(Ok(()), |reading| writeln!(out, "{reading}"))
        }
        Some(proof) => writeln!(out, "{}", proof.trim_end()),
        None => {
            let reading = reading.map_or(String::new(), |reading| format!(": {reading}"));
            let plural = if report.nodes == 1 { "" } else { "s" };
            writeln!(out, "open after {} node{plural} and {:.3} s{reading}", report.nodes, report.seconds)
        }
    }
}

/// The number of other names that are tried for the file of proofs if its name was taken during the search.
const OTHER_NAMES: u32 = 1000;

/// Writes the proofs. An existing file is kept, except with `force`.
fn save(reports: &[GoalReport], path: &Path, force: bool) -> Result<(), CliError> {
    let proofs: Vec<&str> = reports.iter().filter_map(|report| Some(report.proof.as_deref()?.trim_end())).collect();
    let mut text = proofs.join("\n\n");
    text.push('\n');
    let failed = |path: &Path, source| CliError::Save { path: path.to_owned(), source };
    if force {
        return write_atomic(path, text.as_bytes()).map_err(|source| failed(path, source));
    }
    match write_new(path, text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        result => return result.map_err(|source| failed(path, source)),
    }
    // The file was not there when the command began. The proofs are not lost all the same.
    for number in 2..OTHER_NAMES {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        let place = PathBuf::from(name);
        match write_new(&place, text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(&place, source)),
            Ok(()) => return Err(CliError::SavedElsewhere { path: path.to_owned(), place }),
        }
    }
    Err(CliError::Exists { path: path.to_owned() })
}

/// The goals that are asked for.
#[derive(Default)]
struct Goals {
    /// The statements to prove.
    statements: Vec<Statement>,
    /// The names of the goals that cannot be read, each after how many statements come before it.
    unreadable: Vec<(usize, String)>,
}

/// The name of a statement that is given none.
const UNNAMED: &str = "found";

/// The name of a statement, [`UNNAMED`] if it has none, and the statement.
fn named(goal: &str) -> (&str, &str) {
    let mut tokens = Token::lexer(goal).spanned();
    let (first, second) = (tokens.next(), tokens.next());
    match (first, second) {
        (Some((Ok(name), at)), Some((Ok(Token::Colon), colon))) if name.is_name() => (&goal[at], &goal[colon.end..]),
        _ => (UNNAMED, goal),
    }
}

/// Reads the goals, and reports each that cannot be read.
fn goals(args: &ProveArgs, lemmas: &Lemmas, context: &Context) -> Result<Goals, CliError> {
    if let Some(goal) = &args.goal {
        let (name, statement) = named(goal);
        return Ok(Goals { statements: vec![lemmas.goal_of_sort(name, statement, Sorts::Any)?], ..Goals::default() });
    }
    let Goals { mut statements, mut unreadable } = Goals::default();
    for goal in lemmas.each_goal(&args.goals, Sorts::Any)? {
        match goal {
            Ok(statement) => statements.push(statement),
            Err(error) => {
                complain(&context.progress, &error);
                unreadable.push((statements.len(), error.name));
            }
        }
    }
    let is_nothing = statements.is_empty() && !unreadable.is_empty();
    if is_nothing { Err(CliError::NoGoals) } else { Ok(Goals { statements, unreadable }) }
}

/// Loads theory, goals and policy, searches for a proof of each goal, and gives the results to `found` in the order of
/// the goals, each as soon as those before it have ended.
fn attempt_goals(args: &ProveArgs, context: &Context, found: &mut dyn FnMut(Outcome)) -> Result<(), CliError> {
    let lemmas = Lemmas::new(&args.theory);
    let Goals { statements, unreadable } = goals(args, &lemmas, context)?;
    let policy = Policy::load(&args.policy)?;
    let world = lemmas.world()?;
    if let Some(goal) = args.goal.as_deref().map(named).filter(|(name, _)| *name != UNNAMED)
        && world.theory.fork().environment.find(goal.0).is_some()
    {
        return Err(CliError::Taken(goal.0.to_owned()));
    }
    let readings = context.pretty.then(|| {
        let mut theory = world.theory.fork();
        theory.write_infix();
        statements.iter().map(|statement| theory.rewritten(&statement.text)).collect::<Vec<_>>()
    });
    let refuted = match args.models {
        true => Tester::new(world.theory.fork())?.refutations(&statements, args.seconds, args.seed)?,
        false => Vec::new(),
    };
    let phase = context.progress.phase("proving", statements.len() as u64);
    let ended = || phase.inc(1);
    let run = GoalRun {
        statements: &statements,
        evaluator: policy.evaluator(),
        means: args.means(),
        budget: Budget { nodes: args.nodes(), seconds: args.seconds, batch: EVAL_BATCH },
        seed: args.seed,
        graph: args.tree_out.is_some() || args.trees.save_trees > 0,
        refuted: &refuted,
        ended: &ended,
    };
    let mut unreadable = unreadable.into_iter().peekable();
    let mut tried = 0;
    let mut found = |report: Option<GoalReport>| {
        context.progress.suspend(|| {
            while let Some((_, name)) = unreadable.next_if(|&(before, _)| before <= tried) {
                found(Outcome::Unreadable(name));
            }
            if let Some(report) = report {
                let reading = readings.as_ref().map(|readings| readings[report.index].clone());
                found(Outcome::Tried { report: Box::new(report), reading });
            }
        });
        tried += 1;
    };
    if args.in_order {
        run.in_order(lemmas, &mut |report| found(Some(report)))?;
    } else {
        run.each_alone(&lemmas, &world, &mut |report| found(Some(report)));
    }
    // Those behind the last that was tried.
    found(None);
    phase.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::policy::PolicyChoice;
    use clap::Parser;

    fn args(line: &[&str]) -> ProveArgs {
        let cli = super::super::Cli::try_parse_from(["prover", "prove", "--theory", "T"].iter().chain(line)).unwrap();
        let super::super::Command::Prove(args) = cli.command else { panic!() };
        args
    }

    fn report(name: &str, proof: Option<&str>) -> GoalReport {
        GoalReport {
            index: 0,
            statement: "(= z z)".into(),
            name: name.into(),
            proof: proof.map(Into::into),
            nodes: 12,
            seconds: 0.25,
            size: 34,
            lemmas: 1,
            refuted: None,
            stages: Vec::new(),
            graph: None,
        }
    }

    fn tried(report: GoalReport) -> Outcome {
        Outcome::Tried { report: Box::new(report), reading: None }
    }

    fn outcome(args: &ProveArgs, reports: Vec<GoalReport>) -> (Status, String) {
        let mut out = Vec::new();
        let status = run_with(args, false, &mut out, |found| {
            reports.into_iter().map(tried).for_each(found);
            Ok(())
        });
        (status.unwrap(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn goals_give_a_line_each_and_status_0_only_if_all_are_proved() {
        let args = args(&["--goals", "G"]);
        let (status, text) = outcome(&args, vec![report("a", Some("proof.")), report("b", None)]);
        assert_eq!(status, Status::Wrong);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["a", "proved", "12", "nodes", "0.250", "s", "34", "terms", "1", "lemma"]);
        assert_eq!(lines[1], ["b", "open", "12", "nodes", "0.250", "s"]);
        assert_eq!(lines[2].join(" "), "1 of 2 proved");
        assert_eq!(outcome(&args, vec![report("a", Some("proof."))]).0, Status::Fine);
    }

    #[test]
    fn one_goal_gives_its_proof() {
        let args = args(&["--goal", "S"]);
        assert_eq!(outcome(&args, vec![report("goal", Some("proof.\n"))]), (Status::Fine, "proof.\n".into()));
        let (status, text) = outcome(&args, vec![report("goal", None)]);
        assert_eq!((status, text.as_str()), (Status::Wrong, "open after 12 nodes and 0.250 s\n"));
        let mut out = Vec::new();
        let read = Outcome::Tried { report: Box::new(report("goal", None)), reading: Some("∀ p : prop, p".into()) };
        run_with(&args, false, &mut out, |found| {
            found(read);
            Ok(())
        })
        .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "open after 12 nodes and 0.250 s: ∀ p : prop, p\n");
    }

    #[test]
    fn proofs_are_saved() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("proofs.peano");
        let args = args(&["--goals", "G", "--save", path.to_str().unwrap()]);
        outcome(&args, vec![report("a", Some("one.\n")), report("b", None), report("c", Some("three."))]);
        assert_eq!(std::fs::read_to_string(path).unwrap(), "one.\n\nthree.\n");
    }

    #[test]
    fn what_is_there_is_replaced_only_if_that_is_asked_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("proofs.peano");
        std::fs::write(&path, "mine").unwrap();
        let line = ["--goals", "G", "--save", path.to_str().unwrap()];
        let refused = run_with(&args(&line), false, &mut Vec::new(), |_| panic!("it is refused before the search"));
        assert!(matches!(refused, Err(CliError::Exists { .. })), "{refused:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        let forced = args(&[&line[..], &["--force"]].concat());
        outcome(&forced, vec![report("a", Some("one."))]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one.\n");
        // A folder is not, whatever is asked for.
        let folder = args(&["--goals", "G", "--force", "--save", place.path().to_str().unwrap()]);
        let refused = run_with(&folder, false, &mut Vec::new(), |_| panic!("it is refused before the search"));
        assert!(matches!(refused, Err(CliError::Save { .. })), "{refused:?}");
        assert!(
            super::super::Cli::try_parse_from(["prover", "prove", "--theory", "T", "--goal", "S", "--force"]).is_err()
        );
    }

    #[test]
    fn what_came_to_be_there_meanwhile_is_not_replaced_and_no_proof_is_lost() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("proofs.peano");
        let args = args(&["--goals", "G", "--save", path.to_str().unwrap()]);
        let status = run_with(&args, false, &mut Vec::new(), |found| {
            found(tried(report("a", Some("one."))));
            std::fs::write(&path, "theirs").unwrap();
            Ok(())
        });
        let Err(CliError::SavedElsewhere { place: other, .. }) = status else { panic!("{status:?}") };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(std::fs::read_to_string(other).unwrap(), "one.\n");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2, "nothing temporary is left");
    }

    #[test]
    fn a_goal_that_cannot_be_read_counts_as_not_proved() {
        let mut out = Vec::new();
        let status = run_with(&args(&["--goals", "G"]), false, &mut out, |found| {
            found(tried(report("a", Some("one."))));
            found(Outcome::Unreadable("b".into()));
            Ok(())
        });
        assert_eq!(status.unwrap(), Status::Wrong);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!((&lines[1][..], lines[2].join(" ")), (&["b", "unreadable"][..], "1 of 2 proved".into()));
    }

    #[test]
    fn policy_is_uniform_or_a_directory() {
        assert_eq!(args(&["--goal", "S"]).policy.policy, PolicyChoice::Uniform);
        assert_eq!(args(&["--goal", "S", "--policy", "x/y"]).policy.policy, PolicyChoice::Directory("x/y".into()));
    }
}
