//! `prover refute`: look for models in which statements fail.

use std::io::Write;

use clap::{ArgGroup, Args, ValueEnum};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{CliError, Context, Status, complain, output};
use crate::models::{Limits, Verdict};
use crate::prove::models::{Tested, Tester};
use crate::prove::{Lemmas, Statement};
use crate::search::Deadline;
use crate::theory::goals::Sorts;

/// Arguments of `prover refute`.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["goal", "goals"])), after_help = EXAMPLES)]
pub struct RefuteArgs {
    /// Theory: a built-in name or a path
    #[arg(long, value_name = "THEORY")]
    pub theory: String,
    /// Statement to test, in the Peano language
    #[arg(long, value_name = "STATEMENT")]
    pub goal: Option<String>,
    /// Goal set: a built-in name or a path; a line for each goal is printed. Several may be given
    #[arg(long, value_name = "GOALS")]
    pub goals: Vec<String>,
    /// Seconds for each goal, at most
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = super::prove::positive_seconds)]
    pub seconds: f64,
    /// Seed of random instances
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How results are printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
}

/// Format of the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each goal
    #[default]
    Text,
    /// A JSON object for each goal, a line each
    Json,
}

const EXAMPLES: &str = "\
Examples:
  prover refute --theory nat-mul --goal \"[('n : nat) -> (= (* 'n 'n) 'n)]\"
  prover refute --theory groups --goal \"[('a : G) -> (= (op 'a 'a) 'a)]\"
  prover refute --theory lists --goals lists --format json

A statement is refuted where it fails in a model of the theory, so that no proof of it exists. docs/models.md says which \
models are looked at, and what the other verdicts mean.
Exit status: 0 nothing is refuted, 1 a goal is refuted, 2 a goal cannot be read, or the command could not do its work.";

/// Carries out the command.
///
/// # Errors
/// When the theory or the goals cannot be loaded, a theorem of the theory is refuted, or results cannot be written.
pub fn run(args: &RefuteArgs, context: &Context) -> Result<Status, CliError> {
    let lemmas = Lemmas::new(&args.theory);
    let (mut statements, mut is_whole) = (Vec::new(), true);
    match &args.goal {
        Some(goal) => statements.push(lemmas.goal("goal", goal)?),
        None => {
            for goal in lemmas.each_goal(&args.goals, Sorts::Propositions)? {
                match goal {
                    Ok(statement) => statements.push(statement),
                    Err(error) => {
                        complain(&context.progress, &error);
                        is_whole = false;
                    }
                }
            }
        }
    }
    let mut tester = Tester::new(lemmas.theory()?)?;
    let mut out = output::stdout();
    let mut is_refuted = false;
    for statement in &statements {
        let limits = Limits::PATIENT.until(Deadline::after(args.seconds));
        let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
        let tested = tester.test(statement, &limits, &mut rng)?;
        is_refuted |= matches!(tested.verdict, Verdict::Refuted(_));
        let line = match args.format {
            Format::Json => json(statement, &tested),
            Format::Text => text(&mut tester, statement, &tested, args.goal.is_some(), context.pretty),
        };
        writeln!(out, "{line}").and_then(|()| out.flush()).map_err(CliError::Output)?;
    }
    Ok(match (is_whole, is_refuted) {
        (false, _) => Status::Trouble,
        (true, true) => Status::Wrong,
        (true, false) => Status::Fine,
    })
}

/// A verdict with its reasons, after the name of the goal where there may be several.
fn text(tester: &mut Tester, statement: &Statement, tested: &Tested, is_alone: bool, pretty: bool) -> String {
    let text = tested.text();
    if is_alone {
        return text;
    }
    let reading = if pretty { format!("  {}", tester.reading(&statement.text)) } else { String::new() };
    format!("{:<24}  {text}{reading}", statement.name)
}

/// A verdict as a JSON object.
fn json(statement: &Statement, tested: &Tested) -> String {
    let mut object = serde_json::Map::new();
    let mut set = |key: &str, value: serde_json::Value| {
        object.insert(key.into(), value);
    };
    set("name", statement.name.clone().into());
    set("statement", statement.text.clone().into());
    set("verdict", tested.verdict.word().into());
    set("says", tested.verdict.to_string().into());
    match &tested.verdict {
        Verdict::Refuted(counterexample) => {
            let values = serde_json::to_value(&counterexample.values).unwrap_or_default();
            set("values", values);
            set("model", counterexample.tables.clone().into());
            set("tested_axioms", counterexample.tested.clone().into());
            set("negation_proved", tested.negated.is_some().into());
        }
        Verdict::Vacuous { instances } => set("instances", (*instances).into()),
        Verdict::Survives { instances, is_exhaustive, .. } => {
            set("instances", (*instances).into());
            set("exhaustive", (*is_exhaustive).into());
        }
        Verdict::PremiseNotNeeded { premises, instances } => {
            set("instances", (*instances).into());
            set("premises", premises.iter().map(|place| place + 1).collect::<Vec<_>>().into());
        }
        Verdict::Unknown(_) => {}
    }
    set("seconds", tested.seconds.into());
    serde_json::Value::Object(object).to_string()
}
