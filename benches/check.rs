//! How fast checking is: `cargo bench --bench check`, a minute or two on two cores.
//!
//! `-- --sample-count 1` takes one sample of everything and leaves out the longest files, which is enough to see that
//! it runs. `-- --baseline PATH` starts another `prover` beside this one on the same files and prints ratios. Each
//! figure stands beside its target.

use prover::export::{Development, Options as ExportOptions, Target};
use prover::logic::{ConstId, DeclarationKind, Environment, Term, TermId};
use prover::network::Uniform;
use prover::prove::Prover;
use prover::prove::{Budget, Lemmas};
use prover::theory::Theory;
use prover::theory::import::{NoImports, SourceText};
use prover::theory::load::LoadReport;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

mod generated;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The seed of all that is random here.
const SEED: u64 = 1;

/// The figures for which there is more than one sample.
struct Options {
    samples: usize,
    baseline: Option<PathBuf>,
}

impl Options {
    /// Reads the command line; further arguments of `cargo bench` are ignored.
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let after = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
        let samples = after("--sample-count").and_then(|count| count.parse().ok()).unwrap_or(3);
        Self { samples, baseline: after("--baseline").map(PathBuf::from) }
    }

    fn is_quick(&self) -> bool {
        self.samples == 1
    }
}

/// Cost of a finished process.
#[derive(Clone, Copy, Debug)]
struct Cost {
    wall: Duration,
    /// The greatest resident size in bytes, if the system reports it.
    peak: Option<u64>,
}

fn main() {
    let options = Options::read();
    println!("checking, seed {SEED}; median (least) of the samples\n");
    worlds(&options);
    generated_files(&options);
    kernel(&options);
    equality(&options);
    exports(&options);
}

/// A theorem whose proof has 100,000 shared nodes, `(f x x)` applied to itself over a constant or over a variable.
fn shared(is_open: bool) -> Development {
    let mut theory =
        Theory::from_text("shared", "t : type. c : t. f : [t -> t -> t]. p : [t -> prop]. i : [('x : t) -> (p 'x)].")
            .expect("the theory is right");
    let environment = &mut theory.environment;
    let [ty, c, f, p, i] = ["t", "c", "f", "p", "i"].map(|name| {
        let constant = environment.find(name).expect("it is declared");
        environment.store.constant(constant)
    });
    let x = environment.store.local(0, ty);
    let start = if is_open { x } else { c };
    let term = (0..50_000).fold(start, |term, _| environment.store.apps(f, &[term, term]));
    let (mut statement, mut proof) = (environment.store.app(p, term), environment.store.app(i, term));
    if is_open {
        (statement, proof) = (environment.store.close_pi(statement, &[x]), environment.store.close_lambda(proof, &[x]));
    }
    environment.add_theorem("shared", statement, proof).expect("the proof is right");
    Development::new(theory, &LoadReport::default())
}

/// Exports of terms with much sharing. The target is a second.
fn exports(options: &Options) {
    println!("\nexport of a proof of 100,000 shared nodes (target: 1 s)");
    for (what, is_open) in [("closed", false), ("over a variable", true)] {
        let development = shared(is_open);
        for target in [Target::Rocq, Target::Lean, Target::Lean4Export] {
            let mut times = Vec::new();
            for _ in 0..options.samples {
                let start = Instant::now();
                let summary = development.write(target, ExportOptions::default(), &mut std::io::sink(), &|_| {});
                times.push(start.elapsed());
                assert!(summary.is_ok_and(|summary| summary.unsaid.is_empty()));
            }
            println!("  {:<30} {}", format!("{what}, {target:?}"), median_and_least(&sorted(times)));
        }
    }
}

