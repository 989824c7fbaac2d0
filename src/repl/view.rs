//! The proof under way after its steps: open goals, with their actions.

use super::edit::insert;
use super::error::ReplError;
use super::layer::Layer;
use crate::logic::{Sort, TermId};
use crate::network::{Evaluator, Request};
use crate::proof::{Action, ProofProblem, State};
use crate::search::Problem;
use crate::syntax::diagnostic::Diagnostic;
use crate::theory::Theory;
use crate::theory::facts::FactIndex;
use crate::theory::limits::ITEM_BUDGET;
use crate::theory::notation::Notation;
use crate::theory::print::print;
use crate::theory::script::{Exploration, OpenGoal, explore};
use std::sync::Arc;

/// The most rounds of adding blocks for the premises of `apply`; one is enough unless adding them changes the premises.
const ROUNDS: usize = 8;

/// A theorem with the open goals of its proof.
pub(super) struct View {
    /// The layer's theory, with the terms of the proof.
    pub theory: Theory,
    facts: FactIndex,
    statement: TermId,
    /// The open goals, in the order of the text.
    pub open: Vec<OpenGoal>,
    /// The actions of a goal, once they were asked for.
    offer: Option<(usize, Offer)>,
}

/// The actions of an open goal.
pub(super) struct Offer {
    /// The goal as a search problem.
    pub problem: ProofProblem,
    /// Its root.
    pub state: State,
    /// The actions, the most probable first, each with the probability that the policy gives it.
    pub actions: Vec<(Action, Option<f32>)>,
}

impl View {
    /// A theorem of which nothing is proved yet.
    pub fn new(layer: &Layer, statement: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut theory = layer.theory.clone();
        let statement = theory.goal(statement)?;
        Ok(Self { theory, facts: FactIndex::new(), statement, open: Vec::new(), offer: None })
    }

    /// Carries out a script. The open goals stay as they were.
    pub fn explore(&mut self, script: &str) -> Result<Exploration, Vec<Diagnostic>> {
        explore(&mut self.theory, &mut self.facts, self.statement, script)
    }

    /// Carries out a script and adds an empty block for each premise of `apply` that has none.
    pub fn explore_with_premises(&mut self, mut script: String) -> Result<(String, Exploration), Vec<Diagnostic>> {
        for _ in 0..ROUNDS {
            let exploration = self.explore(&script)?;
            if !exploration.open.iter().any(|open| open.is_premise) {
                return Ok((script, exploration));
            }
            // From the last to the first, so that places before stay where they are and blocks come in order.
            for open in exploration.open.iter().rev().filter(|open| open.is_premise) {
                // What goes into the script is in the language's own notation.
                let names = open.scope.printed(&self.theory.environment.store).with_notation(Notation::Language);
                let goal = print(&mut self.theory.environment, &names, open.goal);
                let indent = "  ".repeat(open.depth);
                let block = format!("{indent}goal {goal} {{\n{indent}}}\n");
                script = insert(&script, open.at as usize, open.depth, &block).0;
            }
        }
        self.explore(&script).map(|exploration| (script, exploration))
    }

    /// Takes over the goals that a script was found to leave open.
    pub fn show(&mut self, exploration: Exploration) {
        self.open = exploration.open;
        self.offer = None;
    }

    /// An open goal as a search problem.
    pub fn problem(&self, layer: &Layer, goal: usize) -> Result<ProofProblem, ReplError> {
        let count = self.open.len();
        let open = self.open.get(goal).ok_or(ReplError::NoSuchGoal { number: goal + 1, count })?;
        let mut theory = self.theory.clone();
        theory.environment.set_budget(ITEM_BUDGET);
        if theory.environment.sort_of(open.goal)? != Sort::Prop {
            return Err(ReplError::NotSearched);
        }
        Ok(ProofProblem::open(theory, layer.rules.clone(), open)?)
    }

    /// The actions of an open goal, ranked by a policy if there is one.
    pub fn offer(
        &mut self,
        layer: &Layer,
        goal: usize,
        policy: Option<&Arc<dyn Evaluator + Send + Sync>>,
    ) -> Result<&mut Offer, ReplError> {
        let known = self.offer.take().filter(|(known, _)| *known == goal);
        let offer = match known {
            Some((_, offer)) => offer,
            None => Offer::new(self.problem(layer, goal)?, policy),
        };
        Ok(&mut self.offer.insert((goal, offer)).1)
    }
}

impl Offer {
    fn new(mut problem: ProofProblem, policy: Option<&Arc<dyn Evaluator + Send + Sync>>) -> Self {
        let state = problem.root();
        let actions = problem.actions(&state);
        let priors = policy.filter(|_| !actions.is_empty()).and_then(|policy| {
            let texts = actions.iter().map(|action| problem.action_text(&state, action)).collect();
            let request = Request { state: problem.state_text(&state), actions: texts };
            policy.evaluate(&[request]).pop().map(|evaluation| evaluation.priors)
        });
        let prior = |index: usize| priors.as_ref().map(|priors| priors.get(index).copied().unwrap_or(0.0));
        let mut actions: Vec<_> =
            actions.into_iter().enumerate().map(|(index, action)| (action, prior(index))).collect();
        // Stable: without a policy the order stays as it is.
        actions.sort_by(|(_, a), (_, b)| b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0)));
        Self { problem, state, actions }
    }

    /// An action as a line.
    pub fn line(&self, action: &Action) -> String {
        self.problem.action_for_people(&self.state, action)
    }
}
