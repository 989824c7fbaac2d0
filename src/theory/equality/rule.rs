//! Universally quantified propositions as rules of saturation.

use super::graph::{Graph, Result, Stop};
use super::language::mentions;
use crate::terms::equation::Equation;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};

/// Rules with more inputs are not used.
const MAX_PARAMETERS: usize = 64;

/// A set of parameters.
pub(super) type Parameters = u64;

/// A pattern that is matched with classes.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// A parameter.
    Variable(usize),
    /// A term without parameters.
    Ground(TermId),
    /// A head with arguments.
    Apply(TermId, Box<[Input]>),
    /// A form that cannot be matched: a parameter applied, or one under a binder. It can be built.
    Opaque,
}

/// An argument of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// A child.
    Child(Pattern),
    /// A part of the operator; loose index `count - 1 - i` stands for parameter `i`.
    Fixed(TermId),
}

/// A side of an equation, or a proposition, of a rule.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// The pattern.
    pub pattern: Pattern,
    /// The same as a term to instantiate; loose index `count - 1 - i` stands for parameter `i`.
    pub term: TermId,
    /// The parameters that it mentions.
    pub mentions: Parameters,
    /// The parameters that are known once it was matched, by the types of variables too.
    pub binds: Parameters,
}

/// A proposition of a rule; sides by their places in [`Rule::sides`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim {
    /// An equation.
    Equation(usize, usize),
    /// Another proposition.
    Holds(usize),
    /// Whatever is to be proved: a parameter that nothing else determines.
    Anything(usize),
}

/// A step of looking for a rule's instances.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Match a side with all classes.
    Anywhere(usize),
    /// Match a side with the classes that were there at the start.
    AtStart(usize),
    /// Match the second side with the class of the first, which is known.
    Within(usize, usize),
    /// Match a side with the classes of facts.
    Fact(usize),
    /// Look whether a premise holds, all of whose parameters are known.
    Check(Claim),
    /// Try the classes that were there at the start for a parameter that nothing else determines.
    Invent(usize),
}

/// One way to find instances of a rule.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub steps: Vec<Step>,
    /// Whether it is only followed when all else is done: it makes terms out of nothing.
    pub reluctant: bool,
}

/// The kind of a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parameter {
    /// An object or a type; its type, with loose indices as in [`Side::term`].
    Variable(TermId),
    /// The proof of a premise.
    Premise(Claim),
}

/// A proposition as a rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Its proof.
    pub function: TermId,
    pub parameters: Vec<Parameter>,
    pub sides: Vec<Side>,
    pub conclusion: Claim,
    pub plans: Vec<Plan>,
}

struct Compiler<'a> {
    env: &'a mut Environment,
    graph: &'a mut Graph,
    equality: Equality,
    locals: Vec<TermId>,
    types: Vec<TermId>,
    sides: Vec<Side>,
}

impl Rule {
    /// The rule of a proposition that starts with an arrow; `None` if it is outside the fragment. Ground parts of its
    /// patterns are added to the graph, so that they can be matched.
    pub fn new(
        env: &mut Environment,
        graph: &mut Graph,
        equality: Equality,
        proposition: TermId,
        proof: TermId,
    ) -> Result<Option<Self>> {
        let compiler = Compiler { env, graph, equality, locals: Vec::new(), types: Vec::new(), sides: Vec::new() };
        match compiler.rule(proposition, proof) {
            Err(Stop::Kernel(error @ (KernelError::BudgetExhausted | KernelError::TooDeep))) => {
                Err(Stop::Kernel(error))
            }
            Err(Stop::Full) => Err(Stop::Full),
            Err(_) => Ok(None),
            Ok(rule) => Ok(rule),
        }
    }

    /// The side of a place.
    pub fn side(&self, place: usize) -> &Side {
        &self.sides[place]
    }
}

