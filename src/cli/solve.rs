//! `prover solve`: answer a question in words.

use std::io::{self, Read, Write};

use clap::{Args, ValueEnum};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::policy::{Policy, QuestionPolicyArgs, lexicon};
use super::trees::SaveTreesArgs;
use super::{CliError, Context, Status, complain, output};
use crate::answer::Action;
use crate::answer::reply::{Doubt, MIN_CONFIDENCE, Reply, reply};
use crate::answer::vote::{Answer, AnswerOptions, Candidate, Explored};
use crate::answer::{GraphProblem, State, draw};
use crate::graph::language::dag::Node;
use crate::graph::language::python;
use crate::graph::question::MAX_LENGTH;
use crate::graph::{Budget, Element, Graph};
use crate::search::{Algorithm, Options, Problem, export};
use crate::syntax::source::BYTE_ORDER_MARK;

/// Arguments of `prover solve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SolveArgs {
    /// The question; `-` reads it from standard input
    #[arg(value_name = "QUESTION")]
    pub question: String,
    /// The policy that guides the search.
    #[command(flatten)]
    pub policy: QuestionPolicyArgs,
    /// How the search explores.
    #[command(flatten)]
    pub search: SearchArgs,
    /// How sure an answer must be.
    #[command(flatten)]
    pub least: ConfidenceArgs,
    /// How to write the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Say in words how the answer comes about, step by step
    #[arg(long, conflicts_with_all = ["format", "graph_out", "tree_out"])]
    pub steps: bool,
    /// Write the graph of the answer instead, as a picture or as a Python program that computes the same
    #[arg(long, value_enum, value_name = "dot|svg|python", hide_possible_values = true, conflicts_with_all = ["format", "tree_out"])]
    pub graph_out: Option<GraphFormat>,
    /// Write the tree of the search instead
    #[arg(long, value_enum, value_name = "dot|svg|json", hide_possible_values = true, conflicts_with = "format")]
    pub tree_out: Option<TreeFormat>,
    /// Keep the tree of the search in a folder.
    #[command(flatten)]
    pub trees: SaveTreesArgs,
}

/// How sure an answer must be.
#[derive(Clone, Copy, Debug, Args)]
pub struct ConfidenceArgs {
    /// Confidence, from 0 to 1, below which a question counts as not known
    #[arg(long, value_name = "SHARE", default_value_t = MIN_CONFIDENCE, value_parser = share)]
    pub min_confidence: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 1 is expected".into())
}

/// How a search for a graph explores, and how long.
#[derive(Clone, Debug, Args)]
pub struct SearchArgs {
    /// How it explores.
    #[command(flatten)]
    pub explore: ExploreArgs,
    /// How descents choose.
    #[command(flatten)]
    pub rule: super::rule::RuleArgs,
    /// States to expand, at most
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub nodes: u32,
    /// Seed of what is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// How a search for a graph explores: the flags that commands share.
#[derive(Clone, Debug, Args)]
pub struct ExploreArgs {
    /// How the search explores: best-first finds the likeliest graphs in order
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value = "best-first")]
    pub alg: Algorithm,
    /// Width of the search, if it is a beam, or number of particles
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub width: u32,
    /// Graphs that are evaluated and vote on the answer, at most; fewer if the vote is decided before
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub samples: u32,
}

impl ExploreArgs {
    /// The settings of a search of so many nodes.
    pub fn options(&self, nodes: u64, seed: u64) -> AnswerOptions {
        let search = Options { algorithm: self.alg, width: self.width as usize, ..Options::default() };
        AnswerOptions { search, samples: self.samples as usize, nodes, seed }
    }
}

/// Forms of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: the answer, the graph, the elements, the confidence
    #[default]
    Human,
    /// For programs: one JSON object
    Json,
}

/// Forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For Graphviz
    Dot,
    /// For browsers
    Svg,
    /// A program that prints the answer
    Python,
}

/// Forms of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TreeFormat {
    /// For Graphviz
    Dot,
    /// For browsers
    Svg,
    /// For programs: an object with the answer and all states
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover solve \"Solve 2*x + 3 = 7 for x.\"
  prover solve \"What is the third derivative of 2*x**5 - x?\" --format json
  prover solve \"what is 15% of 80 plus 4\" --steps
  prover solve \"Is 91 a composite number?\" --samples 1 --policy runs/math
  prover solve \"What is -3 plus 4?\" --alg beam --width 4 --tree-out svg > tree.svg
  prover solve \"Let w be 3 + 4. Calculate the remainder when 20 is divided by w.\" --graph-out svg > graph.svg
  prover solve \"Factor x**2 - 5*x + 6.\" --graph-out python > factor.py && python3 factor.py
  echo \"What is 7 times 8?\" | prover solve -

