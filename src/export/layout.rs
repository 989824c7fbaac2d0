//! A term laid out for a language in which shared subterms have to be named.
//!
//! Terms are graphs: written out as trees, they may be exponentially larger. So a subterm that is used more than once
//! is written once and named. De Bruijn indices stand in the way of that, since the same index under two binders means
//! two things; so binders are opened, each with variables of its own. In the opened graph a subterm means the same
//! wherever it is, and all its uses lie in the scope of its innermost variable: it is named right there, by a `let`, or
//! outside of everything if it has no variable. Where that would be nested too deeply, and where a statement shares so
//! much that two copies of its graph would have to be compared, parts with variables stand outside too, as functions of
//! these variables ([`Sharing::Lifted`]).

use super::Reason;
use prover_logic::{Environment, Term, TermId};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// A term of fewer nodes than this is written again rather than named.
const SMALL: u32 = 12;

/// The height from which a subterm is named though it is used once, so that nothing written is deep.
const HIGH: u32 = 200;

/// The variables that all lists of [`Sharing::Lifted`] may have together.
const MAX_FREE: usize = 20_000_000;

/// The opened terms that one constant may have. Nested binders that share their bodies may open to exponentially many,
/// which the kernel would not have checked either.
const MAX_NODES: usize = 4_000_000;

/// The steps that the opening of one constant may take, about ten seconds.
const MAX_WORK: u64 = 200_000_000;

/// Whether, and from which size on, subterms are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Subterms that are used more than once are named.
    Parts,
    /// The same, and named subterms are declared outside the term, as functions of their variables.
    Lifted,
    /// Nothing is named in a term of at most `up_to` nodes when written as a tree.
    Plain {
        /// The most nodes of such a tree.
        up_to: u32,
    },
}

/// The variables of consecutive binders of one kind, with the body under them.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// The number of the first variable; the others follow.
    pub first: u32,
    /// The number of variables.
    pub count: u32,
    /// The body under the binders.
    pub body: TermId,
}

/// A variable of a binder that was opened.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its type.
    pub ty: TermId,
    /// Whether anything mentions it.
    pub is_used: bool,
    /// The subterms named in its scope, each after the named subterms that it contains.
    pub named: Vec<TermId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// The number of its occurrences.
    uses: u32,
    /// The nodes as a tree in which named subterms are leaves.
    size: u32,
    /// The height in the same sense.
    height: u32,
    is_named: bool,
}

/// A closed term laid out.
#[derive(Debug, Default)]
pub struct Layout {
    nodes: FxHashMap<TermId, Node>,
    opened: FxHashMap<TermId, Opened>,
    /// The variables by their numbers.
    pub variables: Vec<Variable>,
    /// The subterms named outside the term, each after the named subterms that it contains.
    pub parts: Vec<TermId>,
    /// The numbers of the variables of subterms, those in the types of these variables among them; with
    /// [`Sharing::Lifted`] only.
    free: FxHashMap<TermId, Rc<[u32]>>,
}

/// A named part outside the term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name.
    pub name: String,
    /// The numbers of the variables that it is a function of, ascending.
    pub variables: Rc<[u32]>,
}

impl Layout {
    /// Lays out a closed term. `known` are terms that have a name already.
    ///
    /// # Errors
    ///
    /// The term opens to too much.
    pub fn of(
        environment: &mut Environment,
        root: TermId,
        sharing: Sharing,
        known: &FxHashMap<TermId, Part>,
    ) -> Result<Self, Reason> {
        environment.set_budget(MAX_WORK);
        if let Sharing::Plain { up_to } = sharing {
            let mut layout = Self::default();
            let order = layout.walk(environment, root, &FxHashMap::default())?;
            layout.measure(environment, &order, false);
            if layout.nodes[&root].size <= up_to {
                return Ok(layout);
            }
        }
        let mut layout = Self::default();
        let order = layout.walk(environment, root, known)?;
        layout.measure(environment, &order, true);
        let is_new = |node: &Node| node.is_named && node.size > 0;
        if sharing == Sharing::Lifted {
            layout.find_free(environment, &order, known)?;
            layout.parts = order;
            layout.parts.retain(|term| *term != root && is_new(&layout.nodes[term]));
            return Ok(layout);
        }
        for &term in order.iter().filter(|&&term| term != root && is_new(&layout.nodes[&term])) {
            // The innermost variable has the greatest number: binders inside are opened after those around them.
            match environment.store.local_bound(term) {
                0 => layout.parts.push(term),
                bound => layout.variables[bound as usize - 1].named.push(term),
            }
        }
        Ok(layout)
    }

    /// The variables and the body of a binder.
    pub fn opened(&self, binder: TermId) -> Option<Opened> {
        self.opened.get(&binder).copied()
    }

    /// Whether nothing in it is named.
    pub fn is_plain(&self) -> bool {
        self.parts.is_empty() && self.nodes.values().all(|node| !node.is_named)
    }

    /// Whether a subterm is named.
    pub fn is_named(&self, term: TermId) -> bool {
        self.nodes.get(&term).is_some_and(|node| node.is_named)
    }

