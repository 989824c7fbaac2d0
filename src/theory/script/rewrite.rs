//! `by rewrite`: a fact, an equation in scope, and a proposition that differs from the fact by the equation's sides.
//!
//! The scope is not enumerated. Equations are found by the subterms of the proposition, and the rewritten proposition
//! is looked up. Where very many equations share a side, facts are found instead by the parts that they share with the
//! proposition, and the equation that would explain the difference is looked up.

use super::{Result, Script};
use crate::facts::{Table, View};
use crate::fault::{Fault, codes};
use crate::terms::application::Facts;
use crate::terms::equation::Equation;
use crate::terms::matching::replace;
use crate::terms::rewriting::{Context, closed_subterms, motive_is_typed, single_difference};
use crate::terms::typed::Fact;
use prover_logic::equality::Equality;
use prover_logic::{Environment, KernelError, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;
use rustc_hash::FxHashSet;

/// The equations with one side that are tried before facts are looked at.
const FEW: usize = 64;

/// The occurrences of one subterm that are tried one by one.
const OCCURRENCES: usize = 256;

impl Script<'_> {
    /// A proof of the proposition by rewriting a fact, or `assumed` if there is one.
    pub(super) fn rewrite(&mut self, proposition: TermId, assumed: Option<Fact>, span: Span) -> Result<Option<TermId>> {
        let Some(equality) = self.equality() else { return Ok(None) };
        let environment = &mut self.theory.environment;
        let facts = &mut *self.facts;
        let mut search = |view| {
            let target = facts.form(environment, view, proposition)?;
            let assumed = match assumed {
                Some(fact) => Some(Fact { proposition: facts.form(environment, view, fact.proposition)?, ..fact }),
                None => None,
            };
            let table = facts.table(environment, Some(&equality), view)?;
            Search { environment, equality, table, assumed, target }.run()
        };
        let found = match search(View::Written) {
            Ok(None) => search(View::Unfolded),
            found => found,
        };
        self.lift(span, found)
    }

    pub(super) fn cannot_rewrite(&mut self, proposition: TermId, span: Span) -> Fault {
        let text = self.text(proposition);
        Box::new(
            Diagnostic::error(codes::CANNOT_SHOW, span, "no equation in scope rewrites a fact to this")
                .with_note(format!("to show `{text}`"))
                .with_hint("show the equation `(= a b)` and the fact with `a` (or `b`) in its place first"),
        )
    }
}

struct Search<'a> {
    environment: &'a mut Environment,
    equality: Equality,
    table: &'a Table,
    assumed: Option<Fact>,
    target: TermId,
}

type Found = std::result::Result<Option<TermId>, KernelError>;

