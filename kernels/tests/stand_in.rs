//! The CUDA back end on a machine without a GPU: the stand-in driver skips kernels, everything else is real (see
//! kernels/stand-in). What is checked is that faults are errors, how much is launched, copied and waited for, and what
//! machine code comes of the kernels.
#![cfg(feature = "cuda")]

#[path = "../stand-in/alone.rs"]
mod alone;

use alone::StandIn;
use prover_gpu::{
    AdamW, Batch, Config, DeviceInfo, Error, Precision, Selector, Target, Term, Transformer, open, select,
};
use std::path::{Path, PathBuf};
use std::process::Command;

fn config(size: &str) -> Config {
    let (layers, heads, width) = match size {
        "tiny" => (2, 4, 128),
        _ => (8, 8, 512),
    };
    Config { vocabulary: 512, context: 1024, layers, heads, width }
}

fn parameters(config: &Config) -> Vec<f32> {
    let (width, layers) = (config.width, config.layers);
    vec![0.01; (config.vocabulary + config.context) * width + layers * (12 * width * width + 13 * width) + 2 * width]
}

fn device() -> DeviceInfo {
    select(Selector::Cuda(None)).unwrap().expect("the stand-in is a device")
}

fn opened(size: &str, precision: Precision) -> Result<Box<dyn Transformer>, Error> {
    let config = config(size);
    open(&device(), &config, &parameters(&config), precision)
}

/// States of 100 tokens with 30 actions of 8 tokens.
fn batch(states: usize) -> Batch {
    let tokens = |count: u32, seed: u32| -> Vec<u32> { (0..count).map(|i| (i * 7 + seed * 13) % 512).collect() };
    let mut batch = Batch::default();
    for state in 0..states as u32 {
        let branches: Vec<Vec<u32>> = (0..30).map(|action| tokens(8, state + action)).collect();
        batch.push(&tokens(100, state), branches.iter().map(|b| &b[..]));
    }
    batch
}

fn targets(batch: &Batch) -> Vec<Target> {
    let term = |row: u32| Term { token: row % 512, candidates: vec![], weight: 1e-3 };
    (0..batch.rows() as u32).step_by(2).map(|row| Target { row, term: term(row) }).collect()
}

#[test]
fn without_a_compiler_no_device_opens() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.without_compiler().run("without_a_compiler_no_device_opens", || {
        let error = opened("tiny", Precision::F32).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Missing(what) if what.contains("NVRTC")), "{error}");
    });
}

#[test]
fn without_headers_no_device_opens() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.without_headers().run("without_headers_no_device_opens", || {
        let error = opened("tiny", Precision::F32).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Missing(what) if what.contains("CUDA_PATH")), "{error}");
    });
}

#[test]
fn a_device_that_computes_nothing_does_not_open() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.with("STAND_IN_DEAF", "1").run("a_device_that_computes_nothing_does_not_open", || {
        let error = opened("tiny", Precision::F32).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Fault(what) if what.contains("NaN")), "{error}");
    });
}

#[test]
fn what_no_kernel_wrote_is_an_error() {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.run("what_no_kernel_wrote_is_an_error", || {
        let mut model = opened("tiny", Precision::F32).unwrap();
        let (batch, fault) = (batch(2), |error: &Error| matches!(error, Error::Fault(what) if what.contains("number")));
        assert!(fault(&model.hidden(&batch, &[3, 5]).unwrap_err()));
        assert!(fault(&model.loss(&batch, &targets(&batch)).unwrap_err()));
        assert!(fault(&model.loss_and_gradient(&batch, &targets(&batch), false).unwrap_err()));
        for error in [
            model.train(&batch, &targets(&batch), &NUMBERS).map(drop).unwrap_err(),
            model.step(&NUMBERS).map(drop).unwrap_err(),
        ] {
            assert!(matches!(&error, Error::Fault(what) if what.contains("norm")), "{error}");
        }
        // What was uploaded is there, whatever went wrong since.
        assert_eq!(model.parameters().unwrap(), parameters(&config("tiny")));
    });
}

