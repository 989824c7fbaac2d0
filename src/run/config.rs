//! What a self-play run is set by.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::Serialized;
use serde::{Deserialize, Serialize};

use super::config_file::{FileText, Variables, described};
use crate::input;

pub use crate::conjecture::Treatment;
pub use crate::learn::Schedule as AlphaSchedule;
pub use crate::network::model::{Precision, Size as ModelSize};
pub use crate::search::Algorithm;
pub use crate::selfplay::proofs::attempts::Attempts;

/// Everything that a self-play run is set by.
///
/// The layers, each over the one before: [defaults](Config::default), a TOML file, environment variables
/// (`PROVER_ITERATIONS=20` sets `iterations`), command-line flags ([`Overrides`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Theory: a built-in name or a path.
    pub theory: String,
    /// Goal set: a built-in name or a path.
    pub goals: String,
    /// Folder of questions with answers: the run learns to answer them, and has no theory and no goals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub math: Option<PathBuf>,
    /// Modules of the questions to learn; none takes all.
    pub modules: Vec<String>,
    /// Questions attempted in an iteration.
    pub questions: u32,
    /// How graphs are searched for where the network guides the search and the answer is known.
    pub algorithm: Algorithm,
    /// Width of that search, if it is a beam.
    pub width: u32,
    /// Budget of a search that the network guides, and of an answer: nodes expanded, each of which costs twenty times as
    /// much as one without guidance, for which there are [`nodes`](Self::nodes). Proofs are searched for without guidance
    /// first, answers with it.
    pub guided_nodes: u32,
    /// Share of the questions for which graphs are also learned as what gives their own values, right or wrong, when
    /// these are asked for.
    pub hindsight: f64,
    /// Iterations of the run, at least 1.
    pub iterations: u32,
    /// Conjectures attempted in an iteration; 0 attempts the goals only.
    pub conjectures: u32,
    /// Budget of an attempt: nodes expanded.
    pub nodes: u32,
    /// Budget of an attempt: seconds; 0 sets no limit. A limit makes a run depend on the machine's speed.
    pub seconds: f64,
    /// Whether proved goals become lemmas that later attempts may use.
    pub lemmas: bool,
    /// Whether attempts bring states to their normal forms by the equations of the theory and in scope.
    pub normal_forms: bool,
    /// What happens to conjectures that equations make equal to another.
    pub conjecture_equal: Treatment,
    /// What happens to conjectures that equations make an instance of a known statement.
    pub conjecture_instance: Treatment,
    /// What happens to conjectures that equality saturation proves alone.
    pub conjecture_saturated: Treatment,
    /// Whether to go on when all goals are proved.
    pub keep_going: bool,
    /// Size of the transformer.
    pub model: ModelSize,
    /// How the transformer rounds when it judges and conjectures on the processor; training is in single precision.
    pub precision: Precision,
    /// Optimiser steps an iteration.
    pub train_steps: u32,
    /// Tokens in a training batch.
    pub batch_tokens: u32,
    /// Peak learning rate of AdamW.
    pub learning_rate: f64,
    /// Iterations whose examples are trained on: the running one and those just before it.
    pub replay: u32,
    /// Largest weight of the progress loss, in `train_loss + alpha * progress_loss`.
    pub alpha: f64,
    /// How the weight of the progress loss moves over the run.
    pub alpha_schedule: AlphaSchedule,
    /// Softmax temperature at which conjectures are sampled.
    pub temperature: f64,
    /// How many of the most likely continuations a conjecture is sampled from at each place; 0 for all.
    pub top_k: u32,
    /// By what means statements are attempted.
    pub attempts: Attempts,
    /// Files of theorems of the theory that are lemmas from the beginning; their proofs are checked again.
    pub library: Vec<PathBuf>,
    /// Lemmas that an attempt is offered, of those that there are.
    pub offered: u32,
    /// Whether conjectures are tested in models of the theory before they are attempted.
    pub tests: bool,
    /// Whether theorems met on the way are learned from and become lemmas.
    pub relabel: bool,
    /// Shares of the network, the weighted grammar and variants in the drafts of conjectures.
    pub sources: [f64; 3],
    /// Drafts for each conjecture that is attempted, of which the network picks; 1 for no picking.
    pub ranked: u32,
    /// Shares of choices of actions, values and conjectures in the tokens of a training batch.
    pub mix: [f64; 3],
    /// Statements to measure with that are never trained on: a goal set, or how many to draw; half of them are for
    /// validation, half for the test.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_out: Option<String>,
    /// Whether a network that solves significantly less of the validation statements than the one before does not
    /// replace it.
    pub gate: bool,
    /// States judged by the model in one batch, at most.
    pub eval_batch: u32,
    /// Microseconds that an attempt waits for others to fill a batch; 0 has each attempt's states judged at once.
    pub eval_wait: u32,
    /// Checkpoints kept: the newest ones.
    pub checkpoints: u32,
    /// Seed of all randomness; a run with one thread and without a limit in seconds repeats exactly.
    pub seed: u64,
    /// Threads; 0 takes all cores.
    pub threads: u32,
    /// The run's directory; none makes one under `runs/`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub out: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theory: String::new(),
            goals: String::new(),
            math: None,
            modules: Vec::new(),
            questions: 4_000,
            algorithm: Algorithm::Puct,
            width: 8,
            guided_nodes: 100,
            hindsight: 0.3,
            iterations: 8,
            conjectures: 50,
            nodes: 1000,
            seconds: 0.0,
            lemmas: true,
            normal_forms: true,
            conjecture_equal: Treatment::Drop,
            conjecture_instance: Treatment::Drop,
            conjecture_saturated: Treatment::Trivial,
            keep_going: false,
            model: ModelSize::default(),
            precision: Precision::default(),
            train_steps: 100,
            batch_tokens: 4096,
            learning_rate: 1e-3,
            replay: 4,
            alpha: 0.2,
            alpha_schedule: AlphaSchedule::default(),
            temperature: 1.0,
            top_k: 0,
            attempts: Attempts::Search,
            library: Vec::new(),
            offered: 24,
            tests: true,
            relabel: true,
            sources: [0.25, 0.25, 0.5],
            ranked: 4,
            mix: [0.5, 0.25, 0.25],
            held_out: None,
            gate: false,
            eval_batch: 64,
            eval_wait: 0,
            checkpoints: 2,
            seed: 0,
            threads: 0,
            out: None,
        }
    }
}