    /// Opens all binders and counts uses. Returns the terms, each after its subterms.
    fn walk(
        &mut self,
        environment: &mut Environment,
        root: TermId,
        known: &FxHashMap<TermId, Part>,
    ) -> Result<Vec<TermId>, Reason> {
        let mut order = Vec::new();
        let mut open = vec![(root, false)];
        while let Some((term, is_done)) = open.pop() {
            if is_done {
                order.push(term);
                continue;
            }
            let node = self.nodes.entry(term).or_default();
            node.uses = node.uses.saturating_add(1);
            if node.uses > 1 {
                continue;
            }
            if self.nodes.len() > MAX_NODES {
                return Err(Reason::TooLarge);
            }
            open.push((term, true));
            if term != root
                && let Some(part) = known.get(&term)
            {
                part.variables.iter().for_each(|&number| self.variables[number as usize].is_used = true);
                self.nodes.insert(term, Node { uses: 1, is_named: true, ..Node::default() });
                continue;
            }
            match environment.store.term(term) {
                Term::App(function, argument) => open.extend([(argument, false), (function, false)]),
                Term::Lambda(..) | Term::Pi(..) => {
                    let opened = self.open(environment, term)?;
                    open.push((opened.body, false));
                    let variables = &self.variables[opened.first as usize..];
                    open.extend(variables.iter().rev().map(|variable| (variable.ty, false)));
                }
                Term::Local { id, .. } => self.variables[id as usize].is_used = true,
                Term::Sort(_) | Term::Const(_) => {}
                Term::Bound(_) => return Err(Reason::NotClosed),
            }
        }
        Ok(order)
    }

    /// Opens a binder with those of its kind that follow it directly.
    fn open(&mut self, environment: &mut Environment, binder: TermId) -> Result<Opened, Reason> {
        let is_lambda = matches!(environment.store.term(binder), Term::Lambda(..));
        let first = self.variables.len() as u32;
        let (mut locals, mut rest) = (Vec::new(), binder);
        loop {
            let (domain, body) = match environment.store.term(rest) {
                Term::Lambda(domain, body) if is_lambda => (domain, body),
                Term::Pi(domain, body) if !is_lambda => (domain, body),
                _ => break,
            };
            let ty = environment.store.instantiate(domain, &locals);
            locals.push(environment.store.local(first + locals.len() as u32, ty));
            self.variables.push(Variable { ty, is_used: false, named: Vec::new() });
            rest = body;
        }
        let body = environment.store.instantiate(rest, &locals);
        // A substitution that was stopped gives another term than the right one.
        environment.spend(0).map_err(|_| Reason::TooLarge)?;
        let opened = Opened { first, count: locals.len() as u32, body };
        self.opened.insert(binder, opened);
        Ok(opened)
    }

    /// The variables of a subterm, with [`Sharing::Lifted`].
    pub fn free(&self, term: TermId) -> Rc<[u32]> {
        self.free.get(&term).cloned().unwrap_or_default()
    }

    /// Finds the variables of all subterms.
    fn find_free(
        &mut self,
        environment: &Environment,
        order: &[TermId],
        known: &FxHashMap<TermId, Part>,
    ) -> Result<(), Reason> {
        let mut total = 0;
        for &term in order {
            let free: Rc<[u32]> = match (known.get(&term), environment.store.term(term)) {
                // The root may have a name, and is written out all the same.
                (Some(part), _) if self.nodes[&term].size == 0 => part.variables.clone(),
                (_, Term::Local { id, .. }) => {
                    let of_type = self.free(self.variables[id as usize].ty);
                    of_type.iter().copied().chain([id]).collect()
                }
                (_, Term::App(function, argument)) => union(&self.free(function), &self.free(argument)),
                (_, Term::Lambda(..) | Term::Pi(..)) => {
                    let Opened { first, count, body } = self.opened[&term];
                    let types = (first..first + count).map(|number| self.variables[number as usize].ty);
                    let all = types.fold(self.free(body), |all, ty| union(&all, &self.free(ty)));
                    // Variables inside have greater numbers than all around.
                    let outer = all.partition_point(|&number| number < first);
                    if outer == all.len() { all } else { all[..outer].into() }
                }
                _ => Rc::default(),
            };
            total += free.len();
            if total > MAX_FREE {
                return Err(Reason::TooLarge);
            }
            self.free.insert(term, free);
        }
        Ok(())
    }

    /// Determines sizes and heights, and with `is_sharing` the named subterms.
    fn measure(&mut self, environment: &Environment, order: &[TermId], is_sharing: bool) {
        for &term in order {
            let node = self.nodes[&term];
            if node.is_named && node.size == 0 {
                continue;
            }
            let (mut size, mut height, mut is_leaf) = (1_u32, 0, false);
            let mut add = |part: TermId| {
                let part = self.nodes[&part];
                let (nodes, above) = if part.is_named { (1, 0) } else { (part.size, part.height) };
                size = size.saturating_add(nodes);
                height = height.max(above + 1);
            };
            match environment.store.term(term) {
                Term::App(function, argument) => [function, argument].into_iter().for_each(&mut add),
                Term::Lambda(..) | Term::Pi(..) => {
                    let Opened { first, count, body } = self.opened[&term];
                    let variables = &self.variables[first as usize..(first + count) as usize];
                    variables.iter().map(|variable| variable.ty).chain([body]).for_each(&mut add);
                }
                _ => is_leaf = true,
            }
            let is_named = is_sharing && !is_leaf && ((node.uses > 1 && size >= SMALL) || height >= HIGH);
            self.nodes.insert(term, Node { size, height, is_named, ..node });
        }
    }
}

