//! `fun` declarations: recursive functions become constants and their equations become axioms.
//!
//! The axioms are true, and determine the function, because of the checks made here: each clause's left side is the
//! function applied to constructor patterns ([`pattern`]), every choice of arguments fits exactly one clause
//! ([`cover`]; clauses that overlap with earlier ones are first made disjoint by [`disjoint`]), and recursive calls,
//! also of functions that are declared together, are about smaller arguments ([`recursion`]). docs/soundness.md has the
//! argument.

mod cover;
mod disjoint;
mod left;
mod pattern;
mod recursion;
mod signature;

pub(super) use self::signature::FunctionSyntax;

use self::left::{Equation, Left, Pattern};
use self::pattern::Reader;
use self::signature::{Signature, Subject};
use super::data::{ArgumentTypes, require_equality};
use super::declared::{Clause, Function};
use super::draft::{Draft, Entry, subterms};
use super::elaborate::{Elaborator, Source, quoted};
use super::fault::{self, Fault, codes};
use super::print::Names;
use super::{Attributes, ForwardPattern, Theory};
use prover_logic::equality::Equality;
use prover_logic::{ConstId, TermId};
use prover_syntax::tree::{Symbol, TermRef, Tree};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The instances of a clause that may have the same constructors in the same order.
const NUMBERED: u32 = 1_000;

/// An equation as it will be remembered.
struct Drafted {
    place: usize,
    binders: usize,
    /// Its sides as patterns.
    sides: [TermId; 2],
}

/// One of the functions that are declared together.
struct Member<'a> {
    subject: Subject<'a>,
    /// Its clauses, made disjoint.
    equations: Vec<Equation>,
}

/// Adds functions that may call each other and their equations, or nothing. The result is the constant of the first.
pub(super) fn declare(theory: &mut Theory, syntax: FunctionSyntax<'_>) -> Result<ConstId, Fault> {
    let tree = syntax.tree;
    let span = syntax.decl.name.span;
    let equality = require_equality(theory, "function", span)?;
    let mut draft = Draft::new(span);
    let mut firsts: FxHashMap<Symbol, TermRef> = FxHashMap::default();
    for clause in syntax.clauses {
        tree.head(clause.left).map(|name| firsts.entry(name).or_insert(clause.left));
    }
    let mut signatures = Vec::new();
    for decl in syntax.decls() {
        draft.check_name(&theory.environment, tree.name(decl.name.symbol), decl.name.span, true)?;
        let signature = Signature::new(theory, &mut draft, syntax, (decl, firsts.get(&decl.name.symbol).copied()))?;
        let name = tree.name(decl.name.symbol).to_owned();
        let binders = super::attribute::binder_names(tree, decl.ty);
        let entry = Entry { name, span: decl.name.span, ty: signature.ty, binders, attributes: None };
        signatures.push((signature, draft.push_mentioned(&mut theory.environment, entry)));
    }
    let subjects: Vec<Subject<'_>> = syntax
        .decls()
        .zip(&signatures)
        .map(|(decl, (signature, term))| Subject { name: tree.name(decl.name.symbol), signature, term: *term })
        .collect();
    let mut types = ArgumentTypes::default();
    let read = equations((theory, &mut types), &mut draft, syntax, &subjects)?;
    let mut members = Vec::new();
    for ((&subject, decl), equations) in subjects.iter().zip(syntax.decls()).zip(read) {
        let span = decl.name.span;
        let equations = match cover::check((theory, &mut types), subject, &equations, span) {
            Err(error) if error.code == codes::OVERLAPPING_CLAUSES => {
                let disjoint = disjoint::Disjoint::new((theory, &mut types), &mut draft, subject, span);
                let disjoint = disjoint.clauses(equations)?;
                cover::check((theory, &mut types), subject, &disjoint, span)?;
                disjoint
            }
            checked => checked.map(|()| equations)?,
        };
        members.push(Member { subject, equations });
    }
    recursion::check(theory, &members, span)?;

    let mut drafted = Vec::new();
    for member in &members {
        for equation in &member.equations {
            drafted.push(draft_axiom(theory, &mut draft, tree, (member.subject, equality), equation)?);
        }
    }
    let sides: Vec<TermId> = drafted.iter().flat_map(|clause| clause.sides).collect();
    let (constants, sides) = draft.add(theory, &sides)?;
    let mut clauses = drafted.iter().zip(sides.chunks_exact(2)).map(|(clause, sides)| Clause {
        axiom: constants[clause.place],
        binders: clause.binders,
        left: sides[0],
        right: sides[1],
    });
    let together: Arc<[ConstId]> = constants[..members.len()].into();
    for (member, &constant) in members.iter().zip(&constants) {
        let signature = member.subject.signature;
        let (parameters, arity) = (signature.parameters.len(), signature.arguments.len());
        let clauses = clauses.by_ref().take(member.equations.len()).collect();
        let function = Function { constant, parameters, arity, together: together.clone(), clauses };
        Arc::make_mut(&mut theory.declared).add_function(function);
    }
    Ok(constants[0])
}

