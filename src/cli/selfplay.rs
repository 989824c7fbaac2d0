//! `prover selfplay`: the machine teaches itself.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{CliError, Context, Status, output};
use crate::network::device::Selector;
use crate::run::drive::{DriveError, StartedRun, drive};
use crate::run::proofs::ProofHost;
use crate::run::questions::QuestionHost;
use crate::run::{self, Config, Opened, Overrides, RunDir};
use crate::selfplay::{Play, PlayError, Proofs, Questions};

/// Arguments of `prover selfplay`. What is not given comes from the environment, the configuration file or the
/// [defaults](Config::default).
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SelfplayArgs {
    /// Go on with the run in this directory; theory, goals, model and seed stay as they are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config"])]
    pub resume: Option<PathBuf>,
    /// Settings in TOML, such as a run's config.toml; flags and PROVER_* variables go over them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the transformer computes: auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX; see `prover devices`. A run
    /// does not remember it
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Selector,
    /// Settings given as flags.
    #[command(flatten)]
    pub settings: Overrides,
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

/// Carries out the command.
///
/// # Errors
/// When the settings make no sense, theory, goals or questions cannot be loaded, or the run cannot be read or written.
pub fn run(args: &SelfplayArgs, context: &Context) -> Result<Status, CliError> {
    let flags = &args.settings;
    let (selfplay, run) = if let Some(root) = &args.resume {
        let Opened { mut directory, config: stored, checkpoint } = RunDir::open(root)?;
        let config = Config::resumed(&stored, flags)?;
        let selfplay = Selfplay::new(&config, args.device, context)?;
        if config != stored {
            directory.write_config(&config)?;
        }
        (selfplay, StartedRun { config, directory, checkpoint })
    } else {
        let config = Config::layered(args.config.as_deref(), std::env::vars_os(), flags)?;
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
    use crate::run::{Algorithm, AlphaSchedule, ModelSize, SETTINGS, Treatment};
    use clap::Parser;

    /// The settings of a command line.
    fn settings(line: &str) -> Overrides {
        let cli = super::super::Cli::try_parse_from(line.split_whitespace()).unwrap();
        let super::super::Command::Selfplay(args) = cli.command else { panic!() };
        args.settings
    }

    #[test]
    fn flags_give_every_kind_of_value() {
        let line = "prover selfplay --theory T --goals G --iterations 2 --train-steps 3 --model base --alpha 3e-4 \
                    --alpha-schedule quadratic --seed 7 --out D --keep-going --normal-forms off --lemmas on \
                    --conjecture-equal keep --library a.peano b.peano --sources 1,0.5,0 --held-out 20";
        let config = Config::layered(None, [], &settings(line)).unwrap();
        let expected = Config {
            theory: "T".into(),
            goals: "G".into(),
            iterations: 2,
            train_steps: 3,
            model: ModelSize::Base,
            alpha: 3e-4,
            alpha_schedule: AlphaSchedule::Quadratic,
            seed: 7,
            out: Some("D".into()),
            keep_going: true,
            normal_forms: false,
            conjecture_equal: Treatment::Keep,
            library: vec!["a.peano".into(), "b.peano".into()],
            sources: [1.0, 0.5, 0.0],
            held_out: Some("20".into()),
            ..Config::default()
        };
        assert_eq!(config, expected);
        let line = "prover selfplay --math D --modules a,b --alg beam";
        let config = Config::layered(None, [], &settings(line)).unwrap();
        assert_eq!((config.modules, config.algorithm), (vec!["a".to_owned(), "b".to_owned()], Algorithm::Beam));
    }

    #[test]
    fn every_setting_has_a_flag_that_sets_it() {
        for setting in SETTINGS.iter() {
            let value = match setting.choices.first() {
                Some(choice) => choice,
                None if setting.name == "sources" || setting.name == "mix" => "1,2,3",
                None if ["on", "off"].contains(&setting.default.as_str()) => "on",
                None => "1",
            };
            let given = settings(&format!("prover selfplay --{} {value}", setting.flag));
            let serde_json::Value::Object(given) = serde_json::to_value(given).unwrap() else { panic!() };
            assert_eq!(given.keys().collect::<Vec<_>>(), [setting.name]);
        }
    }
}
