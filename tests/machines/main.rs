//! Runs over a broker: the real program and a real Redis server on the loopback address, whose workers, connections and
//! learners are killed. Where `PROVER_TEST_REDIS` is not set nothing is started, and the tests say so.

#[path = "../targets/broker.rs"]
mod broker;
#[path = "../support/program.rs"]
mod program;

use program::command;
use prover::machines::messages::{Answer, Job, Proof, QuestionReport, Report, StatementReport, Work};
use prover::machines::{Address, Broker};
use prover_broker::{Delivery, Jobs, registry};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest time that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(300);
/// Kills of each kind; `PROVER_TEST_KILLS` says another number.
const KILLS: u32 = 6;
/// Figures that depend on the machine, on which process judged states, or on the workers.
const OF_THE_MACHINE: [&str; 18] = [
    "phase_seconds",
    "processor_share",
    "seconds",
    "nodes_per_second",
    "train_seconds",
    "draft_seconds",
    "attempt_seconds",
    "evaluations",
    "cache_hits",
    "states_cut",
    "actions_cut",
    "eval_batches",
    "eval_batch_mean",
    "eval_tokens",
    "workers",
    "worker_seconds",
    "answers_refused",
    "workers_left_out",
];

fn is_switched_on() -> bool {
    let is_on = std::env::var_os("PROVER_TEST_REDIS").is_some();
    if !is_on {
        eprintln!("skipped: PROVER_TEST_REDIS is not set");
    }
    is_on
}

fn kills() -> u32 {
    std::env::var("PROVER_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// A process that is killed when this is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Redis server of its own.
struct Server {
    process: Option<Process>,
    port: u16,
    place: TempDir,
    more: Vec<String>,
}

impl Server {
    fn start(more: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let more = more.iter().map(|&text| text.to_owned()).collect();
        let mut server = Self { process: None, port, place: tempfile::tempdir().unwrap(), more };
        server.start_again();
        server
    }

    fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""]).args(&self.more);
        command.arg("--dir").arg(self.place.path()).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(Process(command.spawn().expect("redis-server starts")));
        let start = Instant::now();
        while !self.cli(&["PING"]).contains("PONG") {
            assert!(start.elapsed() < PATIENCE, "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        self.process = None;
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// A command of Redis.
    fn cli(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]);
        if let Some(place) = self.more.iter().position(|option| option == "--requirepass") {
            command.env("REDISCLI_AUTH", &self.more[place + 1]);
        }
        let output = command.args(arguments).output().expect("redis-cli starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn broker(&self) -> Broker {
        Broker::connect(&Address::new(&self.url(), |_| None).unwrap(), PATIENCE, Arc::new(|| false)).unwrap()
    }

    /// A worker of one thread, thought dead after a second.
    fn worker(&self) -> Process {
        let mut command = command(self.place.path());
        command.args(["worker", "--threads", "1", "--lease", "1", "--quiet", "--broker", &self.url()]);
        command.arg("--cache").arg(self.place.path().join("cache")).stdin(Stdio::null());
        Process(command.spawn().unwrap())
    }
}

/// A run of nat-add that conjectures, learns, and is guided by its network.
fn run(place: &Path, iterations: u32) -> Command {
    let mut command = command(place);
    command.args([
        "selfplay",
        "--quiet",
        "--theory",
        "nat-add",
        "--goals",
        "nat-add-easy",
        "--keep-going",
        "--seed",
        "7",
    ]);
    command.args(["--conjectures", "12", "--nodes", "120", "--train-steps", "2", "--threads", "1", "--out", "run"]);
    command.args(["--iterations", &iterations.to_string()]);
    command.env("PROVER_BATCH_TOKENS", "256").env("PROVER_GUIDED_NODES", "20").env("PROVER_SECONDS", "0");
    command.env("XDG_CACHE_HOME", place.join("caches")).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn at(mut command: Command, server: &Server) -> Command {
    command.args(["--broker", &server.url()]);
    command
}

/// The results of a run: its files, without the parts that depend on the machine.
fn found(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![run.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(run).unwrap().to_owned();
            let text = name.to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if text == "metrics.jsonl" {
                let lines = std::fs::read_to_string(&path).unwrap();
                let line = |line: &str| {
                    let mut line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
                    OF_THE_MACHINE.iter().for_each(|figure| drop(line.remove(*figure)));
                    line.retain(|figure, _| !figure.starts_with("eval_"));
                    serde_json::to_string(&line).unwrap()
                };
                let lines: Vec<String> = lines.lines().map(line).collect();
                found.insert(name, lines.join("\n").into_bytes());
            } else if ["proofs", "examples", "checkpoints", "library"].iter().any(|kind| text.starts_with(kind)) {
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    assert!(found.len() > 8, "{:?}", found.keys());
    found
}

/// The same files with the same bytes.
fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (found(one), found(other));
    assert!(one.keys().eq(other.keys()), "{:?}\n{:?}", one.keys(), other.keys());
    for (name, bytes) in &one {
        if *bytes != other[name] {
            let (left, right) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[name]));
            panic!("{} differs:\n{:.2000}\n{:.2000}", name.display(), left, right);
        }
    }
}

fn finish(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A finished run without a broker.
fn alone(iterations: u32) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    finish(&mut run(place.path(), iterations));
    place
}

/// Waits for a process while something is done to it again and again; how often that was.
fn while_running(child: &mut Child, mut act: impl FnMut() -> bool) -> u32 {
    let start = Instant::now();
    let mut count = 0;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "the run ended with {status}");
            return count;
        }
        assert!(start.elapsed() < PATIENCE, "the run does not end");
        count += u32::from(act());
    }
}