The confidence is the probability that the network gives to the graphs with this answer, less what they do not account \
for: elements that they leave out, and words that the network has not met. Below --min-confidence there is no answer: it \
is said what was read and what is nearest to it. With --format json `known` says which it is.

Exit status: 0 there is an answer, 1 it is not known or the question cannot be read, 2 the command could not do its work.";

/// The answer as JSON has it.
#[derive(Debug, Serialize)]
struct Written<'a> {
    question: &'a str,
    /// The question as it was read: with words put right.
    read: Option<&'a str>,
    answer: Option<&'a str>,
    graph: Option<String>,
    /// That of the best answer, also if it is not given.
    confidence: Option<f64>,
    /// Whether there is an answer that is sure enough.
    known: bool,
    /// The reason why there is no answer.
    doubt: Option<String>,
    /// Words that the network has not met.
    unknown_words: &'a [String],
    elements: Vec<WrittenElement>,
    candidates: Vec<WrittenCandidate<'a>>,
    expansions: u64,
}

#[derive(Debug, Serialize)]
struct WrittenElement {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
struct WrittenCandidate<'a> {
    answer: &'a str,
    graph: String,
    probability: f64,
}

/// Carries out the command.
///
/// # Errors
/// When the policy cannot be loaded, or the answer cannot be written.
pub fn run(args: &SolveArgs, context: &Context) -> Result<Status, CliError> {
    let text = match args.question.as_str() {
        "-" => from_input()?,
        text => text.trim().to_owned(),
    };
    let policy = Policy::load_for_questions(&args.policy)?;
    let mut options = args.search.explore.options(args.search.nodes.into(), args.search.seed);
    options.search = args.search.rule.over(options.search);
    let least = args.least.min_confidence;
    let reply = reply(&text, &lexicon(&args.policy)?, policy.evaluator(), &options, least);
    if let (Some((problem, explored)), 1..) = (&reply.search, args.trees.save_trees) {
        let nodes = export::nodes(&explored.graph, problem, &notes(problem));
        let verdict = reply.given().map_or("no answer", |answer| answer.text.as_str());
        args.trees.keeper().keep("question", &text, verdict, &nodes)?;
    }
    let mut out = output::stdout();
    write(args, &text, &reply, &mut out).and_then(|()| out.flush()).map_err(CliError::Output)?;
    let Some(doubt) = &reply.doubt else { return Ok(Status::Fine) };
    complain(&context.progress, &unknown(doubt, &reply));
    Ok(Status::Wrong)
}

/// The reply that the answer is not known, with the elements read and the most similar question that can be answered.
fn unknown(doubt: &Doubt, reply: &Reply) -> String {
    let mut text = doubt.to_string();
    let Some((problem, _)) = &reply.search else { return text };
    for (index, element) in problem.question().elements.iter().enumerate() {
        let head = if index == 0 { "read" } else { "" };
        text += &format!("\n  {head:<10}  f{index} : {element}");
    }
    if !reply.unknown_words.is_empty() {
        text += &format!("\n  not met     {}", reply.unknown_words.join(", "));
    }
    let failures: Vec<String> = problem.failures().iter().map(ToString::to_string).collect();
    if !failures.is_empty() {
        text += &format!("\n  no value    {}", failures.join("; "));
    }
    if let Some(best) = &reply.best {
        let graph = best.graph.to_string().replace('\n', "\n              ");
        text += &format!("\n  nearest     {graph}\n  that gives  {}", best.text);
    }
    text
}

/// A question from standard input, no more of it than can be read.
fn from_input() -> Result<String, CliError> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_LENGTH as u64 + 1).read_to_end(&mut bytes).map_err(CliError::Input)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text).trim().to_owned())
}

fn write(args: &SolveArgs, text: &str, reply: &Reply, out: &mut dyn Write) -> io::Result<()> {
    let answer = reply.given();
    if let (Some(format), Some((problem, explored))) = (args.tree_out, &reply.search) {
        return write_tree(format, &written(text, reply), problem, explored, out);
    }
    let elements = reply.search.as_ref().map_or(&[][..], |(problem, _)| &problem.question().elements);
    if let Some(format) = args.graph_out {
        let Some(answer) = answer else { return Ok(()) };
        let picture = || {
            let values = answer.graph.evaluate_all(elements, &mut Budget::default()).ok();
            draw::picture(&answer.graph, elements, values.as_deref())
        };
        let written = match format {
            GraphFormat::Dot => picture().dot(),
            GraphFormat::Svg => picture().svg(),
            GraphFormat::Python => python::program(&answer.graph, text, elements),
        };
        return out.write_all(written.as_bytes());
    }
    match args.format {
        Format::Human => answer.map_or(Ok(()), |answer| {
            write_for_people(answer, elements, out)?;
            if args.steps { write_steps(&answer.graph, elements, out) } else { Ok(()) }
        }),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &written(text, reply))?;
            writeln!(out)
        }
    }
}

