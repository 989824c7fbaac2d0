//! Settings of a self-play run.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::Serialized;

use super::config_file::{FileText, Variables, described};
use super::settings::settings;
use crate::input;

pub use crate::conjecture::Treatment;
pub use crate::evaluation::Corpus;
pub use crate::learn::Schedule as AlphaSchedule;
pub use crate::network::model::{Precision, Size as ModelSize};
pub use crate::search::Algorithm;
pub use crate::search::Targets;
pub use crate::selfplay::learner::ObjectiveName as Objective;
pub use crate::selfplay::proofs::attempts::Attempts;

settings! {
    /// Theory: a built-in name or a path.
    Proofs theory: String ["THEORY"] = String::new();
    /// Goal set: a built-in name or a path.
    Proofs goals: String ["GOALS"] = String::new();
    /// Folder of questions with answers (SPLIT/MODULE.txt, a question and its answer on lines in turn): the run learns
    /// to answer them, and has no theory and no goals. Without a folder, or with `generated`, questions as those of
    /// `prover generate` are drawn anew in each iteration.
    Questions math: Option<PathBuf> ["DATA"] = None;
    /// Modules of the questions to learn, such as numbers__gcd,numbers__lcm; by default all.
    Questions modules: Vec<String> ["LIST"] = Vec::new();
    /// Questions attempted in an iteration.
    Questions questions: u32 ["N"] = 4_000;
    /// Questions of a kind that are asked together: each graph that answers one of them is tried on the others, and is
    /// rewarded by the share that it answers.
    Questions instances: u32 ["N"] = 8;
    /// Algorithm of the searches for graphs that are shown the answer.
    Questions algorithm as "alg": Algorithm ["ALGORITHM"] = Algorithm::Puct;
    /// Width of that search, if it is a beam.
    Questions width: u32 ["N"] = 8;
    /// Budget of a search that the network guides: nodes expanded, each of which costs about twenty times as much as
    /// one without guidance. For questions this search comes before the one without guidance, for proofs after it.
    Both guided_nodes: u32 ["N"] = 100, questions: 32;
    /// Share of the questions for which graphs are also learned as answers to their own values, right or wrong, when
    /// these values are shown.
    Questions hindsight: f64 ["SHARE"] = 0.3;
    /// Share of the questions that are learned with other numbers and names, if their graph is known to answer the
    /// questions of their kind.
    Questions augment: f64 ["SHARE"] = 0.5;
    /// Iterations of the run.
    Both iterations: u32 ["N"] = 8, questions: 10;
    /// Conjectures attempted in an iteration; 0 attempts the goals only.
    Proofs conjectures: u32 ["N"] = 50;
    /// Budget of an attempt without guidance: nodes expanded.
    Both nodes: u32 ["N"] = 1000, questions: 2_000;
    /// Budget of an attempt: seconds; 0 sets no limit, with `attempts = "all"` 10 for a goal and 1 for a conjecture. A
    /// limit makes a run depend on the machine's speed.
    Proofs seconds: f64 ["S"] = 0.0;
    /// Whether proved statements become lemmas that later attempts may use.
    Proofs lemmas: bool ["on|off"] = true;
    /// Whether attempts bring states to their normal forms by the equations of the theory and in scope.
    Proofs normal_forms: bool ["on|off"] = true;
    /// Treatment of conjectures that equations make equal to another.
    Proofs conjecture_equal: Treatment ["WHAT"] = Treatment::Drop;
    /// Treatment of conjectures that equations make an instance of a known statement.
    Proofs conjecture_instance: Treatment ["WHAT"] = Treatment::Drop;
    /// Treatment of conjectures that equality saturation proves alone.
    Proofs conjecture_saturated: Treatment ["WHAT"] = Treatment::Trivial;
    /// Whether to go on when all goals are proved.
    Proofs keep_going: bool ["on|off"] = false;
    /// Network that the run begins with, instead of an untrained one: the directory of a network, checkpoint or run. Its
    /// size has to be that of the run.
    Both network: Option<PathBuf> ["DIR"] = None;
    /// Size of the transformer.
    Both model: ModelSize ["SIZE"] = ModelSize::default();
    /// Rounding of the transformer when it judges and conjectures: bf16 is faster, most so where there is a matrix unit.
    /// Training is in single precision on the processor, and rounds alike on a GPU that has matrix units.
    Both precision: Precision ["f32|bf16"] = Precision::default();
    /// Optimiser steps an iteration.
    Both train_steps: u32 ["N"] = 100, questions: 200;
    /// Tokens in a training batch.
    Both batch_tokens: u32 ["N"] = 4096, questions: 8_192;
    /// Peak learning rate of AdamW, for widths up to 128; it falls with the width.
    Both learning_rate: f64 ["RATE"] = 1e-3, questions: 2e-3;
    /// Iterations whose examples are trained on: the running one and those just before it. Of proofs, choices of
    /// actions are kept, of each state that of its shortest proof.
    Both replay: u32 ["N"] = 4;
    /// Objective for the network's own statements and graphs: only what search proves of them is learned (likelihood),
    /// or a clipped policy gradient with rewards relative to their group (grpo). With grpo guided searches teach
    /// improved targets.
    Both objective: Objective ["likelihood|grpo"] = Objective::Likelihood;
    /// With grpo: weight of the divergence from the network before, in nats a choice.
    Both beta: f64 ["B"] = 0.1;
    /// Policy targets from guided searches: the action that solved a state (proof), shares of visits (visits), or the
    /// prior times exp(Q / lambda) (improved).
    Proofs targets: Targets ["proof|visits|improved"] = Targets::Proof;
    /// With improved targets: how far they may be from the prior, above 0; small values follow the values of actions.
    Proofs lambda: f64 ["L"] = 0.2;
    /// Largest weight of the progress loss, in train_loss + alpha * progress_loss.
    Proofs alpha: f64 ["A"] = 0.2;
    /// Course of that weight over the run.
    Proofs alpha_schedule: AlphaSchedule ["NAME"] = AlphaSchedule::default();
    /// Softmax temperature at which conjectures are sampled.
    Proofs temperature: f64 ["T"] = 1.0;
    /// Most likely continuations that a conjecture is sampled from at each place; 0 for all.
    Proofs top_k: u32 ["N"] = 0;
    /// Means by which statements are attempted: search by single steps, so that the effect of learning can be measured,
    /// or all means of `prover prove`.
    Proofs attempts: Attempts ["search|all"] = Attempts::Search;
    /// Files of theorems of the theory that are lemmas from the beginning, such as a run's proofs/*.peano; their proofs
    /// are checked again, and a statement without one is refused.
    Proofs library: Vec<PathBuf> ["FILE"] = Vec::new();
    /// Files of theorems of the theory with proofs that people wrote, to learn from: searches follow them once. They do
    /// not become lemmas.
    Proofs demonstrations: Vec<PathBuf> ["FILE"] = Vec::new();
    /// Number of lemmas that an attempt is offered, of all lemmas.
    Proofs offered: u32 ["N"] = 24;
    /// Whether the network takes part in the choice of these lemmas, and learns from each proof which of them it used.
    Proofs premises: bool ["on|off"] = false;
    /// Whether conjectures are tested in models of the theory before they are attempted.
    Proofs tests: bool ["on|off"] = true;
    /// Whether theorems met on the way become lemmas and training examples.
    Proofs relabel: bool ["on|off"] = true;
    /// Shares of the network, the weighted grammar and variants in the drafts of conjectures.
    Proofs sources: [f64; 3] ["A,B,C"] = [0.25, 0.25, 0.5];
    /// Drafts for each conjecture that is attempted, from which the network chooses; 1 for no choice.
    Proofs ranked: u32 ["N"] = 4;
    /// Shares of choices of actions, values and conjectures in the tokens of a training batch.
    Proofs mix: [f64; 3] ["A,B,C"] = [0.5, 0.25, 0.25];
    /// Text that the tokenizer of an untrained network learns from: that of theory and goals, or also the states that
    /// uniform search meets at goals and random statements.
    Proofs tokenizer: Corpus ["theory|states"] = Corpus::Theory;
    /// Statements for measurements that are never trained on: a goal set, or the number to draw; half of them are for
    /// validation, half for the test.
    Proofs held_out: Option<String> ["GOALS|N"] = None;
    /// Nodes within which uniform search without lemmas proves statements that are too easy to be drawn for these
    /// measurements; 0 admits all.
    Proofs easy_nodes: u32 ["N"] = 3;
    /// Whether a network that solves significantly fewer of the validation statements than the one before is discarded.
    Proofs gate: bool ["on|off"] = false;
    /// Trees of searches for goals that each iteration keeps in the folder `trees` of the run, for `prover report`.
    Proofs save_trees: u32 ["N"] = 0;
    /// States judged by the model in one batch, at most.
    Both eval_batch: u32 ["N"] = 64, questions: 4;
    /// Microseconds that an attempt waits for others to fill a batch; with 0 each attempt's states are judged at once.
    Proofs eval_wait: u32 ["MICROSECONDS"] = 0;
    /// With workers at a broker: how many networks old a result may be when it is learned from. With 0 every attempt is
    /// awaited before training; with 1 training goes on beside the attempts of the next iteration; above, attempts may
    /// end in a later iteration than they began.
    Both staleness: u32 ["N"] = 0;
    /// Checkpoints kept: the newest ones.
    Both checkpoints: u32 ["N"] = 2;
    /// Seed of all randomness; a run with one thread and without a limit in seconds repeats exactly.
    Both seed: u64 ["N"] = 0;
    /// Threads; 0 takes all cores, and four for each core are started at most.
    Both threads: u32 ["N"] = 0;
    /// Directory of the run, which must be new; by default one under runs/, named by date, theory and seed.
    Both out: Option<PathBuf> ["DIR"] = None;
}

