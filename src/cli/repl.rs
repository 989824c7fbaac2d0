//! `prover repl`: prove interactively, on a terminal or with commands from standard input.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex};

use clap::Args;

use super::policy::{Policy, PolicyArgs};
use super::{CliError, Context, Status, complain, output, terminal};
use crate::input::read_line;
use crate::repl::input::Lines;
use crate::repl::{Options, Outcome, Progress, Session};
use crate::search::Statistics;
use crate::syntax::render::Style;

/// The longest input that is read, in bytes: a command, or a text of the language.
const MAX_INPUT: u64 = crate::input::SETTINGS;

/// Arguments of `prover repl`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplArgs {
    /// Theory to begin with: a built-in name or a path; none for an empty one
    #[arg(long, value_name = "THEORY")]
    pub theory: Option<String>,
    /// Statement to prove, in the Peano language, with or without `NAME :` before it
    #[arg(long, value_name = "STATEMENT")]
    pub goal: Option<String>,
    /// The policy that ranks actions and guides searches.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Seed of searches
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

const EXAMPLES: &str = "\
Examples:
  prover repl --theory nat-add
  prover repl --theory nat-add --goal \"zero_add : [(a : nat) -> (= (+ z a) a)]\"
  prover repl --theory nat-add --policy runs/my-run
  printf 'goal (= (+ z z) z)\\nauto\\n' | prover repl --theory nat-add

On a terminal `help` lists the commands, Tab completes, Ctrl-C ends a search and Ctrl-D the program. Inputs are kept in \
$XDG_STATE_HOME/prover/history (or in the file that PROVER_HISTORY names) for the next time.

If standard input is no terminal, commands are read from it, a line each (steps may take several), and the first error \
ends the program.

Exit status: 0 all commands were carried out and --goal, if given, is proved; 1 one was not; 2 the session could not begin.";

/// Carries out the command.
///
/// # Errors
/// When the theory or the policy cannot be loaded, or the terminal fails.
pub fn run(args: &ReplArgs, context: &Context) -> Result<Status, CliError> {
    let interactive = io::stdin().is_terminal();
    let session = Session::new(Options {
        theory: args.theory.clone(),
        policy: Policy::load(&args.policy)?.network(),
        style: if context.color { Style::Colour } else { Style::Plain },
        pretty: context.pretty,
        name: if interactive { "input".into() } else { "<stdin>".into() },
        interactive,
        seed: args.seed,
        progress: Some(progress(context)),
        ..Options::default()
    })?;
    if interactive {
        return terminal::run(session, args.goal.as_deref(), context);
    }
    batch(session, args.goal.as_deref(), &mut io::stdin().lock(), &mut output::stdout(), context)
}

/// Reports searches that take long on standard error.
fn progress(context: &Context) -> Progress {
    let progress = context.progress.clone();
    let phase = Mutex::new(None);
    Arc::new(move |statistics: Option<&Statistics>| {
        // A thread that panicked here would have left nothing half done.
        let mut phase = phase.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match statistics {
            Some(statistics) => {
                let phase = phase.get_or_insert_with(|| progress.phase("searching", 0));
                phase.inc(statistics.expansions.saturating_sub(phase.done()));
            }
            None => drop(phase.take()),
        }
    })
}

/// Carries out commands that are read, until one fails.
fn batch(
    mut session: Session,
    goal: Option<&str>,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
    context: &Context,
) -> Result<Status, CliError> {
    if let Some(goal) = goal {
        let reply = session.execute(&format!("goal {goal}"));
        if !say(&reply.text, reply.outcome, out, context)? {
            return Ok(Status::Wrong);
        }
    }
    let stated = session.open_name().map(str::to_owned);
    let (mut text, mut first, mut number) = (String::new(), 1, 0);
    let mut lines = Lines::default();
    loop {
        let read = read_line(&mut *input, &mut text, MAX_INPUT).map_err(CliError::Input)?;
        number += 1;
        lines.push(&text[text.len() - read..]);
        if read > 0 && !lines.are_whole(session.is_open()) {
            continue;
        }
        let reply = session.execute_at(text.trim_end_matches(['\n', '\r']), first);
        if !say(&reply.text, reply.outcome, out, context)? {
            return Ok(Status::Wrong);
        }
        if read == 0 || reply.outcome == Outcome::Quit {
            break;
        }
        text.clear();
        lines = Lines::default();
        first = number + 1;
    }
    match session.open_name() {
        Some(open) if stated.as_deref() == Some(open) => {
            complain(&context.progress, &format!("{open} is not proved"));
            Ok(Status::Wrong)
        }
        _ => Ok(Status::Fine),
    }
}

/// Says a reply, errors on standard error; whether the input was carried out.
fn say(text: &str, outcome: Outcome, out: &mut dyn Write, context: &Context) -> Result<bool, CliError> {
    if outcome == Outcome::Failed {
        out.flush().map_err(CliError::Output)?;
        context.progress.suspend(|| {
            // A closed standard error must not end the program.
            let _ = writeln!(io::stderr(), "{text}");
        });
        return Ok(false);
    }
    if !text.is_empty() {
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(CliError::Output)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Verbosity;

    fn outcome(goal: Option<&str>, input: &str) -> (Status, String) {
        let session =
            Session::new(Options { theory: Some("nat-add".into()), interactive: false, ..Options::default() });
        let session = session.unwrap();
        let context = Context {
            verbosity: Verbosity::Quiet,
            color: false,
            pretty: false,
            progress: crate::run::Progress::quiet(),
        };
        let mut out = Vec::new();
        let status = batch(session, goal, &mut input.as_bytes(), &mut out, &context).unwrap();
        (status, String::from_utf8(out).unwrap())
    }

    #[test]
    fn commands_are_read_until_one_fails() {
        let (status, text) = outcome(None, "goal a : (= (+ z z) z)\nauto\ncheck a\n");
        assert_eq!(status, Status::Fine);
        assert!(text.ends_with("a is proved\na : (= (+ z z) z)\n"), "{text}");
        let (status, text) = outcome(None, "nonsense\ncheck z\n");
        assert_eq!((status, text.as_str()), (Status::Wrong, ""));
    }

    #[test]
    fn steps_may_take_several_lines_and_the_last_needs_no_line_end() {
        let (status, text) = outcome(None, "theorem a\n : (= (+ z z) z) {\n\n show (= (+ z z) z)\n by +_z.\n}\nquit\n");
        assert_eq!((status, text.as_str()), (Status::Fine, "a is proved\n"));
        assert_eq!(outcome(None, "goal (= (+ z z) z)\nshow (= (+ z z) z) by +_z.").0, Status::Fine);
        assert_eq!(outcome(None, "goal (= (+ z z) z)\nshow (= (+ z z) z) by").0, Status::Wrong);
    }

    #[test]
    fn the_goal_of_the_command_line_has_to_be_proved() {
        assert_eq!(outcome(Some("a : (= (+ z z) z)"), "1\n").0, Status::Fine);
        assert_eq!(outcome(Some("a : (= (+ z z) z)"), "").0, Status::Wrong);
        assert_eq!(outcome(Some("a : (= (+ z z) z)"), "quit\n").0, Status::Wrong);
        assert_eq!(outcome(Some("(= (+ z z)"), "quit\n").0, Status::Wrong);
    }
}
