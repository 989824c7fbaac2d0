//! The interactive session on a terminal: editing, colours, history, signals.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Completer, EditCommand, Editor, Emacs, FileBackedHistory, Highlighter, KeyCode, KeyModifiers, Menu,
    MenuBuilder, MenuEvent, Painter, Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus, Reedline,
    ReedlineEvent, ReedlineMenu, Signal, Span, StyledText, Suggestion, ValidationResult, Validator,
    default_emacs_keybindings,
};

use super::{CliError, Context, Status};
use crate::input;
use crate::repl::highlight::Class;
use crate::repl::{Outcome, Session};

/// Inputs that are kept for the next session.
const KEPT: usize = 10_000;

/// The environment variable that names the file of former inputs; empty for none.
const HISTORY: &str = "PROVER_HISTORY";

/// The completion menu's name.
const MENU: &str = "completions";

/// The session, shared with the editor, which asks it during input.
type Shared = Arc<Mutex<Session>>;

fn lock(session: &Shared) -> MutexGuard<'_, Session> {
    // A session whose user panicked is as it was before that input.
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a session on the terminal until its user leaves.
pub(super) fn run(session: Session, goal: Option<&str>, context: &Context) -> Result<Status, CliError> {
    let interrupt = session.interrupt();
    // At the prompt Ctrl-C is a key; a signal comes only while something is carried out.
    if let Err(error) = ctrlc::set_handler(move || interrupt.store(true, Ordering::Relaxed)) {
        tracing::warn!("Ctrl-C will end the program: {error}");
    }
    let session = Arc::new(Mutex::new(session));
    let mut editor = editor(&session, context.color);
    say("Type `help` for the commands, Ctrl-D to leave.")?;
    if let Some(goal) = goal {
        execute(&session, &format!("goal {goal}"))?;
    }
    loop {
        let prompt = SessionPrompt::new(&lock(&session));
        let input = match editor.read_line(&prompt).map_err(CliError::Input)? {
            Signal::Success(input) => input,
            Signal::CtrlD => "quit".to_owned(),
            // The line under way is dropped; nothing else is asked for.
            _ => continue,
        };
        // Kept even if the program should end badly; a file that cannot be written is no reason to end.
        let _ = editor.sync_history();
        if execute(&session, &input)? == Outcome::Quit {
            return Ok(Status::Fine);
        }
    }
}

fn execute(session: &Shared, input: &str) -> Result<Outcome, CliError> {
    let reply = lock(session).execute(input);
    if !reply.text.is_empty() {
        say(&reply.text)?;
    }
    Ok(reply.outcome)
}

fn say(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(CliError::Output)
}

fn editor(session: &Shared, color: bool) -> Reedline {
    let mut keys = default_emacs_keybindings();
    let menu = ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.into()), ReedlineEvent::MenuNext]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, menu);
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    let newline = ReedlineEvent::Edit(vec![EditCommand::InsertNewline]);
    keys.add_binding(KeyModifiers::ALT, KeyCode::Enter, newline);
    let mut menu = ColumnarMenu::default().with_name(MENU);
    if !color {
        let plain = Style::new();
        menu = menu.with_text_style(plain).with_match_text_style(plain).with_description_text_style(plain);
        // Without colours the choice is marked all the same.
        let marked = plain.reverse();
        menu = menu.with_selected_text_style(marked).with_selected_match_text_style(marked);
    }
    let helper = || Helper { session: session.clone(), color };
    let mut editor = Reedline::create()
        .with_completer(Box::new(helper()))
        .with_highlighter(Box::new(helper()))
        .with_validator(Box::new(helper()))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(Silent(menu))))
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_quick_completions(true)
        .with_partial_completions(true)
        .use_bracketed_paste(true)
        .with_ansi_colors(color);
    if let Some(history) =
        history_file().filter(|path| is_history(path)).and_then(|path| FileBackedHistory::with_file(KEPT, path).ok())
    {
        editor = editor.with_history(Box::new(history));
    }
    editor
}

/// Whether former inputs can be kept in a file, which the editor reads without a limit; if not, reports the reason.
fn is_history(path: &Path) -> bool {
    let opened = input::check_repeatable(path).and_then(|()| input::open(path, input::SETTINGS));
    match opened {
        // A file that is not there, or that the system refuses, is the editor's matter.
        Err(error) if error.get_ref().is_some_and(|error| error.is::<input::Refusal>()) => {
            tracing::warn!("inputs are not kept: cannot read {}: {error}", path.display());
            false
        }
        _ => true,
    }
}

