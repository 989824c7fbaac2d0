//! `#forward` and `#backward`: attributes of a function for the enumeration of actions.

use super::elaborate::{Elaborator, Source, quoted};
use super::fault::{self, Fault, codes, fault};
use super::print::print;
use super::suggest::Failed;
use super::terms::signature::Signature;
use super::terms::typed::Typed;
use super::{Attributes, ForwardPattern, Theory};
use prover_logic::{ConstId, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{BackwardWord, Input, Name, Span, TermRef, Tree};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The constant of a name that stands in a text.
pub(super) fn constant(theory: &Theory, failed: &Failed, text: &str, span: Span) -> Result<ConstId, Fault> {
    theory.environment.find(text).ok_or_else(|| {
        let error = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("nothing is called `{text}`"));
        let known = theory.environment.declarations().map(|(_, declaration)| &*declaration.name);
        Box::new(match failed.closest(text, known) {
            _ if failed.contains(text) => error.with_hint(format!("`{text}` was refused")),
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
    let constant = constant(theory, failed, tree.name(name.symbol), name.span)?;
    let arity = Signature::arity(&theory.environment.store, theory.environment.declaration(constant).ty);
    if words.len() > arity {
        let text = tree.name(name.symbol);
        let plural = if arity == 1 { "" } else { "s" };
        let message = format!("`{text}` has {arity} input{plural}, but there are {} words about them", words.len());
        let hint = "each word speaks of one input, in order; inputs without a word may become subgoals";
        return Err(Box::new(Diagnostic::error(codes::BAD_ATTRIBUTE, name.span, message).with_hint(hint)));
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
    let constant = constant(theory, failed, tree.name(name.symbol), name.span)?;
    let binders = theory.binder_names.get(&constant).cloned().unwrap_or_default();
    let locals = parameters(theory, constant);
    let mut parameters = FxHashMap::default();
    for (place, binder) in binders.iter().enumerate().filter(|(_, binder)| !binder.is_empty()) {
        parameters.insert(quoted(binder), place);
    }
    let scope = theory.scope();
    let mut added = Vec::new();
    for &(pattern, ty) in patterns {
        let known = parameters.iter().filter_map(|(name, &place)| Some((name.clone(), *locals.get(place)?))).collect();
        let source = Source { tree, scope: &scope, failed };
        let mut elaborator =
            Elaborator::new(&mut theory.environment, source).with_variables(known, locals.len() as u32);
        let Typed { term, ty } = elaborator.typed_pattern(pattern, ty)?;
        let variables = elaborator.variables();
        let found: Vec<TermId> = variables.iter().map(|(_, local)| *local).collect();
        let store = &mut theory.environment.store;
        let abstracted = store.abstract_locals(term, &found);
        let ty = store.abstract_locals(ty, &found);
        if store.local_bound(abstracted) > 0 || store.local_bound(ty) > 0 {
            let names = theory.names();
            let text = fault::shown(&mut theory.environment, &names, term);
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

/// The locals that stand for the parameters of a constant.
fn parameters(theory: &mut Theory, constant: ConstId) -> Vec<TermId> {
    let mut ty = theory.environment.declaration(constant).ty;
    let mut locals: Vec<TermId> = Vec::new();
    while let Kernel::Pi(domain, range) = theory.environment.store.term(ty) {
        let domain = theory.environment.store.instantiate(domain, &locals);
        locals.push(theory.environment.store.local(locals.len() as u32, domain));
        ty = range;
    }
    locals
}

/// The attributes of a constant as they could be written.
pub(super) fn written(theory: &mut Theory, constant: ConstId) -> Vec<String> {
    let Some(Attributes { forward, backward, .. }) = theory.attributes.get(&constant).cloned() else {
        return Vec::new();
    };
    let name = theory.environment.declaration(constant).name.clone();
    let mut lines = Vec::new();
    if let Some(patterns) = forward {
        let mut line = format!("#forward {name}");
        for pattern in &patterns {
            line.push(' ');
            line.push_str(&written_pattern(theory, constant, pattern));
        }
        lines.push(line + ".");
    }
    if let Some(words) = backward {
        let words = words.iter().map(|&may| if may { " subgoal" } else { " infer" });
        lines.push(format!("#backward {name}{}.", words.collect::<String>()));
    }
    lines
}

/// `(pattern : type)`, with the names of the function's binders where they are meant.
fn written_pattern(theory: &mut Theory, constant: ConstId, pattern: &ForwardPattern) -> String {
    let parameters = parameters(theory, constant);
    let binders = theory.binder_names.get(&constant).cloned().unwrap_or_default();
    let mut names = theory.names();
    let mut locals = Vec::new();
    for (index, parameter) in pattern.variables.iter().enumerate() {
        let (local, name) = match *parameter {
            Some(place) => (parameters[place], quoted(&binders[place])),
            None => {
                // Its type is not kept; the text only becomes longer where it would have been looked at.
                let unknown = theory.environment.store.sort(prover_logic::Sort::Prop);
                let number = (parameters.len() + index) as u32;
                (theory.environment.store.local(number, unknown), format!("'_{index}"))
            }
        };
        names.insert(local, &name);
        locals.push(local);
    }
    let mut text = |term| {
        let term = theory.environment.store.instantiate(term, &locals);
        print(&mut theory.environment, &names, term)
    };
    format!("({} : {})", text(pattern.pattern), text(pattern.ty))
}

impl Theory {
    /// Remembers how the binders of a constant's type were written.
    pub(super) fn name_binders(&mut self, constant: ConstId, tree: &Tree, ty: TermRef) {
        self.set_binder_names(constant, binder_names(tree, ty));
    }

    /// Remembers the names of the binders of a constant's type.
    pub(super) fn set_binder_names(&mut self, constant: ConstId, names: Vec<Box<str>>) {
        let ty = self.environment.declaration(constant).ty;
        self.notation.learn(&self.environment.store, ty, &names);
        Arc::make_mut(&mut self.binder_names).insert(constant, names);
    }

    /// Lets messages about a type have its binders as they were written.
    pub(super) fn note_binders(&mut self, elaborated: TermId, tree: &Tree, ty: TermRef) {
        if self.notation.is_infix() {
            self.notation.learn(&self.environment.store, elaborated, &binder_names(tree, ty));
        }
    }
}
