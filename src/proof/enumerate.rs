//! Listing the actions of a state.
//!
//! Actions that depend on the goal alone (equations for the objects in it, rules without premises) are found once for
//! each distinct goal and kept; only those that depend on the scope are looked for in each state.

use super::action::Action;
use super::problem::{Instance, LocalRule, MAX_SIZE, ProofProblem};
use super::rules::{EquationRule, Rule};
use super::state::{InScope, Item, State};
use prover_logic::equality::Equality;
use prover_logic::{KernelError, Term, TermId};
use prover_theory::terms::application::{
    Application, Argument, Means, Premises, Undetermined, applications_with, forward_applications,
};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::{Substitution, replace};
use prover_theory::terms::rewriting::{Place, count_occurrences, replace_each, tree_size};
use prover_theory::terms::signature::{Signature, mentions};
use prover_theory::terms::system::QuantifiedEquation;
use prover_theory::terms::typed::{Fact, Typed};
use rustc_hash::FxHashSet;
use std::sync::Arc;

type Result<T> = std::result::Result<T, KernelError>;

/// The most actions that one state offers, but with greater effort; the smallest goals come first.
const ACTIONS: usize = 400;
/// The most applications of one rule that one state offers, but with greater effort.
pub(super) const APPLICATIONS: usize = 12;
/// A subgoal that a rule leaves may be this many times as large as one that rewriting leaves: the step of an induction
/// states the goal twice.
const APPLIED: u32 = 2;
/// The most objects that a rule may be tried with where nothing determines its parameter, but with greater effort.
const INVENTED: usize = 8;
/// The most single occurrences that are rewritten apart from rewriting all.
const SINGLE: usize = 3;

/// Actions being collected, with their results, so that each result is offered once.
#[derive(Default)]
pub(super) struct Actions {
    pub list: Vec<Action>,
    /// Goals that an action of one subgoal leads to.
    goals: FxHashSet<TermId>,
    /// Facts that an action shows.
    pub facts: FxHashSet<TermId>,
}

impl Actions {
    fn rewrite(&mut self, action: Action) {
        if let Action::Rewrite { subgoal, .. } = action
            && self.goals.insert(subgoal)
        {
            self.list.push(action);
        }
    }
}

impl ProofProblem {
    /// The actions of a state. When one of them closes the goal it is the only one.
    pub(super) fn enumerate(&mut self, state: &State) -> Result<Vec<Action>> {
        let environment = &mut self.theory.get_mut().environment;
        let goal = environment.whnf(state.goal)?;
        if let Term::Pi(_, body) = environment.store.term(goal) {
            let dependent = !mentions(&environment.store, body, 1).is_empty();
            let mut actions = vec![Action::Intro];
            // Introducing a hypothesis loses nothing; introducing a variable forgoes induction on it.
            if dependent && !self.statement_only {
                actions.extend(self.inductions(state)?.iter().cloned());
            }
            return self.distinct_up_to_normal_forms(state, actions);
        }
        if let Some(proof) = self.saturated(state)? {
            return Ok(vec![Action::Saturate { proof }]);
        }
        if let Some(closing) = self.equational(state)? {
            return Ok(vec![closing]);
        }
        if self.statement_only {
            return Ok(Vec::new());
        }
        let by_goal = self.actions_of_goal(state.goal)?;
        if let [closing @ Action::Apply { .. }] = &*by_goal
            && closes(closing)
        {
            return Ok(by_goal.to_vec());
        }
        let mut actions = Actions { list: by_goal.to_vec(), ..Actions::default() };
        actions.goals.insert(state.goal);
        for action in by_goal.iter() {
            if let Action::Rewrite { subgoal, .. } = action {
                actions.goals.insert(*subgoal);
            }
        }
        self.apply_with_premises(state, &mut actions)?;
        if let Some(closing) = actions.list.iter().rposition(closes) {
            return Ok(vec![actions.list.swap_remove(closing)]);
        }
        if let Some(elimination) = self.elimination(state, &actions.list)? {
            return Ok(vec![elimination]);
        }
        self.rewrite_with_scope(state, &mut actions)?;
        self.step_forward(state, &mut actions)?;
        actions.list.retain(|action| !self.leaves_to_saturation(action));
        self.keep_most_relevant(&mut actions.list);
        let mut actions = self.distinct_up_to_normal_forms(state, actions.list)?;
        // What closes the goal is the only one.
        if !actions.iter().any(closes) {
            actions.extend(self.premises_in_normal_form(state)?);
            actions.extend(self.cuts_of(state)?);
        }
        Ok(actions)
    }

