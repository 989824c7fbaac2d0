//! Facts in scope, indexed.

/// Facts in scope.
#[derive(Clone, Debug, Default)]
pub struct FactIndex {}

impl FactIndex {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }
}
