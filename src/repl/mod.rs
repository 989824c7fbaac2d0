//! The interactive prover, without its terminal: a [`Session`] takes inputs and returns replies.
//!
//! **The document is the text.** A session holds the accepted text, and the script of the theorem under way, which may
//! have open ends. Every step changes that text, by hand, by the number of an action or by a search, and the whole
//! script is carried out again by the engine that checks files ([`explore`](crate::theory::script::explore)); scripts
//! are short, and this takes milliseconds. So a session shows exactly the content of its saved file, `undo` is a list
//! of former texts, and an error changes nothing. Once nothing is open, the theorem is checked as in a file, by the
//! kernel in the end, and only then is it reported as proved.
//!
//! ```
//! use prover::repl::{Options, Outcome, Session};
//!
//! let mut session = Session::new(Options { theory: Some("nat-add".into()), ..Options::default() })?;
//! session.execute("goal zero_add : [(a : nat) -> (= (+ z a) a)]");
//! let reply = session.execute("apply nat_ind.");
//! assert!(reply.text.contains("goal 1 of 2"), "{}", reply.text);
//! let reply = session.execute("auto");
//! assert!(reply.text.contains("goal:"), "{}", reply.text);
//! let reply = session.execute("auto");
//! assert!(reply.text.contains("zero_add is proved"), "{}", reply.text);
//! assert_eq!(session.execute("undu").outcome, Outcome::Failed);
//! # Ok::<(), prover::repl::ReplError>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | input.rs, command.rs | kinds of input; the commands and the texts of `help` |
//! | history.rs | states of a session, undo and redo |
//! | layer.rs | the accepted part: a theory and its text; files |
//! | view.rs | the proof under way: open goals, actions |
//! | steps.rs, edit.rs | steps as text, into the script |
//! | search.rs, auto.rs | searches from a goal and `hint`; `auto` |
//! | refute.rs | `refute` |
//! | terms.rs, find.rs | looking things up |
//! | show.rs | goals, actions and errors in words |
//! | complete.rs, highlight.rs | completion and highlighting while a person types |

mod auto;
mod command;
pub mod complete;
mod edit;
mod error;
mod files;
mod find;
pub mod highlight;
mod history;
pub mod input;
mod layer;
mod refute;
mod search;
mod show;
mod steps;
mod terms;
#[cfg(test)]
mod tests;
mod view;

use crate::network::Evaluator;
use crate::search::Statistics;
use crate::syntax::render::Style;
pub use command::{COMMANDS, words};
use command::{Command, Verb};
pub use error::ReplError;
use history::{Snapshot, Unsaved};
use input::Input;
use layer::Layer;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use view::{Offer, View};

/// A listener to the progress of a search; it gets `None` at its end.
pub type Progress = Arc<dyn Fn(Option<&Statistics>) + Send + Sync>;

/// The settings of a session.
#[derive(Clone)]
pub struct Options {
    /// The theory to begin with, a path or a built-in name; `None` for one without constants.
    pub theory: Option<String>,
    /// The policy that ranks actions and guides searches; `None` for no preference.
    pub policy: Option<Arc<dyn Evaluator + Send + Sync>>,
    /// The style of replies.
    pub style: Style,
    /// Whether terms are shown in infix notation. Scripts are not.
    pub pretty: bool,
    /// The name of the input in errors.
    pub name: String,
    /// Whether a person types the input: the first attempt to leave unsaved work is held up, and errors need not say in
    /// which line of the input they are.
    pub interactive: bool,
    /// The seed of searches.
    pub seed: u64,
    /// Set by another thread to end a search.
    pub interrupt: Arc<AtomicBool>,
    /// Told of searches that take long.
    pub progress: Option<Progress>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theory: None,
            policy: None,
            style: Style::Plain,
            pretty: false,
            name: "input".into(),
            interactive: true,
            seed: 0,
            interrupt: Arc::default(),
            progress: None,
        }
    }
}

/// Outcome of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// It was not, and changed nothing.
    Failed,
    /// The session is to end.
    Quit,
}

/// The answer of a session to an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Lines, without a last line end; may be empty.
    pub text: String,
    /// The outcome of the input.
    pub outcome: Outcome,
}

/// An input longer than this is not a line of the list of actions.
const MENU_LINE: usize = 2_000;

/// The result of carrying out an input: lines to show, or why it was not carried out.
type Reported = Result<String, ReplError>;

/// An interactive session.
pub struct Session {
    options: Options,
    /// The states that `undo` and `redo` go through; never empty.
    history: Vec<Snapshot>,
    /// The present one.
    position: usize,
    /// The proof under way.
    view: Option<View>,
    /// The session when it was last saved, and whether its user was told that it is not.
    saved: Unsaved,
}

impl Session {
    /// A session in a theory.
    ///
    /// # Errors
    ///
    /// There is no such theory, or it is wrong.
    pub fn new(options: Options) -> Result<Self, ReplError> {
        let layer = Arc::new(Layer::new(options.theory.as_deref(), options.pretty)?);
        let history = vec![Snapshot::new(layer)];
        Ok(Self { options, history, position: 0, view: None, saved: Unsaved::default() })
    }

    /// Carries out an input: a command, the number of an action, or text of the language.
    pub fn execute(&mut self, input: &str) -> Reply {
        self.execute_at(input, 1)
    }

