//! Matching a pattern with a term: first order, and variables applied to arguments.
//!
//! A pattern is a term whose loose indices are variables (see [`Signature`](super::signature::Signature)). Matching is
//! syntactic first; where that fails, definitions are unfolded. Bound variables are opened with locals numbered from
//! [`OPENED`], which no script uses, so a variable's value would have captured one exactly when it contains a local of
//! such a number. The result of matching is a proposal: the kernel checks every term built from it.

use prover_logic::{DeclarationKind, Environment, KernelError, Store, Term, TermId};
use rustc_hash::FxHashMap;

/// Walks remember results for subterms higher than this; lower ones have at most 2^6 nodes written out as trees.
const REMEMBERED_HEIGHT: u32 = 6;

/// Locals of this number and above are bound variables opened while matching.
pub const OPENED: u32 = 1 << 30;

type Result<T> = std::result::Result<T, KernelError>;

/// Values of the variables of a pattern; undone in the reverse order of assignment.
#[derive(Clone, Debug)]
pub struct Substitution {
    values: Vec<Option<TermId>>,
    trail: Vec<u32>,
    /// Applications of a variable to arguments that were not known yet, with what they must equal.
    deferred: Vec<(TermId, TermId)>,
}

/// A point to return to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    trail: usize,
    deferred: usize,
}

impl Substitution {
    /// A substitution of `count` variables, none assigned.
    pub fn new(count: usize) -> Self {
        Self { values: vec![None; count], trail: Vec::new(), deferred: Vec::new() }
    }

    /// The value of a parameter.
    pub fn get(&self, parameter: usize) -> Option<TermId> {
        self.values[parameter]
    }

    /// The value of the parameter that a loose index of a pattern stands for.
    pub fn at_index(&self, index: u32) -> Option<TermId> {
        self.values[self.value_of_index(index)?]
    }

    /// Assigns a parameter that has no value.
    pub fn assign(&mut self, parameter: usize, value: TermId) {
        self.values[parameter] = Some(value);
        self.trail.push(parameter as u32);
    }

    /// The point to which [`undo`](Self::undo) returns.
    pub fn mark(&self) -> Mark {
        Mark { trail: self.trail.len(), deferred: self.deferred.len() }
    }

    /// Undoes the assignments since the mark.
    pub fn undo(&mut self, mark: Mark) {
        for parameter in self.trail.drain(mark.trail..) {
            self.values[parameter as usize] = None;
        }
        self.deferred.truncate(mark.deferred);
    }

    /// Whether all these parameters have values.
    pub fn knows(&self, parameters: &[u32]) -> bool {
        parameters.iter().all(|&p| self.values[p as usize].is_some())
    }

    /// The parameters assigned since a mark.
    pub fn assigned_since(&self, mark: Mark) -> Vec<usize> {
        self.trail[mark.trail..].iter().map(|&p| p as usize).collect()
    }

    /// All values, if all parameters have one.
    pub fn complete(&self) -> Option<Vec<TermId>> {
        self.values.iter().copied().collect()
    }

    /// The pattern with values for its variables, which must all be known.
    pub fn apply(&self, store: &mut Store, pattern: TermId) -> TermId {
        if store.loose(pattern) == 0 {
            return pattern;
        }
        // A variable without a value does not occur in the pattern, so anything may stand for it.
        let values: Vec<TermId> = self.values.iter().map(|v| v.unwrap_or(pattern)).collect();
        store.instantiate(pattern, &values)
    }

    fn value_of_index(&self, index: u32) -> Option<usize> {
        self.values.len().checked_sub(1 + index as usize)
    }

    /// Extends the substitution so that the pattern becomes `target` (without loose indices), up to definitional
    /// unfolding; on failure the substitution is left with assignments to [`undo`](Self::undo).
    pub fn matches(&mut self, environment: &mut Environment, pattern: TermId, target: TermId) -> Result<bool> {
        self.match_at(environment, pattern, target, OPENED)
    }

