//! The text layers of a configuration: the commented `config.toml`, and environment variables.

use std::ffi::OsString;
use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

/// A configuration file that has been read; errors name it.
pub(super) struct FileText<'p> {
    /// The file.
    pub path: &'p Path,
    /// What it holds.
    pub text: String,
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

/// Every setting with what it is, in the order of [`Config`](super::Config).
const SETTINGS: &[(&str, &str)] = &[
    ("theory", "Theory: a built-in name or a path."),
    ("goals", "Goal set: a built-in name or a path."),
    ("math", "Folder of questions with answers, for a run that learns to answer them."),
    ("modules", "Modules of the questions to learn; none takes all."),
    ("questions", "Questions attempted in an iteration."),
    ("algorithm", "Guided search for graphs: mcts, best-first, breadth-first, beam or sampling."),
    ("width", "Width of that search, if it is a beam."),
    ("guided_nodes", "Budget of a search that the network guides: nodes expanded."),
    ("hindsight", "Share of the questions for which graphs are learned as what gives their own values, too."),
    ("iterations", "Iterations of the run."),
    ("conjectures", "Conjectures attempted in an iteration; 0 attempts the goals only."),
    ("nodes", "Budget of an attempt: nodes expanded."),
    ("seconds", "Budget of an attempt: seconds; 0 sets no limit."),
    ("lemmas", "Whether proved goals become lemmas that later attempts may use."),
    ("normal_forms", "Whether attempts bring states to their normal forms by equations."),
    ("conjecture_equal", "What happens to conjectures that equations make equal to another: keep, trivial or drop."),
    ("conjecture_instance", "The same for those that equations make an instance of a known statement."),
    ("conjecture_saturated", "The same for those that equality saturation proves alone."),
    ("keep_going", "Whether to go on when all goals are proved."),
    ("model", "Size of the transformer: tiny, small or base."),
    ("precision", "How the transformer rounds when it judges and conjectures on the processor: f32 or bf16."),
    ("train_steps", "Optimiser steps an iteration."),
    ("batch_tokens", "Tokens in a training batch."),
    ("learning_rate", "Peak learning rate of AdamW."),
    ("replay", "Iterations whose examples are trained on: the running one and those just before it."),
    ("alpha", "Largest weight of the progress loss, in train_loss + alpha * progress_loss."),
    ("alpha_schedule", "How that weight moves: constant, linear, quadratic, cubic, cos or ratio."),
    ("temperature", "Softmax temperature at which conjectures are sampled."),
    ("top_k", "Most likely continuations that a conjecture is sampled from at each place; 0 for all."),
    ("attempts", "By what means statements are attempted: search (single steps), or all."),
    ("library", "Files of theorems that are lemmas from the beginning; their proofs are checked again."),
    ("offered", "Lemmas that an attempt is offered, of those that there are."),
    ("tests", "Whether conjectures are tested in models of the theory before they are attempted."),
    ("relabel", "Whether theorems met on the way are learned from and become lemmas."),
    ("sources", "Shares of the network, the weighted grammar and variants in the drafts of conjectures."),
    ("ranked", "Drafts for each conjecture that is attempted, of which the network picks; 1 for no picking."),
    ("mix", "Shares of choices of actions, values and conjectures in the tokens of a training batch."),
    ("held_out", "Statements to measure with, never trained on: a goal set, or how many to draw."),
    ("gate", "Whether a network that is worse on the validation statements does not replace the one before."),
    ("eval_batch", "States judged by the model in one batch, at most."),
    ("eval_wait", "Microseconds that an attempt waits for others to fill a batch; 0 for none."),
    ("checkpoints", "Checkpoints kept: the newest ones."),
    ("seed", "Seed of all randomness."),
    ("threads", "Threads; 0 takes all cores."),
    ("out", "The run's directory."),
];

/// Settings that are texts: an environment variable is not to be read as a number.
const TEXTS: &[&str] = &["theory", "goals", "math", "held_out", "out"];

/// What environment variables that name a setting begin with.
const PREFIX: &str = "PROVER_";

/// The settings of `table` as TOML, each under a comment that says what it is.
pub(super) fn described(table: &toml::Table) -> String {
    let mut text = String::new();
    for (key, meaning) in SETTINGS {
        if let Some(value) = table.get(*key) {
            text.push_str(&format!("# {meaning}\n{key} = {value}\n\n"));
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
            if !SETTINGS.iter().any(|(known, _)| *known == key) {
                continue;
            }
            let value = value.to_string_lossy().into_owned();
            let value = match TEXTS.contains(&key.as_str()) {
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
    use crate::run::Config;

    #[test]
    fn a_variable_of_many_brackets_is_a_string() {
        for bracket in ["[", "{a=", "[{a="] {
            let text = bracket.repeat(100_000);
            assert_eq!(number_or_other(&text).as_str(), Some(text.as_str()));
        }
        assert!(number_or_other("[10, 20, 100]").as_str().is_none());
    }

    #[test]
    fn every_setting_is_described() {
        let some = || Some("x".into());
        let config = Config { math: Some("x".into()), held_out: some(), out: Some("x".into()), ..Config::default() };
        let serde_json::Value::Object(fields) = serde_json::to_value(config).unwrap() else { panic!() };
        let described: Vec<&str> = SETTINGS.iter().map(|(key, _)| *key).collect();
        assert_eq!(fields.keys().map(String::as_str).collect::<Vec<_>>(), described);
    }
}
