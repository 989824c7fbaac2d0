//! The table of settings: one entry gives a setting's field, default, flag, environment variable, TOML comment and
//! documentation.
//!
//! ```text
//! /// Budget of an attempt: nodes expanded.
//! Both nodes: u32 ["N"] = 1000, questions: 2_000;
//! ```
//!
//! The entry names the [`Scope`], the field, its type, the name of the flag's value in the help, the default, and the
//! default of a run on questions where that differs. `field as "flag"` gives the flag another name.

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, ValueEnum, value_parser};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// The runs to which a setting applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All runs.
    Both,
    /// Runs that learn to prove.
    Proofs,
    /// Runs that learn to answer questions.
    Questions,
}

impl Scope {
    /// Whether a setting of this scope means something to a run that learns to answer questions, or to prove.
    pub fn holds(self, is_questions: bool) -> bool {
        match self {
            Self::Both => true,
            Self::Proofs => !is_questions,
            Self::Questions => is_questions,
        }
    }

    /// The heading of its flags in the help.
    fn heading(self) -> &'static str {
        match self {
            Self::Both => "Settings",
            Self::Proofs => "Settings of runs that prove",
            Self::Questions => "Settings of runs that answer questions",
        }
    }
}

/// A setting, as the table describes it.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Name of the field, in files, and in lower case of the environment variable.
    pub name: &'static str,
    /// Long name of the flag.
    pub flag: String,
    /// The setting's description: a sentence or more, with a period.
    pub about: String,
    /// The runs to which it applies.
    pub scope: Scope,
    /// Whether its values are texts, also where they look like numbers.
    pub is_text: bool,
    /// Values that it can have, if they are few.
    pub choices: Vec<String>,
    /// Its default, as a flag would give it; empty for none.
    pub default: String,
    /// The default of a run that learns to answer questions.
    pub questions_default: String,
}

impl Setting {
    /// The description with the possible values, for a comment in a file and for a table.
    pub fn comment(&self) -> String {
        match self.choices.is_empty() {
            true => self.about.clone(),
            false => format!("{} One of {}.", self.about, self.choices.join(", ")),
        }
    }

    /// The flag: its help is the description, with the defaults.
    pub(super) fn argument(&'static self, value_name: &'static str) -> Arg {
        let about = self.about.trim_end_matches('.');
        let shown = |default: &str| if default.is_empty() { "none".to_owned() } else { default.to_owned() };
        let default = match self.scope {
            Scope::Questions => shown(&self.questions_default),
            Scope::Both if self.default != self.questions_default => {
                format!("{}; with --math {}", shown(&self.default), shown(&self.questions_default))
            }
            Scope::Both | Scope::Proofs => shown(&self.default),
        };
        Arg::new(self.name)
            .long(self.flag.as_str())
            .value_name(value_name)
            .help(format!("{about} [default: {default}]"))
            .help_heading(self.scope.heading())
    }
}

