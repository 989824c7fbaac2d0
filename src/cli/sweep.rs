//! `prover sweep`: several runs, as a file plans them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::{Args, CommandFactory, Parser};

use super::selfplay::{estimated, in_words, require_clean};
use super::worker::{WorkersAtArgs, unique_name};
use super::{Cli, CliError, Command, Context, Status, output};
use crate::experiments::plan::{CommandFlags, Flag, Plan, PlannedRun, shown};
use crate::experiments::sweep::{Ending, PLAN, Processes, Standing, SweepOptions, Task, carry_out, tasks};
use crate::machines::{Broker, runs};
use crate::run::progress::Verbosity;
use crate::run::{Config, interrupt, provenance, write_atomic};

/// Arguments of `prover sweep`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SweepArgs {
    /// The plan, such as experiments/alpha.toml
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder of the runs [default: runs/NAME, with the name of the plan]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Runs at once, which share the cores
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// Where workers are.
    #[command(flatten)]
    pub workers: WorkersAtArgs,
    /// Carry out all runs again, under new names
    #[arg(long)]
    pub rerun: bool,
    /// List the runs and what they would take, and write nothing
    #[arg(long, conflicts_with = "broker")]
    pub dry_run: bool,
    /// Refuse to start where the program was built with changes that are in no commit
    #[arg(long)]
    pub require_clean: bool,
}

const EXAMPLES: &str = "\
Examples:
  prover sweep experiments/alpha.toml --dry-run
  prover sweep experiments/alpha.toml
  prover sweep experiments/alpha.toml --jobs 2 --out runs/again
  prover sweep experiments/alpha.toml --broker redis://127.0.0.1:6379/0

The plan names a command (selfplay, prove, eval or synth), settings that all runs share, and axes:

  [base]
  theory = \"nat-add\"
  goals = \"nat-add-hard\"

  [axes]
  alpha = [0, 0.2, 1]
  seed = \"0..3\"
  means = [{ lemmas = true }, { lemmas = false, tests = false }]

Started again, it goes on with what was cut off and leaves out what is finished. The first Ctrl-C lets the runs under way finish \
the attempts in hand; the second ends them at once.
Exit status: 0 all runs came to their end, 1 some did not, 2 the sweep could not begin, 130 it was stopped.";

/// The commands that a sweep can run.
const COMMANDS: [&str; 4] = ["selfplay", "prove", "eval", "synth"];
/// Flags of theirs that are no settings.
const NO_SETTINGS: [&str; 20] = [
    // A run of a sweep has no workers; the sweep may have.
    "broker",
    "worker_threads",
    "patience",
    "out",
    "resume",
    "rerun",
    "config",
    "dry_run",
    "require_clean",
    "format",
    "save",
    "force",
    "tree_out",
    "wrong",
    "color",
    "pretty",
    "verbose",
    "quiet",
    "help",
    "version",
];

/// The commands that a sweep can run, with their settings.
fn commands() -> Vec<CommandFlags> {
    let cli = Cli::command();
    let flags = |name: &str| {
        let command = cli.find_subcommand(name)?;
        let arguments = command.get_arguments().filter(|argument| !NO_SETTINGS.contains(&argument.get_id().as_str()));
        let flag = |argument: &clap::Arg| {
            let takes_value = argument.get_action().takes_values();
            let is_appended = matches!(argument.get_action(), clap::ArgAction::Append);
            Some(Flag {
                setting: argument.get_id().as_str().to_owned(),
                long: argument.get_long()?.to_owned(),
                takes_value,
                is_repeated: takes_value && is_appended && argument.get_value_delimiter().is_none(),
            })
        };
        Some(CommandFlags { name: name.to_owned(), flags: arguments.filter_map(flag).collect() })
    };
    COMMANDS.into_iter().filter_map(flags).collect()
}

/// A run's settings where it is self-play, its digest and its seed.
fn understood(path: &Path, command: &str, run: &PlannedRun) -> Result<(Option<Config>, String, u64), CliError> {
    let wrong = |message: String| CliError::PlannedRun { path: path.to_path_buf(), run: run.name.clone(), message };
    let words = ["prover", command].into_iter().chain(run.arguments.iter().map(String::as_str));
    let cli = Cli::try_parse_from(words).map_err(|error| {
        let text = error.to_string();
        let first: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).collect();
        wrong(first.join(" ").trim_start_matches("error: ").to_owned())
    })?;
    if let Command::Selfplay(args) = &cli.command {
        let config = Config::layered(None, [], &args.settings).map_err(|error| wrong(error.to_string()))?;
        let (digest, seed) = (config.digest(), config.seed);
        return Ok((Some(config), digest, seed));
    }
    let settings = run.settings.iter().filter(|(name, _)| name != "threads");
    let values = settings.map(|(name, value)| (name.as_str(), shown(value)));
    let digest = provenance::digest(values.chain([("command", command.to_owned())]));
    let seed = run.settings.iter().find(|(name, _)| name == "seed").and_then(|(_, value)| value.as_integer());
    Ok((None, digest, seed.and_then(|seed| u64::try_from(seed).ok()).unwrap_or(0)))
}

