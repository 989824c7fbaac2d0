//! The actions that can be taken on a goal.

use prover_logic::TermId;
use prover_theory::equality::completion::Proof;
use prover_theory::terms::application::Application;
use prover_theory::terms::equation::Equation;
use prover_theory::terms::rewriting::Place;
use prover_theory::terms::typed::Fact;
use std::sync::Arc;

/// An action on a state.
#[derive(Clone, Debug)]
pub enum Action {
    /// `intro`: the goal is an arrow; its input comes into scope.
    Intro,
    /// `apply f`: the goal follows from the application's subgoals.
    Apply {
        /// The function: a constant or a local.
        function: TermId,
        /// Its arguments.
        application: Arc<Application>,
        /// Whether the state has another application of the same function, so that the text must distinguish them.
        ambiguous: bool,
    },
    /// `apply rewrite`: one side of an equation is replaced by the other in the goal.
    Rewrite {
        /// The equation, an instance of `by` or a fact.
        equation: Equation,
        /// The function that the equation is an instance of; `None` for a fact in scope.
        by: Option<TermId>,
        /// Whether the goal's right sides become left sides.
        reversed: bool,
        /// The occurrences in the goal that are replaced.
        place: Place,
        /// The goal afterwards.
        subgoal: TermId,
    },
    /// `show T by f`: T becomes a fact.
    Show {
        /// The fact.
        proposition: TermId,
        /// Its proof.
        proof: TermId,
        /// The function; `None` for `rewrite`.
        by: Option<TermId>,
        /// For `rewrite`: a function's instance that the rewrite needs and that is not a fact yet.
        with: Option<Fact>,
    },
    /// `show GOAL by eqsat`: equality saturation proves the goal from the facts in scope.
    Saturate {
        /// The proof.
        proof: TermId,
    },
    /// `show GOAL by algebra`: the goal holds by laws of operators alone.
    Algebra {
        /// The proof.
        proof: TermId,
    },
    /// Rewrites of one side of the goal to the other, as completion found them.
    Complete {
        /// The proof with its steps.
        proof: Arc<Proof>,
    },
    /// `have L`: the goal follows with a lemma, a closed statement, which is proved by itself.
    Have {
        /// The lemma.
        lemma: TermId,
    },
    /// `construct v by f`: an object comes into scope.
    Construct {
        /// The object.
        value: TermId,
        /// Its type.
        ty: TermId,
        /// The function that it is an application of.
        by: TermId,
    },
}
