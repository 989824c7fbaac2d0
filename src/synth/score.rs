//! Figures of programs: pass@k, n@k, scores by the number of programs, and how many a score would take.

use serde::Serialize;

use super::attempt::Sample;
use crate::evaluation::Interval;

/// A mean over problems of figures in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Where it lies, with 95 % confidence.
    pub interval: Interval,
}

impl Mean {
    /// The mean of some figures.
    ///
    /// The interval is Wilson's for successes and failures with that mean: figures in 0..=1 vary at most as much.
    pub fn of(figures: &[f64]) -> Self {
        let sum: f64 = figures.iter().sum();
        Self { mean: sum / figures.len().max(1) as f64, interval: Interval::of_sum(sum, figures.len()) }
    }
}

/// Whether a program gets all private instances right.
fn is_right(sample: &Sample) -> bool {
    sample.private_share() == 1.0
}

/// The best of the first `k` programs by the share of public instances; of equal ones the first.
pub fn chosen(samples: &[Sample], k: usize) -> Option<&Sample> {
    samples.iter().take(k).reduce(|best, next| if next.public_share() > best.public_share() { next } else { best })
}

/// The share of private instances that the program gets right which is chosen of the first `k`.
pub fn score(samples: &[Sample], k: usize) -> f64 {
    chosen(samples, k).map_or(0.0, Sample::private_share)
}

/// Whether one of `n` of the first `k` programs, chosen by the share of public instances, gets all private ones right.
pub fn n_at_k(samples: &[Sample], n: usize, k: usize) -> bool {
    let mut first: Vec<&Sample> = samples.iter().take(k).collect();
    // Stable: of equal ones the first.
    first.sort_by(|a, b| b.public_share().total_cmp(&a.public_share()));
    first.into_iter().take(n).any(is_right)
}

/// The chance that one of `k` programs, drawn of all, gets all private instances right; without drawing.
///
/// With `n` programs of which `c` are right it is `1 - binomial(n - c, k) / binomial(n, k)`; with fewer than `k` programs, whether
/// one is right. Source: Chen et al., *Evaluating Large Language Models Trained on Code* (2021).
pub fn pass_at_k(samples: &[Sample], k: usize) -> f64 {
    let count = samples.len();
    let right = samples.iter().filter(|sample| is_right(sample)).count();
    if right == 0 || k == 0 {
        return 0.0;
    }
    if count - right < k {
        return 1.0;
    }
    let missed: f64 = (count - right + 1..=count).map(|i| 1.0 - k as f64 / i as f64).product();
    1.0 - missed
}

/// How many programs a score takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needed {
    /// So many were enough.
    Measured(usize),
    /// So many would be, if the score goes on growing with the logarithm of their number.
    Extrapolated(f64),
    /// It does not grow.
    Never,
}

/// How many programs a score takes, from scores at numbers of programs: the first number that reaches it, or else where the
/// straight line through the scores over the logarithm of the number does (least squares).
pub fn needed(curve: &[(usize, f64)], wanted: f64) -> Needed {
    if let Some((number, _)) = curve.iter().find(|(_, score)| *score >= wanted) {
        return Needed::Measured(*number);
    }
    let points: Vec<(f64, f64)> = curve.iter().map(|(number, score)| ((*number as f64).ln(), *score)).collect();
    let count = points.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    let slope = covariance / variance;
    if !(slope.is_finite() && slope > 1e-9) {
        return Needed::Never;
    }
    Needed::Extrapolated((mean_x + (wanted - mean_y) / slope).exp())
}

/// The numbers of programs at which scores are looked at: 1, 2, 5, 10, ... and the most.
pub fn numbers(most: usize) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut power = 1_usize;
    while power < most && power < usize::MAX / 10 {
        numbers.extend([power, 2 * power, 5 * power].into_iter().filter(|number| *number < most));
        power *= 10;
    }
    numbers.push(most);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::instance::Verdict::{Right, Wrong};

    fn sample(public: usize, private: usize) -> Sample {
        let verdicts = |right: usize| (0..4).map(|index| if index < right { Right } else { Wrong }).collect();
        Sample { program: String::new(), public: verdicts(public), private: verdicts(private), seconds: 0.0 }
    }

    #[test]
    fn the_first_of_the_best_by_public_instances_is_chosen() {
        let samples = [sample(1, 4), sample(3, 2), sample(3, 4), sample(4, 3)];
        assert_eq!([1, 2, 3, 4, 9].map(|k| score(&samples, k)), [1.0, 0.5, 0.5, 0.75, 0.75]);
        assert_eq!(score(&[], 5), 0.0);
        assert!(n_at_k(&samples, 1, 1) && !n_at_k(&samples, 1, 2) && n_at_k(&samples, 2, 2));
        assert!(!n_at_k(&samples, 1, 3) && n_at_k(&samples, 2, 3) && !n_at_k(&samples, 1, 4) && n_at_k(&samples, 3, 4));
    }

    #[test]
    fn pass_at_k_is_the_chance_of_a_draw() {
        let samples = [sample(0, 4), sample(0, 0), sample(0, 4), sample(0, 1), sample(0, 0)];
        // Two of five are right: one draw, and 1 - (3 * 2) / (5 * 4) for two.
        assert!((pass_at_k(&samples, 1) - 0.4).abs() < 1e-12);
        assert!((pass_at_k(&samples, 2) - 0.7).abs() < 1e-12);
        assert_eq!((pass_at_k(&samples, 4), pass_at_k(&samples, 9), pass_at_k(&samples[1..2], 1)), (1.0, 1.0, 0.0));
    }

    #[test]
    fn what_a_score_takes_is_measured_or_extrapolated() {
        assert_eq!(needed(&[(1, 0.2), (10, 0.95), (100, 1.0)], 0.9), Needed::Measured(10));
        let Needed::Extrapolated(number) = needed(&[(1, 0.2), (10, 0.4), (100, 0.6)], 0.9) else { panic!() };
        // 0.2 a power of ten: 10 to the 3.5.
        assert!((number.log10() - 3.5).abs() < 1e-9, "{number}");
        assert_eq!(needed(&[(1, 0.5), (10, 0.5)], 0.9), Needed::Never);
        assert_eq!(needed(&[(1, 0.5)], 0.9), Needed::Never);
        assert_eq!(needed(&[], 0.9), Needed::Never);
        assert_eq!(numbers(100), [1, 2, 5, 10, 20, 50, 100]);
        assert_eq!(numbers(1), [1]);
        assert_eq!(numbers(7), [1, 2, 5, 7]);
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_successes() {
        let mean = Mean::of(&[1.0, 0.5, 0.5, 0.0]);
        assert_eq!((mean.mean, mean.interval), (0.5, Interval::of_share(2, 4)));
        assert_eq!(Mean::of(&[]).interval, Interval { low: 0.0, high: 1.0 });
    }
}
