//! `prover selfplay`: the machine teaches itself.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{CliError, Context, Status, on_or_off, output};
use crate::network::device::Selector;
use crate::run::drive::{DriveError, StartedRun, drive};
use crate::run::proofs::ProofHost;
use crate::run::questions::QuestionHost;
use crate::run::{
    self, Algorithm, AlphaSchedule, Attempts, Config, ModelSize, Opened, Overrides, Precision, RunDir, Treatment,
};
use crate::selfplay::{Play, PlayError, Proofs, Questions};

/// Arguments of `prover selfplay`. What is not given comes from the environment, the configuration file or the
/// [defaults](Config::default).
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SelfplayArgs {
    /// Theory: a built-in name or a path
    #[arg(long, value_name = "THEORY")]
    pub theory: Option<String>,
    /// Goal set: a built-in name or a path
    #[arg(long, value_name = "GOALS")]
    pub goals: Option<String>,
    /// Learn to answer questions instead of proving: a folder with train-easy/MODULE.txt and so on, questions and
    /// answers on lines in turn
    #[arg(long, value_name = "DATA", conflicts_with_all = ["theory", "goals"])]
    pub math: Option<PathBuf>,
    /// With --math: learn these modules only, such as numbers__gcd,numbers__lcm
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub modules: Option<Vec<String>>,
    /// See [`Config::questions`].
    #[arg(long, value_name = "N", help = default("With --math: questions attempted in an iteration", Config::for_questions().questions))]
    pub questions: Option<u32>,
    /// See [`Config::algorithm`].
    #[arg(long, value_enum, value_name = "ALGORITHM", help = default("With --math: how guided searches explore", "mcts"))]
    pub alg: Option<Algorithm>,
    /// See [`Config::width`].
    #[arg(long, value_name = "N", help = default("With --alg beam: its width", Config::for_questions().width))]
    pub width: Option<u32>,
    /// See [`Config::hindsight`].
    #[arg(long, value_name = "SHARE", help = default("With --math: share of the questions learned from in hindsight, too", Config::for_questions().hindsight))]
    pub hindsight: Option<f64>,
    /// See [`Config::iterations`].
    #[arg(long, value_name = "N", help = both("Iterations of the run", Config::default().iterations, Config::for_questions().iterations))]
    pub iterations: Option<u32>,
    /// See [`Config::conjectures`].
    #[arg(long, value_name = "N", help = default("Conjectures in an iteration", Config::default().conjectures))]
    pub conjectures: Option<u32>,
    /// See [`Config::nodes`].
    #[arg(long, value_name = "N", help = both("Nodes of an attempt, at most", Config::default().nodes, Config::for_questions().nodes))]
    pub nodes: Option<u32>,
    /// See [`Config::attempts`].
    #[arg(
        long,
        value_enum,
        value_name = "search|all",
        help = "By what means statements are attempted: search by single steps, so that what is learned can be measured, or all means of `prover prove` [default: search]",
        hide_possible_values = true
    )]
    pub attempts: Option<Attempts>,
    /// See [`Config::held_out`].
    #[arg(
        long,
        value_name = "GOALS|N",
        help = "Statements to measure with, never trained on: a goal set, or how many to draw [default: none]"
    )]
    pub held_out: Option<String>,
    /// Files of theorems of the theory that are lemmas from the beginning, such as a run's proofs/*.peano; their proofs
    /// are checked again
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub library: Option<Vec<PathBuf>>,
    /// See [`Config::seconds`].
    #[arg(
        long,
        value_name = "S",
        help = "Seconds of an attempt, at most; 0 sets no limit, but with --attempts all, where it is 10 for a goal [default: 0]"
    )]
    pub seconds: Option<f64>,
    /// See [`Config::train_steps`].
    #[arg(long, value_name = "N", help = both("Training steps an iteration", Config::default().train_steps, Config::for_questions().train_steps))]
    pub train_steps: Option<u32>,
    /// See [`Config::model`].
    #[arg(long, value_enum, value_name = "SIZE", help = default("Size of the transformer", Config::default().model))]
    pub model: Option<ModelSize>,
    /// See [`Config::alpha`].
    #[arg(long, value_name = "A", help = default("Largest weight of the progress loss", Config::default().alpha))]
    pub alpha: Option<f64>,
    /// See [`Config::alpha_schedule`].
    #[arg(long, value_enum, value_name = "NAME", help = default("How that weight moves", Config::default().alpha_schedule))]
    pub alpha_schedule: Option<AlphaSchedule>,
    /// See [`Config::seed`].
    #[arg(long, value_name = "N", help = default("Seed of all randomness", Config::default().seed))]
    pub seed: Option<u64>,
    /// Directory for the run, which must be new [default: runs/DATE-THEORY-SEED]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the run in this directory; theory, goals, model and seed stay as they are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config"])]
    pub resume: Option<PathBuf>,
    /// Settings in TOML, such as a run's config.toml; flags and PROVER_* variables go over them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Threads; 0 takes all cores [default: 0]
    #[arg(long, value_name = "N")]
    pub threads: Option<u32>,
    /// See [`Config::normal_forms`].
    #[arg(long, value_name = "on|off", value_parser = on_or_off, help = "Bring states to their normal forms by equations [default: on]")]
    pub normal_forms: Option<bool>,
    /// See [`Config::conjecture_equal`].
    #[arg(long, value_enum, value_name = "WHAT", help = default("Conjectures that equations make equal to another", Config::default().conjecture_equal))]
    pub conjecture_equal: Option<Treatment>,
    /// See [`Config::conjecture_instance`].
    #[arg(long, value_enum, value_name = "WHAT", help = default("Conjectures that equations make an instance of a known one", Config::default().conjecture_instance))]
    pub conjecture_instance: Option<Treatment>,
    /// See [`Config::conjecture_saturated`].
    #[arg(long, value_enum, value_name = "WHAT", help = default("Conjectures that equality saturation proves", Config::default().conjecture_saturated))]
    pub conjecture_saturated: Option<Treatment>,
    /// How the transformer rounds when it judges and conjectures on the processor: bf16 is faster, most so where the
    /// processor has a matrix unit
    /// [default: f32]
    #[arg(long, value_enum, value_name = "f32|bf16", hide_possible_values = true)]
    pub precision: Option<Precision>,
    /// Where the transformer computes: auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX; see `prover devices`. A run
    /// does not remember it
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Selector,
    /// Go on when all goals are proved
    #[arg(long)]
    pub keep_going: bool,
}

