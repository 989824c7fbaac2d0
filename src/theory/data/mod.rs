//! `data` declarations: an inductive type becomes constants and axioms.
//!
//! `data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }` adds the type former, the
//! constructors, the induction axiom `list_ind`, and axioms that constructors are injective and give different results.
//! The kernel knows nothing of this: it checks that each axiom is a proposition, and docs/soundness.md argues why they
//! are true together. `shape` checks the conditions of that argument; `axioms` writes the axioms.

mod axioms;
mod shape;

use self::shape::{Family, Shape};
use super::Theory;
use super::declared::{Constructor, DataType};
use super::draft::{Draft, Entry, subterms};
use super::elaborate::{Elaborator, Source, quoted};
use super::fault::{Fault, codes, fault};
use super::scope::Scope;
use super::suggest::Failed;
use prover_logic::equality::Equality;
use prover_logic::{ConstId, Environment, KernelError, Sort, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Decl, Name, Span, Tree};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;
use std::sync::Arc;

/// A `data` item.
#[derive(Clone, Copy)]
pub(super) struct DataSyntax<'a> {
    pub tree: &'a Tree,
    /// Names that were refused before.
    pub failed: &'a Failed,
    pub name: Name,
    pub parameters: &'a [Decl],
    pub constructors: &'a [Decl],
}

/// The constants of equality, which a declaration needs for its axioms.
pub(super) fn require_equality(theory: &Theory, what: &str, span: Span) -> Result<Equality, Fault> {
    theory.equality.ok_or_else(|| {
        let message = format!("a {what} brings equations, but `=` is not declared");
        let error = Diagnostic::error(codes::NO_EQUALITY, span, message);
        Box::new(error.with_hint("declare `= : [('t : type) -> 't -> 't -> prop].` before it"))
    })
}

/// Adds a data type with everything that belongs to it, or nothing. The result is the type former.
pub(super) fn declare(theory: &mut Theory, syntax: DataSyntax<'_>) -> Result<ConstId, Fault> {
    let DataSyntax { tree, name, .. } = syntax;
    let equality = require_equality(theory, "data type", name.span)?;
    let mut draft = Draft::new(name.span);
    // Each parameter is in scope of each constructor.
    draft.count((1 + syntax.parameters.len() as u64).saturating_mul(1 + syntax.constructors.len() as u64))?;
    let (mut scope, environment) = (theory.scope(), &mut theory.environment);
    draft.check_name(environment, tree.name(name.symbol), name.span, true)?;
    let family = family(environment, &mut draft, syntax, &scope)?;
    scope.insert(&environment.store, &family.name, family.local);
    let shapes = constructors(environment, &mut draft, syntax, &family, &scope)?;
    draft.count(axioms::weight(&shapes, family.parameters.len() as u64))?;

    let mut placed = Vec::new();
    for shape in shapes {
        placed.push(place_constructor(environment, &mut draft, &family, shape));
    }
    let axioms = axioms::generate(environment, &mut draft, &family, &placed, equality)?;
    let (constants, _) = draft.add(theory, &[])?;
    let former = constants[0];
    let constructors = placed.iter().zip(axioms.constructors).enumerate().map(|(place, ((shape, _), places))| {
        let of = |places: Vec<usize>| places.into_iter().map(|place| constants[place]).collect();
        Constructor {
            constant: constants[1 + place],
            arguments: shape.arguments.iter().map(|argument| argument.kind).collect(),
            injectivity: of(places.injectivity),
            disjointness: of(places.disjointness),
        }
    });
    let constructors = constructors.collect();
    let induction = constants[axioms.induction];
    let data = DataType { former, parameters: syntax.parameters.len(), constructors, induction };
    Arc::make_mut(&mut theory.declared).add_data_type(data);
    Ok(former)
}

