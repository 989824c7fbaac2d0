//! `prover completions` and `prover man`: completions for shells and manual pages, from the same definitions as help.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CliError, Context, Status, output};
use std::io::Write;

/// Arguments of `prover completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Arguments of `prover man`.
#[derive(Clone, Debug, Args)]
#[command(after_help = MAN)]
pub struct ManArgs {
    /// Folder for the pages, made if it is not there; pages in it are replaced
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

const COMPLETIONS: &str = "\
Examples:
  prover completions bash > ~/.local/share/bash-completion/completions/prover
  prover completions zsh > ~/.zfunc/_prover
  prover completions fish > ~/.config/fish/completions/prover.fish

Exit status: 0.";

const MAN: &str = "\
Examples:
  prover man ~/.local/share/man/man1
  man prover-check

Exit status: 0 the pages are written, 2 they could not be.";

/// Writes the completions of the command line for a shell.
///
/// # Errors
/// When it cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<Status, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "prover", &mut text);
    let mut out = output::stdout();
    out.write_all(&text).and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(Status::Fine)
}

/// Writes the manual pages, one for each command.
///
/// # Errors
/// When they cannot be written.
pub fn man(args: &ManArgs, context: &Context) -> Result<Status, CliError> {
    let failed = |source| CliError::Save { path: args.folder.clone(), source };
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(failed)?;
    context.progress.say(&format!("the pages are in {}", args.folder.display()));
    Ok(Status::Fine)
}