#[test]
fn a_run_with_a_worker_finds_what_one_without_finds() {
    if !is_switched_on() {
        return;
    }
    let expected = alone(3);
    let server = Server::start(&[]);
    let _worker = server.worker();
    let place = tempfile::tempdir().unwrap();
    finish(&mut at(run(place.path(), 3), &server));
    assert_same(&expected.path().join("run"), &place.path().join("run"));
    // Nothing is left at the broker but the worker and its queue.
    let keys = server.cli(&["KEYS", "prover:*"]);
    let left: Vec<&str> = keys.lines().filter(|key| !key.starts_with("prover:workers")).collect();
    assert!(left.iter().all(|key| key.starts_with("prover:jobs:") || key.starts_with("prover:answers:")), "{left:?}");
    assert!(left.iter().all(|key| server.cli(&["XLEN", key]).trim() == "0"), "{left:?}");
    let output = command(place.path()).args(["workers", "--broker", &server.url()]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("1 threads on auto") && text.contains("0 jobs wait"), "{text}");
}

/// A folder of a few questions with their answers.
fn questions(place: &Path) {
    let of = |sign: &str, first: i32, answer: fn(i32, i32) -> i32| -> String {
        let pairs = (first..first + 12).map(|number| (3 * number - 20, 40 - 2 * number));
        pairs.map(|(a, b)| format!("What is {a} {sign} {b}?\n{}\n", answer(a, b))).collect()
    };
    for (folder, first) in [("train-easy", 0), ("train-medium", 20), ("train-hard", 40)] {
        let folder = place.join("questions").join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("arithmetic__add.txt"), of("plus", first, |a, b| a + b)).unwrap();
        std::fs::write(folder.join("arithmetic__sub.txt"), of("minus", first, |a, b| a - b)).unwrap();
    }
}

/// A run on those questions, which learns.
fn question_run(place: &Path, iterations: u32) -> Command {
    questions(place);
    let mut command = command(place);
    command.args([
        "selfplay",
        "--quiet",
        "--math",
        "questions",
        "--questions",
        "30",
        "--nodes",
        "100",
        "--threads",
        "1",
    ]);
    command.args([
        "--guided-nodes",
        "20",
        "--train-steps",
        "2",
        "--batch-tokens",
        "512",
        "--model",
        "tiny",
        "--seed",
        "5",
    ]);
    command.args(["--iterations", &iterations.to_string(), "--out", "run"]);
    command.env("XDG_CACHE_HOME", place.join("caches")).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[test]
fn questions_are_answered_by_workers_as_by_this_process() {
    if !is_switched_on() {
        return;
    }
    let (alone, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    finish(&mut question_run(alone.path(), 3));
    let server = Server::start(&[]);
    let _worker = server.worker();
    finish(&mut at(question_run(place.path(), 3), &server));
    assert_same(&alone.path().join("run"), &place.path().join("run"));
    let line = figures(&place.path().join("run")).pop().unwrap();
    assert!(line["workers"] == 1 && line["worker_seconds"].as_f64().unwrap() > 0.0, "{line:?}");
}

/// What a command says, without the figures that are seconds.
fn said(mut command: Command) -> serde_json::Value {
    let output = finish(command.args(["--format", "json"]).stdout(Stdio::piped()));
    let mut value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    fn without_seconds(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                fields.retain(|name, _| !name.contains("seconds") && name != "nodes_per_second");
                fields.values_mut().for_each(without_seconds);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(without_seconds),
            _ => {}
        }
    }
    without_seconds(&mut value);
    value
}

#[test]
fn evaluations_by_workers_are_those_of_this_process() {
    if !is_switched_on() {
        return;
    }
    let server = Server::start(&[]);
    let _worker = server.worker();
    let place = tempfile::tempdir().unwrap();
    questions(place.path());
    std::fs::rename(place.path().join("questions/train-easy"), place.path().join("questions/interpolate")).unwrap();
    let eval = |arguments: &[&str]| {
        let mut command = command(place.path());
        command.args(["eval", "--quiet", "--threads", "1"]).args(arguments);
        command.env("XDG_CACHE_HOME", place.path().join("caches")).stdin(Stdio::null());
        command
    };
    let statements = ["--theory", "nat-add", "--goals", "nat-add-easy", "--untrained", "tiny", "--nodes", "20,60"];
    let asked = ["--math", "questions", "--questions", "8", "--nodes", "30", "--policy", "uniform"];
    for arguments in [&statements[..], &asked] {
        let (here, there) = (said(eval(arguments)), said(at(eval(arguments), &server)));
        assert_eq!(here, there);
    }
    // As people type them they do not travel, and that is said.
    std::fs::write(place.path().join("typed.jsonl"), "").unwrap();
    let refused = at(eval(&["--math", "typed.jsonl"]), &server).output().unwrap();
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && error.contains("answered here"), "{error}");
}

