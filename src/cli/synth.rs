//! `prover synth`: programs that answer all questions of a kind.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::{ArgGroup, Args, ValueEnum};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::eval::Format;
use super::policy::{Policy, QuestionPolicyArgs, trained_on};
use super::prove::positive_seconds;
use super::rule::RuleArgs;
use super::{CliError, Context, Status, complain, on_or_off, output};
use crate::answer::builtin;
use crate::answer::data::{DataError, Pair, Pairs, Selection, Set, Test};
use crate::answer::evaluation::refusal;
use crate::evaluation::untrained_like;
use crate::network::model::Size;
use crate::run::directory::{CONFIG, INFO, METRICS};
use crate::run::{Phase, RunInfo, write_atomic};
use crate::search::tokens::Chunk;
use crate::search::{Algorithm, Completion, Options};
use crate::synth::record::{FOLDER, Settings, Work};
use crate::synth::score::{Mean, Needed};
use crate::synth::summary::{SEVERAL, WANTED};
use crate::synth::{
    Decoding, Effort, Grouping, Prefix, Public, Record, Records, Summary, Task, Tasks, Variant, attempt,
};
use crate::{experiments, threads};

/// Arguments of `prover synth`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("instances_from").args(["files", "math"]).required(true).multiple(false)))]
pub struct SynthArgs {
    /// Files of questions and answers, on lines in turn; each is a problem
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Folder of test questions, such as `mathematics`: problems are the kinds of its modules
    #[arg(long, value_name = "DATA")]
    pub math: Option<PathBuf>,
    /// The problems.
    #[command(flatten)]
    pub tasks: TaskArgs,
    /// How far the search for a program goes.
    #[command(flatten)]
    pub effort: EffortArgs,
    /// How descents choose.
    #[command(flatten)]
    pub rule: RuleArgs,
    /// The policy that guides the search.
    #[command(flatten)]
    pub policy: QuestionPolicyArgs,
    /// Guide the search by an untrained network of this size instead
    #[arg(long, value_enum, value_name = "SIZE", conflicts_with = "policy")]
    pub untrained: Option<Size>,
    /// Records and their reuse.
    #[command(flatten)]
    pub records: RecordArgs,
    /// Seed of what is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Problems attempted at once; 0 for one on each core
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
}

/// The problems.
#[derive(Clone, Debug, Args)]
pub struct TaskArgs {
    /// With --math: modules, such as numbers__gcd,algebra__linear_1d [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with = "files")]
    pub modules: Vec<String>,
    /// With --math: split to take instances from
    #[arg(long, value_enum, value_name = "SPLIT", default_value = "interpolate", conflicts_with = "files")]
    pub split: Test,
    /// The most frequent so many kinds of each file or module
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub kinds: u32,
    /// When questions are of one kind: with the same words around elements of the same types, with elements of the same
    /// types, or in the same file [default: words with --math, file with files]
    #[arg(long, value_enum, value_name = "words|types|file", hide_possible_values = true)]
    pub group: Option<Grouping>,
    /// Instances of a problem, at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
    pub instances: u32,
    /// Instances that the search is shown; programs are tested on the others
    #[arg(long, value_name = "half|N", default_value = "half")]
    pub public: Public,
    /// How the problems are changed, to see what is understood: other words, fewer words, longer numbers, unknown words
    #[arg(
        long,
        value_enum,
        value_name = "as-is|rephrased|shortened|numbers|names",
        default_value_t,
        hide_possible_values = true
    )]
    pub variant: Variant,
}

