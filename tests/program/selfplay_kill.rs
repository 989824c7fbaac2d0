//! The real program, killed with SIGKILL in the middle of self-play and resumed: nothing is lost, nothing comes twice,
//! and a run with one thread goes on exactly as if it had never been broken.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::place::root;
use crate::program::command;
use prover::learn::{Settings, Trainer};
use prover::run::journal::{Journal, Recorded};
use prover::run::{Checkpoint, Config, Metrics};
use prover::selfplay::ProofMemory;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Seed of the moments at which the program is killed.
const KILL_SEED: u64 = 2;
/// Kills in a row.
const KILLS: u32 = 10;
/// Iterations of the run that is never broken.
const UNBROKEN: u32 = 6;
/// More iterations than there is time for.
const ENDLESS: u32 = 100_000;
/// The names in a line of metrics, in order; others follow.
const FIGURES: [&str; 12] = [
    "iteration",
    "train_loss",
    "progress_loss",
    "alpha",
    "attempted",
    "proved",
    "ratio_proved",
    "goals_proved",
    "goals_total",
    "nodes",
    "nodes_per_second",
    "seconds",
];
/// Figures that depend on the speed of the machine.
const TIMES: [&str; 7] = [
    "phase_seconds",
    "processor_share",
    "seconds",
    "nodes_per_second",
    "train_seconds",
    "draft_seconds",
    "attempt_seconds",
];

/// Small settings, given as environment: so little work an iteration that a kill often falls into the writing.
fn prover() -> Command {
    let mut command = command(root());
    command.stdin(Stdio::null()).arg("--quiet");
    command
}

/// Starts a new run in `root`.
fn start(root: &Path, iterations: u32, threads: u32) -> Command {
    let mut command = prover();
    command.args(["selfplay", "--theory", "nat-add", "--goals", "nat-add-easy", "--keep-going", "--seed", "7"]);
    command.args(["--conjectures", "3", "--nodes", "60", "--train-steps", "2"]);
    command.args(["--iterations", &iterations.to_string(), "--threads", &threads.to_string()]);
    command.env("PROVER_BATCH_TOKENS", "256").env("PROVER_REPLAY", "2").env("PROVER_EVAL_BATCH", "8");
    command.arg("--out").arg(root);
    command
}

/// Goes on with the run in `root`.
fn resume(root: &Path, iterations: u32) -> Command {
    let mut command = prover();
    command.args(["selfplay", "--iterations", &iterations.to_string()]).arg("--resume").arg(root);
    command
}

fn finish(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The lines of `metrics.jsonl` as they are on disk.
fn lines(root: &Path) -> Vec<Metrics> {
    Metrics::read(&std::fs::read(root.join("metrics.jsonl")).unwrap()).unwrap()
}

/// The figures of a line, without those that depend on the speed of the machine.
fn timeless(metrics: &Metrics) -> String {
    let mut line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&metrics.line()).unwrap();
    TIMES.iter().for_each(|&name| assert!(line.remove(name).is_some(), "{name}"));
    serde_json::to_string(&line).unwrap()
}

fn committed(root: &Path) -> u32 {
    Checkpoint::newest(root).ok().flatten().map_or(0, |checkpoint| checkpoint.iteration)
}

/// The files on disk after a kill and before any repair: every file with a final name is whole.
fn everything_is_whole(root: &Path) {
    let config = Config::read(&root.join("config.toml")).unwrap();
    assert_eq!((config.theory.as_str(), config.goals.as_str(), config.seed), ("nat-add", "nat-add-easy", 7));
    assert_eq!((config.nodes, config.batch_tokens, config.replay), (60, 256, 2));
    for entry in std::fs::read_dir(root.join("checkpoints")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(number) = name.strip_prefix("iteration-") else {
            assert!(name.starts_with(".tmp-"), "{name}");
            continue;
        };
        let checkpoint = Checkpoint { iteration: number.parse().unwrap(), path: path.clone() };
        checkpoint.state::<ProofMemory>().unwrap();
        Trainer::load(&path.join("network"), Settings::default()).unwrap();
    }
    every_proof_checks(root);
}