/// With so much memory, batches grow until they do not fit: each failure says so, and smaller batches go on, into the
/// driver's next fault.
fn memory_runs_out(test: &str, mebibytes: &str) {
    let Some(stand_in) = StandIn::new() else { return };
    stand_in.with("STAND_IN_MEMORY", mebibytes).run(test, || {
        let mut model = match opened("base", Precision::F32) {
            Ok(model) => model,
            Err(error) => return assert!(matches!(error, Error::OutOfMemory(_)), "{error}"),
        };
        let small = batch(1);
        let mut refused = 0;
        for states in [1, 8, 32, 64, 128] {
            let batch = batch(states);
            for error in [
                model.hidden(&batch, &[0]).unwrap_err(),
                model.loss_and_gradient(&batch, &targets(&batch), false).unwrap_err(),
            ] {
                println!("{states} states: {error}");
                match error {
                    Error::OutOfMemory(_) => {
                        refused += 1;
                        let after = model.hidden(&small, &[0]).unwrap_err();
                        assert!(matches!(&after, Error::Fault(what) if what.contains("number")), "{after}");
                    }
                    Error::Fault(what) => assert!(what.contains("number"), "{what}"),
                    error => panic!("{error}"),
                }
            }
        }
        assert!(refused > 0);
        assert_eq!(model.parameters().unwrap(), parameters(&config("base")));
    });
}

#[test]
fn memory_of_one_gigabyte_runs_out() {
    memory_runs_out("memory_of_one_gigabyte_runs_out", "1000");
}

#[test]
fn memory_of_two_and_a_half_gigabytes_runs_out() {
    memory_runs_out("memory_of_two_and_a_half_gigabytes_runs_out", "2500");
}

#[test]
fn memory_of_six_gigabytes_runs_out() {
    memory_runs_out("memory_of_six_gigabytes_runs_out", "6000");
}

/// Numbers of calls of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Calls {
    launches: usize,
    uploads: usize,
    downloads: usize,
    synchronisations: usize,
    modules: usize,
}

/// A folder of a test's own, emptied.
fn scratch(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    // The process inside finds what the one outside made.
    if std::env::var_os("STAND_IN_LOG").is_none() {
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
    }
    folder
}

/// The calls of the driver while something ran, by its log.
fn calls(log: &Path, work: impl FnOnce()) -> Calls {
    let read = || std::fs::read_to_string(log).unwrap_or_default();
    let before = read().len();
    work();
    let lines = read().split_off(before);
    let count = |what: &str| lines.lines().filter(|line| line.starts_with(what)).count();
    Calls {
        launches: count("LAUNCH"),
        uploads: count("UPLOAD"),
        downloads: count("DOWNLOAD"),
        synchronisations: count("SYNCHRONIZE"),
        modules: count("MODULE"),
    }
}

const NUMBERS: AdamW = AdamW {
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    rate: 1e-6,
    clip: 1.0,
    correct1: 1.0,
    correct2: 1.0,
    weight_decay: 0.01,
};

#[test]
fn launches_uploads_and_waits_are_counted() {
    let test = "launches_uploads_and_waits_are_counted";
    let Some(stand_in) = StandIn::new() else { return };
    let log = scratch(test).join("log");
    let stand_in = stand_in.with("STAND_IN_LOG", log.display().to_string()).with("STAND_IN_NUMBERS", "1");
    stand_in.run(test, || {
        for (size, precision) in [("tiny", Precision::F32), ("base", Precision::F32), ("base", Precision::Bf16)] {
            let mut model = opened(size, precision).unwrap();
            let (one, many) = (batch(1), batch(24));
            let rows: Vec<u32> = (0..31).map(|i| 100 + 8 * i.min(29)).collect();
            // Compiles.
            model.hidden(&many, &rows).unwrap();
            model.hidden(&one, &rows).unwrap();
            model.train(&many, &targets(&many), &NUMBERS).unwrap();
            let evaluation = calls(&log, || drop(model.hidden(&one, &rows).unwrap()));
            let step = calls(&log, || drop(model.train(&many, &targets(&many), &NUMBERS).unwrap()));
            println!("{size} {precision}: an evaluation {evaluation:?}, a step {step:?}");
            let layers = config(size).layers;
            // Beside the layers: embedding, and the rows that are read.
            let expected =
                Calls { launches: 8 * layers + 2, uploads: 1, downloads: 1, synchronisations: 1, modules: 0 };
            assert_eq!(evaluation, expected, "{size} {precision}");
            assert!(step.launches <= 220, "{size} {precision}: {step:?}");
            let expected = Calls { launches: step.launches, uploads: 1, downloads: 2, synchronisations: 1, modules: 0 };
            assert_eq!(step, expected, "{size} {precision}");
        }
    });
}

/// How many registers of a unit the hardware gives at once. Finer figures would also tell nothing certain: cubecl places a
/// kernel's shared memories in the order of a hash set, which differs from process to process, and with it addresses and
/// a register or two.
const REGISTERS: usize = 8;

/// Figures of the machine code of a kernel.
struct MachineCode {
    name: String,
    /// In steps of [`REGISTERS`].
    registers: usize,
    /// Bytes, in all.
    spills: usize,
    /// In loops.
    matrix: usize,
    global: usize,
    shared: usize,
    generic: usize,
    local: usize,
}

