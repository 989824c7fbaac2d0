//! Type inference, reduction, definitional equality.
//!
//! Types are inferred for terms without loose indices; a binder is opened with a local that is fresh for the term
//! ([`Store::local_bound`](super::Store::local_bound)), so the inferred type depends on the term alone and may be
//! cached by its index. Definitional equality is alpha (built into the representation), beta, delta and eta. It
//! compares arguments before it unfolds, unfolds the definition that was declared on top of the other first (lazy delta
//! reduction), and remembers pairs found equal or different, so that terms that share structure are compared in time
//! linear in the parts that they do not share.

use super::environment::{DeclarationKind, Environment};
use super::error::KernelError;
use super::term::{ConstId, MAX_HEIGHT, Sort, Term, TermId, grow};

type Result<T> = std::result::Result<T, KernelError>;

/// The sort of `[(x : A) -> B]` with `A : domain` and `B : range`: quantification over anything is a proposition when
/// the range is one (impredicative), an arrow between types of objects is a type, everything else is a `kind`.
pub fn sort_of_pi(domain: Sort, range: Sort) -> Sort {
    match (domain, range) {
        (_, Sort::Prop) => Sort::Prop,
        (Sort::Prop | Sort::Type, Sort::Type) => Sort::Type,
        _ => Sort::Kind,
    }
}

impl Environment {
    /// Takes steps from the budget, as matching outside the kernel does too, so that one bound covers both. The nodes
    /// that substitutions have looked at since the last time, and the terms made, are counted as well.
    #[inline]
    pub fn spend(&mut self, steps: u64) -> Result<()> {
        if self.store.spend(steps) && !self.passes_deadline() { Ok(()) } else { Err(KernelError::BudgetExhausted) }
    }

    /// [`Store::instantiate`](super::Store::instantiate), which the limit may have stopped.
    fn instantiate(&mut self, id: TermId, values: &[TermId]) -> Result<TermId> {
        let instance = self.store.instantiate(id, values);
        self.spend(0)?;
        Ok(instance)
    }

    /// [`Store::spine`](super::Store::spine), a step for each argument.
    fn spine(&mut self, id: TermId) -> Result<(TermId, Vec<TermId>)> {
        let (head, arguments) = self.store.spine(id);
        self.spend(arguments.len() as u64)?;
        Ok((head, arguments))
    }

    /// The type of a term without loose indices, checked all through. Locals have the type that they carry.
    pub fn infer(&mut self, id: TermId) -> Result<TermId> {
        self.require_own_store()?;
        if let Some(&ty) = self.cache.types.get(&id) {
            return Ok(ty);
        }
        self.spend(1)?;
        let ty = grow(|| match self.store.term(id) {
            Term::Sort(Sort::Prop) => Ok(self.store.sort(Sort::Type)),
            Term::Sort(Sort::Type) => Ok(self.store.sort(Sort::Kind)),
            Term::Sort(Sort::Kind) => Err(KernelError::NoType { term: id }),
            Term::Bound(_) => Err(KernelError::LooseVariable),
            Term::Local { ty, .. } => Ok(ty),
            Term::Const(c) => self.get(c).map(|declaration| declaration.ty).ok_or(KernelError::UnknownConstant(c.0)),
            Term::App(..) => self.infer_application(id),
            Term::Lambda(..) => self.infer_lambda(id),
            Term::Pi(..) => self.infer_pi(id),
        })?;
        self.cache.types.insert(id, ty);
        Ok(ty)
    }

    /// The sort of a type: the normal form of its type. An error when the term is not a type.
    pub fn sort_of(&mut self, id: TermId) -> Result<Sort> {
        let ty = self.infer(id)?;
        let reduced = self.whnf(ty)?;
        match self.store.term(reduced) {
            Term::Sort(sort) => Ok(sort),
            _ => Err(KernelError::NotAType { term: id, ty }),
        }
    }

    fn infer_application(&mut self, id: TermId) -> Result<TermId> {
        let (head, arguments) = self.spine(id)?;
        let mut ty = self.infer(head)?;
        // `ty` stands for itself with its loose indices replaced by `arguments[start..position]`.
        let mut start = 0;
        for (position, &argument) in arguments.iter().enumerate() {
            if !matches!(self.store.term(ty), Term::Pi(..)) {
                ty = self.instantiate(ty, &arguments[start..position])?;
                ty = self.whnf(ty)?;
                start = position;
            }
            let Term::Pi(domain, range) = self.store.term(ty) else {
                let function = self.store.apps(head, &arguments[..position]);
                return Err(KernelError::NotAFunction { function, ty });
            };
            let expected = self.instantiate(domain, &arguments[start..position])?;
            let found = self.infer(argument)?;
            if !self.definitionally_equal(found, expected)? {
                let function = self.store.apps(head, &arguments[..position]);
                return Err(KernelError::ArgumentMismatch { function, argument, expected, found });
            }
            ty = range;
        }
        self.instantiate(ty, &arguments[start..])
    }

