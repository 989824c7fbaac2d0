//! Drawing statements until there are enough.

use super::filters::{FilterOptions, Filters};
use super::refusal::{Admission, Refusal, RefusalCounts};
use super::{Author, Completer, Conjecture};
use prover_logic::TermId;
use prover_theory::Theory;

/// Statistics of the statements drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamplerStatistics {
    /// Statements begun.
    pub tried: usize,
    /// Statements that their author gave up.
    pub given_up: usize,
    /// Statements refused, by reason.
    pub refused: RefusalCounts,
    /// Statements admitted to be attempted.
    pub admitted: usize,
    /// Statements recognised up to equations, by reason, whether they were refused or not.
    pub recognised: RefusalCounts,
}

/// Draws distinct admissible statements. Remembers its draws, so that later ones differ from earlier ones.
#[derive(Debug)]
pub struct ConjectureSampler {
    completer: Completer,
    filters: Filters,
    statistics: SamplerStatistics,
    trivial: Vec<Conjecture>,
}

impl ConjectureSampler {
    /// A sampler of the completer's statements, with filters that know the theory's facts.
    pub fn new(theory: &mut Theory, completer: Completer, options: FilterOptions) -> Self {
        let filters = Filters::new(theory, options);
        Self { completer, filters, statistics: SamplerStatistics::default(), trivial: Vec::new() }
    }

    /// Draws until `count` statements are admitted or `attempts` were tried; the admitted ones in the order of their
    /// drawing. `theory` must always be the same one: statements are remembered by their indices in the theory's store.
    pub fn sample(
        &mut self,
        theory: &mut Theory,
        author: &mut dyn Author,
        count: usize,
        attempts: usize,
    ) -> Vec<Conjecture> {
        let mut admitted = Vec::new();
        for _ in 0..attempts {
            if admitted.len() >= count {
                break;
            }
            self.statistics.tried += 1;
            let Some(conjecture) = author.write(&mut self.completer, theory) else {
                self.statistics.given_up += 1;
                continue;
            };
            let admission = self.filters.admit(theory, conjecture.statement);
            let (Ok(Admission::Attempt(Some(class)) | Admission::Trivial(class)) | Err(class)) = admission else {
                self.statistics.admitted += 1;
                admitted.push(conjecture);
                continue;
            };
            if Refusal::MODULO.contains(&class) {
                self.statistics.recognised.add(class);
            }
            match admission {
                Ok(Admission::Attempt(_)) => {
                    self.statistics.admitted += 1;
                    admitted.push(conjecture);
                }
                Ok(Admission::Trivial(_)) => self.trivial.push(conjecture),
                Err(refusal) => self.statistics.refused.add(refusal),
            }
        }
        admitted
    }

    /// The statements drawn so far that are [trivial](super::Treatment::Trivial).
    pub fn trivial(&self) -> &[Conjecture] {
        &self.trivial
    }

    /// Makes a proved statement known; see [`Filters::add_known`].
    pub fn add_known(&mut self, theory: &mut Theory, statement: TermId) {
        self.filters.add_known(theory, statement);
    }

    /// Checks a statement as a draw would; an error is the reason why it would be refused.
    pub fn check(&self, theory: &mut Theory, statement: TermId) -> Result<(), Refusal> {
        self.filters.check(theory, statement)
    }

    /// The statistics of all statements drawn so far.
    pub fn statistics(&self) -> &SamplerStatistics {
        &self.statistics
    }

    /// The completer.
    pub fn completer(&mut self) -> &mut Completer {
        &mut self.completer
    }

    /// The filters.
    pub fn filters(&mut self) -> &mut Filters {
        &mut self.filters
    }
}
