//! Policies and value functions: requests, evaluations, and the trait of evaluators.

/// One state to judge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Request {
    /// The state as text; empty where the evaluator does not [need text](Evaluator::needs_text).
    pub state: String,
    /// Its actions as text; empty strings where the evaluator does not need text. One entry an action.
    pub actions: Vec<String>,
}

/// The judgement of one state.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// One probability an action, in the order of the request; they sum to 1 where there is an action.
    pub priors: Vec<f32>,
    /// Estimated probability that the state can be solved, in 0..=1.
    pub value: f32,
}

impl Default for Evaluation {
    /// The evaluation of a state of which nothing is known.
    fn default() -> Self {
        Self { priors: Vec::new(), value: 0.5 }
    }
}

/// Judges states. Implementations are shared between threads.
pub trait Evaluator: Sync {
    /// Judges a batch; one evaluation a request, in order.
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation>;

    /// Whether requests must carry text. Writing text costs more than a uniform evaluation.
    fn needs_text(&self) -> bool {
        true
    }

    /// Forgets cached judgements, which costs time again and changes nothing else: for measurements.
    fn forget(&self) {}
}

/// The policy that knows nothing: equal priors, value one half.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uniform;

impl Evaluator for Uniform {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        requests
            .iter()
            .map(|request| {
                let count = request.actions.len();
                Evaluation { priors: vec![1.0 / count.max(1) as f32; count], value: 0.5 }
            })
            .collect()
    }

    fn needs_text(&self) -> bool {
        false
    }
}
