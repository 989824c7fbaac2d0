//! The text layers of a configuration: the commented `config.toml`, and environment variables.

use std::ffi::OsString;
use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::config::{SETTINGS, closest};

/// A configuration file that has been read; errors name it.
pub(super) struct FileText<'p> {
    /// The file.
    pub path: &'p Path,
    /// Its content.
    pub text: String,
}

impl FileText<'_> {
    /// The first key that is not a setting; `None` also if the text is not valid TOML.
    pub fn unknown(&self) -> Option<String> {
        let table: toml::Table = toml::from_str(&self.text).ok()?;
        let is_known = |key: &str| RETIRED.contains(&key) || SETTINGS.iter().any(|setting| setting.name == key);
        table.keys().find(|key| !is_known(key)).cloned()
    }
}

impl Provider for FileText<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::from("TOML file", self.path)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut data = Toml::string(&self.text).data()?;
        for settings in data.values_mut() {
            for key in RETIRED.iter().filter(|&&key| settings.remove(key).is_some()) {
                tracing::warn!("{}: `{key}` is no setting any more, and is ignored", self.path.display());
            }
        }
        Ok(data)
    }
}

/// Settings of early versions, which the files of their runs have.
const RETIRED: &[&str] = &["difficulty"];

/// Prefix of the environment variables that name a setting.
const PREFIX: &str = "PROVER_";

/// The settings of `table` that apply to the run as TOML, each under a comment that describes it.
pub(super) fn described(table: &toml::Table, is_questions: bool) -> String {
    let mut text = String::new();
    for setting in SETTINGS.iter().filter(|setting| setting.scope.holds(is_questions)) {
        if let Some(value) = table.get(setting.name) {
            text.push_str(&format!("# {}\n{} = {value}\n\n", setting.comment(), setting.name));
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Variables variables as a layer of settings.
pub(super) struct Variables(Dict);

impl Variables {
    /// Keeps of `variables` those that name a setting. A value that is not UTF-8 is taken with replacement
    /// characters, so that it fails where it is used and not in silence.
    pub(super) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut settings = Dict::new();
        for (name, value) in variables {
            let Some(key) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
            let key = key.to_ascii_lowercase();
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
                if let Some(name) = closest(&key) {
                    let near = name.to_ascii_uppercase();
                    tracing::warn!("{PREFIX}{} is no setting: did you mean {PREFIX}{near}?", key.to_ascii_uppercase());
                }
                continue;
            };
            let value = value.to_string_lossy().into_owned();
            let value = match setting.is_text {
                true => Value::from(value),
                false => number_or_other(&value),
            };
            settings.insert(key, value);
        }
        Self(settings)
    }
}

/// Brackets in the value of a variable beyond which it is taken for a string: figment nests as deep as they do, on the
/// stack. No setting is nested at all.
const MOST_BRACKETS: usize = 64;

/// Figment's reading of a text, which takes `1e-4` for a string.
fn number_or_other(text: &str) -> Value {
    if text.matches(['[', '{']).count() > MOST_BRACKETS {
        return Value::from(text);
    }
    match text.parse() {
        Ok(Value::String(..)) => text.trim().parse::<f64>().map_or_else(|_| Value::from(text), Value::from),
        Ok(value) => value,
        Err::<_, std::convert::Infallible>(never) => match never {},
    }
}

impl Provider for Variables {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment").interpolater(|_: &Profile, keys: &[&str]| {
            keys.iter().map(|key| format!("{PREFIX}{}", key.to_ascii_uppercase())).collect::<Vec<_>>().join(".")
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_many_brackets_is_a_string() {
        for bracket in ["[", "{a=", "[{a="] {
            let text = bracket.repeat(100_000);
            assert_eq!(number_or_other(&text).as_str(), Some(text.as_str()));
        }
        assert!(number_or_other("[10, 20, 100]").as_str().is_none());
    }
}
