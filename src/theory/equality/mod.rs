//! Equality saturation whose every claim is a proof term.
//!
//! [`prove`] puts a goal and the facts in scope into an e-graph (the crate `egg`), lets the universally quantified facts
//! grow it, and turns egg's explanation of what it found into a proof term, which is checked by type inference here and by
//! the kernel wherever it is used. A fault in this module can lose a proof, never make a false one pass.
//!
//! - `language`: terms as nodes; the types of classes.
//! - `graph`: the e-graph, with a reason for each union.
//! - `rule`, `matching`: quantified propositions as rules, and their instances in the graph.
//! - `saturate`: rounds of growth, and their limits.
//! - `split`: splits of cases where a function is stuck.
//! - `classes`: a saturated graph to look at, for lemmas.
//! - `explain`: explanations as proof terms.
//!
//! docs/equality.md says what is in the fragment and what is not.

mod classes;
mod explain;
mod graph;
mod language;
mod matching;
mod rule;
mod saturate;
mod split;
#[cfg(test)]
mod tests;

pub use classes::{ClassId, Classes, Operation, inspect};
pub use explain::{ExplainError, distinct_nodes};
pub use split::Principle;

use crate::terms::equation::Equation;
use explain::Prover;
use graph::{Graph, Stop, Why};
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};
use rule::Rule;
use saturate::{Reached, Saturation, Target};

/// How far a saturation may go, the same on every machine. Besides, it ends at the
/// [deadline of its environment](Environment::set_deadline), if there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Terms in the graph, those that explanations need included.
    pub nodes: usize,
    /// Rounds; in each, all rules are matched with what the round before left.
    pub iterations: usize,
    /// Nodes looked at in matching.
    pub work: u64,
    /// The size of a term, as a tree of operators, beyond which a rule does not build it.
    pub size: u32,
    /// Whether, once all else is done, rules are used that make terms out of nothing: an equation from right to left where its
    /// right side is a variable or lacks variables of the left.
    pub inventive: bool,
    /// How often, one within the other, a goal that saturation leaves open may be split by cases.
    pub splits: u32,
}

impl Limits {
    /// What an action of search may use at first: some ten milliseconds.
    pub const ACTION: Self =
        Self { nodes: 3_000, iterations: 30, work: 300_000, size: 40, inventive: false, splits: 3 };

    /// How many times the terms and the work of [`ACTION`](Self::ACTION) are allowed, one after the other, as long as a limit is
    /// reached: by search, and by scripts, which must find again what search has found.
    pub const EFFORTS: [usize; 3] = [1, 4, 16];

    /// So many times as many terms and as much work.
    pub fn times(self, factor: usize) -> Self {
        let (nodes, work) = (self.nodes.saturating_mul(factor), self.work.saturating_mul(factor as u64));
        Self { nodes, work, ..self }
    }

    /// What `by eqsat` in a script may use when [`ACTION`](Self::ACTION) many times over was not enough: about two seconds.
    pub const SCRIPT: Self =
        Self { nodes: 48_000, iterations: 60, work: 5_000_000, size: 60, inventive: true, splits: 1 };
}

/// Why a saturation ended without the goal.
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

/// What a saturation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The goal, by a proof term that was checked by type inference.
    Proved(TermId),
    /// It ended without the goal.
    Open(End),
    /// The goal was reached, but no proof term came of it: a fault of this module.
    Fault(ExplainError),
}

/// A verdict with figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Rounds.
    pub iterations: usize,
    /// Terms in the graph.
    pub nodes: usize,
    /// Classes in the graph.
    pub classes: usize,
    /// Facts that were used as rules.
    pub rules: usize,
    /// Steps of the explanation (changed children and distinct reasons); 0 if there is none.
    pub steps: usize,
}

/// Bytes of stack for each term that a graph may have: egg walks its forest of justifications by recursion.
const STACK_PER_NODE: usize = 2 * 1024;

/// Nodes looked at in matching that cost one step of the budget.
const WORK_PER_STEP: u64 = 5;

/// The stack on which a graph may be walked by recursion, in bytes.
fn stack_for(limits: Limits) -> usize {
    1024 * 1024 + limits.nodes * STACK_PER_NODE
}

/// Proves a proposition by equality saturation from facts, given as propositions with proofs, without loose indices and
/// well typed, in an order on which the result may depend.
///
/// A goal that is an arrow is opened first: its variables become fresh locals, its premises facts. What is left is proved if it is an equation
/// between terms that saturation finds equal, or a proposition that it finds equal to a fact.
///
/// # Errors
///
/// The kernel's: the budget of the environment is exhausted, or something is nested too deeply. Past the deadline of the environment there
/// is no error, but the [end](End::Time) says so.
pub fn prove(
    env: &mut Environment,
    equality: Equality,
    facts: &[(TermId, TermId)],
    goal: TermId,
    limits: Limits,
) -> Result<Report, KernelError> {
    stacker::grow(stack_for(limits), || {
        let mut attempt = Attempt { env, equality, graph: Graph::new(limits.nodes), rules: Vec::new() };
        match attempt.run(facts, goal, limits) {
            Ok(report) => Ok(report),
            // For the kernel, the deadline is the end of the budget.
            Err(Stop::Kernel(KernelError::BudgetExhausted)) if attempt.env.is_late() => {
                Ok(attempt.report(Verdict::Open(End::Time), 0, 0))
            }
            Err(Stop::Kernel(error)) => Err(error),
            Err(Stop::Full) => Ok(attempt.report(Verdict::Open(End::Nodes), 0, 0)),
        }
    })
}

struct Attempt<'a> {
    env: &'a mut Environment,
    equality: Equality,
    graph: Graph,
    rules: Vec<Rule>,
}

