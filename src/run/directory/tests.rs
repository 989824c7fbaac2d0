use std::collections::BTreeSet;
use std::convert::Infallible;

use super::super::files::fault;
use super::*;

fn config(root: &Path) -> Config {
    Config { theory: "nat-add".into(), goals: "g".into(), out: Some(root.to_path_buf()), ..Config::default() }
}

/// Commits an iteration whose every file says its number.
fn commit(run: &mut RunDir, iteration: u32) -> Result<(), RunError> {
    let metrics: Metrics = Metrics { iteration, attempted: u64::from(iteration), ..Metrics::default() };
    let proofs =
        [(format!("goal {iteration}"), format!("proof {iteration}")), ("latest".into(), iteration.to_string())];
    let examples = format!("{{\"iteration\":{iteration}}}\n");
    let iteration_record = Iteration { metrics: &metrics, proofs: &proofs, examples: &examples, state: &iteration };
    run.commit(iteration_record, |path| {
        for part in 0..3 {
            fault::point()?;
            fs::write(path.join(format!("part-{part}")), iteration.to_string())?;
        }
        Ok::<_, io::Error>(())
    })
}

/// The names in a directory.
fn names(path: &Path) -> BTreeSet<String> {
    files::entries(path).unwrap().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Checks that a run just opened stands at the end of an iteration, with nothing missing and nothing too much.
fn assert_whole(opened: &Opened) -> u32 {
    let run = &opened.directory;
    let last = run.last();
    let numbers: Vec<u32> = run.metrics().unwrap().iter().map(|metrics| metrics.iteration).collect();
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    let on_disk = Metrics::read(&fs::read(run.root().join(METRICS)).unwrap()).unwrap();
    assert_eq!(on_disk, run.metrics().unwrap());
    let examples: BTreeSet<String> = (1..=last).map(|number| format!("iteration-{number:04}.jsonl")).collect();
    assert_eq!(names(&run.root().join(EXAMPLES)), examples);
    assert_eq!(opened.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.iteration), last);
    if let Some(checkpoint) = &opened.checkpoint {
        assert_eq!(checkpoint.state::<u32>().unwrap(), last);
        for part in 0..3 {
            let text = fs::read_to_string(checkpoint.path.join(format!("part-{part}"))).unwrap();
            assert_eq!(text, last.to_string());
        }
    }
    for part in ["", PROOFS, EXAMPLES, CHECKPOINTS] {
        assert!(names(&run.root().join(part)).iter().all(|name| !name.starts_with(".tmp-")));
    }
    for path in files::entries(&run.proofs()).unwrap() {
        assert!(!fs::read_to_string(path).unwrap().is_empty());
    }
    last
}

#[test]
fn commit_survives_a_crash_at_every_step() {
    let mut outcomes = BTreeSet::new();
    for steps in 0.. {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("run");
        let (mut run, _) = RunDir::create(&config(&root)).unwrap();
        for iteration in 1..=3 {
            commit(&mut run, iteration).unwrap();
        }
        fault::after(Some(steps));
        let result = commit(&mut run, 4);
        fault::after(None);
        drop(run);
        let mut opened = RunDir::open(&root).unwrap();
        let last = assert_whole(&opened);
        outcomes.insert(last);
        assert!(last == 4 || result.is_err());
        for iteration in last + 1..=6 {
            commit(&mut opened.directory, iteration).unwrap();
        }
        drop(opened);
        assert_eq!(assert_whole(&RunDir::open(&root).unwrap()), 6);
        assert_eq!(names(&root.join(CHECKPOINTS)).len(), 2);
        if result.is_ok() {
            assert!(steps > 20, "only {steps} steps can fail");
            break;
        }
    }
    assert_eq!(outcomes, BTreeSet::from([3, 4]));
}

#[test]
fn open_survives_a_crash_at_every_step() {
    for steps in 0.. {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("run");
        let (mut run, _) = RunDir::create(&config(&root)).unwrap();
        commit(&mut run, 1).unwrap();
        // Leaves proofs, examples, metrics and half a checkpoint of iteration 2.
        let metrics: Metrics = Metrics { iteration: 2, ..Metrics::default() };
        let iteration = Iteration { metrics: &metrics, proofs: &[], examples: "{}\n", state: &2 };
        run.commit(iteration, |path| fs::write(path.join("part-0"), "2").and(Err(io::Error::other("disk full"))))
            .unwrap_err();
        drop(run);
        fault::after(Some(steps));
        let result = RunDir::open(&root).map(drop);
        fault::after(None);
        assert_eq!(assert_whole(&RunDir::open(&root).unwrap()), 1);
        if result.is_ok() {
            assert!(steps > 5, "only {steps} steps can fail");
            break;
        }
    }
}

