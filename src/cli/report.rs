//! `prover report`: a page of runs and trees for a browser.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::policy::checkpoint_in;
use super::{CliError, Context, Status, output};
use crate::answer::builtin;
use crate::experiments::record::find;
use crate::experiments::report::Report;
use crate::experiments::serve::PageServer;
use crate::experiments::sweep::PLAN;
use crate::network::checkpoint;
use crate::run::tree::{EXTENSION, SavedTree};
use crate::run::{check_replaceable, write_atomic};

/// The default address of a served page: on this machine only.
const ADDRESS: &str = "127.0.0.1:8765";

/// Arguments of `prover report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// Runs, sweeps, folders of them, and trees that --save-trees kept (files or folders)
    #[arg(value_name = "RUN", required = true)]
    pub paths: Vec<PathBuf>,
    /// Write the page to this file
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    pub output: PathBuf,
    /// Show what of each state's text a network attends to, in the trees: the directory of a checkpoint or run, or
    /// `questions` for the network that ships with the program
    #[arg(long, value_name = "questions|DIR")]
    pub attention: Option<PathBuf>,
    /// Serve the page instead, and follow runs under way
    #[arg(long, conflicts_with = "output")]
    pub serve: bool,
    /// Address to serve at [default: 127.0.0.1:8765, of this machine alone]
    #[arg(long, value_name = "ADDRESS", requires = "serve")]
    pub bind: Option<SocketAddr>,
}

const EXAMPLES: &str = "\
Examples:
  prover report runs/alpha -o report.html
  prover report runs/alpha runs/beta -o both.html
  prover report trees -o trees.html
  prover report trees --attention runs/my-run -o trees.html
  prover report runs --serve

The page is one file that needs no network: runs with what differs and what came out, and why those that failed did; curves with \
bands over seeds; heat maps over two settings; goals with proofs, conjectures, the library as a graph, modules of questions, trees.
Exit status: 0 the page is written, 2 it could not be.";

/// Carries out the command.
///
/// # Errors
/// When there is nothing to show, or the page cannot be written or served.
pub fn run(args: &ReportArgs, context: &Context) -> Result<Status, CliError> {
    let (folders, trees) = sorted_out(&args.paths);
    let title = title(&args.paths);
    let about = about(&folders);
    if args.serve {
        let trees = read_trees(&trees, args, context)?;
        if !folders.is_empty() {
            // What is misspelt is told here, not in the browser.
            find(&folders)?;
        }
        let address =
            args.bind.or_else(|| ADDRESS.parse().ok()).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8765)));
        let make =
            move |report: Report| Report { title: title.clone(), about: about.clone(), trees: trees.clone(), ..report };
        let server = PageServer::bind(address, folders, make)?;
        context
            .progress
            .say(&format!("http://{}/ follows the runs; Ctrl-C ends it", server.address().unwrap_or(address)));
        server.run();
        return Ok(Status::Fine);
    }
    let save = |source| CliError::Save { path: args.output.clone(), source };
    // Before the work, not after.
    check_replaceable(&args.output).map_err(save)?;
    let runs = if folders.is_empty() { Vec::new() } else { find(&folders)? };
    for record in &runs {
        for note in &record.notes {
            context.progress.say(&format!("{}: {note}", record.name));
        }
    }
    let report = Report { title, about, runs, trees: read_trees(&trees, args, context)?, follows: false };
    let page = report.page();
    write_atomic(&args.output, page.as_bytes()).map_err(save)?;
    let mut out = output::stdout();
    let kib = page.len().div_ceil(1024);
    let text =
        format!("{}: {} runs, {} trees, {kib} KiB", args.output.display(), report.runs.len(), report.trees.len());
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(Status::Fine)
}

/// Folders of runs, and files of trees.
fn sorted_out(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_tree = |path: &Path| path.to_string_lossy().ends_with(&format!(".{EXTENSION}"));
    let (mut folders, mut trees) = (Vec::new(), Vec::new());
    for path in paths {
        if is_tree(path) {
            trees.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut inside: Vec<PathBuf> = entries.filter(|path| is_tree(path)).collect();
        inside.sort();
        if inside.is_empty() {
            folders.push(path.clone());
        } else {
            trees.extend(inside);
        }
        // A run keeps its trees in a folder of its own.
        let beside = std::fs::read_dir(path.join("trees")).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut beside: Vec<PathBuf> = beside.filter(|path| is_tree(path)).collect();
        beside.sort();
        trees.extend(beside);
    }
    (folders, trees)
}

/// The trees, with the attention of a network to their states where that is asked for.
fn read_trees(paths: &[PathBuf], args: &ReportArgs, context: &Context) -> Result<Vec<(String, SavedTree)>, CliError> {
    let read = |path: &PathBuf| {
        let tree = SavedTree::read(path).map_err(|source| CliError::Tree { path: path.clone(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok((name.trim_end_matches(EXTENSION).trim_end_matches('.').to_owned(), tree))
    };
    let mut trees = paths.iter().map(read).collect::<Result<Vec<_>, CliError>>()?;
    if let Some(place) = args.attention.as_deref().filter(|_| !trees.is_empty()) {
        let network = match place.to_str() {
            Some("questions") => builtin::network()?,
            _ => checkpoint::load(&checkpoint_in(place)?)?,
        };
        let phase = context.progress.phase("attention", trees.len() as u64);
        for (_, tree) in &mut trees {
            tree.attend(&network);
            phase.inc(1);
        }
        phase.finish();
    }
    Ok(trees)
}

fn title(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
    names.collect::<Vec<_>>().join(", ")
}

/// The subjects (`about`) of the plans in the folders of sweeps, joined by `; `.
fn about(folders: &[PathBuf]) -> String {
    let of = |folder: &PathBuf| {
        let text = crate::input::read_text(&folder.join(PLAN), crate::input::SETTINGS).ok()?;
        let table: toml::Table = toml::from_str(&text).ok()?;
        table.get("about")?.as_str().map(str::to_owned)
    };
    folders.iter().filter_map(of).collect::<Vec<_>>().join("; ")
}
