//! A theory laid out for enumerating actions: its functions by their uses and head symbols.

use super::state::GlobalFacts;
use prover_logic::environment::DEFAULT_BUDGET;
use prover_logic::{ConstId, Declaration, DeclarationKind, Environment, KernelError, Sort, Store, Term, TermId};
use prover_theory::terms::index::TermIndex;
use prover_theory::terms::sieve::Sieve;
use prover_theory::terms::signature::{Parameter, Signature};
use prover_theory::terms::system::{QuantifiedEquation, RewriteSystem};
use prover_theory::terms::typed::Fact;
use prover_theory::terms::unfold::Unfolding;
use prover_theory::{Attributes, ForwardPattern, Theory};
use std::sync::Arc;

/// Steps, as the kernel counts them, that sifting the facts of a theory may take for each of its constants.
const SIFTING: u64 = 20_000;

/// A function that proves something: a constant, or a hypothesis.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The function.
    pub function: TermId,
    /// Its inputs and output, all inputs given.
    pub signature: Signature,
    /// Its inputs and output with fewer inputs given, longest first, where the output is then an arrow over a
    /// variable applied to bound variables, as `[('n : nat) -> ('p 'n)]` of induction; else empty.
    pub partial: Vec<Signature>,
    /// For each input, whether it may become a subgoal when the rule is applied to a goal.
    pub may_stay_open: Vec<bool>,
    /// The object that the rule's conclusion leaves open, where one premise speaks of it that may become a subgoal: the
    /// witness of an existence. Objects that several premises share, as the middle of a transitivity, are left to the
    /// facts.
    pub witness: Option<usize>,
    /// Whether the rule takes one fact apart, whatever the goal is: it proves a variable proposition from one premise
    /// that does not speak of it and others that are arrows to it, as those of disjunction and existence do.
    pub is_elimination: bool,
}

/// A rule whose output is an equation and which needs no premises.
#[derive(Clone, Debug)]
pub struct EquationRule {
    /// The function and the equation that it proves.
    pub equation: QuantifiedEquation,
    /// The patterns that instances must be found by; `None` means: by either side.
    pub patterns: Option<Arc<[ForwardPattern]>>,
    /// Whether a side that is a bare variable, or variables that the matched side does not mention, may be filled in
    /// from scope: only where the theory asks for it with a `#forward` without patterns.
    pub invents: bool,
}

/// A rule used forward.
#[derive(Clone, Debug)]
pub struct ForwardRule {
    /// The function.
    pub function: TermId,
    /// Its inputs and output.
    pub signature: Arc<Signature>,
    /// The patterns of objects that must be in the goal or in scope.
    pub patterns: Arc<[ForwardPattern]>,
    /// Whether the output is an object and not a proof.
    pub constructs: bool,
}

/// Rules indexed by the terms that they must match.
#[derive(Clone, Debug)]
pub struct Indexed<R> {
    list: Vec<R>,
    index: TermIndex<u32>,
    /// The numbers of those that have to be tried whatever there is.
    always: Vec<u32>,
}

impl<R> Default for Indexed<R> {
    fn default() -> Self {
        Self { list: Vec::new(), index: TermIndex::default(), always: Vec::new() }
    }
}

impl<R> Indexed<R> {
    /// Adds a rule that can be used only with terms that one of these patterns matches; `None` for one that is always
    /// tried.
    fn push(&mut self, environment: &Environment, rule: R, patterns: Option<&[TermId]>) {
        let number = self.list.len() as u32;
        match patterns {
            Some(patterns) => patterns.iter().for_each(|&pattern| self.index.insert(environment, pattern, number)),
            None => self.always.push(number),
        }
        self.list.push(rule);
    }

    /// All rules, in the order of their declaration.
    pub fn all(&self) -> &[R] {
        &self.list
    }

    /// The numbers of those that have to be tried whatever there is.
    pub fn always(&self) -> &[u32] {
        &self.always
    }

    /// Appends the numbers of the rules of which a pattern may match a term, some perhaps twice.
    pub fn matching(&self, environment: &Environment, term: TermId, numbers: &mut Vec<u32>) {
        self.index.unifying(environment, term, numbers);
    }

    /// The rules that may match one of some terms, in the order of their declaration.
    pub fn fitting(&self, environment: &Environment, terms: impl IntoIterator<Item = TermId>) -> Vec<&R> {
        let mut numbers = self.always.clone();
        self.index.unifying_any(environment, terms, &mut numbers);
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().map(|number| &self.list[number as usize]).collect()
    }
}

