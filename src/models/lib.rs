//! Models of a theory: refutation of false statements before effort is spent on them.
//!
//! A [`Models`] is built once for a theory and then tests thousands of statements a second. It holds *structures*, each
//! of which satisfies every axiom: by construction, or because the axiom was tested in all its instances, or, where
//! these are infinitely many, in some hundreds (a counterexample then names these axioms).
//!
//! - Types that are freely generated (`data`, or an axiom of induction) consist of their constructor terms, and
//!   functions are computed by their equations (`build`).
//! - Propositions are true or false, connectives are tables or defined by their consequences.
//! - Other types are finite sets of at most five elements, and the tables over them are searched for (`search`),
//!   first for the theory alone, then for the theory together with the negation of a statement.
//!
//! Where no structure is found, there is no verdict. Names of constants play no role.
//!
//! ```
//! use prover_models::{Limits, Models, Verdict};
//! use prover_theory::Theory;
//! use rand::SeedableRng;
//!
//! let text = "= : [('t : type) -> 't -> 't -> prop].
//!     data nat { z : nat. s : [nat -> nat]. }
//!     fun + : [nat -> nat -> nat] { (+ 'n z) = 'n. (+ 'n (s 'm)) = (s (+ 'n 'm)). }";
//! let mut theory = Theory::from_text("numbers", text).unwrap();
//! let mut models = Models::new(&mut theory)?;
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
//! let mut test = |text: &str| {
//!     let statement = theory.statement(text).unwrap();
//!     models.test(&mut theory, statement, &Limits::QUICK, &mut rng)
//! };
//! let Verdict::Refuted(counterexample) = test("[('n : nat) -> (= (+ 'n 'n) 'n)]") else { panic!() };
//! assert_eq!(counterexample.to_string(), "'a0 = (s z): (s (s z)) is not (s z)");
//! assert!(matches!(test("[('n : nat) -> (= (+ z 'n) 'n)]"), Verdict::Survives { .. }));
//! # Ok::<(), prover_models::ModelError>(())
//! ```

mod build;
mod code;
mod counterexample;
mod domain;
mod family;
mod instance;
mod machine;
mod negation;
mod search;
mod signature;
#[cfg(test)]
mod tests;
mod value;
mod verdict;

pub use counterexample::{Assigned, Counterexample, Failure};
use family::Family;
use instance::{Counts, Prepared};
pub use negation::Negated;
use prover_logic::{ConstId, DeclarationKind, KernelError, Sort, Term, TermId};
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::terms::normal::Normalizer;
use rand::Rng;
use signature::{Reading, Signature};
use std::sync::Arc;
pub use verdict::{Reason, Verdict};

/// Steps that bringing a statement into normal form may take.
const NORMAL_STEPS: u64 = 400_000;
/// Steps that reading a theory may take.
const THEORY_STEPS: u64 = 60_000_000;

/// Limits of a test.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// True instances after which a statement survives, in each structure.
    pub instances: usize,
    /// Instances looked at in each structure, at most.
    pub attempts: usize,
    /// Steps that evaluating one instance may take.
    pub steps: u64,
    /// Evaluations that the search for a finite model in which the statement fails may take; 0 for no such search.
    pub evaluations: u64,
    /// When to stop.
    pub deadline: Deadline,
}

impl Limits {
    /// A fraction of a millisecond, for a conjecture.
    pub const QUICK: Self =
        Self { instances: 100, attempts: 300, steps: 5_000, evaluations: 0, deadline: Deadline::NEVER };
    /// Some tens of milliseconds, for a goal on which seconds would be spent.
    pub const THOROUGH: Self =
        Self { instances: 1_000, attempts: 4_000, steps: 50_000, evaluations: 1_000_000, deadline: Deadline::NEVER };
    /// About a second: the time that a person is ready to wait.
    pub const PATIENT: Self =
        Self { instances: 20_000, attempts: 200_000, steps: 100_000, evaluations: 6_000_000, ..Self::THOROUGH };

    /// The same limits with a deadline.
    #[must_use]
    pub fn until(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }
}

/// Reasons why a theory has no models for tests of statements.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A theorem of the theory fails in a structure that satisfies all axioms by construction.
    #[error(
        "the theorem `{theorem}` fails in a model of the theory: {counterexample}\n  \
         either the theory is contradictory, or this is a fault of the program; please report it with the theory"
    )]
    Theorem {
        /// Its name.
        theorem: String,
        /// The values at which it fails.
        counterexample: String,
    },
    /// The bounds of the kernel were reached; then [`Models::new`] says nothing of any statement.
    #[error("the theory cannot be read for its models: {0}")]
    Kernel(#[from] KernelError),
}

/// Structures that satisfy a theory's axioms, by their reading.
#[derive(Clone, Debug)]
pub struct Models {
    families: Vec<Family>,
    /// The reasons why some structures are missing.
    reasons: Vec<Reason>,
    normalizer: Normalizer,
}

impl Models {
    /// Looks for structures that satisfy a theory.
    ///
    /// # Errors
    ///
    /// A theorem of the theory fails in one of them.
    pub fn new(theory: &mut Theory) -> Result<Self, ModelError> {
        theory.environment.set_budget(THEORY_STEPS);
        match Self::read(theory) {
            Err(ModelError::Kernel(_)) => {
                Ok(Self { reasons: vec![Reason::TooLarge], families: Vec::new(), normalizer: Normalizer::default() })
            }
            read => read,
        }
    }

