//! From the kernel's terms to first-order terms and back.
//!
//! A term is cut at its head as for the [e-graph](super::super::language): a symbol is a head with those arguments that
//! are types or proofs or on which later types depend, and takes the others as arguments. A sort is a type without
//! variables. A term without a head (a lambda, an arrow) is a symbol without arguments, unless a variable occurs in it:
//! then the fact is left out. A fact that is quantified over types stands for one fact for each type that the goal
//! mentions.

use super::super::language::{Operator, Operators};
use super::Scope;
use super::bank::{APART, Bank, Node, Symbol};
use super::rule::{Chain, Origin, Rule};
use crate::terms::application::{Facts, Means, Premises, forward_applications};
use crate::terms::equation::Equation;
use crate::terms::matching::{Substitution, beta_normal};
use crate::terms::order::knuth_bendix::{self, FirstOrder};
use crate::terms::signature::Signature;
use crate::terms::typed::Fact;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

type Result<T> = std::result::Result<T, KernelError>;

/// Facts, instances by types counted, that are taken.
const MAX_FACTS: usize = 4_096;
/// Instances by types of one fact.
const MAX_INSTANCES: usize = 64;
/// Ways to meet the premises of one fact by facts without variables, beyond which none is looked for.
const MAX_CHOICES: usize = 10_000;
/// The weight of terms that are taken.
const MAX_WEIGHT: u32 = 1_000;

/// The form that a parameter of a fact takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Argument {
    /// A type, the same for all uses.
    Fixed(TermId),
    /// A term over the variables of the equation.
    Node(Node),
}

/// Use of a fact.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub proof: TermId,
    pub arguments: Vec<Argument>,
}

/// The language of a goal and of the facts that are equations in it.
#[derive(Debug)]
pub(super) struct Problem {
    pub bank: Bank,
    pub facts: Vec<Source>,
    /// The facts as equations, not yet among those that rewrite.
    pub rules: Vec<Rule>,
    /// The least term of each sort, where there is one.
    pub least: Vec<Option<Node>>,
    /// The types that sorts are.
    sorts: Vec<TermId>,
    sort_numbers: FxHashMap<TermId, u32>,
    operators: Operators,
    /// The types that facts which are quantified over types are taken at.
    types: Vec<TermId>,
    /// The sorts of each symbol's arguments.
    takes: Vec<Vec<u32>>,
    /// The number of occurrences of each symbol in facts.
    met: Vec<u32>,
    /// The number of the local that the first variable is.
    first: u32,
    nodes: FxHashMap<TermId, Option<Node>>,
    terms: FxHashMap<Node, TermId>,
}

/// A fact while its parameters are taken off.
#[derive(Clone)]
struct Opening {
    rest: TermId,
    arguments: Vec<Argument>,
}

/// Facts without variables, which may meet premises.
struct Given<'a>(&'a [Fact]);

impl Facts for Given<'_> {
    fn exact(&self, proposition: TermId) -> Option<TermId> {
        self.0.iter().find(|given| given.proposition == proposition).map(|given| given.proof)
    }

    fn candidates(&self, _: &Environment, _: TermId, _: &Substitution, out: &mut Vec<Fact>) {
        out.extend(self.0.iter().rev());
    }
}