/// Rows of a Markdown table of the settings.
pub fn documentation(settings: &[Setting]) -> String {
    let mut text = String::from("| name | flag | default | meaning |\n|---|---|---|---|\n");
    for setting in settings {
        let code = |value: &str| if value.is_empty() { String::new() } else { format!("`{value}`") };
        let default = match (setting.scope, setting.default == setting.questions_default) {
            (Scope::Questions, _) => code(&setting.questions_default),
            (Scope::Both, false) => {
                format!("{}; with `--math` {}", code(&setting.default), code(&setting.questions_default))
            }
            _ => code(&setting.default),
        };
        let scope = match setting.scope {
            Scope::Both => "",
            Scope::Proofs => " (proofs)",
            Scope::Questions => " (questions)",
        };
        let (name, flag, comment) = (setting.name, &setting.flag, setting.comment());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{name}` | `--{flag}` | {default} | {comment}{scope} |");
    }
    text
}

/// A type that settings have.
pub trait Value: Sized {
    /// The value of a flag.
    type Given: Clone + Serialize + Send + Sync + 'static;
    /// Whether values are texts, also where they look like numbers.
    const IS_TEXT: bool = false;

    /// Sets the parser of the flag's value.
    fn parsed(argument: Arg) -> Arg;

    /// The value that was given as a flag.
    fn given(matches: &ArgMatches, name: &str) -> Option<Self::Given>;

    /// The value as a flag would give it; empty for none.
    fn shown(&self) -> String;

    /// The possible values, if they are few.
    fn choices() -> Vec<String> {
        Vec::new()
    }
}

/// Types of one value that clap reads by itself.
macro_rules! plain_values {
    ($($type:ty: $is_text:literal, $shown:expr;)*) => {$(
        impl Value for $type {
            type Given = Self;
            const IS_TEXT: bool = $is_text;

            fn parsed(argument: Arg) -> Arg {
                argument.value_parser(value_parser!($type))
            }

            fn given(matches: &ArgMatches, name: &str) -> Option<Self> {
                matches.get_one(name).cloned()
            }

            fn shown(&self) -> String {
                let shown: fn(&Self) -> String = $shown;
                shown(self)
            }
        }
    )*};
}

plain_values! {
    u32: false, |value| value.to_string();
    u64: false, |value| value.to_string();
    f64: false, |value| value.to_string();
    String: true, String::clone;
    PathBuf: true, |value| value.display().to_string();
}

impl Value for bool {
    type Given = Self;

    /// `--lemmas off`; the flag alone is `on`.
    fn parsed(argument: Arg) -> Arg {
        argument.num_args(0..=1).default_missing_value("on").value_parser(|text: &str| match text {
            "on" | "true" => Ok(true),
            "off" | "false" => Ok(false),
            _ => Err("must be `on` or `off`".to_owned()),
        })
    }

    fn given(matches: &ArgMatches, name: &str) -> Option<Self> {
        matches.get_one(name).copied()
    }

    fn shown(&self) -> String {
        if *self { "on" } else { "off" }.into()
    }
}

impl<T: Value> Value for Option<T> {
    type Given = T::Given;
    const IS_TEXT: bool = T::IS_TEXT;

    fn parsed(argument: Arg) -> Arg {
        T::parsed(argument)
    }

    fn given(matches: &ArgMatches, name: &str) -> Option<T::Given> {
        T::given(matches, name)
    }

    fn shown(&self) -> String {
        self.as_ref().map_or_else(String::new, T::shown)
    }
}

impl Value for Vec<String> {
    type Given = Self;

    fn parsed(argument: Arg) -> Arg {
        argument.value_delimiter(',').action(ArgAction::Append)
    }

    fn given(matches: &ArgMatches, name: &str) -> Option<Self> {
        matches.get_many(name).map(|values| values.cloned().collect())
    }

    fn shown(&self) -> String {
        self.join(",")
    }
}

impl Value for Vec<PathBuf> {
    type Given = Self;

    fn parsed(argument: Arg) -> Arg {
        argument.num_args(1..).value_parser(value_parser!(PathBuf)).action(ArgAction::Append)
    }

    fn given(matches: &ArgMatches, name: &str) -> Option<Self> {
        matches.get_many(name).map(|values| values.cloned().collect())
    }

    fn shown(&self) -> String {
        self.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    }
}

impl Value for [f64; 3] {
    type Given = Self;

    /// Three numbers with commas.
    fn parsed(argument: Arg) -> Arg {
        argument.value_parser(|text: &str| {
            let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
            let three = numbers.ok().and_then(|numbers| <[f64; 3]>::try_from(numbers).ok());
            three.ok_or_else(|| "must be three numbers with commas, such as 0.5,0.25,0.25".to_owned())
        })
    }

    fn given(matches: &ArgMatches, name: &str) -> Option<Self> {
        matches.get_one(name).copied()
    }

    fn shown(&self) -> String {
        self.map(|share| share.to_string()).join(",")
    }
}

/// Enums whose values have names.
macro_rules! named_values {
    ($($type:ty)*) => {$(
        impl Value for $type {
            type Given = Self;

            fn parsed(argument: Arg) -> Arg {
                argument.value_parser(value_parser!($type))
            }

            fn given(matches: &ArgMatches, name: &str) -> Option<Self> {
                matches.get_one(name).copied()
            }

            fn shown(&self) -> String {
                self.to_possible_value().as_ref().map_or_else(String::new, |value| value.get_name().to_owned())
            }

            fn choices() -> Vec<String> {
                let values = Self::value_variants().iter().filter_map(ValueEnum::to_possible_value);
                values.filter(|value: &PossibleValue| !value.is_hide_set()).map(|value| value.get_name().to_owned()).collect()
            }
        }
    )*};
}

named_values! {
    super::Algorithm
    super::AlphaSchedule
    super::Attempts
    super::config::Corpus
    super::config::Objective
    super::config::Targets
    super::ModelSize
    super::Precision
    super::Treatment
}

/// Makes the table: [`Config`](super::Config), its defaults, [`Overrides`](super::Overrides) and their flags.
macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $scope:ident $name:ident $(as $flag:literal)? : $type:ty [$value:literal] = $default:expr
        $(, questions: $questions:expr)?;
    )*) => {
        /// Everything that a self-play run is set by.
        ///
        /// The layers, each over the one before: [defaults](Config::default), a TOML file, environment variables
        /// (`PROVER_ITERATIONS=20` sets `iterations`), command-line flags ([`Overrides`]).
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Config {$(
            $(#[doc = $about])+
            pub $name: $type,
        )*}

        impl Default for Config {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Config {
            /// The defaults of a run that learns to answer questions. Those that differ from the defaults of other runs
            /// were chosen on training splits.
            #[allow(unused_assignments, unused_mut)]
            pub fn for_questions() -> Self {
                let mut config = Self::default();
                $($(config.$name = $questions;)?)*
                config
            }
        }

        /// Settings given on the command line: the topmost layer. `None` leaves the layer below as it is.
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        pub struct Overrides {$(
            $(#[doc = $about])+
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $name: Option<<$type as $crate::run::settings::Value>::Given>,
        )*}

        /// The table of settings, in the order of [`Config`].
        pub static SETTINGS: std::sync::LazyLock<Vec<$crate::run::settings::Setting>> = std::sync::LazyLock::new(|| {
            use $crate::run::settings::{Scope, Setting, Value};
            let (proofs, questions) = (Config::default(), Config::for_questions());
            vec![$({
                let flag: Option<&str> = None$(.or(Some($flag)))?;
                Setting {
                    name: stringify!($name),
                    flag: flag.map_or_else(|| stringify!($name).replace('_', "-"), str::to_owned),
                    about: concat!($($about),+).trim().to_owned(),
                    scope: Scope::$scope,
                    is_text: <$type as Value>::IS_TEXT,
                    choices: <$type as Value>::choices(),
                    default: Value::shown(&proofs.$name),
                    questions_default: Value::shown(&questions.$name),
                }
            }),*]
        });

        impl Overrides {
            /// The flags, in the order of the table.
            fn arguments() -> Vec<clap::Arg> {
                use $crate::run::settings::Value;
                let mut settings = SETTINGS.iter();
                let mut next = |value| settings.next().map(|setting| setting.argument(value));
                [$(next($value).map(<$type as Value>::parsed)),*].into_iter().flatten().collect()
            }

            /// The settings given as flags.
            fn from_matches(matches: &clap::ArgMatches) -> Self {
                use $crate::run::settings::Value;
                Self { $($name: <$type as Value>::given(matches, stringify!($name)),)* }
            }
        }
    };
}

pub(super) use settings;

#[cfg(test)]
mod tests {
    use super::super::SETTINGS;
    use super::*;

    #[test]
    fn the_documentation_has_the_table() {
        crate::documented::require_table("self-play.md", "settings", &documentation(&SETTINGS));
    }

    #[test]
    fn every_setting_is_described_in_a_sentence() {
        for setting in SETTINGS.iter() {
            assert!(setting.about.ends_with('.') && setting.about.len() > 10, "{setting:?}");
            assert!(setting.about.starts_with(char::is_uppercase), "{setting:?}");
        }
    }
}
