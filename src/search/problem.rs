//! The trait of search problems.

/// Result of a step.
#[derive(Clone, Debug)]
pub enum Outcome<S> {
    /// The step cannot lead to a solution (it failed when it was carried out).
    Dead,
    /// The state is solved when all of these are; none left means solved.
    Subgoals(Vec<S>),
    /// The step ends here and solves nothing, and what it made is worth so much, in 0..=1. It counts in the value of the
    /// state, and there is nothing to explore behind it.
    Worth(f32),
}

/// A search problem: an AND/OR graph given by its root and its steps.
///
/// A state is an OR node (one of its actions must succeed), the result of an action an AND node (all of its
/// subgoals must be solved). Methods take `&mut self` because a problem owns the arena that its states point into.
pub trait Problem {
    /// A state; cheap to clone (persistent).
    type State: Clone;
    /// An action; cheap to clone.
    type Action: Clone;

    /// The state to solve.
    fn root(&mut self) -> Self::State;

    /// The actions legal in a state, in a fixed order. None means a dead end.
    fn actions(&mut self, state: &Self::State) -> Vec<Self::Action>;

    /// Carries out one of the actions that [`actions`](Problem::actions) gave for the state.
    fn step(&mut self, state: &Self::State, action: &Self::Action) -> Outcome<Self::State>;

    /// Prior weight of an action where nothing guides the search: priors of an evaluator that [reads
    /// nothing](crate::evaluator::Evaluator::needs_text) are multiplied by it. Only ratios within a state matter.
    fn weight(&self, _state: &Self::State, _action: &Self::Action) -> f32 {
        1.0
    }

    /// A key equal for states that are equal up to irrelevant differences (order of facts, names); 128 bits, so that
    /// collisions can be neglected. A collision may cost a solution but never soundness.
    fn key(&self, state: &Self::State) -> u128;

    /// The state as text for the model.
    fn state_text(&self, state: &Self::State) -> String;

    /// The action as text for the model, one line.
    fn action_text(&self, state: &Self::State, action: &Self::Action) -> String;
}
