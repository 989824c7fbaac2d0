//! A theory laid out for enumerating actions: which functions may be used how, found by head symbol.

use super::state::GlobalFacts;
use prover_logic::{ConstId, Environment, KernelError, Sort, Store, Term, TermId};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::signature::{Parameter, Signature};
use prover_theory::terms::typed::Fact;
use prover_theory::terms::unfold::Unfolding;
use prover_theory::{Attributes, ForwardPattern, Theory};
use rustc_hash::FxHashMap;
use std::sync::Arc;

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
    /// The object that is left open by what the rule proves, where one premise speaks of it that may become a subgoal:
    /// the witness of an existence. Objects that several premises share, as the middle of a transitivity, are left to
    /// the facts.
    pub witness: Option<usize>,
    /// Whether the rule takes one fact apart, whatever the goal is: it proves a variable proposition from one premise
    /// that does not speak of it and others that are arrows to it, as those of disjunction and existence do.
    pub is_elimination: bool,
}

/// A rule whose output is an equation and which needs no premises.
#[derive(Clone, Debug)]
pub struct EquationRule {
    /// The function.
    pub function: TermId,
    /// Its inputs and output.
    pub signature: Arc<Signature>,
    /// The type of both sides, a pattern.
    pub ty: TermId,
    /// The left side, a pattern.
    pub left: TermId,
    /// The right side, a pattern.
    pub right: TermId,
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
    /// What must be in the goal or in scope.
    pub patterns: Arc<[ForwardPattern]>,
    /// The head of its first premise, if that is a constant: without such a fact it cannot be used.
    pub needs: Option<TermId>,
    /// Whether the output is an object and not a proof.
    pub constructs: bool,
}

/// The functions of a theory by what they are good for.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Backward rules by the head constant of their output.
    pub backward: FxHashMap<TermId, Vec<Rule>>,
    /// Backward rules whose output is a variable, or a variable applied.
    pub backward_any: Vec<Rule>,
    /// Equations.
    pub equations: Vec<EquationRule>,
    /// Forward rules with premises or patterns.
    pub forward: Vec<ForwardRule>,
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
}

/// What a rule's attributes allow: `(forward, backward)`. Without attributes both ways are open.
fn directions(attributes: Option<&Attributes>) -> (bool, bool) {
    match attributes {
        None => (true, true),
        Some(a) if a.forward.is_none() && a.backward.is_none() => (true, true),
        Some(a) => (a.forward.is_some(), a.backward.is_some()),
    }
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
    /// The type of what it makes, closed.
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
        if rule.signature.parameters.iter().any(|p| p.is_premise) {
            return None;
        }
        let (ty, left, right) = Equation::sides(store, theory_equality, rule.signature.output)?;
        let signature = Arc::new(rule.signature.clone());
        Some(Self { function: rule.function, signature, ty, left, right, patterns: None, invents: false })
    }

    /// Whether each instance is found by one object alone, whatever else is there.
    pub fn looks_at_one_object(&self) -> bool {
        !self.invents && self.patterns.as_ref().is_none_or(|patterns| patterns.len() == 1)
    }
}

impl Rules {
    /// Lays out all constants of a theory. `eq_symm` and `rewrite` have actions of their own and are left out.
    pub fn new(theory: &mut Theory) -> Result<Self, KernelError> {
        let mut rules = Self { unfolding: Unfolding::new(&mut theory.environment)?, ..Self::default() };
        let constants: Vec<(ConstId, TermId)> = theory.environment.declarations().map(|(id, d)| (id, d.ty)).collect();
        for (id, ty) in constants {
            if theory.equality.is_some_and(|e| id == e.symm || id == e.rewrite) {
                continue;
            }
            rules.add_constant(theory, id, ty)?;
        }
        rules.absurd = theory.environment.find("false").map(|id| theory.environment.store.constant(id));
        Ok(rules)
    }

    fn add_constant(&mut self, theory: &mut Theory, id: ConstId, ty: TermId) -> Result<(), KernelError> {
        let is_proof = theory.environment.sort_of(ty)? == Sort::Prop;
        let attributes = theory.attributes.get(&id).cloned();
        let ty = self.unfolding.unfold(&mut theory.environment, ty)?;
        let function = theory.environment.store.constant(id);
        let (forward, backward) = directions(attributes.as_ref());
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
                let patterns = patterns.into();
                self.forward.push(ForwardRule { function, signature, patterns, needs: None, constructs: true });
            }
            return Ok(());
        }
        self.propositions.push(Fact { proposition: ty, proof: function });
        let words = attributes.as_ref().and_then(|a| a.backward.clone()).unwrap_or_default();
        let rule = Rule::new(&mut theory.environment, function, ty, &words)?;
        let store = &theory.environment.store;
        let equation = theory.equality.as_ref().and_then(|e| EquationRule::new(store, e, &rule));
        if rule.signature.is_empty() {
            self.facts.insert(store, Fact { proposition: ty, proof: function });
            // Clauses about constructors without arguments are such equations: `(= (flip off) on)`.
            let patterns = patterns.filter(|p| !p.is_empty()).map(Into::into);
            self.equations.extend(equation.filter(|_| forward).map(|equation| EquationRule { patterns, ..equation }));
            return Ok(());
        }
        let is_reflexivity = theory.equality.is_some_and(|e| id == e.refl);
        if forward && !is_reflexivity {
            match equation {
                Some(mut equation) => {
                    equation.invents = patterns.as_ref().is_some_and(Vec::is_empty);
                    equation.patterns = patterns.filter(|p| !p.is_empty()).map(Into::into);
                    self.equations.push(equation);
                }
                None => self.add_forward(store, &rule, patterns),
            }
        }
        if backward {
            self.add_backward(store, rule);
        }
        Ok(())
    }

    fn add_forward(&mut self, store: &Store, rule: &Rule, patterns: Option<Vec<ForwardPattern>>) {
        let asked = patterns.is_some();
        let first = rule.signature.parameters.iter().find(|p| p.is_premise);
        let head = first.map(|p| store.head(p.domain)).filter(|&h| matches!(store.term(h), Term::Const(_)));
        // A rule that would prove anything about everything is used forward only where the theory asks for it.
        if head.is_none() && !asked {
            return;
        }
        let output_is_variable = matches!(store.term(store.head(rule.signature.output)), Term::Bound(_));
        let determined = rule.signature.parameters.iter().enumerate().all(|(i, p)| {
            p.is_premise || rule.signature.parameters.iter().any(|q| q.is_premise && q.mentions.contains(&(i as u32)))
        });
        if !asked && (output_is_variable || !determined) {
            return;
        }
        self.forward.push(ForwardRule {
            function: rule.function,
            signature: Arc::new(rule.signature.clone()),
            patterns: patterns.unwrap_or_default().into(),
            needs: head,
            constructs: false,
        });
    }

    fn add_backward(&mut self, store: &Store, rule: Rule) {
        let head = store.head(rule.signature.output);
        match store.term(head) {
            Term::Const(_) => self.backward.entry(head).or_default().push(rule),
            _ => self.backward_any.push(rule),
        }
    }
}