impl std::fmt::Display for MachineCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, registers, spills, matrix, global, shared, generic, local } = self;
        write!(f, "{registers:>4} {spills:>6} {matrix:>6} {global:>6} {shared:>6} {generic:>7} {local:>5}  {name}")
    }
}

/// The number before a word in the report of ptxas.
fn number_before(report: &str, word: &str) -> usize {
    let Some(at) = report.find(word) else { return 0 };
    report[..at].trim_end().rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Compiles a module for the device and looks at what comes out.
fn machine_code(stand_in: &StandIn, module: &Path) -> MachineCode {
    let text = std::fs::read_to_string(module).unwrap();
    let name = text.lines().find_map(|l| l.strip_prefix(".visible .entry ")).unwrap().trim_end_matches('(').to_owned();
    let code = module.with_extension("cubin");
    let run = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        [output.stdout, output.stderr].map(|bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned())
    };
    let [_, report] =
        run(Command::new(stand_in.tool("ptxas")).args(["-arch=sm_90a", "-v", "-o"]).arg(&code).arg(module));
    let [listing, _] = run(Command::new(stand_in.tool("nvdisasm")).arg("-c").arg(&code));
    let lines: Vec<&str> = listing.lines().map(str::trim).collect();
    // A jump to a label above it ends a loop that begins there.
    let mut in_loop = vec![false; lines.len()];
    for (end, line) in lines.iter().enumerate() {
        let Some(label) = line.split_once("BRA").and_then(|(_, to)| Some(to.split_once("`(")?.1.split_once(')')?.0))
        else {
            continue;
        };
        if let Some(begin) = lines[..end].iter().position(|l| l.strip_suffix(':') == Some(label)) {
            in_loop[begin..=end].fill(true);
        }
    }
    let count = |operations: &[&str]| {
        let named = |line: &str| {
            let words = line.split_whitespace().filter(|word| !word.starts_with("/*") && !word.starts_with('@'));
            words.take(1).any(|word| operations.contains(&word.split('.').next().unwrap_or(word)))
        };
        lines.iter().zip(&in_loop).filter(|(line, inside)| **inside && named(line)).count()
    };
    MachineCode {
        name,
        registers: number_before(&report, " registers").next_multiple_of(REGISTERS),
        spills: number_before(&report, " bytes spill stores") + number_before(&report, " bytes spill loads"),
        matrix: count(&["HMMA", "HGMMA", "WGMMA"]),
        global: count(&["LDG", "LDGSTS"]),
        shared: count(&["LDS", "LDSM"]),
        generic: count(&["LD"]),
        local: count(&["LDL", "STL"]),
    }
}