/// Times of several samples, in order.
fn sorted(mut times: Vec<Duration>) -> Vec<Duration> {
    times.sort();
    times
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 0.1 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

fn median_and_least(times: &[Duration]) -> String {
    format!("{} ({})", seconds(times[times.len() / 2]), seconds(times[0]))
}

/// Starts a program and waits for it. Its peak of memory is read while it runs, every few milliseconds if asked for.
fn start(program: &Path, arguments: &[&str], watch: bool) -> Cost {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .arg("check")
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program can be started");
    let mut peak = None;
    while watch && child.try_wait().expect("a child can be asked").is_none() {
        peak = high_water(child.id()).or(peak);
        std::thread::sleep(Duration::from_millis(3));
    }
    let status = child.wait().expect("a child can be waited for");
    assert!(status.success(), "{arguments:?} are right");
    Cost { wall: begun.elapsed(), peak }
}

/// `VmHWM` of a process, in bytes.
fn high_water(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

fn this_program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_prover"))
}

fn theory(name: &str) -> String {
    format!("{}/theories/{name}.peano", env!("CARGO_MANIFEST_DIR"))
}

const WORLDS: [&str; 3] = ["addition-world", "multiplication-world", "power-world"];

/// The worlds, each in a process of its own and all in one.
fn worlds(options: &Options) {
    println!("whole process, full scripts (target: under 10 ms)");
    let files = WORLDS.map(theory);
    let each = files.iter().zip(WORLDS).map(|(file, name)| (name, vec![file.as_str()]));
    for (name, arguments) in each.chain([("all three", files.iter().map(String::as_str).collect())]) {
        let count = if options.is_quick() { 1 } else { 40 };
        let times = (0..count).map(|_| start(&this_program(), &arguments, false).wall).collect();
        println!("  {name:22} {}", median_and_least(&sorted(times)));
    }
}

/// Long files, at several lengths.
fn generated_files(options: &Options) {
    println!(
        "\ngenerated theorems of five steps (target: 100000 in under 5 s on 2 cores and under 1 GiB; cost linear)"
    );
    let counts: &[usize] = match options.is_quick() {
        true => &[2_500, 5_000],
        false => &[25_000, 50_000, 100_000, 200_000],
    };
    for &count in counts {
        let mut file = tempfile::Builder::new().suffix(".peano").tempfile().expect("a temporary file");
        let text = generated::file(count, SEED);
        file.write_all(text.as_bytes()).expect("a temporary file can be written");
        let path = file.path().to_str().expect("a path in Unicode").to_owned();
        let samples = if count > 100_000 { 1 } else { options.samples };
        let measure = |program: &Path, arguments: &[&str]| {
            let costs: Vec<Cost> = (0..samples).map(|_| start(program, arguments, true)).collect();
            let peak = costs.iter().filter_map(|cost| cost.peak).max().unwrap_or(0);
            (sorted(costs.iter().map(|cost| cost.wall).collect()), peak >> 20)
        };
        let (times, peak) = measure(&this_program(), &[&path]);
        let each = times[times.len() / 2].as_secs_f64() * 1e6 / count as f64;
        let megabytes = text.len() as f64 / 1e6;
        println!("  {count:7} ({megabytes:5.1} MB)      {}, {each:.1} us each, {peak} MiB", median_and_least(&times));
        if count == 100_000 || options.is_quick() {
            let (alone, peak) = measure(&this_program(), &[&path, "--threads", "1"]);
            println!("          one thread      {}, {peak} MiB", median_and_least(&alone));
        }
        // The baseline need not bear the longest files.
        if let Some(baseline) = options.baseline.as_deref().filter(|_| count <= 100_000) {
            let (before, peak) = measure(baseline, &[&path]);
            let ratio = before[before.len() / 2].as_secs_f64() / times[times.len() / 2].as_secs_f64();
            println!("          baseline        {}, {peak} MiB: {ratio:.2} times as long", median_and_least(&before));
        }
    }
}

/// A copy of a term in an environment in which constants have the same numbers.
fn copy(from: &Environment, to: &mut Environment, id: TermId, known: &mut HashMap<TermId, TermId>) -> TermId {
    if let Some(&copied) = known.get(&id) {
        return copied;
    }
    let term = match from.store.term(id) {
        Term::Local { id, ty } => Term::Local { id, ty: copy(from, to, ty, known) },
        Term::App(a, b) => Term::App(copy(from, to, a, known), copy(from, to, b, known)),
        Term::Lambda(a, b) => Term::Lambda(copy(from, to, a, known), copy(from, to, b, known)),
        Term::Pi(a, b) => Term::Pi(copy(from, to, a, known), copy(from, to, b, known)),
        leaf => leaf,
    };
    let copied = to.store.intern(term);
    known.insert(id, copied);
    copied
}

/// The distinct subterms of proofs, and the subterms written out as trees.
#[derive(Clone, Copy, Default)]
struct Nodes {
    distinct: u64,
    tree: f64,
}

fn nodes(environment: &Environment) -> Nodes {
    let mut sizes: HashMap<TermId, f64> = HashMap::new();
    fn size(environment: &Environment, id: TermId, sizes: &mut HashMap<TermId, f64>) -> f64 {
        if let Some(&known) = sizes.get(&id) {
            return known;
        }
        let parts = match environment.store.term(id) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => {
                size(environment, a, sizes) + size(environment, b, sizes)
            }
            _ => 0.0,
        };
        sizes.insert(id, 1.0 + parts);
        1.0 + parts
    }
    let tree = proofs(environment).map(|(_, proof)| size(environment, proof, &mut sizes)).sum();
    Nodes { distinct: sizes.len() as u64, tree }
}