    /// Keeps, of many actions, those that leave the smallest goals or show the smallest facts.
    fn keep_most_relevant(&mut self, actions: &mut Vec<Action>) {
        let most = self.capped(ACTIONS, actions.len());
        if actions.len() <= most {
            return;
        }
        let store = &self.theory.get_mut().environment.store;
        let size = |term| tree_size(store, term, MAX_SIZE);
        actions.sort_by_cached_key(|action| match action {
            Action::Apply { application, .. } => application.subgoals().map(size).fold(0, u32::saturating_add),
            Action::Rewrite { subgoal, .. } => size(*subgoal),
            Action::Show { proposition, .. } => size(*proposition),
            Action::Construct { value, .. } => size(*value),
            Action::Intro | Action::Have { .. } => 0,
            Action::Saturate { .. } | Action::Algebra { .. } | Action::Complete { .. } => 0,
        });
        actions.truncate(most);
    }

    /// Induction and the like: rules that prove an arrow over a variable predicate. Where the goal determines all
    /// premises they are subgoals, whatever is in scope (a step drops those that are facts), so that they are found
    /// once a goal.
    fn inductions(&mut self, state: &State) -> Result<Arc<[Action]>> {
        if let Some(known) = self.by_goal.get(&state.goal) {
            return Ok(known.clone());
        }
        let by_goal: Arc<[Action]> = self.apply_partially(&State::new(state.goal))?.into();
        if by_goal.is_empty() {
            return Ok(self.apply_partially(state)?.into());
        }
        self.by_goal.insert(state.goal, by_goal.clone());
        Ok(by_goal)
    }

    fn apply_partially(&mut self, state: &State) -> Result<Vec<Action>> {
        let rules = self.rules.clone();
        let mut actions = Vec::new();
        for rule in &rules.backward_any {
            for signature in &rule.partial {
                let found = self.applications_of(rule, signature, state, APPLICATIONS)?;
                push_applications(rule.function, found, &mut actions);
            }
        }
        Ok(actions)
    }

    fn applications_of(
        &mut self,
        rule: &Rule,
        signature: &Signature,
        state: &State,
        limit: usize,
    ) -> Result<Vec<Application>> {
        self.applications_with(rule, signature, state, &Substitution::new(signature.len()), limit)
    }

    pub(super) fn applications_with(
        &mut self,
        rule: &Rule,
        signature: &Signature,
        state: &State,
        given: &Substitution,
        limit: usize,
    ) -> Result<Vec<Application>> {
        let most = if limit > 1 { limit.saturating_mul(self.caps.factor) } else { limit };
        let facts = InScope { state, globals: &self.rules.facts };
        let means = Means { facts: &facts, premises: Premises::OrSubgoals(&rule.may_stay_open), limit: most };
        let environment = &mut self.theory.get_mut().environment;
        let pair = (signature.output, state.goal);
        let mut found = applications_with(environment, signature, given, pair, means, Undetermined::default())?;
        // The finder ends where it has as many as it may have.
        self.caps.is_capped |= limit > 1 && found.len() >= most;
        // Induction on the step of an induction doubles the goal, for ever. Where saturation proves such steps whole
        // they stay few.
        if self.saturation.is_none() {
            let (limit, before) = (APPLIED * self.size_limit, found.len());
            found.retain(|a| a.subgoals().all(|goal| tree_size(&environment.store, goal, limit) < limit));
            self.caps.is_bounded |= found.len() < before;
        }
        Ok(found)
    }

