//! Evaluation of policies and value functions: statements outside of all training, attempted by several contestants
//! under the same conditions.
//!
//! - [`contest`]: [`Contest`], the conditions; [`Contestant`]; [`Trials`], the outcomes of one contestant's attempts.
//! - [`outcome`]: [`Outcome`], the share of statements that a contestant solved within a limit, and its comparison with
//!   others.
//! - [`quality`]: [`Quality`], the quality of a network's policy and value by themselves, whatever search makes of
//!   them.
//! - [`drawn`](mod@drawn): statements for a test, drawn from the grammar of a theory.
//! - [`statistics`]: intervals and tests.
//! - [`untrained`](mod@untrained): the network that a run begins with, and the text that its tokenizer learns from.
//!
//! Search is by single steps alone ([`Means::SEARCH`](crate::prove::Means)), with the lemmas of the world as they are:
//! theorems proved on the way are not used later. The command `prover eval` and self-play measure with it.
//!
//! ```
//! use prover::evaluation::{Contest, Contestant, Draw, Limit, drawn};
//! use prover::network::Uniform;
//! use prover::prove::Lemmas;
//!
//! let lemmas = Lemmas::new("propositional-logic");
//! let world = lemmas.world()?;
//! let statements = drawn::drawn(&world, Draw::new(5, 0), &|| {})?;
//! let contest = Contest::new(&world, &lemmas, &statements);
//! let contestants = [Contestant { name: "uniform".into(), evaluator: &Uniform }];
//! let report = contest.hold(&contestants, &|_| {});
//! assert_eq!(report.outcomes.last().unwrap().limit, Limit::Nodes(300));
//! assert!(report.outcomes.iter().all(|outcome| outcome.solved <= 5 && outcome.against.is_none()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod contest;
pub mod drawn;
pub mod outcome;
pub mod quality;
pub mod statistics;
#[cfg(test)]
mod tests;
pub mod untrained;

use std::sync::atomic::{AtomicUsize, Ordering};

pub use contest::{Contest, Contestant, Report, Trial, Trials};
pub use drawn::{Draw, DrawError};
pub use outcome::{Comparison, Limit, Outcome};
pub use quality::{Quality, Targets};
pub use statistics::{Interval, Paired};
pub use untrained::{Corpus, UntrainedError, untrained, untrained_like};

/// Does `count` pieces of work on this many threads, each piece by the first thread that is free; the results in order.
///
/// These are threads of their own and not those of rayon's pool: one that waited for a part of a network's pass would
/// begin another piece there, and the seconds of its own would run out meanwhile.
fn in_parallel<T: Send>(threads: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let pieces = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            done.push((index, work(index)));
        }
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, count.max(1))).map(|_| scope.spawn(pieces)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_by_key(|&(index, _)| index);
    done.into_iter().map(|(_, result)| result).collect()
}
