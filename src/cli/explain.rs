//! `prover explain`: the meaning of the codes of errors and warnings.

use std::io::{self, Write};

use clap::Args;

use super::{CliError, Context, Status, output};

pub mod page;

/// Arguments of `prover explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// A code, as it stands in brackets behind `error`; all codes are listed if none is given
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  prover explain
  prover explain cannot-show

Exit status: 0 there is such a code, 2 there is none.";

/// Carries out the command.
///
/// # Errors
/// When there is no such code, or it cannot be written.
pub fn run(args: &ExplainArgs, context: &Context) -> Result<Status, CliError> {
    let mut out = output::stdout();
    match &args.code {
        None => list(&mut out),
        Some(code) => {
            // `error[unknown-name]` is what a report has.
            let bare = code.split_once('[').map_or(code.as_str(), |(_, inner)| inner).trim_end_matches([']', ':']);
            let section = page::section(bare)
                .ok_or_else(|| CliError::NoCode { code: bare.into(), closest: page::closest(bare) })?;
            let (bold, reset) = if context.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
            write!(out, "{bold}{bare}{reset}\n\n{}", page::plain(section))
        }
    }
    .and_then(|()| out.flush())
    .map_err(CliError::Output)?;
    Ok(Status::Fine)
}

/// A line for each code.
fn list(out: &mut dyn Write) -> io::Result<()> {
    let width = page::codes().map(|(code, _)| code.len()).max().unwrap_or(0);
    for (code, meaning) in page::codes() {
        writeln!(out, "{code:<width$}  {meaning}")?;
    }
    Ok(())
}
