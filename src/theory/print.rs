//! Kernel terms as text of the language.
//!
//! Bound variables are named `'a0`, `'a1`, ... from the outside in, arrows whose variable does not occur stay without a
//! name, nested arrows are written as one, and a leading type argument is left out where elaboration would find the
//! same one again. So the text parses back to the same term, and terms equal up to the names of binders have equal
//! text.

use super::notation::Notation;
use prover_logic::{Environment, Sort, Term, TermId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::fmt::Write;

/// The names of the locals that a text may mention, and the notation that it is written in.
#[derive(Clone, Debug, Default)]
pub struct Names {
    locals: FxHashMap<TermId, Box<str>>,
    taken: FxHashSet<Box<str>>,
    notation: Notation,
}

impl Names {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same names for text in a notation.
    pub fn with_notation(mut self, notation: Notation) -> Self {
        self.notation = notation;
        self
    }

    /// The notation of the text.
    pub fn notation(&self) -> &Notation {
        &self.notation
    }

    /// Names a local (or any other closed term that should be written as a name).
    pub fn insert(&mut self, local: TermId, name: &str) {
        self.locals.insert(local, name.into());
        self.taken.insert(name.into());
    }

    /// Keeps a name from being given to anything.
    pub fn reserve(&mut self, name: &str) {
        self.taken.insert(name.into());
    }

    /// The name of a local.
    pub fn get(&self, local: TermId) -> Option<&str> {
        self.locals.get(&local).map(|name| &**name)
    }

    /// Whether a local has this name.
    pub fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }
}

/// The greatest length of a term's text, in bytes: shared subterms are written out, so that a small term may have a
/// text that no disk could hold.
pub const MAX_TEXT: usize = 64 * 1024;

/// Locals of this number and above are bound variables opened while printing: no script has as many, and for matching,
/// which opens more, they are like any other local.
const PRINTED: u32 = 1 << 29;

/// The text of a term without loose indices. A local without a name is written `?` and its number, which does not
/// parse; nor does a text longer than [`MAX_TEXT`], which ends in `...`.
pub fn print(environment: &mut Environment, names: &Names, term: TermId) -> String {
    print_limited(environment, names, term, MAX_TEXT)
}

