//! `prover check`: check files of the Peano language.

use std::collections::HashSet;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{CliError, Context, Status, complain, output};
use crate::run::Verbosity;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::render::{self, Style};
use crate::syntax::source::{LineIndex, decode};
use crate::syntax::tree::Span;
use crate::theory::Theory;
use crate::theory::fault::codes;
use crate::theory::import::{Files, SourceText};
use crate::theory::load::{self, CheckOptions, ItemReport, LoadReport, Missing};

/// Arguments of `prover check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// Files to check; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How to say what was found
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Say for each theorem which axioms it rests on
    #[arg(long)]
    pub axioms: bool,
    /// Threads; 0 takes all cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
}

const EXAMPLES: &str = "\
Examples:
  prover check my-theory.p
  prover check --axioms runs/my-run/proofs/*.peano
  prover check --format json a.p b.p | grep '\"status\":\"error\"'

With --format json, each line is an object with file, name, kind, status (\"ok\" or \"error\"), code, line, column and
message; what does not apply is null.

Exit status: 0 all is right, 1 something is wrong, 2 a file could not be read.";

/// How to say what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: errors with the lines where they stand, and a summary
    #[default]
    Human,
    /// For programs: one JSON object a line
    Json,
}

/// What was found about one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Every declaration, theorem and block, in the order of the file.
    pub items: Vec<Checked>,
    /// What belongs to none of them, such as syntax errors.
    pub others: Vec<Diagnostic>,
    /// Names that were refused, and what was checked without them.
    pub missing: Vec<Missing>,
}

/// What was found about one item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its name; empty if it has none.
    pub name: String,
    /// What it is, such as `theorem`.
    pub kind: &'static str,
    /// Where it stands.
    pub span: Span,
    /// The axioms that it rests on, if it is a theorem and they were asked for.
    pub axioms: Option<Vec<String>>,
    /// What is wrong with it, or odd about it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    fn shown_name(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(&self.name)
    }
}

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
    axioms: Option<&'a [String]>,
}

/// Carries out the command.
///
/// # Errors
/// When results cannot be written. Files that cannot be read are told of and passed over, with [`Status::Trouble`] in
/// the end.
pub fn run(args: &CheckArgs, context: &Context) -> Result<Status, CliError> {
    run_with(args, context, &mut BufWriter::new(output::stdout()), |path, text, axioms| {
        check_source(path, text, axioms, args.threads)
    })
}

/// Checks a source, going on after errors. `path` says where imports are looked for; it is `-` for standard input.
fn check_source(path: &Path, text: &str, axioms: bool, threads: usize) -> Result<FileReport, CliError> {
    let source = match path == Path::new("-") {
        true => SourceText { folder: Some(PathBuf::from(".")), ..SourceText::text("<stdin>", text) },
        false => SourceText::file(path, text),
    };
    let mut theory = Theory::new();
    let mut report = theory.check_into(source, &Files, CheckOptions { threads, progress: None });
    let rests = axioms.then(|| theory.environment.axioms());
    // The file asked for is the last.
    let Some(mut file) = report.files.pop() else { return Ok(FileReport::default()) };
    explain_imports(&mut file, &report);
    let rests_on = |item: &ItemReport| {
        let constant = item.constant.filter(|_| matches!(item.kind, "theorem" | "lemma" | "corollary"))?;
        let axioms = rests.as_ref()?.of(constant).iter();
        Some(axioms.map(|&axiom| theory.environment.declaration(axiom).name.to_string()).collect())
    };
    let mut found = FileReport { missing: file.missing, ..FileReport::default() };
    for item in file.items {
        match item.kind {
            "syntax" => found.others.extend(item.diagnostics),
            kind => {
                let axioms = rests_on(&item);
                found.items.push(Checked {
                    name: item.name,
                    kind,
                    span: item.span,
                    axioms,
                    diagnostics: item.diagnostics,
                });
            }
        }
    }
    Ok(found)
}

/// Says of each import that failed what the first error in the imported files is.
fn explain_imports(file: &mut load::FileReport, imported: &LoadReport) {
    let Some((first, error)) = imported.errors().next() else { return };
    let position = LineIndex::new(&first.source.text).position(error.span.start);
    let note = format!("{}:{position}: {} [{}]", first.source.name, error.message, error.code);
    let diagnostics = file.items.iter_mut().flat_map(|item| &mut item.diagnostics);
    for diagnostic in diagnostics.filter(|diagnostic| diagnostic.code == codes::IMPORT_FAILED) {
        diagnostic.notes.push(note.clone());
    }
}

/// What the summary says of names that were refused: what was checked without them.
fn missing_text(missing: &Missing) -> String {
    let Missing { name, is_unproved, mentioned_by, later } = missing;
    let what = if *is_unproved { "was not proved" } else { "was refused" };
    let plural = if *later == 1 { " was" } else { "s were" };
    let mut text = format!("{name} {what}; {later} later proof{plural} checked without it");
    if !mentioned_by.is_empty() {
        const SHOWN: usize = 20;
        text.push_str("; it is mentioned by ");
        text.push_str(&mentioned_by[..mentioned_by.len().min(SHOWN)].join(", "));
        if mentioned_by.len() > SHOWN {
            text.push_str(", ...");
        }
    }
    text
}

/// Carries out the command with `check` in the place of [`check_source`].
fn run_with(
    args: &CheckArgs,
    context: &Context,
    out: &mut dyn Write,
    mut check: impl FnMut(&Path, &str, bool) -> Result<FileReport, CliError>,
) -> Result<Status, CliError> {
    let mut report = Report { args, context, out, status: Status::Fine, checked: 0, wrong: 0 };
    let mut seen = HashSet::new();
    for path in &args.files {
        // The same file twice would be counted twice; standard input can be read once only.
        if !seen.insert(path) {
            continue;
        }
        let Some(text) = report.text(path)? else { continue };
        let found = check(path, &text, args.axioms)?;
        report.file(path, &text, &found).map_err(CliError::Output)?;
    }
    report.end().map_err(CliError::Output)
}

/// The report as it is written.
struct Report<'a> {
    args: &'a CheckArgs,
    context: &'a Context,
    out: &'a mut dyn Write,
    status: Status,
    checked: usize,
    wrong: usize,
}

impl Report<'_> {
    /// Reads a file; `None` if it cannot be read, which is then told.
    fn text(&mut self, path: &Path) -> Result<Option<String>, CliError> {
        let file = shown(path);
        let (code, message) = match read(path) {
            Ok(bytes) => match decode(bytes) {
                Ok(text) => return Ok(Some(text)),
                Err(diagnostic) => (diagnostic.code, diagnostic.message),
            },
            Err(error) => ("unreadable", error.to_string()),
        };
        complain(&self.context.progress, &format!("cannot read {file}: {message}"));
        self.status = Status::Trouble;
        if self.args.format == Format::Json {
            let line = Line {
                file: &file,
                name: None,
                kind: "file",
                status: "error",
                code: Some(code),
                line: None,
                column: None,
                message: Some(message),
                axioms: None,
            };
            self.json(&line).map_err(CliError::Output)?;
        }
        Ok(None)
    }

    /// Writes what was found about a file.
    fn file(&mut self, path: &Path, text: &str, found: &FileReport) -> io::Result<()> {
        let file = shown(path);
        let lines = LineIndex::new(text);
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        self.checked += found.items.len();
        self.wrong += found.items.iter().filter(|item| item.diagnostics.iter().any(is_error)).count();
        self.wrong += found.others.iter().filter(|diagnostic| is_error(diagnostic)).count();
        match self.args.format {
            Format::Human => self.human(&file, &lines, found),
            Format::Json => self.lines(&file, &lines, found),
        }
    }

    fn human(&mut self, file: &str, lines: &LineIndex<'_>, found: &FileReport) -> io::Result<()> {
        let style = if self.context.color { Style::Colour } else { Style::Plain };
        let mut diagnostics: Vec<&Diagnostic> =
            found.others.iter().chain(found.items.iter().flat_map(|item| &item.diagnostics)).collect();
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        for diagnostic in diagnostics {
            writeln!(self.out, "{}", render::human(file, lines, diagnostic, style))?;
        }
        for item in &found.items {
            let right = item.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
            if right && self.context.verbosity >= Verbosity::Verbose {
                writeln!(self.out, "{file}:{}: {} {} is right", lines.position(item.span.start), item.kind, item.name)?;
            }
            match item.axioms.as_deref() {
                None => {}
                Some([]) => writeln!(self.out, "{} rests on no axiom", item.name)?,
                Some(axioms) => writeln!(self.out, "{} rests on {}", item.name, axioms.join(", "))?,
            }
        }
        for missing in found.missing.iter().filter(|missing| missing.later > 0 || !missing.mentioned_by.is_empty()) {
            writeln!(self.out, "{file}: {}", missing_text(missing))?;
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
            if item.diagnostics.is_empty() {
                let position = lines.position(item.span.start);
                self.json(&Line {
                    file,
                    name: item.shown_name(),
                    kind: item.kind,
                    status: "ok",
                    code: None,
                    line: Some(position.line),
                    column: Some(position.column),
                    message: None,
                    axioms: item.axioms.as_deref(),
                })?;
            }
        }
        Ok(())
    }

    fn json(&mut self, line: &Line<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, line)?;
        self.out.write_all(b"\n")
    }

    /// Writes the summary and says how the command ends.
    fn end(self) -> io::Result<Status> {
        if self.args.format == Format::Human && self.context.verbosity > Verbosity::Quiet {
            writeln!(self.out, "{} checked, {} wrong", self.checked, self.wrong)?;
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
    Line {
        file,
        name: item.and_then(Checked::shown_name),
        kind: item.map_or("file", |item| item.kind),
        status: if diagnostic.severity == Severity::Error { "error" } else { "ok" },
        code: Some(found.code),
        line: Some(found.position.line),
        column: Some(found.position.column),
        message: Some(found.message),
        axioms: item.and_then(|item| item.axioms.as_deref()),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name of a file as it is shown.
fn shown(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".into() } else { path.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Progress;

    fn item(name: &str, diagnostics: Vec<Diagnostic>) -> Checked {
        let span = Span { start: 4, end: 5 };
        Checked { name: name.into(), kind: "theorem", span, axioms: None, diagnostics }
    }

    fn error() -> Diagnostic {
        Diagnostic::error("type-mismatch", Span { start: 4, end: 5 }, "it does not fit")
    }

    fn outcome(
        files: &[&Path],
        format: Format,
        check: impl FnMut(&Path, &str, bool) -> Result<FileReport, CliError>,
    ) -> (Status, String) {
        let args = CheckArgs { files: files.iter().map(PathBuf::from).collect(), format, axioms: false, threads: 1 };
        let context = Context { verbosity: Verbosity::Normal, color: false, progress: Progress::quiet() };
        let mut out = Vec::new();
        let status = run_with(&args, &context, &mut out, check).unwrap();
        (status, String::from_utf8(out).unwrap())
    }

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn a_person_sees_errors_and_a_summary() {
        let file = file(b"abc\nd\n");
        let (status, text) = outcome(&[file.path(), file.path()], Format::Human, |path, text, _| {
            assert_eq!((path, text), (file.path(), "abc\nd\n"));
            Ok(FileReport { items: vec![item("a", vec![]), item("b", vec![error()])], others: vec![], missing: vec![] })
        });
        assert_eq!(status, Status::Wrong);
        assert!(text.contains("error[type-mismatch]: it does not fit"), "{text}");
        assert!(text.contains(&format!("{}:2:1", file.path().display())), "{text}");
        assert!(text.ends_with("2 checked, 1 wrong\n"), "{text}");
    }

    #[test]
    fn a_program_reads_one_object_a_line() {
        let file = file(b"abc\nd\n");
        let warning = Diagnostic::warning("unused", Span::default(), "never used");
        let (status, text) = outcome(&[file.path()], Format::Json, |_, _, _| {
            let items = vec![item("a", vec![]), item("b", vec![error()]), item("c", vec![warning.clone()])];
            Ok(FileReport { items, others: vec![error()], missing: vec![] })
        });
        assert_eq!(status, Status::Wrong);
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let keys: Vec<&String> = lines[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["file", "name", "kind", "status", "code", "line", "column", "message"]);
        let brief: Vec<_> =
            lines.iter().map(|line| (line["name"].as_str(), line["status"].as_str().unwrap())).collect();
        assert_eq!(brief, [(None, "error"), (Some("a"), "ok"), (Some("b"), "error"), (Some("c"), "ok")]);
        assert_eq!((&lines[2]["line"], &lines[2]["column"]), (&2.into(), &1.into()));
        assert_eq!(lines[2]["code"], "type-mismatch");
        assert!(lines[1]["code"].is_null() && lines[1]["message"].is_null());
    }

    #[test]
    fn all_right_is_status_0() {
        let file = file(b"");
        let (status, text) = outcome(&[file.path()], Format::Human, |_, _, _| Ok(FileReport::default()));
        assert_eq!((status, text.as_str()), (Status::Fine, "0 checked, 0 wrong\n"));
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_with_status_2() {
        let (good, bad) = (file(b"abc\nd\n"), file(b"ab\xff"));
        let files = [Path::new("/no/such/file"), bad.path(), good.path(), Path::new("/")];
        let mut seen = 0;
        let (status, text) = outcome(&files, Format::Json, |_, _, _| {
            seen += 1;
            Ok(FileReport { items: vec![item("b", vec![error()])], others: vec![], missing: vec![] })
        });
        assert_eq!((status, seen), (Status::Trouble, 1));
        let codes: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["code"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(codes, ["unreadable", "invalid-utf8", "type-mismatch", "unreadable"]);
        assert!(text.contains("at byte 2"), "{text}");
    }
}