/// The file of earlier inputs.
fn history_file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(HISTORY) {
        return (!path.is_empty()).then(|| path.into());
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    Some(state.join("prover/history"))
}

/// A menu that shows nothing where there is nothing to choose from.
struct Silent(ColumnarMenu);

impl Menu for Silent {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn indicator(&self) -> &str {
        self.0.indicator()
    }

    fn is_active(&self) -> bool {
        self.0.is_active() && !self.0.get_values().is_empty()
    }

    fn menu_event(&mut self, event: MenuEvent) {
        self.0.menu_event(event);
    }

    fn can_quick_complete(&self) -> bool {
        self.0.can_quick_complete()
    }

    fn can_partially_complete(
        &mut self,
        values_updated: bool,
        editor: &mut Editor,
        completer: &mut dyn Completer,
    ) -> bool {
        self.0.can_partially_complete(values_updated, editor, completer)
    }

    fn update_values(&mut self, editor: &mut Editor, completer: &mut dyn Completer) {
        self.0.update_values(editor, completer);
    }

    fn update_working_details(&mut self, editor: &mut Editor, completer: &mut dyn Completer, painter: &Painter) {
        self.0.update_working_details(editor, completer, painter);
    }

    fn replace_in_buffer(&self, editor: &mut Editor) {
        self.0.replace_in_buffer(editor);
    }

    fn menu_required_lines(&self, terminal_columns: u16) -> u16 {
        if self.get_values().is_empty() { 0 } else { self.0.menu_required_lines(terminal_columns) }
    }

    fn menu_string(&self, available_lines: u16, use_ansi_coloring: bool) -> String {
        match self.get_values().is_empty() {
            true => String::new(),
            false => self.0.menu_string(available_lines, use_ansi_coloring),
        }
    }

    fn min_rows(&self) -> u16 {
        if self.get_values().is_empty() { 0 } else { self.0.min_rows() }
    }

    fn get_values(&self) -> &[Suggestion] {
        self.0.get_values()
    }

    fn set_cursor_pos(&mut self, position: (u16, u16)) {
        self.0.set_cursor_pos(position);
    }
}

/// The editor's view of a session.
struct Helper {
    session: Shared,
    color: bool,
}

impl Completer for Helper {
    fn complete(&mut self, line: &str, cursor: usize) -> Vec<Suggestion> {
        let found = lock(&self.session).complete(line, cursor);
        let suggestion = |completion: crate::repl::complete::Completion| Suggestion {
            value: completion.text,
            description: (!completion.about.is_empty()).then_some(completion.about),
            span: Span { start: completion.span.start, end: completion.span.end },
            append_whitespace: completion.blank,
            ..Suggestion::default()
        };
        found.into_iter().map(suggestion).collect()
    }
}

impl Validator for Helper {
    fn validate(&self, line: &str) -> ValidationResult {
        // An empty line ends an input that the session thinks is not whole: it then says what is missing.
        let is_ended = line.ends_with('\n');
        if is_ended || lock(&self.session).is_whole(line) {
            ValidationResult::Complete
        } else {
            ValidationResult::Incomplete
        }
    }
}

impl Highlighter for Helper {
    fn highlight(&self, line: &str, cursor: usize) -> StyledText {
        let mut text = StyledText::new();
        let mut start = 0;
        let parts = if self.color { lock(&self.session).highlight(line, cursor) } else { Vec::new() };
        for (span, class) in parts {
            text.push((Style::new(), line[start..span.start].to_owned()));
            text.push((style(class), line[span.clone()].to_owned()));
            start = span.end;
        }
        text.push((Style::new(), line[start..].to_owned()));
        text
    }
}

fn style(class: Class) -> Style {
    match class {
        Class::Command => Color::Cyan.bold(),
        Class::Keyword => Color::Blue.bold(),
        Class::Variable => Color::Purple.normal(),
        Class::Local => Color::Green.normal(),
        Class::Constant => Style::new(),
        Class::Unknown => Color::Red.normal(),
        Class::Matching => Style::new().bold().underline(),
        Class::Stray | Class::Wrong => Color::Red.underline(),
    }
}

/// The prompt: the theorem under way, and the number of open goals.
struct SessionPrompt(String);

impl SessionPrompt {
    fn new(session: &Session) -> Self {
        Self(match (session.open_name(), session.open_goals()) {
            (None, _) => "prover".into(),
            (Some(name), 0 | 1) => name.to_owned(),
            (Some(name), goals) => format!("{name} ({goals} goals)"),
        })
    }
}

impl Prompt for SessionPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("... ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "failing ",
        };
        Cow::Owned(format!(" ({failing}search: {}) ", search.term))
    }
}
