//! `refute`: values or a model where a statement, or the goal in focus, fails.

use super::error::ReplError;
use super::{Reported, Session};
use crate::logic::{Store, Term, TermId};
use crate::models::Limits;
use crate::prove::models::Tester;
use crate::search::Deadline;
use crate::theory::elaborate::{Elaborator, Source};
use crate::theory::script::Entry;
use crate::theory::suggest::Failed;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Seconds that a test may take.
const SECONDS: f64 = 2.0;

impl Session {
    /// Tests a statement in models of the theory, or the goal in focus; in a proof, for all values of the variables in
    /// scope that meet the hypotheses.
    pub(super) fn refute(&mut self, text: &str, at: usize) -> Reported {
        let (mut theory, scope) = self.here();
        let statement = if text.is_empty() {
            self.focused()?.goal
        } else {
            // Blanks before it give what is wrong with it the positions of the input.
            let text = format!("{:at$}{}", "", text.trim_end_matches('.'));
            let (tree, term) = crate::syntax::parse_term(&text).map_err(ReplError::Input)?;
            let failed = Failed::default();
            let source = Source { tree: &tree, scope: &scope, failed: &failed };
            let elaborated = Elaborator::new(&mut theory.environment, source).proposition(term);
            elaborated.map_err(|error| ReplError::Input(vec![*error]))?
        };
        let entries = self.focused().map(|open| open.entries.clone()).unwrap_or_default();
        let closed = closed(&mut theory.environment.store, statement, &entries);
        let mut rng = ChaCha8Rng::seed_from_u64(self.options.seed);
        let limits = Limits::PATIENT.until(Deadline::after(SECONDS));
        let tested = Tester::new(theory)?.test_term(closed, &limits, &mut rng)?;
        Ok(tested.text())
    }
}

/// A proposition, generalised over the variables in scope and under the assumptions there.
fn closed(store: &mut Store, proposition: TermId, entries: &[Entry]) -> TermId {
    let mut closed = proposition;
    for entry in entries.iter().rev() {
        match *entry {
            Entry::Local { local, .. } => closed = store.close_pi(closed, &[local]),
            // A fact whose own proof is open is assumed as well.
            Entry::Fact(fact) if matches!(store.term(fact.proof), Term::Local { .. }) => {
                closed = store.pi(fact.proposition, closed);
            }
            Entry::Fact(_) | Entry::Named { .. } => {}
        }
    }
    closed
}