const EXAMPLES: &str = "\
Examples:
  prover selfplay --theory nat-add --goals nat-add-hard
  prover selfplay --theory nat-mul --goals nat-mul --conjectures 200
  prover selfplay --theory propositional-logic --goals propositional --keep-going --held-out 200
  prover selfplay --theory lists --goals lists --attempts all
  prover selfplay --math mathematics --out runs/math
  prover selfplay --math mathematics --modules numbers__gcd,numbers__lcm --iterations 3 --questions 300
  prover selfplay --resume runs/2026-01-31-nat-add-0 --iterations 30
  prover selfplay --config my-run.toml --seed 2

Exit status: 0 the run came to its end, 2 it could not.";

/// Help text with the defaults of a setting for proofs and for questions.
fn both(text: &str, proofs: impl std::fmt::Display, questions: impl std::fmt::Display) -> String {
    format!("{text} [default: {proofs}; with --math {questions}]")
}

/// Help text with the default of a setting.
fn default(text: &str, value: impl std::fmt::Display) -> String {
    format!("{text} [default: {value}]")
}

impl SelfplayArgs {
    /// The settings given as flags.
    fn overrides(&self) -> Overrides {
        Overrides {
            theory: self.theory.clone(),
            goals: self.goals.clone(),
            math: self.math.clone(),
            modules: self.modules.clone(),
            questions: self.questions,
            algorithm: self.alg,
            width: self.width,
            hindsight: self.hindsight,
            iterations: self.iterations,
            conjectures: self.conjectures,
            nodes: self.nodes,
            attempts: self.attempts,
            seconds: self.seconds,
            held_out: self.held_out.clone(),
            library: self.library.clone(),
            train_steps: self.train_steps,
            model: self.model,
            precision: self.precision,
            alpha: self.alpha,
            alpha_schedule: self.alpha_schedule,
            seed: self.seed,
            threads: self.threads,
            normal_forms: self.normal_forms,
            conjecture_equal: self.conjecture_equal,
            conjecture_instance: self.conjecture_instance,
            conjecture_saturated: self.conjecture_saturated,
            keep_going: self.keep_going.then_some(true),
            out: self.out.clone(),
        }
    }
}

