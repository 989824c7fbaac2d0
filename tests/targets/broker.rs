//! The body of the fuzz target `broker`: bytes that come from a broker, as a worker and a learner read them.

use prover::answer::data::Pair;
use prover::machines::acceptance::{accept_answer, accept_outcome, accept_proof, accept_trial};
use prover::machines::bundles::{LibraryBundle, files_of, is_plain, network_of};
use prover::machines::messages::{Answer, Job, Report};
use prover::prove::{Budget, Lemmas, Statement, World};
use std::sync::OnceLock;

/// What was asked for: a true statement, and one that is false.
pub struct Asked {
    /// The theory's lemmas: none.
    pub known: Lemmas,
    /// The theory.
    pub world: World,
    /// It holds.
    pub right: Statement,
    /// It does not.
    pub wrong: Statement,
}

/// See [`Asked`].
pub fn asked() -> &'static Asked {
    static ASKED: OnceLock<Asked> = OnceLock::new();
    ASKED.get_or_init(|| {
        let known = Lemmas::new("nat-add");
        let world = known.world().expect("the theory is built in");
        let goal = |name: &str, text: &str| known.goal(name, text).expect("it is a statement");
        let right = goal("zero_add", "[('a0 : nat) -> (= (+ z 'a0) 'a0)]");
        let wrong = goal("other", "[('a0 : nat) -> (= (+ 'a0 'a0) 'a0)]");
        Asked { world, right, wrong, known }
    })
}

/// The fate of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// They are an answer.
    pub is_read: bool,
    /// It was accepted.
    pub is_taken: bool,
}

/// Reads bytes, as they are and packed, as everything that comes from a broker. Nothing panics, no file leads out of its
/// folder, what is accepted is what was asked for, and nothing that is false is.
pub fn read(bytes: &[u8]) -> Fate {
    let _ = (Job::decode(bytes), LibraryBundle::decode(bytes), network_of(bytes), Answer::decode(bytes));
    for (name, _) in files_of(bytes).unwrap_or_default() {
        assert!(is_plain(&name), "{name}");
    }
    let Asked { known, world, right, wrong } = asked();
    let pair = Pair { question: "What is 12 minus 5?".into(), answer: "7".into() };
    let budget = Budget { nodes: 100, seconds: None, batch: 1 };
    let Ok(Answer::Done(report)) = Answer::decode(&prover_broker::blobs::pack(bytes)) else { return Fate::default() };
    let is_taken = match *report {
        Report::Statement(report) => {
            let of_other = accept_proof(report.clone(), wrong, world, known);
            assert!(!of_other.is_ok_and(|other| other.theorem.is_some()), "what is false is not proved");
            accept_proof(report, right, world, known).is_ok_and(|attempted| {
                let theorem = attempted.theorem.map(|theorem| (theorem.name, theorem.text));
                assert!(theorem.is_none_or(|theorem| theorem == (right.name.clone(), right.text.clone())));
                true
            })
        }
        Report::Trial(report) => {
            let of_other = accept_trial(report.clone(), wrong, world, known, budget);
            assert!(!of_other.is_ok_and(|trial| trial.is_solved), "what is false is not proved");
            accept_trial(report, right, world, known, budget).is_ok()
        }
        Report::Question(report) => accept_answer(report, &pair).is_ok_and(|attempt| {
            assert!(attempt.right.iter().all(|trace| trace.value == pair.answer), "{attempt:?}");
            true
        }),
        Report::Answer(report) => accept_outcome(report, &pair).is_ok(),
        Report::Run(_) => false,
    };
    Fate { is_read: true, is_taken }
}