impl Search<'_> {
    fn run(&mut self) -> Found {
        let subterms = closed_subterms(&self.environment.store, self.target);
        self.environment.spend(subterms.len() as u64)?;
        let size = subterms.len() as u64;
        let (few, many): (Vec<TermId>, Vec<TermId>) = subterms
            .into_iter()
            .filter(|&part| self.table.count_equations(part) > 0)
            .partition(|&part| self.table.count_equations(part) <= FEW);
        for part in few {
            if let Some(proof) = self.equations_of(part, size)? {
                return Ok(Some(proof));
            }
        }
        if (self.assumed.is_some() || !many.is_empty())
            && let Some(proof) = self.facts_alike()?
        {
            return Ok(Some(proof));
        }
        for part in many {
            if let Some(proof) = self.equations_of(part, size)? {
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }

    /// The proof of a proposition that may be rewritten.
    fn source(&mut self, proposition: TermId) -> Option<TermId> {
        match self.assumed {
            Some(assumed) => (assumed.proposition == proposition).then_some(assumed.proof),
            None => self.table.exact(proposition).or_else(|| self.reflexive(proposition)),
        }
    }

    /// The proof of an equation of a term with itself, which needs not be a fact.
    fn reflexive(&mut self, proposition: TermId) -> Option<TermId> {
        let store = &mut self.environment.store;
        let (ty, left, right) = Equation::sides(store, &self.equality, proposition)?;
        (left == right).then(|| {
            let refl = store.constant(self.equality.refl);
            store.apps(refl, &[ty, left])
        })
    }

    /// Tries the equations with a side that occurs in the target.
    fn equations_of(&mut self, part: TermId, size: u64) -> Found {
        let mut contexts: Option<(TermId, Vec<Context>)> = None;
        let equations: Vec<Fact> = self.table.equations(part).collect();
        for Fact { proposition, proof } in equations {
            self.environment.spend(1 + size)?;
            let store = &mut self.environment.store;
            let Some(equation) = Equation::new(store, &self.equality, proposition, proof) else { continue };
            // The target has the equation's right side in the place, the fact its left side.
            let equation = if equation.right == part { equation } else { equation.reversed(store, &self.equality) };
            let everywhere = replace(store, self.target, part, equation.left);
            if let Some(source) = self.source(everywhere)
                && let Some(context) = Context::all(&mut self.environment.store, self.target, part, equation.ty)
                && let Some(proof) = self.transport(&equation, &context, source)?
            {
                return Ok(Some(proof));
            }
            let store = &mut self.environment.store;
            let (ty, each) = contexts
                .take()
                .filter(|(ty, _)| *ty == equation.ty)
                .unwrap_or_else(|| (equation.ty, Context::each(store, self.target, part, equation.ty, OCCURRENCES)));
            // One occurrence is all of them.
            let each = if each.len() < 2 { Vec::new() } else { each };
            self.environment.spend(each.len() as u64)?;
            for context in &each {
                let filled = context.fill(&mut self.environment.store, equation.left);
                if let Some(source) = self.source(filled)
                    && let Some(proof) = self.transport(&equation, context, source)?
                {
                    return Ok(Some(proof));
                }
            }
            contexts = Some((ty, each));
        }
        Ok(None)
    }

    /// Tries the facts that share with the target all but one argument, as far as the index shows.
    fn facts_alike(&mut self) -> Found {
        let mut seen = FxHashSet::default();
        let mut facts: Vec<Fact> = Vec::new();
        match self.assumed {
            Some(assumed) => facts.push(assumed),
            None => {
                let (_, arguments) = self.environment.store.spine(self.target);
                for place in 0..arguments.len().max(1) {
                    let alike = self.table.alike_but_for(&self.environment.store, self.target, place);
                    facts.extend(alike.filter(|fact| seen.insert(fact.proposition)));
                }
            }
        }
        for Fact { proposition, proof } in facts {
            self.environment.spend(1)?;
            for (from, to) in single_difference(&self.environment.store, proposition, self.target) {
                self.environment.spend(1)?;
                let Some(equation) = self.equation(from, to)? else { continue };
                let store = &mut self.environment.store;
                if let Some(context) = Context::difference(store, proposition, self.target, &equation)
                    && let Some(proof) = self.transport(&equation, &context, proof)?
                {
                    return Ok(Some(proof));
                }
            }
        }
        Ok(None)
    }

    /// The equation between two terms, in either direction, if it is a fact.
    fn equation(&mut self, left: TermId, right: TermId) -> std::result::Result<Option<Equation>, KernelError> {
        let ty = self.environment.infer(left)?;
        let store = &mut self.environment.store;
        let eq = store.constant(self.equality.eq);
        let forward = store.apps(eq, &[ty, left, right]);
        if let Some(proof) = self.table.exact(forward) {
            return Ok(Some(Equation { ty, left, right, proof }));
        }
        let backward = store.apps(eq, &[ty, right, left]);
        let proof = self.table.exact(backward);
        Ok(proof.map(|proof| Equation { ty, left: right, right: left, proof }.reversed(store, &self.equality)))
    }

    fn transport(&mut self, equation: &Equation, context: &Context, source: TermId) -> Found {
        if !motive_is_typed(self.environment, context.motive)? {
            return Ok(None);
        }
        Ok(Some(equation.transport(&mut self.environment.store, &self.equality, context.motive, source)))
    }
}