/// How far the search for a program goes.
#[derive(Clone, Debug, Args)]
pub struct EffortArgs {
    /// How the search explores
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value = "mcts")]
    pub alg: Algorithm,
    /// Width of the search, if it is a beam, or number of particles; a beam that is empty is widened
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub width: u32,
    /// Programs to evaluate for a problem, at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub programs: u32,
    /// States to expand for a problem, at most
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub nodes: u32,
    /// Seconds for a problem, at most
    #[arg(long, value_name = "S", value_parser = positive_seconds)]
    pub seconds: Option<f64>,
    /// Programs right on all public instances after which a search ends; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub enough: u32,
    /// Whether the network reads the answers of the public instances that it reads
    #[arg(long, value_name = "on|off", default_value = "on", value_parser = on_or_off, action = clap::ArgAction::Set)]
    pub show_answer: bool,
    /// Edge of the search: a node of the graph, or a token of its text; one that fits no type is never offered
    #[arg(long, value_enum, value_name = "nodes|tokens", default_value = "nodes", hide_possible_values = true)]
    pub decode: Decode,
    /// With --decode tokens: whether an edge ends at the next token that is not forced, at the next node, or where the
    /// policy is not sure how to go on
    #[arg(long, value_enum, value_name = "token|node|entropy", default_value = "token", hide_possible_values = true)]
    pub chunk: ChunkChoice,
    /// Judge a state by completing it, with the likeliest action again and again (1) or a beam of this width; 0 goes by
    /// the network's values
    #[arg(long, value_name = "WIDTH", default_value_t = 0)]
    pub complete: u32,
    /// Caches to do without, to see what they save: what was judged while completing, what completions were worth, what
    /// was judged for several tokens, what the network remembers
    #[arg(
        long,
        value_enum,
        value_name = "states|ends|ahead|network",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub without: Vec<CacheKind>,
    /// Share of each prior that is even, or by size of what the action leads to, in place of the network's
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    pub smoothing: f32,
    /// Public instances that good programs got wrong and that the network reads besides the first, at most
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub counterexamples: u32,
    /// Shorten the best programs, by so many decisions or from the first with a prior below P on, and complete them
    /// with the second half of the programs
    #[arg(long, value_name = "nodes:N|certainty:P")]
    pub prefix: Option<Prefix>,
    /// Temperature of what completes them
    #[arg(long, value_name = "T", default_value_t = 1.5, requires = "prefix", value_parser = temperature)]
    pub prefix_temperature: f32,
}

/// Edge of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Decode {
    /// A node of the graph
    Nodes,
    /// A token of its text
    Tokens,
}

/// Where an edge of a search by tokens ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChunkChoice {
    /// At the next token that is not forced
    Token,
    /// At the next node
    Node,
    /// Where the policy is not sure how to go on
    Entropy,
}

/// Caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CacheKind {
    /// States judged while completing
    States,
    /// Worths of completions
    Ends,
    /// Judgements for several tokens
    Ahead,
    /// The network's memory
    Network,
}

/// Records and their reuse.
#[derive(Clone, Debug, Args)]
pub struct RecordArgs {
    /// Folder of the records, one for each problem
    #[arg(long, value_name = "DIR", default_value = "runs/synth")]
    pub out: PathBuf,
    /// Attempt finished problems again, in new records
    #[arg(long)]
    pub rerun: bool,
    /// First problem to attempt, by its number from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub start: usize,
    /// Problem before which to end
    #[arg(long, value_name = "N")]
    pub end: Option<usize>,
    /// Problems to attempt, by their numbers, such as 0,3,5
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with_all = ["start", "end"])]
    pub indices: Vec<usize>,
    /// How to write the figures
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
}

fn share(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| format!("{text} is not a number from 0 to 1"))
}

fn temperature(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|&number: &f32| number.is_finite() && number > 0.0);
    number.ok_or_else(|| format!("{text} is not a number above 0"))
}

const EXAMPLES: &str = "\
Examples:
  prover synth --math mathematics --modules numbers__gcd,numbers__lcm
  prover synth questions.txt --policy uniform --alg best-first
  prover synth --math mathematics --public 3 --counterexamples 2 --programs 30 --out runs/three
  prover synth --math mathematics --alg sampling --temperature 1.5 --enough 0 --format json > figures.json
  prover synth --math mathematics --prefix nodes:2 --prefix-temperature 2 --out runs/prefix
  prover synth --math mathematics --variant names --out runs/names

A program is a compute graph: `f0` is the first element of whatever question it is applied to. What a search finishes is evaluated on \
all public instances at once and is worth the share that it gets right. The program that is best on them is chosen, and its score is \
the share of private instances that it gets right.
DIR/problems/NAME.json keeps each problem; records are never written over, and a problem that has one with the same settings is not \
attempted again. docs/synthesis.md says what is in them.

Exit status: 0 all problems were attempted, 1 some could not be read or contradict themselves, 2 the command could not do its work.";

