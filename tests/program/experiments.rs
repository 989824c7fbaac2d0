//! Sweeps, runs and the page, as a user meets them. `PROVER_TEST_BROWSER=1` opens the page in a real browser (Debian's
//! chromium and chromium-driver), `PROVER_TEST_PYTHON=PYTHON` has TensorBoard's and Weights & Biases' own code read the
//! figures (an interpreter with the packages tensorboard and wandb).

use crate::place::root;
use crate::program::{command, folder, objects, prover};
use prover::run::Event;
use prover::run::tree::SavedTree;
use prover::search::export::{ExportedEdge, ExportedNode};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A sweep of two short runs.
const PLAN: &str = "about = 'two seeds'\n[base]\ntheory = 'nat-add'\ngoals = 'nat-add-hard'\niterations = 2\nconjectures = 6\n\
                    nodes = 60\nguided_nodes = 5\ntrain_steps = 2\nmodel = 'nano'\nkeep_going = true\nthreads = 1\n\
                    [axes]\nseed = '0..2'\nalpha = [0, 1]\n";

fn lines(folder: &Path, run: &str) -> usize {
    std::fs::read_to_string(folder.join(run).join("metrics.jsonl")).unwrap_or_default().lines().count()
}

/// The kinds of events in the log of a folder, with the runs.
fn events(folder: &Path) -> Vec<(String, String)> {
    let word = |event: Event| (serde_json::to_value(event.event).unwrap().as_str().unwrap().to_owned(), event.run);
    Event::read(folder).into_iter().map(word).collect()
}

#[test]
fn a_sweep_is_carried_out_once_and_again_under_new_names() {
    let place = folder(&[("plan.toml", PLAN)]);
    let (status, out, _) = prover(place.path(), &["sweep", "plan.toml", "--dry-run"]);
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("plan: 4 runs of selfplay in runs/plan") && out.contains("4 runs are left"), "{out}");
    assert!(!place.path().join("runs").exists(), "a dry run writes nothing");
    let (status, out, error) = prover(place.path(), &["sweep", "plan.toml", "--jobs", "2"]);
    assert_eq!(status, 0, "{out}{error}");
    let runs = place.path().join("runs/plan");
    for run in ["seed-0-alpha-0", "seed-0-alpha-1", "seed-1-alpha-0", "seed-1-alpha-1"] {
        assert_eq!(lines(&runs, run), 2, "{run}");
        let log = std::fs::read_to_string(runs.join(run).join("run.log")).unwrap();
        assert!(log.contains("iteration 2/2"), "{log}");
    }
    let before = std::fs::read(runs.join("seed-0-alpha-0/metrics.jsonl")).unwrap();
    let (_, out, _) = prover(place.path(), &["sweep", "plan.toml"]);
    assert!(out.contains("4 runs of selfplay in runs/plan, 4 of them finished before"), "{out}");
    let (status, out, _) = prover(place.path(), &["sweep", "plan.toml", "--rerun"]);
    assert_eq!((status, lines(&runs, "seed-1-alpha-1-2")), (0, 2), "{out}");
    assert_eq!(std::fs::read(runs.join("seed-0-alpha-0/metrics.jsonl")).unwrap(), before, "nothing is overwritten");
    let kinds = events(&runs);
    let count = |kind: &str| kinds.iter().filter(|(other, _)| other == kind).count();
    assert_eq!((count("sweep"), count("start"), count("end")), (3, 8, 8), "{kinds:?}");
}

