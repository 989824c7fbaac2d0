//! Options of a search.

use super::complete::Completion;

/// Algorithm of a search: the order in which open edges are explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Descents from the root by PUCT; see [`Options::exploration`].
    #[default]
    #[serde(rename = "mcts")]
    #[value(name = "mcts", alias = "puct", help = "Descents from the root that weigh priors against values (PUCT)")]
    Puct,
    /// The edge with the greatest product of priors from the root on, along the edges that created the states.
    BestFirst,
    /// The edge met first. Evaluates states too, for the priors in the graph.
    BreadthFirst,
    /// Level by level; only the edges with the greatest products of priors lead to the next level.
    ///
    /// All states of a level are expanded. Of their edges, ordered by the product of the priors from the root on and
    /// then by arrival, as many as [`Options::width`] says go on; the others are given up. An edge takes room if it
    /// leads to an undecided state that the search did not meet before; all such subgoals of it make up the next
    /// level. A beam may run empty although the problem has a solution:
    /// [`StopReason::Other`](super::StopReason::Other) tells that from an exhausted problem. Source: Lowerre, *The
    /// HARPY Speech Recognition System* (1976).
    Beam,
    /// Repeated walks from the root that draw each edge with the probability that its prior gives.
    ///
    /// Drawn are edges not solved, not dead and not leading back onto the walk's path; where all of these have prior
    /// 0, they are equally likely. As many walks go on side by side as a [batch](Options::batch) holds, so that their
    /// states are evaluated together. A walk goes on from an edge to the unsolved subgoal visited least. It ends with
    /// a step that solves or fails, at a state that is decided or has no way on but back, and at the latest after `16
    /// L(n)` edges, if it is the `n`-th, where `L` is the sequence 1, 1, 2, 1, 1, 2, 4, 1, ... of Luby, Sinclair and
    /// Zuckerman, *Optimal Speedup of Las Vegas Algorithms* (Information Processing Letters 47, 1993). Without that
    /// limit, the first walk into an infinite part of the problem would be the last one; with it the search takes, up
    /// to a logarithmic factor, no longer than with the best fixed length. Visits count the walks through an
    /// edge.
    Sampling,
    /// Sequential Monte Carlo: as many particles as the [width](Options::width) says go on side by side, an edge at a time.
    ///
    /// A particle draws its edges as a walk of [`Sampling`](Self::Sampling) does. Its weight is multiplied by `V(s') / V(s)` where it
    /// goes from `s` to `s'`, and is 0 where it meets what is dead; where the effective number of particles, `(sum w)^2 /
    /// sum w^2`, falls under half of theirs, they are drawn anew by their weights (systematic resampling). What is solved or
    /// ended leaves the others behind, and when none is under way, the next particles start at the root, with the limits on length
    /// of sampling. Visits count the particles through an edge. Source: Lew et al., *Sequential Monte Carlo Steering of Large Language
    /// Models using Probabilistic Programs* (2023), there with potentials in place of values.
    Smc,
}

/// Rule by which a descent weighs the value of an edge against its uncertainty.
///
/// With `N` the visits of the state, `n` those of the edge (in flight included), `P` the prior, here divided by the
/// prior mass of the live edges, `c` the [exploration](Options::exploration) and `b` the [base](Options::base), an
/// edge's value is raised by
///
/// | rule | by |
/// |---|---|
/// | `puct` | `c P sqrt(N) / (1 + n)` |
/// | `uct` | `c sqrt(ln N) / (1 + n)` |
/// | `p-ucb` | `c P sqrt(ln N) / (1 + n)` |
/// | `var-p-ucb` | `(ln((N + b + 1) / b) + c) P sqrt(ln N) / (1 + n)` |
///
/// Sources: the second to fourth as in Zhang et al., *Planning with Large Language Models for Code Generation* (ICLR
/// 2023), there `c = 4`, `b = 10`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// By priors, ever wider: with the square root of the visits.
    #[default]
    Puct,
    /// Without priors.
    Uct,
    /// By priors, with the logarithm of the visits.
    PUcb,
    /// The same with a weight that grows with the visits.
    VarPUcb,
}

impl Selection {
    /// The weight `c` that goes with the rule.
    pub fn exploration(self) -> f32 {
        match self {
            Self::Puct => 1.0,
            Self::Uct | Self::PUcb | Self::VarPUcb => 4.0,
        }
    }
}

/// Rule by which the value of a state is computed from those of its edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Backup {
    /// The mean of the estimate and of the values of its edges, by visits.
    #[default]
    Mean,
    /// The greatest value among the edges visited; the estimate before there is one.
    Max,
}

/// Which actions of a state are opened, by their priors; the others count as if there were none, and priors are made to sum
/// to 1 again. A search that leaves some out says nothing of what has no solution.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Opening {
    /// The likeliest so many; 0 for all.
    pub top_k: usize,
    /// As many of the likeliest as together have this probability, in 0..=1; 1 for all. Source: Holtzman et al., *The Curious
    /// Case of Neural Text Degeneration* (ICLR 2020).
    pub nucleus: f32,
    /// As many of the likeliest as this times the perplexity of the prior, `exp(-sum P ln P)`; 0 for all. A state in which the
    /// policy is sure of itself has few children, one in which it is not has many.
    pub entropy: f32,
}

impl Opening {
    /// All actions.
    pub const ALL: Self = Self { top_k: 0, nucleus: 1.0, entropy: 0.0 };

