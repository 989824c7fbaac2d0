//! `#forward` and `#backward`: what enumeration of actions is told about a function.

use super::elaborate::{Elaborator, Source, quoted};
use super::fault::{self, Fault, closest, codes, fault};
use super::print::Names;
use super::scope::Scope;
use super::signature::Signature;
use super::{Attributes, ForwardPattern, Theory};
use crate::logic::{ConstId, Term as Kernel, TermId};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::tree::{BackwardWord, Input, Name, TermRef, Tree};
use rustc_hash::FxHashMap;
use std::sync::Arc;

type Failed = FxHashMap<Box<str>, bool>;

fn constant(theory: &Theory, tree: &Tree, failed: &Failed, name: Name) -> Result<ConstId, Fault> {
    let text = tree.name(name.symbol);
    theory.environment.find(text).ok_or_else(|| {
        let error = Diagnostic::error(codes::UNKNOWN_NAME, name.span, format!("nothing is called `{text}`"));
        let known = theory.environment.declarations().map(|(_, declaration)| &*declaration.name);
        Box::new(match closest(text, known) {
            _ if failed.contains_key(text) => error.with_hint(format!("`{text}` was refused")),
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        })
    })
}

/// The attributes of a constant, to be added to; those that a declaration generated give way.
fn entry(theory: &mut Theory, constant: ConstId) -> &mut Attributes {
    let attributes = Arc::make_mut(&mut theory.attributes).entry(constant).or_default();
    if attributes.is_generated {
        *attributes = Attributes::default();
    }
    attributes
}

/// `#backward name words`.
pub(super) fn backward(
    theory: &mut Theory,
    tree: &Tree,
    failed: &Failed,
    name: Name,
    words: &[BackwardWord],
) -> Result<(), Fault> {
    let constant = constant(theory, tree, failed, name)?;
    let arity = Signature::arity(&theory.environment.store, theory.environment.declaration(constant).ty);
    if words.len() > arity {
        let text = tree.name(name.symbol);
        let message = format!("`{text}` has {arity} inputs, but {} are spoken of", words.len());
        return Err(fault(codes::BAD_ATTRIBUTE, name.span, message));
    }
    let allowed = words.iter().map(|word| *word == BackwardWord::Subgoal).collect();
    entry(theory, constant).backward = Some(allowed);
    Ok(())
}

/// `#forward name (pattern : type)*`.
pub(super) fn forward(
    theory: &mut Theory,
    tree: &Tree,
    failed: &Failed,
    name: Name,
    patterns: &[(TermRef, TermRef)],
) -> Result<(), Fault> {
    let constant = constant(theory, tree, failed, name)?;
    let binders = theory.binder_names.get(&constant).cloned().unwrap_or_default();
    let mut ty = theory.environment.declaration(constant).ty;
    let mut locals: Vec<TermId> = Vec::new();
    while let Kernel::Pi(domain, range) = theory.environment.store.term(ty) {
        let domain = theory.environment.store.instantiate(domain, &locals);
        locals.push(theory.environment.store.local(locals.len() as u32, domain));
        ty = range;
    }
    let mut parameters = FxHashMap::default();
    for (place, binder) in binders.iter().enumerate().filter(|(_, binder)| !binder.is_empty()) {
        parameters.insert(quoted(binder), place);
    }
    let scope = Scope::new();
    let mut added = Vec::new();
    for &(pattern, ty) in patterns {
        let known = parameters.iter().filter_map(|(name, &place)| Some((name.clone(), *locals.get(place)?))).collect();
        let source = Source { tree, scope: &scope, failed };
        let mut elaborator =
            Elaborator::new(&mut theory.environment, source).with_variables(known, locals.len() as u32);
        let (term, ty) = elaborator.typed_pattern(pattern, ty)?;
        let variables = elaborator.variables();
        let found: Vec<TermId> = variables.iter().map(|(_, local)| *local).collect();
        let store = &mut theory.environment.store;
        let abstracted = store.abstract_locals(term, &found);
        let ty = store.abstract_locals(ty, &found);
        if store.local_bound(abstracted) > 0 || store.local_bound(ty) > 0 {
            let text = fault::shown(&mut theory.environment, &Names::new(), term);
            let message = format!("the pattern `{text}` has a variable whose type is unclear");
            return Err(fault(codes::BAD_ATTRIBUTE, tree.span(pattern), message));
        }
        let variables = variables.iter().map(|(name, _)| parameters.get(name).copied()).collect();
        added.push(ForwardPattern { pattern: abstracted, ty, variables });
    }
    entry(theory, constant).forward.get_or_insert_default().extend(added);
    Ok(())
}

/// The quoted names of the inputs of an arrow as it is written, empty for those without a name.
pub(super) fn binder_names(tree: &Tree, ty: TermRef) -> Vec<Box<str>> {
    let name = |input: &Input| input.name().map_or(String::new(), |name| quoted(tree.name(name.symbol)));
    tree.inputs(ty).0.iter().map(|input| name(input).into()).collect()
}

impl Theory {
    /// Remembers how the binders of a constant's type were written.
    pub(super) fn name_binders(&mut self, constant: ConstId, tree: &Tree, ty: TermRef) {
        let names = binder_names(tree, ty);
        Arc::make_mut(&mut self.binder_names).insert(constant, names);
    }
}