#[test]
fn runs_of_a_sweep_are_carried_out_by_workers() {
    if !is_switched_on() {
        return;
    }
    let server = Server::start(&[]);
    let _workers = [server.worker(), server.worker()];
    let place = tempfile::tempdir().unwrap();
    let plans = [
        (
            "play",
            "[base]\ntheory = 'nat-add'\ngoals = 'nat-add-easy'\nconjectures = 4\nnodes = 60\ntrain_steps = 1\n\
                  iterations = 1\nthreads = 1\nkeep_going = true\n[axes]\nseed = '0..2'\n",
        ),
        ("test", "command = 'eval'\n[base]\ntheory = 'nat-add'\ngoals = 'nat-add-easy'\n[axes]\nnodes = [20, 40]\n"),
    ];
    for (name, plan) in plans {
        std::fs::write(place.path().join(format!("{name}.toml")), plan).unwrap();
        let sweep = |out: &str| {
            let mut command = command(place.path());
            command.args(["sweep", "--quiet", &format!("{name}.toml"), "--out", out]);
            command.env("XDG_CACHE_HOME", place.path().join("caches")).stdin(Stdio::null());
            command
        };
        finish(&mut sweep("here"));
        finish(&mut at(sweep("there"), &server));
        let runs: Vec<String> = std::fs::read_dir(place.path().join("here"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(runs.len(), 2, "{runs:?}");
        for run in runs {
            let [here, there] = ["here", "there"].map(|folder| place.path().join(folder).join(&run));
            if name == "play" {
                assert_same(&here, &there);
            } else {
                let result = |folder: &Path| {
                    let text = std::fs::read_to_string(folder.join("result.json")).unwrap();
                    serde_json::from_str::<serde_json::Value>(&text).unwrap()["outcomes"][0]["solved"].clone()
                };
                assert!(result(&here).is_u64() && result(&here) == result(&there), "{}", result(&there));
            }
        }
        // What is finished is finished.
        let again = finish(at(sweep("there"), &server).stdout(Stdio::piped()));
        let text = String::from_utf8_lossy(&again.stdout).into_owned();
        assert!(text.contains("2 of them finished before"), "{text}");
        std::fs::remove_dir_all(place.path().join("here")).unwrap();
        std::fs::remove_dir_all(place.path().join("there")).unwrap();
    }
    // A run that names a file is refused before anything begins, and by the worker too.
    std::fs::write(place.path().join("file.toml"), "[base]\ntheory = './own.peano'\ngoals = 'nat-add-easy'\n").unwrap();
    let refused = at(
        {
            let mut sweep = command(place.path());
            sweep.args(["sweep", "file.toml"]);
            sweep
        },
        &server,
    );
    let refused = {
        let mut refused = refused;
        refused.output().unwrap()
    };
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && error.contains("is a file, which workers do not have"), "{error}");
    let mut broker = server.broker();
    let answers = prover_broker::Answers::new(&prover::machines::program(), "hostile");
    for (number, argument) in ["--theory=/etc/passwd", "--out=x", "--config=x", "-oX", "../x"].into_iter().enumerate() {
        let run = prover::experiments::plan::PlannedRun {
            name: "run".into(),
            settings: Vec::new(),
            arguments: vec![argument.into()],
        };
        let work = Work::Run { command: "selfplay".into(), run, digest: String::new() };
        let job = Job { version: prover::machines::program(), work, seed: number as u64, network: None };
        let (key, job) = job.encode();
        answers.enqueue(&mut broker, [(key.as_str(), &job[..])]).unwrap();
    }
    let (mut reader, mut refusals, start) = (answers, Vec::new(), Instant::now());
    while refusals.len() < 5 {
        assert!(start.elapsed() < PATIENCE);
        for answer in reader.read(&mut broker, Duration::from_millis(100)).unwrap() {
            let Ok(Answer::Unable(reason)) = Answer::decode(&answer.answer) else { panic!("it was carried out") };
            refusals.push(reason);
        }
    }
    let of = |text: &str| refusals.iter().filter(|reason| reason.contains(text)).count();
    assert!(of("is a file") == 2 && of("is no setting") == 3, "{refusals:?}");
}

/// The figures of a run, iteration by iteration.
fn figures(run: &Path) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_run_without_a_barrier_learns_from_results_that_are_not_too_old() {
    if !is_switched_on() {
        return;
    }
    for (staleness, is_proofs) in [(1, true), (3, true), (2, false)] {
        let server = Server::start(&[]);
        let _workers = [server.worker(), server.worker()];
        let place = tempfile::tempdir().unwrap();
        let mut learner = at(if is_proofs { run(place.path(), 5) } else { question_run(place.path(), 5) }, &server);
        finish(learner.args(["--staleness", &staleness.to_string(), "--worker-threads", "2"]));
        let lines = figures(&place.path().join("run"));
        let of = |name: &str| -> Vec<u64> { lines.iter().map(|line| line[name].as_u64().unwrap()).collect() };
        assert!(lines.len() == 5 && of("staleness_max").iter().all(|age| (1..=staleness).contains(age)), "{lines:?}");
        // The first trains on nothing, and the last awaits all.
        assert!(lines[0]["train_loss"].is_null() && lines[1]["train_loss"].is_f64(), "{lines:?}");
        assert!(*of("late").last().unwrap() == 0 && (staleness > 1 || of("late").iter().sum::<u64>() == 0));
        let keys = server.cli(&["KEYS", "prover:*"]);
        let left: Vec<&str> = keys.lines().filter(|key| key.contains(":job:") || key.contains(":blob:")).collect();
        assert!(left.is_empty(), "{left:?}");
        if is_proofs {
            let library = place.path().join("run/library.peano");
            finish(command(place.path()).arg("check").arg(library));
        }
    }
}

#[test]
fn a_run_without_a_barrier_goes_on_after_a_kill() {
    if !is_switched_on() {
        return;
    }
    let server = Server::start(&[]);
    let _workers = [server.worker(), server.worker()];
    let place = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let directory = place.path().join("run");
    let begun = || {
        let mut learner =
            if directory.join("config.toml").exists() { resumed(place.path()) } else { run(place.path(), 3) };
        learner.args(["--staleness", "2", "--worker-threads", "2", "--broker", &server.url()]).stderr(Stdio::null());
        learner
    };
    for _ in 0..kills() {
        let mut learner = Process(begun().spawn().unwrap());
        std::thread::sleep(Duration::from_millis(rng.random_range(100..900)));
        let _ = learner.0.kill();
    }
    finish(&mut begun());
    let iterations: Vec<u64> = figures(&directory).iter().map(|line| line["iteration"].as_u64().unwrap()).collect();
    assert_eq!(iterations, [1, 2, 3]);
    finish(command(place.path()).arg("check").arg(directory.join("library.peano")));
}

#[test]
fn killed_workers_cost_nothing_but_time() {
    if !is_switched_on() {
        return;
    }
    let iterations = 2 + kills() / 8;
    let expected = alone(iterations);
    let server = Server::start(&[]);
    let mut worker = server.worker();
    let place = tempfile::tempdir().unwrap();
    let mut learner = Process(at(run(place.path(), iterations), &server).spawn().unwrap());
    let (mut rng, mut left) = (ChaCha8Rng::seed_from_u64(1), kills());
    let killed = while_running(&mut learner.0, || {
        std::thread::sleep(Duration::from_millis(rng.random_range(20..400)));
        if left > 0 {
            left -= 1;
            // The old one is killed where it is dropped.
            worker = server.worker();
            return true;
        }
        false
    });
    println!("{killed} workers were killed");
    assert!(killed > 1, "the run was over before a worker was killed");
    assert_same(&expected.path().join("run"), &place.path().join("run"));
}

#[test]
fn broken_connections_cost_nothing_but_time() {
    if !is_switched_on() {
        return;
    }
    let iterations = 2 + kills() / 8;
    let expected = alone(iterations);
    let server = Server::start(&[]);
    let _worker = server.worker();
    let place = tempfile::tempdir().unwrap();
    let mut learner = Process(at(run(place.path(), iterations), &server).spawn().unwrap());
    let broken = while_running(&mut learner.0, || {
        std::thread::sleep(Duration::from_millis(100));
        server.cli(&["CLIENT", "KILL", "TYPE", "normal"]).trim().parse::<u32>().is_ok_and(|count| count > 1)
    });
    println!("connections were broken {broken} times");
    assert!(broken > 2, "{broken} times");
    assert_same(&expected.path().join("run"), &place.path().join("run"));
}

#[test]
fn a_killed_learner_goes_on_where_it_was() {
    if !is_switched_on() {
        return;
    }
    let expected = alone(3);
    let server = Server::start(&[]);
    let _worker = server.worker();
    let place = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let directory = place.path().join("run");
    for _ in 0..kills() {
        let mut begun =
            if directory.join("config.toml").exists() { resumed(place.path()) } else { run(place.path(), 3) };
        begun.stderr(Stdio::null()).args(["--broker", &server.url()]);
        let mut learner = Process(begun.spawn().unwrap());
        std::thread::sleep(Duration::from_millis(rng.random_range(100..900)));
        let _ = learner.0.kill();
    }
    let begun = if directory.join("config.toml").exists() { resumed(place.path()) } else { run(place.path(), 3) };
    finish(&mut at(begun, &server));
    assert_same(&expected.path().join("run"), &directory);
}

/// Goes on with a run.
fn resumed(place: &Path) -> Command {
    let mut command = command(place);
    command.args(["selfplay", "--quiet", "--resume", "run", "--iterations", "3"]);
    command.env("XDG_CACHE_HOME", place.join("caches")).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[test]
fn a_broker_that_is_started_anew_loses_nothing_that_is_not_made_good() {
    if !is_switched_on() {
        return;
    }
    let expected = alone(2);
    for more in [&["--appendonly", "yes", "--appendfsync", "always"][..], &[]] {
        let mut server = Server::start(more);
        let worker = server.worker();
        let place = tempfile::tempdir().unwrap();
        let mut learner = at(run(place.path(), 2), &server);
        let mut learner = Process(learner.stderr(Stdio::piped()).spawn().unwrap());
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(400));
            server.stop();
            std::thread::sleep(Duration::from_millis(100));
            server.start_again();
        }
        while_running(&mut learner.0, || {
            std::thread::sleep(Duration::from_millis(50));
            false
        });
        assert_same(&expected.path().join("run"), &place.path().join("run"));
        drop(worker);
    }
}