/// The folder that stands for questions that are generated as a run goes.
pub const GENERATED: &str = "generated";

impl clap::FromArgMatches for Overrides {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self::from_matches(matches))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_matches(matches);
        Ok(())
    }
}

impl clap::Args for Overrides {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(Self::arguments()).mut_arg("math", |math| {
            math.conflicts_with_all(["theory", "goals"]).num_args(0..=1).default_missing_value(GENERATED)
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl Config {
    /// Whether the run learns to answer questions, not to prove.
    pub fn is_questions(&self) -> bool {
        self.math.is_some()
    }
}

/// Errors of a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A file sets something that is not a setting.
    #[error("{}: `{name}` is no setting{}", path.display(), match closest {
        Some(name) => format!(": did you mean `{name}`?"),
        None => format!(". The settings are {}", SETTINGS.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ")),
    })]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// A setting with a name like it.
        closest: Option<&'static str>,
    },
    /// A layer has an unknown key or a value of the wrong type. The message names the layer and the key.
    #[error("{0}")]
    Layer(#[from] Box<figment::Error>),
    /// A value is of the right type but makes no sense.
    #[error("`{key}` = {value}: {reason}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// Its value, as TOML.
        value: String,
        /// Description of valid values.
        reason: &'static str,
    },
    /// A value that a run needs is not set.
    #[error("no {key} given: pass --{key}, or set `{key}` in the configuration file{}", if *key == "theory" { "; or --math with a folder of questions" } else { "" })]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A run cannot learn both to prove and to answer questions.
    #[error("`math` and `{key}` are both given: a run learns to answer questions, or to prove goals in a theory")]
    Both {
        /// The other key.
        key: &'static str,
    },
    /// A setting that a resumed run must keep was asked to change.
    #[error("`{key}` cannot change when a run is resumed: the run has {was}, asked for is {asked}")]
    Fixed {
        /// The key.
        key: &'static str,
        /// The run's value.
        was: String,
        /// The value asked for.
        asked: String,
    },
    /// The configuration cannot be written as TOML (a path that is not UTF-8).
    #[error("the configuration cannot be written as TOML: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