fn proofs(environment: &Environment) -> impl Iterator<Item = (ConstId, TermId)> {
    let theorems = environment.declarations().filter(|(_, declaration)| declaration.kind == DeclarationKind::Theorem);
    theorems.filter_map(|(id, declaration)| declaration.value.map(|proof| (id, proof)))
}

/// Checks everything again in an environment that knows nothing, and gives the time that the proofs took. Only the
/// terms of the declarations themselves are laid out before.
fn check_again(theory: &Environment) -> Duration {
    let mut fresh = Environment::new();
    let mut known = HashMap::new();
    let mut time = Duration::ZERO;
    let mut with_equality = HashSet::from(["eq_refl", "rewrite", "eq_symm"]);
    for (_, declaration) in theory.declarations() {
        let name = &*declaration.name;
        let ty = copy(theory, &mut fresh, declaration.ty, &mut known);
        let value = declaration.value.map(|value| copy(theory, &mut fresh, value, &mut known));
        if name == "=" {
            fresh.add_equality(ty).expect("it was accepted before");
        } else if fresh.find("=").is_some() && with_equality.remove(name) {
            // `=` has brought it.
        } else {
            let begun = Instant::now();
            let added = match (declaration.kind, value) {
                (DeclarationKind::Theorem, Some(proof)) => fresh.add_theorem(name, ty, proof),
                (DeclarationKind::Definition, Some(value)) => fresh.add_definition(name, ty, value),
                _ => fresh.add_axiom(name, ty),
            };
            added.expect("it was accepted before");
            if declaration.kind == DeclarationKind::Theorem {
                time += begun.elapsed();
            }
        }
    }
    time
}

/// A theory with the theorems of a goal set that search proves.
fn searched(theory: &str, goals: &str) -> Theory {
    let mut lemmas = Lemmas::new(theory);
    let statements = lemmas.goals(goals).expect("a built-in goal set");
    for statement in statements {
        let world = lemmas.world().expect("a built-in theory");
        let budget = Budget { nodes: 2_000, seconds: None, batch: 1 };
        if let (Some(theorem), _) = Prover::new(&world, &Uniform, SEED).prove(&lemmas, &statement, budget) {
            lemmas.push(theorem);
        }
    }
    lemmas.theory().expect("what was proved")
}

/// Proof terms checked again by the kernel alone.
fn kernel(options: &Options) {
    println!("\nproof terms checked again on one core, nothing remembered (target: 1000000 nodes/s)");
    let loaded = |name: &str| Theory::from_source(name).expect("a built-in theory");
    let mut workloads: Vec<(String, Theory)> = WORLDS.iter().map(|&name| (name.to_owned(), loaded(name))).collect();
    workloads.extend(["list-world", "tree-world"].map(|name| (name.to_owned(), loaded(name))));
    workloads.push(("search: nat-add-hard".into(), searched("nat-add", "nat-add-hard")));
    workloads.push(("search: propositional".into(), searched("propositional-logic", "propositional")));
    let text = generated::file(if options.is_quick() { 200 } else { 5_000 }, SEED);
    let generated = Theory::from_text("generated", &text).expect("generated proofs are right");
    workloads.push(("generated".into(), generated));
    let (mut all, mut all_time) = (Nodes::default(), Duration::ZERO);
    for (name, theory) in &workloads {
        let count = if options.is_quick() { 1 } else { 15 };
        let times = sorted((0..count).map(|_| check_again(&theory.environment)).collect());
        let found = nodes(&theory.environment);
        let time = times[times.len() / 2];
        let rate = |nodes: f64| nodes / time.as_secs_f64() / 1e6;
        println!(
            "  {name:22} {:7} distinct nodes, {:9.0} as trees: {:.2} M/s distinct, {:.2} M/s as trees; {}",
            found.distinct,
            found.tree,
            rate(found.distinct as f64),
            rate(found.tree),
            median_and_least(&times)
        );
        all = Nodes { distinct: all.distinct + found.distinct, tree: all.tree + found.tree };
        all_time += time;
    }
    let rate = |nodes: f64| nodes / all_time.as_secs_f64() / 1e6;
    println!("  together: {:.2} M/s distinct, {:.2} M/s as trees", rate(all.distinct as f64), rate(all.tree));
}