/// Whether a run can be carried out by a worker elsewhere: one that names no file. A worker asks this, too, of what comes
/// from a broker, so that nobody there reads or writes its files.
pub(super) fn travels(command: &str, run: &PlannedRun) -> Result<(), String> {
    let is_name = |text: &str| !text.is_empty() && !text.contains(['/', '\\', '\0']) && !text.starts_with('.');
    if !COMMANDS.contains(&command) || !is_name(&run.name) {
        return Err(format!("`{command}` is no command of a sweep"));
    }
    if let Some(path) = run.arguments.iter().find(|argument| argument.contains(['/', '\\']) || argument.contains(".."))
    {
        return Err(format!(
            "{path} is a file, which workers do not have: a run that names files is carried out without \
                            --broker"
        ));
    }
    let flags = commands().into_iter().find(|known| known.name == command).map_or(Vec::new(), |known| known.flags);
    let is_setting = |argument: &&String| {
        let name = argument.trim_start_matches('-').split('=').next().unwrap_or_default();
        !argument.starts_with('-') || argument.parse::<f64>().is_ok() || flags.iter().any(|flag| flag.long == name)
    };
    match run.arguments.iter().find(|argument| !is_setting(argument)) {
        Some(other) => Err(format!("{other} is no setting of a run")),
        None => Ok(()),
    }
}

/// Carries out the command.
///
/// # Errors
/// When the plan is wrong, or the folder cannot be read or written.
pub fn run(args: &SweepArgs, context: &Context) -> Result<Status, CliError> {
    if args.require_clean {
        require_clean()?;
    }
    let plan = Plan::read(&args.file, &commands())?;
    let mut known = Vec::with_capacity(plan.runs.len());
    for run in &plan.runs {
        known.push(understood(&args.file, &plan.command, run)?);
    }
    let folder = args.out.clone().unwrap_or_else(|| Path::new("runs").join(&plan.name));
    let place = |run: &PlannedRun| plan.runs.iter().position(|other| other.name == run.name).unwrap_or(0);
    let digest = |run: &PlannedRun| (known[place(run)].1.clone(), known[place(run)].2);
    let tasks = tasks(&plan, &folder, digest, args.rerun)?;
    if args.dry_run {
        let configs: Vec<&Config> = known.iter().filter_map(|(config, ..)| config.as_ref()).collect();
        return dry_run(&plan, &tasks, &configs, &folder, context);
    }
    std::fs::create_dir_all(&folder).map_err(|source| CliError::Save { path: folder.clone(), source })?;
    let kept = folder.join(PLAN);
    let text = crate::input::read_text(&args.file, crate::input::SETTINGS).map_err(CliError::Input)?;
    write_atomic(&kept, text.as_bytes()).map_err(|source| CliError::Save { path: kept, source })?;
    let program = std::env::current_exe().map_err(CliError::Input)?;
    let jobs = usize::from(args.jobs);
    // Several at once share the cores, so that none waits for another's threads.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (jobs > 1).then(|| (cores / jobs).max(1));
    let options = SweepOptions { program, folder: folder.clone(), jobs, threads, current: None };
    let processes = Processes::default();
    let others = processes.clone();
    let message = "stopping: the runs under way finish the attempts in hand; again to stop at once";
    interrupt::install(message, move || others.kill());
    let workers = args.workers.connect()?;
    if workers.is_some() {
        for run in &plan.runs {
            let wrong = |message| CliError::PlannedRun { path: args.file.clone(), run: run.name.clone(), message };
            travels(&plan.command, run).map_err(wrong)?;
        }
    }
    let supervision = Supervision { plan: &plan, tasks: &tasks, options: &options, context, file: &args.file };
    supervision.carry_out(&processes, workers)
}

/// A sweep under way, and its reporting.
struct Supervision<'a> {
    plan: &'a Plan,
    tasks: &'a [Task],
    options: &'a SweepOptions,
    context: &'a Context,
    file: &'a Path,
}

