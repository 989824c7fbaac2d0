//! `prover check --watch`: checks again whenever a file changes.
//!
//! Files are looked at by their times of modification, lengths and inodes, which works on every file system and needs
//! nothing of the system. The files given and every path at which an import was looked for are watched, so that a
//! missing file is noticed when it appears.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use time::{OffsetDateTime, UtcOffset};

use super::report::shown;
use super::{Asked, CheckArgs, Format, check_source, run_with};
use crate::cli::output::Output;
use crate::cli::{CliError, Context, Status};
use crate::run::Verbosity;
use crate::syntax::render::visible;
use crate::theory::identity::Node;
use crate::theory::import::{Files, ImportError, Resolver, SourceText};

/// Between two looks at the files.
const POLL: Duration = Duration::from_millis(200);

/// Time for which the files must stay unchanged before they are checked again.
const QUIET: Duration = Duration::from_millis(60);

/// Longest wait for a file that has vanished: editors write a new file and give it the name of the old.
const GONE: Duration = Duration::from_millis(1500);

/// The longest wait for files to become quiet: one that is written to all the time is checked all the same.
const RESTLESS: Duration = Duration::from_secs(5);

/// The facts about a file that are known without reading it; `None` if there is none. A link may be led to another
/// file, or one be renamed, that has the same length and time: package managers give all files one.
type Stamp = Option<(SystemTime, u64, Option<Node>)>;

fn stamp(path: &Path) -> Stamp {
    let data = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), Node::of(&data)))
}

/// Finds imports as [`Files`] does, and keeps a stamp of every path that was looked at, from before it was read.
#[derive(Default)]
struct Watched(Mutex<BTreeMap<PathBuf, Stamp>>);

impl Watched {
    fn note(&self, path: PathBuf) -> Stamp {
        // A panic elsewhere leaves at worst a path out.
        let mut stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *stamps.entry(path).or_insert_with_key(|path| stamp(path))
    }

    fn stamps(self) -> BTreeMap<PathBuf, Stamp> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolver for Watched {
    fn resolve(&self, name: &str, from: Option<&Path>) -> Result<SourceText, ImportError> {
        for path in Files::candidates(name, from) {
            if self.note(path).is_some() {
                break;
            }
        }
        Files.resolve(name, from)
    }
}

/// Checks, waits for a change, and so on, until the program is ended or its output is closed.
///
/// # Errors
/// When results cannot be written, or standard input is among the files.
pub(super) fn run<W: Write>(
    args: &CheckArgs,
    context: &Context,
    out: &mut io::BufWriter<Output<W>>,
) -> Result<Status, CliError> {
    if args.files.iter().any(|path| path == Path::new("-")) {
        return Err(CliError::WatchedInput);
    }
    // Asked for before there is another thread, as the system requires.
    let clock = UtcOffset::current_local_offset().ok();
    loop {
        let watched = Watched::default();
        for path in &args.files {
            watched.note(path.clone());
        }
        let start = Instant::now();
        let asked = Asked::new(args, context, &watched);
        let status = run_with(args, context, out, |path, text| check_source(path, text, &asked))?;
        let stamps = watched.stamps();
        let seconds = start.elapsed().as_secs_f64();
        say(args, context, out, &checked(clock, seconds, &stamps)).map_err(CliError::Output)?;
        if out.get_ref().is_closed() {
            return Ok(status);
        }
        let changed = wait(&stamps);
        if args.format == Format::Human && io::stdout().is_terminal() {
            // Clears the screen and what was scrolled off it, and goes to its first line.
            write!(out, "\x1b[2J\x1b[3J\x1b[H").map_err(CliError::Output)?;
        }
        say(args, context, out, &format!("--- {} changed ---", visible(&shown(&changed)))).map_err(CliError::Output)?;
    }
}

/// Writes a message about the watch itself, apart from the results, which programs read.
fn say(args: &CheckArgs, context: &Context, out: &mut dyn Write, line: &str) -> io::Result<()> {
    if context.verbosity == Verbosity::Quiet {
        return Ok(());
    }
    match args.format {
        Format::Human => writeln!(out, "{line}")?,
        Format::Json => {
            // A closed standard error must not end the program.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
    out.flush()
}

/// When it was checked, how long it took and how many files are watched.
fn checked(clock: Option<UtcOffset>, seconds: f64, stamps: &BTreeMap<PathBuf, Stamp>) -> String {
    let now = OffsetDateTime::now_utc();
    let (now, zone) = match clock {
        Some(offset) => (now.to_offset(offset), ""),
        None => (now, " UTC"),
    };
    let files = stamps.values().filter(|stamp| stamp.is_some()).count();
    let plural = if files == 1 { "" } else { "s" };
    format!(
        "checked at {:02}:{:02}:{:02}{zone} in {:.0} ms; watching {files} file{plural}, Ctrl-C ends",
        now.hour(),
        now.minute(),
        now.second(),
        1e3 * seconds,
    )
}

/// Waits until a file has changed and all of them are quiet; the first that has changed.
fn wait(stamps: &BTreeMap<PathBuf, Stamp>) -> PathBuf {
    let look = || -> Vec<Stamp> { stamps.keys().map(|path| stamp(path)).collect() };
    let changed = loop {
        sleep(POLL);
        if let Some((path, _)) = stamps.iter().find(|(path, old)| stamp(path) != **old) {
            break path.clone();
        }
    };
    let start = Instant::now();
    let mut last = look();
    loop {
        sleep(QUIET);
        let now = look();
        let has_gone = stamps.values().zip(&now).any(|(old, new)| old.is_some() && new.is_none());
        let is_quiet = now == last && (!has_gone || start.elapsed() > GONE);
        if is_quiet || start.elapsed() > RESTLESS {
            return changed;
        }
        last = now;
    }
}