impl Compiler<'_> {
    fn rule(mut self, proposition: TermId, proof: TermId) -> Result<Option<Rule>> {
        let first = self.env.store.local_bound(proposition);
        let mut rest = proposition;
        let mut domains = Vec::new();
        while let Term::Pi(domain, body) = self.env.store.term(rest) {
            let domain = self.env.store.instantiate(domain, &self.locals);
            let is_premise = self.env.sort_of(domain)? == Sort::Prop;
            if self.locals.len() >= MAX_PARAMETERS || (is_premise && mentions(&self.env.store, body, 0)) {
                return Ok(None);
            }
            self.locals.push(self.env.store.local(first + self.locals.len() as u32, domain));
            domains.push((domain, is_premise));
            rest = body;
        }
        let conclusion = self.env.store.instantiate(rest, &self.locals);
        for &(domain, _) in &domains {
            let ty = self.env.store.abstract_locals(domain, &self.locals);
            self.types.push(ty);
        }
        let mut parameters = Vec::new();
        let mut variables: Parameters = 0;
        for (index, &(domain, is_premise)) in domains.iter().enumerate() {
            parameters.push(match is_premise {
                true => Parameter::Premise(self.claim(domain)?),
                false => {
                    variables |= 1 << index;
                    Parameter::Variable(self.types[index])
                }
            });
        }
        let mut conclusion = self.claim(conclusion)?;
        let premises: Vec<Claim> = parameters
            .iter()
            .filter_map(|parameter| match parameter {
                Parameter::Premise(claim) => Some(*claim),
                Parameter::Variable(_) => None,
            })
            .collect();
        if let Claim::Equation(left, right) = conclusion
            && self.sides[left].term == self.sides[right].term
        {
            return Ok(None);
        }
        if let Claim::Holds(side) = conclusion
            && let Pattern::Variable(index) = self.sides[side].pattern
            && !premises.iter().flat_map(places).any(|place| self.sides[place].mentions & (1 << index) != 0)
        {
            conclusion = Claim::Anything(index);
            variables &= !(1 << index);
        }
        let plans = Planner { sides: &self.sides, premises: &premises, variables }.plans(conclusion);
        let rule = Rule { function: proof, parameters, sides: self.sides, conclusion, plans };
        Ok((!rule.plans.is_empty()).then_some(rule))
    }

    fn claim(&mut self, proposition: TermId) -> Result<Claim> {
        match Equation::sides(&self.env.store, &self.equality, proposition) {
            Some((_, left, right)) => {
                let (left, right) = (self.side(left)?, self.side(right)?);
                Ok(Claim::Equation(left, right))
            }
            None => Ok(Claim::Holds(self.side(proposition)?)),
        }
    }

    fn side(&mut self, term: TermId) -> Result<usize> {
        let pattern = self.pattern(term)?;
        let term = self.env.store.abstract_locals(term, &self.locals);
        let mentions = self.mentioned(term);
        let binds = self.bound_by(&pattern);
        self.sides.push(Side { pattern, term, mentions, binds });
        Ok(self.sides.len() - 1)
    }

    fn mentioned(&self, term: TermId) -> Parameters {
        let count = self.locals.len();
        let mentioned = |&i: &usize| mentions(&self.env.store, term, (count - 1 - i) as u32);
        (0..count).filter(mentioned).fold(0, |set, i| set | 1 << i)
    }

    /// The pattern of a term in which locals stand for parameters.
    fn pattern(&mut self, term: TermId) -> Result<Pattern> {
        self.env.spend(1)?;
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.pattern_of(term))
    }

    fn pattern_of(&mut self, term: TermId) -> Result<Pattern> {
        if let Some(index) = self.locals.iter().position(|&local| local == term) {
            return Ok(Pattern::Variable(index));
        }
        let reduced = self.env.beta(term)?;
        let loose = self.env.store.abstract_locals(reduced, &self.locals);
        if self.env.store.loose(loose) == 0 {
            self.graph.add(self.env, reduced)?;
            return Ok(Pattern::Ground(reduced));
        }
        let (operator, children) = self.graph.operators.shape(self.env, reduced)?;
        let head_is_variable = self.locals.contains(&operator.head);
        if operator.arguments.is_empty() || head_is_variable {
            return Ok(Pattern::Opaque);
        }
        let mut children = children.into_iter();
        let mut inputs = Vec::with_capacity(operator.arguments.len());
        for argument in &operator.arguments {
            inputs.push(match (*argument, argument.map_or_else(|| children.next(), |_| None)) {
                (None, Some(child)) => Input::Child(self.pattern(child)?),
                (fixed, _) => {
                    let fixed = fixed.unwrap_or(operator.head);
                    Input::Fixed(self.env.store.abstract_locals(fixed, &self.locals))
                }
            });
        }
        Ok(Pattern::Apply(operator.head, inputs.into()))
    }

    fn bound_by(&self, pattern: &Pattern) -> Parameters {
        match pattern {
            Pattern::Variable(index) => 1 << index | self.mentioned(self.types[*index]),
            Pattern::Ground(_) | Pattern::Opaque => 0,
            Pattern::Apply(_, inputs) => inputs.iter().fold(0, |set, input| {
                set | match input {
                    Input::Child(child) => self.bound_by(child),
                    Input::Fixed(fixed) => self.mentioned(*fixed),
                }
            }),
        }
    }
}

