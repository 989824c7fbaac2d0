//! A sweep as its file plans it: a command, settings that all runs share, and axes.
//!
//! ```toml
//! command = "selfplay"                    # or prove, eval; selfplay if not given
//! about = "The weight of the progress loss"
//!
//! [base]
//! theory = "nat-add"
//! goals = "nat-add-hard"
//!
//! [axes]
//! alpha = [0, 0.2, 1]
//! seed = "0..3"                           # 0, 1 and 2
//! means = [{ lemmas = true }, { lemmas = false, tests = false }]    # settings that go together
//! ```
//!
//! There is a run for each combination of values, the last axis varying fastest.

use crate::input;
use crate::theory::suggest::closest;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Runs that a sweep may have.
pub const MOST_RUNS: usize = 10_000;

/// Characters of a run's name, at most.
const LONGEST_NAME: usize = 100;

/// A command that a sweep can run, as far as a plan has to know it.
#[derive(Clone, Debug)]
pub struct CommandFlags {
    /// Its name.
    pub name: String,
    /// Its flags that a plan may set.
    pub flags: Vec<Flag>,
}

/// A flag of a command.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The name of the setting: that of the flag with `_` for `-`, or another that it is known by.
    pub setting: String,
    /// The long name.
    pub long: String,
    /// Whether it takes a value.
    pub takes_value: bool,
    /// Whether several values are several flags; else they stand in one with commas.
    pub is_repeated: bool,
}

/// Errors of the plan of a sweep.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file is not valid TOML.
    #[error("{}: {}", path.display(), source.to_string().trim_end())]
    Toml {
        /// The file.
        path: PathBuf,
        /// The error of the parser.
        source: toml::de::Error,
    },
    /// A name in the file is none that it may have.
    #[error("{}: {context} `{name}` is no {what}{}", path.display(), closest.as_ref().map_or(String::new(), |near| format!(": did you mean `{near}`?")))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Where the name occurs.
        context: &'static str,
        /// The name.
        name: String,
        /// The kind of name that is expected.
        what: String,
        /// A name like it.
        closest: Option<String>,
    },
    /// A value is not valid.
    #[error("{}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Description of the error.
        what: String,
    },
    /// Two runs would have the same settings.
    #[error("{}: two runs have one name, `{name}`: an axis has a value twice, or two axes set the same setting", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

/// A sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name: that of the file.
    pub name: String,
    /// The command.
    pub command: String,
    /// The subject of the sweep, as its author describes it.
    pub about: String,
    /// The axes' names.
    pub axes: Vec<String>,
    /// The runs, the last axis varying fastest.
    pub runs: Vec<PlannedRun>,
}

/// Settings with their values.
type Settings = Vec<(String, Value)>;
/// An axis: its name, and the settings of each of its points.
type Axis = (String, Vec<Settings>);

/// A run of a sweep.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlannedRun {
    /// Its name: the values on the axes.
    pub name: String,
    /// The settings, in the order in which they are set.
    pub settings: Vec<(String, Value)>,
    /// The settings as arguments of the command.
    pub arguments: Vec<String>,
}

impl Plan {
    /// Reads a plan. `commands` are those that it may run.
    ///
    /// # Errors
    /// [`PlanError`] names the file and describes the error.
    pub fn read(path: &Path, commands: &[CommandFlags]) -> Result<Self, PlanError> {
        let text = input::read_text(path, input::SETTINGS)
            .map_err(|source| PlanError::Unreadable { path: path.to_path_buf(), source })?;
        Self::parse(path, &text, commands)
    }