/// A worker that answers as it pleases until the run is over.
fn answer_all(server: &Server, name: &str, answer: impl Fn(&Delivery) -> Vec<u8>, is_over: impl Fn() -> bool) -> u32 {
    let mut broker = server.broker();
    let mut jobs = Jobs::new(&prover::machines::program(), name);
    let mut count = 0;
    while !is_over() {
        if let Some(delivery) = jobs.take(&mut broker, Duration::from_millis(20)).unwrap() {
            jobs.answer(&mut broker, &delivery, name, &answer(&delivery)).unwrap();
            count += 1;
        }
    }
    count
}

#[test]
fn lies_are_not_taken_and_liars_are_left_out() {
    if !is_switched_on() {
        return;
    }
    let expected = alone(2);
    let server = Server::start(&[]);
    let place = tempfile::tempdir().unwrap();
    let mut learner = at(run(place.path(), 2), &server);
    let mut learner = Process(learner.stderr(Stdio::null()).spawn().unwrap());
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let lie = |delivery: &Delivery| {
            let job = Job::decode(&delivery.job).unwrap();
            let proof = |script: &str| {
                Answer::Done(Box::new(Report::Statement(StatementReport {
                    proof: Some(Proof { script: script.into(), uses: Vec::new() }),
                    ..StatementReport::default()
                })))
            };
            assert!(matches!(job.work, Work::Statement { .. }));
            match job.seed >> 8 & 3 {
                0 => b"no answer".to_vec(),
                1 => Answer::Unable("no theory here".into()).encode().unwrap(),
                2 => proof("intro x.\n").encode().unwrap(),
                // It would prove anything, and ends the theorem to go on with an axiom.
                _ => proof("}\nassume false.\ntheorem other : [(p : prop) -> p] {\n").encode().unwrap(),
            }
        };
        let over = || is_over.load(std::sync::atomic::Ordering::Relaxed);
        let liar = scope.spawn(move || answer_all(&server, "liar", lie, over));
        while_running(&mut learner.0, || {
            std::thread::sleep(Duration::from_millis(20));
            false
        });
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(liar.join().unwrap() > 20);
    });
    assert_same(&expected.path().join("run"), &place.path().join("run"));
}