/// Drafts the type former.
fn family(
    environment: &mut Environment,
    draft: &mut Draft,
    syntax: DataSyntax<'_>,
    scope: &Scope,
) -> Result<Family, Fault> {
    let DataSyntax { tree, failed, name, .. } = syntax;
    let sort = environment.store.sort(Sort::Type);
    let (mut parameters, mut names, mut seen) = (Vec::new(), Vec::new(), FxHashSet::default());
    for decl in syntax.parameters {
        let ty = Elaborator::new(environment, Source { tree, scope, failed }).ty(decl.ty)?;
        let text = tree.name(decl.name.symbol);
        if ty != sort {
            let message = format!("the parameter `{text}` of a data type must be a type");
            let error = Diagnostic::error(codes::BAD_PARAMETER, tree.span(decl.ty), message);
            let hint = "a data type has no indices; state what depends on an object, or what holds of propositions, as a \
                        predicate with axioms: `p : [nat -> prop].`";
            return Err(Box::new(error.with_note("expected `type`").with_hint(hint)));
        }
        if !seen.insert(quoted(text)) {
            return Err(fault(codes::DUPLICATE_NAME, decl.name.span, format!("two parameters are named `{text}`")));
        }
        parameters.push(draft.local(environment, sort));
        names.push(Box::<str>::from(text));
    }
    let ty = environment.store.close_pi(sort, &parameters);
    let former = tree.name(name.symbol).to_owned();
    let binders = names.iter().map(|name| quoted(name).into()).collect();
    let entry = Entry { name: former.clone(), span: name.span, ty, binders, attributes: None };
    let local = draft.push_mentioned(environment, entry);
    let applied = environment.store.apps(local, &parameters);
    Ok(Family { name: former, local, parameters, names, applied })
}

/// The constructors, checked but not yet drafted.
fn constructors(
    environment: &mut Environment,
    draft: &mut Draft,
    syntax: DataSyntax<'_>,
    family: &Family,
    scope: &Scope,
) -> Result<Vec<Shape>, Fault> {
    let DataSyntax { tree, failed, .. } = syntax;
    let mut shapes = Vec::new();
    for decl in syntax.constructors {
        let name = tree.name(decl.name.symbol);
        draft.check_name(environment, name, decl.name.span, true)?;
        let binders = family.names.iter().map(|name| &**name).zip(family.parameters.iter().copied());
        let source = Source { tree, scope, failed };
        let ty = Elaborator::new(environment, source).under(binders).ty(decl.ty)?;
        shapes.push(shape::of(environment, source, decl, family, ty)?);
    }
    Ok(shapes)
}

/// Drafts a constructor; with it comes the constructor applied to the parameters.
fn place_constructor(
    environment: &mut Environment,
    draft: &mut Draft,
    family: &Family,
    shape: Shape,
) -> (Shape, TermId) {
    let ty = environment.store.close_pi(shape.ty, &family.parameters);
    let parameters = family.names.iter().map(|name| quoted(name).into());
    let binders = parameters.chain(shape.arguments.iter().map(|argument| argument.name.clone())).collect();
    let entry = Entry { name: shape.name.clone(), span: shape.span, ty, binders, attributes: None };
    let local = draft.push_mentioned(environment, entry);
    let applied = environment.store.apps(local, &family.parameters);
    (shape, applied)
}

/// The types of constructors' arguments for given parameters, each found once.
#[derive(Default)]
pub(super) struct ArgumentTypes {
    known: FxHashMap<(ConstId, Vec<TermId>), Rc<[TermId]>>,
}

impl ArgumentTypes {
    /// The types of a constructor's arguments where its data type's parameters are `types`.
    pub fn of(
        &mut self,
        environment: &mut Environment,
        constructor: ConstId,
        types: &[TermId],
    ) -> Result<Rc<[TermId]>, KernelError> {
        let key = (constructor, types.to_vec());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let mut ty = environment.declaration(constructor).ty;
        environment.spend(subterms(&environment.store, ty).len() as u64)?;
        let mut values = types.to_vec();
        let anything = environment.store.sort(Sort::Prop);
        let mut found = Vec::new();
        for place in 0.. {
            let Term::Pi(domain, range) = environment.store.term(ty) else { break };
            if place >= types.len() {
                // Arguments do not occur in the types of later ones, so anything may stand for them.
                found.push(environment.store.instantiate(domain, &values));
                values.push(anything);
            }
            ty = range;
        }
        let found: Rc<[TermId]> = found.into();
        self.known.insert(key, found.clone());
        Ok(found)
    }
}
