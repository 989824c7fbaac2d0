//! A checked theory: the kernel's environment with the properties of its constants beyond logic.

use super::declared::Declared;
use super::elaborate::{Elaborator, Source};
use super::fault::Fault;
use super::limits::budget;
use super::notation::Notation;
use super::print::{Names, print};
use super::scope::Scope;
use super::suggest::Failed;
use super::terms::sieve::Role;
use prover_logic::equality::Equality;
use prover_logic::{ConstId, Environment, Frozen, KernelError, Mark, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::TermRef;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A pattern of a `#forward` attribute.
#[derive(Clone, Debug)]
pub struct ForwardPattern {
    /// The pattern: loose index `variables - 1 - i` stands for its variable `i`, in the order of first occurrence.
    pub pattern: TermId,
    /// Its type, a pattern over the same variables.
    pub ty: TermId,
    /// For each variable, the parameter of the function whose binder has the same name, if there is one.
    pub variables: Vec<Option<usize>>,
}

/// The attributes of a function. Scripts ignore it.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// The patterns of `#forward`, if there is one.
    pub forward: Option<Vec<ForwardPattern>>,
    /// The words of `#backward`, if there is one: for each input whether it may become a subgoal (inputs beyond the end
    /// may).
    pub backward: Option<Vec<bool>>,
    /// Whether a `data` or `fun` declaration generated them, so that one in a file replaces them.
    pub is_generated: bool,
}

impl Attributes {
    /// Whether the function may be used forward, and backward. Without attributes it may be used both ways.
    pub fn directions(&self) -> (bool, bool) {
        match (self.forward.is_some(), self.backward.is_some()) {
            (false, false) => (true, true),
            directions => directions,
        }
    }

    /// The terms of the patterns.
    fn terms(&self) -> impl Iterator<Item = TermId> + '_ {
        self.forward.iter().flatten().flat_map(|forward| [forward.pattern, forward.ty])
    }

    /// Puts other indices in the place of the terms.
    fn follow(&mut self, to: impl Fn(TermId) -> TermId) {
        for ForwardPattern { pattern, ty, .. } in self.forward.iter_mut().flatten() {
            (*pattern, *ty) = (to(*pattern), to(*ty));
        }
    }
}

/// A checked theory: its constants, and the facts recorded about them beyond logic.
#[derive(Clone, Debug, Default)]
pub struct Theory {
    /// The constants and terms.
    pub environment: Environment,
    /// The constants of equality, where the theory declares `=`.
    pub equality: Option<Equality>,
    /// The attributes by function.
    pub attributes: Arc<FxHashMap<ConstId, Attributes>>,
    /// The names of each constant's binders as they were written, for `#forward` patterns and for people.
    pub binder_names: Arc<FxHashMap<ConstId, Vec<Box<str>>>>,
    /// The data types and the recursive functions.
    pub declared: Arc<Declared>,
    /// The notation of terms in messages. Files, scripts and texts for models have the language's own notation always.
    pub notation: Notation,
}

/// A theory that no longer grows, to be shared between threads.
#[derive(Clone, Debug)]
pub struct FrozenTheory {
    environment: Frozen,
    equality: Option<Equality>,
    attributes: Arc<FxHashMap<ConstId, Attributes>>,
    binder_names: Arc<FxHashMap<ConstId, Vec<Box<str>>>>,
    declared: Arc<Declared>,
    notation: Notation,
}

impl Theory {
    /// A theory without constants.
    pub fn new() -> Self {
        Self { environment: Environment::new(), ..Self::default() }
    }

    /// The proposition that a text states, closed.
    ///
    /// # Errors
    ///
    /// The faults of the text; positions are offsets into it.
    pub fn statement(&mut self, text: &str) -> Result<TermId, Vec<Diagnostic>> {
        self.read(text, |elaborator, term| elaborator.proposition(term))
    }

    /// The type that a theorem may have, closed: a proposition, or the type of an object that a script builds.
    ///
    /// # Errors
    ///
    /// The faults of the text; positions are offsets into it.
    pub fn goal(&mut self, text: &str) -> Result<TermId, Vec<Diagnostic>> {
        self.read(text, |elaborator, term| elaborator.ty(term))
    }

