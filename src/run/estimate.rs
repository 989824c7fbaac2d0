//! Estimate of a run's cost, from a small iteration that is carried out and not kept.

use super::Config;
use super::drive::DriveError;
use crate::input;
use crate::learn::Example;
use crate::selfplay::{Play, PlayError, Silent, Subject};
use std::path::Path;
use std::time::Instant;

/// Conjectures, questions and training steps of the small iteration, at most.
const CONJECTURES: u32 = 12;
const QUESTIONS: u32 = 60;
const STEPS: u32 = 3;
/// Statements that are shown, at most.
const SHOWN: usize = 12;

/// Estimated cost of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The first conjectures.
    pub conjectures: Vec<String>,
    /// Seconds of an iteration.
    pub iteration_seconds: f64,
    /// Seconds of the run.
    pub run_seconds: f64,
    /// The most memory that this process had, in bytes, if the system reports it.
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
        staleness: 0,
        ..config.clone()
    }
}

/// Estimates the time and disk space of a run of `config`, from an iteration of `selfplay`, whose settings are those of
/// [`trial`]; `drafting` extracts the seconds of drafting from its figures. Nothing is written.
///
/// # Errors
/// When the iteration fails.
pub fn estimate<S: Subject>(
    config: &Config,
    selfplay: &mut Play<S>,
    drafting: impl Fn(&S::Figures) -> f64,
) -> Result<Estimate, DriveError>
where
    DriveError: From<PlayError<S::Error>>,
{
    let start = Instant::now();
    let small = trial(config);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.thread_count()).build()?;
    let round = pool.install(|| selfplay.iterate(1, &Silent))?;
    let metrics = &round.metrics;
    let ratio = |whole: f64, part: f64| if part > 0.0 { whole / part } else { 0.0 };
    let (goals, small_work, work) = match config.is_questions() {
        true => (0.0, f64::from(small.questions), f64::from(config.questions)),
        false => (metrics.goals_total as f64, f64::from(small.conjectures), f64::from(config.conjectures)),
    };
    let attempts = metrics.attempt_seconds * ratio(goals + work, goals + small_work);
    let drafts = drafting(&metrics.own) * ratio(work, small_work);
    let training = metrics.train_seconds * ratio(config.train_steps.into(), small.train_steps.into());
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
fn conjectures(examples: &[Example]) -> Vec<String> {
    let statements = examples.iter().filter_map(|example| match example {
        Example::Conjecture { statement, .. } => Some(statement.clone()),
        _ => None,
    });
    statements.take(SHOWN).collect()
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
        let estimate = estimate(&config, &mut selfplay, |figures| figures.draft_seconds).unwrap();
        assert!(estimate.iteration_seconds > 0.0 && estimate.run_seconds == 4.0 * estimate.iteration_seconds);
        assert!(estimate.conjectures.iter().any(|text| text.contains("nat")), "{:?}", estimate.conjectures);
    }
}