/// Carries out the command.
///
/// # Errors
/// When questions or the policy cannot be read, the policy was trained on them, or records cannot be kept.
pub fn run(args: &SynthArgs, context: &Context) -> Result<Status, CliError> {
    let (tasks, mut is_fine) = chosen(args, context)?;
    let settings = settings(args);
    let folder = &args.records.out;
    let records = Records::open(&folder.join(FOLDER))?;
    let is_ours = keep_settings(folder, &settings, args.seed)?;
    let mut finished: Vec<(usize, Record)> = Vec::new();
    let mut open: Vec<(usize, &Task)> = Vec::new();
    for (place, task) in tasks.iter().enumerate() {
        for contradiction in &task.contradictions {
            is_fine = false;
            let (a, b) = (&contradiction.answer, &contradiction.other_answer);
            let (question, other) = (&contradiction.question, &contradiction.other);
            context.progress.say(&format!(
                "{}: no program gets both right: `{question}` with the answer {a}, `{other}` with the answer {b}",
                task.name
            ));
        }
        let (record, passed) = records.finished(task, &settings.digest)?;
        for (path, why) in passed {
            context.progress.say(&format!("{} is left as it is: {why}", path.display()));
        }
        match record.filter(|_| !args.records.rerun) {
            Some(record) => finished.push((place, record)),
            None => open.push((place, task)),
        }
    }
    if !finished.is_empty() {
        context.progress.say(&format!("{} of {} problems were finished before", finished.len(), tasks.len()));
    }
    if !open.is_empty() {
        let policy = policy(args)?;
        let new = carry_out(&open, &policy, args, &settings, &records, context)?;
        finished.extend(new);
    }
    finished.sort_by_key(|(place, _)| *place);
    let finished: Vec<Record> = finished.into_iter().map(|(_, record)| record).collect();
    let summary = Summary::of(&finished, args.effort.programs as usize, args.effort.alg);
    if is_ours {
        let figures = experiments::figures::of_synthesis(&serde_json::to_value(&summary).unwrap_or_default());
        let lines: String = figures.into_iter().map(|line| format!("{}\n", serde_json::Value::Object(line))).collect();
        let path = folder.join(METRICS);
        write_atomic(&path, lines.as_bytes()).map_err(|source| CliError::Save { path, source })?;
        keep_info(folder, &settings, args.seed, true)?;
    }
    let mut out = output::stdout();
    write(&summary, args.records.format, &mut out).and_then(|()| out.flush()).map_err(CliError::Output)?;
    Ok(if is_fine { Status::Fine } else { Status::Wrong })
}

/// The problems to attempt, and whether all could be made.
fn chosen(args: &SynthArgs, context: &Context) -> Result<(Vec<Task>, bool), CliError> {
    let TaskArgs { kinds, group, instances, public, variant, .. } = &args.tasks;
    let default = if args.math.is_some() { Grouping::Words } else { Grouping::File };
    let maker = Tasks {
        grouping: group.unwrap_or(default),
        kinds: *kinds as usize,
        instances: *instances as usize,
        public: *public,
        seed: args.seed,
    };
    let mut made = Vec::new();
    for (name, pairs) in sources(args)? {
        let (pairs, left) = variant.applied(pairs, *instances as usize);
        if left > 0 {
            context
                .progress
                .say(&format!("{name}: {left} questions stay as they are: changed, they would be read otherwise"));
        }
        made.extend(maker.of(&name, &pairs));
    }
    let RecordArgs { start, end, indices, .. } = &args.records;
    let is_chosen = |place: usize| match &indices[..] {
        [] => place >= *start && end.is_none_or(|end| place < end),
        some => some.contains(&place),
    };
    let count = made.len();
    let (mut tasks, mut is_fine) = (Vec::new(), true);
    let mut is_empty = true;
    for (_, task) in made.into_iter().enumerate().filter(|(place, _)| is_chosen(*place)) {
        is_empty = false;
        match task {
            Ok(task) => tasks.push(task),
            Err(error) => {
                is_fine = false;
                complain(&context.progress, &error);
            }
        }
    }
    if is_empty { Err(CliError::NoProblem(count)) } else { Ok((tasks, is_fine)) }
}