    fn parse(path: &Path, text: &str, commands: &[CommandFlags]) -> Result<Self, PlanError> {
        let table: Table =
            toml::from_str(text).map_err(|source| PlanError::Toml { path: path.to_path_buf(), source })?;
        let reader = Reader { path, commands };
        const KEYS: [&str; 4] = ["command", "about", "base", "axes"];
        if let Some(name) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(reader.unknown(
                "the name",
                name,
                "part of a sweep (command, about, base, axes)",
                KEYS.into_iter(),
            ));
        }
        let command = reader.command(table.get("command"))?;
        let about = match table.get("about") {
            None => String::new(),
            Some(Value::String(about)) => about.clone(),
            Some(_) => return Err(reader.wrong("`about` must be a text".into())),
        };
        let base = reader.settings(table.get("base"), "base")?;
        for (name, _) in &base {
            reader.require_setting(command, "the base's", name)?;
        }
        let mut axes: Vec<Axis> = Vec::new();
        for (axis, values) in reader.settings(table.get("axes"), "axes")? {
            axes.push((axis.clone(), reader.axis(command, &axis, values)?));
        }
        let count = axes.iter().try_fold(1_usize, |count, (_, values)| count.checked_mul(values.len()));
        if count.is_none_or(|count| count > MOST_RUNS) {
            return Err(reader.wrong(format!("the axes make more than {MOST_RUNS} runs")));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut runs = Vec::new();
        for index in 0..count.unwrap_or(0) {
            runs.push(reader.run(command, &base, &axes, index)?);
        }
        let mut names = HashSet::new();
        if let Some(run) = runs.iter().find(|run| !names.insert(run.name.as_str())) {
            return Err(PlanError::Twice { path: path.to_path_buf(), name: run.name.clone() });
        }
        let axes = axes.into_iter().map(|(name, _)| name).collect();
        Ok(Self { name: clean(&name), command: command.name.clone(), about, axes, runs })
    }
}

/// Reads the parts of a plan.
struct Reader<'p> {
    path: &'p Path,
    commands: &'p [CommandFlags],
}

impl<'p> Reader<'p> {
    fn wrong(&self, what: String) -> PlanError {
        PlanError::Wrong { path: self.path.to_path_buf(), what }
    }

    fn unknown<'n>(
        &self,
        context: &'static str,
        name: &str,
        what: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> PlanError {
        let closest = closest(name, known).map(str::to_owned);
        PlanError::Unknown { path: self.path.to_path_buf(), context, name: name.into(), what: what.into(), closest }
    }