impl Config {
    /// Layers defaults, `file`, `environment` (pass [`std::env::vars_os`]) and `flags`, and validates the result.
    ///
    /// # Errors
    /// When the file cannot be read, a key of it is unknown, or a value is of the wrong type or makes no sense.
    /// Environment variables that begin with `PROVER_` but name no setting are ignored.
    pub fn layered(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
        flags: &Overrides,
    ) -> Result<Self, ConfigError> {
        let mut layers = Figment::new();
        if let Some(path) = file {
            // Figment reads without a limit, and takes a file that it cannot read for an empty one.
            let text = input::read_text(path, input::SETTINGS)
                .map_err(|source| ConfigError::Unreadable { path: path.to_path_buf(), source })?;
            let file = FileText { path, text };
            if let Some(name) = file.unknown() {
                let closest = closest(&name);
                return Err(ConfigError::Unknown { path: path.to_path_buf(), name, closest });
            }
            layers = layers.merge(file);
        }
        let layers = layers.merge(Variables::new(environment)).merge(Serialized::defaults(flags));
        let is_math = layers.find_value("math").is_ok();
        let defaults = if is_math { Config::for_questions() } else { Config::default() };
        let config: Self = Figment::from(Serialized::defaults(defaults)).merge(layers).extract().map_err(Box::new)?;
        config.validate()?;
        flags.warn_of_idle(&config);
        Ok(config)
    }