#[test]
fn a_worker_that_is_left_out_says_so_and_ends() {
    if !is_switched_on() {
        return;
    }
    let server = Server::start(&[]);
    registry::leave_out(&mut server.broker(), "bad", "its proofs are none").unwrap();
    let output =
        command(server.place.path()).args(["worker", "--broker", &server.url(), "--name", "bad"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("left out by the learner: its proofs are none"), "{error}");
    let list = command(server.place.path()).args(["workers", "--broker", &server.url()]).output().unwrap();
    assert!(String::from_utf8_lossy(&list.stdout).contains("bad is left out: its proofs are none"));
}

#[test]
fn what_is_wrong_with_a_broker_is_said() {
    if !is_switched_on() {
        return;
    }
    let server = Server::start(&["--requirepass", "geheim"]);
    let place = tempfile::tempdir().unwrap();
    let worker = |url: &str, variables: &[(&str, &str)]| {
        let mut command = command(place.path());
        command.args(["worker", "--threads", "1", "--cache", "cache", "--broker", url]).stdin(Stdio::null());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, error) = worker(&server.url(), &[]);
    assert!(code == Some(2) && error.contains("refuses the password"), "{error}");
    let (code, error) = worker(&server.url(), &[("PROVER_BROKER_PASSWORD", "falsch")]);
    assert!(code == Some(2) && error.contains("refuses the password") && !error.contains("falsch"), "{error}");
    let (code, error) = worker(&format!("redis://:geheim@127.0.0.1:{}/0", server.port), &[]);
    assert!(code == Some(2) && error.contains("PROVER_BROKER_PASSWORD_FILE") && !error.contains("geheim"), "{error}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (code, error) = worker(&format!("redis://127.0.0.1:{free}/0"), &[]);
    assert!(code == Some(2) && error.contains("cannot be reached"), "{error}");
    let (code, error) = worker("rediss://127.0.0.1:1/0", &[]);
    assert!(code == Some(2) && (error.contains("--features tls") || error.contains("cannot be reached")), "{error}");
    // With the right one, a learner of another program there.
    server.cli(&["SADD", "prover:learners", "r"]);
    server.cli(&["SET", "prover:learners:r", r#"{"run":"r","version":"0.0.1+old","iteration":1,"waiting":0}"#]);
    let (code, error) = worker(&server.url(), &[("PROVER_BROKER_PASSWORD", "geheim")]);
    assert!(code == Some(2) && error.contains("the learner is prover 0.0.1+old"), "{error}");
    // A run keeps nothing of the password.
    std::fs::write(place.path().join("password"), "geheim\n").unwrap();
    let mut begun = run(place.path(), 1);
    begun.args(["--broker", &server.url()]).env("PROVER_BROKER_PASSWORD_FILE", "password").env("PROVER_LOG", "trace");
    let mut learner = Process(begun.stderr(Stdio::null()).spawn().unwrap());
    std::thread::sleep(Duration::from_secs(2));
    let _ = learner.0.kill();
    let text = Command::new("grep").args(["-rl", "geheim", "run"]).current_dir(place.path()).output().unwrap();
    assert!(text.stdout.is_empty(), "{}", String::from_utf8_lossy(&text.stdout));
}

#[test]
fn a_full_broker_is_waited_for() {
    if !is_switched_on() {
        return;
    }
    let server = Server::start(&["--maxmemory", "1mb", "--maxmemory-policy", "noeviction"]);
    let place = tempfile::tempdir().unwrap();
    let mut learner = Process(at(run(place.path(), 1), &server).spawn().unwrap());
    std::thread::sleep(Duration::from_secs(2));
    assert!(learner.0.try_wait().unwrap().is_none(), "it waits");
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    let _worker = server.worker();
    while_running(&mut learner.0, || {
        std::thread::sleep(Duration::from_millis(50));
        false
    });
}

#[test]
fn ten_thousand_jobs_fit_into_fifty_megabytes() {
    if !is_switched_on() {
        return;
    }
    use prover_broker::{Answers, Enqueued};
    let server = Server::start(&[]);
    let memory = || {
        let text = server.cli(&["INFO", "memory"]);
        text.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse::<u64>().unwrap()
    };
    let mut broker = server.broker();
    let before = memory();
    let answers = Answers::new("test", "run");
    // As large as a job of a real run.
    let job = vec![b'x'; 900];
    let keys: Vec<String> = (0..10_000).map(|number| format!("{number:032x}")).collect();
    let jobs = || keys.iter().map(|key| (key.as_str(), &job[..]));
    assert_eq!(answers.enqueue(&mut broker, jobs()).unwrap(), vec![Enqueued::New; 10_000]);
    assert_eq!(answers.enqueue(&mut broker, jobs()).unwrap(), vec![Enqueued::Waiting; 10_000], "once is enough");
    let used = memory() - before;
    println!("10,000 jobs of 900 bytes take {used} bytes of the broker");
    assert!(used < 50_000_000, "{used}");
    assert_eq!(Jobs::length(&mut broker, "test").unwrap().waiting, 10_000);
    // Each is delivered, answered and read once; the cost of a job on its way is printed.
    let mut queue = Jobs::new("test", "worker.0");
    let mut reader = answers;
    let start = Instant::now();
    let mut read = 0;
    for count in 0..2_000 {
        let delivery = queue.take(&mut broker, Duration::from_secs(1)).unwrap().unwrap();
        assert!(queue.answer(&mut broker, &delivery, "worker", &job).unwrap());
        assert!(!queue.answer(&mut broker, &delivery, "worker", &job).unwrap(), "the second is dropped");
        if count % 50 == 49 {
            read += reader.read(&mut broker, Duration::from_millis(1)).unwrap().len();
        }
    }
    assert_eq!(read, 2_000);
    println!("{:.3} ms a job on its way", start.elapsed().as_secs_f64() / 2.0);
    assert_eq!(
        Jobs::length(&mut broker, "test").unwrap(),
        prover_broker::queue::QueueLength { waiting: 8_000, taken: 0 }
    );
}

#[test]
fn graphs_of_workers_are_made_again() {
    use prover::answer::attempt::{Attempting, Effort, attempt};
    use prover::answer::consistency::Consistency;
    use prover::answer::data::Pair;
    use prover::machines::acceptance::{Refusal, accept_answer};
    use prover::search::Options;
    let pair = Pair { question: "What is 12 minus 5?".into(), answer: "7".into() };
    let known = Consistency::new();
    let effort = Effort { search: Options::default(), guided_nodes: 20, nodes: 200 };
    let how = Attempting { network: None, consistency: &known, effort, is_alone: true, seed: 0 };
    let honest = attempt(&pair, how);
    assert!(!honest.right.is_empty());
    let report = QuestionReport::new(honest.clone(), 0.1);
    assert_eq!(accept_answer(report.clone(), &pair), Ok(honest), "all is as if it was made here");
    let refused = |report: QuestionReport| accept_answer(report, &pair).unwrap_err();
    let (right, wrong) = (report.right.clone(), vec![vec![0, 0, 0, 0]]);
    for right in [vec![vec![]], vec![vec![usize::MAX]], vec![vec![0; 10_000]], vec![right[0].clone(); 2]] {
        assert_eq!(refused(QuestionReport { right, ..report.clone() }), Refusal::Graph);
    }
    assert_eq!(refused(QuestionReport { wrong: right, ..report.clone() }), Refusal::Graph, "it is right");
    assert_eq!(refused(QuestionReport { right: wrong.clone(), ..report.clone() }), Refusal::Graph);
    let boast = QuestionReport { answered: Some(true), right: Vec::new(), ..report.clone() };
    assert_eq!(refused(boast), Refusal::Graph);
    let many = QuestionReport { wrong: vec![vec![0]; 100], ..report.clone() };
    assert_eq!(refused(many), Refusal::TooMuch("graphs"));
    let long = QuestionReport { wrong_shapes: vec!["x".repeat(10_000)], ..report.clone() };
    assert_eq!(refused(long), Refusal::TooMuch("shapes"));
    assert_eq!(refused(QuestionReport { seconds: f64::NAN, ..report }), Refusal::Number);
}

/// The middle of some figures.
fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Measures, and asserts nothing of time: runs with one worker and with two, in turn, as many of each as
/// `PROVER_TEST_SPEED` says.
#[test]
fn speed_of_two_workers_against_one() {
    use prover::machines::model::{Costs, Setup, simulate};
    let Some(pairs) = std::env::var("PROVER_TEST_SPEED").ok().and_then(|text| text.parse::<usize>().ok()) else {
        return;
    };
    let (mut seconds, mut attempts, mut judged, mut last) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new(), None);
    let mut waves: Vec<usize> = Vec::new();
    let wave_of = |line: &str| line.split(" jobs are given out").next()?.rsplit(' ').next()?.parse().ok();
    for number in 0..2 * pairs {
        let count = 1 + number % 2;
        let server = Server::start(&[]);
        let _workers: Vec<Process> = (0..count).map(|_| server.worker()).collect();
        let place = tempfile::tempdir().unwrap();
        let mut learner = command(place.path());
        learner.args([
            "selfplay",
            "--quiet",
            "--theory",
            "nat-mul",
            "--goals",
            "nat-mul",
            "--keep-going",
            "--seed",
            "7",
        ]);
        learner.args(["--conjectures", "120", "--nodes", "300", "--train-steps", "1", "--iterations", "1"]);
        learner.args(["--threads", "1", "--worker-threads", "2", "--out", "run", "--broker", &server.url()]);
        learner
            .env("PROVER_GUIDED_NODES", "10")
            .env("PROVER_SECONDS", "0")
            .env("XDG_CACHE_HOME", place.path().join("caches"));
        learner.env("PROVER_LOG", "prover::machines::desk=debug").stderr(Stdio::piped()).stdin(Stdio::null());
        let output = finish(learner.stdout(Stdio::null()));
        let line = figures(&place.path().join("run")).pop().unwrap();
        seconds[count - 1].push(line["attempt_seconds"].as_f64().unwrap());
        if count == 1 {
            let log = String::from_utf8_lossy(&output.stderr);
            waves = log.lines().filter(|line| line.contains(" jobs are given out")).filter_map(wave_of).collect();
            for line in log.lines().filter(|line| line.contains("an answer of")) {
                let figure = |after: &str| line.split(after).nth(1)?.split(' ').next()?.parse::<f64>().ok();
                attempts.extend(figure("made in "));
                judged.extend(figure("judged in "));
            }
            last = Some(line);
        }
    }
    let line = last.unwrap();
    println!("attempt seconds with one worker {:.2?}, with two {:.2?}", seconds[0], seconds[1]);
    let [one, two] = seconds.map(|mut seconds| median(&mut seconds));
    println!("medians {one:.2} and {two:.2}: {:.3} times as fast", one / two);
    let jobs = attempts.len() / pairs;
    let costs = Costs {
        message: 0.000_15,
        judging: judged.iter().sum::<f64>() / judged.len().max(1) as f64,
        drafting: 0.0,
        training: 0.0,
        transfer: 0.05,
        attempts: attempts.clone(),
    };
    let of = |threads| {
        let (waves, judges) = (waves.clone(), 1);
        let setup = Setup { threads, threads_of_a_worker: 1, waves, judges, staleness: 0, iterations: pairs };
        simulate(&costs, &setup).attempt_seconds / pairs as f64
    };
    println!("the model: {:.2} and {:.2}: {:.3} times as fast", of(1), of(2), of(1) / of(2));
    attempts.sort_by(f64::total_cmp);
    let tenths: Vec<f64> =
        (0..10).filter_map(|tenth| attempts.get(attempts.len() * (2 * tenth + 1) / 20).copied()).collect();
    println!("{jobs} jobs; seconds of attempts by tenths {tenths:.4?}; judging {:.5} s", costs.judging);
    println!("drafting {} s, training {} s", line["draft_seconds"], line["train_seconds"]);
}

/// Written by a launch: the scripts that would be submitted.
fn launch(place: &Path, more: &[&str]) -> Command {
    let mut command = command(place);
    command.args(["launch", "slurm", "--workers", "2", "--threads", "1"]).args(more).arg("--");
    command.args(["selfplay", "--theory", "nat-add", "--goals", "nat-add-easy", "--out", "it's a run", "--seed", "7"]);
    command.args(["--conjectures", "4", "--nodes", "60", "--train-steps", "1", "--iterations", "1", "--threads", "1"]);
    command
}

#[test]
fn scripts_for_slurm_pass_shellcheck() {
    if !is_switched_on() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let more = ["--dry-run", "--gpus", "1", "--mem", "50G", "--time", "10:00:00", "--dir", "a folder"];
    finish(&mut launch(place.path(), &more));
    let folder = place.path().join("a folder");
    let check = Command::new("shellcheck").args(["broker.sh", "worker.sh", "learner.sh"]).current_dir(&folder).output();
    let check = check.expect("shellcheck starts");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let wrong = command(place.path()).args(["launch", "slurm", "--", "selfplay", "--goalz", "x"]).output().unwrap();
    assert!(wrong.status.code() == Some(2) && String::from_utf8_lossy(&wrong.stderr).contains("--goalz"));
}

#[test]
fn a_cluster_carries_out_a_run() {
    if !is_switched_on() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    // A stand-in: each script runs here, at once, as often as its array says.
    let stand_in = "#!/bin/bash
script=${*: -1}
count=$(sed -n 's/^#SBATCH --array=1-//p' \"$script\")
for task in $(seq \"${count:-1}\"); do SLURM_ARRAY_TASK_ID=$task bash \"$script\" > \"$script-$task.log\" 2>&1 & done
echo $$
";
    let path = place.path().join("sbatch");
    std::fs::write(&path, stand_in).unwrap();
    let mode = Command::new("chmod").args(["+x"]).arg(&path).status().unwrap();
    assert!(mode.success());
    let mut begun = launch(place.path(), &[]);
    let paths = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    begun.env("PATH", paths).env("XDG_CACHE_HOME", place.path().join("caches"));
    finish(&mut begun);
    let (folder, start) = (place.path().join("launch"), Instant::now());
    while !folder.join("over").exists() {
        assert!(start.elapsed() < PATIENCE, "the run does not end");
        std::thread::sleep(Duration::from_millis(100));
    }
    let logs = || {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        ["broker.sh-1.log", "worker.sh-1.log", "worker.sh-2.log", "learner.sh-1.log"].map(read)
    };
    assert!(place.path().join("it's a run/checkpoints/iteration-0001").is_dir(), "{:#?}", logs());
    let password = std::fs::read_to_string(folder.join("password")).unwrap();
    assert!(password.len() > 20 && logs().iter().all(|log| !log.contains(&password)));
    // The workers and the broker end by themselves.
    std::thread::sleep(Duration::from_secs(8));
    let logs = logs();
    assert!(logs[1].contains("jobs in") && logs[2].contains("jobs in"), "{logs:#?}");
    let address = std::fs::read_to_string(folder.join("address")).unwrap();
    let port = address.trim().trim_end_matches("/0").rsplit_once(':').unwrap().1.to_owned();
    let ping = Command::new("redis-cli").args(["-p", &port, "ping"]).output().unwrap();
    assert!(!ping.status.success(), "the broker is gone");
}

#[test]
fn hostile_bytes_are_no_answers_and_break_nothing() {
    use prover::network::Uniform;
    use prover::prove::{Budget, Prover};
    let broker::Asked { known, world, right, .. } = broker::asked();
    let budget = Budget { nodes: 1_000, seconds: None, batch: 1 };
    let (theorem, _) = Prover::new(world, &Uniform, 0).prove(known, right, budget);
    let theorem = theorem.unwrap();
    let proof = Proof { script: theorem.script.clone(), uses: theorem.uses.clone() };
    let lemma = prover::prove::Theorem { name: "on_the_way".into(), ..theorem };
    let report = StatementReport { proof: Some(proof), lemmas: vec![lemma], nodes: 7, ..StatementReport::default() };
    let text = serde_json::to_vec(&Answer::Done(Box::new(Report::Statement(report)))).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (mut read, mut taken) = (0, 0);
    for round in 0..3_000 {
        let mut bytes = text.clone();
        // The first is as it was sent.
        for _ in 0..round.min(rng.random_range(1..4)) {
            let place = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[place] = rng.random(),
                1 => drop(bytes.remove(place)),
                2 => bytes.insert(place, b"{}[]().\"\\ az09"[rng.random_range(0..14)]),
                _ => {
                    let end = (place + rng.random_range(1..40)).min(bytes.len());
                    let piece = bytes[place..end].to_vec();
                    let to = rng.random_range(0..bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        let fate = broker::read(&bytes);
        read += u32::from(fate.is_read);
        taken += u32::from(fate.is_taken);
    }
    println!("{read} of 3000 were read, {taken} taken");
    assert!(read > 100 && taken > 0 && taken < read);
}

/// The corpus of the fuzz target: what a worker sends, one of each kind; `UPDATE_CORPUS=1` writes it.
#[test]
fn the_corpus_of_the_fuzzer_has_every_kind_of_answer() {
    use prover::machines::messages::{AnswerReport, TrialReport};
    let proof = Proof { script: "  intro x : nat.\n".into(), uses: vec!["nat_ind".into()] };
    let graph = Some("sub(f0, f1)".to_owned());
    let reports = [
        ("statement", Report::Statement(StatementReport { proof: Some(proof.clone()), ..StatementReport::default() })),
        ("question", Report::Question(QuestionReport { right: vec![vec![0, 1]], ..QuestionReport::default() })),
        ("trial", Report::Trial(TrialReport { proof: Some(proof), ..TrialReport::default() })),
        ("answer", Report::Answer(AnswerReport { graph, confidence: 0.5, seconds: 0.1 })),
        ("run", Report::Run(prover::machines::messages::RunReport::default())),
    ];
    for (name, report) in reports {
        let text = serde_json::to_vec(&Answer::Done(Box::new(report))).unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/broker").join(name);
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), text, "{name}: renew it with UPDATE_CORPUS=1");
        assert!(broker::read(&text).is_read, "{name}");
    }
}
