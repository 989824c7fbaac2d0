//! The figures of an iteration: a line of `metrics.jsonl`.

use super::workforce::WorkerFigures;
use crate::learn::TrainReport;
use crate::network::batcher::BatchStatistics;
use crate::network::network::Statistics;
use serde::Serialize;
use std::collections::BTreeMap;

/// Defines a struct of figures, each with its comment, and `DOCUMENTATION`: the names and the comments, in order.
macro_rules! figures {
    ($(#[$meta:meta])* pub struct $name:ident $(<$parameter:ident = $default:ty>)? {
        $($(#[doc = $doc:literal])+ $(#[serde($($serde:tt)*)])? pub $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(default)]
        pub struct $name $(<$parameter = $default>)? {
            $($(#[doc = $doc])+ $(#[serde($($serde)*)])? pub $field: $type,)*
        }

        impl $name {
            /// Each figure's name and description, in the order of a line.
            pub const DOCUMENTATION: &[(&str, &str)] = &[$((stringify!($field), concat!($($doc),+)),)*];
        }
    };
}

pub(crate) use figures;

figures! {
    /// The figures of one iteration: those of every run, in this order, and those of its
    /// [subject](super::play::Subject).
    pub struct Metrics<F = serde_json::Map<String, serde_json::Value>> {
        /// Number of the iteration, from 1.
        pub iteration: u32,
        /// Mean training loss over the steps of the iteration, nats; null where nothing was trained.
        pub train_loss: Option<f64>,
        /// Negative mean log-probability a token, in nats, of the goals as hard conjectures, after training; null where
        /// not measured.
        pub progress_loss: Option<f64>,
        /// Weight of the progress loss in this iteration.
        pub alpha: f64,
        /// Conjectures, or questions, attempted; goals do not count.
        pub attempted: u64,
        /// Those that were proved, or answered by some graph.
        pub proved: u64,
        /// `proved / attempted`, 0 where none was attempted.
        pub ratio_proved: f64,
        /// Goals proved so far, in this iteration or before.
        pub goals_proved: u64,
        /// Goals of the run.
        pub goals_total: u64,
        /// Nodes expanded in all attempts, goals included.
        pub nodes: u64,
        /// Nodes expanded a second of attempts.
        pub nodes_per_second: f64,
        /// Wall-clock seconds of the iteration, without writing it down.
        pub seconds: f64,
        /// Mean loss of choices of actions, nats.
        pub policy_loss: Option<f64>,
        /// Mean loss of values, nats.
        pub value_loss: Option<f64>,
        /// Mean loss a token of conjectures, nats.
        pub conjecture_loss: Option<f64>,
        /// Divergence of the network after training from the one before, nats a choice, on choices of its own in this
        /// iteration; null where it made none.
        pub divergence: Option<f64>,
        /// Examples of this iteration.
        pub examples: u64,
        /// Tokens computed in training.
        pub train_tokens: u64,
        /// Seconds of training.
        pub train_seconds: f64,
        /// Seconds of the attempts together, wall clock.
        pub attempt_seconds: f64,
        /// States that the network judged.
        pub evaluations: u64,
        /// Of these, states found in the cache.
        pub cache_hits: u64,
        /// States too long for the context.
        pub states_cut: u64,
        /// Actions too long for the context.
        pub actions_cut: u64,
        /// Batches of the judged states.
        pub eval_batches: u64,
        /// Mean number of computed states of a batch.
        pub eval_batch_mean: f64,
        /// Tokens computed to judge states.
        pub eval_tokens: u64,
        /// Tokens of states whose keys and values were known from another state.
        pub eval_tokens_reused: u64,
        /// Batches that attempts on several threads filled together (`eval_wait`).
        pub eval_shared_batches: u64,
        /// Mean number of states of such a batch.
        pub eval_shared_batch_mean: f64,
        /// Seconds that attempts waited for batches to fill (`eval_wait`), summed over the attempts.
        pub eval_wait_seconds: f64,
        /// States with a choice of actions that is kept as a training example.
        pub archive: u64,
        /// Mean number of networks that are newer than the one that made a result, when it is learned from (`staleness`).
        pub staleness: f64,
        /// The greatest such number.
        pub staleness_max: u64,
        /// Attempts that were still being made when the iteration ended.
        pub late: u64,
        /// Workers at a broker whose answers came in the iteration.
        pub workers: u64,
        /// Seconds that attempts took the workers, summed.
        pub worker_seconds: f64,
        /// Answers of workers that were of no use, such as proofs that the kernel refuses.
        pub answers_refused: u64,
        /// Workers that were excluded, since too many of their answers were of no use.
        pub workers_left_out: u64,
        /// Whether the previous network was kept because the new one was worse on the validation statements.
        pub network_refused: bool,
        /// Wall-clock seconds by phase.
        pub phase_seconds: BTreeMap<String, f64>,
        /// Share of its threads' time in which the processor worked for the run; null where the system does not say.
        pub processor_share: Option<f64>,
        /// Share of the iteration in which the GPU that computes for the network had work, copies included; null
        /// without a GPU.
        pub device_share: Option<f64>,
        /// The figures of the subject; for lines of any subject, the entries beside those above.
        #[serde(flatten)]
        pub own: F,
    }
}

/// An error in a file of metrics.
#[derive(Debug, thiserror::Error)]
#[error("metrics line {line}: {source}")]
pub struct MetricsError {
    /// The line, from 1.
    pub line: usize,
    /// The error of the parser.
    pub source: serde_json::Error,
}

/// `part / whole`, such as statements proved of those attempted; 0 where the whole is 0.
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl<F> Metrics<F> {
    /// Fills in the results of training.
    pub fn trained(&mut self, report: &TrainReport) {
        self.train_loss = report.train_loss;
        self.progress_loss = report.progress_loss;
        self.policy_loss = report.policy_loss;
        self.value_loss = report.value_loss;
        self.conjecture_loss = report.conjecture_loss;
        self.divergence = report.divergence;
        self.train_tokens = report.tokens as u64;
        self.train_seconds = report.seconds;
    }

    /// Fills in the network's statistics, and the batches that attempts shared. The seconds of the iteration are known.
    pub fn evaluated(&mut self, network: Statistics, shared: BatchStatistics) {
        self.evaluations = network.evaluations;
        self.cache_hits = network.cache_hits;
        self.states_cut = network.states_cut;
        self.actions_cut = network.actions_cut;
        self.eval_batches = network.batches;
        self.eval_batch_mean = ratio(network.evaluations - network.cache_hits, network.batches);
        self.eval_tokens = network.tokens;
        self.eval_tokens_reused = network.tokens_reused;
        self.eval_shared_batches = shared.batches;
        self.eval_shared_batch_mean = ratio(shared.states, shared.batches);
        self.eval_wait_seconds = shared.wait_seconds;
        let busy = network.device_nanoseconds.map(|nanoseconds| nanoseconds as f64 / 1e9);
        self.device_share = busy.filter(|_| self.seconds > 0.0).map(|busy| (busy / self.seconds).min(1.0));
    }

    /// Fills in the figures of the workers.
    pub fn worked(&mut self, figures: WorkerFigures) {
        self.workers = figures.workers;
        self.worker_seconds = figures.seconds;
        self.answers_refused = figures.refused;
        self.workers_left_out = figures.left_out;
    }

    /// Fills in the figures that follow from others.
    pub fn complete(&mut self) {
        self.ratio_proved = ratio(self.proved, self.attempted);
        self.nodes_per_second = if self.attempt_seconds > 0.0 { self.nodes as f64 / self.attempt_seconds } else { 0.0 };
    }
}

impl<F: Serialize> Metrics<F> {
    /// One line of JSON, without its end. Numbers that are not finite are written as `null`.
    pub fn line(&self) -> String {
        // Strings as keys, and numbers, texts and lists of such as values: there is nothing to refuse.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same by name.
    pub fn values(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(values)) => values,
            _ => serde_json::Map::new(),
        }
    }
}

impl Metrics {
    /// Reads the bytes of a `metrics.jsonl`. An incomplete last line is ignored.
    ///
    /// # Errors
    /// When another line is not one of metrics.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, MetricsError> {
        read_lines(bytes).map(|lines| lines.into_iter().map(|(metrics, _)| metrics).collect())
    }
}

/// Reads lines, each with its text. An incomplete last line is ignored.
pub(crate) fn read_lines(bytes: &[u8]) -> Result<Vec<(Metrics, &str)>, MetricsError> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let (line, after, whole) = match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => (&rest[..end], &rest[end + 1..], true),
            None => (rest, &rest[rest.len()..], false),
        };
        rest = after;
        let text = str::from_utf8(line).unwrap_or("\u{fffd}");
        match serde_json::from_str(text) {
            Ok(Metrics { iteration: 0, .. }) if whole => {
                return Err(MetricsError {
                    line: number,
                    source: serde::de::Error::custom("no number of an iteration"),
                });
            }
            Ok(metrics) => lines.push((metrics, text)),
            Err(_) if !whole => {}
            Err(_) if text.trim().is_empty() => {}
            Err(source) => return Err(MetricsError { line: number, source }),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn metrics(iteration: u32) -> Metrics {
        Metrics { iteration, train_loss: Some(1.5), attempted: 50, proved: 10, ratio_proved: 0.2, ..Metrics::default() }
    }

    #[test]
    fn line_has_the_fields_in_order_and_extra_ones_after() {
        let mut metrics = metrics(3);
        metrics.progress_loss = Some(f64::NAN);
        metrics.own.insert("hindsight".into(), 7.into());
        let line = metrics.line();
        let names: Vec<&str> = line.split(['{', ',']).filter_map(|field| field.split('"').nth(1)).collect();
        let documented = Metrics::DOCUMENTATION.iter().map(|(name, _)| *name).filter(|name| *name != "own");
        assert_eq!(names, documented.chain(["hindsight"]).collect::<Vec<_>>());
        assert!(line.starts_with("{\"iteration\":3,\"train_loss\":1.5,\"progress_loss\":null,"), "{line}");
        metrics.progress_loss = None;
        assert_eq!(Metrics::read(metrics.line().as_bytes()).unwrap(), [metrics]);
    }

    #[test]
    fn lines_of_early_versions_are_read() {
        let text = "{\"iteration\":2,\"attempted\":4,\"asked\":3}\n";
        let [metrics] = &Metrics::read(text.as_bytes()).unwrap()[..] else { panic!() };
        assert_eq!((metrics.attempted, metrics.seconds, &metrics.own["asked"]), (4, 0.0, &3.into()));
        assert_eq!(Metrics::read(b"{\"attempted\":4}\n").unwrap_err().line, 1);
    }

    #[test]
    fn every_figure_is_documented() {
        use crate::selfplay::{proofs::ProofFigures, questions::QuestionFigures};
        for (name, figures) in [
            ("figures of run", Metrics::DOCUMENTATION),
            ("figures of proofs", ProofFigures::DOCUMENTATION),
            ("figures of questions", QuestionFigures::DOCUMENTATION),
        ] {
            let rows = figures.iter().filter(|(name, _)| *name != "own");
            let rows = rows.map(|(name, what)| format!("| `{name}` | {} |\n", what.trim().trim_end_matches('.')));
            let table = format!("| figure | what it is |\n|---|---|\n{}", rows.collect::<String>());
            crate::documented::require_table("self-play.md", name, &table);
        }
    }

    #[test]
    fn bad_line_in_the_middle_is_an_error_with_its_number() {
        let text = format!("{}\n{{\"iteration\":\n{}\n", metrics(1).line(), metrics(2).line());
        assert_eq!(Metrics::read(text.as_bytes()).unwrap_err().line, 2);
    }

    proptest! {
        #[test]
        fn cutting_loses_the_cut_line_only(count in 0u32..6, fraction in 0.0..=1.0, name in "\\PC{0,4}") {
            let mut text = String::new();
            let mut ends = Vec::new();
            for iteration in 1..=count {
                let mut metrics = metrics(iteration);
                metrics.own.insert(format!("x{name}"), name.clone().into());
                text.push_str(&metrics.line());
                ends.push(text.len());
                text.push('\n');
            }
            let cut = (text.len() as f64 * fraction) as usize;
            let whole = ends.iter().filter(|&&end| end <= cut).count() as u32;
            let read = Metrics::read(&text.as_bytes()[..cut]).unwrap();
            prop_assert_eq!(read.iter().map(|m| m.iteration).collect::<Vec<_>>(), (1..=whole).collect::<Vec<_>>());
        }
    }
}