/// The number of proofs; each is accepted by `prover check`.
fn every_proof_checks(root: &Path) -> usize {
    let names = std::fs::read_dir(root.join("proofs")).unwrap().map(|entry| entry.unwrap().path());
    let proofs: Vec<PathBuf> = names.filter(|path| path.extension().is_some_and(|e| e == "peano")).collect();
    let proofs: Vec<PathBuf> =
        proofs.into_iter().filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.')).collect();
    if !proofs.is_empty() {
        let mut check = prover();
        check.arg("check").args(&proofs);
        let output = check.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    proofs.len()
}

/// Waits until an iteration after `iteration` is committed; whether the process is still there then.
fn wait_for_iteration_after(root: &Path, iteration: u32, victim: &mut Child) {
    let patience = Instant::now();
    while committed(root) <= iteration {
        if let Some(status) = victim.try_wait().unwrap() {
            panic!("the program ended by itself: {status}");
        }
        assert!(patience.elapsed() < Duration::from_secs(300), "the program commits nothing");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Breaks a run in `root` ten times: every second time at any moment from the start of the process on, else at any
/// moment of the iteration after one that was committed, so that the run gets on. `pace` is about the time that an
/// iteration takes.
fn break_ten_times(root: &Path, threads: u32, pace: Duration) {
    let mut rng = ChaCha8Rng::seed_from_u64(KILL_SEED);
    for kill in 1..=KILLS {
        let before = committed(root);
        // A kill before config.toml is written leaves no run that could be resumed.
        let is_run = root.join("config.toml").is_file();
        let mut command = if is_run { resume(root, ENDLESS) } else { start(root, ENDLESS, threads) };
        let mut victim = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let anywhere = kill % 2 == 0;
        if !anywhere {
            wait_for_iteration_after(root, before, &mut victim);
        }
        let delay = pace.mul_f64(rng.random::<f64>() * if anywhere { 2.0 } else { 1.0 });
        std::thread::sleep(delay);
        assert_eq!(victim.try_wait().unwrap(), None, "the program ended by itself");
        victim.kill().unwrap();
        victim.wait().unwrap();
        println!(
            "kill {kill} (seed {KILL_SEED}): {delay:?} after {}, with {} iterations committed",
            if anywhere { "the start" } else { "a commit" },
            committed(root)
        );
        assert!(committed(root) >= before, "committed iterations stay");
        if root.join("config.toml").is_file() {
            everything_is_whole(root);
        }
    }
}

fn ten_kills(threads: u32) -> (Vec<String>, Vec<String>) {
    let place = tempfile::tempdir().unwrap();
    let (whole, broken) = (place.path().join("whole"), place.path().join("broken"));
    let begin = Instant::now();
    finish(start(&whole, UNBROKEN, threads));
    let pace = begin.elapsed() / UNBROKEN;

    break_ten_times(&broken, threads, pace);
    let last = UNBROKEN.max(committed(&broken) + 1);
    finish(resume(&broken, last));

    let found = lines(&broken);
    let numbers: Vec<u32> = found.iter().map(|metrics| metrics.iteration).collect();
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>(), "no gap and no duplicate");
    everything_is_whole(&broken);
    assert_eq!(committed(&broken), last);
    assert_eq!(Config::read(&broken.join("config.toml")).unwrap().iterations, last);
    let proved: u64 = found.iter().map(|m| m.proved).sum::<u64>() + found.last().unwrap().goals_proved;
    assert!(every_proof_checks(&broken) as u64 >= proved, "each proof was kept");
    let memory: ProofMemory = Checkpoint::newest(&broken).unwrap().unwrap().state().unwrap();
    let mut texts: Vec<&String> = memory.library.lemmas().theorems().iter().map(|theorem| &theorem.text).collect();
    texts.sort();
    assert!(texts.windows(2).all(|pair| pair[0] != pair[1]), "none is there under two names");
    if threads == 1 {
        let journal = Journal::read(&broken.join("journal.jsonl"), 0);
        assert!(!journal.is_empty());
        let known = |recorded: &Recorded| memory.known.contains(&recorded.theorem.text);
        let lost: Vec<&Recorded> = journal.iter().filter(|recorded| !known(recorded)).collect();
        assert!(lost.is_empty(), "what was proved before a kill is there after it: {lost:?}");
    }
    for part in ["", "proofs", "examples", "checkpoints"] {
        let names = std::fs::read_dir(broken.join(part)).unwrap().map(|e| e.unwrap().file_name());
        assert!(!names.into_iter().any(|n| n.to_string_lossy().starts_with(".tmp-")), "leftovers in {part}");
    }
    for line in std::fs::read_to_string(broken.join("metrics.jsonl")).unwrap().lines() {
        let line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        assert!(line.keys().take(FIGURES.len()).eq(FIGURES), "{line:?}");
    }
    let figures = |root: &Path| lines(root).iter().take(UNBROKEN as usize).map(timeless).collect();
    (figures(&whole), figures(&broken))
}

#[test]
fn ten_kills_leave_no_gap_and_no_duplicate_and_change_nothing() {
    let (whole, broken) = ten_kills(1);
    assert_eq!((whole.len(), broken.len()), (UNBROKEN as usize, UNBROKEN as usize));
    for (whole, broken) in whole.iter().zip(&broken) {
        assert_eq!(whole, broken);
    }
}

/// With several threads the order of sums is not fixed, so the figures may differ; nothing else may.
#[test]
fn ten_kills_of_a_run_with_two_threads_leave_no_gap_and_no_duplicate() {
    ten_kills(2);
}
