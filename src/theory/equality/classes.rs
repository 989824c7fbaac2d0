//! Read access to a saturated graph, for the search for lemmas.

use super::attempt::{Attempt, Task};
use super::graph::{Graph, Stop};
use super::language::Operator;
use super::limits::stack_for;
use super::rule::Rule;
use super::saturate::{Aim, Target};
use super::split::{Principle, choose};
use crate::terms::typed::Fact;
use egg::Id;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};
use rustc_hash::{FxHashMap, FxHashSet};

/// A class of equal terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(Id);

/// A function of objects as the graph applies it: a head with those of its arguments that are types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    operator: Operator,
    /// The types of its inputs.
    pub inputs: Vec<TermId>,
    /// The type of its results.
    pub output: TermId,
}

impl Operation {
    /// A constant as a function of objects, with one type for all its type parameters; `None` if it is none: it takes
    /// or gives propositions, or types that are not parameters, or a type depends on an object.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn of(env: &mut Environment, constant: TermId, parameter: TermId) -> Result<Option<Self>, KernelError> {
        let (mut arguments, mut inputs) = (Vec::new(), Vec::new());
        let mut ty = env.infer(constant)?;
        while let Term::Pi(domain, range) = env.store.term(ty) {
            let is_parameter = matches!(env.store.term(domain), Term::Sort(Sort::Type));
            if is_parameter && inputs.is_empty() {
                arguments.push(Some(parameter));
                ty = env.store.instantiate(range, &[parameter]);
            } else if is_parameter || env.store.loose(range) > 0 || env.sort_of(domain)? != Sort::Type {
                return Ok(None);
            } else {
                arguments.push(None);
                inputs.push(domain);
                ty = range;
            }
        }
        if matches!(env.store.term(ty), Term::Sort(_)) || env.sort_of(ty)? != Sort::Type {
            return Ok(None);
        }
        let operator = Operator { head: constant, arguments: arguments.into() };
        Ok(Some(Self { operator, inputs, output: ty }))
    }

    /// The head.
    pub fn head(&self) -> TermId {
        self.operator.head
    }

    /// The function applied; as many arguments as there are inputs.
    pub fn apply(&self, env: &mut Environment, arguments: &[TermId]) -> TermId {
        self.operator.apply(&mut env.store, arguments)
    }
}

/// An application that a class has among its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The operation that is applied.
    pub operation: Operation,
    /// The classes that it is applied to.
    pub inputs: Vec<ClassId>,
}

/// The cases that saturation would [split](super) a goal into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// The term of which is asked by which constructor it was made.
    pub term: TermId,
    /// Its type.
    pub ty: TermId,
    /// The constructors, applied to the types that the type has.
    pub constructors: Vec<TermId>,
}

/// The classes that saturation made of some facts and a goal.
pub struct Classes<'a> {
    /// The terms' environment.
    pub env: &'a mut Environment,
    graph: &'a Graph,
    rules: &'a [Rule],
    facts: &'a [Fact],
    /// The number of terms that were there before saturation.
    start: usize,
    sides: Option<(Id, Id)>,
}

/// Saturates with facts and a goal that is not an arrow, as [`prove`](super::prove) does, and hands the result to
/// `look`. `None` if the graph was full before saturation began.
///
/// # Errors
///
/// As those of [`prove`](super::prove).
pub fn inspect<T>(
    env: &mut Environment,
    task: Task<'_>,
    look: impl FnOnce(&mut Classes<'_>) -> T,
) -> Result<Option<T>, KernelError> {
    stacker::grow(stack_for(task.limits), || {
        let mut attempt = Attempt::new(env, task);
        match attempt.grown_sides(task) {
            Ok((sides, start)) => {
                let Attempt { env, graph, rules, .. } = &mut attempt;
                Ok(Some(look(&mut Classes { env, graph, rules, facts: task.facts, start, sides })))
            }
            Err(Stop::Kernel(error)) => Err(error),
            Err(Stop::Full) => Ok(None),
        }
    })
}

impl Attempt<'_> {
    /// Saturates without asking for proofs; the two sides of the goal, if it is an equation, and the number of terms
    /// that were there before.
    fn grown_sides(&mut self, task: Task<'_>) -> super::graph::Result<(Option<(Id, Id)>, usize)> {
        let Task { facts, goal, limits, .. } = task;
        let targets = self.targets(goal)?;
        let sides = targets.iter().find_map(|target| match *target {
            Target::Equal(left, right) => Some((left, right)),
            Target::Holds(_) => None,
        });
        // Why it ended does not matter to one who looks at what is there.
        let grown = self.grow(facts, Aim { goal, targets }, limits)?;
        Ok((sides, grown.start))
    }
}

