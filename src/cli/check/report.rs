//! The output of `prover check`: excerpts and a summary for people, a JSON object a line for programs.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::digest::Read;
use super::{CheckArgs, Checked, FileReport, Format, Foundation};
use crate::cli::{CliError, Context, Status, input};
use crate::run::Verbosity;
use crate::syntax::codes::FILE_TOO_LARGE;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::render::{self, Style, visible, visible_lines};
use crate::syntax::source::{LineIndex, MAX_LENGTH, decode};
use crate::theory::fault::codes;
use crate::theory::load::Missing;

/// A line of `--format json`.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    name: Option<&'a str>,
    kind: &'a str,
    status: &'static str,
    code: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    axioms: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rests_on: Option<Vec<&'a Foundation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<&'a [Read]>,
}

impl<'a> Line<'a> {
    /// A line about a file, of some kind, that says nothing yet.
    fn new(file: &'a str, kind: &'a str, status: &'static str) -> Self {
        Self {
            file,
            name: None,
            kind,
            status,
            code: None,
            line: None,
            column: None,
            message: None,
            axioms: None,
            rests_on: None,
            statement: None,
            proof: None,
            digest: None,
            read: None,
        }
    }
}

/// The part of the summary about a refused name: the items that were checked without it.
fn missing_text(missing: &Missing) -> String {
    const SHOWN: usize = 20;
    let Missing { name, is_unproved, mentioned_by } = missing;
    let what = if *is_unproved { "was not proved" } else { "was refused" };
    let users = mentioned_by[..mentioned_by.len().min(SHOWN)].join(", ");
    let more = if mentioned_by.len() > SHOWN { ", ..." } else { "" };
    let plural = if mentioned_by.len() == 1 { "s it and was" } else { " it and were" };
    format!("{name} {what}; {users}{more} use{plural} checked without it")
}

/// A message about a place in a file.
enum Said<'a> {
    /// An error or a warning.
    Finding(&'a Diagnostic),
    /// The answer to a command.
    Answer(&'a str),
}

/// The report as it is written.
pub(super) struct Report<'a> {
    args: &'a CheckArgs,
    context: &'a Context,
    out: &'a mut dyn Write,
    status: Status,
    checked: usize,
    wrong: usize,
    /// The code of the first error.
    first: Option<&'static str>,
}

impl<'a> Report<'a> {
    /// A report of which nothing is written yet.
    pub(super) fn new(args: &'a CheckArgs, context: &'a Context, out: &'a mut dyn Write) -> Self {
        Self { args, context, out, status: Status::Fine, checked: 0, wrong: 0, first: None }
    }

    /// Reads a file; `None` if it cannot be read, which is then reported.
    pub(super) fn text(&mut self, path: &Path) -> Result<Option<String>, CliError> {
        let file = shown(path);
        // What is watched is read again and again: a pipe would be waited for, and a change never seen.
        let repeatable = if self.args.watch { crate::input::check_repeatable(path) } else { Ok(()) };
        let (code, message) = match repeatable.and_then(|()| input::read(path, MAX_LENGTH)) {
            Ok(bytes) => match decode(bytes) {
                Ok(text) => return Ok(Some(text)),
                Err(diagnostic) => (diagnostic.code, diagnostic.message),
            },
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => (FILE_TOO_LARGE, error.to_string()),
            Err(error) => (codes::UNREADABLE, error.to_string()),
        };
        self.context.progress.suspend(|| {
            // A closed standard error must not end the program.
            let _ = writeln!(io::stderr(), "error[{code}]: cannot read {}: {message}", visible(&file));
        });
        self.first.get_or_insert(code);
        self.status = Status::Trouble;
        if self.args.format == Format::Json {
            let line = Line { code: Some(code), message: Some(message), ..Line::new(&file, "file", "error") };
            self.json(&line).map_err(CliError::Output)?;
        }
        Ok(None)
    }

    /// Writes the findings about a file.
    pub(super) fn file(&mut self, path: &Path, text: &str, found: &FileReport) -> io::Result<()> {
        let file = shown(path);
        let lines = LineIndex::new(text);
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        self.checked += found.items.len();
        self.wrong += found.items.iter().filter(|item| item.diagnostics.iter().any(is_error)).count();
        self.wrong += found.others.iter().filter(|diagnostic| is_error(diagnostic)).count();
        let errors = found.diagnostics().filter(|diagnostic| is_error(diagnostic));
        let first = errors.min_by_key(|diagnostic| diagnostic.span.start).map(|diagnostic| diagnostic.code);
        self.first = self.first.or(first);
        match self.args.format {
            Format::Human => self.human(&file, &lines, found),
            Format::Json => self.lines(&file, &lines, found),
        }
    }

