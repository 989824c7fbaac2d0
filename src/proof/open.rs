//! An open goal of a script as a search problem.

use super::action::Action;
use super::problem::ProofProblem;
use super::rules::Rules;
use super::state::{Item, State};
use prover_logic::{KernelError, Term, TermId};
use prover_theory::Theory;
use prover_theory::print::Names;
use prover_theory::script::{Entry, OpenGoal};
use prover_theory::terms::matching::beta_normal;
use prover_theory::terms::typed::{Fact, Typed};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The part of a root's scope whose names are given.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// The names of the locals; further names that are taken.
    pub names: Names,
    /// Facts with names that are not locals: proposition and name.
    pub functions: Vec<(TermId, String)>,
    /// Proofs of facts without a name: a script cannot apply them.
    nameless: FxHashSet<TermId>,
}

impl Given {
    /// Whether a proof is that of a fact that a script cannot name.
    pub fn is_nameless(&self, proof: TermId) -> bool {
        self.nameless.contains(&proof)
    }
}

impl ProofProblem {
    /// The problem of proving an open goal of a script; `theory` is the one that the script was explored in, `rules`
    /// are of it or of one that it was made from.
    ///
    /// # Errors
    ///
    /// Normalising the scope exhausts the budget.
    pub fn open(mut theory: Theory, rules: Arc<Rules>, open: &OpenGoal) -> Result<Self, KernelError> {
        let environment = &mut theory.environment;
        let mut given = Given::default();
        let mut unfolded = |term| {
            let term = rules.unfolding.unfold(environment, term)?;
            beta_normal(environment, term)
        };
        let goal = unfolded(open.goal)?;
        let mut state = State::new(goal);
        for entry in &open.entries {
            state = state.with(match *entry {
                Entry::Local { ref name, local, ty, is_proof } => {
                    given.names.insert(local, name);
                    Item::Local { local, ty: unfolded(ty)?, is_proof }
                }
                Entry::Named { ref name, value, ty, is_proof } => {
                    let ty = unfolded(ty)?;
                    given.names.reserve(name);
                    if is_proof {
                        given.functions.push((ty, name.to_string()));
                        Item::Fact(Fact { proposition: ty, proof: value })
                    } else {
                        Item::Object(Typed { term: value, ty })
                    }
                }
                Entry::Fact(fact) => Item::Fact(Fact { proposition: unfolded(fact.proposition)?, ..fact }),
            });
        }
        for &item in state.items() {
            if let Item::Fact(Fact { proposition, proof }) = item {
                let is_named = match environment.store.term(proof) {
                    Term::Const(_) => true,
                    Term::Local { .. } => given.names.get(proof).is_some(),
                    _ => given.functions.iter().any(|(named, _)| *named == proposition),
                };
                if !is_named {
                    given.nameless.insert(proof);
                }
            }
        }
        let state = state.reserve(open.scope.next());
        Ok(Self::from_state(theory, rules, state, given))
    }

    /// An action of a state as a line for people, with the names of the script, in the theory's notation.
    pub fn action_for_people(&self, state: &State, action: &Action) -> String {
        let notation = self.theory.borrow().notation.clone();
        self.action_line(&self.given.names.clone().with_notation(notation), state, action)
    }
}
