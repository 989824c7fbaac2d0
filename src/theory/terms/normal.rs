//! Full normal forms: no beta redex, no definition, no eta redex anywhere.
//!
//! Terms are definitionally equal exactly when their normal forms are the same term, so an index of normal forms finds
//! terms that an index of terms as written misses. Normal forms may be large; everything here is taken from the budget.

use prover_logic::{Environment, KernelError, Term, TermId};
use rustc_hash::FxHashMap;

/// Normal forms found so far; they stay right while an environment grows.
#[derive(Clone, Debug, Default)]
pub struct Normalizer {
    known: FxHashMap<TermId, TermId>,
}

impl Normalizer {
    /// The normal form of a well-typed term.
    ///
    /// # Errors
    ///
    /// The budget is exhausted, or a term becomes too deep.
    pub fn normal(&mut self, environment: &mut Environment, id: TermId) -> Result<TermId, KernelError> {
        if let Some(&known) = self.known.get(&id) {
            return Ok(known);
        }
        environment.spend(1)?;
        let normal = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.compute(environment, id))?;
        self.known.insert(id, normal);
        self.known.insert(normal, normal);
        Ok(normal)
    }

    fn compute(&mut self, environment: &mut Environment, id: TermId) -> Result<TermId, KernelError> {
        let reduced = environment.whnf(id)?;
        match environment.store.term(reduced) {
            Term::App(..) => {
                let (head, mut arguments) = environment.store.spine(reduced);
                for argument in &mut arguments {
                    *argument = self.normal(environment, *argument)?;
                }
                Ok(environment.store.apps(head, &arguments))
            }
            Term::Pi(domain, body) => {
                let (domain, body) = (self.normal(environment, domain)?, self.normal(environment, body)?);
                Ok(environment.store.pi(domain, body))
            }
            Term::Lambda(domain, body) => {
                let (domain, body) = (self.normal(environment, domain)?, self.normal(environment, body)?);
                let store = &mut environment.store;
                if let Term::App(function, argument) = store.term(body)
                    && store.term(argument) == Term::Bound(0)
                    && super::signature::mentions(store, function, 1).is_empty()
                {
                    // The variable does not occur in the function, so anything may stand for it.
                    return Ok(store.instantiate(function, &[domain]));
                }
                Ok(store.lambda(domain, body))
            }
            _ => Ok(reduced),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;

    #[test]
    fn definitions_beta_and_eta_vanish() {
        let text = "nat : type. z : nat. s : [nat -> nat]. p : [[nat -> nat] -> nat -> prop].
            one : nat = (s z). succ : [nat -> nat] = (lambda (x : nat) (s 'x)).";
        let mut theory = Theory::from_text("t", text).unwrap();
        let mut normalizer = Normalizer::default();
        let mut normal = |text: &str| {
            let statement = theory.statement(text).unwrap();
            normalizer.normal(&mut theory.environment, statement).unwrap()
        };
        let expected = normal("(p s (s (s z)))");
        assert_eq!(normal("(p succ (succ one))"), expected);
        assert_eq!(normal("(p (lambda (y : nat) (succ 'y)) ((lambda (y : nat) (s 'y)) one))"), expected);
        assert_ne!(normal("(p succ one)"), expected);
    }
}