impl Config {
    /// The defaults of a run that learns to answer questions. What differs from those of other runs was chosen on
    /// training splits.
    pub fn for_questions() -> Self {
        Self {
            guided_nodes: 32,
            iterations: 10,
            nodes: 2_000,
            train_steps: 200,
            batch_tokens: 8_192,
            learning_rate: 2e-3,
            eval_batch: 4,
            ..Self::default()
        }
    }
}

/// Settings given on the command line: the topmost layer. What is `None` leaves the layer below as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Overrides {
    /// See [`Config::theory`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theory: Option<String>,
    /// See [`Config::goals`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goals: Option<String>,
    /// See [`Config::math`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub math: Option<PathBuf>,
    /// See [`Config::modules`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<String>>,
    /// See [`Config::questions`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<u32>,
    /// See [`Config::algorithm`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// See [`Config::width`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// See [`Config::hindsight`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hindsight: Option<f64>,
    /// See [`Config::iterations`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// See [`Config::conjectures`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conjectures: Option<u32>,
    /// See [`Config::nodes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<u32>,
    /// See [`Config::train_steps`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_steps: Option<u32>,
    /// See [`Config::model`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelSize>,
    /// See [`Config::precision`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// See [`Config::alpha`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// See [`Config::alpha_schedule`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha_schedule: Option<AlphaSchedule>,
    /// See [`Config::seed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// See [`Config::threads`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// See [`Config::normal_forms`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal_forms: Option<bool>,
    /// See [`Config::conjecture_equal`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conjecture_equal: Option<Treatment>,
    /// See [`Config::conjecture_instance`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conjecture_instance: Option<Treatment>,
    /// See [`Config::conjecture_saturated`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conjecture_saturated: Option<Treatment>,
    /// See [`Config::attempts`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Attempts>,
    /// See [`Config::held_out`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<String>,
    /// See [`Config::library`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<Vec<PathBuf>>,
    /// See [`Config::seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// See [`Config::keep_going`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_going: Option<bool>,
    /// See [`Config::out`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<PathBuf>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
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
        /// What it must be.
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
    /// Environment variables that begin with `PROVER_` but name no setting are passed over.
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
            layers = layers.merge(FileText { path, text });
        }
        let layers = layers.merge(Variables::new(environment)).merge(Serialized::defaults(flags));
        let is_math = layers.find_value("math").is_ok();
        let defaults = if is_math { Config::for_questions() } else { Config::default() };
        let config: Self = Figment::from(Serialized::defaults(defaults)).merge(layers).extract().map_err(Box::new)?;
        config.validate()?;
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
        fixed("model", stored.model.to_string(), config.model.to_string())?;
        let held_out = |config: &Config| config.held_out.clone().unwrap_or_else(|| "none".into());
        fixed("held_out", held_out(stored), held_out(&config))?;
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

    /// Every setting as TOML, each under a comment that says what it is.
    ///
    /// # Errors
    /// When [`out`](Self::out) is not UTF-8.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        Ok(described(&toml::Table::try_from(self)?))
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
        for (key, value) in [("alpha", self.alpha), ("seconds", self.seconds)] {
            require(value.is_finite() && value >= 0.0, key, value, "must be a number, 0 or more")?;
        }
        require((0.0..=1.0).contains(&self.hindsight), "hindsight", self.hindsight, "must be a share, from 0 to 1")?;
        for (key, shares) in [("sources", self.sources), ("mix", self.mix)] {
            let makes_sense =
                shares.iter().all(|share| share.is_finite() && *share >= 0.0) && shares.iter().sum::<f64>() > 0.0;
            require(makes_sense, key, format!("{shares:?}"), "must be three numbers, 0 or more, and not all 0")?;
        }
        // TOML has signed integers only.
        require(i64::try_from(self.seed).is_ok(), "seed", self.seed, "must be less than 2^63")
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
    fn unknown_key_is_an_error_that_lists_the_known_ones() {
        let file = file("iteration = 3\n");
        let message = Config::layered(Some(file.path()), [], &flags()).unwrap_err().to_string();
        assert!(message.contains("`iteration`") && message.contains("`iterations`"), "{message}");
        assert!(message.contains("`sources`"), "{message}");
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