    fn human(&mut self, file: &str, lines: &LineIndex<'_>, found: &FileReport) -> io::Result<()> {
        let style = if self.context.color { Style::Colour } else { Style::Plain };
        let file = &visible(file);
        let findings = found.diagnostics().map(|diagnostic| (diagnostic.span.start, Said::Finding(diagnostic)));
        let commands =
            found.items.iter().filter_map(|item| Some((item.span.start, Said::Answer(item.said.as_deref()?))));
        let mut all: Vec<(u32, Said<'_>)> = findings.chain(commands).collect();
        all.sort_by_key(|&(start, _)| start);
        for (start, said) in all {
            match said {
                Said::Finding(diagnostic) => writeln!(self.out, "{}", render::human(file, lines, diagnostic, style))?,
                Said::Answer(answer) => {
                    writeln!(self.out, "{file}:{}: {}", lines.position(start), visible_lines(answer))?;
                }
            }
        }
        for item in &found.items {
            let right = item.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
            if right && self.context.verbosity >= Verbosity::Verbose {
                let (at, kind, name) = (lines.position(item.span.start), item.kind, visible(&item.name));
                writeln!(self.out, "{file}:{at}: {kind} {name} is right")?;
            }
            let Some(all) = rests_on(found, item) else { continue };
            match &names(&all, "axiom")[..] {
                [] => writeln!(self.out, "{} rests on no axiom", item.name)?,
                axioms => writeln!(self.out, "{} rests on {}", item.name, axioms.join(", "))?,
            }
            let definitions = names(&all, "definition");
            if !definitions.is_empty() {
                writeln!(self.out, "{} rests on the definitions {}", item.name, definitions.join(", "))?;
            }
        }
        self.foundations(found.rests.as_ref().map_or(&[][..], |rests| &rests.foundations))?;
        if let Some(digest) = &found.digest {
            writeln!(self.out, "{file}: sha256:{} of", digest.sha256)?;
            for line in digest.lines() {
                writeln!(self.out, "  {}", visible(&line))?;
            }
        }
        for missing in found.missing.iter().filter(|missing| !missing.mentioned_by.is_empty()) {
            writeln!(self.out, "{file}: {}", missing_text(missing))?;
        }
        Ok(())
    }

    /// Says of axioms and definitions in which files they stand.
    fn foundations(&mut self, all: &[Foundation]) -> io::Result<()> {
        let mut files: Vec<Option<&str>> = Vec::new();
        for foundation in all {
            let file = foundation.file.as_deref();
            if !files.contains(&file) {
                files.push(file);
            }
        }
        for file in files {
            for (kind, plural) in [("axiom", "axioms"), ("definition", "definitions")] {
                let here: Vec<&Foundation> =
                    all.iter().filter(|foundation| foundation.file.as_deref() == file).collect();
                let names = names(&here, kind);
                if !names.is_empty() {
                    writeln!(self.out, "{plural} in {}: {}", visible(file.unwrap_or("no file")), names.join(", "))?;
                }
            }
        }
        Ok(())
    }

    fn lines(&mut self, file: &str, lines: &LineIndex<'_>, found: &FileReport) -> io::Result<()> {
        for diagnostic in &found.others {
            self.json(&diagnosed(file, lines, None, diagnostic))?;
        }
        for item in &found.items {
            for diagnostic in &item.diagnostics {
                self.json(&diagnosed(file, lines, Some(item), diagnostic))?;
            }
            // One verdict: an item that is refused has an error, and one with warnings only is accepted.
            if item.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
                let position = lines.position(item.span.start);
                let rests_on = rests_on(found, item);
                let proof = item.theorem.and_then(|theorem| found.proofs.get(&theorem));
                self.json(&Line {
                    name: item.shown_name(),
                    line: Some(position.line),
                    column: Some(position.column),
                    message: item.said.clone(),
                    axioms: rests_on.as_ref().map(|all| names(all, "axiom")),
                    rests_on,
                    statement: proof.map(|proof| &*proof.statement),
                    proof: proof.map(|proof| &*proof.proof),
                    ..Line::new(file, item.kind, "ok")
                })?;
            }
        }
        if let Some(digest) = &found.digest {
            self.json(&Line {
                digest: Some(format!("sha256:{}", digest.sha256)),
                read: Some(&digest.read),
                ..Line::new(file, "digest", "ok")
            })?;
        }
        Ok(())
    }

    fn json(&mut self, line: &Line<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, line)?;
        self.out.write_all(b"\n")
    }

    /// Writes the summary and gives the status of the command.
    pub(super) fn end(self) -> io::Result<Status> {
        if self.args.format == Format::Human && self.context.verbosity > Verbosity::Quiet {
            writeln!(self.out, "{} checked, {} wrong", self.checked, self.wrong)?;
            if let Some(code) = self.first {
                writeln!(self.out, "for more on an error: `prover explain {code}`")?;
            }
        }
        self.out.flush()?;
        Ok(self.status.max(if self.wrong > 0 { Status::Wrong } else { Status::Fine }))
    }
}

/// The line of one diagnostic.
fn diagnosed<'a>(
    file: &'a str,
    lines: &LineIndex<'_>,
    item: Option<&'a Checked>,
    diagnostic: &'a Diagnostic,
) -> Line<'a> {
    let found = render::json(diagnostic, lines);
    let status = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    Line {
        name: item.and_then(Checked::shown_name),
        code: Some(found.code),
        line: Some(found.position.line),
        column: Some(found.position.column),
        message: Some(found.message),
        ..Line::new(file, item.map_or("file", |item| item.kind), status)
    }
}

/// The foundations of an item, if they were asked for and it is a theorem that was proved.
fn rests_on<'f>(found: &'f FileReport, item: &Checked) -> Option<Vec<&'f Foundation>> {
    Some(found.rests.as_ref()?.of(item.theorem?))
}

/// The names of the axioms, or of the definitions.
fn names<'a>(foundations: &[&'a Foundation], kind: &str) -> Vec<&'a str> {
    let all = foundations.iter().filter(|foundation| foundation.kind == kind);
    all.map(|foundation| &*foundation.name).collect()
}

/// The name of a file as it is shown.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".into() } else { path.display().to_string() }
}
