//! Definitions as transparent names: each constant with a value stands for that value wherever it occurs.
//!
//! Definitional equality looks through definitions at a cost, one comparison at a time; an index of heads, a term order
//! or an e-graph does not. So search uses propositions with all definitions unfolded: a fact about `iff` then is one
//! about `and`, whichever of the two a rule names. An unfolded term is definitionally equal to the original, and the
//! kernel accepts the one for the other.
//!
//! A value may be of any size once the definitions in it are unfolded too (`d1 = (+ d0 d0)`, `d2 = (+ d1 d1)`, ...).
//! One beyond [`MAX_VALUE`] stays a name, in all propositions alike.

use super::matching::beta_normal;
use super::rewriting::tree_size;
use prover_logic::{ConstId, DeclarationKind, Environment, KernelError, Term, TermId};
use rustc_hash::FxHashMap;

/// Values of this size (as trees) and above stay folded.
pub const MAX_VALUE: u32 = 2_000;
/// Propositions of this size (as trees) and above stay as they are written.
const MAX_TERM: u32 = 20_000;
/// Steps that unfolding one value or one term may take, as the kernel counts them.
const STEPS: u64 = 600_000;

/// The definitions of a theory with their values, in which no definition is left but those that stay folded.
#[derive(Clone, Debug, Default)]
pub struct Unfolding {
    values: FxHashMap<ConstId, TermId>,
    folded: Vec<ConstId>,
}

impl Unfolding {
    /// The definitions of an environment. Its budget is a new one afterwards.
    ///
    /// # Errors
    ///
    /// A fault of the kernel other than a budget that is exhausted or a term that becomes too deep: definitions for
    /// which that happens stay folded.
    pub fn new(environment: &mut Environment) -> Result<Self, KernelError> {
        let mut unfolding = Self::default();
        let defined = environment.declarations().filter(|(_, d)| d.kind == DeclarationKind::Definition);
        let defined: Vec<(ConstId, TermId)> = defined.filter_map(|(id, d)| Some((id, d.value?))).collect();
        for (id, value) in defined {
            // The definitions that it mentions come before it.
            match unfolding.bounded(environment, value, MAX_VALUE)? {
                Some(value) => drop(unfolding.values.insert(id, value)),
                None => unfolding.folded.push(id),
            }
        }
        Ok(unfolding)
    }

    /// Whether there is nothing to unfold.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether a constant is unfolded.
    pub fn has(&self, constant: ConstId) -> bool {
        self.values.contains_key(&constant)
    }

    /// The definitions that stay folded since their values are too large.
    pub fn folded(&self) -> &[ConstId] {
        &self.folded
    }

    /// A well-typed term without definitions and without beta redexes; as it was where that is too large. With
    /// something to unfold, the budget of the environment is a new one afterwards.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn unfold(&self, environment: &mut Environment, term: TermId) -> Result<TermId, KernelError> {
        if self.is_empty() {
            return Ok(term);
        }
        Ok(self.bounded(environment, term, MAX_TERM)?.unwrap_or(term))
    }

    /// The term unfolded, if it is of less than a size then.
    fn bounded(&self, environment: &mut Environment, term: TermId, size: u32) -> Result<Option<TermId>, KernelError> {
        environment.set_budget(STEPS);
        let replaced = self.replace(environment, term, &mut FxHashMap::default());
        let unfolded = match replaced.and_then(|replaced| beta_normal(environment, replaced)) {
            Ok(unfolded) => Some(unfolded),
            Err(KernelError::BudgetExhausted | KernelError::TooDeep) => None,
            Err(error) => return Err(error),
        };
        environment.set_budget(prover_logic::environment::DEFAULT_BUDGET);
        Ok(unfolded.filter(|&unfolded| tree_size(&environment.store, unfolded, size) < size))
    }

    /// The term with values in the place of their names.
    fn replace(
        &self,
        environment: &mut Environment,
        id: TermId,
        known: &mut FxHashMap<TermId, TermId>,
    ) -> Result<TermId, KernelError> {
        match environment.store.term(id) {
            Term::Const(constant) => return Ok(self.values.get(&constant).copied().unwrap_or(id)),
            Term::Sort(_) | Term::Bound(_) | Term::Local { .. } => return Ok(id),
            _ => {}
        }
        if let Some(&done) = known.get(&id) {
            return Ok(done);
        }
        environment.spend(1)?;
        let replaced = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            Ok(match environment.store.term(id) {
                Term::App(a, b) => {
                    let (a, b) = (self.replace(environment, a, known)?, self.replace(environment, b, known)?);
                    environment.store.app(a, b)
                }
                Term::Lambda(a, b) => {
                    let (a, b) = (self.replace(environment, a, known)?, self.replace(environment, b, known)?);
                    environment.store.lambda(a, b)
                }
                Term::Pi(a, b) => {
                    let (a, b) = (self.replace(environment, a, known)?, self.replace(environment, b, known)?);
                    environment.store.pi(a, b)
                }
                _ => id,
            })
        })?;
        known.insert(id, replaced);
        Ok(replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;

    #[test]
    fn definitions_of_definitions_are_unfolded_and_large_ones_stay() {
        let mut text = String::from(
            "nat : type. z : nat. s : [nat -> nat]. + : [nat -> nat -> nat]. p : [nat -> prop].\n\
             one : nat = (s z). two : nat = (s one).\n\
             double : [nat -> nat] = (lambda ('n : nat) (+ 'n 'n)).\n\
             q : [nat -> prop] = (lambda ('n : nat) [(p 'n) -> (p (double 'n))]).\nd0 : nat = (+ z z).\n",
        );
        for n in 1..=40 {
            text.push_str(&format!("d{n} : nat = (+ d{0} d{0}).\n", n - 1));
        }
        let mut theory = Theory::from_text("test", &text).unwrap();
        let unfolding = Unfolding::new(&mut theory.environment).unwrap();
        let mut unfolded = |text: &str| {
            let statement = theory.statement(text).unwrap();
            let unfolded = unfolding.unfold(&mut theory.environment, statement).unwrap();
            let names = theory.names();
            assert!(theory.environment.definitionally_equal(statement, unfolded).unwrap());
            crate::print::print(&mut theory.environment, &names, unfolded)
        };
        assert_eq!(unfolded("(q two)"), "[(p (s (s z))) -> (p (+ (s (s z)) (s (s z))))]");
        assert_eq!(unfolded("[('n : nat) -> (p (double 'n))]"), "[('a0 : nat) -> (p (+ 'a0 'a0))]");
        assert_eq!(unfolded("(p d1)"), "(p (+ (+ z z) (+ z z)))");
        // As far as it fits: what is beyond stays a name.
        let large = unfolded("(p d39)");
        assert!(large.len() < 10_000 && large.contains(" d"), "{large}");
        let folded = unfolding.folded().iter().map(|&id| theory.environment.declaration(id).name.to_string());
        let folded: Vec<String> = folded.collect();
        assert!(!folded.is_empty() && folded.iter().all(|name| name.starts_with('d')), "{folded:?}");
    }
}
