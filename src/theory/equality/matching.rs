//! Finding instances of rules in the e-graph.

use super::graph::Graph;
use super::rule::{Claim, Input, Parameter, Pattern, Plan, Rule, Step};
use egg::Id;
use prover_logic::{Environment, Term, TermId};

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// No value yet.
    Free,
    /// Any term of a class.
    Class(Id),
    /// This very term.
    Term(TermId),
}

/// Values of a rule's parameters.
pub(super) type Bindings = Box<[Binding]>;

/// Looks for the instances of one rule.
pub(super) struct Matcher<'a> {
    pub graph: &'a Graph,
    pub env: &'a Environment,
    pub rule: &'a Rule,
    /// The number of terms that were there at the start.
    pub start: usize,
    /// Nodes that may still be looked at; nothing is found once it is 0.
    pub work: &'a mut u64,
    /// The most instances to find.
    pub limit: usize,
    /// Whether the deadline had passed when it was looked at; nothing more is found then.
    pub is_late: bool,
}

/// Nodes looked at between two checks of a deadline: some tenths of a millisecond.
const WORK_PER_LOOK: u64 = 1_024;

/// An operator of the graph that fits a pattern's head.
struct Fitting<'p> {
    op: u32,
    /// The inputs of the pattern.
    inputs: &'p [Input],
    /// The bindings, with those that the operator's own arguments determine.
    bindings: Bindings,
}

