//! `by algebra`: an equation that holds by laws of operators that are facts in scope.

use super::{Result, Script};
use crate::equality::completion::algebra::{STEPS, Verdict, prove};
use crate::fault::codes;
use crate::terms::typed::Fact;
use prover_logic::TermId;
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, TermRef};

/// The word after `by`; a local or constant of this name goes before it.
const WORD: &str = "algebra";

impl Script<'_> {
    /// Whether the term after `by` asks for normal forms by laws.
    pub(super) fn is_algebra(&self, by: TermRef) -> bool {
        self.is_word(by, WORD)
    }

    /// A proof of the proposition by normal forms of its sides.
    pub(super) fn algebra(&mut self, proposition: TermId, span: Span) -> Result<TermId> {
        let Some(equality) = self.equality() else {
            let message = "`algebra` needs equality, and the theory does not declare `=`";
            return Err(Box::new(Diagnostic::error(codes::CANNOT_SHOW, span, message)));
        };
        let facts: Vec<Fact> = self.facts.all().collect();
        let found = prove(&mut self.theory.environment, equality, &facts, proposition, STEPS);
        let end = match self.lift(span, found)? {
            Verdict::Proved(proof) => return Ok(proof),
            Verdict::Different => "by the laws in scope its sides have different normal forms".to_owned(),
            Verdict::Outside => "no fact in scope says that an operator in it is associative or commutative".to_owned(),
            Verdict::TooLarge => format!("its normal forms take more than {STEPS} steps"),
            Verdict::Fault(error) => format!("it was found to hold, but its proof was refused: {error}"),
        };
        let text = self.text(proposition);
        Err(Box::new(
            Diagnostic::error(codes::CANNOT_SHOW, span, "the laws of operators in scope do not show this")
                .with_note(format!("to show `{text}`"))
                .with_note(end)
                .with_hint(
                    "`algebra` uses commutativity, associativity, distributivity, units and zeros, and no other facts",
                ),
        ))
    }
}