    /// The number of a local that neither term contains. Numbers end where only made-up locals are.
    fn fresh(&self, a: TermId, b: TermId) -> Result<u32> {
        let number = self.store.local_bound(a).max(self.store.local_bound(b));
        if number == u32::MAX { Err(KernelError::TooDeep) } else { Ok(number) }
    }

    /// Opens binders of one sort from the outside in: the locals made, and the body under them.
    fn open(&mut self, id: TermId, binder: fn(Term) -> Option<(TermId, TermId)>) -> Result<(Vec<TermId>, TermId)> {
        let first = self.fresh(id, id)?;
        let mut locals = Vec::new();
        let mut body = id;
        while let Some((domain, inner)) = binder(self.store.term(body)) {
            self.spend(1)?;
            let domain = self.instantiate(domain, &locals)?;
            self.sort_of(domain)?;
            let number = first.checked_add(locals.len() as u32).ok_or(KernelError::TooDeep)?;
            locals.push(self.store.local(number, domain));
            body = inner;
        }
        Ok((locals.clone(), self.instantiate(body, &locals)?))
    }

    fn infer_lambda(&mut self, id: TermId) -> Result<TermId> {
        let (locals, body) = self.open(id, |term| match term {
            Term::Lambda(domain, body) => Some((domain, body)),
            _ => None,
        })?;
        let ty = self.infer(body)?;
        // The type of a body is a type or `kind`; an arrow to `kind` would have no sort.
        if self.store.term(ty) == Term::Sort(Sort::Kind) {
            return Err(KernelError::NoType { term: id });
        }
        let closed = self.store.close_pi(ty, &locals);
        self.spend(0)?;
        Ok(closed)
    }

    /// Whether a value has a type, which is one, as far as that is seen under the binders that both begin with: `lambda
    /// (x : A) b` has the type `[(x : A) -> B]` where `b` has the type `B`. So neither the type of the value is closed
    /// over these binders again nor are the types compared one binder after another. `false` decides nothing.
    pub(super) fn has_type_under_binders(&mut self, value: TermId, ty: TermId) -> Result<bool> {
        let first = self.fresh(value, ty)?;
        let mut locals = Vec::new();
        let (mut body, mut range) = (value, ty);
        while let (Term::Lambda(a, inner), Term::Pi(b, rest)) = (self.store.term(body), self.store.term(range))
            && a == b
        {
            self.spend(1)?;
            let number = first.checked_add(locals.len() as u32).ok_or(KernelError::TooDeep)?;
            let domain = self.instantiate(a, &locals)?;
            locals.push(self.store.local(number, domain));
            (body, range) = (inner, rest);
        }
        let (body, range) = (self.instantiate(body, &locals)?, self.instantiate(range, &locals)?);
        let found = self.infer(body)?;
        self.definitionally_equal(found, range)
    }

    fn infer_pi(&mut self, id: TermId) -> Result<TermId> {
        let (locals, body) = self.open(id, |term| match term {
            Term::Pi(domain, body) => Some((domain, body)),
            _ => None,
        })?;
        let mut sort = self.sort_of(body)?;
        for &local in locals.iter().rev() {
            let domain = self.infer(local)?;
            sort = sort_of_pi(self.sort_of(domain)?, sort);
        }
        Ok(self.store.sort(sort))
    }

    /// Head normal form with respect to beta only.
    pub fn beta(&mut self, id: TermId) -> Result<TermId> {
        let mut id = id;
        while matches!(self.store.term(self.store.head(id)), Term::Lambda(..)) {
            let (mut body, arguments) = self.spine(id)?;
            if arguments.is_empty() {
                break;
            }
            let mut used = 0;
            while let (Term::Lambda(_, inner), true) = (self.store.term(body), used < arguments.len()) {
                self.spend(1)?;
                body = inner;
                used += 1;
            }
            let reduct = self.instantiate(body, &arguments[..used])?;
            id = self.store.apps(reduct, &arguments[used..]);
            if self.store.height(id) > MAX_HEIGHT {
                return Err(KernelError::TooDeep);
            }
        }
        Ok(id)
    }

    /// The definition at the head of a term: its constant and unfolding height.
    fn definition(&self, id: TermId) -> Option<(ConstId, u32)> {
        let Term::Const(c) = self.store.term(self.store.head(id)) else { return None };
        let declaration = self.get(c).filter(|declaration| declaration.kind == DeclarationKind::Definition)?;
        Some((c, declaration.unfold_height))
    }

