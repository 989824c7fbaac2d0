//! `prover import`: problems in other notations as theories and goals of the Peano language.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{CliError, Context, Status, input, output};
use crate::run::{Verbosity, write_atomic};
use crate::syntax::source::LineIndex;
use crate::theory::identity::Identity;
use crate::theory::import::{Files, MAX_FILE, SourceText, read_file};
use crate::theory::load::LoadError;
use crate::theory::{Theory, goals};
use crate::tip;

/// Arguments of `prover import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// File to read; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Its notation
    #[arg(long, value_enum, default_value_t)]
    pub from: Notation,
    /// Where to write the theory; by default FILE with the ending .peano, in the present directory
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where to write the goals; by default beside the theory, with -goals at the end of the name
    #[arg(long, value_name = "FILE")]
    pub goals: Option<PathBuf>,
}

/// The notation of a problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    /// Tons of Inductive Problems, an extension of SMT-LIB
    #[default]
    Tip,
}

const EXAMPLES: &str = "\
Examples:
  prover import --from tip prop_01.smt2 -o prop_01.peano
  prover prove --theory prop_01.peano --goals prop_01-goals.peano --eqsat

docs/tip.md says what is understood. Files that are there already are replaced.
Exit status: 0 all is written, 2 FILE is outside of what is understood, or cannot be read or written.";

/// Carries out the command.
///
/// # Errors
/// When the file cannot be read or is not supported, or its translation is refused or cannot be written.
pub fn run(args: &ImportArgs, context: &Context) -> Result<Status, CliError> {
    let source = read(&args.file)?;
    let stem = args.file.file_stem().filter(|_| args.file != Path::new("-"));
    let stem = stem.map_or("problem".into(), |stem| stem.to_string_lossy().into_owned());
    let theory_path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}.peano")));
    let goals_path = args.goals.clone().unwrap_or_else(|| {
        let stem = theory_path.file_stem().map_or(stem.clone(), |stem| stem.to_string_lossy().into_owned());
        theory_path.with_file_name(format!("{stem}-goals.peano"))
    });
    apart(&[&args.file, &theory_path, &goals_path])?;
    let Notation::Tip = args.from;
    let imported = tip::import(&source.text, &stem).map_err(|error| {
        let position = LineIndex::new(&source.text).position(error.at as u32);
        CliError::Import { place: format!("{}:{}:{}", source.name, position.line, position.column), error }
    })?;
    let count = check(&source.name, &imported)?;
    for (path, text) in [(&theory_path, &imported.theory), (&goals_path, &imported.goals)] {
        write_atomic(path, text.as_bytes()).map_err(|source| CliError::Save { path: path.clone(), source })?;
    }
    if context.verbosity != Verbosity::Quiet {
        let (theory, goals) = (theory_path.display(), goals_path.display());
        let plural = if count == 1 { "" } else { "s" };
        let mut out = output::stdout();
        writeln!(out, "{theory}, and {count} goal{plural} in {goals}")
            .and_then(|()| writeln!(out, "prover prove --theory {theory} --goals {goals} --eqsat"))
            .and_then(|()| out.flush())
            .map_err(CliError::Output)?;
    }
    Ok(Status::Fine)
}

/// Refuses to write one of the files over another one.
fn apart(files: &[&Path]) -> Result<(), CliError> {
    // What is not there yet has no identity but its path.
    let place = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_same = |a: &Path, b: &Path| place(a) == place(b) || Identity::of_file(a).is_same(&Identity::of_file(b));
    for (index, file) in files.iter().enumerate() {
        if files[..index].iter().any(|other| is_same(other, file)) {
            return Err(CliError::SameFile { path: file.to_path_buf() });
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<SourceText, CliError> {
    if path != Path::new("-") {
        return read_file(path).map_err(CliError::Unreadable);
    }
    let bytes = input::read(path, MAX_FILE).map_err(CliError::Input)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| CliError::Input(std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error())))?;
    Ok(SourceText::text("standard input", text))
}

/// Checks the theory and the goals as any reader of the files will; the number of goals.
fn check(name: &str, imported: &tip::Imported) -> Result<usize, CliError> {
    let (mut theory, report) = Theory::load(SourceText::text(name, imported.theory.clone()), &Files);
    let refused = |message: String| CliError::Refused { name: name.to_owned(), message };
    if !report.is_fine() {
        return Err(refused(LoadError::Refused(Box::new(report)).to_string()));
    }
    let goals = goals::load(&mut theory, &imported.goals);
    let goals = goals.map_err(|errors| {
        let messages: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        // Enough to recognise the goal; all of it may be as long as the problem.
        let goal: String = imported.goals.trim_end().chars().take(300).collect();
        refused(format!("{}\nin the goal {goal}", messages.join("\n")))
    })?;
    Ok(goals.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_of_an_import_is_written_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("a.smt2"), "(prove (forall ((x Bool)) (= x x)))").unwrap();
        std::fs::write(place("there.peano"), "kept").unwrap();
        std::fs::hard_link(place("there.peano"), place("same.peano")).unwrap();
        let apart = |theory: &str, goals: &str| apart(&[&place("a.smt2"), &place(theory), &place(goals)]).is_ok();
        assert!(apart("a.peano", "a-goals.peano") && apart("there.peano", "b.peano"));
        assert!(!apart("a.smt2", "b.peano") && !apart("b.peano", "./a.smt2"));
        assert!(!apart("b.peano", "b.peano") && !apart("b.peano", "./b.peano"));
        assert!(!apart("there.peano", "same.peano"));
    }
}