/// The functions of a theory by their use. Facts that say nothing beyond earlier ones are left out, except where the
/// theory says how they are to be used.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Backward rules whose output has a constant at its head, by the output.
    pub backward: Indexed<Rule>,
    /// Backward rules whose output is a variable, or a variable applied.
    pub backward_any: Vec<Rule>,
    /// Equations; those that look at one object by the objects that may match.
    pub equations: Indexed<EquationRule>,
    /// Forward rules with premises or patterns, by their first premise.
    pub forward: Indexed<ForwardRule>,
    /// Propositions that hold without premises.
    pub facts: GlobalFacts,
    /// All propositions that the theory states or proves, in the order of their declaration.
    pub propositions: Vec<Fact>,
    /// The functions that make objects of objects.
    pub makers: Vec<Maker>,
    /// The definitions, which all rules, facts and propositions here have unfolded.
    pub unfolding: Unfolding,
    /// The application head of `false`, where the theory has a constant of this name and sort.
    pub absurd: Option<TermId>,
    /// The test for facts that say nothing new, and for equations that rewrite.
    sieve: Sieve,
    /// The number of constants that were looked at.
    constants: usize,
}

impl Rule {
    /// The rule of a function of type `ty`; `words` as in `#backward`.
    pub fn new(
        environment: &mut Environment,
        function: TermId,
        ty: TermId,
        words: &[bool],
    ) -> Result<Self, KernelError> {
        let arity = Signature::arity(&environment.store, ty);
        let signature = Signature::new(environment, ty, arity)?;
        let mut partial = Vec::new();
        let head = environment.store.head(signature.output);
        if matches!(environment.store.term(signature.output), Term::App(..))
            && matches!(environment.store.term(head), Term::Bound(_))
        {
            for count in (1..arity).rev() {
                let candidate = Signature::new(environment, ty, count)?;
                // An arrow over a premise would be matched by matching any implication: intro is for that.
                if candidate.parameters.len() == count && !signature.parameters[count].is_premise {
                    partial.push(candidate);
                } else {
                    break;
                }
            }
        }
        let may_stay_open: Vec<bool> = (0..arity).map(|i| words.get(i).copied().unwrap_or(true)).collect();
        let witness = witness(&environment.store, &signature, &may_stay_open);
        let is_elimination = is_elimination(&environment.store, &signature);
        Ok(Self { function, signature, partial, may_stay_open, witness, is_elimination })
    }
}

/// See [`Rule::witness`].
fn witness(store: &Store, signature: &Signature, may_stay_open: &[bool]) -> Option<usize> {
    let parameters = &signature.parameters;
    let mut open = (0..parameters.len()).filter(|&i| {
        let by = |j: &u32| *j as usize == i;
        let speaking: Vec<usize> = (0..parameters.len()).filter(|&j| parameters[j].mentions.iter().any(by)).collect();
        !parameters[i].is_premise
            && !signature.output_mentions.iter().any(by)
            && !matches!(store.term(parameters[i].domain), Term::Sort(_) | Term::Pi(..))
            && matches!(speaking[..], [j] if parameters[j].is_premise && may_stay_open[j])
    });
    let first = open.next()?;
    open.next().is_none().then_some(first)
}

/// See [`Rule::is_elimination`].
fn is_elimination(store: &Store, signature: &Signature) -> bool {
    let Term::Bound(goal) = store.term(signature.output) else { return false };
    let [place] = signature.output_mentions[..] else { return false };
    let premises = || signature.parameters.iter().filter(|parameter| parameter.is_premise);
    let (minor, major): (Vec<_>, Vec<_>) = premises().partition(|premise| premise.mentions.contains(&place));
    let proves_goal = |premise: &&Parameter| {
        let arity = Signature::arity(store, premise.domain) as u32;
        arity > 0 && store.term(Signature::output(store, premise.domain)) == Term::Bound(goal + arity)
    };
    let is_known = |pattern: TermId| matches!(store.term(store.head(pattern)), Term::Const(_));
    matches!(major[..], [fact] if is_known(fact.domain)) && !minor.is_empty() && minor.iter().all(proves_goal)
}

/// A function that makes objects of objects, its inputs not depending on each other.
#[derive(Clone, Debug)]
pub struct Maker {
    /// The function.
    pub function: TermId,
    /// The types of its inputs, closed.
    pub inputs: Vec<TermId>,
    /// The type of its result, closed.
    pub output: TermId,
}

impl Maker {
    /// A constant of a type as a maker of objects, if it is one.
    fn new(environment: &mut Environment, function: TermId, ty: TermId) -> Result<Option<Self>, KernelError> {
        let arity = Signature::arity(&environment.store, ty);
        let signature = Signature::new(environment, ty, arity)?;
        let store = &environment.store;
        let is_object = |ty: TermId| store.loose(ty) == 0 && !matches!(store.term(ty), Term::Sort(_) | Term::Pi(..));
        let inputs: Vec<TermId> = signature.parameters.iter().map(|parameter| parameter.domain).collect();
        let makes = is_object(signature.output) && inputs.iter().all(|&input| is_object(input));
        Ok(makes.then_some(Self { function, inputs, output: signature.output }))
    }
}

