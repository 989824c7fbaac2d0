//! Verdicts of tests.

use super::counterexample::Counterexample;
use super::machine::Stuck;
use prover_theory::Theory;
use std::fmt;

/// Verdict of the models on a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It fails in a model of the theory, so that it cannot be proved.
    Refuted(Box<Counterexample>),
    /// No instance examined meets the premises.
    Vacuous {
        /// Instances examined.
        instances: usize,
    },
    /// It is true in all instances examined, also in those in which one of these premises alone does not hold.
    PremiseNotNeeded {
        /// The places of the premises, counted from 0 among the premises.
        premises: Vec<usize>,
        /// True instances that meet the premises.
        instances: usize,
    },
    /// It is true in all instances examined.
    Survives {
        /// True instances that meet the premises, in all structures together.
        instances: usize,
        /// Those of them in the intended structure, in which types with induction are freely generated; 0 means that
        /// the statement was tested in unintended models only.
        meant: usize,
        /// Whether these are all instances in those structures.
        is_exhaustive: bool,
    },
    /// No verdict, with the reason.
    Unknown(Reason),
}

impl Verdict {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Refuted(_) => "refuted",
            Self::Vacuous { .. } => "vacuous",
            Self::PremiseNotNeeded { .. } => "premise not needed",
            Self::Survives { .. } => "survives",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The counterexample, if it is refuted.
    pub fn counterexample(&self) -> Option<&Counterexample> {
        match self {
            Self::Refuted(counterexample) => Some(counterexample),
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        match self {
            Self::Refuted(counterexample) => write!(f, "refuted: {counterexample}"),
            Self::Vacuous { instances: 0 } => write!(f, "vacuous: a variable has a type without elements"),
            Self::Vacuous { instances } => {
                write!(f, "vacuous: none of {instances} instance{} meets the premises", plural(*instances))
            }
            Self::PremiseNotNeeded { premises, instances } => {
                let places: Vec<String> = premises.iter().map(|place| (place + 1).to_string()).collect();
                let (word, places) = (if places.len() == 1 { "premise" } else { "premises" }, places.join(", "));
                write!(f, "{word} {places} not needed: true in {instances} instance{}", plural(*instances))?;
                write!(f, ", and in those that do not meet {}", if premises.len() == 1 { "it" } else { "one of them" })
            }
            Self::Survives { instances, is_exhaustive, .. } => {
                let all = if *is_exhaustive { "all " } else { "" };
                write!(f, "survives: true in {all}{instances} instance{}", plural(*instances))
            }
            Self::Unknown(reason) => write!(f, "unknown: {reason}"),
        }
    }
}

/// Reason why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The theory says that everything is true.
    #[error("nothing is said, because the theory is contradictory: `{0}` says that everything is true")]
    Contradictory(String),
    /// A type that is not understood.
    #[error("nothing is said, because `{0}` is a type that takes objects, or has parameters and no constructors")]
    Strange(String),
    /// An axiom does not hold in the structure that the theory's types and functions make.
    #[error("nothing is said, because the axiom `{axiom}` does not hold in {}", if *is_free { "the freely generated types" } else { "the finite structures found" })]
    AxiomFails {
        /// Its name.
        axiom: String,
        /// Whether types with induction were read as freely generated.
        is_free: bool,
    },
    /// An axiom could not be looked at.
    #[error("nothing is said, because it cannot be tested whether the axiom `{axiom}` holds: {why}")]
    AxiomUndecided {
        /// Its name.
        axiom: String,
        /// The reason.
        why: String,
    },
    /// A theorem does not hold in a structure in which axioms seemed to.
    #[error("nothing is said, because the theorem `{theorem}` does not hold where the axioms seem to")]
    TheoremFails {
        /// Its name.
        theorem: String,
    },
    /// There is no finite model within the bounds.
    #[error("nothing is said, because the theory has no model with at most {elements} elements of each type")]
    NoFiniteModel {
        /// The bound.
        elements: u32,
    },
    /// The search for models used up its steps.
    #[error("nothing is said, because the search for a model came to its limit")]
    SearchLimit,
    /// No structure is known, for these reasons.
    #[error("{}", all(.0))]
    NoModel(Vec<Reason>),
    /// The statement or the theory is too large.
    #[error("nothing is said, because the statement or the theory is too large to be evaluated")]
    TooLarge,
    /// No instance was decided.
    #[error("no instance could be decided: {0}")]
    Undecided(String),
    /// There are no instances.
    #[error("there is no instance to look at")]
    NoInstance,
    /// Time was up.
    #[error("the time was up before an instance was decided")]
    Late,
}

fn all(reasons: &[Reason]) -> String {
    let texts: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// The reason why an evaluation did not end, in words.
pub(super) fn stuck(why: Option<Stuck>, theory: &Theory) -> String {
    match why {
        Some(Stuck::Steps) => "evaluation takes too many steps".into(),
        Some(Stuck::Meaning(Some(constant))) => {
            format!("`{}` has no meaning here", super::name_of(theory, constant))
        }
        Some(Stuck::Meaning(None)) => "it has a part that is not understood".into(),
        Some(Stuck::Endless) => "it quantifies over infinitely many values".into(),
        Some(Stuck::Functions) => "it compares functions".into(),
        Some(Stuck::Cell(_)) => "a table is not settled".into(),
        None => "no value is known for it".into(),
    }
}
