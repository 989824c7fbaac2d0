//! Schedules of `alpha`, the weight of the progress towards a run's goals.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Dependence of `alpha` on the iteration. Written and parsed by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// `a`
    Constant,
    /// `a (t/T)`
    Linear,
    /// `a (t/T)^2`
    Quadratic,
    /// `a (t/T)^3`
    Cubic,
    /// `a (1 - cos(pi t/T)) / 2`
    Cos,
    /// `a` times the ratio of proved to attempted conjectures of the iteration before; 0 at the first.
    #[default]
    Ratio,
}

impl Schedule {
    /// All schedules.
    pub const ALL: [Schedule; 6] =
        [Schedule::Constant, Schedule::Linear, Schedule::Quadratic, Schedule::Cubic, Schedule::Cos, Schedule::Ratio];

    /// `alpha` of iteration `t` of `0..=last`, for the configured `maximum` `a`. `ratio_before` is proved / attempted
    /// conjectures of the iteration before, `None` at the first. Iterations after the last count as the last; if there
    /// is only one (`last` = 0), `t / T` is 0.
    pub fn alpha(self, maximum: f64, t: usize, last: usize, ratio_before: Option<f64>) -> f64 {
        let x = if last == 0 { 0.0 } else { t.min(last) as f64 / last as f64 };
        maximum
            * match self {
                Schedule::Constant => 1.0,
                Schedule::Linear => x,
                Schedule::Quadratic => x * x,
                Schedule::Cubic => x * x * x,
                Schedule::Cos => (1.0 - (std::f64::consts::PI * x).cos()) / 2.0,
                Schedule::Ratio => ratio_before.unwrap_or(0.0),
            }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Schedule::Constant => "constant",
            Schedule::Linear => "linear",
            Schedule::Quadratic => "quadratic",
            Schedule::Cubic => "cubic",
            Schedule::Cos => "cos",
            Schedule::Ratio => "ratio",
        })
    }
}

/// A name that is not a schedule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown schedule `{0}`: expected constant, linear, quadratic, cubic, cos or ratio")]
pub struct UnknownSchedule(String);

impl FromStr for Schedule {
    type Err = UnknownSchedule;

    fn from_str(name: &str) -> Result<Self, UnknownSchedule> {
        Schedule::ALL.into_iter().find(|s| s.to_string() == name).ok_or_else(|| UnknownSchedule(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas() {
        // Columns: t = 0, 2, 4 of T = 8, and t = 8; a = 0.4; ratio before 0.25.
        let table = [
            (Schedule::Constant, [0.4, 0.4, 0.4, 0.4]),
            (Schedule::Linear, [0.0, 0.1, 0.2, 0.4]),
            (Schedule::Quadratic, [0.0, 0.025, 0.1, 0.4]),
            (Schedule::Cubic, [0.0, 0.006_25, 0.05, 0.4]),
            (Schedule::Cos, [0.0, 0.2 * (1.0 - 0.5f64.sqrt()), 0.2, 0.4]),
            (Schedule::Ratio, [0.1, 0.1, 0.1, 0.1]),
        ];
        for (schedule, expected) in table {
            for (t, expected) in [0, 2, 4, 8].into_iter().zip(expected) {
                let alpha = schedule.alpha(0.4, t, 8, Some(0.25));
                assert!((alpha - expected).abs() < 1e-12, "{schedule} at {t}: {alpha}");
            }
            assert_eq!(schedule.alpha(0.4, 100, 8, Some(0.25)), schedule.alpha(0.4, 8, 8, Some(0.25)));
            assert!(schedule.alpha(0.4, 0, 0, None).is_finite());
        }
        assert_eq!(Schedule::Ratio.alpha(0.4, 0, 8, None), 0.0);
    }

    #[test]
    fn names_round_trip() {
        for schedule in Schedule::ALL {
            assert_eq!(schedule.to_string().parse(), Ok(schedule));
            assert_eq!(serde_json::to_string(&schedule).unwrap(), format!("\"{schedule}\""));
        }
        assert!("Linear".parse::<Schedule>().is_err());
    }
}
