//! Facts brought into the form in which a rule takes them as a premise.
//!
//! For rewriting, an equation and its normal form in scope are the same. A rule such as the injectivity of a
//! constructor applies to one of them only: it gives nothing for `(= (+ (s x) k) (s y))` before the left side is `(s (+
//! x k))`.

use super::scope::Derived;
use crate::action::Action;
use crate::problem::ProofProblem;
use crate::rules::{ForwardRule, Indexed};
use crate::state::{InScope, State};
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, Term, TermId};
use prover_theory::terms::application::Facts;
use prover_theory::terms::equation::Equation;
use prover_theory::terms::matching::Substitution;

type Result<T> = std::result::Result<T, KernelError>;

impl ProofProblem {
    /// The next step towards the normal form of each equation, or of the equation turned around, that a rule takes as
    /// a premise in this form. Only where states are brought to their normal forms.
    pub(crate) fn premises_in_normal_form(&mut self, state: &State) -> Result<Vec<Action>> {
        let rules = self.rules.clone();
        let scope = self.scope_rules(state)?;
        let Some(equality) = self.theory.get_mut().equality else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for fact in scope.normal_equations() {
            let Derived { proposition, proof, .. } = scope.derived[fact];
            let environment = &mut self.theory.get_mut().environment;
            let store = &mut environment.store;
            let Some(equation) = Equation::new(store, &equality, proposition, proof) else { continue };
            let eq = store.constant(equality.eq);
            let turned = store.apps(eq, &[equation.ty, equation.right, equation.left]);
            let in_scope = InScope { state, globals: &rules.facts };
            let is_new = |proposition| in_scope.exact(proposition).is_none();
            let is_turned = is_new(turned) && is_premise(environment, &equality, &rules.forward, turned)?;
            if !is_turned && !is_premise(environment, &equality, &rules.forward, proposition)? {
                continue;
            }
            let next = scope.derivation(fact).into_iter().find(|&step| is_new(scope.derived[step].proposition));
            if let Some(next) = next {
                let Derived { proposition, proof, with, .. } = scope.derived[next];
                found.push(Action::Show { proposition, proof, by: None, with });
            } else if is_turned {
                let store = &mut environment.store;
                let proof = equation.reversed(store, &equality).proof;
                let by = Some(store.constant(equality.symm));
                found.push(Action::Show { proposition: turned, proof, by, with: None });
            }
        }
        Ok(found)
    }
}

/// Whether a rule takes the equation as a premise that determines the form of both sides. A premise about any two
/// objects, as that of symmetry, asks for no form.
fn is_premise(
    environment: &mut Environment,
    equality: &Equality,
    rules: &Indexed<ForwardRule>,
    proposition: TermId,
) -> Result<bool> {
    for rule in rules.fitting(environment, [proposition]) {
        for premise in rule.signature.parameters.iter().filter(|parameter| parameter.is_premise) {
            let store = &environment.store;
            let Some((_, left, right)) = Equation::sides(store, equality, premise.domain) else { continue };
            let says_form = |side| matches!(store.term(store.head(side)), Term::Const(_));
            if says_form(left)
                && says_form(right)
                && Substitution::new(rule.signature.len()).matches(environment, premise.domain, proposition)?
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