/// Questions with their answers, by the names of files and modules.
fn sources(args: &SynthArgs) -> Result<Vec<(String, Vec<Pair>)>, CliError> {
    let Some(folder) = &args.math else {
        let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read = |path: &PathBuf| {
            let pairs: Vec<Pair> = Pairs::open(path)?.collect::<Result<_, DataError>>()?;
            let is_alone = args.files.iter().filter(|other| stem(other) == stem(path)).count() == 1;
            let name = if is_alone { stem(path) } else { path.display().to_string() };
            if pairs.is_empty() { Err(DataError::Nothing { path: path.clone() }) } else { Ok((name, pairs)) }
        };
        return Ok(args.files.iter().map(read).collect::<Result<_, _>>()?);
    };
    let selection = Selection { modules: args.tasks.modules.clone(), most: None };
    let set = Set::<Test>::load(folder, &[args.tasks.split], &selection, &mut ChaCha8Rng::seed_from_u64(args.seed))?;
    let parts = set.into_parts();
    if args.untrained.is_none()
        && let Some(reason) = refusal(&parts, trained_on(&args.policy)?.as_ref())
    {
        return Err(CliError::TrainedOnTest(reason));
    }
    Ok(parts.into_iter().map(|part| (part.module, part.pairs)).collect())
}

/// The policy of the search, with or without its memory.
fn policy(args: &SynthArgs) -> Result<Policy, CliError> {
    let mut policy = match args.untrained {
        Some(size) => {
            let network = untrained_like(builtin::network()?.tokenizer().clone(), size, args.seed)?;
            Policy::ready(network, &args.policy.compute)
        }
        None => Policy::load_for_questions(&args.policy)?,
    };
    if let (Policy::Network(network), true) = (&mut policy, args.effort.without.contains(&CacheKind::Network)) {
        network.set_cache_entries(0);
    }
    Ok(policy)
}

/// The settings that decide what becomes of a problem, as flags have them.
fn settings(args: &SynthArgs) -> Settings {
    let SynthArgs { tasks, effort, rule, .. } = args;
    let mut values = BTreeMap::new();
    let mut set = |name: &str, value: String| {
        values.insert(name.to_owned(), value);
    };
    let word =
        |value: Option<clap::builder::PossibleValue>| value.map_or_else(String::new, |value| value.get_name().into());
    let data = args.math.as_ref().map(|path| path.display().to_string());
    set(
        "data",
        data.unwrap_or_else(|| args.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(",")),
    );
    set("split", word(tasks.split.to_possible_value()));
    set("kinds", tasks.kinds.to_string());
    set("group", tasks.group.map_or("default".into(), |group| word(group.to_possible_value())));
    set("instances", tasks.instances.to_string());
    set(
        "public",
        match tasks.public {
            Public::Half => "half".into(),
            Public::Number(number) => number.to_string(),
        },
    );
    set("variant", word(tasks.variant.to_possible_value()));
    set("alg", word(effort.alg.to_possible_value()));
    set("width", effort.width.to_string());
    set("programs", effort.programs.to_string());
    set("nodes", effort.nodes.to_string());
    set("seconds", effort.seconds.map_or("none".into(), |seconds| seconds.to_string()));
    set("enough", effort.enough.to_string());
    set("decode", word(effort.decode.to_possible_value()));
    set("chunk", word(effort.chunk.to_possible_value()));
    set("complete", effort.complete.to_string());
    let without = effort.without.iter().map(|kind| word(kind.to_possible_value()));
    set("without", without.collect::<Vec<_>>().join(","));
    set("smoothing", effort.smoothing.to_string());
    set("show_answer", if effort.show_answer { "on" } else { "off" }.into());
    set("counterexamples", effort.counterexamples.to_string());
    set(
        "prefix",
        match effort.prefix {
            None => "none".into(),
            Some(Prefix::Nodes(nodes)) => format!("nodes:{nodes}"),
            Some(Prefix::Certainty(prior)) => format!("certainty:{prior}"),
        },
    );
    set("prefix_temperature", effort.prefix_temperature.to_string());
    let options = rule.over(Options::default());
    set("select", word(options.selection.to_possible_value()));
    set("c", options.exploration.to_string());
    set("b", options.base.to_string());
    set("backup", word(options.backup.to_possible_value()));
    set("temperature", options.temperature.to_string());
    set("top_k", options.opening.top_k.to_string());
    set("nucleus", options.opening.nucleus.to_string());
    set("entropy", options.opening.entropy.to_string());
    let policy = match (&args.policy.policy, args.untrained) {
        (_, Some(size)) => format!("untrained {size}"),
        (None, _) => "shipped".into(),
        (Some(super::policy::PolicyChoice::Uniform), _) => "uniform".into(),
        (Some(super::policy::PolicyChoice::Directory(path)), _) => path.display().to_string(),
    };
    set("policy", policy);
    set("seed", args.seed.to_string());
    Settings::new(values)
}

