//! The text of answers: goals with their scopes, actions, errors.

use super::Session;
use super::error::ReplError;
use crate::logic::{Environment, TermId};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::render::{self, Style};
use crate::syntax::source::LineIndex;
use crate::syntax::tree::Span;
use crate::theory::Theory;
use crate::theory::limits::ITEM_BUDGET;
use crate::theory::load::LoadReport;
use crate::theory::print::print_limited;
use crate::theory::script::{Entry, OpenGoal};
use std::fmt::Write;

/// Characters of a term that are shown.
const SHOWN: usize = 2_000;
/// Actions that are listed after each step; `actions` lists all.
const LISTED: usize = 12;
/// Errors of a file that are shown.
const ERRORS: usize = 5;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub Style);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        match self.0 {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    fn error(self, text: &str) -> String {
        self.with("1;31", text)
    }

    fn number(self, text: &str) -> String {
        self.with("36", text)
    }

    fn faint(self, text: &str) -> String {
        self.with("2", text)
    }
}

/// An open goal with its scope; lines without a last line end.
fn goal_text(environment: &mut Environment, open: &OpenGoal, paint: Paint) -> String {
    environment.set_budget(ITEM_BUDGET);
    let names = open.scope.printed(&environment.store);
    let mut text = String::new();
    let mut show = |term| print_limited(environment, &names, term, SHOWN);
    for entry in &open.entries {
        let line = match entry {
            Entry::Local { name, ty, .. } | Entry::Named { name, ty, is_proof: true, .. } => {
                format!("{} : {}", paint.strong(name), show(*ty))
            }
            Entry::Named { name, value, ty, .. } => {
                format!("{} : {} = {}", paint.strong(name), show(*ty), show(*value))
            }
            Entry::Fact(fact) => show(fact.proposition),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    if !text.is_empty() {
        let _ = writeln!(text, "  {}", paint.faint(&"-".repeat(40)));
    }
    text + "  " + &paint.strong(&show(open.goal))
}

impl Session {
    pub(super) fn paint(&self) -> Paint {
        Paint(self.options.style)
    }

    /// The goal in focus with its first actions; without a final line end.
    pub(super) fn focus_text(&mut self) -> String {
        let focus = self.focus();
        match self.goal_at(focus) {
            Some(goal) => match self.actions_text(LISTED) {
                Ok(actions) => format!("{goal}\n\n{actions}"),
                Err(error) => format!("{goal}\n\n{error}"),
            },
            None => String::new(),
        }
    }

    fn goal_at(&mut self, index: usize) -> Option<String> {
        let paint = self.paint();
        let view = self.view.as_mut()?;
        let open = view.open.get(index)?;
        let title = match view.open.len() {
            1 => "the goal:".to_owned(),
            count => format!("goal {} of {count}:", index + 1),
        };
        Some(format!("{}\n{}", paint.faint(&title), goal_text(&mut view.theory.environment, open, paint)))
    }

    /// All open goals, the one in focus marked.
    pub(super) fn goals_text(&mut self) -> Result<String, ReplError> {
        let count = self.view.as_ref().map_or(0, |view| view.open.len());
        if count == 0 {
            return Err(ReplError::NoGoal);
        }
        let focus = self.focus();
        let goals = (0..count).filter_map(|index| {
            let goal = self.goal_at(index)?;
            Some(if index == focus && count > 1 { goal.replacen(":\n", " (in focus):\n", 1) } else { goal })
        });
        Ok(goals.collect::<Vec<_>>().join("\n\n"))
    }

    /// The actions of the goal in focus, at most this many; without a final line end.
    pub(super) fn actions_text(&mut self, limit: usize) -> Result<String, ReplError> {
        let paint = self.paint();
        let offer = self.offer()?;
        let count = offer.actions.len();
        if count == 0 {
            return Ok("no action is offered here: type a step, or `help`".to_owned());
        }
        let width = count.min(limit).to_string().len();
        let mut lines = Vec::new();
        for (index, (action, prior)) in offer.actions.iter().take(limit).enumerate() {
            let number = paint.number(&format!("{:>width$}", index + 1));
            let prior = prior.map_or(String::new(), |prior| {
                let percent = format!("{:>4.0}%", 100.0 * prior);
                format!("{}  ", paint.faint(&percent))
            });
            lines.push(format!("  {number}  {prior}{}", shortened(&offer.line(action))));
        }
        if count > limit {
            lines.push(paint.faint(&format!("  and {} more: `actions` lists them", count - limit)));
        }
        Ok(lines.join("\n"))
    }

    /// An error in words, with the lines where it stands; `line` is the number of the input's first line.
    pub(super) fn error_text(&self, error: &ReplError, input: &str, line: usize) -> String {
        match error {
            ReplError::Input(diagnostics) => self.diagnostics_text(diagnostics, input, line),
            ReplError::Text { name, text, diagnostics } => excerpts(name, text, diagnostics, self.options.style),
            ReplError::Refused(report) => report_text(report, self.options.style),
            other => {
                let at =
                    if self.options.interactive { String::new() } else { format!("{}:{line}: ", self.options.name) };
                format!("{at}{}: {other}", self.paint().error("error"))
            }
        }
    }

    /// Findings about the input, with the lines where they stand.
    pub(super) fn diagnostics_text(&self, diagnostics: &[Diagnostic], input: &str, line: usize) -> String {
        // Lines before the input are blank, so that it gets the numbers that it has.
        let before = line - 1;
        let text = "\n".repeat(before) + input;
        let shifted: Vec<Diagnostic> = diagnostics.iter().map(|one| shifted(one, before as i64)).collect();
        excerpts(&self.options.name, &text, &shifted, self.options.style)
    }
}

/// A line of at most [`SHOWN`] characters.
fn shortened(line: &str) -> String {
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

fn excerpts(name: &str, text: &str, diagnostics: &[Diagnostic], style: Style) -> String {
    let lines = LineIndex::new(text);
    let excerpts = diagnostics.iter().map(|one| render::human(name, &lines, one, style));
    excerpts.collect::<String>().trim_end().to_owned()
}

fn report_text(report: &LoadReport, style: Style) -> String {
    let mut text = String::new();
    for (file, error) in report.errors().take(ERRORS) {
        text.push_str(&render::human(&file.source.name, &LineIndex::new(&file.source.text), error, style));
    }
    let count = report.errors().count();
    if count > ERRORS {
        let _ = writeln!(text, "and {} more errors", count - ERRORS);
    }
    text.trim_end().to_owned()
}

/// A finding about a text, moved to the place of that text in another one. Positions outside that text become its edge.
pub(super) fn shifted(diagnostic: &Diagnostic, by: i64) -> Diagnostic {
    let shift = |offset: u32| u32::try_from((i64::from(offset) + by).max(0)).unwrap_or(u32::MAX);
    let Span { start, end } = diagnostic.span;
    Diagnostic { span: Span { start: shift(start), end: shift(end) }, ..diagnostic.clone() }
}

/// A term of no scope.
pub(super) fn closed_text(theory: &mut Theory, term: TermId) -> String {
    theory.environment.set_budget(ITEM_BUDGET);
    let names = theory.names();
    print_limited(&mut theory.environment, &names, term, SHOWN)
}
