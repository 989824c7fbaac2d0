//! Transfer of terms from one continuation of a store to another.
//!
//! Statements are elaborated by threads, each in a fork with a store of its own, so that the intermediate terms of
//! elaboration disappear with the fork. The statements themselves are transferred as a [`Parcel`].

use prover_logic::{ConstId, Sort, Store, Term, TermId};

/// A part of a term: one that the common store has, or one of the parcel.
#[derive(Clone, Copy, Debug)]
enum Part {
    Common(TermId),
    Packed(u32),
}

#[derive(Clone, Copy, Debug)]
enum Packed {
    Sort(Sort),
    Bound(u32),
    Const(ConstId),
    Local(u32, Part),
    App(Part, Part),
    Lambda(Part, Part),
    Pi(Part, Part),
}

/// Terms of a store that continues another, in a form that the other can take in.
#[derive(Clone, Debug, Default)]
pub(super) struct Parcel {
    /// Parts stand before the whole.
    terms: Vec<Packed>,
    /// For each term that the common store does not have, one more than its place, or 0.
    places: Vec<u32>,
}

/// A term of a [`Parcel`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Label(Part);

impl Parcel {
    /// Puts in a term of `store`, which continues a store of `common` terms.
    pub fn pack(&mut self, store: &Store, common: usize, term: TermId) -> Label {
        self.places.resize(store.len() - common, 0);
        Label(self.part(store, common, term))
    }

    fn part(&mut self, store: &Store, common: usize, term: TermId) -> Part {
        if term.index() < common {
            return Part::Common(term);
        }
        if let Some(place) = self.places[term.index() - common].checked_sub(1) {
            return Part::Packed(place);
        }
        let packed = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let mut both = |a, b| (self.part(store, common, a), self.part(store, common, b));
            match store.term(term) {
                Term::Sort(sort) => Packed::Sort(sort),
                Term::Bound(index) => Packed::Bound(index),
                Term::Const(constant) => Packed::Const(constant),
                Term::Local { id, ty } => Packed::Local(id, both(ty, ty).0),
                Term::App(a, b) => {
                    let (a, b) = both(a, b);
                    Packed::App(a, b)
                }
                Term::Lambda(a, b) => {
                    let (a, b) = both(a, b);
                    Packed::Lambda(a, b)
                }
                Term::Pi(a, b) => {
                    let (a, b) = both(a, b);
                    Packed::Pi(a, b)
                }
            }
        });
        let place = self.terms.len() as u32;
        self.terms.push(packed);
        self.places[term.index() - common] = place + 1;
        Part::Packed(place)
    }

    /// Drops the tables that are needed only for putting in more.
    pub fn close(&mut self) {
        self.places = Vec::new();
    }

    /// Makes ready to take terms out, in the order in which they were put in.
    pub fn open(&self) -> Unpacking<'_> {
        Unpacking { parcel: self, known: Vec::new() }
    }
}

/// A parcel from which terms are taken.
pub(super) struct Unpacking<'a> {
    parcel: &'a Parcel,
    known: Vec<TermId>,
}

impl Unpacking<'_> {
    /// A term, in the store whose terms are common (and which may have grown since).
    pub fn take(&mut self, store: &mut Store, label: Label) -> TermId {
        if let Part::Packed(last) = label.0 {
            while self.known.len() <= last as usize {
                let at = |part| match part {
                    Part::Common(term) => term,
                    Part::Packed(place) => self.known[place as usize],
                };
                let term = match self.parcel.terms[self.known.len()] {
                    Packed::Sort(sort) => Term::Sort(sort),
                    Packed::Bound(index) => Term::Bound(index),
                    Packed::Const(constant) => Term::Const(constant),
                    Packed::Local(id, ty) => Term::Local { id, ty: at(ty) },
                    Packed::App(a, b) => Term::App(at(a), at(b)),
                    Packed::Lambda(a, b) => Term::Lambda(at(a), at(b)),
                    Packed::Pi(a, b) => Term::Pi(at(a), at(b)),
                };
                let term = store.intern(term);
                self.known.push(term);
            }
        }
        match label.0 {
            Part::Common(term) => term,
            Part::Packed(place) => self.known[place as usize],
        }
    }
}