    fn read(
        &mut self,
        text: &str,
        elaborate: impl FnOnce(&mut Elaborator<'_>, TermRef) -> Result<TermId, Fault>,
    ) -> Result<TermId, Vec<Diagnostic>> {
        let (tree, term) = prover_syntax::parse_term(text)?;
        self.environment.set_budget(budget(text.len()));
        let (scope, failed) = (self.scope(), Failed::default());
        let source = Source { tree: &tree, scope: &scope, failed: &failed };
        let elaborated = elaborate(&mut Elaborator::new(&mut self.environment, source), term);
        elaborated.map_err(|error| vec![*error])
    }

    /// The permitted uses of facts by their attributes, for [sifting](crate::terms::sieve) them: an equation that may
    /// be used forward makes others superfluous; another fact does if it may be used in both directions, whatever stays
    /// open.
    pub fn roles(&self) -> impl Fn(ConstId, Option<TermId>) -> Role + use<> {
        let attributes = self.attributes.clone();
        // The heads of what equations are used forward for.
        let mut heads = FxHashMap::default();
        for (&id, attributes) in attributes.iter() {
            if let Some([pattern]) = attributes.forward.as_deref() {
                heads.insert(id, self.environment.store.head(pattern.pattern));
            }
        }
        move |id, left| {
            let Some(attributes) = attributes.get(&id) else { return Role { represents: true, directed: false } };
            match left {
                Some(_) => Role { represents: attributes.directions().0, directed: heads.get(&id).copied() == left },
                None => {
                    Role { represents: attributes.forward.is_none() && attributes.backward.is_none(), directed: false }
                }
            }
        }
    }

    /// A scope without locals, with the theory's notation.
    pub fn scope(&self) -> Scope {
        Scope::with_notation(self.notation.clone())
    }

    /// No names of locals, with the theory's notation.
    pub fn names(&self) -> Names {
        Names::new().with_notation(self.notation.clone())
    }

    /// Makes the theory say everything in infix notation, with the names of binders known so far and from now on.
    pub fn write_infix(&mut self) {
        let mut notation = Notation::infix();
        for (constant, declaration) in self.environment.declarations() {
            if let Some(names) = self.binder_names.get(&constant) {
                notation.learn(&self.environment.store, declaration.ty, names);
            }
        }
        self.notation = notation;
    }

    /// A proposition given as text of the language, in the theory's notation; the text itself if it is none.
    pub fn rewritten(&mut self, text: &str) -> String {
        match self.statement(text) {
            Ok(statement) => {
                let names = self.names();
                print(&mut self.environment, &names, statement)
            }
            Err(_) => text.to_owned(),
        }
    }

    /// Gives back the memory taken since a mark, as [`Environment::collect`] does; the theory's records about its
    /// constants stay.
    ///
    /// # Errors
    ///
    /// The mark is of another environment; nothing has changed then.
    pub fn collect(&mut self, since: Mark) -> Result<(), KernelError> {
        let is_new = |term: &TermId| term.index() >= since.terms();
        let patterns = self.attributes.values().flat_map(Attributes::terms);
        let mut kept: Vec<TermId> = patterns.chain(self.declared.terms()).filter(is_new).collect();
        kept.sort_unstable();
        kept.dedup();
        let moved = self.environment.collect(since, &kept)?;
        let follow = |term: TermId| match moved.place(term) {
            Some(place) => place,
            None => unreachable!("every new term of the theory was kept"),
        };
        if self.attributes.values().flat_map(Attributes::terms).any(|term| is_new(&term)) {
            Arc::make_mut(&mut self.attributes).values_mut().for_each(|attributes| attributes.follow(follow));
        }
        if self.declared.terms().any(|term| is_new(&term)) {
            Arc::make_mut(&mut self.declared).follow(follow);
        }
        self.notation.follow(&moved);
        Ok(())
    }

    /// Ends the growth of the theory, so that threads can share it.
    pub fn freeze(self) -> FrozenTheory {
        FrozenTheory {
            environment: self.environment.freeze(),
            equality: self.equality,
            attributes: self.attributes,
            binder_names: self.binder_names,
            declared: self.declared,
            notation: self.notation,
        }
    }
}

impl FrozenTheory {
    /// A theory with the same constants, whose new terms and constants are its own. Costs no copy.
    pub fn fork(&self) -> Theory {
        Theory {
            environment: self.environment.fork(),
            equality: self.equality,
            attributes: self.attributes.clone(),
            binder_names: self.binder_names.clone(),
            declared: self.declared.clone(),
            notation: self.notation.clone(),
        }
    }

    /// Lets the theory grow; where others share it, additions are kept apart from the shared part.
    pub fn grow<T>(&mut self, grow: impl FnOnce(&mut Theory) -> T) -> T {
        let Self { environment, equality, attributes, binder_names, declared, notation } =
            std::mem::replace(self, Theory::new().freeze());
        let environment = environment.thaw();
        let mut theory = Theory { environment, equality, attributes, binder_names, declared, notation };
        let grown = grow(&mut theory);
        *self = theory.freeze();
        grown
    }
}