impl Matcher<'_> {
    /// The instances that a plan finds, in an order that depends on the graph alone. Those of them whose premises speak
    /// of terms that are not in the graph are among them.
    pub fn run(&mut self, plan: &Plan) -> Vec<Bindings> {
        let mut found = vec![vec![Binding::Free; self.rule.parameters.len()].into_boxed_slice()];
        for step in &plan.steps {
            let mut next = Vec::new();
            for bindings in found {
                // What a step looks up, and does not match, is no work.
                self.is_late |= self.env.is_late();
                if next.len() > self.limit || self.is_over() {
                    break;
                }
                self.step(*step, bindings, &mut next);
            }
            found = next;
        }
        found
    }

    fn is_over(&self) -> bool {
        *self.work == 0 || self.is_late
    }

    /// Counts a node that is looked at.
    fn count(&mut self) {
        *self.work -= 1;
        if (*self.work).is_multiple_of(WORK_PER_LOOK) {
            self.is_late |= self.env.is_late();
        }
    }

    fn step(&mut self, step: Step, bindings: Bindings, out: &mut Vec<Bindings>) {
        let rule = self.rule;
        match step {
            Step::Anywhere(side) => self.anywhere(&rule.side(side).pattern, &bindings, out),
            Step::AtStart(side) => {
                for class in self.classes_at_start() {
                    self.within(&rule.side(side).pattern, class, &bindings, out);
                }
            }
            Step::Invent(index) => {
                for class in self.classes_at_start() {
                    self.within(&Pattern::Variable(index), class, &bindings, out);
                }
            }
            Step::Within(known, side) => {
                if let Some(class) = self.lookup(&rule.side(known).pattern, &bindings) {
                    self.within(&rule.side(side).pattern, class, &bindings, out);
                }
            }
            Step::Fact(side) => {
                for class in self.graph.fact_classes() {
                    self.within(&rule.side(side).pattern, class, &bindings, out);
                }
            }
            Step::Check(claim) => {
                if self.may_hold(claim, &bindings) {
                    out.push(bindings);
                }
            }
        }
    }

    fn classes_at_start(&self) -> Vec<Id> {
        let mut classes: Vec<Id> = (0..self.start).map(|i| self.graph.egraph.find(Id::from(i))).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// Whether a claim holds, or speaks of terms that are not in the graph.
    fn may_hold(&mut self, claim: Claim, bindings: &Bindings) -> bool {
        let rule = self.rule;
        match claim {
            Claim::Equation(left, right) => {
                let left = self.lookup(&rule.side(left).pattern, bindings);
                let right = self.lookup(&rule.side(right).pattern, bindings);
                left.is_none() || right.is_none() || left == right
            }
            Claim::Holds(side) => match self.lookup(&rule.side(side).pattern, bindings) {
                Some(class) => self.graph.fact(class).is_some(),
                None => true,
            },
            Claim::Anything(_) => true,
        }
    }

    /// Whether the instance holds in the graph already.
    pub fn is_known(&mut self, bindings: &Bindings) -> bool {
        let rule = self.rule;
        match rule.conclusion {
            Claim::Equation(left, right) => {
                let left = self.lookup(&rule.side(left).pattern, bindings);
                left.is_some() && left == self.lookup(&rule.side(right).pattern, bindings)
            }
            Claim::Holds(side) => {
                let class = self.lookup(&rule.side(side).pattern, bindings);
                class.is_some_and(|class| self.graph.fact(class).is_some())
            }
            Claim::Anything(_) => false,
        }
    }

    fn anywhere(&mut self, pattern: &Pattern, bindings: &Bindings, out: &mut Vec<Bindings>) {
        match pattern {
            Pattern::Apply(head, inputs) => {
                let graph = self.graph;
                for &op in graph.operators.with_head(*head) {
                    let Some(fitting) = self.operator(op, inputs, bindings) else { continue };
                    let mut classes: Vec<Id> = graph.egraph.classes_for_op(&op).into_iter().flatten().collect();
                    classes.sort_unstable();
                    for class in classes {
                        if out.len() > self.limit {
                            return;
                        }
                        self.nodes(&fitting, class, out);
                    }
                }
            }
            Pattern::Ground(term) => {
                if let Some(class) = self.graph.class_of(*term) {
                    self.within(pattern, class, bindings, out);
                }
            }
            Pattern::Variable(_) | Pattern::Opaque => {}
        }
    }

    fn within(&mut self, pattern: &Pattern, class: Id, bindings: &Bindings, out: &mut Vec<Bindings>) {
        if self.is_over() {
            return;
        }
        self.count();
        match pattern {
            Pattern::Variable(index) => {
                let mut bindings = bindings.clone();
                if self.bind(*index, class, &mut bindings) {
                    out.push(bindings);
                }
            }
            Pattern::Ground(term) => {
                if self.graph.class_of(*term) == Some(class) {
                    out.push(bindings.clone());
                }
            }
            Pattern::Apply(head, inputs) => {
                let graph = self.graph;
                for &op in graph.operators.with_head(*head) {
                    if let Some(fitting) = self.operator(op, inputs, bindings) {
                        self.nodes(&fitting, class, out);
                    }
                }
            }
            Pattern::Opaque => {}
        }
    }

    /// An operator with the bindings that its own arguments determine; `None` if it does not fit.
    fn operator<'p>(&self, op: u32, inputs: &'p [Input], bindings: &Bindings) -> Option<Fitting<'p>> {
        let operator = &self.graph.operators.list[op as usize];
        if operator.arguments.len() != inputs.len() {
            return None;
        }
        let mut bindings = bindings.clone();
        let fits = operator.arguments.iter().zip(inputs).all(|(argument, input)| match (argument, input) {
            (Some(argument), Input::Fixed(pattern)) => self.fixed(*pattern, *argument, 0, &mut bindings),
            (argument, input) => argument.is_none() && matches!(input, Input::Child(_)),
        });
        fits.then_some(Fitting { op, inputs, bindings })
    }

    /// Matches the nodes of a class that have an operator which fits.
    fn nodes(&mut self, fitting: &Fitting<'_>, class: Id, out: &mut Vec<Bindings>) {
        let &Fitting { op, inputs, ref bindings } = fitting;
        let graph = self.graph;
        // Nodes of a class are sorted, by their operators first.
        let nodes = &graph.egraph[class].nodes;
        let start = nodes.partition_point(|node| node.op < op);
        let patterns = || {
            inputs.iter().filter_map(|input| match input {
                Input::Child(pattern) => Some(pattern),
                Input::Fixed(_) => None,
            })
        };
        for node in nodes[start..].iter().take_while(|node| node.op == op) {
            if self.is_over() || out.len() > self.limit {
                return;
            }
            self.count();
            let mut found = vec![bindings.clone()];
            for (pattern, &child) in patterns().zip(&node.children) {
                let mut next = Vec::new();
                for bindings in &found {
                    self.within(pattern, graph.egraph.find(child), bindings, &mut next);
                }
                found = next;
                if found.is_empty() {
                    break;
                }
            }
            out.append(&mut found);
        }
    }

    fn bind(&self, index: usize, class: Id, bindings: &mut Bindings) -> bool {
        match bindings[index] {
            Binding::Class(known) => self.graph.egraph.find(known) == class,
            Binding::Term(known) => self.graph.class_of(known) == Some(class),
            Binding::Free => {
                let Parameter::Variable(ty) = self.rule.parameters[index] else { return false };
                bindings[index] = Binding::Class(class);
                self.fixed(ty, self.graph.egraph[class].data.ty, 0, bindings)
            }
        }
    }

    /// Matches a pattern in which loose indices beyond `depth` stand for parameters with a term, as written.
    fn fixed(&self, pattern: TermId, term: TermId, depth: u32, bindings: &mut Bindings) -> bool {
        if self.env.store.loose(pattern) <= depth {
            return pattern == term;
        }
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            match (self.env.store.term(pattern), self.env.store.term(term)) {
                (Term::Bound(index), _) => {
                    let Some(index) = bindings.len().checked_sub(1 + (index - depth) as usize) else { return false };
                    if self.env.store.loose(term) > 0 {
                        return false;
                    }
                    match bindings[index] {
                        Binding::Term(known) => known == term,
                        Binding::Class(known) => {
                            let same = self.graph.class_of(term) == Some(self.graph.egraph.find(known));
                            bindings[index] = Binding::Term(term);
                            same
                        }
                        Binding::Free => {
                            bindings[index] = Binding::Term(term);
                            true
                        }
                    }
                }
                (Term::App(f, a), Term::App(g, b)) => {
                    self.fixed(f, g, depth, bindings) && self.fixed(a, b, depth, bindings)
                }
                (Term::Pi(d, x), Term::Pi(e, y)) | (Term::Lambda(d, x), Term::Lambda(e, y)) => {
                    self.fixed(d, e, depth, bindings) && self.fixed(x, y, depth + 1, bindings)
                }
                _ => false,
            }
        })
    }

    /// The class of a pattern whose parameters are known, if it is in the graph.
    pub fn lookup(&mut self, pattern: &Pattern, bindings: &Bindings) -> Option<Id> {
        match pattern {
            Pattern::Variable(index) => match bindings[*index] {
                Binding::Class(class) => Some(self.graph.egraph.find(class)),
                Binding::Term(term) => self.graph.class_of(term),
                Binding::Free => None,
            },
            Pattern::Ground(term) => self.graph.class_of(*term),
            Pattern::Apply(head, inputs) => {
                let graph = self.graph;
                for &op in graph.operators.with_head(*head) {
                    if self.operator(op, inputs, bindings).is_none() {
                        continue;
                    }
                    let mut children = Vec::with_capacity(inputs.len());
                    for input in inputs {
                        if let Input::Child(child) = input {
                            children.push(self.lookup(child, bindings)?);
                        }
                    }
                    return graph.egraph.lookup(super::language::Node { op, children: children.into() });
                }
                None
            }
            Pattern::Opaque => None,
        }
    }

    /// The size that a pattern's instance has, counting each class by its smallest term.
    pub fn size(&self, pattern: &Pattern, bindings: &Bindings) -> u32 {
        match pattern {
            Pattern::Variable(index) => match bindings[*index] {
                Binding::Class(class) => self.graph.egraph[class].data.size,
                Binding::Term(term) => self.graph.class_of(term).map_or(1, |class| self.graph.egraph[class].data.size),
                Binding::Free => 1,
            },
            Pattern::Ground(term) => self.graph.class_of(*term).map_or(1, |class| self.graph.egraph[class].data.size),
            Pattern::Opaque => 1,
            Pattern::Apply(_, inputs) => inputs.iter().fold(1, |size: u32, input| match input {
                Input::Child(child) => size.saturating_add(self.size(child, bindings)),
                Input::Fixed(_) => size,
            }),
        }
    }
}
