//! Scripts.

use super::Theory;
use super::facts::FactIndex;
use super::fault::{Fault, codes, fault};
use crate::logic::{ConstId, TermId};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::tree::{Span, Step, Tree};
use rustc_hash::FxHashMap;

pub(super) struct Proof<'a> {
    pub tree: &'a Tree,
    pub steps: &'a [Step],
    pub name: &'a str,
    pub end: Span,
}

pub(super) fn verify(_: &mut Theory, _: &mut FactIndex, _: &FxHashMap<Box<str>, bool>, _: &Tree, _: &[Step]) -> (Vec<Diagnostic>, Result<(), Fault>) {
    (Vec::new(), Err(fault(codes::INCOMPLETE_PROOF, Span::default(), "scripts are not carried out yet")))
}

pub(super) fn prove(_: &mut Theory, _: &mut FactIndex, _: &FxHashMap<Box<str>, bool>, _: Proof<'_>, _: TermId) -> (Vec<Diagnostic>, Result<ConstId, Fault>) {
    (Vec::new(), Err(fault(codes::INCOMPLETE_PROOF, Span::default(), "scripts are not carried out yet")))
}