    /// The actions that the goal alone allows: rules without premises that close it, and rewriting by the theory's
    /// equations.
    fn actions_of_goal(&mut self, goal: TermId) -> Result<Arc<[Action]>> {
        if let Some(known) = self.by_goal.get(&goal) {
            return Ok(known.clone());
        }
        let rules = self.rules.clone();
        let state = State::new(goal);
        let mut actions = Actions::default();
        actions.goals.insert(goal);
        for rule in rules.backward.fitting(&self.theory.get_mut().environment, [goal]) {
            if !rule.signature.parameters.iter().any(|p| p.is_premise) {
                let found = self.applications_of(rule, &rule.signature, &state, 1)?;
                push_applications(rule.function, found, &mut actions.list);
            }
        }
        let instances = self.instances_of(goal)?;
        if let Some(instance) = instances.iter().find(|instance| instance.proposition == goal) {
            let (_, values) = self.theory.get_mut().environment.store.spine(instance.equation.proof);
            let application = Application { arguments: values.into_iter().map(Argument::Term).collect() };
            push_applications(instance.function, vec![application], &mut actions.list);
        }
        if !actions.list.iter().any(closes) {
            let mut rewrites = Vec::new();
            for instance in instances.iter() {
                self.rewrite_goal(goal, instance.equation, (Some(instance.function), instance.invents), &mut rewrites);
            }
            rewrites.into_iter().for_each(|action| actions.rewrite(action));
        } else {
            actions.list.truncate(1);
        }
        let list: Arc<[Action]> = actions.list.into();
        self.by_goal.insert(goal, list.clone());
        Ok(list)
    }

    /// Backward steps that may use facts: rules with premises, and hypotheses.
    fn apply_with_premises(&mut self, state: &State, actions: &mut Actions) -> Result<()> {
        let rules = self.rules.clone();
        let head = self.theory.get_mut().environment.store.head(state.goal);
        let by_output = rules.backward.fitting(&self.theory.get_mut().environment, [state.goal]);
        for rule in by_output.into_iter().chain(&rules.backward_any) {
            if !rule.signature.parameters.iter().any(|p| p.is_premise) {
                continue;
            }
            // From a contradiction one gets no further by deriving another contradiction.
            if Some(state.goal) == rules.absurd && self.proves_anything(rule) {
                continue;
            }
            let found = self.applications_of(rule, &rule.signature, state, APPLICATIONS)?;
            let found = found.into_iter().filter(|a| a.subgoals().all(|goal| goal != state.goal)).collect();
            push_applications(rule.function, found, &mut actions.list);
            self.apply_with_witness((rule, rule.function), state, &mut actions.list)?;
        }
        for (local, rule) in self.hypotheses(state)? {
            let head_fits = {
                let store = &self.theory.get_mut().environment.store;
                let output = store.head(rule.rule.signature.output);
                !matches!(store.term(output), Term::Const(_) | Term::Local { .. }) || output == head
            };
            if head_fits {
                let found = self.applications_of(&rule.rule, &rule.rule.signature, state, APPLICATIONS)?;
                push_applications(local, found, &mut actions.list);
                self.apply_with_witness((&rule.rule, local), state, &mut actions.list)?;
            }
        }
        Ok(())
    }

    /// The first of the actions that takes apart a fact in scope that has not been taken apart: that loses nothing, and
    /// its parts are of use for whatever comes next.
    fn elimination(&mut self, state: &State, actions: &[Action]) -> Result<Option<Action>> {
        let rules = self.rules.clone();
        let eliminations = || rules.backward_any.iter().filter(|rule| rule.is_elimination);
        for action in actions {
            if let Action::Apply { function, application, .. } = action
                && eliminations().any(|rule| rule.function == *function)
                && !self.is_taken_apart(state, application)?
            {
                let (function, application) = (*function, application.clone());
                return Ok(Some(Action::Apply { function, application, ambiguous: true }));
            }
        }
        Ok(None)
    }

