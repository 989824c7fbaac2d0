//! Random changes of a term: some at random, some that keep most types right, so that the error is deep inside.

use crate::material::{World, tree_size};
use crate::parts::{parts, with_parts};
use prover::logic::{ConstId, DeclarationKind, Environment, Sort, Term, TermId};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// The numbers of the locals that a place is opened with are above those of the kernel.
const FIRST_LOCAL: u32 = 1_000_000;

/// The steps that the search for a change may take.
const BUDGET: u64 = 20_000;

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edit {
    /// Two arguments of an application change places.
    SwapArguments,
    /// Another constant in the place of one.
    Retarget,
    /// Another subterm of the theory.
    ReplaceSubterm,
    /// One argument less.
    DropArgument,
    /// One argument more.
    AddArgument,
    /// A binder goes; its variable becomes something else.
    DropBinder,
    /// Another sort.
    ChangeSort,
    /// A bound variable becomes another.
    ShiftIndex,
    /// Two nested binders exchange their types.
    ExchangeDomains,
    /// A binder gets another type.
    ReplaceDomain,
    /// A binder is there twice.
    DuplicateBinder,
    /// Lambda becomes arrow, or the other way round.
    FlipBinder,
    /// Two nested binders change places, with their variables.
    SwapBinders,
    /// `((lambda (x : A) x) t)` for `t`, with the right or another `A`.
    BetaExpand,
    /// `((lambda (x : A) t[x]) u)` for `t[u]`, with the right or another `A`.
    Abstract,
    /// `(lambda (x : A) (t x))` for `t`, with the right or another `A`.
    EtaExpand,
    /// The value of a definition for it.
    Unfold,
    /// The definition for its value.
    Fold,
    /// The weak head normal form.
    Reduce,
    /// Another term of the same type.
    SameType,
}

use Edit::*;

/// The changes that look at no types.
const BLIND: [Edit; 13] = [
    SwapArguments,
    Retarget,
    ReplaceSubterm,
    DropArgument,
    AddArgument,
    DropBinder,
    ChangeSort,
    ShiftIndex,
    ExchangeDomains,
    ReplaceDomain,
    DuplicateBinder,
    FlipBinder,
    SwapBinders,
];

/// The changes that look at types, or at values.
const SEEING: [Edit; 7] = [BetaExpand, Abstract, EtaExpand, Unfold, Fold, Reduce, SameType];

/// A subterm of a term with the way to it from the root.
struct Place {
    /// For each level, whether the way goes to the second part.
    path: Vec<bool>,
    /// The types of the binders on the way, outermost first; each may mention those before it.
    domains: Vec<TermId>,
    term: TermId,
}

impl Place {
    fn depth(&self) -> u32 {
        self.domains.len() as u32
    }
}

/// Changes terms of one environment.
pub struct Mutator<'a> {
    pub environment: &'a mut Environment,
    pub rng: &'a mut ChaCha8Rng,
    world: &'a World,
    /// The number of constants that a change may bring in.
    constants: usize,
    sizes: HashMap<TermId, u64>,
    /// The change that was made last.
    pub last: Option<Edit>,
}