/// Carries out the command.
///
/// # Errors
/// When the settings make no sense, theory, goals or questions cannot be loaded, or the run cannot be read or written.
pub fn run(args: &SelfplayArgs, context: &Context) -> Result<Status, CliError> {
    let flags = args.overrides();
    let (selfplay, run) = if let Some(root) = &args.resume {
        let Opened { mut directory, config: stored, checkpoint } = RunDir::open(root)?;
        let config = Config::resumed(&stored, &flags)?;
        let selfplay = Selfplay::new(&config, args.device, context)?;
        if config != stored {
            directory.write_config(&config)?;
        }
        (selfplay, StartedRun { config, directory, checkpoint })
    } else {
        let config = Config::layered(args.config.as_deref(), std::env::vars_os(), &flags)?;
        // Before the directory: a misspelt theory leaves none behind.
        let selfplay = Selfplay::new(&config, args.device, context)?;
        let (directory, config) = RunDir::create(&config)?;
        (selfplay, StartedRun { config, directory, checkpoint: None })
    };
    let mut out = output::stdout();
    let mut say = |line: &str| context.progress.suspend(|| writeln!(out, "{line}"));
    match selfplay {
        Selfplay::Proofs(mut play, mut host) => drive(&mut *play, &mut host, run, &context.progress, &mut say)?,
        Selfplay::Questions(mut play) => drive(&mut *play, &mut QuestionHost, run, &context.progress, &mut say)?,
    }
    Ok(Status::Fine)
}

/// What is to learn.
enum Selfplay {
    Proofs(Box<Play<Proofs>>, ProofHost),
    Questions(Box<Play<Questions>>),
}

impl Selfplay {
    fn new(config: &Config, device: Selector, context: &Context) -> Result<Self, CliError> {
        if config.math.is_some() {
            let mut play = run::questions::play(config).map_err(|error| DriveError::from(PlayError::Subject(error)))?;
            play.set_device(device);
            return Ok(Self::Questions(Box::new(play)));
        }
        let failed = |error| DriveError::from(PlayError::Subject(error));
        let mut play = run::proofs::play(config).map_err(failed)?;
        play.set_device(device);
        let host = ProofHost::new(play.subject(), context.pretty).map_err(failed)?;
        Ok(Self::Proofs(Box::new(play), host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn every_flag_is_a_setting() {
        let line = "prover selfplay --theory T --goals G --iterations 2 --conjectures 9 --nodes 10 --train-steps 3 --model \
                    base --alpha 3e-4 --alpha-schedule quadratic --seed 7 --out D --threads 2 --keep-going --normal-forms off \
                    --conjecture-equal keep --conjecture-instance trivial --conjecture-saturated drop";
        let cli = super::super::Cli::try_parse_from(line.split_whitespace()).unwrap();
        let super::super::Command::Selfplay(args) = cli.command else { panic!() };
        let config = Config::layered(None, [], &args.overrides()).unwrap();
        let expected = Config {
            theory: "T".into(),
            goals: "G".into(),
            iterations: 2,
            conjectures: 9,
            nodes: 10,
            train_steps: 3,
            model: ModelSize::Base,
            alpha: 3e-4,
            alpha_schedule: AlphaSchedule::Quadratic,
            seed: 7,
            out: Some("D".into()),
            threads: 2,
            keep_going: true,
            normal_forms: false,
            conjecture_equal: Treatment::Keep,
            conjecture_instance: Treatment::Trivial,
            conjecture_saturated: Treatment::Drop,
            ..Config::default()
        };
        assert_eq!(config, expected);
    }
}
