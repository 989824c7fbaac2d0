//! Training targets of a policy from a search: how good the actions of a state are.

use super::Problem;
use super::view::{EdgeStatus, NodeStatus, NodeView};

/// Weights below this share of the whole teach nothing.
const LEAST: f64 = 1e-3;

/// Distribution over the actions of a state towards which a policy is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Targets {
    /// The action that solved the state, alone; of states that are not solved none.
    #[default]
    Proof,
    /// Shares of visits (D. Silver et al., *Mastering the game of Go without human knowledge*, 2017); where the state
    /// is solved, the action that solved it.
    Visits,
    /// `p exp(Q / lambda)`: of all distributions the one of the largest expected value `Q` less `lambda` times the
    /// divergence from the prior `p` (J.-B. Grill et al., *Monte-Carlo tree search as regularized policy optimization*,
    /// 2020).
    Improved,
}

/// The target weights of an expanded state's actions, by index; they sum to 1. Empty if the state gives no target.
/// `lambda` is that of [`Targets::Improved`], above 0.
pub fn targets<P: Problem>(node: &NodeView<'_, P>, targets: Targets, lambda: f64) -> Vec<(usize, f32)> {
    let solver = node.solving_edge().map(|edge| edge.index());
    match (targets, solver) {
        (Targets::Proof | Targets::Visits, Some(solver)) => vec![(solver, 1.0)],
        (Targets::Proof, None) => Vec::new(),
        // Of a state that is dead no action is better than another.
        (_, None) if node.status() == NodeStatus::Dead => Vec::new(),
        (Targets::Visits, None) => shares(node.edges().map(|edge| match edge.status() {
            EdgeStatus::Dead => 0.0,
            _ => f64::from(edge.visits()),
        })),
        (Targets::Improved, _) => {
            // What was not tried is worth what the state is.
            let unknown = f64::from(node.estimate().unwrap_or(0.0));
            shares(node.edges().map(|edge| {
                let value = match edge.status() {
                    EdgeStatus::Solved => 1.0,
                    EdgeStatus::Dead => 0.0,
                    _ if edge.visits() == 0 => unknown,
                    _ => f64::from(edge.value()),
                };
                // Relative to the largest value there is, so that nothing overflows.
                f64::from(edge.prior()) * ((value - 1.0) / lambda).exp()
            }))
        }
    }
}

/// Weights as shares of their sum, small ones left out.
fn shares(weights: impl Iterator<Item = f64>) -> Vec<(usize, f32)> {
    let weights: Vec<f64> = weights.collect();
    let kept =
        |sum: f64| weights.iter().enumerate().filter(move |(_, weight)| **weight > 0.0 && **weight >= LEAST * sum);
    let sum: f64 = weights.iter().sum();
    let rest: f64 = kept(sum).map(|(_, weight)| weight).sum();
    if rest > 0.0 { kept(sum).map(|(index, weight)| (index, (weight / rest) as f32)).collect() } else { Vec::new() }
}
