//! `prover runs`: a table of the runs in folders, with the settings that differ and the results.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CliError, Context, Status, output};
use crate::experiments::record::find;
use crate::experiments::table::{Condition, Table, select};

/// Arguments of `prover runs`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunsArgs {
    /// Folders of runs, which may be in folders of theirs
    #[arg(value_name = "DIR", default_value = "runs")]
    pub folders: Vec<PathBuf>,
    /// Order of the runs: a setting or figure, with - before it for the greatest first
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Only runs that meet this condition, such as alpha=0.2 or goals_proved>=3; may be given several times
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<Condition>,
    /// List every iteration, not the last values
    #[arg(long)]
    pub iterations: bool,
    /// How to write the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
}

/// Forms of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table
    #[default]
    Human,
    /// Comma-separated values
    Csv,
    /// JSON
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover runs
  prover runs runs/alpha --sort -ratio_proved
  prover runs --where alpha=0.2 --where state!=failed --format csv
  prover runs runs/alpha --iterations --format csv > alpha.csv

Columns are the settings in which the runs differ, and figures of the last iteration. Conditions and orders take any setting and \
any figure of metrics.jsonl, and name, state, command, iterations_done, seconds_total.
Exit status: 0 there are runs, 1 none meets the conditions, 2 there are none or they cannot be read.";

/// Carries out the command.
///
/// # Errors
/// When there are no runs, no run has a name that is asked for, or the list cannot be written.
pub fn run(args: &RunsArgs, context: &Context) -> Result<Status, CliError> {
    let records = select(find(&args.folders)?, &args.conditions, args.sort.as_deref())?;
    for record in &records {
        for note in &record.notes {
            context.progress.say(&format!("{}: {note}", record.name));
        }
    }
    let mut out = output::stdout();
    let table = if args.iterations { Table::of_iterations(&records) } else { Table::new(&records) };
    let text = match args.format {
        Format::Human => table.text(),
        Format::Csv => table.csv(),
        Format::Json => serde_json::to_string_pretty(&table.json()).unwrap_or_default() + "\n",
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(if records.is_empty() { Status::Wrong } else { Status::Fine })
}
