//! What a run would take, from a small iteration that is carried out and not kept.

use super::Config;
use super::drive::DriveError;
use crate::input;
use crate::learn::example;
use crate::selfplay::{Play, PlayError, Subject, Watcher};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// Conjectures, questions and training steps of the small iteration, at most.
const CONJECTURES: u32 = 12;
const QUESTIONS: u32 = 60;
const STEPS: u32 = 3;
/// Statements that are shown, at most.
const SHOWN: usize = 12;

/// What a run would take.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The first conjectures.
    pub conjectures: Vec<String>,
    /// Seconds of an iteration.
    pub iteration_seconds: f64,
    /// Seconds of the run.
    pub run_seconds: f64,
    /// The most memory that this process had, in bytes, where the system says so.
    pub peak_bytes: Option<u64>,
    /// Seconds that the estimate took.
    pub seconds: f64,
}

/// The settings of a small iteration of a run.
pub fn trial(config: &Config) -> Config {
    Config {
        conjectures: config.conjectures.min(CONJECTURES),
        questions: config.questions.min(QUESTIONS),
        train_steps: config.train_steps.min(STEPS),
        // The whole test would take longer than what is estimated.
        held_out: None,
        ..config.clone()
    }
}

struct Silent;

impl Watcher for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64, _: String) {}
    fn end(&self) {}
}

/// Estimates what a run of `config` takes, from an iteration of `selfplay`, whose settings are those of [`trial`].
/// Nothing is written.
///
/// # Errors
/// When the iteration fails.
pub fn estimate<S: Subject>(config: &Config, selfplay: &mut Play<S>) -> Result<Estimate, DriveError>
where
    S::Figures: serde::Serialize,
    DriveError: From<PlayError<S::Error>>,
{
    let start = Instant::now();
    let small = trial(config);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.thread_count()).build()?;
    let round = pool.install(|| selfplay.iterate(1, &Silent))?;
    let figures: Value = serde_json::from_str(&round.metrics.line()).unwrap_or_default();
    let figure = |name: &str| figures[name].as_f64().unwrap_or(0.0);
    let ratio = |whole: f64, part: f64| if part > 0.0 { whole / part } else { 0.0 };
    let (goals, small_work, work) = match config.is_questions() {
        true => (0.0, f64::from(small.questions), f64::from(config.questions)),
        false => (figure("goals_total"), f64::from(small.conjectures), f64::from(config.conjectures)),
    };
    let attempts = figure("attempt_seconds") * ratio(goals + work, goals + small_work);
    let drafts = figure("draft_seconds") * ratio(work, small_work);
    let training = figure("train_seconds") * ratio(config.train_steps.into(), small.train_steps.into());
    let iteration_seconds = attempts + drafts + training;
    Ok(Estimate {
        conjectures: conjectures(&round.examples),
        iteration_seconds,
        run_seconds: iteration_seconds * f64::from(config.iterations),
        peak_bytes: peak_bytes(),
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// The statements of examples of conjectures.
fn conjectures(examples: &[crate::learn::Example]) -> Vec<String> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = example::write(examples, &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let values = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let statements = values.filter(|value| value["kind"] == "conjecture");
    statements.filter_map(|value| value["statement"].as_str().map(str::to_owned)).take(SHOWN).collect()
}

/// The most memory that this process had.
pub fn peak_bytes() -> Option<u64> {
    let status = input::read_text(Path::new("/proc/self/status"), input::RECORDS).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::proofs;

    #[test]
    fn a_small_iteration_tells_what_the_run_takes_and_shows_conjectures() {
        let config = Config {
            theory: "nat-add".into(),
            goals: "nat-add-hard".into(),
            conjectures: 48,
            nodes: 50,
            guided_nodes: 5,
            train_steps: 12,
            iterations: 4,
            threads: 1,
            ..Config::default()
        };
        let mut selfplay = proofs::play(&trial(&config)).unwrap();
        let estimate = estimate(&config, &mut selfplay).unwrap();
        assert!(estimate.iteration_seconds > 0.0 && estimate.run_seconds == 4.0 * estimate.iteration_seconds);
        assert!(estimate.conjectures.iter().any(|text| text.contains("nat")), "{:?}", estimate.conjectures);
    }
}
