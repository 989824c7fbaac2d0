//! Statements tested in models before effort is spent on them.

use super::lemmas::Statement;
use prover_logic::{DeclarationKind, TermId};
use prover_models::{Limits, ModelError, Models, Negated, Verdict};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::terms::normal::Normalizer;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// The part of the seconds that a goal may take that goes to the test of it in models, and the most seconds that do.
const PART: f64 = 0.05;
const SECONDS: f64 = 0.1;

/// The most steps that comparing a refuted statement with the theory's theorems may take.
const STEPS: u64 = 10_000_000;

/// Errors of testing a statement.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The theory has no models to speak of, or contradicts itself.
    #[error(transparent)]
    Models(#[from] ModelError),
    /// The theory does not read the statement.
    #[error("the statement `{0}` is refused by the theory")]
    Refused(String),
    /// A statement is refuted that the theory proves or assumes.
    #[error(
        "`{name}` states what is refuted: {counterexample}\n  \
         either the theory is contradictory, or this is a fault of the program; please report it with the theory"
    )]
    Proved {
        /// The theorem or axiom.
        name: String,
        /// The values at which it fails.
        counterexample: String,
    },
}

/// Result of testing a statement.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The verdict of the models.
    pub verdict: Verdict,
    /// The negation with its proof, if the statement is refuted and the theory can express that.
    pub negated: Option<Negated>,
    /// Seconds taken.
    pub seconds: f64,
}

impl Tested {
    /// The counterexample in words, and whether the negation is proved, if the statement is refuted.
    pub fn refutation(&self) -> Option<String> {
        let counterexample = self.verdict.counterexample()?;
        let negated = if self.negated.is_some() { "; its negation is proved, and checked by the kernel" } else { "" };
        Some(format!("{counterexample}{negated}"))
    }

    /// The verdict in words.
    pub fn text(&self) -> String {
        self.refutation().map_or_else(|| self.verdict.to_string(), |refutation| format!("refuted: {refutation}"))
    }
}

/// Tests statements of a theory in its models.
#[derive(Clone, Debug)]
pub struct Tester {
    theory: Theory,
    models: Models,
}

impl Tester {
    /// A tester for a theory with its lemmas.
    ///
    /// # Errors
    ///
    /// As [`Models::new`].
    pub fn new(mut theory: Theory) -> Result<Self, TestError> {
        let models = Models::new(&mut theory)?;
        Ok(Self { theory, models })
    }

    /// Tests a statement.
    ///
    /// # Errors
    ///
    /// The theory does not read it; it is refuted although the theory proves it.
    pub fn test(&mut self, statement: &Statement, limits: &Limits, rng: &mut impl Rng) -> Result<Tested, TestError> {
        let refused = |_| TestError::Refused(statement.text.clone());
        let term = self.theory.statement(&statement.text).map_err(refused)?;
        self.test_term(term, limits, rng)
    }

    /// Tests a closed proposition of the theory.
    ///
    /// # Errors
    ///
    /// It is refuted although the theory proves it.
    pub fn test_term(&mut self, statement: TermId, limits: &Limits, rng: &mut impl Rng) -> Result<Tested, TestError> {
        let start = Instant::now();
        let verdict = self.models.test(&mut self.theory, statement, limits, rng);
        let mut negated = None;
        if let Verdict::Refuted(counterexample) = &verdict {
            if let Some(name) = self.known(statement) {
                return Err(TestError::Proved { name, counterexample: counterexample.to_string() });
            }
            negated = Negated::new(&mut self.theory, statement, counterexample, limits.deadline);
        }
        Ok(Tested { verdict, negated, seconds: start.elapsed().as_secs_f64() })
    }

    /// For each of some goals the counterexample, where it is refuted, within a part of the seconds that each may take.
    ///
    /// # Errors
    ///
    /// As [`test`](Self::test).
    pub fn refutations(
        &mut self,
        statements: &[Statement],
        seconds: Option<f64>,
        seed: u64,
    ) -> Result<Vec<Option<String>>, TestError> {
        let share = seconds.map_or(SECONDS, |seconds| (PART * seconds).min(SECONDS));
        let mut found = Vec::with_capacity(statements.len());
        for statement in statements {
            // An object that cannot be built is not refuted by a model.
            if self.theory.statement(&statement.text).is_err() {
                found.push(None);
                continue;
            }
            let limits = Limits::THOROUGH.until(Deadline::after(share));
            let tested = self.test(statement, &limits, &mut ChaCha8Rng::seed_from_u64(seed))?;
            found.push(tested.refutation());
        }
        Ok(found)
    }

    /// The name of an axiom or theorem that says the same.
    fn known(&mut self, statement: TermId) -> Option<String> {
        let environment = &mut self.theory.environment;
        environment.set_budget(STEPS);
        let mut normalizer = Normalizer::default();
        let normal = normalizer.normal(environment, statement).ok()?;
        let is_claim = |kind| kind != DeclarationKind::Definition;
        let claims: Vec<_> = environment.declarations().map(|(_, d)| (d.name.clone(), d.kind, d.ty)).collect();
        claims.into_iter().find_map(|(name, kind, ty)| {
            let is_same = is_claim(kind) && normalizer.normal(environment, ty).is_ok_and(|ty| ty == normal);
            is_same.then(|| name.to_string())
        })
    }

    /// A statement in infix notation.
    pub fn reading(&mut self, text: &str) -> String {
        let mut theory = self.theory.clone();
        theory.write_infix();
        theory.rewritten(text)
    }

    /// The theory.
    pub fn theory(&mut self) -> &mut Theory {
        &mut self.theory
    }
}