    /// The places of the actions that are opened, in order; all where the priors leave none out. One at least.
    pub fn of(&self, priors: &[f32]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..priors.len()).collect();
        if *self == Self::ALL {
            return order;
        }
        // Stable: of equal ones the first stays.
        order.sort_by(|&a, &b| priors[b].total_cmp(&priors[a]));
        let mut most = if self.top_k == 0 { priors.len() } else { self.top_k };
        if self.nucleus < 1.0 {
            let mut mass = 0.0;
            let within = order.iter().take_while(|&&place| {
                let is_wanted = mass < self.nucleus;
                mass += priors[place];
                is_wanted
            });
            most = most.min(within.count());
        }
        if self.entropy > 0.0 {
            let entropy: f32 = priors.iter().filter(|prior| **prior > 0.0).map(|prior| -prior * prior.ln()).sum();
            most = most.min((self.entropy * entropy.exp() - 1e-4).ceil().max(1.0) as usize);
        }
        order.truncate(most.max(1));
        order.sort_unstable();
        order
    }
}

/// Rule for choosing among equally good edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Ties {
    /// Any, by an order drawn from the seed.
    #[default]
    Random,
    /// The first in the order of the problem's actions.
    Order,
}

/// Settings of a search.
///
/// A descent takes at each state `s` the edge `e` (not solved, not dead, not leading back onto the descent's path)
/// with the greatest
///
/// ```text
/// Q(e) N(e) / (N(e) + v(e))  +  c P(e) / (1 - D(s)) sqrt(N(s)) / (1 + N(e) + v(e))
/// ```
///
/// (by the default [rule](Selection)) with `N` visits, `v` visits in flight (virtual losses: counted as if they had
/// lost), `P` the prior, `D` the prior mass of the dead edges, `c` the [exploration](Options::exploration). `Q(e)` is
/// the product of the values of the subgoals (as if independent), `V(s)` the mean of the evaluator's estimate and of
/// `Q` over the visits to the live edges, and an edge not visited yet has `Q(e) = max(0, V(s) - f sqrt(visited prior
/// mass))` (and 1 for `N` in the first fraction) with the [first-play reduction](Options::first_play_reduction) `f`.
/// Among the unsolved subgoals of the edge the descent goes on with the one visited least.
///
/// Sources: PUCT from Silver et al., *A general reinforcement learning algorithm that masters chess, shogi, and Go
/// through self-play* (AlphaZero, Science 362, 2018), with a constant `c`; the product over subgoals from Lample et
/// al., *HyperTree Proof Search for Neural Theorem Proving* (2022); `Q` read off the children instead of averaged over
/// samples, so that transpositions share their statistics, from Czech, Korus and Kersting, *Improving AlphaZero using
/// Monte-Carlo Graph Search* (2021); the first-play reduction from Leela Chess Zero; `D` and the shared-out estimate of
/// subgoals not yet evaluated are our own.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// The algorithm: how the next edge is chosen.
    pub algorithm: Algorithm,
    /// The rule by which descents choose.
    pub selection: Selection,
    /// `c`: the weight of the prior against the value. At least 0.
    pub exploration: f32,
    /// `b` of [`Selection::VarPUcb`]: visits after which the weight has grown by `ln 2`. Above 0.
    pub base: f32,
    /// The rule by which the value of a state is computed.
    pub backup: Backup,
    /// Priors are raised to the power of one divided by it, and made to sum to 1 again: above 1 they are flatter, below
    /// sharper. Above 0. It has no effect on an evaluator that reads nothing.
    pub temperature: f32,
    /// Which actions of a state are opened at all.
    pub opening: Opening,
    /// Whether states are judged by completing them.
    pub completion: Completion,
    /// `f`: how much worse an edge not visited yet is thought to be than its state. At least 0.
    pub first_play_reduction: f32,
    /// The part of the prior of each state that is shared out by the problem's own [weights](super::Problem::weight),
    /// evenly where it has none, in 0..=1; the evaluator's prior has the rest. So actions that an evaluator that reads
    /// thinks next to impossible are found at last: a network is overconfident beyond its training data. It has no
    /// effect on an evaluator that reads nothing.
    pub smoothing: f32,
    /// Weight of the value of an evaluator that reads, in 0..=1: its distance from one half is multiplied by it.
    pub value_weight: f32,
    /// Carry out all actions of a state when it is expanded, until one solves it, instead of each when it is first
    /// chosen.
    pub eager: bool,
    /// States evaluated together; 0 counts as 1.
    pub batch: usize,
    /// Whether an evaluator that reads is not asked about states with one action only: nothing is to be chosen there,
    /// and the value is that of the state above, until its successors are judged.
    pub pass_forced: bool,
    /// Edges of a level that a beam goes on with, or particles of [`Algorithm::Smc`]; 0 counts as 1.
    pub width: usize,
    /// The rule for ties.
    pub ties: Ties,
}

impl Options {
    /// PUCT, a state at a time, trusting the evaluator.
    pub const DEFAULT: Self = Self {
        algorithm: Algorithm::Puct,
        selection: Selection::Puct,
        exploration: 1.0,
        base: 10.0,
        backup: Backup::Mean,
        temperature: 1.0,
        opening: Opening::ALL,
        completion: Completion::NONE,
        first_play_reduction: 0.2,
        smoothing: 0.0,
        value_weight: 1.0,
        eager: false,
        batch: 1,
        pass_forced: false,
        width: 8,
        ties: Ties::Random,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}