impl Classes<'_> {
    /// The classes of the two sides of the goal, if it is an equation.
    pub fn sides(&self) -> Option<(ClassId, ClassId)> {
        self.sides.map(|(left, right)| (self.find(left), self.find(right)))
    }

    fn find(&self, id: Id) -> ClassId {
        ClassId(self.graph.egraph.find(id))
    }

    /// All classes, in the order in which they came to be.
    pub fn all(&self) -> Vec<ClassId> {
        let mut ids: Vec<Id> = self.graph.egraph.classes().map(|class| class.id).collect();
        ids.sort_unstable();
        ids.into_iter().map(ClassId).collect()
    }

    /// The type of a class's terms.
    pub fn type_of(&self, class: ClassId) -> TermId {
        self.graph.egraph[class.0].data.ty
    }

    /// The smallest term of a class, and its size as a tree of operations.
    pub fn smallest(&self, class: ClassId) -> (TermId, u32) {
        let data = &self.graph.egraph[class.0].data;
        (self.graph.term(data.best), data.size)
    }

    /// The applications of functions to objects among the terms of a class.
    pub fn applications(&self, class: ClassId) -> Vec<Applied> {
        let nodes = self.graph.egraph[class.0].nodes.iter();
        let applied = |node: &super::language::Node| Applied {
            operation: self.operation(node),
            inputs: node.children.iter().map(|&child| self.find(child)).collect(),
        };
        nodes.map(applied).collect()
    }

    fn operation(&self, node: &super::language::Node) -> Operation {
        Operation {
            operator: self.graph.operators.list[node.op as usize].clone(),
            inputs: node.children.iter().map(|&child| self.graph.egraph[child].data.ty).collect(),
            output: self.graph.egraph.analysis.types[node.op as usize],
        }
    }

    /// The cases that the goal would be split into.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn cases(&mut self) -> Result<Option<Cases>, KernelError> {
        let mut principles = Vec::new();
        for &Fact { proposition, proof } in self.facts {
            principles.extend(Principle::new(self.env, proposition, proof)?);
        }
        let Some((principle, term)) = choose(self.env, self.graph, self.rules, (self.facts, &principles), self.start)?
        else {
            return Ok(None);
        };
        let ty = self.env.infer(term)?;
        let Some(types) = principle.arguments_of(self.env, ty) else { return Ok(None) };
        let constructors = principle.constructors.iter().map(|&built| self.env.store.apps(built, &types)).collect();
        Ok(Some(Cases { term, ty, constructors }))
    }

    /// The classes of which terms of some classes are made, those themselves included, from the outside in.
    pub fn below(&self, roots: &[ClassId]) -> Vec<ClassId> {
        let mut found = roots.to_vec();
        let mut seen: FxHashSet<ClassId> = roots.iter().copied().collect();
        let mut next = 0;
        while let Some(&class) = found.get(next) {
            next += 1;
            for child in self.graph.egraph[class.0].nodes.iter().flat_map(|node| node.children.iter()) {
                let child = self.find(*child);
                if seen.insert(child) {
                    found.push(child);
                }
            }
        }
        found
    }

    /// The functions that the graph applies to objects or has as objects, in the order in which they came.
    pub fn operations(&self) -> Vec<Operation> {
        let mut found: Vec<Option<Operation>> = vec![None; self.graph.operators.list.len()];
        for class in self.all() {
            for node in &self.graph.egraph[class.0].nodes {
                found[node.op as usize].get_or_insert_with(|| self.operation(node));
            }
        }
        found.into_iter().flatten().collect()
    }

    /// The smallest terms of some classes in which the terms of the classes `named` are written as the given variables
    /// and the locals in `avoided` do not occur by themselves; `None` for a class that has no such term.
    pub fn written(
        &mut self,
        classes: &[ClassId],
        named: &[(ClassId, TermId)],
        avoided: &[TermId],
    ) -> Vec<Option<TermId>> {
        let named: FxHashMap<Id, TermId> = named.iter().map(|&(class, variable)| (class.0, variable)).collect();
        let costs = self.costs(&named, avoided);
        let mut known: FxHashMap<Id, TermId> = named;
        classes.iter().map(|class| self.build(class.0, &costs, &mut known)).collect()
    }

    /// The size of the smallest term of each class, and the place of its node in the class (Knuth's generalisation of
    /// Dijkstra's algorithm, as a fixed point).
    fn costs(&self, named: &FxHashMap<Id, TermId>, avoided: &[TermId]) -> FxHashMap<Id, (u32, usize)> {
        let classes = self.all();
        let mut costs: FxHashMap<Id, (u32, usize)> = named.keys().map(|&id| (id, (1, usize::MAX))).collect();
        loop {
            let mut changed = false;
            if self.env.is_late() {
                return costs;
            }
            for &ClassId(class) in classes.iter().filter(|class| !named.contains_key(&class.0)) {
                for (place, node) in self.graph.egraph[class].nodes.iter().enumerate() {
                    if avoided.contains(&self.graph.operators.list[node.op as usize].head) {
                        continue;
                    }
                    let mut children = node.children.iter().map(|&child| costs.get(&self.graph.egraph.find(child)));
                    let cost = children.try_fold(1u32, |sum, child| child.map(|child| sum.saturating_add(child.0)));
                    if let Some(cost) = cost
                        && costs.get(&class).is_none_or(|known| cost < known.0)
                    {
                        costs.insert(class, (cost, place));
                        changed = true;
                    }
                }
            }
            if !changed {
                return costs;
            }
        }
    }

    fn build(
        &mut self,
        class: Id,
        costs: &FxHashMap<Id, (u32, usize)>,
        known: &mut FxHashMap<Id, TermId>,
    ) -> Option<TermId> {
        if let Some(&term) = known.get(&class) {
            return Some(term);
        }
        let graph = self.graph;
        let node = graph.egraph[class].nodes.get(costs.get(&class)?.1)?;
        let mut children = Vec::with_capacity(node.children.len());
        for &child in &node.children {
            // Each child is smaller, so this ends, and is as deep as a term of a graph, on whose stack it runs.
            children.push(self.build(graph.egraph.find(child), costs, known)?);
        }
        let term = graph.operators.list[node.op as usize].apply(&mut self.env.store, &children);
        known.insert(class, term);
        Some(term)
    }
}