    fn command(&self, given: Option<&Value>) -> Result<&'p CommandFlags, PlanError> {
        let name = match given {
            None => "selfplay",
            Some(Value::String(name)) => name,
            Some(_) => return Err(self.wrong("`command` must be a text".into())),
        };
        let names = || self.commands.iter().map(|command| command.name.as_str());
        let what = format!("command of a sweep ({})", names().collect::<Vec<_>>().join(", "));
        self.commands
            .iter()
            .find(|command| command.name == name)
            .ok_or_else(|| self.unknown("the command", name, &what, names()))
    }

    /// The entries of a table, in their order.
    fn settings(&self, table: Option<&Value>, name: &str) -> Result<Vec<(String, Value)>, PlanError> {
        match table {
            None => Ok(Vec::new()),
            Some(Value::Table(table)) => Ok(table.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
            Some(_) => Err(self.wrong(format!("`{name}` must be a table"))),
        }
    }

    fn require_setting<'f>(
        &self,
        command: &'f CommandFlags,
        context: &'static str,
        name: &str,
    ) -> Result<&'f Flag, PlanError> {
        let names = || command.flags.iter().map(|flag| flag.setting.as_str());
        let what = format!("setting of `prover {}`", command.name);
        command
            .flags
            .iter()
            .find(|flag| flag.setting == name)
            .ok_or_else(|| self.unknown(context, name, &what, names()))
    }

    /// The settings for each point of an axis.
    fn axis(&self, command: &CommandFlags, axis: &str, values: Value) -> Result<Vec<Settings>, PlanError> {
        let values = match values {
            Value::Array(values) => values,
            Value::String(range) => integers(&range).ok_or_else(|| {
                self.wrong(format!("the axis `{axis}` must be a list or a range such as \"0..3\", and is \"{range}\""))
            })?,
            other => vec![other],
        };
        if values.is_empty() {
            return Err(self.wrong(format!("the axis `{axis}` has no values")));
        }
        let point = |value| match value {
            Value::Table(together) => {
                for name in together.keys() {
                    self.require_setting(command, "the axis sets", name)?;
                }
                Ok(together.into_iter().collect())
            }
            value => {
                self.require_setting(command, "the axis", axis)?;
                Ok(vec![(axis.to_owned(), value)])
            }
        };
        values.into_iter().map(point).collect()
    }

    /// The run at a place in the product of the axes.
    fn run(
        &self,
        command: &CommandFlags,
        base: &[(String, Value)],
        axes: &[Axis],
        index: usize,
    ) -> Result<PlannedRun, PlanError> {
        let mut rest = index;
        let mut points = Vec::new();
        for (_, values) in axes.iter().rev() {
            points.push(&values[rest % values.len()]);
            rest /= values.len();
        }
        let mut settings = base.to_vec();
        let mut words = Vec::new();
        for (name, value) in points.into_iter().rev().flatten() {
            words.push(format!("{name}-{}", shown(value)));
            settings.retain(|(other, _)| other != name);
            settings.push((name.clone(), value.clone()));
        }
        let mut arguments = Vec::new();
        for (name, value) in &settings {
            let flag = self.require_setting(command, "the", name)?;
            self.add_arguments(flag, value, &mut arguments)?;
        }
        let name = if words.is_empty() { "run".to_owned() } else { clean(&words.join("-")) };
        Ok(PlannedRun { name, settings, arguments })
    }

    fn add_arguments(&self, flag: &Flag, value: &Value, arguments: &mut Vec<String>) -> Result<(), PlanError> {
        let long = format!("--{}", flag.long);
        match value {
            Value::Boolean(is_on) if !flag.takes_value => {
                if *is_on {
                    arguments.push(long);
                }
            }
            _ if !flag.takes_value => return Err(self.wrong(format!("`{}` must be true or false", flag.setting))),
            Value::Boolean(is_on) => arguments.extend([long, if *is_on { "on" } else { "off" }.into()]),
            Value::Array(values) if flag.is_repeated => {
                for value in values {
                    // One argument: a value may begin with `-`.
                    arguments.push(format!("{long}={}", shown(value)));
                }
            }
            Value::Table(_) => return Err(self.wrong(format!("`{}` cannot be a table", flag.setting))),
            value => arguments.push(format!("{long}={}", shown(value))),
        }
        Ok(())
    }
}

/// A value as a flag has it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(is_on) => if *is_on { "on" } else { "off" }.into(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(","),
        Value::Float(number) => number.to_string(),
        value => value.to_string(),
    }
}

/// `0..3` as 0, 1, 2, and `0..=3` with the 3.
fn integers(range: &str) -> Option<Vec<Value>> {
    let (first, last) = range.split_once("..")?;
    let first: i64 = first.trim().parse().ok()?;
    let end: i64 = match last.strip_prefix('=') {
        Some(last) => last.trim().parse::<i64>().ok()?.checked_add(1)?,
        None => last.trim().parse().ok()?,
    };
    let count = usize::try_from(end.checked_sub(first)?).ok()?;
    (count <= MOST_RUNS).then(|| (first..end).map(Value::Integer).collect())
}

