//! Drawing statements until there are enough.

use super::filters::{FilterOptions, Filters, Refusal, RefusalCounts};
use super::{Chooser, Completer, Conjecture};
use crate::logic::TermId;
use crate::theory::Theory;

/// What became of the statements that were drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamplerStatistics {
    /// Statements begun.
    pub tried: usize,
    /// Statements that the chooser gave up.
    pub given_up: usize,
    /// Statements refused, by reason.
    pub refused: RefusalCounts,
    /// Statements admitted.
    pub admitted: usize,
}

/// Draws distinct admissible statements. Remembers what it drew, so that later draws differ from earlier ones.
#[derive(Debug)]
pub struct ConjectureSampler {
    completer: Completer,
    filters: Filters,
    statistics: SamplerStatistics,
}

impl ConjectureSampler {
    /// A sampler of what the completer writes, with filters that know the theory's facts.
    pub fn new(theory: &mut Theory, completer: Completer, options: FilterOptions) -> Self {
        Self { completer, filters: Filters::new(theory, options), statistics: SamplerStatistics::default() }
    }

    /// Draws until `count` statements are admitted or `attempts` were tried; the admitted ones in the order of their drawing.
    /// `theory` is always the same one: what was drawn is remembered by its place in the theory's store.
    pub fn sample(
        &mut self,
        theory: &mut Theory,
        chooser: &mut dyn Chooser,
        count: usize,
        attempts: usize,
    ) -> Vec<Conjecture> {
        let mut admitted = Vec::new();
        for _ in 0..attempts {
            if admitted.len() >= count {
                break;
            }
            self.statistics.tried += 1;
            let Some(conjecture) = self.completer.complete(theory, chooser) else {
                self.statistics.given_up += 1;
                continue;
            };
            match self.filters.admit(theory, conjecture.statement) {
                Ok(()) => {
                    self.statistics.admitted += 1;
                    admitted.push(conjecture);
                }
                Err(refusal) => self.statistics.refused.add(refusal),
            }
        }
        admitted
    }

    /// Makes a proved statement known; see [`Filters::add_known`].
    pub fn add_known(&mut self, theory: &mut Theory, statement: TermId) {
        self.filters.add_known(theory, statement);
    }

    /// Why a statement would be refused now, if it would be.
    pub fn check(&self, theory: &mut Theory, statement: TermId) -> Result<(), Refusal> {
        self.filters.check(theory, statement)
    }

    /// What became of all statements drawn so far.
    pub fn statistics(&self) -> &SamplerStatistics {
        &self.statistics
    }

    /// The completer.
    pub fn completer(&mut self) -> &mut Completer {
        &mut self.completer
    }

    /// What refuses.
    pub fn filters(&mut self) -> &mut Filters {
        &mut self.filters
    }
}