impl Problem {
    /// The language of a goal, whose sides come with it; `None` if it is not within first-order terms.
    pub fn new(
        env: &mut Environment,
        equality: &Equality,
        scope: Scope<'_>,
        goal: TermId,
    ) -> Result<Option<(Self, Node, Node)>> {
        let Scope { facts, objects } = scope;
        let mentioned =
            facts.iter().flat_map(|fact| [fact.proposition, fact.proof]).chain([goal]).chain(objects.iter().copied());
        let first = mentioned.map(|term| env.store.local_bound(term)).max().unwrap_or(0);
        let mut problem = Self {
            bank: Bank::default(),
            facts: Vec::new(),
            rules: Vec::new(),
            least: Vec::new(),
            sorts: Vec::new(),
            sort_numbers: FxHashMap::default(),
            operators: Operators::default(),
            types: Vec::new(),
            takes: Vec::new(),
            met: Vec::new(),
            first,
            nodes: FxHashMap::default(),
            terms: FxHashMap::default(),
        };
        let Some((_, left, right)) = Equation::sides(&env.store, equality, goal) else { return Ok(None) };
        let (Some(left), Some(right)) = (problem.node(env, left)?, problem.node(env, right)?) else { return Ok(None) };
        if problem.bank.weight(left).max(problem.bank.weight(right)) > MAX_WEIGHT {
            return Ok(None);
        }
        for &object in objects {
            let ty = env.infer(object)?;
            if env.sort_of(ty)? == Sort::Type {
                problem.node(env, object)?;
            }
        }
        let is_arrow = |env: &Environment, proposition| matches!(env.store.term(proposition), Term::Pi(..));
        let (quantified, given): (Vec<_>, Vec<_>) = facts.iter().partition(|fact| is_arrow(env, fact.proposition));
        for &fact in &given {
            problem.assume(env, equality, fact)?;
        }
        problem.find_types(env)?;
        for fact in quantified {
            problem.assume(env, equality, fact)?;
            problem.discharge(env, equality, fact, &Given(&given))?;
        }
        problem.unfold(env, equality)?;
        problem.order();
        problem.find_least();
        Ok(Some((problem, left, right)))
    }

    /// Notes the types of the terms met so far, and of those that these were built at.
    fn find_types(&mut self, env: &mut Environment) -> Result<()> {
        let mut types = self.sorts.clone();
        for operator in &self.operators.list {
            for &argument in operator.arguments.iter().flatten() {
                let ty = env.infer(argument)?;
                if env.store.term(ty) == Term::Sort(Sort::Type) && !types.contains(&argument) {
                    types.push(argument);
                }
            }
        }
        self.types = types;
        Ok(())
    }

    /// Takes a fact in, for each choice of its types, if it is within first-order terms.
    fn assume(&mut self, env: &mut Environment, equality: &Equality, fact: Fact) -> Result<()> {
        let Fact { proposition, proof } = fact;
        if let Term::Const(constant) = env.store.term(proof)
            && [equality.refl, equality.rewrite, equality.symm].contains(&constant)
        {
            return Ok(());
        }
        let output = Signature::output(&env.store, proposition);
        if Equation::sides(&env.store, equality, output).is_none() {
            return Ok(());
        }
        let mut open = vec![Opening { rest: proposition, arguments: Vec::new() }];
        let mut instances = 0;
        while let Some(opening) = open.pop() {
            env.spend(1)?;
            if instances >= MAX_INSTANCES || self.facts.len() >= MAX_FACTS {
                break;
            }
            let Term::Pi(domain, body) = env.store.term(opening.rest) else {
                instances += 1;
                self.equation(env, equality, proof, opening)?;
                continue;
            };
            if env.store.term(domain) == Term::Sort(Sort::Type) {
                for place in (0..self.types.len()).rev() {
                    let ty = self.types[place];
                    let mut next = opening.clone();
                    next.rest = env.store.instantiate(body, &[ty]);
                    next.arguments.push(Argument::Fixed(ty));
                    open.push(next);
                }
                continue;
            }
            let number = opening.arguments.len() as u32;
            if number >= APART || env.sort_of(domain)? != Sort::Type || env.store.local_bound(domain) > self.first {
                continue;
            }
            let local = env.store.local(self.first + number, domain);
            let sort = self.sort(domain);
            let mut next = opening;
            next.rest = env.store.instantiate(body, &[local]);
            next.arguments.push(Argument::Node(self.bank.variable(number, sort)));
            open.push(next);
        }
        Ok(())
    }