/// Writes down the settings of a folder that has none; whether it is one of this command's own.
fn keep_settings(folder: &Path, settings: &Settings, seed: u64) -> Result<bool, CliError> {
    let path = folder.join(CONFIG);
    if let Ok(text) = crate::input::read_text(&path, crate::input::SETTINGS) {
        let table: toml::Table = toml::from_str(&text).unwrap_or_default();
        return match table.get("digest").and_then(toml::Value::as_str) {
            // A sweep keeps the folder.
            None => Ok(false),
            Some(known) if known == settings.digest => Ok(true),
            Some(known) => Err(CliError::OtherSettings { path: folder.to_owned(), known: known.to_owned() }),
        };
    }
    let value = |text: &String| match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(number), _) => toml::Value::Integer(number),
        (_, Ok(number)) if number.is_finite() => toml::Value::Float(number),
        _ => toml::Value::String(text.clone()),
    };
    let mut table: toml::Table = settings.values.iter().map(|(name, text)| (name.clone(), value(text))).collect();
    table.insert("command".into(), "synth".into());
    table.insert("digest".into(), settings.digest.clone().into());
    keep_info(folder, settings, seed, false)?;
    write_atomic(&path, table.to_string().as_bytes()).map_err(|source| CliError::Save { path, source })?;
    Ok(true)
}

/// Writes down where the figures of a folder come from, and that they are all there.
fn keep_info(folder: &Path, settings: &Settings, seed: u64, is_over: bool) -> Result<(), CliError> {
    let path = folder.join(INFO);
    let text = crate::input::read_text(&path, crate::input::SETTINGS).unwrap_or_default();
    let begun = toml::from_str(&text).unwrap_or_else(|_| RunInfo::now(seed, settings.digest.clone()));
    let info = RunInfo { ended: is_over.then(crate::run::timestamp), ..begun };
    let text = toml::to_string(&info).unwrap_or_default();
    write_atomic(&path, text.as_bytes()).map_err(|source| CliError::Save { path, source })
}

/// Attempts problems and keeps what became of each as soon as it is over.
fn carry_out(
    open: &[(usize, &Task)],
    policy: &Policy,
    args: &SynthArgs,
    settings: &Settings,
    records: &Records,
    context: &Context,
) -> Result<Vec<(usize, Record)>, CliError> {
    let EffortArgs { alg, width, programs, nodes, seconds, enough, show_answer, counterexamples, .. } = args.effort;
    let has = |kind: CacheKind| !args.effort.without.contains(&kind);
    let completion = Completion {
        width: args.effort.complete as usize,
        keeps_states: has(CacheKind::States),
        keeps_ends: has(CacheKind::Ends),
    };
    let smoothing = args.effort.smoothing;
    let options = Options { algorithm: alg, width: width as usize, completion, smoothing, ..Options::default() };
    let search = args.rule.over(options);
    let chunk = match (args.effort.decode, args.effort.chunk) {
        (Decode::Nodes, _) | (Decode::Tokens, ChunkChoice::Node) => None,
        (Decode::Tokens, ChunkChoice::Token) => Some(Chunk::Token),
        (Decode::Tokens, ChunkChoice::Entropy) => Some(Chunk::Entropy),
    };
    let effort = Effort {
        search,
        programs: programs as usize,
        nodes: nodes.into(),
        seconds,
        enough: enough as usize,
        shows_answers: show_answer,
        counterexamples: counterexamples as usize,
        prefix: args.effort.prefix.map(|prefix| (prefix, args.effort.prefix_temperature)),
        decoding: chunk.map(|chunk| Decoding { chunk, is_asked_once: has(CacheKind::Ahead) }),
        seed: args.seed,
    };
    let threads = threads::count(args.threads);
    let statistics = || match policy {
        Policy::Network(network) if threads == 1 => Some(network.statistics()),
        Policy::Network(_) | Policy::Uniform(_) => None,
    };
    let phase: Phase = context.progress.phase("programs", open.len() as u64);
    let sum = Mutex::new((0.0, 0));
    let carry_out = |&(place, task): &(usize, &Task)| -> Result<(usize, Record), CliError> {
        // Each problem costs what it would cost alone.
        policy.evaluator().forget();
        let before = statistics();
        let found = attempt(task, policy.evaluator(), &effort);
        let done = statistics().zip(before).map(|(after, before)| after.since(&before));
        let work = done.map(|done| Work { tokens: done.tokens, tokens_reused: done.tokens_reused });
        let record = Record::new(task, found, settings, work);
        records.write(&record)?;
        if let Ok(mut sum) = sum.lock() {
            *sum = (sum.0 + record.private_score, sum.1 + 1);
            phase.message(format!("score {:.3}", sum.0 / f64::from(sum.1)));
        }
        phase.inc(1);
        Ok((place, record))
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| CliError::Drive(error.into()))?;
    let finished = pool.install(|| open.par_iter().map(carry_out).collect());
    phase.finish();
    finished
}