impl Attempt<'_> {
    fn report(&self, verdict: Verdict, iterations: usize, steps: usize) -> Report {
        let (nodes, classes) = (self.graph.terms.len(), self.graph.egraph.number_of_classes());
        Report { verdict, iterations, nodes, classes, rules: self.rules.len(), steps }
    }

    fn run(&mut self, facts: &[(TermId, TermId)], goal: TermId, limits: Limits) -> graph::Result<Report> {
        let (opened, locals, premises) = self.open(facts, goal)?;
        let targets = self.targets(opened)?;
        for &(proposition, proof) in facts.iter().chain(&premises) {
            self.assume(proposition, proof)?;
        }
        let start = self.graph.terms.len();
        let mut saturation = Saturation::new(self.env, &mut self.graph, &self.rules, targets, opened, limits);
        let outcome = saturation.run();
        let (iterations, work) = (saturation.iterations, limits.work - saturation.work);
        // What was looked at is paid for, so that a script of many saturations ends.
        self.env.spend(work / WORK_PER_STEP)?;
        let (found, steps) = match outcome? {
            Ok(reached) => self.explain(&reached),
            Err(End::Time) => return Ok(self.report(Verdict::Open(End::Time), iterations, 0)),
            Err(end) => {
                let facts = [facts, &premises].concat();
                match self.by_cases(&facts, opened, limits, start)? {
                    Some(found) => found,
                    None => return Ok(self.report(Verdict::Open(end), iterations, 0)),
                }
            }
        };
        let verdict = match found.and_then(|proof| self.checked(proof, opened)) {
            Ok(proof) => Verdict::Proved(self.env.store.close_lambda(proof, &locals)),
            Err(ExplainError::Kernel(error @ (KernelError::BudgetExhausted | KernelError::TooDeep))) => {
                return Err(Stop::Kernel(error));
            }
            Err(error) => {
                tracing::error!("equality saturation: {error}");
                Verdict::Fault(error)
            }
        };
        Ok(self.report(verdict, iterations, steps))
    }

    /// The proof of what was reached, and the steps in it.
    fn explain(&mut self, reached: &Reached) -> (std::result::Result<TermId, ExplainError>, usize) {
        let mut prover = Prover::new(self.env, &mut self.graph, self.equality);
        let found = match reached {
            Reached::Equal(left, right) => prover.equation(*left, *right),
            Reached::Fact(proposition, fact) => prover.fact(*proposition, *fact),
            Reached::Absurd(why) => prover.why(why, None),
        };
        (found, prover.steps)
    }

    /// Takes the arrows off a goal: what is left, the locals made, and the premises among them as facts.
    #[allow(clippy::type_complexity)]
    fn open(
        &mut self,
        facts: &[(TermId, TermId)],
        goal: TermId,
    ) -> graph::Result<(TermId, Vec<TermId>, Vec<(TermId, TermId)>)> {
        let store = &self.env.store;
        let mentioned = facts.iter().flat_map(|&(proposition, proof)| [proposition, proof]).chain([goal]);
        let first = mentioned.map(|term| store.local_bound(term)).max().unwrap_or(0);
        let (mut locals, mut premises) = (Vec::new(), Vec::new());
        let mut rest = goal;
        loop {
            while let Term::Pi(domain, body) = self.env.store.term(rest) {
                self.env.spend(1)?;
                let domain = self.env.store.instantiate(domain, &locals);
                let domain = self.env.beta(domain)?;
                let local = self.env.store.local(first.saturating_add(locals.len() as u32), domain);
                if self.env.sort_of(domain)? == Sort::Prop {
                    premises.push((domain, local));
                }
                locals.push(local);
                rest = body;
            }
            // The cases of a split are a motive applied, which may be an arrow.
            let opened = self.env.store.instantiate(rest, &locals);
            let reduced = self.env.beta(opened)?;
            if !matches!(self.env.store.term(reduced), Term::Pi(..)) {
                return Ok((reduced, locals, premises));
            }
            rest = reduced;
        }
    }

    fn targets(&mut self, goal: TermId) -> graph::Result<Vec<Target>> {
        let mut targets = Vec::new();
        if let Some((_, left, right)) = Equation::sides(&self.env.store, &self.equality, goal) {
            let (left, right) = (self.graph.add(self.env, left)?, self.graph.add(self.env, right)?);
            targets.push(Target::Equal(left, right));
        }
        let goal = self.graph.add(self.env, goal)?;
        targets.push(Target::Holds(goal));
        Ok(targets)
    }

    fn assume(&mut self, proposition: TermId, proof: TermId) -> graph::Result<()> {
        // What makes equality is in the graph as it is.
        if let Term::Const(constant) = self.env.store.term(proof)
            && [self.equality.refl, self.equality.rewrite, self.equality.symm].contains(&constant)
        {
            return Ok(());
        }
        if let Term::Pi(..) = self.env.store.term(proposition) {
            let rule = Rule::new(self.env, &mut self.graph, self.equality, proposition, proof)?;
            self.rules.extend(rule);
            return Ok(());
        }
        match Equation::sides(&self.env.store, &self.equality, proposition) {
            Some((_, left, right)) => {
                let (left, right) = (self.graph.add(self.env, left)?, self.graph.add(self.env, right)?);
                self.graph.unite(left, right, Why::Given(proof));
            }
            None => {
                let proposition = self.graph.add(self.env, proposition)?;
                self.graph.assert(proposition, Why::Given(proof));
            }
        }
        Ok(())
    }

    /// A proof that proves the goal, by type inference.
    fn checked(&mut self, proof: TermId, goal: TermId) -> Result<TermId, ExplainError> {
        let found = self.env.infer(proof)?;
        if self.env.definitionally_equal(found, goal)? { Ok(proof) } else { Err(ExplainError::OtherStatement) }
    }
}