    /// Adds the equations that a fact with premises gives where facts without variables meet all of them.
    fn discharge(&mut self, env: &mut Environment, equality: &Equality, fact: Fact, given: &Given<'_>) -> Result<()> {
        let Fact { proposition, proof } = fact;
        let output = Signature::output(&env.store, proposition);
        if given.0.is_empty() || Equation::sides(&env.store, equality, output).is_none() {
            return Ok(());
        }
        let count = Signature::arity(&env.store, proposition);
        let signature = Signature::new(env, proposition, count)?;
        let premises = signature.parameters.iter().filter(|parameter| parameter.is_premise).count();
        let choices = given.0.len().saturating_pow(u32::try_from(premises).unwrap_or(u32::MAX));
        if premises == 0 || choices > MAX_CHOICES {
            return Ok(());
        }
        let open = Substitution::new(signature.len());
        let means = Means { facts: given, premises: Premises::FromFacts, limit: MAX_INSTANCES };
        let found = forward_applications(env, &signature, &open, &[], means)?;
        for (application, equation) in found {
            let Some(arguments): Option<Vec<Argument>> =
                application.arguments.iter().map(|argument| argument.term().map(Argument::Fixed)).collect()
            else {
                continue;
            };
            self.equation(env, equality, proof, Opening { rest: equation, arguments })?;
        }
        Ok(())
    }

    /// Adds the definitions of the constants met, applied to variables, as equations.
    fn unfold(&mut self, env: &mut Environment, equality: &Equality) -> Result<()> {
        let refl = env.store.constant(equality.refl);
        let mut place = 0;
        while place < self.operators.list.len().min(MAX_FACTS) {
            let operator = self.operators.list[place].clone();
            let takes = self.takes[place].clone();
            place += 1;
            if takes.len() > APART as usize {
                continue;
            }
            let Some(value) = env.unfold(operator.head)? else { continue };
            let numbered = takes.iter().enumerate();
            let variables: Vec<TermId> = numbered
                .map(|(number, &sort)| env.store.local(self.first + number as u32, self.sorts[sort as usize]))
                .collect();
            let left = operator.apply(&mut env.store, &variables);
            let unfolded = Operator { head: value, ..operator }.apply(&mut env.store, &variables);
            let right = beta_normal(env, unfolded)?;
            let ty = env.infer(left)?;
            let ty = beta_normal(env, ty)?;
            let Some(node) = self.node(env, left)? else { continue };
            let eq = env.store.constant(equality.eq);
            let rest = env.store.apps(eq, &[ty, left, right]);
            let arguments = vec![Argument::Fixed(ty), Argument::Node(node)];
            self.equation(env, equality, refl, Opening { rest, arguments })?;
        }
        Ok(())
    }

    fn equation(&mut self, env: &mut Environment, equality: &Equality, proof: TermId, opening: Opening) -> Result<()> {
        let Some((_, left, right)) = Equation::sides(&env.store, equality, opening.rest) else { return Ok(()) };
        let (Some(left), Some(right)) = (self.node(env, left)?, self.node(env, right)?) else { return Ok(()) };
        if left == right || self.bank.weight(left).max(self.bank.weight(right)) > MAX_WEIGHT {
            return Ok(());
        }
        for side in [left, right] {
            let mut open = vec![side];
            while let Some(node) = open.pop() {
                if let Some(symbol) = self.bank.symbol(node) {
                    self.met[symbol as usize] += 1;
                }
                open.extend_from_slice(self.bank.arguments(node));
            }
        }
        let renaming = Renaming::new(&mut self.bank, left, right);
        let (left, right) = (renaming.apply(&mut self.bank, left), renaming.apply(&mut self.bank, right));
        let arguments = opening.arguments.into_iter().map(|argument| match argument {
            Argument::Node(node) => renaming.whole(&mut self.bank, node).map(Argument::Node),
            fixed => Some(fixed),
        });
        // A parameter that occurs in neither side would be found by nobody who reads the equation.
        let Some(arguments) = arguments.collect() else { return Ok(()) };
        let number = self.facts.len() as u32;
        self.facts.push(Source { proof, arguments });
        let rule = rule(&mut self.bank, left, right, Origin::Fact(number));
        self.rules.push(rule);
        Ok(())
    }

    fn sort(&mut self, ty: TermId) -> u32 {
        let next = self.sorts.len() as u32;
        let number = *self.sort_numbers.entry(ty).or_insert(next);
        if number == next {
            self.sorts.push(ty);
        }
        number
    }