/// The union of two ascending lists.
fn union(one: &Rc<[u32]>, other: &Rc<[u32]>) -> Rc<[u32]> {
    if one == other || other.is_empty() {
        return one.clone();
    }
    if one.is_empty() {
        return other.clone();
    }
    let mut all = [&one[..], &other[..]].concat();
    all.sort_unstable();
    all.dedup();
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prover_logic::Sort;

    /// An environment with a type, an element of it and a function of two arguments.
    fn world() -> (Environment, TermId, TermId, TermId) {
        let mut environment = Environment::new();
        let sort = environment.store.sort(Sort::Type);
        let ty = environment.add_axiom("t", sort).unwrap();
        let ty = environment.store.constant(ty);
        let element = environment.add_axiom("c", ty).unwrap();
        let element = environment.store.constant(element);
        let arrow = environment.store.pi(ty, ty);
        let arrow = environment.store.pi(ty, arrow);
        let function = environment.add_axiom("f", arrow).unwrap();
        let function = environment.store.constant(function);
        (environment, ty, element, function)
    }

    fn doubled(environment: &mut Environment, function: TermId, start: TermId, times: usize) -> TermId {
        (0..times).fold(start, |term, _| environment.store.apps(function, &[term, term]))
    }

    #[test]
    fn a_graph_that_is_exponential_as_a_tree_has_few_parts() {
        let (mut environment, _, element, function) = world();
        let term = doubled(&mut environment, function, element, 60);
        let layout = Layout::of(&mut environment, term, Sharing::Parts, &FxHashMap::default()).unwrap();
        // What is small is written again, so that not each level has a name.
        assert!((20..60).contains(&layout.parts.len()), "{}", layout.parts.len());
        assert!(layout.parts.is_sorted(), "each part comes after what it consists of");
        // Not so where it is to be plain, but for a small one.
        let layout = Layout::of(&mut environment, term, Sharing::Plain { up_to: 100 }, &FxHashMap::default()).unwrap();
        assert!(!layout.parts.is_empty());
        let small = doubled(&mut environment, function, element, 4);
        let layout = Layout::of(&mut environment, small, Sharing::Plain { up_to: 100 }, &FxHashMap::default()).unwrap();
        assert!(layout.parts.is_empty());
    }

    /// A lambda within a lambda, with shared parts over the outer variable and over both.
    fn nested() -> (Environment, TermId) {
        let (mut environment, ty, _, function) = world();
        let (outer, inner) = (environment.store.local(0, ty), environment.store.local(1, ty));
        let of_outer = doubled(&mut environment, function, outer, 8);
        let both = environment.store.apps(function, &[of_outer, inner]);
        let both = doubled(&mut environment, function, both, 3);
        let under = environment.store.close_lambda(both, &[inner]);
        let applied = environment.store.app(under, of_outer);
        let term = environment.store.close_lambda(applied, &[outer]);
        (environment, term)
    }

    #[test]
    fn open_parts_are_named_in_the_scope_of_their_innermost_variable() {
        let (mut environment, term) = nested();
        let layout = Layout::of(&mut environment, term, Sharing::Parts, &FxHashMap::default()).unwrap();
        assert_eq!((layout.parts.len(), layout.variables.len()), (0, 2));
        let counts: Vec<usize> = layout.variables.iter().map(|variable| variable.named.len()).collect();
        assert!(counts[0] >= 4 && counts[1] >= 1, "{counts:?}");
    }

    #[test]
    fn lifted_parts_know_their_variables() {
        let (mut environment, term) = nested();
        let layout = Layout::of(&mut environment, term, Sharing::Lifted, &FxHashMap::default()).unwrap();
        let lists: Vec<Vec<u32>> = layout.parts.iter().map(|&part| layout.free(part).to_vec()).collect();
        assert!(lists.contains(&vec![0]) && lists.contains(&vec![0, 1]), "{lists:?}");
        assert!(layout.variables.iter().all(|variable| variable.named.is_empty()));
        assert!(layout.free(term).is_empty());
    }

    #[test]
    fn what_is_deep_is_cut() {
        let (mut environment, _, element, function) = world();
        let mut deep = element;
        for _ in 0..100_000 {
            deep = environment.store.apps(function, &[element, deep]);
        }
        let layout = Layout::of(&mut environment, deep, Sharing::Parts, &FxHashMap::default()).unwrap();
        assert!((100_000 / 200..100_000 / 50).contains(&layout.parts.len()), "{}", layout.parts.len());
    }
}
