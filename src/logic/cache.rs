//! The results of checks that an environment remembers.

use super::term::TermId;
use rustc_hash::FxHashMap;

/// The size at which a cache is emptied after a declaration.
const CACHE_LIMIT: usize = 1 << 20;

/// The results that are known about terms of one environment. Nothing in it can become wrong: constants are only added.
#[derive(Clone, Debug, Default)]
pub(super) struct Cache {
    pub types: FxHashMap<TermId, TermId>,
    pub whnf: FxHashMap<TermId, TermId>,
    pub compared: FxHashMap<(TermId, TermId), bool>,
}

impl Cache {
    /// Empties the tables that have grown too large.
    pub fn trim(&mut self) {
        if self.types.len() + self.whnf.len() + self.compared.len() > CACHE_LIMIT {
            *self = Self::default();
        }
    }
}
