//! Reasons to refuse a statement, and the treatment of those that are recognised.

use serde::{Deserialize, Serialize};

/// Reason why a statement is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// It is a known statement, or one of the earlier conjectures, up to the names of variables: nothing is learned
    /// twice.
    Duplicate,
    /// It is one up to the sides of equations and the order of variables and hypotheses: its proof follows from the
    /// other's.
    Symmetric,
    /// It quantifies over a variable that it never uses: it says no more than the statement without it.
    UnusedVariable,
    /// Its conclusion is among its hypotheses.
    RestatedHypothesis,
    /// Its hypotheses exclude each other: `false`, a proposition with its negation, or that something differs from
    /// itself. Everything follows from them.
    ContradictoryHypotheses,
    /// Two hypotheses are the same.
    RepeatedHypothesis,
    /// A hypothesis is an equation between a term and itself: the statement says no more than without it.
    TrivialHypothesis,
    /// Its conclusion is a variable and no more.
    VariableConclusion,
    /// It says that every proposition holds, or that none does, under hypotheses that do not speak of it.
    EveryProposition,
    /// It is an equation between a term and itself.
    Reflexive,
    /// It follows from one known fact by putting terms for its variables, its own hypotheses for the fact's premises.
    Instance,
    /// Rewriting by the theory's equations makes it a known statement or an earlier conjecture.
    EqualModulo,
    /// Rewriting by the theory's equations makes it an instance of a known fact.
    InstanceModulo,
    /// Equality saturation proves it from the theory's facts alone.
    Saturated,
}

impl Refusal {
    /// The reasons that are looked for up to the theory's equations.
    pub const MODULO: [Self; 3] = [Self::EqualModulo, Self::InstanceModulo, Self::Saturated];

    /// All reasons, in the order in which they are looked for.
    pub const ALL: [Self; 14] = [
        Self::UnusedVariable,
        Self::EveryProposition,
        Self::VariableConclusion,
        Self::Reflexive,
        Self::RestatedHypothesis,
        Self::RepeatedHypothesis,
        Self::TrivialHypothesis,
        Self::ContradictoryHypotheses,
        Self::Duplicate,
        Self::Symmetric,
        Self::Instance,
        Self::EqualModulo,
        Self::InstanceModulo,
        Self::Saturated,
    ];

    /// A short name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Symmetric => "symmetric duplicate",
            Self::UnusedVariable => "unused variable",
            Self::RestatedHypothesis => "conclusion among the hypotheses",
            Self::ContradictoryHypotheses => "contradictory hypotheses",
            Self::RepeatedHypothesis => "repeated hypothesis",
            Self::TrivialHypothesis => "trivial hypothesis",
            Self::VariableConclusion => "variable as conclusion",
            Self::EveryProposition => "says something of every proposition",
            Self::Reflexive => "reflexive equation",
            Self::Instance => "instance of a known fact",
            Self::EqualModulo => "equal to another up to equations",
            Self::InstanceModulo => "instance of a known fact up to equations",
            Self::Saturated => "proved by equality saturation",
        }
    }

    /// Its place in [`ALL`](Self::ALL).
    fn index(self) -> usize {
        Self::ALL.iter().position(|&r| r == self).expect("all reasons are in the list")
    }
}

/// Counts of the refused statements by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalCounts {
    counts: [usize; Refusal::ALL.len()],
}

impl RefusalCounts {
    /// Counts one.
    pub fn add(&mut self, refusal: Refusal) {
        self.counts[refusal.index()] += 1;
    }

    /// The number of statements refused for a reason.
    pub fn get(&self, refusal: Refusal) -> usize {
        self.counts[refusal.index()]
    }

    /// All reasons with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Refusal, usize)> + '_ {
        Refusal::ALL.into_iter().zip(self.counts)
    }

    /// The number of all refusals.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// Treatment of a statement that is recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Treatment {
    /// It is attempted like any other.
    #[default]
    Keep,
    /// It is not attempted, and learned from as a trivial statement.
    Trivial,
    /// It is refused.
    Drop,
}

impl std::fmt::Display for Treatment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keep => "keep",
            Self::Trivial => "trivial",
            Self::Drop => "drop",
        })
    }
}

/// Treatment of the statements that are recognised up to equations, by the way in which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treatments {
    /// Statements equal to an earlier one or to a known one ([`Refusal::EqualModulo`]).
    pub equal: Treatment,
    /// Instances of known statements ([`Refusal::InstanceModulo`]).
    pub instance: Treatment,
    /// Statements that saturation proves ([`Refusal::Saturated`]).
    pub saturated: Treatment,
}

impl Treatments {
    /// The treatment of statements recognised for a reason; [`Treatment::Drop`] for all other reasons of refusal.
    pub fn of(&self, class: Refusal) -> Treatment {
        match class {
            Refusal::EqualModulo => self.equal,
            Refusal::InstanceModulo => self.instance,
            Refusal::Saturated => self.saturated,
            _ => Treatment::Drop,
        }
    }
}

/// A statement that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is worth an attempt. It may have been recognised all the same.
    Attempt(Option<Refusal>),
    /// It is [trivial](Treatment::Trivial) for this reason.
    Trivial(Refusal),
}