    fn match_at(&mut self, env: &mut Environment, pattern: TermId, target: TermId, next: u32) -> Result<bool> {
        if env.store.loose(pattern) == 0 {
            return Ok(pattern == target || env.definitionally_equal(pattern, target)?);
        }
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.match_open(env, pattern, target, next))
    }

    fn match_open(&mut self, env: &mut Environment, pattern: TermId, target: TermId, next: u32) -> Result<bool> {
        env.spend(1)?;
        match (env.store.term(pattern), env.store.term(target)) {
            (Term::Bound(index), _) => {
                let Some(parameter) = self.value_of_index(index) else { return Ok(false) };
                match self.values[parameter] {
                    Some(value) => Ok(value == target || env.definitionally_equal(value, target)?),
                    None if env.store.local_bound(target) > OPENED => Ok(false),
                    None => {
                        self.assign(parameter, target);
                        Ok(true)
                    }
                }
            }
            (Term::App(f, a), other) => {
                if let Term::Bound(variable) = env.store.term(env.store.head(pattern)) {
                    return self.match_applied_variable(env, (variable, pattern), target, next);
                }
                if rigidly_different(env, pattern, target) {
                    return Ok(false);
                }
                let mark = self.mark();
                if let Term::App(g, b) = other
                    && self.match_at(env, f, g, next)?
                    && self.match_at(env, a, b, next)?
                {
                    return Ok(true);
                }
                self.undo(mark);
                self.match_unfolded(env, pattern, target, next)
            }
            (Term::Pi(d, x), Term::Pi(e, y)) | (Term::Lambda(d, x), Term::Lambda(e, y)) => {
                if !self.match_at(env, d, e, next)? {
                    return Ok(false);
                }
                let local = env.store.local(next, e);
                let target = env.store.instantiate(y, &[local]);
                let pattern = env.store.instantiate(x, &[local]);
                self.match_at(env, pattern, target, next + 1)
            }
            _ => self.match_unfolded(env, pattern, target, next),
        }
    }

    /// Unfolds the definition at the head of one side, the target's first, and tries again.
    fn match_unfolded(&mut self, env: &mut Environment, pattern: TermId, target: TermId, next: u32) -> Result<bool> {
        if let Some(unfolded) = env.unfold(target)? {
            return self.match_at(env, pattern, unfolded, next);
        }
        if let Some(unfolded) = env.unfold(pattern)? {
            return self.match_at(env, unfolded, target, next);
        }
        Ok(false)
    }

    /// `(p a b ...)` with a variable `p`, which is given by its index.
    fn match_applied_variable(
        &mut self,
        env: &mut Environment,
        (index, pattern): (u32, TermId),
        target: TermId,
        next: u32,
    ) -> Result<bool> {
        let Some(parameter) = self.value_of_index(index) else { return Ok(false) };
        let (_, arguments) = env.store.spine(pattern);
        if let Some(value) = self.values[parameter] {
            let applied = env.store.apps(value, &arguments);
            let reduced = env.whnf(applied)?;
            if reduced == applied {
                // No beta step was possible: the value is no lambda, so compare as an application.
                let (head, given) = env.store.spine(target);
                let Some(split) = given.len().checked_sub(arguments.len()) else { return Ok(false) };
                let function = env.store.apps(head, &given[..split]);
                if function != value {
                    return Ok(false);
                }
                for (&a, &b) in arguments.iter().zip(&given[split..]) {
                    if !self.match_at(env, a, b, next)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            return self.match_at(env, reduced, target, next);
        }
        let is_opened = |store: &Store, id| matches!(store.term(id), Term::Local { id, .. } if id >= OPENED);
        let distinct = arguments.iter().enumerate().all(|(i, a)| !arguments[..i].contains(a));
        if distinct && arguments.iter().all(|&a| is_opened(&env.store, a)) {
            // A pattern in Miller's sense: the one solution is the target with the bound variables abstracted.
            let value = env.store.close_lambda(target, &arguments);
            if env.store.local_bound(value) > OPENED {
                return Ok(false);
            }
            self.assign(parameter, value);
            return Ok(true);
        }
        if env.store.local_bound(target) > OPENED {
            return Ok(false);
        }
        self.deferred.push((pattern, target));
        Ok(true)
    }

    /// Gives variables applied to arguments their values, by abstracting the occurrences of the arguments; false when
    /// an argument is still unknown or a value does not fit.
    pub fn solve_deferred(&mut self, env: &mut Environment) -> Result<bool> {
        let deferred = std::mem::take(&mut self.deferred);
        for &(pattern, target) in &deferred {
            let Term::Bound(index) = env.store.term(env.store.head(pattern)) else { return Ok(false) };
            let Some(parameter) = self.value_of_index(index) else { return Ok(false) };
            if self.values[parameter].is_none() {
                let (_, arguments) = env.store.spine(pattern);
                let count = self.values.len() as u32;
                let mut locals = Vec::new();
                let mut body = target;
                for &argument in &arguments {
                    if !self.knows(&super::signature::mentions(&env.store, argument, count)) {
                        return Ok(false);
                    }
                    let argument = self.apply(&mut env.store, argument);
                    let ty = env.infer(argument)?;
                    let local = env.store.local(OPENED + locals.len() as u32, ty);
                    body = replace(&mut env.store, body, argument, local);
                    locals.push(local);
                }
                let value = env.store.close_lambda(body, &locals);
                if env.store.local_bound(value) > OPENED {
                    return Ok(false);
                }
                self.assign(parameter, value);
            }
            if !self.match_at(env, pattern, target, OPENED)? {
                return Ok(false);
            }
        }
        Ok(self.deferred.is_empty())
    }
}

/// Whether two terms have different constants at their heads and neither unfolds, so that no values make them equal.
fn rigidly_different(env: &Environment, a: TermId, b: TermId) -> bool {
    let rigid = |id| match env.store.term(env.store.head(id)) {
        Term::Const(c) => env.get(c).filter(|d| d.kind != DeclarationKind::Definition).map(|_| c),
        _ => None,
    };
    matches!((rigid(a), rigid(b)), (Some(a), Some(b)) if a != b)
}

/// The leading type arguments of a function, as far as the types of the arguments after them determine them: `ty` is
/// its type after `leading` parameters that are types (loose indices stand for them), `given` are the arguments that
/// are known. Elaboration finds omitted type arguments with this, and printing omits those that this finds.
///
/// # Errors
///
/// An argument has no type, or the budget is used up.
pub fn leading_types(
    environment: &mut Environment,
    (leading, ty): (usize, TermId),
    given: &[Option<TermId>],
) -> Result<Vec<Option<TermId>>> {
    let mut domains = Vec::new();
    let mut rest = ty;
    while let (Term::Pi(domain, range), true) = (environment.store.term(rest), domains.len() < given.len()) {
        domains.push(domain);
        rest = range;
    }
    let count = leading + domains.len();
    let mut substitution = Substitution::new(count);
    let mut pairs = Vec::new();
    for (place, (&domain, &argument)) in domains.iter().zip(given).enumerate() {
        let Some(argument) = argument else { continue };
        substitution.assign(leading + place, argument);
        pairs.push((environment.store.lift(domain, (domains.len() - place) as u32), argument));
    }
    // Inputs that are a type parameter and no more come first: they need no matching.
    for only_bare in [true, false] {
        for &(pattern, argument) in &pairs {
            if (0..leading).all(|parameter| substitution.get(parameter).is_some()) {
                break;
            }
            if matches!(environment.store.term(pattern), Term::Bound(_)) != only_bare {
                continue;
            }
            let found = environment.infer(argument)?;
            let mark = substitution.mark();
            if !substitution.matches(environment, pattern, found)? {
                substitution.undo(mark);
            }
        }
    }
    Ok((0..leading).map(|parameter| substitution.get(parameter)).collect())
}

/// The term with every occurrence of `from` (without loose indices) replaced by `to` (likewise).
pub fn replace(store: &mut Store, id: TermId, from: TermId, to: TermId) -> TermId {
    let mut memo = FxHashMap::default();
    replace_with(store, id, from, to, &mut memo)
}

fn replace_with(
    store: &mut Store,
    id: TermId,
    from: TermId,
    to: TermId,
    memo: &mut FxHashMap<TermId, TermId>,
) -> TermId {
    if id == from {
        return to;
    }
    // A term lower than what is looked for does not contain it.
    if store.height(id) <= store.height(from) {
        return id;
    }
    // Walking a low term again costs less than remembering it.
    let remember = store.height(id) > REMEMBERED_HEIGHT;
    if remember && let Some(&done) = memo.get(&id) {
        return done;
    }
    let result = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || match store.term(id) {
        Term::App(a, b) => {
            let a = replace_with(store, a, from, to, memo);
            let b = replace_with(store, b, from, to, memo);
            store.app(a, b)
        }
        Term::Lambda(a, b) => {
            let a = replace_with(store, a, from, to, memo);
            let b = replace_with(store, b, from, to, memo);
            store.lambda(a, b)
        }
        Term::Pi(a, b) => {
            let a = replace_with(store, a, from, to, memo);
            let b = replace_with(store, b, from, to, memo);
            store.pi(a, b)
        }
        _ => id,
    });
    if remember {
        memo.insert(id, result);
    }
    result
}

