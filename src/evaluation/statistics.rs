//! Intervals and tests for counts of successes.

use serde::{Deserialize, Serialize};

/// The quantile of the standard normal distribution that leaves 2.5 % above it: intervals are of 95 %.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// An interval of 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// The confidence interval of the probability of a success, after `successes` in `trials`; `0..=1` after no trials.
    ///
    /// E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927): the
    /// probabilities `p` with `|successes / trials - p| <= z sqrt(p (1 - p) / trials)`.
    pub fn of_share(successes: usize, trials: usize) -> Self {
        Self::of_sum(successes as f64, trials)
    }

    /// The same for figures in 0..=1, of which the sum is known: they vary at most as much as successes and failures with that
    /// mean.
    pub fn of_sum(sum: f64, trials: usize) -> Self {
        if trials == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let (trials, share) = (trials as f64, sum / trials as f64);
        let square = NORMAL_QUANTILE * NORMAL_QUANTILE / trials;
        let centre = (share + square / 2.0) / (1.0 + square);
        let half = NORMAL_QUANTILE * (share * (1.0 - share) / trials + square / (4.0 * trials)).sqrt() / (1.0 + square);
        Self { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }
}

/// Two contestants on the same trials: how many trials each of the four results has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// Both succeeded.
    pub both: usize,
    /// Only the one looked at.
    pub wins: usize,
    /// Only the other one.
    pub losses: usize,
    /// Neither.
    pub neither: usize,
}

impl Paired {
    /// Counts the results of two contestants, trial by trial.
    pub fn new(results: impl Iterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for result in results {
            *match result {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.wins,
                (false, true) => &mut counts.losses,
                (false, false) => &mut counts.neither,
            } += 1;
        }
        counts
    }

    /// The number of trials.
    pub fn trials(&self) -> usize {
        self.both + self.wins + self.losses + self.neither
    }

    /// The probability of wins and losses at least as uneven as these if both succeed equally often: the exact form of
    /// McNemar's test, which is the sign test of the trials that only one of them succeeded in (two-sided).
    ///
    /// Q. McNemar, *Note on the sampling error of the difference between correlated proportions or percentages*,
    /// Psychometrika 12 (1947). With `n` such trials and `k` the smaller count, it is twice the sum of
    /// `binomial(n, i) / 2^n` over `i <= k`, and 1 at most.
    pub fn p_value(&self) -> f64 {
        let (count, least) = (self.wins + self.losses, self.wins.min(self.losses));
        // In logarithms: the powers of two leave the range of numbers.
        let mut log_term = -(count as f64) * std::f64::consts::LN_2;
        let mut sum = log_term.exp();
        for i in 1..=least {
            log_term += ((count - i + 1) as f64 / i as f64).ln();
            sum += log_term.exp();
        }
        (2.0 * sum).min(1.0)
    }

    /// The difference of the shares of successes, positive where the one looked at has more.
    pub fn difference(&self) -> f64 {
        (self.wins as f64 - self.losses as f64) / self.trials().max(1) as f64
    }

    /// The confidence interval of that difference.
    ///
    /// R. G. Newcombe, *Improved confidence intervals for the difference between binomial proportions based on paired
    /// data*, Statistics in Medicine 17 (1998), method 10: from the two intervals of Wilson, with the correlation of
    /// the successes, corrected for continuity.
    pub fn interval(&self) -> Interval {
        let trials = self.trials();
        if trials == 0 {
            return Interval { low: -1.0, high: 1.0 };
        }
        let (ours, others) = (self.both + self.wins, self.both + self.losses);
        let share = |successes: usize| successes as f64 / trials as f64;
        let (first, second) = (Interval::of_share(ours, trials), Interval::of_share(others, trials));
        let correlation = self.correlation();
        let length = |a: f64, b: f64| (a * a - 2.0 * correlation * a * b + b * b).max(0.0).sqrt();
        let below = length(share(ours) - first.low, second.high - share(others));
        let above = length(first.high - share(ours), share(others) - second.low);
        Interval { low: self.difference() - below, high: self.difference() + above }
    }

    /// The correlation of the two contestants' successes, the smaller by half a trial where it is positive.
    fn correlation(&self) -> f64 {
        let [both, wins, losses, neither] = [self.both, self.wins, self.losses, self.neither].map(|count| count as f64);
        let margins = (both + wins) * (losses + neither) * (both + losses) * (wins + neither);
        let product = both * neither - wins * losses;
        let corrected = if product > 0.0 { (product - self.trials() as f64 / 2.0).max(0.0) } else { product };
        if margins > 0.0 { corrected / margins.sqrt() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(interval: Interval, low: f64, high: f64) {
        assert!((interval.low - low).abs() < 5e-5 && (interval.high - high).abs() < 5e-5, "{interval:?}");
    }

    #[test]
    fn intervals_of_shares_are_wilsons() {
        // R. G. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I.
        close(Interval::of_share(81, 263), 0.2553, 0.3662);
        close(Interval::of_share(15, 148), 0.0624, 0.1605);
        close(Interval::of_share(0, 20), 0.0, 0.1611);
        close(Interval::of_share(1, 29), 0.0061, 0.1718);
        close(Interval::of_share(8, 10), 0.4902, 0.9433);
        assert_eq!(Interval::of_share(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn the_sign_test_is_exact() {
        let p = |wins, losses| Paired { wins, losses, both: 7, neither: 3 }.p_value();
        assert_eq!((p(0, 0), p(1, 1), p(3, 3)), (1.0, 1.0, 1.0));
        assert!((p(9, 1) - 22.0 / 1024.0).abs() < 1e-15);
        assert_eq!(p(1, 9), p(9, 1));
        assert!((p(6, 0) - 2.0 / 64.0).abs() < 1e-15);
        // Beyond the powers of two that numbers have: the normal distribution with the correction for continuity.
        assert!((p(2_100, 1_900) - 0.001_653).abs() < 1e-5, "{}", p(2_100, 1_900));
    }

    #[test]
    fn intervals_of_differences_are_newcombes() {
        // Table II of Newcombe's paper, method 10.
        let paired = Paired { both: 36, wins: 12, losses: 2, neither: 0 };
        assert_eq!(paired.difference(), 0.2);
        close(paired.interval(), 0.0569, 0.3404);
        let turned = Paired { both: 36, wins: 2, losses: 12, neither: 0 };
        close(turned.interval(), -0.3404, -0.0569);
        let same = Paired { both: 5, wins: 0, losses: 0, neither: 5 }.interval();
        assert!(same.low < 0.0 && (same.low + same.high).abs() < 1e-12, "{same:?}");
        assert_eq!(Paired::default().interval(), Interval { low: -1.0, high: 1.0 });
    }

    #[test]
    fn results_are_counted_in_pairs() {
        let results = [(true, true), (true, false), (true, false), (false, true), (false, false)];
        let counted = Paired::new(results.into_iter());
        assert_eq!(counted, Paired { both: 1, wins: 2, losses: 1, neither: 1 });
        assert_eq!(counted.trials(), 5);
    }
}