impl Supervision<'_> {
    fn carry_out(&self, processes: &Processes, workers: Option<(Broker, PathBuf)>) -> Result<Status, CliError> {
        let (plan, progress) = (self.plan, &self.context.progress);
        let finished = self.tasks.iter().filter(|task| matches!(task.standing, Standing::Finished(_))).count();
        let left = self.tasks.len() - finished;
        let out = Mutex::new((output::Output::new(std::io::stdout()), 0, Vec::new()));
        let say = |text: &str| {
            if let Ok(mut out) = out.lock() {
                // A reader that has gone is no reason to stop; a full disk is met by the runs themselves.
                let _ = progress.suspend(|| writeln!(out.0, "{text}"));
            }
        };
        let again = if finished > 0 { format!(", {finished} of them finished before") } else { String::new() };
        let folder = self.options.folder.display();
        say(&format!("{}: {} runs of {} in {folder}{again}", plan.name, self.tasks.len(), plan.command));
        let tell = |_: &Task, place: &Path, ending: &Ending| {
            let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let number = out.lock().map_or(0, |mut out| {
                out.1 += 1;
                out.1
            });
            let what = match ending {
                Ending::Finished => "finished".to_owned(),
                Ending::Failed(why) => format!("failed: {why}"),
                Ending::Interrupted => "stopped".to_owned(),
            };
            say(&format!("{number}/{left} {name}: {what}"));
            if let (Ending::Failed(_), Ok(mut out)) = (ending, out.lock()) {
                out.2.push(name);
            }
        };
        let is_verbose = self.context.verbosity == Verbosity::Verbose;
        let line = |run: &str, text: &str| {
            if is_verbose {
                say(&format!("{run}: {text}"));
            }
        };
        match workers {
            None => carry_out(plan, self.tasks, self.options, processes, &tell, &line)?,
            Some((broker, cache)) => {
                let name = format!("sweep-{}", unique_name());
                runs::carry_out((broker, &name), &cache, plan, self.tasks, self.options, processes, &tell)?;
            }
        }
        if interrupt::is_requested() {
            say(&format!("stopped; go on by prover sweep {}", self.file.display()));
            std::process::exit(interrupt::STATUS);
        }
        say(&format!("look at it: prover report {folder} -o report.html"));
        let is_fine = out.lock().is_ok_and(|out| out.2.is_empty());
        Ok(if is_fine { Status::Fine } else { Status::Wrong })
    }
}

/// Lists the runs and the estimated cost of the first unfinished one.
fn dry_run(
    plan: &Plan,
    tasks: &[Task],
    configs: &[&Config],
    folder: &Path,
    context: &Context,
) -> Result<Status, CliError> {
    let mut out = output::stdout();
    let width = tasks.iter().map(|task| task.run.name.chars().count()).max().unwrap_or(0);
    let mut list = || {
        writeln!(out, "{}: {} runs of {} in {}", plan.name, tasks.len(), plan.command, folder.display())?;
        for task in tasks {
            let standing = match &task.standing {
                Standing::New => "new".to_owned(),
                Standing::Finished(path) => format!("finished ({})", path.display()),
                Standing::Unfinished(path) => format!("to go on with ({})", path.display()),
            };
            writeln!(out, "  {:<width$}  {}  {standing}", task.run.name, task.digest)?;
        }
        out.flush()
    };
    list().map_err(CliError::Output)?;
    let next = tasks.iter().position(|task| !matches!(task.standing, Standing::Finished(_)));
    if let Some(config) = next.and_then(|next| configs.get(next)) {
        let left = tasks.iter().filter(|task| !matches!(task.standing, Standing::Finished(_))).count();
        let estimate = estimated(config, context)?;
        let words = in_words(config, &estimate);
        let write = writeln!(out, "the next one: {words}; {left} runs are left").and_then(|()| out.flush());
        write.map_err(CliError::Output)?;
    }
    Ok(Status::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_may_set_all_settings_and_nothing_else() {
        let commands = commands();
        let selfplay = commands.iter().find(|command| command.name == "selfplay").unwrap();
        let mut found: Vec<&str> = selfplay.flags.iter().map(|flag| flag.setting.as_str()).collect();
        found.retain(|name| *name != "device");
        let expected: Vec<&str> =
            crate::run::SETTINGS.iter().map(|setting| setting.name).filter(|name| *name != "out").collect();
        found.sort_unstable();
        let mut sorted = expected.clone();
        sorted.sort_unstable();
        assert_eq!(found, sorted);
        for command in &commands {
            assert!(command.flags.iter().all(|flag| !["format", "out", "save"].contains(&flag.setting.as_str())));
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_told_with_the_run() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("p.toml");
        let message = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let plan = Plan::read(&path, &commands()).unwrap();
            let result: Result<Vec<_>, _> = plan.runs.iter().map(|run| understood(&path, &plan.command, run)).collect();
            result.map(|known| known.into_iter().map(|(_, digest, seed)| (digest, seed)).collect::<Vec<_>>())
        };
        let base = "[base]\ntheory = 'nat-add'\ngoals = 'nat-add-hard'\n";
        let wrong = message(&format!("{base}[axes]\nalpha = [0, -1]")).unwrap_err().to_string();
        assert!(wrong.contains("the run alpha--1") && wrong.contains("alpha"), "{wrong}");
        let wrong = message(&format!("{base}[axes]\nmodel = ['huge']")).unwrap_err().to_string();
        assert!(wrong.contains("the run model-huge") && wrong.contains("'huge'"), "{wrong}");
        let wrong = message("command = 'prove'\n[base]\ntheory = 'nat-add'").unwrap_err().to_string();
        assert!(wrong.contains("the run run of"), "{wrong}");
        let known = message(&format!("{base}[axes]\nseed = '0..3'")).unwrap();
        assert_eq!(known.iter().map(|(_, seed)| *seed).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(known[0].0 != known[1].0);
        // The order and what changes nothing are no difference.
        let other = message(&format!("{base}threads = 7\nseed = 1")).unwrap();
        assert_eq!(other[0].0, known[1].0);
    }
}
