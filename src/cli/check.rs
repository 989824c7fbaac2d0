//! `prover check`: check files of the Peano language, and files of questions with compute graphs.

use std::collections::HashSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::late_bar::LateBar;
use super::{CliError, Context, Status, output};
use crate::logic::{ConstId, Environment};
use crate::run::Progress;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::source::LineIndex;
use crate::syntax::tree::Span;
use crate::theory::Theory;
use crate::theory::fault::codes;
use crate::theory::import::{Files, Resolver, SourceText};
use crate::theory::load::{self, CheckOptions, Kind, LoadReport, Missing};
use crate::threads;
use digest::{Digest, ProofDigest, ProofDigests, Read};
use report::Report;
use rests::Rests;

mod digest;
mod report;
mod rests;
mod watch;

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
    /// Say for each theorem which axioms and definitions it rests on, and in which files these stand
    #[arg(long)]
    pub axioms: bool,
    /// Say for each file the SHA-256 of all that was read for it: itself and what it imports, built-in theories too
    #[arg(long)]
    pub digest: bool,
    /// Threads; 0 takes all cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
    /// Check again whenever a file, or one that it imports, changes; Ctrl-C ends
    #[arg(long)]
    pub watch: bool,
}

const EXAMPLES: &str = "\
Examples:
  prover check my-theory.p
  prover check --axioms runs/my-run/proofs/*.peano
  prover check --watch --pretty my-theory.p
  prover check answers.graph
  prover check --format json a.p b.p | grep '\"status\":\"error\"'

A file named *.graph holds questions with compute graphs (docs/graphs.md): each graph is given types, evaluated, and \
compared with the answer if there is one.

With --format json, each line is an object with file, name, kind, status, code, line, column and message; what does not \
apply is null. The status of an item is \"ok\" or \"error\"; a line with the status \"warning\" says something of it besides. \
The commands #check, #eval and #print have what they say as message. A theorem has statement and proof, the digests \
of its two terms (docs/export.md says of what). With --axioms, the line of a theorem has axioms, a list of names, and \
rests_on, the axioms and definitions with name, kind, file and line. With --digest, a line of the kind \"digest\" has \
digest and read, the files with sha256, role and file (docs/soundness.md says what is hashed).

Exit status: 0 all is right, 1 something is wrong, 2 a file could not be read.";

/// Format of the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: errors with the lines where they stand, and a summary
    #[default]
    Human,
    /// For programs: one JSON object a line
    Json,
}

/// The findings about one file.
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    /// Every declaration, theorem and block, in the order of the file.
    pub items: Vec<Checked>,
    /// Findings that belong to none of them, such as syntax errors.
    pub others: Vec<Diagnostic>,
    /// Names that were refused, with the items that were checked without them.
    pub missing: Vec<Missing>,
    /// The foundations of theorems, if they were asked for.
    rests: Option<Rests>,
    /// All that was read, if that was asked for.
    pub digest: Option<Digest>,
    /// The digests of the proofs, if programs read them.
    pub proofs: FxHashMap<ConstId, ProofDigest>,
}

/// An axiom or a definition that a theorem rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foundation {
    /// Its name.
    pub name: String,
    /// `axiom` or `definition`.
    pub kind: &'static str,
    /// The file in which it stands; `None` if it came with none.
    pub file: Option<String>,
    /// The line there on which its item begins.
    pub line: Option<u32>,
}

/// The findings about one item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its kind, such as `theorem`.
    pub kind: &'static str,
    /// Where it stands.
    pub span: Span,
    /// The constant, if it is a theorem that was proved.
    theorem: Option<ConstId>,
    /// Its answer, if it is a command.
    pub said: Option<String>,
    /// Errors and warnings about it.
    pub diagnostics: Vec<Diagnostic>,
}

impl FileReport {
    /// Everything that is wrong or odd, in no order.
    fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.others.iter().chain(self.items.iter().flat_map(|item| &item.diagnostics))
    }
}

impl Checked {
    fn shown_name(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(&self.name)
    }
}

/// Carries out the command.
///
/// # Errors
/// When results cannot be written. Files that cannot be read are reported and skipped, with [`Status::Trouble`] in the
/// end.
pub fn run(args: &CheckArgs, context: &Context) -> Result<Status, CliError> {
    let mut out = BufWriter::new(output::stdout());
    if args.watch {
        return watch::run(args, context, &mut out);
    }
    run_with(args, context, &mut out, |path, text| check_source(path, text, &Asked::new(args, context, &Files)))
}

/// The options of a check.
struct Asked<'a> {
    /// Whether to list the axioms that theorems rest on.
    axioms: bool,
    /// Whether to hash the files that are read.
    digest: bool,
    /// Whether to hash proof terms.
    proofs: bool,
    /// Whether to say everything in infix notation.
    infix: bool,
    /// The number of threads.
    threads: usize,
    /// The progress display of a long check.
    progress: &'a Progress,
    resolver: &'a dyn Resolver,
}

impl<'a> Asked<'a> {
    fn new(args: &CheckArgs, context: &'a Context, resolver: &'a dyn Resolver) -> Self {
        // Programs get text that can be read again.
        let infix = context.pretty && args.format == Format::Human;
        let (axioms, digest, threads) = (args.axioms, args.digest, threads::count(args.threads));
        let proofs = args.format == Format::Json;
        Self { axioms, digest, proofs, infix, threads, progress: &context.progress, resolver }
    }
}

/// The theory of a source with its imports.
fn load(source: SourceText, asked: &Asked<'_>, proofs: &ProofDigests) -> (Theory, LoadReport) {
    let mut theory = Theory::new();
    if asked.infix {
        theory.write_infix();
    }
    let bar = LateBar::new(asked.progress, "bytes", source.text.len());
    let progress = |bytes| bar.add(bytes);
    let note = |environment: &Environment, accepted| proofs.note(environment, accepted);
    let accepted: Option<&load::Accept<'_>> = if asked.proofs { Some(&note) } else { None };
    let options =
        CheckOptions { threads: asked.threads, progress: Some(&progress), accepted, ..CheckOptions::default() };
    let report = theory.check_into(source, asked.resolver, options);
    (theory, report)
}

/// Checks a file of questions with graphs.
fn check_graphs(path: &Path, text: &str, asked: &Asked<'_>) -> FileReport {
    let report = crate::graph::language::file::check(text);
    let checked = |item: crate::graph::language::file::Checked| Checked {
        name: item.question,
        kind: "question",
        span: item.span,
        theorem: None,
        said: item.said,
        diagnostics: item.diagnostics,
    };
    let items = report.items.into_iter().map(checked).collect();
    let digest = asked.digest.then(|| Digest::of([Read::file(report::shown(path), text)]));
    FileReport { items, others: report.others, digest, ..FileReport::default() }
}

/// Checks a source, going on after errors. `path` says where imports are looked for; it is `-` for standard input. A
/// file `*.graph` holds questions with graphs, any other one items of the Peano language.
fn check_source(path: &Path, text: &str, asked: &Asked<'_>) -> FileReport {
    if path.extension().is_some_and(|extension| extension == "graph") {
        return check_graphs(path, text, asked);
    }
    let source = match path == Path::new("-") {
        true => SourceText { folder: Some(PathBuf::from(".")), ..SourceText::text("<stdin>", text) },
        false => SourceText::file(path, text),
    };
    let proofs = ProofDigests::default();
    let (theory, mut report) = load(source, asked, &proofs);
    let digest = asked.digest.then(|| Digest::of(report.files.iter().map(Read::of)));
    let rests = asked.axioms.then(|| Rests::new(&theory, &report));
    // The file asked for is the last.
    let Some(mut file) = report.files.pop() else { return FileReport::default() };
    explain_imports(&mut file, &report);
    let proofs = if asked.proofs { proofs.of(&theory, &file.items) } else { FxHashMap::default() };
    let mut found = FileReport { missing: file.missing, rests, digest, proofs, ..FileReport::default() };
    for item in file.items {
        match item.kind {
            Kind::Syntax => found.others.extend(item.diagnostics),
            kind => {
                found.items.push(Checked {
                    theorem: rests::proved(&item),
                    name: item.name,
                    kind: kind.word(),
                    span: item.span,
                    said: item.said,
                    diagnostics: item.diagnostics,
                });
            }
        }
    }
    found
}

/// Adds to each failed import the first error in the files that came with it.
fn explain_imports(file: &mut load::FileReport, imported: &LoadReport) {
    // The files that an import brings stand before the one that it names, after those of the imports before it.
    let mut from = 0;
    for item in &mut file.items {
        let Some(failed) = item.diagnostics.iter_mut().find(|diagnostic| diagnostic.code == codes::IMPORT_FAILED)
        else {
            continue;
        };
        let is_named = |other: &load::FileReport| other.imported_as.as_ref() == Some(&item.name) && !other.is_fine();
        let Some(place) = imported.files[from..].iter().position(is_named) else { continue };
        let brought = &imported.files[from..=from + place];
        from += place + 1;
        let items = brought.iter().flat_map(|file| file.items.iter().map(move |item| (file, item)));
        let mut findings = items.flat_map(|(file, item)| item.diagnostics.iter().map(move |finding| (file, finding)));
        let Some((first, error)) = findings.find(|(_, finding)| finding.severity == Severity::Error) else { continue };
        let position = LineIndex::new(&first.source.text).position(error.span.start);
        failed.notes.push(format!("{}:{position}: {} [{}]", first.source.name, error.message, error.code));
    }
}

/// Carries out the command with `check` in the place of [`check_source`].
fn run_with(
    args: &CheckArgs,
    context: &Context,
    out: &mut dyn Write,
    mut check: impl FnMut(&Path, &str) -> FileReport,
) -> Result<Status, CliError> {
    let mut report = Report::new(args, context, out);
    let mut seen = HashSet::new();
    for path in &args.files {
        // The same file twice would be counted twice; standard input can be read once only.
        if !seen.insert(path) {
            continue;
        }
        let Some(text) = report.text(path)? else { continue };
        let found = check(path, &text);
        report.file(path, &text, &found).map_err(CliError::Output)?;
    }
    report.end().map_err(CliError::Output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Progress, Verbosity};

    fn item(name: &str, diagnostics: Vec<Diagnostic>) -> Checked {
        let span = Span { start: 4, end: 5 };
        Checked { name: name.into(), kind: "theorem", span, theorem: None, said: None, diagnostics }
    }

    fn error() -> Diagnostic {
        Diagnostic::error("type-mismatch", Span { start: 4, end: 5 }, "it does not fit")
    }

    fn outcome(files: &[&Path], format: Format, check: impl FnMut(&Path, &str) -> FileReport) -> (Status, String) {
        let args = CheckArgs {
            files: files.iter().map(PathBuf::from).collect(),
            format,
            axioms: false,
            digest: false,
            watch: false,
            threads: 1,
        };
        let context =
            Context { verbosity: Verbosity::Normal, color: false, pretty: false, progress: Progress::quiet() };
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
        let (status, text) = outcome(&[file.path(), file.path()], Format::Human, |path, text| {
            assert_eq!((path, text), (file.path(), "abc\nd\n"));
            FileReport { items: vec![item("a", vec![]), item("b", vec![error()])], ..FileReport::default() }
        });
        assert_eq!(status, Status::Wrong);
        assert!(text.contains("error[type-mismatch]: it does not fit"), "{text}");
        assert!(text.contains(&format!("{}:2:1", file.path().display())), "{text}");
        assert!(text.ends_with("2 checked, 1 wrong\nfor more on an error: `prover explain type-mismatch`\n"), "{text}");
    }

    #[test]
    fn what_commands_say_stands_between_errors() {
        let file = file(b"abc\nd\n");
        let said = |start, text: &str| Checked {
            kind: "check",
            span: Span { start, end: start + 1 },
            said: Some(text.into()),
            ..item("", vec![])
        };
        let items = || vec![said(5, "last : nat"), item("b", vec![error()]), said(0, "first : nat")];
        let report = || FileReport { items: items(), ..FileReport::default() };
        let (status, text) = outcome(&[file.path()], Format::Human, |_, _| report());
        assert_eq!(status, Status::Wrong);
        let name = file.path().display();
        assert!(text.starts_with(&format!("{name}:1:1: first : nat\nerror[type-mismatch]")), "{text}");
        assert!(text.contains(&format!("\n\n{name}:2:2: last : nat\n3 checked, 1 wrong\n")), "{text}");
        let (_, text) = outcome(&[file.path()], Format::Json, |_, _| report());
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(
            (&first["kind"], &first["status"], &first["message"]),
            (&"check".into(), &"ok".into(), &"last : nat".into())
        );
    }

    #[test]
    fn a_program_reads_one_object_a_line() {
        let file = file(b"abc\nd\n");
        let warning = Diagnostic::warning("unused", Span::default(), "never used");
        let (status, text) = outcome(&[file.path()], Format::Json, |_, _| {
            let items = vec![
                item("a", vec![]),
                item("b", vec![warning.clone(), error()]),
                item("c", vec![warning.clone(), warning.clone()]),
            ];
            FileReport { items, others: vec![error()], ..FileReport::default() }
        });
        assert_eq!(status, Status::Wrong);
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let keys: Vec<&String> = lines[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["file", "name", "kind", "status", "code", "line", "column", "message"]);
        let brief: Vec<_> =
            lines.iter().map(|line| (line["name"].as_str(), line["status"].as_str().unwrap())).collect();
        let (b, c) = (Some("b"), Some("c"));
        assert_eq!(
            brief,
            [
                (None, "error"),
                (Some("a"), "ok"),
                (b, "warning"),
                (b, "error"),
                (c, "warning"),
                (c, "warning"),
                (c, "ok")
            ]
        );
        assert_eq!((&lines[3]["line"], &lines[3]["column"]), (&2.into(), &1.into()));
        assert_eq!((&lines[2]["code"], &lines[3]["code"]), (&"unused".into(), &"type-mismatch".into()));
        assert!(lines[6]["code"].is_null() && lines[6]["message"].is_null());
        assert!(lines[1]["code"].is_null() && lines[1]["message"].is_null());
    }

    #[test]
    fn all_right_is_status_0() {
        let file = file(b"");
        let (status, text) = outcome(&[file.path()], Format::Human, |_, _| FileReport::default());
        assert_eq!((status, text.as_str()), (Status::Fine, "0 checked, 0 wrong\n"));
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_with_status_2() {
        let (good, bad) = (file(b"abc\nd\n"), file(b"ab\xff"));
        let files = [Path::new("/no/such/file"), bad.path(), good.path(), Path::new("/")];
        let mut seen = 0;
        let (status, text) = outcome(&files, Format::Json, |_, _| {
            seen += 1;
            FileReport { items: vec![item("b", vec![error()])], ..FileReport::default() }
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
