//! The account of promised theorems, which the forks of an outline share.

use super::term::ConstId;
use std::sync::{Arc, OnceLock};

/// The promises, ascending, and for each that is fulfilled the constants that its statement and proof
/// mention.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub promises: Vec<ConstId>,
    pub fulfilled: Vec<OnceLock<Box<[ConstId]>>>,
}

/// The part of an [`Outline`] that a fork may see, and the place where it records its proofs.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub ledger: Arc<Ledger>,
    /// The constants from this number on do not exist here.
    pub limit: usize,
}
