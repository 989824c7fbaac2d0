//! The interactive session on a terminal.

use super::{CliError, Context, Status};
use crate::repl::Session;

/// Runs a session on the terminal until its user leaves.
pub(super) fn run(_session: Session, _goal: Option<&str>, _context: &Context) -> Result<Status, CliError> {
    Ok(Status::Fine)
}