impl<'a> Mutator<'a> {
    pub fn new(environment: &'a mut Environment, rng: &'a mut ChaCha8Rng, world: &'a World, constants: usize) -> Self {
        Self { environment, rng, world, constants, sizes: HashMap::new(), last: None }
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        if items.is_empty() { None } else { Some(items[self.rng.random_range(0..items.len())]) }
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// One random change somewhere in a term; the term itself if none is found.
    pub fn change(&mut self, root: TermId) -> TermId {
        for _ in 0..20 {
            let edit = if self.chance(50) { self.one_of(&BLIND) } else { self.one_of(&SEEING) };
            let Some(edit) = edit else { continue };
            for _ in 0..6 {
                let place = self.place(root);
                self.environment.set_budget(BUDGET);
                if let Some(new) = self.apply(edit, &place)
                    && new != place.term
                {
                    self.last = Some(edit);
                    return self.put(root, &place.path, new);
                }
            }
        }
        root
    }

    /// A subterm, each node of the tree with equal chance.
    fn place(&mut self, root: TermId) -> Place {
        let mut place = Place { path: Vec::new(), domains: Vec::new(), term: root };
        let size = tree_size(&self.environment.store, root, &mut self.sizes);
        let mut index = self.rng.random_range(0..size);
        while index > 0 {
            index -= 1;
            let term = self.environment.store.term(place.term);
            let Some((first, second)) = parts(term) else { break };
            let left = tree_size(&self.environment.store, first, &mut self.sizes);
            let is_second = index >= left;
            if is_second {
                index -= left;
                if !matches!(term, Term::App(..)) {
                    place.domains.push(first);
                }
            }
            place.path.push(is_second);
            place.term = if is_second { second } else { first };
        }
        place
    }

    /// The term with something else at a place.
    fn put(&mut self, id: TermId, path: &[bool], new: TermId) -> TermId {
        let Some((&is_second, rest)) = path.split_first() else { return new };
        let term = self.environment.store.term(id);
        let Some((first, second)) = parts(term) else { return id };
        let replaced = if is_second {
            with_parts(term, first, self.put(second, rest, new))
        } else {
            with_parts(term, self.put(first, rest, new), second)
        };
        self.environment.store.intern(replaced)
    }

    /// Some subterm of the theory whose variables are bound at the place.
    fn any_subterm(&mut self, depth: u32) -> Option<TermId> {
        for _ in 0..10 {
            let world = self.world;
            let term = self.one_of(&world.subterms)?;
            if self.environment.store.loose(term) <= depth && (self.is_known(term) || self.chance(3)) {
                return Some(term);
            }
        }
        None
    }

    fn any_type(&mut self) -> Option<TermId> {
        let world = self.world;
        let ty = self.one_of(&world.types)?;
        self.is_known(ty).then_some(ty)
    }

    /// Whether all constants of a term are declared.
    fn is_known(&self, term: TermId) -> bool {
        self.environment.constants_of(&[term]).iter().all(|constant| constant.index() < self.constants)
    }

    fn constant(&mut self, index: usize) -> Option<TermId> {
        let id = self.environment.declarations().nth(index)?.0;
        Some(self.environment.store.constant(id))
    }

    /// Locals for the binders around a place.
    fn open(&mut self, place: &Place) -> Vec<TermId> {
        let mut locals = Vec::new();
        for &domain in &place.domains {
            let ty = self.environment.store.instantiate(domain, &locals);
            let id = FIRST_LOCAL + locals.len() as u32;
            locals.push(self.environment.store.local(id, ty));
        }
        locals
    }

    fn apply(&mut self, edit: Edit, place: &Place) -> Option<TermId> {
        let term = self.environment.store.term(place.term);
        match edit {
            SwapArguments => self.swap_arguments(place),
            Retarget => self.retarget(term),
            ReplaceSubterm => self.any_subterm(place.depth()),
            DropArgument => self.drop_argument(place),
            AddArgument => match term {
                Term::App(function, argument) if self.chance(50) => {
                    let doubled = self.environment.store.app(function, argument);
                    Some(self.environment.store.app(doubled, argument))
                }
                _ => {
                    let argument = self.any_subterm(place.depth())?;
                    Some(self.environment.store.app(place.term, argument))
                }
            },
            DropBinder => {
                let (Term::Lambda(_, body) | Term::Pi(_, body)) = term else { return None };
                let value = self.any_subterm(place.depth())?;
                Some(self.environment.store.instantiate(body, &[value]))
            }
            ChangeSort => {
                let Term::Sort(_) = term else { return None };
                let sort = self.one_of(&[Sort::Prop, Sort::Type, Sort::Type, Sort::Kind])?;
                Some(self.environment.store.sort(sort))
            }
            ShiftIndex => {
                let Term::Bound(_) = term else { return None };
                // Seldom one that is bound nowhere.
                let stray = u32::from(place.depth() == 0 || self.chance(5));
                let index = self.rng.random_range(0..place.depth() + stray);
                Some(self.environment.store.bound(index))
            }
            ExchangeDomains | DuplicateBinder | FlipBinder | SwapBinders | ReplaceDomain => {
                self.change_binder(edit, place, term)
            }
            BetaExpand | Abstract | EtaExpand | Reduce | SameType => self.change_typed(edit, place),
            Unfold => {
                let Term::Const(constant) = term else { return None };
                // A theorem must not unfold: its proof in its place is another term, if of the same type.
                let also_theorems = self.chance(20);
                let declaration = self.environment.get(constant)?;
                declaration.value.filter(|_| declaration.kind == DeclarationKind::Definition || also_theorems)
            }
            Fold => {
                let world = self.world;
                let found =
                    world.originals.iter().take(self.constants).position(|one| one.value == Some(place.term))?;
                self.constant(found)
            }
        }
    }

    fn swap_arguments(&mut self, place: &Place) -> Option<TermId> {
        let (head, mut arguments) = self.environment.store.spine(place.term);
        if arguments.len() < 2 {
            return None;
        }
        let (i, j) = (self.rng.random_range(0..arguments.len()), self.rng.random_range(0..arguments.len()));
        arguments.swap(i, j);
        Some(self.environment.store.apps(head, &arguments))
    }

    fn drop_argument(&mut self, place: &Place) -> Option<TermId> {
        let (head, mut arguments) = self.environment.store.spine(place.term);
        if arguments.is_empty() {
            return None;
        }
        arguments.remove(self.rng.random_range(0..arguments.len()));
        Some(self.environment.store.apps(head, &arguments))
    }

    fn retarget(&mut self, term: Term) -> Option<TermId> {
        let Term::Const(constant) = term else { return None };
        let ty = self.environment.get(constant)?.ty;
        let alike: Vec<ConstId> = (self.environment.declarations().take(self.constants))
            .filter(|(id, declaration)| *id != constant && declaration.ty == ty)
            .map(|(id, _)| id)
            .collect();
        if !alike.is_empty() && self.chance(60) {
            let id = self.one_of(&alike)?;
            return Some(self.environment.store.constant(id));
        }
        if self.constants == 0 {
            return None;
        }
        let index = self.rng.random_range(0..self.constants);
        self.constant(index)
    }

    fn change_binder(&mut self, edit: Edit, place: &Place, term: Term) -> Option<TermId> {
        let (Term::Lambda(domain, body) | Term::Pi(domain, body)) = term else { return None };
        let inner = self.environment.store.term(body);
        let of_inner = match inner {
            Term::Lambda(domain, body) | Term::Pi(domain, body) => Some((domain, body)),
            _ => None,
        };
        let store = &mut self.environment.store;
        let new = match edit {
            FlipBinder if matches!(term, Term::Lambda(..)) => Term::Pi(domain, body),
            FlipBinder => Term::Lambda(domain, body),
            DuplicateBinder => {
                let (domain_again, body) = (store.lift(domain, 1), store.lift(body, 1));
                let inner = store.intern(with_parts(term, domain_again, body));
                with_parts(term, domain, inner)
            }
            ReplaceDomain => {
                let new = if self.chance(50) { self.any_type()? } else { self.any_subterm(place.depth())? };
                with_parts(term, new, body)
            }
            ExchangeDomains => {
                let (inner_domain, inner_body) = of_inner?;
                let outer = store.instantiate(inner_domain, &[domain]);
                let lifted = store.lift(domain, 1);
                let inner = store.intern(with_parts(inner, lifted, inner_body));
                with_parts(term, outer, inner)
            }
            _ => {
                // SwapBinders: the variables move along, so that only what depends on the order is wrong.
                let (inner_domain, inner_body) = of_inner?;
                let outer = store.instantiate(inner_domain, &[domain]);
                let lifted = store.lift(domain, 1);
                let (was_outer, was_inner) = (self.marker(0), self.marker(1));
                let store = &mut self.environment.store;
                let opened = store.instantiate(inner_body, &[was_outer, was_inner]);
                let swapped = store.abstract_locals(opened, &[was_inner, was_outer]);
                let inner = store.intern(with_parts(inner, lifted, swapped));
                with_parts(term, outer, inner)
            }
        };
        Some(self.environment.store.intern(new))
    }

    /// A local that stands for a variable for a moment; no term of a theory has it.
    fn marker(&mut self, number: u32) -> TermId {
        let ty = self.environment.store.sort(Sort::Prop);
        self.environment.store.local(u32::MAX / 2 + number, ty)
    }

    /// Changes that look at the type of the term at the place.
    fn change_typed(&mut self, edit: Edit, place: &Place) -> Option<TermId> {
        let locals = self.open(place);
        let opened = self.environment.store.instantiate(place.term, &locals);
        let new = match edit {
            Reduce => self.environment.whnf(opened).ok()?,
            BetaExpand => {
                let ty = self.type_or_other(opened)?;
                let store = &mut self.environment.store;
                let variable = store.bound(0);
                let identity = store.lambda(ty, variable);
                store.app(identity, opened)
            }
            Abstract => {
                let part = self.opened_subterm(opened)?;
                let ty = self.type_or_other(part)?;
                let body = self.abstract_part(opened, part);
                let store = &mut self.environment.store;
                let function = store.lambda(ty, body);
                store.app(function, part)
            }
            EtaExpand => {
                let ty = self.environment.infer(opened).ok()?;
                let ty = self.environment.whnf(ty).ok()?;
                let Term::Pi(mut domain, _) = self.environment.store.term(ty) else { return None };
                if self.chance(30) {
                    domain = self.any_type()?;
                }
                let store = &mut self.environment.store;
                let variable = store.bound(0);
                let applied = store.app(opened, variable);
                store.lambda(domain, applied)
            }
            _ => self.same_type(opened, &locals)?,
        };
        Some(self.environment.store.abstract_locals(new, &locals))
    }

    /// The type of a term without loose indices, or sometimes another one.
    fn type_or_other(&mut self, term: TermId) -> Option<TermId> {
        let ty = self.environment.infer(term).ok()?;
        match self.rng.random_range(0..10) {
            0..7 => Some(ty),
            7 => self.environment.whnf(ty).ok(),
            _ => self.any_type(),
        }
    }

    /// A part of a term without loose indices that has none either.
    fn opened_subterm(&mut self, opened: TermId) -> Option<TermId> {
        for _ in 0..6 {
            let part = self.place(opened).term;
            if self.environment.store.loose(part) == 0 {
                return Some(part);
            }
        }
        None
    }

    /// The term with a new variable of index 0 for a part, wherever it stands.
    fn abstract_part(&mut self, term: TermId, part: TermId) -> TermId {
        let marker = self.marker(0);
        let marked = self.mark(term, part, marker);
        self.environment.store.abstract_locals(marked, &[marker])
    }

    fn mark(&mut self, term: TermId, part: TermId, marker: TermId) -> TermId {
        if term == part {
            return marker;
        }
        let node = self.environment.store.term(term);
        let Some((a, b)) = parts(node) else { return term };
        let (a, b) = (self.mark(a, part, marker), self.mark(b, part, marker));
        self.environment.store.intern(with_parts(node, a, b))
    }

    /// Another term of the type of a term: a variable around it, a constant or a closed term of the theory.
    fn same_type(&mut self, opened: TermId, locals: &[TermId]) -> Option<TermId> {
        let ty = self.environment.infer(opened).ok()?;
        let mut found = Vec::new();
        for &local in locals {
            if let Term::Local { ty: found_type, .. } = self.environment.store.term(local)
                && (found_type == ty || self.environment.definitionally_equal(found_type, ty).unwrap_or(false))
            {
                found.push(local);
            }
        }
        let world = self.world;
        found.extend(world.by_type.get(&ty).into_iter().flatten().copied());
        for _ in 0..5 {
            let term = self.one_of(&found)?;
            if term != opened && self.is_known(term) {
                return Some(term);
            }
        }
        None
    }

    /// Puts one constant for another everywhere in two terms.
    pub fn retarget_everywhere(&mut self, terms: [TermId; 2]) -> [TermId; 2] {
        let constants: Vec<ConstId> = self.environment.constants_of(&terms).into_iter().collect();
        let Some(from) = self.one_of(&constants) else { return terms };
        let Some(to) = self.retarget(Term::Const(from)) else { return terms };
        let from = self.environment.store.constant(from);
        self.last = Some(Retarget);
        terms.map(|term| self.mark(term, from, to))
    }
}
