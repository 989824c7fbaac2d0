//! The history of the library, step by step, so that another process can have the same library.
//!
//! An attempt depends on which lemmas it is offered, and that on the order in which they were added and credited. A
//! process that repeats these steps from the same beginning therefore makes the same attempts as this one.

use crate::prove::lemmas::{Theorem, WorldError};
use crate::prove::library::{Library, Offer, Source};
use serde::{Deserialize, Serialize};

/// A step in the history of a library and its offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A theorem is laid out; see [`Offer::add`].
    Offered(Theorem),
    /// A theorem is kept; see [`Library::push`].
    Kept(Theorem, Source, u32),
    /// Lemmas are credited with a proof; see [`Library::credit`].
    Credited(Vec<String>),
    /// A shorter proof is taken; see [`Library::shorten`].
    Shortened(Theorem),
}

impl Change {
    /// Repeats the step.
    ///
    /// # Errors
    ///
    /// The theory does not take the theorem.
    pub fn apply(self, library: &mut Library, offer: &mut Offer) -> Result<(), WorldError> {
        match self {
            Self::Offered(theorem) => {
                offer.add(&theorem)?;
            }
            Self::Kept(theorem, source, iteration) => library.push(theorem, source, iteration),
            Self::Credited(uses) => library.credit(&uses),
            Self::Shortened(theorem) => {
                library.shorten(theorem);
            }
        }
        Ok(())
    }
}

/// A library as it was laid out first, and its steps since.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The library that was laid out.
    pub base: Library,
    /// The steps since, the oldest first.
    pub changes: Vec<Change>,
}

impl History {
    /// The history of a library that has just been laid out.
    pub fn new(base: Library) -> Self {
        Self { base, changes: Vec::new() }
    }

    /// That of a library whose theorems were added one after the other to one without any.
    pub fn of_files(library: &Library) -> Self {
        let added = |theorem: &Theorem| {
            let Theorem { name, .. } = theorem;
            let record = library.record(name);
            [Change::Offered(theorem.clone()), Change::Kept(theorem.clone(), record.source, record.iteration)]
        };
        let changes = library.lemmas().theorems().iter().flat_map(added).collect();
        Self { base: Library::new(library.lemmas().name()), changes }
    }
}