/// Reads both sides of each clause; gives those of each function.
fn equations(
    (theory, types): (&mut Theory, &mut ArgumentTypes),
    draft: &mut Draft,
    syntax: FunctionSyntax<'_>,
    subjects: &[Subject<'_>],
) -> Result<Vec<Vec<Equation>>, Fault> {
    let FunctionSyntax { tree, failed, clauses, .. } = syntax;
    let places: FxHashMap<Symbol, usize> = syntax.decls().map(|decl| decl.name.symbol).zip(0..).collect();
    let mut scope = theory.scope();
    for subject in subjects {
        scope.insert(&theory.environment.store, subject.name, subject.term);
    }
    let mut equations: Vec<Vec<Equation>> = subjects.iter().map(|_| Vec::new()).collect();
    for clause in clauses {
        let Some(about) = tree.head(clause.left).and_then(|name| places.get(&name).copied()) else {
            let names: Vec<String> = subjects.iter().map(|subject| format!("`{}`", subject.name)).collect();
            let message = format!("the left side of a clause must be {}, given patterns", names.join(" or "));
            return Err(fault::fault(codes::BAD_CLAUSE, tree.span(clause.left), message));
        };
        let Subject { name, signature, term } = subjects[about];
        // Each parameter has a binder, and stands on both sides and in the attribute.
        draft.count(1 + 4 * signature.parameters.len() as u64)?;
        // What mentions no parameter is the same term in all axioms.
        if theory.environment.store.local_bound(signature.result) > 0 {
            draft.count(subterms(&theory.environment.store, signature.result).len() as u64)?;
        }
        let reader = Reader::new((theory, types), Source { tree, scope: &scope, failed }, signature, draft);
        let left = reader.left(name, clause.left, term)?;
        let source = Source { tree, scope: &scope, failed };
        let binders = signature.binders().chain(left.binders());
        let right = Elaborator::new(&mut theory.environment, source).under(binders).term_of_type(
            clause.right,
            signature.result,
            "this has another type than the function gives",
        )?;
        let span = tree.span(clause.right);
        equations[about].push(Equation { name: clause.name, left, right, span, is_split: false });
    }
    Ok(equations)
}

/// Drafts the axiom of a clause: `[parameters -> variables -> (= R left right)]`.
fn draft_axiom(
    theory: &mut Theory,
    draft: &mut Draft,
    tree: &Tree,
    (subject, equality): (Subject<'_>, Equality),
    equation: &Equation,
) -> Result<Drafted, Fault> {
    let (left, signature) = (&equation.left, subject.signature);
    let (name, span) = match equation.name {
        Some(name) if !equation.is_split => (tree.name(name.symbol).to_owned(), name.span),
        Some(name) => (default_name(theory, draft, tree.name(name.symbol), left)?, name.span),
        None => (default_name(theory, draft, subject.name, left)?, left.span),
    };
    let (mut name, base, mut number) = (name.clone(), name, 1);
    let checked = loop {
        match draft.check_name(&theory.environment, &name, span, equation.name.is_some()) {
            // Nobody can give names to the instances of a clause.
            Err(error) if equation.is_split && error.code == codes::DUPLICATE_NAME && number < NUMBERED => {
                number += 1;
                name = format!("{base}_{number}");
            }
            checked => break checked,
        }
    };
    checked.map_err(|error| match equation.name {
        None if error.code == codes::DUPLICATE_NAME => {
            Box::new(error.with_hint("give the clause a name, as in `name : (f 'x) = 'x.`"))
        }
        _ => error,
    })?;
    let environment = &mut theory.environment;
    for variable in &left.variables {
        let ty = environment.infer(variable.local);
        let ty = ty.map_err(|error| fault::kernel(environment, &Names::new(), span, &error))?;
        draft.count(subterms(&environment.store, ty).len() as u64)?;
    }
    let variables = left.variables.iter().map(|variable| variable.local);
    let locals: Vec<TermId> = signature.parameters.iter().map(|(_, local)| *local).chain(variables).collect();
    let relation = environment.store.constant(equality.eq);
    let statement = environment.store.apps(relation, &[signature.result, left.term, equation.right]);
    let ty = environment.store.close_pi(statement, &locals);
    let mut pattern = |term| environment.store.abstract_locals(term, &locals);
    let (sides, of) = ([pattern(left.term), pattern(equation.right)], pattern(signature.result));
    let variables = (0..locals.len()).map(Some).collect();
    let forward = ForwardPattern { pattern: sides[0], ty: of, variables };
    let attributes = Attributes { forward: Some(vec![forward]), ..Attributes::default() };
    let name_of = |(name, _): (&str, TermId)| if name.is_empty() { "".into() } else { quoted(name).into() };
    let binders = signature.binders().chain(left.binders()).map(name_of).collect();
    let place = draft.len();
    draft.push(Entry { name, span, ty, binders, attributes: Some(attributes) });
    Ok(Drafted { place, binders: locals.len(), sides })
}

/// The function's name, or that of a clause in several instances, and the constructors of the patterns in the order of
/// the text, as `+_s`; without any `NAME_def`.
fn default_name(theory: &Theory, draft: &mut Draft, begin: &str, left: &Left) -> Result<String, Fault> {
    let mut name = begin.to_owned();
    let constructors = left.patterns.iter().flat_map(Pattern::constructors);
    let mut is_bare = true;
    for constructor in constructors {
        let own = &theory.environment.declaration(constructor).name;
        draft.count(own.len() as u64 / 8)?;
        name.push('_');
        name.push_str(own);
        is_bare = false;
    }
    if is_bare {
        name.push_str("_def");
    }
    Ok(name)
}
