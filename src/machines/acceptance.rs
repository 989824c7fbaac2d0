//! Acceptance of a worker's answers: nothing in them is trusted.
//!
//! A proof consists of steps for the statement that was asked for, which the kernel checks here, in the theory and with
//! the lemmas of this process ([`received`]). Statements met on the way and open subgoals are proposals: they are read
//! and tested as drafts are, and become theorems only by attempts of their own. Examples cannot make anything true;
//! they are bounded in number and size, and those whose labels this process gives itself (the difficulty of a
//! conjecture) are not accepted.

use super::messages::Report;
use crate::learn::Example;
use crate::prove::attempt::{Hindsight, ProofAttempt};
use crate::prove::lemmas::{Lemmas, Statement, World};
use crate::prove::received::{NotATheorem, Steps, received};
use crate::selfplay::proofs::attempts::Attempted;

/// The most examples and statements of an answer.
const EXAMPLES: usize = 2_048;
const STATEMENTS: usize = 512;
/// The longest state, actions of a state together, statement, and message, in bytes.
const TEXT: usize = 2_000;
/// The largest plausible number of nodes of an attempt.
const NODES: u64 = 1 << 40;
/// The longest proof that an example may speak of.
const STEPS: u32 = 100_000;

/// Reason why an answer is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its proof is none.
    #[error("its proof: {0}")]
    Proof(#[from] NotATheorem),
    /// There is more of something than an attempt leaves.
    #[error("it has too many or too large {0}")]
    TooMuch(&'static str),
    /// An example is none that an attempt leaves.
    #[error("it has an example that no attempt leaves")]
    Example,
    /// A number is none that an attempt leaves.
    #[error("it has a number that no attempt leaves")]
    Number,
}

/// The accepted content of a report on the attempt at a statement.
///
/// # Errors
///
/// [`Refusal`]; of such a report nothing is taken.
pub fn accept(report: Report, asked: &Statement, world: &World, known: &Lemmas) -> Result<Attempted, Refusal> {
    let Report { proof, lemmas, nodes, seconds, fault, examples, hindsight, stuck } = report;
    let short = |texts: &[String]| texts.len() <= STATEMENTS && texts.iter().all(|text| text.len() <= TEXT);
    if examples.len() > EXAMPLES {
        return Err(Refusal::TooMuch("examples"));
    }
    if !short(&hindsight) || !short(&stuck) {
        return Err(Refusal::TooMuch("statements"));
    }
    if !examples.iter().all(is_plausible) {
        return Err(Refusal::Example);
    }
    if nodes > NODES || !(0.0..1e9).contains(&seconds) {
        return Err(Refusal::Number);
    }
    let (theorem, lemmas) = match proof {
        Some(proof) => {
            let steps = Steps { script: proof.script, uses: proof.uses };
            let (theorem, lemmas) = received(world, known, asked, steps, lemmas)?;
            (Some(theorem), lemmas)
        }
        // Lemmas without a proof that needs them are of no use.
        None => (None, Vec::new()),
    };
    let hindsight = hindsight.into_iter().map(|text| Hindsight { text, log_prior: 0.0 }).collect();
    let fault = fault.map(|fault| fault.chars().take(TEXT).collect());
    let attempt = ProofAttempt { nodes, seconds, fault, examples, hindsight, stuck, ..ProofAttempt::default() };
    Ok(Attempted { theorem, lemmas, attempt })
}

/// Whether an attempt can have left an example.
fn is_plausible(example: &Example) -> bool {
    match example {
        Example::Value { state, .. } => state.len() <= TEXT,
        Example::Policy { state, actions, chosen, steps } => {
            let weight: f32 = chosen.iter().map(|(_, weight)| *weight).sum();
            state.len() <= TEXT
                && actions.len() >= 2
                && actions.iter().map(String::len).sum::<usize>() <= TEXT
                && !chosen.is_empty()
                && chosen.len() <= actions.len()
                && chosen.iter().all(|(place, weight)| *place < actions.len() && (0.0..=1.0).contains(weight))
                && weight <= 1.01
                && *steps <= STEPS
        }
        Example::Conjecture { .. } | Example::Drawn { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::messages::Proof;

    #[test]
    fn what_no_attempt_leaves_is_refused() {
        let known = Lemmas::new("nat-add");
        let world = known.world().unwrap();
        let asked = known.goal("zero_add", "[('a0 : nat) -> (= (+ z 'a0) 'a0)]").unwrap();
        let accept = |report: Report| accept(report, &asked, &world, &known).map(|taken| taken.attempt);
        let policy = |actions: &[&str], chosen: &[(usize, f32)]| Example::Policy {
            state: "(= z z)".into(),
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            chosen: chosen.to_vec(),
            steps: 1,
        };
        let good = Report { nodes: 3, examples: vec![policy(&["a.", "b."], &[(1, 1.0)])], ..Report::default() };
        assert_eq!(accept(good).unwrap().nodes, 3);
        let of_example = |example| Report { examples: vec![example], ..Report::default() };
        for example in [
            policy(&["a.", "b."], &[(2, 1.0)]),
            policy(&["a.", "b."], &[(0, f32::NAN)]),
            policy(&["a.", "b."], &[(0, -1.0)]),
            policy(&["a.", "b."], &[(0, 1.0), (1, 1.0)]),
            policy(&["a."], &[(0, 1.0)]),
            policy(&["a.", "b."], &[]),
            policy(&["a.", &"b".repeat(TEXT)], &[(0, 1.0)]),
            Example::Value { state: "x".repeat(TEXT + 1), solved: true },
            Example::Conjecture { difficulty: crate::network::Difficulty::Hard, statement: "(= z z)".into() },
        ] {
            assert_eq!(accept(of_example(example)), Err(Refusal::Example));
        }
        let value = Example::Value { state: String::new(), solved: true };
        let many = Report { examples: vec![value; EXAMPLES + 1], ..Report::default() };
        assert_eq!(accept(many), Err(Refusal::TooMuch("examples")));
        let long = Report { stuck: vec!["x".repeat(TEXT + 1)], ..Report::default() };
        assert_eq!(accept(long), Err(Refusal::TooMuch("statements")));
        for seconds in [f64::NAN, -1.0, f64::INFINITY] {
            assert_eq!(accept(Report { seconds, ..Report::default() }), Err(Refusal::Number));
        }
        let proof = Some(Proof { script: "intro x.\n".into(), uses: Vec::new() });
        assert!(matches!(accept(Report { proof, ..Report::default() }), Err(Refusal::Proof(_))));
    }
}