#[test]
fn start_survives_a_crash_at_every_step() {
    for steps in 0.. {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("run");
        fault::after(Some(steps));
        let result = RunDir::create(&config(&root)).map(drop);
        fault::after(None);
        // Either the run is there, or it can be started again.
        match RunDir::open(&root) {
            Ok(opened) => assert_eq!(assert_whole(&opened), 0),
            Err(RunError::NotARun { .. }) => drop(RunDir::create(&config(&root)).unwrap()),
            Err(error) => panic!("{error}"),
        }
        if result.is_ok() {
            break;
        }
    }
}

#[test]
fn failed_commit_can_be_done_again() {
    let place = tempfile::tempdir().unwrap();
    let (mut run, _) = RunDir::create(&config(&place.path().join("run"))).unwrap();
    let metrics: Metrics = Metrics { iteration: 1, ..Metrics::default() };
    let iteration = Iteration { metrics: &metrics, proofs: &[], examples: "", state: &1 };
    let error = run.commit(iteration, |_| Err("out of ink")).unwrap_err();
    assert!(error.to_string().contains("out of ink"), "{error}");
    assert_eq!((run.last(), run.metrics().unwrap().len()), (0, 0));
    commit(&mut run, 1).unwrap();
    let root = run.root().to_path_buf();
    drop(run);
    assert_eq!(assert_whole(&RunDir::open(&root).unwrap()), 1);
}

#[test]
fn iterations_come_in_order() {
    let place = tempfile::tempdir().unwrap();
    let (mut run, _) = RunDir::create(&config(&place.path().join("run"))).unwrap();
    assert!(matches!(commit(&mut run, 2), Err(RunError::OutOfOrder { last: 0, found: 2 })));
    commit(&mut run, 1).unwrap();
    assert!(matches!(commit(&mut run, 1), Err(RunError::OutOfOrder { last: 1, found: 1 })));
    assert!(matches!(commit(&mut run, 3), Err(RunError::OutOfOrder { last: 1, found: 3 })));
}

#[test]
fn a_run_is_never_overwritten() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    drop(RunDir::create(&config(&root)).unwrap());
    let error = RunDir::create(&config(&root)).unwrap_err();
    assert!(error.to_string().contains(&format!("--resume {}", root.display())), "{error}");
    let foreign = place.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.tex"), "years of work").unwrap();
    assert!(matches!(RunDir::create(&config(&foreign)), Err(RunError::NotEmpty { .. })));
    assert_eq!(names(&foreign), BTreeSet::from(["thesis.tex".to_owned()]));
    assert!(matches!(RunDir::open(&foreign), Err(RunError::NotARun { .. })));
    assert!(matches!(RunDir::open(&place.path().join("nowhere")), Err(RunError::NotARun { .. })));
}

#[test]
fn two_processes_do_not_write_one_run() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    let (run, _) = RunDir::create(&config(&root)).unwrap();
    match RunDir::open(&root) {
        Err(RunError::Locked { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
    drop(run);
    // What a dead process has left does not count: the file is there, the lock is not.
    fs::write(root.join(LOCK), "1\n").unwrap();
    drop(RunDir::open(&root).unwrap());
}

#[test]
fn broken_checkpoint_gives_way_to_the_one_before() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    let (mut run, _) = RunDir::create(&config(&root)).unwrap();
    for iteration in 1..=3 {
        commit(&mut run, iteration).unwrap();
    }
    drop(run);
    fs::write(root.join(CHECKPOINTS).join("iteration-0003").join(STATE), "{\"torn").unwrap();
    let mut opened = RunDir::open(&root).unwrap();
    assert_eq!(assert_whole(&opened), 2);
    commit(&mut opened.directory, 3).unwrap();
    drop(opened);
    assert_eq!(assert_whole(&RunDir::open(&root).unwrap()), 3);
}

#[test]
fn settings_and_origin_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    let (mut run, used) = RunDir::create(&Config { seed: 17, ..config(&root) }).unwrap();
    assert_eq!(run.info().unwrap().seed, 17);
    assert_eq!(run.info().unwrap().version, VERSION);
    commit(&mut run, 1).unwrap();
    run.write_config(&Config { iterations: 99, ..used.clone() }).unwrap();
    drop(run);
    let opened = RunDir::open(&root).unwrap();
    assert_eq!(opened.config, Config { iterations: 99, ..used });
    let resumed = opened.directory.info().unwrap().resumed;
    assert_eq!(resumed.iter().map(|resumption| resumption.after).collect::<Vec<_>>(), [1]);
}