/// Waits until a condition holds.
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A sweep under way whose first run has begun to write figures.
fn sweep_under_way(place: &Path) -> Child {
    let child =
        command(place).args(["sweep", "long.toml"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    wait("the first figures", || lines(&place.join("runs/long"), "seed-0") > 0);
    child
}

#[cfg(unix)]
#[test]
fn a_sweep_that_is_killed_or_stopped_goes_on_where_it_was() {
    let long = PLAN.replace("iterations = 2", "iterations = 40").replace("alpha = [0, 1]\n", "");
    let place = folder(&[("long.toml", &long)]);
    let runs = place.path().join("runs/long");
    let lock = || std::fs::File::open(runs.join("seed-0/lock")).unwrap().try_lock_shared().is_ok();
    // Killed: its run ends by itself, since nobody holds the other end of its input.
    let mut killed = sweep_under_way(place.path());
    killed.kill().unwrap();
    killed.wait().unwrap();
    wait("the run's end", lock);
    let after_kill = lines(&runs, "seed-0");
    // Ctrl-C: the run finishes the attempt in hand.
    let stopped = sweep_under_way(place.path());
    wait("the run to go on", || lines(&runs, "seed-0") > after_kill);
    let interrupt = Command::new("kill").args(["-INT", &stopped.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let output = stopped.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("go on by prover sweep long.toml"), "{text}");
    wait("the run's end", lock);
    let kinds = events(&runs);
    assert!(kinds.contains(&("interrupt".into(), "seed-0".into())), "{kinds:?}");
    assert!(kinds.contains(&("resume".into(), "seed-0".into())), "{kinds:?}");
    let (_, out, _) = prover(place.path(), &["runs", "runs", "--format", "json"]);
    let listed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["state"]), (&json!("seed-0"), &json!("stopped")));
    let (status, out, error) = prover(place.path(), &["sweep", "long.toml"]);
    assert_eq!((status, lines(&runs, "seed-0"), lines(&runs, "seed-1")), (0, 40, 40), "{out}{error}");
}

#[test]
fn a_run_that_went_wrong_says_why() {
    let plan = "command = 'prove'\n[base]\ntheory = 'nat-add'\n[axes]\ngoals = [['nat-add-hard'], ['no-such-goals']]\nnodes = [20]\n";
    let place = folder(&[("plan.toml", plan)]);
    let (status, out, _) = prover(place.path(), &["sweep", "plan.toml"]);
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("goals-no-such-goals-nodes-20: failed: error: "), "{out}");
    let (_, out, _) = prover(place.path(), &["runs", "runs/plan", "--where", "state=failed", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap().as_array().unwrap().len(), 1, "{out}");
    let (status, out, error) = prover(place.path(), &["report", "runs/plan", "-o", "page.html"]);
    assert_eq!(status, 0, "{out}{error}");
    let page = std::fs::read_to_string(place.path().join("page.html")).unwrap();
    assert!(page.contains("no-such-goals") && page.contains("\"state\":\"failed\""));
    // It is tried again, and the other one is not.
    let (_, out, _) = prover(place.path(), &["sweep", "plan.toml"]);
    assert!(out.contains("1 of them finished before") && out.contains("1/1 goals-no-such-goals"), "{out}");
}

#[test]
fn bad_input_is_told() {
    let place = folder(&[("a.toml", "[axes]\nalpah = [0]"), ("b.toml", "[axes]\nseed = [1, 1]"), ("empty/x.txt", "")]);
    let cases: [(&[&str], &str); 8] = [
        (&["sweep", "a.toml"], "the axis `alpah` is no setting of `prover selfplay`: did you mean `alpha`?"),
        (&["sweep", "b.toml"], "two runs have one name, `seed-1`"),
        (&["sweep", "none.toml"], "cannot read none.toml"),
        (&["runs", "empty"], "there are no runs in empty"),
        (&["runs"], "cannot read runs"),
        (&["report", "empty"], "there are no runs in empty"),
        (&["report", "none.tree.json"], "cannot read the tree none.tree.json"),
        (&["selfplay", "--config", "a.toml"], "`axes` is no setting"),
    ];
    for (arguments, expected) in cases {
        let (status, _, error) = prover(place.path(), arguments);
        assert!(status == 2 && error.contains(expected), "{arguments:?}: {status} {error}");
    }
    // A full disk, which every system has a device for.
    #[cfg(target_os = "linux")]
    {
        let runs = place.path().join("runs/c");
        std::fs::create_dir_all(&runs).unwrap();
        std::os::unix::fs::symlink("/dev/full", runs.join("runs.log")).unwrap();
        std::fs::write(place.path().join("c.toml"), "[base]\ntheory = 'nat-add'\ngoals = 'nat-add-hard'").unwrap();
        let (status, _, error) = prover(place.path(), &["sweep", "c.toml"]);
        assert!(status == 2 && error.contains("cannot write to runs/c: No space left"), "{status} {error}");
    }
    std::fs::create_dir(place.path().join("run")).unwrap();
    std::fs::write(place.path().join("run/config.toml"), "seed = 1\n").unwrap();
    std::fs::write(place.path().join("run/metrics.jsonl"), "{\"iteration\":1,\"seconds\":1}\n{\"iterat").unwrap();
    let (status, out, error) = prover(place.path(), &["report", "run", "-o", "nowhere/page.html"]);
    assert!(status == 2 && error.contains("nowhere/page.html"), "{status} {out}{error}");
    let (status, _, error) = prover(place.path(), &["report", "run"]);
    assert!(status == 0 && error.contains("the last line, 2, is not whole and was left out"), "{error}");
}

#[test]
fn trees_are_kept_and_shown() {
    let place = folder(&[]);
    let line = [
        "prove",
        "--theory",
        "nat-add",
        "--goals",
        "nat-add-hard",
        "--only",
        "search",
        "--nodes",
        "50",
        "--save-trees",
        "2",
    ];
    let (_, out, _) = prover(place.path(), &[&line[..], &["--format", "json"]].concat());
    assert!(objects(&out).len() > 2);
    assert_eq!(std::fs::read_dir(place.path().join("trees")).unwrap().count(), 2);
    let (status, _, error) = prover(place.path(), &["solve", "What is 2 plus 3?", "--save-trees", "1"]);
    assert_eq!(status, 0, "{error}");
    let tree = SavedTree::read(&place.path().join("trees/question.tree.json")).unwrap();
    assert_eq!((tree.title.as_str(), tree.verdict.as_str()), ("What is 2 plus 3?", "5"));
    assert!(tree.notes.iter().any(|(_, note)| note == "5"), "{:?}", tree.notes);
    let (status, out, _) = prover(place.path(), &["report", "trees", "-o", "trees.html"]);
    assert!(status == 0 && out.contains("0 runs, 3 trees"), "{out}");
}

/// The value in an answer of a browser's driver, which keeps the connection open.
fn answer(stream: TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap()
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let value: Value = serde_json::from_slice(&body).unwrap();
    value["value"].clone()
}

/// A browser for the tests of pages, controlled through its driver (the WebDriver protocol).
struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .spawn()
            .expect("Debian's package chromium-driver");
        wait("the browser's driver", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let mut browser = Self { driver, port, session: String::new() };
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}}});
        let made = browser.ask("/session", &wanted);
        browser.session = format!("/session/{}", made["sessionId"].as_str().unwrap_or_else(|| panic!("{made}")));
        browser
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head =
            format!("POST {}{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close", self.session, self.port);
        write!(stream, "{head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .unwrap();
        answer(stream)
    }

    fn open(&self, page: &Path) {
        self.ask("/url", &json!({"url": format!("file://{}", page.display())}));
    }

    /// The value of an expression.
    fn value(&self, expression: &str) -> Value {
        self.ask("/execute/sync", &json!({"script": format!("return {expression}"), "args": []}))
    }

    fn count(&self, selector: &str) -> u64 {
        self.value(&format!("document.querySelectorAll('{selector}').length")).as_u64().unwrap()
    }

    /// Presses keys in an element.
    fn press(&self, selector: &str, keys: &str) {
        let found = self.ask("/element", &json!({"using": "css selector", "value": selector}));
        let id =
            found.as_object().and_then(|found| found.values().next()?.as_str()).unwrap_or_else(|| panic!("{found}"));
        let answer = self.ask(&format!("/element/{id}/value"), &json!({ "text": keys }));
        assert!(answer.is_null(), "{answer}");
    }

    /// Errors in the console.
    fn errors(&self) -> Vec<Value> {
        let log = self.ask("/se/log", &json!({"type": "browser"}));
        log.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE").cloned().collect()
    }

    /// Where `UPDATE_PICTURES` is set, keeps a picture of the page in docs/pictures.
    fn picture(&self, name: &str) {
        if std::env::var_os("UPDATE_PICTURES").is_none() {
            return;
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {}/screenshot HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.session, self.port).unwrap();
        let picture = answer(stream);
        let folder = root().join("docs/pictures");
        std::fs::create_dir_all(&folder).unwrap();
        let mut decode = Command::new("base64").arg("-d").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = decode.stdin.take().unwrap();
        let text = picture.as_str().unwrap().to_owned();
        std::thread::spawn(move || input.write_all(text.as_bytes()));
        std::fs::write(folder.join(format!("{name}.png")), decode.wait_with_output().unwrap().stdout).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A tree of this many states, each but the first reached from an earlier one, and one from two.
fn large_tree(count: usize) -> SavedTree {
    let mut children = vec![Vec::new(); count];
    for node in 1..count {
        children[(node - 1) / 3].push(node);
    }
    children[1].push(count - 1);
    let edge = |node: &usize| ExportedEdge {
        action: format!("apply lemma_{}.", node % 300),
        prior: 0.25,
        value: 0.5,
        visits: 1,
        solves: false,
        status: "open",
        subgoals: vec![*node],
        note: None,
    };
    let nodes = (0..count).map(|id| ExportedNode {
        id,
        state: format!("{{ 'a0 : nat, 'a1 : nat, h : (= 'a0 'a1) }}\n(= (+ 'a0 (s 'a{id})) (s (+ 'a{id} 'a0)))"),
        status: "open",
        visits: 1,
        estimate: Some(0.5),
        actions: children[id].iter().map(edge).collect(),
    });
    SavedTree::new("a large tree", "open", &nodes.collect::<Vec<_>>())
}

#[test]
fn the_page_works_in_a_browser() {
    if std::env::var_os("PROVER_TEST_BROWSER").is_none() {
        println!("left out: PROVER_TEST_BROWSER is not set");
        return;
    }
    let place = folder(&[("plan.toml", PLAN)]);
    assert_eq!(prover(place.path(), &["sweep", "plan.toml"]).0, 0);
    let line = "prove --theory nat-add --goals nat-add-hard --only search --nodes 300 --save-trees 8";
    prover(place.path(), &line.split(' ').collect::<Vec<_>>());
    large_tree(100_000).save(&place.path().join("trees"), "zz-large").unwrap();
    // Sums and differences, of which the uniform policy finds some.
    let questions = "What is 3 plus 4?\n7\nWhat is 10 plus 5?\n15\nWhat is 8 plus 1?\n9\nWhat is 6 plus 6?\n12\n";
    std::fs::write(place.path().join("sums.txt"), questions).unwrap();
    std::fs::write(place.path().join("quotients.txt"), questions.replace("plus", "divided by").replace("\n1", "\n2"))
        .unwrap();
    for temperature in ["0.5", "2"] {
        let line = format!(
            "synth sums.txt quotients.txt --policy uniform --alg sampling --enough 0 --programs 40 \
                            --temperature {temperature} --out runs/plan/synth-{temperature}"
        );
        let (status, _, error) = prover(place.path(), &line.split_whitespace().collect::<Vec<_>>());
        assert!(status < 2, "{error}");
    }
    let (status, _, error) = prover(place.path(), &["report", "runs/plan", "trees", "-o", "page.html"]);
    assert_eq!(status, 0, "{error}");
    let browser = Browser::start();
    browser.open(&place.path().join("page.html"));
    assert_eq!(browser.count("section:not([hidden])"), 1);
    assert_eq!(browser.count("#runs .state.finished"), 6);
    browser.picture("report-runs");
    // By the keyboard: the second view has curves, the arrow leads to the next one.
    browser.press("body", "2");
    assert!(browser.count("#curves .curve") >= 8, "{}", browser.count("#curves .curve"));
    assert!(browser.count("#curves polygon") >= 1, "bands over seeds");
    browser.picture("report-curves");
    browser.press("body", "\u{e014}");
    assert_eq!(browser.value("document.getElementById('curves').hidden"), true);
    // Scores of programs: a row a problem, a column a temperature.
    browser.value("document.getElementById('tab-scores').click()");
    assert_eq!((browser.count("#scores tbody tr"), browser.count("#scores thead th")), (2, 3));
    assert_eq!(browser.count("#scores td svg"), 4);
    assert!(browser.count("#scores .bar[fill*=good]") >= 1 && browser.count("#scores .bar[fill*=warn]") >= 1);
    browser.picture("report-scores");
    let views = browser.count("[role=tab]");
    browser.press("body", &views.to_string());
    let choose = |tree: &str| {
        browser.value(&format!(
            "(() => {{ const menu = document.querySelector('#trees select'); menu.value = '{tree}'; \
             menu.dispatchEvent(new Event('change')); }})()"
        ));
    };
    let about =
        || browser.value("document.querySelector('#trees p').textContent").as_str().unwrap_or_default().to_owned();
    choose("succ_add");
    wait("a tree with a proof", || about().contains("proved"));
    let before = browser.count(".tree .row");
    browser.press(".tree", "\u{e015}\u{e014}");
    assert!(browser.count(".tree .row") > before, "the arrow unfolds a row");
    browser.press(".tree", "p");
    assert!(browser.count(".tree .row.proof") > 2, "the path of the proof");
    browser.picture("report-tree");
    // A hundred thousand states: drawn are those in sight.
    choose("zz-large");
    wait("the large tree", || {
        browser
            .value("document.querySelector('#trees p').textContent")
            .as_str()
            .is_some_and(|text| text.contains("100000 states"))
    });
    println!("{}", browser.value("document.querySelector('#trees p').textContent"));
    browser.press("#trees input", "'a99999)\u{e007}");
    assert_eq!(browser.value("document.querySelector('.tree .row.current').textContent.includes(\"'a99999\")"), true);
    assert!(browser.count(".tree .row") < 100);
    assert_eq!(browser.errors(), Vec::<Value>::new());
    // On paper there are all views, with the menus' choices, and the rows of the tree.
    browser.value("window.dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.count("section[hidden]"), 0);
    browser.value("window.dispatchEvent(new Event('afterprint'))");
    assert_eq!(browser.count("section:not([hidden])"), 1);
}

#[test]
fn the_page_shows_what_of_a_question_a_network_attended_to() {
    let place = folder(&[]);
    let question = "What is the third derivative of 2*x**5 - x?";
    assert_eq!(prover(place.path(), &["solve", question, "--save-trees", "1"]).0, 0);
    let report = |attention: &str| prover(place.path(), &["report", "trees", "--attention", attention]);
    let (status, _, error) = report("nowhere");
    assert!(status == 2 && error.contains("nowhere"), "{error}");
    let (status, _, error) = report("questions");
    assert_eq!(status, 0, "{error}");
    if std::env::var_os("PROVER_TEST_BROWSER").is_none() {
        println!("left out: PROVER_TEST_BROWSER is not set");
        return;
    }
    let browser = Browser::start();
    browser.open(&place.path().join("report.html"));
    wait("the tree", || browser.count(".attention span") > 3);
    // All of the state's text is there, and some of it counts for more than other parts.
    let shown = browser.value("document.querySelector('.attention').textContent");
    assert!(shown.as_str().unwrap().contains("third derivative"), "{shown}");
    let colours = "new Set([...document.querySelectorAll('.attention span')].map((span) => span.title)).size";
    assert!(browser.value(colours).as_u64() > Some(3));
    browser.value("document.querySelector('footer').scrollIntoView({ block: 'end' })");
    browser.picture("report-attention");
    assert_eq!(browser.errors(), Vec::<Value>::new());
}

/// Prints the history of an offline run of Weights & Biases, whose file is a log of LevelDB (blocks of 32 KiB) of
/// protocol buffers.
const OFFLINE_READER: &str = "\
import glob, json, struct, sys
from wandb.proto import wandb_internal_pb2 as pb
data = open(glob.glob(sys.argv[1] + '/*.wandb')[0], 'rb').read()
at, part, rows = 7, b'', []
while at + 7 <= len(data):
    left = 32768 - at % 32768
    if left < 7:
        at += left
        continue
    _, length, kind = struct.unpack('<IHB', data[at:at + 7])
    part += data[at + 7:at + 7 + length]
    at += 7 + length
    if kind in (1, 4):
        record = pb.Record.FromString(part)
        part = b''
        if record.WhichOneof('record_type') == 'history':
            rows.append({(i.key or '/'.join(i.nested_key)): json.loads(i.value_json) for i in record.history.item})
print(json.dumps(rows))
";

#[test]
fn other_tools_read_the_figures() {
    let Some(python) = std::env::var_os("PROVER_TEST_PYTHON") else {
        println!("left out: PROVER_TEST_PYTHON is not set");
        return;
    };
    let place = folder(&[("plan.toml", &PLAN.replace("seed = '0..2'\nalpha = [0, 1]", "seed = [0]"))]);
    assert_eq!(prover(place.path(), &["sweep", "plan.toml"]).0, 0);
    let run = place.path().join("runs/plan/seed-0");
    let metrics = objects(&std::fs::read_to_string(run.join("metrics.jsonl")).unwrap());
    const READER: &str = "import json, sys\n\
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n\
        read = EventAccumulator(sys.argv[1]); read.Reload(); tags = read.Tags()\n\
        scalars = {tag: [[e.step, e.value] for e in read.Scalars(tag)] for tag in tags['scalars']}\n\
        texts = {tag: [e.tensor_proto.string_val[0].decode() for e in read.Tensors(tag)] for tag in tags['tensors']}\n\
        print(json.dumps({'scalars': scalars, 'texts': texts}))";
    let output = Command::new(&python).args(["-c", READER]).arg(run.join("tensorboard")).output().unwrap();
    let read: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    for name in ["train_loss", "progress_loss", "alpha", "goals_proved", "nodes"] {
        let expected: Vec<_> = metrics.iter().map(|line| (line["iteration"].as_f64(), line[name].as_f64())).collect();
        let found = read["scalars"][name].as_array().unwrap_or_else(|| panic!("{name}: {read}"));
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, (step, value)) in found.iter().zip(expected) {
            assert_eq!(found[0].as_f64(), step);
            assert!(
                (found[1].as_f64().unwrap() - value.unwrap()).abs() < 1e-5 * value.unwrap().abs().max(1.0),
                "{name}"
            );
        }
    }
    assert!(
        read["texts"]["settings"][0].as_str().is_some_and(|text| text.contains("alpha = 0.2")),
        "{}",
        read["texts"]
    );
    // Weights & Biases, without its server.
    let script = root().join("tools/wandb_offline.py");
    let output = Command::new(&python).arg(script).arg(&run).arg("--dir").arg(place.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let offline = std::fs::read_dir(place.path().join("wandb")).unwrap().flatten();
    let offline: Vec<_> =
        offline.filter(|entry| entry.file_name().to_string_lossy().starts_with("offline-run")).collect();
    assert_eq!(offline.len(), 1);
    let output = Command::new(&python).args(["-c", OFFLINE_READER]).arg(offline[0].path()).output().unwrap();
    let rows: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(rows.as_array().unwrap().len(), metrics.len(), "{rows}");
    assert_eq!(rows[0]["train_loss"], metrics[0]["train_loss"], "{rows}");
}
