//! Names: binders, locals, constants and the variables of patterns.

use super::{Elaborator, RECENT, Result, bare};
use crate::fault::{Fault, codes};
use crate::terms::typed::Typed;
use prover_logic::{Sort, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, Symbol, Term, TermRef};

impl Elaborator<'_> {
    /// The term that a name stands for, with its type.
    pub(super) fn named(&mut self, symbol: Symbol, span: Span) -> Result<Typed> {
        let place = symbol.0 as usize % RECENT;
        if let Some((known, constant)) = self.constants[place]
            && known == symbol
        {
            return Ok(constant);
        }
        let term = self.name(symbol, span)?;
        match self.environment.store.term(term) {
            Kernel::Local { ty, .. } => Ok(Typed { term, ty }),
            Kernel::Const(constant) => {
                let typed = Typed { term, ty: self.environment.declaration(constant).ty };
                self.constants[place] = Some((symbol, typed));
                Ok(typed)
            }
            // A sort or an abbreviation.
            _ => Ok(Typed { term, ty: self.infer(term, span)? }),
        }
    }

    fn name(&mut self, symbol: Symbol, span: Span) -> Result<TermId> {
        let source = self.source;
        let name = source.tree.name(symbol);
        let store = &mut self.environment.store;
        match name {
            "prop" => return Ok(store.sort(Sort::Prop)),
            "type" => return Ok(store.sort(Sort::Type)),
            _ => {}
        }
        if name.starts_with('\'') {
            if let Some(local) = self.bound(name).or_else(|| source.scope.get(name)) {
                return Ok(local);
            }
            return match self.known_variable(name) {
                Some(local) => Ok(local),
                None => Err(self.unbound(name, span)),
            };
        }
        // Scripts have no binders around most of their terms.
        let innermost = || self.binders.get(name).and_then(|locals| locals.last().copied());
        let binder = if self.binders.is_empty() { None } else { innermost() };
        if let Some((local, true)) = binder {
            return Ok(local);
        }
        if let Some(local) = source.scope.get(name) {
            return Ok(local);
        }
        if let Some(constant) = self.environment.find(name) {
            return Ok(self.environment.store.constant(constant));
        }
        match binder {
            Some((local, _)) => Ok(local),
            None => Err(self.unknown(name, span)),
        }
    }

    pub(super) fn bound(&self, quoted: &str) -> Option<TermId> {
        self.binders.get(bare(quoted))?.last().map(|(local, _)| *local)
    }

    pub(super) fn known_variable(&mut self, name: &str) -> Option<TermId> {
        let pattern = self.pattern.as_mut()?;
        let known = pattern.found.iter().find(|(found, _)| found == name);
        if let Some(&(_, local)) = known {
            return Some(local);
        }
        let local = *pattern.known.get(name)?;
        pattern.found.push((name.to_owned(), local));
        Some(local)
    }

    /// The name of a pattern variable that has no type yet.
    pub(super) fn unknown_variable(&mut self, term: TermRef) -> Option<String> {
        self.pattern.as_ref()?;
        let Term::Name(symbol) = self.source.tree.term(term) else { return None };
        let name = self.source.tree.name(*symbol);
        let is_new = name.starts_with('\'') && self.bound(name).is_none() && self.known_variable(name).is_none();
        is_new.then(|| name.to_owned())
    }

    pub(super) fn new_variable(&mut self, name: String, ty: TermId) -> TermId {
        let local = self.environment.store.local(self.next, ty);
        self.next += 1;
        if let Some(pattern) = &mut self.pattern {
            pattern.found.push((name, local));
        }
        local
    }

    fn unbound(&mut self, name: &str, span: Span) -> Fault {
        let mut error = Diagnostic::error(codes::UNBOUND_VARIABLE, span, format!("`{name}` is bound by no binder"));
        let bare = bare(name);
        let exists = self.source.scope.get(bare).is_some() || self.environment.find(bare).is_some();
        let binders: Vec<String> = self.open_binders().collect();
        if exists {
            error = error.with_hint(format!("write `{bare}` without the quote, which is for bound variables"));
        } else if let Some(near) = self.source.failed.closest(name, binders.iter().map(|name| &**name)) {
            error = error.with_hint(format!("did you mean `{near}`?"));
        } else {
            error = error.with_hint(format!("bind it, as in `[({name} : nat) -> ...]`"));
        }
        Box::new(error)
    }

    fn unknown(&mut self, name: &str, span: Span) -> Fault {
        let error = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("nothing is called `{name}`"));
        if self.source.failed.contains(name) {
            return Box::new(error.with_hint(format!("`{name}` stands above, but was refused")));
        }
        if name == "kind" {
            return Box::new(error.with_hint("the sort of `type` cannot be written"));
        }
        let binders: Vec<String> = self.open_binders().collect();
        let binders = binders.iter().map(|name| &**name);
        let globals = self.environment.declarations().map(|(_, declaration)| &*declaration.name);
        let known = self.source.scope.names().chain(binders).chain(["prop", "type"]).chain(globals);
        Box::new(match self.source.failed.closest(name, known) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    /// The names of the binders around the present place, quoted.
    fn open_binders(&self) -> impl Iterator<Item = String> {
        self.binders.iter().filter(|(_, locals)| !locals.is_empty()).map(|(name, _)| format!("'{name}"))
    }
}