#[test]
fn any_name_is_a_file_name() {
    assert_eq!(file_name("add_comm-2.1"), "add_comm-2.1");
    let odd = ["", ".", "..", "../../etc/passwd", "a/b", "a_b", "a b", "ä", "'a0", "\0", &"x".repeat(500)];
    let clean: BTreeSet<String> = odd.iter().map(|name| file_name(name)).collect();
    assert_eq!(clean.len(), odd.len());
    for name in clean {
        assert!(name.len() < 120 && !name.starts_with('.') && !name.contains(['/', '\0']), "{name}");
    }
}

#[test]
fn default_place_names_date_theory_and_seed() {
    let config = Config { theory: "some/where/nat-add.p".into(), seed: 3, ..Config::default() };
    let path = RunDir::default_path(&config).to_string_lossy().into_owned();
    let date =
        path.strip_prefix("runs/").and_then(|rest| rest.strip_suffix("-nat-add-3")).unwrap_or_else(|| panic!("{path}"));
    assert_eq!(date.len(), "2026-01-31".len());
}

#[test]
fn state_of_another_shape_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let (mut run, _) = RunDir::create(&config(&place.path().join("run"))).unwrap();
    let metrics: Metrics = Metrics { iteration: 1, ..Metrics::default() };
    let iteration = Iteration { metrics: &metrics, proofs: &[], examples: "", state: &"text" };
    run.commit(iteration, |_| Ok::<_, Infallible>(())).unwrap();
    let checkpoint = Checkpoint::newest(run.root()).unwrap().unwrap();
    assert_eq!(checkpoint.state::<String>().unwrap(), "text");
    assert!(matches!(checkpoint.state::<u32>(), Err(RunError::State { .. })));
}

#[test]
fn a_second_run_of_the_day_gets_a_number() {
    let place = tempfile::tempdir().unwrap();
    let first = place.path().join("2026-01-31-nat-add-0");
    assert_eq!(free(first.clone()), first);
    fs::create_dir_all(&first).unwrap();
    fs::write(first.join(CONFIG), "").unwrap();
    let second = place.path().join("2026-01-31-nat-add-0-2");
    assert_eq!(free(first.clone()), second);
    fs::create_dir_all(&second).unwrap();
    fs::write(second.join("other"), "").unwrap();
    assert_eq!(free(first), place.path().join("2026-01-31-nat-add-0-3"));
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_leaves_alone_what_it_points_to() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    drop(RunDir::create(&config(&root)).unwrap());
    let precious = place.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    fs::remove_file(root.join(LOCK)).unwrap();
    std::os::unix::fs::symlink(&precious, root.join(LOCK)).unwrap();
    let refused = RunDir::open(&root).map(drop);
    assert!(matches!(refused, Err(RunError::Io { action: "open", .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(precious).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_temporary_file_is_never_written_through_a_link() {
    let place = tempfile::tempdir().unwrap();
    let precious = place.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    for write in [files::write_new, files::write_atomic] {
        let link = place.path().join(format!(".tmp-{}-proofs", std::process::id()));
        std::os::unix::fs::symlink(&precious, &link).unwrap();
        let path = place.path().join("proofs");
        write(&path, b"mine").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        assert!(!path.is_symlink() && !link.is_symlink());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    }
}

#[test]
fn a_run_whose_empty_directories_were_left_out_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("run");
    drop(RunDir::create(&config(&root)).unwrap());
    for part in [PROOFS, EXAMPLES, CHECKPOINTS] {
        fs::remove_dir(root.join(part)).unwrap();
    }
    let mut opened = RunDir::open(&root).unwrap();
    commit(&mut opened.directory, 1).unwrap();
    drop(opened);
    assert_eq!(assert_whole(&RunDir::open(&root).unwrap()), 1);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    for write in [files::write_new, files::write_atomic] {
        assert!(write(&path, b"mine").is_err());
        assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    }
    assert_eq!(names(place.path()).len(), 1, "nothing temporary is left");
}