/// The places of a claim's sides.
fn places(claim: &Claim) -> impl Iterator<Item = usize> + use<> {
    let (first, second) = match *claim {
        Claim::Equation(left, right) => (Some(left), Some(right)),
        Claim::Holds(side) => (Some(side), None),
        Claim::Anything(_) => (None, None),
    };
    first.into_iter().chain(second)
}

/// Decides the order in which the parts of a rule are matched.
struct Planner<'a> {
    sides: &'a [Side],
    premises: &'a [Claim],
    variables: Parameters,
}

impl Planner<'_> {
    fn plans(&self, conclusion: Claim) -> Vec<Plan> {
        let mut plans = Vec::new();
        for place in places(&conclusion) {
            let side = &self.sides[place];
            let (step, reluctant) = match side.pattern {
                Pattern::Opaque => continue,
                Pattern::Variable(_) => (Step::AtStart(place), true),
                // `nil` of a type is enough to make `(concat nil)`, with it `nil` of lists of that type, and so on.
                Pattern::Apply(_, ref inputs) => {
                    let is_constant = !inputs.iter().any(|input| matches!(input, Input::Child(_)));
                    (Step::Anywhere(place), is_constant)
                }
                Pattern::Ground(_) => (Step::Anywhere(place), false),
            };
            let is_equation = matches!(conclusion, Claim::Equation(..));
            match self.with_premises(vec![step], side.binds) {
                Some((steps, 0)) if is_equation || !reluctant => plans.push(Plan { steps, reluctant }),
                // A proposition that is just a parameter is found by the premises alone.
                Some((mut steps, unknown)) if is_equation && !reluctant => {
                    steps.extend((0..MAX_PARAMETERS).filter(|i| unknown & (1 << i) != 0).map(Step::Invent));
                    plans.push(Plan { steps, reluctant: true });
                }
                _ => {}
            }
        }
        if plans.iter().all(|plan| plan.reluctant)
            && !self.premises.is_empty()
            && let Some((steps, 0)) = self.with_premises(Vec::new(), 0)
        {
            // What the premises determine needs no objects out of nothing.
            plans = vec![Plan { steps, reluctant: false }];
        }
        plans
    }

    /// The steps followed by those for the premises, and the parameters that stay unknown; `None` if a premise cannot
    /// be looked for.
    fn with_premises(&self, mut steps: Vec<Step>, mut known: Parameters) -> Option<(Vec<Step>, Parameters)> {
        let mut open: Vec<Claim> = self.premises.to_vec();
        while !open.is_empty() {
            let checked = open.iter().position(|claim| places(claim).all(|p| self.is_known(p, known)));
            if let Some(index) = checked {
                steps.push(Step::Check(open.remove(index)));
                continue;
            }
            let (index, found) =
                open.iter().enumerate().find_map(|(index, claim)| Some((index, self.search(claim, known)?)))?;
            known |= places(&open.remove(index)).fold(0, |set, place| set | self.sides[place].binds);
            steps.extend(found);
        }
        Some((steps, self.variables & !known))
    }

    fn is_known(&self, place: usize, known: Parameters) -> bool {
        self.sides[place].mentions & !known == 0
    }

    /// The plan by which a premise with unknown parameters is looked for.
    fn search(&self, claim: &Claim, known: Parameters) -> Option<Vec<Step>> {
        let is_shape = |place: usize| matches!(self.sides[place].pattern, Pattern::Ground(_) | Pattern::Apply(..));
        let matchable = |place: usize| !matches!(self.sides[place].pattern, Pattern::Opaque);
        match *claim {
            Claim::Equation(left, right) if self.is_known(left, known) && matchable(left) && matchable(right) => {
                Some(vec![Step::Within(left, right)])
            }
            Claim::Equation(left, right) if self.is_known(right, known) && matchable(left) && matchable(right) => {
                Some(vec![Step::Within(right, left)])
            }
            Claim::Equation(left, right) if is_shape(left) && matchable(right) => {
                Some(vec![Step::Anywhere(left), Step::Within(left, right)])
            }
            Claim::Equation(left, right) if is_shape(right) && matchable(left) => {
                Some(vec![Step::Anywhere(right), Step::Within(right, left)])
            }
            Claim::Holds(side) if is_shape(side) => Some(vec![Step::Fact(side)]),
            _ => None,
        }
    }
}
