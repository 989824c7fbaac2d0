//! How hard a statement was: by the likelihood of its proof under the policy, among the proofs of one iteration.

use crate::network::Difficulty;

/// The difficulty of each statement: `log_priors[i]` is the logarithm of the probability that the policy gives to its
/// proof (a sum over the proof's steps), `None` where there is no proof. `percentiles` are the shares of the proofs, in
/// percent from the least likely on, up to which a statement is hard, easy and trivial.
pub fn difficulties(log_priors: &[Option<f64>], percentiles: [f64; 3]) -> Vec<Difficulty> {
    let mut order: Vec<usize> = (0..log_priors.len()).filter(|&i| log_priors[i].is_some()).collect();
    order.sort_by(|&a, &b| log_priors[a].partial_cmp(&log_priors[b]).unwrap_or(std::cmp::Ordering::Equal));
    let mut labels = vec![Difficulty::Fail; log_priors.len()];
    let count = order.len() as f64;
    for (rank, &index) in order.iter().enumerate() {
        // The share of proofs up to and including this one; equal likelihoods keep the order in which they came.
        let share = 100.0 * (rank as f64 + 0.5) / count;
        labels[index] = match percentiles {
            [hard, _, _] if share <= hard => Difficulty::Hard,
            [_, easy, _] if share <= easy => Difficulty::Easy,
            _ => Difficulty::Trivial,
        };
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use Difficulty::{Easy, Fail, Hard, Trivial};

    #[test]
    fn percentiles_cut_the_proofs_from_the_least_likely_on() {
        let priors: Vec<Option<f64>> = (0..10).map(|i| Some(-f64::from(i))).collect();
        let labels = difficulties(&priors, [20.0, 50.0, 100.0]);
        let expected = [Trivial, Trivial, Trivial, Trivial, Trivial, Easy, Easy, Easy, Hard, Hard];
        assert_eq!(labels, expected);
    }

    #[test]
    fn what_has_no_proof_is_a_failure_and_does_not_count() {
        assert_eq!(
            difficulties(&[None, Some(-1.0), None, Some(-9.0)], [20.0, 50.0, 100.0]),
            [Fail, Trivial, Fail, Easy]
        );
        assert_eq!(difficulties(&[None], [20.0, 50.0, 100.0]), [Fail]);
    }
}