    /// Whether the facts that one of the cases of an elimination would bring into scope are there already.
    fn is_taken_apart(&mut self, state: &State, application: &Application) -> Result<bool> {
        let facts = InScope { state, globals: &self.rules.facts };
        let means = Means { facts: &facts, premises: Premises::FromFacts, limit: 1 };
        let environment = &mut self.theory.get_mut().environment;
        for case in application.subgoals() {
            let arity = Signature::arity(&environment.store, case);
            let signature = Signature::new(environment, case, arity)?;
            let given = Substitution::new(signature.len());
            if !forward_applications(environment, &signature, &given, &[], means)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn proves_anything(&mut self, rule: &Rule) -> bool {
        matches!(self.theory.get_mut().environment.store.term(rule.signature.output), Term::Bound(_))
            && rule.signature.parameters.iter().filter(|p| p.is_premise).count() == 1
    }

    /// The facts in scope that are arrows, as rules.
    pub(super) fn hypotheses(&mut self, state: &State) -> Result<Vec<(TermId, Arc<LocalRule>)>> {
        let mut rules = Vec::new();
        for fact in state.items().filter_map(Item::fact) {
            rules.extend(self.local_rule(fact)?.map(|rule| (fact.proof, rule)));
        }
        Ok(rules)
    }

    /// A fact as a rule, if it is an arrow.
    fn local_rule(&mut self, Fact { proposition, proof }: Fact) -> Result<Option<Arc<LocalRule>>> {
        if let Some(known) = self.local_rules.get(&proof) {
            return Ok(Some(known.clone()));
        }
        let theory = self.theory.get_mut();
        let is_arrow = matches!(theory.environment.store.term(proposition), Term::Pi(..));
        // A script could not say what is used.
        if !is_arrow || self.given.is_nameless(proof) {
            return Ok(None);
        }
        let rule = Rule::new(&mut theory.environment, proof, proposition, &[])?;
        let equality = theory.equality.as_ref();
        let equation = equality.and_then(|e| EquationRule::new(&theory.environment.store, e, &rule));
        let rule = Arc::new(LocalRule { rule, equation });
        self.local_rules.insert(proof, rule.clone());
        Ok(Some(rule))
    }

    /// The equations that the theory's rules give for the objects of a proposition.
    pub(super) fn instances_of(&mut self, proposition: TermId) -> Result<Arc<[Instance]>> {
        if let Some(known) = self.instances.get(&proposition) {
            return Ok(known.clone());
        }
        let rules = self.rules.clone();
        let objects = self.objects_of(proposition)?;
        let mut by_rule: Vec<(u32, Instance)> = Vec::new();
        for &object in objects.iter() {
            by_rule.extend(self.instances_at(object)?.iter());
        }
        for &number in rules.equations.always() {
            let rule = &rules.equations.all()[number as usize];
            let mut own = Vec::new();
            self.instances_among(rule, &objects, &mut own)?;
            by_rule.extend(own.into_iter().map(|instance| (number, instance)));
        }
        by_rule.sort_by_key(|&(number, _)| number);
        let mut seen = FxHashSet::default();
        let found = by_rule.into_iter().map(|(_, instance)| instance).filter(|&instance| seen.insert(instance));
        let found: Arc<[Instance]> = found.collect();
        self.instances.insert(proposition, found.clone());
        Ok(found)
    }

    /// The instances for an object of those of the theory's rules that look at one object.
    fn instances_at(&mut self, object: Typed) -> Result<Arc<[(u32, Instance)]>> {
        if let Some(known) = self.by_object.get(&object.term) {
            return Ok(known.clone());
        }
        let rules = self.rules.clone();
        let mut numbers = Vec::new();
        rules.equations.matching(&self.theory.get_mut().environment, object.term, &mut numbers);
        numbers.sort_unstable();
        numbers.dedup();
        let mut found = Vec::new();
        for number in numbers {
            let mut own = Vec::new();
            self.instances_among(&rules.equations.all()[number as usize], &[object], &mut own)?;
            found.extend(own.into_iter().map(|instance| (number, instance)));
        }
        let found: Arc<[(u32, Instance)]> = found.into();
        self.by_object.insert(object.term, found.clone());
        Ok(found)
    }

    /// The equations that one rule gives for some objects.
    fn instances_among(&mut self, rule: &EquationRule, objects: &[Typed], found: &mut Vec<Instance>) -> Result<()> {
        let mut substitutions = Vec::new();
        let QuantifiedEquation { ref signature, ty: of_type, left, right, .. } = rule.equation;
        match &rule.patterns {
            Some(patterns) => {
                let given = Substitution::new(signature.len());
                self.match_patterns(signature, patterns, objects, given, &mut substitutions)?;
            }
            None => {
                for &Typed { term: object, ty } in objects {
                    for side in [left, right] {
                        let environment = &mut self.theory.get_mut().environment;
                        if matches!(environment.store.term(side), Term::Bound(_)) && !rule.invents {
                            continue;
                        }
                        let mut substitution = Substitution::new(signature.len());
                        if substitution.matches(environment, side, object)?
                            && substitution.matches(environment, of_type, ty)?
                        {
                            substitutions.push(substitution);
                        }
                    }
                }
            }
        }
        for substitution in substitutions {
            self.fill_in(rule, substitution, objects, found)?;
        }
        Ok(())
    }

    /// Finds objects that match all patterns of a `#forward`, and learns the parameters named in them.
    pub(super) fn match_patterns(
        &mut self,
        signature: &Signature,
        patterns: &[prover_theory::ForwardPattern],
        objects: &[Typed],
        given: Substitution,
        out: &mut Vec<Substitution>,
    ) -> Result<()> {
        let Some((first, rest)) = patterns.split_first() else {
            out.push(given);
            return Ok(());
        };
        for &Typed { term: object, ty } in objects {
            let environment = &mut self.theory.get_mut().environment;
            let mut local = Substitution::new(first.variables.len());
            if !local.matches(environment, first.pattern, object)? || !local.matches(environment, first.ty, ty)? {
                continue;
            }
            let mut next = given.clone();
            let mut agrees = true;
            for (variable, parameter) in first.variables.iter().enumerate() {
                let (Some(parameter), Some(value)) = (*parameter, local.get(variable)) else { continue };
                match next.get(parameter) {
                    Some(known) => agrees &= known == value,
                    None if parameter < signature.len() => next.assign(parameter, value),
                    None => {}
                }
            }
            if agrees {
                self.match_patterns(signature, rest, objects, next, out)?;
            }
        }
        Ok(())
    }

    /// Completes a substitution, inventing values where the rule allows it, and adds the instance.
    fn fill_in(
        &mut self,
        rule: &EquationRule,
        substitution: Substitution,
        objects: &[Typed],
        found: &mut Vec<Instance>,
    ) -> Result<()> {
        let QuantifiedEquation { function, ref signature, ty, left, right } = rule.equation;
        let environment = &mut self.theory.get_mut().environment;
        let Some(values) = substitution.complete() else {
            let missing = (0..signature.len()).find(|&i| substitution.get(i).is_none());
            let Some(parameter) = missing.filter(|_| rule.invents) else { return Ok(()) };
            let most = self.capped(INVENTED, objects.len());
            for &Typed { term: object, ty } in objects.iter().take(most) {
                let environment = &mut self.theory.get_mut().environment;
                let mut next = substitution.clone();
                if next.matches(environment, signature.parameters[parameter].domain, ty)? {
                    next.assign(parameter, object);
                    self.fill_in(rule, next, objects, found)?;
                }
            }
            return Ok(());
        };
        let proof = environment.store.apps(function, &values);
        let store = &mut environment.store;
        let (ty, left, right) =
            (store.instantiate(ty, &values), store.instantiate(left, &values), store.instantiate(right, &values));
        let proposition = store.instantiate(signature.output, &values);
        let invents = rule.invents;
        let instance = Instance { equation: Equation { ty, left, right, proof }, proposition, function, invents };
        if left != right && !found.contains(&instance) {
            found.push(instance);
        }
        Ok(())
    }

    /// Rewriting the goal by one equation, in both directions.
    fn rewrite_goal(
        &mut self,
        goal: TermId,
        equation: Equation,
        (by, invents): (Option<TermId>, bool),
        out: &mut Vec<Action>,
    ) {
        let store = &mut self.theory.get_mut().environment.store;
        for (reversed, from, to) in [(false, equation.left, equation.right), (true, equation.right, equation.left)] {
            let count = count_occurrences(store, goal, from, SINGLE + 1);
            if count == 0 {
                continue;
            }
            // `x` to `(+ x z)` could go on for ever; it is offered only where the theory asks for inventions.
            if !invents && count_occurrences(store, to, from, 1) > 0 {
                continue;
            }
            let mut subgoals = vec![(Place::All, replace(store, goal, from, to))];
            if (2..=SINGLE).contains(&count) {
                let each = replace_each(store, goal, from, to, SINGLE);
                subgoals.extend(each.into_iter().enumerate().map(|(n, subgoal)| (Place::Nth(n as u8), subgoal)));
            }
            for (place, subgoal) in subgoals {
                if tree_size(store, subgoal, self.size_limit) < self.size_limit {
                    out.push(Action::Rewrite { equation, by, reversed, place, subgoal });
                } else {
                    self.caps.is_bounded = true;
                }
            }
        }
    }

    /// Rewriting the goal by everything in scope: equations, quantified hypotheses, and the theory's equations for
    /// objects of the facts.
    fn rewrite_with_scope(&mut self, state: &State, actions: &mut Actions) -> Result<()> {
        let Some(equality) = self.theory.get_mut().equality else { return Ok(()) };
        let facts: Vec<Fact> = state.items().filter_map(Item::fact).collect();
        for fact in facts {
            let list = match self.by_fact.get(&(state.goal, fact.proof)) {
                Some(list) => list.clone(),
                None => {
                    let list: Arc<[Action]> = self.rewrites_by_fact(&equality, state.goal, fact)?.into();
                    self.by_fact.insert((state.goal, fact.proof), list.clone());
                    list
                }
            };
            for action in list.iter() {
                actions.rewrite(action.clone());
            }
        }
        Ok(())
    }

    /// The actions that one fact allows on a goal: rewriting by it, if it is an equation or proves equations, and by
    /// the theory's equations for the objects in it.
    fn rewrites_by_fact(&mut self, equality: &Equality, goal: TermId, fact: Fact) -> Result<Vec<Action>> {
        let Fact { proposition, proof } = fact;
        let mut list = Vec::new();
        let store = &self.theory.get_mut().environment.store;
        if let Some(equation) = Equation::new(store, equality, proposition, proof) {
            self.rewrite_goal(goal, equation, (None, false), &mut list);
        }
        if let Some(rule) = self.local_rule(fact)?
            && let Some(equation) = &rule.equation
        {
            let objects = self.objects_of(goal)?;
            let mut found = Vec::new();
            self.instances_among(equation, &objects, &mut found)?;
            for instance in found {
                self.rewrite_goal(goal, instance.equation, (Some(proof), false), &mut list);
            }
        }
        for instance in self.instances_of(proposition)?.iter() {
            self.rewrite_goal(goal, instance.equation, (Some(instance.function), false), &mut list);
        }
        Ok(list)
    }
}

/// Whether an action proves the goal at once.
fn closes(action: &Action) -> bool {
    matches!(action, Action::Apply { application, .. } if application.subgoals().next().is_none())
}

/// Adds the applications of a function. Of those that leave the same subgoals, which differ only in how the rest is
/// proved, the first one is enough.
fn push_applications(function: TermId, mut found: Vec<Application>, actions: &mut Vec<Action>) {
    let mut subgoals: FxHashSet<Vec<TermId>> = FxHashSet::default();
    found.retain(|application| subgoals.insert(application.subgoals().collect()));
    let ambiguous = found.len() > 1;
    for application in found {
        actions.push(Action::Apply { function, application: Arc::new(application), ambiguous });
    }
}