    /// The same for an input that begins in a line of that number, counted from 1, for errors.
    pub fn execute_at(&mut self, input: &str, line: usize) -> Reply {
        let what = Input::new(input, self.is_open());
        let leaving = matches!(what, Input::Command { command, .. } if command.verb == Verb::Quit);
        if !leaving {
            self.saved.warned = false;
        }
        let before = Arc::as_ptr(self.layer());
        let carried_out = self.carry_out(input, line, what);
        if before != Arc::as_ptr(self.layer()) {
            self.forget_old();
        }
        match carried_out {
            Ok(text) if leaving => {
                Reply { text, outcome: if self.saved.warned { Outcome::Done } else { Outcome::Quit } }
            }
            Ok(text) => Reply { text, outcome: Outcome::Done },
            Err(error) => Reply { text: self.error_text(&error, input, line.max(1)), outcome: Outcome::Failed },
        }
    }

    /// The flag that ends a search when it is set.
    pub fn interrupt(&self) -> Arc<AtomicBool> {
        self.options.interrupt.clone()
    }

    /// Whether a theorem is being proved.
    pub fn is_open(&self) -> bool {
        self.proof().is_some()
    }

    /// The name of the theorem that is being proved.
    pub fn open_name(&self) -> Option<&str> {
        self.proof().map(|proof| &*proof.name)
    }

    /// The number of open goals.
    pub fn open_goals(&self) -> usize {
        self.view.as_ref().map_or(0, |view| view.open.len())
    }

    /// Whether an input is whole, or goes on in the next line.
    pub fn is_whole(&self, input: &str) -> bool {
        input::is_whole(input, self.is_open())
    }

    fn carry_out(&mut self, input: &str, line: usize, what: Input<'_>) -> Reported {
        match what {
            Input::Nothing => Ok(String::new()),
            Input::Number(number) => self.take(number),
            Input::Command { command, force, argument, at } => self.command(command, force, argument, at),
            Input::Unknown(_) | Input::Text if self.listed(input).is_some() => {
                let number = self.listed(input).unwrap_or_default();
                self.take(number)
            }
            Input::Unknown(word) => {
                Err(ReplError::UnknownCommand { word: word.into(), suggestion: command::suggestion(word) })
            }
            Input::Text => self.text(input, line),
        }
    }

    fn command(&mut self, command: &Command, force: bool, argument: &str, at: usize) -> Reported {
        let usage = || ReplError::Usage(format!("{} {}", command.name, command.arguments).trim_end().to_owned());
        if command.arguments.is_empty() && !argument.is_empty() {
            return Err(usage());
        }
        let is_needed = !command.arguments.is_empty() && !command.arguments.starts_with('[');
        if (is_needed || command.verb == Verb::Goal) && argument.is_empty() {
            return Err(usage());
        }
        let number = |default: usize| match argument {
            "" => Ok(default),
            number => number.parse::<usize>().ok().filter(|&number| number > 0).ok_or_else(usage),
        };
        match command.verb {
            Verb::Goal => self.state(argument, at),
            Verb::Goals => self.goals_text(),
            Verb::Actions => self.actions_text(usize::MAX),
            Verb::Focus => self.focus_on(number(1)?),
            Verb::Next => {
                let (focus, count) = (self.focus(), self.open_goals());
                self.focus_on(if focus + 1 < count { focus + 2 } else { 1 })
            }
            Verb::Auto => self.auto(argument),
            Verb::Hint => self.hint(),
            Verb::Undo => self.undo(number(1)?),
            Verb::Redo => self.redo(number(1)?),
            Verb::Script => match self.proof() {
                Some(proof) => Ok(proof.item()),
                None => self.layer().last_theorem().ok_or(ReplError::NoGoal),
            },
            Verb::Abandon => self.abandon(),
            Verb::Check => self.check(argument, at),
            Verb::Eval => self.eval(argument, at),
            Verb::Refute => self.refute(argument, at),
            Verb::Print => self.print(argument),
            Verb::List => Ok(self.list(argument)),
            Verb::Find => self.find(argument, at),
            Verb::Save => self.save(argument, force),
            Verb::Load => self.load(argument),
            Verb::Help => match argument {
                "" => Ok(command::help()),
                word => command::find(word).map(command::help_of).ok_or_else(|| ReplError::UnknownCommand {
                    word: word.into(),
                    suggestion: command::suggestion(word),
                }),
            },
            Verb::Quit => Ok(self.leave()),
        }
    }

    /// The number of the action whose line in the list the input is.
    fn listed(&mut self, input: &str) -> Option<usize> {
        if !self.is_open() || input.len() > MENU_LINE {
            return None;
        }
        let bare = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned();
        let wanted = bare(input);
        let offer = self.offer().ok()?;
        let place = offer.actions.iter().position(|(action, _)| bare(&offer.line(action)) == wanted)?;
        Some(place + 1)
    }

    /// Takes the action of that number of the list.
    fn take(&mut self, number: usize) -> Reported {
        let depth = self.focused()?.depth;
        let offer = self.offer()?;
        let count = offer.actions.len();
        let chosen = number.checked_sub(1).and_then(|index| offer.actions.get(index));
        let Some((action, _)) = chosen else { return Err(ReplError::NoSuchAction { number, count }) };
        let lines = offer.problem.step_script(&offer.state, action, depth)?;
        self.insert(&lines)
    }

    /// The actions of the goal in focus.
    fn offer(&mut self) -> Result<&mut Offer, ReplError> {
        let (focus, layer) = (self.focus(), self.layer().clone());
        let view = self.view.as_mut().ok_or(ReplError::NoGoal)?;
        view.offer(&layer, focus, self.options.policy.as_ref())
    }
}
