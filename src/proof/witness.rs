//! Witnesses: values for the object that a rule leaves open, as the rule that proves an existence does.
//!
//! The facts in scope may determine the object; the rule then is applied like any other. Otherwise small terms are
//! offered: the objects of the goal and the scope, constants, and applications of one function to these. Many right
//! witnesses are recognised at once, since the goal that remains has a normal form that is closed.

use super::action::Action;
use super::problem::ProofProblem;
use super::rules::Rule;
use super::state::State;
use prover_logic::{KernelError, Term, TermId};
use prover_theory::terms::matching::Substitution;
use prover_theory::terms::rewriting::tree_size;
use prover_theory::terms::typed::Typed;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// Terms that are tried as witnesses of one rule, at most but with greater effort, the smallest first.
const TRIED: usize = 48;
/// Objects that functions are applied to, at most but with greater effort.
const ARGUMENTS: usize = 12;
/// Terms of this size (as trees) and above are not witnesses.
const SIZE: u32 = 30;

impl ProofProblem {
    /// Applications of a rule with a witness, those that the facts determine not among them.
    pub(super) fn apply_with_witness(
        &mut self,
        (rule, function): (&Rule, TermId),
        state: &State,
        actions: &mut Vec<Action>,
    ) -> Result<(), KernelError> {
        let Some(parameter) = rule.witness else { return Ok(()) };
        if !self.fits(rule, state)? {
            return Ok(());
        }
        let mut seen: FxHashSet<Vec<TermId>> = FxHashSet::default();
        for value in self.witnesses(state)?.iter() {
            let mut given = Substitution::new(rule.signature.len());
            given.assign(parameter, value.term);
            let found = self.applications_with(rule, &rule.signature, state, &given, 1)?;
            for application in found {
                let subgoals: Vec<TermId> = application.subgoals().collect();
                if !subgoals.contains(&state.goal) && seen.insert(subgoals) {
                    actions.push(Action::Apply { function, application: Arc::new(application), ambiguous: true });
                }
            }
        }
        Ok(())
    }

    /// Whether the conclusion of the rule may be the goal at all.
    fn fits(&mut self, rule: &Rule, state: &State) -> Result<bool, KernelError> {
        let environment = &mut self.theory.get_mut().environment;
        let mut substitution = Substitution::new(rule.signature.len());
        substitution.matches(environment, rule.signature.output, state.goal)
    }

    /// The terms that are tried, the smallest first.
    fn witnesses(&mut self, state: &State) -> Result<Arc<[Typed]>, KernelError> {
        let key = (state.scope_key(), state.goal);
        if let Some(known) = self.witnesses.get(&key) {
            return Ok(known.clone());
        }
        let rules = self.rules.clone();
        let mut terms: Vec<Typed> = self.objects_in(state)?.to_vec();
        let makers = rules.makers.iter().filter(|maker| maker.inputs.is_empty());
        terms.extend(makers.map(|maker| Typed { term: maker.function, ty: maker.output }));
        self.arrange(&mut terms);
        let most = self.capped(ARGUMENTS, terms.len());
        let arguments = terms[..terms.len().min(most)].to_vec();
        for maker in rules.makers.iter().filter(|maker| (1..=2).contains(&maker.inputs.len())) {
            let fitting = |input: TermId| arguments.iter().filter(move |argument| argument.ty == input);
            let store = &mut self.theory.get_mut().environment.store;
            for first in fitting(maker.inputs[0]) {
                let applied = store.app(maker.function, first.term);
                match maker.inputs.get(1) {
                    None => terms.push(Typed { term: applied, ty: maker.output }),
                    Some(&input) => terms.extend(
                        fitting(input).map(|second| Typed { term: store.app(applied, second.term), ty: maker.output }),
                    ),
                }
            }
        }
        self.arrange(&mut terms);
        let most = self.capped(TRIED, terms.len());
        terms.truncate(most);
        let terms: Arc<[Typed]> = terms.into();
        self.witnesses.insert(key, terms.clone());
        Ok(terms)
    }

    /// Sorts terms by size, the earlier first of those of one size, and leaves out large ones and repetitions.
    fn arrange(&mut self, terms: &mut Vec<Typed>) {
        let store = &self.theory.get_mut().environment.store;
        let mut seen = FxHashSet::default();
        terms.retain(|typed| {
            let is_small = tree_size(store, typed.term, SIZE) < SIZE;
            is_small && !matches!(store.term(typed.ty), Term::Sort(_) | Term::Pi(..)) && seen.insert(typed.term)
        });
        terms.sort_by_key(|typed| tree_size(store, typed.term, SIZE));
    }
}