/// A text as the name of a folder.
fn clean(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut name: String = text.chars().take(LONGEST_NAME).map(|c| if plain(c) { c } else { '_' }).collect();
    if name.starts_with('.') || name.is_empty() {
        name.insert(0, '_');
    }
    if text.chars().count() > LONGEST_NAME {
        // What is cut off may be all that differs.
        let digest = crate::run::provenance::digest([("name", text.to_owned())]);
        name.push_str(&format!("-{}", &digest[..8]));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands() -> Vec<CommandFlags> {
        let flag = |setting: &str, takes_value, is_repeated| Flag {
            setting: setting.into(),
            long: setting.replace('_', "-"),
            takes_value,
            is_repeated,
        };
        let flags = vec![
            flag("alpha", true, false),
            flag("alpha_schedule", true, false),
            flag("seed", true, false),
            flag("lemmas", true, false),
            flag("sources", true, false),
            flag("library", true, true),
            flag("gate", false, false),
        ];
        vec![CommandFlags { name: "selfplay".into(), flags }]
    }

    fn plan(text: &str) -> Result<Plan, String> {
        Plan::parse(Path::new("experiments/a.toml"), text, &commands()).map_err(|error| error.to_string())
    }

    #[test]
    fn there_is_a_run_for_each_combination_in_the_order_of_the_text() {
        let text = "[base]\nalpha = 9\nlibrary = ['x', '-y']\n[axes]\nalpha = [0, 0.2]\nseed = '1..3'\n\
                    means = [{ lemmas = true }, { lemmas = false, gate = true, sources = [1, 0, 0.5] }]\n";
        let plan = plan(text).unwrap();
        assert_eq!((plan.name.as_str(), plan.command.as_str(), plan.runs.len()), ("a", "selfplay", 8));
        assert_eq!(plan.runs[0].arguments, ["--library=x", "--library=-y", "--alpha=0", "--seed=1", "--lemmas", "on"]);
        let last = &plan.runs[7];
        let expected = ["--alpha=0.2", "--seed=2", "--lemmas", "off", "--gate", "--sources=1,0,0.5"];
        assert_eq!(last.arguments[2..], expected);
        assert!(last.name.starts_with("alpha-0.2-"), "{}", last.name);
    }

    #[test]
    fn without_axes_there_is_one_run() {
        let plan = plan("base = { alpha_schedule = 'cos' }").unwrap();
        assert_eq!(plan.runs.len(), 1);
        assert_eq!(plan.runs[0].arguments, ["--alpha-schedule=cos"]);
        assert_eq!(plan.runs[0].name, "run");
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let cases = [
            ("[axes]\nalpah = [0]", "the axis `alpah` is no setting of `prover selfplay`: did you mean `alpha`?"),
            ("[base]\nsed = 1", "the base's `sed` is no setting of `prover selfplay`: did you mean `seed`?"),
            ("[axes]\nx = [{ gaet = true }]", "the axis sets `gaet` is no setting"),
            ("[axis]\nalpha = [0]", "the name `axis` is no part of a sweep"),
            ("command = 'selfpaly'", "did you mean `selfplay`?"),
            ("[axes]\nalpha = []", "has no values"),
            ("[axes]\nalpha = [1, 1]", "two runs have one name, `alpha-1`"),
            ("[axes]\nseed = '3..'", "must be a list or a range"),
            ("[axes]\nseed = '0..99999'", "must be a list or a range"),
            ("[axes]\nseed = '0..9999'\nalpha = [0, 1]", "more than 10000 runs"),
            ("[base]\ngate = 3", "`gate` must be true or false"),
            ("base = 3", "`base` must be a table"),
            ("base = = 3", "experiments/a.toml"),
        ];
        for (text, expected) in cases {
            let message = plan(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
        let missing = Plan::read(Path::new("/no/such/file.toml"), &commands()).unwrap_err().to_string();
        assert!(missing.contains("cannot read /no/such/file.toml"), "{missing}");
    }

    #[test]
    fn long_names_stay_apart() {
        let values: Vec<String> = (0..3).map(|i| format!("'{}{i}'", "x".repeat(200))).collect();
        let plan = plan(&format!("[axes]\nlibrary = [{}]", values.join(","))).unwrap();
        assert!(plan.runs.iter().all(|run| run.name.len() < 120));
        assert_eq!(plan.runs.iter().map(|run| &run.name).collect::<HashSet<_>>().len(), 3);
    }
}