#[test]
fn machine_code_is_what_it_was() {
    let test = "machine_code_is_what_it_was";
    if StandIn::new().is_none() {
        return;
    }
    let all = [
        ("tiny", Precision::F32),
        ("tiny", Precision::Bf16),
        ("tiny", Precision::F16),
        ("base", Precision::F32),
        ("base", Precision::Bf16),
        ("base", Precision::F16),
    ];
    let folder = scratch(test);
    let mut table =
        "What the kernels become for compute capability 9.0a: registers of a unit in steps of eight, bytes of spills, and \
                     in loops\nmatrix instructions, loads from global and from shared memory and by generic addresses, loads and stores of spills.\n"
            .to_owned();
    for (size, precision) in all {
        let name = format!("{size} {precision}");
        let dump = folder.join(name.replace(' ', "-"));
        std::fs::create_dir_all(&dump).unwrap();
        let log = folder.join("log").display().to_string();
        let stand_in = StandIn::new().unwrap().with("STAND_IN_DUMP", dump.display().to_string());
        let stand_in = stand_in.with("STAND_IN_LOG", log).with("STAND_IN_MODEL", name.clone());
        // Compiled now, whatever earlier tests left.
        let stand_in = stand_in.with("XDG_CACHE_HOME", dump.display().to_string());
        stand_in.run(test, || {
            let wanted = std::env::var("STAND_IN_MODEL").unwrap();
            let (size, precision) = wanted.split_once(' ').unwrap();
            let mut model = opened(size, precision.parse().unwrap()).unwrap();
            for states in [1, 24] {
                _ = model.hidden(&batch(states), &[0]);
            }
            if precision != "f16" {
                _ = model.train(&batch(24), &targets(&batch(24)), &NUMBERS);
            }
        });
        if alone::inside() {
            return;
        }
        let mut modules: Vec<PathBuf> = std::fs::read_dir(&dump)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "ptx"))
            .collect();
        modules.sort();
        let half = modules.len() / 2;
        let (first, second) = modules.split_at(half);
        let look = |modules: &[PathBuf]| modules.iter().map(|m| machine_code(&stand_in, m)).collect::<Vec<_>>();
        let mut codes = std::thread::scope(|scope| {
            let second = scope.spawn(|| look(second));
            let mut codes = look(first);
            codes.extend(second.join().unwrap());
            codes
        });
        codes.sort_by_cached_key(ToString::to_string);
        codes.sort_by_cached_key(|code| code.name.clone());
        table += &format!("\n{name}\nregs spills matrix global shared generic local  kernel\n");
        for code in codes {
            table += &format!("{code}\n");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machine-code.txt");
    if std::env::var_os("UPDATE_MACHINE_CODE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(table == expected, "the kernels' machine code changed (UPDATE_MACHINE_CODE=1 writes it anew):\n{table}");
}

#[test]
fn compiled_kernels_are_kept_between_starts() {
    let test = "compiled_kernels_are_kept_between_starts";
    let folder = scratch(test);
    let stand_in = |headers: &Path| {
        let cache = folder.join("cache").display().to_string();
        let stand_in = StandIn::new()?.with("XDG_CACHE_HOME", cache).with("STAND_IN_LOG", "/dev/null");
        Some(stand_in.with("CUDA_PATH", headers.display().to_string()))
    };
    let Some(first) = stand_in(&StandIn::new().map_or(folder.clone(), |s| s.toolkit())) else { return };
    // Nothing compiles any more with these.
    let broken = folder.join("broken");
    if !alone::inside() {
        std::fs::create_dir_all(broken.join("include")).unwrap();
        std::fs::write(broken.join("include/cuda_runtime.h"), "#error these are no headers\n").unwrap();
    }
    let evaluate = || {
        let model = opened("tiny", Precision::Bf16).unwrap();
        let error = model.hidden(&batch(1), &[3]).unwrap_err();
        assert!(matches!(&error, Error::Fault(what) if what.contains("number")), "{error}");
    };
    first.run(test, evaluate);
    stand_in(&broken).unwrap().run(test, evaluate);
    // Without what was kept it shows.
    if !alone::inside() {
        std::fs::remove_dir_all(folder.join("cache")).unwrap();
        let failed = std::panic::catch_unwind(|| stand_in(&broken).unwrap().run(test, evaluate));
        assert!(failed.is_err());
    }
}

/// SplitMix64 (Steele et al. 2014).
struct Random(u64);

impl Random {
    /// From `start` on, below `end`.
    fn within(&mut self, start: usize, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        start + ((z ^ (z >> 31)) % (end - start) as u64) as usize
    }

    /// Some states as a search asks about them, with their actions; the rows that are read.
    fn batch(&mut self, states: usize) -> (Batch, Vec<u32>) {
        let (mut batch, mut rows) = (Batch::default(), Vec::new());
        for _ in 0..states {
            let prefix = vec![7; self.within(20, 360)];
            let branches: Vec<Vec<u32>> = (0..self.within(3, 33)).map(|_| vec![5; self.within(2, 12)]).collect();
            let mut row = batch.rows() + prefix.len() - 1;
            rows.push(row as u32);
            for branch in &branches {
                row += branch.len();
                rows.push(row as u32);
            }
            batch.push(&prefix, branches.iter().map(|b| &b[..]));
        }
        (batch, rows)
    }
}

#[test]
fn after_a_warm_up_nothing_compiles() {
    let test = "after_a_warm_up_nothing_compiles";
    let Some(stand_in) = StandIn::new() else { return };
    let log = scratch(test).join("log");
    let stand_in = stand_in.with("STAND_IN_LOG", log.display().to_string()).with("STAND_IN_NUMBERS", "1");
    stand_in.run(test, || {
        for precision in [Precision::F32, Precision::Bf16] {
            let model = opened("tiny", precision).unwrap();
            let mut random = Random(1);
            let warm_up = calls(&log, || {
                for states in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] {
                    let (batch, rows) = random.batch(states);
                    model.hidden(&batch, &rows).unwrap();
                }
            });
            let compiled = calls(&log, || {
                for _ in 0..400 {
                    let states = random.within(1, 65);
                    let (batch, rows) = random.batch(states);
                    model.hidden(&batch, &rows).unwrap();
                }
            });
            println!("{precision}: {} kernels in the warm-up, {} later", warm_up.modules, compiled.modules);
            assert!(warm_up.modules > 0 && compiled.modules == 0, "{precision}: {warm_up:?} {compiled:?}");
        }
    });
}