    /// The configuration of a run to resume: the `stored` one under the flags. The environment does not count, so that
    /// a run is not changed by accident.
    ///
    /// # Errors
    /// When a flag asks to change the theory, the goals, the questions, the model or the seed, or the result makes no
    /// sense.
    pub fn resumed(stored: &Config, flags: &Overrides) -> Result<Self, ConfigError> {
        let layers = Figment::from(Serialized::defaults(stored)).merge(Serialized::defaults(flags));
        let config: Self = layers.extract().map_err(Box::new)?;
        config.validate()?;
        let fixed = |key, was: String, asked: String| match was == asked {
            true => Ok(()),
            false => Err(ConfigError::Fixed { key, was, asked }),
        };
        fixed("theory", stored.theory.clone(), config.theory.clone())?;
        fixed("goals", stored.goals.clone(), config.goals.clone())?;
        let path = |config: &Config| config.math.as_ref().map_or("none".into(), |path| path.display().to_string());
        fixed("math", path(stored), path(&config))?;
        fixed("modules", stored.modules.join(","), config.modules.join(","))?;
        let network =
            |config: &Config| config.network.as_ref().map_or("none".into(), |path| path.display().to_string());
        fixed("network", network(stored), network(&config))?;
        fixed("model", stored.model.to_string(), config.model.to_string())?;
        let tokenizer = |config: &Config| super::settings::Value::shown(&config.tokenizer);
        fixed("tokenizer", tokenizer(stored), tokenizer(&config))?;
        let held_out = |config: &Config| config.held_out.clone().unwrap_or_else(|| "none".into());
        fixed("held_out", held_out(stored), held_out(&config))?;
        if config.held_out.is_some() {
            fixed("easy_nodes", stored.easy_nodes.to_string(), config.easy_nodes.to_string())?;
        }
        fixed("seed", stored.seed.to_string(), config.seed.to_string())?;
        Ok(config)
    }