fn write_for_people(answer: &Answer, elements: &[Element], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", answer.text)?;
    let graph = answer.graph.to_string().replace('\n', "\n              ");
    writeln!(out, "  graph       {graph}")?;
    for (index, element) in elements.iter().enumerate() {
        let head = if index == 0 { "elements" } else { "" };
        writeln!(out, "  {head:<10}  f{index} : {element}")?;
    }
    writeln!(out, "  confidence  {:.3}", answer.confidence)?;
    let others = answer.candidates.iter().filter(|candidate| candidate.answer != answer.text);
    for (index, candidate) in others.enumerate() {
        let head = if index == 0 { "others" } else { "" };
        writeln!(out, "  {head:<10}  {} ({:.3})", candidate.answer, candidate.probability)?;
    }
    Ok(())
}

/// Writes each operator with its arguments and value, in the order of evaluation.
fn write_steps(graph: &Graph, elements: &[Element], out: &mut dyn Write) -> io::Result<()> {
    // The answer was evaluated within a budget of each node; here all of them share one.
    let Ok(values) = graph.evaluate_all(elements, &mut Budget::default()) else { return Ok(()) };
    let mut number = 0;
    for (node, value) in graph.nodes().iter().zip(&values) {
        let Node::Apply { applied, arguments } = node else { continue };
        if arguments.is_empty() {
            continue;
        }
        number += 1;
        let head = if number == 1 { "steps" } else { "" };
        let operator = applied.operator();
        let shown: Vec<String> = arguments.iter().map(|argument| values[*argument as usize].to_string()).collect();
        let meaning = operator.documentation.trim().split(['.', ';']).next().unwrap_or("").replace("\n", "");
        writeln!(out, "  {head:<10}  {number}. {}({}) is {value}", operator.name, shown.join("; "))?;
        writeln!(out, "  {:<10}     {}", "", meaning.split_whitespace().collect::<Vec<_>>().join(" "))?;
    }
    Ok(())
}

fn written<'a>(text: &'a str, reply: &'a Reply) -> Written<'a> {
    let element = |(index, element): (usize, &Element)| WrittenElement {
        name: format!("f{index}"),
        kind: element.kind.name(),
        value: element.value.to_string(),
    };
    let candidate = |candidate: &'a Candidate| WrittenCandidate {
        answer: &candidate.answer,
        graph: candidate.graph.to_string(),
        probability: candidate.probability,
    };
    let answer = reply.given();
    let problem = reply.search.as_ref().map(|(problem, _)| problem);
    Written {
        question: text,
        read: problem.map(|problem| problem.question().text.as_str()),
        answer: answer.map(|answer| answer.text.as_str()),
        graph: answer.map(|answer| answer.graph.to_string()),
        confidence: reply.best.as_ref().map(|best| best.confidence),
        known: answer.is_some(),
        doubt: reply.doubt.as_ref().map(ToString::to_string),
        unknown_words: &reply.unknown_words,
        elements: problem
            .iter()
            .flat_map(|problem| problem.question().elements.iter())
            .enumerate()
            .map(element)
            .collect(),
        candidates: reply.best.iter().flat_map(|best| &best.candidates).map(candidate).collect(),
        expansions: reply.search.as_ref().map_or(0, |(_, explored)| explored.expansions),
    }
}

/// A function from the steps that finished a graph to the values of these graphs, printed.
fn notes(problem: &GraphProblem) -> impl Fn(&State, &Action) -> Option<String> {
    let mut given: FxHashMap<(u128, Action), String> = FxHashMap::default();
    for found in problem.found() {
        if let Some(last) = found.steps().last() {
            given.insert((problem.key(&last.state), last.action), found.value.to_string());
        }
    }
    move |state, action| given.get(&(problem.key(state), *action)).cloned()
}

fn write_tree(
    format: TreeFormat,
    result: &Written<'_>,
    problem: &GraphProblem,
    explored: &Explored,
    out: &mut dyn Write,
) -> io::Result<()> {
    let note = notes(problem);
    match format {
        TreeFormat::Dot => out.write_all(export::picture(&explored.graph, problem, &note).dot().as_bytes()),
        TreeFormat::Svg => out.write_all(export::picture(&explored.graph, problem, &note).svg().as_bytes()),
        TreeFormat::Json => {
            let nodes = export::nodes(&explored.graph, problem, &note);
            let tree = serde_json::json!({ "result": result, "nodes": nodes });
            serde_json::to_writer_pretty(&mut *out, &tree)?;
            writeln!(out)
        }
    }
}