impl EquationRule {
    pub(super) fn new(store: &Store, theory_equality: &prover_logic::equality::Equality, rule: &Rule) -> Option<Self> {
        let signature = Arc::new(rule.signature.clone());
        let equation = QuantifiedEquation::new(store, theory_equality, rule.function, &signature)?;
        Some(Self { equation, patterns: None, invents: false })
    }

    /// The patterns, one of which an object must match for the rule to apply to it; `None` where it takes more than one
    /// object.
    fn looked_for(&self, store: &Store) -> Option<Vec<TermId>> {
        let sides = [self.equation.left, self.equation.right];
        self.looks_at_one_object().then(|| match self.patterns.as_deref() {
            Some(patterns) => patterns.iter().map(|pattern| pattern.pattern).collect(),
            None => sides.into_iter().filter(|&side| !matches!(store.term(side), Term::Bound(_))).collect(),
        })
    }

    /// Whether each instance is found by one object alone, whatever else is there.
    pub fn looks_at_one_object(&self) -> bool {
        !self.invents && self.patterns.as_ref().is_none_or(|patterns| patterns.len() == 1)
    }
}

/// Sets the budget that sifting this many constants may use.
fn allow_sifting(environment: &mut Environment, constants: usize) {
    environment.set_budget(SIFTING.saturating_mul(constants as u64).max(DEFAULT_BUDGET));
}

impl Rules {
    /// The equations as rewrite rules.
    pub fn rewriting(&self) -> &Arc<RewriteSystem> {
        self.sieve.system()
    }

    /// Whether the fact that an entered constant proves says nothing beyond earlier ones.
    pub fn is_redundant(&self, constant: ConstId) -> bool {
        self.sieve.is_redundant(constant)
    }

    /// Lays out all constants of a theory. `eq_symm` and `rewrite` have actions of their own and are left out.
    pub fn new(theory: &mut Theory) -> Result<Self, KernelError> {
        let mut rules = Self { unfolding: Unfolding::new(&mut theory.environment)?, ..Self::default() };
        let constants = theory.environment.declarations().len();
        allow_sifting(&mut theory.environment, constants);
        let (equality, roles) = (theory.equality, theory.roles());
        rules.sieve = Sieve::new(&mut theory.environment, equality.as_ref(), &rules.unfolding, &roles)?;
        let all: Vec<ConstId> = theory.environment.declarations().map(|(id, _)| id).collect();
        rules.constants = all.len();
        rules.add_constants(theory, &all)?;
        rules.absurd = theory.environment.find("false").map(|id| theory.environment.store.constant(id));
        Ok(rules)
    }