    /// Reads a `config.toml` as [`to_toml`](Self::to_toml) wrote it. Settings that are not there have their defaults.
    ///
    /// # Errors
    /// As for [`layered`](Self::layered).
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::layered(Some(path), [], &Overrides::default())
    }

    /// Every setting that means something to the run as TOML, each under a comment with its description.
    ///
    /// # Errors
    /// When [`out`](Self::out) is not UTF-8.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        Ok(described(&toml::Table::try_from(self)?, self.is_questions()))
    }

    /// The number of threads to use: at least 1, and a [few](crate::threads::PER_CORE) for each core at most.
    pub fn thread_count(&self) -> usize {
        crate::threads::count(self.threads as usize)
    }

    /// Checks that every value makes sense.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] or [`ConfigError::Invalid`] for the first value that does not.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (key, value) in [("theory", &self.theory), ("goals", &self.goals)] {
            match (value.is_empty(), &self.math) {
                (true, None) => return Err(ConfigError::Missing { key }),
                (false, Some(_)) => return Err(ConfigError::Both { key }),
                _ => {}
            }
        }
        let counts = [
            ("questions", self.questions),
            ("instances", self.instances),
            ("width", self.width),
            ("guided_nodes", self.guided_nodes),
            ("iterations", self.iterations),
            ("nodes", self.nodes),
            ("batch_tokens", self.batch_tokens),
            ("replay", self.replay),
            ("eval_batch", self.eval_batch),
            ("checkpoints", self.checkpoints),
            ("ranked", self.ranked),
        ];
        for (key, value) in counts {
            require(value > 0, key, value, "must be at least 1")?;
        }
        let positive = |value: f64| value.is_finite() && value > 0.0;
        require(positive(self.learning_rate), "learning_rate", self.learning_rate, "must be a positive number")?;
        require(positive(self.temperature), "temperature", self.temperature, "must be a positive number")?;
        require(positive(self.lambda), "lambda", self.lambda, "must be a positive number")?;
        for (key, value) in [("alpha", self.alpha), ("seconds", self.seconds), ("beta", self.beta)] {
            require(value.is_finite() && value >= 0.0, key, value, "must be a number, 0 or more")?;
        }
        for (key, share) in [("hindsight", self.hindsight), ("augment", self.augment)] {
            require((0.0..=1.0).contains(&share), key, share, "must be a share, from 0 to 1")?;
        }
        for (key, shares) in [("sources", self.sources), ("mix", self.mix)] {
            let makes_sense =
                shares.iter().all(|share| share.is_finite() && *share >= 0.0) && shares.iter().sum::<f64>() > 0.0;
            require(makes_sense, key, format!("{shares:?}"), "must be three numbers, 0 or more, and not all 0")?;
        }
        // TOML has signed integers only.
        require(i64::try_from(self.seed).is_ok(), "seed", self.seed, "must be less than 2^63")
    }
}

/// The setting whose name is closest to one that is unknown, if one is close.
pub(super) fn closest(name: &str) -> Option<&'static str> {
    crate::theory::suggest::closest(name, SETTINGS.iter().map(|setting| setting.name))
}

impl Overrides {
    /// Warns of flags that mean nothing to the run.
    fn warn_of_idle(&self, config: &Config) {
        let Ok(serde_json::Value::Object(given)) = serde_json::to_value(self) else { return };
        let idle = SETTINGS.iter().filter(|setting| !setting.scope.holds(config.is_questions()));
        for setting in idle.filter(|setting| given.contains_key(setting.name)) {
            let kind = if config.is_questions() { "answer questions" } else { "prove" };
            tracing::warn!("--{} has no effect on a run that learns to {kind}", setting.flag);
        }
    }
}