fn write(summary: &Summary, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => write_tables(summary, out),
        Format::Csv => {
            writeln!(out, "problem,public,private,programs,right_after,nodes,seconds,program")?;
            for problem in &summary.problems {
                let right = problem.right_after.map_or_else(String::new, |number| number.to_string());
                let program = problem.program.as_deref().unwrap_or("").replace('\n', "; ");
                let (public, private) = (problem.public_score, problem.private_score);
                writeln!(
                    out,
                    "{},{public:.4},{private:.4},{},{right},{},{:.4},\"{program}\"",
                    problem.problem, problem.programs, problem.nodes, problem.seconds
                )?;
            }
            Ok(())
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, summary)?;
            writeln!(out)
        }
    }
}

/// A mean as percent with its interval.
fn percent(mean: Mean) -> String {
    let [mean, low, high] = [mean.mean, mean.interval.low, mean.interval.high].map(|share| 100.0 * share);
    format!("{mean:.1} [{low:.0}, {high:.0}]")
}

fn write_tables(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let width = summary.problems.iter().map(|problem| problem.problem.len()).max().unwrap_or(0).max("problem".len());
    writeln!(
        out,
        "{:<width$}  {:>8}  {:>9}  {:>8}  {:>11}  {:>7}  {:>8}  program",
        "problem", "public %", "private %", "programs", "right after", "nodes", "seconds"
    )?;
    for problem in &summary.problems {
        let right = problem.right_after.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let program = problem.program.as_deref().unwrap_or("-").replace('\n', "; ");
        writeln!(
            out,
            "{:<width$}  {:>8.1}  {:>9.1}  {:>8}  {right:>11}  {:>7}  {:>8.2}  {program}",
            problem.problem,
            100.0 * problem.public_score,
            100.0 * problem.private_score,
            problem.programs,
            problem.nodes,
            problem.seconds
        )?;
    }
    writeln!(out, "\n{:<18}{}", "score %", percent(summary.score))?;
    let several = format!("{SEVERAL}@k %");
    writeln!(out, "\n{:>8}  {:>18}  {:>18}  {:>18}  {several:>18}", "programs", "score %", "pass@k %", "1@k %")?;
    for at in &summary.by_programs {
        let cells = [at.score, at.pass_at_k, at.one_at_k, at.several_at_k].map(percent);
        let [score, pass, one, several] = &cells;
        writeln!(out, "{:>8}  {score:>18}  {pass:>18}  {one:>18}  {several:>18}", at.programs)?;
    }
    let needed = match summary.needed {
        Needed::Measured(number) => format!("{number} programs"),
        Needed::Extrapolated(number) => format!("about {number:.0} programs, extrapolated"),
        Needed::Never => "more programs do not help".to_owned(),
    };
    writeln!(out, "\na score of {:.0} %: {needed}", 100.0 * WANTED)?;
    let failures = summary.failures;
    writeln!(
        out,
        "public instances that programs got wrong: {} another value, {} no value, {} ill-typed",
        failures.wrong, failures.evaluation, failures.ill_typed
    )?;
    let reused = summary.tokens_reused.unwrap_or(0);
    let tokens = summary.tokens.map_or_else(String::new, |tokens| format!(", {tokens} tokens and {reused} remembered"));
    writeln!(out, "{} states expanded, {} judged{tokens}, {:.1} s", summary.nodes, summary.evaluations, summary.seconds)
}
