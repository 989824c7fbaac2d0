//! The figures of an iteration: a line of `metrics.jsonl`.

use serde::{Deserialize, Serialize};

/// The figures of one iteration. The fields stand in the line in this order, and [`extra`](Self::extra) after them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The iteration, from 1.
    pub iteration: u32,
    /// Mean training loss over the iteration, nats a token; `None` (JSON `null`) where nothing was trained.
    pub train_loss: Option<f64>,
    /// Negative mean log-probability a token, in nats, of the goals as hard conjectures; `None` where not measured.
    pub progress_loss: Option<f64>,
    /// Weight of the progress loss.
    pub alpha: f64,
    /// Conjectures attempted.
    pub attempted: u64,
    /// Conjectures proved, of those attempted.
    pub proved: u64,
    /// `proved / attempted`, 0 where none was attempted.
    pub ratio_proved: f64,
    /// Goals proved so far, in this iteration or before.
    pub goals_proved: u64,
    /// Goals of the run.
    pub goals_total: u64,
    /// Nodes expanded in all attempts.
    pub nodes: u64,
    /// Nodes expanded a second of attempts.
    pub nodes_per_second: f64,
    /// Wall-clock seconds of the iteration.
    pub seconds: f64,
    /// Further figures.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// Why metrics cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("metrics line {line}: {source}")]
pub struct MetricsError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub source: serde_json::Error,
}

impl Metrics {
    /// `part / whole`, such as statements proved of those attempted; 0 where the whole is 0.
    pub fn ratio(part: u64, whole: u64) -> f64 {
        if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
    }

    /// One line of JSON, without its end. Numbers that are not finite are written as `null`.
    pub fn line(&self) -> String {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let or_zero = |value: f64| if value.is_finite() { value } else { 0.0 };
        let clean = Self {
            train_loss: finite(self.train_loss),
            progress_loss: finite(self.progress_loss),
            alpha: or_zero(self.alpha),
            ratio_proved: or_zero(self.ratio_proved),
            nodes_per_second: or_zero(self.nodes_per_second),
            seconds: or_zero(self.seconds),
            ..self.clone()
        };
        // Strings as keys and numbers as values: there is nothing that serde_json could refuse.
        serde_json::to_string(&clean).unwrap_or_default()
    }

    /// Reads the bytes of a `metrics.jsonl`. A last line that was cut off is passed over.
    ///
    /// # Errors
    /// When another line is not one of metrics.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, MetricsError> {
        read_lines(bytes).map(|lines| lines.into_iter().map(|(metrics, _)| metrics).collect())
    }
}

/// Reads lines, each with its text. A last line that was cut off is passed over.
pub(super) fn read_lines(bytes: &[u8]) -> Result<Vec<(Metrics, &str)>, MetricsError> {
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
        metrics.seconds = 2.0;
        metrics.extra.insert("hindsight".into(), 7.into());
        assert_eq!(
            metrics.line(),
            "{\"iteration\":3,\"train_loss\":1.5,\"progress_loss\":null,\"alpha\":0.0,\"attempted\":50,\"proved\":10,\
             \"ratio_proved\":0.2,\"goals_proved\":0,\"goals_total\":0,\"nodes\":0,\"nodes_per_second\":0.0,\
             \"seconds\":2.0,\"hindsight\":7}"
        );
        metrics.progress_loss = None;
        assert_eq!(Metrics::read(metrics.line().as_bytes()).unwrap(), [metrics]);
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
                metrics.extra.insert(format!("x{name}"), name.clone().into());
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