fn require(
    holds: bool,
    key: &'static str,
    value: impl std::fmt::Display,
    reason: &'static str,
) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::Invalid { key, value: value.to_string(), reason }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> Overrides {
        Overrides { theory: Some("nat-add".into()), goals: Some("nat-add-hard".into()), ..Overrides::default() }
    }

    #[test]
    fn a_run_starts_a_few_threads_for_each_core_at_most() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let layered =
            |flags: &Overrides, pairs: &[(&str, &str)]| Config::layered(None, environment(pairs), flags).unwrap();
        assert_eq!(layered(&flags(), &[("PROVER_THREADS", "5000")]).thread_count(), 4 * cores);
        let asked = layered(&Overrides { threads: Some(u32::MAX), ..flags() }, &[]);
        // What was asked for is kept: the run may go on elsewhere.
        assert_eq!((asked.threads, asked.thread_count()), (u32::MAX, 4 * cores));
    }

    fn environment(pairs: &[(&str, &str)]) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
        pairs.iter().map(|(key, value)| (key.into(), value.into())).collect()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn each_layer_covers_the_one_below() {
        let file = file("iterations = 11\nconjectures = 12\nnodes = 13\nalpha = 1\ntheory = \"groups\"\n");
        let environment = environment(&[
            ("PROVER_CONJECTURES", "22"),
            ("PROVER_NODES", "23"),
            ("PROVER_LOG", "debug"),
            ("NODES", "9"),
        ]);
        let flags = Overrides { nodes: Some(33), ..flags() };
        let config = Config::layered(Some(file.path()), environment, &flags).unwrap();
        let expected = Config {
            theory: "nat-add".into(),
            goals: "nat-add-hard".into(),
            iterations: 11,
            conjectures: 22,
            nodes: 33,
            alpha: 1.0,
            ..Config::default()
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn environment_sets_every_kind_of_value() {
        let environment = environment(&[
            ("PROVER_THEORY", "12"),
            ("PROVER_GOALS", "true"),
            ("PROVER_OUT", "7"),
            ("PROVER_KEEP_GOING", "true"),
            ("PROVER_ALPHA_SCHEDULE", "cos"),
            ("PROVER_LEARNING_RATE", "1e-4"),
            ("PROVER_SOURCES", "[10, 20, 100]"),
        ]);
        let config = Config::layered(None, environment, &Overrides::default()).unwrap();
        assert_eq!((config.theory.as_str(), config.goals.as_str()), ("12", "true"));
        assert_eq!(config.out, Some(PathBuf::from("7")));
        assert!(config.keep_going);
        assert_eq!(config.alpha_schedule, AlphaSchedule::Cos);
        assert_eq!(config.learning_rate, 1e-4);
        assert_eq!(config.sources, [10.0, 20.0, 100.0]);
    }

    #[test]
    fn unknown_key_is_an_error_that_names_the_closest_or_all() {
        let of = |text| Config::layered(Some(file(text).path()), [], &flags()).unwrap_err().to_string();
        let message = of("seed = 3\niteration = 3\n");
        assert!(message.ends_with("`iteration` is no setting: did you mean `iterations`?"), "{message}");
        let message = of("colour = 3\n");
        assert!(message.contains("`colour` is no setting. The settings are theory, goals, math"), "{message}");
    }

    #[test]
    fn a_file_names_what_means_something_to_the_run_and_earlier_files_are_read() {
        let questions = Config { math: Some("data".into()), ..Config::for_questions() };
        let proofs = Config { theory: "t".into(), goals: "g".into(), ..Config::default() };
        let names = |config: &Config| {
            let table: toml::Table = toml::from_str(&config.to_toml().unwrap()).unwrap();
            table.keys().cloned().collect::<Vec<_>>()
        };
        for (config, is_questions) in [(&questions, true), (&proofs, false)] {
            let unset = |name: &str| ["out", "held_out", "network"].contains(&name);
            let expected = SETTINGS.iter().filter(|setting| setting.scope.holds(is_questions) && !unset(setting.name));
            let mut expected: Vec<&str> = expected.map(|setting| setting.name).collect();
            let mut found = names(config);
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected);
        }
        assert!(!names(&questions).contains(&"alpha".into()) && !names(&proofs).contains(&"questions".into()));
        // Version 0.1.0 wrote all settings to the file of every run.
        let earlier = toml::to_string(&Config { alpha: 0.7, ..questions.clone() }).unwrap();
        let earlier = earlier.replace("theory = \"\"", "theory = \"\"\ndifficulty = 3");
        assert_eq!(Config::read(file(&earlier).path()).unwrap(), Config { alpha: 0.7, ..questions });
    }

    #[test]
    fn wrong_type_names_key_and_layer() {
        let file = file("nodes = \"many\"\n");
        let message = Config::layered(Some(file.path()), [], &flags()).unwrap_err().to_string();
        assert!(message.contains("nodes") && message.contains("TOML"), "{message}");
        let message =
            Config::layered(None, environment(&[("PROVER_NODES", "many")]), &flags()).unwrap_err().to_string();
        assert!(message.contains("PROVER_NODES") && message.contains("many"), "{message}");
    }

    #[test]
    fn missing_file_and_broken_file_are_errors() {
        let missing = Config::layered(Some(Path::new("/no/such/file.toml")), [], &flags()).unwrap_err();
        assert!(matches!(missing, ConfigError::Unreadable { .. }));
        let file = file("nodes = = 3");
        assert!(matches!(Config::layered(Some(file.path()), [], &flags()), Err(ConfigError::Layer(_))));
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        let cases = [
            ("iterations = 0", "iterations"),
            ("nodes = 0", "nodes"),
            ("temperature = 0", "temperature"),
            ("learning_rate = nan", "learning_rate"),
            ("alpha = -0.1", "alpha"),
            ("alpha = inf", "alpha"),
            ("seconds = -1", "seconds"),
            ("sources = [1, -1, 2]", "sources"),
            ("mix = [0, 0, 0]", "mix"),
            ("hindsight = 1.5", "hindsight"),
            ("questions = 0", "questions"),
            ("checkpoints = 0", "checkpoints"),
        ];
        for (text, expected) in cases {
            match Config::layered(Some(file(text).path()), [], &flags()) {
                Err(ConfigError::Invalid { key, .. }) => assert_eq!(key, expected),
                other => panic!("{text}: {other:?}"),
            }
        }
        let huge = Overrides { seed: Some(u64::MAX), ..flags() };
        assert!(matches!(Config::layered(None, [], &huge), Err(ConfigError::Invalid { key: "seed", .. })));
        let none = Config::layered(None, [], &Overrides::default());
        assert!(matches!(none, Err(ConfigError::Missing { key: "theory" })));
    }

    #[test]
    fn questions_have_defaults_of_their_own_and_no_theory() {
        let math = Overrides { math: Some("data".into()), nodes: Some(7), ..Overrides::default() };
        let config = Config::layered(None, [], &math).unwrap();
        assert_eq!(config, Config { math: Some("data".into()), nodes: 7, ..Config::for_questions() });
        assert_eq!(Config::read(file(&config.to_toml().unwrap()).path()).unwrap(), config);
        let file = file("math = \"data\"\nmodules = [\"numbers__gcd\"]\nalgorithm = \"beam\"\n");
        let read = Config::read(file.path()).unwrap();
        assert_eq!((read.modules, read.algorithm), (vec!["numbers__gcd".to_owned()], Algorithm::Beam));
        let both = Config::layered(Some(file.path()), [], &flags());
        assert!(matches!(both, Err(ConfigError::Both { key: "theory" })));
    }

    #[test]
    fn toml_round_trip() {
        let config = Config {
            theory: "a \"quoted\"\nname".into(),
            goals: "g".into(),
            seed: i64::MAX as u64,
            alpha: 3e-4,
            out: Some("runs/x".into()),
            ..Config::default()
        };
        let text = config.to_toml().unwrap();
        assert_eq!(Config::read(file(&text).path()).unwrap(), config);
    }

    #[test]
    fn resumed_run_may_go_on_longer_but_not_elsewhere() {
        let stored = Config { theory: "nat-add".into(), goals: "g".into(), nodes: 77, ..Config::default() };
        let longer = Overrides { iterations: Some(20), ..Overrides::default() };
        let expected = Config { iterations: 20, ..stored.clone() };
        assert_eq!(Config::resumed(&stored, &longer).unwrap(), expected);
        let elsewhere = Overrides { theory: Some("groups".into()), ..Overrides::default() };
        assert!(matches!(Config::resumed(&stored, &elsewhere), Err(ConfigError::Fixed { key: "theory", .. })));
        let seed = Overrides { seed: Some(5), ..Overrides::default() };
        assert!(matches!(Config::resumed(&stored, &seed), Err(ConfigError::Fixed { key: "seed", .. })));
    }
}