    /// A term in which locals from the first variable's on are variables; `None` where it is none of the first order.
    pub fn node(&mut self, env: &mut Environment, term: TermId) -> Result<Option<Node>> {
        if let Some(&known) = self.nodes.get(&term) {
            return Ok(known);
        }
        env.spend(1)?;
        let node = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.translate(env, term))?;
        self.nodes.insert(term, node);
        Ok(node)
    }

    fn translate(&mut self, env: &mut Environment, term: TermId) -> Result<Option<Node>> {
        let term = beta_normal(env, term)?;
        if let Term::Local { id, ty } = env.store.term(term)
            && id >= self.first
        {
            let sort = self.sort(ty);
            return Ok(Some(self.bank.variable(id - self.first, sort)));
        }
        let (operator, children) = self.operators.shape(env, term)?;
        let parts = operator.arguments.iter().flatten().chain([&operator.head]);
        if parts.into_iter().any(|&part| env.store.local_bound(part) > self.first) {
            return Ok(None);
        }
        let mut arguments = Vec::with_capacity(children.len());
        for child in children {
            let Some(child) = self.node(env, child)? else { return Ok(None) };
            arguments.push(child);
        }
        let (symbol, is_new) = self.operators.number(operator);
        if is_new {
            let ty = env.infer(term)?;
            let ty = beta_normal(env, ty)?;
            let sort = self.sort(ty);
            self.bank.symbols.push(Symbol { sort, precedence: symbol });
            self.takes.push(arguments.iter().map(|&argument| self.bank.sort(argument)).collect());
            self.met.push(0);
        }
        let fits = self.takes[symbol as usize].iter().zip(&arguments).all(|(&sort, &a)| self.bank.sort(a) == sort);
        Ok(fits.then(|| self.bank.apply(symbol, &arguments)))
    }

    /// Constants first, then functions of many arguments, those met often before those met seldom.
    fn order(&mut self) {
        let mut symbols: Vec<usize> = (0..self.takes.len()).collect();
        let arity = |symbol: usize| match self.takes[symbol].len() {
            0 => 0,
            count => u32::MAX - count as u32,
        };
        symbols.sort_by_key(|&symbol| (arity(symbol), u32::MAX - self.met[symbol], symbol));
        for (place, symbol) in symbols.into_iter().enumerate() {
            self.bank.symbols[symbol].precedence = place as u32;
        }
    }

    fn find_least(&mut self) {
        self.least = vec![None; self.sorts.len()];
        // Each round finds the least terms of one application more.
        for _ in 0..=self.sorts.len() {
            let mut changed = false;
            for symbol in 0..self.takes.len() {
                let arguments = self.takes[symbol].iter().map(|&sort| self.least[sort as usize]).collect();
                let Some(arguments): Option<Vec<Node>> = arguments else { continue };
                let node = self.bank.apply(symbol as u32, &arguments);
                let sort = self.bank.sort(node) as usize;
                let is_less = |least| knuth_bendix::compare(&self.bank, node, least) == Some(Ordering::Less);
                if self.least[sort].is_none_or(is_less) {
                    self.least[sort] = Some(node);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }

    /// The local of a number from the first variable's on.
    pub fn local(&self, env: &mut Environment, number: u32, ty: TermId) -> TermId {
        env.store.local(self.first + number, ty)
    }

    /// The kernel's application of a node's symbol; a variable is as it is.
    pub fn applied(&mut self, env: &mut Environment, node: Node, children: &[TermId]) -> TermId {
        match self.bank.symbol(node) {
            Some(symbol) => self.operators.list[symbol as usize].apply(&mut env.store, children),
            None => self.term(env, node),
        }
    }

    /// The kernel's term of a node; variables are [locals](Self::local) of their numbers.
    pub fn term(&mut self, env: &mut Environment, node: Node) -> TermId {
        if let Some(&known) = self.terms.get(&node) {
            return known;
        }
        let term = match self.bank.as_variable(node) {
            Some(number) => self.local(env, number, self.ty(node)),
            None => {
                let arguments = self.bank.arguments(node).to_vec();
                let children: Vec<TermId> = arguments.into_iter().map(|child| self.term(env, child)).collect();
                self.applied(env, node, &children)
            }
        };
        self.terms.insert(node, term);
        term
    }

    /// The type of a node.
    pub fn ty(&self, node: Node) -> TermId {
        self.sorts[self.bank.sort(node) as usize]
    }
}

/// New names for the variables of an equation: numbers from 0 in the order in which they occur.
pub(super) struct Renaming {
    /// Each variable with its new name.
    values: Vec<(Node, Node)>,
}

impl Renaming {
    /// The renaming of an equation's variables; those of other terms are kept.
    pub fn new(bank: &mut Bank, left: Node, right: Node) -> Self {
        let mut variables = Vec::new();
        bank.variables_in_order(left, &mut variables);
        bank.variables_in_order(right, &mut variables);
        let numbered = variables.into_iter().enumerate();
        let values = numbered.map(|(number, variable)| {
            let sort = bank.sort(variable);
            (variable, bank.variable(number as u32, sort))
        });
        Self { values: values.collect() }
    }

    /// The number of variables.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Gives a value to the variables of a term that have none: the least term of their sort, or else a variable of
    /// the equation; whether there is one.
    fn extend(&mut self, bank: &Bank, node: Node, least: &[Option<Node>]) -> bool {
        if bank.is_ground(node) {
            return true;
        }
        let mut variables = Vec::new();
        bank.variables_in_order(node, &mut variables);
        variables.into_iter().all(|variable| {
            if self.value(variable).is_some() {
                return true;
            }
            let sort = bank.sort(variable);
            let alike = || self.values.iter().map(|&(_, value)| value).find(|&value| bank.sort(value) == sort);
            let value = least.get(sort as usize).copied().flatten().or_else(alike);
            self.values.extend(value.map(|value| (variable, value)));
            value.is_some()
        })
    }

    fn value(&self, variable: Node) -> Option<Node> {
        self.values.iter().find(|&&(known, _)| known == variable).map(|&(_, value)| value)
    }

    /// The term renamed, if all its variables are those of the equation.
    fn whole(&self, bank: &mut Bank, node: Node) -> Option<Node> {
        let mut variables = Vec::new();
        bank.variables_in_order(node, &mut variables);
        let known = variables.into_iter().all(|variable| self.value(variable).is_some());
        known.then(|| self.apply(bank, node))
    }

    /// The term renamed.
    pub fn apply(&self, bank: &mut Bank, node: Node) -> Node {
        if bank.is_ground(node) {
            return node;
        }
        if bank.as_variable(node).is_some() {
            return self.value(node).unwrap_or(node);
        }
        let arguments = bank.arguments(node).to_vec();
        let renamed: Vec<Node> = arguments.iter().map(|&argument| self.apply(bank, argument)).collect();
        bank.with_arguments(node, &renamed)
    }
}

/// An equation that does not rewrite yet.
pub(super) fn rule(bank: &mut Bank, left: Node, right: Node, origin: Origin) -> Rule {
    let apart = (bank.apart(left), bank.apart(right));
    let oriented = knuth_bendix::compare(bank, left, right) == Some(Ordering::Greater);
    Rule { left, right, apart, oriented, active: false, orphaned: false, origin }
}

/// A chain with the variables of an equation renamed; `None` where a variable on the way cannot have a value.
pub(super) fn renamed(bank: &mut Bank, chain: Chain, mut renaming: Renaming, least: &[Option<Node>]) -> Option<Chain> {
    let nodes = chain.steps.iter().flat_map(|step| [step.before, step.after]);
    for node in nodes.chain([chain.start]).collect::<Vec<_>>() {
        if !renaming.extend(bank, node, least) {
            return None;
        }
    }
    let start = renaming.apply(bank, chain.start);
    let mut steps = chain.steps;
    for step in &mut steps {
        step.before = renaming.apply(bank, step.before);
        step.after = renaming.apply(bank, step.after);
    }
    Some(Chain { start, steps })
}