/// A text whose check comes down to one question.
struct Question {
    name: &'static str,
    text: String,
    is_right: bool,
}

const EQUALITY: &str = "= : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat].\n";

/// Two towers of definitions, each the double of the one before, and an equation between a floor of each.
fn doublings(floors: usize, other: usize) -> String {
    let mut text = format!(
        "{EQUALITY} pair : [nat -> nat -> nat]. twice : [nat -> nat] = (lambda (x : nat) (pair 'x 'x)).
        d0 : nat = z. e0 : nat = z.\n"
    );
    for i in 1..=floors {
        let _ = writeln!(text, "d{i} : nat = (twice d{0}). e{i} : nat = (pair e{0} e{0}).", i - 1);
    }
    let equation = format!("(= d{floors} e{other})");
    text + &format!("theorem t : {equation} {{ show {equation} by eq_refl. }}")
}

fn rewrites(count: usize) -> String {
    let mut text = format!("{EQUALITY} p : [nat -> nat -> prop]. c0 : nat.\n");
    for i in 0..count {
        let _ = writeln!(text, "c{0} : nat. e{i} : (= c{i} c{0}).", i + 1);
    }
    let _ = writeln!(text, "f : nat. start : (p f c0).\ntheorem t : (p f c{count}) {{");
    (1..=count).for_each(|i| text += &format!("show (p f c{i}) by rewrite.\n"));
    text + "}"
}

/// A theorem with this many hypotheses, where each `show` and `apply` has to find its premises among all of them.
fn facts(count: usize) -> String {
    let mut text = format!(
        "{EQUALITY} r : [nat -> nat -> prop]. q : prop.
        trans : [('a : nat) -> ('b : nat) -> ('c : nat) -> (r 'a 'b) -> (r 'b 'c) -> (r 'a 'c)].\n"
    );
    (0..=count).for_each(|i| text += &format!("c{i} : nat.\n"));
    let hypotheses: String = (0..count).map(|i| format!("(r c{i} c{}) -> ", i + 1)).collect();
    let _ = writeln!(text, "theorem t : [{hypotheses}(r c0 c{count})] {{");
    (0..count).for_each(|i| text += &format!("intro h{i} : (r c{i} c{}).\n", i + 1));
    (2..count).for_each(|i| text += &format!("show (r c0 c{i}) by trans.\n"));
    text + "apply trans. }"
}

/// Questions of definitional equality, and of facts in scope.
fn equality(options: &Options) {
    println!("\nwhat shares structure (no target but at once)");
    let questions = [
        Question { name: "1000 doublings, equal", text: doublings(1000, 1000), is_right: true },
        Question { name: "1000 and 999, unequal", text: doublings(1000, 999), is_right: false },
        Question { name: "chain of 1000 rewrites", text: rewrites(1000), is_right: true },
        Question { name: "200 facts in scope", text: facts(200), is_right: true },
    ];
    for Question { name, text, is_right } in questions {
        let check = || {
            let begun = Instant::now();
            let (_, report) = Theory::load(SourceText::text(name, &*text), &NoImports);
            assert_eq!(report.is_fine(), is_right, "{name}");
            begun.elapsed()
        };
        let times = sorted((0..options.samples.max(1)).map(|_| check()).collect());
        println!("  {name:22} {}, whole file", median_and_least(&times));
    }
}
