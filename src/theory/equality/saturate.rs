//! Growth of the e-graph until it has the goal, is saturated, or reaches a limit.

use super::graph::{Argument, Graph, Result, Stop, Why};
use super::limits::{End, Limits};
use super::matching::{Binding, Bindings, Matcher};
use super::rule::{Claim, Parameter, Rule};
use egg::Id;
use prover_logic::{Environment, KernelError, Sort, TermId};

/// Instances of one rule that one round may apply; a rule that has more is left out for [`PAUSE`] rounds, and both
/// numbers double (egg's back-off).
const INSTANCES: usize = 1_000;
const PAUSE: usize = 5;

/// A question that saturation is to answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// That two terms are equal.
    Equal(Id, Id),
    /// That a proposition holds.
    Holds(Id),
}

/// The way in which a target was reached.
#[derive(Clone, Debug)]
pub(super) enum Reached {
    /// The two terms are equal.
    Equal(Id, Id),
    /// The proposition is equal to a fact.
    Fact(Id, usize),
    /// The graph is contradictory, and a rule says that then the goal holds.
    Absurd(Why),
}

/// The aim of a saturation.
#[derive(Clone)]
pub(super) struct Aim {
    /// The goal, for rules that prove anything.
    pub goal: TermId,
    /// The questions; each of it proves the goal.
    pub targets: Vec<Target>,
}

/// When a rule may be used again.
#[derive(Clone, Copy, Debug, Default)]
struct Pause {
    until: usize,
    times: u32,
}

/// An instance that was found.
struct Match {
    rule: usize,
    bindings: Bindings,
    size: u32,
}

/// The growth of one graph.
pub(super) struct Saturation<'a> {
    pub env: &'a mut Environment,
    pub graph: &'a mut Graph,
    pub rules: &'a [Rule],
    pub aim: Aim,
    pub limits: Limits,
    pub iterations: usize,
    pub work: u64,
    pauses: Vec<Pause>,
    start: usize,
}

impl<'a> Saturation<'a> {
    /// The growth by some rules; `start` is the number of terms that were there at the start.
    pub fn new(
        env: &'a mut Environment,
        graph: &'a mut Graph,
        rules: &'a [Rule],
        aim: Aim,
        limits: Limits,
        start: usize,
    ) -> Self {
        let pauses = vec![Pause::default(); rules.len()];
        let work = limits.work;
        Self { env, graph, rules, aim, limits, iterations: 0, work, pauses, start }
    }

    /// Grows the graph; how the target was reached, or why the growth ended without it.
    pub fn run(&mut self) -> std::result::Result<std::result::Result<Reached, End>, KernelError> {
        self.graph.rebuild();
        let mut reluctant = false;
        loop {
            if let Some(reached) = self.reached() {
                return Ok(Ok(reached));
            }
            if self.iterations >= self.limits.iterations {
                return Ok(Err(End::Iterations));
            }
            if self.env.is_late() {
                return Ok(Err(End::Time));
            }
            self.iterations += 1;
            let before = (self.graph.terms.len(), self.graph.reasons.len(), self.graph.facts.len());
            let (matches, paused) = self.matches(reluctant);
            let applied = self.apply(matches);
            self.graph.rebuild();
            match applied {
                Ok(Some(why)) => return Ok(Ok(Reached::Absurd(why))),
                // What was found by then is not all that there is.
                Ok(None) if self.env.is_late() => return Ok(self.reached().ok_or(End::Time)),
                Ok(None) if self.work == 0 => return Ok(self.reached().ok_or(End::Work)),
                Ok(None) => {}
                Err(Stop::Full) => return Ok(self.reached().ok_or(End::Nodes)),
                Err(Stop::Kernel(error)) => return Err(error),
            }
            if before != (self.graph.terms.len(), self.graph.reasons.len(), self.graph.facts.len()) {
                reluctant = false;
            } else if paused {
                self.pauses.iter_mut().for_each(|pause| pause.until = 0);
            } else if reluctant || !self.limits.inventive {
                return Ok(self.reached().ok_or(End::Saturated));
            } else {
                reluctant = true;
            }
        }
    }

    fn reached(&self) -> Option<Reached> {
        self.aim.targets.iter().find_map(|&target| match target {
            Target::Equal(left, right) => self.graph.equal(left, right).then_some(Reached::Equal(left, right)),
            Target::Holds(id) => self.graph.fact(id).map(|fact| Reached::Fact(id, fact)),
        })
    }

