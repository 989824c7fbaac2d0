//! One goal with its facts: graph, saturation, splits of cases, explanation, and the check of the proof.

use super::explain::{ExplainError, Prover};
use super::graph::{self, Graph, Stop, Why};
use super::limits::{End, Limits, WORK_PER_STEP, stack_for};
use super::open::Opened;
use super::relevance::portions;
use super::rule::Rule;
use super::saturate::{Aim, Reached, Saturation, Target};
use super::split::Stuck;
use super::verdict::{Report, Verdict};
use crate::terms::equation::Equation;
use crate::terms::typed::Fact;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Term, TermId};

/// A goal with the facts from which it is to be proved.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The constants of equality.
    pub equality: Equality,
    /// The facts, well typed, in an order on which the result may depend.
    pub facts: &'a [Fact],
    /// The goal.
    pub goal: TermId,
    /// The limits of the saturation.
    pub limits: Limits,
}

/// Proves a proposition by equality saturation from facts.
///
/// A goal that is an arrow is opened first: its variables become fresh locals, its premises facts. The rest is proved
/// if it is an equation between terms that saturation finds equal, or a proposition that it finds equal to a fact.
///
/// # Errors
///
/// The kernel's: the budget of the environment is exhausted, or something is nested too deeply. Past the deadline of
/// the environment there is no error, but the [end](End::Time) says so.
pub fn prove(env: &mut Environment, task: Task<'_>) -> Result<Report, KernelError> {
    stacker::grow(stack_for(task.limits), || {
        let mut attempt = Attempt::new(env, task);
        match attempt.run_with_cases(task) {
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

/// The report on a goal from a copy of a graph, which has grown to its end by some rules, and the goal's premises.
fn further(
    env: &mut Environment,
    (graph, rules): (&Graph, &[Rule]),
    task: Task<'_>,
    start: usize,
) -> graph::Result<Report> {
    let limits = task.limits;
    let capacity = graph.terms.len() + limits.nodes / 2;
    stacker::grow(stack_for(Limits { nodes: capacity, ..limits }), || {
        let (graph, rules) = (graph.copy(capacity), rules.to_vec());
        let mut further = Attempt { env, equality: task.equality, graph, rules };
        let (opened, facts) = further.open(task)?;
        let targets = further.targets(opened.goal)?;
        for &premise in &opened.premises {
            further.assume(premise)?;
        }
        let grown = further.saturate(Aim { goal: opened.goal, targets }, limits, start)?;
        further.conclude(grown, &opened, &facts, limits)
    })
}

/// A goal that is not an arrow, with the graph that saturation makes of it and its facts: what else it follows from is
/// asked many times over.
pub struct Prepared<'a> {
    task: Task<'a>,
    /// The graph, its rules and the number of terms before saturation; `None` if it did not grow to its end.
    grown: Option<(Graph, Vec<Rule>, usize)>,
}

impl<'a> Prepared<'a> {
    /// Saturates once.
    ///
    /// # Errors
    ///
    /// As those of [`prove`].
    pub fn new(env: &mut Environment, task: Task<'a>) -> Result<Self, KernelError> {
        let grown = stacker::grow(stack_for(task.limits), || {
            let mut attempt = Attempt::new(env, task);
            let mut grow = || {
                let targets = attempt.targets(task.goal)?;
                attempt.grow(task.facts, Aim { goal: task.goal, targets }, task.limits)
            };
            match grow() {
                Ok(grown) if grown.outcome.as_ref().err() == Some(&End::Saturated) => {
                    Ok(Some((attempt.graph, attempt.rules, grown.start)))
                }
                Ok(_) | Err(Stop::Full) => Ok(None),
                Err(Stop::Kernel(error)) => Err(error),
            }
        })?;
        Ok(Self { task, grown })
    }

    /// Whether saturation proves the goal once a further proposition is known.
    ///
    /// # Errors
    ///
    /// As those of [`prove`].
    pub fn follows_from(&self, env: &mut Environment, known: TermId) -> Result<bool, KernelError> {
        // Nothing in the goal is bound, so nothing has to make room for the arrow.
        let task = Task { goal: env.store.pi(known, self.task.goal), ..self.task };
        let report = match &self.grown {
            None => prove(env, task),
            Some((graph, rules, start)) => match further(env, (graph, rules), task, *start) {
                Ok(report) => Ok(report),
                Err(Stop::Full) => return Ok(false),
                Err(Stop::Kernel(error)) => Err(error),
            },
        };
        Ok(matches!(report?.verdict, Verdict::Proved(_)))
    }
}

/// The result of a saturation.
pub(super) struct Grown {
    /// The way in which the target was reached, or the reason why the growth ended without it.
    pub outcome: std::result::Result<Reached, End>,
    /// Rounds.
    pub iterations: usize,
    /// The number of terms that were there at the start.
    pub start: usize,
    /// Nodes looked at in matching.
    pub used: u64,
}

/// A goal with its facts, while it is attempted.
pub(super) struct Attempt<'a> {
    pub env: &'a mut Environment,
    pub equality: Equality,
    pub graph: Graph,
    pub rules: Vec<Rule>,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(env: &'a mut Environment, task: Task<'_>) -> Self {
        Self { env, equality: task.equality, graph: Graph::new(task.limits.nodes), rules: Vec::new() }
    }

    pub(super) fn report(&self, verdict: Verdict, iterations: usize, steps: usize) -> Report {
        let (nodes, classes) = (self.graph.terms.len(), self.graph.egraph.number_of_classes());
        Report { verdict, iterations, nodes, classes, rules: self.rules.len(), steps }
    }

    fn run_with_cases(&mut self, task: Task<'_>) -> graph::Result<Report> {
        let splits = task.limits.splits_with(self.env, task.facts)?;
        self.run(Task { limits: Limits { splits, ..task.limits }, ..task })
    }

    pub(super) fn run(&mut self, task: Task<'_>) -> graph::Result<Report> {
        let (opened, facts) = self.open(task)?;
        let targets = self.targets(opened.goal)?;
        let grown = self.grow(&facts, Aim { goal: opened.goal, targets }, task.limits)?;
        self.conclude(grown, &opened, &facts, task.limits)
    }

    /// A goal without its arrows, and all facts, its premises among them.
    fn open(&mut self, Task { facts, goal, .. }: Task<'_>) -> graph::Result<(Opened, Vec<Fact>)> {
        let opened = Opened::new(self.env, facts, goal)?;
        let facts = [facts, &opened.premises].concat();
        Ok((opened, facts))
    }

    /// The report on a goal, from what its saturation came to.
    fn conclude(&mut self, grown: Grown, opened: &Opened, facts: &[Fact], limits: Limits) -> graph::Result<Report> {
        let Grown { outcome, iterations, start, .. } = grown;
        let (found, steps) = match outcome {
            Ok(reached) => self.explain(&reached),
            Err(End::Time) => return Ok(self.report(Verdict::Open(End::Time), iterations, 0)),
            Err(end) => {
                let stuck = Stuck { facts, goal: opened.goal, end, start };
                match self.by_cases(stuck, limits)? {
                    Some(found) => found,
                    None => return Ok(self.report(Verdict::Open(end), iterations, 0)),
                }
            }
        };
        let verdict = match found.and_then(|proof| self.checked(proof, opened.goal)) {
            Ok(proof) => Verdict::Proved(self.env.store.close_lambda(proof, &opened.locals)),
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

    /// The report on a goal from a copy of the graph, which has grown to its end, and the goal's premises.
    pub(super) fn further(&mut self, task: Task<'_>, start: usize) -> graph::Result<Report> {
        further(self.env, (&self.graph, &self.rules), task, start)
    }

    /// Saturates with the facts that there are.
    fn saturate(&mut self, aim: Aim, limits: Limits, start: usize) -> graph::Result<Grown> {
        let mut saturation = Saturation::new(self.env, &mut self.graph, &self.rules, aim, limits, start);
        let outcome = saturation.run();
        let (iterations, used) = (saturation.iterations, limits.work - saturation.work);
        // What was looked at is paid for, so that a script of many saturations ends.
        self.env.spend(used / WORK_PER_STEP)?;
        Ok(Grown { outcome: outcome?, iterations, start, used })
    }

    /// Saturates with facts, the most relevant ones first: the others are used once those say nothing more.
    pub(super) fn grow(&mut self, facts: &[Fact], aim: Aim, limits: Limits) -> graph::Result<Grown> {
        let portions = portions(self.env, &self.equality, facts, aim.goal, limits.facts);
        let mut grown = Grown { outcome: Err(End::Saturated), iterations: 0, start: 0, used: 0 };
        for (number, portion) in portions.iter().enumerate() {
            for &fact in portion {
                self.assume(fact)?;
            }
            if number == 0 {
                grown.start = self.graph.terms.len();
            }
            let is_last = number + 1 == portions.len();
            let (iterations, work) = (limits.iterations - grown.iterations, limits.work - grown.used);
            let limits = Limits { iterations, work, inventive: limits.inventive && is_last, ..limits };
            let further = self.saturate(aim.clone(), limits, grown.start)?;
            grown.iterations += further.iterations;
            grown.used += further.used;
            grown.outcome = further.outcome;
            if grown.outcome.as_ref().err() != Some(&End::Saturated) {
                break;
            }
        }
        Ok(grown)
    }

    /// The proof of the goal reached, and the steps in it.
    fn explain(&mut self, reached: &Reached) -> (std::result::Result<TermId, ExplainError>, usize) {
        let mut prover = Prover::new(self.env, &mut self.graph, self.equality);
        let found = match reached {
            Reached::Equal(left, right) => prover.equation(*left, *right),
            Reached::Fact(proposition, fact) => prover.fact(*proposition, *fact),
            Reached::Absurd(why) => prover.why(why, None),
        };
        (found, prover.steps)
    }

    pub(super) fn targets(&mut self, goal: TermId) -> graph::Result<Vec<Target>> {
        let mut targets = Vec::new();
        if let Some((_, left, right)) = Equation::sides(&self.env.store, &self.equality, goal) {
            let (left, right) = (self.graph.add(self.env, left)?, self.graph.add(self.env, right)?);
            targets.push(Target::Equal(left, right));
        }
        let goal = self.graph.add(self.env, goal)?;
        targets.push(Target::Holds(goal));
        Ok(targets)
    }

    pub(super) fn assume(&mut self, Fact { proposition, proof }: Fact) -> graph::Result<()> {
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
