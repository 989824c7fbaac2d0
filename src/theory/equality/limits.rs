//! The limits of a saturation.

/// The limits of a saturation, the same on every machine. Besides, it ends at the
/// [deadline of its environment](prover_logic::Environment::set_deadline), if there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Terms in the graph, those that explanations need included.
    pub nodes: usize,
    /// Rounds; in each, all rules are matched with the graph that the round before left.
    pub iterations: usize,
    /// Nodes looked at in matching.
    pub work: u64,
    /// The size of a term, as a tree of operators, beyond which a rule does not build it.
    pub size: u32,
    /// Whether, once all else is done, rules are used that make terms out of nothing: an equation from right to left
    /// where its right side is a variable or lacks variables of the left.
    pub inventive: bool,
    /// Facts of the theory that are used at once, the most relevant; further ones follow when these say nothing more.
    pub facts: usize,
    /// The number of times, one within the other, that a goal that saturation leaves open may be split by cases.
    pub splits: u32,
}

impl Limits {
    /// The limits that an action of search may use at first: some ten milliseconds.
    pub const ACTION: Self =
        Self { nodes: 3_000, iterations: 30, work: 300_000, size: 40, inventive: false, facts: 64, splits: 3 };

    /// The limits of a saturation that only asks whether something is of use: there are many of these, and a useful
    /// fact mostly helps at once.
    pub const GLANCE: Self = Self { nodes: 600, iterations: 8, work: 40_000, splits: 1, ..Self::ACTION };

    /// The factors by which the terms and the work of [`ACTION`](Self::ACTION) are allowed, one after the other, as
    /// long as a limit is reached: by search, and by scripts, which must find again what search has found.
    pub const EFFORTS: [usize; 3] = [1, 4, 16];

    /// The limits with `factor` times as many terms, as many facts at once, and as much work.
    pub fn times(self, factor: usize) -> Self {
        let (nodes, work) = (self.nodes.saturating_mul(factor), self.work.saturating_mul(factor as u64));
        Self { nodes, work, facts: self.facts.saturating_mul(factor), ..self }
    }

    /// The limits that `by eqsat` in a script may use when [`ACTION`](Self::ACTION) many times over was not enough:
    /// about two seconds.
    pub const SCRIPT: Self =
        Self { nodes: 48_000, iterations: 60, work: 5_000_000, size: 60, inventive: true, facts: 1_024, splits: 1 };
}

/// Reason why a saturation ended without the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No rule says anything new.
    Saturated,
    /// The graph is as large as it may be.
    Nodes,
    /// As many rounds as there may be.
    Iterations,
    /// As many nodes were looked at as may be.
    Work,
    /// The deadline has passed.
    Time,
}

/// Bytes of stack for each term that a graph may have: egg walks its forest of justifications by recursion.
const STACK_PER_NODE: usize = 2 * 1024;

/// Nodes looked at in matching that cost one step of the budget.
pub(super) const WORK_PER_STEP: u64 = 5;

/// The stack on which a graph may be walked by recursion, in bytes.
pub(super) fn stack_for(limits: Limits) -> usize {
    1024 * 1024 + limits.nodes * STACK_PER_NODE
}