    /// Unfolds the definition at the head of a term, then reduces by beta; `None` when there is none.
    pub fn unfold(&mut self, id: TermId) -> Result<Option<TermId>> {
        let Some((constant, _)) = self.definition(id) else { return Ok(None) };
        let Some(value) = self.declaration(constant).value else { return Ok(None) };
        self.spend(1)?;
        let (_, arguments) = self.spine(id)?;
        let unfolded = self.store.apps(value, &arguments);
        self.beta(unfolded).map(Some)
    }

    /// Weak head normal form: no beta redex and no definition at the head.
    pub fn whnf(&mut self, id: TermId) -> Result<TermId> {
        self.require_own_store()?;
        match self.store.term(id) {
            Term::Const(_) | Term::App(..) => {}
            _ => return Ok(id),
        }
        if let Some(&done) = self.cache.whnf.get(&id) {
            return Ok(done);
        }
        let mut reduced = self.beta(id)?;
        while let Some(next) = self.unfold(reduced)? {
            reduced = next;
        }
        self.cache.whnf.insert(id, reduced);
        Ok(reduced)
    }

    /// Whether two well-typed terms of equal types are equal up to alpha, beta, delta and eta.
    pub fn definitionally_equal(&mut self, a: TermId, b: TermId) -> Result<bool> {
        self.require_own_store()?;
        if a == b {
            return Ok(true);
        }
        let key = if a < b { (a, b) } else { (b, a) };
        if let Some(&known) = self.cache.compared.get(&key) {
            return Ok(known);
        }
        self.spend(1)?;
        let equal = grow(|| self.compare(a, b))?;
        self.cache.compared.insert(key, equal);
        Ok(equal)
    }

    fn compare(&mut self, a: TermId, b: TermId) -> Result<bool> {
        let (mut a, mut b) = (self.beta(a)?, self.beta(b)?);
        loop {
            if a == b {
                return Ok(true);
            }
            self.spend(1)?;
            let (in_a, in_b) = (self.definition(a), self.definition(b));
            let unfold_a = match (in_a, in_b) {
                (None, None) => return self.compare_heads(a, b),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((f, _)), Some((g, _))) if f == g => {
                    // Equal arguments make equal applications; different ones decide nothing.
                    if self.compare_arguments(a, b)? {
                        return Ok(true);
                    }
                    let Some(next) = self.unfold(b)? else { return Ok(false) };
                    b = next;
                    true
                }
                (Some((_, height_a)), Some((_, height_b))) if height_a == height_b => {
                    let Some(next) = self.unfold(b)? else { return Ok(false) };
                    b = next;
                    true
                }
                (Some((_, height_a)), Some((_, height_b))) => height_a > height_b,
            };
            let side = if unfold_a { &mut a } else { &mut b };
            let current = *side;
            match self.unfold(current)? {
                Some(next) if unfold_a => a = next,
                Some(next) => b = next,
                None => return Ok(false),
            }
        }
    }

    fn compare_arguments(&mut self, a: TermId, b: TermId) -> Result<bool> {
        let ((_, left), (_, right)) = (self.spine(a)?, self.spine(b)?);
        if left.len() != right.len() {
            return Ok(false);
        }
        for (&x, &y) in left.iter().zip(&right) {
            if !self.definitionally_equal(x, y)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Compares two terms that neither beta nor delta reduces at the head.
    fn compare_heads(&mut self, a: TermId, b: TermId) -> Result<bool> {
        match (self.store.term(a), self.store.term(b)) {
            (Term::Lambda(d, x), Term::Lambda(e, y)) | (Term::Pi(d, x), Term::Pi(e, y)) => {
                if !self.definitionally_equal(d, e)? {
                    return Ok(false);
                }
                let fresh = self.fresh(a, b)?;
                let local = self.store.local(fresh, d);
                let (x, y) = (self.instantiate(x, &[local])?, self.instantiate(y, &[local])?);
                self.definitionally_equal(x, y)
            }
            (Term::Lambda(domain, body), _) => self.compare_eta(a, domain, body, b),
            (_, Term::Lambda(domain, body)) => self.compare_eta(b, domain, body, a),
            (Term::App(..), Term::App(..)) => {
                let (head_a, head_b) = (self.store.head(a), self.store.head(b));
                Ok(head_a == head_b && self.compare_arguments(a, b)?)
            }
            // Equal sorts, constants and locals have equal indices and were found so before.
            _ => Ok(false),
        }
    }

    /// `lambda (x : domain) body` against `other`, which is not a lambda: `body` against `(other x)`.
    fn compare_eta(&mut self, lambda: TermId, domain: TermId, body: TermId, other: TermId) -> Result<bool> {
        let fresh = self.fresh(lambda, other)?;
        let local = self.store.local(fresh, domain);
        let body = self.instantiate(body, &[local])?;
        let applied = self.store.app(other, local);
        self.definitionally_equal(body, applied)
    }
}
