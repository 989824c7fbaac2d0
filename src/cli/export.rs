//! `prover export`: theories and proofs for other kernels.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::late_bar::LateBar;
use super::{CliError, Context, Status, input, output};
use crate::export::{Development, ExportError, Options, Remark, Summary, Target, names};
use crate::run::{Pending, Verbosity, check_replaceable};
use crate::syntax::render::visible;
use crate::syntax::source::{MAX_LENGTH, decode};
use crate::theory::identity::Identity;
use crate::theory::import::{Files, SourceText, read_file};

/// Arguments of `prover export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// Files to check and to export with what they import, as one theory; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Notation to write
    #[arg(long, value_enum)]
    pub to: Notation,
    /// File to write, which must be new
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// With --to rocq: write `=`, `data` and `fun` as inductive types and functions where they fit, and prove what are
    /// axioms here
    #[arg(long)]
    pub native: bool,
    /// Replace OUT if it is there
    #[arg(long)]
    pub force: bool,
}

/// The notations that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    /// A file of Rocq (formerly Coq): `coqc OUT.v` checks it
    Rocq,
    /// A file of Lean 4, to be read
    Lean,
    /// The format of lean4export 3.1, for external checkers of Lean 4
    Lean4export,
}

const EXAMPLES: &str = "\
Examples:
  prover export --to rocq theories/natural-numbers.peano -o natural_numbers.v && coqc natural_numbers.v
  prover export --to rocq --native theories/lists.peano -o lists.v
  prover export --to lean4export runs/my-run/proofs/*.peano -o my-run.ndjson

docs/export.md says how terms and names are written. Only what the kernel has accepted is exported: where a file does \
not check, nothing is written.
Exit status: 0 all is written, 1 something is left out and told of, 2 a file is refused, or cannot be read or written.";

/// Carries out the command.
///
/// # Errors
/// When a file cannot be read, is refused or clashes with another, or when the output cannot be written.
pub fn run(args: &ExportArgs, context: &Context) -> Result<Status, CliError> {
    let path = &args.output;
    if args.to == Notation::Rocq && !is_module(path) {
        return Err(CliError::RocqFile { path: path.clone() });
    }
    if args.native && args.to != Notation::Rocq {
        return Err(CliError::NativeElsewhere);
    }
    // Before the work, not after.
    if !args.force && path.symlink_metadata().is_ok() {
        return Err(CliError::Exists { path: path.clone() });
    }
    let failed = |source| CliError::Save { path: path.clone(), source };
    check_replaceable(path).map_err(failed)?;
    let sources = args.files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let development = Development::load(sources, &Files).map_err(CliError::Export)?;
    let own = Identity::of_file(path);
    if development.sources().any(|source| source.is_same(&own)) {
        return Err(CliError::SameFile { path: path.clone() });
    }
    let mut pending = Pending::begin(path).map_err(failed)?;
    let summary = write(args, context, &development, pending.file()).map_err(|error| match error {
        ExportError::Output(source) => failed(source),
        error => CliError::Export(error),
    })?;
    match pending.finish(args.force) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CliError::Exists { path: path.clone() });
        }
        result => result.map_err(failed)?,
    }
    tell(args, context, &summary).map_err(CliError::Output)?;
    Ok(if summary.unsaid.is_empty() { Status::Fine } else { Status::Wrong })
}

/// Whether Rocq takes a file of this name for a module.
fn is_module(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    path.extension().is_some_and(|extension| extension == "v")
        && stem.is_some_and(|stem| !stem.contains('\'') && names::rocq(stem) == stem)
}

fn read(path: &Path) -> Result<SourceText, CliError> {
    if path != Path::new("-") {
        return read_file(path).map_err(CliError::Unreadable);
    }
    let bytes = input::read(path, MAX_LENGTH).map_err(CliError::Input)?;
    let text =
        decode(bytes).map_err(|error| CliError::Input(io::Error::new(io::ErrorKind::InvalidData, error.message)))?;
    Ok(SourceText { folder: Some(PathBuf::from(".")), ..SourceText::text("<stdin>", text) })
}

/// Writes the constants, with a progress bar.
fn write(
    args: &ExportArgs,
    context: &Context,
    development: &Development,
    file: &mut std::fs::File,
) -> Result<Summary, ExportError> {
    let target = match args.to {
        Notation::Rocq => Target::Rocq,
        Notation::Lean => Target::Lean,
        Notation::Lean4export => Target::Lean4Export,
    };
    let bar = LateBar::new(&context.progress, "constants", development.len());
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let summary = development.write(target, Options { native: args.native }, &mut out, &|_| bar.add(1))?;
    out.flush()?;
    Ok(summary)
}

/// Reports the constants that were written and those that were not, and how to check the file.
fn tell(args: &ExportArgs, context: &Context, summary: &Summary) -> io::Result<()> {
    context.progress.suspend(|| {
        let mut err = io::stderr();
        let mut say = |word: &str, remark: &Remark| {
            let (place, name) = (visible(&remark.place), visible(&remark.name));
            // A closed standard error must not end the program.
            let _ = writeln!(err, "{word}: {place}: `{name}`: {}", visible(&remark.text));
        };
        summary.unsaid.iter().for_each(|remark| say("warning", remark));
        if context.verbosity != Verbosity::Quiet {
            summary.kept.iter().for_each(|remark| say("note", remark));
        }
    });
    if context.verbosity == Verbosity::Quiet {
        return Ok(());
    }
    let mut out = output::stdout();
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let Summary { axioms, definitions, theorems, .. } = *summary;
    let shown = args.output.display().to_string();
    let shown = visible(&shown);
    writeln!(
        out,
        "{shown}: {}, {}, {}",
        counted(axioms, "axiom"),
        counted(definitions, "definition"),
        counted(theorems, "theorem")
    )?;
    if args.to == Notation::Rocq {
        writeln!(out, "coqc {shown}")?;
    }
    out.flush()
}