/// The text of a term, cut with `...` after about `limit` bytes.
pub fn print_limited(environment: &mut Environment, names: &Names, term: TermId, limit: usize) -> String {
    let mut printer = Printer {
        environment,
        names,
        opened: FxHashMap::default(),
        next: 0,
        bound: Vec::new(),
        out: String::new(),
        limit,
    };
    match &names.notation {
        Notation::Language => printer.term(term),
        Notation::Infix(written) => printer.infix(written, term),
    }
    let mut text = printer.out;
    if text.len() > limit {
        let end = (0..=limit).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

pub(super) struct Printer<'a> {
    pub(super) environment: &'a mut Environment,
    pub(super) names: &'a Names,
    /// Bound variables that have been opened, with the numbers of their names.
    pub(super) opened: FxHashMap<TermId, u32>,
    /// The number of the next bound variable's name.
    next: u32,
    /// The names of the bound variables around the present place, where they are not made of numbers.
    pub(super) bound: Vec<Box<str>>,
    pub(super) out: String,
    /// The length of the text beyond which no more is written.
    limit: usize,
}

impl Printer<'_> {
    pub(super) fn push_fmt(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(arguments);
    }

    pub(super) fn is_full(&self) -> bool {
        self.out.len() > self.limit
    }

    /// Whether that many characters more may be written.
    pub(super) fn has_room(&self, characters: usize) -> bool {
        self.out.len() + characters <= self.limit
    }

    pub(super) fn term(&mut self, id: TermId) {
        if self.is_full() {
            return;
        }
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || match self.environment.store.term(id) {
            Term::Sort(Sort::Prop) => self.out.push_str("prop"),
            Term::Sort(Sort::Type) => self.out.push_str("type"),
            Term::Sort(Sort::Kind) => self.out.push_str("kind"),
            Term::Const(constant) => self.out.push_str(&self.environment.declaration(constant).name),
            Term::Local { id: number, .. } => {
                if let Some(name) = self.names.get(id) {
                    self.out.push_str(name);
                } else if let Some(&index) = self.opened.get(&id) {
                    self.push_fmt(format_args!("'a{index}"));
                } else {
                    self.push_fmt(format_args!("?{number}"));
                }
            }
            Term::Bound(index) => self.push_fmt(format_args!("?'{index}")),
            Term::App(..) => self.application(id),
            Term::Pi(..) => self.arrow(id),
            Term::Lambda(..) => self.lambda(id),
        })
    }

    fn application(&mut self, id: TermId) {
        let (head, arguments) = self.environment.store.spine(id);
        let skipped = self.determined_types(head, &arguments);
        self.out.push('(');
        self.term(head);
        for &argument in &arguments[skipped..] {
            if self.is_full() {
                return;
            }
            self.out.push(' ');
            self.term(argument);
        }
        self.out.push(')');
    }

    /// The number of leading parameters of a constant that are types, and the rest of its type.
    fn leading_types(&mut self, head: TermId) -> Option<(usize, TermId)> {
        let Term::Const(constant) = self.environment.store.term(head) else { return None };
        let mut ty = self.environment.declaration(constant).ty;
        let sort = self.environment.store.sort(Sort::Type);
        let mut leading = 0;
        while let Term::Pi(domain, range) = self.environment.store.term(ty)
            && domain == sort
        {
            leading += 1;
            ty = range;
        }
        Some((leading, ty))
    }

    /// The number of leading type arguments that elaboration finds again by itself: all of them or none.
    pub(super) fn determined_types(&mut self, head: TermId, arguments: &[TermId]) -> usize {
        let Some((leading, ty)) = self.leading_types(head) else { return 0 };
        if leading == 0 || arguments.len() <= leading {
            return 0;
        }
        let given: Vec<Option<TermId>> = arguments[leading..].iter().copied().map(Some).collect();
        let found = super::terms::matching::leading_types(self.environment, (leading, ty), &given).unwrap_or_default();
        if found.into_iter().eq(arguments[..leading].iter().copied().map(Some)) { leading } else { 0 }
    }

    /// The number of the next bound variable's name: one that no local has.
    fn next_name(&mut self) -> u32 {
        while self.names.is_taken(&format!("'a{}", self.next)) {
            self.next += 1;
        }
        self.next
    }

    /// Opens a binder, whose variable gets the name of that number.
    pub(super) fn open(&mut self, index: u32, domain: TermId, body: TermId) -> TermId {
        self.next = index + 1;
        let local = self.environment.store.local(PRINTED + index, domain);
        self.opened.insert(local, index);
        self.environment.store.instantiate(body, &[local])
    }

    fn arrow(&mut self, id: TermId) {
        let before = self.next;
        self.out.push('[');
        let mut rest = id;
        while let (Term::Pi(domain, body), false) = (self.environment.store.term(rest), self.is_full()) {
            let used = crate::terms::signature::mentions(&self.environment.store, body, 1).len() == 1;
            if used {
                let index = self.next_name();
                self.push_fmt(format_args!("('a{index} : "));
                self.term(domain);
                self.out.push_str(") -> ");
                rest = self.open(index, domain, body);
            } else {
                self.term(domain);
                self.out.push_str(" -> ");
                // The variable does not occur, so anything may stand for it.
                rest = self.environment.store.instantiate(body, &[domain]);
            }
        }
        self.term(rest);
        self.out.push(']');
        self.next = before;
    }

    fn lambda(&mut self, id: TermId) {
        let before = self.next;
        self.out.push_str("(lambda (");
        let mut rest = id;
        let mut first = true;
        while let (Term::Lambda(domain, body), false) = (self.environment.store.term(rest), self.is_full()) {
            if !first {
                self.out.push_str(", ");
            }
            first = false;
            let index = self.next_name();
            self.push_fmt(format_args!("'a{index} : "));
            self.term(domain);
            rest = self.open(index, domain, body);
        }
        self.out.push_str(") ");
        self.term(rest);
        self.out.push(')');
        self.next = before;
    }
}
