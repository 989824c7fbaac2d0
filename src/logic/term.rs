//! Terms: the forms of the calculus, with indices into a store for their parts.
//!
//! A term is an index into a [`Store`](super::store::Store). Variables bound by a binder inside the term are de Bruijn
//! indices ([`Term::Bound`]); when a binder is opened its variable becomes a [`Term::Local`], which carries its type,
//! so that the type of a term without loose indices depends on nothing but the term.

/// The greatest height of a term that the kernel handles; deeper ones are refused with
/// [`KernelError::TooDeep`](super::KernelError::TooDeep).
pub const MAX_HEIGHT: u32 = 200_000;

/// Stack left below which a recursive walk moves to a new segment of [`STACK_SEGMENT`] bytes.
const STACK_RED_ZONE: usize = 64 * 1024;
const STACK_SEGMENT: usize = 4 * 1024 * 1024;

/// Runs a step of a recursion over terms on a stack that grows on the heap.
#[inline]
pub(super) fn grow<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(STACK_RED_ZONE, STACK_SEGMENT, step)
}

/// Index of a term in a [`Store`](super::Store).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TermId(pub(super) u32);

impl TermId {
    /// The index as a number, for tables beside a store.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a constant in an [`Environment`](super::Environment).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConstId(pub(super) u32);

impl ConstId {
    /// The index as a number, for tables beside an environment.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The sorts: `prop : type : kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// Propositions.
    Prop,
    /// Types of objects, `prop` among them.
    Type,
    /// The sort of `type`; it has no type and cannot be written.
    Kind,
}

/// A term's outermost constructor; subterms are indices into the same store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// A sort.
    Sort(Sort),
    /// The variable of the binder that many binders out, 0 for the innermost.
    Bound(u32),
    /// A variable whose binder was opened. Two locals are the same when number and type are.
    Local {
        /// Tells apart locals of one type.
        id: u32,
        /// The type, without loose indices.
        ty: TermId,
    },
    /// A declared constant.
    Const(ConstId),
    /// A function applied to one argument.
    App(TermId, TermId),
    /// `lambda (x : domain) body`, with `Bound(0)` for `x` in the body.
    Lambda(TermId, TermId),
    /// `[(x : domain) -> body]`, with `Bound(0)` for `x` in the body.
    Pi(TermId, TermId),
}
