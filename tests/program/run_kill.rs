//! A process that writes a run is killed with SIGKILL at random moments; the run goes on as if nothing had happened.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use prover::run::{Config, Iteration, Metrics, Opened, RunDir, RunError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Names the run's directory to the process that is going to be killed.
const DIRECTORY: &str = "RUN_KILL_TEST_DIRECTORY";
/// More iterations than a process has time for.
const ENDLESS: u32 = 1_000_000;

fn commit(run: &mut RunDir, iteration: u32) -> Result<(), RunError> {
    let metrics: Metrics = Metrics { iteration, ..Metrics::default() };
    let examples = format!("{{\"iteration\":{iteration}}}\n").repeat(100);
    let proofs = [(format!("proof-{iteration}"), format!("{iteration}."))];
    let record = Iteration { metrics: &metrics, proofs: &proofs, examples: &examples, state: &iteration };
    run.commit(record, |path| {
        for part in ["model", "optimizer"] {
            std::fs::write(path.join(part), vec![iteration as u8; 100_000])?;
        }
        Ok::<_, io::Error>(())
    })
}

/// Not a test of its own: the body of the process that is killed. It does nothing where the variable is not set.
#[test]
fn victim() {
    let Some(root) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let mut run = loop {
        match RunDir::open(&root) {
            Ok(Opened { directory, .. }) => break directory,
            Err(RunError::NotARun { .. }) => {
                let config = Config { theory: "t".into(), goals: "g".into(), out: Some(root), ..Config::default() };
                break RunDir::create(&config).unwrap().0;
            }
            // A process that another test starts has the lock, too, for the moment between its fork and its exec.
            Err(RunError::Locked { .. }) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error}"),
        }
    };
    for iteration in run.last() + 1..ENDLESS {
        commit(&mut run, iteration).unwrap();
    }
}

fn start_victim(root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["run_kill::victim", "--exact", "--nocapture"])
        .env(DIRECTORY, root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// Waits until the run has a checkpoint after `iteration`, so that the kill falls into the writing.
fn wait_for_iteration_after(root: &Path, iteration: u32, victim: &mut Child) {
    let patience = Instant::now();
    let newest = || prover::run::Checkpoint::newest(root).ok().flatten().map_or(0, |checkpoint| checkpoint.iteration);
    while newest() <= iteration {
        assert_eq!(victim.try_wait().unwrap(), None, "the process ended by itself");
        assert!(patience.elapsed() < Duration::from_secs(60), "the process commits nothing");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn ten_kills_leave_no_gap_and_no_duplicate() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut last = 0;
    for _ in 0..10 {
        let mut victim = start_victim(&root);
        wait_for_iteration_after(&root, last, &mut victim);
        std::thread::sleep(Duration::from_micros(rng.random_range(0..20_000)));
        victim.kill().unwrap();
        victim.wait().unwrap();

        let opened = RunDir::open(&root).unwrap();
        let metrics = opened.directory.metrics().unwrap();
        assert!(opened.directory.last() > last, "committed iterations stay");
        last = opened.directory.last();
        assert!(metrics.iter().map(|metrics| metrics.iteration).eq(1..=last));
        let on_disk = std::fs::read(root.join("metrics.jsonl")).unwrap();
        assert_eq!(Metrics::read(&on_disk).unwrap(), metrics);
        let checkpoint = opened.checkpoint.unwrap();
        assert_eq!(checkpoint.state::<u32>().unwrap(), last);
        assert_eq!(std::fs::read(checkpoint.path.join("optimizer")).unwrap(), vec![last as u8; 100_000]);
        assert!(opened.directory.examples(last).is_file() && !opened.directory.examples(last + 1).exists());
    }
}