/// The term without beta redexes anywhere; definitions stay folded.
pub fn beta_normal(environment: &mut Environment, id: TermId) -> Result<TermId> {
    let mut memo = FxHashMap::default();
    beta_normal_with(environment, id, &mut memo)
}

/// The same with the cached results for other terms.
pub(crate) fn beta_normal_with(
    env: &mut Environment,
    id: TermId,
    memo: &mut FxHashMap<TermId, TermId>,
) -> Result<TermId> {
    if !env.store.has_redex(id) {
        return Ok(id);
    }
    let remember = env.store.height(id) > REMEMBERED_HEIGHT;
    if remember && let Some(&done) = memo.get(&id) {
        return Ok(done);
    }
    env.spend(1)?;
    let result = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
        let id = env.beta(id)?;
        Ok(match env.store.term(id) {
            Term::App(f, a) => {
                // After `beta` the head is no lambda, and normal arguments cannot make it one.
                let f = beta_normal_with(env, f, memo)?;
                let a = beta_normal_with(env, a, memo)?;
                env.store.app(f, a)
            }
            Term::Lambda(d, b) => {
                let d = beta_normal_with(env, d, memo)?;
                let b = beta_normal_with(env, b, memo)?;
                env.store.lambda(d, b)
            }
            Term::Pi(d, b) => {
                let d = beta_normal_with(env, d, memo)?;
                let b = beta_normal_with(env, b, memo)?;
                env.store.pi(d, b)
            }
            _ => id,
        })
    })?;
    if remember {
        memo.insert(id, result);
    }
    Ok(result)
}