    /// Lays out the constants added to the theory since; if they are all theorems, nothing else is laid out again.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn grow(&mut self, theory: &mut Theory) -> Result<(), KernelError> {
        let is_theorem = |(_, declaration): (_, &Declaration)| declaration.kind == DeclarationKind::Theorem;
        if !theory.environment.declarations_from(self.constants).all(is_theorem) {
            *self = Self::new(theory)?;
            return Ok(());
        }
        let new: Vec<ConstId> = theory.environment.declarations_from(self.constants).map(|(id, _)| id).collect();
        self.grow_by(theory, &new)
    }

    /// Lays out some of the theorems that were added to the theory since; the others never are.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn grow_by(&mut self, theory: &mut Theory, theorems: &[ConstId]) -> Result<(), KernelError> {
        allow_sifting(&mut theory.environment, theorems.len());
        let roles = theory.roles();
        self.sieve.grow(&mut theory.environment, theorems, &self.unfolding, &roles)?;
        self.constants = theory.environment.declarations().len();
        self.add_constants(theory, theorems)
    }

    /// Lays out constants, which are sifted.
    fn add_constants(&mut self, theory: &mut Theory, constants: &[ConstId]) -> Result<(), KernelError> {
        theory.environment.set_budget(DEFAULT_BUDGET);
        for &id in constants {
            if !theory.equality.is_some_and(|e| id == e.symm || id == e.rewrite) {
                let ty = theory.environment.declaration(id).ty;
                self.add_constant(theory, id, ty)?;
            }
        }
        Ok(())
    }

    fn add_constant(&mut self, theory: &mut Theory, id: ConstId, ty: TermId) -> Result<(), KernelError> {
        let is_proof = theory.environment.sort_of(ty)? == Sort::Prop;
        let attributes = theory.attributes.get(&id).cloned();
        let ty = self.unfolding.unfold(&mut theory.environment, ty)?;
        let function = theory.environment.store.constant(id);
        let (forward, backward) = attributes.as_ref().map_or((true, true), Attributes::directions);
        let mut patterns = attributes.as_ref().and_then(|a| a.forward.clone());
        for ForwardPattern { pattern, ty, .. } in patterns.iter_mut().flatten() {
            *pattern = self.unfolding.unfold(&mut theory.environment, *pattern)?;
            *ty = self.unfolding.unfold(&mut theory.environment, *ty)?;
        }
        if !is_proof {
            if !self.unfolding.has(id) {
                self.makers.extend(Maker::new(&mut theory.environment, function, ty)?);
            }
            // Objects are constructed only where the theory asks for it: `s` would build numbers without end.
            if let Some(patterns) = patterns {
                let arity = Signature::arity(&theory.environment.store, ty);
                let signature = Arc::new(Signature::new(&mut theory.environment, ty, arity)?);
                let rule = ForwardRule { function, signature, patterns: patterns.into(), constructs: true };
                self.forward.push(&theory.environment, rule, None);
            }
            return Ok(());
        }
        let fact = Fact { proposition: ty, proof: function };
        if self.sieve.is_redundant(id) && attributes.as_ref().is_none_or(|attributes| attributes.is_generated) {
            if !matches!(theory.environment.store.term(ty), Term::Pi(..)) {
                self.facts.insert_exact(fact);
            }
            return Ok(());
        }
        self.propositions.push(fact);
        let words = attributes.as_ref().and_then(|a| a.backward.clone()).unwrap_or_default();
        let rule = Rule::new(&mut theory.environment, function, ty, &words)?;
        let environment = &theory.environment;
        let equation = theory.equality.as_ref().and_then(|e| EquationRule::new(&environment.store, e, &rule));
        if rule.signature.is_empty() {
            self.facts.insert(environment, fact);
            // Clauses about constructors without arguments are such equations: `(= (flip off) on)`.
            let patterns = patterns.filter(|p| !p.is_empty()).map(Into::into);
            if let Some(equation) = equation.filter(|_| forward) {
                self.add_equation(environment, EquationRule { patterns, ..equation });
            }
            return Ok(());
        }
        let is_reflexivity = theory.equality.is_some_and(|e| id == e.refl);
        if forward && !is_reflexivity {
            match equation {
                Some(mut equation) => {
                    equation.invents = patterns.as_ref().is_some_and(Vec::is_empty);
                    equation.patterns = patterns.filter(|p| !p.is_empty()).map(Into::into);
                    self.add_equation(environment, equation);
                }
                None => self.add_forward(environment, &rule, patterns),
            }
        }
        if backward {
            self.add_backward(environment, rule);
        }
        Ok(())
    }

    fn add_equation(&mut self, environment: &Environment, rule: EquationRule) {
        let looked_for = rule.looked_for(&environment.store);
        self.equations.push(environment, rule, looked_for.as_deref());
    }

    fn add_forward(&mut self, environment: &Environment, rule: &Rule, patterns: Option<Vec<ForwardPattern>>) {
        let store = &environment.store;
        let asked = patterns.is_some();
        let first = rule.signature.parameters.iter().find(|p| p.is_premise);
        let needed = first.map(|p| p.domain).filter(|&p| matches!(store.term(store.head(p)), Term::Const(_)));
        // A rule that would prove anything about everything is used forward only where the theory asks for it.
        if needed.is_none() && !asked {
            return;
        }
        let output_is_variable = matches!(store.term(store.head(rule.signature.output)), Term::Bound(_));
        let determined = rule.signature.parameters.iter().enumerate().all(|(i, p)| {
            p.is_premise || rule.signature.parameters.iter().any(|q| q.is_premise && q.mentions.contains(&(i as u32)))
        });
        if !asked && (output_is_variable || !determined) {
            return;
        }
        let rule = ForwardRule {
            function: rule.function,
            signature: Arc::new(rule.signature.clone()),
            patterns: patterns.unwrap_or_default().into(),
            constructs: false,
        };
        // It is used only where one of those of its premises that are like the first may be in scope.
        let alike = |head| {
            let premises = rule.signature.parameters.iter().filter(|p| p.is_premise).map(|p| p.domain);
            premises.filter(|&premise| environment.store.head(premise) == head).collect::<Vec<TermId>>()
        };
        let alike = needed.map(|needed| alike(environment.store.head(needed)));
        self.forward.push(environment, rule, alike.as_deref());
    }

    fn add_backward(&mut self, environment: &Environment, rule: Rule) {
        let output = rule.signature.output;
        match environment.store.term(environment.store.head(output)) {
            Term::Const(_) => self.backward.push(environment, rule, Some(&[output])),
            _ => self.backward_any.push(rule),
        }
    }
}
