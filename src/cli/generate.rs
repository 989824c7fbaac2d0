//! `prover generate`: questions with answers, as people type them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CliError, Context, Status};
use crate::answer::data::{Split as _, Test, Train};
use crate::answer::generate::{Drawing, HoldOut, MODULES, Module};
use crate::run::write_atomic;

/// Arguments of `prover generate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GenerateArgs {
    /// Modules to generate, such as asked__percent_of,asked__mean, or how their names begin, such as asked [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub modules: Vec<String>,
    /// How large the numbers are; several with commas [default: all]
    #[arg(long, value_enum, value_name = "easy|medium|hard", value_delimiter = ',', hide_possible_values = true)]
    pub difficulty: Vec<Difficulty>,
    /// Questions of each module and difficulty, at most: none comes twice
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub questions: u32,
    /// Seed of what is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Write them as a test, not for training
    #[arg(long)]
    pub test: bool,
    /// How deep definitions of composed questions stand one in the other, at most
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub depth: u32,
    /// Keep something out of the questions for training that those of the test (--test) have: the last quarter of the
    /// wordings, deeper definitions than --depth, hard numbers, or composed questions
    #[arg(long, value_enum, value_name = "phrasing|depth|size|composition", hide_possible_values = true)]
    pub hold_out: Option<HoldOut>,
    /// Folder of questions to write to; files of other modules stay
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Difficulty of questions: the size of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Difficulty {
    /// Small ones
    Easy,
    /// Larger ones, more decimals
    Medium,
    /// Large ones
    Hard,
}

impl From<Difficulty> for Train {
    fn from(difficulty: Difficulty) -> Self {
        match difficulty {
            Difficulty::Easy => Self::Easy,
            Difficulty::Medium => Self::Medium,
            Difficulty::Hard => Self::Hard,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  prover generate -o mathematics
  prover generate --modules asked__percent_of,asked__mean --difficulty easy --questions 20 -o questions
  prover generate --test --seed 1 -o questions && prover eval --math questions
  prover generate --hold-out phrasing -o train && prover generate --hold-out phrasing --test -o test

The modules asked__... are of questions as people type them, own__... are the kinds of the Mathematics Dataset.

The layout is that of the Mathematics Dataset: DIR/train-easy/MODULE.txt and so on, a question and its answer on lines in \
turn; with --test DIR/interpolate/MODULE.txt.

Exit status: 0 the questions are written, 2 they cannot be.";

/// Carries out the command.
///
/// # Errors
/// When a module is unknown or a file cannot be written.
pub fn run(args: &GenerateArgs, context: &Context) -> Result<Status, CliError> {
    let modules: Vec<&Module> = match &args.modules[..] {
        [] => MODULES.iter().collect(),
        names => {
            let called = names.iter().map(|name| match &Module::called(name)[..] {
                [] => Err(unknown(name)),
                modules => Ok(modules.to_vec()),
            });
            called.collect::<Result<Vec<_>, _>>()?.concat()
        }
    };
    let difficulties = match &args.difficulty[..] {
        [] => &[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard][..],
        some => some,
    };
    let phase = context.progress.phase("generating", modules.len() as u64);
    for module in modules {
        let mut rng = module.generator(args.seed);
        if args.test {
            rng.set_stream(1);
        }
        let mut all = String::new();
        let mut seen = BTreeSet::new();
        for (index, difficulty) in difficulties.iter().enumerate() {
            let (depth, hold_out, is_test) = (args.depth, args.hold_out, args.test);
            let drawing = Drawing { difficulty: (*difficulty).into(), depth, hold_out, is_test };
            let pairs = module.questions(drawing, args.questions as usize, &mut seen, &mut rng);
            let text: String = pairs.iter().map(|pair| format!("{}\n{}\n", pair.question, pair.answer)).collect();
            all += &text;
            let is_last = index + 1 == difficulties.len();
            let (split, text) = match args.test {
                true if is_last => (Test::Interpolate.name(), &all),
                true => continue,
                false => (Train::from(*difficulty).name(), &text),
            };
            if text.is_empty() && args.hold_out.is_some() {
                continue;
            }
            let path = args.out.join(split).join(format!("{}.txt", module.name));
            let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            let written = folder.and_then(|()| write_atomic(&path, text.as_bytes()));
            written.map_err(|source| CliError::Save { path: path.clone(), source })?;
        }
        phase.inc(1);
    }
    phase.finish();
    Ok(Status::Fine)
}

fn unknown(name: &str) -> CliError {
    let known: Vec<&str> = MODULES.iter().map(|module| module.name).collect();
    CliError::UnknownModule { name: name.to_owned(), known: known.join(", ") }
}