    /// The instances of all rules, small ones first, and whether rules were left out.
    fn matches(&mut self, reluctant: bool) -> (Vec<Match>, bool) {
        let mut matches = Vec::new();
        let mut paused = false;
        for (index, rule) in self.rules.iter().enumerate() {
            let pause = &mut self.pauses[index];
            if pause.until > self.iterations {
                paused = true;
                continue;
            }
            let limit = INSTANCES << pause.times.min(20);
            let (graph, env, start) = (&*self.graph, &*self.env, self.start);
            let mut matcher = Matcher { graph, env, rule, start, work: &mut self.work, limit, is_late: false };
            let mut found = Vec::new();
            for plan in rule.plans.iter().filter(|plan| reluctant || !plan.reluctant) {
                for bindings in matcher.run(plan) {
                    if !matcher.is_known(&bindings) {
                        let size = rule.conclusion_size(&matcher, &bindings);
                        found.push(Match { rule: index, bindings, size });
                    }
                }
            }
            if found.len() > limit {
                pause.until = self.iterations + (PAUSE << pause.times.min(20));
                pause.times += 1;
                paused = true;
            } else {
                matches.append(&mut found);
            }
        }
        matches.retain(|found| found.size <= self.limits.size);
        matches.sort_by_key(|found| found.size);
        (matches, paused)
    }

    fn apply(&mut self, matches: Vec<Match>) -> Result<Option<Why>> {
        for (count, found) in matches.into_iter().enumerate() {
            if count % 64 == 63 && self.env.is_late() {
                break;
            }
            if let Some(why) = self.apply_one(&self.rules[found.rule], &found.bindings)? {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    /// Adds an instance's conclusion, if its premises hold; gives the reason if that is the goal.
    fn apply_one(&mut self, rule: &Rule, bindings: &Bindings) -> Result<Option<Why>> {
        // What stands for proofs is mentioned nowhere.
        let placeholder = self.env.store.sort(Sort::Prop);
        let values: Vec<TermId> = (0..bindings.len())
            .map(|index| match bindings[index] {
                Binding::Term(term) => term,
                Binding::Class(class) => self.graph.term(self.graph.egraph[class].data.best),
                Binding::Free => match rule.conclusion {
                    Claim::Anything(anything) if anything == index => self.aim.goal,
                    _ => placeholder,
                },
            })
            .collect();
        let mut arguments = Vec::with_capacity(values.len());
        for (parameter, &value) in rule.parameters.iter().zip(&values) {
            arguments.push(match *parameter {
                Parameter::Variable(_) => Argument::Term(value),
                Parameter::Premise(claim) => match self.premise(rule, claim, &values)? {
                    Some(argument) => argument,
                    None => return Ok(None),
                },
            });
        }
        let why = Why::Instance { function: rule.function, arguments: arguments.into() };
        match rule.conclusion {
            Claim::Equation(left, right) => {
                let left = self.add_side(rule, left, &values)?;
                let right = self.add_side(rule, right, &values)?;
                self.graph.unite(left, right, why);
            }
            Claim::Holds(side) => {
                let proposition = self.add_side(rule, side, &values)?;
                self.graph.assert(proposition, why);
            }
            Claim::Anything(_) => return Ok(Some(why)),
        }
        Ok(None)
    }

    fn add_side(&mut self, rule: &Rule, side: usize, values: &[TermId]) -> Result<Id> {
        let term = self.env.store.instantiate(rule.side(side).term, values);
        self.graph.add(self.env, term)
    }

    fn premise(&mut self, rule: &Rule, claim: Claim, values: &[TermId]) -> Result<Option<Argument>> {
        match claim {
            Claim::Equation(left, right) => {
                let (left, right) = (self.add_side(rule, left, values)?, self.add_side(rule, right, values)?);
                Ok(self.graph.equal(left, right).then_some(Argument::Equal(left, right)))
            }
            Claim::Holds(side) => {
                let proposition = self.add_side(rule, side, values)?;
                Ok(self.graph.fact(proposition).map(|fact| Argument::Fact(proposition, fact)))
            }
            Claim::Anything(_) => Ok(None),
        }
    }
}

impl Rule {
    /// The size of the largest side that an instance's conclusion has.
    fn conclusion_size(&self, matcher: &Matcher<'_>, bindings: &Bindings) -> u32 {
        let size = |side: usize| matcher.size(&self.side(side).pattern, bindings);
        match self.conclusion {
            Claim::Equation(left, right) => size(left).max(size(right)),
            Claim::Holds(side) => size(side),
            Claim::Anything(_) => 0,
        }
    }
}