    fn read(theory: &mut Theory) -> Result<Self, ModelError> {
        let mut models = Self { families: Vec::new(), reasons: Vec::new(), normalizer: Normalizer::default() };
        if let Some(name) = contradiction(theory, &mut models.normalizer)? {
            models.reasons.push(Reason::Contradictory(name));
            return Ok(models);
        }
        let mut is_freed = false;
        for reading in [Reading::Free, Reading::Finite] {
            if reading == Reading::Finite && !is_freed {
                break;
            }
            let signature = Signature::new(theory, &mut models.normalizer, reading)?;
            is_freed = signature.is_freed;
            match Family::new(theory, &mut models.normalizer, signature, reading)? {
                Ok(family) => models.families.push(family),
                Err(reason) => models.reasons.push(reason),
            }
        }
        Ok(models)
    }

    /// The number of structures found so far.
    pub fn structures(&self) -> usize {
        self.families.iter().map(|family| family.machine.structures.len()).sum()
    }

    /// The reason why there can be no verdict on any statement; `None` if there can be.
    pub fn silence(&self) -> Option<Reason> {
        let is_silent = self.families.is_empty();
        is_silent.then(|| Reason::NoModel(self.reasons.clone()))
    }

    /// Tests a closed proposition of the theory, which may have got further terms meanwhile.
    pub fn test(&mut self, theory: &mut Theory, statement: TermId, limits: &Limits, rng: &mut impl Rng) -> Verdict {
        if let Some(reason) = self.silence() {
            return Verdict::Unknown(reason);
        }
        theory.environment.set_budget(NORMAL_STEPS);
        let Ok(normal) = self.normalizer.normal(&mut theory.environment, statement) else {
            return Verdict::Unknown(Reason::TooLarge);
        };
        let mut counts = Counts::default();
        let mut is_first = true;
        // Where types are freely generated that is what they are meant to be: what no instance there meets is vacuous,
        // whatever is so in structures that the axioms happen to allow.
        let mut is_vacuous = None;
        for family in &mut self.families {
            family.trim();
            let Ok(prepared) = Prepared::new(&mut family.machine, &theory.environment.store, normal) else {
                return Verdict::Unknown(Reason::TooLarge);
            };
            if std::mem::take(&mut is_first) {
                counts = Counts::new(prepared.premises());
            }
            let failure = family.test(&prepared, limits, rng, &mut counts);
            if let Some((structure, scope)) = failure {
                return Verdict::Refuted(Box::new(family.counterexample(theory, &prepared, structure, &scope)));
            }
            is_vacuous.get_or_insert(counts.met == 0 && counts.undecided == 0 && counts.vacuous > 0);
        }
        if is_vacuous == Some(true) {
            return Verdict::Vacuous { instances: counts.vacuous };
        }
        counts.verdict(theory)
    }
}

/// The name of a theorem or axiom that says that everything is true.
fn contradiction(theory: &mut Theory, normalizer: &mut Normalizer) -> Result<Option<String>, KernelError> {
    let prop = theory.environment.store.sort(Sort::Prop);
    let variable = theory.environment.store.bound(0);
    let everything = theory.environment.store.pi(prop, variable);
    let all: Vec<(String, DeclarationKind, TermId)> =
        theory.environment.declarations().map(|(_, d)| (d.name.to_string(), d.kind, d.ty)).collect();
    // A proposition constant from which everything follows says the same.
    let mut absurd = vec![everything];
    for &(_, kind, ty) in &all {
        if kind == DeclarationKind::Axiom
            && let Term::Pi(premise, rest) = theory.environment.store.term(ty)
            && rest == everything
            && matches!(theory.environment.store.term(premise), Term::Const(_))
        {
            absurd.push(premise);
        }
    }
    for (name, kind, ty) in all {
        if kind != DeclarationKind::Definition && !matches!(theory.environment.store.term(ty), Term::Sort(_)) {
            let normal = normalizer.normal(&mut theory.environment, ty)?;
            if absurd.contains(&normal) {
                return Ok(Some(name));
            }
        }
    }
    Ok(None)
}

impl Counts {
    fn verdict(self, theory: &Theory) -> Verdict {
        if self.met > 0 {
            let is_exhaustive = self.is_exhaustive && self.undecided == 0;
            let instances = self.met;
            let idle: Vec<usize> = self
                .idle
                .iter()
                .enumerate()
                .filter(|(_, (seen, is_needed))| *seen > 0 && !is_needed)
                .map(|(premise, _)| premise)
                .collect();
            // Few instances say little, unless they are all.
            return if idle.is_empty() || self.undecided > self.met {
                Verdict::Survives { instances, meant: self.meant.unwrap_or(0), is_exhaustive }
            } else {
                Verdict::PremiseNotNeeded { premises: idle, instances }
            };
        }
        if self.undecided > 0 {
            return Verdict::Unknown(Reason::Undecided(verdict::stuck(self.why, theory)));
        }
        if self.vacuous > 0 || self.is_empty {
            return Verdict::Vacuous { instances: self.vacuous };
        }
        Verdict::Unknown(if self.is_late { Reason::Late } else { Reason::NoInstance })
    }
}

/// A theory's name for a constant.
fn name_of(theory: &Theory, constant: ConstId) -> Arc<str> {
    theory.environment.declaration(constant).name.clone()
}
