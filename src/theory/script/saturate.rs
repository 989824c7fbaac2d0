//! `by eqsat`: a proposition that equality saturation proves from the facts in scope.

use super::{Result, Script};
use crate::equality::{End, Limits, Report, Task, Verdict, prove};
use crate::fault::{Fault, codes};
use crate::terms::sieve::Sieve;
use crate::terms::typed::Fact;
use crate::terms::unfold::Unfolding;
use prover_logic::equality::Equality;
use prover_logic::{Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{self, Span, TermRef};

/// The word after `by`; a local or constant of this name goes before it.
const WORD: &str = "eqsat";

impl Script<'_> {
    /// Whether the term after `by` asks for saturation.
    pub(super) fn is_saturation(&self, by: TermRef) -> bool {
        self.is_word(by, WORD)
    }

    /// Whether the term after `by` is a word that nothing has as its name.
    pub(super) fn is_word(&self, by: TermRef, word: &str) -> bool {
        let is_it = matches!(self.tree.term(by), tree::Term::Name(symbol) if self.tree.name(*symbol) == word);
        is_it && self.scope.get(word).is_none() && self.theory.environment.find(word).is_none()
    }

    /// A proof of the proposition by saturation. The limits under which search may have found it are tried first.
    pub(super) fn saturate(&mut self, proposition: TermId, span: Span) -> Result<TermId> {
        let Some(equality) = self.equality() else {
            let message = "`eqsat` needs equality, and the theory does not declare `=`";
            return Err(Box::new(Diagnostic::error(codes::CANNOT_SHOW, span, message)));
        };
        let unfolding = Unfolding::new(&mut self.theory.environment);
        let unfolding = self.lift(span, unfolding)?;
        let facts = self.facts_to_saturate_with(&equality, &unfolding, span)?;
        // As search does, so that it finds what search found.
        let goal = unfolding.unfold(&mut self.theory.environment, proposition);
        let goal = self.lift(span, goal)?;
        let efforts = Limits::EFFORTS.map(|effort| Limits::ACTION.times(effort));
        let mut open = None;
        for limits in efforts.into_iter().chain([Limits::SCRIPT]) {
            // What has said all that it can say is not asked again with more room, but may still be asked to invent.
            if open.as_ref().is_some_and(is_exhausted) && !limits.inventive {
                continue;
            }
            let found = prove(&mut self.theory.environment, Task { equality, facts: &facts, goal, limits });
            let report = self.lift(span, found)?;
            match report.verdict {
                Verdict::Proved(proof) => return Ok(proof),
                _ => open = Some(report),
            }
        }
        Err(self.cannot_saturate(proposition, open, span))
    }

    /// The facts in scope, without definitions; of those of a large theory, those that say nothing new left out, as
    /// search leaves them out.
    fn facts_to_saturate_with(&mut self, equality: &Equality, unfolding: &Unfolding, span: Span) -> Result<Vec<Fact>> {
        let mut facts: Vec<Fact> = self.facts.all().collect();
        if facts.len() > Limits::ACTION.facts {
            let sieve = match self.sieve.take() {
                Some(sieve) => sieve,
                None => {
                    let roles = self.theory.roles();
                    let sieve = Sieve::new(&mut self.theory.environment, Some(equality), unfolding, &roles);
                    self.lift(span, sieve)?
                }
            };
            let store = &self.theory.environment.store;
            facts.retain(
                |fact| !matches!(store.term(fact.proof), Term::Const(constant) if sieve.is_redundant(constant)),
            );
            self.sieve = Some(sieve);
        }
        for fact in &mut facts {
            let unfolded = unfolding.unfold(&mut self.theory.environment, fact.proposition);
            fact.proposition = self.lift(span, unfolded)?;
        }
        Ok(facts)
    }

    fn cannot_saturate(&mut self, proposition: TermId, report: Option<Report>, span: Span) -> Fault {
        let text = self.text(proposition);
        let error = Diagnostic::error(codes::CANNOT_SHOW, span, "equality saturation does not show this")
            .with_note(format!("to show `{text}`"));
        let Some(Report { verdict, iterations, nodes, classes, rules, .. }) = report else { return Box::new(error) };
        let end = match verdict {
            Verdict::Open(End::Saturated) => "it saturated: its rules say nothing more about these terms".to_owned(),
            Verdict::Open(End::Nodes) => format!("it reached the limit of {} terms", Limits::SCRIPT.nodes),
            Verdict::Open(End::Iterations) => format!("it reached the limit of {} rounds", Limits::SCRIPT.iterations),
            Verdict::Open(End::Work) => "it reached the limit of what may be looked at in matching".to_owned(),
            Verdict::Open(End::Time) => "its time was up".to_owned(),
            Verdict::Fault(error) => format!("it found this to hold, but its proof was refused: {error}"),
            Verdict::Proved(_) => String::new(),
        };
        Box::new(
            error
                .with_note(end)
                .with_note(format!("{rules} rules, {iterations} rounds, {nodes} terms in {classes} classes"))
                .with_hint("show an equation or fact on the way first; inductions are not made here"),
        )
    }
}

/// Whether a saturation ended since its rules said nothing more.
fn is_exhausted(report: &Report) -> bool {
    report.verdict == Verdict::Open(End::Saturated)
}
